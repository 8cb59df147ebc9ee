"""Where every minor unit of a payment went and which rule sent it, and which entries stand behind a balance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from collectkit.ledger import COMPONENTS, CashRefund, Charge, Chargeback, CreditRefund, PlanCharge, Waiver, kind_of
from collectkit.money import Money
from collectkit.schedules._folding.counting import counting
from collectkit.schedules._folding.pouring import WIDTH
from collectkit.schedules.book import Book, due_name
from collectkit.schedules.waterfall import Waterfall

__all__ = ["BalanceLine", "BalanceTable", "PaymentLine", "PaymentTable", "balance_table", "payment_table"]

_PLACED = {
    "next": "the next one first",
    "last": "the last one first",
    "reamortize": "in equal parts over all of them",
}


@attrs.frozen
class PaymentLine:
    """
    A part of a payment.

    Attributes:
        due: Name of the due it was put against; empty for what was put against nothing.
        due_on: When that due falls due; None for credit.
        component: ``penalty``, ``fee``, ``interest``, ``principal`` or ``tax``; empty for credit.
        minor: Minor units; negative where money was set free or given back.
        rule: Which rule sent it there.
    """

    due: str
    due_on: date | None
    component: str
    minor: int
    rule: str


@attrs.frozen
class PaymentTable:
    """
    Where a payment went; the lines add up to its amount, less what went out again of it.

    Attributes:
        payment: Its id.
        kind: What it was, see `collectkit.ledger.MOVEMENT_TYPES`.
        amount: The whole.
        value_on: The day that counted.
        lines: In order of application.
        unapplied_minor: What lies as credit.
    """

    payment: str
    kind: str
    amount: Money
    value_on: date
    lines: tuple[PaymentLine, ...]
    unapplied_minor: int

    def __str__(self) -> str:
        currency = self.amount.currency
        head = f"{self.kind} {self.payment} of {self.amount} on {self.value_on}"
        rows = [f"  {Money.aggregate(line.minor, currency)} to {line.component} of {line.due}: {line.rule}" for line in self.lines]
        rest = [f"  {Money.aggregate(self.unapplied_minor, currency)} is credit: nothing else was owed"] if self.unapplied_minor else []
        return "\n".join([head, *rows, *rest])


def payment_table(book: Book, payment: str) -> PaymentTable:
    """
    Explain one payment or credit: where each part of it lies, and by which rule.

    Args:
        book: The account on a day; what is dated on it counts.
        payment: Its id.

    Raises:
        KeyError: No payment of that id counts on the account by the book's day.

    Source:
        The waterfall by which it was applied, and its source. Whole minor units; days are calendar days in the account's time zone.
    """
    index = next((at for at, one in enumerate(book.payments) if one.id == payment), None)
    if index is None:
        raise KeyError(payment)
    receipt = book.payments[index]
    off = book.charged_off_on
    # Money of a day comes before the giving up of that day; and what was written off is met in no waterfall's order.
    status = "charged_off" if off is not None and off < receipt.value_on else "standard"
    waterfall = book.rules.waterfall_of(kind_of(receipt), receipt.value_on, status)
    lines = []
    for of, slot, minor in book.parts:
        if of != index:
            continue
        source, due_on = book.sources[slot // WIDTH], book.due_on[slot // WIDTH]
        component = COMPONENTS[slot % WIDTH]
        if minor < 0:
            rule = "set free: what it had paid was waived, or given back"
        elif not isinstance(source, int) and _since(source) > receipt.value_on:
            rule = f"it was credit, and was put against this when it was asked for on {_since(source)}"
        else:
            rule = rule_of(waterfall, due_on, component, receipt.value_on)
        lines.append(PaymentLine(due_name(source), due_on, component, minor, rule))
    unapplied = sum(minor for of, minor in book.credits if of == index)
    return PaymentTable(str(receipt.id), kind_of(receipt), receipt.amount, receipt.value_on, tuple(lines), unapplied)


def _since(source: Charge | PlanCharge | CashRefund | Chargeback | CreditRefund) -> date:
    return source.value_on


def rule_of(waterfall: Waterfall, due_on: date, component: str, on: date) -> str:
    """
    Say which slot of a waterfall sends money to a component of a due, due on *due_on*, when it comes *on* that day.

    Source:
        The waterfall. Due on the day itself is ``due``, before it ``past_due``, after it ``in_advance``; calendar days in
        the account's time zone.

    >>> from collectkit.schedules.waterfall import INSTALLMENT_FIRST
    >>> rule_of(INSTALLMENT_FIRST, date(2026, 9, 1), "fee", on=date(2026, 9, 10))
    'slot 2 of 15, past_due.fee, oldest installment first'
    """
    phase = "past_due" if due_on < on else "due" if due_on == on else "in_advance"
    place = next(at for at, slot in enumerate(waterfall.order, start=1) if (slot.phase, slot.component) == (phase, component))
    if phase == "in_advance":
        how = _PLACED[waterfall.future]
    else:
        how = "oldest installment first" if waterfall.by == "installment" else "over all installments, oldest first"
    return f"slot {place} of {len(waterfall.order)}, {phase}.{component}, {how}"


@attrs.frozen
class BalanceLine:
    """
    An entry behind a balance.

    Attributes:
        entry: Its id; ``contract`` for the plan itself.
        kind: What it is.
        on: Its day.
        component: Which component it changed.
        minor: By how many minor units the balance rose; negative for what lowered it.
    """

    entry: str
    kind: str
    on: date
    component: str
    minor: int


@attrs.frozen
class BalanceTable:
    """
    The entries behind what is unpaid of one due; the lines add up to it.

    Attributes:
        due: Name of the due.
        currency: ISO 4217 code.
        lines: What was asked, then what lowered it, in their order.
        unpaid_minor: What is left.
    """

    due: str
    currency: str
    lines: tuple[BalanceLine, ...]
    unpaid_minor: int

    def __str__(self) -> str:
        rows = [
            f"  {line.on}  {Money.aggregate(line.minor, self.currency)} {line.component}: {line.kind} {line.entry}" for line in self.lines
        ]
        return "\n".join([f"{self.due}: {Money.aggregate(self.unpaid_minor, self.currency)} unpaid", *rows])


def balance_table(book: Book, due: str) -> BalanceTable:
    """
    Show the entries behind what is unpaid of a due.

    Args:
        book: The account on a day; what is dated on it counts.
        due: Name of the due: ``installment 2``, or the id of a charge or chargeback.

    Raises:
        KeyError: No due is called so.

    Source:
        The entries themselves, in whole minor units; nothing is rounded. Their days are calendar days in the account's time zone.
    """
    at = next((index for index, source in enumerate(book.sources) if due_name(source) == due), None)
    if at is None:
        raise KeyError(due)
    lines = [*_asked(book, at), *_lowered(book, at)]
    return BalanceTable(due, book.plan.currency, tuple(lines), book.unpaid_of(at))


def _asked(book: Book, at: int) -> Iterator[BalanceLine]:
    source = book.sources[at]
    for component, name in enumerate(COMPONENTS):
        slot = at * WIDTH + component
        gross = book.asked[slot] + book.waived[slot]
        if not gross:
            continue
        if not isinstance(source, int):
            yield BalanceLine(str(source.id), kind_of(source), source.value_on, name, gross)
            continue
        agreed = _agreed(book, source, name)
        if agreed:
            yield BalanceLine("contract", "plan", book.contract.bought_on, name, agreed)
        if gross != agreed:
            changes = [entry for entry in counting(book.entries) if kind_of(entry) in ("reage", "reamortize", "reschedule")]
            last = changes[-1]
            yield BalanceLine(str(last.id), kind_of(last), last.value_on, name, gross - agreed)


def _agreed(book: Book, number: int, component: str) -> int:
    if number > len(book.contract):
        return 0
    row = book.contract.installment(number)
    return {"principal": row.principal.minor, "interest": row.interest.minor, "tax": row.tax.minor}.get(component, 0)


def _lowered(book: Book, at: int) -> Iterator[BalanceLine]:
    source, left = book.sources[at], dict(zip(COMPONENTS, book.waived[at * WIDTH : at * WIDTH + WIDTH], strict=True))
    for waiver, component, minor in _given_up(book, source) if isinstance(source, Charge) else ():
        left[component] -= minor
        yield BalanceLine(str(waiver.id), "waiver", waiver.value_on, component, -minor)
    if book.written_off_on is not None:
        yield from (BalanceLine("", "write_off", book.written_off_on, name, -minor) for name, minor in left.items() if minor)
    for index, slot, minor in book.parts:
        if slot // WIDTH == at:
            receipt = book.payments[index]
            yield BalanceLine(str(receipt.id), kind_of(receipt), receipt.value_on, COMPONENTS[slot % WIDTH], -minor)


def _given_up(book: Book, charge: Charge) -> Iterator[tuple[Waiver, str, int]]:
    """Yield what each waiver gives up of a charge and of the tax on it, in minor units."""
    given = 0
    for entry in counting(book.entries):
        if isinstance(entry, Waiver) and entry.charge == charge.id and entry.value_on <= book.as_of:
            tax = charge.tax_in(given + entry.amount.minor) - charge.tax_in(given)
            given += entry.amount.minor
            parts = ((charge.component, entry.amount.minor - tax), ("tax", tax))
            yield from ((entry, component, minor) for component, minor in parts if minor)
