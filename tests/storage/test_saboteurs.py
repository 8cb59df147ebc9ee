"""Stores with one planted fault each: a suite that accepts one of them proves nothing about the others."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import attrs
import pytest

from collectkit.actions import Spend
from collectkit.events import GENESIS, Context, Envelope, Event, Receipt
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Consumer
from collectkit.servicing.dispatch import Dispatch
from collectkit.servicing.health import ContactFigures
from collectkit.standing import Standing
from collectkit.storage.appending import append_in_unit
from collectkit.storage.keeper import Keeper
from collectkit.storage.memory import MemoryStore, MemoryUnit
from collectkit.storage.store import Behind, Burden, Record, Remembered, Strike
from collectkit.testing.conformance import StoreConformance
from collectkit.testing.conformance._examples import TENANT

Writes = Mapping[str, tuple[int, Sequence[Event]]]


class Saboteur(MemoryStore):
    """The reference store with another kind of unit."""

    Unit: type[MemoryUnit] = MemoryUnit

    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        with super().unit(tenant) as unit:
            unit.__class__ = self.Unit
            yield unit


class IgnoresExpectedVersion(Saboteur):
    class Unit(MemoryUnit):
        def append(self, context: Context, writes: Writes) -> list[Receipt]:
            return super().append(context, {stream: (self.version(stream), bodies) for stream, (_, bodies) in writes.items()})


class DropsTheLastEvent(Saboteur):
    class Unit(MemoryUnit):
        def append(self, context: Context, writes: Writes) -> list[Receipt]:
            return super().append(context, {stream: (at, bodies[:-1] or bodies) for stream, (at, bodies) in writes.items()})


class ReordersEvents(Saboteur):
    class Unit(MemoryUnit):
        def bodies(self, stream: str) -> list[Event]:
            return super().bodies(stream)[::-1]


class DoesNotChain(Saboteur):
    class Unit(MemoryUnit):
        def history(self, stream: str) -> list[Envelope]:
            return [attrs.evolve(envelope, previous=GENESIS) for envelope in super().history(stream)]


class KeepsAfterAnError(Saboteur):
    class Unit(MemoryUnit):
        def roll_back(self) -> None:
            self._undo.clear()


class CommitLies(Saboteur):
    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        with super().unit(tenant) as unit:
            yield unit
            unit.roll_back()


class LosesUpdates(Saboteur):
    """Each unit works on a copy without a lock, and the last one to finish wins."""

    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        from time import sleep

        with super().unit(tenant) as unit:
            book = unit._book
        copy = type(book)(*(dict(table) for table in attrs.astuple(book, recurse=False)))
        yield MemoryUnit(copy, tenant)
        sleep(0.0005)
        self._books[tenant] = copy


class SharesTenants(Saboteur):
    @contextmanager
    def unit(self, tenant: str) -> Iterator[MemoryUnit]:
        with super().unit("all") as unit:
            unit._tenant = tenant
            yield unit


class LooksUpKeysWithoutScope(Saboteur):
    class Unit(MemoryUnit):
        def recall(self, scope: str, key: str) -> Remembered | None:
            return next((held for (_, other), held in self._book.commands.items() if other == key), None)


class OverwritesCommands(Saboteur):
    class Unit(MemoryUnit):
        def remember(self, scope: str, key: str, fingerprint: bytes, answer: str) -> None:
            self._set(self._book.commands, (scope, key), Remembered(fingerprint, answer))


class CapOffByOne(Saboteur):
    class Unit(MemoryUnit):
        def spend(self, spends: Sequence[Spend]) -> Spend | None:
            return super().spend([attrs.evolve(one, cap=one.cap + 1) for one in spends])


class WindowOffByOne(Saboteur):
    class Unit(MemoryUnit):
        def spend(self, spends: Sequence[Spend]) -> Spend | None:
            return super().spend([attrs.evolve(one, days=one.days - 1) if one.days > 1 else one for one in spends])


class CountsOnlyBackwards(Saboteur):
    class Unit(MemoryUnit):
        def spend(self, spends: Sequence[Spend]) -> Spend | None:
            for one in spends:
                day = one.day.toordinal()
                if sum(day - one.days < spent <= day for spent in self._spent(one)) >= one.cap:
                    return one
                self.count([one])
            return None


class ForgetsOldDays(Saboteur):
    class Unit(MemoryUnit):
        def count(self, spends: Sequence[Spend]) -> None:
            super().count(spends)
            for one in spends:
                kept = tuple(day for day in self._spent(one) if day > one.day.toordinal() - 2 * one.days)
                self._set(self._book.budgets, (one.subject, one.rule), kept)


class SpendsHalf(Saboteur):
    class Unit(MemoryUnit):
        def spend(self, spends: Sequence[Spend]) -> Spend | None:
            return next((one for one in spends if super(SpendsHalf.Unit, self).spend([one]) is not None), None)


class RefundsEverything(Saboteur):
    class Unit(MemoryUnit):
        def refund(self, spends: Sequence[Spend]) -> None:
            for one in spends:
                self._set(self._book.budgets, (one.subject, one.rule), ())


class RefundsWhatWasNotSpent(Saboteur):
    class Unit(MemoryUnit):
        def refund(self, spends: Sequence[Spend]) -> None:
            for one in spends:
                self._set(self._book.budgets, (one.subject, one.rule), self._spent(one)[:-1])


class CountsOnlyWithRoom(Saboteur):
    class Unit(MemoryUnit):
        def count(self, spends: Sequence[Spend]) -> None:
            for one in spends:
                super().count([one] * (len(self._spent(one)) < one.cap))


class GivesUpLiveLeases(Saboteur):
    class Unit(MemoryUnit):
        def lost(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
            return super().lost(datetime.max.replace(tzinfo=at.tzinfo), limit=limit)


class HandsOutEarly(Saboteur):
    class Unit(MemoryUnit):
        def ready(self, at: datetime, *, limit: int = 100) -> list[Dispatch]:
            return super().ready(datetime.max.replace(tzinfo=at.tzinfo), limit=limit)


class ForgetsStrikes(Saboteur):
    class Unit(MemoryUnit):
        def release(self, account: AccountId) -> None:
            self._book.strikes.clear()


class ReadsAnOldStanding(Saboteur):
    class Unit(MemoryUnit):
        def standing(self, account: AccountId) -> Standing | None:
            held = super().standing(account)
            return held and attrs.evolve(held, owed_minor=held.owed_minor + 1)


class CountsWhatIsToCome(Saboteur):
    class Unit(MemoryUnit):
        def contact_figures(self, at: datetime) -> ContactFigures:
            return super().contact_figures(datetime.max.replace(tzinfo=at.tzinfo))


class CountsWhatWasRead(Saboteur):
    class Unit(MemoryUnit):
        def unread(self, reader: str) -> int:
            return super().unread("")


class SkipsLateEvents(Saboteur):
    """Takes the reader's last name for a place in the log."""

    class Unit(MemoryUnit):
        def behind(self, reader: str, *, after: str = "", limit: int = 1000) -> list[Behind]:
            last = max((stream for of, stream in self._book.readers if of == reader), default="")
            return super().behind(reader, after=max(after, last), limit=limit)


