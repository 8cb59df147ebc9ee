"""The fold of all facts of an account, and the explained difference of two folds.

Entries count in the order of `order_key`, never in the order of arrival. A payment that was taken back counts for
nothing at all, as if it had never been made; what lies after the day asked about is pending. `post` is the fast path
for the newest payment and must agree with `replay`: that is a law, and it is tested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import date

import attrs

from collectkit.errors import CurrencyMismatchError, IntegrityBreachError
from collectkit.ledger import Charge, Entry, Payment, Reversal, Waiver, order_key
from collectkit.schedules._fold import Fold
from collectkit.schedules.book import Book, due_name
from collectkit.schedules.plan import Plan
from collectkit.schedules.waterfall import INSTALLMENT_FIRST, WIDTH, Waterfall, present_in

__all__ = ["Difference", "Move", "difference", "post", "replay"]


def replay(plan: Plan, entries: Iterable[Entry], *, as_of: date, waterfall: Waterfall = INSTALLMENT_FIRST) -> Book:
    """
    Compute from scratch how an account stands.

    Args:
        plan: The contract's installments.
        entries: All that was ever posted, in any order; the same entry twice counts once.
        as_of: The day asked about; entries of that day count, later ones are pending.
        waterfall: In which order payments settle what is owed.

    Raises:
        CurrencyMismatchError: An entry in another currency than the plan.
        IntegrityBreachError: Two entries share an id, or more of a charge is waived than was charged.
    """
    known = _known(plan, entries)
    if not known:
        return _untouched(plan, as_of, waterfall)
    counted = [entry for entry in known if entry.value_on <= as_of]
    taken_back = {entry.payment for entry in counted if type(entry) is Reversal}
    charges = [entry for entry in counted if type(entry) is Charge]
    sources = _sources(plan, charges)
    fold = Fold(*_opening(plan, charges, sources), waterfall)
    payments = _run(fold, counted, taken_back, sources)
    return _book(plan, as_of, waterfall, known, sources, payments, fold)


def post(book: Book, entry: Entry) -> Book:
    """
    Return the book with one more entry, exactly as a replay of all of them would.

    Raises:
        CurrencyMismatchError: The entry is in another currency than the plan.
        IntegrityBreachError: Another entry has its id.
    """
    if not _is_next(book, entry):
        return replay(book.plan, (*book.entries, entry), as_of=book.as_of, waterfall=book.waterfall)
    assert isinstance(entry, Payment)
    fold = Fold(book.due_on, list(book.unpaid), present_in(book.asked), list(book.settled_on), book.waterfall)
    fold.asked, fold.waived = list(book.asked), list(book.waived)
    fold.parts, fold.credit = list(book.parts), list(book.credits)
    fold.pay(len(book.payments), entry.amount.minor, entry.value_on)
    payments = (*book.payments, entry)
    return _book(book.plan, book.as_of, book.waterfall, (*book.entries, entry), book.sources, payments, fold)


def _is_next(book: Book, entry: Entry) -> bool:
    """Tell whether *entry* is a new payment after all others, which no reversal waits for."""
    if type(entry) is not Payment or entry.value_on > book.as_of or entry.amount.currency != book.plan.currency:
        return False
    if not book.entries:
        return True
    if order_key(entry) <= order_key(book.entries[-1]):
        return False
    return not any(known.id == entry.id or (type(known) is Reversal and known.payment == entry.id) for known in book.entries)


def _known(plan: Plan, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in their order, each once."""
    known = sorted(entries, key=order_key)
    for entry in known:
        if not isinstance(entry, Reversal) and entry.amount.currency != plan.currency:
            raise CurrencyMismatchError(
                f"entry {entry.id!r} is in {entry.amount.currency} on an account in {plan.currency}; nothing was computed"
            )
    by_id = {(type(entry), entry.id): entry for entry in known}
    if len(by_id) == len(known):
        return known
    if any(by_id[type(entry), entry.id] != entry for entry in known):
        raise IntegrityBreachError("two entries of one kind share an id and differ; nothing was computed")
    return list(by_id.values())


def _sources(plan: Plan, charges: Sequence[Charge]) -> tuple[int | Charge, ...]:
    """Return what each due is, oldest due first: the number of an installment, or a charge."""
    numbers = tuple(range(1, len(plan) + 1))
    if not charges:
        return numbers
    rows: list[tuple[date, int, date, str, int | Charge]] = [(plan.due_on[n - 1], n, plan.bought_on, "", n) for n in numbers]
    # On one day the charges come after the installments, whatever number they are about.
    rows += [(charge.due_on, len(numbers) + 1, charge.value_on, charge.id, charge) for charge in charges]
    return tuple(row[4] for row in sorted(rows, key=lambda row: row[:4]))


def _opening(
    plan: Plan, charges: Sequence[Charge], sources: Sequence[int | Charge]
) -> tuple[Sequence[date], list[int], tuple[int, ...], list[date | None]]:
    """Return the due dates, what is owed before the first entry, the components that occur, and what is settled from the start."""
    left = _contract(plan)
    nothing_due = [None if any(left[at : at + WIDTH]) else plan.bought_on for at in range(0, len(left), WIDTH)]
    present = present_in(left)
    if not charges:
        return plan.due_on, left, present, list(nothing_due)
    due_on, owed, settled_on = [], [], []
    for source in sources:
        if isinstance(source, int):
            due_on.append(plan.due_on[source - 1])
            owed += left[WIDTH * (source - 1) : WIDTH * source]
            settled_on.append(nothing_due[source - 1])
        else:
            due_on.append(source.due_on)
            owed += [0] * WIDTH
            settled_on.append(None)
    components = {"penalty": 0, "fee": 1}
    return due_on, owed, tuple(sorted({*present, *(components[charge.component] for charge in charges)})), settled_on


