from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook
from tests.kit.conftest import NOW, TODAY, account, consumer

from collectkit import Kit, Money, Payment
from collectkit.drivers.http_post import HttpPost
from collectkit.errors import UnknownIdError, ValidationError
from collectkit.servicing.notifying import ATTEMPTS, DeadLetter, WebhookEndpoint, WebhookReport

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENDPOINT = WebhookEndpoint("crm", "https://crm.example/hooks", SECRET)


class Receiver:
    """Takes messages, checks the signature, and may be broken for a while or for one message for ever."""

    def __init__(self) -> None:
        self.got: list[dict[str, object]] = []
        self.broken: set[str] = set()
        self.down = False

    def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        if self.down:
            raise ConnectionError("down")
        held = json.loads(body)
        if f"{held['stream']} {held['sequence']}" in self.broken:
            return 500
        self.got.append(held)
        return 204

    def sequences(self, stream: str) -> list[int]:
        return [held["sequence"] for held in self.got if held["stream"] == stream]  # type: ignore[misc]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def busy(kit: Kit) -> Kit:
    kit.register(consumer(), at=NOW)
    kit.open_account(account(), at=NOW)
    for number in range(3):
        kit.post(Payment(f"p-{number}", account="a-1", amount=Money(100, "USD"), value_on=TODAY), at=NOW)
    return kit


