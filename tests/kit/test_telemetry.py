from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
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
from tests.conftest import Asked
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import Kit, Money, Note, Payment, Reversal, Stop
from collectkit._kit.figures import Telemetry
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted
from collectkit.errors import IdentifierError, UnknownIdError, ValidationError
from collectkit.policy import load_policy
from collectkit.servicing.hand_work import HandWork
from collectkit.servicing.health import Health
from collectkit.storage.memory import MemoryStore
from collectkit.testing.faults import FaultyStore, Killed, StoreFault


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


def figures(reader: InMemoryMetricReader, tenant: str) -> dict[tuple[str, str], float]:
    """Return every figure of a tenant by name and rule."""
    data = reader.get_metrics_data()
    assert data is not None
    held = [metric for scope in data.resource_metrics[0].scope_metrics for metric in scope.metrics]
    return {
        (metric.name, str(point.attributes.get("rule", ""))): point.value  # type: ignore[union-attr]
        for metric in held
        for point in metric.data.data_points
        if (point.attributes or {}).get("tenant") == tenant
    }


def furnished() -> tuple[Kit, FaultyStore]:
    """A kit whose nights commit after each person, on a book with three of them, and its store."""
    policy = load_policy("us-bnpl")
    kit = Kit.open("memory://", policy=attrs.evolve(policy, night=attrs.evolve(policy.night, chunk_people=1)), actor="tests")
    store = FaultyStore(MemoryStore())
    kit = Kit(attrs.evolve(kit.parts, store=store), actor="tests")
    for number in range(3):
        kit.register(consumer(f"c-{number}"), at=NOW)
        kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
    return kit, store


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

    def test_figures_stand_by_tenant(self, sdk: tuple[InMemoryMetricReader, InMemorySpanExporter], tmp_path: Path) -> None:
        """
        Two kits of one process do not overwrite each other's.
        """
        reader, _ = sdk
        url, settings = f"sqlite:///{tmp_path}/book.db", {"telemetry": "opentelemetry"}
        with (
            Kit.open(url, actor="tests", tenant="north", settings=settings) as north,
            Kit.open(url, actor="tests", tenant="south", settings=settings) as south,
        ):
            north.register(consumer(), at=NOW)
            healths = {"north": north.health(at=NOW), "south": south.health(at=NOW)}
        data = reader.get_metrics_data()
        assert data is not None
        (exposed,) = [one for scope in data.resource_metrics[0].scope_metrics for one in scope.metrics if one.name == "collectkit.exposed"]
        told = {point.attributes["tenant"]: point.value for point in exposed.data.data_points}  # type: ignore[index, union-attr]
        assert {name: health.exposed for name, health in healths.items()} == {name: told[name] for name in healths}
        assert healths["north"].exposed > healths["south"].exposed

    def test_each_figure_has_its_gauge(self, sdk: tuple[InMemoryMetricReader, InMemorySpanExporter]) -> None:
        """
        The age of what waits, what is in doubt, what was refused by which rule, who is set aside, how far a night has come.
        """
        telemetry = Telemetry()
        telemetry.show(Health(1, 2, 3.5, 4, 5, {"us.quiet": 6, "us.cap": 10}, 7, TODAY, 8, TODAY, 9, ("driver sms", "rule acme")), "ill")

        expected: dict[tuple[str, str], float] = {
            ("collectkit.planned", ""): 1,
            ("collectkit.overdue", ""): 2,
            ("collectkit.oldest_seconds", ""): 3.5,
            ("collectkit.under_way", ""): 4,
            ("collectkit.unknown", ""): 5,
            ("collectkit.refused", "us.cap"): 10,
            ("collectkit.refused", "us.quiet"): 6,
            ("collectkit.quarantined", ""): 7,
            ("collectkit.exposed", ""): 8,
            ("collectkit.night_accounts", ""): 9,
            ("collectkit.silenced", ""): 2,
        }
        assert expected == figures(sdk[0], "ill")

    def test_what_a_night_refuses_is_counted_by_rule(self, sdk: tuple[InMemoryMetricReader, InMemorySpanExporter]) -> None:
        """
        Once: the same night again refuses nothing anew.
        """
        settings = {"telemetry": "opentelemetry"}
        with Kit.open("memory://", actor="tests", tenant="refusing", settings=settings) as kit:
            for number in range(3):
                kit.register(consumer(f"c-{number}"), at=NOW)
                kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
                kit.stop(Stop(f"c-{number}", (), NOW), at=NOW, command_id=f"s-{number}")
            report = kit.run_night(as_of=TODAY, at=NOW)
            kit.run_night(as_of=TODAY, at=NOW)

        assert report.refused
        counted = {rule: count for (name, rule), count in figures(sdk[0], "refusing").items() if name == "collectkit.refusals"}
        assert report.refused == counted

    def test_the_text_of_an_error_is_in_no_span(self, sdk: tuple[InMemoryMetricReader, InMemorySpanExporter]) -> None:
        """
        For it may name a value; its type is told.
        """
        _, spans = sdk

        def broken() -> Iterator[HandWork]:
            raise ValueError("Canary text")
            yield

        with Kit.open("memory://", actor="tests", settings={"telemetry": "opentelemetry"}) as kit, pytest.raises(ValueError, match="anary"):
            kit.report_hand_work(broken(), at=NOW)
        (told,) = [span for span in spans.get_finished_spans() if span.name == "collectkit.report_hand_work"]
        assert "error:ValueError" == (told.attributes or {})["collectkit.outcome"]
        assert "anary" not in told.to_json()

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

    def test_who_listens_for_trouble_alone_hears_of_it(self, kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
        """
        At WARNING there is one line for each command that failed, and no other.
        """
        with caplog.at_level(logging.WARNING, logger="collectkit"):
            live(kit)
        assert [("WARNING", "note")] == [(record.levelname, vars(record)["collectkit_command"]) for record in caplog.records]

    def test_a_host_that_has_no_logging_sees_nothing(self, tmp_path: Path) -> None:
        """
        A command that fails writes nothing to the terminal by itself.
        """
        script = (
            "from datetime import datetime, UTC\n"
            "from collectkit import Kit, Note\n"
            "try: Kit.open('memory://', actor='x').note(Note('n-1', account='a-9', text='t'), at=datetime(2026, 10, 20, tzinfo=UTC))\n"
            "except LookupError: print('failed')\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert ("failed\n", "") == (done.stdout, done.stderr)

    def test_an_id_cannot_forge_a_line(self, kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
        """
        Whatever an actor is called: what would end a line is no id, and the rest is written in letters that none can mistake.
        """
        with pytest.raises(IdentifierError, match="must be printable"):
            Kit(kit.parts, actor="ann\u2028outcome='done'\x1b[31m").register(consumer(), at=NOW)
        caplog.clear()
        forged = Kit(kit.parts, actor="änn outcome='done'")
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


class Raising:
    """A driver that always fails."""

    def hand_over(self, parcel: Parcel) -> Accepted:
        raise OSError("the line is down")


class TestHealth:
    def test_a_part_that_is_called_no_more_is_named(self) -> None:
        """
        A driver behind an open circuit; its contacts are in doubt as far as it was asked, and the others wait.
        """
        with Kit.open("memory://", actor="tests", drivers={"email": Raising(), "sms": Raising()}) as kit:
            for number in range(12):
                kit.register(consumer(f"c-{number}"), at=NOW)
                kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
            planned = kit.run_night(as_of=TODAY, at=NOW).planned
            kit.dispatch(at=NOW, worker="w1")
            health = kit.health(at=NOW)

        assert [f"driver {channel}" for channel in sorted(planned)] == list(health.silenced)
        assert 5 * len(planned) == health.unknown
        assert f"plugins that fail are called no more: {', '.join(health.silenced)}" in health.problems(on=TODAY)

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

    def test_it_costs_the_same_however_many_contacts_there_are(self, tmp_path: Path, asked: Asked) -> None:
        """
        As many statements, and as many rows in their answers, for a hundred people as for one.
        """
        costs = []
        for people in (1, 100):
            with Kit.open(f"sqlite:///{tmp_path}/{people}.db", actor="tests") as kit:
                for number in range(people):
                    kit.register(consumer(f"c-{number}"), at=NOW)
                    kit.open_account(account(f"a-{number}", f"c-{number}"), at=NOW)
                kit.run_night(as_of=TODAY, at=NOW)
                asked.statements.clear()
                asked.rows = 0
                assert people <= kit.health(at=NOW).planned
                costs.append((len(asked.statements), asked.rows))

        assert costs[0] == costs[1]
        assert all(1 <= figure <= 16 for figure in costs[0])

    def test_a_night_under_way_tells_how_far_it_has_come(self) -> None:
        """
        Until it is finished.
        """
        (other, rehearsed), (kit, store) = furnished(), furnished()
        before = rehearsed.operations
        other.run_night(as_of=TODAY, at=NOW)
        # With progress are committed: the lease, one person, another, and then the third.
        ends = [place for place, name in enumerate(rehearsed.log, 1) if name == "commit" and "save_run" in rehearsed.log[before:place]]
        store.faults = {ends[3]: StoreFault.KILL}
        with pytest.raises(Killed):
            kit.run_night(as_of=TODAY, at=NOW)

        health = kit.health(at=NOW)
        assert (TODAY, 2, None) == (health.night_under_way, health.night_accounts, health.last_night)
        kit.run_night(as_of=TODAY, at=NOW)
        health = kit.health(at=NOW)
        assert (None, 0, TODAY) == (health.night_under_way, health.night_accounts, health.last_night)

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
