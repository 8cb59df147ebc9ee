from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from collectkit import _threads
from collectkit.allocation.optimal import Certificate, _contest, _table, assign, bound_of, solving, value_of
from collectkit.allocation.optimal._offers import pack
from collectkit.errors import ValidationError

INSTANCES = 2_400


def instance(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Up to 300 accounts and 8 teams; by turns ties, full teams, accounts that nobody may have, values below nothing, huge ones."""
    r = np.random.default_rng(seed)
    count, teams = int(r.integers(1, 301 if seed % 8 == 0 else 60)), int(r.integers(1, 9))
    step, most = int(r.choice([1, 1, 10, 1_000])), int(r.choice([1, 3, 50, 5_000, 10**6, 10**12]))
    value = r.integers(-most // 4, most + 1, (count, teams)) // step * step
    value[r.random((count, teams)) > r.choice([0.3, 0.7, 1.0])] = -1
    value[r.random(count) < 0.05] = -1
    capacity = r.integers(0, max(2, int(2.2 * count / teams)), teams)
    capacity[r.random(teams) < 0.15] = 0
    return value, capacity


def exact(value: np.ndarray, capacity: np.ndarray) -> int:
    """The greatest total by a published solver: one column for each place."""
    columns = np.repeat(np.arange(len(capacity)), np.minimum(capacity, len(value)))
    worth = np.maximum(value, 0)[:, columns]
    rows, chosen = linear_sum_assignment(worth, maximize=True)
    return int(worth[rows, chosen].sum())


def check(value: np.ndarray, capacity: np.ndarray) -> Certificate:
    """Check everything that a certificate claims, with nothing but sums and comparisons."""
    found = assign(value, capacity)
    given_to = found.team[found.team >= 0]
    assert (np.bincount(given_to, minlength=len(capacity)) <= capacity).all()
    assert (value[found.team >= 0, given_to] >= 0).all()
    certificate = found.certificate
    assert all(price >= 0 for price in certificate.prices)
    assert certificate.value == value_of(value, found.team)
    assert certificate.bound == bound_of(value, capacity, certificate.prices)
    assert certificate.gap == 0 and certificate.proved
    return certificate


class TestWorkedExamples:
    def test_two_accounts_want_one_place(self):
        """
        A is worth more in all with B at the good team, although A alone brings more there than B; one more place is worth 20.
        """
        found = assign(np.array([[100, 90], [95, 75]]), [1, 1])

        assert [1, 0] == found.team.tolist()
        assert Certificate(185, 185, (found.certificate.prices[0], found.certificate.prices[1])) == found.certificate

    def test_nobody_may_have_it(self):
        """
        An account that no team may have, and one that would cost more than it brings, go to nobody.
        """
        found = assign(np.array([[-1, -1], [-500, 3]]), [5, 5])

        assert [-1, 1] == found.team.tolist()
        assert Certificate(3, 3, (0, 0)) == found.certificate

    @pytest.mark.parametrize(("count", "teams"), [(0, 3), (4, 0), (0, 0)])
    def test_nothing_to_do(self, count, teams):
        """
        No accounts or no teams: nobody gets anything, and that is proved as well.
        """
        found = assign(np.zeros((count, teams), np.int64), [1] * teams)

        assert [-1] * count == found.team.tolist()
        assert found.certificate.proved

    def test_a_price_is_what_one_more_place_is_worth_at_most(self):
        """
        Three accounts for one place: the price lies between what the second would bring and what the first does.
        """
        (price,) = assign(np.array([[70], [50], [20]]), [1]).certificate.prices

        assert 50 <= price <= 70

    @pytest.mark.parametrize(
        ("values", "capacities", "fault"),
        [
            (np.zeros((2, 2)), [1, 1], "whole minor units"),
            (np.zeros(2, np.int64), [1, 1], "accounts by teams"),
            (np.zeros((2, 2), np.int64), [1], "each of 2 teams"),
            (np.zeros((2, 2), np.int64), [1, -1], "at least 0, got -1"),
            (np.full((2, 2), 10**15 + 1), [1, 1], "up to 1000000000000000 minor units"),
            (np.full((2_000, 1), 10**15), [1], "add up to at most"),
        ],
    )
    def test_bad_input_is_refused(self, values, capacities, fault):
        """
        Each fault is named with what is allowed, and nothing is assigned.
        """
        with pytest.raises(ValidationError, match=fault):
            assign(values, capacities)


class TestAgainstAPublishedSolver:
    @pytest.mark.parametrize("part", range(8))
    def test_the_total_is_the_same_and_proved(self, part):
        """
        On thousands of instances, ties and all, the total is that of an exact solver, and the gap is 0.
        """
        for seed in range(part, INSTANCES, 8):
            value, capacity = instance(seed)
            assert exact(value, capacity) == check(value, capacity).value, f"seed {seed}"


def large(r: np.random.Generator, count: int, teams: int) -> tuple[np.ndarray, np.ndarray]:
    """Many accounts of twelve kinds, each of which suits some teams better; room for 85 % of them."""
    suits = r.uniform(0.05, 0.45, (12, teams))[r.integers(0, 12, count)]
    value = (np.exp(r.normal(9, 1.1, count))[:, None] * suits * r.uniform(0.7, 1.3, (count, teams))).astype(np.int64)
    return value, (r.uniform(0.5, 1.5, teams) * 0.85 * count / teams).astype(np.int64)


class TestLarger:
    @pytest.mark.parametrize(("count", "teams", "step"), [(30_000, 6, 1), (30_000, 6, 500), (4_000, 70, 1), (3_000, 70, 400)])
    def test_samples_and_clear_winners_end_with_a_proof(self, count, teams, step):
        """
        What is fixed early is found out when it was wrong; more teams than bits in a word, and thousands of ties, do not matter.
        """
        r = np.random.default_rng(count + step)
        value = (np.exp(r.normal(9, 1.1, count))[:, None] * r.uniform(0.05, 0.45, (count, teams))).astype(np.int64) // step * step
        value[r.random((count, teams)) > 0.7] = -1
        capacity = (0.85 * count * r.dirichlet(np.full(teams, 5.0))).astype(np.int64)

        check(value, capacity)

    def test_those_in_doubt_are_looked_at_again(self, monkeypatch):
        """
        Prices of one sample move further than some were ahead; whoever they may have won over joins the contest, and the proof holds.
        """
        joined = []
        take_in = _contest.Contest.take_in

        def told(contest, offers, prices):
            before = len(contest.accounts)
            clear = take_in(contest, offers, prices)
            joined.append((clear, len(contest.accounts) - before))
            return clear

        monkeypatch.setattr(_contest.Contest, "take_in", told)
        monkeypatch.setattr(_contest, "foreseen", lambda here, places, most: (here.prices, True))
        monkeypatch.setattr(solving, "sizes", lambda count: (20_000,))
        for seed in range(6):
            r = np.random.default_rng(seed)
            check(*large(r, 200_000, 20))

        assert any(clear and more for clear, more in joined)

    @pytest.mark.parametrize("seed", range(3))
    def test_who_is_fixed_is_remembered_as_seen(self, seed):
        """
        However far off the first prices were, whoever is fixed is known to be ahead by what was seen at the prices of that very step.
        """
        value, places = large(np.random.default_rng(seed), 20_000, 8)
        offers, most = pack(value)
        found = _contest.contest(offers, offers.look(np.zeros(8, np.int64), places), places, most, 500)
        clear = np.ones(len(value), np.bool_)
        clear[found.accounts] = False

        assert found.fixed
        assert clear.sum() > len(value) // 2
        for step, (prices, ahead) in enumerate(found.fixed):
            here, those = offers.look(prices, places), clear & (found.step == step)
            assert np.array_equal(here.team[those], found.team[those])
            assert np.array_equal(here.lead[those], found.lead[those])
            assert (here.lead >= ahead[here.team])[those].all()

    def test_an_order_that_misleads_the_sample(self):
        """
        All that one team wants stands at one end, where a sample may not look.
        """
        value = np.full((24_000, 3), 10, np.int64)
        value[:500, 0] = 10**7
        value[500:700, 1] = 10**9

        assert 10**9 * 200 + 10**7 * 500 + 10 * 800 == check(value, np.array([900, 300, 300])).value


@st.composite
def tables(draw):
    """Small tables with many equal values."""
    teams = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(st.integers(-2, 6), min_size=teams, max_size=teams), min_size=1, max_size=9))
    return np.array(rows, np.int64), np.array(draw(st.lists(st.integers(0, 4), min_size=teams, max_size=teams)), np.int64)


class TestTable:
    @pytest.mark.parametrize("most", [900, 10**12])
    @pytest.mark.parametrize("teams", [1, 7, 40])
    def test_reading_is_packing_and_looking(self, monkeypatch, teams, most):
        """
        What is packed a block at a time, by several threads, says the same as what is packed whole.
        """
        monkeypatch.setattr(_threads, "BYTES_PER_THREAD", 1_000)
        monkeypatch.setattr(_table, "READ_BYTES", 50_000)
        r = np.random.default_rng(teams)
        value = r.integers(-most // 4, most, (5_000, teams))
        prices, places, some = r.integers(0, most, teams), r.integers(0, 900, teams), np.sort(r.integers(0, 5_000, 800))
        offers, greatest = pack(value)
        table = _table.Table(value, offers.packed.dtype)
        look, found = table.read(prices, places)

        assert greatest == found
        for name in ("team", "best", "lead", "rival", "demand", "bound"):
            assert np.array_equal(getattr(offers.look(prices, places), name), getattr(look, name)), name
        assert np.array_equal(offers.of(some).packed, table.of(some).packed)
        assert np.array_equal(offers.packed, table.packed().packed)

    @pytest.mark.parametrize("factor", [1, 10**6])
    def test_a_survey_promises_no_more_than_a_look_finds(self, monkeypatch, factor):
        """
        Whoever was read early and is said to be ahead at the later prices is so in truth, and by no less, with the very same offer.
        """
        monkeypatch.setattr(_table, "READ_BYTES", 50_000)
        value, places = large(np.random.default_rng(3), 20_000, 20)
        value *= factor
        offers, greatest = pack(value)
        table = _table.Table(value, offers.packed.dtype)
        prices = np.full(20, int(np.median(value)) // 2)
        surveyed, found = table.survey(prices, places)
        look = offers.look(surveyed.prices, places)
        ahead = surveyed.lead > 0

        assert greatest == found
        assert not np.array_equal(prices, surveyed.prices)
        assert 0.5 < ahead.mean() < 1
        assert (surveyed.lead <= look.lead)[ahead].all() and (surveyed.lead < look.lead).any()
        for name in ("team", "best"):
            assert np.array_equal(getattr(look, name)[ahead], getattr(surveyed, name)[ahead]), name

    @pytest.mark.parametrize("sizes", [(5_000,), (5_000, 20_000)])
    def test_a_survey_ends_with_a_proof(self, monkeypatch, sizes):
        """
        However far the early prices were off, the total is the one of a table that is looked at as a whole.
        """
        monkeypatch.setattr(_table, "READ_BYTES", 50_000)
        monkeypatch.setattr(solving, "sizes", lambda count: sizes)
        value, places = large(np.random.default_rng(sum(sizes)), 60_000, 24)
        kept = check(value, places)
        monkeypatch.setattr(solving, "KEPT_MAX", 0)

        assert kept.value == check(value, places).value

    def test_a_number_too_narrow_is_told(self):
        """
        One great value anywhere, and the whole table is read again in wider numbers.
        """
        value = np.ones((5_000, 3), np.int64)
        value[4_321, 1] = 10**9

        assert _table.Table(value, np.dtype(np.int32)).read(np.zeros(3, np.int64), np.ones(3, np.int64)) is None

    @pytest.mark.parametrize("great", [1, 10**6])
    def test_a_table_that_is_not_kept(self, monkeypatch, great):
        """
        A table that is read and not copied ends with the same proof and the same assignment.
        """
        r = np.random.default_rng(great)
        value = r.integers(-1, 5_000, (30_000, 9)) * great
        capacity = (0.9 * len(value) * r.dirichlet(np.full(9, 5.0))).astype(np.int64)
        kept = assign(value, capacity)
        monkeypatch.setattr(solving, "KEPT_MAX", 0)
        read = assign(value, capacity)

        assert kept.certificate == check(value, capacity) == read.certificate
        assert np.array_equal(kept.team, read.team)


class TestLaws:
    @given(tables(), st.data())
    def test_taking_a_place_away_never_raises_the_value(self, table, data):
        """
        Less room is never better, and one more place is never worth more than its price.
        """
        value, capacity = table
        team = data.draw(st.integers(0, len(capacity) - 1))
        more = capacity.copy()
        more[team] += 1
        before, after = check(value, capacity), check(value, more)

        assert before.value <= after.value <= before.value + before.prices[team]

    @given(tables(), st.randoms(use_true_random=False))
    def test_order_changes_nothing_of_the_value(self, table, random):
        """
        Accounts in any order are worth the same in all.
        """
        value, capacity = table
        order = list(range(len(value)))
        random.shuffle(order)

        assert check(value, capacity).value == check(value[order], capacity).value

    @given(tables(), st.sampled_from([1, 7, 10**9]))
    def test_wide_numbers_are_as_exact_as_narrow_ones(self, table, factor):
        """
        Values times a factor are worth that many times as much, in 32 and in 64 bits.
        """
        value, capacity = table

        assert check(value, capacity).value * factor == check(value * factor, capacity).value

    @given(tables())
    @settings(max_examples=30)
    def test_twice_is_once(self, table):
        """
        The same arguments give the same teams and prices, and are left as they were.
        """
        value, capacity = table
        copy = value.copy()
        first, second = assign(value, capacity), assign(value, capacity)

        assert first.team.tolist() == second.team.tolist()
        assert first.certificate == second.certificate
        assert (copy == value).all()


class TestCertificates:
    @given(tables(), st.data())
    def test_any_prices_bound_the_value(self, table, data):
        """
        The bound holds for prices out of thin air: that is why nobody needs to trust how they were found.
        """
        value, capacity = table
        prices = data.draw(st.lists(st.integers(0, 9), min_size=len(capacity), max_size=len(capacity)))

        assert check(value, capacity).value <= bound_of(value, capacity, prices)

    def test_a_gap_is_told(self):
        """
        A value below its bound proves nothing.
        """
        assert not Certificate(9, 10, (1,)).proved
        assert 1 == Certificate(9, 10, (1,)).gap
