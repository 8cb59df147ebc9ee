"""From a permit to a message: the last look at the facts, then the words.

A message is built only from a permit that still holds, to the contact point that the permit names, from standings of
that very day. What cannot be said rightly is not said: the answer is a `Refusal`, and never a text with a hole in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum

import attrs

from collectkit.actions import Permit, Proposal
from collectkit.channels._gsm import segments
from collectkit.channels.templates import Template, TemplateSet
from collectkit.identifiers import MessageId
from collectkit.money import Money
from collectkit.person import Consumer, ContactPoint, Email, Phone, Postal
from collectkit.refusals import Refusal
from collectkit.standing import Standing

SMS_SEGMENTS_MAX = 3
TEXT_MAX = 20_000
"""Characters of any other message."""

_TASKS = {"phone": "Call", "in_person": "Visit", "letter": "Write"}
_NOT_SENT = "no message was built"
_NARROW_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " "})


class MessageReason(Enum):
    """Why no message was built; an earlier member is given before a later one."""

    PERMIT_EXPIRED = "permit_expired"
    """The permit is for another channel, or not valid at that instant."""
    SUBJECT_DIFFERS = "subject_differs"
    """The consumer or the accounts given are not those of the permit."""
    STANDING_STALE = "standing_stale"
    """A standing does not hold on that day and must be built again from the facts."""
    POINT_GONE = "point_gone"
    """The contact point no longer exists, must no longer be used, or cannot take that channel."""
    TEMPLATE_MISSING = "template_missing"
    """There is no such template for the channel in the consumer's language."""
    DUTY_MISSING = "duty_missing"
    """The law wants a disclosure that the template does not make."""
    VARIABLE_EMPTY = "variable_empty"
    """The template prints something that is not known, or an amount that is no longer owed."""
    TOO_LONG = "too_long"
    """More than `SMS_SEGMENTS_MAX` SMS, or more than `TEXT_MAX` characters."""


def _masked(to: str) -> str:
    return f"'…{to[-2:]}'"


@attrs.frozen
class Message:
    """
    What goes to one person through one channel.

    Attributes:
        id: The proposal's, so that a second try is known as the same message.
        channel: ``email``, ``sms`` …
        to: Number or address; `repr` shows no more than its end.
        subject: One line; empty where the channel has none.
        text: As the person reads it; `repr` leaves it out.
        locale: In which the text was written.
        template: Key of the template; empty for a task.
        version: Version of the template; empty for a task.
    """

    id: MessageId = attrs.field(converter=MessageId)
    channel: str
    to: str = attrs.field(repr=_masked)
    subject: str = attrs.field(repr=False)
    text: str = attrs.field(repr=False)
    locale: str
    template: str
    version: str


def content_digest(message: Message) -> str:
    """Return the SHA-256 of all that the message says and to whom, in hex: equal digests mean the same message."""
    parts = list(attrs.astuple(message))
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def compose(
    permit: Permit,
    consumer: Consumer,
    standings: Sequence[Standing],
    templates: TemplateSet,
    *,
    sender_name: str,
    pay_url: str,
    phone: str = "",
    on: date,
    at: datetime,
) -> Message | Refusal[MessageReason]:
    """
    Write the message that *permit* allows.

    Calls, visits and letters for which the proposal names no template become a task for a person, in English.

    Args:
        permit: The reservation.
        consumer: To whom; the locale decides the language and how amounts and dates look.
        standings: One of each account of the permit, in any order.
        templates: To choose from.
        sender_name: Who writes, as the consumer knows them.
        pay_url: Where to pay; may be empty.
        phone: Where to call; may be empty.
        on: The business date that amounts and days are told for.
        at: Instant of the hand-over, with a zone.
    """
    proposal = permit.proposal
    if not permit.covers(proposal.channel, at):
        return _no(MessageReason.PERMIT_EXPIRED, f"the permit ended at {permit.expires_at.isoformat()}")
    if consumer.id != proposal.person or sorted(s.account for s in standings) != sorted(proposal.accounts):
        return _no(MessageReason.SUBJECT_DIFFERS, "the consumer or the accounts are not those of the permit")
    if not all(s.as_of <= on <= s.valid_through for s in standings):
        return _no(MessageReason.STANDING_STALE, f"a standing does not hold on {on}; build it again from the facts")
    point = consumer.point(permit.point)
    if point is None or not point.usable or not _takes(point, proposal.channel):
        return _no(MessageReason.POINT_GONE, f"contact point {permit.point!r} cannot be used for {proposal.channel}")
    if point.is_token:
        return _no(MessageReason.POINT_GONE, f"contact point {permit.point!r} is a token that nobody has resolved")
    today = tuple(s.on(on) for s in standings)
    if not proposal.template and proposal.channel in _TASKS:
        return Message(proposal.id, proposal.channel, point.value, "", task_text(proposal, today, permit.duties), "en", "", "")
    template = templates.find(proposal.template, proposal.channel, consumer.locale)
    if template is None:
        return _no(
            MessageReason.TEMPLATE_MISSING, f"no template {proposal.template!r} for {proposal.channel} in {consumer.locale} or its language"
        )
    values = variables(consumer, today, sender_name=sender_name, pay_url=pay_url, phone=phone)
    return _written(permit, point, template, values, consumer.locale)


