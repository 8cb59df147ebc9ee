"""What can go wrong: one hierarchy, each class named for the fault.

What a healthy business meets daily is a value (`collectkit.refusals.Refusal`); what stands here means a bug,
broken data, or a store that could not answer. Every message says what was wrong, what is allowed and what
did *not* happen, and holds no personal data. `code` is stable and may be matched; `retry_helps` tells a
caller whether the same call can succeed later without a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import date
    from enum import Enum

    from collectkit.principals import Act, NeedsApproval
    from collectkit.refusals import Refusal


class CollectkitError(Exception):
    """Root of everything that collectkit raises."""

    code: ClassVar[str] = "collectkit"
    retry_helps: ClassVar[bool] = False


class ValidationError(CollectkitError, ValueError):
    """An argument that cannot be a value of its type; nothing was recorded."""

    code = "validation"


class MoneyError(ValidationError):
    """An amount that is not exact, not in range, or not written the way the currency allows."""

    code = "money"


class CurrencyMismatchError(MoneyError):
    """Two amounts of different currencies met in one calculation."""

    code = "currency-mismatch"


class UnknownCurrencyError(MoneyError):
    """A code that ISO 4217 does not list as money in use."""

    code = "unknown-currency"


class IdentifierError(ValidationError):
    """A text that cannot serve as an identifier."""

    code = "identifier"


class TimeError(ValidationError):
    """An instant without a zone, a day that does not exist, a zone that is not one, a period that ends before it begins."""

    code = "time"


class PersonError(ValidationError):
    """A name, phone, e-mail or address that cannot be stored as given."""

    code = "person"


class PlanError(ValidationError):
    """Terms from which no lawful installment plan can be built."""

    code = "plan"


class ExpressionError(ValidationError):
    """A condition that the rule language does not allow; `column` points into the text."""

    code = "expression"

    def __init__(self, message: str, *, text: str = "", column: int = 0) -> None:
        super().__init__(message)
        self.text = text
        self.column = column


class PolicyError(ValidationError):
    """A policy file with a key or value that is not allowed; nothing was loaded. `problems` has one text for each place."""

    code = "policy"

    def __init__(self, message: str, *, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class PackError(ValidationError):
    """A rule pack with a rule or key that is not allowed; nothing was loaded."""

    code = "pack"


class TemplateError(ValidationError):
    """A message template that must not be used; nothing was sent."""

    code = "template"


class IntakeError(ValidationError):
    """A file that cannot be read at all, or a mapping that does not fit it; no row was imported."""

    code = "intake"


class ImportBrokenOffError(CollectkitError):
    """An import ended before its files did; chunks that were committed before stand, and the same import can be started again."""

    code = "import-broken-off"
    retry_helps = True


class UnknownIdError(CollectkitError, LookupError):
    """Nothing is stored under that identifier."""

    code = "unknown-id"


class StoreError(CollectkitError):
    """A fault of storage; the subclass says what it means for the caller's command."""

    code = "store"


class StoreUnavailableError(StoreError):
    """The store could not be reached or opened; nothing was recorded."""

    code = "store-unavailable"
    retry_helps = True


class ContendedError(StoreUnavailableError):
    """Others were writing the same rows and the store gave up waiting; nothing was recorded, and the same call can succeed."""

    code = "store-contended"


class ConcurrencyConflictError(StoreError):
    """Somebody else wrote first; nothing was recorded and the decision must be taken again."""

    code = "concurrency-conflict"
    retry_helps = True

    def __init__(self, stream: str, *, expected: int, actual: int) -> None:
        super().__init__(
            f"stream {stream!r} is at version {actual}, expected {expected}; nothing was recorded, read again and decide again"
        )
        self.stream = stream
        self.expected = expected
        self.actual = actual


class IdempotencyConflictError(StoreError):
    """The same id came with other content; nothing was changed and nothing of the first is shown."""

    code = "idempotency-conflict"


class OutcomeUnknownError(StoreError):
    """The commit was sent and no answer came; the same command may safely be sent again. `command` is its id, where it is known."""

    code = "outcome-unknown"
    retry_helps = True

    def __init__(self, message: str, *, command: str = "") -> None:
        super().__init__(message)
        self.command = command


class IntegrityBreachError(StoreError):
    """Stored rows contradict each other or their hash chain; nothing was written."""

    code = "integrity-breach"


class PermissionDeniedError(CollectkitError, PermissionError):
    """The principal may not do this; nothing was done. `action` and `resource` say what."""

    code = "permission-denied"

    def __init__(self, message: str, *, action: str = "", resource: str = "") -> None:
        super().__init__(message)
        self.action = action
        self.resource = resource


class ApprovalRequiredError(PermissionDeniedError):
    """A second person must approve exactly this act first; nothing was done. `act` and `needs` are what to ask for."""

    code = "approval-required"

    def __init__(self, message: str, *, act: Act, needs: NeedsApproval) -> None:
        super().__init__(message, action=act.action, resource=act.resource)
        self.act = act
        self.needs = needs


class RetentionHoldError(CollectkitError):
    """A person cannot be erased yet; `basis` says why and `earliest` when, if that can be known. Contact is stopped meanwhile."""

    code = "retention-hold"

    def __init__(self, message: str, *, basis: str, earliest: date | None) -> None:
        super().__init__(message)
        self.basis = basis
        self.earliest = earliest


class RunHeldError(StoreError):
    """A run is in the hands of another worker; what this one was about to commit was not recorded."""

    code = "run-held"
    retry_helps = True


class SystemicFailureError(CollectkitError):
    """So many accounts failed in one run that the fault cannot be theirs; the run stopped and can be run again."""

    code = "systemic-failure"
    retry_helps = True


class PluginFaultError(CollectkitError):
    """A plugin raised, hung or answered rubbish."""

    code = "plugin-fault"


class MissingExtraError(CollectkitError, ImportError):
    """A feature needs an optional dependency that is not installed."""

    code = "missing-extra"

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra {extra!r}: python -m pip install 'collectkit[{extra}]'")
        self.extra = extra


class RefusedError(CollectkitError):
    """A `Kit` call was refused; `refusal` says why, and the `try_` twin of the call returns it as a value."""

    code = "refused"

    def __init__(self, refusal: Refusal[Enum]) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
