"""How made-up people behave: who pays when, promises, disputes, falls silent or asks for peace.

A habit is drawn once, with the book; what somebody does on a day follows from it without any further chance.
Only a reminder can change it a little: who heeds one pays sooner.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.account import Account
from collectkit.arrangements.promises import Promise
from collectkit.errors import ValidationError
from collectkit.holds import Hold, HoldKind
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money
from collectkit.person import Stop
from collectkit.schedules import Installment, Plan

BOUNCE_DAYS = 3
"""Days until the bank returns a payment, and again until it is made good."""
PROMISE_DAYS_MAX = 10
"""How far ahead of paying a promise is made, at most."""
DISPUTE_DAYS = 21
"""How long a dispute is looked into."""
HEEDED_AFTER_DAYS = 2
"""Days after a reminder on which somebody who heeds it pays."""


class Kind(Enum):
    """What somebody does once an installment goes wrong."""

    PROMPT = "prompt"
    """Nothing goes wrong: pays on or before each due date."""
    LATE = "late"
    PROMISER = "promiser"
    """Promises, and pays on the promised day when they settle at all."""
    IGNORER = "ignorer"
    FIRST_PAYMENT_DEFAULT = "first_payment_default"
    """Never pays anything."""
    DISPUTER = "disputer"
    OPT_OUT = "opt_out"


@attrs.frozen(kw_only=True)
class Habit:
    """
    How one account is going to be paid.

    Attributes:
        kind: What happens once an installment goes wrong.
        early_days: How long before the due date an installment is paid that does not go wrong.
        good: How many installments are paid in time before the first goes wrong.
        late_days: Days after the due date on which the others are paid.
        settles: Whether the others are paid at all.
        in_parts: The first payment comes in two halves.
        bounces: The last payment is returned by the bank once.
        heeds: A reminder brings late payments forward.
    """

    kind: Kind
    early_days: int = 0
    good: int = 0
    late_days: int = 0
    settles: bool = True
    in_parts: bool = False
    bounces: bool = False
    heeds: bool = False


@attrs.frozen
class Pay:
    """
    Somebody pays.

    Attributes:
        payment: What of the plan is paid.
        late: It is paid after its due date, together with the fees that were charged until then.
    """

    payment: Payment
    late: bool


Act: TypeAlias = Pay | Reversal | Promise | Hold | Stop


def instant(day: date) -> datetime:
    """Return the instant on which what people do on *day* is recorded: 13:00 UTC, a morning in New York."""
    return datetime.combine(day, time(13), UTC)


class Diary:
    """All that one consumer is still going to do about one account."""

    def __init__(self, account: Account, habit: Habit) -> None:
        self._habit = habit
        self._days: dict[date, list[Act]] = {}
        for day, act in _planned(account, habit):
            self._days.setdefault(day, []).append(act)

    @property
    def days(self) -> tuple[date, ...]:
        """Return the days on which something is still going to happen, in order."""
        return tuple(sorted(self._days))

    def acts_on(self, day: date) -> tuple[Act, ...]:
        """Return what happens on that day, and strike it out."""
        return tuple(self._days.pop(day, ()))

    def overdue(self, day: date) -> bool:
        """Tell whether a payment is late on *day* and still further away than a reminder would bring it."""
        return self._late(day) is not None

    def remind(self, day: date) -> None:
        """Bring the payment that is late on *day* forward, when the person heeds reminders."""
        later = self._late(day)
        if later is None or not self._habit.heeds:
            return
        sooner = day + timedelta(days=HEEDED_AFTER_DAYS)
        late = [act for act in self._days[later] if isinstance(act, Pay) and act.late]
        self._days[later] = [act for act in self._days[later] if act not in late]
        for act in late:
            payment = attrs.evolve(act.payment, value_on=sooner, source_at=instant(sooner))
            self._days.setdefault(sooner, []).append(attrs.evolve(act, payment=payment))

    def _late(self, day: date) -> date | None:
        """Return the first day of a late payment whose due date has passed on *day* and that is far enough away."""
        nearest, furthest = day + timedelta(days=HEEDED_AFTER_DAYS), day + timedelta(days=self._habit.late_days)
        for later in self.days:
            if nearest < later < furthest and any(isinstance(act, Pay) and act.late for act in self._days[later]):
                return later
        return None


def _planned(account: Account, habit: Habit) -> Iterator[tuple[date, Act]]:
    """Yield what is going to happen on which day."""
    plan = account.plan
    if not isinstance(plan, Plan):
        raise ValidationError(f"the demo pays plans, got {type(plan).__name__}; nothing was recorded")
    rows = [row for row in plan.rows() if row.amount.minor]
    good = len(rows) if habit.kind is Kind.PROMPT else min(habit.good, len(rows) - 1)
    for row in rows[:good]:
        yield from _paid(account, row, max(plan.bought_on, row.due_on - timedelta(days=habit.early_days)), habit, last=row is rows[-1])
    for row in rows[good:]:
        if row is rows[good]:
            yield from _said(account, row, habit)
        if habit.settles:
            yield from _paid(account, row, row.due_on + timedelta(days=habit.late_days), habit, last=row is rows[-1])


def _paid(account: Account, row: Installment, day: date, habit: Habit, *, last: bool) -> Iterator[tuple[date, Act]]:
    """Yield the payments of one installment, with what the bank does to them."""
    id, source, late = f"{account.id}-p{row.number}", "bank" if habit.bounces else "card", day > row.due_on
    if habit.in_parts and row.number == 1 and row.amount.minor > 1:
        half = row.amount.minor // 2
        rest = Money(row.amount.minor - half, row.amount.currency)
        yield day, Pay(Payment(id, account.id, Money(half, row.amount.currency), day, instant(day), source), late=False)
        day += timedelta(days=BOUNCE_DAYS)
        yield day, Pay(Payment(f"{id}b", account.id, rest, day, instant(day), source), late=day > row.due_on)
        return
    yield day, Pay(Payment(id, account.id, row.amount, day, instant(day), source), late)
    if habit.bounces and last:
        back = day + timedelta(days=BOUNCE_DAYS)
        yield back, Reversal(f"{id}-r", account.id, id, back, "insufficient funds", instant(back))
        again = back + timedelta(days=BOUNCE_DAYS)
        yield again, Pay(Payment(f"{id}-again", account.id, row.amount, again, instant(again), source), again > row.due_on)


def _said(account: Account, row: Installment, habit: Habit) -> Iterator[tuple[date, Act]]:
    """Yield what a person says when an installment has gone wrong."""
    late_on = row.due_on + timedelta(days=1)
    if habit.kind is Kind.PROMISER:
        pays_on = row.due_on + timedelta(days=max(2, habit.late_days))
        on = max(late_on, pays_on - timedelta(days=PROMISE_DAYS_MAX))
        yield on, Promise(f"{account.id}-promise", account.id, row.amount, pays_on, instant(on), "portal")
    elif habit.kind is Kind.DISPUTER:
        on = late_on + timedelta(days=1)
        ends_on = on + timedelta(days=DISPUTE_DAYS)
        yield (
            on,
            Hold(
                f"{account.id}-dispute",
                HoldKind.DISPUTE,
                person=account.consumer,
                account=account.id,
                starts_on=on,
                ends_on=ends_on,
                reason="goods did not arrive",
            ),
        )
    elif habit.kind is Kind.OPT_OUT:
        on = late_on + timedelta(days=2)
        everything = habit.good == 0
        yield (
            on,
            Stop(
                account.consumer,
                () if everything else ("sms",),
                instant(on),
                means="written" if everything else "reply",
                reason="cease" if everything else "opt_out",
            ),
        )
