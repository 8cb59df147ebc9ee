"""The life of an arrangement: offered, taken, approved, in force, and how it ends; and the one arbiter of what an account is doing.

What was recorded is folded; what it came to is judged anew from the payments each time, like a promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.arrangements.hardship import Hardship
from collectkit.arrangements.payment_plans import PaymentPlan
from collectkit.arrangements.recorded import (
    Arrangement,
    ArrangementEnded,
    ArrangementEvent,
    ArrangementJudged,
    ArrangementProposed,
    ArrangementStarted,
    ArrangementStatus,
    Terms,
    arrangements_of,
)
from collectkit.arrangements.settlements import OnReversal, SettlementFulfilled, SettlementTerms, SettlementVoided
from collectkit.calendars.spans import NEVER, NO_DAYS, Spans
from collectkit.holds import Effect
from collectkit.identifiers import derived
from collectkit.ledger import Credit, Payment, Returned, Undo, cash_moves, kind_of
from collectkit.money import Money

__all__ = [
    "Arrangement",
    "ArrangementEnded",
    "ArrangementEvent",
    "ArrangementJudged",
    "ArrangementProposed",
    "ArrangementStarted",
    "ArrangementState",
    "ArrangementStatus",
    "ItemState",
    "ItemStatus",
    "Terms",
    "arrangement_states",
    "arrangements_of",
    "live",
    "named_in_the_way",
    "settling",
]

_Move: TypeAlias = tuple[Payment, date, int]
"""As `collectkit.ledger.cash_moves` gives them."""


class ItemStatus(Enum):
    """Where one payment of an arrangement stands."""

    SCHEDULED = "scheduled"
    DUE = "due"
    """Its day has come, and its grace is not over."""
    PAID = "paid"
    PART_PAID = "part_paid"
    """Something was paid of it, and it is not over."""
    MISSED = "missed"
    """Its grace is over and something is missing."""
    CANCELLED = "cancelled"
    """The arrangement ended before it was paid."""


@attrs.frozen
class ItemState:
    """
    One payment of an arrangement as it means for one account.

    Attributes:
        due_on: Its day; later than agreed by the days on which a hold kept the arrangement.
        minor: What is asked, in minor units.
        paid_minor: What was paid of it.
        status: Where it stands.
    """

    due_on: date
    minor: int
    paid_minor: int
    status: ItemStatus


@attrs.frozen
class ArrangementState:
    """
    What an arrangement has come to on a day, for one account.

    Attributes:
        arrangement: The arrangement.
        status: Where it stands.
        since: First day of that status, where one is known.
        over_on: First day on which it was in force no more, by what is known now; None while it is, or before it was. As `since`, but for
            a settlement that turned out void: that was over when it broke, whatever was believed until its void.
        items: Its payments for the account; none for relief.
        counted_minor: What was paid that counts, in minor units.
        effects: What it stops on the day; empty unless it is active.
        in_breach_since: First day on which too much was missed, while that can still be cured.
        changes_on: The next day on which time alone changes something; None: never.
    """

    arrangement: Arrangement
    status: ArrangementStatus
    since: date | None
    items: tuple[ItemState, ...] = ()
    counted_minor: int = 0
    effects: frozenset[Effect] = frozenset()
    in_breach_since: date | None = None
    changes_on: date | None = None
    over_on: date | None = None

    @property
    def bars_others(self) -> bool:
        """Return whether nothing else may be agreed beside it: it is in force, or relief that is granted from a later day on."""
        granted = self.status is ArrangementStatus.PROPOSED and self.arrangement.started_on is not None
        return granted or self.status is ArrangementStatus.ACTIVE

    @property
    def next_item(self) -> ItemState | None:
        """Return the first payment that is open and not missed."""
        open_ = (ItemStatus.SCHEDULED, ItemStatus.DUE, ItemStatus.PART_PAID)
        return next((item for item in self.items if item.status in open_), None)


def arrangement_states(
    arrangements: Iterable[Arrangement],
    account: str,
    payments: Iterable[Payment],
    returned: Iterable[Returned] = (),
    *,
    as_of: date,
    outstanding_minor: Callable[[], int] | None = None,
    still: Spans = NO_DAYS,
) -> tuple[ArrangementState, ...]:
    """
    Tell what each arrangement has come to for one account by the end of a day.

    Each account of a plan over several is judged by its own shares and its own payments.

    Args:
        arrangements: As `arrangements_of` folds them.
        account: For which account.
        payments: All payments of the account.
        returned: All that was taken back. A payment that was reversed had never come; one that was charged back is missing since that day.
        as_of: The day.
        outstanding_minor: Tells what is outstanding at the end of the day. Asked only for what is in force; nothing left means that
            the debt was cleared by other means.
        still: Days on which a hold kept what was agreed: every deadline is later by those that lie between the start and it.

    Source:
        What was agreed, as its terms say. Whole minor units; calendar days in the business zone, a payment on the last day of grace is
        in time.
    """
    moves = cash_moves(payments, returned, as_of=as_of)
    return tuple(_state(one, account, moves, as_of, outstanding_minor, still) for one in arrangements)


def live(states: Iterable[ArrangementState]) -> ArrangementState | None:
    """
    Return the one arrangement that is in force: the arbiter of what an account is doing now.

    There is at most one: one starts only when no other is in force, and from then on every earlier one is over, whatever becomes known
    of it. Of two, which would be a fault, the earlier is obeyed.
    """
    active = [state for state in states if state.status is ArrangementStatus.ACTIVE]
    return min(active, key=lambda state: (state.since or date.max, state.arrangement.id), default=None)


def named_in_the_way(states: Iterable[ArrangementState]) -> str:
    """Return the kind of the arrangement beside which nothing else is agreed, in words; empty for none."""
    return next((state.arrangement.kind.replace("_", " ") for state in states if state.bars_others), "")


def _state(
    one: Arrangement,
    account: str,
    moves: Sequence[_Move],
    as_of: date,
    outstanding_minor: Callable[[], int] | None,
    still: Spans,
) -> ArrangementState:
    if one.started_on is None or one.started_on > as_of:
        return _before_start(one, as_of)
    if isinstance(one.terms, Hardship):
        return _relief(one, one.terms, as_of)
    rows = _deadlines(one.terms, account, one.started_on, still)
    counted, (status, since, breach) = _judged(one.terms, rows, moves, one.started_on, as_of, still)
    ended = one.ended
    if ended is not None and ended.on <= as_of and (status is ArrangementStatus.ACTIVE or since is None or ended.on <= since):
        status, since = ArrangementStatus(ended.how), ended.on
    following = one.followed_on
    if following is not None and following <= as_of and (status is ArrangementStatus.ACTIVE or (since is not None and following < since)):
        # It was over when another came into force; what became known since cannot bring it back beside that one.
        status, since = ArrangementStatus.SUPERSEDED, following
    broke_on = since if status is ArrangementStatus.BREACHED else None
    over_on = None
    if one.fulfilled is not None and one.fulfilled.on <= as_of:
        status, since = ArrangementStatus.FULFILLED, one.fulfilled.on
        if one.voided is not None and one.voided.on <= as_of:
            # The money had never come. The days on which it was believed to be settled are no grace: it was over when it broke.
            status, since = ArrangementStatus.BREACHED, one.voided.on
            over_on = min(since, broke_on or since)
    if status is ArrangementStatus.ACTIVE and outstanding_minor is not None and outstanding_minor() == 0:
        status, since = ArrangementStatus.INVALIDATED, as_of
    active = status is ArrangementStatus.ACTIVE
    items = _items(rows, counted, as_of, over=not active)
    return ArrangementState(
        one,
        status,
        since,
        items,
        counted,
        frozenset(map(Effect, one.terms.effects)) if active else frozenset(),
        breach if active else None,
        _changes_on(one.terms, rows, breach, as_of, still) if active else None,
        None if active else over_on or since,
    )


def settling(
    one: Arrangement,
    payments: Iterable[Payment],
    returned: Iterable[Returned] = (),
    *,
    as_of: date,
    outstanding_minor: Callable[[date], int],
    still: Spans = NO_DAYS,
) -> SettlementFulfilled | SettlementVoided | None:
    """
    Decide what becomes of the rest of a settlement: given up once all was paid in time, revived when that turns out untrue, and given up
    again when it turns out true after all: a chargeback that is withdrawn leaves nothing behind.

    Args:
        one: A settlement in force, fulfilled or void; anything else is left alone.
        payments: All payments of the account.
        returned: As for `arrangement_states`.
        as_of: The business date.
        outstanding_minor: Tells what is outstanding at the end of a day, in minor units.
        still: As for `arrangement_states`.

    Returns:
        The event, or None when nothing is to be decided. No more is given up than was agreed and is still outstanding.

    Source:
        The terms of the settlement (`OnReversal` among them); whole minor units.
    """
    terms = one.terms
    if not isinstance(terms, SettlementTerms) or one.started_on is None:
        return None
    moves = cash_moves(payments, returned, as_of=as_of)
    rows = _deadlines(terms, terms.account, one.started_on, still)
    _, (status, since, _) = _judged(terms, rows, moves, one.started_on, as_of, still)
    complete = status is ArrangementStatus.COMPLETED and since is not None and (one.ended is None or since < one.ended.on)
    if one.fulfilled is None or one.voided is not None:
        if not complete or since is None:
            return None
        minor = min(terms.discount_minor, outstanding_minor(as_of))
        # What was given up and taken back is an entry already: what is given up again is another.
        id = derived(one.id, after="/rest" if one.voided is None else f"/rest/{as_of}")
        credit = Credit(id, terms.account, Money(minor, terms.debt.currency), since, "goodwill", "settled") if minor else None
        return SettlementFulfilled(one.id, since, credit)
    if complete or terms.on_reversal is OnReversal.STAND:
        return None
    given = one.fulfilled.credit
    if given is None:
        return SettlementVoided(one.id, as_of)
    undo = Undo(derived(given.id, after="-undone"), terms.account, given.id, kind_of(given), as_of, "the settlement is void")
    return SettlementVoided(one.id, as_of, undo)


def _before_start(one: Arrangement, as_of: date) -> ArrangementState:
    if one.ended is not None and one.ended.on <= as_of:
        return ArrangementState(one, ArrangementStatus(one.ended.how), one.ended.on)
    if one.started_on is not None:
        return ArrangementState(one, ArrangementStatus.PROPOSED, None, changes_on=one.started_on)
    if one.proposed is not None:
        status = ArrangementStatus.PENDING_APPROVAL if one.proposed.needs else ArrangementStatus.PROPOSED
        return ArrangementState(one, status, one.proposed.at.date())
    expired = one.expires_at is not None and one.expires_at.date() < as_of
    return ArrangementState(one, ArrangementStatus.EXPIRED if expired else ArrangementStatus.QUOTED, None)


def _relief(one: Arrangement, terms: Hardship, as_of: date) -> ArrangementState:
    if one.ended is not None and one.ended.on <= min(as_of, terms.ends_on):
        return ArrangementState(one, ArrangementStatus(one.ended.how), one.ended.on, over_on=one.ended.on)
    if as_of > terms.ends_on:
        after = terms.ends_on + timedelta(days=1)
        return ArrangementState(one, ArrangementStatus.COMPLETED, after, over_on=after)
    changes = [day for first in terms.days() for day in (first, first + timedelta(days=1)) if day > as_of]
    return ArrangementState(
        one, ArrangementStatus.ACTIVE, one.started_on, effects=terms.effects_on(as_of), changes_on=min(changes, default=None)
    )


@attrs.frozen
class _Deadline:
    """One payment that is asked, with the last day on which it is in time; both days are later by the days of holds."""

    due_on: date
    closes_on: date
    minor: int


def _deadlines(terms: PaymentPlan | SettlementTerms, account: str, start: date, still: Spans) -> tuple[_Deadline, ...]:
    """Return what is asked by when; while a hold without a known end is in force, a day after its first stays the agreed one, and waits."""
    found = []
    for due_on, minor in terms.due_of(account):
        moved = still.put_off(due_on, start)
        found.append(_Deadline(due_on if moved == NEVER else moved, still.put_off(terms.closes_on(due_on), start), minor))
    return tuple(found)


def _judged(
    terms: PaymentPlan | SettlementTerms, rows: Sequence[_Deadline], moves: Sequence[_Move], start: date, as_of: date, still: Spans
) -> tuple[int, tuple[ArrangementStatus, date | None, date | None]]:
    """Return what counts, and status, its first day, and since when too much is missed."""
    by_day: dict[date, int] = {}
    for payment, on, minor in moves:
        if payment.value_on >= start and payment.source not in terms.sources_excluded:
            by_day[on] = by_day.get(on, 0) + minor
    total = sum(row.minor for row in rows)
    paid, done_on = 0, None
    for on in sorted(by_day):
        paid += by_day[on]
        done_on = (done_on or on) if paid >= total - terms.tolerance_minor else None
    breached_on, missing_since = _breach(terms, rows, by_day, as_of, still)
    counted = min(paid, total)
    if breached_on is not None and (done_on is None or breached_on <= done_on):
        return counted, (ArrangementStatus.BREACHED, breached_on, None)
    if done_on is not None:
        return counted, (ArrangementStatus.COMPLETED, done_on, None)
    return counted, (ArrangementStatus.ACTIVE, start, missing_since)


def _breach(
    terms: PaymentPlan | SettlementTerms, rows: Sequence[_Deadline], by_day: Mapping[date, int], as_of: date, still: Spans
) -> tuple[date | None, date | None]:
    """Walk the days on which something changes; return the day of the breach, and since when too much is missed at the end."""
    needed, asked = list[tuple[date, int]](), 0
    for row in rows:
        asked += row.minor
        needed.append((row.closes_on, asked - terms.tolerance_minor))
    one_day = timedelta(days=1)
    days = sorted({close + one_day for close, _ in needed if close < as_of} | by_day.keys())
    since: date | None = None
    paid = 0
    for place, on in enumerate(days):
        paid += by_day.get(on, 0)
        missed = sum(close < on and paid < least for close, least in needed)
        if missed < terms.missed_max:
            since = None
            continue
        since = since or on
        following = days[place + 1] if place + 1 < len(days) else as_of + one_day
        cured_by = _cured_by(terms, since, still)
        if cured_by < following:
            return max(cured_by, on), since
    return None, since


def _cured_by(terms: PaymentPlan | SettlementTerms, since: date, still: Spans) -> date:
    """Return the day on which what is missed since a day is a breach: holds put that off, too."""
    return still.put_off(since + timedelta(days=terms.cure_days), since)


def _items(rows: Sequence[_Deadline], counted: int, as_of: date, *, over: bool) -> tuple[ItemState, ...]:
    states = []
    for row in rows:
        paid = min(counted, row.minor)
        counted -= paid
        if paid >= row.minor:
            status = ItemStatus.PAID
        elif over:
            status = ItemStatus.CANCELLED
        elif as_of > row.closes_on:
            status = ItemStatus.MISSED
        elif paid:
            status = ItemStatus.PART_PAID
        else:
            status = ItemStatus.DUE if as_of >= row.due_on else ItemStatus.SCHEDULED
        states.append(ItemState(row.due_on, row.minor, paid, status))
    return tuple(states)


def _changes_on(
    terms: PaymentPlan | SettlementTerms, rows: Sequence[_Deadline], breach: date | None, as_of: date, still: Spans
) -> date | None:
    """Return the next day on which an item falls due, is missed, or a breach can no longer be cured."""
    days = [day for row in rows for day in (row.due_on, row.closes_on if row.closes_on == NEVER else row.closes_on + timedelta(days=1))]
    if breach is not None:
        days.append(_cured_by(terms, breach, still))
    return min((day for day in days if as_of < day < NEVER), default=None)
