from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs
import pytest
from tests.conftest import Asked

from collectkit import Account, Kit, Money, Payment, Phone, plans
from collectkit._kit.bulk import NoSuchAccount
from collectkit.account import AccountOpened
from collectkit.errors import ValidationError
from collectkit.holds import Effect, Hold, HoldKind
from collectkit.ledger import PaymentPosted
from collectkit.policy import load_policy
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyPosted
from collectkit.servicing.accounts import AlreadyOpened

from .conftest import NOW, TODAY, account, consumer

POLICY = load_policy("us-bnpl")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Kit, Kit]]:
    """Two kits on empty books: one for calls in bulk, one for single calls."""
    url = {"memory": "memory://", "sqlite": "sqlite://"}.get(request.param) or request.getfixturevalue("postgres_url")
    with Kit.open(url, policy=POLICY, actor="bulk") as one, Kit.open("memory://", policy=POLICY, actor="bulk") as other:
        yield one, other


def payment(id: str, account: str, minor: int = 2500, on: date = date(2026, 9, 1)) -> Payment:
    return Payment(id, account, Money(minor, "USD"), on)


class TestRegisterAll:
    def test_many_are_registered_as_one_by_one(self, pair: tuple[Kit, Kit]) -> None:
        """
        New ones, known ones, the same again, and one whose number changes within the call: outcomes, data and streams are the same.
        """
        moved = attrs.evolve(consumer("c-3"), contacts=[Phone("+12125550777", source="portal", consents=["sms"])])
        bare = attrs.evolve(consumer("c-4"), contacts=[])
        people = [consumer("c-1"), consumer("c-2"), consumer("c-2"), consumer("c-3"), moved, bare, moved]
        for kit in pair:
            kit.register(consumer("c-1"), at=NOW)
        bulk, single = pair

        assert bulk.register_all(people, at=NOW, chunk=3) == [single.register(one, at=NOW) for one in people]
        for id in ("c-1", "c-2", "c-3", "c-4"):
            assert single.person_standing(id, as_of=TODAY) == bulk.person_standing(id, as_of=TODAY)
            assert [one.body for one in single.person_history(id)] == [one.body for one in bulk.person_history(id)]
        assert [] == bulk.register_all([], at=NOW)

    def test_a_chunk_is_one_commit(self, asked: Asked) -> None:
        """
        However many people there are in it.
        """
        with Kit.open("sqlite://", policy=POLICY, actor="bulk") as kit:
            asked.statements.clear()
            kit.register_all([consumer(f"c-{number}") for number in range(9)], at=NOW, chunk=5)

            assert 2 == asked.statements.count("COMMIT")


class TestOpenAccounts:
    def test_many_are_opened_as_one_by_one(self, pair: tuple[Kit, Kit]) -> None:
        """
        Standings, a person's holds among what they say, and outcomes are the same.
        """
        accounts = [account(f"a-{number}", f"c-{number % 3}") for number in range(7)]
        for kit in pair:
            for person in range(3):
                kit.register(consumer(f"c-{person}"), at=NOW)
            kit.hold(
                Hold("h-1", HoldKind.INSOLVENCY, person="c-1", starts_on=TODAY, reason="court notice", ends_on=TODAY + timedelta(days=90)),
                at=NOW,
            )

        assert pair[0].open_accounts(accounts, at=NOW, chunk=3) == [pair[1].try_open_account(one, at=NOW) for one in accounts]
        assert list(pair[1].standings(as_of=TODAY)) == list(pair[0].standings(as_of=TODAY))
        with pair[0].store.unit("default") as one, pair[1].store.unit("default") as other:
            assert other.work(TODAY) == one.work(TODAY)

    def test_each_is_idempotent_by_its_id(self, pair: tuple[Kit, Kit]) -> None:
        """
        Known ones, repeated ones and those of nobody are told apart, and the others are opened.
        """
        kit, _ = pair
        kit.register(consumer(), at=NOW)
        kit.open_account(account("a-1"), at=NOW)
        other = Account("a-1", "c-1", plans.pay_in_4(Money.of("80.00", "USD"), bought_on=TODAY))
        known, changed, new, again, nobody = kit.open_accounts(
            [account("a-1"), other, account("a-2"), account("a-2"), account("a-3", "c-9")], at=NOW
        )

        assert AlreadyOpened(account().id) == known
        assert isinstance(changed, Refusal)
        assert isinstance(new, AccountOpened)
        assert AlreadyOpened(account("a-2").id) == again
        assert isinstance(nobody, Refusal)
        assert ["a-1", "a-2"] == [standing.account for standing in kit.standings(as_of=TODAY)]


