"""Asking before anything is changed: every command of a kit, whoever wrote it, passes here.

A command is any public method that takes the instant `at`, and the few others that are named below. A new one is asked
for under its own name without anybody having to remember it, and what nobody granted is denied. The question is asked
twice: before the command runs, and again in its transaction with the first event that it writes, together with the
version of what it is done to, the approval and the sum of what was done before. So nothing slips in between.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from collectkit._kit.configuring import first_in_force, in_force
from collectkit._kit.core import Core, acts_stream, approval_stream
from collectkit._kit.natures import concerns, nature
from collectkit.approvals import ActDenied, ActDone, fold_approval, use_approval
from collectkit.errors import ApprovalRequiredError, PermissionDeniedError
from collectkit.events import Context, Event, Receipt
from collectkit.personal import DataClass, fields_of
from collectkit.principals import Act, Allow, Authorization, Circumstances, Deny, DoneAct, NeedsApproval, Principal, asked_of
from collectkit.refusals import Refusal
from collectkit.servicing.authority import TWO_PEOPLE
from collectkit.storage.appending import append_behind
from collectkit.storage.codec import codec_for
from collectkit.storage.store import Unit

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

K = TypeVar("K", bound=type[Core])

READS: Final = frozenset(
    {
        "barred_steps",
        "business_date",
        "health",
        "offers",
        "quote",
        "quote_due_date",
        "retractions",
        "sale_offer",
        "still_wanted",
        "try_quote_due_date",
    }
)
"""Methods that take an instant and change nothing."""

OTHERS: Final = frozenset({"export_events", "notes", "person_standing", "rebuild_standings", "reseal", "search"})
"""Methods that take no instant and are asked for all the same."""

FREE: Final = frozenset({"request_approval", "approve", "decline"})
"""Asking for an approval and giving it have rules of their own."""

NAMES: Final[Mapping[str, str]] = {
    "post_all": "post",
    "open_accounts": "open_account",
    "register_all": "register",
    "erase_due": "erase_due",
    "personal": "read_personal",
    "subject_export": "export_personal",
    "notes": "read_notes",
    "reassign_all": "bulk_move",
    "person_standing": "read_person",
}
"""Actions that are not called like their methods."""


UPFRONT: Final = OTHERS | {"import_files"}
"""What writes in units of its own, or reads: the permission is settled before it begins, and an approval is spent by trying."""

WRITES: Final = frozenset(
    {
        "advance",
        "append",
        "archive",
        "count",
        "load",
        "refund",
        "release",
        "remember",
        "remember_all",
        "save_dispatches",
        "save_note",
        "save_openings",
        "save_people",
        "save_run",
        "save_standings",
        "spend",
        "strike",
    }
)
"""Methods of a unit that write; before they are committed the permission is settled."""


def action_of(method: str) -> str:
    """Return under which action a method is asked for."""
    name = method.removeprefix("try_")
    return NAMES.get(name, name)


def is_command(name: str, member: object) -> bool:
    """Tell whether a public method is asked for before it runs."""
    if name.startswith("_") or not inspect.isfunction(member) or name in READS or name in FREE:
        return False
    return name in OTHERS or "at" in inspect.signature(member).parameters


def asked_first(cls: K) -> K:
    """Have every command of a class, also of those it inherits from, asked for before it runs."""
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if is_command(name, member):
            setattr(cls, name, _asking(name, member))
    return cls


def _asking(name: str, command: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(command)

    @wraps(command)
    def asked(self: Core, *arguments: Any, **options: Any) -> Any:
        if self.parts.authority is None or self._kept.asking is not None:
            return command(self, *arguments, **options)
        given = signature.bind(self, *arguments, **options).arguments
        # What can be read only once is read here, so that what was asked about is what is done.
        given = {key: _whole(value) for key, value in given.items() if key != "self"}
        question = Question(self, action_of(name), given)
        in_force(self, question)
        question.ask_beforehand()
        if name in UPFRONT:
            question.settle_alone()
        self._kept.asking = question
        try:
            return command(self, **given)
        finally:
            self._kept.asking = None

    return asked


class Question:
    """
    One command that somebody is about to give.

    Args:
        kit: Through which.
        action: Under which action.
        given: The command's arguments by name.
    """

    def __init__(self, kit: Core, action: str, given: Mapping[str, object]) -> None:
        self._kit = kit
        at = given.get("at")
        self.at = at if isinstance(at, datetime) else None
        self.settled = False
        self.spent = False
        with kit._view() as unit:
            self.act = self._act(unit, action, given)

    def _act(self, unit: Unit, action: str, given: Mapping[str, object]) -> Act:
        resource, person = concerns(unit, given)
        on = self._kit.business_date(self.at) if self.at is not None else None
        action, amount = nature(self._kit, unit, action, given, on)
        return Act(action, resource, self._content(action, given), unit.version(resource), amount, person)

    def _content(self, action: str, given: Mapping[str, object]) -> str:
        """Return the digest of all arguments but the instant; a keyed one where they hold personal data."""
        texts = [action, *(f"{name}={_text(value)}" for name, value in sorted(given.items()) if name != "at")]
        if action == "import_files":
            texts += [f"{file}={hashlib.sha256(file.read_bytes()).hexdigest()}" for file in _files(given)]
        key = self._kit.parts.keyring.provider().pepper(self._kit.tenant) if any(map(_is_personal, given.values())) else b""
        return hashlib.sha256(key + "\x00".join(texts).encode("utf-8", "surrogatepass")).hexdigest()

    def unit(self, unit: Unit) -> AskedUnit | None:
        """Return *unit* as one that settles the permission, unless that was done."""
        self.spent = False
        return None if self.settled else AskedUnit(unit, self)

    # Deciding

    @property
    def principal(self) -> Principal:
        """Whoever acts."""
        return self._kit.principal

    def decide(self, unit: Unit, at: datetime) -> Authorization:
        """Ask the authorizer; whatever is no answer counts as a denial."""
        done = [one for one in done_by(unit, self.principal) if one.act.action == self.act.action]
        circumstances = Circumstances(at, self._kit.policy.version, tuple(sorted(done, key=lambda one: one.at)))
        return asked_of(self._kit.parts.authority, self.principal, self.act, circumstances)

    def ask_beforehand(self) -> None:
        """
        Raise when the principal may not, before anything is done.

        Raises:
            PermissionDeniedError: They may not; the attempt is recorded.
            ApprovalRequiredError: They may not alone, and brought no approval.
        """
        with self._kit._view() as unit:
            decision = self.decide(unit, self.at or _EPOCH)
        if isinstance(decision, Deny):
            self._record_denial(decision)
            raise self._denied(decision.reason)
        if isinstance(decision, NeedsApproval) and not self._kit.approval:
            raise self._required(decision)

    def _record_denial(self, decision: Deny) -> None:
        if self.at is None:
            return
        denied = ActDenied(self.principal.id, self.act, decision.reason, self.at)
        context = self._kit._context(self.at, f"denied/{self.principal.id}/{self.at.isoformat()}")
        append_behind(self._kit.store, context, {acts_stream(self.principal.id): [denied]})

    def settle(self, unit: Unit, context: Context) -> None:
        """
        Decide once more in the command's own transaction, spend the approval and count the act.

        Raises:
            PermissionDeniedError: The principal may not, or the approval is of no use.
            ApprovalRequiredError: What was done meanwhile makes it too much for one person.
        """
        decision = self.decide(unit, context.at)
        if isinstance(decision, Deny):
            raise self._denied(decision.reason)
        if isinstance(decision, NeedsApproval):
            if not self._kit.approval:
                raise self._required(decision)
            self._use(unit, context, decision)
        first_in_force(unit, context, self._kit)
        if isinstance(decision, Allow) and not self._counts():
            return
        done = ActDone(DoneAct(self.act, self.principal.id, context.at, self._kit.approval if isinstance(decision, NeedsApproval) else ""))
        # It stands with every login of the human being and with those they act for, so that the sum is the same whoever is next.
        streams = [acts_stream(id) for id in sorted(self.principal.ids)]
        unit.append(context, {stream: (unit.version(stream), [done]) for stream in streams})

    def settle_alone(self) -> None:
        """Settle in a transaction of its own, before a command that writes no event in a unit of the kit."""
        with self._kit.store.unit(self._kit.tenant) as unit:
            self.settle(unit, self.context(unit))
        self.settled = True

    def context(self, unit: Unit) -> Context:
        """Return the envelope of what is written about the permission alone."""
        version = unit.version(acts_stream(self.principal.id)) + 1
        command = f"{self.act.action}/{self.principal.id}/{version}"
        kit = self._kit
        return Context(kit.tenant, kit.actor, self.at or _EPOCH, command, policy=kit.policy.version, rules=kit.parts.rules_version)

    def _counts(self) -> bool:
        counts = getattr(self._kit.parts.authority, "counts", None)
        return bool(counts(self.act.action)) if callable(counts) else any(limit.action == self.act.action for limit in TWO_PEOPLE)

    def _use(self, unit: Unit, context: Context, needs: NeedsApproval) -> None:
        stream = approval_stream(self._kit.approval)
        bodies = unit.bodies(stream)
        now = attrs.evolve(self.act, version=unit.version(self.act.resource))
        used = use_approval(fold_approval(bodies), now, self.principal, at=context.at, roles=needs.roles)
        if isinstance(used, Refusal):
            raise self._denied(str(used))
        unit.append(context, {stream: (len(bodies), [used])})

    def _denied(self, reason: str) -> PermissionDeniedError:
        text = f"{self.principal.id!r} may not {self.act.action} on {self.act.resource}: {reason}; nothing was done"
        return PermissionDeniedError(text, action=self.act.action, resource=self.act.resource)

    def _required(self, needs: NeedsApproval) -> ApprovalRequiredError:
        text = f"{self.act.action} on {self.act.resource} must be approved first: {needs.reason}; nothing was done"
        return ApprovalRequiredError(text, act=self.act, needs=needs)


class AskedUnit:
    """A unit whose writes stand or fall with the permission for them, settled with the first event or at the end."""

    def __init__(self, unit: Unit, question: Question) -> None:
        self._unit = unit
        self._question: Question | None = question
        self._wrote = False

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        """Append, after the permission was settled."""
        self._settle(context)
        return self._unit.append(context, writes)

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        """Append in bulk, after the permission was settled."""
        self._settle(context)
        self._unit.load(context, writes)

    def finish(self) -> None:
        """Settle the permission of what was written without an event, before it is committed."""
        if self._wrote and self._question is not None:
            self._settle(self._question.context(self._unit))

    def _settle(self, context: Context) -> None:
        question, self._question = self._question, None
        if question is not None:
            question.settle(self._unit, context)
            question.spent = True

    def __getattr__(self, name: str) -> object:
        self._wrote = self._wrote or name in WRITES
        return getattr(self._unit, name)


def done_by(unit: Unit, principal: Principal) -> list[DoneAct]:
    """Return what a human being did that counts, under whichever login, and what those did whom they act for; each act once."""
    found: dict[DoneAct, None] = {}
    for id in sorted(principal.ids):
        for body in unit.bodies(acts_stream(id)):
            # A copy with another login counts where the login that did it is not among those that are looked at.
            if isinstance(body, ActDone) and (body.done.principal == id or body.done.principal not in principal.ids):
                found.setdefault(body.done)
    return list(found)


def _text(value: object) -> str:
    if attrs.has(type(value)):
        try:
            return f"{type(value).__name__} {codec_for(type(value)).write(value)}"
        except TypeError:  # it holds what is never stored
            return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    return repr(value)


def _whole(value: object) -> object:
    """Return what a caller gave, with what is read one by one as a tuple."""
    if isinstance(value, str | bytes | Mapping | list | tuple) or attrs.has(type(value)):
        return value
    return tuple(value) if isinstance(value, Iterable) else value


def _files(given: Mapping[str, object]) -> Iterator[Path]:
    """Yield the files that an import reads, a mapping of the host's own among them."""
    named = [given.get("mapping"), given.get("paths")]
    while named:
        one = named.pop(0)
        if isinstance(one, str | Path):
            path = Path(one)
            yield from sorted(file for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
        elif isinstance(one, Mapping):
            named += one.values()
        elif isinstance(one, list | tuple):
            named += one


def _is_personal(value: object) -> bool:
    return attrs.has(type(value)) and bool(fields_of(type(value), DataClass.PERSONAL))
