from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation.agency_files import (
    CONTRACT,
    AgencyFile,
    Column,
    FileKind,
    FileReason,
    Received,
    Taken,
    Type,
    digest_of,
    read_file,
    rejects,
    write_file,
)
from collectkit.errors import ValidationError

PAYMENTS = AgencyFile(
    "payment",
    "north",
    "f-1",
    1,
    date(2026, 11, 27),
    [
        {"account": "a-1", "payment": "n-1", "value_on": "2026-11-26", "currency": "USD", "amount_minor": "2500", "what": "payment"},
        {
            "account": "a-2",
            "payment": "n-0",
            "value_on": "2026-11-27",
            "currency": "USD",
            "amount_minor": "900",
            "what": "reversal",
            "reason": "R01",
        },
    ],
)
AS_CSV = """\
collectkit,payment,1,north,f-1,1,2026-11-27
account,payment,value_on,currency,amount_minor,what,reason
a-1,n-1,2026-11-26,USD,2500,payment,
a-2,n-0,2026-11-27,USD,900,reversal,R01
end,2,3400
"""


def reason(text, **more) -> FileReason:
    refused = read_file(text, more.pop("agency", "north"), **more)
    assert not isinstance(refused, Taken)
    return refused.reason


class TestWriting:
    def test_a_file_as_it_is_sent(self):
        """
        Head, columns, rows, and a control record with the count and the sum.
        """
        assert AS_CSV == write_file(PAYMENTS)
        assert 3_400 == PAYMENTS.total_minor

    def test_a_row_that_breaks_the_contract_is_not_sent(self):
        """
        Named by its place and column.
        """
        with pytest.raises(ValidationError, match=r"row 1 of a payment file: amount_minor is whole minor units, not '25\.00'"):
            write_file(attrs.evolve(PAYMENTS, rows=[{**PAYMENTS.rows[0], "amount_minor": "25.00"}]))
        with pytest.raises(ValidationError, match="csv or json, not 'xml'"):
            write_file(PAYMENTS, "xml")

    def test_no_spreadsheet_runs_a_formula(self):
        """
        A text that looks like one is written inert and read back as it was; a negative number stays a number.
        """
        row = {**PAYMENTS.rows[1], "reason": "=HYPERLINK(1)", "amount_minor": "-900"}
        text = write_file(attrs.evolve(PAYMENTS, rows=[row]))

        assert "'=HYPERLINK(1)" in text and ",-900," in text
        assert "=HYPERLINK(1)" == read_file(text, "north").file.rows[0]["reason"]

    @pytest.mark.parametrize("payload", ["=1", "+1", "@1", " =1+1", "\ufeff=1", "＝1+1", "-1+1", "−1"])
    def test_nor_a_short_or_a_hidden_one(self, payload):
        """
        One behind a space or in full width is one too; the rows that were refused are written alike.
        """
        text = write_file(attrs.evolve(PAYMENTS, rows=[{**PAYMENTS.rows[1], "reason": payload}]))
        assert payload == read_file(text, "north").file.rows[0]["reason"]
        refused = read_file(text.replace("2026-11-27,USD", f"{payload},USD"), "north")

        assert [f"'{payload}"] * 2 == [cell for line in csv.reader(io.StringIO(rejects(refused))) for cell in line if payload in cell][-2:]


INSTANTS = st.builds(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), st.integers(0, 10**6))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


def values(column: Column):
    if column.words:
        return st.sampled_from(column.words)
    match column.type:
        case Type.DAY:
            return st.dates().map(date.isoformat)
        case Type.INSTANT:
            return INSTANTS.map(datetime.isoformat)
        case Type.MINOR:
            return st.integers(-(10**15), 10**15).map(str)
        case Type.WHOLE:
            return st.integers(0, 10**6).map(str)
    return TEXTS


@st.composite
def files(draw):
    """Files of every kind whose rows keep to the contract."""
    kind = draw(st.sampled_from(FileKind))
    row = st.fixed_dictionaries({column.name: values(column) for column in CONTRACT[kind]})
    return AgencyFile(
        kind, "north", draw(st.sampled_from(["f-1", "f-2"])), draw(st.integers(1, 9)), draw(st.dates()), draw(st.lists(row, max_size=4))
    )


