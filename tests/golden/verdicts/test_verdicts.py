"""Verdicts that a release stored are given again by every later one, under the packs of that release, which are kept beside them."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from tests.golden.histories.replaying import load

from collectkit import Account, Consumer, Email, Kit, Phone, plans
from collectkit._kit.parts import assemble
from collectkit.actions import ActJudged, ActRefused, Judged
from collectkit.calendars.dates import tzdata_version
from collectkit.compliance import RuleBook, recheck
from collectkit.money import Money
from collectkit.person import Contact, Stop, fold_person
from collectkit.policy import load_packs
from collectkit.storage.verifier import verify_lines

FOLDER = Path(__file__).parent
RELEASES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
NOW = "26.1"


def book(release: str) -> RuleBook:
    """Return the rule book that the verdicts of a release were given under."""
    packs = {pack.name: pack for pack in load_packs(FOLDER / f"packs-{release}")}
    return RuleBook(tuple(packs[name] for name in ("library", "courtesy", "us-ma", "us-ny")))


def lived() -> Kit:
    """Return two people's autumn: reminders by several channels, calls of an agency, a stop, and what the law refused meanwhile."""
    kit = Kit(attrs.evolve(assemble("memory://", "us-bnpl"), rules=book(NOW)), actor="golden")
    begun = datetime(2026, 9, 1, 14, 0, tzinfo=UTC)
    for number, region in enumerate(("US-NY", "US-MA"), 1):
        points = [
            Phone(f"+1212555012{number}", source="checkout", consents=["sms"]),
            Email(f"c{number}@example.com", source="checkout", work=number == 2),
        ]
        kit.register(Consumer(f"c-{number}", region=region, contacts=points), at=begun)
        plan = plans.pay_in_4(Money.of("200.00", "USD"), bought_on=date(2026, 9, 1))
        kit.open_account(Account(f"a-{number}", consumer=f"c-{number}", plan=plan), at=begun)
    for day in range(1, 76):
        at = begun + timedelta(days=day, hours=day % 9)
        kit.run_night(as_of=at.date(), at=at)
        kit.dispatch(at=at, worker="w")
        if day % 6 == 0:
            call = Contact("c-2", at, "phone", "phone-1", ("a-2",), "voicemail", collector="agency-1")
            kit.record_contact(call, at=at, command_id=f"call-{day}")
        if day == 40:
            kit.stop(Stop("c-1", ("sms",), at), at=at, command_id="stop-1")
        if day == 60:
            kit.stop(Stop("c-2", (), at), at=at, command_id="stop-2")
    return kit


def stored(release: str, kit: Kit) -> list[tuple[Judged, tuple[Contact, ...]]]:
    """Return each stored verdict with the contacts that were known then."""
    lines = (FOLDER / f"{release}.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(then == now for then, now in load(kit.store, kit.tenant, lines))
    found = []
    with kit.store.view(kit.tenant) as unit:
        for stream in unit.streams("person/"):
            bodies = unit.bodies(stream)
            for body in bodies:
                if isinstance(body, ActJudged | ActRefused) and body.judged is not None:
                    person = fold_person(body.judged.proposal.person, bodies[: body.judged.read])
                    found.append((body.judged, person.contacts))
    return found


def test_there_are_verdicts() -> None:
    """
    An empty folder would prove nothing. COLLECTKIT_WRITE_GOLDEN=1 writes those of a release that has none yet.
    """
    file = FOLDER / f"{NOW}.jsonl"
    if os.environ.get("COLLECTKIT_WRITE_GOLDEN") and not file.exists():
        lived().export_events(file)

    assert NOW in RELEASES or file.exists()


@pytest.mark.parametrize("release", RELEASES)
class TestVerdicts:
    def test_each_is_given_again(self, release: str) -> None:
        """
        100 %: whatever was allowed or refused, on the facts of then.
        """
        law = book(release)
        with Kit.open("memory://", policy="us-bnpl", actor="golden") as kit:
            verdicts = stored(release, kit)
        # Names of the time zone data change with each release of them; the hours of these places and days do not.
        again = [recheck(attrs.evolve(judged, tzdata=tzdata_version()), contacts, law) for judged, contacts in verdicts]

        assert {"allow", "deny"} <= {one.judged.outcome for one in again}
        assert len(again) > 20
        assert [] == [(one.judged.proposal.id, one.differs) for one in again if not one.holds]

    def test_the_record_verifies(self, release: str) -> None:
        """
        Nothing of it was changed since.
        """
        assert [] == verify_lines((FOLDER / f"{release}.jsonl").read_text(encoding="utf-8").splitlines()).faults

    def test_it_names_nobody(self, release: str) -> None:
        """
        What a verdict rested on is told without a number, an address or a name.
        """
        text = (FOLDER / f"{release}.jsonl").read_text(encoding="utf-8")

        assert all(word not in text for word in ("+1212", "example.com"))
        assert json.loads(text.splitlines()[0])["version"] == 1