class TestPostAll:
    @pytest.mark.parametrize("step", [-1, 0, 1, 9])
    def test_many_are_posted_as_one_by_one(self, pair: tuple[Kit, Kit], step: int) -> None:
        """
        In their order, several on one account, before and after its due dates, some of them dated ahead.
        """
        first = date(2026, 8, 30)
        payments = [
            payment(f"p-{number}", f"a-{number % 3}", 700 * number + 1, first + timedelta(days=number * step)) for number in range(12)
        ]
        for kit in pair:
            kit.register(consumer(), at=NOW)
            for number in range(3):
                kit.open_account(account(f"a-{number}"), at=NOW)

        assert pair[0].post_all(payments, at=NOW, chunk=5) == [pair[1].try_post(one, at=NOW) for one in payments]
        assert list(pair[1].standings(as_of=TODAY)) == list(pair[0].standings(as_of=TODAY))
        assert pair[0].rebuild_standings(as_of=TODAY, write=False).sound

    def test_each_is_idempotent_by_its_id(self, pair: tuple[Kit, Kit]) -> None:
        """
        Posted before, twice in one call, under a used id, on no account: each is told, and the rest is posted.
        """
        kit, _ = pair
        kit.register(consumer(), at=NOW)
        kit.open_accounts([account("a-1"), account("a-2")], at=NOW)
        kit.post(payment("p-1", "a-1"), at=NOW)
        outcomes = kit.post_all(
            [
                payment("p-1", "a-1"),
                payment("p-1", "a-2"),
                payment("p-2", "a-2"),
                payment("p-2", "a-2"),
                payment("p-2", "a-2", minor=1),
                payment("p-3", "a-9"),
            ],
            at=NOW,
        )

        assert AlreadyPosted(payment("p-1", "a-1").id) == outcomes[0]
        assert isinstance(outcomes[1], Refusal)
        assert isinstance(outcomes[2], PaymentPosted)
        assert AlreadyPosted(payment("p-2", "a-2").id) == outcomes[3]
        assert isinstance(outcomes[4], Refusal)
        assert NoSuchAccount(payment("p-3", "a-9").id, account("a-9").id) == outcomes[5]
        assert 2500 == kit.standing("a-2", as_of=TODAY).paid_minor

    @pytest.mark.parametrize("chunk", [0, -1, 50_001])
    def test_a_chunk_has_a_size(self, pair: tuple[Kit, Kit], chunk: int) -> None:
        """
        Nothing is recorded otherwise.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            pair[0].post_all([payment("p-1", "a-1")], at=NOW, chunk=chunk)


def test_standings_are_those_of_single_commands_under_the_hosts_own_matrix_of_holds() -> None:
    """
    A hold that stops the clock here, and not as shipped, does so on an account that was paid on in bulk.
    """
    effects = {**POLICY.holds.effects, HoldKind.FRAUD: POLICY.holds.effects[HoldKind.FRAUD] ^ {Effect.CLOCK}}
    policy = attrs.evolve(POLICY, holds=attrs.evolve(POLICY.holds, effects=effects))
    with Kit.open("memory://", policy=policy, actor="bulk") as kit:
        kit.register(consumer(), at=NOW)
        kit.open_account(account(), at=NOW)
        kit.hold(Hold("h-1", HoldKind.FRAUD, person="c-1", starts_on=date(2026, 9, 20), reason="told", review_on=TODAY), at=NOW)
        kit.post_all([payment("p-1", "a-1")], at=NOW)
        assert kit.rebuild_standings(as_of=TODAY, write=False).sound
