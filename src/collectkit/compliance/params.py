"""Reading the parameters of a rule: every value is checked and every key must be known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import inf
from types import MappingProxyType

import attrs

from collectkit.calendars.holidays import HolidayCalendar
from collectkit.errors import PackError


@attrs.frozen
class ConsentPeriod:
    """
    A consent that lifts a limit for a time, as a `consent_rule` defines it.

    Attributes:
        kind: Name of the consent.
        max_days: Longest length in local days; None for as long as it was given.
        first_day_counts: The day on which it was given is day one.
        ends_with_conversation: The next conversation about the debt ends it.
    """

    kind: str
    max_days: int | None = None
    first_day_counts: bool = True
    ends_with_conversation: bool = False


@attrs.frozen
class Widening:
    """
    Days on which a revocation that named one subject reaches every subject.

    Attributes:
        channels: Channels for which it does; empty means all.
        since: First local day.
        until: Last local day; None for no end.
    """

    channels: frozenset[str]
    since: date
    until: date | None = None

    def binds(self, days: Sequence[int], channel: str) -> bool:
        """Whether it does so on the local day of an act, as an ordinal, in one of the places where the person may be."""
        started = max(days) >= self.since.toordinal() and (self.until is None or min(days) <= self.until.toordinal())
        return started and (not self.channels or not channel or channel in self.channels)


@attrs.frozen
class LimitationYears:
    """
    How long a contract debt may be sued on in one state.

    Attributes:
        state: ISO 3166-2 code.
        citation: The paragraph.
        status: How well it was checked.
        written: Years for a written contract.
        open: Years for an open account.
        revived_by_payment: A part payment before expiry starts the period anew.
        note: Remarks for people.
    """

    state: str
    citation: str
    status: str
    written: int
    open: int
    revived_by_payment: bool
    note: str = ""


@attrs.frozen
class PackContext:
    """
    What the rules of one pack share while they are read.

    Attributes:
        week_start: Weekday on which a calendar week starts, 0 for Monday.
        calendars: Holiday calendars by name.
        consents: Consents that a rule of the pack defines, by name.
        calendar: The pack's own holiday calendar; None when it is not among the calendars given.
        limitations: Years of limitation by state, for the rules that bar stale debts.
        widenings: When a revocation that named one subject reaches all, as a rule of the pack says.
    """

    week_start: int = 0
    calendars: Mapping[str, HolidayCalendar] = MappingProxyType({})
    consents: Mapping[str, ConsentPeriod] = MappingProxyType({})
    calendar: HolidayCalendar | None = None
    limitations: Mapping[str, LimitationYears] = MappingProxyType({})
    widenings: tuple[Widening, ...] = ()

    def lifting(self, kind: str) -> ConsentPeriod | None:
        """Return the consent of that name; one that no rule of the pack defines lasts as it was given. Empty: None."""
        return self.consents.get(kind, ConsentPeriod(kind)) if kind else None


class Table:
    """A table of a pack; each read names file, rule, key and what is allowed when it fails."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._values = values
        self._where = where
        self._read: set[str] = set()
        self._noted: frozenset[str] = frozenset()

    @property
    def known(self) -> tuple[str, ...]:
        """Return every key that was asked for or noted so far, sorted."""
        return tuple(sorted(self._read | self._noted))

    @property
    def decisive(self) -> frozenset[str]:
        """Return every key that was asked for so far: what something is decided by, not what is only noted for people."""
        return frozenset(self._read)

    @property
    def values(self) -> Mapping[str, object]:
        """Return the table as it stands."""
        return self._values

    def fault(self, key: str, wanted: str) -> PackError:
        """Return the error that *key* does not hold what is *wanted*."""
        got = repr(self._values[key]) if key in self._values else "nothing"
        return PackError(f"{self._where}: {key} must be {wanted}, got {got}; nothing was loaded")

    def renamed(self, where: str) -> Table:
        """Return the same table under another name for messages."""
        return Table(self._values, where)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str | None = None, *, choices: Sequence[str] = ()) -> str:
        """Return a text; required without a default."""
        value = self._take(key, default)
        if not isinstance(value, str) or (choices and value not in choices):
            raise self.fault(key, f"one of {', '.join(choices)}" if choices else "a text")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a whole number of at least 0; required without a default."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fault(key, "a whole number of at least 0")
        return value

    def whole_or_none(self, key: str) -> int | None:
        """Return a whole number, or None when the key is absent."""
        return self.whole(key) if key in self._values else None

    def number(self, key: str) -> Fraction:
        """Return a number of at least 0, exactly as it is written; required."""
        found = self.number_or_none(key)
        if found is None:
            raise self.fault(key, "a number of at least 0")
        return found

    def number_or_none(self, key: str) -> Fraction | None:
        """Return a number of at least 0, exactly as it is written, or None when the key is absent."""
        value = self._take(key, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
            raise self.fault(key, "a number of at least 0")
        return Fraction(str(value))

    def numbers(self, key: str) -> Mapping[str, Fraction]:
        """Return a table of numbers by name; empty when the key is absent."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, "a table of numbers")
        inner = Table(value, f"{self._where}: {key}")
        return MappingProxyType({name: inner.number(name) for name in value})

    def steps(self, key: str) -> tuple[tuple[int, Fraction], ...]:
        """Return pairs of a width and a percentage; the width -1 means all that remains and stands last."""
        value = self._take(key, None)
        wanted = "a list of pairs of a width and a percentage, such as [[2500, 15.0], [-1, 0.5]]"
        if not isinstance(value, list) or not value or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
            raise self.fault(key, wanted)
        steps = []
        for number, (width, percent) in enumerate(value, 1):
            is_rest = width == -1 and number == len(value)
            if type(width) is not int or (width <= 0 and not is_rest) or isinstance(percent, bool) or not isinstance(percent, int | float):
                raise self.fault(key, wanted)
            steps.append((width, Fraction(str(percent))))
        return tuple(steps)

    def names(self) -> tuple[str, ...]:
        """Return the keys that stand there."""
        return tuple(self._values)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.fault(key, "true or false")
        return value

    def day(self, key: str) -> date:
        """Return a date."""
        value = self._take(key, None)
        if type(value) is not date:
            raise self.fault(key, "a date such as 2026-09-01")
        return value

    def days(self, key: str) -> tuple[date, ...]:
        """Return a list of dates; required."""
        value = self._take(key, None)
        if not isinstance(value, list) or not all(type(item) is date for item in value):
            raise self.fault(key, "a list of dates such as 2026-09-01")
        return tuple(value)

    def texts(self, key: str, default: Sequence[str] | None = ()) -> tuple[str, ...]:
        """Return a list of texts; required with a default of None."""
        value = self._take(key, default)
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise self.fault(key, "a list of texts")
        return tuple(value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return a non-empty list of tables."""
        value = self._take(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.fault(key, "a list of at least one table")
        return tuple(Table(item, f"{self._where}: {key} {number}") for number, item in enumerate(value, 1))

    def table(self, key: str) -> Table:
        """Return a table."""
        value = self._take(key, None)
        if not isinstance(value, dict):
            raise self.fault(key, "a table")
        return Table(value, f"{self._where}: {key}")

    def conditions(self, key: str) -> Mapping[str, tuple[object, ...]]:
        """Return facts with the values that meet a condition; empty when the key is absent."""
        value = self._take(key, {})
        if not isinstance(value, dict) or not all(isinstance(allowed, list) for allowed in value.values()):
            raise self.fault(key, "facts with lists of values, such as { 'when.place' = ['workplace'] }")
        return MappingProxyType({name: tuple(allowed) for name, allowed in value.items()})

    def finish(self, *noted: str) -> None:
        """
        Refuse keys that nobody has read: a misspelled limit must not vanish.

        Args:
            noted: Keys that stand there for people and decide nothing.
        """
        self._noted = frozenset(noted)
        unknown = sorted(set(self._values) - self._read - set(noted))
        if unknown:
            known = ", ".join(sorted(self._read | set(noted)))
            raise PackError(f"{self._where}: unknown key {', '.join(unknown)}; allowed are {known}; nothing was loaded")

    def _take(self, key: str, default: object) -> object:
        self._read.add(key)
        return self._values.get(key, default)
