"""What a hand-over run did, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import attrs

from collectkit.servicing.dispatch import Dispatch, DispatchState


@attrs.frozen
class DispatchReport:
    """
    What became of the contacts of one run.

    Attributes:
        sent: Handed over, by channel.
        not_sent: Certainly not handed over, by reason.
        unknown: Possibly handed over, by channel; they count against every cap.
        put_off: Waiting for their first lawful moment.
    """

    sent: Mapping[str, int]
    not_sent: Mapping[str, int]
    unknown: Mapping[str, int]
    put_off: int

    def summary(self) -> str:
        """Return the run in one line for a person."""
        parts = [f"{_counts(self.sent)} sent" if self.sent else "nothing sent"]
        if self.not_sent:
            parts.append(f"not sent: {_counts(self.not_sent)}")
        if self.unknown:
            parts.append(f"in doubt: {_counts(self.unknown)}")
        if self.put_off:
            parts.append(f"{self.put_off} wait for a lawful moment")
        return "; ".join(parts)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{key} {count}" for key, count in sorted(counts.items()))


def counted(dispatches: Iterable[Dispatch]) -> DispatchReport:
    """Count what became of *dispatches*."""
    held = list(dispatches)
    by: dict[DispatchState, Counter[str]] = {state: Counter() for state in DispatchState}
    for one in held:
        by[one.state][one.reason if one.state is DispatchState.NOT_SENT else one.proposal.channel] += 1
    return DispatchReport(
        dict(by[DispatchState.SENT]),
        dict(by[DispatchState.NOT_SENT]),
        dict(by[DispatchState.UNKNOWN]),
        by[DispatchState.PLANNED].total(),
    )
