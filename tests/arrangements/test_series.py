"""Promises in several parts: what is taken, and how a missed item touches the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements import (
    AlreadyMade,
    Item,
    OnMissed,
    Promise,
    PromiseCancelled,
    PromiseMade,
    PromisePolicy,
    PromiseReason,
    PromiseSeries,
    PromiseSeriesMade,
    PromiseVerdict,
    SeriesMaking,
    SeriesRefused,
    Situation,
    judge_all,
    make_promise,
    make_series,
    series_states,
)
from collectkit.arrangements.lifecycles import SERIES, reachable
from collectkit.errors import ValidationError
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money
from collectkit.testing.strategies import histories, promise_series, promises

STEPS = reachable(SERIES)
ON = date(2026, 10, 1)
AT = datetime(2026, 10, 1, 18, tzinfo=UTC)
KEPT, PARTLY, BROKEN, OPEN = PromiseVerdict.KEPT, PromiseVerdict.PARTIALLY_KEPT, PromiseVerdict.BROKEN, PromiseVerdict.OPEN


def october(number: int) -> date:
    return date(2026, 10, number)


def item(day: int, amount: str = "20.00") -> Item:
    return Item(october(day), Money.of(amount, "USD"))


def series(on_missed: str = "break_item", *items: Item, id: str = "ps-1", **rest: object) -> PromiseSeries:
    made = PromiseSeries(id, "a-1", items or (item(8), item(15), item(22)), AT, on_missed, made_on=ON)
    return attrs.evolve(made, **rest)


def paid(amount: str, day: int, id: str = "p-1") -> Payment:
    return Payment(id, "a-1", Money.of(amount, "USD"), october(day))


def verdicts(one: PromiseSeries, payments: list[Payment], day: int) -> list[PromiseVerdict]:
    return [state.verdict for state in judge_all(one.promises(), payments, as_of=october(day))]


def offer(one: PromiseSeries, known: tuple[Promise, ...] = (), policy: PromisePolicy = PromisePolicy(), **rest: object) -> SeriesMaking:
    situation: dict[str, object] = {"on": ON, "currency": "USD", "outstanding_minor": 15_000, "past_due_minor": 5_000, **rest}
    return make_series(known, one, policy, Situation(**situation))  # type: ignore[arg-type]


class TestOnMissed:
    def test_each_item_by_itself(self) -> None:
        """
        The first was missed; the second and third are kept all the same.
        """
        payments = [paid("20.00", 15), paid("20.00", 22, "p-2")]

        assert [BROKEN, KEPT, KEPT] == verdicts(series("break_item"), payments, 31)

    def test_one_missed_item_breaks_the_rest(self) -> None:
        """
        The day after the first item's grace the whole series is over, and later money is not counted for it.
        """
        payments = [paid("20.00", 15), paid("20.00", 22, "p-2")]

        assert [OPEN, OPEN, OPEN] == verdicts(series("break_all"), payments, 9)
        assert [BROKEN, BROKEN, BROKEN] == verdicts(series("break_all"), payments, 10)
        assert [BROKEN, BROKEN, BROKEN] == verdicts(series("break_all"), payments, 31)

    def test_what_was_paid_ahead_stays_kept_when_the_series_breaks(self) -> None:
        """
        70.00 on the first day keep three items of 20.00 and half of the fourth; missing the fourth breaks the fifth.
        """
        five = series("break_all", item(8), item(10), item(12), item(14), item(30))
        payments = [paid("70.00", 2)]

        assert [KEPT, KEPT, KEPT, PARTLY, BROKEN] == verdicts(five, payments, 16)

    def test_a_missed_item_may_be_caught_up_until_the_next_falls_due(self) -> None:
        """
        Paid on the 15th, the day on which the second is due, the first is kept; a day later it is broken.
        """
        catching = series("allow_catch_up")

        assert [OPEN, OPEN, OPEN] == verdicts(catching, [], 15)
        assert KEPT is verdicts(catching, [paid("20.00", 15)], 16)[0]
        assert BROKEN is verdicts(catching, [paid("20.00", 16)], 16)[0]

    def test_the_last_item_has_its_grace_and_no_more(self) -> None:
        """
        Nothing follows by which it could be caught up.
        """
        catching = series("allow_catch_up")

        assert [KEPT, KEPT, KEPT] == verdicts(catching, [paid("40.00", 8), paid("20.00", 23, "p-2")], 24)
        assert [KEPT, KEPT, BROKEN] == verdicts(catching, [paid("40.00", 8), paid("20.00", 24, "p-2")], 24)


class TestWhole:
    @pytest.mark.parametrize(
        ("payments", "expected", "kept_minor"),
        [
            ([paid("60.00", 8)], KEPT, 6_000),
            ([paid("30.00", 8)], PARTLY, 3_000),
            ([], BROKEN, 0),
        ],
    )
    def test_a_series_has_a_verdict_and_a_share_of_its_own(
        self, payments: list[Payment], expected: PromiseVerdict, kept_minor: int
    ) -> None:
        """
        Kept when every item is; what was paid counts in part.
        """
        (whole,) = series_states(judge_all(series().promises(), payments, as_of=october(31)))

        assert (expected, kept_minor, 6_000) == (whole.verdict, whole.kept_minor, whole.promised_minor)

    def test_a_series_planned_anew_keeps_what_was_judged(self) -> None:
        """
        The first item stays kept, the open ones are superseded, and the new series is open.
        """
        tail = series("break_item", item(20), item(29), id="ps-2", replaces="ps-1", made_on=october(12))
        states = judge_all([*series().promises(), *tail.promises()], [paid("20.00", 8)], as_of=october(12))

        assert {
            "ps-1/1": KEPT,
            "ps-1/2": PromiseVerdict.SUPERSEDED,
            "ps-1/3": PromiseVerdict.SUPERSEDED,
            "ps-2/1": OPEN,
            "ps-2/2": OPEN,
        } == {state.promise.id: state.verdict for state in states}
        assert [KEPT, OPEN] == [whole.verdict for whole in series_states(states)]


class TestMakeSeries:
    def test_a_series_within_the_limits_is_taken_once(self) -> None:
        """
        The event says from which day on payments count; the same again is a retry, another content a conflict.
        """
        made = offer(series(made_on=None))

        assert PromiseSeriesMade(series()) == made
        situation = Situation(on=ON, currency="USD", outstanding_minor=15_000)
        again = make_series(series().promises(), series(made_on=None), PromisePolicy(), situation, [series()])
        other = make_series(series().promises(), series(channel="phone"), PromisePolicy(), situation, [series()])
        assert AlreadyMade(series().id) == again
        assert isinstance(other, SeriesRefused) and other.reason is PromiseReason.ID_REUSED

    @pytest.mark.parametrize(
        ("items", "expected", "nearest"),
        [
            (
                (item(8), Item(date(2027, 3, 1), Money.of("20.00", "USD"))),
                PromiseReason.BEYOND_HORIZON,
                ["20.00 by 2026-10-08", "20.00 by 2027-01-01"],
            ),
            (
                (Item(date(2026, 9, 30), Money.of("20.00", "USD")), item(8)),
                PromiseReason.DUE_IN_PAST,
                ["20.00 by 2026-10-01", "20.00 by 2026-10-08"],
            ),
            ((item(8, "100.00"), item(15, "60.00")), PromiseReason.AMOUNT_TOO_HIGH, ["100.00 by 2026-10-08", "50.00 by 2026-10-15"]),
            (
                tuple(item(day) for day in range(8, 15)),
                PromiseReason.TOO_MANY_ITEMS,
                [f"20.00 by 2026-10-{day:02d}" for day in range(8, 14)],
            ),
        ],
    )
    def test_a_limit_names_the_nearest_series(self, items: tuple[Item, ...], expected: PromiseReason, nearest: list[str]) -> None:
        """
        And that one is taken.
        """
        refused = offer(series("break_item", *items))

        assert isinstance(refused, SeriesRefused) and refused.series is not None
        assert expected is refused.reason
        assert nearest == [f"{str(one.amount).split()[0]} by {one.due_on}" for one in refused.series.items]
        assert isinstance(offer(refused.series), PromiseSeriesMade)

    def test_a_series_counts_as_one_open_promise(self) -> None:
        """
        It needs to be named to be replaced, as a whole.
        """
        refused = offer(series(id="ps-2"), series().promises())

        assert isinstance(refused, SeriesRefused) and refused.reason is PromiseReason.OVERLAPS_ANOTHER
        assert "1 of 1 promises are open (ps-1)" in str(refused)
        assert isinstance(offer(series(id="ps-2", replaces="ps-1"), series().promises()), PromiseSeriesMade)

    def test_a_promise_may_replace_a_series(self) -> None:
        """
        Named by the id of the series.
        """
        one = Promise("pr-1", "a-1", Money.of("50.00", "USD"), october(10), AT, replaces="ps-1")
        situation = Situation(on=ON, currency="USD", outstanding_minor=6_000)

        assert isinstance(make_promise(series().promises(), one, PromisePolicy(), situation), PromiseMade)

    @given(one=promise_series(), outstanding=st.integers(0, 9_000), days=st.integers(-20, 20), most=st.integers(1, 4))
    def test_every_nearest_series_is_taken(self, one: PromiseSeries, outstanding: int, days: int, most: int) -> None:
        """
        Whatever was offered.
        """
        on = one.made_on + timedelta(days=days) if one.made_on else ON
        policy = PromisePolicy(items_max=most, horizon_days_max=10, series_days_max=25, minimum_minor=300)
        situation = {"on": on, "outstanding_minor": outstanding, "past_due_minor": 0}
        made = offer(one, (), policy, **situation)

        if isinstance(made, SeriesRefused) and made.series is not None:
            assert isinstance(offer(made.series, (), policy, **situation), PromiseSeriesMade)
        else:
            assert isinstance(made, PromiseSeriesMade) or made.reason is PromiseReason.NOTHING_TO_PROMISE  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "items", [(), (item(8), item(8)), (item(15), item(8)), (item(8), Item(october(9), Money(1, "EUR"))), (item(8, "0.00"),)]
    )
    def test_a_series_out_of_order_is_none(self, items: tuple[Item, ...]) -> None:
        """
        Days rise, amounts are more than zero, in one currency.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            PromiseSeries("ps-1", "a-1", items, AT)


