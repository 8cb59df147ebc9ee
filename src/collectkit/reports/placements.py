"""Placements: what each handler holds, and what came in while they held it.

A payment is credited to whoever held the account on its value date. What of payments was taken back is credited to
nobody, and an account that nobody holds stands under the empty name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

import attrs
import numpy as np

from collectkit.calendars.periods import require_period
from collectkit.delinquency import MONTHLY
from collectkit.facts import AccountFacts, placement_on
from collectkit.ledger import Payment
from collectkit.portfolio import Portfolio
from collectkit.reports._sums import currencies, grouped_count, grouped_sum
from collectkit.reports.ageing import band_index, day_of
from collectkit.reports.rates import Dataset
from collectkit.schedules import without_returns

NOBODY = ""


@attrs.frozen
class PlacementLine:
    """
    One handler in one currency, in minor units.

    Attributes:
        handler: Id; empty for accounts that nobody holds.
        currency: ISO 4217 code.
        accounts: How many running accounts they hold.
        outstanding_minor: What remains to be paid on them.
        past_due_minor: What of it is late.
        collected_minor: What was paid in the period on accounts they held on the value date.
    """

    handler: str
    currency: str
    accounts: int
    outstanding_minor: int
    past_due_minor: int
    collected_minor: int


@attrs.frozen
class Placements(Dataset):
    """
    What handlers hold and collected.

    Attributes:
        as_of: Day of the holdings; None without accounts.
        first: First day of the payments, inclusive.
        last: Last day of the payments, inclusive.
        lines: By currency and handler.
    """

    as_of: date | None
    first: date
    last: date
    lines: tuple[PlacementLine, ...]


def placements(portfolio: Portfolio, facts: Iterable[AccountFacts], *, first: date, last: date) -> Placements:
    """
    Tell what each handler holds and collected.

    Args:
        portfolio: The accounts on the day of the report.
        facts: The same accounts, for their payments and earlier placements.
        first: First value date of payments, inclusive.
        last: Last value date of payments, inclusive.

    Raises:
        ValidationError: The accounts were read on several days.
        TimeError: The last day is before the first.
    """
    require_period(first, last, "nothing was counted")
    held = _held(portfolio)
    credited: Counter[tuple[str, str]] = Counter()
    for account in facts:
        for payment in _payments(account, first, last):
            holder = placement_on(account, payment.value_on)
            credited[payment.amount.currency, NOBODY if holder is None else holder.handler] += payment.amount.minor
    keys = sorted({*held, *credited})
    lines = tuple(
        PlacementLine(handler, currency, *held.get((currency, handler), (0, 0, 0)), credited[currency, handler])
        for currency, handler in keys
    )
    return Placements(day_of(portfolio), first, last, lines)


def _held(portfolio: Portfolio) -> dict[tuple[str, str], tuple[int, int, int]]:
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for currency, held in currencies(portfolio):
        bands = band_index(held, MONTHLY)
        running = held.select((bands > 0) & (bands <= len(MONTHLY.names)))
        names = (NOBODY, *running.handler.values)
        groups, size = running.handler.codes.astype(np.intp) + 1, len(names)
        accounts = grouped_count(groups, size)
        outstanding = grouped_sum(groups, running.outstanding_minor, size)
        past_due = grouped_sum(groups, running.past_due_minor, size)
        for place, name in enumerate(names):
            if accounts[place]:
                found[currency, name] = (accounts[place], outstanding[place], past_due[place])
    return found


def _payments(facts: AccountFacts, first: date, last: date) -> list[Payment]:
    known = without_returns(facts.entries, last)
    return [entry for entry in known if isinstance(entry, Payment) and first <= entry.value_on <= last]
