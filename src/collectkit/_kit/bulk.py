"""Many commands in one call: read at once, decided one by one as the single commands do, written at once.

Each item is idempotent as it is alone: by its own id, a person by their data. A chunk stands as a whole; after a fault the chunks
before it stand, and the same call again tells of each item that it was done already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Final, TypeAlias, TypeVar

import attrs

from collectkit._kit.again import again
from collectkit._kit.ahead import people_named
from collectkit._kit.channel_names import check_spelling, consented
from collectkit._kit.core import Core, account_stream, fingerprint, person_stream
from collectkit.account import Account, AccountOpened
from collectkit.errors import ValidationError
from collectkit.events import Event
from collectkit.facts import AccountFacts, fold_account
from collectkit.holds import HoldPlaced
from collectkit.identifiers import AccountId, EntryId, PersonId
from collectkit.ledger import Payment, PaymentPosted
from collectkit.person import Consumer
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyPosted, Book, Posting, PostingReason, enter_payment
from collectkit.servicing.accounts import Opening, open_account
from collectkit.servicing.people import AlreadyRegistered, Registration, consent_events, register
from collectkit.standing import Standing
from collectkit.storage.store import NEW, Remembered, Unit

CHUNK: Final = 5_000
CHUNK_MAX: Final = 50_000

_REUSED = "this id was used with other content; each movement needs an id of its own"

T = TypeVar("T")


@attrs.frozen
class NoSuchAccount:
    """The payment names an account that is not on the book; it was not posted, and can be posted once the account is there."""

    payment: EntryId
    account: AccountId


BulkPosting: TypeAlias = Posting | NoSuchAccount


class Bulk(Core):
    """Commands for many items at once."""

    def register_all(self, consumers: Iterable[Consumer], *, at: datetime, chunk: int = CHUNK) -> list[Registration]:
        """
        Put many people on the book, or replace their data, each as `register` does, in the order given.

        Args:
            consumers: Any number of them.
            at: The present instant; aware.
            chunk: How many stand or fall together, and are held in memory at once.

        Returns:
            What became of each, in order.

        Raises:
            StoreError: The chunks before stand, and the same call may be given again.
        """
        return [outcome for some in _chunked(consumers, chunk) for outcome in self._register_chunk(some, at)]

    def open_accounts(self, accounts: Iterable[Account], *, at: datetime, chunk: int = CHUNK) -> list[Opening]:
        """
        Put many accounts on the book, each as `try_open_account` does; their consumers must be registered.

        Args:
            accounts: Any number of them.
            at: The present instant; aware.
            chunk: How many stand or fall together, and are held in memory at once.

        Returns:
            What became of each, in order; a refused one keeps no other from being opened.

        Raises:
            StoreError: The chunks before stand, and the same call may be given again.
        """
        return [outcome for some in _chunked(accounts, chunk) for outcome in self._open_chunk(some, at)]

    def post_all(self, payments: Iterable[Payment], *, at: datetime, chunk: int = CHUNK) -> list[BulkPosting]:
        """
        Post many payments, each as `try_post` does, in the order given.

        Args:
            payments: Any number of them, for any accounts.
            at: The present instant; aware.
            chunk: How many stand or fall together, and are held in memory at once.

        Returns:
            What became of each, in order; a refused one keeps no other from being posted.

        Raises:
            StoreError: The chunks before stand, and the same call may be given again.
        """
        return [outcome for some in _chunked(payments, chunk) for outcome in self._post_chunk(some, at)]

    @again
    def _register_chunk(self, consumers: Sequence[Consumer], at: datetime) -> list[Registration]:
        for consumer in consumers:
            check_spelling(consented(consumer), "nothing of these was recorded")
        context = self._context(at, f"register-all/{consumers[0].id}")
        with self._unit() as unit:
            streams = {consumer.id: person_stream(consumer.id) for consumer in consumers}
            versions = unit.versions(sorted(streams.values()))
            people = people_named(unit, streams)
            held: dict[PersonId, tuple[Consumer | None, int]] = {id: (None, 0) for id in streams if id not in people}
            changed: dict[PersonId, tuple[Consumer, int]] = {}
            events: dict[str, list[Event]] = {}
            outcomes = []
            for consumer in consumers:
                id = consumer.id
                known, revision = held[id] if id in held else (people[id], unit.person_revision(id))
                outcome = register(known, consumer, revision=revision)
                outcomes.append(outcome)
                if not isinstance(outcome, AlreadyRegistered):
                    events.setdefault(streams[id], []).extend([outcome, *consent_events(known, consumer, at=at)])
                    held[id] = changed[id] = (consumer, revision + 1)
            if events:
                unit.append(context, {stream: (versions.get(stream, 0), added) for stream, added in events.items()})
                unit.save_people(changed.values())
        return outcomes

    @again
    def _open_chunk(self, accounts: Sequence[Account], at: datetime) -> list[Opening]:
        context, as_of = self._context(at, f"open-accounts/{accounts[0].id}"), self.business_date(at)
        with self._unit() as unit:
            people = sorted({person_stream(account.consumer) for account in accounts})
            held = unit.bodies_of(people)
            streams = [account_stream(account.id) for account in accounts]
            known = {stream: fold_account(bodies) for stream, bodies in unit.bodies_of(sorted(set(streams))).items()}
            opened: list[Account] = []
            outcomes = []
            for account, stream in zip(accounts, streams, strict=True):
                outcome = open_account(known.get(stream), account, consumer_known=person_stream(account.consumer) in held)
                outcomes.append(outcome)
                if isinstance(outcome, AccountOpened):
                    known[stream] = AccountFacts(account)
                    opened.append(account)
            if opened:
                unit.load(context, {account_stream(account.id): (NEW, [AccountOpened(account)]) for account in opened})
                plain = {stream for stream, bodies in held.items() if not any(isinstance(body, HoldPlaced) for body in bodies)}
                unit.save_openings((account for account in opened if person_stream(account.consumer) in plain), as_of)
                others = [account for account in opened if person_stream(account.consumer) not in plain]
                unit.save_standings(
                    [(self._meaning(AccountFacts(account), held[person_stream(account.consumer)], as_of), as_of) for account in others]
                )
        return outcomes

    @again
    def _post_chunk(self, payments: Sequence[Payment], at: datetime) -> list[BulkPosting]:
        context, as_of = self._context(at, f"post-all/{payments[0].id}"), self.business_date(at)
        with self._unit() as unit:
            posting = _Posting(self, unit, payments, as_of)
            outcomes = [posting.enter(payment) for payment in payments]
            if posting.events:
                unit.load(context, {stream: (posting.versions[stream], events) for stream, events in posting.events.items()})
                unit.save_standings([(standing, as_of) for standing in posting.standings()])
                unit.remember_all("payment", [(id, one.fingerprint, one.answer) for id, one in posting.remembered.items()])
        return outcomes


class _Posting:
    """Payments of one chunk on the accounts as they were read."""

    def __init__(self, kit: Bulk, unit: Unit, payments: Sequence[Payment], as_of: date) -> None:
        self._kit, self._unit, self._as_of = kit, unit, as_of
        histories = unit.bodies_of(sorted({account_stream(payment.account) for payment in payments}))
        self.versions = {stream: len(bodies) for stream, bodies in histories.items()}
        folded = ((stream, fold_account(bodies)) for stream, bodies in histories.items())
        self._facts = {stream: kit._kept_still(unit, facts) for stream, facts in folded if facts is not None}
        # How accounts stand on the business day with what was posted so far, where that was computed already.
        self._books: dict[str, Book] = {}
        self._known: dict[str, Remembered] = unit.recalled("payment", sorted({payment.id for payment in payments}))
        self.events: dict[str, list[Event]] = {}
        self.remembered: dict[str, Remembered] = {}

    def enter(self, payment: Payment) -> BulkPosting:
        """Decide one payment after those before it."""
        stream = account_stream(payment.account)
        facts = self._facts.get(stream)
        if facts is None:
            return NoSuchAccount(payment.id, payment.account)
        day = max(self._as_of, payment.value_on)
        book = self._books.get(stream) if day == self._as_of else None
        outcome, after = enter_payment(book or self._kit._book(facts, day), payment)
        if not isinstance(outcome, PaymentPosted):
            return outcome
        print_ = fingerprint(payment)
        before = self._known.get(payment.id)
        if before is not None:
            return AlreadyPosted(payment.id) if before.fingerprint == print_ else Refusal(PostingReason.ID_REUSED, _REUSED)
        self._known[payment.id] = self.remembered[payment.id] = Remembered(print_, "")
        self.events.setdefault(stream, []).append(outcome)
        self._facts[stream] = attrs.evolve(facts, entries=(*facts.entries, payment))
        self._books.pop(stream, None)
        # What was agreed may choose by which rules the payments before it count: then a replay has to tell.
        if after is not None and after.as_of == self._as_of and not facts.agreed:
            self._books[stream] = after
        return outcome

    def standings(self) -> Iterator[Standing]:
        """Yield the standings of the accounts that took a payment."""
        changed = [(stream, facts) for stream in self.events if (facts := self._facts[stream]) is not None]
        people = self._unit.bodies_of(sorted({person_stream(facts.account.consumer) for _, facts in changed}))
        for stream, facts in changed:
            about_person = people.get(person_stream(facts.account.consumer), ())
            yield self._kit._meaning(facts, about_person, self._as_of, self._books.get(stream))


def _chunked(items: Iterable[T], size: int) -> Iterator[list[T]]:
    if not isinstance(size, int) or not 1 <= size <= CHUNK_MAX:
        raise ValidationError(f"chunk is a whole number from 1 to {CHUNK_MAX}, got {size!r}; nothing was recorded")
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
