"""A channel that is written in another way at the door of the kit: what it says would be recorded and obeyed by nobody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit import Consent, Consumer, Contact, Kit, Phone, Preference, Stop
from collectkit._kit.channel_names import RECORDED, check_spelling
from collectkit.errors import ValidationError

from .conftest import NOW, TODAY, consumer

COMMANDS: tuple[Callable[[Kit], object], ...] = (
    lambda kit: kit.stop(Stop("c-1", ["SMS"], NOW), at=NOW, command_id="x-1"),
    lambda kit: kit.prefer(Preference("c-1", "refused_medium", NOW, channel="Sms"), at=NOW, command_id="x-1"),
    lambda kit: kit.consent(Consent("c-1", "phone-1", "sms ", NOW, "portal"), at=NOW, command_id="x-1"),
    lambda kit: kit.withdraw("c-1", at=NOW, command_id="x-1", channel="S M S"),
    lambda kit: kit.record_contact(Contact("c-1", NOW, "s-m-s"), at=NOW, command_id="x-1"),
    lambda kit: kit.register(Consumer("c-2", contacts=[Phone("+12125550123", source="test", consents=["SMS"])]), at=NOW),
    lambda kit: kit.ask_law("c-1", at=NOW, channel="SMS"),
    lambda kit: kit.lawful_week("c-1", at=NOW, channel="SMS"),
    lambda kit: kit.register_all([Consumer("c-2", contacts=[Phone("+12125550123", source="test", consents=["SMS"])])], at=NOW),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_another_way_of_writing_is_refused(command: Callable[[Kit], object]) -> None:
    """
    A stop of SMS would leave texts going out, and a call by Phone would count against no cap.
    """
    with Kit.open("memory://", actor="tests") as kit:
        kit.register(consumer("c-1"), at=NOW)
        digest = kit.state_digest(as_of=TODAY)
        with pytest.raises(ValidationError, match=re.escape("did you mean 'sms'?; nothing")):
            command(kit)

        assert digest == kit.state_digest(as_of=TODAY)


@given(channel=st.sampled_from(RECORDED), data=st.data())
def test_only_the_one_way_passes(channel: str, data: st.DataObject) -> None:
    """
    Capitals, and other signs between the words, are refused; each name as it is passes.
    """
    sign = data.draw(st.sampled_from(["", " ", "-", "_", "."]))
    other = data.draw(st.sampled_from([str.upper, str.title, str.lower]))(channel.replace("_", sign))
    check_spelling([channel], "nothing was done")
    if other != channel:
        with pytest.raises(ValidationError, match=re.escape(f"there is no channel {other!r}; did you mean {channel!r}?; nothing was done")):
            check_spelling([other], "nothing was done")


def test_a_channel_of_the_hosts_own_passes() -> None:
    """
    A stop must be recorded, whatever it speaks of.
    """
    with Kit.open("memory://", actor="tests") as kit:
        kit.register(consumer("c-1"), at=NOW)

        assert ("fax",) == kit.stop(Stop("c-1", ["fax"], NOW), at=NOW, command_id="x-1").stopped.stop.channels
