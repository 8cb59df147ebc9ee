"""What a store remembers of the streams it has read, and that nobody can tell that it does."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Asked

from collectkit.events import GENESIS, Event
from collectkit.storage._known import NOTHING_KNOWN, KnownStream, KnownStreams
from collectkit.storage.sqlite import SqliteStore
from collectkit.testing.conformance._examples import TENANT, append, context, opened, paid

STREAM = "account/a-1"


class _TakenBackError(Exception):
    """Rolls a unit back."""


def known(*bodies: Event) -> KnownStream:
    return KnownStream(len(bodies), GENESIS, bodies)


class TestKnownStreams:
    def test_of_one_that_was_not_read_nothing_is_known(self) -> None:
        """
        A tenant's stream is not another's of that name.
        """
        streams = KnownStreams()
        streams.keep("t-1", STREAM, known(opened()))

        assert NOTHING_KNOWN == streams.find("t-2", STREAM)
        assert known(opened()) == streams.find("t-1", STREAM)

    def test_those_kept_longest_ago_go_first(self) -> None:
        """
        Events are counted and not streams; what is kept anew counts once.
        """
        streams = KnownStreams(events_max=3)
        streams.keep(TENANT, "a", known(opened()))
        streams.keep(TENANT, "b", known(opened()))
        streams.keep(TENANT, "a", known(opened(), paid("p-1")))
        assert known(opened()) == streams.find(TENANT, "b")
        streams.keep(TENANT, "c", known(opened()))

        assert [NOTHING_KNOWN, known(opened(), paid("p-1")), known(opened())] == [streams.find(TENANT, name) for name in "bac"]


class TestReading:
    def test_only_what_is_new_is_fetched(self, tmp_path: Path, asked: Asked) -> None:
        """
        Of a stream of three events the second reading decodes the last; what was known is the same object.
        """
        store = SqliteStore(tmp_path / "book.db", synchronous="OFF")
        append(store, STREAM, 0, opened(), paid("p-1"))
        with store.unit(TENANT) as unit:
            before = unit.bodies(STREAM)
        append(store, STREAM, 2, paid("p-2"))
        asked.statements.clear()
        with store.unit(TENANT) as unit:
            after = unit.bodies(STREAM)

        assert [opened(), paid("p-1"), paid("p-2")] == after
        assert all(old is new for old, new in zip(before, after, strict=False))
        assert 1 == len([one for one in asked.statements if "collectkit_events" in one and "version >= 2" in one])

    @settings(max_examples=40, deadline=None)
    @given(
        acts=st.lists(
            st.tuples(st.sampled_from(["append", "take back", "archive", "read", "read in bulk"]), st.integers(min_value=0, max_value=1))
        )
    )
    def test_it_reads_what_a_store_reads_that_knows_nothing(self, acts: list[tuple[str, int]]) -> None:
        """
        Whatever two processes append, take back and archive in whatever order, each reads what lies in the file.
        """
        with TemporaryDirectory() as folder:
            path = Path(folder) / "book.db"
            stores = [SqliteStore(path, synchronous="OFF") for _ in range(2)]
            append(stores[0], STREAM, 0, opened())
            count = 0
            for act, which in acts:
                store, count = stores[which], count + 1
                try:
                    with store.unit(TENANT) as unit:
                        if act == "archive":
                            unit.archive([STREAM])
                        elif act in ("append", "take back"):
                            held = unit.bodies(STREAM)
                            unit.append(context(f"command-{count}"), {STREAM: (len(held), [paid(f"p-{count}")])})
                            assert [*held, paid(f"p-{count}")] == unit.bodies(STREAM)
                            assert len(held) + 1 == unit.version(STREAM)
                        if act == "take back":
                            raise _TakenBackError
                except _TakenBackError:
                    pass
                fresh = SqliteStore(path, synchronous="OFF")
                with fresh.unit(TENANT) as unit:
                    expected = [one.body for one in unit.history(STREAM)]
                fresh.close()
                with store.view(TENANT) as unit:
                    read = unit.bodies_of([STREAM])[STREAM] if act == "read in bulk" else unit.bodies(STREAM)
                    assert expected == read
                    assert len(expected) == unit.version(STREAM)
            for store in stores:
                store.close()
