from __future__ import annotations

import threading
from datetime import date, datetime

import attrs
import pytest

from collectkit import Account, Hold, Kit, Money, Note, Payment, Promise, RefusedError, Reversal, Stop
from collectkit.arrangements import AlreadyMade
from collectkit.errors import IdempotencyConflictError, TimeError, UnknownIdError
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyPosted, AlreadyReversed, PostingReason
from collectkit.servicing.accounts import AlreadyOpened, OpeningReason
from collectkit.servicing.people import AlreadyRegistered

from .conftest import NOW, TODAY, account, consumer


def payment(id: str = "p-1", amount: str = "50.00", account: str = "a-1", on: date = date(2026, 9, 1)) -> Payment:
    return Payment(id, account=account, amount=Money.of(amount, "USD"), value_on=on)


class TestOpening:
    def test_the_same_account_again_changes_nothing(self, book: Kit) -> None:
        """
        A retry is answered, not repeated.
        """
        before = len(book.history("a-1"))

        assert AlreadyOpened("a-1") == book.open_account(account(), at=NOW)
        assert before == len(book.history("a-1"))

    def test_the_same_id_with_other_content_is_refused(self, book: Kit) -> None:
        """
        A contract is not changed by opening it again.
        """
        other = attrs.evolve(account(), product="other")
        outcome = book.try_open_account(other, at=NOW)

        assert isinstance(outcome, Refusal)
        assert OpeningReason.ID_REUSED is outcome.reason

    def test_a_consumer_comes_first(self, kit: Kit) -> None:
        """
        Nobody unknown owes anything.
        """
        with pytest.raises(RefusedError, match="register the consumer first"):
            kit.open_account(account(), at=NOW)
        with pytest.raises(UnknownIdError):
            kit.standing("a-1", as_of=TODAY)

    def test_registering_again_changes_nothing(self, book: Kit) -> None:
        """
        The same data is no new revision.
        """
        assert AlreadyRegistered("c-1") == book.register(consumer(), at=NOW)
        assert 2 == len(book.person_history("c-1"))

    def test_a_naive_instant_is_refused(self, kit: Kit) -> None:
        """
        Bad input 35: an instant without a zone is none.
        """
        with pytest.raises(TimeError):
            kit.register(consumer(), at=datetime(2026, 10, 20, 18))  # noqa: DTZ001


class TestMoney:
    def test_a_webhook_that_comes_twice_counts_once(self, book: Kit) -> None:
        """
        Bad input 20: one effect, and the second is answered.
        """
        book.post(payment(), at=NOW)

        assert AlreadyPosted("p-1") == book.post(payment(), at=NOW)
        assert 5000 == book.standing("a-1", as_of=TODAY).paid_minor

    def test_the_same_id_with_another_amount_is_a_conflict(self, book: Kit) -> None:
        """
        Bad input 21: neither is shown, nothing is changed.
        """
        book.post(payment(), at=NOW)
        outcome = book.try_post(payment(amount="49.00"), at=NOW)

        assert isinstance(outcome, Refusal)
        assert PostingReason.ID_REUSED is outcome.reason
        assert "50.00" not in str(outcome)
        assert 5000 == book.standing("a-1", as_of=TODAY).paid_minor

    def test_the_same_id_on_another_account_is_a_conflict(self, book: Kit) -> None:
        """
        Bad input 22: no word of the other account.
        """
        book.open_account(account("a-2"), at=NOW)
        book.post(payment(), at=NOW)
        outcome = book.try_post(payment(account="a-2"), at=NOW)

        assert isinstance(outcome, Refusal)
        assert "a-1" not in str(outcome)
        assert 0 == book.standing("a-2", as_of=TODAY).paid_minor

    def test_more_than_is_owed_is_credit(self, book: Kit) -> None:
        """
        Bad input 16: accepted, and never a negative principal.
        """
        book.post(payment(amount="230.00"), at=NOW)
        standing = book.standing("a-1", as_of=TODAY)

        assert (0, 3000) == (standing.outstanding_minor, standing.credit_minor)

    def test_a_closed_account_still_takes_payments(self, book: Kit) -> None:
        """
        Bad input 17: money is never refused silently and never lost.
        """
        book.close("a-1", on=TODAY, reason="written_off", at=NOW)
        book.post(payment(), at=NOW)

        assert 5000 == book.standing("a-1", as_of=TODAY).paid_minor

    def test_a_reversal_before_its_payment_waits_for_it(self, book: Kit) -> None:
        """
        Bad inputs 24 and 25: order does not matter, and the second reversal does nothing.
        """
        reversal = Reversal("r-1", account="a-1", payment="p-1", value_on=date(2026, 9, 5))
        book.reverse(reversal, at=NOW)
        book.post(payment(), at=NOW)

        assert 0 == book.standing("a-1", as_of=TODAY).paid_minor
        assert AlreadyReversed("p-1") == book.reverse(reversal, at=NOW)


