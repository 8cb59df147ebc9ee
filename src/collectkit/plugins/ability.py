"""Whether a thing that somebody brings can do what its protocol asks, and in plain words why it cannot.

What is found here is found while a kit is assembled. A driver that is a class, or whose method is async, would otherwise be
called, and every message that it was given would count as possibly made.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

__all__ = ["lacks", "lacks_call"]


def lacks(protocol: type, methods: Sequence[str], thing: object) -> str:
    """
    Return why *thing* cannot do what *protocol* asks; empty when it can.

    Args:
        protocol: Whose methods say what they take.
        methods: Which of them are asked for.
        thing: What a host or a plugin brings.

    >>> from collectkit.channels.channel import Driver
    >>> class Gateway:
    ...     async def hand_over(self, parcel): ...
    >>> lacks(Driver, ["hand_over"], Gateway())
    'whose hand_over is async, and it is called without an event loop'
    >>> lacks(Driver, ["hand_over"], Gateway)
    'the class Gateway itself and no object of it'
    """
    if isinstance(thing, type) and any(inspect.isfunction(inspect.getattr_static(thing, name, None)) for name in methods):
        return f"the class {thing.__name__} itself and no object of it"
    missing = [name for name in methods if not callable(getattr(thing, name, None))]
    if missing:
        return f"which has no {' and no '.join(missing)}"
    return next(filter(None, (_misfit(f"whose {name}", getattr(thing, name), getattr(protocol, name)) for name in methods)), "")


def lacks_call(thing: object) -> str:
    """Return why *thing* is no function to be called at once; empty when it is one."""
    return _misfit("which", thing, None) if callable(thing) else "which is no function"


def _misfit(who: str, method: Callable[..., object], wanted: Callable[..., object] | None) -> str:
    """Return what is wrong with a method, or a function, that is there."""
    if inspect.iscoroutinefunction(method) or inspect.iscoroutinefunction(type(method).__call__):
        return f"{who} is async, and it is called without an event loop"
    takes = [] if wanted is None else list(inspect.signature(wanted).parameters)[1:]
    try:
        if takes:
            inspect.signature(method).bind(*takes)
    except ValueError:
        return ""  # one that is not written in Python does not say what it takes
    except TypeError:
        return f"{who} does not take ({', '.join(takes)})"
    return ""
