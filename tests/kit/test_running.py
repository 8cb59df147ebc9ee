"""Nights under fire: killed, raced, poisoned, late; what stands afterwards is what a quiet night would have left."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Account, Hold, Kit, Money, Payment, Promise, Stop, plans
from collectkit.errors import RunHeldError, StoreUnavailableError, SystemicFailureError, UnknownIdError, ValidationError
from collectkit.events import Event
from collectkit.identifiers import AccountId
from collectkit.policy import Policy, load_policy
from collectkit.storage.memory import MemoryStore, MemoryUnit
from collectkit.storage.store import Store
from collectkit.testing.digests import book_digest
from collectkit.testing.faults import FaultyStore, Killed, StoreFault

from .conftest import NOW, TODAY, consumer

DAY = timedelta(days=1)
POLICY = load_policy("us-bnpl")


def kit_on(store: Store, policy: Policy = POLICY, *, chunk: int = 3, **night: int) -> Kit:
    """A kit on *store* whose nights commit after every few people."""
    policy = attrs.evolve(policy, night=attrs.evolve(policy.night, chunk_people=chunk, **night))
    kit = Kit.open("memory://", policy=policy, actor="tests")
    return Kit(attrs.evolve(kit.parts, store=store), actor="tests")


def furnish(kit: Kit, people: int = 8) -> None:
    """People with one or two accounts, in different states."""
    dice = Random(people)
    for number in range(people):
        person = f"c-{number:03}"
        kit.register(attrs.evolve(consumer(person), contacts=consumer().contacts), at=NOW - 60 * DAY)
        for letter in "ab"[: 1 + number % 2]:
            bought = TODAY - dice.randrange(20, 80) * DAY
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=bought)
            kit.open_account(Account(f"a-{number:03}{letter}", consumer=person, plan=plan), at=NOW - 60 * DAY)
        if number % 3 == 0:
            kit.post(Payment(f"p-{number}", f"a-{number:03}a", Money.of("50.00", "USD"), TODAY - 15 * DAY), at=NOW - 15 * DAY)


def quiet(people: int = 8, chunk: int = 3) -> tuple[str, int]:
    """Digest of a book after a night without faults, and how many operations the night took."""
    store = FaultyStore(MemoryStore())
    kit = kit_on(store, chunk=chunk)
    furnish(kit, people)
    before = store.operations
    kit.run_night(as_of=TODAY, at=NOW)
    took = store.operations - before
    return book_digest(store), took


class Poisoned(MemoryStore):
    """A store in which the streams of some accounts cannot be read."""

    def __init__(self, *accounts: str, error: type[Exception] = ArithmeticError) -> None:
        super().__init__()
        self.poison, self.error, self.armed = {f"account/{account}" for account in accounts}, error, False

    def unit(self, tenant: str):  # type: ignore[no-untyped-def]
        store = self

        class Unit(MemoryUnit):
            def bodies(self, stream: str) -> list[Event]:
                if store.armed and stream in store.poison:
                    raise store.error("of somebody's name")
                return super().bodies(stream)

        from contextlib import contextmanager

        @contextmanager
        def opened():  # type: ignore[no-untyped-def]
            with super(Poisoned, store).unit(tenant) as unit:
                unit.__class__ = Unit
                yield unit

        return opened()


class TestKilledNights:
    def test_a_night_killed_at_every_operation_ends_as_if_it_had_not_been(self) -> None:
        """
        P17: at each boundary in turn, within a chunk and between two, before and after each commit.
        """
        expected, operations = quiet(4, chunk=2)
        for at in range(1, operations + 1):
            for fault in (StoreFault.KILL, StoreFault.KILL_AFTER) if at % 7 == 0 else (StoreFault.KILL,):
                store = FaultyStore(MemoryStore())
                kit = kit_on(store, chunk=2)
                furnish(kit, 4)
                store.faults = {store.operations + at: fault}
                with pytest.raises(Killed):
                    kit.run_night(as_of=TODAY, at=NOW)
                kit.run_night(as_of=TODAY, at=NOW)
                assert expected == book_digest(store), (at, fault)

    @settings(max_examples=20)
    @given(kills=st.lists(st.tuples(st.integers(1, 200), st.sampled_from(StoreFault)), min_size=1, max_size=6))
    def test_any_number_of_faults_by_any_worker(self, kills: list[tuple[int, StoreFault]]) -> None:
        """
        Errors, lost and kept commits and deaths one after the other, each time another worker goes on when the lease is over.
        """
        expected, _ = quiet()
        store = FaultyStore(MemoryStore())
        kit = kit_on(store)
        furnish(kit)
        for number, (at, fault) in enumerate(kills):
            distorts = fault in (StoreFault.STALE, StoreFault.SHUFFLED, StoreFault.DOWN)
            store.faults = {store.operations + at: StoreFault.ERROR if distorts else fault}
            try:
                kit.run_night(as_of=TODAY, at=NOW, worker=f"w-{number % 2}")
            except (Killed, StoreUnavailableError, Exception) as error:
                assert isinstance(error, Killed | StoreUnavailableError) or "not answered" in str(error) or "holds it" in str(error)
        store.faults = {}
        for worker in ("w-0", "w-1"):
            with suppress(RunHeldError):
                kit.run_night(as_of=TODAY, at=NOW, worker=worker)

        assert expected == book_digest(store)

    def test_no_second_fee_and_no_second_contact(self) -> None:
        """
        What a killed night left is not done again, and nobody is left out.
        """
        _, operations = quiet()
        store = FaultyStore(MemoryStore())
        kit = kit_on(store)
        furnish(kit)
        store.faults = {store.operations + operations // 2: StoreFault.KILL}
        with pytest.raises(Killed):
            kit.run_night(as_of=TODAY, at=NOW)
        report = kit.run_night(as_of=TODAY, at=NOW)
        with store.unit("default") as unit:
            charges = [e.body.charge.id for s in unit.streams("account/") for e in unit.history(s) if e.body.TYPE == "charge-assessed/1"]  # type: ignore[attr-defined]
            planned = len(unit.dispatches())

        assert len(charges) == len(set(charges)) > 0
        assert (8, planned) == (report.people, sum(report.planned.values()))


class TestTwoWorkers:
    def test_the_second_is_told_to_wait(self) -> None:
        """
        While the first one's lease lasts; afterwards it goes on where the first has come to.
        """
        _, operations = quiet()
        store = FaultyStore(MemoryStore())
        kit = kit_on(store, lease_seconds=60)
        furnish(kit)
        store.faults = {store.operations + operations // 2: StoreFault.KILL}
        with pytest.raises(Killed):
            kit.run_night(as_of=TODAY, at=NOW, worker="first")

        with pytest.raises(RunHeldError, match="worker 'first' holds it until"):
            kit.run_night(as_of=TODAY, at=NOW, worker="second")
        kit.run_night(as_of=TODAY, at=NOW + timedelta(minutes=5), worker="second")
        assert kit.run_night(as_of=TODAY, at=NOW, worker="first").already_done

    def test_whoever_lost_the_night_commits_nothing_more(self) -> None:
        """
        A worker that stalls in the middle is overtaken; when it wakes up, its chunk is refused and leaves no trace.
        """
        store = MemoryStore()
        slow, quick = kit_on(store), kit_on(store)
        furnish(slow)
        chunk = slow._chunk
        calls = []

        def stalling(unit: object, *arguments: object) -> object:
            calls.append(1)
            return chunk(unit, *arguments)  # type: ignore[arg-type]

        commit = slow._commit

        def overtaken(*arguments: object) -> object:
            if len(calls) == 1:
                quick.run_night(as_of=TODAY, at=NOW + DAY / 2, worker="quick")
            return commit(*arguments)  # type: ignore[arg-type]

        slow._chunk, slow._commit = stalling, overtaken  # type: ignore[method-assign, assignment]
        with pytest.raises(RunHeldError, match="another worker has taken it over"):
            slow.run_night(as_of=TODAY, at=NOW, worker="slow")
        assert 1 == len(calls)


class TestQuarantine:
    def test_one_bad_account_harms_one_account(self) -> None:
        """
        P16: all others end exactly as in a night without it, to the last byte.
        """
        poisoned, healthy = Poisoned("a-002a"), MemoryStore()
        books = []
        for store in (poisoned, healthy):
            kit = kit_on(store)
            furnish(kit)
            if isinstance(store, Poisoned):
                store.armed = True
            report = kit.run_night(as_of=TODAY, at=NOW)
            if isinstance(store, Poisoned):
                store.armed = False
            with store.unit("default") as unit:
                books.append({s: [e.digest for e in unit.history(s)] for s in unit.streams("account/") if s != "account/a-002a"})
            assert (1 if store is poisoned else 0) == report.set_aside

        assert books[0] == books[1]

    @pytest.mark.parametrize("people", [80, pytest.param(1_334, marks=pytest.mark.soak), pytest.param(66_667, marks=pytest.mark.soak)])
    def test_one_percent_of_poison_leaves_the_rest_as_it_would_have_been(self, people: int) -> None:
        """
        P16: some cannot be read, some raise what is no error, and all others end exactly as in a night without them.

        Handlers take as many as come: where room is limited, the place that a bad account leaves free is the next one's, as it should be.
        """
        roomy = [attrs.evolve(handler, capacity=None, max_new_per_day=None) for handler in POLICY.allocation.handlers]
        policy = attrs.evolve(POLICY, allocation=attrs.evolve(POLICY.allocation, handlers=roomy))
        accounts = [f"a-{number:03}{letter}" for number in range(people) for letter in "ab"[: 1 + number % 2]]
        # Who owes two accounts is told of the other alone, which is another message: see below.
        bad = {f"a-{number:03}a" for number in range(4, people, 66) if number % 2 == 0}
        books, found = [], []
        for store in (Poisoned(*bad, error=RecursionError), Poisoned()):
            kit = kit_on(store, policy, chunk=50)
            furnish(kit, people)
            store.armed = True
            found.append(kit.run_night(as_of=TODAY, at=NOW).set_aside)
            store.armed = False
            with store.unit("default") as unit:
                streams = (stream for after in accounts if after not in bad for stream in [f"account/{after}"])
                books.append({stream: unit.history(stream)[-1].digest for stream in streams})

        assert [len(bad), 0] == found
        assert books[0] == books[1]

    def test_not_even_its_sibling_is_harmed(self) -> None:
        """
        The other account of the same person is judged, charged and written about; only the bad one is left out of the message.
        """
        store = Poisoned("a-001a")
        kit = kit_on(store)
        furnish(kit)
        store.armed = True
        report = kit.run_night(as_of=TODAY, at=NOW)
        store.armed = False

        assert 1 == report.set_aside
        assert {"charge-assessed/1", "step-taken/1"} <= {envelope.body.TYPE for envelope in kit.history("a-001b")}
        assert {("a-001b",)} == {row.proposal.accounts for row in kit.contacts("a-001b")}

    def test_three_strikes_and_a_person(self) -> None:
        """
        It is tried again twice, then stays out until somebody releases it; the cause names type and place and no text.
        """
        store = Poisoned("a-001a")
        kit = kit_on(store)
        furnish(kit)
        store.armed = True
        for number in range(5):
            kit.run_night(as_of=TODAY + number * DAY, at=NOW + number * DAY)
        (strike,) = kit.quarantine()
        store.armed = False
        kit.release_account("a-001a", at=NOW + 5 * DAY, reason="the row was repaired")
        night = kit.run_night(as_of=TODAY + 5 * DAY, at=NOW + 5 * DAY)

        assert (3, TODAY + 2 * DAY) == (strike.count, strike.as_of)
        assert strike.cause.startswith("ArithmeticError at test_running.py:")
        assert ([], 0) == (kit.quarantine(), night.set_aside)
        assert kit.standing("a-001a", as_of=TODAY + 5 * DAY).fees_charged_minor > 0
        with store.unit("default") as unit:
            kinds = [envelope.body.TYPE for envelope in unit.history("quarantine/a-001a")]
        assert ["account-set-aside/1"] * 3 + ["account-released/1"] == kinds
        with pytest.raises(UnknownIdError, match="is not set aside"):
            kit.release_account("a-001a", at=NOW, reason="again")

    def test_one_good_night_forgives(self) -> None:
        """
        Only nights in a row count.
        """
        store = Poisoned("a-001a")
        kit = kit_on(store)
        furnish(kit)
        for number in range(4):
            store.armed = number % 2 == 0
            kit.run_night(as_of=TODAY + number * DAY, at=NOW + number * DAY)

        assert [] == kit.quarantine()

    def test_whatever_is_set_aside_still_takes_payments_stops_and_disputes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A poison rule must not stop somebody from paying or objecting; contact about the account stays closed.
        """
        kit = kit_on(MemoryStore())
        furnish(kit)
        kit.run_night(as_of=TODAY, at=NOW)
        with kit.store.unit("default") as unit:
            (planned,) = [row for row in unit.dispatches(account=AccountId("a-001a")) if row.proposal.channel == "email"][:1] or [None]
            for _ in range(3):
                unit.strike(AccountId("a-001a"), TODAY, "test")
        kit.dispatch(at=NOW, worker="w")
        kit.post(Payment("p-9", "a-001a", Money.of("10.00", "USD"), TODAY), at=NOW)
        kit.hold(Hold("h-9", "dispute", person="c-001", account="a-001a", starts_on=TODAY, reason="x", review_on=TODAY + DAY), at=NOW)
        kit.stop(Stop("c-001", [], NOW), at=NOW, command_id="s-9")
        night = kit.run_night(as_of=TODAY + DAY, at=NOW + DAY)

        assert kit.standing("a-001a", as_of=TODAY).paid_minor >= 1000
        assert ("dispute",) == kit.standing("a-001a", as_of=TODAY).holds
        assert 0 == night.set_aside
        assert {"planned"} == {row.state.value for row in kit.contacts("a-001a")} if planned else True

    def test_a_fault_that_is_nobodys_stops_the_night(self) -> None:
        """
        A plain message instead of a quarantine of the whole book; what was done stands.
        """
        store = Poisoned(*(f"a-{number:03}a" for number in range(40)))
        kit = kit_on(store, chunk=50)
        furnish(kit, 40)
        store.armed = True
        with pytest.raises(SystemicFailureError, match=r"\d+ of \d+ accounts failed, the last with ArithmeticError at .* stopped"):
            kit.run_night(as_of=TODAY, at=NOW)
        store.armed = False

        assert [] == kit.quarantine()
        assert 0 == kit.run_night(as_of=TODAY, at=NOW).set_aside

    def test_a_small_book_is_not_set_aside_as_a_whole(self) -> None:
        """
        Five out of five is not bad luck.
        """
        store = Poisoned(*(f"a-{number:03}{letter}" for number in range(5) for letter in "ab"))
        kit = kit_on(store, chunk=50)
        furnish(kit, 5)
        store.armed = True

        with pytest.raises(SystemicFailureError):
            kit.run_night(as_of=TODAY, at=NOW)

    def test_the_store_is_nobodys_fault(self) -> None:
        """
        When it fails, nobody is blamed and nothing of the chunk stands.
        """
        store = FaultyStore(MemoryStore())
        kit = kit_on(store)
        furnish(kit)
        store.faults = {store.operations + 40: StoreFault.ERROR}

        with pytest.raises(StoreUnavailableError):
            kit.run_night(as_of=TODAY, at=NOW)
        assert [] == kit.quarantine()

    def test_what_cannot_be_written_is_found_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A chunk that fails only when it is written is tried person by person, and goes on without the one.
        """
        kit = kit_on(MemoryStore())
        furnish(kit)
        work_on = kit._work_on

        def failing(account: object, standing: object, *rest: object) -> object:
            if standing.account == "a-004a":  # type: ignore[attr-defined]
                raise OverflowError("too large")
            return work_on(account, standing, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(kit, "_work_on", failing)
        report = kit.run_night(as_of=TODAY, at=NOW)

        assert (1, ["a-004a"]) == (report.set_aside, [strike.account for strike in kit.quarantine()])


class TestSkippedNights:
    @settings(max_examples=10)
    @given(gap=st.integers(1, 25), start=st.integers(-30, 10))
    def test_money_is_as_if_no_night_had_been_skipped(self, gap: int, start: int) -> None:
        """
        Bad input 46: fees and judgements carry the dates and amounts of the nights that were missed.
        """
        first = TODAY + start * DAY
        at = NOW + start * DAY
        found = []
        for days in ([*range(gap + 1)], [0, gap]):
            kit = kit_on(MemoryStore())
            kit.register(consumer("c-000"), at=at - 60 * DAY)
            for letter, ago in (("a", 40), ("b", 10)):
                plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=first - ago * DAY)
                kit.open_account(Account(f"a-000{letter}", consumer="c-000", plan=plan), at=at - 5 * DAY)
            promise = Promise("q-1", account="a-000a", amount=Money.of("50.00", "USD"), due_on=first + 3 * DAY, made_at=at)
            kit.promise(promise, at=at)
            for number in days:
                kit.run_night(as_of=first + number * DAY, at=at + number * DAY)
            money = [e.body for a in "ab" for e in kit.history(f"a-000{a}") if e.body.TYPE in ("charge-assessed/1", "promise-judged/1")]
            found.append((money, [kit.standing(f"a-000{a}", as_of=first + gap * DAY).owed_minor for a in "ab"]))

        assert found[0] == found[1]

    def test_nobody_is_contacted_for_the_days_that_were_missed(self) -> None:
        """
        A contact is proposed as things stand today.
        """
        kit = kit_on(MemoryStore())
        furnish(kit)
        kit.run_night(as_of=TODAY, at=NOW)
        late = kit.run_night(as_of=TODAY + 20 * DAY, at=NOW + 20 * DAY)
        with kit.store.unit("default") as unit:
            planned = [row for row in unit.dispatches() if row.planned_at == NOW + 20 * DAY]

        assert sum(late.planned.values()) == len(planned)
        assert all(row.not_before >= NOW + 20 * DAY for row in planned)

    def test_a_clock_that_must_be_wrong_on_the_first_night_of_a_book(self) -> None:
        """
        Bad input 45: no earlier night tells, but the time zone data do.
        """
        kit = kit_on(MemoryStore())
        furnish(kit)
        before = book_digest(kit.store)

        with pytest.raises(ValidationError, match=r"time zone data are of 20\d\d.: a clock may be wrong.*nothing was done"):
            kit.run_night(as_of=date(2099, 1, 1), at=NOW.replace(year=2099))
        assert before == book_digest(kit.store)

    @pytest.mark.parametrize(("as_of", "at"), [(date(2099, 1, 1), NOW), (TODAY + 2 * DAY, NOW), (date(2099, 1, 1), NOW.replace(year=2099))])
    def test_a_clock_that_must_be_wrong(self, as_of: date, at: object) -> None:
        """
        Bad input 45: nothing is charged to anybody because a host believes it is 2099.
        """
        kit = kit_on(MemoryStore())
        furnish(kit)
        kit.run_night(as_of=TODAY, at=NOW)
        before = book_digest(kit.store)

        with pytest.raises(ValidationError, match="nothing was done"):
            kit.run_night(as_of=as_of, at=at)  # type: ignore[arg-type]
        assert before == book_digest(kit.store)
