"""People, accounts, acts and a host's own rules for the tests of the gate."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from collectkit.actions import ActionKind, Finding, Proposal, Spend
from collectkit.compliance import Pack, Question, Rule, RuleBook, shipped_rules
from collectkit.compliance.rule import PlainTerms, Scope
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Consent, Consumer, Contact, ContactPoint, Email, PersonFacts, Phone, Place, Preference, Stop
from collectkit.person_standing import PersonStanding
from collectkit.standing import FOREVER, Standing

AT = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)  # Tuesday, 14:00 in New York
PHONE = Phone("+12125550123", source="checkout")
MAIL = Email("c1@example.com", source="checkout")


@lru_cache(maxsize=1)
def book() -> RuleBook:
    return shipped_rules()


def account(*, holds: tuple[str, ...] = (), hold_until: date | None = None) -> Standing:
    return Standing(
        account=AccountId("a-1"),
        person=PersonId("c-1"),
        as_of=date(2026, 10, 20),
        currency="USD",
        plan_kind="pay_in_4",
        product="",
        merchant="m-1",
        opened_on=date(2026, 9, 1),
        total_minor=20_000,
        paid_minor=5_000,
        outstanding_minor=15_000,
        owed_minor=10_000,
        past_due_minor=10_000,
        fee_minor=0,
        credit_minor=0,
        disputed_minor=0,
        fees_charged_minor=0,
        oldest_unpaid_due_on=date(2026, 9, 15),
        next_due_on=None,
        next_due_minor=0,
        last_due_on=date(2026, 10, 13),
        last_paid_on=None,
        installments_total=4,
        installments_paid=1,
        installments_past_due=2,
        promise_due_on=None,
        promised_minor=0,
        promises_broken=0,
        holds=holds,
        hold_until=hold_until,
        handler=None,
        placed_on=None,
        closed_on=None,
        valid_through=FOREVER,
    )


def person(
    *,
    region: str = "US-NY",
    points: tuple[ContactPoint, ...] = (PHONE, MAIL),
    places: tuple[str, ...] = (),
    contacts: tuple[Contact, ...] = (),
    consents: tuple[Consent, ...] = (),
    stops: tuple[Stop, ...] = (),
    preferences: tuple[Preference, ...] = (),
    holds: tuple[str, ...] = (),
    accounts: tuple[Standing, ...] = (),
) -> PersonStanding:
    consumer = Consumer("c-1", name="Test Consumer", region=region, contacts=points, places=[Place(zone) for zone in places])
    facts = PersonFacts("c-1", consents=consents, stops=stops, preferences=preferences, contacts=contacts)
    return PersonStanding(consumer, facts, accounts or (account(),), date(2026, 10, 20), holds)


def proposal(
    channel: str = "phone",
    *,
    party: str = "third_party",
    purpose: str = "reminder",
    content: tuple[str, ...] = ("attempt_to_collect", "from_debt_collector", "information_used_for_purpose", "validation_information"),
    action: ActionKind = ActionKind.CONTACT,
) -> Proposal:
    handler = None if party == "first_party" else "agency-1"
    return Proposal("m-1", action, "c-1", ("a-1",), channel=channel, purpose=purpose, party=party, handler=handler, content=content)


def call(at: datetime, outcome: str = "no_answer", *, channel: str = "phone", direction: str = "outbound") -> Contact:
    return Contact("c-1", at, channel, "phone-1", ("a-1",), outcome, direction, collector="agency-1")


class Capped(PlainTerms):
    """Three a week, of whatever the rule's scope reaches."""

    __slots__ = ()

    def judge(self, rule: Rule, question: Question) -> Finding | None:
        return None

    def spends(self, rule: Rule, question: Question) -> tuple[Spend, ...]:
        return (Spend(f"person/{question.person}", rule.id, 3, 7, question.today),)


def host_book(status: str = "verified", *, least_status: str = "from-memory") -> RuleBook:
    """Return the book of a host with a pack for a land that no shipped pack knows: caps on letters and on mail."""
    rules = tuple(
        Rule(f"host.{channel}", "host", "A host's rule", "host", status, "host", date(2020, 1, 1), None, Scope(channels=only), Capped())
        for channel, only in (("letter", frozenset({"letter"})), ("email", frozenset({"email"})))
    )
    return RuleBook([Pack("host", "ZZ", "host", "0", "Asia/Tokyo", 0, rules)], least_status)
