"""What a host does with accounts: open, close, place, recall, and write notes about them."""

from __future__ import annotations

from datetime import date, datetime

from collectkit._kit.again import decided_again
from collectkit._kit.answering import ask_first
from collectkit._kit.crowding import Crowding
from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.allocation import eligible, scrub
from collectkit.errors import RefusedError
from collectkit.facts import placement_on
from collectkit.identifiers import AccountId
from collectkit.notes import Note, NoteAdded
from collectkit.placement import AccountPlaced, AccountRecalled, Placement, PlacementMoved, PlacementState
from collectkit.refusals import Refusal
from collectkit.servicing.accounts import (
    SOLD,
    AlreadyOpened,
    Closing,
    ClosingReason,
    Opening,
    PlacingReason,
    advance_placement,
    close_account,
    open_account,
    place_account,
    recall_account,
)
from collectkit.servicing.adverse import placement_proposal, sale_proposal
from collectkit.servicing.notes import AlreadyNoted, NoteReason, Noting
from collectkit.storage.store import StoredNote


@decided_again
class Accounts(Crowding):
    """
    Commands about accounts.

    Each is idempotent by the id of what it opens or places: the same again returns an ``Already…``, the same id with other
    content is refused and shows nothing of the first. Each raises `RefusedError` where its ``try_`` twin returns the refusal.
    """

    def try_open_account(self, account: Account, *, at: datetime) -> Opening:
        """Put an account and its plan on the book; the consumer must be registered."""
        with self._unit() as unit:
            known = self._known(unit, account.id)
            outcome = open_account(known.facts if known else None, account, consumer_known=unit.person_revision(account.consumer) > 0)
            if isinstance(outcome, AccountOpened):
                self._open(unit, self._context(at, f"open/{account.id}"), outcome)
        return outcome

    def open_account(self, account: Account, *, at: datetime) -> AccountOpened | AlreadyOpened:
        """Put an account and its plan on the book; the consumer must be registered."""
        outcome = self.try_open_account(account, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_close(self, account: str, *, on: date, reason: str, at: datetime) -> Closing:
        """Close an account: nothing more is asked of it. *reason*: ``paid``, ``cancelled``, ``written_off`` or ``sold``."""
        self._on(on)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            outstanding = self._book(loaded.facts, on).balances().outstanding_minor
            outcome = close_account(loaded.facts, on=on, reason=reason, outstanding_minor=outstanding)
            if not isinstance(outcome, AccountClosed) or outcome is loaded.facts.closed:
                return outcome
            context = self._context(at, f"close/{account}")
            if reason == SOLD:
                answer = ask_first(self, unit, sale_proposal(loaded.id, loaded.facts.account.consumer, on), context)
                if not answer.permitted:
                    return Refusal(ClosingReason.FORBIDDEN, answer.why)
            self._record(unit, context, loaded, [outcome])
        return outcome

    def close(self, account: str, *, on: date, reason: str, at: datetime) -> AccountClosed:
        """Close an account: nothing more is asked of it. *reason*: ``paid``, ``cancelled``, ``written_off`` or ``sold``."""
        outcome = self.try_close(account, on=on, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_place(self, placement: Placement, *, at: datetime) -> AccountPlaced | Refusal[PlacingReason]:
        """Put an account with a handler; one that somebody holds must be recalled first."""
        with self._unit() as unit:
            loaded = self._load(unit, placement.account)
            held = placement_on(loaded.facts, placement.since)
            standing = self._standing(unit, loaded.id, placement.since)
            handler = next((known for known in self.policy.allocation.handlers if known.id == placement.handler), None)
            consumer = self._consumer(unit, standing.person)
            policy, why_not = self.policy.allocation, None
            if handler is not None:
                segment = policy.segment(standing, consumer)
                why_not = eligible(handler, standing, consumer, placement.since, segment=segment)
                why_not = why_not or self._no_room(unit, handler.id, standing, consumer, placement.since)
            outcome = place_account(
                loaded.facts,
                placement,
                held_by=held.handler if held else None,
                held_back=scrub(standing, policy),
                why_not=why_not,
                handlers=tuple(one.id for one in policy.handlers),
            )
            if isinstance(outcome, AccountPlaced):
                context = self._context(at, f"place/{placement.account}/{placement.since}")
                answer = ask_first(self, unit, placement_proposal(placement, consumer.id), context)
                if not answer.permitted:
                    return Refusal(PlacingReason.FORBIDDEN, answer.why)
                self._record(unit, context, loaded, [outcome])
        return outcome

    def place(self, placement: Placement, *, at: datetime) -> AccountPlaced:
        """Put an account with a handler; one that somebody holds must be recalled first."""
        outcome = self.try_place(placement, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_recall(self, account: str, *, on: date, reason: str, at: datetime) -> AccountRecalled | Refusal[PlacingReason]:
        """Take an account back from its handler."""
        self._on(on)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            held = placement_on(loaded.facts, on)
            outcome = recall_account(loaded.facts, on=on, reason=reason, held_by=held.handler if held else None)
            if isinstance(outcome, AccountRecalled):
                self._record(unit, self._context(at, f"recall/{account}/{on}"), loaded, [outcome])
        return outcome

    def recall(self, account: str, *, on: date, reason: str, at: datetime) -> AccountRecalled:
        """Take an account back from its handler."""
        outcome = self.try_recall(account, on=on, reason=reason, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def try_advance_placement(
        self, account: str, to: PlacementState, *, on: date, at: datetime, reason: str = ""
    ) -> PlacementMoved | Refusal[PlacingReason]:
        """Record how far a placement has come: acknowledged, active, or asked back."""
        self._on(on)
        with self._unit() as unit:
            loaded = self._load(unit, account)
            handlers = {handler.id: handler for handler in self.policy.allocation.handlers}
            outcome = advance_placement(loaded.facts, handlers, to, on=on, reason=reason)
            if isinstance(outcome, PlacementMoved):
                self._record(unit, self._context(at, f"advance/{account}/{to.value}/{on}"), loaded, [outcome])
        return outcome

    def advance_placement(self, account: str, to: PlacementState, *, on: date, at: datetime, reason: str = "") -> PlacementMoved:
        """Record how far a placement has come: acknowledged, active, or asked back."""
        outcome = self.try_advance_placement(account, to, on=on, at=at, reason=reason)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    # Notes

    def try_note(self, note: Note, *, at: datetime) -> Noting:
        """Add a note; the same id with another text is refused."""
        with self._unit() as unit:
            loaded = self._load(unit, note.account)
            match self._once(unit, "note", note.id, note):
                case "same":
                    return AlreadyNoted(note.id)
                case "other":
                    return Refusal(NoteReason.ID_REUSED, "this note id was used with other content; a correction is a note of its own")
            event = NoteAdded(note.id, note.account, note.kind, at, note.pinned)
            unit.save_note(StoredNote(note, at, self.actor))
            self._record(unit, self._context(at, f"note/{note.id}"), loaded, [event])
        return event

    def note(self, note: Note, *, at: datetime) -> NoteAdded | AlreadyNoted:
        """Add a note; the same id with another text is refused."""
        outcome = self.try_note(note, at=at)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def notes(self, account: str) -> list[StoredNote]:
        """Return the notes of an account, oldest first."""
        with self._view() as unit:
            return unit.notes(AccountId(account))
