"""`collectkit law`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from collectkit import Account, Consumer, Email, Kit, Phone, plans
from collectkit.compliance.shipped import LAWS, shipped_text
from collectkit.money import Money

AFTERNOON, NIGHT = "2026-10-20T18:00:00Z", "2026-10-21T04:00:00Z"


@pytest.fixture
def called(tmp_path: Path) -> Path:
    """A book with one person in New York who has a telephone."""
    file = tmp_path / "law.db"
    at = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
    with Kit.open(f"sqlite:///{file}", policy="us-bnpl", actor="test") as kit:
        kit.register(Consumer("c-1", region="US-NY", contacts=[Phone("+12125550123", source="checkout")]), at=at)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=at)
    return file


class TestLawExplain:
    def test_a_call_in_the_afternoon_is_allowed(self, run: Callable, called: Path) -> None:
        """
        Until when it may begin, and which packs were asked.
        """
        ran = run("law", "explain", "c-1", "--book", called, "--channel", "phone", "--at", AFTERNOON)

        assert 0 == ran.code
        assert "Allowed: contact by phone at 2026-10-20 14:00:00 (America/New_York)." in ran.out
        assert "us-federal@" in ran.out

    def test_a_call_at_night_says_when_next_and_by_which_paragraph(self, run: Callable, called: Path) -> None:
        """
        It exits as a refusal.
        """
        ran = run("law", "explain", "c-1", "--book", called, "--channel", "phone", "--at", NIGHT, "--party", "third_party")

        assert 3 == ran.code
        assert "Lawful from 2026-10-21 08:00:00 (America/New_York) at the earliest." in ran.out
        assert "12 CFR 1006.6(b)(1)(i)" in ran.out

    def test_the_same_as_json(self, run: Callable, called: Path) -> None:
        """
        With each finding and what was looked at.
        """
        told = json.loads(run("law", "explain", "c-1", "--book", called, "--channel", "phone", "--at", NIGHT, "--json").out)

        assert "deny" == told["outcome"]
        assert told["findings"][0]["citation"]
        assert "US-NY" == told["facts"]["regions"]

    def test_a_contact_without_a_channel_is_no_question_about_contact(self, run: Callable, called: Path) -> None:
        """
        What is true is said, and not that the person cannot be reached.
        """
        ran = run("law", "explain", "c-1", "--book", called, "--at", AFTERNOON)

        assert 3 == ran.code
        assert "By which channel contact would be made was not said" in ran.out

    def test_an_act_that_nobody_knows_is_a_sentence(self, run: Callable, called: Path) -> None:
        """
        The message lists the acts.
        """
        ran = run("law", "explain", "c-1", "--book", called, "--action", "shout")

        assert 1 == ran.code
        assert "an action is one of contact, charge_fee" in ran.err


class TestLawWeek:
    def test_seven_days_are_drawn_and_written(self, run: Callable, called: Path, tmp_path: Path) -> None:
        """
        In the terminal and as SVG.
        """
        picture = tmp_path / "week.svg"
        ran = run("law", "week", "c-1", "--book", called, "--channel", "phone", "--at", AFTERNOON, "--svg", picture)

        assert 0 == ran.code
        assert "Wed 10-21" in ran.out
        assert "Mon 10-26" in ran.out
        assert picture.read_text(encoding="utf-8").startswith("<svg xmlns=")

    def test_a_picture_that_cannot_be_written_is_a_sentence(self, run: Callable, called: Path, tmp_path: Path) -> None:
        """
        Before anything is drawn.
        """
        ran = run("law", "week", "c-1", "--book", called, "--channel", "phone", "--at", AFTERNOON, "--svg", tmp_path / "no" / "week.svg")

        assert (1, "") == (ran.code, ran.out)
        assert "week.svg cannot be written: No such file or directory; nothing was drawn" in ran.err


class TestLawPacks:
    def test_all_that_ship_are_listed_with_their_statuses(self, run: Callable) -> None:
        """
        How many rules were checked how well.
        """
        ran = run("law", "packs")

        assert 0 == ran.code
        assert "us-ny              US-NY" in ran.out
        assert "7 rules: 7 verified" in ran.out

    def test_a_policys_packs_and_what_must_be_looked_at(self, run: Callable) -> None:
        """
        A rule that ends soon makes it exit with 1.
        """
        named = json.loads(run("law", "packs", "--policy", "us-bnpl", "--json").out)

        assert ["library", "courtesy", *LAWS] == [pack["name"] for pack in named["packs"]]
        ran = run("law", "packs", "--on", "2025-02-01")
        assert 1 == ran.code
        assert "look at: sa: rule" in ran.out

    def test_law_that_was_not_reviewed_in_time_is_told(self, run: Callable, tmp_path: Path) -> None:
        """
        By when each pack is to be reviewed, and from when on it is closed by the grace of the policy.
        """
        text = files("collectkit.policy").joinpath("presets", "us-bnpl.toml").read_text(encoding="utf-8")
        policy = tmp_path / "policy.toml"
        policy.write_text(text.replace("\n[law]\n", "\n[law]\ngrace_days = 5\n"), encoding="utf-8")
        named = json.loads(run("law", "packs", "--policy", policy, "--json").out)

        assert "review by 2027-11-30, else closed from 2028-02-29" in run("law", "packs").out
        told = {(pack["name"], pack["review_by"], pack["closes_on"]) for pack in named["packs"]}
        assert {("us-federal", "2027-11-30", "2027-12-06"), ("library", None, None)} <= told
        ran = run("law", "packs", "--policy", policy, "--on", "2027-12-06")
        assert 1 == ran.code
        assert "us-federal: the whole pack was to be reviewed by 2027-11-30; since 2027-12-06 what it reaches is closed." in ran.out


class TestLawReplay:
    def test_stored_verdicts_and_other_law(self, run: Callable, called: Path, tmp_path: Path) -> None:
        """
        Every verdict is given again; under a pack that forbids e-mail the contacts that were made would not have been.
        """
        with Kit.open(f"sqlite:///{called}", policy="us-bnpl", actor="test") as kit:
            kit.register(
                Consumer(
                    "c-2", region="US-NY", contacts=[Phone("+12125550123", source="checkout"), Email("c2@example.com", source="checkout")]
                ),
                at=datetime(2026, 10, 1, 18, 0, tzinfo=UTC),
            )
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
            kit.open_account(Account("a-2", consumer="c-2", plan=plan), at=datetime(2026, 10, 1, 18, 0, tzinfo=UTC))
            for day in range(2, 20):
                at = datetime(2026, 10, day, 18, 0, tzinfo=UTC)
                kit.run_night(as_of=at.date(), at=at)
                kit.dispatch(at=at, worker="w")
        (tmp_path / "courtesy.toml").write_text(shipped_text("courtesy").replace("21:00:00", "09:00:00"), encoding="utf-8")

        same = run("law", "replay", "--book", called)
        assert 0 == same.code
        assert ", 0 with another answer, 0 under law that is not asked any more." in same.out
        none = run("law", "replay", "--book", called, "--until", "2026-10-01T00:00:00Z")
        assert (0, "0 verdicts given again, 0 with another answer") == (none.code, none.out.strip().rpartition(",")[0])
        other = run("law", "replay", "--book", called, "--packs", tmp_path / "courtesy.toml", "--person", "c-2")
        assert 1 == other.code
        assert "allow -> deny by collectkit.courtesy.hours" in other.out
        told = json.loads(run("law", "replay", "--book", called, "--packs", tmp_path, "--json", "--since", "2026-10-10T00:00:00Z").out)
        assert 0 < len(told["differing"]) <= told["acts"]
        nothing = run("law", "replay", "--book", called, "--packs", tmp_path, "--until", "2026-10-01T00:00:00Z")
        assert (0, "0 acts judged, 0 with another answer.") == (nothing.code, nothing.out.strip())


class TestLawDiff:
    def test_a_new_version_is_told(self, run: Callable, tmp_path: Path) -> None:
        """
        Files and folders.
        """
        for folder, text in (("old", shipped_text("us-wv")), ("new", shipped_text("us-wv").replace("max = 30", "max = 20"))):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "us-wv.toml").write_text(text, encoding="utf-8")

        assert "params.max was 30, is 20" in run("law", "diff", tmp_path / "old", tmp_path / "new").out
        assert "params.max was 30, is 20" in run("law", "diff", tmp_path / "old" / "us-wv.toml", tmp_path / "new" / "us-wv.toml").out
