from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.bidding import (
    Bid,
    BidAnswered,
    BiddingReason,
    Haggle,
    NegotiationStarted,
    NegotiationStatus,
    answer_bid,
    haggles_in,
    replayed,
    start_negotiation,
)
from collectkit.arrangements.lifecycles import NEGOTIATION, reachable
from collectkit.arrangements.negotiation import Answer, BiddingPolicy
from collectkit.arrangements.offers import Continuing, OfferPolicy, offer_settlement
from collectkit.arrangements.settlements import SettlementOffered
from collectkit.money import Money
from collectkit.refusals import Refusal

AT, ON = datetime(2026, 10, 1, 18, tzinfo=UTC), date(2026, 10, 1)
DEBT = Money.of("100.00", "USD")
RULES = BiddingPolicy(rounds_max=4, floor_bp=((0, 6_000), (30, 5_000)))
OFFERS = OfferPolicy(kept_bp=(10_000,), yearly_bp=0, continuing=Continuing(collected_bp=0))


def begin(known: tuple[Haggle, ...] = (), id: str = "ar-1", debt: Money = DEBT, at: datetime = AT, **more: object) -> object:
    given: dict[str, object] = {"policy": RULES, "offers": OFFERS, "at": at, "on": at.date(), **more}
    return start_negotiation(known, id, "a-1", debt, **given)  # type: ignore[arg-type]


def begun(known: tuple[Haggle, ...] = (), **more: object) -> Haggle:
    started = begin(known, **more)  # type: ignore[arg-type]
    assert isinstance(started, NegotiationStarted)
    return Haggle(started)


def bid(haggle: Haggle, minor: int, id: str = "", at: datetime = AT, debt: Money = DEBT, **more: object) -> object:
    one = Bid(id or f"b-{len(haggle.answers)}", haggle.started.id, "a-1", Money(minor, "USD"))
    given: dict[str, object] = {"policy": RULES, "at": at, "outstanding": debt, **more}
    return answer_bid(haggle, one, **given)  # type: ignore[arg-type]


def after(haggle: Haggle, *minors: int, at: datetime = AT) -> Haggle:
    for minor in minors:
        answered = bid(haggle, minor, at=at)
        assert isinstance(answered, BidAnswered)
        haggle = attrs.evolve(haggle, answers=(*haggle.answers, answered))
    return haggle


def reason(outcome: object) -> BiddingReason:
    assert isinstance(outcome, Refusal)
    return outcome.reason  # type: ignore[no-any-return]


class TestBidding:
    def test_a_negotiation_that_meets(self) -> None:
        """
        65.00 meets 77.00, 70.00 meets 76.00, and bidding 76.00 accepts it.
        """
        haggle = after(begun(), 6_500, 7_000, 7_600)

        assert [7_700, 7_600, 7_600] == [one.offer_minor for one in haggle.answers]
        assert NegotiationStatus.ACCEPTED is haggle.status(RULES, at=AT, outstanding_minor=10_000)
        assert BiddingReason.ENDED is reason(bid(haggle, 5_000))

    def test_the_same_bid_is_answered_alike_and_counts_once(self) -> None:
        """
        A retry is no probing; the same id with another amount is refused.
        """
        haggle = after(begun(), 6_500)

        assert haggle.answers[0] == bid(haggle, 6_500, "b-0", AT + timedelta(days=1))
        assert BiddingReason.ID_REUSED is reason(bid(haggle, 6_501, "b-0"))

    def test_whoever_begins_anew_begins_where_they_had_come_to(self) -> None:
        """
        After an offer of 77 percent none of 80 is made, also of another debt; and a lockout is not shaken off.
        """
        first = after(begun(), 6_500)
        later = AT + timedelta(days=20)

        assert 7_700 == begun((first,), id="ar-2", at=later).started.opening_minor
        assert 3_850 == begun((first,), id="ar-2", at=later, debt=Money(5_000, "USD")).started.opening_minor
        assert BiddingReason.ANOTHER_OPEN is reason(begin((first,), "ar-2"))
        probing = after(begun(), 6_100, 6_150, 6_200)
        assert BiddingReason.LOCKED_OUT is reason(begin((probing,), "ar-2", at=AT + timedelta(days=29)))
        assert BiddingReason.LOCKED_OUT is reason(bid(probing, 7_900))

    def test_time_and_money_end_it(self) -> None:
        """
        Two weeks after it began, to the instant; and when another amount is owed.
        """
        haggle, end = begun(), AT + timedelta(days=14)

        assert isinstance(bid(haggle, 8_000, at=end - timedelta(seconds=1)), BidAnswered)
        assert BiddingReason.EXPIRED is reason(bid(haggle, 8_000, at=end))
        assert BiddingReason.STALE is reason(bid(haggle, 8_000, debt=Money(9_999, "USD")))

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"policy": None}, BiddingReason.NOT_OFFERED),
            ({"closed": True}, BiddingReason.ACCOUNT_CLOSED),
            ({"holds": ["dispute"]}, BiddingReason.ON_HOLD),
            ({"arranged": "payment plan"}, BiddingReason.UNDER_ARRANGEMENT),
        ],
        ids=["no policy", "closed", "hold", "arranged"],
    )
    def test_what_stands_against_it(self, more: dict[str, object], expected: BiddingReason) -> None:
        """
        Against beginning and against every bid.
        """
        assert expected is reason(begin(**more))  # type: ignore[arg-type]
        assert expected is reason(bid(begun(), 7_000, **more))

    def test_where_going_on_is_worth_more_there_is_nothing_to_negotiate(self) -> None:
        """
        The least is what the offer function gives anybody alone.
        """
        dear = attrs.evolve(OFFERS, continuing=Continuing(collected_bp=10_000, days=0))

        assert BiddingReason.NOT_OFFERED is reason(begin(offers=dear))
        assert BiddingReason.NOT_OFFERED is reason(begin(debt=Money(0, "USD")))
        assert BiddingReason.UNKNOWN is reason(answer_bid(None, Bid("b", "ar-9", "a-1", DEBT), RULES, at=AT, outstanding=DEBT))
        assert BiddingReason.CURRENCY_DIFFERS is reason(
            answer_bid(begun(), Bid("b", "ar-1", "a-1", Money(7_000, "EUR")), RULES, at=AT, outstanding=DEBT)
        )


