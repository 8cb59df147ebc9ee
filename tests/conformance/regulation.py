"""The regulators' worked examples: translates their words into questions and asks the shipped packs.

A case passes when verdict, rules, first lawful instant, missing tokens, due day and figures agree with the main answer.
An example with a listed alternative reading may agree with that instead; such passes are named and counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs

from collectkit.actions import Outcome
from collectkit.compliance import Pack, Question, Ruling, figures, rule_on, shipped_pack
from collectkit.compliance.past import (
    Authorization,
    GivenConsent,
    HoldFact,
    PastContact,
    PastEvent,
    PastFee,
    PaymentAttempt,
    Payments,
    Wish,
)

from .cases import UnknownFormError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_ACCOUNT = "A1"
WRITTEN = "written"
OURS = {
    "acknowledgment_on": "acknowledged_on",
    "contract": "contract_form",
    "info_received_on": "information_received_on",
    "info_requested_on": "information_requested_on",
    "extended": "additional_information_received",
    "claim": "principal",
    "base_fee": "full_fee",
    "capitalized": "capitalised",
    "as_interest": "added_to_rate",
}
"""Other words of the examples for facts that the library names in one way."""


@attrs.frozen
class Case:
    """One worked example with what the library says."""

    name: str
    expected: Mapping[str, Any]
    asked: Question
    packs: Sequence[Pack]
    ruling: Ruling
    figures: Mapping[str, object]

    @property
    def differences(self) -> list[str]:
        """Return in which respects the main answer differs."""
        return list(differences(self.expected, self.ruling, self.figures))

    @property
    def alternative(self) -> str:
        """Return the reason of the listed reading that agrees, or an empty text."""
        for other in self.expected.get("alternatives", ()):
            reading = {key: value for key, value in other.items() if key != "reason"}
            if "verdict" in reading and reading["verdict"] != self.ruling.outcome.value:
                continue
            if "computed" in reading and list(_figures_differ(reading["computed"], self.figures)):
                continue
            return str(other["reason"])
        return ""

    @property
    def passed(self) -> bool:
        """Whether the main answer or a listed reading agrees."""
        return not self.differences or bool(self.alternative)

    @property
    def remark(self) -> str:
        """Name the alternative reading it passes on, or return an empty text."""
        return f"{self.name}: by the reading that {self.alternative}" if self.differences and self.alternative else ""

    def __str__(self) -> str:
        return f"{self.name}: {'; '.join(self.differences)}"


def cases(folder: Path) -> Iterator[Case]:
    """Yield every example of a folder, or of one file."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    if not files:
        raise UnknownFormError(f"{folder} holds no examples")
    for file in files:
        document = json.loads(file.read_text(encoding="utf-8"), parse_float=Fraction)
        if not isinstance(document, dict) or "vectors" not in document:
            raise UnknownFormError(f"{file} holds no examples")
        for vector in document["vectors"]:
            asked = question(vector["given"], vector["when"])
            packs = [shipped_pack(name) for name in vector["given"]["packs"]]
            name = f"{vector['id']} ({vector['title']})"
            yield Case(name, vector["then"], asked, packs, rule_on(asked, packs), figures(asked, packs))


def differences(expected: Mapping[str, Any], ruling: Ruling, found: Mapping[str, object]) -> Iterator[str]:
    """Yield what differs from an answer."""
    if ruling.outcome.value != expected["verdict"]:
        yield f"verdict {ruling.outcome.value}, expected {expected['verdict']}"
    rules = sorted(finding.rule for finding in ruling.winning)
    if rules != sorted(expected["rules"]):
        yield f"rules {rules}, expected {expected['rules']}"
    if expected["verdict"] == "deny" and ruling.earliest != instant(expected["earliest_lawful_at"]):
        yield f"earliest {ruling.earliest}, expected {expected['earliest_lawful_at']}"
    required = sorted({token for finding in ruling.winning for token in finding.required})
    if "required" in expected and required != sorted(expected["required"]):
        yield f"required {required}, expected {expected['required']}"
    due = [finding.due_on for finding in ruling.winning if finding.due_on is not None]
    if "due_on" in expected and due != [date.fromisoformat(expected["due_on"])]:
        yield f"due on {due}, expected {expected['due_on']}"
    yield from _figures_differ(expected.get("computed", {}), found)


def _figures_differ(expected: Mapping[str, Any], found: Mapping[str, object]) -> Iterator[str]:
    for name, figure in expected.items():
        if plain(found.get(name)) != plain(figure):
            yield f"{name} {plain(found.get(name))}, expected {plain(figure)}"


