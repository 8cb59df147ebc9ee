"""How often and when a failed payment may be tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.actions import Finding
from collectkit.compliance.params import PackContext, Table
from collectkit.compliance.question import RAIL, Question
from collectkit.compliance.retry_models import (
    RIGHTS_NOTICE,
    AdviceCode,
    ConsecutiveFailures,
    RetriesAfterOriginal,
    RetryModel,
    ReturnFee,
    RollingAttempts,
)
from collectkit.compliance.rule import PlainTerms, Rule


@attrs.frozen
class RetryCap(PlainTerms):
    """
    Attributes:
        model: What limits the attempts.
        rail: The network it holds for; empty for all.
        description: What the attempt must be called on the way to the bank; empty for nothing in particular.
    """

    model: RetryModel
    rail: str = ""
    description: str = ""

    @property
    def match(self) -> Mapping[str, tuple[object, ...]]:
        """Return the network."""
        return {RAIL: (self.rail,)} if self.rail else {}

    def hears(self) -> frozenset[str]:
        """Return what starts a count of failures anew, and the notice that outdates an authorization."""
        return self.model.resets | {RIGHTS_NOTICE} if isinstance(self.model, ConsecutiveFailures) else frozenset()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        """Deny an attempt that the network or the law bars; the last reason to end decides when it is free."""
        if not self._concerns(question):
            return None
        found = self.model.stops(question)
        stops = [stop for stop in found if not stop.doubt]
        if not stops and found:
            return rule.doubts(question, found[0].doubt, found[0].text)
        if not stops:
            known = question.payments.known
            return None if known else rule.doubts(question, "payment_attempts", "How often this payment was tried is not known.")
        ends = [stop.until for stop in stops if stop.until is not None]
        return rule.denies(" ".join(stop.text for stop in stops), earliest=max(ends) if len(ends) == len(stops) else None)

    def duties(self, rule: Rule, question: Question) -> tuple[str, ...]:
        """Return what the attempt must be called."""
        return (self.description,) if self.description and self._concerns(question) else ()

    def _concerns(self, question: Question) -> bool:
        return question.matches(self.match) and self.model.concerns(question)


def read(params: Table, context: PackContext) -> RetryCap:
    """Read the parameters of a `retry_cap` rule."""
    model = _MODELS[params.text("model", choices=tuple(_MODELS))](params, context)
    terms = RetryCap(model, params.text("rail", ""), params.text("description", ""))
    params.finish(*_NOTED)
    return terms


def _after_original(params: Table, context: PackContext) -> RetryModel:
    return RetriesAfterOriginal(
        retries_max=params.whole("max_retries"),
        window_days=params.whole("window_days"),
        retryable=frozenset(params.texts("retryable_codes", None)),
        never=frozenset(params.texts("never_codes", None)),
        conditional=_conditional(params),
        same_amount=params.flag("same_amount", default=False),
    )


def _return_fee(params: Table, context: PackContext) -> RetryModel:
    return ReturnFee(params.whole("max_fees"), frozenset(params.texts("returned_as", None)))


def _conditional(params: Table) -> Mapping[str, frozenset[str]]:
    """Read conditions such as ``R08 if reinitiation authorized`` or ``other if cause corrected``: a code, and what must hold."""
    found: dict[str, frozenset[str]] = {}
    for text in params.texts("conditionally_retryable"):
        code, said, condition = text.partition(" if ")
        if not said or not condition:
            raise params.fault("conditionally_retryable", "texts such as 'R08 if reinitiation authorized'")
        name = condition.strip().replace(" ", "_").replace("authorised", "authorized")
        found[code.strip()] = found.get(code.strip(), frozenset()) | {name}
    return MappingProxyType(found)


def _rolling(params: Table, context: PackContext) -> RetryModel:
    return RollingAttempts(
        attempts_max=params.whole("max_attempts"),
        window_days=params.whole("window_days"),
        never=frozenset(params.texts("never_codes", None)),
    )


def _advice(params: Table, context: PackContext) -> RetryModel:
    return AdviceCode(
        never=frozenset(params.texts("never_advice", None)),
        block_days=params.whole("block_days_after_never"),
        wait_hours={advice: int(hours) for advice, hours in params.numbers("wait_hours_by_advice").items()},
        attempts_max=params.whole("max_attempts"),
        window_days=params.whole("window_days"),
        declines_max=params.whole_or_none("max_declines_24h"),
    )


def _consecutive(params: Table, context: PackContext) -> RetryModel:
    reset = params.text("reset", "")
    # "refinance_or_customer_consent" names events; a sentence tells people, and says that a new authorization is needed.
    events = frozenset[str]() if " " in reset else frozenset(reset.split("_or_")) - {""}
    return ConsecutiveFailures(
        failures_max=params.whole("max_consecutive_failures"),
        failure_codes=frozenset(params.texts("failure_codes")),
        resets=events,
        authorized_anew=bool(params.texts("exceptions")),
        part_payment=params.flag("part_payment_allowed", default=True),
        calendar=context.calendar,
    )


_MODELS: Final[Mapping[str, Callable[[Table, PackContext], RetryModel]]] = MappingProxyType(
    {
        "retries_after_original": _after_original,
        "return_fee": _return_fee,
        "rolling_attempts": _rolling,
        "advice_code": _advice,
        "consecutive_failures": _consecutive,
    }
)

# What a network says besides about such an entry; these keys tell people.
_NOTED = (
    "window_from",
    "return_fee_entries_max",
    "never_category",
    "retryable_categories",
    "unit",
)
