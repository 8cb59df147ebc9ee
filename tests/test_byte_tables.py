"""Columns of bytes say what NumPy's own functions say."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collectkit._byte_tables import byte_table, constant, look_up, overwrite

BYTES = st.integers(0, 255)


class TestLookUp:
    @given(numbers=st.lists(BYTES, max_size=20), values=st.lists(BYTES, max_size=256))
    def test_agrees_with_take(self, numbers, values):
        """
        What stands at each number comes out, and 0 for numbers beyond the table; input and output may be one array.
        """
        column, padded = np.array(numbers, np.uint8), np.zeros(256, np.uint8)
        padded[: len(values)] = values
        out = np.full(len(numbers), 7, np.uint8)
        look_up(column, byte_table(values), out)
        assert np.take(padded, column).tolist() == out.tolist()
        look_up(column, byte_table(values), column)
        assert out.tolist() == column.tolist()

    def test_columns_that_are_not_in_one_piece(self):
        """
        Every second byte is read, and every second one is written.
        """
        held = np.array([1, 9, 0, 9, 2, 9], np.uint8)
        look_up(held[::2], byte_table([5, 6, 7]), held[1::2])

        assert [1, 6, 0, 5, 2, 7] == held.tolist()


class TestOverwrite:
    @given(rows=st.lists(st.tuples(BYTES, st.booleans()), max_size=20), value=BYTES)
    def test_agrees_with_copyto(self, rows, value):
        """
        The value stands where it was asked for, and nothing else changed.
        """
        column, where = np.array([byte for byte, _ in rows], np.uint8), np.array([asked for _, asked in rows], np.bool_)
        expected = [value if asked else byte for byte, asked in rows]
        overwrite(column, np.array(value, np.uint8), where, np.empty(len(rows), np.uint8))

        assert expected == column.tolist()


class TestConstant:
    def test_what_does_not_fit_stays_a_number(self):
        """
        A comparison with a number beyond the type is still right.
        """
        column = np.array([-5, 5], np.int8)

        assert (3, np.int8) == (constant(3, column.dtype), constant(3, column.dtype).dtype)
        assert [True, True] == (column < constant(300, column.dtype)).tolist()
        assert [False, True] == (column > constant(3, column.dtype)).tolist()
