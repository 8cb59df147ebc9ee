"""How long a debt may be sued on: years from its accrual, and what starts them anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import attrs

from collectkit.actions import Finding
from collectkit.compliance.day_counts import anniversary
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

YEAR_END = "year_end"
NOTE = "note"
"""Contract form of a promissory note."""

DEMAND = "written_demand"
DEMANDS = frozenset({DEMAND, "collection_demand_sent"})
"""Events that start the period anew where any written demand does."""


@attrs.frozen
class Period:
    """
    A period of limitation.

    Attributes:
        years: Its length.
        from_year_end: It runs from the end of the year of accrual.
        revived_by_payment: A part payment starts it anew.
        revived_on_note: A part payment does so on a promissory note.
        signed_payment: A part payment counts only if it stands in a writing that the person signed.
        revived_after_expiry: So does one after it has run out.
        by_demand: A written demand starts it anew.
    """

    years: int
    from_year_end: bool = False
    revived_by_payment: bool = False
    revived_on_note: bool = False
    signed_payment: bool = False
    revived_after_expiry: bool = False
    by_demand: bool = False

    def expires_on(self, question: Question, debt: str) -> date | None:
        """Return the last local day on which a suit may be brought, or None when the day of accrual is unknown."""
        accrued = question.about(debt, "accrued_on")
        if not isinstance(accrued, date):
            return None
        start = date(accrued.year, 12, 31) if self.from_year_end else accrued
        expires = anniversary(start, self.years)
        for anew in sorted(self._restarts(question, debt)):
            # What comes after expiry revives nothing, unless the law says so; the chain ends there.
            if anew <= expires or self.revived_after_expiry:
                expires = max(expires, anniversary(anew, self.years))
        return expires

    def _restarts(self, question: Question, debt: str) -> Iterator[date]:
        acknowledged = question.about(debt, "acknowledged_on")
        if isinstance(acknowledged, date):
            yield acknowledged
        paid = question.about(debt, "last_payment_on")
        if isinstance(paid, date) and self._payment_counts(question, debt):
            yield paid
        if self.by_demand:
            demanded = question.about(debt, "demanded_on")
            if isinstance(demanded, date):
                yield demanded
            for event in question.events:
                if event.kind in DEMANDS and event.at <= question.at and (not event.debts or debt in event.debts):
                    yield date.fromordinal(min(question.day_of(event.at)))

    def _payment_counts(self, question: Question, debt: str) -> bool:
        if self.signed_payment and question.about(debt, "payment_in_signed_writing") is not True:
            return False
        return self.revived_by_payment or (self.revived_on_note and question.about(debt, "contract_form") == NOTE)


@attrs.frozen
class Limitation(PlainTerms):
    """
    Attributes:
        period: The period.
        years_by_part: Other lengths in parts of the jurisdiction, by the end of their region tag.
    """

    period: Period
    years_by_part: Mapping[str, int] = attrs.Factory(dict)

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny when the period has run out for any account of the act."""
        return judge_expiry(rule, question, [self.expires_on(question, debt) for debt in question.debts])

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the last day for a suit."""
        return earliest_expiry(self.expires_on(question, debt) for debt in question.debts)

    def expires_on(self, question: Question, debt: str) -> date | None:
        """Return the last local day on which a suit about *debt* may be brought, or None when that is unknown."""
        return self._period(question, debt).expires_on(question, debt)

    def _period(self, question: Question, debt: str) -> Period:
        state = question.about(debt, "limitation_state")
        tags = [state] if isinstance(state, str) else list(question.regions)
        years = [self.years_by_part[part] for tag in tags if (part := tag.rpartition("-")[2]) in self.years_by_part]
        return attrs.evolve(self.period, years=min(years)) if years else self.period


def judge_expiry(rule: Rule, question: Question, expiries: list[date | None]) -> Finding | None:
    """Deny when any of the periods has run out everywhere or may have."""
    if any(expires is not None and max(question.days) > expires.toordinal() for expires in expiries):
        return rule.denies("The period in which this debt may be sued on has run out.")
    if None in expiries:
        return rule.doubts(question, "accrual_date", "It is not known when the claim arose, so it may be too old to be sued on.")
    return None


def earliest_expiry(expiries: Iterator[date | None]) -> Mapping[str, object]:
    """Return the earliest of the known last days by its name."""
    known = [expires for expires in expiries if expires is not None]
    return {"limitation_expires_on": min(known)} if known else {}


def read(params: Table, context: PackContext) -> Limitation:
    """Read the parameters of a `limitation` rule."""
    terms = Limitation(
        Period(
            years=params.whole("years"),
            from_year_end=params.text("from", "", choices=("", YEAR_END)) == YEAR_END,
            revived_by_payment=params.flag("revived_by_payment", default=False),
            revived_on_note=params.flag("revived_by_payment_on_note", default=False),
            signed_payment=params.flag("payment_needs_signed_writing", default=False),
            revived_after_expiry=params.flag("revived_after_expiry", default=False),
            by_demand=params.flag("interrupted_by_demand", default=False),
        ),
        years_by_part={part: _whole_years(params, years) for part, years in params.numbers("exceptions_by_state").items()},
    )
    params.finish("extinguishes", "nsw_extinguishes", "applies")
    return terms


def _whole_years(params: Table, years: Fraction) -> int:
    if years.denominator != 1:
        raise params.fault("exceptions_by_state", "whole years by part")
    return int(years)
