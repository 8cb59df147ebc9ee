"""The tables about what is done when: steps, what stops them, and how a treatment goes on after it stood still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from collectkit.delinquency import BNPL, Buckets
from collectkit.history import HAPPENINGS
from collectkit.policy._kinds import Clause, Day, Several, Text, TimeOfDay, Whole
from collectkit.policy._shapes import Key, Many, Shape
from collectkit.policy.model import content_digest
from collectkit.rules import Expression
from collectkit.treatment import (
    CAUSES,
    AfterStep,
    BucketEntry,
    CatchUp,
    Cured,
    DueOffset,
    Happened,
    OnDate,
    PromiseBroken,
    PromiseOffset,
    Resume,
    Step,
    TreatmentPolicy,
    Trigger,
)
from collectkit.treatment.steps import STEP_ACTIONS, WEEKDAYS, WHILE_OUT

CHANNELS = ("sms", "email", "app_push", "phone", "letter", "in_person")
"""Usual channels, in the words of the rule packs; a plugin may bring others."""

_CURED = "cured"
_LATE_PROMISE = "promise_broken"
_EVENTS = (_LATE_PROMISE, _CURED, *(kind for kind in HAPPENINGS if kind != _LATE_PROMISE))
_TRIGGERS = ("day", "bucket", "after", "after_delivery", "promise_day", "on", "date")
_OFFSETS = {"bucket": "bucket_days", "after": "after_days", "after_delivery": "after_days", "on": "on_days"}


def _trigger(given: Mapping[str, object]) -> Trigger:
    """Return the trigger that a step's keys name, exactly one of them."""
    named = [key for key in _TRIGGERS if given.get(key) is not None]
    if len(named) != 1:
        raise ValueError(f"a step is due by exactly one of {', '.join(_TRIGGERS)}, got {', '.join(named) or 'none'}")
    offset = _OFFSETS.get(named[0])
    for other in dict.fromkeys(_OFFSETS.values()):
        if other != offset and given.get(other) is not None:
            keys = " or ".join(f"`{key}`" for key, name in _OFFSETS.items() if name == other)
            raise ValueError(f"{other} belongs to a step with {keys}")
    value, days = given[named[0]], given.get(offset) if offset is not None else None
    make: Mapping[str, Callable[[], Trigger]] = {
        "day": lambda: DueOffset(_int(value)),
        "bucket": lambda: BucketEntry(str(value), _int(days)),
        "after": lambda: AfterStep(str(value), _int(days)),
        "after_delivery": lambda: AfterStep(str(value), _int(days), delivered=True),
        "promise_day": lambda: PromiseOffset(_int(value)),
        "on": lambda: _event(str(value), days),
        "date": lambda: OnDate(_date(value)),
    }
    return make[named[0]]()


def _event(name: str, days: object) -> Trigger:
    if name in (_LATE_PROMISE, _CURED):
        if days is not None:
            raise ValueError(f"a step on {name} is due on the day itself, without on_days")
        return PromiseBroken() if name == _LATE_PROMISE else Cured()
    return Happened(name, _int(days))


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _date(value: object) -> date:
    assert isinstance(value, date)
    return value


def _step(name: str, weekdays: tuple[str, ...] = (), **values: object) -> Step:
    keys = {key: values.pop(key, None) for key in (*_TRIGGERS, *dict.fromkeys(_OFFSETS.values()))}
    make: Callable[..., Step] = Step
    return make(name, _trigger(keys), weekdays=numbers_of(weekdays), **values)


def numbers_of(weekdays: tuple[str, ...]) -> tuple[int, ...]:
    """Return weekdays by number, 0 for a Monday."""
    return tuple(WEEKDAYS.index(name) for name in weekdays)


CLAUSE = Clause(tuple(HAPPENINGS))
"""A condition that may ask for what happened before."""

