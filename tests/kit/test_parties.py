"""Whoever makes a contact decides in which role it is judged, not whoever has the account."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from collectkit import Kit
from collectkit.actions import ActJudged
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.compliance import contact_spends
from collectkit.person import Contact
from collectkit.placement import Placement
from collectkit.policy import Policy, load_policy
from collectkit.servicing.dispatch import DispatchState
from collectkit.treatment import DueOffset, Step, TreatmentPolicy

from .conftest import NOW, TODAY, account, consumer, night

AGENCY = Handler("agency", "Agency", "agency", licences=["US-NY"])
TEAM = Handler("team", "Team", "in_house")
DAY = timedelta(days=1)


def policy(while_out: str = "", *, whose: str = "agency") -> Policy:
    """One reminder three weeks after a missed installment, and whoever has the account keeps it."""
    given = {"while_out": while_out} if while_out else {}
    step = Step("reminder", DueOffset(21), channel="sms", template="reminder-late", **given)
    found = load_policy("us-bnpl")
    return attrs.evolve(
        found, treatment=TreatmentPolicy("t", "1", (step,)), allocation=AllocationPolicy([AGENCY, TEAM], [AllocationRule("kept", [whose])])
    )


def placed(with_: str, rules: Policy) -> Kit:
    """A book with one late account that somebody has."""
    kit = Kit.open("memory://", policy=rules, actor="tests")
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.place(Placement("a-1", with_, TODAY), at=NOW)
    return kit


class TestOurContacts:
    def test_our_reminder_about_an_account_with_an_agency_is_not_made(self) -> None:
        """
        And goes out when the account is back.
        """
        with placed("agency", policy()) as kit:
            night(kit, TODAY)
            assert [] == kit.contacts("a-1")
            assert ["the account is with agency, who makes contact in their own name"] == [
                one.why for one in kit.barred_steps("a-1", as_of=TODAY)
            ]
            kit.recall("a-1", on=TODAY, reason="term", at=NOW)
            night(kit, TODAY + DAY)
            assert ["first_party"] == [one.proposal.party for one in kit.contacts("a-1")]

    def test_where_the_policy_says_so_it_is_made_in_our_name_and_judged_as_ours(self) -> None:
        """
        No notice of a collector's, no consent given to a collector is asked for; it counts as the house's.
        """
        with placed("agency", policy("house")) as kit:
            night(kit, TODAY)
            kit.dispatch(at=NOW, worker="w")
            (contact,) = kit.contacts("a-1")
            judged = [one.body.judged for one in kit.person_history("c-1") if isinstance(one.body, ActJudged)]
            person = kit.person_standing("c-1", as_of=TODAY)

            assert ("first_party", None) == (contact.proposal.party, contact.proposal.handler)
            assert [("contact", "first_party")] == [(one.proposal.action.value, one.proposal.party) for one in judged][-1:]
            assert [""] == [one.collector for one in person.facts.contacts]

    def test_theirs_is_judged_in_their_role(self) -> None:
        """
        A text by the agency needs a consent that was given to the agency, so the law stands against it.
        """
        with placed("agency", policy("handler")) as kit:
            night(kit, TODAY)
            refused = [one for one in kit.person_history("c-1") if one.body.TYPE == "act-refused/1"]

            assert [] == kit.contacts("a-1")
            assert ["third_party"] == [one.body.judged.proposal.party for one in refused]

    def test_with_a_team_of_our_own_nothing_is_different(self) -> None:
        """
        It acts in our name.
        """
        with placed("team", policy(whose="team")) as kit:
            night(kit, TODAY)
            assert [("first_party", "team")] == [(one.proposal.party, one.proposal.handler) for one in kit.contacts("a-1")]

    def test_a_contact_that_was_planned_does_not_go_out_once_an_agency_has_the_account(self) -> None:
        """
        Asked again at the hand-over.
        """
        with placed("team", policy(whose="team")) as kit:
            night(kit, TODAY)
            kit.recall("a-1", on=TODAY, reason="rule", at=NOW)
            kit.place(Placement("a-1", "agency", TODAY), at=NOW)
            kit.dispatch(at=NOW, worker="w")

            (contact,) = kit.contacts("a-1")
            assert contact.state not in (DispatchState.SENT, DispatchState.SENDING, DispatchState.UNKNOWN)
            assert "the account is with agency" in contact.reason

    def test_what_was_planned_in_our_name_is_not_ours_once_an_agency_makes_its_own(self) -> None:
        """
        Where contacts are the handler's, one that was planned for a team of ours is withdrawn when an agency has the account.
        """
        with placed("team", policy("handler", whose="team")) as kit:
            night(kit, TODAY)
            assert ["first_party"] == [one.proposal.party for one in kit.contacts("a-1")]
            kit.recall("a-1", on=TODAY, reason="rule", at=NOW)
            kit.place(Placement("a-1", "agency", TODAY), at=NOW)
            kit.dispatch(at=NOW, worker="w")

            (contact,) = kit.contacts("a-1")
            assert (DispatchState.NOT_SENT, "the account is with agency, who makes contact in their own name") == (
                contact.state,
                contact.reason,
            )


class TestContactsOfOthers:
    @pytest.mark.parametrize(("collector", "budgets"), [("agency", True), ("team", False), ("", False), ("a stranger", True)])
    def test_a_call_that_was_noted_down_counts_in_the_role_of_whoever_made_it(self, collector: str, budgets: bool) -> None:
        """
        Seven calls of a collector's in seven days is a cap of Regulation F; of the creditor's own there is none. Whoever is unknown is
        taken for a collector.
        """
        with placed("team", policy(whose="team")) as kit:
            call = Contact("c-1", NOW, "phone", "", ["a-1"], "no_answer", collector=collector)
            kit.record_contact(call, at=NOW, command_id="call-1")
            (made,) = (one for one in kit.replay_law(kit.parts.rules) if one.act.what == "contact made")

            assert ("third_party" if budgets else "first_party") == made.before.proposal.party
            spends = contact_spends(call, kit.person_standing("c-1", as_of=TODAY), kit.parts.rules, party="third_party")
            of_calls = [attrs.evolve(one, cap=1) for one in spends if one.rule.startswith("us.regf")]
            with kit.store.unit("default") as unit:
                full = unit.spend(of_calls)
            assert of_calls
            assert budgets == (full is not None)

    def test_what_a_collector_spent_is_not_spent_by_the_house(self) -> None:
        """
        Counts of calls are per collector: eight by the agency bar the ninth of theirs, and none of ours.
        """
        with placed("team", policy(whose="team")) as kit:
            for number in range(8):
                call = Contact("c-1", NOW - number * timedelta(hours=1), "phone", "", ["a-1"], "no_answer", collector="agency")
                kit.record_contact(call, at=NOW, command_id=f"call-{number}")
            ours, theirs = (kit.ask_law("c-1", at=NOW, channel="phone", handler=who) for who in ("", "agency"))

            assert not any(one.rule.startswith("us.regf") for one in ours.findings)
            assert "us.regf.14b.7in7" in {one.rule for one in theirs.findings}

    def test_what_a_collector_spent_stays_spent_when_the_person_is_merged(self) -> None:
        """
        One call by the agency is one call of theirs to the human being.
        """
        with placed("team", policy(whose="team")) as kit:
            kit.register(attrs.evolve(consumer(), id="c-2", contacts=[]), at=NOW)
            call = Contact("c-1", NOW, "phone", "", ["a-1"], "no_answer", collector="agency")
            kit.record_contact(call, at=NOW, command_id="call-1")
            kit.merge("c-1", "c-2", reason="same number", at=NOW)

            theirs = attrs.evolve(call, person="c-2")
            spends = contact_spends(theirs, kit.person_standing("c-2", as_of=TODAY), kit.parts.rules, party="third_party")
            of_calls = [attrs.evolve(one, cap=1) for one in spends if one.rule.startswith("us.regf")]
            assert ["person/c-2/account/a-1/by/agency"] == [one.subject for one in of_calls]
            with kit.store.unit("default") as unit:
                assert unit.spend(of_calls) is not None
