"""From words to bytes: e-mail that no value can bend, and SMS counted as the network does."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.channels.channel import encode, message_id, segments
from collectkit.channels.message import Message
from collectkit.errors import PersonError, TimeError, ValidationError

MESSAGE = Message("m-1", "email", "c1@example.com", "A payment was missed", "Hello,\n\n50 € — señal\n", "en_US", "reminder-late", "1")
SENDER = "pay@example.com"


def parsed(body: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(body, policy=email.policy.default)


class TestEmail:
    def test_a_mail_says_what_the_message_says(self) -> None:
        """
        Sender, recipient, subject and text survive the way through bytes, which are ASCII with short lines.
        """
        parcel = encode(MESSAGE, SENDER, sender_name="Example Pay", reply_to="help@example.com", at=datetime(2026, 10, 20, 18, tzinfo=UTC))
        mail = parsed(parcel.body)

        assert "Example Pay <pay@example.com>" == mail["From"]
        assert "c1@example.com" == mail["To"]
        assert "help@example.com" == mail["Reply-To"]
        assert "A payment was missed" == mail["Subject"]
        assert "Tue, 20 Oct 2026 18:00:00 +0000" == mail["Date"]
        assert "<m-1@example.com>" == mail["Message-ID"]
        assert MESSAGE.text == mail.get_content()
        assert parcel.body.isascii()
        assert max(map(len, parcel.body.split(b"\r\n"))) <= 78
        assert ("email", "m-1", "c1@example.com") == (parcel.channel, parcel.id, parcel.to)

    def test_one_click_of_the_mail_program_stops_it(self) -> None:
        """
        The header goes to the address that reads answers.
        """
        assert "<mailto:pay@example.com?subject=stop>" == parsed(encode(MESSAGE, SENDER).body)["List-Unsubscribe"]

    @pytest.mark.parametrize("bad", ["x\r\nBcc: all@example.com", "x\nBcc: all@example.com", "x\rBcc: a", "x\x00y", "x\u2028y", "x\x85y"])
    def test_no_header_is_injected(self, bad: str) -> None:
        """
        Neither by a subject nor by a name nor by an address.
        """
        with pytest.raises(ValidationError, match="nothing was sent"):
            encode(attrs.evolve(MESSAGE, subject=bad), SENDER)
        with pytest.raises(ValidationError, match="nothing was sent"):
            encode(MESSAGE, SENDER, sender_name=bad)
        for message, sender, reply_to in ((attrs.evolve(MESSAGE, to=bad), SENDER, ""), (MESSAGE, bad, ""), (MESSAGE, SENDER, bad)):
            with pytest.raises(PersonError, match="exactly one address"):
                encode(message, sender, reply_to=reply_to)

    def test_two_recipients_are_refused(self) -> None:
        """
        A debt is told to one person.
        """
        with pytest.raises(PersonError, match="exactly one address"):
            encode(attrs.evolve(MESSAGE, to="c1@example.com, c2@example.com"), SENDER)

    def test_a_date_without_zone_is_refused(self) -> None:
        """
        Nobody knows when that would be.
        """
        with pytest.raises(TimeError):
            encode(MESSAGE, SENDER, at=datetime(2026, 10, 20, 18))  # noqa: DTZ001

    @given(id=st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=128))
    def test_a_message_id_is_one_header_for_every_id(self, id: str) -> None:
        """
        The same for the same message, plain ASCII, with one ``@``.
        """
        made = message_id(id, "example.com")

        assert made == message_id(id, "example.com")
        assert made.isascii() and made.isprintable() and " " not in made
        assert 1 == made.count("@")
        assert 1 == made.count("<") == made.count(">")

    @given(subject=st.text(st.characters(codec="utf-8"), max_size=80))
    def test_any_subject_arrives_or_is_refused(self, subject: str) -> None:
        """
        No subject makes a second header.
        """
        if not subject.isprintable():
            with pytest.raises(ValidationError):
                encode(attrs.evolve(MESSAGE, subject=subject), SENDER)
            return
        names = [name for name, _ in parsed(encode(MESSAGE, SENDER).body).items()]
        assert names == [name for name, _ in parsed(encode(attrs.evolve(MESSAGE, subject=subject), SENDER).body).items()]


class TestOtherChannels:
    def test_the_text_is_the_parcel(self) -> None:
        """
        In UTF-8; `repr` shows neither it nor the number.
        """
        parcel = encode(attrs.evolve(MESSAGE, channel="sms", to="+12125550123", text="50 €"), "")

        assert b"50 \xe2\x82\xac" == parcel.body
        assert "555" not in repr(parcel) and "50" not in repr(parcel)


class TestSegments:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("", 0),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("a" * 306, 2),
            ("a" * 307, 3),
            ("€" * 80, 1),
            ("€" * 81, 2),
            ("[" * 76 + "a" * 9, 2),
            ("á" * 70, 1),
            ("á" * 71, 2),
            ("á" * 134, 2),
            ("á" * 135, 3),
            ("😀" * 35, 1),
            ("😀" * 36, 2),
            ("a\u202fa" + "a" * 68, 2),
            ("ñ¿é" * 50, 1),
        ],
    )
    def test_parts(self, text: str, count: int) -> None:
        """
        160 or 153 units of the GSM alphabet, its extension counting two; 70 or 67 of UCS-2 as soon as one letter lies outside.
        """
        assert count == segments(text)

    @given(st.text(max_size=400), st.text(max_size=100))
    def test_more_text_never_takes_fewer_parts(self, text: str, more: str) -> None:
        """
        Adding to a text never makes it shorter.
        """
        assert segments(text) <= segments(text + more)

    @given(st.text(alphabet="ab€[ñ", min_size=1, max_size=400))
    def test_each_part_is_used(self, text: str) -> None:
        """
        Between the units divided by 160 and those divided by 152, an escape being never torn.
        """
        units = sum(2 if c in "€[" else 1 for c in text)

        assert -(-units // 160) <= segments(text) <= -(-units // 152)
