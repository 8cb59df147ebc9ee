"""What a newcomer brings that cannot do what is asked, and in which words it is told."""

from __future__ import annotations

import re

import pytest

from collectkit._kit.parts import assemble
from collectkit.channels import Accepted, HandOver, Parcel
from collectkit.channels.channel import Driver
from collectkit.errors import PluginFaultError, ValidationError
from collectkit.plugins import hookimpl
from collectkit.plugins.ability import lacks, lacks_call
from collectkit.plugins.hookspecs import KeyProvider

KEYS = ["keys", "key", "destroy", "destroyed", "pepper"]


class Gateway:
    def hand_over(self, parcel: Parcel) -> HandOver:
        return Accepted(str(parcel.id))


class Static:
    @staticmethod
    def hand_over(parcel: Parcel) -> HandOver:
        return Accepted(str(parcel.id))


class Async:
    async def hand_over(self, parcel: Parcel) -> HandOver:
        return Accepted(str(parcel.id))


class Narrow:
    def hand_over(self) -> HandOver:
        return Accepted("")


class Wide:
    def hand_over(self, parcel: Parcel, *, retries: int = 0) -> HandOver:
        return Accepted(str(retries))


class AsyncCall:
    async def __call__(self, item: object) -> None:
        pass


MISFITS = [
    (Gateway, "the class Gateway itself and no object of it"),
    (Async(), "whose hand_over is async, and it is called without an event loop"),
    (Narrow(), "whose hand_over does not take (parcel)"),
    (lambda parcel: Accepted(""), "which has no hand_over"),
]


class TestLacks:
    @pytest.mark.parametrize(("thing", "why"), MISFITS)
    def test_a_misfit_says_why(self, thing: object, why: str) -> None:
        """
        A class, an async method, one that takes too little, and none at all.
        """
        assert why == lacks(Driver, ["hand_over"], thing)

    @pytest.mark.parametrize("thing", [Gateway(), Static, Static(), Wide()])
    def test_what_can_be_called_is_able(self, thing: object) -> None:
        """
        A class of static methods, and a method that could take more.
        """
        assert "" == lacks(Driver, ["hand_over"], thing)

    def test_every_missing_method_is_named(self) -> None:
        """
        Five are asked for; whoever wrote one is told of the other four.
        """
        only = type("Only", (), {"key": lambda self, tenant, owner, key_id: None})()
        assert "which has no keys and no destroy and no destroyed and no pepper" == lacks(KeyProvider, KEYS, only)

    def test_what_is_not_written_in_python(self) -> None:
        """
        It may not say what it takes, and is believed.
        """
        assert "" == lacks(str, ["split"], "text")

    @pytest.mark.parametrize(
        ("thing", "why"),
        [(print, ""), (7, "which is no function"), (AsyncCall(), "which is async, and it is called without an event loop")],
    )
    def test_functions(self, thing: object, why: str) -> None:
        """
        A subscriber that is async would make coroutines that nobody awaits.
        """
        assert why == lacks_call(thing)


class TestDrivers:
    @pytest.mark.parametrize(("thing", "why"), MISFITS)
    def test_the_hosts_own(self, thing: Driver, why: str) -> None:
        """
        Each message that it was given would count as possibly made; so there is no kit.
        """
        said = f"the driver for 'sms' is a {type(thing).__name__}, {why}; no kit was assembled"
        with pytest.raises(ValidationError, match=re.escape(said)):
            assemble("memory://", "us-bnpl", {"sms": thing})

    @pytest.mark.parametrize("drivers", [[Gateway()], {7: Gateway()}, {"": Gateway()}])
    def test_not_by_channel(self, drivers: dict[str, Driver]) -> None:
        """
        Drivers are given by the channel that each takes.
        """
        with pytest.raises(ValidationError, match="drivers are objects by channel"):
            assemble("memory://", "us-bnpl", drivers)

    @pytest.mark.parametrize(("thing", "why"), MISFITS)
    def test_a_plugins(self, thing: Driver, why: str) -> None:
        """
        The same of a plugin's, which is named.
        """

        class Brings:
            @hookimpl
            def collectkit_drivers(self) -> dict[str, Driver]:
                return {"sms": thing}

        said = f"with drivers by channel, got {type(thing).__name__}, {why}; no kit was assembled"
        with pytest.raises(PluginFaultError, match=re.escape(said)):
            assemble("memory://", "us-bnpl", plugins=[Brings()])


class TestSettings:
    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"key": "keys.json"}, "there is no setting 'key'; did you mean 'keys'?"),
            ({"colour": "red"}, "there is no setting 'colour'; allowed are anchor, anchor_key, keys, migrate, outbox, telemetry"),
            ({"migrate": False}, "the setting migrate is a text, got bool"),
            ({"migrate": "never"}, "the setting migrate is 'yes' or 'no' or left out, got 'never'"),
            ({"telemetry": "datadog"}, "the setting telemetry is 'opentelemetry' or left out, got 'datadog'"),
        ],
    )
    def test_what_nobody_understands(self, settings: dict[str, str], said: str) -> None:
        """
        A misspelt file of keys would be a book whose personal data nobody sealed.
        """
        with pytest.raises(ValidationError, match=re.escape(f"{said}; no kit was assembled")):
            assemble("memory://", "us-bnpl", settings=settings)

    def test_a_plugin_has_settings_of_its_own(self) -> None:
        """
        What they are called is its matter.
        """

        class Brings:
            @hookimpl
            def collectkit_drivers(self, settings: dict[str, str]) -> dict[str, Driver]:
                return {settings["channel"]: Gateway()}

        assert ["sms"] == list(assemble("memory://", "us-bnpl", plugins=[Brings()], settings={"channel": "sms"}).drivers)
