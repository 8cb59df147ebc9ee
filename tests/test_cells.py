"""Cells of a table: what looks like a formula is a text, and comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit._cells import inert, inert_unless_number, restored


class TestInert:
    @pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A1", "\t=1", "\r1", "\n1", "  =1", "\ufeff=1", "＝1", "'1"])
    def test_what_a_spreadsheet_would_run_begins_with_a_quotation_mark(self, cell: str) -> None:
        """
        Half or full width, behind a space or an invisible sign.
        """
        assert "'" + cell == inert(cell)

    @pytest.mark.parametrize(
        ("cell", "written"),
        [("-900", "-900"), ("12", "12"), ("=5", "'=5"), ("+5", "'+5"), ("-", "'-"), ("-٣", "'-٣"), ("-1.50", "-1.50"), ("-1+1", "'-1+1")],
    )
    def test_a_number_is_a_number(self, cell: str, written: str) -> None:
        """
        With a minus sign, in our digits, and nothing else.
        """
        assert written == inert_unless_number(cell)

    @given(cell=st.text(max_size=8))
    def test_everything_comes_back(self, cell: str) -> None:
        """
        Also what was made inert before, and what somebody else wrote with a quotation mark of their own.
        """
        assert cell == restored(inert(cell)) == restored(inert_unless_number(cell))
        assert cell == restored(restored(inert(inert(cell))))
