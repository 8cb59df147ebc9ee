"""Reading ahead: the same items in the same order, faults in their place, and no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.intake.ahead import read_ahead


def _readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "collectkit-read-ahead"]


class TestReadAhead:
    @given(items=st.lists(st.integers(), max_size=30), depth=st.integers(1, 4))
    def test_it_changes_nothing(self, items: list[int], depth: int) -> None:
        """
        All items come, once, in order.
        """
        assert items == list(read_ahead(items, depth))
        assert [] == _readers()

    def test_a_fault_comes_where_it_would_have_come(self) -> None:
        """
        What was read before it is not lost.
        """

        def source() -> Iterator[int]:
            yield 1
            yield 2
            raise OSError("the file is gone")

        seen = []
        with pytest.raises(OSError, match="the file is gone"):
            for item in read_ahead(source()):
                seen.append(item)

        assert [1, 2] == seen
        assert [] == _readers()

    def test_leaving_early_ends_the_thread(self) -> None:
        """
        A source without end is not read to its end.
        """

        def endless() -> Iterator[int]:
            number = 0
            while True:
                yield number
                number += 1

        reader = read_ahead(endless())
        assert 0 == next(reader)
        reader.close()

        assert [] == _readers()
