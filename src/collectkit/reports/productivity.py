"""What each person or team did in a period, how well, and what of the money is theirs.

Work is counted, and so is what came of it: a figure that only grows with effort invites effort for its own sake. A promise that is not
kept lowers the quality of whoever took it, by its amount; one that was put off or withdrawn before its day does so too, so that there
is nothing to gain from promises that nobody will keep. A contact that the law did not permit lowers compliance, whatever came of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.errors import ValidationError
from collectkit.facts import AccountFacts
from collectkit.holds import EFFECTS, Effect, HoldKind
from collectkit.identifiers import AccountId, PersonId
from collectkit.reports.attribution import Attribution
from collectkit.reports.rates import Dataset, Rate
from collectkit.reports.work import JudgedContact, Measured, Read, States, WorkPart, parts_of, under_standard_policy


class Measure(Enum):
    """A share by which work is looked at; each lies between 0 and 1, and more is better."""

    COVERAGE = "coverage"
    """Accounts worked of those that they had and that could be worked."""
    RIGHT_PARTY = "right_party"
    """Attempts that came to a conversation with the right person."""
    PROMISED = "promised"
    """Conversations with the right person in which a promise was taken."""
    KEPT = "kept"
    """Promises kept of those whose last day was over."""
    QUALITY = "quality"
    """What was paid towards promises, of all that was promised and due."""
    COMPLIANCE = "compliance"
    """Contacts that the law permitted of those made."""


_PROMISES_LEFT_OUT = ("open promises", "invalidated promises", "promises replaced by at least as much by the same day")
_TERMS: Final[Mapping[Measure, tuple[str, str, str, str, tuple[str, ...]]]] = MappingProxyType(
    {
        Measure.COVERAGE: (
            "covered",
            "workable",
            "accounts",
            "worked of held and workable",
            (
                "accounts that were not past due when they had them first and last in the period",
                "accounts on which a hold stops or limits contact",
                "people who asked that contact cease",
            ),
        ),
        Measure.RIGHT_PARTY: ("reached", "attempts", "contacts", "right party of attempts", ("contacts that came in",)),
        Measure.PROMISED: ("promised", "conversations", "contacts", "with a promise of conversations", ()),
        Measure.KEPT: ("promises_kept", "promises_due", "promises", "kept of due", _PROMISES_LEFT_OUT),
        Measure.QUALITY: ("honored_minor", "due_minor", "minor", "paid of promised and due", _PROMISES_LEFT_OUT),
        Measure.COMPLIANCE: ("permitted", "contacts", "contacts", "permitted by law of contacts made", ("contacts that came in",)),
    }
)
"""For each measure: what stands above and below the line, what that counts, what it is called, and what is left out."""

FIGURES: Final = tuple(field.name for field in attrs.fields(WorkPart) if field.type in (int, "int"))
"""Counts whose accounts can be listed."""


@attrs.frozen
class WorkTime:
    """How long somebody worked in the period, as the host's telephone knows it: whole seconds of talk, of wrap-up, and in all."""

    talk_seconds: int = 0
    wrap_seconds: int = 0
    seconds: int = 0


NO_TIME: Final = WorkTime()


