"""Every rule that ships has its citation and status on a page of the reference."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from collectkit.compliance.shipped import SHIPPED, shipped_limitations, shipped_pack


@pytest.fixture(scope="module")
def pages(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_law", repository / "docs" / "_ext" / "law.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestLawPages:
    def test_each_pack_has_a_page_and_each_page_a_pack(self, repository: Path) -> None:
        """
        docs/reference/law holds one page for each bundled pack.
        """
        folder = repository / "docs" / "reference" / "law"

        assert sorted(SHIPPED) == sorted(page.stem for page in folder.glob("*.md"))
        for name in SHIPPED:
            assert f"```{{law-pack}} {name}\n" in (folder / f"{name}.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", SHIPPED)
    def test_each_rule_stands_there_with_citation_and_status(self, name: str, pages: ModuleType) -> None:
        """
        And with its hash, to which decisions are bound.
        """
        text = "\n".join(pages.pack_lines(name))
        for rule in shipped_pack(name).rules:
            section = "\n".join(pages.rule_lines(rule))
            assert section in text
            assert f":Citation: {pages.plain(rule.citation)}" in section
            assert f":Status: {rule.status}" in section
            assert rule.hash in section

    def test_each_state_stands_in_the_table(self, pages: ModuleType) -> None:
        """
        With its years.
        """
        text = "\n".join(pages.limitation_lines())

        assert all(f"   * - {state}\n     - {years.written} years" in text for state, years in shipped_limitations().items())
