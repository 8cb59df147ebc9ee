"""Windows of local days against an oracle that walks day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import Finding
from collectkit.calendars import zone
from collectkit.compliance.frequency_cap import FrequencyCap, Window
from collectkit.compliance.question import PastContact, Question
from collectkit.compliance.rule import Rule, Scope

PLACE = "America/New_York"
WINDOWS = [Window("consecutive_days", 7), Window("consecutive_days", 30), Window("calendar_week", week_start=6), Window("calendar_month")]


def same_window(window: Window, then: date, today: date) -> bool:
    """Tell in words of the calendar whether two days share a window that ends with *today*."""
    if window.kind == "consecutive_days":
        return then in [today - timedelta(days=back) for back in range(window.days)]
    if window.kind == "calendar_month":
        return (then.year, then.month) == (today.year, today.month)
    start = today
    while start.weekday() != window.week_start:
        start -= timedelta(days=1)
    return start <= then <= today


def judge(terms: FrequencyCap, at: datetime, made: list[datetime]) -> Finding | None:
    rule = Rule("r", "c", "t", "frequency_cap", "verified", "s", date(2020, 1, 1), None, Scope(), terms)
    history = tuple(PastContact(then, "phone", person="c-1", debts=("a-1",)) for then in made)
    return terms.judge(rule, Question("contact", at, (PLACE,), channel="phone", person="c-1", debts=("a-1",), history=history))


def instants() -> st.SearchStrategy[datetime]:
    return st.integers(0, 49 * 86_400).map(lambda seconds: datetime(2026, 2, 20, tzinfo=UTC) + timedelta(seconds=seconds))


class TestWindow:
    def test_the_day_of_a_contact_is_day_one(self) -> None:
        """
        A call on the 1st of seven days is free again on the 8th; weeks and months end with the calendar.
        """
        day = date(2026, 4, 1).toordinal()

        assert date(2026, 4, 8).toordinal() == Window("consecutive_days", 7).frees_on(day)
        assert date(2026, 4, 6).toordinal() == Window("calendar_week").frees_on(day)
        assert date(2026, 5, 1).toordinal() == Window("calendar_month").frees_on(day)
        assert Window("ever").frees_on(day) is None

    def test_days_of_a_fixed_window_share_one_budget(self) -> None:
        """
        A calendar week is booked on its first day, so that the store counts it as one.
        """
        week = Window("calendar_week")
        days = {week.spend("s", "r", 3, date(2026, 4, day).toordinal()).day for day in range(6, 13)}

        assert {date(2026, 4, 6)} == days
        assert 1 == week.spend("s", "r", 3, date(2026, 4, 8).toordinal()).days


class TestLaws:
    @given(at=instants(), made=st.lists(instants(), max_size=8), cap=st.integers(1, 4), window=st.sampled_from(WINDOWS))
    def test_it_agrees_with_counting_by_hand(self, at: datetime, made: list[datetime], cap: int, window: Window) -> None:
        """
        Also over the clock change of March, in the local days of the place.
        """
        clock = zone(PLACE)
        today = at.astimezone(clock).date()
        count = sum(then <= at and same_window(window, then.astimezone(clock).date(), today) for then in made)

        assert (count >= cap) == (judge(FrequencyCap(cap, window, "per_person"), at, made) is not None)

    @given(at=instants(), made=st.lists(instants(), min_size=1, max_size=8), cap=st.integers(1, 4), window=st.sampled_from(WINDOWS))
    def test_it_names_the_midnight_on_which_one_more_fits(self, at: datetime, made: list[datetime], cap: int, window: Window) -> None:
        """
        The first lawful instant is the start of a local day.
        """
        made = [then for then in made if then <= at]
        finding = judge(FrequencyCap(cap, window, "per_person"), at, made)
        if finding is not None:
            assert finding.earliest is not None
            assert time(0) == finding.earliest.astimezone(zone(PLACE)).time()
            assert judge(FrequencyCap(cap, window, "per_person"), finding.earliest, made) is None
            assert judge(FrequencyCap(cap, window, "per_person"), finding.earliest - timedelta(seconds=1), made) is not None
