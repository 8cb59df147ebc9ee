"""Acts that only the host can do: permitted before they are done, and told of afterwards, so that each try counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from collectkit._kit.again import decided_again
from collectkit._kit.answering import ask_first
from collectkit._kit.core import Core, fingerprint, person_stream
from collectkit._kit.words import charge_kinds_told, require_act_words, require_charge_kinds, require_word
from collectkit.actions import FAILED, ActPermitted, ActResult, ActSettled, HostAct, HostActRecord, host_acts
from collectkit.calendars.dates import require_aware
from collectkit.compliance import Circumstances
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.compliance.past import OUTCOMES, PastFee
from collectkit.errors import CurrencyMismatchError, IdempotencyConflictError, RefusedError, UnknownIdError, ValidationError
from collectkit.events import Event
from collectkit.identifiers import MessageId, PersonId
from collectkit.person import PersonsMerged
from collectkit.person_standing import PersonStanding
from collectkit.refusals import Refusal
from collectkit.servicing.adverse import fees_in
from collectkit.servicing.host_acts import (
    ACTS,
    AlreadyPermitted,
    HostActReason,
    Permitting,
    act_circumstances,
    act_proposal,
    known_as,
    stands_against,
)
from collectkit.storage.store import Unit


@decided_again
class HostActs(Core):
    """Commands about debits, reports to bureaus, legal steps and charges that the host does itself."""

    def try_permit_act(
        self,
        act: HostAct,
        *,
        at: datetime,
        party: str = "first_party",
        content: Sequence[str] = (),
        circumstances: Circumstances = NOTHING_FURTHER,
    ) -> Permitting:
        """
        Ask whether the host may do an act of its own now, and keep the answer.

        A permitted act counts at once, as one that was possibly done, towards every cap of tries and fees; of two workers who want
        the last one, one is refused. It may begin until the permit expires. Say with `settle_act` what became of it. The same act
        again is asked about anew, for what is known now, and is recorded once.

        Tries and charges on record are taken to be all there are: tell those that were made elsewhere with `report_act`.

        Args:
            act: The act.
            at: The present instant; aware.
            party: In which role, in the words of the packs.
            content: Disclosures that it will carry.
            circumstances: What is known about it besides: notices served, authorizations, what it will say.

        Raises:
            UnknownIdError: An account is not on the book.
            ValidationError: The accounts are not one person's, no pack knows the role, or no rule and no policy
                knows the rail or the kind.
            CurrencyMismatchError: The amount is in another currency than an account.
        """
        require_word("a party", party, self.parts.rules.parties)
        context = self._context(at, f"permit/{act.id}")
        with self._unit() as unit:
            id, known = self._acts_of(unit, self._owner(unit, act))
            earlier = known.get(act.id)
            if earlier is None:
                require_act_words(self, act, "nothing was judged")
            require_charge_kinds(self, charge_kinds_told(circumstances), "nothing was judged")
            used = unit.recall(ACTS, act.id) is not None
            person = self._person_standing(unit, id, self.business_date(at))
            refused = known_as(act, earlier, at, used=used) or stands_against(
                act, person, known, self.policy.allocation.handlers, self.policy.holds.effects
            )
            if refused is not None:
                return refused
            fees = self._charged_on_the_book(unit, person) if act.is_charge else ()
            besides = act_circumstances(act, person, known, circumstances, zone=self.policy.zone, charged=fees)
            proposal = act_proposal(act, person, party=party, content=content)
            answer = ask_first(self, unit, proposal, context, besides, asked_before=earlier is not None)
            if not answer.permitted:
                return Refusal(HostActReason.FORBIDDEN, answer.why_and_when, "the act is not permitted")
            if earlier is not None:
                assert earlier.permitted_at is not None and earlier.expires_at is not None
                return AlreadyPermitted(ActPermitted(act, earlier.permitted_at, earlier.expires_at))
            assert answer.verdict.not_after is not None  # an answer holds to the end of the day at the latest
            permitted = ActPermitted(act, at, answer.verdict.not_after)
            unit.remember(ACTS, act.id, fingerprint(act), id)
            self._record_person(unit, context, id, [permitted])
        return permitted

    def permit_act(
        self,
        act: HostAct,
        *,
        at: datetime,
        party: str = "first_party",
        content: Sequence[str] = (),
        circumstances: Circumstances = NOTHING_FURTHER,
    ) -> ActPermitted | AlreadyPermitted:
        """Ask whether the host may do an act of its own now, and keep the answer; as `try_permit_act`, but a refusal is raised."""
        outcome = self.try_permit_act(act, at=at, party=party, content=content, circumstances=circumstances)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return outcome

    def settle_act(self, act: str, result: ActResult, *, at: datetime) -> ActSettled:
        """
        Record what became of an act that was permitted; the same again changes nothing.

        What is learned later (a debit that comes back days after it was paid) is told the same way: the last result counts. An act
        that was not done gives back what it took from every cap.

        Args:
            act: Id of the act.
            result: What became of it.
            at: The present instant, at which that is known; aware.

        Raises:
            UnknownIdError: No act of that id is on record.
            ValidationError: It is said to be done ahead of *at*, it is a debit that failed and has no code, or contact with a third
                party came to what the packs have no word for.
        """
        with self._unit() as unit:
            before = unit.recall(ACTS, MessageId(act))
            if before is None:
                raise UnknownIdError(
                    f"no act '{act}' is on record, so nothing was settled; one done without asking is told of with report_act"
                )
            id, known = self._acts_of(unit, PersonId(before.answer))
            return self._settled(unit, id, known[MessageId(act)], result, at)

    def report_act(self, act: HostAct, result: ActResult, *, at: datetime) -> ActSettled:
        """
        Record an act that was done without asking here, by a payment provider or before this book, so that it counts.

        Args:
            act: The act.
            result: What became of it.
            at: The present instant, at which that is known; aware.

        Raises:
            UnknownIdError: An account is not on the book.
            ValidationError: The accounts are not one person's, no rule and no policy knows the rail or the kind, or as
                for `settle_act`.
            CurrencyMismatchError: The amount is in another currency than an account.
            IdempotencyConflictError: The id was used for another act.
        """
        with self._unit() as unit:
            id, known = self._acts_of(unit, self._owner(unit, act))
            if act.id not in known:
                require_act_words(self, act, "nothing was recorded")
            before, earlier = unit.recall(ACTS, act.id), known.get(act.id, HostActRecord(act))
            if (before is not None and before.fingerprint != fingerprint(act)) or earlier.act != act:
                raise IdempotencyConflictError("this id was used for another act; nothing was recorded")
            settled = self._settled(unit, id, earlier, result, at)
            if before is None:
                unit.remember(ACTS, act.id, fingerprint(act), id)
        return settled

    def _owner(self, unit: Unit, act: HostAct) -> PersonId:
        """Return whose accounts an act is about; its amount counts in their currency."""
        owners = set[PersonId]()
        for account in act.accounts:
            known, standing = self._load(unit, account).facts, unit.standing(account)
            owners.add(known.account.consumer if standing is None else standing.person)
            currency = known.plan.currency
            if act.amount is not None and act.amount.currency != currency:
                raise CurrencyMismatchError(f"account '{account}' is in {currency}, the act in {act.amount.currency}; nothing was recorded")
        if len(owners) > 1:
            raise ValidationError(f"an act is about the accounts of one person, got accounts of {len(owners)}; nothing was recorded")
        return owners.pop()

    def _charged_on_the_book(self, unit: Unit, person: PersonStanding) -> tuple[PastFee, ...]:
        """Return what a person was charged on all accounts."""
        return fees_in(entry for standing in person.accounts for entry in self._load(unit, standing.account).facts.entries)

    def _acts_of(self, unit: Unit, person: PersonId) -> tuple[PersonId, dict[MessageId, HostActRecord]]:
        """Return the host's acts towards a person, whose stream nobody else writes to until this unit ends."""
        unit.lock([person_stream(person)])
        return person, host_acts(unit.bodies(person_stream(person)))

    def _settled(self, unit: Unit, person: PersonId, known: HostActRecord, result: ActResult, at: datetime) -> ActSettled:
        """Record what became of an act, also with other records of what was one person for a while, where it stands as well."""
        settled = self._settled_with(unit, person, known, result, at)
        for record in _one_with(unit.bodies(person_stream(person))):
            _, theirs = self._acts_of(unit, record)
            if settled.act.id in theirs:
                self._settled_with(unit, record, theirs[settled.act.id], result, at)
        return settled

    def _settled_with(self, unit: Unit, person: PersonId, known: HostActRecord, result: ActResult, at: datetime) -> ActSettled:
        if result.made_at is not None and result.made_at > require_aware(at):
            raise ValidationError(f"an act of {result.made_at.isoformat()} lies ahead of {at.isoformat()}; nothing was recorded")
        if known.act.is_debit and result.outcome == FAILED and not result.code:
            raise ValidationError("a debit that failed is told with the code of its decline or return, got none; nothing was recorded")
        if known.act.is_contact and result.code and result.code not in OUTCOMES:
            allowed = ", ".join(sorted(OUTCOMES))
            raise ValidationError(f"contact with a third party comes to one of {allowed}, got {result.code!r}; nothing was recorded")
        if known.result == result and known.settled_at is not None:
            return ActSettled(known.act, result, known.settled_at)
        event = ActSettled(known.act, result, at)
        written: list[Event] = [event]
        self._record_person(unit, self._context(at, f"settle/{known.act.id}"), person, written)
        return event


def _one_with(bodies: Iterable[Event]) -> list[PersonId]:
    """Return the records that are or were followed as one with the person of a stream."""
    merged = [body for body in bodies if isinstance(body, PersonsMerged)]
    return list(dict.fromkeys(record for body in merged for record in (body.person, body.into)))
