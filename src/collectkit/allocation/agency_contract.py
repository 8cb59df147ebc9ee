"""The contract of the files between a creditor and an agency or a buyer: kinds, columns, and what a row must hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType

import attrs

VERSION = 1


class FileKind(Enum):
    """What a file is about, and who sends it."""

    PLACEMENT = "placement"
    """To the agency: accounts it is given."""
    RECALL = "recall"
    """To the agency: accounts it must give back, and when."""
    INSTRUCTION = "instruction"
    """To the agency: what stands about the people of its accounts, whole: what they asked for, holds, and notices that were served."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """From the agency: which accounts it took, and which not."""
    ACTIVITY = "activity"
    """From the agency: contacts and attempts, for our history and our caps."""
    PAYMENT = "payment"
    """From the agency: money it took, and money that bounced."""
    CLOSURE = "closure"
    """From the agency: accounts it gives back."""
    REMITTANCE = "remittance"
    """From the agency: what it earned by each payment, to be worked out again by us."""
    SALE = "sale"
    """To a buyer: accounts that it bought, each with its face and its price."""
    BUY_BACK = "buy_back"
    """From a buyer: accounts that it gives back, within the window and for the reasons of the terms."""


class Type(Enum):
    """What a column holds; none of them needs a locale to be read."""

    TEXT = "text"
    DAY = "day"
    """ISO 8601, ``2026-11-27``."""
    INSTANT = "instant"
    """ISO 8601 with its offset."""
    MINOR = "minor"
    """Whole minor units; may be negative."""
    WHOLE = "whole"
    """A whole number, at least 0."""


@attrs.frozen
class Column:
    """A column: its name, what it holds, whether a row must have it, and the words that are allowed in it."""

    name: str
    type: Type = Type.TEXT
    required: bool = True
    words: tuple[str, ...] = ()


_ACCOUNT = Column("account")
_CURRENCY = Column("currency")

CONTRACT: Mapping[FileKind, tuple[Column, ...]] = MappingProxyType(
    {
        FileKind.PLACEMENT: (
            _ACCOUNT,
            Column("person"),
            Column("placed_on", Type.DAY),
            _CURRENCY,
            Column("outstanding_minor", Type.MINOR),
            Column("past_due_minor", Type.MINOR),
            Column("days_past_due", Type.WHOLE),
            Column("product", required=False),
            Column("region", required=False),
            Column("language", required=False),
            Column("stage"),
        ),
        FileKind.RECALL: (_ACCOUNT, Column("on", Type.DAY), Column("reason"), Column("stop_at_once", words=("yes", "no"))),
        FileKind.INSTRUCTION: (
            _ACCOUNT,
            Column("person"),
            Column("about", words=("stop", "inconvenient_time", "inconvenient_place", "refused_medium", "hold", "notice")),
            Column("name", required=False),
            Column("on", Type.DAY),
            Column("at", Type.INSTANT, required=False),
            Column("until", Type.DAY, required=False),
            Column("channel", required=False),
            Column("place", required=False),
            Column("days", required=False),
            Column("starts", required=False),
            Column("ends", required=False),
            Column("means", required=False),
            Column("states", required=False),
        ),
        FileKind.ACKNOWLEDGEMENT: (
            _ACCOUNT,
            Column("on", Type.DAY),
            Column("answer", words=("accepted", "refused")),
            Column("reason", required=False),
        ),
        FileKind.ACTIVITY: (
            _ACCOUNT,
            Column("at", Type.INSTANT),
            Column("channel", words=("phone", "sms", "email", "letter", "in_person")),
            Column("direction", words=("outbound", "inbound")),
            Column("outcome"),
            Column("reference"),
        ),
        FileKind.PAYMENT: (
            _ACCOUNT,
            Column("payment"),
            Column("value_on", Type.DAY),
            _CURRENCY,
            Column("amount_minor", Type.MINOR),
            Column("what", words=("payment", "reversal")),
            Column("reason", required=False),
        ),
        FileKind.CLOSURE: (
            _ACCOUNT,
            Column("on", Type.DAY),
            Column("reason", words=("returned", "no_asset", "paid", "settled")),
        ),
        FileKind.REMITTANCE: (
            _ACCOUNT,
            Column("payment"),
            Column("value_on", Type.DAY),
            _CURRENCY,
            Column("amount_minor", Type.MINOR),
            Column("commission_minor", Type.MINOR),
        ),
        FileKind.SALE: (
            _ACCOUNT,
            Column("person"),
            Column("sold_on", Type.DAY),
            _CURRENCY,
            Column("outstanding_minor", Type.MINOR),
            Column("price_bp", Type.WHOLE),
            Column("price_minor", Type.MINOR),
            Column("opened_on", Type.DAY),
            Column("days_past_due", Type.WHOLE),
            Column("last_paid_on", Type.DAY, required=False),
            Column("charged_off_on", Type.DAY, required=False),
            Column("product", required=False),
            Column("region", required=False),
            Column("language", required=False),
            Column("buy_back_by", Type.DAY, required=False),
        ),
        FileKind.BUY_BACK: (
            _ACCOUNT,
            Column("on", Type.DAY),
            Column("reason"),
            _CURRENCY,
            Column("collected_minor", Type.WHOLE),
        ),
    }
)
"""The columns of each kind in version 1; a later version may add columns at the end and never changes these."""


def is_whole(text: str) -> bool:
    """Tell whether a text is a whole number of at most sixteen ASCII digits, with a sign or without."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 16


def row_fault(kind: FileKind, row: Mapping[str, str]) -> str | None:
    """Return what is wrong with a row by the contract, or None."""
    for column in CONTRACT[kind]:
        value = row.get(column.name, "")
        fault = ("is missing" if column.required else None) if not value else _value_fault(column, value)
        if fault is not None:
            return f"{column.name} {fault}"
    return None


def _value_fault(column: Column, value: str) -> str | None:
    if column.words and value not in column.words:
        return f"is one of {', '.join(column.words)}, not {value!r}"
    match column.type:
        case Type.MINOR:
            return None if is_whole(value) else f"is whole minor units, not {value!r}"
        case Type.WHOLE:
            return None if is_whole(value) and not value.startswith("-") else f"is a whole number, at least 0, not {value!r}"
        case Type.DAY:
            try:
                date.fromisoformat(value)
            except ValueError:
                return f"is a day such as 2026-11-27, not {value!r}"
        case Type.INSTANT:
            try:
                aware = datetime.fromisoformat(value).tzinfo is not None
            except ValueError:
                aware = False
            return None if aware else f"is an instant with its offset, not {value!r}"
    return None
