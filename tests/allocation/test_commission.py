"""
Forms of contract as agencies publish them, each with a month worked out by hand.

Each names the page on which the form was read on 27 November 2026, and says which of its figures are the page's and which are our own; the
reference lists them in the same words, and a test holds both together.
"""

from __future__ import annotations

import inspect
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.allocation.commission import LineKind, Mandate, applied_of, statement
from collectkit.allocation.contracts import Contract, Rate, Remittance, Terms, Tier
from collectkit.allocation.lifecycle import Stage
from collectkit.errors import PolicyError, ValidationError
from collectkit.ledger import Charge, Chargeback, Payment, Reversal, Undo
from collectkit.money import Money
from collectkit.schedules import replay
from collectkit.schedules.building import pay_in_n

JULY = {"first": date(2026, 7, 1), "last": date(2026, 7, 31)}
AUGUST = {"first": date(2026, 8, 1), "last": date(2026, 8, 31)}


def paid(id, minor, on, *, source="agency"):
    return Payment(id, "a-1", Money(minor, "USD"), on, source=source)


def mandate(*entries, account="a-1", **more):
    held = {"placed_on": date(2026, 6, 1), "placed_minor": 40_000, "age_days": 70, "stage": Stage.PRIMARY}
    return Mandate(account, entries=entries, **{**held, **more})


def contract(*rates, **more):
    return Contract("agency", "2026-1", "USD", rates, **more)


TABLE = Path(__file__).parents[2] / "docs" / "reference" / "placements.md"


class TestExcludedComponents:
    """A fee of 11.60 with 1.60 of tax, and an installment: money that pays tax is passed on and earns nothing."""

    PLAN = pay_in_n(Money(10_000, "USD"), 1, "1 month", bought_on=date(2026, 6, 1), first_on=date(2026, 6, 10))
    FEE = Charge("f-1", "a-1", "fee", Money(1160, "USD"), date(2026, 6, 11), date(2026, 6, 10), tax=Money(160, "USD"))
    TERMS = Contract("agency", "2026-1", "USD", (Rate(2_000),), excluded_components={"tax"})

    def known(self, *entries):
        entries = (self.FEE, *entries)
        return mandate(*entries, applied=applied_of(entries, lambda day: replay(self.PLAN, entries, as_of=day)))

    def test_tax_earns_nothing(self):
        """
        Of 50.00 collected 10.00 pay the fee, 1.60 its tax and 38.40 the installment: 20 percent of 48.40.
        """
        (line,) = statement([self.known(paid("p-1", 5_000, date(2026, 7, 3)))], self.TERMS, **JULY).lines

        assert (5_000, 968) == (line.minor, line.commission_minor)
        assert line.why.endswith("160 of it paid tax")
        whole = attrs.evolve(self.TERMS, excluded_components=())
        assert 1_000 == statement([self.known(paid("p-1", 5_000, date(2026, 7, 3)))], whole, **JULY).commission_minor

    def test_the_reason_names_what_it_paid(self):
        """
        A contract may leave out more than one payment pays: the tax on the fee it paid, no interest.
        """
        more = attrs.evolve(self.TERMS, excluded_components={"interest", "tax"})
        (line,) = statement([self.known(paid("p-1", 5_000, date(2026, 7, 3)))], more, **JULY).lines

        assert line.why.endswith("160 of it paid tax")

    def test_a_reversal_takes_back_what_was_earned(self):
        """
        A month later, and July's statement stays what it was.
        """
        bounced = self.known(paid("p-1", 5_000, date(2026, 7, 3)), Reversal("r-1", "a-1", "p-1", date(2026, 8, 2)))

        assert 968 == statement([bounced], self.TERMS, **JULY).commission_minor
        assert -968 == statement([bounced], self.TERMS, **AUGUST).commission_minor

    def test_tiers_count_what_earns(self):
        """
        10 percent up to 20.00 in a month, 20 beyond: of 18.40 nothing is beyond, though 20.00 came in.
        """
        terms = attrs.evolve(self.TERMS, rates=(), tiers=(Tier(0, 1_000), Tier(1_900, 2_000)))
        made = statement([self.known(paid("p-1", 2_000, date(2026, 7, 3)))], terms, **JULY)

        assert 184 == made.commission_minor

    def test_a_payment_of_nothing_else_earns_nothing(self):
        """
        By rates and by tiers.
        """
        only = Contract("agency", "2026-1", "USD", (Rate(2_000),), excluded_components=["fee", "tax", "principal"])
        tiers = attrs.evolve(only, rates=(), tiers=(Tier(0, 1_000),))

        for terms in (only, tiers):
            assert 0 == statement([self.known(paid("p-1", 5_000, date(2026, 7, 3)))], terms, **JULY).commission_minor

    def test_what_is_not_said_is_not_guessed(self):
        """
        A mandate without splits, and a component that there is not.
        """
        with pytest.raises(ValidationError, match="does not say what payment 'p-1' paid"):
            statement([mandate(paid("p-1", 5_000, date(2026, 7, 3)))], self.TERMS, **JULY)
        with pytest.raises(PolicyError, match="got vat; no contract was made"):
            attrs.evolve(self.TERMS, excluded_components={"vat"})


