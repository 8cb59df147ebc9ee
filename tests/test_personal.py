from __future__ import annotations

import copy
import json
import pickle

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.notes import Note
from collectkit.person import Consumer, ContactPoint, Email, Phone, Place, Postal
from collectkit.personal import FACT, PERSONAL, DataClass, Secret, classified, fields_of, luhn, names_card_code, without_card_numbers

ROOM = (Consumer, ContactPoint, Phone, Email, Postal, Place, Note)


class TestClassified:
    @pytest.mark.parametrize("cls", ROOM, ids=lambda cls: cls.__name__)
    def test_every_field_of_the_person_room_is_classified(self, cls: type) -> None:
        """
        As personal, coarse or a fact, and in no way twice.
        """
        by_mark = [name for mark in DataClass for name in fields_of(cls, mark)]
        assert sorted(field.name for field in attrs.fields(cls)) == sorted(by_mark)

    def test_a_field_without_a_class_cannot_be_declared(self) -> None:
        """
        The error comes when the class is made, and names the field.
        """
        with pytest.raises(TypeError, match=r"Forgetful\.nickname does not say whether it is personal"):

            @attrs.frozen(field_transformer=classified)
            class Forgetful:
                id: str = attrs.field(metadata=FACT)
                nickname: str = ""

    def test_personal_fields_are_not_printed(self) -> None:
        """
        Without anybody having to remember it.
        """

        @attrs.frozen(field_transformer=classified)
        class Pet:
            name: str = attrs.field(metadata=PERSONAL)
            kind: str = attrs.field(metadata=FACT)

        assert "Pet(kind='dog')" == repr(Pet("Rex", "dog")).rpartition(".")[2]

    def test_what_a_person_is_made_of_does_not_print_itself(self) -> None:
        """
        Of a phone number the last two digits at the most.
        """
        person = Consumer(
            "c-1",
            name="Canary Name",
            contacts=[Phone("+12125550123", source="x"), Email("canary@example.com", source="x"), Postal("1 Canary St", source="x")],
        )
        printed = f"{person!r} {person} {[person]} {Note('n-1', 'a-1', 'canary text')!r}"
        assert "anary" not in printed
        assert "2125550123" not in printed


class TestSecret:
    def looked(self) -> tuple[Secret[str], list[tuple[str, str]]]:
        looks: list[tuple[str, str]] = []
        return Secret("canary", lambda reason, actor: looks.append((reason, actor))), looks

    def test_it_shows_itself_only_to_whoever_says_why(self) -> None:
        """
        And the look is told before the value is given.
        """
        secret, looks = self.looked()
        assert "canary" == secret.reveal("returning her call", "ann")
        assert [("returning her call", "ann")] == looks

    @pytest.mark.parametrize(("reason", "actor"), [("", "ann"), ("  ", "ann"), ("why", "")])
    def test_a_look_without_reason_or_actor_is_refused(self, reason: str, actor: str) -> None:
        """
        Nothing is shown and nothing is told.
        """
        secret, looks = self.looked()
        with pytest.raises(ValidationError, match="nothing was revealed"):
            secret.reveal(reason, actor)
        assert [] == looks

    def test_what_cannot_be_recorded_is_not_shown(self) -> None:
        """
        A log that fails keeps the value hidden.
        """

        def broken(reason: str, actor: str) -> None:
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            Secret("canary", broken).reveal("why", "ann")

    def test_it_does_not_leak(self) -> None:
        """
        Neither printed nor formatted, compared, hashed, copied, pickled nor written as JSON.
        """
        secret, _ = self.looked()
        assert {"<secret>"} == {repr(secret), str(secret), f"{secret}", f"{secret:>20}", "%s" % secret, "{}".format(secret)}  # noqa: UP031, UP032
        for leak in (
            lambda: secret == "canary",
            lambda: secret != secret,
            lambda: secret < "d",  # type: ignore[operator]
            lambda: hash(secret),
            lambda: bool(secret),
            lambda: pickle.dumps(secret),
            lambda: copy.copy(secret),
            lambda: copy.deepcopy(secret),
            lambda: json.dumps(secret),
            lambda: vars(secret),
        ):
            with pytest.raises(TypeError) as caught:
                leak()
            assert "canary" not in str(caught.value)


class TestCardNumbers:
    @pytest.mark.parametrize(
        ("text", "cut"),
        [
            ("4111111111111111", "411111******1111"),
            ("card 5500 0000 0000 0004 please", "card 550000******0004 please"),
            ("3400-000000-00009", "340000*****0009"),
            ("6011.0009.9013.9424!", "601100******9424!"),
            ("4222222222222", "422222***2222"),
            ("two: 4111111111111111 and 4012888888881881", "two: 411111******1111 and 401288******1881"),
        ],
    )
    def test_a_card_number_is_cut_down(self, text: str, cut: str) -> None:
        """
        Grouped in any way; the first six and the last four digits stay.
        """
        assert cut == without_card_numbers(text)

    @pytest.mark.parametrize(
        "text",
        ["", "no digits", "4111111111111112", "1111111111111117", "order 12345678901234567890123", "+12125550123", "2026-11-26 18:00:00"],
    )
    def test_what_is_none_stays(self, text: str) -> None:
        """
        A wrong check digit, a number that begins like no card, one that is too long, a phone, an instant.
        """
        assert text == without_card_numbers(text)

    @given(st.text())
    def test_any_text_goes_through_and_twice_is_once(self, text: str) -> None:
        """
        No text fails, and what was cut is not cut again.
        """
        once = without_card_numbers(text)
        assert once == without_card_numbers(once)

    @given(st.from_regex(r"[0-9]{12,18}", fullmatch=True).filter(str.isascii))
    def test_one_check_digit_in_ten_fits(self, digits: str) -> None:
        """
        To every row of digits there is exactly one last digit that passes.
        """
        assert 1 == sum(luhn(f"{digits}{last}") for last in range(10))

    @pytest.mark.parametrize("text", ["CVV: 123", "cvc2 = 4321", "her security code is 999", "Card verification code 123"])
    def test_a_verification_code_is_named(self, text: str) -> None:
        """
        However it is called.
        """
        assert names_card_code(text)
        with pytest.raises(ValidationError, match="payment page"):
            Note("n-1", "a-1", text)

    @pytest.mark.parametrize("text", ["code 123 on the letter", "CVV was not given", "security code was changed on 12 May", "123"])
    def test_what_is_none_is_taken(self, text: str) -> None:
        """
        A number beside other words.
        """
        assert not names_card_code(text)

    def test_a_note_keeps_no_card_number(self) -> None:
        """
        It is cut before anything is recorded.
        """
        assert "paid with 411111******1111" == Note("n-1", "a-1", "paid with 4111 1111 1111 1111").text


class TestOrdinaryNames:
    @pytest.mark.parametrize("name", ["Null", "O'Brien", "Robert'); DROP TABLE collectkit_people;--", "=HYPERLINK(1)", "N/A", "true"])
    def test_odd_names_are_names(self, name: str) -> None:
        """
        They are stored and given back as they are.
        """
        from collectkit.identifiers import PersonId
        from collectkit.storage.sqlite import SqliteStore

        store = SqliteStore(":memory:")
        with store.unit("t") as unit:
            unit.save_people([(Consumer("c-1", name=name), 1)])
            held = unit.person(PersonId("c-1"))
        assert held is not None
        assert name == held.name
