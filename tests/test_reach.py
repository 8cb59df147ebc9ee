"""How likely somebody is to be reached."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import ValidationError
from collectkit.person import Consumer, Contact, ContactRecorded, Email, PersonFacts, Phone, Reach, ReachPolicy, fold_person, reach

ON = date(2026, 10, 20)
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)


def facts(*contacts: tuple[int, str, str]) -> PersonFacts:
    """Contacts so many days ago, on a point, with an outcome."""
    events = [
        ContactRecorded(Contact("c-1", NOON - timedelta(days=days), "phone", point, (), outcome)) for days, point, outcome in contacts
    ]
    return fold_person("c-1", events)  # type: ignore[arg-type]


def told(*contacts: tuple[int, str, str], phone: Phone | None = None) -> Reach:
    return reach(Consumer("c-1", contacts=[phone or Phone("+12125550123", source="checkout")]), facts(*contacts), ON)


class TestReach:
    def test_what_is_known_adds_up_and_says_why(self) -> None:
        """
        A number from the checkout, reached half a year ago, not answered twice since.
        """
        (point,) = told((182, "phone-1", "conversation"), (5, "phone-1", "no_answer"), (3, "phone-1", "voicemail")).points

        assert (("unverified", 4_000), ("own word", 1_000), ("fresh", 1_504), ("not answered", -800)) == point.why
        assert (5_704, date(2026, 4, 21)) == (point.basis_points, point.reached_on)

    def test_what_was_before_the_last_success_does_not_count(self) -> None:
        """
        Whoever was reached yesterday is not unreachable for what failed before.
        """
        assert told((0, "phone-1", "conversation")) == told((9, "phone-1", "undeliverable"), (0, "phone-1", "conversation"))

    @pytest.mark.parametrize("status", ["invalid", "wrong_party", "disconnected", "suppressed"])
    def test_nobody_is_reached_on_what_must_not_be_used(self, status: str) -> None:
        """
        Then a trace is due.
        """
        found = told((0, "phone-1", "conversation"), phone=Phone("+12125550123", source="checkout", status=status))
        assert (0, True) == (found.basis_points, found.unreachable)

    def test_two_ways_are_better_than_one(self) -> None:
        """
        If their chances are independent; the likelier stands first.
        """
        points = [Email("a@example.com", source="skip_trace"), Phone("+12125550123", source="checkout", status="verified")]
        found = reach(Consumer("c-1", contacts=points), facts(), ON)

        assert [("phone-1", 6_500), ("email-1", 2_500)] == [(point.point, point.basis_points) for point in found.points]
        assert 10_000 - 3_500 * 7_500 // 10_000 == found.basis_points

    def test_a_later_contact_is_not_known_yet(self) -> None:
        """
        The answer for a day of the past is what it was.
        """
        assert told() == told((-1, "phone-1", "conversation"))

    def test_a_host_gives_its_own_figures(self) -> None:
        """
        Those that it has measured.
        """
        consumer = Consumer("c-1", contacts=[Phone("+12125550123", source="checkout")])
        assert 500 == reach(consumer, facts(), ON, ReachPolicy(unverified=500, own_word=0)).basis_points


OUTCOMES = st.sampled_from(["conversation", "delivered", "undeliverable", "no_answer", "voicemail", "unknown"])
HISTORIES = st.lists(st.tuples(st.integers(1, 500), st.just("phone-1"), OUTCOMES), max_size=6)


class TestLaws:
    @given(HISTORIES)
    def test_it_is_a_share_of_certainty(self, history: list[tuple[int, str, str]]) -> None:
        """
        Between none and the surest that a point can be.
        """
        assert 0 <= told(*history).basis_points <= ReachPolicy().most

    @given(HISTORIES)
    def test_a_failure_makes_nobody_easier_to_reach(self, history: list[tuple[int, str, str]]) -> None:
        """
        And a success today makes nobody harder.
        """
        now = told(*history).basis_points
        assert (
            told(*history, (0, "phone-1", "undeliverable")).basis_points
            <= now
            <= told(*history, (0, "phone-1", "conversation")).basis_points
        )

    @given(HISTORIES, st.integers(0, 400))
    def test_what_is_known_fades(self, history: list[tuple[int, str, str]], days: int) -> None:
        """
        Without news the chance does not grow.
        """
        consumer = Consumer("c-1", contacts=[Phone("+12125550123", source="checkout")])
        known = facts(*history)
        assert reach(consumer, known, ON + timedelta(days=days)).basis_points <= reach(consumer, known, ON).basis_points

    @pytest.mark.parametrize("days", [0, -1, 1.5, True])
    def test_a_success_fades_over_whole_days(self, days: object) -> None:
        """
        One at least.
        """
        with pytest.raises(ValidationError, match="fade_days is a number of days from 1"):
            ReachPolicy(fade_days=cast(Any, days))
