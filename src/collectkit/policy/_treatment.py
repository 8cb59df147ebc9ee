"""The table about what is done when: steps and what stops them."""

from __future__ import annotations

from collections.abc import Callable

from collectkit.policy._kinds import Clause, Several, Text, Whole
from collectkit.policy._shapes import Key, Many, Shape
from collectkit.policy.model import content_digest
from collectkit.rules import Expression
from collectkit.treatment import AfterStep, CatchUp, Cured, DueOffset, PromiseBroken, PromiseOffset, Step, TreatmentPolicy, Trigger
from collectkit.treatment.steps import STEP_ACTIONS

CHANNELS = ("sms", "email", "app_push", "phone", "letter", "in_person")
"""Usual channels, in the words of the rule packs; a plugin may bring others."""

_EVENTS: dict[str, Trigger] = {"promise_broken": PromiseBroken(), "cured": Cured()}
_TRIGGERS = ("day", "after", "promise_day", "on")


def _step(
    name: str,
    day: int | None = None,
    after: str | None = None,
    after_days: int | None = None,
    promise_day: int | None = None,
    on: str | None = None,
    **values: object,
) -> Step:
    given = [key for key, value in zip(_TRIGGERS, (day, after, promise_day, on), strict=True) if value is not None]
    if len(given) != 1:
        raise ValueError(f"a step is due by exactly one of {', '.join(_TRIGGERS)}, got {', '.join(given) or 'none'}")
    if after is None and after_days is not None:
        raise ValueError("after_days belongs to a step with `after`")
    trigger: Trigger
    if day is not None:
        trigger = DueOffset(day)
    elif after is not None:
        trigger = AfterStep(after, after_days or 0)
    else:
        trigger = PromiseOffset(promise_day) if promise_day is not None else _EVENTS[str(on)]
    make: Callable[..., Step] = Step
    return make(name, trigger, **values)


STEP = Shape(
    _step,
    (
        Key("name", Text(), "A step is known by its name through all versions.", required=True),
        Key("day", Whole(None), "Due so many days past due; negative: before the next due date; 0: on it."),
        Key("after", Text(), "Due after the step of this name fired in the same stretch of lateness."),
        Key("after_days", Whole(), "So many days after that step."),
        Key("promise_day", Whole(None), "Due so many days from the due date of an open promise; negative: before it."),
        Key("on", Text(tuple(_EVENTS)), "Due when this happens: a promise is broken, or nothing is late any more."),
        Key("action", Text(tuple(kind.value for kind in STEP_ACTIONS)), "What it does; without it, a contact."),
        Key("when", Clause(), "Guard: the step waits until this certainly holds."),
        Key("channel", Text(CHANNELS, extensible=True), "For a contact: how."),
        Key("template", Text(), "Key of the message template; none for a call or a visit."),
        Key("purpose", Text(), "'reminder', 'notice' …; decides what happens after a doubt, and which rules reach it."),
        Key("content", Several(Text()), "Disclosures that the message carries, in the words of the rule packs."),
        Key("repeat_every_days", Whole(1), "Days from one firing to the next."),
        Key("repeats_max", Whole(1), "How often it fires at most, the first time included."),
        Key("catch_up", Text(tuple(way.value for way in CatchUp)), "What becomes of it after days without a run, or after a hold."),
        Key("skip_after_days", Whole(), "For catch_up = 'skip': it may fire so many days late and no later."),
    ),
    "One step: when it is due, and what it does.",
    label="name",
)


def treatment(name: str) -> Shape:
    """Return the shape of the treatment of the policy *name*; its version is the digest of its content."""

    def make(step: tuple[Step, ...] = (), stop_when: Expression | None = None) -> TreatmentPolicy:
        version = content_digest((step, stop_when))
        built: Callable[..., TreatmentPolicy] = TreatmentPolicy
        return built(name, f"{name}@{version}", step, stop_when=stop_when)

    return Shape(
        make,
        (
            Key("step", Many(STEP), "The steps, in the order in which they are proposed on one day.", required=True),
            Key("stop_when", Clause(), "While this certainly holds, no step fires but a thaw."),
        ),
        "What is done when.",
    )
