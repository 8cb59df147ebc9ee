"""Cleansing contact data: one way of writing it, and what is wrong with it; nothing is guessed and nothing is thrown away.

A cleanser may write a value in its normal form and may make a point's status worse. It adds no point, takes none away, and makes
nothing better: a number that was once found wrong stays wrong until somebody says otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from collectkit.errors import MissingExtraError, PersonError
from collectkit.person.consumer import Consumer
from collectkit.person.contact_points import ContactPoint, Email, Phone, Postal

PointT = TypeVar("PointT", bound=ContactPoint)

_ROLES: Final = """
abuse accounting accounts admin administrator billing careers compliance contact enquiries finance ftp help
helpdesk hostmaster hr info inquiries invoices it jobs legal mail marketing media news no-reply noc noreply
office orders payments postmaster press privacy registrar root sales security service spam support team usenet
uucp webmaster www
"""

ROLES: Final = frozenset(_ROLES.split())
"""
What stands before the ``@`` of a mailbox that is nobody's own.

Source:
    RFC 2142, sections 2 to 7, and words that are used like these.
"""

NOWHERE: Final = ("test", "invalid", "localhost")
"""
Top-level domains under which no mailbox exists.

Source:
    RFC 6761, sections 6.2, 6.3 and 6.4.
"""

_GB_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_CA_POSTCODE: Final = re.compile(r"([A-Z][0-9][A-Z])([0-9][A-Z][0-9])")
_US_ZIP: Final = re.compile(r"([0-9]{5})([0-9]{4})")


@attrs.frozen
class Oddity:
    """
    One thing that a cleansing found.

    Attributes:
        point: Id of the contact point; empty for the name.
        word: ``rewritten``, ``impossible_number``, ``unassigned_number``, ``role_address``, ``no_such_domain``,
            ``mixed_scripts``, or a word of the host's cleanser; no personal data.
    """

    point: str
    word: str


@attrs.frozen
class Cleansed:
    """
    A person after cleansing.

    Attributes:
        consumer: With values in their normal form and statuses that are worse where something is wrong.
        found: What was found.
    """

    consumer: Consumer
    found: tuple[Oddity, ...] = attrs.field(default=(), converter=tuple[Oddity, ...])


Cleanser: TypeAlias = Callable[[Consumer], Cleansed]


def cleanse(consumer: Consumer) -> Cleansed:
    """
    Return a person with name and contact points in their normal forms, and what is wrong with them.

    Tokens are left as they are: what they stand for is the host's to cleanse.
    """
    name = " ".join(consumer.name.split())
    found = [Oddity("", "rewritten")] if name != consumer.name else []
    if len(scripts_of(name)) > 1:
        found.append(Oddity("", "mixed_scripts"))
    points = []
    for point in consumer.contacts:
        cleansed, words = (point, ()) if point.is_token else _cleansed(point, consumer.region)
        points.append(cleansed)
        found += [Oddity(point.id, word) for word in words]
    return Cleansed(attrs.evolve(consumer, name=name, contacts=tuple(points)), tuple(found))


def _cleansed(point: ContactPoint, residence: str) -> tuple[ContactPoint, tuple[str, ...]]:
    match point:
        case Phone():
            return _phone(point)
        case Email():
            return _email(point)
        case Postal():
            return _postal(point, residence)
        case _:
            return point, ()


def _phone(point: Phone) -> tuple[Phone, tuple[str, ...]]:
    numbers = _numbers()
    if numbers is None:
        return point, ()
    try:
        parsed = numbers.parse(point.value)
    except numbers.NumberParseException:
        return worsened(point), ("impossible_number",)
    if not _is_possible(numbers, parsed):
        return worsened(point), ("impossible_number",)
    written = numbers.format_number(parsed, numbers.PhoneNumberFormat.E164)  # a trunk zero after the country code goes
    words = ("rewritten",) if written != point.value else ()
    if not numbers.is_valid_number(parsed):
        words = (*words, "unassigned_number")
    return attrs.evolve(point, value=written), words


def _email(point: Email) -> tuple[Email, tuple[str, ...]]:
    local, _, domain = point.value.rpartition("@")
    written = f"{local}@{domain.lower()}"  # what stands before the sign is the mailbox owner's to read (RFC 5321, section 2.4)
    words = ("rewritten",) if written != point.value else ()
    point = attrs.evolve(point, value=written)
    if is_role_address(written):
        # Others read it: what may be sent to a workplace may be sent there, and no more.
        point, words = attrs.evolve(point, work=True), (*words, "role_address")
    if written.rpartition(".")[2] in NOWHERE:
        point, words = worsened(point), (*words, "no_such_domain")
    return point, words


def _postal(point: Postal, residence: str) -> tuple[Postal, tuple[str, ...]]:
    country = (point.region or residence).partition("-")[0]
    written = attrs.evolve(point, value=" ".join(point.value.split()), postal_code=postal_code(point.postal_code, country))
    return written, ("rewritten",) if written != point else ()


def worsened(point: PointT) -> PointT:
    """Return a point that must not be used, unless it was known to be of no use for another reason."""
    return attrs.evolve(point, status="invalid") if point.usable else point


def phone_number(text: str, *, country: str) -> str:
    """
    Return a number as it is written within a country in its international form (E.164).

    Args:
        text: As somebody wrote it: ``(212) 555-0123``.
        country: ISO 3166 code of the country in which it was written so, such as ``US``. It is never guessed.

    Raises:
        PersonError: It cannot be a number of that country.
        MissingExtraError: The extra ``contact`` is not installed.
    """
    numbers = _numbers()
    if numbers is None:
        raise MissingExtraError("reading numbers without a country code", "contact")
    try:
        parsed = numbers.parse(text, country)
    except numbers.NumberParseException as error:
        raise PersonError(f"this is no phone number as it is written in {country!r}; nothing was recorded") from error
    if not _is_possible(numbers, parsed) or parsed.extension:
        raise PersonError(f"this cannot be one phone number of {country!r} without an extension; nothing was recorded")
    return str(numbers.format_number(parsed, numbers.PhoneNumberFormat.E164))


def is_role_address(address: str) -> bool:
    """
    Tell whether an e-mail address is a role's and not a person's.

    >>> is_role_address("Billing+eu@example.com"), is_role_address("bill@example.com")
    (True, False)
    """
    return re.split(r"[+]", address.rpartition("@")[0].lower())[0] in ROLES


def postal_code(text: str, country: str) -> str:
    """
    Return a postal code in the way it is written in a country; one that is not known to be written so stays, in capitals.

    >>> postal_code("100011234", "US"), postal_code("sw1a1aa", "GB"), postal_code("k1a 0b1", "CA"), postal_code(" 10115 ", "DE")
    ('10001-1234', 'SW1A 1AA', 'K1A 0B1', '10115')
    """
    plain = " ".join(text.upper().split())
    packed = plain.replace(" ", "")
    pattern, sign = {"US": (_US_ZIP, "-"), "GB": (_GB_POSTCODE, " "), "CA": (_CA_POSTCODE, " ")}.get(country, (None, ""))
    found = pattern.fullmatch(packed) if pattern is not None else None
    return sign.join(found.groups()) if found else plain


def scripts_of(name: str) -> frozenset[str]:
    """
    Return the scripts in which the letters of a name are written; more than one is unusual and may be a disguise.

    Writing that is mixed by custom (Chinese characters and kana, for example) counts as one.

    >>> sorted(scripts_of("Zoë O'Brien")), sorted(scripts_of("Pаul"))
    (['LATIN'], ['CYRILLIC', 'LATIN'])
    """
    words = (unicodedata.name(letter, "").partition(" ")[0] for letter in name if unicodedata.category(letter) in ("Lu", "Ll", "Lt", "Lo"))
    return frozenset("CJK" if word in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL") else word for word in words if word)


def together(consumer: Consumer, cleansers: Iterable[Cleanser]) -> Cleansed:
    """
    Return what several cleansers make of a person, one after the other.

    Raises:
        PersonError: One of them changed more than it may; the message names no value.
    """
    found: list[Oddity] = []
    for cleanser in cleansers:
        done = cleanser(consumer)
        check_cleansed(consumer, done.consumer)
        consumer, found = done.consumer, [*found, *done.found]
    return Cleansed(consumer, tuple(dict.fromkeys(found)))


def check_cleansed(before: Consumer, after: Consumer) -> None:
    """
    Make sure that a cleansing did no more than it may.

    Raises:
        PersonError: A point was added, taken away or made usable, or something other than values and statuses was changed.
    """
    same = [(point.id, point.KIND, point.source, point.consents) for point in before.contacts] == [
        (point.id, point.KIND, point.source, point.consents) for point in after.contacts
    ]
    frame = attrs.evolve(before, name="", contacts=()) == attrs.evolve(after, name="", contacts=())
    if not same or not frame:
        raise PersonError("a cleansing changes names, values and statuses, and nothing else; nothing was recorded")
    for old, new in zip(before.contacts, after.contacts, strict=True):
        if (new.status != old.status and (new.usable or not old.usable)) or (old.work and not new.work):
            raise PersonError(f"a cleansing makes no point better: {old.id!r} was {old.status!r}; nothing was recorded")


def _numbers() -> Any:
    try:
        return import_module("phonenumbers")
    except ImportError:
        return None


def _is_possible(numbers: Any, parsed: Any) -> bool:
    """Tell whether a number has the length of a whole one; what can be dialed within a town alone is none."""
    return bool(numbers.is_possible_number_with_reason(parsed) == numbers.ValidationResult.IS_POSSIBLE)
