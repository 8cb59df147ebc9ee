from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from collectkit.calendars import (
    FixedHolidays,
    Interval,
    Roll,
    Weekends,
    add_business_days,
    add_months,
    business_days_between,
    epoch_micros,
    from_epoch_micros,
    is_business_day,
    local_date,
    month_end,
    month_ends,
    require_aware,
    roll,
    to_date,
    tzdata_version,
    zone,
)
from collectkit.errors import TimeError

days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
months = st.integers(-600, 600)
calendars = st.builds(FixedHolidays, st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=20))
days_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))


class TestAddMonths:
    @pytest.mark.parametrize(
        ("expected", "anchor", "count"),
        [
            ("2026-02-28", "2026-01-31", 1),
            ("2026-03-31", "2026-01-31", 2),
            ("2028-02-29", "2028-01-31", 1),
            ("2025-02-28", "2024-02-29", 12),
            ("2028-02-29", "2024-02-29", 48),
            ("2025-12-31", "2026-01-31", -1),
            ("2100-02-28", "2100-01-30", 1),
            ("2000-02-29", "2000-01-30", 1),
        ],
    )
    def test_worked_examples(self, expected, anchor, count):
        """
        The anchor's day is kept, and a short month gives its last day.
        """
        assert date.fromisoformat(expected) == add_months(date.fromisoformat(anchor), count)

    def test_leaving_the_calendar_is_refused(self):
        """
        A date that Python cannot hold is an error of ours, not an OverflowError.
        """
        with pytest.raises(TimeError, match="1 to 9999"):
            add_months(date(9999, 12, 31), 1)

    @given(anchor=days, count=months)
    def test_agrees_with_dateutil(self, anchor, count):
        """
        The integer arithmetic gives what relativedelta gives.
        """
        assert anchor + relativedelta(months=count) == add_months(anchor, count)

    @given(anchor=days, count=months)
    def test_keeps_the_anchor_day_or_takes_the_month_end(self, anchor, count):
        """
        The day of the month is the anchor's, or the month is too short for it.
        """
        day = add_months(anchor, count)

        assert day.day == anchor.day or (day == month_end(day) and day.day < anchor.day)

    @given(anchor=days, later=days, count=months)
    def test_is_monotone(self, anchor, later, count):
        """
        More months are strictly later, and a later anchor is never earlier.
        """
        assert add_months(anchor, count) < add_months(anchor, count + 1)
        assert (anchor <= later) <= (add_months(anchor, count) <= add_months(later, count))


class TestMonthEnds:
    def test_bounds_are_inclusive(self):
        """
        A range that starts and stops on month ends holds both.
        """
        assert (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)) == month_ends(date(2026, 1, 31), date(2026, 3, 31))

    def test_an_unfinished_month_and_an_empty_range(self):
        """
        A month that is not over has no end in the range; a range backwards is empty.
        """
        assert (date(2026, 1, 31),) == month_ends(date(2026, 1, 1), date(2026, 2, 27))
        assert () == month_ends(date(2026, 3, 31), date(2026, 1, 31))

    @given(first=days, length=st.integers(0, 800))
    def test_every_month_end_and_nothing_else(self, first, length):
        """
        The same days as a walk day by day finds.
        """
        walked = [first + timedelta(days=k) for k in range(length + 1)]

        assert tuple(day for day in walked if (day + timedelta(days=1)).day == 1) == month_ends(first, walked[-1])


class TestInterval:
    @pytest.mark.parametrize(
        ("expected", "text"),
        [(Interval(2, "weeks"), "2 weeks"), (Interval(1, "months"), "1 month"), (Interval(14, "days"), "14 days")],
    )
    def test_reading(self, expected, text):
        """
        Count, space, unit; and it writes itself as it is read.
        """
        assert expected == Interval.of(text)
        assert text == str(expected)

    @pytest.mark.parametrize("text", ["0 weeks", "-1 week", "2weeks", "1.5 months", "1 year", "", "2 weeks ", "٣ days"])
    def test_other_texts_are_refused(self, text):
        """
        Zero, fractions, other units and padding are no interval.
        """
        with pytest.raises(TimeError, match="no interval was made"):
            Interval.of(text)

    @pytest.mark.parametrize(("count", "unit"), [(0, "days"), (True, "days"), (1, "years")])
    def test_construction_is_checked(self, count, unit):
        """
        A count that is no positive whole number, or another unit, cannot be built.
        """
        with pytest.raises(TimeError):
            Interval(count, unit)

    def test_nth_counts_from_the_anchor(self):
        """
        A monthly plan from 31 January is not pulled to the 28th for ever.
        """
        monthly = Interval.of("1 month")

        assert ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"] == [str(monthly.nth(date(2026, 1, 31), k)) for k in range(4)]
        assert date(2026, 2, 13) == Interval.of("2 weeks").nth(date(2026, 1, 2), 3)

    def test_nth_out_of_range(self):
        """
        The end of the calendar is a TimeError for days as for months.
        """
        with pytest.raises(TimeError):
            Interval(1, "weeks").nth(date(9999, 12, 31), 1)


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("expected", "day", "rule"),
        [
            (date(2026, 5, 30), date(2026, 5, 30), Roll.NONE),
            (date(2026, 6, 1), date(2026, 5, 30), Roll.FOLLOWING),
            (date(2026, 5, 29), date(2026, 5, 30), Roll.MODIFIED_FOLLOWING),
            (date(2026, 5, 18), date(2026, 5, 16), Roll.MODIFIED_FOLLOWING),
            (date(2026, 5, 29), date(2026, 5, 31), Roll.PRECEDING),
            (date(2026, 5, 27), date(2026, 5, 27), Roll.PRECEDING),
        ],
    )
    def test_roll(self, expected, day, rule):
        """
        The last Saturday of May 2026 moves to June, or back when the month must not change.
        """
        assert expected == roll(day, rule, Weekends())

    def test_counting_over_a_holiday(self):
        """
        Labor Day weekend has one business day less.
        """
        labor_day = FixedHolidays([date(2026, 9, 7)])

        assert date(2026, 9, 8) == add_business_days(date(2026, 9, 4), 1, labor_day)
        assert date(2026, 9, 4) == add_business_days(date(2026, 9, 8), -1, labor_day)
        assert 4 == business_days_between(date(2026, 9, 4), date(2026, 9, 11), labor_day)

    def test_zero_days_stay(self):
        """
        Adding none leaves even a Sunday where it is.
        """
        assert date(2026, 9, 6) == add_business_days(date(2026, 9, 6), 0, Weekends())

    def test_a_calendar_without_business_days(self):
        """
        A search that cannot end says so.
        """
        closed = FixedHolidays([date(2026, 1, 1) + timedelta(days=k) for k in range(800)])

        with pytest.raises(TimeError, match="no business day"):
            roll(date(2026, 1, 1), Roll.FOLLOWING, closed)
        with pytest.raises(TimeError, match="no business day"):
            add_business_days(date.max, 1, Weekends())

    @given(day=days_of_2026, n=st.integers(-30, 30), calendar=calendars)
    def test_between_undoes_add(self, day, n, calendar):
        """
        The n-th business day is n business days away and is one.
        """
        reached = add_business_days(day, n, calendar)

        assert n == business_days_between(day, reached, calendar)
        assert n == 0 or is_business_day(reached, calendar)

    @given(day=days_of_2026, rule=st.sampled_from(Roll), calendar=calendars)
    def test_rolling_twice_is_rolling_once(self, day, rule, calendar):
        """
        A rolled day is a business day and stays; business days never move.
        """
        rolled = roll(day, rule, calendar)

        assert rolled == roll(rolled, rule, calendar)
        assert rule is Roll.NONE or is_business_day(rolled, calendar)
        assert not is_business_day(day, calendar) or rolled == day


