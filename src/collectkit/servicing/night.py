"""One night for one person: what time has done to promises and fees, what comes next, and whether it may be done.

Pure: facts in, events and contacts to plan out. Fees come last, so that a payment of the day stops them, and the law
is asked before anything is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType

import attrs

from collectkit.actions import ActionKind, ActJudged, ActRefused, Proposal
from collectkit.arrangements.living import ArrangementEvent, ArrangementJudged, ArrangementStatus, settling
from collectkit.arrangements.promises import PromiseJudged, PromisePolicy, PromiseVerdict
from collectkit.calendars.spans import NO_DAYS, Spans
from collectkit.compliance import RuleBook, plausible_zones, review
from collectkit.facts import AccountFacts, agreed_states, book_of, promise_states
from collectkit.holds import EFFECTS, Effect, HoldKind, blocked
from collectkit.ledger import Charge, ChargeAssessed, ChargeWaived, CreditPosted, Entry, EntryUndone, Payment, Undo
from collectkit.money import Money
from collectkit.person_standing import PersonStanding
from collectkit.schedules import (
    Book,
    FeeRefused,
    LateFeePolicy,
    LateFeeRefused,
    OtherFees,
    PostingRules,
    SmallBalances,
    Waterfall,
    close_small,
    late_fees,
    move,
    next_fee_on,
    post,
    review_fees,
    small_taken_back,
    standing_returns,
    unfinished_fees,
    worth_contact,
)
from collectkit.schedules.fee_limits import ALONE, FEE_PREFIX, fee_period, late_fees_borne
from collectkit.servicing.asking import ask, refusal_of
from collectkit.servicing.dispatch import Dispatch, plan
from collectkit.servicing.moments import wanted_moment
from collectkit.servicing.purposes import OBLIGATORY, goes_stale
from collectkit.standing import Standing

NOT_SMALL = SmallBalances()
NO_RETRIES: Mapping[int, date] = MappingProxyType({})
_UNASKED = frozenset({ActionKind.THAW_PURCHASES, ActionKind.AGENT_TASK})
"""Acts that harm nobody: what lets a person buy again, and work that a colleague is given. What the colleague does is asked then."""

_TRIES = 7
"""So often a moment that is lawful and wanted is looked for."""
_OVER = frozenset({ArrangementStatus.COMPLETED, ArrangementStatus.BREACHED, ArrangementStatus.INVALIDATED})
_UNDECIDED = frozenset({PromiseVerdict.OPEN, PromiseVerdict.CANCELLED, PromiseVerdict.SUPERSEDED})


def judged(facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules, policy: PromisePolicy) -> list[PromiseJudged]:
    """Return a judgement for each promise whose verdict is not the one believed so far; a reversal can change an old one."""
    if not facts.promises:
        return []
    believed = {event.id: (event.verdict, event.counted_minor) for event in facts.judged}
    return [
        PromiseJudged(state.promise.id, facts.account.id, state.verdict, as_of, state.counted_minor)
        for state in promise_states(facts, as_of, waterfall=waterfall, policy=policy)
        if state.verdict not in _UNDECIDED and believed.get(state.promise.id) != (state.verdict, state.counted_minor)
    ]


def agreements(facts: AccountFacts, as_of: date, *, waterfall: Waterfall | PostingRules) -> list[ArrangementEvent]:
    """
    Return what is to be recorded of payment plans, settlements and relief: what they came to, when that is not believed yet, and
    what becomes of the rest of a settlement.
    """
    if not facts.agreed:
        return []
    payments = [entry for entry in facts.entries if type(entry) is Payment]
    returned = standing_returns(facts.entries, as_of)

    def outstanding(on: date) -> int:
        return book_of(facts, on, waterfall=waterfall).balances().outstanding_minor

    found: list[ArrangementEvent] = []
    for one in facts.arrangements:
        settled = settling(one, payments, returned, as_of=as_of, outstanding_minor=outstanding, still=facts.still)
        if settled is not None:
            found.append(settled)
    for state in agreed_states(facts, as_of, waterfall=waterfall):
        if state.status in _OVER and (state.arrangement.believed is None or state.arrangement.believed.status is not state.status):
            found.append(ArrangementJudged(state.arrangement.id, state.status, as_of, state.counted_minor))
    return found


def fees(
    book: Book,
    standing: Standing,
    policy: LateFeePolicy | None,
    *,
    holds: Sequence[str],
    charged_to_person_minor: int,
    effects: Mapping[HoldKind, frozenset[Effect]] = EFFECTS,
    paused: Spans = NO_DAYS,
    retries: Mapping[int, date] = NO_RETRIES,
    others: OtherFees = ALONE,
) -> tuple[list[ChargeAssessed], list[FeeRefused]]:
    """
    Return the late fees of the day and those that a cap left nothing of; none once closed or while a hold forbids fees.

    What a limit had cut of an earlier fee without need comes first.

    Days of *paused*, on which a hold forbade them, do not count toward a later fee either. *retries* are the days on which the last try
    to collect an installment failed.
    """
    if policy is None or not standing.past_due_minor or not charges_in(policy, standing.currency) or standing.closed_on is not None:
        return [], []
    if Effect.FEES in blocked((*standing.holds, *holds), effects) or Effect.FEES.value in standing.paused:
        return [], []
    if book.as_of in paused:
        return [], []
    rests = unfinished_fees(book, policy, account=standing.account, others=others)
    for rest in rests:
        book = post(book, rest)
    found = late_fees(
        book,
        policy,
        account=standing.account,
        charged_to_person_12m_minor=charged_to_person_minor + sum(rest.amount.minor for rest in rests),
        paused=paused,
        retries_ended_on=retries,
    )
    charged = [ChargeAssessed(one) for one in (*rests, *found) if isinstance(one, Charge)]
    return charged, [one for one in found if isinstance(one, FeeRefused)]


def charges_in(policy: LateFeePolicy, currency: str) -> bool:
    """Whether the amounts of *policy* are in *currency*; a fee is never converted."""
    return not policy.currencies - {currency}


def next_fee(
    book: Book,
    standing: Standing,
    policy: LateFeePolicy | None,
    *,
    paused: Spans = NO_DAYS,
    retries: Mapping[int, date] = NO_RETRIES,
) -> date | None:
    """Return the day on which the next late fee could be charged, or None."""
    if policy is None or not charges_in(policy, standing.currency) or standing.closed_on is not None:
        return None
    return next_fee_on(book, policy, account=standing.account, paused=paused, retries_ended_on=retries)


def newly_refused(facts: AccountFacts, refused: Iterable[FeeRefused], on: date) -> list[LateFeeRefused]:
    """Return what is to be recorded of refused fees: each when it is refused first, and when another limit refuses it."""
    told = {one.refused.id: one.refused.reason for one in facts.fees_refused}
    return [LateFeeRefused(one, on) for one in refused if told.get(one.id) is not one.reason]


def seen_again(book: Book, standing: Standing, policy: LateFeePolicy | None, others: OtherFees = ALONE) -> list[EntryUndone | ChargeWaived]:
    """Return what corrects late fees by what is known now, see `collectkit.schedules.review_fees`; nothing once closed."""
    if standing.closed_on is not None or not any(entry.id.startswith(FEE_PREFIX) for entry in book.entries):
        return []
    found = review_fees(book, policy, account=standing.account, others=others)
    return [EntryUndone(one) if isinstance(one, Undo) else ChargeWaived(one) for one in found]


def small(book: Book, standing: Standing, policy: SmallBalances, *, holds: Sequence[str]) -> list[CreditPosted | EntryUndone]:
    """
    Return what is done about a small balance: it is given up, or what was given up is taken back because the account is open again.

    Nothing is given up once closed, while any hold is in force on the account or the person, or while anything is agreed about it:
    then a person looks at the account anyway. What is taken back asks nobody.
    """
    if standing.closed_on is not None:
        return []
    back = small_taken_back(book, account=standing.account)
    if back:
        return [EntryUndone(undo) for undo in back]
    if not policy.closes or standing.holds or holds or standing.agreed:
        return []
    credit = close_small(book, policy, account=standing.account)
    posted = None if credit is None else move(book, credit)
    return [posted] if isinstance(posted, CreditPosted) else []


def charged_to_person(policy: LateFeePolicy | None, others: OtherFees, entries: Iterable[Entry], as_of: date) -> int:
    """Return the late fees of a person in the twelve months that the policy's cap counts: on an account and on all others."""
    if policy is None or not policy.counts_person:
        return 0
    first, _ = fee_period(others.first_contract_on or as_of, as_of, policy.caps.person_period)
    return sum(late_fees_borne(known, first, as_of) for known in (entries, *others.entries.values()))


