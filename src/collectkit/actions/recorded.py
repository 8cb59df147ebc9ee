"""What is recorded of acts: a step that fired, a decision about purchases, a verdict with what it rested on, an act refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

import attrs

from collectkit._checks import one_of
from collectkit.actions.permission import Proposal
from collectkit.identifiers import AccountId, MessageId, PersonId, account_ids


@attrs.frozen
class StepTaken:
    """
    A treatment step fired for an account, whatever became of it.

    Attributes:
        account: Which.
        step: Name of the step.
        cycle: The due date that started this stretch of lateness (or the due date ahead, for a step before it):
            a step fires at most once in a cycle.
        on: Business date.
        version: Version of the treatment policy.
        outcome: ``planned``, ``done``, ``refused``, or ``not_chosen`` when another candidate was better.
        message: Id of the message planned, when there is one.
    """

    TYPE: ClassVar[str] = "step-taken/1"

    account: AccountId = attrs.field(converter=AccountId)
    step: str
    cycle: date
    on: date
    version: str
    outcome: str
    message: MessageId | None = attrs.field(default=None, converter=attrs.converters.optional(MessageId))


@attrs.frozen
class PurchasingDecided:
    """
    Treatment decided about new purchases; the host, whose checkout it is, carries it out.

    Attributes:
        account: Because of which account.
        person: Whose purchases.
        decision: ``freeze``: none any more; ``cut_limit``: only up to a share of the limit; ``thaw``: as before, whatever was
            decided because of this account.
        on: Business date.
        step: Name of the treatment step.
        cycle: The due date because of which it was decided.
        why: A sentence for a person.
        limit_bp: For a cut, what is left of the limit, in basis points.
    """

    TYPE: ClassVar[str] = "purchasing-decided/1"

    account: AccountId = attrs.field(converter=AccountId)
    person: PersonId = attrs.field(converter=PersonId)
    decision: str = attrs.field(validator=one_of("freeze", "cut_limit", "thaw"))
    on: date
    step: str
    cycle: date
    why: str = ""
    limit_bp: int | None = None


PURCHASING: tuple[tuple[str, str, str, str], ...] = (
    ("open", "a step freezes", "frozen", "no purchase until the thaw"),
    ("open", "a step cuts the limit", "cut", "purchases up to the share that is left"),
    ("cut", "a step freezes", "frozen", "no purchase until the thaw"),
    ("frozen", "a step cuts the limit", "frozen", "the cut is recorded; no purchase until the thaw"),
    ("cut", "another step cuts the limit", "cut", "the lowest share counts"),
    ("frozen", "nothing is past due any more", "open", "thawed: everything before it is over"),
    ("cut", "nothing is past due any more", "open", "thawed: everything before it is over"),
)
"""State, event, state, effect of new purchases because of one account; a step that would decide what stands decides nothing."""


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
