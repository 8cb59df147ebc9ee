"""Asking before anything is changed: every command of a kit, whoever wrote it, passes here.

A command is any public method that takes the instant `at`, and the few others that are named below. A new one is asked
for under its own name without anybody having to remember it, and what nobody granted is denied. The question is asked
twice: before the command runs, and again in its transaction with the first event that it writes, together with the
version of what it is done to, the approval and the sum of what was done before. So nothing slips in between.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, TypeVar, cast

import attrs

from collectkit._kit.core import Core
from collectkit.account import Account
from collectkit.approvals import ActDenied, ActDone, fold_approval, use_approval
from collectkit.errors import ApprovalRequiredError, PermissionDeniedError
from collectkit.events import Context, Event, Receipt
from collectkit.identifiers import AccountId
from collectkit.money import Money
from collectkit.person import Consumer
from collectkit.personal import DataClass, fields_of
from collectkit.principals import Act, Allow, Authorization, Circumstances, Deny, DoneAct, NeedsApproval, Principal
from collectkit.refusals import Refusal
from collectkit.servicing.authority import TWO_PEOPLE
from collectkit.storage.codec import codec_for
from collectkit.storage.store import Unit

BACKDATED_DAYS: Final = 30
"""A payment whose value date lies further back is asked for as ``backdate``: it may move commissions and promises."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

K = TypeVar("K", bound=type[Core])

READS: Final = frozenset(
    {"barred_steps", "business_date", "health", "quote", "quote_due_date", "retractions", "still_wanted", "try_quote_due_date"}
)
"""Methods that take an instant and change nothing."""

OTHERS: Final = frozenset({"export_events", "notes", "person_standing", "rebuild_standings", "reseal", "search"})
"""Methods that take no instant and are asked for all the same."""

FREE: Final = frozenset({"request_approval", "approve", "decline"})
"""Asking for an approval and giving it have rules of their own."""

NAMES: Final[Mapping[str, str]] = {
    "post_all": "post",
    "open_accounts": "open_account",
    "erase_due": "erase_due",
    "personal": "read_personal",
    "subject_export": "export_personal",
    "notes": "read_notes",
    "person_standing": "read_person",
}
"""Actions that are not called like their methods."""


