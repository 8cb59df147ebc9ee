"""What is asked once more at the hand-over: holds, adjustments and what is agreed, as they are by then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collectkit import Contact, Hold, HoldKind, Kit, Money, Promise
from collectkit.actions import ActionKind, Proposal
from collectkit.holds import EFFECTS, Adjustments, Effect
from collectkit.servicing.dispatch import Dispatch, DispatchState, plan

from .conftest import NOW, TODAY
from .drivers import Gateway, kit_with

LATER = NOW + timedelta(minutes=5)
TALK = {Effect.CONTACT, Effect.CONTACT_LIMITED}


def hold(kind: HoldKind, adjustments: Adjustments | None = None) -> Hold:
    """A hold from today on; on the person where its kind allows that."""
    review_on = TODAY + timedelta(days=90)
    if kind is HoldKind.DISPUTE_PART:
        return Hold(
            "h-1", kind, person="c-1", account="a-1", starts_on=TODAY, reason="x", review_on=review_on, amount=Money.of("10.00", "USD")
        )
    account = "a-1" if kind in (HoldKind.DISPUTE, HoldKind.RETURN) else None
    return Hold("h-1", kind, person="c-1", account=account, starts_on=TODAY, reason="x", review_on=review_on, adjustments=adjustments)


def planned(kit: Kit, *, channel: str = "email", purpose: str = "reminder", step: str = "late-45-email", template: str = "") -> None:
    """Put one contact about the account on the list, as a night would."""
    proposal = Proposal(
        "m-1", ActionKind.CONTACT, "c-1", ("a-1",), channel, purpose=purpose, template=template or "reminder-late", step=step
    )
    with kit.store.unit("default") as unit:
        unit.save_dispatches([plan(proposal, at=NOW, not_before=NOW, not_after=None)])


def after(kit: Kit, at: datetime = LATER) -> Dispatch:
    """Hand over what is on the list, and return what became of the contact."""
    kit.dispatch(at=at, worker="w")
    (row,) = kit.contacts("a-1")
    return row


class TestHolds:
    @pytest.mark.parametrize("kind", HoldKind)
    def test_a_hold_placed_after_the_night_stops_what_the_night_would_not_have_planned(self, kind: HoldKind) -> None:
        """
        For each kind of hold the hand-over answers as the matrix does.
        """
        driver = Gateway()
        kit = kit_with(driver)
        planned(kit)
        kit.hold(hold(kind), at=NOW)
        row = after(kit)

        assert (DispatchState.NOT_SENT if EFFECTS[kind] & TALK else DispatchState.SENT) is row.state
        assert bool(EFFECTS[kind] & TALK) is (driver.parcels == [])
        assert bool(EFFECTS[kind] & TALK) is bool(row.reason)

    def test_it_says_which_hold(self) -> None:
        """
        In the words in which a step that does not fire is explained.
        """
        kit = kit_with(Gateway())
        planned(kit)
        kit.hold(hold(HoldKind.HARDSHIP), at=NOW)

        assert "contact_limited is stopped by the hold hardship" == after(kit).reason

    def test_what_the_law_obliges_us_to_give_is_judged_by_the_law(self) -> None:
        """
        A notice goes out although the person asked for relief.
        """
        kit = kit_with(Gateway())
        planned(kit, purpose="notice")
        kit.hold(hold(HoldKind.HARDSHIP), at=NOW)

        assert DispatchState.SENT is after(kit).state


class TestAgreed:
    def test_a_promise_made_after_the_night_keeps_reminders_back(self) -> None:
        """
        All but those of the promise itself.
        """
        found = {}
        for step in ("late-45-email", "promise-tomorrow-sms"):
            kit = kit_with(Gateway())
            planned(kit, step=step)
            kit.promise(Promise("pr-1", "a-1", Money.of("100.00", "USD"), TODAY + timedelta(days=2), NOW), at=NOW)
            row = after(kit)
            found[step] = (row.state, row.reason)

        assert {
            "late-45-email": (DispatchState.NOT_SENT, "the treatment waits for what is agreed: promise"),
            "promise-tomorrow-sms": (DispatchState.SENT, ""),
        } == found


class TestAdjustments:
    @pytest.mark.parametrize(("channel", "expected"), [("email", DispatchState.SENT), ("sms", DispatchState.NOT_SENT)])
    def test_they_are_asked_again(self, channel: str, expected: DispatchState) -> None:
        """
        Through another channel than they name nothing goes out, whichever was planned.
        """
        kit = kit_with(Gateway())
        planned(kit, channel=channel)
        kit.hold(hold(HoldKind.VULNERABILITY, Adjustments(channels=["email"])), at=NOW)

        assert expected is after(kit).state

    def test_their_words_take_the_place_of_the_planned_ones(self) -> None:
        """
        The text of the adjustments is sent, also when it was planned in other words.
        """
        kit = kit_with(Gateway())
        planned(kit, template="reminder-late")
        kit.hold(hold(HoldKind.VULNERABILITY, Adjustments(channels=["email"], template="reminder-late-firm")), at=NOW)
        row = after(kit)

        assert (DispatchState.SENT, "reminder-late-firm") == (row.state, row.proposal.template)

    @pytest.mark.parametrize(("hours", "expected"), [(1, DispatchState.NOT_SENT), (-24 * 3, DispatchState.SENT)])
    def test_a_contact_made_meanwhile_counts_against_their_pace(self, hours: int, expected: DispatchState) -> None:
        """
        One from before the contact was planned was counted by the night.
        """
        kit = kit_with(Gateway())
        planned(kit)
        kit.hold(hold(HoldKind.VULNERABILITY, Adjustments(channels=["email", "letter"], every_days=7)), at=NOW)
        when = NOW + timedelta(hours=hours)
        kit.record_contact(Contact("c-1", when, "letter", accounts=["a-1"]), at=when, command_id="letter-1")

        assert expected is after(kit, NOW + timedelta(hours=2)).state
