"""Which packs speak about a person, and which of their rules about an act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

import attrs

from collectkit.compliance.consent_period import Silent
from collectkit.compliance.docket import Docket
from collectkit.compliance.limitation import Limitation
from collectkit.compliance.overdue import GRACE_DAYS, overdue_rules
from collectkit.compliance.overrides import Decisions
from collectkit.compliance.packs import EVERYWHERE, Pack
from collectkit.compliance.question import RAIL
from collectkit.compliance.rule import STATUSES, PlainTerms, Rule
from collectkit.compliance.set_aside import SetAside
from collectkit.errors import PackError

_FALLBACK_ZONE: Final = "UTC"
ANY_STATE: Final = "-*"
"""Ending of the jurisdiction of a pack that holds rules of several parts of a country, each naming its regions."""

_MEMBERS: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
UNIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "EU": frozenset(_MEMBERS.split()),
        "US-PAY": frozenset({EVERYWHERE}),
    }
)
"""Jurisdictions that reach several countries; the card networks' rules are contracts and reach all."""


@attrs.frozen
class Jurisdiction:
    """
    The packs that apply to one person.

    Attributes:
        packs: The packs, in the order of the book.
        known: Whether any pack speaks about where the person lives.
    """

    packs: tuple[Pack, ...]
    known: bool
    _dockets: dict[tuple[str, str, str, str], Docket] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @cached_property
    def default_zone(self) -> str:
        """Return the clock of the narrowest jurisdiction."""
        local = [pack for pack in self.packs if not _reaches_all(pack)]
        return max(local, key=lambda pack: len(pack.jurisdiction)).default_timezone if local else _FALLBACK_ZONE

    @cached_property
    def versions(self) -> tuple[str, ...]:
        """Return name and version of each pack."""
        return tuple(str(pack) for pack in self.packs)

    @cached_property
    def periods(self) -> tuple[Limitation, ...]:
        """Return the periods of limitation of these packs."""
        return tuple(rule.terms for pack in self.packs for rule in pack.rules if isinstance(rule.terms, Limitation))

    def docket(self, party: str, action: str, channel: str, recipient: str) -> Docket:
        """Return the rules that reach such an act; remembered, because a night asks the same few thousands of times."""
        key = (party, action, channel, recipient)
        found = self._dockets.get(key)
        if found is None:
            found = Docket.of([rule for pack in self.packs for rule in pack.rules if _gates(rule) and rule.scope.names(*key)])
            self._dockets[key] = found
        return found


def _gates(rule: Rule) -> bool:
    """Whether the rule can stand against anything; a definition cannot."""
    return not isinstance(rule.terms, Silent)


def _least(given: str) -> str:
    if given not in STATUSES:
        raise PackError(f"the least status is one of {', '.join(STATUSES)}, got {given!r}; no rule book was made")
    return given


def _grace(given: int) -> int:
    if type(given) is not int or given < 0:
        raise PackError(f"grace_days is a whole number of days from 0 on, got {given!r}; no rule book was made")
    return given


