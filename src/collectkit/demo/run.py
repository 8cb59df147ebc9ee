"""Living through the demo: people act by day, the kit works by night, and what came of it is gathered for the reports.

Everything goes through the public kit, as a host would do it: the purchases of a day, those who made them first, and the payments
of the bank's file in one call each, what people say one command at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, assert_never

import attrs

from collectkit.account import Account
from collectkit.arrangements.promises import Promise
from collectkit.demo.book import DemoBook
from collectkit.demo.desk import Desk
from collectkit.demo.exchange import Exchange
from collectkit.demo.gathering import gather
from collectkit.demo.people import Diary, Pay, instant
from collectkit.errors import RefusedError, ValidationError
from collectkit.holds import Hold
from collectkit.identifiers import AccountId, PersonId
from collectkit.kit import Kit
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money
from collectkit.person import Consumer, Stop
from collectkit.policy import Policy, load_policy
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import DispatchState

if TYPE_CHECKING:
    from collectkit.reports import NightlyReport

Progress: TypeAlias = Callable[[int, int], None]
"""Days lived through, and how many there are in all."""

POLICY = "us-bnpl"
NIGHT = time(14)
HAND_OVERS = (time(15), time(19), time(23, 30))
"""When contacts are handed over, in UTC: day in Great Britain, day in all of the United States, next morning in Australia."""
WORKER = "demo"


@attrs.frozen
class DemoResult:
    """
    What came of a demo.

    Attributes:
        report: The report of the last night.
        acts: What people did, by name: ``payments``, ``reversals``, ``promises``, ``promises refused``, ``disputes``, ``stops``.
        contacts: What became of planned contacts: ``sent``, ``not sent``, ``in doubt``.
        files: Rows that went between the book and its agencies, by kind of file, and ``refused`` ones; empty without an exchange.
    """

    report: NightlyReport
    acts: Mapping[str, int]
    contacts: Mapping[str, int]
    files: Mapping[str, int] = MappingProxyType({})


def demo_policy() -> Policy:
    """Return the bundled policy for the United States; people who live elsewhere are treated by the law of their place."""
    return load_policy(POLICY)


def run(
    kit: Kit,
    book: DemoBook,
    nights: int = 60,
    progress: Progress | None = None,
    *,
    desk: Desk | None = None,
    exchange: Exchange | None = None,
) -> DemoResult:
    """
    Live through a book: days before the first night to build it up, then nights.

    Args:
        kit: An empty book under `demo_policy`, or under any other.
        book: Who owes what, and how they behave.
        nights: How many, at least one.
        progress: Called after each day.
        desk: Our own people who call; None: nobody does.
        exchange: Files that travel between the book and its agencies; None: none do.

    Raises:
        ValidationError: Fewer than one night is asked for.
    """
    if nights < 1:
        raise ValidationError(f"a demo has at least one night, got {nights}; nothing was recorded")
    begins_on = min(book.starts_on, book.accounts[0].plan.bought_on)
    ends_on = book.starts_on + timedelta(days=nights - 1)
    days = (ends_on - begins_on).days + 1
    life = _Life(kit, book)
    for number in range(days):
        day = begins_on + timedelta(days=number)
        life.day(day)
        if day >= book.starts_on:
            life.night(day)
            if desk is not None:
                desk.night(day)
            if exchange is not None:
                exchange.night(day)
        if progress is not None:
            progress(number + 1, days)
    report = gather(kit, life.opened, life.registered, first=book.starts_on, last=ends_on)
    files = MappingProxyType(dict(exchange.rows)) if exchange is not None else MappingProxyType({})
    return DemoResult(report, MappingProxyType(dict(life.acts)), MappingProxyType(dict(life.contacts)), files)


class _Life:
    """The people of a book, day after day."""

    def __init__(self, kit: Kit, book: DemoBook) -> None:
        self._kit = kit
        self._habits = book.habits
        self._people: dict[PersonId, Consumer] = {consumer.id: consumer for consumer in book.consumers}
        self._coming: dict[date, list[Account]] = {}
        for account in book.accounts:
            self._coming.setdefault(account.plan.bought_on, []).append(account)
        self._diaries: dict[AccountId, Diary] = {}
        self._heeding: dict[AccountId, Diary] = {}
        self._agenda: dict[date, dict[AccountId, None]] = {}
        self.registered: dict[PersonId, None] = {}
        self.opened: list[AccountId] = []
        self.acts: Counter[str] = Counter()
        self.contacts: Counter[str] = Counter()

    def day(self, day: date) -> None:
        """Let people buy, pay and speak."""
        at = instant(day)
        self._buy(self._coming.pop(day, ()), at)
        paid: dict[AccountId, list[Payment]] = {}
        for id in self._agenda.pop(day, {}):
            for act in self._diaries[id].acts_on(day):
                if id in paid and not (isinstance(act, Pay) and not act.late):
                    self._post(paid, at)  # what is owed, promised or taken back now depends on what was paid just before
                if not isinstance(act, Pay):
                    self.acts[self._done(act, at)] += 1
                    continue
                paid.setdefault(id, []).append(self._with_fees(act.payment, day) if act.late else act.payment)
                self.acts["payments"] += 1
        self._post(paid, at)

    def night(self, day: date) -> None:
        """Run the night, hand over what may be handed over, and let those who were reached heed it."""
        self._kit.run_night(as_of=day, at=datetime.combine(day, NIGHT, UTC))
        for hour in HAND_OVERS:
            done = self._kit.dispatch(at=datetime.combine(day, hour, UTC), worker=WORKER)
            self.contacts.update({"sent": sum(done.sent.values()), "not sent": sum(done.not_sent.values())})
            self.contacts["in doubt"] += sum(done.unknown.values())
        for id, diary in self._heeding.items():
            if diary.overdue(day) and any(contact.state is DispatchState.SENT for contact in self._kit.contacts(id)):
                diary.remind(day)
                self._note(id, diary.days)

    def _buy(self, accounts: Sequence[Account], at: datetime) -> None:
        new = [id for id in dict.fromkeys(account.consumer for account in accounts) if id not in self.registered]
        self._kit.register_all([self._people[id] for id in new], at=at)
        self.registered.update(dict.fromkeys(new))
        for outcome in self._kit.open_accounts(accounts, at=at):
            if isinstance(outcome, Refusal):
                raise RefusedError(outcome)
        for account in accounts:
            self.opened.append(account.id)
            diary = self._diaries[account.id] = Diary(account, self._habits[account.id])
            if self._habits[account.id].heeds:
                self._heeding[account.id] = diary
            self._note(account.id, diary.days)

    def _post(self, paid: dict[AccountId, list[Payment]], at: datetime) -> None:
        """Post what was paid since the last time, as a host does with the file of its bank."""
        for outcome in self._kit.post_all([payment for payments in paid.values() for payment in payments], at=at):
            if isinstance(outcome, Refusal):
                raise RefusedError(outcome)
        paid.clear()

    def _note(self, id: AccountId, days: Iterable[date]) -> None:
        for day in days:
            self._agenda.setdefault(day, {})[id] = None

    def _done(self, act: Reversal | Promise | Hold | Stop, at: datetime) -> str:
        """Carry one act out that is no payment; return what it counts as."""
        kit = self._kit
        match act:
            case Reversal():
                kit.reverse(act, at=at)
                return "reversals"
            case Promise():
                return "promises refused" if isinstance(kit.try_promise(act, at=at), Refusal) else "promises"
            case Hold():
                kit.hold(act, at=at)
                return "disputes"
            case Stop():
                kit.stop(act, at=at, command_id=f"stop/{act.person}/{at.date()}")
                return "stops"
            case _:
                assert_never(act)

    def _with_fees(self, payment: Payment, day: date) -> Payment:
        """Return the payment with the fees on top: who pays late pays what they are asked for."""
        fee = self._kit.standing(payment.account, as_of=day).fee_minor
        return attrs.evolve(payment, amount=Money(payment.amount.minor + fee, payment.amount.currency)) if fee else payment
