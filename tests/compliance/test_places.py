"""Where a person may be: every hint counts."""

from __future__ import annotations

from collectkit.calendars import zone
from collectkit.compliance import plausible_regions, plausible_zones
from collectkit.compliance.places import zones_of_number, zones_of_region
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
