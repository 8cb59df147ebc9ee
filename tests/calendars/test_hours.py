from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.calendars import DailyWindow, FixedHolidays, Hours, is_open, next_open, open_until, zone
from collectkit.errors import TimeError

NEW_YORK, LOS_ANGELES, HONOLULU, LONDON = "America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Europe/London"
REGULATION_F = Hours([DailyWindow(time(8), time(21))])
EXCLUSIVE = Hours([DailyWindow(time(8), time(21), start_inclusive=False, end_inclusive=False)])
BRITISH_COLUMBIA = Hours(
    [DailyWindow(time(7), time(21), ["weekday", "sat"]), DailyWindow(time(13), time(17), "sun")],
    closed_on=["holiday"],
)
ALWAYS = Hours([DailyWindow(time(0), time(0))])
NAIVE = datetime.fromisoformat("2026-03-02T12:00")
HOUR, MINUTE, SECOND, TICK = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)

ZONES = (
    "America/New_York",
    "America/Phoenix",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Nuuk",
    "America/Scoresbysund",
    "America/Vancouver",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Halifax",
    "America/Miquelon",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/El_Aaiun",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Pacific/Honolulu",
    "Pacific/Norfolk",
)


def local(text: str, name: str = NEW_YORK, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone(name), fold=fold)


@cache
def clock_changes(name: str) -> tuple[datetime, ...]:
    """Find every change of offset in 2025 and 2026, to the minute, by looking at the clock alone."""
    place, day, found = zone(name), datetime(2025, 1, 1, tzinfo=UTC), []
    while day < datetime(2027, 1, 1, tzinfo=UTC):
        following = day + 24 * HOUR
        if day.astimezone(place).utcoffset() != following.astimezone(place).utcoffset():
            low, high = 0, 24 * 60
            while high - low > 1:
                middle = (low + high) // 2
                same = (day + middle * MINUTE).astimezone(place).utcoffset() == day.astimezone(place).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(day + high * MINUTE)
        day = following
    return tuple(found)


def shown_inside(at: datetime, window: DailyWindow, name: str) -> bool:
    """Answer for one window by reading the wall clock, without any thought of clock changes."""
    shown = at.astimezone(zone(name)).time()
    after_start = shown > window.start or (window.start_inclusive and shown == window.start)
    if window.end == time(0):
        return after_start
    return after_start and (shown < window.end or (window.end_inclusive and shown == window.end))


def shown_twice(at: datetime, name: str) -> bool:
    wall = at.astimezone(zone(name))
    return wall.replace(fold=0).utcoffset() > wall.replace(fold=1).utcoffset()


def windows_around(change: datetime, name: str) -> list[DailyWindow]:
    """Windows whose bounds lie on, before, in and after the changed stretch of the clock."""
    before = (change - MINUTE).astimezone(zone(name)).replace(second=0)
    bounds = {(before.replace(tzinfo=None) + k * timedelta(minutes=15) + MINUTE).time() for k in (-5, -2, 0, 2, 5)}
    ordered = sorted(bounds)
    pairs = [(start, end) for k, start in enumerate(ordered) for end in ordered[k + 1 :]]
    return [DailyWindow(start, end, start_inclusive=len(pairs) % 2 == 0, end_inclusive=k % 2 == 0) for k, (start, end) in enumerate(pairs)]


class TestIsOpen:
    @pytest.mark.parametrize(
        ("expected", "text"),
        [
            (False, "2026-03-02T07:59:59.999999"),
            (True, "2026-03-02T08:00:00"),
            (True, "2026-03-02T21:00:00"),
            (False, "2026-03-02T21:00:00.000001"),
        ],
    )
    def test_regulation_f_includes_both_bounds(self, expected, text):
        """
        "Before 8:00 a.m." and "after 9:00 p.m." are inconvenient, so both bounds are lawful.
        """
        assert expected == is_open(local(text), [NEW_YORK], REGULATION_F)

    def test_exclusive_bounds(self):
        """
        West Virginia's "after eight and before nine" holds neither.
        """
        closed = [is_open(local(f"2026-03-02T{text}"), [NEW_YORK], EXCLUSIVE) for text in ("08:00", "21:00")]
        opened = [is_open(local(f"2026-03-02T{text}"), [NEW_YORK], EXCLUSIVE) for text in ("08:00:00.000001", "20:59:59.999999")]

        assert [False, False, True, True] == closed + opened

    def test_every_place_must_be_open(self):
        """
        Comment 6(b)(1)(i)-2.i: an Eastern number and a Pacific address leave 11:00 to 21:00 Eastern time.
        """
        places = [NEW_YORK, LOS_ANGELES]

        assert [False, True, True, False] == [
            is_open(local(f"2026-03-02T{text}"), places, REGULATION_F) for text in ("10:59:59", "11:00", "21:00", "21:00:01")
        ]

    @pytest.mark.parametrize("zones", [[], ["America/Atlantis"], [NEW_YORK, "EST"], [NEW_YORK, "Etc/GMT+5"]])
    def test_what_is_not_known_is_closed(self, zones):
        """
        No place, or one whose zone is no zone, closes contact without stopping the run.
        """
        noon = local("2026-03-02T12:00")

        assert not is_open(noon, zones, ALWAYS)
        assert next_open(noon, zones, ALWAYS) is None
        assert open_until(noon, zones, ALWAYS) is None

    def test_naive_instants_and_bare_names_are_refused(self):
        """
        Both would otherwise be decided by accident.
        """
        for ask in (is_open, next_open, open_until):
            with pytest.raises(TimeError, match="naive"):
                ask(NAIVE, [NEW_YORK], REGULATION_F)
            with pytest.raises(TimeError, match="list of names"):
                ask(local("2026-03-02T12:00"), NEW_YORK, REGULATION_F)