class TestAgreements:
    def test_a_promise_is_taken_once_and_seen(self, book: Kit) -> None:
        """
        It stands in the standing until it is judged.
        """
        promise = Promise("pr-1", account="a-1", amount=Money.of("50.00", "USD"), due_on=date(2026, 10, 25), made_at=NOW)
        book.promise(promise, at=NOW)

        assert isinstance(book.promise(promise, at=NOW), AlreadyMade)
        assert date(2026, 10, 25) == book.standing("a-1", as_of=TODAY).promise_due_on

    def test_a_promise_for_yesterday_is_refused(self, book: Kit) -> None:
        """
        Bad input 60.
        """
        promise = Promise("pr-1", account="a-1", amount=Money.of("50.00", "USD"), due_on=date(2026, 10, 19), made_at=NOW)

        with pytest.raises(RefusedError):
            book.promise(promise, at=NOW)

    def test_a_hold_on_the_person_is_seen_on_the_account(self, book: Kit) -> None:
        """
        All accounts of a person stop together, and go on when it is lifted.
        """
        hold = Hold("h-1", "hardship", person="c-1", starts_on=TODAY, reason="asked for relief", review_on=date(2026, 11, 20))
        book.hold(hold, at=NOW)

        assert ("hardship",) == book.standing("a-1", as_of=TODAY).holds

        book.lift(hold, on=date(2026, 10, 21), reason="declined", at=NOW)
        assert () == book.standing("a-1", as_of=date(2026, 10, 21)).holds

    def test_a_command_id_means_one_thing(self, book: Kit) -> None:
        """
        Bad input 21 for facts without an id of their own.
        """
        book.stop(Stop("c-1", ["sms"], NOW), at=NOW, command_id="k-1")
        book.stop(Stop("c-1", ["sms"], NOW), at=NOW, command_id="k-1")

        assert 1 == sum(e.body.TYPE == "contact-stopped/1" for e in book.person_history("c-1"))
        with pytest.raises(IdempotencyConflictError):
            book.stop(Stop("c-1", [], NOW), at=NOW, command_id="k-1")

    def test_the_text_of_a_note_is_no_event(self, book: Kit) -> None:
        """
        What people write may name a person, so it stands in a table of its own.
        """
        book.note(Note("n-1", account="a-1", text="Spoke to the neighbor."), at=NOW)

        assert ["Spoke to the neighbor."] == [stored.note.text for stored in book.notes("a-1")]
        assert not any("neighbor" in repr(envelope) for envelope in book.history("a-1"))


class TestThreads:
    def test_one_kit_serves_many_threads(self, book: Kit) -> None:
        """
        No payment is lost and none counts twice.
        """

        def pay(number: int) -> None:
            for repeat in range(2):
                book.post(payment(f"p-{number}", "1.00"), at=NOW)
                assert repeat < 2

        threads = [threading.Thread(target=pay, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert 800 == book.standing("a-1", as_of=TODAY).paid_minor


class TestReading:
    def test_events_name_nobody(self, book: Kit) -> None:
        """
        Name, number and address stand in the table of people alone.
        """
        text = " ".join(repr(e) for e in [*book.history("a-1"), *book.person_history("c-1")])

        assert not any(secret in text for secret in ("Test Consumer", "2125550123", "c1@example.com"))

    def test_an_account_of_another_tenant_is_unknown(self, book: Kit) -> None:
        """
        Two books in one file do not see each other.
        """
        other = Kit(book.parts, actor="tests", tenant="other")

        with pytest.raises(UnknownIdError):
            other.standing("a-1", as_of=TODAY)
        assert isinstance(account(), Account)
