"""Laws of the record: streams, versions, the chain, commands, and units as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest

from collectkit.errors import ConcurrencyConflictError, IdempotencyConflictError, IntegrityBreachError, StoreUnavailableError
from collectkit.events import GENESIS, Event, Receipt
from collectkit.storage.appending import append_behind
from collectkit.storage.store import NEW, Archives, Remembered, Store, Unit, has_archive
from collectkit.storage.verify import verify_chain
from collectkit.testing.conformance._claims import Claiming
from collectkit.testing.conformance._examples import TENANT, append, context, opened, paid

_PRINT = bytes(range(32))


class Aborted(Exception):
    """Raised inside a unit to see that nothing of it stays."""


class RecordLaws(Claiming):
    """What every store promises about events and commands."""

    def test_what_is_appended_is_read(self, store: Store) -> None:
        """
        Bodies and envelopes come back in order, with versions from 1 and their context.
        """
        bodies: list[Event] = [opened(), paid("p-1"), paid("p-2")]
        with store.unit(TENANT) as unit:
            (receipt,) = unit.append(context(), {"account/a-1": (NEW, bodies)})
        with store.unit(TENANT) as unit:
            history = unit.history("account/a-1")

            assert bodies == unit.bodies("account/a-1")
            assert unit.version("account/a-1") == 3
        assert bodies == [envelope.body for envelope in history]
        assert [envelope.version for envelope in history] == [1, 2, 3]
        assert {context()} == {envelope.context for envelope in history}
        assert (3, history[-1].digest.hex()) == (receipt.version, receipt.digest)

    def test_an_empty_stream_is_at_version_zero(self, store: Store) -> None:
        """
        Asking for what is not there is no error.
        """
        with store.unit(TENANT) as unit:
            assert (unit.version("account/a-9"), unit.bodies("account/a-9"), unit.history("account/a-9")) == (0, [], [])

    @pytest.mark.parametrize(("expected", "ahead"), [(NEW, 2), (1, 2), (3, 2), (5, 0)])
    def test_another_version_is_a_conflict(self, store: Store, expected: int, ahead: int) -> None:
        """
        The error names the stream and both versions, and nothing is written.
        """
        bodies = (opened(), paid("p-1"))[:ahead]
        append(store, "account/a-1", NEW, *bodies)

        with pytest.raises(ConcurrencyConflictError) as caught:
            append(store, "account/a-1", expected, paid("p-2"))

        assert ("account/a-1", expected, ahead) == (caught.value.stream, caught.value.expected, caught.value.actual)
        with store.unit(TENANT) as unit:
            assert list(bodies) == unit.bodies("account/a-1")

    def test_streams_are_written_together_or_not_at_all(self, store: Store) -> None:
        """
        A conflict in one stream keeps the others as they were.
        """
        append(store, "account/a-2", NEW, opened("a-2"))

        with pytest.raises(ConcurrencyConflictError), store.unit(TENANT) as unit:
            unit.append(context(), {"account/a-1": (NEW, [opened()]), "account/a-2": (NEW, [opened("a-2")])})

        with store.unit(TENANT) as unit:
            assert (unit.version("account/a-1"), unit.version("account/a-2")) == (0, 1)

    def test_an_error_leaves_nothing_of_the_unit(self, store: Store) -> None:
        """
        Events, commands and everything else of the unit are gone, also after several writes of one row.
        """
        append(store, "account/a-1", NEW, opened())
        with pytest.raises(Aborted), store.unit(TENANT) as unit:
            unit.append(context(), {"account/a-1": (1, [paid("p-1")])})
            unit.append(context(), {"account/a-1": (2, [paid("p-2")])})
            unit.remember("payment", "p-1", _PRINT, "")
            unit.save_run("night", "2026-03-02", "first")
            unit.save_run("night", "2026-03-02", "second")
            raise Aborted

        with store.unit(TENANT) as unit:
            assert (unit.version("account/a-1"), unit.recall("payment", "p-1"), unit.run("night", "2026-03-02")) == (1, None, None)

    def test_a_unit_inside_a_unit_is_refused(self, store: Store) -> None:
        """
        Two units of one thread would wait for each other for ever; the outer one goes on.
        """
        with store.unit(TENANT) as unit:
            with pytest.raises(StoreUnavailableError), store.unit(TENANT):
                pytest.fail("a second unit was opened in the first")
            unit.append(context(), {"account/a-1": (NEW, [opened()])})

        with store.unit(TENANT) as unit:
            assert unit.version("account/a-1") == 1

    def test_tenants_are_separate(self, store: Store) -> None:
        """
        The same names in another book are other things, and a commit of one tenant does not enter another's book.
        """
        append(store, "account/a-1", NEW, opened())
        append(store, "account/a-1", NEW, opened(person="c-2"), tenant="other")
        with store.unit(TENANT) as unit:
            unit.remember("payment", "p-1", _PRINT, "")

        with store.unit("other") as unit:
            assert ([opened(person="c-2")], None) == (unit.bodies("account/a-1"), unit.recall("payment", "p-1"))
        with pytest.raises(IntegrityBreachError), store.unit("other") as unit:
            unit.append(context(), {"account/a-3": (NEW, [opened("a-3")])})

    def test_what_is_archived_is_read_as_before(self, store: Store) -> None:
        """
        Under whatever name it is asked for, and the stream goes on; nobody takes its name, and what came later may follow.
        """
        self.needs("archive")
        append(store, "account/a-1", NEW, opened(), *(paid(f"p-{number}") for number in range(1, 5)))
        append(store, "account/a-2", NEW, opened("a-2"), paid("p-5", account="a-2"))
        streams = ["account/a-1", "account/a-2"]
        before = _readings(store, streams)
        with store.unit(TENANT) as unit:
            assert _archives(unit).archive([*streams, "account/a-9"]) == {"account/a-1": 3}
            assert _archives(unit).archive(streams) == {}

        assert before == _readings(store, streams)
        with pytest.raises(ConcurrencyConflictError):
            append(store, "account/a-1", NEW, opened())
        append(store, "account/a-1", 5, paid("p-6"), paid("p-7"))
        before = _readings(store, streams)
        with store.unit(TENANT) as unit:
            assert _archives(unit).archive(streams) == {"account/a-1": 2}
        assert before == _readings(store, streams)
        with store.unit(TENANT) as unit:
            assert verify_chain(unit.history("account/a-1")) is None
            assert [record.version for record in unit.records("account/a-1", after=5)] == [6, 7]

    def test_an_error_leaves_nothing_in_the_archive(self, store: Store) -> None:
        """
        Moving is part of the unit like everything else.
        """
        self.needs("archive")
        append(store, "account/a-1", NEW, opened(), paid("p-1"), paid("p-2"))
        with pytest.raises(Aborted), store.unit(TENANT) as unit:
            _archives(unit).archive(["account/a-1"])
            raise Aborted

        with store.unit(TENANT) as unit:
            assert _archives(unit).archive(["account/a-1"]) == {"account/a-1": 1}

    def test_streams_are_listed_in_order_and_in_pages(self, store: Store) -> None:
        """
        By name, from a prefix, after a name.
        """
        for name in ("account/b", "account/a", "account/a-2", "person/a"):
            append(store, name, NEW, opened())

        with store.unit(TENANT) as unit:
            assert unit.streams("account/") == ["account/a", "account/a-2", "account/b"]
            assert unit.streams("account/a") == ["account/a", "account/a-2"]
            assert unit.streams("account/", after="account/a", limit=1) == ["account/a-2"]

    def test_versions_come_in_bulk(self, store: Store) -> None:
        """
        Empty streams are left out.
        """
        append(store, "account/a-1", NEW, opened(), paid("p-1"))
        with store.unit(TENANT) as unit:
            unit.load(context(), {"account/a-2": (NEW, [opened("a-2")])})

        with store.unit(TENANT) as unit:
            assert unit.versions(["account/a-1", "account/a-2", "account/a-3"]) == {"account/a-1": 2, "account/a-2": 1}

    def test_the_chain_verifies_and_holds_every_event(self, store: Store) -> None:
        """
        Over several commits each event is tied to the one before, and a change, a drop or a swap is found.
        """
        append(store, "account/a-1", NEW, opened(), paid("p-1"))
        with store.unit(TENANT) as unit:
            receipts = unit.append(context("command-2"), {"account/a-1": (2, [paid("p-2"), paid("p-3")])})
        with store.unit(TENANT) as unit:
            history = unit.history("account/a-1")

        assert history[0].previous == GENESIS
        assert verify_chain(history, receipts=receipts) is None
        for index, envelope in enumerate(history):
            forged = [*history]
            forged[index] = attrs.evolve(envelope, body=paid("p-9"))
            assert verify_chain(forged) is not None
            assert verify_chain([*history[:index], *history[index + 1 :]], receipts=receipts) is not None
        for index in range(3):
            assert verify_chain([*history[:index], history[index + 1], history[index], *history[index + 2 :]]) is not None

    def test_a_command_is_remembered_under_its_scope(self, store: Store) -> None:
        """
        Scope and key together name a command; what was remembered once is not replaced.
        """
        with store.unit(TENANT) as unit:
            unit.remember("payment", "x-1", _PRINT, "first")
            unit.remember_all("note", [("x-1", _PRINT[::-1], ""), ("x-2", _PRINT, "third")])
        with pytest.raises(IdempotencyConflictError), store.unit(TENANT) as unit:
            unit.remember("payment", "x-1", _PRINT, "another")

        with store.unit(TENANT) as unit:
            assert Remembered(_PRINT, "first") == unit.recall("payment", "x-1")
            assert unit.recall("promise", "x-1") is None
            assert {"x-1": Remembered(_PRINT[::-1], ""), "x-2": Remembered(_PRINT, "third")} == unit.recalled("note", ["x-1", "x-2", "x-3"])

    def test_no_write_of_many_threads_is_lost(self, store: Store) -> None:
        """
        Sixteen threads read a version and append at it; whoever loses the race decides again.
        """
        self.needs("threads")
        append(store, "account/a-1", NEW, opened())

        def work(name: int) -> None:
            for number in range(4):
                self._add(store, f"p-{name}-{number}")

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))

        with store.unit(TENANT) as unit:
            history = unit.history("account/a-1")
        posted = [envelope.body.payment.id for envelope in history if envelope.body.TYPE == "payment-posted/1"]  # type: ignore[attr-defined]
        assert sorted(f"p-{name}-{number}" for name in range(16) for number in range(4)) == sorted(posted)
        assert verify_chain(history) is None

    def test_what_many_threads_append_behind_each_other_stands(self, store: Store) -> None:
        """
        Sixteen threads append behind whatever stands, on streams of their own and on one of all: each gets the receipt of its own
        events, and each stream is whole.
        """
        self.needs("threads")
        receipts: dict[str, list[Receipt]] = {stream: [] for stream in ("account/all", *(f"account/{name}" for name in range(16)))}

        def work(name: int) -> None:
            for number in range(4):
                writes: dict[str, list[Event]] = {
                    f"account/{name}": [opened(), paid(f"p-{name}-{number}")],
                    "account/all": [paid(f"p-{name}-{number}")],
                }
                for receipt in append_behind(store, context(), writes):
                    receipts[receipt.stream].append(receipt)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(work, range(16)))

        with store.unit(TENANT) as unit:
            histories = {stream: unit.history(stream) for stream in receipts}
        posted = [envelope.body.payment.id for envelope in histories["account/all"]]  # type: ignore[attr-defined]
        assert sorted(f"p-{name}-{number}" for name in range(16) for number in range(4)) == sorted(posted)
        for stream, history in histories.items():
            assert verify_chain(history, receipts=receipts[stream]) is None
            assert len(history) == max(receipt.version for receipt in receipts[stream])

    def test_what_is_appended_behind_is_no_other_tenants(self, store: Store) -> None:
        """
        Each book has its own streams, whatever their names.
        """
        append(store, "account/a-1", NEW, opened())

        (receipt,) = append_behind(store, attrs.evolve(context(), tenant="other"), {"account/a-1": [paid("p-1")]})

        with store.unit(TENANT) as unit:
            assert [opened()] == unit.bodies("account/a-1")
        with store.unit("other") as unit:
            assert [paid("p-1")] == unit.bodies("account/a-1")
        assert receipt.version == 1

    def test_whoever_holds_a_name_is_alone(self, store: Store) -> None:
        """
        Eight threads hold one name while they read a version and append at it: nobody meets a conflict.
        """
        self.needs("threads")
        append(store, "account/a-1", NEW, opened())

        def work(name: int) -> None:
            for number in range(4):
                with store.unit(TENANT) as unit:
                    unit.lock(["account/a-1", "run/night"])
                    unit.append(context(), {"account/a-1": (unit.version("account/a-1"), [paid(f"p-{name}-{number}")])})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

        with store.unit(TENANT) as unit:
            assert unit.version("account/a-1") == 1 + 8 * 4

    @staticmethod
    def _add(store: Store, id: str) -> None:
        while True:
            try:
                with store.unit(TENANT) as unit:
                    unit.append(context(), {"account/a-1": (unit.version("account/a-1"), [paid(id)])})
            except ConcurrencyConflictError:
                continue
            return


def _archives(unit: Unit) -> Archives:
    """Return a unit of a store that claims an archive, which must have one."""
    assert has_archive(unit)
    return unit


def _readings(store: Store, streams: Sequence[str]) -> tuple[object, ...]:
    """Return all that can be read of some streams."""
    with store.unit(TENANT) as unit:
        each = [
            (unit.version(name), unit.bodies(name), unit.history(name), unit.records(name), unit.records(name, after=2)) for name in streams
        ]
        return each, unit.bodies_of(streams), unit.versions(streams), unit.streams("account/"), unit.behind("someone")