class TestDayTypes:
    HOLIDAYS = FixedHolidays([date(2026, 7, 1)])

    @pytest.mark.parametrize(
        ("expected", "text"),
        [
            (False, "2026-07-01T12:00"),
            (True, "2026-07-02T12:00"),
            (True, "2026-07-04T07:00"),
            (False, "2026-07-05T12:59"),
            (True, "2026-07-05T13:00"),
        ],
    )
    def test_british_columbia(self, expected, text):
        """
        Closed on Canada Day (a Wednesday), open on Saturday, a short Sunday.
        """
        assert expected == is_open(local(text, "America/Vancouver"), ["America/Vancouver"], BRITISH_COLUMBIA, self.HOLIDAYS)

    def test_next_open_passes_over_the_holiday(self):
        """
        From the evening before Canada Day to the morning after.
        """
        evening = local("2026-06-30T21:30", "America/Vancouver")

        assert local("2026-07-02T07:00", "America/Vancouver") == next_open(evening, ["America/Vancouver"], BRITISH_COLUMBIA, self.HOLIDAYS)

    def test_a_holiday_has_its_own_windows(self):
        """
        Once holidays are named, their weekday's windows do not count, those for "all" do.
        """
        hours = Hours(
            [DailyWindow(time(8), time(20), "weekday"), DailyWindow(time(10), time(12), "holiday"), DailyWindow(time(6), time(7))]
        )
        days = [hours.on(date(2026, 7, 1), holiday=holiday) for holiday in (True, False)]

        assert [[10, 6], [8, 6]] == [[window.start.hour for window in windows] for windows in days]

    def test_hours_that_do_not_name_holidays(self):
        """
        They treat a holiday as its weekday and need no calendar.
        """
        assert is_open(local("2026-12-25T12:00"), [NEW_YORK], REGULATION_F)

    def test_naming_holidays_needs_a_calendar(self):
        """
        Without one the answer would be a guess.
        """
        with pytest.raises(TimeError, match="holiday calendar"):
            is_open(local("2026-07-02T12:00"), [NEW_YORK], BRITISH_COLUMBIA)

    def test_the_holiday_is_local(self):
        """
        When Sydney already has its holiday, Honolulu has not, and both must be open.
        """
        at, hours = local("2026-07-01T09:00", "Australia/Sydney"), Hours([DailyWindow(time(8), time(21))], closed_on="holiday")

        assert [False, True] == [is_open(at, [name], hours, self.HOLIDAYS) for name in ("Australia/Sydney", HONOLULU)]


class TestWindowsAreChecked:
    @pytest.mark.parametrize(
        ("start", "end", "days"),
        [
            (time(22), time(6), "all"),
            (time(8), time(8), "all"),
            (time(8, tzinfo=UTC), time(9), "all"),
            (time(8), time(9, 0, 0, 1), "all"),
            (time(8), time(9), "monday"),
            (time(8), time(9), []),
        ],
    )
    def test_refused(self, start, end, days):
        """
        Over midnight, empty, with a zone, with fractions, on an unknown day or on none.
        """
        with pytest.raises(TimeError, match="no window was made"):
            DailyWindow(start, end, days)


