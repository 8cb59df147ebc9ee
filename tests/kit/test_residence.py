"""Where a person lives decides which law is asked about them, with a bundled policy and nothing named by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

import pytest

from collectkit import Account, Consumer, Email, Kit, Phone, plans
from collectkit.compliance import UNKNOWN_REGION, shipped_pack
from collectkit.compliance.shipped import LAWS
from collectkit.money import Money
from collectkit.policy import PRESETS

AT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
MEMBER_OF = {"EU": "DE", "US-PAY": "US-OH", "US-*": "US-IL"}
"""Somebody who is reached by a pack that tells the law of several countries, or of several states."""


@lru_cache(maxsize=len(PRESETS))
def kit(policy: str) -> Kit:
    return Kit.open("memory://", policy=policy, actor="test")


def packs_of(policy: str, region: str) -> set[str]:
    """Return the names of the packs asked about somebody who lives in a region."""
    held, id = kit(policy), f"c-{region.lower()}"
    if id not in {standing.person for standing in held.standings(as_of=date(2026, 11, 24))}:
        held.register(Consumer(id, region=region, contacts=[Email(f"{id}@example.com", source="checkout")]), at=AT)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        held.open_account(Account(f"a-{id}", consumer=id, plan=plan), at=AT)
    verdict = held.ask_law(id, at=AT, channel="email")
    assert UNKNOWN_REGION not in [finding.rule for finding in verdict.findings]
    return {name.partition("@")[0] for name in verdict.packs}


class TestResidence:
    @pytest.mark.parametrize("policy", PRESETS)
    @pytest.mark.parametrize("name", LAWS)
    def test_a_person_is_judged_by_the_pack_of_the_place(self, name: str, policy: str) -> None:
        """
        Every law that ships, with every bundled policy.
        """
        jurisdiction = shipped_pack(name).jurisdiction
        region = MEMBER_OF.get(jurisdiction, jurisdiction)
        asked = packs_of(policy, region)

        assert {name, "library", "courtesy"} <= asked
        if region.startswith("US-"):
            assert "us-federal" in asked

    def test_nobody_is_judged_by_the_law_of_another_place(self) -> None:
        """
        California is not New York, nor Germany Sweden; what reaches everybody is asked about everybody.
        """
        everybody = {"library", "courtesy", "us-payments"}

        assert everybody | {"us-federal", "us-states-other", "us-ca"} == packs_of("us-bnpl", "US-CA")
        assert everybody | {"eu", "de"} == packs_of("us-bnpl", "DE")

    def test_a_person_without_a_known_state_is_judged_by_all_of_them(self) -> None:
        """
        Every plausible pack, so that the strictest wins.
        """
        asked = packs_of("us-bnpl", "US")

        assert {name for name in LAWS if name.startswith("us-")} <= asked
        assert not asked & {"gb", "au", "de"}

    def test_a_number_and_an_address_of_two_states_load_both(self) -> None:
        """
        Whoever says California and is called in Florida may be in either.
        """
        held = kit("us-bnpl")
        held.register(Consumer("c-two", region="US-CA", contacts=[Phone("+13052000123", source="checkout")]), at=AT)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        held.open_account(Account("a-two", consumer="c-two", plan=plan), at=AT)
        verdict = held.ask_law("c-two", at=AT, channel="phone")

        assert {"America/Los_Angeles", "America/New_York"} <= set(verdict.zones)
        assert "us-ca" in {name.partition("@")[0] for name in verdict.packs}
