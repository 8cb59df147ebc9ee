"""The files that a policy names: rule packs and message templates of the host's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from collectkit._files import text_of
from collectkit.calendars.holidays import HolidayCalendar
from collectkit.channels.templates import TemplateSet, bundled, read_templates
from collectkit.compliance import (
    Decisions,
    Pack,
    load_pack,
    read_calendars,
    read_decisions,
    read_limitations,
    shipped_calendars,
    shipped_limitations,
    shipped_pack,
)
from collectkit.compliance.shipped import LIBRARY, SHIPPED
from collectkit.errors import PackError, TemplateError
from collectkit.policy.model import Policy

__all__ = ["is_path", "load_decisions", "load_named_packs", "load_packs", "load_rule_packs", "load_templates"]

BUNDLED = "bundled"
CALENDARS = "calendars"
LIMITATIONS = "us-limitations"
_TEXT_BYTES_MAX = 64 * 1024


def is_path(name: str) -> bool:
    """
    Tell whether a policy means a file or folder by *name*, rather than something bundled or brought by a plugin.

    >>> is_path("gb"), is_path("./rules/own.toml"), is_path("own.toml")
    (False, True, True)
    """
    return "/" in name or "\\" in name or name.endswith(".toml")


def load_named_packs(policy: Policy, name: str, calendars: Mapping[str, HolidayCalendar] | None = None) -> tuple[Pack, ...]:
    """
    Load the rule packs of a file or folder that *policy* names.

    Args:
        policy: Its folder is where a relative path starts.
        name: The path.
        calendars: Holiday calendars that the packs may name; None for the bundled ones.

    Raises:
        PackError: A file cannot be read, or something in it is wrong.
    """
    return _packs(_place(policy, name), name, calendars)


def load_packs(path: str | Path, calendars: Mapping[str, HolidayCalendar] | None = None) -> tuple[Pack, ...]:
    """
    Load a rule pack from a file, or all packs of a folder, which is how law is delivered apart from the code.

    A folder may bring its own ``calendars.toml`` (more calendars, or newer ones of the same name) and
    ``us-limitations.toml``; without them the tables that come with the library are read.

    Args:
        path: A TOML file, or a folder of them.
        calendars: Holiday calendars that the packs may name; None for the bundled ones.

    Raises:
        PackError: The path is neither, a file cannot be read, or something in it is wrong.
    """
    return _packs(Path(path), str(path), calendars)


def _packs(place: Path, named: str, calendars: Mapping[str, HolidayCalendar] | None) -> tuple[Pack, ...]:
    known = dict(shipped_calendars() if calendars is None else calendars)
    if not place.is_dir():
        return (load_pack(_law_text(place, named), place.stem, calendars=known, limitations=shipped_limitations()),)
    files = {file.stem: file for file in sorted(place.glob("*.toml"))}
    if CALENDARS in files:
        known.update(read_calendars(_law_text(files.pop(CALENDARS)), CALENDARS))
    own = files.pop(LIMITATIONS, None)
    limitations = shipped_limitations() if own is None else read_limitations(_law_text(own), LIMITATIONS)
    if not files:
        raise PackError(f"the folder {named!r} holds no rule packs; nothing was loaded")
    return tuple(load_pack(_law_text(file), name, calendars=known, limitations=limitations) for name, file in files.items())


def load_rule_packs(policy: Policy) -> tuple[Pack, ...]:
    """
    Return the packs that *policy* asks, as far as they are bundled or files: the library's own rules first.

    Packs that a plugin brings are known to a kit alone.

    Raises:
        PackError: A file cannot be read, or something in it is wrong.
    """
    found = [shipped_pack(LIBRARY)]
    for name in policy.law.packs:
        found += load_named_packs(policy, name) if is_path(name) else [shipped_pack(name)] if name in SHIPPED else []
    return tuple(found)


def load_decisions(policy: Policy) -> Decisions:
    """
    Return what *policy* decides about the law that it was delivered; nothing when it names no file.

    Raises:
        PackError: The file cannot be read, or something in it is wrong.
    """
    named = policy.law.decisions
    return read_decisions(_law_text(_place(policy, named), named), Path(named).stem) if named else Decisions()


def _law_text(path: Path, named: str = "") -> str:
    return text_of(path, lambda why: PackError(f"the rule pack {named or str(path)!r} cannot be read: {why}; nothing was loaded"))


def load_templates(policy: Policy) -> TemplateSet:
    """
    Return the message templates of *policy*: the bundled ones, those of its own folder standing in their place.

    Raises:
        TemplateError: The folder has no readable ``index.toml``, a text is missing, or a template is not allowed.
    """
    if policy.templates == BUNDLED:
        return bundled()
    folder = _place(policy, policy.templates)
    try:
        index = tomllib.loads(_text(folder, "index.toml"))
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"the index of the templates in {policy.templates!r} is no TOML: {error}; nothing was loaded") from error
    return bundled().with_overrides(read_templates(index, lambda name: _text(folder, name)))


def _place(policy: Policy, name: str) -> Path:
    return (policy.folder or Path()) / name


def _text(folder: Path, name: str) -> str:
    """Return the text of a file that lies in *folder* itself; a name that leads out of it is refused."""
    path = folder / name
    if Path(name).name != name:
        raise TemplateError(f"the template {name!r} does not lie in the folder of its index; nothing was loaded")
    if path.is_file() and path.stat().st_size > _TEXT_BYTES_MAX:
        raise TemplateError(f"the template {name!r} is larger than {_TEXT_BYTES_MAX} bytes; nothing was loaded")
    return text_of(path, lambda why: TemplateError(f"the template {name!r} cannot be read: {why}; nothing was loaded"))
