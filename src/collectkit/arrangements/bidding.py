"""A negotiation on the book: started once, answered bid by bid, accepted, locked out or over; every line is recorded.

The answers are those of `collectkit.arrangements.negotiation`. What is accepted is a settlement by the same offer function that a
person on the phone uses, so it is never below what they could offer alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import aware, member, positive_money
from collectkit.arrangements.negotiation import Answer, BiddingPolicy, Move, Negotiation, answer
from collectkit.arrangements.offers import OfferPolicy
from collectkit.arrangements.series import Item
from collectkit.arrangements.staged_bids import below_debt, counts_for, enough_on, faulty_days
from collectkit.arrangements.standing_offers import least_payment
from collectkit.errors import ValidationError
from collectkit.holds import EFFECTS, Effect, HoldKind, cited
from collectkit.identifiers import AccountId, ArrangementId, CommandId
from collectkit.money import Money
from collectkit.refusals import Refusal

__all__ = [
    "Bid",
    "BidAnswered",
    "Bidding",
    "BiddingReason",
    "Haggle",
    "NegotiationStarted",
    "NegotiationStatus",
    "StartingNegotiation",
    "answer_bid",
    "haggles_in",
    "replayed",
    "start_negotiation",
]


@attrs.frozen
class NegotiationStarted:
    """
    Somebody began to negotiate about what is owed on an account.

    Attributes:
        id: The caller's own id; the settlement that comes of it gets the same.
        account: About which account.
        debt: What is outstanding.
        opening_minor: The first standing offer; no worse a share than one that was made before.
        least_minor: The least that the offer function gives anybody without an approval; never told to the customer.
        at: When.
        expires_at: From then on no bid is heard.
    """

    TYPE: ClassVar[str] = "negotiation-started/1"

    id: ArrangementId = attrs.field(converter=ArrangementId)
    account: AccountId = attrs.field(converter=AccountId)
    debt: Money = attrs.field(validator=positive_money)
    opening_minor: int
    least_minor: int
    at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)


@attrs.frozen
class Bid:
    """
    What somebody offers to pay: at once, or in several payments.

    Attributes:
        id: The caller's own id; the same again is the same bid, and is answered alike.
        negotiation: In which negotiation.
        account: About which account.
        amount: All of it; more than zero, in the account's currency.
        items: What is paid by when, in the order of the days; together the amount. Empty: all of it at once.

    Raises:
        ValidationError: The items do not add up to the amount, or one is nothing or in another currency.
    """

    id: CommandId = attrs.field(converter=CommandId)
    negotiation: ArrangementId = attrs.field(converter=ArrangementId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    items: tuple[Item, ...] = attrs.field(default=(), converter=tuple[Item, ...])

    def __attrs_post_init__(self) -> None:
        if not self.items:
            return
        if any(item.amount.currency != self.amount.currency or item.amount.minor <= 0 for item in self.items):
            raise ValidationError(f"each payment of a bid is more than zero and in {self.amount.currency}; nothing was recorded")
        together = Money.aggregate(sum(item.amount.minor for item in self.items), self.amount.currency)
        if together != self.amount:
            raise ValidationError(f"the payments of a bid are together its amount, {self.amount}, got {together}; nothing was recorded")


def _answer(given: str | Answer) -> Answer:
    return member(Answer, given, "an answer is")


@attrs.frozen
class BidAnswered:
    """
    A bid was heard and answered.

    Attributes:
        bid: What was bid.
        at: When.
        answer: What was answered.
        offer_minor: The standing offer after it, as a single payment; what was agreed counts for as much when it was accepted.
        counted_minor: For which single payment a bid of several counted, in minor units; None: for what it is.
        terms: For a bid of several payments: those on its days that would be accepted, or were. Empty when none on its days would.
    """

    TYPE: ClassVar[str] = "bid-answered/1"

    bid: Bid
    at: datetime = attrs.field(validator=aware)
    answer: Answer = attrs.field(converter=_answer)
    offer_minor: int
    counted_minor: int | None = None
    terms: tuple[Item, ...] = attrs.field(default=(), converter=tuple[Item, ...])

    @property
    def bid_minor(self) -> int:
        """Return what the bid counted for as a single payment, in minor units."""
        return self.bid.amount.minor if self.counted_minor is None else self.counted_minor


class NegotiationStatus(Enum):
    """Where a negotiation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    LOCKED_OUT = "locked_out"
    """Too many bids, or probing: none is heard for a while."""
    STALE = "stale"
    """Another amount is owed than when it began."""
    EXPIRED = "expired"


