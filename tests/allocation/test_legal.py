from __future__ import annotations

from datetime import timedelta
from functools import reduce

import attrs
import pytest

from collectkit.allocation import Handler
from collectkit.allocation.legal import CourtReason, LegalPolicy, ReferralReason, receive, refer, take_step
from collectkit.court import CourtFact, CourtStepTaken, DocumentReceived, Referral, Suit, SuitState, after, with_document
from collectkit.errors import PolicyError
from collectkit.refusals import Refusal

POLICY = LegalPolicy("USD", 5_000, ["contract", "statement"], limitation_days=3 * 365)
FIRM = Handler("law", "Law", "law_firm", licences=["US"])
AGENCY = Handler("a", "A", "agency", licences=["US"])


def owing(standing, **more):
    return standing("x-1", **{"days": 10, "handler": "law", **more})


class TestReferring:
    def test_a_referral(self, standing, today):
        """
        75.00 owed, three years from the due date, and what the firm needs.
        """
        found = refer(owing(standing, days=100), POLICY, "r-1", firm=FIRM)

        assert Referral("r-1", "x-1", "law", today, "USD", 7_500, ("contract", "statement"), today + timedelta(days=3 * 365 - 100)) == found

    def test_a_period_that_is_not_looked_at(self, standing):
        """
        Then there is no last day; and one beyond the end of the calendar is its end.
        """
        assert None is refer(owing(standing), attrs.evolve(POLICY, limitation_days=None), "r-1", firm=FIRM).bring_by
        assert 9999 == refer(owing(standing), attrs.evolve(POLICY, limitation_days=4_000_000), "r-1", firm=FIRM).bring_by.year

    @pytest.mark.parametrize(
        ("more", "firm", "held_back", "reason"),
        [
            ({}, None, (), "not_with_a_firm"),
            ({}, AGENCY, (), "not_with_a_firm"),
            ({"outstanding": 0, "days": 0}, FIRM, (), "nothing_owed"),
            ({}, FIRM, ("dispute",), "held_back"),
            ({"outstanding": 4_999}, FIRM, (), "below_threshold"),
            ({"currency": "EUR"}, FIRM, (), "below_threshold"),
            ({"days": 3 * 365 + 1}, FIRM, (), "time_barred"),
        ],
    )
    def test_refused(self, standing, more, firm, held_back, reason):
        """
        The first reason that stands against it.
        """
        found = refer(owing(standing, **more), POLICY, "r-1", firm=firm, held_back=held_back)

        assert isinstance(found, Refusal) and ReferralReason(reason) is found.reason

    @pytest.mark.parametrize(("firm", "said"), [(None, "nobody has it"), (AGENCY, f"{AGENCY.id} has it")])
    def test_who_has_it_is_named(self, standing, firm, said):
        """
        Where it is no law firm.
        """
        assert f"{said}, not a law firm" == refer(owing(standing), POLICY, "r-1", firm=firm).detail

    def test_one_at_a_time(self, standing):
        """
        Another only when the first is over, and never under its id.
        """
        first = Suit(refer(owing(standing), POLICY, "r-1", firm=FIRM))
        over = attrs.evolve(first, state=SuitState.DISMISSED)

        assert ReferralReason.ALREADY_REFERRED is refer(owing(standing), POLICY, "r-2", firm=FIRM, suits=[first]).reason
        assert ReferralReason.ID_REUSED is refer(owing(standing), POLICY, "r-1", firm=FIRM, suits=[over]).reason
        assert isinstance(refer(owing(standing), POLICY, "r-2", firm=FIRM, suits=[over]), Referral)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"least_minor": -1}, "at least 0"),
            ({"least_minor": 1.5}, "at least 0"),
            ({"documents": ["contract", "contract"]}, "named once"),
            ({"documents": [""]}, "named once"),
            ({"limitation_days": 0}, "at least a day"),
            ({"limitation_days": "30"}, "whole number of days"),
            ({"limitation_days": True}, "whole number of days"),
            ({"currency": "usd"}, "an ISO 4217 code"),
        ],
    )
    def test_what_is_no_policy(self, change, said):
        """
        The message says what is allowed, and that nothing was made.
        """
        with pytest.raises(PolicyError, match=said) as caught:
            attrs.evolve(POLICY, **change)
        assert "no policy was made" in str(caught.value)

    def test_one_text_is_no_checklist(self):
        """
        Each of its letters would be a document.
        """
        with pytest.raises(PolicyError, match="a list of codes is expected"):
            attrs.evolve(POLICY, documents="claim")


