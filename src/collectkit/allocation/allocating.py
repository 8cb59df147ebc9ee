"""Who gets which account: ordered rules, shared out by a strategy, with as few moves as the rules permit.

An account stays with whoever has it while a rule names that handler, unless an earlier rule that matches has room
for it. A second run on the same facts moves nothing; the order in which accounts are given never matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

import attrs

from collectkit.allocation._units import NOBODY_FAILED, Book, Case, Failed, Out, Unit, read, units
from collectkit.allocation.capacity import Carried, Desks, Weight, carried_of
from collectkit.allocation.eligibility import NotEligible, WhyNot
from collectkit.allocation.net_back import Worth, net_back
from collectkit.allocation.policies import AllocationPolicy, AllocationRule, WhenFull
from collectkit.allocation.registry import STRATEGIES
from collectkit.allocation.strategies import Desk, Request, Strategy, checked
from collectkit.errors import PolicyError
from collectkit.identifiers import AccountId, HandlerId, PersonId

NOBODY_NEW: Mapping[HandlerId, int] = MappingProxyType({})

_OUT_TEXTS: Mapping[Out, str] = MappingProxyType(
    {
        Out.CLOSED: "the account is closed",
        Out.PAID: "nothing is left to be paid",
        Out.HOLD: "a hold takes the account back",
        Out.NOT_STARTED: "the purchase lies ahead",
    }
)


@attrs.frozen
class Allocation:
    """
    Where one account belongs after a run.

    Attributes:
        account: Which.
        person: Who owes it.
        handler: With whom; None for nobody.
        before: With whom it was before the run.
        rule: Name of the rule that names the handler; empty without one.
        why: Sentences for a person.
        why_not: The other handlers that the rules asked first name, and why the account is not with them.
    """

    account: AccountId
    person: PersonId
    handler: HandlerId | None
    before: HandlerId | None
    rule: str
    why: tuple[str, ...]
    why_not: tuple[WhyNot, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether the account changes hands."""
        return self.handler != self.before


def allocate(
    book: Book,
    policy: AllocationPolicy,
    *,
    loads: Mapping[HandlerId, int],
    on: date,
    seed: int,
    new_today: Mapping[HandlerId, int] = NOBODY_NEW,
    carried: Mapping[HandlerId, Carried] | None = None,
    strategies: Mapping[str, Strategy] = STRATEGIES,
    worth: Worth = net_back,
    failed: Failed = NOBODY_FAILED,
) -> tuple[Allocation, ...]:
    """
    Decide for each account who has it.

    All accounts of a person go to one handler where one can take them all, or wait together for room. Give all
    accounts of a person in one call; shares count the accounts of the call, so that they are exact over a whole book.

    Args:
        book: Accounts with who owes them, in any order.
        policy: Handlers and rules.
        loads: Open accounts of each handler in all, those of *book* among them (`loads_of`).
        on: The business date.
        seed: Changes who is served first when room is short, and nothing else.
        new_today: Accounts that each handler was given on that day already (`new_on`).
        carried: What the open accounts of each handler count for in units of work and in what is outstanding, those of *book* among
            them (`carried_of`); None: *book* holds all accounts of handlers with such a limit.
        strategies: By the name that a rule gives as its distribution.
        failed: Handlers that had an account before and gave it back without success; it does not go back to them.
        worth: What a handler is expected to bring in net from an account, minor units; for strategies that ask.

    Returns:
        One answer an account, sorted by account id.

    Raises:
        ValidationError: An account came twice.
        PolicyError: A rule names a strategy that is not there.
        PluginFaultError: A strategy chose a handler that is not eligible or has no room.
    """
    for rule in policy.rules:
        if rule.distribution not in strategies:
            known = ", ".join(sorted(strategies))
            raise PolicyError(f"allocation rule {rule.name!r} is shared by {known}, not by {rule.distribution!r}; nothing was placed")
    book = list(book)
    carried = carried_of(book, policy) if carried is None else carried
    run = _Run(read(book, policy, on, failed), policy, loads, new_today, carried, strategies, worth, on=on, seed=seed)
    run.release()
    run.improve()
    run.place()
    return run.result()


