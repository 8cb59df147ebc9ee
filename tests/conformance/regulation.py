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
from collectkit.compliance.limitation import DEMAND
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
from collectkit.errors import CollectkitError

from .cases import UnknownFormError
from .regulation_words import DEMANDS, FORMS, OURS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_ACCOUNT = "A1"
WRITTEN = "written"


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


@attrs.frozen
class Unread:
    """One worked example that could not be put into the library's words."""

    name: str
    fault: str
    passed: bool = False

    def __str__(self) -> str:
        return f"{self.name}: not understood: {self.fault}"


def cases(folder: Path) -> Iterator[Case | Unread]:
    """Yield every example of a folder, or of one file."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    if not files:
        raise UnknownFormError(f"{folder} holds no examples")
    for file in files:
        document = json.loads(file.read_text(encoding="utf-8"), parse_float=Fraction)
        if not isinstance(document, dict) or "vectors" not in document:
            raise UnknownFormError(f"{file} holds no examples")
        for vector in document["vectors"]:
            name = f"{vector['id']} ({vector['title']})"
            try:
                asked = question(vector["given"], vector["when"])
                packs = [shipped_pack(pack) for pack in vector["given"]["packs"]]
                case = Case(name, vector["then"], asked, packs, rule_on(asked, packs), figures(asked, packs))
            except (LookupError, TypeError, ValueError, CollectkitError) as fault:
                # One example in a form that is not known fails by itself and must not hide what the others say.
                yield Unread(name, f"{type(fault).__name__}: {fault}")
                continue
            yield case


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
        debts=tuple(when.get("debts", [debt["id"] for debt in given["debts"]])),
        purposes=frozenset(when.get("purpose", [])),
        content=frozenset(when.get("content", {}).get("disclosures", [])),
        products=frozenset({product} if product else ()),
        stages=frozenset({stage} if stage else ()),
        regions=frozenset(given.get("regions", [])),
        history=tuple(past(item, party["collector_id"]) for item in given.get("history", [])),
        consents=tuple(consent(item) for item in given.get("consents", [])),
        holds=tuple(hold(item) for item in given.get("holds", [])),
        wishes=tuple(wish(item, consumer["id"]) for item in given.get("preferences", [])),
        events=tuple(told for item in given.get("events", []) for told in events(item)),
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


def events(item: Mapping[str, Any]) -> Iterator[PastEvent]:
    """Yield what happened, and once more as a written demand where it is one in other words."""
    happened = event(item)
    yield happened
    if happened.kind in DEMANDS:
        yield attrs.evolve(happened, kind=DEMAND)


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
                scheduled_on=day(first(item, "scheduled_on", "for_date", "date", "transfer_on", "payment_on")),
                amount=Fraction(item["amount"]) if "amount" in item else None,
                channel=item.get("channel", ""),
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


def first(item: Mapping[str, Any], *names: str) -> Any:
    """Return what stands under the first of several words for one fact, or None."""
    return next((item[name] for name in names if item.get(name) is not None), None)


def hold(item: Mapping[str, Any]) -> HoldFact:
    is_new = any(item.get(name) for name in ("materially_different", "materially_different_grounds", "different_grounds", "new_grounds"))
    earlier = first(item, "earlier_on", "previous_notice_on", "previous_registered_on", "previous_on", "last_notice_on", "prior_notice_on")
    return HoldFact(
        kind=item["type"],
        since=instant(first(item, "from", "received_at", "at")),
        until=instant(
            first(item, "until", "verification_sent_at", "substantiation_sent_at", "complaint_resolved_at", "complaint_closed_at")
            or first(item, "investigation_outcome_given_at", "released_at", "resolved_at", "closed_at", "lifted_at", "ended_at")
        ),
        noticed_on=day(first(item, "registered_on", "notified_on", "requested_on", "notice_on")),
        treatment_ended_on=day(first(item, "treatment_ended_on", "adviser_last_failed_to_reach_on")),
        due_by=day(item.get("validation_end")),
        debts=tuple(item.get("debts", [])),
        form=item.get("form", ""),
        accepted=item.get("medium_accepted", True),
        refused_on=day(first(item, "refused_on", "refusal_notice_on", "refusal_on", "refusal_notice_given_on", "refusal_given_on")),
        earlier_on=None if is_new else day(earlier),
        confirmed_in_writing_on=day(
            first(item, "confirmed_in_writing_on", "written_on", "written_confirmation_on", "confirmed_on", "written_request_on")
        ),
        extended=bool(first(item, "extended", "extension", "evidence_of_progress")),
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
        start=clock(item.get("start", "00:00:00")),
        end=clock(item.get("end", "00:00:00")),
        medium=item.get("medium", ""),
        point=item.get("address", ""),
        place=item.get("place", ""),
        person=item.get("by", consumer),
    )


def clock(text: str) -> time:
    """Return a time of day; 24:00 is the midnight that ends it."""
    return time(0) if text.startswith("24:") else time.fromisoformat(text)


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
    told = {OURS.get(name, name): dated(name, value) for name, value in debt.items()}
    form = told.get("contract_form", WRITTEN)
    return {**told, "contract_form": FORMS.get(str(form), form)}


def dated(name: str, value: Any) -> object:
    """Return a value whose name says that it is a day as a day."""
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    return value
