from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


class TestExplain:
    def test_an_account_is_explained(self, run: Callable, book: Path) -> None:
        """
        The days past due stand in the explanation.
        """
        ran = run("explain", "o-1", "--book", book, "--as-of", "2026-10-20")

        assert 0 == ran.code
        assert "o-1" in ran.out
        assert "35" in ran.out

    def test_an_unknown_account_is_a_sentence(self, run: Callable, book: Path) -> None:
        """
        Standard output stays empty.
        """
        ran = run("explain", "o-9", "--book", book)

        assert (1, "") == (ran.code, ran.out)
        assert "collectkit: no account 'o-9' is on the book of tenant 'default'; nothing was done\n" == ran.err


class TestReport:
    def test_bands_and_totals_are_shown(self, run: Callable, book: Path) -> None:
        """
        150.00 of 200.00 and all of 99.99 remain; the footer adds them up.
        """
        ran = run("report", "--book", book, "--as-of", "2026-10-20")

        assert 0 == ran.code
        assert "ageing on 2026-10-20, USD" in ran.out
        assert "150.00 USD" in ran.out
        assert "249.99 USD" in ran.out
        assert "2 accounts, 2 people, 0 on hold" in ran.out

    def test_the_same_as_json(self, run: Callable, book: Path) -> None:
        """
        Money in whole minor units, per currency and band.
        """
        result = json.loads(run("report", "--book", book, "--as-of", "2026-10-20", "--json").out)

        assert "2026-10-20" == result["as_of"]
        assert 24_999 == sum(line["outstanding_minor"] for line in result["lines"])

    def test_another_tenant_has_another_book(self, run: Callable, book: Path) -> None:
        """
        Nothing of one tenant shows in the report of another.
        """
        ran = run("report", "--book", book, "--tenant", "other", "--as-of", "2026-10-20")

        assert (0, "no account is on the book on 2026-10-20\n") == (ran.code, ran.out)