class TestNextOpenAndOpenUntil:
    def test_the_morning_after(self):
        """
        Closed at night, first open at eight, until nine in the evening.
        """
        morning = next_open(local("2026-03-02T23:00"), [NEW_YORK], REGULATION_F)

        assert local("2026-03-03T08:00") == morning
        assert local("2026-03-03T21:00") == open_until(morning, [NEW_YORK], REGULATION_F)

    def test_intersection_of_two_places(self):
        """
        The later start and the earlier end rule.
        """
        places = [NEW_YORK, HONOLULU]

        assert local("2026-03-02T13:00") == next_open(local("2026-03-02T09:00"), places, REGULATION_F)
        assert local("2026-03-02T21:00") == open_until(local("2026-03-02T13:00"), places, REGULATION_F)

    def test_an_empty_intersection(self):
        """
        London and Honolulu share no hour of a short window.
        """
        office = Hours([DailyWindow(time(9), time(17))])

        assert next_open(local("2026-03-02T09:00"), [LONDON, HONOLULU], office) is None

    def test_exclusive_bounds(self):
        """
        The first whole second after the start, the last microsecond before the end.
        """
        morning = next_open(local("2026-06-05T08:00"), [NEW_YORK], EXCLUSIVE)

        assert local("2026-06-05T08:00:01") == morning
        assert local("2026-06-05T21:00") - TICK == open_until(morning, [NEW_YORK], EXCLUSIVE)

    def test_windows_that_meet_at_midnight(self):
        """
        A night shift is written as two windows and is one stretch.
        """
        night = Hours([DailyWindow(time(22), time(0)), DailyWindow(time(0), time(6))])

        assert local("2026-03-03T06:00") == open_until(local("2026-03-02T23:00"), [NEW_YORK], night)

    def test_always_open(self):
        """
        The horizon bounds what never closes.
        """
        at = local("2026-06-05T08:00")

        assert at == next_open(at, [NEW_YORK], ALWAYS)
        assert at + timedelta(days=8) == open_until(at, [NEW_YORK], ALWAYS)

    def test_the_horizon(self):
        """
        An opening later than the horizon is none.
        """
        mondays = Hours([DailyWindow(time(8), time(9), "mon")])

        assert next_open(local("2026-06-02T08:00"), [NEW_YORK], mondays, horizon_days=5) is None
        assert local("2026-06-08T08:00") == next_open(local("2026-06-02T08:00"), [NEW_YORK], mondays)


class TestClockChanges:
    """New York: 02:00 to 03:00 is skipped on 8 March 2026 and 01:00 to 02:00 is shown twice on 1 November."""

    def test_a_skipped_start_moves_forward(self):
        """
        02:30 does not exist; the first moment after it reads 03:00.
        """
        hours = Hours([DailyWindow(time(2, 30), time(9))])

        assert local("2026-03-08T03:00") == next_open(local("2026-03-08T00:00"), [NEW_YORK], hours)

    def test_a_skipped_end_closes_before_the_change(self):
        """
        03:00 would be after 02:30.
        """
        hours = Hours([DailyWindow(time(1), time(2, 30))])

        assert datetime(2026, 3, 8, 7, tzinfo=UTC) - TICK == open_until(local("2026-03-08T01:30"), [NEW_YORK], hours)

    def test_a_start_shown_twice_opens_at_the_second(self):
        """
        After the first 01:30 the clock goes back to 01:00, which is before the start.
        """
        hours = Hours([DailyWindow(time(1, 30), time(9))])

        assert datetime(2026, 11, 1, 6, 30, tzinfo=UTC) == next_open(local("2026-11-01T00:00"), [NEW_YORK], hours)

    def test_an_end_shown_twice_closes_at_the_first(self):
        """
        The second 01:30 is an hour of permission that nobody gave for certain.
        """
        hours = Hours([DailyWindow(time(0), time(1, 30))])

        assert datetime(2026, 11, 1, 5, 30, tzinfo=UTC) == open_until(local("2026-11-01T00:00"), [NEW_YORK], hours)

    def test_a_day_that_a_place_left_out(self):
        """
        Samoa had no 30 December 2011.
        """
        assert local("2011-12-31T08:00", "Pacific/Apia") == next_open(
            local("2011-12-29T22:00", "Pacific/Apia"), ["Pacific/Apia"], REGULATION_F
        )

    def test_a_change_that_returns_to_the_day_before(self):
        """
        In 2010 St. John's went from 00:01 back to 23:01: nothing outside the window, whichever day it is.
        """
        name, minute = "America/St_Johns", local("2010-11-06T22:30", "America/St_Johns").astimezone(UTC)
        hours = Hours([DailyWindow(time(23, 30), time(0), "sat"), DailyWindow(time(0), time(8), "sun")])
        opened = [minute + k * MINUTE for k in range(240) if is_open(minute + k * MINUTE, [name], hours)]

        assert opened
        assert all(not time(8) < at.astimezone(zone(name)).time() < time(23, 30) for at in opened)

    @pytest.mark.parametrize("name", ZONES)
    def test_minute_by_minute_around_every_change(self, name):
        """
        No instant outside the window is ever permitted; one inside is closed only where the clock shows it twice.
        """
        for change in clock_changes(name):
            for window in windows_around(change, name):
                hours = Hours([window])
                for k in range(-76, 77):
                    at = change + k * MINUTE
                    decided, shown = is_open(at, [name], hours), shown_inside(at, window, name)

                    assert decided <= shown, (name, at, window)
                    assert decided == shown or shown_twice(at, name), (name, at, window)

    @pytest.mark.parametrize("name", ZONES)
    def test_daytime_around_every_change(self, name):
        """
        The windows of Regulation F are exact for a day either side; Easter Island alone shows 21:00 twice.
        """
        window = REGULATION_F.windows[0]
        for change in clock_changes(name):
            for k in range(-26 * 60, 26 * 60, 20):
                at = change + k * MINUTE
                expected = shown_inside(at, window, name) and not (name == "Pacific/Easter" and shown_twice(at, name) and at >= change)
                assert expected == is_open(at, [name], REGULATION_F), (name, at)

    def test_the_oracle_saw_changes(self):
        """
        The walk is not empty: most of these places change their clocks, some never, Lord Howe by 30 minutes.
        """
        counts = {name: len(clock_changes(name)) for name in ZONES}
        change = clock_changes("Australia/Lord_Howe")[0]
        place = zone("Australia/Lord_Howe")

        assert 4 == counts[NEW_YORK] == counts["Asia/Beirut"]
        assert 0 == counts["America/Phoenix"] == counts["Asia/Kathmandu"]
        assert timedelta(minutes=30) == abs(change.astimezone(place).utcoffset() - (change - HOUR).astimezone(place).utcoffset())


