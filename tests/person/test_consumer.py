"""A person as they are given at the door."""

from __future__ import annotations

import re

import pytest

from collectkit import Consumer, Email, Phone, Place
from collectkit.errors import PersonError
from collectkit.person import ContactPoint

PHONE = Phone("+12125550123", source="checkout")


@pytest.mark.parametrize(
    "contacts", ["+12125550123", ["+12125550123"], [{"phone": "+12125550123"}], [PHONE, None], [Place("Europe/London")]]
)
def test_contacts_are_contact_points(contacts: list[ContactPoint]) -> None:
    """
    A text, a row of the host's and anything else are refused in words, and not met somewhere within.
    """
    with pytest.raises(
        PersonError, match=re.escape("contacts is a list of things such as Phone('+12125550123', source='checkout'), got a")
    ):
        Consumer("c-1", contacts=contacts)


@pytest.mark.parametrize("places", ["Europe/London", ["Europe/London"], [PHONE]])
def test_places_are_places(places: list[Place]) -> None:
    """
    The hours of the law are asked of each.
    """
    with pytest.raises(PersonError, match=re.escape("places is a list of things such as Place('America/New_York'), got a")):
        Consumer("c-1", places=places)


def test_a_list_may_come_bit_by_bit() -> None:
    """
    Each point gets its name in the order given.
    """
    given = (point for point in (PHONE, Email("a@example.com", source="checkout"), PHONE))
    consumer = Consumer("c-1", contacts=given, places=iter([Place("Europe/London")]))  # type: ignore[arg-type]

    assert ["phone-1", "email-1", "phone-2"] == [point.id for point in consumer.contacts]
    assert (Place("Europe/London"),) == consumer.places
