"""Every stored event has a strategy that makes it, a golden file that freezes it, and a row that explains it."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import pytest
from hypothesis import Phase, find, settings

SERDE = "collectkit.storage.serde"
STRATEGIES = "collectkit.testing.strategies"
ONE_IS_ENOUGH = settings(max_examples=10, phases=[Phase.generate], database=None)
"""Whether a strategy makes its class is seen on any example; shrinking each to the dullest would take a minute."""


@pytest.fixture
def event_types(room: Callable[[str], Path]) -> Mapping[str, type]:
    """The closed union: name with schema version -> class."""
    room(SERDE)
    found: Mapping[str, type] = importlib.import_module(SERDE).EVENT_TYPES
    assert found
    return found


class TestEvents:
    def test_names_carry_their_schema_version(self, event_types: Mapping[str, type]) -> None:
        """
        A schema never changes: the next one is `/2`.
        """
        assert [] == [name for name in event_types if not re.fullmatch(r"[a-z]+(-[a-z]+)*/[1-9][0-9]*", name)]

    def test_classes_are_frozen_and_explained(self, event_types: Mapping[str, type]) -> None:
        """
        A recorded fact cannot be edited, and says what it records.
        """
        mutable: object = object.__setattr__

        assert [] == [name for name, cls in event_types.items() if not (attrs.has(cls) and cls.__doc__)]
        assert [] == [name for name, cls in event_types.items() if cls.__setattr__ is mutable]

    def test_each_class_has_one_current_name(self, event_types: Mapping[str, type]) -> None:
        """
        Writing is never ambiguous.
        """
        assert len(event_types) == len(set(event_types.values()))

    def test_each_has_a_strategy(self, event_types: Mapping[str, type], room: Callable[[str], Path]) -> None:
        """
        `events_of(name)` generates instances of exactly that class.
        """
        room(STRATEGIES)
        events_of = importlib.import_module(STRATEGIES).events_of

        assert {name: cls.__name__ for name, cls in event_types.items()} == {
            name: type(find(events_of(name), lambda _: True, settings=ONE_IS_ENOUGH)).__name__ for name in event_types
        }

    def test_each_has_a_golden_file(self, event_types: Mapping[str, type], repository: Path) -> None:
        """
        One stored instance of every schema is kept for ever.
        """
        folder = repository / "tests" / "golden" / "events"
        expected = {f"{name.replace('/', '.')}.json" for name in event_types}

        assert set() == expected - {file.name for file in folder.glob("*.json")}
        assert [] == [name for name in sorted(expected) if not json.loads((folder / name).read_text(encoding="utf-8"))]

    def test_each_has_a_row_in_the_reference(self, event_types: Mapping[str, type], repository: Path) -> None:
        """
        Whoever reads a stored stream finds every name in docs/reference/events.md.
        """
        page = (repository / "docs" / "reference" / "events.md").read_text(encoding="utf-8")

        assert [] == [name for name in event_types if f"`{name}`" not in page]
