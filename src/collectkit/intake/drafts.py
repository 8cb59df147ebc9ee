"""What one row means, before it is on the book, and the place where its result is written."""

from __future__ import annotations

from typing import TypeAlias

from collectkit.account import Account, AccountClosed
from collectkit.holds import Hold
from collectkit.intake.results import RowStatus, Tally
from collectkit.intake.values import FaultyValueError
from collectkit.ledger import ChargeOff, Payment
from collectkit.person import Consumer

Place: TypeAlias = tuple[int, int, int]
"""Row, item, line."""

WithRows: TypeAlias = tuple[tuple[Tally, int, Place], ...]
"""Rows of another file that share a row's result: the installments of an account."""


class Answerable:
    """The place where the result of one row is written."""

    __slots__ = ("index", "place", "tally", "with_rows")

    def __init__(self, tally: Tally, index: int, place: Place, with_rows: WithRows = ()) -> None:
        self.tally, self.index, self.place, self.with_rows = tally, index, place, with_rows

    def settle(self, status: RowStatus) -> None:
        """Give the row, and the rows of its installments, their result."""
        self.tally.statuses[self.index] = status
        for tally, index, _ in self.with_rows:
            tally.statuses[index] = status

    def reject(self, fault: FaultyValueError) -> None:
        """Reject the row, and with it the rows of its installments."""
        self.tally.reject(self.index, self.place, fault)
        for tally, index, place in self.with_rows:
            tally.reject(index, place, _ACCOUNT_REJECTED)


class Draft(Answerable):
    """What one row means, and the place where its result is written."""

    __slots__ = ("account", "charged_off", "closed", "consumer", "holds", "payments")

    def __init__(self, tally: Tally, index: int, place: Place) -> None:
        super().__init__(tally, index, place)
        self.consumer: Consumer | None = None
        self.account: Account | None = None
        self.closed: AccountClosed | None = None
        self.charged_off: ChargeOff | None = None
        self.holds: tuple[Hold, ...] = ()
        self.payments: tuple[Payment, ...] = ()


_ACCOUNT_REJECTED = FaultyValueError("account-rejected", "the account of this row was rejected", "correct the row of the account")
