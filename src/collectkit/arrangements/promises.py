"""Promises to pay: what a promise is, of which kind, and the policy that bounds it.

Which promise is taken is decided by `collectkit.arrangements.promising`, what became of it by
`collectkit.arrangements.judging`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs

from collectkit._checks import aware, day, given, member, money, whole
from collectkit.calendars.dates import add_business_days
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.errors import PolicyError
from collectkit.holds import Effect
from collectkit.holds.matrix import effects_named
from collectkit.identifiers import AccountId, EntryId, MessageId, PromiseId
from collectkit.money import Money

__all__ = [
    "FIRM",
    "SOFT",
    "Evidence",
    "OnMissed",
    "Order",
    "PaymentNamed",
    "Promise",
    "PromiseCancelled",
    "PromiseJudged",
    "PromiseKind",
    "PromiseMade",
    "PromisePolicy",
    "PromiseState",
    "PromiseVerdict",
]

_WHOLE_BP = 10_000
_EVER_DAYS = 3_652_059


@attrs.frozen(kw_only=True)
class Evidence:
    """
    How it is known that a promise was made.

    Attributes:
        taken_by: Id of the agent who took it; empty when nobody did, as on a self-service page.
        contact: Id of the contact in which it was made.
        right_party: Whether it was verified that the right person spoke.
        reason: Why the person is late, as one of the policy's codes.
        confirmation: Id of the message that confirmed it.
        recording: Reference to the recording.
    """

    taken_by: str = ""
    contact: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))
    right_party: bool = False
    reason: str = ""
    confirmation: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))
    recording: str = ""

    def lacks(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return which of the attributes in *wanted* say nothing."""
        return tuple(name for name in wanted if not getattr(self, name))


EVIDENCE: tuple[str, ...] = tuple(field.name for field in attrs.fields(Evidence))
"""What a kind of promise may ask for."""


class OnMissed(Enum):
    """What becomes of the rest of a series when an item is not kept."""

    BREAK_ITEM = "break_item"
    """Each item is judged by itself."""
    BREAK_ALL = "break_all"
    """With the first item that is not kept every later one ends too: broken, unless it was paid already."""
    ALLOW_CATCH_UP = "allow_catch_up"
    """What was missed may still be paid until the next item falls due, that day included."""


def on_missed(given: str | OnMissed) -> OnMissed:
    """Return the rule of that name, or raise `ValidationError`."""
    return member(OnMissed, given, "what becomes of a series is")


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
        kind: Name of one of the policy's kinds.
        evidence: How it is known that it was made.
        series: Id of the series of which this is an item.
        on_missed: For an item: what becomes of the rest when one is missed.
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
    kind: str = "firm"
    evidence: Evidence = Evidence()
    series: PromiseId | None = attrs.field(default=None, converter=attrs.converters.optional(PromiseId))
    on_missed: OnMissed = attrs.field(default=OnMissed.BREAK_ITEM, converter=on_missed)

    @property
    def group(self) -> PromiseId:
        """Return what counts as one promise: the series it is an item of, or itself."""
        return self.series or self.id

    @property
    def opens_on(self) -> date:
        """Return the first day whose payments count."""
        return self.made_on or self.made_at.date()


def _evidence(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    if unknown := [name for name in value if name not in EVIDENCE]:
        raise PolicyError(f"{attribute.name} are of {', '.join(EVIDENCE)}, got {unknown[0]!r}; nothing was loaded")


@attrs.frozen
class PromiseKind:
    """
    A kind of promise: what it stops while it is open, and what must be known of it.

    Attributes:
        name: Its name.
        effects: What it stops until it is judged, in the words of holds. With ``contact_limited`` the treatment waits, but for
            the promise's own reminders.
        soft: Counted apart: said without weight, such as "I will try".
        evidence_required: Attributes of `Evidence` that must say something.

    Raises:
        PolicyError: An effect or a kind of evidence that there is not.
    """

    name: str = attrs.field(validator=given)
    effects: frozenset[Effect] = attrs.field(default=frozenset(), converter=effects_named)
    soft: bool = False
    evidence_required: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], validator=_evidence)


FIRM = PromiseKind("firm", (Effect.CONTACT_LIMITED, Effect.RETRY, Effect.PLACEMENT, Effect.SALE))
"""An amount by a day: nobody asks again, debits or hands the account over before that day is over."""
SOFT = PromiseKind("soft", soft=True)
"""It stops nothing and is counted apart."""


class Order(Enum):
    """Which promise money counts for first."""

    DUE_FIRST = "due_first"
    MADE_FIRST = "made_first"
    EXACT_FIRST = "exact_first"
    """A payment of exactly the amount of a promise counts for that one; for the rest the one due first."""


def _order(given: str | Order) -> Order:
    return member(Order, given, "an order is", not_done="nothing was loaded", error=PolicyError)


