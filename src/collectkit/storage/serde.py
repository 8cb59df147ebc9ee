"""The closed union of events: every body that may be stored, by the name under which it is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import TypeVar

from collectkit.account import AccountClosed, AccountOpened
from collectkit.actions import ActJudged, ActPermitted, ActRefused, ActSettled, PurchasingDecided, StepTaken
from collectkit.alerts import AlertMoved, AlertRaised
from collectkit.allocation.visits import CashHandedIn, CashTaken
from collectkit.approvals import (
    ActDenied,
    ActDone,
    ApprovalDeclined,
    ApprovalGiven,
    ApprovalRequested,
    ApprovalUsed,
    ConfigurationActivated,
)
from collectkit.arrangements.bidding import BidAnswered, NegotiationStarted
from collectkit.arrangements.hardship import HardshipGranted
from collectkit.arrangements.living import ArrangementEnded, ArrangementJudged, ArrangementProposed, ArrangementStarted
from collectkit.arrangements.payment_plans import PlanQuoted
from collectkit.arrangements.promises import PaymentNamed, PromiseCancelled, PromiseJudged, PromiseMade
from collectkit.arrangements.series import PromiseSeriesMade
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementOffered, SettlementVoided
from collectkit.court import AccountReferred, CourtStepTaken, DocumentReceived
from collectkit.errors import IntegrityBreachError
from collectkit.events import GENESIS, Context, Envelope, Event
from collectkit.experiments import ExperimentEntered
from collectkit.holds import CaseMoved, HoldExtended, HoldLifted, HoldPlaced
from collectkit.ledger import (
    AccountChargedOff,
    AccountWrittenOff,
    CashRefunded,
    ChargeAssessed,
    ChargebackPosted,
    ChargeWaived,
    CreditPosted,
    CreditRefunded,
    EntryUndone,
    PaymentPosted,
    PaymentReversed,
    PlanReaged,
    PlanReamortized,
    PlanRescheduled,
    RetriesEnded,
)
from collectkit.ledger.suspense import MoneyReleased, MoneySuspended
from collectkit.notes import NoteAdded
from collectkit.person import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactRecorded,
    ContactSettled,
    ContactStopped,
    ErasureDeferred,
    LegalHoldLifted,
    LegalHoldPlaced,
    NoticeServed,
    NoticeVoided,
    PersonalDataRead,
    PersonChanged,
    PersonErased,
    PersonRegistered,
    PersonsMerged,
    PersonsUnmerged,
    PreferenceSet,
    WishTakenBack,
)
from collectkit.person.dispositions import InteractionRecorded
from collectkit.placement import AccountBoughtBack, AccountPlaced, AccountRecalled, AccountSold, PlacementMoved, RecallAnnounced
from collectkit.schedules import LateFeeRefused
from collectkit.servicing.delivery import DeliveryReported
from collectkit.servicing.next_best import NextActionChosen
from collectkit.servicing.notices import NoticeEscalated
from collectkit.servicing.runs import AccountReleased, AccountSetAside
from collectkit.servicing.switches import HandOversResumed, HandOversStopped
from collectkit.storage.codec import codec_for
from collectkit.storage.store import Record
from collectkit.storage.written import WrittenOpened

_CLASSES: tuple[type[Event], ...] = (
    AccountBoughtBack,
    AccountChargedOff,
    AccountClosed,
    AccountOpened,
    AccountPlaced,
    AccountRecalled,
    AccountReferred,
    AccountReleased,
    AccountSetAside,
    AccountSold,
    AccountWrittenOff,
    ActDenied,
    ActDone,
    ActJudged,
    ActPermitted,
    ActRefused,
    ActSettled,
    ApprovalDeclined,
    ApprovalGiven,
    ApprovalRequested,
    ApprovalUsed,
    BidAnswered,
    CaseMoved,
    CashHandedIn,
    CashRefunded,
    CashTaken,
    ChargeAssessed,
    ChargeWaived,
    ChargebackPosted,
    ConfigurationActivated,
    ConsentGiven,
    ConsentWithdrawn,
    ContactRecorded,
    ContactSettled,
    ContactStopped,
    CourtStepTaken,
    CreditPosted,
    CreditRefunded,
    DeliveryReported,
    DocumentReceived,
    EntryUndone,
    ErasureDeferred,
    HandOversResumed,
    HandOversStopped,
    HoldExtended,
    HoldLifted,
    HoldPlaced,
    InteractionRecorded,
    LateFeeRefused,
    LegalHoldLifted,
    LegalHoldPlaced,
    MoneyReleased,
    MoneySuspended,
    NegotiationStarted,
    NoteAdded,
    NoticeEscalated,
    NoticeServed,
    NoticeVoided,
    PaymentNamed,
    PaymentPosted,
    PaymentReversed,
    PersonChanged,
    PersonErased,
    PersonRegistered,
    PersonsMerged,
    PersonsUnmerged,
    PersonalDataRead,
    PlanReaged,
    PlanReamortized,
    PlanRescheduled,
    PlacementMoved,
    PreferenceSet,
    PromiseCancelled,
    PromiseJudged,
    PromiseMade,
    PromiseSeriesMade,
    RecallAnnounced,
    RetriesEnded,
    ArrangementEnded,
    ArrangementJudged,
    ArrangementProposed,
    ArrangementStarted,
    HardshipGranted,
    PlanQuoted,
    SettlementFulfilled,
    SettlementOffered,
    SettlementVoided,
    StepTaken,
    PurchasingDecided,
    ExperimentEntered,
    NextActionChosen,
    AlertRaised,
    AlertMoved,
    WishTakenBack,
)

EVENT_TYPES: MappingProxyType[str, type[Event]] = MappingProxyType({cls.TYPE: cls for cls in _CLASSES})
"""Every event that can be stored, by name and schema version."""

_WRITERS: dict[type[Event], Callable[[Event], str]] = {cls: codec_for(cls).write for cls in _CLASSES} | {WrittenOpened: attrgetter("text")}

EventT = TypeVar("EventT", bound=Event)


def write_event(body: Event) -> str:
    """Return the canonical JSON text of an event body."""
    return _WRITERS[type(body)](body)


def read_event(type_: str, text: str) -> Event:
    """
    Return the event that was stored as *text* under the name *type_*.

    Raises:
        IntegrityBreachError: No such event is known here, or the text is not one.
    """
    cls = EVENT_TYPES.get(type_)
    if cls is None:
        text = f"event type {type_!r} is unknown to this release; open the store with the newer one that wrote it; nothing was read"
        raise IntegrityBreachError(text)
    return codec_for(cls).read(text)


def write_context(context: Context) -> str:
    """Return the canonical JSON text of a commit's context."""
    return codec_for(Context).write(context)


# What was committed together has one context.
@lru_cache(maxsize=1_024)
def read_context(text: str) -> Context:
    """Return the context that `write_context` wrote."""
    return codec_for(Context).read(text)


def envelopes_of(records: Iterable[Record]) -> list[Envelope]:
    """Return the events of a stream that was read from its first record on."""
    previous, envelopes = GENESIS, []
    for one in records:
        body = read_event(one.type, one.body)
        envelopes.append(Envelope(one.stream, one.version, body, read_context(one.context), previous, one.digest))
        previous = one.digest
    return envelopes