class TestPublishedForms:
    def test_the_reference_lists_them(self):
        """
        Each row names the page of one worked example, and which of its figures are not of that page; there are ten of them at least.
        """
        _, _, lines = TABLE.read_text(encoding="utf-8").partition("| form |")
        rows = {tuple(cell.strip() for cell in line.split("|")[2:4]) for line in lines.splitlines()[2:] if line.startswith("| ")}
        told = [inspect.getdoc(member).rpartition("Source: ")[2] for name, member in vars(TestPublishedForms).items() if "test" in name]
        worked = {tuple(text.rstrip(".").split(". Its own: ")) for text in told if ". Its own: " in text}

        assert worked == rows
        assert 10 <= len({page for page, _ in rows})

    def test_1_flat_contingency(self):
        """
        30 percent of any money collected; nothing collected, nothing due.

        Source: safengroup.com/services/services-contingency-collections. Its own: nothing but the amount paid.
        """
        made = statement([mandate(paid("p-1", 20_000, date(2026, 7, 3)))], contract(Rate(3_000)), **JULY)

        assert (20_000, 6_000, 14_000) == (made.collected_minor, made.commission_minor, made.remitted_minor)
        assert 0 == statement([mandate()], contract(Rate(3_000)), **JULY).commission_minor

    @pytest.mark.parametrize(("stage", "expected"), [(Stage.PRIMARY, 3_500), (Stage.SECONDARY, 5_000), (Stage.TERTIARY, 5_000)])
    def test_2_by_stage(self, stage, expected):
        """
        35 percent; 50 of accounts that were with another agency before.

        Source: attorneycollect.com/commercial.html. Its own: nothing but the amount paid.
        """
        rates = [Rate(3_500, stages=[Stage.PRIMARY]), Rate(5_000, stages=[Stage.SECONDARY, Stage.TERTIARY])]
        held = mandate(paid("p-1", 10_000, date(2026, 7, 3)), stage=stage)

        assert expected == statement([held], contract(*rates), **JULY).commission_minor

    @pytest.mark.parametrize(
        ("age", "placed", "expected"),
        [(120, 100_000, 2_000), (121, 100_000, 2_500), (180, 100_000, 2_500), (181, 100_000, 3_000), (730, 99_999, 3_500)],
    )
    def test_3_by_age(self, age, placed, expected):
        """
        20 percent up to 120 days, 25 up to 180, 30 up to 730; 35 of accounts below 1,000.00: the day of the placement decides.

        Source: stevensricci.com/fee-schedule. Its own: nothing but the amount paid.
        """
        rates = [Rate(3_500, placed_most_minor=99_999), Rate(3_000, age_least=181), Rate(2_500, age_least=121), Rate(2_000)]
        held = mandate(paid("p-1", 10_000, date(2026, 7, 3)), age_days=age, placed_minor=placed)

        assert expected == statement([held], contract(*rates), **JULY).commission_minor

    @pytest.mark.parametrize(
        ("placed", "expected"),
        [(20_000, 2_500), (199_999, 2_500), (200_000, 2_000), (699_999, 2_000), (700_000, 1_800), (999_999, 1_800), (1_000_000, 1_500)],
    )
    def test_4_by_balance(self, placed, expected):
        """
        25 percent of claims from 200 to 1,999, 20 up to 6,999, 18 up to 9,999, 15 up to 30,000; smaller ones are not taken.

        Source: dcscredit.com/CollectionFees. Its own: nothing but the amount paid.
        """
        bands = [(20_000, 199_999, 2_500), (200_000, 699_999, 2_000), (700_000, 999_999, 1_800), (1_000_000, 3_000_000, 1_500)]
        rates = [Rate(bp, placed_least_minor=least, placed_most_minor=most) for least, most, bp in bands]

        made = statement([mandate(paid("p-1", 10_000, date(2026, 7, 3)), placed_minor=placed)], contract(*rates), **JULY)
        assert expected == made.commission_minor
        none = statement([mandate(paid("p-1", 10_000, date(2026, 7, 3)), placed_minor=19_999)], contract(*rates), **JULY)
        assert 0 == none.commission_minor

    def test_5_tiers_of_the_month(self):
        """
        25 percent of the first 2,000.00, 20 of what is beyond; each month begins anew.

        Source: nacmcolorado.com/collection/form.html. Its own: the payments, and that a month is counted where the form counts a claim.
        """
        tiers = [Tier(0, 2_500), Tier(200_000, 2_000)]
        entries = [paid("p-1", 180_000, date(2026, 7, 3)), paid("p-2", 130_000, date(2026, 7, 20)), paid("p-3", 10_000, date(2026, 8, 1))]
        terms = contract(tiers=tiers)

        july, august = (statement([mandate(*entries)], terms, **month) for month in (JULY, AUGUST))
        assert [45_000, 5_000 + 22_000] == [line.commission_minor for line in july.lines]
        assert [2_500] == [line.commission_minor for line in august.lines]

    def test_what_another_month_takes_back_lowers_no_tier_of_this_one(self):
        """
        100.00 of July bounce in August: what August itself brings earns as in a month that begins anew.
        """
        entries = [
            paid("p-1", 10_000, date(2026, 7, 3)),
            Reversal("r-1", "a-1", "p-1", date(2026, 8, 2)),
            paid("p-2", 10_000, date(2026, 8, 3)),
            paid("p-3", 10_000, date(2026, 8, 4)),
        ]
        terms = contract(tiers=[Tier(0, 1_000), Tier(15_000, 500)])

        assert [1_000] == [line.commission_minor for line in statement([mandate(*entries)], terms, **JULY).lines]
        assert [-1_000, 1_000, 750] == [line.commission_minor for line in statement([mandate(*entries)], terms, **AUGUST).lines]

    def test_what_a_month_takes_back_of_itself_does(self):
        """
        200.00 came and half of it went back: the next payment is of the first tier again.
        """
        entries = [
            *(paid(f"p-{n}", 10_000, date(2026, 7, n)) for n in (1, 2)),
            Reversal("r-1", "a-1", "p-1", date(2026, 7, 3)),
            paid("p-3", 10_000, date(2026, 7, 4)),
        ]
        made = statement([mandate(*entries)], contract(tiers=[Tier(0, 1_000), Tier(20_000, 500)]), **JULY)

        assert [1_000, 1_000, -1_000, 1_000] == [line.commission_minor for line in made.lines]

    def test_6_a_tail_of_two_months(self):
        """
        A payment within two months after the account was returned still earns, whoever received it; the day after them does not.

        Source: nationalbusinesscollections.com/terms-and-conditions, clause 2. Its own: the rate, and that two months are 60 days.
        """
        terms = contract(Rate(2_500), tail_days=60)
        last = date(2026, 6, 20) + timedelta(days=59)
        held = mandate(paid("p-1", 10_000, last), paid("p-2", 10_000, last + timedelta(days=1)), ended_on=date(2026, 6, 20))

        made = statement([held], terms, **AUGUST)
        assert ["p-1"] == [line.entry for line in made.lines]
        assert "in the tail" in made.lines[0].why
        assert () == statement([held], attrs.evolve(terms, tail_days=0), **AUGUST).lines

    def test_7_clawback(self):
        """
        A payment of July bounces in August: July's statement stands, and August takes back what it had earned.

        No published form was found that says how; the figures are our own.
        """
        held = mandate(paid("p-1", 10_000, date(2026, 7, 30)), Reversal("r-1", "a-1", "p-1", date(2026, 8, 4), "R01"))
        july, august = (statement([held], contract(Rate(2_500)), **month) for month in (JULY, AUGUST))

        assert (2_500, -2_500) == (july.commission_minor, august.commission_minor)
        assert (-10_000, -7_500) == (august.collected_minor, august.remitted_minor)
        assert (LineKind.REVERSAL, "takes back p-1 of 2026-07-30: R01") == (august.lines[0].kind, august.lines[0].why)

    def test_8_paid_to_the_creditor(self):
        """
        Money that came straight to the creditor earns the fee as well, and the creditor is invoiced for it on the next statement.

        Source: nobillsman.tripod.com/tcontract.html, clause 3. Its own: the rate.
        """
        made = statement([mandate(paid("p-1", 10_000, date(2026, 7, 3), source="bank"))], contract(Rate(2_500)), **JULY)

        assert (0, 10_000, 2_500, -2_500) == (made.collected_minor, made.direct_minor, made.commission_minor, made.remitted_minor)

    def test_9_less_on_a_settlement(self):
        """
        From the day on which less than everything is accepted, 15 percent instead of 25.

        No published form was found with a rate for settlements; the figures are our own.
        """
        held = mandate(paid("p-1", 10_000, date(2026, 7, 3)), paid("p-2", 10_000, date(2026, 7, 9)), settled_on=date(2026, 7, 9))

        made = statement([held], contract(Rate(2_500), settlement_bp=1_500), **JULY)
        assert [2_500, 1_500] == [line.commission_minor for line in made.lines]

    def test_what_a_settlement_brings(self):
        """
        15 percent, of the 8,000.00 that settle 10,000.00 and not of the debt: 1,200.00.

        Source: support.debitura.com/en/articles/13637930-discounts-settlements-approvals-and-fee-calculation. Its own: nothing.
        """
        held = mandate(paid("p-1", 800_000, date(2026, 7, 9)), placed_minor=1_000_000, settled_on=date(2026, 7, 9))

        assert 120_000 == statement([held], contract(Rate(1_500)), **JULY).commission_minor

    def test_10_net_and_gross_remittance(self):
        """
        1,000.00 collected at 25 percent: 750.00 is sent, or all of it, with an invoice of 250.00.

        Source: ifocus.life/articles_j0ziga.html. Its own: nothing.
        """
        held = [mandate(paid("p-1", 100_000, date(2026, 7, 3)))]
        net = statement(held, contract(Rate(2_500)), **JULY)
        gross = statement(held, contract(Rate(2_500), remittance=Remittance.GROSS), **JULY)

        assert (75_000, 0) == (net.remitted_minor, net.invoiced_minor)
        assert (100_000, 25_000) == (gross.remitted_minor, gross.invoiced_minor)

    def test_tax_on_the_commission(self):
        """
        21 percent of 1,000.00 and 15 percent of tax on that: kept by the agency, or invoiced; the creditor has 758.50 either way.

        Source: globalcredit.net.nz/services/fee-structure. Its own: the amount paid.
        """
        held = [mandate(paid("p-1", 100_000, date(2026, 7, 3)))]
        net = statement(held, contract(Rate(2_100), tax_bp=1_500), **JULY)
        gross = statement(held, contract(Rate(2_100), tax_bp=1_500, remittance=Remittance.GROSS), **JULY)

        assert (75_850, 0) == (net.remitted_minor, net.invoiced_minor)
        assert (100_000, 24_150) == (gross.remitted_minor, gross.invoiced_minor)
        assert net.net_back_minor == gross.net_back_minor == 75_850

    def test_11_a_fee_for_each_placement(self):
        """
        A flat fee of 10.00 for each account, in the month of its placement, whatever comes in.

        Source: collectionagencymatch.com/how-does-a-contingency-rate-work-for-debt-collection. Its own: 10.00 of its 10 to 25.
        """
        held = [mandate(placed_on=date(2026, 7, 1)), mandate(account="a-2", placed_on=date(2026, 6, 30))]

        assert (1_000, -1_000) == (
            statement(held, contract(placement_fee_minor=1_000), **JULY).commission_minor,
            statement(held, contract(placement_fee_minor=1_000), **JULY).remitted_minor,
        )

    def test_half_of_what_was_found_paid(self):
        """
        35 percent; half of it where a balance is found to be paid to the creditor itself.

        Source: mdcrecovery.com/insurance/workflow, discovery fee. Its own: nothing but the amounts paid.
        """
        held = mandate(paid("p-1", 10_000, date(2026, 7, 3)), paid("p-2", 10_001, date(2026, 7, 4), source="bank"))
        made = statement([held], contract(Rate(3_500), direct_bp=5_000), **JULY)

        assert [3_500, 1_750] == [line.commission_minor for line in made.lines]

    def test_half_of_it_is_rounded_once(self):
        """
        35 percent of 0.99 is 34.65 cents and half of that 17.325: one rounding makes 17, where two would have made 18.
        """
        held = mandate(paid("p-1", 99, date(2026, 7, 3), source="bank"))

        assert 17 == statement([held], contract(Rate(3_500), direct_bp=5_000), **JULY).commission_minor

    @pytest.mark.parametrize(("claim", "expected"), [("domestic", 3_500), ("foreign", 4_000), ("goods", 0)])
    def test_by_kind_of_claim(self, claim, expected):
        """
        35 percent of domestic and 40 of foreign claims, on all balances; a kind that the contract does not name earns nothing.

        Source: mdcrecovery.com/insurance/workflow, claims. Its own: nothing but the amount paid.
        """
        terms = contract(Rate(3_500, products=["domestic"]), Rate(4_000, products=["foreign"]))
        made = statement([mandate(paid("p-1", 10_000, date(2026, 7, 3)), product=claim)], terms, **JULY)

        assert expected == made.commission_minor

    def test_12_a_cap_for_each_account(self):
        """
        Never more than 30.00 from one account; what a reversal takes back may be earned again.

        No published form was found with a cap for each account; the figures are our own.
        """
        entries = [
            paid("p-1", 10_000, date(2026, 7, 3)),
            paid("p-2", 10_000, date(2026, 7, 4)),
            Reversal("r-1", "a-1", "p-1", date(2026, 7, 5)),
            paid("p-3", 10_000, date(2026, 7, 6)),
        ]
        made = statement([mandate(*entries)], contract(Rate(2_500), cap_minor=3_000), **JULY)

        assert [2_500, 500, -2_500, 2_500] == [line.commission_minor for line in made.lines]

    def test_cheap_is_not_what_brings_most(self):
        """
        15 percent of 20,000 leaves 17,000; 25 percent of 60,000 leaves 45,000.
        """
        cheap, dear = (
            statement([mandate(paid("p-1", minor, date(2026, 7, 3)))], contract(Rate(bp)), **JULY)
            for minor, bp in ((2_000_000, 1_500), (6_000_000, 2_500))
        )

        assert (1_700_000, 4_500_000) == (cheap.net_back_minor, dear.net_back_minor)


