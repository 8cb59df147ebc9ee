"""What a team lead asks: what everybody did, how well, and what of the money is theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from collectkit._kit.reading import Reading
from collectkit.actions import Outcome
from collectkit.arrangements.promises import PromiseState
from collectkit.calendars.periods import require_period
from collectkit.facts import AccountFacts, promise_states
from collectkit.identifiers import PersonId
from collectkit.standing import Standing

if TYPE_CHECKING:
    from collectkit.reports import Attribution, JudgedContact, Productivity, WorkTime

_PAGE: Final = 500
_NO_TIMES: Final[Mapping[tuple[str, str], WorkTime]] = MappingProxyType({})
_NO_TEAMS: Final[Mapping[str, str]] = MappingProxyType({})


class Overseeing(Reading):
    """Questions about the work of people; none of them changes anything."""

    def productivity(
        self,
        attribution: Attribution,
        *,
        first: date,
        last: date,
        times: Mapping[tuple[str, str], WorkTime] = _NO_TIMES,
        teams: Mapping[str, str] = _NO_TEAMS,
    ) -> Productivity:
        """
        Tell what each person and team did in a period, how well, and what of the money is theirs; needs the extra ``columns``.

        Every contact that somebody made is judged by the rules of this kit and by what was known when it was made. Every account is
        read, so that this is for reports and not for requests. Contacts of the host itself, which the gate has let through, are left out.

        Args:
            attribution: Who earns a payment.
            first: First day of the period, inclusive.
            last: Last day, inclusive.
            times: How long each worked, by worker and currency, as the host's telephone knows it.
            teams: The handler for which each collector works, where accounts are with the team; a call is judged as one of that
                handler. Whoever is neither here nor a handler of the policy is taken for a third party.

        Raises:
            TimeError: The last day is before the first.
        """
        from collectkit.reports import productivity

        require_period(first, last, "nothing was counted")
        contacts, ceased = self._contacts_of_people(first, last, teams)
        return productivity(
            self._all_facts(),
            attribution,
            first=first,
            last=last,
            zone=self.policy.zone,
            times=times,
            contacts=contacts,
            read=self._read,
            states=self._states,
            teams=teams,
            ceased=ceased,
            effects=self.policy.holds.effects,
        )

    def _contacts_of_people(self, first: date, last: date, teams: Mapping[str, str]) -> tuple[list[JudgedContact], frozenset[PersonId]]:
        """Return what people did to reach others, judged, and who had asked that contact cease altogether by the end."""
        from collectkit.reports import JudgedContact

        found, ceased = list[JudgedContact](), set[PersonId]()
        for id in self._people():
            facts, judged = self._contacts_judged(id, first, last, teams)
            for contact, verdict in judged:
                against = [one.rule for one in verdict.findings if one.outcome is Outcome.DENY]
                permitted = verdict.outcome is not Outcome.DENY
                found.append(JudgedContact(contact.collector, contact.accounts, contact.at, permitted, against))
            if any(not stop.channels and self.business_date(stop.at) <= last for stop in facts.stops):
                ceased.add(PersonId(id))
        return found, frozenset(ceased)

    def _all_facts(self) -> Iterator[AccountFacts]:
        after = ""
        while True:
            with self._view() as unit:
                page = unit.standings(after=after, limit=_PAGE)
                held = [self._load(unit, standing.account).facts for standing in page]
            yield from held
            if len(page) < _PAGE:
                return
            after = page[-1].account

    def _read(self, facts: AccountFacts, day: date) -> Standing:
        with self._view() as unit:
            return self._standing_of(unit, facts, day)

    def _states(self, facts: AccountFacts, day: date) -> tuple[PromiseState, ...]:
        return promise_states(facts, day, waterfall=self.policy.waterfall, policy=self.policy.promises)
