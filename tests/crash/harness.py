"""The survivor: starts children, kills them at random moments, and asks afterwards what is left."""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from collectkit import Kit

from .checks import Tally, survey
from .places import Opens, place
from .worker import Dispatcher, by_the_book, start
from .world import CARRIER_LOG, kit_for, moment, rehearse, template_kit

KILLS_A_BOOK = 400
DELAY_SECONDS_MIN = 0.012
_PATIENCE_SECONDS = 20.0


def torment(
    kills: int, seed: int, *, store: str = "sqlite", processes: int = 2, dispatcher: Dispatcher = by_the_book, server_kills: int = 0
) -> Tally:
    """
    Kill children *kills* times, over as many books as that takes, and return what was found.

    Args:
        kills: How often in all.
        seed: Decides who is killed and when, as far as a machine repeats itself.
        store: ``sqlite`` or ``postgres``.
        processes: How many children live at once.
        dispatcher: How contacts are handed over.
        server_kills: How often, spread over the first book, the server is killed with everything it runs.
    """
    total, random = Tally(), Random(seed)
    with place(store) as where:
        while kills > 0:
            with tempfile.TemporaryDirectory(prefix="collectkit-crash-") as folder, where.book(Path(folder)) as opens:
                run = Run(Path(folder), opens, random, processes, dispatcher)
                some = min(kills, KILLS_A_BOOK)
                total.add(run.torment(some, kill_server=where.kill_server, every=some // server_kills if server_kills else 0))
            kills -= KILLS_A_BOOK
            if kills > 0:
                print(f"{total.kills} killed, {total.sent} messages taken, {total.breaches} breaches; {kills} to go", file=sys.stderr)
            server_kills = 0
    return total


class Run:
    """One book and its children."""

    def __init__(self, folder: Path, opens: Opens, random: Random, processes: int, dispatcher: Dispatcher) -> None:
        self._folder, self._opens, self._random, self._processes, self._dispatcher = folder, opens, random, processes, dispatcher
        (folder / "rehearsal").mkdir()
        self._template = template_kit(folder)
        store = opens()
        # Whatever the store and this machine take for a turn: the kills fall all over the first two of them.
        self._delay_seconds = max(DELAY_SECONDS_MIN, 2 * rehearse(self._template, store, folder))
        store.close()
        gc.collect()
        gc.freeze()
        self._children: dict[int, int] = {}
        self._born = 0
        self._ready: set[int] = set()
        self._acknowledged: dict[str, set[str]] = {"posted": set(), "looked": set()}
        self._pending = b""
        self._died_alone = 0

    def torment(self, kills: int, *, kill_server: Callable[[], None], every: int = 0) -> Tally:
        """Kill *kills* children and the last ones too, and the server after every so many; then look at what they left."""
        servers = 0
        self._inbox, self._acks = os.pipe()
        os.set_blocking(self._inbox, False)
        try:
            for number in range(1, kills + 1):
                self._replenish()
                victim = self._victim()
                time.sleep(self._random.uniform(0, self._delay_seconds))
                self._kill(victim)
                if every and number % every == 0:
                    self._replenish()
                    time.sleep(self._random.uniform(0, self._delay_seconds))
                    kill_server()
                    servers += 1
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
        tally.kills, tally.server_kills, tally.died_alone = kills, servers, self._died_alone
        return tally

    def _kit(self, number: int) -> Kit:
        return kit_for(self._template, self._opens(), self._folder, number)

    def _replenish(self) -> None:
        while len(self._children) < self._processes:
            self._children[self._born] = start(self._template, self._opens, self._folder, self._born, self._acks, self._dispatcher)
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
                self._acknowledged[word].add(what)
