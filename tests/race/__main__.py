"""Let workers race for the same people, and look at who was contacted how often.

``python -m tests.race --store postgres --workers 16 --windows 3000`` from the root of the repository; ``--stops 1000`` lets
people ask us to stop meanwhile. Exits with 1 on any breach.
"""

from __future__ import annotations

import argparse
import sys
import time

from ..crash.__main__ import DISPATCHERS
from .harness import Tally, race
from .stops import race_stops

ROWS = {
    "workers": "workers",
    "windows": "contested windows",
    "permitted": "contacts permitted",
    "used": "of those used",
    "most": "contacts in the fullest window",
    "idle": "people not contacted at all",
    "over_cap": "windows above the cap",
    "unknown_sends": "sends the book does not know of",
    "sent_twice": "messages sent twice",
    "left_open": "contacts left open or in doubt",
    "failed": "workers that failed",
}


STOPS = {
    "workers": "workers",
    "stops": "stops",
    "handed_over": "messages the carrier took",
    "spared": "messages spared by a stop",
    "under_way": "taken later, listed as under way",
    "after_stop": "taken after a stop, not listed",
    "unstopped": "others who missed a message",
    "left_open": "contacts left open or in doubt",
    "failed": "workers that failed",
}


def table(tally: Tally, seconds: float) -> str:
    """Return the counts as text."""
    lines = [f"{name:<34}{getattr(tally, field):>10}" for field, name in ROWS.items()]
    lines.insert(4, f"{'used, percent of permitted':<34}{tally.used_percent:>10.2f}")
    return "\n".join([*lines, f"{'contacts per second':<34}{tally.used / seconds:>10.0f}"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.race", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--windows", type=int, default=100)
    parser.add_argument("--stops", type=int, default=0, help="race so many stops against hand-overs instead of filling windows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dispatcher", choices=DISPATCHERS, default="reserve-send-confirm")
    options = parser.parse_args()
    began = time.monotonic()
    if options.stops:
        found = race_stops(options.workers, options.stops, options.seed, store=options.store, dispatcher=DISPATCHERS[options.dispatcher])
        print(f"{options.store}, {options.dispatcher}, seed {options.seed}, stops")
        lines = [f"{name:<34}{getattr(found, field):>10}" for field, name in STOPS.items()]
        print("\n".join([*lines, f"{'messages per second':<34}{found.handed_over / (time.monotonic() - began):>10.0f}"]))
        return 1 if found.breaches else 0
    tally = race(options.workers, options.windows, options.seed, store=options.store, dispatcher=DISPATCHERS[options.dispatcher])
    print(f"{options.store}, {options.dispatcher}, seed {options.seed}")
    print(table(tally, time.monotonic() - began))
    return 1 if tally.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
