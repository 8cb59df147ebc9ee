"""A verdict put on record with all that it rested on, and the question read back from the record.

What the rules were told is written down as text, name by name. Earlier contacts, of which there can be many, stand in the
person's own stream; the record says from how many of its events they were read. A digest over both tells whether what is
read back is what was known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import attrs

from collectkit.actions import BudgetUse, Judged, Outcome, Spend, Verdict
from collectkit.calendars.dates import epoch_micros, from_epoch_micros
from collectkit.compliance.facts import past_contact, places_of
from collectkit.compliance.frequency_cap import FrequencyCap
from collectkit.compliance.past import (
    Authorization,
    GivenConsent,
    HoldFact,
    PastContact,
    PastEvent,
    PastFee,
    PaymentAttempt,
    Payments,
    Wish,
)
from collectkit.compliance.question import Question
from collectkit.compliance.rulebook import RuleBook
from collectkit.compliance.set_aside import SetAside
from collectkit.errors import IntegrityBreachError
from collectkit.person import Contact
from collectkit.person_standing import PersonStanding

_TOLD: Final[Mapping[str, type[attrs.AttrsInstance]]] = MappingProxyType(
    {cls.__name__: cls for cls in (Authorization, GivenConsent, HoldFact, PastContact, PastEvent, PastFee, PaymentAttempt, Payments, Wish)}
)
"""What a question may hold, by the name under which it is written."""

_JSON: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_QUESTION: Final[Callable[..., Question]] = Question
_POINTS: Final = "places of contact points"
_FIELDS: Final = tuple(field for field in attrs.fields(Question) if field.init and field.name != "at")


def judged_of(verdict: Verdict, person: PersonStanding, rules: RuleBook, *, read: int, wording: str = "", inline: bool = False) -> Judged:
    """
    Return the record of a verdict.

    Args:
        verdict: What the gate answered.
        person: About whom, as they were known.
        rules: The rule book that was asked.
        read: From how many events of the person's stream they were known.
        wording: Version of the message's template.
        inline: Write the earlier contacts into the record itself: those of merged people stand in several streams.
    """
    question = verdict.question
    text, digest = "", ""
    if isinstance(question, Question):
        places = places_of(person)
        try:
            text = _inputs(question, places, inline=inline)
            digest = _digest(text, question.history)
        except TypeError:
            text = digest = ""  # a plugin told the rules something that has no written form: the record says that it has none
    return Judged(
        attrs.evolve(verdict.proposal, why=()),
        verdict.at,
        verdict.outcome.value,
        winning(verdict),
        verdict.earliest_lawful_at,
        verdict.not_after,
        verdict.point,
        verdict.duties,
        tuple(_use(spend, question, rules) for spend in verdict.budgets) if isinstance(question, Question) else (),
        tuple(_consents(verdict, person)),
        verdict.packs,
        verdict.tzdata,
        wording,
        text,
        0 if inline else read,
        digest,
    )


def winning(verdict: Verdict) -> tuple[str, ...]:
    """Return the ids of the rules with the winning verdict, each once, sorted."""
    return tuple(sorted({finding.rule for finding in verdict.findings if finding.outcome is verdict.outcome}))


def question_of_record(judged: Judged, contacts: Sequence[Contact]) -> Question:
    """
    Return what the rules were asked.

    Args:
        judged: The record.
        contacts: The earlier contacts, in the order of the person's history; not looked at when they stand in the record.

    Raises:
        IntegrityBreachError: The record cannot be read, or the contacts are not those that were known.
    """
    if not judged.inputs:
        raise IntegrityBreachError(f"the verdict on {judged.proposal.id} was recorded without what it rested on; nothing was judged")
    try:
        held = json.loads(judged.inputs)
        places = held.pop(_POINTS, {})
        told = {name: _read(value) for name, value in held.items()}
        if "history" not in told:
            told["history"] = tuple(past_contact(contact, places, judged.proposal.person) for contact in contacts)
        question = _QUESTION(at=judged.at, **told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IntegrityBreachError(f"the record of verdict {judged.proposal.id} cannot be read: {error}; nothing was judged") from error
    if _digest(judged.inputs, question.history) != judged.digest:
        raise IntegrityBreachError(f"what was known for verdict {judged.proposal.id} is not what its record says; nothing was judged")
    return question


def _use(spend: Spend, question: Question, rules: RuleBook) -> BudgetUse:
    for pack in rules.for_regions(question.regions).packs:
        rule = pack.rule(spend.rule)
        terms = rule.terms if rule is not None else None
        cap = terms.terms if isinstance(terms, SetAside) else terms
        if isinstance(cap, FrequencyCap):
            debt = next((debt for debt in question.debts if cap.subject(question, debt) == spend.subject), "")
            return BudgetUse(spend.subject, spend.rule, spend.cap, cap.used(question, debt))
    return BudgetUse(spend.subject, spend.rule, spend.cap, -1)


def _consents(verdict: Verdict, person: PersonStanding) -> list[str]:
    channel, point, at = verdict.proposal.channel, verdict.point, verdict.at
    return [
        " ".join([one.channel, one.point or "any", one.given_at.isoformat(), one.text_version or "-", one.evidence or "-"])
        for one in person.facts.consents
        if one.channel == channel and one.point in ("", point) and one.given_at <= at and (one.expires_at is None or at < one.expires_at)
    ]


def _inputs(question: Question, places: Mapping[str, str], *, inline: bool) -> str:
    held: dict[str, object] = {}
    for field in _FIELDS:
        value = getattr(question, field.name)
        if (field.name != "history" or inline) and value != field.default:
            held[field.name] = _told(value)
    if not inline:
        used = {contact.point for contact in question.history}
        held[_POINTS] = {id: place for id, place in places.items() if id in used}
    return _JSON.encode(held)


def _digest(inputs: str, history: Sequence[PastContact]) -> str:
    contacts = ",".join([_contact_told(one) if one.at.tzinfo is UTC else _JSON.encode(_told(one)) for one in history])
    return hashlib.sha256(f"[{_JSON.encode(inputs)},[{contacts}]]".encode()).hexdigest()


@lru_cache(maxsize=16_384)
def _contact_told(contact: PastContact) -> str:
    """
    Return an earlier contact as JSON; each stands in the history of every later verdict on its person.

    Only instants in UTC are told by their value alone: in a zone whose clocks are turned back two of them are equal that are an hour apart.
    """
    return _JSON.encode(_told(contact))


def _told(value: object) -> object:
    """Return a value as JSON of texts, whole numbers and flags; what JSON does not know is an object with its sort as only key."""
    sort = type(value)
    form = _FORMS.get(sort)
    if form is None:
        form = _FORMS[sort] = _form(sort)
    return form(value)


def _form(cls: type) -> Callable[[Any], object]:
    """Return how values of a class are written; an id is a text, and a read-only mapping a mapping."""
    form = next((form for sort, form in _SORTS.items() if sort is not int and issubclass(cls, sort)), None)
    if form is None:
        raise TypeError(f"a {cls.__name__} has no written form")
    return form


def _as_it_is(value: object) -> object:
    return value


def _object(cls: type[attrs.AttrsInstance]) -> Callable[[Any], object]:
    name, fields = cls.__name__, [(field.name, field.default) for field in attrs.fields(cls)]
    return lambda value: {name: {field: _told(held) for field, default in fields if (held := getattr(value, field)) != default}}


_SORTS: Final[Mapping[type, Callable[[Any], object]]] = MappingProxyType(
    {
        type(None): _as_it_is,
        bool: _as_it_is,
        int: _as_it_is,
        str: str,
        datetime: lambda value: {"at": epoch_micros(value)},
        date: lambda value: {"on": value.isoformat()},
        time: lambda value: {"time": value.isoformat()},
        Fraction: lambda value: {"ratio": str(value)},
        Outcome: lambda value: {"outcome": value.value},
        Mapping: lambda value: {"map": sorted([str(key), _told(item)] for key, item in value.items())},
        frozenset: lambda value: {"set": sorted((_told(item) for item in value), key=str)},
        set: lambda value: {"set": sorted((_told(item) for item in value), key=str)},
        tuple: lambda value: [_told(item) for item in value],
        list: lambda value: {"list": [_told(item) for item in value]},
    }
)
"""How each sort of value is written; of several that a value is, the first in the table, so that an instant is no day."""

_FORMS: Final[dict[type, Callable[[Any], object]]] = {**_SORTS, **{cls: _object(cls) for cls in _TOLD.values()}}
"""The same by exact class, with the classes that were met."""


_READERS: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {
        "at": from_epoch_micros,
        "on": date.fromisoformat,
        "time": time.fromisoformat,
        "ratio": Fraction,
        "outcome": Outcome,
        "map": lambda pairs: MappingProxyType({key: _read(item) for key, item in pairs}),
        "set": lambda items: frozenset(_read(item) for item in items),
        "list": lambda items: [_read(item) for item in items],
    }
)


def _read(value: object) -> object:
    if isinstance(value, list):
        return tuple(_read(item) for item in value)
    if not isinstance(value, dict):
        return value
    ((sort, held),) = value.items()
    if sort in _READERS:
        return _READERS[sort](held)
    make: Callable[..., object] = _TOLD[sort]
    return make(**{name: _read(item) for name, item in held.items()})
