"""The kit: what a host touches. One call does what a backend needs, on one store, under one policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

import attrs

from collectkit._kit.accounts import Accounts
from collectkit._kit.alerting import Alerting
from collectkit._kit.approving import Approving
from collectkit._kit.archiving import Archiving
from collectkit._kit.assessing import ChargingByHand
from collectkit._kit.authorizing import asked_first
from collectkit._kit.bulk import Bulk
from collectkit._kit.cash import FieldCash
from collectkit._kit.cleansing import Cleansing
from collectkit._kit.configuring import Configuring
from collectkit._kit.dispatching import Dispatching
from collectkit._kit.due_dates import DueDates
from collectkit._kit.explaining import Explaining
from collectkit._kit.guiding import Guiding
from collectkit._kit.host_acts import HostActs
from collectkit._kit.importing import StandingPolicy
from collectkit._kit.interacting import Interactions
from collectkit._kit.listed import Listed
from collectkit._kit.merged import MergedStore
from collectkit._kit.merging import PeopleAsOne
from collectkit._kit.movements import Movements
from collectkit._kit.negotiating import Negotiating
from collectkit._kit.nights import Nights
from collectkit._kit.noticing import Noticing
from collectkit._kit.overseeing import Overseeing
from collectkit._kit.parts import Parts, assemble
from collectkit._kit.permissions import CommandRow, commands_of
from collectkit._kit.postings import Postings
from collectkit._kit.privacy import Privacy
from collectkit._kit.reading import Reading
from collectkit._kit.reassigning import Reassigns, Supervising
from collectkit._kit.rebuilding import Rebuilding
from collectkit._kit.record import RecordKeeping
from collectkit._kit.settlements import Settlements
from collectkit._kit.sharing import SharedPostings
from collectkit._kit.suing import Suing
from collectkit._kit.suspense import Suspense
from collectkit._kit.switching import Switching
from collectkit._kit.telemetry import told
from collectkit._kit.treating import Treating
from collectkit._kit.typed import typed
from collectkit._kit.watching import Watching
from collectkit._kit.webhooks import Webhooks
from collectkit.channels.channel import Driver
from collectkit.intake import ImportSummary, Paths
from collectkit.kit_intake import Mode, Progress, import_files
from collectkit.policy import Policy
from collectkit.principals import Principal
from collectkit.servicing.night_report import NightReport
from collectkit.storage.bound import bind


@told
@typed
@asked_first
class BoundKit(
    Reassigns,
    Accounts,
    Postings,
    SharedPostings,
    Movements,
    ChargingByHand,
    DueDates,
    Suspense,
    Guiding,
    Negotiating,
    Settlements,
    Suing,
    Interactions,
    Treating,
    Alerting,
    HostActs,
    Noticing,
    Reading,
    Explaining,
):
    """
    A kit inside the host's own transaction, from `Kit.bind`.

    It records and reads. It runs no night and hands nothing over, for the host may still roll everything back; and it
    decides nothing again after a conflict, which the host's own transaction has met too.
    """

    DECIDES_AGAIN = False

    if not TYPE_CHECKING:  # what is missing is missing for a type checker too

        def __getattr__(self, name: str) -> object:
            said = f"{type(self).__name__!r} object has no attribute {name!r}"
            if hasattr(Kit, name):
                said += ": a bound kit records and reads, and the host may still roll it back; call the whole kit once yours is committed"
            raise AttributeError(said, name=name, obj=self)


@told
@typed
@asked_first
class Kit(
    BoundKit,
    Supervising,
    Overseeing,
    FieldCash,
    Nights,
    RecordKeeping,
    Archiving,
    Privacy,
    Cleansing,
    Approving,
    Configuring,
    PeopleAsOne,
    Webhooks,
    Watching,
    Dispatching,
    Listed,
    Switching,
    Rebuilding,
    Bulk,
):
    """
    Collections on one book.

    Safe to share between threads; async hosts call it through `asyncio.to_thread`. There is no global state: two
    kits may live in one process.

    Args:
        parts: Store, policy and rules; `Kit.open` puts them together.
        actor: Id of the principal who acts, written into every event.
        tenant: Whose book, where one store holds several.
    """

    DECIDES_AGAIN = True

    def __init__(self, parts: Parts, *, actor: str, tenant: str = "default") -> None:
        super().__init__(parts, actor=actor, tenant=tenant)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        policy: str | Path | Policy = "us-bnpl",
        actor: str,
        tenant: str = "default",
        drivers: Mapping[str, Driver] | None = None,
        plugins: str | Sequence[object] = (),
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """
        Open a book, made when it is not there.

        Args:
            url: ``sqlite:///book.db`` (relative), ``sqlite:////var/book.db`` (absolute), ``sqlite://`` (in memory) or
                ``postgresql+psycopg://user@host/database``.
            policy: Name of a bundled policy, path of a TOML file, or a policy.
            actor: Id of the principal who acts: a service's or a person's id, never a name.
            tenant: Whose book, where one store holds several.
            drivers: Who takes messages, by channel. A channel without one goes to files in ``outbox`` beside the book.
            plugins: Modules, objects, names of entry points, or ``installed`` for all that are installed.
            settings: What plugins are told besides the URL.

        Raises:
            StoreUnavailableError: The store cannot be opened; nothing was recorded.
            PolicyError: The policy is not one; nothing was opened.
            PluginFaultError: A plugin raised or answered rubbish; nothing was opened.
        """
        return cls(assemble(url, policy, drivers, plugins=plugins, settings=settings), actor=actor, tenant=tenant)

    def import_files(
        self,
        mapping: str | Path,
        paths: Paths,
        *,
        at: datetime,
        as_of: date | None = None,
        dry_run: bool = False,
        mode: Mode = "row_by_row",
        quarantine: str | Path | None = None,
        progress: Progress | None = None,
        workers: int | None = None,
    ) -> ImportSummary:
        """
        Import files and return what became of each row; the same files again change nothing.

        Args:
            mapping: Name of a bundled mapping, or the path of a TOML file.
            paths: The files.
            at: Instant of the import; aware.
            as_of: Business date on which the standings are written; by default that of *at*.
            dry_run: Tell what would happen and write nothing.
            mode: ``row_by_row`` takes what is right; ``all_or_nothing`` takes a file only without a rejected row.
            quarantine: Where rejected rows are written, to be repaired and imported again.
            progress: Called with rows done and rows expected.
            workers: 2 reads the files in a second process while this one writes, 1 does both here; by default large files are
                read in a second one where there are processors for two. The result is the same.
        """
        return import_files(
            self.store,
            self.tenant,
            mapping,
            paths,
            context=self._context(at, "import"),
            as_of=self.business_date(at) if as_of is None else as_of,
            standing_policy=StandingPolicy(
                waterfall=self.policy.waterfall, promises=self.policy.promises, effects=self.policy.holds.effects
            ),
            dry_run=dry_run,
            mode=mode,
            quarantine=quarantine,
            progress=progress,
            workers=workers,
        )

    def run_night(self, *, as_of: date, at: datetime, worker: str = "night") -> NightReport:
        """
        Work every account that needs it on a business date, after the erasures whose day has come.

        See `Nights.run_night` for the rest.
        """
        self.erase_due(at=at)
        return super().run_night(as_of=as_of, at=at, worker=worker)

    def bind(self, connection: object) -> BoundKit:
        """
        Return a kit that writes inside the host's transaction: what it records stands or falls with what the host writes.

        Args:
            connection: A connection of `sqlite3` or psycopg, one of SQLAlchemy or a session of it with a transaction, or Django's
                ``django.db.connection`` inside ``atomic()``. It is used by one thread at a time; plugins that observe
                are not told.

        Raises:
            StoreUnavailableError: There is no such connection behind it, or it has no transaction; nothing was recorded.
        """
        store = bind(connection)
        store.protect(self.parts.keeper)
        bound = BoundKit(attrs.evolve(self.parts, store=MergedStore(store)), actor=self.actor, tenant=self.tenant)
        bound.principal, bound.approval = self.principal, self.approval
        return bound

    def acting(self, principal: Principal, *, approval: str = "") -> Self:
        """
        Return this kit in the name of somebody, as the host has authenticated them; both share one store.

        Args:
            principal: Who acts; their id is written into every event.
            approval: Id of the approval under which they act, for what takes a second person.
        """
        kit = type(self)(self.parts, actor=principal.id, tenant=self.tenant)
        kit.principal, kit.approval = principal, approval
        return kit

    @classmethod
    def commands(cls) -> tuple[CommandRow, ...]:
        """Return every command with the permission that it asks for, and whether it takes two people; found by looking at the class."""
        return commands_of(cls)

    def close_store(self) -> None:
        """Let go of the store; the book stays."""
        self.store.close()
        self.parts.keyring.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_store()
