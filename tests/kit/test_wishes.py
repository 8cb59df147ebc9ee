"""What people asked for, and took back, as the gate hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.kit.conftest import NOW, TODAY, account

from collectkit import Consent, Consumer, Kit, Phone, Preference, Stop, TakenBack
from collectkit.actions import Outcome
from collectkit.errors import IdempotencyConflictError, PersonError, UnknownIdError

HOUR = timedelta(hours=1)


def text(kit: Kit, person: str = "c-1", *, hours: int = 0) -> Outcome:
    """Return what the law says to a text message of the house."""
    return kit.ask_law(person, at=NOW + hours * HOUR, channel="sms", content=("electronic_opt_out",)).outcome


@pytest.fixture
def known(kit: Kit) -> Kit:
    kit.register(
        Consumer("c-1", name="Test Consumer", region="US-TX", contacts=[Phone("+15125550123", source="x", consents=["sms"])]), at=NOW - HOUR
    )
    kit.open_account(account("a-1", "c-1"), at=NOW - HOUR)
    return kit


class TestTakingBack:
    def test_a_stop_a_word_back_and_a_new_consent(self, known: Kit) -> None:
        """
        Stop closes the channel; taking it back opens it as far as no law asks for consent; a new consent opens it whole.
        """
        assert Outcome.ALLOW is text(known)
        known.stop(Stop("c-1", ("sms",), NOW), at=NOW, command_id="stop-1")
        assert Outcome.DENY is text(known)

        known.take_back(TakenBack("c-1", "opt_out", NOW + HOUR, "reply"), at=NOW + HOUR, command_id="start-1")
        verdict = known.ask_law("c-1", at=NOW + HOUR, channel="sms", content=("electronic_opt_out",))
        assert {"us.tcpa.consent"} == {finding.rule for finding in verdict.findings}

        known.consent(Consent("c-1", "phone-1", "sms", NOW + HOUR, "reply"), at=NOW + HOUR, command_id="consent-1")
        assert Outcome.ALLOW is text(known, hours=2)

    def test_a_time_that_is_convenient_again(self, known: Kit) -> None:
        """
        The person changed their work, and may be called in the afternoon again.
        """
        known.prefer(Preference("c-1", "inconvenient_time", NOW - HOUR), at=NOW, command_id="pref-1")
        assert Outcome.DENY is text(known)
        known.take_back(TakenBack("c-1", "inconvenient_time", NOW, "oral"), at=NOW, command_id="back-1")
        assert Outcome.ALLOW is text(known)

    def test_the_same_again_changes_nothing_and_nothing_is_not_taken_back(self, known: Kit) -> None:
        """
        A retry is answered alike, another content under the id is a conflict, and a slip about the channel is told.
        """
        known.stop(Stop("c-1", ("sms",), NOW), at=NOW, command_id="stop-1")
        back = TakenBack("c-1", "opt_out", NOW + HOUR, "portal", channel="sms")
        first = known.take_back(back, at=NOW + HOUR, command_id="back-1")
        length = len(known.person_history("c-1"))

        assert first == known.take_back(back, at=NOW + 2 * HOUR, command_id="back-1")
        with pytest.raises(IdempotencyConflictError):
            known.take_back(TakenBack("c-1", "cease", NOW + HOUR, "portal"), at=NOW + HOUR, command_id="back-1")
        with pytest.raises(PersonError, match="no cease stands"):
            known.take_back(TakenBack("c-1", "cease", NOW + HOUR, "portal"), at=NOW + HOUR, command_id="back-2")
        with pytest.raises(UnknownIdError):
            known.take_back(TakenBack("c-9", "cease", NOW + HOUR, "portal"), at=NOW + HOUR, command_id="back-3")
        assert length == len(known.person_history("c-1"))

    def test_what_one_record_took_back_opens_nothing_of_another(self, known: Kit) -> None:
        """
        Restrictions of people who are merged unite: each as its own words left it. What is said since is said by both.
        """
        known.register(Consumer("c-2", name="Test Consumer", region="US-TX"), at=NOW)
        known.open_account(account("a-2", "c-2"), at=NOW)
        for person in ("c-1", "c-2"):
            known.stop(Stop(person, ("sms",), NOW), at=NOW, command_id=f"stop-{person}")
        known.take_back(TakenBack("c-2", "opt_out", NOW + HOUR, "oral"), at=NOW + HOUR, command_id="back-1")
        known.merge("c-2", "c-1", reason="same number", at=NOW + 2 * HOUR)
        assert [("sms",)] == [stop.channels for stop in known.person_standing("c-1", as_of=TODAY).facts.stops]

        known.take_back(TakenBack("c-2", "opt_out", NOW + 3 * HOUR, "oral"), at=NOW + 3 * HOUR, command_id="back-2")
        assert () == known.person_standing("c-1", as_of=TODAY).facts.stops
