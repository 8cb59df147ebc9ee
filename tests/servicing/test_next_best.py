"""One of several contacts: the law first, then what is worth most, and a draw that anybody can compute again."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Proposal
from collectkit.errors import PolicyError
from collectkit.identifiers import PersonId
from collectkit.person import Consumer, PersonFacts
from collectkit.person_standing import PersonStanding
from collectkit.reports.off_policy import greedy, off_policy
from collectkit.servicing.next_best import (
    BaselineScorer,
    ChannelWorth,
    Estimate,
    NextActionChosen,
    NextBestPolicy,
    choose,
    shares_of,
)
from collectkit.standing import Standing
from collectkit.testing.strategies import standings

ON = date(2026, 9, 20)
CHANNELS = ("sms", "email", "phone")


def person(id: str = "c-1", accounts: tuple[Standing, ...] = ()) -> PersonStanding:
    return PersonStanding(Consumer(id), PersonFacts(PersonId(id)), accounts, ON)


def contact(channel: str, person: str = "c-1", account: str = "a-1") -> Proposal:
    return Proposal(f"m-{channel}", ActionKind.CONTACT, person, (account,), channel, step=f"late-{channel}", among="remind")


class Table:
    """A scorer that reads what a test wrote down, and fails for what it was not asked to know."""

    version = "table/1"

    def __init__(self, **estimates: Estimate) -> None:
        self.estimates = estimates

    def score(self, proposal: Proposal, person: PersonStanding, on: date) -> Estimate:
        return self.estimates[proposal.channel]


SMS, EMAIL, PHONE = Estimate(900, 10_000, 5, 15), Estimate(500, 10_000, 1, 5), Estimate(1_500, 10_000, 900, 700)
LAWFUL = [(contact(channel), ()) for channel in CHANNELS]


class TestWorkedExamples:
    def test_the_one_worth_most_is_chosen_and_the_others_stand_behind_it(self) -> None:
        """
        A text is worth 9.00 less 0.20, a mail 5.00 less 0.06; a call costs more than it brings and is not made at all.
        """
        choice = choose(LAWFUL, person(), ON, scorer=Table(sms=SMS, email=EMAIL, phone=PHONE), policy=NextBestPolicy())

        assert ["m-sms", "m-email", "m-phone"] == [one.message for one in choice.candidates]
        assert [8_800_000, 4_940_000, -1_000_000] == [one.utility for one in choice.candidates]
        assert ("m-sms", 10_000) == (choice.chosen, choice.propensity_bp)
        assert [10_000, 0, 0] == [one.propensity_bp for one in choice.candidates]

    def test_what_the_law_forbids_is_never_weighed(self) -> None:
        """
        The scorer would fail if it were asked about the text.
        """
        asked = [(contact("sms"), ("us.tcpa.consent",)), (contact("email"), ())]
        choice = choose(asked, person(), ON, scorer=Table(email=EMAIL), policy=NextBestPolicy())

        assert "m-email" == choice.chosen
        assert [((), 10_000), (("us.tcpa.consent",), 0)] == [(one.rules, one.propensity_bp) for one in choice.candidates]

    def test_nothing_is_done_when_nothing_is_worth_it(self) -> None:
        """
        Doing nothing is worth nothing, which is more than a loss.
        """
        choice = choose(LAWFUL[2:], person(), ON, scorer=Table(phone=PHONE), policy=NextBestPolicy(explore_bp=10_000))

        assert choice.chosen is None
        assert 10_000 == choice.propensity_bp

    def test_exploration_draws_by_the_shares_it_records(self) -> None:
        """
        A tenth of ten thousand people are drawn over both worthwhile channels: about a twentieth get the mail.
        """
        policy = NextBestPolicy(explore_bp=1_000)
        scorer = Table(sms=SMS, email=EMAIL, phone=PHONE)
        chosen = Counter(
            choose([(contact(c, f"c-{n}"), ()) for c in CHANNELS], person(f"c-{n}"), ON, scorer=scorer, policy=policy).chosen
            for n in range(10_000)
        )

        assert {"m-sms", "m-email"} == set(chosen)
        assert 420 < chosen["m-email"] < 580

    def test_the_baseline_shows_its_terms(self) -> None:
        """
        Every figure of the estimate stands in a sentence.
        """
        scorer = BaselineScorer(NextBestPolicy(channels=(ChannelWorth("sms", 900, 5, 15),)), observed={("sms", 0): (40, 200)})
        estimate = scorer.score(contact("sms"), person(), ON)

        assert 1_450 == estimate.chance_bp  # half way between the guess of 900 and the 2,000 of forty in two hundred
        assert "corrected by 40 of 200 observed to 1450" in estimate.why[0]
        assert ("one costs 5", "0 contacts in the last seven days make its harm 15") == estimate.why[2:]

    @pytest.mark.parametrize("chance", [-1, 10_001, True])
    def test_an_estimate_is_within_bounds(self, chance: int) -> None:
        """
        A plugin's rubbish is refused where it is made.
        """
        with pytest.raises(PolicyError, match="chance_bp"):
            Estimate(chance, 1)


estimates = st.builds(Estimate, st.integers(0, 10_000), st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**4))
tables = st.fixed_dictionaries(dict.fromkeys(CHANNELS, estimates))


class TestLaws:
    @given(count=st.integers(0, 30), explore_bp=st.integers(0, 10_000))
    def test_shares_are_together_the_whole(self, count: int, explore_bp: int) -> None:
        """
        And the best has the largest.
        """
        shares = shares_of(count, explore_bp)

        assert (10_000 if count else 0) == sum(shares)
        assert list(shares) == sorted(shares, reverse=True)
        assert min(shares, default=0) >= 0

    @given(table=tables, explore_bp=st.integers(0, 10_000), order=st.permutations(CHANNELS), forbidden=st.sets(st.sampled_from(CHANNELS)))
    def test_a_choice_depends_on_nothing_but_its_facts(
        self, table: dict[str, Estimate], explore_bp: int, order: list[str], forbidden: set[str]
    ) -> None:
        """
        Not on the order of candidates; what is chosen is lawful, worth something, and had the probability that is recorded.
        """
        policy, scorer = NextBestPolicy(explore_bp=explore_bp), Table(**table)
        asked = [(contact(channel), ("r",) if channel in forbidden else ()) for channel in order]
        choice = choose(asked, person(), ON, scorer=scorer, policy=policy)
        again = choose(sorted(asked, key=lambda one: one[0].id), person(), ON, scorer=scorer, policy=policy)

        assert again == choice
        lawful = [one for one in choice.candidates if not one.rules]
        assert {f"m-{channel}" for channel in CHANNELS if channel not in forbidden} == {one.message for one in lawful}
        worth = [one for one in lawful if one.utility > 0]
        assert (choice.chosen is not None) is bool(worth)
        assert sum(one.propensity_bp for one in choice.candidates) == (10_000 if worth else 0)
        assert all(one.propensity_bp == 0 for one in choice.candidates if one.rules or one.utility <= 0)

    @given(table=tables)
    def test_without_exploration_the_best_is_always_chosen(self, table: dict[str, Estimate]) -> None:
        """
        Nobody else has a greater utility.
        """
        choice = choose(LAWFUL, person(), ON, scorer=Table(**table), policy=NextBestPolicy())
        best = max(one.utility for one in choice.candidates)

        assert (choice.chosen is None and best <= 0) or best == next(
            one.utility for one in choice.candidates if one.message == choice.chosen
        )

    @given(accounts=st.lists(standings(), min_size=1, max_size=3, unique_by=lambda s: s.account), channel=st.sampled_from(CHANNELS))
    def test_the_baseline_answers_for_every_account(self, accounts: list[Standing], channel: str) -> None:
        """
        Whole numbers within bounds, and a term for each part.
        """
        estimate = BaselineScorer().score(contact(channel, account=accounts[0].account), person(accounts=tuple(accounts)), ON)

        assert 4 == len(estimate.why)
        assert 0 <= estimate.chance_bp <= 10_000


class TestJudgingAnotherWay:
    def choices(self, explore_bp: int, count: int) -> list[NextActionChosen]:
        policy, scorer = NextBestPolicy(explore_bp=explore_bp), Table(sms=SMS, email=EMAIL, phone=PHONE)
        return [
            choose(
                [(Proposal(f"{c}-{n}", ActionKind.CONTACT, f"c-{n}", ("a-1",), c, among="remind"), ()) for c in CHANNELS],
                person(f"c-{n}"),
                ON,
                scorer=scorer,
                policy=policy,
            )
            for n in range(count)
        ]

    def test_a_way_that_chooses_alike_is_worth_what_was_observed(self) -> None:
        """
        Every weight is one.
        """
        choices = self.choices(0, 50)
        outcomes = {str(choice.chosen): 100 for choice in choices[::2]}
        judged = off_policy(choices, outcomes, greedy)

        assert (50.0, 50.0, 50.0, 50.0, 0) == (judged.observed, judged.weighted, judged.normalized, judged.effective, judged.unseen_bp)

    def test_another_way_is_judged_by_the_few_that_went_it(self) -> None:
        """
        A mail brings 300 and a text 100: always mailing would bring 300, as the draw shows to within a tenth.
        """
        choices = self.choices(4_000, 4_000)
        outcomes = {str(c.chosen): 300 if str(c.chosen).startswith("email") else 100 for c in choices}
        judged = off_policy(choices, outcomes, lambda c: {next(o.message for o in c.candidates if o.channel == "email"): 10_000})

        assert 130 < judged.observed < 150
        assert 270 < judged.weighted < 330
        assert 300.0 == judged.normalized

    def test_what_had_no_chance_is_said_to_be_unseen(self) -> None:
        """
        Calls were never made, so nothing is known of them.
        """
        judged = off_policy(self.choices(1_000, 20), {}, lambda c: {next(o.message for o in c.candidates if o.channel == "phone"): 10_000})

        assert 10_000 == judged.unseen_bp
