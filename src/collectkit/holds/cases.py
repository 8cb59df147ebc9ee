"""The case behind a hold: a dispute goes to the merchant, a return travels, an insolvency awaits its evidence.

A case moves from state to state by rows of its table and in no other way. A state that settles it lifts its hold, and says
what follows for the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias

import attrs

from collectkit._checks import day, given
from collectkit.errors import ValidationError
from collectkit.holds.hold import Hold, HoldLifted, lifts
from collectkit.holds.matrix import HoldKind
from collectkit.identifiers import HoldId
from collectkit.money import Money
from collectkit.refusals import Refusal

OPEN: Final = "open"
"""State of every case when its hold is placed."""

_MERCHANT: Mapping[str, tuple[str, ...]] = {
    OPEN: ("with_merchant", "under_review", "withdrawn"),
    "with_merchant": ("under_review", "for_customer", "for_merchant", "split", "withdrawn"),
    "under_review": ("with_merchant", "for_customer", "for_merchant", "split", "withdrawn"),
}
_RETURN: Mapping[str, tuple[str, ...]] = {
    OPEN: ("sent", "received", "withdrawn"),
    "sent": ("received", "lost", "withdrawn"),
    "received": ("refunded", "rejected"),
    "lost": ("refunded", "rejected"),
}
_EVIDENCE: Mapping[str, tuple[str, ...]] = {
    OPEN: ("evidence_awaited", "confirmed", "lapsed", "withdrawn"),
    "evidence_awaited": ("confirmed", "lapsed", "withdrawn"),
    "confirmed": ("ended",),
}
_REQUEST: Mapping[str, tuple[str, ...]] = {
    OPEN: ("evidence_awaited", "granted", "declined", "withdrawn"),
    "evidence_awaited": ("granted", "declined", "withdrawn"),
}
_COMPLAINT: Mapping[str, tuple[str, ...]] = {OPEN: ("under_review", "withdrawn"), "under_review": ("upheld", "rejected", "withdrawn")}

CASES: Mapping[HoldKind, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        HoldKind.DISPUTE: _MERCHANT,
        HoldKind.DISPUTE_PART: _MERCHANT,
        HoldKind.RETURN: _RETURN,
        HoldKind.INSOLVENCY: _EVIDENCE,
        HoldKind.DECEASED: _EVIDENCE,
        HoldKind.MINOR: _EVIDENCE,
        HoldKind.FRAUD: _EVIDENCE,
        HoldKind.MILITARY: _EVIDENCE,
        HoldKind.HARDSHIP: _REQUEST,
        HoldKind.COMPLAINT: _COMPLAINT,
    }
)
"""For each kind of hold that has a case: the states that may follow each state; one that nothing follows settles the case."""


class Consequence(Enum):
    """What follows for the account when a case is settled; each is carried out by its own command."""

    REFUND = "refund"
    """The stated amount, or all that was disputed, is not owed: the shop's refund is to be posted."""
    WAIVE_FEES = "waive_fees"
    """Fees charged while it lasted are to be given up."""
    RESUME = "resume"
    """Work goes on by the account's dates."""
    ARRANGE = "arrange"
    """Relief was granted and is to be agreed."""


_FOLLOWS: Mapping[str, tuple[Consequence, ...]] = {
    "for_customer": (Consequence.REFUND, Consequence.WAIVE_FEES),
    "split": (Consequence.REFUND, Consequence.RESUME),
    "for_merchant": (Consequence.RESUME,),
    "withdrawn": (Consequence.RESUME,),
    "refunded": (Consequence.REFUND, Consequence.WAIVE_FEES),
    "rejected": (Consequence.RESUME,),
    "lapsed": (Consequence.RESUME,),
    "ended": (Consequence.RESUME,),
    "granted": (Consequence.ARRANGE,),
    "declined": (Consequence.RESUME,),
    "upheld": (Consequence.WAIVE_FEES, Consequence.RESUME),
}


