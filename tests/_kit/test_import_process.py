from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests._kit.deliveries import ORDERS, delivered, joined_in, nested_in, orders_in

from collectkit._kit.import_process import Reader, worthwhile
from collectkit._kit.prepared import Prepared
from collectkit.errors import ImportBrokenOffError, IntakeError, ValidationError
from collectkit.events import Context
from collectkit.intake import ImportSummary, Limits, Mapping, RowStatus, read_mapping
from collectkit.kit_intake import import_files
from collectkit.storage.memory import MemoryStore
from collectkit.storage.sqlite import SqliteStore

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
TODAY = AT.date()
MAPPING = read_mapping(ORDERS)
STATES = ("", "", "", "closed", "disputed")


def many_orders(count: int) -> str:
    """Return rows of many orders: most are right, some repeat, contradict others, or cannot be used."""
    return "".join(
        f"o-{n},c-{n // 3},{'Ann' if n % 70 else 'Bo'},{'a@example.com' if n // 3 % 4 else ''},"
        f"{'closed-shop' if n % 40 == 3 else f'shop-{n % 9}'},2026-0{1 + n % 9}-15,"
        f"{'x' if n % 60 == 5 else f'{20 + n % 300}.{n % 100:02d}'},{STATES[n % 5]},{'5.00' if n % 6 == 0 else ''},\n"
        for n in (number - (number % 50 == 9) for number in range(count))
    )


def many_payments(count: int) -> str:
    """Return rows of payments on every other order, some twice."""
    numbers = (number - (number % 90 == 7) for number in range(count))
    return "".join(f"p-{n},o-{n * 2},{1 + n % 20}.00,2026-10-01\n" for n in numbers)


def context(command: str = "import/1") -> Context:
    return Context("t", "tester", AT, command)


def imported(book: Path, mapping: Mapping, folder: Path, workers: int | None, **options: object) -> tuple[ImportSummary, list[str]]:
    """Import into the book at a path; return the summary and the whole database as text."""
    store = SqliteStore(book, synchronous="OFF")
    try:
        summary = import_files(store, "t", mapping, folder, context=context(), as_of=TODAY, workers=workers, **options)  # type: ignore[arg-type]
    finally:
        store.close()
    return summary, dump(book)


def dump(book: Path) -> list[str]:
    with sqlite3.connect(book) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


class Killed(Reader):
    """A reader whose process is killed after its first chunk."""

    def chunks(self) -> Iterator[list[Prepared]]:
        for chunk in super().chunks():
            yield chunk
            assert self.pid is not None
            os.kill(self.pid, signal.SIGKILL)


class TestTwoProcesses:
    @pytest.mark.parametrize("options", [{}, {"dry_run": True}, {"mode": "all_or_nothing"}])
    def test_book_results_and_quarantine_are_the_same_to_the_byte(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]
    ) -> None:
        """
        Also what progress was told, and that the same files again change nothing.
        """
        monkeypatch.setattr("collectkit.kit_intake.CHUNK_ROWS", 100)
        folder = orders_in(tmp_path, many_orders(600), many_payments(150))
        found = []
        for workers in (1, 2):
            quarantine, steps = tmp_path / f"rejected-{workers}", list[tuple[int, int]]()
            quarantine.mkdir()
            progress: Callable[[int, int], None] = lambda done, of: steps.append((done, of))  # noqa: B023, E731
            book = tmp_path / f"{workers}.db"
            first = imported(book, MAPPING, folder, workers, quarantine=quarantine, progress=progress, **options)
            again = imported(book, MAPPING, folder, workers)
            found.append((first, again[0], steps, {path.name: path.read_bytes() for path in quarantine.iterdir()}))

        assert found[0] == found[1]
        assert 2 < len(found[0][2])
        assert {"orders.rejected.csv", "paid.rejected.csv"} == set(found[0][3])
        summary = found[0][0][0]
        assert all(summary.count(status) for status in (RowStatus.CREATED, RowStatus.DUPLICATE, RowStatus.REJECTED, RowStatus.SKIPPED))

    @pytest.mark.parametrize("deliver", [joined_in, nested_in])
    def test_other_forms_of_files_are_the_same_as_well(self, tmp_path: Path, deliver: Callable[[Path], tuple[Mapping, Path]]) -> None:
        """
        Joined tables and nested records.
        """
        mapping, folder = deliver(tmp_path)

        assert imported(tmp_path / "1.db", mapping, folder, 1) == imported(tmp_path / "2.db", mapping, folder, 2)

    def test_a_store_that_takes_objects_only_is_served_too(self, tmp_path: Path) -> None:
        """
        They are made of the texts that came.
        """

        class Plain(MemoryStore):
            """A store as a host may write it."""

        folder = orders_in(tmp_path, many_orders(300), many_payments(50))
        found = []
        for workers in (1, 2):
            store = Plain()
            with store.unit("t") as unit:
                type(unit).takes_written = False  # type: ignore[attr-defined]
            try:
                summary = import_files(store, "t", MAPPING, folder, context=context(), as_of=TODAY, workers=workers)
            finally:
                type(unit).takes_written = True  # type: ignore[attr-defined]
            with store.unit("t") as unit:
                streams = unit.streams("", limit=10_000)
                found.append((summary, unit.standings(), unit.people(), [unit.records(stream) for stream in streams]))

        assert found[0] == found[1]

    def test_a_file_that_changed_its_mind_is_refused(self, tmp_path: Path) -> None:
        """
        The error is the one that reading here raises.
        """
        mapping, folder = joined_in(tmp_path)
        with pytest.raises(IntakeError, match="more than 2 rows of installments at once"):
            imported(tmp_path / "b.db", mapping, folder, 2, limits=Limits(joined_rows_max=2))


