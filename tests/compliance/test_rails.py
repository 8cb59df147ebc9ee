"""Debits of which it was not said by which network they go: each goes by some, so whatever one of them forbids is in doubt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Outcome, Verdict
from collectkit.compliance import Circumstances, RuleBook, load_pack, review, shipped_calendars, shipped_pack
from collectkit.compliance.past import PaymentAttempt, Payments
from collectkit.person import Consent

from .people import AT, person, proposal

PAYMENTS = RuleBook([shipped_pack(name) for name in ("library", "us-payments", "us-ny")])
OWN = """schema_version = 1
[meta]
jurisdiction = "US-PAY"
name = "The house"
default_timezone = "UTC"
week_start = "mon"
review_by = 2027-11-30
[[rule]]
id = "house.no_sepa"
citation = "house rule"
title = "No debits by SEPA"
kind = "ban"
status = "verified"
source = "the house"
effective_from = 2020-01-01
[rule.applies_to]
party = ["any"]
actions = ["debit", "contact"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
match = { "when.rail" = ["sepa"] }
"""
MANDATE = Consent("c-1", "", "sca_mandate_on_file", AT - timedelta(days=300), "checkout")

attempts = st.builds(
    PaymentAttempt,
    st.integers(1, 40 * 24).map(lambda hours: AT - timedelta(hours=hours)),
    st.sampled_from(["original", "retry", "return_fee"]),
    st.sampled_from(["ok", "R01", "R09", "R02", "05", "04"]),
    st.sampled_from(["", "03", "24"]),
    amount=st.sampled_from([None, Fraction(50), Fraction(5)]),
)


def asked(
    rail: str | None,
    tried: Iterable[PaymentAttempt] = (),
    *,
    action: ActionKind = ActionKind.RETRY_PAYMENT,
    mandate: bool = True,
    unknown: str = "deny",
    rules: RuleBook = PAYMENTS,
) -> Verdict:
    """What the networks say of a debit of fifty dollars."""
    told = {"when.amount": Fraction(50), **({} if rail is None else {"when.rail": rail})}
    besides = Circumstances(facts=told, payments=Payments(attempts=tuple(tried)))
    whose = person(points=(), consents=(MANDATE,) if mandate else ())
    return review(proposal("", action=action, party="first_party"), whose, rules, AT, unknown=unknown, circumstances=besides)


class TestUntoldRails:
    @pytest.mark.parametrize("told", [None, ""])
    def test_a_first_debit_may_be_one_by_a_european_card(self, told):
        """
        Which needs a mandate; with one on file it may be made, whichever way it goes.
        """
        doubt = asked(told, action=ActionKind.DEBIT, mandate=False)

        assert Outcome.DENY is doubt.outcome
        assert ["pay.sca.mit"] == [finding.rule for finding in doubt.findings]
        (finding,) = doubt.findings
        assert finding.text == (
            "By which network this debit would go is not known, and by this one: "
            "No valid consent stands for this contact point and channel."
        )
        assert Outcome.REQUIRE is asked(told, action=ActionKind.DEBIT, mandate=False, unknown="require").outcome
        assert Outcome.ALLOW is asked(told, action=ActionKind.DEBIT).outcome
        assert Outcome.ALLOW is asked("visa", action=ActionKind.DEBIT, mandate=False).outcome

    def test_a_retry_is_asked_of_every_network(self):
        """
        Two retries were made by ACH, which allows no third; Visa would, and says so when it is named.
        """
        tried = [
            PaymentAttempt(AT - timedelta(days=9 - place), kind, "R01", amount=Fraction(50))
            for place, kind in enumerate(("original", "retry", "retry"))
        ]

        assert ["pay.nacha.reinitiation"] == [finding.rule for finding in asked(None, tried).findings]
        assert Outcome.DENY is asked("ach", tried).outcome
        assert Outcome.ALLOW is asked("visa", tried).outcome
        assert Outcome.ALLOW is asked(None, tried[:2]).outcome

    def test_a_ban_on_one_way_is_a_doubt_about_a_debit_and_none_about_a_call(self):
        """
        A call goes by no network.
        """
        rules = RuleBook([*PAYMENTS.packs, load_pack(OWN, "own", calendars=shipped_calendars())])

        assert ("sepa" in rules.rails) is True
        assert ["house.no_sepa"] == [one.rule for one in asked(None, action=ActionKind.DEBIT, rules=rules).findings]
        assert Outcome.ALLOW is asked("visa", action=ActionKind.DEBIT, rules=rules).outcome
        assert "house.no_sepa" not in [one.rule for one in review(proposal(), person(), rules, AT).findings]

    @given(
        tried=st.lists(attempts, max_size=18),
        action=st.sampled_from([ActionKind.DEBIT, ActionKind.RETRY_PAYMENT]),
        mandate=st.booleans(),
    )
    def test_untold_is_lawful_exactly_when_every_way_is(self, tried, action, mandate):
        """
        By each network of which a rule speaks; where a person settles doubts, it is never denied outright.
        """
        each = [asked(rail, tried, action=action, mandate=mandate).outcome for rail in PAYMENTS.rails]
        untold = asked(None, tried, action=action, mandate=mandate).outcome

        assert untold == (Outcome.ALLOW if set(each) == {Outcome.ALLOW} else Outcome.DENY)
        assert Outcome.DENY is not asked(None, tried, action=action, mandate=mandate, unknown="require").outcome
