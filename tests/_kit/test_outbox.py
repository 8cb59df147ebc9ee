"""Where messages go that no driver takes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from collectkit import Kit
from collectkit._kit.outbox import Outbox, outbox_at
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted
from collectkit.errors import ValidationError

PARCEL = Parcel("sms", "m-1", "+12125550123", b"hello")


class TestOutbox:
    def test_files_with_the_first_message(self, tmp_path: Path) -> None:
        """
        The folder is made when there is something to keep, and not before.
        """
        outbox = Outbox(tmp_path / "outbox")
        assert [] == list(tmp_path.iterdir())

        assert Accepted("m-1") == outbox.hand_over(PARCEL)
        assert "hello" in (tmp_path / "outbox" / "outbox.jsonl").read_text(encoding="utf-8")

    @pytest.mark.parametrize(("channel", "name"), [("phone", "calls.csv"), ("in_person", "visits.csv")])
    def test_calls_and_visits_are_lists(self, channel: str, name: str, tmp_path: Path) -> None:
        """
        What a dialer or a person takes up is a row of a list that a spreadsheet opens.
        """
        outbox = Outbox(tmp_path / "outbox")
        task = attrs.evolve(PARCEL, channel=channel, to="+12125550123", not_after=datetime(2026, 10, 20, 20, tzinfo=UTC))

        assert Accepted("m-1") == outbox.hand_over(task)
        listed = (tmp_path / "outbox" / name).read_text(encoding="utf-8-sig")
        assert f'"m-1","{channel}","12125550123","hello","2026-10-20T20:00:00+00:00",""' in listed
        assert not (tmp_path / "outbox" / "outbox.jsonl").exists()

    def test_memory(self) -> None:
        """
        Without a folder messages are kept while the process lives.
        """
        outbox = Outbox(None)

        assert Accepted("m-1") == outbox.hand_over(PARCEL)
        assert [PARCEL] == outbox.parcels

    def test_messages_and_calls_together(self, tmp_path: Path) -> None:
        """
        Each goes where its kind goes, and is answered in its place.
        """
        outbox, ends_at = Outbox(tmp_path), datetime(2026, 10, 20, 20, tzinfo=UTC)
        channels = ["sms", "phone", "email", "email", "phone"]
        parcels = [Parcel(channel, f"m-{n}", "+12125550123", b"hi", not_after=ends_at) for n, channel in enumerate(channels)]

        assert [Accepted(f"m-{n}") for n in range(5)] == outbox.hand_over_all(parcels)
        assert 3 == (tmp_path / "outbox.jsonl").read_text(encoding="utf-8").count("hi")
        assert 2 == (tmp_path / "calls.csv").read_text(encoding="utf-8").count("hi")

    @pytest.mark.parametrize("channel", ["sms", "phone", "prerecorded_call", "in_person"])
    def test_every_file_forgets(self, channel: str, tmp_path: Path) -> None:
        """
        Whom a message, a call or a visit was for and what it said is gone from where it was kept; the others' stand.
        """
        outbox = Outbox(tmp_path / "outbox")
        for id, to in (("m-1", "+12125550123"), ("m-2", "+12125550199")):
            outbox.hand_over(attrs.evolve(PARCEL, id=id, channel=channel, to=to, not_after=datetime(2026, 10, 20, 20, tzinfo=UTC)))
        (file,) = (tmp_path / "outbox").iterdir()
        before = file.read_text(encoding="utf-8")
        outbox.forget({"m-1"})
        after = file.read_text(encoding="utf-8")

        assert (1, 1, 2) == (before.count("12125550123"), before.count("12125550199"), before.count("hello"))
        assert (0, 1, 1) == (after.count("12125550123"), after.count("12125550199"), after.count("hello"))

    @pytest.mark.parametrize(
        ("url", "folder"),
        [
            ("sqlite:///book.db", Path("outbox")),
            ("sqlite:///data/book.db", Path("data/outbox")),
            ("sqlite:////var/book.db", Path("/var/outbox")),
            ("sqlite://", None),
            ("memory://", None),
            ("acme://book", None),
        ],
    )
    def test_beside_the_book(self, url: str, folder: Path | None) -> None:
        """
        Messages lie beside the file of the book; a book without a file keeps them in memory.
        """
        assert folder == outbox_at("", url).folder

    def test_where_the_host_says(self) -> None:
        """
        A setting names the folder of any book.
        """
        assert Path("away") == outbox_at("away", "postgresql://db/book").folder

    def test_a_file_is_no_outbox(self, tmp_path: Path) -> None:
        """
        No kit is assembled: each message would fail there, and be in doubt. A folder that is not there yet is fine.
        """
        (tmp_path / "outbox").write_text("something else", encoding="utf-8")
        with pytest.raises(ValidationError, match="outbox' is no folder; nothing was opened"):
            outbox_at(str(tmp_path / "outbox"), "memory://")
        with pytest.raises(ValidationError, match="is no folder"):
            Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests")

        assert not (tmp_path / "book.db").exists()
        assert tmp_path / "later" == outbox_at(str(tmp_path / "later"), "memory://").folder