class TestFaults:
    def test_a_reader_that_is_killed_leaves_whole_chunks_and_the_import_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What the first try wrote stands; the second brings the book to where one try would have brought it.
        """
        folder = orders_in(tmp_path, many_orders(1_500), "")
        monkeypatch.setattr("collectkit.kit_intake.CHUNK_ROWS", 100)
        with monkeypatch.context() as patch:
            patch.setattr("collectkit.kit_intake.Reader", Killed)
            with pytest.raises(ImportBrokenOffError, match=r"ended before they did.*can be started again"):
                imported(tmp_path / "broken.db", MAPPING, folder, 2)
        with sqlite3.connect(tmp_path / "broken.db") as held:
            (count,) = held.execute("SELECT count(*) FROM collectkit_standings").fetchone()
            (without,) = held.execute(
                "SELECT count(*) FROM collectkit_standings WHERE 'account/' || account NOT IN (SELECT stream FROM collectkit_events)"
            ).fetchone()
        held.close()
        assert (True, 0) == (0 < count < 1_200, without)

        imported(tmp_path / "broken.db", MAPPING, folder, 2)
        imported(tmp_path / "whole.db", MAPPING, folder, 1)
        assert rows_of(tmp_path / "whole.db") == rows_of(tmp_path / "broken.db")

    def test_an_interrupt_ends_the_reader(self, tmp_path: Path) -> None:
        """
        Nothing is left behind, whatever interrupts the writer.
        """
        delivery = delivered(MAPPING, orders_in(tmp_path, many_orders(600), ""))
        with pytest.raises(KeyboardInterrupt), Reader(delivery, TODAY, 100, insist=True) as reader:
            next(reader.chunks())
            pid = reader.pid
            raise KeyboardInterrupt
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_a_reader_that_was_never_asked_is_ended_too(self, tmp_path: Path) -> None:
        """
        As when the book turns out to be locked.
        """
        with Reader(delivered(MAPPING, orders_in(tmp_path, "", "")), TODAY, 100, insist=True) as reader:
            pid = reader.pid
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    @pytest.mark.parametrize("name", ["uwsgi", "python-that-is-not-there", "python-that-says-something-else"])
    def test_where_no_reader_can_be_started_the_files_are_read_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """
        Unless two processes were asked for: then it is said, and no row is imported.
        """
        program = tmp_path / name
        if "else" in name:
            program.write_text("#!/bin/sh\necho hello\n")
            program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        folder = orders_in(tmp_path, many_orders(100), "")
        delivery = delivered(MAPPING, folder)
        with Reader(delivery, TODAY, 60, insist=False) as reader:
            assert [60, 35] == [len(chunk) for chunk in reader.chunks()]
        with pytest.raises(ImportBrokenOffError, match=r"there is no second process.*import with workers=1; no row was imported"):
            imported(tmp_path / "b.db", MAPPING, folder, 2)
        with SqliteStore(tmp_path / "b.db").unit("t") as unit:
            assert [] == unit.standings()

    @pytest.mark.parametrize("workers", [0, 3, True, "2"])
    def test_other_numbers_of_workers_are_refused(self, tmp_path: Path, workers: object) -> None:
        """
        Before a file is looked at.
        """
        with pytest.raises(ValidationError, match="workers is 1, 2 or None"):
            imported(tmp_path / "b.db", MAPPING, tmp_path / "nowhere", workers)  # type: ignore[arg-type]


class TestWhere:
    def test_a_second_process_is_for_large_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        And for machines with more than one processor, and where Python itself runs.
        """
        small = delivered(MAPPING, orders_in(tmp_path, many_orders(10), ""))
        large = delivered(MAPPING, orders_in(tmp_path, many_orders(40_000), ""))
        monkeypatch.setattr("collectkit._kit.import_process._processors", lambda: 2)
        assert (False, True) == (worthwhile(small), worthwhile(large))
        monkeypatch.setattr("collectkit._kit.import_process._processors", lambda: 1)
        assert not worthwhile(large)
        monkeypatch.setattr("collectkit._kit.import_process._processors", lambda: 2)
        monkeypatch.setattr(sys, "executable", "")
        assert not worthwhile(large)

    @pytest.mark.parametrize("how", ["file", "stdin"])
    def test_a_script_needs_no_guard_for_it(self, tmp_path: Path, how: str) -> None:
        """
        The second process runs nothing of the host: neither its main script again, nor what it prints.
        """
        folder = orders_in(tmp_path, many_orders(30), "")
        (tmp_path / "mapping.toml").write_text(ORDERS)
        script = f"""
import datetime
from collectkit import Kit
kit = Kit.open("memory://", actor="script")
at = datetime.datetime(2026, 10, 20, 18, tzinfo=datetime.timezone.utc)
print(kit.import_files({str(tmp_path / "mapping.toml")!r}, {str(folder)!r}, at=at, workers=2).accounts)
"""
        (tmp_path / "script.py").write_text(script)
        arguments = {"file": [str(tmp_path / "script.py")], "stdin": ["-"]}[how]
        ran = subprocess.run([sys.executable, *arguments], input=script, capture_output=True, text=True, check=False, timeout=120)

        assert (0, "25\n", "") == (ran.returncode, ran.stdout, ran.stderr)


def rows_of(book: Path) -> list[object]:
    """Return what stands on a book, whatever the order and the commits in which it came."""
    with sqlite3.connect(book) as held:
        events = held.execute("SELECT stream, version, type, body, digest FROM collectkit_events ORDER BY stream, version").fetchall()
        people = held.execute("SELECT * FROM collectkit_people ORDER BY person").fetchall()
        standings = held.execute("SELECT * FROM collectkit_standings ORDER BY account").fetchall()
    held.close()
    return [events, people, standings]
