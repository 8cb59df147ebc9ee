"""Contact with a vulnerable person, as the adjustments of their hold say: they bind the treatment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import attrs

from collectkit.actions import ActionKind, Proposal, StepTaken
from collectkit.calendars.dates import local_date
from collectkit.holds import HoldKind, channel_fits, template_for
from collectkit.person_standing import PersonStanding

__all__ = ["adjusted", "against", "paced", "too_soon"]

_TALKS = frozenset({ActionKind.CONTACT, ActionKind.AGENT_TASK})


def against(kinds: Iterable[str], person: PersonStanding | None, action: ActionKind, channel: str) -> tuple[str, ...]:
    """Return the kinds of holds that count against an act: not vulnerability, where its adjustments allow the act."""
    held = tuple(kinds)
    if person is None or not person.adjustments or action not in _TALKS or not channel_fits(person.adjustments, channel):
        return held
    return tuple(kind for kind in held if kind != HoldKind.VULNERABILITY.value)


def adjusted(proposal: Proposal, person: PersonStanding | None) -> Proposal:
    """Return a contact in the words and by the person that the adjustments name."""
    if person is None or not person.adjustments or proposal.action not in _TALKS:
        return proposal
    handler = next((one.handler for one in person.adjustments if one.handler is not None), proposal.handler)
    return attrs.evolve(proposal, template=template_for(person.adjustments, proposal.template), handler=handler)


def paced(proposals: Sequence[Proposal], person: PersonStanding, taken: Iterable[StepTaken], *, zone: str = "UTC") -> list[Proposal]:
    """
    Return what may go out tonight at the pace of the adjustments: nothing too soon after a contact, and one contact a night.

    What is left out stays due, and is proposed again when its time has come.

    Args:
        proposals: Of all accounts of the person.
        person: With adjustments and the history of contact.
        taken: Steps that fired before on those accounts; what was planned counts, although it may not have gone out yet.
        zone: IANA zone of the business day, for the days of contacts.
    """
    slow = [one for one in person.adjustments if one.every_days]
    if not slow:
        return list(proposals)
    days = [local_date(contact.at, zone) for contact in person.facts.contacts if contact.direction == "outbound"]
    days += [step.on for step in taken if step.message is not None and step.outcome == "planned"]
    last_on = max(days, default=None)
    first = next((one for one in proposals if one.action in _TALKS), None)
    if first is None:
        return list(proposals)
    rests = any(one.rests_on(person.as_of, last_on) for one in slow)
    kind = (first.action, first.channel, first.purpose, first.template)
    return [
        one for one in proposals if one.action not in _TALKS or (not rests and (one.action, one.channel, one.purpose, one.template) == kind)
    ]


def too_soon(person: PersonStanding, since: datetime, messages: Collection[str] = (), *, zone: str = "UTC") -> bool:
    """
    Tell whether the pace of the adjustments keeps a contact back because the person was contacted after it was planned.

    Args:
        person: With adjustments and the history of contact.
        since: When the contact was planned.
        messages: Ids under which it stands in the history itself.
        zone: IANA zone of the business day, for the days of contacts.
    """
    slow = [one for one in person.adjustments if one.every_days]
    if not slow:
        return False
    others = [one for one in person.facts.contacts if one.direction == "outbound" and one.at >= since and one.message not in messages]
    last_on = max((local_date(one.at, zone) for one in others), default=None)
    return any(one.rests_on(person.as_of, last_on) for one in slow)
