"""Which promise is taken, and why another is not: limits that answer with the nearest promise that would be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.arrangements.promises import Promise, PromiseMade, PromisePolicy
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.holds import EFFECTS, Effect, HoldKind, cited
from collectkit.identifiers import PromiseId
from collectkit.money import Money
from collectkit.refusals import Refusal

__all__ = ["AlreadyMade", "PromiseReason", "PromiseRefused", "Promising", "Situation", "make_promise"]

_WHOLE_BP = 10_000
_CONSUMER = ("", "consumer")


class PromiseReason(Enum):
    """Why a promise is not taken, in order of precedence."""

    ID_REUSED = "id_reused"
    """The id belongs to another promise."""
    CURRENCY_DIFFERS = "currency_differs"
    """The account is in another currency."""
    ACCOUNT_CLOSED = "account_closed"
    """Nothing more is asked of this account."""
    ON_HOLD = "on_hold"
    """A hold forbids asking for promises."""
    UNDER_ARRANGEMENT = "under_arrangement"
    """Something else is agreed about the account already."""
    KIND_UNKNOWN = "kind_unknown"
    """The policy has no such kind of promise."""
    EVIDENCE_MISSING = "evidence_missing"
    """The kind asks for evidence that is not there, or the reason is none of the policy's."""
    AUTHORITY_MISSING = "authority_missing"
    """Somebody else promised, and no mandate is named."""
    TOO_MANY_BROKEN = "too_many_broken"
    """Too many promises were broken."""
    REPLACES_UNKNOWN = "replaces_unknown"
    """The promise to be replaced is not open."""
    OVERLAPS_ANOTHER = "overlaps_another"
    """As many promises as allowed are open on the account; name the one that this one replaces."""
    TOO_MANY_OF_PERSON = "too_many_of_person"
    """As many promises as allowed are open over all accounts of the person."""
    NOTHING_TO_PROMISE = "nothing_to_promise"
    """Nothing is outstanding that was not promised already."""
    DUE_IN_PAST = "due_in_past"
    """The due date is over."""
    BEYOND_HORIZON = "beyond_horizon"
    """The due date lies too far ahead."""
    AMOUNT_TOO_LOW = "amount_too_low"
    """The amount is zero, negative, or below the least one."""
    AMOUNT_TOO_HIGH = "amount_too_high"
    """The amount is above what is outstanding and not promised already."""
    TOO_MANY_ITEMS = "too_many_items"
    """A series has more items than the policy allows."""


@attrs.frozen
class AlreadyMade:
    """The promise is known; nothing was changed."""

    promise: PromiseId


APPROVABLE = frozenset(
    {
        PromiseReason.TOO_MANY_BROKEN,
        PromiseReason.OVERLAPS_ANOTHER,
        PromiseReason.TOO_MANY_OF_PERSON,
        PromiseReason.BEYOND_HORIZON,
        PromiseReason.AMOUNT_TOO_LOW,
        PromiseReason.TOO_MANY_ITEMS,
    }
)
"""Limits of the policy beyond which a second person may go; what is no limit, such as a hold, nobody overrules here."""


@attrs.frozen
class PromiseRefused(Refusal[PromiseReason]):
    """
    The promise is not taken.

    Attributes:
        counter: The nearest promise that would be taken, under the same id; None when no change of amount or date helps.
    """

    counter: Promise | None = None

    @property
    def approvable(self) -> bool:
        """Return whether a second person may have it taken all the same."""
        return self.reason in APPROVABLE


def _ids(given: Collection[str]) -> frozenset[str]:
    return frozenset(given)


@attrs.frozen(kw_only=True)
class Situation:
    """
    What is known of an account when a promise is offered.

    Attributes:
        on: Business date on which it is made; its due date may be that day.
        currency: Of the account.
        outstanding_minor: All that remains to be paid.
        past_due_minor: The part of it that is late.
        holds: Kinds of the holds in force on the account or the person.
        closed: The account is closed.
        arranged: What else is agreed about the account, such as ``payment_plan``; empty for nothing.
        done: Ids of promises that are no longer open although their last day is not over: cancelled or fulfilled.
        broken: How many promises were broken so far, in the months that the policy counts.
        open_elsewhere: How many promises are open on other accounts of the person.
        effects: What each kind of hold stops.
        still: Days on which a hold kept what was promised before.
    """

    on: date
    currency: str
    outstanding_minor: int
    past_due_minor: int = 0
    holds: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    closed: bool = False
    arranged: str = ""
    done: frozenset[str] = attrs.field(default=frozenset(), converter=_ids)
    broken: int = 0
    open_elsewhere: int = 0
    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, repr=False, hash=False)
    still: Spans = NO_DAYS


