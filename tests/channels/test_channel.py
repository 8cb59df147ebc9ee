"""From a message to bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectkit.channels.channel import encode, message_id, segments
from collectkit.channels.message import Message
from collectkit.errors import ValidationError

EMAIL = Message("m-1", "email", "c1@example.com", "Su próximo pago", "Hola:\n\n¿Qué tal? 50 €", "es", "reminder-late", "1")


class TestEmail:
    def test_reads_back(self):
        """
        Addresses, subject and text come out as they went in.
        """
        parcel = encode(EMAIL, "pay@example.com", sender_name="Example Pay", at=datetime(2026, 10, 20, 18, tzinfo=UTC))
        mail = message_from_bytes(parcel.body, policy=SMTP)

        assert ("Example Pay <pay@example.com>", "c1@example.com", "Su próximo pago") == (mail["From"], mail["To"], mail["Subject"])
        assert "<m-1@example.com>" == mail["Message-ID"] == dict(parcel.headers)["Message-ID"]
        assert "<mailto:pay@example.com?subject=stop>" == mail["List-Unsubscribe"]
        assert "Tue, 20 Oct 2026 18:00:00 +0000" == mail["Date"]
        assert EMAIL.text == mail.get_content().replace("\r\n", "\n").rstrip("\n")

    @given(
        text=st.text(st.characters(exclude_categories=["Cs"])) | st.lists(st.sampled_from(["\n", "\r", "x" * 90, "é=", " "])).map("".join)
    )
    def test_the_body_is_what_the_standard_library_makes_of_the_text(self, text: str):
        """
        Headers in their order, line ends and encoding, to the last byte.
        """
        mail = EmailMessage(policy=SMTP)
        mail.set_content(text, charset="utf-8", cte="quoted-printable")
        parcel = encode(attrs.evolve(EMAIL, text=text), "pay@example.com")

        assert parcel.body.endswith(mail.as_bytes())

    @given(
        subject=st.lists(st.sampled_from(["a", "ñ", "$5.00", "x,y", ".", ":", "<>", "=?", '"', "a" * 30, ""]), min_size=1).map(" ".join),
        local=st.from_regex(r"[A-Za-z0-9!$%&*+=?/_'-]{1,30}(\.[A-Za-z0-9!$%&*+/_-]{1,8}){0,3}", fullmatch=True),
        id=st.text("aZ09/-.:%#ñ", min_size=1, max_size=60),
    )
    def test_the_headers_are_what_the_standard_library_makes_of_them(self, subject: str, local: str, id: str):
        """
        Also where they are so plain that it is not asked; folded and encoded where they must be.
        """
        mail = EmailMessage(policy=SMTP)
        mail["To"] = Address(addr_spec=f"{local}@example.com")
        mail["Subject"] = subject
        mail["Message-ID"] = message_id(id, "example.com")
        message = attrs.evolve(EMAIL, to=f"{local}@example.com", subject=subject, id=id)
        head = encode(message, "pay@example.com").body

        assert mail.as_bytes().removesuffix(b"\r\n") in head

    @given(local=st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,60}", fullmatch=True))
    @example(local="c..1")
    @example(local="c'.1.")
    def test_whatever_address_may_be_registered_is_written_to(self, local: str):
        """
        Also one with dots where no parser takes them: one such person keeps no other's message at home.
        """
        assert f"To: {local}@example.com\r\n".encode() in encode(attrs.evolve(EMAIL, to=f"{local}@example.com"), "pay@example.com").body

    def test_same_message_same_bytes(self):
        """
        A second try is the same e-mail to the last byte.
        """
        assert encode(EMAIL, "pay@example.com") == encode(EMAIL, "pay@example.com")

    @pytest.mark.parametrize(
        ("change", "sender"),
        [
            ({"subject": "Hi\r\nBcc: x@example.com"}, "pay@example.com"),
            ({"subject": "Hi\nBcc: x@example.com"}, "pay@example.com"),
            ({"to": "c1@example.com\r\nBcc: x@example.com"}, "pay@example.com"),
            ({"to": "c1@example.com, x@example.com"}, "pay@example.com"),
            ({}, "pay@example.com\nBcc: x@example.com"),
        ],
    )
    def test_header_injection_is_refused(self, change, sender):
        """
        No value can add a header or a recipient.
        """
        with pytest.raises(ValidationError):
            encode(attrs.evolve(EMAIL, **change), sender)

    def test_long_id_gets_a_digest(self):
        """
        The local part stays within a line.
        """
        assert len("<@example.com>") + 64 == len(message_id("ñ" * 128, "example.com"))


class TestOthers:
    def test_sms_is_the_text(self):
        """
        Other channels get the text in UTF-8 and need no sender.
        """
        parcel = encode(attrs.evolve(EMAIL, channel="sms", to="+12125550123"), "")

        assert (EMAIL.text.encode(), "+12125550123") == (parcel.body, parcel.to)
        assert "2125550123" not in repr(parcel)


class TestSegments:
    @pytest.mark.parametrize(
        ("expected", "text"),
        [
            (0, ""),
            (1, "a" * 160),
            (2, "a" * 161),
            (2, "a" * 306),
            (3, "a" * 307),
            (1, "€" * 80),
            (2, "€" * 81),
            (1, "í" * 70),
            (2, "í" * 71),
        ],
    )
    def test_counts(self, expected, text):
        """
        160 of the GSM alphabet, 70 of any other; parts lose room to their header.
        """
        assert expected == segments(text)

    def test_a_pair_is_not_split(self):
        """
        152 letters leave no room for a euro sign in the first part of 153.
        """
        assert 3 == segments("a" * 152 + "€" + "a" * 152)
