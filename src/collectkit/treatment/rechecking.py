"""Whether a contact that was proposed may still go out: holds, adjustments and what is agreed are asked once more at the hand-over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from collectkit.actions import FIRST_PARTIES, ActionKind, Proposal
from collectkit.holds import EFFECTS, Effect, HoldKind, cited
from collectkit.identifiers import HandlerId
from collectkit.person_standing import PersonStanding
from collectkit.standing import Standing
from collectkit.treatment.adjusting import too_soon
from collectkit.treatment.policies import STOPPED_BY, TreatmentPolicy
from collectkit.treatment.proposing import rests_while_out, stopping, suspends, with_another
from collectkit.treatment.steps import Step
from collectkit.treatment.triggers import PromiseOffset

__all__ = ["come_between"]


def _ours(handler: HandlerId | None) -> str:
    return "first_party"


def come_between(
    proposal: Proposal,
    person: PersonStanding,
    treatments: Iterable[TreatmentPolicy],
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
    *,
    since: datetime,
    messages: Collection[str] = (),
    zone: str = "UTC",
    party_of: Callable[[HandlerId | None], str] = _ours,
) -> str:
    """
    Return what came between a contact that was proposed and its hand-over, in words; empty for nothing.

    It asks again what `collectkit.treatment.propose` asked of holds, of adjustments, of what is agreed, and of who has the account.
    Contact that the law obliges us to make is not asked about here: the law judges it.

    Args:
        proposal: The contact, also one that joins several accounts: what stands against one of them stands against it.
        person: Everything known now about whom it is to reach.
        treatments: Those that may have proposed it; a step that tells of a promise is not stopped by that promise.
        effects: What each kind of hold stops.
        since: When it was planned.
        messages: Ids under which the contact itself stands in the history, which do not count as another.
        zone: IANA zone of the business day, for the days of contacts.
        party_of: The role of whoever has an account; by default all are ours.
    """
    policies = tuple(treatments)
    for standing in person.accounts:
        if standing.account not in proposal.accounts:
            continue
        if _is_ours_and_rests(proposal, policies, party_of(standing.handler)):
            return with_another(standing)
        moved = _changed_hands(proposal, policies, standing, party_of(standing.handler))
        if moved:
            return moved
        if suspends(standing.paused) and not _tells_of_promise(proposal, policies):
            return f"the treatment waits for what is agreed: {standing.agreed.replace('_', ' ')}"
        stopped = stopping(standing, person, effects, proposal.action, proposal.channel) & STOPPED_BY[proposal.action]
        if stopped:
            found = cited(stopped, (*standing.holds, *person.holds), effects)
            return "; ".join(map(str, found)) or f"what is agreed stops it: {standing.agreed.replace('_', ' ')}"
    return "it is too soon after another contact, as the adjustments say" if too_soon(person, since, messages, zone=zone) else ""


def _tells_of_promise(proposal: Proposal, policies: Iterable[TreatmentPolicy]) -> bool:
    return any(isinstance(policy.root(step), PromiseOffset) for policy, step in _steps(proposal, policies))


def _is_ours_and_rests(proposal: Proposal, policies: Iterable[TreatmentPolicy], party: str) -> bool:
    return proposal.party in FIRST_PARTIES and any(rests_while_out(step, party) for _, step in _steps(proposal, policies))


def _changed_hands(proposal: Proposal, policies: Iterable[TreatmentPolicy], standing: Standing, party: str) -> str:
    """
    Return why a contact is not its maker's to make any more, because the account went to somebody else; empty where it still is.

    Whoever collects in their own name makes contact about what they have, and about nothing else: a contact that was planned for
    one agency is not made by it once another has the account, nor by the next one, who was not judged. A contact of ours goes on
    when the account moves about within the house.
    """
    if proposal.party not in FIRST_PARTIES:
        now = f"{standing.handler} has it" if standing.handler else "nobody has it"
        return f"it was planned for {proposal.handler}, and now {now}" if proposal.handler != standing.handler else ""
    theirs = party not in FIRST_PARTIES and any(step.while_out == "handler" for _, step in _steps(proposal, policies))
    return with_another(standing) if theirs and proposal.action is ActionKind.CONTACT else ""


def _steps(proposal: Proposal, policies: Iterable[TreatmentPolicy]) -> Iterator[tuple[TreatmentPolicy, Step]]:
    """Yield the steps that a contact stands for, each with its treatment."""
    names = proposal.step.split("+")
    yield from ((policy, policy.steps_by_name[name]) for policy in policies for name in names if name in policy.steps_by_name)
