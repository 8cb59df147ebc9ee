"""How many accounts a second are opened, and payments posted, in bulk: end to end, with chain and standings.

Each account has a plan of four installments and belongs to one of the people; each payment is one of those installments.

    python benchmarks/bulk_rate.py [accounts] [--store sqlite|postgres]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from collectkit import Account, Consumer, Kit, Money, Payment, plans
from collectkit.events import Context
from collectkit.person import PersonRegistered

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
ACCOUNTS_A_PERSON = 4


def accounts(count: int) -> Iterator[Account]:
    for number in range(count):
        bought = date(2026, 6, 1 + number % 28)
        plan = plans.pay_in_4(Money(8000 + 4 * (number % 5000), "USD"), bought_on=bought)
        yield Account(f"a-{number:08d}", f"c-{number // ACCOUNTS_A_PERSON:08d}", plan)


def payments(count: int) -> Iterator[Payment]:
    for number in range(count):
        yield Payment(f"p-{number:08d}", f"a-{number:08d}", Money(2000 + number % 5000, "USD"), date(2026, 6, 1 + number % 28))


def url_of(store: str, folder: Path, stack: ExitStack) -> str:
    """Return the URL of a new book, on disk with every commit flushed."""
    if store == "sqlite":
        return f"sqlite:///{folder}/book.db"
    sys.path.insert(0, str(Path(__file__).parents[1]))  # run by its path, a script finds only what lies beside it
    from tests.postgres import server, url_of

    return url_of(stack.enter_context(server()))


def register(kit: Kit, count: int) -> None:
    """Put people on the book as an import does, outside the clock."""
    for first in range(0, count, 5000):
        some = [Consumer(f"c-{number:08d}") for number in range(first, min(first + 5000, count))]
        context = Context("default", "benchmark", AT, f"people/{first}")
        with kit.store.unit("default") as unit:
            unit.load(context, {f"person/{one.id}": (0, [PersonRegistered(one.id)]) for one in some})
            unit.save_people((one, 1) for one in some)


def report(store: str, what: str, count: int, call: Callable[[], Sized]) -> None:
    """Run one call and print what it took."""
    began, cpu = time.perf_counter(), time.process_time()
    assert len(call()) == count
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"{store}: {count:,} {what} in {seconds:.1f} s: {count / seconds:,.0f}/s; {count / cpu:,.0f} a CPU second here", flush=True)


def measure(store: str, count: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="collectkit-bulk-")))
        kit = stack.enter_context(Kit.open(url_of(store, folder, stack), actor="benchmark"))
        register(kit, (count + ACCOUNTS_A_PERSON - 1) // ACCOUNTS_A_PERSON)
        report(store, "accounts opened", count, lambda: kit.open_accounts(accounts(count), at=AT))
        report(store, "payments posted", count, lambda: kit.post_all(payments(count), at=AT))
        last = f"a-{count - 1:08d}"
        assert kit.standing(last, as_of=AT.date()).paid_minor == 2000 + (count - 1) % 5000


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("accounts", type=int, nargs="?", default=1_000_000)
    arguments.add_argument("--store", choices=["sqlite", "postgres", "both"], default="both")
    given = arguments.parse_args()
    for store in ("sqlite", "postgres") if given.store == "both" else (given.store,):
        measure(store, given.accounts)


if __name__ == "__main__":
    main()
