"""Reads the regulators' worked examples into the library's own questions; used by `test_regulator_cases`."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import attrs

from collectkit.actions import Finding, Outcome
from collectkit.calendars.holidays import FixedHolidays
from collectkit.compliance.judging import first_lawful, judge_all, outcome_of
from collectkit.compliance.kinds import KINDS
from collectkit.compliance.packs import Pack, read_pack
from collectkit.compliance.question import GivenConsent, HoldFact, PastContact, Question, Wish
from collectkit.compliance.rule import Rule

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@attrs.frozen
class Case:
    """One worked example: its text and the rules it loads."""

    id: str
    vector: Mapping[str, Any]
    rules: tuple[Rule, ...]
    question: Question

    @property
    def expected(self) -> Mapping[str, Any]:
        then: Mapping[str, Any] = self.vector["then"]
        return then

    def at(self, at: datetime) -> Answer:
        """Return the answer for another instant."""
        return attrs.evolve(self, question=self.question.moved(at)).answer()

    def at_second_before(self, at: datetime) -> Answer:
        """Return the answer for the second before an instant, and at the earliest for the example's own."""
        return self.at(max(self.question.at, at - timedelta(seconds=1)))

    def answer(self) -> Answer:
        findings = judge_all(self.rules, self.question)
        outcome = outcome_of(findings)
        winning = tuple(finding for finding in findings if finding.outcome is outcome)
        earliest = first_lawful(self.rules, self.question) if outcome is Outcome.DENY else None
        return Answer(outcome.value, winning, earliest)


@attrs.frozen
class Answer:
    outcome: str
    winning: tuple[Finding, ...]
    earliest: datetime | None

    def differences(self, expected: Mapping[str, Any]) -> list[str]:
        """Return in which respects it differs from what the example says."""
        found = []
        if self.outcome != expected["verdict"]:
            found.append(f"verdict {self.outcome}, expected {expected['verdict']}")
        if sorted(finding.rule for finding in self.winning) != sorted(expected["rules"]):
            found.append(f"rules {[finding.rule for finding in self.winning]}, expected {expected['rules']}")
        if expected["verdict"] == "deny" and self.earliest != instant(expected["earliest_lawful_at"]):
            found.append(f"earliest {self.earliest}, expected {expected['earliest_lawful_at']}")
        if expected["verdict"] == "require":
            required = sorted({token for finding in self.winning for token in finding.required})
            if required != sorted(expected.get("required", [])):
                found.append(f"required {required}, expected {expected['required']}")
        return found


def cases(shared: Path, suite: str) -> Iterator[Case]:
    """Yield the examples of a suite that rest on kinds of rule which the library has."""
    document = json.loads((shared / "vectors" / "regulation" / f"{suite}.json").read_text(encoding="utf-8"))
    for vector in document["vectors"]:
        names = vector["given"]["packs"]
        kinds = {id: kind for name in names for id, kind in kinds_of(shared, name).items()}
        named = {vector["subject_rule"], *vector["then"]["rules"]}
        if all(kinds.get(id) in KINDS for id in named) and "computed" not in vector["then"]:
            asked = question(vector["given"], vector["when"])
            act = (asked.party, asked.action, asked.channel, asked.recipient)
            rules = tuple(rule for name in names for rule in pack(shared, name).rules if rule.scope.names(*act))
            yield Case(vector["id"], vector, rules, asked)


