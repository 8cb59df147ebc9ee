"""Bidding without a human: a published mechanism that gives everybody in a segment the same answers to the same bids.

A bid at or above the target is accepted. One between floor and target meets a counter-offer that moves towards the bidder by a
published step each round, and never moves back. One below the floor is declined with the best standing offer, which says
nothing about the floor. Too many rounds, or probing with bids that hardly differ, end it for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

import attrs

from collectkit._checks import aware
from collectkit.errors import PolicyError, ValidationError

__all__ = ["Answer", "BiddingPolicy", "Move", "Negotiation", "answer"]

_WHOLE_BP = 10_000


def _positive(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise PolicyError(f"{attribute.name} is a whole number of at least 1, got {value!r}; nothing was loaded")


@attrs.frozen(kw_only=True)
class BiddingPolicy:
    """
    The published mechanism.

    Attributes:
        target_bp: Share of the debt that is accepted at once, in basis points.
        floor_bp: Least share that is ever accepted, by the days since the negotiation began: pairs of day and share, from day 0,
            days rising and shares falling.
        steps_bp: By how much of the way to the target a counter-offer stays above the bid, round by round, falling; the last for all
            later rounds.
        rounds_max: How many bids there may be.
        probing_bids: So many bids in a row within *probing_bp* of the debt of each other end the negotiation.
        probing_bp: How little such bids differ.
        lockout_days: For so long nobody bids again.
        days: For so long a negotiation is open.
        pay_days: So many days after its acceptance a bid is to be paid.

    Raises:
        PolicyError: Numbers out of range, or a curve that rises.
    """

    target_bp: int = 8_000
    floor_bp: tuple[tuple[int, int], ...] = ((0, 6_000),)
    steps_bp: tuple[int, ...] = (8_000, 6_000, 4_000)
    rounds_max: int = attrs.field(default=5, validator=_positive)
    probing_bids: int = attrs.field(default=3, validator=_positive)
    probing_bp: int = 100
    lockout_days: int = attrs.field(default=30, validator=_positive)
    days: int = attrs.field(default=14, validator=_positive)
    pay_days: int = attrs.field(default=7, validator=_positive)

    def __attrs_post_init__(self) -> None:
        days, floors = [day for day, _ in self.floor_bp], [share for _, share in self.floor_bp]
        if not days or days[0] != 0 or sorted(set(days)) != days or sorted(floors, reverse=True) != floors:
            raise PolicyError(f"the floor starts on day 0, its days rise and its shares never do, got {self.floor_bp}; nothing was loaded")
        if not 0 < floors[-1] <= floors[0] <= self.target_bp <= _WHOLE_BP or not 0 <= self.probing_bp <= _WHOLE_BP:
            raise PolicyError("floor and target are above 0 and up to 10,000 basis points, no floor above the target; nothing was loaded")
        if not self.steps_bp or sorted(self.steps_bp, reverse=True) != list(self.steps_bp) or not 0 <= self.steps_bp[-1] <= _WHOLE_BP:
            raise PolicyError(f"steps never rise and are up to 10,000 basis points, got {self.steps_bp}; nothing was loaded")

    def target(self, debt_minor: int) -> int:
        """Return the amount that is accepted at once, in minor units, rounded up."""
        return -(-debt_minor * self.target_bp // _WHOLE_BP)

    def floor(self, debt_minor: int, days: int) -> int:
        """Return the least amount that is ever accepted so many days after the beginning, rounded up."""
        share = next(share for day, share in reversed(self.floor_bp) if day <= days)
        return -(-debt_minor * share // _WHOLE_BP)


class Answer(Enum):
    """What the mechanism answers."""

    ACCEPTED = "accepted"
    COUNTER = "counter"
    """Not yet: the standing offer came nearer."""
    DECLINED = "declined"
    """Too little: the standing offer stays."""
    LOCKED_OUT = "locked_out"
    """Too many rounds, or probing: no bid is heard until the lockout is over."""


@attrs.frozen
class Move:
    """
    One bid and its answer: a line of the transcript.

    Attributes:
        at: When.
        bid_minor: What was bid, in minor units.
        answer: What was answered.
        offer_minor: The standing offer after it; the accepted amount when it was accepted.
    """

    at: datetime = attrs.field(validator=aware)
    bid_minor: int
    answer: Answer
    offer_minor: int


@attrs.frozen
class Negotiation:
    """
    A negotiation about one debt, as its transcript.

    Attributes:
        debt_minor: What is owed, in minor units.
        began_at: When it began; the floor falls by days from then on.
        moves: Every bid with its answer, in order.
        opening_minor: The standing offer before any bid; None: the target.
        least_minor: Nothing below it is accepted, whatever the floor says; never told.
    """

    debt_minor: int
    began_at: datetime = attrs.field(validator=aware)
    moves: tuple[Move, ...] = attrs.field(default=(), converter=tuple[Move, ...])
    opening_minor: int | None = None
    least_minor: int = 0

    def __attrs_post_init__(self) -> None:
        if type(self.debt_minor) is not int or self.debt_minor <= 0:
            raise ValidationError(f"a negotiation is about a debt of more than zero, got {self.debt_minor!r}; nothing was answered")

    def offer_minor(self, policy: BiddingPolicy) -> int:
        """Return the standing offer: the target before any bid, and never more than it was."""
        if self.moves:
            return self.moves[-1].offer_minor
        return policy.target(self.debt_minor) if self.opening_minor is None else self.opening_minor

    @property
    def accepted(self) -> bool:
        """Whether a bid was accepted."""
        return bool(self.moves) and self.moves[-1].answer is Answer.ACCEPTED

    def locked_until(self, policy: BiddingPolicy) -> datetime | None:
        """Return until when no bid is heard; None when bids are."""
        last = next((move for move in reversed(self.moves) if move.answer is Answer.LOCKED_OUT), None)
        return last.at + timedelta(days=policy.lockout_days) if last is not None else None


def answer(negotiation: Negotiation, bid_minor: int, policy: BiddingPolicy, *, at: datetime) -> Negotiation:
    """
    Answer a bid, and return the negotiation with the answer as its last move.

    The answer depends on debt, transcript, policy and the day alone: never on who bids. A negotiation that ended with an
    acceptance stays as it is; during a lockout nothing is heard; after it a new round of bids begins at the standing offer.

    Args:
        negotiation: So far.
        bid_minor: The bid, more than zero, in minor units.
        policy: The mechanism.
        at: When; not before the last move.

    Raises:
        ValidationError: The bid is no whole number of more than zero, or comes before the last move.

    Source:
        The published mechanism: a counter-offer is the bid and the round's share of the way to the target, rounded up in minor units,
        and never above the standing offer.
    """
    if type(bid_minor) is not int or bid_minor <= 0:
        raise ValidationError(f"a bid is a whole number of minor units of more than zero, got {bid_minor!r}; nothing was answered")
    if negotiation.moves and at < negotiation.moves[-1].at:
        raise ValidationError("a bid comes after the one before it; nothing was answered")
    if negotiation.accepted:
        return negotiation
    until = negotiation.locked_until(policy)
    if until is not None and at < until:
        return negotiation
    since = _since_lockout(negotiation.moves)
    standing = negotiation.offer_minor(policy)
    found, offer = _judge(negotiation, bid_minor, policy, at, len(since), standing)
    if found is not Answer.ACCEPTED and (len(since) + 1 >= policy.rounds_max or _probing(negotiation, since, bid_minor, policy)):
        found = Answer.LOCKED_OUT
    return attrs.evolve(negotiation, moves=(*negotiation.moves, Move(at, bid_minor, found, offer)))


def _judge(negotiation: Negotiation, bid: int, policy: BiddingPolicy, at: datetime, round_: int, standing: int) -> tuple[Answer, int]:
    floor = max(policy.floor(negotiation.debt_minor, max(0, (at - negotiation.began_at).days)), negotiation.least_minor)
    if bid >= standing:
        # Whoever bids more than is asked pays what is asked.
        return Answer.ACCEPTED, standing
    if bid < floor:
        return Answer.DECLINED, standing
    step = policy.steps_bp[min(round_, len(policy.steps_bp) - 1)]
    target = max(policy.target(negotiation.debt_minor), negotiation.least_minor)
    counter = min(standing, bid + -(-(target - bid) * step // _WHOLE_BP))
    return (Answer.ACCEPTED, bid) if counter <= bid else (Answer.COUNTER, counter)


def _since_lockout(moves: Sequence[Move]) -> Sequence[Move]:
    for place in range(len(moves), 0, -1):
        if moves[place - 1].answer is Answer.LOCKED_OUT:
            return moves[place:]
    return moves


def _probing(negotiation: Negotiation, since: Sequence[Move], bid: int, policy: BiddingPolicy) -> bool:
    """Tell whether the last bids hardly differ."""
    last = [move.bid_minor for move in since][-(policy.probing_bids - 1) :] if policy.probing_bids > 1 else []
    bids = [*last, bid]
    return len(bids) >= policy.probing_bids and (max(bids) - min(bids)) * _WHOLE_BP <= policy.probing_bp * negotiation.debt_minor
