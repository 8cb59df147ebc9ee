"""What a condition may say, and how the rest is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ExpressionError
from collectkit.rules import FieldType, parse
from collectkit.rules.expression import Amount, And, Compare, Constant, Name

from .expressions import FIELDS, expressions

HAPPENED = ("reply", "payment", "delay")


class TestWhatIsAllowed:
    def test_reads_the_tree_and_the_names(self):
        """
        Text becomes nodes; an amount also reads the currency of the row.
        """
        found = parse("days >= 30 and owed >= money('50.00 USD')", FIELDS)
        days, owed = Compare((Name("days"), Constant(30)), (">=",)), Compare((Name("owed"), Amount(5000, "USD", "50.00 USD")), (">=",))

        assert And((days, owed)) == found.tree
        assert {"days", "owed", "currency"} == found.names

    @pytest.mark.parametrize(
        "text",
        [
            "30 <= days < 60",
            "state in ['MA', 'NY'] and state not in ('CA', 'TX')",
            "due_on is None or due_on < date('2026-01-31')",
            "not (cease or days == -1)",
            "days * 2 + (score - 1) * 3 > 1_000",
            "2 * owed - fees > money('1.00 USD')",
            "  days > 1\n  and score > 2",
            "state == '# not a comment 5x'",
        ],
    )
    def test_reads(self, text):
        """
        The language is Python's, as far as it goes.
        """
        assert text == parse(text, FIELDS).text

    def test_equal_when_the_meaning_is_equal(self):
        """
        Spaces and parentheses change the text, not the expression.
        """
        assert parse("days>1") == parse("(days  >  1)")

    @given(expression=expressions())
    def test_what_is_written_back_reads_the_same(self, expression):
        """
        The text of a tree parses to that tree.
        """
        assert expression == parse(str(expression.tree), FIELDS)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "column", "words"),
        [
            ("days > 1 and dayz > 2", 13, "did you mean days?"),
            ("  state == 'é' and stat == 'x'", 19, "did you mean state?"),
            ("state < 5", 8, "text cannot meet a whole number"),
            ("due_on > '2026-01-01'", 9, "date('2026-01-31')"),
            ("owed > 50", 7, "money('50.00 USD')"),
            ("owed > days", 7, "money cannot meet a whole number"),
            ("state in ['MA', 5]", 16, "text cannot meet a whole number"),
            ("owed * fees > owed", 0, "money times money"),
            ("cease < True", 8, "have no order"),
            ("days", 0, "must be compared"),
            ("due_on + 1 > due_on", 0, "for whole numbers and money"),
            ("owed > money('fifty')", 7, "is not an amount"),
            ("owed > money('50.001 USD')", 7, "is not an amount"),
            ("due_on > date('20260131')", 9, "2026-01-31"),
            ("due_on > date('2026-02-30')", 9, "is not a day"),
            ("days == None", 8, "is None"),
            ("days is 5", 8, "only None"),
            ("days + 1 is None", 0, "only a fact"),
            ("state in state", 9, "list of literals"),
            ("days in []", 8, "list of literals"),
            ("days in [score]", 9, "literals only"),
            ("1 < days in [2]", 12, "chain"),
            ("days > 1.5", 7, "not exact"),
            ("days > 9223372036854775808", 7, "9223372036854775807"),
            ("days > 1 # why", 9, "comment"),
            ("days > 1and cease", 7, "space after it"),
            ("state == 'a\\d'", 11, "backslash"),
            ("days >", 6, "not a condition"),
            ("", 0, "not a condition"),
            ("5", 0, "condition is expected"),
            ("(cease := True)", 1, "condition is expected"),
            ("état == 'x'", 0, "cannot name a fact"),
            ("_days > 1", 0, "cannot name a fact"),
        ],
    )
    def test_points_at_what_is_wrong(self, text, column, words):
        """
        The message has the text, a caret under the fault, and what is allowed.
        """
        with pytest.raises(ExpressionError) as caught:
            parse(text, FIELDS)
        message, shown, caret = str(caught.value).split("\n")

        assert column == caught.value.column
        assert words in message
        assert "allowed are" in message
        assert text == caught.value.text == shown[2:]
        assert column + 2 == caret.index("^")

    @pytest.mark.parametrize(
        "text",
        [
            "__import__('os').system('x')",
            "days.real > 1",
            "days[0] > 1",
            "(lambda: 1)() > 0",
            "[x for x in days] == 1",
            "f'{days}' == 'a'",
            "days ** 2 > 1",
            "days / 2 > 1",
            "days // 2 > 1",
            "days & 1 > 1",
            "~days > 1",
            "len(state) > 1",
            "money('1.00 USD', 2) > owed",
            "date(2026) > due_on",
            "1 if cease else 2",
            "b'x' == state",
            "1j == days",
            "... == days",
            "cease; cease",
            "days = 1",
            "*days",
            "days > 1\0",
        ],
    )
    def test_refuses_everything_else(self, text):
        """
        What the list does not allow is not parsed, whatever it is.
        """
        with pytest.raises(ExpressionError):
            parse(text)

    @pytest.mark.parametrize(
        "text",
        ["(" * 900 + "1", "-" * 1_900 + "1 > 0", "not " * 490 + "cease", "1" + "+1" * 900 + " > 0", "x" * 2_001, "1" * 1_999, "[" * 1_999],
    )
    def test_refuses_what_is_too_deep_or_too_long(self, text):
        """
        No text brings the parser down.
        """
        with pytest.raises(ExpressionError):
            parse(text)

    def test_an_amount_needs_the_currency_of_the_row(self):
        """
        Without the fact `currency` nobody could tell dollars from euros.
        """
        with pytest.raises(ExpressionError, match="'currency' declared"):
            parse("owed > money('1.00 USD')", {"owed": FieldType.MONEY})

    @given(text=st.text(max_size=40))
    def test_any_text_is_read_or_refused(self, text):
        """
        Nothing else than `ExpressionError` ever comes out.
        """
        try:
            parse(text, FIELDS)
        except ExpressionError as error:
            assert text == error.text or len(text) > 2_000


class TestHistory:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("count('reply', 10) == 0", {"count_reply_10"}),
            ("days_since('payment') > 7 and rising('delay', 3)", {"days_since_payment", "rising_delay_3"}),
            ("not rising('delay', 3) or days_since('reply') is None", {"rising_delay_3", "days_since_reply"}),
        ],
    )
    def test_figures_are_read_from_derived_names(self, text, names):
        """
        Who keeps the history fills them in; written back, the condition reads the same.
        """
        expression = parse(text, {}, happenings=HAPPENED)

        assert names == expression.names == {figure.id for figure in expression.aggregates}
        assert expression == parse(str(expression.tree), {}, happenings=HAPPENED)

    @pytest.mark.parametrize(
        ("text", "column", "words"),
        [
            ("owed > 1 and count('repyl', 3) > 1", 19, "did you mean reply?"),
            ("count('reply', 0) > 1", 15, "from 1 to 3650"),
            ("count('reply') > 1", 0, "count is written as"),
            ("days_since('reply', 3) > 1", 0, "days_since is written as"),
            ("count('reply', days=3) > 1", 0, "count is written as"),
            ("count('reply', 3)", 0, "must be compared"),
            ("rising('delay', 3) > 1", 21, "cannot meet"),
        ],
    )
    def test_points_at_what_is_wrong(self, text, column, words):
        """
        The column is that of the word at fault.
        """
        with pytest.raises(ExpressionError, match=re.escape(words)) as caught:
            parse(text, {"owed": FieldType.INTEGER}, happenings=HAPPENED)

        assert column == caught.value.column

    def test_without_a_history_there_is_nothing_to_count(self):
        """
        A segment is told by a standing alone.
        """
        with pytest.raises(ExpressionError, match="not known here"):
            parse("count('reply', 3) > 1", {})
