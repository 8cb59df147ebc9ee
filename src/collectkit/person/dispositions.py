"""Dispositions: what an action that came to a result counts as, as a table that is complete by construction.

A host's own words for what happened on a call become counters, the outcome that the law's budgets know, and what comes next. Each result
of each action stands in the table once: what nobody thought of is not recorded as something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import ClassVar, Final, TypeAlias

import attrs

from collectkit._checks import aware, given, member, one_of
from collectkit.errors import PolicyError
from collectkit.identifiers import AccountId, CommandId, PromiseId
from collectkit.refusals import Refusal

__all__ = [
    "DISPOSITIONS",
    "Counter",
    "Disposition",
    "DispositionReason",
    "DispositionTable",
    "Interaction",
    "InteractionKind",
    "InteractionRecorded",
    "Interacting",
    "call_back_due",
    "counted",
    "dispose",
]


class Counter(Enum):
    """What an interaction counts as; a later one never without those before it, but for what came in."""

    ATTEMPT = "attempt"
    """Any outbound try."""
    CONNECT = "connect"
    """A person or a mailbox answered."""
    RIGHT_PARTY = "right_party"
    """The customer, or somebody authorised, was verified."""
    PROMISE = "promise"


_ORDER: Final = tuple(Counter)
_MARKS: Final = ("", "wrong_party", "invalid", "disconnected", "verified")


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _counters(given: Iterable[Counter | str]) -> frozenset[Counter]:
    return frozenset(member(Counter, one, "a counter is") for one in given)


def _in_order(given: Iterable[Counter | str]) -> tuple[Counter, ...]:
    held = _counters(given)
    return tuple(counter for counter in Counter if counter in held)


@attrs.frozen
class InteractionKind:
    """
    Something that is done, or happens.

    Attributes:
        name: Such as ``call``.
        channel: Through which channel, in the words of the rule packs.
        results: All that it can come to.
        direction: ``outbound`` or ``inbound``.
    """

    name: str = attrs.field(validator=given)
    channel: str = attrs.field(validator=given)
    results: tuple[str, ...] = attrs.field(converter=_texts)
    direction: str = attrs.field(default="outbound", validator=one_of("outbound", "inbound", error=PolicyError))


@attrs.frozen(kw_only=True)
class Disposition:
    """
    What one action that came to one result means.

    Attributes:
        action: Name of an `InteractionKind`.
        result: One of its results.
        counters: What it counts as.
        outcome: What it is to the law's budgets: ``no_answer``, ``voicemail``, ``conversation``, ``wrong_number`` …
        next_action: What comes next, in the host's words; empty for nothing.
        call_back: The person asked to be called, and it is recorded when.
        status: What is said of the account in worklists; empty for nothing.
        mark_point: Status that the contact point gets: ``wrong_party``, ``invalid``, ``disconnected`` or ``verified``; empty: none.
    """

    action: str = attrs.field(validator=given)
    result: str = attrs.field(validator=given)
    counters: frozenset[Counter] = attrs.field(default=frozenset(), converter=_counters)
    outcome: str = attrs.field(validator=given)
    next_action: str = ""
    call_back: bool = False
    status: str = ""
    mark_point: str = attrs.field(default="", validator=one_of(*_MARKS, error=PolicyError))

    @property
    def key(self) -> tuple[str, str]:
        """Return what it is found by."""
        return self.action, self.result


@attrs.frozen
class DispositionTable:
    """
    Every result of every action, each once.

    Attributes:
        actions: What can be done or happen.
        rows: What each of their results means.

    Raises:
        PolicyError: An action that is named twice, a result without a row, with two, a row of no result, or counters that contradict
            each other.
    """

    actions: tuple[InteractionKind, ...] = attrs.field(converter=tuple[InteractionKind, ...])
    rows: tuple[Disposition, ...] = attrs.field(converter=tuple[Disposition, ...])

    def __attrs_post_init__(self) -> None:
        wanted = [(action.name, result) for action in self.actions for result in action.results]
        had, names = [row.key for row in self.rows], [action.name for action in self.actions]
        problems = [f"action {name} is named twice" for name in sorted({name for name in names if names.count(name) > 1})]
        problems += [f"{_said(key)} is named twice" for key in sorted({key for key in wanted if wanted.count(key) > 1})]
        problems += [f"{_said(key)} has no row" for key in sorted(set(wanted) - set(had))]
        problems += [f"{_said(key)} has {had.count(key)} rows" for key in sorted({key for key in had if had.count(key) > 1})]
        problems += [f"{_said(key)} is no result of an action" for key in sorted(set(had) - set(wanted))]
        directions = {action.name: action.direction for action in self.actions}
        problems += [f"{_said(row.key)} {wrong}" for row in self.rows if (wrong := _contradiction(row, directions.get(row.action, "")))]
        if problems:
            raise PolicyError(f"each result of each action stands in the table once: {'; '.join(problems)}; nothing was loaded")

    def find(self, action: str, result: str) -> Disposition | None:
        """Return the row of a result; None when there is none."""
        return next((row for row in self.rows if row.key == (action, result)), None)

    def kind(self, action: str) -> InteractionKind | None:
        """Return what that action is; None when there is none."""
        return next((kind for kind in self.actions if kind.name == action), None)


def _said(key: tuple[str, str]) -> str:
    return f"{key[0]}/{key[1]}"


def _contradiction(row: Disposition, direction: str) -> str:
    """Return how the counters of a row contradict each other; empty when they do not."""
    held = [counter in row.counters for counter in _ORDER]
    if direction == "inbound":
        held = held[1:] if not held[0] else [False, True]
    return "" if held == sorted(held, reverse=True) else "counts something without what comes before it"


_ATTEMPT, _CONNECT = (Counter.ATTEMPT,), (Counter.ATTEMPT, Counter.CONNECT)
_SPOKE, _PROMISED = (*_CONNECT, Counter.RIGHT_PARTY), tuple(Counter)


def _without_them(
    action: str, result: str, outcome: str, next_action: str = "", *, mark: str = "", counters: Iterable[Counter] = _ATTEMPT
) -> Disposition:
    """Return what an action means in which the right person did not speak."""
    return Disposition(action=action, result=result, counters=counters, outcome=outcome, next_action=next_action, mark_point=mark)


def _talks(action: str, *, inbound: bool = False) -> list[Disposition]:
    """Return what a conversation with the right person can come to."""
    spoke, promised = (_SPOKE[1:], _PROMISED[1:]) if inbound else (_SPOKE, _PROMISED)

    def row(result: str, next_action: str = "", *, status: str = "", call_back: bool = False) -> Disposition:
        counters = promised if result == "promised" else spoke
        return Disposition(
            action=action,
            result=result,
            counters=counters,
            outcome="conversation",
            next_action=next_action,
            status=status,
            call_back=call_back,
            mark_point="verified",
        )

    return [
        row("promised", "wait_for_promise", status="promised"),
        row("refused", "review_treatment", status="refused"),
        row("call_back_asked", "call_back", status="call_back", call_back=True),
        row("cannot_pay", "offer_relief", status="hardship"),
        row("disputed", "open_dispute", status="disputed"),
        row("paid_already", "look_for_payment", status="paid_already"),
        row("asked_to_stop", "record_stop", status="stopped"),
    ]


_TALKS: Final = tuple(row.result for row in _talks("call"))

DISPOSITIONS: Final = DispositionTable(
    (
        InteractionKind("call", "phone", ("no_answer", "busy", "disconnected", "voicemail_left", "wrong_party", *_TALKS)),
        InteractionKind("call_in", "phone", ("wrong_party", *_TALKS), "inbound"),
        InteractionKind("visit", "in_person", ("nobody_home", "moved_away", *_TALKS)),
    ),
    (
        _without_them("call", "no_answer", "no_answer", "call_again"),
        _without_them("call", "busy", "busy", "call_again"),
        _without_them("call", "disconnected", "not_in_service", "find_point", mark="disconnected"),
        # A message that names no debt; the rules on limited content are asked before it is left.
        _without_them("call", "voicemail_left", "voicemail", "call_again", counters=_CONNECT),
        _without_them("call", "wrong_party", "wrong_number", "find_point", mark="wrong_party", counters=_CONNECT),
        *_talks("call"),
        _without_them("call_in", "wrong_party", "wrong_number", mark="wrong_party", counters=_CONNECT[1:]),
        *_talks("call_in", inbound=True),
        _without_them("visit", "nobody_home", "no_answer", "write_letter"),
        _without_them("visit", "moved_away", "undeliverable", "find_point", mark="invalid"),
        *_talks("visit"),
    ),
)
"""Calls, calls that come in, and visits, where the host's policy says nothing else."""


