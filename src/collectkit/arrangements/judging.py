"""Judging promises: what became of each, as a function of the promises, the money and a day.

A verdict is never stored as truth. That is why a payment that bounces after the promise was kept re-opens the
question by itself. Money counted for one promise is counted for no other, whatever the waterfall did with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from collectkit.arrangements.promises import Promise, PromiseCancelled, PromisePolicy, PromiseState, PromiseVerdict
from collectkit.identifiers import PromiseId
from collectkit.ledger import Payment, Reversal, order_key

__all__ = ["judge", "judge_all"]


def judge(
    promise: Promise,
    payments: Iterable[Payment],
    reversals: Iterable[Reversal] = (),
    *,
    as_of: date,
    policy: PromisePolicy = PromisePolicy(),
) -> PromiseState:
    """
    Tell what one promise has come to; for an account with several, `judge_all` counts no money twice.

    Args:
        promise: The promise.
        payments: All payments of the account, in any order; those dated after *as_of* do not count.
        reversals: All that was taken back; a payment taken back by *as_of* counts for nothing, also afterwards.
        as_of: The day asked about.
        policy: Grace and tolerance.
    """
    return _judged([promise], payments, reversals, as_of=as_of, policy=policy)[0]


def judge_all(
    promises: Iterable[Promise],
    payments: Iterable[Payment],
    reversals: Iterable[Reversal] = (),
    *,
    as_of: date,
    policy: PromisePolicy = PromisePolicy(),
    cancelled: Iterable[PromiseCancelled] = (),
    outstanding_minor: Callable[[date], int] | None = None,
) -> tuple[PromiseState, ...]:
    """
    Tell what each promise of an account has come to, the one due first in front.

    Each payment goes to the promises whose window it falls into, from the day one was made through its due date and
    grace: first to the one due first, up to its amount, then on to the next.

    Args:
        promises: All that were made; one made after *as_of* is left out.
        payments: All payments of the account, in any order.
        reversals: All that was taken back.
        as_of: The day asked about.
        policy: Grace and tolerance.
        cancelled: What was withdrawn.
        outstanding_minor: Tells what was outstanding at the end of a day, in minor units. With it, a refund or waiver
            that leaves less to pay than was promised lowers the promise. Asked only when a promise is not kept anyway.
    """
    made = sorted((p for p in promises if p.opens_on <= as_of), key=lambda p: (p.due_on, p.opens_on, p.id))
    ended = {event.id: event.on for event in cancelled}
    for promise in made:
        if promise.replaces is not None:
            ended[promise.replaces] = min(promise.opens_on, ended.get(promise.replaces, date.max))
    return _judged(made, payments, reversals, as_of=as_of, policy=policy, ended=ended, outstanding_minor=outstanding_minor)


def _judged(
    made: Sequence[Promise],
    payments: Iterable[Payment],
    reversals: Iterable[Reversal],
    *,
    as_of: date,
    policy: PromisePolicy,
    ended: Mapping[PromiseId, date] | None = None,
    outstanding_minor: Callable[[date], int] | None = None,
) -> tuple[PromiseState, ...]:
    closes_on = {promise.id: policy.closes_on(promise) for promise in made}
    gone = {id for id, on in (ended or {}).items() if on <= min(as_of, closes_on.get(id, date.min))}
    taken_back = {reversal.payment for reversal in reversals if reversal.value_on <= as_of}
    counting = [
        payment
        for payment in payments
        if payment.value_on <= as_of and payment.id not in taken_back and payment.source not in policy.sources_excluded
    ]
    counted = _appropriated([promise for promise in made if promise.id not in gone], closes_on, counting)
    states = []
    for promise in made:
        closing, paid = closes_on[promise.id], counted[promise.id]
        if promise.id in gone:
            verdict = PromiseVerdict.CANCELLED
        elif as_of <= closing:
            verdict = PromiseVerdict.OPEN
        else:
            verdict = _verdict(promise.amount.minor, paid, closing, policy, outstanding_minor)
        states.append(PromiseState(promise, verdict, paid, closing))
    return tuple(states)


def _appropriated(open_: Sequence[Promise], closes_on: Mapping[PromiseId, date], payments: Iterable[Payment]) -> Counter[PromiseId]:
    """Return the minor units counted for each promise; *open_* stands in the order in which money goes to them."""
    counted: Counter[PromiseId] = Counter()
    for payment in sorted(payments, key=order_key):
        left = payment.amount.minor
        for promise in open_:
            if promise.opens_on <= payment.value_on <= closes_on[promise.id]:
                used = min(left, promise.amount.minor - counted[promise.id])
                counted[promise.id] += used
                left -= used
    return counted


def _verdict(
    amount: int, paid: int, closing: date, policy: PromisePolicy, outstanding_minor: Callable[[date], int] | None
) -> PromiseVerdict:
    if paid >= policy.needed_minor(amount):
        return PromiseVerdict.KEPT
    if outstanding_minor is not None:
        payable = paid + outstanding_minor(closing)
        if not payable:
            return PromiseVerdict.INVALIDATED
        if paid >= policy.needed_minor(min(amount, payable)):
            return PromiseVerdict.KEPT
    return PromiseVerdict.PARTIALLY_KEPT if paid and policy.partial else PromiseVerdict.BROKEN
