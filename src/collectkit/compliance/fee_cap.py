"""How much a fee, interest or collection cost may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance.fee_models import (
    AuthorizedOnly,
    BasePlus,
    DisclosedCap,
    FeeModel,
    FixedByType,
    InDuplum,
    PenalCharge,
    PercentOnce,
    ReasonableCost,
    Steps,
    Tiered,
    amount_of,
)
from collectkit.compliance.fee_periods import CustomerPeriods
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import Question
from collectkit.compliance.rule import PlainTerms, Rule

_NOT_BEFORE: Final = re.compile(r"not before ([0-9]{4}-[0-9]{2}-[0-9]{2})$")
_NEEDS: Final = "_needs_agreement"


@attrs.frozen
class FeeCap(PlainTerms):
    """
    Attributes:
        model: How the law limits it.
        currency: Currency of its figures; empty when they are percentages.
    """

    model: FeeModel
    currency: str = ""

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny a fee that may not be charged, or not so high on top of what was, or of which it is not known by which cap it is met."""
        if self.model.kinds and question.fact("fee.kind") is None:
            doubt = rule.doubts(question, "fee_kind", "What the fee is for is not known.")
            if doubt is not None:
                return doubt
        unmet = self.model.unmet(question)
        if unmet:
            return rule.denies(unmet)
        cap, amount = self.model.cap(question), self._amount(question)
        if cap is None:
            return None if _names_no_figure(self.model) else rule.doubts(question, "fee_basis", "What limits this fee is not known.")
        if amount is None:
            return rule.doubts(question, "fee_amount", "The amount of the fee is not known.")
        if not question.payments.known and self.model.counts_fees:
            return rule.doubts(question, "fees_charged", "What was charged so far is not known.")
        spent = self.model.spent(question)
        if spent + amount <= cap:
            return None
        renews = self.model.renews_on(question)
        text = f"This would be {_plain(spent + amount)} {self.currency or ''}".rstrip() + f"; at most {_plain(cap)} may be charged."
        return rule.denies(text, earliest=None if renews is None else question.start_after(renews))

    def charges(self) -> frozenset[str]:
        """Return the kinds of fees that the model tells apart."""
        return self.model.kinds

    def computes(self, rule: Rule, question: Question) -> Mapping[str, object]:
        """Return the most that may be charged."""
        cap = self.model.cap(question)
        return {} if cap is None else {"cap": cap}

    def _amount(self, question: Question) -> Fraction | None:
        return amount_of(question, "fee.rate_percent") if isinstance(self.model, BasePlus) else amount_of(question, "fee.amount")


def _names_no_figure(model: FeeModel) -> bool:
    return isinstance(model, AuthorizedOnly | PenalCharge | ReasonableCost | DisclosedCap)


def _plain(amount: Fraction) -> str:
    return f"{float(amount):g}"


def read(params: Table, context: PackContext) -> FeeCap:
    """Read the parameters of a `fee_cap` rule."""
    model = _MODELS[params.text("model", choices=tuple(_MODELS))](params)
    terms = FeeCap(model, params.text("currency", ""))
    params.finish(*_NOTED)
    return terms


def _authorized(params: Table) -> FeeModel:
    return AuthorizedOnly(frozenset(params.texts("authorities", None)))


def _percent_once(params: Table) -> FeeModel:
    return PercentOnce(params.number("percent"), params.number("monthly_interest_percent"))


def _base_plus(params: Table) -> FeeModel:
    return BasePlus(params.number("points_over_base"))


def _tiered(params: Table) -> FeeModel:
    return Tiered(
        small_claim_max=params.number("small_claim_max"),
        small_claim_fee=params.number("small_claim_fee"),
        first_letter=params.number("paid_after_first_letter_multiplier"),
        standard=params.number("standard_multiplier"),
        special=params.number("special_multiplier_max"),
        minimum=params.number("minimum_fee"),
    )


def _penal(params: Table) -> FeeModel:
    return PenalCharge(params.flag("capitalisation", default=True), params.flag("reasonable", default=False))


def _steps(params: Table) -> FeeModel:
    is_taxed = params.flag("vat_extra_if_not_deductible", default=False)
    percent = params.number_or_none("vat_percent") or Fraction(0)
    return Steps(params.steps("steps"), params.number("minimum"), params.number("maximum"), percent if is_taxed else Fraction(0))


def _reasonable(params: Table) -> FeeModel:
    return ReasonableCost()


def _fixed(params: Table) -> FeeModel:
    agreed = [name.removesuffix(_NEEDS) for name in params.names() if name.endswith(_NEEDS) and params.flag(name, default=False)]
    return FixedByType(params.numbers("amounts"), frozenset(agreed))


def _disclosed(params: Table) -> FeeModel:
    return DisclosedCap()


def _in_duplum(params: Table) -> FeeModel:
    return InDuplum()


def _customer_periods(params: Table) -> FeeModel:
    found = _NOT_BEFORE.search(params.text("period_start", ""))
    if found is None:
        raise params.fault("period_start", "a text that ends in 'not before' and a date such as 2025-06-11")
    return CustomerPeriods(
        months=params.whole("period_months"),
        not_before=date.fromisoformat(found[1]),
        other=(params.number("other_first"), params.number("other_next")),
        default=params.number("default_cap"),
        default_only=(params.number("default_only_first"), params.number("default_only_next")),
    )


_MODELS: Final[Mapping[str, Callable[[Table], FeeModel]]] = MappingProxyType(
    {
        "authorized_only": _authorized,
        "percent_once": _percent_once,
        "base_plus": _base_plus,
        "tiered": _tiered,
        "penal_charge_not_interest": _penal,
        "wik": _steps,
        "reasonable_cost": _reasonable,
        "fixed_by_type": _fixed,
        "disclosed_cap": _disclosed,
        "in_duplum": _in_duplum,
        "au_lccc": _customer_periods,
    }
)

# What a fee rests on besides its amount; these keys tell people.
_NOTED = (
    "default_after_days",
    "consumer_notice_required",
    "base_rate",
    "calendar_due_date_needs_no_reminder",
    "existing_loans_by",
    "exposure_cap_sgd",
    "suspend_on_overdue",
    "aggregate",
)
