"""Adjustments for a vulnerable person: through which channels, how often, in which words and by whom; they bind, they do not advise.

Without adjustments a hold for vulnerability lets nobody be contacted. With them contact goes on as they say, and in no other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from collectkit.errors import ValidationError
from collectkit.identifiers import HandlerId

__all__ = ["Adjustments", "channel_fits", "template_for"]


def _channels(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ValidationError(f"channels are a list, such as [{given!r}], not one text; nothing was recorded")
    return tuple(sorted(set(given)))


@attrs.frozen(kw_only=True)
class Adjustments:
    """
    How a person may be contacted.

    Attributes:
        channels: Through these and no others; at least one.
        every_days: At least so many days lie between two contacts; 0 for as often as the treatment says.
        template: Key of the text that is sent in place of any other, such as one in plain language; empty: the step's own.
        handler: Who speaks with the person, and nobody else; None: whoever has the account.

    Raises:
        ValidationError: No channel, or a number below 0.
    """

    channels: tuple[str, ...] = attrs.field(converter=_channels)
    every_days: int = 0
    template: str = ""
    handler: HandlerId | None = attrs.field(default=None, converter=attrs.converters.optional(HandlerId))

    def __attrs_post_init__(self) -> None:
        if not self.channels or not all(self.channels):
            raise ValidationError("adjustments name at least one channel; to have no contact at all leave them out; nothing was recorded")
        if type(self.every_days) is not int or self.every_days < 0:
            raise ValidationError(f"every_days is a whole number of at least 0, got {self.every_days!r}; nothing was recorded")

    def rests_on(self, on: date, last_on: date | None) -> bool:
        """Tell whether it is too soon on that day after a contact on *last_on*."""
        return last_on is not None and (on - last_on).days < self.every_days


def channel_fits(adjustments: Iterable[Adjustments], channel: str) -> bool:
    """Tell whether all of several adjustments allow a channel."""
    return all(channel in one.channels for one in adjustments)


def template_for(adjustments: Iterable[Adjustments], template: str) -> str:
    """Return the text that is sent: that of the adjustments where one names it, else the step's own."""
    return next((one.template for one in adjustments if one.template), template)