@attrs.frozen
class Reviewed:
    """
    What became of one proposal.

    Attributes:
        proposal: What was proposed, joined with others where one contact serves several accounts.
        outcome: ``planned``, ``done`` or ``refused``.
        dispatch: The contact to make, when it is planned.
        refusal: The evidence of refraining, when it is refused.
        answer: What the law answered about an act that is no contact and may be done.
    """

    proposal: Proposal
    outcome: str
    dispatch: Dispatch | None = None
    refusal: ActRefused | None = None
    answer: ActJudged | None = None


def review_all(
    proposals: Iterable[Proposal],
    person: PersonStanding,
    rules: RuleBook,
    at: datetime,
    *,
    unknown: str,
    horizon: timedelta,
    notice: timedelta = timedelta(days=5),
    small: SmallBalances = NOT_SMALL,
    read: int = 0,
) -> list[Reviewed]:
    """
    Ask the law about each proposal.

    A contact that is lawful only later is planned for that moment when it lies within *horizon*; else it is refused, with evidence.
    Acts that are no contact are decisions for the host to carry out, once the law has been asked about them.

    Args:
        proposals: Of one person.
        person: Everything known about them.
        rules: The law.
        at: The present instant.
        unknown: What an unknown fact means, see `collectkit.compliance.review`.
        horizon: How far ahead a contact may wait.
        notice: Within what time an obligatory notice must have been given; such a one does not go stale.
        small: Floor for contact; about less, over all accounts of a proposal together, nobody is contacted but by obligatory notices.
        read: From how many events of the person's stream they are known; 0 to write the earlier contacts into each record of a
            refusal.
    """
    return [
        _too_small(proposal, person, small, at) or _reviewed(proposal, person, rules, at, unknown, horizon, notice, read)
        for proposal in proposals
    ]


