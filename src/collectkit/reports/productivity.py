"""What each person or team did, and what of the money is theirs: by one declared rule, whose credits add up to what was collected.

A payment that is reversed takes back the same credit, on the day on which it is reversed; a reversal that was undone never was.
Whoever first names a promise, or a series of them, took it. What nobody earned stands under the empty name, so that nothing is lost
and nothing is counted twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.allocation import apportion
from collectkit.arrangements.promises import PromiseVerdict
from collectkit.calendars.dates import local_date
from collectkit.errors import PolicyError
from collectkit.facts import AccountFacts, placement_on
from collectkit.identifiers import CommandId, EntryId, PromiseId
from collectkit.ledger import Payment
from collectkit.person.dispositions import Counter as Counts
from collectkit.person.dispositions import InteractionRecorded
from collectkit.reports.rates import Dataset
from collectkit.schedules import standing_reversals

NOBODY: Final = ""


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


@attrs.frozen
class WorkTime:
    """How long somebody worked in the period, as the host's telephone knows it: whole seconds of talk, of wrap-up, and in all."""

    talk_seconds: int = 0
    wrap_seconds: int = 0
    seconds: int = 0


NO_TIME: Final = WorkTime()


@attrs.frozen
class ProductivityLine:
    """
    What one person or team did in one currency.

    Attributes:
        worker: Id of the collector or handler; empty for what nobody did or earned.
        currency: ISO 4217 code.
        attempts: Tries to reach somebody, of what was recorded with a result.
        connects: Of these, those in which somebody or a mailbox answered.
        conversations: Those with the right person.
        promises: Promises taken.
        kept_minor: What was promised by those of them that were judged kept, minor units.
        accounts: How many accounts were worked, each once.
        credited_minor: What of the money of the period is theirs, minor units; below 0 when more was taken back.
        talk_seconds: As the host told.
        wrap_seconds: As the host told.
        seconds: As the host told; 0 when it told nothing.
    """

    worker: str
    currency: str
    attempts: int
    connects: int
    conversations: int
    promises: int
    kept_minor: int
    accounts: int
    credited_minor: int
    talk_seconds: int
    wrap_seconds: int
    seconds: int

    @property
    def accounts_an_hour(self) -> Fraction | None:
        """How many accounts were worked in an hour; None where the host told no time."""
        return Fraction(self.accounts * 3_600, self.seconds) if self.seconds else None


@attrs.frozen
class Productivity(Dataset):
    """
    What everybody did in a period.

    Attributes:
        first: First day, inclusive.
        last: Last day, inclusive.
        attribution: By which payments were credited.
        lines: By currency and worker.
    """

    first: date
    last: date
    attribution: Attribution
    lines: tuple[ProductivityLine, ...]

    def collected_minor(self, currency: str) -> int:
        """Return what was collected in the period less what was taken back: the sum of all credits."""
        return sum(line.credited_minor for line in self.lines if line.currency == currency)


def productivity(
    facts: Iterable[AccountFacts],
    attribution: Attribution,
    *,
    first: date,
    last: date,
    zone: str,
    times: Mapping[tuple[str, str], WorkTime] = MappingProxyType({}),
) -> Productivity:
    """
    Tell what everybody did, and what of the money is theirs.

    Args:
        facts: The accounts.
        attribution: Who earns a payment.
        first: First day of the period, inclusive.
        last: Last day, inclusive.
        zone: Business zone, for the days of conversations.
        times: How long each worked, by worker and currency, where the host knows it.
    """
    names = (*(one.value for one in Counts), "accounts", "kept", "credited")
    done: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in names}
    for account in facts:
        currency, told = account.plan.currency, [(local_date(one.at, zone), one) for one in account.interactions]
        mine = [one for day, one in told if first <= day <= last]
        for one in mine:
            for count in one.counters:
                done[count.value][currency, one.interaction.collector] += 1
        kept = _kept_minor(account)
        for promise, (day, one) in _takings(told).items():
            if first <= day <= last:
                done["kept"][currency, one.interaction.collector] += kept[promise]
        done["accounts"].update((currency, worker) for worker in {one.interaction.collector for one in mine})
        for payment, minor in _movements(account, first, last):
            for worker, part in _credits(account, told, payment, minor, attribution):
                done["credited"][currency, worker] += part
    known = ((currency, worker) for worker, currency in times)
    keys = sorted({*known, *(key for counts in done.values() for key in counts)})
    lines = [_line(currency, worker, done, times.get((worker, currency), NO_TIME)) for currency, worker in keys]
    return Productivity(first, last, attribution, tuple(lines))


