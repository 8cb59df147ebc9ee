from __future__ import annotations

from collections import Counter

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Money
from collectkit.allocation import (
    ROOM,
    STRATEGIES,
    AllocationPolicy,
    AllocationRule,
    Handler,
    NotEligible,
    WorkUnits,
    allocate,
    carried_of,
    loads_of,
    new_on,
)
from collectkit.errors import PluginFaultError, PolicyError, ValidationError
from collectkit.person import Consumer
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS, Segment

TEAM = Handler("team", "Team", "in_house", days_past_due_most=89)
CENTER = Handler("center", "Call center", "call_center")
AGENCY = Handler("agency", "Agency", "agency", licences=["US-NY"], days_past_due_least=30)
LATE = AllocationRule("late", ("agency",), when=parse("days_past_due >= 30", STANDING_FIELDS))
REST = AllocationRule("rest", ("team", "center"), when=parse("days_past_due >= 1", STANDING_FIELDS))
POLICY = AllocationPolicy([TEAM, CENTER, AGENCY], [LATE, REST])


def run(standings, policy, today, *, seed=0, region="US-NY", strategies=STRATEGIES):
    """Place a whole book: its own accounts are all that the handlers have."""
    book = [(standing, Consumer(standing.person, region=region)) for standing in standings]
    loads, new = loads_of(standings), new_on(standings, today)
    return allocate(book, policy, loads=loads, on=today, seed=seed, new_today=new, strategies=strategies)


def holders(allocations):
    return {allocation.account: allocation.handler for allocation in allocations}


def shared(distribution, **given):
    return AllocationPolicy([TEAM, CENTER], [AllocationRule("all", ("team", "center"), distribution=distribution, **given)])


