from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from collectkit.errors import OutcomeUnknownError, StoreUnavailableError
from collectkit.events import Receipt
from collectkit.storage._appends import TAKEN_MAX, Append, Appends
from collectkit.storage.sqlite import SqliteStore
from collectkit.testing.conformance._examples import TENANT, context, paid

CALLERS = 8
PATIENCE_SECONDS = 20


def until(seen: Callable[[], bool]) -> None:
    """Wait until something is seen, and not for ever."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not seen():
        assert time.monotonic() < end, "it was never seen"
        time.sleep(0.001)


class Desk:
    """Appends whose writer holds each batch until it is told to go on, and does then what it is told."""

    def __init__(self) -> None:
        self.batches: list[list[Append]] = []
        self.at_work, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.fault: BaseException | None = None
        self.appends = Appends(self._write)

    def _write(self, take: Callable[[], Sequence[Append]]) -> None:
        batch = list(take())
        self.batches.append(batch)
        self.at_work.release()
        assert self.go_on.acquire(timeout=PATIENCE_SECONDS)
        if self.fault is not None:
            raise self.fault
        for one in batch:
            one.receipts.append(Receipt(next(iter(one.writes)), len(self.batches), ""))

    def make(self, number: int) -> list[Receipt]:
        return self.appends.make(Append(context(), {f"account/{number}": [paid(f"p-{number}")]}))

    def waiting(self) -> int:
        return len(self.appends._waiting)

    def begun(self, pool: ThreadPoolExecutor, first: int, rest: Sequence[int]) -> list[Future[list[Receipt]]]:
        """Have one caller write and the others wait behind, in order."""
        made = [pool.submit(self.make, first)]
        assert self.at_work.acquire(timeout=PATIENCE_SECONDS)
        for place, number in enumerate(rest, start=1):
            made.append(pool.submit(self.make, number))
            until(lambda place=place: self.waiting() == place)  # type: ignore[misc]
        return made


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CALLERS) as pool:
        yield pool


class TestAppends:
    def test_whoever_waits_is_written_with_the_next(self, pool: ThreadPoolExecutor) -> None:
        """
        One comes alone and writes alone; the seven that come meanwhile are one batch, in the order in which they came.
        """
        desk = Desk()
        made = desk.begun(pool, 0, range(1, CALLERS))
        desk.go_on.release(2)

        assert [1, *[2] * (CALLERS - 1)] == [future.result(PATIENCE_SECONDS)[0].version for future in made]
        assert [[0], [*range(1, CALLERS)]] == [[int(next(iter(one.writes))[8:]) for one in batch] for batch in desk.batches]

    def test_so_many_are_taken_at_once(self) -> None:
        """
        The rest is left for the next, so that other processes come to write too.
        """
        desk, count = Desk(), TAKEN_MAX + 10
        with ThreadPoolExecutor(count) as pool:
            made = [pool.submit(desk.make, number) for number in range(count)]
            assert desk.at_work.acquire(timeout=PATIENCE_SECONDS)
            until(lambda: desk.waiting() == count - len(desk.batches[0]))
            desk.go_on.release(3)
            assert count == sum(len(future.result(PATIENCE_SECONDS)) for future in made)

        assert TAKEN_MAX == max(map(len, desk.batches))

    def test_a_store_that_cannot_be_had_is_not_waited_for_by_one_after_the_other(self, pool: ThreadPoolExecutor) -> None:
        """
        Who could not even begin tells everybody who waits; the next one tries again.
        """

        def write(take: Callable[[], Sequence[Append]]) -> None:
            busy.wait(PATIENCE_SECONDS)
            if len(tried) == 0:
                tried.append(1)
                raise StoreUnavailableError("busy; nothing was recorded")
            tried.append(len(take()))

        busy, tried = threading.Event(), list[int]()
        appends = Appends(write)
        made = [pool.submit(appends.make, Append(context(), {})) for _ in range(CALLERS)]
        until(lambda: len(appends._waiting) == CALLERS)
        busy.set()

        assert [StoreUnavailableError] * CALLERS == [type(future.exception(PATIENCE_SECONDS)) for future in made]
        assert [] == appends.make(Append(context(), {}))
        assert [1, 1] == tried

    def test_those_whose_writer_was_interrupted_do_not_know(self, pool: ThreadPoolExecutor) -> None:
        """
        Their events may stand; whoever came later is written as if nothing had been.
        """
        desk = Desk()
        made = desk.begun(pool, 0, [1, 2])
        desk.go_on.release()
        assert desk.at_work.acquire(timeout=PATIENCE_SECONDS)
        later = pool.submit(desk.make, 3)
        until(lambda: desk.waiting() == 1)
        desk.fault = KeyboardInterrupt()
        desk.go_on.release()

        assert desk.at_work.acquire(timeout=PATIENCE_SECONDS)
        desk.fault = None
        desk.go_on.release()
        assert [KeyboardInterrupt, OutcomeUnknownError] == [type(future.exception(PATIENCE_SECONDS)) for future in made[1:]]
        assert 3 == later.result(PATIENCE_SECONDS)[0].version

    @pytest.mark.parametrize("place", [0, 1])
    def test_whoever_is_interrupted_while_waiting_holds_nobody_up(self, pool: ThreadPoolExecutor, place: int) -> None:
        """
        Not even when it would have been the next to write; what it wanted is not written.
        """

        class Interrupted(BaseException):
            pass

        def interrupt(*_: object) -> None:
            raise Interrupted

        desk = Desk()
        made = desk.begun(pool, 0, range(1, 1 + place))
        before = signal.signal(signal.SIGUSR1, interrupt)
        try:
            pool.submit(lambda: (until(lambda: desk.waiting() == place + 1), os.kill(os.getpid(), signal.SIGUSR1)))
            with pytest.raises(Interrupted):
                desk.make(9)
        finally:
            signal.signal(signal.SIGUSR1, before)
        made.append(pool.submit(desk.make, 5))
        until(lambda: desk.waiting() == place + 1)
        desk.go_on.release(3)

        assert [1, *[2] * (place + 1)] == [future.result(PATIENCE_SECONDS)[0].version for future in made]
        assert 9 not in {int(next(iter(one.writes))[8:]) for batch in desk.batches for one in batch}


class TestSqlite:
    def test_one_flush_of_the_disk_for_many(self, tmp_path: Path, pool: ThreadPoolExecutor) -> None:
        """
        What was appended while somebody else wrote takes one commit, and every caller has its receipt when it stands.
        """
        store, said = SqliteStore(tmp_path / "book.db"), list[str]()
        with store.unit(TENANT):
            made = [pool.submit(store.append_behind, context(), {"account/a-1": [paid(f"p-{number}")]}) for number in range(CALLERS)]
            until(lambda: len(store._appends._waiting) == CALLERS)
            store._connection.set_trace_callback(said.append)
        assert [*range(1, CALLERS + 1)] == sorted(future.result(PATIENCE_SECONDS)[0].version for future in made)
        store._connection.set_trace_callback(None)
        with store.view(TENANT) as view:
            assert CALLERS == view.version("account/a-1")
        store.close()

        assert 1 == said.count("COMMIT")

    def test_nothing_stands_of_what_the_disk_refused(self, tmp_path: Path) -> None:
        """
        The caller is told in the words of the store, and the book goes on.
        """
        store = SqliteStore(tmp_path / "book.db")
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count={pages}")
        long = [paid(f"p-{number}" + "x" * 100) for number in range(500)]

        with pytest.raises(StoreUnavailableError, match="nothing was recorded"):
            store.append_behind(context(), {"account/a-1": long})

        store._connection.execute("PRAGMA max_page_count=1000000")
        assert 500 == store.append_behind(context(), {"account/a-1": long})[0].version
        store.close()

    def test_all_are_told_at_once_that_another_process_writes(self, tmp_path: Path, pool: ThreadPoolExecutor) -> None:
        """
        Nobody waits longer than one waits.
        """
        store = SqliteStore(tmp_path / "book.db", busy_seconds=0.2)
        with contextlib.closing(sqlite3.connect(tmp_path / "book.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            made = [pool.submit(store.append_behind, context(), {"account/a-1": [paid(f"p-{n}")]}) for n in range(CALLERS)]
            assert {StoreUnavailableError} == {type(future.exception(PATIENCE_SECONDS)) for future in made}
            other.execute("ROLLBACK")

        assert 1 == store.append_behind(context(), {"account/a-1": [paid("p-9")]})[0].version
        store.close()

    def test_a_unit_of_the_same_thread_is_not_waited_for(self, tmp_path: Path) -> None:
        """
        It would wait for itself.
        """
        store = SqliteStore(tmp_path / "book.db")
        with store.unit(TENANT), pytest.raises(StoreUnavailableError, match="already open in this thread"):
            store.append_behind(context(), {"account/a-1": [paid("p-1")]})
        store.close()
