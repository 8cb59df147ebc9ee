"""The worked examples of the official interpretations, run by number."""

from __future__ import annotations

from pathlib import Path

import pytest

from .regulator_cases import cases

# How many examples of each suite rest only on kinds of rule that the library has; it must not shrink unseen.
SUITES = {
    "us-regf-call-frequency": 41,
    "us-regf-time-place": 28,
    "us-regf-holds-channels": 58,
    "us-regf-credit-suit-records": 1,
    "us-states": 38,
    "us-tcpa": 8,
    "canada": 15,
    "gb": 12,
    "asia-latam-mea": 12,
    "au-nz": 9,
    "combinations": 5,
    "europe-za": 4,
    "payments": 2,
}


class TestRegulatorCases:
    @pytest.mark.parametrize("suite", SUITES)
    def test_every_applicable_example_comes_out_as_the_regulator_says(self, suite: str, shared_data: Path) -> None:
        """
        Verdict, rules, first lawful instant and missing disclosures agree with each worked example.
        """
        applicable = list(cases(shared_data, suite))
        differing = {case.id: found for case in applicable if (found := case.answer().differences(case.expected))}

        assert {} == differing
        assert SUITES[suite] <= len(applicable)

    def test_an_instant_one_second_before_the_first_lawful_one_is_denied(self, shared_data: Path) -> None:
        """
        The first lawful instant is lawful, and the second before it is not.
        """
        checked = 0
        for suite in ("us-regf-call-frequency", "us-regf-time-place", "combinations", "us-states", "canada"):
            for case in cases(shared_data, suite):
                earliest = case.answer().earliest
                if earliest is not None:
                    checked += 1
                    assert "deny" != case.at(earliest).outcome
                    assert "deny" == case.at_second_before(earliest).outcome

        assert checked >= 40
