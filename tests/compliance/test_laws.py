"""The laws of the gate, over made-up people and acts: more law or more contact never frees, and every answer is tight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collectkit.actions import Outcome
from collectkit.calendars.dates import zone as place_of
from collectkit.compliance import Jurisdiction, Question, load_pack, rule_on, shipped_calendars, shipped_pack
from collectkit.compliance.docket import Docket
from collectkit.compliance.judging import _each_asked, judge_all, most_restrictive_first, rules_for
from collectkit.compliance.past import GivenConsent, HoldFact, PastContact, Wish

NOON = datetime(2026, 10, 20, 16, 0, tzinfo=UTC)
ZONES = ("America/New_York", "America/Los_Angeles", "America/St_Johns", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata")
PACKS = ("us-federal", "us-ny", "us-ma", "us-wa", "us-wv", "us-dc", "gb", "au", "ca-ab", "in")
SECOND = timedelta(seconds=1)

minutes = st.integers(-40 * 24 * 60, 0)
outcomes = st.sampled_from(["no_answer", "voicemail", "conversation", "busy", "answered_dropped", "unknown", "delivered"])
channels = st.sampled_from(["phone", "sms", "email", "letter", "in_person", "prerecorded_call"])


@st.composite
def past_contacts(draw: st.DrawFn) -> PastContact:
    debts = draw(st.sampled_from([("D1",), ("D2",), ("D1", "D2"), ()]))
    return PastContact(
        NOON + timedelta(minutes=draw(minutes)),
        draw(channels),
        draw(st.sampled_from(["outbound", "outbound", "inbound"])),
        draw(outcomes),
        "P1",
        debts,
        debts,
        draw(st.sampled_from(["C1", ""])),
        draw(st.sampled_from(["p-1", "p-2"])),
        draw(st.sampled_from(["personal", "workplace", ""])),
    )


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Acts of all sorts; the dullest is a call in the afternoon to a person about whom nothing is recorded."""
    at = NOON + timedelta(minutes=draw(st.integers(0, 48 * 60)))
    holds = draw(st.lists(st.sampled_from(["bankruptcy", "cease_communication", "attorney_representation", "breathing_space"]), max_size=2))
    wishes = draw(
        st.lists(st.sampled_from([Wish("no_medium", medium="sms"), Wish("inconvenient_time", start=time(9), end=time(17))]), max_size=2)
    )
    consents = draw(st.lists(st.sampled_from(["call_frequency", "prior_consent_number", "nyc_electronic_consent"]), max_size=2))
    return Question(
        draw(st.sampled_from(["contact", "contact", "contact_third_party", "sue", "charge_fee", "report_credit"])),
        at,
        tuple(draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True))),
        party=draw(st.sampled_from(["third_party", "first_party"])),
        collector="C1",
        person="P1",
        recipient=draw(st.sampled_from(["consumer", "consumer", "third_party"])),
        channel=draw(channels),
        point="p-1",
        place="personal",
        debts=draw(st.sampled_from([("D1",), ("D1", "D2")])),
        content=frozenset({"from_debt_collector", "electronic_opt_out"}),
        products=draw(st.sampled_from([None, frozenset({"bnpl"})])),
        stages=None,
        regions=draw(st.sampled_from([frozenset[str](), frozenset({"US-NY"}), frozenset({"GB-SCT"})])),
        history=tuple(draw(st.lists(past_contacts(), max_size=8))),
        consents=tuple(GivenConsent(kind, at - timedelta(days=3), "p-1", withdrawn_at=at + timedelta(minutes=30)) for kind in consents),
        holds=tuple(HoldFact(kind, noticed_on=date(2026, 10, 1)) for kind in holds),
        wishes=tuple(wishes),
        facts={"when.obscene": True} if draw(st.integers(0, 9)) == 9 else {},
        debt_facts={"D1": {"accrued_on": date(2026, 9, 1)}, "D2": {"accrued_on": date(2026, 9, 1)}},
        unknown=draw(st.sampled_from([Outcome.DENY, Outcome.REQUIRE, Outcome.ALLOW])),
    )


