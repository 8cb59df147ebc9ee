"""The pace that a vulnerable person's adjustments set, counted in the host's business days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Proposal
from collectkit.calendars.dates import local_date
from collectkit.holds import Adjustments
from collectkit.person import Consumer, Contact, fold_person
from collectkit.person.events import ContactRecorded
from collectkit.person_standing import PersonStanding
from collectkit.treatment.adjusting import paced, too_soon

MAIL = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), "email")
ZONES = ("UTC", "America/New_York", "Australia/Sydney", "Pacific/Kiritimati")


def person(on: date, *called_at: datetime, every_days: int = 7) -> PersonStanding:
    contacts = [ContactRecorded(Contact("c-1", at, "phone", accounts=("a-1",))) for at in called_at]
    adjustments = (Adjustments(channels=["email", "phone"], every_days=every_days),)
    return PersonStanding(Consumer("c-1"), fold_person("c-1", contacts), (), on, ("vulnerability",), adjustments)


class TestPace:
    def test_a_day_is_a_business_day(self) -> None:
        """
        A call of the morning of the 21st in Sydney is of the 20th in UTC: a week later is the 28th, not the 27th.
        """
        called = datetime(2026, 10, 20, 22, tzinfo=UTC)

        assert [] == paced([MAIL], person(date(2026, 10, 27), called), (), zone="Australia/Sydney")
        assert [MAIL] == paced([MAIL], person(date(2026, 10, 28), called), (), zone="Australia/Sydney")
        assert too_soon(person(date(2026, 10, 27), called), called, zone="Australia/Sydney")
        assert not too_soon(person(date(2026, 10, 28), called), called, zone="Australia/Sydney")

    @given(
        hours=st.integers(0, 24 * 90),
        after=st.integers(0, 40),
        every_days=st.integers(1, 31),
        zone=st.sampled_from(ZONES),
    )
    def test_night_and_hand_over_agree(self, hours: int, after: int, every_days: int, zone: str) -> None:
        """
        Both wait until so many business days have passed, and no longer.
        """
        called = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=hours)
        on = local_date(called, zone) + timedelta(days=after)
        known = person(on, called, every_days=every_days)

        assert (after >= every_days) is (paced([MAIL], known, (), zone=zone) == [MAIL])
        assert (after < every_days) is too_soon(known, called, zone=zone)
