from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars.spans import Spans
from collectkit.errors import CurrencyMismatchError, PolicyError
from collectkit.ledger import Charge, Payment, Waiver
from collectkit.money import Money
from collectkit.schedules import FeeCaps, FeeReason, FeeRefused, FeeTax, LateFeePolicy, Tier, late_fees, next_fee_on, post, replay
from collectkit.schedules.building import pay_in_4
from collectkit.schedules.charges import Band, fee_period, late_fee_id, late_fees_borne
from collectkit.testing.strategies import days, histories, minor_units, plans

PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
SMALL = pay_in_4(Money.of("40.00", "USD"), bought_on=date(2026, 9, 1))
FIRST = Payment("p-1", "a-1", Money(5000, "USD"), date(2026, 9, 1))


def usd(minor):
    return Money(minor, "USD")


def two_steps(**caps):
    """Ten, then seven after another seven days, as a provider in Australia publishes it."""
    return LateFeePolicy(tiers=(Tier(0, usd(1000)), Tier(7, usd(700))), caps=FeeCaps(**caps))


def charged(book, policy, **more):
    return [fee.amount.minor for fee in late_fees(book, policy, account="a-1", **more) if isinstance(fee, Charge)]


class TestWhen:
    def test_due_date_itself_is_in_time(self):
        """
        The first fee falls due on the day after the due date.
        """
        assert [] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 15)), two_steps())
        assert [1000] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 16)), two_steps())

    def test_grace_and_second_step(self):
        """
        Grace moves all steps; the second comes its days after the first.
        """
        policy = LateFeePolicy(tiers=(Tier(0, usd(1000)), Tier(7, usd(700))), grace_days=3)

        assert [] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 18)), policy)
        assert [1000] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 19)), policy)
        assert [1000, 700] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 26)), policy)

    def test_payment_of_the_day_stops_the_fee(self):
        """
        Fees come last: what is paid on the day bears no fee of the day.
        """
        paid = Payment("p-2", "a-1", usd(5000), date(2026, 9, 16))

        assert [] == charged(replay(PLAN, [FIRST, paid], as_of=date(2026, 9, 16)), two_steps())

    def test_second_run_is_a_no_op(self):
        """
        The id is made of account, installment and tier, so nothing is charged twice, even after a waiver.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 16))
        (fee,) = late_fees(book, two_steps(), account="a-1")

        assert "late-fee/a-1/2/1" == fee.id
        after = post(book, fee)
        assert () == late_fees(after, two_steps(), account="a-1")
        waived = post(after, Waiver("w-1", "a-1", fee.id, usd(1000), date(2026, 9, 16), "goodwill"))
        assert () == late_fees(waived, two_steps(), account="a-1")

    def test_next_fee_on(self):
        """
        The next day on which time alone brings a fee.
        """
        assert date(2026, 9, 16) == next_fee_on(replay(PLAN, [FIRST], as_of=date(2026, 9, 15)), two_steps(), account="a-1")
        assert date(2026, 9, 23) == next_fee_on(replay(PLAN, [FIRST], as_of=date(2026, 9, 16)), two_steps(), account="a-1")
        everything = Payment("p-1", "a-1", usd(20_000), date(2026, 9, 1))
        assert None is next_fee_on(replay(PLAN, [everything], as_of=date(2026, 9, 16)), two_steps(), account="a-1")

    @pytest.mark.parametrize(
        ("due", "expected"),
        [("with_installment", date(2026, 9, 15)), ("next_due", date(2026, 9, 29)), ("own_line", date(2026, 9, 16))],
    )
    def test_when_the_fee_itself_is_due(self, due, expected):
        """
        With the late installment, with the next one, or on its own day.
        """
        policy = LateFeePolicy(tiers=(Tier(0, usd(1000)),), due=due)
        (fee,) = late_fees(replay(PLAN, [FIRST], as_of=date(2026, 9, 16)), policy, account="a-1")

        assert (expected, date(2026, 9, 16), 2) == (fee.due_on, fee.value_on, fee.installment)

    def test_long_account_ids_still_make_an_id(self):
        """
        The id stays within its length whatever the account is called.
        """
        assert len(late_fee_id("a" * 128, 36, 2)) <= 128
        assert late_fee_id("a" * 128, 1, 1) != late_fee_id("a" * 127 + "b", 1, 1)


class TestHowMuch:
    def test_share_of_what_is_unpaid(self):
        """
        A share counts what is unpaid, rounded down; with an amount beside it the lower counts.
        """
        part = Payment("p-2", "a-1", usd(1), date(2026, 9, 10))
        book = replay(PLAN, [FIRST, part], as_of=date(2026, 9, 16))

        assert [1249] == charged(book, LateFeePolicy(tiers=(Tier(0, percent_bp=2500),)))
        (fee,) = late_fees(book, LateFeePolicy(tiers=(Tier(0, usd(700), 2500),)), account="a-1")
        assert "tier 1 on installment 2, 1 days past due: the lower of 7.00 USD and 25% of 49.99 USD is 12.49 USD" == fee.rule
        assert 700 == fee.amount.minor

    def test_clipped_to_the_cap_of_the_order(self):
        """
        Six percent of the order is 12.00: the first fee takes ten of it, and the second is the two that are left.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 23))
        policy = two_steps(per_order=usd(6800), per_order_bp=600)
        first, second = late_fees(book, policy, account="a-1")

        assert (1000, 200) == (first.amount.minor, second.amount.minor)
        assert "flat 7.00 USD; clipped to 2.00 USD: the cap of 6% of the order is 12.00 USD, of which 10.00 USD is used" in second.rule
        assert () == late_fees(post(post(book, first), second), policy, account="a-1")

    def test_never_more_than_what_is_unpaid_of_the_installment(self):
        """
        The fees of an installment of 10.00 never exceed 10.00, caps or none.
        """
        book = replay(SMALL, [Payment("p-1", "a-1", usd(1000), date(2026, 9, 1))], as_of=date(2026, 9, 23))
        policy = LateFeePolicy(tiers=(Tier(0, usd(600)), Tier(7, usd(700))))

        assert [600, 400] == charged(book, policy)

    def test_tax_in_the_price(self):
        """
        Ten dollars as said to the consumer, 1.38 of it tax of 16 percent; the words say so.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 16))
        (fee,) = late_fees(book, attrs.evolve(two_steps(), tax=FeeTax(1600)), account="a-1")

        assert (usd(1000), usd(138)) == (fee.amount, fee.tax)
        assert fee.rule.endswith("past due: flat 10.00 USD; of 10.00 USD in all 1.38 USD are tax of 16%")
        assert (0, 862, 0, 0, 138) == post(book, fee).due(fee.id).asked

    def test_tax_on_top_and_limits_that_hold_for_both(self):
        """
        11.60 and 8.12, and no more than 15.00 in all: what is cut is cut of fee and tax.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 23))
        policy = attrs.evolve(two_steps(per_order=usd(1500)), tax=FeeTax(1600, "without_tax"))
        fees = late_fees(book, policy, account="a-1")

        assert [(1160, 160), (340, 47)] == [(fee.amount.minor, fee.tax_minor) for fee in fees]
        assert "flat 7.00 USD, 8.12 USD with tax; clipped to 3.40 USD" in fees[1].rule
        assert fees[1].rule.endswith("of 3.40 USD in all 0.47 USD are tax of 16%")

    def test_a_fee_of_a_minor_unit_bears_no_tax(self):
        """
        There is nothing that could be a part of it.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 16))
        (fee,) = late_fees(book, attrs.evolve(two_steps(per_order=usd(1)), tax=FeeTax(10_000)), account="a-1")

        assert (usd(1), None) == (fee.amount, fee.tax)

    @given(minor=minor_units(1, 1_000_000), rate_bp=st.integers(1, 10_000))
    def test_what_came_on_top_is_what_is_within(self, minor, rate_bp):
        """
        Whoever knows only what was asked finds the tax that was put on the fee.
        """
        tax = FeeTax(rate_bp, "without_tax")

        assert tax.priced(minor) - minor == tax.within(tax.priced(minor))

    @pytest.mark.parametrize("rate", [0, -1, 10_001, 16.0, True])
    def test_a_rate_that_is_none(self, rate):
        """
        One to ten thousand basis points, and nothing is loaded otherwise.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            FeeTax(rate)

    def test_no_headroom_is_a_recorded_refusal(self):
        """
        Zero headroom is never silence; the reason names the limit.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 23))
        first, second = late_fees(book, two_steps(per_order=usd(1000)), account="a-1")

        assert 1000 == first.amount.minor
        assert isinstance(second, FeeRefused)
        assert (FeeReason.PER_ORDER, "late-fee/a-1/2/2") == (second.reason, second.id)
        assert "refused: the cap per order is 10.00 USD, of which 10.00 USD is used" in second.why

    @pytest.mark.parametrize(
        ("caps", "expected", "reason"),
        [
            ({"count_per_order": 1}, [1000], FeeReason.COUNT_PER_ORDER),
            ({"per_installment": usd(1000)}, [1000], FeeReason.PER_INSTALLMENT),
            ({"per_installment_bp": 2000}, [1000], FeeReason.PER_INSTALLMENT),
            ({"per_order_bp": 500}, [1000], FeeReason.PER_ORDER),
            ({"per_person_12m": usd(2500)}, [1000], FeeReason.PER_PERSON_12M),
        ],
    )
    def test_each_cap(self, caps, expected, reason):
        """
        Each limit lets the first fee through whole and leaves nothing for the second.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 23))
        fees = late_fees(book, two_steps(**caps), account="a-1", charged_to_person_12m_minor=1500)

        assert expected == [fee.amount.minor for fee in fees if isinstance(fee, Charge)]
        assert [reason] == [fee.reason for fee in fees if isinstance(fee, FeeRefused)]

    def test_waived_fee_frees_its_room(self):
        """
        What was given up is not borne.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 16))
        policy = two_steps(per_order=usd(1000), count_per_order=1)
        (fee,) = late_fees(book, policy, account="a-1")
        entries = [FIRST, fee, Waiver("w-1", "a-1", fee.id, usd(1000), date(2026, 9, 17), "goodwill")]

        assert [700] == charged(replay(PLAN, entries, as_of=date(2026, 9, 23)), policy)


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Tier(0), "amount or a percent_bp"),
            (lambda: Tier(-1, usd(1)), "after_days"),
            (lambda: Tier(0, usd(-1)), "not negative"),
            (lambda: FeeCaps(count_per_order=-1), "count_per_order"),
            (lambda: LateFeePolicy(tiers=(Tier(7, usd(1)), Tier(7, usd(1)))), "must rise"),
            (lambda: LateFeePolicy(due="never"), "never"),
            (lambda: LateFeePolicy(tiers=(Tier(0, usd(1)),), caps=FeeCaps(per_order=Money(1, "EUR"))), "EUR, USD"),
        ],
    )
    def test_policy_that_cannot_be(self, make, message):
        """
        A policy names key and value.
        """
        with pytest.raises(PolicyError, match=message):
            make()

    def test_policy_in_another_currency(self):
        """
        A fee is never converted.
        """
        with pytest.raises(CurrencyMismatchError):
            late_fees(replay(PLAN, [], as_of=date(2026, 9, 23)), LateFeePolicy((Tier(0, Money(1, "EUR")),)), account="a-1")


class TestLaws:
    @given(
        plan=plans(),
        entries=histories(),
        nights=st.lists(st.integers(1, 20), max_size=6),
        start=days(),
        cap=minor_units(0, 2000),
        count=st.integers(0, 4),
    )
    def test_no_cap_is_ever_exceeded(self, plan, entries, nights, start, cap, count):
        """
        Over any run of nights the sum and the number of late fees stay within the caps, and each within its installment.
        """
        policy = two_steps(per_order=usd(cap), count_per_order=count)
        book = replay(plan, entries, as_of=start)
        made = []
        for gap in [0, *nights]:
            book = replay(plan, book.entries, as_of=book.as_of + timedelta(days=gap))
            for fee in late_fees(book, policy, account="a-1"):
                if isinstance(fee, Charge):
                    made.append(fee)
                    book = post(book, fee)

        assert sum(fee.amount.minor for fee in made) <= cap
        assert len(made) == len({fee.id for fee in made}) <= count
        assert all(fee.amount <= plan.installment(fee.installment).amount for fee in made)


class TestGrammar:
    def test_a_share_of_the_whole_order(self):
        """
        One per cent of 200 dollars, whatever is unpaid of the installment.
        """
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 16))

        assert [200] == charged(book, LateFeePolicy(tiers=(Tier(percent_bp=100, of="order"),)))
        assert [50] == charged(book, LateFeePolicy(tiers=(Tier(percent_bp=100, of="installment"),)))

    def test_days_on_hold_do_not_count(self):
        """
        Ten days of a hold from the day after the due date: the first fee falls due ten days later, and none during it.
        """
        paused = Spans.of([(date(2026, 9, 16), date(2026, 9, 26))])

        assert [] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 20)), two_steps(), paused=paused)
        assert [1000] == charged(replay(PLAN, [FIRST], as_of=date(2026, 9, 26)), two_steps(), paused=paused)
        book = replay(PLAN, [FIRST], as_of=date(2026, 9, 20))
        assert date(2026, 9, 26) == next_fee_on(book, two_steps(), account="a-1", paused=paused)

    def test_repeated_until_a_cap_ends_it(self):
        """
        Five dollars each week, fifteen in all; every step has an id of its own.
        """
        policy = LateFeePolicy(tiers=(Tier(0, usd(500)),), repeat_every_days=7, caps=FeeCaps(per_installment=usd(1500)))
        book = replay(PLAN, [FIRST, Payment("p-2", "a-1", usd(10_000), date(2026, 9, 1))], as_of=date(2026, 11, 30))
        found = late_fees(book, policy, account="a-1")

        assert [1, 2, 3] == [int(fee.id.rpartition("/")[2]) for fee in found if isinstance(fee, Charge)]
        assert {FeeReason.PER_INSTALLMENT} == {fee.reason for fee in found if isinstance(fee, FeeRefused)}
        assert date(2026, 12, 2) == next_fee_on(book, policy, account="a-1")

    def test_small_orders_have_steps_and_limits_of_their_own(self):
        """
        Forty dollars is not below forty dollars.
        """
        policy = LateFeePolicy(tiers=(Tier(0, usd(900)),), bands=(Band(usd(4000), (Tier(0, usd(100)),)),))
        smaller = pay_in_4(usd(3999), bought_on=date(2026, 9, 1))

        assert [900] == charged(replay(SMALL, [], as_of=date(2026, 9, 2)), policy)
        assert [100] == charged(replay(smaller, [], as_of=date(2026, 9, 2)), policy)

    @pytest.mark.parametrize(
        "bad",
        [
            {"trigger": "never"},
            {"repeat_every_days": -1},
            {"bands": (Band(usd(500)), Band(usd(500)))},
            {"bands": (Band(Money(500, "EUR")),), "tiers": (Tier(0, usd(100)),)},
        ],
    )
    def test_no_policy(self, bad):
        """
        Words that are unknown, bands that do not rise, and two currencies are refused.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            LateFeePolicy(**bad)


