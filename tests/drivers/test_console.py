"""Shown, not sent: a line without personal data."""

from __future__ import annotations

import io

from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted
from collectkit.drivers.console import ConsoleDriver


class TestConsoleDriver:
    def test_a_message_is_one_masked_line(self) -> None:
        """
        Neither the number nor the text, only how many parts the network would charge.
        """
        stream = io.StringIO()
        outcome = ConsoleDriver(stream).hand_over(Parcel("sms", "m-1", "+12125550123", b"Test Shop: $50.00 is due"))

        assert Accepted("m-1") == outcome
        assert "sms 1 part to …23  m-1\n" == stream.getvalue()

    def test_other_channels_show_their_size(self) -> None:
        """
        A line break in an address does not make a second line.
        """
        stream = io.StringIO()
        ConsoleDriver(stream).hand_over(Parcel("letter", "m-2", "1 Test Street\n", b"hello"))

        assert "letter 5 bytes to …t?  m-2\n" == stream.getvalue()
