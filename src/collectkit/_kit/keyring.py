"""The keys of a kit: those of the vault, and the pepper under which contact points of erased people are hashed."""

from __future__ import annotations

import hashlib
import hmac
import threading

from collectkit.person import ContactPoint
from collectkit.plugins.hookspecs import KeyProvider


class Keyring:
    """
    Keys, asked for when they are first needed.

    Args:
        provider: Who keeps them; None when no provider was given.
        beside: File in which local keys are begun when something is erased from a book without a provider; empty keeps
            them in memory, for a book that ends with the process.
    """

    def __init__(self, provider: KeyProvider | None = None, beside: str = "") -> None:
        self._provider = provider
        self._beside = beside
        self._lock = threading.Lock()
        self.given = provider is not None
        """Whether a provider was given, so that personal data is sealed."""

    def provider(self) -> KeyProvider:
        """Return who keeps the keys; without a provider a local file is begun."""
        with self._lock:
            if self._provider is None:
                from collectkit.storage.keys import LocalKeys

                self._provider = LocalKeys(self._beside or ":memory:")
            return self._provider

    def mark(self, tenant: str, point: ContactPoint) -> str:
        """Return the keyed hash of a contact point, the same whoever has it and however it is written."""
        text = f"{point.KIND} {' '.join(point.value.casefold().split())}"
        return hmac.new(self.provider().pepper(tenant), text.encode(), hashlib.sha256).hexdigest()

    def close(self) -> None:
        """Let go of a local file."""
        close = getattr(self._provider, "close", None)
        if callable(close):
            close()
