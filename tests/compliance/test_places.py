"""Where a person may be: every hint counts."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectkit.calendars import zone
from collectkit.compliance import plausible_regions, plausible_zones
from collectkit.compliance.places import PARTS_LISTED, zones_of_address, zones_of_number, zones_of_region
from collectkit.compliance.shipped import zone_tables
from collectkit.person import Consumer, Email, Phone, Place, Postal


class TestPlausibleZones:
    def test_address_and_number_are_taken_together(self) -> None:
        """
        A New York residence, a Chicago number and a stated stay in London are three places.
        """
        points = [Phone("+13125550123", source="checkout"), Email("c@example.com", source="checkout")]
        consumer = Consumer("c-1", region="US-NY", contacts=points, places=[Place("Europe/London")])

        assert ("Europe/London", "America/New_York", "America/Chicago") == plausible_zones(consumer)

    def test_a_split_state_is_all_its_zones(self) -> None:
        """
        Who lives in Tennessee may live by either clock.
        """
        assert ("America/New_York", "America/Chicago") == plausible_zones(Consumer("c-1", region="US-TN"))

    def test_a_number_found_wrong_points_nowhere(self) -> None:
        """
        It is another person's.
        """
        wrong = Phone("+13125550123", source="checkout", status="wrong_party")

        assert ("America/New_York",) == plausible_zones(Consumer("c-1", region="US-NY", contacts=[wrong]))

    def test_nothing_known_is_no_place(self) -> None:
        """
        The gate then closes.
        """
        assert () == plausible_zones(Consumer("c-1"))

    def test_regions_are_those_of_residence_and_addresses(self) -> None:
        """
        The law of each may apply.
        """
        address = Postal("1 Test Street", source="checkout", region="US-MA")

        assert {"US-NY", "US-MA"} == plausible_regions(Consumer("c-1", region="US-NY", contacts=[address]))


class TestTables:
    @pytest.mark.parametrize(
        ("region", "taken"), [("US-XX", "US"), ("CA-ONT", "CA"), ("US-NY", "US-NY"), ("GB-LND", "GB-LND"), ("FR-75", "FR-75")]
    )
    def test_a_part_that_is_not_there_is_its_whole_country(self, region: str, taken: str) -> None:
        """
        A misspelt state passed as one without a law of its own; where not all parts are listed, a part is what it is called.
        """
        address = Postal("1 Main Street", region=region, source="checkout")

        assert {taken} == plausible_regions(Consumer("c-1", region=region))
        assert {taken} == plausible_regions(Consumer("c-1", contacts=[address]))

    def test_all_parts_are_listed_of_those_countries(self) -> None:
        """
        States and territories as ISO 3166-2 has them; of the United States without the minor islands, where nobody lives.
        """
        listed = Counter(region.partition("-")[0] for region in zone_tables()["regions"])

        assert {"AU": 8, "CA": 13, "MX": 32, "US": 56} == {country: listed[country] for country in PARTS_LISTED}

    def test_every_zone_exists(self) -> None:
        """
        A misspelled zone would close contact for a whole region.
        """
        for table in zone_tables().values():
            for names in table.values():
                assert names
                assert all(zone(name) for name in names)

    def test_an_unlisted_part_is_its_whole_country(self) -> None:
        """
        Careful: the hours must suit every clock of the country.
        """
        assert zones_of_region("US") == zones_of_region("US-ZZ")
        assert "Pacific/Honolulu" in zones_of_region("US")
        assert () == zones_of_region("ZZ")

    def test_numbers_by_prefix(self) -> None:
        """
        An area code of North America, a split one, and a country's code.
        """
        assert "America/New_York" in zones_of_number("+12125550123")
        assert {"America/New_York", "America/Chicago"} <= set(zones_of_number("+18505550123"))
        assert ("Europe/Berlin",) == zones_of_number("+4930123456")


def offsets(name: str) -> tuple[object, object]:
    """Return the offsets of a zone in January and in July 2026, by which two names are one clock."""
    place = zone(name)
    return tuple(datetime(2026, month, 15, 12, 0, tzinfo=UTC).astimezone(place).utcoffset() for month in (1, 7))  # type: ignore[return-value]


def rows(shared_data: Path, table: str) -> list[dict[str, str]]:
    with (shared_data / "data" / "us_contact" / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestSharedTables:
    def test_every_area_code_is_in_all_its_zones(self, shared_data: Path) -> None:
        """
        The 25 area codes that lie in several zones among them; none is ever narrower.
        """
        narrower = {}
        for row in rows(shared_data, "area_code_timezone.csv"):
            ours = {offsets(name) for name in zones_of_number(f"+1{row['area_code']}5550123")}
            theirs = {offsets(name) for name in row["timezones"].split("|")}
            if not theirs <= ours:
                narrower[row["area_code"]] = theirs - ours

        assert {} == narrower

    def test_an_address_is_in_every_zone_that_a_table_gives_its_zip_code(self, shared_data: Path) -> None:
        """
        Both tables count, also for the hundreds of ZIP codes on which they disagree; an address names its state.
        """
        states = {row["zip3"]: row["all_states"].split("|") for row in rows(shared_data, "zip3_state.csv")}
        narrower = []
        for row in rows(shared_data, "zip_timezone.csv"):
            regions = [f"US-{state}" for state in states.get(row["zip"][:3], ())]
            ours = {offsets(name) for region in regions for name in zones_of_region(region)}
            theirs = {offsets(row[table]) for table in ("timezone_a", "timezone_b") if row[table]}
            if regions and not theirs <= ours:
                narrower.append(row["zip"])

        assert [] == narrower

    def test_a_zip_code_adds_its_zone_and_its_state(self) -> None:
        """
        An address that names another state than its ZIP code is plausible in both; a code of another country adds nothing.
        """
        moved = Postal("1 Test Street", source="checkout", region="US-CA", postal_code="10001-1234")
        german = Postal("Teststr. 1", source="checkout", region="DE", postal_code="10115")

        assert ("America/Los_Angeles", "America/New_York") == zones_of_address(moved)
        assert {"US-CA", "US-NY"} == plausible_regions(Consumer("c-1", contacts=[moved]))
        assert ("Europe/Berlin",) == zones_of_address(german)

    def test_a_number_tells_the_country_where_nothing_else_does(self) -> None:
        """
        Then every pack of the country is asked.
        """
        assert {"US"} == plausible_regions(Consumer("c-1", contacts=[Phone("+12125550123", source="checkout")]))
        assert {"GB"} == plausible_regions(Consumer("c-1", contacts=[Phone("+442071838750", source="checkout")]))
        both = Consumer("c-1", region="US-NY", contacts=[Phone("+442071838750", source="checkout")])
        assert {"US-NY"} == plausible_regions(both)