def _contract(plan: Plan) -> list[int]:
    """Return what the contract asks for, four amounts per installment."""
    asked = [0] * (WIDTH * len(plan.due_on))
    asked[WIDTH - 1 :: WIDTH] = plan.principal
    if plan.interest:
        asked[WIDTH - 2 :: WIDTH] = plan.interest
    return asked


def _run(fold: Fold, counted: Sequence[Entry], taken_back: Set[str], sources: Sequence[int | Charge]) -> tuple[Payment, ...]:
    """Put the entries on the fold in order; return the payments that count."""
    payments: list[Payment] = []
    places = {source.id: (source, due) for due, source in enumerate(sources) if isinstance(source, Charge)}
    assessed: set[str] = set()
    early: dict[str, list[Waiver]] = {}
    for entry in counted:
        if isinstance(entry, Payment):
            if entry.id not in taken_back:
                fold.pay(len(payments), entry.amount.minor, entry.value_on)
                payments.append(entry)
        elif isinstance(entry, Charge):
            fold.charge(entry, places[entry.id][1])
            assessed.add(entry.id)
            for waiver in early.pop(entry.id, ()):
                fold.waive(attrs.evolve(waiver, value_on=entry.value_on), *places[entry.id])
        elif isinstance(entry, Waiver):
            if entry.charge in assessed:
                fold.waive(entry, *places[entry.charge])
            else:
                early.setdefault(entry.charge, []).append(entry)
    return tuple(payments)


def _untouched(plan: Plan, as_of: date, waterfall: Waterfall) -> Book:
    """Return the book of an account on which nothing was posted: most of a fresh import."""
    asked = tuple(_contract(plan))
    settled_on: tuple[date | None, ...] = (None,) * len(plan.due_on)
    if 0 in plan.principal:
        settled_on = tuple(_opening(plan, (), ())[3])
    numbers = tuple(range(1, len(plan.due_on) + 1))
    return Book(plan, as_of, waterfall, (), numbers, plan.due_on, asked, asked, (0,) * len(asked), settled_on, (), (), (), 0)


def _book(
    plan: Plan,
    as_of: date,
    waterfall: Waterfall,
    known: Sequence[Entry],
    sources: tuple[int | Charge, ...],
    payments: tuple[Payment, ...],
    fold: Fold,
) -> Book:
    return Book(
        plan,
        as_of,
        waterfall,
        tuple(known),
        sources,
        tuple(fold.due_on),
        tuple(fold.asked),
        tuple(fold.left),
        tuple(fold.waived),
        tuple(fold.settled_on),
        payments,
        tuple(fold.parts),
        tuple(fold.credit),
        sum([payment.amount.minor for payment in payments]),
    )


@attrs.frozen
class Move:
    """
    A part of a payment that lies elsewhere in two books.

    Attributes:
        payment: Id of the payment.
        due: Name of the due.
        component: ``penalty``, ``fee``, ``interest`` or ``principal``.
        before_minor: Minor units put there in the first book.
        after_minor: Minor units put there in the second.
    """

    payment: str
    due: str
    component: str
    before_minor: int
    after_minor: int


@attrs.frozen
class Difference:
    """
    What became different between two books of one account, each list in the order of the dues.

    Attributes:
        moves: Parts of payments that were added, taken away or changed.
        settled: Names of dues settled only in the second book.
        reopened: Names of dues settled in the first book and no longer in the second.
        past_due_minor: Past due in the second book less that in the first.
        outstanding_minor: Outstanding in the second less that in the first.
        unapplied_minor: Credit in the second less that in the first.
        oldest_unpaid_due_on: That date in both books, or None when it is the same.
    """

    moves: tuple[Move, ...]
    settled: tuple[str, ...]
    reopened: tuple[str, ...]
    past_due_minor: int
    outstanding_minor: int
    unapplied_minor: int
    oldest_unpaid_due_on: tuple[date | None, date | None] | None

    def __bool__(self) -> bool:
        changed = self.moves or self.settled or self.reopened or self.oldest_unpaid_due_on
        return bool(changed or self.past_due_minor or self.outstanding_minor or self.unapplied_minor)


def difference(before: Book, after: Book) -> Difference:
    """Return what became different from *before* to *after*; falsy when nothing did."""
    was, now = before.balances(), after.balances()
    old, new = _placed(before), _placed(after)
    moves = tuple(Move(*key, old.get(key, 0), new.get(key, 0)) for key in (old | new) if old.get(key, 0) != new.get(key, 0))
    closed_before, closed_after = _settled(before), _settled(after)
    dates = (was.oldest_unpaid_due_on, now.oldest_unpaid_due_on)
    return Difference(
        moves,
        tuple(name for name in closed_after if name not in closed_before),
        tuple(name for name in closed_before if name not in closed_after),
        now.past_due_minor - was.past_due_minor,
        now.outstanding_minor - was.outstanding_minor,
        now.credit_minor - was.credit_minor,
        dates if dates[0] != dates[1] else None,
    )


def _placed(book: Book) -> dict[tuple[str, str, str], int]:
    return {(payment.id, part.due, part.component): part.minor for payment in book.payments for part in book.applications(payment.id)}


def _settled(book: Book) -> tuple[str, ...]:
    return tuple(due_name(source) for source, on in zip(book.sources, book.settled_on, strict=True) if on is not None)
