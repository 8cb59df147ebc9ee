"""What a store must do, in one protocol; `memory` is the reference and `sqlite` the embedded default.

A `Unit` is one transaction: everything written in it stands together or not at all. Streams are appended at
expected versions; standings, idempotency rows, budgets and contacts are written in the same unit as the events
they belong to. Reading needs a unit too, so that what was read belongs together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol, TypeGuard

import attrs

from collectkit.account import Account
from collectkit.actions import Spend
from collectkit.events import Context, Envelope, Event, Receipt
from collectkit.identifiers import AccountId, PersonId
from collectkit.notes import Note
from collectkit.person import Consumer
from collectkit.servicing.dispatch import Dispatch, DispatchState
from collectkit.servicing.health import ContactFigures
from collectkit.standing import Standing
from collectkit.storage.keeper import Keeper

NEW = 0
"""Expected version of a stream that must not exist yet."""


@attrs.frozen
class Remembered:
    """
    What a command left behind, for the next time it comes.

    Attributes:
        fingerprint: SHA-256 over kind, target and content of the command.
        answer: Text from which the same answer is given again.
    """

    fingerprint: bytes
    answer: str


@attrs.frozen
class StoredNote:
    """A note with the instant and author of its recording."""

    note: Note
    at: datetime
    author: str


@attrs.frozen
class Strike:
    """
    An account that a run could not work, set aside so that the others go on.

    Attributes:
        account: Which.
        as_of: Business date of the run that met the fault last.
        cause: Type and text of the error, without personal data.
        count: How many runs in a row.
    """

    account: AccountId
    as_of: date
    cause: str
    count: int


@attrs.frozen
class Record:
    """
    One event as the bytes that its digest covers, before anything is made of them.

    Attributes:
        stream: For example ``account/a-1``.
        version: Position in the stream, from 1.
        type: Name and schema of the body.
        context: Stored text of the commit's context.
        body: Stored text of the body.
        digest: The stored SHA-256, 32 bytes.
    """

    stream: str
    version: int
    type: str
    context: str
    body: str
    digest: bytes


@attrs.frozen
class Behind:
    """
    A stream that a reader has not read to its end.

    Attributes:
        stream: Which.
        through: The version up to which it has been read; 0 when not at all.
        version: The version at which the stream is.
    """

    stream: str
    through: int
    version: int


@attrs.frozen
class Burden:
    """
    What the open accounts of one handler in one currency amount to.

    Attributes:
        handler: Who.
        currency: ISO 4217 code.
        accounts: How many.
        outstanding_minor: What is outstanding on them, minor units, as their last standings have it.
        new: How many of them it was given on the day that was asked for.
    """

    handler: str
    currency: str
    accounts: int
    outstanding_minor: int
    new: int


class Unit(Protocol):
    """
    One transaction on one tenant's book.

    A unit with an attribute ``takes_written`` that is true also takes the forms of `collectkit.storage.written` where the
    methods for imports (`load`, `save_people`, `save_openings`) take the objects; it need not have the attribute.
    """

    # The record
    def version(self, stream: str) -> int:
        """Return the version of the last event of *stream*; 0 when there is none."""

    def bodies(self, stream: str) -> list[Event]:
        """Return the event bodies of *stream* in order; empty when there is none."""

    def history(self, stream: str) -> list[Envelope]:
        """Return the events of *stream* in their envelopes, in order."""

    def records(self, stream: str, *, after: int = 0) -> list[Record]:
        """Return the events of *stream* later than version *after* as they are stored, in order."""

    def bodies_of(self, streams: Sequence[str]) -> dict[str, list[Event]]:
        """Return the event bodies of those of the *streams* that are not empty, each in order; in bulk."""

    def streams(self, prefix: str, *, after: str = "", limit: int = 1000) -> list[str]:
        """Return names of streams that start with *prefix*, sorted, greater than *after*, at most *limit*."""

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        """
        Append events to one or more streams, each at its expected version; the unit keeps their names, as if by `lock`.

        Raises:
            ConcurrencyConflictError: A stream is at another version; nothing of this unit may be kept.
        """

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Return the versions of those of the *streams* that are not empty; in bulk, for imports."""

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        """Append as `append` does, without receipts; for imports."""

    def lock(self, names: Sequence[str]) -> None:
        """
        Keep *names* to this unit until it ends: another unit that asks for one of them waits, and then sees what this one wrote.

        A name is any text, such as that of a stream; ask for all that a unit needs at once, so that two units cannot wait for
        each other. Where units follow one another anyway there is nothing to do.
        """

    # Readers of the record
    def behind(self, reader: str, *, after: str = "", limit: int = 1000) -> list[Behind]:
        """
        Return the streams that *reader* has not read to their ends: by name, greater than *after*, at most *limit*.

        Versions of streams are compared, not an order of commits: an event that commits late is never skipped.
        """

    def unread(self, reader: str) -> int:
        """Return how many events of all streams *reader* has not read."""

    def advance(self, reader: str, through: Iterable[tuple[str, int]]) -> None:
        """Note up to which version *reader* has read each of the given streams."""

    # Idempotency
    def recall(self, scope: str, key: str) -> Remembered | None:
        """Return what the command *key* of *scope* left behind, or None when it is new."""

    def remember(self, scope: str, key: str, fingerprint: bytes, answer: str) -> None:
        """Keep the answer to a command for as long as the book lives."""

    def recalled(self, scope: str, keys: Sequence[str]) -> dict[str, Remembered]:
        """Return what the known ones of the commands *keys* left behind; in bulk, for imports."""

    def remember_all(self, scope: str, answers: Iterable[tuple[str, bytes, str]]) -> None:
        """Keep key, fingerprint and answer of many new commands."""

    # People
    def person(self, id: PersonId) -> Consumer | None:
        """Return the person's present data, or None."""

    def person_revision(self, id: PersonId) -> int:
        """Return the revision of the person's data; 0 when unknown."""

    def save_people(self, consumers: Iterable[tuple[Consumer, int]]) -> None:
        """Write people with their revision, replacing earlier ones."""

    def people(self, *, after: str = "", limit: int = 1000) -> list[Consumer]:
        """Return people by id, greater than *after*, at most *limit*."""

    # Notes
    def save_note(self, stored: StoredNote) -> None:
        """Write the text of a note."""

    def notes(self, account: AccountId) -> list[StoredNote]:
        """Return the notes of an account, oldest first."""

    # Standings
    def save_standings(self, rows: Iterable[tuple[Standing, date | None]]) -> None:
        """
        Write standings, replacing earlier ones of the same accounts.

        Each comes with the first business date on which a night must look at the account again; None is never.
        """

    def save_openings(self, accounts: Iterable[Account], as_of: date) -> None:
        """Write the standings of new accounts on which nothing was posted, as `opening_standing` has them; for imports."""

    def standing(self, account: AccountId) -> Standing | None:
        """Return the last standing written for an account, or None."""

    def standings_of(self, person: PersonId) -> list[Standing]:
        """Return the last standing of every account of a person, by account id."""

    def standings(self, *, after: str = "", limit: int = 10_000) -> list[Standing]:
        """Return standings by account id, greater than *after*, at most *limit*."""

    def work(self, as_of: date, *, after: str = "", limit: int = 200) -> list[tuple[PersonId, tuple[AccountId, ...]]]:
        """
        Return the people a night on *as_of* must look at, each with the accounts concerned.

        Sorted by id, people greater than *after*, at most *limit* of them and each with all their accounts concerned.
        """

    def burdens(self, on: date) -> list[Burden]:
        """Return what the accounts that are not closed amount to, by handler and currency, in that order."""

    def held_by(self, handlers: Sequence[str]) -> list[Standing]:
        """Return the standings of the accounts that are not closed and that these handlers hold, by account id."""

    # Budgets
    def spend(self, spends: Sequence[Spend]) -> Spend | None:
        """
        Spend every budget, or none; return the first that has no room, or None when all were spent.

        One row a budget, one conditional update, and a CHECK.
        """

    def refund(self, spends: Sequence[Spend]) -> None:
        """Give back what was spent on proof that nothing was handed over."""

    def count(self, spends: Sequence[Spend]) -> None:
        """Count contacts that took place without a reservation (an agency's, a logged call), room or not."""

    # Dispatch
    def dispatch(self, id: str) -> Dispatch | None:
        """Return one contact, or None."""

    def save_dispatches(self, rows: Iterable[Dispatch]) -> None:
        """Write contacts, replacing earlier rows of the same ids."""

    def ready(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        """Return planned contacts whose `not_before` has come, oldest first."""

    def lost(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
        """Return reserved or sending contacts whose lease is over."""

    def dispatches(self, *, state: DispatchState | None = None, account: AccountId | None = None, limit: int = 10_000) -> list[Dispatch]:
        """Return contacts by id, of one state or one account where given."""

    def contact_figures(self, at: datetime) -> ContactFigures:
        """Count the contacts that were not made, as `collectkit.servicing.health.contact_figures` does, without reading each."""

    # Runs
    def run(self, kind: str, key: str) -> str | None:
        """Return the summary text of a finished run of *kind* (``night``, ``import``), or None."""

    def save_run(self, kind: str, key: str, summary: str) -> None:
        """Write the summary of a finished run."""

    def runs(self, kind: str) -> list[tuple[str, str]]:
        """Return keys and summaries of all finished runs of *kind*, by key."""

    def strike(self, account: AccountId, as_of: date, cause: str) -> Strike:
        """Count one more run that could not work the account; return the row."""

    def strikes(self) -> list[Strike]:
        """Return the accounts set aside, by id."""

    def release(self, account: AccountId) -> None:
        """Let runs work the account again."""


class Archives(Unit, Protocol):
    """A unit whose store has an archive; ours all have one, a host's own store need not."""

    def archive(self, streams: Sequence[str]) -> dict[str, int]:
        """
        Move the events of *streams*, but the first and the last of each, out of the way; return how many of which streams.

        Whatever is read afterwards is what was read before, and the streams go on.
        """


def has_archive(unit: Unit) -> TypeGuard[Archives]:
    """Tell whether the store of a unit has an archive."""
    return callable(getattr(unit, "archive", None))


class ReadsTogether(Unit, Protocol):
    """A unit whose store answers about many at once; ours all do, a host's own store need not, and is asked about each alone."""

    def people_named(self, ids: Sequence[PersonId]) -> dict[PersonId, Consumer]:
        """Return the present data of those people who are known."""

    def standings_of_all(self, people: Sequence[PersonId]) -> dict[PersonId, list[Standing]]:
        """Return the last standing of every account of people, by account id; whoever has no account is left out."""

    def contacts_named(self, ids: Sequence[str]) -> dict[str, Dispatch]:
        """Return those contacts that there are."""


def reads_together(unit: Unit) -> TypeGuard[ReadsTogether]:
    """Tell whether the store of a unit answers about many at once."""
    return all(callable(getattr(unit, name, None)) for name in ("people_named", "standings_of_all", "contacts_named"))


class TellsOfSome(Unit, Protocol):
    """A unit whose store tells of some without reading all others; ours all do, a host's own store need not, and is asked about all."""

    def burdens_of(self, handlers: Sequence[str], on: date) -> list[Burden]:
        """Return what `burdens` does, of these handlers alone."""

    def strikes_of(self, accounts: Sequence[AccountId]) -> list[Strike]:
        """Return what `strikes` does, of these accounts alone."""


def tells_of_some(unit: Unit) -> TypeGuard[TellsOfSome]:
    """Tell whether the store of a unit tells of some without reading all others."""
    return all(callable(getattr(unit, name, None)) for name in ("burdens_of", "strikes_of"))


class Store(Protocol):
    """A place for one or more books."""

    def unit(self, tenant: str) -> AbstractContextManager[Unit]:
        """
        Open a transaction on the book of *tenant*.

        Leaving the block commits; an exception rolls everything back.

        Raises:
            StoreUnavailableError: The store cannot be reached; nothing was recorded.
            OutcomeUnknownError: The commit was sent and not answered; the same command may be sent again.
        """

    def view(self, tenant: str) -> AbstractContextManager[Unit]:
        """
        Open a transaction that only reads: one state of the book of *tenant*, without holding up those who write.

        What is written in it all the same is refused or undone, never kept.

        Raises:
            StoreUnavailableError: The store cannot be reached.
        """

    def protect(self, keeper: Keeper) -> None:
        """Have people and the texts of notes written and read by *keeper* from now on."""

    def close(self) -> None:
        """Let go of files and connections."""
