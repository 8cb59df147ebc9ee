"""What a kit is made of, put together once when it is opened."""

from __future__ import annotations

import attrs

from collectkit.compliance import RuleBook, shipped_rules
from collectkit.errors import StoreUnavailableError
from collectkit.policy.model import Policy
from collectkit.storage.store import Store


@attrs.frozen
class Parts:
    """
    The parts of a kit.

    Attributes:
        store: Where the book lies.
        policy: What the host decides for itself.
        rules: The law that is asked.
    """

    store: Store
    policy: Policy
    rules: RuleBook

    @property
    def rules_version(self) -> str:
        """Return names and versions of the rule packs, for the record."""
        return " ".join(str(pack) for pack in self.rules.packs)


def open_store(url: str) -> Store:
    """
    Open the store that *url* names.

    Args:
        url: ``sqlite:///book.db`` (relative), ``sqlite:////var/book.db`` (absolute) or ``sqlite://`` (in memory).

    Raises:
        StoreUnavailableError: Another scheme, or the file cannot be opened; nothing was recorded.
    """
    from collectkit.storage.sqlite import SqliteStore

    scheme, _, rest = url.partition("://")
    if scheme != "sqlite":
        raise StoreUnavailableError(f"a book is opened with sqlite:///PATH or sqlite:// (in memory), got {url!r}; nothing was recorded")
    return SqliteStore(rest.removeprefix("/") if rest.strip("/") else ":memory:")


def assemble(url: str, policy: Policy) -> Parts:
    """Open the store, load the rule packs that the policy names, and put them together."""
    return Parts(open_store(url), policy, shipped_rules(policy.law.packs, least_status=policy.law.least_status))
