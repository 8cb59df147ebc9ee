"""Rules, templates and grants come into force by an act that takes two people, where the authorizer has a version.

The first configuration of a book comes into force with the first thing that is recorded under it. Another one, a policy with other
rules, an edited template, other grants, gives no command until `Kit.activate` has put it in force; one that was in force before
may be gone back to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core
from collectkit.approvals import ConfigurationActivated
from collectkit.errors import PermissionDeniedError
from collectkit.events import Context
from collectkit.principals import Act
from collectkit.storage.store import Unit

STREAM: Final = "configuration"


class _Asked(Protocol):
    @property
    def act(self) -> Act: ...


@decided_again
class Configuring(Core):
    """Putting rules, templates and grants in force."""

    def activate(self, configuration: str, *, at: datetime) -> ConfigurationActivated:
        """
        Put the configuration of this kit in force: its policy, rule packs, templates, and who may do what.

        Args:
            configuration: `configuration` of this kit, named so that what was approved is what comes into force.
            at: The present instant.

        Raises:
            PermissionDeniedError: It is not the configuration of this kit.
        """
        mine = self.configuration
        if configuration != mine:
            text = f"this kit is configured as {mine}, not as {configuration}; nothing was put in force"
            raise PermissionDeniedError(text, action="activate", resource=STREAM)
        with self._unit() as unit:
            before = _activated(unit)
            if mine in before:
                return before[mine]
            event = _event(self, at)
            unit.append(self._context(at, f"activate/{mine}"), {STREAM: (unit.version(STREAM), [event])})
        return event

    @property
    def configuration(self) -> str:
        """Digest of what this kit was configured with: policy, rule packs, templates, and the grants of its authorizer."""
        return self.parts.configuration


def in_force(kit: Core, asked: _Asked) -> None:
    """
    Refuse a command of a kit whose configuration nobody put in force.

    Raises:
        PermissionDeniedError: The book is under another one.
    """
    parts = kit.parts
    if not parts.authority_version or asked.act.action == "activate" or kit.tenant in parts.configured:
        return
    with kit._view() as unit:
        known = _activated(unit)
    if not known:
        return
    if parts.configuration not in known:
        text = (
            f"the book is not under the configuration {parts.configuration} of this kit; "
            "put it in force with `activate`, which takes a second person; nothing was done"
        )
        raise PermissionDeniedError(text, action=asked.act.action, resource=asked.act.resource)
    parts.configured.add(kit.tenant)


def first_in_force(unit: Unit, context: Context, kit: Core) -> None:
    """Have the first configuration of a book come into force with what is recorded under it."""
    if not kit.parts.authority_version or kit.tenant in kit.parts.configured or unit.version(STREAM):
        return
    unit.append(context, {STREAM: (0, [_event(kit, context.at)])})


def _event(kit: Core, at: datetime) -> ConfigurationActivated:
    parts = kit.parts
    return ConfigurationActivated(
        parts.configuration, kit.policy.version, parts.rules_version, parts.templates_digest, parts.authority_version, at
    )


def _activated(unit: Unit) -> dict[str, ConfigurationActivated]:
    return {body.digest: body for body in unit.bodies(STREAM) if isinstance(body, ConfigurationActivated)}
