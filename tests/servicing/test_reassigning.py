"""What reassigning decides, without a store."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from collectkit.account import Account, AccountClosed
from collectkit.allocation import Handler, NotEligible, WhyNot
from collectkit.errors import ValidationError
from collectkit.facts import AccountFacts
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.schedules import Plan
from collectkit.servicing.reassigning import ReassigningReason, Reassignment, already, held_by, reassign_accounts, reassigned

DAY = date(2026, 10, 20)
PLAN = Plan("pay_in_4", "USD", date(2026, 9, 1), (date(2026, 9, 1),), (20_000,))
HANDLERS = {handler.id: handler for handler in (*(Handler(id, id, "agent") for id in ("ann", "bob")), Handler("north", "North", "agency"))}
WANTED = Reassignment("a-1", "ann", "bob", DAY, "conflict")


def known(id: str = "a-1", **more: object) -> AccountFacts:
    moves = (Placement(id, "ann", date(2026, 10, 1)),)
    return attrs.evolve(AccountFacts(Account(id, "c-1", PLAN), moves=moves), **more)


def decided(wanted: Reassignment = WANTED, named: AccountFacts | None = None, why_not: WhyNot | None = None) -> object:
    facts = known() if named is None else named
    return reassign_accounts(facts, [facts, known("a-2")], wanted, HANDLERS, why_not)


class TestDeciding:
    def test_each_account_is_recalled_and_placed(self):
        """
        On one day, with the reason where a person reads it; what came of it is told by account id.
        """
        moves = decided()

        assert ["a-1", "a-2"] == list(moves)
        assert AccountRecalled("a-2", "ann", DAY, "reassigned") == moves["a-2"][0]
        assert AccountPlaced(Placement("a-2", "bob", DAY, why=["reassigned from ann: conflict"])) == moves["a-2"][1]
        assert ("a-1", "a-2") == reassigned(moves, WANTED).accounts

    def test_the_first_reason_is_told(self):
        """
        Several things may stand against it; the order is that of the reasons, and nothing was moved.
        """
        full, skills = (WhyNot("bob", reason, "no") for reason in (NotEligible.CAPACITY, NotEligible.LANGUAGE))
        closed = known(closed=AccountClosed("a-1", DAY, "cancelled"))
        gone = known(moves=(Placement("a-1", "bob", DAY),))
        cases = [
            (decided(attrs.evolve(WANTED, to="ann"), closed, full), ReassigningReason.SAME_HANDLER),
            (decided(attrs.evolve(WANTED, before="zoe"), closed, full), ReassigningReason.UNKNOWN_HANDLER),
            (decided(attrs.evolve(WANTED, before="north"), closed, full), ReassigningReason.OUTSIDE),
            (decided(named=closed, why_not=full), ReassigningReason.CLOSED),
            (decided(named=gone, why_not=full), ReassigningReason.NOT_HELD),
            (decided(why_not=skills), ReassigningReason.NOT_ELIGIBLE),
            (decided(why_not=full), ReassigningReason.NO_ROOM),
        ]
        assert [expected for _, expected in cases] == [refused.reason for refused, _ in cases] == list(ReassigningReason)[:-1]

    def test_only_what_they_have_now(self):
        """
        Whoever had it on that day and has it no more gives nothing away, and a day before the placement is none.
        """
        later = known(moves=(*known().moves, AccountRecalled("a-1", "ann", date(2026, 10, 25), "rule")))

        assert held_by(known(), "ann", DAY)
        assert not held_by(later, "ann", DAY)
        assert not held_by(known(), "ann", date(2026, 9, 30))

    def test_a_retry(self):
        """
        Is told as what came of it; another reason is another reassignment.
        """
        done = known(moves=(*known().moves, AccountRecalled("a-1", "ann", DAY, "reassigned"), WANTED.placement("a-1")))

        assert reassigned({"a-1": ()}, WANTED) == already([done, known("a-2")], WANTED)
        assert already([known()], WANTED) is already([done], attrs.evolve(WANTED, reason="skills")) is None

    def test_a_reason_is_a_code(self):
        """
        A record holds no free text about people.
        """
        with pytest.raises(ValidationError, match="absence"):
            Reassignment("a-1", "ann", "bob", DAY, "Ann knows her from school")
