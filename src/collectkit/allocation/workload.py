"""How much work many accounts are: the counts of an allocation policy, read as columns where there is NumPy and enough to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from collectkit.allocation.policies import AllocationPolicy, WorkUnits
from collectkit.person import Consumer
from collectkit.rules import Table, parse
from collectkit.segments import OF_PERSON, column
from collectkit.standing import Standing

if TYPE_CHECKING:
    from collectkit.rules.columns import ColumnTable

COLUMNS_FROM: Final = 256
"""With fewer accounts one at a time is as quick."""

Accounts: TypeAlias = Sequence[tuple[Standing, Consumer | None]]


def asks_for_people(policy: AllocationPolicy) -> bool:
    """Tell whether a count of work asks for what stands with the person."""
    return any(work.when is not None and work.when.names & OF_PERSON for work in policy.units)


def work_units(accounts: Accounts, policy: AllocationPolicy) -> list[int]:
    """Return how many units of work each account is, in their order: what `AllocationPolicy.units_of` says of each."""
    if not policy.units:
        return [1] * len(accounts)
    counted = _in_columns(policy.units) if len(accounts) >= COLUMNS_FROM else None
    return [policy.units_of(standing, consumer) for standing, consumer in accounts] if counted is None else counted(accounts)


@lru_cache(maxsize=16)
def _in_columns(units: tuple[WorkUnits, ...]) -> Callable[[Accounts], list[int]] | None:
    """Return what counts columns; None where NumPy is not installed, as in a core without extras."""
    try:
        from collectkit.rules.columns import column_of, compile_table_columns
    except ImportError:
        return None
    anything = parse("True", {})
    rules = [(anything if work.when is None else work.when, work.units) for work in units]
    table = Table[int]((*rules, (anything, 1)))
    first: ColumnTable = compile_table_columns(table)
    leaves = [count for _, count in table.rules]
    # A table that asks for nothing needs one column to know how many rows there are.
    names = sorted(table.names) or ["days_past_due"]

    def counted(accounts: Accounts) -> list[int]:
        decided = first({name: column_of(column(name, accounts)) for name in names})
        return [leaves[place] for place in decided.tolist()]

    return counted