Promising: TypeAlias = PromiseMade | AlreadyMade | PromiseRefused


def make_promise(known: Sequence[Promise], promise: Promise, policy: PromisePolicy, situation: Situation) -> Promising:
    """
    Decide whether a promise is taken.

    Args:
        known: All promises ever made on the account, items of series among them.
        promise: The one offered.
        policy: The limits.
        situation: The account on the day.

    Returns:
        The event, with the business date filled in; the news that it is known; or why not, with the nearest promise
        that would be taken.
    """
    same = next((one for one in known if one.id == promise.id), None)
    if same is not None:
        if attrs.evolve(promise, made_on=same.made_on) == same:
            return AlreadyMade(promise.id)
        return PromiseRefused(PromiseReason.ID_REUSED, "this promise id was used with other content; a promise needs an id of its own")
    open_ = still_open(known, policy, situation)
    refused = barred(promise, policy, situation) or overlapping(promise, policy, situation, open_)
    if refused is not None:
        return refused
    least, room = bounds(promise, policy, situation, open_)
    if room < least:
        detail = f"{situation.outstanding_minor} minor units are outstanding, of which {situation.outstanding_minor - room} are promised"
        return PromiseRefused(PromiseReason.NOTHING_TO_PROMISE, f"{detail} already")
    return _out_of_bounds(promise, policy, situation.on, least, room) or PromiseMade(attrs.evolve(promise, made_on=situation.on))


def still_open(known: Sequence[Promise], policy: PromisePolicy, situation: Situation) -> list[Promise]:
    """Return the promises that are open: neither over, fulfilled or withdrawn, nor replaced by another."""
    replaced, on = {one.replaces for one in known} - {None}, situation.on
    return [
        one
        for one in known
        if one.id not in situation.done
        and not {one.id, one.series} & replaced
        and (one.series is not None or one.opens_on <= on)
        and on <= policy.closes_on(one, situation.still)
    ]


