"""What a draft comes to before the book is asked: the texts and rows that will be stored, made where there is time for it.

The objects themselves are seldom needed again: when the account stands already, or something else is posted with it.
In the process that read the row they are at hand; elsewhere they are made of the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar, cast
from unicodedata import is_normalized

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.calendars.dates import epoch_micros, from_epoch_micros
from collectkit.errors import ValidationError
from collectkit.holds import Hold
from collectkit.intake.drafts import Answerable, Draft, WithRows
from collectkit.intake.results import Tally
from collectkit.intake.values import explained
from collectkit.ledger import ChargeOff, Payment
from collectkit.money import Money
from collectkit.person import Consumer
from collectkit.schedules.opening import plan_of
from collectkit.storage._openings import TOTAL, opening_row
from collectkit.storage.codec import codec_for
from collectkit.storage.people import write_consumer
from collectkit.storage.written import WrittenPerson, read_opened, write_opened

Plain: TypeAlias = tuple[Any, ...]
"""Numbers, texts, tuples and None: what goes from one process to the other."""

T = TypeVar("T")

_HOLD, _CLOSED, _CHARGE_OFF = codec_for(Hold), codec_for(AccountClosed), codec_for(ChargeOff)
_CONSENTS = attrgetter("consents")


class Prepared(Answerable):
    """
    One draft, written down.

    Attributes:
        account: Id of the account; empty for a payment by itself.
        person: Id of who owes it.
        opened: Text of its `AccountOpened`.
        consumer: The person as the row has it, or None.
        consents: Whether a contact point of theirs comes with a consent.
        payments: Payments in the row.
        holds: Holds that it means.
        closed: The end of an account that arrives closed.
        charged_off: Its charge-off, where it arrives so.
    """

    __slots__ = (
        "_contract",
        "_opening",
        "account",
        "charged_off",
        "closed",
        "consents",
        "consumer",
        "holds",
        "opened",
        "payments",
        "person",
    )

    def __init__(self, tally: Tally, index: int, place: tuple[int, int, int], with_rows: WithRows) -> None:
        self.tally, self.index, self.place, self.with_rows = tally, index, place, with_rows
        self.account = self.person = self.opened = ""
        self.consumer: WrittenPerson | None = None
        self.consents = False
        self.payments: tuple[Payment, ...] = ()
        self.holds: tuple[Hold, ...] = ()
        self.closed: AccountClosed | None = None
        self.charged_off: ChargeOff | None = None
        self._contract: Account | None = None
        self._opening: Sequence[object] = ()

    @classmethod
    def of(cls, draft: Draft) -> Prepared:
        """
        Write a draft down.

        Raises:
            ValidationError: Something in it has no stored form.
        """
        made = cls(draft.tally, draft.index, draft.place, draft.with_rows)
        made.payments = draft.payments
        account, consumer = draft.account, draft.consumer
        if account is None:
            return made
        made.account, made.person = str(account.id), str(account.consumer)
        made.opened = write_opened(AccountOpened(account))
        made._contract = _as_stored(account, made.opened)
        made.holds, made.closed, made.charged_off = draft.holds, draft.closed, draft.charged_off
        if consumer is not None:
            made.consumer = WrittenPerson(str(consumer.id), write_consumer(consumer))
            made.consents = _has_consents(consumer)
        return made

    @property
    def contract(self) -> Account:
        """The account itself."""
        if self._contract is None:
            self._contract = read_opened(self.opened).account
        return self._contract

    def opening(self, as_of: date) -> Sequence[object]:
        """Return the row of the account's opening standing."""
        return self._opening or opening_row(self.contract, as_of)

    @property
    def asked_minor(self) -> int:
        """What the plan asks for, or the sum of the payments when there is none: what a control adds up."""
        if not self.account:
            return sum(payment.amount.minor for payment in self.payments)
        return cast(int, self.opening(date.max)[TOTAL])

    @classmethod
    def unpacked(cls, plain: Plain, tallies: Sequence[Tally]) -> Prepared:
        """Return what `packed` made of a draft."""
        number, index, place, account, person, opened, consumer, consents, opening, others = plain
        made = cls(tallies[number], index, place, ())
        made.account, made.person, made.opened, made.consents, made._opening = account, person, opened, consents, opening
        if consumer:
            made.consumer = WrittenPerson(*consumer)
        if others:
            with_rows, payments, holds, closed, charged_off = others
            made.with_rows = tuple([(tallies[number], index, place) for number, index, place in with_rows])
            made.payments = tuple([_unpacked_payment(payment) for payment in payments])
            made.holds = tuple([_HOLD.read(hold) for hold in holds])
            made.closed = _CLOSED.read(closed) if closed else None
            made.charged_off = _CHARGE_OFF.read(charged_off) if charged_off else None
        return made


def packed(draft: Draft, as_of: date, number_of: Mapping[Tally, int]) -> Plain:
    """
    Write a draft down in plain values, for another process; most drafts are one account and nothing else.

    Args:
        draft: What a row means.
        as_of: Business date of the opening standing.
        number_of: Number of each tally.

    Raises:
        ValidationError: Something in it has no stored form.
    """
    others: Plain = ()
    if draft.with_rows or draft.payments or draft.holds or draft.closed or draft.charged_off:
        others = (
            tuple([(number_of[tally], index, place) for tally, index, place in draft.with_rows]),
            tuple([_packed_payment(payment) for payment in draft.payments]),
            tuple([_HOLD.write(hold) for hold in draft.holds]),
            draft.closed and _CLOSED.write(draft.closed),
            draft.charged_off and _CHARGE_OFF.write(draft.charged_off),
        )
    account, consumer = draft.account, draft.consumer
    if account is None:
        return number_of[draft.tally], draft.index, draft.place, "", "", "", None, False, (), others
    opened = write_opened(AccountOpened(account))
    opening = opening_row(_as_stored(account, opened) or read_opened(opened).account, as_of)
    return (
        number_of[draft.tally],
        draft.index,
        draft.place,
        opening[0],  # the ids as plain texts
        opening[1],
        opened,
        None if consumer is None else (str(consumer.id), write_consumer(consumer)),
        False if consumer is None else _has_consents(consumer),
        opening,
        others,
    )


def _has_consents(consumer: Consumer) -> bool:
    return any(map(_CONSENTS, consumer.contacts))


def _as_stored(account: Account, opened: str) -> Account | None:
    """Return the account if texts that no class has looked at are in the form in which they come back from a store; else None."""
    if opened.isascii():
        return account
    texts = (account.product, account.region, plan_of(account).kind, *account.metadata, *account.metadata.values())
    return account if all(is_normalized("NFC", text) for text in texts) else None


def written_down(drafts: Iterable[Draft], write: Callable[[Draft], T]) -> Iterator[T]:
    """Yield what *write* makes of each draft; one that has no stored form is rejected."""
    for draft in drafts:
        try:
            made = write(draft)
        except ValidationError as error:
            draft.reject(explained(error))
        else:
            yield made


def _packed_payment(payment: Payment) -> Plain:
    at = payment.source_at
    return (
        str(payment.id),
        str(payment.account),
        payment.amount.minor,
        payment.amount.currency,
        payment.value_on.toordinal(),
        None if at is None else epoch_micros(at),
        payment.source,
    )


def _unpacked_payment(plain: Plain) -> Payment:
    id, account, minor, currency, day, micros, source = plain
    at = None if micros is None else from_epoch_micros(micros)
    return Payment(id, account, Money(minor, currency), date.fromordinal(day), at, source)
