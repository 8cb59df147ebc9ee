"""What the person on the phone is shown: always what the commands would do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import Hold, HoldKind, Kit, Money, Payment, Promise
from collectkit.arrangements import PromiseMade, PromisePolicy, PromiseRefused
from collectkit.arrangements.offers import OfferPolicy, OfferRefused, offer_settlement
from collectkit.arrangements.settlements import SettlementOffered
from collectkit.arrangements.standing_offers import allowed_offers, least_payment
from collectkit.errors import PolicyError
from collectkit.policy import load_policy
from collectkit.servicing.guidance import SCRIPTS, ScriptPolicy

POLICY = attrs.evolve(load_policy("us-bnpl"), promises=PromisePolicy(minimum_past_due_bp=2_000, horizon_days_max=14))


@pytest.fixture
def kit() -> Iterator[Kit]:
    """An account of which all of 200.00 is late."""
    with Kit.open("memory://", policy=POLICY, actor="desk") as opened:
        opened.register(consumer(), at=NOW)
        opened.open_account(account(), at=NOW)
        yield opened


class TestGuidance:
    def test_the_least_promise_is_taken_and_a_cent_less_is_not(self, kit: Kit) -> None:
        """
        40.00, a fifth of what is late, within two weeks; what it says takes an approval does.
        """
        guidance = kit.guidance("a-1", at=NOW)
        assert guidance.promise is not None
        least, last_on = guidance.promise.least, guidance.promise.last_on
        assert (Money(4_000, "USD"), date(2026, 11, 3)) == (least, last_on)
        for minor, days, taken in ((-1, 0, False), (0, 1, False), (0, 0, True)):
            promise = Promise(f"pr{minor}{days}", "a-1", Money(least.minor + minor, "USD"), last_on + timedelta(days=days), NOW)
            outcome = kit.try_promise(promise, at=NOW)
            assert isinstance(outcome, PromiseMade if taken else PromiseRefused)
            assert taken or (isinstance(outcome, PromiseRefused) and outcome.approvable)

    def test_agents_and_the_page_read_one_list_and_each_offer_can_be_made(self, kit: Kit) -> None:
        """
        At once, and in two and three stages; the least settlement is offered, and a cent less takes an approval.
        """
        guidance = kit.guidance("a-1", at=NOW)
        assert guidance.offers == kit.offers("a-1", at=NOW)
        assert [1, 2, 3] == [len(offer.items) for offer in guidance.offers]
        for number, offer in enumerate(guidance.offers):
            items = [(item.due_on, item.amount.minor) for item in offer.items]
            assert isinstance(kit.try_offer_settlement(f"ar-{number}", "a-1", items, at=NOW), SettlementOffered)
        assert guidance.least_settlement is not None
        minor = guidance.least_settlement.minor
        assert isinstance(kit.try_offer_settlement("ar-8", "a-1", [(TODAY, minor)], at=NOW), SettlementOffered)
        below = kit.try_offer_settlement("ar-9", "a-1", [(TODAY, minor - 1)], at=NOW)
        assert isinstance(below, OfferRefused) and below.approvable

    def test_the_laws_answer_is_that_to_this_call(self, kit: Kit) -> None:
        """
        At three in the morning nobody calls.
        """
        at = NOW + timedelta(hours=13)
        guidance = kit.guidance("a-1", at=at)

        assert guidance.call.outcome is kit.ask_law("c-1", at=at, channel="phone", accounts=["a-1"]).outcome
        assert guidance.duties == guidance.call.duties
        assert not guidance.may_call

    def test_a_hold_leaves_nothing_to_offer(self, kit: Kit) -> None:
        """
        And says what it stops.
        """
        kit.hold(Hold("h-1", HoldKind.FRAUD, person="c-1", starts_on=TODAY, reason="told", review_on=date(2026, 12, 1)), at=NOW)
        guidance = kit.guidance("a-1", at=NOW)

        assert ("held", ("fraud",), (), None, None) == (
            guidance.stage,
            guidance.holds,
            guidance.offers,
            guidance.promise,
            guidance.least_settlement,
        )
        assert "no promise is taken: promise is stopped by the hold fraud" == guidance.promise_refused
        assert {"contact_limited", "promise", "retry"} == {citation.effect.value for citation in guidance.barred}

    def test_the_stage_follows_what_happened(self, kit: Kit) -> None:
        """
        Late, promised, broken, done; the script is that of the stage, or the policy's own.
        """
        stages = [kit.guidance("a-1", at=NOW).stage]
        kit.promise(Promise("pr-1", "a-1", Money(5000, "USD"), date(2026, 10, 22), NOW), at=NOW)
        stages.append(kit.guidance("a-1", at=NOW).stage)
        stages.append(kit.guidance("a-1", at=NOW + timedelta(days=5)).stage)
        kit.post(Payment("p-1", "a-1", Money(20_000, "USD"), TODAY), at=NOW)
        stages.append(kit.guidance("a-1", at=NOW).stage)

        assert ["middle", "promised", "promise_broken", "done"] == stages
        assert SCRIPTS["done"] == kit.guidance("a-1", at=NOW).script
        assert ("Goodbye.",) == ScriptPolicy({"done": ["Goodbye."]}).scripts["done"]
        with pytest.raises(PolicyError, match="scripts are lists of sentences for held"):
            ScriptPolicy({"shouting": ["Pay!"]})


class TestOfferLaws:
    @given(debt=st.integers(2, 1_000_000), floor=st.integers(1, 9_000), collected=st.integers(0, 10_000), days=st.integers(0, 60))
    def test_the_least_payment_is_offered_and_nothing_less(self, debt: int, floor: int, collected: int, days: int) -> None:
        """
        What is listed is offered by the same function; what is a unit below the least is not, without an approval.
        """
        policy = OfferPolicy(floor_bp=floor, target_bp=9_000)
        policy = attrs.evolve(policy, continuing=attrs.evolve(policy.continuing, collected_bp=collected))
        money, due_on = Money(debt, "USD"), TODAY + timedelta(days=days)
        least = least_payment(debt, due_on, policy, on=TODAY)

        def offered(minor: int) -> bool:
            return isinstance(offer_settlement("x", "c", "a", money, [(due_on, minor)], policy, at=NOW, on=TODAY), SettlementOffered)

        assert not offered(debt - 1) if least is None else offered(least)
        assert least is None or least == 1 or not offered(least - 1)
        for terms in allowed_offers("c", "a", money, policy, at=NOW, on=TODAY):
            assert terms.total_minor == -(-debt * 9_000 // 10_000)
