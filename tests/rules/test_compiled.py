"""Conditions and tables on one row."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ExpressionError
from collectkit.rules import Table, compile_condition, compile_table, parse, trace

from .expressions import FIELDS, expressions, rows
from .reference import outcome

STRATEGY = (
    ("cease", "stop"),
    ("days <= 2 and owed < 5000", "wait"),
    ("days <= 2 and score >= 600", "remind"),
    ("days <= 2", "call"),
    ("not (30 <= days < 60) and state in ['MA', 'NY']", "letter"),
    ("True", "agency"),
)
ROW = {"cease": False, "days": 2, "owed": 5000, "score": 599, "state": "MA"}


class TestCondition:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("days > 1", False),
            ("not (days > 1)", False),
            ("days != 1", False),
            ("days == score", False),
            ("days not in [1]", False),
            ("days > 1 and cease", False),
            ("not (days > 1 and cease)", True),
            ("days > 1 or not cease", True),
            ("days is None and not (days is not None)", True),
            ("0 < days < 5 or 1 < 0 < days", False),
            ("not (1 < 0 < days)", True),
            ("days * 2 == 4 or cease == False", True),
        ],
    )
    def test_unknown_is_not_a_match(self, text, expected):
        """
        `days` and `score` are unknown, and only what does not depend on them can hold.
        """
        row = {"days": None, "score": None, "cease": False}

        assert expected is compile_condition(parse(text), "mapping")(row)
        assert expected is compile_condition(parse(text))(SimpleNamespace(**row))

    @pytest.mark.parametrize(("currency", "expected"), [("USD", True), ("EUR", False), (None, False)])
    def test_an_amount_is_unknown_in_another_currency(self, currency, expected):
        """
        Fifty euros are not at least fifty dollars, and not less either.
        """
        at_least, less = (parse(f"owed {sign} money('50.00 USD')", FIELDS) for sign in (">=", "<"))
        row = {"owed": 5000, "currency": currency}

        assert expected is compile_condition(at_least, "mapping")(row)
        assert not compile_condition(less, "mapping")(row)

    def test_a_missing_fact_is_an_error(self):
        """
        A misspelled row must not pass for "no".
        """
        with pytest.raises(KeyError, match="days"):
            compile_condition(parse("days > 1"), "mapping")({"dayz": 5})
        with pytest.raises(AttributeError, match="days"):
            compile_condition(parse("days > 1"))(SimpleNamespace(dayz=5))

    def test_values_that_cannot_be_compared_are_an_error(self):
        """
        The careful form does not hide what is wrong with the data.
        """
        with pytest.raises(TypeError):
            compile_condition(parse("days > 1"), "mapping")({"days": "5"})

    @given(expression=expressions(), row=rows())
    def test_agrees_with_the_reference(self, expression, row):
        """
        The compiled function says yes exactly where the truth tables say true.
        """
        expected = outcome(expression.tree, row) is True

        assert expected is compile_condition(expression, "mapping")(row)
        assert expected is compile_condition(expression)(SimpleNamespace(**row))


class TestTable:
    @pytest.mark.parametrize(
        ("change", "leaf"),
        [
            ({}, "call"),
            ({"cease": True}, "stop"),
            ({"owed": 4999}, "wait"),
            ({"score": 600}, "remind"),
            ({"owed": None}, "call"),
            ({"days": None}, "agency"),
            ({"days": 60}, "letter"),
            ({"days": 59}, "agency"),
            ({"days": 60, "state": None}, "agency"),
        ],
    )
    def test_the_first_rule_that_holds_decides(self, change, leaf):
        """
        Rules are asked in their order, and an unknown fact lets a rule pass by.
        """
        assert leaf == compile_table(Table.of(STRATEGY), "mapping")(ROW | change).leaf

    def test_the_reason_is_shared(self):
        """
        All rows decided by a rule get one decision that lists its comparisons.
        """
        decide = compile_table(Table.of(STRATEGY), "mapping")
        first, second = decide(ROW | {"days": 60}), decide(ROW | {"days": 61})

        assert first is second
        assert ("30 <= days < 60", "state in ['MA', 'NY']") == first.why.comparisons
        assert "rule 5: 30 <= days < 60, state in ['MA', 'NY']" == str(first.why)

    def test_reads_each_fact_once_and_only_when_needed(self):
        """
        Facts may be costly: a row that is stopped is not asked for its score.
        """
        read = []

        class Row:
            def __getattr__(self, name):
                read.append(name)
                return (ROW | {"days": 60})[name]

        decide = compile_table(Table.of(STRATEGY))
        assert "letter" == decide(Row()).leaf
        assert sorted(set(read)) == sorted(read)
        assert "score" not in read

    @pytest.mark.parametrize("rules", [[], [("days > 1", 1)]])
    def test_every_row_must_have_an_answer(self, rules):
        """
        A table without a last resort is refused when it is made.
        """
        with pytest.raises(ExpressionError, match="'True'"):
            Table.of(rules)

    @given(conditions=st.lists(expressions(), max_size=5), row=rows())
    def test_agrees_with_the_reference(self, conditions, row):
        """
        The deciding rule is the first that the truth tables call true.
        """
        table = Table((*((each, index) for index, each in enumerate(conditions)), (parse("True"), "rest")))
        expected = next(leaf for each, leaf in table.rules if outcome(each.tree, row) is True)

        assert expected == compile_table(table, "mapping")(row).leaf

    def test_many_alike_rules_compile(self):
        """
        Rules that share a long beginning do not outgrow Python's indentation.
        """
        alike = " and ".join(f"days != {number}" for number in range(110))
        table = Table.of([(f"{alike} and score == {score}", score) for score in range(3)] + [("True", 3)])

        assert 2 == compile_table(table, "mapping")({"days": -1, "score": 2}).leaf


class TestTrace:
    def test_lists_each_comparison_with_what_it_saw(self):
        """
        Also those that the outcome did not depend on.
        """
        findings = trace(parse("days >= 30 and owed >= money('50.00 USD') or not cease", FIELDS), ROW | {"cease": None, "currency": "USD"})

        assert [False, True, None] == [finding.holds for finding in findings]
        assert [
            "days >= 30: no (days is 2)",
            "owed >= money('50.00 USD'): yes (owed is 5000, currency is USD)",
            "cease: unknown (cease is unknown)",
        ] == [str(finding) for finding in findings]

    @given(expression=expressions(), row=rows())
    def test_agrees_with_the_reference(self, expression, row):
        """
        Each finding is what the truth tables say about that comparison.
        """
        for finding in trace(expression, SimpleNamespace(**row)):
            text = finding.comparison
            assert outcome(parse(text, FIELDS).tree, row) is finding.holds
