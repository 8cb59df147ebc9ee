"""The suite `portfolio` on the shared data, and what its command answers."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from .__main__ import main
from .cases import Case, Published, compare
from .portfolio import cases

FOLDERS = {"kiva_schedules": 100, "ibm_ar": 100, "olist_installments": 30, "sba_chargeoff": 80}


class TestCases:
    def test_decimals_agree_when_they_round_to_what_is_published(self):
        """
        Four hundred twenty-nine of 1,562 is published with six places.
        """
        assert Case("rate", Published("0.274648"), Fraction(429, 1562)).passed
        assert not Case("rate", Published("0.274649"), Fraction(429, 1562)).passed

    def test_whole_numbers_agree_exactly(self):
        """
        A truth value is no count, and a missing figure fails.
        """
        assert Case("n", 1, 1).passed
        assert not Case("n", 1, True).passed
        assert [False, False] == [case.passed for case in compare("all", {"a": 1}, {"b": 1})]

    def test_definitions_are_no_figures(self):
        """
        Words beside the figures are not compared.
        """
        assert ["all.n"] == [case.name for case in compare("all", {"n": 1, "definition": "words"}, {"n": 1})]


class TestPublishedFigures:
    @pytest.mark.parametrize("name", FOLDERS)
    def test_every_figure_is_reproduced(self, shared_data, name):
        """
        What is published about a portfolio comes out of its files, to the cent and to the account.
        """
        found = list(cases(shared_data / "data" / name))

        assert FOLDERS[name] < len(found)
        assert [] == [str(case) for case in found if not case.passed]


class TestCommand:
    def test_unknown_suite_is_an_answer_of_its_own(self, capsys):
        """
        A suite that is not here is told, with those that are.
        """
        assert 2 == main(["weather", "."])
        assert "portfolio" in capsys.readouterr().out

    def test_unknown_folder_is_an_answer_of_its_own(self, tmp_path, capsys):
        """
        A folder without known files is neither right nor wrong.
        """
        assert 2 == main(["portfolio", str(tmp_path)])
        assert "no folder of a known form" in capsys.readouterr().out

    def test_one_wrong_cent_fails(self, shared_data, tmp_path, capsys):
        """
        A figure that differs by one minor unit is named and makes the run fail.
        """
        for name in ("invoices.csv", "facts.json"):
            (tmp_path / name).write_bytes((shared_data / "data" / "ibm_ar" / name).read_bytes())
        facts = json.loads((tmp_path / "facts.json").read_text())
        (tmp_path / "facts.json").write_text(json.dumps({**facts, "total_cents": facts["total_cents"] + 1}))

        assert 1 == main(["portfolio", str(tmp_path)])
        lines = capsys.readouterr().out.splitlines()
        assert ["FAILED ibm-ar: total_cents:"] == [" ".join(line.split()[:3]) for line in lines[:-1]]
        assert lines[-1].startswith("passed ")
