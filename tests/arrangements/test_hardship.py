"""Relief: measures with dates that never contradict each other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.hardship import MEASURE_EFFECTS, Hardship, Measure, MeasureKind
from collectkit.arrangements.living import Arrangement, ArrangementStatus, arrangement_states
from collectkit.errors import ValidationError
from collectkit.holds import Effect
from collectkit.money import Money
from collectkit.testing.strategies import hardships

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))
TEN = Money.of("10.00", "USD")


def relief(*measures: Measure, review_on: date = date(2026, 11, 20)) -> Hardship:
    return Hardship("ar-1", "c-1", measures, review_on, "job lost")


class TestMeasures:
    def test_measures_that_stop_something_add_up(self) -> None:
        """
        In November nothing is to be paid and no fee comes; in December a little, and still no fee.
        """
        found = relief(Measure("holiday", *NOVEMBER), Measure("reduced", *DECEMBER, TEN), Measure("fee_stop", NOVEMBER[0], DECEMBER[1]))

        assert MEASURE_EFFECTS[MeasureKind.HOLIDAY] <= found.effects_on(date(2026, 11, 30))
        assert Effect.CLOCK not in found.effects_on(date(2026, 12, 1))
        assert Effect.FEES in found.effects_on(date(2026, 12, 31))
        assert frozenset() == found.effects_on(date(2027, 1, 1)) == found.effects_on(date(2026, 10, 31))

    @pytest.mark.parametrize(
        ("measures", "match"),
        [
            ((), "at least one measure"),
            ((Measure("holiday", *NOVEMBER), Measure("reduced", NOVEMBER[1], DECEMBER[1], TEN)), "contradict each other"),
            ((Measure("holiday", *NOVEMBER), Measure("holiday", *NOVEMBER)), "contradict each other"),
            ((Measure("reduced", *NOVEMBER, TEN), Measure("reduced", NOVEMBER[1], DECEMBER[1], TEN)), "contradict each other"),
            ((Measure("fee_stop", date(2026, 9, 1), date(2026, 10, 1)),), "reviewed by the day after"),
        ],
    )
    def test_contradictions_are_refused(self, measures: tuple[Measure, ...], match: str) -> None:
        """
        On each day one measure decides what is paid.
        """
        with pytest.raises(ValidationError, match=match):
            relief(*measures)

    @pytest.mark.parametrize("wrong", [("reduced", *NOVEMBER), ("holiday", *NOVEMBER, TEN), ("holiday", NOVEMBER[1], NOVEMBER[0])])
    def test_a_measure_is_whole(self, wrong: tuple[object, ...]) -> None:
        """
        A reduced payment says how much, and days go forward.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            Measure(*wrong)  # type: ignore[arg-type]

    def test_a_measure_that_is_none(self) -> None:
        """
        The answer says which there are.
        """
        with pytest.raises(ValidationError, match=r"a measure is one of holiday, .*, got 'vacation'; nothing was recorded"):
            Measure("vacation", *NOVEMBER)

    @given(found=hardships(), on=st.integers(-5, 250))
    def test_never_two_that_decide_what_is_paid(self, found: Hardship, on: int) -> None:
        """
        On no day; and what is stopped is the union over the measures of that day.
        """
        day = date(2026, 1, 1) + timedelta(days=on)
        inside = [measure.kind for measure in found.measures if measure.covers(day)]

        assert sum(kind in (MeasureKind.HOLIDAY, MeasureKind.REDUCED) for kind in inside) <= 1
        assert found.effects_on(day) == frozenset().union(*(MEASURE_EFFECTS[kind] for kind in inside))

    @given(found=hardships(), on=st.integers(0, 250))
    def test_relief_ends_by_its_dates(self, found: Hardship, on: int) -> None:
        """
        In force through its last day, over on the next; until the day that is named nothing changes.
        """
        day = date(2026, 1, 1) + timedelta(days=on)
        granted = Arrangement(found, started_on=found.starts_on)
        (state,) = arrangement_states([granted], "a-1", [], as_of=day)
        in_force = found.starts_on <= day <= found.ends_on

        assert in_force == (state.status is ArrangementStatus.ACTIVE)
        assert (state.effects == found.effects_on(day)) or not in_force
        if in_force and state.changes_on is not None:
            (later,) = arrangement_states([granted], "a-1", [], as_of=state.changes_on - timedelta(days=1))
            assert (state.status, state.effects) == (later.status, later.effects)
