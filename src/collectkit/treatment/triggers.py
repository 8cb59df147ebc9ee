"""When a step of a treatment is due: by a due date, a band, another step, a promise, an event, or the calendar."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import attrs

from collectkit._checks import day
from collectkit.errors import PolicyError
from collectkit.history import HAPPENINGS

__all__ = [
    "AfterStep",
    "BucketEntry",
    "Cured",
    "DueOffset",
    "Happened",
    "OnDate",
    "PromiseBroken",
    "PromiseOffset",
    "Trigger",
    "not_negative",
]


def _whole(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PolicyError(f"{attribute.name} is a whole number, got {value!r}; nothing was loaded")


def not_negative(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    _whole(instance, attribute, value)
    if value < 0:
        raise PolicyError(f"{attribute.name} is a whole number of at least 0, got {value}; nothing was loaded")


def _positive(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    _whole(instance, attribute, value)
    if value < 1:
        raise PolicyError(f"{attribute.name} is a whole number of at least 1, got {value}; nothing was loaded")


def _happens(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value not in HAPPENINGS:
        raise PolicyError(f"nothing is called {value!r}; known are {', '.join(HAPPENINGS)}; nothing was loaded")


@attrs.frozen
class DueOffset:
    """
    So many days from a due date.

    Attributes:
        days: Negative: before the next due date with something unpaid. From 0: days past due of the oldest unpaid one,
            which on the due date itself is 0.
    """

    days: int = attrs.field(validator=_whole)

    def __str__(self) -> str:
        return (
            f"{_days(-self.days)} before due date"
            if self.days < 0
            else f"{_days(self.days)} after due date"
            if self.days
            else "on due date"
        )


@attrs.frozen
class AfterStep:
    """
    So many days after another step fired in the same cycle, or after its message was delivered.

    Attributes:
        step: Name of that step.
        days: At least 1: on one and the same day a second run must find nothing to do.
        delivered: Count from the day on which its message was shown to have arrived; as long as that is not shown, the step waits.
    """

    step: str
    days: int = attrs.field(validator=_positive)
    delivered: bool = False

    def __str__(self) -> str:
        return f"{_days(self.days)} after {'delivery of ' if self.delivered else ''}step {self.step}"


@attrs.frozen
class BucketEntry:
    """
    So many days after an account came into a band of lateness.

    Attributes:
        bucket: Name of the band, as the policy's buckets call it.
        days: From 0: the day of entry itself.
    """

    bucket: str
    days: int = attrs.field(default=0, validator=not_negative)

    def __str__(self) -> str:
        return f"{_days(self.days)} after entering the band {self.bucket}" if self.days else f"on entering the band {self.bucket}"


@attrs.frozen
class Happened:
    """
    So many days after something happened; each time it happens fires the step once.

    Attributes:
        kind: One of `collectkit.history.HAPPENINGS`.
        days: From 0: the day itself.
    """

    kind: str = attrs.field(validator=_happens)
    days: int = attrs.field(default=0, validator=not_negative)

    def __str__(self) -> str:
        what = self.kind.replace("_", " ")
        return f"{_days(self.days)} after {what}" if self.days else f"on {what}"


@attrs.frozen
class OnDate:
    """One day of the calendar, for every account that is open then."""

    on: date = attrs.field(validator=day)

    def __str__(self) -> str:
        return f"on {self.on}"


@attrs.frozen
class PromiseOffset:
    """
    So many days from the due date of a promise that is open; the only trigger that an open promise does not suspend.

    Attributes:
        days: Negative: before it.
    """

    days: int = attrs.field(validator=_whole)

    def __str__(self) -> str:
        return f"{_days(abs(self.days))} {'before' if self.days < 0 else 'after'} promised date" if self.days else "on promised date"


@attrs.frozen
class PromiseBroken:
    """A promise was broken and the account is late; each broken promise fires the step once."""

    def __str__(self) -> str:
        return "promise broken"


@attrs.frozen
class Cured:
    """Nothing of the account is past due any more after its purchases were frozen; for a thaw alone."""

    def __str__(self) -> str:
        return "cured"


Trigger: TypeAlias = DueOffset | BucketEntry | AfterStep | PromiseOffset | PromiseBroken | Happened | OnDate | Cured


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
