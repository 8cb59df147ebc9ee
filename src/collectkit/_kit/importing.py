"""One chunk of an import: what its drafts mean beside what stands on the book, gathered and then written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, cast

import attrs

from collectkit._kit.core import account_stream, fingerprint, person_stream
from collectkit._kit.prepared import Prepared
from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.arrangements.promises import PromisePolicy
from collectkit.events import Context, Event
from collectkit.facts import AccountFacts, book_of, fold_account, kept_still
from collectkit.holds import EFFECTS, AlreadyPlaced, Effect, HoldKind, HoldPlaced, holds_in, place_hold
from collectkit.identifiers import EntryId, PersonId
from collectkit.intake import RowStatus
from collectkit.intake.values import FaultyValueError
from collectkit.ledger import AccountChargedOff, ChargeOff, Payment, PaymentPosted
from collectkit.person import PersonChanged, PersonRegistered
from collectkit.refusals import Refusal
from collectkit.schedules import INSTALLMENT_FIRST, AlreadyMoved, Book, PostingRules, Waterfall, move, post_payment
from collectkit.servicing.people import consent_events
from collectkit.standing import Standing, standing_of
from collectkit.storage.people import write_consumer
from collectkit.storage.store import NEW, Unit
from collectkit.storage.written import TakesWritten, WrittenOpened, WrittenOpening, WrittenPerson, write_opened

_PROMISES: Final = PromisePolicy()


@attrs.frozen(kw_only=True)
class StandingPolicy:
    """
    How the standings of imported accounts are computed.

    Attributes:
        waterfall: In which order payments settle what is owed.
        promises: When a promise counts as kept.
        effects: What each kind of hold stops.
    """

    waterfall: Waterfall | PostingRules = INSTALLMENT_FIRST
    promises: PromisePolicy = _PROMISES
    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, hash=False)

    def of(self, facts: AccountFacts, about_person: Sequence[Event], as_of: date) -> Standing:
        """Return the standing of an account, of whose person these events are known."""
        placed, lifted = holds_in(about_person)
        return standing_of(
            facts,
            as_of,
            waterfall=self.waterfall,
            promise_policy=self.promises,
            person_holds=placed,
            person_lifted=lifted,
            effects=self.effects,
        )


class Known:
    """What one import has met so far; ids alone, so that it stays small."""

    def __init__(self) -> None:
        self.people: set[str] = set()
        self.accounts: set[str] = set()
        self.payments: set[str] = set()
        self.registered = self.opened = self.posted = 0
        self.repeated = False
        """The same files were imported before: nothing that stands is changed."""


class Chunk:
    """
    Some drafts inside one transaction.

    Args:
        unit: The transaction.
        known: Of the whole import.
        context: Of the import.
        as_of: Business date of the standings.
        policy: How they are computed.
    """

    def __init__(self, unit: Unit, known: Known, context: Context, as_of: date, policy: StandingPolicy) -> None:
        self._unit, self._known, self._context, self._as_of, self._policy = unit, known, context, as_of, policy
        self._written = cast(TakesWritten, unit) if getattr(unit, "takes_written", False) else None
        self._versions: dict[str, int] = {}
        self._prints: dict[str, bytes] = {}
        self._people: dict[str, tuple[WrittenPerson, int]] = {}
        self._opened: dict[str, Prepared] = {}
        self._facts: dict[str, AccountFacts] = {}
        self._changed: set[str] = set()
        self._posted: dict[EntryId, Payment] = {}
        self._writes: dict[str, tuple[int, list[Event]]] = {}

    def look_up(self, drafts: Sequence[Prepared]) -> None:
        """Ask the store once for all that the drafts name."""
        streams = {account_stream(draft.account) for draft in drafts if draft.account}
        streams |= {person_stream(draft.person) for draft in drafts if draft.person}
        payments = [payment for draft in drafts for payment in draft.payments]
        streams |= {account_stream(payment.account) for payment in payments}
        # Sorted as they lie in the index, so that neighbors are looked for one after the other.
        self._versions = self._unit.versions(sorted(streams))
        self._prints = {key: held.fingerprint for key, held in self._unit.recalled("payment", [p.id for p in payments]).items()}

    def enter(self, draft: Prepared) -> RowStatus:
        """
        Take up one draft and return its result.

        Raises:
            FaultyValueError: It contradicts what stands; nothing of it is taken up.
        """
        id = draft.account
        if not id:
            (payment,) = draft.payments
            return self._take_payments(payment.account, draft.payments)
        person = self._check_person(draft)
        status = self._check_account(draft)
        events: list[Event] = []
        posted = status
        if draft.payments or draft.holds or draft.charged_off or draft.closed:
            facts = AccountFacts(draft.contract) if status is RowStatus.CREATED else self._facts_of(id)
            assert facts is not None
            events, posted = self._what_follows(draft, facts, status)
        if draft.consumer is not None:
            self._known.people.add(draft.person)
        if person is not None:
            self._enter_person(person, draft)
        if status is RowStatus.CREATED:
            self._open(draft)
        if events:
            self._add(id, events)
            status = min(status, RowStatus.UPDATED)
        return min(status, posted, RowStatus.UPDATED if isinstance(person, PersonChanged) else status)

    def _what_follows(self, draft: Prepared, facts: AccountFacts, status: RowStatus) -> tuple[list[Event], RowStatus]:
        """Return the events of what comes with an account's row, and what became of its payments."""
        events, posted = self._decide(draft.payments, facts) if draft.payments else ([], status)
        for hold in draft.holds:
            placed = place_hold(facts.holds, hold)
            if isinstance(placed, HoldPlaced):
                events.append(placed)
            elif not isinstance(placed, AlreadyPlaced):
                raise FaultyValueError("conflict", str(placed), "give another hold its own id", field="account.holds")
        if draft.charged_off is not None:
            events += self._charge_off(draft.charged_off, facts, events)
        if draft.closed is not None and facts.closed is None:
            events.append(draft.closed)
        return events, posted

    # People

    def _check_person(self, draft: Prepared) -> PersonRegistered | PersonChanged | None:
        """Return what is to be recorded about the person, or None when nothing is."""
        id, consumer = draft.person, draft.consumer
        if consumer is None:
            if id not in self._people and not self._versions.get(person_stream(id)):
                raise FaultyValueError(
                    "unknown-consumer", "nobody is registered under this id", "import the consumer first", field="account.consumer"
                )
            return None
        held = self._people.get(id)
        if held is None and id not in self._known.people and not self._versions.get(person_stream(id)):
            return PersonRegistered(PersonId(id))
        if held is not None:
            text, revision = held[0].text, held[1]
        else:
            stored = self._unit.person(PersonId(id))
            if stored is None:
                raise FaultyValueError("unknown-consumer", "the person's data was erased", "register the person anew", field="consumer.id")
            text, revision = write_consumer(stored), self._unit.person_revision(PersonId(id))
        if text == consumer.text:
            return None
        if id in self._known.people:
            raise FaultyValueError(
                "conflict", "two rows of the import give this consumer different data", "leave one of them", field="consumer"
            )
        return None if self._known.repeated else PersonChanged(PersonId(id), revision + 1)

    def _enter_person(self, event: PersonRegistered | PersonChanged, draft: Prepared) -> None:
        written = draft.consumer
        assert written is not None
        before = self._unit.person(PersonId(written.id)) if isinstance(event, PersonChanged) else None
        events: list[Event] = [event]
        if before is not None or draft.consents:
            events += consent_events(before, written.consumer(), at=self._context.at)
        self._append(person_stream(written.id), events)
        self._people[written.id] = (written, event.revision)
        self._known.registered += before is None

    # Accounts

    def _check_account(self, draft: Prepared) -> RowStatus:
        """Tell whether the account is new, stands already, or repeats a row."""
        id = draft.account
        again = id in self._known.accounts
        if not again and not self._versions.get(account_stream(id)):
            return RowStatus.CREATED
        facts = self._facts_of(id)
        if facts is None or write_opened(AccountOpened(facts.account)) != draft.opened:
            names = _differing(draft.contract, facts.account) if facts is not None else []
            message = f"an account of this id stands already with another {', '.join(names) or 'content'}"
            raise FaultyValueError(
                "conflict", message, "a contract does not change by import; give another account its own id", field="account.id"
            )
        return RowStatus.DUPLICATE if again else RowStatus.UNCHANGED

    def _open(self, draft: Prepared) -> None:
        opened = WrittenOpened(draft.opened) if self._written is not None else AccountOpened(draft.contract)
        self._append(account_stream(draft.account), [opened])
        self._opened[draft.account] = draft
        self._known.accounts.add(draft.account)
        self._known.opened += 1

    def _facts_of(self, id: str) -> AccountFacts | None:
        """Return what is known of an account, this chunk included."""
        if id not in self._facts:
            if id in self._opened:
                return AccountFacts(self._opened[id].contract)
            facts = fold_account(self._unit.bodies(account_stream(id)))
            if facts is None:
                return None
            placed, lifted = holds_in(self._unit.bodies(person_stream(facts.account.consumer)))
            self._facts[id] = kept_still(facts, placed, lifted, self._policy.effects)
        return self._facts[id]

    # Payments

    def _take_payments(self, id: str, payments: Sequence[Payment]) -> RowStatus:
        """Take up payments on an account that stands already."""
        facts = self._facts_of(id)
        if facts is None:
            raise FaultyValueError(
                "unknown-account", "there is no account of this id", "import the account first, or correct the id", field="payments.account"
            )
        events, status = self._decide(payments, facts)
        if events:
            self._add(id, events)
        return status

    def _decide(self, payments: Sequence[Payment], facts: AccountFacts | None) -> tuple[list[Event], RowStatus]:
        """Return the events of the payments that are new, and what became of them together."""
        assert facts is not None
        events: list[Event] = []
        again = RowStatus.DUPLICATE
        for payment in payments:
            if self._is_known(payment):
                again = again if payment.id in self._known.payments else RowStatus.UNCHANGED
                continue
            outcome = post_payment(self._book(facts, payment), payment)
            if not isinstance(outcome, PaymentPosted):
                raise FaultyValueError("conflict", str(outcome), "correct the payment", field="payments")
            events.append(outcome)
            facts = _having(facts, [outcome])
        return events, RowStatus.CREATED if events else again

    def _book(self, facts: AccountFacts, payment: Payment) -> Book:
        return book_of(facts, max(self._as_of, payment.value_on), waterfall=self._policy.waterfall)

    def _is_known(self, payment: Payment) -> bool:
        """Tell whether the payment was posted before, here or by anybody else."""
        held, mine = self._posted.get(payment.id), self._prints.get(payment.id)
        if held is None and mine is None:
            return False
        if held == payment if held is not None else mine == fingerprint(payment):
            return True
        raise FaultyValueError(
            "conflict", "this payment id was used with other content", "each payment needs an id of its own", field="payments.id"
        )

    def _charge_off(self, entry: ChargeOff, facts: AccountFacts | None, events: Sequence[Event]) -> list[Event]:
        """Return the event of a charge-off that is new."""
        assert facts is not None
        outcome = move(book_of(_having(facts, events), max(self._as_of, entry.value_on), waterfall=self._policy.waterfall), entry)
        if isinstance(outcome, AlreadyMoved):
            return []
        if isinstance(outcome, Refusal):
            raise FaultyValueError("conflict", str(outcome), "correct the charge-off, or leave it out", field="account.charged_off")
        return [outcome]

    # Writing

    def _append(self, stream: str, events: Iterable[Event]) -> None:
        held = self._writes.get(stream)
        if held is None:
            held = self._writes[stream] = (self._versions.get(stream, NEW), [])
        held[1].extend(events)

    def _add(self, id: str, events: Sequence[Event]) -> None:
        facts = self._facts_of(id)
        assert facts is not None
        self._append(account_stream(id), events)
        self._facts[id] = _having(facts, events)
        self._changed.add(id)
        for event in events:
            if isinstance(event, PaymentPosted):
                self._posted[event.payment.id] = event.payment
                self._known.payments.add(event.payment.id)
                self._known.posted += 1

    def write(self) -> None:
        """Write all that was taken up."""
        if not self._writes:
            return
        unit, as_of = self._unit, self._as_of
        unit.load(self._context, self._writes)
        held = self._held_people()
        plain = [draft for id, draft in self._opened.items() if id not in self._changed and draft.person not in held]
        if self._written is not None:
            self._written.save_people(self._people.values())
            self._written.save_openings([WrittenOpening(draft.opening(as_of)) for draft in plain], as_of)
        else:
            unit.save_people([(written.consumer(), revision) for written, revision in self._people.values()])
            unit.save_openings([draft.contract for draft in plain], as_of)
        others = [AccountFacts(draft.contract) for id, draft in self._opened.items() if id not in self._changed and draft.person in held]
        others += [self._facts[id] for id in self._changed]
        unit.save_standings([(self._policy.of(facts, held.get(facts.account.consumer, ()), as_of), as_of) for facts in others])
        unit.remember_all("payment", [(id, fingerprint(payment), "") for id, payment in self._posted.items()])

    def _held_people(self) -> dict[str, list[Event]]:
        """Return the events of those people on whom holds were placed; of who came with this chunk, or has one event, none was."""
        people = {draft.person for draft in self._opened.values() if self._versions.get(person_stream(draft.person), NEW) > 1}
        people |= {str(self._facts[id].account.consumer) for id in self._changed if id not in self._opened}
        found = self._unit.bodies_of([person_stream(person) for person in sorted(people)])
        held = {person: found.get(person_stream(person), []) for person in people}
        return {person: bodies for person, bodies in held.items() if holds_in(bodies)[0]}


def _having(facts: AccountFacts, events: Sequence[Event]) -> AccountFacts:
    """Return the facts with further payments and holds, and the end of the account when it is among them."""
    payments = [event.payment for event in events if isinstance(event, PaymentPosted)]
    closed = next((event for event in events if isinstance(event, AccountClosed)), facts.closed)
    charged_off = [event.charge_off for event in events if isinstance(event, AccountChargedOff)]
    holds, _ = holds_in(events)
    return attrs.evolve(facts, entries=(*facts.entries, *payments, *charged_off), holds=(*facts.holds, *holds), closed=closed)


def _differing(one: Account, other: Account) -> list[str]:
    """Return the names of the fields in which two accounts differ."""
    return [field.name for field in attrs.fields(Account) if getattr(one, field.name) != getattr(other, field.name)]
