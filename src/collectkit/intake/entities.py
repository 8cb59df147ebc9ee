"""Building consumers, accounts and payments from rows, by the sections of a mapping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import cast

from collectkit.account import Account, AccountClosed
from collectkit.errors import ValidationError
from collectkit.holds import Hold, HoldKind
from collectkit.identifiers import AccountId, EntryId, HoldId, PersonId
from collectkit.intake.binding import Getter, Layout, Row, bind, bind_amount, bind_condition, bind_text
from collectkit.intake.mapping import (
    AccountSection,
    ChargedOffSection,
    ConsumerSection,
    ContactSection,
    Field,
    HoldSection,
    InstallmentSection,
    PaymentSection,
    PlanSection,
)
from collectkit.intake.values import FaultyValueError, explained
from collectkit.ledger import ChargeOff, Payment
from collectkit.money import Money
from collectkit.person import Consumer, ContactPoint, Email, Phone, Postal
from collectkit.schedules.building import pay_in_n
from collectkit.schedules.plan import Plan

InstallmentRow = tuple[int, date, int, int, int]
"""Number (0 when the file has none), due date, and principal, interest and tax in minor units."""

_POINTS: dict[str, Callable[..., ContactPoint]] = {"phone": Phone, "email": Email, "postal": Postal}


class ConsumerBuilder:
    """Builds consumers from rows."""

    def __init__(self, section: ConsumerSection, layout: Layout) -> None:
        self._id = bind(section.fields["id"], layout, PersonId)
        self._others = [(name, bind(field, layout)) for name, field in section.fields.items() if name != "id"]
        self._contacts = [(held.kind, _contact(held, layout)) for held in section.contacts]
        kinds = [kind for kind, _ in self._contacts]
        self._one_of_each = len(set(kinds)) == len(kinds)

    def build(self, row: Row) -> Consumer:
        """
        Return the consumer of a row.

        Raises:
            FaultyValueError: A value cannot be used.
        """
        values = {name: value for name, get in self._others if (value := get(row)) is not None}
        if self._contacts:
            values["contacts"] = self._points(row)
        try:
            return Consumer(cast(PersonId, self._id(row)), **values)  # type: ignore[arg-type]
        except ValidationError as error:
            raise _located(error, "consumer") from None

    def _points(self, row: Row) -> list[ContactPoint]:
        """Return the contact points that are not blank, named as a consumer would name them: ``email-1``."""
        if self._one_of_each:
            return [point for kind, contact in self._contacts if (point := contact(row, f"{kind}-1")) is not None]
        points: list[ContactPoint] = []
        for kind, contact in self._contacts:
            number = 1 + sum([kind == point.KIND for point in points])
            point = contact(row, f"{kind}-{number}")
            if point is not None:
                points.append(point)
        return points


def _contact(section: ContactSection, layout: Layout) -> Callable[[Row, str], ContactPoint | None]:
    getters = {name: bind(field, layout) for name, field in section.fields.items()}
    value_of = getters.pop("value")
    make, source, consents = _POINTS[section.kind], section.source, section.consents
    target = section.fields["value"].target

    def read(row: Row, id: str) -> ContactPoint | None:
        value = value_of(row)
        if value is None:
            return None
        others = {name: found for name, get in getters.items() if (found := get(row)) is not None} if getters else {}
        try:
            return make(value, source=source, id=id, consents=consents, **others)
        except ValidationError as error:
            raise _located(error, target) from None

    return read


class InstallmentBuilder:
    """Builds the rows of a plan that another system computed."""

    def __init__(self, section: InstallmentSection, layout: Layout) -> None:
        self._number = _or_none(section.fields.get("number"), layout)
        self._due_on = bind(section.fields["due_on"], layout)
        self._amount = bind_amount(section.fields["amount"], layout)
        interest = section.fields.get("interest")
        self._interest = bind_amount(interest, layout) if interest is not None else None
        tax = section.fields.get("tax")
        self._tax = bind_amount(tax, layout) if tax is not None else None

    def build(self, row: Row, currency: str) -> InstallmentRow:
        """
        Return one installment.

        Raises:
            FaultyValueError: A value cannot be used.
        """
        number = 0 if self._number is None else cast(int, self._number(row) or 0)
        interest = 0 if self._interest is None else self._interest(row, currency) or 0
        tax = 0 if self._tax is None else self._tax(row, currency) or 0
        return number, cast(date, self._due_on(row)), self._amount(row, currency) or 0, interest, tax


class PlanBuilder:
    """Builds plans, from installments or from terms."""

    def __init__(self, section: PlanSection, layout: Layout) -> None:
        self.currency = bind(section.fields["currency"], layout)
        self._kind = _or_none(section.fields.get("kind"), layout)
        self._bought_on = bind(section.fields["bought_on"], layout)
        if section.terms:
            self._total = bind_amount(section.terms["total"], layout)
            self._count = bind(section.terms["count"], layout)
            self._every = _or_none(section.terms.get("every"), layout)
            self._first_on = _or_none(section.terms.get("first_on"), layout)

    def _name(self, row: Row, default: str) -> str:
        return default if self._kind is None else cast(str, self._kind(row) or default)

    def from_terms(self, row: Row) -> Plan:
        """Return the plan that the terms of a row give."""
        currency = cast(str, self.currency(row))
        total = Money(cast(int, self._total(row, currency)), currency)
        every = "1 month" if self._every is None else cast(str, self._every(row) or "1 month")
        first_on = None if self._first_on is None else cast(date | None, self._first_on(row))
        return pay_in_n(
            total,
            cast(int, self._count(row)),
            every,
            bought_on=cast(date, self._bought_on(row)),
            first_on=first_on,
            kind=self._name(row, ""),
        )

    def from_rows(self, row: Row, rows: Sequence[InstallmentRow]) -> Plan:
        """Return the plan that the installments give, sorted by number and date."""
        ranked = sorted(rows)
        numbers = [number for number, *_ in ranked]
        if numbers[0] and numbers != list(range(1, len(numbers) + 1)):
            raise FaultyValueError(
                "installments-missing", "installments are numbered 1, 2, 3 … without a gap", "deliver every installment of the account"
            )
        if not numbers[0]:
            ranked.sort(key=lambda one: one[1])
        interest, tax = tuple([one[3] for one in ranked]), tuple([one[4] for one in ranked])
        return Plan(
            self._name(row, "given"),
            cast(str, self.currency(row)),
            cast(date, self._bought_on(row)),
            tuple([one[1] for one in ranked]),
            tuple([one[2] for one in ranked]),
            interest if any(interest) else (),
            tax=tax if any(tax) else (),
        )


class AccountBuilder:
    """Builds accounts, and their end where they arrive closed."""

    def __init__(self, section: AccountSection, layout: Layout) -> None:
        self.plan = PlanBuilder(section.plan, layout)
        self.id = bind(section.fields["id"], layout, AccountId)
        consumer = section.fields.get("consumer")
        self._consumer = bind(consumer, layout, PersonId) if consumer is not None else None
        self._others = [(name, bind(field, layout)) for name, field in section.fields.items() if name not in ("id", "consumer")]
        self._metadata = [(name, bind_text(field, layout)) for name, field in section.metadata.items()]
        self._holds = [_hold(held, layout) for held in section.holds]
        self._charged_off = _charge_off(section.charged_off, layout) if section.charged_off is not None else None
        self._closed = None
        if section.closed is not None:
            self._closed = bind_condition(section.closed.when, layout), bind(section.closed.on, layout), section.closed.reason

    def build(self, row: Row, consumer: PersonId | None, rows: Sequence[InstallmentRow] | None) -> Account:
        """
        Return the account of a row.

        Args:
            row: The row.
            consumer: Who owes, when the row says so elsewhere.
            rows: The installments; None to build the plan from terms.

        Raises:
            FaultyValueError: A value cannot be used.
        """
        if self._consumer is not None:
            consumer = cast(PersonId, self._consumer(row))
        id = cast(AccountId, self.id(row))
        values = {name: value for name, get in self._others if (value := get(row)) is not None}
        try:
            plan = self.plan.from_terms(row) if rows is None else self.plan.from_rows(row, rows)
        except ValidationError as error:
            raise _located(error, "account.plan") from None
        if self._metadata:
            currency = plan.currency
            values["metadata"] = {name: text for name, get in self._metadata if (text := get(row, currency)) is not None}
        try:
            return Account(id, cast(PersonId, consumer), plan, **values)  # type: ignore[arg-type]
        except ValidationError as error:
            raise _located(error, "account") from None

    @property
    def plain(self) -> bool:
        """Whether nothing but the account itself can follow from a row."""
        return self._closed is None and self._charged_off is None and not self._holds

    def closed(self, row: Row, account: AccountId) -> AccountClosed | None:
        """Return the end of an account that arrives closed, or None."""
        if self._closed is None or not self._closed[0](row):
            return None
        return AccountClosed(account, cast(date, self._closed[1](row)), self._closed[2])

    def charged_off(self, row: Row, account: AccountId) -> ChargeOff | None:
        """Return the charge-off of an account that arrives charged off, or None."""
        return None if self._charged_off is None else self._charged_off(row, account)

    def holds(self, row: Row, account: Account) -> tuple[Hold, ...]:
        """Return the holds that a row's flags mean."""
        if not self._holds:
            return ()
        return tuple([hold for read in self._holds if (hold := read(row, account)) is not None])


