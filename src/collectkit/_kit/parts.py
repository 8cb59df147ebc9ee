"""What a kit is made of, put together once when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from collectkit.channels.channel import Driver
from collectkit.channels.templates import TemplateSet, bundled
from collectkit.compliance import RuleBook, shipped_rules
from collectkit.drivers.files import FileDriver
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
        templates: What messages say.
        outbox: Who takes messages whose channel has no driver of its own.
        drivers: Who takes messages, by channel.
    """

    store: Store
    policy: Policy
    rules: RuleBook
    templates: TemplateSet
    outbox: Driver
    drivers: Mapping[str, Driver] = attrs.field(factory=dict)

    def driver_for(self, channel: str) -> Driver:
        """Return who takes messages of *channel*: a driver that was given for it, or the outbox."""
        return self.drivers.get(channel, self.outbox)

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


def outbox_beside(url: str) -> FileDriver:
    """Return the driver that writes messages into the folder ``outbox`` beside the book; never the network."""
    path = url.partition("://")[2].removeprefix("/")
    return FileDriver(Path(path).parent / "outbox" if path else "outbox")


def assemble(url: str, policy: Policy, drivers: Mapping[str, Driver] | None = None) -> Parts:
    """
    Open the store, load the rule packs that the policy names, and put them together.

    Args:
        url: Of the store; see `open_store`.
        policy: What the host decides for itself.
        drivers: Who takes messages, by channel. A channel without one goes to files in ``outbox`` beside the book.
    """
    rules = shipped_rules(policy.law.packs, least_status=policy.law.least_status)
    return Parts(open_store(url), policy, rules, bundled(), outbox_beside(url), dict(drivers or {}))
