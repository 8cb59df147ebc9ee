from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kit.conftest import NOW, TODAY, account

from collectkit import Consumer, Contact, Email, Hold, HoldKind, Kit, Money, Payment, Phone, Preference, Stop
from collectkit.errors import RefusedError, UnknownIdError
from collectkit.person import PersonsMerged
from collectkit.refusals import Refusal
from collectkit.servicing.dispatch import DispatchState
from collectkit.servicing.erasing import Retention
from collectkit.servicing.merging import AlreadyMerged, MergeReason

SHARED = "+12125550123"


def person(id: str, *points: Phone | Email, name: str = "Test Consumer") -> Consumer:
    return Consumer(id, name=name, region="US-NY", contacts=points)


def two(kit: Kit) -> None:
    """Two records of one human being with one account each; both agreed to texts on one number, one of them to e-mail."""
    kit.register(person("c-1", Phone(SHARED, source="x", consents=["sms"]), Email("a@example.com", source="x", consents=["email"])), at=NOW)
    kit.register(person("c-2", Phone(SHARED, source="x", consents=["sms"]), Email("b@example.com", source="x")), at=NOW)
    kit.open_account(account("a-1", "c-1"), at=NOW)
    kit.open_account(account("a-2", "c-2"), at=NOW)


def call(kit: Kit, id: str, number: int, about: str) -> None:
    at = NOW + timedelta(minutes=number)
    kit.record_contact(Contact(id, at, "phone", "phone-1", (about,), "no_answer"), at=at, command_id=f"call-{id}-{number}")


@pytest.fixture
def merged(kit: Kit) -> Kit:
    two(kit)
    kit.merge("c-2", "c-1", reason="same number", at=NOW)
    return kit


class TestMerging:
    def test_accounts_are_seen_together_and_balances_stay_apart(self, merged: Kit) -> None:
        """
        Under the record that goes on; each account keeps its own history.
        """
        standing = merged.person_standing("c-1", as_of=TODAY)
        assert ["a-1", "a-2"] == [s.account for s in standing.accounts]
        assert {"c-1"} == {s.person for s in standing.accounts}
        merged.post(Payment("p-1", account="a-2", amount=Money(5000, "USD"), value_on=TODAY), at=NOW)
        assert (0, 5000) == tuple(merged.standing(id, as_of=TODAY).paid_minor for id in ("a-1", "a-2"))
        assert "c-1" == merged.standing("a-2", as_of=TODAY).person
        assert merged.rebuild_standings(as_of=TODAY, write=False).sound

    def test_restrictions_unite(self, kit: Kit) -> None:
        """
        What either of them asked for holds for both, whether said before or after, under whichever id.
        """
        two(kit)
        kit.stop(Stop("c-2", ("sms",), NOW), at=NOW, command_id="stop-1")
        fraud = Hold("h-1", person="c-2", kind=HoldKind.FRAUD, starts_on=TODAY, reason="reported", review_on=date(2026, 12, 1))
        kit.hold(fraud, at=NOW)
        outcome = kit.merge("c-2", "c-1", reason="same number", at=NOW)
        kit.prefer(Preference("c-2", "refused_medium", NOW, channel="phone"), at=NOW, command_id="pref-1")

        assert isinstance(outcome, PersonsMerged)
        assert "hold" in outcome.review
        standing = kit.person_standing("c-1", as_of=TODAY)
        assert [("sms",)] == [stop.channels for stop in standing.facts.stops]
        assert ["phone"] == [preference.channel for preference in standing.facts.preferences]
        assert ("fraud",) == standing.holds

    def test_consents_intersect(self, merged: Kit) -> None:
        """
        What only one of them agreed to is agreed to no longer; what is given later stands.
        """
        facts = merged.person_standing("c-1", as_of=TODAY).facts
        assert [("sms", "phone-1")] == [(consent.channel, consent.point) for consent in facts.consents]
        from collectkit import Consent

        merged.consent(Consent("c-1", "email-1", "email", NOW + timedelta(hours=1), "portal"), at=NOW, command_id="consent-1")
        facts = merged.person_standing("c-1", as_of=TODAY).facts
        assert {"sms", "email"} == {consent.channel for consent in facts.consents}

    def test_what_was_lost_is_for_review(self, kit: Kit) -> None:
        """
        Somebody may ask the person again.
        """
        two(kit)
        outcome = kit.merge("c-2", "c-1", reason="same number", at=NOW)
        assert isinstance(outcome, PersonsMerged)
        assert ("consent",) == outcome.review

    def test_histories_unite_and_budgets_add(self, kit: Kit) -> None:
        """
        Contacts with either count for both: merging is never a way to send more.
        """
        two(kit)
        for number in range(4):
            call(kit, "c-1", number, "a-1")
            call(kit, "c-2", number, "a-2")
        kit.merge("c-2", "c-1", reason="same number", at=NOW)
        assert 8 == len(kit.person_standing("c-1", as_of=TODAY).facts.contacts)
        call(kit, "c-2", 9, "a-2")
        assert 9 == len(kit.person_standing("c-1", as_of=TODAY).facts.contacts)

    def test_a_night_works_one_person(self, merged: Kit) -> None:
        """
        All messages go to the record that goes on, and what was planned for the other is withdrawn.
        """
        merged.run_night(as_of=TODAY, at=NOW)
        planned = {dispatch.proposal.person for id in ("a-1", "a-2") for dispatch in merged.contacts(id)}
        assert {"c-1"} == planned

    def test_what_was_planned_for_the_other_is_withdrawn(self, kit: Kit) -> None:
        """
        The next night plans for both accounts together.
        """
        two(kit)
        kit.run_night(as_of=TODAY, at=NOW)
        before = [dispatch for dispatch in kit.contacts("a-2") if dispatch.state is DispatchState.PLANNED]
        assert before
        kit.merge("c-2", "c-1", reason="same number", at=NOW)
        assert {DispatchState.NOT_SENT} == {d.state for d in kit.contacts("a-2") if d.id in {one.id for one in before}}

    def test_twice_is_once(self, merged: Kit) -> None:
        """
        Nothing is recorded the second time.
        """
        with merged.receipts() as kept:
            assert AlreadyMerged("c-2", "c-1") == merged.try_merge("c-2", "c-1", reason="again", at=NOW)
        assert [] == kept


