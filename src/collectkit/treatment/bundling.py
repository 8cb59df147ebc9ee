"""One message for all accounts of a person that are due for the same one on a day; each step is still recorded."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

import attrs

from collectkit.actions import ActionKind, Proposal, PurchasingDecided, StepTaken
from collectkit.identifiers import MessageId, PersonId
from collectkit.treatment.policies import TreatmentPolicy
from collectkit.treatment.proposing import cycle_of

_Key: TypeAlias = tuple[str, ...]


def bundle(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """
    Join contacts with one person through one channel with one template in one role into one contact.

    A third party speaks only of accounts that it has itself. Acts other than contacts stay as they are.

    Args:
        proposals: Those of one day, in any order.

    Returns:
        Sorted by id. A joined contact names every account, step and reason; its id depends on what it joins alone.
    """
    joined = (_joined(group) for group in _groups(proposals).values())
    return tuple(sorted(joined, key=lambda proposal: proposal.id))


def steps_taken(
    proposals: Iterable[Proposal],
    *,
    version: str,
    on: date,
    outcomes: Mapping[MessageId, str] = MappingProxyType({}),
) -> tuple[StepTaken, ...]:
    """
    Return what to record for the proposals of one day, as `propose` made them: one step taken for each.

    Args:
        proposals: As they were before `bundle`.
        version: Version of the treatment policy.
        on: The business date.
        outcomes: ``planned``, ``done`` or ``refused`` by the id of the bundled proposal; ``planned`` where it says nothing.

    Source:
        What was proposed and what came of it; the business date is a calendar day in the business zone.
    """
    taken = []
    for group in _groups(proposals).values():
        id = _joined(group).id
        outcome = outcomes.get(id, "planned")
        for one in group:
            message = id if one.action is ActionKind.CONTACT else None
            taken.append(StepTaken(one.accounts[0], one.step, cycle_of(one.id), on, version, outcome, message))
    return tuple(sorted(taken, key=lambda step: (step.account, step.step, step.cycle)))


def decided_by(step: StepTaken, policy: TreatmentPolicy, person: PersonId, why: str = "") -> PurchasingDecided | None:
    """Return what a step that was taken decides about new purchases; None when it decides nothing about them."""
    taken = policy.steps_by_name.get(step.step)
    if taken is None or taken.action not in _DECISIONS or step.outcome == "refused":
        return None
    decision = _DECISIONS[taken.action]
    return PurchasingDecided(step.account, person, decision, step.on, step.step, step.cycle, why, taken.limit_bp)


_DECISIONS: Mapping[ActionKind, str] = {
    ActionKind.FREEZE_PURCHASES: "freeze",
    ActionKind.CUT_LIMIT: "cut_limit",
    ActionKind.THAW_PURCHASES: "thaw",
}


def _groups(proposals: Iterable[Proposal]) -> dict[_Key, list[Proposal]]:
    groups: defaultdict[_Key, list[Proposal]] = defaultdict(list)
    for proposal in sorted(proposals, key=lambda proposal: proposal.id):
        groups[_key(proposal)].append(proposal)
    return groups


def _key(proposal: Proposal) -> _Key:
    if proposal.action is not ActionKind.CONTACT:
        return (proposal.action.value, proposal.id)
    handler = str(proposal.handler) if proposal.handler is not None and proposal.party != "first_party" else ""
    when = f"{proposal.local_time} {proposal.weekdays}"
    return (
        "contact",
        proposal.person,
        proposal.channel,
        proposal.template,
        proposal.purpose,
        proposal.party,
        handler,
        when,
        proposal.among,
    )


def _joined(group: Sequence[Proposal]) -> Proposal:
    first = group[0]
    if len(group) == 1:
        return first
    handlers = {one.handler for one in group}
    digest = hashlib.sha256("\n".join(one.id for one in group).encode()).hexdigest()[:40]
    return attrs.evolve(
        first,
        id=MessageId(f"bundle/{digest}"),
        accounts=tuple(sorted({account for one in group for account in one.accounts})),
        step="+".join(dict.fromkeys(one.step for one in group)),
        handler=handlers.pop() if len(handlers) == 1 else None,
        why=tuple(f"{', '.join(one.accounts)}: {sentence}" for one in group for sentence in one.why),
        content=tuple(dict.fromkeys(word for one in group for word in one.content)),
    )
