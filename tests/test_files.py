"""Files that a person names."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectkit._files import text_of
from collectkit.errors import ValidationError


class TestTextOf:
    def test_a_text(self, tmp_path: Path) -> None:
        """
        As it stands in the file.
        """
        (tmp_path / "a.txt").write_bytes("é\n".encode())

        assert "é\n" == text_of(tmp_path / "a.txt", ValidationError)

    @pytest.mark.parametrize(
        ("name", "why"),
        [("none.txt", "no such file or directory"), ("", "is a directory"), ("latin.txt", "it is no text in UTF-8, from byte 2 on")],
    )
    def test_why_it_cannot_be_read(self, tmp_path: Path, name: str, why: str) -> None:
        """
        In words, without the number and the name of a system error.
        """
        (tmp_path / "latin.txt").write_bytes(b"ab\xe9\n")
        with pytest.raises(ValidationError) as caught:
            text_of(tmp_path / name, ValidationError)

        assert why == str(caught.value)
