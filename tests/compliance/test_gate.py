"""The gate over a person's own facts: examples first, laws after."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Finding, Outcome
from collectkit.compliance import NO_CONTACT_POINT, UNKNOWN_REGION, Pack, Question, Rule, RuleBook, explain, review, shipped_pack
from collectkit.compliance.rule import PlainTerms, Scope
from collectkit.errors import TimeError, ValidationError
from collectkit.person import Consent, Contact, Phone, Preference, Stop
from collectkit.servicing.purposes import OBLIGATORY

from .people import AT, MAIL, PHONE, account, book, call, person, proposal

ZONES = ("America/New_York", "America/Los_Angeles", "America/Chicago", "Pacific/Honolulu", "Europe/London", "Asia/Tokyo")
FEDERAL = RuleBook([shipped_pack("library"), shipped_pack("us-federal")])


class Failing(PlainTerms):
    __slots__ = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        raise RuntimeError("the person's number is +12125550123")


class FailingSpend(PlainTerms):
    __slots__ = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return None

    def spends(self, rule: Rule, question: Question) -> tuple[()]:
        raise RuntimeError("broken")


def book_with(terms: PlainTerms, status: str = "verified", *, least_status: str = "from-memory") -> RuleBook:
    rule = Rule("host.rule", "host", "A host's rule", "host", status, "host", date(2020, 1, 1), None, Scope(), terms)
    host = Pack("host", "US", "host", "0", "UTC", 0, (rule,))
    return RuleBook([*FEDERAL.packs, host], least_status)


class TestReview:
    def test_a_first_call_in_the_afternoon_is_allowed(self) -> None:
        """
        It names its budget, the end of the lawful hours and what it must say.
        """
        verdict = review(proposal(), person(), FEDERAL, AT)

        assert Outcome.ALLOW is verdict.outcome
        assert "phone-1" == verdict.point
        assert ("America/New_York",) == verdict.zones
        assert datetime(2026, 10, 21, 1, 0, tzinfo=UTC) == verdict.not_after
        assert [("us.regf.14b.7in7", 7, 7, date(2026, 10, 20))] == [(s.rule, s.cap, s.days, s.day) for s in verdict.budgets]
        assert "person/c-1/account/a-1/by/agency-1" == verdict.budgets[0].subject
        assert ("attempt_to_collect", "information_used_for_purpose", "validation_information") == verdict.duties

    def test_an_eighth_call_waits_until_one_has_left_the_window(self) -> None:
        """
        Seven calls since the 14th leave no room before the 21st; the sentence and the paragraph say so.
        """
        calls = tuple(call(AT - timedelta(days=days)) for days in range(7))
        verdict = review(proposal(), person(contacts=calls), FEDERAL, AT)

        assert datetime(2026, 10, 21, 12, 0, tzinfo=UTC) == verdict.earliest_lawful_at
        assert "This would be an eighth call within seven days about the same account; seven may be made." == verdict.findings[0].text
        assert verdict.findings[0].citation.startswith("12 CFR 1006.14(b)(2)(i)(A)")
        assert verdict.findings[0].rebuttable

    def test_a_contact_of_unknown_outcome_counts_as_made(self) -> None:
        """
        What was possibly made is counted, also where the law lists outcomes.
        """
        calls = tuple(attrs.evolve(call(AT - timedelta(days=days), "unknown"), collector="") for days in (1, 2))
        verdict = review(proposal(party="first_party"), person(region="US-MA", contacts=calls), book(), AT)

        assert "us.ma.7_04_f.personal" == verdict.findings[0].rule

    def test_every_plausible_place_must_be_open(self) -> None:
        """
        10:00 in New York is 7:00 in Los Angeles, so a person of both is called from 11:00 Eastern.
        """
        verdict = review(proposal(), person(places=("America/Los_Angeles",)), FEDERAL, datetime(2026, 10, 20, 14, tzinfo=UTC))

        assert datetime(2026, 10, 20, 15, tzinfo=UTC) == verdict.earliest_lawful_at
        assert "Contact is allowed 8:00 to 21:00 in America/Los_Angeles and America/New_York only." == verdict.findings[0].text

    def test_nobody_is_texted_at_night(self) -> None:
        """
        Federal hours bind collectors only; the courtesy pack keeps a creditor's texts to the day.
        """
        night = datetime(2026, 10, 20, 7, tzinfo=UTC)
        agreed = (Consent("c-1", "phone-1", "sms", AT - timedelta(days=300), "checkout"),)
        verdict = review(proposal("sms", party="first_party"), person(consents=agreed), book(), night)

        assert datetime(2026, 10, 20, 12, tzinfo=UTC) == verdict.earliest_lawful_at

    def test_a_text_needs_consent_on_its_number(self) -> None:
        """
        Of two numbers the one with consent is used; without any, the text is denied.
        """
        points = (PHONE, Phone("+12125550199", source="consumer"))
        agreed = (Consent("c-1", "phone-2", "sms", AT - timedelta(days=300), "portal"),)

        assert "phone-2" == review(proposal("sms", party="first_party"), person(points=points, consents=agreed), book(), AT).point
        assert "us.tcpa.consent" == review(proposal("sms", party="first_party"), person(points=points), book(), AT).findings[0].rule

    def test_missing_disclosures_are_asked_for(self) -> None:
        """
        A collector's call without the words of 1006.18(e) is not allowed as it stands.
        """
        verdict = review(proposal(content=()), person(contacts=(call(AT - timedelta(days=20), "conversation"),)), FEDERAL, AT)

        assert Outcome.REQUIRE is verdict.outcome
        assert ("from_debt_collector",) == verdict.findings[0].required
        assert ("from_debt_collector",) == verdict.duties

    @pytest.mark.parametrize("kind", ["cease_contact", "deceased", "minor", "insolvency", "represented", "moratorium", "dispute", "fraud"])
    def test_a_hold_stops_a_reminder_everywhere(self, kind: str) -> None:
        """
        Whatever the law of the place, these holds stop contact, on the person as well as on the account.
        """
        for party in ("first_party", "third_party"):
            for standing in (person(holds=(kind,)), person(accounts=(account(holds=(kind,)),))):
                verdict = review(proposal(party=party), standing, book(), AT)

                assert f"collectkit.hold.{kind}" in [finding.rule for finding in verdict.findings]
                assert verdict.earliest_lawful_at is None

    def test_a_hold_with_an_end_names_the_first_lawful_instant(self) -> None:
        """
        A hold through the 25th ends with that local day; the courtesy hours open at eight.
        """
        held = person(accounts=(account(holds=("dispute",), hold_until=date(2026, 10, 25)),))
        verdict = review(proposal(party="first_party"), held, book(), AT)

        assert datetime(2026, 10, 26, 12, tzinfo=UTC) == verdict.earliest_lawful_at

    def test_stop_means_stop(self) -> None:
        """
        A STOP to texts ends texts, one of unclear scope ends everything; before it was said it binds nothing.
        """
        texts, everything = Stop("c-1", ("sms",), AT), Stop("c-1", (), AT, "written", "cease")

        assert Outcome.DENY is review(proposal("sms"), person(stops=(texts,)), book(), AT).outcome
        assert Outcome.ALLOW is review(proposal(party="first_party"), person(stops=(texts,)), book(), AT).outcome
        assert Outcome.DENY is review(proposal(party="first_party"), person(stops=(everything,)), book(), AT).outcome
        before = AT - timedelta(seconds=1)
        assert Outcome.ALLOW is review(proposal(party="first_party"), person(stops=(everything,)), book(), before).outcome

    def test_one_answer_to_the_persons_own_message(self) -> None:
        """
        A person who called in an inconvenient hour may be answered once; the period binds again after it.
        """
        wish = (Preference("c-1", "inconvenient_time", AT - timedelta(days=9), starts=time(13), ends=time(15, 59, 59)),)
        theirs = call(AT - timedelta(minutes=10), direction="inbound", channel="sms")
        ours = call(AT - timedelta(minutes=5), channel="sms")
        answer = proposal("sms", party="first_party", purpose="response")
        agreed = (Consent("c-1", "phone-1", "sms", AT - timedelta(days=3), "portal"),)

        once = review(answer, person(preferences=wish, contacts=(theirs,), consents=agreed), book(), AT)
        twice = review(answer, person(preferences=wish, contacts=(theirs, ours), consents=agreed), book(), AT)

        assert Outcome.ALLOW is once.outcome
        assert datetime(2026, 10, 20, 20, tzinfo=UTC) == twice.earliest_lawful_at

    def test_no_contact_point_is_a_denial_of_its_own(self) -> None:
        """
        Nothing can be sent to a number that is known to be wrong.
        """
        wrong = Phone("+12125550123", source="checkout", status="wrong_party")
        verdict = review(proposal(), person(points=(wrong, MAIL)), book(), AT)

        assert NO_CONTACT_POINT == verdict.findings[0].rule
        assert not verdict.allowed

    def test_an_unknown_country_is_closed(self) -> None:
        """
        Without a pack nobody knows what the law allows; the host may choose to ask a person instead.
        """
        nowhere = person(region="", points=(MAIL,))
        content = proposal("email", party="first_party")

        assert UNKNOWN_REGION == review(content, nowhere, book(), AT).findings[0].rule
        assert Outcome.DENY is review(content, nowhere, book(), AT).outcome
        assert Outcome.REQUIRE is review(content, nowhere, book(), AT, unknown="require").outcome

    def test_an_unclear_residence_asks_every_plausible_pack(self) -> None:
        """
        A number of the United States alone: the law of each state that a pack tells, the strictest of them.
        """
        verdict = review(proposal(party="first_party"), person(region=""), book(), AT)

        assert {"us-federal", "us-ny", "us-ma", "us-wa"} <= {pack.partition("@")[0] for pack in verdict.packs}
        assert UNKNOWN_REGION not in [finding.rule for finding in verdict.findings]

    def test_an_unknown_place_is_closed(self) -> None:
        """
        No zone, or one that is none, denies with its reason.
        """
        for zones in ((), ("Mars/Base",)):
            verdict = review(proposal(), person(), FEDERAL, AT, zones=zones)

            assert Outcome.DENY is verdict.outcome
            assert verdict.earliest_lawful_at is None

    def test_an_unverified_rule_can_be_made_to_ask_a_person(self) -> None:
        """
        A host that trusts only verified rules gets a question, never a freer answer.
        """
        silent = book_with(Silence(), "from-memory", least_status="verified")
        verdict = review(proposal(), person(), silent, AT)

        assert Outcome.REQUIRE is verdict.outcome
        assert ("human_decision",) in [finding.required for finding in verdict.findings]

    def test_other_acts_need_no_contact_point(self) -> None:
        """
        Freezing purchases is reached by no rule of contact.
        """
        act = proposal("", action=ActionKind.FREEZE_PURCHASES)

        assert review(act, person(points=()), book(), AT).allowed

    def test_what_cannot_be_judged_is_refused(self) -> None:
        """
        A naive instant could be any of some forty; an unknown is denied or asked about, never waved through.
        """
        with pytest.raises(TimeError, match="naive"):
            review(proposal(), person(), book(), datetime(2026, 10, 20, 14))  # noqa: DTZ001
        with pytest.raises(ValidationError, match="'deny' or 'require'"):
            review(proposal(), person(), book(), AT, unknown="allow")


class Silence(PlainTerms):
    __slots__ = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return None


class TestExplain:
    def test_it_cites_the_law_and_names_nobody(self) -> None:
        """
        Sentences, paragraph, status and first lawful moment; no name, number or address.
        """
        calls = tuple(call(AT - timedelta(days=days), "conversation") for days in range(7))
        text = explain(review(proposal(), person(contacts=calls), book(), AT))

        assert "Lawful from 2026-10-27 08:00:00 (America/New_York) at the earliest." in text
        assert "12 CFR 1006.14(b)(2)(i)(B)" in text
        assert "verified" in text
        assert not any(private in text for private in ("Test Consumer", "5550123", "example.com"))

    def test_it_says_when_parameters_are_from_memory(self) -> None:
        """
        Then, and only then, it says that this is no legal advice.
        """
        denying = review(proposal(), person(), book_with(Failing(), "from-memory"), AT)
        checked = review(proposal(), person(), book_with(Failing()), AT)

        assert "no legal advice" in explain(denying)
        assert "no legal advice" not in explain(checked)


def instants() -> st.SearchStrategy[datetime]:
    return st.integers(0, 20 * 86_400).map(lambda seconds: datetime(2026, 10, 20, tzinfo=UTC) + timedelta(seconds=seconds))


def contacts() -> st.SearchStrategy[Contact]:
    outcomes = st.sampled_from(["no_answer", "voicemail", "conversation", "busy", "unknown"])
    return st.builds(
        call, instants(), outcomes, channel=st.sampled_from(["phone", "sms"]), direction=st.sampled_from(["outbound", "inbound"])
    )


def histories() -> st.SearchStrategy[tuple[Contact, ...]]:
    return st.lists(contacts(), max_size=12).map(tuple)


class TestLaws:
    @given(at=instants(), history=histories(), more=contacts(), region=st.sampled_from(["US-NY", "US-MA", "US", "AU-NSW"]))
    def test_one_more_contact_never_opens_the_gate(self, at: datetime, history: tuple[Contact, ...], more: Contact, region: str) -> None:
        """
        What is denied stays denied when another outbound contact is known to have been made.
        """
        act = proposal(party="third_party")
        more = attrs.evolve(more, direction="outbound")
        if review(act, person(region=region, contacts=history), book(), at).outcome is Outcome.DENY:
            assert Outcome.DENY is review(act, person(region=region, contacts=(*history, more)), book(), at).outcome

    @given(at=instants(), history=histories(), names=st.sets(st.sampled_from(["us-federal", "us-ma", "us-ny"])))
    def test_one_more_pack_never_opens_the_gate(self, at: datetime, history: tuple[Contact, ...], names: set[str]) -> None:
        """
        A rule can be added and never lifts another.
        """
        act, who = proposal(), person(region="US", contacts=history)
        some = RuleBook([shipped_pack("us-federal"), *(shipped_pack(name) for name in names - {"us-federal"})])
        if review(act, who, some, at).outcome is Outcome.DENY:
            assert Outcome.DENY is review(act, who, book(), at).outcome

    @given(at=instants(), zones=st.lists(st.sampled_from(ZONES), min_size=1, unique=True), more=st.sampled_from(ZONES), history=histories())
    def test_one_more_place_never_opens_the_gate(self, at: datetime, zones: list[str], more: str, history: tuple[Contact, ...]) -> None:
        """
        Where a person may be besides only narrows the hours and widens the windows.
        """
        who = person(contacts=history)
        if review(proposal(), who, FEDERAL, at, zones=zones).outcome is Outcome.DENY:
            assert Outcome.DENY is review(proposal(), who, FEDERAL, at, zones=[*zones, more]).outcome

    @given(at=instants(), zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True), history=histories())
    def test_the_first_lawful_instant_is_the_first(self, at: datetime, zones: list[str], history: tuple[Contact, ...]) -> None:
        """
        At that instant nothing denies, and one second before something does.
        """
        who = person(contacts=history)
        earliest = review(proposal(), who, FEDERAL, at, zones=zones).earliest_lawful_at
        if earliest is not None:
            assert earliest > at
            assert Outcome.DENY is not review(proposal(), who, FEDERAL, earliest, zones=zones).outcome
            assert Outcome.DENY is review(proposal(), who, FEDERAL, max(at, earliest - timedelta(seconds=1)), zones=zones).outcome

    @given(at=instants(), zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True))
    def test_an_allowed_call_stays_lawful_until_its_end_and_no_longer(self, at: datetime, zones: list[str]) -> None:
        """
        `not_after` is inclusive, and a microsecond later the hours are over.
        """
        end = review(proposal(), person(), FEDERAL, at, zones=zones).not_after
        if end is not None:
            assert Outcome.ALLOW is review(proposal(), person(), FEDERAL, end, zones=zones).outcome
            assert Outcome.DENY is review(proposal(), person(), FEDERAL, end + timedelta(microseconds=1), zones=zones).outcome

    @pytest.mark.parametrize("terms", [Failing(), FailingSpend()])
    def test_a_failing_rule_denies_and_tells_nothing(self, terms: PlainTerms) -> None:
        """
        Not knowing what a rule says is not a permission, and its message may hold personal data.
        """
        verdict = review(proposal(), person(), book_with(terms), AT)

        assert ("host.rule", Outcome.DENY) == (verdict.findings[0].rule, verdict.findings[0].outcome)
        assert verdict.earliest_lawful_at is None
        assert "RuntimeError" in verdict.findings[0].text
        assert "5550123" not in verdict.findings[0].text


class TestObligatoryNotices:
    @pytest.mark.parametrize("purpose", sorted(OBLIGATORY))
    @pytest.mark.parametrize("hold", ["deceased", "minor", "insolvency", "represented", "dispute"])
    def test_what_the_law_obliges_us_to_say_may_be_said(self, purpose: str, hold: str) -> None:
        """
        Whatever sort of obligatory notice it is, a hold that lets required notices through lets it through; a reminder it does not.
        """
        known = person(region="GB", holds=(hold,))
        against = {
            name: {finding.rule for finding in review(proposal("email", party="first_party", purpose=name), known, book(), AT).findings}
            for name in (purpose, "reminder")
        }

        held = {rule for rule in against["reminder"] if rule.startswith("collectkit.hold.")}
        assert held
        assert not held & against[purpose]

    def test_a_refused_medium_binds_them_all_the_same(self) -> None:
        """
        A stop of texts means texts, for notices too: they go another way.
        """
        known = person(stops=(Stop("c-1", ("sms",), AT - timedelta(days=1)),))
        for purpose in OBLIGATORY:
            verdict = review(proposal("sms", party="first_party", purpose=purpose), known, book(), AT)
            assert "collectkit.stop" in {finding.rule for finding in verdict.findings}, purpose
