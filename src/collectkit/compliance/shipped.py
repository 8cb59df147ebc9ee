"""The packs and tables that come with the library: the one place of this room that reads package data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from collectkit.calendars.holidays import HolidayCalendar
from collectkit.compliance.packs import Pack, load_pack, read_calendars, read_limitations
from collectkit.compliance.params import LimitationYears
from collectkit.compliance.rulebook import RuleBook
from collectkit.errors import PackError

LIBRARY: Final = "library"
SHIPPED: Final = (
    LIBRARY,
    "courtesy",
    "us-federal",
    "us-ca",
    "us-dc",
    "us-fl",
    "us-ma",
    "us-ny",
    "us-tx",
    "us-wa",
    "us-wv",
    "us-states-other",
    "us-payments",
    "ca-ab",
    "ca-bc",
    "ca-on",
    "ca-qc",
    "gb",
    "eu",
    "de",
    "nl",
    "se",
    "au",
    "nz",
    "in",
    "sg",
    "sa",
    "ae",
    "br",
    "mx",
    "za",
)
LAWS: Final = tuple(name for name in SHIPPED if name not in (LIBRARY, "courtesy"))
"""Those of the packs that tell the law of a place or the rules of a network."""


def _text(*path: str) -> str:
    return files("collectkit.compliance").joinpath(*path).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def shipped_calendars() -> Mapping[str, HolidayCalendar]:
    """Return the holiday calendars that the shipped packs name; each refuses a day outside the years it knows."""
    return read_calendars(_text("packs", "calendars.toml"), "calendars")


@lru_cache(maxsize=1)
def shipped_limitations() -> Mapping[str, LimitationYears]:
    """Return the limitation periods of the states of the United States by ISO 3166-2 code."""
    return read_limitations(_text("packs", "us-limitations.toml"), "us-limitations")


@lru_cache(maxsize=len(SHIPPED))
def shipped_pack(name: str) -> Pack:
    """
    Return a pack that comes with the library.

    Raises:
        PackError: There is none of that name.
    """
    return load_pack(shipped_text(name), name, calendars=shipped_calendars(), limitations=shipped_limitations())


def shipped_text(name: str) -> str:
    """
    Return the text of a pack that comes with the library.

    Raises:
        PackError: There is none of that name.
    """
    if name not in SHIPPED:
        raise PackError(f"the library ships the packs {', '.join(SHIPPED)}, not {name!r}; nothing was loaded")
    return _text("packs", f"{name}.toml")


def shipped_rules(names: Iterable[str] = SHIPPED, *, least_status: str = "from-memory") -> RuleBook:
    """
    Return a rule book of shipped packs.

    Args:
        names: Which; the rules of the library itself are always among them.
        least_status: See `RuleBook`.
    """
    chosen = dict.fromkeys([LIBRARY, *names])
    return RuleBook(tuple(shipped_pack(name) for name in chosen), least_status)


@lru_cache(maxsize=1)
def zone_tables() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the tables of `zones.toml`: zones by region, by country and by telephone prefix."""
    document: dict[str, Any] = tomllib.loads(_text("zones.toml"))
    return MappingProxyType(
        {name: MappingProxyType({key: tuple(zones) for key, zones in table.items()}) for name, table in document.items()}
    )
