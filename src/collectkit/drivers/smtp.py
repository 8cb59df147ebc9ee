"""E-mail through a mail server: what is sure not to have left is `Rejected`, all that is not sure is `Doubtful`."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.utils import parseaddr
from typing import Literal

from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected
from collectkit.errors import ValidationError

_FAULTS = (smtplib.SMTPException, OSError)


class SmtpDriver:
    """
    Hand e-mail to one mail server, one connection a message.

    Args:
        host: Name of the server.
        port: 587 for submission with STARTTLS, 465 for TLS from the start.
        security: ``starttls``, ``tls``, or ``none`` for a server on the same machine.
        username: Empty: do not log in.
        password: Of that user.
        timeout_seconds: For each answer of the server.
    """

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        security: Literal["starttls", "tls", "none"] = "starttls",
        username: str = "",
        password: str = "",
        timeout_seconds: int = 30,
    ) -> None:
        if security not in ("starttls", "tls", "none"):
            raise ValidationError(f"security must be 'starttls', 'tls' or 'none', got {security!r}; no driver was made")
        if username and security == "none":
            raise ValidationError("a password needs encryption: use security 'starttls' or 'tls'; no driver was made, and nothing was sent")
        self._host, self._port, self._security = host, port, security
        self._username, self._password, self._timeout = username, password, timeout_seconds

    def __repr__(self) -> str:
        return f"SmtpDriver({self._host!r}, {self._port}, security={self._security!r})"

    def hand_over(self, parcel: Parcel) -> HandOver:
        """Send one e-mail; a refusal with a 5xx code of the recipient is permanent."""
        if parcel.channel != "email":
            return Rejected(f"a mail server takes no {parcel.channel}")
        try:
            server = self._connected()
        except _FAULTS as fault:
            return Rejected(f"the mail server could not be reached: {type(fault).__name__}")
        try:
            return _sent(server, parcel)
        finally:
            # The answer is known; a server that hangs up without a goodbye does not change it.
            with suppress(*_FAULTS):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        """Return a server that is greeted, encrypted and logged in."""
        if self._security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=ssl.create_default_context())
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._security == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if self._username:
                server.login(self._username, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _sent(server: smtplib.SMTP, parcel: Parcel) -> HandOver:
    """Name sender and recipient, then send the text; before the text nothing can have been delivered."""
    headers = dict(parcel.headers)
    try:
        code, _ = server.mail(parseaddr(headers.get("From", ""))[1])
        if code != 250:
            return Rejected(f"the mail server refused the sender with {code}")
        code, _ = server.rcpt(parcel.to)
        if code not in (250, 251):
            return Rejected(f"the mail server refused the recipient with {code}", permanent=500 <= code < 600)
    except (*_FAULTS, UnicodeError) as fault:
        return Rejected(f"the connection failed before the text was sent: {type(fault).__name__}")
    try:
        code, _ = server.data(parcel.body)
    except smtplib.SMTPDataError as fault:
        return Rejected(f"the mail server refused to take a text with {fault.smtp_code}")
    except _FAULTS as fault:
        return Doubtful(f"the connection failed while the text was sent: {type(fault).__name__}")
    if code == 250:
        return Accepted(reference=headers.get("Message-ID", ""))
    # Even a refusal in words came after the whole text had left: only evidence from the other side settles it.
    return Doubtful(f"the mail server answered the text with {code}")
