"""The files that a policy names: rule packs and message templates of the host's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from collectkit.calendars.holidays import HolidayCalendar
from collectkit.channels.templates import TemplateSet, bundled, read_templates
from collectkit.compliance import Pack, load_pack, shipped_calendars, shipped_limitations
from collectkit.errors import PackError, TemplateError
from collectkit.policy.model import Policy

__all__ = ["is_path", "load_named_pack", "load_templates"]

BUNDLED = "bundled"
_TEXT_BYTES_MAX = 64 * 1024


def is_path(name: str) -> bool:
    """
    Tell whether a policy means a file or folder by *name*, rather than something bundled or brought by a plugin.

    >>> is_path("gb"), is_path("./rules/own.toml"), is_path("own.toml")
    (False, True, True)
    """
    return "/" in name or "\\" in name or name.endswith(".toml")


def load_named_pack(policy: Policy, name: str, calendars: Mapping[str, HolidayCalendar] | None = None) -> Pack:
    """
    Load a rule pack from a file that *policy* names.

    Args:
        policy: Its folder is where a relative path starts.
        name: The path.
        calendars: Holiday calendars that the pack may name; None for the bundled ones.

    Raises:
        PackError: The file cannot be read, or something in it is wrong.
    """
    path = _place(policy, name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"the rule pack {name!r} cannot be read: {error}; nothing was loaded") from error
    known = shipped_calendars() if calendars is None else calendars
    return load_pack(text, path.stem, calendars=known, limitations=shipped_limitations())


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
    try:
        if path.stat().st_size > _TEXT_BYTES_MAX:
            raise TemplateError(f"the template {name!r} is larger than {_TEXT_BYTES_MAX} bytes; nothing was loaded")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"the template {name!r} cannot be read: {error}; nothing was loaded") from error
