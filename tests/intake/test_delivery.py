from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.errors import CollectkitError, IntakeError
from collectkit.intake import Delivery, Draft, Limits, Mapping, RowStatus, load_mapping, read_mapping
from collectkit.intake.results import Rejection
from collectkit.money import Money
from collectkit.schedules import Plan

from .files import JOINED, NESTED, ORDERS, SHOP, written

GOOD = "o-1,c-1,Test Consumer,c1@example.com,2026-09-01,200.00,4\n"


def read(mapping: str | Mapping, folder: Path, limits: Limits | None = None) -> tuple[list[Draft], Delivery]:
    """Read everything, as a writer does that accepts whatever comes."""
    delivery = Delivery(mapping if isinstance(mapping, Mapping) else read_mapping(mapping), folder, limits)
    drafts = []
    for draft in delivery.drafts():
        draft.settle(RowStatus.CREATED)
        drafts.append(draft)
    return drafts, delivery


def shop(folder: Path, rows: str | bytes, *, header: str = ORDERS, mapping: str = SHOP) -> tuple[list[Draft], list[Rejection], Delivery]:
    content = header.encode() + (rows.encode() if isinstance(rows, str) else rows)
    drafts, delivery = read(mapping, written(folder, orders_csv=content))
    summary = delivery.tallies["orders"].summary()
    assert len(drafts) == summary.count(RowStatus.CREATED)
    return drafts, list(delivery.tallies["orders"].rejections), delivery


def account_of(draft: Draft) -> Account:
    assert draft.account is not None
    return draft.account


def plan_of(draft: Draft) -> Plan:
    plan = account_of(draft).plan
    assert isinstance(plan, Plan)
    return plan


