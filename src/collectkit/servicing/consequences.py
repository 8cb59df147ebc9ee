"""What a command changed beyond what it recorded: the past that is told otherwise now, account by account.

A fact that comes in order changes nothing that was believed. One that comes late, is taken back or corrected changes where money
lies, how late the account was, which fees are founded, what its promises came to, what an agency earned, and what a bureau is told. What
was done meanwhile stays done: contacts made in the belief of then are listed for a person to look at, and so are reports to be corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Generic, TypeVar

import attrs

from collectkit.allocation.commission import Mandate, applied_of, statement
from collectkit.allocation.contracts import Contract
from collectkit.allocation.lifecycle import Stage
from collectkit.arrangements.promises import PromisePolicy
from collectkit.calendars.dates import local_date
from collectkit.delinquency.reported import ReportedChange
from collectkit.facts import AccountFacts, book_of
from collectkit.holds import EFFECTS, Effect, HoldKind
from collectkit.identifiers import AccountId, EntryId, HandlerId, MessageId
from collectkit.ledger import Chargeback, Entry, Reversal, Undo, order_key
from collectkit.money import Money
from collectkit.placement import Placement
from collectkit.schedules import INSTALLMENT_FIRST, FeeCorrection, LateFeePolicy, PostingRules, Waterfall, review_fees
from collectkit.servicing.dispatch import Dispatch, DispatchState
from collectkit.servicing.hindsight import Hindsight, PersonHolds, compare_facts

__all__ = ["AccountChange", "CommissionChange", "Explained", "account_change", "commission_changes", "rewrites_the_past"]

OutcomeT = TypeVar("OutcomeT")
_MADE = frozenset({DispatchState.SENT, DispatchState.UNKNOWN})
_TAKES_BACK = (Chargeback, Reversal, Undo)


@attrs.frozen
class CommissionChange:
    """What a handler earned on an account by the day: by what was believed, and by what is known now, in minor units."""

    handler: HandlerId
    before_minor: int
    after_minor: int


@attrs.frozen
class AccountChange:
    """
    What became different on one account.

    Attributes:
        account: Which.
        hindsight: Money, lateness, promises and unfounded fees of the business date: believed then, true now.
        fees: What the next night corrects of late fees: taken back, revived, given up in part. What that means for limits of the person,
            and for fees of their other accounts, the night finds out.
        commissions: What handlers with a contract earned otherwise.
        contacts: Contacts made since the day that the fact is about, in the belief of then; nothing is taken back of them.
        reports: Of the days on which the account was reported to a bureau, what is to be corrected.
    """

    account: AccountId
    hindsight: Hindsight
    fees: tuple[FeeCorrection, ...] = ()
    commissions: tuple[CommissionChange, ...] = ()
    contacts: tuple[MessageId, ...] = ()
    reports: tuple[ReportedChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hindsight or self.fees or self.commissions or self.reports)

    def __str__(self) -> str:
        return "\n".join([f"account {self.account}, {self.hindsight}", *self._lines()])

    def _lines(self) -> Iterator[str]:
        currency = self.hindsight.now.plan.currency
        for fee in self.fees:
            yield f"  {fee.id}: {fee.reason}"
        for one in self.commissions:
            after, before = (Money.aggregate(minor, currency) for minor in (one.after_minor, one.before_minor))
            yield f"  {one.handler} earned {after} instead of {before}"
        for report in self.reports:
            yield f"  {report}"
        if self.contacts:
            yield f"  contacts made meanwhile, to be looked at: {', '.join(self.contacts)}"


@attrs.frozen
class Explained(Generic[OutcomeT]):
    """
    What a command answered, and what it changed of the past; nothing for a fact that came in order.

    Attributes:
        outcome: The command's own answer.
        changes: By account; only those on which something became different.
    """

    outcome: OutcomeT
    changes: tuple[AccountChange, ...] = ()

    def __str__(self) -> str:
        return "\n".join(map(str, self.changes)) or "nothing of the past is different"


def rewrites_the_past(before: AccountFacts, after: AccountFacts, on: date) -> bool:
    """
    Tell whether what was recorded last changes what was believed before: it takes back, comes out of order, or is dated back.

    Args:
        before: The account as it was known.
        after: The same with what was recorded.
        on: The business date.
    """
    added = _added(before, after)
    last = max(map(order_key, before.entries), default=None)
    return any(
        isinstance(entry, _TAKES_BACK) or entry.value_on < on or (last is not None and entry.value_on <= on and order_key(entry) < last)
        for entry in added
    )


def _added(before: AccountFacts, after: AccountFacts) -> list[Entry]:
    known = {(type(entry), entry.id) for entry in before.entries}
    return [entry for entry in after.entries if (type(entry), entry.id) not in known]


def account_change(
    before: AccountFacts,
    after: AccountFacts,
    on: date,
    *,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
    promise_policy: PromisePolicy = PromisePolicy(),
    late_fees: LateFeePolicy | None = None,
    contracts: Mapping[str, Contract] | None = None,
    contacts: Iterable[Dispatch] = (),
    reported_on: Iterable[date] = (),
    person: PersonHolds = ((), ()),
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
    zone: str = "UTC",
) -> AccountChange:
    """
    Explain what became different on one account.

    Args:
        before: As it was known.
        after: As it is known now.
        on: The business date that is compared; entries of that day count.
        waterfall: In which order payments settle what is owed.
        promise_policy: When a promise counts as kept.
        late_fees: Whether fees on returned goods are given up.
        contracts: With agencies, by handler; without one nothing is said of commission.
        contacts: All about the account, made or not.
        reported_on: Days as of which the account was reported to a bureau.
        person: Holds on the person, which may forbid reporting.
        effects: What each kind of hold stops.
        zone: IANA zone of the business day, for the days of contacts.
    """

    def compared(day: date) -> Hindsight:
        held = {"person_then": person, "person_now": person}
        return compare_facts(before, after, day, waterfall=waterfall, promise_policy=promise_policy, **held, effects=effects)

    told = compared(on)
    since = min((_about(entry, after) for entry in _added(before, after)), default=on)
    made = [one for one in contacts if one.state in _MADE and since <= _day_of(one.begun_at, zone, on) <= on]
    return AccountChange(
        after.account.id,
        told,
        review_fees(told.now, late_fees, account=after.account.id),
        commission_changes(before, after, contracts or {}, on, waterfall=waterfall),
        tuple(one.id for one in made) if told.lateness is not None or told.unfounded or told.promises else (),
        tuple(report for day in sorted(set(reported_on)) if day <= on and (report := compared(day).reported) is not None),
    )


def _day_of(at: datetime | None, zone: str, otherwise: date) -> date:
    return otherwise if at is None else local_date(at, zone)


def _about(entry: Entry, facts: AccountFacts) -> date:
    """Return the first day that an entry says something about; what takes back speaks of the day of what it takes."""
    if isinstance(entry, _TAKES_BACK):
        target = entry.entry if isinstance(entry, Undo) else entry.payment
        return min([entry.value_on, *(one.value_on for one in facts.entries if one.id == target and one is not entry)])
    return entry.value_on


def commission_changes(
    before: AccountFacts,
    after: AccountFacts,
    contracts: Mapping[str, Contract],
    on: date,
    *,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
) -> tuple[CommissionChange, ...]:
    """
    Return what each handler with a contract earned otherwise on an account by a day, inclusive; see `collectkit.allocation.statement`.

    What was outstanding and how old the debt was on the day of the placement stands as it was known then. Every placement with a
    contract counts as of the first stage outside. Rates by what was collected in a month see this account alone.
    """
    found = []
    for handler in dict.fromkeys(move.handler for move in after.moves if isinstance(move, Placement) and move.handler in contracts):
        contract = contracts[handler]
        earned = [
            statement(list(_mandates(before, facts, contract, waterfall)), contract, first=date.min, last=on).commission_minor
            for facts in (before, after)
        ]
        if earned[0] != earned[1]:
            found.append(CommissionChange(HandlerId(handler), earned[0], earned[1]))
    return tuple(found)


def _mandates(known: AccountFacts, facts: AccountFacts, contract: Contract, waterfall: Waterfall | PostingRules) -> Iterator[Mandate]:
    """Yield the times that a contract's handler had an account, with the movements of *facts* and the figures that were *known*."""
    applied: Mapping[EntryId, Mapping[str, int]] = {}
    if contract.excluded_components:
        applied = applied_of(facts.entries, lambda day: book_of(facts, day, waterfall=waterfall))
    moves = sorted(facts.moves, key=lambda move: move.since if isinstance(move, Placement) else move.on)
    for place, move in enumerate(moves):
        if not isinstance(move, Placement) or move.handler != contract.handler:
            continue
        ended = next((later.since if isinstance(later, Placement) else later.on for later in moves[place + 1 :]), None)
        held = book_of(known, move.since, waterfall=waterfall).balances()
        oldest = held.oldest_unpaid_due_on
        age = max(0, (move.since - oldest).days) if oldest is not None else 0
        yield Mandate(
            facts.account.id,
            move.since,
            held.outstanding_minor,
            age,
            Stage.PRIMARY,
            facts.entries,
            product=facts.account.product,
            ended_on=ended,
            applied=applied,
        )
