from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake import files

from collectkit.account import AccountClosed, AccountOpened
from collectkit.errors import ConcurrencyConflictError, IntakeError, ValidationError
from collectkit.events import GENESIS, Context, chain
from collectkit.holds import Effect, Hold, HoldKind
from collectkit.identifiers import AccountId, PersonId
from collectkit.intake import Control, ImportSummary, Limits, Mapping, RowStatus, load_mapping, read_mapping
from collectkit.kit import Kit
from collectkit.kit_intake import import_files
from collectkit.ledger import PaymentPosted
from collectkit.person import PersonChanged, PersonRegistered
from collectkit.policy import load_policy
from collectkit.storage.serde import write_context, write_event
from collectkit.storage.sqlite import SqliteStore

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
TODAY = AT.date()
TENANT = "t"
POLICY = load_policy("us-bnpl")
STATUSES = ("created", "updated", "unchanged", "duplicate", "rejected", "skipped")

ORDERS = (
    files.ORDERS_AND_PAYMENTS
    + """
[[consumer.contacts]]
kind = "email"
source = "checkout"
consents = ["email"]
value = { column = "email", optional = true }

[account.closed]
when = { column = "closed", blank = false }
on = "closed"
reason = "cancelled"
"""
)
MAPPING = read_mapping(ORDERS)
HEAD = "order,customer,name,email,bought,total,closed\n"
PAID = "id,order,amount,on\n"
O1 = "o-1,c-1,Test One,one@example.com,2026-09-01,200.00,\n"
O2 = "o-2,c-2,Test Two,,2026-10-13,99.99,\n"
P1 = "p-1,o-1,50.00,2026-09-01\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "book.db", synchronous="OFF")
    yield store
    store.close()


def context(command: str = "import/1") -> Context:
    return Context(TENANT, "tester", AT, command)


def given_files(folder: Path, orders: str = O1 + O2, paid: str = P1) -> Path:
    (folder / "orders.csv").write_text(HEAD + orders)
    (folder / "paid.csv").write_text(PAID + paid)
    return folder


def load(store: SqliteStore, paths: Path | dict[str, Path], mapping: Mapping = MAPPING, **options: object) -> ImportSummary:
    return import_files(store, TENANT, mapping, paths, context=context(), as_of=TODAY, **options)  # type: ignore[arg-type]


def counts(summary: ImportSummary, source: str) -> dict[str, int]:
    found = summary.source(source)
    return {status.name.lower(): found.count(status) for status in RowStatus if found.count(status)}


def everything(store: SqliteStore) -> list[object]:
    """Return all that is on the book, in a form that can be compared."""
    with store.unit(TENANT) as unit:
        names = unit.streams("", limit=10_000)
        people = [unit.person(PersonId(name.removeprefix("person/"))) for name in names if name.startswith("person/")]
        return [[(name, unit.bodies(name)) for name in names], people, unit.standings(), unit.runs("import")]


