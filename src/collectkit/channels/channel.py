"""From a message to bytes, and the port through which a driver takes them; nothing here sends."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.quoprimime import body_encode
from functools import lru_cache
from typing import Protocol, TypeAlias
from urllib.parse import quote

import attrs

from collectkit.calendars.dates import require_aware
from collectkit.channels._gsm import segments
from collectkit.channels.message import Message
from collectkit.channels.outcomes import HandOver
from collectkit.errors import ValidationError
from collectkit.identifiers import MessageId
from collectkit.person import Email

__all__ = ["Driver", "Parcel", "encode", "segments"]

COPY_HEADER = "Message-Copy"
"""Name of the header that marks a copy: a second, identical one of a notice whose arrival is in doubt."""

PERMIT_HEADER = "Permit"
"""Name of the header that tells under which reservation a row of a list may be used."""

_LOCAL_PART_MAX = 200
_LINE_MAX = 78
_PLAIN = re.compile(r"[\w.,:;!$%&*/+<>@-]+(?: [\w.,:;!$%&*/+<>@-]+)*", re.ASCII)
"""Words that a header holds as they are, with one space between two of them."""


class _Headers(HeaderRegistry):
    """The registry of the standard library, which would make a new class for every single header."""

    @lru_cache(maxsize=64)  # noqa: B019 (one registry lives as long as the process)
    def __getitem__(self, name: str) -> type[BaseHeader]:
        return super().__getitem__(name)


_MAIL = SMTP.clone(header_factory=_Headers(), max_line_length=_LINE_MAX)


_Line: TypeAlias = tuple[str, str, bytes]
"""A header: its name, its value as text, and the bytes of its lines."""


def _header(name: str, value: object) -> _Line:
    """Return one header as `EmailMessage` would write it."""
    _, header = _MAIL.header_store_parse(name, value)
    return name, str(header), _MAIL.fold_binary(name, header)


def _plain(name: str, value: str) -> _Line | None:
    """Return one header as `EmailMessage` would write it, if its value is so plain and short that it stands there as it is."""
    if len(name) + len(": ") + len(value) > _LINE_MAX or not _PLAIN.fullmatch(value):
        return None
    return name, value, f"{name}: {value}\r\n".encode("ascii")


@lru_cache(maxsize=256)
def _shared(name: str, value: str) -> _Line:
    """Return a header that many messages share, parsed and folded once."""
    return _header(name, value)


@lru_cache(maxsize=64)
def _named(name: str, address: str) -> str:
    """Return an address of our own with its name, as a header holds it."""
    return str(_mailbox(address, name))


@lru_cache(maxsize=16)
def _date(at: datetime, _: timedelta | None) -> _Line:
    """Return the date of the messages that leave together; one instant has another text in another zone."""
    return _header("Date", at)


@lru_cache(maxsize=1)
def _text_headers() -> list[_Line]:
    """Return the headers that `EmailMessage.set_content` gives to every text, which would parse each of them anew three times."""
    mail = EmailMessage(policy=_MAIL)
    mail.set_content("", charset="utf-8", cte="quoted-printable")
    return [(name, str(header), _MAIL.fold_binary(name, header)) for name, header in mail.items()]


def _quoted(text: str) -> bytes:
    """Return the payload that `EmailMessage.set_content` makes of a text, with the line ends of mail."""
    lines = text.encode("utf-8").splitlines()
    quoted: str = body_encode((b"\n".join(lines) + b"\n").decode("latin-1"), _LINE_MAX)
    return quoted.replace("\n", "\r\n").encode("ascii")


@attrs.frozen
class Parcel:
    """
    One message as bytes, ready for a driver.

    Attributes:
        channel: ``email``, ``sms`` …
        id: Of the message; a provider that knows idempotency keys gets this one.
        to: Number or address; `repr` leaves it out.
        body: For e-mail the whole message with its headers, else the text in UTF-8.
        headers: Names and values; for e-mail they also stand in the body.
        not_after: Last instant at which it may go out; None when none is known. A channel that queues messages must keep it.
        copy: 1 for the first; a later copy has the id and the words of the first, and says in its headers which copy it is.
    """

    channel: str
    id: MessageId = attrs.field(converter=MessageId)
    to: str = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    not_after: datetime | None = None
    copy: int = 1


class Driver(Protocol):
    """
    Whoever takes parcels out of the house: a gateway, a mail server, a file.

    What it can do besides it declares as its attribute ``capabilities``; see `collectkit.channels.Capabilities`. One that keeps
    messages may have a method ``forget(ids)``, which an erasure calls with the ids of the messages to that person.
    """

    def hand_over(self, parcel: Parcel) -> HandOver:
        """
        Hand *parcel* over once and tell honestly what became of it.

        `Rejected` means it certainly was not taken; where that is not sure, the answer is `Doubtful`.
        """
        ...


def encode(
    message: Message,
    sender_email: str,
    *,
    sender_name: str = "",
    reply_to: str = "",
    at: datetime | None = None,
    not_after: datetime | None = None,
    copy: int = 1,
) -> Parcel:
    """
    Turn a message into bytes.

    Args:
        message: What to say and to whom.
        sender_email: For e-mail, the address it comes from; other channels leave it aside.
        sender_name: Shown beside the address.
        reply_to: Address that answers go to; empty for *sender_email*.
        at: Instant for the ``Date`` header, with a zone; without it the mail server adds its own.
        not_after: Last instant at which it may go out.
        copy: Which copy of the message it is, from 1.

    Raises:
        ValidationError: A header would hold a line break or an address that is not exactly one; nothing was sent.
    """
    if message.channel == "email":
        parcel = _email(message, sender_email, sender_name, reply_to, at, copy)
    else:
        headers = (("Content-Type", "text/plain; charset=utf-8"), *(((COPY_HEADER, str(copy)),) if copy > 1 else ()))
        parcel = Parcel(message.channel, message.id, message.to, message.text.encode("utf-8"), headers)
    return parcel if not_after is None and copy == 1 else attrs.evolve(parcel, not_after=not_after, copy=copy)


def _email(message: Message, sender_email: str, sender_name: str, reply_to: str, at: datetime | None, copy: int) -> Parcel:
    sender, to = _address(sender_email), _address(message.to)
    subject, id = _line(message.subject, "subject"), message_id(message.id, sender.rpartition("@")[2])
    lines = [
        _shared("From", _named(_line(sender_name, "sender name"), sender)),
        _plain("To", to) or _header("To", _mailbox(to)),
        _plain("Subject", subject) or _header("Subject", subject),
        _plain("Message-ID", id) or _header("Message-ID", id),
    ]
    if reply_to:
        lines.append(_shared("Reply-To", _named("", _address(reply_to))))
    if at is not None:
        lines.append(_date(require_aware(at), at.utcoffset()))
    answers_to = quote(reply_to or sender, safe="@")
    lines.append(_shared("List-Unsubscribe", f"<mailto:{answers_to}?subject=stop>"))
    lines.append(_shared("Auto-Submitted", "auto-generated"))
    if copy > 1:
        lines.append(_shared(COPY_HEADER, str(copy)))
    lines += _text_headers()
    body = b"".join([folded for _, _, folded in lines]) + b"\r\n" + _quoted(message.text)
    return Parcel("email", message.id, to, body, tuple([(name, text) for name, text, _ in lines]))


def message_id(id: str, domain: str) -> str:
    """
    Return a ``Message-ID`` that is the same for the same message, so that a second copy is known as one.

    >>> message_id("night/c-1", "example.com")
    '<night%2Fc-1@example.com>'
    """
    local = quote(id, safe="").replace(".", "%2E")
    if len(local) > _LOCAL_PART_MAX:
        local = hashlib.sha256(id.encode("utf-8")).hexdigest()
    return f"<{local}@{domain}>"


def _address(value: str) -> str:
    return Email(value, source="message").value


def _mailbox(address: str, name: str = "") -> Address:
    """Return an address for a header; some that are in use have two dots together, which no parser takes."""
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _line(value: str, what: str) -> str:
    if not value.isprintable():
        raise ValidationError(f"{what} must not hold a line break or a control character; nothing was sent")
    return value
