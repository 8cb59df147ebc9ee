"""A driver is somebody else's code: whatever it does, the answer is one of the three honest ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from collectkit.channels.capabilities import capabilities_of
from collectkit.channels.channel import Driver, Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected


class TakesMany(Protocol):
    """A driver that declares a batch."""

    def hand_over_all(self, parcels: Sequence[Parcel]) -> Sequence[HandOver]:
        """Hand all of them over once, and tell in their order what became of each."""
        ...


def guarded(driver: Driver, parcel: Parcel) -> HandOver:
    """
    Hand *parcel* over through *driver*, which may raise or answer rubbish: both are `Doubtful`.

    Only the type of an exception is kept, because its text may hold personal data.
    """
    try:
        answer: object = driver.hand_over(parcel)
    except Exception as fault:
        return _raised(fault)
    return _honest(answer)


def guarded_all(driver: Driver, parcels: Sequence[Parcel]) -> list[HandOver]:
    """
    Hand parcels over, together where the driver declares a batch and else one by one, as `guarded` does.

    When it raises about some together, or answers about more or fewer, each of them is `Doubtful`.
    """
    if capabilities_of(driver).batch == 1:
        return [guarded(driver, parcel) for parcel in parcels]
    try:
        answers: list[object] = list(cast(TakesMany, driver).hand_over_all(parcels))
    except Exception as fault:
        return [_raised(fault)] * len(parcels)
    if len(answers) != len(parcels):
        return [Doubtful(f"the driver answered {len(answers)} times about {len(parcels)} messages")] * len(parcels)
    return [_honest(answer) for answer in answers]


def _raised(fault: Exception) -> Doubtful:
    return Doubtful(f"the driver raised {type(fault).__name__}")


def _honest(answer: object) -> HandOver:
    if isinstance(answer, (Accepted, Rejected, Doubtful)):
        return answer
    return Doubtful(f"the driver answered with {type(answer).__name__}, not with an outcome")
