"""Drivers: what leaves the house, and the honest answer about it."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from pathlib import Path
from threading import Thread

import attrs
import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from collectkit.channels.capabilities import Capabilities
from collectkit.channels.channel import Parcel, encode
from collectkit.channels.message import Message
from collectkit.channels.outcomes import Accepted, Doubtful, Rejected
from collectkit.drivers import FileDriver, SmtpDriver, guarded
from collectkit.drivers.guarded import guarded_all

EMAIL = Message("m-1", "email", "c1@example.com", "Réminder", "Hello,\n.\nünd", "en_US", "reminder-late", "1")
SMS = Parcel("sms", "m-1", "+12125550123", "Hello €".encode())


class Mailbox:
    """A mail server's side: keeps what it takes, refuses one recipient and one text."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "gone@example.com":
            return "550 no such user"
        if address == "busy@example.com":
            return "450 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"spam" in envelope.content:
            return "554 not wanted"
        self.taken.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def mail_server():
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parcel_to(address: str, text: str = "Hello") -> Parcel:
    return encode(Message("m-2", "email", address, "Subject", text, "en", "k", "1"), "pay@example.com")


class TestSmtp:
    def test_accepts(self, mail_server):
        """
        The server has the whole message; the reference is its Message-ID.
        """
        answer = SmtpDriver("127.0.0.1", mail_server.port, security="none").hand_over(encode(EMAIL, "pay@example.com"))

        assert Accepted("<m-1@example.com>") == answer
        assert b"To: c1@example.com" in mail_server.handler.taken[-1]

    @pytest.mark.parametrize(("address", "permanent"), [("gone@example.com", True), ("busy@example.com", False)])
    def test_recipient_refused(self, mail_server, address, permanent):
        """
        A 550 is for ever, a 450 is for now; neither took the message.
        """
        answer = SmtpDriver("127.0.0.1", mail_server.port, security="none").hand_over(parcel_to(address))

        assert isinstance(answer, Rejected)
        assert permanent is answer.permanent
        assert address not in answer.reason

    def test_text_refused_after_sending(self, mail_server):
        """
        Once the text has left, nothing but acceptance is certain.
        """
        answer = SmtpDriver("127.0.0.1", mail_server.port, security="none").hand_over(parcel_to("c1@example.com", "spam"))

        assert Doubtful("the mail server answered the text with 554") == answer

    def test_connection_lost_while_sending(self):
        """
        A server that hangs up after the text leaves a doubt.
        """
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = Thread(target=hang_up_after_text, args=(listener,))
            thread.start()
            answer = SmtpDriver("127.0.0.1", listener.getsockname()[1], security="none", timeout_seconds=5).hand_over(
                parcel_to("c1@example.com")
            )
            thread.join()

        assert isinstance(answer, Doubtful)

    def test_nobody_there(self):
        """
        Without a connection nothing was sent.
        """
        answer = SmtpDriver("127.0.0.1", free_port(), security="none").hand_over(parcel_to("c1@example.com"))

        assert isinstance(answer, Rejected)
        assert not answer.permanent

    def test_encryption_refused(self, mail_server):
        """
        A server without STARTTLS gets nothing in the clear.
        """
        assert isinstance(SmtpDriver("127.0.0.1", mail_server.port).hand_over(parcel_to("c1@example.com")), Rejected)

    def test_no_password_in_the_clear(self):
        """
        A password needs encryption, and never shows in `repr`.
        """
        with pytest.raises(ValueError, match="encryption"):
            SmtpDriver("127.0.0.1", security="none", username="u", password="hidden")
        assert "hidden" not in repr(SmtpDriver("127.0.0.1", username="u", password="hidden"))


