"""The treatment of one book: ordered steps in one version, and what stops them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import attrs

from collectkit.actions import ActionKind
from collectkit.delinquency import BNPL, Buckets
from collectkit.errors import PolicyError
from collectkit.holds import EFFECTS, Effect, HoldKind
from collectkit.rules import Expression, compile_condition
from collectkit.rules.expression import Aggregate
from collectkit.treatment.resuming import Resume, check_resume
from collectkit.treatment.steps import Step
from collectkit.treatment.triggers import AfterStep, BucketEntry, Cured, DueOffset, Happened, PromiseOffset, Trigger, not_negative

_TALK = frozenset({Effect.CONTACT, Effect.CONTACT_LIMITED})
STOPPED_BY: Mapping[ActionKind, frozenset[Effect]] = {
    ActionKind.CONTACT: _TALK,
    ActionKind.AGENT_TASK: _TALK,
    ActionKind.CHARGE_FEE: frozenset({Effect.FEES}),
    ActionKind.PLACE: frozenset({Effect.PLACEMENT}),
    # While the operational clock stands, nobody becomes later than they were.
    ActionKind.FREEZE_PURCHASES: frozenset({Effect.CLOCK}),
    ActionKind.CUT_LIMIT: frozenset({Effect.CLOCK}),
    ActionKind.THAW_PURCHASES: frozenset(),
}
"""Which effects of a hold stop which action; nothing stops a thaw."""

RESTRICTING = frozenset({ActionKind.FREEZE_PURCHASES, ActionKind.CUT_LIMIT})
"""Acts that keep a person from buying, until they are thawed."""


@attrs.frozen
class TreatmentPolicy:
    """
    Ordered steps, in one version that never changes.

    Attributes:
        name: Its name.
        version: Recorded with each step that fires.
        steps: In the order in which they are proposed on one day.
        stop_when: While this certainly holds, no step fires but a thaw; None: nothing but holds, promises and the end of
            the account stops them.
        effects: What each kind of hold stops.
        buckets: The bands of lateness that steps name.
        resume: How it goes on after a cause that made it stand still, by cause (`collectkit.treatment.resuming.CAUSES`); a cause
            that is not named re-enters by the operational clock.
        quiet_days: Weekdays, 0 (Monday) to 6, on which no reminder goes out: one before a date goes out earlier, any other later.
        payment_pause_days: For so many days after a payment no reminder goes out, the day of the payment being the first.
        steps_by_name: The same steps, by name.
        waits: The same steps, each with its day past due where it waits for no more than that day, else with None.

    Raises:
        PolicyError: Two steps of one name, a step after an unknown one or in a circle, a freeze that nothing thaws, a band or a
            cause that there is not, or no day that is not quiet.
    """

    name: str
    version: str
    steps: tuple[Step, ...] = attrs.field(converter=tuple[Step, ...])
    stop_when: Expression | None = attrs.field(default=None, kw_only=True)
    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, kw_only=True, hash=False, repr=False)
    buckets: Buckets = attrs.field(default=BNPL, kw_only=True, repr=False)
    resume: Mapping[str, Resume] = attrs.field(factory=dict, kw_only=True, hash=False)
    quiet_days: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=tuple[int, ...])
    payment_pause_days: int = attrs.field(default=0, kw_only=True, validator=not_negative)
    _stopped: Callable[[Mapping[str, object]], bool] | None = attrs.field(init=False, eq=False, repr=False)
    steps_by_name: Mapping[str, Step] = attrs.field(init=False, eq=False, repr=False)
    _roots: Mapping[str, tuple[Trigger, int]] = attrs.field(init=False, eq=False, repr=False)
    waits: tuple[tuple[Step, int | None], ...] = attrs.field(init=False, eq=False, repr=False)
    aggregates: tuple[Aggregate, ...] = attrs.field(init=False, eq=False, repr=False)

    @waits.default
    def _waiting(self) -> tuple[tuple[Step, int | None], ...]:
        """Each step with its day of the lateness where it waits for nothing else, and None where it does."""
        return tuple((step, self.rank(step) if _waits_for_lateness(step.trigger) else None) for step in self.steps)

    @aggregates.default
    def _asked(self) -> tuple[Aggregate, ...]:
        conditions = [self.stop_when, *(step.when for step in self.steps)]
        return tuple(dict.fromkeys(figure for condition in conditions if condition is not None for figure in condition.aggregates))

    @_stopped.default
    def _compiled(self) -> Callable[[Mapping[str, object]], bool] | None:
        return compile_condition(self.stop_when, "mapping") if self.stop_when is not None else None

    @steps_by_name.default
    def _named(self) -> Mapping[str, Step]:
        twice = [name for name, count in Counter(step.name for step in self.steps).items() if count > 1]
        if twice:
            raise PolicyError(f"each step stands once in treatment {self.name!r}, {twice[0]!r} came twice; nothing was loaded")
        return {step.name: step for step in self.steps}

    @_roots.default
    def _rooted(self) -> Mapping[str, tuple[Trigger, int]]:
        return {step.name: self._root(step) for step in self.steps}

    def __attrs_post_init__(self) -> None:
        actions = {step.action for step in self.steps}
        if actions & RESTRICTING and ActionKind.THAW_PURCHASES not in actions:
            raise PolicyError(
                f"treatment {self.name!r} freezes purchases and never thaws them: add a step with the trigger cured and the action "
                "thaw_purchases; nothing was loaded"
            )
        check_resume(self.resume)
        if not set(self.quiet_days) < set(range(7)):
            raise PolicyError(
                f"quiet days are weekdays from 0, a Monday, to 6, and not all of them, got {self.quiet_days}; nothing was loaded"
            )

    def _root(self, step: Step) -> tuple[Trigger, int]:
        days, passed, trigger = 0, [step.name], step.trigger
        while isinstance(trigger, AfterStep):
            before = self.steps_by_name.get(trigger.step)
            if before is None:
                known = ", ".join(self.steps_by_name)
                raise PolicyError(f"step {passed[-1]!r} comes after {trigger.step!r}, known are {known}; nothing was loaded")
            if before.name in passed:
                raise PolicyError(f"steps wait for each other in a circle: {', '.join([*passed, before.name])}; nothing was loaded")
            if isinstance(before.trigger, Cured):
                raise PolicyError(f"nothing follows a cure, but step {passed[-1]!r} comes after {before.name!r}; nothing was loaded")
            days, trigger = days + trigger.days, before.trigger
            passed.append(before.name)
        return trigger, days + self._first_day(trigger, step)

    def _first_day(self, trigger: Trigger, step: Step) -> int:
        match trigger:
            case BucketEntry(bucket, days):
                return self.entry_day(bucket, step.name) + days
            case DueOffset(days) | PromiseOffset(days) | Happened(_, days):
                return days
            case _:
                return 0

    def entry_day(self, bucket: str, step: str = "") -> int:
        """Return the first day past due of a band."""
        if bucket not in self.buckets.names[1:]:
            known = ", ".join(self.buckets.names[1:])
            raise PolicyError(f"step {step!r} waits for the band {bucket!r}, bands of lateness are {known}; nothing was loaded")
        return self.buckets.starts[self.buckets.names.index(bucket) - 1]

    @property
    def asks_for_the_past(self) -> bool:
        """Whether what happened before is to be told to it, see `collectkit.treatment.Past`."""
        waits = any(isinstance(s.trigger, Happened) or (isinstance(s.trigger, AfterStep) and s.trigger.delivered) for s in self.steps)
        return bool(waits or self.aggregates or any(rule not in (Resume.RE_ENTER, Resume.BY_DATES) for rule in self.resume.values()))

    def is_quiet(self, step: Step, weekday: int) -> bool:
        """Tell whether a step may not fire on a weekday."""
        return weekday in self.quiet_days and step.is_reminder

    def root(self, step: Step) -> Trigger:
        """Return the trigger that starts the chain in which *step* stands."""
        return self._roots[step.name][0]

    def rank(self, step: Step) -> int:
        """Return the day of *step* counted from the day its chain counts from, if every run takes place."""
        return self._roots[step.name][1]

    def stopped(self, facts: Mapping[str, object]) -> bool:
        """Tell whether the stop rule certainly holds for an account with these facts."""
        return self._stopped is not None and self._stopped(facts)


def _waits_for_lateness(trigger: Trigger) -> bool:
    return isinstance(trigger, BucketEntry) or (isinstance(trigger, DueOffset) and trigger.days >= 0)
