"""What providers publish, and what it comes to on their own examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import attrs
import pytest

from collectkit.calendars.dates import Interval
from collectkit.errors import PlanError, PolicyError
from collectkit.ledger import Charge, Payment
from collectkit.money import Money
from collectkit.policy import provider, providers
from collectkit.policy.providers import read_provider
from collectkit.refusals import Refusal
from collectkit.schedules import replay
from collectkit.schedules.building import pay_in_n
from collectkit.schedules.charges import FeeReason, FeeRefused, late_fees
from collectkit.schedules.due_date_change import DueDateReason, DueDateUse, quote_due_date
from collectkit.schedules.plan_terms import PlanTerms
from collectkit.schedules.quotes import PlanQuote

BOUGHT = date(2026, 3, 2)
PUBLISHED = (
    "affirm-us",
    "afterpay-au",
    "afterpay-us",
    "clearpay-uk",
    "klarna-uk",
    "klarna-us",
    "klarna-us-financing",
    "paypal-us",
    "tabby-ae",
    "tabby-kw",
    "tabby-sa",
    "tamara-sa",
    "zip-au",
    "zip-money-au",
    "zip-sg",
    "zip-us",
)


def owed_in_4(price, id, *, paid=0, bought_on=BOUGHT):
    """A purchase in four fortnightly installments of which the first *paid* are paid."""
    plan = pay_in_n(Money.of(price, provider(id).currency), 4, bought_on=bought_on)
    each = [Payment(f"p-{n}", "a-1", Money(plan.principal[n], plan.currency), plan.due_on[n]) for n in range(paid)]
    return plan, each


def night_after_night(plan, entries, policy, through, **more):
    """Run every night to the day *through*; what was charged, by day late of its installment, and what was refused."""
    charged, refused, day = [], [], plan.bought_on
    while day <= through:
        for fee in late_fees(replay(plan, entries, as_of=day), policy, account="a-1", **more):
            if isinstance(fee, Charge):
                entries = [*entries, fee]
                charged.append(((day - plan.due_on[fee.installment - 1]).days, fee.amount.minor))
            else:
                refused.append(fee)
        day += timedelta(days=1)
    return charged, refused


def fees_of(id, price, *, paid=1, days=60, **more):
    plan, entries = owed_in_4(price, id, paid=paid)
    return night_after_night(plan, entries, provider(id).late_fees, plan.due_on[paid] + timedelta(days=days), **more)


class TestTerms:
    def test_the_tax_on_interest(self):
        """
        Terms name a rate of tax, which every plan of theirs asks for; a rate that is none is refused.
        """
        terms = PlanTerms(
            name="3-months", installments=3, every=Interval.of("1 month"), first="later", annual_rate_bp=3600, interest_tax_bp=1600
        )
        plan = terms.plan(Money.of("3000.00", "MXN"), BOUGHT)

        assert ((9000, 6088, 3089), (1440, 974, 494)) == (plan.interest, plan.tax)
        with pytest.raises(PlanError, match="nothing was loaded"):
            attrs.evolve(terms, interest_tax_bp=-1)


class TestProviders:
    def test_every_published_provider_is_shipped(self):
        """
        Each with its source, the day it was read, and whether the provider itself says so.
        """
        assert PUBLISHED == providers()
        for id in PUBLISHED:
            held = provider(id)
            assert held.source
            assert held.standing in ("published", "second-hand")
            assert date(2026, 11, 21) == held.read_on

    def test_unknown(self):
        """
        The message names those that are there.
        """
        with pytest.raises(PolicyError, match="afterpay-au"):
            provider("nobody")
        with pytest.raises(PolicyError, match="pay-in-4"):
            provider("zip-us").terms("pay-in-9")

    def test_problems_come_all_at_once(self):
        """
        A key that is unknown, an interval that is none, and fees in another currency are told with their places.
        """
        text = files("collectkit.policy").joinpath("providers", "zip-us.toml").read_text(encoding="utf-8")
        with pytest.raises(PolicyError, match=r"plan\[pay-in-4\].every") as caught:
            read_provider(text.replace('every = "2 weeks"', 'every = "fortnightly"').replace("days_max", "day_max"), "own")
        assert 2 == len(caught.value.problems)
        with pytest.raises(PolicyError, match="are in USD, not EUR"):
            read_provider(text.replace('currency = "USD"', 'currency = "EUR"'), "own")

    def test_terms_make_plans(self):
        """
        Pay in 4 begins at the purchase, Pay in 30 a month later, financing bears the rate of the contract.
        """
        price = Money.of("200.00", "USD")
        four = provider("klarna-us").terms("pay-in-4").plan(price, BOUGHT)
        assert ((5000,) * 4, BOUGHT, "pay-in-4") == (four.principal, four.due_on[0], four.kind)
        assert (date(2026, 4, 1),) == provider("klarna-us").terms("pay-in-30").plan(price, BOUGHT).due_on
        financed = provider("klarna-us-financing").terms("financing").plan(price, BOUGHT, annual_rate_bp=2999)
        assert (12, date(2026, 4, 2), 2999) == (len(financed), financed.due_on[0], financed.annual_rate_bp)


class TestPublishedFees:
    def test_afterpay_australia(self):
        """
        Ten dollars, seven more a week later; a quarter of the order or 68 dollars, and the last fee is cut to fit.
        """
        assert [(1, 1000), (8, 700)] == fees_of("afterpay-au", "100.00", paid=3)[0]
        assert [(1, 1000), (8, 200)] == fees_of("afterpay-au", "48.00", paid=3)[0]
        charged, _ = fees_of("afterpay-au", "400.00")
        assert 5100 == sum(minor for _, minor in charged) == 3 * 1700
        assert 6800 == sum(minor for _, minor in fees_of("afterpay-au", "400.00", paid=0, days=80)[0])

    def test_afterpay_australia_below_forty_dollars(self):
        """
        One fee, at most a quarter of the order; everything after it is refused and said.
        """
        charged, refused = fees_of("afterpay-au", "39.00")

        assert [(1, 975)] == charged
        assert {FeeReason.COUNT_PER_ORDER} == {fee.reason for fee in refused}
        assert all(isinstance(fee, FeeRefused) for fee in refused)

    def test_afterpay_united_states(self):
        """
        Up to eight dollars after ten days, one an installment, at most a quarter of the order.
        """
        assert [(11, 800)] == fees_of("afterpay-us", "100.00", paid=3)[0]
        assert 2500 >= sum(minor for _, minor in fees_of("afterpay-us", "100.00", paid=0)[0]) == 2500

    def test_clearpay(self):
        """
        Six pounds, and six more after a week; below 24 pounds six in all, above at most a quarter or 24.
        """
        assert [(2, 600), (9, 600)] == fees_of("clearpay-uk", "100.00", paid=3)[0]
        assert 600 == sum(minor for _, minor in fees_of("clearpay-uk", "23.99", paid=0)[0])
        assert 600 == sum(minor for _, minor in fees_of("clearpay-uk", "24.00", paid=0)[0])
        assert 2400 == sum(minor for _, minor in fees_of("clearpay-uk", "400.00", paid=0)[0])

    def test_klarna_united_kingdom(self):
        """
        Five pounds after seven days, two an order, a quarter of it at most; purchases before 16 March 2023 bear none.
        """
        assert [(8, 500)] == fees_of("klarna-uk", "100.00", paid=3)[0]
        charged, refused = fees_of("klarna-uk", "100.00", paid=0)
        assert [500, 500] == [minor for _, minor in charged]
        assert {FeeReason.COUNT_PER_ORDER} == {fee.reason for fee in refused}
        assert [300] == [minor for _, minor in fees_of("klarna-uk", "12.00", paid=3)[0]]
        plan, entries = owed_in_4("100.00", "klarna-uk", bought_on=date(2023, 3, 15))
        assert [] == night_after_night(plan, entries, provider("klarna-uk").late_fees, date(2023, 6, 1))[0]

    def test_klarna_united_states_waits_for_the_retries(self):
        """
        The fee comes when the last try has failed, not before, and with the next installment.
        """
        plan, entries = owed_in_4("100.00", "klarna-us", paid=1)
        policy, late_on = provider("klarna-us").late_fees, plan.due_on[1]
        assert ([], []) == night_after_night(plan, entries, policy, plan.due_on[2])

        ended = late_on + timedelta(days=10)
        charged, _ = night_after_night(plan, entries, policy, plan.due_on[2], retries_ended_on={2: ended})
        assert [(10, 700)] == charged
        (fee,) = late_fees(replay(plan, entries, as_of=ended), policy, account="a-1", retries_ended_on={2: ended})
        assert plan.due_on[2] == fee.due_on

    def test_klarna_financing_never_above_what_is_due(self):
        """
        Thirty-five dollars, but not on an installment of twenty.
        """
        assert [2000] == [minor for _, minor in fees_of("klarna-us-financing", "80.00", paid=3)[0]]

    def test_zip_united_states(self):
        """
        Seven dollars each week until fourteen for the missed payment.
        """
        charged, refused = fees_of("zip-us", "200.00", paid=3)

        assert [(1, 700), (8, 700)] == charged
        assert {FeeReason.PER_INSTALLMENT} == {fee.reason for fee in refused}

    @pytest.mark.parametrize(("id", "minor"), [("zip-au", 500), ("zip-money-au", 1500)])
    def test_zip_australia(self, id, minor):
        """
        One fee when 21 days have gone by.
        """
        assert [(22, minor)] == fees_of(id, "200.00", paid=3)[0]

    def test_zip_singapore(self):
        """
        Six dollars a miss, eighteen for the order.
        """
        assert [600, 600, 600] == [minor for _, minor in fees_of("zip-sg", "400.00", paid=0)[0]]

    def test_tabby(self):
        """
        Fifteen dirhams after a day and thirty more after two weeks; in Kuwait dinars with three decimals; in the Kingdom nothing.
        """
        assert [(1, 1500), (14, 3000)] == fees_of("tabby-ae", "400.00", paid=3)[0]
        assert [(1, 1250), (14, 2500)] == fees_of("tabby-kw", "40.000", paid=3)[0]
        assert provider("tabby-sa").late_fees is None

    @pytest.mark.parametrize("id", ["affirm-us", "paypal-us", "tabby-sa", "tamara-sa"])
    def test_no_late_fees(self, id):
        """
        Where none are charged, there is no table of them.
        """
        assert provider(id).late_fees is None


class TestPublishedDueDates:
    def quote(self, id, plan, entries, *, days, hours_before=24, use=DueDateUse()):
        due_on = plan.due_on[1]
        asked = datetime(due_on.year, due_on.month, due_on.day, tzinfo=UTC) - timedelta(hours=hours_before)
        book = replay(plan, entries, as_of=due_on - timedelta(days=2))
        return quote_due_date(
            book,
            provider(id).due_dates,
            account="a-1",
            id="s-1",
            installment=2,
            move_to=due_on + timedelta(days=days),
            asked_at=asked,
            zone="UTC",
            use=use,
        )

    def test_zip_united_states(self):
        """
        Seven days at most, a day before, the rest moves along; the first of a month is free, the next costs two dollars.
        """
        plan, entries = owed_in_4("200.00", "zip-us", paid=1)
        quote = self.quote("zip-us", plan, entries, days=7)
        assert isinstance(quote, PlanQuote)
        assert [day + timedelta(days=7) for day in plan.due_on[1:]] == [day for day, _ in quote.after]
        assert quote.fee is None
        assert Money(200, "USD") == self.quote("zip-us", plan, entries, days=7, use=DueDateUse(0, 1)).fee

    @pytest.mark.parametrize(
        ("days", "hours", "use", "reason"),
        [
            (8, 24, DueDateUse(), DueDateReason.TOO_FAR),
            (7, 23, DueDateUse(), DueDateReason.ASKED_TOO_LATE),
            (7, 24, DueDateUse(1, 1), DueDateReason.PER_ORDER),
        ],
    )
    def test_zip_united_states_refuses(self, days, hours, use, reason):
        """
        A day too far, an hour too late, or a second time.
        """
        plan, entries = owed_in_4("200.00", "zip-us", paid=1)
        refused = self.quote("zip-us", plan, entries, days=days, hours_before=hours, use=use)

        assert isinstance(refused, Refusal)
        assert reason is refused.reason

    def test_klarna_moves_only_pay_in_30(self):
        """
        A date of Pay in 4 is fixed.
        """
        plan = provider("klarna-us").terms("pay-in-4").plan(Money.of("200.00", "USD"), BOUGHT)
        refused = self.quote("klarna-us", plan, [], days=3)

        assert DueDateReason.KIND is refused.reason
