"""How many accounts a second an import puts into an embedded book.

Each account comes with a plan of four installments, its events with their hash chain and its standing; each consumer
with name, region and an e-mail address. What is counted is the time a person waits. Beside it stand the processor seconds
of this process and of the one that reads the files: on a busy machine they say what a quiet one would take.

    python benchmarks/import_rate.py [accounts] [--orders-per-consumer N] [--workers 1|2] [--rounds N] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs

from collectkit.events import Context
from collectkit.intake import ImportSummary, read_mapping
from collectkit.kit_intake import import_files
from collectkit.storage.sqlite import SqliteStore

MAPPING = """
name = "rate"
currency = { constant = "USD" }

[sources.orders]
file = "orders.csv"
format = "csv"

[consumer]
id = "customer"
name = "name"
region = "region"

[[consumer.contacts]]
kind = "email"
source = "checkout"
value = "email"

[account]
id = "order"
merchant = "shop"

[account.plan]
bought_on = "bought"

[account.plan.terms]
total = "total"
count = { constant = 4 }
every = { constant = "2 weeks" }
"""


def write_orders(path: Path, accounts: int, per_consumer: int) -> None:
    """Write a table of made-up orders; nobody in it exists."""
    with path.open("w", encoding="utf-8") as file:
        file.write("order,customer,name,region,email,shop,bought,total\n")
        for n in range(accounts):
            day = date(2026, 6, 1) + timedelta(days=n % 90)
            who = n // per_consumer
            consumer = f"c-{who:08d},Consumer {who},US-NY,c{who}@example.com"
            file.write(f"o-{n:08d},{consumer},shop-{n % 500},{day},{50 + n % 900}.{n % 100:02d}\n")


@attrs.frozen
class Took:
    """
    What one import took.

    Attributes:
        wall: Seconds that a person waited, the end of the second process included.
        here: Processor seconds of this process.
        reading: Processor seconds of the process that read the files, its start included; 0 when there was none.
        summary: What it did.
    """

    wall: float
    here: float
    reading: float
    summary: ImportSummary

    def __str__(self) -> str:
        count = self.summary.accounts
        each = ", ".join(f"{seconds / count * 1e6:.1f} µs" for seconds in (self.here, self.reading) if seconds)
        return (
            f"{count:,} accounts in {self.wall:.2f} s: {count / self.wall:,.0f} accounts/s; processor seconds {self.here:.2f} writing"
            f"{f', {self.reading:.2f} reading' if self.reading else ''} ({each} an account): "
            f"{count / max(self.here, self.reading):,.0f} a second of the busier process"
        )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(book: Path, orders: Path, workers: int | None) -> Took:
    """Import into a new book."""
    store = SqliteStore(book)
    at = datetime(2026, 10, 20, 18, tzinfo=UTC)
    context = Context("benchmark", "benchmark", at, "import/1")
    start, here, children = time.perf_counter(), time.process_time(), _children()
    summary = import_files(store, "benchmark", read_mapping(MAPPING), orders, context=context, as_of=at.date(), workers=workers)
    took = Took(time.perf_counter() - start, time.process_time() - here, _children() - children, summary)
    store.close()
    return took


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("accounts", type=int, nargs="?", default=100_000)
    arguments.add_argument("--orders-per-consumer", type=int, default=1)
    arguments.add_argument("--workers", type=int, choices=[1, 2], default=None)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_orders(folder / "orders.csv", given.accounts, given.orders_per_consumer)
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        for number in range(given.rounds):
            took = run(folder / f"book-{number}.db", folder / "orders.csv", given.workers)
            assert took.summary.accounts == given.accounts, str(took.summary)
            print(took, flush=True)
        if given.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