STEP = Shape(
    _step,
    (
        Key("name", Text(), "A step is known by its name through all versions.", required=True),
        Key("day", Whole(None), "Due so many days past due; negative: before the next due date; 0: on it."),
        Key("bucket", Text(), "Due when the account comes into this band of [buckets], such as '31-60'."),
        Key("bucket_days", Whole(), "So many days after that."),
        Key("after", Text(), "Due after the step of this name fired in the same stretch of lateness."),
        Key("after_delivery", Text(), "Due after the message of the step of this name was shown to have arrived."),
        Key("after_days", Whole(), "So many days after that step, or that delivery."),
        Key("promise_day", Whole(None), "Due so many days from the due date of an open promise; negative: before it."),
        Key("on", Text(_EVENTS), "Due when this happens, once each time."),
        Key("on_days", Whole(), "So many days after it happened."),
        Key("date", Day(), "Due on this day, for every account that is open then."),
        Key("action", Text(tuple(kind.value for kind in STEP_ACTIONS)), "What it does; without it, a contact."),
        Key("when", CLAUSE, "Guard: the step waits until this certainly holds."),
        Key("channel", Text(CHANNELS), "For a contact: how."),
        Key("template", Text(), "Key of the message template; none for a call or a visit."),
        Key("purpose", Text(), "'reminder', 'notice' …; decides what happens after a doubt, and which rules reach it."),
        Key("content", Several(Text()), "Disclosures that the message carries, in the words of the rule packs."),
        Key("repeat_every_days", Whole(1), "Days from one firing to the next."),
        Key("repeats_max", Whole(1), "How often it fires at most, the first time included."),
        Key("catch_up", Text(tuple(way.value for way in CatchUp)), "What becomes of it after days without a run, or after a hold."),
        Key("skip_after_days", Whole(), "For catch_up = 'skip': it may fire so many days late and no later."),
        Key("local_time", TimeOfDay(), "For a contact: not before this time of day where the consumer is."),
        Key("weekdays", Several(Text(WEEKDAYS)), "For a contact: only on these weekdays where the consumer is."),
        Key("among", Text(), "Contacts of one such name that are due together are candidates; one is chosen."),
        Key("while_out", Text(WHILE_OUT), "What becomes of a contact while somebody who collects in their own name has the account."),
        Key("limit_bp", Whole(0, 9_999), "For cut_limit: what is left of the purchase limit, in basis points."),
    ),
    "One step: when it is due, and what it does.",
    label="name",
)


def _rules(**rules: str) -> dict[str, Resume]:
    return {cause: Resume(rule) for cause, rule in rules.items()}


RESUME = Shape(
    _rules,
    tuple(Key(cause, Text(tuple(rule.value for rule in Resume)), f"After {cause.replace('_', ' ')}.") for cause in CAUSES),
    "How the treatment goes on when what made it stand still is over; without a rule it re-enters by the operational clock.",
)


def treatment(name: str, buckets: Buckets = BNPL, *, named: bool = False) -> Shape:
    """Return the shape of the treatment *name*, or of one that is *named* in its table; its version is the digest of its content."""

    def make(
        step: tuple[Step, ...] = (),
        stop_when: Expression | None = None,
        resume: Mapping[str, Resume] | None = None,
        quiet_days: tuple[str, ...] = (),
        payment_pause_days: int = 0,
        name: str = name,
    ) -> TreatmentPolicy:
        banded = buckets if any(isinstance(one.trigger, BucketEntry) for one in step) else None
        said = (step, stop_when, resume or {}, quiet_days, payment_pause_days, banded)
        built: Callable[..., TreatmentPolicy] = TreatmentPolicy
        return built(
            name,
            f"{name}@{content_digest(said)}",
            step,
            stop_when=stop_when,
            buckets=buckets,
            resume=resume or {},
            quiet_days=numbers_of(quiet_days),
            payment_pause_days=payment_pause_days,
        )

    own = (Key("name", Text(), "Its name, which arms of experiments give.", required=True),) if named else ()
    return Shape(
        make,
        (
            *own,
            Key("step", Many(STEP), "The steps, in the order in which they are proposed on one day.", required=True),
            Key("stop_when", CLAUSE, "While this certainly holds, no step fires but a thaw."),
            Key("resume", RESUME, RESUME.about),
            Key("quiet_days", Several(Text(WEEKDAYS)), "Weekdays without reminders: one before a date goes out earlier, the rest later."),
            Key("payment_pause_days", Whole(), "For so many days after a payment no reminder goes out."),
        ),
        "What is done when.",
        label="name" if named else "",
    )
