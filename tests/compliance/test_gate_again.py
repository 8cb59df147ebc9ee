"""A recorded act judged once more: the same law gives the same verdict, other law what it would have given then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Finding, Judged, Outcome, Spend, Verdict
from collectkit.calendars.dates import tzdata_version
from collectkit.compliance import (
    NO_CONTACT_POINT,
    UNKNOWN_REGION,
    Circumstances,
    Question,
    RuleBook,
    judged_of,
    review,
    review_again,
    shipped_pack,
)
from collectkit.compliance.past import PastFee, Payments
from collectkit.errors import IntegrityBreachError
from collectkit.person import Consent, Contact, ContactPoint, Preference, Stop
from collectkit.person_standing import PersonStanding

from .people import AT, MAIL, PHONE, book, call, host_book, person, proposal

FEDERAL = RuleBook([shipped_pack("library"), shipped_pack("us-federal")])
NIGHT = datetime(2026, 10, 20, 7, 0, tzinfo=UTC)
FEE = Circumstances(
    facts={"fee.kind": "default", "fee.amount": Fraction(15, 2), "account.first_contract_on": AT.date()},
    payments=Payments(fees=(PastFee(AT.date(), "default", Fraction(10), "a-1"),)),
)


def record(verdict: Verdict, known: PersonStanding, rules: RuleBook) -> Judged:
    return judged_of(verdict, known, rules, read=len(known.facts.contacts))


def again(verdict: Verdict, known: PersonStanding, rules: RuleBook, later: RuleBook | None = None) -> Verdict:
    """Return what *later*, or the same book, answers to the record of a verdict."""
    return review_again(record(verdict, known, rules), known.facts.contacts, later or rules)


class TestTheSameLaw:
    @pytest.mark.parametrize(
        ("at", "points", "region", "unknown", "outcome"),
        [
            (AT, (PHONE,), "US-NY", "deny", Outcome.ALLOW),
            (NIGHT, (PHONE,), "US-NY", "deny", Outcome.DENY),
            (AT, (), "US-NY", "deny", Outcome.DENY),
            (AT, (), "XX", "require", Outcome.DENY),
            (AT, (PHONE,), "XX", "deny", Outcome.DENY),
            (AT, (PHONE,), "XX", "require", Outcome.REQUIRE),
        ],
        ids=["allowed", "at night", "no number", "no number and no law", "no law, denied", "no law, to be found out"],
    )
    def test_a_call_is_judged_as_it_was(
        self, at: datetime, points: tuple[ContactPoint, ...], region: str, unknown: str, outcome: Outcome
    ) -> None:
        """
        Every finding, instant, budget and duty, by the same packs, at the same point; and it can be put on record as the same.
        """
        known = person(points=points, region=region, contacts=(call(AT - timedelta(days=1)),))
        then = review(proposal(), known, FEDERAL, at, unknown=unknown)
        now = again(then, known, FEDERAL)

        assert (outcome, then) == (now.outcome, now)
        assert record(then, known, FEDERAL) == record(now, known, FEDERAL)

    def test_an_act_that_needs_no_point_is_not_denied_for_want_of_one(self) -> None:
        """
        A fee: what was charged before it, and what limits it, stand in the record.
        """
        known = person(region="AU", points=())
        for circumstances, outcome in ((FEE, Outcome.ALLOW), (Circumstances(), Outcome.DENY)):
            then = review(proposal("", action=ActionKind.CHARGE_FEE), known, book(), AT, circumstances=circumstances)
            assert (outcome, then) == (then.outcome, again(then, known, book()))

    def test_no_contact_point_then_is_none_now(self) -> None:
        """
        Although the person has given a number since: what was known then decides; no rule is asked, and nothing is spent.
        """
        then = review(proposal("sms"), person(points=()), FEDERAL, AT)
        now = review_again(record(then, person(points=()), FEDERAL), (), FEDERAL)
        text = "No usable contact point is known for the channel sms."

        expected = Verdict(
            proposal("sms"),
            AT,
            Outcome.DENY,
            (Finding(NO_CONTACT_POINT, "collectkit", "verified", Outcome.DENY, text),),
            zones=("America/New_York",),
            packs=FEDERAL.for_regions(("US-NY",)).versions,
            tzdata=tzdata_version(),
        )
        assert expected == now
        assert isinstance(now.question, Question)

    @pytest.mark.parametrize(("unknown", "required"), [("deny", ()), ("require", ("known_region",))])
    def test_a_land_without_law_is_still_without(self, unknown: str, required: tuple[str, ...]) -> None:
        """
        And means what it meant to the host then, with a contact point or without one.
        """
        text = "No rule pack speaks about where the person lives, so it is not known what the law allows."
        expected = Finding(UNKNOWN_REGION, "collectkit", "verified", Outcome(unknown), text, required=required)
        for points in ((PHONE,), ()):
            known = person(region="XX", points=points)
            now = again(review(proposal(), known, FEDERAL, AT, unknown=unknown), known, FEDERAL)
            assert expected in now.findings

    @given(
        action=st.sampled_from([ActionKind.CONTACT, ActionKind.SEND_DISCLOSURE, ActionKind.SOLICIT, ActionKind.SUE, ActionKind.CHARGE_FEE]),
        channel=st.sampled_from(["phone", "sms", "email", "letter"]),
        party=st.sampled_from(["first_party", "third_party", "debt_buyer"]),
        purpose=st.sampled_from(["reminder", "notice", "response"]),
        region=st.sampled_from(["US-NY", "US-MA", "US-WA", "US", "GB", "AU-NSW", "XX", ""]),
        points=st.sampled_from([(PHONE, MAIL), (PHONE,), (MAIL,), ()]),
        calls=st.integers(0, 9),
        hour=st.integers(0, 23),
        unknown=st.sampled_from(["deny", "require"]),
        least=st.sampled_from(["from-memory", "verified"]),
    )
    def test_whatever_was_judged_is_judged_alike(
        self,
        action: ActionKind,
        channel: str,
        party: str,
        purpose: str,
        region: str,
        points: tuple[ContactPoint, ...],
        calls: int,
        hour: int,
        unknown: str,
        least: str,
    ) -> None:
        """
        By whichever book, of whatever is known, allowed or not: the whole verdict, and its record to the letter.
        """
        rules = RuleBook(book().packs, least)
        known = person(
            region=region,
            points=points,
            contacts=tuple(call(AT - timedelta(hours=9 * number), outcome="voicemail") for number in range(calls, 0, -1)),
            consents=(Consent("c-1", "phone-1", "sms", AT - timedelta(days=30), "checkout", "v3", evidence="form-7"),),
            stops=(Stop("c-1", ("letter",), AT - timedelta(days=3)),),
            preferences=(Preference("c-1", "inconvenient_time", AT - timedelta(days=9), days=(5, 6)),),
        )
        act = proposal("" if action is ActionKind.CHARGE_FEE else channel, party=party, purpose=purpose, action=action)
        then = review(act, known, rules, AT.replace(hour=hour), unknown=unknown)
        now = again(then, known, rules)

        assert then == now
        assert record(then, known, rules) == record(now, known, rules)


class TestOtherLaw:
    def test_what_a_stricter_book_would_have_said(self) -> None:
        """
        A host that trusts only verified rules asks a person about what it allowed itself before.
        """
        known = person(region="ZZ", points=(MAIL,))
        trusting, wary = host_book("from-memory"), host_book("from-memory", least_status="verified")
        then = review(proposal("email"), known, trusting, AT)
        now = again(then, known, trusting, wary)

        assert (Outcome.ALLOW, Outcome.REQUIRE) == (then.outcome, now.outcome)
        assert [("host.email", ("human_decision",))] == [(finding.rule, finding.required) for finding in now.findings]
        assert then == again(now, known, wary, trusting)

    def test_a_law_that_came_later_is_named(self) -> None:
        """
        The verdict says by which packs it was given, and what they would have asked of the calls of then.
        """
        calls = tuple(call(AT - timedelta(days=days), "voicemail") for days in (3, 2))
        known = person(region="US-MA", contacts=calls)
        then = review(proposal(), known, FEDERAL, AT)
        now = again(then, known, FEDERAL, book())

        assert (Outcome.ALLOW, Outcome.DENY) == (then.outcome, now.outcome)
        assert (FEDERAL.for_regions(("US-MA",)).versions, book().for_regions(("US-MA",)).versions) == (then.packs, now.packs)
        assert "us.ma.7_04_f.personal" in {finding.rule for finding in now.findings}

    def test_days_are_counted_by_the_clock_of_the_book_that_is_asked(self) -> None:
        """
        Where no place is known: by UTC while no pack told of the land, by its own clock, on the next day, once one does.
        """
        known = person(region="ZZ", points=(MAIL,))
        then = review(proposal("email", party="first_party"), known, FEDERAL, AT, unknown="require")
        now = again(then, known, FEDERAL, host_book())

        assert (UNKNOWN_REGION, ()) == (then.findings[0].rule, then.zones)
        assert (Outcome.ALLOW, ()) == (now.outcome, now.findings)
        assert (Spend("person/c-1", "host.email", 3, 7, date(2026, 10, 21)),) == now.budgets


class TestWhatCannotBeJudgedAgain:
    def test_other_contacts_than_were_known(self) -> None:
        """
        One that is missing, one too many, one that reads otherwise now: nothing is judged.
        """
        known = person(contacts=tuple(call(AT - timedelta(days=days)) for days in (2, 1)))
        one, two = known.facts.contacts
        kept = record(review(proposal(), known, FEDERAL, AT), known, FEDERAL)
        others: tuple[tuple[Contact, ...], ...] = ((one,), (one, two, two), (two, one), (one, attrs.evolve(two, outcome="busy")))

        for contacts in others:
            with pytest.raises(IntegrityBreachError, match="is not what its record says; nothing was judged"):
                review_again(kept, contacts, FEDERAL)

    def test_a_record_without_what_it_rested_on(self) -> None:
        """
        A plugin told the rules something that has no written form.
        """
        kept = attrs.evolve(record(review(proposal(), person(), FEDERAL, AT), person(), FEDERAL), inputs="", digest="")
        with pytest.raises(IntegrityBreachError, match="without what it rested on; nothing was judged"):
            review_again(kept, (), FEDERAL)
