"""Rule packs: the law of one jurisdiction as dated data, read from TOML text.

A pack names its facts and their sources; this module checks every key and value and gives each rule the terms of
its kind. It opens no file: `shipped` reads the packs that come with the library, `policy` those of a host.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.calendars.dates import zone
from collectkit.calendars.holidays import FixedHolidays, HolidayCalendar
from collectkit.compliance.consent_period import read_period, widens
from collectkit.compliance.kinds import KINDS, Reader
from collectkit.compliance.overrides import rule_hash
from collectkit.compliance.params import ConsentPeriod, LimitationYears, PackContext, Table, Widening
from collectkit.compliance.rule import STATUSES, Rule, Scope
from collectkit.errors import PackError, TimeError

SCHEMA_VERSION: Final = 1
EVERYWHERE: Final = "*"
"""Jurisdiction of a pack that applies wherever the person lives."""

WEEK_STARTS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCOPE_KEYS: Final = ("party", "actions", "channels", "products", "stage", "recipients")
_NO_CALENDARS: Final[Mapping[str, HolidayCalendar]] = MappingProxyType({})
_NO_LIMITATIONS: Final[Mapping[str, LimitationYears]] = MappingProxyType({})


@attrs.frozen
class Pack:
    """
    The rules of one jurisdiction.

    Attributes:
        name: Name of the file without its ending, such as ``us-federal``.
        jurisdiction: ISO 3166 code such as ``US`` or ``US-NY``; ``*`` applies everywhere.
        title: What it is called.
        version: First 16 hexadecimal digits of the SHA-256 of its text.
        default_timezone: By which clock days are counted when no place is known.
        week_start: First weekday of a calendar week, 0 for Monday.
        rules: The rules, in the order of the file.
        review_by: By when somebody must look at the whole pack again; None for no such day.
    """

    name: str
    jurisdiction: str
    title: str
    version: str
    default_timezone: str
    week_start: int
    rules: tuple[Rule, ...]
    review_by: date | None = None

    def rule(self, id: str) -> Rule | None:
        """Return the rule of that id, or None."""
        return next((rule for rule in self.rules if rule.id == id), None)

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def load_pack(
    text: str,
    name: str,
    *,
    calendars: Mapping[str, HolidayCalendar] = _NO_CALENDARS,
    limitations: Mapping[str, LimitationYears] = _NO_LIMITATIONS,
    kinds: Mapping[str, Reader] = KINDS,
) -> Pack:
    """
    Read a pack from its TOML text.

    Args:
        text: The text of the file.
        name: Its name, for messages and verdicts.
        calendars: Holiday calendars that its rules may name.
        limitations: Years of limitation by state, which a rule that bars stale debts needs.
        kinds: What reads each kind of rule; a plugin adds its own.

    Raises:
        PackError: The text is no TOML, a key is unknown or missing, or a value is not allowed; names file, rule and key.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{name}: no TOML: {error}; nothing was loaded") from None
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    return read_pack(document, name, version=version, calendars=calendars, limitations=limitations, kinds=kinds)


def read_pack(
    document: Mapping[str, object],
    name: str,
    *,
    version: str,
    calendars: Mapping[str, HolidayCalendar] = _NO_CALENDARS,
    limitations: Mapping[str, LimitationYears] = _NO_LIMITATIONS,
    kinds: Mapping[str, Reader] = KINDS,
) -> Pack:
    """
    Read a pack from a parsed document; the arguments are those of `load_pack`.

    Raises:
        PackError: As there.
    """
    top = Table(document, name)
    if top.whole("schema_version") != SCHEMA_VERSION:
        raise top.fault("schema_version", str(SCHEMA_VERSION))
    meta = top.table("meta")
    tables = [_named(table, name) for table in top.tables("rule")]
    context = context_of(document, name, calendars=calendars, limitations=limitations)
    pack = Pack(
        name=name,
        jurisdiction=meta.text("jurisdiction"),
        title=meta.text("name", name),
        version=version,
        default_timezone=_zone(meta),
        week_start=context.week_start,
        rules=tuple(_rule(table, context, kinds) for table in tables),
        review_by=_day_or_none(meta, "review_by"),
    )
    meta.finish("week_start", "holiday_calendar", "scope_note")
    top.finish()
    ids = [rule.id for rule in pack.rules]
    if len(set(ids)) < len(ids):
        raise PackError(f"{name}: rule id {next(id for id in ids if ids.count(id) > 1)} stands twice; nothing was loaded")
    return pack


