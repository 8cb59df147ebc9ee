"""One step of a treatment: when it is due, what it does, and what becomes of it after a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time
from enum import Enum
from typing import Final

import attrs

from collectkit._checks import matching, member, one_of
from collectkit.actions import ActionKind
from collectkit.errors import PolicyError
from collectkit.rules import Expression, compile_condition
from collectkit.treatment.triggers import Cured, Happened, PromiseBroken, Trigger, not_negative

_NAME = matching(
    r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    "at most 64 letters, digits, points, dashes and underscores",
    not_done="nothing was loaded",
    error=PolicyError,
)


class CatchUp(Enum):
    """What becomes of steps that were due on days without a run, or while a guard or a hold stood against them."""

    COALESCE = "coalesce"
    """Of several contacts that are due, only the last fires; those before it are passed over for good."""
    REPLAY = "replay"
    """Each fires."""
    SKIP = "skip"
    """It fires when it is not too late for it, else never."""


NEVER_COALESCED = frozenset(
    {
        ActionKind.CHARGE_FEE,
        ActionKind.FREEZE_PURCHASES,
        ActionKind.CUT_LIMIT,
        ActionKind.THAW_PURCHASES,
        ActionKind.PLACE,
        ActionKind.AGENT_TASK,
    }
)
"""Acts with effects of their own: one does not stand for another."""

STEP_ACTIONS = (ActionKind.CONTACT, *(kind for kind in ActionKind if kind in NEVER_COALESCED))
"""What a step may do; the other acts are proposed by people and by the host."""


SKIP_EVENTS_AFTER = 7
"""A step that waits for an event does not look further back than so many days, unless it says so."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekdays(given: Iterable[int]) -> tuple[int, ...]:
    days = tuple(sorted(set(given)))
    if any(type(number) is not int or not 0 <= number <= 6 for number in days):
        raise PolicyError(f"weekdays are numbers from 0, a Monday, to 6, got {list(days)}; no step was made")
    return days


def _action(given: str | ActionKind) -> ActionKind:
    kind = member(ActionKind, given, not_done="nothing was loaded", error=PolicyError)
    if kind not in STEP_ACTIONS:
        allowed = ", ".join(repr(action.value) for action in STEP_ACTIONS)
        raise PolicyError(f"a step's action is one of {allowed}, got {kind.value!r}; no step was made")
    return kind


def _catch_up(given: str | CatchUp) -> CatchUp:
    return member(CatchUp, given, not_done="nothing was loaded", error=PolicyError)


WHILE_OUT: Final = ("rest", "house", "handler")
"""What becomes of a contact while somebody who collects in their own name has the account."""


