"""What is known of one account: its events, folded into one frozen object. No meaning is computed here but two:
who holds it on a day, and what became of its promises.

Recorded beliefs (how a payment was split, what a promise was judged to be) are kept for the difference, and no
meaning is read from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import attrs

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.actions import ActRefused, PurchasingDecided, StepTaken
from collectkit.arrangements.bidding import BidAnswered, NegotiationStarted
from collectkit.arrangements.hardship import HardshipGranted
from collectkit.arrangements.judging import judge_all
from collectkit.arrangements.living import (
    Arrangement,
    ArrangementEnded,
    ArrangementEvent,
    ArrangementJudged,
    ArrangementProposed,
    ArrangementStarted,
    ArrangementState,
    arrangement_states,
    arrangements_of,
    days_in_force,
)
from collectkit.arrangements.payment_plans import PlanQuoted
from collectkit.arrangements.promises import (
    PaymentNamed,
    Promise,
    PromiseCancelled,
    PromiseJudged,
    PromiseMade,
    PromisePolicy,
    PromiseState,
)
from collectkit.arrangements.series import PromiseSeries, PromiseSeriesMade
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementOffered, SettlementVoided
from collectkit.errors import IntegrityBreachError
from collectkit.experiments import ExperimentEntered
from collectkit.holds import CaseMoved, Hold, HoldExtended, HoldLifted, HoldPlaced, extended
from collectkit.identifiers import NoteId
from collectkit.ledger import (
    AccountChargedOff,
    AccountWrittenOff,
    CashRefunded,
    ChargeAssessed,
    ChargebackPosted,
    ChargeWaived,
    CreditPosted,
    CreditRefunded,
    Entry,
    EntryUndone,
    Payment,
    PaymentPosted,
    PaymentReversed,
    PlanReaged,
    PlanReamortized,
    PlanRescheduled,
    RetriesEnded,
    WriteOff,
)
from collectkit.notes import NoteAdded
from collectkit.person.dispositions import InteractionRecorded
from collectkit.placement import AccountPlaced, AccountRecalled, Placement, PlacementMoved
from collectkit.schedules import (
    INSTALLMENT_FIRST,
    Book,
    ContractFact,
    LateFeeRefused,
    Plan,
    PostingRules,
    Waterfall,
    counting,
    replay,
    standing_reversals,
)
from collectkit.schedules.opening import plan_of


@attrs.frozen
class AccountFacts:
    """
    All that was recorded about one account, each list in the order of the stream.

    Attributes:
        account: The header with its plan.
        entries: Payments, reversals, charges and waivers, each once.
        promises: Promises made, the items of series after the others.
        cancelled: Promises withdrawn.
        judged: What was believed of promises.
        holds: Holds on this account, as their extensions left them; those on the person stand with the person.
        lifted: Holds lifted.
        moves: Placements and recalls.
        progress: How far placements came while a handler had the account.
        steps: Treatment steps that fired.
        closed: How the account was closed, or None.
        notes: Ids of the notes.
        series: Promises made in several parts.
        extensions: Decisions that a hold goes on.
        cases: Moves of the cases behind holds.
        agreed: What was recorded of payment plans, settlements and relief.
        retries: Installments that nobody tries to collect by itself any more.
        fees_refused: Late fees that fell due and were not charged.
        bids: What was recorded of negotiations.
        interactions: What was done about the account.
        named: For which promise the customer said that a payment is.
    """

    account: Account
    entries: tuple[Entry, ...] = ()
    promises: tuple[Promise, ...] = ()
    cancelled: tuple[PromiseCancelled, ...] = ()
    judged: tuple[PromiseJudged, ...] = ()
    holds: tuple[Hold, ...] = ()
    lifted: tuple[HoldLifted, ...] = ()
    moves: tuple[Placement | AccountRecalled, ...] = ()
    progress: tuple[PlacementMoved, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    closed: AccountClosed | None = None
    notes: tuple[NoteId, ...] = ()
    series: tuple[PromiseSeries, ...] = ()
    extensions: tuple[HoldExtended, ...] = ()
    cases: tuple[CaseMoved, ...] = ()
    agreed: tuple[ArrangementEvent, ...] = ()
    retries: tuple[RetriesEnded, ...] = ()
    fees_refused: tuple[LateFeeRefused, ...] = ()
    bids: tuple[NegotiationStarted | BidAnswered, ...] = ()
    interactions: tuple[InteractionRecorded, ...] = ()
    named: tuple[PaymentNamed, ...] = ()

    @property
    def arrangements(self) -> tuple[Arrangement, ...]:
        """Return the payment plans, settlements and reliefs, each as what was recorded of it left it."""
        return arrangements_of(self.agreed)

    @property
    def plan(self) -> Plan:
        """Return the plan of the account."""
        return plan_of(self.account)

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Return every placement, ended or not."""
        return tuple(move for move in self.moves if isinstance(move, Placement))

    @property
    def recalls(self) -> tuple[AccountRecalled, ...]:
        """Return every recall."""
        return tuple(move for move in self.moves if isinstance(move, AccountRecalled))


