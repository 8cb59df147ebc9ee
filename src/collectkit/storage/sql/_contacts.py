"""Budgets and contacts in SQL tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from collectkit.actions import Spend
from collectkit.calendars.dates import epoch_micros, from_epoch_micros
from collectkit.identifiers import AccountId
from collectkit.servicing.dispatch import REFUSED_BY, Dispatch, DispatchState
from collectkit.servicing.health import ContactFigures
from collectkit.storage.budgets import BudgetRows
from collectkit.storage.codec import codec_for
from collectkit.storage.keeper import PLAIN, Keeper
from collectkit.storage.sql._session import Session, pages
from collectkit.storage.sql._tables import BUDGETS, DISPATCHED_ACCOUNTS, DISPATCHES, PEOPLE

_DISPATCH = codec_for(Dispatch)
_BUDGET_KEYS = ("tenant", "subject", "rule")


class ContactRows(BudgetRows, Session):
    """The part of a unit that keeps contacts and what they may spend."""

    def __init__(self, connection: sa.Connection, tenant: str, keeper: Keeper = PLAIN, *, deciding: bool = True) -> None:
        super().__init__(connection, tenant, keeper, deciding=deciding)
        self._about: dict[str, tuple[AccountId, ...]] = {}

    # Budgets

    def _hold_budgets(self, spends: Sequence[Spend]) -> None:
        """Make the rows of budgets that have none, and hold them all, in the order of their names."""
        names = sorted({(spend.subject, spend.rule): spend.cap for spend in spends}.items())
        if not self._locks or not names:
            return
        rows = [
            {"tenant": self._tenant, "subject": subject, "rule": rule, "cap": cap, "used": 0, "days": "[]", "version": 0}
            for (subject, rule), cap in names
        ]
        self._write_new(BUDGETS, rows, _BUDGET_KEYS)
        wanted = sa.tuple_(BUDGETS.c.subject, BUDGETS.c.rule).in_([name for name, _ in names])
        in_order = (BUDGETS.c.subject, BUDGETS.c.rule)
        self._run(sa.select(BUDGETS.c.version).where(self._mine(BUDGETS), wanted).order_by(*in_order).with_for_update())

    def _budget(self, spend: Spend) -> tuple[list[int], int | None]:
        statement = sa.select(BUDGETS.c.days, BUDGETS.c.version).where(*self._named(spend))
        row = self._one(statement)
        return ([], None) if row is None else (json.loads(row.days), row.version)

    def _named(self, spend: Spend) -> tuple[sa.ColumnElement[bool], ...]:
        return self._mine(BUDGETS), BUDGETS.c.subject == spend.subject, BUDGETS.c.rule == spend.rule

    def _write_budget(self, spend: Spend, days: list[int], used: int, version: int | None) -> bool:
        values = {"cap": spend.cap, "used": used, "days": json.dumps(days)}
        if version is None:
            if used > spend.cap:
                return False
            row = {"tenant": self._tenant, "subject": spend.subject, "rule": spend.rule, "version": 1}
            return self._write_new(BUDGETS, [{**row, **values}], _BUDGET_KEYS) == 1
        statement = (
            sa.update(BUDGETS)
            .where(*self._named(spend), BUDGETS.c.version == version, sa.literal(used) <= spend.cap)
            .values(version=version + 1, **values)
        )
        return bool(self._run(statement).rowcount == 1)

    # Dispatch

    def dispatch(self, id: str) -> Dispatch | None:
        row = self._one(sa.select(DISPATCHES.c.data).where(self._mine(DISPATCHES), DISPATCHES.c.id == id))
        return None if row is None else _DISPATCH.read(row.data)

    def contacts_named(self, ids: Sequence[str]) -> dict[str, Dispatch]:
        found: dict[str, Dispatch] = {}
        for page in pages(ids):
            statement = sa.select(DISPATCHES.c.id, DISPATCHES.c.data).where(self._mine(DISPATCHES), self._among(DISPATCHES.c.id, page))
            found.update({id: _DISPATCH.read(data) for id, data in self._run(statement)})
        return found

    def save_dispatches(self, rows: Iterable[Dispatch]) -> None:
        held = list(rows)
        self._upsert(DISPATCHES, (self._row(d) for d in held if d.id not in self._about))
        self._rewrite(DISPATCHES, [self._row(d) for d in held if d.id in self._about])
        new = [d for d in held if self._about.get(d.id) != d.proposal.accounts]
        self._upsert(DISPATCHED_ACCOUNTS, ({"tenant": self._tenant, "account": a, "id": d.id} for d in new for a in d.proposal.accounts))

    def _row(self, dispatch: Dispatch) -> dict[str, object]:
        return {
            "tenant": self._tenant,
            "id": dispatch.id,
            "state": dispatch.state.value,
            "person": dispatch.proposal.person,
            "not_before": epoch_micros(dispatch.not_before),
            "lease_until": None if dispatch.lease_until is None else epoch_micros(dispatch.lease_until),
            "data": _DISPATCH.write(dispatch),
        }

    def ready(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        come = sa.and_(DISPATCHES.c.state == "planned", DISPATCHES.c.not_before <= epoch_micros(at))
        return self._next(come, DISPATCHES.c.not_before, limit)

    def lost(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        over = sa.and_(DISPATCHES.c.state.in_(("reserved", "sending")), DISPATCHES.c.lease_until < epoch_micros(at))
        return self._next(over, DISPATCHES.c.lease_until, limit)

    def _next(self, which: sa.ColumnElement[bool], first: sa.ColumnElement[Any], limit: int) -> list[Dispatch]:
        """
        Return the first contacts that nobody else is working on just now, and hold them and their people.

        Contacts and people that another unit holds are left to it: workers share a list instead of waiting for each
        other, and who never waits cannot be part of a deadlock. Only when nothing at all is free does it wait, holding
        nothing new meanwhile, and looks again.
        """
        mine = self._mine(DISPATCHES)
        statement = sa.select(DISPATCHES.c.data, DISPATCHES.c.person).where(mine, which).order_by(first, DISPATCHES.c.id).limit(limit)
        if not self._locks:
            return self._read([row.data for row in self._run(statement)])
        while True:
            attempt = self._connection.begin_nested()
            rows = self._run(statement.with_for_update(skip_locked=True)).all()
            busy = self._busy({row.person for row in rows})
            free = [row for row in rows if row.person not in busy]
            if free or not rows:
                attempt.commit()
                self._held.update(row.person for row in free)
                return self._read([row.data for row in free])
            attempt.rollback()
            self._wait_for(busy)

    def _read(self, texts: Sequence[str]) -> list[Dispatch]:
        """Return contacts, and note which accounts they are already known to be about."""
        found = [_DISPATCH.read(text) for text in texts]
        self._about.update((row.id, row.proposal.accounts) for row in found)
        return found

    def _wait_for(self, people: set[str]) -> None:
        """Wait until one of the people is free, without keeping them."""
        waiting = self._connection.begin_nested()
        known = sa.select(PEOPLE.c.person).where(self._mine(PEOPLE), PEOPLE.c.person == min(people))
        self._run(known.with_for_update())
        waiting.rollback()

    def _busy(self, people: set[str]) -> set[str]:
        """Hold those of the people who are free and return the others, without waiting for them."""
        wanted = sorted(people - self._held)
        if not wanted:
            return set()
        known = sa.select(PEOPLE.c.person).where(self._mine(PEOPLE), self._among(PEOPLE.c.person, wanted))
        free = known.order_by(PEOPLE.c.person).with_for_update(skip_locked=True).cte("free")
        return set(self._run(known.where(PEOPLE.c.person.not_in(sa.select(free.c.person)))).scalars())

    def dispatches(self, *, state: DispatchState | None = None, account: AccountId | None = None, limit: int = 10_000) -> list[Dispatch]:
        statement = sa.select(DISPATCHES.c.data).where(self._mine(DISPATCHES)).order_by(DISPATCHES.c.id).limit(limit)
        if state is not None:
            statement = statement.where(DISPATCHES.c.state == state.value)
        if account is not None:
            about = DISPATCHED_ACCOUNTS
            statement = statement.join(about, sa.and_(about.c.tenant == DISPATCHES.c.tenant, about.c.id == DISPATCHES.c.id))
            statement = statement.where(about.c.account == account)
        return [_DISPATCH.read(row.data) for row in self._run(statement)]

    def contact_figures(self, at: datetime) -> ContactFigures:
        held, count = DISPATCHES.c, sa.func.count()

        def counting(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
            return sa.select(*columns).select_from(DISPATCHES).where(self._mine(DISPATCHES))

        overdue = count.filter(held.not_before <= epoch_micros(at))
        planned = self._run(counting(count, overdue, sa.func.min(held.not_before)).where(held.state == "planned")).one()
        under_way = self._run(counting(count).where(held.state.in_(("reserved", "sending")))).scalar_one()
        unknown = self._run(counting(count).where(held.state == "unknown")).scalar_one()
        reason = self._in_json(held.data, "reason")
        refused = counting(reason, count).where(held.state == "not_sent", reason.startswith(REFUSED_BY)).group_by(reason)
        since = from_epoch_micros(planned[2]) if planned[1] else None
        return ContactFigures(planned[0], planned[1], since, under_way, unknown, dict(self._run(refused).all()))

    def _in_json(self, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[str]:
        """Return a text of the object that a column holds as JSON."""
        if self._dialect == "postgresql":
            return sa.func.json_extract_path_text(sa.cast(column, sa.JSON), name, type_=sa.Text())
        return sa.func.json_extract(column, f"$.{name}", type_=sa.Text())
