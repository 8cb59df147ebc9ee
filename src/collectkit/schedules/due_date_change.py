"""Snooze: a consumer moves a due date. Who may, how far, how often, for how much; as a quote before it is agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final, Literal, TypeAlias

import attrs

from collectkit.calendars.dates import require_aware
from collectkit.calendars.dates import zone as zone_of
from collectkit.errors import PolicyError
from collectkit.identifiers import AccountId, EntryId, derived
from collectkit.ledger import Charge, Entry, Reschedule
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules._folding.counting import counting
from collectkit.schedules.book import Book
from collectkit.schedules.charges import with_fee_tax
from collectkit.schedules.fee_terms import FeeTax
from collectkit.schedules.quotes import PlanQuote, quote_entries

__all__ = ["DueDatePolicy", "DueDateQuoting", "DueDateReason", "DueDateUse", "quote_due_date"]

CHANGE_PREFIX = "due-date/"

Moves: TypeAlias = Literal["rest", "one"]


@attrs.frozen(kw_only=True)
class DueDatePolicy:
    """
    When a due date may be moved; None is no limit.

    Attributes:
        kinds: Kinds of plans whose dates may be moved; empty for all.
        days_max: How many days later at most.
        per_order_max: How often on one account.
        per_person_month_max: How often by one person in a calendar month, over all accounts.
        ask_hours_before: How many hours before the due date begins it must be asked for.
        moves: Whether the ``rest`` of the installments moves along, or only that ``one``.
        free_per_person_month: How many changes of a person in a calendar month cost nothing.
        fee: What each further one costs; None for nothing.
        overdue_allowed: Whether it may be asked while something is late.
        term_days_max: The last due date lies at most so many days after the purchase: a legal maximum term.
        fee_tax: What tax the fee bears; None for none.

    Raises:
        PolicyError: A number is none or negative, or the fee is no amount.
    """

    kinds: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    days_max: int | None = None
    per_order_max: int | None = None
    per_person_month_max: int | None = None
    ask_hours_before: int = 0
    moves: Moves = "rest"
    free_per_person_month: int = 0
    fee: Money | None = None
    overdue_allowed: bool = False
    term_days_max: int | None = None
    fee_tax: FeeTax | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("days_max", "per_order_max", "per_person_month_max", "ask_hours_before", "free_per_person_month", "term_days_max"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 0):
                raise PolicyError(f"{name} must be a whole number, at least 0, got {value!r}; nothing was loaded")
        if self.moves not in ("rest", "one"):
            raise PolicyError(f"a change of a due date moves the 'rest' or only that 'one', got {self.moves!r}; nothing was loaded")
        if self.fee is not None and (not isinstance(self.fee, Money) or self.fee.minor <= 0):
            raise PolicyError(f"the fee for another due date is an amount of money, more than zero, got {self.fee}; nothing was loaded")


@attrs.frozen
class DueDateUse:
    """
    How often due dates were moved so far; what was undone is not counted.

    Attributes:
        on_order: On the account.
        by_person_this_month: By the person in the calendar month, over all accounts.
    """

    on_order: int = 0
    by_person_this_month: int = 0

    @classmethod
    def of(cls, order: Iterable[Entry], person: Iterable[Entry], on: date) -> DueDateUse:
        """
        Count changes from entries.

        Args:
            order: Of the account.
            person: Of all accounts of the person, the one included.
            on: A day of the month.
        """
        month = sum((day.year, day.month) == (on.year, on.month) for day in _changes(person))
        return cls(len(_changes(order)), month)


def _changes(entries: Iterable[Entry]) -> list[date]:
    """Return the days of the changes that count; ids are of one account, so that each is looked at alone."""
    by_account = defaultdict[AccountId, list[Entry]](list)
    for entry in entries:
        by_account[entry.account].append(entry)
    counted = (entry for held in by_account.values() for entry in counting(held))
    moved = (entry for entry in counted if isinstance(entry, Reschedule) and entry.id.startswith(CHANGE_PREFIX))
    # What sets the next date back where only one moves is no change of its own; whose id ends how says nothing.
    return [entry.value_on for entry in moved if entry.moved_to is not None and entry.moved_to > entry.from_on]


CHANGE_FEE: Final = "due_date_change"
"""What a fee for moving a due date is called; no pack that ships knows it, so where only listed fees may be charged it may not."""


class DueDateReason(Enum):
    """Why a due date is not moved, in order of precedence."""

    KIND = "kind"
    """Dates of this kind of plan are fixed."""
    NOT_OPEN = "not_open"
    """There is no such installment with anything to pay."""
    OVERDUE = "overdue"
    """Something is late."""
    ASKED_TOO_LATE = "asked_too_late"
    """Too few hours are left before the due date."""
    NOT_LATER = "not_later"
    """The new date is not after the old one."""
    TOO_FAR = "too_far"
    """More days than may be."""
    PER_ORDER = "per_order"
    """The account had as many changes as it may."""
    PER_PERSON_MONTH = "per_person_month"
    """The person had as many changes this month as they may."""
    PAST_NEXT = "past_next"
    """Only this date moves, and it would pass the next one."""
    PAST_TERM = "past_term"
    """The last due date would lie beyond the legal term."""


DueDateQuoting: TypeAlias = PlanQuote | Refusal[DueDateReason]


def quote_due_date(
    book: Book,
    policy: DueDatePolicy,
    *,
    account: str,
    id: str,
    installment: int,
    move_to: date,
    asked_at: datetime,
    zone: str,
    use: DueDateUse = DueDateUse(),
) -> DueDateQuoting:
    """
    Decide whether a due date may be moved, and say what that would do.

    Args:
        book: The account on the day of the question.
        policy: What is allowed.
        account: Id of the account.
        id: The caller's own id of the change.
        installment: Number of the installment, from 1.
        move_to: The new due date.
        asked_at: When it was asked; aware.
        zone: IANA zone of the account's business day; the due date begins at its midnight.
        use: Changes so far.

    Returns:
        The new dates, the fee and the effect on days past due; nothing is changed until the quote is accepted.

    Source:
        The policy, whose days are whole calendar days in the account's time zone and whose hours are counted to the
        midnight at which the due date begins. The fee is the policy's, in whole minor units.
    """
    require_aware(asked_at)
    id = EntryId(id)
    due = next((due for due, source in enumerate(book.sources) if source == installment and book.unpaid_of(due)), None)
    refusal = _refused(book, policy, installment, due, move_to, asked_at, zone, use)
    if refusal is not None:
        return refusal
    assert due is not None
    on, old = book.as_of, book.due_on[due]
    entries: list[Entry] = [Reschedule(EntryId(derived(id, before=CHANGE_PREFIX)), account, on, old, move_to)]
    following = _following(book, installment)
    if policy.moves == "one" and following is not None:
        next_id = EntryId(derived(id, before=CHANGE_PREFIX, after="/next"))
        entries.append(Reschedule(next_id, account, on, following + (move_to - old), following))
    if policy.fee is not None and use.by_person_this_month >= policy.free_per_person_month:
        why = f"due date moved from {old} to {move_to}, change {use.by_person_this_month + 1} of this month"
        asked = policy.fee if policy.fee_tax is None else Money(policy.fee_tax.priced(policy.fee.minor), policy.fee.currency)
        fee_id = EntryId(derived(id, before=CHANGE_PREFIX, after="/fee"))
        fee = Charge(fee_id, account, "fee", asked, on, move_to, installment, why, kind=CHANGE_FEE)
        entries.append(with_fee_tax(fee, policy.fee_tax))
    quote = quote_entries(book, entries, account=account)
    last = max(day for day, _ in quote.after)
    if policy.term_days_max is not None and (last - book.contract.bought_on).days > policy.term_days_max:
        return Refusal(
            DueDateReason.PAST_TERM,
            f"the last due date would be {last}, more than {policy.term_days_max} days after the purchase on {book.contract.bought_on}",
        )
    return quote


def _refused(
    book: Book, policy: DueDatePolicy, installment: int, due: int | None, move_to: date, asked_at: datetime, zone: str, use: DueDateUse
) -> Refusal[DueDateReason] | None:
    if policy.kinds and book.contract.kind not in policy.kinds:
        return Refusal(
            DueDateReason.KIND, f"due dates of {book.contract.kind} plans are fixed; those of {', '.join(policy.kinds)} may move"
        )
    if due is None:
        return Refusal(DueDateReason.NOT_OPEN, f"nothing is to be paid of an installment {installment}")
    old = book.due_on[due]
    if not policy.overdue_allowed and book.balances().past_due_minor:
        return Refusal(DueDateReason.OVERDUE, "a due date moves only while nothing is late")
    begins = datetime.combine(old, time(), zone_of(zone))
    if asked_at > begins - timedelta(hours=policy.ask_hours_before):
        return Refusal(DueDateReason.ASKED_TOO_LATE, f"it must be asked {policy.ask_hours_before} hours before {old} begins")
    if move_to <= old:
        return Refusal(DueDateReason.NOT_LATER, f"the new date must be after {old}")
    if policy.days_max is not None and (move_to - old).days > policy.days_max:
        return Refusal(DueDateReason.TOO_FAR, f"{old} may move by {policy.days_max} days, not by {(move_to - old).days}")
    if policy.per_order_max is not None and use.on_order >= policy.per_order_max:
        return Refusal(DueDateReason.PER_ORDER, f"{use.on_order} of {policy.per_order_max} changes of this order were made")
    if policy.per_person_month_max is not None and use.by_person_this_month >= policy.per_person_month_max:
        return Refusal(
            DueDateReason.PER_PERSON_MONTH, f"{use.by_person_this_month} of {policy.per_person_month_max} changes of this month were made"
        )
    following = _following(book, installment)
    if policy.moves == "one" and following is not None and move_to > following:
        return Refusal(DueDateReason.PAST_NEXT, f"the next installment is due on {following}")
    return None


def _following(book: Book, installment: int) -> date | None:
    """Return the due date of the next installment."""
    return next((book.due_on[due] for due, source in enumerate(book.sources) if source == installment + 1), None)
