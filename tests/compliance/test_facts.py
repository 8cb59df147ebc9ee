"""What the gate is told about a person and an act: who spoke to whom, about what, and what that means to the law."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compliance.people import AT, account, book, call, person, proposal

from collectkit.actions import ActionKind, Outcome, Proposal
from collectkit.compliance import Circumstances, Question, review
from collectkit.compliance.facts import question_of
from collectkit.compliance.past import OUTCOMES, PastContact
from collectkit.person import Consent, Contact, Stop
from collectkit.person.dispositions import DISPOSITIONS
from collectkit.person_standing import PersonStanding
from collectkit.servicing.hand_work import OUTCOMES as HAND_RESULTS

INITIAL = ("attempt_to_collect", "information_used_for_purpose")
LONG_AGO = AT - timedelta(days=20)
NOT_TOLD = (
    "no_answer",
    "busy",
    "not_in_service",
    "voicemail",
    "voicemail_full",
    "answered_dropped",
    "undeliverable",
    "wrong_party",
    "unknown",
)


def told(act: Proposal, standing: PersonStanding, at: datetime = AT) -> Question:
    """Return the question that the gate asks about an act."""
    return question_of(
        act, standing, at, zones=("America/New_York",), default_zone="UTC", regions=frozenset({"US-NY"}), point=None, unknown=Outcome.DENY
    )


def is_initial(act: Proposal, *contacts: Contact) -> object:
    return told(act, person(contacts=contacts)).fact("when.initial_communication")


def written(collector: str, *, channel: str = "email", at: datetime = LONG_AGO) -> Contact:
    """The person wrote to somebody from the address that they gave at the checkout."""
    point = "email-1" if channel == "email" else "phone-1"
    return Contact("c-1", at, channel, point, ("a-1",), "delivered", "inbound", purpose="response", collector=collector)


class TestFirstCommunication:
    """12 CFR 1006.2(b), (d), (j), 1006.18(e)(1), 1006.34(a)(1): an attempt is no communication, and each debt has its first one."""

    @pytest.mark.parametrize("outcome", NOT_TOLD)
    def test_an_attempt_that_told_nothing_is_none(self, outcome: str) -> None:
        """
        Whoever reaches the person next must still say what the first communication must say.
        """
        assert is_initial(proposal(), call(LONG_AGO, outcome)) is True

    @pytest.mark.parametrize("direction", ["outbound", "inbound"])
    def test_a_conversation_is_one_whoever_began_it(self, direction: str) -> None:
        """
        Comment 18(e)(1)-1: also a call that the person makes.
        """
        assert is_initial(proposal(), call(LONG_AGO, "conversation", direction=direction)) is False

    def test_an_unanswered_call_does_not_free_the_next_one_of_the_first_words(self) -> None:
        """
        A collector's second call, the first that is answered, without the statements of 1006.18(e)(1) is not allowed as it stands.
        """
        later = proposal(content=("from_debt_collector",))
        verdict = review(later, person(contacts=(call(LONG_AGO),)), book(), AT)

        assert Outcome.REQUIRE is verdict.outcome
        assert {*INITIAL, "validation_information"} == {token for finding in verdict.findings for token in finding.required}

    def test_what_another_said_is_not_what_this_one_said(self) -> None:
        """
        Nor what the creditor did; and a collector of whom it is not known who it is never spoke before.
        """
        for collector in ("", "agency-2"):
            assert is_initial(proposal(), attrs.evolve(call(LONG_AGO, "conversation"), collector=collector)) is True
        assert is_initial(attrs.evolve(proposal(), handler=None), attrs.evolve(call(LONG_AGO, "conversation"), collector="")) is True

    def test_all_of_a_creditor_is_one_speaker(self) -> None:
        """
        Whichever team of the house, or whoever for it, spoke first.
        """
        assert is_initial(proposal(party="first_party"), call(LONG_AGO, "conversation")) is False

    def test_each_debt_has_its_own(self) -> None:
        """
        15 USC 1692g(a): the notice is about the debt; one that joined later was never spoken of.
        """
        both = attrs.evolve(proposal(), accounts=("a-1", "a-2"))
        assert is_initial(both, call(LONG_AGO, "conversation")) is True
        assert is_initial(both, call(LONG_AGO, "conversation"), attrs.evolve(call(AT, "conversation"), accounts=("a-2",))) is False

    def test_what_comes_later_is_not_known_yet(self) -> None:
        """
        A record of tomorrow says nothing about today.
        """
        assert is_initial(proposal(), call(AT + timedelta(days=1), "conversation")) is True

    @given(outcomes=st.lists(st.sampled_from([*NOT_TOLD, "conversation", "delivered"]), max_size=6))
    def test_it_is_the_first_until_something_was_told(self, outcomes: list[str]) -> None:
        """
        However often, and in whatever order, nothing was reached before.
        """
        contacts = [call(LONG_AGO + timedelta(hours=hour), outcome) for hour, outcome in enumerate(outcomes)]
        assert (not {"conversation", "delivered"} & set(outcomes)) is is_initial(proposal(), *contacts)

    def test_a_death_on_record_counts_wherever_it_stands(self) -> None:
        """
        12 CFR 1006.34(a)(1): the representative is named, whether the hold is on the person or on the account.
        """
        for standing in (person(holds=("deceased",)), person(accounts=(account(holds=("deceased",)),))):
            assert told(proposal("letter"), standing).fact("consumer.deceased_and_validation") is True
        assert told(proposal("letter"), person()).fact("consumer.deceased_and_validation") is False


class TestWhatThePersonWrote:
    """12 CFR 1006.6(d)(4)(i)(A), (5)(i) and 1006.6(b)(1), comment -2: what was written to one is no word to another."""

    def test_an_address_used_with_the_creditor_is_not_one_used_with_the_collector(self) -> None:
        """
        Only who was written to may write back there under the safe harbor.
        """
        for collector, outcome in (("agency-1", Outcome.ALLOW), ("", Outcome.REQUIRE), ("agency-2", Outcome.REQUIRE)):
            mail = proposal("email", content=("electronic_opt_out", *proposal().content))
            known = (call(LONG_AGO, "conversation"), written(collector))
            verdict = review(mail, person(region="US-TX", contacts=known), book(), AT)
            assert outcome is verdict.outcome, collector

    def test_an_answer_goes_to_whom_the_person_wrote(self) -> None:
        """
        One message to the agency lets the agency answer once, and nobody else.
        """
        answers = "consumer_initiated_response_once"
        for collector, may in (("agency-1", True), ("agency-2", False), ("", False)):
            asked = told(proposal("email", purpose="response"), person(contacts=(written(collector),)))
            assert may is (answers in asked.purposes)
        ours = told(proposal("email", purpose="response", party="first_party"), person(contacts=(written("agency-1"),)))
        assert answers in ours.purposes


class TestToWhomAConsentWasGiven:
    """12 CFR 1006.6(d)(4)(i)(B), comment 6(b)(4)(i)-2: directly to the debt collector."""

    @pytest.mark.parametrize(("given_to", "outcome"), [("agency-1", Outcome.ALLOW), ("", Outcome.REQUIRE), ("agency-2", Outcome.REQUIRE)])
    def test_an_agency_rests_on_what_it_was_told_itself(self, given_to: str, outcome: Outcome) -> None:
        """
        Not on what the creditor or another agency was told.
        """
        mail = proposal("email", content=("electronic_opt_out", *proposal().content))
        agreed = Consent("c-1", "email-1", "email", LONG_AGO, "portal", given_to=given_to)
        assert outcome is review(mail, person(region="US-TX", consents=(agreed,)), book(), AT).outcome

    @pytest.mark.parametrize("given_to", ["", "agency-1"])
    def test_a_machine_may_text_for_the_creditor(self, given_to: str) -> None:
        """
        23 FCC Rcd 559: a number given to the creditor is given to whoever calls for it.
        """
        assert "us.tcpa.consent" not in self.against(given_to, "third_party")

    @pytest.mark.parametrize(("given_to", "party"), [("agency-2", "third_party"), ("agency-1", "first_party")])
    def test_what_an_agency_was_told_is_told_to_nobody_else(self, given_to: str, party: str) -> None:
        """
        Neither to another agency nor to the creditor.
        """
        assert "us.tcpa.consent" in self.against(given_to, party)

    def against(self, given_to: str, party: str) -> set[str]:
        agreed = Consent("c-1", "phone-1", "sms", LONG_AGO, "portal", given_to=given_to)
        verdict = review(proposal("sms", party=party), person(region="US-TX", consents=(agreed,)), book(), AT)
        return {finding.rule for finding in verdict.findings}


class TestWhoseHistory:
    def test_a_contact_with_another_record_of_the_person_is_one_with_the_person(self) -> None:
        """
        Of people who were merged each contact names the record that it was made with: caps are the human being's.
        """
        calls = tuple(attrs.evolve(call(AT - timedelta(days=day), "voicemail"), person="c-2") for day in (1, 2, 3))
        verdict = review(proposal(), person(region="US-WA", contacts=calls), book(), AT)

        assert "us.wa.week3" in {finding.rule for finding in verdict.findings}


class TestWordsForOutcomes:
    """What hosts and agencies call it, the law counts by what it was."""

    @pytest.mark.parametrize("word", ["conversation", "right_party", "promise"])
    def test_whoever_was_spoken_with_is_left_in_peace(self, word: str) -> None:
        """
        12 CFR 1006.14(b)(2)(i)(B): seven days, whatever an agency's file calls the talk.
        """
        verdict = review(proposal(), person(contacts=(call(AT - timedelta(days=2), word),)), book(), AT)
        assert "us.regf.14b.after_conversation" in {finding.rule for finding in verdict.findings}

    @pytest.mark.parametrize("word", ["third_party", "third_party_answered", "hung_up", ""])
    def test_a_word_that_nobody_knows_counts_as_possibly_made(self, word: str) -> None:
        """
        940 CMR 7.04(1)(f): two in seven days, also when somebody else answered.
        """
        calls = tuple(call(AT - timedelta(days=day), word) for day in (1, 2))
        verdict = review(proposal(), person(region="US-MA", contacts=calls), book(), AT)
        assert "us.ma.7_04_f.personal" in {finding.rule for finding in verdict.findings}

    def test_a_busy_line_is_no_call_placed(self) -> None:
        """
        12 CFR 1006.14(b)(3)(ii): neither is a number that is not in service; seven of them leave seven calls.
        """
        for word, outcome in (("busy", Outcome.ALLOW), ("not_in_service", Outcome.ALLOW), ("no_answer", Outcome.DENY)):
            calls = tuple(call(AT - timedelta(hours=hour), word) for hour in range(1, 8))
            assert outcome is review(proposal(), person(region="US-TX", contacts=calls), book(), AT).outcome

    def test_every_disposition_and_result_of_a_list_is_a_word_of_the_packs(self) -> None:
        """
        What the library itself writes down needs no translation.
        """
        assert OUTCOMES >= {row.outcome for row in DISPOSITIONS.rows}
        assert OUTCOMES >= set(HAND_RESULTS.values())


class TestInDoubt:
    """What might stand against an act is asked, and what came of a call is not taken for granted."""

    def test_a_call_of_which_nobody_told_what_came_of_it_may_have_been_a_conversation(self) -> None:
        """
        12 CFR 1006.14(b)(2)(i)(B): the wait may run; once the result is told it does, or does not.
        """
        wait = "us.regf.14b.after_conversation"
        made = AT - timedelta(days=2)
        for outcome, found in (("unknown", True), ("conversation", True), ("no_answer", False)):
            verdict = review(proposal(), person(region="US-TX", contacts=(call(made, outcome),)), book(), AT)
            assert found is (wait in {finding.rule for finding in verdict.findings}), outcome
        doubtful = person(region="US-TX", contacts=(call(LONG_AGO, "conversation"), call(made, "unknown")))
        assert (made + timedelta(days=7)).date() == (review(proposal(), doubtful, book(), AT).earliest_lawful_at or AT).date()
        asked = review(proposal(), doubtful, book(), AT, unknown="require")
        assert (Outcome.REQUIRE, ("outcome_of_last_call",)) == (asked.outcome, asked.findings[0].required)
        assert Outcome.ALLOW is review(proposal(), doubtful, book(), AT + timedelta(days=5)).outcome

    @pytest.mark.parametrize(("recipient", "found"), [("", True), ("household_member", True), ("third_party", False)])
    def test_a_third_party_of_whom_nothing_is_said_may_live_there(self, recipient: str, found: bool) -> None:
        """
        940 CMR 7.05(3)(d): two calls in seven days to a household.
        """
        calls = tuple(
            PastContact(AT - timedelta(days=day), "phone", outcome="third_party_answered", person="x", debts=("a-1",)) for day in (1, 2)
        )
        known = Circumstances(recipient=recipient, toward="x", contacts=calls)
        asked = proposal(party="first_party", action=ActionKind.CONTACT_THIRD_PARTY)
        verdict = review(asked, person(region="US-MA"), book(), AT, circumstances=known)
        assert found is ("us.ma.household" in {finding.rule for finding in verdict.findings})


class TestStage:
    def test_a_creditor_that_gave_the_account_up_is_collecting(self) -> None:
        """
        6 RCNY 5-77: no bills come any more and all of it is asked for; before that it reminds.
        """
        up = attrs.evolve(account(), charged_off_on=AT.date())
        assert "debt_collection_procedures" in (told(proposal(party="first_party"), person(accounts=(up,))).stages or ())
        assert "debt_collection_procedures" not in (told(proposal(party="first_party"), person()).stages or ())


class TestSelling:
    @pytest.mark.parametrize("held", ["deceased", "insolvency", "cease_contact", "represented", "minor", "fraud"])
    def test_a_hold_stops_what_sells_too(self, held: str) -> None:
        """
        A contact that offers something is a contact all the same.
        """
        verdict = review(proposal("sms", party="first_party", action=ActionKind.SOLICIT), person(holds=(held,)), book(), AT)
        assert f"collectkit.hold.{held}" in {finding.rule for finding in verdict.findings}

    def test_stop_means_stop_for_what_sells(self) -> None:
        """
        Nothing is sold where no reminder may go.
        """
        stopped = person(stops=(Stop("c-1", ("sms",), LONG_AGO),))
        verdict = review(proposal("sms", party="first_party", action=ActionKind.SOLICIT), stopped, book(), AT)
        assert "collectkit.stop" in {finding.rule for finding in verdict.findings}

    def test_the_usual_hours_hold_for_it(self) -> None:
        """
        Where no law names hours for sales, nobody is texted at night.
        """
        night = AT.replace(hour=6)
        verdict = review(
            proposal("sms", party="first_party", action=ActionKind.SOLICIT),
            person(region="FR", points=person().consumer.contacts),
            book(),
            night,
        )
        assert "collectkit.courtesy.hours" in {finding.rule for finding in verdict.findings}


class TestCollecting:
    """11 USC 362(a)(6): a stay stops "any act to collect"; SI 2020/1311: a card mandate that goes on is enforcement by another name."""

    @pytest.mark.parametrize(
        "action", [ActionKind.DEBIT, ActionKind.RETRY_PAYMENT, ActionKind.SUE, ActionKind.THREATEN_SUIT, ActionKind.ENFORCE]
    )
    @pytest.mark.parametrize("held", ["insolvency", "moratorium"])
    def test_nothing_is_taken_or_sued_for_meanwhile(self, held: str, action: ActionKind) -> None:
        """
        Wherever the person lives, and whether the hold is on them or on the account.
        """
        for standing in (person(region="FR", holds=(held,)), person(region="FR", accounts=(account(holds=(held,)),))):
            verdict = review(proposal("", party="first_party", action=action), standing, book(), AT)
            assert f"collectkit.hold.{held}" in {finding.rule for finding in verdict.findings}

    def test_what_a_court_allows_or_the_proceeding_asks_for_goes_on(self) -> None:
        """
        A claim is filed in the proceeding itself.
        """
        for purpose in ("proof_of_claim", "court_permission"):
            known = Circumstances(purposes=(purpose,))
            asked = proposal("", party="first_party", action=ActionKind.SUE)
            verdict = review(asked, person(region="US-TX", holds=("insolvency",)), book(), AT, circumstances=known)
            assert Outcome.ALLOW is verdict.outcome
