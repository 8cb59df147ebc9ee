"""Cleansing people's data, scrubbing it against lists of others, and saying how likely somebody is to be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import attrs

from collectkit._kit.again import decided_again
from collectkit._kit.agreements import Agreements
from collectkit._kit.core import person_stream
from collectkit._kit.people import People
from collectkit.errors import ConcurrencyConflictError, PersonError, PluginFaultError
from collectkit.holds import Scrub, ScrubHit, hold_of, holds_in
from collectkit.identifiers import HoldId, PersonId
from collectkit.person import Cleansed, Cleanser, Consumer, Oddity, PersonChanged, Reach, ReachPolicy, cleanse, reach, together
from collectkit.refusals import Refusal

CLEANSER_SECONDS: Final = 10.0
SCRUB_SECONDS: Final = 60.0
CHUNK_PEOPLE: Final = 500


@attrs.frozen
class ScrubReport:
    """
    What scrubbing people against lists did.

    Attributes:
        people: How many were looked at.
        placed: Ids of the holds that were placed.
        known: How many hits were known already, those that somebody has lifted since included.
        refused: Ids of the holds that were refused.
        faults: What a list did instead of answering, by its name; it was not asked about the rest.
    """

    people: int
    placed: tuple[HoldId, ...]
    known: int
    refused: tuple[HoldId, ...]
    faults: Mapping[str, str]


@decided_again
class Cleansing(Agreements, People):
    """The quality of what is known about people."""

    def cleanse(self, person: str, *, at: datetime) -> tuple[Oddity, ...]:
        """
        Write a person's data in its normal form, mark what is wrong with it, and return what was found.

        Our own cleansing comes first, then those of plugins; consents stay with their points. When nothing changes, nothing is
        recorded.

        Raises:
            UnknownIdError: Nobody is registered under this id.
            PluginFaultError: A plugin failed, or changed more than it may; nothing was recorded.
        """
        id = PersonId(person)
        with self._view() as unit:
            before, revision = self._consumer(unit, id), unit.person_revision(id)
        done = self._cleansed(before)  # no transaction is open while others are asked
        if done.consumer != before:
            with self._unit() as unit:
                now = unit.person_revision(id)
                if now != revision:
                    raise ConcurrencyConflictError(person_stream(id), expected=revision, actual=now)
                context = self._context(at, f"cleanse/{id}/{revision + 1}")
                self._record_person(unit, context, id, [PersonChanged(id, revision + 1)])
                unit.save_people([(done.consumer, revision + 1)])
                self._wake(unit, id, self.business_date(at))
        return done.found

    def _cleansed(self, consumer: Consumer) -> Cleansed:
        guarded = [self._guarded(name, cleanser) for name, cleanser in self.parts.cleansers.items()]
        try:
            return together(consumer, [cleanse, *guarded])
        except PersonError as error:
            raise PluginFaultError(f"what the cleansers left is no person: {error}") from error

    def _guarded(self, name: str, cleanser: Cleanser) -> Cleanser:
        caller = self.parts.callers.add(f"cleanser {name}", seconds=CLEANSER_SECONDS)
        return lambda consumer: caller.call(
            lambda: cleanser(consumer), wanted="a Cleansed", check=lambda answer: isinstance(answer, Cleansed)
        )

    def scrub(self, *, at: datetime) -> ScrubReport:
        """
        Hold everybody on the book against the lists that plugins bring, and place a hold for each hit.

        A hit that is known is not placed again, also after somebody found it wrong and lifted it. A list that fails is not asked
        about the rest, and harms no other; run it again.
        """
        people, placed, known, refused, after = 0, list[HoldId](), 0, list[HoldId](), ""
        faults: dict[str, str] = {}
        while True:
            with self._view() as unit:
                page = unit.people(after=after, limit=CHUNK_PEOPLE)
            for name, hits in self._hits(page, faults):
                for hit in hits:
                    hold = hold_of(hit, name, self.business_date(at))
                    if self._is_placed(hold.id, hit.person):
                        known += 1
                    else:
                        outcome = self.try_hold(hold, at=at)
                        (refused if isinstance(outcome, Refusal) else placed).append(hold.id)
            people += len(page)
            if len(page) < CHUNK_PEOPLE:
                return ScrubReport(people, tuple(placed), known, tuple(refused), faults)
            after = page[-1].id

    def _hits(self, page: Sequence[Consumer], faults: dict[str, str]) -> list[tuple[str, tuple[ScrubHit, ...]]]:
        """Ask each list that has not failed about some people."""
        ids, found = {consumer.id for consumer in page}, []
        for name, source in self.parts.scrubs.items():
            if name in faults:
                continue
            try:
                found.append((name, self._looked_up(name, source, page, ids)))
            except PluginFaultError as error:
                faults[name] = str(error)
        return found

    def _looked_up(self, name: str, source: Scrub, page: Sequence[Consumer], ids: set[PersonId]) -> tuple[ScrubHit, ...]:
        caller = self.parts.callers.add(f"scrub {name}", seconds=SCRUB_SECONDS)
        return caller.call(
            lambda: tuple(source.look(tuple(page))),
            wanted="hits about those people",
            check=lambda hits: all(isinstance(hit, ScrubHit) and hit.person in ids for hit in hits),
        )

    def _is_placed(self, hold: HoldId, person: PersonId) -> bool:
        with self._view() as unit:
            placed, _ = holds_in(unit.bodies(person_stream(person)))
        return any(one.id == hold for one in placed)

    def reach(self, person: str, *, as_of: date, policy: ReachPolicy = ReachPolicy()) -> Reach:
        """
        Return how likely a person is to be reached, on which point, and why; for work lists and traces.

        Raises:
            UnknownIdError: Nobody is registered under this id.
        """
        standing = self.person_standing(person, as_of=as_of)
        return reach(standing.consumer, standing.facts, as_of, policy)