class TestLaws:
    @given(entries=histories(), one=promise_series(), other=promises("pr-1"), as_of=st.integers(0, 200))
    def test_no_minor_unit_is_counted_twice(self, entries: tuple[object, ...], one: PromiseSeries, other: Promise, as_of: int) -> None:
        """
        Whatever the rule on missed items: all that is counted was paid, and no item counts more than its amount.
        """
        on = date(2026, 1, 1) + timedelta(days=as_of)
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        reversals = [entry for entry in entries if isinstance(entry, Reversal)]
        back = {reversal.payment for reversal in reversals if reversal.value_on <= on}
        states = judge_all([*one.promises(), other], payments, reversals, as_of=on)

        assert sum(state.counted_minor for state in states) <= sum(
            payment.amount.minor for payment in payments if payment.value_on <= on and payment.id not in back
        )
        assert all(0 <= state.counted_minor <= state.promise.amount.minor for state in states)

    @given(entries=histories(), one=promise_series(), days=st.integers(0, 200))
    def test_catching_up_is_never_worse_and_breaking_all_never_better(
        self, entries: tuple[object, ...], one: PromiseSeries, days: int
    ) -> None:
        """
        Of the same payments, a laxer rule counts at least as much in all.
        """
        on = date(2026, 1, 1) + timedelta(days=days)
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        strict, plain, lax = (
            sum(state.counted_minor for state in judge_all(attrs.evolve(one, on_missed=rule).promises(), payments, as_of=on))
            for rule in (OnMissed.BREAK_ALL, OnMissed.BREAK_ITEM, OnMissed.ALLOW_CATCH_UP)
        )

        assert strict <= plain <= lax


