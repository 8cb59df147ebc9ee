"""What a promise is worth, and what its taker is credited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from collectkit.arrangements import Evidence, Promise, PromiseState, PromiseVerdict, credit, quality
from collectkit.money import Money
from collectkit.testing.strategies import minor_units, promises

MADE = Promise("pr-1", "a-1", Money.of("50.00", "USD"), date(2026, 10, 20), datetime(2026, 10, 20, 18, tzinfo=UTC))


class TestQuality:
    def test_all_of_it_today_with_full_evidence_is_the_best(self) -> None:
        """
        10,000 basis points.
        """
        known = Evidence(taken_by="agent-7", contact="m-1", right_party=True, reason="job_loss", confirmation="m-2", recording="r-1")

        assert 10_000 == quality(attrs.evolve(MADE, evidence=known), past_due_minor=5_000).score_bp

    def test_a_soft_promise_scores_nothing(self) -> None:
        """
        Whatever it says.
        """
        assert 0 == quality(attrs.evolve(MADE, kind="soft"), past_due_minor=5_000).score_bp

    @given(promise=promises(), past_due=st.integers(0, 10_000), more=minor_units(1, 3_000), days=st.integers(1, 20))
    def test_more_sooner_and_better_known_never_scores_less(self, promise: Promise, past_due: int, more: int, days: int) -> None:
        """
        Monotone in each of its terms.
        """
        plain = quality(promise, past_due_minor=past_due).score_bp
        richer = attrs.evolve(promise, amount=Money(promise.amount.minor + more, "USD"))
        later = attrs.evolve(promise, due_on=promise.due_on + timedelta(days=days))
        known = attrs.evolve(promise, evidence=Evidence(right_party=True))

        assert plain <= quality(richer, past_due_minor=past_due).score_bp
        assert plain >= quality(later, past_due_minor=past_due).score_bp
        assert plain <= quality(known, past_due_minor=past_due).score_bp
        assert 0 <= plain <= 10_000


class TestCredit:
    def test_a_worthless_promise_costs_and_a_kept_one_earns_what_came(self) -> None:
        """
        A quarter of what is missing is taken off.
        """

        def earned(verdict: PromiseVerdict, counted: int) -> int | None:
            found = credit(PromiseState(MADE, verdict, counted, MADE.due_on))
            return found.minor if found is not None else None

        assert (-1_250, 1_000 - 1_000, 5_000, 4_900, None, None) == (
            earned(PromiseVerdict.BROKEN, 0),
            earned(PromiseVerdict.PARTIALLY_KEPT, 1_000),
            earned(PromiseVerdict.KEPT, 5_000),
            earned(PromiseVerdict.KEPT, 4_900),
            earned(PromiseVerdict.OPEN, 5_000),
            earned(PromiseVerdict.INVALIDATED, 0),
        )

    @given(amount=minor_units(), counted=st.integers(0, 1_000), padding=minor_units())
    def test_promising_more_than_will_come_never_earns_more(self, amount: int, counted: int, padding: int) -> None:
        """
        The same money on a larger broken promise is credited at most as much.
        """
        paid = min(counted, amount - 1)

        def earned(promised: int) -> int:
            state = PromiseState(attrs.evolve(MADE, amount=Money(promised, "USD")), PromiseVerdict.PARTIALLY_KEPT, paid, MADE.due_on)
            found = credit(state)
            assert found is not None
            return found.minor

        assert earned(amount + padding) <= earned(amount) <= paid
