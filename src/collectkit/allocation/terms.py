"""How long a handler may keep an account: its term, how long without a payment, until when it works and is licensed.

What is agreed with the consumer keeps an account where it is: who took a promise sees it through.
"""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from collectkit.allocation.handlers import Handler
from collectkit.allocation.policies import AllocationPolicy
from collectkit.holds import Effect, blocked
from collectkit.identifiers import AccountId, HandlerId
from collectkit.segments import column
from collectkit.standing import Standing


def exempt(standing: Standing) -> str:
    """Return what keeps an account with its handler beyond its term; empty for nothing."""
    if _agreed(standing):
        return f"a {standing.agreed.replace('_', ' ')} is in force"
    return f"a promise is open until {standing.promise_due_on}" if standing.promise_due_on is not None else ""


def kept_at_home(standing: Standing, handler: Handler) -> str:
    """
    Return what keeps an account from going to a handler outside of the house; empty for nothing, and for who has it already.

    A consumer who keeps to an arrangement or has an open promise is not handed on; our own people may take the account over.
    """
    stays = not handler.kind.outside or standing.handler == handler.id
    return "" if stays or not _agreed(standing) else f"a {standing.agreed.replace('_', ' ')} is in force"


def _agreed(standing: Standing) -> bool:
    return bool(standing.agreed) and Effect.PLACEMENT.value in standing.paused


def term_ends_on(handler: Handler, standing: Standing) -> date | None:
    """Return the first day on which the term of the present holder is over; None without a term."""
    if handler.term_days is None or standing.placed_on is None:
        return None
    return standing.placed_on + timedelta(days=handler.term_days)


def inactive_on(handler: Handler, standing: Standing) -> date | None:
    """Return the first day on which the present holder has gone too long without a payment; None without such a limit."""
    if handler.inactivity_days is None or standing.placed_on is None:
        return None
    last = standing.last_paid_on
    return (max(last, standing.placed_on) if last is not None else standing.placed_on) + timedelta(days=handler.inactivity_days)


def next_recall_on(standing: Standing, policy: AllocationPolicy, after: date) -> date | None:
    """Return the first day later than *after* on which its handler may have to give the account back by time alone."""
    handler = next((known for known in policy.handlers if known.id == standing.handler), None)
    if handler is None or standing.closed_on is not None:
        return None
    days = [term_ends_on(handler, standing), inactive_on(handler, standing), *(leave.first for leave in handler.leave)]
    ends = [handler.active_to, *handler.licences_end]
    days += [end + timedelta(days=1) for end in ends if end is not None and end < date.max]
    return min((day for day in days if day is not None and day > after), default=None)


def next_turn_on(standing: Standing, policy: AllocationPolicy, after: date) -> date | None:
    """
    Return the first day later than *after* on which rules and handlers may answer otherwise by the passing of days alone.

    Args:
        standing: As it stands on *after*.
        policy: Rules, segments and counts of work with their conditions, and handlers with the lateness they take.
        after: The business date.

    Returns:
        None when no day is known: then a fact of the account must change first, or its standing ends before.
    """
    tomorrow = after + timedelta(days=1)
    if not policy.handlers or standing.closed_on is not None or standing.valid_through < tomorrow:
        return None
    if policy.turns is None:
        return tomorrow
    following, days = standing.on(tomorrow), []
    for name, values in policy.turns.items():
        now, then = (_whole(column(name, [(one, None)])[0]) for one in (standing, following))
        if now is None or then is None or now == then:
            continue
        steps = ((value - now) * (then - now) for value in values)
        days += [after + timedelta(days=step) for step in steps if 0 < step <= (date.max - after).days]
    return min(days, default=None)


def _whole(value: object) -> int | None:
    return value.toordinal() if isinstance(value, date) else value if isinstance(value, int) else None


@attrs.frozen
class RecallNotice:
    """
    An account that a handler will have to give back.

    Attributes:
        account: Which.
        handler: Who has it.
        on: First day on which it no longer has it.
        reason: ``term`` or ``inactivity``.
    """

    account: AccountId
    handler: HandlerId
    on: date
    reason: str


def recall_notice(standing: Standing, handler: Handler, on: date, *, in_court: bool = False) -> RecallNotice | None:
    """
    Tell whether the handler must be told today that it will have to give the account back, by the notice it is owed.

    Args:
        standing: The account.
        handler: Who may have it.
        on: The business date.
        in_court: A suit about it was brought and is not over; a handler that waits for suits is told nothing then.
    """
    if standing.handler != handler.id or exempt(standing) or (in_court and handler.waits_for_suits):
        return None
    ends = [
        (day, reason) for day, reason in ((term_ends_on(handler, standing), "term"), (inactive_on(handler, standing), "inactivity")) if day
    ]
    due, reason = min(ends, default=(date.max, ""))
    if not reason or not due - timedelta(days=handler.notice_days) <= on < due:
        return None
    return RecallNotice(standing.account, handler.id, due, reason)


def scrub_for_court(standing: Standing, policy: AllocationPolicy) -> tuple[str, ...]:
    """
    Return what must be cleared up before the account goes to court, or on there: holds that stop legal steps, and what is agreed.

    Nobody is sued who keeps to an arrangement. What a hold stops is the host's matrix, `legal`; what the law says of a stay is asked
    besides.
    """
    stopping = _stopping(standing, policy, Effect.LEGAL)
    return (*stopping, standing.agreed) if keeps_out_of_court(standing) else stopping


def keeps_out_of_court(standing: Standing) -> bool:
    """Whether what is agreed on an account keeps it out of court: it stops legal steps, or keeps the account in the house."""
    return bool(standing.agreed) and not {Effect.LEGAL.value, Effect.PLACEMENT.value}.isdisjoint(standing.paused)


def scrub(standing: Standing, policy: AllocationPolicy) -> tuple[str, ...]:
    """
    Return what must be cleared up before the account goes anywhere: holds that stop placement, and what is agreed.

    A consumer who keeps to an arrangement is not handed on, and a dispute is answered by whoever sold the goods.
    """
    stopping = _stopping(standing, policy, Effect.PLACEMENT)
    return (*stopping, standing.agreed) if _agreed(standing) else stopping


def _stopping(standing: Standing, policy: AllocationPolicy, effect: Effect) -> tuple[str, ...]:
    return tuple(kind for kind in standing.holds if effect in blocked((kind,), policy.effects))
