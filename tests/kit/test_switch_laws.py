"""What a kill switch covers, and what lifting it lets go, whatever it narrows: on every store."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectkit import Account, Consumer, Email, KillSwitch, Kit, Money, Phone, plans
from collectkit.actions import ActionKind, Proposal
from collectkit.person import Place
from collectkit.policy import load_policy
from collectkit.policy.model import LawPolicy
from collectkit.servicing.dispatch import plan

from .conftest import NOW, TODAY
from .drivers import CHANNELS, Gateway

CAP = Path(__file__).parents[1] / "crash" / "cap.toml"
REGIONS = ("GB-ENG", "GB-SCT")
HANDLERS = ("h-1", "h-2")
TEMPLATES = ("reminder-late", "final-notice")
CONTACTS = list(product(REGIONS, ("sms", "email"), HANDLERS, TEMPLATES))
MINUTE = timedelta(minutes=1)


def widened(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *values])


def switches() -> st.SearchStrategy[KillSwitch]:
    """Kill switches that narrow by nothing up to everything; one country holds both regions."""
    return st.builds(
        KillSwitch,
        st.just("k-1"),
        st.just("a drill"),
        jurisdiction=widened(("GB", *REGIONS)),
        channel=widened(("sms", "email")),
        handler=widened(HANDLERS),
        template=widened(TEMPLATES),
    )


def covers(switch: KillSwitch, contact: tuple[str, str, str, str]) -> bool:
    """Say it again, in other words than the library's."""
    region, channel, handler, template = contact
    wanted = [(switch.channel, channel), (switch.handler, handler), (switch.template, template)]
    return region.startswith(switch.jurisdiction) and all(want in ("", is_) for want, is_ in wanted)


def furnished(url: str, driver: Gateway) -> Kit:
    """A book with one contact of each kind, each with somebody of their own."""
    policy = attrs.evolve(load_policy("us-bnpl"), law=LawPolicy(packs=(str(CAP),)))
    kit = Kit.open(url, policy=policy, actor="tests", drivers=dict.fromkeys(CHANNELS, driver))  # type: ignore[arg-type]
    rows = []
    for number, (region, channel, handler, template) in enumerate(CONTACTS):
        points = [
            Phone(f"+4420794601{number:02}", source="test", consents=["sms"]),
            Email(f"c{number}@example.com", source="test", consents=["email"]),
        ]
        kit.register(Consumer(f"c-{number}", name="Test", region=region, contacts=points, places=[Place("Europe/London")]), at=NOW)
        owed = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=TODAY - timedelta(days=40))
        kit.open_account(Account(f"a-{number}", f"c-{number}", owed), at=NOW)
        proposal = Proposal(f"m-{number}", ActionKind.CONTACT, f"c-{number}", (f"a-{number}",), channel, template=template, handler=handler)
        rows.append(plan(proposal, at=NOW, not_before=NOW, not_after=NOW + timedelta(days=2)))
    with kit.store.unit("default") as unit:
        unit.save_dispatches(rows)
    return kit


def exactly_what_it_covers_waits(url: str, switch: KillSwitch) -> None:
    """Pull a switch, let the rest go on, lift it, and see what waited leave."""
    driver = Gateway()
    with furnished(url, driver) as kit:
        kit.stop_hand_overs(switch, at=NOW)
        kit.dispatch(at=NOW, worker="w")
        kit.dispatch(at=NOW + 30 * MINUTE, worker="w")
        held = {f"m-{number}" for number, contact in enumerate(CONTACTS) if covers(switch, contact)}
        assert {f"m-{number}" for number in range(len(CONTACTS))} - held == {parcel.id for parcel in driver.parcels}

        lifted = NOW + 60 * MINUTE
        kit.resume_hand_overs("k-1", at=lifted, reason="over")
        counts = []
        for minutes in range(0, 70, 10):
            before = len(driver.parcels)
            kit.dispatch(at=lifted + minutes * MINUTE, worker="w")
            counts.append(len(driver.parcels) - before)

        assert len(CONTACTS) == len(driver.parcels) == len({parcel.id for parcel in driver.parcels})
        assert counts[0] <= 1 + len(held) // 4
        assert max(counts) <= 2 + len(held) // 2


class TestLaws:
    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
    @given(switch=switches())
    def test_exactly_what_it_covers_waits_and_leaves_once_without_a_burst(self, switch: KillSwitch) -> None:
        """
        While it is on, the rest goes on; after it was lifted what waited leaves spread over the hour, each contact once.
        """
        exactly_what_it_covers_waits("memory://", switch)

    @pytest.mark.parametrize("kind", ["sqlite", "postgres"])
    @pytest.mark.parametrize("narrowed", [{"jurisdiction": "GB-SCT", "channel": "sms"}, {"handler": "h-1", "template": "reminder-late"}])
    def test_on_every_store(self, kind: str, narrowed: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """
        A file and a server keep the same law.
        """
        url = f"sqlite:///{tmp_path}/book.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")

        exactly_what_it_covers_waits(url, KillSwitch("k-1", "a drill", **narrowed))
