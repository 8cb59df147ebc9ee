"""Ageing: how many accounts and how much money stand in each band of lateness on a day, in each currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import attrs
import numpy as np
import numpy.typing as npt

from collectkit.delinquency import MONTHLY, Buckets
from collectkit.errors import ValidationError
from collectkit.portfolio import NO_DAY, Portfolio, bucket_index
from collectkit.reports._sums import currencies, grouped_count, grouped_sum
from collectkit.reports.rates import Dataset, Rate

NOT_STARTED, CLOSED = "not_started", "closed"


def band_names(buckets: Buckets) -> tuple[str, ...]:
    """Return the bands of an ageing: ``not_started``, those of *buckets*, ``closed``."""
    return (NOT_STARTED, *buckets.names, CLOSED)


def band_index(portfolio: Portfolio, buckets: Buckets) -> npt.NDArray[np.uint8]:
    """
    Return `(n,) uint8`: the position of each account in `band_names`.

    An account is ``closed`` on the day it is closed or has nothing outstanding, ``not_started`` before its purchase.
    """
    bands = bucket_index(portfolio, buckets)
    bands += 1
    bands[portfolio.outstanding_minor == 0] = len(buckets.names) + 1
    bands[portfolio.as_of < portfolio.opened_on] = 0
    bands[portfolio.closed_on != NO_DAY] = len(buckets.names) + 1
    return bands


def day_of(portfolio: Portfolio) -> date | None:
    """
    Return the one day on which all accounts of a portfolio were read; None without accounts.

    Raises:
        ValidationError: They were read on several days.
    """
    days = np.unique(portfolio.as_of)
    if len(days) > 1:
        raise ValidationError(f"all accounts of a report are read on one day, got {len(days)} days; nothing was computed")
    return date.fromordinal(int(days[0])) if len(days) else None


@attrs.frozen
class AgeingLine:
    """
    One band in one currency.

    Attributes:
        currency: ISO 4217 code.
        band: ``not_started``, ``current``, a range of days past due, or ``closed``.
        accounts: How many accounts.
        outstanding_minor: All that remains to be paid on them, due or not.
        past_due_minor: The part of it that is late.
    """

    currency: str
    band: str
    accounts: int
    outstanding_minor: int
    past_due_minor: int


@attrs.frozen
class Ageing(Dataset):
    """
    A portfolio by band of lateness.

    Attributes:
        as_of: The day; None for a portfolio without accounts.
        bands: All bands, in order.
        lines: One per currency and band, by currency and in the order of the bands.
    """

    as_of: date | None
    bands: tuple[str, ...]
    lines: tuple[AgeingLine, ...]

    @property
    def currencies(self) -> tuple[str, ...]:
        """Return the currencies, sorted."""
        return tuple(sorted({line.currency for line in self.lines}))

    def line(self, currency: str, band: str) -> AgeingLine:
        """
        Return one line.

        Raises:
            KeyError: There is no such currency or band.
        """
        for line in self.lines:
            if (line.currency, line.band) == (currency, band):
                return line
        raise KeyError((currency, band))

    def open_lines(self, currency: str) -> tuple[AgeingLine, ...]:
        """Return the lines of accounts that run: neither before their purchase nor closed."""
        return tuple(line for line in self.lines if line.currency == currency and line.band not in (NOT_STARTED, CLOSED))

    def open_accounts(self, currency: str) -> int:
        """Return how many accounts run."""
        return sum(line.accounts for line in self.open_lines(currency))

    def outstanding_minor(self, currency: str) -> int:
        """Return what remains to be paid on the accounts that run, in minor units."""
        return sum(line.outstanding_minor for line in self.open_lines(currency))

    def past_due_minor(self, currency: str) -> int:
        """Return what is late on the accounts that run, in minor units."""
        return sum(line.past_due_minor for line in self.open_lines(currency))

    def not_late_minor(self, currency: str) -> int:
        """Return what remains to be paid on accounts that run and are not late, in minor units."""
        return self.line(currency, "current").outstanding_minor if currency in self.currencies else 0

    def delinquency_rate(self, currency: str) -> Rate:
        """Return the outstanding amount of late accounts over that of all that run."""
        late = self.outstanding_minor(currency) - self.not_late_minor(currency)
        excluded = ("accounts before their purchase", "closed accounts")
        return Rate(late, self.outstanding_minor(currency), "minor", "outstanding on late accounts of all outstanding", excluded)

    def delinquency_rate_by_accounts(self, currency: str) -> Rate:
        """Return the late accounts of all that run."""
        running = self.open_accounts(currency)
        current = self.line(currency, "current").accounts if currency in self.currencies else 0
        return Rate(running - current, running, "accounts", "late of running", ("accounts before their purchase", "closed accounts"))


def ageing(portfolio: Portfolio, buckets: Buckets = MONTHLY) -> Ageing:
    """
    Sort a portfolio into bands of lateness.

    Raises:
        ValidationError: The accounts were read on several days.
    """
    names, lines = band_names(buckets), list[AgeingLine]()
    for currency, held in currencies(portfolio):
        bands, size = band_index(held, buckets), len(names)
        sums = (
            grouped_count(bands, size),
            grouped_sum(bands, held.outstanding_minor, size),
            grouped_sum(bands, held.past_due_minor, size),
        )
        lines += [AgeingLine(currency, name, *figures) for name, *figures in zip(names, *sums, strict=True)]
    return Ageing(day_of(portfolio), names, tuple(lines))


@attrs.frozen
class PersonLine:
    """
    One person in one currency.

    Attributes:
        person: Id.
        currency: ISO 4217 code.
        accounts: How many of their accounts run.
        outstanding_minor: What remains to be paid on them.
        past_due_minor: What of it is late.
    """

    person: str
    currency: str
    accounts: int
    outstanding_minor: int
    past_due_minor: int


@attrs.frozen
class People(Dataset):
    """
    People by what remains to be paid.

    Attributes:
        as_of: The day; None for a portfolio without accounts.
        lines: In each currency the largest first; equal ones by id.
    """

    as_of: date | None
    lines: tuple[PersonLine, ...]


def largest(portfolio: Portfolio, most: int, buckets: Buckets = MONTHLY) -> People:
    """
    Return the people with the most outstanding, at most *most* in each currency; those with nothing are left out.

    Raises:
        ValidationError: The accounts were read on several days.
    """
    lines: list[PersonLine] = []
    for currency, held in currencies(portfolio):
        bands = band_index(held, buckets)
        running = held.select((bands > 0) & (bands <= len(buckets.names)))
        people, groups = np.unique(running.person, return_inverse=True)
        size = len(people)
        sums = (
            grouped_count(groups, size),
            grouped_sum(groups, running.outstanding_minor, size),
            grouped_sum(groups, running.past_due_minor, size),
        )
        found = [PersonLine(str(person), currency, *figures) for person, *figures in zip(people, *sums, strict=True)]
        lines += sorted(found, key=lambda line: (-line.outstanding_minor, line.person))[:most]
    return People(day_of(portfolio), tuple(lines))


def ever_past_due(snapshots: Iterable[Portfolio], days: Sequence[int], buckets: Buckets = MONTHLY) -> tuple[Rate, ...]:
    """
    Tell how many accounts were ever late by at least so many days in any of the snapshots.

    Args:
        snapshots: The same accounts on several days.
        days: Thresholds, each at least 1.
        buckets: Only to tell which accounts run.

    Returns:
        One rate per threshold: such accounts of all accounts that ever ran.
    """
    worst: dict[str, int] = {}
    for snapshot in snapshots:
        bands = band_index(snapshot, buckets)
        running = (bands > 0) & (bands <= len(buckets.names))
        for account, late in zip(snapshot.account[running], snapshot.days_past_due[running].tolist(), strict=True):
            worst[account] = max(late, worst.get(account, 0))
    excluded = ("accounts that never ran on a day of the snapshots",)
    return tuple(
        Rate(sum(late >= least for late in worst.values()), len(worst), "accounts", f"ever {least} days past due or more", excluded)
        for least in days
    )
