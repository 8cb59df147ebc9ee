"""Acts against a person that are no contact, in the words of the rule packs: a fee, a placement, a sale, a suit, an erasure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Final

from collectkit.actions import ActionKind, Proposal
from collectkit.compliance import Circumstances
from collectkit.compliance.fee_models import DEFAULT
from collectkit.compliance.past import PastFee, Payments
from collectkit.court import CourtStep, Referral
from collectkit.facts import AccountFacts
from collectkit.holds import Effect, HoldKind, cited
from collectkit.identifiers import AccountId, PersonId, derived
from collectkit.ledger import COMPONENTS, Charge, Entry
from collectkit.money import exponent
from collectkit.placement import Placement
from collectkit.refusals import Refusal
from collectkit.schedules import Book, ChargeReason
from collectkit.schedules.due_date_change import CHANGE_PREFIX
from collectkit.schedules.fee_limits import FEE_PREFIX
from collectkit.standing import Standing

_NOT_CHARGED: Final = "nothing was charged"
_WIDTH: Final = len(COMPONENTS)
_PRINCIPAL: Final = COMPONENTS.index("principal")


def fee_proposal(charge: Charge, person: PersonId, action: ActionKind = ActionKind.CHARGE_FEE) -> Proposal:
    """Return the act of charging a fee, or whatever the law calls what is charged."""
    return Proposal(derived(charge.id, before="charge/"), action, person, (charge.account,))


def charge_stopped(
    charge: Charge, known: AccountFacts, standing: Standing, today: date, effects: Mapping[HoldKind, frozenset[Effect]]
) -> Refusal[ChargeReason] | None:
    """
    Return what stands against a charge by hand before the law is asked; None for nothing.

    Args:
        charge: Which.
        known: The account.
        standing: The account on the business day.
        today: The business day.
        effects: What each kind of hold stops.
    """
    if charge.step is not None or charge.id.startswith((FEE_PREFIX, CHANGE_PREFIX)):
        text = f"ids that begin with {FEE_PREFIX} or {CHANGE_PREFIX} are those of fees that follow from the policy, got '{charge.id}'"
        return Refusal(ChargeReason.RESERVED, text, _NOT_CHARGED)
    if known.closed is not None:
        return Refusal(ChargeReason.CLOSED, f"account '{standing.account}' was closed on {known.closed.on}", _NOT_CHARGED)
    if charge.value_on != today:
        return Refusal(ChargeReason.NOT_TODAY, f"the business day is {today}, the charge is dated {charge.value_on}", _NOT_CHARGED)
    found = cited([Effect.FEES], standing.holds, effects)
    if found:
        return Refusal(ChargeReason.HELD, "; ".join(map(str, found)), _NOT_CHARGED)
    if standing.agreed and Effect.FEES.value in standing.paused:
        return Refusal(ChargeReason.HELD, f"a {standing.agreed.replace('_', ' ')} is in force", _NOT_CHARGED)
    return None


def placement_proposal(placement: Placement, person: PersonId) -> Proposal:
    """Return the act of putting an account with a handler."""
    id = derived(placement.account, placement.handler, before="place/")
    return Proposal(id, ActionKind.PLACE, person, (placement.account,), handler=placement.handler)


def sale_proposal(account: AccountId, person: PersonId, on: date) -> Proposal:
    """Return the act of selling an account."""
    return Proposal(derived(account, before="sell/", after=f"/{on.isoformat()}"), ActionKind.SELL, person, (account,))


def court_proposal(referral: Referral, person: PersonId, step: CourtStep) -> Proposal:
    """Return the act of bringing a suit, or of having an officer enforce its judgment; a law firm does either, whoever decided it."""
    action = ActionKind.SUE if step is CourtStep.FILED else ActionKind.ENFORCE
    id = derived(referral.account, referral.id, before=f"{action.value}/")
    return Proposal(id, action, person, (referral.account,), party="law_firm", handler=referral.firm)


def purge_proposal(person: PersonId, accounts: Iterable[AccountId]) -> Proposal:
    """Return the act of erasing what is kept of a person."""
    return Proposal(derived(person, before="purge/"), ActionKind.PURGE, person, tuple(accounts))


def purge_circumstances(last_activity_on: date | None, closed_on: date | None) -> Circumstances:
    """
    Return what the law wants to know about records that would be erased.

    Args:
        last_activity_on: Day of the last contact, payment or closing; None when there was none.
        closed_on: Day on which the last account was closed; None while one is open or there is none.
    """
    facts = {"record.kind": "personal_data", "record.last_collection_activity": last_activity_on}
    return Circumstances(facts={name: fact for name, fact in {**facts, "record.loan_no_longer_outstanding": closed_on}.items() if fact})


def fee_circumstances(
    charge: Charge,
    entries: Iterable[Entry],
    first_contract_on: date,
    *,
    book: Book | None = None,
    at_default: Book | None = None,
    charged: Iterable[PastFee] = (),
) -> Circumstances:
    """
    Return what the law wants to know about a fee.

    Args:
        charge: The fee.
        entries: What was entered before on all accounts of the person.
        first_contract_on: When the first of them was opened.
        book: The account on the day of the fee, for laws that measure a fee by what is owed; None when that is not at hand.
        at_default: The account on the day on which what is late fell due.
        charged: What the host charged the person besides, by acts of its own.
    """
    facts: dict[str, object] = {
        "fee.kind": charge.kind or DEFAULT,
        "fee.amount": in_units(charge.amount.minor, charge.amount.currency),
        "account.first_contract_on": first_contract_on,
    }
    if book is not None:
        overdue = sum(book.unpaid[index * _WIDTH + _PRINCIPAL] for index, due_on in enumerate(book.due_on) if due_on < book.as_of)
        facts["fee.principal"] = in_units(overdue, charge.amount.currency)
    if at_default is not None:
        accrued = sum(one.amount.minor for one in at_default.entries if isinstance(one, Charge) and one.value_on >= at_default.as_of)
        facts["fee.principal_at_default"] = in_units(at_default.balances().components_minor[_PRINCIPAL], charge.amount.currency)
        facts["fee.accrued_since_default"] = in_units(accrued, charge.amount.currency)
    return Circumstances(facts=facts, payments=Payments(fees=(*fees_in(entries), *charged)))


def fees_in(entries: Iterable[Entry]) -> tuple[PastFee, ...]:
    """Return the fees that were entered on accounts, as the rules count them."""
    return tuple(
        PastFee(one.value_on, one.kind or DEFAULT, in_units(one.amount.minor, one.amount.currency), one.account)
        for one in entries
        if isinstance(one, Charge)
    )


def in_units(minor: int, currency: str) -> Fraction:
    """Return an amount of minor units as the rules count money, exactly: whole units of its currency."""
    return Fraction(minor, 10 ** exponent(currency))
