"""What a host watches: how a book is doing."""

from __future__ import annotations

from datetime import date, datetime

from collectkit._kit.core import Core
from collectkit._kit.nights import BEGUN, NIGHT
from collectkit.calendars.dates import require_aware
from collectkit.servicing.health import Health, health_of
from collectkit.servicing.runs import Progress
from collectkit.storage.sealing import READER


class Watching(Core):
    """Figures for a dashboard or an alarm."""

    def health(self, *, at: datetime) -> Health:
        """
        Return what waits, what is in doubt and what was set aside; with telemetry the gauges are set to it as well.

        The store counts; a book of any size answers with a few rows.
        """
        require_aware(at)
        with self._view() as unit:
            nights, begun = unit.runs(NIGHT), unit.runs(BEGUN)
            under_way = begun[-1] if begun and unit.run(NIGHT, begun[-1][0]) is None else None
            health = health_of(
                unit.contact_figures(at),
                at=at,
                quarantined=len(unit.strikes()),
                last_night=date.fromisoformat(nights[-1][0]) if nights else None,
                exposed=unit.unread(READER),
                night_under_way=date.fromisoformat(under_way[0]) if under_way else None,
                night_accounts=Progress.of_text(under_way[1]).tally.accounts if under_way else 0,
                silenced=self._silenced(),
            )
        if self.parts.telemetry is not None:
            self.parts.telemetry.show(health, self.tenant)
        return health

    def _silenced(self) -> list[str]:
        """Return the parts of plugins whose circuit is open, those that only listen included."""
        return sorted({*(part.name for part in self.parts.callers.states if part.open), *self.parts.observers.silenced})
