"""Storage: durable appends, alone and by many callers, and claims from the list of contacts to hand over.

A row of the benchmark is an event about an account. The union of events is closed, so each row travels as the event that
has a text of its own, a reversal: what it says is the row's body.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import attrs

from collectkit.actions import ActionKind, Proposal
from collectkit.events import Context, Event
from collectkit.ledger import PaymentReversed, Reversal
from collectkit.servicing.dispatch import DispatchState, plan
from collectkit.storage.appending import append_behind
from collectkit.storage.sqlite import SqliteStore
from collectkit.storage.store import Store

__all__ = ["outbox_claim", "outbox_fill", "store_append", "store_append_many", "store_read"]

Row = tuple[int, int, int, str, int, str]

TENANT = "benchmark"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTEXT = Context(TENANT, "benchmark", NOON, "append")
LEASE = timedelta(minutes=10)


def _opened(where: str) -> Store:
    """Open the book at a path, or in a PostgreSQL server that a connection string names."""
    if "=" not in where and "://" not in where:
        return SqliteStore(where)
    import psycopg
    import sqlalchemy as sa

    from collectkit.storage.sql import SqlStore
    from collectkit.storage.sql.store import send_arrays_binary

    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(where, prepare_threshold=None), pool_size=8)
    sa.event.listen(engine, "connect", send_arrays_binary)
    return SqlStore(engine)


def _event(row: Row) -> Event:
    id, account, seq, kind, stamp, body = row
    at = datetime.fromtimestamp(stamp, UTC)
    return PaymentReversed(Reversal(f"{id}/{seq}", str(account), kind, at.date(), body, at))


def store_append(rows: Sequence[Row], batch: int, where: str) -> None:
    """Append events, so many a commit."""
    with closing(_opened(where)) as store:
        for start in range(0, len(rows), batch):
            writes: dict[str, tuple[int, list[Event]]] = {}
            for row in rows[start : start + batch]:
                writes.setdefault(f"account/{row[1]}", (row[2] - 1, []))[1].append(_event(row))
            with store.unit(TENANT) as unit:
                unit.load(CONTEXT, writes)


def store_append_many(callers: int, per_caller: int, rows: Sequence[Row], where: str) -> None:
    """Append events one by one from many threads, each durable before its thread goes on."""
    with closing(_opened(where)) as store:

        def append(number: int) -> None:
            for row in rows[number::callers]:
                append_behind(store, CONTEXT, {f"account/{row[1]}": [_event(row)]})

        threads = [threading.Thread(target=append, args=(number,)) for number in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def store_read(where: str) -> list[Row]:
    """Return every row that stands."""
    found: list[Row] = []
    with closing(_opened(where)) as store, store.view(TENANT) as view:
        after = ""
        while streams := view.streams("account/", after=after):
            for stream in streams:
                for body in view.bodies(stream):
                    assert isinstance(body, PaymentReversed)
                    fact = body.reversal
                    assert fact.source_at is not None
                    id, _, seq = fact.id.partition("/")
                    found.append((int(id), int(fact.account), int(seq), str(fact.payment), int(fact.source_at.timestamp()), fact.reason))
            after = streams[-1]
    return found


@lru_cache(maxsize=1)
def _outbox(where: str) -> Store:
    return _opened(where)


def outbox_fill(where: str, n: int) -> None:
    """Plan contacts 0 to n - 1 in an empty book."""
    _outbox.cache_clear()
    first = Proposal("0", ActionKind.CONTACT, "c-1", ("a-1",), "email", template="reminder")
    proposals = (attrs.evolve(first, id=str(number), person=f"c-{number}", accounts=(f"a-{number}",)) for number in range(n))
    with _outbox(where).unit(TENANT) as unit:
        unit.save_dispatches(plan(one, at=NOON, not_before=NOON, not_after=None) for one in proposals)


def outbox_claim(n: int, where: str) -> list[int]:
    """Claim up to n contacts that nobody else has."""
    until = NOON + LEASE
    with _outbox(where).unit(TENANT) as unit:
        ready = unit.ready(NOON, limit=n)
        taken = [attrs.evolve(row, state=DispatchState.RESERVED, fence=row.fence + 1, worker="w-1", lease_until=until) for row in ready]
        unit.save_dispatches(taken)
    return [int(row.id) for row in ready]
