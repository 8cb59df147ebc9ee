"""What is known of one account: its events, folded into one frozen object. No meaning is computed here.

Recorded beliefs (how a payment was split, what a promise was judged to be) are kept for the difference, and no
meaning is read from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.actions import ActRefused, PurchasingDecided, StepTaken
from collectkit.arrangements.bidding import BidAnswered, NegotiationStarted
from collectkit.arrangements.hardship import HardshipGranted
from collectkit.arrangements.living import (
    Arrangement,
    ArrangementEnded,
    ArrangementEvent,
    ArrangementJudged,
    ArrangementProposed,
    ArrangementStarted,
    arrangements_of,
)
from collectkit.arrangements.payment_plans import PlanQuoted
from collectkit.arrangements.promises import (
    PaymentNamed,
    Promise,
    PromiseCancelled,
    PromiseJudged,
    PromiseMade,
)
from collectkit.arrangements.series import PromiseSeries, PromiseSeriesMade
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementOffered, SettlementVoided
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.court import AccountReferred, CourtEvent, CourtStepTaken, DocumentReceived
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
from collectkit.placement import (
    AccountBoughtBack,
    AccountPlaced,
    AccountRecalled,
    AccountSold,
    Placement,
    PlacementMoved,
    RecallAnnounced,
)
from collectkit.schedules import (
    LateFeeRefused,
    Plan,
    counting,
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
        closed: How the account was closed, or None; a sale closes it, until it is bought back.
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
        still: Days on which holds keep what was promised or agreed; told by `kept_still`, because the person's holds and the host's
            matrix are not of this stream.
        sales: Sales of the account, and what was bought back.
        notices: Recalls of which its handler was told ahead.
        court: Referrals to law firms, documents that they got, and what happened in court.
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
    still: Spans = NO_DAYS
    sales: tuple[AccountSold | AccountBoughtBack, ...] = ()
    notices: tuple[RecallAnnounced, ...] = ()
    court: tuple[CourtEvent, ...] = ()

    @property
    def arrangements(self) -> tuple[Arrangement, ...]:
        """Return the payment plans, settlements and reliefs, each as what was recorded of it left it."""
        return arrangements_of(self.agreed)

    @property
    def sale(self) -> AccountSold | None:
        """Return the sale that stands; None when it was never sold or is ours again."""
        last = self.sales[-1] if self.sales else None
        return last if isinstance(last, AccountSold) else None

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
    RecallAnnounced: ("notices", ""),
    **dict.fromkeys((AccountSold, AccountBoughtBack), ("sales", "")),
    **dict.fromkeys((AccountReferred, DocumentReceived, CourtStepTaken), ("court", "")),
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
    sold = lists["sales"][-1] if not closed and "sales" in lists else None
    if isinstance(sold, AccountSold):
        closed = [AccountClosed(sold.account, sold.on, "sold")]
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
    folded: dict[str, Any] = {name: _once(held) if name in _IDENTIFIED else tuple(held) for name, held in lists.items()}
    return AccountFacts(account, closed=closed[-1] if closed else None, **folded)


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
