from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.allocation import Handler, performance_shares
from collectkit.arrangements.promises import PromiseJudged
from collectkit.facts import AccountFacts
from collectkit.holds import Hold
from collectkit.identifiers import HandlerId
from collectkit.ledger import Payment, Reversal, Undo
from collectkit.money import Money
from collectkit.person import Contact
from collectkit.placement import AccountRecalled, Placement, PlacementMoved
from collectkit.reports import agencies, batches, placed_accounts
from collectkit.reports.agencies import Placed
from collectkit.schedules import building as plans
from collectkit.standing import standing_of

DAY = date(2026, 7, 1)


def placed(handler, number, collected, *, stratum="USD/2/7", minor=10_000, person=None, **more):
    id = f"{handler}-{number}"
    return Placed(id, person or f"c-{id}", HandlerId(handler), DAY, None, "USD", minor, stratum, collected, **more)


def book(handler, count, paying, **more):
    """So many accounts, of which every so many-th was paid in full."""
    return [placed(handler, i, 10_000 if i % paying == 0 else 0, **more) for i in range(count)]


class TestAgencies:
    def test_better_and_worse_on_equal_paper(self):
        """
        One in four against one in ten of 400 accounts each: the intervals part, and the ranks are certain.
        """
        best, worst = agencies([*book("a", 400, 10), *book("b", 400, 4)], as_of=DAY).lines

        assert (("b", 1, 1), ("a", 2, 2)) == (
            (best.handler, best.best_rank, best.worst_rank),
            (worst.handler, worst.best_rank, worst.worst_rank),
        )
        assert Fraction(1, 4) == best.liquidation.value == best.fair
        assert Fraction(1, 10) in worst.interval and Fraction(1, 4) not in worst.interval

    def test_few_accounts_rank_nobody(self):
        """
        The same rates on twelve accounts leave both ranks open, and move no share.
        """
        made = agencies([*book("a", 12, 6), *book("b", 12, 4)], as_of=DAY)

        assert {(1, 2)} == {(line.best_rank, line.worst_rank) for line in made.lines}
        assert {5_000} == set(performance_shares(made.performed("USD"), {}).shares_bp.values())

    def test_easy_paper_is_no_merit(self):
        """
        Both collect the same of each stratum; who was given more of the easy one has the higher rate, and the same fair one.
        """
        easy, hard = {"stratum": "easy"}, {"stratum": "hard"}
        lucky = [placed("a", i, 5_000, **easy) for i in range(80)] + [placed("a", 100 + i, 1_000, **hard) for i in range(20)]
        other = [placed("b", i, 5_000, **easy) for i in range(20)] + [placed("b", 100 + i, 1_000, **hard) for i in range(80)]
        made = {line.handler: line for line in agencies([*lucky, *other], as_of=DAY).lines}

        assert made["a"].liquidation.value > 2 * made["b"].liquidation.value
        assert made["a"].fair == made["b"].fair == Fraction(3, 10)

    def test_cheap_is_not_best(self):
        """
        Net-back decides, not the fee.
        """
        cheap = placed("cheap", 1, 2_000, cost_minor=300)
        dear = placed("dear", 1, 6_000, cost_minor=1_500)

        assert ["dear", "cheap"] == [line.handler for line in agencies([cheap, dear], as_of=DAY).lines]

    def test_accounts_of_one_person_are_one_piece_of_evidence(self):
        """
        Forty accounts of four people prove less than forty accounts of forty people.
        """
        alone = [placed("a", i, 10_000 * (i % 2)) for i in range(40)]
        together = [placed("b", i, 10_000 * (i // 10 % 2), person=f"c-{i // 10}") for i in range(40)]
        made = {line.handler: line for line in agencies([*alone, *together], as_of=DAY).lines}

        assert made["b"].error > 2 * made["a"].error

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10_000), st.sampled_from(["x", "y"])), min_size=1, max_size=30))
    def test_sums_hold(self, given_rows):
        """
        Collections over all handlers are those of the accounts, everybody's rank is possible, and rows can be written.
        """
        rows = [placed(handler, i, minor, stratum=stratum) for i, (handler, minor, stratum) in enumerate(given_rows)]
        made = agencies(rows, as_of=DAY)

        assert sum(row.collected_minor for row in rows) == sum(line.liquidation.numerator for line in made.lines)
        assert all(1 <= line.best_rank <= line.worst_rank <= len(made.lines) for line in made.lines)
        assert len(made.lines) == len(made.rows())