class TestRefusals:
    def reason(self, outcome: object) -> MergeReason:
        assert isinstance(outcome, Refusal), outcome
        found = outcome.reason
        assert isinstance(found, MergeReason)
        return found

    def test_with_itself_in_a_cycle_or_twice(self, merged: Kit) -> None:
        """
        Each says why, and what would do.
        """
        merged.register(person("c-3"), at=NOW)
        merge = merged.try_merge
        assert MergeReason.SAME_PERSON is self.reason(merge("c-1", "c-1", reason="x", at=NOW))
        assert MergeReason.INTO_MERGED is self.reason(merge("c-1", "c-2", reason="x", at=NOW))
        assert MergeReason.ALREADY_MERGED is self.reason(merge("c-2", "c-3", reason="x", at=NOW))
        assert MergeReason.HAS_MEMBERS is self.reason(merge("c-1", "c-3", reason="x", at=NOW))
        with pytest.raises(RefusedError, match="merge into 'c-1'"):
            merged.merge("c-3", "c-2", reason="x", at=NOW)

    def test_across_tenants_there_is_nobody(self, kit: Kit) -> None:
        """
        Another tenant's person is unknown here.
        """
        two(kit)
        other = Kit(kit.parts, actor="tests", tenant="other")
        other.register(person("c-9"), at=NOW)
        with pytest.raises(UnknownIdError):
            kit.merge("c-9", "c-1", reason="x", at=NOW)

    def test_an_erased_person_does_not_come_back(self, kit: Kit) -> None:
        """
        Through another record, in either direction.
        """
        two(kit)
        kit.close("a-2", on=TODAY, reason="cancelled", at=NOW)
        kit.erase("c-2", at=NOW, retention=Retention(days=-1))
        assert MergeReason.ERASED is self.reason(kit.try_merge("c-2", "c-1", reason="x", at=NOW))
        assert MergeReason.ERASED is self.reason(kit.try_merge("c-1", "c-2", reason="x", at=NOW))

    def test_what_is_not_merged_is_not_parted(self, kit: Kit) -> None:
        """
        Nothing is recorded.
        """
        two(kit)
        with pytest.raises(RefusedError, match="is not merged into"):
            kit.unmerge("c-2", "c-1", reason="x", at=NOW)