def _hold(section: HoldSection, layout: Layout) -> Callable[[Row, Account], Hold | None]:
    holds = bind_condition(section.when, layout)
    id, starts_on = bind(section.fields["id"], layout, HoldId), bind(section.fields["starts_on"], layout)
    review_on, reason = bind(section.fields["review_on"], layout), bind(section.fields["reason"], layout)

    def read(row: Row, account: Account) -> Hold | None:
        if not holds(row):
            return None
        try:
            return Hold(
                cast(HoldId, id(row)),
                HoldKind(section.kind),
                person=account.consumer,
                account=account.id,
                starts_on=cast(date, starts_on(row)),
                review_on=cast(date, review_on(row)),
                reason=cast(str, reason(row)),
            )
        except ValidationError as error:
            raise _located(error, "account.holds") from None

    return read


def _charge_off(section: ChargedOffSection, layout: Layout) -> Callable[[Row, AccountId], ChargeOff | None]:
    holds = bind_condition(section.when, layout)
    id, on, reason = bind(section.fields["id"], layout, EntryId), bind(section.fields["on"], layout), bind(section.fields["reason"], layout)

    def read(row: Row, account: AccountId) -> ChargeOff | None:
        return ChargeOff(cast(EntryId, id(row)), account, cast(date, on(row)), cast(str, reason(row))) if holds(row) else None

    return read


