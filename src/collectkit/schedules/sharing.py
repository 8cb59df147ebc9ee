"""One payment over several accounts of a person: which account gets how much, by a named strategy.

Whatever the strategy: nothing is created or lost, no account gets more than it can use as long as another can use it, and
a larger payment never gives any account less. Money beyond everything that is outstanding goes to the last in line, as
credit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType

import attrs

from collectkit.errors import PolicyError, ValidationError
from collectkit.money import Money
from collectkit.schedules.book import Book

__all__ = ["STRATEGIES", "Candidate", "Share", "ShareRule", "candidate_of", "share_payment"]


@attrs.frozen
class Candidate:
    """
    An account that a payment may go to, in minor units.

    Attributes:
        account: Its id.
        past_due_minor: Due before the day.
        outstanding_minor: All that is unpaid.
        oldest_unpaid_due_on: Due date of the oldest that is unpaid; None when nothing is.
        days_past_due: Days since then; 0 when nothing is late.
        promised_on: Due date of the promise that is open; None without one.
        promised_minor: What is still to come of it.
    """

    account: str
    past_due_minor: int
    outstanding_minor: int
    oldest_unpaid_due_on: date | None = None
    days_past_due: int = 0
    promised_on: date | None = None
    promised_minor: int = 0


def candidate_of(account: str, book: Book, *, promised_on: date | None = None, promised_minor: int = 0) -> Candidate:
    """
    Return an account as a candidate, from its book on the value date of the payment.

    Args:
        account: Its id.
        book: How it stands on that day, a calendar day in its time zone; due on the day itself is not late.
        promised_on: Due date of its open promise; None without one.
        promised_minor: What is still to come of the promise, in minor units.

    Source:
        The book; nothing is decided here.
    """
    held = book.balances()
    oldest = held.oldest_unpaid_due_on
    days = (book.as_of - oldest).days if oldest is not None and oldest < book.as_of else 0
    return Candidate(account, held.past_due_minor, held.outstanding_minor, oldest, days, promised_on, promised_minor)


@attrs.frozen
class Share:
    """
    A part of the payment.

    Attributes:
        account: Which account.
        amount: How much; never zero.
        why: Which rule gave it this.
    """

    account: str
    amount: Money
    why: str


ShareRule = Callable[[Sequence[Candidate]], Sequence[Candidate]]
"""Puts candidates in the order in which they are paid."""


def _oldest(one: Candidate) -> tuple[date, str]:
    return (one.oldest_unpaid_due_on or date.max, one.account)


def _by_oldest(held: Sequence[Candidate]) -> Sequence[Candidate]:
    return sorted(held, key=_oldest)


def _by_days(held: Sequence[Candidate]) -> Sequence[Candidate]:
    return sorted(held, key=lambda one: (-one.days_past_due, *_oldest(one)))


def _by_smallest(held: Sequence[Candidate]) -> Sequence[Candidate]:
    return sorted(held, key=lambda one: (one.outstanding_minor, *_oldest(one)))


def _by_promise(held: Sequence[Candidate]) -> Sequence[Candidate]:
    return sorted(held, key=lambda one: (one.promised_on or date.max, *_oldest(one)))


STRATEGIES: Mapping[str, ShareRule] = MappingProxyType(
    {"oldest": _by_oldest, "highest_days_past_due": _by_days, "smallest_balance": _by_smallest, "promise_first": _by_promise}
)
"""
Strategies that pay one account after the other, by name; ``pro_rata`` and the customer's direction come beside them.