# For each event class: the list it adds to, and the attribute of the event that is added; empty for the event itself.
_KEPT: Mapping[type, tuple[str, str]] = {
    AccountOpened: ("opened", "account"),
    AccountClosed: ("closed", ""),
    PaymentPosted: ("entries", "payment"),
    PaymentReversed: ("entries", "reversal"),
    ChargeAssessed: ("entries", "charge"),
    ChargeWaived: ("entries", "waiver"),
    CreditPosted: ("entries", "credit"),
    CashRefunded: ("entries", "refund"),
    ChargebackPosted: ("entries", "chargeback"),
    CreditRefunded: ("entries", "refund"),
    AccountChargedOff: ("entries", "charge_off"),
    AccountWrittenOff: ("entries", "write_off"),
    PlanReaged: ("entries", "reage"),
    PlanReamortized: ("entries", "reamortize"),
    PlanRescheduled: ("entries", "reschedule"),
    EntryUndone: ("entries", "undo"),
    RetriesEnded: ("retries", ""),
    LateFeeRefused: ("fees_refused", ""),
    PromiseMade: ("promises", "promise"),
    PromiseSeriesMade: ("series", "series"),
    **dict.fromkeys(
        (
            PlanQuoted,
            SettlementOffered,
            HardshipGranted,
            ArrangementProposed,
            ArrangementStarted,
            ArrangementEnded,
            ArrangementJudged,
            SettlementFulfilled,
            SettlementVoided,
        ),
        ("agreed", ""),
    ),
    NegotiationStarted: ("bids", ""),
    BidAnswered: ("bids", ""),
    InteractionRecorded: ("interactions", ""),
    PaymentNamed: ("named", ""),
    PromiseCancelled: ("cancelled", ""),
    PromiseJudged: ("judged", ""),
    HoldPlaced: ("holds", "hold"),
    HoldLifted: ("lifted", ""),
    HoldExtended: ("extensions", ""),
    CaseMoved: ("cases", ""),
    AccountPlaced: ("moves", "placement"),
    AccountRecalled: ("moves", ""),
    PlacementMoved: ("progress", ""),
    StepTaken: ("steps", ""),
    NoteAdded: ("notes", "note"),
    **dict.fromkeys((ActRefused, PurchasingDecided, ExperimentEntered), ("told_elsewhere", "")),
}


def fold_account(bodies: Iterable[object]) -> AccountFacts | None:
    """
    Fold the events of one account's stream.

    Args:
        bodies: The events, in the order of the stream; an entry, promise or hold that was recorded twice counts once.

    Returns:
        None when no event opens the account.

    Raises:
        IntegrityBreachError: An event that is none of an account's, or two facts of one kind and id that differ.
    """
    lists: dict[str, list[Any]] = {}
    for body in bodies:
        kept = _KEPT.get(type(body))
        if kept is None:
            raise IntegrityBreachError(f"a {type(body).__name__} is no event of an account; nothing was computed")
        name, part = kept
        fact = getattr(body, part) if part else body
        held = lists.get(name)
        if held is None:
            lists[name] = [fact]
        else:
            held.append(fact)
    opened = lists.pop("opened", None)
    if opened is None:
        return None
    lists.pop("told_elsewhere", None)
    closed = lists.pop("closed", None) or _closed_by_write_off(lists.get("entries", ()))
    if "series" in lists:
        lists["promises"] = [*lists.get("promises", ()), *[item for series in lists["series"] for item in series.promises()]]
    account = _once(opened)[0]
    # The rest of a settlement is given up by its fulfilment, and revives by its end: both are entries of the account.
    for event in lists.get("agreed", ()):
        given = event.credit if type(event) is SettlementFulfilled else event.undo if type(event) is SettlementVoided else None
        if given is not None:
            lists.setdefault("entries", []).append(given)
    if "extensions" in lists:
        lists["holds"] = list(extended(_once(lists.get("holds", [])), lists["extensions"]))
    return AccountFacts(
        account,
        closed=closed[-1] if closed else None,
        **{name: _once(held) if name in _IDENTIFIED else tuple(held) for name, held in lists.items()},
    )


def _closed_by_write_off(entries: Iterable[Any]) -> list[AccountClosed]:
    """Return the closing that a write-off means, as long as it is not undone."""
    if not any(isinstance(entry, WriteOff) for entry in entries):
        return []
    counted = counting(list(entries))
    return [AccountClosed(one.account, one.value_on, "written_off") for one in counted if isinstance(one, WriteOff)]


_IDENTIFIED = frozenset({"entries", "promises", "holds", "series", "retries"})


def _once(facts: list[Any]) -> tuple[Any, ...]:
    """Return each fact once, in the order given."""
    if len(facts) < 2:
        return tuple(facts)
    by_id = {(type(fact), fact.id): fact for fact in reversed(facts)}
    if len(by_id) == len(facts):
        return tuple(facts)
    for fact in facts:
        if by_id[type(fact), fact.id] != fact:
            raise IntegrityBreachError(f"two facts under the id '{fact.id}' differ; nothing was computed")
    return tuple(by_id[key] for key in dict.fromkeys((type(fact), fact.id) for fact in facts))


