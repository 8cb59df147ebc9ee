"""What a run reads of each account before it places any: which rules match, who could take it, who belongs together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

import attrs

from collectkit.allocation.eligibility import NotEligible, WhyNot, eligible
from collectkit.allocation.handlers import Handler
from collectkit.allocation.paper import stratum_of
from collectkit.allocation.policies import AllocationPolicy, AllocationRule
from collectkit.allocation.rooms import Request
from collectkit.allocation.strategies import stable_number
from collectkit.allocation.workload import work_units
from collectkit.errors import ValidationError
from collectkit.holds import Effect, blocked
from collectkit.identifiers import AccountId, HandlerId, derived
from collectkit.person import Consumer
from collectkit.segments import view
from collectkit.standing import Standing

Book: TypeAlias = Iterable[tuple[Standing, Consumer | None]]
"""Accounts with the person who owes each; None where nothing is known of them."""


Failed: TypeAlias = Mapping[AccountId, frozenset[HandlerId]]
"""Handlers that had an account before and gave it back without success."""

NOBODY_FAILED: Failed = MappingProxyType({})


class Out(Enum):
    """Why an account is with nobody, whatever the rules say, in order of precedence."""

    CLOSED = "closed"
    PAID = "paid"
    HOLD = "hold"
    """A hold takes it back from whoever works outside of the house."""
    NOT_STARTED = "not_started"


@attrs.frozen
class Case:
    """
    One account as the rules see it.

    Attributes:
        standing: The account.
        consumer: Who owes it, when that is known.
        out: Why it is with nobody; None when the rules may be asked.
        frozen: A hold stops placement: it stays where it is, or with nobody.
        rules: Rules whose condition it certainly meets, in order.
        refusals: Why each handler whom these rules name cannot take it; the others can.
        barred: Handlers that failed with it before.
        segment: Name of its segment; empty for none.
        units: How many units of work it is.
    """

    standing: Standing
    consumer: Consumer | None
    out: Out | None
    frozen: bool = False
    rules: tuple[AllocationRule, ...] = ()
    refusals: Mapping[HandlerId, WhyNot] = attrs.field(factory=dict)
    barred: frozenset[HandlerId] = frozenset()
    segment: str = ""
    units: int = 1

    @property
    def placeable(self) -> bool:
        """Whether some rule names a handler that can take it."""
        return any(handler not in self.refusals for rule in self.rules for handler in rule.handlers)


@attrs.frozen
class Choice:
    """A rule, and those of its handlers that can take every account of a unit, in the rule's order."""

    rule: AllocationRule
    handlers: tuple[HandlerId, ...]

    @property
    def open(self) -> tuple[HandlerId, ...]:
        """The handlers that may be given something new: a share of zero keeps what it has and gets no more."""
        return tuple(h for h in self.handlers if not self.rule.shares_bp or self.rule.share_bp(h) > 0)


@attrs.frozen
class Unit:
    """
    Accounts of one person that go to one handler together.

    Attributes:
        key: Names it, the same in every run.
        cases: Its accounts, the worst first; the worst decides which rules are asked.
        choices: Rules with handlers that can take all of it, in order; never empty.
    """

    key: str
    cases: tuple[Case, ...]
    choices: tuple[Choice, ...]

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """The ids of its accounts, the worst first."""
        return tuple(case.standing.account for case in self.cases)

    def request(self, handlers: tuple[HandlerId, ...], values: tuple[int, ...]) -> Request:
        """Return the unit as a strategy sees it: who may have it, and what each is expected to bring in net."""
        standings = [case.standing for case in self.cases]
        outstanding = Counter[str]()
        for standing in standings:
            outstanding[standing.currency] += standing.outstanding_minor
        return Request(
            self.key,
            len(standings),
            handlers,
            sum(outstanding.values()),
            stratum_of(standings[0]),
            values,
            sum(case.units for case in self.cases),
            tuple(outstanding.items()),
        )

    def choice(self, handler: HandlerId | None) -> int | None:
        """Return the place of the first choice that names *handler*, or None."""
        return next((place for place, choice in enumerate(self.choices) if handler in choice.handlers), None)


def read(book: Book, policy: AllocationPolicy, on: date, failed: Failed = NOBODY_FAILED) -> tuple[Case, ...]:
    """
    Read every account, sorted by id.

    Raises:
        ValidationError: An account came twice; nothing was placed.
    """
    pairs = sorted(book, key=lambda pair: pair[0].account)
    for (first, _), (then, _) in pairwise(pairs):
        if first.account == then.account:
            raise ValidationError(f"account {first.account} came twice, but has one handler at most; nothing was placed")
    handlers = {handler.id: handler for handler in policy.handlers}
    nobody = frozenset[HandlerId]()
    today = [(standing.on(on), consumer) for standing, consumer in pairs]
    return tuple(
        _case(standing, consumer, policy, handlers, failed.get(standing.account, nobody), count)
        for (standing, consumer), count in zip(today, work_units(today, policy), strict=True)
    )


