"""Since when a contract is late, with grace, pauses and chargebacks: a chargeback is late from its own day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import attrs

from collectkit._checks import day
from collectkit.schedules.course.course import Course, Line


@attrs.frozen
class Pause:
    """Days on which the clock of lateness stands still, from *starts_on* to *ends_on*."""

    starts_on: date = attrs.field(validator=day)
    ends_on: date = attrs.field(validator=day)

    def days_before(self, as_of: date) -> int:
        """Return the days of the pause that have passed."""
        return (min(self.ends_on, as_of) - self.starts_on).days if self.starts_on < as_of else 0

    def covers(self, on: date) -> bool:
        """Tell whether a day lies in the pause, both ends included."""
        return self.starts_on <= on <= self.ends_on


@attrs.frozen
class Paused:
    """
    When the clock of lateness stood still: pauses as they were entered, and resumptions that cut them short.

    Attributes:
        actions: ``pause`` or ``resume``, its day, and the end of a pause, in the order entered.
    """

    actions: tuple[tuple[str, date, date | None], ...] = ()

    @property
    def effective(self) -> tuple[Pause, ...]:
        """Return the pauses as they count, oldest first; one that was resumed ends on that day."""
        found: list[Pause] = []
        for name, starts_on, ends_on in self.actions:
            if name == "pause":
                assert ends_on is not None
                found.append(Pause(starts_on, ends_on))
            else:
                found = [attrs.evolve(one, ends_on=starts_on) if one.covers(starts_on) else one for one in found]
        return tuple(sorted(found, key=lambda one: one.starts_on))

    def running(self, on: date) -> bool:
        """Tell whether the clock stands still on a day."""
        return any(one.covers(on) for one in self.effective)

    def may_pause(self, pause: Pause, *, not_before: date) -> bool:
        """Tell whether a pause has days, starts in time and overlaps no other; they may touch."""
        if pause.starts_on < not_before or pause.starts_on >= pause.ends_on:
            return False
        return all(pause.ends_on <= one.starts_on or one.ends_on <= pause.starts_on for one in self.effective)

    def may_resume(self, on: date) -> bool:
        """Tell whether a pause runs on that day and was not resumed on it already."""
        return self.running(on) and ("resume", on, None) not in self.actions

    def pause(self, pause: Pause) -> Paused:
        """Return the same with one more pause."""
        return Paused((*self.actions, ("pause", pause.starts_on, pause.ends_on)))

    def resume(self, on: date) -> Paused:
        """Return the same with the pause of that day cut short."""
        return Paused((*self.actions, ("resume", on, None)))


@attrs.frozen
class Lateness:
    """
    How late a contract is.

    Attributes:
        minor: What is late, in minor units.
        since: First day of it; None when nothing is.
        past_due_days: Calendar days since then.
        counts_from: The day after which the grace is used up.
        days: Days beyond the grace and the pauses; not below zero.
    """

    minor: int
    since: date | None
    past_due_days: int
    counts_from: date | None
    days: int


def lateness(course: Course, as_of: date, *, grace_days: int = 0, pauses: Iterable[Pause] = ()) -> Lateness:
    """
    Tell how late a contract is at the beginning of a day.

    Args:
        course: The contract; one that is not active is not late.
        as_of: The day; a line is late from the day after it was due.
        grace_days: Days that are forgiven.
        pauses: Intervals that do not overlap.

    Source:
        What was agreed. Whole calendar days in the account's time zone; the first day of a pause counts as paused and its
        last does not.
    """
    late = _late_lines(course, as_of)
    if not late:
        return Lateness(0, None, 0, None, 0)
    since = next((since for line, since, _ in late if line.due_on < as_of), late[0][1])
    days = (as_of - since).days
    paused = sum(pause.days_before(as_of) for pause in pauses)
    beyond = max(0, days - grace_days - paused)
    return Lateness(sum(minor for *_, minor in late), since, days, since + timedelta(days=grace_days), beyond)


def lateness_by_line(course: Course, as_of: date, *, pauses: Iterable[Pause] = ()) -> tuple[tuple[Line, int, int], ...]:
    """
    Return each late line with its days, pauses taken off and without grace, and what is late of it in minor units.

    Source:
        As for `lateness`.
    """
    paused = sum(pause.days_before(as_of) for pause in pauses)
    return tuple((line, (as_of - since).days - paused, minor) for line, since, minor in _late_lines(course, as_of))


def _late_lines(course: Course, as_of: date) -> list[tuple[Line, date, int]]:
    """Return the lines that are late, since when, and how much of each."""
    if course.state != "active":
        return []
    lines = [line for line in course.lines if line.unpaid_minor > 0]
    last = course.lines[-1]
    found = []
    for line in lines:
        if line.due_on >= as_of:
            continue
        found.append((line, _since(course, line, is_last=line is last), line.unpaid_minor))
    coming = next((line for line in lines if line.due_on >= as_of), None)
    if coming is not None:
        taken = [one for one in course.chargebacks if coming.starts_on <= one.value_on < min(coming.due_on, as_of)]
        excess = sum(one.amount.minor for one in taken) - coming.paid_minor
        if excess > 0:
            found.append((coming, max(one.value_on for one in taken), excess))
    return found


def _since(course: Course, line: Line, *, is_last: bool) -> date:
    """Return since when a line is late: its due date, or the chargeback that took more than was paid of it."""
    paid = line.paid_minor
    for one in course.chargebacks:
        if line.starts_on <= one.value_on and (one.value_on < line.due_on or (is_last and one.value_on == line.due_on)):
            paid -= one.amount.minor
            if paid < 0:
                return one.value_on
    return line.due_on
