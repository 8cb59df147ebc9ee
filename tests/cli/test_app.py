from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from collectkit.cli import app as door
from collectkit.errors import RefusedError
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import DispatchReason

COMMANDS = (
    "demo",
    "import",
    "archive",
    "migrate",
    "standings",
    "kill-switch",
    "explain",
    "report",
    "night",
    "dispatch",
    "seal",
    "verify",
    "export",
    "policy",
    "doctor",
    "law",
)


@pytest.fixture
def extra_command() -> Iterator[Callable[[Callable[[], int]], None]]:
    """Register a command for one test."""
    yield lambda command: door.app.command(command, name="extra-command")
    del door.app["extra-command"]


class TestExitCodes:
    def test_version(self, run: Callable) -> None:
        """
        One line that a script can read.
        """
        ran = run("--version")

        assert (0, f"collectkit {version('collectkit')}\n") == (ran.code, ran.out)

    @pytest.mark.parametrize(
        "words",
        [
            ("no-such-command",),
            ("import",),
            ("explain", "o-1"),
            ("explain", "o-1", "--book", "b.db", "--no-such-option"),
            ("explain", "o-1", "--book", "b.db", "--as-of", "yesterday"),
            ("night", "--book", "b.db", "--at", "2026-10-20T18:00:00"),
        ],
    )
    def test_misuse_is_a_sentence_and_two(self, run: Callable, words: tuple[str, ...]) -> None:
        """
        Unknown words, missing ones, values that cannot be; an instant without a zone is one of them.
        """
        ran = run(*words)

        assert (2, "") == (ran.code, ran.out)
        assert ran.err.startswith("collectkit: ")
        assert "Nothing was done" in ran.err
        assert 1 == ran.err.count("\n")

    @pytest.mark.parametrize(("option", "form"), [("--as-of", "2026-10-20."), ("--at", "2026-10-20T18:00:00Z.")])
    def test_a_day_that_is_none_shows_how_one_is_written(self, run: Callable, option: str, form: str) -> None:
        """
        For an instant with its zone.
        """
        assert form in run("night", "--book", "b.db", option, "tomorrow").err

    @pytest.mark.parametrize("words", [("explain", "o-1"), ("report",), ("night",), ("dispatch",)])
    def test_a_mistyped_book_is_not_made(self, run: Callable, tmp_path: Path, words: tuple[str, ...]) -> None:
        """
        Only an import begins a book.
        """
        ran = run(*words, "--book", tmp_path / "bok.db")

        assert (1, "") == (ran.code, ran.out)
        assert "there is no book" in ran.err
        assert [] == list(tmp_path.iterdir())

    def test_a_file_that_is_no_book_is_a_sentence(self, run: Callable, tmp_path: Path) -> None:
        """
        What SQLite says is passed on without a traceback.
        """
        (tmp_path / "book.db").write_text("this is a letter and no database", encoding="utf-8")
        ran = run("report", "--book", tmp_path / "book.db")

        assert (1, "") == (ran.code, ran.out)
        assert "cannot be opened" in ran.err

    def test_a_refusal_is_three(self, run: Callable, extra_command: Callable) -> None:
        """
        A script can tell a daily "no" from a fault.
        """

        def refuse() -> int:
            raise RefusedError(Refusal(next(iter(DispatchReason))))

        extra_command(refuse)
        ran = run("extra-command")

        assert 3 == ran.code
        assert ran.err.startswith("collectkit: refused: ")

    def test_an_interruption_says_what_stands(self, run: Callable, extra_command: Callable) -> None:
        """
        130, as shells expect, and no traceback.
        """

        def interrupt() -> int:
            raise KeyboardInterrupt

        extra_command(interrupt)
        ran = run("extra-command")

        assert 130 == ran.code
        assert "what was recorded before stands" in ran.err

    def test_a_fault_that_nobody_foresaw_keeps_its_traceback(self, run: Callable, extra_command: Callable) -> None:
        """
        A bug is not dressed up as a sentence.
        """

        def stumble() -> int:
            raise ZeroDivisionError

        extra_command(stumble)
        with pytest.raises(ZeroDivisionError):
            run("extra-command")


class TestDoor:
    def test_without_the_extra_its_name_is_told(self, repository: Path) -> None:
        """
        An interpreter without installed packages stands for an installation without extras.
        """
        code = "import sys; from collectkit.cli import main; sys.exit(main(['doctor']))"
        done = subprocess.run(
            [sys.executable, "-S", "-c", code],
            env={**os.environ, "PYTHONPATH": str(repository / "src")},
            capture_output=True,
            text=True,
            check=False,
        )

        assert (1, "") == (done.returncode, done.stdout)
        assert "collectkit: the command line needs the extra 'cli': python -m pip install 'collectkit[cli]'\n" == done.stderr

    def test_every_command_and_code_is_documented(self, repository: Path) -> None:
        """
        The page names what `--help` lists, and every exit code.
        """
        page = (repository / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")

        assert set(COMMANDS) == set(re.findall(r"^## `collectkit (\w[\w-]*)", page, re.MULTILINE))
        assert ["0", "1", "2", "3", "4", "130"] == re.findall(r"^\| (\d+) \|", page, re.MULTILINE)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_explains_itself(self, run: Callable, command: str) -> None:
        """
        Help is no failure and goes to standard output.
        """
        ran = run(command, "--help")

        assert (0, "") == (ran.code, ran.err)
        assert f"collectkit {command}" in ran.out


class TestPipes:
    def test_a_reader_that_leaves_early_is_no_failure(self) -> None:
        """
        `collectkit doctor | head -1` ends quietly.
        """
        command = "import sys; from collectkit.cli import main; sys.exit(main(['policy', 'check', 'us-bnpl']))"
        process = subprocess.Popen([sys.executable, "-u", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
        process.stderr.close()

        assert (0, b"") == (process.wait(), error)
