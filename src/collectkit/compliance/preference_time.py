"""Times that the person called inconvenient."""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.calendars.hours import WEEKDAYS, DailyWindow, Hours, next_open, open_until
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.past import Wish
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

_MIDNIGHT: Final = time(0)
_NEVER: Final = Hours(())


@attrs.frozen
class PreferenceTime(PlainTerms):
    """
    Attributes:
        wish: Kind of wish it respects.
        exceptions: Purposes and consents for which it does not hold.
    """

    wish: str
    exceptions: frozenset[str] = frozenset()

    def rests_on(self) -> str:
        """Return that without a wish nothing is said."""
        return "wishes"

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny at a time that is inconvenient in any place where the person may be."""
        blocking = [(wish, hours) for wish, hours in self._convenient(question) if open_until(question.at, question.zones, hours) is None]
        if not blocking:
            return None
        openings = [self._opens_at(question, wish, hours) for wish, hours in blocking]
        known = [opening for opening in openings if opening is not None]
        earliest = max(known) if len(known) == len(openings) else None
        return rule.denies("The person called this time inconvenient.", earliest=earliest)

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        """Return the last instant before an inconvenient time begins."""
        ends = (open_until(question.at, question.zones, hours) for _, hours in self._convenient(question))
        return min((end for end in ends if end is not None), default=None)

    @staticmethod
    def _opens_at(question: Question, wish: Wish, hours: Hours) -> datetime | None:
        """Return when the hours open again, or when the wish is lifted if that comes first."""
        openings = (next_open(question.at, question.zones, hours), wish.lifted_at)
        return min((opening for opening in openings if opening is not None), default=None)

    def _convenient(self, question: Question) -> list[tuple[Wish, Hours]]:
        """Return each wish that binds with the hours that it leaves."""
        wishes = [wish for wish in question.wishes if wish.kind == self.wish and wish.stands(question.at)]
        wishes = [wish for wish in wishes if not wish.person or wish.person == question.person]
        if not wishes or question.is_excepted(self.exceptions):
            return []
        return [(wish, hours) for wish in wishes for hours in hours_left(wish)]


@lru_cache(maxsize=4096)
def hours_left(wish: Wish) -> tuple[Hours, ...]:
    """Return the hours that a wish leaves; one over midnight leaves two, and both must be open."""
    over_midnight = wish.end != _MIDNIGHT and wish.end <= wish.start
    if not over_midnight:
        return (_without(wish.days, wish.start, wish.end),)
    next_days = frozenset((day + 1) % 7 for day in wish.days)
    return _without(wish.days, wish.start, _MIDNIGHT), _without(next_days, _MIDNIGHT, wish.end)


def _without(days: frozenset[int], start: time, end: time) -> Hours:
    named = [WEEKDAYS[day] for day in sorted(days)]
    others = [name for name in WEEKDAYS if name not in named]
    windows = [DailyWindow(_MIDNIGHT, _MIDNIGHT, others)] if others else []
    if named and start != _MIDNIGHT:
        windows.append(DailyWindow(_MIDNIGHT, start, named, end_inclusive=False))
    if named and end != _MIDNIGHT:
        windows.append(DailyWindow(end, _MIDNIGHT, named))
    return Hours(tuple(windows)) if windows else _NEVER


def read(params: Table, context: PackContext) -> PreferenceTime:
    """Read the parameters of a `preference_time` rule."""
    terms = PreferenceTime(params.text("preference"), frozenset(params.texts("exceptions")))
    params.finish("also")
    return terms
