"""The settings that our own parts read: what is misspelt among them would be a book without its vault, and nobody would be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collectkit.errors import ValidationError
from collectkit.policy._shapes import suggested

KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "anchor": (),
    "anchor_key": (),
    "keys": (),
    "migrate": ("yes", "no"),
    "outbox": (),
    "telemetry": ("opentelemetry", ""),
}
"""Each setting of ours with the words that it may be; any text where there are none."""


def checked_settings(settings: Mapping[str, str], *, plugins: bool) -> Mapping[str, str]:
    """
    Return *settings*, each of which somebody may read and understand.

    Args:
        settings: By name.
        plugins: Whether there are plugins, which may have settings of their own.

    Raises:
        ValidationError: One is no text, is none of the words that it may be, or is of a name that nobody reads.

    >>> checked_settings({"key": "/run/keys.json"}, plugins=False)
    Traceback (most recent call last):
    collectkit.errors.ValidationError: there is no setting 'key'; did you mean 'keys'?; no kit was assembled
    """
    for name, value in settings.items():
        if not isinstance(value, str):
            raise ValidationError(f"the setting {name} is a text, got {type(value).__name__}; no kit was assembled")
        if name not in KNOWN and not plugins:
            raise ValidationError(f"there is no setting {name!r}; {suggested(str(name), list(KNOWN))}; no kit was assembled")
        words = KNOWN.get(name, ())
        if words and value not in words:
            allowed = " or ".join(repr(word) for word in words if word)
            raise ValidationError(f"the setting {name} is {allowed} or left out, got {value!r}; no kit was assembled")
    return settings
