"""The gate on one contact: a plain dict in the words of the regulators' examples becomes a question to the shipped packs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from collectkit.actions import Outcome
from collectkit.compliance import Jurisdiction, Question, Ruling, rule_on, shipped_pack
from collectkit.compliance.past import HoldFact, PastContact, Wish

__all__ = ["gate_contact", "gate_plain", "gate_review"]

Asked = tuple[Question, Jurisdiction]


@lru_cache(maxsize=16)
def _law(names: tuple[str, ...]) -> Jurisdiction:
    return Jurisdiction(tuple(shipped_pack(name) for name in names), known=True)


def gate_contact(contact: Mapping[str, Any]) -> Asked:
    """Return the question and the law it is put to."""
    given, when = contact["given"], contact["when"]
    party, collector = given["party"]["role"], given["party"]["collector_id"]
    question = Question(
        action=when["action"],
        at=datetime.fromisoformat(when["at"]),
        zones=tuple(dict.fromkeys(place["tz"] for place in given["consumer"]["locations"])),
        party=party,
        collector=collector,
        person=when["to"],
        recipient=when["recipient"],
        channel=when["channel"],
        place="personal",
        debts=tuple(when["debts"]),
        content=frozenset(when["content"]["disclosures"]),
        products=frozenset(),
        stages=frozenset({given["stage"]}),
        regions=frozenset(given["regions"]),
        history=tuple(_past(item, collector) for item in given["history"]),
        holds=tuple(_hold(item) for item in given["holds"]),
        wishes=tuple(Wish(item["type"], medium=item.get("medium", "")) for item in given["preferences"]),
        facts={"when.dialing": "manual", "when.initial_communication": False, "consumer.employer_prohibits": False},
        debt_facts={debt["id"]: debt for debt in given["debts"]},
        unknown=Outcome.ALLOW,
    )
    return question, _law(tuple(contact["packs"]))


def _past(item: Mapping[str, Any], collector: str) -> PastContact:
    debts: Sequence[str] = tuple(item["debts"])
    return PastContact(
        datetime.fromisoformat(item["at"]),
        item["channel"],
        item["direction"],
        item["outcome"],
        item["to"],
        tuple(debts),
        tuple(debts),
        collector,
        place="personal",
    )


def _hold(item: Mapping[str, Any]) -> HoldFact:
    since = item.get("from")
    return HoldFact(item["type"], since=datetime.fromisoformat(since) if since else None, debts=tuple(item.get("debts", ())))


def gate_review(asked: Asked) -> Ruling:
    """Ask every rule, with the budgets, the words and the end of an allowed contact; of a fresh question, which remembers nothing."""
    question, law = asked
    return rule_on(question.moved(question.at), law)


def gate_plain(ruling: Ruling) -> tuple[str, list[str]]:
    """Return the verdict and the rules that made it."""
    return ruling.outcome.value, [finding.rule for finding in ruling.winning]
