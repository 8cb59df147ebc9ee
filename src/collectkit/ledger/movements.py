"""What else can happen to the money of an account: credits that are no payments, money that goes out, changes of the plan.

Each entry has the day it counts from. Undoing one is an entry too, `Undo`: the account is then the fold of the rest,
so that nothing of what was undone is left behind.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import attrs

from collectkit._checks import aware, day, given, one_of, positive_money
from collectkit.calendars.dates import Interval
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, EntryId
from collectkit.money import Money

CREDIT_KINDS: tuple[str, ...] = ("down_payment", "goodwill", "merchant_refund", "payout_refund", "charge_adjustment", "small_balance")
"""What a credit can be: a part of the price paid at the purchase, a gift, the shop's refund, a payout's, a charge corrected, a rest."""


def _whole(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if type(value) is not int or value < 0:
        raise ValidationError(f"{attribute.name} must be a whole number, at least 0, got {value!r}; nothing was recorded")


_source_at = attrs.validators.optional(aware)


@attrs.frozen
class Disbursement:
    """Money was paid out to or for the consumer, who owes it from then on; only contracts that draw their plan have these."""

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)


@attrs.frozen
class Credit:
    """
    Something lowers what is owed as money would: the shop takes goods back, the lender gives a part away.

    Attributes:
        id: The host's or the shop's own id.
        account: On which account.
        amount: More than zero, in the account's currency.
        value_on: Day that counts for the consumer.
        kind: One of `CREDIT_KINDS`; what it counts as stands in `collectkit.ledger.MOVEMENT_TYPES`.
        reason: Why.
        source_at: Instant at the source, to order entries of one day; optional, aware.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    kind: str = attrs.field(validator=one_of(*CREDIT_KINDS))
    reason: str = ""
    source_at: datetime | None = attrs.field(default=None, validator=_source_at)


@attrs.frozen
class CashRefund:
    """Paid money was given back in cash: what was paid last is open again."""

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    reason: str = ""


@attrs.frozen
class Chargeback:
    """
    The payer's bank took a payment back, wholly or in part; it is owed again from that day on.

    The payment stays what it was, so that nothing is late before the day of the chargeback. A chargeback that is
    withdrawn is undone, which leaves nothing of it.

    Attributes:
        id: The bank's own id.
        account: On which account.
        payment: Id of the payment or credit it takes back.
        amount: More than zero.
        value_on: Day from which it is owed again.
        reason: The bank's code.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    payment: EntryId = attrs.field(converter=EntryId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)
    reason: str = ""


@attrs.frozen
class CreditRefund:
    """
    Credit of the account was paid out to the consumer.

    What of it turns out later not to have been credit is owed again, like a chargeback.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    amount: Money = attrs.field(validator=positive_money)
    value_on: date = attrs.field(validator=day)


@attrs.frozen
class PlanCharge:
    """
    A charge that is a share of the plan, or comes with each installment, or is taken when money is paid out.

    Attributes:
        id: The caller's own id.
        account: On which account.
        component: ``fee``, ``penalty``, or ``tax``: a share of the interest with each installment is value added tax on it.
        falls: ``on_date`` once, ``each_installment`` a part with every one, ``at_payout`` at once with the first disbursement.
        value_on: Day on which it was assessed.
        due_on: For ``on_date``.
        amount: A fixed amount, of each installment when it comes with each; None when it is a share.
        share: Part of what it is taken of, ``Fraction(1, 100)`` for one percent, rounded half even; 0 when the amount is fixed.
        of: What a share is taken of: ``principal``, ``interest`` or ``principal_and_interest``.
        installment: Number of the one installment it is about, down payments not counted; 0 for the whole plan.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    component: str = attrs.field(validator=one_of("fee", "penalty", "tax"))
    falls: str = attrs.field(validator=one_of("on_date", "each_installment", "at_payout"))
    value_on: date = attrs.field(validator=day)
    due_on: date | None = None
    amount: Money | None = attrs.field(default=None, validator=attrs.validators.optional(positive_money))
    share: Fraction = Fraction(0)
    of: str = attrs.field(default="principal", validator=one_of("principal", "interest", "principal_and_interest"))
    installment: int = attrs.field(default=0, validator=_whole)

    def __attrs_post_init__(self) -> None:
        if (self.falls == "on_date") != (self.due_on is not None):
            raise ValidationError("a plan charge has a due date when it falls on one, and only then; nothing was recorded")
        if (self.amount is not None) == bool(self.share) or self.share < 0:
            raise ValidationError("a plan charge is a fixed amount or a share above zero, not both; nothing was recorded")


@attrs.frozen
class ChargeOff:
    """The books gave the account up as an asset; what is owed stays owed and may be collected. Payments after it are recoveries."""

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    value_on: date = attrs.field(validator=day)
    reason: str = ""


@attrs.frozen
class WriteOff:
    """What is outstanding is asked for no more."""

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    value_on: date = attrs.field(validator=day)
    reason: str = attrs.field(validator=given)


@attrs.frozen
class Reage:
    """
    The outstanding principal was put on new installments.

    Attributes:
        id: The caller's own id.
        account: On which account.
        value_on: Day from which the new installments count.
        first_on: First due date of the new ones.
        every: Their distance, each counted from the one before.
        count: How many, at least 1.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    value_on: date = attrs.field(validator=day)
    first_on: date = attrs.field(validator=day)
    every: Interval
    count: int = attrs.field(validator=_whole)

    def __attrs_post_init__(self) -> None:
        if not self.count:
            raise ValidationError("count must be at least 1; nothing was recorded")


@attrs.frozen
class Reamortize:
    """What is past due of the principal was spread evenly over the installments still to come."""

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    value_on: date = attrs.field(validator=day)


@attrs.frozen
class Reschedule:
    """
    The plan was changed from one due date on.

    Attributes:
        id: The caller's own id.
        account: On which account.
        value_on: Day of the change.
        from_on: A due date as it stood when this was entered.
        moved_to: New date of that installment, from which the later ones follow; None to leave the dates.
        extra: Further installments at the end, as far apart as the last two, over which the remaining principal is spread.
        principal_holiday: So many installments from there on carry no principal, and as many are added.
        annual_rate: New yearly rate from there on, ``Fraction(12, 100)`` for twelve percent; None to leave it.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    value_on: date = attrs.field(validator=day)
    from_on: date = attrs.field(validator=day)
    moved_to: date | None = None
    extra: int = attrs.field(default=0, validator=_whole)
    principal_holiday: int = attrs.field(default=0, validator=_whole)
    annual_rate: Fraction | None = None


@attrs.frozen
class Undo:
    """
    An entry was taken back as if it had never been made.

    Attributes:
        id: The caller's own id.
        account: On which account.
        entry: Id of the entry.
        kind: Name of its type in `collectkit.ledger.MOVEMENT_TYPES`, such as ``charge_off``; ids are unique within a kind.
        value_on: Day from which it does not count.
        reason: Why.
    """

    id: EntryId = attrs.field(converter=EntryId)
    account: AccountId = attrs.field(converter=AccountId)
    entry: EntryId = attrs.field(converter=EntryId)
    kind: str
    value_on: date = attrs.field(validator=day)
    reason: str = ""
