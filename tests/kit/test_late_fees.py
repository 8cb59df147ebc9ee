"""Late fees in the night: caps over all accounts of a person, holds, and payments that turn out to be in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Hold, Kit, Money, Payment, Reversal
from collectkit.calendars.dates import Interval
from collectkit.errors import IdempotencyConflictError, UnknownIdError, ValidationError
from collectkit.ledger import Credit, Reage, RetriesEnded, Undo
from collectkit.policy import load_policy
from collectkit.schedules import FeeCaps, FeeReason, LateFeePolicy, LateFeeRefused, Tier

from .conftest import account, at, consumer, night, nights

FEES = LateFeePolicy(tiers=(Tier(0, Money(1000, "USD")), Tier(7, Money(700, "USD"))), caps=FeeCaps(per_person_12m=Money(2500, "USD")))
FIRST_LATE = date(2026, 9, 2)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """One person with two accounts of which nothing was paid, under a cap of 25 dollars in twelve months."""
    policy = attrs.evolve(load_policy("us-bnpl"), late_fees=FEES)
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as opened:
        opened.register(consumer(), at=at(date(2026, 9, 1)))
        for id in ("a-1", "a-2"):
            opened.open_account(account(id), at=at(date(2026, 9, 1)))
        yield opened


def fees_of_nights(kit: Kit, first: date, last: date) -> list[dict[str, int]]:
    return [dict(report.fees_minor) for report in nights(kit, first, last)]


class TestPersonCap:
    def test_two_accounts_of_one_night_share_it(self, kit: Kit) -> None:
        """
        Ten dollars on each account on one day, and five are left for the week after.
        """
        charged = fees_of_nights(kit, FIRST_LATE, date(2026, 9, 12))

        assert [{"USD": 2000}, {"USD": 500}] == [night for night in charged if night]
        borne = sum(kit.standing(id, as_of=date(2026, 9, 12)).fees_charged_minor for id in ("a-1", "a-2"))
        assert 2500 == borne

    @pytest.mark.parametrize(("paid", "cap", "second"), [(1000, 1135, 135), (1208, 1405, 405)])
    def test_a_fee_that_is_revived_takes_its_room_before_the_fees_of_that_night(self, paid: int, cap: int, second: int) -> None:
        """
        A payment in time frees a cent of the second account's fee, or all of it; on the evening on which it bounces the first account asks
        for more.
        """
        capped = attrs.evolve(FEES, caps=FeeCaps(per_person_12m=Money(cap, "USD")))
        with Kit.open("memory://", policy=attrs.evolve(load_policy("us-bnpl"), late_fees=capped), actor="tests") as kit:
            kit.register(consumer(), at=at(date(2026, 9, 1)))
            for id, minor in (("a-1", 1000), ("a-2", 3866)):
                kit.open_account(account(id), at=at(date(2026, 9, 1)))
                kit.post(Payment(f"p-{id}", id, Money(minor, "USD"), FIRST_LATE), at=at(FIRST_LATE))
            nights(kit, FIRST_LATE, date(2026, 9, 4))
            kit.post(Payment("p-3", "a-2", Money(paid, "USD"), FIRST_LATE), at=at(date(2026, 9, 5)))
            nights(kit, date(2026, 9, 5), date(2026, 9, 8))
            kit.reverse(Reversal("r-3", "a-2", "p-3", date(2026, 9, 9)), at=at(date(2026, 9, 9)))
            nights(kit, date(2026, 9, 9), date(2026, 9, 11))

            assert [1000, second] == [kit.standing(id, as_of=date(2026, 9, 11)).fees_charged_minor for id in ("a-1", "a-2")]

    def test_what_becomes_known_of_one_account_changes_the_fees_of_the_other(self, kit: Kit) -> None:
        """
        The first installment of the second account had been paid in time: its ten dollars go, and the five of seven that the limit left
        the first account are finished. The payment bounces: the ten come back, and the two that found room no longer go.
        """

        def borne(on: date) -> list[int]:
            return [kit.standing(id, as_of=on).fees_charged_minor for id in ("a-1", "a-2")]

        fees_of_nights(kit, FIRST_LATE, date(2026, 9, 10))
        before = borne(date(2026, 9, 10))
        kit.post(Payment("p-1", "a-2", Money(5_000, "USD"), date(2026, 9, 1)), at=at(date(2026, 9, 11)))
        night(kit, date(2026, 9, 11))
        finished = borne(date(2026, 9, 11))
        kit.reverse(Reversal("r-1", "a-2", "p-1", date(2026, 9, 12)), at=at(date(2026, 9, 12)))
        night(kit, date(2026, 9, 12))

        assert [1500, 1000] == before
        assert [1700, 0] == finished
        assert [1500, 1000] == borne(date(2026, 9, 12))

    @settings(max_examples=12, deadline=None)
    @given(
        news=st.lists(
            st.tuples(st.integers(0, 20), st.sampled_from(["a-1", "a-2"]), st.integers(1_000, 6_000), st.integers(0, 25), st.booleans()),
            max_size=4,
        ),
        cap=st.integers(1, 3_500),
    )
    def test_on_no_evening_does_a_person_bear_more_than_the_cap(self, news: list[tuple[int, str, int, int, bool]], cap: int) -> None:
        """
        Payments of earlier days arrive on either account, and some bounce four days later.
        """
        capped = attrs.evolve(FEES, caps=FeeCaps(per_person_12m=Money(cap, "USD")))
        kit = Kit.open("memory://", policy=attrs.evolve(load_policy("us-bnpl"), late_fees=capped), actor="tests")
        kit.register(consumer(), at=at(date(2026, 9, 1)))
        for id in ("a-1", "a-2"):
            kit.open_account(account(id), at=at(date(2026, 9, 1)))
        for number in range(30):
            day = date(2026, 9, 2) + timedelta(days=number)
            for order, (arrives, id, minor, back, bounces) in enumerate(news):
                if number == arrives:
                    kit.post(Payment(f"p-{order}", id, Money(minor, "USD"), day - timedelta(days=back)), at=at(day))
                if bounces and number == arrives + 4:
                    kit.reverse(Reversal(f"r-{order}", id, f"p-{order}", day), at=at(day))
            night(kit, day)
            assert sum(kit.standing(id, as_of=day).fees_charged_minor for id in ("a-1", "a-2")) <= cap


class TestInTime:
    def test_a_fee_is_given_up_when_the_payment_was_in_time(self, kit: Kit) -> None:
        """
        The transfer of the due date arrives three days later; the night gives the fee up and says so.
        """
        nights(kit, FIRST_LATE, FIRST_LATE)
        kit.post(Payment("p-1", account="a-1", amount=Money(5000, "USD"), value_on=date(2026, 9, 1)), at=at(date(2026, 9, 5)))
        report = night(kit, date(2026, 9, 5))

        assert {"USD": 1000} == dict(report.fees_undone_minor)
        standing = kit.standing("a-1", as_of=date(2026, 9, 5))
        assert (0, 0) == (standing.fees_charged_minor, standing.past_due_minor)

    def test_and_asked_again_when_the_payment_bounces(self, kit: Kit) -> None:
        """
        What took the fee back turns out to be no payment: the night asks for it again, once, and says so.
        """
        nights(kit, FIRST_LATE, FIRST_LATE)
        kit.post(Payment("p-1", account="a-1", amount=Money(5000, "USD"), value_on=date(2026, 9, 1)), at=at(date(2026, 9, 5)))
        night(kit, date(2026, 9, 5))
        kit.reverse(Reversal("r-1", account="a-1", payment="p-1", value_on=date(2026, 9, 7)), at=at(date(2026, 9, 7)))
        report = night(kit, date(2026, 9, 7))

        assert ({}, {"USD": 1000}) == (dict(report.fees_undone_minor), dict(report.fees_revived_minor))
        standing = kit.standing("a-1", as_of=date(2026, 9, 7))
        assert (1000, 5000) == (standing.fees_charged_minor, standing.past_due_minor)

    def test_given_up_with_the_goods(self, kit: Kit) -> None:
        """
        Everything comes back: so do the fees.
        """
        nights(kit, FIRST_LATE, FIRST_LATE)
        kit.refund(Credit("ref-1", "a-1", Money(20_000, "USD"), date(2026, 9, 5), "merchant_refund"), at=at(date(2026, 9, 5)))
        report = night(kit, date(2026, 9, 5))

        assert {"USD": 1000} == dict(report.fees_undone_minor)
        assert (0, 0) == (
            kit.standing("a-1", as_of=date(2026, 9, 5)).outstanding_minor,
            kit.standing("a-1", as_of=date(2026, 9, 5)).credit_minor,
        )


class TestRefused:
    def test_why_no_fee_was_charged_can_be_asked_later(self, tmp_path: Path) -> None:
        """
        One fee per order: the second is refused once for good, with the limit that refused it, however many nights pass.
        """
        policy = attrs.evolve(load_policy("us-bnpl"), late_fees=attrs.evolve(FEES, caps=FeeCaps(count_per_order=1)))
        with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as kit:
            kit.register(consumer(), at=at(date(2026, 9, 1)))
            kit.open_account(account(), at=at(date(2026, 9, 1)))
            nights(kit, FIRST_LATE, date(2026, 9, 12))
            kit.post(Payment("p-1", account="a-1", amount=Money(100, "USD"), value_on=date(2026, 9, 12)), at=at(date(2026, 9, 12)))
            nights(kit, date(2026, 9, 13), date(2026, 9, 13))

            (told,) = (one.body for one in kit.history("a-1") if isinstance(one.body, LateFeeRefused))
            assert (date(2026, 9, 9), FeeReason.COUNT_PER_ORDER, 2) == (told.on, told.refused.reason, told.refused.tier)
            assert "not charged: tier 2 on installment 1, 8 days past due: flat 7.00 USD; refused: 1 of 1 fees" in kit.explain("a-1")


class TestRetries:
    def waiting(self, tmp_path: Path) -> Kit:
        policy = attrs.evolve(load_policy("us-bnpl"), late_fees=attrs.evolve(FEES, trigger="retries_ended", caps=FeeCaps()))
        kit = Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests")
        kit.register(consumer(), at=at(date(2026, 9, 1)))
        kit.open_account(account(), at=at(date(2026, 9, 1)))
        return kit

    def test_a_fee_waits_for_the_last_try(self, tmp_path: Path) -> None:
        """
        Nothing while the card is still tried; the fee of the night after the last try, and the second step a week on.
        """
        with self.waiting(tmp_path) as kit:
            assert [{}] * 4 == fees_of_nights(kit, FIRST_LATE, date(2026, 9, 5))
            ended = RetriesEnded("t-1", "a-1", 1, date(2026, 9, 6), "insufficient funds")
            kit.end_retries(ended, at=at(date(2026, 9, 6)))
            kit.end_retries(ended, at=at(date(2026, 9, 7)))
            charged = fees_of_nights(kit, date(2026, 9, 6), date(2026, 9, 13))

            assert [{"USD": 1000}, *[{}] * 6, {"USD": 700}] == charged
            assert [ended] == [one.body for one in kit.history("a-1") if isinstance(one.body, RetriesEnded)]

    def test_a_fact_told_again_is_the_same_fact_whatever_became_of_the_plan(self, tmp_path: Path) -> None:
        """
        The try was on an installment of a re-ageing that has been undone since; the provider tells it once more.
        """
        with self.waiting(tmp_path) as kit:
            now = at(date(2026, 9, 6))
            kit.change_plan(Reage("m-1", "a-1", date(2026, 9, 6), date(2026, 10, 20), Interval(1, "months"), 2), at=now)
            ended = kit.end_retries(RetriesEnded("t-1", "a-1", 5, date(2026, 9, 6)), at=now)
            kit.undo(Undo("u-1", "a-1", "m-1", "reage", date(2026, 9, 6)), at=now)

            assert ended == kit.end_retries(ended, at=now)
            with pytest.raises(ValidationError, match="installments 1 to 4, got 5"):
                kit.end_retries(attrs.evolve(ended, id="t-2"), at=now)

    def test_what_cannot_be_is_refused(self, tmp_path: Path) -> None:
        """
        No such installment, a try that lies ahead, an id used for something else, an account nobody knows.
        """
        with self.waiting(tmp_path) as kit:
            now = at(date(2026, 9, 6))
            kit.end_retries(RetriesEnded("t-1", "a-1", 1, date(2026, 9, 6)), at=now)
            for bad, error in (
                (RetriesEnded("t-2", "a-1", 5, date(2026, 9, 6)), ValidationError),
                (RetriesEnded("t-2", "a-1", 1, date(2026, 9, 7)), ValidationError),
                (RetriesEnded("t-1", "a-1", 2, date(2026, 9, 6)), IdempotencyConflictError),
                (RetriesEnded("t-2", "a-9", 1, date(2026, 9, 6)), UnknownIdError),
            ):
                with pytest.raises(error):
                    kit.end_retries(bad, at=now)
            with pytest.raises(ValidationError, match="a number from 1, got 0"):
                RetriesEnded("t-2", "a-1", 0, date(2026, 9, 6))


class TestHold:
    def test_days_on_hold_are_made_up_for(self, kit: Kit) -> None:
        """
        No fee while the person's request for relief is looked at, and the clock of the fee goes on only after it.
        """
        kit.hold(
            Hold("h-1", "hardship", person="c-1", starts_on=date(2026, 9, 2), ends_on=date(2026, 9, 6), reason="asked for relief"),
            at=at(date(2026, 9, 1)),
        )

        charged = fees_of_nights(kit, FIRST_LATE, date(2026, 9, 8))
        assert [{}] * 5 + [{"USD": 2000}, {}] == charged
