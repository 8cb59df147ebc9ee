"""What a command really is: under which action it is asked for, what it is done to, and how much is at stake.

A write-off is one through whichever method it comes, and lifting a wish that contact cease is more than lifting a hold. What a
caller says about what is on the book is not believed: the book is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from collectkit._kit.core import Core, person_stream
from collectkit._kit.noticing import NOTICE
from collectkit.account import Account
from collectkit.actions import HostAct
from collectkit.allocation.agency_files import FileKind, Taken
from collectkit.court import CourtFact, CourtStep
from collectkit.holds import Hold, HoldKind, holds_in
from collectkit.identifiers import AccountId
from collectkit.ledger.suspense import suspense_of
from collectkit.money import Money
from collectkit.person import Consumer
from collectkit.servicing.host_acts import ACTS
from collectkit.storage.store import Unit

BACKDATED_DAYS: Final = 30
"""What is dated further back than so many days is asked for as ``backdate``: it may move commissions and promises."""

NATURES: Final[Mapping[str, str]] = {
    "CashRefund": "refund",
    "ChargeOff": "charge_off",
    "Chargeback": "chargeback",
    "Credit": "refund",
    "CreditRefund": "refund",
    "Payment": "post",
    "PlanQuote": "change_plan",
    "Reage": "change_plan",
    "Reamortize": "change_plan",
    "Reschedule": "change_plan",
    "Reversal": "reverse",
    "Undo": "undo",
    "Waiver": "waive",
    "WriteOff": "write_off",
}
"""What a movement is, through whichever method it comes; a subclass is what its base is."""

SUITS: Final[Mapping[CourtStep, str]] = {CourtStep.FILED: "file_suit", CourtStep.OFFICER_INSTRUCTED: "enforce_judgment"}
"""What a step in court is that is ours to take."""

_OWN: Final = frozenset({"suspend"})
"""Actions that stay themselves although a movement is given."""

_REMEMBERED: Final[Mapping[str, str]] = {"act": ACTS, "notice": NOTICE}
"""Parameters that are ids of what is remembered with whose it is, each with its scope."""

_DATED: Final = frozenset(
    {"post", "post_shared", "reverse", "chargeback", "suspend", "place", "recall", "advance_placement", "reassign", "bulk_move"}
)
"""What is ``backdate`` when it is dated far back: it decides who earned a payment, and whether a promise was kept."""

BECOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "close": ("write_off",),
    "extend_hold": ("uncease",),
    "lift": ("uncease",),
    "move": tuple(sorted(set(NATURES.values()) - {"post"})),
    "move_case": ("uncease",),
    "take_agency_file": ("buy_back",),
    "take_court_step": ("enforce_judgment", "file_suit"),
    **dict.fromkeys(sorted(_DATED), ("backdate",)),
}
"""Under which other actions a command of that name may be asked for."""


def entries_in(given: Mapping[str, object]) -> Iterator[object]:
    """Yield every argument, and what stands in lists one by one."""
    for value in given.values():
        if isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def concerns(unit: Unit, given: Mapping[str, object]) -> tuple[str, str]:
    """Return the stream that a command is about, and whose it is."""
    for name, value in given.items():
        if isinstance(value, Account):
            return f"account/{value.id}", value.consumer
        if isinstance(value, Consumer):
            return f"person/{value.id}", value.id
        if isinstance(value, HostAct):
            standing = unit.standing(value.accounts[0])
            return ("book", "") if standing is None else (f"person/{standing.person}", standing.person)
        if name in _REMEMBERED and isinstance(value, str):
            known = unit.recall(_REMEMBERED[name], value)
            return ("book", "") if known is None else (f"person/{known.answer}", known.answer)
        account = value if name == "account" else getattr(value, "account", None)
        if isinstance(account, str) and account:
            standing = unit.standing(AccountId(account))
            return f"account/{account}", "" if standing is None else standing.person
        person = value if name == "person" else getattr(value, "person", None)
        if isinstance(person, str) and person:
            return f"person/{person}", person
    if "payment" in given and "currency" in given:
        return f"suspense/{given['currency']}", ""
    return "book", ""


def nature(kit: Core, unit: Unit, action: str, given: Mapping[str, object], on: date | None) -> tuple[str, Money | None]:
    """
    Return under which action a command is asked for, and how much is at stake.

    Args:
        kit: Through which it comes.
        unit: To look at the book.
        action: The action that its method stands for.
        given: Its arguments by name.
        on: The business date; None for a command without an instant.
    """
    entries = list(entries_in(given))
    if action not in _OWN:
        action = next((found for entry in entries if (found := _movement(entry))), action)
    if action == "close":
        return _closing(unit, given)
    if action == "take_court_step":
        return _suing(unit, given)
    if action == "take_agency_file" and _gives_back(given):
        return "buy_back", None
    if action in ("lift", "extend_hold", "move_case") and _unceases(unit, action, given):
        return "uncease", None
    if action in ("release_suspended", "give_back_suspended"):
        return action, _suspended(unit, given)
    if action in _DATED and on is not None and any((on - day).days > BACKDATED_DAYS for day in _days(entries, given)):
        action = "backdate"
    return action, _sum(entries)


def _movement(entry: object) -> str:
    return next((NATURES[kind.__name__] for kind in type(entry).__mro__ if kind.__name__ in NATURES), "")


def _closing(unit: Unit, given: Mapping[str, object]) -> tuple[str, Money | None]:
    """Closing an account on which something is owed gives it up, whatever the reason is called."""
    standing = unit.standing(AccountId(str(given["account"])))
    owed = Money(standing.outstanding_minor, standing.currency) if standing is not None else None
    gives_up = given.get("reason") in ("written_off", "sold") or (given.get("reason") != "paid" and owed is not None and owed.minor > 0)
    return ("write_off", owed) if gives_up else ("close", None)


def _suing(unit: Unit, given: Mapping[str, object]) -> tuple[str, Money | None]:
    """What a court did is written down; to sue, and to send an officer, is done to a person, for all that is owed."""
    fact, standing = given.get("fact"), unit.standing(AccountId(str(given["account"])))
    action = SUITS.get(fact.step) if isinstance(fact, CourtFact) else None
    if action is None:
        return "take_court_step", None
    return action, Money(standing.outstanding_minor, standing.currency) if standing is not None else None


def _unceases(unit: Unit, action: str, given: Mapping[str, object]) -> bool:
    """Tell whether a wish that contact cease, as it stands on the book, would end by this, or end earlier."""
    named = given.get("hold")
    if not isinstance(named, Hold):
        return False
    bodies = unit.bodies(f"account/{named.account}" if named.account is not None else person_stream(named.person))
    placed = next((hold for hold in holds_in(bodies)[0] if hold.id == named.id), None)
    if placed is None or placed.kind is not HoldKind.CEASE_CONTACT:
        return False
    ends_on = given.get("ends_on")
    if action != "extend_hold":
        return True
    return isinstance(ends_on, date) and (placed.ends_on is None or ends_on < placed.ends_on)


def _gives_back(given: Mapping[str, object]) -> bool:
    """Tell whether a file is one with which a buyer gives accounts back, so that prices are paid back."""
    taken = given.get("taken")
    return isinstance(taken, Taken) and taken.file.kind is FileKind.BUY_BACK


def _suspended(unit: Unit, given: Mapping[str, object]) -> Money | None:
    currency = str(given["currency"])
    known = suspense_of(currency, unit.bodies(f"suspense/{currency}")).known(str(given["payment"]))
    return known.payment.amount if known is not None else None


def _days(entries: list[object], given: Mapping[str, object]) -> Iterator[date]:
    for entry in entries:
        for name in ("value_on", "since"):
            if isinstance(day := getattr(entry, name, None), date):
                yield day
    if isinstance(day := given.get("on"), date):
        yield day


def _sum(entries: list[object]) -> Money | None:
    """Return what is at stake in all; None when nothing is, or in several currencies."""
    amounts = [amount for entry in entries if isinstance(amount := getattr(entry, "amount", entry), Money)]
    if len({amount.currency for amount in amounts}) != 1:
        return None
    return Money.aggregate(sum(abs(amount.minor) for amount in amounts), amounts[0].currency)