NATURES: Final[Mapping[str, str]] = {
    "CashRefund": "refund",
    "ChargeOff": "charge_off",
    "Chargeback": "chargeback",
    "Credit": "refund",
    "CreditRefund": "refund",
    "Payment": "post",
    "PlanQuote": "change_plan",
    "Reage": "change_plan",
    "Reamortize": "change_plan",
    "Reschedule": "change_plan",
    "Reversal": "reverse",
    "Undo": "undo",
    "Waiver": "waive",
    "WriteOff": "write_off",
}
"""What a movement is, through whichever method it comes."""


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
        if self.parts.authority is None or getattr(self._kept, "asking", None) is not None:
            return command(self, *arguments, **options)
        given = signature.bind(self, *arguments, **options).arguments
        del given["self"]
        question = Question(self, action_of(name), given)
        question.ask_beforehand()
        self._kept.asking = question
        try:
            return command(self, *arguments, **options)
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
        with kit._view() as unit:
            self.act = self._act(unit, action, given)

    def _act(self, unit: Unit, action: str, given: Mapping[str, object]) -> Act:
        resource, person = self._concerns(unit, given)
        action, amount = self._nature(unit, action, given)
        return Act(action, resource, self._content(action, given), unit.version(resource), amount, person)

    def _concerns(self, unit: Unit, given: Mapping[str, object]) -> tuple[str, str]:
        """Return the stream that the command is about, and whose it is."""
        for name, value in given.items():
            if isinstance(value, Account):
                return f"account/{value.id}", value.consumer
            if isinstance(value, Consumer):
                return f"person/{value.id}", value.id
            account = value if name == "account" else getattr(value, "account", None)
            if isinstance(account, str) and account:
                standing = unit.standing(AccountId(account))
                return f"account/{account}", "" if standing is None else standing.person
            person = value if name == "person" else getattr(value, "person", None)
            if isinstance(person, str) and person:
                return f"person/{person}", person
        return "book", ""

    def _nature(self, unit: Unit, action: str, given: Mapping[str, object]) -> tuple[str, Money | None]:
        """Return what the command really is, and how much is at stake."""
        action = next((NATURES[kind] for value in given.values() if (kind := type(value).__name__) in NATURES), action)
        if action == "close" and given.get("reason") in ("written_off", "sold"):
            standing = unit.standing(AccountId(str(given["account"])))
            return "write_off", None if standing is None else Money(standing.outstanding_minor, standing.currency)
        amounts = [amount for value in given.values() if isinstance(amount := getattr(value, "amount", value), Money)]
        value_on = [day for value in given.values() if (day := getattr(value, "value_on", None)) is not None]
        if action == "post" and self.at is not None and value_on and (self._kit.business_date(self.at) - value_on[0]).days > BACKDATED_DAYS:
            action = "backdate"
        return action, amounts[0] if amounts else None

    def _content(self, action: str, given: Mapping[str, object]) -> str:
        """Return the digest of all arguments but the instant; a keyed one where they hold personal data."""
        texts = [action, *(f"{name}={_text(value)}" for name, value in sorted(given.items()) if name != "at")]
        key = self._kit.parts.keyring.provider().pepper(self._kit.tenant) if any(map(_is_personal, given.values())) else b""
        return hashlib.sha256(key + "\x00".join(texts).encode("utf-8", "surrogatepass")).hexdigest()

    def unit(self, unit: Unit) -> Unit:
        """Return *unit*, in which the first event settles the permission unless that was done."""
        return unit if self.settled else cast(Unit, AskedUnit(unit, self))

    # Deciding

    @property
    def principal(self) -> Principal:
        """Whoever acts."""
        return self._kit.principal

    def decide(self, unit: Unit, at: datetime) -> Authorization:
        """Ask the authorizer; whatever is no answer counts as a denial."""
        authority = self._kit.parts.authority
        done = [d for id in sorted(self.principal.ids) for d in done_acts(unit, id) if d.act.action == self.act.action]
        circumstances = Circumstances(at, self._kit.policy.version, tuple(sorted(done, key=lambda one: one.at)))
        try:
            answer = authority(self.principal, self.act, circumstances) if authority is not None else Allow()
        except Exception as error:
            return Deny(f"the authorizer failed with {type(error).__name__}")
        if isinstance(answer, Allow | Deny | NeedsApproval):
            return answer
        return Deny(f"the authorizer answered with {type(answer).__name__}")  # type: ignore[unreachable]

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
        stream = acts_stream(self.principal.id)
        with self._kit.store.unit(self._kit.tenant) as unit:
            version = unit.version(stream)
            event = ActDenied(self.principal.id, self.act, decision.reason, self.at)
            unit.append(self._kit._context(self.at, f"denied/{self.principal.id}/{version + 1}"), {stream: (version, [event])})

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
            self._use(unit, context)
        elif self.act.amount is None or not self._counts():
            return
        done = DoneAct(self.act, self.principal.id, context.at, self._kit.approval if isinstance(decision, NeedsApproval) else "")
        stream = acts_stream(self.principal.id)
        unit.append(context, {stream: (unit.version(stream), [ActDone(done)])})

    def _counts(self) -> bool:
        counts = getattr(self._kit.parts.authority, "counts", None)
        return bool(counts(self.act.action)) if callable(counts) else any(limit.action == self.act.action for limit in TWO_PEOPLE)

    def _use(self, unit: Unit, context: Context) -> None:
        stream = approval_stream(self._kit.approval)
        bodies = unit.bodies(stream)
        now = attrs.evolve(self.act, version=unit.version(self.act.resource))
        used = use_approval(fold_approval(bodies), now, self.principal, at=context.at)
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
    """A unit whose first event is written together with the permission for it."""

    def __init__(self, unit: Unit, question: Question) -> None:
        self._unit = unit
        self._question: Question | None = question

    def append(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> list[Receipt]:
        """Append, after the permission was settled."""
        question, self._question = self._question, None
        if question is not None:
            question.settle(self._unit, context)
        return self._unit.append(context, writes)

    def load(self, context: Context, writes: Mapping[str, tuple[int, Sequence[Event]]]) -> None:
        """Append in bulk, after the permission was settled."""
        question, self._question = self._question, None
        if question is not None:
            question.settle(self._unit, context)
        self._unit.load(context, writes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)


def approval_stream(id: str) -> str:
    """Return the name of an approval's stream."""
    return f"approval/{id}"


def acts_stream(principal: str) -> str:
    """Return the name of the stream in which a principal's sensitive acts are counted."""
    return f"acts/{principal}"


def done_acts(unit: Unit, principal: str) -> Iterator[DoneAct]:
    """Yield what a principal did that counts, oldest first."""
    for body in unit.bodies(acts_stream(principal)):
        if isinstance(body, ActDone):
            yield body.done


def _text(value: object) -> str:
    if attrs.has(type(value)):
        try:
            return f"{type(value).__name__} {codec_for(type(value)).write(value)}"
        except TypeError:  # it holds what is never stored
            return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    return repr(value)


def _is_personal(value: object) -> bool:
    return attrs.has(type(value)) and bool(fields_of(type(value), DataClass.PERSONAL))
