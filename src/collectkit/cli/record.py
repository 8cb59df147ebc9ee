"""`collectkit seal`, `verify` and `export`: the record as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import attrs
from cyclopts import Parameter

from collectkit._files import text_of
from collectkit.cli.options import FAILED, OK, AsJson, At, Book, instant, opened, print_json, written
from collectkit.errors import ValidationError
from collectkit.events import Receipt
from collectkit.storage.signing import signature_faults
from collectkit.storage.verifier import read_heads, read_receipts

Row = TypeVar("Row")


def seal_command(
    *,
    options: Book,
    anchor: Annotated[Path | None, Parameter(help="File that keeps the heads, away from the book; by default one beside it.")] = None,
    sign_with: Annotated[
        Path | None, Parameter(help="File of the key that signs the heads; made when it is not there, its public key beside it.")
    ] = None,
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """Give every event its place in the global order, and the new heads to the anchors."""
    settings = {"anchor": str(anchor or ""), "anchor_key": str(sign_with or "")}
    with opened(options, settings=settings) as kit:
        report = kit.seal(at=instant(at))
    if as_json:
        print_json({**attrs.asdict(report, recurse=False), "heads": [head._asdict() for head in report.heads]})
    else:
        print(f"{report.events} events sealed under {len(report.heads)} new heads")
        for name, count in report.anchored.items():
            print(f"anchor {name}: {report.faults.get(name, f'{count} heads taken')}")
    return FAILED if report.faults else OK


def verify_command(
    *,
    options: Book,
    heads: Annotated[Path | None, Parameter(help="Heads anchored elsewhere, JSON Lines; by default those beside the book.")] = None,
    receipts: Annotated[Path | None, Parameter(help="Receipts that were kept, JSON Lines.")] = None,
    signed_by: Annotated[Path | None, Parameter(help="Public key, PEM, with which every one of the --heads must be signed.")] = None,
    as_json: AsJson = False,
) -> int:
    """Compute the whole record anew and tell what contradicts what; the book is not changed."""
    if signed_by is not None and heads is None:
        raise ValidationError("--signed-by is about the heads that --heads names; nothing was verified")
    kept = [Receipt(*one) for one in _parsed(receipts, read_receipts)] if receipts else []
    with opened(options) as kit:
        given = [head for head in _parsed(heads, read_heads) if head.tenant == options.tenant] if heads else None
        found = kit.verify(heads=given, receipts=kept)
    if heads is not None and signed_by is not None:
        found = attrs.evolve(found, faults=(*found.faults, *signature_faults(_read(heads).splitlines(), _read(signed_by).encode())))
    if as_json:
        print_json({**attrs.asdict(found, recurse=False), "sound": found.sound, "faults": [fault._asdict() for fault in found.faults]})
    else:
        for fault in found.faults:
            print(f"FAULT {fault}")
        whose = "anchored" if found.anchored else "own"
        print(f"{found.events} events, {found.heads} {whose} heads, {found.exposed} events that no head covers: ", end="")
        print("the record is sound" if found.sound else f"{len(found.faults)} faults")
        if not found.anchored:
            print("No head is anchored, so whoever can write to the book could have written all of it anew: see `collectkit seal`.")
    return OK if found.sound else FAILED


def export_command(
    path: Annotated[Path, Parameter(help="The file to be written; replaced when it is there.")],
    /,
    *,
    options: Book,
    format: Annotated[Literal["jsonl", "csv", "parquet"], Parameter(help="Of the file.")] = "jsonl",
) -> int:
    """Write every event to a file: ids alone, no personal data. JSON Lines is what the stand-alone verifier reads."""
    with opened(options) as kit, written(path, "nothing was exported"):
        count = kit.export_events(path, format=format)
    print(f"{count} events written to {path}")
    return OK


def _parsed(path: Path, parse: Callable[[list[str]], list[Row]]) -> list[Row]:
    """Return what a file of JSON Lines holds, as the stand-alone verifier reads it."""
    lines = _read(path).splitlines()
    try:
        return parse(lines)
    except (KeyError, TypeError, ValueError) as error:
        raise ValidationError(f"{path} is not JSON Lines as collectkit writes them: {error}; nothing was verified") from error


def _read(path: Path) -> str:
    return text_of(path, lambda why: ValidationError(f"{path} cannot be read: {why}; nothing was verified"))
