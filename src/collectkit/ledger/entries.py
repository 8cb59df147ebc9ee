"""What is posted to an account every day: payments, reversals, charges and waivers, and the events that record them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import ClassVar, Literal

import attrs

from collectkit._checks import aware, day, given, one_of, positive_money
from collectkit.errors import CurrencyMismatchError, ValidationError
from collectkit.identifiers import AccountId, EntryId
from collectkit.money import Money, Rounding, divide

COMPONENTS: tuple[str, ...] = ("penalty", "fee", "interest", "principal", "tax")
"""
What an amount due can be made of; flat columns have them in this order, which says nothing about the order of payment.

Tax stands last so that the position of nothing else moved when it came.
"""


@attrs.frozen
class Payment:
    """
    Money that arrived from or for the consumer.

    Attributes:
        id: The host's or the bank's own id; the same id twice is one payment.
        account: On which account.
        amount: More than zero, in the account's currency.
        value_on: Day that counts for the consumer, in the account's business calendar.
        source_at: Instant at the source, to order payments of one day; optional, aware.
        source: Where it came from: ``card``, ``bank``, ``agency`` …
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    source_at: datetime | None = attrs.field(default=None, validator=attrs.validators.optional(aware))
    source: str = ""


@attrs.frozen
class Reversal:
    """
    A whole payment that turned out not to have been made: returned, bounced, charged back.

    From *value_on* on the account stands as if the payment had never come.

    Attributes:
        id: The host's or the bank's own id.
        account: On which account.
        payment: Id of the payment; it may arrive later than its reversal.
        value_on: Day from which the payment does not count.
        reason: The bank's code or the host's word.
        source_at: Instant at the source; optional, aware.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    payment: EntryId = attrs.field(converter=EntryId)
    value_on: date = attrs.field(validator=day)
    reason: str = ""
    source_at: datetime | None = attrs.field(default=None, validator=attrs.validators.optional(aware))


@attrs.frozen
class FeeStep:
    """
    What a late fee was asked by: the step of the policy of its day, and the limit that cut it.

    Attributes:
        number: Of the step, from 1.
        amount: Flat fee; None when it is a share only.
        percent_bp: Share of *of*, in basis points; None when it is flat only. With both, the lower counts.
        of: What a share is taken of: ``unpaid``, ``installment`` or ``order``.
        cut_by: Name of the limit that left less; empty when none did.
        limit_minor: How much that limit was, in minor units.
        tax_bp: Rate of the tax on it, in basis points; 0 for none.
        tax_prices: Whether the amounts of the step are said ``with_tax`` or ``without_tax``; empty without a tax.
    """

    number: int
    amount: Money | None = None
    percent_bp: int | None = None
    of: str = "unpaid"
    cut_by: str = ""
    limit_minor: int = 0
    tax_bp: int = 0
    tax_prices: Literal["with_tax", "without_tax", ""] = ""


def _a_word(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or (value and not re.fullmatch(r"[a-z][a-z0-9_]*", value)):
        raise ValidationError(f"{attribute.name} of a charge is a word such as due_date_change, got {value!r}; nothing was recorded")


@attrs.frozen
class Charge:
    """
    An amount added to what is owed after the contract was made, such as a late fee.

    What is asked is *amount*, tax included, as a price to a consumer is said: every limit of fees is measured by it, and whoever
    waives or undoes the charge gives up its tax with it. *tax* says how much of it is tax, so that it is owed, paid and told apart.

    Attributes:
        id: Derived from the installment and the tier for late fees, so that a second run adds nothing.
        account: On which account.
        component: ``fee`` or ``penalty``; ``tax`` for a tax that stands alone, such as a stamp duty.
        amount: All that is asked, its tax included; more than zero.
        value_on: Day on which it was assessed.
        due_on: Day on which it falls due.
        installment: Number of the late installment, from 1; 0 when it belongs to none.
        rule: Which rule of the policy, and why this amount; a sentence for a person.
        step: Of a late fee, what it was asked by, so that it can be seen again; None where that was not written down.
        tax: The part of *amount* that is tax on it, such as value added tax on a fee; None when there is none.
        kind: What it is for, in the words of the rule packs: ``due_date_change``, ``reminder`` …; empty: a fee for being late. Caps of
            the law that are on one class of fees count that class alone.

    Raises:
        ValidationError: The tax is zero, leaves nothing of the charge, or is one on a charge that is tax itself.
        CurrencyMismatchError: The tax is in another currency.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    component: str = attrs.field(validator=one_of("fee", "penalty", "tax"))
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    due_on: date = attrs.field(validator=day)
    installment: int = 0
    rule: str = ""
    step: FeeStep | None = None
    tax: Money | None = attrs.field(default=None, validator=attrs.validators.optional(positive_money))
    kind: str = attrs.field(default="", validator=_a_word)

    def __attrs_post_init__(self) -> None:
        if self.tax is None:
            return
        if self.tax.currency != self.amount.currency:
            raise CurrencyMismatchError(f"the tax of a charge in {self.amount.currency} is in {self.tax.currency}; nothing was recorded")
        if self.component == "tax" or self.tax.minor >= self.amount.minor:
            raise ValidationError(
                f"the tax of a charge is the part of its amount that is tax: less than {self.amount}, and none on a charge that is tax "
                f"itself; got {self.tax} of a {self.component}; nothing was recorded"
            )

    @property
    def tax_minor(self) -> int:
        """Return how much of the amount is tax on it, in minor units."""
        return 0 if self.tax is None else self.tax.minor

    def tax_in(self, minor: int) -> int:
        """
        Return how much of a part of the amount is tax, when *minor* of it were given up in all.

        The same share of each part, a tie to the even unit: who gives up the last minor unit has given up the whole tax.
        """
        return 0 if self.tax is None else divide(self.tax.minor * minor, self.amount.minor, Rounding.HALF_EVEN)

    def lowered_to(self, minor: int) -> Charge:
        """Return the charge as if only so many minor units had been asked, with the tax that giving up the rest would leave of it."""
        tax = min(minor - 1, self.tax_minor - self.tax_in(self.amount.minor - minor))
        currency = self.amount.currency
        return attrs.evolve(self, amount=Money(minor, currency), tax=Money(tax, currency) if tax else None)


