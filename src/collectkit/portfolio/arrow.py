"""The night over Arrow record batches: locally from any Arrow table, on a cluster as the function of `mapInArrow`.

Batches come in and go out in order, each with the same rows; nothing is opened here. `collectkit.drivers.parquet` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from collectkit.errors import MissingExtraError, ValidationError
from collectkit.portfolio.nightly import Night, NightColumns, NightRules, run_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OUTPUT", "NightFields", "run_batches"]

OUTPUT: Mapping[str, str] = {"bucket": "bucket", "segment": "segment", "remind": "remind", "action": "action"}
"""What a night decides, under its own names."""


@attrs.frozen
class NightFields:
    """
    Which field of a record is which column of a night.

    Attributes:
        names: For each column of `NightColumns` but the facts, its field.
        facts: Further fields that the segments name.
        paid_today: Field with what was paid today, 0 for most; empty for none.
        into: Name in the output of ``bucket``, ``segment``, ``remind`` and ``action``.
    """

    names: Mapping[str, str]
    facts: Sequence[str] = ()
    paid_today: str = ""
    into: Mapping[str, str] = OUTPUT

    @property
    def read(self) -> list[str]:
        """Return every field that is read."""
        return [*self.names.values(), *self.facts, *([self.paid_today] if self.paid_today else [])]


def run_batches(batches: Iterable[pa.RecordBatch], rules: NightRules, fields: NightFields) -> Iterator[pa.RecordBatch]:
    """
    Yield for each batch what the night decides on its rows, four bytes a row.

    A batch that comes out is overwritten when the next is asked for; who keeps it copies it.

    Raises:
        MissingExtraError: The extra ``parquet`` is not installed.
        ValidationError: A field is missing or holds nulls; what came out so far is not to be used.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError("a night over Arrow", "parquet") from error
    out = Night.buffers(0)
    for batch in batches:
        size = batch.num_rows
        if len(out.bucket) < size:
            out = Night.buffers(size)
        held = Night(*(getattr(out, name)[:size] for name in OUTPUT))
        run_columns(_columns(batch, fields), rules, out=held)
        yield pa.record_batch([pa.array(getattr(held, name)) for name in OUTPUT], names=[fields.into[name] for name in OUTPUT])


def _columns(batch: pa.RecordBatch, fields: NightFields) -> NightColumns:
    columns = {name: _values(batch, held) for name, held in fields.names.items()}
    if fields.paid_today:
        columns["paid_minor"] = columns["paid_minor"] + _values(batch, fields.paid_today)
    return NightColumns(**columns, facts={name: _values(batch, name) for name in fields.facts})


def _values(batch: pa.RecordBatch, name: str) -> Any:
    if name not in batch.schema.names:
        raise ValidationError(f"the records have no field {name!r}; they have {', '.join(batch.schema.names)}; nothing was computed")
    column = batch.column(name)
    if column.null_count:
        raise ValidationError(f"field {name!r} holds nulls; what came out so far is not to be used, nothing more was computed")
    return np.asarray(column)
