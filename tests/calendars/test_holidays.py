from __future__ import annotations

import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars import CountryHolidays, FixedHolidays, HolidayCalendar, Union, Weekends, is_business_day
from collectkit.errors import MissingExtraError, TimeError, ValidationError

CHRISTMAS = date(2026, 12, 25)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


class TestWeekends:
    def test_a_weekend_day_is_no_holiday(self):
        """
        A law that closes holidays does not close every Saturday.
        """
        saturday = date(2026, 12, 26)

        assert Weekends().is_weekend(saturday)
        assert not Weekends().is_holiday(saturday)
        assert Weekends().name(saturday) is None
        assert not is_business_day(saturday, Weekends())

    def test_another_weekend(self):
        """
        Friday and Saturday, as in parts of the Gulf.
        """
        gulf = Weekends([4, 5])

        assert [False, False, True] == [is_business_day(date(2026, 12, day), gulf) for day in (25, 26, 27)]

    @pytest.mark.parametrize("weekend", [[7], [-1], range(7)])
    def test_a_weekend_must_leave_a_working_day(self, weekend):
        """
        Seven days of rest, or an eighth weekday, are refused.
        """
        with pytest.raises(ValidationError, match="weekend"):
            Weekends(weekend)


class TestFixedHolidays:
    def test_names(self):
        """
        A mapping names its days; a plain list calls them holidays.
        """
        assert "Christmas" == FixedHolidays({CHRISTMAS: "Christmas"}).name(CHRISTMAS)
        assert "holiday" == FixedHolidays([CHRISTMAS, CHRISTMAS]).name(CHRISTMAS)
        assert FixedHolidays([CHRISTMAS]).name(date(2026, 12, 24)) is None

    def test_outside_the_known_years(self):
        """
        A list that ends in 2029 must not answer that 2030 has no holidays.
        """
        listed = FixedHolidays([CHRISTMAS], known_from=date(2026, 1, 1), known_through=date(2026, 12, 31))

        assert not listed.is_holiday(date(2026, 1, 1))
        for day in (date(2025, 12, 31), date(2027, 1, 1)):
            with pytest.raises(TimeError, match="extend the list"):
                listed.is_holiday(day)

    def test_equal_lists_are_equal_values(self):
        """
        Order and repetition of the list do not matter, and the calendar can be a key.
        """
        new_year = date(2026, 1, 1)

        assert {FixedHolidays([CHRISTMAS, new_year])} == {FixedHolidays([new_year, CHRISTMAS, new_year])}


class TestCountryHolidays:
    def test_country_and_part(self):
        """
        Independence Day is kept everywhere, Cesar Chavez Day in California alone.
        """
        assert "Independence Day" == CountryHolidays("US").name(date(2026, 7, 4))
        assert CountryHolidays("US", "CA").is_holiday(date(2026, 3, 31))
        assert not CountryHolidays("US").is_holiday(date(2026, 3, 31))
        assert CountryHolidays("US").is_weekend(date(2026, 7, 4))

    def test_new_year_observed_in_the_old_year(self):
        """
        1 January 2028 is a Saturday, kept on the Friday before, which lies in another year.
        """
        assert CountryHolidays("US").is_holiday(date(2027, 12, 31))

    @pytest.mark.parametrize(("country", "part"), [("XX", None), ("US", "ZZ"), ("", None)])
    def test_unknown_places(self, country, part):
        """
        A place that the package does not know is told when the calendar is made.
        """
        with pytest.raises(ValidationError, match="no calendar was made"):
            CountryHolidays(country, part)

    def test_years_without_data(self):
        """
        A year for which nothing is known is not a year without holidays.
        """
        with pytest.raises(TimeError, match="are known from"):
            CountryHolidays("US").is_holiday(date(3000, 1, 1))

    def test_missing_package(self, monkeypatch):
        """
        Without the extra, the error names it.
        """
        monkeypatch.setitem(sys.modules, "holidays", None)

        with pytest.raises(MissingExtraError, match=r"collectkit\[calendars\]"):
            CountryHolidays("SE")


class TestUnion:
    def test_any_calendar_closes(self):
        """
        The union rests when one of its calendars does, and names the first holiday.
        """
        both = Union([Weekends([4]), FixedHolidays({CHRISTMAS: "Christmas"}, weekend=[6])])

        assert "Christmas" == both.name(CHRISTMAS)
        assert [True, False, True] == [both.is_weekend(date(2026, 12, day)) for day in (25, 26, 27)]

    def test_empty(self):
        """
        A union of nothing would call every day a business day.
        """
        with pytest.raises(ValidationError):
            Union([])

    @given(day=days, first=st.frozensets(days), second=st.frozensets(days))
    def test_union_law(self, day, first, second):
        """
        A business day of the union is a business day of each.
        """
        calendars = FixedHolidays(first), FixedHolidays(second, weekend=[4])

        assert all(is_business_day(day, calendar) for calendar in calendars) == is_business_day(day, Union(calendars))


def test_every_calendar_keeps_the_protocol():
    """
    What we ship is what a host's plugin must be.
    """
    shipped = [Weekends(), FixedHolidays([]), CountryHolidays("US"), Union([Weekends()])]

    assert all(isinstance(calendar, HolidayCalendar) for calendar in shipped)
