"""The law asked about one act, and the evidence that is kept of its answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias

import attrs

from collectkit.actions import ActJudged, ActRefused, Proposal, Verdict
from collectkit.compliance import Circumstances, RuleBook, judged_of, review
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.person_standing import PersonStanding

Evidence: TypeAlias = ActJudged | ActRefused


@attrs.frozen
class Answered:
    """
    What the law said about one act.

    Attributes:
        verdict: The answer.
        evidence: What is kept of it, with all that it rested on.
    """

    verdict: Verdict
    evidence: Evidence

    @property
    def permitted(self) -> bool:
        """Whether the act may be done."""
        return self.verdict.permissible

    @property
    def refusal(self) -> ActRefused:
        """
        Return the evidence that it was not done.

        Raises:
            LookupError: It may be done.
        """
        if not isinstance(self.evidence, ActRefused):
            raise LookupError(f"{self.verdict.proposal.id} may be done; nothing was refused")
        return self.evidence

    @property
    def why(self) -> str:
        """Return what stands against it, each paragraph with its sentence."""
        return why_not(self.verdict)

    @property
    def why_and_when(self) -> str:
        """Return what stands against it, and from when on nothing does where that is known."""
        earliest = self.verdict.earliest_lawful_at
        return self.why if earliest is None else f"{self.why}; lawful from {earliest.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def why_not(verdict: Verdict) -> str:
    """Return what stands against an act, each paragraph with its sentence."""
    standing = [finding for finding in verdict.findings if finding.outcome is verdict.outcome]
    return "; ".join(dict.fromkeys(f"{finding.citation}: {finding.text}" for finding in standing))


def ask(
    proposal: Proposal,
    person: PersonStanding,
    rules: RuleBook,
    at: datetime,
    *,
    unknown: str,
    read: int,
    circumstances: Circumstances = NOTHING_FURTHER,
) -> Answered:
    """
    Ask the law about an act that is no contact.

    Args:
        proposal: The act.
        person: Everything known about whom it is done to.
        rules: The host's rule book.
        at: The instant; aware.
        unknown: What an unknown fact means, see `collectkit.compliance.review`.
        read: From how many events of the person's stream they are known; 0 to write the earlier contacts into the record.
        circumstances: What is known about the act besides; contacts in it stand in no stream, so that all are written into the record.
    """
    if circumstances.contacts:
        read = 0
    verdict = review(proposal, person, rules, at, unknown=unknown, circumstances=circumstances)
    if verdict.permissible:
        return Answered(verdict, ActJudged(judged_of(verdict, person, rules, read=read, inline=not read)))
    return Answered(verdict, refusal_of(verdict, person, rules, read=read))


def refusal_of(verdict: Verdict, person: PersonStanding, rules: RuleBook, *, read: int) -> ActRefused:
    """Return the evidence of an act that was not done: the rules with the winning verdict, their paragraphs, and what it rested on."""
    winning = [finding for finding in verdict.findings if finding.outcome is verdict.outcome]
    proposal = verdict.proposal
    return ActRefused(
        proposal.id,
        proposal.person,
        proposal.accounts,
        proposal.channel,
        verdict.at,
        tuple(finding.rule for finding in winning),
        tuple(finding.citation for finding in winning),
        verdict.earliest_lawful_at,
        judged_of(verdict, person, rules, read=read, inline=not read),
    )


def said_before(refusal: ActRefused, known: Iterable[object]) -> bool:
    """Whether the same act was refused by the same rules the last time it was asked about: evidence is kept once, not every night."""
    last = None
    for body in known:
        if isinstance(body, ActRefused) and body.message == refusal.message:
            last = body
    return last is not None and last.rules == refusal.rules
