"""Which of some accounts were set aside."""

from __future__ import annotations

from collections.abc import Sequence

from collectkit.identifiers import AccountId
from collectkit.storage.store import Strike, Unit, tells_of_some


def strikes_of(unit: Unit, accounts: Sequence[AccountId]) -> list[Strike]:
    """Return those of the *accounts* that were set aside, by id; where the store does not tell of some alone, all that were."""
    return unit.strikes_of(accounts) if tells_of_some(unit) else unit.strikes()
