"""Hypothesis strategies for the values of this package; all that is valid, the dullest case first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from unicodedata import is_normalized, normalize

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from collectkit.account import Account, AccountClosed
from collectkit.arrangements import Item, OnMissed, Promise, PromiseCancelled, PromiseSeries
from collectkit.arrangements.hardship import Hardship, Measure
from collectkit.arrangements.payment_plans import Debt, PaymentPlan, PlanItem, Share, share_out
from collectkit.arrangements.settlements import OnReversal, SettlementTerms
from collectkit.events import Event
from collectkit.facts import AccountFacts
from collectkit.holds import DISPUTES, Hold, HoldKind, HoldLifted
from collectkit.identifiers import LENGTH_MAX, AccountId
from collectkit.ledger import COMPONENTS, Charge, Entry, Payment, Reversal, Waiver
from collectkit.money import Money
from collectkit.person import Consumer, ContactPoint, Email, Phone
from collectkit.placement import AccountRecalled, Placement
from collectkit.schedules._folding.pouring import WIDTH
from collectkit.schedules.plan import Plan
from collectkit.schedules.waterfall import PHASES, Dues, Slot, Waterfall
from collectkit.standing import Standing, standing_of

FIRST_DAY = date(2026, 1, 1)


def minor_units(least: int = 1, most: int = 100_000) -> SearchStrategy[int]:
    """Generate amounts from *least* to *most* minor units, inclusive."""
    return st.integers(least, most)


def days(most: int = 120) -> SearchStrategy[date]:
    """Generate days from `FIRST_DAY` to *most* days later, inclusive."""
    return st.integers(0, most).map(lambda after: FIRST_DAY + timedelta(days=after))


def instants() -> SearchStrategy[datetime]:
    """Generate aware instants to the microsecond, in UTC; the dullest is noon of 1 January 2026."""
    first, last = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    return st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None), timezones=st.just(UTC))


@st.composite
def moneys(draw: DrawFn, least: int = 1, most: int = 100_000, *, currency: str = "") -> Money:
    """Generate amounts from *least* to *most* minor units, inclusive, of *currency* or of some with two, none and three decimals."""
    return Money(draw(minor_units(least, most)), currency or draw(st.sampled_from(("USD", "GBP", "JPY", "KWD"))))


def ids() -> SearchStrategy[str]:
    """Generate texts that may be ids: of any letters, with spaces and signs inside, up to the longest."""
    inner = st.characters(categories=("L", "N", "P", "S"))
    plain = st.integers(1, 999).map(lambda number: f"id-{number}")
    texts = st.text(inner | st.just(" "), min_size=1, max_size=LENGTH_MAX).map(lambda text: normalize("NFC", text).strip()[:LENGTH_MAX])
    return plain | texts.filter(lambda text: text.strip() == text != "" and is_normalized("NFC", text))


@st.composite
def plans(draw: DrawFn, most: int = 5, *, currency: str = "USD") -> Plan:
    """Generate plans of up to *most* installments: equal due dates, interest, tax on it, and paused installments of zero."""
    count = draw(st.integers(1, most))
    gaps = draw(st.lists(st.integers(0, 40), min_size=count, max_size=count))
    due_on = tuple(FIRST_DAY + timedelta(days=after) for after in accumulate(gaps))
    principal = draw(st.lists(minor_units(0, 5000), min_size=count, max_size=count).filter(any))
    interest = draw(st.just([]) | st.lists(minor_units(0, 300), min_size=count, max_size=count))
    tax = draw(st.just([]) | st.lists(minor_units(0, 60), min_size=count, max_size=count)) if interest else []
    return Plan("generated", currency, FIRST_DAY, due_on, tuple(principal), tuple(interest), tax=tuple(tax))


@st.composite
def accounts(draw: DrawFn, id: str = "a-1", *, consumer: str = "c-1", currency: str = "USD") -> Account:
    """Generate accounts under *id* that *consumer* owes, of some products and shops, and under the law of some places."""
    return Account(
        id,
        consumer,
        draw(plans(currency=currency)),
        product=draw(st.sampled_from(("bnpl", "card"))),
        merchant=draw(st.just("") | st.sampled_from(("shop-1", "Ærø & Søn"))),
        region=draw(st.sampled_from(("", "US-NY", "GB"))),
    )


@st.composite
def payments(draw: DrawFn, id: str = "p-1", *, account: str = "a-1", currency: str = "USD") -> Payment:
    """Generate payments under *id*, from a minor unit to far too much."""
    return Payment(id, account, Money(draw(minor_units(1, 12_000)), currency), draw(days()))


@st.composite
def histories(draw: DrawFn, most: int = 8, *, account: str = "a-1", currency: str = "USD") -> tuple[Entry, ...]:
    """Generate entries of one account in order of arrival, which is any order; no charge is given up beyond its amount."""
    entries: list[Entry] = []
    given_up: dict[str, int] = {}
    for index in range(draw(st.integers(0, most))):
        on = draw(days())
        paid = [entry for entry in entries if isinstance(entry, Payment)]
        charged = [entry for entry in entries if isinstance(entry, Charge)]
        kind = draw(st.sampled_from(("payment", "charge", "reversal", "waiver")))
        if kind == "charge":
            entries.append(draw(_charges(f"c-{index}", account, currency, on)))
        elif kind == "reversal" and paid:
            entries.append(Reversal(f"r-{index}", account, draw(st.sampled_from(paid)).id, on))
        elif kind == "waiver" and charged:
            charge = draw(st.sampled_from(charged))
            room = charge.amount.minor - given_up.get(charge.id, 0)
            if room:
                minor = draw(minor_units(1, room))
                given_up[charge.id] = given_up.get(charge.id, 0) + minor
                entries.append(Waiver(f"w-{index}", account, charge.id, Money(minor, currency), on, "goodwill"))
        else:
            entries.append(draw(payments(f"p-{index}", account=account, currency=currency)))
    return tuple(draw(st.permutations(entries)))


@st.composite
def _charges(draw: DrawFn, id: str, account: str, currency: str, on: date) -> Charge:
    """Generate charges of each component, some with tax on them."""
    component, minor = draw(st.sampled_from(("fee", "penalty", "tax"))), draw(minor_units(1, 1500))
    tax = draw(st.just(0) | minor_units(0, minor - 1)) if component != "tax" else 0
    on_it = Money(tax, currency) if tax else None
    return Charge(id, account, component, Money(minor, currency), on, draw(days()), tax=on_it)


@st.composite
def dues(draw: DrawFn, most: int = 5) -> Dues:
    """Generate what is owed on up to *most* dues, some of it paid already."""
    count = draw(st.integers(1, most))
    due_on = sorted(draw(st.lists(days(60), min_size=count, max_size=count)))
    owed = draw(st.lists(st.just(0) | minor_units(1, 5000), min_size=WIDTH * count, max_size=WIDTH * count))
    return Dues(tuple(due_on), tuple(owed))


@st.composite
def waterfalls(draw: DrawFn) -> Waterfall:
    """Generate waterfalls of both styles, in every order that is allowed."""
    if draw(st.booleans()):
        slots = [Slot(phase, component) for phase in PHASES for component in COMPONENTS]
        return Waterfall(draw(st.permutations(slots)), by="component")
    ordered = []
    for phase in draw(st.just(PHASES) | st.permutations(PHASES)):
        ordered += [Slot(phase, component) for component in draw(st.permutations(COMPONENTS))]
    return Waterfall(ordered)


@st.composite
def promises(draw: DrawFn, id: str = "pr-1", *, account: str = "a-1", currency: str = "USD") -> Promise:
    """Generate promises under *id*, due on the day they were made or within 45 days."""
    made_on = draw(days())
    due_on = made_on + timedelta(days=draw(st.integers(0, 45)))
    made_at = datetime(made_on.year, made_on.month, made_on.day, 12, tzinfo=UTC)
    kind = draw(st.sampled_from(("firm", "soft")))
    return Promise(id, account, Money(draw(minor_units(1, 8000)), currency), due_on, made_at, made_on=made_on, kind=kind)


@st.composite
def promise_series(draw: DrawFn, id: str = "ps-1", *, account: str = "a-1", currency: str = "USD") -> PromiseSeries:
    """Generate series of up to four items under *id*, with every rule on a missed one."""
    made_on = draw(days())
    gaps = draw(st.lists(st.integers(1, 14), min_size=1, max_size=4))
    items = [Item(made_on + timedelta(days=after - 1), Money(draw(minor_units(1, 4000)), currency)) for after in accumulate(gaps)]
    made_at = datetime(made_on.year, made_on.month, made_on.day, 12, tzinfo=UTC)
    return PromiseSeries(id, account, tuple(items), made_at, draw(st.sampled_from(OnMissed)), made_on=made_on)


@st.composite
def payment_plans(draw: DrawFn, id: str = "ar-1", *, accounts: tuple[str, ...] = ("a-1",), currency: str = "USD") -> PaymentPlan:
    """Generate payment plans under *id* of up to four payments over some accounts."""
    owed = [Debt(account, draw(minor_units(1, 4000)), draw(days())) for account in accounts]
    total, first = sum(debt.minor for debt in owed), draw(days())
    gaps = draw(st.lists(st.integers(1, 20), min_size=1, max_size=min(4, total)))
    amounts = Money(total, currency).split(len(gaps))
    on = [first + timedelta(days=after) for after in accumulate(gaps)]
    cure, missed = draw(st.integers(0, 10)), draw(st.integers(1, 2))
    items = share_out(owed, list(zip(on, amounts, strict=True)))
    return PaymentPlan(id, "c-1", items, 14, cure_days=cure, missed_max=missed, effects=("contact_limited", "fees"))


@st.composite
def settlements(draw: DrawFn, id: str = "ar-1", *, account: str = "a-1", currency: str = "USD") -> SettlementTerms:
    """Generate settlements under *id* in up to three stages."""
    first = draw(days())
    gaps = draw(st.lists(st.integers(1, 20), min_size=1, max_size=3))
    rows = [(first + timedelta(days=after), draw(minor_units(1, 2000))) for after in accumulate(gaps)]
    items = [PlanItem(on, Money(minor, currency), (Share(AccountId(account), minor),)) for on, minor in rows]
    debt = Money(sum(minor for _, minor in rows) + draw(minor_units(1, 3000)), currency)
    clause = draw(st.sampled_from(OnReversal))
    return SettlementTerms(id, "c-1", account, debt, items, draw(st.integers(0, 3)), draw(st.integers(0, 5)), clause, ("contact_limited",))


@st.composite
def hardships(draw: DrawFn, id: str = "ar-1", *, currency: str = "USD") -> Hardship:
    """Generate reliefs under *id*: measures that follow each other, and fees that stop meanwhile."""
    starts_on, measures = draw(days()), list[Measure]()
    for _ in range(draw(st.integers(1, 3))):
        ends_on = starts_on + timedelta(days=draw(st.integers(0, 40)))
        amount = draw(st.none() | minor_units(1, 5000))
        measures.append(
            Measure("holiday" if amount is None else "reduced", starts_on, ends_on, Money(amount, currency) if amount else None)
        )
        starts_on = ends_on + timedelta(days=draw(st.integers(1, 5)))
    if draw(st.booleans()):
        measures.append(Measure("fee_stop", measures[0].starts_on, measures[-1].ends_on))
    return Hardship(id, "c-1", measures, measures[0].ends_on, "generated")


@st.composite
def holds(draw: DrawFn, id: str = "h-1", *, person: str = "c-1", account: str | None = "a-1", currency: str = "USD") -> Hold:
    """Generate holds of every kind under *id*; disputes only where there is an account."""
    kind = draw(st.sampled_from([kind for kind in HoldKind if account is not None or kind not in DISPUTES]))
    starts_on = draw(days())
    ends_on = draw(st.none() | st.integers(0, 60).map(lambda after: starts_on + timedelta(days=after)))
    review_on = starts_on + timedelta(days=30) if ends_on is None else None
    amount = Money(draw(minor_units(1, 6000)), currency) if kind is HoldKind.DISPUTE_PART else None
    return Hold(
        id,
        kind,
        person=person,
        starts_on=starts_on,
        reason="generated",
        account=account,
        ends_on=ends_on,
        review_on=review_on,
        amount=amount,
    )


@st.composite
def account_facts(draw: DrawFn, *, currency: str = "USD") -> AccountFacts:
    """Generate all that may be known of account ``a-1`` of person ``c-1``."""
    made = tuple(draw(promises(f"pr-{n}", currency=currency)) for n in range(draw(st.integers(0, 3))))
    held = tuple(draw(holds(f"h-{n}", currency=currency)) for n in range(draw(st.integers(0, 2))))
    moves: list[Placement | AccountRecalled] = []
    for on in draw(st.lists(days(), max_size=3)):
        handler = draw(st.sampled_from(("team-1", "agency-1")))
        placed = draw(st.booleans())
        moves.append(Placement("a-1", handler, on) if placed else AccountRecalled("a-1", handler, on, "term"))
    return AccountFacts(
        Account("a-1", "c-1", draw(plans(currency=currency))),
        entries=draw(histories(currency=currency)),
        promises=made,
        cancelled=tuple(PromiseCancelled(promise.id, "a-1", draw(days())) for promise in made if draw(st.booleans())),
        holds=held,
        lifted=tuple(HoldLifted(hold.id, draw(days()), "generated") for hold in held if draw(st.booleans())),
        moves=tuple(moves),
        closed=draw(
            st.none() | st.builds(AccountClosed, st.just("a-1"), days(), st.sampled_from(("paid", "cancelled", "written_off", "sold")))
        ),
    )


@st.composite
def standings(draw: DrawFn, *, currency: str = "USD") -> Standing:
    """Generate standings of account ``a-1`` that follow from some facts."""
    return standing_of(draw(account_facts(currency=currency)), draw(days(200)))


_NAMES = st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), max_size=60)
_PHONES = st.integers(2_000_000_000, 9_999_999_999).map(lambda number: Phone(f"+1{number}", source="checkout"))
_EMAILS = st.from_regex(r"[a-z]{1,12}@[a-z]{1,12}\.(com|org)", fullmatch=True).map(lambda value: Email(value, source="checkout"))


@st.composite
def consumers(draw: DrawFn, id: str = "c-1") -> Consumer:
    """Generate persons under *id*, from an unknown one to one with several phones and addresses."""
    contacts: list[ContactPoint] = draw(st.lists(_PHONES | _EMAILS, max_size=3))
    locale, region = draw(st.sampled_from((("en_US", "US-NY"), ("en_US", ""), ("de_DE", "DE"), ("zh_Hant_TW", "TW"), ("sv_SE", "SE"))))
    return Consumer(id, draw(_NAMES), locale=locale, region=region, contacts=tuple(contacts))


def events_of(name: str) -> SearchStrategy[Event]:
    """
    Return events that are stored under *name*, such as ``payment-posted/1``.

    Raises:
        KeyError: No event has that name.
    """
    from collectkit.testing.event_strategies import events_of as made

    return made(name)
