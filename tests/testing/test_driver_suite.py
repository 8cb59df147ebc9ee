"""The suite of drivers: ours pass, and each law convicts a driver that is broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Lock
from time import sleep

import pytest

from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Driver, Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.drivers import FileDriver
from collectkit.drivers.dialer import DialerDriver
from collectkit.testing.conformance import DriverConformance


class Provider:
    """Takes messages by their id, each once; it may refuse, and its answers may be lost."""

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}
        self.requests = 0
        self.refuses = self.is_silent = False
        self._lock = Lock()

    def post(self, id: str, text: str) -> str:
        if self.refuses:
            raise PermissionError("refused")
        with self._lock:
            self.requests += 1
            reference = self.messages.setdefault(id, f"ref-{len(self.messages)}")
        if self.is_silent:
            raise TimeoutError("no answer")
        return reference

    @contextmanager
    def being(self, **how: bool) -> Iterator[None]:
        vars(self).update(how)
        yield
        vars(self).update(dict.fromkeys(how, False))


class Gateway:
    """A driver as it should be."""

    capabilities = Capabilities(idempotency_ttl=timedelta(days=1), lookup_by_ref=True, batch=3)

    def __init__(self) -> None:
        self.provider = Provider()

    def hand_over(self, parcel: Parcel) -> HandOver:
        try:
            return Accepted(self.provider.post(str(parcel.id), parcel.body.decode("utf-8")))
        except PermissionError:
            return Rejected("the provider refused it")
        except TimeoutError:
            return Doubtful("no answer")

    def hand_over_all(self, parcels: Sequence[Parcel]) -> Sequence[HandOver]:
        return [self.hand_over(parcel) for parcel in parcels]

    def look_up(self, id: str) -> HandOver | None:
        reference = self.provider.messages.get(id)
        return None if reference is None else Accepted(reference)

    def forget(self, ids: Sequence[str]) -> None:
        for id in ids:
            self.provider.messages.pop(id, None)


class Laws(DriverConformance):
    """What can be found out about the provider above."""

    def taken(self, driver: Driver) -> int | None:
        return len(driver.provider.messages) if isinstance(driver, Gateway) else None

    def losing_answers(self, driver: Driver) -> AbstractContextManager[object] | None:
        return driver.provider.being(is_silent=True) if isinstance(driver, Gateway) else None

    def refusing(self, driver: Driver) -> AbstractContextManager[object] | None:
        return driver.provider.being(refuses=True) if isinstance(driver, Gateway) else None


class TestAsItShouldBe(Laws):
    @pytest.fixture
    def driver(self) -> Driver:
        return Gateway()


class TestOurFile(DriverConformance):
    @pytest.fixture
    def driver(self, tmp_path: Path) -> Driver:
        return FileDriver(tmp_path)

    def taken(self, driver: Driver) -> int | None:
        assert isinstance(driver, FileDriver)
        return len(driver.path.read_bytes().splitlines()) if driver.path.exists() else 0


class TestOurDialer(DriverConformance):
    channel = "phone"

    @pytest.fixture
    def driver(self, tmp_path: Path) -> Driver:
        return DialerDriver(tmp_path / "calls.csv")


class Optimist(Gateway):
    """Takes silence for a refusal: the second try would be a second message."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        answer = super().hand_over(parcel)
        return Rejected(answer.reason) if isinstance(answer, Doubtful) else answer


class Believer(Gateway):
    """Takes a refusal for an acceptance."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        answer = super().hand_over(parcel)
        return Accepted("ref-9") if isinstance(answer, Rejected) else answer


class Flag(Gateway):
    """Answers with a flag."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        return True  # type: ignore[return-value]


class Number(Gateway):
    """Gives the number of a status for its reason."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        return Rejected(400)  # type: ignore[arg-type]


class Ascii(Gateway):
    """Knows no other letters."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        parcel.body.decode("ascii")
        return super().hand_over(parcel)


class Again(Gateway):
    """Tries twice by itself, under another id."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        self.provider.post(f"{parcel.id}/again", "")
        return super().hand_over(parcel)


class Keyless(Gateway):
    """Declares keys and makes a new one each time."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        return Accepted(self.provider.post(f"{parcel.id}/{self.provider.requests}", ""))


class Nameless(Gateway):
    """Promises references and gives none."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        super().hand_over(parcel)
        return Accepted()


class OneName(Gateway):
    """Gives every message the same reference."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        super().hand_over(parcel)
        return Accepted("ref-0")


class Sure(Gateway):
    """Knows every message, also those it never saw."""

    def look_up(self, id: str) -> HandOver | None:
        return Accepted(self.provider.messages.get(id, "ref-0"))


class Short(Gateway):
    """Forgets to answer about the last of several."""

    def hand_over_all(self, parcels: Sequence[Parcel]) -> Sequence[HandOver]:
        return list(super().hand_over_all(parcels))[:-1]


class Shared(Gateway):
    """Keeps the message that it is at in a place that all threads share."""

    def __init__(self) -> None:
        super().__init__()
        self._busy = Lock()

    def hand_over(self, parcel: Parcel) -> HandOver:
        if not self._busy.acquire(blocking=False):
            return Doubtful("busy")
        try:
            sleep(0.02)
            return super().hand_over(parcel)
        finally:
            self._busy.release()


class Talker(Gateway):
    """Says to whom it was."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        answer = super().hand_over(parcel)
        return Rejected(f"{parcel.to} is refused") if isinstance(answer, Rejected) else answer


class Stubborn(Gateway):
    """Cannot forget what it does not have."""

    def forget(self, ids: Sequence[str]) -> None:
        for id in ids:
            del self.provider.messages[id]


CONVICTED: list[tuple[type[Gateway], str]] = [
    (Optimist, "a_lost_answer_is_a_doubt"),
    (Believer, "a_refusal_is_no_acceptance"),
    (Flag, "every_message_has_an_honest_answer"),
    (Number, "every_message_has_an_honest_answer"),
    (Ascii, "every_message_has_an_honest_answer"),
    (Again, "once_is_once"),
    (Keyless, "the_same_key_is_the_same_message"),
    (Nameless, "what_is_accepted_can_be_found_again"),
    (OneName, "what_is_accepted_can_be_found_again"),
    (OneName, "threads_do_not_disturb_each_other"),
    (Sure, "it_can_be_asked_afterwards"),
    (Short, "several_together_are_answered_in_their_order"),
    (Shared, "threads_do_not_disturb_each_other"),
    (Talker, "its_words_name_nobody"),
    (Stubborn, "what_is_forgotten_is_forgotten_twice"),
]


@pytest.mark.parametrize(("saboteur", "law"), CONVICTED)
def test_each_saboteur_is_convicted(saboteur: type[Gateway], law: str) -> None:
    """
    By the law that is about what it does.
    """
    judged: Callable[[Driver], None] = getattr(Laws(), f"test_{law}")
    judged(Gateway())
    with pytest.raises((AssertionError, UnicodeError, KeyError)):
        judged(saboteur())


def test_every_law_convicts_somebody() -> None:
    """
    A law that convicts nobody is none.
    """
    laws = {name.removeprefix("test_") for name in dir(DriverConformance) if name.startswith("test_")}

    assert laws == {law for _, law in CONVICTED}
