"""Stays in bands, worked out from the ledger."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.spans import Spans
from collectkit.delinquency import BNPL, Buckets, ClockRules, bucket_history, days_in, read_clock, times_entered, worst
from collectkit.errors import PolicyError
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money
from collectkit.schedules import replay
from collectkit.schedules.building import pay_in_4
from collectkit.testing.strategies import days, histories, plans

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))


def paid(id, minor, on):
    return Payment(id, "a-1", Money(minor, "USD"), on)


class TestHistory:
    def test_in_and_out(self):
        """
        Late from the sixteenth, cured on the twentieth, late again with the third installment.
        """
        entries = [paid("p-1", 5000, date(2026, 9, 1)), paid("p-2", 5000, date(2026, 9, 20))]
        stays = bucket_history(PLAN, entries, BNPL, through=date(2026, 10, 5))

        assert [
            ("current", date(2026, 9, 1), date(2026, 9, 15)),
            ("1-3", date(2026, 9, 16), date(2026, 9, 18)),
            ("4-7", date(2026, 9, 19), date(2026, 9, 19)),
            ("current", date(2026, 9, 20), date(2026, 9, 29)),
            ("1-3", date(2026, 9, 30), date(2026, 10, 2)),
            ("4-7", date(2026, 10, 3), date(2026, 10, 5)),
        ] == [(stay.bucket, stay.first_on, stay.last_on) for stay in stays]
        assert (5000, 6, 3) == (stays[-1].past_due_minor, worst(stays), stays[-1].length)

    def test_a_late_fact_rewrites_it(self):
        """
        A payment that turns out to have been made in time leaves no stay behind; its reversal brings it back.
        """
        on_time = [paid("p-1", 20_000, date(2026, 9, 1))]
        assert ["current"] == [stay.bucket for stay in bucket_history(PLAN, on_time, BNPL, through=date(2026, 11, 1))]
        bounced = [*on_time, Reversal("r-1", "a-1", "p-1", date(2026, 10, 20))]
        assert "31-60" in {stay.bucket for stay in bucket_history(PLAN, bounced, BNPL, through=date(2026, 11, 1))}

    def test_a_stopped_clock_stays_in_its_band(self):
        """
        Three days late when the hold begins, three days late when it ends.
        """
        stops = Spans.of([(date(2026, 9, 4), date(2026, 9, 14))])
        stays = bucket_history(PLAN, [], BNPL, through=date(2026, 9, 16), stops=stops)

        assert ["current", "1-3", "4-7"] == [stay.bucket for stay in stays]
        assert (date(2026, 9, 2), date(2026, 9, 14)) == (stays[1].first_on, stays[1].last_on)

    def test_measures(self):
        """
        Twice late by four days or more in the year, eight days in that band, six days at worst.
        """
        entries = [paid("p-1", 5000, date(2026, 9, 1)), paid("p-2", 5000, date(2026, 9, 20))]
        stays = bucket_history(PLAN, entries, BNPL, through=date(2026, 10, 5))
        year = {"first": date(2025, 10, 6), "last": date(2026, 10, 5)}

        assert 2 == times_entered(stays, BNPL, "4-7", **year)
        assert 0 == times_entered(stays, BNPL, "8-14", **year)
        assert 1 == times_entered(stays, BNPL, "4-7", first=date(2026, 9, 20), last=date(2026, 10, 5))
        assert 4 == days_in(stays, "4-7", **year)
        with pytest.raises(PolicyError, match="no band"):
            times_entered(stays, BNPL, "30+", **year)

    @given(
        plan=plans(),
        entries=histories(),
        starts=st.sets(st.integers(1, 60), min_size=1, max_size=4),
        grace=st.integers(0, 4),
        spans=st.lists(st.tuples(days(), st.integers(1, 30)), max_size=2),
        length=st.integers(0, 150),
    )
    def test_each_day_lies_in_the_band_of_its_own_replay(self, plan, entries, starts, grace, spans, length):
        """
        The stays follow each other without a gap, and each day is in the band that reading the clock on that day gives.
        """
        buckets, rules = Buckets(tuple(sorted(starts))), ClockRules(grace_days=grace, stops=True)
        stops = Spans.of((start, start + timedelta(days=more)) for start, more in spans)
        through = plan.bought_on + timedelta(days=length)
        stays = bucket_history(plan, entries, buckets, through=through, rules=rules, stops=stops)

        covered = [(stay.first_on + timedelta(days=after), stay.bucket) for stay in stays for after in range(stay.length)]
        assert [plan.bought_on + timedelta(days=after) for after in range(length + 1)] == [day for day, _ in covered]
        sampled = covered[:: max(1, len(covered) // 12)]
        for day, bucket in [*sampled, *[(stay.first_on, stay.bucket) for stay in stays], *[(stay.last_on, stay.bucket) for stay in stays]]:
            assert bucket == buckets.of(read_clock(replay(plan, entries, as_of=day), rules, stops).days)
