"""No path around two people: ten thousand attempts by four human beings with seven logins, judged from the record alone."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from collectkit import Account, Consumer, Hold, HoldKind, Kit, Money, Payment, Placement, Waiver, plans
from collectkit.account import AccountClosed
from collectkit.allocation import AllocationPolicy, Handler
from collectkit.approvals import ActDone, ApprovalGiven, ApprovalRequested, ApprovalUsed, ConfigurationActivated
from collectkit.arrangements.living import ArrangementStarted
from collectkit.arrangements.settlements import SettlementOffered
from collectkit.errors import ApprovalRequiredError, CollectkitError, PermissionDeniedError
from collectkit.events import Context, Envelope
from collectkit.holds import HoldExtended, HoldLifted
from collectkit.ledger import (
    AccountChargedOff,
    AccountWrittenOff,
    Charge,
    ChargeAssessed,
    ChargeOff,
    ChargeWaived,
    Credit,
    CreditPosted,
    EntryUndone,
    PaymentPosted,
    Undo,
    WriteOff,
)
from collectkit.ledger.suspense import MoneyReleased
from collectkit.person import PersonsUnmerged
from collectkit.placement import AccountPlaced
from collectkit.policy import load_policy
from collectkit.principals import Act, Allow, Circumstances, DoneAct, NeedsApproval, Principal
from collectkit.servicing.authority import TWO_PEOPLE, FourEyes, Limit
from collectkit.servicing.reassigning import Reassignment
from collectkit.servicing.switches import HandOversResumed, KillSwitch
from collectkit.storage.store import Unit

ATTEMPTS = 10_000
START = datetime(2026, 10, 20, 18, tzinfo=UTC)
ACCOUNTS = [f"a-{number}" for number in range(12)]
ALONE = Money(10_000, "USD")
ANN, ANN_2 = Principal("ann", roles=["collector"], same_as=["ann-2"]), Principal("ann-2", roles=["supervisor"], same_as=["ann"])
BOB, BOB_2 = Principal("bob", roles=["supervisor"], same_as=["bob-2"]), Principal("bob-2", roles=["collector"], same_as=["bob"])
DEE = Principal("dee", roles=["supervisor"], acts_for=["ann"])
EVE, JOE = Principal("eve", roles=["supervisor"]), Principal("joe", roles=["collector"])
SERVICE = Principal("app", roles=["service"])
LOGINS = (ANN, ANN_2, BOB, BOB_2, DEE, EVE, JOE)
SPEAKS_FOR = {"ann": {"ann"}, "ann-2": {"ann"}, "bob": {"bob"}, "bob-2": {"bob"}, "dee": {"dee", "ann"}, "eve": {"eve"}, "joe": {"joe"}}
"""For whom a login speaks: whom it is, and for whom it acts."""
RULES = FourEyes(
    {"service": ["*"], "collector": ["*"], "supervisor": ["*"]},
    [Limit("waive", ALONE, roles=["supervisor"]), Limit("place", times=5, days=1), Limit("reassign", times=5, days=1)],
)
TEAMS = AllocationPolicy([Handler(id, id, "in_house") for id in ("t-1", "t-2")], [])
POLICY = attrs.evolve(load_policy("us-bnpl"), late_fees=None, allocation=TEAMS)
WAYS = (("t-1", "t-2"), ("t-2", "t-1"))


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class World:
    """A book, the people who try to get around its rules, and what they try."""

    def __init__(self, seed: int) -> None:
        self.dice, self.at, self.count, self.asked = random.Random(seed), START, 0, list[tuple[str, Callable[[Kit], object]]]()
        opened = Kit.open("memory://", policy=POLICY, actor="app")
        self.kit = Kit(attrs.evolve(opened.parts, authority=RULES), actor="app")
        self.app = self.kit.acting(SERVICE)
        self.tried: dict[str, int] = defaultdict(int)
        self.attempts = 0
        for number, id in enumerate(ACCOUNTS):
            person = f"c-{number // 2}"
            self.app.register(Consumer(person), at=self.at)
            self.app.open_account(Account(id, person, plans.pay_in_4(usd(2_000_000), bought_on=date(2026, 9, 1))), at=self.at)
            charge = ChargeAssessed(Charge("fee", id, "fee", usd(900_000), date(2026, 10, 1), date(2026, 10, 1)))
            with self.kit.store.unit("default") as unit:
                unit.append(
                    Context("default", "app", self.at, f"charge/{id}"), {f"account/{id}": (unit.version(f"account/{id}"), [charge])}
                )
            self.app.hold(self.wish(id), at=self.at)
            for one in range(3):
                self.app.suspend(Payment(f"s-{id}-{one}", id, usd(700), date(2026, 10, 1)), reason="no account", at=self.at)

    @property
    def today(self) -> date:
        return self.kit.business_date(self.at)

    def wish(self, id: str, kind: HoldKind = HoldKind.CEASE_CONTACT) -> Hold:
        """A wish that contact cease; with another kind what somebody may call it to pass."""
        return Hold(f"h-{id}", kind, person="c-0", account=id, starts_on=date(2026, 10, 1), reason="asked", review_on=date(2027, 12, 1))

    def name(self) -> str:
        self.count += 1
        return f"x-{self.count}"

    def attempt(self) -> Callable[[Kit], object]:
        """Return something that could be abused, in one of the ways in which it can be said."""
        id, account, minor, at = self.name(), self.dice.choice(ACCOUNTS), self.dice.choice([100, 4_000, 9_900, 30_000]), self.at
        waiver = Waiver(id, account, "fee", usd(minor), self.today, "asked")
        old = Payment(id, account, usd(minor), self.today - timedelta(days=self.dice.choice([31, 40])))
        of = self.dice.choice([7, 11])
        suspended = f"s-{account}-{self.dice.randrange(3)}"
        credit = Credit(id, account, usd(minor), self.today, "goodwill")
        false = self.wish(account, self.dice.choice([HoldKind.CEASE_CONTACT, HoldKind.COMPLAINT]))
        ways: dict[str, Callable[[Kit], object]] = {
            "waive": lambda kit: kit.waive(waiver, at=at),
            "waive by move": lambda kit: kit.try_move(waiver, at=at),  # type: ignore[arg-type]
            "credit": lambda kit: kit.refund(credit, at=at),
            "credit of a subclass": lambda kit: kit.try_move(Gift(id, account, usd(minor), self.today, "goodwill"), at=at),
            "write off": lambda kit: kit.write_off(WriteOff(id, account, self.today, "asked"), at=at),
            "charge off": lambda kit: kit.try_move(ChargeOff(id, account, self.today, "asked"), at=at),
            "undo": lambda kit: kit.undo(Undo(id, account, "fee", "charge", self.today), at=at),
            "close": lambda kit: kit.close(account, on=self.today, reason=self.dice.choice(["sold", "cancelled", "other"]), at=at),
            "backdate": lambda kit: kit.post(old, at=at),
            "backdate in a list": lambda kit: kit.post_all([attrs.evolve(old, id=f"{id}-n", value_on=self.today), old], at=at),
            "backdate one by one": lambda kit: kit.post_all((one for one in [old]), at=at),
            "release suspended": lambda kit: kit.release_suspended(suspended, currency="USD", account=account, at=at),
            "give back suspended": lambda kit: kit.give_back_suspended(suspended, currency="USD", reason="asked", at=at),
            "lift": lambda kit: kit.lift(false, on=self.today, reason="asked", at=at),
            "shorten": lambda kit: kit.extend_hold(false, ends_on=self.today, reason="asked", at=at),
            "resume": lambda kit: kit.resume_hand_overs("ks", at=at, reason="asked"),
            "unmerge": lambda kit: kit.unmerge("c-5", "c-4", reason="asked", at=at),
            "settle": lambda kit: kit.offer_settlement(id, account, [(self.today + timedelta(days=9), of)], at=at),
            "agree": lambda kit: kit.start(account, f"ar-{account}", at=at),
            "place": lambda kit: kit.place(Placement(account, self.dice.choice(["t-1", "t-2"]), self.today, "manual"), at=at),
            "reassign": lambda kit: kit.reassign(Reassignment(account, *self.dice.choice(WAYS), self.today, "workload"), at=at),
            "bulk move": lambda kit: kit.reassign_all([Reassignment(account, *self.dice.choice(WAYS), self.today, "left")], at=at),
            "activate": lambda kit: self.other(kit).activate(self.other(kit).configuration, at=at),
        }
        name = self.dice.choice(sorted(ways))
        self.tried[name] += 1
        return ways[name]

    def other(self, kit: Kit) -> Kit:
        """The same book under a kit whose grants somebody widened."""
        free = FourEyes({"collector": ["*"], "supervisor": ["*"]}, [Limit("waive", usd(9_999_999))])
        return Kit(attrs.evolve(self.kit.parts, authority=free), actor="app").acting(kit.principal, approval=kit.approval)

    def step(self) -> None:
        """One attempt: to do, to do again, to ask, to approve, or to wait; also at an instant that is over."""
        who, chosen = self.dice.choice(LOGINS), self.dice.random()
        at = self.at + timedelta(hours=self.dice.choice([0, 0, 0, 0, -100, 80]))
        kit = self.kit.acting(who)
        if chosen < 0.35:
            self.do(self.attempt(), kit)
        elif chosen < 0.62 and self.asked:
            id, act = self.dice.choice(self.asked[-3:])
            under = self.kit.acting(who, approval=id if self.dice.random() < 0.9 else "nope")
            self.do(act if self.dice.random() < 0.9 else self.attempt(), under)
        elif chosen < 0.97 and self.asked:
            expires_at = self.dice.choice([None, None, at + timedelta(hours=1), at + timedelta(days=9_000)])
            self.quietly(lambda: kit.approve(self.dice.choice(self.asked[-3:])[0], at=at, expires_at=expires_at))
        else:
            self.at += timedelta(hours=self.dice.choice([1, 20]))
            self.prepare()
            return
        self.attempts += 1

    def do(self, act: Callable[[Kit], object], kit: Kit) -> None:
        try:
            act(kit)
        except ApprovalRequiredError as error:
            needs = error.needs if self.dice.random() < 0.8 else NeedsApproval("please")
            asked = attrs.evolve(error.act, amount=usd(1)) if self.dice.random() < 0.05 else error.act
            self.ask(asked, needs, kit, act)
        except CollectkitError:
            pass

    def ask(self, act: Act, needs: NeedsApproval, kit: Kit, doing: Callable[[Kit], object]) -> None:
        id = f"ap-{self.name()}"
        self.quietly(lambda: kit.request_approval(act, id=id, needs=needs, at=self.at))
        self.asked.append((id, doing))

    def prepare(self) -> None:
        """Put back what the service puts there: switches, marriages, plans that need an approval."""
        self.quietly(lambda: self.app.stop_hand_overs(KillSwitch("ks", "test"), at=self.at))
        self.quietly(lambda: self.app.merge("c-5", "c-4", reason="one", at=self.at))
        account = self.dice.choice(ACCOUNTS)
        offer = [(self.today + timedelta(days=9), 1_900_000)]
        self.quietly(lambda: self.app.offer_settlement(f"ar-{account}", account, offer, at=self.at))
        self.quietly(lambda: self.app.take(account, f"ar-{account}", at=self.at, needs="a second person"))
        at, plan, below = self.at, f"ar-{account}", [(self.today + timedelta(days=9), 700)]
        needs, id = NeedsApproval("a discount"), self.name()
        self.quietly(
            lambda: self.ask(self.app.act_of(account, plan), needs, self.kit.acting(JOE), lambda kit: kit.start(account, plan, at=at))
        )
        settle = self.app.settlement_act(id, account, below)
        self.quietly(lambda: self.ask(settle, needs, self.kit.acting(ANN), lambda kit: kit.offer_settlement(id, account, below, at=at)))

    def quietly(self, act: Callable[[], object]) -> None:
        with suppress(CollectkitError):
            act()

    # What the record says

    def record(self) -> Iterator[Envelope]:
        with self.kit.store.unit("default") as unit:
            for stream in _all(unit):
                yield from unit.history(stream)


class Gift(Credit):
    """A credit under a name of its own."""


def _all(unit: Unit) -> list[str]:
    found: list[str] = []
    while page := unit.streams("", after=found[-1] if found else ""):
        found += page
    return found


def sensitive(envelope: Envelope) -> bool:
    """Tell whether an event of the record is one that takes two people, whoever wrote it."""
    body = envelope.body
    today = envelope.context.at.astimezone(ZoneInfo(POLICY.zone)).date()
    match body:
        case PaymentPosted():
            return (today - body.payment.value_on).days > 30
        case HoldExtended():
            return body.ends_on is not None
        case ArrangementStarted():
            return True  # each here was taken as needing an approval
        case SettlementOffered():
            return 2 * body.settlement.total_minor < body.settlement.debt.minor
        case ConfigurationActivated():
            return body.at > START
    kinds = (AccountClosed, AccountWrittenOff, AccountChargedOff, ChargeWaived, CreditPosted, EntryUndone, MoneyReleased)
    return isinstance(body, (*kinds, HoldLifted, HandOversResumed, PersonsUnmerged, AccountPlaced))


class TestTenThousandAttempts:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_what_takes_two_people_was_done_by_two(self, seed: int) -> None:
        """
        Each event that takes two people stands beside an approval of exactly that act, asked for and given by two human beings, given
        before and not over, and used once; or it was below what one human being may do alone in thirty days, over all logins.
        """
        world = World(seed)
        while world.attempts < ATTEMPTS // 2:
            world.step()
        record = list(world.record())
        by_command: dict[tuple[str, datetime, str], DoneAct] = {
            (one.context.command, one.context.at, one.context.actor): one.body.done for one in record if isinstance(one.body, ActDone)
        }
        asked = {one.body.id: one.body for one in record if isinstance(one.body, ApprovalRequested)}
        given = {one.body.id: one.body for one in record if isinstance(one.body, ApprovalGiven)}
        used = [one.body for one in record if isinstance(one.body, ApprovalUsed)]
        assert len(used) == len({one.id for one in used}), "an approval is used once"
        when = {one.id: one for one in used}

        seen: dict[str, int] = defaultdict(int)
        for envelope in filter(sensitive, record):
            done = by_command.get((envelope.context.command, envelope.context.at, envelope.context.actor))
            assert done is not None, f"{envelope.context.command} was done without being counted"
            seen[type(envelope.body).__name__] += 1
            if not done.approval:
                assert done.act.action in ("waive", "place", "reassign"), f"{envelope.context.command} was done alone"
                continue
            maker, checker, doer = asked[done.approval], given[done.approval], when[done.approval]
            assert not SPEAKS_FOR[maker.maker] & SPEAKS_FOR[checker.checker], f"{checker.checker} approved for {maker.maker}"
            assert not SPEAKS_FOR[envelope.context.actor] & SPEAKS_FOR[checker.checker], f"{checker.checker} did what they approved"
            assert maker.at <= checker.at <= doer.at < checker.expires_at <= checker.at + timedelta(days=31)
            assert (maker.act.content, maker.act.resource, maker.act.amount) == (done.act.content, done.act.resource, done.act.amount)
            assert done.act.action != "waive" or next(p for p in LOGINS if p.id == checker.checker).roles == ("supervisor",)

        for human in ("ann", "bob", "dee", "eve", "joe"):
            alone = sorted(
                {(one.at, one.act) for one in by_command.values() if human in SPEAKS_FOR.get(one.principal, ()) and not one.approval},
                key=lambda one: one[0],
            )
            for at, _ in alone:
                window = [act for when_, act in alone if at - timedelta(days=30) < when_ <= at and act.action == "waive"]
                assert sum(act.amount.minor for act in window if act.amount) <= ALONE.minor
                for often in ("place", "reassign"):
                    assert sum(act.action == often for when_, act in alone if at - timedelta(days=1) < when_ <= at) <= 5

        # What is shown is that two people can do all of it: nothing above holds because nothing ever happened.
        assert all(world.tried.values()) and len(world.tried) == 23
        assert {"ChargeWaived", "CreditPosted", "PaymentPosted", "HoldLifted", "MoneyReleased", "SettlementOffered"} <= seen.keys()
        assert len(used) > 40


class TestIntrospection:
    def test_every_command_says_what_it_asks_for_and_whether_it_takes_two(self) -> None:
        """
        Found by looking at the class; each act that could be abused takes two people somewhere, and each of them is somewhere.
        """
        rows = {row.method: row for row in Kit.commands()}

        assert ("close", "write_off") == rows["close"].actions
        assert ("write_off",) == rows["close"].two_people
        assert ("uncease",) == rows["lift"].two_people
        assert ("settle",) == rows["offer_settlement"].two_people
        assert () == rows["note"].two_people
        assert ("bulk_move", "backdate") == rows["reassign_all"].actions == rows["reassign_all"].two_people
        covered = {action for row in rows.values() for action in row.two_people}
        assert set() == {limit.action for limit in TWO_PEOPLE} - covered
        assert ["try_move"] == [name for name in rows if name.startswith("try_")]


def test_free_roles_do_it_alone() -> None:
    """
    A service carries out what others decided; everybody else needs a second person.
    """
    authority = FourEyes({"service": ["*"], "collector": ["*"]}, [Limit("release_suspended", free=["service"])])
    act, now = Act("release_suspended", "suspense/USD", ""), Circumstances(START)

    assert Allow() == authority(SERVICE, act, now)
    assert isinstance(authority(JOE, act, now), NeedsApproval)


def test_an_approval_asked_of_fewer_roles_does_not_help() -> None:
    """
    Whoever asks cannot choose an easier second person than the rules name.
    """
    world = World(0)
    with pytest.raises(ApprovalRequiredError) as caught:
        world.kit.acting(JOE).waive(Waiver("w", "a-0", "fee", usd(20_000), world.today, "asked"), at=START)
    world.kit.acting(JOE).request_approval(caught.value.act, id="ap", needs=NeedsApproval("please"), at=START)
    world.kit.acting(BOB_2).approve("ap", at=START)

    with pytest.raises(PermissionDeniedError, match="it takes one of the roles supervisor"):
        world.kit.acting(JOE, approval="ap").waive(Waiver("w", "a-0", "fee", usd(20_000), world.today, "asked"), at=START)
