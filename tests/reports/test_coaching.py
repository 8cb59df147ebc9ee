"""Flags are raised on signal and not on noise."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import CollectkitError, ValidationError
from collectkit.reports import Attribution, CreditRule, Productivity, WorkPart, WorkTime, productivity
from collectkit.reports.coaching import COACHING, CoachingRule, Pace, Side, coaching
from collectkit.reports.productivity import Measure, _line

DAYS = {"first": date(2026, 6, 1), "last": date(2026, 6, 30)}
RULE = Attribution.by(CreditRule.NONE)
TEAM = ("ann", "bob", "eve", "ida", "joe", "kim", "lee", "may")


def reviewed(parts: list[WorkPart], times: dict[str, WorkTime] | None = None) -> Productivity:
    """The productivity that these parts add up to."""
    workers = sorted({part.worker for part in parts})
    lines = [_line("USD", worker, [p for p in parts if p.worker == worker], (times or {}).get(worker, WorkTime())) for worker in workers]
    return Productivity(DAYS["first"], DAYS["last"], RULE, tuple(lines), tuple(parts))


def promises(worker: str, people: int, kept: int, minor: int = 5_000) -> list[WorkPart]:
    """So many people who promised a worker an amount, and so many of them who paid it."""
    return [
        WorkPart(worker, "USD", f"{worker}-{n}", f"p-{worker}-{n}", promises_due=1, due_minor=minor, honored_minor=minor * (n < kept))
        for n in range(people)
    ]


class TestFlags:
    def test_far_below_the_others(self):
        """
        Who keeps far fewer promises than the others is flagged, with the figure, its interval, and what it was compared with.
        """
        made = reviewed([*promises("ann", 40, 10), *promises("bob", 60, 45), *promises("eve", 60, 43)])
        review = coaching(made, [CoachingRule("kept", Measure.QUALITY, advice="amounts")])

        (flag,) = review.lines
        assert ("ann", "kept", "quality", "below", "amounts", 40) == (
            flag.worker,
            flag.rule,
            flag.measure,
            flag.side,
            flag.advice,
            flag.people,
        )
        assert (Fraction(1, 4), Fraction(88, 120), 3) == (flag.figure, flag.threshold, review.compared)
        assert flag.interval.high < flag.others.low
        assert "ann: kept; quality is 25.0% (" in str(flag)
        assert "below 73.3% of the others" in str(flag)
        assert "quality" == review.rows()[0]["measure"]

    def test_few_people_say_nothing(self):
        """
        Five promises that nobody kept are too few to talk about; and one large one among many small ones weighs no more than it does.
        """
        rules = [CoachingRule("kept", Measure.QUALITY, people_least=1)]
        others = promises("bob", 200, 140)
        large = [*promises("ann", 30, 24), *promises("ann", 1, 0, 10**6)]
        large[-1] = attrs.evolve(large[-1], account="x", person="x")

        assert () == coaching(reviewed([*promises("ann", 2, 0), *others]), rules).lines
        assert Fraction(1, 4) > reviewed([*large, *others]).lines[0].quality.value
        assert () == coaching(reviewed([*large, *others]), rules).lines
        assert () == coaching(reviewed([*promises("ann", 4, 0), *others])).lines

    def test_a_fixed_threshold(self):
        """
        Nobody else is needed where the threshold is fixed, and a figure whose interval still holds the threshold is left alone.
        """

        def calls(count: int, unlawful: int) -> Productivity:
            parts = [WorkPart("ann", "USD", f"a-{n}", f"p-{n}", contacts=1, permitted=int(n >= unlawful)) for n in range(count)]
            return reviewed(parts)

        assert ["ann"] == [flag.worker for flag in coaching(calls(200, 12)).lines]
        assert () == coaching(calls(200, 3)).lines
        assert () == coaching(calls(20, 1)).lines

    def test_time(self):
        """
        Long and short conversations are told from those of the others, and nothing is said where no time is known.
        """
        talk = {"conversations": 1, "worked": 1}
        parts = [WorkPart(who, "USD", f"{who}-{n}", f"p-{who}-{n}", **talk) for who in TEAM for n in range(200)]
        times = {who: WorkTime(200 * (90 if who == "ann" else 300 + place), 0, 72_000) for place, who in enumerate(TEAM)}
        pace = [CoachingRule("slow", Pace.ACCOUNTS_AN_HOUR)]

        assert [("ann", "short conversations")] == [(flag.worker, flag.rule) for flag in coaching(reviewed(parts, times)).lines]
        assert () == coaching(reviewed(parts)).lines
        assert () == coaching(reviewed(parts, times), pace).lines
        slow = {**times, "ann": WorkTime(200 * 300, 0, 360_000)}
        (flag,) = coaching(reviewed(parts, slow), pace).lines
        assert ("ann", Fraction(2)) == (flag.worker, flag.figure)
        assert "accounts an hour is 2.0 (" in str(flag)

    def test_within_a_team(self):
        """
        One is compared with the others of the same team, and whoever is alone in it with nobody.
        """
        made = reviewed([*promises("ann", 40, 10), *promises("bob", 60, 45), *promises("eve", 60, 12)])
        rules = [CoachingRule("kept", Measure.QUALITY)]

        assert [] == [flag.worker for flag in coaching(made, rules, teams={"ann": "a", "bob": "b", "eve": "a"}).lines]
        assert ["ann"] == [flag.worker for flag in coaching(made, rules, teams={"eve": "late"}).lines]

    def test_the_good_ones_too(self):
        """
        A rule may ask who is above the others.
        """
        made = reviewed([*promises("ann", 60, 55), *promises("bob", 60, 20), *promises("eve", 60, 22)])

        assert ["ann"] == [flag.worker for flag in coaching(made, [CoachingRule("best", Measure.QUALITY, Side.ABOVE)]).lines]

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": ""}, "name"),
            ({"threshold": 0.99}, "Fraction"),
            ({"threshold": Fraction(-1)}, "at least 0"),
            ({"people_least": 0}, "people_least"),
        ],
    )
    def test_what_is_no_rule(self, wrong, said):
        """
        A rule has a name, an exact threshold, and rests on people.
        """
        with pytest.raises(CollectkitError, match=said):
            CoachingRule(**{"name": "x", "measure": Measure.QUALITY, **wrong})

    def test_what_is_no_review(self):
        """
        Two rules of one name, or a confidence of one, are refused.
        """
        with pytest.raises(ValidationError, match="name of its own"):
            coaching(reviewed([]), [COACHING[0], COACHING[0]])
        with pytest.raises(ValidationError, match="between 0 and 1"):
            coaching(reviewed([]), confidence=Fraction(1))


class TestChance:
    def test_equals_are_left_in_peace(self):
        """
        Of two hundred teams of eight equals, at most one in twenty has any flag at all; amounts differ, and people promise more than once.
        """
        dice, alarms = Random(5), 0
        for _ in range(200):
            parts = []
            for worker in "abcdefgh":
                for person in range(dice.randint(15, 60)):
                    minor, keeps = dice.choice([1_000, 5_000, 20_000]), dice.random() < 0.6
                    for promise in range(dice.randint(1, 3)):
                        due = {"promises_due": 1, "promises_kept": keeps, "due_minor": minor, "honored_minor": minor * keeps}
                        parts.append(WorkPart(worker, "USD", f"{worker}-{person}-{promise}", f"{worker}-{person}", **due))
            alarms += bool(coaching(reviewed(parts)).lines)

        assert alarms <= 10

    def test_who_differs_is_found(self):
        """
        Of fifty teams in which one keeps a third of the promises and the others seven in ten, that one is found in nine of ten.
        """
        dice, found = Random(7), 0
        for _ in range(50):
            parts = [
                part
                for worker in "abcdefgh"
                for part in promises(worker, 120, sum(dice.random() < (0.33 if worker == "a" else 0.7) for _ in range(120)))
            ]
            flagged = [flag.worker for flag in coaching(reviewed(parts), [CoachingRule("kept", Measure.QUALITY)]).lines]
            found += flagged == ["a"]

        assert found >= 45


class TestLaws:
    @given(
        counts=st.lists(st.tuples(st.integers(10, 60), st.integers(0, 60)), min_size=2, max_size=5),
        confidence=st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)]),
    )
    def test_surer_is_stricter_and_order_never_matters(self, counts, confidence):
        """
        Whoever is flagged at a higher confidence is flagged at a lower one, the order of parts changes nothing, and each flag is real.
        """
        parts = [part for n, (people, kept) in enumerate(counts) for part in promises(f"w-{n}", people, min(people, kept))]
        rules = [CoachingRule("kept", Measure.QUALITY)]
        loose, strict = (coaching(reviewed(parts), rules, confidence=sure).lines for sure in (confidence, Fraction(999, 1_000)))

        assert {flag.worker for flag in strict} <= {flag.worker for flag in loose}
        assert loose == coaching(reviewed(parts[::-1]), rules, confidence=confidence).lines
        assert all(flag.figure in flag.interval and flag.figure < flag.threshold for flag in loose)

    def test_nothing_to_say_of_nothing(self):
        """
        Without work there is nothing to compare.
        """
        made = productivity([], RULE, **DAYS, zone="UTC")

        assert (0, ()) == (coaching(made).compared, coaching(made).lines)
