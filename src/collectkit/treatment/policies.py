"""The treatment of one book: ordered steps in one version, and what stops them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import attrs

from collectkit.actions import ActionKind
from collectkit.errors import PolicyError
from collectkit.holds import EFFECTS, Effect, HoldKind
from collectkit.rules import Expression, compile_condition
from collectkit.treatment.steps import AfterStep, Cured, DueOffset, PromiseOffset, Step, Trigger

_TALK = frozenset({Effect.CONTACT, Effect.CONTACT_LIMITED})
STOPPED_BY: Mapping[ActionKind, frozenset[Effect]] = {
    ActionKind.CONTACT: _TALK,
    ActionKind.AGENT_TASK: _TALK,
    ActionKind.CHARGE_FEE: frozenset({Effect.FEES}),
    ActionKind.PLACE: frozenset({Effect.PLACEMENT}),
    # While the operational clock stands, nobody becomes later than they were.
    ActionKind.FREEZE_PURCHASES: frozenset({Effect.CLOCK}),
    ActionKind.THAW_PURCHASES: frozenset(),
}
"""Which effects of a hold stop which action; nothing stops a thaw."""


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
        steps_by_name: The same steps, by name.

    Raises:
        PolicyError: Two steps of one name, a step after an unknown one or in a circle, or a freeze that nothing thaws.
    """

    name: str
    version: str
    steps: tuple[Step, ...] = attrs.field(converter=tuple)
    stop_when: Expression | None = attrs.field(default=None, kw_only=True)
    effects: Mapping[HoldKind, frozenset[Effect]] = attrs.field(default=EFFECTS, kw_only=True, hash=False, repr=False)
    _stopped: Callable[[Mapping[str, object]], bool] | None = attrs.field(init=False, eq=False, repr=False)
    steps_by_name: Mapping[str, Step] = attrs.field(init=False, eq=False, repr=False)
    _roots: Mapping[str, tuple[Trigger, int]] = attrs.field(init=False, eq=False, repr=False)

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
        if ActionKind.FREEZE_PURCHASES in actions and ActionKind.THAW_PURCHASES not in actions:
            raise PolicyError(
                f"treatment {self.name!r} freezes purchases and never thaws them: add a step with the trigger cured and the action "
                "thaw_purchases; nothing was loaded"
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
        return trigger, days + (trigger.days if isinstance(trigger, DueOffset | PromiseOffset) else 0)

    def root(self, step: Step) -> Trigger:
        """Return the trigger that starts the chain in which *step* stands."""
        return self._roots[step.name][0]

    def rank(self, step: Step) -> int:
        """Return the day of *step* counted from the day its chain counts from, if every run takes place."""
        return self._roots[step.name][1]

    def stopped(self, facts: Mapping[str, object]) -> bool:
        """Tell whether the stop rule certainly holds for an account with these facts."""
        return self._stopped is not None and self._stopped(facts)
