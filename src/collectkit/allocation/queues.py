"""Evening out queues: which accounts go from whoever has too much to whoever has less, with why, before anybody moves anything.

A proposal and no decision: a supervisor looks at it and reassigns. It moves nothing that the next night would move back: an account goes
only to another handler of the rule by which it is where it is. What a rule shares out on purpose (the first with room, by shares, by
worth) is left as it is unless that rule is named.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Final, TypeAlias

import attrs

from collectkit.allocation._units import NOBODY_FAILED, Book, Case, Failed, Unit, read, units
from collectkit.allocation.allocating import NOBODY_NEW
from collectkit.allocation.capacity import Carried, Desks, Weight, carried_of
from collectkit.allocation.handlers import Handler
from collectkit.allocation.policies import AllocationPolicy, AllocationRule, Distribution
from collectkit.allocation.terms import exempt
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, HandlerId, PersonId

EVENED: Final = frozenset({Distribution.ROUND_ROBIN.value, Distribution.LEAST_LOADED.value, Distribution.STRATIFIED.value})
"""How a rule shares that means to give everybody as much."""


class Staying(Enum):
    """Why an account of an evened rule cannot go to somebody else, in order of precedence."""

    HOLD = "hold"
    """A hold stops placement of one of the person's accounts, and they stay together."""
    KEPT = "kept"
    """The caller keeps it where it is: somebody is at it."""
    AGREED = "agreed"
    """A promise or an arrangement is in force: whoever took it sees it through."""
    APART = "apart"
    """Accounts of the person are with several handlers, or no handler can take them all."""
    ALONE = "alone"
    """No other handler of the rule inside of the house can take it."""


@attrs.frozen
class QueueMove:
    """
    One account that would go to somebody else.

    Attributes:
        account: Which.
        person: Who owes it; all accounts of a person that one handler has go together.
        before: Who has it.
        to: Who would have it.
        rule: The rule that names both.
        why: A sentence for a person.
    """

    account: AccountId
    person: PersonId
    before: HandlerId
    to: HandlerId
    rule: str
    why: str


@attrs.frozen
class QueueLine:
    """
    One handler's queue.

    Attributes:
        handler: Who.
        accounts_before: Accounts to be worked, as they are.
        accounts_after: As they would be.
        units_before: Units of work, as they are.
        units_after: As they would be.
        limit: How many it may have, by which queues are compared; None where they are compared as they are.
    """

    handler: HandlerId
    accounts_before: int
    accounts_after: int
    units_before: int
    units_after: int
    limit: int | None


@attrs.frozen
class EvenQueues:
    """
    What evening out would do; nothing was recorded.

    Attributes:
        moves: Who goes where, by account id.
        queues: Each handler of an evened rule, in the policy's order.
        stays: How many accounts of these rules cannot go anywhere else, by why.
    """

    moves: tuple[QueueMove, ...]
    queues: tuple[QueueLine, ...]
    stays: Mapping[Staying, int]


@attrs.frozen
class _Movable:
    """
    Accounts of one person that may go to others.

    Attributes:
        unit: What they are.
        rule: The rule by which they are where they are.
        before: Who has them.
        options: Who may have them by that rule.
        size: How many units of work they are.
    """

    unit: Unit
    rule: AllocationRule
    before: HandlerId
    options: tuple[HandlerId, ...]
    size: int

    @property
    def newest_first(self) -> tuple[int, str]:
        placed = [case.standing.placed_on for case in self.unit.cases]
        return -max(day.toordinal() if day is not None else 0 for day in placed), self.unit.key

    @property
    def row(self) -> tuple[str, tuple[HandlerId, ...], int, int]:
        """What matters to the sum and to the room: whoever has the same may go instead."""
        return self.rule.name, self.options, self.size, len(self.unit.cases)


