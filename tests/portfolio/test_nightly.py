"""The night over columns against one account at a time: its plan, its replay, its decision."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.delinquency import Buckets
from collectkit.errors import ValidationError
from collectkit.ledger import Payment
from collectkit.money import Money
from collectkit.portfolio.kernel import BLOCK, Sums, age_and_segment
from collectkit.portfolio.nightly import Night, NightColumns, NightRules, open_zones, run_columns
from collectkit.rules import Table, compile_table
from collectkit.schedules import replay
from collectkit.schedules.building import pay_in_n

TODAY = date(2026, 3, 1)
DAY = TODAY.toordinal()
SEGMENTS = Table.of([("flag == 1", 3), ("bucket == 0", 1), ("bucket <= 2 and outstanding < 5000", 0), ("score >= 600", 2), ("True", 3)])


STANDINGS = st.tuples(st.integers(-40, 150), st.integers(0, 20_000), st.integers(500, 700), st.integers(0, 1))


@st.composite
def night_rules(draw):
    """Generate what a night is run by."""
    starts = sorted(draw(st.sets(st.integers(1, 90), min_size=1, max_size=5) | st.sets(st.integers(1, 400), min_size=1, max_size=5)))
    return NightRules(
        as_of=DAY,
        installments=draw(st.integers(1, 6)),
        every_days=draw(st.integers(1, 31)),
        buckets=Buckets(tuple(starts)),
        segments=SEGMENTS,
        remind_on=tuple(draw(st.sets(st.integers(-5, 10), max_size=4))),
        attempted_until=DAY - 7,
        zones_open=(1, 0, 1),
        actions=(4, 5, 6, 7),
        wait=9,
    )


@st.composite
def rows(draw):
    """Generate one account: installment, paid, first due date, attempt, zone, score, flag, paid today."""
    installment = draw(st.integers(100, 9000))
    paid = draw(st.integers(0, 6).map(lambda n: n * installment) | st.integers(0, 60_000))
    return (
        installment,
        paid,
        DAY - draw(st.integers(-40, 150)),
        DAY - draw(st.integers(0, 14)),
        draw(st.integers(0, 2)),
        draw(st.integers(500, 700)),
        draw(st.integers(0, 1)),
        draw(st.just(0) | st.just(installment) | st.integers(1, 9000)),
    )


def columns(accounts, dtype=np.int64):
    inst, paid, first, attempt, zone, score, flag, _ = (np.array(column) for column in zip(*accounts, strict=True))
    facts = {"score": score.astype(np.int16), "flag": flag.astype(np.uint8)}
    return NightColumns(
        inst.astype(dtype), paid.astype(dtype), first.astype(np.int32), attempt.astype(np.int32), zone.astype(np.uint8), facts
    )


def one_by_one(account, rules):
    """The same night for one account: plan, replay, and the compiled table."""
    installment, paid, first, attempt, zone, score, flag, today = account
    first_on = date.fromordinal(first)
    plan = pay_in_n(Money(installment * rules.installments, "USD"), rules.installments, f"{rules.every_days} days", bought_on=first_on)
    day = min(first_on, TODAY)
    entries = [Payment(f"p-{n}", "a-1", Money(minor, "USD"), on) for n, (minor, on) in enumerate(((paid, day), (today, TODAY))) if minor]
    owed = replay(plan, entries, as_of=TODAY).balances()
    oldest = owed.oldest_unpaid_due_on
    days = None if oldest is None else (TODAY - oldest).days
    bucket = 0 if days is None else rules.buckets.index(days)
    facts = {"bucket": bucket, "outstanding": owed.outstanding_minor - owed.credit_minor, "score": score, "flag": flag}
    segment = compile_table(rules.segments, "mapping")(facts).leaf
    allowed = attempt <= rules.attempted_until and rules.zones_open[zone]
    action = rules.actions[segment] if allowed else rules.wait
    return (bucket, segment, int(days in rules.remind_on), action), facts["outstanding"]


class TestRunColumns:
    @given(accounts=st.lists(rows(), min_size=1, max_size=6), rules=night_rules(), dtype=st.sampled_from((np.int32, np.int64)))
    def test_agrees_with_one_account_at_a_time(self, accounts, rules, dtype):
        """
        Band, segment, reminder and action of each account are those of its plan and payments, and the report adds them up.
        """
        book = columns(accounts, dtype)
        today = (np.arange(len(accounts)), np.array([account[-1] for account in accounts]))
        night = run_columns(book, rules, payments=today)

        expected = [one_by_one(account, rules) for account in accounts]
        got = zip(*(getattr(night, name).tolist() for name in ("bucket", "segment", "remind", "action")), strict=True)
        assert [decided for decided, _ in expected] == list(got)
        counts, totals = [0] * 4, [0] * 4
        for (_, segment, *_), outstanding in expected:
            counts[segment] += 1
            totals[segment] += outstanding
        assert (counts, totals) == (night.sums.counts.tolist(), night.sums.totals.tolist())

    @given(accounts=st.lists(rows(), min_size=1, max_size=4), rules=night_rules())
    def test_two_payments_of_one_account_both_count(self, accounts, rules):
        """
        An account that pays twice a day pays the sum, and what came in stays as it was.
        """
        book = columns(accounts)
        before = book.paid_minor.copy()
        twice = (np.array([0, 0]), np.array([700, 900]))
        night = run_columns(book, rules, payments=twice)

        once = run_columns(book, rules, payments=(np.array([0]), np.array([1600])))
        assert once.sums.totals.tolist() == night.sums.totals.tolist()
        assert (before == book.paid_minor).all()

    def test_blocks_join_into_kept_buffers(self):
        """
        Many accounts are many times one account, and the buffers are filled again.
        """
        account = (1000, 1000, DAY - 30, DAY - 9, 0, 650, 0, 0)
        rules = NightRules(DAY, 4, 14, Buckets((1, 8, 15)), SEGMENTS, (16,), DAY - 7, (1,), (4, 5, 6, 7), 9)
        size = BLOCK + 5
        kept = Night.buffers(size)
        for name in ("bucket", "segment", "remind", "action"):
            getattr(kept, name).fill(255)
        night = run_columns(columns([account] * size), rules, out=kept)

        (bucket, segment, remind, action), outstanding = one_by_one(account, rules)
        assert {bucket} == set(night.bucket.tolist())
        assert {segment} == set(kept.segment.tolist())
        assert ({remind}, {action}) == (set(night.remind.tolist()), set(night.action.tolist()))
        assert size * outstanding == night.sums.totals[segment]

    def test_many_zones(self):
        """
        More time zones than a byte can number.
        """
        zones = tuple(int(number % 3 == 0) for number in range(700))
        rules = NightRules(DAY, 4, 14, Buckets((1,)), SEGMENTS, (), DAY - 7, zones, (4, 4, 4, 4), 9)
        book = columns([(1000, 0, DAY, DAY - 9, 0, 600, 0, 0)] * len(zones))
        night = run_columns(attrs.evolve(book, zone=np.arange(len(zones), dtype=np.uint16)), rules)

        assert [4 if open else 9 for open in zones] == night.action.tolist()

    def test_segments_by_the_fields_of_the_night_alone(self):
        """
        A table may name no further column, nor any at all.
        """
        book = columns([(1000, 0, DAY - 1, DAY - 9, 0, 600, 0, 0), (1000, 0, DAY, DAY - 9, 0, 600, 0, 0)])
        for texts, expected in (([("outstanding == 4000 and bucket == 1", 0), ("True", 1)], [0, 1]), ([("True", 0)], [0, 0])):
            rules = NightRules(DAY, 4, 14, Buckets((1,)), Table.of(texts), (), DAY - 7, (1,), (4, 5), 9)
            assert expected == run_columns(attrs.evolve(book, facts={}), rules).segment.tolist()

    def test_a_payment_taken_back_below_nothing(self):
        """
        What would leave less than nothing paid is refused.
        """
        rules = NightRules(DAY, 4, 14, Buckets((1,)), SEGMENTS, (), DAY - 7, (1,), (4, 5, 6, 7), 9)
        with pytest.raises(ValidationError, match="less than nothing"):
            run_columns(columns([(1000, 500, DAY, DAY, 0, 600, 0, 0)]), rules, payments=(np.array([0]), np.array([-501])))

    def test_contact_hours_are_local(self):
        """
        At 15:00 UTC it is 7 in the morning in Los Angeles, 16 in Berlin, and 2 at night in Sydney.
        """
        assert (0, 1, 0) == open_zones([-480, 60, 660], 15 * 60, (8 * 60, 21 * 60))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"installment_minor": np.array([0])}, "more than zero"),
            ({"paid_minor": np.array([-1])}, "less than nothing"),
            ({"zone": np.array([7], np.uint8)}, "zones are known"),
            ({"installment_minor": np.array([2**30], np.int32)}, "beyond 32 bits"),
            ({"first_due_on": np.array([2**31 - 1], np.int32)}, "beyond the calendar"),
            ({"paid_minor": np.array([1, 2])}, "one length"),
        ],
    )
    def test_refused(self, change, message):
        """
        What would be computed wrongly is not computed.
        """
        rules = NightRules(DAY, 4, 14, Buckets((1,)), SEGMENTS, (), DAY - 7, (1,), (4, 5, 6, 7), 9)
        with pytest.raises(ValidationError, match=message):
            run_columns(attrs.evolve(columns([(1000, 0, DAY, DAY, 0, 600, 0, 0)]), **change), rules)


class TestAgeAndSegment:
    @given(accounts=st.lists(STANDINGS, min_size=1, max_size=9), rules=night_rules())
    def test_agrees_with_one_account_at_a_time(self, accounts, rules):
        """
        The band is that of the days past due, the segment that of the compiled table.
        """
        late, minor, score, flag = (np.array(column) for column in zip(*accounts, strict=True))
        facts = {"score": score, "flag": flag}
        due_on = (DAY - late).astype(np.int32)
        bands, segments, sums = age_and_segment(due_on, minor, facts, as_of=DAY, buckets=rules.buckets, segments=SEGMENTS)

        decide = compile_table(SEGMENTS, "mapping")
        expected_bands = [rules.buckets.index(days) for days, *_ in accounts]
        assert expected_bands == bands.tolist()
        expected = [
            decide({"bucket": band, "outstanding": row[1], "score": row[2], "flag": row[3]}).leaf
            for band, row in zip(expected_bands, accounts, strict=True)
        ]
        assert expected == segments.tolist()
        assert sum(row[1] for row in accounts) == sums.totals.sum()


class TestSums:
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**45), 2**45) | st.integers(-500, 90_000)), max_size=12))
    def test_whole_numbers_of_any_size(self, rows):
        """
        The fast way and the careful way give the same sums.
        """
        sums = Sums(4)
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            sums.add(np.array([group for group, _ in half], np.uint8), np.array([minor for _, minor in half], np.int64))

        expected = [sum(minor for group, minor in rows if group == number) for number in range(4)]
        assert expected == sums.result().totals.tolist()
        assert [sum(group == number for group, _ in rows) for number in range(4)] == sums.result().counts.tolist()
