"""`collectkit import`: files onto a book, with a result for every row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import attrs
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from collectkit.cli.options import OK, REJECTED, AsJson, At, Book, instant, opened, print_json
from collectkit.intake.results import ImportSummary, RowStatus

if TYPE_CHECKING:
    from collectkit.kit_intake import Progress as Told

REJECTIONS_SHOWN = 20


def import_command(
    mapping: str,
    files: list[Path],
    /,
    *,
    options: Book,
    dry_run: Annotated[bool, Parameter(negative=(), help="Tell what would happen and write nothing.")] = False,
    all_or_nothing: Annotated[bool, Parameter(negative=(), help="Write nothing when one row is rejected.")] = False,
    quarantine: Annotated[Path | None, Parameter(help="An existing folder for files of the rejected rows.")] = None,
    workers: Annotated[
        Literal[1, 2] | None, Parameter(help="2 reads in a second process, 1 in this one; by default large files in a second.")
    ] = None,
    at: At = None,
    as_of: Annotated[date | None, Parameter(help="Business date; by default that of the instant.")] = None,
    as_json: AsJson = False,
) -> int:
    """
    Import files; the same files again change nothing.

    Args:
        mapping: Name of a bundled mapping, or the path of a TOML file.
        files: The files, or the one folder they lie in.
    """
    with opened(options, make=not dry_run, in_memory=dry_run) as kit, _bar() as told:
        summary = kit.import_files(
            mapping,
            files[0] if len(files) == 1 else files,
            at=instant(at),
            as_of=as_of,
            dry_run=dry_run,
            mode="all_or_nothing" if all_or_nothing else "row_by_row",
            quarantine=quarantine,
            progress=told,
            workers=workers,
        )
    if as_json:
        print_json(as_mapping(summary))
    else:
        _show(summary)
    return REJECTED if summary.held or summary.incomplete or summary.count(RowStatus.REJECTED) else OK


def as_mapping(summary: ImportSummary) -> dict[str, object]:
    """Return a summary as names, numbers and texts, without the result of each single row."""
    return {
        "mapping": summary.mapping,
        "mode": summary.mode,
        "dry_run": summary.dry_run,
        "written": summary.written,
        "held": summary.held,
        "already_imported_at": summary.already_imported_at,
        "rows": summary.rows,
        **{status.name.lower(): summary.count(status) for status in RowStatus},
        "people": summary.people,
        "accounts": summary.accounts,
        "payments": summary.payments,
        "incomplete": list(summary.incomplete),
        "sources": [
            {
                "source": source.source,
                "file": source.file,
                "sha256": source.digest,
                "rows": source.rows,
                **{status.name.lower(): source.count(status) for status in RowStatus},
            }
            for source in summary.sources
        ],
        "rejections": [attrs.asdict(rejection) for rejection in summary.rejections],
    }


@contextmanager
def _bar() -> Iterator[Told]:
    """Show a bar on standard error while it is a terminal, so that standard output holds the result and nothing else."""
    columns = (TextColumn("importing"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("rows", total=None)

        def told(done: int, expected: int) -> None:
            progress.update(task, completed=done, total=expected or None)

        yield told


def _show(summary: ImportSummary) -> None:
    console = Console()
    console.print(_rows(summary))
    if summary.rejections:
        console.print(_rejections(summary))
    print(summary)
    if summary.written:
        print(f"on the book now: {summary.people} people, {summary.accounts} accounts and {summary.payments} payments more than before")


def _rows(summary: ImportSummary) -> Table:
    table = Table(title=f"{summary.mapping}: what became of each row", title_justify="left")
    shown = [status for status in RowStatus if summary.count(status)]
    table.add_column("file")
    for heading in ("rows", *(status.name.lower() for status in shown)):
        table.add_column(heading, justify="right")
    for source in summary.sources:
        table.add_row(source.source, f"{source.rows:,}", *(f"{source.count(status):,}" for status in shown))
    return table


def _rejections(summary: ImportSummary) -> Table:
    shown = summary.rejections[:REJECTIONS_SHOWN]
    title = "rejected rows" if len(shown) == summary.count(RowStatus.REJECTED) else f"the first {len(shown)} rejected rows"
    table = Table(title=title, title_justify="left")
    for heading in ("file", "row", "field", "found", "what is wrong", "what to do"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        place = f"{one.row}.{one.item}" if one.item else str(one.row)
        table.add_row(one.source, place, one.field, one.value_class, one.message, one.fix)
    return table