class TestChargebacks:
    PAID = paid("p-1", 10_000, date(2026, 7, 3))

    def back(self, id, minor, on):
        return Chargeback(id, "a-1", "p-1", Money(minor, "USD"), on, "4855")

    def test_a_part_takes_back_its_part(self):
        """
        25.00 of 100.00 are charged back in August: a quarter of the 33.33 that they had earned, and July stays what it was.
        """
        held = mandate(self.PAID, self.back("cb-1", 2_500, date(2026, 8, 5)))

        assert 3_333 == statement([held], contract(Rate(3_333)), **JULY).commission_minor
        (line,) = statement([held], contract(Rate(3_333)), **AUGUST).lines
        assert (LineKind.REVERSAL, -2_500, -833) == (line.kind, line.minor, line.commission_minor)
        assert "takes back 2500 of p-1 of 2026-07-03: 4855" == line.why

    def test_withdrawn_it_never_was(self):
        """
        Whenever it was withdrawn.
        """
        undo = Undo("u-1", "a-1", "cb-1", "chargeback", date(2026, 9, 1))

        assert (
            () == statement([mandate(self.PAID, self.back("cb-1", 2_500, date(2026, 8, 5)), undo)], contract(Rate(3_333)), **AUGUST).lines
        )

    @pytest.mark.parametrize("kind", ["chargeback", "reversal"])
    def test_dated_before_its_payment_it_takes_back_all_the_same(self, kind):
        """
        The bank dates the return a day before the payment: it stands behind it, on the day of the payment.
        """
        on = date(2026, 7, 2)
        back = self.back("cb-1", 10_000, on) if kind == "chargeback" else Reversal("cb-1", "a-1", "p-1", on)
        made = statement([mandate(self.PAID, back)], contract(Rate(3_333)), **JULY)

        assert [(date(2026, 7, 3), 3_333), (date(2026, 7, 3), -3_333)] == [(line.on, line.commission_minor) for line in made.lines]

    def test_an_agency_that_had_the_account_twice_gives_it_back_once(self):
        """
        The movements stand in both mandates.
        """
        entries = (self.PAID, self.back("cb-1", 2_500, date(2026, 8, 5)))
        held = [mandate(*entries, ended_on=date(2026, 7, 20)), mandate(*entries, placed_on=date(2026, 7, 25))]

        assert [-2_500] == [line.minor for line in statement(held, contract(Rate(3_333)), **AUGUST).lines]

    @given(st.integers(1, 9_999), st.lists(st.integers(1, 6_000), max_size=4), st.booleans())
    def test_parts_add_up_to_what_was_earned(self, bp, parts, bounces):
        """
        However it is taken back: the agency never gives back more than the payment had earned, and all of it with the last cent.
        """
        entries = [self.PAID, *(self.back(f"cb-{n}", part, date(2026, 7, 5 + n)) for n, part in enumerate(parts))]
        if bounces:
            entries.append(Reversal("r-1", "a-1", "p-1", date(2026, 7, 20)))
        made = statement([mandate(*entries)], contract(Rate(bp)), **JULY)
        gone = 10_000 if bounces else min(10_000, sum(parts))

        assert 10_000 - gone == made.collected_minor
        assert gone < 10_000 or 0 == made.commission_minor
        assert 0 <= made.commission_minor <= made.lines[0].commission_minor


