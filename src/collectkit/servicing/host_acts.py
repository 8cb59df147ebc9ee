"""Whether the host may do one of its own acts (a debit, a report, a suit), and what its earlier ones mean to the law. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from collectkit.actions import DEBITS, ActionKind, ActPermitted, HostAct, HostActRecord, Proposal, host_acts
from collectkit.allocation import Handler, keeps_out_of_court
from collectkit.calendars.dates import local_date
from collectkit.compliance import Circumstances
from collectkit.compliance.fee_models import DEFAULT
from collectkit.compliance.past import NO_PAYMENTS, UNKNOWN, PastContact, PastFee, PaymentAttempt
from collectkit.compliance.retry_models import ORIGINAL, RETURN_FEE
from collectkit.holds import Effect, HoldKind, cited
from collectkit.identifiers import AccountId, MessageId, derived
from collectkit.money import Money
from collectkit.person_standing import PersonStanding
from collectkit.refusals import Refusal
from collectkit.servicing.adverse import in_units
from collectkit.standing import Standing

_LEGAL: Final = frozenset({ActionKind.THREATEN_SUIT, ActionKind.SUE, ActionKind.ENFORCE, ActionKind.TERMINATE, ActionKind.ACCELERATE})
"""Steps to court and what prepares them."""

STOPPED_BY: Final[Mapping[ActionKind, Effect]] = MappingProxyType(
    {
        ActionKind.DEBIT: Effect.RETRY,
        ActionKind.RETRY_PAYMENT: Effect.RETRY,
        ActionKind.CHARGE_INTEREST: Effect.INTEREST,
        ActionKind.CHARGE_COLLECTION_COST: Effect.FEES,
        ActionKind.REPORT_CREDIT: Effect.REPORTING,
        ActionKind.DEPOSIT_POSTDATED: Effect.RETRY,
        **dict.fromkeys(sorted(_LEGAL, key=lambda kind: kind.value), Effect.LEGAL),
    }
)
"""What of the matrix of holds stops which act; contact with a third party is judged by the law alone."""

ASKS_FOR_DEBT: Final = DEBITS | {
    ActionKind.DEPOSIT_POSTDATED,
    ActionKind.THREATEN_SUIT,
    ActionKind.SUE,
    ActionKind.ENFORCE,
    ActionKind.ACCELERATE,
}
"""Acts for which something must be owed; a paid account may still be reported, and a charge on it is the law's to judge."""

ACTS: Final = "host-act"
"""Scope under which the ids of the host's acts are remembered, each with whose accounts it is about."""

SUCCESS: Final = "ok"
"""What the packs call the answer to a debit that was paid."""


class HostActReason(Enum):
    """Why the host may not do an act, in order of precedence."""

    ID_REUSED = "id_reused"
    """The id was used for another act."""
    SETTLED = "settled"
    """It was told what became of it; a further try is another act."""
    OPEN = "open"
    """Its permit has expired, or another debit of the account is out, and nobody told what became of it."""
    ENDED = "ended"
    """The account is closed or, for a debit, a suit and what else asks for the debt, nothing is owed on it."""
    MORE_THAN_OWED = "more_than_owed"
    """More would be debited than is outstanding on the accounts that the act is about."""
    WITH_ANOTHER = "with_another"
    """Somebody outside the house works the account, so that nothing is debited."""
    PROMISED = "promised"
    """Nothing is debited before the day that was promised or agreed, and nobody goes to court who keeps to what was agreed."""
    HELD = "held"
    """A hold stops it."""
    FORBIDDEN = "forbidden"
    """A rule of law stands against it."""


@attrs.frozen
class AlreadyPermitted:
    """The same act was permitted before and still is; nothing was recorded."""

    permitted: ActPermitted


Permitting: TypeAlias = ActPermitted | AlreadyPermitted | Refusal[HostActReason]

_NOT_DONE: Final = "the act is not permitted"
_ANOTHER_ACT: Final = "this id was used for another act; each try needs an id of its own"


