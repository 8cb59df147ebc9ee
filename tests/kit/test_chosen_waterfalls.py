"""Waterfalls that an arrangement chooses: for the days on which it is in force, whatever becomes known when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations

import attrs

from collectkit import Kit, Money, Payment, Reversal
from collectkit.arrangements.affordability import Budget
from collectkit.arrangements.hardship import Hardship, Measure
from collectkit.arrangements.living import ArrangementStatus
from collectkit.ledger import COMPONENTS
from collectkit.policy import load_policy
from collectkit.schedules import INSTALLMENT_FIRST, PostingRules, Slot, Waterfall, WaterfallRule
from collectkit.schedules.waterfall import PHASES

from .conftest import NOW, TODAY, account, at, consumer

PRINCIPAL_FIRST = Waterfall([Slot(phase, component) for phase in PHASES for component in reversed(COMPONENTS)])
END = date(2026, 11, 1)
BUDGET = Budget(income_minor=200_000, expenses_minor=180_000, payday=date(2026, 10, 25))


def opened(*rules: WaterfallRule) -> Kit:
    """One account of 200.00 of which nothing was paid, with its late fees of TODAY, eight dollars on each of three installments."""
    policy = attrs.evolve(load_policy("us-bnpl"), waterfall=PostingRules(waterfall=FEES_FIRST, chosen=rules))
    kit = Kit.open("memory://", policy=policy, actor="tests")
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.run_night(as_of=TODAY, at=NOW)
    return kit


FEES_FIRST = attrs.evolve(INSTALLMENT_FIRST, by="component")
RELIEF = WaterfallRule(arrangement="hardship", waterfall=PRINCIPAL_FIRST)


def pay(kit: Kit, id: str, minor: int, on: date, known_on: date | None = None) -> None:
    kit.post(Payment(id, account="a-1", amount=Money(minor, "USD"), value_on=on), at=at(known_on or on))


def components(kit: Kit, payment: str, on: date) -> set[str]:
    return {line.component for line in kit.explain_payment("a-1", payment, as_of=on).lines}


class TestRelief:
    def test_while_it_is_in_force_money_goes_to_the_principal(self) -> None:
        """
        Ten dollars before, during and after: fees first, then principal, then fees again.
        """
        kit = opened(RELIEF)
        pay(kit, "p-1", 500, TODAY + timedelta(days=1))
        first = TODAY + timedelta(days=2)
        kit.grant("a-1", Hardship("ar-1", "c-1", [Measure("holiday", first, END)], END, "job lost"), at=at(first))
        pay(kit, "p-2", 500, first)
        pay(kit, "p-3", 500, END)
        pay(kit, "p-4", 500, END + timedelta(days=1))

        on = END + timedelta(days=2)
        told = [components(kit, f"p-{number}", on) for number in (1, 2, 3, 4)]
        assert [{"fee"}, {"principal"}, {"principal"}, {"fee"}] == told
        assert told[1:3] == [components(kit, f"p-{number}", END) for number in (2, 3)]

    def test_the_law_goes_before_it_and_the_status_after(self) -> None:
        """
        Mandatory law of the place, then what was agreed, then the status of the account.
        """
        relief = Hardship("ar-1", "c-1", [Measure("holiday", TODAY, END)], END, "job lost")
        status = WaterfallRule(status="standard", waterfall=FEES_FIRST)
        law = WaterfallRule(jurisdiction="US-NY", mandatory=True, source="a statute", waterfall=FEES_FIRST)
        for rules, expected in (((RELIEF, status), {"principal"}), ((RELIEF, law), {"fee"})):
            kit = Kit.open(
                "memory://",
                policy=attrs.evolve(load_policy("us-bnpl"), waterfall=PostingRules(waterfall=FEES_FIRST, chosen=rules)),
                actor="tests",
            )
            kit.register(consumer(), at=NOW)
            kit.open_account(attrs.evolve(account(), region="US-NY"), at=NOW)
            kit.run_night(as_of=TODAY, at=NOW)
            kit.grant("a-1", relief, at=NOW)
            pay(kit, "p-1", 500, TODAY + timedelta(days=1))

            assert expected == components(kit, "p-1", TODAY + timedelta(days=1))


class TestPaymentPlan:
    RULE = WaterfallRule(arrangement="payment_plan", waterfall=PRINCIPAL_FIRST)

    def under_plan(self) -> tuple[Kit, Sequence[tuple[date, int]]]:
        kit = opened(self.RULE)
        quoted = kit.quote_plan("ar-1", ["a-1"], BUDGET, at=NOW)
        kit.take("a-1", "ar-1", at=NOW)
        kit.start("a-1", "ar-1", at=NOW)
        return kit, quoted.plan.due_of("a-1")

    def test_the_payment_that_completes_it_belongs_to_it(self) -> None:
        """
        Every payment of the plan goes by its waterfall, the last one too; what comes after goes by the contract's.
        """
        kit, rows = self.under_plan()
        for number, (due_on, minor) in enumerate(rows):
            pay(kit, f"p-{number}", minor, due_on)
        last = rows[-1][0]

        assert ArrangementStatus.COMPLETED is kit.arrangements("a-1", as_of=last)[0].status
        assert {"principal"} == components(kit, "p-0", last)
        assert "principal" in components(kit, f"p-{len(rows) - 1}", last)

    def test_a_breach_ends_it_and_its_cause_may_turn_out_wrong(self) -> None:
        """
        By 10 November the plan is breached, and money goes to fees; the payment of 25 October that arrives afterwards changes that.
        """
        kit, rows = self.under_plan()
        due_on, minor = rows[0]
        on = date(2026, 11, 10)
        pay(kit, "p-9", 300, on)
        breached = components(kit, "p-9", on)
        pay(kit, "p-1", minor, due_on, known_on=on)

        assert ArrangementStatus.ACTIVE is kit.arrangements("a-1", as_of=on)[0].status
        assert ({"fee"}, {"principal"}) == (breached, components(kit, "p-9", on))

    def test_any_order_of_arrival_gives_one_account(self) -> None:
        """
        Two payments and a reversal, known in any order on one day, leave one book.
        """
        on, told = date(2026, 11, 10), []
        for order in permutations(range(3)):
            kit, rows = self.under_plan()
            first = Payment("p-1", "a-1", Money(rows[0][1], "USD"), rows[0][0])
            facts = (first, Payment("p-2", "a-1", Money(900, "USD"), date(2026, 11, 4)), Reversal("r-1", "a-1", "p-1", date(2026, 11, 6)))
            for entry in [facts[which] for which in order]:
                if isinstance(entry, Reversal):
                    kit.reverse(entry, at=at(on))
                else:
                    kit.post(entry, at=at(on))
            told.append((kit.standing("a-1", as_of=on), kit.explain_payment("a-1", "p-2", as_of=on)))

        assert told[:1] * 6 == told
