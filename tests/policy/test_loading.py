"""From TOML to a policy, and everything that is wrong with it at once."""

from __future__ import annotations

import json
from datetime import date, time
from importlib.resources import files
from pathlib import Path

import attrs
import pytest

from collectkit.errors import PolicyError
from collectkit.money import Money
from collectkit.policy import PRESETS, Policy, check_policy, load_policy, policy_schema, read_policy
from collectkit.schedules import FeeTax, Slot, Waterfall
from collectkit.treatment import AfterStep, BucketEntry, Cured, DueOffset, Happened, OnDate, PromiseBroken, PromiseOffset, Resume

SMALL = """
zone = "Europe/Berlin"

[treatment]
[[treatment.step]]
name = "late"
day = 1
channel = "email"
template = "reminder-late"
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        read_policy(text, "own")
    return caught.value.problems


class TestReading:
    def test_little_is_needed(self) -> None:
        """
        A zone and one step are a policy; everything else has a default that charges nothing and places nothing.
        """
        policy = read_policy(SMALL, "own")

        assert ("own", "Europe/Berlin", None, ()) == (policy.name, policy.zone, policy.late_fees, policy.allocation.handlers)

    def test_every_trigger(self) -> None:
        """
        A step is due by a day, after another step, around a promise, or when something happens.
        """
        steps = """
        [[treatment.step]]
        name = "call"
        after = "late"
        after_days = 2
        channel = "phone"
        [[treatment.step]]
        name = "promise"
        promise_day = -1
        channel = "sms"
        [[treatment.step]]
        name = "broken"
        on = "promise_broken"
        channel = "sms"
        [[treatment.step]]
        name = "thaw"
        on = "cured"
        action = "thaw_purchases"
        """
        policy = read_policy(SMALL + steps, "own")

        expected = [DueOffset(1), AfterStep("late", 2), PromiseOffset(-1), PromiseBroken(), Cured()]
        assert expected == [step.trigger for step in policy.treatment.steps]

    def test_tax_on_fees(self) -> None:
        """
        A rate with its source, in the prices or on top of them.
        """
        text = """
        [late_fees]
        [[late_fees.tier]]
        amount = "100.00 MXN"
        [late_fees.tax]
        rate_bp = 1600
        prices = "without_tax"
        source = "the law"
        [due_dates]
        fee = "20.00 MXN"
        [due_dates.fee_tax]
        rate_bp = 1600
        """
        policy = read_policy(SMALL + text, "own")

        assert policy.late_fees is not None
        assert policy.due_dates is not None
        assert FeeTax(1600, "without_tax", "the law") == policy.late_fees.tax
        assert FeeTax(1600) == policy.due_dates.fee_tax
        assert any("rate_bp" in line for line in problems(SMALL + text.replace("rate_bp = 1600", "rate_bp = 0", 1)))

    @pytest.mark.parametrize("tax", ["", '"{0}.tax", '])
    def test_an_order_of_twelve_slots_or_of_fifteen(self, tax: str) -> None:
        """
        A file written before there was tax is read with tax behind the last of penalty, fee and interest; a later one says where.
        """
        slots = tax + '"{0}.interest", "{0}.principal", "{0}.fee", "{0}.penalty"'
        order = ", ".join(slots.format(phase) for phase in ("past_due", "due", "in_advance"))
        waterfall = read_policy(f"{SMALL}\n[waterfall]\norder = [{order}]\n", "own").waterfall

        assert isinstance(waterfall, Waterfall)
        assert (15, 0 if tax else 4) == (len(waterfall.order), waterfall.order.index(Slot("past_due", "tax")))

    def test_handlers_and_rules(self) -> None:
        """
        Handlers and rules come in the order of the file; amounts know their currency.
        """
        text = """
        [[handler]]
        id = "agency"
        name = "Agency"
        kind = "agency"
        licences = ["DE"]
        active_from = 2026-01-01
        amounts = [{ least = "50.00 EUR" }]
        [[allocation]]
        name = "late"
        when = "days_past_due >= 90"
        handlers = ["agency"]
        """
        allocation = read_policy(SMALL + text, "own").allocation

        assert ("third_party", date(2026, 1, 1), 5000) == (
            allocation.handlers[0].party,
            allocation.handlers[0].active_from,
            allocation.handlers[0].amounts[0].least_minor,
        )
        assert "days_past_due >= 90" == str(allocation.rules[0].when)

    def test_paths_start_at_the_file(self, tmp_path: Path) -> None:
        """
        The folder of a file is kept for the packs and templates that it names.
        """
        (tmp_path / "own.toml").write_text(SMALL, encoding="utf-8")

        policy = load_policy(tmp_path / "own.toml")

        assert ("own", tmp_path.resolve()) == (policy.name, policy.folder)


class TestTriggersAsData:
    STEPS = """
        [treatment.resume]
        dispute = "continue"
        promise = "skip"
        [[treatment.step]]
        name = "band"
        bucket = "8+"
        bucket_days = 2
        action = "agent_task"
        [[treatment.step]]
        name = "arrived"
        after_delivery = "late"
        after_days = 3
        channel = "phone"
        when = "count('no_answer', 10) == 0"
        [[treatment.step]]
        name = "bounced"
        on = "payment_reversed"
        on_days = 1
        action = "agent_task"
        [[treatment.step]]
        name = "holidays"
        date = 2026-12-20
        channel = "sms"
        template = "t"
        local_time = 10:30:00
        weekdays = ["mon", "tue"]
        [[treatment.step]]
        name = "cut"
        day = 3
        action = "cut_limit"
        limit_bp = 2500
        [[treatment.step]]
        name = "thaw"
        on = "cured"
        action = "thaw_purchases"
        """

    def read(self) -> Policy:
        top = SMALL.replace("[treatment]\n", '[buckets]\nstarts = [1, 8]\n[treatment]\nquiet_days = ["sun"]\npayment_pause_days = 2\n')
        return read_policy(top + self.STEPS, "own")

    def test_every_trigger_and_rule_is_data(self) -> None:
        """
        Bands, deliveries, events, days, local hours, what rests when, and how it goes on.
        """
        held = self.read().treatment
        steps = held.steps_by_name

        assert [
            BucketEntry("8+", 2),
            AfterStep("late", 3, delivered=True),
            Happened("payment_reversed", 1),
            OnDate(date(2026, 12, 20)),
        ] == [steps[name].trigger for name in ("band", "arrived", "bounced", "holidays")]
        assert (time(10, 30), (0, 1)) == (steps["holidays"].local_time, steps["holidays"].weekdays)
        assert (2_500, 10) == (steps["cut"].limit_bp, held.rank(steps["band"]))
        assert ({"dispute": Resume.CONTINUE, "promise": Resume.SKIP}, (6,), 2) == (held.resume, held.quiet_days, held.payment_pause_days)
        assert held.asks_for_the_past

    @pytest.mark.parametrize(
        ("before", "after", "place", "words"),
        [
            ('bucket = "8+"', 'bucket = "9+"', "treatment", "bands of lateness are 1-7, 8+"),
            ("bucket_days = 2", "after_days = 2", "treatment.step[band]", "after_days belongs to a step with `after` or `after_delivery`"),
            ('"payment_reversed"', '"payment_revesed"', "treatment.step[bounced].on", "did you mean 'payment_reversed'?"),
            ("10:30:00", "10:30:15", "treatment.step[holidays].local_time", "whole minutes"),
            ('"tue"', '"tuesday"', "treatment.step[holidays].weekdays[2]", "allowed are"),
            ("limit_bp = 2500", "", "treatment.step[cut]", "limit_bp"),
            ('"continue"', '"go on"', "treatment.resume.dispute", "allowed are"),
            ("dispute =", "dispite =", "treatment.resume.dispite", "did you mean 'dispute'?"),
        ],
    )
    def test_what_is_wrong_has_its_place(self, before: str, after: str, place: str, words: str) -> None:
        """
        Each problem names its key and what is allowed.
        """
        self.STEPS, kept = self.STEPS.replace(before, after), self.STEPS
        with pytest.raises(PolicyError) as caught:
            self.read()
        self.STEPS = kept
        (problem,) = caught.value.problems

        assert problem.startswith(f"{place}: ")
        assert words in problem

    def test_a_condition_points_into_its_text_and_the_message_into_the_file(self, tmp_path: Path) -> None:
        """
        The file, the key, and the column of the word that is wrong, counted from 1.
        """
        file = tmp_path / "own.toml"
        file.write_text(SMALL + "when = \"owed > money('1.00 EUR') and count('repyl', 10) > 1\"\n", encoding="utf-8")
        with pytest.raises(PolicyError) as caught:
            load_policy(file)

        assert str(file) in str(caught.value)
        assert caught.value.problems[0].startswith("treatment.step[late].when: column 36: nothing is called 'repyl'; did you mean reply?")


class TestFaults:
    def test_all_at_once_with_their_places(self) -> None:
        """
        Everything that is wrong in a file is told in one go, in its own place.
        """
        text = (
            SMALL.replace("Europe/Berlin", "Europe/Berlim")
            + """
        when = "days_past_du >= 3"
        [promises]
        grace_day = 1
        broken_max = -1
        [[late_fees.tier]]
        amount = "8 dollars"
        """
        )
        places = [problem.split(": ")[0] for problem in problems(text)]

        expected = ["zone", "late_fees.tier[1].amount", "promises.grace_day", "promises.broken_max", "treatment.step[late].when"]
        assert sorted(expected) == sorted(places)

    def test_message_lists_them(self) -> None:
        """
        The text of the error is what a person reads in a terminal.
        """
        with pytest.raises(PolicyError) as caught:
            read_policy("zone = 1", "own")

        assert "policy 'own' has 2 problems; nothing was loaded:\n  treatment: is missing\n  zone: must be a text, got 1" == str(
            caught.value
        )

    def test_no_toml(self) -> None:
        """
        A file that is no TOML says where the reader stopped.
        """
        assert "line 2" in problems("\nzone = nowhere\n")[0]

    def test_a_step_has_one_trigger(self) -> None:
        """
        A step that is due twice over, or never, is refused under its name.
        """
        twice, none = SMALL.replace("day = 1", "day = 1\nafter = 'late'"), SMALL.replace("day = 1", "")
        one_of = "a step is due by exactly one of day, bucket, after, after_delivery, promise_day, on, date"

        assert (f"treatment.step[late]: {one_of}, got day, after",) == problems(twice)
        assert (f"treatment.step[late]: {one_of}, got none",) == problems(none)

    def test_rooms_check_what_belongs_together(self) -> None:
        """
        A freeze that nothing thaws is refused by treatment itself.
        """
        freeze = '[[treatment.step]]\nname = "freeze"\nday = 1\naction = "freeze_purchases"\n'

        assert "never thaws" in problems(SMALL + freeze)[0]

    def test_unknown_preset(self) -> None:
        """
        A name that is nearly one of ours is suggested.
        """
        with pytest.raises(PolicyError, match="no bundled policy 'us-bnlp'; did you mean 'us-bnpl'"):
            load_policy("us-bnlp")

    def test_unreadable_file(self, tmp_path: Path) -> None:
        """
        A file that is not there is a policy error, not an OSError.
        """
        with pytest.raises(PolicyError, match=r"none\.toml' cannot be read: no such file or directory; nothing was loaded"):
            load_policy(tmp_path / "none.toml")

    def test_an_unknown_strategy_is_told_each_known_one_once(self) -> None:
        """
        A kit names those of all plugins, ours among them.
        """
        text = SMALL + '[[allocation]]\nname = "late"\nhandlers = ["team"]\ndistribution = "nobody"\n'
        with pytest.raises(PolicyError) as caught:
            read_policy(text, "small", strategies=("first", "optimal", "acme"))

        (problem,) = [problem for problem in caught.value.problems if "distribution" in problem]
        known = problem.partition("allowed are ")[2].split(", ")
        assert {"acme", "first", "optimal"} < set(known)
        assert sorted(set(known)) == known


class TestVersion:
    def test_comments_and_order_do_not_matter(self) -> None:
        """
        Two files that say the same are one version.
        """
        assert read_policy(SMALL, "own").version == read_policy("# another comment\n" + SMALL + "\n[promises]\n", "own").version

    def test_every_change_does(self) -> None:
        """
        A change of one number is another version.
        """
        one, other = read_policy(SMALL, "own"), read_policy(SMALL.replace("day = 1", "day = 2"), "own")

        assert one.version != other.version
        assert one.treatment.version != other.treatment.version

    def test_folder_is_no_part(self) -> None:
        """
        The same file is the same version on every machine.
        """
        assert read_policy(SMALL, "own", folder=Path("/one")).version == read_policy(SMALL, "own", folder=Path("/two")).version

    def test_looks_like(self) -> None:
        """
        A version names the policy and twelve hexadecimal digits.
        """
        name, _, digits = load_policy("us-bnpl").version.partition("@")

        assert ("us-bnpl", 12) == (name, len(bytes.fromhex(digits)) * 2)

    def test_is_not_chosen(self) -> None:
        """
        Changing a policy in Python changes its version too.
        """
        policy = load_policy("us-bnpl")

        assert policy.version != attrs.evolve(policy, zone="America/Chicago").version
        assert policy.version == attrs.evolve(policy, zone=policy.zone).version


class TestSchema:
    def test_the_file_is_the_schema(self) -> None:
        """
        What editors read is made from what the loader reads; write it anew with `policy_schema` when this fails.
        """
        shipped = files("collectkit.policy").joinpath("policy.schema.json").read_text(encoding="utf-8")

        assert policy_schema() == json.loads(shipped)

    @pytest.mark.parametrize("name", PRESETS)
    def test_presets_use_known_keys_only(self, name: str) -> None:
        """
        Each bundled policy loads without a problem, and its only doubts are the examples in [sender].
        """
        assert isinstance(load_policy(name), Policy)
        assert set() == {problem.place.partition(".")[0] for problem in check_policy(name)} - {"sender"}


class TestPresets:
    @pytest.mark.parametrize(
        ("name", "zone"), [("us-bnpl", "America/New_York"), ("uk-bnpl", "Europe/London"), ("au-bnpl", "Australia/Sydney")]
    )
    def test_zone(self, name: str, zone: str) -> None:
        """
        The business date is that of the market.
        """
        assert zone == load_policy(name).zone

    @pytest.mark.parametrize("name", ["us-bnpl", "uk-bnpl", "au-bnpl"])
    def test_humane(self, name: str) -> None:
        """
        People are reminded before the due date, written to twice a day at most, and placed after ninety days at the earliest.
        """
        policy = load_policy(name)
        days = [step.trigger.days for step in policy.treatment.steps if step.channel and isinstance(step.trigger, DueOffset)]
        agencies = [handler for handler in policy.allocation.handlers if handler.party == "third_party"]

        assert min(days) < 0
        assert 2 >= max(days.count(day) for day in days)
        assert 90 <= min(handler.days_past_due_least for handler in agencies)
        assert {"in_house", "call_center", "field_agent", "agency"} == {handler.kind.value for handler in policy.allocation.handlers}

    @pytest.mark.parametrize(
        ("name", "order", "fees"),
        [
            ("us-bnpl", Money.of("200.00", "USD"), [Money.of("8.00", "USD")]),
            ("uk-bnpl", Money.of("200.00", "GBP"), [Money.of("6.00", "GBP"), Money.of("6.00", "GBP")]),
            ("au-bnpl", Money.of("200.00", "AUD"), [Money.of("10.00", "AUD"), Money.of("7.00", "AUD")]),
        ],
    )
    def test_fees_as_published(self, name: str, order: Money, fees: list[Money]) -> None:
        """
        The tiers are those of the table in the comments, and never more than a quarter of an order.
        """
        policy = load_policy(name).late_fees
        assert policy is not None

        assert fees == [tier.amount for tier in policy.tiers]
        assert 2500 == policy.caps.per_order_bp
