"""From a proposal and what is known about a person to a question in the words of the packs.

This is the one place that knows both vocabularies. Where ours is coarser than the law's, the careful reading is
taken: a dispute is taken to be one in writing and on valid grounds, a text message to be sent by a machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from types import MappingProxyType
from typing import Final

from collectkit.actions import DEBITS, FIRST_PARTIES, ActionKind, Outcome, Proposal
from collectkit.compliance.circumstances import NOTHING_FURTHER, Circumstances
from collectkit.compliance.past import (
    CONVERSATION,
    OUTCOMES,
    UNKNOWN,
    UNKNOWN_PAYMENTS,
    GivenConsent,
    HoldFact,
    PastContact,
    PastEvent,
    Wish,
)
from collectkit.compliance.question import VOICE, Question
from collectkit.compliance.rule import SOMEBODY_ELSE
from collectkit.history import SPOKEN_WITH
from collectkit.person import Contact, ContactPoint, Notice, Preference, Stop
from collectkit.person_standing import PersonStanding
from collectkit.standing import Standing

ACTIONS: Final[Mapping[ActionKind, str]] = MappingProxyType(
    {ActionKind.PLACE: "place_debt", ActionKind.SELL: "sell_debt", ActionKind.PURGE: "purge_records"}
)
"""Acts that the packs name differently."""

HOLDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "dispute": ("valid_grounds_dispute", "written_dispute", "amount_objection", "substantiation_request"),
        "hardship": ("hardship_request",),
        "complaint": ("ombudsman_complaint",),
        "moratorium": ("breathing_space", "mental_health_breathing_space", "debt_review", "debt_adviser_plan"),
        "insolvency": ("bankruptcy",),
        "cease_contact": ("cease_communication",),
        "represented": ("attorney_representation",),
    }
)
"""Kinds of hold, and what the packs call those that each may be."""

CONSENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sms": ("prior_consent_number", "prior_express_consent_number"),
        "email": ("prior_consent_address",),
        "prerecorded_call": ("prior_express_consent_number",),
        "phone": ("prior_consent_number",),
    }
)
"""What agreeing to a channel means to the packs; any other word in a consent is a pack's own name for it."""

SELF_SERVED: Final[Mapping[str, str]] = MappingProxyType({"sms": "consumer_texted_from_number", "email": "consumer_used_address_for_debt"})
"""Consents that the person gives by writing to us from a contact point."""

PURPOSES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "notice": ("required_notice",),
        "validation": ("required_notice",),
        "confirmation": ("required_notice",),
        "receipt": ("required_notice",),
        "complaint_answer": ("required_notice", "complaint_response"),
    }
)
ANSWERS: Final = frozenset({"consumer_initiated_response_once", "debtor_initiated_response"})

DIALING: Final[Mapping[str, str]] = MappingProxyType(
    {"phone": "manual", "prerecorded_call": "prerecorded", "rvm": "prerecorded", "sms": "autodialer"}
)
BNPL: Final = frozenset({"bnpl", "dpc", "lccc"})
"""What buy-now-pay-later is called by the packs."""

POINT_KINDS: Final[Mapping[tuple[str, bool], str]] = MappingProxyType(
    {("email", True): "work_email", ("phone", True): "work_phone", ("phone", False): "mobile", ("postal", False): "home_address"}
)
"""Kinds of contact point, and whether they belong to a workplace, in the words of the packs; a phone is taken to be carried along."""

OUTCOMES_SAID: Final[Mapping[str, str]] = MappingProxyType(
    {**dict.fromkeys(SPOKEN_WITH, CONVERSATION), "third_party": "third_party_answered", "wrong_party": "wrong_number"}
)
"""What hosts and agencies call what contact came to, in the words of the packs; any other word counts as possibly made."""

_TOLD: Final = frozenset({CONVERSATION, "delivered"})
"""Outcomes after which it is known that the person was told something."""

