"""The fold of all facts of an account.

Entries count in the order of `order_key`, never in the order of arrival. What was taken back counts for nothing at
all, as if it had never been made; what lies after the day asked about is pending. `post` is the fast path for the
newest payment and must agree with `replay`: that is a law, and it is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import attrs

from collectkit.errors import CurrencyMismatchError, IntegrityBreachError
from collectkit.ledger import COMPONENTS, Entry, Payment, Reage, Reamortize, Reschedule, Reversal, Undo, order_key
from collectkit.schedules._folding.counting import counting
from collectkit.schedules._folding.fold import Fold
from collectkit.schedules._folding.pouring import INTEREST, PRINCIPAL, TAX, WIDTH, present_in
from collectkit.schedules._folding.sheet import Sheet
from collectkit.schedules.book import Book
from collectkit.schedules.plan import Plan
from collectkit.schedules.rules import PostingRules, rules_of
from collectkit.schedules.waterfall import INSTALLMENT_FIRST, Waterfall

__all__ = ["post", "replay"]

_CHANGES = frozenset({Reage, Reamortize, Reschedule})


def replay(plan: Plan, entries: Iterable[Entry], *, as_of: date, waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST) -> Book:
    """
    Compute from scratch how an account stands.

    Args:
        plan: The contract's installments.
        entries: All that was ever posted, in any order; the same entry twice counts once.
        as_of: The day asked about, a calendar day in the account's time zone; entries of that day count, later ones are pending.
        waterfall: In which order payments settle what is owed, or all the rules by which they do.

    Raises:
        CurrencyMismatchError: An entry in another currency than the plan.
        IntegrityBreachError: Two entries share an id, or more of a charge is waived than was charged.

    Source:
        A rule of this library: facts count in the order of their value dates, whenever they became known. Amounts are whole minor
        units; where a changed plan does not divide, parts are rounded half to even and the last takes the rest.
    """
    rules = rules_of(waterfall)
    known = _known(plan, entries)
    if not known:
        return _untouched(plan, as_of, rules)
    fold = _opening(plan, rules)
    due = known if known[-1].value_on <= as_of else [entry for entry in known if entry.value_on <= as_of]
    for entry in counting(due):
        fold.enter(entry)
    return _book(plan, as_of, known, fold)


def post(book: Book, entry: Entry) -> Book:
    """
    Return the book with one more entry, exactly as a replay of all of them would: units, rounding and days are those of `replay`.

    Args:
        book: The account on a day.
        entry: Of any value date; it counts when that is on or before the day.

    Raises:
        CurrencyMismatchError: The entry is in another currency than the plan.
        IntegrityBreachError: Another entry has its id.

    Source:
        As for `replay`.
    """
    if not _is_next(book, entry):
        return replay(book.contract, (*book.entries, entry), as_of=book.as_of, waterfall=book.rules)
    assert isinstance(entry, Payment)
    fold = Fold(_sheet_of(book), book.rules, present_in(book.asked))
    fold.receipts, fold.parts, fold.credit = list(book.payments), list(book.parts), list(book.credits)
    fold.returned, fold.charged_off_on, fold.written_off_on = book.returned_minor, book.charged_off_on, book.written_off_on
    fold.receive(entry)
    return _book(book.contract, book.as_of, (*book.entries, entry), fold, before=book)


def _is_next(book: Book, entry: Entry) -> bool:
    """Tell whether *entry* is a new payment after all others, which nothing that takes back waits for."""
    if type(entry) is not Payment or entry.value_on > book.as_of or entry.amount.currency != book.plan.currency:
        return False
    if not book.entries:
        return True
    if book.written_off_on is not None or book.rules.due_charges_first:
        return False
    if order_key(entry) <= order_key(book.entries[-1]):
        return False
    return not any(
        known.id == entry.id
        or (type(known) is Reversal and known.payment == entry.id)
        or (type(known) is Undo and known.kind == "payment" and known.entry == entry.id)
        for known in book.entries
    )


def _known(plan: Plan, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in their order, each once."""
    known = sorted(entries, key=order_key)
    currency = plan.currency
    for entry in known:
        amount = getattr(entry, "amount", None)
        if amount is not None and amount.currency != currency:
            raise CurrencyMismatchError(
                f"entry '{entry.id}' is in {amount.currency} on an account in {plan.currency}; nothing was computed"
            )
    by_id = {(type(entry), entry.id): entry for entry in known}
    if len(by_id) == len(known):
        return known
    if any(by_id[type(entry), entry.id] != entry for entry in known):
        raise IntegrityBreachError("two entries of one kind share an id and differ; nothing was computed")
    return list(by_id.values())


