"""What is public exists, explains itself, and stands in the reference."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest

import collectkit

NAMES = sorted(getattr(collectkit, "__all__", ()))


@pytest.fixture(scope="module")
def documented(repository: Path) -> set[str]:
    """Full names of all modules that some reference page documents."""
    spec = importlib.util.spec_from_file_location("docs_rooms", repository / "docs" / "_ext" / "rooms.py")
    assert spec is not None
    assert spec.loader is not None
    rooms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rooms)
    named = [room for page in (repository / "docs" / "reference").rglob("*.rst") for room in rooms_on(page)]
    assert len(named) == len(set(named)), "a room stands on one page only"
    return {module for room in named for module in rooms.public_modules(room)}


def rooms_on(page: Path) -> Iterator[str]:
    for line in re.findall(r"^\.\. rooms:: (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        yield from line.split()


class TestPublicNames:
    def test_names_are_listed_once(self) -> None:
        """
        A name stands in `__all__` once, and a private one never.
        """
        assert [] == [name for name in NAMES if NAMES.count(name) > 1 or name.startswith("_")]

    @pytest.mark.parametrize("name", NAMES)
    def test_name_resolves_and_is_documented(self, name: str, documented: set[str]) -> None:
        """
        A lazy name leads to something with a docstring, defined in a module of the reference.
        """
        thing = getattr(collectkit, name)
        home = thing.__name__ if isinstance(thing, ModuleType) else thing.__module__

        assert inspect.getdoc(thing), f"collectkit.{name} has no docstring"
        assert home in documented, f"collectkit.{name} comes from {home}, which no page of docs/reference/api documents"

    @pytest.mark.parametrize("name", NAMES)
    def test_name_is_listed_by_dir(self, name: str) -> None:
        """
        Completion in a shell finds lazy names too.
        """
        assert name in dir(collectkit)


class TestRooms:
    @pytest.mark.parametrize("room", sorted(one.name for one in iter_modules(collectkit.__path__, "collectkit.") if one.ispkg))
    def test_what_a_room_offers_is_there(self, room: str) -> None:
        """
        `from collectkit.holds import *` finds each name that the room lists.
        """
        found = importlib.import_module(room)

        assert [] == [name for name in getattr(found, "__all__", ()) if not hasattr(found, name)]


class TestReference:
    def test_every_public_module_is_documented(self, source: Path, documented: set[str]) -> None:
        """
        A room that no page names is missing from the reference.
        """
        parts = [file.relative_to(source).with_suffix("").parts for file in source.rglob("*.py")]
        public = {".".join(("collectkit", *part)).removesuffix(".__init__") for part in parts if not is_private(part)}

        assert set() == public - documented - {"collectkit"}

    def test_every_module_says_what_it_decides(self, trees: dict[str, ast.Module]) -> None:
        """
        The first thing in a file is a sentence about it.
        """
        assert [] == [name for name, tree in trees.items() if not ast.get_docstring(tree)]


def is_private(parts: tuple[str, ...]) -> bool:
    return any(part.startswith("_") and part != "__init__" for part in parts)
