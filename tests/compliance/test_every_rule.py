"""Every rule of every bundled pack speaks when it should, with its paragraph and its status in the verdict.

The act that provokes a rule is made from what the rule states, so a rule that is added is tested with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest

from collectkit.actions import Outcome
from collectkit.calendars.dates import zone
from collectkit.compliance import Question, Rule, rule_on, shipped_pack
from collectkit.compliance.consent_period import Silent
from collectkit.compliance.past import HoldFact, PastContact, PaymentAttempt, Payments, Wish
from collectkit.compliance.shipped import SHIPPED

ORDINARY = date(2026, 6, 10)  # a Wednesday, no holiday anywhere
LONG_AGO = date(1990, 1, 1)
HUGE = Fraction(10**9)
ANY = "any"

RULES = [(name, rule.id) for name in SHIPPED for rule in shipped_pack(name).rules]


def rule_of(pack: str, id: str) -> Rule:
    rule = shipped_pack(pack).rule(id)
    assert rule is not None
    return rule


def first_of(scope: Any, key: str, otherwise: str) -> str:
    named = [name for name in scope[key] if name != ANY]
    return named[0] if named else otherwise


def provoked(pack: str, rule: Rule, *, hour: int = 12) -> Question:
    """Return the act in the middle of an ordinary day that the rule reaches."""
    scope: Any = rule.stated["applies_to"]
    on = max(ORDINARY, rule.effective_from) if rule.effective_to is None else min(ORDINARY, rule.effective_to)
    name = shipped_pack(pack).default_timezone
    return Question(
        first_of(scope, "actions", "contact"),
        datetime.combine(on, time(hour), zone(name)).astimezone(UTC),
        (name,),
        party=first_of(scope, "party", "third_party"),
        collector="C1",
        person="P1",
        recipient=first_of(scope, "recipients", "consumer"),
        channel=first_of(scope, "channels", "phone"),
        place="personal",
        debts=("D1",),
        products=frozenset({first_of(scope, "products", "bnpl")}),
        stages=frozenset({first_of(scope, "stage", "arrears")}),
        regions=frozenset(scope.get("regions", ())),
        unknown=Outcome.ALLOW,
    )


def facts_of(conditions: dict[str, list[object]]) -> dict[str, object]:
    return {name: values[0] for name, values in conditions.items() if name not in ("when.channel", "when.action")}


def provoke(question: Question, kind: str, params: Any) -> Question:
    """Return the act with the facts against which a rule of that kind stands."""
    change = PROVOCATIONS.get(kind)
    return attrs.evolve(question, **(change(question, params) if change is not None else {}))


def past(question: Question, params: Any) -> dict[str, object]:
    channels = [name for name in params.get("channels", ["phone"]) if name != ANY] or ["phone"]
    outcomes = ["conversation" if name == "any_communication" else name for name in params.get("count_outcomes", ["no_answer"])]
    place = params.get("place_in", ["personal"])[0]
    hour = timedelta(minutes=1)

    def contact(number: int, outcome: str) -> PastContact:
        return PastContact(question.at - number * hour, channels[0], "outbound", outcome, "P1", ("D1",), ("D1",), "C1", "p", place)

    talk = [contact(params["max"] + 2, "conversation")] if params.get("after_first_conversation") else []
    history = [*talk, *(contact(number, outcomes[0]) for number in range(1, params["max"] + 1))]
    return {"history": tuple(history), "place": place, "channel": channels[0]}


def fee(question: Question, params: Any) -> dict[str, object]:
    amounts = {"amount": HUGE, "rate_percent": HUGE, "base_rate_percent": 0, "principal": 1, "cost": 0, "full_fee": 1}
    sums = {"principal_at_default": 0, "kind": "penal_interest", "disclosed": False}
    facts = {f"fee.{name}": value for name, value in {**amounts, **sums}.items()}
    return {"facts": {**facts, "account.first_contract_on": date(2026, 1, 1), "account.only_default_fees": True}}


def attempts(question: Question, params: Any) -> dict[str, object]:
    tries = [PaymentAttempt(question.at - timedelta(minutes=number), "retry", "R01") for number in range(1, 41)]
    entry = {"when.entry": "return_fee"} if params["model"] == "return_fee" else {}
    tries += [PaymentAttempt(question.at, "return_fee", "ok")] if entry else []
    return {"payments": Payments(tuple(tries)), "facts": {"when.rail": params.get("rail", ""), **entry}}


def record(question: Question, params: Any) -> dict[str, object]:
    kept = params["records"][0]
    yesterday = question.at.date() - timedelta(days=1)
    return {"facts": {"record.kind": kept["kind"], f"record.{kept['from_event']}": yesterday}}


def words(question: Question, params: Any) -> dict[str, object]:
    condition = params.get("condition", "")
    said = {"when.initial_communication": True, **facts_of(params.get("match", {}))}
    debts = {"D1": {condition.removeprefix("debt."): True}} if condition.startswith("debt.") else {}
    channels = params.get("match", {}).get("when.channel", [question.channel])
    return {"facts": {**said, condition: True} if condition else said, "debt_facts": debts, "channel": channels[0]}


def banned(question: Question, params: Any) -> dict[str, object]:
    facts = facts_of({**params.get("match", {}), **params.get("match_any", {})})
    channels = {**params.get("match", {}), **params.get("match_any", {})}.get("when.channel")
    debts = {name.removeprefix("debt."): value for name, value in facts.items() if name.startswith("debt.")}
    return {"facts": facts, "debt_facts": {"D1": debts}, "channel": channels[0] if channels else question.channel}


def stale(question: Question, params: Any) -> dict[str, object]:
    return {"debt_facts": {"D1": {"accrued_on": LONG_AGO, "limitation_state": "US-CA"}}}


def talked(question: Question, params: Any) -> dict[str, object]:
    talk = PastContact(question.at - timedelta(hours=1), "phone", "outbound", "conversation", "P1", ("D1",), ("D1",), "C1")
    return {"history": (talk,)}


def held(question: Question, params: Any) -> dict[str, object]:
    on = question.at.date() - timedelta(days=2)
    place = params.get("place_in", [question.place])[0]
    return {
        "holds": (HoldFact(params["hold_type"], noticed_on=on, form="written"),),
        "action": params["blocks_actions"][0],
        "place": place,
    }


PROVOCATIONS = {
    "frequency_cap": past,
    "cooling_off": talked,
    "hold": held,
    "preference_medium": lambda q, p: {"wishes": (Wish(p["preference"], medium=q.channel),)},
    "preference_time": lambda q, p: {"wishes": (Wish(p["preference"]),)},
    "preference_place": lambda q, p: {"wishes": (Wish(p["preference"], place="home"),), "facts": {"when.place": "home"}},
    "ban": banned,
    "allowlist": lambda q, p: {"facts": {p["field"]: ["something else"]}},
    "consent": lambda q, p: {"facts": facts_of(p.get("match", {}))},
    "disclosure": words,
    "notice_before_action": lambda q, p: {"facts": facts_of(p.get("match", {}))},
    "notice_window": lambda q, p: {"facts": facts_of(p.get("match", {}))},
    "deadline": lambda q, p: {"facts": {"when.from_event_on": q.at.date()}},
    "limitation": stale,
    "limitation_bar": stale,
    "fee_cap": fee,
    "retry_cap": attempts,
    "retention": record,
}


def speaking(pack: str, rule: Rule) -> Iterator[object]:
    hours = [3] if rule.kind == "time_window" else [12]
    for hour in hours:
        question = provoke(provoked(pack, rule, hour=hour), rule.kind, rule.stated["params"])
        yield from (finding for finding in rule_on(question, [shipped_pack(pack)]).findings if finding.rule == rule.id)


class TestEveryRule:
    @pytest.mark.parametrize(("pack", "id"), RULES, ids=[id for _, id in RULES])
    def test_it_speaks_when_it_should_and_is_silent_without_cause(self, pack: str, id: str) -> None:
        """
        The finding carries the paragraph and the status; a definition gates nothing.
        """
        rule = rule_of(pack, id)
        found = list(speaking(pack, rule))
        if isinstance(rule.terms, Silent):
            assert [] == found
            return
        assert [(rule.citation, rule.status)] == [(finding.citation, finding.status) for finding in found]  # type: ignore[attr-defined]

    @pytest.mark.parametrize(("pack", "id"), RULES, ids=[id for _, id in RULES])
    def test_it_is_no_rule_before_its_first_day(self, pack: str, id: str) -> None:
        """
        And none after its last.
        """
        rule = rule_of(pack, id)
        question = provoke(provoked(pack, rule, hour=3 if rule.kind == "time_window" else 12), rule.kind, rule.stated["params"])
        moments = [datetime.combine(rule.effective_from - timedelta(days=2), time(3), UTC)]
        moments += [datetime.combine(rule.effective_to + timedelta(days=2), time(3), UTC)] if rule.effective_to else []

        for moment in moments:
            assert id not in [finding.rule for finding in rule_on(question.moved(moment), [shipped_pack(pack)]).findings]