@attrs.frozen(kw_only=True)
class Interaction:
    """
    What somebody did and what it came to, in words that rules can read.

    Attributes:
        id: The caller's own id; the same again is the same interaction.
        account: About which account.
        action: Name of an action of the table.
        result: One of its results.
        collector: Id of who did it; empty means the host itself.
        point: Id of the contact point; empty when unknown.
        call_back_at: When the person asked to be called.
        promise: Id of the promise that was made.
        reason: Why the person is late, in the host's codes.
        next_step: What was agreed to happen next, in the host's codes.
        recording: Reference to the recording.
    """

    id: CommandId = attrs.field(converter=CommandId)
    account: AccountId = attrs.field(converter=AccountId)
    action: str = attrs.field(validator=given)
    result: str = attrs.field(validator=given)
    collector: str = ""
    point: str = ""
    call_back_at: datetime | None = attrs.field(default=None, validator=attrs.validators.optional(aware))
    promise: PromiseId | None = attrs.field(default=None, converter=attrs.converters.optional(PromiseId))
    reason: str = ""
    next_step: str = ""
    recording: str = ""


@attrs.frozen
class InteractionRecorded:
    """
    Something was done about an account, with what that counted as under the table of the day.

    Attributes:
        interaction: What was done.
        at: When.
        counters: What it counted as, in the order of `Counter`.
        next_action: What comes next.
        status: What is said of the account.
    """

    TYPE: ClassVar[str] = "interaction-recorded/1"

    interaction: Interaction
    at: datetime = attrs.field(validator=aware)
    counters: tuple[Counter, ...] = attrs.field(default=(), converter=_in_order)
    next_action: str = ""
    status: str = ""


