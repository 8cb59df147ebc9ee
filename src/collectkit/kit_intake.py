"""Putting a delivery on the book: in chunks, each in one transaction, each row with a result.

What stands already is compared and never overwritten: a contract does not change by import, a payment id has one
content. Only the data of a person may change, and a repeated delivery does not even do that.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from collectkit._kit.import_process import Reader, worthwhile
from collectkit._kit.import_wire import chunks_of
from collectkit._kit.importing import Chunk, Known, StandingPolicy
from collectkit._kit.prepared import Prepared
from collectkit.errors import ValidationError
from collectkit.events import Context
from collectkit.intake import Control, Delivery, ImportSummary, Limits, Paths, RowStatus, load_mapping, write_quarantine
from collectkit.intake import Mapping as IntakeMapping
from collectkit.intake.results import ordered
from collectkit.intake.values import FaultyValueError
from collectkit.storage.store import Store, Unit

Mode: TypeAlias = Literal["row_by_row", "all_or_nothing"]
Progress: TypeAlias = Callable[[int, int], None]
"""Rows done, and about how many there are in all; 0 when that is not known."""

CHUNK_ROWS = 5_000
RUN_KIND = "import"
WORKERS = (1, 2)


def import_files(
    store: Store,
    tenant: str,
    mapping: str | Path | IntakeMapping,
    paths: Paths,
    *,
    context: Context,
    as_of: date,
    standing_policy: StandingPolicy | None = None,
    dry_run: bool = False,
    mode: Mode = "row_by_row",
    controls: Mapping[str, Control] | None = None,
    quarantine: str | Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> ImportSummary:
    """
    Import files and return what became of each row.

    The same files again change nothing. An import that was broken off is simply started again.

    Args:
        store: Where the book lies.
        tenant: Whose book.
        mapping: A bundled name, a TOML file, or a mapping that was read.
        paths: A folder, one or several files, or a file for each source of the mapping.
        context: Who imports, when, by which command.
        as_of: Business date of the standings that are written.
        standing_policy: How standings are computed; None for the defaults.
        dry_run: Compute all results and write nothing. Others wait meanwhile, as they do with ``all_or_nothing``.
        mode: ``row_by_row`` puts what is good on the book and rejects the rest, ``all_or_nothing`` writes all or no rows.
        controls: What the sender says each source holds; when it disagrees nothing is written.
        quarantine: An existing folder for files of rejected rows; None for none.
        limits: What is too large to be read.
        progress: Called after each chunk.
        workers: 2 reads the files in a second process while this one writes; 1 does both here; None takes a second one where
            the files are large, there are processors for two, and a Python interpreter can be started. The result is the same.

    Raises:
        IntakeError: A mapping or a file cannot be used at all; no row was imported.
        ValidationError: *workers*, *mode* or *quarantine* is not what it should be; no row was imported.
        StoreUnavailableError: The store cannot be reached; chunks before stand, and the import may be started again.
        ImportBrokenOffError: The second process ended before the files did; chunks before stand, and likewise.
    """
    if workers not in (None, *WORKERS) or isinstance(workers, bool):
        raise ValidationError(f"workers is 1, 2 or None, got {workers!r}; no row was imported")
    if mode not in ("row_by_row", "all_or_nothing"):
        raise ValidationError(f"mode is 'row_by_row' or 'all_or_nothing', got {mode!r}; no row was imported")
    if quarantine is not None and not Path(quarantine).is_dir():
        raise ValidationError(f"quarantine: there is no folder {str(quarantine)!r}; no row was imported")
    delivery = Delivery(load_mapping(mapping), paths, limits)
    run = _Import(store, tenant, delivery, context, as_of, standing_policy or StandingPolicy(), dry_run, mode, controls or {}, progress)
    two = workers == 2 or (workers is None and worthwhile(delivery))
    with Reader(delivery, as_of, CHUNK_ROWS, insist=workers == 2) if two else nullcontext() as reader:
        summary = run.run(chunks_of(delivery, CHUNK_ROWS) if reader is None else reader.chunks())
    if quarantine is not None:
        write_quarantine(delivery, quarantine)
    return summary


@contextmanager
def _uncollected() -> Iterator[None]:
    """
    Keep the cycle collector from running inside.

    An import makes objects by the million and no cycles; looking for some costs a quarter of its time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


class _HeldError(Exception):
    """Leaves a transaction so that nothing of it stands."""


