"""Judging promises: what became of each, as a function of the promises, the money and a day.

A verdict is never stored as truth. That is why a payment that bounces or is charged back after the promise was kept
re-opens the question by itself. Money counted for one promise is counted for no other, whatever the waterfall did with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import attrs

from collectkit.arrangements.promises import (
    OnMissed,
    Order,
    PaymentNamed,
    Promise,
    PromiseCancelled,
    PromisePolicy,
    PromiseState,
    PromiseVerdict,
)
from collectkit.calendars.spans import NEVER, NO_DAYS, Spans
from collectkit.identifiers import EntryId, PromiseId
from collectkit.ledger import Payment, Returned, what_stayed

__all__ = ["Remaining", "judge", "judge_all"]

Remaining = Callable[[Promise, date], int]
"""Tells what was unpaid, at the end of a day, of what a promise is about; in minor units."""


def judge(
    promise: Promise,
    payments: Iterable[Payment],
    returned: Iterable[Returned] = (),
    *,
    as_of: date,
    policy: PromisePolicy = PromisePolicy(),
) -> PromiseState:
    """
    Tell what one promise has come to; for an account with several, `judge_all` counts no money twice.

    Args:
        promise: The promise.
        payments: All payments of the account, in any order; those dated after *as_of* do not count.
        returned: All that was taken back; what of a payment went back by *as_of* counts for nothing, also before that day.
        as_of: The day asked about.
        policy: Grace and tolerance.

    Source:
        The policy's `PromisePolicy`: kept by what was paid from the day of the making through the due date and its grace, both
        inclusive.
    """
    return judge_all([attrs.evolve(promise, replaces=None)], payments, returned, as_of=max(as_of, promise.opens_on), policy=policy)[0]


def judge_all(
    promises: Iterable[Promise],
    payments: Iterable[Payment],
    returned: Iterable[Returned] = (),
    *,
    as_of: date,
    policy: PromisePolicy = PromisePolicy(),
    cancelled: Iterable[PromiseCancelled] = (),
    remaining_minor: Remaining | None = None,
    named: Iterable[PaymentNamed] = (),
    still: Spans = NO_DAYS,
) -> tuple[PromiseState, ...]:
    """
    Tell what each promise of an account has come to, in the order in which money counts for them: the one due first in front.

    Each payment goes to the promises whose window it falls into, from the day one was made through its due date and
    grace: up to the amount of the first, then on to the next. Which comes first is the customer's word, then the policy's. Counting
    measures and moves no money.

    Args:
        promises: All that were made, items of series among them; one made after *as_of* is left out.
        payments: All payments of the account, in any order.
        returned: All that was taken back: by reversals, and by chargebacks, wholly or in part.
        as_of: The day asked about.
        policy: Grace and tolerance.
        cancelled: What was withdrawn.
        remaining_minor: With it, a refund or waiver that leaves less to pay than was promised lowers the promise. Asked only
            when a promise is not kept anyway.
        named: For which promise the customer said that a payment is.
        still: Days on which a hold kept what was promised: its last day, grace included, is later by those that lie before it.

    Source:
        The policy's `PromisePolicy`, as for `judge`. Whole minor units; days are calendar days in the business zone, grace perhaps
        business days.
    """
    by_made = policy.order is Order.MADE_FIRST
    made = sorted(
        (p for p in promises if p.opens_on <= as_of),
        key=lambda p: (p.opens_on, p.due_on, p.id) if by_made else (p.due_on, p.opens_on, p.id),
    )
    judge = _Judge(made, payments, returned, as_of, policy, _ends(made, cancelled), remaining_minor, still)
    judge.keep_back({one.payment: one.promise for one in named})
    return judge.states()


def _ends(made: Sequence[Promise], cancelled: Iterable[PromiseCancelled]) -> dict[PromiseId, tuple[date, PromiseVerdict]]:
    """Return the day on which a promise or a series was withdrawn or replaced, and which of the two; the earlier counts."""
    ended = {event.id: (event.on, PromiseVerdict.CANCELLED) for event in cancelled}
    for promise in made:
        if promise.replaces is not None:
            found = ended.get(promise.replaces)
            if found is None or promise.opens_on < found[0]:
                ended[promise.replaces] = (promise.opens_on, PromiseVerdict.SUPERSEDED)
    return ended


class _Judge:
    """One judgement of all promises of an account on a day."""

    def __init__(
        self,
        made: Sequence[Promise],
        payments: Iterable[Payment],
        returned: Iterable[Returned],
        as_of: date,
        policy: PromisePolicy,
        ends: Mapping[PromiseId, tuple[date, PromiseVerdict]],
        remaining_minor: Remaining | None,
        still: Spans,
    ) -> None:
        self._still = still
        self._made, self._as_of, self._policy, self._ends, self._remaining = made, as_of, policy, ends, remaining_minor
        stayed = what_stayed(payments, returned, as_of=as_of)
        self._payments = [payment for payment in stayed if payment.source not in policy.sources_excluded]
        self._left: list[int] = []
        self._series_over: dict[PromiseId, date] = {}
        """For a series that breaks as a whole: the last day of the item that was missed."""
        self._kept_back: dict[int, tuple[PromiseId, int]] = {}
        """By the place of a payment: for which promise how much of it is kept back until that had its turn."""
        self._drawn: dict[int, int] = {}
        self._served: set[PromiseId] = set()

    def keep_back(self, named: Mapping[EntryId, PromiseId]) -> None:
        """Keep payments back for the promise that the customer named, and under that policy for one of exactly their amount."""
        taken: dict[PromiseId, int] = {}
        ways = [False] * bool(named) + [True] * (self._policy.order is Order.EXACT_FIRST)
        for exact in ways:
            for place, payment in enumerate(self._payments):
                if place in self._kept_back:
                    continue
                wanted = (p for p in self._made if p.opens_on <= payment.value_on <= self._closes_on(p))
                if exact:
                    found = next((p for p in wanted if p.amount.minor == payment.amount.minor and not taken.get(p.id)), None)
                else:
                    said = named.get(payment.id)
                    found = next((p for p in wanted if said in (p.id, p.group) and taken.get(p.id, 0) < p.amount.minor), None)
                if found is not None:
                    share = min(payment.amount.minor, found.amount.minor - taken.get(found.id, 0))
                    taken[found.id] = taken.get(found.id, 0) + share
                    self._kept_back[place] = (found.id, share)

    def states(self) -> tuple[PromiseState, ...]:
        """Return the states; what was kept back for a promise that took no money after all goes to the others."""
        while True:
            self._left, self._series_over, self._served = [payment.amount.minor for payment in self._payments], {}, set()
            self._drawn = dict.fromkeys(self._kept_back, 0)
            found = tuple([self._state(promise) for promise in self._made])
            idle = {place: drawn for place, drawn in self._drawn.items() if drawn < self._kept_back[place][1]}
            if not idle:
                return found
            for place, drawn in idle.items():
                owner, _ = self._kept_back.pop(place)
                if drawn:
                    self._kept_back[place] = (owner, drawn)

    def _state(self, promise: Promise) -> PromiseState:
        over_on = self._series_over.get(promise.series) if promise.series is not None else None
        closes_on = self._closes_on(promise)
        if over_on is not None and over_on < closes_on:
            closes_on = max(over_on, promise.opens_on)
        ended = min((self._ends[id] for id in (promise.id, promise.group) if id in self._ends), default=None, key=lambda end: end[0])
        if ended is not None and ended[0] <= min(self._as_of, closes_on):
            return PromiseState(promise, ended[1], 0, closes_on, self._put_off(promise))
        paid = self._count(promise, closes_on)
        if self._as_of <= closes_on:
            return PromiseState(promise, PromiseVerdict.OPEN, paid, closes_on, self._put_off(promise))
        verdict = self._verdict(promise, paid, closes_on)
        if promise.series is not None and promise.on_missed is OnMissed.BREAK_ALL and verdict in _MISSED:
            self._series_over.setdefault(promise.series, closes_on)
        return PromiseState(promise, verdict, paid, closes_on, self._put_off(promise))

    def _closes_on(self, promise: Promise) -> date:
        """Return the last day on which money counts; for an item that may be caught up, not before the next falls due."""
        closes_on = self._policy.closes_on(promise, self._still)
        if promise.series is None or promise.on_missed is not OnMissed.ALLOW_CATCH_UP:
            return closes_on
        following = min((p.due_on for p in self._made if p.series == promise.series and p.due_on > promise.due_on), default=None)
        return closes_on if following is None else max(closes_on, self._still.put_off(following, promise.opens_on))

    def _put_off(self, promise: Promise) -> date | None:
        """Return the due date that holds moved; None where none did, or its end is not known."""
        moved = self._still.put_off(promise.due_on, promise.opens_on)
        return moved if moved not in (promise.due_on, NEVER) else None

    def _count(self, promise: Promise, closes_on: date) -> int:
        """Take from the payments of its window what is left of them, up to its amount."""
        counted, places = 0, range(len(self._payments))
        own = [place for place, (id, _) in self._kept_back.items() if id == promise.id]
        for place in (*own, *(place for place in places if place not in own)) if own else places:
            if promise.opens_on <= self._payments[place].value_on <= closes_on:
                used = min(self._free(place, promise), promise.amount.minor - counted)
                self._left[place] -= used
                counted += used
                if place in own:
                    self._drawn[place] += min(used, self._kept_back[place][1])
        self._served.add(promise.id)
        return counted

    def _free(self, place: int, promise: Promise) -> int:
        """Return what of a payment may count for a promise: not what is kept back for another that has not had its turn."""
        owner, share = self._kept_back.get(place, (promise.id, 0))
        held = share if owner != promise.id and owner not in self._served else 0
        return max(0, self._left[place] - held)

    def _verdict(self, promise: Promise, paid: int, closing: date) -> PromiseVerdict:
        amount, policy = promise.amount.minor, self._policy
        if paid >= policy.needed_minor(amount):
            return PromiseVerdict.KEPT
        if self._remaining is not None:
            payable = paid + self._remaining(promise, closing)
            if not payable:
                return PromiseVerdict.INVALIDATED
            if paid >= policy.needed_minor(min(amount, payable)):
                return PromiseVerdict.KEPT
        return PromiseVerdict.PARTIALLY_KEPT if paid and policy.partial else PromiseVerdict.BROKEN


_MISSED = frozenset({PromiseVerdict.PARTIALLY_KEPT, PromiseVerdict.BROKEN})
