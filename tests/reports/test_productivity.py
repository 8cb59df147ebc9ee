"""What everybody did, and whose the money is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.arrangements.promises import Promise, PromiseJudged, PromiseVerdict
from collectkit.errors import PolicyError
from collectkit.facts import AccountFacts
from collectkit.ledger import Payment, Reversal, Undo
from collectkit.money import Money
from collectkit.person.dispositions import Counter, Interaction, InteractionRecorded
from collectkit.placement import AccountRecalled, Placement
from collectkit.reports.productivity import Attribution, CreditRule, WorkTime, productivity
from collectkit.schedules import Plan

DAY = date(2026, 6, 10)
JUNE = {"first": date(2026, 6, 1), "last": date(2026, 6, 30), "zone": "UTC"}
PLAN = Plan("pay_in_4", "USD", date(2026, 5, 1), (date(2026, 5, 1), date(2026, 5, 15)), (50_000, 50_000))
TALKED = (Counter.ATTEMPT, Counter.CONNECT, Counter.RIGHT_PARTY)


def call(id: str, who: str, on: date, counters: tuple[Counter, ...] = TALKED, promise: str | None = None) -> InteractionRecorded:
    """A call at noon."""
    made = Interaction(id=id, account="a-1", action="call", result="any", collector=who, promise=promise)
    return InteractionRecorded(made, datetime.combine(on, time(12), UTC), counters)


def paid(id: str, minor: int, on: date) -> Payment:
    return Payment(id, "a-1", Money(minor, "USD"), on)


def known(**more: object) -> AccountFacts:
    return AccountFacts(Account("a-1", "c-1", PLAN), **more)


PROMISE = Promise("x-1", "a-1", Money(5_000, "USD"), DAY + timedelta(days=4), datetime.combine(DAY, time(12), UTC), made_on=DAY)
BOOK = known(
    entries=(paid("p-1", 5_000, DAY + timedelta(days=3)), paid("p-2", 3_001, DAY + timedelta(days=10))),
    interactions=(
        call("i-1", "ann", DAY - timedelta(days=2), (Counter.ATTEMPT,)),
        call("i-2", "ann", DAY, (*TALKED, Counter.PROMISE), "x-1"),
        call("i-3", "bob", DAY + timedelta(days=2)),
    ),
    promises=(PROMISE,),
    judged=(PromiseJudged("x-1", "a-1", PromiseVerdict.KEPT, DAY + timedelta(days=5), 5_000),),
    moves=(Placement("a-1", "team", DAY), AccountRecalled("a-1", "team", DAY + timedelta(days=5), "term")),
)


SERIES = attrs.evolve(
    BOOK,
    promises=(
        attrs.evolve(PROMISE, id="x-1/1", series="x-1"),
        attrs.evolve(PROMISE, id="x-1/2", series="x-1", amount=Money(2_000, "USD"), due_on=DAY + timedelta(days=9)),
        attrs.evolve(PROMISE, id="x-1/3", series="x-1", amount=Money(1_000, "USD"), due_on=DAY + timedelta(days=19)),
    ),
    judged=tuple(PromiseJudged(f"x-1/{n}", "a-1", PromiseVerdict.KEPT, DAY + timedelta(days=10), 0) for n in (1, 2)),
)


def credited(attribution: Attribution, book: AccountFacts = BOOK, **period: object) -> dict[str, int]:
    made = productivity([book], attribution, **{**JUNE, **period})
    return {line.worker: line.credited_minor for line in made.lines if line.credited_minor}


class TestCredits:
    @pytest.mark.parametrize(
        ("rule", "days", "expected"),
        [
            (CreditRule.LAST_RPC, 14, {"bob": 8_001}),
            (CreditRule.LAST_RPC, 7, {"bob": 5_000, "": 3_001}),
            (CreditRule.LAST_RPC, 0, {"": 8_001}),
            (CreditRule.PROMISE_TAKER, 14, {"ann": 8_001}),
            (CreditRule.PROMISE_TAKER, 0, {"ann": 5_000, "": 3_001}),
            (CreditRule.HOLDER_AT_VALUE_DATE, 14, {"team": 5_000, "": 3_001}),
            (CreditRule.LAST_RPC, 10_000_000, {"bob": 8_001}),
            (CreditRule.PROMISE_TAKER, 10_000_000, {"ann": 8_001}),
            (CreditRule.NONE, 14, {"": 8_001}),
        ],
    )
    def test_by_one_rule(self, rule, days, expected):
        """
        Who spoke last, who took the promise, who held the account, or nobody; more days than the calendar has are for ever.
        """
        assert expected == credited(Attribution.by(rule, days=days))

    def test_shared(self):
        """
        Two thirds to who took the promise, a third to who spoke last: odd cents go to the larger remainder, and none is lost.
        """
        shared = Attribution([(CreditRule.PROMISE_TAKER, 6_667), (CreditRule.LAST_RPC, 3_333)])

        assert {"ann": 3_334 + 2_001, "bob": 1_666 + 1_000} == credited(shared)

    def test_what_is_taken_back(self):
        """
        Takes back the same credit, in the period in which it is taken back.
        """
        july = {"first": date(2026, 7, 1), "last": date(2026, 7, 31)}
        bounced = attrs.evolve(BOOK, entries=(*BOOK.entries, Reversal("r-1", "a-1", "p-1", date(2026, 7, 2))))
        rule = Attribution.by(CreditRule.HOLDER_AT_VALUE_DATE)

        assert {"team": 5_000, "": 3_001} == credited(rule, bounced)
        assert {"team": -5_000} == credited(rule, bounced, **july)

    def test_what_is_taken_back_by_mistake(self):
        """
        A reversal that was undone never was: no period takes anything back.
        """
        july = {"first": date(2026, 7, 1), "last": date(2026, 7, 31)}
        undone = Undo("u-1", "a-1", "r-1", "reversal", date(2026, 7, 3))
        bounced = attrs.evolve(BOOK, entries=(*BOOK.entries, Reversal("r-1", "a-1", "p-1", date(2026, 6, 29)), undone))
        rule = Attribution.by(CreditRule.HOLDER_AT_VALUE_DATE)

        assert {"team": 5_000, "": 3_001} == credited(rule, bounced)
        assert {} == credited(rule, bounced, **july)

    def test_what_is_taken_back_twice(self):
        """
        Is taken back once, on the first of the two days.
        """
        twice = [Reversal("r-2", "a-1", "p-1", date(2026, 7, 2)), Reversal("r-1", "a-1", "p-1", date(2026, 6, 29))]
        rule = Attribution.by(CreditRule.HOLDER_AT_VALUE_DATE)
        bounced = attrs.evolve(BOOK, entries=(*BOOK.entries, *twice))

        assert {"": 3_001} == credited(rule, bounced)
        assert {} == credited(rule, bounced, first=date(2026, 7, 1), last=date(2026, 7, 31))

    def test_a_series(self):
        """
        Whoever took it, at one talk, took each of its items.
        """
        assert {"ann": 8_001} == credited(Attribution.by(CreditRule.PROMISE_TAKER), SERIES)

    @pytest.mark.parametrize(
        ("shares", "days", "said"),
        [
            ([], 14, "once"),
            ([(CreditRule.NONE, 5_000), (CreditRule.NONE, 5_000)], 14, "once"),
            ([(CreditRule.NONE, 9_900)], 14, "add up to 10000, got 9900"),
            ([(CreditRule.NONE, 10_100)], 14, "got 10100"),
            ([(CreditRule.NONE, 10_000)], -1, "at least 0"),
        ],
    )
    def test_what_is_no_rule(self, shares, days, said):
        """
        Shares are all of it, each rule stands once, and days are counted from 0.
        """
        with pytest.raises(PolicyError, match=said):
            Attribution(shares, days=days)


class TestWork:
    def test_what_was_done(self):
        """
        Tries, answers, conversations, promises and what was kept of them, with the time that the host knows.
        """
        made = productivity([BOOK], Attribution.by(CreditRule.NONE), **JUNE, times={("ann", "USD"): WorkTime(600, 120, 3_600)})
        (nobody, ann, bob) = made.lines

        assert ("", 8_001) == (nobody.worker, nobody.credited_minor)
        assert ("ann", 2, 1, 1, 1, 5_000, 1, 0) == attrs.astuple(ann)[0:1] + attrs.astuple(ann)[2:9]
        assert (600, 120, 3_600) == (ann.talk_seconds, ann.wrap_seconds, ann.seconds)
        assert (1, None) == (ann.accounts_an_hour, bob.accounts_an_hour)
        assert Fraction(1, 2) == attrs.evolve(ann, seconds=7_200).accounts_an_hour
        assert ("bob", 1, 1, 1, 0, 0, 1, 0) == attrs.astuple(bob)[0:1] + attrs.astuple(bob)[2:9]

    def test_what_was_kept_is_told_once(self):
        """
        By who first named the promise, though somebody named it again; of a series, all that was kept of its items.
        """
        again = attrs.evolve(BOOK, interactions=(*BOOK.interactions, call("i-4", "bob", DAY + timedelta(days=3), TALKED, "x-1")))

        for book, expected in ((again, {"ann": 5_000}), (SERIES, {"ann": 7_000})):
            made = productivity([book], Attribution.by(CreditRule.PROMISE_TAKER), **JUNE)
            assert expected == {line.worker: line.kept_minor for line in made.lines if line.kept_minor}
        assert {"ann": 8_001} == credited(Attribution.by(CreditRule.PROMISE_TAKER), again)

    def test_two_contacts_of_one_moment(self):
        """
        Of contacts that share their instant the one with the later id earns, and one that is listed twice earns once.
        """
        noon = DAY + timedelta(days=2)
        for told in ([call("i-8", "bob", noon), call("i-9", "eve", noon)], [call("i-9", "eve", noon)] * 2):
            book = attrs.evolve(BOOK, interactions=(*BOOK.interactions, *told))
            assert {"eve": 8_001} == credited(Attribution.by(CreditRule.LAST_RPC), book)


class TestLaws:
    @given(
        payments=st.lists(st.tuples(st.integers(1, 99_999), st.integers(-20, 40), st.none() | st.integers(0, 30)), max_size=6),
        calls=st.lists(st.tuples(st.sampled_from(["ann", "bob", ""]), st.integers(-20, 40), st.booleans()), max_size=6),
        cuts=st.lists(st.integers(0, 10_000), max_size=3),
        days=st.integers(0, 20),
    )
    def test_credits_add_up_to_what_was_collected(self, payments, calls, cuts, days):
        """
        Whatever the rule and whoever worked: what came in less what was taken back, to the cent.
        """
        edges = [0, *sorted(cuts), 10_000]
        shares = [(rule, after - before) for rule, before, after in zip(CreditRule, edges, edges[1:], strict=False)]
        entries, expected, first, last = [], 0, JUNE["first"], JUNE["last"]
        for number, (minor, offset, back) in enumerate(payments):
            on = DAY + timedelta(days=offset)
            entries.append(paid(f"p-{number}", minor, on))
            expected += minor * (first <= on <= last)
            if back is not None:
                entries.append(Reversal(f"r-{number}", "a-1", f"p-{number}", on + timedelta(days=back)))
                expected -= minor * (first <= on + timedelta(days=back) <= last)
        told = [
            call(f"j-{n}", who, DAY + timedelta(days=offset), TALKED if talked else ()) for n, (who, offset, talked) in enumerate(calls)
        ]
        book = attrs.evolve(BOOK, entries=tuple(entries), interactions=(*BOOK.interactions, *told))
        made = productivity([book], Attribution(shares, days=days), **JUNE)

        assert expected == made.collected_minor("USD")
