from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Asked

from collectkit import Kit
from collectkit._kit.ahead import reading_ahead
from collectkit.account import AccountClosed
from collectkit.errors import StoreUnavailableError
from collectkit.events import Context, Event
from collectkit.storage.store import Unit

from .conftest import NOW, TODAY, account, consumer

STREAMS = ("account/a-1", "account/a-2", "account/a-9", "person/c-1")


def furnished() -> Kit:
    """A book of one person with two accounts."""
    kit = Kit.open("memory://", policy="us-bnpl", actor="tests")
    kit.register(consumer(), at=NOW)
    kit.open_accounts([account("a-1"), account("a-2")], at=NOW)
    return kit


def closed(account: str, reason: str) -> AccountClosed:
    return AccountClosed(account, TODAY, reason)


writes = st.tuples(st.sampled_from(("account/a-1", "account/a-2")), st.sampled_from(("cancelled", "paid")), st.booleans())


class TestAhead:
    @given(ahead=st.lists(st.sampled_from(STREAMS)), done=st.lists(st.tuples(st.sampled_from(STREAMS), st.none() | writes), max_size=8))
    def test_it_reads_what_the_unit_reads(self, ahead: list[str], done: list[tuple[str, tuple[str, str, bool] | None]]) -> None:
        """
        Whatever was read ahead, and whatever is written meanwhile: also a stream that was not begun, or that nobody named.
        """
        kit = furnished()
        with kit.store.unit("default") as unit:
            other = reading_ahead(unit, ahead)
            for stream, written in done:
                assert unit.bodies(stream) == other.bodies(stream)
                if written is not None:
                    name, reason, appends = written
                    events: dict[str, tuple[int, list[Event]]] = {
                        name: (other.version(name), [closed(name.removeprefix("account/"), reason)])
                    }
                    context = Context("default", "tests", NOW, "c", policy="", rules="")
                    if appends:
                        other.append(context, events)
                    else:
                        other.load(context, events)
            assert [unit.bodies(stream) for stream in STREAMS] == [other.bodies(stream) for stream in STREAMS]

    def test_whoever_changes_what_was_read_changes_nothing(self) -> None:
        """
        Each answer is a list of the caller's own.
        """
        with furnished().store.unit("default") as unit:
            other = reading_ahead(unit, STREAMS)
            other.bodies("account/a-1").clear()

            assert unit.bodies("account/a-1") == other.bodies("account/a-1") != []

    def test_a_night_asks_for_all_its_streams_together(self, asked: Asked) -> None:
        """
        However many people there are: what one of them needs is not asked for alone.
        """
        with Kit.open("sqlite://", policy="us-bnpl", actor="tests") as kit:
            kit.register_all([consumer(f"c-{number}") for number in range(9)], at=NOW)
            kit.open_accounts([account(f"a-{number}", f"c-{number}") for number in range(9)], at=NOW)
            asked.statements.clear()
            kit.run_night(as_of=TODAY, at=NOW)

        alone = [text for text in asked.statements if "SELECT version, type, body" in text and "stream = 'person/" in text]
        assert [] == alone
        assert 1 == sum("json_each" in text and '"person/c-8"' in text for text in asked.statements)


class Unreadable:
    """A unit that raises when it reads several streams together."""

    def __init__(self, unit: Unit, error: Exception) -> None:
        self._unit, self._error = unit, error

    def bodies_of(self, streams: list[str]) -> dict[str, list[Event]]:
        raise self._error

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


class TestFaults:
    def test_what_cannot_be_read_is_met_by_whoever_asks_for_it(self) -> None:
        """
        One event that nobody can read keeps no other stream from being read.
        """
        with furnished().store.unit("default") as unit:
            ahead = reading_ahead(cast(Unit, Unreadable(unit, ValueError("an event that is none"))), STREAMS)

            assert unit.bodies("account/a-1") == ahead.bodies("account/a-1")

    def test_a_store_that_is_gone_is_told_at_once(self) -> None:
        """
        It is nobody's fault whose streams were asked for.
        """
        with furnished().store.unit("default") as unit, pytest.raises(StoreUnavailableError):
            reading_ahead(cast(Unit, Unreadable(unit, StoreUnavailableError("gone"))), STREAMS)
