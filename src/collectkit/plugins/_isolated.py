"""The other side of `collectkit.plugins.isolation`: a process that holds one driver, and answers line by line.

    python -m collectkit.plugins._isolated MODULE:ATTRIBUTE [MEGABYTES]

A line is one call or one answer, as JSON: nothing that can carry code goes either way. What the driver prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, TextIO

from collectkit.channels.capabilities import Capabilities, capabilities_of
from collectkit.channels.channel import Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected


def main() -> None:
    """Answer calls until there are no more."""
    # The way back is kept for answers: what is printed must not be taken for one.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if len(sys.argv) > 2:
        _limit(int(sys.argv[2]))
    driver = _made(sys.argv[1])
    _say(answers, {"capabilities": capabilities_as(capabilities_of(driver)), "forgets": callable(getattr(driver, "forget", None))})
    for line in sys.stdin:
        try:
            answer = _called(driver, json.loads(line))
        except BaseException as error:  # whatever a driver raises is its answer, and not the end of its process
            answer = {"raised": type(error).__name__}
        _say(answers, answer)


def _called(driver: Any, call: Mapping[str, Any]) -> dict[str, Any]:
    match call["call"]:
        case "hand_over":
            return {"answer": outcome_as(driver.hand_over(_parcel(call["parcel"])))}
        case "hand_over_all":
            return {"answer": [outcome_as(one) for one in driver.hand_over_all([_parcel(one) for one in call["parcels"]])]}
        case "look_up":
            found = driver.look_up(call["id"])
            return {"answer": None if found is None else outcome_as(found)}
        case _:
            driver.forget(call["ids"])
            return {"answer": None}


def _say(answers: TextIO, what: Mapping[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _made(target: str) -> Any:
    """Return the driver; what is there may be the driver itself, or a class or function that makes it."""
    module, _, name = target.partition(":")
    found = getattr(import_module(module), name)
    return found if callable(getattr(found, "hand_over", None)) and not isinstance(found, type) else found()


def _limit(megabytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def _parcel(held: Mapping[str, Any]) -> Parcel:
    until = held["not_after"]
    return Parcel(
        held["channel"],
        held["id"],
        held["to"],
        b64decode(held["body"]),
        tuple((name, value) for name, value in held["headers"]),
        None if until is None else datetime.fromisoformat(until),
        held["copy"],
    )


def outcome_as(outcome: HandOver) -> dict[str, Any]:
    """Return an outcome as plain values."""
    match outcome:
        case Accepted(reference):
            return {"kind": "accepted", "reference": reference}
        case Rejected(reason, permanent):
            return {"kind": "rejected", "reason": reason, "permanent": permanent}
        case Doubtful(reason):
            return {"kind": "doubtful", "reason": reason}
        case _:
            raise TypeError(type(outcome).__name__)


def capabilities_as(held: Capabilities) -> dict[str, Any]:
    """Return capabilities as plain values."""
    lifetime = held.idempotency_ttl
    plain = {name: getattr(held, name) for name in ("lookup_by_ref", "status_callbacks", "not_after", "max_len", "sync_result", "batch")}
    return {**plain, "idempotency_seconds": None if lifetime is None else lifetime.total_seconds()}


if __name__ == "__main__":
    main()