def _opening(plan: Plan, rules: PostingRules) -> Fold:
    """Return the fold before the first entry."""
    asked = _contract(plan)
    sheet = Sheet(plan.due_on, asked, _settled_at_once(plan, asked), range(1, len(plan.due_on) + 1), by_day=rules.stands == "alone")
    sheet.starts_on = [plan.bought_on, *plan.due_on[:-1]]
    return Fold(sheet, rules, present_in(asked))


def _contract(plan: Plan) -> list[int]:
    """Return what the contract asks for, five amounts per installment."""
    asked = [0] * (WIDTH * len(plan.due_on))
    asked[PRINCIPAL::WIDTH] = plan.principal
    if plan.interest:
        asked[INTEREST::WIDTH] = plan.interest
    if plan.tax:
        asked[TAX::WIDTH] = plan.tax
    return asked


def _settled_at_once(plan: Plan, asked: Sequence[int]) -> list[date | None]:
    """Return the day on which nothing was left of each installment: the purchase, where nothing is due at all."""
    if 0 not in plan.principal:
        return [None] * len(plan.due_on)
    return [None if any(asked[at : at + WIDTH]) else plan.bought_on for at in range(0, len(asked), WIDTH)]


def _untouched(plan: Plan, as_of: date, rules: PostingRules) -> Book:
    """Return the book of an account on which nothing was posted: most of a fresh import."""
    asked = _contract(plan)
    columns, zeros = tuple(asked), (0,) * len(asked)
    numbers, settled_on = tuple(range(1, len(plan.due_on) + 1)), tuple(_settled_at_once(plan, asked))
    return Book(plan, plan, as_of, rules, (), numbers, plan.due_on, columns, columns, zeros, settled_on, (), (), ())


def _sheet_of(book: Book) -> Sheet:
    """Return the columns of a book, to go on with."""
    sheet = Sheet(book.due_on, book.unpaid, book.settled_on, book.sources, by_day=book.rules.stands == "alone")
    sheet.kinds = ["installment" if isinstance(source, int) else "line" for source in book.sources]
    return sheet


def _book(plan: Plan, as_of: date, known: Sequence[Entry], fold: Fold, *, before: Book | None = None) -> Book:
    """Return the book of a fold, its dues in the order of the plan; one that went on from *before* asks and waives the same."""
    sheet = fold.sheet
    asked, left, waived, parts = sheet.asked, sheet.left, sheet.waived, fold.parts
    sources, due_on, settled_on = sheet.sources, sheet.due_on, sheet.settled_on
    if any(waived) or any(sheet.written_off):
        waived = [one + other for one, other in zip(waived, sheet.written_off, strict=True)]
        asked = [one - other for one, other in zip(asked, waived, strict=True)]
    if not sheet.in_order:
        order = sheet.sequence
        place = {due: at for at, due in enumerate(order)}
        slots = [due * WIDTH + component for due in order for component in range(len(COMPONENTS))]
        asked, left, waived = [asked[slot] for slot in slots], [left[slot] for slot in slots], [waived[slot] for slot in slots]
        sources, due_on = [sources[due] for due in order], [due_on[due] for due in order]
        settled_on = [settled_on[due] for due in order]
        parts = [(index, place[slot // WIDTH] * WIDTH + slot % WIDTH, minor) for index, slot, minor in parts]
    changed = before is None and not _CHANGES.isdisjoint(map(type, known))
    held = plan if before is None else before.plan
    return Book(
        plan,
        _plan_as_it_stands(plan, sheet) if changed else held,
        as_of,
        fold.rules,
        tuple(known),
        tuple(sources),
        tuple(due_on),
        tuple(asked) if before is None else before.asked,
        tuple(left),
        tuple(waived) if before is None else before.waived,
        tuple(settled_on),
        tuple(fold.receipts),
        tuple(parts),
        tuple(fold.credit),
        fold.returned,
        fold.charged_off_on,
        fold.written_off_on,
    )


def _plan_as_it_stands(plan: Plan, sheet: Sheet) -> Plan:
    """Return the installments after changes of the plan."""
    rows = sheet.of_kind("installment")
    interest = tuple(sheet.asked[due * WIDTH + INTEREST] for due in rows)
    tax = tuple(sheet.asked[due * WIDTH + TAX] for due in rows)
    return attrs.evolve(
        plan,
        due_on=tuple(sheet.due_on[due] for due in rows),
        principal=tuple(sheet.asked[due * WIDTH + PRINCIPAL] for due in rows),
        interest=interest if any(interest) else (),
        tax=tax if any(tax) else (),
    )
