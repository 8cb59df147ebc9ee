"""Tables of a policy file as data: which keys there are, what each may hold, and what is made of the table.

One description drives three things that could otherwise disagree: reading, the messages about what is wrong, and
the JSON Schema for editors. Reading goes on after a problem, so that a file's problems come all at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Protocol

import attrs

from collectkit._checks import one_of
from collectkit.errors import CollectkitError


class Kind(Protocol):
    """What one key may hold."""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return the value, or `BROKEN` after telling *problems* what is wrong."""
        ...

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the value as it stands in the file."""
        ...


@attrs.frozen
class Problem:
    """
    One thing wrong in a policy file.

    Attributes:
        place: Path of the key, such as ``promises.grace_days``; empty for the file as a whole.
        text: What is wrong and what is allowed.
        severity: ``error`` (the file is not loaded) or ``warning``.
    """

    place: str
    text: str
    severity: str = attrs.field(default="error", validator=one_of("error", "warning", not_done="nothing was checked"))

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


class Problems:
    """What was found while a file is read."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, place: str, text: str) -> Broken:
        """Keep one error, and return the mark that stands for the missing value."""
        self.found.append(Problem(place, text.removesuffix("; nothing was loaded")))
        return BROKEN


class Broken:
    """Stands for a value that could not be read, so that reading goes on."""


BROKEN = Broken()


@attrs.frozen
class Key:
    """
    One key of a table.

    Attributes:
        name: As written.
        kind: What it may hold.
        about: A sentence for editors.
        required: Whether the table is wrong without it; others take the default of what is made.
        argument: Name under which the value is passed on; empty for *name*.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    argument: str = ""


@attrs.frozen
class Shape:
    """
    One table: its keys and what becomes of them.

    Attributes:
        make: Called with the values that stand there, by name; what it raises is told as a problem of the table.
        keys: All that may stand there.
        about: A sentence for editors.
        label: Key that names the table among its like, so that messages say ``step[late-1]`` and not ``step[4]``.
    """

    make: Callable[..., object]
    keys: tuple[Key, ...]
    about: str = ""
    label: str = ""

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return what the table makes, or `BROKEN`."""
        if not isinstance(raw, Mapping):
            return problems.add(place, f"must be a table, got {raw!r}")
        before = len(problems.found)
        self._check_names(raw, place, problems)
        values = {
            key.argument or key.name: key.kind.read(raw[key.name], under(place, key.name), problems) for key in self.keys if key.name in raw
        }
        if len(problems.found) > before:
            return BROKEN
        try:
            return self.make(**values)
        except (CollectkitError, ValueError) as error:
            return problems.add(place, str(error))

    def _check_names(self, raw: Mapping[str, object], place: str, problems: Problems) -> None:
        names = [key.name for key in self.keys]
        for name in raw:
            if name not in names:
                problems.add(under(place, name), f"is not known here; {suggested(name, names)}")
        for key in self.keys:
            if key.required and key.name not in raw:
                problems.add(under(place, key.name), "is missing")

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the table."""
        properties = {key.name: {"description": key.about, **key.kind.schema()} for key in self.keys}
        found: dict[str, object] = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [key.name for key in self.keys if key.required]
        return found | ({"required": required} if required else {}) | ({"description": self.about} if self.about else {})


@attrs.frozen
class Many:
    """A list of tables of one shape."""

    shape: Shape

    def read(self, raw: object, place: str, problems: Problems) -> object:
        """Return what the tables make, in the order of the file, or `BROKEN`."""
        if not isinstance(raw, list):
            return problems.add(place, f"must be a list of tables, written [[{place}]], got {raw!r}")
        read = [self.shape.read(item, f"{place}[{self._name(item, number)}]", problems) for number, item in enumerate(raw, 1)]
        return BROKEN if BROKEN in read else tuple(read)

    def _name(self, item: object, number: int) -> object:
        named = item.get(self.shape.label) if isinstance(item, Mapping) else None
        return named if isinstance(named, str) and named else number

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the list."""
        return {"type": "array", "items": self.shape.schema()}


def under(place: str, name: str) -> str:
    """Return the path of a key inside a table."""
    return f"{place}.{name}" if place else name


def suggested(name: str, allowed: list[str]) -> str:
    """
    Return the words that help after a name that is not allowed.

    >>> suggested("grace_day", ["grace_days", "open_max"])
    "did you mean 'grace_days'?"
    """
    near = difflib.get_close_matches(name, allowed, 1, cutoff=0.7)
    return f"did you mean {near[0]!r}?" if near else f"allowed are {', '.join(sorted(allowed))}"