class TestImport:
    def test_accounts_people_and_payments_come_on_the_book(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        With their events, standings and consents.
        """
        summary = load(store, given_files(tmp_path))

        assert (2, 2, 1, True) == (summary.people, summary.accounts, summary.payments, summary.written)
        with store.unit(TENANT) as unit:
            opened, posted = unit.bodies("account/o-1")
            assert isinstance(opened, AccountOpened)
            assert isinstance(posted, PaymentPosted)
            assert [("installment 1", 5000)] == [(part.due, part.minor) for part in posted.believed]
            assert ["PersonRegistered", "ConsentGiven"] == [type(body).__name__ for body in unit.bodies("person/c-1")]
            standing = unit.standing(AccountId("o-1"))
            assert standing is not None
            assert (15000, 35, TODAY) == (standing.outstanding_minor, standing.days_past_due, standing.as_of)
            assert [PersonId("c-1"), PersonId("c-2")] == [person for person, _ in unit.work(TODAY)]

    def test_the_hash_chain_is_that_of_single_commands(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        An imported event can be proven like any other.
        """
        load(store, given_files(tmp_path))
        with store.unit(TENANT) as unit:
            history = unit.history("account/o-1")
        previous = GENESIS
        for envelope in history:
            body, head = write_event(envelope.body).encode(), write_context(envelope.context).encode()
            assert envelope.digest == chain(previous, envelope.stream, envelope.version, envelope.body.TYPE, head, body)
            previous = envelope.digest

    def test_the_same_files_again_change_nothing_and_say_when_they_came(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Every row is unchanged.
        """
        load(store, given_files(tmp_path))
        before = everything(store)
        again = load(store, tmp_path)

        assert before == everything(store)
        assert AT == again.already_imported_at
        assert "already imported on 2026-10-20" in str(again)
        assert ({"unchanged": 2}, {"unchanged": 1}) == (counts(again, "orders"), counts(again, "paid"))

    def test_the_same_rows_in_another_file_change_nothing(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        It is the rows that count.
        """
        load(store, given_files(tmp_path))
        again = load(store, given_files(tmp_path, O2 + O1))

        assert (None, {"unchanged": 2}) == (again.already_imported_at, counts(again, "orders"))

    def test_a_row_that_comes_twice_is_a_duplicate(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        The second time it says nothing new.
        """
        summary = load(store, given_files(tmp_path, O1 + O1, P1 + P1))

        assert {"created": 1, "duplicate": 1} == counts(summary, "orders") == counts(summary, "paid")
        assert 1 == summary.payments

    def test_two_payments_of_one_day_and_amount_are_two(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        The id alone tells them apart.
        """
        assert 2 == load(store, given_files(tmp_path, paid=P1 + P1.replace("p-1", "p-2"))).payments

    def test_a_hold_on_a_person_stands_in_what_is_imported_later(self, tmp_path: Path) -> None:
        """
        On an account that is paid on, and on one that is new; and it stops what the policy says.
        """
        effects = {**POLICY.holds.effects, HoldKind.FRAUD: POLICY.holds.effects[HoldKind.FRAUD] ^ {Effect.CLOCK}}
        mapping, folder = tmp_path / "orders.toml", given_files(tmp_path, O1, "")
        mapping.write_text(ORDERS)
        with Kit.open("memory://", policy=attrs.evolve(POLICY, holds=attrs.evolve(POLICY.holds, effects=effects)), actor="tests") as kit:
            kit.import_files(mapping, folder, at=AT)
            hold = Hold("h-1", HoldKind.FRAUD, person="c-1", starts_on=date(2026, 9, 20), reason="told", review_on=TODAY)
            kit.hold(hold, at=AT)
            kit.import_files(mapping, given_files(folder, O1 + O1.replace("o-1", "o-3") + O2, P1), at=AT)

            assert ("fraud",) == kit.standing("o-1", as_of=TODAY).holds == kit.standing("o-3", as_of=TODAY).holds
            assert () == kit.standing("o-2", as_of=TODAY).holds
            assert kit.rebuild_standings(as_of=TODAY, write=False).sound

    def test_other_data_of_a_person_replace_theirs(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        As a new revision; only a file that was imported before never does so.
        """
        folder = given_files(tmp_path)
        first = (folder / "orders.csv").read_text()
        load(store, folder)
        updated = load(store, given_files(tmp_path, O1.replace("Test One", "Test Uno") + O2))
        (folder / "orders.csv").write_text(first)
        again = load(store, folder)

        assert ({"updated": 1, "unchanged": 1}, {"unchanged": 2}) == (counts(updated, "orders"), counts(again, "orders"))
        with store.unit(TENANT) as unit:
            person = unit.person(PersonId("c-1"))
            assert person is not None
            assert ("Test Uno", 2) == (person.name, unit.person_revision(PersonId("c-1")))
            assert [PersonRegistered, PersonChanged] == [type(body) for body in unit.bodies("person/c-1")][::2]

    @pytest.mark.parametrize(
        ("orders", "paid", "source", "reason"),
        [
            (O1.replace("200.00", "201.00"), "", "orders", "conflict"),
            (O1.replace("2026-09-01", "2026-09-02"), "", "orders", "conflict"),
            (O1.replace("o-1", "o-3") + O1.replace("o-1", "o-4").replace("One", "Other"), "", "orders", "conflict"),
            ("", P1.replace("50.00", "51.00"), "paid", "conflict"),
            ("", P1.replace("o-1", "o-2"), "paid", "conflict"),
            ("", "p-9,o-9,5.00,2026-09-01\n", "paid", "unknown-account"),
            ("", "p-9,o-1,0,2026-09-01\n", "paid", "bad-money"),
            ("", "p-9,o-1,-5,2026-09-01\n", "paid", "bad-money"),
        ],
    )
    def test_a_contract_and_a_payment_do_not_change_by_import(
        self, store: SqliteStore, tmp_path: Path, orders: str, paid: str, source: str, reason: str
    ) -> None:
        """
        The row is rejected and shows nothing of what stands.
        """
        load(store, given_files(tmp_path))
        summary = load(store, given_files(tmp_path, orders, paid))
        (found,) = summary.rejections

        assert (source, reason, 1) == (found.source, found.reason, summary.count(RowStatus.REJECTED))
        assert "200" not in found.message and "50" not in found.message and "Test" not in found.message

    def test_two_contents_of_one_payment_in_one_file_are_a_conflict(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        The first stands.
        """
        summary = load(store, given_files(tmp_path, paid=P1 + P1.replace("50", "60")))

        assert {"created": 1, "rejected": 1} == counts(summary, "paid")

    def test_accounts_that_arrive_closed_are_closed(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        At once, or when a later file says so.
        """
        load(store, given_files(tmp_path, O1.replace(",\n", ",2026-10-01\n") + O2))
        later = load(store, given_files(tmp_path, O2.replace(",\n", ",2026-10-15\n")))

        assert {"updated": 1} == counts(later, "orders")
        with store.unit(TENANT) as unit:
            assert ["closed", "closed"] == [standing.state for standing in unit.standings()]
            assert AccountClosed("o-2", date(2026, 10, 15), "cancelled") == unit.bodies("account/o-2")[-1]

    def test_flags_become_holds(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        A disputed order is not asked for, and importing it again places no second hold.
        """
        holds = """
[[account.holds]]
kind = "dispute"
when = { column = "closed", is = "disputed" }
id = { template = "dispute-{order}" }
starts_on = "bought"
review_on = { constant = "2026-12-01" }
reason = { constant = "flagged in the delivery" }
"""
        mapping = read_mapping(ORDERS.partition("[account.closed]")[0] + holds)
        folder = given_files(tmp_path, O1.replace(",\n", ",disputed\n") + O2)
        load(store, folder, mapping)
        again = load(store, folder, mapping)

        assert {"unchanged": 2} == counts(again, "orders")
        with store.unit(TENANT) as unit:
            assert [("dispute",), ()] == [standing.holds for standing in unit.standings()]

    def test_payments_dated_oddly_are_kept(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Before the purchase for review, after today as pending, too much as credit.
        """
        paid = "p-1,o-1,50.00,2026-08-01\np-2,o-1,50.00,2027-01-01\np-3,o-2,500.00,2026-10-14\n"
        assert 3 == load(store, given_files(tmp_path, paid=paid)).payments
        with store.unit(TENANT) as unit:
            first, _ = unit.bodies("account/o-1")[1:]
            assert isinstance(first, PaymentPosted)
            assert "dated before the purchase" == first.review
            standing = unit.standing(AccountId("o-2"))
            assert standing is not None
            assert (0, 40001) == (standing.outstanding_minor, standing.credit_minor)

    def test_payments_may_come_alone_later(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        For accounts that stand already.
        """
        given_files(tmp_path)
        load(store, {"orders": tmp_path / "orders.csv"})
        summary = load(store, {"paid": tmp_path / "paid.csv"})

        assert (1, {"created": 1}) == (summary.payments, counts(summary, "paid"))

    def test_chunks_make_no_difference(self, store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Rows of one account may fall into several.
        """
        monkeypatch.setattr("collectkit.kit_intake.CHUNK_ROWS", 1)
        done: list[tuple[int, int]] = []
        orders = O1 + O1 + O1.replace("o-1", "o-3") + O2
        summary = load(store, given_files(tmp_path, orders, P1 + P1), progress=lambda rows, of: done.append((rows, of)))

        assert ({"created": 3, "duplicate": 1}, {"created": 1, "duplicate": 1}) == (counts(summary, "orders"), counts(summary, "paid"))
        assert [1, 2, 3, 4, 5, 6] == [rows for rows, _ in done]
        assert done[-1][0] <= done[-1][1]

    def test_empty_files_are_zero_rows_and_say_so(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        With a header or without.
        """
        given_files(tmp_path, "", "")
        (tmp_path / "paid.csv").write_text("")
        summary = load(store, tmp_path)

        assert 0 == summary.rows
        assert "paid.csv: no rows" in str(summary)


class TestModes:
    def test_a_dry_run_has_the_same_results_and_writes_nothing(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Row by row.
        """
        folder = given_files(tmp_path, O1 + O1 + "bad\n" + O2, P1 + P1.replace("50", "60"))
        tried = load(store, folder, dry_run=True)
        assert [[], [], [], []] == everything(store)
        done = load(store, folder)

        assert [one.statuses for one in done.sources] == [one.statuses for one in tried.sources]
        assert (done.rejections, done.accounts, False) == (tried.rejections, tried.accounts, tried.written)
        assert "dry run" in str(tried)

    def test_all_or_nothing_writes_nothing_when_one_row_is_rejected(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        And everything when none is.
        """
        held = load(store, given_files(tmp_path, O1 + "bad\n"), mode="all_or_nothing")
        assert (False, [[], [], [], []]) == (held.written, everything(store))
        assert "1 rows were rejected" in held.held

        cut = load(store, given_files(tmp_path, O1 + O2.rstrip()), mode="all_or_nothing")
        assert not cut.written
        assert load(store, given_files(tmp_path), mode="all_or_nothing").written

    @pytest.mark.parametrize(
        ("control", "named"), [(Control(rows=3), "holds 2 rows, its control says 3"), (Control(total_minor=5001), "adds up to 29999 minor")]
    )
    def test_a_control_that_disagrees_holds_everything(self, store: SqliteStore, tmp_path: Path, control: Control, named: str) -> None:
        """
        A file that lost rows on its way looks whole otherwise.
        """
        held = load(store, given_files(tmp_path), controls={"orders": control})

        assert (False, [[], [], [], []]) == (held.written, everything(store))
        assert named in held.held

    def test_controls_that_agree_let_it_pass(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Rows and sums, of each file.
        """
        controls = {"orders": Control(rows=2, total_minor=29999), "paid": Control(rows=1, total_minor=5000)}

        assert load(store, given_files(tmp_path), controls=controls).written
        with pytest.raises(ValidationError, match="'x'"):
            load(store, tmp_path, controls={"x": Control(rows=1)})

    def test_an_unknown_mode_is_refused(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        The choice is made explicitly.
        """
        with pytest.raises(ValidationError, match="row_by_row"):
            load(store, given_files(tmp_path), mode="some")

    def test_a_file_that_cannot_be_read_leaves_the_book_alone(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Also the files before it.
        """
        given_files(tmp_path)
        (tmp_path / "paid.csv").write_bytes(PAID.encode("utf-16"))

        with pytest.raises(IntakeError, match="UTF-16"):
            load(store, tmp_path)
        assert [[], [], [], []] == everything(store)

    def test_rejected_rows_are_repaired_and_imported_again(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        By the same mapping, with the reasons still in the file.
        """
        (tmp_path / "bad").mkdir()
        first = load(store, given_files(tmp_path, O1 + O2.replace("99.99", "99,99")), quarantine=tmp_path / "bad")
        file = tmp_path / "bad" / "orders.rejected.csv"
        assert first.count(RowStatus.REJECTED) == 1
        file.write_text(file.read_text().replace("99,99", "99.99"))

        assert {"created": 1} == counts(load(store, {"orders": file}), "orders")


class TestLaws:
    @given(
        st.lists(st.sampled_from([O1, O2, O1.replace("200", "201"), O1.replace("One", "1"), "bad\n", "\n", "o-5,c-5,,,2026-02-30,1,\n"]))
    )
    def test_every_row_has_one_result_and_a_second_import_changes_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[str]
    ) -> None:
        """
        Read = accepted + duplicate + rejected + skipped, whatever stands in the file.
        """
        folder = given_files(tmp_path_factory.mktemp("law"), "".join(rows))
        store = SqliteStore(":memory:", synchronous="OFF")
        summary = load(store, folder)
        others = sum(map(summary.count, (RowStatus.DUPLICATE, RowStatus.REJECTED, RowStatus.SKIPPED)))

        assert sum(row != "\n" for row in rows) + 1 == summary.rows == summary.accepted + others
        before = everything(store)
        again = load(store, folder)
        assert before == everything(store)
        assert 0 == again.count(RowStatus.CREATED) == again.count(RowStatus.UPDATED)
        store.close()

    def test_details_of_rejections_are_limited_and_their_number_is_not(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Memory stays bounded.
        """
        summary = load(store, given_files(tmp_path, "bad\n" * 10, ""), limits=Limits(rejections_max=3))

        assert (3, 10) == (len(summary.rejections), summary.count(RowStatus.REJECTED))

    def test_loading_a_stream_that_is_not_new_is_a_conflict(self, store: SqliteStore, tmp_path: Path) -> None:
        """
        Two imports at a time do not write one account twice.
        """
        load(store, given_files(tmp_path))
        with pytest.raises(ConcurrencyConflictError, match="account/o-2"), store.unit(TENANT) as unit:
            fresh = unit.bodies("account/o-1")[:1]
            unit.load(context("x"), {"account/new": (0, fresh), "account/o-2": (0, unit.bodies("account/o-2"))})


class TestPublicData:
    @pytest.mark.parametrize(("name", "path"), [("kiva-csv", "kiva_schedules"), ("kiva-json", "kiva_schedules/loans_pii_removed.json.gz")])
    def test_the_book_of_loans_adds_up(self, store: SqliteStore, shared_data: Path, name: str, path: str) -> None:
        """
        Outstanding, overdue and closed at a month end, over the loans that are collected.
        """
        folder = shared_data / "data" / "kiva_schedules"
        if not folder.is_dir():
            pytest.skip("NOT TESTED HERE: the shared data have no kiva_schedules")
        facts = json.loads((folder / "facts.json").read_text())
        day = date(2007, 6, 30)
        mapping = load_mapping(name)
        summary = import_files(store, TENANT, mapping, shared_data / "data" / path, context=context(), as_of=day)
        with store.unit(TENANT) as unit:
            standings = [one for one in unit.standings() if one.state != "closed"]

        ageing = facts["ageing_month_ends"][day.isoformat()]
        assert facts["collectible_set"]["loans"] == len(standings)
        assert facts["counts"]["payments"] == summary.payments
        assert (ageing["outstanding_cents"], ageing["overdue_cents"]) == (
            sum(one.outstanding_minor for one in standings),
            sum(one.past_due_minor for one in standings),
        )
        assert ageing["loans"]["closed"] == sum(one.outstanding_minor == 0 for one in standings)

    def test_the_book_of_invoices_adds_up(self, store: SqliteStore, shared_data: Path) -> None:
        """
        Each invoice is opened and paid by one row.
        """
        folder = shared_data / "data" / "ibm_ar"
        if not folder.is_dir():
            pytest.skip("NOT TESTED HERE: the shared data have no ibm_ar")
        facts = json.loads((folder / "facts.json").read_text())
        day = date(2013, 6, 30)
        summary = import_files(store, TENANT, "ibm-ar", folder, context=context(), as_of=day)
        with store.unit(TENANT) as unit:
            standings = [one for one in unit.standings() if one.opened_on <= day]

        assert (facts["invoices"], facts["customers"]) == (summary.accounts, summary.people)
        ageing = facts["ageing_month_ends"][day.isoformat()]
        assert (ageing["open"], ageing["open_cents"], ageing["overdue_cents"]) == (
            sum(one.outstanding_minor > 0 for one in standings),
            sum(one.outstanding_minor for one in standings),
            sum(one.past_due_minor for one in standings),
        )
