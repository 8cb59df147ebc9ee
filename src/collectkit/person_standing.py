"""One person over all their accounts: what the gate, treatment and allocation read about a human being."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.holds import Adjustments
from collectkit.identifiers import PersonId
from collectkit.person import Consumer, PersonFacts
from collectkit.standing import Standing


@attrs.frozen
class PersonStanding:
    """
    A person, their accounts and the history of contact with them, on one date.

    Attributes:
        consumer: Name, locale, contact points, places.
        facts: Consents, stops, preferences and contacts.
        accounts: The standing of every account they owe, by account id.
        as_of: The business date.
        holds: Kinds of the holds in force on the person, sorted; holds on one account stand in its standing.
        adjustments: How a vulnerable person may be contacted; empty: as the holds say.
    """

    consumer: Consumer
    facts: PersonFacts
    accounts: tuple[Standing, ...]
    as_of: date
    holds: tuple[str, ...] = ()
    adjustments: tuple[Adjustments, ...] = ()

    @property
    def id(self) -> PersonId:
        """Return the person's id."""
        return self.consumer.id

    @property
    def days_past_due(self) -> int:
        """Return the worst days past due over all accounts that are not closed."""
        return max((s.days_past_due for s in self.accounts if s.closed_on is None), default=0)

    def owed_by_currency(self) -> tuple[tuple[str, int], ...]:
        """Return what is owed in each currency, in minor units, sorted by currency; currencies never add up."""
        return _totals((s.currency, s.owed_minor) for s in self.accounts if s.closed_on is None)

    def outstanding_by_currency(self) -> tuple[tuple[str, int], ...]:
        """Return what is outstanding in each currency, in minor units, sorted by currency."""
        return _totals((s.currency, s.outstanding_minor) for s in self.accounts if s.closed_on is None)


def _totals(pairs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    totals: dict[str, int] = {}
    for currency, minor in pairs:
        totals[currency] = totals.get(currency, 0) + minor
    return tuple(sorted((currency, minor) for currency, minor in totals.items() if minor))
