"""The small world of the harness: two people who owe, one mailbox each, and a carrier that forgets nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs

from collectkit import Account, Consumer, Email, Kit, Money, Payment
from collectkit.actions import ActionKind, Proposal
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.events import Context
from collectkit.person import PersonRegistered, Place
from collectkit.policy import load_policy
from collectkit.policy.model import DispatchPolicy, LawPolicy
from collectkit.schedules import Plan
from collectkit.servicing.dispatch import Dispatch, plan
from collectkit.storage.store import Store

CAP = 7
WINDOW_DAYS = 7
PEOPLE = 2
REHEARSING = 1_000_000
LOOKERS = 4
"""So many threads look at once, and are committed together where the store does that."""

TENANT = "default"
CARRIER_LOG = "carrier.log"
START = datetime(2026, 1, 12, 9, tzinfo=UTC)
STEP = timedelta(hours=4)
"""So much time passes in the world from one child to the next: a lease is over, and windows move on."""


@attrs.frozen
class Carrier:
    """
    The world outside, with a memory of its own: a line is on its disk before it answers.

    Attributes:
        path: Its log: id, mailbox and local day of each message that it took.
        day: Day on which this process lives.
    """

    path: Path
    day: date

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Take one message."""
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{parcel.id} {parcel.to} {self.day}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)
        return Accepted(parcel.id)


def template_kit(folder: Path) -> Kit:
    """
    Return a closed kit whose parts every child shares.

    It has handed over one message, so that a child begins with everything loaded and compiled.
    """
    pack = Path(__file__).with_name("cap.toml")
    policy = attrs.evolve(load_policy("us-bnpl"), law=LawPolicy(packs=(str(pack),)), dispatch=DispatchPolicy(lease_seconds=60))
    drivers = {"email": carrier_for(folder / "rehearsal", 0)}
    kit = Kit.open(f"sqlite:///{folder}/rehearsal/book.db", policy=policy, actor="crash", drivers=drivers)
    furnish(kit)
    plan_contact(kit, "m-0", 0, START)
    assert kit.dispatch(at=START, worker="rehearsal").sent == {"email": 1}
    kit.post(Payment("p-0", account(0), cent(), START.date()), at=START)
    kit.close_store()  # no open database crosses a fork
    return kit


def moment(number: int) -> datetime:
    """Return the instant at which child *number* lives."""
    return START + number * STEP


def carrier_for(folder: Path, number: int) -> Carrier:
    """Return the carrier as child *number* meets it."""
    return Carrier(folder / CARRIER_LOG, moment(number).date())


def kit_for(template: Kit, store: Store, folder: Path, number: int) -> Kit:
    """Return child *number*'s kit on the book, whose e-mail goes to the carrier in *folder*."""
    drivers = {"email": carrier_for(folder, number)}
    return Kit(attrs.evolve(template.parts, store=store, drivers=drivers), actor="crash")


def rehearse(template: Kit, store: Store, folder: Path) -> float:
    """Furnish a book, do everything in it once with somebody who is not looked at, and return the seconds that a turn takes."""
    kit = kit_for(template, store, folder / "rehearsal", 0)
    furnish(kit)
    furnish(kit, [REHEARSING])
    for turn in range(2):
        began = time.perf_counter()
        kit.post(Payment(f"rehearsal-{turn}", account(REHEARSING), cent(), START.date()), at=START)
        plan_contact(kit, f"rehearsal-{turn}", REHEARSING, START)
        assert kit.dispatch(at=START, worker="rehearsal").sent == {"email": 1}
        for _ in range(LOOKERS):
            look(kit, REHEARSING, "rehearsal", START)
    return time.perf_counter() - began


def person(number: int) -> str:
    return f"c-{number}"


def account(number: int) -> str:
    return f"a-{number}"


def furnish(kit: Kit, people: Iterable[int] = range(PEOPLE)) -> None:
    """Put the people and what they owe on the book, as an import does."""
    numbers = list(people)
    with kit.store.unit(TENANT) as unit:
        context = Context(TENANT, "crash", START, f"people/{numbers[0]}")
        unit.load(context, {f"person/{person(number)}": (0, [PersonRegistered(person(number))]) for number in numbers})
        unit.save_people((_consumer(number), 1) for number in numbers)
    owed = Plan("pay_later", "USD", date(2025, 12, 1), (date(2025, 12, 15),), (1_000_000,))
    kit.open_accounts((Account(account(number), person(number), owed) for number in numbers), at=START)


def _consumer(number: int) -> Consumer:
    mailbox = Email(f"{person(number)}@example.com", source="checkout", consents=["email"])
    return Consumer(person(number), region="GB", contacts=[mailbox], places=[Place("Europe/London")])


def planned(id: str, number: int, at: datetime) -> Dispatch:
    """Return one e-mail to one of the people, as a night would plan it."""
    proposal = Proposal(id, ActionKind.CONTACT, person(number), (account(number),), "email", template="reminder-late")
    return plan(proposal, at=at, not_before=at, not_after=at + timedelta(days=1))


def plan_contact(kit: Kit, id: str, number: int, at: datetime) -> None:
    """Plan one e-mail to one of the people."""
    with kit.store.unit(TENANT) as unit:
        unit.save_dispatches([planned(id, number, at)])


def look(kit: Kit, number: int, reason: str, at: datetime) -> None:
    """Look at somebody's mailbox, which is recorded before it is shown."""
    next(iter(kit.personal(person(number), at=at).values())).reveal(reason=reason, actor="crash")


def cent() -> Money:
    return Money(1, "USD")