@attrs.frozen
class Step:
    """
    One step of a treatment.

    Attributes:
        name: Letters, digits, ``-``, ``_`` and ``.``; at most 64. A step is known by its name through all versions.
        trigger: When it is due.
        action: What it does.
        when: Guard: the step waits until this certainly holds; None: always.
        channel: For a contact: ``sms``, ``email``, ``phone``, ``letter`` …
        template: Key of the message template; empty for a call or a visit.
        purpose: ``reminder``, ``notice`` …
        audience: ``consumer``, or ``agent`` for a task.
        content: Disclosures the message carries, in the words of the rule packs.
        repeat_every_days: Days from one firing to the next within a cycle; None: it fires once.
        repeats_max: How often it fires in one cycle at most, the first time included.
        catch_up: What becomes of it after a gap; reminders coalesce, what waits for an event is skipped, everything else is replayed.
        skip_after_days: For ``skip``: it may fire so many days after its day, inclusive, and no later; `SKIP_EVENTS_AFTER` for events.
        local_time: For a contact: not before this time of day at every place where the person may plausibly be; None: at any time.
        weekdays: For a contact: only on these local weekdays, 0 (Monday) to 6; empty: on any.
        among: Steps of one such name that are due for a person together are candidates of which one is chosen; empty: it is not chosen
            among others.
        limit_bp: For ``cut_limit``: the share of the purchase limit that is left, in basis points.
        while_out: For a contact, while somebody who collects in their own name has the account: ``rest``: it waits, for they make
            contact; ``house``: it is made by us and in our name all the same; ``handler``: it is made by them, in their role. A
            reminder rests and what is no reminder is made by us when nothing is said.

    Raises:
        PolicyError: The parts contradict each other.
    """

    name: str = attrs.field(validator=_NAME)
    trigger: Trigger
    action: ActionKind = attrs.field(default=ActionKind.CONTACT, converter=_action)
    when: Expression | None = attrs.field(default=None, kw_only=True)
    channel: str = attrs.field(default="", kw_only=True)
    template: str = attrs.field(default="", kw_only=True)
    purpose: str = attrs.field(default="reminder", kw_only=True)
    audience: str = attrs.field(kw_only=True)
    content: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=tuple)
    repeat_every_days: int | None = attrs.field(default=None, kw_only=True, validator=attrs.validators.optional(not_negative))
    repeats_max: int = attrs.field(default=1, kw_only=True, validator=not_negative)
    catch_up: CatchUp = attrs.field(kw_only=True, converter=_catch_up)
    skip_after_days: int = attrs.field(kw_only=True, validator=not_negative)
    local_time: time | None = attrs.field(default=None, kw_only=True)
    weekdays: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=_weekdays)
    among: str = attrs.field(default="", kw_only=True)
    limit_bp: int | None = attrs.field(default=None, kw_only=True, validator=attrs.validators.optional(not_negative))
    while_out: str = attrs.field(kw_only=True, validator=one_of(*WHILE_OUT, not_done="nothing was loaded", error=PolicyError))
    _guard: Callable[[Mapping[str, object]], bool] | None = attrs.field(init=False, eq=False, repr=False)

    @audience.default
    def _audience(self) -> str:
        return "agent" if self.action is ActionKind.AGENT_TASK else "consumer"

    @catch_up.default
    def _usual_catch_up(self) -> CatchUp:
        if isinstance(self.trigger, Happened):
            return CatchUp.SKIP
        return CatchUp.COALESCE if self.is_reminder and not isinstance(self.trigger, PromiseBroken) else CatchUp.REPLAY

    @skip_after_days.default
    def _usual_skip(self) -> int:
        return SKIP_EVENTS_AFTER if isinstance(self.trigger, Happened) else 0

    @while_out.default
    def _usual_while_out(self) -> str:
        return "rest" if self.is_reminder else "house"

    @_guard.default
    def _compiled(self) -> Callable[[Mapping[str, object]], bool] | None:
        return compile_condition(self.when, "mapping") if self.when is not None else None

    def __attrs_post_init__(self) -> None:
        fault = next(_faults(self), None)
        if fault is not None:
            raise PolicyError(f"step {self.name!r} {fault}; nothing was loaded")

    @property
    def is_reminder(self) -> bool:
        """Whether it is a contact that nobody is obliged to make."""
        return self.action is ActionKind.CONTACT and self.purpose == "reminder"

    @property
    def coalesces(self) -> bool:
        """Whether a later contact stands for this one."""
        return self.catch_up is CatchUp.COALESCE

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Tell whether the guard lets an account with these facts through, as `collectkit.segments.view` gives them."""
        return self._guard is None or self._guard(facts)


def _faults(step: Step) -> Iterator[str]:
    if (step.action is ActionKind.CONTACT) != bool(step.channel):
        yield "names a channel exactly when it is a contact"
    if (step.action is ActionKind.AGENT_TASK) != (step.audience == "agent") or step.audience not in ("agent", "consumer"):
        yield f"has the audience 'agent' for an agent task and 'consumer' for all else, got {step.audience!r}"
    if step.catch_up is CatchUp.COALESCE and (step.action in NEVER_COALESCED or isinstance(step.trigger, PromiseBroken | Happened)):
        yield "has an effect of its own and cannot coalesce; use replay, or skip with skip_after_days"
    if step.repeats_max < 1 or (step.repeat_every_days is None) != (step.repeats_max == 1) or step.repeat_every_days == 0:
        yield "repeats with repeat_every_days of at least 1 and repeats_max of at least 2 together, or not at all"
    if isinstance(step.trigger, PromiseBroken | Happened | Cured) and step.repeats_max > 1:
        yield f"is triggered by {step.trigger} and fires once for each, so that it cannot repeat"
    if isinstance(step.trigger, Cured) != (step.action is ActionKind.THAW_PURCHASES):
        yield "thaws purchases exactly when its trigger is the cure"
    if (step.local_time is not None or step.weekdays or step.among) and step.action is not ActionKind.CONTACT:
        yield "has a time of day, weekdays or a choice among others only when it is a contact"
    if (step.limit_bp is None) != (step.action is not ActionKind.CUT_LIMIT) or not 0 <= (step.limit_bp or 0) < 10_000:
        yield "names limit_bp, of 0 to 9,999 basis points, exactly when it cuts the limit"
