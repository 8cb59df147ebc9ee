"""Rules: a table compiled for one account with its reason, and for columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from collectkit.rules import Decision, Table, compile_table
from collectkit.rules.columns import compile_table_columns

__all__ = ["decide", "decide_columns"]

Rules = list[tuple[str, int]]


def decide(rules: Rules) -> Callable[[object], Decision[int]]:
    """Compile a table for one account; the decision says its leaf and why."""
    return compile_table(Table.of(rules))


def decide_columns(rules: Rules) -> Callable[[Mapping[str, npt.NDArray[Any]]], npt.NDArray[Any]]:
    """Compile a table for columns; what comes back is the leaf of each account."""
    table = Table.of(rules)
    places = compile_table_columns(table)
    leaves = [leaf for _, leaf in table.rules]
    if leaves == list(range(len(leaves))):
        return places
    lookup = np.array(leaves)
    return lambda columns: lookup[places(columns)]
