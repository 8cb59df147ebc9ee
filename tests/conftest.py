"""What every test may ask for: the Hypothesis profiles, the shared data, and a skip that nobody overlooks."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import attrs
import pytest
from hypothesis import HealthCheck, settings

from .postgres import QUICK, MissingServer, schema_in, server

# Shared machines stall for seconds, so no profile has a deadline; random runs print the blob that repeats a failure.
settings.register_profile("dev", deadline=None, max_examples=50, print_blob=True)
# The gate of a change draws the same examples every time; new ones are looked for while editing and by `explore` and `soak`.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("soak", deadline=None, max_examples=2_000, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
# Mutation tests run the same function under several runners in one process, always with the same examples.
settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


_REPOSITORY = Path(__file__).resolve().parents[1]


def _skip_loudly(reason: str) -> NoReturn:
    if os.environ.get("COLLECTKIT_REQUIRE_ALL") == "1":
        pytest.fail(f"COLLECTKIT_REQUIRE_ALL=1 forbids this skip: {reason}", pytrace=False)
    pytest.skip(f"NOT TESTED HERE: {reason}")


@pytest.fixture(scope="session")
def skip_loudly() -> Callable[[str], NoReturn]:
    """Skip with a reason that the summary shows; under COLLECTKIT_REQUIRE_ALL=1 the skip is a failure."""
    return _skip_loudly


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with `data/`, `vectors/` and `regulation/`: COLLECTKIT_DATA, or `shared` beside the repository; never written to."""
    named = os.environ.get("COLLECTKIT_DATA")
    folder = Path(named) if named else _REPOSITORY.parent / "shared"
    if not folder.is_dir():
        _skip_loudly(f"set COLLECTKIT_DATA to the folder that holds the shared data; {str(folder)!r} is none")
    return folder.resolve()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return _REPOSITORY


@attrs.define
class Asked:
    """What SQLite was asked, and how many rows it answered with."""

    statements: list[str] = attrs.field(factory=list)
    rows: int = 0

    def answered(self, cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self.rows += 1
        return row


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """All that is asked over connections to SQLite that are opened from here on."""
    told, connect = Asked(), sqlite3.connect

    def listening(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(told.statements.append)
        connection.row_factory = told.answered
        return connection

    monkeypatch.setattr(sqlite3, "connect", listening)
    return told


_schemas = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server of this test run, quick and forgetful."""
    try:
        with server(*QUICK) as running:
            yield running
    except MissingServer as reason:
        _skip_loudly(str(reason))


@pytest.fixture
def postgres_url(postgres: Any) -> Iterator[str]:
    """The URL of a book that is not there yet, in a schema of its own."""
    with schema_in(postgres, f"book_{next(_schemas)}") as url:
        yield url
