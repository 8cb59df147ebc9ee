"""What the process that reads an import tells the one that writes it: chunks of prepared drafts, and all results of rows.

Everything is told in the order in which it was found, so that the writer ends up with the very tallies that it would
have had if it had read the files itself. Only numbers, texts, bytes, tuples and lists travel.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, Final, TypeVar

from collectkit._kit.prepared import Prepared, packed, written_down
from collectkit.errors import ImportBrokenOffError, IntakeError
from collectkit.intake.delivery import Delivery
from collectkit.intake.results import Tally

FORMAT: Final = 1
"""Number of the form of the messages."""

_BEFORE_STANDS: Final = "chunks that were committed before stand, and the import can be started again"

T = TypeVar("T")

_ROWS, _END, _REFUSED, _FAILED = range(4)


def chunks_of(delivery: Delivery, rows: int) -> Iterator[list[Prepared]]:
    """Yield what the rows of a delivery come to, *rows* at a time."""
    return _chunked(written_down(delivery.drafts(), Prepared.of), rows)


def _chunked(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk


def messages(delivery: Callable[[], Delivery], as_of: date, rows: int) -> Iterator[bytes]:
    """
    Yield the messages of a reader, the last one saying how it ended.

    Args:
        delivery: Makes the delivery; what it raises is told as well.
        as_of: Business date of the opening standings.
        rows: Drafts of a chunk.
    """
    try:
        read = delivery()
        told = _Told(read)
        numbers = told.numbers
        for chunk in _chunked(written_down(read.drafts(), lambda draft: packed(draft, as_of, numbers)), rows):
            yield marshal.dumps((_ROWS, told.news(read), chunk))
        yield marshal.dumps((_END, told.news(read), [tally.last_news() for tally in read.tallies.values()]))
    except IntakeError as error:
        yield marshal.dumps((_REFUSED, [], str(error)))
    except Exception as error:
        # Its text may repeat what stood in a row; whoever must see it reads the files in his own process.
        yield marshal.dumps((_FAILED, [], type(error).__name__))


class _Numbers(dict[Tally, int]):
    """The number of each tally of a delivery in the order in which they were made; looked up for every row."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__()
        self._delivery = delivery

    def __missing__(self, tally: Tally) -> int:
        self.update({held: number for number, held in enumerate(self._delivery.tallies.values())})
        return self[tally]


class _Told:
    """Which tallies the other side knows, and the number of each."""

    def __init__(self, delivery: Delivery) -> None:
        self.numbers = _Numbers(delivery)
        self._known = 0

    def news(self, delivery: Delivery) -> list[tuple[str, Any]]:
        """Return the news of each tally that has some, or that is new itself."""
        found = [(name, tally.news()) for name, tally in delivery.tallies.items()]
        known, self._known = self._known, len(found)
        return [(name, news) for number, (name, news) in enumerate(found) if news is not None or number >= known]


def heard(delivery: Delivery, texts: Iterable[bytes]) -> Iterator[list[Prepared]]:
    """
    Yield the chunks that a reader told of, keeping the tallies of *delivery* as they come.

    Raises:
        IntakeError: The reader found that a file cannot be used.
        ImportBrokenOffError: The reader failed, or stopped before it came to the end.
    """
    for text in texts:
        kind, news, rest = marshal.loads(text)  # noqa: S302  (from the process that this one started)
        for name, one in news:
            tally = delivery.tally(name)
            if one is not None:
                tally.hear(one)
        if kind == _ROWS:
            tallies = list(delivery.tallies.values())
            yield [Prepared.unpacked(plain, tallies) for plain in rest]
        elif kind == _END:
            for tally, last in zip(delivery.tallies.values(), rest, strict=True):
                tally.hear_last(last)
            return
        elif kind == _REFUSED:
            raise IntakeError(rest)
        else:
            raise ImportBrokenOffError(f"the process that reads the files failed ({rest}; workers=1 shows it); {_BEFORE_STANDS}")
    raise ImportBrokenOffError(f"the process that reads the files ended before they did; {_BEFORE_STANDS}")
