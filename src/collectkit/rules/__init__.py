"""Conditions as data: parse them once, run them on one row or on columns, and get the same answers.

`collectkit.rules.columns` needs NumPy and is therefore not loaded here.
"""

from __future__ import annotations

from collectkit.rules.compiled import compile_condition, compile_table
from collectkit.rules.expression import Expression, FieldType, parse
from collectkit.rules.tables import Decision, Finding, Table, Why, trace
from collectkit.rules.turning import turning_values

__all__ = [
    "Decision",
    "Expression",
    "FieldType",
    "Finding",
    "Table",
    "Why",
    "compile_condition",
    "compile_table",
    "parse",
    "trace",
    "turning_values",
]
