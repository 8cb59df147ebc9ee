"""`collectkit demo`: a made-up book, sixty nights of work on it, and the report of the last one."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from collectkit.cli.options import OK, need
from collectkit.errors import ValidationError
from collectkit.money import format_money

if TYPE_CHECKING:
    from collectkit.demo.run import DemoResult
    from collectkit.reports import NightlyReport

FOLDER = "collectkit-demo"
MARK = ".collectkit-demo"
"""A file that tells a folder of the demo from any other, so that nothing of anybody else is ever removed."""
BOOK, REPORT, OUTBOX = "book.db", "report.html", "outbox"
REFUSALS_SHOWN = 10


def demo_command(
    *,
    accounts: Annotated[int, Parameter(help="How many orders.")] = 3_000,
    nights: Annotated[int, Parameter(help="How many nights.")] = 60,
    seed: Annotated[int, Parameter(help="The same seed makes the same book.")] = 7,
    folder: Annotated[Path, Parameter(help="Where the book and the report go; an earlier demo there is replaced.")] = Path(FOLDER),
) -> int:
    """Make up a book, work it for some nights, and report. No message leaves the folder and nobody in the book exists."""
    need("numpy", "the demo", "columns")
    from collectkit.demo.agencies import with_agencies
    from collectkit.demo.book import generate
    from collectkit.demo.desk import Desk
    from collectkit.demo.exchange import Exchange
    from collectkit.demo.run import demo_policy, run
    from collectkit.kit import Kit
    from collectkit.reports import render

    console = Console()
    book = generate(seed, accounts)
    _check_nights(nights)
    prepare(folder)
    policy = with_agencies(demo_policy(), book.starts_on)
    with _rare_collections(), Kit.open(_url(folder / BOOK), policy=policy, actor="demo") as kit, _bar(console) as bar:
        task = bar.add_task(f"{accounts} accounts, {nights} nights", total=None)
        result = run(
            kit,
            book,
            nights,
            lambda done, total: bar.update(task, completed=done, total=total),
            desk=Desk(kit),
            exchange=Exchange(kit),
        )
    (folder / REPORT).write_text(render(result.report), encoding="utf-8")
    show(console, result)
    console.print(f"\nThe report is {folder / REPORT}, the book {folder / BOOK}. No message left {folder / OUTBOX}.", soft_wrap=True)
    return OK


def prepare(folder: Path) -> None:
    """
    Make *folder*, or empty it of an earlier demo.

    Raises:
        ValidationError: It holds something that is not a demo's; nothing was touched.
    """
    if folder.exists() and not folder.is_dir():
        raise ValidationError(f"{str(folder)!r} is no folder; name another with --folder; nothing was touched")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise ValidationError(f"the folder {str(folder)!r} is not one of the demo's; name another with --folder; nothing was touched")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by `collectkit demo`, which may replace what is here\n", encoding="utf-8")
    for name in (BOOK, f"{BOOK}-wal", f"{BOOK}-shm", REPORT):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / OUTBOX, ignore_errors=True)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for circles of garbage more rarely: a book's nights leave few, and each look goes over everything that is remembered."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _check_nights(nights: int) -> None:
    if nights < 1:
        raise ValidationError(f"a demo has at least one night, got {nights}; nothing was touched")


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"), TimeElapsedColumn(), console=console
    )


def show(console: Console, result: DemoResult) -> None:
    """Print what came of a demo: ageing, cash and promises, agencies, contacts, and what the law refused."""
    report = result.report
    for table in (_ageing(report), _money(report), _agencies(report), _contacts(report), _refused(report)):
        console.print(table)
    console.print("What people did: " + ", ".join(f"{count} {name}" for name, count in result.acts.items()))
    if result.files:
        console.print("Rows of agency files: " + ", ".join(f"{count} {name}" for name, count in result.files.items()))


def _ageing(report: NightlyReport) -> Table:
    newest = report.ageings[-1]
    table = Table("", "days past due", title=f"Ageing on {report.last}", title_justify="left")
    for name in ("accounts", "outstanding", "past due"):
        table.add_column(name, justify="right")
    for line in newest.lines:
        if line.accounts:
            amounts = (format_money(minor, line.currency, report.locale) for minor in (line.outstanding_minor, line.past_due_minor))
            table.add_row(line.currency, line.band, str(line.accounts), *amounts)
    return table


def _money(report: NightlyReport) -> Table:
    table = Table("", title=f"Cash and promises, {report.first} to {report.last}", title_justify="left")
    for name in ("fell due", "collected", "promises kept", "of judged"):
        table.add_column(name, justify="right")
    for currency in report.currencies:
        kept = report.promises.kept_rate(currency)
        sums = (cash.total(currency, first=report.first, last=report.last) for cash in (report.due, report.collected))
        table.add_row(
            currency, *(format_money(minor, currency, report.locale) for minor in sums), str(kept.numerator), str(kept.denominator)
        )
    return table


def _agencies(report: NightlyReport) -> Table:
    table = Table("", "agency", title="Agencies by net-back on equal paper", title_justify="left")
    for name in ("accounts", "placed", "net-back", "95 % interval"):
        table.add_column(name, justify="right")
    for line in report.agencies.lines if report.agencies is not None else ():
        low, high = (f"{float(end) * 100:.1f}" for end in (line.interval.low, line.interval.high))
        placed = format_money(line.placed_minor, line.currency, report.locale)
        table.add_row(line.currency, line.handler, str(line.accounts), placed, f"{float(line.fair) * 100:.1f} %", f"{low} to {high} %")
    return table


def _contacts(report: NightlyReport) -> Table:
    table = Table("channel", title="Contacts made", title_justify="left")
    for name in ("contacts", "reached", "failed", "unknown", "people"):
        table.add_column(name, justify="right")
    for line in report.contacts.lines:
        table.add_row(line.channel, *(str(count) for count in (line.attempts, line.reached, line.failed, line.unknown, line.people)))
    return table


def _refused(report: NightlyReport) -> Table:
    table = Table("reason", "rule", "channel", title=f"Contacts refused by law: {report.contacts.acts_refused}", title_justify="left")
    table.add_column("refused", justify="right")
    for line in report.contacts.refused[:REFUSALS_SHOWN]:
        table.add_row(line.reason, line.citation or line.rule, line.channel, str(line.acts))
    return table
