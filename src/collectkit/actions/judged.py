"""What the law answered, as it is recorded: a verdict with all that it rested on, of an act that was done and of one refused."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from collectkit.actions.permission import Proposal
from collectkit.identifiers import AccountId, MessageId, PersonId, account_ids

__all__ = ["ActJudged", "ActRefused", "BudgetUse", "Judged"]


@attrs.frozen
class BudgetUse:
    """
    One budget that an act would spend, as it was then.

    Attributes:
        subject: Whose budget.
        rule: Id of the rule that limits it.
        cap: How many fit into one window.
        before: How many of them were used up before the act; with it, one more. -1 when a plugin's rule does not tell.
    """

    subject: str
    rule: str
    cap: int
    before: int


@attrs.frozen
class Judged:
    """
    A verdict with all that it rested on, so that it can be given again; no personal data.

    Actor, command and versions of policy and packs stand in the envelope of the event that holds it.

    Attributes:
        proposal: What was asked, without the sentences for people.
        at: For which instant.
        outcome: ``allow``, ``require`` or ``deny``.
        rules: Ids of the rules with the winning verdict, sorted.
        earliest: For a denial: the first lawful instant, when it could be known.
        until: Else: the last instant until which it held by the clock alone.
        point: Id of the contact point.
        duties: Disclosures that the message had to carry.
        budgets: What the act would spend, with what was used up before.
        consents: Which consents stood, as channel, point, instant, version of the wording and evidence.
        packs: Names and versions of the rule packs asked.
        tzdata: Version of the time zone data.
        wording: Version of the message's template; empty for a call or a visit.
        inputs: What the rules were told besides, as text; `collectkit.compliance.question_of_record` reads it. Empty when the
            rules were told something that cannot be written down, which only a plugin can bring about.
        read: From how many events of the person's stream the earlier contacts were read; 0 when they stand in *inputs*.
        digest: SHA-256 of *inputs* and the earlier contacts, hexadecimal.
    """

    proposal: Proposal
    at: datetime
    outcome: str
    rules: tuple[str, ...] = ()
    earliest: datetime | None = None
    until: datetime | None = None
    point: str = ""
    duties: tuple[str, ...] = ()
    budgets: tuple[BudgetUse, ...] = ()
    consents: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    tzdata: str = ""
    wording: str = ""
    inputs: str = ""
    read: int = 0
    digest: str = ""


@attrs.frozen
class ActJudged:
    """An act was done, or a contact possibly made, under this verdict; kept so that it explains itself."""

    TYPE: ClassVar[str] = "act-judged/1"

    judged: Judged


@attrs.frozen
class ActRefused:
    """
    An act was not done because a rule stands against it; kept as evidence of refraining.

    Attributes:
        message: Id of the proposal.
        person: Towards whom it would have been.
        accounts: About which accounts.
        channel: Through which channel.
        at: For which instant it was asked.
        rules: Ids of the rules with the winning verdict.
        citations: Their paragraphs, in the same order.
        earliest: First lawful instant, when known.
        judged: The verdict with all that it rested on; None when no rule of law was asked, because too little is owed, and in a record
            of a release that did not keep it.
    """

    TYPE: ClassVar[str] = "act-refused/1"

    message: MessageId = attrs.field(converter=MessageId)
    person: PersonId = attrs.field(converter=PersonId)
    accounts: tuple[AccountId, ...] = attrs.field(converter=account_ids)
    channel: str
    at: datetime
    rules: tuple[str, ...]
    citations: tuple[str, ...]
    earliest: datetime | None = None
    judged: Judged | None = None