times = st.times(time(0), time(23, 30)).map(lambda at: at.replace(second=0, microsecond=0))
zone_lists = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3)


@st.composite
def windows(draw):
    start, end = sorted(draw(st.lists(times, min_size=2, max_size=2, unique=True)))
    days = draw(st.sampled_from(["all", "weekday", "sat", "sun"]))
    return DailyWindow(start, end, days, start_inclusive=draw(st.booleans()), end_inclusive=draw(st.booleans()))


@st.composite
def instants(draw):
    """Instants of 2025 and 2026, half of them near a clock change."""
    changes = [change for name in (NEW_YORK, "Australia/Lord_Howe", "Asia/Beirut") for change in clock_changes(name)]
    near = st.sampled_from(changes).flatmap(lambda change: st.integers(-180, 180).map(lambda k: change + k * MINUTE))
    return draw(near | st.integers(0, 700 * 24 * 60).map(lambda k: datetime(2025, 1, 2, tzinfo=UTC) + k * MINUTE))


hours_of_any_kind = st.lists(windows(), min_size=1, max_size=3).map(Hours)


class TestLaws:
    @given(at=instants(), zones=zone_lists, hours=hours_of_any_kind)
    def test_next_open_is_open_and_nothing_earlier_is(self, at, zones, hours):
        """
        The answer is open; the second before it is closed unless asked from there; no minute between is open.
        """
        found = next_open(at, zones, hours)
        until = at + timedelta(days=8) if found is None else found

        assert found is None or is_open(found, zones, hours)
        assert found in (None, at) or found - SECOND < at or not is_open(found - SECOND, zones, hours)
        assert not any(is_open(at + k * 17 * MINUTE, zones, hours) for k in range((until - at - SECOND) // (17 * MINUTE) + 1))

    @given(at=instants(), zones=zone_lists, hours=hours_of_any_kind)
    def test_open_until_is_the_end_of_an_unbroken_stretch(self, at, zones, hours):
        """
        Open at every instant up to the answer, closed right after it.
        """
        last = open_until(at, zones, hours)

        assert (last is not None) == is_open(at, zones, hours)
        if last is not None:
            assert all(is_open(at + (last - at) * k // 16, zones, hours) for k in range(17))
            assert not is_open(last + TICK, zones, hours)

    @given(at=instants(), zones=zone_lists, extra=st.sampled_from(ZONES), hours=hours_of_any_kind)
    def test_another_place_never_opens(self, at, zones, extra, hours):
        """
        Knowing one more plausible place can only close, delay or shorten.
        """
        fewer, more = next_open(at, zones, hours), next_open(at, [*zones, extra], hours)

        assert is_open(at, [*zones, extra], hours) <= is_open(at, zones, hours)
        assert more is None or (fewer is not None and fewer <= more)

    @settings(max_examples=50)
    @given(at=instants(), zones=zone_lists, hours=hours_of_any_kind)
    def test_order_and_repetition_of_places_do_not_matter(self, at, zones, hours):
        """
        The intersection is a set.
        """
        assert next_open(at, zones, hours) == next_open(at, [*reversed(zones), zones[0]], hours)
