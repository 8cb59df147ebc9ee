"""The gate's own findings word for word, and its verdict as a whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import attrs
import pytest

from collectkit.actions import ActionKind, Finding, Outcome, Spend, Verdict
from collectkit.calendars.dates import tzdata_version
from collectkit.compliance import NO_CONTACT_POINT, UNKNOWN_REGION, Circumstances, Question, RuleBook, review, shipped_pack
from collectkit.compliance.gate import _age, _settled
from collectkit.compliance.judging import RELATED
from collectkit.compliance.past import Payments
from collectkit.person import Consent, Phone

from .people import AT, PHONE, book, call, person, proposal

FEDERAL = RuleBook([shipped_pack("library"), shipped_pack("us-federal")])
DAY = date(2026, 10, 20)


class TestOwnFindings:
    @pytest.mark.parametrize(
        ("channel", "text"),
        [
            ("sms", "No usable contact point is known for the channel sms."),
            ("", "By which channel contact would be made was not said, so no rule about contact could be asked."),
        ],
    )
    def test_no_contact_point(self, channel: str, text: str) -> None:
        """
        Named with the channel; the frame says by which packs, zones and time zone data it was judged.
        """
        verdict = review(proposal(channel), person(points=()), FEDERAL, AT)
        assert (Finding(NO_CONTACT_POINT, "collectkit", "verified", Outcome.DENY, text),) == verdict.findings
        assert Outcome.DENY is verdict.outcome
        assert (tzdata_version(), FEDERAL.for_regions(("US-NY",)).versions, AT) == (verdict.tzdata, verdict.packs, verdict.at)

    @pytest.mark.parametrize(("unknown", "required"), [("deny", ()), ("require", ("known_region",))])
    def test_an_unknown_region(self, unknown: str, required: tuple[str, ...]) -> None:
        """
        A denial, or something that must be found out, as the host has it.
        """
        nowhere = person(region="FR", points=(Phone("+33123456789", source="x"),))
        verdict = review(proposal(), nowhere, FEDERAL, AT, unknown=unknown)
        text = "No rule pack speaks about where the person lives, so it is not known what the law allows."
        expected = Finding(UNKNOWN_REGION, "collectkit", "verified", Outcome(unknown), text, required=required)
        assert expected in verdict.findings

    def test_an_act_without_a_point_is_judged_once(self) -> None:
        """
        What is not sent needs no contact point, and the frame's zones are those that were given.
        """
        fee = proposal("", action=ActionKind.CHARGE_FEE)
        verdict = review(fee, person(points=()), FEDERAL, AT, zones=("Europe/Paris",))
        assert (("Europe/Paris",), "") == (verdict.zones, verdict.point)
        assert NO_CONTACT_POINT not in {finding.rule for finding in verdict.findings}


class TestWholeVerdicts:
    def test_an_allowed_call(self) -> None:
        """
        Everything that a permit, an explanation and a record are made of.
        """
        agreed = (Consent("c-1", "phone-1", "phone", AT - timedelta(days=9), "checkout"),)
        known = person(contacts=(call(AT - timedelta(days=20), "conversation"), call(AT - timedelta(days=1))), consents=agreed)
        expected = Verdict(
            proposal(),
            AT,
            Outcome.ALLOW,
            not_after=datetime(2026, 10, 21, 1, 0, tzinfo=UTC),
            point="phone-1",
            budgets=(Spend("person/c-1/account/a-1/by/agency-1", "us.regf.14b.7in7", 7, 7, DAY),),
            duties=("from_debt_collector",),
            facts=(
                ("party", "third_party"),
                ("recipient", "consumer"),
                ("regions", "US-NY"),
                ("purposes", "reminder"),
                ("contacts", "2"),
                ("consents", "prior_consent_number"),
                ("holds", ""),
                ("wishes", ""),
                ("events", ""),
            ),
            zones=("America/New_York",),
            packs=FEDERAL.for_regions(("US-NY",)).versions,
            tzdata=tzdata_version(),
        )
        assert expected == review(proposal(), known, FEDERAL, AT)

    def test_a_denied_call(self) -> None:
        """
        Nothing is spent by it, and no words are its duty; the sentence says until when to wait.
        """
        early = datetime(2026, 10, 20, 11, 0, tzinfo=UTC)
        verdict = review(proposal(), person(), FEDERAL, early)
        assert (Outcome.DENY, datetime(2026, 10, 20, 12, 0, tzinfo=UTC), None) == (
            verdict.outcome,
            verdict.earliest_lawful_at,
            verdict.not_after,
        )
        assert ("phone-1", (), ()) == (verdict.point, verdict.budgets, verdict.duties)
        assert ["us.regf.6b1.hours"] == [finding.rule for finding in verdict.findings]

    def test_it_carries_what_the_rules_were_asked(self) -> None:
        """
        As it was asked: whoever is related is still to be settled by law, for the record is asked again under other law.
        """
        spouse = Circumstances(recipient=RELATED, facts={"when.recipient_relation": "spouse"})
        verdict = review(proposal(), person(), FEDERAL, AT, circumstances=spouse, unknown="require")
        asked = verdict.question
        assert isinstance(asked, Question)
        assert (RELATED, "spouse", Outcome.REQUIRE) == (asked.recipient, asked.fact("when.recipient_relation"), asked.unknown)
        assert ("recipient", "consumer") in verdict.facts
        assert ("contact", AT, "phone", "phone-1", ("America/New_York",)) == (
            asked.action,
            asked.at,
            asked.channel,
            asked.point,
            asked.zones,
        )

    def test_a_denial_for_want_of_a_point_carries_it_too(self) -> None:
        """
        It is evidence of refraining, and is recorded as others are.
        """
        asked = review(proposal("sms"), person(points=()), FEDERAL, AT).question
        assert isinstance(asked, Question)
        assert ("contact", "sms", "", "") == (asked.action, asked.channel, asked.point, asked.place)

    @pytest.mark.parametrize(
        ("amount", "unknown", "outcome", "text"),
        [
            (5, "deny", Outcome.ALLOW, ""),
            (200, "require", Outcome.DENY, "This would be 200 AUD; at most 120 may be charged."),
            (None, "deny", Outcome.DENY, "What the fee is for is not known."),
            (None, "require", Outcome.REQUIRE, "What the fee is for is not known."),
        ],
    )
    def test_what_is_known_of_the_act_decides(self, amount: int | None, unknown: str, outcome: Outcome, text: str) -> None:
        """
        A fee within its cap, one above it, and one of which nothing was said: that is denied, or found out, as the host has it.
        """
        told = {"fee.kind": "default", "fee.amount": Fraction(amount or 0), "account.first_contract_on": AT.date()}
        act = Circumstances() if amount is None else Circumstances(facts=told, payments=Payments(fees=()))
        fee = proposal("", action=ActionKind.CHARGE_FEE)
        verdict = review(fee, person(region="AU", points=()), book(), AT, circumstances=act, unknown=unknown)

        assert (outcome, [text] if text else []) == (verdict.outcome, [finding.text for finding in verdict.findings])

    def test_of_several_points_the_one_that_may_be_used_soonest(self) -> None:
        """
        At night neither may be texted: one never, for want of consent, the other from eight in the morning on.
        """
        points = (PHONE, Phone("+12125550199", source="consumer"))
        agreed = (Consent("c-1", "phone-2", "sms", AT - timedelta(days=300), "portal"),)
        night = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
        verdict = review(proposal("sms", party="first_party"), person(points=points, consents=agreed), book(), night)
        assert ("phone-2", datetime(2026, 10, 20, 12, 0, tzinfo=UTC)) == (verdict.point, verdict.earliest_lawful_at)

    def test_of_points_alike_the_first(self) -> None:
        """
        Whether both may be called or neither: the person's own order holds.
        """
        both = person(points=(PHONE, Phone("+12125550199", source="consumer")))
        for at in (AT, datetime(2026, 10, 20, 7, 0, tzinfo=UTC)):
            assert "phone-1" == review(proposal(), both, FEDERAL, at).point


@attrs.frozen
class Asked:
    """As much of a question as is settled before the rules are asked."""

    recipient: str = "consumer"
    debt_facts: dict[str, dict[str, object]] = attrs.field(factory=dict)
    days: tuple[int, ...] = (DAY.toordinal(),)
    relation: str = ""

    def fact(self, name: str) -> object:
        assert "when.recipient_relation" == name
        return self.relation

    def about(self, debt: str, fact: str) -> object:
        return self.debt_facts.get(debt, {}).get(fact)


@attrs.frozen
class Period:
    """A period of limitation that ends on a known day, or on one that nobody knows."""

    ends: date | None

    def expires_on(self, question: Asked, debt: str) -> date | None:
        assert debt in question.debt_facts
        return self.ends


@attrs.frozen
class Land:
    """As much of a jurisdiction as settles a question."""

    periods: tuple[Period, ...] = ()
    packs: tuple[str, ...] = ()


class TestSettling:
    @pytest.mark.parametrize(
        ("ends", "known"),
        [
            ((date(2026, 10, 19),), {"time_barred": True}),
            ((date(2026, 10, 20),), {"time_barred": False}),
            ((date(2030, 1, 1), date(2026, 10, 19)), {"time_barred": True}),
            ((date(2030, 1, 1), date(2029, 1, 1)), {"time_barred": False}),
            ((date(2026, 10, 19), None), {}),
            ((None,), {}),
        ],
    )
    def test_a_claim_is_too_old_the_day_after_its_period(self, ends: tuple[date | None, ...], known: dict[str, object]) -> None:
        """
        By the shortest period, if all are known, and by the latest day it may be at any plausible place.
        """
        question = Asked(debt_facts={"a-1": {"kind": "written"}}, days=(DAY.toordinal() - 1, DAY.toordinal()))
        settled = _settled(question, Land(tuple(map(Period, ends))))  # type: ignore[arg-type]
        assert {"a-1": {"kind": "written", **known}} == settled.debt_facts
        assert known == _age(question, "a-1", tuple(map(Period, ends)))  # type: ignore[arg-type]

    def test_what_is_known_of_a_claim_is_not_computed(self) -> None:
        """
        A host that says it, or a land without periods, decides.
        """
        said = Asked(debt_facts={"a-1": {"time_barred": False}})
        assert {"a-1": {"time_barred": False}} == _settled(said, Land((Period(date(2020, 1, 1)),))).debt_facts  # type: ignore[arg-type]
        assert said is _settled(said, Land())  # type: ignore[arg-type, comparison-overlap]

    @pytest.mark.parametrize(("relation", "recipient"), [("spouse", "consumer"), ("neighbor", "third_party")])
    def test_a_related_person_is_who_the_law_says(self, relation: str, recipient: str) -> None:
        """
        A spouse stands for the consumer, a neighbor is a third party: 12 CFR 1006.6(a); claims are settled all the same.
        """
        question = Asked(RELATED, {"a-1": {}}, relation=relation)
        land = Land((Period(date(2026, 10, 19)),), FEDERAL.packs)  # type: ignore[arg-type]
        settled = _settled(question, land)  # type: ignore[arg-type]
        assert (recipient, {"a-1": {"time_barred": True}}) == (settled.recipient, settled.debt_facts)
        assert "employer" == _settled(Asked("employer"), Land()).recipient  # type: ignore[arg-type]
