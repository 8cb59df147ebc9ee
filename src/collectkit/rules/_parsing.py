"""From text to the tree of a condition: the allow-list, the types, and the words of every refusal."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final, TypeAlias

from collectkit.errors import ExpressionError, ValidationError
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
    Term,
    is_name,
)
from collectkit.rules.expression import FieldType

TEXT_LENGTH_MAX: Final = 2_000
DEPTH_MAX: Final = 50
INTEGER_MAX: Final = 2**63 - 1

_ALLOWED: Final = (
    "allowed are and, or, not, comparisons, in [...], is None, + - * of whole numbers, text, True, False, "
    "date('2026-01-01') and money('50.00 USD')"
)
_ALLOWED_OF_HISTORY: Final = ", and of what happened count('payment', 10), days_since('payment') and rising('delay', 3)"
AGGREGATES: Final = {"count": FieldType.INTEGER, "days_since": FieldType.INTEGER, "rising": FieldType.BOOLEAN}
"""Figures over the history, and what each gives."""

WINDOW_MAX: Final = 3_650

_COMPARISONS: Final = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_ARITHMETIC: Final = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
# Python takes '1and x' apart with a warning, a comment would swallow the lines after it, and an escape may be invalid.
_STRAY: Final = re.compile(r"#|(?<![A-Za-z0-9_])[0-9][0-9_]*[A-Za-z]")

_Typed: TypeAlias = tuple[Term, FieldType | None]


class Parser:
    """One reading of one text; see `collectkit.rules.expression.parse`."""

    def __init__(self, text: str, fields: Mapping[str, FieldType] | None, happenings: Collection[str] = ()) -> None:
        self._text = text
        self._fields = fields
        self._happenings = happenings
        self._line = re.sub(r"\s", " ", text)
        self._indent = len(self._line) - len(self._line.lstrip())

    def parse(self) -> Condition:
        """Return the tree, or raise `ExpressionError`."""
        if len(self._text) > TEXT_LENGTH_MAX:
            raise ExpressionError(
                f"a condition has at most {TEXT_LENGTH_MAX} characters, this one has {len(self._text)}; nothing was parsed"
            )
        self._refuse_stray()
        try:
            body = ast.parse(self._line.strip(), mode="eval").body
        except SyntaxError as error:
            # Python says 0 where the text ends too early.
            length = len(self._line.strip())
            column = min(error.offset - 1, length) if error.offset else length
            raise self._refusal_at(self._indent + column, "this is not a condition") from error
        except (ValueError, RecursionError, MemoryError):
            raise self._refusal_at(self._indent, "this cannot be read, it may be nested too deeply") from None
        return self._condition(body, 1)

    def _refuse_stray(self) -> None:
        if "\\" in self._line:
            raise self._refusal_at(self._line.index("\\"), "a backslash has no meaning in a condition")
        bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), self._line)
        stray = _STRAY.search(bare)
        if stray is not None:
            what = "a condition holds no comment" if stray[0] == "#" else "a number is written in decimal digits, with a space after it"
            raise self._refusal_at(stray.start(), what)

    def _condition(self, node: ast.expr, depth: int) -> Condition:
        self._check_depth(node, depth)
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self._condition(value, depth + 1) for value in values)
                return And(parts) if isinstance(op, ast.And) else Or(parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self._condition(operand, depth + 1))
            case ast.Compare(ops=[ast.Is() | ast.IsNot() as op], comparators=[right]):
                return self._is_unknown(node, right, negated=isinstance(op, ast.IsNot))
            case ast.Compare(ops=[ast.In() | ast.NotIn() as op], comparators=[right]):
                return self._membership(node.left, right, depth, negated=isinstance(op, ast.NotIn))
            case ast.Compare():
                return self._comparison(node, depth)
            case ast.Constant(value=bool(value)):
                return Constant(value)
            case ast.Name(id=id):
                return self._flag(node, id)
            case ast.Call(func=ast.Name(id=function)) if function in AGGREGATES:
                figure, kind = self._aggregate(node, function)
                if kind is not FieldType.BOOLEAN:
                    raise self._refusal(node, f"{figure} is {kind.value}, so it must be compared with something")
                return figure
        raise self._refusal(node, "a condition is expected here")

    def _flag(self, node: ast.expr, id: str) -> Name:
        kind = self._declared(node, id)
        if kind is not None and kind is not FieldType.BOOLEAN:
            raise self._refusal(node, f"{id} holds {kind.value}, so it must be compared with something")
        return Name(id)

    def _is_unknown(self, node: ast.Compare, right: ast.expr, *, negated: bool) -> IsUnknown:
        if not isinstance(right, ast.Constant) or right.value is not None:
            raise self._refusal(right, "only None may follow 'is' and 'is not'; write == or != to compare values")
        if isinstance(node.left, ast.Call) and isinstance(node.left.func, ast.Name) and node.left.func.id in AGGREGATES:
            return IsUnknown(self._aggregate(node.left, node.left.func.id)[0], negated)
        if not isinstance(node.left, ast.Name):
            raise self._refusal(node.left, "only a fact can be unknown, so a name is expected before 'is'")
        self._declared(node.left, node.left.id)
        return IsUnknown(Name(node.left.id), negated)

    def _membership(self, left: ast.expr, right: ast.expr, depth: int, *, negated: bool) -> Membership:
        term, kind = self._term(left, depth + 1)
        if not isinstance(right, ast.List | ast.Tuple) or not right.elts:
            raise self._refusal(right, "'in' is followed by a list of literals, such as ['MA', 'NY']")
        return Membership(term, tuple(self._item(item, left, kind, depth) for item in right.elts), negated)

    def _item(self, item: ast.expr, left: ast.expr, kind: FieldType | None, depth: int) -> Constant:
        value, value_kind = self._term(item, depth + 1)
        if not isinstance(value, Constant):
            raise self._refusal(item, "a list holds literals only: whole numbers, text, dates")
        self._check_same(item, kind, value_kind)
        return value

    def _comparison(self, node: ast.Compare, depth: int) -> Compare:
        operators: list[str] = []
        for op, right in zip(node.ops, node.comparators, strict=True):
            operator = _COMPARISONS.get(type(op))
            if operator is None:
                raise self._refusal(right, "'in' and 'is' cannot be part of a chain")
            operators.append(operator)
        sides = [node.left, *node.comparators]
        typed = [self._term(side, depth + 1) for side in sides]
        for index, operator in enumerate(operators):
            left_kind, right_kind = typed[index][1], typed[index + 1][1]
            self._check_same(sides[index + 1], left_kind, right_kind)
            if operator not in ("==", "!=") and FieldType.BOOLEAN in (left_kind, right_kind):
                raise self._refusal(sides[index + 1], f"true and false have no order, so {operator!r} cannot compare them")
        return Compare(tuple(term for term, _ in typed), tuple(operators))

    def _term(self, node: ast.expr, depth: int) -> _Typed:
        self._check_depth(node, depth)
        match node:
            case ast.Name(id=id):
                kind = self._declared(node, id)
                return Name(id), kind
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))) if not isinstance(value, bool):
                return self._literal(node, -value)
            case ast.Constant(value=value):
                return self._literal(node, value)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._arithmetic(node, left, _ARITHMETIC[type(op)], right, depth)
            case ast.Call(func=ast.Name(id="date" | "money" as function), args=[ast.Constant(value=str(text))], keywords=[]):
                return self._date(node, text) if function == "date" else self._money(node, text)
            case ast.Call(func=ast.Name(id=function)) if function in AGGREGATES:
                return self._aggregate(node, function)
        raise self._refusal(node, "this is not a value")

    def _aggregate(self, node: ast.Call, function: str) -> tuple[Aggregate, FieldType]:
        if not self._happenings:
            raise self._refusal(node, f"{function}(...) asks for what happened before, which is not known here")
        numbered = function != "days_since"
        match node.args:
            case [ast.Constant(value=str(of)), ast.Constant(value=int(number))] if numbered and not isinstance(number, bool):
                pass
            case [ast.Constant(value=str(of))] if not numbered:
                number = 0
            case _:
                example = f"{function}('payment', 10)" if numbered else f"{function}('payment')"
                raise self._refusal(node, f"{function} is written as {example}")
        if node.keywords:
            raise self._refusal(node, f"{function} takes no names for its values")
        if of not in self._happenings:
            raise self._refusal(node.args[0], f"nothing is called {of!r}{_suggestion(of, self._happenings)}")
        if numbered and not 1 <= number <= WINDOW_MAX:
            raise self._refusal(node.args[1], f"a number from 1 to {WINDOW_MAX} is expected")
        return Aggregate(function, of, number), AGGREGATES[function]

    def _literal(self, node: ast.expr, value: object) -> _Typed:
        match value:
            case bool():
                return Constant(value), FieldType.BOOLEAN
            case int() if abs(value) <= INTEGER_MAX:
                return Constant(value), FieldType.INTEGER
            case str():
                return Constant(value), FieldType.TEXT
            case int():
                raise self._refusal(node, f"whole numbers go up to {INTEGER_MAX}")
            case float():
                raise self._refusal(node, "a number with a fraction is not exact; write whole numbers, and money as money('50.00 USD')")
            case None:
                raise self._refusal(node, "an unknown value equals nothing; write 'is None' or 'is not None'")
        raise self._refusal(node, "this literal is not allowed")

    def _arithmetic(self, node: ast.expr, left: ast.expr, operator: str, right: ast.expr, depth: int) -> _Typed:
        (left_term, left_kind), (right_term, right_kind) = self._term(left, depth + 1), self._term(right, depth + 1)
        for side, kind in ((left, left_kind), (right, right_kind)):
            if kind not in (None, FieldType.INTEGER, FieldType.MONEY):
                raise self._refusal(side, f"{operator!r} is for whole numbers and money, not for {kind.value if kind else 'this'}")
        term = Arithmetic(left_term, operator, right_term)
        if operator != "*":
            self._check_same(right, left_kind, right_kind)
            return term, left_kind or right_kind
        if left_kind is right_kind is FieldType.MONEY:
            raise self._refusal(node, "money times money is not money")
        if FieldType.MONEY in (left_kind, right_kind):
            return term, FieldType.MONEY
        return term, left_kind and right_kind

    def _date(self, node: ast.expr, text: str) -> _Typed:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        # ISO week dates and dates without dashes are refused: one way to write a day.
        if day is None or day.isoformat() != text:
            raise self._refusal(node, f"{text!r} is not a day of the calendar written as 2026-01-31")
        return Constant(day), FieldType.DATE

    def _money(self, node: ast.expr, text: str) -> _Typed:
        from collectkit.money import Money

        amount, _, currency = text.partition(" ")
        try:
            money = Money.of(amount, currency)
        except ValidationError as error:
            raise self._refusal(node, f"{text!r} is not an amount and a currency, such as 50.00 USD ({error})") from error
        if abs(money.minor) > INTEGER_MAX:
            raise self._refusal(node, f"amounts go up to {INTEGER_MAX} minor units")
        if self._fields is not None and self._fields.get(CURRENCY) is not FieldType.TEXT:
            raise self._refusal(node, f"money(...) needs the fact {CURRENCY!r} declared as text, to know the currency of a row")
        return Amount(money.minor, money.currency, text), FieldType.MONEY

    def _declared(self, node: ast.expr, id: str) -> FieldType | None:
        if not is_name(id):
            raise self._refusal(node, f"{id!r} cannot name a fact: ASCII letters, digits and '_' are allowed, the first is a letter")
        if self._fields is None:
            return None
        kind = self._fields.get(id)
        if kind is None:
            raise self._refusal(node, f"there is no fact {id!r}{_suggestion(id, self._fields)}")
        return kind

    def _check_same(self, node: ast.expr, left: FieldType | None, right: FieldType | None) -> None:
        if left is None or right is None or left is right:
            return
        hint = ""
        if {left, right} == {FieldType.MONEY, FieldType.INTEGER}:
            hint = "; write the amount as money('50.00 USD')"
        elif {left, right} == {FieldType.DATE, FieldType.TEXT}:
            hint = "; write the day as date('2026-01-31')"
        raise self._refusal(node, f"{left.value} cannot meet {right.value}{hint}")

    def _check_depth(self, node: ast.expr, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise self._refusal(node, f"a condition is nested at most {DEPTH_MAX} deep")

    def _refusal(self, node: ast.expr, what: str) -> ExpressionError:
        # Python counts columns in UTF-8 bytes.
        before = self._line.strip().encode()[: node.col_offset].decode()
        return self._refusal_at(self._indent + len(before), what)

    def _refusal_at(self, column: int, what: str) -> ExpressionError:
        shown, caret = _window(self._line, column)
        allowed = _ALLOWED + (_ALLOWED_OF_HISTORY if self._happenings else "")
        message = f"{what}; {allowed}; nothing was parsed\n  {shown}\n  {' ' * caret}^"
        return ExpressionError(message, text=self._text, column=column)


def _window(line: str, column: int, width: int = 100) -> tuple[str, int]:
    """Cut a long line around the column, and tell where the caret then stands."""
    start = max(0, column - width // 2) if len(line) > width else 0
    return line[start : start + width], column - start


def _suggestion(id: str, fields: Iterable[str]) -> str:
    near = difflib.get_close_matches(id, fields, n=3)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    known = sorted(fields)
    return f"; known are {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"
