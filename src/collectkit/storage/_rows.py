"""How standings lie in a table: the columns, in the order of the fields, with dates as day numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, cast

import attrs

from collectkit.account import Account
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.standing import Standing
from collectkit.storage._openings import opening_row
from collectkit.storage.written import WrittenOpening

COLUMNS: tuple[str, ...] = tuple(field.name for field in attrs.fields(Standing))

_DAYS = frozenset(
    {
        "as_of",
        "opened_on",
        "oldest_unpaid_due_on",
        "next_due_on",
        "last_due_on",
        "last_paid_on",
        "promise_due_on",
        "hold_until",
        "placed_on",
        "closed_on",
        "valid_through",
        "charged_off_on",
        "contractual_since_on",
        "operational_since_on",
        "clock_stopped_on",
        "reporting_since_on",
        "reporting_stopped_on",
    }
)
_OPTIONAL = frozenset(
    {
        "oldest_unpaid_due_on",
        "next_due_on",
        "last_paid_on",
        "promise_due_on",
        "hold_until",
        "handler",
        "placed_on",
        "closed_on",
        "charged_off_on",
        "contractual_since_on",
        "operational_since_on",
        "clock_stopped_on",
        "reporting_since_on",
        "reporting_stopped_on",
    }
)


def is_optional(name: str) -> bool:
    """Tell whether a column may be empty."""
    return name in _OPTIONAL


def column_type(name: str) -> str:
    """Return ``INTEGER`` or ``TEXT``."""
    if name in _DAYS or name.endswith("_minor") or name.startswith("installments_") or name == "promises_broken":
        return "INTEGER"
    return "TEXT"


def _day(value: date | None) -> int | None:
    return None if value is None else value.toordinal()


def to_row(s: Standing) -> tuple[object, ...]:
    """Return the standing as one row, in the order of `COLUMNS`."""
    return (
        s.account,
        s.person,
        s.as_of.toordinal(),
        s.currency,
        s.plan_kind,
        s.product,
        s.merchant,
        s.opened_on.toordinal(),
        s.total_minor,
        s.paid_minor,
        s.outstanding_minor,
        s.owed_minor,
        s.past_due_minor,
        s.fee_minor,
        s.credit_minor,
        s.disputed_minor,
        s.fees_charged_minor,
        _day(s.oldest_unpaid_due_on),
        _day(s.next_due_on),
        s.next_due_minor,
        s.last_due_on.toordinal(),
        _day(s.last_paid_on),
        s.installments_total,
        s.installments_paid,
        s.installments_past_due,
        _day(s.promise_due_on),
        s.promised_minor,
        s.promises_broken,
        ",".join(s.holds),
        _day(s.hold_until),
        s.handler,
        _day(s.placed_on),
        _day(s.closed_on),
        s.valid_through.toordinal(),
        s.agreed,
        ",".join(s.paused),
        _day(s.charged_off_on),
        _day(s.contractual_since_on),
        _day(s.operational_since_on),
        _day(s.clock_stopped_on),
        _day(s.reporting_since_on),
        _day(s.reporting_stopped_on),
        s.tax_minor,
    )


def rows_of(openings: Iterable[Account | WrittenOpening], as_of: date) -> Iterator[Sequence[object]]:
    """Yield the row of each opening standing, those written down already as they are."""
    return (one.row if isinstance(one, WrittenOpening) else opening_row(one, as_of) for one in openings)


def _date(value: int | None) -> date | None:
    return None if value is None else date.fromordinal(value)


def from_row(row: Sequence[object]) -> Standing:
    """Return the standing of one row in the order of `COLUMNS`."""
    r, day = cast(Sequence[Any], row), date.fromordinal
    return Standing(
        AccountId(r[0]),
        PersonId(r[1]),
        day(r[2]),
        r[3],
        r[4],
        r[5],
        r[6],
        day(r[7]),
        r[8],
        r[9],
        r[10],
        r[11],
        r[12],
        r[13],
        r[14],
        r[15],
        r[16],
        _date(r[17]),
        _date(r[18]),
        r[19],
        day(r[20]),
        _date(r[21]),
        r[22],
        r[23],
        r[24],
        _date(r[25]),
        r[26],
        r[27],
        tuple(r[28].split(",")) if r[28] else (),
        _date(r[29]),
        None if r[30] is None else HandlerId(r[30]),
        _date(r[31]),
        _date(r[32]),
        day(r[33]),
        r[34],
        tuple(r[35].split(",")) if r[35] else (),
        _date(r[36]),
        _date(r[37]),
        _date(r[38]),
        _date(r[39]),
        _date(r[40]),
        _date(r[41]),
        r[42],
    )
