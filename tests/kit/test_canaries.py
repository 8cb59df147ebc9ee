"""A unique text in every personal field, and then a look everywhere else: none may be found."""

from __future__ import annotations

import io
import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from tests.kit.conftest import NOW, TODAY, account

from collectkit import CollectkitError, Consumer, Contact, Email, Kit, Money, Note, Payment, Phone, Postal, Stop
from collectkit.channels.outcomes import Accepted
from collectkit.errors import StoreUnavailableError
from collectkit.person import Place
from collectkit.personal import DataClass, fields_of
from collectkit.plugins import hookimpl
from collectkit.servicing.erasing import Retention
from collectkit.storage.sqlite import SqliteStore

NAME = "Kanarienvogel Canaryname"
PHONE = "+12125559753"
EMAIL = "canaryaddress@canarydomain.example"
STREET = "77 Canarystreet"
POSTCODE = "CANARY77"
NOTE = "Canarynote about her sister"
CANARIES = ("Kanarienvogel", "Canaryname", "2125559753", "canaryaddress", "canarydomain", "Canarystreet", "CANARY77", "Canarynote")


def person(id: str = "c-1") -> Consumer:
    """A person whose every personal field holds a canary."""
    made = Consumer(
        id,
        name=NAME,
        region="US-NY",
        contacts=[
            Phone(PHONE, source="checkout", consents=["sms"]),
            Email(EMAIL, source="checkout", consents=["email"]),
            Postal(STREET, source="checkout", postal_code=POSTCODE, region="US-NY"),
        ],
        places=[Place("America/New_York")],
    )
    for thing in (made, *made.contacts):
        for field in fields_of(type(thing), DataClass.PERSONAL):
            assert any(canary in getattr(thing, field) for canary in CANARIES), (thing, field)
    return made


def found_in(text: str | bytes) -> list[str]:
    held = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return [canary for canary in CANARIES if canary.encode() in held or canary.encode("utf-16-le") in held]


class Silent:
    """A driver that takes everything and keeps nothing but what Python prints of it."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    def hand_over(self, parcel: object) -> Accepted:
        self.printed.append(f"{parcel!r} {parcel}")
        return Accepted("reference")


class Told:
    """A subscriber, which is entitled to nothing personal."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    @hookimpl
    def collectkit_subscribers(self) -> list[Callable[[object], None]]:
        return [lambda committed: self.printed.append(repr(committed))]


@attrs.frozen
class Lived:
    """A life under canaries and what was printed in it."""

    folder: Path
    printed: tuple[str, ...]


def live(folder: Path) -> Lived:
    driver, told, printed = Silent(), Told(), list[str]()
    channels = dict.fromkeys(("sms", "email", "letter", "phone"), driver)
    url, settings = f"sqlite:///{folder}/book.db", {"keys": str(folder / "keys" / "book.keys"), "anchor": str(folder / "heads.jsonl")}
    with Kit.open(url, actor="tests", plugins=[told], settings=settings, drivers=channels) as kit:
        printed += [repr(kit.register(person(), at=NOW)), repr(kit.open_account(account(), at=NOW))]
        kit.note(Note("n-1", account="a-1", text=NOTE), at=NOW)
        kit.post(Payment("p-1", account="a-1", amount=Money.of("50.00", "USD"), value_on=date(2026, 9, 1)), at=NOW)
        kit.record_contact(Contact("c-1", NOW, "phone", "phone-1", ("a-1",), "conversation"), at=NOW, command_id="call-1")
        for day in range(4):
            at = NOW + timedelta(days=day)
            printed.append(kit.run_night(as_of=TODAY + timedelta(days=day), at=at).summary())
            printed.append(kit.dispatch(at=at, worker="w").summary())
        kit.stop(Stop("c-1", ("sms",), NOW), at=NOW, command_id="stop-1")
        printed += [
            kit.explain("a-1"),
            repr(kit.person_standing("c-1", as_of=TODAY)),
            repr(kit.history("a-1")),
            repr(kit.person_history("c-1")),
        ]
        printed += [
            repr(kit.notes("a-1")),
            repr(kit.contacts("a-1")),
            repr(kit.personal("c-1", at=NOW)),
            repr(kit.seal(at=NOW)),
            repr(kit.verify()),
        ]
        printed += failures(kit)
        for format in ("jsonl", "csv"):
            kit.export_events(folder / f"events.{format}", format=format)  # type: ignore[arg-type]
        with closing(sqlite3.connect(folder / "backup.db")) as backup:
            kit.store._connection.backup(backup)  # type: ignore[attr-defined]
        wal = folder / "book.db-wal"
        (folder / "copied.wal").write_bytes(wal.read_bytes())
    assert driver.printed
    assert told.printed
    return Lived(folder, (*printed, *driver.printed, *told.printed))


