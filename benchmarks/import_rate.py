"""How many accounts a second an import puts into an embedded book.

Each account comes with a plan of four installments, its events with their hash chain and its standing; each consumer
with name, region and an e-mail address. What is counted is the time a person waits.

    python benchmarks/import_rate.py [accounts] [--orders-per-consumer N] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

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


def run(folder: Path, orders: Path) -> tuple[float, ImportSummary]:
    """Import into a new book; return the seconds and the summary."""
    store = SqliteStore(folder / "book.db")
    at = datetime(2026, 10, 20, 18, tzinfo=UTC)
    context = Context("benchmark", "benchmark", at, "import/1")
    start = time.perf_counter()
    summary = import_files(store, "benchmark", read_mapping(MAPPING), orders, context=context, as_of=at.date())
    seconds = time.perf_counter() - start
    store.close()
    return seconds, summary


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("accounts", type=int, nargs="?", default=100_000)
    arguments.add_argument("--orders-per-consumer", type=int, default=1)
    arguments.add_argument("--profile", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_orders(folder / "orders.csv", given.accounts, given.orders_per_consumer)
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        seconds, summary = run(folder, folder / "orders.csv")
        if given.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        assert summary.accounts == given.accounts, str(summary)
        print(f"{summary.accounts} accounts in {seconds:.2f} s: {summary.accounts / seconds:,.0f} accounts/s")


if __name__ == "__main__":
    main()
