"""Cleansing and scrubbing on a book: what plugins find becomes statuses and holds, and harms nobody who is not meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

import attrs
import pytest

from collectkit import Consumer, Email, Kit, Phone
from collectkit.errors import PluginFaultError, ValidationError
from collectkit.holds import Hold, ScrubHit
from collectkit.person import Cleansed, Oddity, PersonChanged
from collectkit.plugins import hookimpl

from .conftest import NOW, TODAY, account


class Lists:
    """A plugin with one cleanser and one list."""

    def __init__(
        self, clean: Callable[[Consumer], object] = Cleansed, look: Callable[[Sequence[Consumer]], object] = lambda people: ()
    ) -> None:
        self.clean, self.answer = clean, look
        self.seen: list[tuple[str, ...]] = []

    def look(self, people: Sequence[Consumer]) -> Iterable[ScrubHit]:
        self.seen.append(tuple(str(consumer.id) for consumer in people))
        return self.answer(people)  # type: ignore[return-value]

    @hookimpl
    def collectkit_cleansers(self) -> dict[str, object]:
        return {"acme": lambda consumer: self.clean(consumer)}

    @hookimpl
    def collectkit_scrubs(self) -> dict[str, object]:
        return {"register": self}


def kit_with(*plugins: object) -> Kit:
    kit = Kit.open("memory://", actor="tests", plugins=plugins)
    contacts = [
        Phone("+12125550123", source="checkout", consents=["sms"]),
        Email("Info@Example.com", source="checkout", consents=["email"]),
    ]
    kit.register(Consumer("c-1", name="Ann  Roe", region="US-NY", contacts=contacts), at=NOW)
    kit.register(Consumer("c-2", name="Bo Roe", region="US-NY"), at=NOW)
    kit.open_account(account(), at=NOW)
    return kit


class TestCleansing:
    def test_data_is_written_in_its_normal_form(self) -> None:
        """
        What was found is told, the change is one event, and consents stay with their points.
        """
        kit = kit_with()
        before = kit.person_standing("c-1", as_of=TODAY).facts.consents
        found = kit.cleanse("c-1", at=NOW)
        after = kit.person_standing("c-1", as_of=TODAY)

        assert {Oddity("", "rewritten"), Oddity("email-1", "rewritten"), Oddity("email-1", "role_address")} <= set(found)
        assert ("Ann Roe", "Info@example.com", True) == (
            after.consumer.name,
            after.consumer.contacts[1].value,
            after.consumer.contacts[1].work,
        )
        assert before == after.facts.consents
        assert [PersonChanged] == [type(one.body) for one in kit.person_history("c-1")[-1:]]

    def test_what_is_clean_records_nothing(self) -> None:
        """
        Again it finds the same and changes nothing.
        """
        kit = kit_with()
        kit.cleanse("c-1", at=NOW)
        length = len(kit.person_history("c-1"))
        kit.cleanse("c-1", at=NOW)

        assert length == len(kit.person_history("c-1"))

    def test_a_plugin_has_its_word_after_ours(self) -> None:
        """
        It sees what ours has made of it, and its words stand beside ours.
        """

        def disconnected(consumer: Consumer) -> Cleansed:
            assert "Ann Roe" == consumer.name
            first, *others = consumer.contacts
            return Cleansed(
                attrs.evolve(consumer, contacts=[attrs.evolve(first, status="disconnected"), *others]), [Oddity("phone-1", "dead")]
            )

        kit = kit_with(Lists(disconnected))
        assert Oddity("phone-1", "dead") == kit.cleanse("c-1", at=NOW)[-1]
        assert "disconnected" == kit.person_standing("c-1", as_of=TODAY).consumer.contacts[0].status

    @pytest.mark.parametrize(
        "clean",
        [
            lambda consumer: None,
            lambda consumer: 1 / 0,
            lambda consumer: Cleansed(attrs.evolve(consumer, contacts=())),
            lambda consumer: Cleansed(attrs.evolve(consumer, region="US-CA")),
        ],
    )
    def test_a_plugin_that_fails_changes_nothing(self, clean: Callable[[Consumer], object]) -> None:
        """
        Nor one that does more than it may.
        """
        kit = kit_with(Lists(clean))
        before = kit.person_history("c-1")
        with pytest.raises(PluginFaultError):
            kit.cleanse("c-1", at=NOW)

        assert before == kit.person_history("c-1")


def dead(people: Sequence[Consumer]) -> list[ScrubHit]:
    return [ScrubHit("c-1", "deceased", date(2026, 10, 1), "case 7")]


class TestScrubbing:
    def test_a_hit_becomes_a_hold(self) -> None:
        """
        It names the list and its reference, is reviewed in a month, and nobody is written to meanwhile.
        """
        kit = kit_with(Lists(look=dead))
        report = kit.scrub(at=NOW)

        assert (2, ("scrub/register/deceased/c-1",), 0, {}) == (report.people, report.placed, report.known, report.faults)
        assert ("deceased",) == kit.person_standing("c-1", as_of=TODAY).holds
        assert {} == dict(kit.run_night(as_of=TODAY, at=NOW).planned)

    def test_again_it_is_known(self) -> None:
        """
        Also months later, and after somebody found it wrong and lifted it.
        """
        kit = kit_with(Lists(look=dead))
        kit.scrub(at=NOW)
        later = NOW + timedelta(days=60)
        assert ((), 1) == (kit.scrub(at=later).placed, kit.scrub(at=later).known)
        hold = Hold(
            "scrub/register/deceased/c-1",
            "deceased",
            person="c-1",
            starts_on=date(2026, 10, 1),
            reason="found by the scrub register case 7",
            review_on=TODAY + timedelta(days=30),
        )
        kit.lift(hold, on=kit.business_date(later), reason="another of that name", at=later)
        assert ((), 1) == (kit.scrub(at=later).placed, kit.scrub(at=later).known)
        assert () == kit.person_standing("c-1", as_of=kit.business_date(later)).holds

    @pytest.mark.parametrize(
        "look",
        [
            lambda people: 1 / 0,
            lambda people: None,
            lambda people: [7],
            lambda people: [ScrubHit("c-9", "deceased", TODAY)],
            lambda people: (hit for hit in [None]),
        ],
    )
    def test_a_list_that_fails_harms_nobody(self, look: Callable[[Sequence[Consumer]], object]) -> None:
        """
        It is named, and no hold is placed.
        """
        report = kit_with(Lists(look=look)).scrub(at=NOW)

        assert ((), ["register"]) == (report.placed, list(report.faults))

    def test_a_list_cannot_dispute(self) -> None:
        """
        That is the person's to say, about one account.
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            ScrubHit("c-1", "dispute", TODAY)


class TestReach:
    def test_it_is_told_from_the_book(self) -> None:
        """
        A person without a contact point is traced.
        """
        kit = kit_with()
        assert 0 < kit.reach("c-1", as_of=TODAY).basis_points
        assert kit.reach("c-2", as_of=TODAY).unreachable
