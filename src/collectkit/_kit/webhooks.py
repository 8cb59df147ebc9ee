"""Telling another system what was recorded: signed, in the order of each stream, until it has it.

Every event is one message with the stream's version as its sequence number. The next message of a stream is sent only
after the one before it was taken, so a receiver that keeps the last sequence of each stream sees no gap and knows what
came twice. One that fails is tried again with growing pauses, and holds up nobody but its own stream.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from collectkit._kit.core import Core
from collectkit.calendars.dates import require_aware
from collectkit.errors import MissingExtraError, UnknownIdError, ValidationError
from collectkit.identifiers import LENGTH_MAX, apart
from collectkit.servicing.notifying import ATTEMPTS, DeadLetter, Transport, WebhookEndpoint, WebhookReport
from collectkit.storage.store import Behind, Record, Unit

_PAUSE: Final = timedelta(seconds=30)
_PAUSE_MAX: Final = timedelta(hours=8)
_PAGE: Final = 500


class Webhooks(Core):
    """Events told to other systems."""

    def deliver_webhooks(self, endpoint: WebhookEndpoint, transport: Transport, *, at: datetime, limit: int = 1000) -> WebhookReport:
        """
        Tell an endpoint what it does not know yet, at least once and in the order of each stream.

        Call it often, from one worker for each endpoint; whoever comes second tells some things twice.

        Args:
            endpoint: Who is told.
            transport: Who carries the messages.
            at: The present instant; aware. It stands in the signature.
            limit: How many messages are tried at the most.

        Raises:
            MissingExtraError: Signing needs the extra ``http``; nothing was sent.
        """
        require_aware(at)
        if limit < 1:
            raise ValidationError(f"limit is a whole number of messages, at least 1, got {limit!r}; nothing was sent")
        sign, report = _signer(endpoint.secret), WebhookReport()
        for behind in self._behind(endpoint):
            if report.delivered + report.failed + report.dead >= limit:
                break
            report = self._tell_stream(endpoint, transport, sign, behind, report, at)
        return report

    def _behind(self, endpoint: WebhookEndpoint) -> Iterator[Behind]:
        after, page = "", _PAGE
        while page == _PAGE:
            with self._view() as unit:
                found = unit.behind(_reader(endpoint.name), after=after, limit=_PAGE)
            yield from found
            after, page = found[-1].stream if found else after, len(found)

    def _tell_stream(
        self, endpoint: WebhookEndpoint, transport: Transport, sign: Signer, behind: Behind, report: WebhookReport, at: datetime
    ) -> WebhookReport:
        reader = _reader(endpoint.name)
        with self._view() as unit:
            state = _state(unit, reader, behind.stream)
            records = unit.records(behind.stream, after=behind.through)
        if state.due_at is not None and state.due_at > at:
            return attrs.evolve(report, waiting=report.waiting + 1)
        for record in records:
            if endpoint.types and record.type not in endpoint.types:
                self._pass(reader, record, _State())
                continue
            answer = self._send(endpoint, transport, sign, record, at)
            if answer == "":
                self._pass(reader, record, _State())
                state, report = _State(), attrs.evolve(report, delivered=report.delivered + 1)
                continue
            tried = state.tried + 1
            if tried < ATTEMPTS:
                pause = min(_PAUSE * 2 ** (tried - 1), _PAUSE_MAX)
                with self._unit() as unit:
                    unit.save_run(reader, record.stream, _State(tried, at + pause).text())
                return attrs.evolve(report, failed=report.failed + 1)
            self._pass(reader, record, _State(), dead=answer)
            state, report = _State(), attrs.evolve(report, dead=report.dead + 1)
        return report

    def _send(self, endpoint: WebhookEndpoint, transport: Transport, sign: Signer, record: Record, at: datetime) -> str:
        """Return what went wrong; empty when the receiver took it."""
        body = _message(self.tenant, record)
        id = _message_id(self.tenant, record)
        headers = {"content-type": "application/json", "webhook-id": id, "webhook-timestamp": str(int(at.timestamp()))}
        headers["webhook-signature"] = sign(id, at, body.decode())
        try:
            status = transport.post(endpoint.url, headers, body)
        except Exception as error:  # whatever a transport raises, the message was not taken for all we know
            return type(error).__name__
        return "" if isinstance(status, int) and 200 <= status < 300 else f"status {status!r}"

    def _pass(self, reader: str, record: Record, state: _State, *, dead: str = "") -> None:
        """Note that a stream was told up to this event."""
        with self._unit() as unit:
            unit.advance(reader, [(record.stream, record.version)])
            if unit.run(reader, record.stream):
                unit.save_run(reader, record.stream, state.text())
            if dead:
                unit.save_run(f"{reader}/dead", f"{record.stream} {record.version}", dead)

    def dead_letters(self, endpoint: str) -> list[DeadLetter]:
        """Return the messages that an endpoint never took, by stream and sequence."""
        with self._view() as unit:
            rows = unit.runs(f"{_reader(endpoint)}/dead")
        split = [(*key.rpartition(" ")[::2], answer) for key, answer in rows if answer]
        letters = [DeadLetter(stream, int(version), answer) for stream, version, answer in split]
        return sorted(letters, key=lambda letter: (letter.stream, letter.sequence))

    def redeliver(self, endpoint: WebhookEndpoint, transport: Transport, letter: DeadLetter, *, at: datetime) -> bool:
        """
        Try one dead letter again, out of its order, and return whether it was taken.

        Raises:
            UnknownIdError: There is no such event.
        """
        with self._view() as unit:
            found = [record for record in unit.records(letter.stream, after=letter.sequence - 1) if record.version == letter.sequence]
        if not found:
            raise UnknownIdError(f"stream {letter.stream!r} has no version {letter.sequence}; nothing was sent")
        answer = self._send(endpoint, transport, _signer(endpoint.secret), found[0], require_aware(at))
        with self._unit() as unit:
            unit.save_run(f"{_reader(endpoint.name)}/dead", f"{letter.stream} {letter.sequence}", answer)
        return answer == ""


Signer = Callable[[str, datetime, str], str]


def _signer(secret: str) -> Signer:
    try:
        from standardwebhooks import Webhook
    except ImportError as error:
        raise MissingExtraError("signing webhooks", "http") from error
    try:
        sign: Signer = Webhook(secret).sign
    except (RuntimeError, ValueError) as error:
        raise ValidationError("the secret of a webhook is base64, with or without whsec_ before it; nothing was sent") from error
    return sign


def _reader(name: str) -> str:
    if not 0 < len(name) <= LENGTH_MAX:
        raise ValidationError(f"an endpoint needs a name of 1 to {LENGTH_MAX} characters, got {len(name)}; nothing was sent")
    return f"webhook/{apart(name, '/dead')}"


def _message_id(tenant: str, record: Record) -> str:
    """
    Return the id of a message, by which a receiver knows what came twice: another event never has the same.

    Ids with points in them, with a slash in the tenant's, or with what no header takes, stand as their SHA-256.
    """
    name = f"{tenant}.{record.stream}"
    if not name.isascii() or "/" in tenant or "." in tenant or "." in record.stream:
        name = hashlib.sha256(f"{tenant}\0{record.stream}".encode()).hexdigest()
    return f"{name}.{record.version}".replace("/", ".")


def _message(tenant: str, record: Record) -> bytes:
    context = json.loads(record.context)
    held = {
        "tenant": tenant,
        "stream": record.stream,
        "sequence": record.version,
        "type": record.type,
        "at": context["at"],
        "actor": context["actor"],
        "command": context["command"],
        "digest": record.digest.hex(),
        "body": json.loads(record.body),
    }
    return json.dumps(held, separators=(",", ":"), sort_keys=True).encode()


@attrs.frozen
class _State:
    """How often the next message of a stream was tried, and when it is due again."""

    tried: int = 0
    due_at: datetime | None = None

    def text(self) -> str:
        return json.dumps([self.tried, None if self.due_at is None else self.due_at.isoformat()])


def _state(unit: Unit, reader: str, stream: str) -> _State:
    tried, due = json.loads(unit.run(reader, stream) or "[0,null]")
    return _State(tried, None if due is None else datetime.fromisoformat(due))
