"""Small words for the sentences of findings; they name no person, number or address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Final

_ORDINALS: Final = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def a_nth(number: int) -> str:
    """
    Return "a first", "an eighth", "a 21st".

    >>> a_nth(8), a_nth(21)
    ('an eighth', 'a 21st')
    """
    if number < len(_ORDINALS):
        return f"{'an' if number in (8, 11) else 'a'} {_ORDINALS[number]}"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{'an' if str(number).startswith('8') or number in (11, 18) else 'a'} {number}{ending}"


def count(number: int) -> str:
    """Return a small number as a word."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def listed(names: Sequence[str]) -> str:
    """
    Return names as an enumeration.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def clock(moment: time, *, is_end: bool = False) -> str:
    """
    Return a time of day without needless zeros; midnight at the end of a day is 24:00.

    >>> clock(time(8)), clock(time(21, 0, 1)), clock(time(0), is_end=True)
    ('8:00', '21:00:01', '24:00')
    """
    if is_end and moment == time(0):
        return "24:00"
    seconds = f":{moment.second:02}" if moment.second else ""
    return f"{moment.hour}:{moment.minute:02}{seconds}"