def even_queues(
    book: Book,
    policy: AllocationPolicy,
    *,
    loads: Mapping[HandlerId, int],
    on: date,
    new_today: Mapping[HandlerId, int] = NOBODY_NEW,
    carried: Mapping[HandlerId, Carried] | None = None,
    failed: Failed = NOBODY_FAILED,
    rules: Collection[str] | None = None,
    keep: Collection[str] = (),
    tolerance: int = 1,
    moves_most: int | None = None,
) -> EvenQueues:
    """
    Propose moves that even out the queues of handlers inside of the house.

    Queues are compared in units of work, by what each may have where all have such a limit. Each move makes the sum of squares smaller, so
    that the two queues differ by less after it than before; where they are compared as they are, none that was shorter becomes longer
    than the other was. Unless *moves_most* ended the first, a second proposal after it was carried out is empty. Nobody is given more than
    fits, what they may not have, or part of a person. Who came last goes first.

    Args:
        book: Accounts with who owes them, in any order, all accounts of a person together.
        policy: Handlers and rules.
        loads: Open accounts of each handler in all (`loads_of`).
        on: The business date.
        new_today: Accounts that each handler was given on that day already (`new_on`).
        carried: As `allocate` takes it.
        failed: Handlers that had an account before and gave it back without success.
        rules: Names of the rules whose queues are evened; None: those that share in turns, by load or by lot, without shares.
        keep: Accounts that stay where they are, such as those that somebody has a lease on.
        tolerance: By so many units of work a queue may be longer than another.
        moves_most: How many accounts may move at most; None: no limit.

    Raises:
        ValidationError: A rule that is not in the policy, a tolerance below 0, or an account that came twice; nothing was proposed.
    """
    evened = _evened(policy, rules)
    if type(tolerance) is not int or tolerance < 0:
        raise ValidationError(f"a tolerance is a whole number of at least 0, got {tolerance!r}; nothing was proposed")
    pairs = list(book)
    cases = read(pairs, policy, on, failed)
    inside = {handler.id: handler for handler in policy.handlers if not handler.kind.outside}
    movable, stays = _movable(cases, policy, evened, inside, frozenset(keep))
    carried = carried_of(pairs, policy) if carried is None else carried
    desks = Desks(
        policy.handlers,
        loads,
        new_today,
        {case.standing.account: case.standing.handler for case in cases},
        {case.standing.account: Weight(case.units, case.standing.currency, case.standing.outstanding_minor) for case in cases},
        carried,
    )
    named = [id for id in inside if any(id in rule.handlers for rule in policy.rules if rule.name in evened)]
    run = _Run(movable, cases, [inside[id] for id in named], desks, tolerance, moves_most)
    moves = run.moves()
    return EvenQueues(moves, run.queues(), stays)


def _evened(policy: AllocationPolicy, rules: Collection[str] | None) -> frozenset[str]:
    if rules is None:
        return frozenset(rule.name for rule in policy.rules if rule.distribution in EVENED and not rule.shares_bp)
    known = [rule.name for rule in policy.rules]
    unknown = sorted(set(rules) - set(known))
    if unknown:
        raise ValidationError(f"queues are evened for rules of the policy, {', '.join(known)}, not {unknown[0]!r}; nothing was proposed")
    return frozenset(rules)


def _movable(
    cases: Sequence[Case], policy: AllocationPolicy, evened: frozenset[str], inside: Mapping[HandlerId, Handler], keep: frozenset[str]
) -> tuple[list[_Movable], dict[Staying, int]]:
    """Return who may go to somebody else, and why others of these rules may not."""
    found, stays = list[_Movable](), Counter[Staying]()
    frozen = [case for case in cases if case.frozen]
    stays[Staying.HOLD] += sum(case.standing.handler in inside and any(rule.name in evened for rule in case.rules) for case in frozen)
    stopped, formed = {case.standing.person for case in frozen}, units(cases, policy, seed=0)
    together = Counter(unit.cases[0].standing.person for unit in formed)
    for unit in formed:
        holders, person = {case.standing.handler for case in unit.cases}, unit.cases[0].standing.person
        holder = next((id for id in inside if id in holders), None)
        place = unit.choice(holder)
        if holder is None or place is None or unit.choices[place].rule.name not in evened:
            continue
        options = tuple(id for id in unit.choices[place].open if id in inside and unit.choice(id) == place)
        one = _Movable(unit, unit.choices[place].rule, holder, options, sum(case.units for case in unit.cases))
        why = _staying(one, keep, stopped=person in stopped, apart=len(holders) > 1 or together[person] > 1)
        if why is None:
            found.append(one)
        else:
            stays[why] += len(unit.cases)
    return found, {why: stays[why] for why in Staying if stays[why]}


def _staying(one: _Movable, keep: frozenset[str], *, stopped: bool, apart: bool) -> Staying | None:
    against = {
        Staying.HOLD: stopped,
        Staying.KEPT: not keep.isdisjoint(one.unit.accounts),
        Staying.AGREED: any(exempt(case.standing) for case in one.unit.cases),
        Staying.APART: apart,
        Staying.ALONE: not set(one.options) - {one.before},
    }
    return next((why for why, holds in against.items() if holds), None)


_Row: TypeAlias = tuple[HandlerId, tuple[str, tuple[HandlerId, ...], int, int]]


