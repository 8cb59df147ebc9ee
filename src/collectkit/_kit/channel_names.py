"""The names of channels at the door of the kit: a stop of `SMS` would be recorded, and texts would go on.

What is stored is never judged again: an older record keeps the words that it was written with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from collectkit.errors import ValidationError
from collectkit.person import Consumer
from collectkit.policy._treatment import CHANNELS

RECORDED: Final = (*CHANNELS, "prerecorded_call", "rvm", "social_dm")
"""Channels that a record may speak of: those of our own contacts, and others that the law counts."""


def check_spelling(channels: Iterable[str], not_done: str) -> None:
    """
    Refuse a channel of ours that is written in another way; a channel that we do not know may be the host's own.

    Args:
        channels: What was given.
        not_done: What did not happen.

    Raises:
        ValidationError: One is ours but for capitals, spaces, hyphens or underscores.

    >>> check_spelling(["E-Mail"], "nothing was recorded")
    Traceback (most recent call last):
    collectkit.errors.ValidationError: there is no channel 'E-Mail'; did you mean 'email'?; nothing was recorded
    """
    for channel in channels:
        meant = _PLAIN.get(_plain(channel), channel) if isinstance(channel, str) else channel
        if meant != channel:
            raise ValidationError(f"there is no channel {channel!r}; did you mean {meant!r}?; {not_done}")


def consented(consumer: Consumer) -> list[str]:
    """Return the channels that the contact points of a person are given with."""
    return [channel for point in consumer.contacts for channel in point.consents]


def _plain(channel: str) -> str:
    return "".join(filter(str.isalnum, channel.casefold()))


_PLAIN: Final = {_plain(channel): channel for channel in RECORDED}