``oldest`` due date first; ``highest_days_past_due`` first; ``smallest_balance`` first, which leaves the fewest plans open;
``promise_first`` gives each promise what is still to come of it, then goes on with the oldest. A tie is broken by the oldest due
date, then by the id.
"""


def share_payment(
    amount: Money,
    candidates: Sequence[Candidate],
    strategy: str | ShareRule = "oldest",
    *,
    direction: Mapping[str, Money] = MappingProxyType({}),
) -> tuple[Share, ...]:
    """
    Share one payment over accounts.

    An account gets at most what is past due, before any gets what is due later; but ``smallest_balance`` pays all of one account before
    the next, and ``promise_first`` what was promised before anything else. What is beyond everything outstanding is credit of the last.

    Args:
        amount: The payment, more than zero.
        candidates: The accounts of the person in the payment's currency, each once.
        strategy: A name of `STRATEGIES`, ``pro_rata`` to what is past due, or a rule of the host's own.
        direction: What the customer asked to be paid, by account; it comes first, in the order given, and may not exceed
            the payment. In some places following it is the customer's right.

    Raises:
        PolicyError: There is no such strategy.
        ValidationError: No account, one named twice, a direction to none of them or for more than was paid.

    Source:
        The host's policy, or the customer. Whole minor units: what does not divide goes, a unit at a time, where it leaves the most
        weight a unit (D'Hondt).

    >>> two = [Candidate("a-1", 3_000, 9_000, date(2026, 9, 1)), Candidate("a-2", 2_000, 4_000, date(2026, 8, 1))]
    >>> [(share.account, share.amount.minor) for share in share_payment(Money(4_000, "USD"), two)]
    [('a-2', 2000), ('a-1', 2000)]
    """
    _check(amount, candidates, direction)
    taken: dict[str, list[tuple[int, str]]] = {}
    left = amount.minor
    for account, wanted in direction.items():
        left -= wanted.minor
        taken.setdefault(account, []).append((wanted.minor, "the customer's direction"))
    got = {one.account: sum(minor for minor, _ in taken.get(one.account, ())) for one in candidates}
    for name, order, room in _rounds(candidates, strategy):
        for account, minor in _fill(left, order, {key: max(0, most - got[key]) for key, most in room.items()}, name):
            left -= minor
            got[account] += minor
            taken.setdefault(account, []).append((minor, name))
    if left:
        last = (_rounds(candidates, strategy)[-1][1])[-1].account
        taken.setdefault(last, []).append((left, "beyond everything that is outstanding: credit"))
    return tuple(
        Share(account, Money(sum(minor for minor, _ in parts), amount.currency), "; ".join(dict.fromkeys(why for _, why in parts)))
        for account, parts in taken.items()
        if any(minor for minor, _ in parts)
    )


def _check(amount: Money, candidates: Sequence[Candidate], direction: Mapping[str, Money]) -> None:
    names = [one.account for one in candidates]
    if amount.minor <= 0 or not names or len(set(names)) < len(names):
        raise ValidationError("a payment of more than zero is shared over accounts that are each named once; nothing was shared")
    unknown = sorted(set(direction) - set(names))
    if unknown or any(wanted.currency != amount.currency or wanted.minor < 0 for wanted in direction.values()):
        raise ValidationError(
            f"a direction names accounts among {', '.join(names)} and amounts in {amount.currency}, none negative; nothing was shared"
        )
    if sum(wanted.minor for wanted in direction.values()) > amount.minor:
        raise ValidationError(f"the direction asks for more than the {amount} that was paid; nothing was shared")


Round = tuple[str, Sequence[Candidate], Mapping[str, int]]


def _rounds(candidates: Sequence[Candidate], strategy: str | ShareRule) -> list[Round]:
    """Return the rounds of a strategy: its words, the order of accounts, and the most that each may have got after it."""
    past_due = {one.account: one.past_due_minor for one in candidates}
    everything = {one.account: one.outstanding_minor for one in candidates}
    if strategy == "pro_rata":
        order = _by_oldest(candidates)
        return [("pro rata to what is past due", order, past_due), ("pro rata, then oldest", order, everything)]
    rule = STRATEGIES.get(strategy) if isinstance(strategy, str) else strategy
    if rule is None:
        raise PolicyError(f"a strategy is one of {', '.join((*STRATEGIES, 'pro_rata'))}, got {strategy!r}; nothing was shared")
    name = strategy.replace("_", " ") if isinstance(strategy, str) else "the host's own rule"
    line = list(rule(candidates))
    if sorted(one.account for one in line) != sorted(past_due):
        raise PolicyError("a strategy puts every account in line once; nothing was shared")
    rounds: list[Round] = []
    if strategy == "promise_first":
        rounds.append(("promise first", line, {one.account: min(one.promised_minor, one.outstanding_minor) for one in candidates}))
        line = list(_by_oldest(candidates))
    if strategy == "smallest_balance":
        return [(name, line, everything)]
    return [*rounds, (f"{name}, what is past due", line, past_due), (f"{name}, what is due later", line, everything)]


def _fill(left: int, order: Sequence[Candidate], room: Mapping[str, int], name: str) -> list[tuple[str, int]]:
    """Return who gets how much of what is left in one round."""
    if name == "pro rata to what is past due":
        total = sum(room.values())
        if not total:
            return []
        parts = _proportionally(min(left, total), [room[one.account] for one in order])
        return [(one.account, part) for one, part in zip(order, parts, strict=True) if part]
    found = []
    for one in order:
        part = min(left, room[one.account])
        if part:
            found.append((one.account, part))
            left -= part
    return found


def _proportionally(minor: int, weights: Sequence[int]) -> list[int]:
    """
    Share in proportion; none gets more than its weight while *minor* is at most their sum.

    What does not divide goes where one unit more leaves the most weight a unit (D'Hondt). Of the common methods this one
    never gives anybody less when there is more to share.
    """
    total = sum(weights)
    parts = [minor * weight // total for weight in weights]
    for _ in range(minor - sum(parts)):
        parts[max(range(len(weights)), key=lambda at: (Fraction(weights[at], parts[at] + 1), -at))] += 1
    return parts
