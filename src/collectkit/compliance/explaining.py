"""A verdict in sentences for people."""

from __future__ import annotations

from datetime import datetime

from collectkit.actions import Finding, Outcome, Verdict
from collectkit.calendars.dates import zone
from collectkit.errors import TimeError

_HEADLINES = {
    Outcome.ALLOW: "Allowed",
    Outcome.REQUIRE: "Allowed only with what is missing",
    Outcome.DENY: "Not allowed",
}
_NO_ADVICE = "Parameters from memory were not checked against the text of the law; this is no legal advice."


def explain(verdict: Verdict) -> str:
    """
    Return what was decided and why, in several lines without personal data.

    Each reason carries its paragraph and how well its parameters were checked; times are local to the first place.
    """
    lines = [f"{_HEADLINES[verdict.outcome]}: {_act(verdict)} at {_local(verdict.at, verdict)}."]
    lines += [_reason(finding) for finding in verdict.findings]
    lines += _when(verdict)
    if verdict.duties:
        lines.append(f"It must carry: {', '.join(verdict.duties)}.")
    lines += [f"It uses one of {spend.cap} under {spend.rule}." for spend in verdict.budgets]
    lines.append(f"Rule packs: {', '.join(verdict.packs) or 'none'}; time zone data {verdict.tzdata}.")
    if any(finding.status == "from-memory" for finding in verdict.findings):
        lines.append(_NO_ADVICE)
    return "\n".join(lines)


def _act(verdict: Verdict) -> str:
    action = verdict.proposal.action.value.replace("_", " ")
    return f"{action} by {verdict.proposal.channel}" if verdict.proposal.channel else action


def _reason(finding: Finding) -> str:
    presumed = " A presumption that facts may rebut." if finding.rebuttable else ""
    return f"- {finding.text}{presumed} [{finding.rule}; {finding.citation}; {finding.status}]"


def _when(verdict: Verdict) -> list[str]:
    if verdict.outcome is not Outcome.DENY:
        return [] if verdict.not_after is None else [f"It may begin until {_local(verdict.not_after, verdict)}."]
    if verdict.earliest_lawful_at is None:
        return ["From when on it is lawful cannot be known."]
    return [f"Lawful from {_local(verdict.earliest_lawful_at, verdict)} at the earliest."]


def _local(at: datetime, verdict: Verdict) -> str:
    for name in verdict.zones:
        try:
            return f"{at.astimezone(zone(name)):%Y-%m-%d %H:%M:%S} ({name})"
        except TimeError:
            continue  # a name that is no zone closed the hours; the next place can still tell the time
    return f"{at:%Y-%m-%d %H:%M:%S%z}"
