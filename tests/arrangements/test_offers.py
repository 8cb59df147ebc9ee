"""Settlements: what is offered by whom, what it is worth, and the bidding."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.negotiation import Answer, BiddingPolicy, Negotiation, answer
from collectkit.arrangements.offers import (
    Authority,
    Continuing,
    Offering,
    OfferPolicy,
    OfferReason,
    OfferRefused,
    offer_settlement,
    worth_of,
)
from collectkit.arrangements.settlements import SettlementOffered, SettlementTerms
from collectkit.arrangements.standing_offers import allowed_offers
from collectkit.errors import PolicyError, ValidationError
from collectkit.money import Money
from collectkit.testing.strategies import minor_units

AT, ON = datetime(2026, 10, 1, 18, tzinfo=UTC), date(2026, 10, 1)
DEBT = Money.of("100.00", "USD")
POLICY = OfferPolicy(kept_bp=(10_000,), yearly_bp=0)
NOTHING = Continuing(collected_bp=0)


def offer(*items: tuple[date, int], **rest: object) -> Offering:
    given: dict[str, object] = {"policy": POLICY, "continuing": NOTHING, **rest}
    return offer_settlement("ar-1", "c-1", "a-1", DEBT, items, at=AT, on=ON, **given)  # type: ignore[arg-type]


def reason(outcome: Offering) -> OfferReason:
    assert isinstance(outcome, OfferRefused)
    return outcome.reason


class TestWorth:
    def test_each_term_is_shown_and_rounded_down(self) -> None:
        """
        60.00 now, nine in ten paid, less 0.50; 40.00 in a year at 10 percent, seven in ten, less 0.50. Going on: 30 percent less a
        quarter commission, half a year later.
        """
        policy = OfferPolicy(kept_bp=(9_000, 7_000), cost_minor=50)
        worth = worth_of(10_000, [(ON, 6_000), (date(2027, 10, 1), 4_000)], policy, Continuing(commission_bp=2_500), on=ON)

        assert (5_400 - 50, 2_545 - 50) == worth.payments_minor
        assert (7_845, 2_144, 5_000) == (worth.value_minor, worth.continuing_minor, worth.floor_minor)

    def test_what_going_on_brings_lifts_the_floor(self) -> None:
        """
        The floor is the policy's or that, whichever is more.
        """
        assert 9_000 == worth_of(10_000, [(ON, 6_000)], POLICY, Continuing(collected_bp=9_000), on=ON).floor_minor


class TestOffer:
    def test_an_offer_says_how_long_it_holds(self) -> None:
        """
        60.00 of 100.00, a discount of 40 percent, for two weeks.
        """
        made = offer((date(2026, 10, 10), 6_000))

        assert isinstance(made, SettlementOffered)
        assert (4_000, 4_000, AT + timedelta(days=14)) == (made.settlement.discount_minor, made.settlement.discount_bp, made.expires_at)

    @pytest.mark.parametrize(
        ("items", "expected"),
        [
            (((ON, 10_000),), OfferReason.NO_DISCOUNT),
            (((ON, 10_100),), OfferReason.NO_DISCOUNT),
            ((), OfferReason.NO_DISCOUNT),
            (((ON, 7_000), (date(2026, 10, 5), 0)), OfferReason.NO_DISCOUNT),
            (((date(2026, 9, 30), 6_000),), OfferReason.DUE_IN_PAST),
            (((date(2026, 10, 9), 3_000), (date(2026, 10, 9), 3_000)), OfferReason.DUE_IN_PAST),
            (((date(2027, 1, 2), 6_000),), OfferReason.TERM),
            (((ON, 4_999),), OfferReason.BELOW_FLOOR),
        ],
    )
    def test_limits_are_exact(self, items: tuple[tuple[date, int], ...], expected: OfferReason) -> None:
        """
        0 and 100 percent are no settlement; 50.00 is the floor, and a cent less needs an approval.
        """
        assert expected is reason(offer(*items))
        assert isinstance(offer((ON, 5_000)), SettlementOffered)

    def test_worth_less_than_going_on_needs_an_approval(self) -> None:
        """
        One in ten of such payments comes.
        """
        poor = attrs.evolve(POLICY, kept_bp=(1_000,))
        refused = offer((ON, 6_000), policy=poor, continuing=Continuing(collected_bp=3_000))

        assert OfferReason.NOT_WORTH is reason(refused)
        assert isinstance(refused, OfferRefused) and refused.approvable
        assert isinstance(offer((ON, 6_000), policy=poor, continuing=Continuing(collected_bp=3_000), approved=True), SettlementOffered)

    def test_authority_counts_what_was_conceded_before(self) -> None:
        """
        A collector may give up 100.00 in twelve months: after 60.00 these 40.00 are the last, and a cent more is too much.
        """
        policy = attrs.evolve(POLICY, authority=[Authority("collector", 5_000, 10_000), Authority("head", 9_000, 100_000)])

        assert isinstance(offer((ON, 6_000), policy=policy, roles=("collector",), conceded_minor=6_000), SettlementOffered)
        refused = offer((ON, 6_000), policy=policy, roles=("collector",), conceded_minor=6_001)
        assert OfferReason.AUTHORITY is reason(refused)
        assert isinstance(offer((ON, 6_000), policy=policy, roles=("head", "collector"), conceded_minor=6_001), SettlementOffered)

    def test_who_has_none_of_the_roles_gives_up_nothing_alone(self) -> None:
        """
        But the published mechanism, which is nobody, offers what the policy lets everybody have; and the list of offers shows it.
        """
        policy = attrs.evolve(POLICY, authority=[Authority("collector", 5_000, 10_000)])

        assert [OfferReason.AUTHORITY] * 2 == [reason(offer((ON, 6_000), policy=policy, roles=roles)) for roles in ((), ("clerk",))]
        assert isinstance(offer((ON, 6_000), policy=policy), SettlementOffered)
        assert allowed_offers("c-1", "a-1", DEBT, policy, NOTHING, at=AT, on=ON)

    @given(discounts=st.lists(st.integers(1, 5_000), max_size=12), limit=st.integers(0, 20_000))
    def test_splitting_a_concession_helps_nobody(self, discounts: list[int], limit: int) -> None:
        """
        However a person is given discounts, one after the other: each is given exactly when all of them together stay within the limit.
        """
        policy, conceded = attrs.evolve(POLICY, authority=[Authority("collector", 5_000, limit)]), 0
        for discount in discounts:
            outcome = offer((ON, DEBT.minor - discount), policy=policy, roles=["collector"], conceded_minor=conceded)
            assert isinstance(outcome, SettlementOffered) == (conceded + discount <= limit)
            conceded += discount if isinstance(outcome, SettlementOffered) else 0
        assert conceded <= limit

    def test_a_settlement_of_all_or_nothing_cannot_be_built(self) -> None:
        """
        Not even past the offer.
        """
        made = offer((ON, 6_000))
        assert isinstance(made, SettlementOffered)
        with pytest.raises(ValidationError, match="less than the debt"):
            attrs.evolve(made.settlement, debt=Money(6_000, "USD"))
        with pytest.raises(PolicyError, match="at most target_bp"):
            OfferPolicy(floor_bp=9_000, target_bp=8_000)
        assert isinstance(made.settlement, SettlementTerms)


BIDDING = BiddingPolicy(floor_bp=((0, 6_000), (30, 5_000)), rounds_max=4)


def bids(*minors: int, policy: BiddingPolicy = BIDDING, every: timedelta = timedelta(hours=1)) -> Negotiation:
    found = Negotiation(10_000, AT)
    for number, minor in enumerate(minors):
        found = answer(found, minor, policy, at=AT + number * every)
    return found


class TestBidding:
    def test_the_published_example(self) -> None:
        """
        Debt 100.00, target 80.00: 65.00 meets 77.00, 70.00 meets 76.00, and 76.00 is accepted.
        """
        assert [(Answer.COUNTER, 7_700), (Answer.COUNTER, 7_600), (Answer.ACCEPTED, 7_600)] == [
            (move.answer, move.offer_minor) for move in bids(6_500, 7_000, 7_600).moves
        ]

    def test_who_bids_more_than_is_asked_pays_what_is_asked(self) -> None:
        """
        At once, and the negotiation is over.
        """
        done = bids(9_500)

        assert (Answer.ACCEPTED, 8_000) == (done.moves[-1].answer, done.moves[-1].offer_minor)
        assert done == answer(done, 1_000, BIDDING, at=AT + timedelta(days=1))

    def test_below_the_floor_nothing_is_said_about_it(self) -> None:
        """
        The answer to 59.99 is that to 1.00: the standing offer.
        """
        assert [(Answer.DECLINED, 8_000)] * 2 == [(m.answer, m.offer_minor) for minor in (5_999, 100) for m in bids(minor).moves]

    def test_the_floor_falls_by_its_published_step(self) -> None:
        """
        On day 29 a bid of 55.00 is declined, on day 30 it is countered.
        """
        for days, expected in ((29, Answer.DECLINED), (30, Answer.COUNTER)):
            found = answer(Negotiation(10_000, AT), 5_500, BIDDING, at=AT + timedelta(days=days))
            assert expected is found.moves[-1].answer

    def test_probing_and_too_many_rounds_end_it_for_a_while(self) -> None:
        """
        Three bids within 1.00 of each other; or the fourth bid. After the lockout the standing offer still stands.
        """
        probing = bids(6_100, 6_150, 6_200)
        assert Answer.LOCKED_OUT is probing.moves[-1].answer
        assert Answer.LOCKED_OUT is bids(1_000, 3_000, 6_200, 6_900).moves[-1].answer

        locked = AT + timedelta(hours=2)
        assert probing == answer(probing, 9_000, BIDDING, at=locked + timedelta(days=29))
        again = answer(probing, probing.moves[-1].offer_minor, BIDDING, at=locked + timedelta(days=30))
        assert Answer.ACCEPTED is again.moves[-1].answer

    @given(
        debt=minor_units(100, 50_000),
        shares=st.lists(st.integers(1, 12_000), min_size=1, max_size=12),
        gaps=st.lists(st.integers(0, 900), min_size=12, max_size=12),
    )
    def test_same_bids_same_answers_and_never_a_worse_offer(self, debt: int, shares: list[int], gaps: list[int]) -> None:
        """
        Whatever is bid and when: offers only fall, nothing below the floor of the day is accepted, nothing above the target asked.
        """

        def play() -> Negotiation:
            found, at = Negotiation(debt, AT), AT
            for share, gap in zip(shares, gaps, strict=False):
                at += timedelta(hours=gap)
                found = answer(found, max(1, debt * share // 10_000), BIDDING, at=at)
            return found

        found = play()
        offers = [BIDDING.target(debt), *[move.offer_minor for move in found.moves]]

        assert found == play()
        assert offers == sorted(offers, reverse=True)
        for move in found.moves:
            floor = BIDDING.floor(debt, (move.at - AT).days)
            assert move.offer_minor >= BIDDING.floor(debt, 10_000)
            assert move.answer is not Answer.ACCEPTED or move.offer_minor >= floor or move.offer_minor in offers
        assert sum(move.answer is Answer.ACCEPTED for move in found.moves) <= 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"floor_bp": ((1, 6_000),)},
            {"floor_bp": ((0, 5_000), (5, 6_000))},
            {"target_bp": 5_000},
            {"steps_bp": (1, 2)},
            {"rounds_max": 0},
        ],
    )
    def test_an_unfair_mechanism_is_not_loaded(self, wrong: dict[str, object]) -> None:
        """
        A floor that rises, a target below it, steps that grow.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            BiddingPolicy(**wrong)  # type: ignore[arg-type]

    @pytest.mark.parametrize("wrong", [0, -5, 7.5, True])
    def test_a_bid_is_money(self, wrong: object) -> None:
        """
        Whole minor units of more than zero.
        """
        with pytest.raises(ValidationError, match="nothing was answered"):
            answer(Negotiation(10_000, AT), wrong, BIDDING, at=AT)  # type: ignore[arg-type]
