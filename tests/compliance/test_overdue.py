"""Law that was not reviewed in time: open through its grace, closed from the day after, and only where it reaches."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Account, Consumer, Kit, Phone, plans
from collectkit.actions import ActionKind, Outcome
from collectkit.calendars.dates import zone
from collectkit.compliance import (
    GRACE_DAYS,
    REVIEW_OVERDUE,
    Pack,
    RuleBook,
    closes_on,
    law_warnings,
    load_pack,
    review,
    shipped_pack,
    shipped_rules,
)
from collectkit.compliance.shipped import LIBRARY, shipped_text
from collectkit.errors import PackError, PolicyError
from collectkit.money import Money
from collectkit.policy.model import LawPolicy

from .people import AT, call, person, proposal

DUE = date(2026, 12, 1)
NEW_YORK = zone("America/New_York")


def texas(*, rule_by: str = "") -> Pack:
    text = shipped_text("us-tx").replace("review_by = 2027-11-30", "" if rule_by else f"review_by = {DUE.isoformat()}")
    return load_pack(text.replace("[rule.applies_to]", f"{rule_by}\n[rule.applies_to]", 1), "us-tx")


def book(pack: Pack, *, grace_days: int) -> RuleBook:
    return RuleBook((shipped_pack(LIBRARY), pack), grace_days=grace_days)


def asked(rules: RuleBook, on: date, *, hour: int = 12, action: ActionKind = ActionKind.CONTACT, region: str = "US-TX") -> list[str]:
    """Return which rules deny an act at an hour of a day in New York."""
    at = datetime.combine(on, time(hour), NEW_YORK)
    verdict = review(proposal("phone" if action is ActionKind.CONTACT else "", action=action), person(region=region), rules, at)
    return [finding.rule for finding in verdict.findings if finding.outcome is Outcome.DENY]


class TestGrace:
    def test_a_pack_is_closed_the_day_after_its_grace(self) -> None:
        """
        Ten days after the review was due it is still asked; on the eleventh every act under it is denied, and the finding says why.
        """
        rules = book(texas(), grace_days=10)

        assert [] == asked(rules, DUE + timedelta(days=10))
        assert [REVIEW_OVERDUE] == asked(rules, DUE + timedelta(days=11))
        assert [REVIEW_OVERDUE] == asked(rules, DUE + timedelta(days=11), action=ActionKind.REPORT_CREDIT)
        at = datetime.combine(DUE + timedelta(days=11), time(12), NEW_YORK)
        verdict = review(proposal(), person(region="US-TX"), rules, at)
        (finding,) = verdict.findings
        assert ("collectkit; pack us-tx: review_by 2026-12-01", "verified") == (finding.citation, finding.status)
        assert "was to be reviewed by 2026-12-01, and 10 days of grace are over" in finding.text
        assert verdict.earliest_lawful_at is None

    def test_the_day_of_the_act_counts_where_the_person_may_be(self) -> None:
        """
        The last evening of the grace in New York is open; a permit of that evening ends with the day.
        """
        rules = book(texas(), grace_days=0)
        evening = datetime.combine(DUE, time(22, 59), NEW_YORK)
        verdict = review(proposal(), person(region="US-TX", points=()), rules, evening, zones=("America/New_York",))

        assert REVIEW_OVERDUE not in [finding.rule for finding in verdict.findings]
        allowed = review(proposal(), person(region="US-TX"), rules, evening, zones=("America/New_York",))
        assert allowed.not_after is not None
        assert allowed.not_after < datetime.combine(DUE + timedelta(days=1), time(0), NEW_YORK)
        ahead = review(proposal(), person(region="US-TX"), rules, evening, zones=("America/New_York", "Asia/Tokyo"))
        assert [REVIEW_OVERDUE] == [finding.rule for finding in ahead.findings]

    def test_a_wait_does_not_end_inside_the_closed_time(self) -> None:
        """
        A call on the last night would be lawful in the morning, but by then nobody knows the law: no first lawful instant.
        """
        late = datetime.combine(DUE, time(23), NEW_YORK)
        hours = attested_hours()
        open_law = RuleBook((shipped_pack(LIBRARY), shipped_pack("us-federal"), hours), grace_days=0)
        verdict = review(proposal(), person(region="US-TX"), open_law, late)

        assert Outcome.DENY is verdict.outcome
        assert REVIEW_OVERDUE not in [finding.rule for finding in verdict.findings]
        assert verdict.earliest_lawful_at is None

    def test_a_rule_of_its_own_date_closes_what_it_reaches(self) -> None:
        """
        The limitation of Texas is about suits; a call is not closed by it.
        """
        rules = book(texas(rule_by=f"review_by = {DUE.isoformat()}"), grace_days=0)
        later = DUE + timedelta(days=1)

        assert [] == asked(rules, later)
        assert REVIEW_OVERDUE in asked(rules, later, action=ActionKind.SUE)

    def test_other_jurisdictions_and_rules_of_networks_stay_as_they_are(self) -> None:
        """
        A stale pack of Texas does not close Massachusetts; stale rules of the card networks close payments, not calls.
        """
        rules = RuleBook((shipped_pack(LIBRARY), texas(), shipped_pack("us-ma")), grace_days=0)
        fresh = load_pack(shipped_text("us-tx").replace("2027", "2030"), "us-tx")
        payments = RuleBook((shipped_pack(LIBRARY), shipped_pack("us-payments"), fresh))
        closed = closes_on(date(2027, 11, 30), GRACE_DAYS)

        assert REVIEW_OVERDUE not in asked(rules, DUE + timedelta(days=9), region="US-MA")
        assert [] == asked(payments, closed)
        assert REVIEW_OVERDUE in asked(payments, closed, action=ActionKind.DEBIT)

    @given(grace=st.integers(0, 400), days=st.integers(-500, 500))
    def test_it_is_closed_exactly_when_the_grace_is_over(self, grace: int, days: int) -> None:
        """
        For every grace and day; the warnings say the same.
        """
        rules, on = book(texas(), grace_days=grace), DUE + timedelta(days=days)
        closed = days > grace

        assert closed == (REVIEW_OVERDUE in asked(rules, on))
        assert closed == any(warning.kind == "closed" for warning in law_warnings(rules, on))

    @pytest.mark.parametrize("given_days", [-1, 1.5, True, "90"])
    def test_a_grace_is_a_number_of_days(self, given_days: object) -> None:
        """
        Nothing else, in the book and in the policy.
        """
        with pytest.raises(PackError, match="grace_days is a whole number of days from 0 on"):
            RuleBook((texas(),), grace_days=given_days)  # type: ignore[arg-type]
        with pytest.raises(PolicyError, match="grace_days is a whole number"):
            LawPolicy(grace_days=given_days)  # type: ignore[arg-type]


def attested_hours() -> Pack:
    text = shipped_text("us-tx").replace("review_by = 2027-11-30", f"review_by = {DUE.isoformat()}")
    return load_pack(text, "us-tx")


class TestShipped:
    def test_each_shipped_law_has_its_day_and_what_the_library_asks_has_none(self) -> None:
        """
        What is law can change; what the library asks by itself cannot change without a release.
        """
        dated = {pack.name for pack in shipped_rules().packs if pack.review_by is not None}

        assert {"library", "courtesy"} == {pack.name for pack in shipped_rules().packs} - dated

    def test_a_stale_pack_does_not_free_what_a_past_call_forbids(self) -> None:
        """
        Whatever the law denied it denies still; the closing stands beside it.
        """
        later = AT.replace(year=2029)
        history = tuple(call(later - timedelta(hours=hours)) for hours in range(1, 8))
        verdict = review(proposal(), person(contacts=history), shipped_rules(), later)

        assert {REVIEW_OVERDUE, "us.regf.14b.7in7"} <= {finding.rule for finding in verdict.findings}

    def test_a_kit_closes_by_the_grace_of_its_policy(self) -> None:
        """
        With the bundled policy: open on the last day, closed on the next.
        """
        kit = Kit.open("memory://", policy="us-bnpl", actor="test")
        begun = datetime(2027, 10, 1, 18, tzinfo=UTC)
        kit.register(Consumer("c-1", region="US-NY", contacts=[Phone("+12125550123", source="checkout")]), at=begun)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=begun.date())
        kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=begun)
        last = datetime(2028, 2, 28, 18, tzinfo=UTC)

        assert kit.ask_law("c-1", at=last, channel="phone").allowed
        denied = kit.ask_law("c-1", at=last + timedelta(days=1), channel="phone")
        assert {REVIEW_OVERDUE} == {finding.rule for finding in denied.findings}
        assert "closed" in {warning.kind for warning in kit.law_warnings(on=date(2028, 2, 29))}
