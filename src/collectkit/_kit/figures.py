"""Metrics and traces of a kit, given to OpenTelemetry; what becomes of them there is the affair of the host's SDK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from collectkit.errors import MissingExtraError
from collectkit.servicing.health import Health
from collectkit.servicing.night_report import NightReport

_GAUGES = (
    ("planned", "1", "Contacts that wait for their hand-over"),
    ("overdue", "1", "Contacts whose time has come"),
    ("oldest_seconds", "s", "How long the oldest contact has been due"),
    ("under_way", "1", "Contacts that are reserved or being handed over"),
    ("unknown", "1", "Contacts of which nobody knows whether they were made"),
    ("quarantined", "1", "Accounts that nights could not work"),
    ("night_accounts", "1", "Accounts that the night under way has worked so far"),
    ("exposed", "1", "Events that no head covers yet"),
)


class Telemetry:
    """
    Metrics and traces of one kit.

    Raises:
        MissingExtraError: The extra ``otel`` is not installed.
    """

    def __init__(self) -> None:
        try:
            from opentelemetry import metrics, trace
        except ImportError as error:
            raise MissingExtraError("telemetry", "otel") from error
        self._tracer = trace.get_tracer("collectkit")
        meter = metrics.get_meter("collectkit")
        self._commands = meter.create_counter("collectkit.commands", unit="1", description="Commands by name and outcome")
        self._gauges = {name: meter.create_gauge(f"collectkit.{name}", unit=unit, description=what) for name, unit, what in _GAUGES}
        self._refused = meter.create_gauge("collectkit.refused", unit="1", description="Contacts given up because of a rule")
        self._silenced = meter.create_gauge("collectkit.silenced", unit="1", description="Parts of plugins that are called no more")
        self._refusals = meter.create_counter("collectkit.refusals", unit="1", description="Contacts that a night did not plan, by rule")
        self._seconds = meter.create_histogram("collectkit.command.duration", unit="s", description="How long commands take")

    @contextmanager
    def span(self, command: str, tenant: str) -> Iterator[None]:
        """Trace one command; what it raises is not written into the span, for a text may name a value."""
        with self._tracer.start_as_current_span(
            f"collectkit.{command}", attributes={"collectkit.tenant": tenant}, record_exception=False, set_status_on_exception=False
        ):
            yield

    def count(self, command: str, outcome: str, seconds: float) -> None:
        """Count one command that came to an end."""
        from opentelemetry import trace

        told = {"command": command, "outcome": outcome}
        self._commands.add(1, told)
        self._seconds.record(seconds, told)
        trace.get_current_span().set_attribute("collectkit.outcome", outcome)

    def came_of(self, answer: object, tenant: str) -> None:
        """Count what a night refused, by rule; of other answers nothing."""
        if isinstance(answer, NightReport) and not answer.already_done:
            for rule, count in answer.refused.items():
                self._refusals.add(count, {"tenant": tenant, "rule": rule})

    def show(self, health: Health, tenant: str) -> None:
        """Set the gauges of a tenant to the figures of its book."""
        told = {"tenant": tenant}
        for name, gauge in self._gauges.items():
            gauge.set(getattr(health, name), told)
        self._silenced.set(len(health.silenced), told)
        for rule, count in health.refused.items():
            self._refused.set(count, {**told, "rule": rule})