class TestLifecycle:
    @given(
        on_missed=st.sampled_from(list(OnMissed)),
        steps=st.lists(
            st.tuples(st.sampled_from(["night", "night", "pay", "bounce", "withdraw", "replace", "waive"]), st.integers(1, 30)), max_size=20
        ),
    )
    def test_a_series_moves_as_the_table_says(self, on_missed: OnMissed, steps: list[tuple[str, int]]) -> None:
        """
        Whatever is paid, taken back, withdrawn, replaced or given up between its days: no step that stands in no row of the page.
        """
        made = list(series(on_missed.value).promises())
        payments, back, ended, left, today = list[Payment](), list[Reversal](), list[PromiseCancelled](), 9_000, ON

        def state() -> str:
            judged = judge_all(made, payments, back, as_of=today, cancelled=ended, remaining_minor=lambda promise, day: left)
            return next(one.verdict.value for one in series_states(judged) if one.id == "ps-1")

        before = state()
        assert ("", before) in STEPS
        for number, (what, amount) in enumerate(steps):
            match what:
                case "night":
                    today += timedelta(days=1 + amount % 4)
                case "pay":
                    payments.append(Payment(f"p-{number}", "a-1", Money(amount * 100, "USD"), max(ON, today - timedelta(days=amount % 6))))
                case "bounce" if payments:
                    one = payments[amount % len(payments)]
                    back.append(Reversal(f"r-{number}", "a-1", one.id, today))
                case "withdraw" if not ended:
                    ended.append(PromiseCancelled("ps-1", "a-1", today))
                case "replace" if len(made) == 3:
                    at = datetime.combine(today, AT.timetz())
                    made.append(Promise("pr-9", "a-1", Money(1_000, "USD"), today + timedelta(days=9), at, made_on=today, replaces="ps-1"))
                case "waive":
                    left = 0
            after = state()
            assert after == before or (before, after) in STEPS, what
            before = after
