"""Leases kept in a database by a host, with two workers who read and write it in any order."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collectkit.allocation.leases import Lease, LeaseReason, Leases, claim, complete, extend, skip
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId
from collectkit.refusals import Refusal

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
ORDER = tuple(AccountId(f"x-{number}") for number in range(8))


class Kept:
    """One worker's way to the row that all share: what it read, and whether what it writes was written on that."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.execute("CREATE TABLE IF NOT EXISTS leases (day TEXT PRIMARY KEY, version INTEGER, text TEXT)")
        self._db.execute("INSERT OR IGNORE INTO leases VALUES ('today', 0, ?)", (Leases(skips_max=3).to_text(),))
        self.version, self.leases = 0, Leases()

    def read(self) -> None:
        self.version, text = self._db.execute("SELECT version, text FROM leases").fetchone()
        self.leases = Leases.of_text(text)

    def write(self, leases: Leases) -> bool:
        """Write what became of what was read; False when somebody else wrote since."""
        done = self._db.execute(
            "UPDATE leases SET version = version + 1, text = ? WHERE day = 'today' AND version = ?", (leases.to_text(), self.version)
        )
        return done.rowcount == 1

    def close(self) -> None:
        self._db.close()


class StoredLeaseMachine(RuleBasedStateMachine):
    """Two workers over one SQLite file; each may act on what it read long ago, and is then refused by the version alone."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "work.db"
        self.workers = {name: Kept(path) for name in ("ann", "bob")}
        self.reader = Kept(path)
        self.at = NOW
        self.mine: dict[str, Lease] = {}
        self.done: list[AccountId] = []
        self.skipped: list[tuple[str, AccountId]] = []

    def teardown(self) -> None:
        for kept in (*self.workers.values(), self.reader):
            kept.close()
        self._folder.cleanup()

    @rule(name=st.sampled_from(["ann", "bob"]))
    def reads(self, name: str) -> None:
        self.workers[name].read()

    @rule(name=st.sampled_from(["ann", "bob"]), minutes=st.integers(1, 20))
    def claims(self, name: str, minutes: int) -> None:
        worker = self.workers[name]
        found = claim(worker.leases, ORDER, name, self.at, minutes=minutes)
        if isinstance(found, Refusal):
            return
        leases, lease = found
        if worker.write(leases):
            others = [held for who, held in self.mine.items() if who != name and self.at < held.until]
            assert lease.account not in {held.account for held in others}
            assert lease.account not in self.done
            assert (name, lease.account) not in self.skipped
            self.mine[name] = lease
        worker.read()

    @rule(name=st.sampled_from(["ann", "bob"]), how=st.sampled_from(["complete", "skip", "extend"]))
    def ends(self, name: str, how: str) -> None:
        worker, lease = self.workers[name], self.mine.get(name)
        if lease is None:
            return
        if how == "complete":
            found = complete(worker.leases, lease.token, self.at)
        elif how == "skip":
            found = skip(worker.leases, lease.token, self.at, reason="no answer")
        else:
            longer = extend(worker.leases, lease.token, self.at, minutes=10)
            found, lease = longer if not isinstance(longer, Refusal) else (longer, lease)
        if isinstance(found, Refusal):
            assert found.reason in {LeaseReason.NOT_YOURS, LeaseReason.OVER, LeaseReason.SKIPS_SPENT}
            return
        if worker.write(found):
            assert self.at < lease.until
            if how == "extend":
                self.mine[name] = lease
            else:
                del self.mine[name]
                (self.done if how == "complete" else []).append(lease.account)
                self.skipped += [(name, lease.account)] if how == "skip" else []
        worker.read()

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @invariant()
    def one_agent_one_item(self) -> None:
        self.reader.read()
        live = self.reader.leases.live(self.at)
        assert len(live) == len({lease.account for lease in live}) == len({lease.agent for lease in live})
        assert not {lease.account for lease in live} & self.reader.leases.done

    @invariant()
    def nothing_is_done_twice_and_nothing_is_lost(self) -> None:
        self.reader.read()
        assert sorted(self.done) == sorted(set(self.done)) == sorted(self.reader.leases.done)
        assert [(one.agent, one.account) for one in self.reader.leases.skips] == self.skipped
        assert max(Counter(agent for agent, _ in self.skipped).values(), default=0) <= 3


TestStoredLeaseMachine = StoredLeaseMachine.TestCase
TestStoredLeaseMachine.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)


def _decided(kept: Kept, decide: Callable[[Leases], object]) -> object:
    """Read, decide and write until nobody came in between."""
    while True:
        kept.read()
        found = decide(kept.leases)
        if isinstance(found, Refusal):
            return found
        leases, answer = found if isinstance(found, tuple) else (found, None)
        if kept.write(leases):
            return answer


class TestTwoWorkersAtOnce:
    def test_every_item_is_done_once(self, tmp_path: Path) -> None:
        """
        Two threads with connections of their own share forty items: each is done by one of them, once.
        """
        order = [AccountId(f"y-{number}") for number in range(40)]
        done: dict[str, list[AccountId]] = {"ann": [], "bob": []}

        def work(name: str) -> None:
            kept = Kept(tmp_path / "work.db")
            while not isinstance(lease := _decided(kept, lambda leases: claim(leases, order, name, NOW)), Refusal):
                assert isinstance(lease, Lease)
                assert _decided(kept, partial(complete, token=lease.token, at=NOW)) is None
                done[name].append(lease.account)
            assert lease.reason is LeaseReason.NOTHING_LEFT
            kept.close()

        Kept(tmp_path / "work.db").close()
        threads = [threading.Thread(target=work, args=(name,)) for name in done]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert sorted(order) == sorted(done["ann"] + done["bob"])


class TestText:
    def test_what_is_written_is_read(self) -> None:
        """
        Leases, what is done and what was skipped come back as they were, with their reasons.
        """
        leases, lease = claim(Leases(skips_max=2), ORDER, "ann", NOW)
        leases = skip(leases, lease.token, NOW, reason="language")
        leases, lease = claim(leases, ORDER, "ann", NOW)
        leases = complete(leases, lease.token, NOW)
        leases, _ = claim(leases, ORDER, "bob", NOW)

        assert leases == Leases.of_text(leases.to_text())

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            "[1, 2]",
            '[[["x"]], [], [], 0, 1]',
            '[[["x", "a", "t", "soon"]], [], [], 0, 1]',
            "[[], 5, [], 0, 1]",
            "[[], [1], [], 0, 1]",
            '[[], [], [], "0", 1]',
            "[[], [], [], 0, null]",
        ],
    )
    def test_damaged_text(self, text: str) -> None:
        """
        What is no text of leases is refused, and no lease is made up.
        """
        with pytest.raises(ValidationError, match="nothing was read"):
            Leases.of_text(text)
