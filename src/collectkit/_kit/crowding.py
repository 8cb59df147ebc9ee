"""How much each handler has, as the store counts it in the transaction that gives it more, or a run since it counted last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from collectkit._kit.ahead import people_named
from collectkit._kit.core import Core
from collectkit._kit.headcount import Crowd, Headcount, Move, Work
from collectkit.allocation import Desks, Handler, Weight, WhyNot
from collectkit.allocation.workload import asks_for_people, work_units
from collectkit.identifiers import AccountId, HandlerId
from collectkit.person import Consumer
from collectkit.standing import Standing
from collectkit.storage.store import Unit, tells_of_some

PLACING: Final = "placing"
"""The name that whoever places keeps to itself, so that two do not both take the last place."""

BY_HAND: Final = "by-hand"
"""Key of the mark, kept as a run of kind `PLACING`, that whoever places beside a night leaves for it: how often it was done."""


class Crowding(Core):
    """Counting before placing."""

    def _crowd(
        self, unit: Unit, on: date, fresh: Mapping[AccountId, Standing] = MappingProxyType({}), known: Headcount | None = None
    ) -> Crowd:
        """
        Return what handlers have; nobody else places until the unit ends.

        Args:
            unit: To count in.
            on: The business date.
            fresh: Accounts as they stand on that day, where whoever places knows them better than the store does.
            known: The count of a run, which is used while it holds and made anew otherwise; None: count for this once.
        """
        unit.lock([PLACING])
        count, mark = known or Headcount(on), unit.run(PLACING, BY_HAND) or ""
        if not count.holds(mark):
            weighed = self._weighed()
            count.read(unit.burdens(on), self._work(unit, unit.held_by(weighed) if weighed else (), on), mark)
        better = self._work(unit, [standing for id, standing in fresh.items() if count.weighs(id)], on)
        return count.crowd(self._limited(), {id: units for id, (_, units) in better.items()})

    def _crowd_of(self, unit: Unit, handler: HandlerId, on: date) -> Crowd:
        """Return what one handler has, and perhaps others, where a limit of its asks for that; nobody else places until the unit ends."""
        unit.lock([PLACING])
        count, weighed = Headcount(on), [id for id in self._weighed() if id == handler]
        if any(_has_limit(one) for one in self.policy.allocation.handlers if one.id == handler):
            burdens = unit.burdens_of([handler], on) if tells_of_some(unit) else unit.burdens(on)
            count.read(burdens, self._work(unit, unit.held_by(weighed) if weighed else (), on), "")
        return count.crowd([id for id in self._limited() if id == handler], {})

    def _move_on(self, unit: Unit, known: Headcount, before: Mapping[AccountId, Standing], written: Iterable[Standing]) -> None:
        """Note in the count of a run what it has written, of accounts that stood as they did *before*."""
        if not self.policy.allocation.handlers:
            return
        moves, weighed = [Move(before.get(standing.account), standing) for standing in written], set(self._weighed())
        held = [move.after for move in moves if move.after.handler in weighed and move.after.closed_on is None]
        known.move(moves, self._work(unit, held, known.on))

    def _limited(self) -> list[HandlerId]:
        """Return the handlers with a limit on units of work or on what is outstanding."""
        return [handler.id for handler in self.policy.allocation.handlers if handler.units_most is not None or handler.outstanding_most]

    def _weighed(self) -> list[HandlerId]:
        """Return the handlers with a limit on units of work: of those alone each account must be read."""
        return [handler.id for handler in self.policy.allocation.handlers if handler.units_most is not None]

    def _work(self, unit: Unit, held: Sequence[Standing], on: date) -> Work:
        """Return how many units of work accounts are as they stand on a day, with who has each."""
        policy = self.policy.allocation
        now = [one.on(on) if one.as_of <= on <= one.valid_through else one for one in held]
        people = people_named(unit, dict.fromkeys(one.person for one in now)) if now and asks_for_people(policy) else {}
        counts = work_units([(one, people.get(one.person)) for one in now], policy)
        return {one.account: (one.handler, count) for one, count in zip(held, counts, strict=True) if one.handler is not None}

    def _no_room(self, unit: Unit, handler: HandlerId, standing: Standing, consumer: Consumer, on: date) -> WhyNot | None:
        """Return why a handler has no room for one account more, or None."""
        return self._no_room_for(unit, handler, [standing], consumer, on)

    def _no_room_for(self, unit: Unit, handler: HandlerId, standings: Sequence[Standing], consumer: Consumer, on: date) -> WhyNot | None:
        """Return why a handler has no room for so many accounts of one person more; None when it has, which a night is told of."""
        policy, crowd = self.policy.allocation, self._crowd_of(unit, handler, on)
        weights = {s.account: Weight(policy.units_of(s, consumer), s.currency, s.outstanding_minor) for s in standings}
        desks = Desks(policy.handlers, crowd.loads, crowd.new, dict.fromkeys(weights), weights, crowd.carried)
        full = desks.full(handler, list(weights))
        if full is None:
            unit.save_run(PLACING, BY_HAND, str(int(unit.run(PLACING, BY_HAND) or 0) + 1))
        return full


def _has_limit(handler: Handler) -> bool:
    """Tell whether there are accounts for which a handler has no room, so that it must be known what it has."""
    limits = (handler.capacity, handler.max_new_per_day, handler.units_most)
    return bool(handler.outstanding_most) or any(limit is not None for limit in limits)
