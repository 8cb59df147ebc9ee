# mypy: disable-error-code="empty-body"
"""The questions that plugins answer. Each is asked once, while a kit is assembled.

A plugin answers the hooks it wants to and leaves out the others, and of a hook's arguments those it does not need.
An answer of None says nothing. The types named here are protocols: no base class is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

import pluggy

from collectkit.allocation import Strategy
from collectkit.calendars import HolidayCalendar
from collectkit.channels.channel import Driver
from collectkit.channels.templates import TemplateSet
from collectkit.compliance import Pack
from collectkit.holds import Scrub
from collectkit.person import Cleanser, Resolved
from collectkit.plugins.guard import Subscriber
from collectkit.principals import Authorize
from collectkit.servicing.next_best import Scorer

PROJECT: Final = "collectkit"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class OpensBooks(Protocol):
    """The part of `collectkit.storage.store.Store` that is checked when a plugin answers; units must be whole ones."""

    def unit(self, tenant: str) -> AbstractContextManager[object]:
        """Open a transaction on the book of *tenant*."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class AnchorSink(Protocol):
    """A place away from the book where the heads of the record are kept."""

    def anchor(self, tenant: str, number: int, head: str) -> None:
        """
        Keep one head, a line of JSON, for good; the same one may come again.

        It is called after each sealing, in the order of numbers, until it returns without an error.
        """
        ...


class KeyProvider(Protocol):
    """
    Keys of 32 bytes, one or more for each owner: a person (``person/c-1``) or an account and its notes (``account/a-1``).

    They are kept away from the book and its backups, and have a backup life of their own that is shorter.
    """

    def keys(self, tenant: str, owners: Sequence[str]) -> Mapping[str, tuple[str, bytes]]:
        """Return the newest key of each owner with its id, made where there is none; all are durable before this returns."""
        ...

    def key(self, tenant: str, owner: str, key_id: str) -> bytes | None:
        """Return one key, or None when it was destroyed or never was."""
        ...

    def destroy(self, tenant: str, owners: Sequence[str]) -> None:
        """Destroy every key of the owners for good, and remember that they were destroyed; again is no error."""
        ...

    def destroyed(self, tenant: str) -> Iterable[str]:
        """Return the owners whose keys were destroyed, so that an older backup of the book can be erased again."""
        ...

    def pepper(self, tenant: str) -> bytes:
        """Return the secret under which contact points are hashed; it is never destroyed and protects no text."""
        ...


class ContactResolver(Protocol):
    """
    A host's own place of personal data, asked when something is about to be handed over.

    Contact points that begin with ``token:`` hold no more than the token; what it stands for is used once and kept nowhere.
    """

    def resolve(self, tenant: str, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Resolved]:
        """
        Return what the tokens of some people stand for.

        Args:
            tenant: Whose book.
            wanted: Tokens by the id of the person.

        Returns:
            For each person that is known, a `collectkit.person.Resolved`; contacts with one who is left out wait.
        """
        ...


@hookspec(firstresult=True)
def collectkit_contact_resolver(settings: Mapping[str, str]) -> ContactResolver | None:
    """
    Return who knows what contact tokens stand for, or None to let the next plugin answer.

    It is asked before a contact is reserved, outside of any transaction and with a deadline. While it does not answer, the
    contacts that need it wait, and nothing is spent.
    """


@hookspec
def collectkit_cleansers() -> Mapping[str, Cleanser]:
    """
    Return functions that write a person's data in its normal form and say what is wrong with it, by name; two of one name are a fault.

    `Kit.cleanse` calls each after ours. One that fails, or changes more than values and statuses, changes nothing.
    """


@hookspec
def collectkit_scrubs() -> Mapping[str, Scrub]:
    """
    Return lists of others that people are held against, by name: deaths, insolvencies, service; two of one name are a fault.

    `Kit.scrub` makes a hold of each hit. A list that fails is named in the report and harms nobody.
    """


@hookspec(firstresult=True)
def collectkit_authority(settings: Mapping[str, str]) -> Authorize | None:
    """
    Return who decides what a principal may do, or None to let the next plugin answer.

    It is asked before every command, and again in the command's transaction. Without an answer everybody may do
    everything: the host has authenticated and authorized before it called. `collectkit.servicing.authority.FourEyes` is one.
    """


@hookspec(firstresult=True)
def collectkit_key_provider(settings: Mapping[str, str]) -> KeyProvider | None:
    """
    Return who keeps the keys, or None to let the next plugin answer.

    With an answer, personal data is sealed in a vault; without one it lies in the book as it is. Ours answers when the
    setting ``keys`` names a file.
    """


@hookspec(firstresult=True)
def collectkit_store(settings: Mapping[str, str]) -> OpensBooks | None:
    """
    Return the store for ``settings["store"]``, a URL such as ``sqlite:///book.db``, or None to let the next plugin answer.

    The first answer counts, the plugin listed last being asked first. Check it with the store's conformance suite.
    """


@hookspec
def collectkit_rule_packs(names: Sequence[str]) -> Iterable[Pack]:
    """
    Return the packs that you have among *names*, and those that must be asked whatever the policy names.

    Every implementation is heard: a plugin can add a rule and can never remove one. Two packs of one name are a fault.
    """


@hookspec(firstresult=True)
def collectkit_templates(name: str) -> TemplateSet | None:
    """
    Return the message templates that a policy calls *name*, or None to let the next plugin answer.

    Not asked for a folder, which is read as it is. The first answer counts, the plugin listed last being asked first.
    """


@hookspec
def collectkit_drivers(settings: Mapping[str, str]) -> Mapping[str, Driver]:
    """
    Return who takes messages, by channel; two for one channel are a fault.

    A driver that the host gives to the kit itself stands before yours. At run time a driver that raises, or answers
    with anything but an outcome, leaves the contact in doubt: it counts as possibly made and is not tried again.
    """


@hookspec
def collectkit_holiday_calendars() -> Mapping[str, HolidayCalendar]:
    """Return calendars by the name that a policy, or a rule pack of the host, calls them; two of one name are a fault."""


@hookspec
def collectkit_allocation_strategies() -> Mapping[str, Strategy]:
    """
    Return ways to share accounts among handlers, by the name that allocation rules give.

    The names of the built-in ones are taken. An answer that breaks eligibility or room is refused at run time and
    nothing is placed.
    """


@hookspec
def collectkit_scorers() -> Mapping[str, Scorer]:
    """
    Return what weighs candidates for the next best action, by the name that a policy gives; two of one name are a fault.

    The name ``baseline`` is taken. One that fails at run time is not asked about that person again in the night: the baseline
    weighs in its place, and the night's report says so.
    """


@hookspec
def collectkit_anchors(settings: Mapping[str, str]) -> Mapping[str, AnchorSink]:
    """
    Return where the heads of the record are kept, by name: a file elsewhere, a second database, mail to an auditor.

    Every one of them gets every head. One that also has ``heads(tenant)``, returning the lines it kept, is what
    `Kit.verify` compares the book with.
    """


@hookspec
def collectkit_subscribers() -> Iterable[Subscriber]:
    """
    Return functions to be called with each `Committed` after it stands, in a thread of their own for which the caller waits.

    They cannot stop or change anything: what they raise is counted, and after twenty failures in a row they are no
    longer called. Whoever must not miss an event reads the streams instead.
    """
