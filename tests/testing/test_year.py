"""A year of a portfolio, and what it convicts."""

from __future__ import annotations

import pytest

from collectkit.testing.simulation import QUIET, FaultRates, SimulationBrokeError, World
from collectkit.testing.year import Year

from .test_simulation import LosesPayments

SOME = FaultRates(store=3, channel=5, again=10, callbacks=30)


class TestYear:
    def test_a_season_under_faults_breaks_no_promise(self) -> None:
        """
        Sixty people in sixty days; most pay, some are written to, and things go wrong.
        """
        assert Year(1, World(people=60), SOME).run_days(60) > 10

    def test_the_same_seed_is_the_same_year(self) -> None:
        """
        To the last byte of the book.
        """
        first, again = Year(2, World(people=10), SOME), Year(2, World(people=10), SOME)
        taken = [year.run_days(30) for year in (first, again)]

        assert taken[0] == taken[1]
        assert first._fingerprint() == again._fingerprint()

    def test_a_store_that_loses_payments_is_convicted(self) -> None:
        """
        On the day on which the first of them is lost, with the line that repeats it.
        """
        with pytest.raises(SimulationBrokeError, match=r"P1 conservation broken at step \d+") as caught:
            Year(1, World(people=20, store=LosesPayments), QUIET).run_days(30)
        assert caught.value.step < 30
        assert "Year(1, world" in str(caught.value)

    @pytest.mark.soak
    def test_a_year_of_ten_thousand(self) -> None:
        """
        Zero breaches; the time it took is written on the performance page.
        """
        assert Year(1, World(people=10_000), SOME).run_days(365) > 10_000