_ANY_TO_CREDITOR: Final = frozenset({"prior_express_consent_number"})
_MIDNIGHT: Final = time(0)
_DAY_END: Final = time(23, 59, 59)


def question_of(
    proposal: Proposal,
    person: PersonStanding,
    at: datetime,
    *,
    zones: tuple[str, ...],
    default_zone: str,
    regions: frozenset[str],
    point: ContactPoint | None,
    unknown: Outcome,
    circumstances: Circumstances = NOTHING_FURTHER,
) -> Question:
    """
    Return the question whether *proposal* may be done at *at*.

    Args:
        proposal: The act.
        person: What is known about the person.
        at: The instant; aware.
        zones: Every zone in which the person may plausibly be.
        default_zone: By which clock days are counted without any.
        regions: Regions whose law may apply.
        point: The contact point that would be used; None for an act without one.
        unknown: What a rule answers that would need a fact which is absent.
        circumstances: What is known about the act besides.
    """
    accounts = [standing for standing in person.accounts if standing.account in proposal.accounts]
    collector = "" if proposal.party in FIRST_PARTIES or proposal.handler is None else str(proposal.handler)
    to_another = proposal.action is ActionKind.CONTACT_THIRD_PARTY
    own = _history(person)
    # A creditor's own teams are one speaker; each collector begins anew, and one of whom it is not known who it is never spoke before.
    spoken = tuple(contact for contact in own if contact.at <= at and _is_with_whoever_acts(contact, proposal.party, collector))
    return Question(
        action=ACTIONS.get(proposal.action, proposal.action.value),
        at=at,
        zones=zones,
        default_zone=default_zone,
        party=proposal.party,
        collector=collector,
        person=circumstances.toward or ("" if to_another else person.id),
        recipient=circumstances.recipient or (SOMEBODY_ELSE if to_another else "consumer"),
        channel=proposal.channel,
        point=point.id if point is not None else "",
        place="" if point is None else "workplace" if point.work else "personal",
        debts=proposal.accounts,
        purposes=_purposes(proposal, spoken).union(circumstances.purposes),
        content=frozenset(proposal.content),
        products=BNPL.union((standing.product for standing in accounts), (standing.plan_kind for standing in accounts)),
        stages=_stages(proposal, accounts),
        regions=regions,
        history=(*own, *circumstances.contacts),
        consents=tuple(_consents(proposal, person, own, collector)),
        holds=tuple(_holds(person, accounts)),
        wishes=tuple(_wishes(person)),
        events=circumstances.events + tuple([past_event(notice) for notice in person.facts.notices]),
        payments=UNKNOWN_PAYMENTS if circumstances.payments is None else circumstances.payments,
        facts=_facts(proposal, person, point, circumstances, initial=_is_initial(proposal, spoken)),
        debt_facts={standing.account: _debt_facts(standing, person, at, circumstances) for standing in accounts},
        unknown=unknown,
    )


def _history(person: PersonStanding) -> tuple[PastContact, ...]:
    places = places_of(person)
    return tuple([past_contact(contact, places, person.id) for contact in person.facts.contacts])


def _is_with_whoever_acts(contact: PastContact, party: str, collector: str) -> bool:
    return party in FIRST_PARTIES or (collector != "" and contact.collector == collector)


def _is_initial(proposal: Proposal, spoken: tuple[PastContact, ...]) -> bool:
    """
    Tell whether nothing is known to have been said yet about some account of the act by whoever acts.

    What nobody answered, or came back, told nothing; a voicemail is taken to name no debt, and of what is in doubt it is not known
    that it arrived. Each debt has a first communication of its own.

    Source:
        12 CFR 1006.2(b), (d), (j), 1006.18(e)(1), 1006.34(a)(1) and comments 2(d)-2, 18(e)(1)-1: an attempt, and a limited-content
        message, is no communication.
    """
    told = [contact.debts for contact in spoken if contact.outcome in _TOLD]
    return not told or any(all(account not in debts for debts in told) for account in proposal.accounts)


