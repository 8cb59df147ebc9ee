"""The difference between two versions of a pack, rule by rule and key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from collectkit.compliance.packs import Pack


@attrs.frozen
class Change:
    """
    One value that differs.

    Attributes:
        rule: Id of the rule.
        key: Where it stands, such as ``params.max``.
        before: The value before; None when it was not there.
        after: The value after; None when it is not there any more.
    """

    rule: str
    key: str
    before: object
    after: object

    def __str__(self) -> str:
        return f"{self.rule}: {self.key} was {_shown(self.before)}, is {_shown(self.after)}"


@attrs.frozen
class PackDifference:
    """
    What a new version of a pack changes.

    Attributes:
        before: Name and version.
        after: Name and version.
        added: Ids of new rules.
        removed: Ids of rules that are gone.
        changes: Values that differ in rules of both.
    """

    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changes)

    def __str__(self) -> str:
        lines = [f"{self.before} -> {self.after}"]
        lines += [f"+ {id}" for id in self.added]
        lines += [f"- {id}" for id in self.removed]
        lines += [f"~ {change}" for change in self.changes]
        return "\n".join(lines if self else [*lines, "no rule differs"])


def compare_packs(before: Pack, after: Pack) -> PackDifference:
    """Return what *after* changes; the order of rules and of keys does not matter."""
    old, new = ({rule.id: rule for rule in pack.rules} for pack in (before, after))
    both = [id for id in old if id in new]
    return PackDifference(
        str(before),
        str(after),
        added=tuple(id for id in new if id not in old),
        removed=tuple(id for id in old if id not in new),
        changes=tuple(change for id in both for change in _changes(id, "", old[id].stated, new[id].stated)),
    )


def _changes(rule: str, key: str, before: object, after: object) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _changes(rule, f"{key}.{name}".lstrip("."), before.get(name), after.get(name))
    elif before != after:
        yield Change(rule, key, before, after)


def _shown(value: object) -> str:
    return "absent" if value is None else repr(value) if isinstance(value, str | list) else str(value)
