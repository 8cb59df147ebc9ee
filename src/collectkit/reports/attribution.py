"""Whose the money is: by one declared rule, whose credits add up to what was collected.

A payment that is reversed or charged back takes back the same credit, or its part of it, on the day on which that happens; what was
undone never was.
Whoever first names a promise, or a series of them, took it. What nobody earned stands under the empty name, so that nothing is lost
and nothing is counted twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Final, TypeAlias

import attrs

from collectkit.allocation import apportion
from collectkit.calendars.periods import require_period
from collectkit.errors import PolicyError
from collectkit.facts import AccountFacts, placement_on
from collectkit.identifiers import CommandId, EntryId, PromiseId
from collectkit.ledger import Payment, Returned, Reversal, order_key
from collectkit.person.dispositions import Counter as Counts
from collectkit.person.dispositions import InteractionRecorded
from collectkit.schedules import standing_returns

NOBODY: Final = ""

Told: TypeAlias = Sequence[tuple[date, InteractionRecorded]]
"""What was done about an account, each with its day."""


class CreditRule(Enum):
    """Who earned a payment."""

    LAST_RPC = "last_rpc"
    """Who spoke last with the right person, within some days before the payment or on its day."""
    PROMISE_TAKER = "promise_taker"
    """Who took the latest promise or series that the payment may be for: made by its day, and due no more than some days before it."""
    HOLDER_AT_VALUE_DATE = "holder_at_value_date"
    """Who held the account on the value date."""
    NONE = "none"
    """Nobody."""


@attrs.frozen
class Attribution:
    """
    The rule by which payments are credited; a host declares one.

    Attributes:
        shares: What part of each payment goes by which rule, in basis points, 10,000 in all; whole minor units by largest remainder.
        days: How far back a conversation counts, and for how long after its due day a promise does; at least 0.

    Raises:
        PolicyError: No shares, a rule twice, shares that are not all of it, or days below 0; no rule was made.
    """

    shares: tuple[tuple[CreditRule, int], ...] = attrs.field(converter=tuple[tuple[CreditRule, int], ...])
    days: int = attrs.field(default=14, kw_only=True)

    def __attrs_post_init__(self) -> None:
        rules = [rule for rule, _ in self.shares]
        if not rules or len(set(rules)) < len(rules) or min(bp for _, bp in self.shares) < 0:
            raise PolicyError("an attribution names each of its rules once, with a share of at least 0; no rule was made")
        if sum(bp for _, bp in self.shares) != 10_000:
            raise PolicyError(f"the shares of an attribution add up to 10000, got {sum(bp for _, bp in self.shares)}; no rule was made")
        if isinstance(self.days, bool) or not isinstance(self.days, int) or self.days < 0:
            raise PolicyError(f"days are a whole number of at least 0, got {self.days!r}; no rule was made")

    @classmethod
    def by(cls, rule: CreditRule, *, days: int = 14) -> Attribution:
        """Return the attribution of whole payments by one rule."""
        return cls([(rule, 10_000)], days=days)


def credits(account: AccountFacts, told: Told, attribution: Attribution, first: date, last: date) -> Iterator[tuple[str, int]]:
    """
    Tell to whom what of each payment of a period goes, and what is taken back in it as what is less; minor units.

    Args:
        account: Whose payments.
        told: What was done about it, each with its day.
        attribution: Who earns a payment.
        first: First day of the period, inclusive.
        last: Last day, inclusive.

    Raises:
        TimeError: The last day is before the first.
    """
    require_period(first, last, "nothing was credited")
    moved = (one for one in _movements(account) if first <= one[1] <= last)
    return (credit for payment, _, minor, before in moved for credit in _credits(account, told, payment, minor, before, attribution))


def _movements(account: AccountFacts) -> Iterator[tuple[Payment, date, int, int]]:
    """Yield each payment, and what was taken back of it as what is less: with the day, minor units, and what there was of it before."""
    back = defaultdict[EntryId, list[Returned]](list)
    for one in sorted(standing_returns(account.entries, date.max), key=order_key):
        back[one.payment].append(one)
    for payment in {entry.id: entry for entry in account.entries if isinstance(entry, Payment)}.values():
        left = payment.amount.minor
        yield payment, payment.value_on, left, 0
        for one in back[payment.id]:
            part = left if isinstance(one, Reversal) else min(left, one.amount.minor)
            if part:
                yield payment, one.value_on, -part, left
            left -= part


def _credits(
    account: AccountFacts, told: Told, payment: Payment, minor: int, before: int, attribution: Attribution
) -> list[tuple[str, int]]:
    """Share out what moved of a payment beside what there was of it before; what is taken back is shared out as the payment was."""
    weights = [bp for _, bp in attribution.shares]
    parts = zip(attribution.shares, apportion(before + minor, weights), apportion(before, weights), strict=True)
    return [(_earner(account, told, payment, rule, attribution.days), after - was) for (rule, _), after, was in parts]


def _earner(account: AccountFacts, told: Told, payment: Payment, rule: CreditRule, days: int) -> str:
    on = payment.value_on
    match rule:
        case CreditRule.LAST_RPC:
            return _latest(one for day, one in told if 0 <= (on - day).days <= days and Counts.RIGHT_PARTY in one.counters)
        case CreditRule.PROMISE_TAKER:
            open_ = {promise.group for promise in account.promises if (on - promise.due_on).days <= days}
            return _latest(one for promise, (day, one) in takings(told).items() if day <= on and promise in open_)
        case CreditRule.HOLDER_AT_VALUE_DATE:
            holder = placement_on(account, on)
            return holder.handler if holder is not None else NOBODY
    return NOBODY


def _latest(told: Iterable[InteractionRecorded]) -> str:
    """Return who made the last of these contacts; nobody when there is none."""
    last = max(told, key=_order, default=None)
    return last.interaction.collector if last is not None else NOBODY


def _order(told: InteractionRecorded) -> tuple[datetime, CommandId]:
    return told.at, told.interaction.id


def takings(told: Told) -> dict[PromiseId, tuple[date, InteractionRecorded]]:
    """Return by which interaction each promise or series was taken: the first that names it."""
    found = dict[PromiseId, tuple[date, InteractionRecorded]]()
    for day, one in sorted(told, key=lambda entry: _order(entry[1])):
        if one.interaction.promise is not None:
            found.setdefault(one.interaction.promise, (day, one))
    return found
