"""The read-out of an experiment: means, intervals by customer, and what is wrong with the draw."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from collectkit.errors import ValidationError
from collectkit.experiments import Arm, Experiment
from collectkit.reports.experiments import ExperimentOutcome, read_out

TEST = Experiment("e-1", "spring", (Arm("champion", 5_000, "a"), Arm("challenger", 5_000, "b")), date(2026, 3, 1))


def outcomes(lift, people=400, accounts=1, seed=1):
    """People of both arms with equal habits, but for what the challenger adds."""
    dice = Random(seed)
    for number in range(people):
        arm, habit = ("champion", "challenger")[number % 2], dice.randint(0, 10_000)
        for _ in range(accounts):
            yield ExperimentOutcome(f"c-{number}", arm, habit + (lift if arm == "challenger" else 0))


class TestReadOut:
    def test_the_means_are_exact(self):
        """
        Sums and counts are whole numbers; the mean is their ratio.
        """
        found = read_out(
            TEST,
            [
                ExperimentOutcome("c-1", "champion", 100),
                ExperimentOutcome("c-1", "champion", 50),
                ExperimentOutcome("c-2", "challenger", 90),
            ],
            seed=1,
        )

        assert [("champion", 1, 2, 150, 75.0), ("challenger", 1, 1, 90, 90.0)] == [
            (arm.arm, arm.people, arm.accounts, arm.total, arm.mean) for arm in found.arms
        ]
        assert 15.0 == found.differences[0].mean

    def test_a_large_lift_is_clear_and_none_is_not(self):
        """
        The interval leaves out zero, or holds it.
        """
        assert read_out(TEST, outcomes(3_000), seed=7).differences[0].clear
        assert not read_out(TEST, outcomes(0), seed=7).differences[0].clear

    def test_more_accounts_of_the_same_people_make_nothing_surer(self):
        """
        Ten accounts that do the same are one observation: the interval is as wide as with one each.
        """
        one, ten = (read_out(TEST, outcomes(500, accounts=count), seed=7).differences[0] for count in (1, 10))

        assert abs((ten.high - ten.low) - (one.high - one.low)) < 1e-6

    def test_the_same_seed_gives_the_same_intervals(self):
        """
        And the order of the outcomes does not matter.
        """
        rows = list(outcomes(100))

        assert read_out(TEST, rows, seed=3) == read_out(TEST, rows[::-1], seed=3)

    def test_intervals_cover_the_truth_about_as_often_as_they_say(self):
        """
        Of 60 experiments without a lift, 95 in a hundred intervals hold zero; fewer than 50 would be a fault.
        """
        covered = sum(not read_out(TEST, outcomes(0, 120, seed=seed), seed=seed, rounds=400).differences[0].clear for seed in range(60))

        assert covered >= 50

    def test_a_skewed_draw_is_told(self):
        """
        Nine in ten in one of two halves is no accident.
        """
        rows = [ExperimentOutcome(f"c-{number}", "champion" if number % 10 else "challenger", 1) for number in range(500)]

        assert ("champion", "challenger") == read_out(TEST, rows, seed=1).uneven
        assert () == read_out(TEST, outcomes(0), seed=1).uneven

    @pytest.mark.parametrize(
        ("rows", "match"),
        [
            ([ExperimentOutcome("c-1", "other", 1)], "no arm 'other'"),
            ([ExperimentOutcome("c-1", "champion", 1), ExperimentOutcome("c-1", "challenger", 1)], "a person is in the arms"),
            ([ExperimentOutcome("c-1", "champion", 1)], "nobody is in arm 'challenger'"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, rows, match):
        """
        The message says why.
        """
        with pytest.raises(ValidationError, match=match):
            read_out(TEST, rows, seed=1)
