"""A consumer moves a due date: quote, accept, and the same once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import attrs
import pytest

from collectkit import Kit, Money, Payment
from collectkit.errors import RefusedError
from collectkit.policy import load_policy, provider
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyMoved
from collectkit.schedules.due_date_change import DueDateReason
from collectkit.schedules.quotes import PlanQuote, QuoteReason

from .conftest import account, consumer

AT = datetime(2026, 9, 10, 18, tzinfo=UTC)
MOVED = date(2026, 9, 20)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """One person with two accounts in time, under the rules of a provider: once an order, a week at most, the second of a month costs."""
    policy = attrs.evolve(load_policy("us-bnpl"), due_dates=provider("zip-us").due_dates)
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as opened:
        opened.register(consumer(), at=AT)
        for id in ("a-1", "a-2"):
            opened.open_account(account(id), at=AT)
            opened.post(Payment(f"p-{id}", account=id, amount=Money(5000, "USD"), value_on=date(2026, 9, 1)), at=AT)
        yield opened


def asked(kit: Kit, account: str, id: str = "s-1", move_to: date = MOVED) -> PlanQuote | Refusal[DueDateReason]:
    return kit.try_quote_due_date(account, id=id, installment=2, move_to=move_to, at=AT)


class TestDueDates:
    def test_accepting_does_what_was_quoted(self, kit: Kit) -> None:
        """
        The next due date is the one that was quoted, and nothing is owed more.
        """
        quote = kit.quote_due_date("a-1", id="s-1", installment=2, move_to=MOVED, at=AT)
        before = kit.standing("a-1", as_of=date(2026, 9, 10))
        assert quote == kit.accept_quote(quote, at=AT)

        standing = kit.standing("a-1", as_of=date(2026, 9, 10))
        assert (MOVED, before.outstanding_minor) == (standing.next_due_on, standing.outstanding_minor)
        assert quote.after[0][0] == standing.next_due_on

    def test_the_same_again_changes_nothing(self, kit: Kit) -> None:
        """
        A button pressed twice moves one date.
        """
        quote = kit.quote_due_date("a-1", id="s-1", installment=2, move_to=MOVED, at=AT)
        kit.accept_quote(quote, at=AT)
        events = len(kit.history("a-1"))

        assert isinstance(kit.accept_quote(quote, at=AT), AlreadyMoved)
        assert events == len(kit.history("a-1"))

    def test_counters_go_over_all_accounts(self, kit: Kit) -> None:
        """
        The first of the month is free, the second on another account costs two dollars, a second on the same is refused.
        """
        first = asked(kit, "a-1")
        assert isinstance(first, PlanQuote)
        assert first.fee is None
        kit.accept_quote(first, at=AT)

        second = asked(kit, "a-2", "s-2")
        assert isinstance(second, PlanQuote)
        assert Money(200, "USD") == second.fee
        kit.accept_quote(second, at=AT)
        assert 200 == kit.standing("a-2", as_of=date(2026, 9, 10)).fee_minor
        again = asked(kit, "a-1", "s-3", date(2026, 9, 22))
        assert isinstance(again, Refusal)
        assert DueDateReason.PER_ORDER is again.reason

    def test_a_quote_that_no_longer_holds(self, kit: Kit) -> None:
        """
        A payment came between, or the day is over: a new quote is needed, and nothing is changed.
        """
        quote = asked(kit, "a-1")
        assert isinstance(quote, PlanQuote)
        tomorrow = kit.try_accept_quote(quote, at=datetime(2026, 9, 11, 18, tzinfo=UTC))
        kit.post(Payment("p-9", account="a-1", amount=Money(100, "USD"), value_on=date(2026, 9, 10)), at=AT)

        assert isinstance(tomorrow, Refusal)
        assert QuoteReason.EXPIRED is tomorrow.reason
        with pytest.raises(RefusedError):
            kit.accept_quote(quote, at=AT)
        assert date(2026, 9, 15) == kit.standing("a-1", as_of=date(2026, 9, 10)).next_due_on

    def test_without_rules_no_date_moves(self, tmp_path: Path) -> None:
        """
        A policy that says nothing allows nothing.
        """
        where = f"sqlite:///{tmp_path}/other.db"
        with Kit.open(where, policy="us-bnpl", actor="tests") as plain, pytest.raises(RefusedError, match="due_dates"):
            plain.quote_due_date("a-1", id="s-1", installment=2, move_to=MOVED, at=AT)