def _too_small(proposal: Proposal, person: PersonStanding, policy: SmallBalances, at: datetime) -> Reviewed | None:
    """Return the evidence that a contact is about too little; None when it is not."""
    if policy.contact_from is None or proposal.action is not ActionKind.CONTACT or proposal.purpose in OBLIGATORY:
        return None
    held = [s for s in person.accounts if s.account in proposal.accounts]
    if any(s.currency != policy.contact_from.currency for s in held):
        return None
    about = sum(s.owed_minor or s.next_due_minor for s in held)
    if worth_contact(Money.aggregate(about, policy.contact_from.currency), policy):
        return None
    cited = f"less than {policy.contact_from} is owed or falls due next; policy [small_balances]"
    evidence = ActRefused(proposal.id, proposal.person, proposal.accounts, proposal.channel, at, ("small_balances.contact_from",), (cited,))
    return Reviewed(proposal, "refused", refusal=evidence)


def _reviewed(
    proposal: Proposal,
    person: PersonStanding,
    rules: RuleBook,
    at: datetime,
    unknown: str,
    horizon: timedelta,
    notice: timedelta,
    read: int,
) -> Reviewed:
    if proposal.action in _UNASKED:
        return Reviewed(proposal, "done")
    if proposal.action is not ActionKind.CONTACT:
        answer = ask(proposal, person, rules, at, unknown=unknown, read=read).evidence
        return (
            Reviewed(proposal, "refused", refusal=answer) if isinstance(answer, ActRefused) else Reviewed(proposal, "done", answer=answer)
        )
    zones = plausible_zones(person.consumer) if proposal.local_time or proposal.weekdays else ()
    wanted = wanted_moment(proposal, zones, at)
    verdict = review(proposal, person, rules, wanted, unknown=unknown)
    start = wanted if verdict.permissible else verdict.earliest_lawful_at
    for _ in range(_TRIES if zones else 0):
        # The first lawful moment may come at an hour or on a day that is not wanted: then the next wanted one is asked about.
        if start is None or (later := wanted_moment(proposal, zones, start)) == start:
            break
        if later > wanted + horizon:
            start = None
            break
        verdict = review(proposal, person, rules, later, unknown=unknown)
        start = later if verdict.permissible else verdict.earliest_lawful_at
    if start is not None and start <= wanted + horizon:
        stale_at = goes_stale(proposal.purpose, start, horizon)
        due_by = at + notice if proposal.purpose in OBLIGATORY else None
        return Reviewed(proposal, "planned", dispatch=plan(proposal, at=at, not_before=start, not_after=stale_at, due_by=due_by))
    return Reviewed(proposal, "refused", refusal=refusal_of(verdict, person, rules, read=read))
