"""What another version of a treatment would mean for accounts in flight, computed and shown before it is put into force.

A version never changes; another one takes its place, and a step keeps its name through all of them. So an account moves by
itself, at its next step: what fired under its name does not fire again. What may surprise is told here for each account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

import attrs

from collectkit.actions import StepTaken
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId
from collectkit.standing import Standing
from collectkit.treatment.planning import Planned, schedule
from collectkit.treatment.policies import TreatmentPolicy

__all__ = ["AccountMigration", "MigrationPlan", "migration_plan"]


@attrs.frozen
class AccountMigration:
    """
    What changes for one account, as if nothing were paid meanwhile.

    Attributes:
        account: Which.
        at_once: Steps that the new version makes due on the day itself and the old one does not.
        added: Steps ahead under the new version alone.
        dropped: Steps ahead under the old version alone.
        moved: Steps ahead under both, with the first day under the old and under the new.
        last: The last step that fired, and its version; empty when none did.
    """

    account: AccountId
    at_once: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    moved: tuple[tuple[str, date, date], ...] = ()
    last: str = ""

    @property
    def unchanged(self) -> bool:
        """Whether the account would not notice."""
        return not (self.at_once or self.added or self.dropped or self.moved)


@attrs.frozen
class MigrationPlan:
    """
    What putting a new version into force means.

    Attributes:
        before: Version in force.
        after: The new version.
        on: The day.
        accounts: Each account for which something changes, by id.
        unchanged: How many would not notice.
    """

    before: str
    after: str
    on: date
    accounts: tuple[AccountMigration, ...]
    unchanged: int

    def counts(self) -> Mapping[str, int]:
        """Return how often each thing happens: ``at once: late-3-sms`` and the like, sorted by name."""
        found: Counter[str] = Counter()
        for one in self.accounts:
            found.update(f"at once: {step}" for step in one.at_once)
            found.update(f"added: {step}" for step in one.added)
            found.update(f"dropped: {step}" for step in one.dropped)
            found.update(f"moved: {step}" for step, _, _ in one.moved)
        return MappingProxyType(dict(sorted(found.items())))

    def __str__(self) -> str:
        lines = [f"{self.before} to {self.after} on {self.on}: {len(self.accounts)} accounts change, {self.unchanged} do not"]
        return "\n".join([*lines, *[f"  {name}: {count}" for name, count in self.counts().items()]])


def migration_plan(
    accounts: Iterable[tuple[Standing, Sequence[StepTaken]]],
    before: TreatmentPolicy,
    after: TreatmentPolicy,
    on: date,
    *,
    days: int = 60,
) -> MigrationPlan:
    """
    Compare what is ahead of each account under two versions.

    Guards, holds and stop rules are asked on the day and not here, as for `collectkit.treatment.schedule`. What happened before is not
    told either: a step that waits for an event or for a delivery counts as not due, and one that stood still as due by its dates.

    Args:
        accounts: Standings valid on *on*, each with the steps that fired for it.
        before: The version in force.
        after: The one to come.
        on: The day on which it would be put into force.
        days: How far to look ahead.

    Raises:
        ValidationError: Both are one version.

    Source:
        Both policies, as `collectkit.treatment.schedule` reads them; calendar days in the business zone.
    """
    if before.version == after.version:
        raise ValidationError(f"both are version {before.version!r}; nothing was compared")
    changed, unchanged = [], 0
    for standing, taken in accounts:
        one = _account(standing.on(on), taken, before, after, on + timedelta(days=days))
        if one.unchanged:
            unchanged += 1
        else:
            changed.append(one)
    return MigrationPlan(before.version, after.version, on, tuple(sorted(changed, key=lambda one: one.account)), unchanged)


def _account(
    standing: Standing, taken: Sequence[StepTaken], before: TreatmentPolicy, after: TreatmentPolicy, until: date
) -> AccountMigration:
    old, new = (_first(schedule(standing, policy, until, taken=taken)) for policy in (before, after))
    last = max(taken, key=lambda step: (step.on, step.step), default=None)
    due = {step for step, on in new.items() if on == standing.as_of and old.get(step) != standing.as_of}
    return AccountMigration(
        standing.account,
        tuple(sorted(due)),
        tuple(sorted(new.keys() - old.keys() - due)),
        tuple(sorted(old.keys() - new.keys())),
        tuple((step, old[step], new[step]) for step in sorted(old.keys() & new.keys() - due) if old[step] != new[step]),
        f"{last.step} ({last.version}) on {last.on}" if last is not None else "",
    )


def _first(planned: Iterable[Planned]) -> dict[str, date]:
    """Return the first day of each step."""
    found: dict[str, date] = {}
    for item in planned:
        found.setdefault(item.step.name, item.on)
    return found
