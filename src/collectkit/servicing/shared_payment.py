"""Money that a person paid for several accounts."""

from __future__ import annotations

from datetime import date

import attrs

from collectkit._checks import day, positive_money
from collectkit.identifiers import EntryId, PersonId
from collectkit.money import Money

__all__ = ["SharedPayment"]


@attrs.frozen(kw_only=True)
class SharedPayment:
    """
    Money that a person paid without saying, or while saying, what it is for.

    Attributes:
        id: The host's or the bank's own id; each account's part gets ``<id>/<account>``.
        person: Who owes.
        amount: More than zero.
        value_on: Day that counts.
        strategy: A name of `collectkit.schedules.sharing.STRATEGIES`, or ``pro_rata``.
        direction: What the customer asked to be paid, by account, in minor units.
        source: Where it came from.
    """

    id: EntryId = attrs.field(converter=EntryId)
    person: PersonId = attrs.field(converter=PersonId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    strategy: str = "oldest"
    direction: tuple[tuple[str, int], ...] = ()
    source: str = ""
