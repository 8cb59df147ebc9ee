"""Channels: from a permit to words, from words to bytes, and what became of them. Nothing here sends.

The names are loaded when first used: a host that only reads outcomes needs neither Babel nor Liquid nor `email`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectkit.channels.capabilities import Capabilities
    from collectkit.channels.channel import Driver, Parcel, encode, segments
    from collectkit.channels.message import Message, MessageReason, compose, content_digest
    from collectkit.channels.outcomes import Accepted, DeliveryReport, Doubtful, HandOver, Rejected
    from collectkit.channels.replies import is_opt_out
    from collectkit.channels.templates import VARIABLES, Template, TemplateSet, bundled, read_templates

__all__ = [
    "Accepted",
    "Capabilities",
    "DeliveryReport",
    "Doubtful",
    "Driver",
    "HandOver",
    "Message",
    "MessageReason",
    "Parcel",
    "Rejected",
    "Template",
    "TemplateSet",
    "VARIABLES",
    "bundled",
    "compose",
    "content_digest",
    "encode",
    "is_opt_out",
    "read_templates",
    "segments",
]

_HOMES = {
    "capabilities": ("Capabilities",),
    "channel": ("Driver", "Parcel", "encode", "segments"),
    "message": ("Message", "MessageReason", "compose", "content_digest"),
    "outcomes": ("Accepted", "DeliveryReport", "Doubtful", "HandOver", "Rejected"),
    "replies": ("is_opt_out",),
    "templates": ("VARIABLES", "Template", "TemplateSet", "bundled", "read_templates"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
