"""What a host does about bids of customers: begin, bid, accept what is offered, look. Nobody decides but the published mechanism."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.arranging import Arranging
from collectkit._kit.core import Loaded
from collectkit.arrangements.agreeing import propose_arrangement, start_arrangement
from collectkit.arrangements.bidding import (
    Bid,
    BidAnswered,
    Bidding,
    BiddingReason,
    Haggle,
    NegotiationStarted,
    NegotiationStatus,
    StartingNegotiation,
    answer_bid,
    haggles_in,
    start_negotiation,
)
from collectkit.arrangements.living import named_in_the_way
from collectkit.arrangements.negotiation import Answer
from collectkit.arrangements.offers import offer_settlement
from collectkit.errors import RefusedError
from collectkit.events import Event
from collectkit.facts import fold_account
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.standing import Standing
from collectkit.storage.store import Unit


@attrs.frozen
class NegotiationState:
    """
    What a customer may be told of a negotiation.

    Attributes:
        id: Which.
        status: Where it stands.
        offer: The standing offer, as a single payment; once a bid was accepted, what was agreed, or the single payment it counts for.
        bids: How many bids were heard.
        expires_at: From then on no bid is heard.
    """

    id: str
    status: NegotiationStatus
    offer: Money
    bids: int
    expires_at: datetime


@decided_again
class Negotiating(Arranging):
    """
    Commands about bids. Each is idempotent by the id of the negotiation or of the bid.

    What is accepted becomes a settlement under the id of the negotiation, taken and in force at once.
    """

    def try_start_negotiation(self, id: str, account: str, *, at: datetime) -> StartingNegotiation:
        """Begin to negotiate about all that is outstanding on an account."""
        on = self.business_date(at)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            standing, known = self._standing_of(unit, loaded.facts, on), haggles_in(loaded.facts.bids)
            if any(one.id == id for one in loaded.facts.arrangements) and all(one.started.id != id for one in known):
                return Refusal(BiddingReason.ID_REUSED, f"the id '{id}' was used for another arrangement", "nothing was recorded")
            outcome = start_negotiation(
                known,
                id,
                account,
                standing.money("outstanding"),
                self.policy.bidding,
                self.policy.settlements,
                at=at,
                on=on,
                closed=standing.closed_on is not None,
                holds=self._all_holds(unit, loaded, standing, on),
                arranged=named_in_the_way(self._agreed(loaded, on)),
                effects=self.policy.holds.effects,
            )
            if isinstance(outcome, NegotiationStarted) and all(one.started.id != id for one in known):
                self._record(unit, self._context(at, f"negotiate/{id}"), loaded, [outcome])
        return outcome

    def start_negotiation(self, id: str, account: str, *, at: datetime) -> NegotiationStarted:
        """Begin to negotiate about all that is outstanding on an account."""
        outcome = self.try_start_negotiation(id, account, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_bid(self, bid: Bid, *, at: datetime) -> Bidding:
        """
        Answer a bid; when it is accepted, the settlement is in force, and open promises end.

        The standing offer is accepted by bidding it. A bid of several payments counts for the single one that is worth as much, and its
        answer tells which payments on its days would be accepted (`BidAnswered.terms`).
        """
        on = self.business_date(at)
        with self._unit() as unit:
            loaded = self._load(unit, bid.account)
            standing = self._standing_of(unit, loaded.facts, on)
            haggle = next((one for one in haggles_in(loaded.facts.bids) if one.started.id == bid.negotiation), None)
            outcome = answer_bid(
                haggle,
                bid,
                self.policy.bidding,
                self.policy.settlements,
                at=at,
                on=on,
                outstanding=standing.money("outstanding"),
                closed=standing.closed_on is not None,
                holds=self._all_holds(unit, loaded, standing, on),
                arranged=named_in_the_way(self._agreed(loaded, on)),
                effects=self.policy.holds.effects,
            )
            if isinstance(outcome, BidAnswered) and haggle is not None and outcome not in haggle.answers:
                agreed = self._agreed_by(unit, loaded, standing, outcome, at) if outcome.answer is Answer.ACCEPTED else []
                if isinstance(agreed, Refusal):
                    return agreed
                self._record(unit, self._context(at, f"bid/{bid.id}"), loaded, [outcome, *agreed])
        return outcome

    def bid(self, bid: Bid, *, at: datetime) -> BidAnswered:
        """Answer a bid; when it is accepted, the settlement is in force, and open promises end."""
        outcome = self.try_bid(bid, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def negotiations(self, account: str, *, as_of: datetime) -> tuple[NegotiationState, ...]:
        """Return what a customer may be told of each negotiation about an account at an instant; the floor is no part of it."""
        with self._view() as unit:
            loaded = self._load(unit, account)
            policy, standing = self.policy.bidding, self._standing_of(unit, loaded.facts, self.business_date(as_of))
            if policy is None:
                return ()
            return tuple(
                NegotiationState(
                    one.started.id,
                    one.status(policy, at=as_of, outstanding_minor=standing.outstanding_minor),
                    one.offer(policy),
                    len(one.answers),
                    one.started.expires_at,
                )
                for one in haggles_in(loaded.facts.bids)
            )

    def negotiation_log(self, account: str) -> tuple[Haggle, ...]:
        """Return every negotiation about an account with its bids and answers, for whoever checks that all are answered alike."""
        with self._view() as unit:
            return haggles_in(self._load(unit, account).facts.bids)

    def _agreed_by(
        self, unit: Unit, loaded: Loaded, standing: Standing, answered: BidAnswered, at: datetime
    ) -> list[Event] | Refusal[BiddingReason]:
        """Return what follows from an accepted bid: the settlement, offered by the function that agents use, taken and started."""
        policy, on, id = self.policy.bidding, self.business_date(at), answered.bid.negotiation
        assert policy is not None
        at_once = [(on + timedelta(days=policy.pay_days), answered.offer_minor)]
        items = [(item.due_on, item.amount.minor) for item in answered.terms] or at_once
        person, debt = loaded.facts.account.consumer, standing.money("outstanding")
        offered = offer_settlement(id, person, loaded.id, debt, items, self.policy.settlements, at=at, on=on)
        if isinstance(offered, Refusal):
            return Refusal(BiddingReason.NOT_OFFERED, "what may be offered has changed; begin anew", "nothing was recorded")
        facts = fold_account([*loaded.bodies, offered])
        assert facts is not None
        taken = propose_arrangement(next(one for one in facts.arrangements if one.id == id), at=at, on=on)
        assert not isinstance(taken, Refusal)
        facts = fold_account([*loaded.bodies, offered, taken])
        assert facts is not None
        started = start_arrangement(
            next(one for one in facts.arrangements if one.id == id),
            self._agreed(loaded, on),
            on=on,
            owed_minor={loaded.id: standing.outstanding_minor},
            effects=self.policy.holds.effects,
        )
        if isinstance(started, Refusal):
            return Refusal(BiddingReason.UNDER_ARRANGEMENT, started.detail, "nothing was recorded")
        return [offered, taken, *self._starting(unit, loaded, started, on)]

    def _all_holds(self, unit: Unit, loaded: Loaded, standing: Standing, on: date) -> Sequence[str]:
        return (*standing.holds, *self._person_holds(unit, loaded.facts.account.consumer, on))
