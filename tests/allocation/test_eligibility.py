from __future__ import annotations

from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation import AmountRange, Handler, NotEligible, eligible, objections
from collectkit.errors import PolicyError
from collectkit.person import Consumer

AGENCY = Handler("agency", "Agency", "agency", licences=["US-NY"])
NEW_YORKER = Consumer("c-1", region="US-NY", locale="en_US")

# For each reason: a limit that rules out the account below, and the limit that lets everything through.
LIMITS = {
    NotEligible.INACTIVE: ({"active_to": date(2026, 9, 18)}, {"active_to": None}),
    NotEligible.LICENCE: ({"licences": ("US-CA",)}, {"licences": ("US",)}),
    NotEligible.REGION: ({"regions": ("GB",)}, {"regions": ()}),
    NotEligible.LANGUAGE: ({"languages": ("es",)}, {"languages": ()}),
    NotEligible.PRODUCT: ({"products": ("card",)}, {"products": ()}),
    NotEligible.DAYS_PAST_DUE: ({"days_past_due_least": 30}, {"days_past_due_least": 0}),
    NotEligible.SEGMENT: ({"segments": ("large",)}, {"segments": ()}),
    NotEligible.LEAVE: ({"shifts": ("mon-fri 09:00-17:00",)}, {"shifts": ()}),
    NotEligible.AMOUNT: ({"amounts": (AmountRange("EUR"),)}, {"amounts": ()}),
}


class TestEligible:
    @pytest.mark.parametrize(
        ("handler", "reason", "sentence"),
        [
            (attrs.evolve(AGENCY, licences=("US-CA",)), NotEligible.LICENCE, "agency: holds no licence for US-NY"),
            (attrs.evolve(AGENCY, licences=()), NotEligible.LICENCE, "agency: holds no licence for US-NY"),
            (attrs.evolve(AGENCY, active_from=date(2026, 9, 20)), NotEligible.INACTIVE, "agency: works from 2026-09-20, not on 2026-09-19"),
            (attrs.evolve(AGENCY, languages=("es", "fr")), NotEligible.LANGUAGE, "agency: speaks es, fr, not en"),
            (attrs.evolve(AGENCY, products=("card",)), NotEligible.PRODUCT, "agency: takes card, not pay-in-4"),
            (attrs.evolve(AGENCY, days_past_due_least=6), NotEligible.DAYS_PAST_DUE, "agency: takes 6 and more days past due, not 5"),
            (attrs.evolve(AGENCY, days_past_due_most=4), NotEligible.DAYS_PAST_DUE, "agency: takes 0 to 4 days past due, not 5"),
            (attrs.evolve(AGENCY, amounts=(AmountRange("EUR"),)), NotEligible.AMOUNT, "agency: takes EUR, not USD"),
            (attrs.evolve(AGENCY, segments=("large",)), NotEligible.SEGMENT, "agency: takes large, not an account without a segment"),
            (
                attrs.evolve(AGENCY, shifts=["mon,tue 09:00-17:00"]),
                NotEligible.LEAVE,
                "agency: has shifts on mon, tue, not on sat",
            ),
            (attrs.evolve(AGENCY, regions=("US-CA",)), NotEligible.REGION, "agency: works in US-CA, not in US-NY"),
        ],
    )
    def test_each_reason_is_given(self, standing, today, handler, reason, sentence):
        """
        The answer names the reason as a code and as a sentence.
        """
        why_not = eligible(handler, standing("a-1"), NEW_YORKER, today)

        assert why_not is not None
        assert (reason, sentence) == (why_not.reason, str(why_not))

    def test_limits_are_inclusive(self, standing, today):
        """
        Five days and 75.00 dollars lie inside of five to five and 75.00 to 75.00; the contract's last day counts.
        """
        tight = attrs.evolve(
            AGENCY,
            days_past_due_least=5,
            days_past_due_most=5,
            amounts=(AmountRange("USD", 7_500, 7_500),),
            active_from=today,
            active_to=today,
        )

        assert eligible(tight, standing("a-1"), NEW_YORKER, today) is None

    def test_a_licence_for_the_country_covers_its_regions(self, standing, today):
        """
        ``US`` is every state; ``US-NY`` is one.
        """
        assert eligible(attrs.evolve(AGENCY, licences=("US",)), standing("a-1"), NEW_YORKER, today) is None

    @pytest.mark.parametrize("consumer", [None, Consumer("c-1")])
    def test_an_unknown_region_is_licensed_nowhere(self, standing, today, consumer):
        """
        What is not known never counts in favor.
        """
        why_not = eligible(attrs.evolve(AGENCY, licences=("US",)), standing("a-1"), consumer, today)

        assert why_not is not None
        assert "holds no licence for an unknown region" == why_not.text

    def test_the_creditors_own_team_needs_no_licence(self, standing, today):
        """
        Licences bind who collects as a third party.
        """
        assert eligible(Handler("team", "Team", "in_house"), standing("a-1"), None, today) is None


