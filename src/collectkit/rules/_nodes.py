"""The tree of a condition: small frozen nodes, how they read as text, and the form in which they are matched.

A condition has three outcomes: true, false, and unknown when a fact it needs is `None`. Whoever matches a
condition only asks whether it is *certainly* true. `matching` moves every negation down to the comparisons;
in that form "unknown" can simply count as "no", because nothing is left above it that could turn a no into a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, TypeAlias

import attrs

from collectkit.errors import ValidationError

CURRENCY: Final = "currency"
"""Name of the fact that gives money fields their currency."""

NEGATED: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}

Scalar: TypeAlias = int | str | bool | date

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def is_name(text: str) -> bool:
    """Tell whether *text* may name a fact: ASCII letters, digits and `_`, beginning with a letter."""
    return _NAME.fullmatch(text) is not None


def _valid_name(_: object, __: object, value: str) -> None:
    if not is_name(value):
        raise ValidationError(
            f"{value!r} cannot name a fact: letters, digits and '_' are allowed, the first is a letter; nothing was built"
        )


@attrs.frozen
class Name:
    """The value of a fact; as a condition of its own, a fact that is true or false."""

    id: str = attrs.field(validator=_valid_name)

    def __str__(self) -> str:
        return self.id


@attrs.frozen
class Aggregate(Name):
    """
    A figure over what happened before, read from the fact of the derived name *id*; whoever keeps the history fills it in.

    Attributes:
        function: ``count``, ``days_since`` or ``rising``.
        of: What happened, such as ``no_answer``.
        number: For ``count``: over so many days, the day itself included; for ``rising``: so many of them in a row; else 0.
    """

    function: str
    of: str
    number: int = 0
    id: str = attrs.field(init=False)

    @id.default
    def _derived(self) -> str:
        return f"{self.function}_{self.of}" + (f"_{self.number}" if self.number else "")

    def __str__(self) -> str:
        return f"{self.function}('{self.of}'" + (f", {self.number})" if self.number else ")")


@attrs.frozen
class Constant:
    """A literal: whole number, text, truth value or day."""

    value: Scalar

    def __str__(self) -> str:
        return f"date('{self.value}')" if isinstance(self.value, date) else repr(self.value)


@attrs.frozen
class Amount:
    """
    A literal amount of money; unknown in a row whose currency is another.

    Attributes:
        minor: Minor units of *currency*.
        currency: ISO 4217 code.
        text: The amount as it was written, `50.00 USD`.
    """

    minor: int
    currency: str
    text: str = attrs.field(eq=False)

    def __str__(self) -> str:
        return f"money('{self.text}')"


@attrs.frozen
class Arithmetic:
    """A sum, difference or product of whole numbers; `operator` is `+`, `-` or `*`."""

    left: Term
    operator: str = attrs.field(validator=attrs.validators.in_("+-*"))
    right: Term

    def __str__(self) -> str:
        own = _BINDING[self.operator]
        return f"{_wrapped(self.left, own)} {self.operator} {_wrapped(self.right, own + 1)}"


@attrs.frozen
class Compare:
    """One comparison or a chain: `30 <= days < 60` has three operands and two operators."""

    operands: tuple[Term, ...]
    operators: tuple[str, ...] = attrs.field(validator=attrs.validators.deep_iterable(attrs.validators.in_(NEGATED)))

    def __attrs_post_init__(self) -> None:
        if not self.operators or len(self.operands) != len(self.operators) + 1:
            raise ValidationError(f"{len(self.operands)} operands cannot be compared by {len(self.operators)} operators; nothing was built")

    def __str__(self) -> str:
        rest = (f" {operator} {operand}" for operator, operand in zip(self.operators, self.operands[1:], strict=True))
        return str(self.operands[0]) + "".join(rest)

    def links(self) -> tuple[Compare, ...]:
        """The comparisons of two operands that all must hold."""
        if len(self.operators) == 1:
            return (self,)
        pairs = zip(self.operands, self.operators, self.operands[1:], strict=False)
        return tuple(Compare((left, right), (operator,)) for left, operator, right in pairs)


@attrs.frozen
class Membership:
    """Whether a term is one of some literals, or (*negated*) none of them."""

    term: Term
    values: tuple[Constant, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.term} {'not in' if self.negated else 'in'} [{', '.join(map(str, self.values))}]"


@attrs.frozen
class IsUnknown:
    """Whether a fact is unknown, or (*negated*) known; never unknown itself."""

    name: Name
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.name} {'is not' if self.negated else 'is'} None"


@attrs.frozen
class Not:
    """The contrary; of unknown it is unknown."""

    part: Condition

    def __str__(self) -> str:
        return f"not {_wrapped(self.part, 3)}"


@attrs.frozen
class And:
    """True when every part is; false as soon as one is, whatever is unknown beside it."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(_wrapped(part, 3) for part in self.parts)


