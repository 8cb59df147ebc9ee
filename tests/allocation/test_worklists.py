from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collectkit.allocation import Handler
from collectkit.allocation.leases import HandOver, LeaseReason, Leases, claim, complete, extend, hand_over, skip, take_back
from collectkit.allocation.visits import (
    CashBook,
    CashReason,
    CashReceipt,
    HandIn,
    Stop,
    hand_in,
    plan_visits,
    reconcile_cash,
    take_cash,
)
from collectkit.allocation.worklists import Queue, Weights, Work, queue_of, score, worklist
from collectkit.errors import PolicyError, ValidationError
from collectkit.money import Money
from collectkit.refusals import Refusal

NOW = datetime(2026, 9, 19, 15, 0, tzinfo=UTC)


class TestScore:
    def test_the_terms_add_up_and_say_why(self, standing):
        """
        75.00 at even odds, three days before the band of 31 days, spoken to four days ago.
        """
        work = Work(standing("a-1", days=28), roll_bp=5_000, reach_bp=2_500, last_contact_on=NOW.date() - timedelta(days=4))
        terms = {term.name: term for term in score(work, Weights(), NOW)}

        assert {"at_risk": 375, "reachable": 500, "urgency": 1_000, "recent": -1_714} == {name: term.points for name, term in terms.items()}
        assert "3 days to the next band" == terms["urgency"].why
        assert 161 == worklist([work], Weights(), at=NOW)[0].score

    @given(st.integers(1, 10**7), st.integers(0, 10**7), st.integers(0, 10_000), st.integers(1, 120))
    def test_more_at_risk_never_ranks_lower(self, standing, minor, more, roll, days):
        """
        All else equal.
        """
        small, large = (
            Work(standing(id, days=days, outstanding=amount), roll_bp=roll) for id, amount in (("b", minor), ("a", minor + more))
        )

        assert "a" == worklist([small, large], Weights(), at=NOW)[0].account

    def test_an_alert_brings_an_account_up_and_into_its_queue(self, standing):
        """
        Each one that waits counts, and is named.
        """
        work = Work(standing("a-1", days=28), alerts=("silent", "delays"))
        (term,) = [term for term in score(work, Weights(), NOW) if term.name == "alerts"]

        assert (10_000, "silent, delays") == (term.points, term.why)
        assert Queue.ALERTS is queue_of(work, NOW)

    def test_ties_are_settled_by_day_balance_and_id(self, standing):
        """
        The same score everywhere: the older due date, then the larger balance, then the id.
        """
        none = Weights(at_risk=0, urgency=0, reachable=0)
        works = [
            Work(standing("d", days=4)),
            Work(standing("c", days=5)),
            Work(standing("b", days=5)),
            Work(standing("a", days=5, outstanding=9_000)),
        ]

        assert ["a", "b", "c", "d"] == [item.account for item in worklist(works, none, at=NOW)]

    def test_nobody_works_what_is_done(self, standing):
        """
        Closed and paid accounts are no work.
        """
        assert () == worklist([Work(standing("a", closed=True)), Work(standing("b", outstanding=0, days=0))], Weights(), at=NOW)

    def test_weights_that_cannot_be(self):
        """
        Points below 0 would turn the order around.
        """
        with pytest.raises(PolicyError, match="at least 0"):
            Weights(at_risk=-1)


class TestQueues:
    @pytest.mark.parametrize(
        ("queue", "more", "facts"),
        [
            ("call_backs", {"call_back_at": NOW, "complaint": True}, {}),
            ("general", {"call_back_at": NOW + timedelta(minutes=1)}, {}),
            ("complaints", {"complaint": True}, {}),
            ("disputes", {}, {"holds": ("dispute",)}),
            ("approvals", {"approval": True}, {}),
            ("broken_promises", {"new": True}, {"promises_broken": 1}),
            ("promises_due", {}, {"promise_due_on": NOW.date()}),
            ("skip_trace", {"unreachable": True, "new": True}, {}),
            ("new", {"new": True}, {}),
        ],
    )
    def test_the_first_that_fits(self, standing, queue, more, facts):
        """
        An account waits in one queue.
        """
        work = Work(attrs.evolve(standing("a-1"), **facts), **more)

        assert Queue(queue) is queue_of(work, NOW)
        assert [work.standing.account] == [item.account for item in worklist([work], Weights(), at=NOW, queues=[Queue(queue)])]


