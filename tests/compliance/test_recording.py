"""A verdict on record: what the rules were told comes back whole, gives the verdict again, and a change of it is seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Outcome, Verdict
from collectkit.calendars.dates import zone
from collectkit.compliance import Circumstances, Question, RuleBook, judged_of, question_of_record, recheck, review, review_again, rule_on
from collectkit.compliance.past import PastContact, PastFee, Payments
from collectkit.compliance.replaying import Rechecked
from collectkit.errors import IntegrityBreachError
from collectkit.person import Consent, Contact, Preference, Stop
from collectkit.storage.codec import codec_for

from ..conformance.regulation import cases
from .people import AT, book, call, person, proposal
from .test_laws import packs, questions

CODEC = codec_for(type(judged_of(review(proposal(), person(), book(), AT), person(), book(), read=0)))


def recorded(verdict: Verdict, asked: Question) -> Question:
    """Return a question as it comes back from the stored record of a verdict on it."""
    held = attrs.evolve(verdict, question=asked, at=asked.at)
    return question_of_record(CODEC.read(CODEC.write(judged_of(held, person(), RuleBook(()), read=0, inline=True))), ())


PLAIN = review(proposal(), person(), book(), AT)


class TestQuestions:
    @given(question=questions(), law=packs)
    def test_a_question_comes_back_as_it_was(self, question: Question, law: list) -> None:
        """
        Field by field, and so with the same answer.
        """
        again = recorded(PLAIN, question)

        for field in attrs.fields(Question):
            if field.init:
                assert getattr(question, field.name) == getattr(again, field.name), field.name
        assert rule_on(question, law) == rule_on(again, law)

    @pytest.mark.parametrize("name", ["us-regf-call-frequency", "payments", "us-states", "combinations", "au-nz", "gb", "europe-za"])
    def test_every_example_of_a_regulator_comes_back(self, name: str, shared_data: Path) -> None:
        """
        With whatever facts it states: fees, tries, notices, holds, consents.
        """
        for case in cases(shared_data / "vectors" / "regulation" / f"{name}.json"):
            again = recorded(PLAIN, case.asked)
            assert case.ruling == rule_on(again, case.packs), case.name

    def test_two_calls_an_hour_apart_are_two(self) -> None:
        """
        Although the clock, which was turned back between them, showed the same time at both.
        """
        digests = set()
        for fold in (0, 1):
            called = datetime(2026, 11, 1, 1, 30, tzinfo=zone("America/New_York"), fold=fold)
            asked = Question("contact", AT, history=(PastContact(called, "phone"),))
            digests.add(judged_of(attrs.evolve(PLAIN, question=asked), person(), book(), read=0).digest)

        assert 2 == len(digests)

    def test_what_has_no_written_form_is_told(self) -> None:
        """
        A plugin's object cannot be given again; the act is judged all the same, and the record says what it lacks.
        """
        odd = attrs.evolve(PLAIN, question=Question("contact", AT, facts={"acme.score": object()}))
        judged = judged_of(odd, person(), book(), read=0)

        assert ("", "") == (judged.inputs, judged.digest)
        with pytest.raises(IntegrityBreachError, match="without what it rested on"):
            question_of_record(judged, ())


def acts(calls: int, *, channel: str, purpose: str, party: str, region: str, hour: int, unknown: str) -> tuple[Verdict, Rechecked]:
    """Return a verdict and what its record gives, for one who was called so often and said some things."""
    at = AT.replace(hour=hour)
    known = person(
        region=region,
        contacts=tuple(call(AT - timedelta(hours=9 * number), outcome="voicemail") for number in range(calls, 0, -1)),
        consents=(Consent("c-1", "phone-1", "sms", AT - timedelta(days=30), "checkout", "v3", evidence="form-7"),),
        stops=(Stop("c-1", ("letter",), AT - timedelta(days=3)),),
        preferences=(Preference("c-1", "inconvenient_time", AT - timedelta(days=9), days=(5, 6)),),
    )
    verdict = review(proposal(channel, purpose=purpose, party=party), known, book(), at, unknown=unknown)
    judged = CODEC.read(CODEC.write(judged_of(verdict, known, book(), read=calls)))
    return verdict, recheck(judged, known.facts.contacts, book())


class TestRecords:
    @given(
        calls=st.integers(0, 9),
        channel=st.sampled_from(["phone", "sms", "email", "letter", "in_person"]),
        purpose=st.sampled_from(["reminder", "notice", "response"]),
        party=st.sampled_from(["first_party", "third_party", "debt_buyer"]),
        region=st.sampled_from(["US-NY", "US-MA", "US", "GB", "AU", "XX", ""]),
        hour=st.integers(0, 23),
        unknown=st.sampled_from(["deny", "require"]),
    )
    def test_a_record_gives_its_verdict_again(
        self, calls: int, channel: str, purpose: str, party: str, region: str, hour: int, unknown: str
    ) -> None:
        """
        Allowed or not, with a known place or none, with a contact point or none.
        """
        verdict, again = acts(calls, channel=channel, purpose=purpose, party=party, region=region, hour=hour, unknown=unknown)

        assert again.holds, again.differs
        assert verdict.outcome.value == again.judged.outcome

    def test_it_says_what_the_verdict_rested_on(self) -> None:
        """
        Packs, time zone data, consent, and each budget before the act.
        """
        known = person(
            contacts=tuple(call(AT - timedelta(days=days)) for days in (1, 2)),
            consents=(Consent("c-1", "phone-1", "phone", AT - timedelta(days=30), "checkout", "v3", evidence="form-7"),),
        )
        verdict = review(proposal(), known, book(), AT)
        judged = judged_of(verdict, known, book(), read=4, wording="2")

        assert (verdict.packs, verdict.tzdata, "2", 4) == (judged.packs, judged.tzdata, judged.wording, judged.read)
        assert ("phone phone-1 2026-09-20T18:00:00+00:00 v3 form-7",) == judged.consents
        assert {2} == {use.before for use in judged.budgets if use.rule == "us.regf.14b.7in7"}
        assert all(text not in judged.inputs for text in ("+1212", "example.com", "Test Consumer"))

    def test_other_contacts_than_were_known_are_seen(self) -> None:
        """
        One that was added, left out or changed; so are other inputs.
        """
        known = person(contacts=tuple(call(AT - timedelta(days=days)) for days in (2, 1)))
        judged = judged_of(review(proposal(), known, book(), AT), known, book(), read=2)
        one, two = known.facts.contacts

        for others in ((one,), (one, two, two), (one, attrs.evolve(two, outcome="busy"))):
            assert ("record",) == recheck(judged, others, book()).differs
        forged = attrs.evolve(judged, inputs=judged.inputs.replace("third_party", "first_party"))
        assert ("record",) == recheck(forged, (one, two), book()).differs

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("outcome", "deny"),
            ("rules", ("us.regf.14b.7in7",)),
            ("until", AT),
            ("earliest", AT),
            ("point", "phone-2"),
            ("duties", ("made_up",)),
            ("budgets", ()),
        ],
    )
    def test_a_changed_verdict_is_seen(self, name: str, value: object) -> None:
        """
        Each of the things that a verdict says.
        """
        known = person()
        judged = judged_of(review(proposal(), known, book(), AT), known, book(), read=0)

        assert (name,) == recheck(attrs.evolve(judged, **{name: value}), (), book()).differs

    def test_other_law_is_told_apart_from_another_answer(self) -> None:
        """
        Under other packs, or other time zone data, another answer proves nothing.
        """
        known = person()
        judged = judged_of(review(proposal(), known, book(), AT), known, book(), read=0)
        fewer = RuleBook(book().packs[:3])

        assert ("law",) == recheck(judged, (), fewer).differs
        assert ("law",) == recheck(attrs.evolve(judged, tzdata="1970a"), (), book()).differs

    def test_another_book_answers_as_it_would_have_then(self) -> None:
        """
        What was allowed is denied under law that came later, by the facts of then.
        """
        known = person(region="US-MA", contacts=tuple(call(AT - timedelta(days=days), "voicemail") for days in (3, 2)))
        few = RuleBook(tuple(pack for pack in book().packs if pack.name != "us-ma"))
        verdict = review(proposal(), known, few, AT)
        judged = judged_of(verdict, known, few, read=2)
        again = review_again(judged, known.facts.contacts, book())

        assert verdict.permissible
        assert Outcome.DENY is again.outcome
        assert review(proposal(), known, book(), AT) == attrs.evolve(again, proposal=proposal())

    def test_acts_that_are_no_contact_are_recorded_alike(self) -> None:
        """
        A fee with what was charged before.
        """
        fees = Circumstances(
            facts={"fee.kind": "default", "fee.amount": Fraction(15, 2), "account.first_contract_on": AT.date()},
            payments=Payments(fees=(PastFee(AT.date(), "default", Fraction(10), "a-1"),)),
        )
        verdict = review(proposal("", action=ActionKind.CHARGE_FEE), person(region="AU"), book(), AT, circumstances=fees)
        judged = CODEC.read(CODEC.write(judged_of(verdict, person(region="AU"), book(), read=0)))

        assert recheck(judged, (), book()).holds


def test_a_contact_is_named_by_what_the_packs_call_it() -> None:
    """
    The place of a contact is that of its contact point, where the person still has it.
    """
    known = person(contacts=(Contact("c-1", datetime(2026, 10, 1, tzinfo=UTC), "phone", "gone"), call(AT - timedelta(days=1))))
    question = review(proposal(), known, book(), AT).question

    assert isinstance(question, Question)
    assert ["", "personal"] == [contact.place for contact in question.history]
