"""What the end of a hold means: for lateness, fees, steps, promises and plans, on the account and on the person, known or lifted."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from collectkit import Hold, Kit, Money, Payment, Promise
from collectkit.actions import StepTaken
from collectkit.arrangements import PromiseJudged
from collectkit.arrangements.affordability import Budget
from collectkit.arrangements.living import ArrangementStatus
from collectkit.ledger import ChargeAssessed
from collectkit.policy import Policy, read_policy

from .conftest import BOUGHT_ON, account, at, consumer, night, nights

POLICY = """
zone = "America/New_York"
[law]
packs = ["us-federal", "us-ny"]
least_status = "from-memory"
[promises]
grace_days = 1
[payment_plans]
every = [7]
grace_days = 1
minimum_minor = 1000
[late_fees]
grace_days = 4
due = "own_line"
[[late_fees.tier]]
amount = "5.00 USD"
[[treatment.step]]
name = "look"
day = 2
action = "agent_task"
[[treatment.step]]
name = "freeze"
day = 3
action = "freeze_purchases"
[[treatment.step]]
name = "look-again"
day = 10
action = "agent_task"
[[treatment.step]]
name = "promise-reminder"
promise_day = -1
channel = "email"
template = "promise-reminder"
[[treatment.step]]
name = "thaw"
on = "cured"
action = "thaw_purchases"
"""
FIRST, LAST = date(2026, 9, 10), date(2026, 9, 30)
"""On hold for 21 days: the second and the third installment, of the 15th and the 29th, fall due within."""


def book(policy: Policy | None = None) -> Kit:
    """The first installment was paid at checkout."""
    kit = Kit.open("memory://", policy=policy or read_policy(POLICY, "own"), actor="tests")
    kit.register(consumer(), at=at(BOUGHT_ON))
    kit.open_account(account(), at=at(BOUGHT_ON))
    kit.post(Payment("p-0", "a-1", Money.of("50.00", "USD"), BOUGHT_ON), at=at(BOUGHT_ON))
    return kit


def hold(*, whole: bool, ends_on: date | None = LAST, kind: str = "hardship") -> Hold:
    """A hold on the account or on the person."""
    to = {"account": None if whole else "a-1", "person": "c-1", "reason": "as written"}
    return Hold("h-1", kind, starts_on=FIRST, ends_on=ends_on, review_on=None if ends_on else LAST, **to)  # type: ignore[arg-type]


def taken(kit: Kit) -> dict[str, date]:
    """Return each step that was taken with its day."""
    return {event.step: event.on for event in (one.body for one in kit.history("a-1")) if isinstance(event, StepTaken)}


def fee_days(kit: Kit) -> list[date]:
    """Return the days on which a late fee was charged."""
    return [one.body.charge.value_on for one in kit.history("a-1") if isinstance(one.body, ChargeAssessed)]


def verdicts(kit: Kit) -> list[tuple[str, date]]:
    """Return each judgement of a promise with its day."""
    return [(one.body.verdict.value, one.body.on) for one in kit.history("a-1") if isinstance(one.body, PromiseJudged)]


@pytest.mark.parametrize("whole", [True, False], ids=["person", "account"])
@pytest.mark.parametrize("lifted", [True, False], ids=["lifted", "ended"])
class TestAfterAHold:
    """The same whether the hold is on the account or the person, and whether its end was known or somebody lifted it."""

    def lived(self, kit: Kit, until: date, *, whole: bool, lifted: bool) -> Kit:
        placed = hold(whole=whole, ends_on=None if lifted else LAST)
        kit.hold(placed, at=at(FIRST))
        nights(kit, FIRST, LAST)
        if lifted:
            kit.lift(placed, on=LAST + timedelta(days=1), reason="decided", at=at(LAST + timedelta(days=1)))
        nights(kit, LAST + timedelta(days=1), until)
        return kit

    def test_nothing_that_fell_due_is_at_once_many_days_late(self, *, whole: bool, lifted: bool) -> None:
        """
        On the 1st of October 16 days are past due by the contract and none by the clock of work; steps and fee come by the latter.
        """
        kit = self.lived(book(), date(2026, 10, 12), whole=whole, lifted=lifted)
        shown = [kit.standing("a-1", as_of=date(2026, 10, day)) for day in (1, 3)]

        assert [(16, 0), (18, 2)] == [(one.days_past_due, one.operational_days_past_due) for one in shown]
        assert {"look": date(2026, 10, 3), "freeze": date(2026, 10, 4), "look-again": date(2026, 10, 11)} == taken(kit)
        assert [date(2026, 10, 6)] == fee_days(kit)[:1]
        assert "  2 of them count for work: the clock stood still on the others" in kit.explain("a-1", as_of=date(2026, 10, 3))

    def test_a_promise_has_the_days_that_it_had_left(self, *, whole: bool, lifted: bool) -> None:
        """
        Made on the 8th, due on the 12th: two days and the grace were left, so it is reminded of on the 2nd and broken on the 5th.
        """
        kit = book()
        kit.promise(Promise("pr-1", "a-1", Money.of("50.00", "USD"), date(2026, 9, 12), at(date(2026, 9, 8))), at=at(date(2026, 9, 8)))
        self.lived(kit, date(2026, 10, 6), whole=whole, lifted=lifted)

        assert date(2026, 10, 3) == kit.standing("a-1", as_of=date(2026, 10, 1)).promise_due_on
        assert date(2026, 10, 2) == taken(kit)["promise-reminder"]
        assert [("broken", date(2026, 10, 5))] == verdicts(kit)

    def test_a_payment_plan_goes_on_where_it_was(self, *, whole: bool, lifted: bool) -> None:
        """
        Agreed on the 8th for the 11th and each week after: the first is due on the 2nd of October, and who misses it twice breaches then.
        """
        kit = book()
        budget = Budget(income_minor=40_000, expenses_minor=14_000, payday=date(2026, 9, 11))
        kit.quote_plan("ar-1", ["a-1"], budget, at=at(date(2026, 9, 8)))
        kit.take("a-1", "ar-1", at=at(date(2026, 9, 8)))
        kit.start("a-1", "ar-1", at=at(date(2026, 9, 8)))
        agreed = kit.arrangements("a-1", as_of=date(2026, 9, 9))[0]
        self.lived(kit, date(2026, 10, 20), whole=whole, lifted=lifted)
        after = kit.arrangements("a-1", as_of=LAST + timedelta(days=1))[0]

        assert ArrangementStatus.ACTIVE is after.status
        assert [item.due_on + timedelta(days=21) for item in agreed.items] == [item.due_on for item in after.items]
        assert ArrangementStatus.BREACHED is kit.arrangements("a-1", as_of=date(2026, 10, 20))[0].status


class TestStated:
    def test_a_policy_may_say_that_the_dates_alone_count(self) -> None:
        """
        With `by_dates` the account re-enters as late as its dates say.
        """
        kit = book(read_policy(POLICY + '[treatment.resume]\nhardship = "by_dates"\n', "own"))
        kit.hold(hold(whole=False), at=at(FIRST))
        nights(kit, FIRST, date(2026, 10, 2))

        assert {"look": date(2026, 10, 1), "freeze": date(2026, 10, 1), "look-again": date(2026, 10, 1)} == taken(kit)

    def test_reminders_ahead_are_told_by_the_moved_days_from_the_first_day_of_the_hold(self) -> None:
        """
        What comes after the hold is known when it is placed.
        """
        policy = read_policy(POLICY.replace('action = "agent_task"', 'channel = "email"\ntemplate = "reminder-late"'), "own")
        kit = book(policy)
        kit.hold(hold(whole=True), at=at(FIRST))
        ahead = kit.reminders("a-1", as_of=FIRST, days=40)

        assert [("look", date(2026, 10, 3)), ("look-again", date(2026, 10, 11))] == [
            (one.step, one.on) for one in ahead.reminders if one.about == "installment 2"
        ]

    def test_a_hold_from_the_past_takes_a_verdict_back(self) -> None:
        """
        Broken on the 14th, then a hold from the 10th becomes known: it is open again, and judged anew after it.
        """
        kit = book()
        kit.promise(Promise("pr-1", "a-1", Money.of("50.00", "USD"), date(2026, 9, 12), at(date(2026, 9, 8))), at=at(date(2026, 9, 8)))
        nights(kit, date(2026, 9, 9), date(2026, 9, 14))
        assert [("broken", date(2026, 9, 14))] == verdicts(kit)
        kit.hold(hold(whole=True), at=at(date(2026, 9, 15)))
        assert (date(2026, 10, 3), 0) == (
            (standing := kit.standing("a-1", as_of=date(2026, 9, 15))).promise_due_on,
            standing.promises_broken,
        )
        kit.post(Payment("p-1", "a-1", Money.of("50.00", "USD"), date(2026, 10, 4)), at=at(date(2026, 10, 4)))
        nights(kit, date(2026, 9, 15), date(2026, 10, 5))

        assert ("kept", date(2026, 10, 5)) == verdicts(kit)[-1]

    def test_the_matrix_of_the_policy_says_which_holds_move_deadlines(self) -> None:
        """
        Under a policy by which a request for relief stops no promises, they are judged on their days.
        """
        kit = book(read_policy(POLICY + '[holds.effects]\nhardship = ["contact"]\n', "own"))
        kit.promise(Promise("pr-1", "a-1", Money.of("50.00", "USD"), date(2026, 9, 12), at(date(2026, 9, 8))), at=at(date(2026, 9, 8)))
        kit.hold(hold(whole=True), at=at(FIRST))
        nights(kit, FIRST, date(2026, 9, 14))

        assert [("broken", date(2026, 9, 14))] == verdicts(kit)

    def test_after_the_hold_an_open_promise_still_stands_against_another(self) -> None:
        """
        Its moved days count for the limits too: one promise at a time.
        """
        kit = book()
        kit.promise(Promise("pr-1", "a-1", Money.of("50.00", "USD"), date(2026, 9, 12), at(date(2026, 9, 8))), at=at(date(2026, 9, 8)))
        kit.hold(hold(whole=True), at=at(FIRST))
        nights(kit, FIRST, date(2026, 10, 1))
        on = date(2026, 10, 1)
        other = Promise("pr-2", "a-1", Money.of("50.00", "USD"), date(2026, 10, 8), at(on))
        refused = kit.try_promise(other, at=at(on))

        assert "open_max" in str(refused) or "open" in str(refused)
        kit.promise(attrs.evolve(other, replaces="pr-1"), at=at(on))
        night(kit, date(2026, 10, 2))
        assert date(2026, 10, 8) == kit.standing("a-1", as_of=date(2026, 10, 2)).promise_due_on
