"""Making a standing: what the facts of an account mean on a day, and until when nothing changes by time alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from collectkit.arrangements.living import ArrangementState, live
from collectkit.arrangements.promises import FIRM, PromiseKind, PromisePolicy, PromiseState, PromiseVerdict
from collectkit.delinquency.clock_dates import clock_dates, clock_stops
from collectkit.facts import AccountFacts, agreed_states, book_of, kept_still, placement_on, promise_states
from collectkit.holds import DISPUTES, EFFECTS, Effect, Hold, HoldKind, HoldLifted, in_force, lifts
from collectkit.identifiers import HoldId
from collectkit.ledger import COMPONENTS
from collectkit.placement import sold_on
from collectkit.schedules import INSTALLMENT_FIRST, Book, PostingRules, Waterfall
from collectkit.schedules.opening import FOREVER
from collectkit.standing.opening import opening_standing
from collectkit.standing.standing import Standing

_PENALTY, _FEE, _TAX = (COMPONENTS.index(name) for name in ("penalty", "fee", "tax"))

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
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> Standing:
    """
    Compute what the facts of an account mean on a day.

    Args:
        facts: All that is known of the account.
        as_of: The business date, a calendar day in the account's time zone; what happened on it counts, and what is due on it is not late.
        waterfall: In which order payments settle what is owed.
        promise_policy: When a promise counts as kept.
        person_holds: Holds on the person, which stop work on every account.
        person_lifted: Those of them that were lifted.
        book: The replay of these facts on this day, when it is at hand already.
        effects: What each kind of hold stops.

    Source:
        The facts, by the rules of the rooms that decide: `collectkit.schedules.replay` for money in whole minor units, nothing rounded;
        `collectkit.delinquency.lateness` for days; the policy for promises.
    """
    if not (facts.entries or facts.promises or facts.agreed or facts.holds or facts.moves or facts.closed or facts.sales or person_holds):
        return opening_standing(facts.account, as_of)
    facts = kept_still(facts, person_holds, person_lifted, effects)
    if book is None:
        book = book_of(facts, as_of, waterfall=waterfall)
    states = promise_states(facts, as_of, waterfall=waterfall, policy=promise_policy) if facts.promises else ()
    holds, off = (*facts.holds, *person_holds), lifts((*facts.lifted, *person_lifted))
    owed = book.balances()
    held = in_force(holds, (*facts.lifted, *person_lifted), as_of) if holds else ()
    open_promises = [state for state in states if state.verdict is PromiseVerdict.OPEN]
    open_promise = open_promises[0] if open_promises else None
    arranged = agreed_states(facts, as_of, waterfall=waterfall, outstanding_minor=owed.outstanding_minor) if facts.agreed else ()
    in_force_now = live(arranged) if arranged else None
    agreed, paused = _agreed(in_force_now, [promise_policy.kind(state.promise.kind) or FIRM for state in open_promises])
    promised_on, promised_minor = _next_payment(in_force_now, open_promise)
    placement = placement_on(facts, as_of)
    oldest, plan = owed.oldest_unpaid_due_on, book.plan
    late_since = oldest if oldest is not None and oldest < as_of else None
    lifted = (*facts.lifted, *person_lifted)
    stops = [clock_stops(holds, lifted, arranged, effects, effect) for effect in (Effect.CLOCK, Effect.REPORTING)]
    clock = clock_dates(book, late_since, *stops)
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
        fee_minor=owed.components_minor[_PENALTY] + owed.components_minor[_FEE],
        credit_minor=owed.credit_minor,
        disputed_minor=_disputed(held, owed.outstanding_minor, plan.currency),
        fees_charged_minor=_charged(book),
        oldest_unpaid_due_on=late_since,
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
        closed_on=_closed_on(facts, as_of),
        valid_through=_before_next(_changes(facts, book, as_of, states, arranged, holds, off), as_of),
        agreed=agreed,
        paused=paused,
        charged_off_on=book.charged_off_on,
        contractual_since_on=clock.contractual_since_on,
        operational_since_on=clock.operational_since_on,
        clock_stopped_on=clock.stopped_on,
        reporting_since_on=clock.reporting_since_on,
        reporting_stopped_on=clock.reporting_stopped_on,
        tax_minor=owed.components_minor[_TAX],
    )


def _closed_on(facts: AccountFacts, as_of: date) -> date | None:
    """Return since when the account is closed on a day; from its sale to the day it was bought back it was closed, too."""
    return facts.closed.on if facts.closed is not None and facts.closed.on <= as_of else sold_on(facts.sales, as_of)


def _next_payment(arranged: ArrangementState | None, promised: PromiseState | None) -> tuple[date | None, int]:
    """Return day and amount of what is to be paid next by what is agreed."""
    item = arranged.next_item if arranged is not None else None
    if item is not None:
        return item.due_on, item.minor
    return (promised.due_on, promised.promise.amount.minor) if promised is not None else (None, 0)


def _agreed(arranged: ArrangementState | None, kinds: Sequence[PromiseKind]) -> tuple[str, tuple[str, ...]]:
    """Return what is agreed by the arrangement in force, or by promises of these kinds, and what that stops together."""
    if arranged is None and not kinds:
        return "", ()
    effects = frozenset[Effect]().union(*(kind.effects for kind in kinds))
    if arranged is not None:
        return arranged.arrangement.kind, tuple(sorted(effect.value for effect in effects | arranged.effects))
    agreed = "" if not kinds else "soft_promise" if all(kind.soft for kind in kinds) else "promise"
    return agreed, tuple(sorted(effect.value for effect in effects))


def _before_next(changes: Iterable[date], as_of: date) -> date:
    """Return the day before the first change after *as_of*."""
    following = min((day for day in changes if day > as_of), default=None)
    return FOREVER if following is None else following - _ONE_DAY


def _changes(
    facts: AccountFacts,
    book: Book,
    as_of: date,
    states: Iterable[PromiseState],
    arranged: Iterable[ArrangementState],
    holds: Iterable[Hold],
    off: Mapping[HoldId, date],
) -> Iterator[date]:
    """Yield the days on which a standing may differ from that of the day before, by time alone: the first after *as_of* among them."""
    yield facts.plan.bought_on
    if book.plan != book.contract:
        # The contractual clock follows the dates that were agreed first.
        for day in book.contract.due_on:
            yield from _after(day)
    for due, day in enumerate(book.due_on):
        # On its due date an amount becomes owed, on the day after it becomes late. The dues are in order, so that of those to come
        # the first decides.
        if day >= as_of and book.unpaid_of(due):
            yield day
            yield from _after(day)
            break
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
    for sale in facts.sales:
        yield sale.on


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
    """Return all fees and penalties on the book with the tax on them, waivers taken off."""
    if len(book.sources) == len(book.plan):
        return 0
    return sum(sum(due.asked) for due in book.dues() if due.charge is not None)