def plain(figure: object) -> object:
    """Return a figure in one form: days as text, amounts as exact numbers."""
    if isinstance(figure, date):
        return figure.isoformat()
    if isinstance(figure, Mapping):
        return {key: plain(value) for key, value in figure.items()}
    return Fraction(figure) if isinstance(figure, int | Fraction) and not isinstance(figure, bool) else figure


def question(given: Mapping[str, Any], when: Mapping[str, Any]) -> Question:
    """Return the question that an example asks; every fact it relies on is given, so nothing is unknown."""
    party, consumer = given["party"], given["consumer"]
    stage, product = given.get("stage"), given.get("account", {}).get("product")
    return Question(
        action=when["action"],
        at=datetime.fromisoformat(when["at"]),
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
        events=tuple(event(item) for item in given.get("events", [])),
        payments=payments(given),
        facts=dict(facts(given, when)),
        debt_facts={debt["id"]: debt_facts(debt) for debt in given["debts"]},
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
        returned_at=instant(item.get("undeliverable_notice_at")),
    )


def event(item: Mapping[str, Any]) -> PastEvent:
    return PastEvent(
        kind=item["event"],
        at=datetime.fromisoformat(item["at"]),
        debts=tuple(item.get("debts", [])),
        means=item.get("means", ""),
        point=item.get("address", ""),
    )


def payments(given: Mapping[str, Any]) -> Payments:
    return Payments(
        attempts=tuple(
            PaymentAttempt(
                at=datetime.fromisoformat(item["at"]),
                kind=item["kind"],
                code=item.get("code", ""),
                advice=item.get("advice", ""),
                bank_account=item.get("account", FIRST_ACCOUNT),
                loan=item.get("loan", ""),
                returned_at=instant(item.get("return_received_at")),
                exempt=item.get("exception", "") or "",
            )
            for item in given.get("attempts", [])
        ),
        fees=tuple(PastFee(date.fromisoformat(fee["on"]), fee["kind"], Fraction(fee["amount"])) for fee in given.get("fees", [])),
        loans={loan["id"]: date.fromisoformat(loan["originated_on"]) for loan in given.get("loans", [])},
        authorizations=tuple(
            Authorization(
                kind=item["type"],
                obtained_at=datetime.fromisoformat(item["obtained_at"]),
                contacted_on=day(item.get("consumer_contacted_on")),
                scheduled_on=day(item.get("scheduled_on") or item.get("for_date")),
            )
            for item in given.get("authorizations", [])
        ),
    )


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def consent(item: Mapping[str, Any]) -> GivenConsent:
    details = {key: dated(key, value) for key, value in item.items() if key not in ("kind", "given_at", "at", "address", "debts")}
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
        refused_on=day(item.get("refused_on") or item.get("refusal_notice_on")),
        earlier_on=day(item.get("earlier_on") or item.get("previous_notice_on")),
        confirmed_in_writing_on=day(item.get("confirmed_in_writing_on") or item.get("written_on")),
        extended=bool(item.get("extended", False)),
        repeats="duplicate_of" in item and not item.get("new_material"),
        repeat_answered_at=instant(item.get("duplicative_notice_sent_at")),
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
    """Yield facts by dotted name: of the act, its content, fee, record and notice, of the person and the contract."""
    for name, value in when.items():
        yield f"when.{OURS.get(name, name)}", dated(name, value)
    for group in ("fee", "record", "notice", "content"):
        yield from ((f"{group}.{OURS.get(name, name)}", dated(name, value)) for name, value in when.get(group, {}).items())
    yield from ((f"when.contact_point.{name}", value) for name, value in when.get("contact_point", {}).items())
    yield "when.account", when.get("account", FIRST_ACCOUNT)
    for group in ("consumer", "account"):
        yield from ((f"{group}.{name}", dated(name, value)) for name, value in given.get(group, {}).items())
    first = when.get("initial_communication", False)
    yield "consumer.deceased_and_validation", bool(given["consumer"].get("deceased") and first)


def debt_facts(debt: Mapping[str, Any]) -> dict[str, object]:
    """Return the facts of a debt; its contract is a written one unless the example says otherwise."""
    return {"contract_form": WRITTEN, **{OURS.get(name, name): dated(name, value) for name, value in debt.items()}}


def dated(name: str, value: Any) -> object:
    """Return a value whose name says that it is a day as a day."""
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    return value
