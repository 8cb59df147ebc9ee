"""What happened to an account and its person, day by day: the events that conditions count and steps wait for.

Nothing is stored here: a history is read off the two streams, so that a condition over it can be asked about any past day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType

import attrs

from collectkit.arrangements.hardship import HardshipGranted
from collectkit.arrangements.living import ArrangementEnded, ArrangementJudged, ArrangementStarted, ArrangementStatus
from collectkit.arrangements.promises import PromiseCancelled, PromiseJudged, PromiseMade
from collectkit.arrangements.series import PromiseSeriesMade
from collectkit.holds import CaseMoved, HoldLifted, HoldPlaced
from collectkit.identifiers import AccountId, HoldId
from collectkit.ledger import ChargeAssessed, PaymentPosted, PaymentReversed
from collectkit.notes import NoteAdded
from collectkit.person import NOT_MADE, Contact, ContactRecorded, ContactSettled, ContactStopped
from collectkit.placement import AccountPlaced, AccountRecalled
from collectkit.rules.expression import Aggregate
from collectkit.schedules import Book

__all__ = ["HAPPENINGS", "SPOKEN_WITH", "Happening", "History", "delays", "happenings"]

HAPPENINGS: Mapping[str, str] = MappingProxyType(
    {
        "attempt": "we, or whoever works the account, tried to reach the person, whatever came of it",
        "no_answer": "an attempt that nobody answered, a voicemail included",
        "conversation": "we spoke with the person",
        "reply": "the person came to us, through any channel",
        "delivered": "a message of ours arrived",
        "undeliverable": "a message of ours did not arrive",
        "opt_out": "the person asked that contact cease",
        "payment": "a payment that was not taken back",
        "payment_reversed": "a payment was taken back: bounced, returned, charged back",
        "fee": "a late fee was charged",
        "promise_made": "a promise to pay, or a series of them, was made",
        "promise_kept": "a promise was judged kept, as it is believed now",
        "promise_broken": "a promise was judged broken or kept in part, as it is believed now",
        "promise_cancelled": "a promise was withdrawn",
        "arrangement_started": "a payment plan, a settlement or relief came into force",
        "arrangement_completed": "one of them was completed",
        "arrangement_breached": "one of them was breached",
        "arrangement_ended": "one of them was ended by somebody, or another took its place",
        "hold_placed": "a hold was placed on the account or its person",
        "hold_lifted": "a hold was lifted",
        "evidence_awaited": "the case behind a hold began to wait for a document",
        "evidence_settled": "the case behind a hold no longer waits for one",
        "placed": "the account came to a handler",
        "recalled": "the account was taken back",
        "note": "somebody wrote a note",
        "delay": "an installment was settled; its measure is by how many days late",
    }
)
"""What a condition may count, and a step may wait for."""

_UNANSWERED = frozenset({"no_answer", "voicemail", "voicemail_full", "busy"})
SPOKEN_WITH = frozenset({"conversation", "right_party", "promise"})
"""Outcomes of contacts by which we spoke with the person; the last two are words of hosts and agencies."""

_UNKEPT = frozenset({"broken", "partially_kept"})


@attrs.frozen
class Happening:
    """
    Something that happened on a day.

    Attributes:
        on: The business date.
        kind: One of `HAPPENINGS`.
        id: What it was about: the id of a message, payment, promise, hold …; empty where there is none.
        measure: For ``delay`` the days; 0 for all else.
    """

    on: date
    kind: str
    id: str = ""
    measure: int = 0


class History:
    """What happened to one account, in the order of days; equal histories come of equal facts in any order."""

    def __init__(self, found: Iterable[Happening] = ()) -> None:
        self.happenings: tuple[Happening, ...] = tuple(sorted(set(found), key=lambda one: (one.on, one.kind, one.id, one.measure)))
        held: defaultdict[str, list[Happening]] = defaultdict(list)
        for one in self.happenings:
            held[one.kind].append(one)
        self._by_kind: Mapping[str, Sequence[Happening]] = held

    def of(self, kind: str, *, through: date = date.max) -> Sequence[Happening]:
        """Return what happened of one kind by a day, oldest first."""
        rows = self._by_kind.get(kind, ())
        return rows[: bisect_right(rows, through, key=lambda one: one.on)]

    def count(self, kind: str, days: int, as_of: date) -> int:
        """
        Tell how often something happened on the *days* days that end with *as_of*, that day included.

        >>> History([Happening(date(2026, 9, day), "no_answer") for day in (1, 10, 11)]).count("no_answer", 10, date(2026, 9, 10))
        2
        """
        rows, first = self.of(kind, through=as_of), max(1, as_of.toordinal() - days + 1)
        return len(rows) - bisect_left(rows, date.fromordinal(first), key=lambda one: one.on)

    def days_since(self, kind: str, as_of: date) -> int | None:
        """Return the days since it happened last, 0 for today; None when it never did."""
        rows = self.of(kind, through=as_of)
        return (as_of - rows[-1].on).days if rows else None

    def rising(self, kind: str, number: int, as_of: date) -> bool | None:
        """Tell whether each of the last *number* measured more than the one before it; None with fewer than one more than that."""
        rows = self.of(kind, through=as_of)[-number - 1 :]
        if len(rows) <= number:
            return None
        return all(before.measure < after.measure for before, after in pairwise(rows))

    def figures(self, wanted: Iterable[Aggregate], as_of: date) -> dict[str, object]:
        """Return the figures that conditions read, under the names that they read them by."""
        return {figure.id: self._figure(figure, as_of) for figure in wanted}

    def _figure(self, figure: Aggregate, as_of: date) -> object:
        match figure.function:
            case "count":
                return self.count(figure.of, figure.number, as_of)
            case "days_since":
                return self.days_since(figure.of, as_of)
            case _:
                return self.rising(figure.of, figure.number, as_of)


def happenings(
    account: AccountId, events: Iterable[object], person_events: Iterable[object], day_of: Callable[[datetime], date]
) -> Iterator[Happening]:
    """
    Yield what happened to one account.

    Args:
        account: Which; contacts that name others alone are left out.
        events: Those of its stream.
        person_events: Those of its person's stream.
        day_of: Gives the business date of an instant.
    """
    held = list(events)
    yield from _of_account(held, day_of)
    yield from _judged(held)
    yield from _of_cases(held)
    people = list(person_events)
    yield from _contacts(account, people, day_of)
    yield from _of_cases(people)
    for body in people:
        if isinstance(body, ContactStopped):
            yield Happening(day_of(body.stop.at), "opt_out", body.stop.at.isoformat())
        elif isinstance(body, HoldPlaced | HoldLifted):
            yield _of_hold(body)


def delays(book: Book) -> Iterator[Happening]:
    """Yield for each installment that was settled by how many days late that was; in time and early are 0."""
    for number in range(len(book.plan)):
        settled = book.settled_on[number]
        if settled is not None and book.plan.principal[number]:
            yield Happening(settled, "delay", f"installment {number + 1}", max(0, (settled - book.due_on[number]).days))


def _of_account(events: Sequence[object], day_of: Callable[[datetime], date]) -> Iterator[Happening]:
    taken_back = {body.reversal.payment for body in events if isinstance(body, PaymentReversed)}
    for body in events:
        match body:
            case PaymentPosted(payment=payment) if payment.id not in taken_back:
                yield Happening(payment.value_on, "payment", payment.id)
            case PaymentReversed(reversal=reversal):
                yield Happening(reversal.value_on, "payment_reversed", reversal.payment)
            case ChargeAssessed(charge=charge):
                yield Happening(charge.value_on, "fee", charge.id)
            case PromiseMade(promise=promise):
                yield Happening(promise.made_on or day_of(promise.made_at), "promise_made", promise.id)
            case PromiseSeriesMade(series=series):
                yield Happening(series.made_on or day_of(series.made_at), "promise_made", series.id)
            case PromiseCancelled(id=id, on=on):
                yield Happening(on, "promise_cancelled", id)
            case ArrangementStarted(id=id, on=on):
                yield Happening(on, "arrangement_started", id)
            case ArrangementEnded(id=id, on=on):
                yield Happening(on, "arrangement_ended", id)
            case HardshipGranted(hardship=hardship):
                yield Happening(min(measure.starts_on for measure in hardship.measures), "arrangement_started", hardship.id)
            case HoldPlaced() | HoldLifted():
                yield _of_hold(body)
            case AccountPlaced(placement=placement):
                yield Happening(placement.since, "placed", placement.handler)
            case AccountRecalled(handler=handler, on=on):
                yield Happening(on, "recalled", handler)
            case NoteAdded(note=note, at=at):
                yield Happening(day_of(at), "note", note)


def _of_hold(body: HoldPlaced | HoldLifted) -> Happening:
    if isinstance(body, HoldPlaced):
        return Happening(body.hold.starts_on, "hold_placed", body.hold.id)
    return Happening(body.on, "hold_lifted", body.hold)


def _of_cases(events: Iterable[object]) -> Iterator[Happening]:
    """Yield when cases began to wait for a document, and when those that waited went on."""
    waiting: set[HoldId] = set()
    for body in events:
        if not isinstance(body, CaseMoved):
            continue
        if body.to == "evidence_awaited":
            waiting.add(body.hold)
            yield Happening(body.on, "evidence_awaited", body.hold)
        elif body.hold in waiting:
            waiting.remove(body.hold)
            yield Happening(body.on, "evidence_settled", body.hold)


def _judged(events: Iterable[object]) -> Iterator[Happening]:
    """Yield what promises and arrangements came to, each as it is believed now, on the day it came to that."""
    promises: dict[str, PromiseJudged] = {}
    arrangements: dict[str, ArrangementJudged] = {}
    for body in events:
        if isinstance(body, PromiseJudged):
            before = promises.get(body.id)
            if before is None or before.verdict is not body.verdict:
                promises[body.id] = body
        elif isinstance(body, ArrangementJudged):
            known = arrangements.get(body.id)
            if known is None or known.status is not body.status:
                arrangements[body.id] = body
    for id, judged in promises.items():
        if judged.verdict.value in _UNKEPT or judged.verdict.value == "kept":
            yield Happening(judged.on, "promise_broken" if judged.verdict.value in _UNKEPT else "promise_kept", id)
    for id, one in arrangements.items():
        if one.status in (ArrangementStatus.BREACHED, ArrangementStatus.COMPLETED):
            yield Happening(one.on, f"arrangement_{one.status.value}", id)


def _contacts(account: AccountId, events: Iterable[object], day_of: Callable[[datetime], date]) -> Iterator[Happening]:
    settled: dict[str, ContactSettled] = {}
    contacts: list[Contact] = []
    for body in events:
        if isinstance(body, ContactSettled):
            settled[body.message] = body
        elif isinstance(body, ContactRecorded) and (not body.contact.accounts or account in body.contact.accounts):
            contacts.append(body.contact)
    for contact in contacts:
        late = settled.get(contact.message) if contact.message is not None else None
        outcome = late.outcome if late is not None else contact.outcome
        if outcome != NOT_MADE:
            yield from _contact(contact, outcome, day_of(contact.at), day_of(late.at if late is not None else contact.at))


def _contact(contact: Contact, outcome: str, on: date, told_on: date) -> Iterator[Happening]:
    # Without a message the instant and the channel tell contacts of one day apart: each of them counts.
    id = contact.message or f"{contact.at.isoformat()}/{contact.channel}"
    yield Happening(on, "reply" if contact.direction == "inbound" else "attempt", id)
    if outcome in _UNANSWERED:
        yield Happening(on, "no_answer", id)
    elif outcome in SPOKEN_WITH:
        yield Happening(on, "conversation", id)
    elif outcome in ("delivered", "undeliverable"):
        yield Happening(told_on, outcome, id)
