"""The fold of an account's stream: what is kept, what is ignored, what is a breach."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given

from collectkit.account import Account, AccountClosed, AccountOpened
from collectkit.actions import ActRefused, StepTaken
from collectkit.arrangements import Promise, PromiseCancelled, PromiseJudged, PromiseMade, PromiseVerdict
from collectkit.errors import IntegrityBreachError
from collectkit.facts import AccountFacts, fold_account, placement_on, promise_states
from collectkit.holds import Hold, HoldLifted, HoldPlaced
from collectkit.ledger import (
    Application,
    Charge,
    ChargeAssessed,
    ChargeWaived,
    Entry,
    Payment,
    PaymentPosted,
    PaymentReversed,
    Reversal,
    Waiver,
)
from collectkit.money import Money
from collectkit.notes import NoteAdded
from collectkit.person import PersonRegistered
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.schedules import Plan
from collectkit.testing.strategies import account_facts

AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
PLAN = Plan("pay_in_4", "USD", date(2026, 9, 1), tuple(date(2026, 9, 1 + 9 * n) for n in range(4)), (5000,) * 4)
ACCOUNT = Account("a-1", "c-1", PLAN)
OPENED = AccountOpened(ACCOUNT)
PAYMENT = Payment("p-1", "a-1", Money.of("50.00", "USD"), date(2026, 9, 1))
CHARGE = Charge("f-1", "a-1", "fee", Money.of("8.00", "USD"), date(2026, 9, 20), date(2026, 9, 28))
WAIVER = Waiver("w-1", "a-1", "f-1", Money.of("8.00", "USD"), date(2026, 9, 25), "goodwill")
PROMISE = Promise("pr-1", "a-1", Money.of("8.00", "USD"), date(2026, 9, 24), AT, made_on=date(2026, 9, 21))
HOLD = Hold("h-1", "hardship", person="c-1", account="a-1", starts_on=date(2026, 9, 5), ends_on=date(2026, 9, 9), reason="asked")


def day(number: int) -> date:
    return date(2026, 9, number)


def folded(*bodies: object) -> AccountFacts:
    facts = fold_account([OPENED, *bodies])
    assert facts is not None
    return facts


def as_event(entry: Entry) -> object:
    match entry:
        case Payment():
            return PaymentPosted(entry)
        case Reversal():
            return PaymentReversed(entry)
        case Charge():
            return ChargeAssessed(entry)
        case Waiver():
            return ChargeWaived(entry)


class TestFold:
    def test_without_an_opening_there_is_no_account(self) -> None:
        """
        None, for an empty stream and for one that lacks its beginning.
        """
        assert fold_account([]) is None
        assert fold_account([PaymentPosted(PAYMENT)]) is None

    def test_each_event_finds_its_place(self) -> None:
        """
        Every kind of event that an account's stream may hold.
        """
        reversal = Reversal("r-1", "a-1", "p-1", day(9))
        cancelled = PromiseCancelled("pr-1", "a-1", day(22), "changed their mind")
        judged = PromiseJudged("pr-1", "a-1", "kept", day(26), 800)
        lifted = HoldLifted("h-1", day(7), "withdrawn")
        placed, recalled = Placement("a-1", "agency-1", day(10)), AccountRecalled("a-1", "agency-1", day(12), "term")
        step = StepTaken("a-1", "first sms", day(10), day(11), "v1", "done")
        refused = ActRefused("m-1", "c-1", ("a-1",), "sms", AT, ("us.hours",), ("12 CFR 1006.6(b)(1)",))
        closed = AccountClosed("a-1", day(30), "paid")

        expected = AccountFacts(
            ACCOUNT,
            entries=(PAYMENT, reversal, CHARGE, WAIVER),
            promises=(PROMISE,),
            cancelled=(cancelled,),
            judged=(judged,),
            holds=(HOLD,),
            lifted=(lifted,),
            moves=(placed, recalled),
            steps=(step,),
            closed=closed,
            notes=("n-1",),
        )

        assert expected == folded(
            PaymentPosted(PAYMENT, (Application("installment 1", "principal", 5000),)),
            PaymentReversed(reversal),
            ChargeAssessed(CHARGE),
            ChargeWaived(WAIVER),
            PromiseMade(PROMISE),
            cancelled,
            judged,
            HoldPlaced(HOLD),
            lifted,
            AccountPlaced(placed),
            recalled,
            step,
            refused,
            NoteAdded("n-1", "a-1", "note", AT),
            closed,
        )
        assert PromiseVerdict.KEPT is judged.verdict
        assert ((placed,), (recalled,)) == (expected.placements, expected.recalls)

    def test_what_was_recorded_twice_counts_once(self) -> None:
        """
        The same payment in two events, whatever was believed of it; a charge of that id is another thing.
        """
        namesake = attrs.evolve(CHARGE, id="p-1")

        assert (PAYMENT, namesake) == folded(
            PaymentPosted(PAYMENT), ChargeAssessed(namesake), PaymentPosted(PAYMENT, unapplied=5000)
        ).entries
        assert OPENED.account == folded(OPENED).account

    def test_two_facts_under_one_id_are_a_breach(self) -> None:
        """
        Nothing is guessed from rows that contradict each other.
        """
        with pytest.raises(IntegrityBreachError, match="'p-1' differ"):
            folded(PaymentPosted(PAYMENT), PaymentPosted(attrs.evolve(PAYMENT, source="card")))
        with pytest.raises(IntegrityBreachError, match="'a-1' differ"):
            folded(AccountOpened(attrs.evolve(ACCOUNT, product="other")))

    def test_a_foreign_event_is_a_breach(self) -> None:
        """
        An event of a person has no business in the stream of an account.
        """
        with pytest.raises(IntegrityBreachError, match="PersonRegistered"):
            folded(PersonRegistered("c-1"))

    @given(facts=account_facts())
    def test_all_facts_come_back(self, facts: AccountFacts) -> None:
        """
        Writing facts as events and folding them is nothing lost.
        """
        bodies = [
            AccountOpened(facts.account),
            *map(as_event, facts.entries),
            *map(PromiseMade, facts.promises),
            *facts.cancelled,
            *map(HoldPlaced, facts.holds),
            *facts.lifted,
            *(AccountPlaced(move) if isinstance(move, Placement) else move for move in facts.moves),
            *([facts.closed] if facts.closed else []),
        ]

        assert facts == fold_account(bodies)

    def test_a_plan_of_another_kind_is_a_breach(self) -> None:
        """
        The header knows only a protocol; what is owed needs the plan itself.
        """

        class Other:
            kind, currency, bought_on = "other", "USD", date(2026, 9, 1)

        with pytest.raises(IntegrityBreachError, match="Other where its plan"):
            _ = AccountFacts(Account("a-1", "c-1", Other())).plan


class TestPlacementOn:
    def test_from_its_first_day_until_the_recall(self) -> None:
        """
        On the day of the recall the handler no longer holds it.
        """
        placed = Placement("a-1", "agency-1", day(10))
        facts = folded(AccountPlaced(placed), AccountRecalled("a-1", "agency-1", day(12), "term"))

        assert [None, placed, placed, None] == [placement_on(facts, day(n)) for n in (9, 10, 11, 12)]

    def test_a_later_placement_ends_the_earlier(self) -> None:
        """
        Also when it was recorded first, and a recall from the earlier handler then takes nothing away.
        """
        first, second = Placement("a-1", "agency-1", day(10)), Placement("a-1", "team-1", day(12))
        facts = folded(AccountPlaced(second), AccountPlaced(first), AccountRecalled("a-1", "agency-1", day(13), "term"))

        assert [first, second, second] == [placement_on(facts, day(n)) for n in (11, 12, 13)]

    def test_on_one_day_the_last_recorded_decides(self) -> None:
        """
        Recalled and placed again, or placed and recalled.
        """
        placed, recalled = AccountPlaced(Placement("a-1", "agency-1", day(10))), AccountRecalled("a-1", "agency-1", day(10), "rule")

        assert placed.placement == placement_on(folded(recalled, placed), day(10))
        assert placement_on(folded(placed, recalled), day(10)) is None


class TestPromiseStates:
    def test_a_waived_fee_cannot_break_a_promise(self) -> None:
        """
        8.00 promised for the late fee, all else paid, the fee given up on the 25th: nothing was left to pay.
        """
        all_paid = PaymentPosted(attrs.evolve(PAYMENT, amount=Money.of("200.00", "USD")))
        facts = folded(all_paid, ChargeAssessed(CHARGE), PromiseMade(PROMISE))
        waived = attrs.evolve(facts, entries=(*facts.entries, WAIVER))

        assert [PromiseVerdict.BROKEN] == [state.verdict for state in promise_states(facts, day(26))]
        assert [PromiseVerdict.INVALIDATED] == [state.verdict for state in promise_states(waived, day(26))]

    def test_a_bounced_payment_cleared_nothing(self) -> None:
        """
        What invalidated the promise was no money after all, so it is broken.
        """
        paid_off = Payment("p-2", "a-1", Money.of("208.00", "USD"), day(20))
        facts = folded(PaymentPosted(paid_off), PromiseMade(PROMISE), PaymentReversed(Reversal("r-2", "a-1", "p-2", day(29))))

        assert [PromiseVerdict.INVALIDATED] == [state.verdict for state in promise_states(facts, day(28))]
        assert [PromiseVerdict.BROKEN] == [state.verdict for state in promise_states(facts, day(29))]
