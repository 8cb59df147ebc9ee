"""The suite `accounts`: published histories of accounts, and that a wrong cent is seen."""

from __future__ import annotations

import json

import pytest

from .__main__ import main
from .accounts import cases, run


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "vectors" / "fineract"


class TestPublishedHistories:
    def test_every_required_history_is_reproduced(self, folder):
        """
        Two hundred eighty-two accounts, every figure of every step; what is optional is counted apart.
        """
        found = list(cases(folder))

        assert 282 == sum(not case.optional for case in found)
        assert [] == [str(case) for case in found if not case.optional and not case.passed]


class TestCommand:
    def test_optional_histories_fail_nothing(self, folder, tmp_path, capsys):
        """
        They are reported, and the run still ends well.
        """
        held = json.loads((folder / "LoanRepayment.json").read_text())
        chosen = [one for one in held["scenarios"] if one["tier"] == "C"][:1] + [one for one in held["scenarios"] if one["tier"] == "A"][:1]
        (tmp_path / "some.json").write_text(json.dumps({**held, "scenarios": chosen}))

        assert 0 == main(["accounts", str(tmp_path)])
        assert "optional, counted apart: passed 0 of 1\npassed 1 of 1\n" in capsys.readouterr().out

    def test_one_wrong_cent_is_named_with_its_step(self, folder):
        """
        The first step that differs is told, and how.
        """
        scenario = json.loads((folder / "LoanReAging.json").read_text())["scenarios"][0]
        step = next(step for step in scenario["steps"] if step.get("expect") == "schedule")
        row = next(row for row in step["rows"] if row["nr"] == "1")
        assert "as published" == run(scenario)
        row["outstanding"] = "0.01"

        assert "outstanding" in run(scenario)

    @pytest.mark.parametrize(
        ("code", "digits", "share"), [("JPY", 0, "333"), ("EUR", 0, "333.0"), ("KWD", 3, "333.333"), ("ABC", 2, "333.33")]
    )
    def test_decimals_are_those_of_the_product(self, folder, code, digits, share):
        """
        A thousand in three, in currencies of other decimals than the code has here, or of codes that are none here.
        """
        held = json.loads((folder / "LoanRepayment.json").read_text())["scenarios"]
        plain = next(
            one for one in held if one["product"]["schedule_type"] == "CUMULATIVE" and float(one["product"]["interest"]["rate"]) == 0
        )
        product = {**plain["product"], "currency": {"code": code, "digits": digits, "in_multiples_of": 0}, "down_payment": None}
        product |= {"principal": "1000.0", "installments": 3, "installment_amount_in_multiples_of": None}
        steps = [{"do": "create"}, {"expect": "schedule", "periods": 3, "rows": [{"nr": "1", "principal": share, "due": share}]}]

        assert "as published" == run({**plain, "product": product, "steps": steps})
        assert "no currency has 7 decimals" in run({**plain, "product": {**product, "currency": {"code": "EUR", "digits": 7}}})

    def test_what_should_be_refused_and_is_not_is_told(self, folder):
        """
        An action that is expected to be refused fails the scenario when it is taken.
        """
        scenario = json.loads((folder / "LoanWriteOff.json").read_text())["scenarios"][0]
        step = next(step for step in scenario["steps"] if step.get("do") == "pay" and "error" not in step)
        step["error"] = "because"

        assert "should be refused: because" in run(scenario)

    def test_a_folder_without_histories_is_an_answer_of_its_own(self, tmp_path, capsys):
        """
        It is neither right nor wrong.
        """
        assert 2 == main(["accounts", str(tmp_path)])
        assert "holds no scenarios" in capsys.readouterr().out
