"""The demo from end to end, small."""

from __future__ import annotations

from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from collectkit.cli.demo import MARK, prepare, show
from collectkit.demo.book import generate
from collectkit.demo.run import DemoResult, demo_policy, run
from collectkit.errors import ValidationError
from collectkit.kit import Kit
from collectkit.reports import render

MONDAY = date(2026, 3, 2)
NIGHTS = 10


def demo(folder: Path, seed: int = 7) -> DemoResult:
    """Thirty accounts, ten nights."""
    with Kit.open(f"sqlite:///{folder / 'book.db'}", policy=demo_policy(), actor="demo") as kit:
        return run(kit, generate(seed, 30, MONDAY), NIGHTS)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    """One demo, looked at by several tests."""
    return demo(tmp_path_factory.mktemp("demo"))


class TestRun:
    def test_all_days_are_lived(self, result: DemoResult, tmp_path: Path) -> None:
        """
        Progress goes from the first purchase to the last night, and the report is of that night.
        """
        told: list[tuple[int, int]] = []
        book = generate(7, 5, MONDAY)
        with Kit.open(f"sqlite:///{tmp_path / 'book.db'}", policy=demo_policy(), actor="demo") as kit:
            run(kit, book, 2, lambda done, total: told.append((done, total)))
        days = (MONDAY + timedelta(days=1) - min(MONDAY, book.accounts[0].plan.bought_on)).days + 1

        assert [(number + 1, days) for number in range(days)] == told
        assert MONDAY + timedelta(days=NIGHTS - 1) == result.report.last

    def test_every_account_bought_by_then_is_in_the_report(self, result: DemoResult) -> None:
        """
        The newest ageing counts each order once.
        """
        bought = [account for account in generate(7, 30, MONDAY).accounts if account.plan.bought_on <= result.report.last]

        assert len(bought) == sum(line.accounts for line in result.report.ageings[-1].lines)

    def test_money_came_in_and_messages_went_out(self, result: DemoResult) -> None:
        """
        What people paid and what was sent can be seen in the report.
        """
        report = result.report

        assert 0 < sum(report.collected.total(currency, first=report.first, last=report.last) for currency in report.currencies)
        assert result.contacts["sent"] == report.contacts.attempts > 0

    def test_the_same_seed_ends_the_same(self, result: DemoResult, tmp_path: Path) -> None:
        """
        Book, nights and report: twice the same page.
        """
        assert render(result.report) == render(demo(tmp_path).report)

    def test_a_demo_without_nights_is_refused(self, tmp_path: Path) -> None:
        """
        Nothing is recorded.
        """
        with (
            Kit.open(f"sqlite:///{tmp_path / 'book.db'}", policy=demo_policy(), actor="demo") as kit,
            pytest.raises(ValidationError, match="at least one night, got 0"),
        ):
            run(kit, generate(7, 5, MONDAY), 0)


class TestCommand:
    def test_the_tables_can_be_read(self, result: DemoResult) -> None:
        """
        Ageing, cash, contacts and refusals are printed.
        """
        out = StringIO()
        show(Console(file=out, width=140), result)

        assert [] == [
            title for title in ("Ageing on", "Cash and promises", "Contacts made", "Contacts refused by law") if title not in out.getvalue()
        ]

    def test_a_folder_of_somebody_else_is_left_alone(self, tmp_path: Path) -> None:
        """
        What the demo did not make, it does not touch.
        """
        (tmp_path / "book.db").write_text("mine")

        with pytest.raises(ValidationError, match="not one of the demo's"):
            prepare(tmp_path)
        assert "mine" == (tmp_path / "book.db").read_text()

    def test_an_earlier_demo_is_replaced(self, tmp_path: Path) -> None:
        """
        Its own folder is emptied of what a demo makes, and of nothing else.
        """
        prepare(tmp_path / "demo")
        for name in ("book.db", "report.html", "notes.txt"):
            (tmp_path / "demo" / name).write_text("old")
        prepare(tmp_path / "demo")

        assert [MARK, "notes.txt"] == sorted(path.name for path in (tmp_path / "demo").iterdir())
