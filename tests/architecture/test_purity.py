"""Time and chance are arguments; only the edges may ask the clock, and nobody hides a decision in a long file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LINES_MAX = 400
EDGES = ("cli/", "cli.py", "demo/", "demo.py")

# Keys and the nonces of seals must be what nobody can foresee: here chance is the purpose, and no decision hangs on it.
UNFORESEEN = {"storage/keys.py": "os.urandom", "storage/vault.py": "os.urandom"}

BANNED_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "uuid.uuid1",
    "uuid.uuid4",
    "os.urandom",
}
BANNED_MODULES = {"random", "secrets"}

# What may run code or fetch things while it reads; a pipe between a process and its own child is no file of somebody's.
UNSAFE_PARSERS = {"pickle", "marshal", "shelve", "dill", "yaml", "ruamel", "xml", "lxml", "zipimport"}
OWN_PIPES = {"_kit/import_process.py": {"marshal", "pickle"}, "_kit/import_wire.py": {"marshal"}}

OFFENCES = [
    "from datetime import datetime, timezone\n\nX = datetime.now(tz=timezone.utc)\n",
    "from datetime import date\n\nX = date.today()\n",
    "import time\n\nX = time.time()\n",
    "import uuid\n\nX = uuid.uuid4()\n",
    "import random\n\nX = random.random()\n",
    "import secrets\n\nX = secrets.token_hex()\n",
]


def dotted(node: ast.expr) -> str:
    """Write an attribute chain as text: the last two names suffice, however the module was imported."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return ".".join(reversed(names[:2]))


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ambient(tree: ast.Module) -> Iterator[str]:
    """Yield each use of the clock or of chance, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node) in BANNED_CALLS:
            yield f"line {node.lineno}: {dotted(node)}"
        for name in imported(node):
            if name in BANNED_CALLS or name.partition(".")[0] in BANNED_MODULES:
                yield f"line {getattr(node, 'lineno', 0)}: import {name}"


class TestAmbientState:
    @pytest.mark.parametrize("snippet", OFFENCES)
    def test_ruff_refuses_ambient_clocks_and_chance(self, snippet: str, repository: Path) -> None:
        """
        The linter stops it where it is written.
        """
        command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", "src/collectkit/x.py", "-"]
        done = subprocess.run(command, input=snippet, cwd=repository, capture_output=True, text=True, check=False)

        assert done.returncode == 1
        assert "TID251" in done.stdout

    @pytest.mark.parametrize("snippet", OFFENCES)
    def test_the_scan_sees_each_offence(self, snippet: str) -> None:
        """
        The scan below is able to find what it looks for.
        """
        assert list(ambient(ast.parse(snippet)))

    def test_no_module_asks_the_clock_or_rolls_dice(self, trees: dict[str, ast.Module]) -> None:
        """
        Not even where a comment told the linter to look away; the edges, where a person starts a command, may.
        """
        found = {name: list(ambient(tree)) for name, tree in trees.items() if not name.startswith(EDGES)}

        found = {name: [use for use in uses if not use.endswith(UNFORESEEN.get(name, "never"))] for name, uses in found.items()}
        assert {} == {name: uses for name, uses in found.items() if uses}


class TestSize:
    def test_no_file_is_longer_than_it_can_be_read(self, source: Path) -> None:
        """
        Past 400 lines there is a second noun in the file.
        """
        lines = {file.relative_to(source).as_posix(): file.read_text(encoding="utf-8").count("\n") for file in source.rglob("*.py")}

        assert {} == {name: count for name, count in lines.items() if count > LINES_MAX}


class TestParsers:
    def test_there_is_none_for_what_could_run(self, trees: dict[str, ast.Module]) -> None:
        """
        No pickle, no YAML, no XML: what is not there cannot be fed a bomb or a tag. To write XML, escaping is enough.
        """
        found: dict[str, set[str]] = {}
        for file, tree in trees.items():
            names = {name for node in ast.walk(tree) for name in imported(node) if not name.startswith("xml.sax.saxutils")}
            if unsafe := {name.partition(".")[0] for name in names} & UNSAFE_PARSERS:
                found[file] = unsafe

        assert OWN_PIPES == found
