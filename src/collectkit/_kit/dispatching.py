"""Handing over what is lawful now: reserve, look again, send, confirm; by our own hands or those of the host's workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, TypeAlias

from collectkit._kit.ahead import reading_ahead
from collectkit._kit.claiming import Assignment, Claiming, unchanged
from collectkit.calendars.dates import require_aware
from collectkit.channels.outcomes import HandOver
from collectkit.errors import TimeError, ValidationError
from collectkit.servicing.dispatch import Dispatch, DispatchState
from collectkit.servicing.dispatch_report import DispatchReport, counted

CLAIM_MAX: Final = 100
BACKWARDS_MAX: Final = timedelta(minutes=5)
"""A clock that goes back further is broken: nothing more is handed over by it."""

Clock: TypeAlias = Callable[[], datetime]


class Dispatching(Claiming):
    """The hand-over of planned contacts."""

    def dispatch(self, *, at: datetime, worker: str, limit: int = CLAIM_MAX, clock: Clock | None = None) -> DispatchReport:
        """
        Hand over planned contacts that are lawful, until none is left.

        Each is looked at once more just before it leaves: what was stopped, forbidden or changed meanwhile goes back to
        the list. A driver that does not answer in time leaves its contact in doubt and is left behind; one that fails
        again and again is not called any more in this run, and its contacts wait.

        Args:
            at: The present instant; aware. Hours, stops and caps are asked for it.
            worker: Id of the process that does it.
            limit: How many contacts may be under way at once; a crash leaves so many in doubt at the most.
            clock: Asked for the instant again before each step of a long run; without it time stands still at *at*.

        Returns:
            What became of each contact.

        Raises:
            ValidationError: *limit* is none, or *worker* names nobody; nothing was handed over.
            TimeError: The clock went back by more than five minutes; what was handed over before is recorded.
        """
        _check_count(limit, "limit", least=1)
        now = _Time(_checked(at, worker), clock)
        self.parts.callers.try_again()
        done = self._settle_lost(now())
        while True:
            assignments, others, again = self._claim(limit, at=now(), worker=worker)
            done += others
            done += self._hand_over(assignments, now)
            if not (assignments or others or again):
                return counted(done)

    def claim(self, n: int, *, at: datetime, worker: str) -> list[Assignment]:
        """
        Give up to *n* contacts to a host's own worker, which hands them over itself and calls `confirm`.

        What is not confirmed by its `answer_by` counts as possibly made. A worker that keeps a contact for a while asks
        `still_wanted` before it hands it over, and gives back with `release` what it will not hand over.
        """
        _check_count(n, "n", least=0)
        self._settle_lost(_checked(at, worker))
        while True:
            assignments, others, again = self._claim(n, at=at, worker=worker)
            if assignments or not (others or again):
                return assignments

    def still_wanted(self, assignment: Assignment, *, at: datetime) -> bool:
        """
        Tell whether a claimed contact may still be handed over at *at*; one that may not goes back to the list.

        It may not when its time is over, its worker was taken for lost, or anything about its person, its accounts or the kill
        switches changed since it was claimed.
        """
        require_aware(at)
        return bool(self._still_wanted([assignment], at))

    def _still_wanted(self, assignments: Sequence[Assignment], at: datetime) -> list[Assignment]:
        """Return those that may still be handed over; the others go back to the list, unless they were taken away."""
        with self._view() as unit:
            versions = unit.versions(sorted({stream for one in assignments for stream, _ in one.versions}))
            ahead = reading_ahead(unit, contacts=[one.id for one in assignments])
            rows = [(one, ahead.dispatch(one.id)) for one in assignments]
        ours = [one for one, row in rows if row is not None and row.state is DispatchState.SENDING and row.fence == one.fence]
        may_go = [at <= one.hand_over_by and unchanged(one.versions, versions) for one in ours]
        self._give_back([one for one, free in zip(ours, may_go, strict=True) if not free], at)
        return [one for one, free in zip(ours, may_go, strict=True) if free]

    def _give_back(self, assignments: Sequence[Assignment], at: datetime) -> None:
        for one in assignments:
            self.try_release(one.id, one.fence, at=at)

    def _hand_over(self, assignments: Sequence[Assignment], now: _Time) -> list[Dispatch]:
        """Hand over what was begun, and record the answers together."""
        answers: list[tuple[str, int, HandOver]] = []
        began = monotonic()
        try:
            for channel, group in self._batches(assignments):
                wanted = self._may_start(group, now(), began)
                if wanted:
                    found = self.gateways.hand_over(channel, [one.parcel for one in wanted])
                    answers += [(one.id, one.fence, answer) for one, answer in zip(wanted, found, strict=True)]
            at = now()
        except TimeError:
            self._confirm_all(answers, at=now.last)
            raise
        return self._confirm_all(answers, at=at) if answers else []

    def _batches(self, assignments: Sequence[Assignment]) -> Iterator[tuple[str, list[Assignment]]]:
        """Yield assignments by channel, as many together as it takes at once, each channel's in their order."""
        by_channel: dict[str, list[Assignment]] = {}
        for one in assignments:
            by_channel.setdefault(one.parcel.channel, []).append(one)
        for channel, held in by_channel.items():
            size = self.gateways.capabilities(channel).batch
            for start in range(0, len(held), size):
                yield channel, held[start : start + size]

    def _may_start(self, group: Sequence[Assignment], at: datetime, began: float) -> list[Assignment]:
        """Look once more just before those of one channel are handed over together; what may not start any more goes back to the list."""
        policy = self.policy.dispatch
        lease_is_short = monotonic() - began > policy.lease_seconds - policy.timeout_seconds
        if lease_is_short or self.gateways.is_closed(group[0].parcel.channel):
            self._give_back(group, at)
            return []
        return self._still_wanted(group, at)


class _Time:
    """
    The present instant: what the clock says, and never earlier than before.

    Attributes:
        last: What it was when it was asked for the last time.
    """

    def __init__(self, at: datetime, clock: Clock | None) -> None:
        self.last, self._clock = at, clock

    def __call__(self) -> datetime:
        if self._clock is None:
            return self.last
        at = require_aware(self._clock())
        if at < self.last - BACKWARDS_MAX:
            raise TimeError(f"the clock went back from {self.last.isoformat()} to {at.isoformat()}; nothing more was handed over")
        self.last = max(self.last, at)
        return self.last


def _checked(at: datetime, worker: str) -> datetime:
    """Return *at* when it is an instant and somebody is named who works."""
    if not isinstance(worker, str) or not worker:
        raise ValidationError(
            f"worker is the id of the process that hands over, a text that is not empty, got {worker!r}; nothing was handed over"
        )
    return require_aware(at)


def _check_count(count: int, name: str, *, least: int) -> None:
    """Refuse what is no number of contacts: a database may take a negative one for all of them."""
    if type(count) is not int or count < least:
        raise ValidationError(f"{name} is a whole number of at least {least}, got {count!r}; nothing was handed over")
