from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.spans import NEVER, Spans
from collectkit.errors import TimeError
from collectkit.testing.strategies import FIRST_DAY, days

SPANS = st.lists(st.tuples(days(60), st.none() | st.integers(1, 30)), max_size=6).map(
    lambda held: [(start, None if length is None else start + timedelta(days=length)) for start, length in held]
)


def day(after):
    return FIRST_DAY + timedelta(days=after)


def covered(spans, on):
    return any(start <= on < (end or NEVER) for start, end in spans)


class TestSpans:
    def test_one_inside_another_counts_once(self):
        """
        Ten days of a hold and three of a return within them are ten days.
        """
        held = Spans.of([(day(0), day(10)), (day(4), day(7))])

        assert ((day(0), day(10)),) == held.spans
        assert 10 == held.days_within(day(0), day(30))

    def test_touching_ones_are_one(self):
        """
        The second begins on the day on which the first is over.
        """
        assert Spans.of([(day(0), day(9))]) == Spans.of([(day(3), day(9)), (day(0), day(3))])

    @pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4)])
    def test_no_stretch(self, start, end):
        """
        A stretch has at least one day.
        """
        with pytest.raises(TimeError, match="cannot be over"):
            Spans.of([(day(start), day(end))])

    def test_overlapping_ones_are_joined_first(self):
        """
        Only `of` joins; what is given ready must be ready.
        """
        with pytest.raises(TimeError, match="do not touch"):
            Spans(((day(0), day(5)), (day(5), day(6))))

    def test_the_clock_stands_still(self):
        """
        Three counted days after the first, of which four in the middle do not count; a set without an end never gets there.
        """
        assert day(7) == Spans.of([(day(1), day(5))]).later(day(0), 3)
        assert NEVER == Spans.of([(day(1), None)]).later(day(0), 3)

    @given(spans=SPANS, first=days(90), length=st.integers(0, 90))
    def test_days_are_the_size_of_the_union(self, spans, first, length):
        """
        However the stretches lie, each day counts once.
        """
        expected = sum(covered(spans, first + timedelta(days=after)) for after in range(length))

        assert expected == Spans.of(spans).days_within(first, first + timedelta(days=length))

    @given(spans=SPANS, on=days(120))
    def test_membership(self, spans, on):
        """
        A day is in the set when a stretch covers it.
        """
        assert covered(spans, on) == (on in Spans.of(spans))

    @given(spans=SPANS, others=SPANS)
    def test_union(self, spans, others):
        """
        Joining two sets is joining all their stretches.
        """
        assert Spans.of([*spans, *others]) == Spans.of(spans) | Spans.of(others)

    @given(spans=SPANS, on=days(120), asked=days(120))
    def test_resuming_cuts(self, spans, on, asked):
        """
        Before the day everything stays, from it on nothing is left.
        """
        assert (asked < on and covered(spans, asked)) == (asked in Spans.of(spans).resumed(on))

    @given(spans=SPANS, start=days(60), count=st.integers(0, 40))
    def test_a_deadline_that_is_put_off_keeps_as_many_days_outside_before_it(self, spans, start, count):
        """
        Counted day by day: as many days that are not in the set lie before it as lay before it at first.
        """
        held, deadline = Spans.of(spans), start + timedelta(days=count)
        moved = held.put_off(deadline, since=start)

        assert deadline <= moved
        if moved != NEVER:
            assert moved not in held
            assert count == sum(start + timedelta(days=n) not in held for n in range((moved - start).days))

    @given(spans=SPANS, start=days(60), count=st.integers(0, 40))
    def test_later_counts_only_days_outside(self, spans, start, count):
        """
        By the day that is reached so many days outside the set went by, it lies outside itself, and no earlier one does so.
        """
        held = Spans.of(spans)
        reached = held.later(start, count)

        if reached == NEVER:
            assert any(end is None for _, end in spans)
            return
        assert reached not in held
        assert count == (reached - start).days - held.days_within(start, reached)
        between = (start + timedelta(days=after) for after in range((reached - start).days))
        assert not any(one not in held and count <= (one - start).days - held.days_within(start, one) for one in between)
