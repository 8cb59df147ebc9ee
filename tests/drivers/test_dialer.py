"""Lists of calls: whole rows, inert cells."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.channels.channel import PERMIT_HEADER, Parcel
from collectkit.channels.outcomes import Accepted, Rejected
from collectkit.drivers.dialer import HEADER, DialerDriver, inert, restored, write_list

ENDS_AT = datetime(2026, 10, 20, 20, 30, tzinfo=ZoneInfo("America/New_York"))
ENDS = "2026-10-21T00:30:00+00:00"
PAYLOADS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '=HYPERLINK("https://example.com";"pay")',
    "=cmd|' /C calc'!A0",
]


def parcel(id: str = "m-1", to: str = "+12125550123", task: str = "Call about account a-1", channel: str = "phone") -> Parcel:
    return Parcel(channel, id, to, task.encode("utf-8"), ((PERMIT_HEADER, f"{id}/1"),), ENDS_AT)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


class TestDialerDriver:
    def test_a_call_becomes_a_row(self, tmp_path: Path) -> None:
        """
        The number as dialers read it, and the lines of the task in one cell.
        """
        path = tmp_path / "lists" / "today.csv"
        outcome = DialerDriver(path).hand_over(parcel(task="Call about account a-1\nYou must disclose: from_debt_collector."))

        assert Accepted("m-1") == outcome
        task = "Call about account a-1 | You must disclose: from_debt_collector."
        assert [list(HEADER), ["m-1", "phone", "12125550123", task, ENDS, "m-1/1"]] == rows(path)

    def test_a_row_without_an_end_is_refused(self, tmp_path: Path) -> None:
        """
        A list is taken up later than it is written: what does not say until when it may be used is not on it.
        """
        path = tmp_path / "today.csv"

        assert isinstance(DialerDriver(path).hand_over(attrs.evolve(parcel(), not_after=None)), Rejected)
        assert not path.exists()

    def test_a_message_for_a_machine_is_refused(self, tmp_path: Path) -> None:
        """
        Nobody reads an SMS off a list of calls, and no list begins for it.
        """
        path = tmp_path / "today.csv"

        assert Rejected("a list of calls takes no sms") == DialerDriver(path).hand_over(parcel(channel="sms"))
        assert not path.exists()

    def test_a_list_that_cannot_be_opened_took_nothing(self, tmp_path: Path) -> None:
        """
        Here a folder stands where the list should be.
        """
        (tmp_path / "today.csv").mkdir()

        assert isinstance(DialerDriver(tmp_path / "today.csv").hand_over(parcel()), Rejected)

    def test_a_row_torn_by_a_crash_spoils_no_other(self, tmp_path: Path) -> None:
        """
        The half row stays by itself, for somebody to see.
        """
        path = tmp_path / "today.csv"
        write_list(path, ())
        with path.open("ab") as file:
            file.write(b'"m-0","phone"')

        DialerDriver(path).hand_over(parcel())

        assert [list(HEADER), ["m-0", "phone"], ["m-1", "phone", "12125550123", "Call about account a-1", ENDS, "m-1/1"]] == rows(path)

    def test_many_threads_share_a_list(self, tmp_path: Path) -> None:
        """
        Each row whole, and one header, also with a driver each.
        """
        path = tmp_path / "today.csv"
        ids = [f"m-{number}" for number in range(40)]
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda id: DialerDriver(path).hand_over(parcel(id)), ids))

        assert [Accepted(id) for id in ids] == outcomes
        assert list(HEADER) == rows(path)[0]
        assert sorted(ids) == sorted(row[0] for row in rows(path)[1:])
        assert [path] == list(tmp_path.iterdir())

    @pytest.mark.skipif("sys.platform == 'win32'")
    def test_only_the_owner_reads_it(self, tmp_path: Path) -> None:
        """
        It holds numbers and debts.
        """
        path = tmp_path / "today.csv"
        DialerDriver(path).hand_over(parcel())

        assert 0o600 == path.stat().st_mode & 0o777


class TestWriteList:
    def test_it_takes_the_place_of_the_old_list(self, tmp_path: Path) -> None:
        """
        And leaves no other file behind.
        """
        path = tmp_path / "today.csv"
        write_list(path, [parcel("m-1"), parcel("m-2")])
        write_list(path, [parcel("m-3")])

        assert ["id", "m-3"] == [row[0] for row in rows(path)]
        assert [path] == list(tmp_path.iterdir())

    def test_a_list_in_use_can_be_kept(self, tmp_path: Path) -> None:
        """
        The first of two processes that begin the same list wins.
        """
        path = tmp_path / "today.csv"
        write_list(path, [parcel("m-1")])
        write_list(path, [parcel("m-2")], replace=False)

        assert ["id", "m-1"] == [row[0] for row in rows(path)]


class TestInert:
    @pytest.mark.parametrize("payload", PAYLOADS)
    def test_no_cell_begins_a_formula(self, payload: str, tmp_path: Path) -> None:
        """
        Neither in a name, an address nor a reason.
        """
        path = tmp_path / "today.csv"
        write_list(path, [parcel(to=payload, task=payload)])

        assert "'" == inert(payload)[0]
        assert all(not cell.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for row in rows(path) for cell in row)

    @given(st.text())
    def test_what_was_meant_comes_back(self, cell: str) -> None:
        """
        Reading a cell back restores its value.
        """
        assert cell == restored(inert(cell))

    @given(st.text(alphabet="=+-@'\t\r\n ＝＋\u00a0\ufeffab1", max_size=8))
    def test_a_second_pass_keeps_the_law(self, cell: str) -> None:
        """
        Restoring twice what was made inert twice, and no live beginning in between.
        """
        once = inert(cell)

        assert not once.strip("\u00a0\ufeff \t\r\n").startswith(("=", "+", "-", "@", "＝", "＋"))
        assert cell == restored(restored(inert(once)))


class TestForgetting:
    @given(st.lists(st.tuples(st.sampled_from(["m-1", "=m-2", 'm"3']), st.text(max_size=30)), min_size=1, max_size=5))
    def test_only_what_is_named_is_overwritten(self, calls: list[tuple[str, str]]) -> None:
        """
        Every row stays where it was and is still one; of the named ones number and task are blank, and nothing else.
        """
        with TemporaryDirectory() as folder:
            driver = DialerDriver(Path(folder) / "calls.csv")
            for id, task in calls:
                driver.hand_over(parcel(id, task="".join(c for c in task if c.isprintable()) or "Call"))
            before, size = rows(driver.path), driver.path.stat().st_size
            assert sum(id != "m-1" for id, _ in calls) == driver.forget({"=m-2", 'm"3'})

            assert size == driver.path.stat().st_size
            for old, row in zip(before, rows(driver.path), strict=True):
                gone = restored(old[0]) in {"=m-2", 'm"3'}
                assert ([*old[:2], "", "", *old[4:]] if gone else old) == ([cell.strip() for cell in row] if gone else row)
            assert 0 == driver.forget({"=m-2", 'm"3'})

    @pytest.mark.parametrize("left", range(len('"m-1","phone","1212'), len('"m-1","phone","12125550123","Call","20')))
    def test_half_a_row_does_no_harm_to_the_next(self, tmp_path: Path, left: int) -> None:
        """
        Wherever a crash cut it off: what it says of a person goes, and the row after it is what it was.
        """
        driver = DialerDriver(tmp_path / "calls.csv")
        driver.hand_over(parcel("m-1", task="Call"))
        whole = driver.path.read_bytes()
        row = whole.splitlines(keepends=True)[1]
        driver.path.write_bytes(whole.removesuffix(row) + row[:left])
        driver.hand_over(parcel("m-2"))
        after = rows(driver.path)[-1]
        assert ["m-2", "phone", "12125550123", "Call about account a-1", ENDS, "m-2/1"] == after

        assert 1 == driver.forget({"m-1"})
        assert after == rows(driver.path)[-1]
        assert b"1212" not in driver.path.read_bytes().splitlines()[1]
        assert 0 == driver.forget({"m-1"})
