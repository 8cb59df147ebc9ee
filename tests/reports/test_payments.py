"""Lateness, cash and effectiveness, read from the books of accounts."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.portfolio.books import account, late

from collectkit.errors import ValidationError
from collectkit.ledger import Charge, Chargeback, Payment, Reversal
from collectkit.money import Money
from collectkit.portfolio import Portfolio
from collectkit.reports import (
    DayCounts,
    Settlement,
    ageing,
    collected,
    collection_effectiveness_index,
    fell_due,
    lateness,
    past_due_effectiveness,
    sold,
)
from collectkit.schedules import Plan, replay

PLAN = Plan("pay_in_4", "USD", date(2026, 1, 1), tuple(date(2026, month, 1) for month in (1, 2, 3, 4)), (2_500,) * 4)


def paid(*days: date) -> list[Payment]:
    """Return one payment of an installment on each day."""
    return [Payment(f"p-{number}", "a-1", Money(2_500, "USD"), day, source="card") for number, day in enumerate(days)]


class TestLateness:
    def test_each_installment_is_early_on_time_late_or_never(self):
        """
        The day on which the money covered it decides.
        """
        book = replay(PLAN, paid(date(2026, 1, 1), date(2026, 1, 22), date(2026, 3, 6)), as_of=date(2026, 5, 1))

        made = lateness([book])

        counts = {line.settlement: (line.installments, line.days.total) for line in made.lines}
        assert {
            Settlement.EARLY: (1, 10),
            Settlement.ON_DUE_DATE: (1, 0),
            Settlement.LATE: (1, 5),
            Settlement.NEVER: (1, 30),
            Settlement.NOT_DUE: (0, 0),
        } == counts
        assert Fraction(5, 3) == made.average_days_late("USD").value
        assert Fraction(0 + 21 + 64, 3) == made.average_days_to_settle("USD").value
        assert Fraction(1, 3) == made.late_rate("USD").value

    def test_due_today_is_not_late(self):
        """
        An unpaid installment that falls due on the day of the book is not late yet.
        """
        made = lateness([replay(PLAN, paid(date(2026, 1, 1)), as_of=date(2026, 2, 1))])

        assert 3 == made.of("USD", Settlement.NOT_DUE).installments
        assert 0 == made.of("USD", Settlement.NEVER).installments

    def test_rows_show_statistics(self):
        """
        A row holds mean, median and percentile as text and whole numbers.
        """
        made = lateness([replay(PLAN, paid(date(2026, 1, 3)), as_of=date(2026, 1, 3))])

        row = next(row for row in made.rows() if row["settlement"] == "late")
        assert {"n": 1, "sum": 2, "mean": "2.000000", "median": "2", "p90_nearest_rank": 2, "min": 2, "max": 2} == row["days"]

    def test_percentiles_are_nearest_rank(self):
        """
        The ninetieth of ten is the ninth.
        """
        counts = DayCounts.of(dict.fromkeys(range(1, 11), 1))

        assert (9, 10, 1) == (counts.percentile(90), counts.percentile(91), counts.percentile(1))
        with pytest.raises(ValidationError, match="1 to 100"):
            counts.percentile(0)

    @given(st.lists(st.integers(0, 300), min_size=1, max_size=30))
    def test_counts_have_the_statistics_of_the_list(self, days):
        """
        Mean, median and extremes of the counts are those of the days themselves.
        """
        counts = DayCounts.of({day: days.count(day) for day in days})

        assert (len(days), sum(days), min(days), max(days)) == (counts.n, counts.total, counts.least, counts.most)
        assert mean(map(Fraction, days)) == counts.mean
        assert median(map(Fraction, days)) == counts.median
        assert sorted(days)[-(-len(days) * 9 // 10) - 1] == counts.percentile(90)


class TestCash:
    def test_a_payment_taken_back_counts_on_no_day(self):
        """
        What bounced was never collected.
        """
        entries = [*paid(date(2026, 1, 1), date(2026, 2, 1)), Reversal("r-1", "a-1", "p-1", date(2026, 2, 5))]

        made = collected([replay(PLAN, entries, as_of=date(2026, 3, 1))])

        assert {date(2026, 1, 1): 2_500} == made.by_day("USD")
        assert {"card": 2_500} == made.by_source("USD", first=date(2026, 1, 1), last=date(2026, 1, 1))
        assert 0 == made.total("USD", first=date(2026, 1, 2), last=date(2026, 12, 31))

    def test_what_was_charged_back_of_a_payment_counts_on_no_day(self):
        """
        10.00 of the 25.00 of the first of February: 15.00 were collected.
        """
        back = Chargeback("cb-1", "a-1", "p-1", Money(1_000, "USD"), date(2026, 2, 5))
        entries = [*paid(date(2026, 1, 1), date(2026, 2, 1)), back]

        by_day = [collected([replay(PLAN, entries, as_of=date(2026, 2, day))]).by_day("USD") for day in (4, 5)]
        assert [{date(2026, 1, 1): 2_500, date(2026, 2, 1): minor} for minor in (2_500, 1_500)] == by_day

    def test_charges_fall_due_as_well(self):
        """
        A late fee is asked for on its due date.
        """
        fee = Charge("fee-1", "a-1", "fee", Money(700, "USD"), date(2026, 2, 8), date(2026, 2, 8), installment=2)

        made = fell_due([replay(PLAN, [fee], as_of=date(2026, 3, 1))])

        assert 700 == made.by_day("USD")[date(2026, 2, 8)]
        assert 10_700 == made.total("USD", first=date(2026, 1, 1), last=date(2026, 12, 31))

    def test_sales_stand_on_the_day_of_purchase(self):
        """
        All that a contract asks for was sold on one day.
        """
        assert {date(2026, 1, 1): 10_000} == sold([replay(PLAN, [], as_of=date(2026, 1, 1))]).by_day("USD")


class TestEffectiveness:
    def test_what_falls_due_on_the_last_day_is_not_late(self):
        """
        A due of the closing day belongs to the next period.
        """
        first, last = date(2026, 1, 31), date(2026, 3, 1)
        snapshots = [
            ageing(Portfolio.of([late("a-1", 30, 2_500, as_of=first, opened_on=PLAN.bought_on)])),
            ageing(Portfolio.of([late("a-1", 28, 2_500, as_of=last, opened_on=PLAN.bought_on)])),
        ]

        (line,) = past_due_effectiveness(snapshots, fell_due([replay(PLAN, [], as_of=last)])).lines

        assert (2_500, 2_500, 2_500) == (line.opening_minor, line.added_minor, line.closing_minor)
        assert Fraction(1, 2) == line.rate.value

    def test_the_index_leaves_out_what_is_not_late(self):
        """
        With all that was due collected, the index is one although receivables remain.
        """
        first, last = date(2025, 12, 31), date(2026, 1, 31)
        snapshots = [
            ageing(Portfolio.of([account("a-1", as_of=first, opened_on=date(2026, 1, 1))])),
            ageing(Portfolio.of([account("a-1", as_of=last, opened_on=date(2026, 1, 1), outstanding_minor=7_500)])),
        ]

        (line,) = collection_effectiveness_index(snapshots, sold([replay(PLAN, [], as_of=last)])).lines

        assert (0, 10_000, 7_500, 7_500) == (line.opening_minor, line.added_minor, line.closing_minor, line.uncollectable_minor)
        assert 1 == line.rate.value

    def test_days_must_rise(self):
        """
        A period that ends before it begins is refused.
        """
        made = ageing(Portfolio.of([account("a-1")]))

        with pytest.raises(ValidationError, match="rising days"):
            past_due_effectiveness([made, made], fell_due([]))