class TestWorkedExamples:
    def test_rules_are_asked_in_order(self, standing, today):
        """
        Thirty days go to the agency, five days to the team, and a current account to nobody.
        """
        book = [standing(f"a-{days}", person=f"c-{days}", days=days) for days in (30, 5, 0)]

        assert {"a-30": "agency", "a-5": "team", "a-0": None} == holders(run(book, POLICY, today))

    def test_an_account_on_its_own_is_told_from_a_person_of_that_name(self, standing, today):
        """
        Nobody takes both accounts of one person; another person is called as one of them would be. There is room for one of the two: the
        other is asked of the next rule, and not forgotten.
        """
        one, two = Handler("one", "One", "in_house", products=["x"], capacity=1), Handler("two", "Two", "in_house", products=["y"])
        rest = Handler("rest", "Rest", "in_house", products=["x"])
        policy = AllocationPolicy([one, two, rest], [AllocationRule("all", ("one", "two")), AllocationRule("more", ("rest",))])
        book = [standing("a", person="p", product="x"), standing("b", person="p", product="y"), standing("z", person="p/a", product="x")]

        for seed in range(8):
            placed = holders(run(book, policy, today, seed=seed))
            assert ("two", ["one", "rest"]) == (placed["b"], sorted([placed["a"], placed["z"]]))

    def test_every_placement_says_why_and_why_not(self, standing, today):
        """
        The rule, its condition and each other handler with its reason stand in the answer.
        """
        (given,) = run([standing("a-1", days=40)], POLICY, today, region="US-CA")

        assert ("goes to team: rule rest (days_past_due >= 1), shared first",) == given.why
        assert ["agency: holds no licence for US-CA", "center: shared first, rule rest chose team"] == [str(w) for w in given.why_not]

    def test_an_agency_without_licence_is_refused(self, standing, today):
        """
        When nobody else can take it, the account is with nobody, and the answer says so.
        """
        (given,) = run([standing("a-1", days=40)], attrs.evolve(POLICY, rules=(LATE,)), today, region="US-CA")

        assert (None, [NotEligible.LICENCE]) == (given.handler, [why_not.reason for why_not in given.why_not])
        assert ("with nobody: no handler whom the rules name can take the account",) == given.why

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"closed": True}, "with nobody: the account is closed"),
            ({"outstanding": 0}, "with nobody: nothing is left to be paid"),
            ({"holds": ("insolvency",), "handler": "agency"}, "with nobody: a hold takes the account back"),
            ({"holds": ("dispute",)}, "stays with nobody: a hold stops placement"),
            ({"holds": ("dispute",), "handler": "agency"}, "stays with agency: a hold stops placement"),
        ],
    )
    def test_some_accounts_are_not_for_the_rules(self, standing, today, change, why):
        """
        Closed, paid and held accounts are never placed anew.
        """
        (given,) = run([standing("a-1", **change)], POLICY, today)

        assert ((why,), ()) == (given.why, given.why_not)

    def test_shares_come_out_in_whole_accounts(self, standing, today):
        """
        Ten accounts at 65 and 35 percent: six and a half is seven, three and a half is three.
        """
        book = [standing(f"a-{i}", person=f"c-{i}") for i in range(10)]
        given = run(book, shared("weighted", shares_bp=(6_500, 3_500)), today)

        assert {"team": 7, "center": 3} == Counter(holders(given).values())

    def test_new_accounts_make_up_for_a_share(self, standing, today, apply):
        """
        What a handler keeps counts towards its share of the rule.
        """
        policy = shared("weighted", shares_bp=(5_000, 5_000))
        old = [standing(f"a-{i}", person=f"c-{i}", handler="team") for i in range(4)]
        new = [standing(f"b-{i}", person=f"d-{i}") for i in range(4)]

        assert {"team": 4, "center": 4} == Counter(holders(run(old + new, policy, today)).values())

    def test_a_share_of_zero_keeps_and_gets_no_more(self, standing, today):
        """
        An agency that is wound down finishes what it has.
        """
        policy = shared("weighted", shares_bp=(0, 10_000))
        book = [standing("a-1", person="c-1", handler="team"), standing("a-2", person="c-2")]

        assert {"a-1": "team", "a-2": "center"} == holders(run(book, policy, today))

    def test_the_worst_account_takes_the_others_along(self, standing, today):
        """
        A person speaks with one handler: the center takes both, as the team takes no ninety days.
        """
        policy = AllocationPolicy([TEAM, CENTER], [REST])
        given = run([standing("a-1", days=90), standing("a-2", days=5)], policy, today)

        assert {"a-1": "center", "a-2": "center"} == holders(given)
        assert "together with 1 more of the same person" in given[0].why

    def test_a_new_account_joins_the_others_of_its_person(self, standing, today):
        """
        The collector who has the person's other account gets the new one, although the team comes first.
        """
        book = [standing("a-1", handler="center"), standing("a-2", days=20)]

        assert {"a-1": "center", "a-2": "center"} == holders(run(book, AllocationPolicy([TEAM, CENTER], [REST]), today))

    def test_an_account_waits_when_its_person_finds_no_room_together(self, standing, today):
        """
        Two accounts do not go to a team with room for one; they wait, and the answer says what is missing.
        """
        team = attrs.evolve(TEAM, capacity=1)
        given = run([standing("a-1"), standing("a-2")], AllocationPolicy([team], [AllocationRule("all", ("team",))]), today)

        assert {"a-1": None, "a-2": None} == holders(given)
        assert "team: has 0 of at most 1 accounts and would need room for 2" == str(given[0].why_not[0])

    def test_taking_a_closed_account_back_frees_no_place(self, standing, today):
        """
        It was closed while the team had it: the team has one open account of one, and gets no second.
        """
        team = attrs.evolve(TEAM, capacity=1)
        book = [standing("a-1", handler="team"), standing("a-2", person="c-2", handler="team", closed=True), standing("a-3", person="c-3")]
        given = run(book, AllocationPolicy([team], [AllocationRule("all", ("team",))]), today)

        assert {"a-1": "team", "a-2": None, "a-3": None} == holders(given)

    @pytest.mark.parametrize(
        ("limit", "sentence"),
        [
            (
                {"outstanding_most": (Money(14_999, "USD"),)},
                "team: has 75.00 USD of at most 149.99 USD outstanding and would need room for 75.00 USD",
            ),
            ({"units_most": 5}, "team: has 3 of at most 5 units of work and would need room for 3"),
        ],
    )
    def test_limits_that_do_not_count_accounts(self, standing, today, limit, sentence):
        """
        One account of 75.00, or of three units of work, is there already: a second does not fit, and the answer says why.
        """
        work = [WorkUnits(3, parse("days_past_due >= 5", STANDING_FIELDS))]
        policy = AllocationPolicy([attrs.evolve(TEAM, **limit)], [AllocationRule("all", ("team",))], units=work)
        given = run([standing("a-1", handler="team"), standing("a-2", person="c-2")], policy, today)

        assert {"a-1": "team", "a-2": None} == holders(given)
        assert sentence == str(given[1].why_not[0])

    def test_handlers_take_segments(self, standing, today):
        """
        An account is in the first segment that holds.
        """
        segments = [Segment.of("large", "outstanding >= money('100.00 USD')"), Segment.of("small", "outstanding > money('0.00 USD')")]
        handlers = [attrs.evolve(TEAM, segments=("large",)), attrs.evolve(CENTER, segments=("small",))]
        policy = AllocationPolicy(handlers, [AllocationRule("all", ("team", "center"))], segments=segments)
        given = run([standing("a-1", outstanding=10_000), standing("a-2", person="c-2")], policy, today)

        assert {"a-1": "team", "a-2": "center"} == holders(given)
        assert ["team: takes large, not small"] == [str(why) for why in given[1].why_not]

    @pytest.mark.parametrize("agreed", ["promise", "payment_plan"])
    def test_what_is_agreed_keeps_an_account_at_home(self, standing, today, agreed):
        """
        It goes to no agency while a promise or a plan is in force, stays with the one that has it, and our own people may take it.
        """
        promised = {"agreed": agreed, "paused": ("placement",)}
        new, held = (attrs.evolve(standing("a-1", days=40, handler=holder), **promised) for holder in (None, "agency"))
        (first,), (second,) = (run([account], POLICY, today) for account in (new, held))

        assert ("team", "agency") == (first.handler, second.handler)
        assert f"agency: a {agreed.replace('_', ' ')} is in force" == str(first.why_not[0])

    @pytest.mark.parametrize(("when_full", "second"), [("next_rule", "center"), ("park", None)])
    def test_a_full_rule_overflows_or_parks(self, standing, today, when_full, second):
        """
        The rule says whether an account without room asks the next rule or waits.
        """
        team = attrs.evolve(TEAM, max_new_per_day=1)
        rules = [AllocationRule("first", ("team",), when_full=when_full), AllocationRule("then", ("center",))]
        given = run([standing("a-1"), standing("a-2", person="c-2")], AllocationPolicy([team, CENTER], rules), today)

        assert Counter(["team", second]) == Counter(holders(given).values())

    def test_an_account_moves_when_an_earlier_rule_comes_to_match(self, standing, today):
        """
        The catch-all gives it up on day thirty, and only to who has room.
        """
        book = [standing("a-1", days=30, handler="team")]
        full = attrs.evolve(POLICY, handlers=(TEAM, CENTER, attrs.evolve(AGENCY, capacity=0)))

        assert {"a-1": "agency"} == holders(run(book, POLICY, today))
        assert {"a-1": "team"} == holders(run(book, full, today))

    def test_an_account_given_twice_is_an_error(self, standing, today):
        """
        An account has one holder at most.
        """
        with pytest.raises(ValidationError, match="account a-1 came twice"):
            run([standing("a-1"), standing("a-1", handler="team")], POLICY, today)

    def test_a_strategy_must_be_known(self, standing, today):
        """
        A rule that names a plugin which is not installed stops the run before anything is placed.
        """
        with pytest.raises(PolicyError, match="not by 'auction'; nothing was placed"):
            run([standing("a-1")], shared("auction"), today)

    def test_a_strategy_of_a_plugin_is_held_to_the_rules(self, standing, today):
        """
        It may choose, but not overfill.
        """

        class Greedy:
            def distribute(self, requests, desks, key):
                return [desks[0].handler for _ in requests]

        policy = attrs.evolve(shared("greedy"), handlers=(attrs.evolve(TEAM, capacity=1), CENTER))
        book = [standing("a-1", person="c-1"), standing("a-2", person="c-2")]
        assert {"a-1": "team"} == holders(run(book[:1], policy, today, strategies={"greedy": Greedy()}))
        with pytest.raises(PluginFaultError, match="nothing was placed"):
            run(book, policy, today, strategies={"greedy": Greedy()})


