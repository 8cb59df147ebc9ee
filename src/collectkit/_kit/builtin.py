"""Our own parts, as the plugin that is asked last: stores, bundled packs and templates, calendars, strategies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from collectkit._kit.outbox import heads_beside
from collectkit.allocation import STRATEGIES, Strategy
from collectkit.calendars import HolidayCalendar
from collectkit.channels.templates import TemplateSet, bundled
from collectkit.compliance import Pack, shipped_calendars, shipped_pack
from collectkit.compliance.shipped import LIBRARY, SHIPPED
from collectkit.plugins import hookimpl
from collectkit.plugins.hookspecs import AnchorSink, KeyProvider
from collectkit.storage.store import Store

SCHEMES = (
    "memory://",
    "sqlite:///book.db (relative)",
    "sqlite:////var/book.db (absolute)",
    "sqlite:// (in memory)",
    "postgresql+psycopg://user@host/database",
)
"""What the built-in stores can be opened with, for messages."""

_ENGINES = frozenset({"postgresql", "postgres", "postgresql+psycopg", "sqlite+pysqlite"})


@hookimpl
def collectkit_store(settings: Mapping[str, str]) -> Store | None:
    """Open a book in memory, in a SQLite file, or in PostgreSQL."""
    scheme, _, rest = settings["store"].partition("://")
    if scheme == "memory":
        from collectkit.storage.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite":
        from collectkit.storage.sqlite import SqliteStore

        return SqliteStore(rest.removeprefix("/") or ":memory:")
    if scheme in _ENGINES:
        from collectkit.storage.sql import SqlStore

        return SqlStore(settings["store"], migrate_tables=settings.get("migrate", "yes") != "no")
    return None


@hookimpl
def collectkit_anchors(settings: Mapping[str, str]) -> Mapping[str, AnchorSink]:
    """
    Return the file that the setting ``anchor`` names; without it, one beside a book that is a file.

    Its heads are signed when the setting ``anchor_key`` names the file of a key.
    """
    from collectkit.drivers.anchors import FileAnchor

    path, key = settings.get("anchor") or heads_beside(settings["store"]), settings.get("anchor_key", "")
    if not path or not key:
        return {"file": FileAnchor(path)} if path else {}
    from collectkit.storage.signing import HeadSigner, SigningAnchor

    return {"file": SigningAnchor(FileAnchor(path), HeadSigner(key))}


@hookimpl
def collectkit_key_provider(settings: Mapping[str, str]) -> KeyProvider | None:
    """Return keys in the file that the setting ``keys`` names."""
    path = settings.get("keys")
    if not path:
        return None
    from collectkit.storage.keys import LocalKeys

    return LocalKeys(path)


@hookimpl
def collectkit_rule_packs(names: Sequence[str]) -> Iterable[Pack]:
    """Return the library's own rules, always, and the bundled packs among *names*."""
    return [shipped_pack(name) for name in (LIBRARY, *names) if name in SHIPPED]


@hookimpl
def collectkit_templates(name: str) -> TemplateSet | None:
    """Return the bundled templates."""
    return bundled() if name == "bundled" else None


@hookimpl
def collectkit_holiday_calendars() -> Mapping[str, HolidayCalendar]:
    """Return the calendars that bundled packs name."""
    return shipped_calendars()


@hookimpl
def collectkit_allocation_strategies() -> Mapping[str, Strategy]:
    """Return the built-in strategies."""
    return STRATEGIES