def context_of(
    document: Mapping[str, object],
    name: str,
    *,
    calendars: Mapping[str, HolidayCalendar] = _NO_CALENDARS,
    limitations: Mapping[str, LimitationYears] = _NO_LIMITATIONS,
) -> PackContext:
    """
    Return what the rules of a parsed pack share; the arguments are those of `read_pack`.

    Raises:
        PackError: As there.
    """
    top = Table(document, name)
    meta = top.table("meta")
    tables = [_named(table, name) for table in top.tables("rule")]
    return PackContext(
        WEEK_STARTS.index(meta.text("week_start", "mon", choices=WEEK_STARTS)),
        calendars,
        MappingProxyType(_periods(tables)),
        calendar=calendars.get(meta.text("holiday_calendar", "")),
        limitations=limitations,
        widenings=tuple(_widenings(tables)),
    )


def read_limitations(text: str, name: str) -> Mapping[str, LimitationYears]:
    """
    Read a table of limitation periods by state from its TOML text.

    Raises:
        PackError: As `load_pack`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{name}: no TOML: {error}; nothing was loaded") from None
    top = Table(document, name)
    if top.whole("schema_version") != SCHEMA_VERSION:
        raise top.fault("schema_version", str(SCHEMA_VERSION))
    found: dict[str, LimitationYears] = {}
    for table in top.tables("limitation"):
        years = _years(table.renamed(f"{name}, state {table.text('state')}"))
        if years.state in found:
            raise PackError(f"{name}: state {years.state} stands twice; nothing was loaded")
        found[years.state] = years
    top.finish("meta")
    return MappingProxyType(found)


def read_calendars(text: str, name: str) -> Mapping[str, HolidayCalendar]:
    """
    Read holiday calendars from the TOML text of explicit dates; each refuses a day outside the years that it knows.

    Raises:
        PackError: As `load_pack`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{name}: no TOML: {error}; nothing was loaded") from None
    top = Table(document, name)
    if top.whole("schema_version") != SCHEMA_VERSION:
        raise top.fault("schema_version", str(SCHEMA_VERSION))
    first, last, calendars = top.day("known_from"), top.day("known_through"), top.table("calendar")
    found = {key: FixedHolidays(calendars.days(key), known_from=first, known_through=last) for key in calendars.names()}
    calendars.finish()
    top.finish("notes")
    return MappingProxyType(found)


def _years(table: Table) -> LimitationYears:
    years = LimitationYears(
        state=table.text("state"),
        citation=table.text("citation"),
        status=table.text("status", choices=STATUSES),
        written=table.whole("written_years"),
        open=table.whole("open_years"),
        revived_by_payment=table.flag("revived_by_payment", default=False),
        note=table.text("note", ""),
    )
    table.finish()
    return years


def _zone(meta: Table) -> str:
    name = meta.text("default_timezone", "UTC")
    try:
        zone(name)
    except TimeError:
        raise meta.fault("default_timezone", "a zone such as America/New_York") from None
    return name


def _named(table: Table, name: str) -> Table:
    """Return the rule's table under its id, so that messages name the rule and not its number."""
    return table.renamed(f"{name}, rule {table.text('id')}")


def _periods(tables: list[Table]) -> dict[str, ConsentPeriod]:
    found = (read_period(table.table("params")) for table in tables if table.text("kind") == "consent_rule")
    return {period.kind: period for period in found if period is not None}


def _widenings(tables: list[Table]) -> Iterator[Widening]:
    for table in tables:
        if table.text("kind") == "consent_rule" and widens(table.table("params")):
            yield Widening(_scope(table.table("applies_to")).channels, table.day("effective_from"), _day_or_none(table, "effective_to"))


def _rule(table: Table, context: PackContext, kinds: Mapping[str, Reader]) -> Rule:
    kind = table.text("kind", choices=tuple(kinds))
    rule = Rule(
        id=table.text("id"),
        citation=table.text("citation"),
        title=table.text("title"),
        kind=kind,
        status=table.text("status", choices=STATUSES),
        source=table.text("source"),
        effective_from=table.day("effective_from"),
        effective_to=_day_or_none(table, "effective_to"),
        scope=_scope(table.table("applies_to")),
        terms=kinds[kind](table.table("params"), context),
        ambiguity=table.text("ambiguity", ""),
        notes=table.text("notes", ""),
        review_by=_day_or_none(table, "review_by"),
        hash=rule_hash(table.values),
        stated=table.values,
    )
    table.finish("regulates", "interpretation")
    return rule


def _day_or_none(table: Table, key: str) -> date | None:
    return table.day(key) if key in table else None


def _scope(table: Table) -> Scope:
    sets = {key: frozenset(table.texts(key, None)) for key in SCOPE_KEYS}
    regions = frozenset(table.texts("regions"))
    table.finish()
    reached = {key: frozenset[str]() if "any" in names else names for key, names in sets.items()}
    return Scope(**reached, regions=regions)
