"""The archive: what was closed long ago moves there, and nobody who reads the book can tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from time import sleep

import attrs
import pytest
import sqlalchemy as sa
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import Kit, Money, Payment, Reversal
from collectkit._kit.archiving import is_at_rest
from collectkit.errors import StoreUnavailableError, ValidationError
from collectkit.storage import verifier
from collectkit.storage.memory import MemoryUnit
from collectkit.storage.store import has_archive
from collectkit.testing.digests import book_digest

LATER = NOW + timedelta(days=4 * 365)
LONG_AGO = TODAY + timedelta(days=365)
DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A book that is not there yet, in each store."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/book.db"


@pytest.fixture
def kit(url: str, tmp_path: Path) -> Iterator[Kit]:
    """A book with an account that was paid and closed, one that was closed lately, and one that is open."""
    with Kit.open(url, actor="tests", settings={"anchor": str(tmp_path / "heads.jsonl")}) as kit:
        kit.register(consumer(), at=NOW)
        for number, at in (("a-1", NOW), ("a-2", LATER), ("a-3", NOW)):
            kit.open_account(attrs.evolve(account(), id=number), at=NOW)
            if number != "a-3":
                pay(kit, number, "200.00", at)
                kit.close(number, on=kit.business_date(at), reason="paid", at=at)
        yield kit


def pay(kit: Kit, id: str, amount: str, at: datetime) -> None:
    """Pay an account in two payments."""
    half = Money.of(amount, "USD").minor // 2
    for part in (1, 2):
        kit.post(Payment(f"p-{id}-{part}", account=id, amount=Money(half, "USD"), value_on=kit.business_date(at)), at=at)


def everything(kit: Kit) -> tuple[object, ...]:
    """Return all that a book says of itself."""
    histories = [kit.history(id) for id in ("a-1", "a-2", "a-3")]
    return book_digest(kit.store), kit.state_digest(as_of=TODAY), histories, kit.explain("a-1"), kit.verify().events


class TestArchiving:
    def test_nothing_that_can_be_read_changes(self, kit: Kit) -> None:
        """
        Histories, standings and digests are what they were, and the record verifies under the old heads.
        """
        kit.seal(at=NOW)
        before = everything(kit)
        done = kit.archive(closed_before=LONG_AGO, at=LATER)

        assert (["account/a-1"], (), None) == ([one.stream for one in done.receipts], done.broken, done.after)
        assert len(kit.history("a-1")) - 2 == done.events > 0
        assert before == everything(kit)
        found = kit.verify(receipts=done.receipts)
        assert (True, True, 0) == (found.sound, found.anchored, found.exposed)
        assert kit.rebuild_standings(as_of=TODAY, write=False).sound

    def test_again_there_is_nothing_to_move(self, kit: Kit) -> None:
        """
        What was moved is not moved twice.
        """
        kit.archive(closed_before=LONG_AGO, at=LATER)

        assert (0, ()) == attrs.astuple(kit.archive(closed_before=LONG_AGO, at=LATER), recurse=False)[:2]

    def test_a_late_fact_goes_on_where_the_stream_ends(self, kit: Kit) -> None:
        """
        A payment of an archived account is reversed years later like any other: the chain goes on, and the account owes again.
        """
        kit.archive(closed_before=LONG_AGO, at=LATER)
        before = len(kit.history("a-1"))
        kit.reverse(Reversal("r-1", account="a-1", payment="p-a-1-1", value_on=kit.business_date(LATER), reason="chargeback"), at=LATER)

        assert before < len(kit.history("a-1"))
        assert 10000 == kit.standing("a-1", as_of=kit.business_date(LATER)).paid_minor
        assert kit.verify().sound
        kit.post(Payment("p-a-1-1", account="a-1", amount=Money.of("100.00", "USD"), value_on=TODAY), at=LATER)  # known, not posted twice
        assert 10000 == kit.standing("a-1", as_of=kit.business_date(LATER)).paid_minor

    def test_what_came_later_may_follow_into_the_archive(self, kit: Kit) -> None:
        """
        A second archiving puts it behind what lies there already.
        """
        kit.archive(closed_before=LONG_AGO, at=LATER)
        kit.post(Payment("p-late", account="a-1", amount=Money.of("1.00", "USD"), value_on=TODAY), at=LATER)
        kit.post(Payment("p-later", account="a-1", amount=Money.of("1.00", "USD"), value_on=TODAY), at=LATER)
        before = kit.history("a-1")
        with kit.store.unit("default") as unit:
            assert has_archive(unit)
            assert {"account/a-1"} == set(unit.archive(["account/a-1"]))

        assert before == kit.history("a-1")
        assert kit.verify().sound

    def test_what_is_not_at_rest_stays(self, kit: Kit) -> None:
        """
        Open accounts, those closed on that day or later, and those with money to give back.
        """
        kit.post(Payment("p-more", account="a-1", amount=Money.of("5.00", "USD"), value_on=TODAY), at=NOW)

        assert () == kit.archive(closed_before=LONG_AGO, at=LATER).receipts

    def test_it_goes_on_where_it_ended(self, kit: Kit) -> None:
        """
        In as many calls as the host likes.
        """
        day, at = kit.business_date(LATER) + timedelta(days=1), LATER + timedelta(days=2)
        first = kit.archive(closed_before=day, at=at, most=1)
        rest = kit.archive(closed_before=day, at=at, after=first.after or "")

        assert ["account/a-1", "account/a-2"] == [one.stream for one in (*first.receipts, *rest.receipts)]
        assert ("a-1", None) == (first.after, rest.after)

    @pytest.mark.parametrize("wrong", [{"closed_before": date(2099, 1, 1)}, {"closed_before": LONG_AGO, "most": 0}])
    def test_a_mistake_moves_nothing(self, kit: Kit, wrong: dict[str, object]) -> None:
        """
        A day to come, or no number of accounts.
        """
        with pytest.raises(ValidationError, match="nothing was moved"):
            kit.archive(at=LATER, **wrong)  # type: ignore[arg-type]

    def test_the_export_holds_what_was_archived(self, kit: Kit, tmp_path: Path) -> None:
        """
        The stand-alone verifier needs nothing else.
        """
        kit.archive(closed_before=LONG_AGO, at=LATER)
        kit.seal(at=LATER)
        kit.export_events(tmp_path / "events.jsonl")
        lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()

        assert [] == verifier.verify_lines(lines, kit.anchored_heads()).faults


class TestAtRest:
    @pytest.mark.parametrize(
        ("change", "at_rest"),
        [
            ({}, True),
            ({"closed_on": None}, False),
            ({"closed_on": LONG_AGO}, False),
            ({"closed_on": LONG_AGO - DAY}, True),
            ({"last_paid_on": LONG_AGO}, False),
            ({"last_paid_on": LONG_AGO - DAY}, True),
            ({"credit_minor": 1}, False),
            ({"disputed_minor": 1}, False),
            ({"holds": ("dispute",)}, False),
        ],
    )
    def test_each_thing_that_keeps_an_account(self, change: dict[str, object], at_rest: bool) -> None:
        """
        Closed and paid before the day, and nothing to give back, to clear up or to wait for.
        """
        with Kit.open("memory://", actor="tests") as kit:
            prepare(kit)
            standing = attrs.evolve(kit.standing("a-1", as_of=TODAY), **change)  # type: ignore[arg-type]

        assert at_rest == is_at_rest(standing, LONG_AGO)


class TestArchivedRows:
    def test_a_flip_in_the_archive_is_found(self, tmp_path: Path) -> None:
        """
        With its stream and version, as anywhere else; and what is broken is not put away.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests") as kit:
            prepare(kit)
            kit.archive(closed_before=LONG_AGO, at=LATER)
            tamper(tmp_path, "UPDATE collectkit_archived_events SET body = replace(body, '10000', '90000') WHERE stream = 'account/a-1'")
            assert ("account/a-1", 2) == kit.verify().faults[0][:2]

    def test_a_missing_row_is_found(self, tmp_path: Path) -> None:
        """
        Dropped from the archive, it is dropped from the record.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests") as kit:
            prepare(kit)
            kit.archive(closed_before=LONG_AGO, at=LATER)
            tamper(tmp_path, "DELETE FROM collectkit_archived_events WHERE version = 3")
            assert not kit.verify().sound

    def test_a_broken_stream_is_not_put_away(self, tmp_path: Path) -> None:
        """
        It is named, and stays where it is.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests") as kit:
            prepare(kit)
            tamper(tmp_path, "UPDATE collectkit_events SET body = replace(body, '10000', '90000') WHERE stream = 'account/a-1'")
            done = kit.archive(closed_before=LONG_AGO, at=LATER)
            assert (0, ("account/a-1",)) == (done.events, done.broken)

    def test_the_rows_are_in_the_archive_and_nowhere_else(self, tmp_path: Path) -> None:
        """
        The first and the last of a stream stay where they were.
        """
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests") as kit:
            prepare(kit)
            count = len(kit.history("a-1"))
            kit.archive(closed_before=LONG_AGO, at=LATER)
        with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
            live = connection.execute("SELECT version FROM collectkit_events WHERE stream = 'account/a-1' ORDER BY 1").fetchall()
            cold = connection.execute("SELECT version FROM collectkit_archived_events ORDER BY 1").fetchall()
        assert ([(1,), (count,)], [(version,) for version in range(2, count)]) == (live, cold)

    def test_an_older_release_opens_the_book_no_more(self, tmp_path: Path) -> None:
        """
        It would take an archived stream for a short one. Until the first archiving it may.
        """

        def least() -> int:
            with closing(sqlite3.connect(tmp_path / "book.db")) as connection:
                (found,) = connection.execute("SELECT max(min_writer) FROM collectkit_schema").fetchone()
            return int(found)

        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests") as kit:
            prepare(kit)
            assert 1 == least()
            kit.archive(closed_before=LONG_AGO, at=LATER)
            assert 4 == least()

    def test_a_store_without_an_archive_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A host's own store need not have one.
        """
        monkeypatch.setattr(MemoryUnit, "archive", None)
        with Kit.open("memory://", actor="tests") as kit:
            prepare(kit)
            with pytest.raises(StoreUnavailableError, match="no archive; nothing was moved"):
                kit.archive(closed_before=LONG_AGO, at=LATER)


class TestCommits:
    def test_a_commit_goes_with_the_last_of_its_events(self, url: str, kit: Kit) -> None:
        """
        Those that are named by an event stay, and no other one; a book in memory has none.
        """
        before = commits(url)
        kit.archive(closed_before=LONG_AGO, at=LATER)
        after = commits(url)

        assert [] == [id for id, events in after.items() if not events]
        if not url.startswith("memory"):
            # What opened the account and what closed it are still named; the two payments went.
            assert 2 == len(before) - len(after)
        assert kit.verify().sound

    def test_a_commit_stays_for_those_that_were_not_moved(self, url: str, kit: Kit) -> None:
        """
        Payments of two accounts in one commit: it goes when both accounts were moved, and a reader is told of every event.
        """
        for id in ("b-1", "b-2"):
            kit.open_account(attrs.evolve(account(), id=id), at=NOW)
        kit.post_all([Payment(f"p-{id}", account=id, amount=Money.of("200.00", "USD"), value_on=TODAY) for id in ("b-1", "b-2")], at=NOW)
        kit.close("b-1", on=TODAY, reason="paid", at=NOW)
        kit.close("b-2", on=kit.business_date(LATER), reason="paid", at=LATER)
        with kit.store.unit("default") as unit:
            unit.advance("reader", [("account/b-1", 1), ("account/b-2", 1)])
        events = [kit.history(id) for id in ("b-1", "b-2")]

        kit.archive(closed_before=LONG_AGO, at=LATER)
        half = commits(url)
        later = LATER + timedelta(days=2)
        kit.archive(closed_before=kit.business_date(LATER) + DAY, at=later)

        assert url.startswith("memory") or len(commits(url)) < len(half)
        assert events == [kit.history(id) for id in ("b-1", "b-2")]
        with kit.store.view("default") as view:
            behind = {one.stream: (one.through, one.version) for one in view.behind("reader")}
            assert [len(found) for found in events] == [behind[f"account/{id}"][1] for id in ("b-1", "b-2")]
            assert events[0][1:] == view.history("account/b-1")[1:]
            assert 2 == view.records("account/b-1", after=1)[0].version
        assert kit.verify().sound

    def test_two_who_archive_at_once_leave_no_commit_behind(self, postgres_url: str) -> None:
        """
        Each moves one of the two accounts whose payments one commit wrote, and the second waits for the first.
        """
        with Kit.open(postgres_url, actor="tests") as kit:
            for id in ("b-1", "b-2"):
                kit.register(attrs.evolve(consumer(), id=f"c-{id}", contacts=()), at=NOW)
                kit.open_account(attrs.evolve(account(), id=id, consumer=f"c-{id}"), at=NOW)
            kit.post_all(
                [Payment(f"p-{id}", account=id, amount=Money.of("200.00", "USD"), value_on=TODAY) for id in ("b-1", "b-2")], at=NOW
            )
            for id in ("b-1", "b-2"):
                kit.close(id, on=TODAY, reason="paid", at=NOW)

            def move(id: str) -> None:
                with kit.store.unit("default") as unit:
                    assert has_archive(unit)
                    unit.archive([f"account/{id}"])

            with ThreadPoolExecutor(1) as other:
                with kit.store.unit("default") as unit:
                    assert has_archive(unit)
                    unit.archive(["account/b-1"])
                    second = other.submit(move, "b-2")
                    until_somebody_waits(postgres_url)
                second.result(timeout=30)

            assert [] == [id for id, events in commits(postgres_url).items() if not events]
            assert kit.verify().sound


def commits(url: str) -> dict[int, int]:
    """Return how many events name each commit of a book on disk."""
    if url.startswith("memory"):
        return {}
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            count = "SELECT id, (SELECT count(*) FROM collectkit_events WHERE commit_id = c.id) AS number FROM collectkit_commits c"
            return {row.id: row.number for row in connection.exec_driver_sql(count)}
    finally:
        engine.dispose()


def until_somebody_waits(url: str) -> None:
    """Return when a lock of the server is waited for."""
    engine = sa.create_engine(url)
    try:
        for _ in range(1000):
            with engine.connect() as connection:
                if connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
                    return
            sleep(0.01)
        pytest.fail("nobody came to wait for the commit")
    finally:
        engine.dispose()


def prepare(kit: Kit) -> None:
    """Open an account, pay it and close it."""
    kit.register(consumer(), at=NOW)
    kit.open_account(attrs.evolve(account(), id="a-1"), at=NOW)
    pay(kit, "a-1", "200.00", NOW)
    kit.close("a-1", on=TODAY, reason="paid", at=NOW)


def tamper(folder: Path, statement: str) -> None:
    """Write into a book behind its back."""
    with closing(sqlite3.connect(folder / "book.db")) as connection, connection:
        connection.execute(statement)


class TestPartitioning:
    def test_the_statements_of_the_page_work(self, repository: Path, postgres_url: str) -> None:
        """
        A book that was partitioned by them lives on: the same record, new facts, an archive of its own on the other side.
        """
        page = (repository / "docs" / "how-to" / "archive-old-accounts.md").read_text(encoding="utf-8")
        blocks = page.split("```sql\n")[1:]
        assert 2 == len(blocks)
        with Kit.open(postgres_url, actor="tests") as kit:
            prepare(kit)
            before = everything_of(kit)
        engine = sa.create_engine(postgres_url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements(blocks[0]):
                connection.exec_driver_sql(statement)
        with Kit.open(postgres_url, actor="tests") as kit:
            assert before == everything_of(kit)
            kit.open_account(attrs.evolve(account(), id="a-2"), at=NOW)
            pay(kit, "a-2", "200.00", NOW)
            kit.close("a-2", on=TODAY, reason="paid", at=NOW)
            kit.seal(at=NOW)
            assert 2 == len(kit.archive(closed_before=LONG_AGO, at=LATER).receipts)
            whole = kit.verify()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements(blocks[1]):
                connection.exec_driver_sql(statement)
            parts = connection.exec_driver_sql("SELECT count(*) FROM pg_inherits").scalar()
        engine.dispose()
        with Kit.open(postgres_url, actor="tests") as kit:
            assert whole == kit.verify()
            assert whole.sound
            assert kit.rebuild_standings(as_of=TODAY, write=False).sound
        assert parts


def statements(block: str) -> list[str]:
    """Return the statements of a block of SQL on the page."""
    text = "\n".join(line.partition("--")[0] for line in block.partition("```")[0].splitlines())
    return [one.strip() for one in text.split(";") if one.strip()]


def everything_of(kit: Kit) -> tuple[object, ...]:
    """Return what the record and the standings of a book with one account say."""
    return book_digest(kit.store), kit.state_digest(as_of=TODAY), kit.history("a-1"), kit.verify().events