class TestLaws:
    @given(against=st.sets(st.sampled_from(sorted(LIMITS, key=lambda reason: reason.value))))
    def test_every_reason_is_listed_and_removing_them_is_enough(self, standing, today, against):
        """
        The reasons are complete: each that holds is named, in order, and without them the handler can take the account.
        """
        handler = AGENCY
        for reason in against:
            handler = attrs.evolve(handler, **LIMITS[reason][0])
        found = objections(handler, standing("a-1"), NEW_YORKER, today)
        assert [reason for reason in NotEligible if reason in against] == [why_not.reason for why_not in found]

        for why_not in found:
            first = eligible(handler, standing("a-1"), NEW_YORKER, today)
            assert why_not == first
            handler = attrs.evolve(handler, **LIMITS[why_not.reason][1])
        assert eligible(handler, standing("a-1"), NEW_YORKER, today) is None


class TestAvailability:
    AGENCY = Handler("x", "X", "agency", licences=["US-NY until 2026-09-18", "US-CA"], winding_down_from=date(2026, 9, 10))

    def test_a_licence_lapses(self, standing, today):
        """
        Valid on its last day, and not on the next.
        """
        agency = attrs.evolve(self.AGENCY, winding_down_from=None)
        consumer = Consumer("c-1", "Ann", region="US-NY")

        assert eligible(agency, standing("a-1"), consumer, date(2026, 9, 18)) is None
        refused = eligible(agency, standing("a-1"), consumer, today)
        assert (NotEligible.LICENCE, "holds a licence that has lapsed for US-NY") == (refused.reason, refused.text)

    def test_an_agency_on_recall_gets_nothing_new_and_keeps_what_it_has(self, standing, today):
        """
        It works off what it holds until its last day.
        """
        consumer = Consumer("c-1", "Ann", region="US-CA")

        assert NotEligible.ON_RECALL is eligible(self.AGENCY, standing("a-1"), consumer, today).reason
        assert eligible(self.AGENCY, standing("a-1", handler="x"), consumer, today) is None

    @pytest.mark.parametrize(
        ("leave", "new", "held"),
        [("2026-09-19 to 2026-09-25", True, False), ("2026-09-19 to 2026-09-26", True, True), ("2026-09-20 to 2026-09-26", False, False)],
    )
    def test_an_agent_on_leave(self, standing, today, leave, new, held):
        """
        Nothing new comes in; a week does not part an agent from what they have, more than that does.
        """
        agent = Handler("x", "X", "agent", leave=[leave])

        assert new == (eligible(agent, standing("a-1"), None, today) is not None)
        assert held == (eligible(agent, standing("a-1", handler="x"), None, today) is not None)

    def test_nothing_new_on_other_weekdays(self, standing, today):
        """
        The nineteenth is a Saturday.
        """
        agent = Handler("x", "X", "agent", weekdays=["mon", "fri"])

        assert NotEligible.LEAVE is eligible(agent, standing("a-1"), None, today).reason
        assert eligible(agent, standing("a-1", handler="x"), None, today) is None

    @pytest.mark.parametrize(
        "fields", [{"leave": ["tomorrow"]}, {"leave": ["2026-09-20 to 2026-09-19"]}, {"licences": ["New York"]}, {"weekdays": ["monday"]}]
    )
    def test_what_cannot_be_read_is_refused(self, fields):
        """
        With what is allowed, and nothing loaded.
        """
        with pytest.raises(PolicyError, match="nothing was loaded"):
            Handler("x", "X", "agency", **fields)