@lru_cache(maxsize=64)
def document_of(shared: Path, name: str) -> dict[str, Any]:
    return tomllib.loads((shared / "regulation" / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def kinds_of(shared: Path, name: str) -> dict[str, str]:
    return {rule["id"]: rule["kind"] for rule in document_of(shared, name)["rule"]}


@lru_cache(maxsize=64)
def pack(shared: Path, name: str) -> Pack:
    """Return a pack of the shared facts without the rules whose kind the library does not have yet."""
    document = dict(document_of(shared, name))
    document["rule"] = [rule for rule in document["rule"] if rule["kind"] in KINDS]
    text = (shared / "regulation" / "calendars.toml").read_text(encoding="utf-8")
    calendars = {calendar: FixedHolidays(days) for calendar, days in tomllib.loads(text)["calendar"].items()}
    return read_pack(document, name, version=hashlib.sha256(name.encode()).hexdigest()[:16], calendars=calendars)


def question(given: Mapping[str, Any], when: Mapping[str, Any]) -> Question:
    """Return the question that an example asks; every fact it relies on is given, so nothing is unknown."""
    party, consumer = given["party"], given["consumer"]
    at = datetime.fromisoformat(when["at"])
    stage, product = given.get("stage"), given.get("account", {}).get("product")
    return Question(
        action=when["action"],
        at=at,
        zones=tuple(dict.fromkeys(place["tz"] for place in consumer["locations"])),
        party=party["role"],
        collector=party["collector_id"],
        person=when.get("to", consumer["id"]),
        recipient=when.get("recipient", "consumer"),
        direction=when.get("direction", "outbound"),
        channel=when.get("channel", ""),
        point=when.get("contact_point", {}).get("address", ""),
        place=place_of(when.get("place", "")),
        debts=tuple(when["debts"]),
        purposes=frozenset(when.get("purpose", [])),
        content=frozenset(when.get("content", {}).get("disclosures", [])),
        products=frozenset({product} if product else ()),
        stages=frozenset({stage} if stage else ()),
        regions=frozenset(given.get("regions", [])),
        history=tuple(past(item, party["collector_id"]) for item in given.get("history", [])),
        consents=tuple(consent(item) for item in given.get("consents", [])),
        holds=tuple(hold(item) for item in given.get("holds", [])),
        wishes=tuple(wish(item, consumer["id"]) for item in given.get("preferences", [])),
        facts=dict(facts(given, when)),
        unknown=Outcome.ALLOW,
    )


def place_of(place: str) -> str:
    return {"": "personal", "home": "personal"}.get(place, place)


def past(item: Mapping[str, Any], collector: str) -> PastContact:
    return PastContact(
        at=datetime.fromisoformat(item["at"]),
        channel=item["channel"],
        direction=item["direction"],
        outcome=item["outcome"],
        person=item["to"],
        debts=tuple(item["debts"]),
        discussed=tuple(item.get("discussed", item["debts"])),
        collector=item.get("collector", collector),
        point=item.get("address", ""),
        place=place_of(item.get("place", "")),
    )


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def consent(item: Mapping[str, Any]) -> GivenConsent:
    details = {key: value for key, value in item.items() if key not in ("kind", "given_at", "at", "address", "debts")}
    if "notice_sent_on" in details:
        details["notice_sent_on"] = day(details["notice_sent_on"])
    return GivenConsent(
        kind=item["kind"],
        given_at=instant(item.get("given_at", item.get("at"))),
        point=item.get("address", ""),
        debts=tuple(item.get("debts", [])),
        given_to=item.get("given_to", "this_collector"),
        confirmed_on=day(item.get("last_confirmed_on")),
        withdrawn_at=instant(item.get("withdrawn_at")),
        on_dates=tuple(date.fromisoformat(text) for text in item.get("on_dates", [])),
        valid_days=item.get("valid_days"),
        details=details,
    )


def hold(item: Mapping[str, Any]) -> HoldFact:
    noticed = item.get("registered_on") or item.get("notified_on") or item.get("requested_on") or item.get("notice_on")
    return HoldFact(
        kind=item["type"],
        since=instant(item.get("from") or item.get("received_at")),
        until=instant(item.get("until") or item.get("verification_sent_at")),
        noticed_on=day(noticed),
        treatment_ended_on=day(item.get("treatment_ended_on")),
        due_by=day(item.get("validation_end")),
        debts=tuple(item.get("debts", [])),
        form=item.get("form", ""),
        accepted=item.get("medium_accepted", True),
    )


def wish(item: Mapping[str, Any], consumer: str) -> Wish:
    days = item.get("days", ["all"])
    return Wish(
        kind=item["type"],
        set_at=instant(item.get("set_at")),
        lifted_at=instant(item.get("lifted_at")),
        days=frozenset(range(7)) if "all" in days else frozenset(WEEKDAYS.index(name) for name in days),
        start=time.fromisoformat(item.get("start", "00:00:00")),
        end=time.fromisoformat(item.get("end", "00:00:00")),
        medium=item.get("medium", ""),
        point=item.get("address", ""),
        place=item.get("place", ""),
        person=item.get("by", consumer),
    )


def facts(given: Mapping[str, Any], when: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in when.items():
        yield f"when.{name}", value
    for name, value in when.get("content", {}).items():
        yield f"content.{name}", value
    for name, value in given["consumer"].items():
        yield f"consumer.{name}", value
    for debt in given["debts"]:
        yield from ((f"debt.{name}", value) for name, value in debt.items())
    first = when.get("initial_communication", False)
    yield "consumer.deceased_and_validation", bool(given["consumer"].get("deceased") and first)
