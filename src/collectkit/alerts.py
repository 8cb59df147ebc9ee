"""What the person on an account must be told: conditions over its history that raise an alert, and how an alert ends.

A rule is data: a condition in the language of segments and steps, which may count what happened. While it holds and nobody has
dealt with it, there is one alert of that rule on the account, with an owner and a day; one that is left lying goes to somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import ClassVar, TypeAlias

import attrs

from collectkit._checks import day, given, matching, member
from collectkit.errors import PolicyError
from collectkit.history import History
from collectkit.identifiers import AccountId
from collectkit.person import Consumer
from collectkit.refusals import Refusal
from collectkit.rules import Expression, compile_condition
from collectkit.rules.expression import Aggregate
from collectkit.segments import view
from collectkit.standing import Standing

__all__ = [
    "LIFECYCLE",
    "Alert",
    "AlertEvent",
    "AlertMoved",
    "AlertMoving",
    "AlertPolicy",
    "AlertRaised",
    "AlertReason",
    "AlertRule",
    "AlertState",
    "alerts_of",
    "alerts_tonight",
    "complete",
    "snooze",
]

_NAME = matching(
    r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    "at most 64 letters, digits, points, dashes and underscores",
    not_done="nothing was loaded",
    error=PolicyError,
)


class AlertState(Enum):
    """Where an alert stands."""

    OPEN = "open"
    SNOOZED = "snoozed"
    """Somebody said that it can wait until a day."""
    ESCALATED = "escalated"
    """Nobody dealt with it in time: it is somebody else's now."""
    COMPLETED = "completed"
    """Somebody dealt with it."""
    LAPSED = "lapsed"
    """What it was about is no longer so."""


def _state(given: str | AlertState) -> AlertState:
    return member(AlertState, given, "an alert is")


LIVE = frozenset({AlertState.OPEN, AlertState.SNOOZED, AlertState.ESCALATED})

LIFECYCLE: tuple[tuple[str, str, str, str], ...] = (
    ("", "its condition comes to hold", "open", "its owner has it from now on"),
    ("open", "somebody snoozes it", "snoozed", "it is not shown until its day"),
    ("escalated", "somebody snoozes it", "snoozed", "it is not shown until its day"),
    ("snoozed", "somebody snoozes it", "snoozed", "it is not shown until its day"),
    ("snoozed", "its day comes", "open", "it is due on that day"),
    ("open", "nobody deals with it in time", "escalated", "it goes to whom the rule names"),
    ("open", "somebody deals with it", "completed", "it is not raised again for as many days as the rule says"),
    ("snoozed", "somebody deals with it", "completed", "it is not raised again for as many days as the rule says"),
    ("escalated", "somebody deals with it", "completed", "it is not raised again for as many days as the rule says"),
    ("open", "its condition no longer holds", "lapsed", "it is raised again when the condition holds again"),
    ("snoozed", "its condition no longer holds", "lapsed", "it is raised again when the condition holds again"),
    ("escalated", "its condition no longer holds", "lapsed", "it is raised again when the condition holds again"),
)
"""Each row tells a state, what happens, the state after it and the effect; nothing moves in a way that does not stand here."""


class AlertReason(Enum):
    """Why an alert cannot be moved, in order of precedence."""

    UNKNOWN = "unknown"
    NOT_LIVE = "not_live"
    DAY_NOT_AHEAD = "day_not_ahead"


