"""A night from one Parquet file to another, a batch of rows at a time: the book need not fit into memory."""

from __future__ import annotations

from os import PathLike

from collectkit.errors import MissingExtraError, ValidationError
from collectkit.portfolio.arrow import OUTPUT, NightFields, run_batches
from collectkit.portfolio.nightly import NightRules

__all__ = ["run_parquet"]

BATCH = 1 << 18
"""Rows of a batch: few enough to stay near the processor, many enough that the file library's own cost vanishes."""


def run_parquet(path_in: str | PathLike[str], path_out: str | PathLike[str], rules: NightRules, fields: NightFields) -> None:
    """
    Run the night of a file; the other file gets the same rows in the same order.

    Args:
        path_in: The book.
        path_out: What the night decided, four bytes an account; a file that is there is replaced.
        rules: What it is run by.
        fields: Which field is which column.

    Raises:
        MissingExtraError: The extra ``parquet`` is not installed.
        ValidationError: A field is missing or holds nulls; the output is not to be used.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("a night over Parquet", "parquet") from error
    with pq.ParquetFile(path_in, memory_map=True) as source:
        missing = sorted(set(fields.read) - set(source.schema_arrow.names))
        if missing:
            raise ValidationError(f"the file lacks {', '.join(missing)}; nothing was computed")
        schema = pa.schema([(fields.into[name], pa.uint8()) for name in OUTPUT])
        batches = source.iter_batches(BATCH, columns=fields.read, use_threads=True)
        with pq.ParquetWriter(path_out, schema, compression="lz4", write_statistics=False) as target:
            for night in run_batches(batches, rules, fields):
                target.write_batch(night, row_group_size=BATCH)
