"""What became of a promise: verdicts to the day and the cent, and money that is counted once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements import (
    OnMissed,
    Order,
    PaymentNamed,
    Promise,
    PromiseCancelled,
    PromisePolicy,
    PromiseVerdict,
    judge,
    judge_all,
)
from collectkit.calendars.spans import NEVER, Spans
from collectkit.ledger import Chargeback, Payment, Reversal
from collectkit.money import Money
from collectkit.testing.strategies import days, histories, promises

MADE, DUE = date(2026, 10, 20), date(2026, 10, 24)
PROMISE = Promise("pr-1", "a-1", Money.of("50.00", "USD"), DUE, datetime(2026, 10, 20, 18, tzinfo=UTC), made_on=MADE)
LATER = attrs.evolve(PROMISE, id="pr-2", due_on=date(2026, 10, 30))


def paid(amount: str, on: date, id: str = "p-1", source: str = "") -> Payment:
    return Payment(id, "a-1", Money.of(amount, "USD"), on, source=source)


def day(number: int) -> date:
    return date(2026, 10, number)


class TestVerdict:
    def test_due_on_the_24th_with_one_day_of_grace_breaks_on_the_26th(self) -> None:
        """
        The day of grace is the customer's until it is over.
        """
        assert [PromiseVerdict.OPEN, PromiseVerdict.OPEN, PromiseVerdict.BROKEN] == [
            judge(PROMISE, [], as_of=day(n)).verdict for n in (24, 25, 26)
        ]
        assert day(25) == judge(PROMISE, [], as_of=day(24)).closes_on

    @pytest.mark.parametrize(("value_on", "counted"), [(day(19), 0), (day(20), 5000), (day(25), 5000), (day(26), 0)])
    def test_money_counts_from_the_day_it_was_made_through_the_grace(self, value_on: date, counted: int) -> None:
        """
        Both ends are inclusive.
        """
        assert counted == judge(PROMISE, [paid("50.00", value_on)], as_of=day(31)).counted_minor

    @pytest.mark.parametrize(
        ("amount", "policy", "expected"),
        [
            ("50.00", PromisePolicy(), PromiseVerdict.KEPT),
            ("70.00", PromisePolicy(), PromiseVerdict.KEPT),
            ("49.99", PromisePolicy(), PromiseVerdict.PARTIALLY_KEPT),
            ("49.99", PromisePolicy(partial=False), PromiseVerdict.BROKEN),
            ("45.00", PromisePolicy(threshold_bp=9_000), PromiseVerdict.KEPT),
            ("44.99", PromisePolicy(threshold_bp=9_000), PromiseVerdict.PARTIALLY_KEPT),
            ("49.00", PromisePolicy(tolerance_minor=100), PromiseVerdict.KEPT),
            ("48.99", PromisePolicy(tolerance_minor=100), PromiseVerdict.PARTIALLY_KEPT),
        ],
    )
    def test_the_cent_decides(self, amount: str, policy: PromisePolicy, expected: PromiseVerdict) -> None:
        """
        Threshold and tolerance are exact.
        """
        assert expected is judge(PROMISE, [paid(amount, DUE)], as_of=day(26), policy=policy).verdict

    def test_even_paid_in_full_it_stays_open_until_its_day_is_over(self) -> None:
        """
        The money can still bounce.
        """
        state = judge(PROMISE, [paid("50.00", MADE)], as_of=day(25))

        assert (PromiseVerdict.OPEN, 5000) == (state.verdict, state.counted_minor)

    def test_a_reversal_after_it_was_kept_judges_anew(self) -> None:
        """
        Kept until the day the payment is taken back, broken from then on.
        """
        bounced = [Reversal("r-1", "a-1", "p-1", date(2026, 11, 3))]
        payments = [paid("50.00", DUE)]

        assert PromiseVerdict.KEPT is judge(PROMISE, payments, bounced, as_of=date(2026, 11, 2)).verdict
        assert PromiseVerdict.BROKEN is judge(PROMISE, payments, bounced, as_of=date(2026, 11, 3)).verdict

    def test_a_refund_is_not_the_consumer_paying(self) -> None:
        """
        The sources that do not count are the policy's.
        """
        refund = [paid("50.00", DUE, source="refund")]

        assert PromiseVerdict.BROKEN is judge(PROMISE, refund, as_of=day(26)).verdict
        assert PromiseVerdict.KEPT is judge(PROMISE, refund, as_of=day(26), policy=PromisePolicy(sources_excluded=())).verdict


class TestTakenBack:
    """Of a promise of 50.00 that was kept on the day."""

    PAID = paid("50.00", DUE)

    def back(self, amount: str, on: date) -> Chargeback:
        return Chargeback("cb-1", "a-1", "p-1", Money.of(amount, "USD"), on)

    @pytest.mark.parametrize(
        ("amount", "counted", "expected"),
        [
            ("50.00", 0, PromiseVerdict.BROKEN),
            ("20.00", 3000, PromiseVerdict.PARTIALLY_KEPT),
            ("0.01", 4999, PromiseVerdict.PARTIALLY_KEPT),
        ],
    )
    def test_what_was_charged_back_is_judged_again(self, amount: str, counted: int, expected: PromiseVerdict) -> None:
        """
        From the day on which the payer's bank took it back; until then it is kept.
        """
        states = [judge(PROMISE, [self.PAID], [self.back(amount, day(29))], as_of=day(n)) for n in (28, 29)]

        assert [(5000, PromiseVerdict.KEPT), (counted, expected)] == [(state.counted_minor, state.verdict) for state in states]

    def test_within_the_tolerance_it_stays_kept(self) -> None:
        """
        A cent may be missing.
        """
        policy = PromisePolicy(tolerance_minor=1)

        assert PromiseVerdict.KEPT is judge(PROMISE, [self.PAID], [self.back("0.01", day(29))], as_of=day(31), policy=policy).verdict

    def test_the_bank_may_tell_it_in_both_ways(self) -> None:
        """
        As a chargeback and as a reversal: nothing was paid, and nothing less.
        """
        told = [self.back("50.00", day(26)), Reversal("r-1", "a-1", "p-1", day(27))]

        assert 0 == judge(PROMISE, [self.PAID], told, as_of=day(31)).counted_minor

    @given(entries=histories(), promise=promises(), as_of=days(200), part=st.integers(1, 10_000), data=st.data())
    def test_it_counts_as_the_smaller_payment(
        self, entries: tuple[object, ...], promise: Promise, as_of: date, part: int, data: st.DataObject
    ) -> None:
        """
        With a part of one payment charged back the verdict is that of an account on which only the rest was paid.
        """
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        if not payments:
            return
        one = data.draw(st.sampled_from(payments))
        left, currency = one.amount.minor - min(part, one.amount.minor), one.amount.currency
        smaller = [attrs.evolve(one, amount=Money(left, currency))] if left else []
        others = [payment for payment in payments if payment is not one]
        back = Chargeback("cb-x", "a-1", one.id, Money(part, currency), one.value_on)

        assert judge(promise, [*others, *smaller], as_of=as_of) == judge(promise, payments, [back], as_of=as_of)


class TestSeveral:
    def test_money_goes_first_to_the_promise_due_first(self) -> None:
        """
        Of 70.00, 50.00 keep the first and 20.00 are left for the second.
        """
        states = judge_all([LATER, PROMISE], [paid("70.00", day(22))], as_of=date(2026, 11, 5))

        assert [("pr-1", 5000, PromiseVerdict.KEPT), ("pr-2", 2000, PromiseVerdict.PARTIALLY_KEPT)] == [
            (state.promise.id, state.counted_minor, state.verdict) for state in states
        ]

    def test_a_cancelled_promise_takes_no_money(self) -> None:
        """
        It is open until the day before, and what was paid counts for the next.
        """
        withdrawn = [PromiseCancelled("pr-1", "a-1", day(22))]
        payments = [paid("50.00", day(21))]

        before, after = (judge_all([PROMISE, LATER], payments, as_of=day(n), cancelled=withdrawn) for n in (21, 22))

        assert [(PromiseVerdict.OPEN, 5000), (PromiseVerdict.OPEN, 0)] == [(s.verdict, s.counted_minor) for s in before]
        assert [(PromiseVerdict.CANCELLED, 0), (PromiseVerdict.OPEN, 5000)] == [(s.verdict, s.counted_minor) for s in after]

    def test_what_was_judged_cannot_be_cancelled(self) -> None:
        """
        A broken promise stays broken.
        """
        late = [PromiseCancelled("pr-1", "a-1", day(26))]

        assert [PromiseVerdict.BROKEN] == [state.verdict for state in judge_all([PROMISE], [], as_of=day(31), cancelled=late)]

    def test_a_replaced_promise_is_superseded(self) -> None:
        """
        From the day the other one was made.
        """
        other = attrs.evolve(LATER, replaces="pr-1", made_on=day(23))

        assert [PromiseVerdict.OPEN] == [state.verdict for state in judge_all([PROMISE, other], [], as_of=day(22))]
        assert [PromiseVerdict.SUPERSEDED, PromiseVerdict.OPEN] == [
            state.verdict for state in judge_all([PROMISE, other], [], as_of=day(23))
        ]

    def test_a_debt_cleared_otherwise_invalidates_the_promise(self) -> None:
        """
        Nothing outstanding at the end and nothing paid: neither kept nor broken.
        """
        states = judge_all([PROMISE], [], as_of=day(26), remaining_minor=lambda promise, on: 0)

        assert [PromiseVerdict.INVALIDATED] == [state.verdict for state in states]

    @pytest.mark.parametrize(("left", "expected"), [(0, PromiseVerdict.KEPT), (1, PromiseVerdict.PARTIALLY_KEPT)])
    def test_a_waiver_lowers_the_promise_to_what_could_be_paid(self, left: int, expected: PromiseVerdict) -> None:
        """
        42.00 paid where 8.00 were given up: nothing more could be paid.
        """
        states = judge_all([PROMISE], [paid("42.00", DUE)], as_of=day(26), remaining_minor=lambda promise, on: left)

        assert [expected] == [state.verdict for state in states]


class TestAppropriation:
    def test_an_exact_amount_finds_its_promise(self) -> None:
        """
        30.00 keep the promise of 30.00 although one of 50.00 is due first; what is left of a larger payment goes to the one due first.
        """
        small = attrs.evolve(LATER, amount=Money.of("30.00", "USD"))
        policy = PromisePolicy(order=Order.EXACT_FIRST)
        states = judge_all([small, PROMISE], [paid("30.00", day(22))], as_of=date(2026, 11, 5), policy=policy)
        both = judge_all([small, PROMISE], [paid("45.00", day(22))], as_of=date(2026, 11, 5), policy=policy)

        assert {"pr-1": 0, "pr-2": 3000} == {state.promise.id: state.counted_minor for state in states}
        assert {"pr-1": 4500, "pr-2": 0} == {state.promise.id: state.counted_minor for state in both}

    def test_what_the_customer_says_goes_before_that(self) -> None:
        """
        Up to the promise's amount; the rest counts as ever, and a name without a promise in its window changes nothing.
        """
        said = [PaymentNamed("p-1", "a-1", "pr-2")]
        states = judge_all([LATER, PROMISE], [paid("70.00", day(22))], as_of=date(2026, 11, 5), named=said)
        lost = judge_all([LATER, PROMISE], [paid("70.00", day(22))], as_of=date(2026, 11, 5), named=[PaymentNamed("p-1", "a-1", "pr-9")])

        assert {"pr-1": 7000 - min(LATER.amount.minor, 7000), "pr-2": min(LATER.amount.minor, 7000)} == {
            state.promise.id: state.counted_minor for state in states
        }
        assert lost == judge_all([LATER, PROMISE], [paid("70.00", day(22))], as_of=date(2026, 11, 5))

    def test_what_is_kept_back_for_nobody_counts_for_the_others(self) -> None:
        """
        The promise that was named was withdrawn.
        """
        gone = PromiseCancelled("pr-2", "a-1", day(21))
        states = judge_all(
            [LATER, PROMISE],
            [paid("50.00", day(22))],
            as_of=date(2026, 11, 5),
            cancelled=[gone],
            named=[PaymentNamed("p-1", "a-1", "pr-2")],
        )

        assert {"pr-1": 5000, "pr-2": 0} == {state.promise.id: state.counted_minor for state in states}


class TestAppropriationLaws:
    @given(
        entries=histories(),
        amounts=st.lists(st.integers(1, 12_000), min_size=1, max_size=4),
        days_ahead=st.lists(st.integers(0, 30), min_size=4, max_size=4),
        order=st.sampled_from(Order),
        says=st.dictionaries(st.integers(0, 7), st.integers(0, 3), max_size=4),
        on_missed=st.sampled_from(OnMissed),
        as_of=days(),
    )
    def test_no_rule_counts_more_than_came_or_less_than_it_could(
        self,
        entries: tuple[object, ...],
        amounts: list[int],
        days_ahead: list[int],
        order: Order,
        says: dict[int, int],
        on_missed: OnMissed,
        as_of: date,
    ) -> None:
        """
        Whatever is named and in whichever order: no more is counted than came, and no order of arrival matters.
        """
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        reversals = [entry for entry in entries if isinstance(entry, Reversal)]
        back = {reversal.payment for reversal in reversals if reversal.value_on <= as_of}
        made = [
            attrs.evolve(
                PROMISE, id=f"pr-{n}", amount=Money(minor, "USD"), due_on=day(20) + timedelta(days=ahead), series="s", on_missed=on_missed
            )
            for n, (minor, ahead) in enumerate(zip(amounts, days_ahead, strict=False))
        ]
        named = [PaymentNamed(payments[at].id, "a-1", f"pr-{of}") for at, of in says.items() if at < len(payments)]
        policy = PromisePolicy(order=order)
        states = judge_all(made, payments, reversals, as_of=as_of, policy=policy, named=named)

        came = sum(payment.amount.minor for payment in payments if payment.value_on <= as_of and payment.id not in back)
        assert sum(state.counted_minor for state in states) <= came
        assert all(0 <= state.counted_minor <= state.promise.amount.minor for state in states)
        again = judge_all(made[::-1], payments[::-1], reversals[::-1], as_of=as_of, policy=policy, named=named[::-1])
        assert {state.promise.id: state for state in states} == {state.promise.id: state for state in again}


class TestLaws:
    @given(entries=histories(), first=promises("pr-1"), second=promises("pr-2"), as_of=days(200))
    def test_no_minor_unit_is_counted_twice(self, entries: tuple[object, ...], first: Promise, second: Promise, as_of: date) -> None:
        """
        All that is counted is at most all that was paid and stayed, and no promise counts more than its amount.
        """
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        reversals = [entry for entry in entries if isinstance(entry, Reversal)]
        taken_back = {reversal.payment for reversal in reversals if reversal.value_on <= as_of}
        states = judge_all([first, second], payments, reversals, as_of=as_of)
        real = sum(p.amount.minor for p in payments if p.value_on <= as_of and p.id not in taken_back)

        assert sum(state.counted_minor for state in states) <= real
        assert all(state.counted_minor <= state.promise.amount.minor for state in states)

    @given(data=st.data(), entries=histories(), made=st.lists(promises("pr-1"), max_size=1), as_of=days(200))
    def test_the_order_of_arrival_does_not_matter(
        self, data: st.DataObject, entries: tuple[object, ...], made: list[Promise], as_of: date
    ) -> None:
        """
        Payments and reversals may come in any order.
        """
        known = [*made, attrs.evolve(LATER, due_on=made[0].due_on if made else DUE)]
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        reversals = [entry for entry in entries if isinstance(entry, Reversal)]

        assert judge_all(known, payments, reversals, as_of=as_of) == judge_all(
            data.draw(st.permutations(known)), data.draw(st.permutations(payments)), reversals[::-1], as_of=as_of
        )

    @given(entries=histories(), promise=promises(), after=st.integers(1, 60))
    def test_without_reversals_a_verdict_never_changes(self, entries: tuple[object, ...], promise: Promise, after: int) -> None:
        """
        Later payments cannot mend a broken promise.
        """
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        closed = PromisePolicy().closes_on(promise) + timedelta(days=1)

        assert judge(promise, payments, as_of=closed) == judge(promise, payments, as_of=closed + timedelta(days=after))


def test_of_two_ends_on_one_day_its_own_counts() -> None:
    """
    An item that was withdrawn on the day on which its series was replaced was withdrawn, whatever the ids are and in every process.
    """
    found = set()
    for number in range(40):
        item = attrs.evolve(PROMISE, id=f"ps-{number}/1", series=f"ps-{number}")
        other = attrs.evolve(LATER, id=f"pr-{number}", made_on=day(22), replaces=f"ps-{number}")
        ended = [PromiseCancelled(item.id, "a-1", day(22))]
        found |= {state.verdict for state in judge_all([item, other], [], as_of=day(22), cancelled=ended) if state.promise == item}

    assert {PromiseVerdict.CANCELLED} == found


HELD = Spans.of([(day(23), date(2026, 11, 13))])
"""A dispute from the 23rd, 21 days long: the 13th of November is the first day after it."""


class TestHolds:
    """Made on the 20th, due on the 24th with one day of grace, and held from the 23rd through the 12th of November."""

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (day(26), PromiseVerdict.OPEN),
            (date(2026, 11, 12), PromiseVerdict.OPEN),
            (date(2026, 11, 15), PromiseVerdict.OPEN),
            (date(2026, 11, 16), PromiseVerdict.BROKEN),
        ],
    )
    def test_its_last_day_is_later_by_the_days_of_the_hold(self, on: date, expected: PromiseVerdict) -> None:
        """
        Two days of the five were left when the hold began, the day of grace among them: it is due on the 14th and broken on the 16th.
        """
        (state,) = judge_all([PROMISE], [], as_of=on, still=HELD)

        assert (expected, date(2026, 11, 14), date(2026, 11, 15)) == (state.verdict, state.due_on, state.closes_on)

    @pytest.mark.parametrize(
        ("value_on", "expected"), [(date(2026, 11, 1), "kept"), (date(2026, 11, 15), "kept"), (date(2026, 11, 16), "broken")]
    )
    def test_money_counts_through_the_days_of_the_hold_and_until_the_moved_end(self, value_on: date, expected: str) -> None:
        """
        Who pays although they need not has kept it all the same.
        """
        (state,) = judge_all([PROMISE], [paid("50.00", value_on)], as_of=date(2026, 12, 1), still=HELD)

        assert expected == state.verdict.value

    def test_while_the_end_is_not_known_it_stays_open_and_is_judged_afterwards(self) -> None:
        """
        Held without an end it waits; lifted on the 10th of November it is due two days later.
        """
        open_ended, lifted = Spans.of([(day(23), None)]), Spans.of([(day(23), date(2026, 11, 10))])
        (waiting,) = judge_all([PROMISE], [], as_of=date(2027, 6, 1), still=open_ended)
        (judged,) = judge_all([PROMISE], [], as_of=date(2026, 11, 13), still=lifted)

        assert (PromiseVerdict.OPEN, NEVER, DUE) == (waiting.verdict, waiting.closes_on, waiting.due_on)
        assert (PromiseVerdict.BROKEN, date(2026, 11, 12)) == (judged.verdict, judged.closes_on)

    def test_a_hold_after_its_end_changes_nothing(self) -> None:
        """
        What was over when the hold began stays as it was judged.
        """
        assert judge_all([PROMISE], [], as_of=day(31)) == judge_all([PROMISE], [], as_of=day(31), still=Spans.of([(day(26), None)]))

    @given(
        promise=promises("a-1"),
        grace=st.integers(0, 5),
        holds=st.lists(st.tuples(st.integers(-10, 60), st.integers(1, 25)), max_size=4),
        until=st.integers(0, 150),
    )
    def test_a_clerk_who_crosses_out_the_days_of_holds_finds_the_same_end(
        self, promise: Promise, grace: int, holds: list[tuple[int, int]], until: int
    ) -> None:
        """
        Day by day from the one on which it was made: a day of a hold is crossed out, and the end is the day on which enough others went by.
        """
        crossed = {promise.opens_on + timedelta(days=start + n) for start, length in holds for n in range(length)}
        left, end = (promise.due_on - promise.opens_on).days + grace, promise.opens_on
        while left or end in crossed:
            left -= end not in crossed
            end += timedelta(days=1)
        still = Spans.of(
            (promise.opens_on + timedelta(days=start), promise.opens_on + timedelta(days=start + length)) for start, length in holds
        )
        on = promise.opens_on + timedelta(days=until)
        (state,) = judge_all([promise], [], as_of=on, policy=PromisePolicy(grace_days=grace), still=still)

        assert (end, on > end) == (state.closes_on, state.verdict is not PromiseVerdict.OPEN)
