"""Charges by hand: asked of the law with all that the person was charged, each with its kind, and put on the account once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Account, Consumer, Hold, Kit, Money, Waiver, plans
from collectkit.actions import ActJudged, ActRefused
from collectkit.compliance import Circumstances
from collectkit.errors import RefusedError, ValidationError
from collectkit.ledger import Charge, ChargeAssessed
from collectkit.policy import load_policy
from collectkit.policy.model import LawPolicy
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyAssessed, ChargeReason

NOW = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 10, 20)
DAY = timedelta(days=1)
AGREED = Circumstances(facts={"fee.agreed": True})

accounts = st.sampled_from(["a-1", "a-2"])
kinds = st.sampled_from(["", "default", "monthly"])


def opened(
    region: str = "SE",
    currency: str = "SEK",
    accounts: tuple[str, ...] = ("a-1",),
    product: str = "",
    charges: tuple[str, ...] = ("monthly",),
    url: str = "memory://",
    packs: tuple[str, ...] = ("bundled",),
) -> Kit:
    """A book with one person, whose accounts are late."""
    policy = attrs.evolve(load_policy("us-bnpl"), zone="UTC", late_fees=None, law=LawPolicy(packs=packs, charges=charges))
    kit = Kit.open(url, policy=policy, actor="tests")
    kit.register(Consumer("c-1", name="Test Consumer", region=region), at=NOW)
    for id in accounts:
        plan = plans.pay_in_4(Money.of("2000.00", currency), bought_on=date(2026, 9, 1))
        kit.open_account(Account(id, consumer="c-1", plan=plan, product=product), at=NOW)
    return kit


def charge(
    id: str = "r-1", amount: str = "60.00", *, currency: str = "SEK", on: date = TODAY, account: str = "a-1", kind: str = "reminder"
) -> Charge:
    return Charge(id, account, "fee", Money.of(amount, currency), on, on + 7 * DAY, kind=kind)


def reason(outcome: object) -> object:
    return outcome.reason if isinstance(outcome, Refusal) else None


class TestCharging:
    def test_the_law_is_asked_first_and_what_it_answered_is_kept(self) -> None:
        """
        Sweden: a reminder fee is 60 kronor and must have been agreed.
        """
        with opened() as kit:
            refused = kit.try_assess_charge(charge(), at=NOW)
            dear = kit.try_assess_charge(charge("r-0", "60.01"), at=NOW, circumstances=AGREED)
            done = kit.try_assess_charge(charge(), at=NOW, circumstances=AGREED)
            kept = [type(one.body) for one in kit.person_history("c-1") if isinstance(one.body, ActRefused | ActJudged)]

            assert [ChargeReason.FORBIDDEN] * 2 == [reason(refused), reason(dear)]
            assert ChargeAssessed(charge()) == done
            assert 6000 == kit.standing("a-1", as_of=TODAY).fees_charged_minor
            assert [ActRefused, ActRefused, ActJudged] == kept
            assert all(one.holds for one in kit.recheck_verdicts())

    def test_the_same_again_changes_nothing_and_another_is_refused(self) -> None:
        """
        Under its id it is charged once, also when the first answer was lost.
        """
        with opened(accounts=("a-1", "a-2")) as kit:
            kit.assess_charge(charge(), at=NOW, circumstances=AGREED)

            assert AlreadyAssessed("r-1") == kit.assess_charge(charge(), at=NOW + DAY)
            assert ChargeReason.ID_REUSED is reason(kit.try_assess_charge(charge(amount="50.00"), at=NOW, circumstances=AGREED))
            assert ChargeReason.ID_REUSED is reason(kit.try_assess_charge(charge(account="a-2"), at=NOW, circumstances=AGREED))
            assert 6000 == kit.standing("a-1", as_of=TODAY).fees_charged_minor

    def test_it_is_given_up_like_any_charge(self) -> None:
        """
        By a waiver.
        """
        with opened() as kit:
            kit.assess_charge(charge(), at=NOW, circumstances=AGREED)
            kit.waive(Waiver("w-1", "a-1", "r-1", Money.of("60.00", "SEK"), TODAY, "goodwill"), at=NOW)

            assert 0 == kit.standing("a-1", as_of=TODAY).fees_charged_minor

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"id": "late-fee/a-1/1/1"}, ChargeReason.RESERVED),
            ({"id": "due-date/x/fee"}, ChargeReason.RESERVED),
            ({"value_on": TODAY - DAY}, ChargeReason.NOT_TODAY),
            ({"value_on": TODAY + DAY}, ChargeReason.NOT_TODAY),
            ({"installment": 9}, ChargeReason.INSTALLMENT_UNKNOWN),
            ({"amount": Money.of("5.00", "EUR")}, ChargeReason.CURRENCY_DIFFERS),
        ],
    )
    def test_what_is_no_charge_by_hand(self, change: Mapping[str, object], expected: ChargeReason) -> None:
        """
        Nothing is recorded, and the law is not asked.
        """
        with opened() as kit:
            before = kit.history("a-1"), kit.person_history("c-1")
            outcome = kit.try_assess_charge(attrs.evolve(charge(), **change), at=NOW, circumstances=AGREED)

            assert expected is reason(outcome)
            assert before == (kit.history("a-1"), kit.person_history("c-1"))

    def test_a_hold_stops_it_and_so_does_the_end_of_the_account(self) -> None:
        """
        By the matrix of the policy, whose holds are named.
        """
        with opened() as kit:
            kit.hold(Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=TODAY, reason="x", review_on=TODAY + 30 * DAY), at=NOW)
            held = kit.try_assess_charge(charge(), at=NOW, circumstances=AGREED)
            kit.close("a-1", on=TODAY, reason="cancelled", at=NOW)

            assert ChargeReason.HELD is reason(held)
            assert "fees is stopped by the hold dispute" in str(held)
            assert ChargeReason.CLOSED is reason(kit.try_assess_charge(charge(), at=NOW, circumstances=AGREED))

    def test_a_refusal_is_raised_where_it_was_not_asked_for(self) -> None:
        """
        And there are three acts that charge.
        """
        with opened() as kit:
            with pytest.raises(RefusedError):
                kit.assess_charge(charge(), at=NOW)
            with pytest.raises(ValidationError, match="an action is one of charge_fee, charge_collection_cost, charge_interest, got 'sue'"):
                kit.assess_charge(charge(), at=NOW, action="sue")

    def test_a_kind_is_a_word(self) -> None:
        """
        In the form of those of the packs.
        """
        with pytest.raises(ValidationError, match="kind of a charge is a word such as due_date_change, got 'Late fee'"):
            charge(kind="Late fee")

    @pytest.mark.parametrize(
        ("kind", "told", "near"),
        [
            ("remnder", {}, " (did you mean 'reminder'?)"),
            ("defualt", {}, " (did you mean 'default'?)"),
            ("", {"fee.kind": "remindr"}, " (did you mean 'reminder'?)"),
            ("x", {}, ""),
        ],
    )
    def test_a_kind_that_nobody_knows_is_refused(self, kind: str, told: Mapping[str, object], near: str) -> None:
        """
        In Australia it would be a fee of another class than default fees, with room of its own; nothing is asked and nothing recorded.
        """
        with opened("AU-NSW", "AUD", product="lccc", charges=()) as kit:
            before = kit.history("a-1"), kit.person_history("c-1")
            facts = Circumstances(facts={"account.only_default_fees": False, "fee.reasonable": True, **told})
            with pytest.raises(ValidationError) as error:
                kit.assess_charge(charge(currency="AUD", kind=kind), at=NOW, circumstances=facts)

            assert str(error.value) == (
                "the kind of a charge is one of debt_collection_demand, default, default_interest, due_date_change, interest, "
                "late_interest, payment_plan, penal_interest, reminder, and whatever the policy adds as [law] charges, "
                f"got {told.get('fee.kind', kind)!r}{near}; nothing was charged"
            )
            assert before == (kit.history("a-1"), kit.person_history("c-1"))

    def test_where_no_rule_tells_kinds_apart_any_word_will_do(self) -> None:
        """
        The same caps meet it, whatever it is called.
        """
        with opened("US-TX", "USD", charges=(), packs=("us-federal",)) as kit:
            outcome = kit.try_assess_charge(charge(currency="USD", kind="paper"), at=NOW)

            assert isinstance(outcome, ChargeAssessed)

    def test_what_is_on_record_stays_what_it_was_called(self, tmp_path: Path) -> None:
        """
        The policy knows the word no more: the charge of then is told again as it was, counts in its class, and is judged as it was.
        """
        facts = Circumstances(facts={"account.only_default_fees": False, "fee.reasonable": True})
        paper, url = charge(currency="AUD", kind="monthly"), f"sqlite:///{tmp_path}/book.db"
        with opened("AU-NSW", "AUD", product="lccc", url=url) as kit:
            kit.assess_charge(paper, at=NOW, circumstances=facts)
            forgets = attrs.evolve(kit.policy, law=LawPolicy(packs=("bundled",)))
        with Kit.open(url, policy=forgets, actor="tests") as later:
            assert AlreadyAssessed("r-1") == later.assess_charge(paper, at=NOW + DAY, circumstances=facts)
            assert 6000 == later.standing("a-1", as_of=TODAY).fees_charged_minor
            assert all(one.holds for one in later.recheck_verdicts())
            assert not any(one.differs for one in later.replay_law(later.parts.rules))


class TestClasses:
    def test_a_fee_of_another_class_leaves_the_cap_on_default_fees_alone(self) -> None:
        """
        Australia: 120 of default fees in a period, 200 of others in the first; what is not said to be anything else is a default fee.
        """
        with opened("AU-NSW", "AUD", product="lccc") as kit:
            facts = Circumstances(facts={"account.only_default_fees": False, "fee.reasonable": True})
            asked = [
                ("m-1", "200.00", "monthly"),
                ("d-1", "100.00", ""),
                ("d-2", "20.01", "default"),
                ("d-3", "20.00", "default"),
                ("m-2", "0.01", "monthly"),
            ]
            outcomes = [
                reason(kit.try_assess_charge(charge(id, amount, currency="AUD", kind=kind), at=NOW, circumstances=facts))
                for id, amount, kind in asked
            ]

            assert [None, None, ChargeReason.FORBIDDEN, None, ChargeReason.FORBIDDEN] == outcomes

    @given(
        asked=st.lists(
            st.tuples(
                st.sampled_from(["a-1", "a-2"]), st.sampled_from(["", "default", "monthly"]), st.integers(1, 15_000), st.integers(0, 400)
            ),
            max_size=8,
        )
    )
    @settings(max_examples=40)
    def test_no_class_exceeds_its_cap_in_any_order(self, asked: list[tuple[str, str, int, int]]) -> None:
        """
        Over both accounts, in each period of twelve months from the first contract; and what would have fitted was charged. The days end
        where the pack must be reviewed.
        """
        with opened("AU-NSW", "AUD", ("a-1", "a-2"), product="lccc") as kit:
            facts = Circumstances(facts={"account.only_default_fees": False, "fee.reasonable": True})
            borne: dict[tuple[bool, int], int] = {}
            for number, (account, kind, minor, days) in enumerate(sorted(asked, key=lambda one: one[3])):
                at = NOW + days * DAY
                one = Charge(f"x-{number}", account, "fee", Money(minor, "AUD"), at.date(), at.date(), kind=kind)
                outcome = kit.try_assess_charge(one, at=at, circumstances=facts)
                period = (at.date() - date(2026, 9, 1)).days // 365
                key = (kind != "monthly", period)
                cap = 12_000 if key[0] else (20_000 if period == 0 else 12_500)
                fits = borne.get(key, 0) + minor <= cap

                assert fits == isinstance(outcome, ChargeAssessed)
                borne[key] = borne.get(key, 0) + (minor if fits else 0)