class SharesReaders(Saboteur):
    class Unit(MemoryUnit):
        def behind(self, reader: str, *, after: str = "", limit: int = 1000) -> list[Behind]:
            return super().behind(next((of for of, _ in self._book.readers), reader), after=after, limit=limit)


class ReformatsRecords(Saboteur):
    class Unit(MemoryUnit):
        def records(self, stream: str, *, after: int = 0) -> list[Record]:
            return [attrs.evolve(one, body=one.body.replace(",", ", ")) for one in super().records(stream, after=after)]


class LosesTheArchive(Saboteur):
    class Unit(MemoryUnit):
        def history(self, stream: str) -> list[Envelope]:
            return list(self._book.events.get(stream, ()))


class ArchivesTheEnd(Saboteur):
    class Unit(MemoryUnit):
        def version(self, stream: str) -> int:
            return len(self._book.events.get(stream, ()))


class AsksAlone(Saboteur):
    class Unit(MemoryUnit):
        contacts_named = None  # type: ignore[assignment]


class MissesWhoeverIsNamedTwice(Saboteur):
    class Unit(MemoryUnit):
        def standings_of_all(self, people: Sequence[PersonId]) -> dict[PersonId, list[Standing]]:
            return super().standings_of_all([person for person in people if people.count(person) == 1])


class TakesOneForAnother(Saboteur):
    class Unit(MemoryUnit):
        def people_named(self, ids: Sequence[PersonId]) -> dict[PersonId, Consumer]:
            return super().people_named(ids) | {id: Consumer(id, "Ann") for id in ids[:1]}


class NamesContactsThatAreNotThere(Saboteur):
    class Unit(MemoryUnit):
        def contacts_named(self, ids: Sequence[str]) -> dict[str, Dispatch]:
            return {id: row for id in ids for row in self.dispatches()[:1]}


class TellsOfStrikesAlone(Saboteur):
    class Unit(MemoryUnit):
        burdens_of = None  # type: ignore[assignment]


class CountsWhoeverIsNamedTwiceTwice(Saboteur):
    class Unit(MemoryUnit):
        def burdens_of(self, handlers: Sequence[str], on: date) -> list[Burden]:
            return [burden for handler in handlers for burden in self.burdens(on) if burden.handler == handler]


