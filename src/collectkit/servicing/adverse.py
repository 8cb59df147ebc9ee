"""Acts that are no contact, asked of the law before they are done: a fee, a placement, a sale, an erasure.

Pure: what is known about the act goes into the words of the rule packs, and the answer comes back with the evidence that is kept of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Final, TypeAlias

import attrs

from collectkit.actions import ActionKind, ActJudged, ActRefused, Proposal, Verdict
from collectkit.compliance import Circumstances, RuleBook, judged_of, review
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.compliance.past import PastFee, Payments
from collectkit.identifiers import AccountId, PersonId
from collectkit.ledger import COMPONENTS, Charge, Entry
from collectkit.money import exponent
from collectkit.person_standing import PersonStanding
from collectkit.placement import Placement
from collectkit.schedules import Book
from collectkit.servicing.night import refusal_of

DEFAULT_FEE: Final = "default"
"""What the packs call a fee for being late."""

CHANGE_FEE: Final = "due_date_change"
"""What a fee for moving a due date is called; no pack that ships knows it, so where only listed fees may be charged it may not."""

WIDTH: Final = len(COMPONENTS)
_PRINCIPAL: Final = COMPONENTS.index("principal")

Evidence: TypeAlias = ActJudged | ActRefused


@attrs.frozen
class Answered:
    """
    What the law said about one act.

    Attributes:
        verdict: The answer.
        evidence: What is kept of it, with all that it rested on.
    """

    verdict: Verdict
    evidence: Evidence

    @property
    def permitted(self) -> bool:
        """Whether the act may be done."""
        return self.verdict.permissible

    @property
    def refusal(self) -> ActRefused:
        """
        Return the evidence that it was not done.

        Raises:
            LookupError: It may be done.
        """
        if not isinstance(self.evidence, ActRefused):
            raise LookupError(f"{self.verdict.proposal.id} may be done; nothing was refused")
        return self.evidence

    @property
    def why(self) -> str:
        """Return what stands against it, each paragraph with its sentence."""
        standing = [finding for finding in self.verdict.findings if finding.outcome is self.verdict.outcome]
        return "; ".join(dict.fromkeys(f"{finding.citation}: {finding.text}" for finding in standing))


def ask(
    proposal: Proposal,
    person: PersonStanding,
    rules: RuleBook,
    at: datetime,
    *,
    unknown: str,
    read: int,
    circumstances: Circumstances = NOTHING_FURTHER,
) -> Answered:
    """
    Ask the law about an act that is no contact.

    Args:
        proposal: The act.
        person: Everything known about whom it is done to.
        rules: The host's rule book.
        at: The instant; aware.
        unknown: What an unknown fact means, see `collectkit.compliance.review`.
        read: From how many events of the person's stream they are known; 0 to write the earlier contacts into the record.
        circumstances: What is known about the act besides.
    """
    verdict = review(proposal, person, rules, at, unknown=unknown, circumstances=circumstances)
    if verdict.permissible:
        return Answered(verdict, ActJudged(judged_of(verdict, person, rules, read=read, inline=not read)))
    return Answered(verdict, refusal_of(verdict, person, rules, read=read))


def said_before(refusal: ActRefused, known: Iterable[object]) -> bool:
    """Whether the same act was refused by the same rules the last time it was asked about: evidence is kept once, not every night."""
    last = None
    for body in known:
        if isinstance(body, ActRefused) and body.message == refusal.message:
            last = body
    return last is not None and last.rules == refusal.rules


# The acts


def fee_proposal(charge: Charge, person: PersonId) -> Proposal:
    """Return the act of charging a fee."""
    return Proposal(f"charge/{charge.id}", ActionKind.CHARGE_FEE, person, (charge.account,))


def placement_proposal(placement: Placement, person: PersonId) -> Proposal:
    """Return the act of putting an account with a handler."""
    id = f"place/{placement.account}/{placement.handler}"
    return Proposal(id, ActionKind.PLACE, person, (placement.account,), handler=placement.handler)


def sale_proposal(account: AccountId, person: PersonId, on: date) -> Proposal:
    """Return the act of selling an account."""
    return Proposal(f"sell/{account}/{on.isoformat()}", ActionKind.SELL, person, (account,))


def purge_proposal(person: PersonId, accounts: Iterable[AccountId]) -> Proposal:
    """Return the act of erasing what is kept of a person."""
    return Proposal(f"purge/{person}", ActionKind.PURGE, person, tuple(accounts))


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
    kind: str = DEFAULT_FEE,
    book: Book | None = None,
    at_default: Book | None = None,
) -> Circumstances:
    """
    Return what the law wants to know about a fee.

    Args:
        charge: The fee.
        entries: What was entered before on all accounts of the person.
        first_contract_on: When the first of them was opened.
        kind: What the packs call such a fee.
        book: The account on the day of the fee, for laws that measure a fee by what is owed; None when that is not at hand.
        at_default: The account on the day on which what is late fell due.
    """
    facts: dict[str, object] = {
        "fee.kind": kind,
        "fee.amount": _units(charge.amount.minor, charge.amount.currency),
        "account.first_contract_on": first_contract_on,
    }
    if book is not None:
        overdue = sum(book.unpaid[index * WIDTH + _PRINCIPAL] for index, due_on in enumerate(book.due_on) if due_on < book.as_of)
        facts["fee.principal"] = _units(overdue, charge.amount.currency)
    if at_default is not None:
        accrued = sum(one.amount.minor for one in at_default.entries if isinstance(one, Charge) and one.value_on >= at_default.as_of)
        facts["fee.principal_at_default"] = _units(at_default.balances().components_minor[_PRINCIPAL], charge.amount.currency)
        facts["fee.accrued_since_default"] = _units(accrued, charge.amount.currency)
    return Circumstances(facts=facts, payments=Payments(fees=tuple(_past(entry) for entry in entries if isinstance(entry, Charge))))


def _past(charge: Charge) -> PastFee:
    return PastFee(charge.value_on, DEFAULT_FEE, _units(charge.amount.minor, charge.amount.currency), charge.account)


def _units(minor: int, currency: str) -> Fraction:
    return Fraction(minor, 10 ** exponent(currency))
