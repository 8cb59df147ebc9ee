"""Which promise is taken, and why another is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements import (
    AlreadyMade,
    Evidence,
    Promise,
    PromiseKind,
    PromiseMade,
    PromisePolicy,
    PromiseReason,
    PromiseRefused,
    Promising,
    Situation,
    make_promise,
)
from collectkit.calendars import Weekends
from collectkit.errors import MoneyError, PolicyError, TimeError
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.testing.strategies import minor_units

ON = date(2026, 10, 20)
AT = datetime(2026, 10, 20, 18, tzinfo=UTC)


def promise(id: str = "pr-1", amount: str = "50.00", due_on: date = date(2026, 10, 24), **rest: object) -> Promise:
    return attrs.evolve(Promise(id, "a-1", Money.of(amount, "USD"), due_on, AT), **rest)


def offer(one: Promise, known: tuple[Promise, ...] = (), policy: PromisePolicy = PromisePolicy(), **rest: object) -> Promising:
    situation: dict[str, object] = {"on": ON, "currency": "USD", "outstanding_minor": 15_000, "past_due_minor": 5_000, **rest}
    return make_promise(known, one, policy, Situation(**situation))  # type: ignore[arg-type]


def reason_of(outcome: Promising) -> PromiseReason:
    assert isinstance(outcome, PromiseRefused)
    return outcome.reason


class TestMakePromise:
    def test_a_plain_promise_is_taken_on_its_business_day(self) -> None:
        """
        The event says from which day on payments count.
        """
        assert PromiseMade(promise(made_on=ON)) == offer(promise())

    def test_the_same_again_changes_nothing(self) -> None:
        """
        A retry on the next day finds the promise of the day before.
        """
        assert AlreadyMade(promise().id) == offer(promise(), (promise(made_on=ON),), on=ON + timedelta(days=1))

    def test_the_same_id_with_other_content_is_refused(self) -> None:
        """
        Nothing of the first promise is shown.
        """
        refused = offer(promise(amount="60.00"), (promise(made_on=ON),))

        assert PromiseReason.ID_REUSED is reason_of(refused)
        assert "50" not in str(refused)

    @pytest.mark.parametrize(
        ("offered", "expected", "counter"),
        [
            (promise(due_on=date(2026, 10, 19)), PromiseReason.DUE_IN_PAST, ("50.00", ON)),
            (promise(due_on=date(2026, 11, 21)), PromiseReason.BEYOND_HORIZON, ("50.00", date(2026, 11, 20))),
            (promise(amount="0.00"), PromiseReason.AMOUNT_TOO_LOW, ("0.01", date(2026, 10, 24))),
            (promise(amount="-5.00"), PromiseReason.AMOUNT_TOO_LOW, ("0.01", date(2026, 10, 24))),
            (promise(amount="150.01"), PromiseReason.AMOUNT_TOO_HIGH, ("150.00", date(2026, 10, 24))),
            (promise(amount="999.00", due_on=date(2027, 1, 1)), PromiseReason.BEYOND_HORIZON, ("150.00", date(2026, 11, 20))),
        ],
    )
    def test_yesterday_zero_and_too_much_meet_a_counter_promise(
        self, offered: Promise, expected: PromiseReason, counter: tuple[str, date]
    ) -> None:
        """
        A limit names the nearest promise that would be taken, and that one is taken.
        """
        refused = offer(offered)

        assert expected is reason_of(refused)
        assert isinstance(refused, PromiseRefused)
        assert refused.counter is not None
        assert counter == (str(refused.counter.amount).split()[0], refused.counter.due_on)
        assert f"{refused.counter.amount} by {refused.counter.due_on}" in refused.detail
        assert isinstance(offer(refused.counter), PromiseMade)

    def test_due_today_and_on_the_horizon_are_taken(self) -> None:
        """
        Both ends of the range are inside.
        """
        assert isinstance(offer(promise(due_on=ON)), PromiseMade)
        assert isinstance(offer(promise(due_on=ON + timedelta(days=31))), PromiseMade)

    def test_a_second_open_promise_needs_to_name_the_first(self) -> None:
        """
        Overlapping promises are refused, or the earlier one is replaced explicitly.
        """
        first = promise(made_on=ON)

        assert PromiseReason.OVERLAPS_ANOTHER is reason_of(offer(promise("pr-2"), (first,)))
        assert isinstance(offer(promise("pr-2", replaces=first.id), (first,)), PromiseMade)
        assert PromiseReason.REPLACES_UNKNOWN is reason_of(offer(promise("pr-2", replaces="pr-9"), (first,)))

    def test_what_is_no_longer_open_overlaps_nothing(self) -> None:
        """
        Cancelled or fulfilled, replaced, and over with its grace.
        """
        first = promise(made_on=ON)
        second = promise("pr-2", replaces="pr-1", made_on=ON)

        assert isinstance(offer(promise("pr-2"), (first,), done={"pr-1"}), PromiseMade)
        assert "(pr-2)" in str(offer(promise("pr-3"), (first, second)))
        assert PromiseReason.OVERLAPS_ANOTHER is reason_of(
            offer(promise("pr-2", due_on=date(2026, 10, 26)), (first,), on=date(2026, 10, 25))
        )
        assert isinstance(offer(promise("pr-2", due_on=date(2026, 10, 26)), (first,), on=date(2026, 10, 26)), PromiseMade)

    def test_several_open_promises_cannot_exceed_the_debt(self) -> None:
        """
        What is promised already cannot be promised again.
        """
        several = PromisePolicy(open_max=2)
        first = promise(amount="120.00", made_on=ON)

        assert PromiseReason.AMOUNT_TOO_HIGH is reason_of(offer(promise("pr-2", "30.01"), (first,), several))
        assert isinstance(offer(promise("pr-2", "30.00"), (first,), several), PromiseMade)
        assert PromiseReason.NOTHING_TO_PROMISE is reason_of(offer(promise("pr-2"), (promise(amount="150.00", made_on=ON),), several))

    def test_a_third_person_needs_a_mandate(self) -> None:
        """
        Whoever promises for somebody else names the authority; the consumer needs none.
        """
        assert PromiseReason.AUTHORITY_MISSING is reason_of(offer(promise(made_by="brother")))
        assert isinstance(offer(promise(made_by="brother", authority="mandate-7")), PromiseMade)
        assert isinstance(offer(promise(made_by="consumer")), PromiseMade)

    def test_a_closed_held_or_foreign_account_takes_none(self) -> None:
        """
        No change of amount or date helps, so there is no counter-promise.
        """
        closed, held = offer(promise(), closed=True), offer(promise(), holds=("insolvency", "vulnerability"))

        assert PromiseReason.ACCOUNT_CLOSED is reason_of(closed)
        assert PromiseReason.ON_HOLD is reason_of(held)
        assert "insolvency" in str(held)
        assert "vulnerability" not in str(held)
        assert PromiseReason.CURRENCY_DIFFERS is reason_of(offer(promise(), currency="EUR"))
        assert isinstance(held, Refusal)
        assert isinstance(held, PromiseRefused)
        assert held.counter is None

    def test_too_many_broken_promises_end_it(self) -> None:
        """
        The limit itself is already too many.
        """
        strict = PromisePolicy(broken_max=2)

        assert isinstance(offer(promise(), policy=strict, broken=1), PromiseMade)
        assert PromiseReason.TOO_MANY_BROKEN is reason_of(offer(promise(), policy=strict, broken=2))

    def test_the_least_amount_is_a_share_of_what_is_late(self) -> None:
        """
        A quarter of 50.00 past due, unless less is outstanding at all.
        """
        quarter = PromisePolicy(minimum_past_due_bp=2_500)

        assert PromiseReason.AMOUNT_TOO_LOW is reason_of(offer(promise(amount="12.49"), policy=quarter))
        assert isinstance(offer(promise(amount="12.50"), policy=quarter), PromiseMade)
        assert isinstance(offer(promise(amount="3.00"), policy=PromisePolicy(minimum_minor=1_000), outstanding_minor=300), PromiseMade)

    def test_a_promise_within_the_tolerance_would_be_kept_by_nothing(self) -> None:
        """
        So it is not taken.
        """
        assert PromiseReason.AMOUNT_TOO_LOW is reason_of(offer(promise(amount="5.00"), policy=PromisePolicy(tolerance_minor=500)))

    @given(amount=st.integers(-10, 20_000), due=st.integers(-40, 80), outstanding=minor_units(0, 15_000), tolerance=st.integers(0, 3))
    def test_every_counter_promise_is_taken(self, amount: int, due: int, outstanding: int, tolerance: int) -> None:
        """
        Whatever was offered, the counter-promise is acceptable in the same situation.
        """
        policy = PromisePolicy(tolerance_minor=tolerance)
        offered = attrs.evolve(promise(), amount=Money(amount, "USD"), due_on=ON + timedelta(days=due))
        outcome = offer(offered, policy=policy, outstanding_minor=outstanding)

        if isinstance(outcome, PromiseRefused) and outcome.counter is not None:
            assert isinstance(offer(outcome.counter, policy=policy, outstanding_minor=outstanding), PromiseMade)
        else:
            assert isinstance(outcome, PromiseMade) or outcome.reason is PromiseReason.NOTHING_TO_PROMISE  # type: ignore[union-attr]


class TestPromise:
    def test_without_a_business_date_the_day_of_its_zone_counts(self) -> None:
        """
        Storage keeps the instant in UTC, which is why `make_promise` notes the date.
        """
        late = datetime.fromisoformat("2026-10-20T23:30:00-04:00")

        assert date(2026, 10, 20) == Promise("pr-1", "a-1", Money(1, "USD"), ON, late).opens_on
        assert date(2026, 10, 21) == Promise("pr-1", "a-1", Money(1, "USD"), ON, late.astimezone(UTC)).opens_on

    def test_naive_instants_and_floating_amounts_are_refused(self) -> None:
        """
        A promise is exact in money and time.
        """
        with pytest.raises(TimeError, match="zone or offset"):
            Promise("pr-1", "a-1", Money(1, "USD"), ON, AT.replace(tzinfo=None))
        with pytest.raises(TimeError, match="date without a time"):
            Promise("pr-1", "a-1", Money(1, "USD"), AT, AT)
        with pytest.raises(MoneyError, match="must be Money"):
            Promise("pr-1", "a-1", 50.0, ON, AT)  # type: ignore[arg-type]


class TestPolicy:
    def test_grace_is_counted_in_days_or_business_days(self) -> None:
        """
        A promise due on Friday 23 October with one day of grace closes on Saturday, or on Monday.
        """
        friday = promise(due_on=date(2026, 10, 23))

        assert date(2026, 10, 24) == PromisePolicy().closes_on(friday)
        assert date(2026, 10, 26) == PromisePolicy(business_days=Weekends()).closes_on(friday)

    def test_nonsense_is_not_loaded(self) -> None:
        """
        The message names key and value.
        """
        with pytest.raises(PolicyError, match=r"grace_days.*-1"):
            PromisePolicy(grace_days=-1)
        with pytest.raises(PolicyError, match=r"threshold_bp.*10001"):
            PromisePolicy(threshold_bp=10_001)

    @pytest.mark.parametrize(("threshold", "tolerance", "needed"), [(10_000, 0, 101), (9_000, 0, 91), (9_000, 50, 51), (10_000, 500, 0)])
    def test_whichever_asks_less_decides(self, threshold: int, tolerance: int, needed: int) -> None:
        """
        A share is rounded up to the minor unit: 90 percent of 101 is 90.9, so 91.
        """
        assert needed == PromisePolicy(threshold_bp=threshold, tolerance_minor=tolerance).needed_minor(101)


class TestKinds:
    def test_a_kind_may_ask_for_evidence(self) -> None:
        """
        What is missing is named; with it the promise is taken.
        """
        strict = PromisePolicy(kinds=(PromiseKind("firm", evidence_required=("right_party", "reason")),), reasons=("job_loss",))
        known = Evidence(right_party=True, reason="job_loss")

        refused = offer(promise(), policy=strict)
        assert PromiseReason.EVIDENCE_MISSING is reason_of(refused)
        assert "right_party, reason" in str(refused)
        assert PromiseReason.EVIDENCE_MISSING is reason_of(offer(promise(evidence=attrs.evolve(known, reason="whim")), policy=strict))
        assert isinstance(offer(promise(evidence=known), policy=strict), PromiseMade)
        assert PromiseReason.KIND_UNKNOWN is reason_of(offer(promise(kind="soft"), policy=strict))

    def test_a_person_may_have_a_limit_over_all_accounts(self) -> None:
        """
        Those open elsewhere count.
        """
        strict = PromisePolicy(open_max_person=2)

        assert isinstance(offer(promise(), policy=strict, open_elsewhere=1), PromiseMade)
        assert PromiseReason.TOO_MANY_OF_PERSON is reason_of(offer(promise(), policy=strict, open_elsewhere=2))

    def test_an_arrangement_says_already_what_is_paid_when(self) -> None:
        """
        No promise beside it.
        """
        assert PromiseReason.UNDER_ARRANGEMENT is reason_of(offer(promise(), arranged="payment_plan"))

    @pytest.mark.parametrize("wrong", [{"effects": ("sleep",)}, {"evidence_required": ("mood",)}])
    def test_a_kind_of_nonsense_is_not_loaded(self, wrong: dict[str, object]) -> None:
        """
        The message says what there is.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            PromiseKind("odd", **wrong)  # type: ignore[arg-type]
        with pytest.raises(PolicyError, match="a name each"):
            PromisePolicy(kinds=(PromiseKind("odd"), PromiseKind("odd")))
