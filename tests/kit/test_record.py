from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from tests.kit.conftest import NOW, account, consumer

from collectkit import Kit, Money, Note, Payment, Waiver
from collectkit.errors import IntegrityBreachError, ValidationError
from collectkit.plugins import hookimpl
from collectkit.storage import verifier
from collectkit.storage.verifier import Head


def live(kit: Kit, payments: int = 3) -> None:
    """Register, open and pay."""
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    for number in range(payments):
        kit.post(Payment(f"p-{number}", account="a-1", amount=Money(100 + number, "USD"), value_on=date(2026, 9, 2)), at=NOW)


class TestSealing:
    def test_every_event_gets_one_place(self, kit: Kit, tmp_path: Path) -> None:
        """
        In heads of at most so many; sealing again without new events makes no head.
        """
        live(kit)
        report = kit.seal(at=NOW, most=2)

        assert 6 == report.events
        assert [2, 4, 6] == [head.size for head in report.heads]
        assert {"file": 3} == report.anchored
        assert 3 == len((tmp_path / "book.db.heads.jsonl").read_text(encoding="utf-8").splitlines())
        assert (0, ()) == (kit.seal(at=NOW).events, kit.seal(at=NOW).heads)

    def test_events_between_two_sealings_are_not_skipped(self, kit: Kit) -> None:
        """
        Neither in streams that were sealed before nor in those whose names sort before them.
        """
        live(kit)
        kit.seal(at=NOW)
        kit.register(consumer("a-first"), at=NOW)
        kit.post(Payment("p-9", account="a-1", amount=Money(1, "USD"), value_on=date(2026, 9, 2)), at=NOW)
        report = kit.seal(at=NOW)

        assert 3 == report.events  # registered, consented, paid
        assert kit.verify().sound
        assert (9, 2, 0, True) == (kit.verify().events, kit.verify().heads, kit.verify().exposed, kit.verify().anchored)

    def test_an_anchor_that_fails_gets_its_heads_next_time(self, tmp_path: Path) -> None:
        """
        The others take theirs meanwhile, nothing is lost, and what the failing one said is told.
        """
        kept: list[tuple[str, int, str]] = []

        class Flaky:
            broken = True

            def anchor(self, tenant: str, number: int, head: str) -> None:
                if self.broken:
                    raise OSError("the auditor's server is down")
                kept.append((tenant, number, head))

        class Anchors:
            sink = Flaky()

            @hookimpl
            def collectkit_anchors(self) -> dict[str, Flaky]:
                return {"auditor": self.sink}

        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", plugins=[Anchors()]) as kit:
            live(kit)
            first = kit.seal(at=NOW, most=4)
            Anchors.sink.broken = False
            second = kit.seal(at=NOW)

        assert {"auditor": "the auditor's server is down"} == first.faults
        assert ({"auditor": 0, "file": 2}, {"auditor": 2, "file": 0}) == (first.anchored, second.anchored)
        assert [("default", 1), ("default", 2)] == [(tenant, number) for tenant, number, _ in kept]
        assert list(first.heads) == verifier.read_heads(head for _, _, head in kept)

    def test_a_book_that_was_rewritten_cannot_be_anchored_again(self, tmp_path: Path) -> None:
        """
        The file holds another head of that number: the sealing tells, and the file stays as it was.
        """
        elsewhere = {"anchor": str(tmp_path / "elsewhere.jsonl")}
        for name, paid in (("one", 1), ("two", 2)):
            with Kit.open(f"sqlite:///{tmp_path}/{name}.db", actor="tests", settings=elsewhere) as kit:
                live(kit, paid)
                report = kit.seal(at=NOW)
        assert "holds another head 1: the record was rewritten" in report.faults["file"]
        assert 1 == len((tmp_path / "elsewhere.jsonl").read_text(encoding="utf-8").splitlines())

    def test_two_books_may_share_a_file_of_heads(self, tmp_path: Path) -> None:
        """
        Each tenant has its own numbers.
        """
        elsewhere = {"anchor": str(tmp_path / "elsewhere.jsonl")}
        for tenant in ("one", "two"):
            with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", tenant=tenant, settings=elsewhere) as kit:
                live(kit)
                kit.seal(at=NOW)
                assert [tenant] == [head.tenant for head in kit.anchored_heads()]
                assert kit.verify().sound


