"""The whole night over columns, and from one Parquet file to another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from collectkit.delinquency import Buckets
from collectkit.drivers.parquet import run_parquet
from collectkit.portfolio.arrow import NightFields
from collectkit.portfolio.nightly import Night, NightColumns, NightRules, open_zones, run_columns
from collectkit.rules import Table

__all__ = ["night_parquet", "nightly"]

NAMES = {"installment_minor": "inst", "paid_minor": "paid", "first_due_on": "first", "attempted_on": "kth", "zone": "zone"}
FACTS = ("score", "prod", "flag")

FIELDS = NightFields(NAMES, FACTS, paid_today="amt", into={"bucket": "b", "segment": "seg", "remind": "rem", "action": "act"})

_buffers = lru_cache(maxsize=1)(Night.buffers)


def nightly(columns: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """Run one night into the columns that a host keeps between its runs."""
    book = NightColumns(**{name: columns[held] for name, held in NAMES.items()}, facts={name: columns[name] for name in FACTS})
    night = run_columns(book, _rules(settings), payments=(columns["pay_acc"], columns["pay_amt"]), out=_buffers(len(book)))
    assert night.sums is not None
    return night.bucket, night.segment, night.remind, night.action, (night.sums.counts, night.sums.totals)


def night_parquet(path_in: str, path_out: str, settings: Mapping[str, Any]) -> None:
    """Run one night from a file to a file."""
    run_parquet(path_in, path_out, _rules(settings), FIELDS)


def _rules(settings: Mapping[str, Any]) -> NightRules:
    return NightRules(
        as_of=settings["asof"],
        installments=settings["instalments"],
        every_days=settings["every_days"],
        buckets=Buckets(tuple(settings["edges"])),
        segments=Table.of(settings["rules"]),
        remind_on=tuple(settings["remind"]),
        attempted_until=settings["cutoff"],
        zones_open=open_zones(settings["zone_minutes"], settings["send_at"], tuple(settings["hours"])),
        actions=tuple(settings["actions"]),
        wait=settings["wait"],
        bucket_fact="b",
        outstanding_fact="bal",
    )
