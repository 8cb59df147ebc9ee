"""A child process: takes payments, looks at personal data, plans contacts and hands them over until somebody kills it."""

from __future__ import annotations

import gc
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import NoReturn, TypeVar

from collectkit import Kit, Payment
from collectkit.errors import StoreError

from .forking import forked
from .places import Opens
from .world import LOOKERS, PEOPLE, Carrier, account, carrier_for, cent, kit_for, look, moment, plan_contact

T = TypeVar("T")
Dispatcher = Callable[[Kit, Carrier, datetime], None]


def by_the_book(kit: Kit, carrier: Carrier, at: datetime) -> None:
    """Hand over as the library does."""
    kit.dispatch(at=at, worker=f"w-{os.getpid()}", limit=2)


def insist(step: Callable[[], T]) -> T:
    """Do a step until the store answers: the server may have been killed, and whoever asks again is safe."""
    while True:
        try:
            return step()
        except StoreError as error:
            if not error.retry_helps:
                raise
            time.sleep(0.01)


def look_once(kit: Kit, acks: int, at: datetime, id: str) -> None:
    """Look at somebody's mailbox for a reason that nobody else has."""
    insist(lambda: look(kit, 0, id, at))
    os.write(acks, f"looked {id}\n".encode())


def start(template: Kit, opens: Opens, folder: Path, number: int, acks: int, dispatcher: Dispatcher) -> int:
    """Fork child *number*, which acknowledges through the pipe *acks*; return its process id."""
    return forked(lambda: live(template, opens, folder, number, acks, dispatcher))


def live(template: Kit, opens: Opens, folder: Path, number: int, acks: int, dispatcher: Dispatcher) -> NoReturn:
    """Work until killed; what was done is acknowledged only after the call has returned."""
    gc.disable()  # looking through what is shared with the parent would copy it
    at, carrier = moment(number), carrier_for(folder, number)
    kit = kit_for(template, insist(opens), folder, number)
    lookers = ThreadPoolExecutor(LOOKERS)
    os.write(acks, f"ready {number}\n".encode())
    for turn in count():
        if turn or number % 2:  # every other child begins with its hand-overs, so that kills fall on those as often
            for whom in range(PEOPLE):
                insist(partial(plan_contact, kit, f"m-{number}-{turn}-{whom}", whom, at))
            insist(partial(dispatcher, kit, carrier, at))
        payment = Payment(f"p-{number}-{turn}", account(turn % PEOPLE), cent(), at.date())
        insist(partial(kit.post, payment, at=at))
        os.write(acks, f"posted {payment.id}\n".encode())
        deque(lookers.map(partial(look_once, kit, acks, at), (f"l-{number}-{turn}-{which}" for which in range(LOOKERS))), maxlen=0)
    raise AssertionError("a child never ends by itself")
