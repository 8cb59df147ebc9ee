"""The record judged once more: each stored verdict is given again, and other law is tried on what was done."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from collectkit import Account, Consumer, Email, Kit, Phone, plans
from collectkit.actions import ActionKind, ActJudged, ActRefused, ActResult, HostAct, Outcome
from collectkit.compliance import REVIEW_OVERDUE, Question, RuleBook, load_pack, shipped_calendars
from collectkit.compliance.replaying import ACCOUNT_PLACED, CONTACT_MADE, CONTACT_REFUSED, FEE_CHARGED
from collectkit.compliance.shipped import shipped_text
from collectkit.demo.book import generate
from collectkit.demo.run import run
from collectkit.errors import TimeError, UnknownIdError
from collectkit.events import Context
from collectkit.holds import Adjustments, Effect, Hold, HoldKind
from collectkit.identifiers import PersonId
from collectkit.ledger import Charge, ChargeAssessed
from collectkit.money import Money
from collectkit.person import Contact, ContactRecorded, Stop
from collectkit.policy import Policy, load_policy

AT = datetime(2026, 10, 20, 16, 0, tzinfo=UTC)


def opened(*, region: str = "US-NY", url: str = "memory://", policy: str | Policy = "us-bnpl") -> Kit:
    kit = Kit.open(url, policy=policy, actor="test")
    begun = AT - timedelta(days=60)
    kit.register(
        Consumer(
            "c-1",
            region=region,
            contacts=[Phone("+12125550123", source="checkout", consents=["sms"]), Email("c1@example.com", source="checkout")],
        ),
        at=begun,
    )
    plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
    kit.open_account(Account("a-1", consumer="c-1", plan=plan), at=begun)
    return kit


def nights(kit: Kit, first: datetime, count: int) -> None:
    for number in range(count):
        at = first + timedelta(days=number)
        kit.run_night(as_of=at.date(), at=at)
        kit.dispatch(at=at, worker="w")


def changed(rules: RuleBook, name: str, old: str, new: str) -> RuleBook:
    text = shipped_text(name)
    assert old in text
    pack = load_pack(text.replace(old, new), name, calendars=shipped_calendars())
    return RuleBook(tuple(pack if one.name == name else one for one in rules.packs))


class TestRecheck:
    def test_each_contact_and_each_refusal_of_a_month_explains_itself(self) -> None:
        """
        Every contact made has its verdict beside it, every refusal holds its own, and each is given again.
        """
        kit = opened()
        nights(kit, AT - timedelta(days=40), 42)
        kit.stop(Stop("c-1", (), AT + timedelta(days=2)), at=AT + timedelta(days=2), command_id="stop-1")
        nights(kit, AT + timedelta(days=3), 20)
        bodies = [envelope.body for envelope in kit.person_history("c-1")]
        made = [body.contact.message for body in bodies if isinstance(body, ContactRecorded)]
        kept = [body.judged.proposal for body in bodies if isinstance(body, ActJudged)]
        refused = [body.judged for body in bodies if isinstance(body, ActRefused)]

        assert len(made) > 3
        assert made == [proposal.id for proposal in kept if proposal.action.is_contact]
        assert {ActionKind.CHARGE_FEE, ActionKind.PLACE} <= {proposal.action for proposal in kept}
        assert refused
        assert None not in refused
        again = list(kit.recheck_verdicts())
        assert len(kept) + len(refused) == len(again)
        assert [] == [one.differs for one in again if not one.holds]

    @pytest.mark.parametrize("policy", ["us-bnpl", "agency"])
    def test_a_lived_book_gives_every_verdict_again(self, policy: str) -> None:
        """
        The demo's people through a season, whatever became of them: 100 %.
        """
        book = generate(11, 150)
        with Kit.open("memory://", policy=load_policy(policy), actor="tests") as kit:
            run(kit, book, 60)
            again = list(kit.recheck_verdicts())

        assert {"allow", "deny"} <= {one.judged.outcome for one in again}
        assert {} == Counter(one.differs for one in again if not one.holds)

    def test_what_was_recorded_later_does_not_matter(self) -> None:
        """
        The person moves, stops and is merged; the old verdicts stand as they were given.
        """
        kit = opened()
        nights(kit, AT - timedelta(days=40), 30)
        moved = Consumer("c-1", region="US-MA", contacts=[Email("c1@example.com", source="checkout")])
        kit.register(moved, at=AT)
        kit.stop(Stop("c-1", (), AT), at=AT, command_id="stop-1")

        assert all(one.holds for one in kit.recheck_verdicts(people=["c-1"]))

    def test_of_merged_people_the_record_itself_holds_the_contacts(self) -> None:
        """
        Two records of one person share their history; what was judged before and after is given again, also once they are parted.
        """
        kit = opened()
        other = Consumer("c-2", region="US-NY", contacts=[Email("c1@example.com", source="import")])
        kit.register(other, at=AT - timedelta(days=59))
        plan = plans.pay_in_4(Money.of("80.00", "USD"), bought_on=date(2026, 9, 8))
        kit.open_account(Account("a-2", consumer="c-2", plan=plan), at=AT - timedelta(days=40))
        nights(kit, AT - timedelta(days=40), 12)
        kit.merge("c-2", "c-1", reason="same e-mail", at=AT - timedelta(days=28))
        nights(kit, AT - timedelta(days=27), 25)
        judged = list(kit.recheck_verdicts())

        assert {0} < {one.judged.read for one in judged}
        assert [] == [one.differs for one in judged if not one.holds]

    def test_a_stranger_is_unknown(self) -> None:
        """
        Rather than somebody without a record.
        """
        with pytest.raises(UnknownIdError):
            list(opened().recheck_verdicts(people=["c-9"]))


class TestReplay:
    def test_the_same_law_changes_nothing(self) -> None:
        """
        Acts of every sort: contacts made and refused, a fee, a placement.
        """
        kit = opened()
        nights(kit, AT - timedelta(days=40), 60)
        replayed = list(kit.replay_law(kit.parts.rules))

        assert {CONTACT_MADE, CONTACT_REFUSED, FEE_CHARGED, ACCOUNT_PLACED} >= {one.act.what for one in replayed}
        assert {CONTACT_MADE, FEE_CHARGED, ACCOUNT_PLACED} <= {one.act.what for one in replayed}
        assert [] == [str(one) for one in replayed if one.differs]
        assert all(one.before.permissible for one in replayed if one.act.what == CONTACT_MADE)

    def test_a_stricter_pack_tells_which_contacts_it_would_have_refused(self) -> None:
        """
        Hours that end at ten in the morning; by the facts of then, and with the rule that stands against each.
        """
        kit = opened()
        nights(kit, AT - timedelta(days=40), 41)
        after = changed(kit.parts.rules, "courtesy", '"21:00:00"', '"10:00:00"')
        differing = [one for one in kit.replay_law(after) if one.differs]

        assert {CONTACT_MADE} == {one.act.what for one in differing}
        assert all(one.act.kept for one in differing)
        assert "contact made by sms: allow -> deny by collectkit.courtesy.hours" in str(differing[0])

    def test_a_fee_is_judged_by_what_had_been_charged_before(self) -> None:
        """
        A cap of nothing would have forbidden the fee; placements and contacts are as they were.
        """
        kit = opened(region="AU-NSW")
        nights(kit, AT - timedelta(days=40), 30)
        own = f"""{shipped_text("au").partition("[[rule]]")[0]}
