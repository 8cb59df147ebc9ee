"""The drivers of a kit, called with a deadline: whatever one of them does, the answer is one of the three honest ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Protocol, cast

from collectkit._kit.parts import Parts
from collectkit.channels.capabilities import Capabilities, capabilities_of
from collectkit.channels.channel import Driver, Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.drivers.guarded import TakesMany, guarded_all
from collectkit.errors import PluginFaultError
from collectkit.plugins.calling import Caller, Callers
from collectkit.policy import Policy

_OUTCOMES = (Accepted, Rejected, Doubtful)


class _CanBeAsked(Protocol):
    def look_up(self, id: str) -> HandOver | None: ...


class Gateways:
    """
    Hands parcels to drivers and asks them afterwards.

    Args:
        drivers: By channel.
        outbox: Takes what has no driver; ours, and called directly.
        callers: Of the kit.
        seconds: Deadline of one call.
    """

    def __init__(self, drivers: Mapping[str, Driver], outbox: Driver, callers: Callers, seconds: float) -> None:
        self._drivers, self._outbox = drivers, outbox
        self._callers, self._seconds = callers, seconds

    def driver(self, channel: str) -> Driver:
        """Return who takes messages of *channel*."""
        return self._drivers.get(channel, self._outbox)

    def capabilities(self, channel: str) -> Capabilities:
        """Return what the channel promises."""
        return capabilities_of(self.driver(channel))

    def is_closed(self, channel: str) -> bool:
        """Tell whether the channel failed so often that it is not called now; its contacts wait."""
        return channel in self._drivers and self._caller(channel).is_open

    def hand_over(self, channel: str, parcels: Sequence[Parcel]) -> list[HandOver]:
        """Hand over some parcels of one channel, at most as many as it takes at once, and return what became of each, in order."""
        limit = self.capabilities(channel).max_len
        fits = [parcel for parcel in parcels if limit is None or len(parcel.body) <= limit]
        found = dict(zip([parcel.id for parcel in fits], self._handed(channel, fits), strict=True)) if fits else {}
        too_long = Rejected(f"it is longer than the {limit} bytes that {channel} takes", permanent=True)
        return [found.get(parcel.id, too_long) for parcel in parcels]

    def look_up(self, channel: str, id: str) -> HandOver | None:
        """Ask the channel what became of a message; None when it does not know or does not answer."""
        driver = cast(_CanBeAsked, self.driver(channel))
        try:
            return self._caller(channel).call(lambda: driver.look_up(id), wanted="an outcome or None", check=_is_outcome_or_none)
        except PluginFaultError:
            return None  # the caller has counted it; the contact stays in doubt

    def forget(self, ids: Collection[str]) -> bool:
        """Tell every driver that can forget what it took under those ids to do so, and return whether each of them did."""
        done = True
        for channel, driver in {**self._drivers, "": self._outbox}.items():
            forget = getattr(driver, "forget", None)
            if not callable(forget):
                continue
            try:
                self._caller(channel or "outbox").call(partial(forget, tuple(ids)))
            except PluginFaultError:
                done = False  # the caller has counted it; it is told again
        return done

    def _caller(self, channel: str) -> Caller:
        return self._callers.add(f"driver {channel}", seconds=self._seconds)

    def _handed(self, channel: str, parcels: Sequence[Parcel]) -> list[HandOver]:
        driver = self.driver(channel)
        if driver is self._outbox:
            return guarded_all(driver, parcels)
        promised = self.capabilities(channel)
        caller = self._caller(channel)
        try:
            if promised.batch == 1:
                (parcel,) = parcels
                one = caller.call(lambda: driver.hand_over(parcel), wanted="an outcome", check=_is_outcome)
                return [_proven(one, promised)]
            many, count = cast(TakesMany, driver), len(parcels)
            answers = caller.call(
                lambda: tuple(many.hand_over_all(parcels)),
                wanted=f"{count} outcomes",
                check=lambda got: isinstance(got, tuple) and len(got) == count and all(map(_is_outcome, got)),
            )
        except PluginFaultError as fault:
            return [Doubtful(str(fault))] * len(parcels)
        return [_proven(answer, promised) for answer in answers]


def gateways_of(parts: Parts, policy: Policy) -> Gateways:
    """Return the drivers of a kit, called with the deadline of its policy."""
    return Gateways(parts.drivers, parts.outbox, parts.callers, policy.dispatch.timeout_seconds)


def _is_outcome(answer: object) -> bool:
    return isinstance(answer, _OUTCOMES) and isinstance(answer.reference if isinstance(answer, Accepted) else answer.reason, str)


def _is_outcome_or_none(answer: object) -> bool:
    return answer is None or _is_outcome(answer)


def _proven(answer: HandOver, promised: Capabilities) -> HandOver:
    """Return the answer, which is a doubt when it lacks the reference that the channel promises: the message could not be found again."""
    if promised.promises_reference and isinstance(answer, Accepted) and not answer.reference:
        return Doubtful("the channel accepted it without the reference that it promises")
    return answer
