"""The kill switch, as a host uses it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, HandOver
from collectkit.errors import IdempotencyConflictError, RefusedError, ValidationError
from collectkit.servicing.dispatch import DispatchState
from collectkit.servicing.switches import KillSwitch

from .conftest import NOW, TODAY
from .drivers import Gateway, kit_with

HOUR = timedelta(hours=1)
TEXTS = KillSwitch("k-1", "wrong amounts", channel="sms")


class TestKillSwitch:
    @pytest.mark.parametrize(
        ("switch", "left"),
        [
            (TEXTS, {"email": 1}),
            (KillSwitch("k-1", "test", template="reminder-late-firm"), {}),
            (KillSwitch("k-1", "test", jurisdiction="US"), {}),
            (KillSwitch("k-1", "test", jurisdiction="GB"), {"email": 1, "sms": 1}),
            (KillSwitch("k-1", "test"), {}),
        ],
    )
    def test_nothing_that_it_covers_is_handed_over(self, switch: KillSwitch, left: dict[str, int]) -> None:
        """
        Jurisdiction, channel, template, or everything; the rest goes on.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        kit.stop_hand_overs(switch, at=NOW)

        assert left == dict(kit.dispatch(at=NOW, worker="w").sent)

    def test_it_is_recorded_and_answers_what_is_under_way(self, tmp_path: Path) -> None:
        """
        Again changes nothing, otherwise is a conflict, and it outlives the process.
        """
        with kit_with(Gateway(), tmp_path) as kit:
            kit.run_night(as_of=TODAY, at=NOW)
            claimed = kit.claim(10, at=NOW, worker="host")
            answer = kit.stop_hand_overs(TEXTS, at=NOW)

            assert [one.id for one in claimed if one.parcel.channel == "sms"] == list(answer.under_way)
            assert "1 message was already under way" in str(answer)
            assert answer == kit.stop_hand_overs(TEXTS, at=NOW + HOUR)
            with pytest.raises(IdempotencyConflictError):
                kit.stop_hand_overs(KillSwitch("k-1", "something else"), at=NOW)
        with kit_with(Gateway(), tmp_path, people=0) as kit:
            assert ["k-1"] == [stopped.switch.id for stopped in kit.kill_switches().on]

    @pytest.mark.parametrize(
        ("switch", "said"),
        [
            (KillSwitch("k-1", "test", channel="SMS"), "no contact is of the channel 'SMS'; allowed are app_push, email"),
            (KillSwitch("k-1", "test", channel="emails"), "no contact is of the channel 'emails'; did you mean 'email'?"),
            (KillSwitch("k-1", "test", template="reminder-late-frim"), "no contact is of the template 'reminder-late-frim'; did you mean"),
            (KillSwitch("k-1", "test", jurisdiction="us-ny"), "a jurisdiction is an ISO 3166 code such as US or US-NY, got 'us-ny'"),
        ],
    )
    def test_one_that_would_stop_nothing_is_refused(self, switch: KillSwitch, said: str) -> None:
        """
        Whoever pulls it in haste must not read that hand-overs are stopped while they go on.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        with pytest.raises(ValidationError, match=said):
            kit.stop_hand_overs(switch, at=NOW)

        assert () == kit.kill_switches().on
        assert {"email": 1, "sms": 1} == dict(kit.dispatch(at=NOW, worker="w").sent)

    def test_what_another_release_has_planned_is_stopped_too(self) -> None:
        """
        While workers are replaced one by one, contacts wait whose template this one does not have.
        """
        kit = kit_with(Gateway())
        kit.run_night(as_of=TODAY, at=NOW)
        with kit.store.unit("default") as unit:
            rows = unit.dispatches(state=DispatchState.PLANNED)
            unit.save_dispatches(attrs.evolve(row, proposal=attrs.evolve(row.proposal, template="reminder-next")) for row in rows)
        kit.stop_hand_overs(KillSwitch("k-1", "test", template="reminder-next"), at=NOW)

        assert {} == dict(kit.dispatch(at=NOW, worker="w").sent)

    def test_it_stops_in_the_middle_of_a_run(self) -> None:
        """
        A hundred texts are claimed; after the third somebody pulls the switch, and the fourth does not start.
        """
        driver = Gateway()
        kit = kit_with({"sms": driver, "email": Gateway()}, people=20)

        def pull(parcel: Parcel) -> HandOver:
            if len(driver.parcels) == 3:
                kit.stop_hand_overs(TEXTS, at=NOW)
            return Accepted(f"x-{parcel.id}")

        driver.answer = pull
        kit.run_night(as_of=TODAY, at=NOW)
        kit.dispatch(at=NOW, worker="w")

        assert 3 == len(driver.parcels)
        with kit.store.unit("default") as unit:
            assert 17 == len(unit.dispatches(state=DispatchState.PLANNED))

    def test_lifting_gives_no_burst(self) -> None:
        """
        What waited is spread over the next hour, each contact once.
        """
        driver = Gateway()
        kit = kit_with({"sms": driver, "email": Gateway()}, people=30)
        kit.run_night(as_of=TODAY, at=NOW)
        kit.stop_hand_overs(TEXTS, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.resume_hand_overs("k-1", at=NOW + HOUR, reason="repaired")
        counts = []
        for minutes in range(0, 70, 6):
            before = len(driver.parcels)
            kit.dispatch(at=NOW + HOUR + timedelta(minutes=minutes), worker="w")
            counts.append(len(driver.parcels) - before)

        assert 30 == sum(counts) == len({parcel.id for parcel in driver.parcels})
        assert max(counts) <= 10

    def test_no_burst_either_when_nobody_worked_meanwhile(self) -> None:
        """
        Contacts that came due while the switch was on waited, whether or not a worker met them.
        """
        driver = Gateway()
        kit = kit_with({"sms": driver, "email": Gateway()}, people=30)
        kit.run_night(as_of=TODAY, at=NOW)
        kit.stop_hand_overs(TEXTS, at=NOW)
        kit.resume_hand_overs("k-1", at=NOW + HOUR, reason="repaired")
        kit.dispatch(at=NOW + HOUR, worker="w")

        assert len(driver.parcels) <= 5

    def test_what_waited_may_be_dropped_instead(self) -> None:
        """
        Reminders by rule, and notices never.
        """
        kit = kit_with(Gateway(), after_stop="drop")
        kit.run_night(as_of=TODAY, at=NOW)
        kit.stop_hand_overs(KillSwitch("k-1", "test"), at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.resume_hand_overs("k-1", at=NOW + HOUR, reason="over")
        reports = [kit.dispatch(at=NOW + hours * HOUR, worker="w") for hours in (1, 2, 3)]

        assert {"its time passed while hand-overs were stopped": 1} == dict(reports[0].not_sent)
        assert 1 == sum(report.sent.get("email", 0) for report in reports)
        assert 0 == sum(report.sent.get("sms", 0) for report in reports)

    def test_only_what_is_on_is_lifted(self) -> None:
        """
        The refusal says so.
        """
        kit = kit_with(Gateway())

        with pytest.raises(RefusedError, match="there is no kill switch 'k-9' in force"):
            kit.resume_hand_overs("k-9", at=NOW, reason="test")
