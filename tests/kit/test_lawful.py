"""Questions that a host asks the law through the kit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TypedDict

import pytest

from collectkit import Account, Consumer, Kit, Phone, plans
from collectkit.actions import ActionKind, Outcome
from collectkit.compliance import NO_CONTACT_POINT, Circumstances, explain, shipped_rules
from collectkit.compliance.facts import ACTIONS
from collectkit.compliance.past import PastFee, Payments
from collectkit.errors import TimeError, UnknownIdError, ValidationError
from collectkit.money import Money
from collectkit.person import Consent, Contact, Stop

AT = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)


@pytest.fixture
def kit() -> Kit:
    kit = Kit.open("memory://", policy="us-bnpl", actor="test")
    kit.register(Consumer("c-1", region="US-NY", contacts=[Phone("+12125550123", source="checkout", consents=["sms"])]), at=AT)
    plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
    kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=AT)
    return kit


class TestAskLaw:
    def test_a_contact_and_another_act(self, kit: Kit) -> None:
        """
        A call in the afternoon is lawful; a third party's fee needs authority.
        """
        fee = Circumstances(facts={"fee.kind": "default", "fee.amount": 5})

        assert Outcome.ALLOW is kit.ask_law("c-1", at=AT, channel="phone").outcome
        denied = kit.ask_law("c-1", at=AT, action="charge_fee", party="third_party", circumstances=fee)
        assert "us.regf.22b.fees" in [finding.rule for finding in denied.findings]

    def test_a_fee_of_a_kind_that_nobody_knows_is_not_judged(self, kit: Kit) -> None:
        """
        Neither the one that is asked about nor one that was charged before: it would meet, or use up, the cap of no class.
        """
        past = Payments(fees=(PastFee(date(2026, 9, 1), "defualt", Fraction(100)),))
        for told in (Circumstances(facts={"fee.kind": "defualt"}), Circumstances(facts={"fee.kind": "default"}, payments=past)):
            with pytest.raises(ValidationError, match=r"got 'defualt' \(did you mean 'default'\?\); nothing was judged"):
                kit.ask_law("c-1", at=AT, action="charge_fee", circumstances=told)

    def test_nothing_is_asked_about_a_stranger_or_without_a_zone(self, kit: Kit) -> None:
        """
        Both are errors, not answers.
        """
        with pytest.raises(UnknownIdError):
            kit.ask_law("c-9", at=AT, channel="phone")
        with pytest.raises(TimeError, match="nothing was judged"):
            kit.ask_law("c-1", at=AT.replace(tzinfo=None), channel="phone")

    @pytest.mark.parametrize(
        ("asked", "error", "said"),
        [
            ({"party": "frist_party"}, ValidationError, "a party is one of .*first_party.*, got 'frist_party'; nothing was judged"),
            ({"action": "dance"}, ValidationError, "an action is one of contact, .*, got 'dance'; nothing was judged"),
            ({"accounts": ["a-1", "a-9"]}, UnknownIdError, "person 'c-1' has no account 'a-9'; nothing was judged"),
        ],
    )
    def test_a_mistyped_question_gets_no_answer(self, kit: Kit, asked: dict, error: type[Exception], said: str) -> None:
        """
        A role that no rule names would be allowed what the right one is not.
        """
        with pytest.raises(error, match=said):
            kit.ask_law("c-1", at=AT, channel="phone", **asked)

    def test_every_role_that_a_rule_names_can_be_asked_about(self, kit: Kit) -> None:
        """
        A debt buyer is one, and is judged by the rules for debt buyers.
        """
        assert {"first_party", "third_party", "debt_buyer", "law_firm"} <= set(kit.parts.rules.parties)
        assert kit.ask_law("c-1", at=AT, channel="phone", party="debt_buyer").packs

    def test_the_week_and_the_warnings(self, kit: Kit) -> None:
        """
        By the clock of New York; no bundled rule ends in 2026.
        """
        assert "America/New_York" == kit.lawful_week("c-1", at=AT, channel="phone").zone
        assert () == kit.law_warnings(on=date(2026, 10, 20))


class TestConsents:
    def test_a_consent_stands_until_the_stop(self, kit: Kit) -> None:
        """
        Whether a text was allowed at any past instant, with the wording that was seen.
        """
        later = AT + timedelta(days=1)
        consent = Consent("c-1", "phone-1", "sms", later, "portal", "sms-terms-3", evidence="form-77")
        kit.consent(consent, at=later, command_id="x-1")
        kit.stop(Stop("c-1", ("sms",), AT + timedelta(days=3)), at=AT + timedelta(days=3), command_id="x-2")
        ledger = kit.consents("c-1")

        assert "sms-terms-3" == ledger.covering("sms", "phone-1", later).consent.text_version  # type: ignore[union-attr]
        assert ledger.covering("sms", "phone-1", AT + timedelta(days=3)) is None
        assert "stop" == ledger.entries[-1].ended_by
        assert "evidence form-77; stop at 2026-10-23" in str(ledger.entries[-1])


class WhoActs(TypedDict, total=False):
    """What is said of who would act: an agency, or the role alone."""

    handler: str
    party: str


class TestWhoActs:
    @pytest.mark.parametrize(
        ("asked", "waits"),
        [
            (WhoActs(handler="agency-east"), True),
            (WhoActs(handler="agency-nationwide"), False),
            (WhoActs(party="third_party"), True),
            (WhoActs(handler="in-house"), False),
            (WhoActs(), False),
        ],
    )
    def test_whose_talk_makes_whom_wait(self, kit: Kit, asked: WhoActs, waits: bool) -> None:
        """
        A collector waits seven days after its own conversation, one that is not named after any collector's, the house after none.
        """
        talk = Contact("c-1", AT - timedelta(days=1), "phone", "", ["a-1"], "conversation", collector="agency-east")
        kit.record_contact(talk, at=AT, command_id="talk")
        verdict = kit.ask_law("c-1", at=AT, channel="phone", **asked)

        assert waits == ("us.regf.14b.after_conversation" in {one.rule for one in verdict.findings})
        week = kit.lawful_week("c-1", at=AT, channel="phone", **asked)
        assert waits == any("us.regf.14b.after_conversation" in stretch.rules for stretch in week.stretches)


class TestEveryAct:
    def test_every_act_that_a_rule_speaks_of_can_be_asked_about(self, kit: Kit) -> None:
        """
        In the words of the packs, but for questions that ask for a figure or a classification alone.
        """
        packs = {action for pack in shipped_rules().packs for rule in pack.rules for action in rule.scope.actions}
        ours = {ACTIONS.get(kind, kind.value) for kind in ActionKind}

        assert set() == {action for action in packs - ours if not action.startswith(("compute_", "classify_", "check_"))}

    def test_by_when_an_answer_is_due(self, kit: Kit) -> None:
        """
        A hardship notice in Australia: 21 days.
        """
        kit.register(Consumer("c-2", region="AU-NSW"), at=AT)
        received = Circumstances(facts={"when.from_event_on": date(2026, 10, 12)})
        verdict = kit.ask_law("c-2", at=AT, action="respond_hardship", circumstances=received)

        assert ["au.ncc.s72"] == [one.rule for one in verdict.findings]
        assert [date(2026, 11, 2)] == [one.due_on for one in verdict.findings]
        assert "An answer is due on 2026-11-02." in explain(verdict)

    def test_a_sales_call_needs_a_number_and_its_own_hours(self, kit: Kit) -> None:
        """
        It is a contact, and one that the hours of collecting do not open.
        """
        kit.register(Consumer("c-3", region="US-FL"), at=AT)

        assert [NO_CONTACT_POINT] == [one.rule for one in kit.ask_law("c-3", at=AT, action="solicit", channel="phone").findings]
