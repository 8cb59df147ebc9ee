"""Promises: kept, broken and open, by number and by amount."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum

import attrs

from collectkit.arrangements.promises import PromiseState, PromiseVerdict
from collectkit.reports.rates import Dataset, Rate

JUDGED = (PromiseVerdict.KEPT, PromiseVerdict.PARTIALLY_KEPT, PromiseVerdict.BROKEN)
_EXCLUDED = ("open promises", "cancelled promises", "superseded promises", "invalidated promises")
_DAYS = (0, 3, 7, 14)


class PromiseGroup(Enum):
    """By what promises are compared."""

    AGENT = "agent"
    """Who took them; empty when nobody did."""
    CHANNEL = "channel"
    KIND = "kind"
    HORIZON = "horizon"
    """Days from the day on which one was made to its due date: 0, 1-3, 4-7, 8-14, 15+."""


@attrs.frozen
class PromiseLine:
    """
    The promises of one verdict in one currency.

    Attributes:
        currency: ISO 4217 code.
        verdict: What became of them.
        promises: How many.
        promised_minor: What was promised.
        counted_minor: What was paid that counts for them.
    """

    currency: str
    verdict: PromiseVerdict
    promises: int
    promised_minor: int
    counted_minor: int


@attrs.frozen
class Promises(Dataset):
    """
    Promises by verdict.

    Attributes:
        lines: By currency, in the order of `PromiseVerdict`.
    """

    lines: tuple[PromiseLine, ...]

    def of(self, currency: str, verdict: PromiseVerdict) -> PromiseLine:
        """Return one line; of zeros when there is no such promise."""
        for line in self.lines:
            if (line.currency, line.verdict) == (currency, verdict):
                return line
        return PromiseLine(currency, verdict, 0, 0, 0)

    def kept_rate(self, currency: str) -> Rate:
        """Return the promises kept of all that were judged."""
        judged = sum(self.of(currency, verdict).promises for verdict in JUDGED)
        return Rate(self.of(currency, PromiseVerdict.KEPT).promises, judged, "promises", "kept of judged", _EXCLUDED)

    def kept_rate_by_amount(self, currency: str) -> Rate:
        """Return the amount of the promises kept of all that were judged."""
        judged = sum(self.of(currency, verdict).promised_minor for verdict in JUDGED)
        return Rate(self.of(currency, PromiseVerdict.KEPT).promised_minor, judged, "minor", "amount kept of judged", _EXCLUDED)


def promises_by(states: Iterable[PromiseState], group: PromiseGroup) -> dict[str, Promises]:
    """Count what promises have come to, in groups, by name of the group; soft ones are a kind of their own."""
    name = _GROUPS[group]
    found: dict[str, list[PromiseState]] = {}
    for state in states:
        found.setdefault(name(state), []).append(state)
    return {key: promises(found[key]) for key in sorted(found)}


def _horizon(state: PromiseState) -> str:
    days, least = (state.promise.due_on - state.promise.opens_on).days, 0
    for most in _DAYS:
        if days <= most:
            return f"{least}-{most}" if least < most else str(most)
        least = most + 1
    return f"{least}+"


_GROUPS: dict[PromiseGroup, Callable[[PromiseState], str]] = {
    PromiseGroup.AGENT: lambda state: state.promise.evidence.taken_by,
    PromiseGroup.CHANNEL: lambda state: state.promise.channel,
    PromiseGroup.KIND: lambda state: state.promise.kind,
    PromiseGroup.HORIZON: _horizon,
}


def promises(states: Iterable[PromiseState]) -> Promises:
    """Count what promises have come to, each item of a series as one."""
    counts: Counter[tuple[str, PromiseVerdict]] = Counter()
    promised: Counter[tuple[str, PromiseVerdict]] = Counter()
    counted: Counter[tuple[str, PromiseVerdict]] = Counter()
    for state in states:
        key = (state.promise.amount.currency, state.verdict)
        counts[key] += 1
        promised[key] += state.promise.amount.minor
        counted[key] += state.counted_minor
    keys = [(currency, verdict) for currency in sorted({currency for currency, _ in counts}) for verdict in PromiseVerdict]
    return Promises(tuple(PromiseLine(*key, counts[key], promised[key], counted[key]) for key in keys))
