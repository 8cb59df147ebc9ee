"""Taking what was offered, starting and ending it, granting relief: the decisions that keep one account at one arrangement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import TypeAlias

from collectkit.arrangements.hardship import Hardship, HardshipGranted
from collectkit.arrangements.living import (
    Arrangement,
    ArrangementEnded,
    ArrangementProposed,
    ArrangementStarted,
    ArrangementState,
    ArrangementStatus,
)
from collectkit.holds import EFFECTS, Effect, HoldKind, cited
from collectkit.identifiers import ArrangementId
from collectkit.refusals import Refusal

__all__ = ["ArrangementReason", "end_arrangement", "grant_hardship", "on_offer", "propose_arrangement", "start_arrangement"]


class ArrangementReason(Enum):
    """Why an arrangement is not taken, started or ended, in order of precedence."""

    UNKNOWN = "unknown"
    """Nothing of that id was offered."""
    ID_REUSED = "id_reused"
    """The id belongs to another arrangement."""
    EXPIRED = "expired"
    """It was not taken in time."""
    ACCOUNT_CLOSED = "account_closed"
    """Nothing more is asked of an account that it covers."""
    ON_HOLD = "on_hold"
    """A hold forbids agreeing on payments."""
    STALE = "stale"
    """What is owed has changed since it was offered, or its first payment can be in time no more."""
    ANOTHER_IN_FORCE = "another_in_force"
    """An account is under another arrangement, which this one does not replace."""
    NOT_TAKEN = "not_taken"
    """It was not taken by the person."""
    APPROVAL_MISSING = "approval_missing"
    """Somebody else must approve it first."""
    OVER = "over"
    """It ended before."""


Started: TypeAlias = tuple[ArrangementStarted | ArrangementEnded, ...]


def on_offer(arrangements: Iterable[Arrangement], at: datetime, on: date) -> tuple[ArrangementId, ...]:
    """
    Return what may be taken now: offered, neither taken nor ended, not expired, and with a first payment that can be in time; sorted.

    Args:
        arrangements: Of one account.
        at: The present instant; an offer ends at its last instant, exclusive.
        on: The business date, a calendar day; the last day of grace of the first payment is in time.

    Source:
        What was offered, as its terms say.
    """
    free = (one for one in arrangements if one.proposed is None and one.started_on is None and one.ended is None)
    return tuple(sorted(one.id for one in free if one.expires_at is not None and at < one.expires_at and not _too_late(one, on)))


def propose_arrangement(
    arrangement: Arrangement | None, *, at: datetime, on: date, needs: str = "", offered: Sequence[ArrangementId] = ()
) -> ArrangementProposed | Refusal[ArrangementReason]:
    """
    Decide whether a person may take what was offered now; a retry is answered alike.

    Args:
        arrangement: What they want to take; None when there is nothing of that id.
        at: The present instant; an offer ends at its last instant, exclusive.
        on: The business date; what could not be paid in time from it on is not taken.
        needs: Why somebody must approve it before it starts; empty: nobody must.
        offered: What may be taken now instead, as `on_offer` finds it; the refusal names it.

    Source:
        What was offered, as its terms say; days are calendar days in the business zone.
    """
    instead = f"; on offer now: {', '.join(offered)}" if offered else "; nothing is on offer now"
    if arrangement is None:
        return Refusal(ArrangementReason.UNKNOWN, f"nothing of that id was offered{instead}")
    if arrangement.proposed is not None:
        return arrangement.proposed
    if arrangement.ended is not None:
        return Refusal(ArrangementReason.OVER, f"it was {arrangement.ended.how} on {arrangement.ended.on}{instead}")
    if arrangement.expires_at is not None and at >= arrangement.expires_at:
        return Refusal(ArrangementReason.EXPIRED, f"the offer ended at {arrangement.expires_at.isoformat()}{instead}")
    if late := _too_late(arrangement, on):
        return Refusal(ArrangementReason.STALE, f"{late}{instead}")
    return ArrangementProposed(arrangement.id, at, needs)


def start_arrangement(
    arrangement: Arrangement | None,
    others: Iterable[ArrangementState],
    *,
    on: date,
    owed_minor: Mapping[str, int],
    holds: Iterable[str] = (),
    closed: Iterable[str] = (),
    approval: str = "",
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> Started | Refusal[ArrangementReason]:
    """
    Decide whether an arrangement comes into force.

    Args:
        arrangement: As it was offered and taken.
        others: All arrangements of every account that it covers, as they stand on the day.
        on: First day in force.
        owed_minor: What is outstanding on each account that it covers.
        holds: Kinds of the holds in force on any of them or on the person.
        closed: Accounts that are closed.
        approval: Id of the approval under which it starts; the caller has seen that it covers these terms, and spends it with the start.
        effects: What each kind of hold stops.

    Returns:
        The start, behind it the end of what it replaces; or why not.

    Source:
        A definition of this library: one account is under one arrangement at a time. Calendar days in the business zone.
    """
    if arrangement is None:
        return Refusal(ArrangementReason.UNKNOWN, "nothing of that id was offered")
    if arrangement.started_on is not None:
        return (ArrangementStarted(arrangement.id, arrangement.started_on, arrangement.approval),)
    if arrangement.ended is not None:
        return Refusal(ArrangementReason.OVER, f"it was {arrangement.ended.how} on {arrangement.ended.on}")
    if arrangement.proposed is None:
        return Refusal(ArrangementReason.NOT_TAKEN, "the person has not taken it")
    refused = _barred(arrangement, tuple(closed), holds, effects) or _stale(arrangement, owed_minor, on)
    if refused is not None:
        return refused
    replaced = _room(arrangement, others)
    if isinstance(replaced, Refusal):
        return replaced
    needs = arrangement.proposed.needs
    if needs and not approval:
        return Refusal(ArrangementReason.APPROVAL_MISSING, needs)
    ends = tuple(ArrangementEnded(state.arrangement.id, on, "superseded", f"by {arrangement.id}") for state in replaced)
    return (*ends, ArrangementStarted(arrangement.id, on, approval if needs else ""))


def grant_hardship(
    known: Sequence[Arrangement],
    states: Iterable[ArrangementState],
    hardship: Hardship,
    *,
    on: date,
    closed: bool = False,
) -> tuple[HardshipGranted | ArrangementEnded, ...] | Refusal[ArrangementReason]:
    """
    Decide whether relief is granted; a hold does not stand against it. The same again is answered alike.

    Args:
        known: All arrangements of the account.
        states: As they stand on the day.
        hardship: The relief: its measures with their first and last days, both inclusive.
        on: The business date, from which what it replaces is over.
        closed: The account is closed.

    Returns:
        The grant, behind it the end of what it replaces; nothing for a retry; or why not.

    Source:
        A definition of this library: one account is under one arrangement at a time.
    """
    same = next((one for one in known if one.id == hardship.id), None)
    if same is not None and same.terms == hardship:
        return ()
    if same is not None:
        return Refusal(ArrangementReason.ID_REUSED, "this id was used for another arrangement; relief needs an id of its own")
    if closed:
        return Refusal(ArrangementReason.ACCOUNT_CLOSED, "the account is closed; nothing is asked of it that could be relieved")
    replaced = _room(Arrangement(hardship), states)
    if isinstance(replaced, Refusal):
        return replaced
    ends = tuple(ArrangementEnded(state.arrangement.id, on, "superseded", f"by {hardship.id}") for state in replaced)
    return (*ends, HardshipGranted(hardship, on))


def end_arrangement(state: ArrangementState | None, *, on: date, reason: str) -> ArrangementEnded | Refusal[ArrangementReason]:
    """
    Decide whether somebody may end an arrangement; one that is over stays as it ended. A retry is answered alike.

    Args:
        state: As it stands; None when there is none of that id.
        on: First day on which it is in force no more.
        reason: Why; without personal data.

    Source:
        What somebody decides; what was paid stays paid.
    """
    if state is None:
        return Refusal(ArrangementReason.UNKNOWN, "there is no arrangement of that id")
    if state.arrangement.ended is not None:
        return state.arrangement.ended
    if state.status not in _OPEN:
        return Refusal(ArrangementReason.OVER, f"it is {state.status.value}")
    return ArrangementEnded(state.arrangement.id, on, "cancelled", reason)


_OPEN = frozenset({ArrangementStatus.QUOTED, ArrangementStatus.PROPOSED, ArrangementStatus.PENDING_APPROVAL, ArrangementStatus.ACTIVE})


def _barred(
    arrangement: Arrangement, closed: tuple[str, ...], holds: Iterable[str], effects: Mapping[HoldKind, frozenset[Effect]]
) -> Refusal[ArrangementReason] | None:
    if closed:
        return Refusal(ArrangementReason.ACCOUNT_CLOSED, f"nothing more is asked of {', '.join(sorted(closed))}")
    found = cited([Effect.PROMISE], holds, effects)
    return Refusal(ArrangementReason.ON_HOLD, f"nothing is agreed now: {found[0]}") if found else None


def _too_late(arrangement: Arrangement, on: date) -> str:
    """Return why terms would be broken as soon as they are in force; empty where they can be kept."""
    terms = arrangement.terms
    if isinstance(terms, Hardship):
        return ""
    due_on = terms.items[0].due_on
    closes_on = terms.closes_on(due_on)
    return f"its first payment was due on {due_on} and in time until {closes_on}" if closes_on < on else ""


def _stale(arrangement: Arrangement, owed_minor: Mapping[str, int], on: date) -> Refusal[ArrangementReason] | None:
    """Refuse terms that ask more of an account than is outstanding on it now, or a first payment on a day that is over."""
    terms = arrangement.terms
    if isinstance(terms, Hardship):
        return None
    if late := _too_late(arrangement, on):
        return Refusal(ArrangementReason.STALE, f"{late}; offer anew")
    for account in terms.accounts:
        asked, owed = sum(minor for _, minor in terms.due_of(account)), owed_minor.get(account, 0)
        if asked > owed:
            return Refusal(ArrangementReason.STALE, f"it asks {asked} minor units of '{account}', where {owed} are outstanding; offer anew")
    return None


def _room(arrangement: Arrangement, others: Iterable[ArrangementState]) -> tuple[ArrangementState, ...] | Refusal[ArrangementReason]:
    """Return what the arrangement replaces; refuse it beside another that is in force, or relief that is granted from a later day on."""
    replaced: dict[str, ArrangementState] = {}
    for state in others:
        if not state.bars_others or state.arrangement.id == arrangement.id:
            continue
        if state.arrangement.id != arrangement.terms.replaces:
            how = "in force" if state.status is ArrangementStatus.ACTIVE else f"granted from {state.arrangement.started_on} on"
            detail = f"a {state.arrangement.kind.replace('_', ' ')}, '{state.arrangement.id}', is {how}; name it in `replaces`"
            return Refusal(ArrangementReason.ANOTHER_IN_FORCE, detail)
        replaced.setdefault(state.arrangement.id, state)
    return tuple(replaced.values())
