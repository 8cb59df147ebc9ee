"""One payment of a person over all their accounts, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core, Loaded
from collectkit.arrangements.promises import PromiseVerdict
from collectkit.errors import IdempotencyConflictError, UnknownIdError
from collectkit.facts import promise_states
from collectkit.identifiers import EntryId, derived
from collectkit.ledger import Payment, PaymentPosted
from collectkit.money import Money
from collectkit.schedules import AlreadyPosted, Candidate, candidate_of, post_payment, share_payment
from collectkit.schedules.sharing import ShareRule
from collectkit.servicing.shared_payment import SharedPayment
from collectkit.storage.store import Unit


@decided_again
class SharedPostings(Core):
    """Commands about money for several accounts."""

    def post_shared(
        self, payment: SharedPayment, *, at: datetime, rules: Mapping[str, ShareRule] = MappingProxyType({})
    ) -> tuple[PaymentPosted | AlreadyPosted, ...]:
        """
        Post one payment over a person's accounts that are open and in its currency, wholly or not at all.

        Args:
            payment: The payment.
            at: Instant of the act.
            rules: Strategies of the host's own, by name.

        Returns:
            One answer for each account that got a part; the same payment again answers `AlreadyPosted` for each.

        Raises:
            UnknownIdError: The person has no open account in that currency.
            IdempotencyConflictError: The id was used with other content; nothing was recorded.
            ValidationError: The direction names another account or asks for more than was paid.
        """
        with self._unit() as unit:
            match self._once(unit, "shared-payment", payment.id, payment):
                case "other":
                    raise IdempotencyConflictError("this payment id was used with other content; nothing was recorded")
                case "same":
                    return self._posted_before(unit, payment)
            held = self._candidates(unit, payment)
            direction = {account: Money(minor, payment.amount.currency) for account, minor in payment.direction}
            strategy = rules.get(payment.strategy, payment.strategy)
            shares = share_payment(payment.amount, [one for _, one in held.values()], strategy, direction=direction)
            outcomes = []
            for share in shares:
                loaded = held[share.account][0]
                part = Payment(_part(payment, share.account), share.account, share.amount, payment.value_on, source=payment.source)
                outcome = post_payment(self._book(loaded.facts, max(self.business_date(at), payment.value_on)), part)
                if isinstance(outcome, PaymentPosted):
                    self._record(unit, self._context(at, f"payment/{part.id}"), loaded, [outcome])
                    outcomes.append(outcome)
                else:
                    raise IdempotencyConflictError(f"account '{share.account}' has another payment of that id; nothing was recorded")
        return tuple(outcomes)

    def _posted_before(self, unit: Unit, payment: SharedPayment) -> tuple[AlreadyPosted, ...]:
        """Return the parts that were posted, whatever became of their accounts since."""
        found = []
        for account in sorted(standing.account for standing in unit.standings_of(payment.person)):
            part = _part(payment, account)
            if any(isinstance(entry, Payment) and entry.id == part for entry in self._load(unit, account).facts.entries):
                found.append(AlreadyPosted(part))
        return tuple(found)

    def _candidates(self, unit: Unit, payment: SharedPayment) -> dict[str, tuple[Loaded, Candidate]]:
        """Return the person's accounts that may get a part, as they stood on the value date."""
        found = {}
        for standing in sorted(unit.standings_of(payment.person), key=lambda one: one.account):
            if standing.currency != payment.amount.currency or standing.closed_on is not None:
                continue
            loaded = self._load(unit, standing.account)
            rules, policy = self.policy.waterfall, self.policy.promises
            states = promise_states(loaded.facts, payment.value_on, waterfall=rules, policy=policy)
            promise = next((state for state in states if state.verdict is PromiseVerdict.OPEN), None)
            book = self._book(loaded.facts, payment.value_on)
            found[str(standing.account)] = (
                loaded,
                candidate_of(
                    standing.account,
                    book,
                    promised_on=promise.due_on if promise is not None else None,
                    promised_minor=max(0, promise.promise.amount.minor - promise.counted_minor) if promise is not None else 0,
                ),
            )
        if not found:
            raise UnknownIdError(f"person '{payment.person}' has no open account in {payment.amount.currency}; nothing was recorded")
        return found


def _part(payment: SharedPayment, account: str) -> EntryId:
    """Return the id of an account's part of a payment: no other payment has the same on that account."""
    return EntryId(derived(payment.id, account))
