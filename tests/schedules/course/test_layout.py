"""How a drawn plan keeps its shape when it is changed: worked examples."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import attrs

from collectkit.ledger import (
    CashRefund,
    Charge,
    Chargeback,
    Payment,
    PlanCharge,
    Reage,
    Reschedule,
    Waiver,
    WriteOff,
    charges_first,
)
from collectkit.schedules import PostingRules, Slot, Waterfall
from collectkit.schedules.course import InterestTerms
from collectkit.schedules.waterfall import INSTALLMENT_FIRST, PHASES

from .contracts import ACTUAL, AT_ONCE, FOLLOWING, JANUARY, MONTH, RULES, eur, figures, lent, principal


def moved(id, due_on, **how):
    return Reschedule(id, "a-1", date(2024, 1, 10), due_on, **how)


class TestMoreInstallments:
    def test_what_was_due_before_stays_as_it_was(self):
        """
        Of 400.02 in four, 200.02 is left from the third on; with one more it is shared by three, and the last takes the rest.
        """
        found = figures(AT_ONCE, lent(40_002), moved("s-1", date(2024, 4, 1), extra=1))

        assert [10_000, 10_000, 6_667, 6_667, 6_668] == principal(found)

    def test_a_grace_at_the_beginning_is_kept(self):
        """
        Six, the first three without principal: the fourth keeps its third of 600, and the other two become three.
        """
        terms = attrs.evolve(AT_ONCE, count=6, principal_grace=3)
        found = figures(terms, lent(60_000), moved("s-1", date(2024, 6, 1), extra=1))

        assert [0, 0, 0, 20_000, 13_333, 13_333, 13_334] == principal(found)

    def test_a_second_change_leaves_the_first_alone_before_it(self):
        """
        400 in four: 100, then 75 with one more, then 37.50 with two more.
        """
        changes = (moved("s-1", date(2024, 3, 1), extra=1), moved("s-2", date(2024, 5, 1), extra=2))

        assert [10_000, 7_500, 7_500, *[3_750] * 4] == principal(figures(AT_ONCE, lent(40_000), *changes))

    def test_a_plan_that_follows_its_payments_does_the_same(self):
        """
        300 in three: the first keeps its hundred, the others become three; and a grace leaves the first without principal.
        """
        more = figures(FOLLOWING, lent(30_000), moved("s-1", date(2024, 3, 1), extra=1))

        assert [10_000, 6_667, 6_667, 6_666] == principal(more)
        assert [0, 15_000, 15_000] == principal(figures(attrs.evolve(FOLLOWING, principal_grace=1), lent(30_000)))

    def test_equal_payments_change_from_there_on(self):
        """
        300 at one percent a month: 102.01 in three; from the second on 200.99 in three of 68.34 instead of two.
        """
        terms = attrs.evolve(AT_ONCE, count=3, interest=InterestTerms(annual_rate=Fraction(12, 100), method="declining"))
        found = figures(terms, lent(30_000), moved("s-1", date(2024, 3, 1), extra=1))

        assert [10_201, 6_834, 6_834] == [line.asked_minor for line in found.lines[:3]]

    def test_days_are_counted_from_one_day(self):
        """
        Moved to 31 March, the plan goes on at each end of a month, and so does what is added to it.
        """
        found = figures(AT_ONCE, lent(40_000, date(2024, 1, 31)), moved("s-1", date(2024, 2, 29), moved_to=date(2024, 3, 31), extra=1))

        assert [(3, 31), (4, 30), (5, 31), (6, 30), (7, 31)] == [(line.due_on.month, line.due_on.day) for line in found.lines]


class TestInterest:
    def test_flat_interest_follows_a_new_rate(self):
        """
        1200 at twelve percent: 12.00 a month, and 6.00 from the third on at six.
        """
        terms = attrs.evolve(AT_ONCE, interest=InterestTerms(annual_rate=Fraction(12, 100)))
        found = figures(terms, lent(120_000), moved("s-1", date(2024, 4, 1), annual_rate=Fraction(6, 100)))

        assert [1_200, 1_200, 600, 600] == [line.asked[2] for line in found.lines]

    def test_over_new_year_each_day_is_a_part_of_its_year(self):
        """
        A million from 16 December to 16 January: 15 days of a common year, 16 of a leap year, at seven percent.
        """
        found = figures(attrs.evolve(FOLLOWING, count=1, interest=ACTUAL), lent(100_000_000, date(2023, 12, 16)))

        assert 593_682 == found.lines[0].asked[2]

    def test_more_paid_on_the_last_than_is_left_for_it_lowers_the_one_before(self):
        """
        250 at once on the last of four: less interest falls due, and what the last took too much of the third asks less.
        """
        rules = attrs.evolve(RULES, waterfall=attrs.evolve(INSTALLMENT_FIRST, future="last"))
        terms = attrs.evolve(FOLLOWING, count=4, interest=attrs.evolve(ACTUAL, annual_rate=Fraction(12, 100)), rules=rules)
        found = figures(terms, lent(100_000), Payment("p-1", "a-1", eur(25_000), JANUARY))

        assert (100_000, 0, 25_000) == (found.totals.asked[3], found.lines[-1].balance, found.lines[-1].paid_minor)
        assert found.lines[0].asked_minor == found.lines[1].asked_minor > found.lines[2].asked_minor

    def test_principal_owed_again_is_asked_once(self):
        """
        What the bank took back is paid with all the rest, and nothing is asked twice.
        """
        paid = Payment("p-1", "a-1", eur(5_000), date(2024, 1, 20))
        back = Chargeback("b-1", "a-1", "p-1", eur(1_000), date(2024, 1, 25))
        found = figures(
            attrs.evolve(FOLLOWING, interest=ACTUAL), lent(30_000), paid, back, Payment("p-2", "a-1", eur(40_000), date(2024, 1, 26))
        )

        assert (31_000, 0, 0) == (found.totals.asked[3], found.outstanding_minor, found.lines[-1].balance)


class TestGivenBack:
    def test_a_refund_in_cash_may_go_another_way_than_payments(self):
        """
        Payments pay the fee last, and a refund in cash still gives principal back first.
        """
        order = Waterfall([Slot(phase, part) for phase in PHASES for part in ("penalty", "interest", "principal", "fee")])
        backwards = Waterfall([Slot(phase, part) for phase in PHASES for part in ("penalty", "fee", "interest", "principal")])
        entries = (
            lent(30_000),
            Charge("f-1", "a-1", "fee", eur(500), date(2024, 1, 5), date(2024, 1, 20)),
            Payment("p-1", "a-1", eur(10_500), date(2024, 1, 20)),
            CashRefund("r-1", "a-1", eur(200), date(2024, 1, 21)),
        )
        same, other = (
            figures(attrs.evolve(FOLLOWING, rules=attrs.evolve(RULES, waterfall=order, refunds=refunds)), *entries)
            for refunds in (None, backwards)
        )

        assert (300, 10_000) == (same.lines[0].paid[1], same.lines[0].paid[3])
        assert (500, 9_800) == (other.lines[0].paid[1], other.lines[0].paid[3])

    def test_what_was_paid_late_and_given_back_is_late_no_more(self):
        """
        Of a hundred paid late thirty go back; seventy stay.
        """
        entries = (Payment("p-1", "a-1", eur(10_000), date(2024, 2, 10)), CashRefund("r-1", "a-1", eur(3_000), date(2024, 2, 11)))
        line = figures(FOLLOWING, lent(30_000), *entries).lines[0]

        assert (7_000, 7_000, 0) == (line.paid_minor, line.late_minor, line.early_minor)

    def test_a_charge_of_every_installment_is_waived_with_each(self):
        """
        Also when the account was written off before.
        """
        fee = PlanCharge("f-1", "a-1", "fee", "each_installment", JANUARY, amount=eur(100))
        off = WriteOff("o-1", "a-1", date(2024, 1, 10), "given up")
        found = figures(FOLLOWING, lent(30_000), fee, off, Waiver("w-1", "a-1", "f-1", eur(300), date(2024, 1, 11), "mistake"))

        assert [(100, 0)] * 3 == [(line.waived[1], line.paid[1]) for line in found.lines]

    def test_what_is_given_up_of_it_is_what_comes_last(self):
        """
        The first was paid; the waiver counts before the payment there, and still leaves it its fee.
        """
        terms = attrs.evolve(AT_ONCE, count=3, rules=PostingRules(stands="installment", order=charges_first))
        fee = PlanCharge("f-1", "a-1", "fee", "each_installment", JANUARY, amount=eur(100))
        paid = Payment("p-1", "a-1", eur(10_100), date(2024, 2, 1))
        found = figures(terms, lent(30_000), fee, paid, Waiver("w-1", "a-1", "f-1", eur(200), date(2024, 2, 10), "goodwill"))

        assert [(0, 100), (100, 0), (100, 0)] == [(line.waived[1], line.paid[1]) for line in found.lines]

    def test_a_disbursement_after_the_end_stands_at_the_end(self):
        """
        After the row of a charge that fell due after the last installment.
        """
        fee = Charge("f-1", "a-1", "fee", eur(100), date(2024, 3, 20), date(2024, 4, 10))
        found = figures(FOLLOWING, lent(30_000), fee, attrs.evolve(lent(9_000), id="d-2", value_on=date(2024, 4, 20)))

        assert [JANUARY, date(2024, 4, 20)] == [found.plan[0].on, found.plan[-1].on]

    def test_a_disbursement_after_re_ageing_is_shared_by_all_that_is_due_later(self):
        """
        A new installment that stands before old ones takes a share like each of them.
        """
        entries = (
            Reage("g-1", "a-1", date(2024, 1, 5), date(2024, 1, 15), MONTH, 1),
            attrs.evolve(lent(20_000), id="d-2", value_on=date(2024, 1, 10)),
        )
        found = figures(FOLLOWING, lent(30_000), *entries)

        assert [35_000, 5_000, 5_000, 5_000] == principal(found)

    def test_a_charge_after_re_ageing_stands_where_its_day_lies(self):
        """
        The first new installment begins when the old plan would have ended, however early it is due: before, the old ones hold the days.
        """
        again = Reage("g-1", "a-1", date(2024, 1, 5), date(2024, 1, 15), MONTH, 4)
        early = Charge("f-1", "a-1", "fee", eur(100), date(2024, 1, 6), date(2024, 1, 10))
        later = Charge("f-2", "a-1", "fee", eur(200), date(2024, 1, 6), date(2024, 4, 15))
        found = figures(FOLLOWING, lent(30_000), again, early, later)

        fees = {line.due_on: line.asked[1] for line in found.lines if line.asked[1]}
        assert {date(2024, 2, 1): 100, date(2024, 4, 15): 200} == fees

    def test_a_charge_on_an_additional_row_stays_there_when_a_re_aged_plan_follows(self):
        """
        The row of a charge after the end holds the days up to it; the new plan begins when it ends.
        """
        after = Charge("f-1", "a-1", "fee", eur(100), date(2024, 1, 6), date(2024, 5, 10))
        again = Reage("g-1", "a-1", date(2024, 1, 7), date(2024, 6, 15), MONTH, 2)
        between = Charge("f-2", "a-1", "fee", eur(200), date(2024, 1, 8), date(2024, 4, 20))
        found = figures(FOLLOWING, lent(30_000), after, again, between)

        assert {date(2024, 5, 10): 300} == {line.due_on: line.asked[1] for line in found.lines if line.asked[1]}


class TestCents:
    def test_a_tie_goes_to_the_even_cent_of_the_principal(self):
        """
        Of 999.99 in two the first is 500.00, whatever the interest beside it; with whole units it is the whole installment that is rounded.
        """
        terms = attrs.evolve(AT_ONCE, count=2, interest=InterestTerms(annual_rate=Fraction(1, 100), method="flat"))
        found = figures(terms, lent(99_999))
        rounded = figures(attrs.evolve(terms, unit_minor=100), lent(99_999))

        assert [(50_000, 83), (49_999, 84)] == [(line.asked[3], line.asked[2]) for line in found.lines]
        assert [(50_017, 83), (49_982, 84)] == [(line.asked[3], line.asked[2]) for line in rounded.lines]

    def test_interest_of_exactly_half_a_cent_goes_to_the_even_cent(self):
        """
        Thirty of 364 days at seven percent are 3/520 of the balance: of 148.20 that is 85.5 cents, and 86 are due.
        """
        agreed = attrs.evolve(ACTUAL, days_in_year=364, days_in_month=30)
        found = figures(attrs.evolve(FOLLOWING, count=1, interest=agreed), lent(14_820))

        assert [86] == [line.asked[2] for line in found.lines]

    def test_a_charge_of_nothing_settles_nothing(self):
        """
        An installment without principal counts as paid since the money was paid out, also once a share of it is charged.
        """
        terms = attrs.evolve(AT_ONCE, principal_grace=1)
        share = PlanCharge("f-1", "a-1", "fee", "each_installment", date(2024, 1, 6), share=Fraction(1, 100), of="principal")

        assert (0, JANUARY) == (
            figures(terms, lent(30_000), share).lines[0].asked_minor,
            figures(terms, lent(30_000), share).lines[0].met_on,
        )
