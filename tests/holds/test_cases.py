"""The case behind a hold: it moves by its table, and a settled one ends its hold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.holds import (
    CASES,
    CaseMoved,
    CaseReason,
    CaseStep,
    Consequence,
    Hold,
    HoldKind,
    HoldLifted,
    case_state,
    in_force,
    move_case,
    settles,
)
from collectkit.money import Money
from collectkit.refusals import Refusal

START = date(2026, 3, 1)


def hold(kind: str = "dispute", amount: Money | None = None) -> Hold:
    return Hold("h-1", kind, person="c-1", account="a-1", starts_on=START, review_on=date(2026, 4, 1), reason="said so", amount=amount)


def move(to: str, day: int = 10, amount: Money | None = None) -> CaseMoved:
    return CaseMoved("h-1", to, date(2026, 3, day), "as written", amount)


class TestMoveCase:
    def test_a_dispute_decided_for_the_customer_lifts_the_hold_and_says_what_follows(self) -> None:
        """
        The money is not owed and the fees of the time are given up.
        """
        moves = [move("with_merchant", 5), move("under_review", 8)]
        outcome = move_case([hold()], [], moves, move("for_customer"))

        assert isinstance(outcome, CaseStep) and outcome.lifted is not None
        assert date(2026, 3, 10) == outcome.lifted.on
        assert (Consequence.REFUND, Consequence.WAIVE_FEES) == outcome.follows
        assert () == in_force([hold()], [outcome.lifted], date(2026, 3, 10))

    def test_a_state_that_does_not_settle_keeps_the_hold(self) -> None:
        """
        Insolvency confirmed stops work as before, until the proceeding ends.
        """
        outcome = move_case([hold("insolvency")], [], [], move("confirmed"))

        assert isinstance(outcome, CaseStep)
        assert (None, ()) == (outcome.lifted, outcome.follows)

    def test_evidence_that_never_came_lets_work_resume(self) -> None:
        """
        Reported, awaited, lapsed.
        """
        outcome = move_case([hold("insolvency")], [], [move("evidence_awaited", 5)], move("lapsed"))

        assert isinstance(outcome, CaseStep) and outcome.lifted is not None
        assert (Consequence.RESUME,) == outcome.follows

    @pytest.mark.parametrize(
        ("known", "lifted", "to", "expected"),
        [
            ([], [], "with_merchant", CaseReason.UNKNOWN),
            ([hold("cease_contact")], [], "confirmed", CaseReason.NO_CASE),
            ([hold()], [HoldLifted("h-1", date(2026, 3, 5), "paid")], "with_merchant", CaseReason.ALREADY_LIFTED),
            ([hold()], [], "for_customer", CaseReason.NOT_FROM_HERE),
            ([hold()], [], "confirmed", CaseReason.NOT_FROM_HERE),
        ],
    )
    def test_what_is_not_in_the_table_is_refused(self, known: list[Hold], lifted: list[HoldLifted], to: str, expected: CaseReason) -> None:
        """
        And the refusal names what may follow.
        """
        outcome = move_case(known, lifted, [], move(to))

        assert isinstance(outcome, Refusal)
        assert expected is outcome.reason

    def test_no_more_is_given_back_than_was_disputed(self) -> None:
        """
        Of 20.00 disputed, 20.00 can be decided for the customer, and not a cent more.
        """
        part = hold("dispute_part", Money.of("20.00", "USD"))
        before = [move("with_merchant", 5)]

        assert isinstance(move_case([part], [], before, move("split", amount=Money.of("20.00", "USD"))), CaseStep)
        for amount in (Money.of("20.01", "USD"), Money.of("20.00", "EUR")):
            outcome = move_case([part], [], before, move("split", amount=amount))
            assert isinstance(outcome, Refusal) and outcome.reason is CaseReason.AMOUNT_TOO_HIGH

    def test_a_split_says_how_much(self) -> None:
        """
        And nothing else does.
        """
        with pytest.raises(ValidationError, match="how much"):
            move("split")
        with pytest.raises(ValidationError, match="belongs to"):
            move("with_merchant", amount=Money(1, "USD"))


class TestLaws:
    @given(data=st.data(), kind=st.sampled_from(sorted(CASES, key=lambda kind: kind.value)))
    def test_every_walk_stays_in_the_table_and_a_settled_case_never_moves_again(self, data: st.DataObject, kind: HoldKind) -> None:
        """
        Whatever is asked for: the state is one of the table, the hold is off exactly when it is settled, a retry changes nothing.
        """
        amount = Money(500, "USD") if kind is HoldKind.DISPUTE_PART else None
        held, moves, lifted = hold(kind.value, amount), list[CaseMoved](), list[HoldLifted]()
        words = sorted({to for table in CASES.values() for following in table.values() for to in following})
        for day in range(1, 8):
            to = data.draw(st.sampled_from(words))
            step = CaseMoved("h-1", to, START + timedelta(days=day), "walk", Money(400, "USD") if to == "split" else None)
            state = case_state(held, moves)
            outcome = move_case([held], lifted, moves, step)
            if isinstance(outcome, CaseStep):
                assert to in CASES[kind][state]
                moves.append(outcome.moved)
                lifted += [outcome.lifted] if outcome.lifted is not None else []
                assert outcome == move_case([held], lifted, moves, step)
            else:
                assert lifted or to not in CASES[kind].get(state, ())
            assert settles(kind, case_state(held, moves)) == bool(lifted)

    def test_every_state_that_is_named_can_be_reached(self) -> None:
        """
        No table has a row that nothing leads to.
        """
        for kind, table in CASES.items():
            reached = {"open"}
            while more := {to for state in reached for to in table.get(state, ())} - reached:
                reached |= more
            assert set(table) <= reached, kind
