"""Experiments: who is in which arm, told by a hash that anybody can recompute from the data alone.

The unit is a person or an account. Its arm depends on the experiment's id and salt and the unit's id, and on nothing else; a
change of shares moves nobody who is in it already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

import attrs

from collectkit._checks import day, given, member
from collectkit.errors import PolicyError
from collectkit.rules import Expression, compile_condition

__all__ = ["Arm", "Assignment", "Experiment", "ExperimentEntered", "Unit", "assign", "check_together", "entered_by", "recomputed"]

_WHOLE_BP = 10_000
_BITS = 64


class Unit(Enum):
    """What is put into an arm."""

    PERSON = "person"
    """All accounts of a person are treated alike; what one learns of another cannot blur the result."""
    ACCOUNT = "account"


def _unit(given: str | Unit) -> Unit:
    return member(Unit, given, "a unit is", not_done="nothing was loaded", error=PolicyError)


@attrs.frozen
class Arm:
    """
    One way of treating.

    Attributes:
        name: Its name, such as ``champion``.
        share_bp: Share of the units, in basis points.
        treatment: Name of the treatment that its units get; empty for a hold-out, which gets none of what is tried.
    """

    name: str = attrs.field(validator=given)
    share_bp: int
    treatment: str = ""


@attrs.frozen
class Experiment:
    """
    A comparison of arms.

    Attributes:
        id: Its id.
        salt: Makes its draw independent of that of any other experiment.
        arms: The arms; their shares are together 10,000 basis points. The first is the control.
        starts_on: First day on which units enter.
        ends_on: Last such day; None: until it is stopped.
        unit: What is put into an arm.
        eligible: Which units enter, asked once, on the day of entry; None: all.
        outcome_days: For so many days after its entry the outcome of a unit counts.

    Raises:
        PolicyError: Shares that are together more or less than the whole, two arms of one name, or days that go back.
    """

    id: str = attrs.field(validator=given)
    salt: str = attrs.field(validator=given)
    arms: tuple[Arm, ...] = attrs.field(converter=tuple[Arm, ...])
    starts_on: date = attrs.field(validator=day)
    ends_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))
    unit: Unit = attrs.field(default=Unit.PERSON, converter=_unit)
    eligible: Expression | None = None
    outcome_days: int = 30

    def __attrs_post_init__(self) -> None:
        shares = [arm.share_bp for arm in self.arms]
        if any(type(share) is not int or share < 0 for share in shares) or sum(shares) != _WHOLE_BP:
            raise PolicyError(f"experiment {self.id!r} has shares of {_WHOLE_BP} basis points together, got {shares}; nothing was loaded")
        if len({arm.name for arm in self.arms}) < len(self.arms):
            raise PolicyError(f"the arms of experiment {self.id!r} have a name each; nothing was loaded")
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise PolicyError(f"experiment {self.id!r} starts on {self.starts_on} and cannot end on {self.ends_on}; nothing was loaded")

    def arm(self, name: str) -> Arm | None:
        """Return the arm of that name."""
        return next((arm for arm in self.arms if arm.name == name), None)


@attrs.frozen
class Assignment:
    """
    The arm of a unit, and how it came there.

    Attributes:
        experiment: Id of the experiment.
        unit: Id of the person or the account.
        arm: Name of the arm.
        point: Where the hash fell, from 0 to 9,999 of 10,000: anybody can recompute it.
        why: A sentence for a person.
    """

    experiment: str
    unit: str
    arm: str
    point: int
    why: str


@attrs.frozen
class ExperimentEntered:
    """
    A unit entered an experiment; it stays in its arm, also when shares change.

    Attributes:
        experiment: Id of the experiment.
        unit: Id of the person or the account.
        arm: Name of the arm.
        on: Business date of the entry; the outcome window begins on it.
        point: Where the hash fell, of 10,000: anybody can recompute it.
        why: A sentence for a person.
    """

    TYPE: ClassVar[str] = "experiment-entered/1"

    experiment: str
    unit: str
    arm: str
    on: date
    point: int
    why: str = ""


def entered_by(assignment: Assignment, on: date) -> ExperimentEntered:
    """Return the record of an entry."""
    return ExperimentEntered(assignment.experiment, assignment.unit, assignment.arm, on, assignment.point, assignment.why)


def recomputed(experiment: Experiment, entry: ExperimentEntered) -> bool:
    """
    Tell whether an entry is what the hash says, from the experiment as it was on that day and the unit's id alone.

    False after a change of shares, too: who entered before stays where they were.
    """
    found = assign(attrs.evolve(experiment, eligible=None), entry.unit, entry.on)
    return found is not None and (found.arm, found.point) == (entry.arm, entry.point)


def assign(
    experiment: Experiment,
    unit: str,
    on: date,
    *,
    entered: Mapping[str, str] = MappingProxyType({}),
    facts: Mapping[str, object] | None = None,
) -> Assignment | None:
    """
    Tell in which arm a unit is.

    Args:
        experiment: The experiment.
        unit: Id of the person or the account.
        on: The day.
        entered: Arm of every unit that is in it already, by id: they stay where they are, also when shares change.
        facts: What `Experiment.eligible` is asked about, on the day of entry.

    Returns:
        None for a unit that is not in it and does not enter on that day: too early, too late, or not eligible.

    >>> halves = Experiment("e-1", "spring", (Arm("champion", 5_000, "a"), Arm("challenger", 5_000, "b")), date(2026, 3, 1))
    >>> [assign(halves, f"c-{n}", date(2026, 3, 1)).arm for n in range(4)]
    ['challenger', 'challenger', 'champion', 'champion']
    """
    point = _point(experiment, unit)
    kept = entered.get(unit)
    if kept is not None and experiment.arm(kept) is not None:
        return Assignment(experiment.id, unit, kept, point, f"in arm {kept} since it entered")
    if on < experiment.starts_on or (experiment.ends_on is not None and on > experiment.ends_on):
        return None
    if experiment.eligible is not None and not compile_condition(experiment.eligible, "mapping")(facts or {}):
        return None
    below = 0
    for arm in experiment.arms:
        if below <= point < below + arm.share_bp:
            why = f"sha256('{experiment.id}|{experiment.salt}|{unit}') falls on {point} of {_WHOLE_BP}, arm {arm.name} has {below} to "
            return Assignment(experiment.id, unit, arm.name, point, f"{why}{below + arm.share_bp - 1}")
        below += arm.share_bp
    raise AssertionError("shares are together the whole")


def _point(experiment: Experiment, unit: str) -> int:
    """Return where the first 64 bits of the hash fall, of 10,000; whole numbers only, so that every machine agrees."""
    digest = hashlib.sha256(f"{experiment.id}|{experiment.salt}|{unit}".encode()).digest()
    return int.from_bytes(digest[: _BITS // 8]) * _WHOLE_BP >> _BITS


def check_together(experiments: Iterable[Experiment]) -> None:
    """
    Check that experiments on one book draw independently of each other.

    Raises:
        PolicyError: Two have one id, or one salt, so that the arms of the one would be those of the other.
    """
    ids: dict[str, str] = {}
    for experiment in experiments:
        for word in (f"id {experiment.id}", f"salt {experiment.salt}"):
            if word in ids:
                raise PolicyError(f"experiments {ids[word]!r} and {experiment.id!r} share the {word}; nothing was loaded")
            ids[word] = experiment.id
