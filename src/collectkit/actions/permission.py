"""What would be done, whether it may be, and the permission to do it: the types that the deciders share.

A `Proposal` comes from treatment or a person. Only the gate makes a `Verdict`; only a store's reservation
makes a `Permit`; only from a permit is a message built. Python cannot stop a forger, so what dispatch
believes is the reservation *row*, not the object.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Final

import attrs

from collectkit.identifiers import AccountId, HandlerId, MessageId, PersonId, account_ids

FIRST_PARTIES: Final = frozenset({"first_party", "servicer_pre_default"})
"""Roles of those who collect in the creditor's name, in the words of the rule packs; everybody else collects in their own."""


class ActionKind(Enum):
    """What can be proposed."""

    CONTACT = "contact"
    CHARGE_FEE = "charge_fee"
    PLACE = "place"
    FREEZE_PURCHASES = "freeze_purchases"
    THAW_PURCHASES = "thaw_purchases"
    AGENT_TASK = "agent_task"
    CONTACT_THIRD_PARTY = "contact_third_party"
    SEND_DISCLOSURE = "send_disclosure"
    CHARGE_INTEREST = "charge_interest"
    CHARGE_COLLECTION_COST = "charge_collection_cost"
    RETRY_PAYMENT = "retry_payment"
    DEBIT = "debit"
    REPORT_CREDIT = "report_credit"
    SELL = "sell"
    THREATEN_SUIT = "threaten_suit"
    SUE = "sue"
    ENFORCE = "enforce"
    TERMINATE = "terminate"
    ACCELERATE = "accelerate"
    PURGE = "purge"
    CUT_LIMIT = "cut_limit"
    SOLICIT = "solicit"
    """A contact that sells something."""
    COLLECT_PAYMENT = "collect_payment"
    """Taking a payment that the person makes now."""
    APPLY_PAYMENT = "apply_payment"
    DEPOSIT_POSTDATED = "deposit_postdated"
    OFFER_PLAN = "offer_plan"
    EXTEND_CREDIT = "extend_credit"
    ADVERTISE_DEBT = "advertise_debt"
    PUBLISH_DEBTOR_LIST = "publish_debtor_list"
    RESPOND_HARDSHIP = "respond_hardship"
    """Answering, as the next ones are: the law says by when."""
    RESPOND_DISPUTE = "respond_dispute"
    RESPOND_DIRECT_DISPUTE = "respond_direct_dispute"
    RESPOND_FRIVOLOUS_DETERMINATION = "respond_frivolous_determination"
    RESPOND_SECOND_FAILED_WITHDRAWAL = "respond_second_failed_withdrawal"
    ISSUE_ARREARS_NOTICE = "issue_arrears_notice"
    ISSUE_DEFAULT_SUM_NOTICE = "issue_default_sum_notice"

    @property
    def is_contact(self) -> bool:
        """Whether it reaches a person through a channel."""
        return self in (ActionKind.CONTACT, ActionKind.CONTACT_THIRD_PARTY, ActionKind.SEND_DISCLOSURE, ActionKind.SOLICIT)


@attrs.frozen
class Proposal:
    """
    One act that treatment, or a person, would like to happen.

    Attributes:
        id: Stable: the same step in the same cycle has the same id, so that a second run proposes nothing new.
        action: What.
        person: Towards whom.
        accounts: About which accounts; a contact may speak of several.
        channel: For a contact: ``sms``, ``email``, ``phone``, ``letter``, ``in_person`` …
        purpose: ``reminder``, ``notice``, ``response`` …; decides what happens after a doubt.
        template: Key of the message template; empty for a call or a visit.
        step: Name of the treatment step, empty when a person asked.
        handler: Who is to act, when that is settled.
        party: The role in which the act is done, in the words of the rule packs: ``first_party``, ``third_party`` …
        why: Sentences for a person: what made us propose it.
        content: Disclosures the message will carry, in the words of the rule packs.
        local_time: ISO time of day before which it is not made at any place where the person may be; empty: at any time.
        weekdays: Local weekdays on which it is made, 0 (Monday) to 6; empty: on any.
        among: Name of the choice in which it is a candidate; empty: it is not chosen among others.
    """

    id: MessageId = attrs.field(converter=MessageId)
    action: ActionKind
    person: PersonId = attrs.field(converter=PersonId)
    accounts: tuple[AccountId, ...] = attrs.field(converter=account_ids)
    channel: str = ""
    purpose: str = "reminder"
    template: str = ""
    step: str = ""
    handler: HandlerId | None = attrs.field(default=None, converter=attrs.converters.optional(HandlerId))
    party: str = "first_party"
    why: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    local_time: str = ""
    weekdays: tuple[int, ...] = ()
    among: str = ""


