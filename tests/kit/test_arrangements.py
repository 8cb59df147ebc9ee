"""Payment plans, relief and settlements on a book: from the quote to the end, each with its approvals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, cast

import attrs
import pytest

from collectkit import Account, Hold, Kit, Money, Payment, Promise, RefusedError, Reversal, plans
from collectkit.arrangements import PromiseReason
from collectkit.arrangements.affordability import Budget
from collectkit.arrangements.agreeing import ArrangementReason
from collectkit.arrangements.hardship import Hardship, Measure
from collectkit.arrangements.living import ArrangementStatus, ItemStatus
from collectkit.arrangements.offers import Authority, Continuing, Offering, OfferReason, OfferRefused
from collectkit.arrangements.settlements import SettlementOffered
from collectkit.errors import PermissionDeniedError
from collectkit.ledger import Charge, Chargeback, Undo, Waiver
from collectkit.policy import load_policy, read_policy
from collectkit.principals import Act, NeedsApproval, Principal
from collectkit.refusals import Refusal

from .conftest import NOW, TODAY, account, at, consumer

BUDGET = Budget(income_minor=200_000, expenses_minor=180_000, payday=date(2026, 10, 25))
MAKER, CHECKER = Principal("ann", roles=["collector"]), Principal("bob", roles=["head"])
LITTLE = Continuing(collected_bp=1_000)


@pytest.fixture
def kit() -> Kit:
    """Two accounts of one person, 200.00 each, no fees."""
    opened = Kit.open("memory://", policy=attrs.evolve(load_policy("us-bnpl"), late_fees=None), actor="tests")
    opened.register(consumer(), at=NOW)
    opened.open_account(account(), at=NOW)
    opened.open_account(account("a-2"), at=NOW)
    return opened


def pay(kit: Kit, minor: int, on: date, id: str = "p-1", account: str = "a-1") -> None:
    kit.post(Payment(id, account=account, amount=Money(minor, "USD"), value_on=on), at=evening(on))


def evening(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 18, tzinfo=NOW.tzinfo)


def nights(kit: Kit, first: date, last: date) -> None:
    for day in range((last - first).days + 1):
        on = first + timedelta(days=day)
        kit.run_night(as_of=on, at=datetime(on.year, on.month, on.day, 23, tzinfo=NOW.tzinfo))


def approved(kit: Kit, id: str, act: Act, checker: Principal = CHECKER) -> Kit:
    """Return the maker's kit under an approval that somebody else gave."""
    kit.acting(MAKER).request_approval(act, id=id, needs=NeedsApproval("a discount"), at=NOW)
    kit.acting(checker).approve(id, at=NOW)
    return kit.acting(MAKER, approval=id)


def limited(kit: Kit) -> Kit:
    """Return the maker's kit under a policy by which a collector gives up half of a debt, and 100.00 to a person in twelve months."""
    policy = attrs.evolve(kit.policy, settlements=attrs.evolve(kit.policy.settlements, authority=[Authority("collector", 5_000, 10_000)]))
    return Kit(attrs.evolve(kit.parts, policy=policy), actor="tests").acting(MAKER)


