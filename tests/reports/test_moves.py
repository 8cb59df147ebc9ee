from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.facts import AccountFacts
from collectkit.money import Money
from collectkit.placement import AccountRecalled, Placement
from collectkit.reports import moves
from collectkit.reports._flows import Band, flows
from collectkit.schedules import building as plans

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)


def account(number, *steps):
    plan = plans.pay_in_4(Money(20_000, "USD"), bought_on=date(2026, 4, 1))
    return AccountFacts(Account(f"a-{number}", consumer="c-1", plan=plan), moves=steps)


class TestMoves:
    def test_from_whom_to_whom(self):
        """
        One stayed, one went from the team to an agency, one came new, one was taken back; whom nobody had is left out.
        """
        held = [
            account(1, Placement("a-1", "team", FIRST)),
            account(2, Placement("a-2", "team", FIRST), AccountRecalled("a-2", "team", LAST, "rule"), Placement("a-2", "north", LAST)),
            account(3, Placement("a-3", "north", date(2026, 6, 9))),
            account(4, Placement("a-4", "team", FIRST), AccountRecalled("a-4", "team", LAST, "paid")),
            account(5),
        ]
        lines = moves(held, first=FIRST, last=LAST).lines

        assert [("", "north", 1), ("team", "", 1), ("team", "north", 1), ("team", "team", 1)] == [
            (line.before, line.after, line.accounts) for line in lines
        ]


NAMES = st.sampled_from(["a", "b", "<script>"])
WAYS = st.lists(st.tuples(NAMES, NAMES, st.integers(0, 10**6)), max_size=9, unique_by=lambda way: way[:2])


class TestPicture:
    @given(WAYS)
    def test_a_band_for_each_flow_and_names_are_escaped(self, ways):
        """
        As many paths as flows that are not empty, in both widths; and no name becomes part of the page.
        """
        page = flows("<script>", [Band(before, after, size, f"{size} from {before}") for before, after, size in ways])

        assert 2 * sum(size > 0 for *_, size in ways) == page.count("<path")
        assert "<script>" not in page