class TestLeases:
    def test_one_item_each_and_back_when_over(self):
        """
        Two agents get two items; a lease that is over goes to the next, and the first can no longer complete it.
        """
        leases, first = claim(Leases(), ["x", "y"], "ann", NOW, minutes=10)
        leases, second = claim(leases, ["x", "y"], "ben", NOW, minutes=30)
        later = NOW + timedelta(minutes=10)
        leases, third = claim(leases, ["x", "y"], "cal", later)

        assert ("x", "y", "x") == (first.account, second.account, third.account)
        assert LeaseReason.NOT_YOURS is complete(leases, first.token, later).reason
        assert {"x"} == complete(leases, third.token, later).done
        assert LeaseReason.HAS_ONE is claim(leases, ["z"], "cal", later).reason
        assert LeaseReason.OVER is complete(leases, second.token, NOW + timedelta(minutes=30)).reason

    def test_a_skip_costs(self):
        """
        With a reason, counted, and the item goes to others only.
        """
        leases, mine = claim(Leases(skips_max=1), ["x", "y"], "ann", NOW)
        with pytest.raises(ValidationError, match="reason"):
            skip(leases, mine.token, NOW, reason="")
        leases = skip(leases, mine.token, NOW, reason="no number")
        leases, other = claim(leases, ["x", "y"], "ann", NOW)

        assert "y" == other.account
        assert LeaseReason.SKIPS_SPENT is skip(leases, other.token, NOW, reason="again").reason

    def test_more_time(self):
        """
        An agent who is still at it keeps the item.
        """
        leases, mine = claim(Leases(), ["x"], "ann", NOW, minutes=5)
        leases, longer = extend(leases, mine.token, NOW + timedelta(minutes=4), minutes=5)

        assert NOW + timedelta(minutes=9) == longer.until
        assert LeaseReason.NOTHING_LEFT is claim(leases, ["x"], "ben", NOW + timedelta(minutes=8)).reason

    def test_nobody_works_outside_of_a_shift(self):
        """
        No item before the shift; within it, none for longer than it lasts.
        """
        agent = Handler("ann", "Ann", "agent", shifts=[f"mon-sun {NOW:%H}:00-{NOW + timedelta(hours=1):%H}:00"])
        early, late = NOW - timedelta(hours=1), NOW.replace(minute=50)
        _, lease = claim(Leases(), ["x"], "ann", late, handler=agent)

        assert LeaseReason.OFF_SHIFT is claim(Leases(), ["x"], "ann", early, handler=agent).reason
        assert late + timedelta(minutes=10) == lease.until


class TestHandOvers:
    def test_from_one_agent_to_another(self):
        """
        The new token works and the old one does not; who did it, when and why is told.
        """
        leases, old = claim(Leases(), ["x"], "ann", NOW)
        leases, new = hand_over(leases, "x", "ben", NOW, by="lead", reason="absence")

        assert LeaseReason.NOT_YOURS is complete(leases, old.token, NOW).reason
        assert {"x"} == complete(leases, new.token, NOW).done
        assert (HandOver("x", "ann", "ben", "lead", "absence", NOW),) == leases.handed_over
        assert leases == Leases.of_text(leases.to_text())

    def test_back_to_the_list(self):
        """
        A lease that ends with a reassignment lets the next one claim; what was over or never leased is left alone.
        """
        leases, old = claim(Leases(), ["x"], "ann", NOW)
        leases = take_back(leases, ["x", "y"], NOW, by="lead", reason="reassigned")

        assert LeaseReason.NOT_YOURS is complete(leases, old.token, NOW).reason
        assert [("x", "")] == [(one.account, one.to) for one in leases.handed_over]
        assert "ben" == claim(leases, ["x"], "ben", NOW)[1].agent
        assert take_back(leases, ["x"], NOW, by="lead", reason="again") == leases

    @pytest.mark.parametrize(
        ("account", "to", "expected"),
        [
            ("y", "cal", LeaseReason.NOT_LEASED),
            ("x", "ann", LeaseReason.SAME_AGENT),
            ("x", "ben", LeaseReason.HAS_ONE),
            ("x", "dee", LeaseReason.NOTHING_LEFT),
        ],
    )
    def test_what_is_refused(self, account, to, expected):
        """
        What nobody has, whoever has it or another item, and whoever gave it back before.
        """
        leases, mine = claim(Leases(), ["x"], "dee", NOW)
        leases = skip(leases, mine.token, NOW, reason="knows her")
        leases, _ = claim(leases, ["x"], "ann", NOW)
        leases, _ = claim(leases, ["z"], "ben", NOW)

        assert expected is hand_over(leases, account, to, NOW, by="lead", reason="absence").reason
        with pytest.raises(ValidationError, match="who they are and why"):
            hand_over(leases, account, to, NOW, by="", reason="absence")

    def test_a_text_of_an_earlier_release(self):
        """
        Leases that were written before there were hand-overs are read, and one without any is written as before.
        """
        old = '[[["x", "ann", "x/1", "2026-10-20T09:15:00+00:00"]], [], [], 1, 10]'

        assert old == Leases.of_text(old).to_text()


