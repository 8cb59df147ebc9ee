"""One life of a small book, told to every store: the same answers and the same digest, whatever fails on the way."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Hold, Kit, Money, Note, Payment, Promise, Reversal, Stop
from collectkit.errors import ConcurrencyConflictError, OutcomeUnknownError, StoreError, StoreUnavailableError
from collectkit.policy import load_policy
from collectkit.storage.memory import MemoryStore
from collectkit.storage.store import Store
from collectkit.storage.verify import verify_chain
from collectkit.testing.faults import FaultyStore, StoreFault

from .conftest import NOW, TODAY, account, consumer

POLICY = load_policy("us-bnpl")
TEMPLATE = Kit.open("memory://", policy=POLICY, actor="tests")
LATER = NOW + timedelta(days=1)
FAILING = (StoreFault.ERROR, StoreFault.COMMIT_LOST, StoreFault.COMMIT_KEPT, StoreFault.CONFLICT, StoreFault.DEADLOCK)


def kit_on(store: Store) -> Kit:
    """Return a kit on that store, all others sharing its policy and rules."""
    return Kit(attrs.evolve(TEMPLATE.parts, store=store), actor="tests")


def payment(number: int, account: str = "a-1", minor: int = 1234) -> Payment:
    return Payment(f"p-{number}", account, Money(minor, "USD"), date(2026, 9, 1) + timedelta(days=number))


LIFE: tuple[Callable[[Kit], object], ...] = (
    lambda kit: kit.register(consumer("c-1"), at=NOW),
    lambda kit: kit.register_all([consumer("c-2"), consumer("c-1")], at=NOW),
    lambda kit: kit.open_account(account("a-1"), at=NOW),
    lambda kit: kit.open_accounts([account("a-2", "c-2"), account("a-3", "c-1")], at=NOW),
    lambda kit: kit.post(payment(1), at=NOW),
    lambda kit: kit.post_all([payment(2, "a-2"), payment(3, "a-3"), payment(4, "a-2")], at=NOW),
    lambda kit: kit.reverse(Reversal("r-1", "a-1", "p-1", TODAY), at=NOW),
    lambda kit: kit.promise(Promise("pr-1", "a-3", Money(5000, "USD"), TODAY + timedelta(days=5), NOW), at=NOW),
    lambda kit: kit.hold(Hold("h-1", "complaint", person="c-2", starts_on=TODAY, reason="letter", review_on=TODAY), at=NOW),
    lambda kit: kit.note(Note("n-1", "a-1", "Called back."), at=NOW),
    lambda kit: kit.stop(Stop("c-2", ["sms"], NOW), at=NOW, command_id="stop-1"),
    lambda kit: kit.run_night(as_of=TODAY, at=NOW),
    lambda kit: kit.post(payment(5, "a-3", 99_999), at=LATER),
)


def live(kit: Kit) -> str:
    """Live the whole life and return what it came to."""
    for step in LIFE:
        step(kit)
    return kit.state_digest(as_of=TODAY)


@pytest.fixture(scope="module")
def digest() -> str:
    """What the life comes to in the reference store."""
    return live(kit_on(MemoryStore()))


class TestOneDigest:
    @pytest.mark.parametrize("kind", ["sqlite", "sqlite behind SQLAlchemy", "postgres"])
    def test_every_store_comes_to_the_same(self, kind: str, digest: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """
        The digest covers every event with its chain, and the replayed standing of every account.
        """
        urls = {"sqlite": f"sqlite:///{tmp_path}/book.db", "sqlite behind SQLAlchemy": f"sqlite+pysqlite:///{tmp_path}/book.db"}
        url = urls.get(kind) or request.getfixturevalue("postgres_url")
        with Kit.open(url, policy=POLICY, actor="tests") as kit:
            assert digest == live(kit)
            assert kit.rebuild_standings(as_of=TODAY, write=False).sound
        with Kit.open(url, policy=POLICY, actor="tests") as again:
            assert digest == again.state_digest(as_of=TODAY)

    def test_another_record_has_another_digest(self, digest: str) -> None:
        """
        One more payment shows.
        """
        kit = kit_on(MemoryStore())
        live(kit)
        kit.post(payment(6), at=LATER)

        assert digest != kit.state_digest(as_of=TODAY)


class TestFaults:
    @given(data=st.data())
    def test_whatever_fails_the_same_command_again_is_safe(self, data: st.DataObject, digest: str) -> None:
        """
        Every command is sent until it is answered; refused, lost and unanswered commits leave what a smooth run leaves.
        """
        plan = data.draw(st.dictionaries(st.integers(1, 30), st.sampled_from(FAILING)))
        kit = kit_on(FaultyStore(MemoryStore(), plan, counting="commit"))
        for step in LIFE:
            insist(kit, step)

        assert digest == kit.state_digest(as_of=TODAY)

    @pytest.mark.parametrize("fault", [StoreFault.COMMIT_LOST, StoreFault.COMMIT_KEPT])
    def test_an_unanswered_commit_names_its_command(self, fault: StoreFault) -> None:
        """
        The caller knows what to send again, and that sending it again helps.
        """
        kit = kit_on(FaultyStore(MemoryStore(), {1: fault}, counting="commit"))

        with pytest.raises(OutcomeUnknownError, match="send the same command again") as caught:
            kit.register(consumer(), at=NOW)
        assert "register/c-1/1" == caught.value.command
        assert caught.value.retry_helps

    @pytest.mark.parametrize("fault", [StoreFault.CONFLICT, StoreFault.DEADLOCK])
    def test_a_conflict_is_decided_again(self, fault: StoreFault) -> None:
        """
        The caller does not notice; one that never ends is given to them, with both versions.
        """
        store = FaultyStore(MemoryStore(), {1: fault, 2: fault}, counting="commit")
        kit_on(store).register(consumer(), at=NOW)
        assert 3 == store.operations

        with pytest.raises(StoreError) as caught:
            kit_on(FaultyStore(MemoryStore(), lambda number: fault, counting="commit")).register(consumer(), at=NOW)
        if isinstance(caught.value, ConcurrencyConflictError):
            assert (1, 2) == (caught.value.expected, caught.value.actual)


def insist(kit: Kit, step: Callable[[Kit], object]) -> None:
    for _ in range(100):
        try:
            step(kit)
        except StoreError as error:
            assert error.retry_helps
        else:
            return
    pytest.fail("a command was never answered")


class TestManyHands:
    @pytest.fixture(params=["sqlite", "postgres"])
    def kits(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Kit]]:
        """Four kits on one book, as four processes have them."""
        url = f"sqlite:///{tmp_path}/book.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
        kits = [Kit.open(url, policy=POLICY, actor="tests") for _ in range(4)]
        yield kits
        for kit in kits:
            kit.close_store()

    def test_the_same_commands_from_all_sides_have_one_effect(self, kits: list[Kit]) -> None:
        """
        Everybody registers, opens, pays, holds and stops the same things at once, in orders of their own.
        """
        steps = [*LIFE[:11], *LIFE[4:11]]
        start = threading.Barrier(8)

        def work(number: int) -> None:
            start.wait()
            for step in [*LIFE[:4], *steps[number:], *steps[:number]]:
                step(kits[number % 4])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))

        alone = kit_on(MemoryStore())
        for step in LIFE[:11]:
            step(alone)
        for person in ("c-1", "c-2"):
            assert known(alone.person_history(person)) == known(kits[0].person_history(person))
        for id in ("a-1", "a-2", "a-3"):
            history = kits[0].history(id)
            assert known(alone.history(id)) == known(history)
            assert verify_chain(history) is None
        assert kits[0].rebuild_standings(as_of=TODAY, write=False).sound


def known(history: list) -> list[str]:
    """Return what was recorded, in any order, without what was believed about its split."""
    return sorted(hashlib.sha256(repr(getattr(e.body, "payment", e.body)).encode()).hexdigest() for e in history)


@pytest.mark.parametrize("url", ["memory://", "sqlite:///closed.db", "sqlite+pysqlite:///closed-sql.db"])
def test_a_closed_book_says_so(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whatever lies beneath: one store would raise an error of its own, and one would open new connections and go on.
    """
    monkeypatch.chdir(tmp_path)
    kit = Kit.open(url, policy=POLICY, actor="tests")
    kit.register(consumer("c-1"), at=NOW)
    kit.open_account(account("a-1"), at=NOW)
    kit.close_store()

    for call in (lambda: kit.standing("a-1", as_of=TODAY), lambda: kit.post(payment(1), at=NOW), lambda: kit.health(at=NOW)):
        with pytest.raises(StoreUnavailableError, match="the book was closed with close_store; open a kit anew"):
            call()
    kit.close_store()
