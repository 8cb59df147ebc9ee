"""The tables of the documentation are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectkit.arrangements import PromiseVerdict, lifecycles
from collectkit.arrangements.lifecycles import Transition

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "lifecycles.md"
TABLES = {name: rows for name, rows in vars(lifecycles).items() if isinstance(rows, tuple) and rows and isinstance(rows[0], Transition)}


class TestTables:
    @pytest.mark.parametrize("name", sorted(TABLES))
    def test_the_page_prints_the_code(self, name: str) -> None:
        """
        Word for word, so that neither can change alone.
        """
        assert lifecycles.rendered(TABLES[name]) in PAGE.read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", sorted(TABLES))
    def test_every_state_is_reached_from_the_beginning(self, name: str) -> None:
        """
        No row starts in a state that nothing leads to.
        """
        steps, reached = lifecycles.reachable(TABLES[name]), {""}
        while found := {to for origin, to in steps if origin in reached} - reached:
            reached |= found

        assert {origin for origin, _ in steps} <= reached

    def test_every_verdict_stands_in_the_table_of_promises(self) -> None:
        """
        And no other word does.
        """
        assert {verdict.value for verdict in PromiseVerdict} == {row.to for row in lifecycles.PROMISE}
