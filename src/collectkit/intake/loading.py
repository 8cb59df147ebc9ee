"""Reading a mapping file: TOML in, a checked `Mapping` out, or an error that names the key and what is allowed."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping as MappingOf
from importlib import resources
from pathlib import Path

from collectkit.account import METADATA_MAX
from collectkit.errors import IntakeError
from collectkit.holds import HoldKind
from collectkit.intake._sections import Table, columns_of
from collectkit.intake.mapping import (
    AccountSection,
    ChargedOffSection,
    ClosedSection,
    Condition,
    ConsumerSection,
    ContactSection,
    Field,
    HoldSection,
    InstallmentSection,
    Mapping,
    PaymentSection,
    PlanSection,
    Skip,
    Source,
)

MAPPING_BYTES_MAX = 1 << 20

_TOP = {"name", "zone", "currency", "sources", "consumer", "account", "payments"}
_SOURCE = {
    "file", "format", "path", "encoding", "delimiter", "columns", "multiline", "last_line_open", "skip", "count_by",
}  # fmt: skip
_CONSUMER = {"id": "id", "name": "text", "locale": "text", "region": "text"}
_ACCOUNT = {"id": "id", "consumer": "id", "product": "text", "merchant": "text", "region": "text"}
_PLAN = {"kind": "text", "currency": "text", "bought_on": "date"}
_ROWS = {"number": "integer", "due_on": "date", "amount": "amount", "interest": "amount", "tax": "amount"}
_TERMS = {"total": "amount", "count": "integer", "every": "text", "first_on": "date"}
_PAYMENT = {
    "id": "id", "account": "id", "amount": "amount", "currency": "text", "value_on": "date", "source_at": "instant", "origin": "text",
}  # fmt: skip
_CONTACT = {"value": "text", "postal_code": "text", "region": "text"}
_HOLD = {"id": "id", "starts_on": "date", "review_on": "date", "reason": "text"}
_HOLD_KINDS = tuple(kind.value for kind in HoldKind if kind is not HoldKind.DISPUTE_PART)
_CHARGED_OFF = {"id": "id", "on": "date", "reason": "text"}
_CLOSINGS = ("paid", "cancelled", "written_off", "sold")


def load_mapping(given: str | Path | Mapping) -> Mapping:
    """
    Return the mapping of a bundled name, such as ``"kiva-csv"``, or of a TOML file.

    Raises:
        IntakeError: No such mapping, not TOML, or a key or value that is not allowed; the message names it.
    """
    if isinstance(given, Mapping):
        return given
    name = str(given)
    if name in bundled_mappings():
        return read_mapping(resources.files("collectkit.intake").joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8"))
    path = Path(given)
    if not path.is_file():
        raise IntakeError(f"mapping: {name!r} is neither a TOML file nor one of {', '.join(bundled_mappings())}; no row was imported")
    if path.stat().st_size > MAPPING_BYTES_MAX:
        raise IntakeError(f"mapping: a mapping file has at most {MAPPING_BYTES_MAX} bytes; no row was imported")
    try:
        return read_mapping(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise IntakeError("mapping: a mapping file is written in UTF-8; no row was imported") from error


def bundled_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with the library, sorted."""
    folder = resources.files("collectkit.intake").joinpath("mappings")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def read_mapping(text: str) -> Mapping:
    """
    Return the mapping that a TOML text describes.

    Raises:
        IntakeError: Not TOML, or a key or value that is not allowed; the message names it.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise IntakeError(f"mapping: not TOML: {error}; no row was imported") from error
    top = Table(raw, "", allowed=_TOP)
    zone = top.text("zone", "UTC")
    sources = _sources(top)
    currency = top.field("currency", "text") if "currency" in raw else None
    mapping = Mapping(
        name=top.text("name"),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        sources=sources,
        consumer=_consumer(top, sources, zone),
        account=_account(top, sources, zone, currency),
        payments=tuple(
            _payment(held, sources, zone, currency) for held in top.tables("payments", allowed={*_PAYMENT, "source", "each", "when"})
        ),
    )
    if mapping.account is None and not mapping.payments:
        top.fail("account", "and 'payments' are both missing: nothing would be imported")
    if mapping.account is not None and mapping.consumer is not None and mapping.account.source != mapping.consumer.source:
        top.fail("consumer.source", f"must be the account's, {mapping.account.source!r}: each account row carries its consumer")
    if mapping.consumer is not None and mapping.account is None:
        top.fail("consumer", "needs an 'account' in the same file")
    return mapping


def _sources(top: Table) -> dict[str, Source]:
    held = top.table("sources")
    if held is None or not held.raw:
        top.fail("sources", "needs at least one table, such as [sources.loans]")
    return {name: _source(name, Table(raw, f"sources.{name}", allowed=_SOURCE)) for name, raw in held.raw.items()}


def _source(name: str, held: Table) -> Source:
    file = held.text("file")
    if not file or file != Path(file).name or "\\" in file or ".." in file or not file.isprintable():
        held.fail("file", "is a plain file name without folders; folders are given when the import is started")
    shape = held.text("format", one_of=("csv", "json", "jsonl"))
    delimiter = held.text("delimiter", ",")
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        held.fail("delimiter", "is one character, no quote or line break")
    path = held.text("path", "")
    if (shape == "json") != path.endswith("[]"):
        held.fail("path", "names the list of records of a JSON file, such as 'loans[]'; other formats have none")
    skips = [
        Skip(when=_without(row, "reason").as_condition(), reason=row.text("reason"))
        for row in held.tables("skip", allowed={"column", "is", "is_not", "blank", "reason"})
    ]
    return Source(
        name=name,
        file=file,
        format=shape,
        path=path,
        encoding=held.text("encoding", "utf-8", one_of=("utf-8", "windows-1252", "iso-8859-1")),
        delimiter=delimiter,
        columns=held.texts("columns"),
        multiline=held.flag("multiline"),
        last_line_open=held.flag("last_line_open"),
        skips=tuple(skips),
        count_by=held.texts("count_by"),
    )


def _without(held: Table, key: str) -> Table:
    return Table({name: value for name, value in held.raw.items() if name != key}, held.place)


def _in_source(held: Table, sources: MappingOf[str, Source]) -> str:
    return held.text("source", next(iter(sources)) if len(sources) == 1 else None, one_of=tuple(sources))


def _consumer(top: Table, sources: MappingOf[str, Source], zone: str) -> ConsumerSection | None:
    held = top.table("consumer", allowed={*_CONSUMER, "source", "contacts"})
    if held is None:
        return None
    contacts = [
        ContactSection(
            kind=row.text("kind", one_of=("phone", "email", "postal")),
            source=row.text("source"),
            consents=row.texts("consents"),
            fields=row.fields(_CONTACT, required=(), zone=zone),
        )
        for row in held.tables("contacts", allowed={*_CONTACT, "kind", "source", "consents"})
    ]
    return ConsumerSection(
        source=_in_source(held, sources), fields=held.fields(_CONSUMER, required=("id",), zone=zone), contacts=tuple(contacts)
    )


def _account(top: Table, sources: MappingOf[str, Source], zone: str, currency: Field | None) -> AccountSection | None:
    held = top.table("account", allowed={*_ACCOUNT, "source", "metadata", "plan", "closed", "charged_off", "holds"})
    if held is None:
        return None
    plan = held.table("plan", allowed={*_PLAN, "installments", "terms"})
    if plan is None:
        held.fail("plan", "is missing")
    metadata = held.table("metadata")
    names = [] if metadata is None else list(metadata.raw)
    if len(names) > METADATA_MAX:
        held.fail("metadata", f"has {len(names)} texts, at most {METADATA_MAX} are kept")
    required = ("id",) if "consumer" in top.raw else ("id", "consumer")
    return AccountSection(
        source=_in_source(held, sources),
        fields=held.fields(_ACCOUNT, required=required, zone=zone),
        metadata={} if metadata is None else metadata.fields(dict.fromkeys(names, "text"), zone=zone),
        plan=_plan(plan, sources, zone, currency),
        closed=_closed(held, zone),
        charged_off=_charged_off(held, zone),
        holds=tuple(
            HoldSection(
                kind=row.text("kind", one_of=_HOLD_KINDS), when=_required(row), fields=row.fields(_HOLD, required=tuple(_HOLD), zone=zone)
            )
            for row in held.tables("holds", allowed={*_HOLD, "kind", "when"})
        ),
    )


def _required(held: Table) -> Condition:
    condition = held.condition("when")
    if condition is None:
        held.fail("when", "is missing")
    return condition


def _plan(held: Table, sources: MappingOf[str, Source], zone: str, currency: Field | None) -> PlanSection:
    fields = held.fields(_PLAN, required=("bought_on",), zone=zone)
    if "currency" not in fields:
        if currency is None:
            held.fail("currency", "is missing, here or at the top")
        fields["currency"] = currency
    rows = held.table("installments", allowed={*_ROWS, "source", "by", "match", "each"})
    terms = held.table("terms", allowed=_TERMS)
    if (rows is None) == (terms is None):
        held.fail("", "needs either 'installments' or 'terms'")
    if terms is not None:
        return PlanSection(fields=fields, terms=terms.fields(_TERMS, required=("total", "count"), zone=zone))
    assert rows is not None
    section = InstallmentSection(
        source=rows.text("source", "", one_of=("", *sources)),
        by=rows.text("by", ""),
        match=rows.text("match", ""),
        each=rows.text("each", ""),
        fields=rows.fields(_ROWS, required=("due_on", "amount"), zone=zone),
    )
    if bool(section.each) == bool(section.source and section.by and section.match):
        rows.fail("", "needs 'each', a list inside the record, or 'source', 'by' and 'match', rows of another file")
    return PlanSection(fields=fields, installments=section)


def _closed(held: Table, zone: str) -> ClosedSection | None:
    closed = held.table("closed", allowed={"when", "on", "reason"})
    if closed is None:
        return None
    closed.fields({"on": "date"}, required=("on",))
    return ClosedSection(when=_required(closed), on=closed.field("on", "date", zone=zone), reason=closed.text("reason", one_of=_CLOSINGS))


def _charged_off(held: Table, zone: str) -> ChargedOffSection | None:
    row = held.table("charged_off", allowed={*_CHARGED_OFF, "when"})
    if row is None:
        return None
    return ChargedOffSection(when=_required(row), fields=row.fields(_CHARGED_OFF, required=tuple(_CHARGED_OFF), zone=zone))


def _payment(held: Table, sources: MappingOf[str, Source], zone: str, currency: Field | None) -> PaymentSection:
    fields = held.fields(_PAYMENT, required=("id", "account", "amount", "value_on"), zone=zone)
    if "currency" not in fields:
        if currency is None:
            held.fail("currency", "is missing, here or at the top")
        fields["currency"] = currency
    if not columns_of(fields["id"].template) and not fields["id"].column:
        held.fail("id", "is the same for every row; each payment needs its own")
    return PaymentSection(source=_in_source(held, sources), each=held.text("each", ""), when=held.condition("when"), fields=fields)
