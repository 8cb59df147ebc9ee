"""The published boundaries of a promise, on a book with its nights: the day, the cent, the second, the refund."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from collectkit import Account, Hold, HoldKind, Kit, Money, Payment, Promise, RefusedError, Reversal, plans
from collectkit.arrangements import (
    Evidence,
    Item,
    PaymentNamed,
    PromiseJudged,
    PromiseKind,
    PromisePolicy,
    PromiseRefused,
    PromiseSeries,
    PromiseVerdict,
)
from collectkit.errors import PermissionDeniedError, UnknownIdError
from collectkit.policy import load_policy
from collectkit.principals import NeedsApproval, Principal

from .conftest import NOW, TODAY, account, consumer

DUE = date(2026, 10, 24)
MIDNIGHT = datetime(2026, 10, 26, 4, tzinfo=UTC)
"""The first instant of 26 October in New York, the business zone: the promise of the 24th has had its day of grace."""


def payment(amount: str, on: date, id: str = "p-1", source: str = "") -> Payment:
    return Payment(id, account="a-1", amount=Money.of(amount, "USD"), value_on=on, source=source)


def promised(kit: Kit, amount: str = "50.00", **rest: object) -> Promise:
    made = attrs.evolve(Promise("pr-1", account="a-1", amount=Money.of(amount, "USD"), due_on=DUE, made_at=NOW), **rest)
    kit.promise(made, at=NOW)
    return made


def nights(kit: Kit, last: date, first: date = TODAY) -> None:
    for day in range((last - first).days + 1):
        on = first + timedelta(days=day)
        kit.run_night(as_of=on, at=datetime(on.year, on.month, on.day, 23, tzinfo=UTC))


def judged(kit: Kit) -> list[tuple[date, PromiseVerdict]]:
    bodies = [envelope.body for envelope in kit.history("a-1")]
    return [(body.on, body.verdict) for body in bodies if isinstance(body, PromiseJudged)]


@pytest.fixture
def strict(kit: Kit) -> Kit:
    """A book whose promises tolerate nothing: 100.00 late, and nothing more to come before 12 November."""
    policy = attrs.evolve(load_policy("us-bnpl"), promises=PromisePolicy(grace_days=1, threshold_bp=9_000), late_fees=None)
    opened = Kit.open("memory://", policy=policy, actor="tests")
    opened.register(consumer(), at=NOW)
    plan = plans.pay_in_n(Money.of("200.00", "USD"), 4, "1 month", bought_on=date(2026, 9, 12))
    opened.open_account(Account("a-1", consumer="c-1", plan=plan), at=NOW)
    return opened


class TestBoundaries:
    def test_due_on_the_24th_with_one_day_of_grace_it_breaks_in_the_night_of_the_26th(self, strict: Kit) -> None:
        """
        Through the 25th it is open; the night of the 26th is the first to say that it is broken.
        """
        promised(strict)
        nights(strict, date(2026, 10, 25))
        assert [] == judged(strict)
        assert DUE == strict.standing("a-1", as_of=date(2026, 10, 25)).promise_due_on

        nights(strict, date(2026, 10, 26), date(2026, 10, 26))
        assert [(date(2026, 10, 26), PromiseVerdict.BROKEN)] == judged(strict)
        assert strict.standing("a-1", as_of=date(2026, 10, 26)).promise_due_on is None

    @pytest.mark.parametrize(("amount", "expected"), [("45.00", PromiseVerdict.KEPT), ("44.99", PromiseVerdict.PARTIALLY_KEPT)])
    def test_nine_tenths_keep_it_and_a_cent_less_does_not(self, strict: Kit, amount: str, expected: PromiseVerdict) -> None:
        """
        The threshold is exact; what is missing stays owed.
        """
        promised(strict)
        strict.post(payment(amount, DUE), at=NOW + timedelta(days=4))
        nights(strict, date(2026, 10, 26))

        assert [expected] == [verdict for _, verdict in judged(strict)]
        assert 20_000 - Money.of(amount, "USD").minor == strict.standing("a-1", as_of=TODAY + timedelta(days=6)).outstanding_minor

    def test_a_reversal_one_second_before_the_verdict_means_it_was_never_kept(self, strict: Kit) -> None:
        """
        At 23:59:59 of the last day of grace the payment is taken back: the first verdict is the broken one.
        """
        promised(strict)
        strict.post(payment("50.00", DUE), at=NOW + timedelta(days=4))
        at = MIDNIGHT - timedelta(seconds=1)
        strict.reverse(Reversal("r-1", account="a-1", payment="p-1", value_on=strict.business_date(at)), at=at)
        nights(strict, date(2026, 10, 27))

        assert [(date(2026, 10, 26), PromiseVerdict.BROKEN)] == judged(strict)

    def test_a_reversal_one_second_after_the_verdict_judges_anew(self, strict: Kit) -> None:
        """
        The night of the 26th found it kept; a second later the payment is taken back, and the next night says what is true.

        The first verdict stays recorded as what was believed.
        """
        promised(strict)
        strict.post(payment("50.00", DUE), at=NOW + timedelta(days=4))
        nights(strict, date(2026, 10, 26))
        at = datetime(2026, 10, 26, 23, 0, 1, tzinfo=UTC)
        strict.reverse(Reversal("r-1", account="a-1", payment="p-1", value_on=strict.business_date(at)), at=at)

        assert 1 == strict.standing("a-1", as_of=date(2026, 10, 26)).promises_broken
        nights(strict, date(2026, 10, 27), date(2026, 10, 27))
        assert [(date(2026, 10, 26), PromiseVerdict.KEPT), (date(2026, 10, 27), PromiseVerdict.BROKEN)] == judged(strict)

    @pytest.mark.parametrize(
        ("refund", "paid", "expected"),
        [
            ("70.00", "30.00", PromiseVerdict.KEPT),
            ("70.00", "29.99", PromiseVerdict.KEPT),
            ("70.00", "26.99", PromiseVerdict.PARTIALLY_KEPT),
            ("20.00", "50.00", PromiseVerdict.KEPT),
            ("20.00", "44.99", PromiseVerdict.PARTIALLY_KEPT),
            ("100.00", "", PromiseVerdict.INVALIDATED),
            ("99.99", "", PromiseVerdict.BROKEN),
        ],
    )
    def test_a_refund_that_leaves_less_past_due_than_was_promised_lowers_the_promise(
        self, strict: Kit, refund: str, paid: str, expected: PromiseVerdict
    ) -> None:
        """
        50.00 were promised of 100.00 late, and more was to come: after a refund of 70.00 only 30.00 could be asked for.
        """
        promised(strict)
        strict.post(payment(refund, date(2026, 10, 21), "refund-1", source="refund"), at=NOW + timedelta(days=1))
        if paid:
            strict.post(payment(paid, DUE), at=NOW + timedelta(days=4))
        nights(strict, date(2026, 10, 26))

        assert [expected] == [verdict for _, verdict in judged(strict)]


class TestSeries:
    def test_a_series_is_taken_judged_and_planned_anew(self, strict: Kit) -> None:
        """
        The first item is kept, the tail is replaced in one call, and only the new one stays open.
        """
        items = [Item(date(2026, 10, 24), Money.of("20.00", "USD")), Item(date(2026, 10, 31), Money.of("20.00", "USD"))]
        first = PromiseSeries("ps-1", "a-1", items, NOW)
        strict.promise_series(first, at=NOW)
        strict.post(payment("20.00", DUE), at=NOW + timedelta(days=4))
        nights(strict, date(2026, 10, 26))
        later = datetime(2026, 10, 27, 18, tzinfo=UTC)
        tail = PromiseSeries("ps-2", "a-1", [Item(date(2026, 11, 6), Money.of("25.00", "USD"))], later, replaces="ps-1")
        strict.promise_series(tail, at=later)

        assert [(date(2026, 10, 26), PromiseVerdict.KEPT)] == judged(strict)
        assert date(2026, 11, 6) == strict.standing("a-1", as_of=date(2026, 10, 28)).promise_due_on

        strict.cancel_promise("a-1", "ps-2", at=later)
        assert strict.standing("a-1", as_of=date(2026, 10, 28)).promise_due_on is None

    def test_a_series_that_is_refused_raises(self, strict: Kit) -> None:
        """
        With the nearest one in the words of the refusal.
        """
        with pytest.raises(RefusedError, match=r"nearest acceptable series is 200\.00"):
            strict.promise_series(PromiseSeries("ps-1", "a-1", [Item(DUE, Money.of("300.00", "USD"))], NOW), at=NOW)


class TestEffects:
    def test_a_soft_promise_stops_nothing(self, strict: Kit) -> None:
        """
        The treatment goes on beside it, and it is judged all the same.
        """
        promised(strict, kind="soft")
        standing = strict.standing("a-1", as_of=TODAY)

        assert ("soft_promise", ()) == (standing.agreed, standing.paused)
        assert strict.run_night(as_of=TODAY, at=NOW).planned

    def test_a_firm_promise_lets_nobody_ask_again(self, strict: Kit) -> None:
        """
        Nothing is planned while it is open; what it stops stands in the standing.
        """
        promised(strict, evidence=Evidence(taken_by="agent-7"))
        standing = strict.standing("a-1", as_of=TODAY)

        assert ("promise", ("contact_limited", "placement", "retry", "sale")) == (standing.agreed, standing.paused)
        assert not strict.run_night(as_of=TODAY, at=NOW).planned

    @pytest.mark.parametrize(("effects", "fees"), [((), 1), (("fees",), 0)])
    def test_a_kind_may_stop_fees(self, effects: tuple[str, ...], fees: int) -> None:
        """
        By policy: the fee of the day waits for the verdict.
        """
        policy = attrs.evolve(load_policy("us-bnpl"), promises=PromisePolicy(kinds=(PromiseKind("firm", effects),)))
        kit = Kit.open("memory://", policy=policy, actor="tests")
        kit.register(consumer(), at=NOW)
        plan = plans.pay_in_n(Money.of("200.00", "USD"), 1, "1 month", bought_on=date(2026, 9, 1))
        kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=NOW)
        promised(kit)

        assert fees == len(kit.run_night(as_of=TODAY, at=NOW).fees_minor)


class TestNamed:
    def test_the_customers_word_decides_for_which_promise_it_counts_and_moves_no_money(self) -> None:
        """
        Said before the payment comes; another word for the same payment is refused, and what is owed is as ever.
        """
        rules = attrs.evolve(load_policy("us-bnpl"), late_fees=None, promises=PromisePolicy(open_max=2))
        with Kit.open("memory://", policy=rules, actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            kit.promise(Promise("pr-1", "a-1", Money(5000, "USD"), date(2026, 10, 24), NOW), at=NOW)
            kit.promise(Promise("pr-2", "a-1", Money(5000, "USD"), date(2026, 10, 30), NOW), at=NOW)
            named = PaymentNamed("p-1", "a-1", "pr-2")
            assert named == kit.name_payment(named, at=NOW) == kit.name_payment(named, at=NOW)
            with pytest.raises(RefusedError, match="the payment was named for promise 'pr-2'"):
                kit.name_payment(attrs.evolve(named, promise="pr-1"), at=NOW)
            with pytest.raises(UnknownIdError):
                kit.name_payment(attrs.evolve(named, promise="pr-9"), at=NOW)
            kit.post(Payment("p-1", "a-1", Money(5000, "USD"), TODAY), at=NOW)

            for day in range(21, 33):
                on = date(2026, 10, 1) + timedelta(days=day - 1)
                kit.run_night(as_of=on, at=NOW + timedelta(days=day - 20))
            judged = {one.body.id: one.body.verdict for one in kit.history("a-1") if isinstance(one.body, PromiseJudged)}
            assert {"pr-1": PromiseVerdict.BROKEN, "pr-2": PromiseVerdict.KEPT} == judged
            assert 15_000 == kit.standing("a-1", as_of=TODAY).outstanding_minor


class TestBeyond:
    def test_a_limit_gives_way_to_a_second_person_and_a_hold_does_not(self) -> None:
        """
        Too far ahead, under an approval of exactly that promise; on hold nobody can approve it.
        """
        ann, eve = Principal("ann"), Principal("eve")
        with Kit.open("memory://", policy="us-bnpl", actor="tests") as kit:
            kit.register(consumer(), at=NOW)
            kit.open_account(account(), at=NOW)
            far = Promise("pr-1", "a-1", Money(15_000, "USD"), date(2027, 1, 15), NOW)
            refused = kit.acting(ann).try_promise(far, at=NOW)
            assert isinstance(refused, PromiseRefused) and refused.approvable and refused.counter is not None
            kit.acting(ann).request_approval(kit.promise_act(far), id="ap-1", needs=NeedsApproval("far"), at=NOW)
            with pytest.raises(RefusedError, match="must be somebody else"):
                kit.acting(ann).approve("ap-1", at=NOW)
            kit.acting(eve).approve("ap-1", at=NOW)
            with pytest.raises(PermissionDeniedError, match="another act"):
                kit.acting(ann, approval="ap-1").promise(attrs.evolve(far, due_on=date(2027, 1, 16)), at=NOW)

            hold = Hold("h-1", HoldKind.FRAUD, person="c-1", starts_on=TODAY, reason="told", review_on=date(2026, 12, 1))
            kit.hold(hold, at=NOW)
            held = kit.acting(ann, approval="ap-1").try_promise(far, at=NOW)
            assert isinstance(held, PromiseRefused) and not held.approvable
            kit.lift(hold, on=TODAY, reason="no", at=NOW)
            kit.acting(ann, approval="ap-1").promise(far, at=NOW)
            assert kit.approval_of("ap-1").used