class TestTable:
    def test_a_row_becomes_a_consumer_and_an_account(self, tmp_path: Path) -> None:
        """
        Four installments two weeks apart, to the cent.
        """
        (draft,), rejections, _ = shop(tmp_path, GOOD)
        account = account_of(draft)

        assert [] == rejections
        assert ("o-1", "c-1", (5000,) * 4) == (account.id, account.consumer, plan_of(draft).principal)
        assert draft.consumer is not None
        assert ("Test Consumer", "email-1") == (draft.consumer.name, draft.consumer.contacts[0].id)

    @pytest.mark.parametrize("content", ["", "\n", ORDERS, ORDERS.rstrip("\n"), ORDERS + "\n\n"])
    def test_an_empty_file_has_no_rows_and_says_so(self, tmp_path: Path, content: str) -> None:
        """
        Neither is an error.
        """
        drafts, delivery = read(SHOP, written(tmp_path, orders_csv=content))
        summary = delivery.tallies["orders"].summary()

        assert ([], 0, "no rows", "") == (drafts, summary.rows, summary.note, summary.incomplete)

    @pytest.mark.parametrize(
        ("header", "named"),
        [
            ("order,customer,order,name,email,bought,total,n\n", "'order' more than once"),
            ("order,customer,name,email,bought,total\n", "lacks 'n'"),
            (ORDERS.replace(",", ";"), "seem to be separated by ';'"),
            (",".join(f"c{n}" for n in range(100_000)) + "\n", "more than 1000 columns"),
            ('order,"customer\n', "not CSV"),
        ],
    )
    def test_a_wrong_header_is_refused_before_the_first_row(self, tmp_path: Path, header: str, named: str) -> None:
        """
        The whole file is, by name.
        """
        with pytest.raises(IntakeError, match=named):
            shop(tmp_path, GOOD, header=header)

    def test_a_million_columns_are_refused(self, tmp_path: Path) -> None:
        """
        In constant memory: the line is too long to be a header.
        """
        with pytest.raises(IntakeError, match="a line is longer"):
            shop(tmp_path, "", header="c," * 1_000_000 + "\n")

    def test_swapped_columns_are_refused_where_the_order_is_known(self, tmp_path: Path) -> None:
        """
        The mapping lists the header, and the file has another order.
        """
        folder = written(tmp_path, loans_csv="consumer,loan,start\n", rows_csv="loan,seq,due,amount\n", paid_csv="id,loan,amount,on\n")

        with pytest.raises(IntakeError, match="column 1 should be 'loan'; were columns swapped"):
            read(JOINED, folder)

    def test_an_unknown_column_is_refused_where_the_header_is_listed(self, tmp_path: Path) -> None:
        """
        Without its name, which might be a person's.
        """
        folder = written(tmp_path, loans_csv="loan,consumer,start,x\n", rows_csv="loan,seq,due,amount\n", paid_csv="id,loan,amount,on\n")

        with pytest.raises(IntakeError, match="1 columns that the mapping does not list"):
            read(JOINED, folder)

    @pytest.mark.parametrize(
        ("row", "field", "reason"),
        [
            ("o-2,c-2,Doe, Jane,c@example.com,2026-09-01,200.00,4", "", "columns"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,200.00", "", "columns"),
            ('o-2,c-2,"Jane,c@example.com,2026-09-01,200.00,4', "", "not-csv"),
            ('o-2,c-2,"Ja"ne,c@example.com,2026-09-01,200.00,4', "", "not-csv"),
            ("o-2,c-2,Jane,c@example.com,2026-02-30,200.00,4", "account.plan.bought_on", "not-a-date"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,\"1,234\",4", "account.plan.terms.total", "bad-money"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,1_000,4", "account.plan.terms.total", "bad-money"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,,4", "account.plan.terms.total", "empty"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,0,4", "account.plan", "bad-plan"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,0.03,4", "account.plan", "bad-plan"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,-5,4", "account.plan", "bad-plan"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,99999999999999999,4", "account.plan.terms.total", "bad-money"),
            ("o-2,c-2,Jane,c@example.com,2026-09-01,5,4.0", "account.plan.terms.count", "not-an-integer"),
            ("1.23E+15,c-2,Jane,c@example.com,2026-09-01,5,4", "account.id", "mangled"),
            ("3-Apr,c-2,Jane,c@example.com,2026-09-01,5,4", "account.id", "mangled"),
            (f"{'x' * 129},c-2,Jane,c@example.com,2026-09-01,5,4", "account.id", "bad-identifier"),
            (" o-2,c-2,Jane,c@example.com,2026-09-01,5,4", "account.id", "bad-identifier"),
            (",c-2,Jane,c@example.com,2026-09-01,5,4", "account.id", "empty"),
            ('o-2,c-2,Jane,"a@b.cc, x@y.zz",2026-09-01,5,4', "consumer.contacts[1].value", "bad-person"),
            ("o-2,c-2,Ja\u202ene,c@example.com,2026-09-01,5,4", "consumer", "bad-person"),
            (f"o-2,c-2,{'x' * 20_000},c@example.com,2026-09-01,5,4", "", "too-long"),
        ],
    )  # fmt: skip
    def test_a_broken_row_is_rejected_and_the_others_go_on(self, tmp_path: Path, row: str, field: str, reason: str) -> None:
        """
        With the field, the class of the value and what to do; the value itself stays in the file.
        """
        drafts, (found,), _ = shop(tmp_path, GOOD + row + "\n" + GOOD.replace("-1", "-3"))

        assert ["o-1", "o-3"] == [account_of(draft).id for draft in drafts]
        assert ("orders", 2, 3, field, reason) == (found.source, found.row, found.line, found.field, found.reason)
        assert found.fix
        assert "Jane" not in f"{found} {found.message}"

    @pytest.mark.parametrize("name", ["Null", "O'Brien", "Robert'); DROP TABLE people;--", "=HYPERLINK(x)", "Ø", "😀", ""])
    def test_unusual_names_are_ordinary(self, tmp_path: Path, name: str) -> None:
        """
        Stored exactly, whatever they look like.
        """
        (draft,), rejections, _ = shop(tmp_path, GOOD.replace("Test Consumer", name))

        assert draft.consumer is not None
        assert (name, []) == (draft.consumer.name, rejections)

    def test_a_cut_last_row_is_rejected_and_the_file_is_incomplete(self, tmp_path: Path) -> None:
        """
        A price of 200.00 must not become one of 2, however whole the row looks.
        """
        drafts, (found,), delivery = shop(tmp_path, GOOD + "o-2,c-2,Jane,,2026-09-01,200.00,4")

        assert (1, "truncated", 2) == (len(drafts), found.reason, found.row)
        assert "the file was cut" in delivery.tallies["orders"].summary().incomplete

    def test_a_mapping_may_say_that_the_last_line_has_no_end(self, tmp_path: Path) -> None:
        """
        Some senders leave it out always.
        """
        drafts, rejections, delivery = shop(tmp_path, GOOD.rstrip("\n"), mapping=SHOP.replace('"csv"', '"csv"\nlast_line_open = true'))

        assert (1, [], "") == (len(drafts), rejections, delivery.tallies["orders"].summary().incomplete)

    def test_quoted_values_may_hold_line_breaks_where_the_mapping_says_so(self, tmp_path: Path) -> None:
        """
        Otherwise each line is a row of its own, and a quote that is never closed spoils no other row.
        """
        row = GOOD.replace("Test Consumer", '"Test ""A"", B"') + GOOD.replace("o-1", '"o\n1"') + GOOD.replace("o-1", "o-3")
        mapping = SHOP.replace('"csv"', '"csv"\nmultiline = true')

        many, (bad,), _ = shop(tmp_path, row, mapping=mapping)
        assert (2, 2, 4, "account.id") == (len(many), bad.row, bad.line, bad.field)
        few, rejections, _ = shop(tmp_path, row)
        assert (2, 2) == (len(few), len(rejections))

    def test_windows_line_ends_and_empty_lines_do_no_harm(self, tmp_path: Path) -> None:
        """
        An empty line is no row.
        """
        drafts, rejections, _ = shop(
            tmp_path, GOOD.replace("\n", "\r\n") + "\r\n" + GOOD.replace("-1", "-2"), header=ORDERS.replace("\n", "\r\n")
        )

        assert (2, []) == (len(drafts), rejections)

    def test_rows_are_left_out_with_a_reason(self, tmp_path: Path) -> None:
        """
        And counted; frequent values too, where the mapping asks for it.
        """
        skips = 'format = "csv"\ncount_by = ["n"]\nskip = [{ column = "n", is = ["1", "2"], reason = "too short" }]'
        rows = GOOD + GOOD.replace(",4\n", ",1\n") + GOOD.replace(",4\n", ",2\n")
        drafts, rejections, delivery = shop(tmp_path, rows, mapping=SHOP.replace('format = "csv"', skips))
        summary = delivery.tallies["orders"].summary()

        assert (1, [], {"too short": 2}) == (len(drafts), rejections, summary.skipped)
        assert {"n": {"4": 1, "1": 1, "2": 1}} == summary.counted

    @given(st.binary(max_size=300))
    def test_any_bytes_are_rows_or_refused(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        """
        Each line that is not empty has its result, and nothing falls over.
        """
        folder = tmp_path_factory.mktemp("any")
        try:
            _, _, delivery = shop(folder, content)
        except IntakeError:
            return
        lines = [line for line in content.split(b"\n") if line.strip(b"\r")]

        assert len(lines) == delivery.tallies["orders"].summary().rows

    @given(st.text(max_size=60), st.integers(0, 6))
    def test_any_text_in_any_column_is_one_result(self, tmp_path_factory: pytest.TempPathFactory, text: str, column: int) -> None:
        """
        The rows around it are never touched.
        """
        values = ["o-1", "c-1", "Test", "a@example.com", "2026-09-01", "9.00", "3"]
        values[column] = '"' + text.replace('"', '""').replace("\0", "").replace("\r", "").replace("\n", " ") + '"'
        try:
            drafts, rejections, _ = shop(tmp_path_factory.mktemp("any"), GOOD + ",".join(values) + "\n" + GOOD)
        except UnicodeEncodeError:
            return

        assert 3 == len(drafts) + len(rejections)
        assert len(rejections) <= 1


LOANS = "loan,consumer,start\n"
ROWS = "loan,seq,due,amount\n"
PAID = "id,loan,amount,on\n"


CHARGED_OFF = """
name = "loans"
currency = { constant = "USD" }

[sources.loans]
file = "loans.csv"
format = "csv"

[consumer]
id = "who"

[account]
id = "loan"

[account.plan]
bought_on = { column = "paid_out", instead = "approved" }

[account.plan.terms]
total = { column = "amount", at_least = "lost" }
count = { constant = 1 }

[account.charged_off]
when = [{ column = "off", blank = false }, { column = "lost", blank = false, is_not = ["0.00"] }]
id = { template = "off-{loan}" }
on = "off"
reason = { constant = "given up" }

[[payments]]
id = { template = "paid-{loan}" }
account = "loan"
amount = { column = "amount", at_least = "lost", less = "lost" }
value_on = "off"
when = { column = "off", blank = false }
"""


def loans(folder: Path, *rows: str) -> list[Draft]:
    (folder / "loans.csv").write_text("loan,who,approved,paid_out,amount,off,lost\n" + "".join(f"{row}\n" for row in rows))
    return read(read_mapping(CHARGED_OFF), folder)[0]


class TestChargedOff:
    def test_what_was_not_lost_was_paid(self, tmp_path: Path) -> None:
        """
        Of a thousand dollars four hundred were charged off; a loan that was lost whole has no payment, one that runs neither.
        """
        part, whole, runs = loans(
            tmp_path,
            "l-1,c-1,2020-01-01,2020-02-01,1000.00,2021-03-01,400.00",
            "l-2,c-2,2020-01-01,2020-02-01,1000.00,2021-03-01,1000.00",
            "l-3,c-3,2020-01-01,2020-02-01,1000.00,,",
        )

        assert [60_000] == [payment.amount.minor for payment in part.payments]
        assert part.charged_off is not None
        assert ("off-l-1", date(2021, 3, 1), "given up") == (part.charged_off.id, part.charged_off.value_on, part.charged_off.reason)
        assert () == whole.payments == runs.payments
        assert whole.charged_off is not None
        assert runs.charged_off is None

    def test_more_was_lost_than_paid_out_or_nothing(self, tmp_path: Path) -> None:
        """
        A line that was drawn again owes what was lost of it; where a day is told and nothing was lost, all was paid by that day.
        """
        more, nothing, blank = loans(
            tmp_path,
            "l-1,c-1,2020-01-01,2020-02-01,1000.00,2021-03-01,1400.00",
            "l-2,c-2,2020-01-01,2020-02-01,1000.00,2021-03-01,0.00",
            "l-3,c-3,2020-01-01,2020-02-01,1000.00,2021-03-01,",
        )

        assert (140_000, ()) == (account_of(more).plan.total_minor, more.payments)
        assert more.charged_off is not None
        for draft in (nothing, blank):
            assert [100_000] == [payment.amount.minor for payment in draft.payments]
            assert draft.charged_off is None

    def test_another_column_where_the_first_is_blank(self, tmp_path: Path) -> None:
        """
        A loan without a day of payout begins on the day of its approval.
        """
        first, second = loans(tmp_path, "l-1,c-1,2020-01-01,2020-02-01,10.00,,", "l-2,c-2,2020-01-01,,10.00,,")

        assert date(2020, 2, 1) == account_of(first).plan.bought_on
        assert date(2020, 1, 1) == account_of(second).plan.bought_on

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('on = "off"\nreason', 'on = { column = "off", less = "lost" }\nreason', "less is for amounts alone"),
            ('on = "off"\nreason', 'on = { column = "off", at_least = "lost" }\nreason', "at_least is for amounts alone"),
            ('when = { column = "off", blank = false }', "when = []", r"payments\[1\].when needs at least one test"),
            ('{ column = "amount", at_least = "lost", less = "lost" }', '{ constant = "1.00", less = "lost" }', "needs a 'column'"),
            ('is_not = ["0.00"] }]', 'is_nit = ["0.00"] }]', r"account.charged_off.when\[2\].is_nit is not known here"),
        ],
    )
    def test_refused(self, old: str, new: str, message: str) -> None:
        """
        Only an amount has another taken off, and only what stands in a column.
        """
        with pytest.raises(IntakeError, match=message):
            read_mapping(CHARGED_OFF.replace(old, new))


