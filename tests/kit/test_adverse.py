"""Acts that are no contact are asked of the law before they are done, and what it answered is kept."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import attrs

from collectkit import Kit, Money, Payment
from collectkit.actions import ActionKind, ActJudged, ActPermitted, ActRefused, ActResult, HostAct
from collectkit.allocation import AllocationPolicy, Handler
from collectkit.compliance import UNKNOWN_REGION, Circumstances
from collectkit.compliance.replaying import REFUSED
from collectkit.person import Consumer
from collectkit.placement import AccountPlaced, Placement
from collectkit.policy import Policy, load_policy
from collectkit.refusals import Refusal
from collectkit.schedules import FeeCaps, FeeReason, LateFeePolicy, LateFeeRefused, Tier
from collectkit.schedules.due_date_change import DueDatePolicy
from collectkit.schedules.quotes import QuoteReason
from collectkit.servicing.accounts import ClosingReason, PlacingReason
from collectkit.servicing.erasing import Retention, RetentionHold
from collectkit.servicing.reassigning import ReassigningReason, Reassignment

from .conftest import account, at, consumer, night, nights

FEES = LateFeePolicy(tiers=(Tier(0, Money(1000, "USD")), Tier(7, Money(700, "USD"))), caps=FeeCaps())
FIRST_LATE = date(2026, 9, 2)
HEAD = """
schema_version = 1
[meta]
jurisdiction = "US-NY"
default_timezone = "America/New_York"
"""
RULE = """
[[rule]]
id = "own.{id}"
citation = "Own rules, {id}"
title = "{id}"
kind = "{kind}"
status = "verified"
source = "the house"
effective_from = 2020-01-01
[rule.applies_to]
party = ["any"]
actions = ["{action}"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
{params}
"""
NO_FEE = RULE.format(id="fees", kind="fee_cap", action="charge_fee", params='model = "fixed_by_type"\namounts = { default = 8.0 }')
NO_PLACEMENT = RULE.format(id="places", kind="ban", action="place_debt", params='match = { "debt.status" = ["delinquent"] }')
NO_SALE = RULE.format(id="sales", kind="ban", action="sell_debt", params='match = { "debt.status" = ["delinquent"] }')
NO_FREEZE = RULE.format(id="freezes", kind="ban", action="freeze_purchases", params='match = { "debt.status" = ["delinquent"] }')
KEPT = RULE.format(
    id="records",
    kind="retention",
    action="purge_records",
    params='records = [{ kind = "any", years = 9, from_event = "last_collection_activity" }]',
)
PERIODS = RULE.format(
    id="periods",
    kind="fee_cap",
    action="charge_fee",
    params="""model = "au_lccc"
period_months = 12
other_first = 15
other_next = 15
default_cap = 15
default_only_first = 15
default_only_next = 15
period_start = "start of the earliest contract, not before 2020-01-01"
""",
)


def under(tmp_path: Path, *rules: str, **changes: object) -> Policy:
    """The policy of the United States with rules of the house besides."""
    pack = tmp_path / "own.toml"
    pack.write_text(HEAD + "".join(rules), encoding="utf-8")
    policy = load_policy("us-bnpl")
    law = attrs.evolve(policy.law, packs=(*policy.law.packs, *([str(pack)] if rules else ())))
    return attrs.evolve(policy, law=law, late_fees=FEES, **changes)


def opened(policy: Policy, *accounts: str, person: Consumer | None = None) -> Kit:
    kit = Kit.open("memory://", policy=policy, actor="tests")
    kit.register(consumer() if person is None else person, at=at(date(2026, 9, 1)))
    for id in accounts or ("a-1",):
        kit.open_account(account(id), at=at(date(2026, 9, 1)))
    return kit


def told(kit: Kit, action: ActionKind) -> tuple[list[ActJudged], list[ActRefused]]:
    """Return what is kept of the answers about one sort of act."""
    bodies = [envelope.body for envelope in kit.person_history("c-1")]
    judged = [body for body in bodies if isinstance(body, ActJudged) and body.judged.proposal.action is action]
    refused = [b for b in bodies if isinstance(b, ActRefused) and b.judged is not None and b.judged.proposal.action is action]
    return judged, refused


class TestLateFees:
    def test_a_lawful_fee_is_charged_with_its_verdict_beside_it(self, tmp_path: Path) -> None:
        """
        The record names the fee, and gives the same answer again.
        """
        with opened(under(tmp_path)) as kit:
            nights(kit, FIRST_LATE, date(2026, 9, 12))
            judged, refused = told(kit, ActionKind.CHARGE_FEE)

            assert ["charge/late-fee/a-1/1/1", "charge/late-fee/a-1/1/2"] == [one.judged.proposal.id for one in judged]
            assert ([], {"allow"}) == (refused, {one.judged.outcome for one in judged})
            assert all(one.holds for one in kit.recheck_verdicts())
            assert 1700 == kit.standing("a-1", as_of=date(2026, 9, 12)).fees_charged_minor

    def test_a_fee_that_a_law_forbids_is_refused_once_with_its_paragraph(self, tmp_path: Path) -> None:
        """
        Ten dollars where eight may be charged, and seven a week later; however many nights pass, the refusal is told once.
        """
        with opened(under(tmp_path, NO_FEE)) as kit:
            reports = nights(kit, FIRST_LATE, date(2026, 9, 14))
            judged, refused = told(kit, ActionKind.CHARGE_FEE)
            (fee,) = (one.body for one in kit.history("a-1") if isinstance(one.body, LateFeeRefused))

            assert {"law": 1} == dict(reports[0].fees_refused)
            assert (FIRST_LATE, FeeReason.LAW, 1) == (fee.on, fee.refused.reason, fee.refused.tier)
            assert "Own rules, fees: This would be 10; at most 8 may be charged." == fee.refused.why
            assert [("own.fees",)] == [one.rules for one in refused]
            assert [("charge/late-fee/a-1/1/2")] == [one.judged.proposal.id for one in judged]
            assert 700 == kit.standing("a-1", as_of=date(2026, 9, 14)).fees_charged_minor
            assert "fee refused" in {one.act.what for one in kit.replay_law(kit.parts.rules)}

    def test_a_cap_of_the_law_is_shared_by_all_accounts_of_a_person(self, tmp_path: Path) -> None:
        """
        Fifteen dollars a year: ten on the first account leave too little for the second, in one night and in later ones.
        """
        with opened(under(tmp_path, PERIODS), "a-1", "a-2") as kit:
            nights(kit, FIRST_LATE, date(2026, 9, 12))
            judged, refused = told(kit, ActionKind.CHARGE_FEE)

            assert ["charge/late-fee/a-1/1/1"] == [one.judged.proposal.id for one in judged]
            assert {"charge/late-fee/a-2/1/1", "charge/late-fee/a-1/1/2", "charge/late-fee/a-2/1/2"} == {one.message for one in refused}
            assert 1000 == sum(kit.standing(id, as_of=date(2026, 9, 12)).fees_charged_minor for id in ("a-1", "a-2"))

    def test_where_nobody_knows_whose_law_it_is_no_fee_is_charged(self, tmp_path: Path) -> None:
        """
        A person without a place of residence, an address or a number.
        """
        with opened(under(tmp_path), person=Consumer("c-1")) as kit:
            nights(kit, FIRST_LATE, date(2026, 9, 4))
            _, refused = told(kit, ActionKind.CHARGE_FEE)

            assert [(UNKNOWN_REGION,)] == [one.rules for one in refused]
            assert 0 == kit.standing("a-1", as_of=date(2026, 9, 4)).fees_charged_minor

    def test_skipped_days_are_asked_about_as_of_their_own(self, tmp_path: Path) -> None:
        """
        A rule that came into force meanwhile does not reach back.
        """
        since = NO_FEE.replace("effective_from = 2020-01-01", "effective_from = 2026-09-05")
        with opened(under(tmp_path, since)) as kit:
            night(kit, date(2026, 9, 1))
            night(kit, date(2026, 9, 8))
            judged, refused = told(kit, ActionKind.CHARGE_FEE)

            assert (["charge/late-fee/a-1/1/1"], []) == ([one.judged.proposal.id for one in judged], refused)


class TestPlacements:
    def test_a_placement_has_its_verdict_beside_it(self, tmp_path: Path) -> None:
        """
        In the night and by command.
        """
        with opened(under(tmp_path)) as kit:
            nights(kit, FIRST_LATE, date(2026, 9, 4))
            judged, refused = told(kit, ActionKind.PLACE)

            assert (["place/a-1/in-house"], []) == ([one.judged.proposal.id for one in judged], refused)
            assert kit.standing("a-1", as_of=date(2026, 9, 4)).handler == "in-house"
            assert all(one.holds for one in kit.recheck_verdicts())

    def test_a_placement_that_a_law_forbids_is_not_made(self, tmp_path: Path) -> None:
        """
        Not by any night, told once, and not by a command either.
        """
        with opened(under(tmp_path, NO_PLACEMENT)) as kit:
            reports = nights(kit, FIRST_LATE, date(2026, 9, 6))
            placement = Placement("a-1", "in-house", date(2026, 9, 6))
            asked = kit.try_place(placement, at=at(date(2026, 9, 6)))

            assert isinstance(asked, Refusal)
            assert (PlacingReason.FORBIDDEN, "Own rules, places: places: status.") == (asked.reason, asked.detail)
            assert [] == [one.body for one in kit.history("a-1") if isinstance(one.body, AccountPlaced)]
            assert ([], [("own.places",)]) == (told(kit, ActionKind.PLACE)[0], [one.rules for one in told(kit, ActionKind.PLACE)[1]])
            assert {"own.places": 1} == {rule: number for rule, number in reports[0].refused.items() if rule.startswith("own")}

    def test_what_a_law_forbids_is_not_reassigned(self, tmp_path: Path) -> None:
        """
        One account of the person is late and may not be placed anew: the other stays too, and only the refusal is kept.
        """
        teams = AllocationPolicy([Handler("in-house", "Team", "in_house"), Handler("desk", "Desk", "in_house")], [])
        with opened(under(tmp_path, NO_PLACEMENT, allocation=teams), "a-1", "a-2") as kit:
            for id in ("a-1", "a-2"):
                kit.place(Placement(id, "in-house", date(2026, 9, 1)), at=at(date(2026, 9, 1)))
            kit.post(Payment("p-1", "a-2", Money(20_000, "USD"), date(2026, 9, 1)), at=at(date(2026, 9, 1)))
            asked = kit.try_reassign(Reassignment("a-2", "in-house", "desk", date(2026, 9, 6), "workload"), at=at(date(2026, 9, 6)))
            judged, refused = told(kit, ActionKind.PLACE)

            assert isinstance(asked, Refusal)
            assert (ReassigningReason.FORBIDDEN, "Own rules, places: places: status.") == (asked.reason, asked.detail)
            assert (2, 1) == (len(judged), len(refused))
            assert {"in-house"} == {kit.standing(id, as_of=date(2026, 9, 6)).handler for id in ("a-1", "a-2")}

    def test_a_placement_is_made_in_the_first_night_that_may(self, tmp_path: Path) -> None:
        """
        The rule ends with the fourth day; nothing falls due then.
        """
        for_days = NO_PLACEMENT.replace("effective_from = 2020-01-01", "effective_from = 2020-01-01\neffective_to = 2026-09-05")
        policy = under(tmp_path, for_days)
        quiet = attrs.evolve(policy, late_fees=None, treatment=attrs.evolve(policy.treatment, steps=()))
        with opened(quiet) as kit:
            nights(kit, FIRST_LATE, date(2026, 9, 7))
            placed = [envelope for envelope in kit.history("a-1") if isinstance(envelope.body, AccountPlaced)]

            assert 1 == len(told(kit, ActionKind.PLACE)[1])
            assert [date(2026, 9, 6)] == [kit.business_date(envelope.context.at) for envelope in placed]


class TestCommands:
    def test_a_sale_that_a_law_forbids_is_not_made(self, tmp_path: Path) -> None:
        """
        The account stays open; one that is lawful closes it, with its verdict.
        """
        for rules, expected in (((NO_SALE,), ClosingReason.FORBIDDEN), ((), None)):
            with opened(under(tmp_path, *rules)) as kit:
                outcome = kit.try_close("a-1", on=FIRST_LATE, reason="sold", at=at(FIRST_LATE))
                judged, refused = told(kit, ActionKind.SELL)

                assert expected == (outcome.reason if isinstance(outcome, Refusal) else None)
                assert (expected is None, expected is not None) == (bool(judged), bool(refused))
                assert (expected is None) == (kit.standing("a-1", as_of=FIRST_LATE).closed_on is not None)

    def test_closing_for_another_reason_asks_nobody(self, tmp_path: Path) -> None:
        """
        Only a sale is an act against the person.
        """
        with opened(under(tmp_path, NO_SALE)) as kit:
            kit.close("a-1", on=FIRST_LATE, reason="cancelled", at=at(FIRST_LATE))

            assert ([], []) == told(kit, ActionKind.SELL)

    def test_what_moving_a_due_date_costs_is_asked_too(self, tmp_path: Path) -> None:
        """
        Where the law lists the fees there may be, it is none of them; the date does not move and the same quote may be tried again.
        """
        dates = DueDatePolicy(fee=Money(200, "USD"))
        with opened(under(tmp_path, NO_FEE, due_dates=dates)) as kit:
            now = at(date(2026, 9, 1))
            quote = kit.quote_due_date("a-1", id="m-1", installment=2, move_to=date(2026, 9, 20), at=now)
            outcomes = [kit.try_accept_quote(quote, at=now) for _ in range(2)]

            assert [QuoteReason.FORBIDDEN] * 2 == [one.reason for one in outcomes if isinstance(one, Refusal)]
            assert 1 == len(told(kit, ActionKind.CHARGE_FEE)[1])

    def test_what_the_host_charged_counts_when_a_due_date_is_moved(self, tmp_path: Path) -> None:
        """
        Fifteen dollars a year: two for a change and fourteen for collecting leave no room for another change that costs two; a check
        that was deposited is no charge.
        """
        dates = DueDatePolicy(fee=Money(200, "USD"))
        policy = under(tmp_path, PERIODS, due_dates=dates)
        with opened(attrs.evolve(policy, law=attrs.evolve(policy.law, charges=["collection"]))) as kit:
            now = at(date(2026, 9, 1))
            deposit = HostAct("d-1", "deposit_postdated", ["a-1"], amount=Money(1400, "USD"))
            kit.report_act(deposit, ActResult("done"), at=now)
            first = kit.quote_due_date("a-1", id="m-1", installment=2, move_to=date(2026, 9, 20), at=now)
            assert first == kit.try_accept_quote(first, at=now)
            cost = HostAct("k-1", "charge_collection_cost", ["a-1"], kind="collection", amount=Money(1400, "USD"))
            kit.report_act(cost, ActResult("done"), at=now)
            second = kit.quote_due_date("a-1", id="m-2", installment=2, move_to=date(2026, 9, 21), at=now)
            refused = kit.try_accept_quote(second, at=now)

            assert isinstance(refused, Refusal)
            assert "This would be 18; at most 15" in str(refused)

    def test_what_was_charged_on_the_book_counts_when_the_host_would_charge(self, tmp_path: Path) -> None:
        """
        Fifteen dollars a year: a late fee of ten leaves five.
        """
        collecting = PERIODS.replace("own.periods", "own.costs").replace("charge_fee", "charge_collection_cost")
        with opened(under(tmp_path, collecting)) as kit:
            night(kit, FIRST_LATE)
            facts = Circumstances(facts={"account.first_contract_on": date(2026, 9, 1)})
            answers = [
                kit.try_permit_act(
                    HostAct(f"k-{minor}", "charge_collection_cost", ["a-1"], kind="default", amount=Money(minor, "USD")),
                    at=at(FIRST_LATE),
                    circumstances=facts,
                )
                for minor in (600, 500)
            ]

            assert 1000 == kit.standing("a-1", as_of=FIRST_LATE).fees_charged_minor
            assert "This would be 16; at most 15" in str(answers[0])
            assert isinstance(answers[1], ActPermitted)

    def test_an_erasure_waits_for_the_law(self, tmp_path: Path) -> None:
        """
        Nine years after the last that happened; the answer names the paragraph and the day.
        """
        with opened(under(tmp_path, KEPT)) as kit:
            kit.post(Payment("p-1", "a-1", Money(20_000, "USD"), date(2026, 9, 1)), at=at(date(2026, 9, 1)))
            outcome = kit.try_erase("c-1", at=at(date(2026, 9, 3)), retention=Retention(days=0))

            assert isinstance(outcome, RetentionHold)
            assert outcome.basis.startswith("Own rules, records: This record must be kept for nine years")
            assert date(2035, 9, 2) == outcome.earliest

    def test_a_step_that_freezes_purchases_is_asked_too(self, tmp_path: Path) -> None:
        """
        Refused, it decides nothing.
        """
        for rules, frozen in (((NO_FREEZE,), False), ((), True)):
            with opened(under(tmp_path, *rules)) as kit:
                nights(kit, FIRST_LATE, FIRST_LATE + timedelta(days=20))
                judged, refused = told(kit, ActionKind.FREEZE_PURCHASES)

                assert (frozen, not frozen) == (bool(judged), bool(refused))
                assert frozen is kit.purchasing("a-1").frozen


def test_every_act_that_is_no_contact_can_be_told_when_it_was_refused() -> None:
    """
    A name in plain words for each.
    """
    assert {kind for kind in ActionKind if not kind.is_contact} == set(REFUSED)
    assert ("fee refused", "placement refused", "sue refused") == tuple(
        REFUSED[kind] for kind in (ActionKind.CHARGE_FEE, ActionKind.PLACE, ActionKind.SUE)
    )
