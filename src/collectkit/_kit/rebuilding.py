"""Meanings made anew from the record: standings rebuilt and compared, and one digest of everything that they mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

import attrs

from collectkit._kit.core import Core, account_stream
from collectkit.facts import AccountFacts, fold_account
from collectkit.identifiers import AccountId
from collectkit.standing import Standing
from collectkit.storage._rows import to_row
from collectkit.storage.store import Unit

CHUNK_ACCOUNTS = 500


@attrs.frozen
class Rebuilt:
    """
    What a rebuilding of standings found.

    Attributes:
        accounts: How many were replayed.
        missing: Accounts that had no standing.
        different: Accounts whose standing was not what their events mean.
        written: Whether those were written anew.
    """

    accounts: int
    missing: tuple[AccountId, ...]
    different: tuple[AccountId, ...]
    written: bool

    @property
    def sound(self) -> bool:
        """Tell whether every standing was there and right."""
        return not self.missing and not self.different

    def summary(self) -> str:
        """Return one sentence for a person to read."""
        fate = "written anew" if self.written else "left as they are"
        wrong = f"{len(self.missing)} missing and {len(self.different)} different, {fate}" if not self.sound else "all as their events say"
        return f"{self.accounts} accounts replayed: {wrong}"


class Rebuilding(Core):
    """What can be made again from the record alone."""

    def rebuild_standings(self, *, as_of: date, write: bool = True) -> Rebuilt:
        """
        Replay every account and compare its standing with the stored one, each on the date for which that was written.

        What differs is written anew and looked at by the next night. Under the policy in force now: after a change of
        policy that changes meanings, such as another waterfall, many will differ, and this is how they are brought up.

        Args:
            as_of: Business date of standings that are missing altogether, and of the next look at what was written.
            write: False to compare only.
        """
        self._on(as_of)
        total, missing, different = 0, list[AccountId](), list[AccountId]()
        for ids in self._account_pages():
            with self._unit() if write else self._view() as unit:
                rows = []
                for id, stored, facts in self._stored_and_facts(unit, ids):
                    right = self._standing_of(unit, facts, stored.as_of if stored is not None else as_of)
                    if stored != right:
                        (missing if stored is None else different).append(id)
                        rows.append((right, as_of))
                if write:
                    unit.save_standings(rows)
            total += len(ids)
        return Rebuilt(total, tuple(missing), tuple(different), write)

    def state_digest(self, *, as_of: date) -> str:
        """
        Return one SHA-256, hexadecimal, over the head of every stream and the replayed standing of every account on a date.

        The same record has the same digest in every store, on every machine and after every restart.
        """
        self._on(as_of)
        digest, after = hashlib.sha256(), ""
        while True:
            with self._view() as unit:
                streams = unit.streams("", after=after)
                for stream in streams:
                    receipt = unit.records(stream)[-1]
                    digest.update(f"{stream} {receipt.version} {receipt.digest.hex()}\n".encode())
            if not streams:
                break
            after = streams[-1]
        for ids in self._account_pages():
            with self._view() as unit:
                for _, _, facts in self._stored_and_facts(unit, ids):
                    digest.update(f"{to_row(self._standing_of(unit, facts, as_of))!r}\n".encode())
        return digest.hexdigest()

    def _account_pages(self) -> Iterator[list[AccountId]]:
        after = ""
        while True:
            with self._view() as unit:
                streams = unit.streams("account/", after=after, limit=CHUNK_ACCOUNTS)
            if not streams:
                return
            yield [AccountId(stream.removeprefix("account/")) for stream in streams]
            after = streams[-1]

    def _stored_and_facts(self, unit: Unit, ids: Sequence[AccountId]) -> Iterator[tuple[AccountId, Standing | None, AccountFacts]]:
        histories = unit.bodies_of([account_stream(id) for id in ids])
        for id in ids:
            facts = fold_account(histories[account_stream(id)])
            if facts is not None:
                yield id, unit.standing(id), facts
