"""Two axes of time: what was believed of a day, what is true of it now, and why."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from collectkit import Kit, Money, Payment, Promise, Reversal
from collectkit.arrangements import PromiseVerdict
from collectkit.errors import UnknownIdError
from collectkit.ledger import Credit

from .conftest import NOW, TODAY


def usd(text: str) -> Money:
    return Money.of(text, "USD")


FIRST = Payment("p-1", account="a-1", amount=usd("50.00"), value_on=date(2026, 9, 1))
LATER = NOW + timedelta(days=5)


class TestLookingBack:
    def test_a_payment_that_became_known_late(self, book: Kit) -> None:
        """
        On 20 October nothing seemed paid since 1 September; by what came on the 25th, the first installment was in time.
        """
        book.post(FIRST, at=LATER)
        told = book.look_back("a-1", as_of=TODAY, known_at=NOW)

        assert (20_000, 15_000) == (told.then.balances().past_due_minor, told.now.balances().past_due_minor)
        assert [("p-1", "installment 1", 0, 5_000)] == [
            (move.payment, move.due, move.before_minor, move.after_minor) for move in told.difference.moves
        ]
        assert told.lateness is not None
        assert (49, 35) == (told.lateness.before_days, told.lateness.after_days)
        assert "35 instead of 49 days past due" in str(told)
        assert told.reported is not None
        assert (49, 35) == (told.reported.before.days, told.reported.after.days)
        assert "to report of 2026-10-20: days past due 35 instead of 49" in str(told)

    def test_knowing_nothing_new_changes_nothing(self, book: Kit) -> None:
        """
        The belief of a later instant is the truth of now.
        """
        book.post(FIRST, at=NOW)
        told = book.look_back("a-1", as_of=TODAY, known_at=LATER)

        assert not told
        assert "nothing is different" in str(told)

    def test_a_kept_promise_whose_payment_bounced(self, book: Kit) -> None:
        """
        It was believed kept; now it is broken, and both stay on record.
        """
        book.promise(Promise("pr-1", account="a-1", amount=usd("50.00"), due_on=date(2026, 10, 22), made_at=NOW), at=NOW)
        book.post(attrs.evolve(FIRST, id="p-2", value_on=date(2026, 10, 21)), at=NOW + timedelta(days=1))
        book.reverse(Reversal("r-1", account="a-1", payment="p-2", value_on=date(2026, 10, 26)), at=NOW + timedelta(days=6))
        told = book.look_back("a-1", as_of=date(2026, 10, 30), known_at=LATER)

        (change,) = told.promises
        assert ("pr-1", PromiseVerdict.KEPT, PromiseVerdict.BROKEN) == (change.promise, change.before, change.after)

    def test_a_fee_for_an_installment_that_was_paid_in_time(self, book: Kit) -> None:
        """
        The night charged a fee; the payment that arrived afterwards shows that it was unfounded.
        """
        book.run_night(as_of=TODAY, at=NOW)
        fees = [due for due in book.look_back("a-1", as_of=TODAY, known_at=NOW).now.dues() if due.charge is not None]
        book.post(FIRST, at=LATER)
        told = book.look_back("a-1", as_of=TODAY, known_at=NOW)

        about = {fee.name for fee in fees if fee.charge is not None and fee.charge.installment == 1}
        assert about
        assert about == {fee.charge for fee in told.unfounded}
        assert {date(2026, 9, 1)} == {fee.settled_on for fee in told.unfounded}

    def test_before_it_was_opened_nothing_was_believed(self, book: Kit) -> None:
        """
        An account that was not on the book yet has no past.
        """
        with pytest.raises(UnknownIdError, match="was not on the book"):
            book.look_back("a-1", as_of=TODAY, known_at=NOW - timedelta(days=1))


class TestExplaining:
    def test_every_minor_unit_of_a_payment(self, book: Kit) -> None:
        """
        Seventy dollars: fifty to the oldest, twenty to the next, each by its slot of the waterfall.
        """
        book.post(attrs.evolve(FIRST, id="p-2", amount=usd("70.00"), value_on=date(2026, 9, 15)), at=NOW)
        table = book.explain_payment("a-1", "p-2", as_of=TODAY)

        assert [("installment 1", 5_000), ("installment 2", 2_000)] == [(line.due, line.minor) for line in table.lines]
        assert "slot 5 of 15, past_due.principal, oldest installment first" == table.lines[0].rule
        assert "slot 10 of 15, due.principal, oldest installment first" == table.lines[1].rule
        assert "20.00" in str(table)
        with pytest.raises(UnknownIdError, match="no payment 'p-9' counts"):
            book.explain_payment("a-1", "p-9", as_of=TODAY)

    def test_the_entries_behind_a_balance(self, book: Kit) -> None:
        """
        The contract asked for fifty, the payment took twenty off.
        """
        book.post(attrs.evolve(FIRST, amount=usd("20.00")), at=NOW)
        table = book.explain_balance("a-1", "installment 1", as_of=TODAY)

        assert [("contract", 5_000), ("p-1", -2_000)] == [(line.entry, line.minor) for line in table.lines]
        assert 3_000 == table.unpaid_minor == sum(line.minor for line in table.lines)
        assert "payment p-1" in str(table)
        with pytest.raises(UnknownIdError, match="no due 'installment 9'"):
            book.explain_balance("a-1", "installment 9", as_of=TODAY)


class TestReconciling:
    def test_the_first_day_that_differs_from_the_bank_is_named(self, book: Kit) -> None:
        """
        The book agrees with itself every day; the bank says one cent more on the 15th.
        """
        book.post(FIRST, at=NOW)
        book.post(attrs.evolve(FIRST, id="p-2", value_on=date(2026, 9, 15)), at=NOW)
        right = book.reconcile_money(as_of=TODAY, currency="USD", statement={date(2026, 9, 1): 5_000, date(2026, 9, 15): 5_000})
        wrong = book.reconcile_money(as_of=TODAY, currency="USD", statement={date(2026, 9, 1): 5_000, date(2026, 9, 15): 5_001})

        assert right.first_failed is None
        assert wrong.first_failed is not None
        assert (date(2026, 9, 15), -1) == (wrong.first_failed.on, wrong.first_failed.unstated_minor)

    def test_what_is_no_payment_is_not_in_the_statement(self, book: Kit) -> None:
        """
        The shop takes goods back, and nothing comes to the bank; it lies applied all the same.
        """
        book.post(FIRST, at=NOW)
        book.refund(Credit("m-1", "a-1", Money.of("20.00", "USD"), date(2026, 9, 15), "merchant_refund"), at=NOW)
        found = book.reconcile_money(as_of=TODAY, currency="USD", statement={date(2026, 9, 1): 5_000})

        assert found.first_failed is None
        last = found.days[-1]
        assert (7_000, 2_000, 7_000, 0) == (last.received_minor, last.credited_minor, last.applied_minor, last.unstated_minor)
