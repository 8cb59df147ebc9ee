"""What an agency has earned: a function of the ledger and of one version of its contract, and of nothing else.

Nothing is stored, so a payment that is reversed or dated back simply gives another statement, and either party can work
it out again from the same movements. A reversal takes back exactly what the payment had earned, a chargeback its part of that, in
the period in which they fall. Every line is rounded half up, once; tiers are rounded by what the month has earned so far,
before a share for direct payments is taken of it. What is taken back of a month's payments lowers the tiers of that month alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import TypeAlias

import attrs

from collectkit.allocation.contracts import Contract, Remittance
from collectkit.allocation.handlers import WHOLE_BP
from collectkit.allocation.lifecycle import Stage
from collectkit.calendars.periods import require_period
from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, EntryId
from collectkit.ledger import Chargeback, Entry, Payment, Returned, kind_of
from collectkit.schedules import Book, standing_returns


@attrs.frozen
class Mandate:
    """
    An account that an agency had, with all movements on it.

    Attributes:
        account: Which.
        placed_on: First day, inclusive.
        placed_minor: What was outstanding then, minor units.
        age_days: How many days it was past due then.
        stage: Which placement it was.
        product: The host's product code.
        ended_on: First day on which the agency no longer had it; None while it has.
        settled_on: Since when a settlement for less is in force; None without one.
        entries: All entries of the account, in any order.
        applied: What each payment paid on its day, by its id and by component, see `applied_of`; a contract that leaves out some
            component needs it.
    """

    account: AccountId
    placed_on: date
    placed_minor: int
    age_days: int
    stage: Stage
    entries: tuple[Entry, ...]
    product: str = ""
    ended_on: date | None = None
    settled_on: date | None = None
    applied: Mapping[EntryId, Mapping[str, int]] = attrs.field(factory=dict, hash=False)


def applied_of(entries: Iterable[Entry], book_on: Callable[[date], Book]) -> dict[EntryId, dict[str, int]]:
    """
    Return what each payment paid on its day, by its id and by component, in minor units.

    The end of its own value date decides: what a later reversal or waiver did to its money changes no commission beside its own line.

    Args:
        entries: All entries of the account, in any order.
        book_on: How the account stands at the end of a day.

    Source:
        The waterfall of the account, and its source.
    """
    found = dict[EntryId, dict[str, int]]()
    for payment in entries:
        if isinstance(payment, Payment):
            parts = found[payment.id] = dict[str, int]()
            for part in book_on(payment.value_on).applications(payment.id):
                parts[part.component] = parts.get(part.component, 0) + part.minor
    return found


class LineKind(Enum):
    """What a line of a statement is about."""

    PAYMENT = "payment"
    REVERSAL = "reversal"
    """A payment that had earned something was taken back: by a reversal, or by a chargeback wholly or in part."""
    PLACEMENT_FEE = "placement_fee"


@attrs.frozen
class Line:
    """
    One movement and what it earned.

    Attributes:
        kind: What it is about.
        account: Which.
        entry: Id of the payment, reversal or chargeback; empty for a fee.
        on: Its value date.
        minor: What moved; below 0 for a reversal.
        commission_minor: What it earned; below 0 for a reversal.
        bp: The rate it was worked out by.
        direct: The creditor itself received the money.
        why: How it came about, in a few words.
    """

    kind: LineKind
    account: AccountId
    entry: EntryId | None
    on: date
    minor: int
    commission_minor: int
    bp: int
    direct: bool
    why: str


@attrs.frozen
class Statement:
    """
    What an agency earned in a period, and who owes whom; minor units of the contract's currency.

    Attributes:
        contract: The version it was worked out by.
        first: First day of the period, inclusive.
        last: Last day of the period, inclusive.
        lines: By value date, account and entry.
    """

    contract: Contract
    first: date
    last: date
    lines: tuple[Line, ...]

    @property
    def collected_minor(self) -> int:
        """What the agency itself took in, less what was taken back."""
        return sum(line.minor for line in self.lines if not line.direct)

    @property
    def direct_minor(self) -> int:
        """What came to the creditor directly, less what was taken back."""
        return sum(line.minor for line in self.lines if line.direct)

    @property
    def commission_minor(self) -> int:
        """Commission and fees, less what was taken back."""
        return sum(line.commission_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """Tax on the commission, rounded half up on the sum, as an invoice is."""
        return _share(self.commission_minor, self.contract.tax_bp)

    @property
    def remitted_minor(self) -> int:
        """What the agency sends; below 0, what it is sent."""
        kept = self.commission_minor + self.tax_minor if self.contract.remittance is Remittance.NET else 0
        return self.collected_minor - kept

    @property
    def invoiced_minor(self) -> int:
        """What the creditor pays on invoice; 0 where the agency keeps it."""
        return self.commission_minor + self.tax_minor if self.contract.remittance is Remittance.GROSS else 0

    @property
    def net_back_minor(self) -> int:
        """What is left for the creditor, whichever way the money went."""
        return self.collected_minor + self.direct_minor - self.commission_minor - self.tax_minor


_Movement: TypeAlias = tuple[date, int, str, str, Mandate, Payment | Returned]


def statement(mandates: Iterable[Mandate], contract: Contract, *, first: date, last: date) -> Statement:
    """
    Work out what an agency earned in a period.

    Args:
        mandates: Accounts it has or had, each with all its movements, also those before the period.
        contract: The version in force.
        first: First value date, inclusive.
        last: Last value date, inclusive; later movements are not looked at, but what was taken back and undone whenever never was.

    Raises:
        ValidationError: The contract leaves out some component, and a mandate does not say what a payment paid.
        TimeError: The last day is before the first.
    """
    require_period(first, last, "nothing was worked out")
    held = sorted(mandates, key=lambda mandate: (mandate.account, mandate.placed_on))
    worked = _Worked(contract)
    moved = (movement for movement in _movements(held) if movement[0] <= last)
    for on, *_, mandate, entry in sorted(moved, key=lambda movement: movement[:4]):
        if isinstance(entry, Payment):
            worked.payment(mandate, entry)
        else:
            worked.returned(mandate, entry, on)
    fees = [_fee(mandate, contract) for mandate in held if contract.placement_fee_minor and mandate.placed_on <= last]
    lines = sorted((*fees, *worked.lines), key=lambda line: (line.on, line.account, line.kind.value, line.entry or ""))
    return Statement(contract, first, last, tuple(line for line in lines if first <= line.on <= last))


def _movements(mandates: Sequence[Mandate]) -> Iterable[_Movement]:
    returned: dict[tuple[AccountId, str, EntryId], _Movement] = {}
    for mandate in mandates:
        account, paid_on = mandate.account, dict[EntryId, date]()
        for payment in mandate.entries:
            if isinstance(payment, Payment):
                paid_on[payment.id] = payment.value_on
                yield (payment.value_on, False, account, payment.id, mandate, payment)
        for entry in standing_returns(mandate.entries, date.max):
            # Once, though the agency may have had the account twice; and behind the payment, whatever day the bank gives it.
            on = max(entry.value_on, paid_on.get(entry.payment, entry.value_on))
            returned[account, kind_of(entry), entry.id] = (on, True, account, entry.id, mandate, entry)
    yield from returned.values()


def _fee(mandate: Mandate, contract: Contract) -> Line:
    fee = contract.placement_fee_minor
    return Line(LineKind.PLACEMENT_FEE, mandate.account, None, mandate.placed_on, 0, fee, 0, direct=False, why="for the placement")


def _part(of: int, minor: int, whole: int) -> int:
    """Return the part of a figure that goes with so much of a whole, rounded half up; none is below 0."""
    return (of * minor * 2 + whole) // (2 * whole)


def _share(minor: int, bp: int, of_bp: int = WHOLE_BP) -> int:
    """Return so many basis points of so many of an amount, rounded half up, once, alike on both sides of 0."""
    sign, whole = -1 if minor < 0 else 1, WHOLE_BP * WHOLE_BP
    return sign * ((abs(minor) * bp * of_bp * 2 + whole) // (2 * whole))


@attrs.define
class _Earned:
    """
    What a payment earned, and what was taken back of it.

    Attributes:
        line: Its line.
        earning: How much of it earns, in minor units.
        back: What was taken back of it, and with it of the commission and of what earns.
    """

    line: Line
    earning: int
    back: tuple[int, int, int] = (0, 0, 0)

    def take_back(self, minor: int | None) -> tuple[int, int, int]:
        """Note that so much of it went back, or all that is left, and return that with its part of the commission and of what earns."""
        (minor_before, commission_before, earning_before), whole = self.back, self.line.minor
        gone = whole if minor is None else min(whole, minor_before + minor)
        commission, earning = _part(self.line.commission_minor, gone, whole), _part(self.earning, gone, whole)
        self.back = (gone, commission, earning)
        return gone - minor_before, commission - commission_before, earning - earning_before


class _Worked:
    """The statement while it is worked out: what each payment, account and month has earned so far."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._earned: dict[tuple[AccountId, EntryId], _Earned] = {}
        self._by_account: defaultdict[AccountId, int] = defaultdict(int)
        self._by_month: defaultdict[tuple[int, int], int] = defaultdict(int)
        self.lines: list[Line] = []

    def payment(self, mandate: Mandate, payment: Payment) -> None:
        """Add what a payment earns; one outside of the mandate is no business of the agency and gets no line."""
        contract = self._contract
        tail = mandate.ended_on is not None and payment.value_on >= mandate.ended_on
        until = mandate.ended_on + timedelta(days=contract.tail_days) if mandate.ended_on is not None else date.max
        if not mandate.placed_on <= payment.value_on < until or payment.source in contract.excluded_sources:
            return
        if (mandate.account, payment.id) in self._earned:
            return  # Placed with the same agency again, within the tail of the time before: one payment earns once.
        direct = payment.source != "agency"
        left_out = self._left_out(mandate, payment)
        earning = payment.amount.minor - sum(left_out.values())
        bp, commission, why = self._rate(mandate, payment, earning, contract.direct_bp if direct else WHOLE_BP)
        notes = [why, *(["in the tail"] if tail else []), *(["paid to the creditor"] if direct else [])]
        if left_out:
            notes.append(f"{payment.amount.minor - earning} of it paid {' and '.join(sorted(left_out))}")
        left = commission if contract.cap_minor is None else max(0, contract.cap_minor - self._by_account[mandate.account])
        if commission > left:
            commission = left
            notes.append(f"capped at {contract.cap_minor} for the account")
        line = Line(
            LineKind.PAYMENT,
            mandate.account,
            payment.id,
            payment.value_on,
            payment.amount.minor,
            commission,
            bp,
            direct=direct,
            why=", ".join(notes),
        )
        self._earned[mandate.account, payment.id] = _Earned(line, earning)
        self._add(line, earning, of=payment.value_on)

    def returned(self, mandate: Mandate, returned: Returned, on: date) -> None:
        """Take back exactly what the payment had earned, or its part; one that had earned nothing is none of the agency's."""
        earned = self._earned.get((mandate.account, returned.payment))
        if earned is None:
            return
        minor, commission, earning = earned.take_back(returned.amount.minor if isinstance(returned, Chargeback) else None)
        if not minor:
            return
        paid = earned.line
        what = "takes back" if minor == paid.minor else f"takes back {minor} of"
        why = f"{what} {paid.entry} of {paid.on}" + (f": {returned.reason}" if returned.reason else "")
        line = attrs.evolve(paid, kind=LineKind.REVERSAL, entry=returned.id, on=on, minor=-minor, commission_minor=-commission, why=why)
        self._add(line, -earning, of=paid.on)

    def _left_out(self, mandate: Mandate, payment: Payment) -> dict[str, int]:
        """Return how much of a payment earns nothing by what it paid, by component."""
        excluded = self._contract.excluded_components
        if not excluded:
            return {}
        if payment.id not in mandate.applied:
            raise ValidationError(
                f"contract {self._contract.version!r} leaves out {', '.join(sorted(excluded))}, and the mandate of '{mandate.account}' "
                f"does not say what payment '{payment.id}' paid; see `applied_of`; nothing was worked out"
            )
        return {component: minor for component, minor in mandate.applied[payment.id].items() if minor and component in excluded}

    def _rate(self, mandate: Mandate, payment: Payment, minor: int, of_bp: int) -> tuple[int, int, str]:
        """Return the rate in basis points, what so many basis points of what earns come to, and why."""
        contract = self._contract
        if contract.settlement_bp is not None and mandate.settled_on is not None and payment.value_on >= mandate.settled_on:
            return contract.settlement_bp, _share(minor, contract.settlement_bp, of_bp), "settled for less"
        if contract.tiers:
            before = self._by_month[payment.value_on.year, payment.value_on.month]
            earned = self._tiered(before + minor) - self._tiered(before)
            bp = earned * WHOLE_BP // minor if minor else 0
            return bp, _share(earned, of_bp), f"by the tiers of the month, {before} collected before"
        rate = contract.rate_for(stage=mandate.stage, product=mandate.product, age_days=mandate.age_days, placed_minor=mandate.placed_minor)
        if rate is None:
            return 0, 0, "no rate of the contract fits"
        return rate.bp, _share(minor, rate.bp, of_bp), f"{mandate.stage.value}, {mandate.age_days} days past due when placed"

    def _tiered(self, collected: int) -> int:
        """Return what a month's collections earn in all: each part by the rate of its tier."""
        tiers = self._contract.tiers
        ends = [tier.from_minor for tier in tiers[1:]] + [max(collected, tiers[-1].from_minor)]
        parts = sum(max(0, min(collected, end) - tier.from_minor) * tier.bp for tier, end in zip(tiers, ends, strict=True))
        return (parts * 2 + WHOLE_BP) // (2 * WHOLE_BP)

    def _add(self, line: Line, earning: int, *, of: date) -> None:
        """Write a line down; what of it earns counts in the month of the payment that it is about."""
        self._by_account[line.account] += line.commission_minor
        self._by_month[of.year, of.month] += earning
        self.lines.append(line)
