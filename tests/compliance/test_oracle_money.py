"""Retries of payments, fees and days for an answer, against a second and plain reading of the files that state them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.actions import Outcome
from collectkit.compliance import rule_on
from collectkit.compliance.past import PaymentAttempt, Payments

from . import oracle
from .test_oracle import DAY, act, alone

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class TestMastercard:
    @given(
        tries=st.lists(
            st.tuples(st.integers(1, 45 * 24), st.sampled_from(["51", "ok"]), st.sampled_from(["", "03", "21", "24", "26", "30"]))
        )
    )
    @settings(max_examples=150)
    def test_advice_and_windows_free_on_the_hour_that_a_walk_finds(self, tries: list[tuple[int, str, str]]) -> None:
        """
        Hour by hour until nothing stands against it: blocks after "never", the wait of the last advice, two rolling counts.
        """
        params = oracle.raw_rules()["pay.mastercard.retry"][1]["params"]
        attempts = sorted(((NOON - ago * HOUR, code, advice) for ago, code, advice in tries), key=lambda one: one[0])

        def is_open(at: datetime) -> bool:
            blocked = any(a in params["never_advice"] and at < t + params["block_days_after_never"] * DAY for t, _, a in attempts)
            wait = params["wait_hours_by_advice"].get(attempts[-1][2], 0) if attempts else 0
            waits = bool(attempts) and at < attempts[-1][0] + wait * HOUR
            many = sum(t > at - params["window_days"] * DAY for t, _, _ in attempts) >= params["max_attempts"]
            declined = sum(t > at - DAY for t, code, _ in attempts if code != "ok") >= params["max_declines_24h"]
            return not (blocked or waits or many or declined)

        made = tuple(PaymentAttempt(t, "retry", code, advice) for t, code, advice in attempts)
        question = act("pay.mastercard.retry", NOON, ("UTC",), payments=Payments(made), facts={"when.rail": "mastercard"}, channel="")
        ruling = rule_on(question, alone("pay.mastercard.retry"))

        assert is_open(NOON) == (ruling.outcome is Outcome.ALLOW)
        if ruling.outcome is Outcome.DENY:
            first = next(NOON + hours * HOUR for hours in range(60 * 24) if is_open(NOON + hours * HOUR))
            assert first == ruling.earliest


class TestNacha:
    @given(
        codes=st.lists(st.sampled_from(["R01", "R09", "R02", "R08", "R17"]), min_size=1, max_size=4),
        days=st.integers(5, 200),
        corrected=st.booleans(),
        authorized=st.booleans(),
        amounts=st.tuples(st.integers(4999, 5001), st.integers(4999, 5001)),
        fees=st.integers(0, 2),
    )
    @settings(max_examples=150)
    def test_an_entry_is_tried_again_as_often_so_late_and_so_returned_as_the_file_says(
        self, codes: list[str], days: int, corrected: bool, authorized: bool, amounts: tuple[int, int], fees: int
    ) -> None:
        """
        Two retries, 180 days, of the same amount, codes that may, codes that never may, those under a condition.

        Fees, and what the person paid themselves, count for nothing.
        """
        params = oracle.raw_rules()["pay.nacha.reinitiation"][1]["params"]
        last = codes[-1]
        fits = len(codes) - 1 < params["max_retries"] and days <= params["window_days"] and not set(codes) & set(params["never_codes"])
        told = {text.split(" if ")[0]: text.split(" if ")[1] for text in params["conditionally_retryable"]}
        condition = told.get(last, told["other"])
        met = authorized if "authorised" in condition else corrected
        begun = NOON - days * DAY
        first, now = (Fraction(cents, 100) for cents in amounts)
        fits = fits and (first == now or not params["same_amount"])
        tries = tuple(
            PaymentAttempt(begun + n * HOUR, "retry" if n else "original", code, amount=first) for n, code in enumerate(codes)
        ) + tuple(PaymentAttempt(begun + HOUR, kind, "ok") for _ in range(fees) for kind in ("return_fee", "consumer_payment"))
        facts = {"when.rail": "ach", "when.amount": now, "when.cause_corrected": corrected, "when.reinitiation_authorized": authorized}
        question = act("pay.nacha.reinitiation", NOON, ("UTC",), payments=Payments(tries), facts=facts, channel="")

        expected = fits and (last in params["retryable_codes"] or met)
        assert expected == (rule_on(question, alone("pay.nacha.reinitiation")).outcome is Outcome.ALLOW)

    @given(tries=st.lists(st.sampled_from(["R01", "R09", "R02", "fee"]), max_size=6))
    @settings(max_examples=150)
    def test_fees_for_a_return_are_as_many_as_the_file_says(self, tries: list[str]) -> None:
        """
        Walked backwards to the last entry: its code must be one of those, and the fees since then fewer than there may be.
        """
        params = oracle.raw_rules()["pay.nacha.return_fee"][1]["params"]
        since, last = 0, ""
        for code in reversed(tries):
            if code != "fee":
                last = code
                break
            since += 1
        made = tuple(
            PaymentAttempt(NOON - (len(tries) - n) * HOUR, *(("return_fee", "ok") if code == "fee" else ("retry", code)))
            for n, code in enumerate(tries)
        )
        facts = {"when.rail": "ach", "when.entry": "return_fee"}
        question = act("pay.nacha.return_fee", NOON, ("UTC",), payments=Payments(made), facts=facts, channel="")

        expected = last in params["returned_as"] and since < params["max_fees"]
        assert expected == (rule_on(question, alone("pay.nacha.return_fee")).outcome is Outcome.ALLOW)


class TestTwoStrikes:
    @given(codes=st.lists(st.sampled_from(["R01", "R09", "R03", "ok", "cash"]), max_size=8))
    @settings(max_examples=150)
    def test_failures_in_a_row_are_counted_one_by_one(self, codes: list[str]) -> None:
        """
        A success starts anew until there are two; another return changes nothing, and cash neither.
        """
        params = oracle.raw_rules()["us.cfpb1041.two_strikes"][1]["params"]
        row = 0
        for code in codes:
            if row >= params["max_consecutive_failures"]:
                break
            row = 0 if code == "ok" else row + (code in params["failure_codes"])
        tries = tuple(
            PaymentAttempt(
                NOON - (len(codes) - n) * DAY, "consumer_payment" if code == "cash" else "transfer", "ok" if code == "cash" else code
            )
            for n, code in enumerate(codes)
        )
        question = act("us.cfpb1041.two_strikes", NOON, ("UTC",), payments=Payments(tries), channel="")

        barred = row >= params["max_consecutive_failures"]
        assert barred == (rule_on(question, alone("us.cfpb1041.two_strikes")).outcome is Outcome.DENY)


class TestTariff:
    @given(principal=st.integers(0, 400_000), cents=st.integers(-1, 1), borne=st.booleans(), declared=st.booleans())
    @settings(max_examples=100)
    def test_the_dutch_tariff_is_what_a_walk_over_its_steps_adds_up_to(
        self, principal: int, cents: int, borne: bool, declared: bool
    ) -> None:
        """
        One cent more than it allows is too much; with the tax for a creditor who bears it and says so.
        """
        params = oracle.raw_rules()["nl.wik_tariff"][1]["params"]
        left, total = Fraction(principal), Fraction(0)
        for width, percent in params["steps"]:
            part = left if width < 0 else min(left, Fraction(width))
            total, left = total + part * Fraction(str(percent)) / 100, left - part
        cap = min(max(total, Fraction(str(params["minimum"]))), Fraction(str(params["maximum"])))
        if borne and declared and params["vat_extra_if_not_deductible"]:
            cap += cap * params["vat_percent"] / 100
        facts = {"fee.kind": "collection", "fee.principal": principal, "fee.amount": cap + Fraction(cents, 100)}
        facts |= {"fee.vat_not_deductible": borne, "fee.vat_declared": declared}

        ruling = rule_on(act("nl.wik_tariff", NOON, ("UTC",), facts=facts, channel=""), alone("nl.wik_tariff"))
        assert (cents > 0) == (ruling.outcome is Outcome.DENY)


@pytest.mark.parametrize("id", oracle.ids("deadline"))
class TestDeadlines:
    @given(since=st.dates(date(2026, 1, 5), date(2028, 9, 1)))
    @settings(max_examples=30)
    def test_the_last_day_is_counted_one_by_one(self, id: str, since: date) -> None:
        """
        Calendar days, or those that are no weekend and no holiday of the pack.
        """
        params = oracle.raw_rules()[id][1]["params"]
        on, left = since, params.get("decide_business_days", params.get("days"))
        holidays = oracle.raw_holidays().get(oracle.calendar_of(id), [])
        while left:
            on += DAY
            left -= "decide_business_days" not in params or (on.weekday() < 5 and on not in holidays)
        ruling = rule_on(act(id, NOON, ("UTC",), facts={"when.from_event_on": since}, channel=""), alone(id))

        assert [on] == [finding.due_on for finding in ruling.winning]

    @given(since=st.dates(date(2026, 1, 5), date(2028, 9, 1)), form=st.sampled_from(["oral", "written"]), left=st.booleans())
    @settings(max_examples=30)
    def test_what_is_due_on_the_way_is_counted_one_by_one(self, id: str, since: date, form: str, left: bool) -> None:
        """
        What is known to be left is due first, when its day is before that of the answer.
        """
        params = oracle.raw_rules()[id][1]["params"]
        keys = {
            "acknowledge_business_days": "acknowledged_on",
            "info_request_within_days": "information_requested_on",
            f"instructions_days_{form}_dispute": "instructed_on",
        }
        holidays = oracle.raw_holidays().get(oracle.calendar_of(id), [])
        due = []
        for key in keys.keys() & params.keys():
            on, days = since, params[key]
            while days:
                on += DAY
                days -= "business" not in key or (on.weekday() < 5 and on not in holidays)
            due.append(on)
        facts: dict[str, object] = {"when.from_event_on": since, "when.form": form}
        facts |= {f"when.{fact}": False for fact in keys.values()} if left else {}
        answer = rule_on(act(id, NOON, ("UTC",), facts={"when.from_event_on": since}, channel=""), alone(id)).winning[0].due_on
        assert answer is not None
        ruling = rule_on(act(id, NOON, ("UTC",), facts=facts, channel=""), alone(id))

        assert [min([answer, *(due if left else [])])] == [finding.due_on for finding in ruling.winning]
