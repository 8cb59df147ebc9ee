"""Messages shown instead of sent: one line each, without number, address or text, for a first look and for demos."""

from __future__ import annotations

from typing import TextIO

from collectkit.channels.channel import Parcel, segments
from collectkit.channels.outcomes import Accepted, HandOver


class ConsoleDriver:
    """
    Write one line for each message to *stream*: channel, id and size, and of the number or address the last two characters.

    Args:
        stream: Such as ``sys.stdout``; given, so that nothing here knows where it runs.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Show one message; its id is the reference."""
        self._stream.write(f"{parcel.channel} {_size(parcel)} to …{_printable(parcel.to[-2:])}  {parcel.id}\n")
        self._stream.flush()
        return Accepted(str(parcel.id))


def _size(parcel: Parcel) -> str:
    if parcel.channel == "sms":
        parts = segments(parcel.body.decode("utf-8", errors="replace"))
        return f"{parts} part{'' if parts == 1 else 's'}"
    return f"{len(parcel.body)} bytes"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
