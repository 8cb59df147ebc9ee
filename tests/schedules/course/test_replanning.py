"""Re-ageing and re-amortising plans that bear interest, and graces on them: worked examples, then what must hold of all."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, cast

import attrs
import pytest

from collectkit.calendars.dates import Interval
from collectkit.errors import PolicyError, ValidationError
from collectkit.ledger import CashRefund, Charge, Chargeback, CreditRefund, Payment, Reage, Reamortize, Reschedule, Undo, WriteOff
from collectkit.refusals import Refusal
from collectkit.schedules import Waterfall
from collectkit.schedules.change_limits import ChangePolicy
from collectkit.schedules.course import CourseQuote, course, quote_change
from collectkit.schedules.moving import AlreadyMoved, MovementReason
from collectkit.schedules.waterfall import INSTALLMENT_FIRST

from .contracts import AT_ONCE, BEARING, FOLLOWING, INTEREST, JANUARY, MONTH, PRINCIPAL, due, eur, figures, interest, lent, principal

PATIENT = attrs.evolve(BEARING, interest=attrs.evolve(BEARING.interest, overdue_bears=None))
"""What is past due bears no more interest than agreed."""
HUNDRED = lent(10_000)
FIRST = Payment("p-1", "a-1", eur(1_701), date(2024, 2, 1))
APRIL = date(2024, 4, 16)


def reage(on=APRIL, first_on=date(2024, 5, 1), count=4, every=MONTH, id="g-1"):
    return Reage(id, "a-1", on, first_on, every, count)


class TestReage:
    def test_what_is_left_bears_interest_on_the_new_installments(self):
        """
        83.57 in four, 21.14 each: 15 of 30 days to the first, 0.2917 % = 24 cents, then 0.5833 % of 62.67, 41.90 and 21.00.
        """
        found = figures(PATIENT, HUNDRED, FIRST, reage())
        new = [line for line in found.lines if line.asked[PRINCIPAL] and line.met_on is None]

        assert [(24, 2_090), (37, 2_077), (24, 2_090), (12, 2_100)] == [due(line) for line in new]
        assert [date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1), date(2024, 8, 1)] == [line.due_on for line in new]
        assert (10_000, APRIL) == (found.totals.asked[PRINCIPAL], new[0].starts_on)

    def test_interest_borne_until_that_day_stays_where_it_is(self):
        """
        The second and third keep theirs, the running one keeps half a month of it, those after it ask for nothing.
        """
        found = figures(PATIENT, HUNDRED, FIRST, reage())
        old = [line for line in found.lines if line.starts_on != APRIL and line.due_on <= date(2024, 7, 1) and not line.unpaid_minor > 100]

        assert [(58, 1_643), (49, 0), (39, 0), (15, 0), (0, 0), (0, 0)] == [due(line) for line in old]

    def test_another_spacing_bears_by_its_own_length(self):
        """
        Two fortnights at 7 x 2 / 360 of seven percent: 83.57 bears 23 cents in the first and 11 on the second half.
        """
        found = figures(PATIENT, HUNDRED, FIRST, reage(first_on=date(2024, 4, 30), count=2, every=Interval(2, "weeks")))

        assert [(23, 4_173), (11, 4_184)] == [due(line) for line in found.lines if line.asked[PRINCIPAL] > 1_700]

    def test_interest_paid_before_it_was_borne_is_taken_off_the_next(self):
        """
        49 cents of the second were paid on its first day; the new ones bear 39 and 20, and ask for nothing and for 10.
        """
        terms = attrs.evolve(PATIENT, interest=attrs.evolve(PATIENT.interest, early=None))
        paid = attrs.evolve(FIRST, amount=eur(1_701 + 1_701))
        found = figures(terms, HUNDRED, paid, reage(date(2024, 2, 1), date(2024, 3, 1), 2))

        assert [(0, 3_357), (10, 3_348)] == [due(line) for line in found.lines if line.asked[PRINCIPAL] > 3_000]
        assert (58, 49, 10_000) == (found.lines[0].asked[INTEREST], found.lines[1].asked[INTEREST], found.totals.asked[PRINCIPAL])

    def test_a_later_disbursement_joins_the_new_installments(self):
        """
        What is paid out afterwards is lent on the new plan.
        """
        more = attrs.evolve(HUNDRED, id="d-2", value_on=date(2024, 4, 20), amount=eur(5_000))
        found = figures(PATIENT, HUNDRED, FIRST, reage(), more)

        assert 15_000 == found.totals.asked[PRINCIPAL]
        assert 4 == sum(line.asked[PRINCIPAL] > 3_000 for line in found.lines)

    def test_after_maturity_too(self):
        """
        Nothing was paid, and the plan is over: all principal on two new installments from the day on.
        """
        found = figures(PATIENT, HUNDRED, reage(date(2024, 9, 1), date(2024, 10, 1), 2))

        assert [0] * 6 == principal(found)[:6]
        assert [(58, 4_986), (29, 5_014)] == [due(line) for line in found.lines[6:]]

    def test_twice(self):
        """
        The second takes what the first put on its installments.
        """
        again = reage(date(2024, 5, 20), date(2024, 6, 20), 3, id="g-2")
        found = figures(PATIENT, HUNDRED, FIRST, reage(), again)

        assert 10_000 == found.totals.asked[PRINCIPAL]
        assert 3 == sum(line.asked[PRINCIPAL] > 0 and line.met_on is None for line in found.lines)
        assert 8_357 == sum(line.asked[PRINCIPAL] for line in found.lines if line.starts_on >= date(2024, 5, 20))


class TestReamortize:
    def test_what_is_past_due_joins_the_installments_to_come(self):
        """
        33.14 of two installments on three: 11.10 more each, of which 10 cents are interest from that day on.
        """
        found = figures(PATIENT, HUNDRED, FIRST, Reamortize("m-1", "a-1", APRIL))

        assert [1_643, 0, 0, 2_776, 2_782, 2_799] == principal(found)
        assert [58, 49, 39, 39, 33, 16] == interest(found)

    def test_what_goes_on_bearing_when_late_bears_once(self):
        """
        By the day or by the period: from that day on as part of the later ones.
        """
        for how in ("by_day", "by_period"):
            terms = attrs.evolve(BEARING, interest=attrs.evolve(BEARING.interest, overdue_bears=how))
            found = figures(terms, HUNDRED, FIRST, Reamortize("m-1", "a-1", APRIL))

            assert [58, 49, 49, 48, 33, 16] == interest(found), how

    def test_nothing_past_due_changes_nothing(self):
        """
        The plan stays as it was.
        """
        before = figures(PATIENT, HUNDRED)

        assert before.plan == figures(PATIENT, HUNDRED, Reamortize("m-1", "a-1", date(2024, 1, 20))).plan


class TestPastDue:
    def test_nothing_bears_after_the_last_due_date(self):
        """
        Each of six months cost 58 cents on the whole hundred, in however many payments it is paid afterwards.
        """
        days = (date(2024, 7, 15), date(2024, 7, 16), date(2024, 8, 16))
        for how in ("by_day", "by_period"):
            terms = attrs.evolve(BEARING, interest=attrs.evolve(BEARING.interest, overdue_bears=how))
            found = figures(terms, HUNDRED, *(Payment(f"p-{number}", "a-1", eur(500), on) for number, on in enumerate(days)))

            assert [58] * 6 == interest(found), how

    def test_by_whole_periods_as_long_as_it_is_unpaid(self):
        """
        Two installments are late in April: 66.43 and their 33.14 bear all of it, and what is paid in April bears no more in May.
        """
        terms = attrs.evolve(BEARING, interest=attrs.evolve(BEARING.interest, overdue_bears="by_period", early=None))
        first = Payment("p-1", "a-1", eur(1_701), date(2024, 2, 1))
        found = figures(terms, HUNDRED, first, Payment("p-2", "a-1", eur(3_402), date(2024, 4, 16)))

        assert [58, 49, 49, 49] == interest(found)[:4]
        assert interest(found)[4] == round(found.lines[3].balance * Fraction(7, 1200))


class TestGraces:
    def test_first_installments_without_interest(self):
        """
        The interest of two is asked with the third: 0.58 + 0.49 + 0.39; principal is what it would have been.
        """
        plain, found = figures(PATIENT, HUNDRED), figures(attrs.evolve(PATIENT, interest_grace=2), HUNDRED)

        assert [0, 0, 146, 29, 20, 10] == interest(found)
        assert principal(plain) == principal(found)

    def test_paid_before_it_is_asked_it_costs_what_it_bore(self):
        """
        On the tenth of February 66.41 and 9 days are over: 0.58 for January and 0.15 for the days since.
        """
        terms = attrs.evolve(PATIENT, interest_grace=2)
        found = figures(terms, HUNDRED, attrs.evolve(FIRST, amount=eur(1_643)))

        assert 8_357 + 58 + 15 == found.payoff_minor(date(2024, 2, 10))
        closed = figures(terms, HUNDRED, attrs.evolve(FIRST, amount=eur(1_643)), Payment("p-2", "a-1", eur(8_430), date(2024, 2, 10)))
        assert ("paid", 0) == (closed.state, closed.credit_minor)

    def test_first_installments_without_principal(self):
        """
        Two ask for interest only, four pay the hundred back: 25.37 each.
        """
        found = figures(attrs.evolve(PATIENT, principal_grace=2), HUNDRED)

        assert [(58, 0), (58, 0), (58, 2_479), (44, 2_493), (29, 2_508), (15, 2_520)] == [due(line) for line in found.lines]

    def test_a_holiday_and_further_installments_change_nothing_before_them(self):
        """
        From the second on: two more to pay it back in, or two without principal.
        """
        more = figures(PATIENT, HUNDRED, Reschedule("s-1", "a-1", date(2024, 1, 10), date(2024, 3, 1), extra=2))
        rest = figures(PATIENT, HUNDRED, Reschedule("s-1", "a-1", date(2024, 1, 10), date(2024, 3, 1), principal_holiday=2))

        assert [1_643, 1_173, 1_180, 1_187, 1_194, 1_201, 1_208, 1_214] == principal(more)
        assert [1_643, 0, 0, 1_652, 1_662, 1_672, 1_681, 1_690] == principal(rest)
        assert [58, 49, 49, 49, 39, 29, 20, 10] == interest(rest)

    def test_equal_principal_is_refused(self):
        """
        A plan that follows the payments keeps installments equal.
        """
        with pytest.raises(PolicyError, match="not equal principal"):
            figures(attrs.evolve(PATIENT, interest=attrs.evolve(PATIENT.interest, equal_principal=True)), HUNDRED)


class TestRates:
    CHANGES = (
        Reschedule("s-1", "a-1", date(2024, 1, 10), date(2024, 4, 1), annual_rate=Fraction(12, 100)),
        Reschedule("s-2", "a-1", date(2024, 1, 11), date(2024, 3, 1), annual_rate=Fraction(6, 100)),
    )

    def test_a_rate_agreed_for_a_later_installment_stands(self):
        """
        Six percent from the second, agreed after twelve from the third, leave the third its twelve: on either kind of plan.
        """
        drawn = attrs.evolve(AT_ONCE, interest=attrs.evolve(PATIENT.interest, by_days=False))
        for terms in (drawn, attrs.evolve(PATIENT, count=4)):
            found, turned = (figures(terms, HUNDRED, *order) for order in (self.CHANGES, self.CHANGES[::-1]))
            balances = [10_000, *(line.balance for line in found.lines)]
            monthly = [Fraction(7, 1200), Fraction(6, 1200), Fraction(12, 1200), Fraction(12, 1200)]

            assert [round(balance * rate) for balance, rate in zip(balances, monthly, strict=False)] == interest(found)
            assert found.plan == turned.plan

    def test_a_rate_agreed_later_on_a_plan_without_interest(self):
        """
        Nothing for the first, then twelve percent.
        """
        free = attrs.evolve(FOLLOWING, interest=attrs.evolve(PATIENT.interest, annual_rate=Fraction(0)))
        change = Reschedule("s-1", "a-1", date(2024, 1, 10), date(2024, 3, 1), annual_rate=Fraction(12, 100))

        assert [0, 67, 34] == interest(figures(free, HUNDRED, change))


class TestQuotes:
    def test_a_quote_tells_what_it_costs(self):
        """
        Four further months cost 53 cents of interest more.
        """
        told = quote_change(figures(PATIENT, HUNDRED, FIRST), reage(), on=APRIL)

        assert isinstance(told, CourseQuote)
        assert 53 == told.cost_minor
        assert told.after == course(PATIENT, (*told.before.recorded, told.recorded))

    def test_the_policy_says_how_often(self):
        """
        One re-ageing in twelve months, after a payment; a course counts as any other account, and undoing gives it back.
        """
        found = figures(PATIENT, HUNDRED, FIRST)
        policy = ChangePolicy(reage_12_months_max=1, reage_good_payments_min=1)
        told = quote_change(found, reage(), on=APRIL, policy=policy)
        once = figures(PATIENT, HUNDRED, FIRST, reage())
        undone = figures(PATIENT, HUNDRED, FIRST, reage(), Undo("u-1", "a-1", "g-1", "reage", APRIL))

        assert isinstance(told, CourseQuote)
        for state, limits, name in (
            (once, ChangePolicy(reage_12_months_max=1), "reage_12_months_max: re-aged 1 times"),
            (found, ChangePolicy(reage_good_payments_min=2), "reage_good_payments_min: 17.01 EUR were paid in 92 days"),
            (found, ChangePolicy(reage_age_months_min=9), "it may be re-aged from 2024-10-01 on"),
            (found, ChangePolicy(settled_min=2), "settled_min: 1 installments are settled"),
        ):
            refused = quote_change(state, reage(id="g-2"), on=APRIL, policy=limits)
            assert isinstance(refused, Refusal)
            assert MovementReason.TOO_OFTEN is refused.reason
            assert name in refused.detail
        assert isinstance(quote_change(undone, reage(id="g-2"), on=APRIL, policy=policy), CourseQuote)

    def test_two_due_dates_on_one_day(self):
        """
        The second of them bears no interest, for it has no days; all of the principal is asked, and so much less of interest.
        """
        on = date(2024, 2, 5)
        told = quote_change(figures(PATIENT, HUNDRED), Reschedule("s-1", "a-1", on, date(2024, 3, 1), moved_to=date(2024, 2, 1)), on=on)

        assert isinstance(told, CourseQuote)
        assert [(58, 1_635), (0, 1_693), (39, 1_654), (29, 1_664), (20, 1_673), (10, 1_681)] == [due(line) for line in told.after.lines]
        assert 10_000 == sum(principal(told.after))
        assert told.cost_minor < 0

    def test_what_cannot_be_is_refused(self):
        """
        Each with its reason, and the news that it is recorded already.
        """
        found = figures(PATIENT, HUNDRED, FIRST, reage())
        off = figures(PATIENT, HUNDRED, WriteOff("w-1", "a-1", date(2024, 3, 5), "given up"))
        paid = figures(FOLLOWING, HUNDRED, Payment("p-1", "a-1", eur(10_000), date(2024, 1, 5)))
        wanted = [
            (found, reage(count=5), MovementReason.ID_REUSED),
            (found, reage(on=date(2024, 4, 17), id="g-2"), MovementReason.DATED_AHEAD),
            (off, reage(), MovementReason.WRITTEN_OFF),
            (found, Undo("u-1", "a-1", "g-9", "reage", APRIL), MovementReason.ENTRY_UNKNOWN),
            (found, Undo("u-1", "a-1", "p-1", "payment", APRIL), MovementReason.ENTRY_UNKNOWN),
            (paid, reage(), MovementReason.NOTHING_TO_DO),
            (found, Reamortize("m-1", "a-1", JANUARY), MovementReason.NOTHING_TO_DO),
            (found, reage(first_on=APRIL, id="g-2"), MovementReason.DATE_UNFIT),
            (found, Reschedule("s-1", "a-1", APRIL, date(2024, 6, 1), extra=1), MovementReason.DATE_UNFIT),
            (figures(PATIENT, HUNDRED), Reschedule("s-1", "a-1", JANUARY, date(2024, 2, 2), extra=1), MovementReason.DATE_UNFIT),
            (figures(PATIENT, HUNDRED), Reschedule("s-1", "a-1", JANUARY, date(2024, 2, 1)), MovementReason.NOTHING_TO_DO),
            (
                figures(PATIENT, HUNDRED),
                Reschedule("s-1", "a-1", JANUARY, date(2024, 3, 1), moved_to=date(2024, 1, 20)),
                MovementReason.DATE_UNFIT,
            ),
            (
                figures(PATIENT, HUNDRED),
                Reschedule("s-1", "a-1", JANUARY, date(2024, 2, 1), moved_to=date(2023, 12, 31)),
                MovementReason.DATE_UNFIT,
            ),
        ]

        for state, change, reason in wanted:
            told = quote_change(state, change, on=APRIL)
            assert isinstance(told, Refusal), change
            assert reason is told.reason
        assert AlreadyMoved("g-1") == quote_change(found, reage(), on=APRIL)
        with pytest.raises(ValidationError, match="one of Reage, Reamortize, Reschedule, Undo"):
            quote_change(found, cast(Any, FIRST), on=APRIL)


def made_up(seed):
    """Make up a contract that bears interest, what happened to it, and a change of its plan on a day after all that."""
    chance = random.Random(seed)
    future = chance.choice(("next", "last", "reamortize"))
    count = chance.randint(1, 7)
    terms = attrs.evolve(
        BEARING,
        count=count,
        every=chance.choice((MONTH, Interval(2, "weeks"), Interval(10, "days"))),
        down_payment=chance.choice((Fraction(0), Fraction(1, 4))),
        principal_grace=chance.choice((0, chance.randint(0, count - 1))),
        interest_grace=chance.choice((0, chance.randint(0, count - 1))),
        interest=attrs.evolve(
            BEARING.interest,
            annual_rate=Fraction(chance.randint(1, 60), 100),
            early=chance.choice((None, "to_payment", "to_due")),
            overdue_bears=chance.choice((None, "by_day", "by_period")),
        ),
        rules=attrs.evolve(BEARING.rules, waterfall=Waterfall(INSTALLMENT_FIRST.order, future=future)),
    )
    price = chance.randint(1_000, 90_000)
    entries = [lent(price)]
    on = JANUARY
    for number in range(chance.randint(0, 7)):
        on += timedelta(days=chance.randint(0, 30))
        minor, day = eur(chance.randint(1, price // 2)), on
        kinds = [Payment(f"p-{number}", "a-1", minor, day)] * 4
        kinds.append(Charge(f"f-{number}", "a-1", "fee", minor, day, day + timedelta(days=5)))
        kinds.append(reage(day, day + timedelta(days=chance.randint(1, 40)), chance.randint(1, 5), id=f"g-{number}"))
        kinds.append(Reamortize(f"m-{number}", "a-1", day))
        kinds.append(attrs.evolve(lent(1 + minor.minor // 4, day), id=f"d-{number}"))
        entries.append(chance.choice(kinds))
    on += timedelta(days=chance.randint(0, 10))
    new = reage(on, on + timedelta(days=chance.randint(1, 40)), chance.randint(1, 5), id="new")
    return terms, entries, chance.choice((new, Reamortize("new", "a-1", on)))


class TestLaws:
    @pytest.mark.parametrize("seeds", [range(200), pytest.param(range(200, 4000), marks=pytest.mark.soak)], ids=["few", "many"])
    def test_principal_is_lent_once_and_money_is_accounted_for(self, seeds):
        """
        However often the plan is changed: the lines ask for what was paid out, and what came in is paid on them or is credit.
        """
        for seed in seeds:
            terms, entries, change = made_up(seed)
            found = figures(terms, *entries, change)
            paid_out = sum(one.amount.minor for one in found.disbursed)

            assert paid_out == found.totals.asked[PRINCIPAL], seed
            assert found.received_minor("payment") == sum(line.paid_minor for line in found.lines) + found.credit_minor, seed
            assert all(line.unpaid_minor >= 0 and min(line.paid) >= 0 and min(line.asked) >= 0 for line in found.lines), seed
            assert not (found.credit_minor and found.outstanding_minor), seed

    @pytest.mark.parametrize("seeds", [range(150), pytest.param(range(150, 3000), marks=pytest.mark.soak)], ids=["few", "many"])
    def test_a_change_costs_nothing_on_its_day(self, seeds):
        """
        Where interest runs to the day of payment and nothing was paid in advance, what closes the contract stays the same.
        """
        for seed in seeds:
            terms, entries, change = made_up(seed)
            terms = attrs.evolve(terms, interest=attrs.evolve(terms.interest, early="to_payment"))
            before = figures(terms, *entries)
            told = quote_change(before, change, on=change.value_on)

            ahead = any(line.paid[PRINCIPAL] for line in before.lines if line.due_on > change.value_on)
            if isinstance(told, CourseQuote) and not ahead:
                assert before.payoff_minor(change.value_on) == told.after.payoff_minor(change.value_on), seed

    @pytest.mark.parametrize("seeds", [range(100), pytest.param(range(100, 2000), marks=pytest.mark.soak)], ids=["few", "many"])
    def test_undone_it_has_never_been(self, seeds):
        """
        Nothing of it stays on the account, whatever was paid in between.
        """
        for seed in seeds:
            terms, entries, change = made_up(seed)
            later = Payment("later", "a-1", eur(700), change.value_on + timedelta(days=3))
            undo = Undo("u-1", "a-1", "new", "reage" if isinstance(change, Reage) else "reamortize", later.value_on)
            never, undone = figures(terms, *entries, later), figures(terms, *entries, change, later, undo)

            assert (never.plan, never.credit_minor) == (undone.plan, undone.credit_minor), seed

    @pytest.mark.parametrize("seeds", [range(100), pytest.param(range(100, 2000), marks=pytest.mark.soak)], ids=["few", "many"])
    def test_money_that_goes_out_afterwards_is_owed_again(self, seeds):
        """
        Chargebacks, refunds of credit and in cash after a changed plan: nothing is lost, nothing asked twice, also once given up.
        """
        for seed in seeds:
            terms, entries, change = made_up(seed)
            on = change.value_on + timedelta(days=4)
            paid = Payment("later", "a-1", eur(5_000), on)
            back = Chargeback("b-1", "a-1", "later", eur(1_000), on + timedelta(days=1))
            refund = CreditRefund("c-1", "a-1", eur(300), on + timedelta(days=2))
            cash = CashRefund("x-1", "a-1", eur(700), on + timedelta(days=seed % 9))
            off = [WriteOff("w-1", "a-1", on + timedelta(days=3), "given up")] if seed % 5 == 0 else []
            found = figures(terms, *entries, change, paid, back, refund, cash, *off)
            out = sum(one.unapplied_minor for one in found.booked if one.entry in (back, refund) and not sum(one.parts))
            out += sum(one.minor - one.unapplied_minor for one in found.booked if one.entry == cash)
            again = sum(one.minor for one in found.booked if one.entry in (back, refund) and sum(one.parts))
            paid_out = sum(one.amount.minor for one in found.disbursed)

            assert found.received_minor("payment") == sum(line.paid_minor for line in found.lines) + found.credit_minor + out, seed
            assert all(line.unpaid_minor >= 0 and min(line.asked) >= 0 for line in found.lines), seed
            assert paid_out + again == found.totals.asked[PRINCIPAL], seed
