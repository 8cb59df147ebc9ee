"""The person: how they can be reached, what they agreed to, what they asked for, and each contact so far.

Personal data (names, numbers, addresses) lives in `Consumer` and its contact points and is stored in a table of its
own. The facts that decide whether a contact is lawful (`Consent`, `Stop`, `Preference`, `Contact`) name the person
and the contact point by id only, and are events.
"""

from __future__ import annotations

from collectkit.person.cleansing import Cleansed, Cleanser, Oddity, cleanse, phone_number, together
from collectkit.person.consents import ConsentLedger, LedgerEntry, consent_ledger
from collectkit.person.consumer import Consumer, Place
from collectkit.person.contact_points import NAME_MAX, ContactPoint, Email, Phone, Postal, plain_text
from collectkit.person.erasure import (
    ErasureDeferred,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonalDataRead,
    PersonErased,
    erased,
    legal_holds,
)
from collectkit.person.events import (
    NOT_MADE,
    ConsentGiven,
    ConsentWithdrawn,
    ContactRecorded,
    ContactSettled,
    ContactStopped,
    PersonChanged,
    PersonFacts,
    PersonRegistered,
    PreferenceSet,
    fold_person,
)
from collectkit.person.facts import Consent, Contact, Preference, Stop
from collectkit.person.linking import PersonsMerged, PersonsUnmerged, members, merged_into
from collectkit.person.notices import Notice, NoticeServed, NoticeVoided, notices_in
from collectkit.person.reach import PointReach, Reach, ReachPolicy, reach
from collectkit.person.resolving import Resolved, resolved, tokens_of
from collectkit.person.wishes import TakenBack, WishTakenBack

__all__ = [
    "Cleansed",
    "Cleanser",
    "Consent",
    "ConsentGiven",
    "ConsentLedger",
    "ConsentWithdrawn",
    "Consumer",
    "Contact",
    "ContactPoint",
    "ContactRecorded",
    "ContactSettled",
    "ContactStopped",
    "Email",
    "ErasureDeferred",
    "LedgerEntry",
    "LegalHoldLifted",
    "LegalHoldPlaced",
    "NAME_MAX",
    "NOT_MADE",
    "Notice",
    "NoticeServed",
    "NoticeVoided",
    "Oddity",
    "PersonChanged",
    "PersonErased",
    "PersonFacts",
    "PersonRegistered",
    "PersonalDataRead",
    "PersonsMerged",
    "PersonsUnmerged",
    "Phone",
    "Place",
    "PointReach",
    "Postal",
    "Preference",
    "PreferenceSet",
    "Reach",
    "ReachPolicy",
    "Resolved",
    "Stop",
    "TakenBack",
    "WishTakenBack",
    "cleanse",
    "consent_ledger",
    "erased",
    "fold_person",
    "legal_holds",
    "members",
    "merged_into",
    "notices_in",
    "phone_number",
    "plain_text",
    "reach",
    "resolved",
    "together",
    "tokens_of",
]
