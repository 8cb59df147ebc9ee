"""How a person can be reached: phones, e-mail and postal addresses, checked once at the door."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import ClassVar

import attrs

from collectkit._checks import given, one_of
from collectkit.errors import PersonError
from collectkit.personal import COARSE, FACT, PERSONAL, classified

NAME_MAX = 300
_PUNCTUATION = str.maketrans("", "", " -.()\u00a0/")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_TOKEN = re.compile(r"token:[A-Za-z0-9._~:-]{1,200}")
_REGION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_DANGEROUS = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STATUSES = ("unverified", "verified", "wrong_party", "invalid", "disconnected", "suppressed")


def plain_text(value: str, what: str) -> str:
    """
    Return *value* in Unicode normal form C, as it will be stored and shown.

    Raises:
        PersonError: It is no text or too long, or holds a control character (line break, NUL) or a direction override,
            which could forge a header or a log line, or half of a character, which cannot be stored.
    """
    if not isinstance(value, str):
        raise PersonError(f"{what} must be a text, got {type(value).__name__}; nothing was recorded")
    # The normal form may be shorter or longer; it is measured, so that what was stored can always be given again.
    text = value if value.isascii() or len(value) > 4 * NAME_MAX else unicodedata.normalize("NFC", value)
    if len(text) > NAME_MAX:
        raise PersonError(f"{what} holds at most {NAME_MAX} characters, got {len(text)}; nothing was recorded")
    if text.isascii() and text.isprintable():
        return text
    if any(unicodedata.category(c) in ("Cc", "Cs") or c in _DANGEROUS for c in text):
        raise PersonError(f"{what} must not hold a control character (a line break, NUL or a direction override); nothing was recorded")
    return text


def region_code(value: str) -> str:
    if value and not _REGION.fullmatch(value):
        raise PersonError(f"a region is an ISO 3166-2 code such as US-NY or GB, got {value!r}; nothing was recorded")
    return value


def text_name(value: str) -> str:
    return plain_text(value, "a name")


def _address(value: str) -> str:
    return plain_text(value, "an address")


def channel_names(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise PersonError(f"consents is a list of channels, such as ['sms'], not the text {given!r}; nothing was recorded")
    return tuple(given)


@attrs.frozen(kw_only=True, field_transformer=classified)
class ContactPoint:
    """
    One way to reach a person; use `Phone`, `Email` or `Postal`.

    Attributes:
        value: The number or address; `repr` shows no more than its end. Or ``token:…``, which stands for one that the host keeps.
        source: Where it came from: ``checkout``, ``consumer``, ``skip_trace`` …
        id: Name of the point within its person; given by `Consumer` (``phone-1``) when left empty.
        status: ``unverified``, ``verified`` (right party), ``wrong_party``, ``invalid``, ``disconnected`` or
            ``suppressed`` (it belonged to somebody who was erased).
        consents: Channels the person agreed to on this point when it was given: ``sms``, ``email``, ``prerecorded_call`` …
        work: It belongs to a workplace.
    """

    KIND: ClassVar[str] = ""
    CHANNELS: ClassVar[tuple[str, ...]] = ()

    value: str = attrs.field(kw_only=False, repr=lambda v: f"'…{v[-2:]}'", metadata=PERSONAL)
    source: str = attrs.field(validator=given, metadata=FACT)
    id: str = attrs.field(default="", metadata=FACT)
    status: str = attrs.field(default="unverified", validator=one_of(*_STATUSES, error=PersonError), metadata=FACT)
    consents: tuple[str, ...] = attrs.field(default=(), converter=channel_names, metadata=FACT)
    work: bool = attrs.field(default=False, metadata=FACT)

    @property
    def is_token(self) -> bool:
        """Whether the value only stands for one that the host keeps; see `collectkit.plugins.hookspecs.ContactResolver`."""
        return _is_token(self.value)

    @property
    def usable(self) -> bool:
        """Whether anything may be sent there: not wrong, invalid or disconnected."""
        return self.status in ("unverified", "verified")


def _is_token(value: object) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _phone(value: str) -> str:
    if _is_token(value):
        return value
    digits = value.translate(_PUNCTUATION) if isinstance(value, str) else ""
    if not _E164.fullmatch(digits):
        raise PersonError("a phone number needs its country code, as in +12125550123; nothing was recorded")
    return digits


def _email(value: str) -> str:
    if _is_token(value):
        return value
    if not isinstance(value, str) or len(value) > 254 or not _EMAIL.fullmatch(value):
        raise PersonError("an e-mail field holds exactly one address, such as name@example.com; nothing was recorded")
    return value


@attrs.frozen(kw_only=True, field_transformer=classified)
class Phone(ContactPoint):
    """A phone number with its country code (E.164); spaces, dots, dashes and brackets are dropped."""

    KIND: ClassVar[str] = "phone"
    CHANNELS: ClassVar[tuple[str, ...]] = ("phone", "prerecorded_call", "sms")

    value: str = attrs.field(kw_only=False, converter=_phone, repr=lambda v: f"'…{v[-2:]}'", metadata=PERSONAL)


@attrs.frozen(kw_only=True, field_transformer=classified)
class Email(ContactPoint):
    """One e-mail address."""

    KIND: ClassVar[str] = "email"
    CHANNELS: ClassVar[tuple[str, ...]] = ("email",)

    value: str = attrs.field(kw_only=False, converter=_email, repr=False, metadata=PERSONAL)


@attrs.frozen(kw_only=True, field_transformer=classified)
class Postal(ContactPoint):
    """
    A postal address.

    Attributes:
        postal_code: For the time zone and the letter.
        region: ISO 3166-2 code, such as ``US-NY`` or ``GB``.
    """

    KIND: ClassVar[str] = "postal"
    CHANNELS: ClassVar[tuple[str, ...]] = ("letter", "in_person")

    value: str = attrs.field(kw_only=False, converter=_address, metadata=PERSONAL)
    postal_code: str = attrs.field(default="", converter=_address, metadata=PERSONAL)
    region: str = attrs.field(default="", converter=region_code, metadata=COARSE)
