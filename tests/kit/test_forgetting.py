"""What an erasure reaches outside of the book: the files in which messages wait, and drivers that keep them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from collectkit import Account, Kit, Money, Payment, plans
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.servicing.erasing import Retention

from .conftest import NOW, TODAY
from .test_canaries import CANARIES, found_in, person

SOON = Retention(days=-1)


class Keeping:
    """A driver that keeps what it sent, and can forget it."""

    def __init__(self) -> None:
        self.kept: dict[str, Parcel] = {}
        self.fails = False

    def hand_over(self, parcel: Parcel) -> HandOver:
        self.kept[str(parcel.id)] = parcel
        return Accepted(str(parcel.id))

    def forget(self, ids: Collection[str]) -> None:
        if self.fails:
            raise RuntimeError("the archive is not there")
        for id in ids:
            self.kept.pop(id, None)


def lived(kit: Kit) -> None:
    """Let two people be written to and called, and let the first pay."""
    for id, account in (("c-1", "a-1"), ("c-2", "a-2")):
        kit.register(person(id), at=NOW)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        kit.open_account(Account(account, consumer=id, plan=plan), at=NOW)
    for day in range(4):
        kit.run_night(as_of=TODAY + timedelta(days=day), at=NOW + timedelta(days=day))
        kit.dispatch(at=NOW + timedelta(days=day), worker="w")
    kit.post(Payment("p-1", account="a-1", amount=Money.of("224.00", "USD"), value_on=TODAY), at=NOW)
    kit.close("a-1", on=TODAY + timedelta(days=4), reason="paid", at=NOW + timedelta(days=4))


LATER = NOW + timedelta(days=5)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", settings={"keys": str(tmp_path / "away" / "keys")}) as kit:
        yield kit


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "outbox").iterdir()}


class TestOutboxFiles:
    def test_number_and_text_are_gone_and_the_rest_stays(self, kit: Kit, tmp_path: Path) -> None:
        """
        Of the one who was erased; the other's messages wait as before, and a reader finds each line where it was.
        """
        lived(kit)
        before = files(tmp_path)
        rows = [json.loads(line) for line in before["outbox.jsonl"].splitlines()]
        theirs = {row["id"] for row in rows if "a-1" in row["id"]}
        assert theirs
        assert theirs < {row["id"] for row in rows}
        kit.erase("c-1", at=LATER, retention=SOON)

        after = files(tmp_path)
        assert {name: len(text) for name, text in before.items()} == {name: len(text) for name, text in after.items()}
        for old, line in zip(rows, after["outbox.jsonl"].splitlines(), strict=True):
            row = json.loads(line)
            assert row == ({**old, "to": "", "text": ""} if old["id"] in theirs else old)
        kit.erase("c-1", at=LATER, retention=SOON)
        assert after == files(tmp_path)

    def test_nothing_of_an_erased_person_is_left_anywhere(self, kit: Kit, tmp_path: Path) -> None:
        """
        When the last of them is erased no canary is left in any file: book, log, outbox, lists.
        """
        lived(kit)
        assert {"outbox.jsonl"} <= set(files(tmp_path))
        assert set(found_in(b"".join(files(tmp_path).values()))) & set(CANARIES)
        kit.post(Payment("p-2", account="a-2", amount=Money.of("224.00", "USD"), value_on=TODAY), at=NOW)
        kit.close("a-2", on=TODAY + timedelta(days=4), reason="paid", at=NOW + timedelta(days=4))
        for id in ("c-1", "c-2"):
            kit.erase(id, at=LATER, retention=SOON)

        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert [] == found_in(path.read_bytes()), path
        assert kit.verify().sound

    def test_messages_in_memory_are_forgotten_too(self) -> None:
        """
        They live as long as the process.
        """
        with Kit.open("memory://", actor="tests") as kit:
            lived(kit)
            assert kit.parts.outbox.parcels  # type: ignore[attr-defined]
            kit.erase("c-1", at=LATER, retention=SOON)
            left = [(str(parcel.id), parcel.to, parcel.body) for parcel in kit.parts.outbox.parcels]  # type: ignore[attr-defined]
            assert all(("", b"") == (to, body) for id, to, body in left if "a-1" in id)
            assert all(to for id, to, _ in left if "a-2" in id)


class TestDrivers:
    def test_a_driver_that_can_forget_is_told(self, tmp_path: Path) -> None:
        """
        By the ids under which it took the messages.
        """
        driver = Keeping()
        with Kit.open("memory://", actor="tests", drivers=dict.fromkeys(("email", "sms"), driver)) as kit:
            lived(kit)
            assert any("a-1" in id for id in driver.kept)
            kit.erase("c-1", at=LATER, retention=SOON)
            assert driver.kept
            assert not any("a-1" in id for id in driver.kept)

    def test_one_that_fails_is_told_again_by_the_next_night(self) -> None:
        """
        The erasure stands all the same.
        """
        driver = Keeping()
        with Kit.open("memory://", actor="tests", drivers=dict.fromkeys(("email", "sms"), driver)) as kit:
            lived(kit)
            driver.fails = True
            kit.erase("c-1", at=LATER, retention=SOON)
            assert any("a-1" in id for id in driver.kept)
            kit.erase_due(at=LATER)
            assert any("a-1" in id for id in driver.kept)
            driver.fails = False
            kit.run_night(as_of=TODAY + timedelta(days=5), at=LATER)
            assert not any("a-1" in id for id in driver.kept)