class Outcome(Enum):
    """What the gate answers; a later member outranks an earlier one."""

    ALLOW = "allow"
    REQUIRE = "require"
    DENY = "deny"


@attrs.frozen
class Finding:
    """
    What one rule said about one proposal.

    Attributes:
        rule: Id of the rule, such as ``us.regf.6b1.hours``.
        citation: The paragraph.
        status: ``verified``, ``mixed`` or ``from-memory``: how well the rule's parameters were checked.
        outcome: What it answers.
        text: A sentence for a person, without personal data.
        earliest: First instant at which this rule would not deny; None when that is not known.
        required: Disclosures or consents that are missing.
        rebuttable: The rule is a presumption that facts may rebut.
        due_on: Last day on which something must be done; None for no such day.
    """

    rule: str
    citation: str
    status: str
    outcome: Outcome
    text: str
    earliest: datetime | None = None
    required: tuple[str, ...] = ()
    rebuttable: bool = False
    due_on: date | None = None


@attrs.frozen
class Spend:
    """
    One unit of a budget that an act would use up.

    Attributes:
        subject: Whose budget, such as ``person/c-1/account/a-1``.
        rule: Id of the rule that limits it.
        cap: How many fit into one window.
        days: Length of the window in consecutive local days; the day of a contact is day one.
        day: Local day of the act.
    """

    subject: str
    rule: str
    cap: int
    days: int
    day: date


@attrs.frozen
class Verdict:
    """
    The gate's answer to one proposal at one instant.

    Attributes:
        proposal: What was asked.
        at: For which instant.
        outcome: The highest outcome of any finding.
        findings: What each rule that mattered said, most restrictive first; empty for a plain allow.
        earliest_lawful_at: For a denial: the first instant at which no rule denies, or None when that cannot be known.
        not_after: For an allow: last instant at which it still holds by the clock alone, or None.
        point: Id of the contact point that the act would use.
        budgets: What the act would spend.
        duties: Disclosures that the message must carry.
        facts: What was known and looked at, by name, without personal data.
        zones: Every zone in which the person may plausibly be.
        packs: Names and versions of the rule packs asked.
        tzdata: Version of the time zone data.
        question: What was asked of the rules about that contact point, for whoever records the verdict.
    """

    proposal: Proposal
    at: datetime
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    earliest_lawful_at: datetime | None = None
    not_after: datetime | None = None
    point: str = ""
    budgets: tuple[Spend, ...] = ()
    duties: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    zones: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    tzdata: str = ""
    question: object = attrs.field(default=None, eq=False, repr=False)

    @property
    def allowed(self) -> bool:
        """Whether no rule stands against it."""
        return self.outcome is Outcome.ALLOW

    @property
    def permissible(self) -> bool:
        """
        Whether a permit may be made of it: nothing stands against it, or only words are missing that are duties of the permit.

        Any other unmet requirement (a consent, a notice, a person's decision) is a refusal.
        """
        if self.outcome is not Outcome.REQUIRE:
            return self.outcome is Outcome.ALLOW
        due = set(self.duties)
        return all(finding.required and due.issuperset(finding.required) for finding in self.findings)


@attrs.frozen
class Permit:
    """
    A reservation: the budgets are spent and the act may begin until *expires_at*.

    Attributes:
        proposal: For what.
        point: The one contact point it covers.
        reserved_at: When the reservation was made.
        expires_at: The act may begin no later than this.
        duties: Disclosures the message must carry.
        fence: Number that grows with each reservation of the same message; an older one is void.
    """

    proposal: Proposal
    point: str
    reserved_at: datetime
    expires_at: datetime
    duties: tuple[str, ...]
    fence: int

    def covers(self, channel: str, at: datetime) -> bool:
        """Whether an act on *channel* may begin at *at*."""
        return channel == self.proposal.channel and self.reserved_at <= at <= self.expires_at
