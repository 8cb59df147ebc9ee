from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Account, Money, plans
from collectkit.allocation import Stage
from collectkit.allocation.sales import Price, SaleOffer, SaleReason, SaleRow, SaleTerms, price_minor, sale_row
from collectkit.allocation.sales import scrub_for_sale as scrub
from collectkit.errors import PolicyError, ValidationError
from collectkit.facts import AccountFacts
from collectkit.person import Consumer
from collectkit.refusals import Refusal
from collectkit.standing import Standing, standing_of
from collectkit.testing.strategies import standings

CUT_OFF = date(2026, 11, 30)
SOLD_ON = date(2026, 12, 1)
LATE = [Price(450, "days_past_due >= 180"), Price(900, "days_past_due >= 90")]
TERMS = SaleTerms("nova", "USD", LATE, when="outstanding >= money('20.00 USD')", buy_back_days=90, buy_back_for=["deceased", "paid"])


def late(days: int = 200, **others: object) -> Standing:
    """An account of 160.00 USD, all of it late, the first part so many days, on the cut-off day."""
    plan = plans.pay_in_4(Money(16_000, "USD"), bought_on=CUT_OFF - timedelta(days=days))
    return attrs.evolve(standing_of(AccountFacts(Account("a-1", consumer="c-1", plan=plan)), CUT_OFF), **others)


def row_of(standing, terms: SaleTerms = TERMS, **others: object) -> SaleRow | Refusal[SaleReason]:
    return sale_row(standing, Consumer("c-1", region="US-NY"), terms, **{"stage": Stage.WAREHOUSE, **others})


class TestOffers:
    def test_an_account_stands_in_it_once(self):
        """
        Twice it would be paid for twice.
        """
        row = SaleRow("a-1", 16_000, 450, 720)
        with pytest.raises(ValidationError, match="sale 's-1' has 'a-1' twice; nothing was offered"):
            SaleOffer("s-1", TERMS, CUT_OFF, (row, row))


class TestPrices:
    @pytest.mark.parametrize(("face", "bp", "price"), [(16_600, 450, 747), (1_010, 5, 1), (990, 5, 0), (0, 900, 0), (33, 10_000, 33)])
    def test_worked(self, face, bp, price):
        """
        Basis points of the face, rounded half up: 0.505 of a cent is one, 0.495 none.
        """
        assert price == price_minor(face, bp)

    def test_the_first_that_fits_decides(self):
        """
        Older paper is cheaper; what no price fits is not sold.
        """
        assert SaleRow("a-1", 16_000, 450, 720) == row_of(late(200))
        assert SaleRow("a-1", 16_000, 900, 1_440) == row_of(late(100))
        assert SaleReason.NO_PRICE is row_of(late(60)).reason

    @pytest.mark.parametrize(
        "wrong",
        [
            {"prices": []},
            {"buy_back_days": 30},
            {"buy_back_for": ["paid"]},
            {"buy_back_days": -1, "buy_back_for": ["paid"]},
        ],
    )
    def test_terms_that_mean_nothing(self, wrong):
        """
        Terms without a price, or with half a window, are refused with what is missing.
        """
        with pytest.raises(PolicyError, match="no terms were made"):
            SaleTerms("nova", "USD", **{"prices": [Price(100)], **wrong})

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"currency": "usd"}, "currency is an ISO 4217 code such as USD, got 'usd'; no terms were made"),
            ({"stages": ["moon"]}, "a stage is one of internal, .*, got 'moon'; no terms were made"),
            ({"stages": "warehouse"}, "a list .* not the text 'warehouse'"),
            ({"buy_back_days": 30, "buy_back_for": "paid"}, "a list .* not the text 'paid'"),
        ],
    )
    def test_words_that_are_none(self, wrong, said):
        """
        Each would have sold nothing, or taken nothing back, without a word.
        """
        with pytest.raises(PolicyError, match=said):
            SaleTerms(**{"buyer": "nova", "currency": "USD", "prices": [Price(100)], **wrong})

    def test_a_stage_by_its_word(self):
        """
        As everywhere else, the word does as well as the member.
        """
        assert (Stage.WAREHOUSE,) == SaleTerms("nova", "USD", [Price(100)], stages=["warehouse"]).stages

    @pytest.mark.parametrize("bp", [-1, 10_001, True])
    def test_a_price_that_is_no_share(self, bp):
        """
        Nobody pays more than the face, or less than nothing.
        """
        with pytest.raises(PolicyError, match="basis points"):
            Price(bp)


class TestExclusions:
    @pytest.mark.parametrize(
        ("others", "asked", "reason"),
        [
            ({"closed_on": CUT_OFF}, {}, SaleReason.CLOSED),
            ({"outstanding_minor": 0}, {}, SaleReason.NOTHING_OWED),
            ({"currency": "EUR"}, {}, SaleReason.OTHER_CURRENCY),
            ({}, {"held_back": ("dispute",)}, SaleReason.HELD_BACK),
            ({}, {"unlawful": "no sale of discharged debts"}, SaleReason.NOT_LAWFUL),
            ({}, {"stage": Stage.PRIMARY}, SaleReason.OTHER_STAGE),
            ({"outstanding_minor": 1_999}, {}, SaleReason.NOT_FOR_SALE),
        ],
    )
    def test_each(self, others, asked, reason):
        """
        Each exclusion has its reason.
        """
        assert reason is row_of(late(200, **others), **asked).reason

    def test_the_scrub(self):
        """
        A dispute, insolvency or a death stops a sale, and so does a promise that is kept to; a language does not.
        """
        assert ("dispute", "insolvency") == scrub(late(holds=("dispute", "insolvency")))
        assert ("promise",) == scrub(late(agreed="promise", paused=("placement", "sale")))
        assert () == scrub(late(agreed="promise", paused=("retry",)))


class TestOfferLaws:
    @given(standing=standings(), stage=st.sampled_from(Stage))
    def test_what_is_sold_is_owed_and_ours(self, standing, stage):
        """
        No row is of a closed account, at another stage, without a face, or dearer than its face.
        """
        row = row_of(standing, attrs.evolve(TERMS, prices=[Price(450)], when=None), stage=stage, held_back=scrub(standing))
        if isinstance(row, SaleRow):
            assert standing.closed_on is None and stage is Stage.WAREHOUSE
            assert 0 < row.face_minor == standing.outstanding_minor
            assert 0 <= row.price_minor <= row.face_minor

    def test_another_row_is_another_digest(self):
        """
        The digest names an offer to the letter.
        """
        offer = SaleOffer("s-1", TERMS, CUT_OFF, (SaleRow("a-1", 16_600, 450, 747),))
        others = [
            attrs.evolve(offer, id="s-2"),
            attrs.evolve(offer, cut_off_on=SOLD_ON),
            attrs.evolve(offer, rows=(SaleRow("a-1", 16_600, 450, 748),)),
            attrs.evolve(offer, terms=attrs.evolve(TERMS, buy_back_days=91)),
        ]

        assert len({offer.digest, *(other.digest for other in others)}) == 5
        assert offer.on == SOLD_ON