class TellsOfAllStrikes(Saboteur):
    class Unit(MemoryUnit):
        def strikes_of(self, accounts: Sequence[AccountId]) -> list[Strike]:
            return self.strikes()


class WritesInTheClear(Saboteur):
    def protect(self, keeper: Keeper) -> None:
        pass


class GivesOneReceiptForAll(Saboteur):
    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        return [attrs.evolve(receipt, digest="00" * 32) for receipt in append_in_unit(self, context, writes)]


class AppendsToTheFirstBook(Saboteur):
    def append_behind(self, context: Context, writes: Mapping[str, Sequence[Event]]) -> list[Receipt]:
        return append_in_unit(self, attrs.evolve(context, tenant=TENANT), writes)


CONVICTED_BY = {
    IgnoresExpectedVersion: "another_version_is_a_conflict",
    DropsTheLastEvent: "what_is_appended_is_read",
    ReordersEvents: "what_is_appended_is_read",
    DoesNotChain: "the_chain_verifies_and_holds_every_event",
    KeepsAfterAnError: "an_error_leaves_nothing_of_the_unit",
    CommitLies: "what_is_appended_is_read",
    ReadsAnOldStanding: "a_standing_comes_back_whole",
    LosesUpdates: "no_write_of_many_threads_is_lost",
    SharesTenants: "tenants_are_separate",
    LooksUpKeysWithoutScope: "a_command_is_remembered_under_its_scope",
    OverwritesCommands: "a_command_is_remembered_under_its_scope",
    CapOffByOne: "a_window_ends_with_its_last_day",
    WindowOffByOne: "a_window_ends_with_its_last_day",
    CountsOnlyBackwards: "a_window_ends_with_its_last_day",
    ForgetsOldDays: "a_day_long_past_is_not_forgotten",
    SpendsHalf: "several_budgets_are_spent_together_or_not_at_all",
    RefundsEverything: "a_refund_gives_back_one_unit_of_its_day",
    RefundsWhatWasNotSpent: "a_refund_gives_back_one_unit_of_its_day",
    CountsOnlyWithRoom: "contacts_elsewhere_count_beyond_the_cap",
    GivesUpLiveLeases: "lost_contacts_are_those_whose_lease_is_over",
    HandsOutEarly: "planned_contacts_are_ready_in_their_turn",
    SkipsLateEvents: "an_event_of_a_stream_read_before_is_not_skipped",
    CountsWhatIsToCome: "contacts_that_were_not_made_are_counted",
    CountsWhatWasRead: "a_reader_is_behind_what_it_has_not_read",
    SharesReaders: "a_reader_is_behind_what_it_has_not_read",
    AsksAlone: "what_is_asked_together_is_claimed",
    MissesWhoeverIsNamedTwice: "many_people_are_read_as_one_by_one",
    TakesOneForAnother: "many_people_are_read_as_one_by_one",
    NamesContactsThatAreNotThere: "many_contacts_are_read_as_one_by_one",
    TellsOfStrikesAlone: "what_is_told_of_some_is_claimed",
    CountsWhoeverIsNamedTwiceTwice: "what_some_handlers_hold_is_what_is_told_of_all",
    TellsOfAllStrikes: "strikes_of_some_are_what_is_told_of_all",
    GivesOneReceiptForAll: "what_many_threads_append_behind_each_other_stands",
    AppendsToTheFirstBook: "what_is_appended_behind_is_no_other_tenants",
    LosesTheArchive: "what_is_archived_is_read_as_before",
    ArchivesTheEnd: "what_is_archived_is_read_as_before",
    ReformatsRecords: "a_record_is_what_its_digest_covers",
    WritesInTheClear: "a_keeper_writes_and_reads_all_personal_data",
    ForgetsStrikes: "strikes_are_counted_until_released",
}


def accepted(store: MemoryStore, law: str) -> None:
    """Hold *store* against one law; raises what the law raises."""
    suite = StoreConformance()
    suite.claims = frozenset({"threads", "archive", "together", "some"})  # type: ignore[misc]
    test = getattr(suite, f"test_{law}")
    given = {"expected": 0, "ahead": 2} if "expected" in inspect.signature(test).parameters else {}
    test(store=store, **given)


class TestTheSuiteConvicts:
    @pytest.mark.parametrize("saboteur", CONVICTED_BY, ids=lambda saboteur: saboteur.__name__)
    def test_every_saboteur(self, saboteur: type[Saboteur]) -> None:
        """
        The law that a fault breaks finds it, and the reference passes the same law.
        """
        accepted(MemoryStore(), CONVICTED_BY[saboteur])

        with pytest.raises((Exception, pytest.fail.Exception)):
            accepted(saboteur(), CONVICTED_BY[saboteur])
