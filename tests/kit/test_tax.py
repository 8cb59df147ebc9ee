"""Tax through the whole of an account's life on a kit: owed with the plan and on a fee, paid, told, given up, written off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import attrs
import pytest

from collectkit import Account, Consumer, Kit, Money, Payment, Waiver, plans
from collectkit.ledger import WriteOff
from collectkit.policy import load_policy
from collectkit.schedules import FeeTax, LateFeePolicy, Tier
from collectkit.segments import Segment, view

POLICY = attrs.evolve(
    load_policy("us-bnpl"), late_fees=LateFeePolicy(tiers=(Tier(amount=Money(10_000, "USD")),), tax=FeeTax(1600, "without_tax"))
)
BOUGHT_ON, LATE_ON = date(2026, 1, 15), date(2026, 2, 16)
PLAN = plans.with_tax(plans.monthly(Money.of("3000.00", "USD"), 3, bought_on=BOUGHT_ON, annual_rate_bp=3600), 1600)
FEE = "late-fee/a-1/1/1"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


@pytest.fixture
def kit() -> Kit:
    """A loan whose first installment, 970.59 with 90.00 of interest and 14.40 of tax, is a day late: a fee of 100.00 and its tax."""
    kit = Kit.open("memory://", policy=POLICY, actor="tests")
    kit.register(Consumer("c-1", name="Test Consumer", region="US-NY"), at=noon(BOUGHT_ON))
    kit.open_account(Account("a-1", consumer="c-1", plan=PLAN), at=noon(BOUGHT_ON))
    night = kit.run_night(as_of=LATE_ON, at=noon(LATE_ON))
    assert {"USD": 11_600} == dict(night.fees_minor)
    return kit


class TestLife:
    def test_owed(self, kit: Kit) -> None:
        """
        In all 29.08 of the plan and 16.00 of the fee; the fee itself is 100.00, and 116.00 were charged.
        """
        standing = kit.standing("a-1", as_of=LATE_ON)

        assert (4_508, 10_000, 11_600) == (standing.tax_minor, standing.fee_minor, standing.fees_charged_minor)
        assert PLAN.total_minor + 11_600 == standing.outstanding_minor

    def test_paid_and_told(self, kit: Kit) -> None:
        """
        The late installment first; then the next one, with which the fee falls due: fee, interest, the tax of both, and no principal.
        """
        day = date(2026, 2, 17)
        kit.post(Payment("p-1", "a-1", usd(97_059 + 9_000 + 1_440 + 10_000 + 6_088 + 974 + 100), day), at=noon(day))
        table = kit.explain_payment("a-1", "p-1", as_of=day)

        late, coming = [("interest", 9_000), ("tax", 1_440), ("principal", 97_059)], [("fee", 10_000), ("interest", 6_088), ("tax", 974)]
        assert [*late, *coming, ("tax", 100)] == [(line.component, line.minor) for line in table.lines]
        assert f"1.00 USD to tax of {FEE}: slot 14 of 15, in_advance.tax" in str(table)
        assert 4_508 - 1_440 - 974 - 100 == kit.standing("a-1", as_of=day).tax_minor

    def test_given_up_and_undone_by_news(self, kit: Kit) -> None:
        """
        Half a fee given up is half its tax; a payment that was in time after all takes both back.
        """
        kit.waive(Waiver("w-1", "a-1", FEE, usd(5_800), LATE_ON, "goodwill"), at=noon(LATE_ON))
        assert (2_908 + 800, 5_000) == (kit.standing("a-1", as_of=LATE_ON).tax_minor, kit.standing("a-1", as_of=LATE_ON).fee_minor)

        day = date(2026, 2, 17)
        kit.post(Payment("p-1", "a-1", usd(97_059 + 9_000 + 1_440), date(2026, 2, 15)), at=noon(day))
        kit.run_night(as_of=day, at=noon(day))
        after = kit.standing("a-1", as_of=day)
        assert (974 + 494, 0, 0, 0) == (after.tax_minor, after.fee_minor, after.fees_charged_minor, after.past_due_minor)

    def test_written_off(self, kit: Kit) -> None:
        """
        Nothing is left of it, and money that comes later recovers it.
        """
        kit.write_off(WriteOff("x-1", "a-1", LATE_ON, "given up"), at=noon(LATE_ON))

        assert (0, 0) == (kit.standing("a-1", as_of=LATE_ON).tax_minor, kit.standing("a-1", as_of=LATE_ON).outstanding_minor)
        day = date(2026, 2, 17)
        kit.post(Payment("p-1", "a-1", usd(9_000 + 1_440), day), at=noon(day))
        assert [("interest", 9_000), ("tax", 1_440)] == [
            (line.component, line.minor) for line in kit.explain_payment("a-1", "p-1", as_of=day).lines
        ]
        assert (0, 0) == (kit.standing("a-1", as_of=day).credit_minor, kit.standing("a-1", as_of=day).outstanding_minor)

    def test_asked_about_in_a_condition(self, kit: Kit) -> None:
        """
        A condition may name what is outstanding in tax.
        """
        standing = kit.standing("a-1", as_of=LATE_ON)
        taxed = Segment.of("taxed", "tax > money('45.00 USD')")

        assert [True, False] == [taxed.holds(view(one)) for one in (standing, attrs.evolve(standing, tax_minor=4_500))]
