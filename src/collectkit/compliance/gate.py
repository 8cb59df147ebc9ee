"""The gate: whether one proposed act is lawful at one instant, and why.

Every rule of every pack that applies is asked. A denial outranks a requirement, which outranks an allowance; a rule
that fails denies, and so does a person about whom too little is known. Only this module makes a `Verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import attrs

from collectkit.actions import ActionKind, Finding, Judged, Outcome, Proposal, Spend, Verdict
from collectkit.calendars.dates import require_aware, tzdata_version
from collectkit.compliance.circumstances import NOTHING_FURTHER, Circumstances
from collectkit.compliance.facts import question_of
from collectkit.compliance.judging import RELATED, consequences, judge_by, stands_for_consumer
from collectkit.compliance.limitation import Limitation
from collectkit.compliance.places import plausible_regions, plausible_zones
from collectkit.compliance.question import Question
from collectkit.compliance.recording import question_of_record
from collectkit.compliance.rulebook import Jurisdiction, RuleBook
from collectkit.errors import ValidationError
from collectkit.identifiers import apart
from collectkit.person import Contact, ContactPoint
from collectkit.person_standing import PersonStanding

NO_CONTACT_POINT: Final = "collectkit.no_contact_point"
UNKNOWN_REGION: Final = "collectkit.unknown_region"

_TO_A_POINT: Final = frozenset({ActionKind.CONTACT, ActionKind.SEND_DISCLOSURE, ActionKind.SOLICIT})
"""Acts that need a contact point of the person."""

_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_RANK: Final = {Outcome.ALLOW: 0, Outcome.REQUIRE: 1, Outcome.DENY: 2}


def review(
    proposal: Proposal,
    person: PersonStanding,
    rules: RuleBook,
    at: datetime,
    *,
    zones: Sequence[str] | None = None,
    unknown: str = "deny",
    circumstances: Circumstances = NOTHING_FURTHER,
) -> Verdict:
    """
    Judge *proposal* at *at*.

    Args:
        proposal: The act.
        person: Everything known about the person, over all their accounts.
        rules: The host's rule book.
        at: For which instant; aware.
        zones: Every zone in which the person may be; by default found from what is known about them.
        unknown: What an unknown fact that could forbid, or a region without a pack, means: ``deny`` or ``require``.
        circumstances: What is known about the act besides: notices, payments, the fee, what it will say.

    Returns:
        The verdict, with the first lawful instant of a denial where it can be known, and what an allowed act spends.

    Raises:
        TimeError: *at* is naive.
        ValidationError: *unknown* is neither of the two.
    """
    require_aware(at)
    if unknown not in ("deny", "require"):
        raise ValidationError(f"what is unknown means 'deny' or 'require', got {unknown!r}; nothing was judged")
    doubt = Outcome(unknown)
    places = plausible_zones(person.consumer) if zones is None else tuple(zones)
    regions = plausible_regions(person.consumer)
    jurisdiction = rules.for_regions(regions)
    general = () if jurisdiction.known else (_unknown_region(doubt),)
    frame = _unjudged(proposal, at, places, jurisdiction)
    ask = partial(
        question_of,
        proposal,
        person,
        at,
        zones=places,
        default_zone=jurisdiction.default_zone,
        regions=regions,
        unknown=doubt,
        circumstances=circumstances,
    )

    points: Sequence[ContactPoint | None] = [None]
    if proposal.action in _TO_A_POINT:
        points = person.consumer.points_for(proposal.channel)
    if not points:
        return _without_point(frame, ask(point=None), general)
    verdicts: list[Verdict] = []
    for point in points:
        verdicts.append(_verdict(frame, ask(point=point), jurisdiction, general, rules.least_status))
        if verdicts[-1].allowed:
            break
    return min(verdicts, key=_preference)


def contact_proposal(contact: Contact, *, party: str) -> Proposal:
    """Return a contact that took place as the law is asked about it, made in a role."""
    return Proposal(
        contact.message or "noted",
        ActionKind.CONTACT,
        contact.person,
        contact.accounts,
        contact.channel,
        contact.purpose,
        handler=contact.collector or None,
        party=party,
    )


def contact_spends(contact: Contact, person: PersonStanding, rules: RuleBook, *, party: str = "first_party") -> tuple[Spend, ...]:
    """
    Return what a contact that took place used up of each budget, whether or not there was room for it.

    Args:
        contact: What happened; one that the person began themselves uses nothing.
        person: Everything known about the person.
        rules: The host's rule book.
        party: In which role it was made.
    """
    if contact.direction != "outbound":
        return ()
    proposal = contact_proposal(contact, party=party)
    regions = plausible_regions(person.consumer)
    jurisdiction = rules.for_regions(regions)
    question = question_of(
        proposal,
        person,
        contact.at,
        zones=plausible_zones(person.consumer),
        default_zone=jurisdiction.default_zone,
        regions=regions,
        point=person.consumer.point(contact.point),
        unknown=Outcome.DENY,
    )
    docket = jurisdiction.docket(proposal.party, question.action, proposal.channel, "consumer")
    bound, _ = docket.bound(question)
    return consequences(bound, question).budgets


def shared_spends(spends: Sequence[Spend], person: str, point: str) -> tuple[Spend, ...]:
    """
    Return the budgets of an act with those of its contact point: who is reached at one number has one budget.

    A cap on a person, over all their accounts, is spent for the contact point too, so that two records of one person
    share it. Caps of single accounts stay as they are.

    Args:
        spends: What the act spends.
        person: Id of the person.
        point: A name of the contact point that is the same in every record of it and tells nothing; empty for none.
    """
    if not point:
        return tuple(spends)
    whole = f"person/{person}", f"person/{apart(person, '/account', '/by')}"
    alike = (attrs.evolve(spend, subject=f"point/{point}") for spend in spends if spend.subject in whole)
    return (*spends, *alike)


def _settled(question: Question, jurisdiction: Jurisdiction) -> Question:
    """Return the question with the recipient settled by law, and whether each claim is too old to be sued on where that is known."""
    if question.recipient == RELATED:
        recipient = "consumer" if stands_for_consumer(question, jurisdiction.packs) else "third_party"
        question = attrs.evolve(question, recipient=recipient)
    periods = jurisdiction.periods
    if not periods:
        return question
    aged = {debt: {**known, **_age(question, debt, periods)} for debt, known in question.debt_facts.items()}
    return attrs.evolve(question, debt_facts=aged)


def _age(question: Question, debt: str, periods: Sequence[Limitation]) -> dict[str, object]:
    if question.about(debt, "time_barred") is not None:
        return {}
    ends = [period.expires_on(question, debt) for period in periods]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return {}
    return {"time_barred": max(question.days) > min(known).toordinal()}


def review_again(judged: Judged, contacts: Sequence[Contact], rules: RuleBook) -> Verdict:
    """
    Judge a recorded act once more, by what was known when it was judged.

    Under the same rule book the answer is the recorded one. Under another it is what that book would have answered then.

    Args:
        judged: The record.
        contacts: The earlier contacts that were known then, in the order of the person's history; see `Judged.read`.
        rules: The rule book.

    Raises:
        IntegrityBreachError: The record cannot be read, or the contacts are not those that were known.
    """
    question = question_of_record(judged, contacts)
    jurisdiction = rules.for_regions(question.regions)
    general = () if jurisdiction.known else (_unknown_region(question.unknown),)
    frame = _unjudged(judged.proposal, judged.at, question.zones, jurisdiction)
    if judged.proposal.action in _TO_A_POINT and not question.point:
        return _without_point(frame, question, general)
    asked = attrs.evolve(question, default_zone=jurisdiction.default_zone)
    return _verdict(frame, asked, jurisdiction, general, rules.least_status)


def _unjudged(proposal: Proposal, at: datetime, zones: tuple[str, ...], jurisdiction: Jurisdiction) -> Verdict:
    """Return what holds of an act before any rule was asked about it: it is denied."""
    return Verdict(proposal, at, Outcome.DENY, zones=zones, packs=jurisdiction.versions, tzdata=tzdata_version())


def _without_point(frame: Verdict, question: Question, general: tuple[Finding, ...]) -> Verdict:
    return attrs.evolve(frame, findings=(_no_contact_point(frame.proposal.channel), *general), question=question)


def _verdict(frame: Verdict, asked: Question, jurisdiction: Jurisdiction, general: tuple[Finding, ...], least_status: str) -> Verdict:
    question = _settled(asked, jurisdiction)
    docket = jurisdiction.docket(question.party, question.action, question.channel, question.recipient)
    ruling = judge_by(docket, question, least_status=least_status, general=general)
    return attrs.evolve(
        frame,
        outcome=ruling.outcome,
        findings=ruling.findings,
        earliest_lawful_at=ruling.earliest,
        not_after=ruling.until,
        point=question.point,
        budgets=ruling.budgets,
        duties=ruling.duties,
        facts=question.summary(),
        question=asked,
    )


def _preference(verdict: Verdict) -> tuple[int, datetime]:
    """Order the verdicts on several contact points: the mildest first, then the one that is lawful soonest."""
    return _RANK[verdict.outcome], verdict.earliest_lawful_at or _LATEST


def _no_contact_point(channel: str) -> Finding:
    known = f"No usable contact point is known for the channel {channel}."
    text = known if channel else "By which channel contact would be made was not said, so no rule about contact could be asked."
    return Finding(NO_CONTACT_POINT, "collectkit", "verified", Outcome.DENY, text)


def _unknown_region(outcome: Outcome) -> Finding:
    text = "No rule pack speaks about where the person lives, so it is not known what the law allows."
    required = ("known_region",) if outcome is Outcome.REQUIRE else ()
    return Finding(UNKNOWN_REGION, "collectkit", "verified", outcome, text, required=required)
