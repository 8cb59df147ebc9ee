"""Contracts that draw their own plan: worked examples, and what must hold of every course."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction

import attrs
import pytest

from collectkit.errors import PolicyError
from collectkit.ledger import (
    Charge,
    Chargeback,
    Credit,
    CreditRefund,
    Payment,
    PlanCharge,
    Reage,
    Reschedule,
    Waiver,
    WriteOff,
)
from collectkit.schedules import Waterfall
from collectkit.schedules.course import InterestTerms, Pause, Paused, course, lateness
from collectkit.schedules.waterfall import INSTALLMENT_FIRST

from .contracts import BEARING, FOLLOWING, JANUARY, MONTH, RULES, eur, known, lent

LENT = lent(30_000)


class TestPlans:
    def test_equal_parts_and_the_last_takes_the_rest(self):
        """
        A thousand in three: 333.33 twice, and 333.34.
        """
        found = course(FOLLOWING, known(attrs.evolve(LENT, amount=eur(100_000))))

        assert [33_333, 33_333, 33_334] == [line.asked[3] for line in found.lines]
        assert (date(2024, 4, 1), 100_000) == (found.matures_on, found.outstanding_minor)

    def test_a_second_disbursement_joins_what_is_still_to_come(self):
        """
        Sixty more after the first due date go to the two later installments.
        """
        found = course(FOLLOWING, known(LENT, attrs.evolve(LENT, id="d-2", amount=eur(6_000), value_on=date(2024, 2, 10))))

        assert [10_000, 13_000, 13_000] == [line.asked[3] for line in found.lines]

    def test_a_down_payment_is_a_row_of_its_own(self):
        """
        A quarter is due at once, the rest in three parts.
        """
        found = course(attrs.evolve(FOLLOWING, down_payment=Fraction(1, 4)), known(LENT))

        assert [("down_payment", 7_500), ("installment", 7_500)] == [(line.kind, line.asked[3]) for line in found.lines][:2]

    def test_equal_installments_with_interest(self):
        """
        A hundred at seven percent in six months: 17.01 each, one cent less at the end, 2.05 of interest.
        """
        found = course(BEARING, known(attrs.evolve(LENT, amount=eur(10_000))))

        assert [1_701] * 5 + [1_700] == [line.asked_minor for line in found.lines]
        assert 205 == found.totals.asked[2]

    def test_a_new_rate_holds_from_its_installment_on(self):
        """
        Four percent from the second installment: the first stays what it was, the others are computed anew.
        """
        change = Reschedule("s-1", "a-1", date(2024, 1, 10), date(2024, 3, 1), annual_rate=Fraction(4, 100))
        found = course(BEARING, known(attrs.evolve(LENT, amount=eur(10_000)), change))

        assert (58, 1_643) == found.lines[0].asked[2:4]
        assert (28, 8_357) == (found.lines[1].asked[2], sum(line.asked[3] for line in found.lines[1:]))
        assert 1 == len({line.asked_minor for line in found.lines[1:5]})

    def test_terms_are_checked(self):
        """
        A contract has installments, and flat interest does not follow payments.
        """
        with pytest.raises(PolicyError, match="at least one installment"):
            attrs.evolve(FOLLOWING, count=0)
        with pytest.raises(PolicyError, match="shorter than the plan"):
            attrs.evolve(FOLLOWING, principal_grace=3)
        with pytest.raises(PolicyError, match="not flat"):
            course(attrs.evolve(FOLLOWING, interest=InterestTerms(annual_rate=Fraction(1, 10))), known(LENT))


class TestEntries:
    def test_a_chargeback_raises_the_next_installment(self):
        """
        The one whose payment was taken back stays met.
        """
        paid = Payment("p-1", "a-1", eur(10_000), date(2024, 2, 1))
        found = course(FOLLOWING, known(LENT, paid, Chargeback("b-1", "a-1", "p-1", eur(4_000), date(2024, 2, 10))))

        assert [date(2024, 2, 1), None] == [line.met_on for line in found.lines][:2]
        assert [10_000, 14_000, 10_000] == [line.asked[3] for line in found.lines]

    def test_a_refund_of_credit_that_was_none_is_owed_again(self):
        """
        The payment that brought the credit was left out afterwards.
        """
        refund = CreditRefund("c-1", "a-1", eur(5_000), date(2024, 1, 20))
        found = course(FOLLOWING, known(LENT, refund))

        assert 35_000 == found.outstanding_minor

    def test_a_charge_joins_the_installment_in_whose_time_it_falls(self):
        """
        After the last one it gets a row of its own.
        """
        early = Charge("f-1", "a-1", "fee", eur(500), date(2024, 1, 10), date(2024, 2, 15))
        late = Charge("f-2", "a-1", "penalty", eur(700), date(2024, 1, 10), date(2024, 4, 15))
        found = course(FOLLOWING, known(LENT, early, late))

        assert [0, 500, 0, 0] == [line.asked[1] for line in found.lines]
        assert ("added", 700, date(2024, 4, 15)) == (found.lines[-1].kind, found.lines[-1].asked[0], found.lines[-1].due_on)

    def test_the_tax_of_a_charge_joins_the_same_row(self):
        """
        Fee and tax stand in one installment; half of the fee given up is half of its tax.
        """
        fee = Charge("f-1", "a-1", "fee", eur(595), date(2024, 1, 10), date(2024, 2, 15), tax=eur(95))
        found = course(FOLLOWING, known(LENT, fee, Waiver("w-1", "a-1", "f-1", eur(297), date(2024, 2, 20), "asked")))

        assert [(0, 0), (500, 95), (0, 0)] == [(line.asked[1], line.asked[4]) for line in found.lines]
        assert [(0, 250, 0, 0, 47)] == [line.waived for line in found.lines if any(line.waived)]
        assert (595, 297, 298) == (found.charges["f-1"].asked, found.charges["f-1"].waived, found.charges["f-1"].unpaid)

    def test_charges_whose_day_has_come_are_paid_with_their_tax(self):
        """
        A fee of today on an installment of tomorrow, first and whole: fee, then its tax, then the installment.
        """
        rules = attrs.evolve(RULES, due_charges_first=True)
        fee = Charge("f-1", "a-1", "fee", eur(595), date(2024, 1, 10), date(2024, 1, 15), tax=eur(95))
        paid = Payment("p-1", "a-1", eur(600), date(2024, 1, 20))
        found = course(attrs.evolve(FOLLOWING, rules=rules), known(LENT, fee, paid))

        assert (0, 500, 0, 5, 95) == found.lines[0].paid
        assert 0 == found.charges["f-1"].unpaid

    def test_tax_as_a_share_of_the_interest(self):
        """
        Nineteen percent on the interest of each installment, as a charge that comes with every one.
        """
        terms = attrs.evolve(FOLLOWING, drawn_at_once=True, interest=InterestTerms(annual_rate=Fraction(12, 100), method="flat"))
        tax = PlanCharge("t-1", "a-1", "tax", "each_installment", JANUARY, share=Fraction(19, 100), of="interest")
        found = course(terms, known(LENT, tax))

        assert [(300, 57)] * 3 == [(line.asked[2], line.asked[4]) for line in found.lines]
        assert 171 == found.totals.asked[4]

    def test_re_ageing_puts_the_principal_on_new_installments(self):
        """
        Everything outstanding in four parts from May on; fees stay where they are.
        """
        fee = Charge("f-1", "a-1", "fee", eur(500), date(2024, 1, 10), date(2024, 2, 15))
        found = course(FOLLOWING, known(LENT, fee, Reage("g-1", "a-1", date(2024, 4, 10), date(2024, 5, 1), MONTH, 4)))

        assert [0, 0, 0, 7_500, 7_500, 7_500, 7_500] == [line.asked[3] for line in found.lines]
        assert [0, 500, 0, 0, 0, 0, 0] == [line.asked[1] for line in found.lines]

    def test_the_payoff_costs_interest_up_to_its_day_only(self):
        """
        Paid on its first day nothing but the principal is due; later the interest of the days that have passed.
        """
        found = course(BEARING, known(attrs.evolve(LENT, amount=eur(10_000))))

        assert [10_000, 10_028, 10_058] == [found.payoff_minor(on) for on in (JANUARY, date(2024, 1, 16), date(2024, 2, 1))]


class TestLateness:
    def test_grace_and_pauses(self):
        """
        Ten days after the first due date, three of grace and four paused are three.
        """
        found = course(FOLLOWING, known(LENT))
        pauses = Paused().pause(Pause(date(2024, 2, 3), date(2024, 2, 7)))
        told = lateness(found, date(2024, 2, 11), grace_days=3, pauses=pauses.effective)

        assert (10, 3, 10_000, date(2024, 2, 4)) == (told.past_due_days, told.days, told.minor, told.counts_from)

    def test_pauses_may_touch_and_never_overlap(self):
        """
        One that was resumed ends that day, and the next may begin on it.
        """
        held = Paused().pause(Pause(date(2024, 2, 3), date(2024, 2, 20)))

        assert not held.may_pause(Pause(date(2024, 2, 10), date(2024, 2, 12)), not_before=JANUARY)
        assert held.may_resume(date(2024, 2, 10))
        resumed = held.resume(date(2024, 2, 10))
        assert not resumed.may_resume(date(2024, 2, 10))
        assert resumed.may_pause(Pause(date(2024, 2, 10), date(2024, 2, 12)), not_before=JANUARY)


def made_up(seed):
    """Make up a contract with payments, credits, charges, chargebacks and refunds in any order of days."""
    chance = random.Random(seed)
    terms = attrs.evolve(
        chance.choice((FOLLOWING, BEARING)),
        count=chance.randint(1, 6),
        down_payment=chance.choice((Fraction(0), Fraction(1, 4))),
        rules=attrs.evolve(RULES, waterfall=Waterfall(INSTALLMENT_FIRST.order, future=chance.choice(("next", "last", "reamortize")))),
    )
    entries = [attrs.evolve(LENT, amount=eur(chance.randint(1_000, 90_000)))]
    for number in range(chance.randint(0, 8)):
        on, minor = JANUARY + timedelta(days=chance.randint(0, 240)), eur(chance.randint(1, 40_000))
        paid = [one for one in entries if isinstance(one, Payment)]
        kinds = [Payment(f"p-{number}", "a-1", minor, on), Credit(f"c-{number}", "a-1", minor, on, "goodwill")]
        kinds.append(Charge(f"f-{number}", "a-1", "fee", minor, on, on))
        kinds.append(CreditRefund(f"r-{number}", "a-1", minor, on))
        kinds += [Chargeback(f"b-{number}", "a-1", paid[0].id, minor, max(on, paid[0].value_on))] if paid else []
        kinds += [WriteOff(f"w-{number}", "a-1", on, "given up")] if chance.random() < 0.05 else []
        entries.append(chance.choice(kinds))
    return terms, entries


class TestLaws:
    def test_every_minor_unit_is_accounted_for(self):
        """
        Received is paid on lines, credit, or went out as credit; and no line is paid more than it asks.
        """
        for seed in range(1_500):
            terms, entries = made_up(seed)
            found = course(terms, known(*entries))
            received = found.received_minor("payment", "goodwill")
            went = [one for one in found.booked if isinstance(one.entry, CreditRefund | Chargeback) and not sum(one.parts)]
            out = sum(one.unapplied_minor for one in went)
            paid = sum(line.paid_minor for line in found.lines)

            assert received == paid + found.credit_minor + out, seed
            assert all(line.unpaid_minor >= 0 for line in found.lines), seed
            assert all(min(line.paid) >= 0 for line in found.lines), seed

    def test_any_order_of_arrival_gives_one_course(self):
        """
        What is known decides, not how it is listed.
        """
        for seed in range(200):
            terms, entries = made_up(seed)
            recorded = known(*entries)

            assert course(terms, recorded) == course(terms, random.Random(seed).sample(recorded, len(recorded))), seed

    def test_principal_is_lent_once(self):
        """
        Without chargebacks and refunds the lines ask for exactly what was paid out, and interest on top.
        """
        for seed in range(800):
            terms, entries = made_up(seed)
            plain = [one for one in entries if not isinstance(one, Chargeback | CreditRefund)]
            found = course(terms, known(*plain))

            assert entries[0].amount.minor == sum(line.asked[3] for line in found.lines), seed
