"""Kill switches: hand-overs stop at once, and lifting gives no burst."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import Enum
from typing import Final

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.channel_names import RECORDED
from collectkit._kit.core import Core
from collectkit.compliance import plausible_regions
from collectkit.errors import IdempotencyConflictError, RefusedError, ValidationError
from collectkit.identifiers import CommandId, MessageId, PersonId
from collectkit.policy._shapes import suggested
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import OPEN_STATES, Dispatch, DispatchState
from collectkit.servicing.switches import STREAM, HandOversResumed, HandOversStopped, KillSwitch, Switchboard, switchboard
from collectkit.storage.store import Unit

_EVER: Final = datetime.max.replace(tzinfo=UTC)
_LEASED_MAX: Final = 100_000
_REGION: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")


class SwitchReason(Enum):
    """Why a kill switch is not lifted."""

    NOT_ON = "not_on"
    """There is no such switch in force."""


@attrs.frozen
class HandOversAreStopped:
    """
    The answer to a kill switch: no hand-over that it covers begins from now on.

    Attributes:
        stopped: What was recorded.
        under_way: Ids of the contacts that were being handed over at that moment and may still arrive.
    """

    stopped: HandOversStopped
    under_way: tuple[MessageId, ...]

    def __str__(self) -> str:
        count = len(self.under_way)
        said = f"{count} message{' was' if count == 1 else 's were'} already under way" if count else "nothing was under way"
        return f"hand-overs are stopped by {self.stopped.switch.id}; {said}"


def leased(unit: Unit) -> list[Dispatch]:
    """Return every contact that a worker holds."""
    return unit.lost(_EVER, limit=_LEASED_MAX)


@decided_again
class Switching(Core):
    """Stopping hand-overs, and letting them go on."""

    def stop_hand_overs(self, switch: KillSwitch, *, at: datetime) -> HandOversAreStopped:
        """
        Pull a kill switch. Once this returns, no hand-over that it covers begins, by any worker.

        The same switch again changes nothing and lists what is under way now.

        Raises:
            IdempotencyConflictError: A switch of that id is on and says something else; nothing was changed.
            ValidationError: It is no kill switch, or one that would stop nothing: of a channel or a template that neither this kit
                nor a contact on the list knows, or of a jurisdiction that is no ISO 3166 code.
        """
        if not isinstance(switch, KillSwitch):
            raise ValidationError(f"hand-overs are stopped by a KillSwitch, got {type(switch).__name__}; nothing was stopped")
        context = self._context(at, f"switch/{switch.id}")
        with self._unit() as unit:
            unit.lock([STREAM])
            on = {stopped.switch.id: stopped for stopped in switchboard(unit.bodies(STREAM)).on}
            stopped = on.get(switch.id)
            if stopped is not None and stopped.switch != switch:
                raise IdempotencyConflictError(f"the kill switch '{switch.id}' is on and says something else; nothing was changed")
            if stopped is None:
                self._check_stops(unit, switch)
                stopped = HandOversStopped(switch, at)
                unit.append(context, {STREAM: (unit.version(STREAM), [stopped])})
            under_way = [row for row in leased(unit) if row.state is DispatchState.SENDING and self._covers(unit, switch, row)]
        return HandOversAreStopped(stopped, tuple(row.id for row in under_way))

    def try_resume_hand_overs(self, switch: str, *, at: datetime, reason: str) -> HandOversResumed | Refusal[SwitchReason]:
        """
        Lift a kill switch. What waited does not leave in a burst: it is planned anew, spread over a time, or given up, as
        `collectkit.policy.DispatchPolicy.after_stop` says; a contact whose last moment passed is given up in any case.
        """
        resumed = HandOversResumed(CommandId(switch), at, reason)
        context = self._context(at, f"switch/{switch}/lift")
        with self._unit() as unit:
            unit.lock([STREAM])
            if all(stopped.switch.id != resumed.switch for stopped in switchboard(unit.bodies(STREAM)).on):
                return Refusal(SwitchReason.NOT_ON, f"there is no kill switch '{switch}' in force", "nothing was changed")
            unit.append(context, {STREAM: (unit.version(STREAM), [resumed])})
        return resumed

    def resume_hand_overs(self, switch: str, *, at: datetime, reason: str) -> HandOversResumed:
        """Lift a kill switch, as `try_resume_hand_overs` does."""
        outcome = self.try_resume_hand_overs(switch, at=at, reason=reason)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def kill_switches(self) -> Switchboard:
        """Return the kill switches in force, and those that were lifted."""
        with self._unit() as unit:
            return switchboard(unit.bodies(STREAM))

    def _check_stops(self, unit: Unit, switch: KillSwitch) -> None:
        """Refuse a switch that narrows to what nobody knows: it would be acknowledged, and everything would go on."""
        if switch.jurisdiction and not _REGION.fullmatch(switch.jurisdiction):
            said = f"a jurisdiction is an ISO 3166 code such as US or US-NY, got {switch.jurisdiction!r}"
            raise ValidationError(f"{said}; nothing was stopped")
        channels = dict.fromkeys((*RECORDED, *self.parts.drivers))
        templates = dict.fromkeys(template.key for template in self.parts.templates.templates)
        unknown = [
            (what, word, allowed)
            for what, word, allowed in (("channel", switch.channel, channels), ("template", switch.template, templates))
            if word and word not in allowed
        ]
        if not unknown:
            return
        # Another release may have planned contacts that this one does not know; they are stopped like any other.
        waiting = [row.proposal for state in OPEN_STATES for row in unit.dispatches(state=state, limit=_LEASED_MAX)]
        for what, word, allowed in unknown:
            if all(getattr(proposal, what) != word for proposal in waiting):
                raise ValidationError(f"no contact is of the {what} {word!r}; {suggested(word, list(allowed))}; nothing was stopped")

    def _covers(self, unit: Unit, switch: KillSwitch, row: Dispatch) -> bool:
        consumer = unit.person(PersonId(row.proposal.person))
        return switch.stops(row.proposal, plausible_regions(consumer) if consumer is not None else ())
