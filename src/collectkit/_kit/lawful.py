"""What a host asks the law: whether an act may be done to a person, when next, and what must be looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from collectkit._kit.channel_names import check_spelling
from collectkit._kit.core import Core, person_stream
from collectkit._kit.words import charge_kinds_told, require_charge_kinds, require_word
from collectkit.actions import ActionKind, HostActRecord, Proposal, Verdict, host_acts
from collectkit.calendars.dates import require_aware
from collectkit.compliance import Circumstances, LawWarning, Week, law_warnings, lawful_week, review
from collectkit.compliance.circumstances import NOTHING_FURTHER
from collectkit.errors import UnknownIdError
from collectkit.identifiers import PersonId
from collectkit.person import ConsentLedger, consent_ledger
from collectkit.person_standing import PersonStanding
from collectkit.servicing.host_acts import with_record

ASKED = "asked"
"""Id of an act that is only asked about."""


class Lawful(Core):
    """Questions to the rule book; none of them spends a budget or permits anything."""

    def ask_law(
        self,
        person: str,
        *,
        at: datetime,
        action: str | ActionKind = ActionKind.CONTACT,
        channel: str = "",
        accounts: Sequence[str] = (),
        purpose: str = "reminder",
        party: str = "",
        handler: str = "",
        content: Sequence[str] = (),
        circumstances: Circumstances = NOTHING_FURTHER,
    ) -> Verdict:
        """
        Tell whether an act may be done to a person at an instant, why, and when next.

        Args:
            person: Id of the person.
            at: The instant; aware.
            action: What would be done: ``contact``, ``charge_fee``, ``sue`` …
            channel: For a contact: ``phone``, ``sms`` …
            accounts: About which accounts; by default all that are owed.
            purpose: ``reminder``, ``notice``, ``response`` …
            party: In which role, in the words of the packs; by default that of the handler, and without one our own.
            handler: Who would act, when it is not the house: counts of calls are per collector. Without one every collector's count.
            content: Disclosures that it will carry.
            circumstances: What is known about the act besides. The host's own acts on record (`collectkit.Kit.permit_act`) count
                without being told; while there are none, how often a payment was tried is not known unless it is said.

        Raises:
            UnknownIdError: The person is not on the book, or an account is not theirs.
            ValidationError: There is no such action, no pack knows the role (no rule would have been asked about it), or no rule and no
                policy knows the kind of a charge.
            TimeError: *at* is naive.
        """
        standing, proposal = self._asked(person, at, action, channel, accounts, purpose, party, handler, content)
        require_charge_kinds(self, charge_kinds_told(circumstances), "nothing was judged")
        acts = self.host_acts(person)
        known = with_record(circumstances, acts, standing, zone=self.policy.zone) if acts else circumstances
        return review(proposal, standing, self.parts.rules, at, unknown=self.policy.law.unknown, circumstances=known)

    def host_acts(self, person: str) -> tuple[HostActRecord, ...]:
        """
        Return the host's own acts towards a person, each with what became of it, in the order in which they came on record.

        Raises:
            UnknownIdError: The person is not on the book.
        """
        with self._view() as unit:
            id = self._consumer(unit, PersonId(person)).id
            return tuple(host_acts(unit.bodies(person_stream(id))).values())

    def lawful_week(
        self,
        person: str,
        *,
        at: datetime,
        channel: str,
        days: int = 7,
        accounts: Sequence[str] = (),
        purpose: str = "reminder",
        party: str = "",
        handler: str = "",
        content: Sequence[str] = (),
    ) -> Week:
        """
        Return when a contact would be lawful in the coming days, by what is known now; the arguments are those of `ask_law`.

        Args:
            person: Id of the person.
            at: From when on; aware.
            channel: ``phone``, ``sms`` …
            days: Local days, today being the first.
            accounts: About which accounts; by default all that are owed.
            purpose: ``reminder``, ``notice``, ``response`` …
            party: In which role, in the words of the packs; by default that of the handler, and without one our own.
            handler: Who would act, when it is not the house: counts of calls are per collector. Without one every collector's count.
            content: Disclosures that it will carry.

        Raises:
            UnknownIdError: The person is not on the book, or an account is not theirs.
            ValidationError: There is no channel, *days* is not between 1 and 31, or no pack knows the role.
        """
        standing, proposal = self._asked(person, at, ActionKind.CONTACT, channel, accounts, purpose, party, handler, content)
        return lawful_week(proposal, standing, self.parts.rules, at, days=days, unknown=self.policy.law.unknown)

    def consents(self, person: str) -> ConsentLedger:
        """
        Return every consent of a person with what became of it.

        Raises:
            UnknownIdError: The person is not on the book.
        """
        with self._view() as unit:
            id = self._consumer(unit, PersonId(person)).id
            return consent_ledger(id, unit.bodies(person_stream(id)))

    def law_warnings(self, *, on: date) -> tuple[LawWarning, ...]:
        """Return which rules and decisions must be looked at again by *on* or within sixty days of it."""
        return law_warnings(self.parts.rules, on)

    def _asked(
        self,
        person: str,
        at: datetime,
        action: str | ActionKind,
        channel: str,
        accounts: Sequence[str],
        purpose: str,
        party: str,
        handler: str,
        content: Sequence[str],
    ) -> tuple[PersonStanding, Proposal]:
        require_aware(at, "nothing was judged")
        check_spelling([channel], "nothing was judged")
        require_word("an action", action if isinstance(action, str) else action.value, [kind.value for kind in ActionKind])
        party = party or self.policy.allocation.party_of(handler)
        # A role that no rule names would be judged by hardly any, and a mistyped one would be allowed nearly everything.
        require_word("a party", party, self.parts.rules.parties)
        with self._view() as unit:
            standing = self._person_standing(unit, PersonId(person), self.business_date(at))
        theirs = {one.account: one for one in standing.accounts}
        if strange := [account for account in accounts if account not in theirs]:
            raise UnknownIdError(f"person {person!r} has no account {', '.join(map(repr, strange))}; nothing was judged")
        about = tuple(accounts) or tuple(id for id, one in theirs.items() if one.closed_on is None)
        return standing, Proposal(
            ASKED,
            ActionKind(action),
            standing.id,
            about,
            channel=channel,
            purpose=purpose,
            handler=handler or None,
            party=party,
            content=tuple(content),
        )