@attrs.frozen
class CaseMoved:
    """
    A case came into another state.

    Attributes:
        hold: The hold it stands behind.
        to: The state, in the words of `CASES`.
        on: Business date.
        reason: Why; mandatory.
        amount: For ``split`` and ``refunded``: how much is not owed.
    """

    TYPE: ClassVar[str] = "case-moved/1"

    hold: HoldId = attrs.field(converter=HoldId)
    to: str = attrs.field(validator=given)
    on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=given)
    amount: Money | None = None

    def __attrs_post_init__(self) -> None:
        if (self.to == "split") and self.amount is None:
            raise ValidationError("a case that is split says how much is not owed; nothing was recorded")
        if self.amount is not None and (self.to not in ("split", "refunded") or self.amount.minor <= 0):
            raise ValidationError("an amount of more than zero belongs to a case that is split or refunded; nothing was recorded")


class CaseReason(Enum):
    """Why a case does not move, in order of precedence."""

    UNKNOWN = "unknown"
    """There is no such hold."""
    NO_CASE = "no_case"
    """Nothing is to be settled behind a hold of this kind."""
    ALREADY_LIFTED = "already_lifted"
    """The hold was lifted before."""
    NOT_FROM_HERE = "not_from_here"
    """The state does not follow the one that the case is in."""
    AMOUNT_TOO_HIGH = "amount_too_high"
    """More is said not to be owed than was disputed, or in another currency."""


@attrs.frozen
class CaseStep:
    """
    What moving a case does.

    Attributes:
        moved: The event.
        lifted: The end of its hold, when the state settles the case.
        follows: What is to be done next.
    """

    moved: CaseMoved
    lifted: HoldLifted | None
    follows: tuple[Consequence, ...]


CaseMoving: TypeAlias = CaseStep | Refusal[CaseReason]


def case_state(hold: Hold, moves: Iterable[CaseMoved]) -> str:
    """Return the state of the case behind a hold, from its moves in the order in which they were recorded."""
    return next((move.to for move in reversed(tuple(moves)) if move.hold == hold.id), OPEN)


def settles(kind: HoldKind, state: str) -> bool:
    """Tell whether a state settles a case of this kind."""
    return kind in CASES and state not in CASES[kind]


def move_case(known: Sequence[Hold], lifted: Sequence[HoldLifted], moves: Sequence[CaseMoved], move: CaseMoved) -> CaseMoving:
    """Decide whether a case moves; the same move again is a retry."""
    hold = next((one for one in known if one.id == move.hold), None)
    if hold is None:
        return Refusal(CaseReason.UNKNOWN, f"there is no hold '{move.hold}'")
    table = CASES.get(hold.kind)
    if table is None:
        return Refusal(CaseReason.NO_CASE, f"nothing is to be settled behind a hold of kind {hold.kind.value}; lift it when it is over")
    if move in moves:
        return _step(hold, move)
    off = lifts(lifted)
    if move.hold in off:
        return Refusal(CaseReason.ALREADY_LIFTED, f"the hold was lifted on {off[move.hold]}")
    state = case_state(hold, moves)
    if move.to not in table.get(state, ()):
        allowed = ", ".join(table.get(state, ())) or "nothing"
        return Refusal(CaseReason.NOT_FROM_HERE, f"the case is {state}, which {allowed} may follow, not {move.to}")
    disputed, back = hold.amount, move.amount
    if disputed is not None and back is not None and (disputed.currency != back.currency or back.minor > disputed.minor):
        return Refusal(CaseReason.AMOUNT_TOO_HIGH, f"{hold.amount} are disputed, {move.amount} cannot be given back")
    return _step(hold, move)


def _step(hold: Hold, move: CaseMoved) -> CaseStep:
    settled = settles(hold.kind, move.to)
    lifted = HoldLifted(hold.id, max(move.on, hold.starts_on), f"case {move.to}: {move.reason}") if settled else None
    return CaseStep(move, lifted, _FOLLOWS.get(move.to, ()) if settled else ())
