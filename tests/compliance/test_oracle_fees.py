"""Every cap of fees that ships, against a second and plain reading of its file: one cent, or one hundredth of a point, is the edge."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit.actions import Outcome
from collectkit.compliance import Ruling, rule_on
from collectkit.compliance.past import PastFee, Payments

from . import oracle
from .oracle_holds import months_later
from .test_oracle import DAY, act, alone

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
CENT = Fraction(1, 100)

principals = st.integers(0, 2_000_000).map(lambda cents: Fraction(cents, 100))
edges = st.sampled_from([-CENT, Fraction(0), CENT])


def params_of(id: str) -> oracle.Raw:
    found: oracle.Raw = oracle.raw_rules()[id][1]["params"]
    return found


def exactly(number: object) -> Fraction:
    """Return a number of a file as it is written there."""
    return Fraction(str(number))


def ruled(id: str, facts: dict[str, object], *, at: datetime = NOON, fees: tuple[PastFee, ...] = (), **asked: Any) -> Ruling:
    return rule_on(act(id, at, ("UTC",), facts=facts, payments=Payments(fees=fees), channel="", **asked), alone(id))


def denied(ruling: Ruling) -> bool:
    return ruling.outcome is Outcome.DENY


READ = {
    "au.lccc.fees",
    "br.late",
    "de.bgb286",
    "de.inkasso_fees",
    "in.rbi.penal",
    "nl.wik_tariff",  # in test_oracle_money
    "nz.default_fees",
    "se.reminder_fee",
    "sg.bnpl_code",
    "us.regf.22b.fees",
    "za.in_duplum",
}
"""Rules that are read a second time here; a new one that ships must join them."""


def test_every_cap_of_fees_is_read_twice() -> None:
    """
    No figure rests on one reading.
    """
    assert READ == set(oracle.ids("fee_cap"))


class TestAuthority:
    @given(
        authority=st.sampled_from(["agreement_expressly", "law_permits", "agreement_silent", "custom", "", None]),
        action=st.sampled_from(["charge_fee", "charge_interest", "charge_collection_cost"]),
        amount=principals,
    )
    def test_silence_is_no_authority(self, authority: str | None, action: str, amount: Fraction) -> None:
        """
        Of whatever amount, and also of interest and costs.
        """
        allowed = authority in params_of("us.regf.22b.fees")["authorities"]
        facts: dict[str, object] = {"fee.amount": amount} | ({} if authority is None else {"fee.authority": authority})
        question = attrs.evolve(act("us.regf.22b.fees", NOON, ("UTC",), facts=facts, channel=""), action=action)
        ruling = rule_on(question, alone("us.regf.22b.fees"))

        assert allowed != denied(ruling)


class TestBrazil:
    @given(
        principal=principals,
        charged=st.lists(
            st.tuples(st.integers(0, 3000), st.sampled_from(["fine", "default", "interest"]), st.sampled_from(["", "D1", "D2"]))
        ),
        kind=st.sampled_from(["fine", "default", "interest", "default_interest"]),
        months=st.none() | st.integers(1, 30),
        edge=edges,
    )
    @settings(max_examples=150)
    def test_two_per_cent_once_and_one_a_month(
        self, principal: Fraction, charged: list[tuple[int, str, str]], kind: str, months: int | None, edge: Fraction
    ) -> None:
        """
        What was charged of the same kind for the same account leaves so much less.
        """
        params = params_of("br.late")
        if "interest" in kind:
            cap = principal * exactly(params["monthly_interest_percent"]) / 100 * (months or 1)
        else:
            cap = principal * exactly(params["percent"]) / 100
        before = sum((Fraction(cents, 100) for cents, of, debt in charged if of == kind and debt in ("", "D1")), Fraction(0))
        amount = max(cap - before + edge, CENT)
        facts: dict[str, object] = {"fee.kind": kind, "fee.principal": principal, "fee.amount": amount}
        facts |= {} if months is None else {"fee.months": months}
        fees = tuple(PastFee(date(2026, 5, 1), of, Fraction(cents, 100), debt) for cents, of, debt in charged)

        assert (before + amount > cap) == denied(ruled("br.late", facts, fees=fees))


class TestGermany:
    @given(base=st.integers(-100, 600), edge=edges)
    def test_interest_runs_at_five_points_over_the_base_rate(self, base: int, edge: Fraction) -> None:
        """
        A base rate below nothing counts as it is.
        """
        rate = Fraction(base, 100) + exactly(params_of("de.bgb286")["points_over_base"]) + edge
        facts: dict[str, object] = {"fee.base_rate_percent": Fraction(base, 100), "fee.rate_percent": rate}

        assert (edge > 0) == denied(ruled("de.bgb286", facts))

    @given(
        principal=st.one_of(principals, st.sampled_from([Fraction(50), Fraction(50) + CENT, Fraction(50) - CENT])),
        full=st.integers(1500, 60_000).map(lambda cents: Fraction(cents, 100)),
        first=st.booleans(),
        special=st.booleans(),
        edge=edges,
    )
    @settings(max_examples=200)
    def test_a_collector_costs_no_more_than_a_part_of_a_lawyer(
        self, principal: Fraction, full: Fraction, first: bool, special: bool, edge: Fraction
    ) -> None:
        """
        Half when the first letter was enough, nine tenths, at most 1.3 when it was hard; thirty euros whole up to fifty, and never
        below fifteen.
        """
        p = params_of("de.inkasso_fees")
        whole = exactly(p["small_claim_fee"]) if principal <= p["small_claim_max"] else full
        name = "paid_after_first_letter_multiplier" if first else "special_multiplier_max" if special else "standard_multiplier"
        cap = max(whole * exactly(p[name]), exactly(p["minimum_fee"]))
        facts: dict[str, object] = {"fee.principal": principal, "fee.full_fee": full, "fee.amount": cap + edge}
        facts |= {"fee.paid_after_first_letter": first, "fee.special": special}

        assert (edge > 0) == denied(ruled("de.inkasso_fees", facts))


class TestIndia:
    @given(
        kind=st.sampled_from(["penal_charge", "penal_interest", "default"]),
        added=st.none() | st.booleans(),
        capitalised=st.none() | st.booleans(),
        reasonable=st.none() | st.booleans(),
    )
    def test_a_penalty_is_a_charge_and_no_rate(
        self, kind: str, added: bool | None, capitalised: bool | None, reasonable: bool | None
    ) -> None:
        """
        Not added to the rate, without interest on it, and reasonable.
        """
        told = {"fee.added_to_rate": added, "fee.capitalised": capitalised, "fee.reasonable": reasonable}
        facts: dict[str, object] = {"fee.kind": kind, **{name: value for name, value in told.items() if value is not None}}
        forbidden = kind == "penal_interest" or added is True or capitalised is True or reasonable is False

        assert forbidden == denied(ruled("in.rbi.penal", facts))


class TestFixed:
    @given(
        kind=st.sampled_from(["reminder", "debt_collection_demand", "payment_plan", "default", "late"]),
        agreed=st.none() | st.booleans(),
        edge=edges,
    )
    def test_sweden_knows_three_fees_and_their_amounts(self, kind: str, agreed: bool | None, edge: Fraction) -> None:
        """
        That for a reminder must have been agreed.
        """
        params = params_of("se.reminder_fee")
        cap = params["amounts"].get(kind)
        amount = Fraction(60) if cap is None else exactly(cap) + edge
        facts: dict[str, object] = {"fee.kind": kind, "fee.amount": amount} | ({} if agreed is None else {"fee.agreed": agreed})
        needs = params.get(f"{kind}_needs_agreement", False)

        assert (cap is None or edge > 0 or (needs and agreed is not True)) == denied(ruled("se.reminder_fee", facts))


class TestCostAndDisclosure:
    @given(cost=principals, edge=edges, reasonable=st.none() | st.booleans())
    def test_new_zealand_lets_charge_what_the_breach_cost(self, cost: Fraction, edge: Fraction, reasonable: bool | None) -> None:
        """
        And nothing that is known to be unreasonable.
        """
        facts: dict[str, object] = {"fee.cost": cost, "fee.amount": cost + edge}
        facts |= {} if reasonable is None else {"fee.reasonable": reasonable}

        assert (edge > 0 or reasonable is False) == denied(ruled("nz.default_fees", facts))

    @given(cap=principals, edge=edges, disclosed=st.none() | st.booleans())
    def test_singapore_lets_charge_what_was_disclosed(self, cap: Fraction, edge: Fraction, disclosed: bool | None) -> None:
        """
        Up to the cap that was.
        """
        facts: dict[str, object] = {"fee.disclosed_cap": cap, "fee.amount": cap + edge}
        facts |= {} if disclosed is None else {"fee.disclosed": disclosed}

        assert (edge > 0 or disclosed is False) == denied(ruled("sg.bnpl_code", facts))

    @given(principal=principals, part=st.integers(0, 120), edge=edges)
    def test_in_south_africa_a_default_at_most_doubles_a_debt(self, principal: Fraction, part: int, edge: Fraction) -> None:
        """
        All that accrued during it, together, up to what was unpaid when it began.
        """
        accrued = principal * part / 100
        amount = max(principal - accrued + edge, CENT)
        facts: dict[str, object] = {"fee.principal_at_default": principal, "fee.accrued_since_default": accrued, "fee.amount": amount}

        assert (accrued + amount > principal) == denied(ruled("za.in_duplum", facts))


class TestAustralia:
    @given(
        first_on=st.dates(date(2024, 1, 1), date(2026, 3, 1)),
        days=st.integers(0, 900),
        charged=st.lists(
            st.tuples(st.integers(-500, 900), st.sampled_from(["default", "establishment", "account"]), st.integers(0, 9000)), max_size=8
        ),
        kind=st.sampled_from(["default", "establishment"]),
        alone_=st.booleans(),
        edge=edges,
        wanted=st.integers(1, 40_000),
    )
    @settings(max_examples=250)
    def test_what_a_customer_is_charged_in_a_year_is_added_up_day_by_day(
        self,
        first_on: date,
        days: int,
        charged: list[tuple[int, str, int]],
        kind: str,
        alone_: bool,
        edge: Fraction,
        wanted: int,
    ) -> None:
        """
        Years from the first contract on, none before the law; all contracts; default fees by themselves unless there are no others.
        """
        p = params_of("au.lccc.fees")
        start = max(first_on, date.fromisoformat(p["period_start"][-10:]))
        today = start + days * DAY
        years = [start]
        while years[-1] <= today:
            years.append(months_later(start, p["period_months"] * len(years)))
        begins, ends = years[-2], years[-1]
        is_first = len(years) == 2

        def cap_in(first: bool) -> Fraction:
            if alone_:
                return exactly(p["default_only_first"] if first else p["default_only_next"])
            if kind == "default":
                return exactly(p["default_cap"])
            return exactly(p["other_first"] if first else p["other_next"])

        def counts(of: str) -> bool:
            return alone_ or (of == "default") == (kind == "default")

        fees = tuple(PastFee(today - ago * DAY, of, Fraction(cents, 100)) for ago, of, cents in charged)
        before = sum((fee.amount for fee in fees if begins <= fee.on < ends and counts(fee.kind)), Fraction(0))
        room = cap_in(is_first) - before
        amount = room + edge if room + edge > 0 else Fraction(wanted, 100)
        facts: dict[str, object] = {
            "fee.kind": kind,
            "fee.amount": amount,
            "account.first_contract_on": first_on,
            "account.only_default_fees": alone_,
        }
        ruling = ruled("au.lccc.fees", facts, at=datetime.combine(today, time(12), UTC), fees=fees)

        assert (before + amount > cap_in(is_first)) == denied(ruling)
        if denied(ruling):
            renews = None if amount > cap_in(False) else datetime.combine(ends, time(0), UTC)
            later = [fee for fee in fees if ends <= fee.on]
            if not later:
                assert renews == ruling.earliest
