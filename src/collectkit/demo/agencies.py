"""Who works accounts in the demo: three agencies, of which the licence of one lapses, a team, and an agent on leave."""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.policy import Policy
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS

AGENCIES = ("agency-north", "agency-coast", "agency-all")
_LATE = "days_past_due >= 15"


def with_agencies(policy: Policy, starts_on: date) -> Policy:
    """
    Return a policy under which accounts fifteen days late go to three agencies, by lot on equal paper, and the others to our own people.

    One agency's licence lapses after four weeks, each gives accounts back after three weeks without a payment, and an agent is
    away in the second and third week.
    """
    lapses = starts_on + timedelta(days=27)
    away = f"{starts_on + timedelta(days=7)} to {starts_on + timedelta(days=20)}"
    licences = (("US", "GB", "AU"), (f"US until {lapses}",), ("US", "GB", "AU"))
    agencies = [
        Handler(
            id,
            id.replace("-", " "),
            "agency",
            licences=held,
            term_days=45,
            inactivity_days=21,
            notice_days=5,
            fee_bp=2_500,
            yield_bp=2_000,
        )
        for id, held in zip(AGENCIES, licences, strict=True)
    ]
    own = [Handler("team", "Our team", "in_house"), Handler("agent-lee", "Lee", "agent", capacity=40, leave=[away])]
    rules = [
        AllocationRule("late", AGENCIES, when=parse(_LATE, STANDING_FIELDS), distribution="stratified"),
        AllocationRule("early", ["agent-lee", "team"]),
    ]
    return attrs.evolve(policy, allocation=AllocationPolicy([*own, *agencies], rules, effects=policy.allocation.effects))
