"""The published formulas: each is one meaning, stands on the page, and refuses what cannot be counted."""

from __future__ import annotations

import inspect
import re
from datetime import date, timedelta
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.delinquency import Stay
from collectkit.errors import ValidationError
from collectkit.reports import (
    broken_rate,
    cost_to_collect,
    kept_rate,
    kept_rate_by_amount,
    liquidation_rate,
    liquidation_rate_of_new,
    net_back,
    net_back_rate,
    net_charge_off_rate,
    penetration,
    promise_rate_of_conversations,
    re_default_rate,
    recovery_rate,
    revenue_per_collector,
    right_party_rate,
    scorecard,
    skip_tracing_lift,
    skip_tracing_yield,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measures.md"
MODULES = [import_module(f"collectkit.reports.{name}") for name in ("contact_formulas", "recovery_formulas", "relapses")]
FORMULAS = [
    thing
    for module in MODULES
    for name, thing in vars(module).items()
    if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_")
]
counts = st.integers(0, 10**9)


class TestPage:
    def test_what_stands_there_exists(self):
        """
        Each name in the last column leads to something that explains itself.
        """
        names = sorted(set(re.findall(r"`(collectkit(?:\.\w+)+)`", PAGE.read_text(encoding="utf-8"))))

        assert len(names) > 50
        for name in names:
            parts = name.split(".")
            depth = next(n for n in range(len(parts) - 1, 0, -1) if _module(".".join(parts[:n])) is not None)
            thing = _module(".".join(parts[:depth]))
            for part in parts[depth:]:
                thing = getattr(thing, part)
            assert inspect.getdoc(thing), name

    @pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
    def test_each_formula_stands_there_with_source_and_units(self, formula):
        """
        And says where it was read and what each argument counts; those over counts show a worked example.
        """
        text = inspect.getdoc(formula)

        assert f"`collectkit.reports.{formula.__name__}`" in PAGE.read_text(encoding="utf-8")
        assert "Source:" in text
        assert "Args:" in text
        assert ">>>" in text or formula is re_default_rate


def _module(name: str) -> object:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None


class TestWorkedExamples:
    def test_two_forms_of_liquidation(self):
        """
        A month with 1,000 collected: 10 % of the batch of 10,000 placed then, 25 % by the 4,000 that are new; never one measure.
        """
        batch, new = liquidation_rate(100_000, 1_000_000), liquidation_rate_of_new(100_000, 400_000)

        assert ("10.0", "25.0") == (batch.percent(), new.percent())
        with pytest.raises(ValidationError, match="one measure"):
            batch + new

    def test_the_published_month_of_a_collector(self):
        """
        300 files of 800 at 60 % and 10 % are 14,400 a month.
        """
        assert 1_440_000 == revenue_per_collector(300, 80_000, Fraction(3, 5), Fraction(1, 10))

    def test_more_taken_back_than_came_in(self):
        """
        A period may end below 0, and so may what a creditor keeps.
        """
        assert "-5.0" == recovery_rate(-50, 1_000).percent()
        assert -30 == net_back(100, 90, 40)
        assert "-2.0" == net_charge_off_rate(10, 30, 900, 1_100).percent()

    def test_commissions_inside_or_out(self):
        """
        The two cannot be mixed up, for each says what it leaves out.
        """
        without, inside = cost_to_collect(80, 1_000), cost_to_collect(80, 1_000, commission_minor=250)

        assert (("commissions",), ()) == (without.exclusions, inside.exclusions)
        with pytest.raises(ValidationError, match="one measure"):
            without + inside

    @pytest.mark.parametrize(
        "call",
        [
            lambda: right_party_rate(5, 4),
            lambda: penetration(1, 0),
            lambda: skip_tracing_yield(3, 2),
            lambda: kept_rate(-1, 5),
            lambda: kept_rate(True, 5),
            lambda: recovery_rate(1, -5),
            lambda: recovery_rate(0.5, 5),
            lambda: net_back(1, -1),
            lambda: net_back_rate(1, 0, 0, -1),
            lambda: cost_to_collect(1, -1),
            lambda: revenue_per_collector(1, 1, Fraction(3, 2), Fraction(0)),
            lambda: skip_tracing_lift(0.5, Fraction(1), Fraction(1), Fraction(1)),
            lambda: re_default_rate([], within_days=0, through=date(2026, 1, 1)),
            lambda: scorecard({"north": {}}, {"kept": 1}),
        ],
    )
    def test_what_cannot_be_counted(self, call):
        """
        A part that exceeds its whole, counts below 0, and floats are refused.
        """
        with pytest.raises(ValidationError, match="nothing was computed"):
            call()


class TestRelapses:
    def history(self, *stays: tuple[int, int]) -> list[Stay]:
        """Stays one after the other from 1 January: days late at first, and how many days it lasted."""
        found, on = [], date(2026, 1, 1)
        for late, days in stays:
            last_on = on + timedelta(days=days - 1)
            found.append(Stay("x", on, last_on, late, late + days - 1 if late else 0, 0))
            on = last_on + timedelta(days=1)
        return found

    def test_within_the_days(self):
        """
        Late again on the last of the days counts, a day later does not; who was never late has not caught up.
        """
        at_once, in_time, later, never = (
            self.history(*stays)
            for stays in (
                [(0, 9), (1, 5), (0, 10), (1, 9)],
                [(1, 5), (0, 30), (1, 9)],
                [(1, 5), (0, 31), (1, 9)],
                [(0, 90)],
            )
        )
        rate = re_default_rate([at_once, in_time, later, never], within_days=30, through=date(2026, 3, 31))

        assert (2, 3) == (rate.numerator, rate.denominator)

    def test_what_is_not_over_is_left_out(self):
        """
        Whoever caught up a week ago has neither relapsed nor not.
        """
        week = self.history((1, 83), (0, 7))

        assert 0 == re_default_rate([week], within_days=30, through=date(2026, 3, 31)).denominator


class TestLaws:
    @given(kept=counts, more=counts)
    def test_kept_and_broken_are_all(self, kept, more):
        """
        Kept and broken add up to one wherever anything was due, by number and by amount.
        """
        for rate in (kept_rate(kept, kept + more), kept_rate_by_amount(kept, kept + more)):
            assert rate.value is None or 1 == rate.value + broken_rate(rate).value

    @given(collected=counts, commission=counts, cost=counts, placed=st.integers(1, 10**9))
    def test_net_back_and_its_rate_agree(self, collected, commission, cost, placed):
        """
        The rate times what was placed is the net-back, to the cent.
        """
        assert net_back(collected, commission, cost) == net_back_rate(collected, commission, cost, placed).value * placed

    @given(pairs=st.lists(st.tuples(counts, counts), min_size=1, max_size=6))
    def test_pooling_is_counting_together(self, pairs):
        """
        Rates of one meaning add up to the rate of all.
        """
        rates = [promise_rate_of_conversations(*pair) for pair in pairs]
        total = sum(rates[1:], start=rates[0])

        assert promise_rate_of_conversations(sum(one for one, _ in pairs), sum(two for _, two in pairs)) == total

    @given(kept=st.dictionaries(st.sampled_from("abcdef"), st.fractions(0, 1), min_size=1), weight=st.integers(-5, 5))
    def test_scores_add_up_to_nothing(self, kept, weight):
        """
        Scores are told from the mean of all, and more is never worse where the weight is above 0.
        """
        scores = scorecard({agency: {"kept": share} for agency, share in kept.items()}, {"kept": weight})

        assert 0 == sum(scores.values())
        best = max(kept, key=kept.__getitem__)
        assert weight <= 0 or scores[best] == max(scores.values())
