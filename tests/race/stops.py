"""Stops that race against hand-overs: who asks us to stop is not contacted any more from the moment on at which we said so."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from random import Random

import attrs

from collectkit import Hold, Kit, Stop
from collectkit.channels.replies import is_opt_out
from collectkit.servicing.dispatch import DispatchState
from collectkit.servicing.switches import KillSwitch

from ..crash.places import place
from ..crash.worker import Dispatcher, by_the_book
from ..crash.world import CARRIER_LOG, START, TENANT, account, furnish, kit_for, person, planned, template_kit
from .harness import fork_workers, reap

CONTACTS = 4
"""So many contacts are planned for each person, one behind the other; fewer than any cap."""

SWITCHES_MAX = 50
_STOPPED = "stopped"
_OPEN = (DispatchState.RESERVED, DispatchState.SENDING, DispatchState.UNKNOWN)


@attrs.define
class StopTally:
    """Counts of one race; those from `after_stop` on must be zero."""

    workers: int
    stops: int
    handed_over: int = 0
    spared: int = 0
    under_way: int = 0
    after_stop: int = 0
    unstopped: int = 0
    left_open: int = 0
    failed: int = 0

    @property
    def breaches(self) -> int:
        """Everything that must not happen; a race in which nobody was spared was none."""
        return self.after_stop + self.unstopped + self.left_open + self.failed + (not self.spared)


def race_stops(workers: int, stops: int, seed: int, *, store: str = "sqlite", dispatcher: Dispatcher = by_the_book) -> StopTally:
    """
    Let workers hand over to twice as many people as there are stops, and stop every other person after their first message.

    Args:
        workers: Processes that hand over; the stops come from one more.
        stops: How many people ask us to stop, by an opt-out, a word in a reply, a dispute or a kill switch in turn.
        seed: Decides in which order people come up.
        store: ``sqlite`` or ``postgres``.
        dispatcher: How contacts are handed over.
    """
    people = 2 * stops
    with place(store) as where, tempfile.TemporaryDirectory(prefix="collectkit-stops-") as name:
        folder = Path(name)
        (folder / "rehearsal").mkdir()
        template = template_kit(folder)
        with where.book(folder) as opens:
            with kit_for(template, opens(), folder, 0) as kit:
                furnish(kit, range(people))
                _plan(kit, people, seed, among=2 * workers)
            children = fork_workers(template, opens, folder, workers, dispatcher)
            with kit_for(template, opens(), folder, 0) as kit:
                listed, failed = _stop_everybody(kit, folder / CARRIER_LOG, people, children)
                tally = _survey(kit, folder / CARRIER_LOG, listed, StopTally(workers, stops))
    tally.failed = failed
    return tally


def _plan(kit: Kit, people: int, seed: int, *, among: int) -> None:
    """Plan contacts, those with as few people as *among* near each other in the list, so that a stop comes between them."""
    order = list(range(people))
    Random(seed).shuffle(order)
    pairs = sorted((place // among, number, whom) for place, whom in enumerate(order) for number in range(CONTACTS))
    rows = [planned(f"m-{turn:06}-{whom}-{number}", whom, START) for turn, (_, number, whom) in enumerate(pairs)]
    with kit.store.unit(TENANT) as unit:
        unit.save_dispatches(attrs.evolve(row, proposal=attrs.evolve(row.proposal, handler=f"h-{row.proposal.person}")) for row in rows)


def _stop_everybody(kit: Kit, log: Path, people: int, children: list[int]) -> tuple[dict[str, set[str]], int]:
    """Stop each even person once they were contacted; return which contacts each stop found under way, and failed workers."""
    listed: dict[str, set[str]] = {}
    failed = 0
    while True:
        failed += reap(children)
        fresh = {to for _, to, _ in _lines(log) if to not in listed}
        for mailbox in sorted(fresh):
            number = int(mailbox.partition("@")[0].removeprefix("c-"))
            if number % 2 == 0:
                listed[mailbox] = _stop(kit, number) | _sending(kit, number)
                _note(log, mailbox)
            else:
                listed[mailbox] = set()
        if not fresh:
            if not children:
                return listed, failed
            time.sleep(0.001)  # the workers have more need of the processors


def _stop(kit: Kit, number: int) -> set[str]:
    """Stop one person in one of the ways, and return what the answer says was under way."""
    whom, kind = person(number), number // 2 % 4
    if kind == 3 and number < 8 * SWITCHES_MAX:
        return set(kit.stop_hand_overs(KillSwitch(f"k-{number}", "a drill", handler=f"h-{whom}"), at=START).under_way)
    if kind == 2:
        hold = Hold(
            f"d-{number}",
            "dispute",
            person=whom,
            account=account(number),
            starts_on=START.date(),
            reason="a letter",
            review_on=START.date(),
        )
        kit.hold(hold, at=START)
        return set()
    if kind == 1:
        assert is_opt_out("Please STOP texting me").stops
    return set(kit.stop(Stop(whom, [], START), at=START, command_id=f"s-{number}").under_way)


def _sending(kit: Kit, number: int) -> set[str]:
    """Return what is being handed over to somebody now that the stop is acknowledged: begun before it, and not yet answered."""
    return {row.id for row in kit.contacts(account(number)) if row.state is DispatchState.SENDING}


def _note(log: Path, mailbox: str) -> None:
    """Write into the carrier's own log that the stop was acknowledged."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.write(file, f"{_STOPPED} {mailbox} -\n".encode())
    os.close(file)


def _lines(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def _survey(kit: Kit, log: Path, listed: dict[str, set[str]], tally: StopTally) -> StopTally:
    """Read the carrier's log: what it took from somebody after their stop was acknowledged was under way, or is a breach."""
    stopped: set[str] = set()
    sent: dict[str, int] = {}
    for id, mailbox, _ in _lines(log):
        if id == _STOPPED:
            stopped.add(mailbox)
            continue
        tally.handed_over += 1
        sent[mailbox] = sent.get(mailbox, 0) + 1
        if mailbox in stopped:
            tally.under_way += id in listed[mailbox]
            tally.after_stop += id not in listed[mailbox]
    tally.spared = sum(CONTACTS - sent.get(mailbox, 0) for mailbox in stopped)
    others = [f"{person(number)}@example.com" for number in range(1, 2 * tally.stops, 2)]
    tally.unstopped = sum(sent.get(mailbox, 0) != CONTACTS for mailbox in others)
    with kit.store.view(TENANT) as unit:
        tally.left_open = sum(len(unit.dispatches(state=state)) for state in _OPEN)
    return tally
