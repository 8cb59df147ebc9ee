"""Drivers: the parts that really send, each behind the port `collectkit.channels.channel.Driver`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from collectkit.drivers.guarded import guarded

if TYPE_CHECKING:
    from collectkit.drivers.console import ConsoleDriver
    from collectkit.drivers.dialer import DialerDriver
    from collectkit.drivers.files import FileDriver
    from collectkit.drivers.smtp import SmtpDriver

__all__ = ["ConsoleDriver", "DialerDriver", "FileDriver", "SmtpDriver", "guarded"]

_HOME_OF = {"ConsoleDriver": "console", "DialerDriver": "dialer", "FileDriver": "files", "SmtpDriver": "smtp"}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