class TestDaysAndInstants:
    @pytest.mark.parametrize("text", ["2026-02-30", "2026-04-31", "2026-02-29", "0000-01-01", "2026-13-01"])
    def test_a_day_that_does_not_exist(self, text):
        """
        30 February is refused and not clipped.
        """
        with pytest.raises(TimeError, match="there is no day"):
            to_date(text)

    @pytest.mark.parametrize(
        "text", ["20260101", "2026-W01-1", "2026-1-1", "01/02/2026", "2026-01-01T00:00", " 2026-01-01", "2026-01-01\n"]
    )
    def test_other_notations(self, text):
        """
        Notations that Python would take are refused as well.
        """
        with pytest.raises(TimeError, match="YYYY-MM-DD"):
            to_date(text)

    @given(day=st.dates())
    def test_reading_what_was_written(self, day):
        """
        Every day is read back.
        """
        assert day == to_date(day.isoformat())

    def test_naive_is_refused(self):
        """
        An instant without a zone is no instant.
        """
        with pytest.raises(TimeError, match="naive"):
            require_aware(datetime.fromisoformat("2026-01-01"))
        with pytest.raises(TimeError, match="naive"):
            epoch_micros(datetime.fromisoformat("2026-01-01"))

    def test_local_date_differs_by_place(self):
        """
        One instant, two days.
        """
        at = datetime(2026, 10, 20, 3, 30, tzinfo=UTC)

        assert date(2026, 10, 19) == local_date(at, "America/New_York")
        assert date(2026, 10, 20) == local_date(at, zone("Asia/Kathmandu"))

    @given(at=st.datetimes(timezones=st.just(UTC)))
    def test_epoch_micros_round_trip(self, at):
        """
        Every instant of the calendar survives, to the microsecond.
        """
        assert at == from_epoch_micros(epoch_micros(at))

    def test_epoch_micros_examples(self):
        """
        Whole numbers, before 1970 as well, and the same for every offset.
        """
        assert -1 == epoch_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
        assert 0 == epoch_micros(datetime(1970, 1, 1, 5, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))))
        with pytest.raises(TimeError):
            from_epoch_micros(10**18)


class TestZone:
    @pytest.mark.parametrize("name", ["EST", "MST", "GMT+3", "Etc/GMT+5", "Etc/GMT", "UTC+3", "EST5EDT", "+03:00", "", "GMT"])
    def test_abbreviations_and_offsets(self, name):
        """
        An offset does not know when clocks change, and Etc/GMT+5 means the opposite of what it reads.
        """
        with pytest.raises(TimeError, match="write the place"):
            zone(name)

    @pytest.mark.parametrize("name", ["America/Atlantis", "../etc/passwd", "america/new_york", "America/"])
    def test_unknown_zones_name_the_version(self, name):
        """
        A zone that the installed tz database lacks is told with its release.
        """
        with pytest.raises(TimeError, match=f"tzdata {tzdata_version()} has no zone"):
            zone(name)

    def test_known_zones(self):
        """
        Places and aliases are read once; UTC is allowed.
        """
        assert zone("America/New_York") is zone("America/New_York")
        assert "Asia/Calcutta" == zone("Asia/Calcutta").key
        assert timedelta(0) == datetime(2026, 7, 1, tzinfo=zone("UTC")).utcoffset()
        assert timedelta(hours=-4) == datetime(2026, 7, 1, tzinfo=zone("America/New_York")).utcoffset()
