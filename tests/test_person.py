"""What a person's data may be, and what the facts about them come to."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PersonError, TimeError
from collectkit.person import (
    NAME_MAX,
    Consent,
    ConsentGiven,
    ConsentWithdrawn,
    Consumer,
    Contact,
    ContactRecorded,
    ContactStopped,
    Email,
    PersonRegistered,
    Phone,
    Postal,
    Preference,
    PreferenceSet,
    Stop,
    fold_person,
)
from collectkit.testing.strategies import consumers

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


class TestPhone:
    def test_punctuation_is_dropped(self) -> None:
        """
        One number has one form.
        """
        assert "+12125550123" == Phone("+1 (212) 555-0123", source="checkout").value

    @pytest.mark.parametrize(
        "number", ["555-0100", "2125550123", "0044 20 7946 0000", "+0123456789", "+1212", "+1212555012\u0663", "+12125550123;ext=5", ""]
    )
    def test_without_its_country_a_number_is_refused(self, number: str) -> None:
        """
        ``555-0100`` could ring anywhere; the message shows an example and not the number.
        """
        with pytest.raises(PersonError) as caught:
            Phone(number, source="checkout")

        assert "a phone number needs its country code, as in +12125550123; nothing was recorded" == str(caught.value)


class TestEmail:
    def test_one_address_is_stored_as_given(self) -> None:
        """
        Case is kept: the part before the @ belongs to the receiver's host.
        """
        assert "Ann.O'Brien+shop@example.com" == Email("Ann.O'Brien+shop@example.com", source="checkout").value

    @pytest.mark.parametrize(
        "text", ["a@b.cc, x@y.zz", "a@b.cc;x@y.zz", "a@b.cc x@y.zz", "a@b.cc\r\nBcc: x@y.zz", "a@b.cc\n", "a@b", "@b.cc", "a@-b.cc", ""]
    )
    def test_anything_but_one_address_is_refused(self, text: str) -> None:
        """
        Two addresses in one field, and line breaks that would forge a header.
        """
        with pytest.raises(PersonError, match="exactly one address"):
            Email(text, source="checkout")


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "Null",
            "O'Brien",
            "Robert'); DROP TABLE students;--",
            '=HYPERLINK("http://example.com","x")',
            "None",
            "X",
            "",
            "👩‍👩‍👧",
            "Zero\u200bwidth",
            "محمد",
            "\u200eLeft",
        ],
    )
    def test_ordinary_and_odd_names_are_stored_exactly(self, name: str) -> None:
        """
        A name is text: never SQL, never a formula, never nothing.
        """
        assert name == Consumer("c-1", name).name

    def test_names_are_stored_in_normal_form_c(self) -> None:
        """
        Two ways to write one letter are one name.
        """
        assert "José" == Consumer("c-1", "Jose\u0301").name

    @pytest.mark.parametrize(
        "name", ["Ann\r\nBcc: x@y.zz", "Ann\n", "Ann\x00", "Ann\t", "Ann\x85", "Ann\u2028Bob", "\u202eevil", "\u2066x", "half \ud800"]
    )
    def test_dangerous_characters_are_refused(self, name: str) -> None:
        """
        Line breaks, NUL, direction overrides, and half of a character that no store could write.
        """
        with pytest.raises(PersonError, match="control character"):
            Consumer("c-1", name)

    def test_the_length_limit_is_stated(self) -> None:
        """
        4,000 combining marks are not a name.
        """
        with pytest.raises(PersonError, match="at most 300 characters, got 4001"):
            Consumer("c-1", "a" + "\u0301" * 4000)

        assert NAME_MAX == len(Consumer("c-1", "n" * NAME_MAX).name)

    def test_the_stored_form_is_measured(self) -> None:
        """
        This letter becomes two in normal form C, so that 300 of them are too long; what is stored can be given again.
        """
        with pytest.raises(PersonError, match="got 600"):
            Consumer("c-1", "\u0958" * 300)

        stored = Consumer("c-1", "\u0958" * 150)
        assert stored == Consumer("c-1", stored.name)

    def test_a_name_is_a_text(self) -> None:
        """
        None is not the empty name.
        """
        with pytest.raises(PersonError, match="must be a text, got NoneType"):
            Consumer("c-1", None)  # type: ignore[arg-type]

    @given(consumer=consumers())
    def test_what_is_stored_is_stable(self, consumer: Consumer) -> None:
        """
        Every name is in normal form C, and giving it again changes nothing.
        """
        assert normalize("NFC", consumer.name) == consumer.name
        assert consumer == Consumer(consumer.id, consumer.name, locale=consumer.locale, region=consumer.region, contacts=consumer.contacts)


class TestConsumer:
    def test_points_are_named_in_order(self) -> None:
        """
        By kind, from one; a given id stays.
        """
        one, two = Phone("+12125550123", source="checkout"), Phone("+12125550124", source="checkout", id="mobile")
        mail = Email("a@b.cc", source="checkout")
        consumer = Consumer("c-1", contacts=[one, two, mail])

        assert ["phone-1", "mobile", "email-1"] == [point.id for point in consumer.contacts]
        assert consumer.contacts[1] == consumer.point("mobile")
        assert consumer.point("fax") is None
        with pytest.raises(PersonError, match="same id"):
            Consumer("c-1", contacts=[one, Phone("+12125550124", source="checkout", id="phone-1")])

    def test_verified_points_come_first_and_dead_ones_never(self) -> None:
        """
        By channel, too: an e-mail address takes no text message.
        """
        numbers = [
            Phone(f"+1212555012{n}", source="checkout", status=status)
            for n, status in enumerate(("unverified", "disconnected", "verified", "wrong_party"))
        ]
        consumer = Consumer("c-1", contacts=[*numbers, Email("a@b.cc", source="checkout")])

        assert ["phone-3", "phone-1"] == [point.id for point in consumer.points_for("sms")]
        assert ["email-1"] == [point.id for point in consumer.points_for("email")]
        assert () == consumer.points_for("letter")

    def test_nothing_personal_is_printed(self) -> None:
        """
        Neither name nor number nor street.
        """
        points = [
            Phone("+12125550123", source="checkout"),
            Email("ann@example.com", source="checkout"),
            Postal("7 Secret Road", source="checkout", postal_code="10013"),
        ]
        printed = repr(Consumer("c-1", "Ann Example", contacts=points))

        assert [] == [text for text in ("Ann", "2125550123", "ann@", "Secret", "10013") if text in printed]

    @pytest.mark.parametrize("region", ["us-ny", "New York", "USA", "US_NY"])
    def test_a_region_is_a_code(self, region: str) -> None:
        """
        For the person and for an address: the law is chosen by it.
        """
        with pytest.raises(PersonError, match="ISO 3166-2"):
            Consumer("c-1", region=region)
        with pytest.raises(PersonError, match="ISO 3166-2"):
            Postal("7 Road", source="checkout", region=region)

    def test_a_list_of_consents_is_a_list(self) -> None:
        """
        The text ``sms`` is not the channels s, m and s.
        """
        with pytest.raises(PersonError, match="list of channels"):
            Phone("+12125550123", source="checkout", consents="sms")


class TestFacts:
    @pytest.mark.parametrize(
        "make",
        [
            lambda at: Consent("c-1", "phone-1", "sms", at, "checkout"),
            lambda at: ConsentWithdrawn("c-1", "", "", at),
            lambda at: Stop("c-1", ("sms",), at),
            lambda at: Preference("c-1", "inconvenient_time", at),
            lambda at: Contact("c-1", at, "sms"),
        ],
    )
    def test_instants_carry_a_zone(self, make: object) -> None:
        """
        A naive instant could mean any of forty.
        """
        assert callable(make)
        make(AT)
        with pytest.raises(TimeError, match="zone or offset"):
            make(AT.replace(tzinfo=None))

    def test_each_event_finds_its_place(self) -> None:
        """
        Sorted by instant, whatever the order of arrival.
        """
        consent, stop = Consent("c-1", "phone-1", "sms", AT, "checkout"), Stop("c-1", ("email",), AT)
        preference = Preference("c-1", "inconvenient_time", AT, starts=time(8), ends=time(12))
        first, second = Contact("c-1", AT, "sms", accounts=["a-1"]), Contact("c-1", AT + HOUR, "phone")
        facts = fold_person(
            "c-1",
            [
                PersonRegistered("c-1"),
                ContactRecorded(second),
                PreferenceSet(preference),
                ContactStopped(stop),
                ConsentGiven(consent),
                ContactRecorded(first),
            ],
        )

        assert ((consent,), (stop,), (preference,), (first, second)) == (facts.consents, facts.stops, facts.preferences, facts.contacts)

    @pytest.mark.parametrize(
        ("withdrawn", "stands"),
        [
            (ConsentWithdrawn("c-1", "", "", AT + HOUR), False),
            (ConsentWithdrawn("c-1", "phone-1", "sms", AT + HOUR), False),
            (ConsentWithdrawn("c-1", "phone-2", "", AT + HOUR), True),
            (ConsentWithdrawn("c-1", "phone-1", "email", AT + HOUR), True),
            (ConsentWithdrawn("c-1", "", "", AT - HOUR), True),
        ],
    )
    def test_a_withdrawal_ends_what_was_given_before(self, withdrawn: ConsentWithdrawn, stands: bool) -> None:
        """
        By point and channel, in either order of arrival.
        """
        given_ = ConsentGiven(Consent("c-1", "phone-1", "sms", AT, "checkout"))

        assert [stands, stands] == [bool(fold_person("c-1", bodies).consents) for bodies in ([given_, withdrawn], [withdrawn, given_])]

    def test_of_one_instant_the_order_of_the_stream_decides(self) -> None:
        """
        A number that replaces another under its id starts with its own consents; a withdrawal after a consent ends it.
        """
        given_, withdrawn = ConsentGiven(Consent("c-1", "phone-1", "sms", AT, "checkout")), ConsentWithdrawn("c-1", "phone-1", "", AT)

        assert (given_.consent,) == fold_person("c-1", [withdrawn, given_]).consents
        assert () == fold_person("c-1", [given_, withdrawn]).consents

    @given(data=st.data(), hours=st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
    def test_the_order_of_arrival_does_not_matter(self, data: st.DataObject, hours: list[int]) -> None:
        """
        Where no two instants are equal.
        """
        bodies = [
            ConsentGiven(Consent("c-1", "phone-1", "sms", AT + hour * HOUR, "checkout"))
            if hour % 2
            else ConsentWithdrawn("c-1", "", "sms", AT + hour * HOUR)
            for hour in hours
        ]

        assert fold_person("c-1", bodies) == fold_person("c-1", data.draw(st.permutations(bodies)))
