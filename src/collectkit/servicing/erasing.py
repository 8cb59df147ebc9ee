"""Whether a person can be erased now, and what forbids it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import attrs

from collectkit.holds import HoldKind
from collectkit.identifiers import PersonId
from collectkit.person import LegalHoldPlaced
from collectkit.standing import Standing

DISPUTES: Final = frozenset({HoldKind.DISPUTE.value, HoldKind.DISPUTE_PART.value, HoldKind.COMPLAINT.value, HoldKind.FRAUD.value})


@attrs.frozen
class Retention:
    """
    How long a person's data is kept after the last that happened.

    Attributes:
        days: Whole days after the last collection activity.
        basis: The rule, with its source.
    """

    days: int = 3 * 365 + 1
    basis: str = "records are kept for three years after the last collection activity: 12 CFR 1006.100(a)"


@attrs.frozen
class RetentionHold:
    """
    The answer that a person cannot be erased yet; contact with them is stopped meanwhile.

    Attributes:
        person: Who.
        basis: What forbids it, the strongest ground first.
        earliest: First day on which it can be done; None while nobody can know.
    """

    person: PersonId = attrs.field(converter=PersonId)
    basis: str
    earliest: date | None = None

    def __str__(self) -> str:
        when = "the date depends on when that ends" if self.earliest is None else f"it can be done on {self.earliest}"
        return f"the person cannot be erased yet: {self.basis}; {when}; contact is stopped meanwhile, and nothing was erased"


def retention_hold(
    person: PersonId,
    accounts: Sequence[Standing],
    legal: Sequence[LegalHoldPlaced],
    holds: Sequence[str],
    *,
    last_activity_on: date | None,
    on: date,
    retention: Retention,
) -> RetentionHold | None:
    """
    Return what forbids erasing a person on a day, or None when nothing does.

    Args:
        person: Who.
        accounts: How their accounts stand on that day.
        legal: Legal holds in force.
        holds: Kinds of the holds in force on the person and on their accounts.
        last_activity_on: Day of the last contact, payment or closing; None when there was none.
        on: The business date.
        retention: How long data is kept.

    Source:
        Regulation (EU) 2016/679, article 17(3)(b) and (e): no erasure while a legal obligation or the defence of legal
        claims needs the data; 12 CFR 1006.100(a) for the period.
    """
    grounds: list[tuple[str, date | None]] = [
        (f"legal hold {hold.id} ({hold.basis})", None if hold.ends_on is None else hold.ends_on + timedelta(days=1)) for hold in legal
    ]
    grounds += [(f"an open {kind.replace('_', ' ')}", None) for kind in sorted(DISPUTES & set(holds))]
    running = [s.account for s in accounts if s.closed_on is None and s.outstanding_minor]
    if running:
        grounds.append((f"account {running[0]} is open and {'others are' if len(running) > 1 else 'money is'} outstanding", None))
    if last_activity_on is not None and on <= last_activity_on + timedelta(days=retention.days):
        grounds.append((retention.basis, last_activity_on + timedelta(days=retention.days + 1)))
    if not grounds:
        return None
    dates = [earliest for _, earliest in grounds]
    known = [earliest for earliest in dates if earliest is not None]
    return RetentionHold(person, grounds[0][0], max(known) if len(known) == len(dates) else None)
