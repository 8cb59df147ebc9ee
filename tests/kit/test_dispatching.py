"""Handing over, as a host sees it: what is looked at again, what a channel may do wrong, and what a stop does meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from threading import Event
from time import monotonic

import pytest

from collectkit import Hold, Stop
from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.errors import IdempotencyConflictError, RefusedError, TimeError, ValidationError
from collectkit.plugins.calling import FAULTS_MAX
from collectkit.servicing.dispatch import DispatchState

from .conftest import NOW, TODAY
from .drivers import Gateway, kit_with

STOP = Stop("c-1", [], NOW)


class TestStopMeansStop:
    def test_what_is_under_way_is_listed(self) -> None:
        """
        It may still arrive; nothing else can. The same command again gives the same answer.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        claimed = kit.claim(10, at=NOW, worker="host")
        answer = kit.stop(STOP, at=NOW, command_id="s-1")
        for one in claimed:
            kit.confirm(one.id, one.fence, Accepted("x"), at=NOW)

        assert sorted(one.id for one in claimed) == sorted(answer.under_way)
        assert "2 messages were already under way" in str(answer)
        assert answer == kit.stop(STOP, at=NOW, command_id="s-1")
        with pytest.raises(IdempotencyConflictError):
            kit.stop(Stop("c-1", ["sms"], NOW), at=NOW, command_id="s-1")

    def test_only_what_it_covers_is_listed(self) -> None:
        """
        Another channel goes on.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        kit.claim(10, at=NOW, worker="host")

        assert ["a-1/2026-09-01/late-45-sms/1"] == list(kit.stop(Stop("c-1", ["sms"], NOW), at=NOW, command_id="s-1").under_way)

    def test_a_worker_that_asks_is_told(self) -> None:
        """
        A claimed contact that the stop covers goes back, is judged again and refused.
        """
        driver = Gateway()
        kit = kit_with(driver)
        kit.run_night(as_of=TODAY, at=NOW)
        claimed = kit.claim(10, at=NOW, worker="host")
        assert all(kit.still_wanted(one, at=NOW) for one in claimed)
        kit.stop(STOP, at=NOW, command_id="s-1")

        assert [False] * 2 == [kit.still_wanted(one, at=NOW) for one in claimed]
        report = kit.dispatch(at=NOW, worker="w")
        assert ([], {}) == (driver.parcels, dict(report.sent))

    def test_of_those_handed_over_together_only_the_stopped_stay(self) -> None:
        """
        They are looked at together just before they leave; the ones of a person who has just asked to be left alone go back.
        """
        driver = Gateway(capabilities=Capabilities(batch=10))
        kit = kit_with(driver, people=3)
        stopped: list[str] = []

        def clock() -> datetime:
            if not stopped and any(one.state is DispatchState.SENDING for one in kit.contacts("a-2")):
                stopped.extend(kit.stop(Stop("c-2", [], NOW), at=NOW, command_id="s-1").under_way)
            return NOW

        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w", clock=clock)

        assert 2 == len(stopped)
        assert 4 == len(driver.parcels)
        assert {"a-1", "a-3"} == {parcel.id.partition("/")[0] for parcel in driver.parcels}
        assert DispatchState.SENDING not in {contact.state for contact in kit.contacts("a-2")}

    def test_a_stop_in_the_middle_of_a_run(self) -> None:
        """
        The driver takes the first message while the person stops the rest: nothing more is handed over to them.
        """
        driver = Gateway()
        kit = kit_with(driver)

        def stop(parcel: Parcel) -> HandOver:
            kit.stop(STOP, at=NOW, command_id="s-1")
            return Accepted("x")

        driver.answer = stop
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert 1 == len(driver.parcels)
        assert DispatchState.SENDING not in {contact.state for contact in kit.contacts("a-1")}

    def test_a_hold_in_the_middle_of_a_run(self) -> None:
        """
        A dispute recorded meanwhile is found before the next hand-over too.
        """
        driver = Gateway()
        kit = kit_with(driver)
        hold = Hold("h-1", "dispute", person="c-1", account="a-1", starts_on=TODAY, reason="not delivered", review_on=date(2026, 11, 10))

        def dispute(parcel: Parcel) -> HandOver:
            kit.hold(hold, at=NOW)
            return Accepted("x")

        driver.answer = dispute
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert 1 == len(driver.parcels)


class TestHours:
    def test_the_clock_is_asked_before_each_hand_over(self) -> None:
        """
        While the first message is sent the lawful hours end in New York: the text waits for the next morning.
        """
        evening = datetime(2026, 10, 21, 0, 58, tzinfo=UTC)  # 20:58 in New York
        clock = [evening]

        def slow(parcel: Parcel) -> HandOver:
            clock[0] += timedelta(minutes=5)
            return Accepted("x")

        driver = Gateway(slow)
        kit = kit_with(driver)
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=evening, worker="w", clock=lambda: clock[0])

        waiting = [contact for contact in kit.contacts("a-1") if contact.state is DispatchState.PLANNED]
        assert ["email"] == [parcel.channel for parcel in driver.parcels]
        assert ["sms"] == [contact.proposal.channel for contact in waiting]
        assert datetime(2026, 10, 21, 12, tzinfo=UTC) == waiting[0].not_before

    def test_a_channel_that_may_queue_gets_a_margin(self) -> None:
        """
        Half a minute before the hours end only a channel that keeps the end itself gets the message, and is told the end.
        """
        late = datetime(2026, 10, 21, 0, 59, 30, tzinfo=UTC)
        for keeps, taken in ((False, 0), (True, 1)):
            driver = Gateway(capabilities=Capabilities(not_after=keeps))
            kit = kit_with(driver)
            kit.run_night(as_of=TODAY, at=NOW)
            kit.dispatch(at=late, worker="w")

            assert taken == len(driver.taken("sms"))
        end = driver.taken("sms")[0].not_after
        assert end is not None
        assert late < end <= datetime(2026, 10, 21, 1, tzinfo=UTC)

    def test_a_clock_that_goes_back_stops_the_run(self) -> None:
        """
        Bad input 44: a little is ignored, ten minutes raise the alarm, and nothing more is handed over.
        """
        for back, wrong in ((timedelta(minutes=1), False), (timedelta(minutes=10), True)):
            instants = iter([NOW, NOW - back, *[NOW] * 100])
            driver = Gateway()
            kit = kit_with(driver)
            kit.run_night(as_of=TODAY, at=NOW)
            if wrong:
                with pytest.raises(TimeError, match="the clock went back"):
                    kit.dispatch(at=NOW, worker="w", clock=lambda: next(instants))  # noqa: B023
            else:
                kit.dispatch(at=NOW, worker="w", clock=lambda: next(instants))  # noqa: B023
            assert (0 if wrong else 2) == len(driver.parcels)

    @pytest.mark.parametrize(("calls", "handed_over"), [(3, 1), (4, 2)])
    def test_what_was_handed_over_before_a_clock_went_back_is_recorded(self, calls: int, handed_over: int) -> None:
        """
        Between the hand-overs of two channels, and after the second one.
        """
        instants = iter([*[NOW] * calls, *[NOW - timedelta(minutes=10)] * 100])
        driver = Gateway()
        kit = kit_with(driver)
        kit.run_night(as_of=TODAY, at=NOW)
        with pytest.raises(TimeError, match="the clock went back"):
            kit.dispatch(at=NOW, worker="w", clock=lambda: next(instants))

        sent = [contact for contact in kit.contacts("a-1") if contact.state is DispatchState.SENT]
        assert handed_over == len(driver.parcels) == len(sent)


class TestDrivers:
    @pytest.mark.parametrize(
        "answer",
        [None, "sent", True, Accepted, Accepted(reference=7), Rejected(reason=None)],  # type: ignore[arg-type]
    )
    def test_rubbish_is_a_doubt(self, answer: object) -> None:
        """
        Only one of the three honest answers is one.
        """
        kit = kit_with(Gateway(lambda parcel: answer))
        kit.run_night(as_of=TODAY, at=NOW)

        assert {"email": 1, "sms": 1} == dict(kit.dispatch(at=NOW, worker="w").unknown)

    def test_one_that_hangs_is_left_behind(self) -> None:
        """
        Bad input 82 for channels: the run goes on after the time-out, the contact is in doubt, a late answer changes nothing.
        """
        release = Event()

        def hang(parcel: Parcel) -> HandOver:
            release.wait(20)
            return Accepted("late")

        kit = kit_with({"sms": Gateway(hang), "email": Gateway()}, timeout_seconds=1)
        kit.run_night(as_of=TODAY, at=NOW)
        began = monotonic()
        report = kit.dispatch(at=NOW, worker="w")
        release.set()

        assert monotonic() - began < 10
        assert ({"email": 1}, {"sms": 1}) == (dict(report.sent), dict(report.unknown))
        assert DispatchState.UNKNOWN is {c.proposal.channel: c.state for c in kit.contacts("a-1")}["sms"]

    def test_one_that_always_fails_is_not_called_for_ever(self) -> None:
        """
        The circuit opens: the other contacts of the channel wait, unspent, instead of falling into doubt one by one.
        """

        def fail(parcel: Parcel) -> HandOver:
            raise ConnectionError("away")

        driver = Gateway(fail)
        kit = kit_with({"sms": driver, "email": Gateway()}, people=FAULTS_MAX + 4)
        kit.run_night(as_of=TODAY, at=NOW)
        report = kit.dispatch(at=NOW, worker="w")
        later = kit.dispatch(at=NOW + timedelta(hours=1), worker="w")

        assert ({"sms": FAULTS_MAX}, FAULTS_MAX + 4) == (dict(report.unknown), report.sent["email"])
        assert {"sms": 1} == dict(later.unknown)
        driver.answer = lambda parcel: Accepted("x")
        assert 3 == kit.dispatch(at=NOW + timedelta(hours=2), worker="w").sent["sms"]

    def test_a_promised_reference_must_come(self) -> None:
        """
        Bad input 86: accepted without it, the message could not be found again, and is in doubt.
        """
        promises = Capabilities(lookup_by_ref=True)
        kit = kit_with(Gateway(lambda parcel: Accepted(), promises))
        kit.run_night(as_of=TODAY, at=NOW)

        assert {"email": 1, "sms": 1} == dict(kit.dispatch(at=NOW, worker="w").unknown)

    def test_two_messages_do_not_share_a_reference(self) -> None:
        """
        A channel that gives one reference to all proves nothing about the second.
        """
        kit = kit_with({"sms": Gateway(lambda parcel: Accepted("ok"), Capabilities(status_callbacks=True)), "email": Gateway()}, people=3)
        kit.run_night(as_of=TODAY, at=NOW)
        report = kit.dispatch(at=NOW, worker="w")

        assert (1, 2) == (report.sent["sms"], report.unknown["sms"])

    def test_a_batch_is_handed_over_at_once(self) -> None:
        """
        As many as the channel takes; a batch that comes back short leaves all of it in doubt.
        """
        sizes: list[int] = []

        class Batching(Gateway):
            def hand_over_all(self, parcels: object) -> list[HandOver]:
                sizes.append(len(parcels))  # type: ignore[arg-type]
                return super().hand_over_all(parcels)[: 2 if len(sizes) > 1 else None]  # type: ignore[arg-type]

        kit = kit_with({"sms": Batching(capabilities=Capabilities(batch=3)), "email": Gateway()}, people=6)
        kit.run_night(as_of=TODAY, at=NOW)
        report = kit.dispatch(at=NOW, worker="w")

        assert ([3, 3], 3, 3) == (sizes, report.sent["sms"], report.unknown["sms"])

    def test_what_is_too_long_for_the_channel_is_not_handed_over(self) -> None:
        """
        And is certainly not sent.
        """
        driver = Gateway(capabilities=Capabilities(max_len=10))
        kit = kit_with({"sms": driver, "email": Gateway()})
        kit.run_night(as_of=TODAY, at=NOW)
        report = kit.dispatch(at=NOW, worker="w")

        assert ({"it is longer than the 10 bytes that sms takes": 1}, []) == (dict(report.not_sent), driver.parcels)

    def test_a_driver_may_use_the_kit(self) -> None:
        """
        Bad input 90: it reads what is recorded; a run inside its own run ends, and hands nothing over twice.
        """
        driver = Gateway()
        kit = kit_with(driver)

        def again(parcel: Parcel) -> HandOver:
            kit.dispatch(at=NOW, worker="inner")
            return Accepted(f"x-{parcel.id}")

        driver.answer = again
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert 2 == len({parcel.id for parcel in driver.parcels}) == len(driver.parcels)


class TestHostsWorkers:
    def test_an_asynchronous_host_sends_by_itself(self) -> None:
        """
        It claims in a thread, sends on its own loop, and confirms in a thread.
        """
        kit = kit_with(Gateway(), people=5)
        kit.run_night(as_of=TODAY, at=NOW)
        sent: list[str] = []

        async def send(parcel: Parcel) -> HandOver:
            await asyncio.sleep(0)
            sent.append(parcel.id)
            return Accepted(parcel.id)

        async def work(name: str) -> None:
            while claimed := await asyncio.to_thread(kit.claim, 3, at=NOW, worker=name):
                for one in claimed:
                    if await asyncio.to_thread(kit.still_wanted, one, at=NOW):
                        await asyncio.to_thread(kit.confirm, one.id, one.fence, await send(one.parcel), at=NOW)

        async def main() -> None:
            await asyncio.gather(*(work(f"w-{number}") for number in range(4)))

        asyncio.run(main())

        assert 10 == len(sent) == len(set(sent))

    def test_what_is_given_back_is_free_again(self) -> None:
        """
        A worker that shuts down gives its claims to the next one, who may send them.
        """
        driver = Gateway()
        kit = kit_with(driver)
        kit.run_night(as_of=TODAY, at=NOW)
        for one in kit.claim(10, at=NOW, worker="host"):
            kit.release(one.id, one.fence, at=NOW)

        assert {"email": 1, "sms": 1} == dict(kit.dispatch(at=NOW, worker="w").sent)

    def test_a_worker_that_heard_nothing_says_it_again(self) -> None:
        """
        The same answer, and the same giving back, have the same answer and spend and refund nothing twice.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        first, second = kit.claim(2, at=NOW, worker="host")
        later = NOW + timedelta(seconds=30)
        sent = kit.confirm(first.id, first.fence, Accepted("x"), at=NOW)
        back = kit.release(second.id, second.fence, at=NOW)
        digest = kit.state_digest(as_of=TODAY)

        assert sent == kit.confirm(first.id, first.fence, Accepted("x"), at=later)
        assert back == kit.release(second.id, second.fence, at=later)
        assert digest == kit.state_digest(as_of=TODAY)
        with pytest.raises(RefusedError, match="the contact is sent"):
            kit.confirm(first.id, first.fence, Accepted("y"), at=later)

    @pytest.mark.parametrize("count", [-1, True, 2.0, "3"])
    def test_a_count_is_a_count(self, count: int) -> None:
        """
        A database takes a negative limit for none at all, and would give everything to one worker.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        with pytest.raises(ValidationError, match=r"at least|whole number"):
            kit.claim(count, at=NOW, worker="host")
        with pytest.raises(ValidationError, match=r"at least|whole number"):
            kit.dispatch(at=NOW, worker="host", limit=count)

        assert [] == kit.claim(0, at=NOW, worker="host")
        assert 2 == len(kit.claim(10, at=NOW, worker="host"))

    def test_a_doubt_that_the_host_tells(self) -> None:
        """
        Its own time-out is a doubt like any other.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        (first, *_) = kit.claim(1, at=NOW, worker="host")

        assert DispatchState.UNKNOWN is kit.confirm(first.id, first.fence, Doubtful("time-out"), at=NOW).state