@attrs.frozen
class ProductivityLine:
    """
    What one person or team did in one currency.

    Attributes:
        worker: Id of the collector or handler; empty for what nobody did or earned.
        currency: ISO 4217 code.
        attempts: Tries to reach somebody, of what was recorded with a result.
        connects: Of these, those in which somebody or a mailbox answered.
        conversations: Those with the right person.
        promises: Promises taken.
        kept_minor: What was promised by those of them that were judged kept, minor units.
        accounts: How many accounts were worked, each once.
        credited_minor: What of the money of the period is theirs, minor units; below 0 when more was taken back.
        talk_seconds: As the host told.
        wrap_seconds: As the host told.
        seconds: As the host told; 0 when it told nothing.
        coverage: `Measure.COVERAGE`; of nothing where it was not asked how accounts stood.
        right_party: `Measure.RIGHT_PARTY`.
        promised: `Measure.PROMISED`.
        kept: `Measure.KEPT`.
        quality: `Measure.QUALITY`.
        compliance: `Measure.COMPLIANCE`; of nothing where no contact was judged.
    """

    worker: str
    currency: str
    attempts: int
    connects: int
    conversations: int
    promises: int
    kept_minor: int
    accounts: int
    credited_minor: int
    talk_seconds: int
    wrap_seconds: int
    seconds: int
    coverage: Rate
    right_party: Rate
    promised: Rate
    kept: Rate
    quality: Rate
    compliance: Rate

    @property
    def accounts_an_hour(self) -> Fraction | None:
        """How many accounts were worked in an hour; None where the host told no time."""
        return Fraction(self.accounts * 3_600, self.seconds) if self.seconds else None

    @property
    def talk_a_conversation(self) -> Fraction | None:
        """How many seconds of talk a conversation with the right person took; None without any."""
        return Fraction(self.talk_seconds, self.conversations) if self.conversations else None


@attrs.frozen
class Productivity(Dataset):
    """
    What everybody did in a period.

    Attributes:
        first: First day, inclusive.
        last: Last day, inclusive.
        attribution: By which payments were credited.
        lines: By currency and worker.
        parts: What each line is the sum of, account by account; rows and plain values leave them out.
    """

    first: date
    last: date
    attribution: Attribution
    lines: tuple[ProductivityLine, ...]
    parts: tuple[WorkPart, ...] = attrs.field(default=(), repr=False)
    _of: Mapping[tuple[str, str], tuple[WorkPart, ...]] = attrs.field(init=False, eq=False, repr=False)

    @_of.default
    def _held(self) -> Mapping[tuple[str, str], tuple[WorkPart, ...]]:
        return _by_line(self.parts)

    def collected_minor(self, currency: str) -> int:
        """Return what was collected in the period less what was taken back: the sum of all credits."""
        return sum(line.credited_minor for line in self.lines if line.currency == currency)

    def accounts(self, worker: str, currency: str, figure: str) -> tuple[AccountId, ...]:
        """
        Return the accounts behind a figure of a line, sorted.

        Args:
            worker: Whose line.
            currency: Of the line.
            figure: A count of `WorkPart`, such as ``attempts``, ``credited_minor`` or ``workable``.

        Raises:
            ValidationError: There is no such figure; nothing was listed.
        """
        if figure not in FIGURES:
            raise ValidationError(f"the figures of a line are {', '.join(FIGURES)}, not {figure!r}; nothing was listed")
        return tuple(sorted(part.account for part in self._of.get((worker, currency), ()) if getattr(part, figure)))

    def short_of(self, worker: str, currency: str, measure: Measure) -> tuple[AccountId, ...]:
        """Return the accounts that keep a measure of a line below 100 %, sorted: those not worked, or promised for and not paid."""
        above, below, *_ = _TERMS[measure]
        return tuple(sorted(part.account for part in self._of.get((worker, currency), ()) if getattr(part, above) < getattr(part, below)))

    def by_person(self, worker: str, currency: str, measure: Measure) -> tuple[tuple[int, int], ...]:
        """Return what stands above and below the line of a measure for each person, which is what intervals rest on."""
        above, below, *_ = _TERMS[measure]
        found: defaultdict[PersonId, list[int]] = defaultdict(lambda: [0, 0])
        for part in self._of.get((worker, currency), ()):
            found[part.person][0] += getattr(part, above)
            found[part.person][1] += getattr(part, below)
        return tuple((above, below) for _, (above, below) in sorted(found.items()) if below)

    def counts_by_person(self, worker: str, currency: str, figure: str) -> tuple[int, ...]:
        """Return how often a figure of a line was counted for each person for whom it was."""
        found: defaultdict[PersonId, int] = defaultdict(int)
        for part in self._of.get((worker, currency), ()):
            found[part.person] += getattr(part, figure)
        return tuple(count for _, count in sorted(found.items()) if count)