@attrs.frozen
class RuleBook:
    """
    All packs of a kit.

    Attributes:
        packs: The packs; any order.
        least_status: Least status of a rule whose silence is trusted. Under a rule of a lower status an act that
            it does not deny still needs a person's decision.
        decisions: Rules that counsel attests, and rules that the host sets aside with a reason. Nothing else loosens.
        grace_days: For so many days after its review was due a pack, or a rule, is still asked; then whatever it reaches is denied.

    Raises:
        PackError: *least_status* is no status, or *grace_days* no whole number from 0 on.
    """

    packs: tuple[Pack, ...] = attrs.field(converter=tuple[Pack, ...])
    least_status: str = attrs.field(default=STATUSES[0], converter=_least)
    decisions: Decisions = attrs.Factory(Decisions)
    grace_days: int = attrs.field(default=GRACE_DAYS, converter=_grace)
    _chosen: dict[tuple[str, ...], Jurisdiction] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @property
    def parties(self) -> tuple[str, ...]:
        """Return the roles that an act can be judged in: those that a rule names, and the two that handlers have."""
        named = {party for pack in self.packs for rule in pack.rules for party in rule.scope.party}
        return tuple(sorted({"first_party", "third_party", *named}))

    @cached_property
    def notices(self) -> tuple[str, ...]:
        """Return the kinds of notices and events that some rule asks for, sorted."""
        terms = (rule.terms for pack in self.packs for rule in pack.rules)
        return tuple(sorted({kind for one in terms if isinstance(one, PlainTerms) for kind in one.hears()}))

    @cached_property
    def rails(self) -> tuple[str, ...]:
        """Return the networks of which some rule speaks, sorted."""
        terms = (rule.terms for pack in self.packs for rule in pack.rules)
        return tuple(sorted({str(rail) for one in terms if isinstance(one, PlainTerms) for rail in one.match.get(RAIL, ())}))

    @cached_property
    def charges(self) -> tuple[str, ...]:
        """Return the kinds of charges that some rule tells apart, sorted; empty: whatever a charge is called, the same caps meet it."""
        terms = [rule.terms for pack in self.packs for rule in pack.rules]
        plain = [one for one in terms if isinstance(one, PlainTerms)]
        return tuple(sorted({str(kind) for one in plain for kind in (*one.charges(), *one.match.get("fee.kind", ()))}))

    def for_region(self, region: str) -> tuple[Pack, ...]:
        """
        Return the packs that apply to a person who lives in *region*.

        Args:
            region: ISO 3166 code. ``US-NY`` takes the packs of ``US`` and ``US-NY``; a bare country, whose part is
                unknown, takes every pack of that country; empty takes those that apply everywhere.
        """
        return self.for_regions([region]).packs

    def for_regions(self, regions: Iterable[str]) -> Jurisdiction:
        """Return the packs that apply to a person who may live in any of *regions*: every plausible one is loaded."""
        key = tuple(sorted({region for region in regions if region}))
        chosen = self._chosen.get(key)
        if chosen is None:
            packs = tuple(
                _watched(_decided(pack, self.decisions), self.grace_days)
                for pack in self.packs
                if _reaches_all(pack) or any(_speaks(pack, region) for region in key)
            )
            known = bool(key) and all(any(_is_local(pack) and _speaks(pack, region) for pack in packs) for region in key)
            chosen = Jurisdiction(packs, known)
            self._chosen[key] = chosen
        return chosen


def _decided(pack: Pack, decisions: Decisions) -> Pack:
    """Return the pack with what the host decided about its rules; a decision about another text of a rule says nothing."""
    attested = {one.rule: one for one in decisions.attestations}
    aside = {one.rule: one for one in decisions.overrides}
    if not any(rule.id in attested or rule.id in aside for rule in pack.rules):
        return pack
    rules = []
    for rule in pack.rules:
        attestation, override = attested.get(rule.id), aside.get(rule.id)
        if attestation is not None and attestation.hash == rule.hash:
            rule = attrs.evolve(rule, status=STATUSES[-1])
        if override is not None and override.hash == rule.hash and not isinstance(rule.terms, Silent):
            rule = attrs.evolve(rule, terms=SetAside(rule.terms, override))
        rules.append(rule)
    return attrs.evolve(pack, rules=tuple(rules))


def _watched(pack: Pack, grace_days: int) -> Pack:
    """Return the pack with the rules that close it once its review is overdue."""
    closing = overdue_rules(pack, grace_days, local=not _reaches_all(pack))
    return attrs.evolve(pack, rules=(*pack.rules, *closing)) if closing else pack


def _speaks(pack: Pack, region: str) -> bool:
    """Whether a pack applies in a region: it is the same, lies around it, or is a part of a country given whole."""
    jurisdiction = pack.jurisdiction.removesuffix(ANY_STATE)
    around = region == jurisdiction or region.startswith(f"{jurisdiction}-")
    within = region.partition("-")[0] in UNIONS.get(jurisdiction, ())
    return around or within or ("-" not in region and jurisdiction.startswith(f"{region}-"))


def _reaches_all(pack: Pack) -> bool:
    return pack.jurisdiction == EVERYWHERE or EVERYWHERE in UNIONS.get(pack.jurisdiction, ())


def _is_local(pack: Pack) -> bool:
    """Whether a pack tells the law of one country or a part of it: a union's law leaves most to its members."""
    return not _reaches_all(pack) and pack.jurisdiction not in UNIONS
