"""The front of a kit: what a caller gives is of the class that the method asks for, or is refused by name before anything is done.

The classes are read from the signatures, so that a new command is checked without anybody having to remember it.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache, wraps
from importlib import import_module
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin

import attrs

from collectkit._kit.authorizing import is_command
from collectkit.errors import IdentifierError, MoneyError, TimeError, ValidationError
from collectkit.money import Money

K = TypeVar("K", bound=type)

NOT_DONE: Final = "nothing was done"
_RECORDS: Final = "nothing was recorded"
_MARK: Final = "__takes__"
_MANY: Final = (Collection, Iterable, Sequence)
_LATER: Final[Mapping[str, str]] = {"Attribution": "collectkit.reports", "WorkTime": "collectkit.reports"}
"""Classes of a room that comes with an extra, each with that room: looked up with the first call that is about them."""
_TEXTS: Final = frozenset(
    {
        "action",
        "basis",
        "channel",
        "content",
        "currency",
        "document",
        "due",
        "needs",
        "party",
        "purpose",
        "query",
        "reason",
        "rules",
        "to",
        "worker",
    }
)
"""Parameters that are words and no ids; so is whatever may be of another class than a text."""


@attrs.frozen
class Takes:
    """
    What one parameter takes.

    Attributes:
        name: Of the parameter.
        classes: One of these.
        many: It is a list of them.
        optional: It may be None instead of a list.
        not_done: What did not happen when something else is given.
    """

    name: str
    classes: tuple[type, ...]
    many: bool = False
    optional: bool = False
    not_done: str = NOT_DONE

    def check(self, value: object) -> object:
        """
        Return what was given, when it is of one of the classes; of what can be read only once each is looked at as it is read.

        Raises:
            ValidationError: It is not; a `TimeError`, `MoneyError` or `IdentifierError` where a day, an amount or an id is meant.
        """
        if not self.many:
            if not self._fits(value):
                raise self._fault(self._named(), value)
            return value
        if value is None and self.optional:
            return value
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise self._fault(f"a list, each of it {self._named()}", value)
        if isinstance(value, Collection):
            list(self._each(value))
            return value
        return self._each(value)

    def _each(self, values: Iterable[object]) -> Iterator[object]:
        for value in values:
            if not self._fits(value):
                raise self._fault(f"a list, each of it {self._named()}", value)
            yield value

    def _fits(self, value: object) -> bool:
        return any(_is(value, cls) for cls in self.classes) and (type(value) is not bool or bool in self.classes)

    def _named(self) -> str:
        names = [_WORDS.get(cls, _article(cls.__name__)) for cls in self.classes]
        return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def _fault(self, wanted: str, value: object) -> ValidationError:
        error: type[ValidationError] = next((_ERRORS[cls] for cls in self.classes if cls in _ERRORS), ValidationError)
        if error is IdentifierError and (self.name in _TEXTS or not {str, type(None)}.issuperset(self.classes)):
            error = ValidationError
        kinds = [one.value for cls in self.classes if issubclass(cls, Enum) for one in cls]
        hint = f" ({', '.join(map(str, kinds))})" if kinds else ""
        # Only the class of what came is told: the value could hold personal data.
        return error(f"{self.name} must be {wanted}{hint}, got {_article(type(value).__name__)}; {self.not_done}")


def _is(value: object, cls: type) -> bool:
    """Tell whether something is of a class, or can do all that a protocol asks for; a class itself can do nothing yet."""
    if not getattr(cls, "_is_protocol", False):
        return isinstance(value, cls)
    asked = [name for name, member in vars(cls).items() if not name.startswith("_") and inspect.isfunction(member)]
    return not inspect.isclass(value) and all(callable(getattr(value, name, None)) for name in asked)


class _Later(dict[str, object]):
    """Names that a module imports for type checkers alone, imported when an annotation asks for them."""

    def __missing__(self, name: str) -> object:
        return getattr(import_module(_LATER[name]), name)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOUaeio' else 'a'} {name}"


_WORDS: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    bool: "True or False",
    date: "a date without a time",
    datetime: "an instant with its zone",
    type(None): "None",
    cast("type", Callable): "a function",
}
_ERRORS: Final[Mapping[type, type[ValidationError]]] = {
    Money: MoneyError,
    date: TimeError,
    datetime: TimeError,
    str: IdentifierError,
}


@cache
def takes(command: Callable[..., Any]) -> Mapping[str, Takes]:
    """Return what the parameters of a method take, by name, as far as their annotations name classes."""
    beneath = cast("types.FunctionType", inspect.unwrap(command))
    not_done = _RECORDS if is_command(command.__name__, beneath) else NOT_DONE
    found = {}
    for name, parameter in inspect.signature(command).parameters.items():
        annotation = parameter.annotation
        if isinstance(annotation, str):
            try:
                # Each by itself: `typing.get_type_hints` would know none of a method of which one cannot be looked up.
                annotation = eval(annotation, beneath.__globals__, _Later())  # noqa: S307  # our own source
            except ImportError:
                continue  # of a room whose extra is not installed: the method says so itself
        read = None if name == "self" else _read(name, annotation)
        if read is not None:
            found[name] = attrs.evolve(read, not_done=not_done)
    return found


def _read(name: str, annotation: object) -> Takes | None:
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    lists = [part for part in parts if get_origin(part) in _MANY]
    if len(lists) == 1 and all(part is type(None) for part in parts if part is not lists[0]):
        (inner,) = get_args(lists[0])
        classes = _classes(inner)
        return None if classes is None else Takes(name, classes, many=True, optional=len(parts) > 1)
    classes = _classes(annotation)
    return None if classes is None else Takes(name, classes)


def _classes(annotation: object) -> tuple[type, ...] | None:
    """Return the classes that an annotation names; None for one that tells less, such as any object or one of a few words."""
    if annotation is None:
        return (type(None),)
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        parts = [_classes(part) for part in get_args(annotation)]
        return None if None in parts else tuple(cls for part in parts if part is not None for cls in part)
    if origin is not None and inspect.isclass(origin):
        return (origin,) if origin in (Mapping, Callable, tuple, dict, list) else None
    if not inspect.isclass(annotation) or annotation is object:
        return None
    return (annotation,)


def typed(cls: K) -> K:
    """Have every public method of a class, also of those it inherits from, look at what it is given before it runs."""
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if not name.startswith("_") and inspect.isfunction(member) and not hasattr(member, _MARK):
            setattr(cls, name, _checking(member))
    return cls


def _looked_at(one: Takes | None, value: object) -> object:
    """Return what was given, looked at; most of it is of exactly one of the classes."""
    return value if one is None or (not one.many and type(value) in one.classes) else one.check(value)


def _checking(command: Callable[..., Any]) -> Callable[..., Any]:
    order = tuple(inspect.signature(command).parameters)[1:]

    @wraps(command)
    def checking(self: object, *arguments: Any, **options: Any) -> Any:
        known = takes(command)  # annotations are looked up once, with the first call
        if arguments:
            given = [_looked_at(known.get(name), value) for name, value in zip(order, arguments, strict=False)]
            arguments = (*given, *arguments[len(order) :])
        for name, value in options.items():
            options[name] = _looked_at(known.get(name), value)
        return command(self, *arguments, **options)

    setattr(checking, _MARK, True)
    return checking