@attrs.frozen
class PromisePolicy:
    """
    What may be promised and when a promise counts as kept.

    Attributes:
        grace_days: Days after the due date on which money still counts; the verdict falls on the day after.
        threshold_bp: Share of the amount that must be paid, in basis points.
        tolerance_minor: Minor units that may be missing. Whichever of the two asks less decides.
        horizon_days_max: How far ahead the due date may lie.
        open_max: How many promises of one account may be open at once; a series counts as one.
        open_max_person: The same over all accounts of a person; None is no limit.
        minimum_minor: Least amount, unless less is outstanding.
        minimum_past_due_bp: Least share of what is past due, in basis points.
        broken_max: With so many broken promises no further one is taken; None is no limit.
        broken_months: Count only those broken in the last so many months; None: all.
        partial: A promise paid in part is ``partially_kept``; otherwise it is broken.
        sources_excluded: Payments from these sources do not count: the consumer did not make them.
        business_days: When given, the days of grace are business days of this calendar.
        order: Which promise money counts for first.
        kinds: The kinds that may be made.
        reasons: Codes that `Evidence.reason` may say; empty: any.
        items_max: How many items a series may have.
        series_days_max: How far ahead the last item of a series may lie.

    Raises:
        PolicyError: A number is negative, the threshold is not 1 to 10,000 basis points, or two kinds have one name.
    """

    grace_days: int = attrs.field(default=1, validator=whole)
    threshold_bp: int = attrs.field(default=_WHOLE_BP, validator=whole)
    tolerance_minor: int = attrs.field(default=0, validator=whole)
    horizon_days_max: int = attrs.field(default=31, validator=whole)
    open_max: int = attrs.field(default=1, validator=whole)
    minimum_minor: int = attrs.field(default=1, validator=whole)
    minimum_past_due_bp: int = attrs.field(default=0, validator=whole)
    broken_max: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole))
    partial: bool = True
    sources_excluded: tuple[str, ...] = attrs.field(default=("refund", "goodwill"), converter=tuple)
    business_days: HolidayCalendar | None = None
    open_max_person: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole))
    broken_months: int | None = attrs.field(default=None, validator=attrs.validators.optional(whole))
    order: Order = attrs.field(default=Order.DUE_FIRST, converter=_order)
    kinds: tuple[PromiseKind, ...] = attrs.field(default=(FIRM, SOFT), converter=tuple[PromiseKind, ...])
    reasons: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    items_max: int = attrs.field(default=6, validator=whole)
    series_days_max: int = attrs.field(default=92, validator=whole)

    def __attrs_post_init__(self) -> None:
        names = [kind.name for kind in self.kinds]
        if len(set(names)) < len(names) or not names:
            raise PolicyError(f"kinds of promises have a name each and there is at least one, got {', '.join(names)}; nothing was loaded")
        if not 1 <= self.threshold_bp <= _WHOLE_BP:
            raise PolicyError(f"threshold_bp must be 1 to {_WHOLE_BP} basis points, got {self.threshold_bp}; nothing was loaded")

    def unlimited(self) -> PromisePolicy:
        """Return the policy without its limits, under which a promise is decided that a second person approved; nothing else changes."""
        return attrs.evolve(
            self,
            horizon_days_max=_EVER_DAYS,
            series_days_max=_EVER_DAYS,
            items_max=_EVER_DAYS,
            open_max=_EVER_DAYS,
            open_max_person=None,
            broken_max=None,
            minimum_minor=1,
            minimum_past_due_bp=0,
        )

    def kind(self, name: str) -> PromiseKind | None:
        """Return the kind of that name; None when there is none."""
        return next((kind for kind in self.kinds if kind.name == name), None)

    def closes_on(self, promise: Promise, still: Spans = NO_DAYS) -> date:
        """
        Return the last day on which money counts for *promise*: its due date and the grace.

        Days of *still*, on which a hold kept the promise, put it off; while a hold without a known end is in force it is ``date.max``.
        """
        if self.business_days is not None:
            closes_on = add_business_days(promise.due_on, self.grace_days, self.business_days)
        else:
            closes_on = promise.due_on + timedelta(days=min(self.grace_days, (date.max - promise.due_on).days))
        return still.put_off(closes_on, promise.opens_on)

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


@attrs.frozen
class PaymentNamed:
    """
    The customer said for which promise a payment is; it counts there first, and moves no money.

    Attributes:
        payment: Which payment; it may come later.
        account: On which account.
        promise: Which promise, or which series.
    """

    TYPE: ClassVar[str] = "payment-named/1"

    payment: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    promise: PromiseId = attrs.field(converter=PromiseId)


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
    """It was withdrawn while it was open."""
    SUPERSEDED = "superseded"
    """Another took its place while it was open."""
    INVALIDATED = "invalidated"
    """The debt was cleared by other means; neither kept nor broken."""


def _verdict(given: str | PromiseVerdict) -> PromiseVerdict:
    return member(PromiseVerdict, given, "a verdict is")


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
    verdict: PromiseVerdict = attrs.field(converter=_verdict)
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
        closes_on: Last day on which money counts; the verdict falls on the day after. ``date.max`` while a hold without a known end
            keeps the promise.
        put_off_to: Its due date, later by the days on which a hold kept it; None where no hold did, or while its end is not known.
    """

    promise: Promise
    verdict: PromiseVerdict
    counted_minor: int
    closes_on: date
    put_off_to: date | None = None

    @property
    def due_on(self) -> date:
        """Return the last day, inclusive, on which paying is in time: as promised, or later by the days of holds."""
        return self.put_off_to or self.promise.due_on