@attrs.frozen
class AlertRule:
    """
    When somebody must look at an account.

    Attributes:
        name: Its name.
        when: The condition.
        text: What is to be done, a sentence for whoever has the account.
        due_days: So many days after it was raised it is due.
        owner: Who has it; empty for whoever works the account.
        escalate_days: So many days after it was due it goes to *escalate_to*; None: it stays.
        escalate_to: Whose it then is.
        again_days: After it was dealt with it is not raised for so many days, while the condition still holds.
    """

    name: str = attrs.field(validator=_NAME)
    when: Expression
    text: str = attrs.field(validator=given)
    due_days: int = 0
    owner: str = ""
    escalate_days: int | None = None
    escalate_to: str = ""
    again_days: int = 7
    _holds: Callable[[Mapping[str, object]], bool] = attrs.field(init=False, eq=False, repr=False)

    @_holds.default
    def _compiled(self) -> Callable[[Mapping[str, object]], bool]:
        return compile_condition(self.when, "mapping")

    def __attrs_post_init__(self) -> None:
        numbers = (self.due_days, self.again_days, 0 if self.escalate_days is None else self.escalate_days)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise PolicyError(f"the days of alert {self.name!r} are whole numbers of at least 0, got {numbers}; nothing was loaded")
        if (self.escalate_days is None) != (not self.escalate_to):
            raise PolicyError(f"alert {self.name!r} names escalate_days and escalate_to together or not at all; nothing was loaded")

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Tell whether the condition certainly holds."""
        return self._holds(facts)


@attrs.frozen
class AlertPolicy:
    """
    The alerts of one policy.

    Attributes:
        rules: In order of precedence on a list of work.
        aggregates: What they ask of the history.

    Raises:
        PolicyError: Two rules of one name.
    """

    rules: tuple[AlertRule, ...] = attrs.field(default=(), converter=tuple[AlertRule, ...])
    aggregates: tuple[Aggregate, ...] = attrs.field(init=False, eq=False, repr=False)

    @aggregates.default
    def _asked(self) -> tuple[Aggregate, ...]:
        return tuple(dict.fromkeys(figure for rule in self.rules for figure in rule.when.aggregates))

    def __attrs_post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise PolicyError(f"each alert has a name of its own, got {', '.join(names)}; nothing was loaded")

    def rule(self, name: str) -> AlertRule | None:
        """Return the rule of that name."""
        return next((rule for rule in self.rules if rule.name == name), None)


@attrs.frozen
class AlertRaised:
    """
    Somebody must look at an account.

    Attributes:
        account: Which.
        rule: Name of the rule.
        on: Business date; rule and date name the alert.
        due_on: By when.
        owner: Whose it is; empty for nobody.
        why: The condition that holds, and what was seen.
    """

    TYPE: ClassVar[str] = "alert-raised/1"

    account: AccountId = attrs.field(converter=AccountId)
    rule: str
    on: date = attrs.field(validator=day)
    due_on: date = attrs.field(validator=day)
    owner: str = ""
    why: str = ""

    @property
    def id(self) -> str:
        """Return the id of the alert."""
        return f"{self.rule}/{self.on.isoformat()}"


@attrs.frozen
class AlertMoved:
    """
    An alert came into another state.

    Attributes:
        account: Of which account.
        alert: Id of the alert.
        to: The state.
        on: Business date.
        by: Who did it; empty for the night.
        until: For one that is snoozed: the day on which it is shown again.
        owner: For one that is escalated: whose it is now.
        reason: Why.
    """

    TYPE: ClassVar[str] = "alert-moved/1"

    account: AccountId = attrs.field(converter=AccountId)
    alert: str
    to: AlertState = attrs.field(converter=_state)
    on: date = attrs.field(validator=day)
    by: str = ""
    until: date | None = attrs.field(default=None, validator=attrs.validators.optional(day))
    owner: str = ""
    reason: str = ""


AlertEvent: TypeAlias = AlertRaised | AlertMoved
AlertMoving: TypeAlias = AlertMoved | Refusal[AlertReason]


@attrs.frozen
class Alert:
    """
    An alert as what was recorded of it left it.

    Attributes:
        id: Its id, within its account.
        account: Which account.
        rule: Name of the rule.
        state: Where it stands.
        raised_on: Since when.
        due_on: By when; after a snooze the day on which it is shown again.
        owner: Whose it is; empty for nobody.
        why: What raised it.
        moved_on: Day of its last move.
    """

    id: str
    account: AccountId
    rule: str
    state: AlertState
    raised_on: date
    due_on: date
    owner: str
    why: str
    moved_on: date

    @property
    def live(self) -> bool:
        """Whether somebody still must deal with it."""
        return self.state in LIVE

    def shown(self, on: date) -> bool:
        """Whether it is on the list of work of a day."""
        return self.live and (self.state is not AlertState.SNOOZED or self.due_on <= on)


def alerts_of(events: Iterable[object]) -> tuple[Alert, ...]:
    """Return the alerts of one account, in the order in which they were raised, from the events of its stream of alerts."""
    held: dict[str, Alert] = {}
    for event in events:
        if isinstance(event, AlertRaised):
            held[event.id] = Alert(
                event.id, event.account, event.rule, AlertState.OPEN, event.on, event.due_on, event.owner, event.why, event.on
            )
        elif isinstance(event, AlertMoved) and event.alert in held:
            before = held[event.alert]
            held[event.alert] = attrs.evolve(
                before,
                state=event.to,
                due_on=event.until or before.due_on,
                owner=event.owner or before.owner,
                moved_on=event.on,
            )
    return tuple(held.values())


def alerts_tonight(
    policy: AlertPolicy, standing: Standing, consumer: Consumer | None, history: History, alerts: Sequence[Alert]
) -> list[AlertEvent]:
    """
    Return what one night does to the alerts of an account: raises, wakes, escalates, lets lapse.

    Args:
        policy: The rules.
        standing: The account on the business date.
        consumer: Who owes it; None: unknown.
        history: What happened.
        alerts: Those that there are, whatever their state.
    """
    on, events = standing.as_of, list[AlertEvent]()
    facts = view(standing, consumer) | history.figures(policy.aggregates, on)
    done = standing.state in ("closed", "paid")
    for alert in alerts:
        if alert.live and (policy.rule(alert.rule) is None or done):
            events.append(AlertMoved(alert.account, alert.id, AlertState.LAPSED, on, reason="the account or the rule is no longer there"))
    for rule in policy.rules if not done else ():
        of_rule = [alert for alert in alerts if alert.rule == rule.name]
        live = next((alert for alert in of_rule if alert.live), None)
        if live is None and rule.holds(facts) and not _rests(rule, of_rule, on):
            seen = "; ".join(f"{name} is {facts[name]}" for name in sorted(rule.when.names))
            owner = rule.owner or standing.handler or ""
            events.append(AlertRaised(standing.account, rule.name, on, on + timedelta(days=rule.due_days), owner, f"{rule.when} ({seen})"))
        elif live is not None:
            events += _moved(live, rule, on, holds=rule.holds(facts))
    return events


def _rests(rule: AlertRule, alerts: Iterable[Alert], on: date) -> bool:
    """Whether one of the rule was dealt with so lately, or raised on this very day, that it is not raised again."""
    return any(
        alert.raised_on == on or (alert.state is AlertState.COMPLETED and on < alert.moved_on + timedelta(days=rule.again_days))
        for alert in alerts
    )


def _moved(alert: Alert, rule: AlertRule, on: date, *, holds: bool) -> list[AlertEvent]:
    if not holds:
        return [AlertMoved(alert.account, alert.id, AlertState.LAPSED, on, reason=f"no longer so: {rule.when}")]
    if alert.state is AlertState.SNOOZED:
        return [AlertMoved(alert.account, alert.id, AlertState.OPEN, on, reason="its day has come")] if alert.due_on <= on else []
    late = alert.state is AlertState.OPEN and rule.escalate_days is not None
    if late and on > alert.due_on + timedelta(days=rule.escalate_days or 0):
        why = f"due on {alert.due_on}, and nobody dealt with it"
        return [AlertMoved(alert.account, alert.id, AlertState.ESCALATED, on, owner=rule.escalate_to, reason=why)]
    return []


def snooze(alerts: Iterable[Alert], id: str, *, until: date, on: date, by: str, reason: str) -> AlertMoving:
    """Put an alert off until a day ahead."""
    found = _live(alerts, id)
    if isinstance(found, Refusal):
        return found
    if until <= on:
        return Refusal(AlertReason.DAY_NOT_AHEAD, f"an alert is put off to a day after {on}, got {until}", "nothing was changed")
    return AlertMoved(found.account, found.id, AlertState.SNOOZED, on, by, until, reason=reason)


def complete(alerts: Iterable[Alert], id: str, *, on: date, by: str, reason: str) -> AlertMoving:
    """Say that an alert was dealt with."""
    found = _live(alerts, id)
    return found if isinstance(found, Refusal) else AlertMoved(found.account, found.id, AlertState.COMPLETED, on, by, reason=reason)


def _live(alerts: Iterable[Alert], id: str) -> Alert | Refusal[AlertReason]:
    found = next((alert for alert in alerts if alert.id == id), None)
    if found is None:
        return Refusal(AlertReason.UNKNOWN, f"there is no alert {id!r}", "nothing was changed")
    if not found.live:
        return Refusal(AlertReason.NOT_LIVE, f"the alert is {found.state.value}", "nothing was changed")
    return found
