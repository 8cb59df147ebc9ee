"""What to work next: a score in its terms, named queues, and one total order.

More money at risk never ranks lower, all else equal; neither do fewer days to the next band, a promise that broke, or a
call-back that is due. Points are whole numbers, so that the order is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum

import attrs

from collectkit._checks import aware
from collectkit.errors import PolicyError
from collectkit.identifiers import AccountId
from collectkit.standing import Standing

WHOLE_BP = 10_000


class Queue(Enum):
    """Where a piece of work waits, in order of precedence; an account waits in one queue."""

    CALL_BACKS = "call_backs"
    """The person asked to be called at a time that has come."""
    COMPLAINTS = "complaints"
    DISPUTES = "disputes"
    APPROVALS = "approvals"
    BROKEN_PROMISES = "broken_promises"
    PROMISES_DUE = "promises_due"
    """A promise falls due today."""
    ALERTS = "alerts"
    """A condition over its history says that somebody must look."""
    SKIP_TRACE = "skip_trace"
    """Nobody knows how to reach the person."""
    NEW = "new"
    GENERAL = "general"


@attrs.frozen
class Weights:
    """
    How much each term counts, in points for its full size; a score adds them up.

    Attributes:
        at_risk: For each 100 minor units past due that would roll at the probability given.
        urgency: For an account that rolls into the next band tomorrow; less the further away that is.
        call_back: For a call-back that is due.
        broken: For each promise that was broken.
        reachable: For a person who is certain to be reached.
        recent: Taken off for a contact today; less the longer ago it was.
        alert: For each alert that waits for somebody.
        bands: First days past due of the bands.
        quiet_days: After so many days a contact takes nothing off any more.
    """

    at_risk: int = 10
    urgency: int = 3_000
    call_back: int = 50_000
    broken: int = 1_000
    reachable: int = 2_000
    recent: int = 4_000
    bands: tuple[int, ...] = (1, 31, 61, 91)
    quiet_days: int = 7
    alert: int = 5_000

    def __attrs_post_init__(self) -> None:
        points = (self.at_risk, self.urgency, self.call_back, self.broken, self.reachable, self.recent, self.alert)
        if min(points) < 0 or self.quiet_days < 1 or list(self.bands) != sorted(set(self.bands)):
            raise PolicyError(
                "weights are whole points of at least 0, bands ascend, and a quiet time is at least a day; nothing was loaded"
            )


@attrs.frozen
class Work:
    """
    An account that somebody may work, with what a standing does not say.

    Attributes:
        standing: On the day.
        roll_bp: Probability that what is past due rolls on, basis points.
        reach_bp: Probability of reaching the person, basis points.
        call_back_at: When the person asked to be called; aware. `collectkit.person.dispositions.call_back_due` tells it.
        last_contact_on: Day of the last contact.
        new: It came to whoever works it and nobody has looked at it yet.
        complaint: A complaint waits for an answer.
        approval: Something waits for a second person.
        unreachable: No contact point is left.
        alerts: Names of the rules whose alerts wait for somebody, as `Kit.alerts` has them.
    """

    standing: Standing
    roll_bp: int = WHOLE_BP
    reach_bp: int = WHOLE_BP
    call_back_at: datetime | None = attrs.field(default=None, validator=attrs.validators.optional(aware))
    last_contact_on: date | None = None
    new: bool = False
    complaint: bool = False
    approval: bool = False
    unreachable: bool = False
    alerts: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen
class Term:
    """One part of a score: its name, its points, and where they come from."""

    name: str
    points: int
    why: str


@attrs.frozen
class Item:
    """
    A piece of work in its place.

    Attributes:
        account: Which.
        queue: Where it waits.
        score: The sum of the terms.
        terms: What the score is made of; terms of 0 points are left out.
        due_on: The day that settles ties: a promise, or the next due date.
        outstanding_minor: Settles ties after that, the larger first.
    """

    account: AccountId
    queue: Queue
    score: int
    terms: tuple[Term, ...]
    due_on: date
    outstanding_minor: int


def score(work: Work, weights: Weights, at: datetime) -> tuple[Term, ...]:
    """Return the terms of a score."""
    standing = work.standing
    days = standing.operational_days_past_due
    ahead = min((band - days for band in weights.bands if band > days), default=None)
    terms = [
        Term(
            "at_risk",
            weights.at_risk * standing.past_due_minor * work.roll_bp // (100 * WHOLE_BP),
            f"{standing.money('past_due')} past due, {work.roll_bp / 100:g} % would roll",
        ),
        Term("reachable", weights.reachable * work.reach_bp // WHOLE_BP, f"{work.reach_bp / 100:g} % reached"),
        Term("broken", weights.broken * standing.promises_broken, f"{standing.promises_broken} promises broken"),
    ]
    if work.alerts:
        terms.append(Term("alerts", weights.alert * len(work.alerts), ", ".join(work.alerts)))
    if ahead is not None and standing.past_due_minor:
        terms.append(Term("urgency", weights.urgency // ahead, f"{ahead} days to the next band"))
    if work.call_back_at is not None and work.call_back_at <= at:
        terms.append(Term("call_back", weights.call_back, "a call-back is due"))
    if work.last_contact_on is not None:
        since = (standing.as_of - work.last_contact_on).days
        left = max(0, weights.quiet_days - since)
        terms.append(Term("recent", -(weights.recent * left // weights.quiet_days), f"last contact {since} days ago"))
    return tuple(term for term in terms if term.points)


def queue_of(work: Work, at: datetime) -> Queue:
    """Return where an account waits: the first queue that fits."""
    standing = work.standing
    fits = {
        Queue.CALL_BACKS: work.call_back_at is not None and work.call_back_at <= at,
        Queue.COMPLAINTS: work.complaint or "complaint" in standing.holds,
        Queue.DISPUTES: any(kind in standing.holds for kind in ("dispute", "dispute_part")),
        Queue.APPROVALS: work.approval,
        Queue.BROKEN_PROMISES: standing.promises_broken > 0 and standing.promise_due_on is None,
        Queue.PROMISES_DUE: standing.promise_due_on == standing.as_of,
        Queue.ALERTS: bool(work.alerts),
        Queue.SKIP_TRACE: work.unreachable,
        Queue.NEW: work.new,
    }
    return next((queue for queue, fit in fits.items() if fit), Queue.GENERAL)


def worklist(works: Iterable[Work], weights: Weights, *, at: datetime, queues: Sequence[Queue] = tuple(Queue)) -> tuple[Item, ...]:
    """
    Return what there is to work in these queues, the most pressing first; closed and paid accounts are nobody's work.

    Args:
        works: Accounts, in any order.
        weights: How much each term counts.
        at: The present instant; aware. Call-backs are due by it.
        queues: Which queues.
    """
    items = [_item(work, weights, at) for work in works if work.standing.state not in {"closed", "paid"}]
    return tuple(sorted((item for item in items if item.queue in queues), key=_order))


def _item(work: Work, weights: Weights, at: datetime) -> Item:
    standing = work.standing
    terms = score(work, weights, at)
    due_on = standing.promise_due_on or standing.oldest_unpaid_due_on or standing.next_due_on or date.max
    total = sum(term.points for term in terms)
    return Item(standing.account, queue_of(work, at), total, terms, due_on, standing.outstanding_minor)


def _order(item: Item) -> tuple[int, date, int, str]:
    return (-item.score, item.due_on, -item.outstanding_minor, item.account)
