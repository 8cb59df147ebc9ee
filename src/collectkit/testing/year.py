"""A year in the life of a portfolio: people arrive day by day, most pay, and each day has its night, its hand-overs and its faults."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from collectkit.testing.simulation import Simulation

_NOON: Final = time(17)
"""In UTC; the day's work is done while it is day in every region of the world."""

_LOOK_AT: Final = 20


class Year(Simulation):
    """
    A simulation whose step is a day, for worlds of thousands.

    Everybody buys once, on some day of the run. Four installments in five are paid on their day, one late payer in
    `late_days` catches up each day, and a few people dispute, move, stop, die; collectors err and cheat. The accounts of those
    who paid, and some others, are checked each day; everything is checked each thirty days and at the end.
    """

    late_days = 20

    def run_days(self, days: int = 365) -> int:
        """
        Live through so many days, and return how many messages the carrier took.

        Raises:
            SimulationBrokeError: A promise was broken.
        """
        self._due: dict[date, list[tuple[int, int]]] = {}
        self._late: list[tuple[int, int]] = []
        arrived = 0
        for day in range(days):
            self._steps += 1
            self.clock.at = datetime.combine(self.world.starts_on + timedelta(days=day), _NOON, UTC)
            until = max(1, self.world.people * (day + 1) // days)
            for number in range(arrived, until):
                plan = self._arrive(number, self._today())
                for due, minor in zip(plan.due_on, plan.principal, strict=True):
                    self._due.setdefault(due, []).append((number, minor))
            arrived = until
            touched = self._pay_what_is_due()
            self._have_their_day()
            self._night()
            self._dispatch()
            self._conserved(touched | {self._dice.below(arrived) for _ in range(_LOOK_AT)})
            if day % 30 == 29:
                self._look_around()
        self._calm_down()
        self._check_at_last()
        return len(self._log())

    def _pay_what_is_due(self) -> set[int]:
        """Let people pay: most on the day, others later."""
        paying: list[tuple[int, int]] = []
        for number, minor in self._due.pop(self._today(), []):
            (paying if self._dice.percent(80) else self._late).append((number, minor))
        for _ in range(len(self._late) // self.late_days):
            paying.append(self._late.pop(self._dice.below(len(self._late))))
        for number, minor in paying:
            self._pay_now(number, minor)
        return {number for number, _ in paying}

    def _have_their_day(self) -> None:
        """Let something happen to a few people."""
        acts = [
            self._dispute,
            self._stop,
            self._move,
            self._die,
            self._err,
            self._cheat,
            self._reverse,
            self._pull,
            self._lift,
            self._report,
        ]
        for _ in range(1 + self._arrived // 2_000):
            acts[self._dice.below(len(acts))]()

    def _look_around(self) -> None:
        """Check everything that the days before were not asked for."""
        self._conserved()
        self._within_caps()
        self._within_hours()
        self._stopped()
        self._explained()
