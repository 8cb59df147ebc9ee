"""Payment plans: the split back, the search under a budget, breach and cure to the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.affordability import Budget, PlanReason, PlanRefused, quote_plan
from collectkit.arrangements.living import (
    Arrangement,
    ArrangementEnded,
    ArrangementState,
    ArrangementStatus,
    ItemStatus,
    arrangement_states,
)
from collectkit.arrangements.payment_plans import Debt, PaymentPlan, PlanPolicy, PlanQuoted, share_out
from collectkit.calendars.spans import Spans
from collectkit.errors import PolicyError, ValidationError
from collectkit.ledger import Chargeback, Payment, Reversal
from collectkit.money import Money
from collectkit.testing.strategies import histories, minor_units, payment_plans

AT, ON = datetime(2026, 10, 1, 18, tzinfo=UTC), date(2026, 10, 1)
POLICY = PlanPolicy(every=(0,), minimum_minor=1_000, items_max=6)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def day(number: int, month: int = 10) -> date:
    return date(2026, month, number)


def budget(left: int, payday: date = day(5), now: int | None = None) -> Budget:
    return Budget(income_minor=200_000 + left, expenses_minor=200_000, payday=payday, now_minor=now)


def paid(minor: int, on: date, id: str = "p-1") -> Payment:
    return Payment(id, "a-1", usd(minor), on)


def chargeback(minor: int, on: date) -> Chargeback:
    return Chargeback("cb-1", "a-1", "p-1", usd(minor), on)


def plan(**rest: object) -> PaymentPlan:
    items = share_out([Debt("a-1", 3_000, ON)], [(day(10), usd(1_000)), (day(20), usd(1_000)), (day(30), usd(1_000))])
    return attrs.evolve(PaymentPlan("ar-1", "c-1", items, grace_days=2, cure_days=5, effects=("fees",)), **rest)


def state(payments: list[Payment], on: date, terms: PaymentPlan | None = None, **rest: object) -> ArrangementState:
    started = Arrangement(terms or plan(), AT, started_on=ON)
    reversals = rest.pop("reversals", ())
    return arrangement_states([attrs.evolve(started, **rest)], "a-1", payments, reversals, as_of=on)[0]  # type: ignore[arg-type]


class TestShareOut:
    def test_the_oldest_debt_is_served_first(self) -> None:
        """
        25.00 of the older account and 15.00 of the younger, in two payments of 20.00.
        """
        items = share_out([Debt("a-2", 1_500, day(2)), Debt("a-1", 2_500, day(1))], [(day(10), usd(2_000)), (day(20), usd(2_000))])

        assert [[("a-1", 2_000)], [("a-1", 500), ("a-2", 1_500)]] == [[(s.account, s.minor) for s in item.shares] for item in items]

    @given(debts=st.lists(minor_units(1, 5_000), min_size=1, max_size=4), count=st.integers(1, 6))
    def test_every_minor_unit_goes_to_exactly_one_account(self, debts: list[int], count: int) -> None:
        """
        The shares of an item are the item, and the shares of an account are its debt.
        """
        owed = [Debt(f"a-{n}", minor, ON) for n, minor in enumerate(debts)]
        amounts = [part for part in usd(sum(debts)).split(count) if part.minor]
        items = share_out(owed, [(ON + timedelta(days=n), amount) for n, amount in enumerate(amounts)])

        assert all(item.amount.minor == sum(share.minor for share in item.shares) for item in items)
        assert {debt.account: debt.minor for debt in owed} == {d.account: sum(item.minor_of(d.account) for item in items) for d in owed}

    def test_too_much_or_too_little_is_no_plan(self) -> None:
        """
        Payments are together what is owed.
        """
        with pytest.raises(ValidationError, match="together what its accounts owe"):
            share_out([Debt("a-1", 1_000, ON)], [(day(10), usd(999))])


class TestQuotePlan:
    def test_the_shortest_affordable_plan_names_what_kept_it_from_being_shorter(self) -> None:
        """
        Half of 50.00 a month may be asked for 100.00: four payments, for three would ask 33.34.
        """
        quoted = quote_plan("ar-1", "c-1", [Debt("a-1", 10_000, ON)], "USD", budget(5_000), POLICY, at=AT, on=ON)

        assert isinstance(quoted, PlanQuoted)
        assert [(day(5), 2_500), (day(5, 11), 2_500), (day(5, 12), 2_500), (date(2027, 1, 5), 2_500)] == [
            (item.due_on, item.amount.minor) for item in quoted.plan.items
        ]
        assert "affordable: 3 payments of up to 3334 minor units would end on 2026-12-05" == quoted.because
        assert AT + timedelta(days=7) == quoted.expires_at

    @pytest.mark.parametrize(
        ("left", "policy", "now", "expected", "needed"),
        [
            (0, POLICY, None, PlanReason.NOTHING_LEFT, 0),
            (3_000, POLICY, None, PlanReason.AFFORDABLE, 1_667),
            (3_400, attrs.evolve(POLICY, down_payment_bp=2_000), 1_000, PlanReason.DOWN_PAYMENT, 2_000),
            (5_000, attrs.evolve(POLICY, days_max=60), None, PlanReason.AFFORDABLE, 3_334),
        ],
    )
    def test_without_an_affordable_plan_the_binding_limit_is_named(
        self, left: int, policy: PlanPolicy, now: int | None, expected: PlanReason, needed: int
    ) -> None:
        """
        And what the easiest allowed plan would ask.
        """
        refused = quote_plan("ar-1", "c-1", [Debt("a-1", 10_000, ON)], "USD", budget(left, now=now), policy, at=AT, on=ON)

        assert isinstance(refused, PlanRefused)
        assert (expected, needed) == (refused.reason, refused.needed_minor)

    def test_a_month_keeps_the_day_of_the_payday(self) -> None:
        """
        The 31st comes back after a shorter month.
        """
        quoted = quote_plan("ar-1", "c-1", [Debt("a-1", 9_000, ON)], "USD", budget(6_000, payday=day(31, 8)), POLICY, at=AT, on=ON)

        assert isinstance(quoted, PlanQuoted)
        assert [day(31), day(30, 11), day(31, 12)] == [item.due_on for item in quoted.plan.items]

    @given(
        total=minor_units(1, 30_000),
        left=st.integers(0, 20_000),
        every=st.lists(st.sampled_from([0, 7, 14, 28]), min_size=1, unique=True),
        minimum=st.integers(0, 3_000),
        down=st.sampled_from([0, 1_000, 3_000]),
    )
    def test_a_quote_obeys_every_limit_and_no_allowed_plan_ends_earlier(
        self, total: int, left: int, every: list[int], minimum: int, down: int
    ) -> None:
        """
        Recomputed by looking at every equal plan.
        """
        policy = PlanPolicy(every=every, minimum_minor=minimum, items_max=5, days_max=120, down_payment_bp=down)
        purse = budget(left)
        outcome = quote_plan("ar-1", "c-1", [Debt("a-1", total, ON)], "USD", purse, policy, at=AT, on=ON)

        def allowed(amounts: list[int], freq: int) -> bool:
            last = [item.due_on for item in _dated(amounts, freq)][-1]
            small = len(amounts) > 1 and min(amounts) < minimum
            return max(amounts) <= purse.affordable_minor(policy, freq) and (last - ON).days <= 120 and not small

        def _dated(amounts: list[int], freq: int) -> list[Payment]:
            from collectkit.calendars.dates import add_months

            days = [day(5) + timedelta(days=freq * n) if freq else add_months(day(5), n) for n in range(len(amounts))]
            return [attrs.make_class("Row", ["due_on"])(on) for on in days]

        if isinstance(outcome, PlanQuoted):
            amounts = [item.amount.minor for item in outcome.plan.items]
            assert total == sum(amounts)
            assert allowed(amounts, outcome.plan.every)
            assert amounts[0] >= -(-total * down // 10_000)
        elif down == 0:
            plain = [[part.minor for part in usd(total).split(count)] for count in range(1, 6) if count <= total]
            assert not any(allowed(amounts, freq) for amounts in plain for freq in every)

    def test_nonsense_is_not_loaded(self) -> None:
        """
        The message names the key.
        """
        with pytest.raises(PolicyError, match="cure_days"):
            PlanPolicy(cure_days=-1)
        with pytest.raises(PolicyError, match="every names"):
            PlanPolicy(every=())


class TestState:
    def test_items_are_paid_in_their_order(self) -> None:
        """
        15.00 pay the first and half of the second.
        """
        found = state([paid(1_500, day(10))], day(21))

        assert [ItemStatus.PAID, ItemStatus.PART_PAID, ItemStatus.SCHEDULED] == [item.status for item in found.items]
        assert (ArrangementStatus.ACTIVE, 1_500, day(23)) == (found.status, found.counted_minor, found.changes_on)

    @pytest.mark.parametrize(
        ("on", "status", "since"),
        [
            (day(12), ArrangementStatus.ACTIVE, None),
            (day(13), ArrangementStatus.ACTIVE, day(13)),
            (day(17), ArrangementStatus.ACTIVE, day(13)),
            (day(18), ArrangementStatus.BREACHED, None),
        ],
    )
    def test_a_missed_payment_may_be_cured_for_five_days(self, on: date, status: ArrangementStatus, since: date | None) -> None:
        """
        Due on the 10th, two days of grace: missed from the 13th on, breached on the 18th, and not a day before.
        """
        found = state([], on)

        assert (status, since) == (found.status, found.in_breach_since)

    def test_paid_on_the_last_day_of_the_cure_it_goes_on(self) -> None:
        """
        The next item starts its own count; a payment on the day of the breach comes in time for that day.
        """
        assert ArrangementStatus.ACTIVE is state([paid(1_000, day(17))], day(20)).status
        assert ArrangementStatus.ACTIVE is state([paid(1_000, day(18))], day(20)).status
        assert ArrangementStatus.BREACHED is state([paid(1_000, day(19))], day(20)).status

    def test_two_missed_payments_may_be_the_measure(self) -> None:
        """
        One missed does no harm then.
        """
        lax = plan(missed_max=2)

        assert ArrangementStatus.ACTIVE is state([], day(27), lax).status
        assert ArrangementStatus.BREACHED is state([], day(28), lax).status

    def test_all_paid_is_completed_and_a_reversal_reopens(self) -> None:
        """
        Judged anew: the bounced plan is in breach as if the payment had never come.
        """
        payments = [paid(3_000, day(9))]
        bounced = [Reversal("r-1", "a-1", "p-1", day(25))]

        assert (ArrangementStatus.COMPLETED, day(9)) == (state(payments, day(24)).status, state(payments, day(24)).since)
        assert ArrangementStatus.BREACHED is state(payments, day(25), reversals=bounced).status

    def test_what_is_charged_back_is_missing_since_that_day(self) -> None:
        """
        10.00 were paid in time and charged back on the 16th: missed from then on, as long to cure as anything missed, breached on the 21st.
        """
        payments, back = [paid(1_000, day(10))], [chargeback(1_000, day(16))]

        assert [None, day(16), day(16)] == [state(payments, day(n), reversals=back).in_breach_since for n in (15, 16, 20)]
        assert ArrangementStatus.BREACHED is state(payments, day(21), reversals=back).status
        cured = [*payments, paid(1_000, day(20), "p-2")]
        assert (ArrangementStatus.ACTIVE, None) == (state(cured, day(21), reversals=back).status, state(cured, day(21)).in_breach_since)

    def test_a_part_charged_back_of_a_completed_plan_reopens_it(self) -> None:
        """
        30.00 were paid at once, and 5.00 charged back on the 12th: the last item is short of it, and nothing is missed yet.
        """
        payments, back = [paid(3_000, day(9))], [chargeback(500, day(12))]

        assert ArrangementStatus.COMPLETED is state(payments, day(11), reversals=back).status
        found = state(payments, day(12), reversals=back)
        assert (ArrangementStatus.ACTIVE, 2_500, None) == (found.status, found.counted_minor, found.in_breach_since)
        assert [1_000, 1_000, 500] == [item.paid_minor for item in found.items]
        again = state([*payments, paid(500, day(25), "p-2")], day(26), reversals=back)
        assert (ArrangementStatus.COMPLETED, day(25)) == (again.status, again.since)

    def test_what_was_breached_before_it_was_ended_stays_breached(self) -> None:
        """
        Ended on the 17th it is cancelled; on the 19th it was over already.
        """
        for on, expected in ((day(17), ArrangementStatus.CANCELLED), (day(19), ArrangementStatus.BREACHED)):
            assert expected is state([], day(25), ended=ArrangementEnded("ar-1", on, "cancelled", "asked")).status

    def test_a_debt_cleared_otherwise_needs_no_plan(self) -> None:
        """
        Neither completed nor breached.
        """
        started = Arrangement(plan(), AT, started_on=ON)
        (found,) = arrangement_states([started], "a-1", [], as_of=day(5), outstanding_minor=lambda: 0)

        assert ArrangementStatus.INVALIDATED is found.status

    @given(entries=histories(), terms=payment_plans(accounts=("a-1", "a-2")), on=st.integers(0, 200))
    def test_each_account_is_judged_by_its_own_share(self, entries: tuple[object, ...], terms: PaymentPlan, on: int) -> None:
        """
        No more counts than was paid and was asked; a status is a function of facts and day, whatever the order of arrival.
        """
        as_of = date(2026, 1, 1) + timedelta(days=on)
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        reversals = [entry for entry in entries if isinstance(entry, Reversal)]
        started = Arrangement(terms, AT, started_on=date(2026, 1, 1))
        (found,) = arrangement_states([started], "a-1", payments, reversals, as_of=as_of)
        back = {reversal.payment for reversal in reversals if reversal.value_on <= as_of}

        assert (found,) == arrangement_states([started], "a-1", payments[::-1], reversals[::-1], as_of=as_of)
        assert found.counted_minor <= sum(p.amount.minor for p in payments if p.value_on <= as_of and p.id not in back)
        assert sum(item.paid_minor for item in found.items) == found.counted_minor <= sum(minor for _, minor in terms.due_of("a-1"))

    @given(entries=histories(), terms=payment_plans(), on=st.integers(0, 150))
    def test_nothing_changes_before_the_day_that_is_named(self, entries: tuple[object, ...], terms: PaymentPlan, on: int) -> None:
        """
        By time alone, until `changes_on`.
        """
        as_of = date(2026, 1, 1) + timedelta(days=on)
        payments = [entry for entry in entries if isinstance(entry, Payment) and entry.value_on <= as_of]
        started = Arrangement(terms, AT, started_on=date(2026, 1, 1))
        (now,) = arrangement_states([started], "a-1", payments, as_of=as_of)
        last = min(now.changes_on or date(2027, 1, 1), date(2027, 1, 1)) - timedelta(days=1)
        (then,) = arrangement_states([started], "a-1", payments, as_of=max(as_of, last))

        if now.status is ArrangementStatus.ACTIVE:
            assert (now.status, now.items, now.effects) == (then.status, then.items, then.effects)


class TestHolds:
    """Three times 10.00 on the 10th, 20th and 30th with two days of grace and five to cure; held from the 12th through the 16th."""

    HELD = Spans.of([(day(12), day(17))])

    def held(self, payments: list[Payment], on: date, still: Spans = HELD) -> ArrangementState:
        return arrangement_states([Arrangement(plan(), AT, started_on=ON)], "a-1", payments, as_of=on, still=still)[0]

    def test_every_day_after_the_hold_is_five_later(self) -> None:
        """
        The first was due before it and keeps its day; its grace ran into the hold and ends five days later.
        """
        assert [day(10), day(25), day(4, 11)] == [item.due_on for item in self.held([], day(16)).items]
        assert [ItemStatus.DUE, ItemStatus.DUE, ItemStatus.MISSED] == [self.held([], day(on)).items[0].status for on in (16, 17, 18)]

    @pytest.mark.parametrize(("on", "expected"), [(22, ArrangementStatus.ACTIVE), (23, ArrangementStatus.BREACHED)])
    def test_breach_and_cure_wait_as_long(self, on: int, expected: ArrangementStatus) -> None:
        """
        Missed from the 18th on, and past cure five days later; without the hold it was the 18th.
        """
        assert expected is self.held([], day(on)).status
        assert ArrangementStatus.BREACHED is state([], day(18)).status

    def test_a_hold_within_the_cure_puts_that_off(self) -> None:
        """
        Missed on the 13th, held from the 15th through the 20th: what was to be cured by the 18th is by the 24th.
        """
        still = Spans.of([(day(15), day(21))])

        assert [ArrangementStatus.ACTIVE, ArrangementStatus.BREACHED] == [self.held([], day(on), still).status for on in (23, 24)]
        assert day(24) == self.held([], day(23), still).changes_on

    def test_under_a_hold_without_an_end_nothing_is_missed(self) -> None:
        """
        It stays in force, and nothing changes by time alone until somebody decides about the hold.
        """
        found = self.held([], day(30, 12), Spans.of([(day(5), None)]))

        assert (ArrangementStatus.ACTIVE, None) == (found.status, found.in_breach_since)
        assert {ItemStatus.DUE} == {item.status for item in found.items}

    @given(terms=payment_plans("a-1"), length=st.integers(1, 40), after=st.integers(0, 150))
    def test_a_hold_from_before_the_first_deadline_moves_the_whole_plan(self, terms: PaymentPlan, length: int, after: int) -> None:
        """
        Held before anything falls due, it stands on a day as it would have stood so many days before.
        """
        first = terms.due_of("a-1")[0][0]
        start = first - timedelta(days=1)
        started = Arrangement(terms, AT, started_on=start)
        still = Spans.of([(start + timedelta(days=1), start + timedelta(days=1 + length))])
        on = first + timedelta(days=after)
        (held,) = arrangement_states([started], "a-1", [], as_of=on + timedelta(days=length), still=still)
        (plain,) = arrangement_states([started], "a-1", [], as_of=on)

        assert plain.status is held.status
        assert [item.due_on + timedelta(days=length) for item in plain.items] == [item.due_on for item in held.items]
        assert [item.status for item in plain.items] == [item.status for item in held.items]