class _Run:
    """One run: first who must leave leaves, then who can come nearer to its rule moves, then who has nobody is placed.

    Room only shrinks in the last stage, and the stage before ends when no move is possible: that is why a second
    run finds nothing to do.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        policy: AllocationPolicy,
        loads: Mapping[HandlerId, int],
        new_today: Mapping[HandlerId, int],
        carried: Mapping[HandlerId, Carried],
        strategies: Mapping[str, Strategy],
        worth: Worth,
        *,
        on: date,
        seed: int,
    ) -> None:
        self._cases = cases
        self._policy = policy
        self._strategies = strategies
        self._worth = worth
        self._handlers = {handler.id: handler for handler in policy.handlers}
        self._key = f"{seed}/{on.isoformat()}"
        self._units = units(cases, policy, seed)
        # A closed account takes up no room, so that taking it back frees none.
        holders = {case.standing.account: None if case.out is Out.CLOSED else case.standing.handler for case in cases}
        weights = {case.standing.account: Weight(case.units, case.standing.currency, case.standing.outstanding_minor) for case in cases}
        self._desks = Desks(policy.handlers, loads, new_today, holders, weights, carried)

    def release(self) -> None:
        """Take accounts from handlers whom nothing names for them any more."""
        of = {account: unit for unit in self._units for account in unit.accounts}
        for case in self._cases:
            account, unit = case.standing.account, of.get(case.standing.account)
            kept = case.frozen if unit is None else unit.choice(case.standing.handler) is not None
            if not kept:
                self._desks.give(account, None)

    def improve(self) -> None:
        """Move who has a handler to an earlier rule with room, and bring people's accounts together, until nothing moves."""
        placed = [unit for unit in self._units if self._home(unit) is not None]
        moving = True
        while moving:
            moving = False
            for rule in self._policy.rules:
                movers = [unit for unit in placed if self._would_leave_for(unit, rule)]
                moving |= bool(self._share(rule, movers))
            gathered = [self._gather(unit) for unit in placed]
            moving |= any(gathered)

    def place(self) -> None:
        """Give who has nobody to the first rule with room."""
        waiting = [unit for unit in self._units if self._home(unit) is None]
        for rule in self._policy.rules:
            asking = [unit for unit in waiting if any(choice.rule is rule for choice in unit.choices)]
            served = self._share(rule, asking)
            leaving = {unit.key for unit in asking} if rule.when_full is WhenFull.PARK else served
            waiting = [unit for unit in waiting if unit.key not in leaving]

    def _home(self, unit: Unit) -> tuple[int, tuple[HandlerId, ...]] | None:
        """Return the first choice that names a present holder, and those holders: who has most first."""
        holders = Counter(self._desks.holder(account) for account in unit.accounts)
        for place, choice in enumerate(unit.choices):
            present = [handler for handler in choice.handlers if holders[handler]]
            if present:
                return place, tuple(sorted(present, key=lambda handler: -holders[handler]))
        return None

    def _would_leave_for(self, unit: Unit, rule: AllocationRule) -> bool:
        home = self._home(unit)
        return home is not None and any(choice.rule is rule for choice in unit.choices[: home[0]])

    def _gather(self, unit: Unit) -> bool:
        """Bring the accounts of a unit to one of its holders that has room for the others; tell whether any moved."""
        home = self._home(unit)
        for handler in home[1] if home is not None else ():
            apart = [account for account in unit.accounts if self._desks.holder(account) != handler]
            if not apart:
                return False
            if self._desks.full(handler, apart) is None:
                self._give(unit, handler)
                return True
        return False

    def _give(self, unit: Unit, handler: HandlerId) -> None:
        for account in unit.accounts:
            if self._desks.holder(account) != handler:
                self._desks.give(account, handler)

    def _share(self, rule: AllocationRule, asking: Sequence[Unit]) -> set[str]:
        """Let the rule's strategy share out these units; return the keys of those that found a place."""
        choices = [(unit, next(choice for choice in unit.choices if choice.rule is rule).open) for unit in asking]
        able = [(unit, handlers) for unit, handlers in choices if handlers]
        if not able:
            return set()
        requests = tuple(self._request(unit, handlers) for unit, handlers in able)
        desks = self._rule_desks(rule)
        answer = self._strategies[rule.distribution].distribute(requests, desks, f"{self._key}/{rule.name}")
        served: set[str] = set()
        for (unit, _), handler in zip(able, checked(rule.distribution, answer, requests, desks), strict=True):
            if handler is not None:
                self._give(unit, handler)
                served.add(unit.key)
        return served

    def _request(self, unit: Unit, handlers: tuple[HandlerId, ...]) -> Request:
        standings = [case.standing for case in unit.cases]
        values = tuple(sum(self._worth(self._handlers[handler], standing) for standing in standings) for handler in handlers)
        return unit.request(handlers, values)

    def _rule_desks(self, rule: AllocationRule) -> tuple[Desk, ...]:
        held: Counter[HandlerId | None] = Counter()
        if rule.shares_bp:
            for unit in self._units:
                home = self._home(unit)
                if home is not None and unit.choices[home[0]].rule is rule:
                    held.update(self._desks.holder(account) for account in unit.accounts)
        return tuple(self._desks.desk(handler, held=held[handler], share_bp=rule.share_bp(handler)) for handler in rule.handlers)

    def result(self) -> tuple[Allocation, ...]:
        """Return the answer for every account, with its reasons."""
        of = {account: unit for unit in self._units for account in unit.accounts}
        return tuple(self._allocation(case, of.get(case.standing.account)) for case in self._cases)

    def _allocation(self, case: Case, unit: Unit | None) -> Allocation:
        standing = case.standing
        handler = self._desks.holder(standing.account)
        place = unit.choice(handler) if unit is not None and handler is not None else None
        rule = unit.choices[place].rule if unit is not None and place is not None else None
        why = self._why(case, unit, handler, rule)
        why_not = () if case.out is not None or case.frozen else tuple(self._why_not(case, unit, handler, rule))
        return Allocation(standing.account, standing.person, handler, standing.handler, rule.name if rule else "", why, why_not)

    def _why(self, case: Case, unit: Unit | None, handler: HandlerId | None, rule: AllocationRule | None) -> tuple[str, ...]:
        if case.out is not None:
            return (f"with nobody: {_OUT_TEXTS[case.out]}",)
        if case.frozen:
            return (f"stays with {handler or 'nobody'}: a hold stops placement",)
        if not case.rules:
            return ("with nobody: no allocation rule matches",)
        if unit is None:
            return ("with nobody: no handler whom the rules name can take the account",)
        together = (f"together with {len(unit.cases) - 1} more of the same person",) if len(unit.cases) > 1 else ()
        if handler is None or rule is None:
            return ("with nobody: the handlers who can take it have no room", *together)
        condition = f" ({rule.when})" if rule.when is not None else ""
        verb = "stays" if handler == case.standing.handler else "goes"
        verb = f"{verb} {'with' if verb == 'stays' else 'to'}"
        return (f"{verb} {handler}: rule {rule.name}{condition}, shared {rule.distribution}", *together)

    def _why_not(self, case: Case, unit: Unit | None, handler: HandlerId | None, rule: AllocationRule | None) -> Iterable[WhyNot]:
        """Explain each other handler named by the rules up to the one that decided, or by all when none did."""
        asked = unit.cases[0].rules if unit is not None else case.rules
        until = asked.index(rule) + 1 if rule is not None else len(asked)
        accounts = unit.accounts if unit is not None else (case.standing.account,)
        for other in dict.fromkeys(h for one in asked[:until] for h in one.handlers if h != handler):
            refused = case.refusals.get(other) or (unit.cases[0].refusals.get(other) if unit is not None else None)
            full = self._desks.full(other, accounts)
            if refused is not None:
                yield refused
            elif unit is not None and unit.choice(other) is None:
                yield WhyNot(other, NotEligible.COHESION, "cannot take every account of the same person")
            elif full is not None:
                yield full
            else:
                given = f"shared {rule.distribution}, rule {rule.name} chose {handler}" if rule is not None else "waits for an earlier rule"
                yield WhyNot(other, NotEligible.SHARE, given)
