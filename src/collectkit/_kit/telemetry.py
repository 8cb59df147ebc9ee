"""What can be seen from outside: one line of log, one span and three figures for each command; ids alone, never a value.

Logging is the standard library's, under the logger ``collectkit``, and costs nothing until somebody listens. Metrics and
traces go to OpenTelemetry when the kit was opened with the setting ``telemetry`` = ``opentelemetry``; what becomes of them there
is the host's SDK's affair.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, Final, TypeVar

from collectkit._kit.authorizing import action_of, is_command
from collectkit._kit.core import Core
from collectkit.errors import CollectkitError
from collectkit.refusals import Refusal

K = TypeVar("K", bound=type[Core])

LOGGER: Final = logging.getLogger("collectkit")


def told(cls: K) -> K:
    """Have every command of a class, also of those it inherits from, logged and measured."""
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if is_command(name, member):
            setattr(cls, name, _telling(action_of(name), member))
    return cls


def _telling(name: str, command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def telling(self: Core, *arguments: Any, **options: Any) -> Any:
        telemetry = self.parts.telemetry
        if (telemetry is None and not _is_heard()) or self._kept.telling:
            return command(self, *arguments, **options)
        self._kept.telling = True
        began, outcome = perf_counter(), "failed"
        try:
            if telemetry is None:
                answer = command(self, *arguments, **options)
                outcome = outcome_of(answer)
                return answer
            with telemetry.span(name, self.tenant):
                try:
                    answer = command(self, *arguments, **options)
                    outcome = outcome_of(answer)
                    telemetry.came_of(answer, self.tenant)
                    return answer
                except BaseException as error:
                    outcome = fault_of(error)
                    raise
                finally:
                    telemetry.count(name, outcome, perf_counter() - began)
        except BaseException as error:
            outcome = fault_of(error)
            raise
        finally:
            self._kept.telling = False
            _log(self, name, outcome, perf_counter() - began)

    return telling


def outcome_of(answer: object) -> str:
    """Return in one word what a command came to: ``done``, ``already``, or ``refused:`` with the reason's code."""
    if isinstance(answer, Refusal):
        return f"refused:{answer.reason.value}"
    return "already" if type(answer).__name__.startswith("Already") else "done"


def fault_of(error: BaseException) -> str:
    """Return in one word how a command failed: the stable code of our errors, the type of others; never a text."""
    return f"error:{error.code if isinstance(error, CollectkitError) else type(error).__name__}"


def _is_heard() -> bool:
    """Tell whether anybody listens, if only for what failed."""
    return LOGGER.isEnabledFor(logging.WARNING) and LOGGER.hasHandlers()


def _log(kit: Core, command: str, outcome: str, seconds: float) -> None:
    """Write one line whose fields a structured handler finds as attributes of the record."""
    level = logging.WARNING if outcome.startswith("error:") else logging.DEBUG
    if _is_heard() and LOGGER.isEnabledFor(level):
        # Ids are the host's own and may hold anything printable: quoted, so that none can forge a second line.
        fields = {"tenant": kit.tenant, "actor": kit.actor, "command": command, "outcome": outcome, "ms": round(seconds * 1000, 3)}
        text = " ".join(f"{name}={value if isinstance(value, float) else ascii(str(value))}" for name, value in fields.items())
        LOGGER.log(level, text, extra={f"collectkit_{name}": value for name, value in fields.items()})
