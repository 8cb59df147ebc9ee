"""A command together with what it changed of the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import attrs
import pytest

from collectkit import Kit, Money, Payment, Promise, RefusedError, Reversal
from collectkit.allocation.contracts import Contract, Rate
from collectkit.arrangements import PromiseVerdict
from collectkit.ledger import Credit, PaymentPosted, Undo
from collectkit.placement import Placement
from collectkit.policy import load_policy
from collectkit.schedules import AlreadyPosted, LateFeePolicy, Tier
from collectkit.servicing.consequences import Explained

from .conftest import account, at, consumer, night

OPENED = date(2026, 9, 1)
FIRST = Payment("p-1", account="a-1", amount=Money(5_000, "USD"), value_on=OPENED)
CONTRACT = Contract("call-center", "2026", "USD", [Rate(bp=2_000)])


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """200.00 in four, with a late fee of ten dollars the day after a due date."""
    policy = attrs.evolve(load_policy("us-bnpl"), late_fees=LateFeePolicy(tiers=(Tier(0, Money(1_000, "USD")),)))
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as opened:
        opened.register(consumer(), at=at(OPENED))
        opened.open_account(account(), at=at(OPENED))
        yield opened


class TestInOrder:
    def test_nothing_of_the_past_is_different(self, kit: Kit) -> None:
        """
        A payment of the day, and the same again: the answer is the command's own, and there is nothing to tell.
        """
        told = kit.explaining(lambda: kit.post(FIRST, at=at(OPENED)))
        again = kit.explaining(lambda: kit.post(FIRST, at=at(OPENED)))

        assert isinstance(told.outcome, PaymentPosted)
        assert ((), ()) == (told.changes, again.changes)
        assert AlreadyPosted("p-1") == again.outcome
        assert "nothing of the past is different" == str(told)

    def test_what_is_refused_is_raised(self, kit: Kit) -> None:
        """
        A refusal changes nothing and explains itself.
        """
        with pytest.raises(RefusedError):
            kit.explaining(lambda: kit.post(attrs.evolve(FIRST, amount=Money(5_000, "EUR")), at=at(OPENED)))

    def test_a_command_given_without_it_computes_nothing(self, kit: Kit) -> None:
        """
        Nobody asked, so nothing is kept.
        """
        kit.post(FIRST, at=at(OPENED))

        assert Explained(None) == kit.explaining(lambda: None)


class TestLate:
    def test_what_was_reported_meanwhile_is_to_be_corrected(self, kit: Kit) -> None:
        """
        Reported as of two days on which nothing seemed paid; by the first of them the account had been in order.
        """
        days = [date(2026, 9, 10), date(2026, 9, 20), date(2026, 12, 31)]
        told = kit.explaining(lambda: kit.post(FIRST, at=at(date(2026, 9, 25))), reported_on={"a-1": days})

        (change,) = told.changes
        assert days[:2] == [report.on for report in change.reports]
        assert [("past_due", "current"), ("past_due", "past_due")] == [(one.before.status, one.after.status) for one in change.reports]
        assert "to report of 2026-09-20: days past due 5 instead of 19, late since 2026-09-15 instead of 2026-09-01" in str(told)

    def test_a_payment_that_arrives_late(self, kit: Kit) -> None:
        """
        The night charged a fee, and a text went out; the payment of the first day arrives afterwards.
        """
        on = date(2026, 9, 4)
        night(kit, date(2026, 9, 2))
        kit.dispatch(at=at(date(2026, 9, 2)), worker="w1")
        told = kit.explaining(lambda: kit.post(FIRST, at=at(on)))

        (change,) = told.changes
        assert [("p-1", "installment 1", 5_000)] == [(m.payment, m.due, m.after_minor) for m in change.hindsight.difference.moves]
        assert ["late-fee/a-1/1/1"] == [fee.entry for fee in change.fees if isinstance(fee, Undo)]
        sent = [one.id for one in kit.contacts("a-1") if one.state.value in ("sent", "unknown")]
        assert sent
        assert set(sent) == set(change.contacts)
        text = str(told)
        assert "paid on 2026-09-01, in time for the fee of 2026-09-02" in text
        assert "contacts made meanwhile" in text

    def test_it_says_what_the_night_then_does(self, kit: Kit) -> None:
        """
        The fees that it names are those that the next night corrects.
        """
        on = date(2026, 9, 4)
        night(kit, date(2026, 9, 2))
        (change,) = kit.explaining(lambda: kit.post(FIRST, at=at(on))).changes
        report = night(kit, on)

        assert {"USD": 1_000} == dict(report.fees_undone_minor)
        assert len(change.fees) == 1
        assert kit.standing("a-1", as_of=on).past_due_minor == 0


class TestTakenBack:
    def test_a_bounced_payment_breaks_a_promise_and_takes_commission_back(self, kit: Kit) -> None:
        """
        Kept by what was believed, broken by what is known; the agency's share goes with the payment.
        """
        kit.place(Placement("a-1", "call-center", date(2026, 9, 20)), at=at(date(2026, 9, 20)))
        kit.promise(
            Promise("pr-1", account="a-1", amount=Money(5_000, "USD"), due_on=date(2026, 9, 25), made_at=at(date(2026, 9, 20))),
            at=at(date(2026, 9, 20)),
        )
        kit.post(attrs.evolve(FIRST, value_on=date(2026, 9, 24), source="call-center"), at=at(date(2026, 9, 24)))
        reversal = Reversal("r-1", account="a-1", payment="p-1", value_on=date(2026, 9, 30))
        told = kit.explaining(lambda: kit.reverse(reversal, at=at(date(2026, 9, 30))), contracts={"call-center": CONTRACT})

        (change,) = told.changes
        (promise,) = change.hindsight.promises
        assert (PromiseVerdict.KEPT, PromiseVerdict.BROKEN) == (promise.before, promise.after)
        (earned,) = change.commissions
        assert ("call-center", 1_000, 0) == (earned.handler, earned.before_minor, earned.after_minor)
        assert ("installment 1",) == change.hindsight.difference.reopened
        assert "call-center earned 0.00 USD instead of 10.00 USD" in str(told)

    def test_an_undone_credit(self, kit: Kit) -> None:
        """
        A gift that was a mistake is owed again.
        """
        credit = Credit("c-1", "a-1", Money(5_000, "USD"), OPENED, "goodwill")
        kit.refund(credit, at=at(OPENED))
        told = kit.explaining(lambda: kit.undo(Undo("u-1", "a-1", "c-1", "goodwill", date(2026, 9, 3)), at=at(date(2026, 9, 3))))

        assert 5_000 == told.changes[0].hindsight.difference.outstanding_minor

    def test_several_accounts_of_several_commands(self, kit: Kit) -> None:
        """
        Each account is told once: from what it was before the first command to what it is after the last.
        """
        kit.open_account(account("a-2"), at=at(OPENED))
        on = date(2026, 9, 20)

        def late() -> None:
            for id in ("a-1", "a-2"):
                kit.post(attrs.evolve(FIRST, id=f"{id}-1", account=id), at=at(on))
                kit.post(attrs.evolve(FIRST, id=f"{id}-2", account=id, value_on=date(2026, 9, 15)), at=at(on))

        changes = kit.explaining(late).changes
        assert ["a-1", "a-2"] == [change.account for change in changes]
        assert [2, 2] == [len(change.hindsight.difference.moves) for change in changes]
