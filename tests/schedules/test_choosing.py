"""Which waterfall a receipt is applied by."""

from __future__ import annotations

from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PolicyError
from collectkit.ledger import Charge, ChargeOff, Payment
from collectkit.money import Money
from collectkit.schedules import COMPONENT_FIRST, INSTALLMENT_FIRST, REFUND_ORDERS, PostingRules, replay
from collectkit.schedules.building import pay_in_4
from collectkit.schedules.choosing import STATUSES, ContractFact, WaterfallRule, chosen

ON = date(2026, 10, 20)
GERMANY = ContractFact("jurisdiction", "DE")
BAVARIA = ContractFact("jurisdiction", "DE-BY")
SETTLING = ContractFact("arrangement", "settlement", date(2026, 10, 1), date(2026, 10, 31))

BASE = WaterfallRule(waterfall=INSTALLMENT_FIRST)
LAW = WaterfallRule(waterfall=COMPONENT_FIRST, jurisdiction="DE", mandatory=True, source="BGB § 367 (1)")
LAND = WaterfallRule(waterfall=COMPONENT_FIRST, jurisdiction="DE-BY")
COUNTRY = WaterfallRule(waterfall=INSTALLMENT_FIRST, jurisdiction="DE")
OFF = WaterfallRule(waterfall=COMPONENT_FIRST, status="charged_off")
SETTLED = WaterfallRule(waterfall=COMPONENT_FIRST, arrangement="settlement")
REFUND = WaterfallRule(waterfall=REFUND_ORDERS["even"], receipt="merchant_refund")


class TestPrecedence:
    @pytest.mark.parametrize(
        ("expected", "rules", "receipt", "status", "facts"),
        [
            (LAW, [BASE, SETTLED, OFF, REFUND, LAW], "merchant_refund", "charged_off", [GERMANY, SETTLING]),
            (SETTLED, [BASE, OFF, REFUND, SETTLED], "merchant_refund", "charged_off", [SETTLING]),
            (OFF, [BASE, REFUND, OFF], "merchant_refund", "charged_off", []),
            (REFUND, [BASE, COUNTRY, REFUND], "merchant_refund", "standard", [GERMANY]),
            (LAND, [BASE, COUNTRY, LAND], "payment", "standard", [BAVARIA]),
            (COUNTRY, [BASE, COUNTRY, LAND], "payment", "standard", [GERMANY]),
            (BASE, [BASE, OFF, SETTLED, LAW], "payment", "standard", []),
        ],
    )
    def test_the_strongest_reason_decides(self, expected, rules, receipt, status, facts):
        """
        Mandatory law, then what was agreed, then the status, then the kind of receipt, then the nearer place.
        """
        assert expected == chosen(rules, receipt, ON, status=status, facts=facts)
        assert expected == chosen(rules[::-1], receipt, ON, status=status, facts=facts)

    def test_dates_bound_rules_and_facts(self):
        """
        The later rule holds from its own day; an arrangement that ended counts no more.
        """
        later = attrs.evolve(BASE, waterfall=COMPONENT_FIRST, from_on=date(2027, 1, 1))

        assert BASE == chosen([BASE, later], "payment", date(2026, 12, 31))
        assert later == chosen([BASE, later], "payment", date(2027, 1, 1))
        assert BASE == chosen([BASE, SETTLED], "payment", date(2026, 11, 1), facts=[SETTLING])
        assert chosen([attrs.evolve(BASE, until_on=ON)], "payment", date(2026, 10, 21)) is None

    @given(order=st.permutations([BASE, LAW, LAND, COUNTRY, OFF, SETTLED, REFUND]), status=st.sampled_from(STATUSES))
    def test_the_order_of_rules_never_matters(self, order, status):
        """
        However a policy lists them, the same one decides.
        """
        facts = [BAVARIA, SETTLING]

        assert chosen([BASE, LAW, LAND, COUNTRY, OFF, SETTLED, REFUND], "payment", ON, status=status, facts=facts) == chosen(
            order, "payment", ON, status=status, facts=facts
        )

    def test_two_for_the_same_are_refused(self):
        """
        Otherwise their order would decide.
        """
        with pytest.raises(PolicyError, match="status charged_off"):
            PostingRules(chosen=(OFF, attrs.evolve(OFF, waterfall=INSTALLMENT_FIRST)))

    def test_words_are_checked(self):
        """
        Lateness is no status, and mandatory law names its place and clause.
        """
        with pytest.raises(PolicyError, match="a status is one of"):
            WaterfallRule(waterfall=INSTALLMENT_FIRST, status="past_due")
        with pytest.raises(PolicyError, match="a receipt is one of"):
            WaterfallRule(waterfall=INSTALLMENT_FIRST, receipt="tip")
        with pytest.raises(PolicyError, match="jurisdiction and its source"):
            WaterfallRule(waterfall=INSTALLMENT_FIRST, mandatory=True)


class TestInTheFold:
    def test_from_the_charge_off_on_another_order_holds(self):
        """
        Before it a payment meets the oldest installment, after it the fee of all installments first.
        """
        plan = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        entries = [
            Charge("f-1", "a-1", "fee", Money(700, "USD"), date(2026, 10, 1), date(2026, 10, 1)),
            Payment("p-1", "a-1", Money(1000, "USD"), date(2026, 10, 10)),
            ChargeOff("o-1", "a-1", date(2026, 10, 15)),
            Payment("p-2", "a-1", Money(1000, "USD"), date(2026, 10, 20)),
        ]
        book = replay(plan, entries, as_of=ON, waterfall=PostingRules(chosen=(OFF,)))

        assert [("installment 1", 1000)] == [(part.due, part.minor) for part in book.applications("p-1")]
        assert [("installment 1", 300), ("f-1", 700)] == [(part.due, part.minor) for part in book.applications("p-2")]
        assert 1000 == book.recovered_minor
