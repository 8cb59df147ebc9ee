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
from collectkit.arrangements.offers import Continuing, OfferPolicy, offer_settlement, worth_of
from collectkit.arrangements.series import Item
from collectkit.arrangements.settlements import SettlementOffered
from collectkit.errors import ValidationError
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
    given: dict[str, object] = {"policy": RULES, "offers": OFFERS, "at": at, "on": at.date(), "outstanding": debt, **more}
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
        assert BiddingReason.UNKNOWN is reason(answer_bid(None, Bid("b", "ar-9", "a-1", DEBT), RULES, at=AT, on=ON, outstanding=DEBT))
        assert BiddingReason.CURRENCY_DIFFERS is reason(
            answer_bid(begun(), Bid("b", "ar-1", "a-1", Money(7_000, "EUR")), RULES, at=AT, on=ON, outstanding=DEBT)
        )


WEARY = attrs.evolve(OFFERS, kept_bp=(9_000, 7_000), items_max=3, days_max=92)
"""Of first payments nine tenths are expected, of all later ones seven tenths."""


def staged(haggle: Haggle, *minors: int, offers: OfferPolicy = WEARY, days: tuple[int, ...] = (7, 37, 67), at: datetime = AT) -> object:
    items = [Item(at.date() + timedelta(days=after), Money(minor, "USD")) for after, minor in zip(days, minors, strict=False)]
    one = Bid(f"b-{len(haggle.answers)}", haggle.started.id, "a-1", Money(sum(minors), "USD"), items)
    return answer_bid(haggle, one, RULES, offers, at=at, on=at.date(), outstanding=haggle.started.debt)


class TestStaged:
    def test_two_payments_count_for_the_single_one_that_is_worth_as_much(self) -> None:
        """
        Twice 40.00 is worth 36.00 and 28.00, which is what 71.12 at once is worth; it meets 78.23, as 71.12 at once does.
        """
        answered = staged(begun(offers=WEARY), 4_000, 4_000)

        assert isinstance(answered, BidAnswered)
        assert (7_112, Answer.COUNTER) == (answered.counted_minor, answered.answer)
        assert answered.offer_minor == after(begun(offers=WEARY), 7_112).answers[-1].offer_minor

    def test_the_answer_tells_what_would_be_accepted_on_these_days(self) -> None:
        """
        The payments that it names are accepted when they are bid, and a unit less on them is not.
        """
        haggle = begun(offers=WEARY)
        answered = staged(haggle, 4_000, 4_000)
        assert isinstance(answered, BidAnswered) and answered.answer is Answer.COUNTER
        haggle = attrs.evolve(haggle, answers=(answered,))
        first, second = (item.amount.minor for item in answered.terms)
        taken, less = staged(haggle, first, second), staged(haggle, first - 2, second - 2)

        assert isinstance(taken, BidAnswered) and isinstance(less, BidAnswered)
        assert (Answer.ACCEPTED, answered.terms) == (taken.answer, taken.terms)
        assert Answer.ACCEPTED is not less.answer or less.offer_minor < taken.offer_minor

    def test_who_bids_more_than_is_asked_pays_what_is_asked(self) -> None:
        """
        Two payments of 49.99 are worth more than 80.00 at once, and are agreed at less.
        """
        answered = staged(begun(offers=WEARY), 4_999, 4_999)

        assert isinstance(answered, BidAnswered) and answered.answer is Answer.ACCEPTED
        assert 8_000 <= sum(item.amount.minor for item in answered.terms) < 9_998

    def test_where_no_payments_on_its_days_are_worth_enough_none_are_named(self) -> None:
        """
        Of payments that hardly ever come not even all of the debt counts for the offer.
        """
        seldom = attrs.evolve(OFFERS, kept_bp=(9_000, 500))
        answered = staged(begun(offers=seldom), 2_000, 7_000, offers=seldom)

        assert isinstance(answered, BidAnswered)
        assert (Answer.DECLINED, ()) == (answered.answer, answered.terms)

    @pytest.mark.parametrize(
        ("days", "minors"),
        [
            ((7, 7), (1_000, 1_000)),
            ((8, 7), (1_000, 1_000)),
            ((-1, 7), (1_000, 1_000)),
            ((7, 93), (1_000, 1_000)),
            ((1, 2, 3, 4), (1_000,) * 4),
        ],
        ids=["one day twice", "out of order", "before today", "too far ahead", "too many"],
    )
    def test_days_that_cannot_be_agreed_are_refused_and_counted_as_no_bid(self, days: tuple[int, ...], minors: tuple[int, ...]) -> None:
        """
        With what is allowed in the message.
        """
        assert BiddingReason.TERM is reason(staged(begun(offers=WEARY), *minors, days=days))

    @pytest.mark.parametrize(
        "items",
        [[Item(ON, Money(1_000, "USD"))], [Item(ON, Money(1_000, "EUR"))], [Item(ON, Money(2_001, "USD")), Item(ON, Money(-1, "USD"))]],
        ids=["not the amount", "another currency", "less than nothing"],
    )
    def test_payments_that_are_not_the_amount_are_no_bid(self, items: list[Item]) -> None:
        """
        Somebody made an error, and nobody guesses which.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            Bid("b-1", "ar-1", "a-1", Money(2_000, "USD"), items)

    @given(
        debt=st.integers(200, 1_000_000),
        share=st.integers(1, 130),
        weights=st.lists(st.integers(1, 9), min_size=1, max_size=3),
        kept=st.lists(st.integers(1_000, 10_000), min_size=1, max_size=3),
        yearly=st.integers(0, 5_000),
        cost=st.integers(0, 20),
        collected=st.integers(0, 6_000),
    )
    def test_what_is_accepted_is_worth_the_offer_and_is_one_that_agents_give(
        self, debt: int, share: int, weights: list[int], kept: list[int], yearly: int, cost: int, collected: int
    ) -> None:
        """
        Whatever the days and shares: no less worth than the single payment that was asked, within the limits, and never all of the debt.
        """
        offers = OfferPolicy(
            kept_bp=tuple(kept), yearly_bp=yearly, cost_minor=cost, continuing=Continuing(collected_bp=collected), floor_bp=3_000
        )
        started = begin(debt=Money(debt, "USD"), offers=offers)
        if isinstance(started, Refusal):
            return
        assert isinstance(started, NegotiationStarted)
        parts = [part.minor for part in Money(max(3, debt * share // 100), "USD").split_by(weights) if part.minor]
        answered = staged(Haggle(started), *parts, offers=offers)
        assert isinstance(answered, BidAnswered)
        assert answered == staged(Haggle(started), *parts, offers=offers)
        assert 1 <= answered.bid_minor <= sum(parts)
        if answered.answer is not Answer.ACCEPTED:
            assert Answer.COUNTER is not answered.answer or answered.bid_minor < answered.offer_minor
            return
        paid, single = (
            [(item.due_on, item.amount.minor) for item in answered.terms],
            (ON + timedelta(days=RULES.pay_days), answered.offer_minor),
        )
        worth, asked = (worth_of(debt, items, offers, on=ON).value_minor for items in (paid, [single]))
        assert asked <= worth
        assert isinstance(offer_settlement("x", "c", "a-1", Money(debt, "USD"), paid, offers, at=AT, on=ON), SettlementOffered)


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
