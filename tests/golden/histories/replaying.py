"""Stored histories read into an empty book, and what they mean there.

    python tests/golden/histories/replaying.py HISTORY.jsonl

prints the digest of every meaning, to be compared between interpreters, hash seeds and machines.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import attrs

from collectkit import Kit
from collectkit.person import fold_person
from collectkit.storage.serde import read_context, read_event
from collectkit.storage.store import Store

FOLDER = Path(__file__).parent


def load(store: Store, tenant: str, lines: Iterable[str]) -> list[tuple[str, str]]:
    """Append every event as it was stored, and return the stored digest beside the one that it has now."""
    pairs = []
    for held in map(json.loads, lines):
        with store.unit(tenant) as unit:
            body = read_event(held["type"], held["body"])
            (receipt,) = unit.append(read_context(held["context"]), {held["stream"]: (held["version"] - 1, [body])})
        pairs.append((held["digest"], receipt.digest))
    return pairs


def meanings(kit: Kit, on: Iterable[date]) -> dict[str, object]:
    """Return how every account stands on each day, and what is known of every person."""
    found: dict[str, object] = {}
    with kit.store.unit(kit.tenant) as unit:
        accounts, people = unit.streams("account/"), unit.streams("person/")
        facts = {name: fold_person(name.partition("/")[2], unit.bodies(name)) for name in people}  # type: ignore[arg-type]
    for name, one in facts.items():
        found[name] = {
            "consents": [f"{c.channel} on {c.point}" for c in one.consents],
            "stops": [list(stop.channels) for stop in one.stops],
            "contacts": [[c.channel, c.outcome, c.direction] for c in one.contacts],
        }
    for name in accounts:
        for day in on:
            standing = kit.standing(name.partition("/")[2], as_of=day)
            found[f"{name} on {day}"] = {
                key: value.isoformat() if isinstance(value, date) else value
                for key, value in attrs.asdict(standing).items()
                if key not in ("as_of", "valid_through")
            }
    return found


def digest(kit: Kit, on: Iterable[date]) -> str:
    """Return the SHA-256 of all meanings."""
    return hashlib.sha256(json.dumps(meanings(kit, on), sort_keys=True).encode()).hexdigest()


def days(lines: Iterable[str]) -> list[date]:
    """Return the days on which a history is looked at: some while it goes on, and one after it."""
    return [date(2026, 9, 1), date(2026, 9, 20), date(2026, 10, 20), date(2026, 12, 31)]


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    with Kit.open("memory://", policy="us-bnpl", actor="golden") as opened:
        load(opened.store, opened.tenant, text)
        sys.stdout.write(digest(opened, days(text)) + "\n")