def failures(kit: Kit) -> list[str]:
    """Let commands fail in every way, and return the errors with their tracebacks and the locals of every frame."""
    other = attrs.evolve(person("c-1"), locale="de_DE")

    class Broken(SqliteStore):
        def unit(self, tenant: str) -> object:  # type: ignore[override]
            raise StoreUnavailableError("the disk is full; nothing was recorded")

    broken = Kit(attrs.evolve(kit.parts, store=Broken(":memory:")), actor="tests")
    attempts: list[Callable[[], object]] = [
        lambda: kit.note(Note("n-1", account="a-1", text=f"{NOTE} again"), at=NOW),
        lambda: kit.note(Note("n-2", account="a-9", text=NOTE), at=NOW),
        lambda: kit.register(person(), at=NOW.replace(tzinfo=None)),
        lambda: broken.register(other, at=NOW),
        lambda: kit.erase("c-1", at=NOW, retention=Retention()),
        lambda: kit.prefer(None, at=NOW, command_id="x"),  # type: ignore[arg-type]
        lambda: kit.subject_export("c-1", reason="", at=NOW),
        lambda: kit.personal("c-1", at=NOW)["name"].reveal("", "ann"),
    ]
    told = []
    for attempt in attempts:
        try:
            attempt()
        except (CollectkitError, AttributeError, TypeError) as error:
            told.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    assert 7 <= len(told), told
    return told


class TestCanaries:
    def test_none_is_found_where_it_does_not_belong(self, tmp_path: Path, log: io.StringIO) -> None:
        """
        Neither in logs, tracebacks with their locals, anything printed, what subscribers are told, exports, nor in the raw
        bytes of the database, its log and a backup.
        """
        lived = live(tmp_path)

        assert [] == found_in(log.getvalue())
        for text in lived.printed:
            assert [] == found_in(text), text
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {"book.db", "backup.db", "copied.wal", "book.keys", "events.jsonl", "events.csv", "heads.jsonl"} <= {
            path.name for path in files
        }
        for path in files:
            assert [] == found_in(path.read_bytes()), path

    def test_none_is_found_in_a_server(self, postgres_url: str, tmp_path: Path) -> None:
        """
        Neither in any row of a sealed book in PostgreSQL, nor in the raw bytes of the server's tables and its log.
        """
        import psycopg

        driver = Silent()
        channels, keys = dict.fromkeys(("sms", "email", "letter", "phone"), driver), str(tmp_path / "keys")
        with Kit.open(postgres_url, actor="tests", settings={"keys": keys}, drivers=channels) as kit:
            kit.register(person(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.note(Note("n-1", account="a-1", text=NOTE), at=NOW)
            kit.run_night(as_of=TODAY, at=NOW)
            kit.dispatch(at=NOW, worker="w")
            assert NAME == kit.person_standing("c-1", as_of=TODAY).consumer.name
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
            rows = [str(row) for (name,) in tables for row in connection.execute(f"SELECT held::text FROM {name} held").fetchall()]
            ((folder,),) = connection.execute("SHOW data_directory").fetchall()
        assert driver.printed
        assert any("c-1" in row for row in rows)
        assert [] == found_in("".join(rows))
        for path in [*Path(folder, "base").rglob("*"), *Path(folder, "pg_wal").iterdir()]:
            if path.is_file():
                assert [] == found_in(path.read_bytes()), path

    def test_the_data_is_there_for_whoever_may_see_it(self, tmp_path: Path) -> None:
        """
        The search above would find it: without a vault the same life leaves canaries in the file.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests") as kit:
            kit.register(person(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.note(Note("n-1", account="a-1", text=NOTE), at=NOW)
        found = {canary for path in tmp_path.glob("book.db*") for canary in found_in(path.read_bytes())}
        assert set(CANARIES) == found

    @pytest.mark.parametrize("keys", [True, False], ids=["vault", "clear"])
    def test_after_an_erasure_none_is_left(self, tmp_path: Path, keys: bool) -> None:
        """
        In the database and its log; a vault's older backups are unreadable, a clear book's own file is rewritten.
        """
        settings = {"keys": str(tmp_path / "keys")} if keys else {}
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", settings=settings) as kit:
            kit.register(person(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.note(Note("n-1", account="a-1", text=NOTE), at=NOW)
            kit.close("a-1", on=TODAY, reason="cancelled", at=NOW)
            kit.erase("c-1", at=NOW, retention=Retention(days=-1))
            with suppress(FileNotFoundError):
                assert b"" == (tmp_path / "book.db-wal").read_bytes()
            for path in tmp_path.glob("book.db*"):
                assert [] == found_in(path.read_bytes()), path
            assert kit.verify().sound
