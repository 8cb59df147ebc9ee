"""What is likely not meant in a policy that can be loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from collectkit.policy import check_policy

Check = Callable[[str], list[str]]

SENDER = '[sender]\nname = "Ours"\nemail = "a@ours.test"\npay_url = "https://pay.ours.test/{account}"\n'
TOP = 'zone = "Europe/London"\n' + SENDER + '[law]\npacks = ["gb"]\n'
STEP = '[[treatment.step]]\nname = "late"\nday = 10\nchannel = "email"\ntemplate = "reminder-late"\n'


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def run(text: str) -> list[str]:
        file = tmp_path / "own.toml"
        file.write_text(text, encoding="utf-8")
        return [f"{problem.severity} {problem}" for problem in check_policy(file)]

    return run


class TestDoubts:
    def test_nothing_to_say(self, check: Check) -> None:
        """
        A policy without a doubt gives an empty list.
        """
        assert [] == check(TOP + STEP)

    def test_errors_come_alone(self, check: Check) -> None:
        """
        While there are errors nothing else is asked.
        """
        assert ["error zone: must be a time zone such as 'America/New_York', got 'nowhere'"] == check(
            TOP.replace("Europe/London", "nowhere") + STEP
        )

    @pytest.mark.parametrize(
        ("condition", "never"),
        [
            ("days_past_due < 5", True),
            ("5 > days_past_due", True),
            ("days_past_due == 3 and owed > money('1.00 GBP')", True),
            ("days_past_due > 20 and days_past_due < 15", True),
            ("3 < days_past_due < 8", True),
            ("days_past_due < 5 or installments_paid > 1", False),
            ("days_past_due < 11", False),
            ("days_past_due != 3", False),
        ],
    )
    def test_step_that_never_fires(self, check: Check, condition: str, never: bool) -> None:
        """
        A guard that ends before the step's day, or holds for no day at all, is found; what may hold is left alone.
        """
        assert never == any("can never fire" in text for text in check(TOP + STEP + f'when = "{condition}"\n'))

    @pytest.mark.parametrize(
        ("purpose", "said"),
        [
            ("notise", ["'notise' is no purpose that decides anything; did you mean 'notice'?"]),
            ("Notice", ["'Notice' is no purpose that decides anything; did you mean 'notice'?"]),
            ("notice", []),
            ("offer", []),
        ],
    )
    def test_purposes(self, check: Check, purpose: str, said: list[str]) -> None:
        """
        A misspelt notice would be made at most once; a purpose of the host's own is its own.
        """
        expected = [f"warning treatment.step[late].purpose: {text}" for text in said]

        assert expected == check(TOP + STEP + f'purpose = "{purpose}"\n')

    @pytest.mark.parametrize(("share", "warned"), [(2_500, False), (10_000, False), (250_000, True)])
    def test_a_cap_that_holds_nothing_back(self, check: Check, share: int, warned: bool) -> None:
        """
        Basis points that were counted twice: a cap of 25 times the order.
        """
        fees = f'[late_fees]\n[[late_fees.tier]]\namount = "5.00 GBP"\n[late_fees.caps]\nper_order_bp = {share}\n'

        assert warned == any("late_fees.caps.per_order_bp: is 250000 basis points" in line for line in check(TOP + fees + STEP))

    def test_templates(self, check: Check) -> None:
        """
        A template that is not there, one that is not named, and one that does not say what the step promises.
        """
        found = check(TOP + STEP.replace("reminder-late", "remider-late"))
        assert [
            "warning treatment.step[late].template: there is no template 'remider-late' for email; did you mean 'reminder-late'?"
        ] == found

        assert "has no template" in check(TOP + STEP.replace('template = "reminder-late"', ""))[0]

        promised = check(TOP + STEP + 'content = ["debt_advice_signpost"]\n')
        assert "warning treatment.step[late].content: the template in en does not carry debt_advice_signpost" in promised

    def test_handlers(self, check: Check) -> None:
        """
        A handler without a rule, a third party without a licence, and one that cannot take what its rule gives.
        """
        text = """
        [[handler]]
        id = "idle"
        name = "Idle"
        kind = "in_house"
        [[handler]]
        id = "agency"
        name = "Agency"
        kind = "agency"
        days_past_due_least = 90
        [[allocation]]
        name = "early"
        when = "days_past_due < 30"
        handlers = ["agency"]
        """
        assert [
            "warning handler[idle]: is named by no allocation rule and gets nothing",
            "warning handler[agency].licences: is empty, and a third party gets nothing where it holds no licence",
            "warning allocation[early].handlers: agency cannot take an account of that many days past due",
        ] == check(TOP + STEP + text)

    def test_rule_behind_a_wall(self, check: Check) -> None:
        """
        A rule after one that takes everything and parks the rest is never asked.
        """
        text = """
        [[handler]]
        id = "team"
        name = "Team"
        kind = "in_house"
        [[allocation]]
        name = "all"
        handlers = ["team"]
        when_full = "park"
        [[allocation]]
        name = "later"
        handlers = ["team"]
        """
        expected = "warning allocation[later]: is never asked: the rule 'all' before it takes every account, also when it has no room"
        assert [expected] == check(TOP + STEP + text)

    def test_packs(self, check: Check) -> None:
        """
        No pack at all, a name nobody ships, and a file that is not there.
        """
        assert "names no pack" in check(TOP.replace('["gb"]', "[]") + STEP)[0]
        assert "must come from a plugin" in check(TOP.replace('"gb"', '"gbr"') + STEP)[0]
        assert check(TOP.replace('"gb"', '"./gb.toml"') + STEP)[0].startswith(
            "error law.packs[1]: the rule pack './gb.toml' cannot be read"
        )

    def test_sender(self, check: Check) -> None:
        """
        What a message shows must be there, and be the host's own.
        """
        found = check(TOP.replace('"Ours"', '"Example Pay"').replace('email = "a@ours.test"\n', "") + STEP)

        assert [
            "warning sender.name: is still the example 'Example Pay'; put in your own",
            "warning sender.email: is empty, and messages that show it are not sent",
        ] == found
