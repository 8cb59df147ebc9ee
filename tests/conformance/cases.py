"""What every suite is made of: named cases with what is expected and what the library says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import attrs

MISSING = "(missing)"
_WORDS = re.compile(r"(.*_)?(definition|rule)")


class UnknownFormError(Exception):
    """The folder holds nothing that the suite knows how to read."""


@attrs.frozen
class Case:
    """
    One figure.

    Attributes:
        name: Where it stands, such as ``kiva-csv: counts.loans``.
        expected: What is published.
        actual: What the library says.
        optional: It is counted apart, and nothing fails for it.
    """

    name: str
    expected: object
    actual: object
    optional: bool = False

    @property
    def passed(self) -> bool:
        """Whether both agree: whole numbers exactly, decimals as they are published, rounded to six places, per cents to four."""
        return agree(self.expected, self.actual, places=4 if self.name.endswith("percent") else 6)

    def __str__(self) -> str:
        return f"{self.name}: expected {self.expected!r}, got {_readable(self.actual)}"


def agree(expected: object, actual: object, *, places: int) -> bool:
    """Tell whether an exact figure rounds to the published one."""
    if isinstance(expected, Published) and isinstance(actual, Fraction | int):
        return expected.value == round(Fraction(actual), places)
    return type(expected) is type(actual) and expected == actual


def _readable(actual: object) -> str:
    return str(float(actual)) if isinstance(actual, Fraction) else repr(actual)


@attrs.frozen(repr=False)
class Published:
    """A decimal as it is written in the facts, rounded."""

    text: str

    @property
    def value(self) -> Fraction:
        """Return the number written."""
        return Fraction(self.text)

    def __repr__(self) -> str:
        return self.text


def read_facts(folder: Path) -> dict[str, object]:
    """Return the published facts of a folder, decimals kept as they are written."""
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"), parse_float=Published)
    assert isinstance(facts, dict)
    return facts


def compare(name: str, expected: object, actual: object) -> Iterator[Case]:
    """Yield a case for each figure of two structures; what one of them lacks is a case that fails."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key in dict.fromkeys((*expected, *actual)):
            if not _WORDS.fullmatch(str(key)):
                yield from compare(f"{name}.{key}", expected.get(key, MISSING), actual.get(key, MISSING))
    else:
        yield Case(name, expected, actual)


def without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    """Leave out what is zero, as the published tables do."""
    return {key: count for key, count in counts.items() if count}
