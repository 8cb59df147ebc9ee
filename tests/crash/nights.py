"""
Kill nights at random moments, begin them again, and see whether they end as if nobody had.

``python -m tests.crash.nights --store postgres --kills 1000 --seed 1`` from the root of the repository; exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import attrs
import pytest

from collectkit import Account, Consumer, Email, Kit, Money, Payment, Phone, Promise, plans
from collectkit.policy import load_policy
from collectkit.servicing.night_report import Tally
from collectkit.storage.store import Store
from collectkit.testing.digests import book_digest

from .forking import forked
from .places import Opens, Place, place
from .worker import insist

TODAY = date(2026, 10, 20)
NOW = datetime(2026, 10, 20, 18, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = 12
KILLS_A_NIGHT_MAX = 400
_POLICY = load_policy("us-bnpl")


@attrs.define
class Found:
    """What was found."""

    nights: int = 0
    kills: int = 0
    begun_again_most: int = 0
    accounts: int = 0
    different: int = 0
    died_alone: int = 0
    endless: int = 0

    @property
    def breaches(self) -> int:
        """Return how many nights did not end as they should."""
        return self.different + self.died_alone + self.endless


@cache
def template() -> Kit:
    """Return a kit whose nights commit after each person, so that there is much to come between; children inherit it ready to work."""
    policy = attrs.evolve(_POLICY, night=attrs.evolve(_POLICY.night, chunk_people=1))
    return Kit.open("memory://", policy=policy, actor="tests")


def kit_on(store: Store) -> Kit:
    """Return the kit on a store."""
    return Kit(attrs.evolve(template().parts, store=store), actor="tests")


def furnish(kit: Kit, seed: int) -> None:
    """Put people on a new book whose accounts are late, paid in part, or promised."""
    dice, then = Random(seed), NOW - 60 * DAY
    contacts = [Phone("+12125550123", source="checkout", consents=["sms"]), Email("c1@example.com", source="checkout")]
    for number in range(PEOPLE):
        kit.register(Consumer(f"c-{number:02}", name="Test Consumer", region="US-NY", contacts=contacts), at=then)
        for letter in "ab"[: 1 + number % 2]:
            id = f"a-{number:02}{letter}"
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=TODAY - dice.randrange(20, 80) * DAY)
            kit.open_account(Account(id, consumer=f"c-{number:02}", plan=plan), at=then)
            if number % 3 == 0:
                kit.post(Payment(f"p-{id}", id, Money.of("50.00", "USD"), TODAY - 15 * DAY), at=NOW - 15 * DAY)
            if number % 4 == 1:
                kit.promise(Promise(f"q-{id}", id, Money.of("50.00", "USD"), TODAY - 2 * DAY, NOW - 5 * DAY), at=NOW - 5 * DAY)


def quiet(where: Place, seed: int) -> tuple[str, float, int]:
    """Return the digest of a book after a night that nobody disturbs, how long it took, and how many accounts it looked at."""
    with tempfile.TemporaryDirectory(prefix="collectkit-nights-") as folder, where.book(Path(folder)) as opens:
        store = opens()
        kit = kit_on(store)
        furnish(kit, seed)
        began = time.monotonic()
        report = kit.run_night(as_of=TODAY, at=NOW)
        seconds = time.monotonic() - began
        digest = book_digest(store)
        store.close()
    return digest, seconds, report.accounts


def forget_counts() -> None:
    """Have nights in this process that go on from earlier ones begin to count anew."""
    pytest.MonkeyPatch().setattr(Tally, "of_text", lambda text: Tally())


def begin(opens: Opens, *, forgetful: bool = False) -> int:
    """Fork a child that runs the night; return its process id."""

    def work() -> None:
        if forgetful:
            forget_counts()
        # What a killed one held is let go of by the server in a moment.
        insist(lambda: kit_on(opens()).run_night(as_of=TODAY, at=NOW))

    return forked(work)


def kill_nights(kills: int, seed: int, *, store: str = "sqlite", forgetful: bool = False) -> Found:
    """
    Kill *kills* nights at random moments, over as many books as that takes; each is begun again until it is through.

    Args:
        kills: How often in all.
        seed: Decides when, as far as a machine repeats itself.
        store: ``sqlite`` or ``postgres``.
        forgetful: Whether a night that goes on begins to count anew, to see whether that is found.
    """
    total, random = Found(), Random(seed)
    with place(store) as where:
        expected, seconds, total.accounts = quiet(where, seed)
        while total.kills < kills:
            with tempfile.TemporaryDirectory(prefix="collectkit-nights-") as folder, where.book(Path(folder)) as opens:
                held = opens()
                furnish(kit_on(held), seed)
                held.close()
                before = total.kills
                while not _killed_or_through(opens, random.uniform(0, seconds), total, forgetful=forgetful):
                    if total.kills - before == KILLS_A_NIGHT_MAX:
                        total.endless += 1
                        return total
                total.begun_again_most = max(total.begun_again_most, total.kills - before)
                held = opens()
                total.different += book_digest(held) != expected
                total.nights += 1
                held.close()
    return total


def _killed_or_through(opens: Opens, after_seconds: float, total: Found, *, forgetful: bool) -> bool:
    """Begin a night and kill it after a while; return whether it was through before that."""
    pid = begin(opens, forgetful=forgetful)
    time.sleep(after_seconds)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        total.kills += 1
        return False
    total.died_alone += os.waitstatus_to_exitcode(status) != 0
    return True


ROWS = {
    "kills": "nights killed",
    "nights": "nights that ended",
    "accounts": "accounts of each",
    "begun_again_most": "most kills of one night",
    "different": "books that differ from a quiet night's",
    "died_alone": "children that died by themselves",
    "endless": "nights that came to no end",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.nights", description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--forgetful", action="store_true", help="nights that count anew when they go on")
    options = parser.parse_args()
    tally = kill_nights(options.kills, options.seed, store=options.store, forgetful=options.forgetful)
    print(f"{options.store}, nights, seed {options.seed}")
    print("\n".join(f"{name:<40}{getattr(tally, field):>10}" for field, name in ROWS.items()))
    return 1 if tally.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