class TestDelivering:
    def test_each_event_is_told_once_and_in_order(self, busy: Kit, receiver: Receiver) -> None:
        """
        With its stream's version as sequence; what was told is not told again, what comes later is.
        """
        assert WebhookReport(delivered=6) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW)
        assert [1, 2, 3, 4] == receiver.sequences("account/a-1")
        assert WebhookReport() == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW)
        busy.post(Payment("p-9", account="a-1", amount=Money(100, "USD"), value_on=TODAY), at=NOW)
        assert WebhookReport(delivered=1) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW)
        assert "payment-posted/1" == receiver.got[-1]["type"]
        assert busy.receipt("account/a-1").digest == receiver.got[-1]["digest"]  # type: ignore[union-attr]

    def test_messages_are_signed(self, busy: Kit) -> None:
        """
        As Standard Webhooks says; a receiver verifies id, instant and body.
        """
        seen = []

        class Checks:
            def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
                seen.append(headers["webhook-id"])
                Webhook(SECRET).verify(body.decode(), headers)
                return 200

        now = datetime.now(UTC)
        assert 6 == busy.deliver_webhooks(ENDPOINT, Checks(), at=now).delivered
        assert len(seen) == len(set(seen))

    def test_only_wanted_types_are_told(self, busy: Kit, receiver: Receiver) -> None:
        """
        The others are passed over for good.
        """
        wanted = WebhookEndpoint("payments", "https://x.example", SECRET, ["payment-posted/1"])
        assert WebhookReport(delivered=3) == busy.deliver_webhooks(wanted, receiver, at=NOW)
        assert [2, 3, 4] == receiver.sequences("account/a-1")

    def test_a_stream_that_fails_waits_and_holds_up_nobody_else(self, busy: Kit, receiver: Receiver) -> None:
        """
        Its order stays; the pause grows.
        """
        receiver.broken = {"account/a-1 2"}
        assert WebhookReport(delivered=3, failed=1) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW)
        assert WebhookReport(waiting=1) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW + timedelta(seconds=29))
        assert WebhookReport(failed=1) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW + timedelta(seconds=30))
        assert WebhookReport(waiting=1) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW + timedelta(seconds=60))
        receiver.broken = set()
        assert WebhookReport(delivered=3) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW + timedelta(minutes=5))
        assert [1, 2, 3, 4] == receiver.sequences("account/a-1")

    def test_what_is_never_taken_is_laid_aside(self, busy: Kit, receiver: Receiver) -> None:
        """
        The stream goes on without it, and it can be sent again by hand.
        """
        receiver.broken, at = {"account/a-1 2"}, NOW
        for _ in range(ATTEMPTS):
            report = busy.deliver_webhooks(ENDPOINT, receiver, at=at)
            at += timedelta(hours=9)
        assert 1 == report.dead
        assert [1, 3, 4] == receiver.sequences("account/a-1")
        (letter,) = busy.dead_letters("crm")
        assert DeadLetter("account/a-1", 2, "status 500") == letter
        assert not busy.redeliver(ENDPOINT, receiver, letter, at=at)
        receiver.broken = set()
        assert busy.redeliver(ENDPOINT, receiver, letter, at=at)
        assert [] == busy.dead_letters("crm")
        with pytest.raises(UnknownIdError):
            busy.redeliver(ENDPOINT, receiver, DeadLetter("account/a-1", 99, ""), at=at)

    def test_a_receiver_that_is_down_loses_nothing(self, busy: Kit, receiver: Receiver) -> None:
        """
        Nor does a round that is cut off after some messages.
        """
        receiver.down = True
        assert WebhookReport(failed=2) == busy.deliver_webhooks(ENDPOINT, receiver, at=NOW)
        receiver.down = False
        later = NOW + timedelta(minutes=1)
        assert 1 <= busy.deliver_webhooks(ENDPOINT, receiver, at=later, limit=1).delivered
        busy.deliver_webhooks(ENDPOINT, receiver, at=later)
        assert ([1, 2, 3, 4], [1, 2]) == (receiver.sequences("account/a-1"), receiver.sequences("person/c-1"))

    def test_two_endpoints_know_nothing_of_each_other(self, busy: Kit, receiver: Receiver) -> None:
        """
        Each is told everything.
        """
        other = Receiver()
        busy.deliver_webhooks(ENDPOINT, receiver, at=NOW)
        busy.deliver_webhooks(WebhookEndpoint("other", "https://y.example", SECRET), other, at=NOW)
        assert receiver.got == other.got
        assert SECRET not in repr(ENDPOINT)

    @pytest.mark.parametrize(
        "endpoint", [WebhookEndpoint("crm", "https://x.example", "not base64!"), WebhookEndpoint("", "https://x.example", SECRET)]
    )
    def test_a_bad_endpoint_is_refused(self, busy: Kit, receiver: Receiver, endpoint: WebhookEndpoint) -> None:
        """
        Before anything is sent.
        """
        with pytest.raises(ValidationError, match="nothing was sent"):
            busy.deliver_webhooks(endpoint, receiver, at=NOW)
        assert [] == receiver.got


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.server.got = (self.path, body, self.headers["webhook-id"])  # type: ignore[attr-defined]
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class TestHttpPost:
    def test_a_message_arrives(self, server: HTTPServer) -> None:
        """
        And a redirect is an answer, not an order.
        """
        url = f"http://127.0.0.1:{server.server_port}"
        assert 200 == HttpPost(inside=True).post(f"{url}/hooks?x=1", {"webhook-id": "m-1"}, b"{}")
        assert ("/hooks?x=1", b"{}", "m-1") == server.got  # type: ignore[attr-defined]
        assert 302 == HttpPost(inside=True).post(f"{url}/away", {"webhook-id": "m-1"}, b"{}")

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/", "https://0x7f000001/", "https://2130706433/", "https://[::ffff:127.0.0.1]/", "https://user:pass@example.com/",
            "file:///etc/passwd", "https:///nowhere", "ftp://example.com/",
        ],
    )  # fmt: skip
    def test_no_address_inside_the_house_is_called(self, url: str) -> None:
        """
        In whatever way it is written.
        """
        with pytest.raises((ValidationError, OSError)):  # OSError: a way of writing that this machine's resolver does not take
            HttpPost().post(url, {}, b"{}")

    def test_only_named_hosts_are_called_where_some_are_named(self, server: HTTPServer) -> None:
        """
        Whatever their address.
        """
        with pytest.raises(ValidationError, match="no host that may be called"):
            HttpPost(["crm.example"], inside=True).post(f"http://127.0.0.1:{server.server_port}/", {}, b"{}")
