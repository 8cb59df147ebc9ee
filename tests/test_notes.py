"""Notes: their limits, and what of them is printed."""

from __future__ import annotations

from datetime import datetime

import pytest

from collectkit.errors import TimeError, ValidationError
from collectkit.notes import TEXT_MAX, Note, NoteAdded


class TestNote:
    def test_line_breaks_and_emoji_are_text(self) -> None:
        """
        Stored as written.
        """
        assert "promised\nto call 📞" == Note("n-1", "a-1", "promised\nto call 📞").text

    @pytest.mark.parametrize(
        ("text", "match"),
        [("", "1 to 10000"), (" \n", "1 to 10000"), ("x" * (TEXT_MAX + 1), "got 10001"), ("a\x00b", "NUL"), ("a\ud800", "surrogate")],
    )
    def test_what_cannot_be_stored_is_refused(self, text: str, match: str) -> None:
        """
        The limit is stated; the text is not repeated.
        """
        with pytest.raises(ValidationError, match=match):
            Note("n-1", "a-1", text)

    def test_the_text_is_never_printed(self) -> None:
        """
        It may name a person.
        """
        assert "Ann" not in repr(Note("n-1", "a-1", "Ann called", pinned=True))

    def test_the_event_names_an_instant_with_a_zone(self) -> None:
        """
        As every event does.
        """
        with pytest.raises(TimeError, match="zone or offset"):
            NoteAdded("n-1", "a-1", "note", datetime.fromisoformat("2026-10-20T18:00:00"))
