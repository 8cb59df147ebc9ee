"""A condition as data: parsed once from text in Python's syntax, checked against the declared facts.

Python's own parser reads the text; an allow-list then rebuilds it from a handful of frozen nodes, and whatever is
not on the list is refused with a caret under it. Nothing of the text is ever executed.

>>> str(parse("days_past_due >= 30 and not (state in ['MA', 'NY'])").tree)
"days_past_due >= 30 and not state in ['MA', 'NY']"
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum

import attrs

from collectkit.rules._nodes import (
    CURRENCY,
    Aggregate,
    Amount,
    And,
    Arithmetic,
    Compare,
    Condition,
    Constant,
    IsUnknown,
    Membership,
    Name,
    Not,
    Or,
    aggregates,
    test_names,
)

__all__ = [
    "CURRENCY",
    "Aggregate",
    "Amount",
    "And",
    "Arithmetic",
    "Compare",
    "Condition",
    "Constant",
    "Expression",
    "FieldType",
    "IsUnknown",
    "Membership",
    "Name",
    "Not",
    "Or",
    "parse",
]


class FieldType(Enum):
    """What a fact holds; any fact may also be unknown (`None`)."""

    INTEGER = "a whole number"
    MONEY = "money"
    """Minor units of the currency in the row's fact `currency`."""
    TEXT = "text"
    DATE = "a date"
    BOOLEAN = "true or false"


@attrs.frozen
class Expression:
    """
    A condition that has been read and checked.

    Two expressions are equal when they mean the same tree, however their text is spaced.

    Attributes:
        text: The condition as its author wrote it.
        tree: What it means.
        names: Facts it reads, `currency` among them when it compares with `money(...)`.
        aggregates: Figures over what happened before that are among them, under their derived names.
    """

    text: str = attrs.field(eq=False)
    tree: Condition
    names: frozenset[str] = attrs.field(init=False, eq=False, repr=False)
    aggregates: tuple[Aggregate, ...] = attrs.field(init=False, eq=False, repr=False)

    @names.default
    def _names(self) -> frozenset[str]:
        return frozenset(test_names(self.tree))

    @aggregates.default
    def _aggregates(self) -> tuple[Aggregate, ...]:
        return aggregates(self.tree)

    def __str__(self) -> str:
        return self.text


def parse(text: str, fields: Mapping[str, FieldType] | None = None, *, happenings: Collection[str] = ()) -> Expression:
    """
    Read a condition.

    Allowed are `and`, `or`, `not`; comparisons, also chained; `in` and `not in` a list of literals; `is None` and
    `is not None`; `+`, `-` and `*` of whole numbers; whole numbers of 64 bits, text, `True`, `False`,
    `date('2026-01-01')` and `money('50.00 USD')`. Where the history is known also `count('no_answer', 10)` (how often in ten days,
    the day itself included), `days_since('reply')` (unknown when it never happened) and `rising('delay', 3)` (whether each of
    the last three was more than the one before).

    Args:
        text: At most 2,000 characters, nested at most 50 deep; line breaks count as spaces.
        fields: The facts that may be named, and what each holds. None: any name, and only literals are checked.
        happenings: What the history may be asked for; empty where there is none.

    Raises:
        ExpressionError: The text is not such a condition; `column` counts from 0.
    """
    from collectkit.rules._parsing import Parser

    return Expression(text, Parser(text, fields, happenings).parse())