def placement_on(facts: AccountFacts, on: date) -> Placement | None:
    """Return the placement in force on that day; of several moves on one day the last recorded decides."""
    held: Placement | None = None
    for move in sorted((move for move in facts.moves if _day_of(move) <= on), key=_day_of):
        if isinstance(move, Placement):
            held = move
        elif held is not None and held.handler == move.handler:
            held = None
    return held


def _day_of(move: Placement | AccountRecalled) -> date:
    return move.since if isinstance(move, Placement) else move.on


def rules_for(facts: AccountFacts, waterfall: Waterfall | PostingRules, as_of: date) -> Waterfall | PostingRules:
    """
    Return the rules by which money is applied on one account: with the facts of its contract, where rules ask for them.

    Those are the law that the contract names, and what was agreed: each payment plan, settlement and relief for the days on which it
    was in force by what is known at the end of *as_of*. They follow from what was agreed and paid, never from how money was applied.
    """
    if not isinstance(waterfall, PostingRules) or not waterfall.chosen:
        return waterfall
    known = [ContractFact("jurisdiction", facts.account.region)] if facts.account.region else []
    if facts.agreed and any(rule.arrangement for rule in waterfall.chosen):
        payments = [entry for entry in facts.entries if type(entry) is Payment]
        reversals = standing_reversals(facts.entries, as_of)
        states = arrangement_states(facts.arrangements, facts.account.id, payments, reversals, as_of=as_of)
        known += [ContractFact("arrangement", *days) for days in days_in_force(states)]
    return attrs.evolve(waterfall, facts=(*waterfall.facts, *known)) if known else waterfall


def book_of(facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST) -> Book:
    """Return how the account stands on a day; entries of that day count."""
    return replay(facts.plan, facts.entries, as_of=as_of, waterfall=rules_for(facts, waterfall, as_of))


def promise_states(
    facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST, policy: PromisePolicy = PromisePolicy()
) -> tuple[PromiseState, ...]:
    """
    Tell what each promise of the account has come to by the end of a day, the one due first in front.

    A refund or waiver that left less to pay than was promised lowers the promise, as the account stood on its last day. A
    promise is about what was owed when it was made; a larger one about what falls due by its date; a still larger one about
    all that was outstanding.
    """
    if not facts.promises:
        return ()
    payments = [entry for entry in facts.entries if type(entry) is Payment]
    reversals, rules = standing_reversals(facts.entries, as_of), rules_for(facts, waterfall, as_of)
    taken_back = {reversal.payment for reversal in reversals if reversal.value_on <= as_of}
    # A payment that bounced later had never been money, so it cannot have cleared the debt on any day.
    known = [entry for entry in facts.entries if not (type(entry) is Payment and entry.id in taken_back)]

    def unpaid(on: date) -> list[tuple[date, int]]:
        book = replay(facts.plan, known, as_of=on, waterfall=rules)
        return [(due_on, book.unpaid_of(due)) for due, due_on in enumerate(book.due_on)]

    def remaining(promise: Promise, on: date) -> int:
        left, opens_on = unpaid(on), promise.opens_on
        when_made = sum(minor for due_on, minor in left if due_on <= opens_on)
        if when_made >= promise.amount.minor:
            return when_made
        # What is paid on the day on which it was made counts for it, so what it is about stood open the evening before.
        before = unpaid(opens_on - timedelta(days=1))
        about = next(
            (day for day in (opens_on, promise.due_on) if promise.amount.minor <= sum(minor for due_on, minor in before if due_on <= day)),
            date.max,
        )
        return sum(minor for due_on, minor in left if due_on <= about)

    cancelled, named = facts.cancelled, facts.named
    return judge_all(
        facts.promises, payments, reversals, as_of=as_of, policy=policy, cancelled=cancelled, remaining_minor=remaining, named=named
    )


def agreed_states(
    facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST, outstanding_minor: int | None = None
) -> tuple[ArrangementState, ...]:
    """
    Tell what each payment plan, settlement and relief has come to for the account by the end of a day.

    Args:
        facts: All that is known of the account.
        as_of: The day.
        waterfall: In which order payments settle what is owed.
        outstanding_minor: What is outstanding at the end of the day, when that is at hand.
    """
    if not facts.agreed:
        return ()

    def outstanding() -> int:
        if outstanding_minor is not None:
            return outstanding_minor
        return book_of(facts, as_of, waterfall=waterfall).balances().outstanding_minor

    payments = [entry for entry in facts.entries if type(entry) is Payment]
    reversals = standing_reversals(facts.entries, as_of)
    return arrangement_states(facts.arrangements, facts.account.id, payments, reversals, as_of=as_of, outstanding_minor=outstanding)