@attrs.frozen
class Or:
    """True as soon as one part is, whatever is unknown beside it."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(_wrapped(part, 2) for part in self.parts)


Term: TypeAlias = Name | Constant | Amount | Arithmetic
Test: TypeAlias = Compare | Membership | IsUnknown | Name | Constant
Condition: TypeAlias = Test | Not | And | Or

_BINDING: Final = {"+": 5, "-": 5, "*": 6}


def _wrapped(node: Term | Condition, least: int) -> str:
    """Write *node*, in parentheses when it binds more loosely than *least*."""
    match node:
        case Or():
            binding = 1
        case And():
            binding = 2
        case Not():
            binding = 3
        case Arithmetic(operator=operator):
            binding = _BINDING[operator]
        case Compare() | Membership() | IsUnknown():
            binding = 4
        case _:
            binding = 9
    return f"({node})" if binding < least else str(node)


def tests(node: Condition) -> Iterator[Test]:
    """Yield the comparisons of a condition as they were written, from left to right."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests(part)
        case Not(part):
            yield from tests(part)
        case _:
            yield node


def terms(test: Test) -> tuple[Term, ...]:
    """Return the terms that a comparison compares."""
    match test:
        case Compare(operands):
            return operands
        case Membership(term):
            return (term,)
        case IsUnknown(name):
            return (name,)
        case _:
            return (test,)


def names(term: Term) -> tuple[str, ...]:
    """Return the facts that a term reads, from left to right; an amount reads the currency."""
    match term:
        case Name(id):
            return (id,)
        case Amount():
            return (CURRENCY,)
        case Arithmetic(left, _, right):
            return names(left) + names(right)
        case _:
            return ()


def test_names(node: Condition) -> tuple[str, ...]:
    """Return the facts that a condition reads, each once, in the order of reading."""
    return tuple(dict.fromkeys(name for test in tests(node) for term in terms(test) for name in names(term)))


def aggregates(node: Condition) -> tuple[Aggregate, ...]:
    """Return the figures over the history that a condition reads, each once."""
    found: dict[Aggregate, None] = {}
    for test in tests(node):
        for term in terms(test):
            found |= {leaf: None for leaf in _leaves(term) if isinstance(leaf, Aggregate)}
    return tuple(found)


def _leaves(term: Term) -> tuple[Term, ...]:
    return _leaves(term.left) + _leaves(term.right) if isinstance(term, Arithmetic) else (term,)


def matching(node: Condition, *, wanted: bool = True) -> Condition:
    """
    Rewrite a condition so that `Not` stands before names only and chains are taken apart.

    The result holds exactly when *node* certainly is *wanted*, if a comparison with an unknown operand counts as no.
    """
    match node:
        case Not(part):
            return matching(part, wanted=not wanted)
        case And(parts) | Or(parts):
            kind = And if isinstance(node, And) is wanted else Or
            return kind(tuple(matching(part, wanted=wanted) for part in parts))
        case Compare():
            links = tuple(link if wanted else _contrary(link) for link in node.links())
            if len(links) == 1:
                return links[0]
            return And(links) if wanted else Or(links)
        case Membership() | IsUnknown():
            return node if wanted else attrs.evolve(node, negated=not node.negated)
        case Constant(value):
            return Constant(bool(value) is wanted)
        case Name():
            return node if wanted else Not(node)


def _contrary(link: Compare) -> Compare:
    return Compare(link.operands, (NEGATED[link.operators[0]],))


def conjuncts(node: Condition) -> tuple[Condition, ...]:
    """Return the parts that all must hold, without those that always do."""
    if isinstance(node, And):
        return tuple(inner for part in node.parts for inner in conjuncts(part))
    return () if node == Constant(True) else (node,)
