"""Segments: named groups of accounts, each told by a condition over a standing.

Here stand the facts that a condition may name: those of the standing, money without its ``_minor``, and the region
and locale of the person. The first segment whose condition certainly holds has the account, and says by which clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from types import MappingProxyType

import attrs

from collectkit._checks import given
from collectkit.person import Consumer
from collectkit.rules import Expression, FieldType, Finding, compile_condition, parse, trace
from collectkit.standing import Standing

_INTEGER, _MONEY, _TEXT, _DATE, _BOOLEAN = FieldType.INTEGER, FieldType.MONEY, FieldType.TEXT, FieldType.DATE, FieldType.BOOLEAN

STANDING_FIELDS: Mapping[str, FieldType] = MappingProxyType(
    {
        "days_past_due": _INTEGER,
        "contractual_days_past_due": _INTEGER,
        "operational_days_past_due": _INTEGER,
        "reporting_days_past_due": _INTEGER,
        "installments_total": _INTEGER,
        "installments_paid": _INTEGER,
        "installments_past_due": _INTEGER,
        "promises_broken": _INTEGER,
        "promise_days_left": _INTEGER,
        "hold_days_left": _INTEGER,
        "total": _MONEY,
        "paid": _MONEY,
        "outstanding": _MONEY,
        "owed": _MONEY,
        "past_due": _MONEY,
        "collectable": _MONEY,
        "fee": _MONEY,
        "fees_charged": _MONEY,
        "tax": _MONEY,
        "credit": _MONEY,
        "disputed": _MONEY,
        "next_due": _MONEY,
        "promised": _MONEY,
        "state": _TEXT,
        "currency": _TEXT,
        "plan_kind": _TEXT,
        "product": _TEXT,
        "merchant": _TEXT,
        "handler": _TEXT,
        "agreed": _TEXT,
        "region": _TEXT,
        "locale": _TEXT,
        "as_of": _DATE,
        "opened_on": _DATE,
        "oldest_unpaid_due_on": _DATE,
        "next_due_on": _DATE,
        "last_due_on": _DATE,
        "last_paid_on": _DATE,
        "promise_due_on": _DATE,
        "hold_until": _DATE,
        "placed_on": _DATE,
        "closed_on": _DATE,
        "charged_off_on": _DATE,
        "contractual_since_on": _DATE,
        "on_hold": _BOOLEAN,
        "charged_off": _BOOLEAN,
    }
)
"""The facts that a condition over an account may name, and what each holds."""


def view(standing: Standing, consumer: Consumer | None = None) -> dict[str, object]:
    """
    Return the facts of `STANDING_FIELDS` for one account; what is None is unknown and matches nothing.

    Without *consumer* the region and the locale are unknown, and an empty text is an unknown one.
    """
    return {
        "days_past_due": standing.days_past_due,
        "contractual_days_past_due": standing.contractual_days_past_due,
        "operational_days_past_due": standing.operational_days_past_due,
        "reporting_days_past_due": standing.reporting_days_past_due,
        "installments_total": standing.installments_total,
        "installments_paid": standing.installments_paid,
        "installments_past_due": standing.installments_past_due,
        "promises_broken": standing.promises_broken,
        "promise_days_left": _days_left(standing, standing.promise_due_on),
        "hold_days_left": _days_left(standing, standing.hold_until),
        "total": standing.total_minor,
        "paid": standing.paid_minor,
        "outstanding": standing.outstanding_minor,
        "owed": standing.owed_minor,
        "past_due": standing.past_due_minor,
        "collectable": standing.collectable_minor,
        "fee": standing.fee_minor,
        "fees_charged": standing.fees_charged_minor,
        "tax": standing.tax_minor,
        "credit": standing.credit_minor,
        "disputed": standing.disputed_minor,
        "next_due": standing.next_due_minor,
        "promised": standing.promised_minor,
        "state": standing.state,
        "currency": standing.currency,
        "plan_kind": standing.plan_kind,
        "product": standing.product or None,
        "merchant": standing.merchant or None,
        "handler": standing.handler,
        "agreed": standing.agreed or None,
        "region": (consumer.region or None) if consumer is not None else None,
        "locale": consumer.locale if consumer is not None else None,
        "as_of": standing.as_of,
        "opened_on": standing.opened_on,
        "oldest_unpaid_due_on": standing.oldest_unpaid_due_on,
        "next_due_on": standing.next_due_on,
        "last_due_on": standing.last_due_on,
        "last_paid_on": standing.last_paid_on,
        "promise_due_on": standing.promise_due_on,
        "hold_until": standing.hold_until,
        "placed_on": standing.placed_on,
        "closed_on": standing.closed_on,
        "charged_off_on": standing.charged_off_on,
        "contractual_since_on": standing.contractual_since_on,
        "on_hold": bool(standing.holds),
        "charged_off": standing.charged_off_on is not None,
    }


_NAMED: Mapping[str, Callable[[Standing, Consumer | None], object]] = MappingProxyType(
    {
        "promise_days_left": lambda standing, _: _days_left(standing, standing.promise_due_on),
        "hold_days_left": lambda standing, _: _days_left(standing, standing.hold_until),
        "product": lambda standing, _: standing.product or None,
        "merchant": lambda standing, _: standing.merchant or None,
        "agreed": lambda standing, _: standing.agreed or None,
        "region": lambda _, consumer: (consumer.region or None) if consumer is not None else None,
        "locale": lambda _, consumer: consumer.locale if consumer is not None else None,
        "on_hold": lambda standing, _: bool(standing.holds),
        "charged_off": lambda standing, _: standing.charged_off_on is not None,
    }
)
OF_PERSON = frozenset({"region", "locale"})
"""The facts that stand with the person."""


def column(name: str, book: Sequence[tuple[Standing, Consumer | None]]) -> list[object]:
    """Return one fact of many accounts, as `view` gives it for each; whoever asks for few facts of many does not make all of them."""
    named = _NAMED.get(name)
    if named is not None:
        return [named(standing, consumer) for standing, consumer in book]
    read = attrgetter(f"{name}_minor" if STANDING_FIELDS[name] is _MONEY else name)
    return [read(standing) for standing, _ in book]


BY_DATE = frozenset(
    {
        "as_of",
        "days_past_due",
        "contractual_days_past_due",
        "operational_days_past_due",
        "reporting_days_past_due",
        "promise_days_left",
        "hold_days_left",
    }
)
"""The facts that change from day to day while a standing holds."""


def by_date(condition: Expression | None) -> bool:
    """Tell whether a condition may come to hold by the passing of days alone."""
    return condition is not None and bool(condition.aggregates or condition.names & BY_DATE)


def _days_left(standing: Standing, until: date | None) -> int | None:
    """Return the days until a day: 0 when it is today."""
    return (until - standing.as_of).days if until is not None else None


@attrs.frozen
class Segment:
    """
    A named group of accounts.

    Attributes:
        name: Its name.
        when: Which accounts belong to it.
    """

    name: str = attrs.field(validator=given)
    when: Expression
    _matches: Callable[[Mapping[str, object]], bool] = attrs.field(init=False, eq=False, repr=False)

    @_matches.default
    def _compiled(self) -> Callable[[Mapping[str, object]], bool]:
        return compile_condition(self.when, "mapping")

    @classmethod
    def of(cls, name: str, when: str) -> Segment:
        """
        Read the condition of a segment.

        Raises:
            ExpressionError: It is no condition over `STANDING_FIELDS`.
        """
        return cls(name, parse(when, STANDING_FIELDS))

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Tell whether an account with these facts, as `view` gives them, certainly belongs to the segment."""
        return self._matches(facts)


@attrs.frozen
class Membership:
    """
    The segment of an account, and the clause that put it there.

    Attributes:
        segment: Name of the segment.
        clause: Its condition, as its author wrote it.
        findings: Each comparison of it with the values it saw.
    """

    segment: str
    clause: str
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return f"{self.segment}: {self.clause}"


def segment_of(segments: Iterable[Segment], facts: Mapping[str, object]) -> Membership | None:
    """Return the first segment that the account certainly belongs to, and why; None when it belongs to none."""
    for segment in segments:
        if segment.holds(facts):
            return Membership(segment.name, segment.when.text, trace(segment.when, facts))
    return None


def segments_of(segments: Iterable[Segment], facts: Mapping[str, object]) -> tuple[str, ...]:
    """Return every segment that the account certainly belongs to: none is a gap in the definitions, several an overlap."""
    return tuple(segment.name for segment in segments if segment.holds(facts))
