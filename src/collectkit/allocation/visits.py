"""Field visits: who goes where in which order, and the cash an agent carries.

Places are whole millionths of a degree and come from the host; nothing here looks anything up. Cash is written down at
the door with a numbered receipt, and is the agent's debt until somebody else has counted it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from enum import Enum
from typing import ClassVar

import attrs

from collectkit._checks import aware, given, named, positive_money
from collectkit.identifiers import AccountId, derived
from collectkit.ledger import Payment
from collectkit.money import Money
from collectkit.refusals import Refusal

CASH = "cash/"


@attrs.frozen
class Stop:
    """
    A place to go to.

    Attributes:
        account: About which account.
        territory: The host's code of the area; an agent is sent to theirs alone.
        latitude: Millionths of a degree.
        longitude: Millionths of a degree.
        not_before: First local time at which the visit is allowed.
        not_after: Last local time, inclusive.
        permit: Id of the permit; without one nobody goes.
        caution: What whoever goes must know, in the host's words: a dog, two people only.
    """

    account: AccountId
    territory: str
    latitude: int
    longitude: int
    permit: str = attrs.field(validator=given)
    not_before: time = time(8)
    not_after: time = time(21)
    caution: str = ""


@attrs.frozen
class VisitPlan:
    """
    A day of one agent.

    Attributes:
        agent: Who.
        on: The day.
        stops: In the order of the way.
        left_out: Stops for which there is no room that day, or that are not in the agent's territory.
    """

    agent: str
    on: date
    stops: tuple[Stop, ...]
    left_out: tuple[Stop, ...]


def plan_visits(stops: Iterable[Stop], *, agent: str, on: date, territories: Sequence[str], start: tuple[int, int], most: int) -> VisitPlan:
    """
    Put a day's visits in order: those that must be over soonest first, and on the way the nearest next.

    Args:
        stops: Where to go.
        agent: Who goes.
        on: The day.
        territories: Where the agent works.
        start: Latitude and longitude where the day begins, millionths of a degree.
        most: How many visits fit in the day.
    """
    wanted = sorted(stops, key=lambda stop: (stop.not_after, stop.account))
    mine = [stop for stop in wanted if stop.territory in territories]
    chosen, here, way = mine[:most], start, list[Stop]()
    while chosen:
        soonest = min(stop.not_after for stop in chosen)
        near = min((stop for stop in chosen if stop.not_after == soonest), key=lambda stop: (_far(here, stop), stop.account))
        chosen.remove(near)
        way.append(near)
        here = (near.latitude, near.longitude)
    taken = {stop.account for stop in way}
    return VisitPlan(agent, on, tuple(way), tuple(stop for stop in wanted if stop.account not in taken))


def _far(here: tuple[int, int], stop: Stop) -> int:
    """Return the square of a distance on a flat map; degrees of longitude are shorter, by two thirds about 48 degrees north."""
    return (here[0] - stop.latitude) ** 2 * 9 + (here[1] - stop.longitude) ** 2 * 4


@attrs.frozen
class CashReceipt:
    """
    Cash that an agent took.

    Attributes:
        number: Of the receipt, ascending for each agent without gaps.
        agent: Who took it.
        account: On which account.
        amount: How much.
        at: When; aware.
    """

    number: int
    agent: str = attrs.field(validator=named)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class HandIn:
    """
    Cash that was counted by somebody else and came to the creditor.

    Attributes:
        agent: Who brought it.
        counted_by: Who counted it; never the agent.
        amount: How much there was.
        at: When; aware.
    """

    agent: str = attrs.field(validator=named)
    counted_by: str
    amount: Money = attrs.field(validator=positive_money)
    at: datetime = attrs.field(validator=aware)


@attrs.frozen
class CashTaken:
    """An agent took cash at the door and gave a receipt for it; the agent owes it until it is handed in."""

    TYPE: ClassVar[str] = "cash-taken/1"

    receipt: CashReceipt


@attrs.frozen
class CashHandedIn:
    """Cash that an agent brought was counted by somebody else."""

    TYPE: ClassVar[str] = "cash-handed-in/1"

    hand_in: HandIn


class CashReason(Enum):
    """Why cash is not taken or handed in, in order of precedence."""

    OTHER_CURRENCY = "other_currency"
    NUMBER_OUT_OF_ORDER = "number_out_of_order"
    OVER_LIMIT = "over_limit"
    """The agent carries as much as may be; it must be handed in first."""
    SAME_PERSON = "same_person"
    """Whoever carries the cash does not count it."""


@attrs.frozen
class CashBook:
    """
    The cash of one agent in one currency.

    Attributes:
        agent: Who.
        currency: ISO 4217 code.
        limit_minor: Most that may be carried, minor units.
        receipts: Taken, in order.
        hand_ins: Counted, in order.
    """

    agent: str
    currency: str
    limit_minor: int
    receipts: tuple[CashReceipt, ...] = ()
    hand_ins: tuple[HandIn, ...] = ()

    @property
    def carried_minor(self) -> int:
        """What the agent owes us: taken less handed in; below 0 when more was handed in than taken."""
        return sum(one.amount.minor for one in self.receipts) - sum(one.amount.minor for one in self.hand_ins)


def cash_book(agent: str, currency: str, told: Iterable[object], *, limit_minor: int = 0) -> CashBook:
    """
    Return the book of an agent as it was recorded.

    Args:
        agent: Whose.
        currency: ISO 4217 code.
        told: `CashTaken` and `CashHandedIn` of that agent in that currency, in the order of the record; others are passed over.
        limit_minor: Most that may be carried, minor units; what was taken before under a higher limit stays.
    """
    held = list(told)
    receipts = tuple(event.receipt for event in held if isinstance(event, CashTaken))
    return CashBook(agent, currency, limit_minor, receipts, tuple(event.hand_in for event in held if isinstance(event, CashHandedIn)))


def take_cash(book: CashBook, receipt: CashReceipt) -> CashBook | Refusal[CashReason]:
    """Write a receipt into the book; one that is there already with the same content changes nothing."""
    if receipt in book.receipts:
        return book
    if receipt.amount.currency != book.currency:
        return Refusal(CashReason.OTHER_CURRENCY, f"the book is in {book.currency}, not {receipt.amount.currency}")
    if receipt.number != len(book.receipts) + 1:
        return Refusal(CashReason.NUMBER_OUT_OF_ORDER, f"the next receipt is number {len(book.receipts) + 1}, not {receipt.number}")
    if book.carried_minor + receipt.amount.minor > book.limit_minor:
        limit = Money(book.limit_minor, book.currency)
        return Refusal(CashReason.OVER_LIMIT, f"{book.agent} would carry more than {limit}; cash must be handed in first")
    return attrs.evolve(book, receipts=(*book.receipts, receipt))


def hand_in(book: CashBook, counted: HandIn) -> CashBook | Refusal[CashReason]:
    """Write counted cash into the book, whatever there was: a difference stays on the agent and shows."""
    if counted in book.hand_ins:
        return book
    if counted.amount.currency != book.currency:
        return Refusal(CashReason.OTHER_CURRENCY, f"the book is in {book.currency}, not {counted.amount.currency}")
    if counted.counted_by == book.agent:
        return Refusal(CashReason.SAME_PERSON, f"{book.agent} brought it, somebody else counts it")
    return attrs.evolve(book, hand_ins=(*book.hand_ins, counted))


class CashDiscrepancy(Enum):
    """What is wrong between receipts and the ledger."""

    NOT_POSTED = "not_posted"
    """Cash was taken at the door, and no payment stands for it."""
    ANOTHER_AMOUNT = "another_amount"
    """The payment is not what the receipt says."""
    NO_RECEIPT = "no_receipt"
    """A payment was posted as cash of this agent, and no receipt stands for it."""


@attrs.frozen
class CashDifference:
    """
    One thing that is wrong between receipts and the ledger.

    Attributes:
        receipt: Number of the receipt; None where there is none.
        payment: Id of the payment; None where there is none.
        minor: Taken less posted, minor units.
    """

    receipt: int | None
    payment: str | None
    minor: int

    @property
    def discrepancy(self) -> CashDiscrepancy:
        """What sort of thing it is."""
        if self.payment is None:
            return CashDiscrepancy.NOT_POSTED
        return CashDiscrepancy.NO_RECEIPT if self.receipt is None else CashDiscrepancy.ANOTHER_AMOUNT


def cash_payment(receipt: CashReceipt, *, value_on: date) -> Payment:
    """Return the payment that a receipt stands for; its id is the receipt's, so that posting it again changes nothing."""
    id = derived(receipt.agent, before=CASH, after=f"/{receipt.number}")
    return Payment(id, receipt.account, receipt.amount, value_on, source="cash")


def is_cash_of(payment: str, agent: str) -> bool:
    """Tell whether a payment has the id of one that `cash_payment` made of a receipt of an agent."""
    return payment == derived(agent, before=CASH, after=f"/{payment.rpartition('/')[2]}")


def reconcile_cash(book: CashBook, posted: Iterable[tuple[str, int]]) -> tuple[CashDifference, ...]:
    """
    Compare receipts with the payments that were posted from them.

    Args:
        book: The agent's cash.
        posted: Payment id and minor units, for each payment posted from a receipt (`cash_payment`); the id ends in ``/`` and its
            number.
    """
    known = dict(posted)
    by_number = {id.rpartition("/")[2]: id for id in known}
    differences = []
    for receipt in book.receipts:
        id = by_number.pop(str(receipt.number), None)
        short = receipt.amount.minor - (known[id] if id is not None else 0)
        if short:
            differences.append(CashDifference(receipt.number, id, short))
    return (*differences, *(CashDifference(None, id, -known[id]) for id in by_number.values()))
