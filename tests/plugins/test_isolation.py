"""A driver in a process of its own: whatever it does, it harms nothing but itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.kit.conftest import NOW, TODAY
from tests.kit.drivers import kit_with

from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, Rejected
from collectkit.errors import PluginFaultError, ValidationError
from collectkit.plugins.isolation import IsolatedDriver

UNTIL = datetime(2026, 10, 20, 21, tzinfo=UTC)
SOURCE = """
import os, sys, time
from datetime import timedelta
from collectkit.channels import Accepted, Capabilities, Doubtful, Rejected

forgotten = []

class Driver:
    capabilities = Capabilities(idempotency_ttl=timedelta(hours=24), lookup_by_ref=True, batch=5, max_len=1000)

    def hand_over(self, parcel):
        what = parcel.body.decode()
        print("noise that is no answer")
        if what == "refuse": return Rejected("no such number", permanent=True)
        if what == "doubt": return Doubtful("lost")
        if what == "raise": raise RuntimeError(parcel.to)
        if what == "exit": sys.exit(3)
        if what == "die": os._exit(4)
        if what == "abort": os.abort()
        if what == "hang": time.sleep(600)
        if what == "rubbish": return 7
        if what == "eat": bytearray(2 << 30)
        if what == "fork" and os.fork() == 0: os._exit(0)
        return Accepted(f"{os.getpid()} {parcel.channel} {parcel.to} {parcel.not_after.isoformat()} {parcel.copy} {parcel.headers}")

    def hand_over_all(self, parcels):
        return [self.hand_over(parcel) for parcel in parcels]

    def look_up(self, id):
        return Accepted("x") if id == "m-1" else None

    def forget(self, ids):
        forgotten.extend(ids)

ready = Driver()
nothing = object()
"""


def parcel(what: str = "hello") -> Parcel:
    return Parcel("sms", "m-1", "+12125550123", what.encode(), (("A", "b"),), UNTIL, 2)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a driver that does what its parcels say."""
    (tmp_path / "acme_isolated.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "acme_isolated:Driver"


@pytest.fixture
def driver(target: str) -> Iterator[IsolatedDriver]:
    driver = IsolatedDriver(target, seconds=30)
    yield driver
    driver.close()


def pid(driver: IsolatedDriver) -> int:
    answer = driver.hand_over(parcel())
    assert isinstance(answer, Accepted)
    return int(answer.reference.partition(" ")[0])


class TestIsolation:
    def test_a_parcel_arrives_whole(self, driver: IsolatedDriver) -> None:
        """
        In another process, and what is printed there is no answer.
        """
        answer = driver.hand_over(parcel())
        assert isinstance(answer, Accepted)
        number, rest = answer.reference.split(" ", 1)
        assert os.getpid() != int(number)
        assert f"sms +12125550123 {UNTIL.isoformat()} 2 (('A', 'b'),)" == rest

    def test_it_promises_what_its_driver_promises(self, driver: IsolatedDriver) -> None:
        """
        And every method that goes with that is there.
        """
        assert (24 * 3600, True, 5, 1000) == (
            driver.capabilities.idempotency_ttl.total_seconds() if driver.capabilities.idempotency_ttl else None,
            driver.capabilities.lookup_by_ref,
            driver.capabilities.batch,
            driver.capabilities.max_len,
        )
        assert (Accepted("x"), None) == (driver.look_up("m-1"), driver.look_up("m-2"))
        assert 3 == len(driver.hand_over_all([parcel()] * 3))
        assert driver.forget(["m-1"]) is None  # type: ignore[func-returns-value]

    def test_every_outcome_comes_back(self, driver: IsolatedDriver) -> None:
        """
        As what it was.
        """
        assert Rejected("no such number", permanent=True) == driver.hand_over(parcel("refuse"))
        assert Doubtful("lost") == driver.hand_over(parcel("doubt"))

    @pytest.mark.parametrize("what", ["raise", "exit", "rubbish"])
    def test_what_it_raises_is_told_without_its_text(self, driver: IsolatedDriver, what: str) -> None:
        """
        The text may hold a number; the process goes on.
        """
        before = pid(driver)
        with pytest.raises(PluginFaultError) as caught:
            driver.hand_over(parcel(what))
        assert "2125550123" not in str(caught.value)
        assert before == pid(driver)

    @pytest.mark.parametrize("what", ["die", "abort"])
    def test_one_that_ends_is_begun_anew(self, driver: IsolatedDriver, what: str) -> None:
        """
        The call has failed; the next one has a new process.
        """
        before = pid(driver)
        with pytest.raises(PluginFaultError, match="ended without an answer"):
            driver.hand_over(parcel(what))
        assert before != pid(driver)

    def test_one_that_hangs_is_killed(self, target: str) -> None:
        """
        Not left behind, as a thread would be.
        """
        driver = IsolatedDriver(target, seconds=3)
        before = pid(driver)
        with pytest.raises(PluginFaultError, match="did not answer within 3 seconds and was killed"):
            driver.hand_over(parcel("hang"))
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)
        driver.close()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED HERE: this system has no limit on memory")
    def test_one_that_eats_the_memory_eats_its_own(self, target: str) -> None:
        """
        Two gigabytes are refused to it; ours are not touched.
        """
        driver = IsolatedDriver(target, seconds=60, megabytes=1024)
        with pytest.raises(PluginFaultError, match="raised MemoryError"):
            driver.hand_over(parcel("eat"))
        driver.close()

    @pytest.mark.parametrize("name", ["acme_isolated:missing", "acme_isolated:nothing", "no_such_module:Driver"])
    def test_what_is_no_driver_is_none(self, target: str, name: str) -> None:
        """
        It is said at once.
        """
        assert target
        with pytest.raises(PluginFaultError, match="ended without an answer"):
            IsolatedDriver(name)

    @pytest.mark.parametrize("name", ["", "module", "module:", ":name", 7])
    def test_a_name_has_two_parts(self, name: object) -> None:
        """
        The error says which.
        """
        with pytest.raises(ValidationError, match="module:name"):
            IsolatedDriver(name)  # type: ignore[arg-type]

    def test_a_kit_hands_over_through_it(self, target: str) -> None:
        """
        Like through any other driver; made by the name of what is there already.
        """
        assert target
        driver = IsolatedDriver("acme_isolated:ready", seconds=30)
        kit = kit_with(driver)  # type: ignore[arg-type]
        kit.run_night(as_of=TODAY, at=NOW)
        report = kit.dispatch(at=NOW, worker="w")

        assert 1 == report.sent["sms"]
        driver.close()