@attrs.frozen
class Haggle:
    """
    A negotiation and its bids, as they were recorded.

    Attributes:
        started: How it began.
        answers: Each bid with its answer, in order.
    """

    started: NegotiationStarted
    answers: tuple[BidAnswered, ...] = attrs.field(default=(), converter=tuple[BidAnswered, ...])

    @property
    def negotiation(self) -> Negotiation:
        """Return it as the mechanism sees it: without whose it is."""
        moves = [Move(one.at, one.bid_minor, one.answer, one.offer_minor) for one in self.answers]
        return Negotiation(self.started.debt.minor, self.started.at, moves, self.started.opening_minor, self.started.least_minor)

    def status(self, policy: BiddingPolicy, *, at: datetime, outstanding_minor: int) -> NegotiationStatus:
        """Return where it stands at an instant, with so much outstanding."""
        if self.negotiation.accepted:
            return NegotiationStatus.ACCEPTED
        if at >= self.started.expires_at:
            return NegotiationStatus.EXPIRED
        if outstanding_minor != self.started.debt.minor:
            return NegotiationStatus.STALE
        until = self.negotiation.locked_until(policy)
        return NegotiationStatus.LOCKED_OUT if until is not None and at < until else NegotiationStatus.OPEN

    def offer(self, policy: BiddingPolicy) -> Money:
        """Return the standing offer, which may be accepted while the negotiation is open."""
        return Money(self.negotiation.offer_minor(policy), self.started.debt.currency)


class BiddingReason(Enum):
    """Why no negotiation begins, or a bid is not heard, in order of precedence."""

    ID_REUSED = "id_reused"
    """The id belongs to something else."""
    UNKNOWN = "unknown"
    """There is no such negotiation."""
    NOT_OFFERED = "not_offered"
    """The policy has no bidding, or there is no discount to negotiate about."""
    ACCOUNT_CLOSED = "account_closed"
    """Nothing more is asked of this account."""
    CURRENCY_DIFFERS = "currency_differs"
    """The bid is in another currency."""
    TERM = "term"
    """Its payments are too many, too far ahead, out of order or before today."""
    ON_HOLD = "on_hold"
    """A hold forbids agreeing on payments."""
    UNDER_ARRANGEMENT = "under_arrangement"
    """Something else is agreed about the account already."""
    ENDED = "ended"
    """A bid was accepted."""
    EXPIRED = "expired"
    """It was not accepted in time."""
    STALE = "stale"
    """What is owed has changed; begin anew."""
    LOCKED_OUT = "locked_out"
    """Too many bids, or probing."""
    ANOTHER_OPEN = "another_open"
    """Another negotiation about the account is open."""


StartingNegotiation: TypeAlias = NegotiationStarted | Refusal[BiddingReason]
Bidding: TypeAlias = BidAnswered | Refusal[BiddingReason]


def haggles_in(bodies: Iterable[object]) -> tuple[Haggle, ...]:
    """Return the negotiations among the events of an account's stream, in the order in which they began."""
    started: dict[ArrangementId, NegotiationStarted] = {}
    answers: dict[ArrangementId, list[BidAnswered]] = {}
    for body in bodies:
        if isinstance(body, NegotiationStarted):
            started.setdefault(body.id, body)
        elif isinstance(body, BidAnswered):
            answers.setdefault(body.bid.negotiation, []).append(body)
    return tuple(Haggle(one, answers.get(id, ())) for id, one in started.items())


