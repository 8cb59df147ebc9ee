"""A made-up month of a made-up book, for looking at the dashboard: no chance in it, the same page every time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from collectkit.account import Account
from collectkit.actions import ActRefused
from collectkit.arrangements.promises import Promise
from collectkit.facts import AccountFacts, promise_states
from collectkit.holds import Hold, HoldKind
from collectkit.ledger import Payment
from collectkit.money import Money
from collectkit.person import Contact, PersonFacts, Stop
from collectkit.placement import Placement
from collectkit.portfolio import Portfolio
from collectkit.reports import (
    NightlyReport,
    ageing,
    collected,
    contacts,
    fell_due,
    holds,
    placements,
    promises,
    rolls_between,
    stops,
)
from collectkit.schedules import Plan, replay
from collectkit.standing import standing_of

LAST = date(2026, 6, 30)
FIRST = date(2026, 6, 1)
HANDLERS = ("early-reminders", "call-center", "field-team", "agency-north")
RULES = (
    ("us.regf.hours", "12 CFR 1006.6(b)(1)(i)"),
    ("us.regf.calls", "12 CFR 1006.14(b)(2)(i)(A)"),
    ("us.regf.cease", "12 CFR 1006.6(c)(1)"),
)
REASONS = {
    "us.regf.hours": "No contact before 8 a.m. or after 9 p.m. where the consumer is",
    "us.regf.calls": "No eighth call about a debt in seven days",
    "us.regf.cease": "No contact after a request to cease",
}
STATUSES = {"us.regf.hours": "verified", "us.regf.calls": "verified", "us.regf.cease": "mixed"}


def draw(key: str, most: int) -> int:
    """Return a number from 0 to below *most* that looks like chance and is none."""
    return int.from_bytes(sha256(key.encode()).digest()[:6]) % most


def sample(accounts: int = 60, snapshots: int = 5, currencies: Sequence[str] = ("USD",)) -> NightlyReport:
    """Return a report over so many accounts and weekly snapshots."""
    held = [_account(number, currencies[number % len(currencies)]) for number in range(accounts)]
    days = [LAST - timedelta(days=7 * back) for back in reversed(range(snapshots))]
    portfolios = [Portfolio.of(standing_of(facts, day) for facts in held) for day in days]
    books = [replay(facts.plan, facts.entries, as_of=LAST) for facts in held]
    return NightlyReport(
        title="Example book <night>",
        first=FIRST,
        last=LAST,
        ageings=[ageing(portfolio) for portfolio in portfolios],
        rolls=rolls_between(portfolios),
        collected=collected(books),
        due=fell_due(books),
        contacts=contacts(*_contacts(accounts), first=FIRST, last=LAST, zone="UTC", reasons=REASONS, statuses=STATUSES),
        promises=promises(state for facts in held for state in promise_states(facts, LAST)),
        placements=placements(portfolios[-1], held, first=FIRST, last=LAST),
        holds=holds(portfolios[-1]),
        stops=stops(_stops(accounts), first=FIRST, last=LAST, zone="UTC"),
        notice="The data on this page is made up.",
        packs=("us-federal 26.1", "us-ny 26.1"),
    )


def _account(number: int, currency: str) -> AccountFacts:
    id = f"a-{number}"
    bought_on = LAST - timedelta(days=draw(f"{id}-bought", 150))
    due_on = tuple(bought_on + timedelta(days=14 * step) for step in range(4))
    amount = 2_000 + 50 * draw(f"{id}-amount", 400)
    entries, day = [], bought_on
    for step, due in enumerate(due_on):
        trouble = draw(f"{id}-{step}", 100)
        if trouble >= 94:
            break
        day = max(day, due + timedelta(days=0 if trouble < 70 else 1 + draw(f"{id}-{step}-late", 45)))
        if day <= LAST:
            source = ("card", "card", "bank", "payment_link")[draw(f"{id}-{step}-source", 4)]
            entries.append(Payment(f"{id}-p{step}", id, Money(amount, currency), day, source=source))
    moves, promised = _work(id, number, due_on, entries)
    kinds = (HoldKind.DISPUTE, HoldKind.HARDSHIP, HoldKind.RETURN)
    since = LAST - timedelta(days=5)
    hold = Hold(
        f"h-{id}",
        kinds[number % 3],
        person=f"c-{number // 2}",
        account=id,
        starts_on=since,
        review_on=LAST + timedelta(days=20),
        reason="asked by phone",
    )
    held = (hold,) if number % 17 == 0 else ()
    plan = Plan("pay_in_4", currency, bought_on, due_on, (amount,) * 4)
    return AccountFacts(Account(id, f"c-{number // 2}", plan), entries=tuple(entries), promises=promised, holds=held, moves=moves)


def _work(id: str, number: int, due_on: Sequence[date], entries: Sequence[Payment]) -> tuple[tuple[Placement, ...], tuple[Promise, ...]]:
    """Place an account on its fourth late day, and have two of three promise to pay a week after that."""
    paid = [entry.value_on for entry in entries] + [LAST + timedelta(days=1)] * 4
    late = next((due for due, on in zip(due_on, paid, strict=False) if (on - due).days > 3 and due < LAST - timedelta(days=4)), None)
    if late is None:
        return (), ()
    placed = Placement(id, HANDLERS[draw(f"{id}-team", 4)], late + timedelta(days=4))
    made = late + timedelta(days=4 + draw(f"{id}-made", 12))
    if made > LAST or number % 3 == 0:
        return (placed,), ()
    amount = Money(1_500 + 50 * draw(f"{id}-promised", 60), "USD" if not entries else entries[0].amount.currency)
    return (placed,), (Promise(f"pr-{id}", id, amount, made + timedelta(days=14), datetime.combine(made, time(15), UTC)),)


def _contacts(accounts: int) -> tuple[list[Contact], list[ActRefused]]:
    made, refused = [], []
    for number in range(accounts * 2):
        at = datetime.combine(FIRST + timedelta(days=draw(f"day-{number}", 30)), time(15), UTC)
        channel = ("sms", "sms", "email", "phone", "letter")[draw(f"channel-{number}", 5)]
        outcome = ("delivered", "delivered", "unknown", "no_answer")[draw(f"outcome-{number}", 4)]
        if draw(f"law-{number}", 9):
            made.append(Contact(f"c-{number // 4}", at, channel, outcome=outcome))
        else:
            rule, citation = RULES[draw(f"rule-{number}", 3)]
            refused.append(ActRefused(f"m-{number}", f"c-{number // 4}", (f"a-{number // 2}",), channel, at, (rule,), (citation,)))
    return made, refused


def _stops(accounts: int) -> list[PersonFacts]:
    at = datetime(2026, 6, 3, 9, tzinfo=UTC)
    asked = [(("sms",), "opt_out"), ((), "cease")]
    return [PersonFacts(f"c-{number}", stops=(Stop(f"c-{number}", *_stop(asked[number % 2], at)),)) for number in range(accounts // 20)]


def _stop(asked: tuple[tuple[str, ...], str], at: datetime) -> tuple[tuple[str, ...], datetime, str, str]:
    channels, reason = asked
    return channels, at, "reply", reason