packs = st.lists(st.sampled_from(PACKS), min_size=1, max_size=3, unique=True).map(lambda names: [shipped_pack(name) for name in names])
RANK = {Outcome.ALLOW: 0, Outcome.REQUIRE: 1, Outcome.DENY: 2}


class TestMonotony:
    @given(question=questions(), law=packs, more=st.sampled_from(PACKS))
    def test_more_law_never_frees(self, question: Question, law: list, more: str) -> None:
        """
        Another pack can only make the answer stricter.
        """
        with_more = [*law, shipped_pack(more)]

        assert RANK[rule_on(question, law).outcome] <= RANK[rule_on(question, with_more).outcome]

    @given(question=questions(), law=packs, contact=past_contacts())
    def test_another_call_never_frees(self, question: Question, law: list, contact: PastContact) -> None:
        """
        A call that reached nobody satisfies no notice, so it can only use up room.
        """
        call = attrs.evolve(contact, channel="phone", direction="outbound", outcome="no_answer")
        more = attrs.evolve(question, history=(*question.history, call))

        assert RANK[rule_on(question, law).outcome] <= RANK[rule_on(more, law).outcome]

    @given(question=questions(), law=packs)
    def test_a_docket_answers_as_if_every_rule_had_been_asked(self, question: Question, law: list) -> None:
        """
        What is left out unasked would have said nothing.
        """
        rules = rules_for(question, law)

        assert most_restrictive_first(_each_asked(rules, question, 0)) == judge_all(Docket.of(rules), question)


class TestTightness:
    @given(question=questions(), law=packs)
    def test_the_first_lawful_instant_is_lawful_and_the_second_before_it_is_not(self, question: Question, law: list) -> None:
        """
        Unless the question's own instant already is.
        """
        earliest = rule_on(question, law).earliest
        if earliest is None:
            return

        assert Outcome.DENY is not rule_on(question.moved(earliest), law).outcome
        assert Outcome.DENY is rule_on(question.moved(max(question.at, earliest - SECOND)), law).outcome

    @given(question=questions(), law=packs, part=st.floats(0, 1))
    def test_a_permit_never_outlives_its_facts(self, question: Question, law: list, part: float) -> None:
        """
        At every instant until the end that the ruling names, the answer is the same by the clock alone.
        """
        ruling = rule_on(question, law)
        if ruling.until is None:
            return
        later = question.at + (ruling.until - question.at) * part

        assert RANK[rule_on(question.moved(later), law).outcome] <= RANK[ruling.outcome]
        assert RANK[rule_on(question.moved(ruling.until), law).outcome] <= RANK[ruling.outcome]

    @given(question=questions(), law=packs)
    def test_an_answer_does_not_depend_on_who_asks_twice(self, question: Question, law: list) -> None:
        """
        Nothing is remembered between two questions.
        """
        jurisdiction = Jurisdiction(tuple(law), known=True)

        assert rule_on(question, jurisdiction) == rule_on(question.moved(question.at), jurisdiction)


