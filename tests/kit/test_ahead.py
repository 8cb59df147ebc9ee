from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Asked

from collectkit import Kit
from collectkit._kit.ahead import reading_ahead
from collectkit.account import AccountClosed
from collectkit.errors import IntegrityBreachError, StoreUnavailableError
from collectkit.events import Context, Event
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import PersonChanged
from collectkit.servicing.dispatch import give_up
from collectkit.storage.store import Unit
from collectkit.testing.conformance._examples import contact

from .conftest import NOW, TODAY, account, consumer

STREAMS = ("account/a-1", "account/a-2", "account/a-9", "person/c-1", "person/c-2")
PEOPLE = (PersonId("c-1"), PersonId("c-2"), PersonId("c-9"))
ACCOUNTS = (AccountId("a-1"), AccountId("a-2"), AccountId("a-9"))
CONTEXT = Context("default", "tests", NOW, "c", policy="", rules="")
CONTACTS = ("m-1", "m-2", "m-9")
ALL = dict.fromkeys(PEOPLE, ACCOUNTS)


def furnished(url: str = "memory://", merged: bool = False) -> Kit:
    """A book of two people, merged or not, the first with two accounts."""
    kit = Kit.open(url, policy="us-bnpl", actor="tests")
    kit.register_all([consumer("c-1"), attrs.evolve(consumer("c-2"), name="Other", contacts=[])], at=NOW)
    kit.open_accounts([account("a-1"), account("a-2")], at=NOW)
    with kit.store.unit("default") as unit:
        unit.save_dispatches([contact("m-1"), contact("m-2")])
    if merged:
        kit.merge("c-2", "c-1", reason="the same person", at=NOW)
    return kit


def said(unit: Unit) -> list[object]:
    """All that a unit says about the people and streams of `furnished`."""
    return [
        *(unit.bodies(stream) for stream in STREAMS),
        *(unit.version(stream) for stream in STREAMS),
        *(unit.run("kind", name) for name in ("a-1", "a-2")),
        *(unit.person(person) for person in PEOPLE),
        *(unit.standings_of(person) for person in PEOPLE),
        *(unit.dispatch(id) for id in CONTACTS),
    ]


def append(unit: Unit, name: str) -> None:
    unit.append(CONTEXT, {f"account/{name}": (unit.version(f"account/{name}"), [AccountClosed(name, TODAY, "cancelled")])})


def load(unit: Unit, name: str) -> None:
    stream = f"person/c-{name[-1]}"
    unit.load(CONTEXT, {stream: (unit.version(stream), [PersonChanged(f"c-{name[-1]}", 7)])})


def rename(unit: Unit, name: str) -> None:
    known = unit.person(PEOPLE[0])
    assert known is not None
    unit.save_people([(attrs.evolve(known, name=name), 7)])


def hand_on(unit: Unit, name: str) -> None:
    """Let an account be owed by somebody else."""
    known = unit.standing(AccountId(name))
    assert known is not None
    unit.save_standings([(attrs.evolve(known, person=PEOPLE[1], paid_minor=known.paid_minor + 1), None)])


def open_another(unit: Unit, name: str) -> None:
    """Let both people owe an account more, which is known by its standing alone."""
    unit.save_openings([account(f"{name}-{person}", person) for person in ("c-1", "c-2")], TODAY)


def send(unit: Unit, name: str) -> None:
    """Give a contact up, and plan another one."""
    known = unit.dispatch("m-1")
    assert known is not None
    unit.save_dispatches([give_up(known, f"about {name}", at=NOW), attrs.evolve(known, id="m-9")])


def note(unit: Unit, name: str) -> None:
    """Write what a run came to, another text each time."""
    unit.save_run("kind", name, f"{unit.run('kind', name)} and more")


ACTS = (append, load, rename, hand_on, open_another, send, note)


