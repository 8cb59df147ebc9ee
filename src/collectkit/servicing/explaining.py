"""How an account stands and why, as text for a person: every figure with the entries behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectkit.account import AccountClosed
from collectkit.actions import ActRefused, HostActRecord, host_acts
from collectkit.arrangements import PromiseCancelled, PromiseJudged, PromiseMade, PromiseSeriesMade
from collectkit.arrangements.living import ArrangementEnded, ArrangementJudged, ArrangementStarted
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementVoided
from collectkit.court import AccountReferred, CourtStepTaken, DocumentReceived
from collectkit.delinquency import Buckets
from collectkit.events import Envelope, Event
from collectkit.holds import HoldLifted, HoldPlaced
from collectkit.ledger import (
    ChargeAssessed,
    ChargebackPosted,
    CreditPosted,
    PaymentPosted,
    PaymentReversed,
    PlanReaged,
    PlanReamortized,
    PlanRescheduled,
)
from collectkit.money import Money
from collectkit.person import Notice, notices_in
from collectkit.placement import AccountBoughtBack, AccountSold
from collectkit.schedules import Book, LateFeeRefused
from collectkit.servicing.dispatch import Dispatch
from collectkit.standing import Standing

DECISIONS_MAX = 12


def explain_account(
    book: Book,
    standing: Standing,
    envelopes: Sequence[Envelope],
    about_person: Sequence[Event],
    dispatches: Sequence[Dispatch],
    *,
    buckets: Buckets,
) -> str:
    """
    Return how an account stands and why.

    Args:
        book: The account's fold on the day.
        standing: What it means.
        envelopes: Its recorded events, oldest first.
        about_person: The events of the person's stream, for what was refused, for the host's own acts and for notices.
        dispatches: Contacts about it.
        buckets: Bands of lateness.
    """
    refused = [body for body in about_person if isinstance(body, ActRefused) and standing.account in body.accounts]
    parts = [_head(standing, buckets), *_dues(book), *_payments(book), *_fees(book, envelopes)]
    parts += _decisions(envelopes, dispatches, refused)
    parts += [_host_act(one) for one in host_acts(about_person).values() if standing.account in one.act.accounts][-DECISIONS_MAX:]
    parts += [_notice(one) for one in notices_in(about_person) if standing.account in one.accounts][-DECISIONS_MAX:]
    return "\n".join(parts)


def told_as(event: Event) -> str:
    """Return what an event of an account means for what is to be paid and when, in a few words; empty when it means nothing for that."""
    match event:
        case PaymentPosted(payment=payment):
            return f"payment {payment.id} of {payment.amount} on {payment.value_on}"
        case PaymentReversed(reversal=reversal):
            return f"payment {reversal.payment} was taken back on {reversal.value_on}"
        case ChargebackPosted(chargeback=back):
            return f"{back.amount} of payment {back.payment} was charged back on {back.value_on}: it is owed again"
        case CreditPosted(credit=credit):
            return f"credit {credit.id} of {credit.amount} on {credit.value_on}"
        case PromiseMade(promise=promise):
            return f"promise {promise.id} of {promise.amount} by {promise.due_on}"
        case PromiseSeriesMade(series=series):
            return f"promise {series.id} in {len(series.items)} parts"
        case PromiseCancelled(id=id, on=on):
            return f"promise {id} was withdrawn on {on}"
        case PromiseJudged(id=id, verdict=verdict):
            return f"promise {id} is {verdict.value.replace('_', ' ')}"
        case ArrangementStarted(id=id, on=on):
            return f"arrangement {id} is in force from {on}"
        case ArrangementEnded(id=id, how=how, on=on):
            return f"arrangement {id} was {how} on {on}"
        case ArrangementJudged(id=id, status=status):
            return f"arrangement {id} is {status.value}"
        case SettlementFulfilled(id=id, on=on, credit=credit):
            return f"settlement {id} is fulfilled on {on}: {credit.amount if credit is not None else 'nothing more'} is given up"
        case SettlementVoided(id=id, on=on):
            return f"settlement {id} is void from {on}: what it gave up is owed again"
        case PlanReaged() | PlanReamortized() | PlanRescheduled():
            return "the plan was changed"
        case ChargeAssessed(charge=charge):
            return f"charge {charge.id} of {charge.amount}, due on {charge.due_on}"
        case HoldPlaced(hold=hold):
            return f"hold {hold.id} ({hold.kind.value}) from {hold.starts_on}"
        case HoldLifted(hold=id, on=on):
            return f"hold {id} was lifted on {on}"
        case AccountClosed(on=on, reason=reason):
            return f"the account was closed on {on}: {reason}"
        case AccountSold(sale=sale, buyer=buyer, on=on):
            return f"the account is {buyer}'s from {on}, by sale {sale}: nothing on it is collected any more"
        case AccountBoughtBack(sale=sale, buyer=buyer, on=on, reason=reason):
            return f"the account came back from {buyer} on {on}, out of sale {sale}: {reason}"
        case AccountReferred(referral=referral):
            return f"the account is referred to {referral.firm} from {referral.on}: {referral.id}"
        case DocumentReceived(document=document, referral=id, on=on):
            return f"the law firm has {document} for {id} since {on}"
        case CourtStepTaken(referral=id, fact=fact):
            return f"suit {id}: {fact.step.value.replace('_', ' ')} on {fact.on}"
    return ""


def _agreed(s: Standing) -> str:
    """Return what is agreed, and what is to be paid by it next; empty for nothing."""
    following = "" if s.promise_due_on is None else f"{s.money('promised')} by {s.promise_due_on}"
    if s.agreed in ("", "promise", "soft_promise"):
        return f"promised {following}" if following else ""
    return f"agreed: {s.agreed.replace('_', ' ')}{following and f', next {following}'}"


def _head(s: Standing, buckets: Buckets) -> str:
    lines = [f"account {s.account} of {s.person} on {s.as_of}: {s.state}, {s.plan_kind} of {s.money('total')} bought on {s.opened_on}"]
    if s.oldest_unpaid_due_on is not None:
        lines.append(
            f"  {s.days_past_due} days past due (bucket {buckets.of(s.days_past_due)}): "
            f"the due of {s.oldest_unpaid_due_on} is not paid in full"
        )
        if s.operational_days_past_due != s.days_past_due:
            lines.append(f"  {s.operational_days_past_due} of them count for work: the clock stood still on the others")
    lines.append(f"  owed {s.money('owed')}, of it past due {s.money('past_due')}; outstanding in all {s.money('outstanding')}")
    if s.credit_minor:
        lines.append(f"  credit {s.money('credit')}")
    if agreed := _agreed(s):
        lines.append(f"  {agreed}")
    if s.holds:
        lines.append(f"  holds in force: {', '.join(s.holds)}")
    if s.handler is not None:
        lines.append(f"  with {s.handler} since {s.placed_on}")
    return "\n".join(lines)


def _dues(book: Book) -> Iterator[str]:
    yield "dues:"
    for due in book.dues():
        asked = Money(sum(due.asked), book.plan.currency)
        state = f"settled on {due.settled_on}" if due.settled_on is not None else f"{Money(due.unpaid_minor, book.plan.currency)} unpaid"
        yield f"  {due.due_on}  {due.name}: {asked}, {state}"


def _payments(book: Book) -> Iterator[str]:
    if book.payments:
        yield "payments:"
    for payment in book.payments:
        parts = ", ".join(
            f"{Money(part.minor, book.plan.currency)} to {part.component} of {part.due}" for part in book.applications(payment.id)
        )
        yield f"  {payment.value_on}  {payment.id}: {payment.amount}: {parts or 'nothing applied'}"


def _fees(book: Book, envelopes: Sequence[Envelope]) -> Iterator[str]:
    """Yield why each charge was asked, and why no fee was where a limit left no room."""
    asked = [due.charge for due in book.dues() if due.charge is not None and due.charge.rule]
    bodies = [envelope.body for envelope in envelopes]
    refused = [body for body in bodies if isinstance(body, LateFeeRefused) and body.on <= book.as_of]
    if asked or refused:
        yield "fees:"
    for charge in asked:
        yield f"  {charge.value_on}  {charge.id}: {charge.amount}: {charge.rule}"
    for one in refused:
        yield f"  {one.on}  {one.refused.id}: not charged: {one.refused.why}"


def _decisions(envelopes: Sequence[Envelope], dispatches: Sequence[Dispatch], refused: Sequence[ActRefused]) -> Iterator[str]:
    yield "recorded:"
    for envelope in envelopes[-DECISIONS_MAX:]:
        told = told_as(envelope.body)
        who = f"{envelope.body.TYPE} by {envelope.context.actor} ({envelope.context.command})"
        yield f"  {envelope.context.at:%Y-%m-%d %H:%M}Z  {who}{told and f': {told}'}"
    for dispatch in dispatches[-DECISIONS_MAX:]:
        what = f"{dispatch.proposal.channel} {dispatch.proposal.template or dispatch.proposal.purpose}"
        because = "; ".join(dispatch.proposal.why) or "a person asked"
        reason = f": {dispatch.reason}" if dispatch.reason else ""
        yield f"  contact {what}: {dispatch.state.value}{reason}; because {because}"
    for act in refused[-DECISIONS_MAX:]:
        rules = ", ".join(f"{rule} ({citation})" for rule, citation in zip(act.rules, act.citations, strict=True))
        later = f"; lawful from {act.earliest:%Y-%m-%d %H:%M}Z" if act.earliest is not None else ""
        what = act.channel or ("" if act.judged is None else act.judged.proposal.action.value.replace("_", " "))
        yield f"  refused {what} at {act.at:%Y-%m-%d %H:%M}Z by {rules}{later}"


def _notice(one: Notice) -> str:
    """Return a notice that stands, and from when days are counted."""
    how = "".join(f", {word}" for word in (one.means.replace("_", " "), one.template, one.evidence) if word)
    return f"  notice {one.id}: {one.kind.replace('_', ' ')}, counted from {one.served_at:%Y-%m-%d %H:%M}Z{how}"


def _host_act(one: HostActRecord) -> str:
    """Return an act that the host does itself, and what became of it."""
    what = f"{one.act.action.value.replace('_', ' ')} {one.act.id}"
    asked = "not asked about" if one.permitted_at is None else f"permitted at {one.permitted_at:%Y-%m-%d %H:%M}Z"
    if one.result is None:
        return f"  {what}: {asked}, until {one.expires_at:%Y-%m-%d %H:%M}Z; what became of it is not known"
    code = f" ({one.result.code})" if one.result.code else ""
    late = ", after its permit had expired" if one.is_late else ""
    return f"  {what}: {asked}; {one.result.outcome.replace('_', ' ')}{code}{late}"
