"""Columns shared out to threads: every row once, and the answers in order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import _threads
from collectkit._threads import share_out


class TestShareOut:
    @given(rows=st.integers(0, 10_000), row_bytes=st.integers(0, 1 << 24))
    def test_every_row_once_and_in_order(self, rows, row_bytes):
        """
        The parts stand side by side, from the first row to the last.
        """
        parts = share_out(lambda part: (part.start, part.stop), rows, row_bytes)

        assert (0, rows) == (parts[0][0], parts[-1][1])
        assert all(one[1] == next_one[0] for one, next_one in pairwise(parts))

    def test_a_fault_in_one_part_is_the_fault_of_all(self, monkeypatch):
        """
        What a thread could not do is not passed over in silence.
        """
        monkeypatch.setattr(_threads.os, "cpu_count", lambda: 4)

        def work(part: slice) -> int:
            return 1 // (part.start or 0)

        with pytest.raises(ZeroDivisionError):
            share_out(work, 1_000, _threads.BYTES_PER_THREAD)
