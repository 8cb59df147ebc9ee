"""Many workers, one start, the same people: how often is somebody contacted who was not to be, and how often not at all?"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import attrs

from collectkit import Kit
from collectkit.servicing.dispatch import DispatchState

from ..crash.forking import forked
from ..crash.places import Opens, place
from ..crash.worker import Dispatcher, by_the_book
from ..crash.world import CAP, CARRIER_LOG, PEOPLE, START, TENANT, carrier_for, furnish, kit_for, planned, rehearse, template_kit

BEYOND = 3
"""So many contacts more than are allowed are planned for each person."""

_KNOWN = {DispatchState.SENT}


@attrs.define
class Tally:
    """Counts of one race; those from `over_cap` on must be zero."""

    workers: int
    windows: int
    permitted: int = 0
    used: int = 0
    most: int = 0
    idle: int = 0
    over_cap: int = 0
    unknown_sends: int = 0
    sent_twice: int = 0
    left_open: int = 0
    failed: int = 0

    @property
    def used_percent(self) -> float:
        """How much of what was permitted was used; a library that never sends is no answer."""
        return 100 * self.used / self.permitted if self.permitted else 0.0

    @property
    def breaches(self) -> int:
        """Everything that must not happen."""
        return self.over_cap + self.unknown_sends + self.sent_twice + self.left_open + self.failed + (self.used_percent < 99)


def race(workers: int, windows: int, seed: int, *, store: str = "sqlite", dispatcher: Dispatcher = by_the_book) -> Tally:
    """
    Let workers race for the contacts of as many people as there are windows, and return what was found.

    Args:
        workers: Processes that start together.
        windows: People, each with one window of seven days and more contacts planned than fit into it.
        seed: Decides in which order contacts come up.
        store: ``sqlite`` or ``postgres``.
        dispatcher: How contacts are handed over.
    """
    with place(store) as where, tempfile.TemporaryDirectory(prefix="collectkit-race-") as name:
        folder = Path(name)
        (folder / "rehearsal").mkdir()
        template = template_kit(folder)
        with where.book(folder) as opens:
            opened = opens()
            rehearse(template, opened, folder)
            with kit_for(template, opened, folder, 0) as kit:
                furnish(kit, range(PEOPLE, windows))
                _plan(kit, windows, seed, among=2 * workers)
            failed = _run(template, opens, folder, workers, dispatcher)
            with kit_for(template, opens(), folder, 0) as kit:
                tally = _survey(kit, folder / CARRIER_LOG, workers, windows)
    tally.failed = failed
    return tally


def _plan(kit: Kit, windows: int, seed: int, *, among: int) -> None:
    """Plan contacts for everybody, so that neighbors in the list are about as few people as *among*, and workers meet."""
    order = [(whom, number) for whom in range(windows) for number in range(CAP + BEYOND)]
    Random(seed).shuffle(order)
    order.sort(key=lambda pair: pair[0] // among)
    with kit.store.unit(TENANT) as unit:
        unit.save_dispatches(planned(f"m-{turn:06}-{whom}-{number}", whom, START) for turn, (whom, number) in enumerate(order))


def _run(template: Kit, opens: Opens, folder: Path, workers: int, dispatcher: Dispatcher) -> int:
    """Start the workers together and return how many failed."""
    children = fork_workers(template, opens, folder, workers, dispatcher)
    failed = 0
    while children:
        failed += reap(children, wait=True)
    return failed


def fork_workers(template: Kit, opens: Opens, folder: Path, workers: int, dispatcher: Dispatcher) -> list[int]:
    """Start the workers together and return their process ids."""
    gate, start = os.pipe()
    children = [forked(lambda: _work(template, opens, folder, gate, dispatcher)) for _ in range(workers)]
    os.write(start, b"!" * workers)
    os.close(gate)
    os.close(start)
    return children


def reap(children: list[int], *, wait: bool = False) -> int:
    """Take the workers that ended off the list, and return how many of them failed."""
    failed = 0
    for pid in list(children):
        ended, status = os.waitpid(pid, 0 if wait else os.WNOHANG)
        if ended:
            children.remove(pid)
            failed += os.waitstatus_to_exitcode(status) != 0
    return failed


def _work(template: Kit, opens: Opens, folder: Path, gate: int, dispatcher: Dispatcher) -> None:
    kit, carrier = kit_for(template, opens(), folder, 0), carrier_for(folder, 0)
    os.read(gate, 1)
    while _waiting(kit):
        dispatcher(kit, carrier, START)


def _waiting(kit: Kit) -> bool:
    with kit.store.view(TENANT) as unit:
        return bool(unit.ready(START, limit=1))


def _survey(kit: Kit, carrier_log: Path, workers: int, windows: int) -> Tally:
    """Compare the book with the carrier's own log."""
    log = [line.split() for line in carrier_log.read_text().splitlines()] if carrier_log.exists() else []
    sent = Counter(mailbox for _, mailbox, _ in log)
    tally = Tally(workers, windows, permitted=windows * CAP, used=sum(min(CAP, count) for count in sent.values()))
    tally.most = max(sent.values(), default=0)
    tally.idle = windows - len(sent)
    tally.over_cap = sum(count > CAP for count in sent.values())
    with kit.store.view(TENANT) as unit:
        rows = {id: unit.dispatch(id) for id, _, _ in log}
        open_states = (DispatchState.PLANNED, DispatchState.RESERVED, DispatchState.SENDING, DispatchState.UNKNOWN)
        tally.left_open = sum(len(unit.dispatches(state=state)) for state in open_states)
    tally.unknown_sends = sum(row is None or row.state not in _KNOWN for row in rows.values())
    tally.sent_twice = len(log) - len(rows)
    return tally
