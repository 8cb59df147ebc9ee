"""One payment over all accounts of a person, through the kit."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from collectkit import Account, Kit, Money, plans
from collectkit.errors import IdempotencyConflictError, UnknownIdError, ValidationError
from collectkit.ledger import PaymentPosted, WriteOff
from collectkit.schedules import AlreadyPosted
from collectkit.servicing.shared_payment import SharedPayment

from .conftest import NOW, TODAY

PAID = SharedPayment(id="b-1", person="c-1", amount=Money.of("70.00", "USD"), value_on=TODAY)


@pytest.fixture
def two(book: Kit) -> Kit:
    """A second, younger account of the same consumer."""
    plan = plans.pay_in_4(Money.of("80.00", "USD"), bought_on=date(2026, 10, 1))
    book.open_account(Account("a-2", consumer="c-1", plan=plan), at=NOW)
    return book


class TestSharing:
    def test_the_oldest_is_paid_first(self, two: Kit) -> None:
        """
        Two hundred are past due on the older account, so that it gets everything.
        """
        (posted,) = two.post_shared(PAID, at=NOW)

        assert isinstance(posted, PaymentPosted)
        assert ("b-1/a-1", 7_000) == (posted.payment.id, posted.payment.amount.minor)

    def test_as_the_customer_directs(self, two: Kit) -> None:
        """
        Forty for the younger account, the rest by the strategy; each part is posted under an id of its own.
        """
        two.post_shared(attrs.evolve(PAID, direction=(("a-2", 4_000),)), at=NOW)

        assert [3_000, 4_000] == [two.standing(id, as_of=TODAY).paid_minor for id in ("a-1", "a-2")]

    def test_the_same_again_changes_nothing(self, two: Kit) -> None:
        """
        A webhook comes twice; with other content under its id it is a conflict.
        """
        two.post_shared(PAID, at=NOW)

        assert (AlreadyPosted("b-1/a-1"),) == two.post_shared(PAID, at=NOW)
        with pytest.raises(IdempotencyConflictError):
            two.post_shared(attrs.evolve(PAID, amount=Money.of("71.00", "USD")), at=NOW)
        assert 7_000 == two.standing("a-1", as_of=TODAY).paid_minor

    def test_the_same_again_after_its_accounts_were_closed(self, two: Kit) -> None:
        """
        A bank tells it forty days later: it is known, though nothing is open that could take it now.
        """
        two.post_shared(attrs.evolve(PAID, direction=(("a-2", 4_000),)), at=NOW)
        for account in ("a-1", "a-2"):
            two.write_off(WriteOff(f"w-{account}", account, TODAY, "given up"), at=NOW)

        assert (AlreadyPosted("b-1/a-1"), AlreadyPosted("b-1/a-2")) == two.post_shared(
            attrs.evolve(PAID, direction=(("a-2", 4_000),)), at=NOW
        )
        with pytest.raises(UnknownIdError, match="no open account"):
            two.post_shared(attrs.evolve(PAID, id="b-2"), at=NOW)

    def test_wholly_or_not_at_all(self, two: Kit) -> None:
        """
        A direction to somebody else's account posts nothing, and neither does money in another currency.
        """
        with pytest.raises(ValidationError, match="a direction names accounts"):
            two.post_shared(attrs.evolve(PAID, direction=(("a-9", 1),)), at=NOW)
        with pytest.raises(UnknownIdError, match="no open account in EUR"):
            two.post_shared(attrs.evolve(PAID, amount=Money.of("70.00", "EUR")), at=NOW)
        assert 0 == two.standing("a-1", as_of=TODAY).paid_minor

    def test_a_rule_of_the_hosts_own(self, two: Kit) -> None:
        """
        The youngest first.
        """
        two.post_shared(attrs.evolve(PAID, strategy="youngest"), at=NOW, rules={"youngest": lambda held: list(held)[::-1]})

        assert 2_000 <= two.standing("a-2", as_of=TODAY).paid_minor
