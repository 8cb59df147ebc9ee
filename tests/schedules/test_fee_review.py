"""Late fees seen again by what is known later: taken back, cut, revived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectkit.errors import PolicyError
from collectkit.identifiers import AccountId
from collectkit.ledger import Charge, Credit, Entry, Payment, Reversal, Undo, Waiver
from collectkit.money import Money
from collectkit.schedules import (
    COMPONENT_FIRST,
    INSTALLMENT_FIRST,
    Book,
    FeeCaps,
    FeeTax,
    LateFeePolicy,
    OtherFees,
    Tier,
    Waterfall,
    late_fees,
    post,
    replay,
    review_fees,
    unfinished_fees,
)
from collectkit.schedules.building import pay_in_4
from collectkit.schedules.fee_limits import late_fees_borne, step_id
from collectkit.schedules.plan import Plan
from collectkit.testing.strategies import minor_units, plans

FEES_LAST = Waterfall(sorted(COMPONENT_FIRST.order, key=lambda slot: slot.component in ("penalty", "fee")), by="component")
BOUGHT_ON = date(2026, 9, 1)
PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=BOUGHT_ON)
"""Fifty dollars on 1, 15 and 29 September and 13 October."""
FIRST = Payment("p-1", "a-1", Money(5_000, "USD"), BOUGHT_ON)
FEE_ON = date(2026, 9, 16)
LATER = date(2026, 9, 20)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


FLAT = LateFeePolicy(tiers=(Tier(0, usd(1000)), Tier(7, usd(700))))


def book(*entries: Entry, as_of: date = LATER) -> Book:
    return replay(PLAN, entries, as_of=as_of)


def fee(policy: LateFeePolicy = FLAT) -> Charge:
    """The fee on the second installment, of the day after its due date."""
    (found,) = late_fees(book(FIRST, as_of=FEE_ON), policy, account="a-1")
    assert isinstance(found, Charge)
    return found


def review(*entries: Entry, policy: LateFeePolicy | None = FLAT, as_of: date = LATER) -> tuple[Undo | Waiver, ...]:
    return review_fees(book(*entries, as_of=as_of), policy, account="a-1")


class TestLatePayments:
    IN_TIME = Payment("p-2", "a-1", usd(5_000), date(2026, 9, 15))

    def test_paid_in_time_after_all(self):
        """
        The transfer that arrives late was made on the due date: the fee is taken back, and the reason names both days.
        """
        (undo,) = review(FIRST, fee(), self.IN_TIME)

        assert isinstance(undo, Undo)
        assert ("charge", fee().id, LATER) == (undo.kind, undo.entry, undo.value_on)
        assert "installment 2 was paid on 2026-09-15, in time for the fee of 2026-09-16" == undo.reason
        assert () == review(FIRST, fee(), self.IN_TIME, undo)
        assert 0 == book(FIRST, fee(), self.IN_TIME, undo).balances().past_due_minor

    def test_what_had_paid_the_fee_pays_the_plan(self):
        """
        Ten dollars went to a fee that should not have been: they are put where they would have gone.
        """
        paid_it = Payment("p-3", "a-1", usd(6_000), date(2026, 9, 18))
        (undo,) = review(FIRST, fee(), paid_it, self.IN_TIME)

        assert book(FIRST, paid_it, self.IN_TIME).unpaid == book(FIRST, fee(), paid_it, self.IN_TIME, undo).unpaid

    def test_paid_late_bears_it(self):
        """
        A payment of the day after the fee stops nothing.
        """
        assert () == review(FIRST, fee(), attrs.evolve(self.IN_TIME, value_on=date(2026, 9, 17)))

    def test_a_part_paid_in_time_cuts_it(self):
        """
        Four dollars were unpaid on the day: the fee is never more than that, and its own rest is given up.
        """
        (waiver,) = review(FIRST, fee(), attrs.evolve(self.IN_TIME, amount=usd(4_600)))

        assert isinstance(waiver, Waiver)
        assert (fee().id, usd(600)) == (waiver.charge, waiver.amount)
        assert "4.00 USD of installment 2 were unpaid on 2026-09-16" == waiver.reason
        assert () == review(FIRST, fee(), attrs.evolve(self.IN_TIME, amount=usd(4_600)), waiver)

    def test_a_part_paid_in_time_cuts_the_tax_with_it(self):
        """
        Of 11.60 four dollars are left; the tax of what is given up is given up with it.
        """
        taxed = attrs.evolve(FLAT, tax=FeeTax(1600, "without_tax"))
        part = attrs.evolve(self.IN_TIME, amount=usd(4_600))
        (waiver,) = review(FIRST, fee(taxed), part, policy=taxed)

        assert isinstance(waiver, Waiver)
        assert usd(760) == waiver.amount
        assert (0, 345, 0, 0, 55) == book(FIRST, fee(taxed), part, waiver).due(fee(taxed).id).asked
        assert () == review(FIRST, fee(taxed), part, waiver, policy=taxed)

    def test_a_share_of_what_was_unpaid_and_its_tax(self):
        """
        Ten percent of 50.00 and 16 percent on it; of 40.00 it is 4.00 and 0.64.
        """
        policy = LateFeePolicy(tiers=(Tier(0, percent_bp=1000),), tax=FeeTax(1600, "without_tax"))
        (waiver,) = review(FIRST, fee(policy), attrs.evolve(self.IN_TIME, amount=usd(1_000)), policy=policy)

        assert isinstance(waiver, Waiver)
        assert (usd(580), usd(116)) == (fee(policy).amount, waiver.amount)

    def test_a_share_of_what_was_unpaid(self):
        """
        A tenth of fifty dollars becomes a tenth of twenty, whatever share the policy of today has: a fee is seen again by its own step.
        """
        tenth = LateFeePolicy(tiers=(Tier(0, percent_bp=1000),))
        today = [attrs.evolve(tenth, tiers=(Tier(0, percent_bp=300),)), attrs.evolve(tenth, tiers=(Tier(0, percent_bp=1000, of="order"),))]
        entries = (FIRST, fee(tenth), attrs.evolve(self.IN_TIME, amount=usd(3_000)))
        (waiver,) = review(*entries, policy=tenth)

        assert (usd(500), usd(300)) == (fee(tenth).amount, waiver.amount)
        assert [(waiver,)] * 3 == [review(*entries, policy=policy) for policy in (*today, None)]

    def test_a_share_with_the_tax_on_top_of_it(self):
        """
        Five dollars and a fifth of tax become two and a fifth of tax, without a policy too: the tax of its day is kept with the fee.
        """
        taxed = LateFeePolicy(tiers=(Tier(0, percent_bp=1000),), tax=FeeTax(2_000, "without_tax"))
        entries = (FIRST, fee(taxed), attrs.evolve(self.IN_TIME, amount=usd(3_000)))

        assert (usd(600), usd(100)) == (fee(taxed).amount, fee(taxed).tax)
        assert [[usd(360)]] * 2 == [[one.amount for one in review(*entries, policy=policy)] for policy in (taxed, None)]

    def test_a_share_of_something_else_stays(self):
        """
        A tenth of the whole installment is not more or less by what was paid of it; nor is a fee of which no step was kept.
        """
        tenth = LateFeePolicy(tiers=(Tier(0, percent_bp=1000, of="installment"),))
        unpaid = attrs.evolve(tenth, tiers=(Tier(0, percent_bp=1000),))
        part = attrs.evolve(self.IN_TIME, amount=usd(3_000))

        assert () == review(FIRST, fee(tenth), part, policy=unpaid)
        assert () == review(FIRST, attrs.evolve(fee(unpaid), step=None), part, policy=unpaid)

    def test_one_wrong_fee_brings_another(self):
        """
        The first wrong fee took ten dollars of the third installment's payment, which bore a fee of its own for them.
        """
        third = Payment("p-3", "a-1", usd(5_000), date(2026, 9, 29))
        known = book(FIRST, fee(), attrs.evolve(third, amount=usd(10_000)), as_of=date(2026, 9, 30))
        (second,) = (one for one in late_fees(known, FLAT, account="a-1") if isinstance(one, Charge) and one.installment == 3)
        entries = (FIRST, fee(), attrs.evolve(third, amount=usd(10_000)), second, attrs.evolve(self.IN_TIME, amount=usd(5_000)))

        assert [fee().id, second.id] == [one.entry for one in review(*entries, as_of=date(2026, 9, 30)) if isinstance(one, Undo)]


class TestBounced:
    IN_TIME = Payment("p-2", "a-1", usd(5_000), date(2026, 9, 15))
    BOUNCED = Reversal("r-1", "a-1", "p-2", LATER)

    def test_the_fee_is_revived(self):
        """
        Taken back because of a payment that turns out to be none: it is asked again as it was, and once.
        """
        (undo,) = review(FIRST, fee(), self.IN_TIME)
        (again,) = review(FIRST, fee(), self.IN_TIME, undo, self.BOUNCED)

        assert isinstance(again, Undo)
        assert ("undo", undo.id) == (again.kind, again.entry)
        assert "the fee is founded after all: 50.00 USD of installment 2 were unpaid on 2026-09-16" == again.reason
        assert () == review(FIRST, fee(), self.IN_TIME, undo, self.BOUNCED, again)
        assert book(FIRST, fee()).unpaid == book(FIRST, fee(), self.IN_TIME, undo, self.BOUNCED, again).unpaid

    def test_and_taken_back_again_when_the_reversal_was_wrong(self):
        """
        However often the bank changes its mind, each change has an entry of its own.
        """
        (undo,) = review(FIRST, fee(), self.IN_TIME)
        (again,) = review(FIRST, fee(), self.IN_TIME, undo, self.BOUNCED)
        entries = (FIRST, fee(), self.IN_TIME, undo, self.BOUNCED, again, Undo("u-1", "a-1", "r-1", "reversal", LATER))
        (third,) = review(*entries)

        assert "late-fee-undone/a-1/2/1/2" == third.id
        assert () == review(*entries, third)

    def test_a_cut_fee_is_whole_again(self):
        """
        The part that was given up because of a payment that bounced is asked again.
        """
        part = attrs.evolve(self.IN_TIME, amount=usd(4_600))
        (waiver,) = review(FIRST, fee(), part)
        (undo,) = review(FIRST, fee(), part, waiver, self.BOUNCED)

        assert ("waiver", waiver.id) == (undo.kind, undo.entry)
        assert 1000 == sum(book(FIRST, fee(), part, waiver, self.BOUNCED, undo).due(fee().id).asked)

    def test_of_two_cuts_one_falls_away(self):
        """
        Two payments arrive late, and one of them bounces: both cuts are taken back, each by an entry of its own, and one is made anew.
        """
        first, second = attrs.evolve(self.IN_TIME, amount=usd(4_600)), attrs.evolve(self.IN_TIME, id="p-3", amount=usd(100))
        (cut,) = review(FIRST, fee(), first)
        (more,) = review(FIRST, fee(), first, cut, second)
        entries = (FIRST, fee(), first, cut, second, more, attrs.evolve(self.BOUNCED, payment="p-3"))
        corrections = review(*entries)

        assert 3 == len({one.id for one in corrections}) == len(corrections)
        assert 400 == sum(book(*entries, *corrections).due(fee().id).asked)
        assert () == review(*entries, *corrections)

    def test_what_a_person_gave_up_stays_so(self):
        """
        A waiver of goodwill, and a fee that a person undid, are nobody's mistake.
        """
        waived = Waiver("w-1", "a-1", fee().id, usd(1000), date(2026, 9, 17), "goodwill")
        undone = Undo("u-1", "a-1", fee().id, "charge", date(2026, 9, 17), "complaint")

        for given_up in (waived, undone):
            assert () == review(FIRST, fee(), given_up)
            assert () == review(FIRST, fee(), given_up, self.IN_TIME)
            assert () == review(FIRST, fee(), given_up, self.IN_TIME, self.BOUNCED)


class TestReturned:
    def refund(self, minor: int, kind: str = "merchant_refund") -> Credit:
        return Credit("ref-1", "a-1", usd(minor), LATER, kind)

    def test_goods_that_came_back_had_not_been_owed(self):
        """
        The shop takes back what the second installment was for: its fee goes with it.
        """
        (undo,) = review(FIRST, fee(), self.refund(6_000))

        assert fee().id == undo.entry
        assert "50.00 USD of installment 2 were unpaid on 2026-09-16, 50.00 USD of that came back since" == undo.reason

    def test_a_fee_on_what_was_kept_stays(self):
        """
        Twenty dollars came back, thirty were late: the fee is on those.
        """
        assert () == review(FIRST, fee(), self.refund(2_000))
        assert () == review(FIRST, fee(), self.refund(6_000, "goodwill"))

    def test_all_goods_of_a_plan_that_was_paid_late(self):
        """
        What finds nothing to pay counts from the last installment back: the whole order came back, so every fee goes.
        """
        late = [Payment(f"l-{n}", "a-1", usd(5_000), FEE_ON + timedelta(days=1)) for n in range(3)]

        assert () == review(FIRST, fee(), *late, self.refund(9_999))
        assert fee().id == review(FIRST, fee(), *late, self.refund(20_000))[0].entry

    def test_a_policy_may_keep_it(self):
        """
        Where the contract says so, a fee once due stays due.
        """
        assert () == review(FIRST, fee(), self.refund(6_000), policy=attrs.evolve(FLAT, returned="kept"))
        with pytest.raises(PolicyError, match="nothing was loaded"):
            attrs.evolve(FLAT, returned="perhaps")


class TestLimits:
    """Seven dollars a fee, ten dollars in all: the second fee is cut to three, unless the first turns out unfounded."""

    CAPPED = LateFeePolicy(tiers=(Tier(0, usd(700)),), caps=FeeCaps(per_order=usd(1_000)))
    SECOND = Payment("p-2", "a-1", usd(5_000), date(2026, 9, 15))
    THIRD_ON = date(2026, 9, 30)
    KNOWN_ON = date(2026, 10, 2)

    def fees(self, *entries: Entry, as_of: date = THIRD_ON) -> list[Charge]:
        found = late_fees(book(FIRST, *entries, as_of=as_of), self.CAPPED, account="a-1")
        return [one for one in found if isinstance(one, Charge)]

    def unfinished(self, *entries: Entry, policy: LateFeePolicy = CAPPED, as_of: date = KNOWN_ON) -> tuple[Charge, ...]:
        return unfinished_fees(book(FIRST, *entries, as_of=as_of), policy, account="a-1")

    def test_a_fee_that_was_cut_without_need_is_finished(self):
        """
        Four dollars more for the third installment, none for the second: the rest names the fee, and is asked once.
        """
        first, third = fee(self.CAPPED), self.fees(fee(self.CAPPED))[0]
        (undo,) = review(FIRST, first, third, self.SECOND, policy=self.CAPPED, as_of=self.KNOWN_ON)
        (rest,) = self.unfinished(first, third, self.SECOND, undo)

        assert (usd(700), usd(300), usd(400)) == (first.amount, third.amount, rest.amount)
        assert ("late-fee/a-1/3/1/rest", 3, self.KNOWN_ON) == (rest.id, rest.installment, rest.value_on)
        assert "the rest of late-fee/a-1/3/1: 7.00 USD by what is known now, of which 3.00 USD are asked" == rest.rule
        assert () == self.unfinished(first, third, self.SECOND, undo, rest)
        assert () == review(FIRST, first, third, self.SECOND, undo, rest, policy=self.CAPPED, as_of=self.KNOWN_ON)

    def test_the_rest_bears_its_tax(self):
        """
        Seven dollars and 16 percent are 8.12, cut to 1.88 by the limit of ten: 6.24 more, 0.86 of them tax.
        """
        taxed = attrs.evolve(self.CAPPED, tax=FeeTax(1600, "without_tax"))
        first = fee(taxed)
        (third,) = late_fees(book(FIRST, first, as_of=self.THIRD_ON), taxed, account="a-1")
        assert isinstance(third, Charge)
        (undo,) = review(FIRST, first, third, self.SECOND, policy=taxed, as_of=self.KNOWN_ON)
        (rest,) = self.unfinished(first, third, self.SECOND, undo, policy=taxed)

        assert [(812, 112), (188, 26), (624, 86)] == [(one.amount.minor, one.tax_minor) for one in (first, third, rest)]
        assert () == self.unfinished(first, third, self.SECOND, undo, rest, policy=taxed)
        assert () == review(FIRST, first, third, self.SECOND, undo, rest, policy=taxed, as_of=self.KNOWN_ON)

    def test_the_rest_of_a_fee_too_small_for_tax(self):
        """
        The limit left two cents, which bear none: of the 6.98 that are asked later 0.96 are tax.
        """
        taxed = attrs.evolve(self.CAPPED, caps=FeeCaps(per_order=usd(702)), tax=FeeTax(1600))
        first = fee(taxed)
        (third,) = late_fees(book(FIRST, first, as_of=self.THIRD_ON), taxed, account="a-1")
        assert isinstance(third, Charge)
        (undo,) = review(FIRST, first, third, self.SECOND, policy=taxed, as_of=self.KNOWN_ON)
        (rest,) = self.unfinished(first, third, self.SECOND, undo, policy=taxed)

        assert [(700, 97), (2, 0), (698, 96)] == [(one.amount.minor, one.tax_minor) for one in (first, third, rest)]

    def test_not_before_what_was_unfounded_is_taken_back(self):
        """
        As long as there is anything to correct, nothing more is asked.
        """
        assert () == self.unfinished(fee(self.CAPPED), self.fees(fee(self.CAPPED))[0], self.SECOND)

    def test_and_not_for_what_is_paid_by_now(self):
        """
        Whoever paid the third installment and the three dollars is not asked again for a fee on it.
        """
        first, third = fee(self.CAPPED), self.fees(fee(self.CAPPED))[0]
        paid = Payment("p-3", "a-1", usd(6_000), date(2026, 10, 1))
        (undo,) = review(FIRST, first, third, paid, self.SECOND, policy=self.CAPPED, as_of=self.KNOWN_ON)

        assert () == self.unfinished(first, third, paid, self.SECOND, undo)

    def test_a_gift_is_not_asked_of_the_next_fee(self):
        """
        A person gave the first fee up: the second stays as it was cut on its day.
        """
        first, third = fee(self.CAPPED), self.fees(fee(self.CAPPED))[0]
        gift = Waiver("w-1", "a-1", first.id, first.amount, self.KNOWN_ON, "goodwill")

        assert () == self.unfinished(first, third, gift)

    def test_another_limit_of_today_finishes_nothing(self):
        """
        What was cut to ten dollars in all stays so when the policy allows twenty from now on; and five cut nothing of the past.
        """
        first, third = fee(self.CAPPED), self.fees(fee(self.CAPPED))[0]
        (undo,) = review(FIRST, first, third, self.SECOND, policy=self.CAPPED, as_of=self.KNOWN_ON)
        wider = attrs.evolve(self.CAPPED, caps=FeeCaps(per_order=usd(2_000)))
        narrower = attrs.evolve(self.CAPPED, caps=FeeCaps(per_order=usd(500)))

        assert () == self.unfinished(first, third, self.SECOND, undo, policy=wider)
        assert () == review(FIRST, first, third, policy=narrower, as_of=self.KNOWN_ON)

    @pytest.mark.parametrize(
        "today",
        [
            Tier(0, usd(700)),
            Tier(0, None, percent_bp=2_500),
            Tier(0, usd(700), percent_bp=500),
            Tier(0, usd(700), percent_bp=2_500, of="order"),
        ],
    )
    def test_another_step_of_today_finishes_nothing(self, today):
        """
        The lower of seven dollars and a quarter was asked: without one of the two, with another share or one of something else, it is
        another step.
        """
        lower = attrs.evolve(self.CAPPED, tiers=(Tier(0, usd(700), percent_bp=2_500),))
        first = fee(lower)
        (third,) = (one for one in late_fees(book(FIRST, first, as_of=self.THIRD_ON), lower, account="a-1") if isinstance(one, Charge))
        (undo,) = review(FIRST, first, third, self.SECOND, policy=lower, as_of=self.KNOWN_ON)
        known = (first, third, self.SECOND, undo)

        assert [usd(400)] == [one.amount for one in self.unfinished(*known, policy=lower)]
        assert () == self.unfinished(*known, policy=attrs.evolve(lower, tiers=(today,)))

    def test_a_revived_fee_cuts_the_next(self):
        """
        The third installment bore seven dollars while the second had none: now both bear ten together.
        """
        first, bounced = fee(self.CAPPED), Reversal("r-1", "a-1", "p-2", self.KNOWN_ON)
        (undo,) = review(FIRST, first, self.SECOND, policy=self.CAPPED)
        third = self.fees(first, self.SECOND, undo)[0]
        again, cut = review(FIRST, first, self.SECOND, undo, third, bounced, policy=self.CAPPED, as_of=self.KNOWN_ON)

        assert usd(700) == third.amount
        assert isinstance(again, Undo)
        assert isinstance(cut, Waiver)
        assert (third.id, usd(400)) == (cut.charge, cut.amount)
        assert "by what is known now of 2026-09-30, the cap per order is 10.00 USD, of which 7.00 USD is used" == cut.reason

    def test_no_more_fees_than_the_order_may_bear(self):
        """
        Of two fees where one is allowed, the later one goes when the earlier is revived.
        """
        one = LateFeePolicy(tiers=(Tier(0, usd(700)),), caps=FeeCaps(count_per_order=1))
        first, bounced = fee(one), Reversal("r-1", "a-1", "p-2", self.KNOWN_ON)
        (undo,) = review(FIRST, first, self.SECOND, policy=one)
        known = book(FIRST, first, self.SECOND, undo, as_of=self.THIRD_ON)
        (third,) = (found for found in late_fees(known, one, account="a-1") if isinstance(found, Charge))
        again, gone = review(FIRST, first, self.SECOND, undo, third, bounced, policy=one, as_of=self.KNOWN_ON)

        assert [undo.id, third.id] == [again.entry, gone.entry]
        assert "by what is known now of 2026-09-30, 1 of 1 fees are on the order" == gone.reason

    def test_of_a_person_over_all_accounts(self):
        """
        Seven dollars on another account left three of ten; they turn out unfounded there, and the rest is asked here.
        """
        person = LateFeePolicy(tiers=(Tier(0, usd(700)),), caps=FeeCaps(per_person_12m=usd(1_000)))
        there = Charge("late-fee/a-0/1/1", "a-0", "fee", usd(700), FEE_ON, FEE_ON, 1, "there")
        found = late_fees(book(FIRST, as_of=FEE_ON), person, account="a-1", charged_to_person_12m_minor=700)
        (here,) = (one for one in found if isinstance(one, Charge))
        undone = Undo("late-fee-undone/a-0/1/1", "a-0", there.id, "charge", LATER, "paid in time")
        before, after = (OtherFees({AccountId("a-0"): entries}) for entries in ((there,), (there, undone)))

        assert () == unfinished_fees(book(FIRST, here), person, account="a-1", others=before)
        assert [usd(400)] == [one.amount for one in unfinished_fees(book(FIRST, here), person, account="a-1", others=after)]
        assert () == review_fees(book(FIRST, here), person, account="a-1", others=before)

    def test_of_two_accounts_on_one_day_the_first_by_id_is_first(self):
        """
        What another account bears of the same day counts for the account after it, and not for the one before.
        """
        person = LateFeePolicy(tiers=(Tier(0, usd(700)),), caps=FeeCaps(per_person_12m=usd(1_000)))
        here = fee(person)
        there = {name: Charge(f"late-fee/{name}/1/1", name, "fee", usd(700), FEE_ON, FEE_ON, 1, "there") for name in ("a-0", "a-2")}
        found = {
            name: review_fees(book(FIRST, here), person, account="a-1", others=OtherFees({AccountId(name): (charge,)}))
            for name, charge in there.items()
        }

        assert () == found["a-2"]
        # By what was believed then, seven of ten were used before it: what was charged of it has been allowed, and stands.
        assert () == found["a-0"]


def nights(
    plan: Plan, arrivals: Sequence[tuple[date, Entry]], policy: LateFeePolicy, rules: Waterfall = INSTALLMENT_FIRST
) -> dict[str, int]:
    """What each step comes to after a night on each day, each of which knows what arrived by then."""
    entries: list[Entry] = []
    last = max([plan.due_on[-1] + timedelta(days=30), *(on for on, _ in arrivals)])
    day = plan.bought_on
    while day <= last:
        entries += [entry for on, entry in arrivals if on == day]
        entries += review_fees(replay(plan, entries, as_of=day, waterfall=rules), policy, account="a-1")
        book = replay(plan, entries, as_of=day, waterfall=rules)
        assert () == review_fees(book, policy, account="a-1")
        entries += unfinished_fees(book, policy, account="a-1")
        book = replay(plan, entries, as_of=day, waterfall=rules)
        entries += [one for one in late_fees(book, policy, account="a-1") if isinstance(one, Charge)]
        book = replay(plan, entries, as_of=day, waterfall=rules)
        assert () == review_fees(book, policy, account="a-1")
        if policy.caps.per_order is not None:
            assert late_fees_borne(entries, date.min, day) <= policy.caps.per_order.minor
        day += timedelta(days=1)
    found = dict[str, int]()
    for due in replay(plan, entries, as_of=last, waterfall=rules).dues():
        if due.charge is not None and sum(due.asked):
            found[step_id(due.name)] = found.get(step_id(due.name), 0) + sum(due.asked)
    return found


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Plan, list[tuple[date, Payment]]]:
    """A plan, and payments with the day on which each arrives, at most six weeks after its value date."""
    plan = draw(plans(3))
    found = []
    for number in range(draw(st.integers(1, 4))):
        value_on = plan.bought_on + timedelta(days=draw(st.integers(0, 60)))
        arrived_on = value_on + timedelta(days=draw(st.integers(0, 42)))
        found.append((arrived_on, Payment(f"p-{number}", "a-1", usd(draw(minor_units(1, 30_000))), value_on)))
    return plan, found


def a_cent_late(value_on: date, arrived_on: date) -> tuple[Plan, list[tuple[date, Payment]]]:
    """A cent that lowers the fee of the first installment, so that the fee of the second was a cent too high as well."""
    plan = Plan(
        kind="generated", currency="USD", bought_on=date(2026, 1, 1), due_on=(date(2026, 1, 27), date(2026, 1, 30)), principal=(391, 472)
    )
    paid = [(date(2026, 1, 1), 110), (date(2026, 2, 27), 300), (date(2026, 1, 31), 733)]
    arrived = [(on, Payment(f"p-{number}", "a-1", usd(minor), on)) for number, (on, minor) in enumerate(paid)]
    return plan, [*arrived, (arrived_on, Payment("p-3", "a-1", usd(1), value_on))]


class TestLaws:
    FLAT = LateFeePolicy(tiers=(Tier(0, usd(300)), Tier(7, usd(200))), grace_days=2)
    TAXED = st.sampled_from([None, FeeTax(1600), FeeTax(1900, "without_tax")]).map(lambda tax: attrs.evolve(TestLaws.FLAT, tax=tax))

    @given(history=arrivals(), policy=TAXED)
    @example(history=a_cent_late(date(2026, 1, 29), date(2026, 3, 1)), policy=FLAT)
    def test_late_news_end_where_timely_news_would(self, history, policy):
        """
        Whatever the order in which payments become known, the fees are those of an account that knew each on its day.
        """
        plan, known = history
        in_time = [(payment.value_on, payment) for _, payment in known]

        assert nights(plan, in_time, policy) == nights(plan, known, policy)

    @given(history=arrivals(), which=st.integers(0, 3), after=st.integers(0, 30), policy=TAXED)
    def test_a_payment_that_bounced_never_makes_lateness_dearer(self, history, which, after, policy):
        """
        Taken back, a payment leaves no more in fees than would have been asked without it; which step asks may differ.
        """
        plan, known = history
        arrived_on, payment = known[which % len(known)]
        bounced = (arrived_on + timedelta(days=after), Reversal("r-1", "a-1", payment.id, payment.value_on))
        without = nights(plan, [one for one in known if one[1] != payment], policy)
        found = nights(plan, [*known, bounced], policy)

        assert sum(found.values()) <= sum(without.values())

    @given(
        history=arrivals(),
        cap=st.integers(0, 900),
        which=st.integers(0, 3),
        after=st.integers(0, 30),
        again=st.integers(0, 9),
        policy=TAXED,
    )
    def test_no_limit_is_exceeded_whatever_becomes_known_when(self, history, cap, which, after, again, policy):
        """
        Payments arrive late, bounce, and bounce after all not: on no evening are the fees of the order above their limit.
        """
        plan, known = history
        arrived_on, payment = known[which % len(known)]
        bounced_on = arrived_on + timedelta(days=after)
        back = [(bounced_on, Reversal("r-1", "a-1", payment.id, payment.value_on))]
        if again:
            day = bounced_on + timedelta(days=again)
            back.append((day, Undo("u-1", "a-1", "r-1", "reversal", day)))

        nights(plan, [*known, *back], attrs.evolve(policy, caps=FeeCaps(per_order=usd(cap))))

    @given(history=arrivals(), cap=st.integers(0, 900))
    def test_with_limits_late_news_are_never_dearer_than_timely_news(self, history, cap):
        """
        Where fees are paid last, so that none brings another, they come to what timely news would have made of them, or less.
        """
        plan, known = history
        policy = attrs.evolve(self.FLAT, caps=FeeCaps(per_order=usd(cap)))
        in_time = nights(plan, [(payment.value_on, payment) for _, payment in known], policy, FEES_LAST)
        late = nights(plan, known, policy, FEES_LAST)

        assert sum(late.values()) <= sum(in_time.values())

    @given(plan=plans(3), minor=minor_units(1, 30_000), on=st.integers(0, 90))
    def test_what_comes_back_makes_no_fee_higher(self, plan, minor, on):
        """
        A refund only takes away.
        """
        day = plan.bought_on + timedelta(days=on)
        found = nights(plan, [(day, Credit("c-1", "a-1", usd(minor), day, "merchant_refund"))], self.FLAT)
        without = nights(plan, [], self.FLAT)

        assert all(minor <= without.get(name, 0) for name, minor in found.items())


class TestIdempotence:
    def test_posting_one_by_one_is_replaying_all(self):
        """
        A correction is an entry like any other.
        """
        (undo,) = review(FIRST, fee(), TestBounced.IN_TIME)

        assert post(book(FIRST, fee(), TestBounced.IN_TIME), undo) == book(FIRST, fee(), TestBounced.IN_TIME, undo)
