"""Who is in which arm, recomputed from the data alone."""

from __future__ import annotations

import hashlib
from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PolicyError
from collectkit.experiments import Arm, Experiment, assign, check_together
from collectkit.rules import parse

START = date(2026, 3, 1)
TEST = Experiment("e-1", "spring", (Arm("champion", 4_500, "a"), Arm("challenger", 4_500, "b"), Arm("hold-out", 1_000)), START)
UNITS = [f"c-{number}" for number in range(4_000)]


def arm(unit: str, experiment: Experiment = TEST, **rest: object) -> str | None:
    found = assign(experiment, unit, START, **rest)  # type: ignore[arg-type]
    return found.arm if found is not None else None


class TestAssign:
    def test_anybody_can_recompute_it(self) -> None:
        """
        Eight bytes of a SHA-256, as a share of all there can be.
        """
        for unit in UNITS[:200]:
            point = int(hashlib.sha256(f"e-1|spring|{unit}".encode()).hexdigest()[:16], 16) * 10_000 // 2**64
            assert ("champion" if point < 4_500 else "challenger" if point < 9_000 else "hold-out") == arm(unit)

    def test_shares_come_out(self) -> None:
        """
        Of 4,000 units within three standard deviations.
        """
        counts = [sum(arm(unit) == each.name for unit in UNITS) for each in TEST.arms]

        assert [abs(count - 4_000 * each.share_bp / 10_000) < 95 for count, each in zip(counts, TEST.arms, strict=True)] == [True] * 3

    def test_two_experiments_draw_independently(self) -> None:
        """
        Of those in one arm of the first, the second takes its share.
        """
        other = attrs.evolve(TEST, id="e-2", salt="autumn")
        champions = [unit for unit in UNITS if arm(unit) == "champion"]

        assert abs(sum(arm(unit, other) == "champion" for unit in champions) - len(champions) * 0.45) < 65
        check_together([TEST, other])
        with pytest.raises(PolicyError, match="share the salt spring"):
            check_together([TEST, attrs.evolve(other, salt="spring")])

    @given(unit=st.text(min_size=1, max_size=20), share=st.integers(0, 10_000))
    def test_who_is_in_it_stays_where_they_are(self, unit: str, share: int) -> None:
        """
        Whatever becomes of the shares; who is not moves only across the changed border.
        """
        changed = attrs.evolve(TEST, arms=(Arm("champion", share, "a"), Arm("challenger", 10_000 - share, "b")))
        before = arm(unit)

        if before in ("champion", "challenger"):
            assert before == arm(unit, changed, entered={unit: before})
        assert arm(unit, changed) == arm(unit, changed)

    def test_only_who_is_eligible_on_a_day_of_it_enters(self) -> None:
        """
        And is not asked again.
        """
        late = attrs.evolve(TEST, eligible=parse("days_past_due >= 5"), ends_on=date(2026, 3, 31))

        assert arm("c-1", late, facts={"days_past_due": 4}) is None
        assert arm("c-1", late, facts={"days_past_due": 5}) is not None
        assert arm("c-1", late, facts={"days_past_due": 0}, entered={"c-1": "hold-out"}) == "hold-out"
        assert assign(late, "c-1", date(2026, 4, 1), facts={"days_past_due": 5}) is None
        assert assign(late, "c-1", date(2026, 2, 28), facts={"days_past_due": 5}) is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"arms": (Arm("a", 9_900), Arm("b", 99))},
            {"arms": (Arm("a", 10_100), Arm("b", -100))},
            {"arms": (Arm("a", 5_000), Arm("a", 5_000))},
            {"ends_on": date(2026, 2, 1)},
        ],
    )
    def test_nonsense_is_not_loaded(self, wrong: dict[str, object]) -> None:
        """
        Shares of 99 or 101 percent, arms of one name, days that go back.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            attrs.evolve(TEST, **wrong)
