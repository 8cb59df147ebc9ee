"""What a store claims beyond what every store can do; the laws of the rest are skipped aloud."""

from __future__ import annotations

from collections.abc import Set
from typing import ClassVar, Final

from collectkit.testing.conformance._aloud import not_tested

CAPABILITIES: Final = frozenset({"threads", "reopen", "archive", "together", "some"})
"""What can be claimed."""


class Claiming:
    """Laws of which some are for those stores alone that claim a capability."""

    claims: ClassVar[frozenset[str]] = frozenset({"threads"})

    def __init_subclass__(cls, **options: object) -> None:
        """Refuse a misspelt claim: its laws would be skipped as if nobody had claimed them."""
        super().__init_subclass__(**options)
        claims: object = cls.claims
        if not isinstance(claims, Set) or not claims <= CAPABILITIES:
            allowed = ", ".join(sorted(CAPABILITIES))
            raise TypeError(f"claims of {cls.__name__} are a set of {allowed}, got {claims!r}; no law was tested")

    def needs(self, capability: str) -> None:
        """Skip the law of a capability that the store does not claim, aloud."""
        __tracebackhide__ = True
        if capability not in self.claims:
            not_tested(f"{type(self).__name__} does not claim {capability!r}")