@attrs.frozen
class Waiver:
    """
    A charge given up, wholly or in part.

    Attributes:
        id: The caller's own id.
        account: On which account.
        charge: Id of the charge.
        amount: More than zero and at most what is still unpaid of the charge.
        value_on: Day from which it is given up.
        reason: Why; mandatory.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    charge: EntryId = attrs.field(converter=EntryId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=given)


@attrs.frozen
class Application:
    """
    A part of a payment put against one due.

    Attributes:
        due: Name of the due: ``installment 2`` or the charge's id.
        component: ``penalty``, ``fee``, ``interest``, ``principal`` or ``tax``.
        minor: How much, in minor units.
    """

    due: str
    component: str
    minor: int


@attrs.frozen
class PaymentPosted:
    """
    A payment was put on the book.

    Attributes:
        payment: The fact.
        believed: How it was applied by what was known then; replay derives it anew and ignores this.
        unapplied: What was left of it then, in minor units.
        review: Why a person should look at it; empty when there is no reason.
    """

    TYPE: ClassVar[str] = "payment-posted/1"

    payment: Payment
    believed: tuple[Application, ...] = ()
    unapplied: int = 0
    review: str = ""


@attrs.frozen
class PaymentReversed:
    """A payment was taken back, or a reversal waits for its payment."""

    TYPE: ClassVar[str] = "payment-reversed/1"

    reversal: Reversal


@attrs.frozen
class ChargeAssessed:
    """A charge was added."""

    TYPE: ClassVar[str] = "charge-assessed/1"

    charge: Charge


@attrs.frozen
class ChargeWaived:
    """A charge was given up."""

    TYPE: ClassVar[str] = "charge-waived/1"

    waiver: Waiver
