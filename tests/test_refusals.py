"""A refusal as a value: what it says."""

from __future__ import annotations

from enum import Enum

from collectkit.errors import RefusedError
from collectkit.refusals import Refusal


class Reason(Enum):
    TOO_LATE = "too_late"


class TestRefusal:
    def test_it_says_why_and_what_did_not_happen(self) -> None:
        """
        The detail, the stable code, and what was not done.
        """
        assert "due yesterday (too_late); nothing was sent" == str(Refusal(Reason.TOO_LATE, "due yesterday", "nothing was sent"))

    def test_without_a_detail_the_code_speaks(self) -> None:
        """
        In words.
        """
        assert "too late (too_late); nothing was recorded" == str(Refusal(Reason.TOO_LATE))

    def test_refusals_are_compared_by_content(self) -> None:
        """
        They are values, and the error that carries one says the same.
        """
        refusal = Refusal(Reason.TOO_LATE)

        assert Refusal(Reason.TOO_LATE) == refusal
        assert str(refusal) == str(RefusedError(refusal))
        assert refusal is RefusedError(refusal).refusal
