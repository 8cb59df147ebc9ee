"""Histories that a release wrote are read by every later one, byte for byte, and mean what they meant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.golden.histories import replaying
from tests.golden.histories.replaying import days, digest, load, meanings

from collectkit import Kit
from collectkit.storage.verifier import KeptReceipt, verify_lines

HISTORIES = sorted(replaying.FOLDER.glob("*.jsonl"))


STORES = ("memory", "sqlite", "postgresql")


def opened(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> Kit:
    """Open an empty book in one of the stores."""
    urls = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/book.db"}
    url = urls[store] if store in urls else str(request.getfixturevalue("postgres_url"))
    return Kit.open(url, policy="us-bnpl", actor="golden")


@pytest.fixture(params=STORES)
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kit]:
    with opened(request.param, request, tmp_path) as kit:
        yield kit


@cache
def elsewhere(history: Path) -> frozenset[str]:
    """Return the digests of two other processes, each with its own seed and time zone."""
    found = set()
    for seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Kathmandu"}
        command = [sys.executable, replaying.__file__, str(history)]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip())
    return frozenset(found)


def lines_of(history: Path) -> list[str]:
    return history.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.stem)
class TestHistories:
    def test_what_is_stored_verifies(self, history: Path) -> None:
        """
        With the receipt of each stream's last event, which is part of what is expected.
        """
        expected = json.loads(history.with_suffix(".expected.json").read_text(encoding="utf-8"))
        receipts = [KeptReceipt(stream, version, digest) for stream, (version, digest) in expected["receipts"].items()]
        assert [] == verify_lines(lines_of(history), receipts=receipts).faults

    def test_replaying_gives_the_same_digests(self, history: Path, kit: Kit) -> None:
        """
        In every store: what this release writes for the same facts is what the old one wrote.
        """
        pairs = load(kit.store, kit.tenant, lines_of(history))
        assert [stored for stored, _ in pairs] == [now for _, now in pairs]

    def test_it_means_what_it_meant(self, history: Path, kit: Kit) -> None:
        """
        What each account owed, how late it was and what was known of each person, on several days.
        """
        lines = lines_of(history)
        load(kit.store, kit.tenant, lines)
        expected = json.loads(history.with_suffix(".expected.json").read_text(encoding="utf-8"))["meanings"]
        found = json.loads(json.dumps(meanings(kit, days(lines))))

        # A later release may know more of a standing; what was known keeps its value.
        assert expected == {name: {key: found[name][key] for key in held} for name, held in expected.items()}

    def test_no_hash_seed_and_no_store_changes_a_meaning(self, history: Path, kit: Kit) -> None:
        """
        The digest over all meanings is the same in other processes with other seeds.
        """
        lines = lines_of(history)
        load(kit.store, kit.tenant, lines)
        here = digest(kit, days(lines))
        assert {here} == elsewhere(history)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.stem)
def test_the_state_has_one_digest_in_all_stores(history: Path, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """
    Byte for byte: the heads of all streams and the standing of every account, on the last of the days.
    """
    lines, found = lines_of(history), set()
    for store in STORES:
        with opened(store, request, tmp_path) as kit:
            load(kit.store, kit.tenant, lines)
            found.add((kit.state_digest(as_of=days(lines)[-1]), digest(kit, days(lines))))
    assert 1 == len(found)


def test_there_is_a_history() -> None:
    """
    An empty folder would prove nothing.
    """
    assert HISTORIES
