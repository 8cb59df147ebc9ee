"""A worker that dies at every single operation of a hand-over: each row of the purpose table shows its semantics each time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import attrs
import pytest

from collectkit import Kit
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.servicing.dispatch import SPENT_STATES, Dispatch, DispatchState
from collectkit.storage.memory import MemoryStore
from collectkit.testing.faults import FaultyStore, Killed, StoreFault

from .conftest import NOW, TODAY
from .drivers import Gateway, kit_with

HOUR = timedelta(hours=1)


class Dying(Gateway):
    """A driver in whose hands the process may die, after the message was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.dies = False

    def hand_over(self, parcel: Parcel) -> HandOver:
        self.parcels.append(parcel)
        if self.dies:
            self.dies = False
            raise Killed("in the hands of the driver")
        return Accepted(parcel.id)


def world(purpose: str) -> tuple[Kit, FaultyStore, Dying]:
    """A book with one planned e-mail of that purpose."""
    driver = Dying()
    made = kit_with(driver, notice_copies=3)
    store = FaultyStore(MemoryStore())
    kit = Kit(attrs.evolve(made.parts, store=store), actor="tests")
    from .conftest import account
    from .drivers import person

    kit.register(person(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.run_night(as_of=TODAY, at=NOW)
    with store.unit("default") as unit:
        for row in unit.dispatches():
            keep = row.proposal.channel == "email"
            proposal = attrs.evolve(row.proposal, purpose=purpose)
            notice = purpose == "notice"
            due = row.due_by if notice else None
            stale = None if notice else NOW + timedelta(days=3)
            state = row.state if keep else DispatchState.NOT_SENT
            unit.save_dispatches([attrs.evolve(row, proposal=proposal, state=state, due_by=due, not_after=stale)])
    return kit, store, driver


def rows(kit: Kit) -> list[Dispatch]:
    return [row for row in kit.contacts("a-1") if row.proposal.channel == "email" or row.notice]


def quiet(purpose: str) -> int:
    """How many operations a hand-over without faults takes."""
    kit, store, _ = world(purpose)
    before = store.operations
    kit.dispatch(at=NOW, worker="w")
    return store.operations - before


class TestEveryCrashPoint:
    @pytest.mark.parametrize("purpose", ["reminder", "notice"])
    @pytest.mark.parametrize("fault", [StoreFault.KILL, StoreFault.KILL_AFTER])
    def test_each_row_shows_its_semantics(self, purpose: str, fault: StoreFault) -> None:
        """
        P10: a reminder is taken once at most, a notice once at least; what the carrier took is always known to have been
        possible, what it did not take is never counted for ever unless it is in doubt.
        """
        for point in range(1, quiet(purpose) + 1):
            kit, store, driver = world(purpose)
            store.faults = {store.operations + point: fault}
            with pytest.raises(Killed):
                kit.dispatch(at=NOW, worker="w")
            store.faults = {}
            for hours in range(1, 73, 4):
                kit.dispatch(at=NOW + hours * HOUR, worker="next")
            self._holds(kit, driver, purpose)

    @pytest.mark.parametrize("purpose", ["reminder", "notice"])
    def test_a_death_in_the_hands_of_the_driver(self, purpose: str) -> None:
        """
        The one point between hand-over and record: the message arrived, and nobody wrote it down.
        """
        kit, _, driver = world(purpose)
        (claimed,) = kit.claim(1, at=NOW, worker="w")
        driver.hand_over(claimed.parcel)
        for hours in range(1, 73, 4):
            kit.dispatch(at=NOW + hours * HOUR, worker="next")
        self._holds(kit, driver, purpose)

        assert (1 if purpose == "reminder" else 2) == len(driver.parcels)

    def _holds(self, kit: Kit, driver: Dying, purpose: str) -> None:
        taken = Counter((parcel.id, parcel.copy) for parcel in driver.parcels)
        found = {(row.key or str(row.id), row.copy): row for row in rows(kit)}
        assert all(count == 1 for count in taken.values())
        assert all(found[key].state in SPENT_STATES for key in taken)
        assert not any(row.state in (DispatchState.RESERVED, DispatchState.SENDING) for row in found.values())
        if purpose == "reminder":
            assert len(driver.parcels) <= 1
            assert {1} == {row.copy for row in found.values()}
        else:
            assert len(driver.parcels) >= 1
            assert any(row.state is DispatchState.SENT for row in found.values())
