"""What became of collecting by itself: the last try on a stored card or account has failed, and nobody will try again.

Trying is the host's, or its provider's; here stands only the fact, for a late fee may have to wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

import attrs

from collectkit._checks import day
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, EntryId

__all__ = ["RetriesEnded", "retries_ended_on"]


def _number(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise ValidationError(f"an installment has a number from 1, got {value!r}; nothing was recorded")


@attrs.frozen
class RetriesEnded:
    """
    The last try to collect an installment has failed.

    Attributes:
        id: The host's or the provider's own id; the same id twice is one fact.
        account: On which account.
        installment: Number of the installment, from 1.
        on: Day of the last try, in the account's business calendar.
        reason: The provider's code of the failure, or the host's word.

    Raises:
        ValidationError: No installment has that number.
    """

    TYPE: ClassVar[str] = "retries-ended/1"

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    installment: int = attrs.field(validator=_number)
    on: date = attrs.field(validator=day)
    reason: str = ""


def retries_ended_on(facts: Iterable[RetriesEnded], as_of: date) -> dict[int, date]:
    """
    Return by number of the installment the day on which the last try failed, of tries up to *as_of*, inclusive.

    Of several facts about one installment the latest counts: somebody tried once more. Days are calendar days in the account's time zone.

    Source:
        What the provider or the host told.

    >>> first, again = (RetriesEnded(f"t-{n}", "a-1", 2, date(2026, 9, n)) for n in (20, 24))
    >>> retries_ended_on([again, first], date(2026, 9, 30))
    {2: datetime.date(2026, 9, 24)}
    >>> retries_ended_on([again, first], date(2026, 9, 22))
    {2: datetime.date(2026, 9, 20)}
    """
    known = sorted((fact for fact in facts if fact.on <= as_of), key=lambda fact: fact.on)
    return {fact.installment: fact.on for fact in known}
