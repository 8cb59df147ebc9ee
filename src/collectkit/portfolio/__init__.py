"""Portfolio: many accounts at once, the fields of a standing as columns."""

from __future__ import annotations

from collectkit.portfolio.columns import NO_DAY, Portfolio, bucket_index

__all__ = ["NO_DAY", "Portfolio", "bucket_index"]
