"""What the hash chain and the vault cost: processor time for each event and each person, with and without.

Both sides of a pair take turns in one process, on a book in memory, so that no disk is waited for; ratios are what counts.

    python benchmarks/record_cost.py [events] [--rounds N]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from time import process_time

from collectkit import Account, Email, Kit, Money, Payment, Phone, plans
from collectkit.events import Context, Event
from collectkit.ledger import PaymentPosted
from collectkit.person import Consumer
from collectkit.storage import _sqlite_record
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.keys import LocalKeys
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.vault import Vault

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
CONTEXT = Context("benchmark", "benchmark", AT, "benchmark/1", policy="us-bnpl@1")
POSTED = 500
_NO_DIGEST = bytes(32)


def events(count: int) -> dict[str, tuple[int, Sequence[Event]]]:
    """Return payments on streams of ten events each."""
    made: dict[str, tuple[int, Sequence[Event]]] = {}
    for start in range(0, count, 10):
        account = f"a-{start:08d}"
        made[f"account/{account}"] = (
            0,
            [PaymentPosted(Payment(f"p-{start + n}", account, Money(100 + n, "USD"), date(2026, 9, 1))) for n in range(10)],
        )
    return made


def people(count: int) -> list[tuple[Consumer, int]]:
    """Return made-up people with a name, a number and an address."""
    return [
        (
            Consumer(
                f"c-{n:08d}",
                name=f"Consumer Number {n}",
                region="US-NY",
                contacts=[Phone(f"+1212555{n % 10_000:04d}", source="checkout"), Email(f"c{n}@example.com", source="checkout")],
            ),
            1,
        )
        for n in range(count)
    ]


def _no_chain(*given: object) -> bytes:
    return _NO_DIGEST


@contextmanager
def unchained(off: bool) -> Iterator[None]:
    """Take the hash chain out of the store, for comparison alone."""
    kept = _sqlite_record.chain
    if off:
        _sqlite_record.chain = _no_chain
    try:
        yield
    finally:
        _sqlite_record.chain = kept


def appended(writes: dict[str, tuple[int, Sequence[Event]]], *, chained: bool) -> float:
    """Return the processor seconds of writing events into an empty book."""
    store = SqliteStore(":memory:")
    with unchained(not chained):
        begun = process_time()
        with store.unit("benchmark") as unit:
            unit.load(CONTEXT, writes)
        used = process_time() - begun
    store.close()
    return used


def saved(rows: Sequence[tuple[Consumer, int]], keeper: Keeper) -> float:
    """Return the processor seconds of writing people into an empty book and reading them again."""
    store = SqliteStore(":memory:")
    store.protect(keeper)
    begun = process_time()
    with store.unit("benchmark") as unit:
        unit.save_people(rows)
    with store.unit("benchmark") as unit:
        assert len(unit.people(limit=len(rows))) == len(rows)
    used = process_time() - begun
    store.close()
    return used


def posted(count: int, *, chained: bool) -> float:
    """Return the processor seconds of posting payments one by one through a kit."""
    with Kit.open("sqlite://", actor="benchmark") as kit:
        kit.register(Consumer("c-1"), at=AT)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        for n in range(count):
            kit.open_account(Account(f"a-{n}", consumer="c-1", plan=plan), at=AT)
        payments = [Payment(f"p-{n}", account=f"a-{n}", amount=Money(5000, "USD"), value_on=date(2026, 9, 1)) for n in range(count)]
        with unchained(not chained):
            begun = process_time()
            for payment in payments:
                kit.post(payment, at=AT)
            return process_time() - begun


def compared(what: str, count: int, rounds: int, without: Callable[[], float], with_it: Callable[[], float]) -> None:
    """Print the least time of each side, taken in turns, and their ratio: whatever else the machine does only adds."""
    pairs = [(without(), with_it()) for _ in range(rounds)]
    plain, costly = (min(column) / count * 1e6 for column in zip(*pairs, strict=True))
    print(f"{what:<36} without {plain:7.2f} us   with {costly:7.2f} us   ratio {costly / plain:.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("events", type=int, nargs="?", default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    writes, rows = events(given.events), people(given.events // 5)
    keys = LocalKeys(":memory:")
    vault = Vault(keys)
    vault.write_people("benchmark", [consumer for consumer, _ in rows])  # the keys are made; what follows is sealing alone
    plain, sealed = (lambda: saved(rows, PLAIN)), (lambda: saved(rows, vault))
    pairs = (
        (
            "hash chain, written in bulk, an event",
            given.events,
            lambda: appended(writes, chained=False),
            lambda: appended(writes, chained=True),
        ),
        ("hash chain, one payment by the kit", POSTED, lambda: posted(POSTED, chained=False), lambda: posted(POSTED, chained=True)),
        ("vault, written and read, a person", len(rows), plain, sealed),
        ("the same with new keys", len(rows), plain, lambda: saved(rows, Vault(LocalKeys(":memory:")))),
    )
    for what, count, without, with_it in pairs:
        compared(what, count, given.rounds, without, with_it)


if __name__ == "__main__":
    main()
