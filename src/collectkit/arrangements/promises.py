"""Promises to pay: what a promise is, and which promise is taken.

What became of it is decided by `collectkit.arrangements.judging`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import aware, day, money
from collectkit.calendars.dates import add_business_days
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import PolicyError
from collectkit.holds import Effect, blocked
from collectkit.identifiers import AccountId, PromiseId
from collectkit.money import Money
from collectkit.refusals import Refusal

__all__ = [
    "AlreadyMade",
    "Promise",
    "PromiseCancelled",
    "PromiseJudged",
    "PromiseMade",
    "PromisePolicy",
    "PromiseReason",
    "PromiseRefused",
    "PromiseState",
    "PromiseVerdict",
    "Promising",
    "make_promise",
]

_WHOLE_BP = 10_000
_CONSUMER = ("", "consumer")


@attrs.frozen
class Promise:
    """
    A commitment to pay an amount by a day.

    Attributes:
        id: The caller's own id; the same id twice is one promise.
        account: For which account.
        amount: In the account's currency.
        due_on: Last day on which paying is in time; the grace of the policy comes on top.
        made_at: When it was made; aware.
        channel: Through which channel it was made.
        made_by: Empty or ``consumer`` for the person themself; else who promised for them.
        authority: Reference to the mandate of whoever promised for the consumer.
        replaces: Id of the open promise that this one takes the place of.
        made_on: Business date on which it was made, from which payments count; `make_promise` fills it in. Without
            it, the calendar day of *made_at* counts in the zone that came with it, which storage does not keep.
    """

    id: PromiseId = attrs.field(converter=PromiseId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=money)
    due_on: date = attrs.field(validator=day)
    made_at: datetime = attrs.field(validator=aware)
    channel: str = ""
    made_by: str = ""
    authority: str = ""
    replaces: PromiseId | None = attrs.field(default=None, converter=attrs.converters.optional(PromiseId))
    made_on: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))

    @property
    def opens_on(self) -> date:
        """Return the first day whose payments count."""
        return self.made_on or self.made_at.date()


def _whole(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 0:
        raise PolicyError(f"{attribute.name} must be a whole number, at least 0, got {value!r}; nothing was loaded")


@attrs.frozen
class PromisePolicy:
    """
    What may be promised and when a promise counts as kept.

    Attributes:
        grace_days: Days after the due date on which money still counts; the verdict falls on the day after.
        threshold_bp: Share of the amount that must be paid, in basis points.
        tolerance_minor: Minor units that may be missing. Whichever of the two asks less decides.
        horizon_days_max: How far ahead the due date may lie.
        open_max: How many promises of one account may be open at once.
        minimum_minor: Least amount, unless less is outstanding.
        minimum_past_due_bp: Least share of what is past due, in basis points.
        broken_max: With so many broken promises no further one is taken; None is no limit.
        partial: A promise paid in part is ``partially_kept``; otherwise it is broken.
        sources_excluded: Payments from these sources do not count: the consumer did not make them.
        business_days: When given, the days of grace are business days of this calendar.

    Raises:
        PolicyError: A number is negative, or the threshold is not 1 to 10,000 basis points.
    """

    grace_days: int = attrs.field(default=1, validator=_whole)
    threshold_bp: int = attrs.field(default=_WHOLE_BP, validator=_whole)
    tolerance_minor: int = attrs.field(default=0, validator=_whole)
    horizon_days_max: int = attrs.field(default=31, validator=_whole)
    open_max: int = attrs.field(default=1, validator=_whole)
    minimum_minor: int = attrs.field(default=1, validator=_whole)
    minimum_past_due_bp: int = attrs.field(default=0, validator=_whole)
    broken_max: int | None = attrs.field(default=None, validator=attrs.validators.optional(_whole))
    partial: bool = True
    sources_excluded: tuple[str, ...] = attrs.field(default=("refund", "goodwill"), converter=tuple)
    business_days: HolidayCalendar | None = None

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.threshold_bp <= _WHOLE_BP:
            raise PolicyError(f"threshold_bp must be 1 to {_WHOLE_BP} basis points, got {self.threshold_bp}; nothing was loaded")

    def closes_on(self, promise: Promise) -> date:
        """Return the last day on which money counts for *promise*: its due date and the grace."""
        if self.business_days is not None:
            return add_business_days(promise.due_on, self.grace_days, self.business_days)
        return promise.due_on + timedelta(days=min(self.grace_days, (date.max - promise.due_on).days))

    def needed_minor(self, amount_minor: int) -> int:
        """
        Return the least payment that keeps a promise of *amount_minor*, both in minor units.

        >>> PromisePolicy(threshold_bp=9_000, tolerance_minor=5).needed_minor(100)
        90
        """
        share = -(-amount_minor * self.threshold_bp // _WHOLE_BP)
        return max(0, min(share, amount_minor - self.tolerance_minor))


@attrs.frozen
class PromiseMade:
    """A promise was taken; it ends the one it replaces."""

    TYPE: ClassVar[str] = "promise-made/1"

    promise: Promise


@attrs.frozen
class PromiseCancelled:
    """
    A promise was withdrawn.

    Attributes:
        id: Which promise.
        account: On which account.
        on: First day on which it is no longer open; a promise that was judged before stays as it was judged.
        reason: Why.
    """

    TYPE: ClassVar[str] = "promise-cancelled/1"

    id: PromiseId = attrs.field(converter=PromiseId)
    account: AccountId = attrs.field(converter=AccountId)
    on: date
    reason: str = ""


class PromiseVerdict(Enum):
    """What became of a promise."""

    OPEN = "open"
    """Its last day, grace included, is not over."""
    KEPT = "kept"
    """Enough was paid in time."""
    PARTIALLY_KEPT = "partially_kept"
    """Something was paid in time, and less than needed."""
    BROKEN = "broken"
    """Its last day is over and too little was paid."""
    CANCELLED = "cancelled"
    """It was withdrawn or replaced while it was open."""
    INVALIDATED = "invalidated"
    """The debt was cleared by other means; neither kept nor broken."""


@attrs.frozen
class PromiseJudged:
    """
    What was believed of a promise when it was judged; the fold of an account ignores it and judges anew.

    Attributes:
        id: Which promise.
        account: On which account.
        verdict: What it came to.
        on: The business date of the judgement.
        counted_minor: Minor units counted for it.
    """

    TYPE: ClassVar[str] = "promise-judged/1"

    id: PromiseId = attrs.field(converter=PromiseId)
    account: AccountId = attrs.field(converter=AccountId)
    verdict: PromiseVerdict = attrs.field(converter=PromiseVerdict)
    on: date
    counted_minor: int


@attrs.frozen
class PromiseState:
    """
    What a promise has come to on a day.

    Attributes:
        promise: The promise.
        verdict: What became of it.
        counted_minor: Minor units paid that count for it.
        closes_on: Last day on which money counts; the verdict falls on the day after.
    """

    promise: Promise
    verdict: PromiseVerdict
    counted_minor: int
    closes_on: date


# --- making ---------------------------------------------------------------------------------------------------


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
    AUTHORITY_MISSING = "authority_missing"
    """Somebody else promised, and no mandate is named."""
    TOO_MANY_BROKEN = "too_many_broken"
    """Too many promises were broken."""
    REPLACES_UNKNOWN = "replaces_unknown"
    """The promise to be replaced is not open."""
    OVERLAPS_ANOTHER = "overlaps_another"
    """As many promises as allowed are open; name the one that this one replaces."""
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


@attrs.frozen
class AlreadyMade:
    """The promise is known; nothing was changed."""

    promise: PromiseId


@attrs.frozen
class PromiseRefused(Refusal[PromiseReason]):
    """
    The promise is not taken.

    Attributes:
        counter: The nearest promise that would be taken, under the same id; None when no change of amount or date helps.
    """

    counter: Promise | None = None


Promising: TypeAlias = PromiseMade | AlreadyMade | PromiseRefused


def make_promise(
    known: Sequence[Promise],
    promise: Promise,
    policy: PromisePolicy = PromisePolicy(),
    *,
    on: date,
    currency: str,
    outstanding_minor: int,
    past_due_minor: int = 0,
    holds: Iterable[str] = (),
    closed: bool = False,
    done: Collection[str] = (),
    broken: int = 0,
) -> Promising:
    """
    Decide whether a promise is taken.

    Args:
        known: All promises ever made on the account.
        promise: The one offered.
        policy: The limits.
        on: Business date on which it is made; its due date may be that day.
        currency: Of the account.
        outstanding_minor: All that remains to be paid.
        past_due_minor: The part of it that is late.
        holds: Kinds of the holds in force on the account or the person.
        closed: The account is closed.
        done: Ids of promises that are no longer open although their last day is not over: cancelled or fulfilled.
        broken: How many promises were broken so far.

    Returns:
        The event, with the business date filled in; the news that it is known; or why not, with the nearest promise
        that would be taken.
    """
    same = next((one for one in known if one.id == promise.id), None)
    if same is not None:
        if attrs.evolve(promise, made_on=same.made_on) == same:
            return AlreadyMade(promise.id)
        return PromiseRefused(PromiseReason.ID_REUSED, "this promise id was used with other content; a promise needs an id of its own")
    replaced = {one.replaces for one in known}
    open_ = [one for one in known if one.id not in done and one.id not in replaced and one.opens_on <= on <= policy.closes_on(one)]
    refused = _barred(promise, policy, currency, holds, closed, broken) or _overlapping(promise, policy, open_)
    if refused is not None:
        return refused
    promised = sum(one.amount.minor for one in open_ if one.id != promise.replaces)
    room = outstanding_minor - promised
    least = max(
        min(room, max(policy.minimum_minor, -(-past_due_minor * policy.minimum_past_due_bp // _WHOLE_BP))), policy.tolerance_minor + 1
    )
    if room < least:
        detail = f"{outstanding_minor} minor units are outstanding, of which {promised} are promised already"
        return PromiseRefused(PromiseReason.NOTHING_TO_PROMISE, detail)
    return _out_of_bounds(promise, policy, on, least, room) or PromiseMade(attrs.evolve(promise, made_on=on))


def _barred(
    promise: Promise, policy: PromisePolicy, currency: str, holds: Iterable[str], closed: bool, broken: int
) -> PromiseRefused | None:
    """Return why no promise is taken from this person on this account, whatever its amount and date."""
    if promise.amount.currency != currency:
        detail = f"the account is in {currency}, the promise in {promise.amount.currency}"
        return PromiseRefused(PromiseReason.CURRENCY_DIFFERS, detail)
    if closed:
        return PromiseRefused(PromiseReason.ACCOUNT_CLOSED, "the account is closed; nothing more is asked of it")
    barring = [kind for kind in holds if Effect.PROMISE in blocked((kind,))]
    if barring:
        return PromiseRefused(PromiseReason.ON_HOLD, f"no promise is taken under the hold {', '.join(barring)}")
    if promise.made_by not in _CONSUMER and not promise.authority:
        return PromiseRefused(PromiseReason.AUTHORITY_MISSING, "a promise for somebody else needs a reference to the mandate")
    if policy.broken_max is not None and broken >= policy.broken_max:
        return PromiseRefused(PromiseReason.TOO_MANY_BROKEN, f"{broken} promises were broken, {policy.broken_max} are the limit")
    return None


def _overlapping(promise: Promise, policy: PromisePolicy, open_: Sequence[Promise]) -> PromiseRefused | None:
    """Return how the promise collides with those that are open."""
    ids = [one.id for one in open_]
    if promise.replaces is not None and promise.replaces not in ids:
        return PromiseRefused(PromiseReason.REPLACES_UNKNOWN, f"promise '{promise.replaces}' is not open, so it cannot be replaced")
    if len(ids) - (promise.replaces is not None) >= policy.open_max:
        detail = f"{len(ids)} of {policy.open_max} promises are open ({', '.join(ids)}); name in `replaces` the one to replace"
        return PromiseRefused(PromiseReason.OVERLAPS_ANOTHER, detail)
    return None


def _out_of_bounds(promise: Promise, policy: PromisePolicy, on: date, least: int, most: int) -> PromiseRefused | None:
    """Return what is wrong with amount or date, and the nearest promise that would be taken."""
    last = on + timedelta(days=min(policy.horizon_days_max, (date.max - on).days))
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