class TestContracts:
    def test_versions_by_day(self):
        """
        Old months are worked out by old terms.
        """
        old, new = contract(Rate(2_500)), attrs.evolve(contract(Rate(3_000)), version="2026-2")
        terms = Terms(((date(2026, 1, 1), old), (date(2026, 7, 1), new)))

        assert [None, old, new] == [terms.on(day) for day in (date(2025, 12, 31), date(2026, 6, 30), date(2026, 7, 1))]

    @pytest.mark.parametrize("more", [{"tiers": [Tier(10, 1)]}, {"tiers": [Tier(0, 1), Tier(0, 2)]}, {"tail_days": -1}, {"tax_bp": 10_001}])
    def test_terms_that_cannot_be(self, more):
        """
        Refused with what is allowed.
        """
        with pytest.raises(PolicyError, match="no contract was made"):
            contract(**more)

    def test_a_product_or_nothing(self):
        """
        What no rate fits earns nothing, and says so; other people's money earns nothing either.
        """
        terms = contract(Rate(2_500, products=["card"]), excluded_sources={"refund"})
        made = statement(
            [mandate(paid("p-1", 10_000, date(2026, 7, 3)), paid("p-2", 10_000, date(2026, 7, 3), source="refund"))], terms, **JULY
        )

        assert [("p-1", 0, "no rate of the contract fits")] == [(line.entry, line.commission_minor, line.why) for line in made.lines]


