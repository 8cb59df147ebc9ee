"""Posting to a URL, and to nowhere else: no redirects, no address inside the house."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

import attrs

from collectkit.errors import ValidationError

_TIMEOUT: Final = 10.0


@attrs.frozen
class HttpPost:
    """
    A transport for webhooks over HTTPS.

    The name is looked up once, every address that it has must be a public one, and the connection goes to the address
    that was checked, under the name's certificate. An answer that redirects is an answer like any other, and not followed.

    Attributes:
        hosts: Names that may be called; empty means any that is public.
        inside: Whether addresses inside the house, and plain HTTP to them, may be called: for tests and closed networks.
        seconds: How long to wait.
    """

    hosts: frozenset[str] = attrs.field(default=frozenset(), converter=frozenset)
    inside: bool = attrs.field(default=False, kw_only=True)
    seconds: float = attrs.field(default=_TIMEOUT, kw_only=True)

    def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """
        Send one message and return the status of the answer.

        Raises:
            ValidationError: The URL must not be called; nothing was sent.
            OSError: Nobody answered, or not in time; the message may have arrived.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not (self.inside and parts.scheme == "http"):
            raise ValidationError("a webhook goes to an https URL; nothing was sent")
        if not host or parts.username or parts.password or (self.hosts and host not in self.hosts):
            raise ValidationError(f"{host!r} is no host that may be called; nothing was sent")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._address(host, port)
        connection = http.client.HTTPConnection(host, port, timeout=self.seconds)
        plain = socket.create_connection((address, port), timeout=self.seconds)
        try:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read(65_536)
            return answer.status
        except http.client.HTTPException as error:
            raise ConnectionError(f"the answer could not be read: {type(error).__name__}") from error
        finally:
            connection.close()
            plain.close()

    def _address(self, host: str, port: int) -> str:
        """Return an address of the host, after all of them were looked at."""
        found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for address in found:
            if not self.inside and not ipaddress.ip_address(address.partition("%")[0]).is_global:
                raise ValidationError(f"{host!r} leads to an address inside the house; nothing was sent")
        return found[0]
