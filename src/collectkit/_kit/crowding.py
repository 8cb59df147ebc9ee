"""How much each handler has, as the store counts it in the transaction that gives it more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

import attrs

from collectkit._kit.core import Core
from collectkit.allocation import Carried, Desks, Weight, WhyNot
from collectkit.allocation.workload import asks_for_people, work_units
from collectkit.identifiers import AccountId, HandlerId
from collectkit.person import Consumer
from collectkit.standing import Standing
from collectkit.storage.store import Unit

PLACING: Final = "placing"
"""The name that whoever places keeps to itself, so that two do not both take the last place."""


@attrs.frozen
class Crowd:
    """
    What handlers have.

    Attributes:
        loads: Open accounts of each.
        new: How many of them each was given on the day.
        carried: What the accounts of handlers with a limit on units of work or on what is outstanding count for.
    """

    loads: Mapping[HandlerId, int]
    new: Mapping[HandlerId, int]
    carried: Mapping[HandlerId, Carried]


class Crowding(Core):
    """Counting before placing."""

    def _crowd(self, unit: Unit, on: date, fresh: Mapping[AccountId, Standing] = MappingProxyType({})) -> Crowd:
        """
        Count what handlers have; nobody else places until the unit ends.

        Args:
            unit: To count in.
            on: The business date.
            fresh: Accounts as they stand on that day, where whoever places knows them better than the store does.
        """
        unit.lock([PLACING])
        loads, new, minor = Counter[HandlerId](), Counter[HandlerId](), dict[HandlerId, dict[str, int]]()
        for burden in unit.burdens(on):
            handler = HandlerId(burden.handler)
            loads[handler] += burden.accounts
            new[handler] += burden.new
            minor.setdefault(handler, {})[burden.currency] = burden.outstanding_minor
        units = self._units(unit, on, fresh)
        handlers = self.policy.allocation.handlers
        limited = [handler.id for handler in handlers if handler.units_most is not None or handler.outstanding_most]
        return Crowd(loads, new, {id: Carried(units[id], minor.get(id, {})) for id in limited})

    def _units(self, unit: Unit, on: date, fresh: Mapping[AccountId, Standing]) -> Counter[HandlerId]:
        """Return the units of work of those handlers alone that have a limit on them: each of their accounts must be read."""
        policy = self.policy.allocation
        limited = [handler.id for handler in policy.handlers if handler.units_most is not None]
        if not limited:
            return Counter()
        stored = unit.held_by(limited)
        held = [fresh.get(one.account) or (one.on(on) if one.as_of <= on <= one.valid_through else one) for one in stored]
        asked = dict.fromkeys(one.person for one in held) if asks_for_people(policy) else {}
        people = {id: unit.person(id) for id in asked}
        units = Counter[HandlerId]()
        for one, count in zip(stored, work_units([(one, people.get(one.person)) for one in held], policy), strict=True):
            assert one.handler is not None
            units[one.handler] += count
        return units

    def _no_room(self, unit: Unit, handler: HandlerId, standing: Standing, consumer: Consumer, on: date) -> WhyNot | None:
        """Return why a handler has no room for one account more, or None."""
        return self._no_room_for(unit, handler, [standing], consumer, on)

    def _no_room_for(self, unit: Unit, handler: HandlerId, standings: Sequence[Standing], consumer: Consumer, on: date) -> WhyNot | None:
        """Return why a handler has no room for so many accounts of one person more, or None."""
        policy, crowd = self.policy.allocation, self._crowd(unit, on)
        weights = {s.account: Weight(policy.units_of(s, consumer), s.currency, s.outstanding_minor) for s in standings}
        desks = Desks(policy.handlers, crowd.loads, crowd.new, dict.fromkeys(weights), weights, crowd.carried)
        return desks.full(handler, list(weights))
