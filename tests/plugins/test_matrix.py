"""Every hook and every part that a plugin brings, under every fault: what becomes of it stands in docs/reference/hooks.md."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from time import sleep

import attrs
import pytest
from tests.kit.conftest import LAWFUL

from collectkit import Account, Consumer, Email, Hold, Kit, Money, Payment, Promise, Stop, plans
from collectkit._kit import cleansing
from collectkit._kit.gateways import Gateways
from collectkit._kit.parts import assemble
from collectkit._kit.resolving import ask
from collectkit.actions import Finding, Outcome, Spend
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Rejected
from collectkit.compliance import Pack, Question, Rule, shipped_pack
from collectkit.compliance.ban import Ban
from collectkit.compliance.consent_period import Silent
from collectkit.compliance.judging import figures
from collectkit.compliance.limitation import Limitation
from collectkit.compliance.rule import PlainTerms, Scope
from collectkit.errors import IntegrityBreachError, PermissionDeniedError, PluginFaultError
from collectkit.events import Context, Event, Receipt
from collectkit.holds import ScrubHit
from collectkit.identifiers import PersonId
from collectkit.person import Cleansed, Oddity, Resolved
from collectkit.plugins import Committed, guarding, guarding_services, hookimpl
from collectkit.plugins.guard import Observers
from collectkit.policy import load_policy, read_policy
from collectkit.principals import Allow
from collectkit.servicing.next_best import Estimate, NextActionChosen
from collectkit.storage.memory import MemoryStore, MemoryUnit
from collectkit.testing.faults import FaultyStore, Killed, StoreFault

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
TODAY = date(2026, 10, 20)
DEADLINE = 0.15

Part = Callable[..., object]


class Faults:
    """Each fault as a function that misbehaves and, where it answers at all, gives the honest answer."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.children: list[int] = []

    def raises(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            raise ValueError("Jane Roe")

        return part

    def raises_base_exception(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            raise KeyboardInterrupt

        return part

    def hangs(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            self.release.wait(20)
            return honest

        return part

    def returns_none(self, honest: object) -> Part:
        return lambda *given, **named: None

    def returns_the_wrong_type(self, honest: object) -> Part:
        return lambda *given, **named: "yes"

    def returns_a_number(self, honest: object) -> Part:
        return lambda *given, **named: float("nan")

    def mutates_its_arguments(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            for argument in (*given, *named.values()):
                for spoil in (lambda a: setattr(a, "at", None), lambda a: a.clear(), lambda a: a.append(1), lambda a: a.update(x=1)):
                    with suppress(AttributeError, TypeError):
                        spoil(argument)
            return honest

        return part

    def calls_back(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            with Kit.open("memory://", actor="inner") as kit:
                kit.register(Consumer("c-9"), at=AT)
            return honest

        return part

    def forks(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            child = os.fork()
            if child:
                self.children.append(child)
            return honest

        return part

    def exits(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            sys.exit(3)

        return part

    def sleeps_past_the_deadline(self, honest: object) -> Part:
        def part(*given: object, **named: object) -> object:
            sleep(DEADLINE * 3)
            return honest

        return part


def seconds_for(fault: object) -> float:
    """A deadline that only those faults miss which are meant to: the others may run on a busy machine."""
    return DEADLINE if fault in SLOW else 20.0


ALL = [name for name in vars(Faults) if not name.startswith("_")]
SLOW = {"hangs", "sleeps_past_the_deadline"}
HARMLESS = {"mutates_its_arguments", "calls_back", "forks"}
"""After these the honest answer counts: nothing that they did reached us."""

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system cannot fork"),
]


@pytest.fixture
def faults() -> Iterator[Faults]:
    held = Faults()
    yield held
    held.release.set()
    for child in held.children:
        _, status = os.waitpid(child, 0)
        assert 70 == os.waitstatus_to_exitcode(status), "a forked plugin went on as if it were us"


@pytest.fixture(autouse=True)
def _deadlines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put every deadline that a kit sets at what the fault of a test asks for."""
    callspec = getattr(request.node, "callspec", None)
    seconds = seconds_for(callspec.params.get("fault") if callspec is not None else None)
    for module in (guarding, guarding_services, cleansing):
        for name in [name for name in vars(module) if name.endswith("_SECONDS")]:
            monkeypatch.setattr(module, name, seconds)


def plugin(hook: str, answer: Part) -> object:
    """A plugin that answers one hook."""

    def method(self: object) -> object:
        return answer()

    method.__name__ = hook
    return type("Plugin", (), {hook: hookimpl(method)})()


class Sink:
    def hand_over(self, parcel: Parcel) -> Accepted:
        return Accepted("x")


HONEST: dict[str, Callable[[], object]] = {
    "collectkit_store": MemoryStore,
    "collectkit_rule_packs": lambda: [attrs.evolve(shipped_pack("gb"), name="acme")],
    "collectkit_authority": lambda: None,
    "collectkit_key_provider": lambda: None,
    "collectkit_templates": lambda: None,
    "collectkit_drivers": lambda: {"sms": Sink()},
    "collectkit_holiday_calendars": dict,
    "collectkit_allocation_strategies": dict,
    "collectkit_scorers": dict,
    "collectkit_contact_resolver": lambda: None,
    "collectkit_cleansers": dict,
    "collectkit_scrubs": dict,
    "collectkit_anchors": dict,
    "collectkit_subscribers": list,
}


class TestAtAssembly:
    @pytest.mark.parametrize("hook", HONEST)
    @pytest.mark.parametrize("fault", ALL)
    def test_every_hook_under_every_fault(self, hook: str, fault: str, faults: Faults) -> None:
        """
        There is no kit, and the error names plugin and hook; or the fault did no harm, and there is one.
        """
        answer = getattr(faults, fault)(HONEST[hook]())

        def assembled() -> object:
            return assemble("memory://", "us-bnpl", plugins=[plugin(hook, answer)], assembly_seconds=seconds_for(fault))

        if fault in HARMLESS or fault == "returns_none":
            assert assembled()
        else:
            with pytest.raises(PluginFaultError, match=f"plugin 'Plugin' .*{hook}.*no kit was assembled"):
                assembled()


# A rule


class Judging(PlainTerms):
    """Terms whose one method is given."""

    def __init__(self, **methods: Part) -> None:
        self.methods = methods

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return self.methods.get("judge", lambda *given: rule.allows())(rule, question)  # type: ignore[return-value]

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return self.methods.get("spends", lambda *given: ())(rule, question)  # type: ignore[return-value]

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        return self.methods.get("duties", lambda *given: ())(rule, question)  # type: ignore[return-value]

    def holds_until(self, rule: Rule, question: Question) -> datetime | None:
        return self.methods.get("holds_until", lambda *given: None)(rule, question)  # type: ignore[return-value]


class Telling(Judging):
    """Terms that can also tell figures."""

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        return self.methods.get("computes", lambda *given: {})(rule, question)  # type: ignore[return-value]


CONTACTS = Scope(actions=frozenset({"contact"}))
RULE = Rule("acme.rule", "acme", "A plugin's rule", "acme", "verified", "acme", date(2020, 1, 1), None, CONTACTS, PlainTerms())  # type: ignore[arg-type]


def kit_with(*plugins: object, drivers: dict[str, object] | None = None, **changes: object) -> Kit:
    """A book with one late account that is written to by e-mail alone."""
    policy = attrs.evolve(load_policy("us-bnpl"), **changes)
    kit = Kit.open("memory://", policy=policy, actor="tests", plugins=plugins, drivers=drivers)  # type: ignore[arg-type]
    kit.register(Consumer("c-1", name="Jane Roe", region="US-NY", contacts=[Email("jane@example.com", source="checkout")]), at=AT)
    plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
    kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=AT)
    return kit


ASKED = Question("contact", AT, ("America/New_York",), channel="email", person="c-1", debts=("a-1",))

WITH_TOKEN = Consumer("c-1", region="US-NY", contacts=[Email("token:mail", source="checkout")])


def under(terms: object, scope: Scope = CONTACTS) -> tuple[dict[str, int], dict[str, int]]:
    """What a night plans and refuses under one rule of a plugin."""
    pack = Pack("acme", "*", "acme", "0", "UTC", 0, (attrs.evolve(RULE, terms=terms, scope=scope),))
    night = kit_with(plugin("collectkit_rule_packs", lambda: [pack])).run_night(as_of=TODAY, at=AT)
    return dict(night.planned), {rule: count for rule, count in night.refused.items() if rule == "acme.rule"}


ABSURD_SPENDS = [
    (Spend("person/c-1", "acme", -1, 7, TODAY),),
    (Spend("person/c-1", "acme", 7.5, 7, TODAY),),  # type: ignore[arg-type]
    (Spend("person/c-1", "acme", 7, 0, TODAY),),
    (Spend("person/c-1", "acme", 7, 7, AT),),
    (Spend("person/c-1", "acme", 10**18, 7, TODAY),),
    [Spend("person/c-1", "acme", 7, 7, TODAY)],
]


class TestRules:
    @pytest.mark.parametrize("fault", ALL)
    @pytest.mark.parametrize("method", ["judge", "spends", "duties", "holds_until"])
    def test_a_rule_that_fails_denies(self, method: str, fault: str, faults: Faults) -> None:
        """
        Bad input 82: whatever it does instead of answering, the act is not done, and the evidence names the rule.
        """
        honest = {"judge": RULE.allows(), "spends": (), "duties": (), "holds_until": None}[method]
        planned, refused = under(Judging(**{method: getattr(faults, fault)(honest)}))

        harmless = fault in HARMLESS or (method == "holds_until" and fault == "returns_none")
        assert (({"email": 1}, {}) if harmless else ({}, {"acme.rule": 1})) == (planned, refused)

    def test_a_rule_about_every_act_that_fails_denies_each(self, faults: Faults) -> None:
        """
        Not the contact alone: the late fee and the placement of that night are refused as well.
        """
        assert ({}, {"acme.rule": 3}) == under(Judging(judge=faults.raises(RULE.allows())), Scope())

    @pytest.mark.parametrize("fault", ALL)
    def test_a_rule_that_tells_figures_is_guarded_like_any_other(self, fault: str, faults: Faults) -> None:
        """
        That it can do more excuses nothing: it denies when it fails, and figures that it cannot tell are a fault with its name.
        """
        planned, refused = under(Telling(judge=getattr(faults, fault)(RULE.allows())))
        assert (({"email": 1}, {}) if fault in HARMLESS else ({}, {"acme.rule": 1})) == (planned, refused)

        pack = Pack("acme", "*", "acme", "0", "UTC", 0, (attrs.evolve(RULE, terms=Telling(computes=getattr(faults, fault)({"cap": 7}))),))
        packs = assemble("memory://", "us-bnpl", plugins=[plugin("collectkit_rule_packs", lambda: [pack])]).rules.packs
        with nullcontext() if fault in HARMLESS else pytest.raises(PluginFaultError, match=r"rule acme\.rule computes"):
            assert 7 == figures(ASKED, packs)["cap"]

    @pytest.mark.parametrize("kind", [Ban, Limitation, Silent])
    def test_terms_that_derive_from_ours_are_refused(self, kind: type) -> None:
        """
        The rule book asks those directly, so code of others in them would stand before no guard.
        """
        sly = type("Sly", (kind,), {"judge": lambda self, rule, question: None})
        pack = Pack("acme", "*", "acme", "0", "UTC", 0, (attrs.evolve(RULE, terms=sly.__new__(sly)),))
        with pytest.raises(PluginFaultError, match=f"terms of {kind.__name__} itself .* not with Sly"):
            assemble("memory://", "us-bnpl", plugins=[plugin("collectkit_rule_packs", lambda: [pack])])

    @pytest.mark.parametrize("answer", [True, 1, "no", Outcome.ALLOW, [], ("x",)])
    def test_only_a_finding_is_an_answer(self, answer: object) -> None:
        """
        Not even a True that was meant well.
        """
        assert ({}, {"acme.rule": 1}) == under(Judging(judge=lambda *given: answer))

    @pytest.mark.parametrize("answer", ABSURD_SPENDS)
    def test_absurd_budgets_deny(self, answer: object) -> None:
        """
        A cap below zero or no whole number, a window of no days, an instant for a day.
        """
        assert ({}, {"acme.rule": 1}) == under(Judging(spends=lambda *given: answer))

    def test_a_rule_that_always_fails_is_not_called_for_ever(self, faults: Faults) -> None:
        """
        The circuit opens, and an open circuit denies at once.
        """
        calls = []

        def fail(*given: object) -> object:
            calls.append(1)
            raise ValueError

        pack = Pack("acme", "*", "acme", "0", "UTC", 0, (attrs.evolve(RULE, terms=Judging(judge=fail)),))
        kit = kit_with(plugin("collectkit_rule_packs", lambda: [pack]))
        for number in range(2, 30):
            kit.register(Consumer(f"c-{number}", region="US-NY", contacts=[Email("jane@example.com", source="checkout")]), at=AT)
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
            kit.open_account(Account(f"a-{number}", consumer=f"c-{number}", plan=plan), at=AT)
        night = kit.run_night(as_of=TODAY, at=AT)

        assert ({}, 29) == (dict(night.planned), night.refused["acme.rule"])
        assert len(calls) <= 5
        (state,) = [state for state in kit.parts.callers.states if state.name == "rule acme.rule"]
        assert (True, state.skipped > 20) == (state.open, True)

    def test_a_rule_of_its_own_class_is_refused(self) -> None:
        """
        A rule whose scope or dates are code could answer anything before it is asked.
        """

        class Sly(Rule):
            def in_force(self, question: Question) -> bool:
                return False

        sly = Sly(*attrs.astuple(RULE, recurse=False))
        pack = Pack("acme", "*", "acme", "0", "UTC", 0, (sly,))
        with pytest.raises(PluginFaultError, match="with rules of class Rule"):
            assemble("memory://", "us-bnpl", plugins=[plugin("collectkit_rule_packs", lambda: [pack])])


class TestDrivers:
    @pytest.mark.parametrize("fault", ALL)
    def test_a_driver_that_fails_leaves_a_doubt(self, fault: str, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Bad inputs 86 and 87: the contact counts as possibly made, its budget stays spent, and the run goes on.
        """
        driver = type("Driver", (), {"hand_over": staticmethod(getattr(faults, fault)(Accepted("x")))})()
        kit = kit_with(drivers={"email": driver})
        monkeypatch.setattr("collectkit._kit.settling.Gateways", lambda *given: Gateways(*given[:3], seconds_for(fault)))
        kit.run_night(as_of=TODAY, at=AT)
        report = kit.dispatch(at=AT, worker="w")

        assert (({"email": 1}, {}) if fault in HARMLESS else ({}, {"email": 1})) == (dict(report.sent), dict(report.unknown))

    def test_a_driver_that_raises_after_it_delivered(self) -> None:
        """
        Nobody can tell it from one that raised before; both count.
        """
        delivered: list[Parcel] = []

        class Driver:
            def hand_over(self, parcel: Parcel) -> Accepted:
                delivered.append(parcel)
                raise OSError

        kit = kit_with(drivers={"email": Driver()})
        kit.run_night(as_of=TODAY, at=AT)

        assert {"email": 1} == dict(kit.dispatch(at=AT, worker="w").unknown)
        assert 1 == len(delivered)

    def test_a_refusal_for_certain_gives_the_budget_back(self) -> None:
        """
        Only that, and no exception, is proof of non-sending.
        """

        class Driver:
            def hand_over(self, parcel: Parcel) -> Rejected:
                return Rejected("no such mailbox")

        kit = kit_with(drivers={"email": Driver()})
        kit.run_night(as_of=TODAY, at=AT)

        assert {"no such mailbox": 1} == dict(kit.dispatch(at=AT, worker="w").not_sent)


class TestContactResolvers:
    @pytest.mark.parametrize("fault", ALL)
    def test_a_resolver_that_fails_makes_contacts_wait(self, fault: str, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Nothing is spent; only an honest answer is used.
        """
        honest = {"c-1": Resolved({"token:mail": "jane@example.com"})}
        resolver = type("Resolver", (), {"resolve": staticmethod(getattr(faults, fault)(honest))})()
        monkeypatch.setattr("collectkit._kit.claiming.ask", lambda *given, seconds: ask(*given, seconds=seconds_for(fault)))
        kit = kit_with(plugin("collectkit_contact_resolver", lambda: resolver), drivers={"email": Sink()})
        kit.register(attrs.evolve(WITH_TOKEN, name="Jane Roe"), at=AT)
        kit.run_night(as_of=TODAY, at=AT)
        report = kit.dispatch(at=AT, worker="w")

        assert ({"email": 1} if fault in HARMLESS else {}) == dict(report.sent)
        if fault not in HARMLESS:
            assert [()] == [contact.budgets for contact in kit.contacts("a-1")]


class TestCleansersAndScrubs:
    @pytest.mark.parametrize("fault", ALL)
    def test_a_cleanser_that_fails_changes_nothing(self, fault: str, faults: Faults) -> None:
        """
        The command says so, and the person stays as they were.
        """
        clean = Consumer(
            "c-1", name="Jane Roe", region="US-NY", contacts=[Email("jane@example.com", source="checkout", status="disconnected")]
        )
        part = getattr(faults, fault)(Cleansed(clean, [Oddity("email-1", "dead")]))
        kit = kit_with(plugin("collectkit_cleansers", lambda: {"acme": part}))
        with suppress(PluginFaultError):
            kit.cleanse("c-1", at=AT)

        (point,) = kit.person_standing("c-1", as_of=TODAY).consumer.contacts
        assert ("disconnected" if fault in HARMLESS else "unverified") == point.status

    @pytest.mark.parametrize("fault", ALL)
    def test_a_list_that_fails_places_no_hold(self, fault: str, faults: Faults) -> None:
        """
        The report names it.
        """
        source = type("Register", (), {"look": staticmethod(getattr(faults, fault)([ScrubHit("c-1", "deceased", TODAY)]))})()
        report = kit_with(plugin("collectkit_scrubs", lambda: {"register": source})).scrub(at=AT)

        assert (
            (1, 0) == (len(report.placed), len(report.faults)) if fault in HARMLESS else (0, 1) == (len(report.placed), len(report.faults))
        )


class TestServices:
    @pytest.mark.parametrize("fault", ALL)
    def test_an_authorizer_that_fails_denies(self, fault: str, faults: Faults) -> None:
        """
        And nothing was done.
        """
        part = getattr(faults, fault)(Allow())
        kit = Kit.open("memory://", actor="tests", plugins=[plugin("collectkit_authority", lambda: part)])
        with suppress(PermissionDeniedError):
            kit.register(Consumer("c-1"), at=AT)

        with kit.store.view("default") as view:
            assert (fault in HARMLESS) == (view.person(PersonId("c-1")) is not None)

    @pytest.mark.parametrize("fault", ALL)
    def test_an_anchor_that_fails_gets_its_heads_next_time(self, fault: str, faults: Faults) -> None:
        """
        The record is sealed all the same. What an anchor returns says nothing, so a wrong answer is none.
        """
        sink = type("Sink", (), {"anchor": staticmethod(getattr(faults, fault)(None))})()
        kit = kit_with(plugin("collectkit_anchors", lambda: {"auditor": sink}))
        report = kit.seal(at=AT)

        taken = fault in {*HARMLESS, "returns_none", "returns_the_wrong_type", "returns_a_number"}
        assert (1, ["auditor"] * (not taken)) == (len(report.heads), list(report.faults))
        assert taken == bool(report.anchored["auditor"])

    @pytest.mark.parametrize("method", ["destroy", "destroyed"])
    @pytest.mark.parametrize("fault", ALL)
    def test_nobody_is_erased_by_a_key_provider_that_fails(self, method: str, fault: str, faults: Faults) -> None:
        """
        The command says so; the same again, or the next night, destroys what is left.
        """
        keys = {"person/c-1": ("0", bytes(32))}
        honest: dict[str, object] = {"keys": keys, "key": bytes(32), "pepper": b"secret", "destroy": None, "destroyed": ()}
        methods = {name: lambda *given, answer=answer: answer for name, answer in honest.items()}
        methods[method] = getattr(faults, fault)(honest[method])
        provider = type("Keys", (), {name: staticmethod(one) for name, one in methods.items()})()
        with Kit.open("memory://", actor="tests", plugins=[plugin("collectkit_key_provider", lambda: provider)]) as kit:
            kit.register(Consumer("c-1", name="Jane Roe"), at=AT)
            # What `destroy` returns says nothing: that it returns does.
            answers = {*HARMLESS, *({"returns_none", "returns_the_wrong_type", "returns_a_number"} if method == "destroy" else ())}
            with nullcontext() if fault in answers else pytest.raises(PluginFaultError, match="key provider"):
                if method == "destroy":
                    kit.erase("c-1", at=AT)
                else:
                    kit.erase_due(at=AT)

    @pytest.mark.parametrize("method", ["keys", "key", "pepper"])
    @pytest.mark.parametrize("fault", ALL)
    def test_a_key_provider_that_fails_acknowledges_nothing(self, method: str, fault: str, faults: Faults) -> None:
        """
        As with a store: the command fails, and nothing was recorded. A key that was destroyed is an answer.
        """
        answers = {"keys": {"person/c-1": ("0", bytes(32))}, "key": bytes(32), "pepper": b"secret"}
        parts = {name: staticmethod(lambda *given, answer=answer: answer) for name, answer in answers.items()}
        parts |= {name: staticmethod(lambda *given: ()) for name in ("destroy", "destroyed")}
        provider = type("Keys", (), {**parts, method: staticmethod(getattr(faults, fault)(answers[method]))})()
        with Kit.open("memory://", actor="tests", plugins=[plugin("collectkit_key_provider", lambda: provider)]) as kit:
            person = Consumer("c-1", name="Jane Roe", contacts=[Email("jane@example.com", source="checkout")])
            acts: dict[str, Callable[[], object]] = {
                "keys": lambda: kit.register(person, at=AT),
                "key": lambda: kit.register(person, at=AT) and kit.person_standing("c-1", as_of=TODAY),
                "pepper": lambda: kit.parts.keyring.mark("default", person.contacts[0]),
            }
            failed = fault not in {*HARMLESS, *({"returns_none"} if method == "key" else ())}
            with pytest.raises(PluginFaultError) if failed else nullcontext():
                acts[method]()
            if method == "keys":
                with kit.store.view("default") as view:
                    assert failed == (view.version("person/c-1") == 0)


class TestCalendars:
    @pytest.mark.parametrize("fault", ALL)
    def test_a_calendar_that_fails_harms_who_asked(self, fault: str, faults: Faults) -> None:
        """
        The account whose promise needs it is set aside; the others are worked.
        """
        holiday = getattr(faults, fault)(False)
        calendar = type(
            "Calendar",
            (),
            {
                "is_holiday": lambda self, day: holiday(day),
                "is_weekend": lambda self, day: False,
                "name": lambda self, day: None,
            },
        )()
        promises = load_policy("us-bnpl").promises
        kit = kit_with(plugin("collectkit_holiday_calendars", lambda: {"acme": calendar}))
        kit.register(Consumer("c-2", region="US-NY"), at=AT)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        kit.open_account(Account("a-2", consumer="c-2", plan=plan), at=AT)
        kit.promise(Promise("q-1", account="a-1", amount=Money.of("50.00", "USD"), due_on=TODAY, made_at=AT), at=AT)
        guarded = guarding.guarded_calendars({"acme": calendar}, kit.parts.callers)["acme"]
        object.__setattr__(kit, "policy", attrs.evolve(kit.policy, promises=attrs.evolve(promises, business_days=guarded)))
        night = kit.run_night(as_of=TODAY + timedelta(days=6), at=AT + timedelta(days=6))

        assert (0 if fault in HARMLESS else 1) == night.set_aside
        assert kit.standing("a-2", as_of=TODAY + timedelta(days=6)).fees_charged_minor > 0

    def test_a_poison_calendar_stops_nobody_from_paying(self) -> None:
        """
        Nor from objecting or asking us to stop: these are recorded, and the account is looked at by the next night.
        """

        class Poison:
            def is_holiday(self, day: date) -> bool:
                raise RuntimeError

            def is_weekend(self, day: date) -> bool:
                return False

            def name(self, day: date) -> None:
                return None

        kit = kit_with()
        kit.promise(Promise("q-1", account="a-1", amount=Money.of("50.00", "USD"), due_on=TODAY, made_at=AT), at=AT)
        poison = guarding.guarded_calendars({"acme": Poison()}, kit.parts.callers)["acme"]
        healthy, late = kit.policy, AT + timedelta(days=6)
        kit.policy = attrs.evolve(healthy, promises=attrs.evolve(healthy.promises, business_days=poison))
        kit.post(Payment("p-1", "a-1", Money.of("10.00", "USD"), TODAY), at=late)
        kit.stop(Stop("c-1", [], late), at=late, command_id="s-1")
        hold = Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=TODAY, reason="test", ends_on=TODAY + timedelta(days=30))
        kit.hold(hold, at=late)
        night = kit.run_night(as_of=late.date(), at=late)
        kit.policy = healthy

        assert 1 == night.set_aside
        standing = kit.standing("a-1", as_of=late.date())
        assert (1000, ("dispute",)) == (standing.paid_minor, standing.holds)
        assert 1 == len(kit.person_standing("c-1", as_of=late.date()).facts.stops)


CHOOSING = """
[treatment]
[[treatment.step]]
name = "late-email"
day = 2
channel = "email"
template = "reminder-late"
among = "remind"
[[treatment.step]]
name = "late-sms"
day = 2
channel = "sms"
template = "reminder-late"
among = "remind"
[next_best]
scorer = "mine"
"""


class TestScorers:
    @pytest.mark.parametrize("fault", ALL)
    def test_a_scorer_that_fails_leaves_the_choice_to_the_baseline(self, fault: str, faults: Faults) -> None:
        """
        The night goes on, its report says so, and the record names who weighed.
        """
        scorer = type("Mine", (), {"version": "mine/7", "score": staticmethod(getattr(faults, fault)(Estimate(5_000, 5_000)))})()
        with Kit.open(
            "memory://",
            policy=read_policy(LAWFUL + CHOOSING, "choosing"),
            actor="tests",
            plugins=[plugin("collectkit_scorers", lambda: {"mine": scorer})],
        ) as kit:
            kit.register(Consumer("c-1", name="Jane Roe", region="US-NY", contacts=[Email("jane@example.com", source="checkout")]), at=AT)
            plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
            kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=AT)
            report = kit.run_night(as_of=TODAY, at=AT)
            (choice,) = [one.body for one in kit.person_history("c-1") if isinstance(one.body, NextActionChosen)]

        honest = fault in HARMLESS
        assert ("mine/7" if honest else "baseline/1", not honest) == (choice.scorer, bool(report.faults))

    @pytest.mark.parametrize("fault", ALL)
    def test_a_scorer_tells_its_version_at_assembly_or_there_is_no_kit(self, fault: str, faults: Faults) -> None:
        """
        Read once, behind the same guard.
        """
        kind = type("Mine", (), {"version": property(getattr(faults, fault)("mine/7")), "score": lambda *given: Estimate(1, 1)})
        answer = plugin("collectkit_scorers", lambda: {"mine": kind()})
        with nullcontext() if fault in {*HARMLESS, "returns_the_wrong_type"} else pytest.raises(PluginFaultError, match="scorer mine"):
            assemble("memory://", "us-bnpl", plugins=[answer])


class TestStrategies:
    @pytest.mark.parametrize("fault", ALL)
    def test_a_strategy_that_fails_moves_nobody(self, fault: str, faults: Faults) -> None:
        """
        Whoever has an account keeps it, the night goes on, and the report says so.
        """

        def honest(requests: Sequence[object], desks: Sequence[object], key: str) -> object:
            return ["team"] * len(requests)

        misbehave = getattr(faults, fault)(None)

        class Strategy:
            def distribute(self, requests: Sequence[object], desks: Sequence[object], key: str) -> object:
                answer = misbehave(requests, desks, key)
                return honest(requests, desks, key) if fault in HARMLESS else answer

        handlers = (Handler("team", "Team", "in_house"),)
        allocation = AllocationPolicy(handlers, (AllocationRule("all", ("team",), distribution="acme"),))
        kit = kit_with(plugin("collectkit_allocation_strategies", lambda: {"acme": Strategy()}), allocation=allocation)
        night = kit.run_night(as_of=TODAY, at=AT)

        assert (({"team": 1}, 0) if fault in HARMLESS else ({}, 1)) == (dict(night.placed), sum(night.faults.values()))
        assert {"email": 1} == dict(night.planned)


COMMITTED = Committed(Context("default", "tests", AT, "c-1"), "account/a-1", (), (Receipt("account/a-1", 1, "00"),))


class TestSubscribers:
    @pytest.mark.parametrize("fault", ALL)
    def test_an_observer_that_fails_is_counted(self, fault: str, faults: Faults) -> None:
        """
        The others are told, nothing is raised, and after twenty failures it is left alone.
        """
        heard: list[Committed] = []
        observers = Observers([("bad", getattr(faults, fault)(None)), ("good", heard.append)], seconds=seconds_for(fault))

        observers.tell([COMMITTED])

        answers = {*HARMLESS, "returns_none", "returns_the_wrong_type", "returns_a_number"}
        assert [COMMITTED] == heard
        assert ((1, 0) if fault in answers else (0, 1)) == (observers.states[0].told, observers.states[0].failed)


class Shuffling(MemoryStore):
    """A host's store that reads a stream backwards, or without its end."""

    def __init__(self, distort: Callable[[list[Event]], list[Event]]) -> None:
        super().__init__()
        self.distort, self.armed = distort, False

    def unit(self, tenant: str):  # type: ignore[no-untyped-def]
        from contextlib import contextmanager

        outer = self

        class Unit(MemoryUnit):
            def bodies(self, stream: str) -> list[Event]:
                held = super().bodies(stream)
                return outer.distort(held) if outer.armed else held

            def history(self, stream: str):  # type: ignore[no-untyped-def]
                held = super().history(stream)
                return outer.distort(held) if outer.armed else held  # type: ignore[arg-type]

        @contextmanager
        def opened():  # type: ignore[no-untyped-def]
            with super(Shuffling, outer).unit(tenant) as unit:
                unit.__class__ = Unit
                yield unit

        return opened()


class TestStores:
    @pytest.mark.parametrize("distort", [lambda events: events[::-1], lambda events: events[:-1], lambda events: events[1:]])
    def test_a_store_that_reads_wrongly_is_found(self, distort: Callable[[list[Event]], list[Event]]) -> None:
        """
        Bad input 89: old or shuffled rows of a host's own store are a breach, found before anything is decided on them.
        """
        store = Shuffling(distort)
        kit = kit_with(plugin("collectkit_store", lambda: store))
        kit.post(Payment("p-1", "a-1", Money.of("10.00", "USD"), TODAY), at=AT)
        store.armed = True

        with pytest.raises(IntegrityBreachError, match="nothing was written"):
            kit.post(Payment("p-2", "a-1", Money.of("10.00", "USD"), TODAY), at=AT)

    @pytest.mark.parametrize("fault", [StoreFault.ERROR, StoreFault.KILL, StoreFault.COMMIT_LOST])
    def test_what_a_store_does_not_acknowledge_was_not_recorded(self, fault: StoreFault) -> None:
        """
        Whatever it raises goes to the caller, and nothing is half there.
        """
        store = FaultyStore(MemoryStore())
        kit = kit_with(plugin("collectkit_store", lambda: store))
        before = store.operations
        payment = Payment("p-1", "a-1", Money.of("10.00", "USD"), TODAY)
        for at in range(1, 30):
            store.faults = {store.operations + at: fault}
            try:
                kit.post(payment, at=AT)
            except (Killed, Exception):
                store.faults = {}
                with kit.store.unit("default") as unit:
                    assert (unit.recall("payment", "p-1") is None) == (unit.version("account/a-1") == 1)
            else:
                break
        store.faults = {}
        kit.post(payment, at=AT)
        assert kit.standing("a-1", as_of=TODAY).paid_minor == 1000
        assert store.operations > before
