"""The worked examples of the official interpretations, run by number, and the packs that they are run on."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

from collectkit.compliance import rule_on, shipped_calendars, shipped_limitations, shipped_pack
from collectkit.compliance.shipped import SHIPPED, shipped_text

from .regulation import Case, Unread, cases, question

OWN = ("library", "courtesy")
TABLES = ("calendars", "us-limitations")
LEAST = {
    "asia-latam-mea": 21,
    "au-nz": 17,
    "canada": 20,
    "combinations": 6,
    "europe-za": 21,
    "gb": 19,
    "payments": 30,
    "us-regf-call-frequency": 47,
    "us-regf-credit-suit-records": 55,
    "us-regf-holds-channels": 82,
    "us-regf-time-place": 38,
    "us-states": 44,
    "us-tcpa": 8,
}


def suite(shared_data: Path, name: str) -> list[Case]:
    return [read(case) for case in cases(shared_data / "vectors" / "regulation" / f"{name}.json")]


def read(case: Case | Unread) -> Case:
    assert isinstance(case, Case), str(case)
    return case


class TestWorkedExamples:
    @pytest.mark.parametrize("name", LEAST)
    def test_every_example_comes_out_as_the_regulator_says(self, name: str, shared_data: Path) -> None:
        """
        Verdict, rules, first lawful instant, missing words, due day and figures agree with each main answer.
        """
        found = suite(shared_data, name)

        assert {} == {case.name: case.differences for case in found if case.differences}
        assert LEAST[name] <= len(found)

    @pytest.mark.parametrize("name", LEAST)
    def test_the_first_lawful_instant_is_lawful_and_the_second_before_it_is_not(self, name: str, shared_data: Path) -> None:
        """
        The earliest instant of every denial that has one, and the second before it.
        """
        for case in suite(shared_data, name):
            if case.ruling.earliest is None:
                continue
            asked, packs = case.asked, case.packs
            assert "deny" != rule_on(asked.moved(case.ruling.earliest), packs).outcome.value, case.name
            before = max(asked.at, case.ruling.earliest - timedelta(seconds=1))
            assert "deny" == rule_on(asked.moved(before), packs).outcome.value, case.name

    def test_a_reading_that_differs_is_no_pass_unless_it_is_listed(self, shared_data: Path) -> None:
        """
        An example with another verdict fails, and passes apart where the regulator's text allows that reading.
        """
        case = next(case for case in suite(shared_data, "au-nz") if "thirtieth day" in case.name)
        other = attrs.evolve(case, ruling=attrs.evolve(case.ruling, outcome=type(case.ruling.outcome)("allow"), findings=(), earliest=None))
        without = attrs.evolve(other, expected={key: value for key, value in other.expected.items() if key != "alternatives"})

        assert (True, "") == (case.passed, case.remark)
        assert other.passed
        assert "thirty days" in other.remark
        assert not without.passed


def lost(theirs: object, ours: object, where: str) -> Iterator[str]:
    """Yield where ours does not hold what theirs does; rules are found by their ids, and remarks may go on."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key, value in theirs.items():
            yield from lost(value, ours.get(key), f"{where}: {key}")
    elif where.endswith(": rule") and isinstance(theirs, list) and isinstance(ours, list):
        held = {rule["id"]: rule for rule in ours}
        for rule in theirs:
            yield from lost(rule, held.get(rule["id"]), f"{where} {rule['id']}")
    elif not (theirs == ours or (where.endswith(": notes") and str(ours).startswith(str(theirs)))):
        yield f"{where}: {theirs!r} is {ours!r}"


class TestShippedPacks:
    def test_nothing_of_the_shared_packs_is_lost(self, shared_data: Path) -> None:
        """
        Every pack ships with every rule, word for word: ids, citations, statuses, sources, dates and parameters. By when it is to be
        reviewed stands there besides, and what was read since: a rule more, a parameter more, a remark that goes on.
        """
        folder = shared_data / "regulation"
        names = sorted(path.stem for path in folder.glob("*.toml") if path.stem not in TABLES)

        assert names == sorted(name for name in SHIPPED if name not in OWN)
        for name in names:
            theirs = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
            ours = tomllib.loads(shipped_text(name))
            assert date(2027, 11, 30) == ours["meta"].pop("review_by"), name
            assert [] == list(lost(theirs, ours, name))
            assert {rule["id"] for rule in theirs["rule"]} <= {rule.id for rule in shipped_pack(name).rules}

    def test_nothing_of_the_shared_tables_is_lost(self, shared_data: Path) -> None:
        """
        Every calendar with every day, and every state with its years.
        """
        folder = shared_data / "regulation"
        calendars = tomllib.loads((folder / "calendars.toml").read_text(encoding="utf-8"))["calendar"]
        states = tomllib.loads((folder / "us-limitations.toml").read_text(encoding="utf-8"))["limitation"]

        assert sorted(calendars) == sorted(shipped_calendars())
        for name, days in calendars.items():
            assert all(shipped_calendars()[name].is_holiday(day) for day in days), name
        assert {row["state"]: (row["written_years"], row["open_years"], row["citation"], row["status"]) for row in states} == {
            years.state: (years.written, years.open, years.citation, years.status) for years in shipped_limitations().values()
        }

    def test_every_example_names_rules_that_ship(self, shared_data: Path) -> None:
        """
        The subject and the answer of each example are rules of the packs.
        """
        met: set[str] = set()
        for file in (shared_data / "vectors" / "regulation").glob("*.json"):
            for vector in json.loads(file.read_text(encoding="utf-8"))["vectors"]:
                met |= {vector["subject_rule"], *vector["then"]["rules"]}
        rules = {rule.id for name in SHIPPED if name not in OWN for rule in shipped_pack(name).rules}

        assert met <= rules


def test_an_example_becomes_a_question_in_the_librarys_words() -> None:
    """
    People, places and times are taken over; nothing that the example leaves out is doubtful.
    """
    given = {
        "packs": ["us-federal"],
        "party": {"role": "third_party", "collector_id": "C1"},
        "consumer": {"id": "P1", "locations": [{"source": "address", "tz": "America/New_York"}]},
        "debts": [{"id": "D1", "accrued_on": "2022-03-01"}],
    }
    asked = question(given, {"action": "sue", "at": "2026-03-01T12:00:00-05:00", "debts": ["D1"]})

    assert ("sue", "third_party", ("America/New_York",), ("D1",)) == (asked.action, asked.party, asked.zones, asked.debts)
    assert asked.all_given
