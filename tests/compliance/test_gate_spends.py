"""What contacts that took place use up of each budget, and who shares one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Proposal, Spend
from collectkit.compliance import RuleBook, contact_proposal, contact_spends, review, shared_spends, shipped_pack
from collectkit.person import Consent, Contact, Email, Phone

from .people import AT, PHONE, book, host_book, person, proposal

FEDERAL = RuleBook([shipped_pack("library"), shipped_pack("us-federal")])
DAY = date(2026, 10, 20)
CALL = Contact("c-1", AT, "phone", "phone-1", ("a-1",), "no_answer", collector="agency-1")


class TestProposals:
    @pytest.mark.parametrize(
        ("contact", "expected"),
        [
            (CALL, Proposal("noted", ActionKind.CONTACT, "c-1", ("a-1",), "phone", handler="agency-1", party="third_party")),
            (
                Contact("c-1", AT, "sms", "phone-1", ("a-1", "a-2"), "delivered", purpose="notice", message="m-7"),
                Proposal("m-7", ActionKind.CONTACT, "c-1", ("a-1", "a-2"), "sms", "notice", party="third_party"),
            ),
        ],
        ids=["noted by an agency", "a message of the host's own"],
    )
    def test_a_contact_that_took_place_is_asked_about_as_an_act(self, contact: Contact, expected: Proposal) -> None:
        """
        With whom, about what, by what means, to what end and by whom; a contact that was only noted has no id of its own.
        """
        assert expected == contact_proposal(contact, party="third_party")


class TestSpends:
    def test_a_call_spends_what_the_gate_would_have_spent(self) -> None:
        """
        The budget of its account and collector, on the day it was made at the person's place.
        """
        (spend,) = contact_spends(CALL, person(), FEDERAL, party="third_party")
        assert ("us.regf.14b.7in7", 7, 7, DAY) == (spend.rule, spend.cap, spend.days, spend.day)
        assert spend.subject.startswith("person/c-1/account/a-1")
        late = attrs.evolve(CALL, at=datetime(2026, 10, 21, 3, 0, tzinfo=UTC))  # 23:00 the evening before in New York
        assert DAY == contact_spends(late, person(), FEDERAL, party="third_party")[0].day

    def test_each_account_has_its_own(self) -> None:
        """
        A call about two of them spends two.
        """
        spends = contact_spends(attrs.evolve(CALL, accounts=("a-1", "a-2")), person(), FEDERAL, party="third_party")
        assert ["a-1", "a-2"] == sorted(spend.subject.split("/")[3] for spend in spends)

    @pytest.mark.parametrize(
        ("contact", "party"),
        [
            (attrs.evolve(CALL, direction="inbound"), "third_party"),
            (attrs.evolve(CALL, channel="letter", point=""), "third_party"),
        ],
        ids=["inbound", "letter"],
    )
    def test_what_uses_nothing(self, contact: Contact, party: str) -> None:
        """
        Their own call, a channel without a cap.
        """
        assert () == contact_spends(contact, person(), FEDERAL, party=party)

    def test_a_call_about_no_account_that_is_known_spends_one_of_the_person(self) -> None:
        """
        It may have been about any of them, so it is not free.
        """
        (spend,) = contact_spends(attrs.evolve(CALL, accounts=()), person(), FEDERAL, party="third_party")
        assert ("us.regf.14b.7in7", "person/c-1/by/agency-1") == (spend.rule, spend.subject)

    def test_ids_with_slashes_share_no_budget(self) -> None:
        """
        Wherever the words of a budget stand in an id, it is of one person, one account and one collector.
        """
        parts = ("p", "p/account", "p/account/d", "p/by/c", "account", "d", "d/by", "d/by/c", "c", "by/c", "account/d", "d/account/c", "")
        asked = {(one, two, three) for one in parts if one for two in parts for three in parts}
        contacts = {
            key: attrs.evolve(CALL, person=key[0], accounts=(key[1],) if key[1] else (), collector=key[2], point="") for key in asked
        }
        spends = {
            key: contact_spends(
                contact, attrs.evolve(person(), consumer=attrs.evolve(person().consumer, id=key[0])), FEDERAL, party="third_party"
            )
            for key, contact in contacts.items()
        }

        assert len(asked) == len({spend.subject for found in spends.values() for spend in found})

    def test_the_party_and_the_region_decide_the_rules(self) -> None:
        """
        By default it was the creditor, who is under other rules; elsewhere other ones hold.
        """
        first = contact_spends(CALL, person(), FEDERAL)
        assert first == contact_spends(CALL, person(), FEDERAL, party="first_party")
        assert first != contact_spends(CALL, person(), FEDERAL, party="third_party")
        nowhere = person(region="FR", points=(Phone("+33123456789", source="x"),))
        assert all(isinstance(spend, Spend) for spend in contact_spends(CALL, nowhere, FEDERAL, party="third_party"))

    @pytest.mark.parametrize(
        ("region", "point", "rules"),
        [
            ("US-MA", "phone-1", ["us.ma.7_04_f.personal"]),
            ("US-MA", "phone-2", ["us.ma.7_04_f.other"]),
            ("US-MA", "", ["us.ma.7_04_f.personal", "us.ma.7_04_f.other"]),
            ("US-DC", "phone-1", ["us.dc.calls4"]),
            ("US-NY", "phone-1", []),
        ],
    )
    def test_a_creditors_own_call_uses_what_its_state_and_place_say(self, region: str, point: str, rules: list[str]) -> None:
        """
        Of two calls a week to a personal number in Massachusetts, or two to a workplace; of both where the number is not known.
        """
        known = person(region=region, points=(PHONE, Phone("+12125550199", source="consumer", work=True)))
        ours = attrs.evolve(CALL, collector="", point=point)
        assert rules == [spend.rule for spend in contact_spends(ours, known, book())]

    def test_a_city_that_may_be_theirs_counts(self) -> None:
        """
        Who lives in New York may live in its city, where three contacts a week are the most; who lives in Hawaii does not.
        """
        rules = {
            region: [spend.rule for spend in contact_spends(CALL, person(region=region), book(), party="third_party")]
            for region in ("US-NY", "US-HI")
        }
        assert {"US-NY": ["us.regf.14b.7in7", "us.ny.nyc.5_77.frequency"], "US-HI": ["us.regf.14b.7in7"]} == rules

    def test_the_day_is_that_of_the_persons_place(self) -> None:
        """
        Seven in the evening in Honolulu, when it is one in the morning by the clock of the federal pack.
        """
        known = person(region="US-HI", points=(Phone("+18085550123", source="x"),))
        late = attrs.evolve(CALL, at=datetime(2026, 10, 21, 5, 0, tzinfo=UTC))
        assert [DAY] == [spend.day for spend in contact_spends(late, known, FEDERAL, party="third_party")]

    def test_the_day_of_who_is_nowhere_is_that_of_the_pack(self) -> None:
        """
        No place is known in a land of a host's own pack, whose clock is that of Tokyo; a cap on letters is not one on mail.
        """
        known = person(region="ZZ", points=(Email("x@example.com", source="x"),))
        evening = Contact("c-1", datetime(2026, 10, 20, 18, 0, tzinfo=UTC), "email", "email-1", ("a-1",), "delivered")
        spends = contact_spends(evening, known, host_book())
        assert (Spend("person/c-1", "host.email", 3, 7, date(2026, 10, 21)),) == spends

    @given(
        region=st.sampled_from(["US-NY", "US-MA", "US-WA", "US-DC", "US-OR", "CA-AB", "SA", "US", ""]),
        party=st.sampled_from(["first_party", "third_party", "debt_buyer"]),
        channel=st.sampled_from(["phone", "sms", "email", "letter"]),
        purpose=st.sampled_from(["reminder", "notice"]),
        work=st.booleans(),
        hour=st.integers(12, 23),
    )
    def test_what_took_place_spends_what_was_allowed(
        self, region: str, party: str, channel: str, purpose: str, work: bool, hour: int
    ) -> None:
        """
        Whether it was reserved first or only noted down: a contact uses up what its verdict said that it would.
        """
        agreed = (Consent("c-1", "phone-1", "sms", AT - timedelta(days=300), "portal"),)
        known = person(region=region, points=(attrs.evolve(PHONE, work=work), Email("c1@example.com", source="checkout")), consents=agreed)
        act = proposal(channel, party=party, purpose=purpose)
        verdict = review(act, known, book(), AT.replace(hour=hour))
        if verdict.permissible:
            collector = "" if act.handler is None else str(act.handler)
            took_place = Contact("c-1", verdict.at, channel, verdict.point, ("a-1",), purpose=purpose, collector=collector)
            assert verdict.budgets == contact_spends(took_place, known, book(), party=party)


WHOLE = Spend("person/c-1", "au.rg96.week3", 3, 1, date(2026, 10, 19))
OF_ONE = Spend("person/c-1/account/a-1", "us.regf.14b.7in7", 7, 7, DAY)
OF_ANOTHER = Spend("person/c-12", "au.rg96.week3", 3, 1, date(2026, 10, 19))


class TestSharing:
    def test_who_is_reached_at_one_number_has_one_budget(self) -> None:
        """
        What is capped for the person is capped for the number too, by the same rule in the same window.
        """
        assert (WHOLE, OF_ONE, attrs.evolve(WHOLE, subject="point/p")) == shared_spends([WHOLE, OF_ONE], "c-1", "p")

    @pytest.mark.parametrize("spends", [[], [OF_ONE], [OF_ANOTHER]], ids=["nothing", "one account", "somebody else"])
    def test_what_is_shared_by_nobody(self, spends: list[Spend]) -> None:
        """
        A cap of one account stays that account's; a person whose id begins alike is somebody else.
        """
        assert tuple(spends) == shared_spends(spends, "c-1", "p")

    def test_a_point_that_is_not_known_shares_nothing(self) -> None:
        """
        There is no number under which another record could be found.
        """
        assert (WHOLE, OF_ONE) == shared_spends([WHOLE, OF_ONE], "c-1", "")
