"""Kill processes that take payments and send messages, and look at what is left.

``python -m tests.crash --store postgres --kills 10000 --seed 1`` from the root of the repository; exits with 1 on any breach.
"""

from __future__ import annotations

import argparse
import sys
import time

from .checks import Tally
from .harness import torment
from .naive import check_send_record
from .worker import by_the_book

DISPATCHERS = {"reserve-send-confirm": by_the_book, "check-send-record": check_send_record}

ROWS = {
    "kills": "SIGKILLs",
    "server_kills": "SIGKILLs of the server",
    "acknowledged": "payments acknowledged",
    "looked": "looks at personal data acknowledged",
    "sent": "messages the carrier took",
    "windows": "windows looked at",
    "in_doubt": "contacts left in doubt",
    "lost": "acknowledged acts lost",
    "half_applied": "half-applied commands",
    "over_cap": "windows above the cap",
    "unknown_sends": "sends the book does not know of",
    "sent_twice": "messages sent twice",
    "died_alone": "children that died by themselves",
}


def table(tally: Tally, seconds: float) -> str:
    """Return the counts as text; what must be zero and is not is marked."""
    lines = [f"{name:<34}{getattr(tally, field):>10}" for field, name in ROWS.items()]
    return "\n".join([*lines, f"{'kills per minute':<34}{tally.kills * 60 / seconds:>10.0f}"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--dispatcher", choices=DISPATCHERS, default="reserve-send-confirm")
    parser.add_argument("--server-kills", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    tally = torment(
        options.kills,
        options.seed,
        store=options.store,
        processes=options.processes,
        dispatcher=DISPATCHERS[options.dispatcher],
        server_kills=options.server_kills,
    )
    print(f"{options.store}, {options.dispatcher}, seed {options.seed}, {options.processes} processes")
    print(table(tally, time.monotonic() - began))
    return 1 if tally.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
