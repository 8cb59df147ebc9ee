"""One command when somebody called: the contact, what it counts as, the contact point, and what comes next."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from collectkit import Contact, Kit, Money, Promise, RefusedError
from collectkit.person.dispositions import Counter, Interaction
from collectkit.policy import read_policy

from .conftest import NOW, TODAY, account, consumer


def call(result: str, id: str = "i-1", **more: object) -> Interaction:
    return Interaction(id=id, account="a-1", action="call", result=result, collector="ann", point="phone-1", **more)  # type: ignore[arg-type]


class TestInteractions:
    def test_a_call_that_ended_in_a_promise(self, book: Kit) -> None:
        """
        The promise first, then the interaction that names it; the contact counts as a conversation, the point is verified.
        """
        with pytest.raises(RefusedError, match="take the promise first"):
            book.record_interaction(call("promised", promise="pr-1"), at=NOW)
        book.promise(Promise("pr-1", "a-1", Money(5000, "USD"), date(2026, 10, 25), NOW), at=NOW)
        done = book.record_interaction(call("promised", promise="pr-1", reason="illness"), at=NOW)
        assert done == book.record_interaction(call("promised", promise="pr-1", reason="illness"), at=NOW)

        assert (tuple(Counter), "wait_for_promise") == (done.counters, done.next_action)
        assert (done,) == book.interactions("a-1")
        standing = book.person_standing("c-1", as_of=TODAY)
        (contact,) = standing.facts.contacts
        assert ("conversation", "phone", "ann", ("a-1",)) == (contact.outcome, contact.channel, contact.collector, contact.accounts)
        assert "verified" == standing.consumer.contacts[0].status

    def test_a_wrong_number_is_marked_and_never_made_better(self, book: Kit) -> None:
        """
        A conversation that somebody logs on it later leaves it wrong.
        """
        book.record_interaction(call("wrong_party"), at=NOW)
        assert "wrong_party" == book.person_standing("c-1", as_of=TODAY).consumer.contacts[0].status
        book.record_interaction(call("refused", "i-2"), at=NOW + timedelta(minutes=5))
        assert "wrong_party" == book.person_standing("c-1", as_of=TODAY).consumer.contacts[0].status

    def test_the_law_knows_of_it_as_of_a_contact_recorded_elsewhere(self, book: Kit, tmp_path: Path) -> None:
        """
        The same budgets are spent, and the same is asked of the next call.
        """
        with Kit.open(f"sqlite:///{tmp_path}/other.db", policy="us-bnpl", actor="tests") as other:
            other.register(consumer(), at=NOW)
            other.open_account(account(), at=NOW)
            contact = Contact("c-1", NOW, "phone", "phone-1", ("a-1",), "conversation", collector="ann")
            other.record_contact(contact, at=NOW, command_id="x-1")
            book.record_interaction(call("refused"), at=NOW)

            for hours in (1, 24, 200):
                verdicts = [
                    kit.ask_law("c-1", at=NOW + timedelta(hours=hours), channel="phone", party="third_party") for kit in (book, other)
                ]
                assert verdicts[0] == verdicts[1]
            assert book.person_standing("c-1", as_of=TODAY).facts == other.person_standing("c-1", as_of=TODAY).facts

    def test_a_policy_brings_its_own_table(self) -> None:
        """
        Complete, or not loaded.
        """
        text = """
            zone = "America/New_York"
            [[treatment.step]]
            name = "late"
            day = 1
            channel = "email"
            template = "reminder-late"
            [[dispositions.action]]
            name = "call"
            channel = "phone"
            results = ["lifted", "silence"]
            [[dispositions.result]]
            action = "call"
            result = "lifted"
            counters = ["attempt", "connect", "right_party"]
            outcome = "conversation"
        """
        with pytest.raises(Exception, match="call/silence has no row"):
            read_policy(text, name="own")
        more = '\n[[dispositions.result]]\naction = "call"\nresult = "silence"\ncounters = ["attempt"]\noutcome = "no_answer"\n'
        assert read_policy(text + more, name="own").dispositions.find("call", "silence") is not None
