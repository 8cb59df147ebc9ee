"""Which file is which source, and which columns each of them must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from collectkit.errors import IntakeError
from collectkit.intake.binding import columns_used
from collectkit.intake.mapping import Field
from collectkit.intake.mapping import Mapping as IntakeMapping

Paths: TypeAlias = str | Path | Sequence[str | Path] | Mapping[str, str | Path]
"""A folder, a file, several files, or a file for each source's name."""


def files_of(mapping: IntakeMapping, paths: Paths) -> dict[str, Path]:
    """Return the file of each source that is delivered, in the order of the mapping."""
    if isinstance(paths, Mapping):
        unknown = sorted(set(paths) - set(mapping.sources))
        if unknown:
            raise IntakeError(
                f"the mapping {mapping.name!r} has the sources {', '.join(mapping.sources)}, not {unknown[0]!r}; no row was imported"
            )
        return {name: Path(paths[name]) for name in mapping.sources if name in paths}
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if len(given) == 1 and given[0].is_dir():
        return {name: _inside(given[0], source.file) for name, source in mapping.sources.items()}
    if len(given) == 1 and len(mapping.sources) == 1:
        return dict.fromkeys(mapping.sources, given[0])
    return _matched(mapping, given)


def _inside(folder: Path, file: str) -> Path:
    path = folder / file
    if path.is_symlink():
        raise IntakeError(f"{file}: it is a symbolic link; only plain files of the folder are read; no row was imported")
    return path


def _matched(mapping: IntakeMapping, given: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in given:
        plain_name = path.name.replace(".rejected.", ".", 1)
        names = [name for name, source in mapping.sources.items() if source.file == plain_name and name not in found]
        if not names:
            files = ", ".join(source.file for source in mapping.sources.values())
            raise IntakeError(f"{path.name}: the mapping {mapping.name!r} reads {files}, each once; no row was imported")
        found[names[0]] = path
    return {name: found[name] for name in mapping.sources if name in found}


def used_columns(mapping: IntakeMapping) -> dict[str, list[str]]:
    """Return the columns that each table must have."""
    used: dict[str, list[str]] = {name: list(source.count_by) for name, source in mapping.sources.items()}
    for name, source in mapping.sources.items():
        used[name] += [column for skip in source.skips for column in skip.when.columns]
    for source_name, field in _fields(mapping):
        used[source_name] += columns_used(field)
    account = mapping.account
    if account is not None:
        used[account.source] += [column for hold in account.holds for column in hold.when.columns]
        if account.closed is not None:
            used[account.source] += account.closed.when.columns
        if account.charged_off is not None:
            used[account.source] += account.charged_off.when.columns
        rows = account.plan.installments
        if rows is not None and rows.source:
            used[rows.source].append(rows.by)
            used[account.source].append(rows.match)
    for section in mapping.payments:
        if section.when is not None:
            used[section.source] += section.when.columns
    return used


def _fields(mapping: IntakeMapping) -> Iterator[tuple[str, Field]]:
    """Yield every field with the source whose columns it reads."""
    consumer, account = mapping.consumer, mapping.account
    if consumer is not None:
        groups = [consumer.fields, *(contact.fields for contact in consumer.contacts)]
        yield from ((consumer.source, field) for group in groups for field in group.values())
    if account is not None:
        groups = [account.fields, account.metadata, account.plan.fields, account.plan.terms, *(hold.fields for hold in account.holds)]
        yield from ((account.source, field) for group in groups for field in group.values())
        if account.closed is not None:
            yield account.source, account.closed.on
        if account.charged_off is not None:
            yield from ((account.source, field) for field in account.charged_off.fields.values())
        rows = account.plan.installments
        if rows is not None:
            yield from ((rows.source or account.source, field) for field in rows.fields.values())
    for section in mapping.payments:
        yield from ((section.source, field) for field in section.fields.values())