class TestReading:
    @given(files(), st.sampled_from(["csv", "json"]))
    def test_what_is_written_is_read(self, file, form):
        """
        In both forms, whatever the texts; and sent again it is the same to the letter.
        """
        text = write_file(file, form)
        taken = read_file(text, "north")

        assert isinstance(taken, Taken) and file == taken.file and () == taken.faults
        assert tuple(range(1, file.number)) == taken.missing
        assert text == write_file(taken.file, form)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (("collectkit", "somebody"), "not_readable"),
            (("payment,1,", "invoice,1,"), "not_readable"),
            (("payment,1,", "payment,2,"), "unknown_version"),
            (("north", "south"), "another_agency"),
            (("value_on,currency", "currency,value_on"), "other_columns"),
            (("end,2,3400\n", ""), "incomplete"),
            (("end,2,3400\n", "end,2,34"), "totals_differ"),
            (("a-1,n-1,2026-11-26,USD,2500,payment,\n", ""), "totals_differ"),
            (("2026-11-27\naccount", "yesterday\naccount"), "not_readable"),
        ],
    )
    def test_a_file_that_is_held_as_a_whole(self, change, expected):
        """
        What is no file of this agency, ends early or does not add up is not used in part.
        """
        assert FileReason(expected) is reason(AS_CSV.replace(*change))

    def test_a_bad_row_is_refused_alone(self):
        """
        With its place and reason, as a file to be repaired; the others stand, and so does the control total.
        """
        text = AS_CSV.replace("2026-11-26", "26.11.2026").replace("end,2", "end,3").replace("end", "a-3,too,few\nend", 1)
        taken = read_file(text, "north")

        assert ["a-2"] == [row["account"] for row in taken.file.rows]
        assert [(1, "value_on is a day such as 2026-11-27, not '26.11.2026'"), (3, "account is missing")] == [
            (fault.row, fault.reason) for fault in taken.faults
        ]
        assert "row,reason,account" in rejects(taken) and 3 == len(rejects(taken).splitlines())

    def test_twice_and_under_another_content(self):
        """
        The same file again changes nothing and says so; another one under its id is a conflict.
        """
        received = Received({"f-1": digest_of(AS_CSV)}, {FileKind.PAYMENT: frozenset({1})})

        assert FileReason.ALREADY_TAKEN is reason(AS_CSV, received=received)
        assert FileReason.ID_REUSED is reason(AS_CSV.replace("R01", "R02"), received=received)

    def test_what_must_be_sent_again(self):
        """
        Number 4 after number 1: two and three are missing.
        """
        text = AS_CSV.replace("f-1,1,", "f-4,4,")

        assert (2, 3) == read_file(text, "north", Received({}, {FileKind.PAYMENT: frozenset({1})})).missing

    @given(st.text(max_size=60) | st.just(AS_CSV).flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at])))
    def test_no_text_breaks_the_reader(self, text):
        """
        A file cut off anywhere, or no file at all, is answered and never raises.
        """
        assert read_file(text, "north") is not None

    @pytest.mark.parametrize(
        "text",
        [
            '{"kind": 1}',
            "{",
            '{"kind":"payment","version":1,"agency":"north","id":"f","number":1,"made_on":"2026-01-01","rows":[1],"control":{}}',
        ],
    )
    def test_json_that_is_none(self, text):
        """
        Held as a whole.
        """
        assert reason(text) in {FileReason.NOT_READABLE, FileReason.INCOMPLETE}


class TestReference:
    def test_every_column_is_documented(self):
        """
        The page lists the columns of each kind in their order, with what they hold.
        """
        page = (Path(__file__).parents[2] / "docs" / "reference" / "agency-files.md").read_text(encoding="utf-8")
        for kind, columns in CONTRACT.items():
            section = page.partition(f"## `{kind.value}`")[2].partition("## ")[0]
            rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in section.splitlines() if line.startswith("| `")]
            assert rows == [
                [
                    f"`{column.name}`",
                    ", ".join(f"`{word}`" for word in column.words) or column.type.value,
                    "required" if column.required else "optional",
                ]
                for column in columns
            ]
