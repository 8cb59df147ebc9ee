"""The best assignment of accounts to teams under capacities, found in seconds for millions, and proved.

Needs NumPy (the extra ``allocation``); everything is whole numbers, so that the proof is exact.
"""

from __future__ import annotations

from collectkit.allocation.optimal.certificates import Certificate
from collectkit.allocation.optimal.solving import Assignment, assign, bound_of, value_of

__all__ = ["Assignment", "Certificate", "assign", "bound_of", "value_of"]
