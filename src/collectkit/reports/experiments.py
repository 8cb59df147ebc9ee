"""The read-out of an experiment: what each arm brought for each unit, and how sure the difference is.

Intervals come from a bootstrap by customer: whole customers are drawn again with all their accounts, since what two
accounts of one person do is not two observations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.errors import ValidationError
from collectkit.experiments import Experiment

_CHUNK: Final = 4_000_000


@attrs.frozen
class ExperimentOutcome:
    """
    What one account did in its window.

    Attributes:
        person: Whose; resampled as one.
        arm: Name of the arm.
        value: What is measured: minor units collected, or 1 and 0 for yes and no.
    """

    person: str
    arm: str
    value: int


@attrs.frozen
class ArmResult:
    """
    One arm.

    Attributes:
        arm: Its name.
        people: How many.
        accounts: How many.
        total: Sum of the values.
        mean: For each account.
        low: Lower end of the interval of the mean.
        high: Upper end.
    """

    arm: str
    people: int
    accounts: int
    total: int
    mean: float
    low: float
    high: float


@attrs.frozen
class Difference:
    """
    One arm against the control.

    Attributes:
        arm: Its name.
        mean: How much more it brings for each account.
        low: Lower end of the interval.
        high: Upper end.
    """

    arm: str
    mean: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@attrs.frozen
class ReadOut:
    """
    What came of an experiment.

    Attributes:
        experiment: Its id.
        confidence_bp: How sure the intervals are, in basis points.
        arms: Each arm, in the experiment's order.
        differences: Each arm but the control, against it.
        uneven: Arms whose number of people is far from their share (beyond five standard deviations): something is wrong with the
            draw or with who was counted, and no difference is to be believed.
    """

    experiment: str
    confidence_bp: int
    arms: tuple[ArmResult, ...]
    differences: tuple[Difference, ...]
    uneven: tuple[str, ...] = ()


def read_out(
    experiment: Experiment, outcomes: Iterable[ExperimentOutcome], *, seed: int, rounds: int = 2_000, confidence_bp: int = 9_500
) -> ReadOut:
    """
    Compare the arms of an experiment.

    Args:
        experiment: Its arms; the first is the control.
        outcomes: One for each account that entered; a person is in one arm.
        seed: Of the draw: the same seed gives the same intervals.
        rounds: How often customers are drawn again.
        confidence_bp: How sure the intervals are to be, in basis points.

    Raises:
        ValidationError: An arm that there is not, a person in two arms, or nobody in an arm that has a share.
    """
    held = _by_arm(experiment, outcomes)
    generator = np.random.default_rng(seed)
    tail = (10_000 - confidence_bp) / 200
    means: dict[str, npt.NDArray[np.float64]] = {}
    arms = []
    for arm in experiment.arms:
        if not arm.share_bp:
            continue
        sums, counts = held[arm.name]
        if not len(sums):
            raise ValidationError(f"nobody is in arm {arm.name!r} of experiment {experiment.id!r}; nothing was computed")
        drawn = means[arm.name] = _resampled(sums, counts, generator, rounds)
        low, high = np.percentile(drawn, (tail, 100 - tail))
        total, accounts = int(sums.sum()), int(counts.sum())
        arms.append(ArmResult(arm.name, len(sums), accounts, total, total / accounts, float(low), float(high)))
    control = arms[0]
    differences = []
    for result in arms[1:]:
        low, high = np.percentile(means[result.arm] - means[control.arm], (tail, 100 - tail))
        differences.append(Difference(result.arm, result.mean - control.mean, float(low), float(high)))
    return ReadOut(experiment.id, confidence_bp, tuple(arms), tuple(differences), _uneven(experiment, arms))


def _by_arm(
    experiment: Experiment, outcomes: Iterable[ExperimentOutcome]
) -> Mapping[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Return for each arm the sum of values and the number of accounts of each of its people, sorted by id."""
    found: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    where: dict[str, str] = {}
    for outcome in outcomes:
        if experiment.arm(outcome.arm) is None:
            raise ValidationError(f"experiment {experiment.id!r} has no arm {outcome.arm!r}; nothing was computed")
        if where.setdefault(outcome.person, outcome.arm) != outcome.arm:
            raise ValidationError(f"a person is in the arms {where[outcome.person]!r} and {outcome.arm!r}; nothing was computed")
        row = found[outcome.arm].setdefault(outcome.person, [0, 0])
        row[0] += outcome.value
        row[1] += 1
    made = {}
    for arm in experiment.arms:
        rows = np.array([found[arm.name][person] for person in sorted(found[arm.name])], np.int64).reshape(-1, 2)
        made[arm.name] = (rows[:, 0], rows[:, 1])
    return made


def _resampled(
    sums: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], generator: np.random.Generator, rounds: int
) -> npt.NDArray[np.float64]:
    """Return `(rounds,)` means for each account, each over as many people as there are, drawn with replacement."""
    people, step = len(sums), max(1, _CHUNK // len(sums))
    means = np.empty(rounds)
    for start in range(0, rounds, step):
        drawn = generator.integers(0, people, (min(step, rounds - start), people))
        means[start : start + len(drawn)] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means


def _uneven(experiment: Experiment, arms: Iterable[ArmResult]) -> tuple[str, ...]:
    results = tuple(arms)
    people, found = sum(result.people for result in results), []
    for result in results:
        arm = experiment.arm(result.arm)
        share = arm.share_bp / 10_000 if arm is not None else 0.0
        spread = (people * share * (1 - share)) ** 0.5
        if abs(result.people - people * share) > 5 * spread:
            found.append(result.arm)
    return tuple(found)