HANDLERS = ("team", "center", "agency", "field")


@st.composite
def policies(draw):
    """Policies of one to three rules over four handlers with tight limits."""
    handlers = [
        Handler(
            id,
            id,
            "field_agent",
            capacity=draw(st.none() | st.integers(0, 5)),
            max_new_per_day=draw(st.none() | st.integers(0, 3)),
            outstanding_most=draw(st.sampled_from([(), (), (Money(15_000, "USD"),)])),
            units_most=draw(st.none() | st.integers(0, 8)),
            days_past_due_least=draw(st.sampled_from([0, 0, 30])),
            days_past_due_most=draw(st.sampled_from([None, None, 60])),
        )
        for id in HANDLERS
    ]
    rules = []
    for place in range(draw(st.integers(1, 3))):
        named = draw(st.lists(st.sampled_from(HANDLERS), min_size=1, max_size=4, unique=True))
        when = draw(st.none() | st.sampled_from(["days_past_due >= 30", "days_past_due < 30", "product == 'card'"]))
        distribution = draw(st.sampled_from(sorted(STRATEGIES)))
        shares = (10_000 - 100 * (len(named) - 1), *[100] * (len(named) - 1)) if distribution in {"weighted", "champion"} else ()
        parsed = parse(when, STANDING_FIELDS) if when else None
        park = draw(st.sampled_from(["next_rule", "park"]))
        rules.append(AllocationRule(f"r-{place}", named, when=parsed, distribution=distribution, shares_bp=shares, when_full=park))
    work = (WorkUnits(3, parse("days_past_due >= 30", STANDING_FIELDS)),)
    return AllocationPolicy(handlers, rules, units=work)