class TestAhead:
    @given(
        merged=st.booleans(),
        ahead=st.dictionaries(st.sampled_from(PEOPLE), st.lists(st.sampled_from(ACCOUNTS))),
        contacts=st.lists(st.sampled_from(CONTACTS)),
        done=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(("a-1", "a-2"))), max_size=6),
    )
    def test_it_says_what_the_unit_says(
        self,
        merged: bool,
        ahead: dict[PersonId, list[AccountId]],
        contacts: list[str],
        done: list[tuple[Callable[[Unit, str], None], str]],
    ) -> None:
        """
        Whoever and whatever was read ahead, merged or not, and whatever is written meanwhile: also about those whom nobody named.
        """
        with furnished(merged=merged) as kit, kit.store.unit("default") as unit:
            other = reading_ahead(unit, ahead, contacts=contacts)
            assert said(unit) == said(other)
            for act, name in done:
                act(other, name)
                assert said(unit) == said(other)

    def test_whoever_changes_what_was_read_changes_nothing(self) -> None:
        """
        Each answer is a list of the caller's own.
        """
        with furnished().store.unit("default") as unit:
            other = reading_ahead(unit, ALL, contacts=CONTACTS)
            other.bodies("account/a-1").clear()
            other.standings_of(PEOPLE[0]).clear()

            assert said(unit) == said(other)

    def test_a_night_asks_about_its_people_together(self, asked: Asked) -> None:
        """
        However many there are: what one of them needs is not asked for alone.
        """
        with Kit.open("sqlite://", policy="us-bnpl", actor="tests") as kit:
            kit.register_all([consumer(f"c-{number}") for number in range(9)], at=NOW)
            kit.open_accounts([account(f"a-{number}", f"c-{number}") for number in range(9)], at=NOW)
            asked.statements.clear()
            kit.run_night(as_of=TODAY, at=NOW)

        alone = [text for text in asked.statements if text.startswith("SELECT") and ("'c-4'" in text or "/c-4'" in text)]
        assert [] == alone
        together = [text for text in asked.statements if "json_each" in text and "c-4" in text]
        assert ["collectkit_events", "collectkit_people", "collectkit_standings"] == sorted(
            next(name for name in ("collectkit_events", "collectkit_people", "collectkit_standings") if name in text) for text in together
        )


class Unreadable:
    """A unit that raises when it reads several streams together."""

    def __init__(self, unit: Unit, error: Exception) -> None:
        self._unit, self._error = unit, error

    def bodies_of(self, streams: list[str]) -> dict[str, list[Event]]:
        raise self._error

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


class Alone:
    """A unit of a store that answers about one person at a time."""

    people_named = standings_of_all = contacts_named = None

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


class FaultOfAKeeperError(Exception):
    """A fault that only the host knows, whose store or keeper raised it."""


class TestFaults:
    @pytest.mark.parametrize("error", [ValueError("an event that is none"), IntegrityBreachError("unknown keys"), FaultOfAKeeperError()])
    def test_what_cannot_be_read_is_met_by_whoever_asks_for_it(self, error: Exception) -> None:
        """
        One event that nobody can read keeps nobody else from being read, whatever its store or keeper raises.
        """
        with furnished().store.unit("default") as unit:
            ahead = reading_ahead(cast(Unit, Unreadable(unit, error)), ALL, contacts=CONTACTS)

            assert said(unit) == said(ahead)

    def test_a_store_that_is_gone_is_told_at_once(self) -> None:
        """
        It is nobody's fault who was asked about.
        """
        with furnished().store.unit("default") as unit, pytest.raises(StoreUnavailableError):
            reading_ahead(cast(Unit, Unreadable(unit, StoreUnavailableError("gone"))), ALL)

    def test_a_store_that_answers_one_by_one_is_asked_so(self) -> None:
        """
        A store of the host's own need not know of people together.
        """
        with furnished().store.unit("default") as unit:
            assert said(unit) == said(reading_ahead(cast(Unit, Alone(unit)), ALL, contacts=CONTACTS))
