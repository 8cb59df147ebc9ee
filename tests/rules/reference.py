"""A slow interpreter of conditions, written from the truth tables alone."""

from __future__ import annotations

import operator
from collections.abc import Mapping

from collectkit.rules import expression as nodes

APPLY = {
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


def both(left: bool | None, right: bool | None) -> bool | None:
    """Kleene's conjunction."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def outcome(node: object, row: Mapping[str, object]) -> bool | None:
    """True, False, or None for unknown."""
    match node:
        case nodes.And(parts):
            result: bool | None = True
            for part in parts:
                result = both(result, outcome(part, row))
            return result
        case nodes.Or(parts):
            return outcome(nodes.Not(nodes.And(tuple(nodes.Not(part) for part in parts))), row)
        case nodes.Not(part):
            inner = outcome(part, row)
            return None if inner is None else not inner
        case nodes.Compare(operands, operators):
            result = True
            for left, sign, right in zip(operands, operators, operands[1:], strict=False):
                first, second = value(left, row), value(right, row)
                result = both(result, None if first is None or second is None else APPLY[sign](first, second))
            return result
        case nodes.Membership(term, values, negated):
            found = value(term, row)
            return None if found is None else any(found == each.value for each in values) != negated
        case nodes.IsUnknown(name, negated):
            return (row[name.id] is None) != negated
        case _:
            return value(node, row)


def value(term: object, row: Mapping[str, object]) -> object:
    match term:
        case nodes.Name(id):
            return row[id]
        case nodes.Amount(minor, currency):
            return minor if row["currency"] == currency else None
        case nodes.Arithmetic(left, sign, right):
            first, second = value(left, row), value(right, row)
            return None if first is None or second is None else APPLY[sign](first, second)
        case _:
            return term.value
