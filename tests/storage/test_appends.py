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

from collectkit.errors import ConcurrencyConflictError, ContendedError, OutcomeUnknownError, StoreError, StoreUnavailableError
from collectkit.events import Receipt
from collectkit.storage._appends import TAKEN_MAX, Append, Appends
from collectkit.storage.appending import CONFLICTS_MAX, WAITS_MAX, append_behind, append_in_unit
from collectkit.storage.memory import MemoryStore, MemoryUnit
from collectkit.storage.sql import SqlStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.verify import verify_chain
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


class Contested(MemoryStore):
    """A store on which somebody else is always first, or never done."""

    def __init__(self, error: StoreError, times: int) -> None:
        super().__init__()
        self.error, self.left, self.tried = error, times, 0

    @contextlib.contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        self.tried += 1
        if self.left:
            self.left -= 1
            raise self.error
        with super().unit(tenant) as unit:
            yield unit


class TestInUnits:
    @pytest.mark.parametrize(
        ("error", "most"),
        [(ConcurrencyConflictError("account/a-1", expected=0, actual=1), CONFLICTS_MAX), (ContendedError("busy"), WAITS_MAX)],
        ids=["conflict", "wait"],
    )
    def test_it_is_tried_again_and_not_for_ever(self, error: StoreError, most: int) -> None:
        """
        Nothing was decided on what was read, so nobody has to be asked.
        """
        patient, endless = Contested(error, most - 1), Contested(error, most)
        written = {"account/a-1": [paid("p-1")]}

        assert 1 == append_behind(patient, context(), written)[0].version
        with pytest.raises(type(error)):
            append_behind(endless, context(), written)
        assert (most, most) == (patient.tried, endless.tried)


class TestSql:
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system cannot fork")
    @pytest.mark.filterwarnings("ignore:This process")
    def test_a_fork_waits_for_no_thread_of_its_parent(self, postgres_url: str) -> None:
        """
        The parent's writer is not there to wake anybody up.
        """
        store = SqlStore(postgres_url)
        store.append_behind(context(), {"account/a-1": [paid("p-1")]})
        store._appends[TENANT]._led = True  # as if a thread were writing while the process forks
        child = os.fork()
        if child == 0:
            try:
                store.append_behind(context(), {"account/a-1": [paid("p-2")]})
            except BaseException:
                os._exit(1)
            os._exit(0)
        until(lambda: os.waitpid(child, os.WNOHANG) != (0, 0))

        with store.view(TENANT) as view:
            assert [paid("p-1"), paid("p-2")] == view.bodies("account/a-1")
        store.close()

    def test_a_writer_outside_of_the_locks_is_written_behind(self, postgres_url: str, pool: ThreadPoolExecutor) -> None:
        """
        Many threads, and units that append to the same stream: nobody is lost, and each knows where its event stands.
        """
        store = SqlStore(postgres_url)

        def work(number: int) -> int:
            writes = {"account/a-1": [paid(f"p-{number}")]}
            append = append_in_unit if number % 4 == 0 else append_behind
            return append(store, context(), writes)[0].version

        assert [*range(1, 65)] == sorted(pool.map(work, range(64)))
        with store.view(TENANT) as view:
            assert verify_chain(view.history("account/a-1")) is None
        store.close()
