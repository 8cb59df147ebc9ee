"""The commands put together, and what each way of failing means for the shell.

Every failure that the library foresees ends as one sentence on standard error and an exit code, without a traceback.
A fault that nobody foresaw keeps its traceback: it is a bug, and should look like one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from importlib.metadata import version

from cyclopts import App, CoercionError, CycloptsError

from collectkit.cli import (
    archive,
    demo,
    dispatch,
    doctor,
    explain,
    imports,
    kill_switch,
    law,
    migrate,
    night,
    policy,
    record,
    report,
    standings,
)
from collectkit.cli.options import FAILED, INTERRUPTED, OK, REFUSED, USAGE
from collectkit.errors import CollectkitError, RefusedError

app = App(
    name="collectkit",
    help="Collect buy-now-pay-later debt: exact, lawful, explained.",
    version=f"collectkit {version('collectkit')}",
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)
app.command(demo.demo_command, name="demo")
app.command(imports.import_command, name="import")
app.command(explain.explain_command, name="explain")
app.command(report.report_command, name="report")
app.command(night.night_command, name="night")
app.command(dispatch.dispatch_command, name="dispatch")
app.command(record.seal_command, name="seal")
app.command(record.verify_command, name="verify")
app.command(record.export_command, name="export")
app.command(archive.archive_command, name="archive")
app.command(doctor.doctor_command, name="doctor")
app.command(migrate.migrate_command, name="migrate")
app.command(standings.commands)
app.command(policy.commands)
app.command(kill_switch.commands)
app.command(law.commands)


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 misused, 3 refused, 4 rows rejected, 130 interrupted."""
    try:
        code = app(list(argv), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _fail(f"{error}{_example(error)} Nothing was done; see `collectkit --help`.", USAGE)
    except RefusedError as error:
        return _fail(f"refused: {error}", REFUSED)
    except CollectkitError as error:
        return _fail(str(error), FAILED)
    except BrokenPipeError:
        # Whoever reads has seen enough, as in `collectkit report | head`; the interpreter must not write there again.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        return OK
    except KeyboardInterrupt:
        return _fail("interrupted; what was recorded before stands, and the command may be given again", INTERRUPTED)
    return code if isinstance(code, int) else OK


def _example(error: CycloptsError) -> str:
    """Show how a day or an instant is written, when that was what was wrong."""
    wanted = error.target_type if isinstance(error, CoercionError) else None
    if wanted is date:
        return " A day is written 2026-10-20."
    return " An instant is written 2026-10-20T18:00:00Z." if wanted is datetime else ""


def _fail(sentence: str, code: int) -> int:
    print(f"collectkit: {sentence}", file=sys.stderr)
    return code
