"""What stands on the book after a demo, read through the kit and put into the report of the last night."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from collectkit.actions import ActRefused
from collectkit.demo.desk import DESK
from collectkit.errors import UnknownIdError
from collectkit.facts import AccountFacts, book_of, fold_account, kept_still, promise_states
from collectkit.holds import Hold, holds_in
from collectkit.identifiers import AccountId, PersonId
from collectkit.kit import Kit
from collectkit.person import PersonFacts, fold_person
from collectkit.standing import Standing, standing_of

if TYPE_CHECKING:
    from collectkit.portfolio import Portfolio
    from collectkit.reports import Contacts, NightlyReport

TITLE = "Demo book"
NOTICE = "All people, orders and payments on this page are made up."
SNAPSHOT_DAYS = 7


def gather(kit: Kit, accounts: Iterable[AccountId], people: Iterable[PersonId], *, first: date, last: date) -> NightlyReport:
    """
    Return the report of *last* over the accounts and people named.

    Ageings are of every seventh day, back from *last* to *first*.

    Args:
        kit: The book.
        accounts: Ids of its accounts.
        people: Ids of its people.
        first: First day of the period, inclusive.
        last: Last day of it, inclusive: the day of the report.
    """
    from collectkit import reports

    policy = kit.policy
    held = [_facts(kit, id) for id in accounts]
    portfolios = _portfolios(kit, held, _snapshots(first, last))
    books = [book_of(facts, last, waterfall=policy.waterfall) for facts in held]
    persons, refused, upheld = _people(kit, people)
    handlers = {handler.id: handler for handler in policy.allocation.handlers}
    made = [contact for person in persons for contact in person.contacts]
    # Whoever has an account earns what is paid on it: in the demo agencies and teams are told apart by that alone.
    rule = reports.Attribution.by(reports.CreditRule.HOLDER_AT_VALUE_DATE)
    work = kit.productivity(rule, first=first, last=last, teams=DESK) if handlers else None
    placed = reports.placed_accounts(
        held, handlers, lambda facts, day: _standing(kit, facts, day), as_of=last, contacts=made, complaints=upheld, zone=policy.zone
    )
    return reports.NightlyReport(
        title=TITLE,
        first=first,
        last=last,
        ageings=[reports.ageing(portfolio, policy.buckets) for portfolio in portfolios],
        rolls=reports.rolls_between(portfolios, policy.buckets),
        collected=reports.collected(books),
        due=reports.fell_due(books),
        contacts=_contacts(kit, persons, refused, first=first, last=last),
        promises=reports.promises(
            state for facts in held for state in promise_states(facts, last, waterfall=policy.waterfall, policy=policy.promises)
        ),
        placements=reports.placements(portfolios[-1], held, first=first, last=last),
        moves=reports.moves(held, first=first, last=last),
        agencies=reports.agencies((one for one, _ in placed), as_of=last),
        batches=reports.batches(placed, as_of=last),
        holds=reports.holds(portfolios[-1]),
        stops=reports.stops(persons, first=first, last=last, zone=policy.zone),
        productivity=work,
        coaching=reports.coaching(work) if work is not None else None,
        notice=NOTICE,
        packs=tuple(kit.parts.rules_version.split()),
    )


def _snapshots(first: date, last: date) -> list[date]:
    return [last - timedelta(days=back) for back in range((last - first).days // SNAPSHOT_DAYS * SNAPSHOT_DAYS, -1, -SNAPSHOT_DAYS)]


def _facts(kit: Kit, id: AccountId) -> AccountFacts:
    facts = fold_account(envelope.body for envelope in kit.history(id))
    if facts is None:
        raise UnknownIdError(f"no account '{id}' is on the book; no report was made")
    if not (facts.promises or facts.agreed):
        return facts
    placed, lifted = holds_in([one.body for one in kit.person_history(facts.account.consumer)])
    return kept_still(facts, placed, lifted, kit.policy.holds.effects)


def _portfolios(kit: Kit, held: Sequence[AccountFacts], days: Iterable[date]) -> list[Portfolio]:
    """Return the whole book on each of the days, in order; a standing that still holds is not computed again."""
    from collectkit.portfolio import Portfolio

    found, before = [], dict[AccountId, Standing]()
    for day in days:
        for facts in held:
            one = before.get(facts.account.id)
            before[facts.account.id] = one.on(day) if one is not None and day <= one.valid_through else _standing(kit, facts, day)
        found.append(Portfolio.of(before.values()))
    return found


def _standing(kit: Kit, facts: AccountFacts, day: date) -> Standing:
    return standing_of(facts, day, waterfall=kit.policy.waterfall, promise_policy=kit.policy.promises)


def _people(kit: Kit, people: Iterable[PersonId]) -> tuple[list[PersonFacts], list[ActRefused], list[Hold]]:
    persons: list[PersonFacts] = []
    refused: list[ActRefused] = []
    upheld: list[Hold] = []
    for id in people:
        bodies = [envelope.body for envelope in kit.person_history(id)]
        persons.append(fold_person(id, bodies))
        refused += (body for body in bodies if isinstance(body, ActRefused))
        upheld += holds_in(bodies)[0]
    return persons, refused, upheld


def _contacts(kit: Kit, persons: Sequence[PersonFacts], refused: Sequence[ActRefused], *, first: date, last: date) -> Contacts:
    from collectkit import reports

    made = [contact for person in persons for contact in person.contacts]
    statuses = {rule.id: rule.status for pack in kit.parts.rules.packs for rule in pack.rules}
    reasons = {rule.id: rule.title for pack in kit.parts.rules.packs for rule in pack.rules}
    return reports.contacts(made, refused, first=first, last=last, zone=kit.policy.zone, reasons=reasons, statuses=statuses)
