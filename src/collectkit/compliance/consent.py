"""Consent for the contact point and channel, of the quality that the law asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import attrs

from collectkit.actions import Finding
from collectkit.compliance._wording import count
from collectkit.compliance.params import PackContext, Table, Widening
from collectkit.compliance.past import GivenConsent
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

EFFECTS = ("deny", "safe_harbor")
REQUEST = "consent_request"
ELECTRONIC = frozenset({"sms", "email", "social_dm", "app_push"})


@attrs.frozen
class ConsentNeeded(PlainTerms):
    """
    Attributes:
        any_of: Consents of which one is enough.
        invalid_if: Facts that undo every one of them.
        effect: ``deny``, or ``safe_harbor``: lawful without, yet asked for.
        match: Facts under which the rule applies.
        refresh_days: A consent must have been confirmed within so many local days; None without such a limit.
        notice_days: A creditor's notice must have been sent so many days ago; None when not asked.
        creditor_uses: Uses of an address by the creditor that count; empty when not asked.
        domain: Kind of mail domain that a notice may cover; empty when not asked.
        hard_opt_outs: Ways to opt out that are too hard for a notice to count.
        requests_max: So many messages may ask for the consent; None when none may.
        request_days: In so many consecutive local days.
        refreshed_by: Ways to confirm a consent that count; empty means all.
        widenings: When a revocation that named one subject reaches all.
    """

    any_of: frozenset[str]
    invalid_if: frozenset[str] = frozenset()
    effect: str = "deny"
    match: Mapping[str, tuple[object, ...]] = attrs.Factory(dict)
    refresh_days: int | None = None
    notice_days: int | None = None
    creditor_uses: frozenset[str] = frozenset()
    domain: str = ""
    hard_opt_outs: frozenset[str] = frozenset()
    requests_max: int | None = None
    request_days: int = 0
    refreshed_by: frozenset[str] = frozenset()
    widenings: tuple[Widening, ...] = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny, or ask for consent, unless a valid one stands for this contact point."""
        if self.match and not question.matches(self.match):
            return None
        undone = any(g.kind in self.invalid_if and question.is_given(g) and self._reaches(g, question) for g in question.consents)
        usable = (given for given in question.consents if given.kind in self.any_of and question.is_usable(given))
        if not undone and any(self._is_good(given, question) for given in usable):
            return None
        if self.requests_max is not None and REQUEST in question.purposes and not undone:
            return self._judge_request(rule, question)
        if self.effect == "deny":
            return rule.denies("No valid consent stands for this contact point and channel.")
        text = "The procedure that protects against disclosure to others has not been followed for this contact point."
        return rule.requires(text, (f"{question.channel}_procedure",))

    def _reaches(self, undoing: GivenConsent, question: Question) -> bool:
        """Whether what undoes a consent is about this act too: one that named another subject is only where a law widens it."""
        return "topic" not in undoing.details or any(widening.binds(question.days, question.channel) for widening in self.widenings)

    def _judge_request(self, rule: Rule, question: Question) -> Finding | None:
        """Let a message through that only asks for the consent, so often in a window of days."""
        frees = sorted(
            question.start_of([day + self.request_days for day in days])
            for contact, days in zip(question.history, question.history_days, strict=True)
            if contact.direction == "outbound" and contact.channel in ELECTRONIC and contact.at <= question.at
        )
        running = [free for free in frees if free > question.at]
        most = self.requests_max or 0
        if len(running) < most:
            return None
        text = f"Consent may be asked for {count(most)} time{'' if most == 1 else 's'} within {count(self.request_days)} days."
        return rule.denies(text, earliest=running[len(running) - most] if most else None)

    def _is_good(self, given: GivenConsent, question: Question) -> bool:
        """Whether a consent is fresh, and of the quality that the rule asks for, on the day of every place."""
        today = date.fromordinal(max(question.days))
        if self.refresh_days is not None:
            confirmed = given.confirmed_on if self._is_renewal(given) else None
            if confirmed is None and given.given_at is not None:
                confirmed = date.fromordinal(min(question.day_of(given.given_at)))
            if confirmed is None or today - confirmed > timedelta(days=self.refresh_days):
                return False
        return self._notice_is_good(given.details, date.fromordinal(min(question.days)))

    def _is_renewal(self, given: GivenConsent) -> bool:
        means = given.details.get("confirmed_by")
        return means is None or not self.refreshed_by or means in self.refreshed_by

    def _notice_is_good(self, details: Mapping[str, object], today: date) -> bool:
        """Whether the creditor's notice, where one is told of, had the quality that the rule asks for."""
        sent = details.get("notice_sent_on")
        if self.notice_days is not None and isinstance(sent, date) and today - sent < timedelta(days=self.notice_days):
            return False
        if self.creditor_uses and details.get("creditor_used_for", "account") not in self.creditor_uses:
            return False
        if self.domain and details.get("domain", self.domain) != self.domain:
            return False
        return details.get("names_collector") is not False and details.get("opt_out_method") not in self.hard_opt_outs


def read(params: Table, context: PackContext) -> ConsentNeeded:
    """Read the parameters of a `consent` rule."""
    terms = ConsentNeeded(
        any_of=frozenset(params.texts("any_of", None)),
        invalid_if=frozenset(params.texts("invalid_if")),
        effect=params.text("effect", choices=EFFECTS),
        match=params.conditions("match"),
        refresh_days=params.whole_or_none("refresh_days"),
        notice_days=params.whole_or_none("creditor_notice_min_optout_days"),
        creditor_uses=frozenset(params.texts("creditor_use_counts")),
        domain=params.text("creditor_domain", ""),
        hard_opt_outs=frozenset(params.texts("opt_out_methods_not_simple")),
        requests_max=params.whole_or_none("consent_request_max"),
        request_days=params.whole("consent_request_days", 0),
        refreshed_by=frozenset(params.texts("refresh_by")),
        widenings=context.widenings,
    )
    params.finish("copy_to_consumer")
    return terms
