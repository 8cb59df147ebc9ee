"""The account header: parties over time, and texts for rules."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from collectkit.account import METADATA_MAX, Account, AccountClosed, Party
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, PersonId
from collectkit.schedules import Plan

PLAN = Plan("pay_in_4", "USD", date(2026, 9, 1), (date(2026, 9, 1),), (5000,))


def account(**rest: object) -> Account:
    return Account("a-1", "c-1", PLAN, **rest)  # type: ignore[arg-type]


class TestParty:
    def test_the_latest_party_of_a_role_counts(self) -> None:
        """
        From its first day on; before any, it is the host itself.
        """
        sold = account(parties=[Party("owner", "fund-2", date(2026, 12, 1), "after_default"), Party("owner", "fund-1", date(2026, 10, 1))])

        assert ["", "fund-1", "fund-1", "fund-2"] == [
            sold.party("owner", day) for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 11, 30), date(2026, 12, 1))
        ]
        assert "" == sold.party("servicer", date(2026, 12, 1))

    def test_roles_are_three(self) -> None:
        """
        Anything else is refused.
        """
        with pytest.raises(ValueError, match="role"):
            Party("broker", "b-1", date(2026, 9, 1))
        with pytest.raises(ValueError, match=r"id must be a text that is not empty"):
            Party("owner", "", date(2026, 9, 1))


class TestAccount:
    def test_plain_texts_become_identifiers(self) -> None:
        """
        Whoever reads an account gets the typed ids.
        """
        assert (AccountId, PersonId) == (type(account().id), type(account().consumer))

    def test_metadata_is_read_only_and_small(self) -> None:
        """
        A copy of what was given, compared by content.
        """
        given = {"tier": "gold"}
        one = account(metadata=given)
        given["tier"] = "lead"

        assert "gold" == one.metadata["tier"]
        assert one == account(metadata={"tier": "gold"})
        assert one != account()
        assert hash(one) == hash(attrs.evolve(one))
        with pytest.raises(TypeError):
            one.metadata["tier"] = "lead"  # type: ignore[index]

    @pytest.mark.parametrize("metadata", [{f"k{n}": "" for n in range(METADATA_MAX + 1)}, {"k": "v" * 501}, {"k": 1}])
    def test_metadata_out_of_bounds_is_refused(self, metadata: dict[str, object]) -> None:
        """
        The message states both limits.
        """
        with pytest.raises(ValidationError, match="at most 32 texts of at most 500"):
            account(metadata=metadata)


class TestClosed:
    def test_a_reason_is_one_of_four(self) -> None:
        """
        Reports tell paid from written off.
        """
        assert "sold" == AccountClosed("a-1", date(2026, 12, 1), "sold").reason
        with pytest.raises(ValueError, match="reason"):
            AccountClosed("a-1", date(2026, 12, 1), "forgotten")
