"""The days on which an arrangement was in force, and those that only seemed to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements.in_force import days_in_force
from collectkit.arrangements.living import Arrangement, ArrangementState, ArrangementStatus, arrangement_states
from collectkit.arrangements.payment_plans import PlanItem, Share
from collectkit.arrangements.settlements import SettlementFulfilled, SettlementTerms, SettlementVoided
from collectkit.ledger import Payment, Reversal
from collectkit.money import Money

AT, START = datetime(2026, 10, 1, 18, tzinfo=UTC), date(2026, 10, 1)
ITEMS = [PlanItem(date(2026, 10, day), Money(3_000, "USD"), [Share("a-1", 3_000)]) for day in (10, 20)]
TERMS = SettlementTerms("ar-1", "c-1", "a-1", Money(10_000, "USD"), ITEMS, grace_days=2, cure_days=5)
FIRST, SECOND = (
    Payment("p-1", "a-1", Money(3_000, "USD"), date(2026, 10, 9)),
    Payment("p-2", "a-1", Money(3_000, "USD"), date(2026, 10, 20)),
)


def states(
    payments: Sequence[Payment], reversals: Sequence[Reversal] = (), *, on: date, void_on: date | None = None, fulfilled: bool = True
) -> tuple[ArrangementState, ...]:
    """The settlement as it stands on a day, fulfilled by its last payment and void from some day on."""
    one = Arrangement(TERMS, AT, started_on=START)
    if fulfilled:
        one = attrs.evolve(one, fulfilled=SettlementFulfilled("ar-1", SECOND.value_on))
    if void_on is not None:
        one = attrs.evolve(one, voided=SettlementVoided("ar-1", void_on))
    return arrangement_states([one], "a-1", payments, reversals, as_of=on)


class TestSettlement:
    def test_the_payment_that_fulfils_it_still_belongs_to_it(self) -> None:
        """
        From its first day through that payment's; before that day it is in force, whatever is known by now.
        """
        paid = [FIRST, SECOND]

        assert [("settlement", START, SECOND.value_on)] == list(days_in_force(states(paid, on=date(2026, 11, 30))))
        (before,) = states(paid, on=date(2026, 10, 19))
        assert (ArrangementStatus.ACTIVE, None) == (before.status, before.over_on)
        assert [("settlement", START)] == list(days_in_force([before]))

    def test_what_turned_out_void_was_over_when_it_broke(self) -> None:
        """
        The second payment bounced on 1 December and the settlement was void the day after. By what is known now the 20th was missed,
        grace ran through the 22nd and five days of cure through the 27th: it was in force until then, and the weeks after are no grace.
        """
        back = [Reversal("r-1", "a-1", "p-2", date(2026, 12, 1))]
        found = states([FIRST, SECOND], back, on=date(2026, 12, 5), void_on=date(2026, 12, 2))

        assert (ArrangementStatus.BREACHED, date(2026, 12, 2), date(2026, 10, 28)) == (found[0].status, found[0].since, found[0].over_on)
        assert [("settlement", START, date(2026, 10, 27))] == list(days_in_force(found))
        assert ArrangementStatus.FULFILLED is states([FIRST, SECOND], back, on=date(2026, 12, 1), void_on=date(2026, 12, 2))[0].status

    def test_void_before_its_last_day_it_was_over_with_its_void(self) -> None:
        """
        Taken back on the 21st, while money could still have come in time.
        """
        back = [Reversal("r-1", "a-1", "p-2", date(2026, 10, 21))]
        found = states([FIRST, SECOND], back, on=date(2026, 10, 21), void_on=date(2026, 10, 21))

        assert [("settlement", START, date(2026, 10, 20))] == list(days_in_force(found))

    @given(bounced=st.integers(0, 90), looked=st.integers(0, 60))
    def test_what_bounced_counts_as_what_never_came(self, bounced: int, looked: int) -> None:
        """
        Once it is void, no day counts that would not have counted had the payment never been made.
        """
        void_on = SECOND.value_on + timedelta(days=1 + bounced)
        on = void_on + timedelta(days=looked)
        back = [Reversal("r-1", "a-1", "p-2", void_on - timedelta(days=1))]
        never = list(days_in_force(states([FIRST], on=on, fulfilled=False)))
        found = list(days_in_force(states([FIRST, SECOND], back, on=on, void_on=void_on)))
        last = never[0][2] if len(never[0]) == 3 else on

        assert [("settlement", START, min(last, void_on - timedelta(days=1)))] == found
