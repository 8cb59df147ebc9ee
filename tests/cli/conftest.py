"""A small delivery, a book made from it, and the command line as a function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from tests.intake import files

from collectkit.cli import main

AT = "2026-10-20T18:00:00Z"

ORDERS = "order,customer,name,bought,total\no-1,c-1,Test One,2026-09-01,200.00\no-2,c-2,Test Two,2026-10-13,99.99\n"
FAULTY = "o-3,c-3,Test Three,2026-10-13,plenty\n"
PAID = "id,order,amount,on\np-1,o-1,50.00,2026-09-01\n"


@attrs.frozen
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call `collectkit` with words, on a terminal wide enough for its tables."""
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*words: object) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return ran


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """A folder with a mapping and its two files, all of whose rows are good."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name, text in (("orders.toml", files.ORDERS_AND_PAYMENTS), ("orders.csv", ORDERS), ("paid.csv", PAID)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def faulty(delivery: Path) -> Path:
    """The delivery with one row that cannot be used."""
    (delivery / "orders.csv").write_text(ORDERS + FAULTY, encoding="utf-8")
    return delivery


@pytest.fixture
def book(tmp_path: Path, delivery: Path, run: Run) -> Path:
    """A book with two accounts; ``o-1`` is 35 days past due on 2026-10-20."""
    path = tmp_path / "book.db"
    assert run("import", delivery / "orders.toml", delivery, "--book", path, "--at", AT).code == 0
    return path