class _Run:
    """One proposal: always the move that evens out most, until none does."""

    def __init__(
        self,
        movable: Iterable[_Movable],
        cases: Iterable[Case],
        handlers: Sequence[Handler],
        desks: Desks,
        tolerance: int,
        moves_most: int | None,
    ) -> None:
        self._handlers, self._desks, self._tolerance = handlers, desks, tolerance
        self._left = moves_most
        self._limits = _limits(handlers)
        self._accounts, self._queue = Counter[HandlerId](), Counter[HandlerId]()
        for case in cases:
            if case.out is None and case.standing.handler is not None:
                self._accounts[case.standing.handler] += 1
                self._queue[case.standing.handler] += case.units
        self._before = {handler.id: (self._accounts[handler.id], self._queue[handler.id]) for handler in handlers}
        self._at = dict[str, HandlerId]()
        self._units = {one.unit.key: one for one in movable}
        # Whoever is alike in what matters stands in one row, the one who goes first in front.
        self._rows: defaultdict[_Row, list[_Movable]] = defaultdict(list)
        for one in sorted(self._units.values(), key=lambda one: one.newest_first):
            self._at[one.unit.key] = one.before
            self._rows[one.before, one.row].append(one)

    def moves(self) -> tuple[QueueMove, ...]:
        """Return the moves, by account id; whoever goes twice goes to where they end."""
        texts = dict[str, str]()
        while (best := self._best()) is not None:
            one, to = best
            holder = self._at[one.unit.key]
            has = f"{holder} has {self._queue[holder]} units of work and {to} {self._queue[to]}"
            texts[one.unit.key] = f"{has}; rule {one.rule.name} names both"
            self._carry_out(one, to)
        found = [
            QueueMove(case.standing.account, case.standing.person, one.before, self._at[key], one.rule.name, texts[key])
            for key, one in self._units.items()
            if self._at[key] != one.before
            for case in one.unit.cases
        ]
        return tuple(sorted(found, key=lambda move: move.account))

    def queues(self) -> tuple[QueueLine, ...]:
        """Return the queues as they were and as they would be."""
        return tuple(
            QueueLine(
                handler.id,
                self._before[handler.id][0],
                self._accounts[handler.id],
                self._before[handler.id][1],
                self._queue[handler.id],
                self._limits.get(handler.id),
            )
            for handler in self._handlers
        )

    def _best(self) -> tuple[_Movable, HandlerId] | None:
        """Return the move that makes the sum of squares smallest, and fits; None when none makes it smaller."""
        ways = sorted(self._ways(), key=lambda way: (-way[0], way[1], way[2]))
        return next(((one, to) for _, to, key in ways for one in self._rows[key] if self._may_go(one, to)), None)

    def _ways(self) -> Iterator[tuple[Fraction, HandlerId, _Row]]:
        for key, row in self._rows.items():
            holder, (_, options, size, _) = key
            for to in options if row else ():
                longer = self._level(holder) - self._level(to)
                gain = size * (2 * longer - Fraction(size, self._weight(holder)) - Fraction(size, self._weight(to)))
                if gain > 0 and longer * self._weight(to) > self._tolerance:
                    yield gain, to, key

    def _may_go(self, one: _Movable, to: HandlerId) -> bool:
        more = len(one.unit.cases) if self._at[one.unit.key] == one.before else 0
        return (self._left is None or more <= self._left) and self._desks.full(to, one.unit.accounts) is None

    def _level(self, handler: HandlerId) -> Fraction:
        return Fraction(self._queue[handler], self._weight(handler))

    def _weight(self, handler: HandlerId) -> int:
        return max(1, self._limits.get(handler, 1))

    def _carry_out(self, one: _Movable, to: HandlerId) -> None:
        holder, accounts = self._at[one.unit.key], len(one.unit.cases)
        self._rows[holder, one.row].remove(one)
        insort(self._rows[to, one.row], one, key=lambda other: other.newest_first)
        self._at[one.unit.key] = to
        for handler, sign in ((holder, -1), (to, 1)):
            self._queue[handler] += sign * one.size
            self._accounts[handler] += sign * accounts
        if self._left is not None:
            self._left += accounts * ((to == one.before) - (holder == one.before))
        for account in one.unit.accounts:
            self._desks.give(account, to)


def _limits(handlers: Iterable[Handler]) -> dict[HandlerId, int]:
    """Return by what queues are compared: what each may have in units or accounts, where all have such a limit."""
    handlers = list(handlers)
    for limits in ({h.id: h.units_most for h in handlers}, {h.id: h.capacity for h in handlers}):
        known = {id: limit for id, limit in limits.items() if limit is not None}
        if known and len(known) == len(handlers):
            return known
    return {}
