"""The suite that every driver must pass, on a provider that takes everything; how it fails is what the claims are about.

A plugin's test is one class::

    class TestMyGateway(DriverConformance):
        channel = "sms"

        @pytest.fixture
        def driver(self):
            return MyGateway(FakeProvider())

        def taken(self, driver):
            return len(driver.provider.messages)

        def losing_answers(self, driver):
            return driver.provider.taking_without_an_answer()

Whatever the class does not say how to find out is skipped aloud.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import ClassVar, Final

from collectkit.channels.capabilities import Capabilities, capabilities_of
from collectkit.channels.channel import Driver, Parcel, encode
from collectkit.channels.message import Message
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.drivers.guarded import guarded
from collectkit.testing.conformance._aloud import not_tested

_ADDRESSES: Final = {"email": "c1@example.com", "letter": "1 Example Street, New York", "in_person": "1 Example Street, New York"}
_TEXTS: Final = ("Test Consumer owes 50.00 USD.", "Zoë schuldet 50,00 €.\n日本語", "x" * 900)
_ENDS_AT: Final = datetime(2100, 1, 1, tzinfo=UTC)
_THREADS: Final = 8


class DriverConformance:
    """
    One test a law; give it a fixture ``driver`` that returns a driver on a provider that works.

    Attributes:
        channel: Which channel it takes messages of.
    """

    channel: ClassVar[str] = "sms"

    def taken(self, driver: Driver) -> int | None:
        """Return how many messages the provider took so far; None when that cannot be found out."""
        return None

    def losing_answers(self, driver: Driver) -> AbstractContextManager[object] | None:
        """Return a stretch in which the provider takes what it gets and its answers are lost; None when that cannot be made."""
        return None

    def refusing(self, driver: Driver) -> AbstractContextManager[object] | None:
        """Return a stretch in which the provider refuses what it gets, in so many words; None when that cannot be made."""
        return None

    # What is handed over

    def parcel(self, name: str = "m-1", text: str = _TEXTS[0]) -> Parcel:
        """Return a parcel of the channel, made as a kit makes it."""
        to = _ADDRESSES.get(self.channel, "+12125550123")
        message = Message(name, self.channel, to, "What you owe", text, "en", "reminder", "1")
        return encode(message, "payments@example.com", not_after=_ENDS_AT)

    def promised(self, driver: Driver) -> Capabilities:
        """Return what the driver declares."""
        return capabilities_of(driver)

    # Laws of every driver

    def test_every_message_has_an_honest_answer(self, driver: Driver) -> None:
        """
        One of the three, with its reason in words; an exception, a flag and a coroutine are none.
        """
        for number, text in enumerate(_TEXTS):
            self._check_honest(driver.hand_over(self.parcel(f"acme/1 é-{number}", text)))

    def test_what_is_accepted_can_be_found_again(self, driver: Driver) -> None:
        """
        Where it promises references, each message has one of its own.
        """
        if not self.promised(driver).promises_reference:
            not_tested(f"the driver of {type(self).__name__} promises no reference")
        answers = [driver.hand_over(self.parcel(f"m-{number}")) for number in range(3)]
        references = [answer.reference for answer in answers if isinstance(answer, Accepted)]
        assert len(answers) == len(references), "the provider works, and not everything was accepted"
        assert all(references), "accepted without a reference"
        assert len(references) == len(set(references)), "two messages of one reference"

    def test_once_is_once(self, driver: Driver) -> None:
        """
        A driver never tries again by itself: one hand-over, one message.
        """
        before = self._taken(driver)
        assert isinstance(driver.hand_over(self.parcel()), Accepted), "the provider works, and the message was not accepted"
        assert before + 1 == self._taken(driver)

    def test_the_same_key_is_the_same_message(self, driver: Driver) -> None:
        """
        Where it says that the provider knows the id of a message, a second try sends no second one.
        """
        if self.promised(driver).idempotency_ttl is None:
            not_tested(f"the driver of {type(self).__name__} declares no idempotency_ttl")
        first = driver.hand_over(self.parcel())
        before = self._taken(driver)
        assert first == driver.hand_over(self.parcel())
        assert before == self._taken(driver)

    def test_it_can_be_asked_afterwards(self, driver: Driver) -> None:
        """
        Where it can be asked, it knows what it took and says None of what it never saw.
        """
        look_up: Callable[[str], HandOver | None] | None = getattr(driver, "look_up", None)
        if not self.promised(driver).lookup_by_ref or look_up is None:
            not_tested(f"the driver of {type(self).__name__} declares no lookup_by_ref")
        assert driver.hand_over(self.parcel()) == look_up("m-1")
        assert look_up("m-unknown") is None

    def test_several_together_are_answered_in_their_order(self, driver: Driver) -> None:
        """
        Where it takes several at once: as many answers as messages, none for none.
        """
        together: Callable[[list[Parcel]], list[HandOver]] | None = getattr(driver, "hand_over_all", None)
        size = self.promised(driver).batch
        if size == 1 or together is None:
            not_tested(f"the driver of {type(self).__name__} declares no batch")
        assert list(together([])) == []
        for count in (1, min(3, size), size):
            answers = list(together([self.parcel(f"m-{count}-{number}") for number in range(count)]))
            assert count == len(answers)
            for answer in answers:
                self._check_honest(answer)

    def test_threads_do_not_disturb_each_other(self, driver: Driver) -> None:
        """
        Several workers of a process share it.
        """
        parcels = [self.parcel(f"m-{number}") for number in range(4 * _THREADS)]
        with ThreadPoolExecutor(_THREADS) as pool:
            answers = list(pool.map(driver.hand_over, parcels))
        assert all(isinstance(answer, Accepted) for answer in answers), "the provider works, and not everything was accepted"
        if self.promised(driver).promises_reference:
            assert len(parcels) == len({answer.reference for answer in answers if isinstance(answer, Accepted)})

    def test_a_lost_answer_is_a_doubt(self, driver: Driver) -> None:
        """
        What may have been taken is never rejected: its budget would come back, and a second message would go out.
        """
        stretch = self.losing_answers(driver)
        if stretch is None:
            not_tested(f"{type(self).__name__} does not say how answers are lost")
        with stretch:
            answer = guarded(driver, self.parcel())  # an exception is a doubt
        assert isinstance(answer, Doubtful), f"the answer was lost, and the driver says {answer!r}"

    def test_a_refusal_is_no_acceptance(self, driver: Driver) -> None:
        """
        What the provider refuses was not sent, and its budget comes back.
        """
        stretch = self.refusing(driver)
        if stretch is None:
            not_tested(f"{type(self).__name__} does not say how the provider refuses")
        with stretch:
            answer = driver.hand_over(self.parcel())
        assert isinstance(answer, Rejected), f"the provider refused, and the driver says {answer!r}"

    def test_its_words_name_nobody(self, driver: Driver) -> None:
        """
        Answers are recorded and shown: neither they nor the driver's own text hold an address or a message.
        """
        parcel = self.parcel()
        said = [repr(driver)]
        for stretch in (nullcontext(), self.refusing(driver), self.losing_answers(driver)):
            if stretch is not None:
                with stretch:
                    said.append(repr(guarded(driver, parcel)))
        for words in said:
            assert parcel.to not in words
            assert _TEXTS[0] not in words

    def test_what_is_forgotten_is_forgotten_twice(self, driver: Driver) -> None:
        """
        Where it keeps messages, an erasure may come again, and for what it never had.
        """
        forget: Callable[[tuple[str, ...]], object] | None = getattr(driver, "forget", None)
        if forget is None:
            not_tested(f"the driver of {type(self).__name__} keeps nothing")
        driver.hand_over(self.parcel())
        for ids in (("m-1",), ("m-1", "m-unknown"), ()):
            forget(ids)

    def _check_honest(self, answer: object) -> None:
        assert isinstance(answer, Accepted | Rejected | Doubtful), f"an answer is Accepted, Rejected or Doubtful, got {answer!r}"
        words = answer.reference if isinstance(answer, Accepted) else answer.reason
        assert isinstance(words, str), f"a reference and a reason are texts, got {words!r}"

    def _taken(self, driver: Driver) -> int:
        count = self.taken(driver)
        if count is None:
            not_tested(f"{type(self).__name__} does not say what the provider took")
        return count


__all__ = ["DriverConformance"]
