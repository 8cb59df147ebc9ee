"""No permit at a wrong hour, in any zone, around every change of its clock from 2020 to 2037."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from collectkit.actions import Outcome
from collectkit.calendars.dates import _zone_names
from collectkit.compliance import Question, rule_on, shipped_pack
from collectkit.compliance.packs import Pack

from . import oracle, tzif
from .test_oracle import alone

ALL_ZONES = tuple(sorted(name for name in _zone_names() if "/" in name and not name.startswith("Etc/")))
ODD = ("Australia/Lord_Howe", "Africa/Casablanca", "Antarctica/Troll", "America/St_Johns", "Africa/Cairo", "America/Scoresbysund")
SAMPLE = tuple(dict.fromkeys([*ALL_ZONES[::13], *ODD]))
"""Forty zones of the database and more, the same ones each time, and those with odd changes."""

FIRST, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2020, 2038))
AROUND, HOUR = 26 * 3600, 3600
FEDERAL_HOURS = "us.regf.6b1.hours"


def changes(zone: str) -> list[int]:
    return [moment for moment, _ in tzif.shifts(zone) if FIRST <= moment < END]


def seconds_around(zone: str, step: int) -> Iterator[int]:
    """Yield the seconds of a walk from 26 hours before each change to 26 hours after it, and those beside every full step."""
    for change in changes(zone):
        for moment in range(change - AROUND, change + AROUND + 1, step):
            yield from (moment - 1, moment, moment + 1) if moment % HOUR == 0 else (moment,)
        yield from (change - 1, change, change + 1)


def is_open(pack: list[Pack], zones: tuple[str, ...], moment: int) -> bool:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)
    ruling = rule_on(Question("contact", at, zones, party="third_party", channel="phone", unknown=Outcome.ALLOW), pack)
    return ruling.outcome is Outcome.ALLOW


def check(zone: str, step: int) -> int:
    """Ask the gate at each second of the walk and compare it with the clock of the raw file; return how often it was asked."""
    params = oracle.raw_rules()[FEDERAL_HOURS][1]["params"]
    (window,) = params["windows"]
    first, last = (_clock(window[name]) for name in ("start", "end"))
    pack, asked = alone(FEDERAL_HOURS), 0
    for moment in seconds_around(zone, step):
        wall = tzif.second_of_day(zone, moment)
        # "Before 8:00 and after 21:00 is inconvenient" leaves both full hours open; an end that is shown twice is the first.
        right, found = first <= wall <= last, is_open(pack, (zone,), moment)
        assert right == found or (right and tzif.is_shown_twice(zone, moment)), (zone, moment, wall)
        asked += 1
    return asked


def _clock(text: str) -> int:
    hours, minutes, seconds = (int(part) for part in str(text).split(":"))
    return hours * 3600 + minutes * 60 + seconds


class TestZones:
    def test_the_raw_files_tell_what_the_library_reads(self) -> None:
        """
        An oracle that reads another database would convict nobody.
        """
        assert 500 < len(ALL_ZONES)
        assert 400 < sum(len(changes(zone)) for zone in SAMPLE)
        assert shipped_pack("us-federal").rule(FEDERAL_HOURS) is not None

    @pytest.mark.parametrize("zone", SAMPLE)
    def test_no_wrong_hour_around_any_change_of_a_sample_of_zones(self, zone: str) -> None:
        """
        Every half hour from 26 hours before to 26 hours after, and the seconds beside each full one.
        """
        assert bool(changes(zone)) == (check(zone, HOUR // 2) > 0)

    @pytest.mark.soak
    @pytest.mark.parametrize("zone", ALL_ZONES)
    def test_no_wrong_hour_in_any_minute_around_any_change(self, zone: str) -> None:
        """
        All zones, minute by minute.
        """
        assert bool(changes(zone)) == (check(zone, 60) > 0)

    @pytest.mark.parametrize("zones", [("America/New_York", "America/Los_Angeles"), ("Australia/Lord_Howe", "Europe/London")])
    def test_two_places_are_open_when_both_are(self, zones: tuple[str, str]) -> None:
        """
        Around the changes of either.
        """
        pack = alone(FEDERAL_HOURS)
        for moment in (moment for zone in zones for change in changes(zone) for moment in range(change - AROUND, change + AROUND, HOUR)):
            expected = all(8 * HOUR <= tzif.second_of_day(zone, moment) <= 21 * HOUR for zone in zones)

            assert expected == is_open(pack, zones, moment)