class TestBiddingLaws:
    @given(
        debt=st.integers(100, 1_000_000),
        shares=st.lists(st.integers(1, 110), max_size=12),
        hours=st.lists(st.integers(0, 200), min_size=12, max_size=12),
        collected=st.integers(0, 9_000),
    )
    def test_bids_move_by_the_table_to_what_an_agent_could_offer(
        self, debt: int, shares: list[int], hours: list[int], collected: int
    ) -> None:
        """
        Offers never rise; the answers are those of a replay; each state follows from the one before by rows of the table; and what is
        accepted is what the offer function gives without an approval.
        """
        offers, owed, at = attrs.evolve(OFFERS, continuing=Continuing(collected_bp=collected, days=30)), Money(debt, "USD"), AT
        started = begin(debt=owed, offers=offers)
        if isinstance(started, Refusal):
            return
        assert isinstance(started, NegotiationStarted)
        haggle, steps, state = Haggle(started), reachable(NEGOTIATION), "open"
        for share, wait in zip(shares, hours, strict=False):
            at += timedelta(hours=wait)
            now = haggle.status(RULES, at=at, outstanding_minor=debt).value
            assert now == state or (state, now) in steps
            answered, standing, state = bid(haggle, max(1, debt * share // 100), at=at, debt=owed), haggle.offer(RULES), now
            if isinstance(answered, BidAnswered):
                assert answered.offer_minor <= standing.minor
                haggle = attrs.evolve(haggle, answers=(*haggle.answers, answered))
                after_it = haggle.status(RULES, at=at, outstanding_minor=debt).value
                assert after_it == now or (now, after_it) in steps
                state = after_it
        assert replayed(haggle, RULES)
        assert (haggle,) == haggles_in([haggle.started, *haggle.answers])
        if haggle.negotiation.accepted:
            paid = [(at.date() + timedelta(days=RULES.pay_days), haggle.answers[-1].offer_minor)]
            assert isinstance(offer_settlement("x", "c", "a-1", owed, paid, offers, at=at, on=at.date()), SettlementOffered)

    @given(minor=st.integers(1, 5_999))
    def test_below_the_floor_every_bid_is_answered_alike(self, minor: int) -> None:
        """
        59.99 as 0.01: nothing is learned about the floor.
        """
        answered = bid(begun(), minor)

        assert isinstance(answered, BidAnswered)
        assert (Answer.DECLINED, 8_000) == (answered.answer, answered.offer_minor)

    def test_an_answer_that_was_tampered_with_is_found(self) -> None:
        """
        Somebody was given more than the mechanism gives.
        """
        haggle = after(begun(), 6_500)
        better = attrs.evolve(haggle, answers=(attrs.evolve(haggle.answers[0], offer_minor=7_000),))

        assert (True, False) == (replayed(haggle, RULES), replayed(better, RULES))