class TestVerifying:
    def test_a_sound_book_is_sound(self, kit: Kit) -> None:
        """
        Also without any head: then everything is exposed, and it is said that nothing was anchored.
        """
        assert kit.verify().sound
        live(kit)
        found = kit.verify()
        assert (True, 6, 0, 6, False) == (found.sound, found.events, found.heads, found.exposed, found.anchored)

    @pytest.mark.parametrize(
        ("statement", "text"),
        [
            (
                "UPDATE collectkit_events SET body = replace(body, '[101', '[901')",
                "the digest does not belong",
            ),
            ("DELETE FROM collectkit_events WHERE stream = 'account/a-1' AND version = 2", "the event is missing"),
            ("DELETE FROM collectkit_events WHERE stream = 'account/a-1' AND version = 4", "the event is missing"),
            ("UPDATE collectkit_events SET version = 9 WHERE stream = 'account/a-1' AND version = 4", "the event is missing"),
            ("UPDATE collectkit_commits SET context = replace(context, 'tests', 'other') WHERE id = 4", "the digest does not belong"),
            ("DELETE FROM collectkit_runs WHERE kind = 'seal' AND key LIKE '%2'", "seal 2 cannot be read"),
            ("UPDATE collectkit_runs SET summary = '0' WHERE kind = 'sealing'", "head 1 was anchored for 2 events"),
        ],
    )
    def test_what_was_done_to_the_database_is_found(self, kit: Kit, statement: str, text: str) -> None:
        """
        By whoever holds it, with any tool.
        """
        live(kit)
        kit.seal(at=NOW, most=2)
        kit.store._connection.execute(statement)  # type: ignore[attr-defined]

        found = kit.verify()
        assert not found.sound
        assert any(text in fault.text for fault in found.faults), found.faults

    def test_a_cut_end_is_convicted_by_a_receipt(self, kit: Kit) -> None:
        """
        Above the last head nothing else would show it.
        """
        live(kit)
        kit.seal(at=NOW)
        with kit.receipts() as kept:
            kit.post(Payment("p-9", account="a-1", amount=Money(1, "USD"), value_on=date(2026, 9, 2)), at=NOW)
            kit.try_note(Note("n-1", account="a-1", text="She called."), at=NOW)
        assert [("account/a-1", 5), ("account/a-1", 6)] == [(receipt.stream, receipt.version) for receipt in kept]
        assert kit.verify(receipts=kept).sound

        kit.store._connection.execute("DELETE FROM collectkit_events WHERE version > 4")  # type: ignore[attr-defined]
        assert kit.verify().sound
        faults = kit.verify(receipts=kept).faults
        assert [("account/a-1", 5), ("account/a-1", 6)] == [(fault.stream, fault.version) for fault in faults]

    def test_a_receipt_can_be_asked_for_later(self, kit: Kit) -> None:
        """
        It is that of the last event of a stream.
        """
        assert kit.receipt("account/a-1") is None
        with kit.receipts() as kept:
            live(kit)
        assert kept[-1] == kit.receipt("account/a-1")


class TestReceipts:
    def test_what_was_rolled_back_has_none(self, kit: Kit) -> None:
        """
        Refused and repeated commands record nothing and give no receipt.
        """
        live(kit)
        with kit.receipts() as kept:
            live(kit)
            kit.try_waive(
                Waiver("w-1", account="a-1", charge="f-9", amount=Money(1, "USD"), value_on=date(2026, 9, 2), reason="goodwill"), at=NOW
            )
        assert [] == kept


