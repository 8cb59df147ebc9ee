"""One account on one date: what is owed, how late it is, what was promised, who holds it.

A standing holds dates, not ages, and `valid_through`: until then nothing changes by time alone, so a night
needs to look only at accounts whose standing expired or whose facts changed. The same field names serve as the
columns of a portfolio. Everything above this floor reads standings and no facts.
"""

from __future__ import annotations

from datetime import date
from operator import attrgetter

import attrs

from collectkit.errors import ValidationError
from collectkit.identifiers import AccountId, HandlerId, PersonId
from collectkit.money import Money


@attrs.frozen
class Standing:
    """
    What the facts of one account mean on one date. Amounts are minor units of `currency`.

    Attributes:
        account: Which account.
        person: Who owes.
        as_of: The business date.
        currency: ISO 4217 code.
        plan_kind: For example ``pay_in_4``.
        product: The host's product code.
        merchant: The host's id of the shop.
        opened_on: Day of the purchase.
        total_minor: What the contract asks for in all, without later charges.
        paid_minor: Payments that count, whole.
        outstanding_minor: All that remains to be paid, due or not.
        owed_minor: The part of it that fell due on or before `as_of`.
        past_due_minor: The part of it that fell due before `as_of`.
        fee_minor: The part of `outstanding_minor` that is fees and penalties, without the tax on them.
        credit_minor: Money received beyond everything that is owed or will be.
        disputed_minor: The part of `outstanding_minor` under a dispute.
        fees_charged_minor: Fees and penalties charged so far and not waived, with the tax on them.
        oldest_unpaid_due_on: Due date of the oldest due that is not fully paid and fell due before `as_of`; None when not late.
        next_due_on: First due date on or after `as_of` with something unpaid.
        next_due_minor: What is unpaid of it.
        last_due_on: Last due date of the plan.
        last_paid_on: Value date of the last payment that counts.
        installments_total: Number of installments.
        installments_paid: Of them fully paid.
        installments_past_due: Of them late.
        promise_due_on: Due date of the promise that is open, or of the next payment of the arrangement in force; None without one.
        promised_minor: Its amount.
        promises_broken: How many promises were broken so far.
        holds: Kinds of the holds in force, sorted.
        hold_until: Last day of the longest hold in force when every one has an end; None otherwise or without holds.
        handler: Who works it; None for nobody.
        placed_on: Since when.
        closed_on: First day on which it is closed, when that is on or before `as_of`.
        valid_through: Last date on which nothing above changes by time alone.
        agreed: What is in force: ``payment_plan``, ``settlement``, ``hardship``, ``promise``, ``soft_promise``; empty for nothing.
        paused: What that stops, in the words of `collectkit.holds.Effect`, sorted.
        charged_off_on: Day on which the books gave the account up, when that is on or before `as_of`; what is owed stays owed.
        contractual_since_on: Due date of the oldest due that is late by the plan as it was agreed, whatever was changed since; None
            when nothing is. `oldest_unpaid_due_on` is the same by the plan as it stands.
        operational_since_on: `oldest_unpaid_due_on`, later by the days on which holds or relief stopped the clock since.
        clock_stopped_on: First day of the stop in force, from which on the operational clock stands still; None when it runs.
        reporting_since_on: `contractual_since_on`, later by the days on which holds forbade reporting since.
        reporting_stopped_on: First day of such a hold in force, from which on the reporting clock stands still; None when it runs.
        tax_minor: The part of `outstanding_minor` that is tax, on fees as on interest.
    """

    account: AccountId
    person: PersonId
    as_of: date
    currency: str
    plan_kind: str
    product: str
    merchant: str
    opened_on: date
    total_minor: int
    paid_minor: int
    outstanding_minor: int
    owed_minor: int
    past_due_minor: int
    fee_minor: int
    credit_minor: int
    disputed_minor: int
    fees_charged_minor: int
    oldest_unpaid_due_on: date | None
    next_due_on: date | None
    next_due_minor: int
    last_due_on: date
    last_paid_on: date | None
    installments_total: int
    installments_paid: int
    installments_past_due: int
    promise_due_on: date | None
    promised_minor: int
    promises_broken: int
    holds: tuple[str, ...]
    hold_until: date | None
    handler: HandlerId | None
    placed_on: date | None
    closed_on: date | None
    valid_through: date
    agreed: str = ""
    paused: tuple[str, ...] = ()
    charged_off_on: date | None = None
    contractual_since_on: date | None = None
    operational_since_on: date | None = None
    clock_stopped_on: date | None = None
    reporting_since_on: date | None = None
    reporting_stopped_on: date | None = None
    tax_minor: int = 0

    @property
    def days_past_due(self) -> int:
        """Return whole calendar days since the oldest unpaid due date; 0 when nothing is late, also on the due date itself."""
        return (self.as_of - self.oldest_unpaid_due_on).days if self.oldest_unpaid_due_on is not None else 0

    @property
    def _has_plain_age_alone(self) -> bool:
        """Whether a release without clocks wrote this: where an account is late, the operational clock always has a date."""
        return self.oldest_unpaid_due_on is not None and self.operational_since_on is None

    @property
    def contractual_days_past_due(self) -> int:
        """
        Return days past due by the contract as agreed; nothing stops this clock, and no change of the plan sets it back.

        A row that a release without this clock wrote tells `days_past_due`.
        """
        since = self.oldest_unpaid_due_on if self._has_plain_age_alone else self.contractual_since_on
        return (self.as_of - since).days if since is not None else 0

    @property
    def operational_days_past_due(self) -> int:
        """
        Return days past due by the plan as it stands, without the days on which holds or relief stopped the clock.

        A row that a release without this clock wrote tells `days_past_due`.
        """
        since = self.operational_since_on or self.oldest_unpaid_due_on
        return max(0, ((self.clock_stopped_on or self.as_of) - since).days) if since is not None else 0

    @property
    def reporting_days_past_due(self) -> int:
        """
        Return days past due as a bureau or a regulator is told: by the contract as agreed, less the days on which holds forbade reporting.

        A row that a release without this clock wrote tells `contractual_days_past_due`.
        """
        if self.reporting_since_on is None:
            return self.contractual_days_past_due
        return max(0, ((self.reporting_stopped_on or self.as_of) - self.reporting_since_on).days)

    @property
    def state(self) -> str:
        """Return ``not_started``, ``current``, ``past_due``, ``paid`` or ``closed``."""
        if self.closed_on is not None:
            return "closed"
        if self.as_of < self.opened_on:
            return "not_started"
        if self.outstanding_minor == 0:
            return "paid"
        return "past_due" if self.past_due_minor else "current"

    @property
    def collectable_minor(self) -> int:
        """Return what may be asked for now: owed, less what is disputed; 0 when closed or wholly held back by a dispute."""
        return 0 if self.closed_on is not None else max(0, self.owed_minor - self.disputed_minor)

    def money(self, name: str) -> Money:
        """Return the amount of field *name* (``"owed"`` for `owed_minor`) as Money."""
        return Money(int(getattr(self, f"{name}_minor")), self.currency)

    def on(self, as_of: date) -> Standing:
        """
        Return the same standing read on another day of its validity.

        Raises:
            ValidationError: *as_of* lies before this standing's date or after `valid_through`.
        """
        if not self.as_of <= as_of <= self.valid_through:
            text = f"standing of {self.as_of} holds through {self.valid_through}, not on {as_of}; build it again from the facts"
            raise ValidationError(f"{text}; nothing was computed")
        if as_of == self.as_of:
            return self
        # What `attrs.evolve` does, without asking forty fields by name: a report reads a whole book on another day.
        account, person, _, *others = _VALUES(self)
        return Standing(account, person, as_of, *others)


_VALUES = attrgetter(*(field.name for field in attrs.fields(Standing)))
