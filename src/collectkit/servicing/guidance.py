"""Guidance for the person on the phone: what to say, what may be offered, the least that is acceptable, and what takes an approval.

It is put together from what everybody else obeys: the law's answer to this very call, the holds, the limits on promises, and the offers
that the customer's own page shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.actions import Verdict
from collectkit.arrangements.offers import OfferPolicy
from collectkit.arrangements.promises import Promise, PromisePolicy
from collectkit.arrangements.promising import PromiseRefused, Situation, bounds, horizon, make_promise, still_open
from collectkit.arrangements.settlements import SettlementTerms
from collectkit.arrangements.standing_offers import least_payment
from collectkit.errors import PolicyError
from collectkit.holds import Citation, Effect, cited
from collectkit.money import Money
from collectkit.standing import Standing

__all__ = ["SCRIPTS", "Guidance", "PromiseRoom", "ScriptPolicy", "guide", "promise_room", "stage_of"]

SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "held": ("Ask how the matter behind the hold stands.", "Ask for no payment and for no promise."),
        "arranged": ("Say what is agreed and when the next payment is due.", "Ask whether that still fits."),
        "promised": ("Thank for the promise and say its day and amount.", "Ask whether anything stands in the way."),
        "promise_broken": ("Say which promise was not kept.", "Ask what happened, then offer what is listed."),
        "current": ("Nothing is late; answer what is asked.",),
        "early": ("Say what is late and since when.", "Ask whether it can be paid today.", "If not, ask by when, and take a promise."),
        "middle": (
            "Say what is late and since when.",
            "Ask why, and note the reason.",
            "Offer a promise, a plan, then what is listed.",
        ),
        "late": ("Say all that is outstanding.", "Ask what is possible, and note income and expenses.", "Offer a plan or what is listed."),
        "done": ("Nothing is owed; say so.",),
    }
)
"""What to say by stage, where the policy says nothing else; the disclosures that the law wants come first in any case."""

_MIDDLE_FROM, _LATE_FROM = 31, 91


def _scripts(given: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    unknown = sorted(set(given) - set(SCRIPTS))
    if unknown or any(isinstance(lines, str) or not lines for lines in given.values()):
        raise PolicyError(
            f"scripts are lists of sentences for {', '.join(SCRIPTS)}, got {', '.join(unknown) or given!r}; nothing was loaded"
        )
    return MappingProxyType({**SCRIPTS, **{stage: tuple(lines) for stage, lines in given.items()}})


@attrs.frozen
class ScriptPolicy:
    """
    What to say, by stage; a stage that is not named keeps its lines.

    Raises:
        PolicyError: A stage that there is not, or one without a line.
    """

    scripts: Mapping[str, tuple[str, ...]] = attrs.field(default=SCRIPTS, converter=_scripts, hash=False)


@attrs.frozen
class PromiseRoom:
    """
    Which promise would be taken without an approval.

    Attributes:
        least: Least amount.
        most: Greatest amount.
        last_on: Latest due date.
    """

    least: Money
    most: Money
    last_on: date


@attrs.frozen
class Guidance:
    """
    What the person on the phone needs to know before they speak.

    Attributes:
        account: Which account.
        stage: A key of `SCRIPTS`.
        call: The law's answer to this call.
        duties: Disclosures that must be made on it.
        script: What to say.
        holds: Kinds of the holds in force.
        barred: What they stop that one could do on a call.
        past_due: What is late.
        outstanding: All that is owed.
        agreed: What is agreed already; empty for nothing.
        promise: Which promise would be taken; None: none, and *promise_refused* says why.
        promise_refused: Why none is taken; empty when one is.
        offers: Settlements that may be offered; the customer's own page shows the same.
        least_settlement: The least single payment for which one may settle alone; never to be told. None: none is given.
        approvals: What takes a second person, in sentences.
    """

    account: str
    stage: str
    call: Verdict
    duties: tuple[str, ...]
    script: tuple[str, ...]
    holds: tuple[str, ...]
    barred: tuple[Citation, ...]
    past_due: Money
    outstanding: Money
    agreed: str
    promise: PromiseRoom | None
    promise_refused: str
    offers: tuple[SettlementTerms, ...]
    least_settlement: Money | None
    approvals: tuple[str, ...]

    @property
    def may_call(self) -> bool:
        """Tell whether no rule of law stands against the call."""
        return self.call.allowed


def stage_of(standing: Standing, holds: Sequence[str]) -> str:
    """Return the stage of a conversation: what stands first of holds, agreements, broken promises and days past due."""
    if standing.closed_on is not None or not standing.outstanding_minor:
        return "done"
    if holds:
        return "held"
    if standing.agreed:
        return "promised" if standing.agreed == "promise" else "arranged"
    if standing.promises_broken:
        return "promise_broken"
    if not standing.past_due_minor:
        return "current"
    days = standing.days_past_due
    return "early" if days < _MIDDLE_FROM else "middle" if days < _LATE_FROM else "late"


def promise_room(known: Sequence[Promise], policy: PromisePolicy, situation: Situation, account: str) -> PromiseRoom | str:
    """Return which promise would be taken now, or why none would, by the function that takes promises."""
    least, most = bounds(_trial(account, 1, situation, policy), policy, situation, still_open(known, policy, situation))
    tried = _trial(account, max(1, min(least, most)), situation, policy)
    outcome = make_promise(known, tried, policy, situation)
    if isinstance(outcome, PromiseRefused):
        return outcome.detail
    currency = situation.currency
    return PromiseRoom(Money(least, currency), Money.aggregate(most, currency), horizon(situation.on, policy.horizon_days_max))


def _trial(account: str, minor: int, situation: Situation, policy: PromisePolicy) -> Promise:
    # A kind that asks for no evidence, when there is one: what must be known is asked for when the promise is taken.
    kind = next((one.name for one in policy.kinds if not one.evidence_required), policy.kinds[0].name)
    return Promise("trial", account, Money(minor, situation.currency), situation.on, datetime.combine(situation.on, time(), UTC), kind=kind)


def guide(
    standing: Standing,
    call: Verdict,
    known: Sequence[Promise],
    situation: Situation,
    offers: Sequence[SettlementTerms],
    *,
    promises: PromisePolicy,
    settlements: OfferPolicy,
    scripts: ScriptPolicy = ScriptPolicy(),
) -> Guidance:
    """
    Put together what the person on the phone needs.

    Args:
        standing: The account today.
        call: The law's answer to this call.
        known: All promises ever made on the account.
        situation: What is known of it when a promise is offered; its holds are those of account and person.
        offers: What may be settled; see `collectkit.arrangements.standing_offers.allowed_offers`.
        promises: The limits on promises.
        settlements: The limits on settlements.
        scripts: What to say.
    """
    holds = tuple(sorted(set(situation.holds)))
    room = promise_room(known, promises, situation, standing.account)
    open_to_offers = not (standing.closed_on is not None or situation.arranged or cited([Effect.PROMISE], holds, situation.effects))
    least = least_payment(standing.outstanding_minor, situation.on, settlements, on=situation.on) if open_to_offers else None
    stage = stage_of(standing, holds)
    approvals = []
    if isinstance(room, PromiseRoom):
        approvals.append(f"a promise of less than {room.least} or due after {room.last_on} takes an approval")
    if least is not None:
        approvals.append(f"a settlement for less than {Money(least, standing.currency)} takes an approval")
    return Guidance(
        standing.account,
        stage,
        call,
        call.duties,
        scripts.scripts[stage],
        holds,
        cited([Effect.PROMISE, Effect.CONTACT, Effect.CONTACT_LIMITED, Effect.RETRY], holds, situation.effects),
        standing.money("past_due"),
        standing.money("outstanding"),
        standing.agreed,
        room if isinstance(room, PromiseRoom) else None,
        "" if isinstance(room, PromiseRoom) else room,
        tuple(offers) if open_to_offers else (),
        Money(least, standing.currency) if least is not None else None,
        tuple(approvals),
    )