def variables(consumer: Consumer, standings: Sequence[Standing], *, sender_name: str, pay_url: str, phone: str = "") -> dict[str, str]:
    """
    Return the values of the template variables; what is not known or is zero is an empty text.

    Amounts leave out what is disputed. ``amount_due`` is what is owed now, or else what falls due next; several accounts
    add up in each currency. ``due_date`` is the oldest date of what is late, or else the next one.
    """
    late = [(s.currency, _past_due_minor(s)) for s in standings]
    now = [(s.currency, s.collectable_minor) for s in standings]
    ahead = [(s.currency, s.next_due_minor) for s in standings if s.closed_on is None]
    owing = any(minor for _, minor in now)
    days = max((s.days_past_due for s, (_, minor) in zip(standings, late, strict=True) if minor), default=0)
    return {
        "first_name": consumer.name.split()[0] if consumer.name.split() else "",
        "name": consumer.name,
        "amount_due": _amounts(now if owing else ahead, consumer.locale),
        "amount_past_due": _amounts(late, consumer.locale),
        "days_past_due": str(days) if days else "",
        "due_date": _date_text(_due_on(standings), consumer.locale),
        "merchant": ", ".join(dict.fromkeys(s.merchant for s in standings if s.merchant)),
        "sender": sender_name,
        "pay_url": pay_url,
        "phone": phone,
    }


def task_text(proposal: Proposal, standings: Sequence[Standing], duties: Sequence[str]) -> str:
    """Return what a person is asked to do, one line an account, and what they must say."""
    verb = _TASKS.get(proposal.channel, "Contact")
    lines = [f"{verb} about account {s.account}: {_state_text(s)}." for s in standings]
    lines += [f"Because: {why}" for why in proposal.why]
    if duties:
        lines.append(f"You must disclose: {', '.join(duties)}.")
    return "\n".join(lines)


def _state_text(standing: Standing) -> str:
    late = _past_due_minor(standing)
    if late:
        return f"{Money(late, standing.currency)} past due since {standing.oldest_unpaid_due_on}"
    if standing.closed_on is None and standing.next_due_on is not None:
        return f"{Money(standing.next_due_minor, standing.currency)} due on {standing.next_due_on}"
    return "nothing is due"


def _written(
    permit: Permit, point: ContactPoint, template: Template, values: dict[str, str], locale: str
) -> Message | Refusal[MessageReason]:
    """Fill the template, when it says all that it must and nothing that is not known."""
    missing = [duty for duty in permit.duties if duty not in template.disclosures]
    if missing:
        return _no(MessageReason.DUTY_MISSING, f"template {template.key!r} does not make the disclosures {', '.join(missing)}")
    if template.channel == "sms":
        values = {name: value.translate(_NARROW_SPACES) for name, value in values.items()}
    filled = template.render(values)
    if filled is None:
        empty = ", ".join(name for name, value in values.items() if not value)
        return _no(MessageReason.VARIABLE_EMPTY, f"template {template.key!r} prints a variable that is empty; empty are: {empty}")
    subject, text = filled
    if segments(text) > SMS_SEGMENTS_MAX if template.channel == "sms" else len(text) > TEXT_MAX:
        return _no(MessageReason.TOO_LONG, f"template {template.key!r} became too long for {template.channel}")
    return Message(permit.proposal.id, template.channel, point.value, subject, text, locale, template.key, template.version)


def _no(reason: MessageReason, detail: str) -> Refusal[MessageReason]:
    return Refusal(reason, detail, _NOT_SENT)


def _takes(point: ContactPoint, channel: str) -> bool:
    """Whether the point can take the channel; a host's own channels may use any point."""
    known = {*Phone.CHANNELS, *Email.CHANNELS, *Postal.CHANNELS}
    return channel in point.CHANNELS or channel not in known


def _past_due_minor(standing: Standing) -> int:
    """Return what is late and may be asked for: never more than what is collectable."""
    return min(max(0, standing.past_due_minor - standing.disputed_minor), standing.collectable_minor)


def _amounts(parts: Iterable[tuple[str, int]], locale: str) -> str:
    totals: dict[str, int] = {}
    for currency, minor in parts:
        totals[currency] = totals.get(currency, 0) + minor
    return " + ".join(Money(minor, currency).text(locale) for currency, minor in totals.items() if minor)


def _due_on(standings: Sequence[Standing]) -> date | None:
    late = [s.oldest_unpaid_due_on for s in standings if _past_due_minor(s) and s.oldest_unpaid_due_on is not None]
    ahead = [s.next_due_on for s in standings if s.next_due_on is not None and s.closed_on is None]
    return min(late or ahead, default=None)


def _date_text(day: date | None, locale: str) -> str:
    if day is None:
        return ""
    from babel.dates import format_date

    return format_date(day, "medium", locale)
