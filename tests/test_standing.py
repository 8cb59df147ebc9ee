"""What an account's facts mean on a day, and for how long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given

from collectkit.account import Account, AccountClosed
from collectkit.arrangements import Promise
from collectkit.facts import AccountFacts
from collectkit.holds import Hold, HoldLifted
from collectkit.ledger import Charge, Payment, Reversal, Waiver
from collectkit.money import Money
from collectkit.placement import AccountRecalled, Placement
from collectkit.schedules import Plan, Waterfall
from collectkit.schedules.building import monthly, with_tax
from collectkit.standing import FOREVER, Standing, opening_standing, standing_of
from collectkit.storage._openings import opening_row
from collectkit.storage._rows import to_row
from collectkit.testing.strategies import account_facts, days, holds, plans, waterfalls

# The plan of the design's first example: 200.00 in four, a fortnight apart, the first on the day of the purchase.
DUE = (date(2026, 9, 1), date(2026, 9, 15), date(2026, 9, 29), date(2026, 10, 13))
ACCOUNT = Account("a-1", "c-1", Plan("pay_in_4", "USD", DUE[0], DUE, (5000,) * 4), merchant="m-1")
FIRST = Payment("p-1", "a-1", Money.of("50.00", "USD"), DUE[0])
AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
OVER = Hold("h-0", "complaint", person="c-1", starts_on=date(2020, 1, 1), ends_on=date(2020, 1, 2), reason="long over")
"""Forces the general computation and changes nothing."""


def facts(*entries: object, **rest: object) -> AccountFacts:
    return AccountFacts(ACCOUNT, entries=entries, **rest)  # type: ignore[arg-type]


def hold(kind: str, first: date, last: date | None, **rest: object) -> Hold:
    given: dict[str, object] = {"account": "a-1", "review_on": date(2027, 1, 1), "id": f"h-{kind}", **rest}
    return Hold(kind=kind, person="c-1", starts_on=first, ends_on=last, reason="told so", **given)  # type: ignore[arg-type]


class TestBalances:
    def test_thirty_five_days_late(self) -> None:
        """
        The example of the design: the first installment paid, the second unpaid since 15 September.
        """
        standing = standing_of(facts(FIRST), date(2026, 10, 20))

        assert 35 == standing.days_past_due
        assert "past_due" == standing.state
        assert (20_000, 5000, 15_000, 15_000, 15_000) == (
            standing.total_minor,
            standing.paid_minor,
            standing.outstanding_minor,
            standing.owed_minor,
            standing.past_due_minor,
        )
        assert (4, 1, 3) == (standing.installments_total, standing.installments_paid, standing.installments_past_due)
        assert (DUE[1], None, DUE[3], DUE[0]) == (
            standing.oldest_unpaid_due_on,
            standing.next_due_on,
            standing.last_due_on,
            standing.last_paid_on,
        )
        assert FOREVER == standing.valid_through

    def test_on_the_due_date_it_is_owed_and_not_late(self) -> None:
        """
        Owed on the 15th, late from the 16th.
        """
        before, on, after = (standing_of(facts(FIRST), DUE[1] + n * ONE_DAY) for n in (-1, 0, 1))

        assert [0, 5000, 5000] == [standing.owed_minor for standing in (before, on, after)]
        assert [0, 0, 5000] == [standing.past_due_minor for standing in (before, on, after)]
        assert [0, 0, 1] == [standing.days_past_due for standing in (before, on, after)]
        assert [None, None, DUE[1]] == [standing.oldest_unpaid_due_on for standing in (before, on, after)]
        assert [(DUE[1], 5000), (DUE[1], 5000), (DUE[2], 5000)] == [(s.next_due_on, s.next_due_minor) for s in (before, on, after)]
        assert [DUE[1] - ONE_DAY, DUE[1], DUE[2] - ONE_DAY] == [standing.valid_through for standing in (before, on, after)]

    def test_fees_are_told_apart(self) -> None:
        """
        8.00 charged and 3.00 given up: 5.00 charged, of which 5.00 are unpaid.
        """
        fee = Charge("f-1", "a-1", "fee", Money.of("8.00", "USD"), date(2026, 9, 20), date(2026, 9, 29), 2)
        waiver = Waiver("w-1", "a-1", "f-1", Money.of("3.00", "USD"), date(2026, 9, 21), "goodwill")
        standing = standing_of(facts(FIRST, fee, waiver), date(2026, 9, 22))

        assert (500, 500, 15_500, 20_000) == (
            standing.fees_charged_minor,
            standing.fee_minor,
            standing.outstanding_minor,
            standing.total_minor,
        )

    def test_tax_is_told_apart(self) -> None:
        """
        11.60 with 1.60 of tax: all of it was charged, and what is unpaid of it is fee and tax.
        """
        fee = Charge("f-1", "a-1", "fee", Money(1160, "USD"), date(2026, 9, 20), date(2026, 9, 29), 2, tax=Money(160, "USD"))
        waiver = Waiver("w-1", "a-1", "f-1", Money(290, "USD"), date(2026, 9, 21), "goodwill")
        standing = standing_of(facts(FIRST, fee, waiver), date(2026, 9, 22))

        assert (870, 750, 120, 15_870) == (
            standing.fees_charged_minor,
            standing.fee_minor,
            standing.tax_minor,
            standing.outstanding_minor,
        )

    def test_the_tax_of_the_contract(self) -> None:
        """
        A new account owes the tax on its interest, by the quick way as by the fold.
        """
        plan = with_tax(monthly(Money.of("3000.00", "MXN"), 3, bought_on=DUE[0], annual_rate_bp=3600), 1600)
        account = Account("a-1", "c-1", plan)

        assert 2908 == opening_standing(account, DUE[0]).tax_minor == standing_of(AccountFacts(account), DUE[0]).tax_minor
        assert opening_row(account, DUE[0]) == to_row(opening_standing(account, DUE[0]))

    def test_too_much_is_credit(self) -> None:
        """
        An overpaid account is paid, for good.
        """
        standing = standing_of(facts(attrs.evolve(FIRST, amount=Money.of("201.00", "USD"))), date(2026, 9, 2))

        assert ("paid", 100, 20_100, FOREVER) == (standing.state, standing.credit_minor, standing.paid_minor, standing.valid_through)

    def test_what_is_dated_ahead_is_pending(self) -> None:
        """
        A payment and its return each change the standing on their day.
        """
        known = facts(attrs.evolve(FIRST, value_on=date(2026, 9, 5)), Reversal("r-1", "a-1", "p-1", date(2026, 9, 8)))
        standings = [standing_of(known, date(2026, 9, n)) for n in (2, 5, 8)]

        assert [0, 5000, 0] == [standing.paid_minor for standing in standings]
        assert [date(2026, 9, 4), date(2026, 9, 7), DUE[1] - ONE_DAY] == [standing.valid_through for standing in standings]

    def test_before_the_purchase_and_after_the_closing(self) -> None:
        """
        The state is read from two dates.
        """
        known = facts(FIRST, closed=AccountClosed("a-1", date(2026, 9, 20), "written_off"))
        states = {n: standing_of(known, date(2026, 9, 1) + n * ONE_DAY) for n in (-1, 18, 19)}

        assert ["not_started", "past_due", "closed"] == [standing.state for standing in states.values()]
        assert [None, None, date(2026, 9, 20)] == [standing.closed_on for standing in states.values()]
        assert [0, 5000, 0] == [standing.collectable_minor for standing in states.values()]
        assert [date(2026, 8, 31), date(2026, 9, 19)] == [states[n].valid_through for n in (-1, 18)]


class TestPromises:
    def test_open_then_broken(self) -> None:
        """
        Due on the 24th with a day of grace: open through the 25th.
        """
        promise = Promise("pr-1", "a-1", Money.of("60.00", "USD"), date(2026, 10, 24), AT, made_on=date(2026, 10, 20))
        known = facts(FIRST, promises=(promise,))
        before, made, broken = (standing_of(known, date(2026, 10, n)) for n in (19, 20, 26))

        assert [None, date(2026, 10, 24), None] == [standing.promise_due_on for standing in (before, made, broken)]
        assert [0, 6000, 0] == [standing.promised_minor for standing in (before, made, broken)]
        assert [0, 0, 1] == [standing.promises_broken for standing in (before, made, broken)]
        assert [date(2026, 10, 19), date(2026, 10, 25), FOREVER] == [standing.valid_through for standing in (before, made, broken)]

    def test_of_several_the_one_due_first_is_named(self) -> None:
        """
        Its date and its amount.
        """
        later = Promise("pr-1", "a-1", Money.of("60.00", "USD"), date(2026, 10, 28), AT, made_on=date(2026, 10, 20))
        sooner = attrs.evolve(later, id="pr-2", amount=Money.of("10.00", "USD"), due_on=date(2026, 10, 24))
        standing = standing_of(facts(promises=(later, sooner)), date(2026, 10, 20))

        assert (date(2026, 10, 24), 1000) == (standing.promise_due_on, standing.promised_minor)


class TestHolds:
    def test_kinds_last_day_and_disputed_part(self) -> None:
        """
        20.00 of 150.00 are disputed until the 25th, and the person was on a hold of their own.
        """
        part = hold("dispute_part", date(2026, 10, 1), date(2026, 10, 25), amount=Money.of("20.00", "USD"))
        own = hold("vulnerability", date(2026, 10, 1), date(2026, 12, 1), account=None)
        known = facts(FIRST, holds=(part,))
        standing = standing_of(known, date(2026, 10, 20), person_holds=(own,))
        lifted = standing_of(known, date(2026, 10, 20), person_holds=(own,), person_lifted=(HoldLifted(own.id, date(2026, 10, 5), "well"),))

        assert (("dispute_part", "vulnerability"), date(2026, 12, 1), date(2026, 10, 25)) == (
            standing.holds,
            standing.hold_until,
            standing.valid_through,
        )
        assert (2000, 13_000) == (standing.disputed_minor, standing.collectable_minor)
        assert (("dispute_part",), date(2026, 10, 25)) == (lifted.holds, lifted.hold_until)

    def test_a_dispute_of_the_whole_leaves_nothing_to_ask_for(self) -> None:
        """
        And without an end there is no last day.
        """
        standing = standing_of(facts(FIRST, holds=(hold("dispute", date(2026, 10, 1), None),)), date(2026, 10, 20))

        assert (15_000, 0, None, FOREVER) == (
            standing.disputed_minor,
            standing.collectable_minor,
            standing.hold_until,
            standing.valid_through,
        )

    def test_the_disputed_part_is_never_more_than_is_outstanding(self) -> None:
        """
        A part in another currency is nothing we can subtract, so it stands for the whole.
        """
        much = hold("dispute_part", date(2026, 10, 1), None, amount=Money.of("999.00", "USD"))
        foreign = hold("dispute_part", date(2026, 10, 1), None, amount=Money.of("1.00", "EUR"))

        assert [15_000, 15_000] == [standing_of(facts(FIRST, holds=(one,)), date(2026, 10, 20)).disputed_minor for one in (much, foreign)]


class TestPlacement:
    def test_the_holder_and_since_when(self) -> None:
        """
        Until the day of the recall.
        """
        moves = (Placement("a-1", "agency-1", date(2026, 10, 15)), AccountRecalled("a-1", "agency-1", date(2026, 10, 22), "term"))
        standings = [standing_of(facts(FIRST, moves=moves), date(2026, 10, n)) for n in (14, 15, 22)]

        assert [None, "agency-1", None] == [standing.handler for standing in standings]
        assert [None, date(2026, 10, 15), None] == [standing.placed_on for standing in standings]
        assert [date(2026, 10, 14), date(2026, 10, 21), FOREVER] == [standing.valid_through for standing in standings]


class TestOn:
    def test_it_answers_only_for_the_days_it_holds(self) -> None:
        """
        Outside of them the facts must be read again.
        """
        standing = standing_of(facts(FIRST), date(2026, 9, 16))

        assert 13 == standing.on(date(2026, 9, 28)).days_past_due
        for day in (date(2026, 9, 15), date(2026, 9, 29)):
            with pytest.raises(ValueError, match="build it again"):
                standing.on(day)

    def test_amounts_as_money(self) -> None:
        """
        By the name without its ``_minor``.
        """
        assert Money.of("150.00", "USD") == standing_of(facts(FIRST), date(2026, 10, 20)).money("owed")


def differs(one: Standing, other: Standing) -> bool:
    """Tell whether anything but the dates themselves differs; the state counts."""
    same = attrs.evolve(other, as_of=one.as_of, valid_through=one.valid_through)
    return one != same or one.state != other.state


class TestLaws:
    @given(known=account_facts(), as_of=days(200), order=waterfalls(), own=holds("h-9", account=None))
    def test_a_standing_holds_through_its_last_day(self, known: AccountFacts, as_of: date, order: Waterfall, own: Hold) -> None:
        """
        Built anew on any of its days it is the same, the last day included.
        """
        standing = standing_of(known, as_of, waterfall=order, person_holds=(own,))
        last = min(standing.valid_through, as_of + timedelta(days=400))
        middle = as_of + (last - as_of) // 2

        for day in (as_of + ONE_DAY, middle, last):
            if day <= last:
                assert standing.on(day) == standing_of(known, day, waterfall=order, person_holds=(own,))

    @given(plan=plans(), as_of=days(200))
    def test_a_plain_plan_changes_on_the_day_after(self, plan: Plan, as_of: date) -> None:
        """
        The last day is exact: one day later something is different.
        """
        account = attrs.evolve(ACCOUNT, plan=plan)
        standing = opening_standing(account, as_of)

        if standing.valid_through < FOREVER:
            assert differs(standing, opening_standing(account, standing.valid_through + ONE_DAY))

    @given(plan=plans(), as_of=days(200), paid=days(200))
    def test_one_payment_ahead_is_exact_too(self, plan: Plan, as_of: date, paid: date) -> None:
        """
        A pending payment is a change on its day.
        """
        known = AccountFacts(attrs.evolve(ACCOUNT, plan=plan), entries=(attrs.evolve(FIRST, value_on=paid),))
        standing = standing_of(known, as_of)

        if standing.valid_through < FOREVER:
            assert differs(standing, standing_of(known, standing.valid_through + ONE_DAY))

    @given(plan=plans(), back=days(20), as_of=days(200))
    def test_the_fast_path_agrees(self, plan: Plan, back: date, as_of: date) -> None:
        """
        An account of which only the plan is known, before its purchase and after.
        """
        account = attrs.evolve(ACCOUNT, plan=plan)
        for day in (as_of, plan.bought_on - (back - plan.bought_on)):
            general = standing_of(AccountFacts(account), day, person_holds=(OVER,))

            assert general == opening_standing(account, day) == standing_of(AccountFacts(account), day)

    @given(known=account_facts(), as_of=days(200))
    def test_the_parts_add_up(self, known: AccountFacts, as_of: date) -> None:
        """
        What was asked for is paid or outstanding, but for credit; and no part exceeds its whole.
        """
        standing = standing_of(known, as_of)

        assert (
            standing.total_minor + standing.fees_charged_minor == standing.outstanding_minor + standing.paid_minor - standing.credit_minor
        )
        assert 0 <= standing.past_due_minor <= standing.owed_minor <= standing.outstanding_minor
        assert 0 <= standing.disputed_minor <= standing.outstanding_minor
        assert (standing.past_due_minor > 0) == (standing.days_past_due > 0) == (standing.oldest_unpaid_due_on is not None)

    @given(known=account_facts(), as_of=days(200))
    def test_the_order_of_arrival_does_not_matter(self, known: AccountFacts, as_of: date) -> None:
        """
        Facts in the opposite order mean the same.
        """
        reversed_ = attrs.evolve(
            known, entries=known.entries[::-1], promises=known.promises[::-1], holds=known.holds[::-1], lifted=known.lifted[::-1]
        )

        assert standing_of(known, as_of) == standing_of(reversed_, as_of)
