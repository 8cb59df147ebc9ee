"""Many commands of one thread in one unit: they are committed together or not at all, and wait for the disk once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from collectkit._kit.core import Core


@contextmanager
def together(kit: Core) -> Iterator[None]:
    """Have every unit and view that this thread opens through *kit* be one and the same, which is committed at the end."""
    with kit._unit() as unit:
        kit._kept.whole = unit
        try:
            yield
        finally:
            kit._kept.whole = None
