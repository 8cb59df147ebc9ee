"""Notices served on a person and received from them: what the law counts days from, by ids alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

import attrs

from collectkit._checks import aware, given
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, MessageId, PersonId, account_ids
from collectkit.personal import without_card_numbers

__all__ = ["Notice", "NoticeServed", "NoticeVoided", "notices_in"]


def _some(instance: object, attribute: attrs.Attribute[tuple[AccountId, ...]], value: tuple[AccountId, ...]) -> None:
    if not value:
        raise ValidationError(f"{attribute.name} names at least one account, got none; nothing was recorded")


def _an_id(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if without_card_numbers(value) != value:
        raise ValidationError(f"{attribute.name} is the id of what proves it, never the number of a card; nothing was recorded")


def _words(said: Iterable[str] | None) -> tuple[str, ...] | None:
    if isinstance(said, str):
        raise ValidationError(f"states is a list of words, got the text {said!r}; nothing was recorded")
    return None if said is None else tuple(said)


@attrs.frozen
class Notice:
    """
    One notice that was served, or received.

    Attributes:
        id: The caller's own id; that of the message for a notice that went out through a channel of the book.
        person: On whom it was served, or who gave it.
        kind: What it is, in the words of the rule packs: ``default_notice_served``, ``wik_letter_received`` …
        accounts: About which accounts, all of that person.
        served_at: When it is served or received, or deemed to be: the instant from which days are counted; aware. It may lie ahead,
            where the law deems a letter to arrive some days after posting, and counts from then on.
        means: How: ``mail``, ``electronic``, ``in_person`` …, in the words of the packs; empty when unknown.
        point: Id of the contact point; empty when unknown.
        template: Key and version of the wording, such as ``default-notice@3``; empty when unknown.
        states: What it says, as far as a rule asks, in the words of the packs; None when that is not recorded.
        evidence: Id of what proves it, such as a scan or a receipt of the post; never its content.

    Raises:
        ValidationError: It has no kind, names no account, or the evidence is the number of a card.
        TimeError: *served_at* is naive.
    """

    id: MessageId = attrs.field(converter=MessageId)
    person: PersonId = attrs.field(converter=PersonId)
    kind: str = attrs.field(validator=given)
    accounts: tuple[AccountId, ...] = attrs.field(converter=account_ids, validator=_some)
    served_at: datetime = attrs.field(validator=aware)
    means: str = attrs.field(default="", kw_only=True)
    point: str = attrs.field(default="", kw_only=True)
    template: str = attrs.field(default="", kw_only=True)
    states: tuple[str, ...] | None = attrs.field(default=None, converter=_words, kw_only=True)
    evidence: str = attrs.field(default="", validator=_an_id, kw_only=True)


@attrs.frozen
class NoticeServed:
    """A notice was served on a person, or received from them; days of law are counted from it."""

    TYPE: ClassVar[str] = "notice-served/1"

    notice: Notice


@attrs.frozen
class NoticeVoided:
    """
    A notice turned out to be none: it came back, or said the wrong thing. From now on nothing is counted from it.

    Attributes:
        notice: Id of the notice.
        person: On whom it was served.
        at: When that was learned; aware.
        reason: Why, without personal data.
    """

    TYPE: ClassVar[str] = "notice-voided/1"

    notice: MessageId = attrs.field(converter=MessageId)
    person: PersonId = attrs.field(converter=PersonId)
    at: datetime = attrs.field(validator=aware)
    reason: str = attrs.field(validator=given)


def notices_in(bodies: Iterable[object]) -> tuple[Notice, ...]:
    """Fold the events of one person's stream into the notices that stand, each once, by the instant from which they count."""
    served: dict[MessageId, Notice] = {}
    voided: set[MessageId] = set()
    for body in bodies:
        if isinstance(body, NoticeServed):
            served.setdefault(body.notice.id, body.notice)
        elif isinstance(body, NoticeVoided):
            voided.add(body.notice)
    standing = (notice for id, notice in served.items() if id not in voided)
    return tuple(sorted(standing, key=lambda notice: (notice.served_at, notice.id)))
