"""Laws of what stands beside the record: people, notes, standings, contacts, runs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectkit.account import Account, AccountOpened
from collectkit.identifiers import AccountId, PersonId
from collectkit.notes import Note
from collectkit.person import Consumer
from collectkit.schedules import Plan
from collectkit.servicing.dispatch import DispatchState
from collectkit.servicing.health import ContactFigures, contact_figures
from collectkit.standing import Standing, opening_standing
from collectkit.storage._openings import opening_row
from collectkit.storage.people import write_consumer
from collectkit.storage.serde import write_event
from collectkit.storage.store import Burden, Store, StoredNote, Strike, reads_together, tells_of_some
from collectkit.storage.written import TakesWritten, WrittenOpened, WrittenOpening, WrittenPerson, write_opened
from collectkit.testing.conformance._claims import Claiming
from collectkit.testing.conformance._examples import DAY, HOUR, NOON, TENANT, contact, context, standing
from collectkit.testing.strategies import consumers, days, plans, standings

_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
one_store = settings(max_examples=25, deadline=None, database=None, suppress_health_check=_CHECKS)
"""Every example writes over the one before, in the same store."""

_A1, _A2, _A3, _A4 = (AccountId(f"a-{number}") for number in (1, 2, 3, 4))
_C1, _C2, _C3 = (PersonId(f"c-{number}") for number in (1, 2, 3))


class RowLaws(Claiming):
    """What every store promises about the rows beside the record."""

    @one_store
    @given(consumer=consumers(), revision=st.integers(1, 2**31))
    def test_a_person_comes_back_whole(self, store: Store, consumer: Consumer, revision: int) -> None:
        """
        The last data saved is what is read, with its revision.
        """
        with store.unit(TENANT) as unit:
            unit.save_people([(consumer, revision)])
        with store.unit(TENANT) as unit:
            assert (consumer, revision) == (unit.person(consumer.id), unit.person_revision(consumer.id))

    def test_an_unknown_person_is_none(self, store: Store) -> None:
        """
        Nobody is not an error.
        """
        with store.unit(TENANT) as unit:
            assert (unit.person(_C1), unit.person_revision(_C1)) == (None, 0)

    @one_store
    @given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip), pinned=st.booleans())
    def test_a_note_comes_back_whole(self, store: Store, text: str, pinned: bool) -> None:
        """
        Text and author are kept as they were written, in Unicode normal form C.
        """
        from unicodedata import normalize

        stored = StoredNote(Note("n-1", "a-1", normalize("NFC", text), pinned=pinned), NOON, "ann")
        with store.unit(TENANT) as unit:
            unit.save_note(stored)
        with store.unit(TENANT) as unit:
            assert [stored] == unit.notes(_A1)

    def test_notes_are_read_oldest_first(self, store: Store) -> None:
        """
        By instant, then by id, and those of other accounts are not among them.
        """
        moments = {"n-1": NOON + HOUR, "n-2": NOON, "n-3": NOON}
        with store.unit(TENANT) as unit:
            for id, at in moments.items():
                unit.save_note(StoredNote(Note(id, "a-1", "text"), at, "ann"))
            unit.save_note(StoredNote(Note("n-4", "a-2", "text"), NOON, "ann"))

        with store.unit(TENANT) as unit:
            assert [stored.note.id for stored in unit.notes(_A1)] == ["n-2", "n-3", "n-1"]

    @one_store
    @given(saved=standings())
    def test_a_standing_comes_back_whole(self, store: Store, saved: Standing) -> None:
        """
        Every column keeps its value, whether a date, an amount or nothing.
        """
        with store.unit(TENANT) as unit:
            unit.save_standings([(saved, None)])
        with store.unit(TENANT) as unit:
            assert (saved, [saved]) == (unit.standing(saved.account), unit.standings_of(saved.person))

    @one_store
    @given(plan=plans(), as_of=days(200))
    def test_a_new_account_begins_with_its_opening_standing(self, store: Store, plan: Plan, as_of: date) -> None:
        """
        Written in bulk from the accounts alone, it is what the standing written singly would be, and work for that day.
        """
        account = Account("a-1", "c-1", plan, merchant="Corner Shop")
        with store.unit(TENANT) as unit:
            unit.save_openings([account], as_of)
            assert unit.standing(_A1) == opening_standing(account, as_of)
            assert unit.work(as_of) == [(_C1, (_A1,))]

    @one_store
    @given(consumer=consumers(), plan=plans(), as_of=days(200), number=st.integers(0, 2**63))
    def test_what_an_import_has_written_down_is_what_the_objects_would_be(
        self, store: Store, consumer: Consumer, plan: Plan, as_of: date, number: int
    ) -> None:
        """
        A unit that takes written forms reads them back as if it had been given the objects, with the same texts and digests.
        """
        with store.unit(TENANT) as unit:
            if not getattr(unit, "takes_written", False):
                return  # a store need not
            one, other = (Account(f"a-{number}-{n}", consumer.id, plan, merchant="Caf\u00e9") for n in (1, 2))
            takes = cast(TakesWritten, unit)
            takes.save_people([(WrittenPerson(str(consumer.id), write_consumer(consumer)), 1)])
            takes.save_openings([WrittenOpening(opening_row(one, as_of))], as_of)
            unit.save_openings([other], as_of)
            text = write_opened(AccountOpened(one))
            unit.load(context(), {f"account/{one.id}": (unit.version(f"account/{one.id}"), [WrittenOpened(text)])})
        with store.unit(TENANT) as unit:
            assert (consumer, 1) == (unit.person(consumer.id), unit.person_revision(consumer.id))
            assert opening_standing(one, as_of) == unit.standing(one.id)
            assert opening_standing(other, as_of) == unit.standing(other.id)
            assert AccountOpened(one) == unit.bodies(f"account/{one.id}")[-1]
            assert (text, write_event(AccountOpened(one))) == (unit.records(f"account/{one.id}")[-1].body, text)

    def test_standings_are_listed_by_account(self, store: Store) -> None:
        """
        In pages, of everybody or of one person; an unknown account has none.
        """
        rows = [standing("a-3"), standing("a-1"), standing("a-2", person="c-2")]
        with store.unit(TENANT) as unit:
            unit.save_standings([(row, None) for row in rows])

        with store.unit(TENANT) as unit:
            assert [s.account for s in unit.standings()] == ["a-1", "a-2", "a-3"]
            assert [s.account for s in unit.standings(after="a-1", limit=1)] == ["a-2"]
            assert [s.account for s in unit.standings_of(_C1)] == ["a-1", "a-3"]
            assert unit.standing(_A4) is None

    def test_what_is_asked_together_is_claimed(self, store: Store) -> None:
        """
        A kit asks whoever can answer about many at once, so that nobody who can goes without the laws of it.
        """
        with store.unit(TENANT) as unit:
            assert reads_together(unit) is ("together" in self.claims), "a unit that has the methods of ReadsTogether claims 'together'"

    def test_many_people_are_read_as_one_by_one(self, store: Store) -> None:
        """
        Known or not, with accounts or without, in whatever order and however often they are named, as they were written last.
        """
        named = [_C3, _C1, PersonId("c-9"), _C2, _C1]
        self.needs("together")
        with store.unit(TENANT) as unit:
            assert reads_together(unit)
            unit.save_people([(Consumer(_C1, "Ann"), 1), (Consumer(_C2, "Bob"), 1), (Consumer(_C3, "Cy"), 1)])
            unit.save_standings([(standing(account, person=person), DAY) for account, person in ((_A3, _C1), (_A1, _C3), (_A2, _C1))])
            assert (unit.people_named([]), unit.standings_of_all([])) == ({}, {})
            assert {_C1: [standing(_A2, person=_C1), standing(_A3, person=_C1)], _C3: [standing(_A1, person=_C3)]} == unit.standings_of_all(
                named
            )
        with store.unit(TENANT) as unit:
            assert reads_together(unit)
            unit.save_people([(Consumer(_C1, "Ann Lee"), 2)])
            unit.save_standings([(standing(_A3, person=_C2), DAY)])
            assert {_C1: Consumer(_C1, "Ann Lee"), _C2: Consumer(_C2, "Bob"), _C3: Consumer(_C3, "Cy")} == unit.people_named(named)
            alone = {person: unit.standings_of(person) for person in (_C1, _C2, _C3)}
            assert alone == unit.standings_of_all(named)

    def test_a_night_finds_its_work(self, store: Store) -> None:
        """
        People in order and in pages, each with every account whose day has come; None never comes.
        """
        tomorrow = DAY + timedelta(days=1)
        with store.unit(TENANT) as unit:
            unit.save_standings([(standing("a-2"), DAY), (standing("a-1"), DAY), (standing("a-3", person="c-2"), tomorrow)])
            unit.save_standings([(standing("a-4", person="c-3"), None), (standing("a-5", person="c-2"), DAY)])
            unit.save_standings([(standing("a-6", person="c-3"), DAY)])

        with store.unit(TENANT) as unit:
            a5, a6 = AccountId("a-5"), AccountId("a-6")
            assert unit.work(DAY - timedelta(days=1)) == []
            assert [(_C1, (_A1, _A2)), (_C2, (a5,)), (_C3, (a6,))] == unit.work(DAY)
            assert unit.work(DAY, limit=1) == [(_C1, (_A1, _A2))]
            assert [(_C2, (_A3, a5)), (_C3, (a6,))] == unit.work(tomorrow, after="c-1")

    def test_saving_a_standing_again_moves_its_work(self, store: Store) -> None:
        """
        The last day given is the one that counts.
        """
        with store.unit(TENANT) as unit:
            unit.save_standings([(standing(), DAY)])
            unit.save_standings([(standing(), DAY + timedelta(days=3))])
            assert unit.work(DAY + timedelta(days=2)) == []

    def test_burdens_count_what_handlers_hold(self, store: Store) -> None:
        """
        By handler and currency: accounts, what is outstanding on them, and how many are new that day; closed ones are none.
        """
        rows = [
            attrs.evolve(standing("a-1", handler="t-1"), outstanding_minor=700, placed_on=DAY),
            attrs.evolve(standing("a-2", handler="t-1"), outstanding_minor=50, placed_on=DAY - timedelta(days=1)),
            attrs.evolve(standing("a-3", handler="t-1"), outstanding_minor=9, currency="EUR", placed_on=DAY),
            attrs.evolve(standing("a-4", handler="t-2", closed_on=DAY), outstanding_minor=1, placed_on=DAY),
            attrs.evolve(standing("a-5"), outstanding_minor=1),
        ]
        with store.unit(TENANT) as unit:
            unit.save_standings([(row, None) for row in rows])
            assert unit.burdens(DAY) == [Burden("t-1", "EUR", 1, 9, 1), Burden("t-1", "USD", 2, 750, 1)]
            assert unit.held_by(["t-1", "t-2"]) == rows[:3]
            assert unit.held_by(["t-2"]) == unit.held_by([]) == []

    def test_what_is_told_of_some_is_claimed(self, store: Store) -> None:
        """
        A kit asks about some whoever can tell of them alone, so that nobody who can goes without the laws of it.
        """
        with store.unit(TENANT) as unit:
            assert tells_of_some(unit) is ("some" in self.claims), "a unit that has the methods of TellsOfSome claims 'some'"

    def test_what_some_handlers_hold_is_what_is_told_of_all(self, store: Store) -> None:
        """
        Of those who are named, whether they have anything or not and however often they are named, and of nobody else.
        """
        self.needs("some")
        rows = [
            attrs.evolve(standing("a-1", handler="t-1"), outstanding_minor=700, placed_on=DAY),
            attrs.evolve(standing("a-2", handler="t-2"), outstanding_minor=50, placed_on=DAY - timedelta(days=1)),
            attrs.evolve(standing("a-3", handler="t-1"), outstanding_minor=9, currency="EUR", placed_on=DAY),
            attrs.evolve(standing("a-4", handler="t-3", closed_on=DAY), outstanding_minor=1, placed_on=DAY),
            attrs.evolve(standing("a-5"), outstanding_minor=1),
        ]
        with store.unit(TENANT) as unit:
            assert tells_of_some(unit)
            unit.save_standings([(row, None) for row in rows])
            assert [Burden("t-1", "EUR", 1, 9, 1), Burden("t-1", "USD", 1, 700, 1)] == unit.burdens_of(["t-1", "t-3", "t-9", "t-1"], DAY)
            assert [Burden("t-2", "USD", 1, 50, 0)] == unit.burdens_of(["t-2"], DAY)
            assert unit.burdens(DAY) == unit.burdens_of(["t-2", "t-1"], DAY)
            assert unit.burdens_of([], DAY) == []

    def test_planned_contacts_are_ready_in_their_turn(self, store: Store) -> None:
        """
        Those whose time has come, oldest first, and no others.
        """
        rows = [contact("m-2"), contact("m-1"), contact("m-3", not_before=NOON - HOUR), contact("m-4", not_before=NOON + HOUR)]
        rows.append(attrs.evolve(contact("m-5"), state=DispatchState.SENT))
        with store.unit(TENANT) as unit:
            unit.save_dispatches(rows)

        with store.unit(TENANT) as unit:
            assert [row.id for row in unit.ready(NOON)] == ["m-3", "m-1", "m-2"]
            assert [row.id for row in unit.ready(NOON, limit=1)] == ["m-3"]
            assert rows[3] == unit.dispatch("m-4")
            assert unit.dispatch("m-9") is None

    def test_lost_contacts_are_those_whose_lease_is_over(self, store: Store) -> None:
        """
        A lease that ends now is not over, and a contact that is settled has none.
        """
        held = {"m-1": DispatchState.SENDING, "m-2": DispatchState.RESERVED, "m-3": DispatchState.SENT}
        rows = [attrs.evolve(contact(id), state=state, lease_until=NOON, worker="w", fence=2) for id, state in held.items()]
        with store.unit(TENANT) as unit:
            unit.save_dispatches(rows)

        with store.unit(TENANT) as unit:
            assert unit.lost(NOON) == []
            assert rows[:2] == unit.lost(NOON + timedelta(microseconds=1))

    def test_a_page_of_contacts_is_taken_from_the_list_and_written_back(self, store: Store) -> None:
        """
        Many at once, some with a lease and some without; what was taken is not ready any more, and comes back whole.
        """
        planned = [contact(f"m-{number:02}") for number in range(40)]
        with store.unit(TENANT) as unit:
            unit.save_dispatches(planned)
        with store.unit(TENANT) as unit:
            taken = [
                attrs.evolve(row, state=DispatchState.RESERVED, fence=1, worker="w", lease_until=NOON + HOUR if number % 2 else None)
                for number, row in enumerate(unit.ready(NOON, limit=30))
            ]
            unit.save_dispatches([*taken, contact("m-99")])

        with store.unit(TENANT) as unit:
            assert [*taken, *planned[30:], contact("m-99")] == unit.dispatches()
            assert [*planned[30:], contact("m-99")] == unit.ready(NOON)
            assert taken[1::2] == unit.lost(NOON + 2 * HOUR)

    def test_many_contacts_are_read_as_one_by_one(self, store: Store) -> None:
        """
        Those that there are, in whatever order and however often they are named, as they were written last.
        """
        self.needs("together")
        with store.unit(TENANT) as unit:
            assert reads_together(unit)
            unit.save_dispatches([contact("m-1"), contact("m-2"), contact("m-3")])
            assert unit.contacts_named([]) == {}
        with store.unit(TENANT) as unit:
            assert reads_together(unit)
            sent = attrs.evolve(contact("m-2"), state=DispatchState.SENT)
            unit.save_dispatches([sent])
            assert {"m-3": contact("m-3"), "m-2": sent} == unit.contacts_named(["m-3", "m-9", "m-2", "m-3"])

    def test_contacts_are_found_by_state_and_account(self, store: Store) -> None:
        """
        Saving one again replaces it.
        """
        with store.unit(TENANT) as unit:
            unit.save_dispatches([contact("m-2"), contact("m-1", accounts=("a-1", "a-2"))])
            unit.save_dispatches([attrs.evolve(contact("m-2"), state=DispatchState.UNKNOWN)])

        with store.unit(TENANT) as unit:
            assert [row.id for row in unit.dispatches()] == ["m-1", "m-2"]
            assert [row.id for row in unit.dispatches(account=_A1)] == ["m-1", "m-2"]
            assert [row.id for row in unit.dispatches(account=_A2)] == ["m-1"]
            assert [row.id for row in unit.dispatches(account=_A1, state=DispatchState.UNKNOWN)] == ["m-2"]
            assert [row.id for row in unit.dispatches(limit=1)] == ["m-1"]

    def test_contacts_that_were_not_made_are_counted(self, store: Store) -> None:
        """
        By state, with what is due and since when, and by the rules that refused; other reasons and other tenants count nothing.
        """
        held = [
            (DispatchState.PLANNED, "", NOON - HOUR),
            (DispatchState.PLANNED, "", NOON),
            (DispatchState.PLANNED, "", NOON + HOUR),
            (DispatchState.RESERVED, "", NOON),
            (DispatchState.SENDING, "", NOON),
            (DispatchState.SENT, "", NOON),
            (DispatchState.UNKNOWN, "refused by nobody", NOON),
            (DispatchState.NOT_SENT, "refused by us.cap, us.quiet", NOON),
            (DispatchState.NOT_SENT, "refused by us.cap, us.quiet", NOON),
            (DispatchState.NOT_SENT, "nothing is owed any more", NOON),
            (DispatchState.NOT_SENT, "", NOON),
        ]
        rows = [
            attrs.evolve(contact(f"m-{number:02}", not_before=not_before), state=state, reason=reason)
            for number, (state, reason, not_before) in enumerate(held)
        ]
        with store.unit(TENANT) as unit:
            assert unit.contact_figures(NOON) == contact_figures([], NOON)
            unit.save_dispatches(rows)

        with store.unit(TENANT) as unit:
            found = unit.contact_figures(NOON)
            assert found == ContactFigures(3, 2, NOON - HOUR, 2, 1, {"refused by us.cap, us.quiet": 2})
            assert [contact_figures(rows, NOON + number * HOUR) for number in (-2, 2)] == [
                unit.contact_figures(NOON + number * HOUR) for number in (-2, 2)
            ]
        with store.unit("other") as unit:
            assert unit.contact_figures(NOON) == contact_figures([], NOON)

    def test_runs_are_kept_by_kind(self, store: Store) -> None:
        """
        A run that is written again is replaced.
        """
        with store.unit(TENANT) as unit:
            unit.save_run("night", "2026-03-03", "second")
            unit.save_run("night", "2026-03-02", "first")
            unit.save_run("night", "2026-03-02", "again")
            unit.save_run("import", "2026-03-02", "other")

        with store.unit(TENANT) as unit:
            assert unit.runs("night") == [("2026-03-02", "again"), ("2026-03-03", "second")]
            assert (unit.run("import", "2026-03-02"), unit.run("import", "2026-03-03")) == ("other", None)

    def test_strikes_are_counted_until_released(self, store: Store) -> None:
        """
        Each names the last day and cause.
        """
        with store.unit(TENANT) as unit:
            unit.strike(_A2, DAY, "other")
            unit.strike(_A1, DAY, "first")
            second = unit.strike(_A1, DAY + timedelta(days=1), "second")

        with store.unit(TENANT) as unit:
            assert Strike(_A1, DAY + timedelta(days=1), "second", 2) == second
            assert [second, Strike(_A2, DAY, "other", 1)] == unit.strikes()
            unit.release(_A1)
            unit.release(_A3)
            assert [strike.account for strike in unit.strikes()] == ["a-2"]

    def test_strikes_of_some_are_what_is_told_of_all(self, store: Store) -> None:
        """
        Of the accounts that are named, in the order of their ids, and of no others; each as it was counted last.
        """
        self.needs("some")
        with store.unit(TENANT) as unit:
            assert tells_of_some(unit)
            for account in (_A3, _A1, _A2, _A1):
                unit.strike(account, DAY, "cause")
            assert [Strike(_A1, DAY, "cause", 2), Strike(_A3, DAY, "cause", 1)] == unit.strikes_of([_A3, _A4, _A1, _A3])
            unit.release(_A1)
            assert [Strike(_A3, DAY, "cause", 1)] == unit.strikes_of([_A1, _A3])
            assert unit.strikes_of([]) == []
