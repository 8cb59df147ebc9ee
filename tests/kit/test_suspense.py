"""Money that belongs to no account yet is an account of its own."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from collectkit import Kit, Money, Payment, RefusedError, Reversal
from collectkit.errors import UnknownIdError
from collectkit.ledger import PaymentPosted
from collectkit.schedules import AlreadyPosted

from .conftest import NOW, TODAY

STRAY = Payment("b-1", account="unknown", amount=Money.of("12.00", "USD"), value_on=date(2026, 10, 1), source="bank")


class TestSuspense:
    def test_it_lies_there_until_somebody_says_whose_it_is(self, book: Kit) -> None:
        """
        Released, it counts on the account from its own value date.
        """
        book.suspend(STRAY, reason="names no account", at=NOW)
        assert 1_200 == book.suspense("USD").balance_minor(TODAY)
        posted = book.release_suspended("b-1", currency="USD", account="a-1", at=NOW)

        assert isinstance(posted, PaymentPosted)
        assert (0, 1_200) == (book.suspense("USD").balance_minor(TODAY), book.standing("a-1", as_of=TODAY).paid_minor)
        assert AlreadyPosted("b-1") == book.release_suspended("b-1", currency="USD", account="a-1", at=NOW)

    def test_given_back(self, book: Kit) -> None:
        """
        It leaves suspense and reaches no account; saying so twice is once.
        """
        book.suspend(STRAY, reason="names no account", at=NOW)
        once = book.give_back_suspended("b-1", currency="USD", reason="payer unknown", at=NOW)

        assert once == book.give_back_suspended("b-1", currency="USD", reason="payer unknown", at=NOW)
        assert 0 == book.suspense("USD").balance_minor(TODAY)
        assert 1_200 == book.suspense("USD").given_back_minor(TODAY)

    def test_the_same_twice_is_once(self, book: Kit) -> None:
        """
        A webhook comes twice; another payment under its id is refused.
        """
        assert book.suspend(STRAY, reason="names no account", at=NOW) == book.suspend(STRAY, reason="again", at=NOW)
        with pytest.raises(RefusedError):
            book.suspend(attrs.evolve(STRAY, amount=Money.of("13.00", "USD")), reason="names no account", at=NOW)
        assert 1_200 == book.suspense("USD").balance_minor(TODAY)

    def test_what_does_not_fit_stays(self, book: Kit) -> None:
        """
        Euros are never put on an account in dollars, and nothing unknown is released.
        """
        book.suspend(attrs.evolve(STRAY, amount=Money.of("12.00", "EUR")), reason="another currency", at=NOW)
        with pytest.raises(RefusedError, match="in USD, the amount in EUR"):
            book.release_suspended("b-1", currency="EUR", account="a-1", at=NOW)
        with pytest.raises(UnknownIdError, match="no payment 'b-9'"):
            book.release_suspended("b-9", currency="EUR", account="a-1", at=NOW)
        assert 1_200 == book.suspense("EUR").balance_minor(TODAY)

    def test_it_ages(self, book: Kit) -> None:
        """
        Nineteen days have passed since the value date.
        """
        book.suspend(STRAY, reason="names no account", at=NOW)

        assert 1 == len(book.suspense("USD").older_than(18, TODAY))
        assert 0 == len(book.suspense("USD").older_than(19, TODAY))

    def test_it_is_reconciled_with_the_accounts(self, book: Kit) -> None:
        """
        The bank's twelve dollars are in suspense, then on the account, and every day holds.
        """
        book.suspend(STRAY, reason="names no account", at=NOW)
        statement = {date(2026, 10, 1): 1_200}
        before = book.reconcile_money(as_of=TODAY, currency="USD", statement=statement)
        book.release_suspended("b-1", currency="USD", account="a-1", at=NOW + timedelta(days=1))
        after = book.reconcile_money(as_of=date(2026, 10, 22), currency="USD", statement=statement)

        assert before.first_failed is None
        assert 1_200 == before.days[0].suspended_minor
        assert after.days[-1].applied_minor == 1_200


class TestOrphans:
    def test_a_reversal_that_came_first_is_told(self, book: Kit) -> None:
        """
        It waits with its account and its age, until its payment comes.
        """
        reversal = Reversal("r-1", account="a-1", payment="p-1", value_on=date(2026, 10, 10))
        book.reverse(reversal, at=NOW)

        assert [("a-1", reversal)] == book.orphans(as_of=TODAY, older_than_days=10)
        assert [] == book.orphans(as_of=TODAY, older_than_days=11)
        book.post(Payment("p-1", account="a-1", amount=Money.of("50.00", "USD"), value_on=date(2026, 9, 1)), at=NOW)
        assert [] == book.orphans(as_of=TODAY)
