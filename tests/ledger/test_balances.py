from __future__ import annotations

from datetime import date

from hypothesis import given

from collectkit.ledger.balances import balances
from collectkit.money import Money
from collectkit.testing.strategies import days, dues

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
UNPAID = (0, 0, 0, 0, 0, 0, 0, 100, 5000, 0, 0, 700, 0, 0, 0, 0, 0, 80, 4987, 13)
NUMBERS = (1, 2, 0, 3)


def on(day, unpaid=UNPAID, credit=0):
    return balances((JUNE, JULY, JULY, AUGUST), unpaid, NUMBERS, currency="USD", as_of=day, credit_minor=credit)


class TestBalances:
    def test_on_the_due_date(self):
        """
        Due today is owed and not past due.
        """
        now = on(JULY)

        assert Money(10_880, "USD") == now.outstanding
        assert (Money(5800, "USD"), Money(0, "USD"), Money(5800, "USD")) == (now.owed, now.past_due, now.due_today)
        assert (JULY, JULY, Money(5800, "USD")) == (now.oldest_unpaid_due_on, now.next_due_on, now.next_due)
        assert (1, 0) == (now.settled_count, now.past_due_count)

    def test_the_day_after(self):
        """
        A day later it is past due, and the next due is August's; a charge is no installment.
        """
        now = on(date(2026, 7, 2))

        assert (Money(5800, "USD"), Money(0, "USD")) == (now.past_due, now.due_today)
        assert (JULY, AUGUST, 5080, 1) == (now.oldest_unpaid_due_on, now.next_due_on, now.next_due_minor, now.past_due_count)

    def test_by_component(self):
        """
        A fee unpaid is a fee unpaid, whatever became of the principal.
        """
        now = on(AUGUST)

        assert (0, 700, 180, 9987, 13) == now.components_minor
        assert (Money(700, "USD"), Money(13, "USD")) == (now.of("fee"), now.of("tax"))

    def test_all_paid(self):
        """
        Nothing unpaid has no dates, and what was paid too much is credit.
        """
        now = on(AUGUST, (0,) * 20, credit=5)

        assert (None, None, 0, 3) == (now.oldest_unpaid_due_on, now.next_due_on, now.outstanding_minor, now.settled_count)
        assert Money(5, "USD") == now.credit

    @given(owed=dues(), as_of=days(90))
    def test_parts_add_up(self, owed, as_of):
        """
        Outstanding is past due, due today and not yet due; and it is its components.
        """
        now = balances(owed.due_on, owed.owed, range(1, len(owed.due_on) + 1), currency="USD", as_of=as_of)
        later = sum(sum(owed.owed[5 * i : 5 * i + 5]) for i, day in enumerate(owed.due_on) if day > as_of)

        assert now.outstanding_minor == now.past_due_minor + now.due_today_minor + later == sum(now.components_minor)
        assert now.owed_minor == now.past_due_minor + now.due_today_minor
