"""A night from file to file says what the night over the columns says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectkit.delinquency import Buckets
from collectkit.drivers import parquet
from collectkit.drivers.parquet import run_parquet
from collectkit.errors import ValidationError
from collectkit.portfolio.arrow import NightFields
from collectkit.portfolio.nightly import NightColumns, NightRules, run_columns
from collectkit.rules import Table

DAY = 20_500
RULES = NightRules(
    as_of=DAY,
    installments=4,
    every_days=14,
    buckets=Buckets((1, 8, 15)),
    segments=Table.of([("bucket == 0", 0), ("score >= 600", 1), ("True", 2)]),
    remind_on=(-3, 0, 1),
    attempted_until=DAY - 7,
    zones_open=(1, 0),
    actions=(1, 2, 3),
    wait=9,
)
FIELDS = NightFields(
    names={"installment_minor": "inst", "paid_minor": "paid", "first_due_on": "first", "attempted_on": "kth", "zone": "zone"},
    facts=("score",),
    paid_today="amt",
)


def book(size):
    rng = np.random.default_rng(3)
    inst = rng.integers(1000, 40_000, size).astype(np.int32)
    return {
        "inst": inst,
        "paid": (inst * rng.integers(0, 4, size)).astype(np.int32),
        "first": (DAY - rng.integers(0, 160, size)).astype(np.int32),
        "kth": (DAY - rng.integers(0, 30, size)).astype(np.int32),
        "zone": rng.integers(0, 2, size).astype(np.uint8),
        "score": rng.integers(300, 850, size).astype(np.int16),
        "amt": (inst * rng.integers(0, 2, size)).astype(np.int32),
    }


class TestRunParquet:
    def test_rows_and_their_order_are_kept(self, tmp_path, monkeypatch):
        """
        Batches of the file are the whole night; the last one is shorter.
        """
        monkeypatch.setattr(parquet, "BATCH", 64)
        held = book(200)
        pq.write_table(pa.table(held), tmp_path / "book.parquet")
        run_parquet(tmp_path / "book.parquet", tmp_path / "night.parquet", RULES, FIELDS)

        columns = NightColumns(held["inst"], held["paid"] + held["amt"], held["first"], held["kth"], held["zone"], {"score": held["score"]})
        night = run_columns(columns, RULES)
        written = pq.read_table(tmp_path / "night.parquet")
        for name in ("bucket", "segment", "remind", "action"):
            assert getattr(night, name).tolist() == written[name].to_pylist()

    def test_a_missing_field_is_named(self, tmp_path):
        """
        Nothing is computed on half a book.
        """
        held = book(3)
        del held["kth"]
        pq.write_table(pa.table(held), tmp_path / "book.parquet")
        with pytest.raises(ValidationError, match="lacks kth"):
            run_parquet(tmp_path / "book.parquet", tmp_path / "night.parquet", RULES, FIELDS)

    def test_nulls_are_refused(self, tmp_path):
        """
        An unknown amount is no amount of zero.
        """
        held = {**book(3), "paid": pa.array([1, None, 3], pa.int32())}
        pq.write_table(pa.table(held), tmp_path / "book.parquet")
        with pytest.raises(ValidationError, match="'paid' holds nulls"):
            run_parquet(tmp_path / "book.parquet", tmp_path / "night.parquet", RULES, FIELDS)