class _Import:
    """One import while it runs."""

    def __init__(
        self,
        store: Store,
        tenant: str,
        delivery: Delivery,
        context: Context,
        as_of: date,
        policy: StandingPolicy,
        dry_run: bool,
        mode: str,
        controls: Mapping[str, Control],
        progress: Progress | None,
    ) -> None:
        self._store, self._tenant, self._delivery = store, tenant, delivery
        self._context, self._as_of, self._policy = context, as_of, policy
        self._dry_run, self._mode, self._controls, self._progress = dry_run, mode, controls, progress
        self._key = hashlib.sha256(delivery.key.encode()).hexdigest()
        self._totals: Counter[str] = Counter()
        self._held = ""
        self._before: datetime | None = None
        self._known = Known()
        unknown = sorted(set(controls) - set(delivery.tallies))
        if unknown:
            raise ValidationError(f"there is a control for {unknown[0]!r}, which is not delivered; no row was imported")

    def run(self, chunks: Iterable[list[Prepared]]) -> ImportSummary:
        """Write everything, chunk by chunk as it was read."""
        with self._store.unit(self._tenant) as unit:
            said = unit.run(RUN_KIND, self._key)
        self._before = None if said is None else datetime.fromisoformat(json.loads(said)["at"])
        self._known.repeated = self._before is not None
        at_once = self._dry_run or self._mode == "all_or_nothing" or bool(self._controls)
        try:
            with _uncollected(), self._store.unit(self._tenant) if at_once else nullcontext() as whole:
                for chunk in chunks:
                    self._count(chunk)
                    with self._unit(whole) as unit:
                        self._write(unit, chunk)
                self._check()
                with self._unit(whole) as unit:
                    self._finish(unit)
        except _HeldError as held:
            self._held = str(held)
        return self._summary()

    def _unit(self, whole: Unit | None) -> AbstractContextManager[Unit]:
        return nullcontext(whole) if whole is not None else self._store.unit(self._tenant)

    def _count(self, drafts: Iterable[Prepared]) -> None:
        """Add up what the controls ask for."""
        if self._controls:
            for draft in drafts:
                self._totals[draft.tally.source] += draft.asked_minor

    def _write(self, unit: Unit, drafts: list[Prepared]) -> None:
        chunk = Chunk(unit, self._known, self._context, self._as_of, self._policy)
        chunk.look_up(drafts)
        for draft in drafts:
            try:
                draft.settle(chunk.enter(draft))
            except FaultyValueError as fault:
                draft.reject(fault)
        chunk.write()
        if self._progress is not None:
            done = sum(len(tally.statuses) for tally in self._delivery.tallies.values())
            self._progress(done, max(done, self._delivery.rows_expected))

    def _check(self) -> None:
        """Hold everything back when a control disagrees or, all or nothing, a row was rejected or is missing."""
        for name, control in self._controls.items():
            rows = len(self._delivery.tallies[name].statuses)
            if control.rows is not None and control.rows != rows:
                raise _HeldError(f"{name!r} holds {rows} rows, its control says {control.rows}")
            if control.total_minor is not None and control.total_minor != self._totals[name]:
                raise _HeldError(f"{name!r} adds up to {self._totals[name]} minor units, its control says {control.total_minor}")
        tallies = self._delivery.tallies.values()
        if self._mode == "all_or_nothing":
            rejected = sum(tally.statuses.count(RowStatus.REJECTED) for tally in tallies)
            if rejected:
                raise _HeldError(f"{rejected} rows were rejected, and the mode is all_or_nothing")
            if any(tally.incomplete for tally in tallies):
                raise _HeldError("a file is incomplete, and the mode is all_or_nothing")
        if self._dry_run:
            raise _HeldError("")

    def _finish(self, unit: Unit) -> None:
        rows = sum(len(tally.statuses) for tally in self._delivery.tallies.values())
        files = {tally.file: tally.digest for tally in self._delivery.tallies.values()}
        if self._before is None:
            said = {"at": self._context.at.isoformat(), "mapping": self._delivery.mapping.name, "rows": rows, "files": files}
            unit.save_run(RUN_KIND, self._key, json.dumps(said, sort_keys=True))

    def _summary(self) -> ImportSummary:
        tallies = list(self._delivery.tallies.values())
        return ImportSummary(
            mapping=self._delivery.mapping.name,
            mode=self._mode,
            dry_run=self._dry_run,
            held=self._held,
            already_imported_at=self._before,
            sources=tuple(tally.summary() for tally in tallies),
            rejections=ordered(tallies),
            people=self._known.registered,
            accounts=self._known.opened,
            payments=self._known.posted,
        )