class TestPaymentPlan:
    def test_one_plan_over_two_accounts_from_quote_to_completion(self, kit: Kit) -> None:
        """
        400.00 in four payments of 100.00: the first two are the older account's, the treatment of both waits meanwhile.
        """
        quoted = kit.quote_plan("ar-1", ["a-1", "a-2"], BUDGET, at=NOW)
        assert quoted == kit.quote_plan("ar-1", ["a-1", "a-2"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-2", "ar-1", at=NOW)

        for id in ("a-1", "a-2"):
            assert "payment_plan" == kit.standing(id, as_of=TODAY).agreed
        assert not kit.run_night(as_of=TODAY, at=NOW).planned
        for number, (due_on, minor) in enumerate(quoted.plan.due_of("a-1")):
            pay(kit, minor, due_on, f"p-{number}")
        (state,) = kit.arrangements("a-1", as_of=quoted.plan.items[-1].due_on)
        assert ArrangementStatus.COMPLETED is state.status
        (other,) = kit.arrangements("a-2", as_of=quoted.plan.items[0].due_on)
        assert ArrangementStatus.ACTIVE is other.status

    def test_what_is_agreed_is_told(self, kit: Kit) -> None:
        """
        A promise in its own words, an arrangement by its kind with what is to be paid next; a holiday asks for nothing.
        """
        kit.promise(Promise("pr-1", "a-1", Money(5_000, "USD"), date(2026, 10, 30), NOW), at=NOW)
        assert "\n  promised 50.00 USD by 2026-10-30\n" in kit.explain("a-1", as_of=TODAY)
        quoted = kit.quote_plan("ar-1", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        due_on, minor = quoted.plan.due_of("a-1")[0]
        assert f"\n  agreed: payment plan, next {Money(minor, 'USD')} by {due_on}\n" in kit.explain("a-1", as_of=TODAY)
        rest = Measure("holiday", TODAY, TODAY + timedelta(days=30))
        kit.grant("a-2", Hardship("ar-2", "c-1", [rest], TODAY + timedelta(days=31), "job lost"), at=NOW)
        assert "\n  agreed: hardship\n" in kit.explain("a-2", as_of=TODAY)

    def test_a_breach_brings_the_treatment_back(self, kit: Kit) -> None:
        """
        Due on the 25th, three days of grace, seven of cure: in the night of 5 November the plan is over, and the day after asks again.
        """
        kit.quote_plan("ar-1", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        nights(kit, date(2026, 10, 29), date(2026, 11, 4))
        (state,) = kit.arrangements("a-1", as_of=date(2026, 11, 4))
        assert (ArrangementStatus.ACTIVE, date(2026, 10, 29)) == (state.status, state.in_breach_since)
        assert ItemStatus.MISSED is state.items[0].status

        nights(kit, date(2026, 11, 5), date(2026, 11, 5))
        assert ArrangementStatus.BREACHED is kit.arrangements("a-1", as_of=date(2026, 11, 5))[0].status
        assert "" == kit.standing("a-1", as_of=date(2026, 11, 5)).agreed

    def test_beside_a_plan_there_is_no_promise_and_no_other_plan(self, kit: Kit) -> None:
        """
        The open promise ends with the start; what replaces the plan names it.
        """
        kit.promise(Promise("pr-1", account="a-1", amount=Money(5_000, "USD"), due_on=date(2026, 10, 30), made_at=NOW), at=NOW)
        kit.quote_plan("ar-1", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        later = kit.try_promise(Promise("pr-2", account="a-1", amount=Money(5_000, "USD"), due_on=TODAY, made_at=NOW), at=NOW)
        assert isinstance(later, Refusal) and later.reason is PromiseReason.UNDER_ARRANGEMENT

        kit.quote_plan("ar-2", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-2", at=NOW)
        refused = kit.try_start("a-1", "ar-2", at=NOW)
        assert isinstance(refused, Refusal) and refused.reason is ArrangementReason.ANOTHER_IN_FORCE
        kit.quote_plan("ar-3", ["a-1"], BUDGET, at=NOW, replaces="ar-1")
        kit.take("a-1", "ar-3", at=NOW)
        kit.start("a-1", "ar-3", at=NOW)
        statuses = {state.arrangement.id: state.status for state in kit.arrangements("a-1", as_of=TODAY)}
        assert {"ar-1": ArrangementStatus.SUPERSEDED, "ar-2": ArrangementStatus.PROPOSED, "ar-3": ArrangementStatus.ACTIVE} == statuses

    def test_a_quote_ends(self, kit: Kit) -> None:
        """
        A week later it cannot be taken any more.
        """
        kit.quote_plan("ar-1", ["a-1"], BUDGET, at=NOW)

        with pytest.raises(RefusedError, match="the offer ended"):
            kit.take("a-1", "ar-1", at=NOW + timedelta(days=7))

    def test_what_needs_an_approval_starts_under_it_and_not_otherwise(self, kit: Kit) -> None:
        """
        Not without, not by whoever approved it, and not after the account has changed.
        """
        kit.quote_plan("ar-1", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW, needs="longer than a month")
        assert ArrangementStatus.PENDING_APPROVAL is kit.arrangements("a-1", as_of=TODAY)[0].status

        bare = kit.try_start("a-1", "ar-1", at=NOW)
        assert isinstance(bare, Refusal) and bare.reason is ArrangementReason.APPROVAL_MISSING
        under = approved(kit, "ap-1", kit.act_of("a-1", "ar-1"))
        with pytest.raises(PermissionDeniedError, match="whoever approved it must not do it"):
            kit.acting(CHECKER, approval="ap-1").start("a-1", "ar-1", at=NOW)
        kit.quote_plan("ar-9", ["a-1"], BUDGET, at=NOW)
        with pytest.raises(PermissionDeniedError, match="was at version"):
            under.start("a-1", "ar-1", at=NOW)
        under = approved(kit, "ap-2", kit.act_of("a-1", "ar-1"))
        assert under.start("a-1", "ar-1", at=NOW) == under.start("a-1", "ar-1", at=NOW)
        assert (False, True) == (kit.approval_of("ap-1").used, kit.approval_of("ap-2").used)

    def test_somebody_may_end_it(self, kit: Kit) -> None:
        """
        Once; a retry is answered alike, and what is over cannot be ended.
        """
        kit.quote_plan("ar-1", ["a-1", "a-2"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        ended = kit.end_arrangement("a-2", "ar-1", reason="asked", at=NOW)

        assert ended == kit.end_arrangement("a-1", "ar-1", reason="asked", at=NOW)
        assert {""} == {kit.standing(id, as_of=TODAY).agreed for id in ("a-1", "a-2")}


class TestRelief:
    def test_relief_stops_what_its_measures_say_on_their_days(self, kit: Kit) -> None:
        """
        A holiday, then nothing: nobody asks in the meantime, and then they do.
        """
        relief = Hardship("ar-1", "c-1", [Measure("holiday", TODAY, date(2026, 11, 1))], date(2026, 11, 1), "job lost")
        kit.grant("a-1", relief, at=NOW)

        assert () == kit.grant("a-1", relief, at=NOW)
        assert "hardship" == kit.standing("a-1", as_of=date(2026, 11, 1)).agreed
        assert "clock" in kit.standing("a-1", as_of=TODAY).paused
        assert "" == kit.standing("a-1", as_of=date(2026, 11, 2)).agreed
        assert all("hardship" in one.why for one in kit.barred_steps("a-1", as_of=TODAY))


class TestOneAtATime:
    def test_what_was_over_does_not_come_back_beside_what_followed(self, kit: Kit) -> None:
        """
        A settlement breached on the 26th, a plan from then on, and then a hold becomes known under which the settlement would not have been
        breached: it is over all the same, and the plan is in force.
        """
        kit.offer_settlement("ar-1", "a-1", [(date(2026, 10, 22), 12_000)], at=NOW, continuing=LITTLE)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        later = date(2026, 10, 27)
        nights(kit, date(2026, 10, 21), later)
        assert ArrangementStatus.BREACHED is kit.arrangements("a-1", as_of=later)[0].status
        kit.quote_plan("ar-2", ["a-1"], BUDGET, at=at(later))
        kit.take("a-1", "ar-2", at=at(later))
        kit.start("a-1", "ar-2", at=at(later))
        known = Hold(
            "h-1", "hardship", person="c-1", starts_on=date(2026, 10, 21), review_on=date(2026, 11, 20), reason="found in the post"
        )
        kit.hold(known, at=at(later))

        found = {state.arrangement.id: state.status for state in kit.arrangements("a-1", as_of=later)}
        assert {"ar-1": ArrangementStatus.SUPERSEDED, "ar-2": ArrangementStatus.ACTIVE} == found
        assert "payment_plan" == kit.standing("a-1", as_of=later).agreed

    def test_relief_that_is_granted_from_a_later_day_on_is_in_the_way(self, kit: Kit) -> None:
        """
        Else both would be in force on that day; of a promise as well.
        """
        first, last = date(2026, 11, 1), date(2026, 11, 30)
        kit.grant("a-1", Hardship("ar-1", "c-1", [Measure("holiday", first, last)], last, "unwell"), at=NOW)
        kit.quote_plan("ar-2", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-2", at=NOW)
        with pytest.raises(RefusedError, match="a hardship, 'ar-1', is granted from 2026-11-01 on; name it in `replaces`"):
            kit.start("a-1", "ar-2", at=NOW)
        with pytest.raises(RefusedError, match="under a hardship, which says what is paid when"):
            kit.promise(Promise("pr-1", "a-1", Money(1_000, "USD"), date(2026, 11, 2), NOW), at=NOW)


class TestSettlement:
    def test_only_the_last_payment_gives_the_rest_up(self, kit: Kit) -> None:
        """
        120.00 of 200.00 in two stages: after the first the whole rest stands, after the second nothing is owed.
        """
        items = [(date(2026, 10, 25), 6_000), (date(2026, 11, 8), 6_000)]
        kit.offer_settlement("ar-1", "a-1", items, at=NOW, continuing=LITTLE)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        pay(kit, 6_000, date(2026, 10, 25))
        nights(kit, date(2026, 10, 26), date(2026, 10, 26))
        assert 14_000 == kit.standing("a-1", as_of=date(2026, 10, 26)).outstanding_minor
        pay(kit, 6_000, date(2026, 11, 8), "p-2")
        assert 8_000 == kit.standing("a-1", as_of=date(2026, 11, 8)).outstanding_minor
        nights(kit, date(2026, 11, 9), date(2026, 11, 9))

        assert "paid" == kit.standing("a-1", as_of=date(2026, 11, 9)).state
        assert ArrangementStatus.FULFILLED is kit.arrangements("a-1", as_of=date(2026, 11, 9))[0].status
        assert "settlement ar-1 is fulfilled on 2026-11-08: 80.00 USD is given up" in kit.explain("a-1")

        at = datetime(2026, 11, 20, 18, tzinfo=NOW.tzinfo)
        kit.reverse(Reversal("r-1", account="a-1", payment="p-2", value_on=date(2026, 11, 20)), at=at)
        nights(kit, date(2026, 11, 20), date(2026, 11, 20))
        assert 14_000 == kit.standing("a-1", as_of=date(2026, 11, 20)).outstanding_minor
        assert ArrangementStatus.BREACHED is kit.arrangements("a-1", as_of=date(2026, 11, 20))[0].status
        assert "settlement ar-1 is void from 2026-11-20: what it gave up is owed again" in kit.explain("a-1")

    def test_a_chargeback_voids_it_and_its_withdrawal_settles_it_again(self, kit: Kit) -> None:
        """
        120.00 of 200.00 were paid and 80.00 given up. One dollar is charged back: that and the 80.00 are owed, until the bank withdraws it.
        """
        kit.offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 12_000)], at=NOW, continuing=LITTLE)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        pay(kit, 12_000, date(2026, 10, 25))
        nights(kit, date(2026, 10, 26), date(2026, 10, 26))
        assert "paid" == kit.standing("a-1", as_of=date(2026, 10, 26)).state

        for number, month in enumerate((11, 12), 1):
            back, withdrawn = date(2026, month, 10), date(2026, month, 20)
            kit.chargeback(Chargeback(f"cb-{number}", "a-1", "p-1", Money(100, "USD"), back), at=evening(back))
            nights(kit, back, back)
            assert 8_100 == kit.standing("a-1", as_of=back).outstanding_minor
            assert f"1.00 USD of payment p-1 was charged back on {back}: it is owed again" in kit.explain("a-1")
            assert ArrangementStatus.BREACHED is kit.arrangements("a-1", as_of=back)[0].status

            kit.undo(Undo(f"u-{number}", "a-1", f"cb-{number}", "chargeback", withdrawn, "withdrawn"), at=evening(withdrawn))
            nights(kit, withdrawn, withdrawn)
            assert "paid" == kit.standing("a-1", as_of=withdrawn).state
            assert ArrangementStatus.FULFILLED is kit.arrangements("a-1", as_of=withdrawn)[0].status

    def test_what_could_not_be_paid_in_time_is_not_taken(self, kit: Kit) -> None:
        """
        The offer holds for fourteen days, its payment is due today with three days of grace: four days later it would be broken at once.
        """
        kit.offer_settlement("ar-1", "a-1", [(TODAY, 12_000)], at=NOW, continuing=LITTLE)
        last, late = evening(TODAY + timedelta(days=3)), evening(TODAY + timedelta(days=4))
        with pytest.raises(RefusedError, match=f"was due on {TODAY} and in time until {last.date()}; nothing is on offer now"):
            kit.take("a-1", "ar-1", at=late)
        kit.take("a-1", "ar-1", at=last)
        with pytest.raises(RefusedError, match=f"in time until {last.date()}; offer anew"):
            kit.start("a-1", "ar-1", at=late)
        kit.start("a-1", "ar-1", at=last)

        assert ArrangementStatus.ACTIVE is kit.arrangements("a-1", as_of=last.date())[0].status

    def test_below_the_floor_two_people_are_needed(self, kit: Kit) -> None:
        """
        The approval is of these payments on this account as it is, and of nothing else.
        """
        items = [(date(2026, 10, 25), 9_000)]
        refused = kit.acting(MAKER).try_offer_settlement("ar-1", "a-1", items, at=NOW, continuing=LITTLE)
        assert isinstance(refused, OfferRefused) and refused.reason is OfferReason.BELOW_FLOOR and refused.approvable

        under = approved(kit, "ap-1", kit.settlement_act("ar-1", "a-1", items))
        with pytest.raises(PermissionDeniedError, match="another act, or the content was edited since"):
            under.offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 8_999)], at=NOW)
        under.offer_settlement("ar-1", "a-1", items, at=NOW, continuing=LITTLE)
        assert under.offer_settlement("ar-1", "a-1", items, at=NOW).settlement.id == "ar-1"
        assert kit.approval_of("ap-1").used
        with pytest.raises(PermissionDeniedError, match="another act"):
            under.offer_settlement("ar-2", "a-1", items, at=NOW)

    def test_what_is_still_on_offer_counts_too(self, kit: Kit) -> None:
        """
        80.00 offered on the first account and not yet taken leave 20.00 on the second; two offers on one account are one concession.
        """
        ann = limited(kit)

        def offer(id: str, account: str, *items: tuple[date, int]) -> Offering:
            return ann.try_offer_settlement(id, account, items, at=NOW, continuing=LITTLE)

        assert isinstance(offer("ar-1", "a-1", (date(2026, 10, 25), 12_000)), SettlementOffered)
        assert isinstance(offer("ar-1b", "a-1", (date(2026, 10, 25), 6_500), (date(2026, 11, 8), 6_500)), SettlementOffered)
        refused = offer("ar-2", "a-2", (date(2026, 10, 25), 17_999))
        assert isinstance(refused, OfferRefused) and refused.reason is OfferReason.AUTHORITY
        assert isinstance(offer("ar-2", "a-2", (date(2026, 10, 25), 18_000)), SettlementOffered)

    def test_concessions_to_one_person_add_up(self, kit: Kit) -> None:
        """
        80.00 on the first account leave 20.00 of the 100.00 that a collector may give up.
        """
        kit = limited(kit)
        kit.offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 12_000)], at=NOW, continuing=LITTLE)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)

        refused = kit.try_offer_settlement("ar-2", "a-2", [(date(2026, 10, 25), 17_999)], at=NOW, continuing=LITTLE)
        assert isinstance(refused, OfferRefused) and refused.reason is OfferReason.AUTHORITY
        kit.offer_settlement("ar-2", "a-2", [(date(2026, 10, 25), 18_000)], at=NOW, continuing=LITTLE)

    def test_a_waiver_that_was_undone_is_no_concession(self, kit: Kit) -> None:
        """
        30.00 given up leave 70.00 of the 100.00; asked for again, all of it is left.
        """
        kit = limited(kit)
        kit.assess_charge(Charge("f-1", "a-2", "fee", Money(3_000, "USD"), TODAY, TODAY), at=NOW)
        kit.waive(Waiver("w-1", "a-2", "f-1", Money(3_000, "USD"), TODAY, "goodwill"), at=NOW)
        refused = kit.try_offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 12_000)], at=NOW, continuing=LITTLE)
        assert isinstance(refused, OfferRefused) and refused.reason is OfferReason.AUTHORITY

        kit.undo(Undo("u-1", "a-2", "w-1", "waiver", TODAY, "a mistake"), at=NOW)
        assert isinstance(
            kit.try_offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 12_000)], at=NOW, continuing=LITTLE), SettlementOffered
        )

    def test_concessions_in_another_currency_are_not_added(self, kit: Kit) -> None:
        """
        80.00 dollars given up on one account say nothing about what may be given up in pounds.
        """
        pounds = plans.pay_in_4(Money.of("200.00", "GBP"), bought_on=date(2026, 9, 1))
        kit.open_account(Account("a-3", consumer="c-1", plan=pounds), at=NOW)
        ann = limited(kit)
        ann.offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 12_000)], at=NOW, continuing=LITTLE)

        assert isinstance(
            ann.try_offer_settlement("ar-3", "a-3", [(date(2026, 10, 25), 12_000)], at=NOW, continuing=LITTLE), SettlementOffered
        )

    def test_the_matrix_is_read_from_the_policy(self, kit: Kit) -> None:
        """
        And nobody who gives the command can say another one.
        """
        base = 'zone = "UTC"\n[[treatment.step]]\nname = "a"\nday = 1\naction = "agent_task"\n'
        rows = '[[settlements.authority]]\nrole = "collector"\ndiscount_bp = 5000\nconceded_minor = 10000\n'

        assert (Authority("collector", 5_000, 10_000),) == read_policy(base + rows, "own").settlements.authority
        with pytest.raises(TypeError, match="authority"):
            cast(Any, kit).offer_settlement("ar-1", "a-1", [(date(2026, 10, 25), 12_000)], at=NOW, authority=None)
