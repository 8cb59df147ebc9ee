"""Two processes hand over the same book and are killed at random; the carrier's own file is the truth."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from collectkit import Consumer, Kit, Phone
from collectkit.actions import ActionKind, Proposal
from collectkit.servicing.dispatch import DispatchState, plan

from .conftest import account
from .crash_worker import NOW, opened

WORKER = Path(__file__).with_name("crash_worker.py")
PEOPLE = 6
CALLS_EACH = 12
CAP = 7
KILLS = 12
DISCLOSED = ("from_debt_collector", "attempt_to_collect", "information_used_for_purpose", "validation_information")


def fill(kit: Kit) -> None:
    """Plan more calls to each person than the law allows in a week, by a third party, so that the federal cap binds."""
    registered = datetime(2026, 9, 1, 18, tzinfo=UTC)
    for number in range(PEOPLE):
        phone = Phone("+12155550123", source="checkout")
        kit.register(Consumer(f"c-{number}", region="US-PA", contacts=[phone]), at=registered)
        kit.open_account(account(f"a-{number}", f"c-{number}"), at=registered)
        party, about = "third_party", [f"a-{number}"]
        calls = [
            Proposal(f"call-{number}-{call}", ActionKind.CONTACT, f"c-{number}", about, "phone", party=party, content=DISCLOSED)
            for call in range(CALLS_EACH)
        ]
        with kit.store.unit(kit.tenant) as unit:
            unit.save_dispatches(plan(proposal, at=NOW, not_before=NOW, not_after=None) for proposal in calls)


def started(folder: Path, worker: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(WORKER), str(folder), worker], stdout=subprocess.DEVNULL)


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


class TestKilledWorkers:
    def test_no_cap_is_exceeded_and_nothing_is_sent_unknown_to_the_book(self, tmp_path: Path) -> None:
        """
        Whatever dies whenever: possibly made contacts stay under the cap, and each line of the carrier has its row.
        """
        kit = opened(tmp_path)
        fill(kit)
        chance = random.Random(20)
        workers = [started(tmp_path, f"w{number}") for number in range(2)]
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.2, 0.7) if kill else 1.5)
            victim = chance.randrange(2)
            ended(workers[victim])
            workers[victim] = started(tmp_path, f"w{victim}-{kill}")
        time.sleep(2)
        for process in workers:
            ended(process)

        carrier = (tmp_path / "carrier").read_text().split()
        made = Counter(id.split("-")[1] for id in carrier)
        with kit.store.unit(kit.tenant) as unit:
            rows = {row.id: row for row in unit.dispatches()}
        possibly = Counter(
            row.proposal.person
            for row in rows.values()
            if row.state in (DispatchState.RESERVED, DispatchState.SENDING, DispatchState.SENT, DispatchState.UNKNOWN)
        )

        assert carrier
        assert len(carrier) == len(set(carrier)), "a call was placed twice"
        assert max(made.values()) <= CAP
        assert max(possibly.values()) <= CAP
        assert {DispatchState.SENDING, DispatchState.SENT, DispatchState.UNKNOWN} >= {rows[id].state for id in carrier}  # type: ignore[index]