def joined(folder: Path, loans: str, rows: str, paid: str = "") -> tuple[list[Draft], Delivery]:
    return read(JOINED, written(folder, loans_csv=LOANS + loans, rows_csv=ROWS + rows, paid_csv=PAID + paid))


class TestJoined:
    def test_installments_of_another_file_come_in_any_order(self, tmp_path: Path) -> None:
        """
        Sorted by their numbers, whatever the file does.
        """
        rows = '2,1,01.10.2026,"1.000,50"\n1,2,01.11.2026,"20,00"\n1,1,01.10.2026,"10,00"\n'
        drafts, delivery = joined(tmp_path, "1,c,2026-09-01\n2,c,2026-09-01\n", rows, "p,2,5.00,2026-10-01\n")
        plan = plan_of(drafts[0])

        assert ((1000, 2000), (date(2026, 10, 1), date(2026, 11, 1))) == (plan.principal, plan.due_on)
        assert (100050,) == plan_of(drafts[1]).principal
        assert Money(500, "EUR") == drafts[2].payments[0].amount
        assert 3 == delivery.tallies["rows"].summary().count(RowStatus.CREATED)

    def test_interest_and_tax_of_each_installment(self, tmp_path: Path) -> None:
        """
        Columns beside the principal; a blank cell is none, and without any the plan has no such column.
        """
        columns = 'interest = { column = "cost", locale = "de" }\ntax = { column = "vat", locale = "de" }\n'
        mapping = JOINED.replace(
            'amount = { column = "amount", locale = "de" }\n', 'amount = { column = "amount", locale = "de" }\n' + columns
        )
        header = ROWS.replace("\n", ",cost,vat\n")
        rows = '1,2,01.11.2026,"20,00","0,30",\n1,1,01.10.2026,"10,00","1,00","0,16"\n2,1,01.10.2026,"10,00","1,00",\n'
        folder = written(tmp_path, loans_csv=LOANS + "1,c,2026-09-01\n2,c,2026-09-01\n", rows_csv=header + rows, paid_csv=PAID)
        drafts, _ = read(mapping, folder)
        plans = [plan_of(draft) for draft in drafts[:2]]

        assert [((100, 30), (16, 0)), ((100,), ())] == [(plan.interest, plan.tax) for plan in plans]
        assert 3146 == plans[0].total_minor

    @pytest.mark.parametrize(
        ("rows", "reason"),
        [
            ("", "no-installments"),
            ('1,1,01.10.2026,"10,00"\n1,3,01.11.2026,"10,00"\n', "installments-missing"),
            ('1,1,31.09.2026,"10,00"\n', "not-a-date"),
            ("1,1,01.10.2026,10.5.0\n", "bad-money"),
        ],
    )
    def test_a_plan_that_is_not_whole_rejects_its_account(self, tmp_path: Path, rows: str, reason: str) -> None:
        """
        And all rows of the plan with it, so that they can be repaired together.
        """
        drafts, delivery = joined(tmp_path, "1,c,2026-09-01\n", rows)
        summary = delivery.tallies["rows"].summary()

        assert ([], reason) == (drafts, delivery.tallies["loans"].rejections[0].reason)
        assert summary.rows == summary.count(RowStatus.REJECTED)

    def test_installments_of_nobody_are_rejected(self, tmp_path: Path) -> None:
        """
        They are not dropped in silence.
        """
        _, delivery = joined(tmp_path, "", '9,1,01.10.2026,"10,00"\n')

        assert ["no-account-row"] == [one.reason for one in delivery.tallies["rows"].rejections]

    def test_the_rows_in_memory_are_limited(self, tmp_path: Path) -> None:
        """
        A file that is too large says so instead of filling the memory.
        """
        folder = written(tmp_path, loans_csv=LOANS, rows_csv=ROWS + "1,1,x,y\n" * 3, paid_csv=PAID)

        with pytest.raises(IntakeError, match="more than 2 rows of installments"):
            read(JOINED, folder, Limits(joined_rows_max=2))

    def test_a_folder_must_hold_every_file(self, tmp_path: Path) -> None:
        """
        Without its payments an account would look late.
        """
        with pytest.raises(IntakeError, match=r"paid\.csv: there is no such file"):
            read(JOINED, written(tmp_path, loans_csv=LOANS, rows_csv=ROWS))

    def test_payments_may_be_named_alone(self, tmp_path: Path) -> None:
        """
        Accounts without their installments may not.
        """
        written(tmp_path, loans_csv=LOANS, paid_csv=PAID + "p,2,5.00,2026-10-01\n")
        mapping = read_mapping(JOINED)

        assert 1 == len(list(Delivery(mapping, tmp_path / "paid.csv").drafts()))
        assert 1 == len(list(Delivery(mapping, {"paid": tmp_path / "paid.csv"}).drafts()))
        with pytest.raises(IntakeError, match="the installments of the accounts are missing"):
            Delivery(mapping, tmp_path / "loans.csv")
        with pytest.raises(IntakeError, match="reads loans"):
            Delivery(mapping, [tmp_path / "x.csv"])
        with pytest.raises(IntakeError, match="not 'x'"):
            Delivery(mapping, {"x": tmp_path / "paid.csv"})

    def test_links_in_a_folder_are_not_followed(self, tmp_path: Path) -> None:
        """
        A delivery may come from elsewhere and point anywhere.
        """
        folder = written(tmp_path, loans_csv=LOANS, rows_csv=ROWS, other_csv=PAID)
        (folder / "paid.csv").symlink_to(folder / "other.csv")

        with pytest.raises(IntakeError, match="symbolic link"):
            read(JOINED, folder)


