"""A field that is one of some words says which there are, whichever class it belongs to."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, get_args

import attrs
import pytest

import collectkit
from collectkit.errors import ValidationError

WRONG = "no such word"
_NOT_IMPORTED = ("__main__", "migrations")


def classes() -> Iterator[type]:
    """Yield every attrs class of the library."""
    for module in pkgutil.walk_packages(collectkit.__path__, "collectkit."):
        if not any(part in module.name for part in _NOT_IMPORTED):
            held = vars(importlib.import_module(module.name)).values()
            yield from (one for one in held if inspect.isclass(one) and one.__module__ == module.name and attrs.has(one))


def words_of(declared: object) -> type[Enum] | None:
    """Return the words of a field that is one of them, or some of them in a row; None for any other field."""
    inner = get_args(declared)
    one = inner[0] if inner and all(arg in (inner[0], ...) for arg in inner) else declared
    return one if inspect.isclass(one) and issubclass(one, Enum) else None


def declared(cls: type) -> dict[str, object]:
    """Return the types of the fields of a class whose names are known where it stands; only names for checkers alone are not."""
    module = vars(importlib.import_module(cls.__module__))
    found = {}
    for field in attrs.fields(cls):
        try:
            found[field.name] = eval(field.type, module) if isinstance(field.type, str) else field.type
        except NameError:
            continue
    return found


def fields() -> Iterable[Any]:
    """Yield the fields that take words, each with the words."""
    for cls in classes():
        types = declared(cls)
        for field in attrs.fields(cls):
            words = words_of(types.get(field.name))
            if words is not None and field.converter is not None:
                given = [WRONG] if get_args(types[field.name]) else WRONG
                yield pytest.param(field.converter, given, id=f"{cls.__name__}.{field.name}")


FIELDS = list(fields())


class TestMember:
    @pytest.mark.parametrize(("convert", "given"), FIELDS)
    def test_a_wrong_word_is_told_with_those_that_there_are(self, convert: Any, given: object) -> None:
        """
        What was wrong, what is allowed, and what did not happen; never Python's own words for it.
        """
        with pytest.raises(ValidationError, match=rf"\w+, .*\w+, got '{WRONG}'; (nothing was|no \w+ was|no \w+ were) \w+$"):
            convert(given)

    def test_they_are_found(self) -> None:
        """
        Among them a field that is one word, and one that is several.
        """
        assert {"Promise.on_missed", "Rate.stages", "Disposition.counters"} <= {field.id for field in FIELDS}
