from __future__ import annotations

from datetime import date

import attrs
import pytest
from hypothesis import given

from collectkit.ledger import (
    Application,
    Charge,
    ChargeAssessed,
    ChargeWaived,
    Payment,
    PaymentPosted,
    PaymentReversed,
    Reversal,
    Undo,
    Waiver,
)
from collectkit.money import Money
from collectkit.refusals import Refusal
from collectkit.schedules import (
    AlreadyAssessed,
    AlreadyPosted,
    AlreadyReversed,
    AlreadyWaived,
    ChargeReason,
    PostingReason,
    ReversalReason,
    WaiverReason,
    assess_charge,
    enter_payment,
    post,
    post_payment,
    replay,
    reverse_payment,
    waive_charge,
)
from collectkit.schedules.building import pay_in_4
from collectkit.testing.strategies import days, histories, payments, plans, waterfalls

TODAY = date(2026, 9, 20)
PLAN = pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
PAYMENT = Payment("p-1", "a-1", Money(6000, "USD"), date(2026, 9, 2))
REVERSAL = Reversal("r-1", "a-1", "p-1", TODAY)
FEE = Charge("c-1", "a-1", "fee", Money(700, "USD"), date(2026, 9, 16), date(2026, 9, 29), 2)
WAIVER = Waiver("w-1", "a-1", "c-1", Money(500, "USD"), TODAY, "goodwill")


def book(*entries):
    return replay(PLAN, entries, as_of=TODAY)


class TestPostPayment:
    def test_believed_parts(self):
        """
        The event says how the payment was applied by what was known then.
        """
        parts = (Application("installment 1", "principal", 5000), Application("installment 2", "principal", 1000))

        assert PaymentPosted(PAYMENT, parts) == post_payment(book(), PAYMENT)

    def test_overpayment_is_credit(self):
        """
        More than is owed is accepted.
        """
        posted = post_payment(book(), attrs.evolve(PAYMENT, amount=Money(20_500, "USD")))

        assert 500 == posted.unapplied

    def test_same_payment_twice(self):
        """
        A webhook that comes twice changes nothing.
        """
        assert AlreadyPosted("p-1") == post_payment(book(PAYMENT), PAYMENT)

    @pytest.mark.parametrize(
        "change", [{"amount": Money(6001, "USD")}, {"account": "a-2"}, {"value_on": TODAY}, {"amount": Money(1, "EUR")}]
    )
    def test_same_id_other_content(self, change):
        """
        The id is taken; nothing of the first payment is shown.
        """
        refusal = post_payment(book(PAYMENT), attrs.evolve(PAYMENT, **change))

        assert PostingReason.ID_REUSED is refusal.reason
        assert "60" not in str(refusal) and "a-1" not in str(refusal)

    def test_other_currency(self):
        """
        Nothing is converted silently.
        """
        assert PostingReason.CURRENCY_DIFFERS is post_payment(book(), attrs.evolve(PAYMENT, amount=Money(1, "EUR"))).reason

    def test_future_payment_is_pending(self):
        """
        Dated tomorrow, it is recorded and applied to nothing yet.
        """
        later = attrs.evolve(PAYMENT, value_on=date(2026, 9, 21))

        assert PaymentPosted(later, (), 6000) == post_payment(book(), later)

    def test_review(self):
        """
        Dated before the purchase, or reversed before it arrived: recorded, and a person looks at it.
        """
        early = attrs.evolve(PAYMENT, value_on=date(2026, 8, 31))

        assert "dated before the purchase" == post_payment(book(), early).review
        assert PaymentPosted(PAYMENT, review="reversed before it arrived") == post_payment(book(REVERSAL), PAYMENT)

    @given(plan=plans(), entries=histories(), as_of=days(), order=waterfalls(), payment=payments("p-x"))
    def test_believed_is_what_the_book_then_says(self, plan, entries, as_of, order, payment):
        """
        The recorded parts are those of the replay with the payment in it, and nothing is lost.
        """
        now = replay(plan, entries, as_of=as_of, waterfall=order)
        posted = post_payment(now, payment)

        assert post(now, payment).applications("p-x") == posted.believed
        assert payment.amount.minor == sum(part.minor for part in posted.believed) + posted.unapplied

    @given(plan=plans(), entries=histories(), as_of=days(), order=waterfalls(), payment=payments("p-x"))
    def test_the_book_beside_the_decision_is_that_of_a_replay(self, plan, entries, as_of, order, payment):
        """
        Who goes on with it goes on from the same book; where nothing was applied there is none.
        """
        posted, after = enter_payment(replay(plan, entries, as_of=as_of, waterfall=order), payment)

        assert posted == post_payment(replay(plan, entries, as_of=as_of, waterfall=order), payment)
        if after is None:
            assert not (isinstance(posted, PaymentPosted) and posted.believed)
        else:
            assert replay(plan, (*entries, payment), as_of=as_of, waterfall=order) == after


