"""One account on one date: what is owed, how late it is, what was promised, who holds it.

A standing holds dates, not ages, and `valid_through`: until then nothing changes by time alone, so a night
needs to look only at accounts whose standing expired or whose facts changed. The same field names serve as the
columns of a portfolio. Everything above this floor reads standings and no facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import add
from typing import NamedTuple

import attrs

from collectkit.account import Account
from collectkit.arrangements.living import ArrangementState, live
from collectkit.arrangements.promises import FIRM, Promise, PromiseKind, PromisePolicy, PromiseState, PromiseVerdict
from collectkit.facts import AccountFacts, agreed_states, book_of, placement_on, plan_of, promise_states
from collectkit.holds import DISPUTES, Effect, Hold, HoldLifted, in_force, lifts
from collectkit.identifiers import AccountId, HandlerId, HoldId, PersonId
from collectkit.money import Money
from collectkit.schedules import INSTALLMENT_FIRST, Book, Plan, PostingRules, Waterfall

FOREVER = date(9999, 12, 31)
"""`valid_through` of an account that time alone never changes again."""


@attrs.frozen
class Standing:
    """
    What the facts of one account mean on one date. Amounts are minor units of `currency`.

    Attributes:
        account: Which account.
        person: Who owes.
        as_of: The business date.
        currency: ISO 4217 code.
        plan_kind: For example ``pay_in_4``.
        product: The host's product code.
        merchant: The host's id of the shop.
        opened_on: Day of the purchase.
        total_minor: What the contract asks for in all, without later charges.
        paid_minor: Payments that count, whole.
        outstanding_minor: All that remains to be paid, due or not.
        owed_minor: The part of it that fell due on or before `as_of`.
        past_due_minor: The part of it that fell due before `as_of`.
        fee_minor: The part of `outstanding_minor` that is fees and penalties.
        credit_minor: Money received beyond everything that is owed or will be.
        disputed_minor: The part of `outstanding_minor` under a dispute.
        fees_charged_minor: Fees and penalties charged so far and not waived.
        oldest_unpaid_due_on: Due date of the oldest due that is not fully paid and fell due before `as_of`; None when not late.
        next_due_on: First due date on or after `as_of` with something unpaid.
        next_due_minor: What is unpaid of it.
        last_due_on: Last due date of the plan.
        last_paid_on: Value date of the last payment that counts.
        installments_total: Number of installments.
        installments_paid: Of them fully paid.
        installments_past_due: Of them late.
        promise_due_on: Due date of the promise that is open, or of the next payment of the arrangement in force; None without one.
        promised_minor: Its amount.
        promises_broken: How many promises were broken so far.
        holds: Kinds of the holds in force, sorted.
        hold_until: Last day of the longest hold in force when every one has an end; None otherwise or without holds.
        handler: Who works it; None for nobody.
        placed_on: Since when.
        closed_on: First day on which it is closed, when that is on or before `as_of`.
        valid_through: Last date on which nothing above changes by time alone.
        agreed: What is in force: ``payment_plan``, ``settlement``, ``hardship``, ``promise``, ``soft_promise``; empty for nothing.
        paused: What that stops, in the words of `collectkit.holds.Effect`, sorted.
    """

    account: AccountId
    person: PersonId
    as_of: date
    currency: str
    plan_kind: str
    product: str
    merchant: str
    opened_on: date
    total_minor: int
    paid_minor: int
    outstanding_minor: int
    owed_minor: int
    past_due_minor: int
    fee_minor: int
    credit_minor: int
    disputed_minor: int
    fees_charged_minor: int
    oldest_unpaid_due_on: date | None
    next_due_on: date | None
    next_due_minor: int
    last_due_on: date
    last_paid_on: date | None
    installments_total: int
    installments_paid: int
    installments_past_due: int
    promise_due_on: date | None
    promised_minor: int
    promises_broken: int
    holds: tuple[str, ...]
    hold_until: date | None
    handler: HandlerId | None
    placed_on: date | None
    closed_on: date | None
    valid_through: date
    agreed: str = ""
    paused: tuple[str, ...] = ()

    @property
    def days_past_due(self) -> int:
        """Return whole calendar days since the oldest unpaid due date; 0 when nothing is late, also on the due date itself."""
        return (self.as_of - self.oldest_unpaid_due_on).days if self.oldest_unpaid_due_on is not None else 0

    @property
    def state(self) -> str:
        """Return ``not_started``, ``current``, ``past_due``, ``paid`` or ``closed``."""
        if self.closed_on is not None:
            return "closed"
        if self.as_of < self.opened_on:
            return "not_started"
        if self.outstanding_minor == 0:
            return "paid"
        return "past_due" if self.past_due_minor else "current"

    @property
    def collectable_minor(self) -> int:
        """Return what may be asked for now: owed, less what is disputed; 0 when closed or wholly held back by a dispute."""
        return 0 if self.closed_on is not None else max(0, self.owed_minor - self.disputed_minor)

    def money(self, name: str) -> Money:
        """Return the amount of field *name* (``"owed"`` for `owed_minor`) as Money."""
        return Money(int(getattr(self, f"{name}_minor")), self.currency)

    def on(self, as_of: date) -> Standing:
        """
        Return the same standing read on another day of its validity.

        Raises:
            ValueError: *as_of* lies before this standing's date or after `valid_through`.
        """
        if not self.as_of <= as_of <= self.valid_through:
            raise ValueError(f"standing of {self.as_of} holds through {self.valid_through}, not on {as_of}; build it again from the facts")
        return self if as_of == self.as_of else attrs.evolve(self, as_of=as_of)


_ONE_DAY = timedelta(days=1)
_PROMISES = PromisePolicy()


def standing_of(
    facts: AccountFacts,
    as_of: date,
    *,
    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST,
    promise_policy: PromisePolicy = _PROMISES,
    person_holds: Sequence[Hold] = (),
    person_lifted: Sequence[HoldLifted] = (),
    book: Book | None = None,
) -> Standing:
    """
    Compute what the facts of an account mean on a day.

    Args:
        facts: All that is known of the account.
        as_of: The business date; what happened on that day counts.
        waterfall: In which order payments settle what is owed.
        promise_policy: When a promise counts as kept.
        person_holds: Holds on the person, which stop work on every account.
        person_lifted: Those of them that were lifted.
        book: The replay of these facts on this day, when it is at hand already.
    """
    if not (facts.entries or facts.promises or facts.agreed or facts.holds or facts.moves or facts.closed or person_holds):
        return opening_standing(facts.account, as_of)
    if book is None:
        book = book_of(facts, as_of, waterfall=waterfall)
    states = promise_states(facts, as_of, waterfall=waterfall, policy=promise_policy) if facts.promises else ()
    holds, off = (*facts.holds, *person_holds), lifts((*facts.lifted, *person_lifted))
    owed = book.balances()
    held = in_force(holds, (*facts.lifted, *person_lifted), as_of) if holds else ()
    open_promises = [state.promise for state in states if state.verdict is PromiseVerdict.OPEN]
    open_promise = open_promises[0] if open_promises else None
    arranged = agreed_states(facts, as_of, waterfall=waterfall, outstanding_minor=owed.outstanding_minor) if facts.agreed else ()
    agreed, paused = _agreed(live(arranged), [promise_policy.kind(promise.kind) or FIRM for promise in open_promises])
    promised_on, promised_minor = _next_payment(live(arranged), open_promise)
    placement = placement_on(facts, as_of)
    oldest, plan = owed.oldest_unpaid_due_on, book.plan
    return Standing(
        account=facts.account.id,
        person=facts.account.consumer,
        as_of=as_of,
        currency=plan.currency,
        plan_kind=plan.kind,
        product=facts.account.product,
        merchant=facts.account.merchant,
        opened_on=plan.bought_on,
        total_minor=facts.plan.total_minor,
        paid_minor=book.paid_minor,
        outstanding_minor=owed.outstanding_minor,
        owed_minor=owed.owed_minor,
        past_due_minor=owed.past_due_minor,
        fee_minor=owed.components_minor[0] + owed.components_minor[1],
        credit_minor=owed.credit_minor,
        disputed_minor=_disputed(held, owed.outstanding_minor, plan.currency),
        fees_charged_minor=_charged(book),
        oldest_unpaid_due_on=oldest if oldest is not None and oldest < as_of else None,
        next_due_on=owed.next_due_on,
        next_due_minor=owed.next_due_minor,
        last_due_on=plan.due_on[-1],
        last_paid_on=book.last_paid_on,
        installments_total=len(plan),
        installments_paid=owed.settled_count,
        installments_past_due=owed.past_due_count,
        promise_due_on=promised_on,
        promised_minor=promised_minor,
        promises_broken=sum(state.verdict is PromiseVerdict.BROKEN for state in states),
        holds=tuple(sorted({hold.kind.value for hold in held})),
        hold_until=_until(held, off),
        handler=placement.handler if placement is not None else None,
        placed_on=placement.since if placement is not None else None,
        closed_on=facts.closed.on if facts.closed is not None and facts.closed.on <= as_of else None,
        valid_through=_before_next(_changes(facts, book, states, arranged, holds, off), as_of),
        agreed=agreed,
        paused=paused,
    )


def _next_payment(arranged: ArrangementState | None, promise: Promise | None) -> tuple[date | None, int]:
    """Return day and amount of what is to be paid next by what is agreed."""
    item = arranged.next_item if arranged is not None else None
    if item is not None:
        return item.due_on, item.minor
    return (promise.due_on, promise.amount.minor) if promise is not None else (None, 0)


def _agreed(arranged: ArrangementState | None, kinds: Sequence[PromiseKind]) -> tuple[str, tuple[str, ...]]:
    """Return what is agreed by the arrangement in force, or by promises of these kinds, and what that stops together."""
    effects = frozenset[Effect]().union(*(kind.effects for kind in kinds))
    if arranged is not None:
        return arranged.arrangement.kind, tuple(sorted(effect.value for effect in effects | arranged.effects))
    agreed = "" if not kinds else "soft_promise" if all(kind.soft for kind in kinds) else "promise"
    return agreed, tuple(sorted(effect.value for effect in effects))


def opening_standing(account: Account, as_of: date) -> Standing:
    """Return the standing of an account of which nothing but its plan is known, as `standing_of` does but faster."""
    plan = plan_of(account)
    opening = opening_of(plan, as_of)
    return Standing(
        account=account.id,
        person=account.consumer,
        as_of=as_of,
        currency=plan.currency,
        plan_kind=plan.kind,
        product=account.product,
        merchant=account.merchant,
        opened_on=plan.bought_on,
        total_minor=opening.total_minor,
        paid_minor=0,
        outstanding_minor=opening.total_minor,
        owed_minor=opening.owed_minor,
        past_due_minor=opening.past_due_minor,
        fee_minor=0,
        credit_minor=0,
        disputed_minor=0,
        fees_charged_minor=0,
        oldest_unpaid_due_on=opening.oldest_unpaid_due_on,
        next_due_on=opening.next_due_on,
        next_due_minor=opening.next_due_minor,
        last_due_on=plan.due_on[-1],
        last_paid_on=None,
        installments_total=len(plan.due_on),
        installments_paid=opening.paid,
        installments_past_due=opening.past_due,
        promise_due_on=None,
        promised_minor=0,
        promises_broken=0,
        holds=(),
        hold_until=None,
        handler=None,
        placed_on=None,
        closed_on=None,
        valid_through=opening.valid_through,
    )


class Opening(NamedTuple):
    """
    What a plan alone means on a day: the fields of a `Standing` that are not the same for every new account.

    A named tuple, since an import makes one for each of its rows.
    """

    total_minor: int
    owed_minor: int
    past_due_minor: int
    oldest_unpaid_due_on: date | None
    next_due_on: date | None
    next_due_minor: int
    paid: int
    past_due: int
    valid_through: date


def opening_of(plan: Plan, as_of: date) -> Opening:
    """Return what *plan* means on a day on which nothing but the plan is known."""
    past_due = paid = late = next_due = total = 0
    oldest: date | None = None
    upcoming: date | None = None
    for day, minor in zip(plan.due_on, map(add, plan.principal, plan.interest) if plan.interest else plan.principal, strict=True):
        total += minor
        if not minor:
            paid += 1
        elif day < as_of:
            past_due += minor
            late += 1
            oldest = oldest or day
        elif upcoming is None or day == upcoming:
            upcoming = day
            next_due += minor
    unchanged = FOREVER if upcoming is None else upcoming - _ONE_DAY if upcoming > as_of else as_of
    if as_of < plan.bought_on <= unchanged:
        unchanged = plan.bought_on - _ONE_DAY
    owed = past_due + next_due if upcoming == as_of else past_due
    return Opening(total, owed, past_due, oldest, upcoming, next_due, paid, late, unchanged)


def _before_next(changes: Iterable[date], as_of: date) -> date:
    """Return the day before the first change after *as_of*."""
    following = min((day for day in changes if day > as_of), default=None)
    return FOREVER if following is None else following - _ONE_DAY


def _changes(
    facts: AccountFacts,
    book: Book,
    states: Iterable[PromiseState],
    arranged: Iterable[ArrangementState],
    holds: Iterable[Hold],
    off: Mapping[HoldId, date],
) -> Iterator[date]:
    """Yield the days on which a standing may differ from that of the day before, by time alone."""
    yield facts.plan.bought_on
    for due, day in enumerate(book.due_on):
        if book.unpaid_of(due):
            # On its due date an amount becomes owed, on the day after it becomes late.
            yield day
            yield from _after(day)
    for entry in book.entries:
        yield entry.value_on
    for promise in facts.promises:
        yield promise.opens_on
    for state in states:
        yield from _after(state.closes_on)
    for cancelled in facts.cancelled:
        yield cancelled.on
    for one in arranged:
        yield from (day for day in (one.changes_on, one.arrangement.ended and one.arrangement.ended.on) if day)
    for hold in holds:
        yield hold.starts_on
        yield from _after(hold.last_on(off) or FOREVER)
    for placement in facts.placements:
        yield placement.since
    for recall in facts.recalls:
        yield recall.on
    if facts.closed is not None:
        yield facts.closed.on


def _after(day: date) -> Iterator[date]:
    """Yield the next day, unless the calendar ends."""
    if day < FOREVER:
        yield day + _ONE_DAY


def _disputed(held: Sequence[Hold], outstanding_minor: int, currency: str) -> int:
    """Return how much of what is outstanding is under a dispute; a part in another currency stands for the whole."""
    parts = 0
    for hold in held:
        if hold.kind not in DISPUTES:
            continue
        if hold.amount is None or hold.amount.currency != currency:
            return outstanding_minor
        parts += hold.amount.minor
    return min(parts, outstanding_minor)


def _until(held: Sequence[Hold], off: Mapping[HoldId, date]) -> date | None:
    """Return the last day on which any of the holds is in force; None when one of them has no end."""
    ends = [hold.last_on(off) for hold in held]
    known = [day for day in ends if day is not None]
    return max(known) if known and len(known) == len(ends) else None


def _charged(book: Book) -> int:
    """Return all fees and penalties on the book, waivers taken off."""
    if len(book.sources) == len(book.plan):
        return 0
    return sum(sum(due.asked) for due in book.dues() if due.charge is not None)
