"""What everybody did, and whose the money is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account, AccountClosed
from collectkit.arrangements.promises import Evidence, Promise, PromiseCancelled, PromiseJudged, PromisePolicy, PromiseVerdict
from collectkit.errors import PolicyError, ValidationError
from collectkit.facts import AccountFacts
from collectkit.holds import Hold, HoldKind
from collectkit.ledger import Chargeback, Payment, Reversal, Undo
from collectkit.money import Money
from collectkit.person.dispositions import Counter, Interaction, InteractionRecorded
from collectkit.placement import AccountRecalled, Placement
from collectkit.reports.attribution import Attribution, CreditRule
from collectkit.reports.productivity import Measure, WorkTime, productivity
from collectkit.reports.work import JudgedContact
from collectkit.schedules import Plan
from collectkit.standing import standing_of

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


LATE_TWO = AccountFacts(attrs.evolve(BOOK.account, id="a-2", consumer="c-2"), moves=(Placement("a-2", "out", DAY),))


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

    def test_what_is_charged_back(self):
        """
        Takes back its part, shared as the payment was, on its own day; with the last of it nothing is left with anybody.
        """
        july = {"first": date(2026, 7, 1), "last": date(2026, 7, 31)}
        back = [Chargeback(f"cb-{n}", "a-1", "p-1", Money(minor, "USD"), date(2026, 7, n)) for n, minor in ((2, 1), (3, 4_999))]
        shared = Attribution([(CreditRule.PROMISE_TAKER, 6_667), (CreditRule.LAST_RPC, 3_333)])

        assert {"ann": -1} == credited(shared, attrs.evolve(BOOK, entries=(*BOOK.entries, back[0])), **july)
        assert {"ann": -3_334, "bob": -1_666} == credited(shared, attrs.evolve(BOOK, entries=(*BOOK.entries, *back)), **july)

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

    def test_what_was_kept_until_the_payment_bounced(self):
        """
        Is kept no more: the last verdict counts.
        """
        bounced = attrs.evolve(BOOK, judged=(*BOOK.judged, PromiseJudged("x-1", "a-1", PromiseVerdict.BROKEN, DAY + timedelta(days=9), 0)))
        made = productivity([bounced], Attribution.by(CreditRule.NONE), **JUNE)

        assert {0} == {line.kept_minor for line in made.lines}

    def test_two_contacts_of_one_moment(self):
        """
        Of contacts that share their instant the one with the later id earns, and one that is listed twice earns once.
        """
        noon = DAY + timedelta(days=2)
        for told in ([call("i-8", "bob", noon), call("i-9", "eve", noon)], [call("i-9", "eve", noon)] * 2):
            book = attrs.evolve(BOOK, interactions=(*BOOK.interactions, *told))
            assert {"eve": 8_001} == credited(Attribution.by(CreditRule.LAST_RPC), book)


def known_promise(id: str, minor: int, due: int, **more: object) -> Promise:
    """A promise made on the day, due so many days after it."""
    made = datetime.combine(DAY, time(12), UTC)
    return Promise(id, "a-1", Money(minor, "USD"), DAY + timedelta(days=due), made, made_on=DAY, **more)


TAKEN = {"evidence": Evidence(taken_by="ann")}


def quality(promised: list[Promise], paid_minor: int = 0, worker: str = "ann", **period: object) -> tuple[int, int, int, int]:
    """What stands above and below the lines of quality and of the kept rate."""
    entries = (paid("p-9", paid_minor, DAY + timedelta(days=1)),) if paid_minor else ()
    book = known(entries=entries, promises=tuple(promised))
    made = productivity([book], Attribution.by(CreditRule.NONE), **{**JUNE, **period})
    found = [line for line in made.lines if line.worker == worker]
    return (
        (found[0].quality.numerator, found[0].quality.denominator, found[0].kept.numerator, found[0].kept.denominator)
        if found
        else (0, 0, 0, 0)
    )


class TestQuality:
    def test_by_amount(self):
        """
        Of 100.00 promised in two promises the first, of 60.00, was paid: six tenths, one of two.
        """
        assert (6_000, 10_000, 1, 2) == quality([known_promise("x", 6_000, 3, **TAKEN), known_promise("y", 4_000, 5, **TAKEN)], 6_000)

    def test_what_was_paid_in_part_counts_in_part(self):
        """
        15.00 of 60.00 is a quarter of it, and no promise kept.
        """
        assert (1_500, 6_000, 0, 1) == quality([known_promise("x", 6_000, 3, **TAKEN)], 1_500)

    def test_only_when_it_is_over(self):
        """
        The last day of a promise must be over: it counts in the period of the day after, once.
        """
        promise = [known_promise("x", 6_000, 3, **TAKEN)]
        over = DAY + timedelta(days=3 + PromisePolicy().grace_days)

        assert (0, 0, 0, 0) == quality(promise, last=over)
        assert (0, 6_000, 0, 1) == quality(promise, first=over + timedelta(days=1), last=over + timedelta(days=1))
        assert (0, 0, 0, 0) == quality(promise, first=over + timedelta(days=2))

    def test_put_off(self):
        """
        A promise that a later or smaller one took the place of was not kept; one that a better one replaced is left out.
        """
        first = known_promise("x", 6_000, 3, **TAKEN)
        later, smaller, better = (
            known_promise("y", minor, due, replaces="x", **TAKEN) for minor, due in ((6_000, 9), (3_000, 3), (6_000, 2))
        )

        assert (6_000, 12_000, 1, 2) == quality([first, later], 6_000)
        assert (3_000, 9_000, 1, 2) == quality([first, smaller], 6_000)
        assert (6_000, 6_000, 1, 1) == quality([first, better], 6_000)

    def test_a_series_put_off(self):
        """
        One promise of the first item takes the place of no more than that; one of all by the last day puts only the first item off.
        """
        items = [known_promise(f"s/{n}", 3_000, 2 + n, series="s", **TAKEN) for n in (1, 2)]
        little, whole = (known_promise("y", minor, due, replaces="s", **TAKEN) for minor, due in ((3_000, 3), (6_000, 4)))

        assert (3_000, 6_000, 1, 2) == quality([*items, little], 3_000)
        assert (6_000, 9_000, 1, 2) == quality([*items, whole], 6_000)

    def test_withdrawn(self):
        """
        Withdrawing a promise before its day does not save it.
        """
        book = known(promises=(known_promise("x", 6_000, 3, **TAKEN),), cancelled=(PromiseCancelled("x", "a-1", DAY + timedelta(days=2)),))
        (line,) = productivity([book], Attribution.by(CreditRule.NONE), **JUNE).lines

        assert ("ann", 0, 6_000) == (line.worker, line.quality.numerator, line.quality.denominator)

    def test_whose_it_is(self):
        """
        Of whoever first named it on a contact, else of whoever took it, else of nobody.
        """
        told = (call("i-1", "bob", DAY, (*TALKED, Counter.PROMISE), "x"), call("i-2", "eve", DAY + timedelta(days=1), TALKED, "x"))
        for promise, interactions, expected in (
            (known_promise("x", 6_000, 3, **TAKEN), told, "bob"),
            (known_promise("x", 6_000, 3, **TAKEN), (), "ann"),
            (known_promise("x", 6_000, 3), (), ""),
        ):
            book = known(promises=(promise,), interactions=interactions)
            made = productivity([book], Attribution.by(CreditRule.NONE), **JUNE)
            assert [expected] == [line.worker for line in made.lines if line.quality.denominator]

    @given(
        minors=st.lists(st.integers(1, 9_999), min_size=1, max_size=4),
        paid_minor=st.integers(0, 20_000),
        worthless=st.integers(1, 9_999),
    )
    def test_one_more_promise_that_nobody_keeps(self, minors, paid_minor, worthless):
        """
        Never raises the quality, and lowers it wherever there was any.
        """
        held = [known_promise(f"x-{n}", minor, 2, **TAKEN) for n, minor in enumerate(minors)]
        kept, due, *_ = quality(held, paid_minor)
        # It falls due last, so that what came in has gone to the others.
        extra = known_promise("z", worthless, 3, **TAKEN)
        more_kept, more_due, *_ = quality([*held, extra], min(paid_minor, sum(minors)))

        assert Fraction(more_kept, more_due) <= Fraction(kept, due)
        assert not kept or Fraction(more_kept, more_due) < Fraction(kept, due)


GONE = DAY + timedelta(days=5)
LATE = known(
    moves=(Placement("a-1", "team", DAY), AccountRecalled("a-1", "team", GONE, "rule"), Placement("a-1", "out", GONE)),
    interactions=(call("i-1", "ann", DAY + timedelta(days=2)), call("i-2", "eve", DAY + timedelta(days=9))),
)


def covered(book: AccountFacts, **more: object) -> dict[str, tuple[int, int]]:
    made = productivity([book], Attribution.by(CreditRule.NONE), **JUNE, **{"read": standing_of, **more})
    return {line.worker: (line.coverage.numerator, line.coverage.denominator) for line in made.lines if line.coverage.denominator}


class TestCoverage:
    def test_whoever_had_it_while_they_had_it(self):
        """
        The team had a late account and one of its people called; the agency had it after that, and nobody of it did.
        """
        assert {"team": (1, 1), "out": (0, 1)} == covered(LATE, teams={"ann": "team"})
        assert {"team": (0, 1), "out": (0, 1)} == covered(LATE, teams={"eve": "team"})
        assert {"team": (0, 1), "out": (1, 1)} == covered(LATE, teams={"ann": "out", "eve": "out"})

    def test_a_contact_of_an_agency_counts(self):
        """
        What an agency reported is work, though no result of ours was recorded of it.
        """
        called = JudgedContact("out", ["a-1"], datetime.combine(DAY + timedelta(days=6), time(12), UTC), permitted=True)

        assert {"team": (0, 1), "out": (1, 1)} == covered(LATE, contacts=[called])

    def test_what_could_not_be_worked(self):
        """
        Paid before they had it, under a hold that limits contact, closed, or of somebody who asked for peace: nobody's to work.
        """
        hold = Hold("h-1", HoldKind.DISPUTE, person="c-1", account="a-1", starts_on=DAY, review_on=date(2026, 7, 30), reason="asked")
        settled = (paid("p-1", 100_000, DAY - timedelta(days=1)),)
        for book, more in (
            (attrs.evolve(LATE, entries=settled), {}),
            (attrs.evolve(LATE, holds=(hold,)), {}),
            (attrs.evolve(LATE, closed=AccountClosed("a-1", DAY, "cancelled")), {}),
            (LATE, {"ceased": ["c-1"]}),
            (LATE, {"read": None}),
        ):
            assert {} == covered(book, **more)

    def test_once_an_account(self):
        """
        Whoever had an account twice had one account.
        """
        again = DAY + timedelta(days=8)
        back = (*LATE.moves, AccountRecalled("a-1", "out", again, "rule"), Placement("a-1", "team", again))

        assert (1, 1) == covered(attrs.evolve(LATE, moves=back), teams={"eve": "team"})["team"]


class TestCompliance:
    def test_permitted_of_made(self):
        """
        Of three contacts in the period two were permitted; one stands with the first of its accounts, and earlier ones are left out.
        """
        noon = datetime.combine(DAY, time(12), UTC)
        made = [
            JudgedContact("ann", ["a-1", "a-2"], noon, permitted=True),
            JudgedContact("ann", ["a-1"], noon, permitted=False, rules=["cap"]),
            JudgedContact("ann", ["a-1"], noon, permitted=True),
            JudgedContact("ann", ["a-1"], noon - timedelta(days=90), permitted=False),
            JudgedContact("ann", ["a-7"], noon, permitted=False),
            JudgedContact("ann", [], noon, permitted=False),
        ]
        told = productivity([BOOK], Attribution.by(CreditRule.NONE), **JUNE, contacts=made)
        (ann,) = [line for line in told.lines if line.worker == "ann"]

        assert ("66.7", 3) == (ann.compliance.percent(), ann.compliance.denominator)
        assert ("a-1",) == told.short_of("ann", "USD", Measure.COMPLIANCE)


class TestBehindTheFigures:
    def test_each_figure_lists_its_accounts(self):
        """
        The accounts behind a count, and those that keep a measure below all; a figure that is none is refused.
        """
        made = productivity([BOOK, LATE_TWO], Attribution.by(CreditRule.PROMISE_TAKER), **JUNE, read=standing_of)

        assert ("a-1",) == made.accounts("ann", "USD", "promises")
        assert ("a-2",) == made.accounts("out", "USD", "workable") == made.short_of("out", "USD", Measure.COVERAGE)
        assert () == made.accounts("nobody", "USD", "attempts")
        with pytest.raises(ValidationError, match="attempts"):
            made.accounts("ann", "USD", "worker")

    def test_rows_name_no_account(self):
        """
        Plain values hold the lines with their rates, and no account or person.
        """
        plain = productivity([BOOK], Attribution.by(CreditRule.PROMISE_TAKER), **JUNE).to_dict()

        assert {"measure", "first", "last", "attribution", "lines"} == set(plain)
        assert "a-1" not in json.dumps(plain)
        assert [("ann", "0.500000"), ("bob", "1.000000")] == [(line["worker"], line["right_party"]["value"]) for line in plain["lines"]]


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
                part = minor if number % 2 else -(-minor // 3)
                if number % 2:
                    entries.append(Reversal(f"r-{number}", "a-1", f"p-{number}", on + timedelta(days=back)))
                else:
                    entries.append(Chargeback(f"cb-{number}", "a-1", f"p-{number}", Money(part, "USD"), on + timedelta(days=back)))
                expected -= part * (first <= on + timedelta(days=back) <= last)
        told = [
            call(f"j-{n}", who, DAY + timedelta(days=offset), TALKED if talked else ()) for n, (who, offset, talked) in enumerate(calls)
        ]
        book = attrs.evolve(BOOK, entries=tuple(entries), interactions=(*BOOK.interactions, *told))
        made = productivity([book], Attribution(shares, days=days), **JUNE)

        assert expected == made.collected_minor("USD")
