"""Which treatment an account gets: its own, that of an arm, or of a hold-out only what the law wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import pytest

from collectkit.errors import PolicyError
from collectkit.experiments import Arm, Experiment, ExperimentEntered, Unit, recomputed
from collectkit.identifiers import AccountId, PersonId
from collectkit.person import Consumer, PersonFacts
from collectkit.person_standing import PersonStanding
from collectkit.rules import parse
from collectkit.segments import STANDING_FIELDS
from collectkit.servicing.arms import Treatments, held_out
from collectkit.treatment import AfterStep, Cured, DueOffset, Step, TreatmentPolicy

from ..treatment.conftest import standing_of

ON = date(2026, 9, 20)
TEXT = Step("text", DueOffset(1), channel="sms", template="t")
NOTICE = Step("notice", DueOffset(5), channel="letter", template="n", purpose="notice")
FREEZE, THAW = Step("freeze", DueOffset(1), "freeze_purchases"), Step("thaw", Cured(), "thaw_purchases")
STANDARD = TreatmentPolicy("own", "own@1", [TEXT, NOTICE, FREEZE, THAW])
GENTLE = TreatmentPolicy("gentle", "gentle@1", [NOTICE])


def experiment(id: str = "e-1", *, unit: Unit = Unit.ACCOUNT, shares: tuple[int, ...] = (4_000, 4_000, 2_000), **given: Any) -> Experiment:
    arms = [Arm(name, share, treatment) for (name, treatment), share in zip(ARMS, shares, strict=True)]
    return Experiment(id, f"salt of {id}", arms, date(2026, 9, 1), unit=unit, **given)


ARMS = (("champion", "standard"), ("challenger", "gentle"), ("hold-out", ""))


def person(*accounts: str) -> PersonStanding:
    held = tuple(standing_of(ON, account=account) for account in accounts)
    return PersonStanding(Consumer("c-1"), PersonFacts(PersonId("c-1")), held, ON)


def entries(
    treatments: Treatments,
    who: PersonStanding,
    of_person: Sequence[ExperimentEntered] = (),
    of_accounts: Mapping[AccountId, Sequence[ExperimentEntered]] | None = None,
    on: date = ON,
) -> tuple[list[ExperimentEntered], dict[AccountId, list[ExperimentEntered]]]:
    return treatments.entries(who, who.accounts, of_person, of_accounts or {}, on)


class TestHoldOut:
    def test_it_gets_what_the_law_wants_and_the_thaw(self) -> None:
        """
        No reminder, no freeze; the version says so.
        """
        held = held_out(STANDARD)

        assert ["notice", "thaw"] == [step.name for step in held.steps]
        assert "own@1/hold-out" == held.version

    def test_a_notice_after_what_is_left_out_is_refused(self) -> None:
        """
        It would never go out, and the law wants it.
        """
        chained = TreatmentPolicy("own", "1", [TEXT, attrs.evolve(NOTICE, trigger=AfterStep("text", 3))])

        with pytest.raises(PolicyError, match="notice"):
            Treatments(chained, (experiment(),), {"gentle": GENTLE})


class TestArms:
    def test_each_arm_has_its_treatment(self) -> None:
        """
        And whoever is in none has the policy's.
        """
        treatments = Treatments(STANDARD, (experiment(),), {"gentle": GENTLE})
        versions = [treatments.of([ExperimentEntered("e-1", "a-1", arm, ON, 0)]).version for arm, _ in ARMS]

        assert ["own@1", "gentle@1", "own@1/hold-out"] == versions
        assert STANDARD is treatments.of([])
        assert STANDARD is treatments.of([ExperimentEntered("over", "a-1", "challenger", ON, 0)])

    def test_an_arm_without_its_treatment_is_refused(self) -> None:
        """
        The message names those that there are.
        """
        with pytest.raises(PolicyError, match="known are standard"):
            Treatments(STANDARD, (experiment(),), {})

    def test_two_experiments_draw_apart(self) -> None:
        """
        One salt would make the arms of the one those of the other.
        """
        twin = attrs.evolve(experiment("e-2"), salt="salt of e-1")

        with pytest.raises(PolicyError, match="share the salt"):
            Treatments(STANDARD, (experiment(), twin), {"gentle": GENTLE})


class TestEntering:
    def test_accounts_enter_one_by_one_and_people_once(self) -> None:
        """
        Two accounts of one person are two units, or one.
        """
        by_account = Treatments(STANDARD, (experiment(),), {"gentle": GENTLE})
        by_person = Treatments(STANDARD, (experiment(unit=Unit.PERSON),), {"gentle": GENTLE})

        of_person, of_accounts = entries(by_account, person("a-1", "a-2"))
        assert ([], ["a-1", "a-2"]) == (of_person, sorted(of_accounts))
        of_person, of_accounts = entries(by_person, person("a-1", "a-2"))
        assert (["c-1"], {}) == ([entry.unit for entry in of_person], of_accounts)

    def test_an_entry_can_be_computed_again_from_data_alone(self) -> None:
        """
        The experiment as data and the id of the unit give the arm and the point.
        """
        held = experiment()
        found = {}
        for number in range(200):
            _, of_accounts = entries(Treatments(STANDARD, (held,), {"gentle": GENTLE}), person(f"a-{number}"))
            (entry,) = of_accounts[AccountId(f"a-{number}")]
            assert recomputed(held, entry)
            assert not recomputed(held, attrs.evolve(entry, point=(entry.point + 1) % 10_000))
            found[entry.arm] = found.get(entry.arm, 0) + 1

        assert {"champion", "challenger", "hold-out"} == set(found)

    def test_who_is_in_stays_and_enters_nothing_else(self) -> None:
        """
        Neither a change of shares nor a second experiment moves them.
        """
        entry = ExperimentEntered("e-1", "a-1", "hold-out", ON, 1)
        moved = experiment(shares=(10_000, 0, 0))
        treatments = Treatments(STANDARD, (moved, experiment("e-2")), {"gentle": GENTLE})

        assert ([], {}) == entries(treatments, person("a-1"), (), {AccountId("a-1"): [entry]})
        assert "own@1/hold-out" == treatments.of([entry]).version

    @pytest.mark.parametrize(
        ("given", "on", "enters"),
        [
            ({}, ON, True),
            ({}, date(2026, 8, 31), False),
            ({"ends_on": date(2026, 9, 19)}, ON, False),
            ({"eligible": parse("days_past_due >= 5", STANDING_FIELDS)}, ON, True),
            ({"eligible": parse("days_past_due >= 6", STANDING_FIELDS)}, ON, False),
        ],
    )
    def test_who_is_not_eligible_on_the_day_does_not_enter(self, given: dict[str, object], on: date, enters: bool) -> None:
        """
        Too early, too late, or not meant.
        """
        _, of_accounts = entries(Treatments(STANDARD, (experiment(**given),), {"gentle": GENTLE}), person("a-1"), on=on)

        assert enters is bool(of_accounts)
