"""Bids of a customer on a book: begun, answered, accepted as a settlement, and recorded line by line."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from collectkit import Hold, HoldKind, Kit, Money, Payment, Promise, RefusedError
from collectkit.arrangements import Item, PromiseCancelled
from collectkit.arrangements.bidding import Bid, BiddingReason, NegotiationStatus, replayed
from collectkit.arrangements.living import ArrangementStatus
from collectkit.arrangements.negotiation import Answer, BiddingPolicy
from collectkit.policy import load_policy
from collectkit.refusals import Refusal

from .conftest import NOW, TODAY, account, at, consumer

RULES = BiddingPolicy()


@pytest.fixture
def kit() -> Kit:
    """An account of 200.00 on a book whose policy has bidding."""
    opened = Kit.open("memory://", policy=attrs.evolve(load_policy("us-bnpl"), late_fees=None, bidding=RULES), actor="portal")
    opened.register(consumer(), at=NOW)
    opened.open_account(account(), at=NOW)
    return opened


def bid(minor: int, id: str = "b-1") -> Bid:
    return Bid(id, "ar-1", "a-1", Money(minor, "USD"))


class TestNegotiations:
    def test_what_is_accepted_is_a_settlement_in_force(self, kit: Kit) -> None:
        """
        130.00 meets 154.00, and bidding that is agreed: an open promise ends, and the payment in time gives the rest up.
        """
        kit.promise(Promise("pr-1", "a-1", Money(5_000, "USD"), date(2026, 10, 25), NOW), at=NOW)
        started = kit.start_negotiation("ar-1", "a-1", at=NOW)
        assert started == kit.start_negotiation("ar-1", "a-1", at=NOW)
        countered = kit.bid(bid(13_000), at=NOW)
        assert (Answer.COUNTER, 15_400) == (countered.answer, countered.offer_minor)
        accepted = kit.bid(bid(15_400, "b-2"), at=NOW)
        assert accepted == kit.bid(bid(15_400, "b-2"), at=NOW)

        (state,) = kit.negotiations("a-1", as_of=NOW)
        assert (NegotiationStatus.ACCEPTED, Money(15_400, "USD"), 2) == (state.status, state.offer, state.bids)
        assert "settlement" == kit.standing("a-1", as_of=TODAY).agreed
        assert ["pr-1"] == [one.body.id for one in kit.history("a-1") if isinstance(one.body, PromiseCancelled)]
        assert all(replayed(one, RULES) for one in kit.negotiation_log("a-1"))

        kit.post(Payment("p-1", "a-1", Money(15_400, "USD"), date(2026, 10, 27)), at=NOW + timedelta(days=7))
        kit.run_night(as_of=date(2026, 10, 28), at=NOW + timedelta(days=8))
        assert ArrangementStatus.FULFILLED is kit.arrangements("a-1", as_of=date(2026, 10, 28))[0].status
        assert "paid" == kit.standing("a-1", as_of=date(2026, 10, 28)).state

    def test_a_bid_of_several_payments_becomes_a_settlement_in_stages(self, kit: Kit) -> None:
        """
        Twice 70.00 is not worth 160.00 at once; what the answer names on its days is taken, and given up is only the rest of that.
        """
        kit.start_negotiation("ar-1", "a-1", at=NOW)
        days = (date(2026, 10, 27), date(2026, 11, 27))

        def staged(id: str, *minors: int) -> Bid:
            items = [Item(on, Money(minor, "USD")) for on, minor in zip(days, minors, strict=True)]
            return Bid(id, "ar-1", "a-1", Money(sum(minors), "USD"), items)

        countered = kit.bid(staged("b-1", 7_000, 7_000), at=NOW)
        assert (Answer.COUNTER, True) == (countered.answer, countered.bid_minor < 14_000)
        named = [item.amount.minor for item in countered.terms]
        accepted = kit.bid(staged("b-2", *named), at=NOW)
        assert accepted == kit.bid(staged("b-2", *named), at=NOW)
        assert Answer.ACCEPTED is accepted.answer
        (state,) = kit.arrangements("a-1", as_of=TODAY)
        assert list(zip(days, named, strict=True)) == [(item.due_on, item.minor) for item in state.items]
        assert all(replayed(one, RULES) for one in kit.negotiation_log("a-1"))

        for number, (on, minor) in enumerate(zip(days, named, strict=True)):
            kit.post(Payment(f"p-{number}", "a-1", Money(minor, "USD"), on), at=at(on))
            left = 20_000 - sum(named[: number + 1])
            assert left == kit.standing("a-1", as_of=on).outstanding_minor
            kit.run_night(as_of=on + timedelta(days=1), at=at(on + timedelta(days=1)))
        assert "paid" == kit.standing("a-1", as_of=date(2026, 11, 28)).state

    def test_a_payment_meanwhile_makes_it_stale(self, kit: Kit) -> None:
        """
        The next negotiation is about what is owed now, at no worse a share.
        """
        kit.start_negotiation("ar-1", "a-1", at=NOW)
        kit.bid(bid(13_000), at=NOW)
        kit.post(Payment("p-1", "a-1", Money(10_000, "USD"), TODAY), at=NOW)
        refused = kit.try_bid(bid(15_400, "b-2"), at=NOW)
        assert isinstance(refused, Refusal) and refused.reason is BiddingReason.STALE

        assert 7_700 == kit.start_negotiation("ar-2", "a-1", at=NOW).opening_minor

    def test_refusals_record_nothing(self, kit: Kit) -> None:
        """
        On hold, unknown, or under an id that is taken.
        """
        length = len(kit.history("a-1"))
        with pytest.raises(RefusedError, match="there is no negotiation 'ar-1'"):
            kit.bid(bid(13_000), at=NOW)
        kit.offer_settlement("ar-1", "a-1", [(date(2026, 10, 27), 16_000)], at=NOW)
        with pytest.raises(RefusedError, match="was used for another arrangement"):
            kit.start_negotiation("ar-1", "a-1", at=NOW)
        kit.hold(Hold("h-1", HoldKind.FRAUD, person="c-1", starts_on=TODAY, reason="told", review_on=date(2026, 11, 1)), at=NOW)
        with pytest.raises(RefusedError, match="stopped by the hold fraud"):
            kit.start_negotiation("ar-2", "a-1", at=NOW)
        assert length + 1 == len(kit.history("a-1"))

    def test_without_bidding_in_the_policy_there_is_none(self, kit: Kit) -> None:
        """
        Nobody negotiates by default.
        """
        bare = Kit(attrs.evolve(kit.parts, policy=load_policy("us-bnpl")), actor="portal")
        with pytest.raises(RefusedError, match="the policy has no bidding"):
            bare.start_negotiation("ar-1", "a-1", at=NOW)
        assert () == bare.negotiations("a-1", as_of=NOW)
