from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collectkit import Hold, Kit, Money, Payment, Promise, Stop
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.errors import ValidationError
from collectkit.servicing.dispatch import DispatchState

from .conftest import NOW, TODAY, account, consumer

BOUGHT_AT = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)


class Recorder:
    """A driver that remembers what it took."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []

    def hand_over(self, parcel: Parcel) -> HandOver:
        self.parcels.append(parcel)
        return Accepted(parcel.id)


class Loser:
    """A driver that fails in the middle."""

    def hand_over(self, parcel: Parcel) -> HandOver:
        raise TimeoutError("no answer")


def opened(path: Path, driver: object) -> Kit:
    drivers = dict.fromkeys(("sms", "email", "phone", "letter", "in_person"), driver)
    kit = Kit.open(f"sqlite:///{path}/book.db", policy="us-bnpl", actor="tests", drivers=drivers)  # type: ignore[arg-type]
    kit.register(consumer(), at=BOUGHT_AT)
    kit.open_account(account(), at=BOUGHT_AT)
    return kit


class TestNight:
    def test_a_late_account_is_worked(self, book: Kit) -> None:
        """
        It is charged, placed, and contacts are planned.
        """
        night = book.run_night(as_of=TODAY, at=NOW)

        assert (1, 1, 0) == (night.accounts, night.people, night.set_aside)
        assert night.planned
        assert night.fees_minor["USD"] > 0

    def test_a_night_that_was_run_is_not_run_again(self, book: Kit) -> None:
        """
        Bad input 46: a date already done is a no-op with the same report.
        """
        first = book.run_night(as_of=TODAY, at=NOW)
        events = len(book.history("a-1"))
        second = book.run_night(as_of=TODAY, at=NOW)

        assert second.already_done
        assert first.planned == second.planned
        assert events == len(book.history("a-1"))

    def test_nights_do_not_go_back(self, book: Kit) -> None:
        """
        A night before one that was run is refused.
        """
        book.run_night(as_of=TODAY, at=NOW)

        with pytest.raises(ValidationError, match="has been run already"):
            book.run_night(as_of=TODAY - timedelta(days=1), at=NOW)

    def test_an_account_that_nothing_happens_to_is_left_alone(self, book: Kit) -> None:
        """
        A paid account costs the next night nothing.
        """
        book.post(Payment("p-1", account="a-1", amount=Money.of("200.00", "USD"), value_on=date(2026, 9, 1)), at=NOW)
        book.run_night(as_of=TODAY, at=NOW)

        assert 0 == book.run_night(as_of=TODAY + timedelta(days=1), at=NOW + timedelta(days=1)).accounts

    def test_a_kept_promise_that_bounces_is_judged_again(self, book: Kit) -> None:
        """
        Bad input 27: kept, then broken, both on record.
        """
        from collectkit import Reversal

        promise = Promise("pr-1", account="a-1", amount=Money.of("50.00", "USD"), due_on=date(2026, 10, 21), made_at=NOW)
        book.promise(promise, at=NOW)
        book.post(Payment("p-1", account="a-1", amount=Money.of("50.00", "USD"), value_on=TODAY), at=NOW)
        kept = book.run_night(as_of=date(2026, 10, 24), at=NOW + timedelta(days=4))
        book.reverse(Reversal("r-1", account="a-1", payment="p-1", value_on=date(2026, 10, 24)), at=NOW + timedelta(days=4))
        broken = book.run_night(as_of=date(2026, 10, 25), at=NOW + timedelta(days=5))

        assert {"kept": 1} == dict(kept.promises)
        assert {"broken": 1} == dict(broken.promises)

    def test_a_dispute_stops_fees_and_contact(self, book: Kit) -> None:
        """
        Nothing is asked for and nothing is charged while the debt is disputed.
        """
        hold = Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=TODAY, reason="not delivered", review_on=date(2026, 11, 10))
        book.hold(hold, at=NOW)
        night = book.run_night(as_of=TODAY, at=NOW)

        assert ({}, {}) == (dict(night.planned), dict(night.fees_minor))


class TestDispatch:
    def test_what_is_lawful_goes_out_once(self, tmp_path: Path) -> None:
        """
        A second run finds nothing to do.
        """
        driver = Recorder()
        with opened(tmp_path, driver) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            kit.dispatch(at=NOW, worker="w1")
            sent = len(driver.parcels)
            kit.dispatch(at=NOW, worker="w2")

            assert sent > 0
            assert sent == len(driver.parcels)
            assert sent == sum(e.body.TYPE == "contact-recorded/1" for e in kit.person_history("c-1"))

    def test_stop_means_stop_also_after_planning(self, tmp_path: Path) -> None:
        """
        A stop that comes between plan and hand-over keeps everything it covers at home.
        """
        driver = Recorder()
        with opened(tmp_path, driver) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            kit.stop(Stop("c-1", [], NOW), at=NOW, command_id="k-1")
            kit.dispatch(at=NOW, worker="w1")

            assert [] == driver.parcels
            assert {DispatchState.NOT_SENT} == {contact.state for contact in kit.contacts("a-1")}

    def test_at_night_it_waits_for_the_morning(self, tmp_path: Path) -> None:
        """
        4 a.m. in New York: nothing goes out, and 8 a.m. is known as the first lawful moment.
        """
        driver = Recorder()
        four = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
        with opened(tmp_path, driver) as kit:
            kit.run_night(as_of=TODAY, at=four)
            kit.dispatch(at=four, worker="w1")
            early = [parcel.channel for parcel in driver.parcels if parcel.channel in ("sms", "phone")]
            waiting = [contact for contact in kit.contacts("a-1") if contact.proposal.channel == "sms"]

            assert [] == early
            assert all(datetime(2026, 10, 20, 12, 0, tzinfo=UTC) == contact.not_before for contact in waiting)
            kit.dispatch(at=datetime(2026, 10, 20, 12, 0, tzinfo=UTC), worker="w1")
            assert any(parcel.channel == "sms" for parcel in driver.parcels)

    def test_what_is_paid_is_not_asked_for(self, tmp_path: Path) -> None:
        """
        The balance is asked for again just before the hand-over.
        """
        driver = Recorder()
        with opened(tmp_path, driver) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            kit.post(Payment("p-1", account="a-1", amount=Money.of("500.00", "USD"), value_on=date(2026, 9, 1)), at=NOW)
            kit.dispatch(at=NOW, worker="w1")

            assert [] == driver.parcels

    def test_a_driver_that_fails_in_the_middle_leaves_a_doubt(self, tmp_path: Path) -> None:
        """
        Bad input 87: possibly made, so it counts, and is never sent again blindly.
        """
        with opened(tmp_path, Loser()) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            report = kit.dispatch(at=NOW, worker="w1")

            doubtful = [contact for contact in kit.contacts("a-1") if contact.state is DispatchState.UNKNOWN]
            assert sum(report.unknown.values()) == len(doubtful) > 0
            assert "unknown" in {e.body.contact.outcome for e in kit.person_history("c-1") if e.body.TYPE == "contact-recorded/1"}  # type: ignore[attr-defined]
            assert 0 == sum(kit.dispatch(at=NOW + timedelta(hours=1), worker="w1").sent.values())

    def test_a_hosts_own_worker_claims_and_confirms(self, tmp_path: Path) -> None:
        """
        The host sends; an answer with an old fence is refused.
        """
        with opened(tmp_path, Recorder()) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            (first, *_) = kit.claim(10, at=NOW, worker="host")

            assert DispatchState.SENT is kit.confirm(first.id, first.fence, Accepted("x-1"), at=NOW).state
            assert not isinstance(kit.try_confirm(first.id, first.fence - 1, Accepted("x-1"), at=NOW), type(first))

    def test_a_lost_worker_leaves_a_doubt(self, tmp_path: Path) -> None:
        """
        What was being sent when the worker died counts as made once its lease is over.
        """
        with opened(tmp_path, Recorder()) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            claimed = kit.claim(10, at=NOW, worker="lost")
            kit.dispatch(at=NOW + timedelta(hours=1), worker="next")

            states = {contact.id: contact.state for contact in kit.contacts("a-1")}
            assert {DispatchState.UNKNOWN} == {states[one.id] for one in claimed}  # type: ignore[index]
