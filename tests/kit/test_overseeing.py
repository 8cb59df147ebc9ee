"""What a team lead asks of a book."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest

from collectkit import Kit, Money, Payment, Promise, Stop
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.person import Contact
from collectkit.person.dispositions import Interaction
from collectkit.placement import Placement
from collectkit.policy import load_policy
from collectkit.reports import Attribution, CreditRule, Measure, Productivity, WorkTime

from .conftest import account, at, consumer

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
MONDAY = date(2026, 10, 5)


@pytest.fixture
def kit() -> Kit:
    """Four late accounts of four people with a team of two."""
    teams = AllocationPolicy([Handler("team", "Team", "in_house")], [AllocationRule("all", ["team"])])
    kit = Kit.open("memory://", policy=attrs.evolve(load_policy("us-bnpl"), allocation=teams), actor="tests")
    for number in range(4):
        kit.register(consumer(f"c-{number}"), at=at(date(2026, 9, 1)))
        kit.open_account(account(f"a-{number}", f"c-{number}"), at=at(date(2026, 9, 1)))
        kit.place(Placement(f"a-{number}", "team", date(2026, 9, 20)), at=at(date(2026, 9, 20)))
    return kit


def call(kit: Kit, id: str, number: int, who: str, when: datetime, result: str = "no_answer", promise: str | None = None) -> None:
    kit.record_interaction(Interaction(id=id, account=f"a-{number}", action="call", result=result, collector=who, promise=promise), at=when)


def asked(kit: Kit, **more: object) -> Productivity:
    rule = Attribution.by(CreditRule.PROMISE_TAKER)
    return kit.productivity(rule, first=FIRST, last=LAST, teams={"ann": "team", "bob": "team"}, **more)


class TestProductivity:
    def test_work_and_what_came_of_it(self, kit):
        """
        Ann took a promise that was kept and one that was not; Bob called at six in the morning, and nobody worked the fourth account.
        """
        for number, minor in ((0, 5_000), (1, 4_000)):
            kit.promise(Promise(f"pr-{number}", f"a-{number}", Money(minor, "USD"), MONDAY + timedelta(days=4), at(MONDAY)), at=at(MONDAY))
            call(kit, f"i-{number}", number, "ann", at(MONDAY), "promised", f"pr-{number}")
        call(kit, "i-2", 2, "bob", datetime.combine(MONDAY, time(10), UTC))
        kit.post(Payment("p-1", "a-0", Money(5_000, "USD"), MONDAY + timedelta(days=3)), at=at(MONDAY + timedelta(days=3)))
        kit.record_contact(Contact("c-2", at(MONDAY), "phone", accounts=["a-2"], outcome="no_answer"), at=at(MONDAY), command_id="host")

        made = asked(kit, times={("ann", "USD"): WorkTime(600, 60, 3_600)})
        ann, bob, team = made.lines

        assert ("ann", 2, 2, 2, 5_000) == (ann.worker, ann.attempts, ann.conversations, ann.promises, ann.credited_minor)
        assert ((5_000, 9_000), (1, 2)) == tuple((rate.numerator, rate.denominator) for rate in (ann.quality, ann.kept))
        assert ((2, 2), (0, 1)) == tuple((line.compliance.numerator, line.compliance.denominator) for line in (ann, bob))
        assert ("team", 3, 4, 2) == (team.worker, team.coverage.numerator, team.coverage.denominator, ann.accounts_an_hour)
        assert ("a-2",) == made.short_of("bob", "USD", Measure.COMPLIANCE)
        assert ("a-3",) == made.short_of("team", "USD", Measure.COVERAGE)
        assert ("a-1",) == made.short_of("ann", "USD", Measure.QUALITY)

    def test_who_speaks_for_the_creditor(self, kit):
        """
        Two calls a day are too many for a debt collector; the creditor's own people are none, and whoever is not known is taken for one.
        """
        for number in range(8):
            call(kit, f"i-{number}", 0, "ann", at(MONDAY) + timedelta(hours=(1, 2)[number % 2], days=number // 2))

        def lawful(**teams: str) -> tuple[int, int]:
            made = kit.productivity(Attribution.by(CreditRule.NONE), first=FIRST, last=LAST, teams=teams)
            (rate,) = (line.compliance for line in made.lines if line.worker == "ann")
            return rate.numerator, rate.denominator

        assert (8, 8) == lawful(ann="team")
        assert 8 > lawful()[0]

    def test_whoever_asked_for_peace_is_nobodys_to_work(self, kit):
        """
        Nor is an account in another period: what was done outside of it does not count.
        """
        kit.stop(Stop("c-3", (), at(MONDAY), reason="cease"), at=at(MONDAY), command_id="stop")
        kit.stop(Stop("c-2", ("sms",), at(MONDAY)), at=at(MONDAY), command_id="stop-2")
        call(kit, "i-1", 0, "ann", at(date(2026, 9, 29)))

        (team,) = asked(kit).lines
        assert ("team", 0, 3) == (team.worker, team.coverage.numerator, team.coverage.denominator)