class Callers(RuleBasedStateMachine):
    """Workers who call whenever the gate lets them; an oracle counts every minute of what they did."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)  # the clocks change in this week and the next
        self.calls: list[PastContact] = []
        self.zones: tuple[str, ...] = ("America/New_York",)
        self.law = Jurisdiction(tuple(shipped_pack(name) for name in ("us-federal", "us-ny", "us-wa")), known=True)

    @initialize(zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True))
    def live_somewhere(self, zones: list[str]) -> None:
        self.zones = tuple(zones)

    @rule(minutes=st.integers(1, 30 * 60))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(debts=st.sampled_from([("D1",), ("D2",), ("D1", "D2")]), outcome=outcomes, times=st.integers(1, 4))
    def call(self, debts: tuple[str, ...], outcome: str, times: int) -> None:
        for _ in range(times):
            self._try(debts, outcome, self.now)

    @precondition(lambda self: len(self.calls) < 60)
    @rule(debts=st.sampled_from([("D1",), ("D1", "D2")]), outcome=outcomes)
    def call_as_soon_as_it_is_lawful(self, debts: tuple[str, ...], outcome: str) -> None:
        earliest = rule_on(self._question(debts, self.now), self.law).earliest
        if earliest is not None and earliest < self.now + timedelta(days=9):
            self.now = earliest
            assert self._try(debts, outcome, earliest)

    def _question(self, debts: tuple[str, ...], at: datetime) -> Question:
        return Question(
            "contact",
            at,
            self.zones,
            party="third_party",
            collector="C1",
            person="P1",
            channel="phone",
            place="personal",
            debts=debts,
            content=frozenset({"from_debt_collector"}),
            products=frozenset(),
            stages=frozenset({"debt_collection_procedures"}),
            regions=frozenset({"US-NY-NYC"}),
            history=tuple(self.calls),
            unknown=Outcome.ALLOW,
        )

    def _try(self, debts: tuple[str, ...], outcome: str, at: datetime) -> bool:
        allowed = rule_on(self._question(debts, at), self.law).outcome is Outcome.ALLOW
        if allowed:
            self.calls.append(PastContact(at, "phone", "outbound", outcome, "P1", debts, debts, "C1", "p-1", "personal"))
        return allowed

    @invariant()
    def no_window_of_any_place_holds_more_than_its_cap(self) -> None:
        for zone in self.zones:
            for debt in ("D1", "D2"):
                about = [call for call in self.calls if debt in call.debts and call.outcome != "busy"]
                assert most_in_window(about, zone, 7) <= 7, "us.regf.14b.7in7"
                assert most_in_window(about, zone, 7) <= 3, "us.ny.nyc.5_77.frequency"
            reached = [
                call for call in self.calls if call.outcome in ("conversation", "voicemail", "answered_dropped", "delivered", "unknown")
            ]
            assert most_in_window(reached, zone, 7) <= 3, "us.wa.week3"

    @invariant()
    def nobody_is_called_within_seven_days_of_a_conversation(self) -> None:
        for talk in (call for call in self.calls if call.outcome == "conversation"):
            for later in self.calls[self.calls.index(talk) + 1 :]:
                if not set(talk.debts) & set(later.debts):
                    continue
                for zone in self.zones:
                    assert local_day(later.at, zone) - local_day(talk.at, zone) >= 7

    @invariant()
    def nobody_is_called_at_night_anywhere(self) -> None:
        for call in self.calls:
            for zone in self.zones:
                assert time(8) <= call.at.astimezone(place_of(zone)).time() <= time(21)


def local_day(at: datetime, zone: str) -> int:
    return at.astimezone(place_of(zone)).toordinal()


def most_in_window(calls: list[PastContact], zone: str, days: int) -> int:
    """Return the most calls of any window of consecutive local days: every day on which one could begin is tried."""
    local = [local_day(call.at, zone) for call in calls]
    return (
        max((sum(first <= day < first + days for day in local) for first in range(min(local) - days, max(local) + 1)), default=0)
        if local
        else 0
    )


TestCallers = Callers.TestCase
TestCallers.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)


def test_a_failing_rule_denies_whatever_else_is_said() -> None:
    """
    A calendar that does not know the year must not open the day.
    """
    hours = load_pack(
        """
schema_version = 1
[meta]
jurisdiction = "XX"
[[rule]]
id = "xx.hours"
citation = "Art. 1"
title = "Hours"
kind = "time_window"
status = "verified"
source = "test"
effective_from = 2020-01-01
[rule.applies_to]
party = ["any"]
actions = ["any"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
windows = [{ days = ["all"], start = "08:00:00", end = "21:00:00" }, { days = ["holiday"], closed = true }]
zone_basis = "all_plausible"
holiday_calendar = "ZA"
""",
        "xx",
        calendars=shipped_calendars(),
    )
    ruling = rule_on(Question("contact", datetime(2031, 6, 3, 12, 0, tzinfo=UTC), ("UTC",), channel="phone"), [hours])

    assert (Outcome.DENY, None) == (ruling.outcome, ruling.earliest)
    assert "could not be evaluated" in ruling.findings[0].text