def stands_against(
    act: HostAct,
    person: PersonStanding,
    known: Mapping[MessageId, HostActRecord],
    handlers: Iterable[Handler],
    effects: Mapping[HoldKind, frozenset[Effect]],
) -> Refusal[HostActReason] | None:
    """
    Return what stands against an act before the law is asked; None for nothing.

    Args:
        act: Which.
        person: Whose accounts it is about, on the business date.
        known: The host's acts on record about that person.
        handlers: Whom the policy knows.
        effects: What each kind of hold stops.
    """
    about = [standing for standing in person.accounts if standing.account in act.accounts]
    out = _debit_that_is_out(act, known) if act.is_debit else None
    if out is not None:
        return _no(HostActReason.OPEN, f"debit '{out.act.id}' is out; say what became of it first")
    for standing in about:
        if standing.state == "closed" or (act.action in ASKS_FOR_DEBT and not standing.outstanding_minor):
            return _no(HostActReason.ENDED, f"account '{standing.account}' is {standing.state}")
    if act.is_debit:
        refused = _undebitable(act, about, handlers, person.as_of)
        if refused is not None:
            return refused
    agreed = next((standing for standing in about if keeps_out_of_court(standing)), None) if act.action in _LEGAL else None
    if agreed is not None:
        return _no(HostActReason.PROMISED, f"account '{agreed.account}': a {agreed.agreed.replace('_', ' ')} is in force")
    wanted = STOPPED_BY.get(act.action)
    kinds = [*person.holds, *(kind for standing in about for kind in standing.holds)]
    found = cited([wanted], kinds, effects) if wanted is not None else ()
    return _no(HostActReason.HELD, "; ".join(map(str, found))) if found else None


def _debit_that_is_out(act: HostAct, known: Mapping[MessageId, HostActRecord]) -> HostActRecord | None:
    """Return another debit of one of an act's accounts of which nobody told what became of it."""
    others = (one for id, one in known.items() if id != act.id and one.is_open and one.act.is_debit)
    return next((one for one in others if set(one.act.accounts) & set(act.accounts)), None)


def _undebitable(act: HostAct, about: Sequence[Standing], handlers: Iterable[Handler], on: date) -> Refusal[HostActReason] | None:
    """Return why nothing is debited now: too much, somebody else's account, or a day that was promised."""
    owed = sum(standing.outstanding_minor for standing in about)
    if act.amount is not None and act.amount.minor > owed:
        most = Money(owed, act.amount.currency)
        return _no(HostActReason.MORE_THAN_OWED, f"{act.amount} would be debited, and {most} is outstanding")
    outside = {handler.id for handler in handlers if handler.kind.outside}
    for standing in about:
        if standing.handler in outside:
            return _no(HostActReason.WITH_ANOTHER, f"account '{standing.account}' is with {standing.handler}; recall it first")
    for standing in about:
        if standing.promise_due_on is not None and on < standing.promise_due_on:
            return _no(HostActReason.PROMISED, f"it was promised by {standing.promise_due_on}; before that day nothing is debited")
    return None


def known_as(act: HostAct, earlier: HostActRecord | None, at: datetime, *, used: bool) -> Refusal[HostActReason] | None:
    """
    Return why an act cannot be permitted under its id any more; None when it is new, or the same and its permit has not expired.

    Args:
        act: Which.
        earlier: What is on record of that person under its id.
        at: The present instant; aware.
        used: Whether the id was used before, for whomever.
    """
    if earlier is None:
        return _no(HostActReason.ID_REUSED, _ANOTHER_ACT) if used else None
    if earlier.act != act:
        return _no(HostActReason.ID_REUSED, _ANOTHER_ACT)
    if not earlier.is_open:
        return _no(HostActReason.SETTLED, "it was told what became of this act; a further try is another act")
    if earlier.expires_at is not None and at > earlier.expires_at:
        return _no(HostActReason.OPEN, f"its permit expired at {earlier.expires_at:%Y-%m-%d %H:%M}Z; say what became of it first")
    return None


def host_act_id(id: MessageId) -> MessageId:
    """Return the id under which the law is asked about an act of the host; a message may have the act's own."""
    return MessageId(derived(id, before="act/"))


def act_proposal(act: HostAct, person: PersonStanding, *, party: str, content: Iterable[str] = ()) -> Proposal:
    """Return an act of the host as the law is asked about it."""
    return Proposal(host_act_id(act.id), act.action, person.id, act.accounts, channel=act.channel, party=party, content=tuple(content))


