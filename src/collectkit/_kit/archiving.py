"""Old streams out of the way of daily work: what was closed long ago moves to the archive, and reads as before.

The archive is a table of its own, in which a stream lies without its first and its last event. Those stay: the first keeps
the name taken, and on the last one a late fact goes on. So nothing has to be brought back when a bank reverses a payment
of an account that was closed years ago; it is posted like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import attrs

from collectkit._kit.core import Core, account_stream
from collectkit.calendars.dates import require_aware
from collectkit.errors import StoreUnavailableError, ValidationError
from collectkit.events import Receipt
from collectkit.identifiers import AccountId
from collectkit.standing import Standing
from collectkit.storage.store import Unit, has_archive
from collectkit.storage.verify import verify_chain

CHUNK_ACCOUNTS: Final = 200
MOST: Final = 10_000
"""Accounts of one call, unless the caller says otherwise."""


@attrs.frozen
class Archived:
    """
    What one archiving did.

    Attributes:
        events: How many events were moved.
        receipts: The head of each stream that was moved, by account: keep them away from the book.
        broken: Streams whose chain does not hold; they stay where they are, for `Kit.verify` to look at.
        after: Where to go on; None when all accounts were looked at.
    """

    events: int
    receipts: tuple[Receipt, ...]
    broken: tuple[str, ...]
    after: AccountId | None

    def summary(self) -> str:
        """Return one sentence for a person to read."""
        left = f"; {len(self.broken)} left, for their record is broken" if self.broken else ""
        return f"{self.events} events of {len(self.receipts)} accounts archived{left}"


class Archiving(Core):
    """What is done with accounts that nobody has worked for years."""

    def archive(self, *, closed_before: date, at: datetime, after: str = "", most: int = MOST) -> Archived:
        """
        Move the older events of accounts that were closed before a day, and on which nothing rests, to the archive.

        Everything reads as before, at the price of one question more; standings, answers to commands and heads stay. From
        the first archiving on no release may open the book that does not know of the archive: let all workers be replaced first.

        Args:
            closed_before: First day of which the closed accounts stay; such as three years ago.
            at: The present instant; aware.
            after: Only accounts whose id is greater: what the last answer said.
            most: How many accounts to move at the most.

        Raises:
            ValidationError: The day is not in the past, or *most* is no positive number; nothing was moved.
            StoreUnavailableError: The store has no archive; nothing was moved.
        """
        require_aware(at)
        if self._on(closed_before) > self.business_date(at):
            raise ValidationError(f"closed_before is a day of the past, got {closed_before}; nothing was moved")
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise ValidationError(f"most is a number from 1, got {most!r}; nothing was moved")
        events, receipts, broken = 0, list[Receipt](), list[str]()
        while len(receipts) < most:
            with self._unit() as unit:
                page = unit.standings(after=after, limit=min(CHUNK_ACCOUNTS, most - len(receipts)))
                wanted = [account_stream(s.account) for s in page if is_at_rest(s, closed_before)]
                sound, bad = _by_soundness(unit, wanted)
                if not has_archive(unit):
                    raise StoreUnavailableError("this store has no archive; nothing was moved")
                moved = unit.archive(sound)
                found = [_receipt(unit, stream) for stream in moved]
            events += sum(moved.values())
            receipts += found
            broken += bad
            if not page:
                return Archived(events, tuple(receipts), tuple(broken), None)
            after = page[-1].account
        return Archived(events, tuple(receipts), tuple(broken), AccountId(after))


def is_at_rest(standing: Standing, closed_before: date) -> bool:
    """Tell whether an account was closed before a day, was not paid on since, and holds no credit, no dispute and no hold."""
    if standing.closed_on is None or standing.closed_on >= closed_before:
        return False
    if standing.last_paid_on is not None and standing.last_paid_on >= closed_before:
        return False
    return not (standing.credit_minor or standing.disputed_minor or standing.holds)


def _by_soundness(unit: Unit, streams: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the streams whose chains hold, and the others: what is broken is not put away."""
    broken = [stream for stream in streams if verify_chain(unit.history(stream)) is not None]
    return [stream for stream in streams if stream not in broken], broken


def _receipt(unit: Unit, stream: str) -> Receipt:
    version = unit.version(stream)
    return Receipt(stream, version, unit.records(stream, after=version - 1)[-1].digest.hex())
