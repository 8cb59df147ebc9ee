"""Strategies for recorded events, one for each name under which an event is stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.actions import ActionKind, ActJudged, ActRefused, BudgetUse, Judged, Proposal, PurchasingDecided, StepTaken
from collectkit.alerts import AlertMoved, AlertRaised, AlertState
from collectkit.approvals import (
    ActDenied,
    ActDone,
    ApprovalDeclined,
    ApprovalGiven,
    ApprovalRequested,
    ApprovalUsed,
    ConfigurationActivated,
)
from collectkit.arrangements import PaymentNamed, PromiseCancelled, PromiseJudged, PromiseMade, PromiseSeriesMade, PromiseVerdict
from collectkit.arrangements.bidding import Bid, BidAnswered, NegotiationStarted
from collectkit.arrangements.hardship import HardshipGranted
from collectkit.arrangements.living import (
    ArrangementEnded,
    ArrangementJudged,
    ArrangementProposed,
    ArrangementStarted,
    ArrangementStatus,
)
from collectkit.arrangements.negotiation import Answer
from collectkit.arrangements.payment_plans import PlanQuoted
from collectkit.arrangements.series import Item
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementOffered, SettlementVoided
from collectkit.calendars.dates import Interval
from collectkit.channels.outcomes import STATUSES, DeliveryReport
from collectkit.events import Event
from collectkit.experiments import ExperimentEntered
from collectkit.holds import CaseMoved, HoldExtended, HoldLifted, HoldPlaced
from collectkit.identifiers import AccountId, ArrangementId, CommandId, EntryId, HandlerId, HoldId, MessageId, NoteId, PersonId, PromiseId
from collectkit.ledger import (
    CREDIT_KINDS,
    MOVEMENT_TYPES,
    AccountChargedOff,
    AccountWrittenOff,
    Application,
    CashRefund,
    CashRefunded,
    Chargeback,
    ChargebackPosted,
    ChargeOff,
    Credit,
    CreditPosted,
    CreditRefund,
    CreditRefunded,
    EntryUndone,
    PaymentPosted,
    PaymentReversed,
    PlanReaged,
    PlanReamortized,
    PlanRescheduled,
    Reage,
    Reamortize,
    Reschedule,
    RetriesEnded,
    Reversal,
    Undo,
    WriteOff,
)
from collectkit.ledger.suspense import MoneyReleased, MoneySuspended
from collectkit.money import Money
from collectkit.notes import NoteAdded
from collectkit.person import (
    Consent,
    ConsentGiven,
    ConsentWithdrawn,
    Contact,
    ContactRecorded,
    ContactSettled,
    ContactStopped,
    ErasureDeferred,
    LegalHoldLifted,
    LegalHoldPlaced,
    Notice,
    NoticeServed,
    NoticeVoided,
    PersonalDataRead,
    PersonChanged,
    PersonErased,
    PersonRegistered,
    PersonsMerged,
    PersonsUnmerged,
    Preference,
    PreferenceSet,
    Stop,
    TakenBack,
    WishTakenBack,
)
from collectkit.person.dispositions import Counter, Interaction, InteractionRecorded
from collectkit.placement import AccountPlaced, AccountRecalled, Placement, PlacementMoved
from collectkit.principals import Act, DoneAct
from collectkit.servicing.delivery import DeliveryReported
from collectkit.servicing.next_best import Considered, NextActionChosen
from collectkit.servicing.notices import NoticeEscalated
from collectkit.servicing.runs import AccountReleased, AccountSetAside
from collectkit.servicing.switches import HandOversResumed, HandOversStopped, KillSwitch
from collectkit.testing._court_strategies import COURT
from collectkit.testing._fee_strategies import FEES
from collectkit.testing._host_act_strategies import HOST_ACT_EVENTS
from collectkit.testing._sale_strategies import SALES
from collectkit.testing.strategies import (
    days,
    hardships,
    holds,
    instants,
    minor_units,
    payment_plans,
    payments,
    plans,
    promise_series,
    promises,
    settlements,
)


def _texts(most: int = 12) -> SearchStrategy[str]:
    """Return texts in normal form C, the form in which every text is stored."""
    drawn = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=most)
    return drawn.map(partial(unicodedata.normalize, "NFC"))


_account = AccountId("a-1")
_person = PersonId("c-1")
_money = st.builds(Money, minor_units(), st.just("USD"))
_plain = st.text(st.sampled_from("abcdef"), min_size=1, max_size=8)
_channels = st.sampled_from(["sms", "email", "phone"])
_considered = st.builds(
    Considered, st.just(MessageId("m-1")), _texts(), _channels, st.just(()) | st.just(("r-1",)), st.integers(0, 10_000), minor_units(0)
)

_consents = st.builds(Consent, st.just(_person), _plain, _channels, instants(), _plain, _plain)
_contacts = st.builds(
    Contact, st.just(_person), instants(), _channels, _plain, st.just((_account,)), _plain, message=st.just(MessageId("m-1"))
)
_reversals = st.builds(Reversal, st.just(EntryId("r-1")), st.just(_account), st.just(EntryId("p-1")), days(), _plain)
_parts = st.lists(st.builds(Application, _plain, st.sampled_from(["fee", "principal"]), minor_units()), max_size=3).map(tuple)
_entry = partial(st.builds, id=st.just(EntryId("m-1")), account=st.just(_account), value_on=days())
_credits = _entry(Credit, amount=_money, kind=st.sampled_from(CREDIT_KINDS), reason=_plain, source_at=st.none() | instants())
_cash_refunds = _entry(CashRefund, amount=_money, reason=_plain)
_chargebacks = _entry(Chargeback, payment=st.just(EntryId("p-1")), amount=_money, reason=_plain)
_reages = _entry(Reage, first_on=days(), every=st.sampled_from([Interval(2, "weeks"), Interval(1, "months")]), count=st.integers(1, 12))
_reschedules = _entry(Reschedule, from_on=days(), moved_to=st.none() | days(), extra=st.integers(0, 6), principal_holiday=st.integers(0, 3))
_undos = _entry(Undo, entry=st.just(EntryId("m-0")), kind=st.sampled_from(sorted(MOVEMENT_TYPES)), reason=_plain)
_placements = st.builds(Placement, st.just(_account), st.just(HandlerId("team-1")), days(), _plain, st.lists(_plain, max_size=2).map(tuple))
_steps = st.sampled_from(["planned", "done", "refused"])
_reports = st.builds(DeliveryReport, _plain, _channels, st.sampled_from(STATUSES), instants(), _plain)
_switches = st.builds(KillSwitch, st.just(CommandId("k-1")), _plain, jurisdiction=st.sampled_from(["", "US-NY"]), channel=_channels)
_rules = st.lists(_plain, max_size=2).map(tuple)

_proposals = st.builds(
    Proposal, st.just(MessageId("m-1")), st.just(ActionKind.CONTACT), st.just(_person), st.just((_account,)), _channels, template=_plain
)
_judged = st.builds(
    Judged,
    _proposals,
    instants(),
    st.sampled_from(["allow", "require", "deny"]),
    _rules,
    st.none() | instants(),
    st.none() | instants(),
    _plain,
    _rules,
    st.lists(st.builds(BudgetUse, _plain, _plain, st.integers(0, 9), st.integers(-1, 9)), max_size=2).map(tuple),
    _rules,
    _rules,
    _plain,
    _plain,
    st.just("{}"),
    st.integers(0, 99),
    _plain,
)

_acts = st.builds(
    Act, st.sampled_from(["waive", "close"]), st.just("account/a-1"), _plain, st.integers(0, 99), st.none() | _money, st.just("c-1")
)

_arrangement = st.just(ArrangementId("ar-1"))
_rest_given_up = st.builds(Credit, st.just(EntryId("ar-1/rest")), st.just(_account), _money, days(), st.just("goodwill"), _plain)
_rest_undone = st.builds(
    Undo, st.just(EntryId("ar-1/rest-undone")), st.just(_account), st.just(EntryId("ar-1/rest")), st.just("goodwill"), days(), _plain
)

_BY_NAME: dict[str, Callable[[], SearchStrategy[Event]]] = {
    "account-charged-off/1": lambda: st.builds(AccountChargedOff, _entry(ChargeOff, reason=_plain)),
    "account-closed/1": lambda: st.builds(AccountClosed, st.just(_account), days(), st.sampled_from(["paid", "cancelled", "sold"])),
    "account-opened/1": lambda: st.builds(AccountOpened, st.builds(Account, st.just(_account), st.just(_person), plans(), _plain)),
    "account-placed/1": lambda: st.builds(AccountPlaced, _placements),
    "placement-moved/1": lambda: st.builds(
        PlacementMoved,
        st.just(_account),
        st.just(HandlerId("team-1")),
        st.sampled_from(["acknowledged", "active", "recall_requested"]),
        days(),
        _plain,
    ),
    "account-recalled/1": lambda: st.builds(AccountRecalled, st.just(_account), st.just(HandlerId("team-1")), days(), _plain),
    **COURT,
    **FEES,
    **SALES,
    **HOST_ACT_EVENTS,
    "act-denied/1": lambda: st.builds(ActDenied, _plain, _acts, _plain, instants()),
    "act-done/1": lambda: st.builds(ActDone, st.builds(DoneAct, _acts, _plain, instants(), _plain)),
    "approval-declined/1": lambda: st.builds(ApprovalDeclined, st.just("ap-1"), _plain, instants(), _plain),
    "approval-given/1": lambda: st.builds(ApprovalGiven, st.just("ap-1"), _plain, _rules, instants(), instants()),
    "approval-requested/1": lambda: st.builds(ApprovalRequested, st.just("ap-1"), _acts, _plain, _rules, _rules, _plain, instants()),
    "approval-used/1": lambda: st.builds(ApprovalUsed, st.just("ap-1"), _plain, instants()),
    "payment-named/1": lambda: st.builds(PaymentNamed, st.just(EntryId("p-1")), st.just(_account), st.just(PromiseId("pr-1"))),
    "interaction-recorded/1": lambda: st.builds(
        InteractionRecorded,
        st.builds(Interaction, id=st.just("i-1"), account=st.just(_account), action=st.just("call"), result=st.just("busy"), reason=_plain),
        instants(),
        st.sampled_from([(), (Counter.ATTEMPT,), tuple(Counter)]),
        _plain,
        _plain,
    ),
    "negotiation-started/1": lambda: st.builds(
        NegotiationStarted,
        st.just(ArrangementId("ar-1")),
        st.just(_account),
        st.just(Money(20_000, "USD")),
        st.integers(1, 19_999),
        st.integers(1, 19_999),
        instants(),
        instants(),
    ),
    "bid-answered/1": lambda: st.builds(
        BidAnswered,
        st.builds(Bid, st.just(CommandId("b-1")), st.just(ArrangementId("ar-1")), st.just(_account), st.just(Money(12_000, "USD"))),
        instants(),
        st.sampled_from(Answer),
        st.integers(1, 19_999),
        st.none() | st.integers(1, 19_999),
        st.lists(st.builds(Item, days(), st.just(Money(6_000, "USD"))), max_size=2),
    ),
    "configuration-activated/1": lambda: st.builds(
        ConfigurationActivated, st.just("0123456789abcdef"), _plain, _plain, _plain, _plain, instants()
    ),
    "account-released/1": lambda: st.builds(AccountReleased, st.just(_account), instants(), _plain),
    "account-set-aside/1": lambda: st.builds(AccountSetAside, st.just(_account), days(), _plain, st.integers(1, 9)),
    "account-written-off/1": lambda: st.builds(AccountWrittenOff, _entry(WriteOff, reason=_plain)),
    "act-judged/1": lambda: st.builds(ActJudged, _judged),
    "act-refused/1": lambda: st.builds(
        ActRefused,
        st.just(MessageId("m-1")),
        st.just(_person),
        st.just((_account,)),
        _channels,
        instants(),
        _rules,
        _rules,
        st.none() | instants(),
        st.none() | _judged,
    ),
    "case-moved/1": lambda: st.builds(CaseMoved, st.just(HoldId("h-1")), st.sampled_from(["with_merchant", "lapsed"]), days(), _plain),
    "cash-refunded/1": lambda: st.builds(CashRefunded, _cash_refunds),
    "chargeback-posted/1": lambda: st.builds(ChargebackPosted, _chargebacks),
    "consent-given/1": lambda: st.builds(ConsentGiven, _consents),
    "consent-withdrawn/1": lambda: st.builds(ConsentWithdrawn, st.just(_person), _plain, _channels, instants()),
    "contact-recorded/1": lambda: st.builds(ContactRecorded, _contacts),
    "contact-settled/1": lambda: st.builds(ContactSettled, st.just(MessageId("m-1")), _plain, instants()),
    "contact-stopped/1": lambda: st.builds(ContactStopped, st.builds(Stop, st.just(_person), st.lists(_channels).map(tuple), instants())),
    "delivery-reported/1": lambda: st.builds(DeliveryReported, _reports, st.none() | st.just(MessageId("m-1"))),
    "hand-overs-resumed/1": lambda: st.builds(HandOversResumed, st.just(CommandId("k-1")), instants(), _plain),
    "hand-overs-stopped/1": lambda: st.builds(HandOversStopped, _switches, instants()),
    "hold-extended/1": lambda: st.builds(HoldExtended, st.just(HoldId("h-1")), days(), _plain, days(), st.none() | days()),
    "erasure-deferred/1": lambda: st.builds(ErasureDeferred, st.just(_person), _plain, days(), st.none() | days()),
    "legal-hold-lifted/1": lambda: st.builds(LegalHoldLifted, st.just("lh-1"), st.just(_person), days(), _plain),
    "legal-hold-placed/1": lambda: st.builds(LegalHoldPlaced, st.just("lh-1"), st.just(_person), _plain, instants(), st.none() | days()),
    "person-erased/1": lambda: st.builds(PersonErased, st.just(_person), days(), st.integers(2, 99), st.integers(0, 9), st.integers(0, 9)),
    "persons-merged/1": lambda: st.builds(PersonsMerged, st.just(PersonId("c-2")), st.just(_person), days(), _plain, _rules),
    "persons-unmerged/1": lambda: st.builds(PersonsUnmerged, st.just(PersonId("c-2")), st.just(_person), days(), _plain),
    "personal-data-read/1": lambda: st.builds(PersonalDataRead, st.just(_person), _rules, _plain, _plain, instants()),
    "credit-posted/1": lambda: st.builds(CreditPosted, _credits, _parts, minor_units(0)),
    "credit-refunded/1": lambda: st.builds(CreditRefunded, _entry(CreditRefund, amount=_money)),
    "entry-undone/1": lambda: st.builds(EntryUndone, _undos),
    "hold-lifted/1": lambda: st.builds(HoldLifted, st.just(HoldId("h-1")), days(), _plain),
    "hold-placed/1": lambda: st.builds(HoldPlaced, holds()),
    "money-released/1": lambda: st.builds(MoneyReleased, st.just(EntryId("p-1")), days(), st.sampled_from(["", "a-1"]), _plain),
    "money-suspended/1": lambda: st.builds(MoneySuspended, payments(), _plain),
    "note-added/1": lambda: st.builds(NoteAdded, st.just(NoteId("n-1")), st.just(_account), _plain, instants(), st.booleans()),
    "notice-escalated/1": lambda: st.builds(
        NoticeEscalated,
        st.just(MessageId("m-1")),
        st.just(_person),
        st.just((_account,)),
        _channels,
        instants(),
        _plain,
        st.none() | instants(),
    ),
    "notice-served/1": lambda: st.builds(
        NoticeServed,
        st.builds(
            Notice,
            st.just(MessageId("n-1")),
            st.just(_person),
            _plain,
            st.just((_account,)),
            instants(),
            means=st.sampled_from(["", "mail", "electronic"]),
            states=st.none() | st.lists(_plain, max_size=2),
        ),
    ),
    "notice-voided/1": lambda: st.builds(NoticeVoided, st.just(MessageId("n-1")), st.just(_person), instants(), _plain),
    "payment-posted/1": lambda: st.builds(PaymentPosted, payments(), _parts, minor_units(0)),
    "payment-reversed/1": lambda: st.builds(PaymentReversed, _reversals),
    "person-changed/1": lambda: st.builds(PersonChanged, st.just(_person), st.integers(2, 99)),
    "person-registered/1": lambda: st.builds(PersonRegistered, st.just(_person)),
    "plan-reaged/1": lambda: st.builds(PlanReaged, _reages),
    "plan-reamortized/1": lambda: st.builds(PlanReamortized, _entry(Reamortize)),
    "plan-rescheduled/1": lambda: st.builds(PlanRescheduled, _reschedules),
    "preference-set/1": lambda: st.builds(
        PreferenceSet, st.builds(Preference, st.just(_person), st.just("inconvenient_time"), instants(), st.just((0, 6)))
    ),
    "promise-cancelled/1": lambda: st.builds(PromiseCancelled, st.just(PromiseId("pr-1")), st.just(_account), days(), _plain),
    "promise-judged/1": lambda: st.builds(
        PromiseJudged, st.just(PromiseId("pr-1")), st.just(_account), st.sampled_from(PromiseVerdict), days(), minor_units(0)
    ),
    "promise-made/1": lambda: st.builds(PromiseMade, promises()),
    "promise-series-made/1": lambda: st.builds(PromiseSeriesMade, promise_series()),
    "plan-quoted/1": lambda: st.builds(PlanQuoted, payment_plans(), instants(), instants(), _plain),
    "arrangement-proposed/1": lambda: st.builds(ArrangementProposed, _arrangement, instants(), st.just("") | _plain),
    "arrangement-started/1": lambda: st.builds(ArrangementStarted, _arrangement, days(), st.just("") | _plain),
    "arrangement-ended/1": lambda: st.builds(ArrangementEnded, _arrangement, days(), st.sampled_from(["cancelled", "superseded"]), _plain),
    "arrangement-judged/1": lambda: st.builds(ArrangementJudged, _arrangement, st.sampled_from(ArrangementStatus), days(), minor_units(0)),
    "hardship-granted/1": lambda: st.builds(HardshipGranted, hardships(), days()),
    "settlement-offered/1": lambda: st.builds(SettlementOffered, settlements(), instants(), instants(), minor_units(0), minor_units(0)),
    "retries-ended/1": lambda: st.builds(
        RetriesEnded, st.just(EntryId("t-1")), st.just(_account), st.integers(1, 12), days(), st.just("") | _plain
    ),
    "settlement-fulfilled/1": lambda: st.builds(SettlementFulfilled, _arrangement, days(), st.none() | _rest_given_up),
    "settlement-voided/1": lambda: st.builds(SettlementVoided, _arrangement, days(), st.none() | _rest_undone),
    "step-taken/1": lambda: st.builds(
        StepTaken, st.just(_account), _texts(), days(), days(), _plain, _steps, st.none() | st.just(MessageId("m-1"))
    ),
    "purchasing-decided/1": lambda: st.builds(
        PurchasingDecided,
        st.just(_account),
        st.just(_person),
        st.sampled_from(["freeze", "cut_limit", "thaw"]),
        days(),
        _texts(),
        days(),
        _plain,
        st.none() | st.integers(0, 9_999),
    ),
    "experiment-entered/1": lambda: st.builds(ExperimentEntered, _texts(), _plain, _texts(), days(), st.integers(0, 9_999), _plain),
    "next-action-chosen/1": lambda: st.builds(
        NextActionChosen,
        st.just(_person),
        days(),
        _plain,
        st.none() | st.just(MessageId("m-1")),
        st.lists(_considered, max_size=3),
        _plain,
        st.integers(0, 10_000),
    ),
    "alert-raised/1": lambda: st.builds(AlertRaised, st.just(_account), _texts(), days(), days(), _plain, _plain),
    "alert-moved/1": lambda: st.builds(
        AlertMoved, st.just(_account), _texts(), st.sampled_from(AlertState), days(), _plain, st.none() | days(), _plain, _plain
    ),
    "wish-taken-back/1": lambda: st.builds(
        WishTakenBack,
        st.builds(TakenBack, st.just(_person), st.sampled_from(["opt_out", "cease", "inconvenient_time"]), instants(), st.just("oral")),
    ),
}


def events_of(name: str) -> SearchStrategy[Event]:
    """
    Return events that are stored under *name*, such as ``payment-posted/1``.

    Raises:
        KeyError: No event has that name.
    """
    return _BY_NAME[name]()
