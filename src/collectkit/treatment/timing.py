"""When steps are due, from the dates of a standing and what was done before; guards, holds and stops are asked elsewhere.

A cycle is named by a due date: the oldest unpaid one while the account is late, the next one before that, the
promised date for a promise's own reminders, the day of an event or of the calendar for what waits for that, and after a restart
the last day of what stood in the way. A step fires in a cycle as often as it repeats, and never again.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from operator import itemgetter

import attrs

from collectkit.actions import ActionKind, StepTaken
from collectkit.identifiers import follows
from collectkit.standing import Standing
from collectkit.treatment.interrupting import NO_PAST, Past
from collectkit.treatment.policies import RESTRICTING, TreatmentPolicy
from collectkit.treatment.resuming import resumed
from collectkit.treatment.steps import CatchUp, Step
from collectkit.treatment.triggers import (
    AfterStep,
    BucketEntry,
    Cured,
    DueOffset,
    Happened,
    OnDate,
    PromiseBroken,
    PromiseOffset,
)

_ONE_DAY = timedelta(days=1)


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

    def __init__(self, standing: Standing, policy: TreatmentPolicy, taken: Iterable[StepTaken], past: Past = NO_PAST) -> None:
        self._standing = standing
        self._policy = policy
        self._past = past
        self._taken: dict[tuple[str, date], list[date]] = {}
        self._messages: defaultdict[tuple[str, date], list[str]] = defaultdict(list)
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._all: tuple[Firing, ...] | None = None
        self._frozen: list[tuple[date, date, str]] | None = None
        self._occasions: dict[str, tuple[date, date] | None] = {}
        for step in sorted((step for step in taken if step.account == standing.account), key=lambda step: step.on):
            self._taken.setdefault((step.step, step.cycle), []).append(step.on)
            self._counts[step.step] += 1
            if step.message is not None:
                self._messages[step.step, step.cycle].append(step.message)
        # What was taken is little, and the policy's steps are many: contacts that may overtake others, by cycle.
        self._contacts: defaultdict[date, list[tuple[Step, list[date]]]] = defaultdict(list)
        for (name, cycle), days in self._taken.items():
            known = policy.steps_by_name.get(name)
            if known is not None and known.coalesces:
                self._contacts[cycle].append((known, days))

    def due(self) -> tuple[Firing, ...]:
        """Return each firing whose day has come and that was neither done nor passed over, in the policy's order."""
        return tuple([firing for firing in self._begun() if self._opens_on(firing) <= self._standing.as_of])

    def next_on(self) -> date | None:
        """Return the first later day on which a step becomes due if nothing changes but the date; None: never."""
        as_of = self._standing.as_of
        first = min([opens_on for firing in self._begun() if (opens_on := self._opens_on(firing)) > as_of], default=None)
        for starts_on, step in sorted(self._ahead(), key=itemgetter(0)):
            if first is not None and first <= starts_on:
                break  # no step fires before its first day
            days = [self._opens_on(firing) for firing in self._firings(step)]
            first = min(days if first is None else [first, *days], default=None)
        return first

    def _opens_on(self, firing: Firing) -> date:
        """Return the first day, from its own on and not in the past, on which a firing may happen: a reminder keeps quiet days."""
        as_of = self._standing.as_of
        if not self._policy.quiet_days or not self._policy.is_quiet(firing.step, max(firing.due_on, as_of).weekday()):
            return firing.due_on
        day = max(firing.due_on, as_of)
        while self._policy.is_quiet(firing.step, day.weekday()):
            day += _ONE_DAY
        return day

    def _begun(self) -> tuple[Firing, ...]:
        """Return the firings of the steps whose first day has come, in the policy's order, made once."""
        if self._all is None:
            self._all = tuple([firing for step in self._near() if not self._lies_ahead(step) for firing in self._firings(step)])
        return self._all

    def _near(self) -> Sequence[Step]:
        """Return the steps without those that wait for a day of the lateness that has not come: they are most, and soon told."""
        if self._past.over:
            return self._policy.steps  # after a restart their days are counted anew
        standing = self._standing
        since = standing.oldest_unpaid_due_on or standing.next_due_on
        late = (standing.as_of - since).days if since is not None else -1
        return [
            step
            for step, day in self._policy.waits
            if day is None or day <= late or (since is not None and (step.name, since) in self._taken)
        ]

    def _ahead(self) -> Iterator[tuple[date, Step]]:
        """Yield the other steps that have a first day, with that day."""
        for step in self._policy.steps:
            occasion = self._occasion(step)
            if occasion is not None and self._lies_ahead(step):
                yield occasion[1], step

    def _lies_ahead(self, step: Step) -> bool:
        """Whether the first day of a step that was not taken in its cycle is still to come, so that it need not be looked at today."""
        occasion = self._occasion(step)
        return occasion is not None and occasion[1] > self._standing.as_of and (step.name, occasion[0]) not in self._taken

    def _firings(self, step: Step) -> list[Firing]:
        """Return what is due of a step, and the first that will be."""
        if isinstance(step.trigger, Happened):
            return list(self._answers(step, step.trigger))
        occasion = self._occasion(step)
        if occasion is None or self._is_done_already(step):
            return []
        cycle, starts_on = occasion
        return [
            Firing(step, cycle, number, due_on)
            for number, due_on in self._numbers(step, cycle, starts_on)
            if not self._passed_over(step, cycle, due_on)
        ]

    def _occasion(self, step: Step) -> tuple[date, date] | None:
        """Return the cycle and the day on which a step is due for the first time in it, whether taken or not; worked out once."""
        if step.name not in self._occasions:
            self._occasions[step.name] = self._first_in_cycle(step)
        return self._occasions[step.name]

    def _first_in_cycle(self, step: Step) -> tuple[date, date] | None:
        standing, trigger = self._standing, step.trigger
        match trigger:
            case DueOffset(days) if days < 0:
                return self._early(step, self._since_opening(standing.next_due_on, days))
            case DueOffset() | BucketEntry():
                # A day counts from the oldest unpaid due date; while there is none, from the next, which may become one.
                found = self._since_opening(standing.oldest_unpaid_due_on or standing.next_due_on, self._policy.rank(step))
                return self._resumed(step, found, found[0]) if found is not None else None
            case PromiseOffset(days):
                found = self._since_opening(standing.promise_due_on, days)
                return self._early(step, found) if days < 0 else found
            case AfterStep(name, days, delivered):
                return self._after(step, self._policy.steps_by_name[name], days, delivered=delivered)
            case OnDate(on):
                return self._since_opening(on, 0)
            case Happened():
                return None
            case PromiseBroken():
                late_since = standing.oldest_unpaid_due_on
                return (late_since, standing.as_of) if late_since is not None else None
            case Cured():
                frozen = max((cycle for _, cycle, _ in self._restrictions()), default=None)
                return (frozen, standing.as_of) if frozen is not None and standing.oldest_unpaid_due_on is None else None

    def _since_opening(self, cycle: date | None, days: int) -> tuple[date, date] | None:
        """Return the day that far from *cycle*, unless it lay before the purchase: nobody could have kept it."""
        if cycle is None:
            return None
        starts_on = cycle + timedelta(days=days)
        return (cycle, starts_on) if starts_on >= self._standing.opened_on else None

    def _early(self, step: Step, occasion: tuple[date, date] | None) -> tuple[date, date] | None:
        """Move a reminder of something ahead from a quiet day to the last day before that is not, unless that was before the purchase."""
        if occasion is None or not self._policy.is_quiet(step, occasion[1].weekday()):
            return occasion
        cycle, day = occasion
        while self._policy.is_quiet(step, day.weekday()):
            day -= _ONE_DAY
        return (cycle, max(day, self._standing.opened_on))

    def _resumed(self, step: Step, occasion: tuple[date, date], since: date) -> tuple[date, date] | None:
        """Return when a step is due after what stood in the way of the treatment; None: not in this lateness."""
        if not self._past.over and not self._past.stops:
            return occasion
        once = step.action in RESTRICTING or step.action in (ActionKind.CHARGE_FEE, ActionKind.PLACE)
        past = self._past
        place = resumed(*occasion, since, past.over, self._policy.resume, restarts=not once, stops=past.stops)
        return (place.cycle, place.starts_on) if place is not None else None

    def _after(self, step: Step, before: Step, days: int, *, delivered: bool) -> tuple[date, date] | None:
        if isinstance(before.trigger, Happened):
            return self._after_answer(before, days, delivered=delivered)
        occasion = self._occasion(before)
        if occasion is None:
            return None
        cycle, starts_on = occasion
        if delivered:
            since = self._delivered_on(before, cycle)
        else:
            # A contact that was passed over counts as done on the day of the one that stood for it.
            done = self._taken.get((before.name, cycle), [])[-1:] or sorted(self._overtaking(before, cycle, starts_on))[:1]
            since = done[0] if done else None
        if since is None:
            return None
        found = self._resumed(step, (cycle, since + timedelta(days=days)), since)
        return found if found is None or found[0] == cycle else (cycle, since + timedelta(days=days))

    def _after_answer(self, before: Step, days: int, *, delivered: bool) -> tuple[date, date] | None:
        """Return when a step is due after the last answer to an event."""
        answered = [cycle for (name, cycle), on in self._taken.items() if name == before.name]
        if not answered:
            return None
        cycle = max(answered)
        done = self._delivered_on(before, cycle) if delivered else self._taken[before.name, cycle][-1]
        return (cycle, done + timedelta(days=days)) if done is not None else None

    def _delivered_on(self, step: Step, cycle: date) -> date | None:
        """Return the day on which the last message of a step, or a copy of it, was shown to have arrived."""
        messages = self._messages[step.name, cycle]
        found = [
            one.on
            for one in self._past.history.of("delivered", through=self._standing.as_of)
            if any(one.id == message or follows(one.id, message) for message in messages)
        ]
        return max(found, default=None)

    def _answers(self, step: Step, trigger: Happened) -> Iterator[Firing]:
        """Yield the firings for what happened, each day a cycle of its own."""
        standing, late = self._standing, timedelta(days=trigger.days)
        seen: defaultdict[date, int] = defaultdict(int)
        for one in self._past.history.of(trigger.kind, through=standing.as_of):
            seen[one.on] += 1
            if seen[one.on] <= len(self._taken.get((step.name, one.on), ())) or one.on < standing.opened_on:
                continue
            if not self._too_late(step, one.on + late):
                yield Firing(step, one.on, seen[one.on], one.on + late)

    def _is_done_already(self, step: Step) -> bool:
        """Whether purchases are restricted as the step would restrict them: who is frozen is not frozen again before the thaw."""
        if step.action not in RESTRICTING:
            return False
        return any(name == step.name or self._freezes(name) >= self._freezes(step.name) > 0 for _, _, name in self._restrictions())

    def _freezes(self, name: str) -> int:
        step = self._policy.steps_by_name.get(name)
        return int(step is not None and step.action is ActionKind.FREEZE_PURCHASES)

    def _numbers(self, step: Step, cycle: date, starts_on: date) -> Iterator[tuple[int, date]]:
        """Yield number and day of the firings that are due, and of the next one."""
        done, as_of = self._taken.get((step.name, cycle), []), self._standing.as_of
        if isinstance(step.trigger, PromiseBroken):
            # A broken promise is an event of its own: each is answered once, in whichever cycle it happened.
            yield from ((number, as_of) for number in range(self._counts[step.name] + 1, self._standing.promises_broken + 1))
        elif isinstance(step.trigger, Cured) or (step.action in RESTRICTING and step.repeat_every_days is None):
            # A payment that is taken back makes the same due date late again: what was thawed is frozen anew, and thawed anew.
            if not (done and done[-1] > self._thawed_on()) and not self._too_late(step, starts_on):
                yield len(done) + 1, starts_on
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
        return cycle in self._contacts and any(True for _ in self._overtaking(step, cycle, due_on))

    def _overtaking(self, step: Step, cycle: date, due_on: date) -> Iterator[date]:
        """Yield the days on which a later contact of the same chain fired while *step* was due."""
        if not step.coalesces or cycle not in self._contacts:
            return
        policy, rank = self._policy, self._policy.rank(step)
        for later, days in self._contacts[cycle]:
            if policy.rank(later) > rank and _alike(policy, later, step):
                yield from (on for on in days if on >= due_on)

    def _restrictions(self) -> list[tuple[date, date, str]]:
        """Return when, in which cycle and by which step purchases were restricted since the last thaw, which ended all before it."""
        if self._frozen is None:
            thawed_on = self._thawed_on()
            self._frozen = [
                (on, cycle, name)
                for (name, cycle), days in self._taken.items()
                if self._does(name, RESTRICTING)
                for on in days
                if on > thawed_on
            ]
        return self._frozen

    def _thawed_on(self) -> date:
        thaws = [days[-1] for (name, _), days in self._taken.items() if self._does(name, {ActionKind.THAW_PURCHASES})]
        return max(thaws, default=date.min)

    def _does(self, name: str, actions: AbstractSet[ActionKind]) -> bool:
        step = self._policy.steps_by_name.get(name)
        return step is not None and step.action in actions


def _alike(policy: TreatmentPolicy, one: Step, other: Step) -> bool:
    return _family(policy.root(one)) is _family(policy.root(other))


def _family(trigger: object) -> type:
    """Return what chains have in common whose days count from the same date."""
    return DueOffset if isinstance(trigger, BucketEntry) else type(trigger)


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
