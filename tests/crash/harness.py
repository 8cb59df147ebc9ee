"""The survivor: starts children, kills them at random moments, and asks afterwards what is left."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path
from random import Random

from collectkit import Kit

from .checks import Tally, survey
from .worker import Dispatcher, by_the_book, start
from .world import CARRIER_LOG, furnish, kit_for, moment, template_kit

KILLS_A_BOOK = 400
DELAY_SECONDS_MAX = 0.012
_PATIENCE_SECONDS = 20.0


def torment(kills: int, seed: int, *, processes: int = 2, dispatcher: Dispatcher = by_the_book) -> Tally:
    """
    Kill children *kills* times, over as many books as that takes, and return what was found.

    Args:
        kills: How often in all.
        seed: Decides who is killed and when, as far as a machine repeats itself.
        processes: How many children live at once.
        dispatcher: How contacts are handed over.
    """
    total, random = Tally(), Random(seed)
    while kills > 0:
        with tempfile.TemporaryDirectory(prefix="collectkit-crash-") as folder:
            total.add(Run(Path(folder), random, processes, dispatcher).torment(min(kills, KILLS_A_BOOK)))
        kills -= KILLS_A_BOOK
    return total


class Run:
    """One book and its children."""

    def __init__(self, folder: Path, random: Random, processes: int, dispatcher: Dispatcher) -> None:
        self._folder, self._random, self._processes, self._dispatcher = folder, random, processes, dispatcher
        (folder / "rehearsal").mkdir()
        self._template = template_kit(folder)
        self._children: dict[int, int] = {}
        self._born = 0
        self._ready: set[int] = set()
        self._acknowledged: set[str] = set()
        self._pending = b""
        self._died_alone = 0

    def torment(self, kills: int) -> Tally:
        """Kill *kills* children and the last ones too, then look at what they left."""
        with self._kit(0) as kit:
            furnish(kit)
        self._inbox, self._acks = os.pipe()
        os.set_blocking(self._inbox, False)
        try:
            for _ in range(kills):
                self._replenish()
                victim = self._victim()
                time.sleep(self._random.uniform(0, DELAY_SECONDS_MAX))
                self._kill(victim)
            while self._children:
                self._kill(next(iter(self._children)))
            self._hear()
        finally:
            for pid in list(self._children.values()):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            os.close(self._inbox)
            os.close(self._acks)
        with self._kit(self._born + 1) as kit:
            if self._dispatcher is by_the_book:
                kit.dispatch(at=moment(self._born + 1), worker="survivor")  # settles what the last children left
            tally = survey(kit, self._folder / CARRIER_LOG, self._acknowledged)
        tally.kills, tally.died_alone = kills, self._died_alone
        return tally

    def _kit(self, number: int) -> Kit:
        return kit_for(self._template, self._folder, number)

    def _replenish(self) -> None:
        while len(self._children) < self._processes:
            self._children[self._born] = start(self._template, self._folder, self._born, self._acks, self._dispatcher)
            self._born += 1

    def _victim(self) -> int:
        """Return a child that has opened the book, or, once in eight times, any: it may be opening it just now."""
        until = time.monotonic() + (0 if self._random.random() < 1 / 8 else _PATIENCE_SECONDS)
        while not (at_work := sorted(self._ready & self._children.keys())) and time.monotonic() < until:
            self._hear()
            time.sleep(0.0005)
        return self._random.choice(at_work or sorted(self._children))

    def _kill(self, number: int) -> None:
        pid = self._children.pop(number)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._died_alone += not os.WIFSIGNALED(status)
        self._hear()

    def _hear(self) -> None:
        """Read what children acknowledged; a line is written whole or not at all."""
        try:
            while chunk := os.read(self._inbox, 65536):
                self._pending += chunk
        except BlockingIOError:
            pass
        *lines, self._pending = self._pending.split(b"\n")
        for line in lines:
            word, _, what = line.decode().partition(" ")
            if word == "ready":
                self._ready.add(int(what))
            else:
                self._acknowledged.add(what)
