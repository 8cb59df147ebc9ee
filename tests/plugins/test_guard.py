"""What a plugin may do wrong without harm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from collectkit.actions import StepTaken
from collectkit.errors import PluginFaultError
from collectkit.events import Context, Receipt
from collectkit.plugins.guard import FAILURES_MAX, Committed, Observers, items_of, merge, named_of

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
COMMITTED = Committed(
    Context("default", "tests", AT, "c-1"),
    "account/a-1",
    (StepTaken("a-1", "late-1", date(2026, 10, 1), date(2026, 10, 2), "v", "done"),),
    (Receipt("account/a-1", 1, "00"),),
)


def refuse(item: Committed) -> None:
    raise RuntimeError("personal data")


class TestObservers:
    def test_each_is_told(self) -> None:
        """
        Every subscriber hears of every commit, in order.
        """
        heard: list[tuple[str, Committed]] = []
        observers = Observers([("one", lambda item: heard.append(("one", item))), ("two", lambda item: heard.append(("two", item)))])

        observers.tell([COMMITTED])

        assert [("one", COMMITTED), ("two", COMMITTED)] == heard

    def test_failing_one_is_counted_and_skipped(self) -> None:
        """
        A subscriber that fails does not keep the next from being told, and its error's text is not kept.
        """
        heard: list[Committed] = []
        observers = Observers([("bad", refuse), ("good", heard.append)])

        observers.tell([COMMITTED, COMMITTED])

        assert 2 == len(heard)
        assert [("bad", 0, 2, "RuntimeError"), ("good", 2, 0, "")] == [(s.plugin, s.told, s.failed, s.fault) for s in observers.states]

    def test_one_that_always_fails_is_left_alone(self) -> None:
        """
        After twenty failures in a row a subscriber is no longer called, and that is counted too.
        """
        observers = Observers([("bad", refuse)])

        observers.tell([COMMITTED] * (FAILURES_MAX + 5))

        assert (FAILURES_MAX, 5) == (observers.states[0].failed, observers.states[0].skipped)

    def test_success_forgives(self) -> None:
        """
        Only failures in a row break the circuit.
        """
        calls = iter(range(1000))

        def flaky(item: Committed) -> None:
            if next(calls) % FAILURES_MAX:
                raise RuntimeError

        observers = Observers([("flaky", flaky)])
        observers.tell([COMMITTED] * (3 * FAILURES_MAX))

        assert (3, 0) == (observers.states[0].told, observers.states[0].skipped)

    def test_exit_does_not_end_the_process(self) -> None:
        """
        A subscriber that calls `sys.exit` has failed, no more.
        """

        def leave(item: Committed) -> None:
            raise SystemExit(1)

        observers = Observers([("leaver", leave)])
        observers.tell([COMMITTED])

        assert "SystemExit" == observers.states[0].fault


class TestAnswers:
    @pytest.mark.parametrize("answer", ["text", b"bytes", {"a": 1}, 7, None])
    def test_no_list(self, answer: object) -> None:
        """
        Something else where a list is expected is a fault that names the plugin and the hook.
        """
        with pytest.raises(PluginFaultError, match="plugin 'acme' must answer collectkit_subscribers with functions"):
            items_of("acme", "collectkit_subscribers", answer, "functions")

    def test_list_that_breaks_halfway(self) -> None:
        """
        A generator that fails while it is read is the plugin's fault.
        """

        def half() -> Iterator[int]:
            yield 1
            raise KeyError("x")

        with pytest.raises(PluginFaultError, match="raised KeyError"):
            items_of("acme", "collectkit_subscribers", half(), "functions")

    @pytest.mark.parametrize("answer", [["name"], {1: "x"}, {"": "x"}, "text"])
    def test_no_names(self, answer: object) -> None:
        """
        Things by name need names that are texts.
        """
        with pytest.raises(PluginFaultError, match="by name"):
            named_of("acme", "collectkit_drivers", answer, "drivers by name")

    def test_two_things_of_one_name(self) -> None:
        """
        Which of two things counts must not be chance.
        """
        with pytest.raises(PluginFaultError, match="plugins 'one' and 'two' both answer collectkit_drivers with 'sms'"):
            merge("collectkit_drivers", [("one", {"sms": 1}), ("two", {"sms": 2})])

    def test_one_thing_twice(self) -> None:
        """
        The same thing under the same name is no contradiction.
        """
        assert {"sms": COMMITTED, "email": 1} == merge(
            "collectkit_drivers", [("one", {"sms": COMMITTED}), ("two", {"sms": COMMITTED, "email": 1})]
        )