DAYS = st.dates(date(2026, 5, 1), date(2026, 9, 30))


@st.composite
def histories(draw):
    """Payments, some of them reversed, before, during and after a placement."""
    entries = [
        Payment(f"p-{i}", "a-1", Money(draw(st.integers(1, 90_000)), "USD"), draw(DAYS), source=draw(st.sampled_from(["agency", "bank"])))
        for i in range(draw(st.integers(0, 6)))
    ]
    for payment in list(entries):
        if draw(st.booleans()):
            entries.append(Reversal(f"r-{payment.id}", "a-1", payment.id, payment.value_on + timedelta(days=draw(st.integers(0, 60)))))
    return tuple(entries)


TERMS = st.builds(
    lambda cap, tiers, direct, tail: contract(Rate(2_345), cap_minor=cap, tiers=tiers, direct_bp=direct, tail_days=tail),
    st.none() | st.integers(0, 20_000),
    st.sampled_from([(), (Tier(0, 2_000), Tier(50_000, 1_333))]),
    st.sampled_from([10_000, 3_333]),
    st.integers(0, 60),
)


class TestLaws:
    @given(histories(), TERMS, st.randoms(use_true_random=False))
    def test_the_order_of_arrival_changes_nothing(self, entries, terms, random):
        """
        Whichever party works it out, from movements in any order, the statement is the same.
        """
        shuffled = list(entries)
        random.shuffle(shuffled)
        whole = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
        held = mandate(*entries, ended_on=date(2026, 8, 1))

        assert statement([held], terms, **whole) == statement([attrs.evolve(held, entries=tuple(shuffled))], terms, **whole)

    @given(histories(), TERMS, DAYS)
    def test_periods_add_up(self, entries, terms, cut):
        """
        Two periods that follow each other hold the lines of both together, each once.
        """
        held, start, end = [mandate(*entries, ended_on=date(2026, 8, 1))], date(2026, 1, 1), date(2026, 12, 31)
        before, after = statement(held, terms, first=start, last=cut), statement(held, terms, first=cut + timedelta(days=1), last=end)

        assert statement(held, terms, first=start, last=end).lines == before.lines + after.lines

    @given(histories(), TERMS, st.integers(0, 60))
    def test_a_reversal_that_was_undone_never_was(self, entries, terms, days):
        """
        In every period the statement is the one without it, whenever it was undone.
        """
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        undoing = [
            Undo(f"u-{entry.id}", "a-1", entry.id, "reversal", entry.value_on + timedelta(days=days))
            for entry in entries
            if isinstance(entry, Reversal)
        ]
        for month in (JULY, AUGUST):
            made, expected = (statement([mandate(*known)], terms, **month) for known in ((*entries, *undoing), payments))
            assert expected.lines == made.lines

    @given(histories(), TERMS)
    def test_what_is_wholly_taken_back_has_earned_nothing(self, entries, terms):
        """
        Once every payment is reversed, commissions add up to nothing, to the unit; and no account ever earns beyond its cap.
        """
        payments = [entry for entry in entries if isinstance(entry, Payment)]
        undone = (*payments, *[Reversal(f"r-{payment.id}", "a-1", payment.id, date(2026, 12, 1)) for payment in payments])
        made = statement([mandate(*undone)], terms, first=date(2026, 1, 1), last=date(2026, 12, 31))
        running = 0
        for line in made.lines:
            running += line.commission_minor
            assert terms.cap_minor is None or running <= terms.cap_minor

        assert 0 == made.commission_minor == made.collected_minor + made.direct_minor
