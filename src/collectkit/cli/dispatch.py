"""`collectkit dispatch`: hand over the planned contacts that are lawful now, by one process or several."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated, Final

import attrs
from cyclopts import Parameter

from collectkit.cli.books import is_server, opens_as
from collectkit.cli.options import OK, AsJson, At, Book, BookOptions, instant, opened, print_json
from collectkit.errors import ValidationError

if TYPE_CHECKING:
    from collectkit.servicing.dispatch_report import DispatchReport

WORKERS_MAX: Final = 64


def dispatch_command(
    *,
    options: Book,
    worker: Annotated[str, Parameter(help="Id of this process; one name for each that runs at once.")] = "command-line",
    workers: Annotated[int, Parameter(help="How many processes hand over together.")] = 1,
    outbox: Annotated[str, Parameter(help="Folder of messages that no driver takes; by default beside the file of the book.")] = "",
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """Hand over planned contacts that are lawful now; what is not yet lawful waits. Without --at the clock is asked before each one."""
    if not 1 <= workers <= WORKERS_MAX:
        raise ValidationError(f"--workers is a number from 1 to {WORKERS_MAX}, got {workers}; nothing was handed over")
    if is_server(opens_as(options.book)) and not outbox:
        raise ValidationError("a book in a server has no folder beside it: name one with --outbox; nothing was handed over")
    if workers == 1:
        report = work(options, at, worker, outbox)
    else:
        names = [f"{worker}-{number}" for number in range(1, workers + 1)]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            report = _together(list(pool.map(work, [options] * workers, [at] * workers, names, [outbox] * workers)))
    if as_json:
        print_json(attrs.asdict(report))
    else:
        print(report.summary())
    return OK


def work(options: BookOptions, at: datetime | None, worker: str, outbox: str = "") -> DispatchReport:
    """Hand over on a book as one worker, in this process."""
    with opened(options, settings={"outbox": outbox}) as kit:
        return kit.dispatch(at=instant(at), worker=worker, clock=None if at is not None else _now)


def _now() -> datetime:
    return datetime.now(UTC)


def _together(reports: list[DispatchReport]) -> DispatchReport:
    """Return what several workers did; a contact that several of them put off is waiting once for each."""
    first = reports[0]
    summed = {
        name: dict(sum((Counter(getattr(report, name)) for report in reports), Counter[str]())) for name in ("sent", "not_sent", "unknown")
    }
    return attrs.evolve(first, **summed, put_off=max(report.put_off for report in reports))