def _line(currency: str, worker: str, done: Mapping[str, Mapping[tuple[str, str], int]], time: WorkTime) -> ProductivityLine:
    def told(name: str) -> int:
        return done[name].get((currency, worker), 0)

    return ProductivityLine(
        worker,
        currency,
        attempts=told("attempt"),
        connects=told("connect"),
        conversations=told("right_party"),
        promises=told("promise"),
        kept_minor=told("kept"),
        accounts=told("accounts"),
        credited_minor=told("credited"),
        talk_seconds=time.talk_seconds,
        wrap_seconds=time.wrap_seconds,
        seconds=time.seconds,
    )


def _latest(told: Iterable[InteractionRecorded]) -> str:
    """Return who made the last of these contacts; nobody when there is none."""
    last = max(told, key=_order, default=None)
    return last.interaction.collector if last is not None else NOBODY


def _order(told: InteractionRecorded) -> tuple[datetime, CommandId]:
    return told.at, told.interaction.id


def _takings(told: Sequence[tuple[date, InteractionRecorded]]) -> dict[PromiseId, tuple[date, InteractionRecorded]]:
    """Return by which interaction each promise or series was taken: the first that names it."""
    found = dict[PromiseId, tuple[date, InteractionRecorded]]()
    for day, one in sorted(told, key=lambda entry: _order(entry[1])):
        if one.interaction.promise is not None:
            found.setdefault(one.interaction.promise, (day, one))
    return found


def _kept_minor(account: AccountFacts) -> Counter[PromiseId]:
    """Return what was kept of each promise, of a series all its items together, by what is believed now."""
    kept = {judged.id for judged in account.judged if judged.verdict is PromiseVerdict.KEPT}
    found = Counter[PromiseId]()
    for promise in account.promises:
        found[promise.group] += promise.amount.minor if promise.id in kept else 0
    return found


def _movements(account: AccountFacts, first: date, last: date) -> list[tuple[Payment, int]]:
    """Return payments of the period, and those that were taken back in it as what is less; each with its amount."""
    payments = {entry.id: entry for entry in account.entries if isinstance(entry, Payment)}
    found = [(payment, payment.amount.minor) for payment in payments.values() if first <= payment.value_on <= last]
    back = dict[EntryId, date]()
    for reversal in standing_reversals(account.entries, date.max):
        back[reversal.payment] = min(reversal.value_on, back.get(reversal.payment, date.max))
    found += [(payments[id], -payments[id].amount.minor) for id, on in back.items() if first <= on <= last and id in payments]
    return found


def _credits(
    account: AccountFacts, told: Sequence[tuple[date, InteractionRecorded]], payment: Payment, minor: int, attribution: Attribution
) -> list[tuple[str, int]]:
    """Share out a payment; what is taken back is shared out as the payment was."""
    parts = apportion(abs(minor), [bp for _, bp in attribution.shares])
    sign = 1 if minor >= 0 else -1
    rules = [rule for rule, _ in attribution.shares]
    return [(_earner(account, told, payment, rule, attribution.days), sign * part) for rule, part in zip(rules, parts, strict=True)]


def _earner(account: AccountFacts, told: Sequence[tuple[date, InteractionRecorded]], payment: Payment, rule: CreditRule, days: int) -> str:
    on = payment.value_on
    match rule:
        case CreditRule.LAST_RPC:
            return _latest(one for day, one in told if 0 <= (on - day).days <= days and Counts.RIGHT_PARTY in one.counters)
        case CreditRule.PROMISE_TAKER:
            open_ = {promise.group for promise in account.promises if (on - promise.due_on).days <= days}
            return _latest(one for promise, (day, one) in _takings(told).items() if day <= on and promise in open_)
        case CreditRule.HOLDER_AT_VALUE_DATE:
            holder = placement_on(account, on)
            return holder.handler if holder is not None else NOBODY
    return NOBODY