LOAN = (
    '{"id":1,"money":"USD","at":"2026-09-01T07:00:00Z","state":{"late":true,"limit":37.5},'
    '"rows":[{"due":"2026-10-01","amount":22.92},{"due":"2026-11-01","amount":37.5}],'
    '"paid":[{"id":7,"amount":20,"at":"2026-10-01T23:59:59Z"},{"id":8,"amount":5,"at":"2026-10-02T00:00:00Z"}]}'
)


def book(*loans: str) -> str:
    return '{"total":1,"data":{"page":{"a":[1,{"loans":[]}]},"loans":[' + ",".join(loans) + '],"rest":null},"end":"x"}\n'


def nested(folder: Path, text: str, mapping: str = NESTED) -> tuple[list[Draft], Delivery]:
    return read(mapping, written(folder, book_json=text))


class TestNested:
    def test_lists_inside_records_become_plans_and_payments(self, tmp_path: Path) -> None:
        """
        Decimals of JSON are exact to the cent, and the zone gives the day.
        """
        (draft, first, second), _ = nested(tmp_path, book(LOAN))

        assert ((2292, 3750), {"late": "yes", "limit": "37.50"}) == (plan_of(draft).principal, dict(account_of(draft).metadata))
        assert ("l-1", "7", date(2026, 10, 1)) == (first.payments[0].account, first.payments[0].id, first.payments[0].value_on)
        assert datetime(2026, 10, 2, tzinfo=UTC) == second.payments[0].source_at

    @pytest.mark.parametrize(
        ("old", "new", "field", "reason"),
        [
            ("22.92", "1e400", "account.plan.installments.amount", "bad-money"),
            ("22.92", "1E3", "account.plan.installments.amount", "bad-money"),
            ("22.92", "true", "account.plan.installments.amount", "not-an-amount"),
            ("22.92", "22.925", "account.plan.installments.amount", "bad-money"),
            ("22.92", '"1,234"', "account.plan.installments.amount", "bad-money"),
            ("22.92", "NaN", "", "not-a-number"),
            ("22.92", "9" * 5000, "account.plan.installments.amount", "bad-money"),
            ('"id":1,', '"id":1,"id":2,', "", "key-twice"),
            ('"rows":[{', '"rows":7,"x":[{', "rows[]", "not-a-list"),
            ('"rows":[{', '"x":[{', "account.plan.installments", "no-installments"),
            ('{"id":1', '[1,2],{"id":1', "", "not-a-record"),
        ],
    )
    def test_a_broken_record_is_rejected_and_the_others_go_on(self, tmp_path: Path, old: str, new: str, field: str, reason: str) -> None:
        """
        With its number in the list.
        """
        loan = LOAN.replace(old, new, 1)
        drafts, delivery = nested(tmp_path, book(loan, LOAN.replace('"id":1', '"id":3')))
        found = delivery.tallies["book"].rejections[0]

        assert "l-3" in [draft.account.id for draft in drafts if draft.account is not None]
        assert (1, field, reason) == (found.row, found.field, found.reason)

    def test_a_broken_payment_leaves_its_account(self, tmp_path: Path) -> None:
        """
        It is a row of its own, counted apart.
        """
        drafts, delivery = nested(tmp_path, book(LOAN.replace('"amount":5', '"amount":0')))
        (found,) = delivery.tallies["book.paid[]"].rejections

        assert (2, 1, 2, "payments[1].amount") == (len(drafts), found.row, found.item, found.field)

    @pytest.mark.parametrize("cut", range(60, len(book(LOAN, LOAN)) - 1, 13))
    def test_a_cut_file_is_incomplete(self, tmp_path: Path, cut: int) -> None:
        """
        What stands before the cut is read, what follows is said to be missing.
        """
        text = book(LOAN, LOAN)[:cut]
        try:
            drafts, delivery = nested(tmp_path, text)
        except IntakeError:
            assert cut < 70
            return

        assert delivery.tallies["book"].summary().incomplete
        assert text.count('"id":8,"amount":5,"at":"2026-10-02T00:00:00Z"}]}') * 3 == len(drafts)

    @pytest.mark.parametrize("text", ["[]", '{"data":{}}', '{"data":[]}', "x", '{"data":' * 5000])
    def test_a_file_without_the_list_is_refused(self, tmp_path: Path, text: str) -> None:
        """
        The mapping does not fit it.
        """
        with pytest.raises(IntakeError, match="no row was imported"):
            nested(tmp_path, text)

    def test_a_list_that_stands_twice_is_noticed(self, tmp_path: Path) -> None:
        """
        One of the two would be dropped in silence.
        """
        _, delivery = nested(tmp_path, book(LOAN).replace('"rest":null', '"loans":[]'))

        assert "twice" in delivery.tallies["book"].summary().incomplete

    def test_lines_of_json_are_records(self, tmp_path: Path) -> None:
        """
        One a line, and a broken one is one rejection.
        """
        mapping = NESTED.replace('format = "json"\npath = "data.loans[]"', 'format = "jsonl"').replace("book.json", "book.jsonl")
        drafts, delivery = read(mapping, written(tmp_path, book_jsonl=f"{LOAN}\n{{oops\n\n{LOAN.replace(':1,', ':2,', 1)}\n"))

        assert 6 == len(drafts)
        assert [(2, 2, "not-json")] == [(one.row, one.line, one.reason) for one in delivery.tallies["book"].rejections]

    def test_records_longer_than_a_block_are_read(self, tmp_path: Path) -> None:
        """
        However the blocks fall.
        """
        rows = ",".join('{"due":"2026-10-01","amount":1.25}' for _ in range(5000))
        loan = json.dumps({"id": 1, "money": "USD", "at": "2026-09-01T07:00:00Z", "state": {"late": False}, "rows": "?"}).replace(
            '"?"', f"[{rows}]"
        )
        drafts, _ = nested(tmp_path, book(loan, LOAN), NESTED.replace('type = "amount" }', 'type = "amount", optional = true }'))

        assert 5000 == len(plan_of(drafts[0]).principal)

    @given(st.text(max_size=100), st.integers(0, 400))
    def test_any_damage_is_a_result_or_a_refusal(self, tmp_path_factory: pytest.TempPathFactory, text: str, place: int) -> None:
        """
        Nothing but the library's own errors comes out.
        """
        whole = book(LOAN, LOAN)
        try:
            _, delivery = nested(tmp_path_factory.mktemp("any"), whole[:place] + text + whole[place:])
        except (CollectkitError, UnicodeEncodeError):
            return
        assert [] == [tally.source for tally in delivery.tallies.values() if 0 in tally.statuses]


