"""What a simulation is made of: the world, how often something goes wrong in it, and what it saw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.errors import ValidationError
from collectkit.money import Money
from collectkit.policy import Policy
from collectkit.storage.memory import MemoryStore
from collectkit.storage.store import Store


def _percent(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or not 0 <= value <= 100:
        said = f"{attribute.name} is a share in whole percent, from 0 to 100, got {value!r}"
        raise ValidationError(f"{said}; nothing was simulated")


def _some(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise ValidationError(f"{attribute.name} is a whole number of at least 1, got {value!r}; nothing was simulated")


@attrs.frozen(kw_only=True)
class World:
    """
    Where a simulation takes place.

    Attributes:
        people: How many.
        starts_on: First day.
        regions: Where they live, in turns.
        policy: Name of a bundled policy, or one of the host's own.
        plugins: The host's plugins.
        amount: What each of them bought for.
        store: Makes the store; by default one in memory.
        phones_in: Where everybody's phone number is from, which keeps its hours as well.
        zones: The zone of each region whose hours are checked.
        hours: From which to which full hour of the day a message may leave, at each such place; None not to check it.
        timed: The channels to which those hours apply.

    Raises:
        ValidationError: Nobody lives there, nowhere, or within hours that are none.
    """

    people: int = attrs.field(default=6, validator=_some)
    starts_on: date = date(2026, 3, 2)
    regions: tuple[str, ...] = ("US-NY", "US-CA", "US-MA")
    policy: str | Policy = "us-bnpl"
    plugins: tuple[object, ...] = ()
    amount: Money = attrs.field(factory=lambda: Money.of("200.00", "USD"))
    store: Callable[[], Store] = MemoryStore
    phones_in: str = "US-NY"
    zones: Mapping[str, str] = MappingProxyType({"US-NY": "America/New_York", "US-CA": "America/Los_Angeles", "US-MA": "America/New_York"})
    hours: tuple[int, int] | None = (8, 21)
    timed: tuple[str, ...] = ("sms", "phone")

    def __attrs_post_init__(self) -> None:
        for name in ("regions", "plugins", "timed"):
            if not isinstance(getattr(self, name), (tuple, list)):
                got = type(getattr(self, name)).__name__
                raise ValidationError(f"{name} of a world is a list, got {got}; nothing was simulated")
        if not self.regions:
            raise ValidationError("a world has at least one region; nothing was simulated")
        if self.hours is not None and not 0 <= self.hours[0] < self.hours[1] <= 24:
            raise ValidationError(
                f"hours are two full hours of a day in their order, such as (8, 21), got {self.hours}; nothing was simulated"
            )


@attrs.frozen(kw_only=True)
class FaultRates:
    """
    How often something goes wrong, in percent of the occasions.

    Attributes:
        store: Of the commands and runs meet a fault of the store, or the death of the process.
        channel: Of the messages meet a fault of the carrier.
        again: Of the commands come twice.
        callbacks: Of the messages taken are reported on, some of them before the answer, late or twice.

    Raises:
        ValidationError: One is no whole number from 0 to 100, such as a fraction.
    """

    store: int = attrs.field(default=15, validator=_percent)
    channel: int = attrs.field(default=15, validator=_percent)
    again: int = attrs.field(default=25, validator=_percent)
    callbacks: int = attrs.field(default=50, validator=_percent)


QUIET: Final = FaultRates(store=0, channel=0, again=0, callbacks=0)
"""Nothing goes wrong."""


class SimulationBrokeError(AssertionError):
    """A promise was broken. `promise` names it, `step` is the number of the step, `repeat` a line that repeats the run."""

    def __init__(self, promise: str, text: str, *, step: int, repeat: str) -> None:
        super().__init__(f"{promise} broken at step {step}: {text}\nrepeat with: {repeat}")
        self.promise, self.step, self.repeat = promise, step, repeat


@attrs.frozen
class SimulationReport:
    """
    What a simulation saw.

    Attributes:
        seed: Of the run.
        steps: How many there were.
        acts: What was done, by name.
        deliveries: Messages that the carrier took.
        in_doubt: Contacts in doubt at the end.
        faults: What went wrong, by name.
        digest: Of the book at the end: the same seed, world and faults give the same.
    """

    seed: int
    steps: int
    acts: Mapping[str, int]
    deliveries: int
    in_doubt: int
    faults: Mapping[str, int]
    digest: str


class Dice:
    """Numbers that depend on the seed and on how many were drawn, the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def below(self, count: int) -> int:
        """Return a number from 0 to one below *count*."""
        self._drawn += 1
        return int.from_bytes(hashlib.sha256(f"{self._seed}/{self._drawn}".encode()).digest()[:8], "big") % count

    def percent(self, share: int) -> bool:
        """Return True in *share* of a hundred cases."""
        return self.below(100) < share
