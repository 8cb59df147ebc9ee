"""When a handler may work: licences that end, and days off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.errors import PolicyError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LEAVE_KEPT = 7
"""Days of leave ahead that leave an account where it is; for a longer absence somebody else takes it over."""


def _day(text: str, of: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"{of!r} names no day such as 2026-12-31; nothing was loaded") from None


@attrs.frozen
class Licence:
    """
    A licence to collect in a region.

    Attributes:
        region: ISO 3166 code; ``US`` covers ``US-NY``.
        until: Last day on which it is valid, inclusive; None: open.
    """

    region: str
    until: date | None = None

    @classmethod
    def of(cls, text: str) -> Licence:
        """
        Read ``US-NY`` or ``US-NY until 2026-12-31``.

        Raises:
            PolicyError: No region, or a day that is none.
        """
        region, _, until = text.partition(" until ")
        if not region or " " in region:
            raise PolicyError(f"a licence is 'US-NY' or 'US-NY until 2026-12-31', got {text!r}; nothing was loaded")
        return cls(region, _day(until, text) if until else None)


@attrs.frozen
class Leave:
    """Days off, both inclusive."""

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise PolicyError(f"a leave from {self.first} to {self.last} ends before it starts; nothing was loaded")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def leaves(given: Iterable[str | Leave]) -> tuple[Leave, ...]:
    """
    Read leaves from texts such as ``2026-11-02 to 2026-11-13``.

    Raises:
        PolicyError: A text that names no two days, or a leave that ends before it starts.
    """
    return tuple(one if isinstance(one, Leave) else _leave(one) for one in given)


def _leave(text: str) -> Leave:
    first, word, last = text.partition(" to ")
    if not word:
        raise PolicyError(f"a leave is '2026-11-02 to 2026-11-13', got {text!r}; nothing was loaded")
    return Leave(_day(first, text), _day(last, text))
