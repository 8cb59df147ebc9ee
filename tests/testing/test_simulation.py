"""The simulated world: it repeats itself, it passes for the library as it is, and it convicts what is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

import attrs
import pytest

from collectkit import Hold, Kit
from collectkit.actions import Proposal
from collectkit.errors import ValidationError
from collectkit.events import Context, Envelope, Event, Receipt
from collectkit.holds import HoldKind
from collectkit.ledger import PaymentPosted
from collectkit.person import PersonRegistered
from collectkit.servicing.asking import refusal_of
from collectkit.servicing.switches import Switchboard
from collectkit.storage.memory import MemoryStore, MemoryUnit
from collectkit.storage.sqlite import SqliteStore
from collectkit.testing import simulation
from collectkit.testing.faults import ChannelFault
from collectkit.testing.simulation import QUIET, FaultRates, Simulation, SimulationBrokeError, World, simulate

Writes = Mapping[str, tuple[int, Sequence[Event]]]


class TestWhatIsNone:
    @pytest.mark.parametrize("name", ["store", "channel", "again", "callbacks"])
    @pytest.mark.parametrize("share", [-1, 101, 0.15, True, "15"])
    def test_a_share_is_in_whole_percent(self, name: str, share: int) -> None:
        """
        A fraction would be a world in which next to nothing goes wrong, and every part passes.
        """
        with pytest.raises(ValidationError, match=f"{name} is a share in whole percent, from 0 to 100, got"):
            FaultRates(**{name: share})

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"people": 0}, "people is a whole number of at least 1, got 0"),
            ({"regions": ()}, "a world has at least one region"),
            ({"regions": "US-NY"}, "regions of a world is a list, got str"),
            ({"plugins": object()}, "plugins of a world is a list, got object"),
            ({"hours": (21, 8)}, "hours are two full hours of a day in their order"),
            ({"hours": (8, 25)}, "hours are two full hours of a day in their order"),
        ],
    )
    def test_a_world_has_somebody_somewhere(self, changes: dict[str, object], said: str) -> None:
        """
        What is no world is refused before anything is simulated.
        """
        with pytest.raises(ValidationError, match=f"{said}.*; nothing was simulated"):
            World(**changes)  # type: ignore[arg-type]


class TestAsItIs:
    def test_the_promises_hold_under_every_fault(self) -> None:
        """
        Whatever fails, in whichever order, and something did happen.
        """
        reports = list(simulate(range(12), steps=40))

        assert sum(report.deliveries for report in reports) > 30
        assert len({name for report in reports for name in report.faults}) >= 5

    @pytest.mark.soak
    def test_two_thousand_worlds(self) -> None:
        """
        Zero breaches in two thousand runs.
        """
        assert sum(report.steps for report in simulate(range(2_000), steps=80)) == 160_000

    def test_the_same_seed_is_the_same_world(self) -> None:
        """
        To the last byte of the book; another seed is another.
        """
        first, again, other = (Simulation(seed).run(30) for seed in (3, 3, 4))

        assert first == again
        assert first.digest != other.digest

    def test_every_store_tells_the_same(self, tmp_path: Path) -> None:
        """
        The same world under the same faults leaves the same book in a file as in memory, to the last byte.
        """
        files = count()
        world = World(store=lambda: SqliteStore(tmp_path / f"{next(files)}.db"))

        assert [Simulation(seed).run(25).digest for seed in (1, 2)] == [Simulation(seed, world).run(25).digest for seed in (1, 2)]

    def test_a_quiet_world_is_quiet(self) -> None:
        """
        Without faults nothing is in doubt and messages arrive.
        """
        report = Simulation(5, World(people=4), QUIET).run(60)

        assert (0, {}) == (report.in_doubt, dict(report.faults))
        assert report.deliveries > 0


class Saboteur(MemoryStore):
    """The reference store with another kind of unit."""

    Unit: type[MemoryUnit] = MemoryUnit

    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        with super().unit(tenant) as unit:
            unit.__class__ = self.Unit
            yield unit


class LosesPayments(Saboteur):
    class Unit(MemoryUnit):
        def append(self, context: Context, writes: Writes) -> list[Receipt]:
            kept = {
                stream: (at, [body for body in bodies if not isinstance(body, PaymentPosted)]) for stream, (at, bodies) in writes.items()
            }
            return super().append(context, kept)


class ForgetsCommands(Saboteur):
    class Unit(MemoryUnit):
        def recall(self, scope: str, key: str) -> None:  # type: ignore[override]
            return None

        def remember(self, scope: str, key: str, fingerprint: bytes, answer: str) -> None:
            pass


class Edits(Saboteur):
    class Unit(MemoryUnit):
        def history(self, stream: str) -> list[Envelope]:
            return [attrs.evolve(one, body=self._raised(one.body)) for one in super().history(stream)]

        @staticmethod
        def _raised(body: Event) -> Event:
            if not isinstance(body, PersonRegistered):
                return body
            return attrs.evolve(body, revision=body.revision + 7)


def broken(world: World, seeds: range, rates: FaultRates | None = None) -> SimulationBrokeError:
    """Run worlds until one breaks; a plant that none of them finds is a failure of the simulation."""
    with pytest.raises(SimulationBrokeError) as caught:
        list(simulate(seeds, world, rates, steps=60))
    return caught.value


class TestConvicts:
    @pytest.mark.parametrize(("store", "promise"), [(LosesPayments, "P1 conservation"), (ForgetsCommands, "P")])
    def test_a_store_that_loses_or_forgets(self, store: type[Saboteur], promise: str) -> None:
        """
        Within a few worlds.
        """
        error = broken(World(store=store), range(6), FaultRates(store=0, channel=0, again=60))

        assert error.promise.startswith(promise)

    def test_a_carrier_that_delivers_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        What the other side did twice is seen in its own log.
        """
        monkeypatch.setattr(simulation, "_CHANNEL_FAULTS", (ChannelFault.TAKE_TWICE,))

        assert "P3 once" == broken(World(), range(6), FaultRates(store=0, channel=80, again=0)).promise

    def test_a_kill_switch_that_kills_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        The check knows when the switch was acknowledged and what was under way then.
        """

        def blind(self: Switchboard, proposal: Proposal, regions: object) -> None:
            return None

        monkeypatch.setattr(Switchboard, "against", blind)

        assert "P9 kill switch" == broken(World(), range(30), QUIET).promise

    def test_a_stop_that_stops_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A person's stop that the law does not hear of is found by who was written to afterwards.
        """
        monkeypatch.setattr("collectkit.compliance.facts._refused", lambda stop: iter(()))

        assert "P9 stop" == broken(World(), range(40), QUIET).promise

    def test_a_message_outside_the_hours(self) -> None:
        """
        A world whose messages may leave at noon only convicts a policy that keeps the law's wider hours.
        """
        assert "P8 hours" == broken(World(hours=(12, 13)), range(20), QUIET).promise

    def test_a_death_that_nobody_hears_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        The dead are written to, and the carrier's log shows it.
        """
        hold = Kit.hold

        def deaf(self: Kit, what: Hold, *, at: datetime) -> object:
            return None if what.kind is HoldKind.DECEASED else hold(self, what, at=at)

        monkeypatch.setattr(Kit, "hold", deaf)

        assert "P9 stop" == broken(World(people=2), range(40), QUIET).promise

    def test_a_refusal_without_its_paragraph(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Evidence of refraining that names no source is none.
        """

        def without(*known: object, **read: object) -> object:
            return attrs.evolve(refusal_of(*known, **read), citations=())  # type: ignore[arg-type]

        for module in ("claiming", "working"):
            monkeypatch.setattr(f"collectkit._kit.{module}.refusal_of", without, raising=False)
        monkeypatch.setattr("collectkit.servicing.night.refusal_of", without)

        assert "P11 explained" == broken(World(), range(20), QUIET).promise

    def test_a_history_that_was_edited(self) -> None:
        """
        The chain does not fit what it says.
        """
        assert "P12 chain" == broken(World(store=Edits), range(6), QUIET).promise

    def test_a_worker_that_is_waited_for_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        What the dead held is never taken up again, although nothing goes wrong any more.
        """
        monkeypatch.setattr(Kit, "_settle_some", lambda self, at: None)

        assert "liveness" == broken(World(), range(20), FaultRates(store=60, channel=0, again=0)).promise

    def test_the_line_repeats_it(self) -> None:
        """
        The error's own line makes the same run break at the same step.
        """
        world = World(store=LosesPayments)
        error = broken(world, range(6), FaultRates(store=0, channel=0, again=60))

        with pytest.raises(SimulationBrokeError) as again:
            eval(error.repeat, {"Simulation": Simulation, "FaultRates": FaultRates, "world": world})
        assert (error.step, str(error)) == (again.value.step, str(again.value))