def act_circumstances(
    act: HostAct,
    person: PersonStanding,
    known: Mapping[MessageId, HostActRecord],
    besides: Circumstances,
    *,
    zone: str,
    charged: tuple[PastFee, ...] = (),
) -> Circumstances:
    """
    Return what the law wants to know about an act of the host; what is on record is taken to be all there is.

    Args:
        act: Which.
        person: Whose accounts it is about.
        known: The host's acts on record; the act itself does not count against itself.
        besides: What the host knows about it; it outranks ours.
        zone: The business zone.
        charged: What the person was charged on the book, for a charge.
    """
    facts: dict[str, object] = {}
    if act.is_debit:
        facts = {"when.rail": act.rail, "when.account": act.instrument, "when.loan": act.accounts[0]}
        facts |= {"when.entry": RETURN_FEE} if _entry(act) == RETURN_FEE else {}
        facts |= {"when.amount": in_units(act.amount.minor, act.amount.currency)} if act.amount is not None else {}
    elif act.is_charge and act.amount is not None:
        facts = {"fee.kind": act.kind or DEFAULT, "fee.amount": in_units(act.amount.minor, act.amount.currency)}
    besides = attrs.evolve(besides, toward=act.toward) if act.is_contact else besides
    told = {**{name: fact for name, fact in facts.items() if fact}, **besides.facts}
    others = [one for id, one in known.items() if id != act.id]
    held = besides.payments or NO_PAYMENTS
    payments = attrs.evolve(held, fees=(*held.fees, *charged))
    return with_record(attrs.evolve(besides, facts=told, payments=payments), others, person, zone=zone)


def with_record(circumstances: Circumstances, acts: Iterable[HostActRecord], person: PersonStanding, *, zone: str) -> Circumstances:
    """Return circumstances with the host's acts on record: tries to debit, contacts with third parties, fees by their business day."""
    held = circumstances.payments or NO_PAYMENTS
    counted = [one for one in acts if one.counts]
    payments = attrs.evolve(
        held,
        attempts=(*held.attempts, *(_attempt(one) for one in counted if one.act.is_debit)),
        fees=(*held.fees, *_fees_of(counted, zone)),
        loans={**{standing.account: standing.opened_on for standing in person.accounts}, **held.loans},
    )
    contacts = tuple(_contact(one) for one in counted if one.act.is_contact)
    return attrs.evolve(circumstances, payments=payments, contacts=(*circumstances.contacts, *contacts))


def charged_in(bodies: Iterable[object], zone: str) -> tuple[PastFee, ...]:
    """Return what the host charged, or possibly did, by acts of its own, each on its day in a business zone."""
    return _fees_of(host_acts(bodies).values(), zone)


def _fees_of(acts: Iterable[HostActRecord], zone: str) -> tuple[PastFee, ...]:
    charged = ((one, one.act.amount) for one in acts if one.counts and one.act.is_charge)
    return tuple(
        PastFee(local_date(one.made_at, zone), one.act.kind or DEFAULT, in_units(amount.minor, amount.currency), one.act.accounts[0])
        for one, amount in charged
        if amount is not None
    )


def reports_in(bodies: Iterable[object], account: AccountId, zone: str) -> tuple[date, ...]:
    """Return the days, in a business zone, on which an account was reported to a bureau, or possibly was."""
    reports = [one for one in host_acts(bodies).values() if one.counts and one.act.action is ActionKind.REPORT_CREDIT]
    return tuple(local_date(one.made_at, zone) for one in reports if account in one.act.accounts)


def _contact(one: HostActRecord) -> PastContact:
    """Return contact with a third party as the rules count it; what came of it counts as possibly made while nobody said."""
    outcome = UNKNOWN
    if one.result is not None:
        outcome = one.result.code or ("third_party_answered" if one.result.outcome == "done" else "no_answer")
    act = one.act
    return PastContact(one.made_at, act.channel, "outbound", outcome, act.toward, act.accounts, act.accounts)


def _entry(act: HostAct) -> str:
    """Return what the packs call a debit; one that is made again is a retry, whatever else it is called."""
    if act.action is not ActionKind.DEBIT:
        return "retry"
    return RETURN_FEE if act.kind == RETURN_FEE else ORIGINAL


def _attempt(one: HostActRecord) -> PaymentAttempt:
    act, code, advice, returned_at = one.act, UNKNOWN, "", None
    if one.result is not None:
        code = SUCCESS if one.result.outcome == "done" else one.result.code
        advice, returned_at = one.result.advice, one.settled_at
    amount = None if act.amount is None else in_units(act.amount.minor, act.amount.currency)
    return PaymentAttempt(one.made_at, _entry(act), code, advice, act.instrument, act.accounts[0], returned_at, act.exception, amount)


def _no(reason: HostActReason, detail: str) -> Refusal[HostActReason]:
    return Refusal(reason, detail, _NOT_DONE)
