from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PersonError
from collectkit.person import (
    Consent,
    ConsentGiven,
    ContactStopped,
    PersonFacts,
    Preference,
    PreferenceSet,
    Stop,
    TakenBack,
    WishTakenBack,
    consent_ledger,
    fold_person,
)

AT = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def stopped(*channels: str, at: datetime = AT, reason: str = "opt_out", means: str = "reply") -> ContactStopped:
    return ContactStopped(Stop("c-1", channels, at, means, reason))


def taken(wish: str, *, at: datetime = AT + HOUR, channel: str = "", place: str = "") -> WishTakenBack:
    return WishTakenBack(TakenBack("c-1", wish, at, "oral", channel, place))


def folded(*bodies: object) -> PersonFacts:
    return fold_person("c-1", bodies)


class TestTakingBack:
    def test_a_stop_is_over_when_it_is_taken_back(self) -> None:
        """
        In either order of arrival.
        """
        for bodies in ((stopped("sms"), taken("opt_out")), (taken("opt_out"), stopped("sms"))):
            assert () == folded(*bodies).stops

    def test_what_is_asked_for_later_stands(self) -> None:
        """
        Taking back reaches only what was asked for before; of one instant the order of the stream decides.
        """
        again = stopped("sms", at=AT + 2 * HOUR)
        assert (again.stop,) == folded(stopped("sms"), taken("opt_out"), again).stops
        assert [0, 1] == [
            len(folded(*two).stops) for two in ((again, taken("opt_out", at=AT + 2 * HOUR)), (taken("opt_out", at=AT + 2 * HOUR), again))
        ]

    def test_one_channel_of_several(self) -> None:
        """
        Texts may come again, calls may not; a stop of all channels is taken back as a whole or not at all.
        """
        assert [("phone",)] == [stop.channels for stop in folded(stopped("sms", "phone"), taken("opt_out", channel="sms")).stops]
        assert [()] == [stop.channels for stop in folded(stopped(), taken("opt_out", channel="sms")).stops]
        assert () == folded(stopped(), taken("opt_out")).stops

    def test_a_written_cease_is_no_opt_out(self) -> None:
        """
        Who only wants texts again has not taken back that the collector shall cease.
        """
        cease = stopped(reason="cease", means="written")
        assert (cease.stop,) == folded(cease, taken("opt_out")).stops
        for reason in ("cease", "refuses_to_pay"):
            assert () == folded(stopped(reason=reason), taken("cease")).stops

    def test_what_an_erasure_leaves_behind_stays(self) -> None:
        """
        Nobody is there who could take it back.
        """
        left = stopped(reason="cease", means="erasure_request")
        assert (left.stop,) == folded(left, taken("cease")).stops

    def test_preferences_by_kind_channel_and_place(self) -> None:
        """
        A time says nothing about a place.
        """
        morning = PreferenceSet(Preference("c-1", "inconvenient_time", AT, starts=time(8), ends=time(12)))
        home = PreferenceSet(Preference("c-1", "inconvenient_place", AT, place="home"))
        work = PreferenceSet(Preference("c-1", "inconvenient_place", AT, place="workplace"))
        calls = PreferenceSet(Preference("c-1", "refused_medium", AT, channel="phone"))
        said = (morning, home, work, calls)

        assert {"inconvenient_place", "refused_medium"} == {one.kind for one in folded(*said, taken("inconvenient_time")).preferences}
        assert ["workplace"] == [one.place for one in folded(home, work, taken("inconvenient_place", place="home")).preferences]
        assert 4 == len(folded(*said, taken("refused_medium", channel="sms")).preferences)
        assert 3 == len(folded(*said, taken("refused_medium", channel="phone")).preferences)

    def test_no_other_wish_can_be_taken_back(self) -> None:
        """
        The words are told.
        """
        with pytest.raises(PersonError, match="opt_out"):
            TakenBack("c-1", "stop", AT, "oral")


class TestConsents:
    def test_a_stop_ends_the_consents_that_it_covers(self) -> None:
        """
        47 CFR 64.1200(a)(10): stop revokes, and taking the stop back gives nothing again; a new consent does.
        """
        before, mail = (ConsentGiven(Consent("c-1", "phone-1", channel, AT - HOUR, "checkout")) for channel in ("sms", "email"))
        again = ConsentGiven(Consent("c-1", "phone-1", "sms", AT + 2 * HOUR, "reply"))

        assert (mail.consent,) == folded(before, mail, stopped("sms")).consents
        assert (mail.consent,) == folded(before, mail, stopped("sms"), taken("opt_out")).consents
        assert {mail.consent, again.consent} == set(folded(before, mail, stopped("sms"), taken("opt_out"), again).consents)
        assert () == folded(before, mail, stopped()).consents

    def test_of_one_instant_the_order_of_the_stream_decides(self) -> None:
        """
        As for a withdrawal.
        """
        agreed = ConsentGiven(Consent("c-1", "phone-1", "sms", AT, "checkout"))
        assert [0, 1] == [len(folded(*two).consents) for two in ((agreed, stopped("sms")), (stopped("sms"), agreed))]


_hours = st.integers(0, 6).map(lambda hours: AT + hours * HOUR)
_channels = st.lists(st.sampled_from(["sms", "phone", "email"]), max_size=2, unique=True)
_bodies = st.lists(
    st.one_of(
        st.builds(
            lambda at, channels, reason: stopped(*channels, at=at, reason=reason), _hours, _channels, st.sampled_from(["opt_out", "cease"])
        ),
        st.builds(
            lambda at, wish, channel: taken(wish, at=at, channel=channel),
            _hours,
            st.sampled_from(["opt_out", "cease"]),
            st.sampled_from(["", "sms"]),
        ),
        st.builds(lambda at, channel: ConsentGiven(Consent("c-1", "phone-1", channel, at, "x")), _hours, st.sampled_from(["sms", "email"])),
    ),
    max_size=8,
)


class TestLaws:
    @given(bodies=_bodies, stop=st.builds(lambda channels: stopped(*channels, at=AT + 9 * HOUR), _channels))
    def test_the_last_word_counts(self, bodies: list[object], stop: ContactStopped) -> None:
        """
        Whatever was said before, a stop after all of it stands, and no consent that it covers does.
        """
        facts = folded(*bodies, stop)
        assert stop.stop in facts.stops
        assert not any(not stop.stop.channels or consent.channel in stop.stop.channels for consent in facts.consents)

    @given(bodies=_bodies)
    def test_nothing_opens_but_what_was_taken_back(self, bodies: list[object]) -> None:
        """
        Without a word that takes back, every stop stands whole; with all of them taken back, none does.
        """
        stops = {body.stop for body in bodies if isinstance(body, ContactStopped)}
        asked = [body for body in bodies if not isinstance(body, WishTakenBack)]
        assert stops == set(folded(*asked).stops)
        late = AT + 9 * HOUR
        assert () == folded(*bodies, taken("opt_out", at=late), taken("cease", at=late)).stops

    @given(bodies=_bodies)
    def test_taking_back_brings_no_consent_back(self, bodies: list[object]) -> None:
        """
        The ledger and the facts agree, whatever was taken back.
        """
        asked = [body for body in bodies if not isinstance(body, WishTakenBack)]
        assert folded(*asked).consents == folded(*bodies).consents
        standing = [entry.consent for entry in consent_ledger("c-1", bodies).entries if not entry.ended_by]
        assert standing == list(folded(*bodies).consents)