def places_of(person: PersonStanding) -> Mapping[str, str]:
    """Return what sort of place each contact point of a person is, by its id."""
    return {point.id: "workplace" if point.work else "personal" for point in person.consumer.contacts}


def past_contact(contact: Contact, places: Mapping[str, str], person: str) -> PastContact:
    """
    Return a contact of a person's history in the words of the packs.

    Args:
        contact: The contact.
        places: What sort of place each contact point is.
        person: Whose history it is: of people who were merged each record may name another, and all are one human being.
    """
    return PastContact(
        contact.at,
        contact.channel,
        contact.direction,
        contact.outcome if contact.outcome in OUTCOMES else OUTCOMES_SAID.get(contact.outcome, UNKNOWN),
        person,
        contact.accounts,
        contact.accounts,
        contact.collector,
        contact.point,
        places.get(contact.point, ""),
    )


def past_event(notice: Notice) -> PastEvent:
    """Return a notice on record in the words of the packs."""
    return PastEvent(notice.kind, notice.served_at, notice.accounts, notice.means, notice.point, notice.states)


def _purposes(proposal: Proposal, spoken: tuple[PastContact, ...]) -> frozenset[str]:
    named = frozenset({proposal.purpose, *PURPOSES.get(proposal.purpose, ())})
    # One answer to each message of the person, in the same medium, by whom they wrote to: comment 6(b)(1)-2 of Regulation F.
    return named | ANSWERS if proposal.purpose == "response" and _awaits_answer(proposal.channel, spoken) else named


def _awaits_answer(channel: str, history: tuple[PastContact, ...]) -> bool:
    same = [contact for contact in history if contact.channel == channel or {contact.channel, channel} <= VOICE]
    return bool(same) and max(same, key=lambda contact: (contact.at, contact.direction == "outbound")).direction == "inbound"


def _stages(proposal: Proposal, accounts: list[Standing]) -> frozenset[str] | None:
    """
    Return what is known of the stage: a creditor that reminds is not yet in collection procedures; of others nothing is known.

    One that gave the account up asks for all of it and sends no more bills, which is collection.
    """
    if proposal.party not in FIRST_PARTIES or not accounts:
        return None
    if any(standing.charged_off_on is not None for standing in accounts):
        return frozenset({"missed_payment", "arrears", "debt_collection_procedures"})
    late = any(standing.oldest_unpaid_due_on is not None for standing in accounts)
    return frozenset({"missed_payment", "arrears"} if late else {"current"})


def _consents(proposal: Proposal, person: PersonStanding, own: tuple[PastContact, ...], collector: str) -> Iterator[GivenConsent]:
    ours = proposal.party in FIRST_PARTIES
    for consent in person.facts.consents:
        if consent.purposes and proposal.purpose not in consent.purposes:
            continue
        for kind in CONSENTS.get(consent.channel, (consent.channel,)):
            given_to = _given_to(kind, consent.given_to, collector, ours=ours)
            yield GivenConsent(kind, consent.given_at, consent.point, given_to=given_to, withdrawn_at=consent.expires_at)
    for contact in own:
        if contact.direction == "inbound" and contact.channel in SELF_SERVED and contact.point:
            # "Used the email address to communicate with the debt collector", and with nobody else: 12 CFR 1006.6(d)(4)(i)(A), (5)(i).
            given_to = "this_collector" if _is_with_whoever_acts(contact, proposal.party, collector) else "creditor"
            yield GivenConsent(SELF_SERVED[contact.channel], contact.at, contact.point, given_to=given_to)