class TestBatches:
    HANDLERS = {
        HandlerId("a"): Handler("a", "A", "agency", licences=["US"], fee_bp=2_500),
        HandlerId("team"): Handler("team", "T", "in_house"),
    }

    def account(self, *entries, moves=(), progress=()):
        plan = plans.pay_in_4(Money(20_000, "USD"), bought_on=date(2026, 4, 1))
        return AccountFacts(Account("a-1", consumer="c-1", plan=plan), entries=entries, moves=moves, progress=progress)

    def test_what_came_in_under_a_placement(self):
        """
        Paid before, during, reversed, and after the recall: only what stood while the agency had it counts, by months.
        """
        entries = [
            Payment("p-0", "a-1", Money(5_000, "USD"), DAY - timedelta(days=1)),
            Payment("p-1", "a-1", Money(4_000, "USD"), DAY + timedelta(days=10)),
            Payment("p-2", "a-1", Money(3_000, "USD"), DAY + timedelta(days=40)),
            Payment("p-3", "a-1", Money(2_000, "USD"), DAY + timedelta(days=41)),
            Reversal("r-1", "a-1", "p-3", DAY + timedelta(days=50)),
            Payment("p-4", "a-1", Money(1_000, "USD"), DAY + timedelta(days=70)),
        ]
        moves = [Placement("a-1", "a", DAY), AccountRecalled("a-1", "a", DAY + timedelta(days=60), "term")]
        told = [
            PlacementMoved("a-1", "a", "acknowledged", DAY + timedelta(days=2)),
            PlacementMoved("a-1", "a", "active", DAY + timedelta(days=5)),
        ]
        facts = self.account(*entries, moves=moves, progress=told)
        found = placed_accounts([facts], self.HANDLERS, standing_of, as_of=DAY + timedelta(days=100))
        ((one, _),) = found

        assert (15_000, 7_000, 1_750, True, True) == (one.placed_minor, one.collected_minor, one.cost_minor, one.worked, one.on_time)
        undone = attrs.evolve(facts, entries=(*entries, Undo("u-1", "a-1", "r-1", "reversal", DAY + timedelta(days=51))))
        ((again, _),) = placed_accounts([undone], self.HANDLERS, standing_of, as_of=DAY + timedelta(days=100))
        assert 9_000 == again.collected_minor
        lines = batches(found, as_of=DAY + timedelta(days=100)).lines
        assert [(1, 4_000), (2, 7_000), (3, 7_000)] == [(line.month, line.liquidation.numerator) for line in lines]

    def test_a_promise_that_was_judged_again_is_one_promise(self):
        """
        Kept, and broken when its payment bounced; a second one was needed no more: one promise was judged, and it was not kept.
        """
        told = [("pr-1", "kept", 10), ("pr-2", "broken", 11), ("pr-2", "invalidated", 12), ("pr-1", "broken", 70)]
        judged = tuple(PromiseJudged(id, "a-1", verdict, DAY + timedelta(days=days), 0) for id, verdict, days in told)
        moves = [Placement("a-1", "a", DAY), AccountRecalled("a-1", "a", DAY + timedelta(days=60), "term")]
        facts = attrs.evolve(self.account(moves=moves), judged=judged)

        def found(days):
            ((one, _),) = placed_accounts([facts], self.HANDLERS, standing_of, as_of=DAY + timedelta(days=days))
            return one.promises_judged, one.promises_kept

        assert [(1, 1), (2, 1), (1, 1), (1, 0)] == [found(days) for days in (10, 11, 12, 70)]

    def test_work_and_complaints_come_from_the_record(self):
        """
        Calls of the agency about this account while it had it; a complaint about the account, one of the person, one too late.
        """

        def call(days, outcome, collector="a", account="a-1"):
            at = datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(days=days)
            return Contact("c-1", at, "phone", accounts=(account,), outcome=outcome, collector=collector)

        def complaint(day, account=None):
            return Hold("h", "complaint", person="c-1", account=account, starts_on=day, reason="rude", review_on=day)

        moves = [Placement("a-1", "a", date(2026, 6, 1)), AccountRecalled("a-1", "a", date(2026, 7, 1), "request")]
        facts = attrs.evolve(self.account(moves=moves), holds=(complaint(date(2026, 6, 10), "a-1"),))
        calls = [call(2, "no_answer"), call(3, "conversation"), call(3, "conversation", "b"), call(4, "conversation", account="a-2")]
        grounds = [complaint(date(2026, 6, 30)), complaint(date(2026, 7, 1))]
        contacts = [*calls, call(40, "conversation")]
        ((one, _),) = placed_accounts([facts], self.HANDLERS, standing_of, as_of=date(2026, 8, 1), contacts=contacts, complaints=grounds)

        assert (2, 1, 2, True) == (one.attempts, one.contacts, one.complaints, one.worked)
        assert one.on_time is False  # worked in time, and never acknowledged

    @pytest.mark.parametrize(
        ("told", "as_of", "on_time"),
        [
            ((), 3, None),
            ((), 4, False),
            ((("acknowledged", 3),), 7, True),
            ((("acknowledged", 3),), 8, False),
            ((("acknowledged", 4), ("active", 5)), 8, False),
            ((("active", 3),), 8, True),
        ],
    )
    def test_in_time(self, told, as_of, on_time):
        """
        Three days for the acknowledgement and seven for the first work, which is an acknowledgement too.
        """
        progress = [PlacementMoved("a-1", "a", to, DAY + timedelta(days=days)) for to, days in told]
        facts = self.account(moves=[Placement("a-1", "a", DAY)], progress=progress)
        ((one, _),) = placed_accounts([facts], self.HANDLERS, standing_of, as_of=DAY + timedelta(days=as_of))

        assert on_time is one.on_time

    def test_an_unripe_cell_is_empty(self):
        """
        A batch is not compared before every account has been there for the whole month.
        """
        facts = self.account(moves=[Placement("a-1", "a", date(2026, 7, 20))])
        lines = batches(placed_accounts([facts], self.HANDLERS, standing_of, as_of=date(2026, 8, 18)), as_of=date(2026, 8, 18)).lines

        assert [(1, None)] == [(line.month, line.liquidation) for line in lines]

    def test_our_own_people_are_no_agency(self):
        """
        In-house placements are left out.
        """
        assert [] == placed_accounts([self.account(moves=[Placement("a-1", "team", DAY)])], self.HANDLERS, standing_of, as_of=DAY)
