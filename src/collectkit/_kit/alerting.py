"""Alerts for whoever works accounts: the list of them, and what a person does with one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.proposing import alerts_stream
from collectkit._kit.remembering import Remembering
from collectkit.alerts import Alert, AlertMoved, AlertMoving, alerts_of, complete, snooze
from collectkit.errors import RefusedError
from collectkit.identifiers import AccountId
from collectkit.refusals import Refusal
from collectkit.standing import Standing
from collectkit.storage.store import Unit

READER: Final = "alerts"
"""Reads each stream of alerts to its end when none of its alerts is live any more, so that those behind are the open ones."""

_PREFIX: Final = alerts_stream("")
_PAGE: Final = 500


@attrs.frozen
class AlertWork:
    """
    An alert on somebody's list of work.

    Attributes:
        alert: The alert.
        text: What is to be done, as its rule says; empty when the policy no longer has the rule.
        standing: The account.
    """

    alert: Alert
    text: str
    standing: Standing


@decided_again
class Alerting(Remembering):
    """What a person sees of alerts and does with them; nights raise them."""

    def alerts(self, *, as_of: date, owner: str = "") -> list[AlertWork]:
        """
        Return the alerts that wait for somebody on a business date, the most pressing first.

        By the day on which they are due, then in the order of the policy, then by account. One that is snoozed is not among them
        before its day.

        Args:
            as_of: The business date.
            owner: Whose; empty for everybody's.
        """
        order = {rule.name: number for number, rule in enumerate(self.policy.alerts.rules)}
        found, after, on = list[AlertWork](), _PREFIX, self._on(as_of)
        while after.startswith(_PREFIX):
            with self._view() as unit:
                streams = [row.stream for row in unit.behind(READER, after=after, limit=_PAGE)]
                for stream in streams:
                    if stream.startswith(_PREFIX):
                        found += self._shown(unit, stream, on, owner)
            after = streams[-1] if len(streams) == _PAGE else ""
        return sorted(found, key=lambda work: (work.alert.due_on, order.get(work.alert.rule, len(order)), work.alert.account))

    def account_alerts(self, account: str) -> tuple[Alert, ...]:
        """Return every alert that an account ever had, whatever became of it, in the order in which they were raised."""
        with self._view() as unit:
            return self._alerts(unit, account)

    def try_snooze_alert(self, account: str, alert: str, *, until: date, reason: str, at: datetime) -> AlertMoving:
        """Put an alert off until a day ahead, or return why not."""
        on = self.business_date(at)
        with self._unit() as unit:
            known = self._alerts(unit, account)
            return self._move(unit, account, snooze(known, alert, until=until, on=on, by=self.actor, reason=reason), at)

    def snooze_alert(self, account: str, alert: str, *, until: date, reason: str, at: datetime) -> AlertMoved:
        """
        Put an alert off until a day ahead.

        Raises:
            RefusedError: There is no such alert, it was dealt with, or the day is not ahead; nothing was changed.
        """
        return _done(self.try_snooze_alert(account, alert, until=until, reason=reason, at=at))

    def try_complete_alert(self, account: str, alert: str, *, reason: str, at: datetime) -> AlertMoving:
        """Say that an alert was dealt with, or return why not."""
        on = self.business_date(at)
        with self._unit() as unit:
            known = self._alerts(unit, account)
            return self._move(unit, account, complete(known, alert, on=on, by=self.actor, reason=reason), at)

    def complete_alert(self, account: str, alert: str, *, reason: str, at: datetime) -> AlertMoved:
        """
        Say that an alert was dealt with.

        Raises:
            RefusedError: There is no such alert, or it was dealt with already; nothing was changed.
        """
        return _done(self.try_complete_alert(account, alert, reason=reason, at=at))

    def _alerts(self, unit: Unit, account: str) -> tuple[Alert, ...]:
        return alerts_of(unit.bodies(alerts_stream(self._load(unit, account).id)))

    def _move(self, unit: Unit, account: str, moved: AlertMoving, at: datetime) -> AlertMoving:
        if isinstance(moved, AlertMoved):
            stream = alerts_stream(account)
            version = unit.version(stream)
            unit.append(self._context(at, f"{moved.to.value}-alert/{moved.alert}/{version}"), {stream: (version, [moved])})
            settle_alerts(unit, AccountId(account))
        return moved

    def _shown(self, unit: Unit, stream: str, on: date, owner: str) -> list[AlertWork]:
        shown = [alert for alert in alerts_of(unit.bodies(stream)) if alert.shown(on) and owner in ("", alert.owner)]
        if not shown:
            return []
        standing = self._standing(unit, shown[0].account, on)
        texts = {rule.name: rule.text for rule in self.policy.alerts.rules}
        return [AlertWork(alert, texts.get(alert.rule, ""), standing) for alert in shown]


def settle_alerts(unit: Unit, account: AccountId) -> None:
    """Take an account off the list of open alerts when it has none any more."""
    stream = alerts_stream(account)
    if not any(alert.live for alert in alerts_of(unit.bodies(stream))):
        unit.advance(READER, [(stream, unit.version(stream))])


def _done(moved: AlertMoving) -> AlertMoved:
    if isinstance(moved, Refusal):
        raise RefusedError(moved)
    return moved