def hang_up_after_text(listener: socket.socket) -> None:
    """Speak just enough SMTP to receive one text, then close without an answer."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 hello\r\n")
        for line in lines:
            if line == b".\r\n":
                return
            if line[:4] == b"DATA":
                connection.sendall(b"354 go on\r\n")
            elif line[:4] in (b"ehlo", b"mail", b"rcpt", b"EHLO", b"MAIL", b"RCPT"):
                connection.sendall(b"250 OK\r\n")
            elif line[:4] == b"data":
                connection.sendall(b"354 go on\r\n")


class TestFiles:
    def test_one_line_a_message(self, tmp_path):
        """
        Lines are added and never changed.
        """
        driver = FileDriver(tmp_path / "new" / "outbox")

        assert Accepted("m-1") == driver.hand_over(SMS)
        assert Accepted("m-1") == FileDriver(tmp_path / "new" / "outbox").hand_over(SMS)
        rows = [json.loads(line) for line in driver.path.read_text(encoding="utf-8").splitlines()]
        assert [{"id": "m-1", "channel": "sms", "to": "+12125550123", "text": "Hello €"}] * 2 == rows

    def test_line_breaks_in_a_text_do_not_make_lines(self, tmp_path):
        """
        A text cannot forge a second message.
        """
        driver = FileDriver(tmp_path)
        driver.hand_over(Parcel("sms", "m-1", "+12125550123", 'a\n{"id": "m-2"}\u2028b'.encode()))

        assert 1 == driver.path.read_bytes().count(b"\n")

    def test_threads_share_a_file(self, tmp_path):
        """
        Lines written at the same time stay whole.
        """
        drivers = [FileDriver(tmp_path) for _ in range(4)]
        threads = [Thread(target=lambda d=driver: [d.hand_over(SMS) for _ in range(5)]) for driver in drivers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert 20 == sum(json.loads(line)["id"] == "m-1" for line in drivers[0].path.read_text(encoding="utf-8").splitlines())

    def test_together_they_wait_for_the_disk_once(self, tmp_path, monkeypatch):
        """
        A line for each in their order, and each accepted under its id.
        """
        syncs = []
        monkeypatch.setattr(os, "fsync", syncs.append)
        driver = FileDriver(tmp_path)
        parcels = [attrs.evolve(SMS, id=f"m-{number}") for number in range(1, 4)]

        assert [Accepted("m-1"), Accepted("m-2"), Accepted("m-3")] == driver.hand_over_all(parcels)
        assert ["m-1", "m-2", "m-3"] == [json.loads(line)["id"] for line in driver.path.read_text(encoding="utf-8").splitlines()]
        assert 1 == len(syncs)

    def test_a_full_disk_puts_all_of_them_in_doubt(self, tmp_path, monkeypatch):
        """
        Which of them were written whole nobody looks up.
        """
        write = os.write
        monkeypatch.setattr(os, "write", lambda file, lines: write(file, lines[:100]))
        driver = FileDriver(tmp_path)
        outcomes = driver.hand_over_all([SMS, SMS])

        assert 100 == driver.path.stat().st_size
        assert [Doubtful("the outbox took only a part of what was written")] * 2 == outcomes

    def test_a_torn_line_spoils_no_other(self, tmp_path):
        """
        After a crash the next message begins a line of its own.
        """
        driver = FileDriver(tmp_path)
        driver.path.write_bytes(b'{"id": "m-0", "chan')
        driver.hand_over(SMS)
        torn, whole = driver.path.read_text(encoding="utf-8").splitlines()

        assert '{"id": "m-0", "chan' == torn
        assert "m-1" == json.loads(whole)["id"]

    def test_only_the_owner_reads_it(self, tmp_path):
        """
        The outbox holds personal data.
        """
        driver = FileDriver(tmp_path)
        driver.hand_over(SMS)

        assert 0o600 == driver.path.stat().st_mode & 0o777


class Fixed:
    """A driver of somebody else: answers or raises what it was given."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def hand_over(self, parcel):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class TestGuarded:
    @pytest.mark.parametrize("answer", [Accepted("r-1"), Rejected("no", permanent=True), Doubtful("who knows")])
    def test_passes_an_outcome_on(self, answer):
        """
        An honest answer is left alone.
        """
        assert answer == guarded(Fixed(answer), SMS)

    def test_exception_is_a_doubt_without_its_text(self):
        """
        The text of an exception may name the person.
        """
        assert Doubtful("the driver raised TimeoutError") == guarded(Fixed(TimeoutError("+12125550123")), SMS)

    @pytest.mark.parametrize("rubbish", [None, True, "ok", 250, Accepted])
    def test_rubbish_is_a_doubt(self, rubbish):
        """
        What is no outcome tells nothing.
        """
        assert isinstance(guarded(Fixed(rubbish), SMS), Doubtful)


class FixedForMany(Fixed):
    """One that takes some messages at once."""

    capabilities = Capabilities(batch=10)

    def hand_over_all(self, parcels):
        return self.hand_over(parcels)


class TestGuardedAll:
    def test_passes_outcomes_on_in_their_order(self):
        """
        What a driver tells of each is left alone; rubbish among it is a doubt.
        """
        driver = FixedForMany([Accepted("r-1"), "ok", Rejected("no")])

        first, rubbish, last = guarded_all(driver, [SMS] * 3)
        assert (Accepted("r-1"), Rejected("no")) == (first, last)
        assert isinstance(rubbish, Doubtful)

    @pytest.mark.parametrize("answer", [TimeoutError("+12125550123"), None, [], [Accepted("r-1")]])
    def test_what_cannot_be_assigned_is_in_doubt(self, answer):
        """
        An exception, no answers, or an answer too few: any of the messages may have left.
        """
        outcomes = guarded_all(FixedForMany(answer), [SMS] * 2)

        assert 2 == len(outcomes)
        assert all(isinstance(outcome, Doubtful) and "+1212" not in outcome.reason for outcome in outcomes)

    def test_one_by_one_without_a_batch(self):
        """
        A driver that declares nothing is asked for each.
        """
        assert [Accepted("r-1")] * 2 == guarded_all(Fixed(Accepted("r-1")), [SMS] * 2)


class TestForgetting:
    @given(
        st.lists(st.tuples(st.sampled_from(["m-1", "m-2", "m-3"]), st.text(max_size=40)), max_size=6),
        st.sets(st.sampled_from(["m-1", "m-3"])),
    )
    def test_only_what_is_named_is_overwritten(self, messages: list[tuple[str, str]], ids: set[str]) -> None:
        """
        Every line stays where it was and can still be read; of the named ones number and text are empty.
        """
        with tempfile.TemporaryDirectory() as folder:
            driver = FileDriver(folder)
            for id, text in messages:
                driver.hand_over(Parcel("sms", id, "+12125550123", text.encode("utf-8", "replace")))
            before = driver.path.read_bytes() if messages else b""
            assert sum(id in ids for id, _ in messages) == driver.forget(ids)
            after = driver.path.read_bytes() if messages else b""

            assert len(before) == len(after)
            for old, line in zip(before.splitlines(), after.splitlines(), strict=True):
                row = json.loads(old)
                assert json.loads(line) == ({**row, "to": "", "text": ""} if row["id"] in ids else row)
            assert 0 == driver.forget(ids)

    def test_a_torn_line_goes_with_the_others(self, tmp_path: Path) -> None:
        """
        A crash may leave half a line; its beginning says whose it is.
        """
        driver = FileDriver(tmp_path)
        driver.hand_over(SMS)
        with driver.path.open("ab") as file:
            file.write(b'{"id": "m-1", "channel": "sms", "to": "+1212555')

        assert 2 == driver.forget(["m-1"])
        assert b"1212555" not in driver.path.read_bytes()