class PaymentBuilder:
    """Builds payments from rows."""

    def __init__(self, section: PaymentSection, layout: Layout) -> None:
        fields = section.fields
        self._id = bind(fields["id"], layout, EntryId)
        self._account = bind(fields["account"], layout, AccountId)
        self._amount = bind_amount(fields["amount"], layout)
        self._currency = bind(fields["currency"], layout)
        self._value_on = bind(fields["value_on"], layout)
        self._source_at = _or_none(fields.get("source_at"), layout)
        self._origin = _or_none(fields.get("origin"), layout)
        self._when = bind_condition(section.when, layout) if section.when is not None else None
        self._target = fields["amount"].target
        # What is left of one amount after another may be nothing; an amount that the file states may not.
        self._difference = bool(fields["amount"].less)

    def build(self, row: Row) -> Payment | None:
        """
        Return the payment of a row, or None when the row holds none.

        Raises:
            FaultyValueError: A value cannot be used.
        """
        if self._when is not None and not self._when(row):
            return None
        try:
            currency = cast(str, self._currency(row))
            amount = cast(int, self._amount(row, currency))
            if not amount and self._difference:
                return None
            return Payment(
                cast(EntryId, self._id(row)),
                cast(AccountId, self._account(row)),
                Money(amount, currency),
                cast(date, self._value_on(row)),
                None if self._source_at is None else cast(datetime | None, self._source_at(row)),
                "" if self._origin is None else cast(str, self._origin(row) or ""),
            )
        except ValidationError as error:
            raise _located(error, self._target) from None


def _or_none(field: Field | None, layout: Layout) -> Getter | None:
    return None if field is None else bind(field, layout)


def _located(error: ValidationError, field: str) -> FaultyValueError:
    fault = explained(error)
    fault.field = fault.field or field
    return fault
