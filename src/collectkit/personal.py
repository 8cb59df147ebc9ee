"""Personal data: which fields hold it, what follows from that, and values that do not show themselves.

A class of the person room is declared with `classified`, and each of its fields with a `DataClass`. What is printed, sealed
in a vault, erased, and looked for by the tests all follows from that one mark; a field without a mark is an error when
the class is made, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, Generic, NoReturn, TypeVar

import attrs

from collectkit.errors import ValidationError

T = TypeVar("T")

_MARK: Final = "collectkit.data"


class DataClass(Enum):
    """What a field says about a human being."""

    PERSONAL = "personal"
    """Names, reaches or describes one: sealed in the vault, never printed, gone after an erasure."""
    COARSE = "coarse"
    """Says something about many alike (a region, a language): kept in the clear, gone after an erasure."""
    FACT = "fact"
    """An id of the host's, a word of a closed list, a date: kept."""


PERSONAL: Final[Mapping[str, DataClass]] = {_MARK: DataClass.PERSONAL}
COARSE: Final[Mapping[str, DataClass]] = {_MARK: DataClass.COARSE}
FACT: Final[Mapping[str, DataClass]] = {_MARK: DataClass.FACT}


def classified(cls: type, fields: list[attrs.Attribute[object]]) -> list[attrs.Attribute[object]]:
    """
    Check that every field says what it is, and keep personal ones out of `repr`; for `attrs.frozen(field_transformer=...)`.

    A personal field may say in its ``repr`` how much of itself it shows; otherwise it shows nothing.

    Raises:
        TypeError: A field has no data class.
    """
    done = []
    for field in fields:
        mark = field.metadata.get(_MARK)
        if not isinstance(mark, DataClass):
            raise TypeError(
                f"{cls.__name__}.{field.name} does not say whether it is personal data; give it metadata=PERSONAL, COARSE or FACT"
            )
        done.append(field.evolve(repr=False) if mark is DataClass.PERSONAL and field.repr is True else field)
    return done


def fields_of(cls: type, mark: DataClass) -> tuple[str, ...]:
    """Return the names of the fields of *cls* that are of that class, in order; none when it was not declared with `classified`."""
    return tuple(field.name for field in attrs.fields(cls) if field.metadata.get(_MARK) is mark)


class Secret(Generic[T]):
    """
    A value that shows itself only to whoever says why they look.

    It has no useful `str`, `repr` or `format`, equals nothing, and cannot be hashed, copied, pickled or written as JSON.

    Args:
        value: What is hidden.
        told: Called with reason and actor at each look, before the value is given; what it raises keeps the value hidden.
    """

    __slots__ = ("_told", "_value")

    def __init__(self, value: T, told: Callable[[str, str], object]) -> None:
        self._value = value
        self._told = told

    def reveal(self, reason: str, actor: str) -> T:
        """
        Return the value, after the look was recorded.

        Args:
            reason: Why, such as ``returning her call``; without personal data.
            actor: Id of the principal who looks.
        """
        for name, given in (("reason", reason), ("actor", actor)):
            if not isinstance(given, str) or not given.strip():
                raise ValidationError(f"{name} must be a text that is not empty; nothing was revealed")
        self._told(reason, actor)
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a secret is not compared; reveal it, and say why")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> NoReturn:
        raise TypeError("a secret is neither true nor false; reveal it, and say why")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")


_RUN: Final = re.compile(r"(?<![0-9])[0-9](?:[ \-.]?[0-9]){12,18}(?![0-9])")
_ISSUERS: Final = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|3(?:0[0-5]|[689])|6(?:011|5|4[4-9])|62|35(?:2[89]|[3-8])|(?:50|5[6-9]|6)"
)
_CODE: Final = re.compile(
    r"\b(?:cvv2?|cvc2?|cid|csc|security\s+code|card\s+(?:verification|validation)\s+(?:code|value|number))\b[\s:=#is]{0,12}[0-9]{3,4}\b",
    re.IGNORECASE,
)


def without_card_numbers(text: str) -> str:
    """
    Return *text* with every payment card number cut down to its first six and last four digits.

    A number is one of 13 to 19 digits, grouped or not, that passes the Luhn check and begins like a card: either alone would
    hit too many innocent numbers.

    Source:
        PCI DSS 4.0, requirements 3.4.1 and 3.5.1.

    >>> without_card_numbers("card 4111 1111 1111 1111, order 4111111111111112")
    'card 411111******1111, order 4111111111111112'
    """
    if not any(character.isdigit() for character in text):
        return text
    return _RUN.sub(lambda found: _cut(found.group()), text)


def _cut(run: str) -> str:
    digits = re.sub(r"[^0-9]", "", run)
    if not _ISSUERS.match(digits) or not luhn(digits):
        return run
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def luhn(digits: str) -> bool:
    """Tell whether a row of digits passes the check of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def names_card_code(text: str) -> bool:
    """
    Tell whether *text* gives the verification code of a card, which must not be stored at all after the payment.

    Source:
        PCI DSS 4.0, requirement 3.3.1.2.

    >>> names_card_code("CVV: 123"), names_card_code("code 123 on the letter")
    (True, False)
    """
    return _CODE.search(text) is not None