class DispositionReason(Enum):
    """Why an interaction is not recorded, in order of precedence."""

    ID_REUSED = "id_reused"
    """The id belongs to another interaction."""
    UNKNOWN_RESULT = "unknown_result"
    """The table has no such action, or it cannot come to that result."""
    PROMISE_MISSING = "promise_missing"
    """It counts as a promise, and no open promise of the account is named."""
    CALL_BACK_MISSING = "call_back_missing"
    """The person asked to be called, and it is not said when, or that is over."""


Interacting: TypeAlias = InteractionRecorded | Refusal[DispositionReason]


def dispose(
    interaction: Interaction,
    table: DispositionTable = DISPOSITIONS,
    *,
    at: datetime,
    known: Iterable[InteractionRecorded] = (),
    promises: Iterable[str] = (),
) -> Interacting:
    """
    Decide what an interaction counts as; the same again is answered alike.

    Args:
        interaction: What was done.
        table: What each result means.
        at: When it was done.
        known: Interactions recorded about the account.
        promises: Ids of the promises and series made on the account.
    """
    same = next((one for one in known if one.interaction.id == interaction.id), None)
    if same is not None and (same.interaction, same.at) == (interaction, at):
        return same
    if same is not None:
        return _no(DispositionReason.ID_REUSED, "this interaction id was used with other content; each needs an id of its own")
    row = table.find(interaction.action, interaction.result)
    if row is None:
        kind = table.kind(interaction.action)
        allowed = kind.results if kind is not None else [one.name for one in table.actions]
        what = f"results of {interaction.action}" if kind is not None else "actions"
        return _no(DispositionReason.UNKNOWN_RESULT, f"{_said((interaction.action, interaction.result))}: {what} are {', '.join(allowed)}")
    if Counter.PROMISE in row.counters and interaction.promise not in set(promises):
        return _no(DispositionReason.PROMISE_MISSING, "it counts as a promise; take the promise first and name it")
    if row.call_back and (interaction.call_back_at is None or interaction.call_back_at <= at):
        return _no(DispositionReason.CALL_BACK_MISSING, "say in `call_back_at` when the person asked to be called")
    return InteractionRecorded(interaction, at, row.counters, row.next_action, row.status)


def counted(recorded: Iterable[InteractionRecorded]) -> dict[str, dict[Counter, int]]:
    """Return how often each collector's interactions counted as what, by what they counted when they were recorded."""
    found: dict[str, dict[Counter, int]] = {}
    for one in recorded:
        row = found.setdefault(one.interaction.collector, dict.fromkeys(Counter, 0))
        for counter in one.counters:
            row[counter] += 1
    return found


def call_back_due(recorded: Iterable[InteractionRecorded]) -> datetime | None:
    """
    Return when the person asked to be called, as long as nobody has spoken to them since; None for no wish.

    It is what `collectkit.allocation.worklists.Work.call_back_at` takes: from then on the account waits among the call-backs.
    """
    due: datetime | None = None
    for one in sorted(recorded, key=lambda one: one.at):
        if one.interaction.call_back_at is not None or Counter.RIGHT_PARTY in one.counters:
            due = one.interaction.call_back_at
    return due


def _no(reason: DispositionReason, detail: str) -> Refusal[DispositionReason]:
    return Refusal(reason, detail, "nothing was recorded")
