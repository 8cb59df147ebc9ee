"""Commands that do an adverse act: the law is asked first, and what it answered is kept with the person."""

from __future__ import annotations

from collectkit._kit.core import Core, events_read, person_stream
from collectkit.actions import Proposal
from collectkit.compliance import Circumstances
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.events import Context
from collectkit.identifiers import PersonId
from collectkit.ledger import Charge
from collectkit.schedules import Book
from collectkit.servicing.adverse import fee_circumstances
from collectkit.servicing.asking import Answered, ask, said_before
from collectkit.servicing.host_acts import charged_in
from collectkit.storage.store import Unit


def ask_first(
    kit: Core,
    unit: Unit,
    proposal: Proposal,
    context: Context,
    circumstances: Circumstances = NOTHING_FURTHER,
    *,
    asked_before: bool = False,
) -> Answered:
    """
    Ask the law about an act and keep the answer; one that says what was said the last time is not kept twice.

    Args:
        kit: Whose policy and rules.
        unit: To read and write in.
        proposal: The act.
        context: Of what is written.
        circumstances: What is known about the act besides.
        asked_before: It was permitted already, and that stands on record: only a refusal is news.
    """
    bodies = unit.bodies(person_stream(proposal.person))
    answer = ask(
        proposal,
        kit._person_standing(unit, proposal.person, kit.business_date(context.at)),
        kit.parts.rules,
        context.at,
        unknown=kit.policy.law.unknown,
        read=events_read(unit, bodies),
        circumstances=circumstances,
    )
    known = asked_before if answer.permitted else said_before(answer.refusal, bodies)
    if not known:
        kit._record_person(unit, context, proposal.person, [answer.evidence])
    return answer


def known_of_fee(
    kit: Core, unit: Unit, charge: Charge, person: PersonId, *, book: Book | None = None, at_default: Book | None = None
) -> Circumstances:
    """
    Return what the law wants to know about a fee, with what the person was charged before: on all accounts, and by acts of the host.

    Args:
        kit: Whose policy.
        unit: To read in.
        charge: The fee.
        person: Who is charged.
        book: The account on the day of the fee; None when no law needs to measure the fee by it.
        at_default: The account on the day on which what is late fell due.
    """
    standings = unit.standings_of(person)
    entries = [entry for standing in standings for entry in kit._load(unit, standing.account).facts.entries]
    first_on = min((standing.opened_on for standing in standings), default=charge.value_on)
    besides = charged_in(unit.bodies(person_stream(person)), kit.policy.zone)
    return fee_circumstances(charge, entries, first_on, book=book, at_default=at_default, charged=besides)
