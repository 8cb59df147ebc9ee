"""A charge that somebody decides on: asked of the law like every other fee, and put on the account once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.answering import ask_first, known_of_fee
from collectkit._kit.core import Core, Loaded
from collectkit._kit.words import charge_kinds_told, require_charge_kinds, require_word
from collectkit.actions import ActionKind
from collectkit.compliance import Circumstances
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.compliance.past import NO_PAYMENTS
from collectkit.errors import RefusedError
from collectkit.ledger import Charge, ChargeAssessed
from collectkit.refusals import Refusal
from collectkit.schedules import AlreadyAssessed, Assessing, Book, ChargeReason, assess_charge
from collectkit.servicing.adverse import charge_stopped, fee_proposal
from collectkit.storage.store import Unit

_CHARGE: Final = "charge"
_ACTS: Final = tuple(kind.value for kind in (ActionKind.CHARGE_FEE, ActionKind.CHARGE_COLLECTION_COST, ActionKind.CHARGE_INTEREST))


@decided_again
class ChargingByHand(Core):
    """Commands about charges that somebody decides on, idempotent by the id of the charge. Late fees are charged by nights."""

    def try_assess_charge(
        self,
        charge: Charge,
        *,
        at: datetime,
        action: str = ActionKind.CHARGE_FEE.value,
        circumstances: Circumstances = NOTHING_FURTHER,
    ) -> Assessing:
        """
        Put a charge on an account, unless a hold, an arrangement or a rule of law stands against it.

        The law is told what the person was charged before, over all accounts and by acts of the host, each with its kind, so that a
        cap on one class of fees counts that class alone. What it answered is kept with the person. The same charge again changes
        nothing.

        Args:
            charge: What is charged; its value date is the business day, and its kind is a word of the rule packs, or of the policy's
                ``[law] charges``.
            at: The present instant; aware.
            action: What the law calls it: ``charge_fee``, ``charge_collection_cost`` or ``charge_interest``.
            circumstances: What is known about it besides, in the words of the packs, such as ``fee.authority`` or ``fee.agreed``.

        Raises:
            UnknownIdError: The account is not on the book.
            ValidationError: There is no such action, or no rule and no policy knows the kind of the charge.
        """
        require_word("an action", action, _ACTS)
        with self._unit() as unit:
            loaded, today = self._load(unit, charge.account), self.business_date(at)
            book = self._book(loaded.facts, today)
            outcome = assess_charge(book, charge)
            if not isinstance(outcome, ChargeAssessed):
                return outcome
            require_charge_kinds(self, (charge.kind, *charge_kinds_told(circumstances)), "nothing was charged")
            stopped = charge_stopped(charge, loaded.facts, self._standing(unit, loaded.id, today), today, self.policy.holds.effects)
            if stopped is not None:
                return stopped
            context = self._context(at, f"{_CHARGE}/{charge.id}")
            proposal = fee_proposal(charge, loaded.facts.account.consumer, ActionKind(action))
            answer = ask_first(self, unit, proposal, context, self._known_of(unit, charge, loaded, book, circumstances))
            if not answer.permitted:
                return Refusal(ChargeReason.FORBIDDEN, answer.why_and_when, "nothing was charged; the answer is kept")
            match self._once(unit, _CHARGE, charge.id, charge):
                case "same":
                    return AlreadyAssessed(charge.id)
                case "other":
                    return Refusal(ChargeReason.ID_REUSED, "this charge id was used with other content; a charge needs an id of its own")
            self._record(unit, context, loaded, [outcome])
        return outcome

    def assess_charge(
        self,
        charge: Charge,
        *,
        at: datetime,
        action: str = ActionKind.CHARGE_FEE.value,
        circumstances: Circumstances = NOTHING_FURTHER,
    ) -> ChargeAssessed | AlreadyAssessed:
        """Put a charge on an account; as `try_assess_charge`, but a refusal is raised."""
        outcome = self.try_assess_charge(charge, at=at, action=action, circumstances=circumstances)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def _known_of(self, unit: Unit, charge: Charge, loaded: Loaded, book: Book, besides: Circumstances) -> Circumstances:
        """Return what the law wants to know about a charge; what the host knows besides outranks ours."""
        since = self._standing(unit, loaded.id, book.as_of).oldest_unpaid_due_on
        at_default = self._book(loaded.facts, since) if since is not None else None
        told = known_of_fee(self, unit, charge, loaded.facts.account.consumer, book=book, at_default=at_default)
        held, ours = besides.payments or NO_PAYMENTS, told.payments or NO_PAYMENTS
        payments = attrs.evolve(held, fees=(*ours.fees, *held.fees))
        return attrs.evolve(besides, facts={**told.facts, **besides.facts}, payments=payments)
