"""Batch curves: what came in of each month's placements, month by month after; and the facts from which this is read.

The amount that was placed is fixed on the day of the placement. What of a payment was taken back never counts, not even in
the months before. A cell is empty until its whole month has passed for every account of the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

import attrs

from collectkit.allocation import Handler, Held, Timers, lifecycle, stratum_of
from collectkit.arrangements.promises import PromiseVerdict
from collectkit.calendars.dates import add_months, local_date
from collectkit.facts import AccountFacts
from collectkit.history import SPOKEN_WITH
from collectkit.holds import Hold, HoldKind
from collectkit.identifiers import AccountId, HandlerId, PersonId, PromiseId
from collectkit.ledger import Payment
from collectkit.person import Contact
from collectkit.placement import PlacementState
from collectkit.reports.agencies import Placed
from collectkit.reports.promises import JUDGED
from collectkit.reports.rates import Dataset, Rate
from collectkit.schedules import without_returns
from collectkit.standing import Standing

Read: TypeAlias = Callable[[AccountFacts, date], Standing]
"""Says how an account stood on a day, under the host's policy."""


@attrs.frozen
class Movement:
    """Money that came in on a placed account: on which day, how much; below 0 for a reversal on its own day."""

    on: date
    minor: int


@attrs.frozen
class BatchLine:
    """
    One month's placements with one handler in one currency, so many months on.

    Attributes:
        handler: Who.
        currency: ISO 4217 code.
        batch: First day of the month of the placements.
        month: Months since the placement of each account, from 1.
        accounts: How many accounts.
        liquidation: Collected until then, of placed; None while not every account has been there that long.
    """

    handler: HandlerId
    currency: str
    batch: date
    month: int
    accounts: int
    liquidation: Rate | None


@attrs.frozen
class Batches(Dataset):
    """
    Curves of all batches.

    Attributes:
        as_of: Day until which was looked.
        lines: By currency, batch, handler and month.
    """

    as_of: date
    lines: tuple[BatchLine, ...]


def placed_accounts(
    facts: Iterable[AccountFacts],
    handlers: Mapping[HandlerId, Handler],
    read: Read,
    *,
    as_of: date,
    timers: Timers = Timers(),
    contacts: Iterable[Contact] = (),
    complaints: Iterable[Hold] = (),
    zone: str = "UTC",
) -> list[tuple[Placed, tuple[Movement, ...]]]:
    """
    Read the placements outside of the house with what came of each.

    Args:
        facts: Accounts.
        handlers: Who is known; our own people are left out, an unknown handler counts as outside.
        read: How an account stood on a day.
        as_of: Later movements are not looked at.
        timers: Days until an acknowledgement and the first work are late.
        contacts: The recorded history of contacts of the people; those that a handler made about an account it had count for it.
        complaints: Holds on people; a complaint counts for whoever had an account of the person on the day it came in. Those on an
            account are among its facts.
        zone: Whose calendar day a contact falls on.

    Returns:
        Each placement with its movements. Commission is worked out at the handler's `fee_bp`, rounded half up on the sum; a host with
        a contract takes `collectkit.allocation.commission` instead.
    """
    found = []
    made: defaultdict[tuple[AccountId, str], list[Contact]] = defaultdict(list)
    for contact in contacts:
        for id in contact.accounts:
            made[id, contact.collector].append(contact)
    about: defaultdict[PersonId, list[date]] = defaultdict(list)
    for hold in complaints:
        if hold.kind is HoldKind.COMPLAINT and hold.account is None:
            about[hold.person].append(hold.starts_on)
    for account in facts:
        grounds = [*about[account.account.consumer], *(h.starts_on for h in account.holds if h.kind is HoldKind.COMPLAINT)]
        for held in lifecycle(account.moves, account.progress, handlers):
            handler = handlers.get(held.placement.handler)
            outside = handler is None or handler.kind.outside
            if outside and held.placement.since <= as_of:
                theirs = [(local_date(c.at, zone), c) for c in made[account.account.id, held.placement.handler]]
                found.append(_placed(account, held, handler, read, as_of, timers, _Told(theirs, grounds)))
    return found


@attrs.frozen
class _Told:
    """What others told about an account: the handler's contacts with their days, and the days on which complaints came in."""

    contacts: Sequence[tuple[date, Contact]]
    complaints: Sequence[date]