ACCOUNTS = st.lists(
    st.fixed_dictionaries(
        {
            "person": st.sampled_from(["c-1", "c-2", "c-3", "c-4"]),
            "days": st.sampled_from([0, 5, 40, 70]),
            "handler": st.sampled_from([None, None, *HANDLERS, "left"]),
            "product": st.sampled_from(["pay-in-4", "card"]),
            "holds": st.sampled_from([(), (), (), ("dispute",), ("deceased",)]),
            "outstanding": st.sampled_from([7_500, 7_500, 0]),
        }
    ),
    max_size=10,
)


class TestLaws:
    @given(accounts=ACCOUNTS, policy=policies(), seed=st.integers(0, 3))
    def test_nobody_is_given_more_than_fits(self, accounts, policy, seed, standing, today, apply):
        """
        Whoever was given something stays within capacity and the day's limit; each account has one answer.
        """
        book = [standing(f"a-{i}", **account) for i, account in enumerate(accounts)]
        given = run(book, policy, today, seed=seed)
        after = apply(book, given)
        fresh = Counter(allocation.handler for allocation in given if allocation.moved)
        carried = carried_of([(one, None) for one in after], policy)

        assert sorted(s.account for s in book) == [allocation.account for allocation in given]
        for handler in policy.handlers:
            if fresh[handler.id]:
                assert handler.capacity is None or loads_of(after)[handler.id] <= handler.capacity
                assert handler.max_new_per_day is None or fresh[handler.id] <= handler.max_new_per_day
                assert handler.units_most is None or carried[handler.id].units <= handler.units_most
                assert all(carried[handler.id].outstanding["USD"] <= most for most in handler.limits.values())

    @given(accounts=ACCOUNTS, policy=policies(), seed=st.integers(0, 3))
    def test_a_second_run_moves_nothing(self, accounts, policy, seed, standing, today, apply):
        """
        The result of a run is a place of rest.
        """
        book = [standing(f"a-{i}", **account) for i, account in enumerate(accounts)]
        after = apply(book, run(book, policy, today, seed=seed))

        assert [] == [allocation for allocation in run(after, policy, today, seed=seed) if allocation.moved]

    @given(accounts=ACCOUNTS, policy=policies(), seed=st.integers(0, 3), order=st.randoms(use_true_random=False))
    def test_the_order_of_accounts_never_matters(self, accounts, policy, seed, order, standing, today):
        """
        The same accounts in another order get the same answers.
        """
        book = [standing(f"a-{i}", **account) for i, account in enumerate(accounts)]
        shuffled = list(book)
        order.shuffle(shuffled)

        assert run(book, policy, today, seed=seed) == run(shuffled, policy, today, seed=seed)

    @given(accounts=ACCOUNTS, policy=policies(), seed=st.integers(0, 3))
    def test_new_accounts_of_a_person_stay_together(self, accounts, policy, seed, standing, today):
        """
        Where one handler of the worst account's rules can take them all, nobody else has one of them.
        """
        book = [
            standing(f"a-{i}", **{**account, "handler": None, "product": "card", "days": 40, "holds": ()})
            for i, account in enumerate(accounts)
        ]
        given = run(book, policy, today, seed=seed)
        by_person = {allocation.person: set() for allocation in given}
        for allocation in given:
            if "paid" not in allocation.why[0]:
                by_person[allocation.person].add(allocation.handler)

        assert [] == [person for person, handlers in by_person.items() if len(handlers) > 1]

    @given(accounts=ACCOUNTS, policy=policies(), seed=st.integers(0, 3))
    def test_who_is_with_nobody_is_told_why(self, accounts, policy, seed, standing, today):
        """
        Every handler whom a matching rule names is either the answer's own or has its reason in it, none of them twice.
        """
        book = [standing(f"a-{i}", **account) for i, account in enumerate(accounts)]

        for allocation in run(book, policy, today, seed=seed):
            told = [why_not.handler for why_not in allocation.why_not]
            assert len(told) == len(set(told))
            assert allocation.handler not in told
            if allocation.handler is None and allocation.why[0].endswith("no room"):
                assert ROOM & {why_not.reason for why_not in allocation.why_not}
