"""A consent that lifts a limit for some days: how long it runs and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from collectkit.actions import Finding
from collectkit.compliance.params import ConsentPeriod, PackContext, Table
from collectkit.compliance.past import CONVERSATION, GivenConsent
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule


class Silent(PlainTerms):
    """Terms of a rule that others use, or that tells people something; alone it stands against nothing."""

    __slots__ = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Return None."""
        return None


def read_silent(params: Table, context: PackContext) -> Silent:
    """Accept whatever such a rule says; nothing of it decides."""
    return Silent()


def read_period(params: Table) -> ConsentPeriod | None:
    """Read a `consent_rule` that defines for how long a consent lifts a limit, or return None if it defines none."""
    if "consent" not in params:
        return None
    return ConsentPeriod(
        kind=params.text("consent"),
        max_days=params.whole("max_days"),
        first_day_counts=params.flag("consent_day_is_day_one", default=True),
        ends_with_conversation=any(ending.startswith("next_conversation") for ending in params.texts("expires_on")),
    )


def widens(params: Table) -> bool:
    """Whether a `consent_rule` says how far a revocation reaches: beyond the subject that it named."""
    return "scope" in params


def lifts(period: ConsentPeriod, question: Question, debts: Sequence[str], at: datetime, days: tuple[int, ...]) -> bool:
    """
    Tell whether a consent lifts a limit for a contact.

    Args:
        period: What the law says about such a consent.
        question: The facts.
        debts: The accounts that the contact is about, of which the consent must cover every one; empty when unknown.
        at: Instant of the contact.
        days: Local day of the contact at each place, as ordinals.
    """
    given = (consent for consent in question.consents if consent.kind == period.kind)
    return any(_covers(period, consent, question, debts, at, days) for consent in given)


def _covers(
    period: ConsentPeriod, consent: GivenConsent, question: Question, debts: Sequence[str], at: datetime, days: tuple[int, ...]
) -> bool:
    if consent.given_at is None or not consent.is_direct or not consent.stands(at):
        return False
    if consent.debts and not (debts and set(debts) <= set(consent.debts)):
        return False
    if consent.on_dates and any(date.fromordinal(day) not in consent.on_dates for day in days):
        return False
    lengths = [length for length in (period.max_days, consent.valid_days) if length is not None]
    last = min(lengths) - (1 if period.first_day_counts else 0) if lengths else None
    if last is not None and any(day > given + last for day, given in zip(days, question.day_of(consent.given_at), strict=True)):
        return False
    return not (period.ends_with_conversation and _talked_between(consent.given_at, at, question, debts))


def _talked_between(given_at: datetime, at: datetime, question: Question, debts: Sequence[str]) -> bool:
    return any(
        contact.outcome == CONVERSATION
        and given_at < contact.at < at
        and (not contact.discussed or not debts or not set(debts).isdisjoint(contact.discussed))
        for contact in question.history
    )
