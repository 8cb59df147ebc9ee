"""Past contacts judged once more under other law: what a new pack, or a decision, would have changed."""

from __future__ import annotations

from datetime import datetime

import attrs

from collectkit.actions import ActionKind, Outcome, Proposal, Verdict
from collectkit.compliance.gate import review
from collectkit.compliance.rulebook import RuleBook
from collectkit.person import Contact
from collectkit.person_standing import PersonStanding


@attrs.frozen
class Replayed:
    """
    One past contact with what two rule books say about it.

    Attributes:
        contact: What was done.
        before: The verdict under the one.
        after: The verdict under the other.
    """

    contact: Contact
    before: Verdict
    after: Verdict

    @property
    def differs(self) -> bool:
        """Whether the outcome or the rules behind it are not the same."""
        return (self.before.outcome, _rules(self.before)) != (self.after.outcome, _rules(self.after))

    def __str__(self) -> str:
        was, now = _told(self.before), _told(self.after)
        return f"{self.contact.at:%Y-%m-%d %H:%M %Z} {self.contact.channel}: {was} -> {now}"


def replay_contacts(
    person: PersonStanding, before: RuleBook, after: RuleBook, *, party: str = "first_party", unknown: str = "deny"
) -> tuple[Replayed, ...]:
    """
    Judge every contact that the host made to a person under two rule books, each with what was known at its time.

    What the person said or was told later is left out. How an account stood then is not known here: each contact is
    judged by the standing that is given.

    Args:
        person: The person with their contacts.
        before: The one rule book.
        after: The other.
        party: In which role the contacts were made.
        unknown: What an unknown fact means.
    """
    made = [contact for contact in person.facts.contacts if contact.direction == "outbound" and not contact.collector]
    return tuple(_replayed(contact, person, before, after, party, unknown) for contact in made)


def known_at(person: PersonStanding, at: datetime) -> PersonStanding:
    """Return the person with what had been said and done before an instant."""
    facts = person.facts
    earlier = attrs.evolve(
        facts,
        contacts=tuple(contact for contact in facts.contacts if contact.at < at),
        consents=tuple(consent for consent in facts.consents if consent.given_at <= at),
        stops=tuple(stop for stop in facts.stops if stop.at < at),
        preferences=tuple(preference for preference in facts.preferences if preference.set_at < at),
    )
    return attrs.evolve(person, facts=earlier)


def _replayed(contact: Contact, person: PersonStanding, before: RuleBook, after: RuleBook, party: str, unknown: str) -> Replayed:
    then = known_at(person, contact.at)
    proposal = Proposal(
        contact.message or "contact", ActionKind.CONTACT, contact.person, contact.accounts, contact.channel, contact.purpose, party=party
    )
    verdicts = [review(proposal, then, rules, contact.at, unknown=unknown) for rules in (before, after)]
    return Replayed(contact, *verdicts)


def _rules(verdict: Verdict) -> list[str]:
    return sorted(finding.rule for finding in verdict.findings if finding.outcome is verdict.outcome)


def _told(verdict: Verdict) -> str:
    return verdict.outcome.value if verdict.outcome is Outcome.ALLOW else f"{verdict.outcome.value} by {', '.join(_rules(verdict))}"
