"""The front of a kit: every public method refuses an object of a wrong class by name, before anything is done."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any, cast

import attrs
import pytest

from collectkit import Kit, Money, Payment, reports
from collectkit._kit.typed import _LATER, _TEXTS, Takes, takes
from collectkit.drivers.http_post import HttpPost
from collectkit.errors import CollectkitError, IdentifierError, MoneyError, TimeError, ValidationError
from collectkit.kit import BoundKit
from collectkit.servicing.notifying import WebhookEndpoint

NOW = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
DAY = NOW.date()
HOOK = WebhookEndpoint("erp", "https://example.com/hook", "whsec_c2VjcmV0")
LOOKED_AT_ELSEWHERE = {
    ("bind", "connection"): "a connection of any library; the store looks at what is behind it",
    ("export_events", "format"): "a word of a few, looked at by the export",
    ("import_files", "mode"): "a word of a few, looked at by the import",
    ("import_files", "paths"): "paths in several forms, looked at by the import",
}
"""Parameters whose annotation names no class, and why that is right."""


class Stranger:
    """An object of a class that no method asks for."""


def methods() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in sorted(dir(Kit)):
        member = inspect.getattr_static(Kit, name)
        if not name.startswith("_") and inspect.isfunction(member):
            yield name, member


def parameters() -> list[tuple[str, str]]:
    return [(name, known) for name, method in methods() for known in takes(inspect.unwrap(method))]


def fitting(one: Takes) -> object:
    """Something of the class that is asked for, never looked into."""
    if one.many:
        return []
    cls = one.classes[0]
    made: dict[object, object] = {str: "x", int: 1, bool: True, date: NOW.date(), datetime: NOW, Callable: len}
    return made.get(cls) or ({} if inspect.isabstract(cls) else object.__new__(cls))


@pytest.fixture(scope="module")
def kit() -> Iterator[Kit]:
    with Kit.open("memory://", actor="tests") as opened:
        yield opened


class TestEveryMethod:
    @pytest.mark.parametrize(("method", "name"), parameters(), ids=lambda part: str(part))
    def test_an_object_of_a_wrong_class_is_refused_by_name(self, kit: Kit, method: str, name: str) -> None:
        """
        One argument is wrong and all others are of their class: nothing but a typed error that names it, and what did not happen.
        """
        known = takes(inspect.unwrap(inspect.getattr_static(Kit, method)))
        required = [
            part.name
            for part in inspect.signature(inspect.getattr_static(Kit, method)).parameters.values()
            if part.name != "self" and part.default is part.empty
        ]
        # The wrong one is looked at first, so that what the others are made of does not matter.
        given = {name: [Stranger()] if known[name].many else Stranger()}
        given |= {other: fitting(known[other]) if other in known else None for other in required if other != name}

        with pytest.raises(ValidationError, match=rf"^{name} must be .*, got a Stranger; nothing was (done|recorded)$"):
            list(getattr(kit, method)(**given) or ())

    def test_what_is_not_looked_at_is_listed(self) -> None:
        """
        A new parameter either names a class, or joins the list with a reason.
        """
        looked_at = set(parameters())
        every = {(name, part) for name, method in methods() for part in inspect.signature(method).parameters if part != "self"}

        assert set(LOOKED_AT_ELSEWHERE) == every - looked_at

    def test_every_annotation_is_looked_up(self) -> None:
        """
        One whose names are imported for type checkers alone names the room where they are found, or the first call would fail.
        """
        for _, method in methods():
            takes(inspect.unwrap(method))

        assert {"Attribution", "WorkTime"} == set(_LATER)
        assert (reports.Attribution,) == takes(inspect.unwrap(Kit.productivity))["attribution"].classes
        assert all(getattr(import_module(room), name) for name, room in _LATER.items())

    def test_a_kit_in_the_hosts_transaction_looks_as_well(self) -> None:
        """
        It is the same front.
        """
        assert all(
            hasattr(inspect.getattr_static(BoundKit, name), "__takes__")
            for name in dir(BoundKit)
            if not name.startswith("_") and inspect.isfunction(inspect.getattr_static(BoundKit, name))
        )


class TestWords:
    @pytest.mark.parametrize(
        ("call", "error", "said"),
        [
            (lambda kit: kit.post("p", at=NOW), ValidationError, "payment must be a Payment, got a str; nothing was recorded"),
            (lambda kit: kit.standing("a-1", as_of="today"), TimeError, "as_of must be a date without a time, got a str; nothing was done"),
            (lambda kit: kit.standing(7, as_of=NOW.date()), IdentifierError, "account must be a text, got an int; nothing was done"),
            (lambda kit: kit.explain_balance("a-1", due=7, as_of=NOW.date()), ValidationError, "due must be a text, got an int"),
            (lambda kit: kit.export_events(7), ValidationError, "path must be a text or a Path, got an int"),
            (lambda kit: kit.close("a-1", on=NOW.date(), reason=7, at=NOW), ValidationError, "reason must be a text, got an int"),
            (
                lambda kit: kit.buy_back("a", on=NOW.date(), reason="x", at=NOW, collected=5),
                MoneyError,
                "collected must be a Money or None",
            ),
            (lambda kit: kit.claim(True, at=NOW, worker="w"), ValidationError, "n must be a whole number, got a bool"),
            (
                lambda kit: kit.quote_plan("q", "a-1", None, at=NOW),
                IdentifierError,
                "accounts must be a list, each of it a text, got a str",
            ),
            (lambda kit: kit.post_all(["p"], at=NOW), ValidationError, "payments must be a list, each of it a Payment, got a str"),
            (lambda kit: kit.post_all(iter(["p"]), at=NOW), ValidationError, "payments must be a list, each of it a Payment, got a str"),
            (
                lambda kit: kit.productivity("x", first=NOW.date(), last=NOW.date()),
                ValidationError,
                "attribution must be an Attribution, got a str",
            ),
            (
                lambda kit: kit.dispatch(at=NOW, worker="w", clock=NOW),
                ValidationError,
                "clock must be a function or None, got a datetime",
            ),
            (lambda kit: kit.explaining(7), ValidationError, "command must be a function, got an int; nothing was done"),
            (
                lambda kit: kit.deliver_webhooks(HOOK, HttpPost, at=NOW),
                ValidationError,
                "transport must be a Transport, got a type",
            ),
            (lambda kit: kit.advance_placement("a", "active", on=NOW.date(), at=NOW), ValidationError, r"to must be .*\(.*active"),
        ],
    )
    def test_what_came_and_what_is_allowed(self, kit: Kit, call: Callable[[Any], object], error: type[CollectkitError], said: str) -> None:
        """
        The class alone is told of what came, for the value could be personal.
        """
        with pytest.raises(ValidationError, match=said) as raised:
            call(kit)
        assert error is type(raised.value)

    def test_a_word_that_is_no_id_is_one_of_a_parameter(self) -> None:
        """
        A name that no method has any more is taken off the list.
        """
        assert _TEXTS <= {known for _, known in parameters()}

    def test_a_subclass_will_do_and_none_where_it_may_stand(self, kit: Kit) -> None:
        """
        What fits is passed on as it is.
        """

        class Transfer(Payment):
            pass

        plain = Payment("p-1", "a-1", Money(1, "USD"), NOW.date())
        transfer = Transfer(*attrs.astuple(plain, recurse=False))

        assert transfer is Takes("payment", (Payment,)).check(transfer)
        assert None is Takes("accounts", (str,), many=True, optional=True).check(None)
        assert [1, 2] == list(cast(Iterator[int], Takes("n", (int,), many=True).check(iter([1, 2]))))