class TestSteps:
    def suit(self, standing, *, complete=True):
        suit = Suit(refer(owing(standing), POLICY, "r-1", firm=FIRM), state=SuitState.DOCUMENTS_AWAITED)
        came = [DocumentReceived("x-1", "r-1", name, suit.referral.on) for name in ("contract", "statement")] if complete else []
        return reduce(with_document, came, suit)

    def test_documents(self, standing, today):
        """
        Only those of the list, from the referral until today.
        """
        suit = self.suit(standing, complete=False)

        assert "contract" == receive(suit, "contract", today, today=today).document
        assert CourtReason.NOT_ON_THE_LIST is receive(suit, "letter", today, today=today).reason
        assert CourtReason.BEFORE_THE_LAST is receive(suit, "contract", today - timedelta(days=1), today=today).reason
        assert CourtReason.NOT_YET is receive(suit, "contract", today + timedelta(days=1), today=today).reason

    def test_no_suit_before_its_documents(self, standing, today):
        """
        The day on which the last of them came is the first on which a suit is brought; it may be withdrawn before.
        """
        later, last = today + timedelta(days=3), today + timedelta(days=5)
        papers = [DocumentReceived("x-1", "r-1", "statement", later), DocumentReceived("x-1", "r-1", "contract", today)]
        suit = reduce(with_document, papers, self.suit(standing, complete=False))
        early = later - timedelta(days=1)

        assert CourtReason.BEFORE_THE_LAST is take_step(suit, CourtFact("filed", early), owing(standing), today=last).reason
        assert isinstance(take_step(suit, CourtFact("filed", later), owing(standing), today=last), CourtStepTaken)
        assert isinstance(take_step(suit, CourtFact("withdrawn", early), owing(standing), today=last), CourtStepTaken)

    def test_what_is_claimed(self, standing, today):
        """
        What can be claimed on the day of the suit, whatever the referral or the caller said.
        """
        paid = owing(standing, outstanding=6_000)
        found = take_step(self.suit(standing), CourtFact("filed", today, amount_minor=99), paid, today=today)

        assert CourtStepTaken("x-1", "r-1", CourtFact("filed", today, amount_minor=6_000)) == found

    @pytest.mark.parametrize(
        ("step", "more", "held_back", "days", "reason"),
        [
            ("served", {}, (), 0, "not_from_there"),
            ("filed", {}, (), -1, "before_the_last"),
            ("filed", {}, (), 1, "not_yet"),
            ("filed", {"handler": "other"}, (), 0, "not_with_the_firm"),
            ("filed", {"handler": None}, (), 0, "not_with_the_firm"),
            ("filed", {"outstanding": 0, "days": 0}, (), 0, "nothing_owed"),
            ("filed", {}, ("insolvency",), 0, "held_back"),
        ],
    )
    def test_refused(self, standing, today, step, more, held_back, days, reason):
        """
        The first reason that stands against the suit.
        """
        on = today + timedelta(days=days)
        found = take_step(self.suit(standing), CourtFact(step, on), owing(standing, **more), today=today, held_back=held_back)

        assert isinstance(found, Refusal) and CourtReason(reason) is found.reason
        assert "nothing was recorded" in str(found)

    def test_documents_come_first(self, standing, today):
        """
        The refusal names those that are missing.
        """
        found = take_step(self.suit(standing, complete=False), CourtFact("filed", today), owing(standing), today=today)

        assert CourtReason.DOCUMENTS_MISSING is found.reason and "contract, statement" in found.detail

    def test_the_last_day(self, standing, today):
        """
        The suit can be brought on it and not on the next.
        """
        suit = self.suit(standing)
        last = suit.referral.bring_by
        next_day = last + timedelta(days=1)

        assert isinstance(take_step(suit, CourtFact("filed", last), owing(standing), today=last), CourtStepTaken)
        assert CourtReason.TIME_BARRED is take_step(suit, CourtFact("filed", next_day), owing(standing), today=next_day).reason

    def test_what_a_court_did_is_believed(self, standing, today):
        """
        A dismissal or a judgment happened, whoever has the account and whatever is in force; an officer is sent by us.
        """
        suit = self.suit(standing)
        for step in ("filed", "served", "judgment"):
            suit = after(suit, take_step(suit, CourtFact(step, today), owing(standing), today=today).fact)
        gone = owing(standing, handler=None)

        for step in ("satisfied", "set_aside"):
            assert isinstance(take_step(suit, CourtFact(step, today), gone, today=today, held_back=["dispute"]), CourtStepTaken)
        sent = CourtFact("officer_instructed", today, by="officer-3")
        assert isinstance(take_step(suit, sent, gone, today=today), CourtStepTaken)
        assert CourtReason.HELD_BACK is take_step(suit, sent, gone, today=today, held_back=["dispute"]).reason
        nothing = owing(standing, outstanding=0, days=0)
        assert CourtReason.NOTHING_OWED is take_step(suit, sent, nothing, today=today).reason