class TestPersonYear:
    def test_fee_periods_follow_the_first_contract(self):
        """
        From the day of the first contract on, twelve months at a time; a leap day begins on the last of February.
        """
        assert (date(2024, 2, 29), date(2025, 2, 27)) == fee_period(date(2024, 2, 29), date(2025, 2, 27))
        assert date(2025, 2, 28) == fee_period(date(2024, 2, 29), date(2025, 3, 1))[0]
        assert (date(2025, 6, 21), date(2026, 6, 20)) == fee_period(date(2020, 1, 1), date(2026, 6, 20), "rolling")

    @given(first=st.dates(date(2020, 1, 1), date(2024, 12, 31)), after=st.integers(0, 2000))
    def test_each_day_lies_in_its_period(self, first, after):
        """
        Periods cover every day from the first contract on, and the next begins where one ends.
        """
        on = first + timedelta(days=after)
        starts, ends = fee_period(first, on)

        assert starts <= on <= ends
        assert ends + timedelta(days=1) == fee_period(first, ends + timedelta(days=1))[0]

    def test_borne_over_all_accounts(self):
        """
        Fees of the period, less what was given up of them; a fee for another due date is no late fee.
        """
        entries = [
            Charge(late_fee_id("a-1", 1, 1), "a-1", "fee", usd(1000), date(2026, 3, 1), date(2026, 3, 1), 1),
            Charge(late_fee_id("a-2", 1, 1), "a-2", "fee", usd(700), date(2026, 4, 1), date(2026, 4, 1), 1),
            Charge(late_fee_id("a-2", 2, 1), "a-2", "fee", usd(700), date(2025, 4, 1), date(2025, 4, 1), 2),
            Charge("due-date/s-1/fee", "a-2", "fee", usd(200), date(2026, 4, 1), date(2026, 4, 1), 2),
            Waiver("w-1", "a-1", late_fee_id("a-1", 1, 1), usd(400), date(2026, 3, 5), "goodwill"),
            Waiver("w-2", "a-1", late_fee_id("a-1", 1, 1), usd(100), date(2026, 6, 5), "goodwill"),
        ]

        assert 1300 == late_fees_borne(entries, date(2026, 1, 1), date(2026, 5, 1))
        assert 1200 == late_fees_borne(entries, date(2026, 1, 1), date(2026, 7, 1))
