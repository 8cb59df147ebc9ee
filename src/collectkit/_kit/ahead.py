"""A unit that reads ahead: whoever goes over many people asks the store for their streams together, and then one by one here.

A store answers one question about two hundred people about as soon as one about a single person; over a network that is most of what
a night waits for. With the first write everything is read anew, so nothing is answered here that the store would not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from collectkit._kit.charging import NOT_THEIRS
from collectkit.events import Context, Event, Receipt
from collectkit.storage.store import Unit


class AheadUnit:
    """
    Another unit, with streams that were read before they are asked for.

    Args:
        unit: To read from and to write to.
        streams: Those that will be asked for.
    """

    def __init__(self, unit: Unit, streams: Iterable[str]) -> None:
        self._unit = unit
        self._held: dict[str, list[Event]] = {}
        wanted = list(dict.fromkeys(streams))
        try:
            found = unit.bodies_of(wanted) if wanted else {}
        except NOT_THEIRS:
            raise
        except Exception:
            return  # an event that cannot be read is the fault of one stream: whoever asks for that one meets it, and nobody else
        self._held.update((stream, found.get(stream, [])) for stream in wanted)

    def bodies(self, stream: str) -> list[Event]:
        """Return the event bodies of a stream."""
        held = self._held.get(stream)
        return self._unit.bodies(stream) if held is None else list(held)

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        """Append to streams."""
        self._held.clear()  # what goes to a person who was merged stands in the stream of another
        return self._unit.append(context, writes)

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        """Append to streams."""
        self._held.clear()
        self._unit.load(context, writes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


def reading_ahead(unit: Unit, streams: Iterable[str]) -> Unit:
    """Return *unit* as one that has read *streams* already; it is used in its place from here on."""
    return cast(Unit, AheadUnit(unit, streams))