def _in_time(held: Held, done: Sequence[date], days: int, as_of: date) -> bool | None:
    """Tell whether something was done by its day; None while it is not due, or when the account had gone by then."""
    due = held.placement.since + timedelta(days=days)
    if done:
        return min(done) <= due
    return None if as_of <= due or (held.ended_on is not None and held.ended_on <= due) else False


def _judged(account: AccountFacts, as_of: date) -> list[tuple[date, PromiseVerdict]]:
    """Return for each promise that was judged by a day when it was judged first, and what is believed of it now."""
    first, believed = dict[PromiseId, date](), dict[PromiseId, PromiseVerdict]()
    for event in account.judged:
        if event.on <= as_of:
            first.setdefault(event.id, event.on)
            believed[event.id] = event.verdict
    return [(first[id], verdict) for id, verdict in believed.items() if verdict in JUDGED]


def _placed(
    account: AccountFacts, held: Held, handler: Handler | None, read: Read, as_of: date, timers: Timers, others: _Told
) -> tuple[Placed, tuple[Movement, ...]]:
    since, until = held.placement.since, held.ended_on or date.max
    standing = read(account, since)
    payments = (entry for entry in without_returns(account.entries, as_of) if isinstance(entry, Payment) and entry.value_on <= as_of)
    came = tuple(Movement(one.value_on, one.amount.minor) for one in payments if since <= one.value_on < until)
    judged = [verdict for on, verdict in _judged(account, as_of) if since <= on < until]
    told = [step for step in account.progress if step.handler == held.placement.handler and since <= step.on < until]
    active = [step.on for step in told if step.to is PlacementState.ACTIVE]
    answered = [step.on for step in told if step.to is PlacementState.ACKNOWLEDGED] + active
    made = [(day, contact) for day, contact in others.contacts if since <= day < until and day <= as_of]
    worked = active + [day for day, _ in made]
    duties = [_in_time(held, answered, timers.acknowledgement_days, as_of), _in_time(held, worked, timers.first_activity_days, as_of)]
    kept_days = [done for done in duties if done is not None]
    collected = sum(movement.minor for movement in came)
    fee = (collected * handler.fee_bp * 2 + 10_000) // 20_000 + handler.cost_minor if handler is not None else 0
    placed = Placed(
        account.account.id,
        account.account.consumer,
        held.placement.handler,
        since,
        held.ended_on,
        standing.currency,
        standing.outstanding_minor,
        stratum_of(standing),
        collected,
        fee,
        worked=bool(worked),
        attempts=len(made),
        contacts=sum(contact.outcome in SPOKEN_WITH for _, contact in made),
        complaints=sum(since <= day < until and day <= as_of for day in others.complaints),
        promises_judged=len(judged),
        promises_kept=judged.count(PromiseVerdict.KEPT),
        on_time=all(kept_days) if kept_days else None,
    )
    return placed, came


def batches(placed: Iterable[tuple[Placed, Sequence[Movement]]], *, as_of: date, months: int = 12) -> Batches:
    """
    Draw the curve of each month's placements.

    Args:
        placed: Placements with their movements.
        as_of: Day until which was looked.
        months: How many months on, at most.
    """
    groups: defaultdict[tuple[str, date, HandlerId], list[tuple[Placed, Sequence[Movement]]]] = defaultdict(list)
    for one, came in placed:
        groups[one.currency, one.placed_on.replace(day=1), one.handler].append((one, came))
    lines = []
    for (currency, batch, handler), held in sorted(groups.items()):
        for month in range(1, months + 1):
            if add_months(batch, month) > as_of:
                break
            lines.append(BatchLine(handler, currency, batch, month, len(held), _liquidation(held, month, as_of)))
    return Batches(as_of, tuple(lines))


def _liquidation(held: Sequence[tuple[Placed, Sequence[Movement]]], month: int, as_of: date) -> Rate | None:
    ends = [add_months(one.placed_on, month) for one, _ in held]
    if max(ends) > as_of + timedelta(days=1):
        return None
    came = sum(movement.minor for (_, movements), end in zip(held, ends, strict=True) for movement in movements if movement.on < end)
    return Rate(came, sum(one.placed_minor for one, _ in held), "minor", f"collected within {month} months, of placed")
