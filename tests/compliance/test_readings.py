"""Readings of official comments that a rule's parameters alone do not show: who consented, what reached whom, what ends what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from collectkit.actions import Outcome
from collectkit.compliance.past import Authorization, GivenConsent, HoldFact, PastContact, PastEvent, PaymentAttempt, Payments, Wish
from collectkit.errors import PackError

from .asking import pack_of, ruled, told, word

OTHER = "third_party"
SPOKEN = frozenset({"from_debt_collector", "attempt_to_collect", "information_used_for_purpose"})
LOCATION = frozenset({"individual_name", "confirming_or_correcting_location"})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


class TestConsent:
    @pytest.mark.parametrize(("given_to", "expected"), [("this_collector", "allow"), ("creditor", "deny"), ("prior_collector", "deny")])
    def test_only_what_was_said_to_the_collector_is_consent_to_an_hour(self, given_to: str, expected: str) -> None:
        """
        Comment 6(b)(4)(i)-2 of Regulation F: consent is given directly to the collector.
        """
        consent = GivenConsent("prior_consent_time", at("2026-06-09T12:00:00+00:00"), given_to=given_to)
        ruling = ruled("us-federal", "2026-06-10T07:00:00+00:00", channel="phone", party=OTHER, content=SPOKEN, consents=(consent,))

        assert expected == word(ruling)

    def test_consent_for_one_account_does_not_open_the_hour_for_another(self) -> None:
        """
        Nor does one that was not obtained lawfully, for any.
        """

        def asked_with(**details: object) -> str:
            consent = GivenConsent("prior_consent_time", at("2026-06-09T12:00:00+00:00"), debts=("D1",), details=details)
            facts = {"channel": "phone", "party": OTHER, "content": SPOKEN, "consents": (consent,)}
            return word(ruled("us-federal", "2026-06-10T07:00:00+00:00", **facts, debts=("D1", "D2") if not details else ("D1",)))

        assert ["deny", "deny", "allow"] == [asked_with(), asked_with(obtained_lawfully=False), asked_with(obtained_lawfully=True)]

    def test_direct_consent_lifts_a_wish_about_a_place_and_the_bar_of_representation(self) -> None:
        """
        12 CFR 1006.6(b)(4)(i): whoever may not be contacted may allow it.
        """
        held = {"holds": (HoldFact("attorney_representation"),), "channel": "phone", "party": OTHER, "content": SPOKEN}
        wish = {"wishes": (Wish("inconvenient_place", place="home"),), "facts": {"when.place": "home"}}
        noon = "2026-06-10T13:00:00+00:00"

        assert ["deny", "allow"] == [
            word(ruled("us-federal", noon, **held)),
            word(ruled("us-federal", noon, **held, consents=(GivenConsent("prior_consent_direct"),))),
        ]
        where = {"channel": "phone", "party": OTHER, "content": SPOKEN, **wish}
        assert ["deny", "allow"] == [
            word(ruled("us-federal", noon, **where)),
            word(ruled("us-federal", noon, **where, consents=(GivenConsent("prior_consent_place"),))),
        ]

    @pytest.mark.parametrize(("on", "expected"), [("2027-01-30", "allow"), ("2027-01-31", "deny"), ("2027-06-01", "deny")])
    def test_a_revocation_about_one_subject_reaches_all_from_its_day_on(self, on: str, expected: str) -> None:
        """
        47 CFR 64.1200(a)(10): the part on all subjects is in force from 31 January 2027.
        """
        given = GivenConsent("prior_express_consent_number", at("2026-01-05T10:00:00+00:00"))
        revoked = GivenConsent("tcpa_revoked", at("2026-11-01T09:00:00+00:00"), details={"topic": "marketing"})
        facts = {"channel": "prerecorded_call", "facts": {"when.dialing": "prerecorded"}, "consents": (given, revoked)}

        assert expected == word(ruled("us-federal", f"{on}T13:00:00+00:00", **facts))

    def test_a_number_is_confirmed_by_the_means_that_the_law_names(self) -> None:
        """
        12 CFR 1006.6(d)(5)(i): a text from the person or a look into the database of reassigned numbers; a call is neither.
        """

        def confirmed(by: str) -> str:
            details = {"confirmed_by": by}
            consent = GivenConsent("prior_consent_number", at("2025-06-09T12:00:00+00:00"), confirmed_on=date(2026, 6, 9), details=details)
            facts = {"channel": "sms", "party": OTHER, "content": SPOKEN | {"electronic_opt_out"}, "consents": (consent,)}
            return word(ruled("us-federal", "2026-06-10T13:00:00+00:00", **facts))

        assert ["allow", "allow", "require"] == [confirmed(by) for by in ("consumer_texted", "reassigned_number_check", "voice_call")]


class TestWhoWasReached:
    def location_call(self, *outcomes: str) -> str:
        calls = tuple(
            PastContact(at("2026-06-01T10:00:00+00:00") + timedelta(days=day), "phone", outcome=outcome, person="T1", debts=("D1",))
            for day, outcome in enumerate(outcomes)
        )
        facts = {"channel": "phone", "party": OTHER, "recipient": "third_party", "person": "T1", "content": LOCATION, "history": calls}
        ruling = ruled("us-federal", "2026-06-07T13:00:00+00:00", "contact_third_party", **facts)
        return " ".join([word(ruling), *(finding.rule for finding in ruling.winning)])

    def test_an_unanswered_location_call_is_no_communication(self) -> None:
        """
        12 CFR 1006.10(c) counts communications, 1006.14(b) counts calls: comment 14(b)(2)(i)-1.iii.
        """
        assert ["allow", "deny us.regf.14b.7in7"] == [self.location_call(*["no_answer"] * times) for times in (6, 7)]
        assert "deny us.regf.10.location us.regf.14b.after_conversation" == self.location_call("no_answer", "conversation")
        assert "deny us.regf.10.location" == self.location_call("unknown")

    def test_who_calls_us_is_not_called(self) -> None:
        """
        The wait after a conversation is for calls that are placed: 12 CFR 1006.14(b)(2)(i)(B).
        """
        talk = PastContact(at("2026-06-09T13:00:00+00:00"), "phone", outcome="conversation", person="P1", debts=("D1",))
        facts = {"channel": "phone", "party": OTHER, "content": SPOKEN, "history": (talk,)}
        noon = "2026-06-10T13:00:00+00:00"

        assert ["deny", "allow"] == [word(ruled("us-federal", noon, direction=way, **facts)) for way in ("outbound", "inbound")]

    def test_a_talk_with_somebody_else_is_no_notice_to_the_person(self) -> None:
        """
        12 CFR 1006.30(a)(1): before furnishing, the collector speaks to the consumer.
        """

        def furnished(person: str) -> str:
            talk = PastContact(at("2026-06-09T13:00:00+00:00"), "phone", outcome="conversation", person=person, debts=("D1",))
            return word(ruled("us-federal", "2026-06-10T13:00:00+00:00", "report_credit", party=OTHER, history=(talk,)))

        assert ["deny", "allow"] == [furnished(person) for person in ("T1", "P1")]

    @pytest.mark.parametrize(("left_for", "expected"), [(None, True), ("consumer", True), ("P1", True), ("third_party", False)])
    def test_a_message_knowingly_left_for_another_is_not_of_limited_content(self, left_for: str | None, expected: bool) -> None:
        """
        Comment 2(j)-2 of Regulation F.
        """
        said = ["business_name_not_indicating_collection", "request_reply", "contact_person_name", "reply_number"]
        facts = {"when.message": said, **({} if left_for is None else {"when.left_for": left_for})}

        assert {"limited_content": expected} == told(
            "us-federal", "2026-09-01T16:15:00+00:00", "classify_voicemail", party=OTHER, channel="phone", facts=facts
        )


class TestWhatEndsAHold:
    def sent(self, when: str, *debts: str) -> PastEvent:
        return PastEvent("substantiation_sent", at(when), debts)

    def letter(self, *events: PastEvent, since: datetime | None, unknown: Outcome = Outcome.ALLOW) -> str:
        hold = HoldFact("substantiation_request", since, debts=("D1",))
        facts = {"channel": "letter", "party": OTHER, "holds": (hold,), "events": events, "unknown": unknown}
        ruling = ruled("us-ny", "2026-06-05T10:00:00+00:00", **facts)
        return "deny" if "us.ny.23nycrr1.substantiation_hold" in {finding.rule for finding in ruling.findings} else "allow"

    def test_the_event_that_the_law_names_ends_it(self) -> None:
        """
        23 NYCRR 1.4(b): collection may go on once the substantiation about this account was sent, not before and not about another.
        """
        since = at("2026-06-01T10:00:00+00:00")

        assert "deny" == self.letter(since=since)
        assert "allow" == self.letter(self.sent("2026-06-04T10:00:00+00:00"), since=since)
        assert "allow" == self.letter(self.sent("2026-06-04T10:00:00+00:00", "D1", "D2"), since=since)
        assert "deny" == self.letter(self.sent("2026-06-04T10:00:00+00:00", "D2"), since=since)
        assert "deny" == self.letter(self.sent("2026-06-06T10:00:00+00:00"), since=since)
        assert "deny" == self.letter(self.sent("2026-05-20T10:00:00+00:00"), since=since)

    def test_a_hold_of_unknown_start_is_not_ended_by_an_event_that_may_be_older(self) -> None:
        """
        Only where all facts are given does absence mean long ago.
        """
        sent = self.sent("2026-06-04T10:00:00+00:00")

        assert ["allow", "deny"] == [self.letter(sent, since=None, unknown=doubt) for doubt in (Outcome.ALLOW, Outcome.DENY)]


class TestRetries:
    def returned(self, code: str, **said: bool) -> str:
        tries = Payments((PaymentAttempt(at("2026-01-05T10:00:00-05:00"), "original", code),))
        facts = {"when.rail": "ach", **{f"when.{name}": value for name, value in said.items()}}
        return word(ruled("us-payments", "2026-01-20T10:00:00-05:00", "retry_payment", payments=tries, facts=facts))

    def test_each_code_has_its_own_condition(self) -> None:
        """
        Nacha 2.12.4: a stopped payment needs the payer's word, other returns need their cause corrected, and some never may.
        """
        assert ["deny", "deny", "allow"] == [
            self.returned("R08", **said) for said in ({}, {"cause_corrected": True}, {"reinitiation_authorized": True})
        ]
        assert ["deny", "allow", "deny"] == [
            self.returned("R17", **said) for said in ({}, {"cause_corrected": True}, {"reinitiation_authorized": True})
        ]
        assert "deny" == self.returned("R02", cause_corrected=True, reinitiation_authorized=True)

    def test_a_condition_that_cannot_be_read_is_refused(self) -> None:
        """
        Before any entry is judged by it.
        """
        broken = 'model = "retries_after_original"\nmax_retries = 2\nwindow_days = 180\nretryable_codes = []\nnever_codes = []\n'
        with pytest.raises(PackError, match="conditionally_retryable"):
            pack_of("retry_cap", broken + 'conditionally_retryable = ["R08 perhaps"]')

    def debit(self, given: Authorization, *later: PaymentAttempt, **said: object) -> str:
        struck = [PaymentAttempt(at(f"2026-0{month}-01T09:00:00-04:00"), "transfer", "R01") for month in (4, 5)]
        facts = {f"when.{name}": value for name, value in said.items()}
        return word(
            ruled(
                "us-federal",
                "2026-05-20T09:00:00-04:00",
                "retry_payment",
                products=frozenset({"covered_short_term_loan"}),
                payments=Payments((*struck, *later), authorizations=(given,)),
                facts=facts,
            )
        )

    def test_an_authorization_covers_its_amount_or_less_on_its_way(self) -> None:
        """
        12 CFR 1041.8(c)(2): the date, amount and payment channel of each additional transfer are authorized; a smaller amount is covered.
        """
        given = Authorization(
            "additional", at("2026-05-18T10:00:00-04:00"), scheduled_on=date(2026, 5, 20), amount=Fraction(50), channel="ach"
        )

        assert ["allow", "allow", "deny", "deny"] == [
            self.debit(given, amount=50, payment_channel="ach"),
            self.debit(given, amount=Fraction("49.99")),
            self.debit(given, amount=Fraction("50.01")),
            self.debit(given, amount=50, payment_channel="card"),
        ]

    def test_an_authorization_is_used_by_the_attempt_made_under_it(self) -> None:
        """
        What came back is not tried again without another.
        """
        given = Authorization("additional", at("2026-05-18T10:00:00-04:00"), scheduled_on=date(2026, 5, 20))
        tried = PaymentAttempt(at("2026-05-20T08:00:00-04:00"), "transfer", "R01", exempt="8c")
        earlier = PaymentAttempt(at("2026-05-19T08:00:00-04:00"), "transfer", "R01", exempt="8c")

        assert ["allow", "deny", "allow"] == [self.debit(given), self.debit(given, tried), self.debit(given, earlier)]


class TestDirectConsent:
    @pytest.mark.parametrize(
        ("given", "counts"),
        [
            ({}, True),
            ({"given_to": "creditor"}, False),
            ({"given_to": "prior_collector"}, False),
            ({"debts": ("D1", "D2")}, True),
            ({"debts": ("D2",)}, False),
            ({"point": "P"}, True),
            ({"point": "Q"}, False),
            ({"details": {"obtained_lawfully": False}}, False),
            ({"details": {"chain": ({"obtained": "6d4i", "used": True, "opted_out": False},)}}, True),
            ({"details": {"chain": ({"obtained": "6d4i", "used": False, "opted_out": False},)}}, False),
            ({"details": {"chain": ()}}, False),
            ({"withdrawn_at": datetime(2026, 6, 1, tzinfo=UTC)}, False),
        ],
    )
    @pytest.mark.parametrize(
        ("kind", "params"),
        [
            ("consent", 'any_of = ["agreed"]\neffect = "deny"'),
            ("ban", 'match = { "when.reveals_debt" = [true] }\nunless_consent = ["agreed"]'),
            ("hold", 'hold_type = "represented"\nblocks_actions = ["contact"]\nexceptions = ["agreed"]'),
        ],
    )
    def test_what_counts_as_consent_to_whoever_acts_is_one_idea(self, kind: str, params: str, given: dict[str, Any], counts: bool) -> None:
        """
        Whatever the rule makes of it: it stands, is theirs, was lawfully come by, and is for this point and these accounts.
        """
        consent = GivenConsent("agreed", datetime(2026, 1, 1, tzinfo=UTC), **given)
        facts = {"when.reveals_debt": True}
        held = (HoldFact("represented"),)
        ruling = ruled(pack_of(kind, params), "2026-06-10T12:00:00+00:00", consents=(consent,), point="P", facts=facts, holds=held)

        assert counts == (word(ruling) == "allow")


class TestConsentToMore:
    NOON = "2026-06-12T12:00:00+00:00"
    MADE = tuple(
        PastContact(at(f"2026-06-{day:02}T10:00:00+00:00"), "phone", outcome="conversation", person="P1", debts=("D1",), discussed=("D1",))
        for day in (9, 10, 11)
    )

    def asked_with(self, *consents: GivenConsent, **facts: Any) -> str:
        facts = {"history": self.MADE, "zones": ("America/Edmonton",), **facts}
        return word(ruled("ca-ab", "2026-06-12T18:00:00+00:00", channel="phone", party=OTHER, consents=consents, **facts))

    def test_it_lifts_a_cap_that_counts_the_person_as_a_whole(self) -> None:
        """
        Alberta's three contacts in seven days hold unless the debtor agrees to more: with any account, or with that of the call.
        """
        agreed = at(self.NOON)

        assert "deny" == self.asked_with()
        assert "allow" == self.asked_with(GivenConsent("call_frequency", agreed))
        assert "allow" == self.asked_with(GivenConsent("call_frequency", agreed, debts=("D1",)))

    def test_it_must_cover_every_account_of_the_call(self) -> None:
        """
        Agreeing to more calls about one account is no agreement about another.
        """
        agreed = GivenConsent("call_frequency", at(self.NOON), debts=("D1",))

        assert "deny" == self.asked_with(agreed, debts=("D2",))
        assert "deny" == self.asked_with(agreed, debts=("D1", "D2"))

    def test_calls_made_under_it_are_not_counted_once_it_is_taken_back(self) -> None:
        """
        Two calls were agreed to and one was not: two more fit.
        """
        agreed = {"given_at": at("2026-06-10T00:00:00+00:00"), "withdrawn_at": at(self.NOON)}

        assert "allow" == self.asked_with(GivenConsent("call_frequency", debts=("D1",), **agreed))
        assert "deny" == self.asked_with(GivenConsent("call_frequency", debts=("D2",), **agreed))


class TestLiftedWishes:
    LIFTED = "2026-06-11T14:30:00+00:00"

    @pytest.mark.parametrize(
        ("pack", "wish"),
        [
            ("us-federal", Wish("inconvenient_time", lifted_at=at(LIFTED))),
            ("us-federal", Wish("inconvenient_place", lifted_at=at(LIFTED), place="home")),
            ("us-federal", Wish("no_medium", lifted_at=at(LIFTED), medium="phone")),
            ("gb", Wish("inconvenient_time", lifted_at=at(LIFTED))),
            ("ca-bc", Wish("no_medium", lifted_at=at(LIFTED), medium="phone")),
        ],
    )
    def test_a_wish_with_a_known_end_binds_until_then(self, pack: str, wish: Wish) -> None:
        """
        Somebody who is away until Thursday, 2:30 p.m. may be called from then on, and not a second before.
        """
        facts = {"channel": "phone", "party": OTHER, "content": SPOKEN, "facts": {"when.place": "home"}, "wishes": (wish,)}
        facts["events"] = (PastEvent("letter", at("2026-01-01T10:00:00+00:00")),)
        before = ruled(pack, "2026-06-10T13:00:00+00:00", **facts)

        assert at(self.LIFTED) == before.earliest
        assert "deny" == word(ruled(pack, (at(self.LIFTED) - timedelta(seconds=1)).isoformat(), **facts))
        assert "allow" == word(ruled(pack, self.LIFTED, **facts))

    def test_of_several_wishes_the_last_to_be_lifted_decides(self) -> None:
        """
        One without a known end leaves the first lawful instant unknown.
        """
        some = Wish("no_medium", lifted_at=at(self.LIFTED), medium="phone")
        more = Wish("no_medium", lifted_at=at("2026-06-12T09:00:00+00:00"), medium="phone")
        facts = {"channel": "phone", "party": OTHER, "content": SPOKEN}

        assert more.lifted_at == ruled("us-federal", "2026-06-10T13:00:00+00:00", **facts, wishes=(some, more)).earliest
        ever = Wish("no_medium", medium="phone")
        assert ruled("us-federal", "2026-06-10T13:00:00+00:00", **facts, wishes=(some, ever)).earliest is None

    def test_an_act_is_allowed_no_longer_than_until_the_next_wish_binds(self) -> None:
        """
        A permit ends before a wish that is known to begin at an instant.
        """
        wish = Wish("no_medium", set_at=at("2026-06-10T15:00:00+00:00"), medium="phone")
        facts = {"channel": "phone", "party": OTHER, "content": SPOKEN, "wishes": (wish,)}
        ruling = ruled("us-federal", "2026-06-10T13:00:00+00:00", **facts)

        assert "allow" == word(ruling)
        assert at("2026-06-10T15:00:00+00:00") - timedelta(microseconds=1) == ruling.until