[[rule]]
id = "ours.no_fees"
citation = "Promise 1"
title = "No late fees"
kind = "ban"
status = "verified"
source = "ours"
effective_from = 2020-01-01
[rule.applies_to]
party = ["any"]
actions = ["charge_fee"]
channels = ["any"]
products = ["any"]
stage = ["any"]
recipients = ["any"]
[rule.params]
match = {{ "fee.kind" = ["default"] }}
"""
        extra = load_pack(own, "ours", calendars=shipped_calendars())
        differing = [one for one in kit.replay_law(RuleBook((*kit.parts.rules.packs, extra))) if one.differs]

        assert {FEE_CHARGED} == {one.act.what for one in differing}
        assert {Outcome.DENY} == {one.after.outcome for one in differing}
        assert all("ours.no_fees" in str(one) for one in differing)

    def test_what_the_host_charged_itself_before_a_fee_counts(self) -> None:
        """
        Of a fee whose verdict was not kept: the host's own charge that was on record by then, not the one of the day after.
        """
        policy = load_policy("us-bnpl")
        kit = opened(policy=attrs.evolve(policy, law=attrs.evolve(policy.law, charges=["collection"])))
        for number, at in enumerate((AT - timedelta(days=1), AT + timedelta(days=1))):
            cost = HostAct(f"k-{number}", "charge_collection_cost", ["a-1"], kind="collection", amount=Money(1000 + number, "USD"))
            kit.report_act(cost, ActResult("done"), at=at)
        fee = ChargeAssessed(Charge("fee-1", "a-1", "fee", Money(500, "USD"), AT.date(), AT.date()))
        with kit.store.unit("default") as unit:
            unit.append(Context("default", "app", AT, "charge"), {"account/a-1": (unit.version("account/a-1"), [fee])})
        (replayed,) = kit.replay_law(kit.parts.rules)
        question = replayed.after.question

        assert isinstance(question, Question)
        fees = question.payments.fees
        assert (FEE_CHARGED, False) == (replayed.act.what, replayed.act.kept)
        assert [("collection", 10)] == [(one.kind, one.amount) for one in fees]

    def test_a_contact_that_was_only_noted_down_is_judged_by_the_book_of_then(self) -> None:
        """
        An agency's calls: the stop that was recorded later does not count against them, the calls before do.
        """
        kit = opened(region="US-MA")
        for number in range(4):
            at = AT + timedelta(hours=number)
            contact = Contact("c-1", at, "phone", "phone-1", ("a-1",), "voicemail", collector="agency-1")
            kit.record_contact(contact, at=at, command_id=f"call-{number}")
        kit.stop(Stop("c-1", (), AT + timedelta(hours=9)), at=AT + timedelta(hours=9), command_id="stop-1")
        replayed = list(kit.replay_law(kit.parts.rules, people=["c-1"]))
        by = [{finding.rule for finding in one.after.findings} for one in replayed]

        assert [False] * 4 == [one.act.kept for one in replayed]
        assert [False, False, True, True] == ["us.ma.7_04_f.personal" in rules for rules in by]
        assert not any("collectkit.stop" in rules for rules in by)

    def test_a_span_of_time_can_be_chosen(self) -> None:
        """
        From an instant on, before another; both have a zone.
        """
        kit = opened()
        nights(kit, AT - timedelta(days=40), 41)
        every = [one.act.at for one in kit.replay_law(kit.parts.rules)]
        middle = sorted(every)[len(every) // 2]
        late = [one.act.at for one in kit.replay_law(kit.parts.rules, since=middle)]
        early = [one.act.at for one in kit.replay_law(kit.parts.rules, until=middle)]

        assert sorted(every) == sorted(early + late)
        assert max(early) < middle <= min(late)
        with pytest.raises(TimeError, match="nothing was judged"):
            list(kit.replay_law(kit.parts.rules, since=AT.replace(tzinfo=None)))

    def test_overdue_law_would_have_closed_what_came_after(self) -> None:
        """
        The day of the act counts, not that of the replay.
        """
        kit = opened()
        nights(kit, AT - timedelta(days=40), 41)
        text = shipped_text("us-ny").replace("review_by = 2027-11-30", "review_by = 2026-10-01")
        pack = load_pack(text, "us-ny", calendars=shipped_calendars())
        after = RuleBook(tuple(pack if one.name == "us-ny" else one for one in kit.parts.rules.packs), grace_days=0)
        closed = {one.act.at.date() for one in kit.replay_law(after) if REVIEW_OVERDUE in {finding.rule for finding in one.after.findings}}

        assert closed
        assert min(closed) > date(2026, 10, 1)


def test_what_was_believed_last_is_what_stands() -> None:
    """
    Under the host's own matrix of holds, and with the adjustments of a vulnerable person.
    """
    policy = load_policy("us-bnpl")
    effects = {**policy.holds.effects, HoldKind.FRAUD: policy.holds.effects[HoldKind.FRAUD] ^ {Effect.CLOCK}}
    kit = opened(policy=attrs.evolve(policy, holds=attrs.evolve(policy.holds, effects=effects)))
    first, as_of = date(2026, 9, 20), AT.date()
    kit.hold(Hold("h-1", HoldKind.FRAUD, person="c-1", starts_on=first, reason="told", review_on=as_of), at=AT)
    adjusted = Adjustments(channels=["email"])
    kit.hold(
        Hold("h-2", HoldKind.VULNERABILITY, person="c-1", starts_on=first, reason="told", review_on=as_of, adjustments=adjusted), at=AT
    )
    with kit.store.view("default") as unit:
        recorded = kit._all_of(unit, PersonId("c-1"))
    believed = kit._believed(recorded, AT, as_of, read=None, own=None)
    assert (adjusted,) == believed.adjustments
    assert kit.person_standing("c-1", as_of=as_of) == believed
