"""What each person or team did about one account: the parts of which every figure of productivity is the sum.

A part names its account, so that each figure can list the accounts behind it, and its person, so that intervals can rest on people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TypeAlias

import attrs

from collectkit._checks import aware
from collectkit.allocation import lifecycle
from collectkit.arrangements.promises import Promise, PromiseState, PromiseVerdict
from collectkit.calendars.dates import local_date
from collectkit.calendars.periods import require_period
from collectkit.facts import AccountFacts, promise_states
from collectkit.holds import EFFECTS, Effect, HoldKind, blocked
from collectkit.identifiers import AccountId, PersonId, PromiseId, account_ids
from collectkit.person.dispositions import Counter as Counts
from collectkit.reports.attribution import NOBODY, Attribution, Told, credits, takings
from collectkit.standing import Standing

Read: TypeAlias = Callable[[AccountFacts, date], Standing]
"""How an account stood on a day."""

States: TypeAlias = Callable[[AccountFacts, date], Sequence[PromiseState]]
"""What the promises of an account had come to by the end of a day."""


@attrs.frozen
class JudgedContact:
    """
    A contact that somebody made, and whether the law permitted it when it was made.

    Attributes:
        collector: Who made it.
        accounts: About which accounts; it stands with the first of them.
        at: When; aware.
        permitted: Whether the rules permitted it at that instant, by what was known then.
        rules: Ids of the rules that stood against it; empty for none.
    """

    collector: str
    accounts: tuple[AccountId, ...] = attrs.field(converter=account_ids)
    at: datetime = attrs.field(validator=aware)
    permitted: bool
    rules: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen
class WorkPart:
    """
    What one person or team did about one account, and what of it counts for each figure.

    Attributes:
        worker: Id of the collector or handler; empty for what nobody did or earned.
        currency: ISO 4217 code.
        account: Which.
        person: Who owes it.
        attempts: Tries to reach somebody, of what was recorded with a result.
        connects: Of all that was recorded, that in which somebody or a mailbox answered.
        conversations: That with the right person, whoever called whom.
        reached: The attempts that came to a conversation with the right person.
        promises: Promises taken.
        promised: The conversations in which one was taken.
        kept_minor: What was promised by those that were judged kept, minor units.
        worked: 1 when they recorded a result about it, or made a contact.
        credited_minor: What of the money of the period is theirs, minor units.
        workable: 1 when they had the account and it could be worked.
        covered: 1 when they had it, it could be worked, and they worked it.
        promises_due: Promises they took whose last day was over in the period.
        promises_kept: Of these, kept.
        due_minor: What was promised by them, minor units.
        honored_minor: What of that was paid, minor units; of a promise that was kept, all of it.
        contacts: Contacts that they made and that were judged.
        permitted: Of these, permitted by law.
    """

    worker: str
    currency: str
    account: AccountId
    person: PersonId
    attempts: int = 0
    connects: int = 0
    conversations: int = 0
    reached: int = 0
    promises: int = 0
    promised: int = 0
    kept_minor: int = 0
    worked: int = 0
    credited_minor: int = 0
    workable: int = 0
    covered: int = 0
    promises_due: int = 0
    promises_kept: int = 0
    due_minor: int = 0
    honored_minor: int = 0
    contacts: int = 0
    permitted: int = 0


def under_standard_policy(account: AccountFacts, as_of: date) -> Sequence[PromiseState]:
    """Return what the promises of an account had come to by the end of a day, under the policy that a host has who says nothing else."""
    return promise_states(account, as_of)


@attrs.frozen(kw_only=True)
class Measured:
    """
    What is measured, and by what.

    Attributes:
        first: First day of the period, inclusive.
        last: Last day, inclusive.
        zone: Business zone, for the days of conversations and contacts.
        attribution: Who earns a payment.
        read: How an account stood on a day; None leaves coverage out.
        states: What promises came to; by default under the standard policy of promises.
        teams: The handler for which each collector works, where that is not the collector themself.
        ceased: People who asked that contact cease.
        effects: What each kind of hold stops.

    Raises:
        TimeError: The last day is before the first.
    """

    first: date
    last: date
    zone: str
    attribution: Attribution
    read: Read | None = None
    states: States = under_standard_policy
    teams: Mapping[str, str] = MappingProxyType({})
    ceased: Collection[PersonId] = ()
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS

    def __attrs_post_init__(self) -> None:
        require_period(self.first, self.last, "nothing was counted")

    def within(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.first <= day <= self.last


def parts_of(account: AccountFacts, contacts: Iterable[JudgedContact], measured: Measured) -> Iterator[WorkPart]:
    """
    Yield what each did about one account, by worker.

    Args:
        account: Which.
        contacts: Contacts about it that were judged, of any day.
        measured: What is measured.
    """
    told = [(local_date(one.at, measured.zone), one) for one in account.interactions]
    made = [(local_date(one.at, measured.zone), one) for one in contacts]
    worked = [*((day, one.interaction.collector) for day, one in told), *((day, one.collector) for day, one in made)]
    done: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for worker, name, number in (
        *_work(account, told, measured),
        *((worker, "credited_minor", part) for worker, part in credits(account, told, measured.attribution, measured.first, measured.last)),
        *_coverage(account, worked, measured),
        *_quality(account, told, measured),
        *((one.collector, name, number) for day, one in made if measured.within(day) for name, number in _compliance(one)),
        *((worker, "worked", 1) for worker in {worker for day, worker in worked if measured.within(day)}),
    ):
        done[worker][name] += number
    currency, id, person = account.plan.currency, account.account.id, account.account.consumer
    for worker in sorted(done):
        yield WorkPart(worker, currency, id, person, **done[worker])


def _work(account: AccountFacts, told: Told, measured: Measured) -> Iterator[tuple[str, str, int]]:
    kept = _kept_minor(account)
    names = {Counts.ATTEMPT: "attempts", Counts.CONNECT: "connects", Counts.RIGHT_PARTY: "conversations", Counts.PROMISE: "promises"}
    for day, one in told:
        if not measured.within(day):
            continue
        worker, counted = one.interaction.collector, set(one.counters)
        yield from ((worker, names[count], 1) for count in one.counters)
        yield worker, "reached", int({Counts.ATTEMPT, Counts.RIGHT_PARTY} <= counted)
        yield worker, "promised", int({Counts.PROMISE, Counts.RIGHT_PARTY} <= counted)
    for promise, (day, one) in takings(told).items():
        if measured.within(day):
            yield one.interaction.collector, "kept_minor", kept[promise]


def _kept_minor(account: AccountFacts) -> Counter[PromiseId]:
    """Return what was kept of each promise, of a series all its items together, by what is believed now."""
    believed = {judged.id: judged.verdict for judged in account.judged}
    found = Counter[PromiseId]()
    for promise in account.promises:
        found[promise.group] += promise.amount.minor if believed.get(promise.id) is PromiseVerdict.KEPT else 0
    return found


def _coverage(account: AccountFacts, worked: Sequence[tuple[date, str]], measured: Measured) -> Iterator[tuple[str, str, int]]:
    """Yield for whoever had the account whether it could be worked, and whether they worked it while they had it."""
    if measured.read is None or account.account.consumer in measured.ceased:
        return
    workable, covered = dict[str, bool](), dict[str, bool]()
    for held in lifecycle(account.moves, account.progress, {}):
        handler, since = str(held.placement.handler), max(held.placement.since, measured.first)
        until = measured.last if held.ended_on is None else min(measured.last, held.ended_on - timedelta(days=1))
        if since > until or not any(_can_be_worked(measured.read(account, day), measured) for day in {since, until}):
            continue
        mine = any(since <= day <= until and handler in (who, measured.teams.get(who)) for day, who in worked)
        workable[handler], covered[handler] = True, covered.get(handler, False) or mine
    for handler in workable:
        yield handler, "workable", 1
        yield handler, "covered", int(covered[handler])


def _can_be_worked(standing: Standing, measured: Measured) -> bool:
    stopped = blocked(standing.holds, measured.effects) if standing.holds else frozenset[Effect]()
    return standing.closed_on is None and standing.past_due_minor > 0 and stopped.isdisjoint({Effect.CONTACT, Effect.CONTACT_LIMITED})


def _quality(account: AccountFacts, told: Told, measured: Measured) -> Iterator[tuple[str, str, int]]:
    """Yield for whoever took a promise what was promised, once its last day is over, and what of it was paid."""
    if not account.promises:
        return
    taken, states = takings(told), measured.states(account, measured.last)
    replaced = [state.promise for state in states if state.verdict is PromiseVerdict.SUPERSEDED]
    for state in states:
        promise = state.promise
        over = state.closes_on < measured.last and measured.first <= state.closes_on + timedelta(days=1)
        if not over or state.verdict in _NOT_JUDGED or (promise in replaced and _as_good(promise, replaced, account.promises)):
            continue
        entry = taken.get(promise.group)
        worker = entry[1].interaction.collector if entry is not None else promise.evidence.taken_by or NOBODY
        kept, minor = state.verdict is PromiseVerdict.KEPT, promise.amount.minor
        yield worker, "promises_due", 1
        yield worker, "promises_kept", int(kept)
        yield worker, "due_minor", minor
        yield worker, "honored_minor", minor if kept else min(minor, state.counted_minor)


_NOT_JUDGED = frozenset({PromiseVerdict.OPEN, PromiseVerdict.INVALIDATED})


def _as_good(promise: Promise, replaced: Iterable[Promise], known: Iterable[Promise]) -> bool:
    """Tell whether what took the place of a promise is at least as much by the same day; of a series all that was open of it by then."""

    def by_then(promises: Iterable[Promise], groups: Collection[PromiseId]) -> int:
        return sum(one.amount.minor for one in promises if one.group in groups and one.due_on <= promise.due_on)

    known = list(known)
    heirs = {one.group for one in known if one.replaces in (promise.id, promise.group)}
    return by_then(known, heirs) >= by_then(replaced, {promise.group})


def _compliance(one: JudgedContact) -> tuple[tuple[str, int], ...]:
    return ("contacts", 1), ("permitted", int(one.permitted))
