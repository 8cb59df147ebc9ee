"""At which values of a fact that moves by itself a condition may turn: it need not be asked again before the fact is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from collectkit.rules._nodes import Compare, Constant, IsUnknown, Membership, Name, Term, Test, names, terms, tests
from collectkit.rules.expression import Expression


def turning_values(conditions: Iterable[Expression], moving: frozenset[str]) -> Mapping[str, tuple[int, ...]] | None:
    """
    Return the values of each moving fact at which one of some conditions may turn, in order.

    Between two of them no condition turns by that fact, whichever way it moves. Days are given as ordinals.

    Args:
        conditions: Over the same facts.
        moving: Facts that change by themselves, whole numbers and days.

    Returns:
        None when it cannot be told, because a moving fact is computed with or compared with another fact.
    """
    found: defaultdict[str, set[int]] = defaultdict(set)
    for condition in conditions:
        if condition.aggregates:
            return None
        for test in tests(condition.tree):
            if moving.isdisjoint(name for term in terms(test) for name in names(term)) or isinstance(test, IsUnknown):
                continue
            turned = _turned(test)
            if turned is None:
                return None
            name, values = turned
            # A fact that grows passes a bound by the step after it, one that falls by the step before.
            found[name].update(value + step for value in values for step in (-1, 0, 1))
    return {name: tuple(sorted(values)) for name, values in found.items()}


def _turned(test: Test) -> tuple[str, list[int]] | None:
    """Return the one fact that a comparison asks for, and the constants that it meets; None for any other comparison."""
    compared: tuple[Term, ...] = ()
    match test:
        case Compare(operands):
            compared = operands
        case Membership(term, values):
            compared = (term, *values)
    facts = [term.id for term in compared if type(term) is Name]
    values_met = [_number(term.value) for term in compared if isinstance(term, Constant)]
    if len(facts) != 1 or len(facts) + len(values_met) != len(compared) or None in values_met:
        return None
    return facts[0], [value for value in values_met if value is not None]


def _number(value: object) -> int | None:
    if isinstance(value, date):
        return value.toordinal()
    return value if isinstance(value, int) and not isinstance(value, bool) else None
