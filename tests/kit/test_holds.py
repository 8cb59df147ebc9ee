"""Holds on a book: what they stop is cited, cases move, the past is taken back."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from collectkit import Hold, Kit, Promise, RefusedError
from collectkit import Money as M
from collectkit.holds import Consequence, HoldPolicy, Undo
from collectkit.policy import load_policy, read_policy

from .conftest import NOW, TODAY, account, consumer


def hold(kind: str = "dispute", starts_on: date = TODAY, id: str = "h-1", whole: bool = False) -> Hold:
    return Hold(
        id,
        kind,
        person="c-1",
        account=None if whole else "a-1",
        starts_on=starts_on,
        review_on=starts_on + timedelta(days=21),
        reason="as written",
    )


class TestCitation:
    def test_every_step_that_does_not_fire_names_the_hold(self, book: Kit) -> None:
        """
        A death stops what a complaint does not, and each blocked step says by which.
        """
        assert {"due-today-email"} == {one.step for one in book.barred_steps("a-1", as_of=TODAY)}
        book.hold(hold("deceased", whole=True), at=NOW)
        book.hold(hold("complaint", id="h-2"), at=NOW)
        barred = book.barred_steps("a-1", as_of=TODAY)

        assert barred
        calls = [one for one in barred if one.step.endswith("-call")]
        assert calls and all("contact_limited is stopped by the hold complaint and deceased" == one.why for one in calls)
        assert ["clock is stopped by the hold deceased"] == [one.why for one in barred if one.step == "freeze"]
        report = book.run_night(as_of=TODAY, at=NOW)
        assert not report.planned and not report.fees_minor

    def test_a_promise_that_is_not_taken_names_the_hold(self, book: Kit) -> None:
        """
        In the refusal itself.
        """
        book.hold(hold("deceased"), at=NOW)

        with pytest.raises(RefusedError, match="promise is stopped by the hold deceased"):
            book.promise(Promise("pr-1", account="a-1", amount=M.of("50.00", "USD"), due_on=date(2026, 10, 24), made_at=NOW), at=NOW)

    def test_the_matrix_of_the_policy_is_obeyed_by_all(self) -> None:
        """
        A book on which a dispute stops nothing charges its fees and asks for promises.
        """
        policy = attrs.evolve(load_policy("us-bnpl"), holds=HoldPolicy({"dispute": []}))
        kit = Kit.open("memory://", policy=policy, actor="tests")
        kit.register(consumer(), at=NOW)
        kit.open_account(account(), at=NOW)
        kit.hold(hold("dispute"), at=NOW)
        kit.promise(Promise("pr-1", account="a-1", amount=M.of("50.00", "USD"), due_on=date(2026, 10, 24), made_at=NOW), at=NOW)

        assert kit.run_night(as_of=TODAY, at=NOW).fees_minor

    def test_the_matrix_is_read_from_the_file(self) -> None:
        """
        Treatment and allocation have it too.
        """
        base = 'zone = "America/New_York"\n[[treatment.step]]\nname = "a"\nday = 1\nchannel = "sms"\ntemplate = "reminder-late"\n'
        policy = read_policy(base + '[holds]\nreview_days_max = 30\n[holds.effects]\ndispute = ["contact"]\n', "own")

        assert 30 == policy.holds.review_days_max
        assert policy.holds.effects == policy.treatment.effects == policy.allocation.effects


class TestCases:
    def test_a_dispute_goes_its_way_and_work_goes_on(self, book: Kit) -> None:
        """
        Decided for the shop on the 25th: from that day on nothing is held.
        """
        book.hold(hold(), at=NOW)
        book.move_case(hold(), "with_merchant", reason="asked", at=NOW)
        later = NOW + timedelta(days=5)
        step = book.move_case(hold(), "for_merchant", reason="delivered", at=later)

        assert (Consequence.RESUME,) == step.follows
        assert step == book.move_case(hold(), "for_merchant", reason="delivered", at=later)
        assert ("dispute",) == book.standing("a-1", as_of=date(2026, 10, 24)).holds
        assert () == book.standing("a-1", as_of=date(2026, 10, 25)).holds
        with pytest.raises(RefusedError, match="lifted on 2026-10-25"):
            book.move_case(hold(), "withdrawn", reason="too late", at=later)

    def test_a_person_has_cases_too(self, book: Kit) -> None:
        """
        An insolvency of the person, extended while the document is awaited, then lapsed.
        """
        whole = hold("insolvency", whole=True)
        book.hold(whole, at=NOW)
        book.move_case(whole, "evidence_awaited", reason="asked for the order", at=NOW)
        later = NOW + timedelta(days=20)
        event = book.extend_hold(whole, reason="the court is slow", at=later, ends_on=date(2026, 11, 30))

        assert event == book.extend_hold(whole, reason="the court is slow", at=later, ends_on=date(2026, 11, 30))
        assert ("insolvency",) == book.standing("a-1", as_of=date(2026, 11, 30)).holds
        assert () == book.standing("a-1", as_of=date(2026, 12, 1)).holds
        book.move_case(whole, "lapsed", reason="no order", at=later)
        assert () == book.standing("a-1", as_of=date(2026, 11, 10)).holds

    def test_a_hold_in_the_past_is_computed_from_its_first_day_and_lists_what_to_undo(self, book: Kit) -> None:
        """
        The fee charged since is given up and the account taken back; the standing of that time shows the hold.
        """
        book.run_night(as_of=TODAY, at=NOW)
        dead = hold("deceased", starts_on=date(2026, 10, 1))
        book.hold(dead, at=NOW)

        assert {Undo.RECALL, Undo.WAIVE} == {one.undo for one in book.retractions("a-1", dead, at=NOW)}
        assert ("deceased",) == book.standing("a-1", as_of=date(2026, 10, 20)).holds
