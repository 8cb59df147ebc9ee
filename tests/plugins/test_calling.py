"""Code that is not ours, called with a deadline."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from time import sleep

import pytest

from collectkit.errors import PluginFaultError
from collectkit.plugins.calling import ABANDONED_MAX, DEPTH_MAX, FAULTS_MAX, Caller, Callers


def raising(error: BaseException) -> Callable[[], object]:
    def call() -> object:
        raise error

    return call


def failing(caller: Caller, times: int) -> None:
    for _ in range(times):
        with pytest.raises(PluginFaultError):
            caller.call(raising(ValueError("a name")))


class TestCaller:
    def test_an_answer_is_returned(self) -> None:
        """
        And counted.
        """
        caller = Caller("rule x", seconds=5)

        assert 7 == caller.call(lambda: 7)
        assert (1, 0, "") == (caller.state.answered, caller.state.failed, caller.state.fault)

    @pytest.mark.parametrize("error", [ValueError("a name"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
    def test_whatever_is_raised_is_a_fault(self, error: BaseException) -> None:
        """
        It names the part, the type and the place, never the text, and ends nothing else.
        """
        caller = Caller("rule x", seconds=5)

        with pytest.raises(PluginFaultError, match=rf"rule x raised {type(error).__name__} at test_calling.py:\d+") as caught:
            caller.call(raising(error))
        assert "a name" not in f"{caught.value!r}{caught.value.__cause__!r}"

    @pytest.mark.parametrize("answer", [None, "yes", 1, float("nan")])
    def test_rubbish_is_a_fault(self, answer: object) -> None:
        """
        Only what the check takes is an answer.
        """
        caller = Caller("rule x", seconds=5)

        with pytest.raises(PluginFaultError, match="must answer with a flag, got"):
            caller.call(lambda: answer, wanted="a flag", check=lambda got: isinstance(got, bool))
        assert (0, 1) == (caller.state.answered, caller.state.failed)

    def test_a_late_answer_is_thrown_away(self) -> None:
        """
        The call failed when its time was over; the thread is used again once it is back.
        """
        caller, release = Caller("driver sms", seconds=0.05), threading.Event()
        threads: list[int] = []

        def stale() -> str:
            threads.append(threading.get_ident())
            release.wait()
            return "stale"

        with pytest.raises(PluginFaultError, match=r"did not answer within 0\.05 seconds"):
            caller.call(stale)
        assert 1 == caller.state.hanging
        caller.seconds = 60  # what comes next is in time, however slow the machine
        release.set()
        while caller.state.hanging:
            sleep(0.001)
        assert (threads, "fresh") == caller.call(lambda: ([threading.get_ident()], "fresh"))
        assert (1, 1, 0) == (caller.state.late, caller.state.answered, caller.state.hanging)

    def test_only_so_many_calls_hang(self) -> None:
        """
        Then nothing more is called until one returns: threads do not pile up.
        """
        caller, release = Caller("driver sms", seconds=0.01, faults_max=100), threading.Event()
        for _ in range(ABANDONED_MAX):
            with pytest.raises(PluginFaultError, match="within"):
                caller.call(release.wait)

        with pytest.raises(PluginFaultError, match=f"is not called any more \\({ABANDONED_MAX} of its calls hang\\)"):
            caller.call(lambda: 1)
        caller.seconds = 60
        release.set()
        while caller.is_open:
            sleep(0.001)
        assert 1 == caller.call(lambda: 1)

    def test_the_circuit_opens_and_is_tried_again(self) -> None:
        """
        After so many faults in a row nothing is called; one trial closes it or leaves it open.
        """
        caller = Caller("driver sms", seconds=5)
        failing(caller, FAULTS_MAX)

        assert caller.is_open
        with pytest.raises(PluginFaultError, match="is not called any more"):
            caller.call(lambda: pytest.fail("it was called"))
        caller.try_again()
        failing(caller, 1)
        assert caller.is_open
        caller.try_again()
        assert 1 == caller.call(lambda: 1)
        failing(caller, FAULTS_MAX - 1)
        assert not caller.is_open

    def test_hooks_do_not_call_hooks_for_ever(self) -> None:
        """
        A hook that calls the kit, which calls the hook, ends.
        """
        caller, depth = Caller("driver sms", seconds=20), [0]

        def again() -> None:
            depth[0] += 1
            caller.call(again)

        with pytest.raises(PluginFaultError):
            again()
        assert DEPTH_MAX + 1 == depth[0]

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system cannot fork")
    @pytest.mark.filterwarnings("ignore:This process")
    def test_a_fork_does_not_become_a_second_us(self) -> None:
        """
        The child ends where our code would have gone on in it.
        """
        caller = Caller("driver sms", seconds=20)

        child = caller.call(os.fork)

        assert child > 0
        _, status = os.waitpid(child, 0)
        assert 70 == os.waitstatus_to_exitcode(status)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system cannot fork")
    @pytest.mark.filterwarnings("ignore:This process")
    def test_a_copy_of_the_process_starts_its_own_threads(self) -> None:
        """
        Threads do not cross a fork; a call in the child must not wait for one that is not there.
        """
        caller = Caller("driver sms", seconds=5)
        caller.call(lambda: 1)

        child = os.fork()
        if child == 0:
            os._exit(caller.call(lambda: 42))
        _, status = os.waitpid(child, 0)
        assert 42 == os.waitstatus_to_exitcode(status)


class TestCallers:
    def test_each_part_has_one(self) -> None:
        """
        The same name is the same caller, and the states come by name.
        """
        callers = Callers()
        failing(callers.add("b", seconds=1), FAULTS_MAX)
        callers.add("a", seconds=1).call(lambda: 1)

        assert callers.add("b", seconds=1).is_open
        assert [("a", 1), ("b", 0)] == [(state.name, state.answered) for state in callers.states]
        callers.try_again()
        assert not callers.add("b", seconds=1).is_open
