"""Roll rates: where the accounts of each band are at the next snapshot, by count and by balance.

Gross roll and net flow are two measures. A roll follows accounts and is a share; a flow compares two balances, may
exceed one, and is no probability.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

import attrs
import numpy as np

from collectkit.delinquency import MONTHLY, Buckets
from collectkit.errors import ValidationError
from collectkit.portfolio import Portfolio
from collectkit.reports._sums import currencies, grouped_count, grouped_sum
from collectkit.reports.ageing import CLOSED, NOT_STARTED, band_index, band_names, day_of
from collectkit.reports.rates import Dataset, Rate


@attrs.frozen
class RollLine:
    """
    The accounts that went from one band to another.

    Attributes:
        currency: ISO 4217 code.
        origin: Band at the first snapshot.
        target: Band at the second.
        accounts: How many; over pooled pairs an account counts once in each pair.
        opening_minor: Outstanding on them at the first snapshot.
        moved_minor: What of that is still outstanding at the second.
        left_minor: What of that is not: paid, refunded or given up. `opening_minor` = `moved_minor` + `left_minor`.
        added_minor: What came on top in between, such as fees. Outstanding then = `moved_minor` + `added_minor`.
    """

    currency: str
    origin: str
    target: str
    accounts: int
    opening_minor: int
    moved_minor: int
    left_minor: int
    added_minor: int


@attrs.frozen
class Rolls(Dataset):
    """
    A transition matrix between snapshots of the same accounts.

    Attributes:
        pairs: First and second day of each pair that was pooled.
        bands: Order of rows and columns: ``not_started``, ``current``, the bands of lateness, ``closed``.
        lines: Every combination of bands that occurred.
    """

    pairs: tuple[tuple[date, date], ...]
    bands: tuple[str, ...]
    lines: tuple[RollLine, ...]

    @property
    def currencies(self) -> tuple[str, ...]:
        """Return the currencies, sorted."""
        return tuple(sorted({line.currency for line in self.lines}))

    def _of(self, currency: str, origin: str) -> tuple[RollLine, ...]:
        return tuple(line for line in self.lines if (line.currency, line.origin) == (currency, origin))

    def row(self, currency: str, origin: str) -> dict[str, int]:
        """Return how many accounts of *origin* went to each band, bands without any left out."""
        return {line.target: line.accounts for line in self._of(currency, origin)}

    def roll(self, currency: str, origin: str, target: str) -> Rate:
        """Return the accounts that went from *origin* to *target* of all in *origin*."""
        row = self.row(currency, origin)
        return Rate(row.get(target, 0), sum(row.values()), "accounts", f"roll from {origin} to {target}")

    def roll_of_balance(self, currency: str, origin: str, target: str) -> Rate:
        """Return the balance that went from *origin* to *target* and is still owed, of the whole opening balance."""
        lines = self._of(currency, origin)
        moved = sum(line.moved_minor for line in lines if line.target == target)
        return Rate(moved, sum(line.opening_minor for line in lines), "minor", f"balance rolled from {origin} to {target}")

    def roll_back(self, currency: str, origin: str) -> Rate:
        """Return the accounts that went from *origin* to an earlier band of late ones, of all in *origin*; cured ones are none of them."""
        late = late_bands(self.bands)
        earlier, row = late[: late.index(origin)] if origin in late else (), self.row(currency, origin)
        return Rate(
            sum(row.get(band, 0) for band in earlier), sum(row.values()), "accounts", f"roll back from {origin}", ("cured accounts",)
        )

    def collected(self, currency: str, origin: str) -> Rate:
        """Return what of the opening balance of *origin* is no longer owed."""
        lines = self._of(currency, origin)
        return Rate(sum(line.left_minor for line in lines), sum(line.opening_minor for line in lines), "minor", f"left from {origin}")

    def flow(self, currency: str, origin: str, target: str) -> Rate:
        """Return the closing balance of *target* over the opening balance of *origin*: the net flow, which may exceed one."""
        closing = sum(line.moved_minor + line.added_minor for line in self.lines if (line.currency, line.target) == (currency, target))
        opening = sum(line.opening_minor for line in self._of(currency, origin))
        return Rate(closing, opening, "minor", f"net flow from {origin} to {target}")


def rolls(first: Portfolio, second: Portfolio, buckets: Buckets = MONTHLY) -> Rolls:
    """
    Follow the accounts of one snapshot to another.

    Args:
        first: The earlier snapshot.
        second: The later one, of the same accounts in the same order.
        buckets: The bands of lateness.

    Raises:
        ValidationError: The accounts differ, or a snapshot was read on several days.
    """
    if len(first) != len(second) or bool((first.account != second.account).any()):
        raise ValidationError("a roll needs the same accounts in the same order at both snapshots; nothing was computed")
    names, lines = band_names(buckets), list[RollLine]()
    size = len(names)
    for currency, held in currencies(first):
        later = second.select(first.currency.codes == first.currency.values.index(currency))
        groups = band_index(held, buckets).astype(np.intp) * size + band_index(later, buckets)
        opening, closing = held.outstanding_minor, later.outstanding_minor
        moved = np.minimum(opening, closing)
        amounts = (opening, moved, opening - moved, closing - moved)
        columns = [grouped_count(groups, size * size), *(grouped_sum(groups, amount, size * size) for amount in amounts)]
        for place, (accounts, *sums) in enumerate(zip(*columns, strict=True)):
            if accounts:
                lines.append(RollLine(currency, names[place // size], names[place % size], accounts, *sums))
    before, after = day_of(first), day_of(second)
    return Rolls(((before, after),) if before is not None and after is not None else (), names, tuple(lines))


def rolls_between(snapshots: Sequence[Portfolio], buckets: Buckets = MONTHLY) -> Rolls:
    """Pool the rolls of each snapshot to the next one."""
    return pooled([rolls(first, second, buckets) for first, second in pairwise(snapshots)], buckets)


def pooled(parts: Iterable[Rolls], buckets: Buckets = MONTHLY) -> Rolls:
    """
    Add up several matrices over the same bands.

    Raises:
        ValidationError: The bands differ.
    """
    names, pairs = band_names(buckets), list[tuple[date, date]]()
    sums: dict[tuple[str, str, str], list[int]] = {}
    for part in parts:
        if part.bands != names:
            raise ValidationError(f"only matrices over the bands {', '.join(names)} can be pooled; nothing was computed")
        pairs += part.pairs
        for line in part.lines:
            figures = [line.accounts, line.opening_minor, line.moved_minor, line.left_minor, line.added_minor]
            held = sums.setdefault((line.currency, line.origin, line.target), [0] * len(figures))
            for place, figure in enumerate(figures):
                held[place] += figure
    order = {name: place for place, name in enumerate(names)}
    keys = sorted(sums, key=lambda key: (key[0], order[key[1]], order[key[2]]))
    return Rolls(tuple(pairs), names, tuple(RollLine(*key, *sums[key]) for key in keys))


def late_bands(bands: Iterable[str]) -> tuple[str, ...]:
    """Return the bands of accounts that are past due."""
    return tuple(band for band in bands if band not in (NOT_STARTED, "current", CLOSED))
