"""Where a person may plausibly be, for the hours and days of the law.

Everything that points to a place is taken together, because contact hours must suit every one: places that were
stated, addresses, the region of residence and the numbers. What points nowhere adds nothing; a person about whom
nothing is known has no place, and the gate closes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Final

from collectkit.compliance.shipped import zone_tables
from collectkit.person import Consumer, Phone, Postal

_PREFIX_MAX: Final = 4
PARTS_LISTED: Final = frozenset({"AU", "CA", "MX", "US"})
"""Countries of which `zones.toml` lists every part; of others it lists those whose clocks or law are their own."""

_NO_ZONE: Final = "Etc/Unknown"
_ZIP: Final = re.compile(r"([0-9]{5})(?:-?[0-9]{4})?")


def plausible_zones(consumer: Consumer) -> tuple[str, ...]:
    """
    Return every IANA zone in which the person may plausibly be, each once, surest first.

    Stated places come first, then addresses, the region of residence, and the usable numbers.

    Source:
        12 CFR 1006.6(b)(1)(i) and comment 6(b)(1)(i)-2 (Regulation F): conflicting location information.
    """
    return tuple(dict.fromkeys(_pointed_at(consumer)))


def plausible_regions(consumer: Consumer) -> frozenset[str]:
    """
    Return the regions whose law may apply: that of residence, those of the addresses, and the states of their ZIP codes.

    Where none of them is known, the countries of the usable numbers are taken, so that every pack of each is asked. A part that its
    country does not have, such as ``US-XX``, is the whole country: of a state that is misspelt, the law is not known.
    """
    addresses = [point for point in consumer.contacts if isinstance(point, Postal)]
    stated = {_existing(region) for region in (consumer.region, *(point.region for point in addresses))}
    zips = {region for point in addresses if (region := zip_place(zip_of(point, consumer.region))[0])}
    found = frozenset(stated | zips) - {""}
    if found:
        return found
    numbers = (point for point in consumer.contacts if isinstance(point, Phone) and point.usable)
    return frozenset(country for number in numbers for country in countries_of_number(number.value))


def _existing(region: str) -> str:
    """Return a region, or its country where that has no such part."""
    country, _, part = region.partition("-")
    return country if part and country in PARTS_LISTED and region not in zone_tables()["regions"] else region


def _pointed_at(consumer: Consumer) -> Iterator[str]:
    yield from (place.zone for place in consumer.places)
    for point in consumer.contacts:
        if isinstance(point, Postal):
            yield from zones_of_address(point, consumer.region)
    yield from zones_of_region(consumer.region)
    for point in consumer.contacts:
        if isinstance(point, Phone) and point.usable:
            yield from zones_of_number(point.value)


def zones_of_region(region: str) -> tuple[str, ...]:
    """
    Return the zones of an ISO 3166 region; all of its country when the part is not listed, none when neither is.

    >>> zones_of_region("US-NY"), zones_of_region("US-TX")
    (('America/New_York',), ('America/Chicago', 'America/Denver'))
    """
    tables = zone_tables()
    known = tables["regions"].get(region)
    return tables["countries"].get(region.partition("-")[0], ()) if known is None else known


def zones_of_address(address: Postal, residence: str = "") -> tuple[str, ...]:
    """
    Return the zones of an address: those of its region and, if `zipcodes` is installed, that of its ZIP code.

    Both count, for tables of ZIP codes disagree about hundreds of them; a region alone is all of its zones.

    Args:
        address: The address.
        residence: Region of residence, for an address that names none.
    """
    region = address.region or residence
    zone = zip_place(zip_of(address, residence))[1]
    return tuple(dict.fromkeys((*zones_of_region(region), *((zone,) if zone else ()))))


def zip_of(address: Postal, residence: str = "") -> str:
    """Return the five digits of the ZIP code of an address in the United States, or an empty text."""
    region = address.region or residence
    found = _ZIP.fullmatch(address.postal_code.strip()) if region.partition("-")[0] == "US" else None
    return found[1] if found else ""


@lru_cache(maxsize=65536)
def zip_place(zip_code: str) -> tuple[str, str]:
    """Return the region and the zone of a ZIP code; empty texts when it is unknown or `zipcodes` is not installed."""
    if not zip_code:
        return "", ""
    try:
        package = import_module("zipcodes")
    except ImportError:
        return "", ""
    found = package.matching(zip_code)
    if not found:
        return "", ""
    region, zone = f"US-{found[0].get('state')}", str(found[0].get("timezone") or "")
    return region if region in zone_tables()["regions"] else "", zone  # territories and military post are in no state


@lru_cache(maxsize=65536)
def countries_of_number(number: str) -> tuple[str, ...]:
    """
    Return the countries that a telephone number may belong to, as ISO 3166 codes.

    A number of North America whose country is not known for sure may belong to any country of its plan that has a pack.
    """
    try:
        numbers = import_module("phonenumbers")
    except ImportError:
        return ()
    try:
        parsed = numbers.parse(number)
    except numbers.NumberParseException:
        return ()
    sure = numbers.region_code_for_number(parsed)
    known = (sure,) if sure else numbers.region_codes_for_country_code(parsed.country_code)
    return tuple(sorted(str(country) for country in known if str(country) in zone_tables()["countries"]))


@lru_cache(maxsize=65536)
def zones_of_number(number: str) -> tuple[str, ...]:
    """
    Return the zones that a telephone number may belong to: those of its prefix, and those `phonenumbers` knows if installed.

    Both count, for `phonenumbers` gives a number of an exchange it does not list to a single zone of a split area code.

    Args:
        number: With its country code, as in +12125550123.
    """
    return tuple(sorted({*_by_metadata(number), *_by_prefix(number.lstrip("+"))}))


def _by_metadata(number: str) -> tuple[str, ...]:
    # Imported by name, because the package is optional and brings no types of its own everywhere.
    try:
        numbers, time_zones = import_module("phonenumbers"), import_module("phonenumbers.timezone")
    except ImportError:
        return ()
    try:
        found = time_zones.time_zones_for_number(numbers.parse(number))
    except numbers.NumberParseException:
        return ()
    return tuple(sorted(str(name) for name in found if name != _NO_ZONE))


def _by_prefix(digits: str) -> tuple[str, ...]:
    """Return the zones of the longest prefix listed: an area code in North America, else a country's whole."""
    prefixes = zone_tables()["prefixes"]
    lengths = range(_PREFIX_MAX, 0, -1)
    return next((prefixes[digits[:length]] for length in lengths if digits[:length] in prefixes), ())