def start_negotiation(
    known: Sequence[Haggle],
    id: str,
    account: str,
    debt: Money,
    policy: BiddingPolicy | None,
    offers: OfferPolicy = OfferPolicy(),
    *,
    at: datetime,
    on: date,
    closed: bool = False,
    holds: Iterable[str] = (),
    arranged: str = "",
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> StartingNegotiation:
    """
    Decide whether a negotiation begins; the same id again is answered alike.

    Its first offer is the target, or the share of the debt that an earlier negotiation about the account had come to, whichever is
    less; but never less than may be settled for now.

    Args:
        known: All negotiations about the account.
        id: The caller's own id.
        account: About which account.
        debt: All that is outstanding on it.
        policy: The mechanism; None: there is no bidding.
        offers: What may be settled for how much.
        at: The present instant.
        on: The business date.
        closed: The account is closed.
        holds: Kinds of the holds in force on the account or the person.
        arranged: What else is agreed about the account; empty for nothing.
        effects: What each kind of hold stops.

    Source:
        The mechanism that the policy publishes (`BiddingPolicy`). Whole minor units, shares rounded up; instants are aware.
    """
    same = next((one for one in known if one.started.id == id), None)
    if same is not None:
        return same.started
    refused = _barred(policy, closed, holds, arranged, effects)
    if refused is not None:
        return refused
    assert policy is not None
    for one in known:
        until = one.negotiation.locked_until(policy)
        if until is not None and at < until and not one.negotiation.accepted:
            return _no(BiddingReason.LOCKED_OUT, f"no bid is heard before {until.isoformat()}")
        if one.status(policy, at=at, outstanding_minor=debt.minor) is NegotiationStatus.OPEN:
            return _no(BiddingReason.ANOTHER_OPEN, f"the negotiation '{one.started.id}' is open until {one.started.expires_at.isoformat()}")
    least = least_payment(debt.minor, on + timedelta(days=policy.pay_days), offers, on=on) if debt.minor > 0 else None
    if least is None:
        return _no(BiddingReason.NOT_OFFERED, "there is no discount to negotiate about")
    # No worse offer after a better one: whoever begins anew begins at the share that they had come to.
    shares = [-(-one.negotiation.offer_minor(policy) * debt.minor // one.started.debt.minor) for one in known]
    opening = max(least, min([policy.target(debt.minor), *shares]))
    if opening >= debt.minor:
        return _no(BiddingReason.NOT_OFFERED, "there is no discount to negotiate about")
    return NegotiationStarted(id, account, debt, opening, least, at, at + timedelta(days=policy.days))


def answer_bid(
    haggle: Haggle | None,
    bid: Bid,
    policy: BiddingPolicy | None,
    offers: OfferPolicy = OfferPolicy(),
    *,
    at: datetime,
    on: date,
    outstanding: Money,
    closed: bool = False,
    holds: Iterable[str] = (),
    arranged: str = "",
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> Bidding:
    """
    Decide what a bid is answered; the same bid again gets the same answer.

    A bid of several payments counts for the single payment that is worth as much, and is answered like that one.

    Args:
        haggle: The negotiation so far; None: there is none.
        bid: The bid: an amount, or several payments on their days.
        policy: The mechanism; None: there is no bidding.
        offers: What payments are worth.
        at: The present instant; aware.
        on: The business date; no payment of a bid may lie before it.
        outstanding: What is owed now; another amount than when it began makes it stale.
        closed: As for `start_negotiation`.
        holds: As for `start_negotiation`.
        arranged: As for `start_negotiation`.
        effects: As for `start_negotiation`.

    Raises:
        ValidationError: It is dated before the bid before it.

    Source:
        The mechanism that the policy publishes (`BiddingPolicy`); whole minor units.
    """
    if haggle is None:
        return _no(BiddingReason.UNKNOWN, f"there is no negotiation '{bid.negotiation}' about the account")
    same = next((one for one in haggle.answers if one.bid.id == bid.id), None)
    if same is not None and same.bid == bid:
        return same
    if same is not None:
        return _no(BiddingReason.ID_REUSED, "this bid id was used with other content; each bid needs an id of its own")
    if bid.amount.currency != haggle.started.debt.currency:
        return _no(BiddingReason.CURRENCY_DIFFERS, f"the account is in {haggle.started.debt.currency}, the bid in {bid.amount.currency}")
    if haggle.negotiation.accepted:
        return _no(BiddingReason.ENDED, "a bid was accepted; what was agreed is a settlement")
    faulty = faulty_days(bid.items, offers, on=on) if bid.items else ""
    if not faulty and len(bid.items) >= haggle.started.debt.minor:
        faulty = f"{haggle.started.debt} cannot be settled in {len(bid.items)} payments"
    if faulty:
        return _no(BiddingReason.TERM, faulty)
    refused = _barred(policy, closed, holds, arranged, effects)
    if refused is not None:
        return refused
    assert policy is not None
    match haggle.status(policy, at=at, outstanding_minor=outstanding.minor):
        case NegotiationStatus.EXPIRED:
            return _no(BiddingReason.EXPIRED, f"the negotiation ended at {haggle.started.expires_at.isoformat()}")
        case NegotiationStatus.STALE:
            return _no(BiddingReason.STALE, f"{outstanding} are outstanding now, {haggle.started.debt} were when it began; begin anew")
        case NegotiationStatus.LOCKED_OUT:
            until = haggle.negotiation.locked_until(policy)
            assert until is not None
            return _no(BiddingReason.LOCKED_OUT, f"no bid is heard before {until.isoformat()}")
    if not bid.items:
        move = answer(haggle.negotiation, bid.amount.minor, policy, at=at).moves[-1]
        return BidAnswered(bid, at, move.answer, move.offer_minor)
    debt, pay_on = haggle.started.debt, on + timedelta(days=policy.pay_days)
    items = below_debt(bid.items, debt)
    counted = counts_for(debt, items, offers, on=on, pay_on=pay_on)
    move = answer(haggle.negotiation, counted, policy, at=at).moves[-1]
    accepted = move.answer is Answer.ACCEPTED
    asked = () if accepted and move.offer_minor == counted else enough_on(debt, items, move.offer_minor, offers, on=on, pay_on=pay_on)
    terms = asked or (items if accepted else ())
    return BidAnswered(bid, at, move.answer, move.offer_minor, counted, terms)


def replayed(haggle: Haggle, policy: BiddingPolicy) -> bool:
    """
    Tell whether every recorded answer is the one that the mechanism gives to these bids at these instants, whoever bids.

    Run over all negotiations of a book it is the proof that everybody was answered alike.
    """
    bare = attrs.evolve(haggle.negotiation, moves=())
    for one in haggle.answers:
        bare = answer(bare, one.bid_minor, policy, at=one.at)
    return bare == haggle.negotiation


def _barred(
    policy: BiddingPolicy | None, closed: bool, holds: Iterable[str], arranged: str, effects: Mapping[HoldKind, frozenset[Effect]]
) -> Refusal[BiddingReason] | None:
    if policy is None:
        return _no(BiddingReason.NOT_OFFERED, "the policy has no bidding")
    if closed:
        return _no(BiddingReason.ACCOUNT_CLOSED, "the account is closed; nothing more is asked of it")
    found = cited([Effect.PROMISE], holds, effects)
    if found:
        return _no(BiddingReason.ON_HOLD, f"nothing is agreed now: {found[0]}")
    if arranged:
        return _no(BiddingReason.UNDER_ARRANGEMENT, f"the account is under a {arranged}, which says what is paid when")
    return None


def _no(reason: BiddingReason, detail: str) -> Refusal[BiddingReason]:
    return Refusal(reason, detail, "nothing was recorded")
