from __future__ import annotations

import logging
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import Kit, Money, Note, Payment, Reversal
from collectkit.errors import UnknownIdError, ValidationError
from collectkit.servicing.health import Health


@pytest.fixture(scope="module")
def sdk() -> tuple[InMemoryMetricReader, InMemorySpanExporter]:
    """A host's SDK that keeps everything."""
    reader, spans = InMemoryMetricReader(), InMemorySpanExporter()
    metrics.set_meter_provider(MeterProvider([reader]))
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    return reader, spans


def live(kit: Kit) -> None:
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    kit.post(Payment("p-1", account="a-1", amount=Money(100, "USD"), value_on=TODAY), at=NOW)
    kit.post(Payment("p-1", account="a-1", amount=Money(100, "USD"), value_on=TODAY), at=NOW)
    kit.try_post(Payment("p-1", account="a-1", amount=Money(200, "USD"), value_on=TODAY), at=NOW)
    with pytest.raises(UnknownIdError):
        kit.note(Note("n-1", account="a-9", text="Canary text"), at=NOW)


class TestOpenTelemetry:
    def test_every_command_is_one_span_and_is_counted(self, sdk: tuple[InMemoryMetricReader, InMemorySpanExporter], tmp_path: Path) -> None:
        """
        By name and outcome; neither spans nor figures hold a value, and what a kit does inside a command is not counted again.
        """
        reader, spans = sdk
        with Kit.open(f"sqlite:///{tmp_path}/book.db", actor="tests", settings={"telemetry": "opentelemetry"}) as kit:
            live(kit)
            kit.run_night(as_of=TODAY, at=NOW)
            health = kit.health(at=NOW)

        finished = spans.get_finished_spans()
        told = [(span.name, (span.attributes or {})["collectkit.outcome"]) for span in finished]
        expected = [
            ("collectkit.register", "done"),
            ("collectkit.open_account", "done"),
            ("collectkit.post", "done"),
            ("collectkit.post", "already"),
            ("collectkit.post", "refused:id_reused"),
            ("collectkit.note", "error:unknown-id"),
            ("collectkit.run_night", "done"),
        ]
        assert expected == told
        data = reader.get_metrics_data()
        assert data is not None
        held = {metric.name: metric for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics}
        assert 7 == sum(point.value for point in held["collectkit.commands"].data.data_points)  # type: ignore[union-attr]
        assert {health.planned} == {point.value for point in held["collectkit.planned"].data.data_points}  # type: ignore[union-attr]
        everything = f"{data.to_json()}{[span.to_json() for span in finished]}"
        assert "anary" not in everything
        assert "Test Consumer" not in everything

    def test_another_word_is_refused(self) -> None:
        """
        With what is allowed.
        """
        with pytest.raises(ValidationError, match="'opentelemetry' or left out"):
            Kit.open("memory://", actor="tests", settings={"telemetry": "statsd"})


class TestLogging:
    def test_one_line_for_each_command(self, kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
        """
        With its outcome, as text and as fields; errors are warnings, and no line holds a value.
        """
        with caplog.at_level(logging.DEBUG, logger="collectkit"):
            live(kit)
        lines = [(record.levelname, record.collectkit_command, record.collectkit_outcome) for record in caplog.records]  # type: ignore[attr-defined]
        assert ("DEBUG", "post", "refused:id_reused") in lines
        assert ("WARNING", "note", "error:unknown-id") in lines
        assert 6 == len(lines)
        assert "anary" not in caplog.text
        assert "tenant='default' actor='tests' command='register' outcome='done' ms=" in caplog.text

    def test_an_id_cannot_forge_a_line(self, kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
        """
        Whatever an actor is called.
        """
        forged = Kit(kit.parts, actor="ann\u2028outcome='done'\x1b[31m")
        with caplog.at_level(logging.DEBUG, logger="collectkit"):
            forged.register(consumer(), at=NOW)
        (record,) = caplog.records
        assert 1 == len(record.getMessage().splitlines())
        assert record.getMessage().isascii()

    def test_nobody_who_does_not_listen_pays(self, kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
        """
        Without a listener nothing is written.
        """
        live(kit)
        assert [] == [record for record in caplog.records if record.name == "collectkit" and record.levelno < logging.WARNING]


class TestHealth:
    def test_figures_of_a_book(self, kit: Kit) -> None:
        """
        What waits, since when, the last night, and what no head covers.
        """
        assert Health(0, 0, 0.0, 0, 0, {}, 0, None, 0) == kit.health(at=NOW)
        kit.register(consumer(), at=NOW)
        kit.open_account(account(), at=NOW)
        kit.run_night(as_of=TODAY, at=NOW)
        later = NOW + timedelta(days=3)
        health = kit.health(at=later)
        assert (TODAY, 0, 0) == (health.last_night, health.unknown, health.quarantined)
        assert health.planned == health.overdue >= 1
        assert health.oldest_seconds > 86_400
        assert health.exposed > 0
        kit.seal(at=NOW)
        assert 0 == kit.health(at=later).exposed

    def test_problems_are_named(self) -> None:
        """
        And a book that is well has none.
        """
        well = Health(3, 0, 0.0, 0, 0, {}, 0, TODAY, 0)
        assert [] == well.problems(on=TODAY + timedelta(days=1))
        ill = attrs.evolve(well, overdue=3, oldest_seconds=7200.0, unknown=2, quarantined=1, exposed=5000, last_night=date(2026, 10, 1))
        assert 5 == len(ill.problems(on=TODAY))
        assert "the oldest for 2.0 hours" in ill.problems(on=TODAY)[0]


def test_a_reversal_is_a_command_too(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    """
    Whichever part of the kit a command comes from.
    """
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    with caplog.at_level(logging.DEBUG, logger="collectkit"):
        kit.reverse(Reversal("r-1", account="a-1", payment="p-9", value_on=TODAY, reason="failed"), at=NOW)
    assert ["reverse"] == [record.collectkit_command for record in caplog.records]  # type: ignore[attr-defined]
