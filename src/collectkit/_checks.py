"""Checks of the fields of values, with the library's own errors: what was wrong, what is allowed, what did not happen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import TypeAlias, TypeVar

import attrs

from collectkit.calendars.dates import require_aware, require_day
from collectkit.errors import IdentifierError, MoneyError, PolicyError, ValidationError
from collectkit.identifiers import id_fault
from collectkit.money import Money

T = TypeVar("T")
EnumT = TypeVar("EnumT", bound=Enum)
Check: TypeAlias = Callable[[object, "attrs.Attribute[T]", T], None]

NOT_RECORDED = "nothing was recorded"


def day(instance: object, attribute: attrs.Attribute[date], value: date) -> None:
    """Check that a field is a civil day without a time."""
    require_day(value, attribute.name)


def aware(instance: object, attribute: attrs.Attribute[datetime], value: datetime) -> None:
    """Check that a field is an instant with its zone."""
    require_aware(value, NOT_RECORDED)


def money(instance: object, attribute: attrs.Attribute[Money], value: Money) -> None:
    """Check that a field is Money."""
    if not isinstance(value, Money):
        raise MoneyError(f"{attribute.name} must be Money, got {type(value).__name__}; {NOT_RECORDED}")


def positive_money(instance: object, attribute: attrs.Attribute[Money], value: Money) -> None:
    """Check that a field is Money and more than zero."""
    money(instance, attribute, value)
    if value.minor <= 0:
        raise MoneyError(f"{attribute.name} must be more than zero, got {value}; to take money back, reverse the payment; {NOT_RECORDED}")


def given(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Check that a field is a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValidationError(f"{attribute.name} must be a text that is not empty, got {value!r}; {NOT_RECORDED}")


def named(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Check that a field is a text that can serve as an id."""
    fault = id_fault(value, f"{attribute.name} of {type(instance).__name__}")
    if fault is not None:
        raise IdentifierError(f"{fault}; {NOT_RECORDED}")


def whole(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    """Check that a field of a policy is a whole number of at least 0."""
    if type(value) is not int or value < 0:
        raise PolicyError(f"{attribute.name} must be a whole number, at least 0, got {value!r}; nothing was loaded")


def one_of(*allowed: str, not_done: str = NOT_RECORDED, error: type[ValidationError] = ValidationError) -> Check[str]:
    """Return the check that a field is one of some words."""
    words = frozenset(allowed)

    def check(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
        if not isinstance(value, str) or value not in words:
            raise error(f"{attribute.name} is one of {', '.join(allowed)}, got {value!r}; {not_done}")

    return check


def member(
    kind: type[EnumT],
    given: str | EnumT,
    what: str = "expected",
    *,
    not_done: str = NOT_RECORDED,
    error: type[ValidationError] = ValidationError,
) -> EnumT:
    """Return the member of that value; *what* begins the sentence that says which there are."""
    try:
        return kind(given)
    except ValueError:
        allowed = ", ".join(str(one.value) for one in kind)
        raise error(f"{what} one of {allowed}, got {given!r}; {not_done}") from None


def matching(pattern: str, allowed: str, *, not_done: str = NOT_RECORDED, error: type[ValidationError] = ValidationError) -> Check[str]:
    """Return the check that the whole of a field matches *pattern*; *allowed* says in words what does."""
    compiled = re.compile(pattern)

    def check(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise error(f"{attribute.name} is {allowed}, got {value!r}; {not_done}")

    return check
