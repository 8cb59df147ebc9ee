"""A child process: takes payments, plans contacts and hands them over until somebody kills it."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import NoReturn

from collectkit import Kit, Payment

from .world import PEOPLE, Carrier, account, carrier_for, cent, kit_for, moment, plan_contact

Dispatcher = Callable[[Kit, Carrier, datetime], None]


def by_the_book(kit: Kit, carrier: Carrier, at: datetime) -> None:
    """Hand over as the library does."""
    kit.dispatch(at=at, worker=f"w-{os.getpid()}", limit=2)


def start(template: Kit, folder: Path, number: int, acks: int, dispatcher: Dispatcher) -> int:
    """Fork child *number*, which acknowledges through the pipe *acks*; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        live(template, folder, number, acks, dispatcher)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)  # not through the parent's clean-up


def live(template: Kit, folder: Path, number: int, acks: int, dispatcher: Dispatcher) -> NoReturn:
    """Work until killed; a payment is acknowledged only after `post` has returned."""
    at, carrier = moment(number), carrier_for(folder, number)
    kit = kit_for(template, folder, number)
    os.write(acks, f"ready {number}\n".encode())
    for turn in count():
        payment = Payment(f"p-{number}-{turn}", account(turn), cent(), at.date())
        kit.post(payment, at=at)
        os.write(acks, f"posted {payment.id}\n".encode())
        for whom in range(PEOPLE):
            plan_contact(kit, f"m-{number}-{turn}-{whom}", whom, at)
        dispatcher(kit, carrier, at)
    raise AssertionError("a child never ends by itself")
