"""What is recorded of payment plans, settlements and relief, and its fold into one object for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import aware, day, given, member, one_of
from collectkit.arrangements.hardship import Hardship, HardshipGranted
from collectkit.arrangements.payment_plans import PaymentPlan, PlanQuoted
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementOffered, SettlementTerms, SettlementVoided
from collectkit.identifiers import ArrangementId

__all__ = [
    "Arrangement",
    "ArrangementEnded",
    "ArrangementEvent",
    "ArrangementJudged",
    "ArrangementProposed",
    "ArrangementStarted",
    "ArrangementStatus",
    "Terms",
    "arrangements_of",
]

Terms: TypeAlias = PaymentPlan | SettlementTerms | Hardship


class ArrangementStatus(Enum):
    """Where an arrangement stands."""

    QUOTED = "quoted"
    """Offered, and not taken yet."""
    EXPIRED = "expired"
    """Not taken in time."""
    PROPOSED = "proposed"
    """Taken by the person, not in force yet."""
    PENDING_APPROVAL = "pending_approval"
    """Taken, and somebody else must approve it."""
    ACTIVE = "active"
    """In force."""
    COMPLETED = "completed"
    """All was paid, or the relief is over."""
    FULFILLED = "fulfilled"
    """All of a settlement was paid in time, and the rest was given up."""
    BREACHED = "breached"
    """Too much was missed for too long; what was paid stays paid."""
    CANCELLED = "cancelled"
    """Ended by somebody."""
    INVALIDATED = "invalidated"
    """The debt was cleared by other means."""
    SUPERSEDED = "superseded"
    """Another took its place."""


def _status(given: str | ArrangementStatus) -> ArrangementStatus:
    return member(ArrangementStatus, given, "an arrangement is")


@attrs.frozen
class ArrangementProposed:
    """
    A person took what was offered.

    Attributes:
        id: Which arrangement.
        at: When.
        needs: Why somebody must approve it; empty when nobody must.
    """

    TYPE: ClassVar[str] = "arrangement-proposed/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    at: datetime = attrs.field(validator=aware)
    needs: str = ""


@attrs.frozen
class ArrangementStarted:
    """
    An arrangement is in force from a day on.

    Attributes:
        id: Which.
        on: First day; payments count from it.
        approval: Id of the approval under which it started; empty when it needed none.
    """

    TYPE: ClassVar[str] = "arrangement-started/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    on: date = attrs.field(validator=day)
    approval: str = ""


@attrs.frozen
class ArrangementEnded:
    """
    An arrangement was ended by somebody, or another took its place.

    Attributes:
        id: Which.
        on: First day on which it is no longer in force; what was judged before stays as it was judged.
        how: ``cancelled`` or ``superseded``.
        reason: Why; mandatory.
    """

    TYPE: ClassVar[str] = "arrangement-ended/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    on: date = attrs.field(validator=day)
    how: str = attrs.field(validator=one_of("cancelled", "superseded"))
    reason: str = attrs.field(validator=given)


@attrs.frozen
class ArrangementJudged:
    """What was believed of an arrangement when it was judged; it is judged anew each time, and this is ignored."""

    TYPE: ClassVar[str] = "arrangement-judged/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    status: ArrangementStatus = attrs.field(converter=_status)
    on: date = attrs.field(validator=day)
    counted_minor: int = 0


ArrangementEvent: TypeAlias = (
    PlanQuoted
    | SettlementOffered
    | HardshipGranted
    | ArrangementProposed
    | ArrangementStarted
    | ArrangementEnded
    | ArrangementJudged
    | SettlementFulfilled
    | SettlementVoided
)


@attrs.frozen
class Arrangement:
    """
    The fold of what was recorded of one arrangement.

    Attributes:
        terms: What was offered or granted.
        offered_at: When it was offered; None for relief, which is granted.
        expires_at: Until when it may be taken.
        proposed: How it was taken.
        started_on: First day in force.
        approval: Id of the approval under which it started.
        ended: How somebody ended it.
        fulfilled: The event that gave the rest of a settlement up.
        voided: It lapsed after it was fulfilled.
        believed: The last judgement recorded.
        because: Which limit made a plan as long as it is.
        followed_on: First day of the next arrangement of the account that came into force after this one: whatever becomes known later,
            this one is over by then.
    """

    terms: Terms
    offered_at: datetime | None = None
    expires_at: datetime | None = None
    proposed: ArrangementProposed | None = None
    started_on: date | None = None
    approval: str = ""
    ended: ArrangementEnded | None = None
    fulfilled: SettlementFulfilled | None = None
    voided: SettlementVoided | None = None
    believed: ArrangementJudged | None = None
    because: str = ""
    followed_on: date | None = None

    @property
    def id(self) -> ArrangementId:
        """Return the id of the arrangement."""
        return self.terms.id

    @property
    def kind(self) -> str:
        """Return ``payment_plan``, ``settlement`` or ``hardship``."""
        return _KINDS[type(self.terms)]


_KINDS: dict[type, str] = {PaymentPlan: "payment_plan", SettlementTerms: "settlement", Hardship: "hardship"}


def arrangements_of(events: Iterable[ArrangementEvent]) -> tuple[Arrangement, ...]:
    """Return the arrangements that some events of an account's stream are about, in the order in which they were offered."""
    found: dict[ArrangementId, Arrangement] = {}
    for event in events:
        match event:
            case PlanQuoted(plan, at, expires_at, because):
                found.setdefault(plan.id, Arrangement(plan, at, expires_at, because=because))
            case SettlementOffered(settlement, at, expires_at):
                found.setdefault(settlement.id, Arrangement(settlement, at, expires_at))
            case HardshipGranted(hardship, on):
                if hardship.id not in found:
                    found[hardship.id] = Arrangement(hardship, started_on=max(on, hardship.starts_on))
                    _follow(found, hardship.id)
            case _:
                before = found.get(event.id)
                if before is not None:
                    found[event.id] = _with(before, event)
                    if before.started_on is None:
                        _follow(found, event.id)
    return tuple(found.values())


def _follow(found: dict[ArrangementId, Arrangement], id: ArrangementId) -> None:
    """Note with all that was in force before an arrangement, if that starts now, when it does."""
    on = found[id].started_on
    for other, one in found.items() if on is not None else ():
        if other != id and one.started_on is not None and one.followed_on is None:
            found[other] = attrs.evolve(one, followed_on=on)


def _with(before: Arrangement, event: ArrangementEvent) -> Arrangement:
    match event:
        case ArrangementProposed():
            return attrs.evolve(before, proposed=before.proposed or event)
        case ArrangementStarted(_, on, approval):
            return before if before.started_on is not None else attrs.evolve(before, started_on=on, approval=approval)
        case ArrangementEnded():
            return attrs.evolve(before, ended=before.ended or event)
        case ArrangementJudged():
            return attrs.evolve(before, believed=event)
        case SettlementFulfilled():
            return attrs.evolve(before, fulfilled=event, voided=None)
        case SettlementVoided():
            return attrs.evolve(before, voided=event)
        case _:
            return before
