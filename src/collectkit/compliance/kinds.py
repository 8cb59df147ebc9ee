"""The kinds of rule: the name that a pack uses, and what reads its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from collectkit.compliance import (
    allowlist,
    ban,
    consent,
    consent_period,
    cooling_off,
    deadline,
    definitions,
    disclosure,
    fee_cap,
    frequency_cap,
    hold,
    limitation,
    limitation_bar,
    notice_before_action,
    notice_content,
    notice_window,
    period,
    preference_medium,
    preference_place,
    preference_time,
    retention,
    retry_cap,
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
        "ban": ban.read,
        "allowlist": allowlist.read,
        "preference_time": preference_time.read,
        "preference_place": preference_place.read,
        "preference_medium": preference_medium.read,
        "disclosure": disclosure.read,
        "notice_content": notice_content.read,
        "notice_window": notice_window.read,
        "notice_before_action": notice_before_action.read,
        "deadline": deadline.read,
        "limitation": limitation.read,
        "limitation_bar": limitation_bar.read,
        "fee_cap": fee_cap.read,
        "retry_cap": retry_cap.read,
        "retention": retention.read,
        # Facts that other rules or people use; they gate nothing alone, and some answer when they are asked.
        "period": period.read,
        "consent_rule": consent_period.read_silent,
        "definition": definitions.read_definition,
        "scope": definitions.read_scope,
        "procedure": definitions.read_procedure,
        "portfolio_limit": consent_period.read_silent,
    }
)