@pytest.fixture(scope="module")
def data(shared_data: Path, skip_loudly: Callable[[str], NoReturn]) -> Path:
    if not (shared_data / "data" / "kiva_schedules").is_dir():
        skip_loudly("the shared data have no kiva_schedules")
    return shared_data / "data"


class TestBundledMappings:
    @pytest.mark.parametrize(("name", "path"), [("kiva-csv", "kiva_schedules"), ("kiva-json", "kiva_schedules/loans_pii_removed.json.gz")])
    def test_the_counts_of_the_loans_are_reproduced(self, data: Path, name: str, path: str) -> None:
        """
        Loans without a schedule are rejected with that reason and not dropped.
        """
        facts = json.loads((data / "kiva_schedules" / "facts.json").read_text())
        drafts, delivery = read(load_mapping(name), data / path)
        counts, money = facts["counts"], facts["money_cents"]
        plans = {account_of(draft).id: plan_of(draft) for draft in drafts if draft.account is not None}
        payments = [payment for draft in drafts for payment in draft.payments]
        summary = delivery.tallies["loans"].summary()

        assert (counts["loans"], counts["by_status"]) == (summary.rows, summary.counted["status"])
        assert (counts["loans_with_schedule"], counts["payments"]) == (len(plans), len(payments))
        assert ["no-installments"] * counts["loans_without_schedule"] == [one.reason for one in delivery.tallies["loans"].rejections]
        assert money["schedule_borrower"] == sum(plan.total_minor for plan in plans.values())
        assert money["payments"] == sum(payment.amount.minor for payment in payments)
        assert counts["schedule_rows"] == sum(len(plan.due_on) for plan in plans.values())
        before = [payment for payment in payments if payment.value_on < plans[payment.account].bought_on]
        assert counts["payments_before_disbursement_date"] == len(before)

    def test_both_forms_of_the_loans_give_the_same_accounts_and_payments(self, data: Path) -> None:
        """
        The nested file and the three tables are one book.
        """
        nested_, _ = read(load_mapping("kiva-json"), data / "kiva_schedules" / "loans_pii_removed.json.gz")
        tables, _ = read(load_mapping("kiva-csv"), data / "kiva_schedules")

        assert {d.account.id: d.account for d in nested_ if d.account} == {d.account.id: d.account for d in tables if d.account}
        assert {p.id: p for d in nested_ for p in d.payments} == {p.id: p for d in tables for p in d.payments}

    def test_the_counts_of_the_invoices_are_reproduced(self, data: Path) -> None:
        """
        Each invoice is an account with one installment and one payment.
        """
        facts = json.loads((data / "ibm_ar" / "facts.json").read_text())
        drafts, delivery = read(load_mapping("ibm-ar"), data / "ibm_ar")
        late = [d for d in drafts if d.payments[0].value_on > plan_of(d).due_on[0]]

        assert (facts["invoices"], facts["customers"]) == (len(drafts), len({account_of(d).consumer for d in drafts}))
        assert facts["total_cents"] == sum(d.payments[0].amount.minor for d in drafts)
        assert facts["disputed"] == sum(account_of(d).metadata["disputed"] == "yes" for d in drafts)
        assert (facts["late_invoices"], facts["late_amount_cents"]) == (len(late), sum(d.payments[0].amount.minor for d in late))
        assert [] == delivery.tallies["invoices"].rejections