class LeaseMachine(RuleBasedStateMachine):
    """Agents who claim, complete, skip and fall asleep, beside a model that only knows who may finish what."""

    ORDER = tuple(f"x-{number}" for number in range(6))

    def __init__(self):
        super().__init__()
        self.leases, self.at, self.mine, self.done = Leases(skips_max=3), NOW, {}, []

    @rule(agent=st.sampled_from("abc"), minutes=st.integers(1, 20))
    def claims(self, agent, minutes):
        found = claim(self.leases, self.ORDER, agent, self.at, minutes=minutes)
        if not isinstance(found, Refusal):
            self.leases, lease = found
            self.mine[agent] = lease

    @rule(agent=st.sampled_from("abc"))
    def completes(self, agent):
        if agent in self.mine:
            found = complete(self.leases, self.mine[agent].token, self.at)
            assert isinstance(found, Refusal) or self.at < self.mine[agent].until
            if not isinstance(found, Refusal):
                self.leases = found
                self.done.append(self.mine.pop(agent).account)

    @rule(agent=st.sampled_from("abc"))
    def skips(self, agent):
        if agent in self.mine:
            found = skip(self.leases, self.mine[agent].token, self.at, reason="busy")
            if not isinstance(found, Refusal):
                self.leases = found
                del self.mine[agent]

    @rule(account=st.sampled_from(ORDER), agent=st.sampled_from("abc"))
    def supervisor_hands_over(self, account, agent):
        found = hand_over(self.leases, account, agent, self.at, by="lead", reason="absence")
        if not isinstance(found, Refusal):
            holder = next(name for name, lease in self.mine.items() if lease.account == account and self.at < lease.until)
            self.leases, lease = found
            assert LeaseReason.NOT_YOURS is complete(self.leases, self.mine.pop(holder).token, self.at).reason
            self.mine[agent] = lease

    @rule(accounts=st.sets(st.sampled_from(ORDER)))
    def supervisor_takes_back(self, accounts):
        self.leases = take_back(self.leases, accounts, self.at, by="lead", reason="reassigned")
        assert not accounts & {lease.account for lease in self.leases.live(self.at)}
        self.mine = {name: lease for name, lease in self.mine.items() if lease.account not in accounts}

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes):
        self.at += timedelta(minutes=minutes)

    @invariant()
    def one_item_one_agent(self):
        live = self.leases.live(self.at)
        assert len(live) == len({lease.account for lease in live}) == len({lease.agent for lease in live})
        assert not {lease.account for lease in live} & self.leases.done

    @invariant()
    def it_is_kept_as_it_is(self):
        assert self.leases == Leases.of_text(self.leases.to_text())

    @invariant()
    def nothing_is_done_twice(self):
        assert len(self.done) == len(set(self.done))


TestLeaseMachine = LeaseMachine.TestCase
TestLeaseMachine.settings = settings(max_examples=40, stateful_step_count=30)


def stop(account, latitude, longitude, **more):
    return Stop(account, more.pop("territory", "north"), latitude, longitude, "permit-1", **more)


class TestVisits:
    def test_the_way(self):
        """
        What must be over soonest comes first, then always the nearest; others' territory is left out.
        """
        stops = [
            stop("far", 50_000, 0),
            stop("near", 10_000, 0),
            stop("soon", 90_000, 0, not_after=NOW.time().replace(hour=10)),
            stop("other", 0, 0, territory="south"),
            stop("third", 60_000, 0),
        ]
        plan = plan_visits(stops, agent="fay", on=NOW.date(), territories=["north"], start=(0, 0), most=3)

        assert ["soon", "far", "near"] == [one.account for one in plan.stops]
        assert ["other", "third"] == sorted(one.account for one in plan.left_out)

    def test_nobody_goes_without_a_permit(self):
        """
        A stop names its permit.
        """
        with pytest.raises(ValidationError, match="permit"):
            Stop("a-1", "north", 0, 0, "")


class TestCash:
    BOOK = CashBook("fay", "USD", 20_000)

    def receipt(self, number, minor, currency="USD"):
        return CashReceipt(number, "fay", "a-1", Money(minor, currency), NOW)

    def test_taken_counted_and_compared(self):
        """
        Two receipts, one counted short, one not posted: the agent owes the rest, and both differences show.
        """
        book = take_cash(take_cash(self.BOOK, self.receipt(1, 5_000)), self.receipt(2, 7_000))
        book = hand_in(book, HandIn("fay", "office", Money(11_000, "USD"), NOW))

        assert 1_000 == book.carried_minor
        differences = reconcile_cash(book, [("fay/1", 5_000), ("fay/9", 300)])
        assert [(2, None, 7_000), (None, "fay/9", -300)] == [(one.receipt, one.payment, one.minor) for one in differences]
        assert book == take_cash(book, self.receipt(2, 7_000))

    @pytest.mark.parametrize(
        ("step", "reason"),
        [
            (lambda self: take_cash(self.BOOK, self.receipt(1, 100, "EUR")), CashReason.OTHER_CURRENCY),
            (lambda self: take_cash(self.BOOK, self.receipt(2, 100)), CashReason.NUMBER_OUT_OF_ORDER),
            (lambda self: take_cash(self.BOOK, self.receipt(1, 20_001)), CashReason.OVER_LIMIT),
            (lambda self: hand_in(self.BOOK, HandIn("fay", "fay", Money(1, "USD"), NOW)), CashReason.SAME_PERSON),
        ],
    )
    def test_refused(self, step, reason):
        """
        Another currency, a gap in the numbers, more than may be carried, and counting one's own cash.
        """
        assert reason is step(self).reason