class TestExport:
    def test_the_stand_alone_verifier_reads_it(self, kit: Kit, tmp_path: Path) -> None:
        """
        As a program of its own, with the heads and receipts that were kept; a changed line is found with its position.
        """
        live(kit)
        kit.seal(at=NOW, most=4)
        with kit.receipts() as kept:
            kit.post(Payment("p-9", account="a-1", amount=Money(1, "USD"), value_on=date(2026, 9, 2)), at=NOW)
        events, receipts, heads = tmp_path / "events.jsonl", tmp_path / "receipts.jsonl", tmp_path / "book.db.heads.jsonl"
        receipts.write_text("".join(json.dumps(attrs.asdict(receipt)) for receipt in kept), encoding="utf-8")
        command = [sys.executable, "-I", verifier.__file__, str(events), "--heads", str(heads), "--receipts", str(receipts)]

        assert 7 == kit.export_events(events)
        sound = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (0, "7 events, 2 heads, 1 events that no head covers: the record is sound\n") == (sound.returncode, sound.stdout)

        events.write_text(events.read_text(encoding="utf-8").replace("p-1", "p-7"), encoding="utf-8")
        forged = subprocess.run(command, capture_output=True, text=True, check=False)
        assert 1 == forged.returncode
        assert "FAULT account/a-1 version 3: the digest does not belong to this event" in forged.stdout

    def test_csv_cells_are_inert(self, kit: Kit, tmp_path: Path) -> None:
        """
        A host's id may look like a formula; in a spreadsheet it is a text.
        """
        kit.register(consumer(), at=NOW)
        kit.withdraw("c-1", at=NOW, command_id="=HYPERLINK(1)")
        kit.export_events(tmp_path / "events.csv", format="csv")

        with (tmp_path / "events.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert "'=HYPERLINK(1)" == rows[-1]["command"]
        assert ("person/c-1", "3", "") == (rows[-1]["stream"], rows[-1]["version"], rows[-1]["place"])

    def test_parquet_holds_the_same(self, kit: Kit, tmp_path: Path) -> None:
        """
        With typed columns.
        """
        parquet = pytest.importorskip("pyarrow.parquet")
        live(kit)
        kit.seal(at=NOW)
        count = kit.export_events(tmp_path / "events.parquet", format="parquet")
        table = parquet.read_table(tmp_path / "events.parquet")

        assert (6, 6) == (count, table.num_rows)
        assert list(range(1, 7)) == table["place"].to_pylist()
        assert {NOW} == set(table["at"].to_pylist())
        assert {"tests"} == set(table["actor"].to_pylist())

    def test_another_format_is_refused(self, kit: Kit, tmp_path: Path) -> None:
        """
        And no file is made; what was there before stays until the new one is whole.
        """
        with pytest.raises(ValidationError, match="jsonl, csv or parquet"):
            kit.export_events(tmp_path / "events.xml", format="xml")  # type: ignore[arg-type]
        assert not (tmp_path / "events.xml").exists()


class TestHeadsOfTheBook:
    def test_they_prove_something_only_when_kept_elsewhere(self, kit: Kit) -> None:
        """
        A head of another book is no head of this one.
        """
        live(kit)
        kit.seal(at=NOW)
        (head,) = kit.heads()
        assert kit.verify(heads=[head]).sound
        forged = Head(head.tenant, 1, head.size, "00" * 32, head.at, ())
        assert "the events are not those that head 1 was anchored for" == kit.verify(heads=[forged]).faults[0].text

    def test_a_line_that_is_no_head_is_said_to_be_none(self, kit: Kit, tmp_path: Path) -> None:
        """
        The file is not touched.
        """
        live(kit)
        (tmp_path / "book.db.heads.jsonl").write_text("nonsense\n", encoding="utf-8")
        report = kit.seal(at=NOW + timedelta(hours=1))
        assert "holds a line that is no head" in report.faults["file"]
        with pytest.raises(IntegrityBreachError):
            kit.anchored_heads()
