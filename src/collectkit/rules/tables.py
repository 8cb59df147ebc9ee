"""An ordered list of conditions, each with what follows from it: the first that holds decides.

What a table answers is explained by a frozen object made once for each rule and shared by all rows it decides.
`trace` is the long answer for one row: every comparison, the values it saw, and what came out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

import attrs

from collectkit.errors import ExpressionError
from collectkit.rules._nodes import CURRENCY, Amount, Arithmetic, Compare, Constant, IsUnknown, Membership, Name, Term, Test, terms, tests
from collectkit.rules._nodes import names as term_names
from collectkit.rules.expression import Expression, FieldType, parse

Leaf = TypeVar("Leaf")

_APPLY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


@attrs.frozen
class Why:
    """
    The rule of a table that decided.

    Attributes:
        rule: Its place in the table, from 0.
        text: The condition as its author wrote it.
        comparisons: Each comparison in it, evenly spaced.
    """

    rule: int
    text: str
    comparisons: tuple[str, ...]

    def __str__(self) -> str:
        return f"rule {self.rule + 1}: {', '.join(self.comparisons)}"


@attrs.frozen
class Decision(Generic[Leaf]):
    """What a table answers for one row, and why; one object for all rows that the same rule decides."""

    leaf: Leaf
    why: Why


@attrs.frozen
class Table(Generic[Leaf]):
    """
    Conditions and what follows from each; the first that certainly holds decides.

    Attributes:
        rules: In order of precedence. The last condition is `True`, so that every row has an answer.

    Raises:
        ExpressionError: No rule, or the last is not `True`.
    """

    rules: tuple[tuple[Expression, Leaf], ...]

    def __attrs_post_init__(self) -> None:
        if not self.rules or self.rules[-1][0].tree != Constant(True):
            raise ExpressionError("the last rule of a table must be 'True', so that every row has an answer; no table was made")

    @classmethod
    def of(cls, rules: Iterable[tuple[str, Leaf]], fields: Mapping[str, FieldType] | None = None) -> Table[Leaf]:
        """
        Parse the conditions of a table.

        Raises:
            ExpressionError: A condition is not allowed, or the last is not `True`.
        """
        return cls(tuple((parse(text, fields), leaf) for text, leaf in rules))

    @property
    def names(self) -> frozenset[str]:
        """The facts that some rule reads."""
        return frozenset[str]().union(*(expression.names for expression, _ in self.rules))

    def decisions(self) -> tuple[Decision[Leaf], ...]:
        """Return the answer of each rule, in their order."""
        return tuple(
            Decision(leaf, Why(index, expression.text, tuple(map(str, tests(expression.tree)))))
            for index, (expression, leaf) in enumerate(self.rules)
        )


@attrs.frozen
class Finding:
    """
    One comparison of a condition, and what it came to for one row.

    Attributes:
        comparison: The comparison, evenly spaced.
        seen: The facts it read with their values; None is unknown.
        holds: Its outcome; None is unknown, which never matches.
    """

    comparison: str
    seen: tuple[tuple[str, object], ...]
    holds: bool | None

    def __str__(self) -> str:
        outcome = {True: "yes", False: "no", None: "unknown"}[self.holds]
        seen = ", ".join(f"{name} is {'unknown' if value is None else value}" for name, value in self.seen)
        return f"{self.comparison}: {outcome}{f' ({seen})' if seen else ''}"


def trace(expression: Expression, facts: object) -> tuple[Finding, ...]:
    """
    Show what each comparison of a condition came to, also those that the outcome did not depend on.

    Args:
        expression: The condition.
        facts: A mapping, or an object with attributes, that has every fact the condition names; None is unknown.

    Raises:
        KeyError: The mapping lacks a fact.
        AttributeError: The object lacks a fact.
    """
    values = {name: facts[name] if isinstance(facts, Mapping) else getattr(facts, name) for name in sorted(expression.names)}
    return tuple(_finding(test, values) for test in tests(expression.tree))


def _finding(test: Test, facts: Mapping[str, object]) -> Finding:
    seen = dict.fromkeys(name for term in terms(test) for name in term_names(term))
    return Finding(str(test), tuple((name, facts[name]) for name in seen), _outcome(test, facts))


def _outcome(test: Test, facts: Mapping[str, object]) -> bool | None:
    match test:
        case IsUnknown(name, negated):
            return (facts[name.id] is None) is not negated
        case Membership(term, constants, negated):
            value = _value(term, facts)
            return None if value is None else (value in [constant.value for constant in constants]) is not negated
        case Compare():
            outcomes = [_link_outcome(link, facts) for link in test.links()]
            return False if False in outcomes else None if None in outcomes else True
        case _:
            value = _value(test, facts)
            return None if value is None else bool(value)


def _link_outcome(link: Compare, facts: Mapping[str, object]) -> bool | None:
    left, right = (_value(term, facts) for term in link.operands)
    return None if left is None or right is None else bool(_APPLY[link.operators[0]](left, right))


def _value(term: Term, facts: Mapping[str, Any]) -> Any:
    match term:
        case Name(id):
            return facts[id]
        case Constant(value):
            return value
        case Amount(minor, currency):
            return minor if facts[CURRENCY] == currency else None
        case Arithmetic(left_term, sign, right_term):
            left, right = _value(left_term, facts), _value(right_term, facts)
            return None if left is None or right is None else _APPLY[sign](left, right)