def bounds(promise: Promise, policy: PromisePolicy, situation: Situation, open_: Sequence[Promise]) -> tuple[int, int]:
    """Return the least and the greatest amount that may be promised now, in minor units."""
    room = situation.outstanding_minor - sum(one.amount.minor for one in open_ if promise.replaces not in (one.id, one.group))
    share = -(-situation.past_due_minor * policy.minimum_past_due_bp // _WHOLE_BP)
    return max(min(room, max(policy.minimum_minor, share)), policy.tolerance_minor + 1), room


def barred(promise: Promise, policy: PromisePolicy, situation: Situation) -> PromiseRefused | None:
    """Return why no promise is taken from this person on this account, whatever its amount and date."""
    if promise.amount.currency != situation.currency:
        detail = f"the account is in {situation.currency}, the promise in {promise.amount.currency}"
        return PromiseRefused(PromiseReason.CURRENCY_DIFFERS, detail)
    if situation.closed:
        return PromiseRefused(PromiseReason.ACCOUNT_CLOSED, "the account is closed; nothing more is asked of it")
    barring = cited([Effect.PROMISE], situation.holds, situation.effects)
    if barring:
        return PromiseRefused(PromiseReason.ON_HOLD, f"no promise is taken: {barring[0]}")
    if situation.arranged:
        return PromiseRefused(PromiseReason.UNDER_ARRANGEMENT, f"the account is under a {situation.arranged}, which says what is paid when")
    return _unproved(promise, policy) or _untrusted(promise, policy, situation)


def _unproved(promise: Promise, policy: PromisePolicy) -> PromiseRefused | None:
    """Return what is wrong with the kind of a promise and the evidence for it."""
    kind = policy.kind(promise.kind)
    if kind is None:
        allowed = ", ".join(one.name for one in policy.kinds)
        return PromiseRefused(PromiseReason.KIND_UNKNOWN, f"a promise is one of {allowed}, got {promise.kind!r}")
    lacking = promise.evidence.lacks(kind.evidence_required)
    if lacking:
        return PromiseRefused(PromiseReason.EVIDENCE_MISSING, f"a {kind.name} promise needs evidence of {', '.join(lacking)}")
    if policy.reasons and promise.evidence.reason and promise.evidence.reason not in policy.reasons:
        detail = f"the reason is one of {', '.join(policy.reasons)}, got {promise.evidence.reason!r}"
        return PromiseRefused(PromiseReason.EVIDENCE_MISSING, detail)
    return None


def _untrusted(promise: Promise, policy: PromisePolicy, situation: Situation) -> PromiseRefused | None:
    """Return why the word of whoever promises is not enough."""
    if promise.made_by not in _CONSUMER and not promise.authority:
        return PromiseRefused(PromiseReason.AUTHORITY_MISSING, "a promise for somebody else needs a reference to the mandate")
    if policy.broken_max is not None and situation.broken >= policy.broken_max:
        detail = f"{situation.broken} promises were broken, {policy.broken_max} are the limit"
        return PromiseRefused(PromiseReason.TOO_MANY_BROKEN, detail)
    return None


def overlapping(promise: Promise, policy: PromisePolicy, situation: Situation, open_: Sequence[Promise]) -> PromiseRefused | None:
    """Return how the promise collides with those that are open; the items of a series count as one."""
    groups = list(dict.fromkeys(one.group for one in open_))
    replaces = promise.replaces
    if replaces is not None and all(replaces not in (one.id, one.group) for one in open_):
        return PromiseRefused(PromiseReason.REPLACES_UNKNOWN, f"promise '{replaces}' is not open, so it cannot be replaced")
    left = len(groups) - (replaces in groups)
    if left >= policy.open_max:
        detail = f"{len(groups)} of {policy.open_max} promises are open ({', '.join(groups)}); name in `replaces` the one to replace"
        return PromiseRefused(PromiseReason.OVERLAPS_ANOTHER, detail)
    if policy.open_max_person is not None and left + situation.open_elsewhere >= policy.open_max_person:
        detail = f"{left + situation.open_elsewhere} of {policy.open_max_person} promises are open over all accounts of the person"
        return PromiseRefused(PromiseReason.TOO_MANY_OF_PERSON, detail)
    return None


def horizon(on: date, days: int) -> date:
    """
    Return the last day on which a promise may be due: *days* after *on*, or the last of the calendar.

    Source:
        The policy's `PromisePolicy`; calendar days, the last inclusive.
    """
    return on + timedelta(days=min(days, (date.max - on).days))


def _out_of_bounds(promise: Promise, policy: PromisePolicy, on: date, least: int, most: int) -> PromiseRefused | None:
    """Return what is wrong with amount or date, and the nearest promise that would be taken."""
    last = horizon(on, policy.horizon_days_max)
    amount, currency = promise.amount.minor, promise.amount.currency
    nearest = attrs.evolve(promise, amount=Money(max(least, min(amount, most)), currency), due_on=max(on, min(promise.due_on, last)))
    if promise.due_on < on:
        reason, detail = PromiseReason.DUE_IN_PAST, f"the due date {promise.due_on} is before {on}"
    elif promise.due_on > last:
        reason, detail = PromiseReason.BEYOND_HORIZON, f"the due date {promise.due_on} is after {last}"
    elif amount < least:
        reason, detail = PromiseReason.AMOUNT_TOO_LOW, f"{promise.amount} is less than the least amount, {Money(least, currency)}"
    elif amount > most:
        reason, detail = PromiseReason.AMOUNT_TOO_HIGH, f"{promise.amount} is more than can be promised, {Money.aggregate(most, currency)}"
    else:
        return None
    return PromiseRefused(reason, f"{detail}; the nearest acceptable promise is {nearest.amount} by {nearest.due_on}", counter=nearest)