def _case(
    standing: Standing,
    consumer: Consumer | None,
    policy: AllocationPolicy,
    handlers: Mapping[HandlerId, Handler],
    failed: frozenset[HandlerId],
    units: int,
) -> Case:
    stopped = blocked(standing.holds, policy.effects) if standing.holds else frozenset[Effect]()
    out = _out(standing, stopped, handlers)
    if out is not None:
        return Case(standing, consumer, out, units=units)
    facts = view(standing, consumer)
    rules = tuple(rule for rule in policy.rules if rule.takes(facts))
    named, segment = dict.fromkeys(handler for rule in rules for handler in rule.handlers), policy.segment(standing, consumer)
    case = Case(standing, consumer, None, Effect.PLACEMENT in stopped, rules, {}, failed - {standing.handler}, segment, units)
    answers = {id: _why_not(case, handlers[id]) for id in named}
    return attrs.evolve(case, refusals={id: why_not for id, why_not in answers.items() if why_not is not None})


def _why_not(case: Case, handler: Handler) -> WhyNot | None:
    """Return why a handler cannot take an account, whatever room it has; None when it can."""
    found = eligible(handler, case.standing, case.consumer, case.standing.as_of, segment=case.segment)
    if found is None and handler.id in case.barred:
        return WhyNot(handler.id, NotEligible.FAILED_BEFORE, "had the account before and gave it back without success")
    return found


def _out(standing: Standing, stopped: frozenset[Effect], handlers: Mapping[HandlerId, Handler]) -> Out | None:
    match standing.state:
        case "closed":
            return Out.CLOSED
        case "paid":
            return Out.PAID
        case "not_started":
            return Out.NOT_STARTED
    # What a hold takes back is taken back from outside; our own people go on looking after it.
    holder = handlers.get(standing.handler) if standing.handler is not None else None
    outside = holder is None or holder.kind.outside
    return Out.HOLD if Effect.RECALL in stopped and outside else None


def units(cases: Iterable[Case], policy: AllocationPolicy, seed: int) -> tuple[Unit, ...]:
    """
    Put together the accounts of each person that one handler could take; the order depends on the seed alone.

    The rules of a person's worst account decide. Where no handler whom they name can take all of the person's
    accounts, each goes its own way.
    """
    handlers = {handler.id: handler for handler in policy.handlers}
    people: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.out is None and not case.frozen and case.placeable:
            people[case.standing.person].append(case)
    found = [unit for person, theirs in people.items() for unit in _units_of(person, sorted(theirs, key=_worst_first), handlers)]
    found = _told_apart(found)
    return tuple(sorted(found, key=lambda unit: (stable_number(f"{seed}/{unit.key}"), unit.key)))


def _told_apart(found: list[Unit]) -> list[Unit]:
    """Give another key to an account on its own that is called like another unit: ids may hold slashes of their own."""
    often = Counter(unit.key for unit in found)
    return [
        attrs.evolve(unit, key=derived(case.standing.person, case.standing.account, room=0))
        if often[unit.key] > 1 and unit.key != (case := unit.cases[0]).standing.person
        else unit
        for unit in found
    ]


def _worst_first(case: Case) -> tuple[int, int, str]:
    standing = case.standing
    return (-standing.operational_days_past_due, -standing.outstanding_minor, standing.account)


def _units_of(person: str, cases: Sequence[Case], handlers: Mapping[HandlerId, Handler]) -> list[Unit]:
    together = _choices(cases, handlers)
    if together:
        return [Unit(person, tuple(cases), together)]
    return [Unit(f"{person}/{case.standing.account}", (case,), _choices([case], handlers)) for case in cases]


def _choices(cases: Sequence[Case], handlers: Mapping[HandlerId, Handler]) -> tuple[Choice, ...]:
    worst, others = cases[0], cases[1:]

    def can_take_all(id: HandlerId) -> bool:
        return id not in worst.refusals and all(_why_not(case, handlers[id]) is None for case in others)

    able = {id: can_take_all(id) for id in dict.fromkeys(h for rule in worst.rules for h in rule.handlers)}
    found = [Choice(rule, tuple(h for h in rule.handlers if able[h])) for rule in worst.rules]
    return tuple(choice for choice in found if choice.handlers)
