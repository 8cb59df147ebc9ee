"""The examples in README.md and docs/ run: each page in an empty directory."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

# The documentation's own machinery is not a test; importing it would need a running Sphinx.
# What Alembic runs needs a migration around it.
collect_ignore_glob = ["docs/*.py", "docs/_ext/*", "docs/_build/*", "benchmarks/*", "src/collectkit/storage/sql/_migrations/*"]

_WORKDIR = "_example_workdir"
_BEFORE = "_example_came_from"


def _enter(namespace: dict[str, Any]) -> None:
    """Start a page in an empty directory: an example that writes `book.db` leaves nothing in the repository."""
    namespace[_BEFORE] = Path.cwd()
    namespace[_WORKDIR] = tempfile.TemporaryDirectory(prefix="collectkit-example-", ignore_cleanup_errors=True)
    os.chdir(namespace[_WORKDIR].name)


def _leave(namespace: dict[str, Any]) -> None:
    os.chdir(namespace[_BEFORE])
    namespace[_WORKDIR].cleanup()


# The examples of a page share names, from the top down. `<!-- skip: next -->` leaves one out.
pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/**/*.md"],
    setup=_enter,
    teardown=_leave,
).pytest()
