"""When steps are due, from the dates of a standing and what was done before; guards, holds and stops are asked elsewhere.

A cycle is named by a due date: the oldest unpaid one while the account is late, the next one before that, or the
promised date for a promise's own reminders. A step fires in a cycle as often as it repeats, and never again.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import attrs

from collectkit.actions import ActionKind, StepTaken
from collectkit.standing import Standing
from collectkit.treatment.policies import TreatmentPolicy
from collectkit.treatment.steps import AfterStep, CatchUp, Cured, DueOffset, PromiseBroken, PromiseOffset, Step


@attrs.frozen
class Firing:
    """
    One step that is due.

    Attributes:
        step: Which.
        cycle: The due date it belongs to.
        number: The how-manieth firing, from 1; of a broken promise: the how-manieth broken one.
        due_on: Day on which it became due.
        instead_of: Names of contacts that it stands for, as only the last of them fires.
    """

    step: Step
    cycle: date
    number: int
    due_on: date
    instead_of: tuple[str, ...] = ()


class Timetable:
    """The steps of one account on one date, before anybody asked whether they may fire."""

    def __init__(self, standing: Standing, policy: TreatmentPolicy, taken: Iterable[StepTaken]) -> None:
        self._standing = standing
        self._policy = policy
        self._taken: defaultdict[tuple[str, date], list[date]] = defaultdict(list)
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._all: tuple[Firing, ...] | None = None
        for step in sorted((step for step in taken if step.account == standing.account), key=lambda step: step.on):
            self._taken[step.step, step.cycle].append(step.on)
            self._counts[step.step] += 1

    def due(self) -> tuple[Firing, ...]:
        """Return each firing whose day has come and that was neither done nor passed over, in the policy's order."""
        return tuple([firing for firing in self._every() if firing.due_on <= self._standing.as_of])

    def next_on(self) -> date | None:
        """Return the first later day on which a step becomes due if nothing changes but the date; None: never."""
        as_of = self._standing.as_of
        return min([firing.due_on for firing in self._every() if firing.due_on > as_of], default=None)

    def _every(self) -> tuple[Firing, ...]:
        """Return the firings of all steps, in the policy's order, made once."""
        if self._all is None:
            self._all = tuple([firing for step in self._policy.steps for firing in self._firings(step)])
        return self._all

    def _firings(self, step: Step) -> Iterator[Firing]:
        """Yield what is due of a step, and the first that will be."""
        occasion = self._occasion(step)
        if occasion is None:
            return
        cycle, starts_on = occasion
        for number, due_on in self._numbers(step, cycle, starts_on):
            if not self._passed_over(step, cycle, due_on):
                yield Firing(step, cycle, number, due_on)

    def _occasion(self, step: Step) -> tuple[date, date] | None:
        """Return the cycle and the day on which a step is due for the first time in it, whether taken or not."""
        standing, trigger = self._standing, step.trigger
        match trigger:
            case DueOffset(days):
                # A day counts from the oldest unpaid due date; while there is none, from the next, which may become one.
                cycle = standing.next_due_on if days < 0 else standing.oldest_unpaid_due_on or standing.next_due_on
                return self._since_opening(cycle, days)
            case PromiseOffset(days):
                return self._since_opening(standing.promise_due_on, days)
            case AfterStep(name, days):
                return self._after(self._policy.steps_by_name[name], days)
            case PromiseBroken():
                late_since = standing.oldest_unpaid_due_on
                return (late_since, standing.as_of) if late_since is not None else None
            case Cured():
                frozen = self._frozen_in()
                return (frozen, standing.as_of) if frozen is not None and standing.oldest_unpaid_due_on is None else None

    def _since_opening(self, cycle: date | None, days: int) -> tuple[date, date] | None:
        """Return the day that far from *cycle*, unless it lay before the purchase: nobody could have kept it."""
        if cycle is None:
            return None
        starts_on = cycle + timedelta(days=days)
        return (cycle, starts_on) if starts_on >= self._standing.opened_on else None

    def _after(self, before: Step, days: int) -> tuple[date, date] | None:
        occasion = self._occasion(before)
        if occasion is None:
            return None
        cycle, starts_on = occasion
        # A contact that was passed over counts as done on the day of the one that stood for it.
        done = self._taken[before.name, cycle][-1:] or sorted(self._overtaking(before, cycle, starts_on))[:1]
        return (cycle, done[0] + timedelta(days=days)) if done else None

    def _numbers(self, step: Step, cycle: date, starts_on: date) -> Iterator[tuple[int, date]]:
        """Yield number and day of the firings that are due, and of the next one."""
        done, as_of = self._taken[step.name, cycle], self._standing.as_of
        if isinstance(step.trigger, PromiseBroken):
            # A broken promise is an event of its own: each is answered once, in whichever cycle it happened.
            yield from ((number, as_of) for number in range(self._counts[step.name] + 1, self._standing.promises_broken + 1))
        elif step.repeat_every_days is None:
            if not done and not self._too_late(step, starts_on):
                yield 1, starts_on
        elif step.catch_up is CatchUp.COALESCE:
            if len(done) < step.repeats_max:
                yield len(done) + 1, done[-1] + timedelta(days=step.repeat_every_days) if done else starts_on
        else:
            yield from self._series(step, step.repeat_every_days, done, starts_on)

    def _series(self, step: Step, every_days: int, done: Sequence[date], starts_on: date) -> Iterator[tuple[int, date]]:
        """Yield the firings of a fixed series of days: for a replay all that are missing, else the last that is not too late."""
        days = [(number, starts_on + timedelta(days=(number - 1) * every_days)) for number in range(1, step.repeats_max + 1)]
        past = [(number, day) for number, day in days if day <= self._standing.as_of]
        if step.catch_up is CatchUp.REPLAY:
            yield from (item for item in past if item[0] > len(done))
        else:
            yield from (item for item in past[-1:] if not (self._too_late(step, item[1]) or (done and done[-1] >= item[1])))
        ahead = (item for item in days[len(past) :] if step.catch_up is CatchUp.SKIP or item[0] > len(done))
        yield from itertools.islice(ahead, 1)

    def _too_late(self, step: Step, due_on: date) -> bool:
        return step.catch_up is CatchUp.SKIP and (self._standing.as_of - due_on).days > step.skip_after_days

    def _passed_over(self, step: Step, cycle: date, due_on: date) -> bool:
        return any(True for _ in self._overtaking(step, cycle, due_on))

    def _overtaking(self, step: Step, cycle: date, due_on: date) -> Iterator[date]:
        """Yield the days on which a later contact of the same chain fired while *step* was due."""
        if not step.coalesces:
            return
        policy, rank = self._policy, self._policy.rank(step)
        # What was taken is little, and the policy's steps are many: look from there.
        for (name, of), days in tuple(self._taken.items()):
            later = policy.steps_by_name.get(name) if of == cycle and days else None
            if later is not None and later.coalesces and policy.rank(later) > rank and _alike(policy, later, step):
                yield from (on for on in days if on >= due_on)

    def _frozen_in(self) -> date | None:
        """Return the last cycle in which purchases were frozen and not thawed since."""
        frozen = [cycle for (name, cycle), days in self._taken.items() if days and self._does(name, ActionKind.FREEZE_PURCHASES)]
        thawed = {cycle for (name, cycle), days in self._taken.items() if days and self._does(name, ActionKind.THAW_PURCHASES)}
        last = max(frozen, default=None)
        return None if last in thawed else last

    def _does(self, name: str, action: ActionKind) -> bool:
        step = self._policy.steps_by_name.get(name)
        return step is not None and step.action is action


def _alike(policy: TreatmentPolicy, one: Step, other: Step) -> bool:
    return type(policy.root(one)) is type(policy.root(other))


def coalesced(firings: Sequence[Firing], policy: TreatmentPolicy) -> tuple[Firing, ...]:
    """Leave of the contacts that coalesce, in each cycle, those of the last day only; the others are all kept."""
    kept = []
    for firing in firings:
        rivals = [
            other
            for other in firings
            if firing.step.coalesces and other.step.coalesces and other.cycle == firing.cycle and _alike(policy, other.step, firing.step)
        ]
        rank = policy.rank(firing.step)
        if not any(policy.rank(other.step) > rank for other in rivals):
            earlier = tuple(other.step.name for other in rivals if policy.rank(other.step) < rank)
            kept.append(attrs.evolve(firing, instead_of=earlier))
    return tuple(kept)