def productivity(
    facts: Iterable[AccountFacts],
    attribution: Attribution,
    *,
    first: date,
    last: date,
    zone: str,
    times: Mapping[tuple[str, str], WorkTime] = MappingProxyType({}),
    contacts: Iterable[JudgedContact] = (),
    read: Read | None = None,
    states: States = under_standard_policy,
    teams: Mapping[str, str] = MappingProxyType({}),
    ceased: Collection[PersonId] = (),
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
) -> Productivity:
    """
    Tell what everybody did, how well, and what of the money is theirs.

    Coverage is penetration over the accounts of one worker, as the glossary of Prodigal has it: accounts with an attempt or a conversation
    in the period, of those workable. Quality is the kept rate by amount, in which whatever was paid in time counts in part, and a promise
    that was withdrawn or put off counts as due on its own day: nothing is gained by a promise that nobody will keep. Promises count
    for whoever first named them on a contact, or took them; soft ones like others.

    Args:
        facts: The accounts.
        attribution: Who earns a payment.
        first: First day of the period, inclusive.
        last: Last day, inclusive.
        zone: Business zone, for the days of conversations.
        times: How long each worked, by worker and currency, where the host knows it.
        contacts: The contacts that people made, with what the law said of each; `Kit.productivity` has them judged.
        read: How an account stood on a day, for coverage; None leaves it out.
        states: What promises came to by the end of a day; by default under the standard policy of promises.
        teams: The handler for which each collector works, where accounts are with the team and not with the collector.
        ceased: People who asked that contact cease; nobody is to work their accounts.
        effects: What each kind of hold stops.

    Raises:
        TimeError: The last day is before the first.

    Source:
        Penetration and coverage: prodigaltech.com, glossary of collection metrics. Kept rate, by number and by amount, without
        promises that are invalidated or not yet due: cleardu.com, glossary.
    """
    asked = Measured(
        first=first,
        last=last,
        zone=zone,
        attribution=attribution,
        read=read,
        states=states,
        teams=teams,
        ceased=frozenset(ceased),
        effects=effects,
    )
    about: defaultdict[AccountId, list[JudgedContact]] = defaultdict(list)
    for contact in contacts:
        if contact.accounts:
            about[contact.accounts[0]].append(contact)
    parts = [part for account in facts for part in parts_of(account, about[account.account.id], asked)]
    of = _by_line(parts)
    keys = sorted((currency, worker) for worker, currency in {*times, *of})
    lines = [_line(currency, worker, of.get((worker, currency), ()), times.get((worker, currency), NO_TIME)) for currency, worker in keys]
    return Productivity(first, last, attribution, tuple(lines), tuple(parts))


def _by_line(parts: Iterable[WorkPart]) -> Mapping[tuple[str, str], tuple[WorkPart, ...]]:
    """Return the parts by worker and currency, in order."""
    found: defaultdict[tuple[str, str], list[WorkPart]] = defaultdict(list)
    for part in parts:
        found[part.worker, part.currency].append(part)
    return MappingProxyType({key: tuple(held) for key, held in found.items()})


def _line(currency: str, worker: str, parts: Sequence[WorkPart], time: WorkTime) -> ProductivityLine:
    def told(name: str) -> int:
        return sum(getattr(part, name) for part in parts)

    def rate(measure: Measure) -> Rate:
        above, below, unit, what, exclusions = _TERMS[measure]
        return Rate(told(above), told(below), unit, what, exclusions)

    return ProductivityLine(
        worker,
        currency,
        attempts=told("attempts"),
        connects=told("connects"),
        conversations=told("conversations"),
        promises=told("promises"),
        kept_minor=told("kept_minor"),
        accounts=told("worked"),
        credited_minor=told("credited_minor"),
        talk_seconds=time.talk_seconds,
        wrap_seconds=time.wrap_seconds,
        seconds=time.seconds,
        **{measure.value: rate(measure) for measure in Measure},
    )
