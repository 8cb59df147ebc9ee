from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Kit, Money, Payment, RefusedError
from collectkit.allocation.visits import CashBook, CashDiscrepancy, CashReason, CashReceipt, HandIn, hand_in, take_cash
from collectkit.errors import UnknownIdError, ValidationError
from collectkit.ledger import Reversal
from collectkit.principals import Principal
from collectkit.refusals import Refusal

from .conftest import NOW, TODAY, account, consumer

LIMIT = Money(5_000, "USD")


def receipt(number: int, minor: int = 2_000, **others: object) -> CashReceipt:
    return attrs.evolve(CashReceipt(number, "fay", "a-1", Money(minor, "USD"), NOW), **others)


@pytest.fixture
def kit() -> Iterator[Kit]:
    """A book with one account."""
    with Kit.open("memory://", policy="us-bnpl", actor="tests") as opened:
        opened.register(consumer(), at=NOW)
        opened.open_account(account(), at=NOW)
        yield opened


def taken(kit: Kit, one: CashReceipt) -> str:
    """Take cash; return the code of the refusal, or nothing."""
    outcome = kit.try_take_cash(one, limit=LIMIT, at=NOW)
    return outcome.reason.value if isinstance(outcome, Refusal) else ""


class TestTakingCash:
    def test_receipt_and_payment_in_one(self, kit):
        """
        The consumer has paid and the agent owes it; the same receipt again is no second payment.
        """
        for _ in range(2):
            assert "" == taken(kit, receipt(1))

        assert 2_000 == kit.standing("a-1", as_of=TODAY).paid_minor
        assert 2_000 == kit.cash_book("fay", "USD").carried_minor
        assert () == kit.cash_differences("fay", "USD")

    @pytest.mark.parametrize(
        ("one", "reason"),
        [
            (receipt(2), "number_out_of_order"),
            (receipt(1, 5_001), "over_limit"),
        ],
    )
    def test_what_is_refused_leaves_no_trace(self, kit, one, reason):
        """
        A gap in the numbers, or more than may be carried: neither a receipt nor a payment.
        """
        assert reason == taken(kit, one)
        assert 0 == kit.standing("a-1", as_of=TODAY).paid_minor == kit.cash_book("fay", "USD").carried_minor
        with pytest.raises(RefusedError):
            kit.take_cash(one, limit=LIMIT, at=NOW)

    def test_what_is_wrong(self, kit):
        """
        Another currency than the limit's, another account than there is, and a number that was used for something else.
        """
        with pytest.raises(ValidationError, match="the limit is in EUR"):
            kit.try_take_cash(receipt(1), limit=Money(1, "EUR"), at=NOW)
        with pytest.raises(UnknownIdError):
            taken(kit, receipt(1, account="a-9"))
        assert "" == taken(kit, receipt(1))
        assert "number_out_of_order" == taken(kit, receipt(1, 1_000))

    def test_a_payment_without_its_receipt(self, kit):
        """
        A payment under a receipt's name, posted by other means, does not become cash, and shows as a difference.
        """
        kit.post(Payment("cash/fay/1", "a-1", Money(2_000, "USD"), TODAY, source="cash"), at=NOW)

        assert "id_reused" == taken(kit, receipt(1))
        assert 0 == kit.cash_book("fay", "USD").carried_minor

    def test_a_payment_that_was_taken_back(self, kit):
        """
        Cash was taken and no payment stands for it: the receipt is named.
        """
        taken(kit, receipt(1))
        kit.reverse(Reversal("r-1", "a-1", "cash/fay/1", TODAY), at=NOW)
        (difference,) = kit.cash_differences("fay", "USD")

        assert (1, CashDiscrepancy.NOT_POSTED, 2_000) == (difference.receipt, difference.discrepancy, difference.minor)


class TestHandingIn:
    def test_a_difference_stays_with_the_agent(self, kit):
        """
        18.00 are counted of 20.00; the same count again changes nothing, and then there is room for more.
        """
        taken(kit, receipt(1, 5_000))
        counted = HandIn("fay", "joe", Money(4_800, "USD"), NOW + timedelta(hours=2))
        for _ in range(2):
            kit.hand_in_cash(counted, at=NOW + timedelta(hours=2))

        assert 200 == kit.cash_book("fay", "USD").carried_minor
        assert "" == taken(kit, receipt(2, 4_800))

    def test_never_by_whoever_carries_it(self, kit):
        """
        Neither does the agent count it, nor record that another did.
        """
        taken(kit, receipt(1))
        own = HandIn("fay", "fay", Money(2_000, "USD"), NOW)
        others = HandIn("fay", "joe", Money(2_000, "USD"), NOW)

        assert CashReason.SAME_PERSON is kit.try_hand_in_cash(own, at=NOW).reason
        fay = kit.acting(Principal("fay-mobile", same_as=["fay"]))
        assert CashReason.SAME_PERSON is fay.try_hand_in_cash(others, at=NOW).reason
        assert 2_000 == kit.cash_book("fay", "USD").carried_minor


class TestCashLaws:
    @settings(max_examples=60)
    @given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 4_000)), max_size=12))
    def test_nobody_carries_more_than_the_limit(self, steps):
        """
        Whatever is taken and handed in: no more than the limit is carried, and taken is carried and handed in.
        """
        book = CashBook("fay", "USD", LIMIT.minor)
        for place, (takes, minor) in enumerate(steps):
            at = NOW + timedelta(minutes=place)
            if takes:
                after = take_cash(book, CashReceipt(len(book.receipts) + 1, "fay", "a-1", Money(minor, "USD"), at))
            else:
                after = hand_in(book, HandIn("fay", "joe", Money(minor, "USD"), at))
            book = book if isinstance(after, Refusal) else after
            assert book.carried_minor <= LIMIT.minor
            given_in = sum(one.amount.minor for one in book.hand_ins)
            assert sum(one.amount.minor for one in book.receipts) == book.carried_minor + given_in
