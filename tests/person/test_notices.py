"""Notices by ids alone: what stands of those that were served, received and found to be none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.errors import TimeError, ValidationError
from collectkit.identifiers import PersonId
from collectkit.person import Notice, NoticeServed, NoticeVoided, fold_person, notices_in

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def notice(id: str = "n-1", days: int = 0, **other: Any) -> Notice:
    return Notice(id, "c-1", "default_notice_served", ["a-1"], NOON + days * DAY, **other)


class TestNotice:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"kind": ""}, "kind must be a text"),
            ({"accounts": []}, "at least one account"),
            ({"evidence": "4111111111111111"}, "never the number of a card"),
            ({"states": "amount"}, "a list of words"),
        ],
    )
    def test_what_no_notice_is(self, wrong: dict[str, Any], said: str) -> None:
        """
        Each is refused with what is allowed, before anything is recorded.
        """
        fields = {"id": "n-1", "person": "c-1", "kind": "k", "accounts": ["a-1"], "served_at": NOON}

        with pytest.raises(ValidationError, match=said):
            Notice(**{**fields, **wrong})

    def test_an_instant_needs_its_zone(self) -> None:
        """
        Days are counted where the person is.
        """
        with pytest.raises(TimeError):
            Notice("n-1", "c-1", "k", ["a-1"], NOON.replace(tzinfo=None))


class TestWhatStands:
    def test_one_that_came_back_stands_no_more(self) -> None:
        """
        In whatever order that is recorded.
        """
        served, voided = NoticeServed(notice()), NoticeVoided("n-1", "c-1", NOON + DAY, "it came back")

        assert (notice(),) == notices_in([served])
        assert () == notices_in([served, voided]) == notices_in([voided, served])

    @given(
        served=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=8),
        voided=st.lists(st.integers(0, 9), max_size=4),
        seed=st.randoms(use_true_random=False),
    )
    def test_the_order_of_arrival_does_not_matter(self, served: list[tuple[int, int]], voided: list[int], seed: Any) -> None:
        """
        Each id once, those that were voided never, and the rest by the day from which they count.
        """
        days = dict(reversed(served))
        bodies: list[object] = [NoticeServed(notice(f"n-{id}", day)) for id, day in days.items()]
        bodies += [NoticeVoided(f"n-{id}", "c-1", NOON, "wrong") for id in voided]
        seed.shuffle(bodies)
        expected = sorted((day, f"n-{id}") for id, day in days.items() if id not in voided)

        assert expected == [((one.served_at - NOON).days, one.id) for one in fold_person(PersonId("c-1"), bodies).notices]
