"""What a kit decides anew when somebody else wrote first: hand-overs, answers, nights and the rest end as if nobody had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import attrs
import pytest

from collectkit import Hold, Kit, Stop
from collectkit.channels.outcomes import Accepted, Doubtful, Rejected
from collectkit.errors import ConcurrencyConflictError, ContendedError
from collectkit.policy import load_policy
from collectkit.servicing.switches import KillSwitch
from collectkit.storage.memory import MemoryStore
from collectkit.storage.sql import SqlStore
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Store
from collectkit.testing.faults import Faults, FaultyStore, StoreFault

from .conftest import NOW, TODAY, account
from .drivers import CHANNELS, Gateway, person

HOUR = timedelta(hours=1)
PEOPLE = 4
ANSWERS = [Accepted("x-1"), Rejected("no such number"), Doubtful("no answer"), Accepted("x-2")]


def kit_on(store: Store, faults: Faults = MappingProxyType({})) -> tuple[Kit, FaultyStore]:
    """Return a kit on that store, whose units fail as told once the book is furnished."""
    policy = load_policy("us-bnpl")
    policy = attrs.evolve(policy, night=attrs.evolve(policy.night, chunk_people=2))
    answers = iter(ANSWERS * 10)
    drivers = dict.fromkeys(CHANNELS, Gateway(lambda parcel: next(answers)))
    faulty = FaultyStore(store, faults, counting="commit")
    template = Kit.open("memory://", policy=policy, actor="tests", drivers=drivers)  # type: ignore[arg-type]
    furnish(Kit(attrs.evolve(template.parts, store=store), actor="tests"))
    return Kit(attrs.evolve(template.parts, store=faulty), actor="tests"), faulty


def furnish(kit: Kit) -> None:
    for number in range(1, PEOPLE + 1):
        kit.register(person(f"c-{number}"), at=NOW)
        kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)


def live(kit: Kit) -> list[object]:
    """Run nights and hand over by our own hands and by others', with a worker that is lost and a person who objects."""
    said: list[object] = [kit.run_night(as_of=TODAY, at=NOW)]
    lost = kit.claim(1, at=NOW, worker="lost")
    kit.stop(Stop("c-3", ["sms"], NOW), at=NOW, command_id="stop-1")
    said += [kit.dispatch(at=NOW, worker="w"), [one.id for one in lost]]
    kit.hold(Hold("h-1", "complaint", person="c-4", starts_on=TODAY, reason="letter", review_on=TODAY), at=NOW + HOUR)
    kit.stop_hand_overs(KillSwitch("k-1", "a drill", channel="letter"), at=NOW + HOUR)
    for day in range(1, 4):
        at = NOW + timedelta(days=day)
        said += [kit.run_night(as_of=TODAY + timedelta(days=day), at=at), kit.dispatch(at=at, worker="w")]
        kit.resume_hand_overs("k-1", at=at, reason="over") if day == 1 else None
    kit.merge("c-1", "c-2", reason="the same phone", at=NOW + timedelta(days=4))
    said += [kit.seal(at=NOW + timedelta(days=4)).events, kit.state_digest(as_of=TODAY + timedelta(days=4))]
    said += [sorted((row.id, row.state, row.fence) for row in kit.contacts(f"a-{number}")) for number in range(1, PEOPLE + 1)]
    return said


@pytest.fixture(scope="module")
def smooth() -> tuple[list[object], int]:
    """What that life comes to when nobody else writes, and how many units it takes."""
    kit, store = kit_on(MemoryStore())
    return live(kit), store.operations


class TestConflicts:
    @pytest.fixture(params=["memory", "sqlite", "sqlite behind SQLAlchemy", "postgres"])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
        """Each store in turn."""
        made: Store
        match request.param:
            case "memory":
                made = MemoryStore()
            case "sqlite":
                made = SqliteStore(tmp_path / "book.db")
            case "sqlite behind SQLAlchemy":
                made = SqlStore(f"sqlite+pysqlite:///{tmp_path}/book.db")
            case _:
                made = SqlStore(request.getfixturevalue("postgres_url"))
        yield made
        made.close()

    @pytest.mark.parametrize("fault", [StoreFault.CONFLICT, StoreFault.DEADLOCK])
    def test_every_step_is_decided_again(self, store: Store, fault: StoreFault, smooth: tuple[list[object], int]) -> None:
        """
        Each unit finds at its end that somebody else wrote first, and is read and decided anew: the second time it stands.
        """
        kit, faulty = kit_on(store, lambda number: fault if number % 2 else None)

        assert smooth[0] == live(kit)
        assert 2 * smooth[1] == faulty.operations

    def test_any_one_conflict_changes_nothing(self, smooth: tuple[list[object], int]) -> None:
        """
        At whichever unit it happens, the end is the same.
        """
        for number in range(1, smooth[1] + 1, 3):
            kit, _ = kit_on(MemoryStore(), {number: StoreFault.CONFLICT})
            assert smooth[0] == live(kit), f"after a conflict at unit {number}"

    @pytest.mark.parametrize(("fault", "error"), [(StoreFault.CONFLICT, ConcurrencyConflictError), (StoreFault.DEADLOCK, ContendedError)])
    @pytest.mark.parametrize("step", [lambda kit: kit.run_night(as_of=TODAY, at=NOW), lambda kit: kit.dispatch(at=NOW, worker="w")])
    def test_a_conflict_without_end_is_given_to_the_caller(
        self, step: Callable[[Kit], object], fault: StoreFault, error: type[Exception]
    ) -> None:
        """
        After ten times; nothing of the step was recorded.
        """
        kit, faulty = kit_on(MemoryStore(), lambda number: fault)

        with pytest.raises(error):
            step(kit)
        assert 10 == faulty.operations
