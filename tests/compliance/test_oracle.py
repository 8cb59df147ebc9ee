"""Every window of hours, cap, wait, period and count of days that ships, against a second and plain reading of its file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.actions import Outcome
from collectkit.calendars.dates import zone as zone_of
from collectkit.compliance import Question, figures, rule_on, shipped_pack
from collectkit.compliance.packs import Pack
from collectkit.compliance.past import PastContact, PastEvent, PaymentAttempt, Payments

from . import oracle
from .test_every_rule import first_of

ZONES = (
    "America/New_York",
    "America/St_Johns",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Johannesburg",
    "America/Sao_Paulo",
)
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)

# Every instant of the years that the holiday calendars know, and more often the days on which clocks change or people rest.
odd_days = st.sampled_from(
    [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 11, 1), date(2026, 12, 25), date(2027, 1, 1)]
)
moments = st.one_of(
    st.integers(0, 3 * 365 * 24 * 60 * 60).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.tuples(odd_days, st.integers(-12 * 3600, 36 * 3600)).map(
        lambda pair: datetime.combine(pair[0], time(0), UTC) + timedelta(seconds=pair[1])
    ),
    st.tuples(st.integers(0, 3 * 365), st.integers(0, 47), st.integers(-1, 1)).map(
        lambda parts: START + timedelta(days=parts[0], minutes=30 * parts[1], seconds=parts[2])
    ),
)


@lru_cache(maxsize=256)
def alone(id: str) -> list[Pack]:
    """Return the rule by itself, as a pack."""
    name, _ = oracle.raw_rules()[id]
    pack = shipped_pack(name)
    rule = pack.rule(id)
    assert rule is not None
    return [attrs.evolve(pack, rules=(attrs.evolve(rule, effective_from=date(1900, 1, 1), effective_to=None),))]


def act(id: str, at: datetime, zones: tuple[str, ...], **facts: object) -> Question:
    """Return the act that the rule reaches, of which every fact is given."""
    scope = oracle.raw_rules()[id][1]["applies_to"]
    held: dict[str, Any] = {
        "party": first_of(scope, "party", "third_party"),
        "collector": "C1",
        "person": "P1",
        "recipient": first_of(scope, "recipients", "consumer"),
        "channel": first_of(scope, "channels", "phone"),
        "place": "personal",
        "debts": ("D1",),
        "products": frozenset({first_of(scope, "products", "bnpl")}),
        "stages": frozenset({first_of(scope, "stage", "arrears")}),
        "regions": frozenset(scope.get("regions", ())),
        "unknown": Outcome.ALLOW,
        **facts,
    }
    return Question(first_of(scope, "actions", "contact"), at, zones, **held)


@pytest.mark.parametrize("id", oracle.ids("time_window"))
class TestHours:
    @given(at=moments, zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True).map(tuple))
    @settings(max_examples=20)
    def test_open_and_first_open_are_what_the_clocks_say(self, id: str, at: datetime, zones: tuple[str, ...]) -> None:
        """
        Quarter by quarter, in the places of the person or the one that the law names.
        """
        ruling = rule_on(act(id, at, zones), alone(id))

        if oracle.open_at(id, at, zones):
            assert Outcome.ALLOW is ruling.outcome
        else:
            assert Outcome.DENY is ruling.outcome
            assert oracle.opens(id, at, zones) == ruling.earliest


def histories(channels: list[str]) -> st.SearchStrategy[tuple[tuple[int, str, str, str, str, str, tuple[str, ...], str], ...]]:
    one = st.tuples(
        st.integers(0, 40 * 24 * 60),
        st.sampled_from(channels),
        st.sampled_from(["outbound", "outbound", "outbound", "inbound"]),
        st.sampled_from(["conversation", "voicemail", "delivered", "answered_dropped", "no_answer", "busy", "not_in_service", "unknown"]),
        st.sampled_from(["P1", "P1", "P2", ""]),
        st.sampled_from(["C1", "C1", "C2"]),
        st.sampled_from([("D1",), ("D1",), ("D2",), ("D1", "D2"), ()]),
        st.sampled_from(["personal", "workplace", "other", ""]),
    )
    return st.lists(one, max_size=14).map(tuple)


def past(at: datetime, drawn: tuple[tuple[int, str, str, str, str, str, tuple[str, ...], str], ...]) -> tuple[PastContact, ...]:
    return tuple(
        PastContact(at - timedelta(minutes=ago), channel, direction, outcome, who, debts, debts, by, "p", where)
        for ago, channel, direction, outcome, who, by, debts, where in sorted(drawn, reverse=True)
    )


@pytest.mark.parametrize("id", oracle.ids("frequency_cap"))
class TestCaps:
    @given(data=st.data(), at=moments, zone=st.sampled_from(ZONES), debts=st.sampled_from([("D1",), ("D1", "D2")]))
    @settings(max_examples=40)
    def test_a_contact_fits_when_the_log_says_so(
        self, id: str, data: st.DataObject, at: datetime, zone: str, debts: tuple[str, ...]
    ) -> None:
        """
        And the first instant at which one more fits is the midnight that a count over every day finds.
        """
        params = oracle.raw_rules()[id][1]["params"]
        channels = [name for name in params.get("channels", ["phone"]) if name != "any"] or ["phone", "letter"]
        history = past(at, data.draw(histories([*channels, "fax"])))
        # Caps of thirty calls are met by the same log several times over.
        history = history * (1 + params["max"] // 8)
        place = params.get("place_in", ["personal"])[0]
        question = act(id, at, (zone,), history=history, debts=debts, channel=channels[0], place=place)
        ruling = rule_on(question, alone(id))

        assert oracle.fits(id, question, at, zone) == (ruling.outcome is Outcome.ALLOW)
        if ruling.outcome is Outcome.DENY:
            assert oracle.first_fit(id, question, zone) == ruling.earliest

    @given(data=st.data(), at=moments)
    @settings(max_examples=20)
    def test_while_places_disagree_about_the_day_the_stricter_counts(self, id: str, data: st.DataObject, at: datetime) -> None:
        """
        What one place forbids is forbidden; a contact counts as long as it does in any.
        """
        params = oracle.raw_rules()[id][1]["params"]
        channels = [name for name in params.get("channels", ["phone"]) if name != "any"] or ["phone"]
        history = past(at, data.draw(histories(channels))) * (1 + params["max"] // 8)
        both = ("America/Los_Angeles", "Australia/Lord_Howe")
        question = act(id, at, both, history=history, channel=channels[0], place=params.get("place_in", ["personal"])[0])

        if not all(oracle.fits(id, question, at, zone) for zone in both):
            assert Outcome.DENY is rule_on(question, alone(id)).outcome


@pytest.mark.parametrize("id", oracle.ids("cooling_off"))
class TestWaits:
    @given(data=st.data(), at=moments, zone=st.sampled_from(ZONES), debts=st.sampled_from([("D1",), ("D1", "D2"), ("D2",)]))
    @settings(max_examples=60)
    def test_the_wait_ends_on_the_day_that_a_count_finds(
        self, id: str, data: st.DataObject, at: datetime, zone: str, debts: tuple[str, ...]
    ) -> None:
        """
        At its first instant, for the last of several conversations.
        """
        history = past(at, data.draw(histories(["phone", "rvm", "sms"])))
        question = act(id, at, (zone,), history=history, debts=debts, channel="phone")
        ruling = rule_on(question, alone(id))

        assert oracle.wait_is_over(id, question, at, zone) == (ruling.outcome is Outcome.ALLOW)
        if ruling.outcome is Outcome.DENY:
            ends = [moment for moment in oracle.midnights(at, zone, 20) if oracle.wait_is_over(id, question, moment, zone)]
            assert ends[0] == ruling.earliest


days = st.dates(date(2000, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize("id", oracle.ids("limitation"))
class TestLimitations:
    @given(accrued=days, paid=st.none() | st.integers(0, 3000), acknowledged=st.none() | st.integers(0, 3000), edge=st.integers(-1, 1))
    @settings(max_examples=40)
    def test_the_last_day_is_that_of_the_calendar(
        self, id: str, accrued: date, paid: int | None, acknowledged: int | None, edge: int
    ) -> None:
        """
        A payment or an acknowledgment in time starts the years anew where the law says so; on the last day a suit is lawful, not after.
        """
        params = oracle.raw_rules()[id][1]["params"]
        start = date(accrued.year, 12, 31) if params.get("from") == "year_end" else accrued
        last = oracle.plus_years(start, params["years"], late=False)
        counts = params["revived_by_payment"] and not params.get("payment_needs_signed_writing")
        known: dict[str, object] = {"accrued_on": accrued, "contract_form": "written"}
        anew = []
        if paid is not None:
            known["last_payment_on"] = accrued + paid * DAY
            anew += [accrued + paid * DAY] * counts
        if acknowledged is not None:
            known["acknowledged_on"] = accrued + acknowledged * DAY
            anew.append(accrued + acknowledged * DAY)
        for day in sorted(anew):
            if day <= last:
                last = max(last, oracle.plus_years(day, params["years"], late=False))
        at = datetime.combine(last + edge * DAY, time(12), UTC)
        question = act(id, at, ("UTC",), debt_facts={"D1": known})
        ruling = rule_on(question, alone(id))

        assert (edge > 0) == (ruling.outcome is Outcome.DENY)
        assert ruling.earliest is None
        asked = attrs.evolve(question, action="compute_limitation")
        assert figures(asked, [widened(id)]) == {"limitation_expires_on": last}


def widened(id: str) -> Pack:
    """Return the rule for any act, as figures about it are asked under another name."""
    (pack,) = alone(id)
    (rule,) = pack.rules
    return attrs.evolve(pack, rules=(attrs.evolve(rule, scope=attrs.evolve(rule.scope, actions=frozenset())),))


@pytest.mark.parametrize("id", oracle.ids("retention"))
class TestRetention:
    @given(day=days, zone=st.sampled_from(ZONES), edge=st.sampled_from([-1, 0, 1]))
    @settings(max_examples=40)
    def test_a_record_is_kept_through_its_last_day(self, id: str, day: date, zone: str, edge: int) -> None:
        """
        The day after the last, from its first instant, it may go; the later day for 29 February.
        """
        for kept in oracle.raw_rules()[id][1]["params"]["records"]:
            kind = "letter" if kept["kind"] == "any" else kept["kind"]
            over = datetime.combine(oracle.plus_years(day, kept["years"], late=True) + DAY, time(0), zone_of(zone))
            facts = {"record.kind": kind, f"record.{kept['from_event']}": day}
            ruling = rule_on(act(id, over + edge * timedelta(seconds=1), (zone,), facts=facts, channel=""), alone(id))

            assert (edge < 0) == (ruling.outcome is Outcome.DENY)
            if edge < 0:
                assert over == ruling.earliest


def business(id: str, on: date) -> bool:
    return on.weekday() < 5 and on not in oracle.raw_holidays()[oracle.calendar_of(id)]


@pytest.mark.parametrize("id", oracle.ids("notice_before_action"))
class TestNotices:
    @given(
        on=st.dates(date(2026, 1, 5), date(2028, 9, 1)),
        hour=st.integers(0, 23),
        edge=st.sampled_from([-1, 0, 1]),
        left_out=st.none() | st.integers(-1, 1),
    )
    @settings(max_examples=60)
    def test_the_first_lawful_day_is_counted_day_by_day(self, id: str, on: date, hour: int, edge: int, left_out: int | None) -> None:
        """
        Calendar days after the notice, clear days between, or business days; from the first instant of the day. One that is known to
        leave out what it must state opens nothing; of one of which that is not recorded, all of it is taken to stand there.
        """
        params = oracle.raw_rules()[id][1]["params"]
        for way in params["satisfied_by"]:
            if way["event"] in ("letter", "email", "sms", "conversation"):
                continue
            day, passed = on, 0
            while passed < way["min_days"]:
                day += DAY
                passed += params["day_kind"] != "business" or business(id, day)
            if params["day_kind"] != "calendar" and way["min_days"]:
                day += DAY  # the days must be whole, so the last of them must be over
            sent = datetime.combine(on, time(hour), UTC)
            first = max(datetime.combine(day, time(0), UTC), sent)
            at = first + edge * timedelta(seconds=1)
            if at < sent:
                continue
            facts: dict[str, object] = {name: values[0] for name, values in params.get("match", {}).items()}
            facts["when.conditions"] = tuple(params.get("also", ()))
            defaulted = {"D1": {"default_on": date(2025, 2, 3)}}
            must = params.get("must_state", [])
            states = None if left_out is None else tuple(word for place, word in enumerate(must) if place != left_out)
            question = act(
                id,
                at,
                ("UTC",),
                events=(PastEvent(way["event"], sent, ("D1",), states=states),),
                facts=facts,
                debt_facts=defaulted,
            )
            ruling = rule_on(question, alone(id))

            is_whole = states is None or len(states) == len(must)
            assert (at < first or not is_whole) == (ruling.outcome is Outcome.DENY)
            if at < first or not is_whole:
                assert (first if is_whole else None) == ruling.earliest


class TestCardRetries:
    @given(hours=st.lists(st.integers(1, 40 * 24), max_size=24, unique=True), at=moments)
    def test_a_rolling_window_counts_every_attempt_in_it(self, hours: list[int], at: datetime) -> None:
        """
        Fifteen attempts in thirty times twenty-four hours, across changes of the clock.
        """
        params = oracle.raw_rules()["pay.visa.retry"][1]["params"]
        tries = tuple(PaymentAttempt(at - timedelta(hours=ago), "retry", "51") for ago in hours)
        facts = {"when.rail": "visa"}
        question = act("pay.visa.retry", at, ("UTC",), payments=Payments(tries), facts=facts, channel="")
        window = timedelta(days=params["window_days"])
        inside = sorted(at - timedelta(hours=ago) for ago in hours if timedelta(hours=ago) < window)
        ruling = rule_on(question, alone("pay.visa.retry"))

        assert (len(inside) >= params["max_attempts"]) == (ruling.outcome is Outcome.DENY)
        if ruling.outcome is Outcome.DENY:
            assert inside[len(inside) - params["max_attempts"]] + window == ruling.earliest
