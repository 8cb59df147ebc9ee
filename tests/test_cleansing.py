"""One way of writing each value, and what is wrong with it."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import PersonError
from collectkit.person import Cleansed, Consumer, Email, Oddity, Phone, Postal, cleanse, phone_number, together
from collectkit.person.cleansing import ROLES, check_cleansed, is_role_address, postal_code, scripts_of


def with_point(*points: Phone | Email | Postal, name: str = "", region: str = "US-NY") -> Consumer:
    return Consumer("c-1", name, region=region, contacts=points)


def words(consumer: Consumer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in cleanse(consumer).found:
        found.setdefault(one.point, []).append(one.word)
    return found


class TestPhones:
    @pytest.mark.parametrize(
        ("text", "country", "number"),
        [
            ("(212) 555-0123", "US", "+12125550123"),
            ("212.555.0123", "US", "+12125550123"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("030 123456", "DE", "+4930123456"),
            ("+44 20 7946 0958", "US", "+442079460958"),
        ],
    )
    def test_a_number_as_it_is_written_at_home(self, text: str, country: str, number: str) -> None:
        """
        The country is said and never guessed.
        """
        assert number == phone_number(text, country=country)

    @pytest.mark.parametrize("text", ["555-0100", "call me", "", "(212) 555-0123 ext. 7", "212 555 01234 567"])
    def test_what_cannot_be_one_number_is_refused(self, text: str) -> None:
        """
        Without its digits in the message.
        """
        with pytest.raises(PersonError, match="nothing was recorded") as caught:
            phone_number(text, country="US")
        assert "555" not in str(caught.value)

    def test_a_number_that_cannot_be_is_invalid(self) -> None:
        """
        Too short for its country; one that is not in use yet is only pointed out.
        """
        done = cleanse(with_point(Phone("+1212555", source="checkout"), Phone("+19995550123", source="checkout")))
        assert ["invalid", "unverified"] == [point.status for point in done.consumer.contacts]
        assert (Oddity("phone-1", "impossible_number"), Oddity("phone-2", "unassigned_number")) == done.found

    def test_a_trunk_zero_is_taken_out(self) -> None:
        """
        As in +44 (0)20.
        """
        (point,) = cleanse(with_point(Phone("+4402079460958", source="checkout"))).consumer.contacts
        assert "+442079460958" == point.value


class TestEmails:
    def test_the_domain_is_written_small(self) -> None:
        """
        What stands before the sign is left as it is.
        """
        (point,) = cleanse(with_point(Email("Ann.Roe@Example.COM", source="checkout"))).consumer.contacts
        assert "Ann.Roe@example.com" == point.value

    @given(st.sampled_from(sorted(ROLES)), st.sampled_from(["", "+tag"]))
    def test_a_role_is_known_whatever_its_tag(self, role: str, tag: str) -> None:
        """
        Others read such a mailbox: it counts as one at work.
        """
        address = f"{role.upper()}{tag}@example.com"
        done = cleanse(with_point(Email(address, source="checkout")))
        assert is_role_address(address)
        assert (True, "role_address") == (done.consumer.contacts[0].work, done.found[-1].word)

    @pytest.mark.parametrize("domain", ["mail.test", "shop.invalid", "a.localhost"])
    def test_a_domain_that_cannot_be_is_invalid(self, domain: str) -> None:
        """
        Nothing is delivered there.
        """
        done = cleanse(with_point(Email(f"ann@{domain}", source="checkout")))
        assert ("invalid", "no_such_domain") == (done.consumer.contacts[0].status, done.found[-1].word)


class TestAddresses:
    def test_an_address_has_one_way_of_writing(self) -> None:
        """
        Blanks are single ones; the country's way of writing its postal code.
        """
        point = Postal("1  Test Street,  New York", source="checkout", postal_code="100011234", region="US-NY")
        (done,) = cleanse(with_point(point)).consumer.contacts
        assert isinstance(done, Postal)
        assert ("1 Test Street, New York", "10001-1234") == (done.value, done.postal_code)

    @given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 abc-", max_size=12), st.sampled_from(["US", "GB", "CA", "DE", ""]))
    def test_a_postal_code_is_normal_once(self, text: str, country: str) -> None:
        """
        Again it changes nothing, and no letter or digit is lost.
        """
        once = postal_code(text, country)
        assert once == postal_code(once, country)
        assert [c for c in text.upper() if c.isalnum()] == [c for c in once if c.isalnum()]


class TestNames:
    def test_a_disguise_is_pointed_out(self) -> None:
        """
        A Cyrillic letter in a Latin name; the name stays as it is.
        """
        assert {"": ["mixed_scripts"]} == words(with_point(name="P\u0430ul Roe"))
        assert {} == words(with_point(name="Zoë O'Brien"))
        assert {} == words(with_point(name="山田 たろう"))
        assert frozenset() == scripts_of("")


@st.composite
def consumers(draw: st.DrawFn) -> Consumer:
    """People with contact points of every kind and status."""
    status = st.sampled_from(["unverified", "verified", "wrong_party", "invalid", "disconnected", "suppressed"])
    made: list[Phone | Email | Postal] = []
    for value in draw(st.lists(st.sampled_from(["+12125550123", "+1212555", "+4402079460958", "token:abc"]), max_size=2)):
        made.append(Phone(value, source="checkout", status=draw(status)))
    for value in draw(st.lists(st.sampled_from(["a@Example.com", "info@example.com", "x@y.test"]), max_size=2)):
        made.append(Email(value, source="checkout", status=draw(status), work=draw(st.booleans())))
    for code in draw(st.lists(st.sampled_from(["100011234", "sw1a1aa", ""]), max_size=1)):
        made.append(Postal("1  Test  Street", source="checkout", postal_code=code, region=draw(st.sampled_from(["US-NY", "GB", ""]))))
    return with_point(*made, name=draw(st.sampled_from(["", "Ann  Roe", "P\u0430ul"])), region=draw(st.sampled_from(["US-NY", "GB", ""])))


class TestLaws:
    @given(consumers())
    def test_what_is_clean_stays_as_it_is(self, consumer: Consumer) -> None:
        """
        Cleansing again changes nothing.
        """
        once = cleanse(consumer).consumer
        assert once == cleanse(once).consumer

    @given(consumers())
    def test_no_point_becomes_better(self, consumer: Consumer) -> None:
        """
        Nor is one added or taken away, and a token is left alone.
        """
        done = cleanse(consumer).consumer
        check_cleansed(consumer, done)
        for before, after in zip(consumer.contacts, done.contacts, strict=True):
            assert before.usable or before.status == after.status
            assert before == after or not before.is_token


class TestTogether:
    @pytest.mark.parametrize(
        "cheat",
        [
            lambda consumer: attrs.evolve(consumer, contacts=()),
            lambda consumer: attrs.evolve(consumer, contacts=[attrs.evolve(p, status="verified") for p in consumer.contacts]),
            lambda consumer: attrs.evolve(consumer, contacts=[attrs.evolve(p, consents=("sms",)) for p in consumer.contacts]),
            lambda consumer: attrs.evolve(consumer, region="US-CA"),
            lambda consumer: attrs.evolve(consumer, id="c-2"),
        ],
    )
    def test_a_cleanser_that_does_more_is_refused(self, cheat: object) -> None:
        """
        It may not give consents, make points usable, or move somebody to another law.
        """
        consumer = with_point(Phone("+12125550123", source="checkout", status="disconnected"))
        with pytest.raises(PersonError, match="nothing was recorded"):
            together(consumer, [lambda given: Cleansed(cheat(given))])  # type: ignore[operator]
