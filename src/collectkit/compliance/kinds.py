"""The kinds of rule: the name that a pack uses, and what reads its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from collectkit.compliance import (
    consent,
    consent_period,
    cooling_off,
    disclosure,
    frequency_cap,
    hold,
    preference_medium,
    preference_time,
    time_window,
)
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.rule import Terms

Reader: TypeAlias = Callable[[Table, PackContext], Terms]

KINDS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "time_window": time_window.read,
        "frequency_cap": frequency_cap.read,
        "cooling_off": cooling_off.read,
        "consent": consent.read,
        "hold": hold.read,
        "preference_time": preference_time.read,
        "preference_medium": preference_medium.read,
        "disclosure": disclosure.read,
        # Facts that other rules or people use; they gate nothing alone.
        "consent_rule": consent_period.read_silent,
        "definition": consent_period.read_silent,
        "scope": consent_period.read_silent,
        "procedure": consent_period.read_silent,
    }
)
