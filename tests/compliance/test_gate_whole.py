"""The gate's own findings word for word, and what contacts that took place use up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest

from collectkit.actions import ActionKind, Finding, Outcome, Spend
from collectkit.calendars.dates import tzdata_version
from collectkit.compliance import NO_CONTACT_POINT, UNKNOWN_REGION, RuleBook, contact_spends, review, shipped_pack
from collectkit.compliance.gate import _age, _settled
from collectkit.compliance.judging import RELATED
from collectkit.person import Contact, Phone

from .people import AT, person, proposal

FEDERAL = RuleBook([shipped_pack("library"), shipped_pack("us-federal")])
DAY = date(2026, 10, 20)
CALL = Contact("c-1", AT, "phone", "phone-1", ("a-1",), "no_answer", collector="agency-1")


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
        fee = proposal("", action=ActionKind.FEE) if hasattr(ActionKind, "FEE") else proposal("", action=next(iter(ActionKind)))
        verdict = review(fee, person(points=()), FEDERAL, AT, zones=("Europe/Paris",))
        assert ("Europe/Paris",) == verdict.zones


class TestSpends:
    def test_a_call_spends_what_the_gate_would_have_spent(self) -> None:
        """
        The budget of its account and collector, on the day it was made at the person's place.
        """
        (spend,) = contact_spends(CALL, person(), FEDERAL, party="third_party")
        assert ("us.regf.14b.7in7", 7, 7, DAY) == (spend.rule, spend.cap, spend.days, spend.day)
        assert spend.subject.startswith("person/c-1/account/a-1")
        late = attrs.evolve(CALL, at=datetime(2026, 10, 21, 3, 0, tzinfo=UTC))  # 23:00 the evening before in New York
        assert DAY == contact_spends(late, person(), FEDERAL, party="third_party")[0].day

    def test_each_account_has_its_own(self) -> None:
        """
        A call about two of them spends two.
        """
        spends = contact_spends(attrs.evolve(CALL, accounts=("a-1", "a-2")), person(), FEDERAL, party="third_party")
        assert ["a-1", "a-2"] == sorted(spend.subject.split("/")[3] for spend in spends)

    @pytest.mark.parametrize(
        ("contact", "party"),
        [
            (attrs.evolve(CALL, direction="inbound"), "third_party"),
            (attrs.evolve(CALL, channel="letter", point=""), "third_party"),
            (attrs.evolve(CALL, accounts=()), "third_party"),
        ],
        ids=["inbound", "letter", "about nothing"],
    )
    def test_what_uses_nothing(self, contact: Contact, party: str) -> None:
        """
        Their own call, a channel without a cap, a contact about no account.
        """
        assert () == contact_spends(contact, person(), FEDERAL, party=party)

    def test_the_party_and_the_region_decide_the_rules(self) -> None:
        """
        By default it was the creditor, who is under other rules; elsewhere other ones hold.
        """
        first = contact_spends(CALL, person(), FEDERAL)
        assert first == contact_spends(CALL, person(), FEDERAL, party="first_party")
        assert first != contact_spends(CALL, person(), FEDERAL, party="third_party")
        nowhere = person(region="FR", points=(Phone("+33123456789", source="x"),))
        assert all(isinstance(spend, Spend) for spend in contact_spends(CALL, nowhere, FEDERAL, party="third_party"))


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
