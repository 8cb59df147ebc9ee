"""Money beside payments, through the kit: recorded once, undone without residue, quoted as it then happens."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from collectkit import Kit, Money, Payment, RefusedError
from collectkit.calendars.dates import Interval
from collectkit.ledger import (
    CashRefund,
    Chargeback,
    ChargeOff,
    Credit,
    CreditPosted,
    CreditRefund,
    Reage,
    Reamortize,
    Reschedule,
    Undo,
    WriteOff,
)
from collectkit.policy import load_policy
from collectkit.refusals import Refusal
from collectkit.schedules import REFUND_ORDERS, AlreadyMoved, ChangePolicy, MovementReason, PostingRules

from .conftest import NOW, TODAY, account, consumer


def usd(text: str) -> Money:
    return Money.of(text, "USD")


FIRST = Payment("p-1", account="a-1", amount=usd("50.00"), value_on=date(2026, 9, 1))


@pytest.fixture
def paid(book: Kit) -> Kit:
    """The first of four installments is paid."""
    book.post(FIRST, at=NOW)
    return book


class TestRefunds:
    def test_a_refund_lowers_what_is_owed_and_is_no_payment(self, paid: Kit) -> None:
        """
        Fifty back from the shop settle the second installment; what was paid stays fifty.
        """
        moved = paid.refund(Credit("m-1", "a-1", usd("50.00"), TODAY, "merchant_refund"), at=NOW)
        standing = paid.standing("a-1", as_of=TODAY)

        assert isinstance(moved, CreditPosted)
        assert ["installment 2"] == [part.due for part in moved.believed]
        assert (10_000, 5_000) == (standing.outstanding_minor, standing.paid_minor)
        assert date(2026, 9, 1) == standing.last_paid_on

    @pytest.mark.parametrize(("order", "dues"), [("due_first", ["2"]), ("shorten_tail", ["2"]), ("even", ["2"])])
    def test_the_policy_says_where_a_refund_goes(self, tmp_path, order: str, dues: list[str]) -> None:
        """
        When everything is past due, every order meets the oldest installment.
        """
        rules = PostingRules(by_kind={"merchant_refund": REFUND_ORDERS[order]})
        policy = attrs.evolve(load_policy("us-bnpl"), waterfall=rules)
        with Kit.open("sqlite://", policy=policy, actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.post(FIRST, at=NOW)
            moved = kit.refund(Credit("m-1", "a-1", usd("10.00"), TODAY, "merchant_refund"), at=NOW)

        assert isinstance(moved, CreditPosted)
        assert [f"installment {number}" for number in dues] == [part.due for part in moved.believed]

    def test_credit_is_paid_out_and_no_more_than_there_is(self, paid: Kit) -> None:
        """
        Two hundred on top leave fifty of credit, which may go out once.
        """
        paid.post(attrs.evolve(FIRST, id="p-2", amount=usd("200.00")), at=NOW)
        too_much = paid.try_move(CreditRefund("m-1", "a-1", usd("50.01"), TODAY), at=NOW)
        paid.refund(CreditRefund("m-2", "a-1", usd("50.00"), TODAY), at=NOW)

        assert isinstance(too_much, Refusal)
        assert MovementReason.ABOVE_LIMIT is too_much.reason
        assert (0, 0) == (paid.standing("a-1", as_of=TODAY).credit_minor, paid.standing("a-1", as_of=TODAY).outstanding_minor)

    def test_a_refund_in_cash_opens_what_was_paid(self, paid: Kit) -> None:
        """
        What is given back is owed again.
        """
        paid.refund(CashRefund("m-1", "a-1", usd("50.00"), TODAY), at=NOW)

        assert 20_000 == paid.standing("a-1", as_of=TODAY).outstanding_minor


class TestChargebacks:
    def test_it_is_owed_again_from_its_own_day(self, paid: Kit) -> None:
        """
        The day before, the installment was settled and nothing of it late.
        """
        paid.post(attrs.evolve(FIRST, id="p-2", amount=usd("150.00"), value_on=date(2026, 10, 1)), at=NOW)
        paid.chargeback(Chargeback("m-1", "a-1", "p-1", usd("50.00"), date(2026, 10, 15), "4855"), at=NOW)

        assert 0 == paid.standing("a-1", as_of=date(2026, 10, 14)).outstanding_minor
        assert date(2026, 10, 15) == paid.standing("a-1", as_of=TODAY).oldest_unpaid_due_on

    def test_withdrawn_it_leaves_nothing(self, paid: Kit) -> None:
        """
        Undoing the chargeback restores every figure, and no notice of it remains.
        """
        before = paid.standing("a-1", as_of=TODAY)
        paid.chargeback(Chargeback("m-1", "a-1", "p-1", usd("50.00"), TODAY), at=NOW)
        assert before != paid.standing("a-1", as_of=TODAY)
        paid.undo(Undo("m-2", "a-1", "m-1", "chargeback", TODAY, "the bank withdrew it"), at=NOW)

        assert before == paid.standing("a-1", as_of=TODAY)

    def test_no_more_than_the_payment(self, paid: Kit) -> None:
        """
        Two chargebacks of one payment together stay within it, and an unknown payment has none.
        """
        paid.chargeback(Chargeback("m-1", "a-1", "p-1", usd("30.00"), TODAY), at=NOW)
        second = paid.try_move(Chargeback("m-2", "a-1", "p-1", usd("20.01"), TODAY), at=NOW)
        unknown = paid.try_move(Chargeback("m-3", "a-1", "p-9", usd("1.00"), TODAY), at=NOW)

        assert [MovementReason.ABOVE_LIMIT, MovementReason.ENTRY_UNKNOWN] == [
            one.reason for one in (second, unknown) if isinstance(one, Refusal)
        ]


class TestGivingUp:
    def test_charged_off_it_stays_owed_and_payments_are_recoveries(self, paid: Kit) -> None:
        """
        The books gave up; the consumer still owes.
        """
        paid.charge_off(ChargeOff("m-1", "a-1", TODAY), at=NOW)
        paid.post(attrs.evolve(FIRST, id="p-2", value_on=TODAY), at=NOW)
        again = paid.try_move(ChargeOff("m-2", "a-1", TODAY), at=NOW)

        assert 10_000 == paid.standing("a-1", as_of=TODAY).outstanding_minor
        assert isinstance(again, Refusal)
        assert MovementReason.ALREADY_SO is again.reason

    def test_written_off_it_is_closed_until_that_is_undone(self, paid: Kit) -> None:
        """
        Nothing more is asked; a payment that comes is a recovery and no credit.
        """
        paid.write_off(WriteOff("m-1", "a-1", TODAY, "deceased"), at=NOW)
        closed = paid.standing("a-1", as_of=TODAY)
        paid.post(attrs.evolve(FIRST, id="p-2", value_on=TODAY), at=NOW)
        recovered = paid.standing("a-1", as_of=TODAY)
        paid.undo(Undo("m-2", "a-1", "m-1", "write_off", TODAY), at=NOW)

        assert ("closed", 0, 0) == (closed.state, closed.outstanding_minor, recovered.credit_minor)
        assert ("past_due", 10_000) == (paid.standing("a-1", as_of=TODAY).state, paid.standing("a-1", as_of=TODAY).outstanding_minor)


class TestPlanChanges:
    def test_a_quote_is_what_acceptance_does(self, paid: Kit) -> None:
        """
        The plan that was quoted stands afterwards, day by day.
        """
        reage = Reage("m-1", "a-1", TODAY, date(2026, 11, 20), Interval(1, "months"), 3)
        quoted = paid.quote(reage, at=NOW)
        assert 15_000 == paid.standing("a-1", as_of=TODAY).past_due_minor
        paid.change_plan(reage, at=NOW)
        standing = paid.standing("a-1", as_of=TODAY)

        assert -15_000 == quoted.difference.past_due_minor
        assert (0, 15_000, quoted.after.due_on[-1]) == (standing.past_due_minor, standing.outstanding_minor, standing.last_due_on)
        assert (date(2026, 11, 20), date(2026, 12, 20), date(2027, 1, 20)) == quoted.after.due_on[-3:]

    def test_rescheduling_keeps_the_distances(self, paid: Kit) -> None:
        """
        Moving the last installment by a week moves nothing else, and never loses a cent.
        """
        last = date(2026, 10, 13)
        quoted = paid.quote(Reschedule("m-1", "a-1", TODAY, last, date(2026, 10, 27)), at=NOW)

        assert (*quoted.before.due_on[:3], date(2026, 10, 27)) == quoted.after.due_on
        assert quoted.before.principal == quoted.after.principal
        assert 0 == quoted.difference.outstanding_minor

    def test_what_would_leave_the_calendar_is_refused(self, paid: Kit) -> None:
        """
        Nothing of it is recorded, so the account stands as before.
        """
        before = paid.standing("a-1", as_of=TODAY)
        last = date(2026, 10, 13)
        moved = Reschedule("m-1", "a-1", TODAY, last, date.max, extra=1)
        aged = Reage("m-2", "a-1", TODAY, date(9999, 12, 1), Interval(1, "months"), 2)

        for movement in (moved, aged):
            with pytest.raises(RefusedError, match="after the year 9999"):
                paid.change_plan(movement, at=NOW)
        assert before == paid.standing("a-1", as_of=TODAY)

    def test_unfit_changes_are_refused(self, paid: Kit) -> None:
        """
        No date of the plan, nothing later to spread over, or new installments before the old ones have ended.
        """
        moved = Reschedule("m-1", "a-1", TODAY, date(2026, 10, 14), date(2026, 10, 27))
        early = Reage("m-3", "a-1", TODAY, TODAY, Interval(1, "months"), 3)

        for movement in (moved, Reamortize("m-2", "a-1", TODAY), early):
            outcome = paid.try_move(movement, at=NOW)
            assert isinstance(outcome, Refusal)
            assert MovementReason.DATE_UNFIT is outcome.reason

    def test_the_policy_counts_them(self) -> None:
        """
        One change is allowed, the second is refused, and undoing the first makes room again.
        """
        policy = attrs.evolve(load_policy("us-bnpl"), plan_changes=ChangePolicy(count_max=1))
        with Kit.open("sqlite://", policy=policy, actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.change_plan(Reage("m-1", "a-1", TODAY, date(2026, 11, 20), Interval(1, "months"), 3), at=NOW)
            second = Reage("m-2", "a-1", TODAY, date(2027, 2, 20), Interval(1, "months"), 3)
            with pytest.raises(RefusedError, match="changed 1 times"):
                kit.change_plan(second, at=NOW)
            kit.undo(Undo("m-3", "a-1", "m-1", "reage", TODAY), at=NOW)

            quoted = kit.quote(attrs.evolve(second, first_on=date(2026, 11, 1)), at=NOW)
            assert quoted.difference
            assert quoted.use is not None and 0 == quoted.use.count


class TestOnce:
    def test_the_same_again_changes_nothing(self, paid: Kit) -> None:
        """
        A retry is answered, not repeated, and another content under its id is refused.
        """
        credit = Credit("m-1", "a-1", usd("10.00"), TODAY, "goodwill")
        paid.refund(credit, at=NOW)
        before = len(paid.history("a-1"))
        reused = paid.try_move(attrs.evolve(credit, amount=usd("11.00")), at=NOW)

        assert AlreadyMoved("m-1") == paid.refund(credit, at=NOW)
        assert isinstance(reused, Refusal)
        assert MovementReason.ID_REUSED is reused.reason
        assert before == len(paid.history("a-1"))

    def test_what_goes_out_is_not_dated_ahead(self, paid: Kit) -> None:
        """
        Only what comes in may be pending.
        """
        with pytest.raises(RefusedError, match="is dated 2026-10-21"):
            paid.refund(CashRefund("m-1", "a-1", usd("1.00"), date(2026, 10, 21)), at=NOW)
        with pytest.raises(RefusedError, match="no charge_off 'm-9'"):
            paid.undo(Undo("m-2", "a-1", "m-9", "charge_off", TODAY), at=NOW)

    def test_another_currency_is_never_converted(self, paid: Kit) -> None:
        """
        Dollars are owed.
        """
        outcome = paid.try_move(Credit("m-1", "a-1", Money.of("10.00", "EUR"), TODAY, "goodwill"), at=NOW)

        assert isinstance(outcome, Refusal)
        assert MovementReason.CURRENCY_DIFFERS is outcome.reason
