"""Cures: how much of what was past due at one snapshot is current or closed at the next.

A snapshot cannot tell a cure by payment from one by a new date. Accounts whose plan was changed in between are to be
left out by the caller, or counted apart.
"""

from __future__ import annotations

import attrs

from collectkit.reports.ageing import CLOSED
from collectkit.reports.rates import Dataset, Rate
from collectkit.reports.rolls import Rolls, late_bands


@attrs.frozen
class CureLine:
    """
    The cures out of one band in one currency.

    Attributes:
        currency: ISO 4217 code.
        band: Band of lateness at the first snapshot; ``all`` for every late one.
        accounts: Cured accounts of late ones.
        balance: Balance of the cured accounts of that of the late ones, both at the first snapshot.
    """

    currency: str
    band: str
    accounts: Rate
    balance: Rate


@attrs.frozen
class Cures(Dataset):
    """
    Cure rates.

    Attributes:
        lines: By currency, ``all`` first, then each band of lateness.
    """

    lines: tuple[CureLine, ...]

    def of(self, currency: str, band: str = "all") -> CureLine:
        """
        Return one line.

        Raises:
            KeyError: There is no such currency or band.
        """
        for line in self.lines:
            if (line.currency, line.band) == (currency, band):
                return line
        raise KeyError((currency, band))


def cures(rolls: Rolls) -> Cures:
    """Read the cure rates out of a transition matrix."""
    late = late_bands(rolls.bands)
    return Cures(
        tuple(
            _line(rolls, currency, band, origins)
            for currency in rolls.currencies
            for band, origins in [("all", late), *((band, (band,)) for band in late)]
        )
    )


def _line(rolls: Rolls, currency: str, band: str, origins: tuple[str, ...]) -> CureLine:
    lines = [line for line in rolls.lines if line.currency == currency and line.origin in origins]
    cured = [line for line in lines if line.target in ("current", CLOSED)]
    excluded = ("accounts that were not past due at the first snapshot",)
    return CureLine(
        currency,
        band,
        Rate(sum(line.accounts for line in cured), sum(line.accounts for line in lines), "accounts", "cured of past due", excluded),
        Rate(
            sum(line.opening_minor for line in cured),
            sum(line.opening_minor for line in lines),
            "minor",
            "balance of cured accounts of past due ones",
            excluded,
        ),
    )
