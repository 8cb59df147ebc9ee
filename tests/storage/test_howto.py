"""The store of the how-to guide is a store: what the page shows is what runs here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from collectkit.testing.conformance import StoreConformance

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/write-a-store.md"


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def page() -> dict[str, Any]:
    """Run the examples of the page, all but the last, which opens a book."""
    namespace: dict[str, Any] = {"__name__": "write_a_store"}
    for block in blocks()[:-1]:
        exec(compile(block, PAGE.name, "exec"), namespace)
    return namespace


class TestStoreOfTheGuide(page()["TestRowStore"]):  # type: ignore[misc]
    def test_it_is_short(self) -> None:
        """
        Rows, unit and store take about 150 lines of code.
        """
        lines = [line.strip() for block in blocks()[:3] for line in block.splitlines()]
        code = [line for line in lines if line and not line.startswith(("#", "@", "import", "from"))]

        assert len(code) < 200

    @pytest.mark.parametrize("method", [name for name in vars(StoreConformance) if name.startswith("test_")])
    def test_every_law_is_asked(self, method: str) -> None:
        """
        The page's test is the whole suite.
        """
        assert issubclass(type(self), StoreConformance)
        assert callable(getattr(self, method))
