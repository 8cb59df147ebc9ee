"""Purchases with a number of installments and no dates: how plans share their price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from collectkit.facts import AccountFacts
from collectkit.intake import Mapping
from collectkit.intake.loading import load_mapping
from collectkit.intake.mapping import Field

from .cases import Case, compare, read_facts
from .imported import bring_in


def cases(folder: Path, mapping: str) -> Iterator[Case]:
    """Yield every figure of the facts of such a folder."""
    expected = read_facts(folder)
    plain = load_mapping(mapping)
    book = bring_in(folder, plain)
    rows = bring_in(folder, _one_unit_each(plain))
    source = rows.summary.source("payments")
    by_order: dict[str, set[str]] = {}
    for facts in rows.accounts:
        by_order.setdefault(facts.account.consumer, set()).add(facts.account.metadata["payment_type"])
    repeated = Counter(facts.account.consumer for facts in rows.accounts)
    actual = {
        "rows": source.rows,
        "orders": len(by_order),
        "by_type": dict(source.counted["payment_type"]),
        "by_installments": dict(source.counted["payment_installments"]),
        "value_cents": sum(_value(facts) for facts in rows.accounts),
        "zero_value_rows": sum(not _value(facts) for facts in rows.accounts),
        "orders_with_several_payment_rows": sum(count > 1 for count in repeated.values()),
        "orders_mixing_payment_types": sum(len(types) > 1 for types in by_order.values()),
        "plans": _plans([facts for facts in book.accounts if len(facts.plan) > 1]),
    }
    for name in dict.fromkeys((*expected, *actual)):
        yield from compare(f"{mapping}: {name}", expected.get(name), actual.get(name))


def _one_unit_each(plain: Mapping) -> Mapping:
    """Read every row as an account whatever its terms, so that rows are counted that make no plan."""
    account = plain.account
    assert account is not None
    terms = {**account.plan.terms, "total": _constant("total", "1.00"), "count": _constant("count", 1)}
    changed = attrs.evolve(account, plan=attrs.evolve(account.plan, terms=terms))
    return attrs.evolve(plain, digest=f"{plain.digest} rows", account=changed)


def _constant(name: str, value: str | int) -> Field:
    kind = "amount" if isinstance(value, str) else "integer"
    return Field(target=f"account.plan.terms.{name}", kind=kind, constant=value)


def _value(facts: AccountFacts) -> int:
    return int(facts.account.metadata["payment_value"].replace(".", ""))


def _plans(accounts: Sequence[AccountFacts]) -> dict[str, object]:
    plans = [facts.plan for facts in accounts]
    # Every installment is the smallest or a cent more, so that the smallest is the price divided and rounded down.
    rests = [plan.total_minor - min(plan.principal) * len(plan) for plan in plans]
    return {
        "plans": len(plans),
        "instalments": sum(map(len, plans)),
        "value_cents": sum(plan.total_minor for plan in plans),
        "plans_not_divisible_in_cents": sum(rest > 0 for rest in rests),
        "remainder_cents_total": sum(rests),
        "sum_of_floor_instalments_cents": sum(min(plan.principal) * len(plan) for plan in plans),
        "longest_plan": max(map(len, plans), default=0),
        "smallest_floor_instalment_cents": min((min(plan.principal) for plan in plans), default=0),
    }
