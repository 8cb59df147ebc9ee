"""Commands that do an adverse act: the law is asked first, and what it answered is kept with the person."""

from __future__ import annotations

from collectkit._kit.core import Core, events_read, person_stream
from collectkit.actions import Proposal
from collectkit.compliance import Circumstances
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.events import Context
from collectkit.servicing.asking import Answered, ask, said_before
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
