"""Conditions and tables over columns: the same answers as on one row."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.rules import FieldType, Table, compile_condition, compile_table, parse
from collectkit.rules.columns import TABLE_BLOCK, Coded, compile_columns, compile_table_columns

from .expressions import FIELDS, expressions, number_expressions, rows

DTYPES = {
    FieldType.INTEGER: (np.int64, 0),
    FieldType.MONEY: (np.int32, 0),
    FieldType.TEXT: (np.str_, ""),
    FieldType.DATE: ("datetime64[D]", date(1970, 1, 1)),
    FieldType.BOOLEAN: (np.bool_, False),
}


def as_columns(table):
    """The rows as plain arrays with masks."""
    columns, unknown = {}, {}
    for name, kind in FIELDS.items():
        dtype, neutral = DTYPES[kind]
        columns[name] = np.array([neutral if row[name] is None else row[name] for row in table], dtype=dtype)
        unknown[name] = np.array([row[name] is None for row in table], dtype=np.bool_)
    return columns, unknown


def as_objects(table):
    """The rows as arrays of objects, None where unknown."""
    return {name: np.array([row[name] for row in table], dtype=np.object_) for name in FIELDS}


class TestCondition:
    def test_answers_for_each_row(self):
        """
        A worked example with an unknown, a bare mask and an own buffer.
        """
        condition = compile_columns(parse("days >= 30 and not cease"))
        columns = {"days": np.array([29, 30, 31, 99], np.int16), "cease": np.array([False, False, True, False])}
        out = np.ones(4, np.bool_)

        assert [False, True, False, True] == condition(columns).tolist()
        assert condition(columns, {"days": np.array([False, True, False, False])}, out=out) is out
        assert [False, False, False, True] == out.tolist()

    @pytest.mark.parametrize(
        ("text", "column"),
        [
            ("x < 5", np.ma.MaskedArray([1, 1, 9], mask=[False, True, False])),
            ("x < date('2026-01-05')", np.array(["2026-01-01", "NaT", "2026-01-05"], "datetime64[D]")),
            ("x != 'NY'", Coded(np.array([0, -1, 1]), ("MA", "NY"))),
            ("x < 'NY'", np.array(["MA", None, "NY"], object)),
            ("x * 10 < 99", np.array([1, None, 2**70], object)),
        ],
    )
    def test_knows_what_is_unknown(self, text, column):
        """
        Masked values, NaT, negative codes and None all are unknown; the second row is.
        """
        assert [True, False, False] == compile_columns(parse(text))({"x": column}).tolist()
        assert [False, False, True] == compile_columns(parse(f"not ({text})"))({"x": column}).tolist()
        assert [False, True, False] == compile_columns(parse("x is None"))({"x": column}).tolist()

    def test_arithmetic_does_not_overflow(self):
        """
        Where 64 bits are too few, the product is still exact.
        """
        columns = {"x": np.array([2**62, 3], np.int64), "y": np.array([200, 100], np.uint8)}

        assert [True, False] == compile_columns(parse("x * 4 > 12"))(columns).tolist()
        assert [False, True] == compile_columns(parse("y + y + y < 301"))(columns).tolist()
        assert [False, False] == compile_columns(parse("y - y - y > 0"))(columns).tolist()

    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({"y": np.zeros(1, np.int8)}, "lack x"),
            ({"x": np.zeros(1, np.float64)}, "float64"),
            ({"x": np.array(["a"])}, "text cannot be compared with numbers"),
            ({"x": np.array([1, "a"], object)}, "holds int, str"),
            ({"x": np.array(["2026-01-01"], "datetime64[ns]")}, r"datetime64\[D\]"),
            ({"x": np.zeros((1, 1), np.int8)}, "one dimension"),
        ],
    )
    def test_refuses_other_columns(self, columns, words):
        """
        What is not exact, or not comparable, is refused as a whole.
        """
        with pytest.raises(ValidationError, match=words):
            compile_columns(parse("x > 1"))(columns)

    def test_refuses_arrays_of_another_length(self):
        """
        Columns, masks and the output have one length.
        """
        condition, columns = compile_columns(parse("x > y")), {"x": np.zeros(2, np.int8), "y": np.zeros(2, np.int8)}

        with pytest.raises(ValidationError, match="one length"):
            condition(columns | {"y": np.zeros(3, np.int8)})
        with pytest.raises(ValidationError, match="2 booleans"):
            condition(columns, {"x": np.zeros(3, np.bool_)})
        with pytest.raises(ValidationError, match="out must be 2"):
            condition(columns, out=np.zeros(3, np.bool_))

    @given(expression=expressions(), table=st.lists(rows(), max_size=4))
    def test_both_engines_agree(self, expression, table):
        """
        Columns answer as the function for one row does, whatever is unknown and however it is stored.
        """
        one = compile_condition(expression, "mapping")
        expected = [one(row) for row in table]
        columns, unknown = as_columns(table)

        assert expected == compile_columns(expression)(columns, unknown).tolist()
        assert expected == compile_columns(expression)(as_objects(table)).tolist()


class TestTable:
    def test_bins_and_rule_by_rule_agree_beyond_one_block(self):
        """
        A table of bins gives the same as one that cannot be made into bins, at block borders too.
        """
        rules = [("flag", 0), ("b == 0", 1), ("b <= 2 and score >= 600", 2), ("5 > b != 4 or score in [1, 2]", 3), ("True", 4)]
        rng = np.random.default_rng(7)
        size = TABLE_BLOCK + 17
        columns = {"flag": rng.random(size) < 0.05, "b": rng.integers(0, 7, size).astype(np.uint8), "score": rng.integers(0, 900, size)}
        slow = [("flag == True" if text == "flag" else f"({text}) and b * 0 == 0", leaf) for text, leaf in rules[:-1]]

        found = compile_table_columns(Table.of(rules))(columns)
        assert np.uint8 == found.dtype
        assert np.array_equal(compile_table_columns(Table.of([*slow, ("True", 4)]))(columns), found)

    def test_fills_the_buffer(self):
        """
        The output of the last night serves again.
        """
        out = np.full(3, 7, np.uint8)
        leaves = compile_table_columns(Table.of([("x > 1", "a"), ("True", "b")]))

        assert leaves({"x": np.array([0, 2, 3])}, out=out) is out
        assert [1, 0, 0] == out.tolist()

    def test_a_table_with_very_many_rules(self):
        """
        More than 256 rules need wider numbers.
        """
        table = Table.of([(f"x == {number}", number) for number in range(300)] + [("True", 300)])
        found = compile_table_columns(table)({"x": np.array([299, 0, 500])})

        assert [299, 0, 300] == found.tolist()
        assert np.uint16 == found.dtype

    @pytest.mark.parametrize("masked", [(), ("p", "q"), ("p", "q", "r", "s")])
    @pytest.mark.parametrize(
        "texts",
        [
            pytest.param(["p == 3", "q < 10 and r < 2", "q < 20"], id="one byte"),
            pytest.param(
                ["p < 10 or q < 10", "r < 10 and q < 30", "p < 20 or q < 20 or s < 20", "r < 30 or s < 30 or p < 30"], id="classes"
            ),
            pytest.param([f"p == {n} and q == {2 * n} and s < 50" for n in range(20)], id="two bytes"),
        ],
    )
    def test_however_cells_are_numbered(self, texts, masked):
        """
        Cells that a byte can number, that it can once alike ones are joined, and that need two: as rule by rule.
        """
        rng = np.random.default_rng(11)
        columns = {name: rng.integers(0, 60, 3_000).astype(kind) for name, kind in zip("pqrs", "biBl", strict=True)}
        unknown = {name: rng.random(3_000) < 0.2 for name in masked}
        rules = [*((text, number) for number, text in enumerate(texts)), ("True", len(texts))]
        slow = [
            *((f"({text}) and p * 0 == 0 or ({text}) and p is None", number) for number, text in enumerate(texts)),
            ("True", len(texts)),
        ]

        expected = compile_table_columns(Table.of(slow))(columns, unknown)
        assert expected.tolist() == compile_table_columns(Table.of(rules))(columns, unknown).tolist()
        assert len(set(expected.tolist())) > 2

    @pytest.mark.parametrize("last", ["score > 4", "score * 2 > 9", "day > date('2026-01-01')"])
    def test_block_by_block(self, last):
        """
        Some columns hold all rows, others those of the block at hand; a table in bins and one evaluated rule by rule.
        """
        rules = Table.of([("band == 1", 7), (f"left > 100 and {last}", 8), ("True", 9)])
        columns = {"band": np.array([1, 0, 0, 0, 1], np.uint8), "score": np.array([9, 9, 9, 1, 9])}
        columns["day"] = np.array(["2026-01-02", "2026-01-02", "2026-01-02", "2026-01-01", "2026-01-02"], "datetime64[D]")
        left, out = np.array([0, 200, 0, 200, 200]), np.empty(5, np.uint8)
        buffer = np.empty(2, np.int64)
        table = compile_table_columns(rules)
        bound = table.over({**columns, "left": buffer}, each_block=["left"], most=2)
        for block in (slice(0, 2), slice(2, 4), slice(4, 5)):
            buffer[: block.stop - block.start] = left[block]
            bound.fill(block, out[block])

        assert [0, 1, 2, 2, 0] == out.tolist()
        assert table({**columns, "left": left}).tolist() == out.tolist()
        with pytest.raises(ValidationError, match="lack left"):
            table.over(columns, most=2)

    @given(conditions=st.lists(number_expressions() | expressions(), max_size=4), table=st.lists(rows(), min_size=1, max_size=4))
    def test_both_engines_agree(self, conditions, table):
        """
        The leaf by columns is the leaf by row, for any table.
        """
        self.check(conditions, table)

    @given(conditions=st.lists(number_expressions(), max_size=4), table=st.lists(rows(), min_size=1, max_size=4))
    def test_both_engines_agree_on_bins(self, conditions, table):
        """
        The same where all is compared with constants, so that a look-up table answers.
        """
        self.check(conditions, table)

    @given(data=st.data())
    def test_narrow_columns_masks_and_many_bins_agree(self, data):
        """
        Whatever the width of a column, the constants beyond its range and the facts that are unknown: the leaf by row.
        """
        kinds = {name: data.draw(st.sampled_from([np.uint8, np.int8, np.int16, np.int64])) for name in "pqrst"}
        tests = st.builds("{} {} {}".format, st.sampled_from("pqrst"), st.sampled_from(["==", "!=", "<", ">="]), st.integers(-2, 300))
        texts = data.draw(st.lists(st.lists(tests, min_size=1, max_size=3).map(" and ".join), min_size=1, max_size=6))
        values = {
            name: np.array(data.draw(st.lists(st.integers(0, 120) | st.integers(0, 3), min_size=5, max_size=5)), kind)
            for name, kind in kinds.items()
        }
        masks = data.draw(st.dictionaries(st.sampled_from("pqrst"), st.lists(st.booleans(), min_size=5, max_size=5).map(np.array)))
        table = Table.of([*((text, number) for number, text in enumerate(texts)), ("True", len(texts))])
        one = compile_table(table, "mapping")
        rows_given = [{name: None if name in masks and masks[name][row] else int(values[name][row]) for name in values} for row in range(5)]

        leaves = compile_table_columns(table)
        assert [one(row).leaf for row in rows_given] == leaves(values, masks).tolist()
        # The second call finds its cells laid out; without masks they are laid out anew.
        assert [one(row).leaf for row in rows_given] == leaves(values, masks).tolist()
        plain = [{name: int(values[name][row]) for name in values} for row in range(5)]
        assert [one(row).leaf for row in plain] == leaves(values).tolist()

    def check(self, conditions, rows_given):
        table = Table((*((each, index) for index, each in enumerate(conditions)), (parse("True"), len(conditions))))
        one = compile_table(table, "mapping")
        expected = [one(row).leaf for row in rows_given]
        columns, unknown = as_columns(rows_given)

        assert expected == compile_table_columns(table)(columns, unknown).tolist()
        assert expected == compile_table_columns(table)(as_objects(rows_given)).tolist()
