"""Every hook, as a kit asks it: what an answer does, and what rubbish and exceptions do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import attrs
import pytest

from collectkit._kit.parts import Parts, assemble
from collectkit.allocation import STRATEGIES, AllocationPolicy, AllocationRule, Handler
from collectkit.calendars import Weekends
from collectkit.channels.outcomes import Accepted
from collectkit.channels.templates import Template, TemplateSet
from collectkit.compliance import shipped_calendars, shipped_pack
from collectkit.compliance.shipped import LAWS
from collectkit.errors import PackError, PluginFaultError, PolicyError, StoreUnavailableError
from collectkit.events import Context
from collectkit.placement import AccountRecalled
from collectkit.plugins import Committed, hookimpl
from collectkit.policy import PRESETS, Policy, load_policy
from collectkit.servicing.next_best import BaselineScorer, NextBestPolicy
from collectkit.storage.memory import MemoryStore

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
CONTEXT = Context("default", "tests", AT, "command-1")
RECALLED = AccountRecalled("a-1", "team", date(2026, 10, 20), "request")


def plugin(hook: str, answer: Callable[[], object]) -> object:
    """A plugin that answers one hook, whatever it is asked."""

    def method(self: object) -> object:
        return answer()

    method.__name__ = hook
    return type("Plugin", (), {hook: hookimpl(method)})()


def assembled(hook: str, answer: Callable[[], object], policy: str | Policy = "us-bnpl") -> Parts:
    return assemble("memory://", policy, plugins=[plugin(hook, answer)])


def policy_with(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "own.toml"
    file.write_text('zone = "UTC"\n' + text + "\n[treatment]\nstep = []\n", encoding="utf-8")
    return file


class Sink:
    def hand_over(self, parcel: object) -> Accepted:
        return Accepted()


RUBBISH = {
    "collectkit_store": [7, "sqlite", object()],
    "collectkit_rule_packs": [7, "gb", {"gb": 1}, ["gb"]],
    "collectkit_authority": [7, "yes", object()],
    "collectkit_key_provider": [7, "keys", object()],
    "collectkit_contact_resolver": [7, "tokens", object()],
    "collectkit_cleansers": [7, ["x"], {"x": 1}],
    "collectkit_scrubs": [7, ["x"], {"x": object()}],
    "collectkit_anchors": [7, ["x"], {"x": object()}],
    "collectkit_templates": [7, {}, ["x"]],
    "collectkit_holiday_calendars": [7, ["x"], {"x": 1}, {1: Weekends()}],
    "collectkit_allocation_strategies": [7, ["x"], {"x": object()}],
    "collectkit_scorers": [7, ["x"], {"x": object()}],
    "collectkit_drivers": [7, ["email"], {"email": lambda parcel: None}],
    "collectkit_subscribers": [7, {"x": print}, ["print"]],
}


class TestFailures:
    @pytest.mark.parametrize("hook", RUBBISH)
    def test_raising(self, hook: str) -> None:
        """
        At assembly a plugin that raises stops everything; the message names it and the hook.
        """

        def fail() -> object:
            raise RuntimeError("boom")

        with pytest.raises(PluginFaultError, match=rf"plugin 'Plugin' raised RuntimeError in {hook}: boom; no kit was assembled"):
            assembled(hook, fail)

    @pytest.mark.parametrize(("hook", "answer"), [(hook, answer) for hook, answers in RUBBISH.items() for answer in answers])
    def test_rubbish(self, hook: str, answer: object) -> None:
        """
        An answer of the wrong type stops everything too.
        """
        with pytest.raises(PluginFaultError, match=rf"plugin 'Plugin' must answer {hook} with"):
            assembled(hook, lambda: answer)

    @pytest.mark.parametrize("hook", RUBBISH)
    def test_silence(self, hook: str) -> None:
        """
        None is no answer: the kit is the one that it would be without the plugin.
        """
        bare = assemble("memory://", "us-bnpl")

        held = assembled(hook, lambda: None)

        assert (bare.rules.packs, bare.templates, len(bare.observers)) == (held.rules.packs, held.templates, len(held.observers))

    def test_errors_of_ours_pass(self) -> None:
        """
        A plugin that says in our words what is wrong is heard; a note tells which one it was.
        """

        def fail() -> object:
            raise StoreUnavailableError("the database is away")

        with pytest.raises(StoreUnavailableError, match="away") as caught:
            assembled("collectkit_store", fail)
        assert ["raised by plugin 'Plugin' in collectkit_store; no kit was assembled"] == caught.value.__notes__

    def test_nothing_is_left_behind(self, tmp_path: Path) -> None:
        """
        When a plugin is at fault no book is made.
        """
        with pytest.raises(PluginFaultError):
            assemble(f"sqlite:///{tmp_path}/book.db", "us-bnpl", plugins=[plugin("collectkit_drivers", lambda: 7)])

        assert [] == list(tmp_path.iterdir())


class TestStore:
    def test_plugin_before_ours(self) -> None:
        """
        collectkit_store: the host's store stands before the built-in one.
        """
        store = MemoryStore()

        assert store is assembled("collectkit_store", lambda: store).store.beneath  # type: ignore[attr-defined]

    def test_is_told_url_and_settings(self) -> None:
        """
        A store sees the URL and what else the host set.
        """
        seen: list[dict[str, str]] = []

        class Plugin:
            @hookimpl
            def collectkit_store(self, settings: Mapping[str, str]) -> MemoryStore:
                seen.append(dict(settings))
                return MemoryStore()

        assemble("acme://book", "us-bnpl", plugins=[Plugin()], settings={"region": "eu"})

        assert [{"store": "acme://book", "region": "eu"}] == seen

    def test_nobody_opens_it(self) -> None:
        """
        A scheme that nobody knows is refused with those that are there.
        """
        with pytest.raises(StoreUnavailableError, match=r"no store opens 'mysql'; allowed are memory://, sqlite:///book\.db"):
            assemble("mysql://x", "us-bnpl")


class TestRulePacks:
    def test_plugin_adds(self) -> None:
        """
        collectkit_rule_packs: what a plugin brings is asked although the policy does not name it.
        """
        extra = attrs.evolve(shipped_pack("gb"), name="acme")

        packs = assembled("collectkit_rule_packs", lambda: [extra]).rules.packs

        assert ["library", "courtesy", *LAWS, "acme"] == [pack.name for pack in packs]

    def test_plugin_cannot_replace(self) -> None:
        """
        A pack under the name of one of ours is a fault: no plugin can take a rule away.
        """
        empty = attrs.evolve(shipped_pack("us-federal"), rules=())

        with pytest.raises(PluginFaultError, match="both answer collectkit_rule_packs with 'us-federal'"):
            assembled("collectkit_rule_packs", lambda: [empty])

    def test_named_pack_from_a_plugin(self, tmp_path: Path) -> None:
        """
        A policy may name a pack that only a plugin has; without the plugin there is no kit.
        """
        file = policy_with(tmp_path, '[law]\npacks = ["acme"]')
        extra = attrs.evolve(shipped_pack("gb"), name="acme")

        held = assemble("memory://", file, plugins=[plugin("collectkit_rule_packs", lambda: [extra])])
        assert "acme" in [pack.name for pack in held.rules.packs]

        with pytest.raises(PolicyError, match=r"law\.packs names acme, which nobody brings"):
            assemble("memory://", file)

    def test_file(self, tmp_path: Path) -> None:
        """
        A pack in a file that is broken stops the assembly.
        """
        (tmp_path / "ours.toml").write_text("x", encoding="utf-8")

        with pytest.raises(PackError, match="ours: no TOML"):
            assemble("memory://", policy_with(tmp_path, '[law]\npacks = ["./ours.toml"]'))


class TestTemplates:
    def test_by_name(self, tmp_path: Path) -> None:
        """
        collectkit_templates: a policy's name for templates leads to the plugin that has them.
        """
        ours = TemplateSet([Template("hello", "sms", "en", "1", "", "{{ sender }}")])
        file = policy_with(tmp_path, 'templates = "acme"')

        assert ours is assemble("memory://", file, plugins=[plugin("collectkit_templates", lambda: ours)]).templates
        with pytest.raises(PolicyError, match="nobody brings 'acme'"):
            assemble("memory://", file)


class TestCalendars:
    def test_policy_names_it(self, tmp_path: Path) -> None:
        """
        collectkit_holiday_calendars: promises count the business days of a plugin's calendar.
        """
        file = policy_with(tmp_path, '[promises]\nbusiness_days = "acme"')

        held = assemble("memory://", file, plugins=[plugin("collectkit_holiday_calendars", lambda: {"acme": Weekends()})])

        assert Weekends() == held.policy.promises.business_days

    def test_taken_name(self) -> None:
        """
        A calendar under the name of one of ours would change what our packs mean.
        """
        with pytest.raises(PluginFaultError, match="both answer collectkit_holiday_calendars"):
            assembled("collectkit_holiday_calendars", lambda: {next(iter(shipped_calendars())): Weekends()})


class TestStrategies:
    def test_policy_names_it(self) -> None:
        """
        collectkit_allocation_strategies: a rule may share by a plugin's strategy, and not by one that nobody has.
        """
        policy = AllocationPolicy([Handler("team", "Team", "in_house")], [AllocationRule("all", ["team"], distribution="acme")])
        held = attrs.evolve(load_policy("us-bnpl"), allocation=policy)
        mine = STRATEGIES["first"]

        assert mine is assembled("collectkit_allocation_strategies", lambda: {"acme": mine}, held).strategies["acme"]
        with pytest.raises(PolicyError, match="shares by 'acme'; known are first"):
            assemble("memory://", held)


class TestScorers:
    def test_policy_names_it(self) -> None:
        """
        collectkit_scorers: the policy names who weighs candidates, and nobody else does.
        """
        held = attrs.evolve(load_policy("us-bnpl"), next_best=NextBestPolicy(scorer="acme"))
        mine = BaselineScorer(NextBestPolicy(), version="acme/1")

        assert "acme/1" == assembled("collectkit_scorers", lambda: {"acme": mine}, held).scorer.version
        with pytest.raises(PolicyError, match=r"next_best\.scorer is 'acme'; known are baseline"):
            assemble("memory://", held)


class TestTemplatesOfSteps:
    @pytest.mark.parametrize("name", PRESETS)
    def test_every_bundled_policy_has_its_templates(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        """
        Nothing is said of them.
        """
        assemble("memory://", name)

        assert [] == caplog.messages

    def test_a_template_that_is_not_there_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        """
        Whoever opens the kit reads it in the log, once for each step, and need not wait for the messages that never come.
        """
        policy = load_policy("us-bnpl")
        steps = tuple(
            attrs.evolve(step, template="reminder-latte") if step.name == "late-1-sms" else step for step in policy.treatment.steps
        )
        assemble("memory://", attrs.evolve(policy, treatment=attrs.evolve(policy.treatment, steps=steps)))

        (told,) = caplog.messages
        assert told.startswith("step 'late-1-sms' of policy us-bnpl@")
        assert told.endswith("has no template 'reminder-latte' for sms among those of 'bundled': it will send nothing")


class TestDrivers:
    def test_host_before_plugin_before_outbox(self) -> None:
        """
        collectkit_drivers: a driver that the host gives stands before a plugin's, and the outbox takes the rest.
        """
        mine, theirs = Sink(), Sink()

        held = assemble(
            "memory://", "us-bnpl", {"email": mine}, plugins=[plugin("collectkit_drivers", lambda: {"email": theirs, "sms": theirs})]
        )

        assert [mine, theirs, held.outbox] == [held.driver_for(channel) for channel in ("email", "sms", "letter")]

    def test_two_for_one_channel(self) -> None:
        """
        Who takes a message must not be chance.
        """
        one = plugin("collectkit_drivers", lambda: {"sms": Sink()})
        other = type("Other", (type(one),), {})()

        with pytest.raises(PluginFaultError, match="both answer collectkit_drivers with 'sms'"):
            assemble("memory://", "us-bnpl", plugins=[one, other])


class TestSubscribers:
    def test_told_after_the_commit(self) -> None:
        """
        collectkit_subscribers: a function is called with what stands, and can read it.
        """
        heard: list[tuple[Committed, int]] = []
        held: list[Parts] = []

        def hear(item: Committed) -> None:
            with held[0].store.unit("default") as unit:
                heard.append((item, unit.version("account/a-1")))

        held.append(assembled("collectkit_subscribers", lambda: [hear]))
        with held[0].store.unit("default") as unit:
            receipts = unit.append(CONTEXT, {"account/a-1": (0, [RECALLED])})
            assert [] == heard

        assert [(Committed(CONTEXT, "account/a-1", (RECALLED,), tuple(receipts)), 1)] == heard

    def test_not_told_of_what_was_rolled_back(self) -> None:
        """
        What did not come to stand is not told.
        """
        heard: list[Committed] = []
        held = assembled("collectkit_subscribers", lambda: [heard.append])

        with pytest.raises(RuntimeError), held.store.unit("default") as unit:
            unit.append(CONTEXT, {"account/a-1": (0, [RECALLED])})
            raise RuntimeError

        assert [] == heard

    def test_failing_one_changes_nothing(self) -> None:
        """
        A subscriber that raises is counted; the commit stands and the caller sees nothing.
        """

        def fail(item: Committed) -> None:
            raise RuntimeError

        held = assembled("collectkit_subscribers", lambda: [fail])
        with held.store.unit("default") as unit:
            unit.append(CONTEXT, {"account/a-1": (0, [RECALLED])})

        with held.store.unit("default") as unit:
            assert 1 == unit.version("account/a-1")
        assert 1 == held.observers.states[0].failed

    def test_two_kits(self) -> None:
        """
        A plugin of one kit does not hear of another.
        """
        heard: list[Committed] = []
        assembled("collectkit_subscribers", lambda: [heard.append])
        other = assemble("memory://", "us-bnpl")

        with other.store.unit("default") as unit:
            unit.append(CONTEXT, {"account/a-1": (0, [RECALLED])})

        assert [] == heard
