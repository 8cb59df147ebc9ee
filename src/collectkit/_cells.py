"""Cells of a table that somebody may open in a spreadsheet: none of them runs as a formula."""

from __future__ import annotations

import re
from typing import Final

# What a spreadsheet takes for the beginning of a formula, half or full width; the quotation mark stands for itself once more.
_LIVE: Final = tuple("=+-@＝＋－＠﹢﹣﹦﹫−'")
_SKIPPED: Final = "\ufeff\u200b\u200c\u200d\u2060"


def inert(cell: str) -> str:
    """
    Return *cell* so that no spreadsheet runs it: with a ``'`` in front when it begins like a formula; see `restored`.

    >>> inert("=HYPERLINK(1)"), inert("Test Street 1")
    ("'=HYPERLINK(1)", 'Test Street 1')
    """
    begun = cell
    while begun and (begun[0].isspace() or begun[0] in _SKIPPED):
        begun = begun[1:]
    return f"'{cell}" if cell.startswith(("\t", "\r", "\n")) or begun.startswith(_LIVE) else cell


_NUMBER: Final = re.compile(r"-?[0-9]+([.,][0-9]+)*")


def inert_unless_number(cell: str) -> str:
    """
    Return *cell* as it is when it is a plain number, which may be negative, else as `inert` does.

    >>> inert_unless_number("-12.50"), inert_unless_number("-1+1"), inert_unless_number("+12125550123")
    ('-12.50', "'-1+1", "'+12125550123")
    """
    return cell if _NUMBER.fullmatch(cell) else inert(cell)


def inert_pieces(text: str, delimiter: str) -> str:
    r"""
    Return a line that is no row of a table so that no spreadsheet runs any part of it, wherever it may begin a cell.

    >>> inert_pieces('a"b,=1', ",")
    'a"b,\'=1'
    """
    parts = re.split(f"({re.escape(delimiter)}|[\r\n]+)", text)
    return "".join(part if place % 2 or not _may_run(part) else f"'{part}" for place, part in enumerate(parts))


def _may_run(part: str) -> bool:
    begun = part.lstrip('" ')
    return inert(begun) != begun


def restored(cell: str) -> str:
    """Return what `inert` was given; what it would not have changed stays as it is, whoever wrote it."""
    bare = cell.removeprefix("'")
    return bare if inert(bare) == cell else cell
