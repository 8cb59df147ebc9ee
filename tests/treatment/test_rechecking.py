from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.person import Consumer, PersonFacts
from collectkit.person_standing import PersonStanding
from collectkit.treatment import DueOffset, Step, TreatmentPolicy, propose
from collectkit.treatment.rechecking import come_between

ON = date(2026, 9, 19)
AT = datetime(2026, 9, 19, 15, 0, tzinfo=UTC)
PARTIES = {None: "first_party", "team": "first_party", "floor": "first_party", "north": "third_party", "south": "third_party"}


def said(standing, while_out: str, planned: str | None, now: str | None) -> str | None:
    """What stands against a reminder that was planned while one had the account and is made when another does; None: never planned."""
    step = Step("reminder", DueOffset(3), channel="sms", template="reminder", while_out=while_out)
    treatment = TreatmentPolicy("t", "1", (step,))
    found = propose(standing(ON, handler=planned), None, treatment, (), ON, party=PARTIES[planned])
    if not found:
        return None
    person = PersonStanding(Consumer("c-1"), PersonFacts("c-1"), (standing(ON, handler=now),), ON)
    return come_between(found[0], person, [treatment], since=AT, party_of=PARTIES.__getitem__)


class TestWhoHasTheAccount:
    @pytest.mark.parametrize(
        ("while_out", "planned", "now", "expected"),
        [
            ("handler", "north", "north", ""),
            ("handler", "north", "south", "it was planned for north, and now south has it"),
            ("handler", "north", "team", "it was planned for north, and now team has it"),
            ("handler", "north", None, "it was planned for north, and now nobody has it"),
            ("handler", "team", "north", "the account is with north, who makes contact in their own name"),
            ("handler", "team", "floor", ""),
            ("house", "team", "north", ""),
            ("house", "north", "south", ""),
            ("rest", "team", "north", "the account is with north, who makes contact in their own name"),
        ],
    )
    def test_a_contact_is_its_makers_alone(self, standing, while_out, planned, now, expected):
        """
        An agency makes contact about what it has; ours goes on within the house, and while it is out as the step says.
        """
        assert expected == said(standing, while_out, planned, now)

    @given(
        while_out=st.sampled_from(["rest", "house", "handler"]),
        planned=st.sampled_from([*PARTIES]),
        now=st.sampled_from([*PARTIES]),
    )
    def test_what_stays_where_it_is_goes_out(self, standing, while_out, planned, now):
        """
        Where nobody else has the account nothing stands against it; where it does go out, it would be planned in the same role now.
        """
        found, anew = said(standing, while_out, planned, now), said(standing, while_out, now, now)

        if planned == now:
            assert found in ("", None)
        if found == "":
            assert anew == ""
