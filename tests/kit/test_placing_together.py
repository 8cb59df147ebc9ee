"""Several place at once, by hand and by night, through kits of their own on one book: the room is not given twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import attrs

from collectkit import Kit
from collectkit.allocation import AllocationPolicy, AllocationRule, Handler
from collectkit.placement import AccountPlaced, AccountRecalled, Placement
from collectkit.policy import load_policy

from .conftest import NOW, TODAY, account, consumer

_PRESET = load_policy("us-bnpl")
TEAM = Handler("team", "Team", "in_house", capacity=5)
OTHER = Handler("other", "Other", "in_house", max_new_per_day=3)
POLICY = attrs.evolve(_PRESET, allocation=AllocationPolicy([TEAM, OTHER], [AllocationRule("all", ["team", "other"])]))
ACCOUNTS = [f"a-{number}" for number in range(16)]


def together(tasks: list[Callable[[], None]]) -> None:
    """Run all of them at once; what one of them raises is raised here."""
    start = threading.Barrier(len(tasks))

    def begin(task: Callable[[], None]) -> None:
        start.wait()
        task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        list(pool.map(begin, tasks))


class TestTogether:
    def test_the_room_is_not_given_twice(self, tmp_path: Path) -> None:
        """
        Sixteen accounts, three who place and recall by hand, and a night: at most five with the one and three a day with the other.
        """
        url = f"sqlite:///{tmp_path}/book.db"
        with Kit.open(url, policy=POLICY, actor="tests") as kit:
            for number, name in enumerate(ACCOUNTS):
                kit.register(consumer(f"c-{number}"), at=NOW)
                kit.open_account(account(name, f"c-{number}"), at=NOW)

        def by_hand(which: int) -> None:
            with Kit.open(url, policy=POLICY, actor=f"hand-{which}") as mine:
                for place, name in enumerate(ACCOUNTS[which:] + ACCOUNTS[:which]):
                    mine.try_place(Placement(name, "team" if (place + which) % 2 else "other", TODAY), at=NOW)
                    if place % 5 == which:
                        mine.try_recall(name, on=TODAY, reason="request", at=NOW)

        def by_night() -> None:
            with Kit.open(url, policy=POLICY, actor="night") as mine:
                mine.run_night(as_of=TODAY, at=NOW)

        together([*[lambda which=which: by_hand(which) for which in range(3)], by_night])

        with Kit.open(url, policy=POLICY, actor="tests") as kit:
            held = Counter(standing.handler for standing in kit.standings(as_of=TODAY) if standing.handler)
            for name in ACCOUNTS:
                holder = None
                for body in (envelope.body for envelope in kit.history(name)):
                    if isinstance(body, AccountPlaced):
                        assert holder is None, f"{name} was given to {body.placement.handler} while {holder} had it"
                        holder = body.placement.handler
                    elif isinstance(body, AccountRecalled):
                        assert holder == body.handler
                        holder = None
            assert held["team"] <= 5 and held["other"] <= 3
            kit.run_night(as_of=TODAY + timedelta(days=1), at=NOW + timedelta(days=1))
            after = Counter(standing.handler for standing in kit.standings(as_of=TODAY + timedelta(days=1)) if standing.handler)
            assert 5 == after["team"] and 0 <= after["other"] - held["other"] <= 3