class TestReversePayment:
    def test_taken_back(self):
        """
        A known payment, or one that has not come yet.
        """
        assert PaymentReversed(REVERSAL) == reverse_payment(book(PAYMENT), REVERSAL)
        assert PaymentReversed(REVERSAL) == reverse_payment(book(), REVERSAL)

    def test_second_reversal_changes_nothing(self):
        """
        The same again, or another id for the same payment.
        """
        now = book(PAYMENT, REVERSAL)

        assert AlreadyReversed("p-1") == reverse_payment(now, REVERSAL) == reverse_payment(now, attrs.evolve(REVERSAL, id="r-2"))

    def test_a_payment_bounces_after_a_reversal_by_mistake(self):
        """
        What was undone is no reversal: the payment is taken back by the next, and had never been.
        """
        undone = Undo("u-1", "a-1", REVERSAL.id, "reversal", REVERSAL.value_on)
        again = attrs.evolve(REVERSAL, id="r-2")

        assert PaymentReversed(again) == reverse_payment(book(PAYMENT, REVERSAL, undone), again)
        assert book(PAYMENT, REVERSAL, undone, again).unpaid == book().unpaid
        assert AlreadyReversed("p-1") == reverse_payment(book(PAYMENT, REVERSAL, undone, again), attrs.evolve(REVERSAL, id="r-3"))

    def test_a_payment_that_comes_after_its_reversal_was_undone(self):
        """
        It counts as any other.
        """
        undone = Undo("u-1", "a-1", REVERSAL.id, "reversal", REVERSAL.value_on)

        assert post_payment(book(), PAYMENT) == post_payment(book(REVERSAL, undone), PAYMENT)

    def test_same_id_other_payment(self):
        """
        The id is taken.
        """
        assert ReversalReason.ID_REUSED is reverse_payment(book(PAYMENT, REVERSAL), attrs.evolve(REVERSAL, payment="p-2")).reason


class TestAssessCharge:
    def test_assessed_once(self):
        """
        A charge, and the same charge again.
        """
        assert ChargeAssessed(FEE) == assess_charge(book(), FEE)
        assert AlreadyAssessed("c-1") == assess_charge(book(FEE), FEE)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"amount": Money(701, "USD")}, ChargeReason.ID_REUSED),
            ({"id": "c-2", "amount": Money(7, "EUR")}, ChargeReason.CURRENCY_DIFFERS),
            ({"id": "c-2", "installment": 5}, ChargeReason.INSTALLMENT_UNKNOWN),
        ],
    )
    def test_refused(self, change, reason):
        """
        Each reason in its place.
        """
        assert reason is assess_charge(book(FEE), attrs.evolve(FEE, **change)).reason


class TestWaiveCharge:
    def test_waived_once(self):
        """
        A part of the fee, and the same waiver again.
        """
        assert ChargeWaived(WAIVER) == waive_charge(book(FEE), WAIVER)
        assert AlreadyWaived("w-1") == waive_charge(book(FEE, WAIVER), WAIVER)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"reason": "other"}, WaiverReason.ID_REUSED),
            ({"id": "w-2", "amount": Money(1, "EUR")}, WaiverReason.CURRENCY_DIFFERS),
            ({"id": "w-2", "charge": "c-2"}, WaiverReason.CHARGE_UNKNOWN),
            ({"id": "w-2", "amount": Money(201, "USD")}, WaiverReason.ABOVE_UNPAID),
        ],
    )
    def test_refused(self, change, reason):
        """
        Each reason in its place; what was waived already counts.
        """
        assert reason is waive_charge(book(FEE, WAIVER), attrs.evolve(WAIVER, **change)).reason

    def test_pending_waivers_count(self):
        """
        A waiver dated tomorrow leaves less for another today.
        """
        tomorrow = attrs.evolve(WAIVER, value_on=date(2026, 9, 21))

        assert isinstance(waive_charge(book(FEE, tomorrow), attrs.evolve(WAIVER, id="w-2")), Refusal)
