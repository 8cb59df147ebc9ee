"""Ageing: bands, segments and the report of a book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from collectkit.delinquency import Buckets
from collectkit.portfolio.kernel import age_and_segment as age
from collectkit.rules import Table

__all__ = ["age_and_segment"]


def age_and_segment(
    columns: Mapping[str, np.ndarray],
    asof: int,
    edges: Sequence[int],
    rules: Sequence[tuple[str, int]],
    out_bucket: np.ndarray,
    out_segment: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Sort accounts into bands and segments, and add each segment up."""
    facts = {name: columns[name] for name in ("score", "prod", "flag")}
    *_, sums = age(
        columns["due"],
        columns["bal"],
        facts,
        as_of=asof,
        buckets=Buckets(tuple(edges)),
        segments=Table.of(rules),
        bucket_fact="b",
        outstanding_fact="bal",
        out=(out_bucket, out_segment),
    )
    return sums.counts, sums.totals
