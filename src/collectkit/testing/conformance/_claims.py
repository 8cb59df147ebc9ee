"""What a store claims beyond what every store can do; the laws of the rest are skipped aloud."""

from __future__ import annotations

from typing import ClassVar

import pytest


class Claiming:
    """Laws of which some are for those stores alone that claim a capability."""

    claims: ClassVar[frozenset[str]] = frozenset({"threads"})

    def needs(self, capability: str) -> None:
        """Skip the law of a capability that the store does not claim, aloud."""
        if capability not in self.claims:
            pytest.skip(f"NOT TESTED HERE: {type(self).__name__} does not claim {capability!r}")