class TestParting:
    def test_accounts_go_back_and_contacts_count_on_both(self, kit: Kit) -> None:
        """
        What was said and sent while they were one stands for both.
        """
        two(kit)
        before = {id: kit.standing(id, as_of=TODAY) for id in ("a-1", "a-2")}
        kit.merge("c-2", "c-1", reason="same number", at=NOW)
        call(kit, "c-1", 1, "a-1")
        kit.stop(Stop("c-1", ("email",), NOW), at=NOW, command_id="stop-1")
        kit.unmerge("c-2", "c-1", reason="twins", at=NOW)

        assert before == {id: kit.standing(id, as_of=TODAY) for id in ("a-1", "a-2")}
        for id in ("c-1", "c-2"):
            facts = kit.person_standing(id, as_of=TODAY).facts
            assert (1, [("email",)]) == (len(facts.contacts), [stop.channels for stop in facts.stops]), id
        assert ["a-2"] == [s.account for s in kit.person_standing("c-2", as_of=TODAY).accounts]
        assert {"sms"} == {consent.channel for consent in kit.person_standing("c-2", as_of=TODAY).facts.consents}
        assert {"sms"} == {consent.channel for consent in kit.person_standing("c-1", as_of=TODAY).facts.consents}
        assert kit.verify().sound
        kit.merge("c-2", "c-1", reason="not twins", at=NOW)

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=st.lists(st.sampled_from(["merge", "unmerge", "call-1", "call-2", "pay-1", "pay-2"]), max_size=14))
    def test_no_sequence_frees_a_contact_or_moves_money(self, steps: list[str]) -> None:
        """
        Merged or not, a person's history never becomes shorter, and each account holds what was paid on it.
        """
        kit = Kit.open("memory://", actor="tests")
        two(kit)
        paid, least = {"1": 0, "2": 0}, {"1": 0, "2": 0}
        for number, step in enumerate(steps):
            kind, _, which = step.partition("-")
            if kind == "merge":
                kit.try_merge("c-2", "c-1", reason="x", at=NOW)
            elif kind == "unmerge":
                kit.try_unmerge("c-2", "c-1", reason="x", at=NOW)
            elif kind == "call":
                call(kit, f"c-{which}", number, f"a-{which}")
                least[which] += 1
            else:
                paid[which] += 100
                kit.post(Payment(f"p-{number}", account=f"a-{which}", amount=Money(100, "USD"), value_on=TODAY), at=NOW)
            for id in ("1", "2"):
                assert paid[id] == kit.standing(f"a-{id}", as_of=TODAY).paid_minor
                assert least[id] <= len(kit.person_standing(f"c-{id}", as_of=TODAY).facts.contacts)


class TestSearching:
    @pytest.mark.parametrize(
        ("query", "field"),
        [("c-7", "id"), ("mueller", None), ("müller", "name"), ("MULLER zoe", "name"), ("mul", "name"), ("555-0199", "phone"),
         ("+1 212 555 0199", "phone"), ("ZOE@example.com", "email"), ("a-7", "account"),
         ("nobody", None), ("", None), ("  ", None), ("12", None)],
    )  # fmt: skip
    def test_accents_cases_and_ways_of_writing_do_not_matter(self, kit: Kit, query: str, field: str | None) -> None:
        """
        And what is found is an id and what matched.
        """
        point = (Phone("+12125550199", source="x"), Email("zoe@example.com", source="x"))
        kit.register(person("c-7", *point, name="Zoë Müller"), at=NOW)
        kit.register(person("c-8", name="Łukasz O’Brien"), at=NOW)
        kit.open_account(account("a-7", "c-7"), at=NOW)
        found = kit.search(query)
        assert ([] if field is None else [("c-7", field)]) == [(one.person, one.field) for one in found]

    def test_letters_that_are_not_taken_apart_are_folded_too(self, kit: Kit) -> None:
        """
        Whole names before parts of one.
        """
        kit.register(person("c-8", name="Łukasz O’Brien"), at=NOW)
        kit.register(person("c-9", name="Lukas Obrienski"), at=NOW)
        assert ["c-8", "c-9"] == [one.person for one in kit.search("lukas obrien")]
        assert ["c-8"] == [one.person for one in kit.search("lukasz o'brien")]

    def test_who_is_related_is_not_found(self, kit: Kit) -> None:
        """
        Nobody looks up themselves.
        """
        from collectkit.principals import Principal

        kit.register(person("c-7"), at=NOW)
        assert [] == kit.acting(Principal("ann", related=["c-7"])).search("test consumer")
        assert 1 == len(kit.acting(Principal("ann")).search("test consumer", limit=1))
