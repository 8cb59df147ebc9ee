"""How a book is doing, in figures: what waits, what is in doubt, what was set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

import attrs

from collectkit.servicing.dispatch import REFUSED_BY, Dispatch, DispatchState


@attrs.frozen
class Health:
    """
    The state of a book at one instant.

    Attributes:
        planned: Contacts that wait for their hand-over.
        overdue: Of these, those whose time has come.
        oldest_seconds: How long the oldest of them has been due.
        under_way: Contacts that are reserved or being handed over.
        unknown: Contacts of which nobody knows whether they were made; they count as made.
        refused: Contacts given up because of a rule, by rule.
        quarantined: Accounts that nights could not work.
        last_night: Business date of the last night that was finished; None when there was none.
        exposed: Events that no head covers yet.
        night_under_way: Business date of the newest night, when it was begun and not finished; else None.
        night_accounts: How many accounts that night has worked so far.
        silenced: Parts of plugins that this kit calls no more, because they failed or hang too often.
    """

    planned: int
    overdue: int
    oldest_seconds: float
    under_way: int
    unknown: int
    refused: Mapping[str, int]
    quarantined: int
    last_night: date | None
    exposed: int
    night_under_way: date | None = None
    night_accounts: int = 0
    silenced: tuple[str, ...] = ()

    def problems(self, *, on: date, late: timedelta = timedelta(hours=1), exposed_max: int = 1_000) -> list[str]:
        """Return in sentences what somebody should look at, on a business date."""
        found = []
        if self.oldest_seconds > late.total_seconds():
            hours = f"{self.oldest_seconds / 3600:.1f}"
            found.append(f"{self.overdue} contacts are due, the oldest for {hours} hours: is a dispatcher running?")
        if self.unknown:
            found.append(f"{self.unknown} contacts are in doubt: reconcile them with the channels")
        if self.quarantined:
            found.append(f"{self.quarantined} accounts are in quarantine: somebody must look at them")
        if self.last_night is not None and (on - self.last_night).days > 1:
            found.append(f"the last night was that of {self.last_night}")
        if self.exposed > exposed_max:
            found.append(f"{self.exposed} events are under no head: seal the record")
        if self.silenced:
            found.append(f"plugins that fail are called no more: {', '.join(self.silenced)}")
        return found


@attrs.frozen
class ContactFigures:
    """
    The contacts of a book that were not made, counted.

    Attributes:
        planned: Those that wait for their hand-over.
        overdue: Of these, those whose time has come.
        due_since: When the time of the first of them came; None when none is overdue.
        under_way: Those reserved or being handed over.
        unknown: Those in doubt.
        refused: Those given up because of rules, by the reason noted with them: `REFUSED_BY` and the ids of the rules.
    """

    planned: int
    overdue: int
    due_since: datetime | None
    under_way: int
    unknown: int
    refused: Mapping[str, int]


def contact_figures(dispatches: Iterable[Dispatch], at: datetime) -> ContactFigures:
    """
    Count contacts at an instant; those that were made count for nothing.

    A store answers the same from its tables, where they are many.
    """
    states: Counter[DispatchState] = Counter()
    refused: Counter[str] = Counter()
    due = []
    for row in dispatches:
        states[row.state] += 1
        if row.state is DispatchState.PLANNED and row.not_before <= at:
            due.append(row.not_before)
        if row.state is DispatchState.NOT_SENT and row.reason.startswith(REFUSED_BY):
            refused[row.reason] += 1
    return ContactFigures(
        states[DispatchState.PLANNED],
        len(due),
        min(due, default=None),
        states[DispatchState.RESERVED] + states[DispatchState.SENDING],
        states[DispatchState.UNKNOWN],
        MappingProxyType(refused),
    )


def health_of(
    contacts: ContactFigures,
    *,
    at: datetime,
    quarantined: int,
    last_night: date | None,
    exposed: int,
    night_under_way: date | None = None,
    night_accounts: int = 0,
    silenced: Iterable[str] = (),
) -> Health:
    """Return the figures of a book from those of its contacts and what was counted elsewhere."""
    refused: Counter[str] = Counter()
    for reason, count in contacts.refused.items():
        refused.update(dict.fromkeys(reason.removeprefix(REFUSED_BY).split(", "), count))
    return Health(
        planned=contacts.planned,
        overdue=contacts.overdue,
        oldest_seconds=(at - contacts.due_since).total_seconds() if contacts.due_since is not None else 0.0,
        under_way=contacts.under_way,
        unknown=contacts.unknown,
        refused=MappingProxyType(dict(sorted(refused.items()))),
        quarantined=quarantined,
        last_night=last_night,
        exposed=exposed,
        night_under_way=night_under_way,
        night_accounts=night_accounts,
        silenced=tuple(silenced),
    )
