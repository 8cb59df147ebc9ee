"""A condition, or a table of them, as one Python function for one row.

The source that is compiled is written here from the checked tree, never taken from a user's text: names of facts are
identifiers by construction, and texts and days enter as bound values.

Most rows know all their facts, so each function first runs comparisons without asking whether a value is `None`;
Python itself refuses to order `None`, and only then the careful form runs, which asks. Where Python would
answer (`None != 3`), the first form asks as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final, Literal, cast, overload

from collectkit.errors import ValidationError
from collectkit.rules._nodes import (
    CURRENCY,
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
    Term,
    conjuncts,
    matching,
    names,
    terms,
    test_names,
)
from collectkit.rules.expression import Expression
from collectkit.rules.tables import Decision, Finding, Leaf, Table, Why, trace

__all__ = ["Decision", "Finding", "Table", "Why", "compile_condition", "compile_table", "trace"]

# Rules that begin alike share one `if`; Python allows 100 levels of indentation.
_NESTED_MAX: Final = 8

_Rule = tuple[tuple[Condition, ...], int]


@overload
def compile_condition(expression: Expression, access: Literal["attributes"] = "attributes") -> Callable[[object], bool]: ...
@overload
def compile_condition(expression: Expression, access: Literal["mapping"]) -> Callable[[Mapping[str, object]], bool]: ...


def compile_condition(
    expression: Expression, access: Literal["attributes", "mapping"] = "attributes"
) -> Callable[[object], bool] | Callable[[Mapping[str, object]], bool]:
    """
    Make the function that tells whether one row certainly meets a condition.

    The function takes an object with the facts as attributes, or a mapping of them. A fact that is None is unknown;
    one that is missing altogether raises AttributeError or KeyError, so that a misspelled row does not pass for "no".
    """
    rules: list[_Rule] = [(conjuncts(matching(expression.tree)), 0), ((), 1)]
    return cast("Callable[[object], bool]", _Writer(access).function(rules, (True, False)))


@overload
def compile_table(table: Table[Leaf], access: Literal["attributes"] = "attributes") -> Callable[[object], Decision[Leaf]]: ...
@overload
def compile_table(table: Table[Leaf], access: Literal["mapping"]) -> Callable[[Mapping[str, object]], Decision[Leaf]]: ...


def compile_table(
    table: Table[Leaf], access: Literal["attributes", "mapping"] = "attributes"
) -> Callable[[object], Decision[Leaf]] | Callable[[Mapping[str, object]], Decision[Leaf]]:
    """
    Make the function that gives one row its decision: the leaf of the first rule that certainly holds, and why.

    Facts are read as `compile_condition` reads them, each at most once, and only when a rule that is reached needs it.
    Equal decisions are one object.
    """
    rules: list[_Rule] = [(conjuncts(matching(expression.tree)), index) for index, (expression, _) in enumerate(table.rules)]
    return cast("Callable[[object], Decision[Leaf]]", _Writer(access).function(rules, table.decisions()))


class _Writer:
    """Writes the source of one function, and keeps the values bound in it."""

    def __init__(self, access: Literal["attributes", "mapping"]) -> None:
        if access not in ("attributes", "mapping"):
            raise ValidationError(f"facts are read from 'attributes' or a 'mapping', not from {access!r}; nothing was compiled")
        self._access = access
        self._bound: dict[str, object] = {}
        self._constants: dict[Hashable, str] = {}
        self._locals: dict[str, str] = {}
        self._lines: list[str] = []
        self._careful = False

    def function(self, rules: list[_Rule], results: Iterable[object]) -> object:
        for index, result in enumerate(results):
            self._bound[f"r{index}"] = result
        quick, careful = self._body(rules, careful=False), self._body(rules, careful=True)
        lines = ["  try:", *(f" {line}" for line in quick), "  except TypeError:", *(f" {line}" for line in careful)]
        body = quick if quick == careful else lines
        # Bound values are variables of an enclosing function: the quickest to read, and out of reach of callers.
        source = "\n".join([f"def make({', '.join(self._bound)}):", " def decide(facts):", *body, " return decide"])
        space: dict[str, Callable[..., object]] = {}
        exec(compile(source, "<condition>", "exec"), {"__builtins__": {"TypeError": TypeError}}, space)
        return space["make"](**self._bound)

    def _body(self, rules: list[_Rule], *, careful: bool) -> list[str]:
        self._lines, self._careful = [], careful
        self._write_rules(rules, level=2, have=set(), nested=0)
        return self._lines

    def _write_rules(self, rules: list[_Rule], level: int, have: set[str], nested: int) -> None:
        """Write rules in their order, those in a row that begin with the same part as one `if` around the rest."""
        start = 0
        while start < len(rules):
            parts, result = rules[start]
            if not parts:
                self._lines.append(f"{' ' * level}return r{result}")
                return
            group = _beginning_alike(rules, start) if nested < _NESTED_MAX else rules[start : start + 1]
            start += len(group)
            if len(group) == 1:
                self._read(parts, level, have)
                self._lines.append(f"{' ' * level}if {' and '.join(self._text(part) for part in parts)}: return r{result}")
                continue
            leaves = any(len(inner) == 1 for inner, _ in group)
            # A group that may be left again has read its facts before, or the rules after it would read them twice.
            self._read(parts[:1] if leaves else [part for inner, _ in group for part in inner], level, have)
            self._lines.append(f"{' ' * level}if {self._text(parts[0])}:")
            self._write_rules([(inner[1:], index) for inner, index in group], level + 1, set(have), nested + 1)

    def _read(self, parts: Iterable[Condition], level: int, have: set[str]) -> None:
        for name in dict.fromkeys(name for part in parts for name in test_names(part)):
            if name not in have:
                have.add(name)
                value = f"facts.{name}" if self._access == "attributes" else f"facts[{name!r}]"
                self._lines.append(f"{' ' * level}{self._local(name)} = {value}")

    def _text(self, node: Condition) -> str:
        """Write a condition in matching form; what it gives is true or false in the sense of an `if`."""
        match node:
            case And(parts):
                return f"({' and '.join(map(self._text, parts))})"
            case Or(parts):
                return f"({' or '.join(map(self._text, parts))})"
            case Compare(operands, operators):
                left, right = map(self._term, operands)
                return self._checked(node, operands, f"{left} {operators[0]} {right}")
            case Membership(term, values, negated):
                items = self._bind(frozenset(constant.value for constant in values))
                return self._checked(node, (term,), f"{self._term(term)} {'not in' if negated else 'in'} {items}")
            case IsUnknown(name, negated):
                return f"{self._local(name.id)} {'is not' if negated else 'is'} None"
            case Not(part):
                return self._checked(node, terms(cast("Name", part)), f"not {self._text(part)}")
            case Name(id):
                return self._local(id)
            case Constant(value):
                return repr(bool(value))

    def _checked(self, node: Condition, operands: tuple[Term, ...], text: str) -> str:
        """Put before a comparison what makes it "no" when an operand is unknown."""
        asking = operands if self._careful or _answers_for_none(node) else ()
        known = [name for operand in asking for name in names(operand)]
        currencies = [amount for operand in operands for amount in _amounts(operand)]
        checks = [f"{self._local(name)} is not None" for name in dict.fromkeys(known)]
        checks += [f"{self._local(CURRENCY)} == {self._bind(amount.currency)}" for amount in currencies]
        return f"({' and '.join([*checks, text])})" if checks else text

    def _term(self, term: Term) -> str:
        match term:
            case Name(id):
                return self._local(id)
            case Constant(value):
                return repr(value) if isinstance(value, int) else self._bind(value)
            case Amount(minor):
                return repr(minor)
            case Arithmetic(left, operator, right):
                return f"({self._term(left)} {operator} {self._term(right)})"

    def _local(self, name: str) -> str:
        return self._locals.setdefault(name, f"v{len(self._locals)}")

    def _bind(self, value: Hashable) -> str:
        known = self._constants.get(value)
        if known is None:
            known = self._constants[value] = f"k{len(self._constants)}"
            self._bound[known] = value
        return known


def _beginning_alike(rules: list[_Rule], start: int) -> list[_Rule]:
    first = rules[start][0][0]
    end = start + 1
    while end < len(rules) and rules[end][0] and rules[end][0][0] == first:
        end += 1
    return rules[start:end]


def _answers_for_none(node: Condition) -> bool:
    """Tell whether Python would call the comparison true, not raise, when an operand is None."""
    match node:
        case Compare((left, right), (operator,)):
            return operator == "!=" or (operator == "==" and isinstance(left, Name) and isinstance(right, Name))
        case Membership(_, _, negated):
            return negated
        case _:
            return True


def _amounts(term: Term) -> tuple[Amount, ...]:
    match term:
        case Amount():
            return (term,)
        case Arithmetic(left, _, right):
            return _amounts(left) + _amounts(right)
        case _:
            return ()