def _given_to(kind: str, collector: str, acting: str, *, ours: bool) -> str:
    """
    Return to whom a consent was given, as the packs say it.

    Source:
        12 CFR 1006.6(d)(4)(i)(B), (5)(ii) and comment 6(b)(4)(i)-2: "directly to the debt collector". For calls by machine the consent
        that a creditor was given holds for whoever calls for it: FCC 07-232, 23 FCC Rcd 559.
    """
    if not collector:
        return "this_collector" if ours or kind in _ANY_TO_CREDITOR else "creditor"
    return "this_collector" if collector == acting else "prior_collector"


def _holds(person: PersonStanding, accounts: list[Standing]) -> Iterator[HoldFact]:
    for kind in person.holds:
        yield from (HoldFact(name) for name in (kind, *HOLDS.get(kind, ())))
    for standing in accounts:
        for kind in standing.holds:
            for name in (kind, *HOLDS.get(kind, ())):
                yield HoldFact(name, last_on=standing.hold_until, debts=(standing.account,))
    for stop in person.facts.stops:
        if stop.reason != "opt_out":
            yield HoldFact("cease_communication", stop.at, form=stop.means)


def _wishes(person: PersonStanding) -> Iterator[Wish]:
    for stop in person.facts.stops:
        yield from _refused(stop)
    for preference in person.facts.preferences:
        yield _wish(preference)


def _refused(stop: Stop) -> Iterator[Wish]:
    for channel in stop.channels or ("",):
        yield Wish("no_medium", stop.at, medium=channel)


def _wish(preference: Preference) -> Wish:
    if preference.kind == "refused_medium":
        return Wish("no_medium", preference.set_at, medium=preference.channel)
    if preference.kind == "inconvenient_place":
        return Wish("inconvenient_place", preference.set_at, place=preference.place)
    days = frozenset(preference.days) or frozenset(range(7))
    return Wish(preference.kind, preference.set_at, days=days, start=preference.starts, end=_just_after(preference.ends))


def _just_after(last: time) -> time:
    """Return the first whole second after the last inconvenient one; midnight for the end of the day."""
    if last >= _DAY_END:
        return _MIDNIGHT
    seconds = last.hour * 3600 + last.minute * 60 + last.second + 1
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _facts(
    proposal: Proposal, person: PersonStanding, point: ContactPoint | None, circumstances: Circumstances, *, initial: bool
) -> Mapping[str, object]:
    held = {
        "when.dialing": DIALING.get(proposal.channel, "none"),
        "when.initial_communication": initial,
        "when.contact_point.kind": None if point is None else POINT_KINDS.get((point.KIND, point.work)),
        "when.place": None if point is None else "workplace" if point.work else "home" if point.KIND == "postal" else None,
        # Debits are made by an authorization given in advance, unless the host says that this one is not.
        "when.preauthorized": proposal.action in DEBITS,
        "consumer.deceased_and_validation": initial and _is_deceased(person),
        "consumer.employer_prohibits": person.consumer.employer_bars_contact,
        **circumstances.facts,
    }
    return MappingProxyType(held)  # rules of others see it too


def _is_deceased(person: PersonStanding) -> bool:
    """Whether a death is on record: a hold may stand on the person, or on the account with which it was reported."""
    return "deceased" in person.holds or any("deceased" in standing.holds for standing in person.accounts)


def _debt_facts(standing: Standing, person: PersonStanding, at: datetime, circumstances: Circumstances) -> Mapping[str, object]:
    """Return what an account's standing says in the words of the packs; a claim that is not late has not begun to age."""
    since = standing.oldest_unpaid_due_on
    return {
        "kind": standing.plan_kind,
        "accrued_on": at.date() if since is None else since,
        "default_on": since,
        "last_payment_on": standing.last_paid_on,
        "disputed": bool(standing.disputed_minor),
        "status": "paid" if not standing.outstanding_minor else "delinquent" if since is not None else "current",
        "identity_theft_notified": "fraud" in standing.holds or "fraud" in person.holds,
        "limitation_state": person.consumer.region or None,
        **circumstances.debts.get(standing.account, {}),
    }
