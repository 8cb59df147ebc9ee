"""Contacts, promises and placements: the work that was done, and what the law refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import attrs
import pytest
from tests.portfolio.books import TODAY, account, late

from collectkit.account import Account
from collectkit.actions import ActRefused
from collectkit.arrangements.promises import Promise, PromiseState, PromiseVerdict
from collectkit.facts import AccountFacts
from collectkit.identifiers import HandlerId
from collectkit.ledger import Payment, Reversal, Undo
from collectkit.money import Money
from collectkit.person import Contact
from collectkit.placement import Placement
from collectkit.portfolio import Portfolio
from collectkit.reports import contacts, placements, promises
from collectkit.reports.contacts import ContactLine, RefusalLine
from collectkit.reports.placements import PlacementLine
from collectkit.schedules import Plan

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
JUNE = {"first": date(2026, 6, 1), "last": TODAY}


class TestContacts:
    def test_outcomes_that_nobody_knows_stand_apart(self):
        """
        A message that may have arrived is neither reached nor failed.
        """
        made = [Contact("c-1", NOON, "sms", outcome=outcome) for outcome in ("delivered", "undeliverable", "unknown")]

        assert (ContactLine("sms", 3, 1, 1, 1, 1),) == contacts(made, [], zone="UTC", **JUNE).lines

    def test_days_are_those_of_the_zone(self):
        """
        Half past two in the morning in UTC is the evening before in New York.
        """
        made = [Contact("c-1", datetime(2026, 7, 1, 2, 30, tzinfo=UTC), "sms")]

        assert 0 == contacts(made, [], zone="UTC", **JUNE).attempts
        assert 1 == contacts(made, [], zone="America/New_York", **JUNE).attempts

    def test_inbound_is_no_attempt(self):
        """
        Whoever calls us was not contacted by us.
        """
        assert 0 == contacts([Contact("c-1", NOON, "phone", direction="inbound")], [], zone="UTC", **JUNE).attempts

    def test_refusals_stand_by_rule_with_their_source(self):
        """
        An act that two rules stand against counts with both, and once in all; asked twice, it is one act.
        """
        act = ActRefused("m-1", "c-1", ("a-1",), "sms", NOON, ("hours", "cap"), ("12 CFR 1006.6(b)(1)", "12 CFR 1006.14(b)"))

        made = contacts([], [act, act], zone="UTC", statuses={"hours": "verified"}, **JUNE)

        assert 1 == made.acts_refused
        assert (
            RefusalLine("cap", "12 CFR 1006.14(b)", "", "", "sms", 1, 1),
            RefusalLine("hours", "12 CFR 1006.6(b)(1)", "", "verified", "sms", 1, 1),
        ) == made.refused
        assert 1 == made.refusal_rate.value


@pytest.fixture
def promise():
    """A promise of 50.00."""
    return Promise("pr-1", "a-1", Money(5_000, "USD"), date(2026, 6, 20), NOON)


class TestPromises:
    def test_only_judged_promises_are_in_the_rate(self, promise):
        """
        Open, cancelled and invalidated promises are neither kept nor broken.
        """
        states = [PromiseState(promise, verdict, 0, promise.due_on) for verdict in PromiseVerdict]
        bigger = attrs.evolve(promise, amount=Money(15_000, "USD"))

        made = promises([*states, PromiseState(bigger, PromiseVerdict.KEPT, 15_000, promise.due_on)])

        assert Fraction(2, 4) == made.kept_rate("USD").value
        assert Fraction(20_000, 30_000) == made.kept_rate_by_amount("USD").value
        assert 0 == made.of("GBP", PromiseVerdict.KEPT).promises


class TestPlacements:
    def test_who_held_the_account_gets_the_credit(self):
        """
        A payment before the placement is nobody's, one taken back is credited to nobody at all.
        """
        plan = Plan("pay_in_4", "USD", date(2026, 5, 1), (date(2026, 5, 1),), (20_000,))
        entries = tuple(Payment(f"p-{day}", "a-1", Money(1_000, "USD"), date(2026, 6, day)) for day in (5, 15, 25))
        facts = AccountFacts(
            Account("a-1", "c-1", plan),
            entries=(*entries, Reversal("r-1", "a-1", "p-25", date(2026, 6, 28))),
            moves=(Placement("a-1", "agency", date(2026, 6, 10)),),
        )
        held = Portfolio.of([late("a-1", 30, handler=HandlerId("agency")), account("a-2")])

        made = placements(held, [facts], **JUNE)

        assert (PlacementLine("", "USD", 1, 10_000, 0, 1_000), PlacementLine("agency", "USD", 1, 10_000, 5_000, 1_000)) == made.lines
        undone = attrs.evolve(facts, entries=(*facts.entries, Undo("u-1", "a-1", "r-1", "reversal", date(2026, 6, 29))))
        assert 2_000 == placements(held, [undone], **JUNE).lines[1].collected_minor
