from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from collectkit import Hold, Kit, Money, Preference, Stop, TakenBack
from collectkit.allocation import AllocationPolicy, Handler
from collectkit.allocation.agency_files import AgencyFile, read_file, write_file
from collectkit.allocation.sales import Price, SaleTerms
from collectkit.facts import fold_account
from collectkit.person import Notice
from collectkit.placement import Placement
from collectkit.policy import load_policy

from .conftest import NOW, TODAY, account, consumer

NORTH = Handler("north", "North", "agency", licences=["US"], inactivity_days=20, notice_days=5)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def kit(tmp_path):
    """A book with one account at an agency and one at home."""
    policy = attrs.evolve(load_policy("us-bnpl"), allocation=AllocationPolicy([NORTH], []))
    with Kit.open(f"sqlite:///{tmp_path}/book.db", policy=policy, actor="tests") as kit:
        kit.register(consumer(), at=NOW)
        for id in ("a-1", "a-2"):
            kit.open_account(account(id), at=NOW)
        kit.place(Placement("a-1", "north", TODAY), at=NOW)
        yield kit


def sent(kit, kind, *rows, id="f-1"):
    """Let the agency write a file, and take it."""
    text = write_file(AgencyFile(kind, "north", id, 1, TODAY, rows))
    return kit.take_agency_file(read_file(text, "north"), at=LATER)


def activity(account="a-1", reference="c-1", at="2026-10-20T15:00:00+00:00"):
    return {"account": account, "at": at, "channel": "phone", "direction": "outbound", "outcome": "no_answer", "reference": reference}


def paid(id="n-1", minor=2_500, what="payment", account="a-1", on=TODAY):
    fields = {"account": account, "payment": id, "value_on": on.isoformat(), "currency": "USD"}
    return {**fields, "amount_minor": str(minor), "what": what}


class TestOut:
    def test_what_an_agency_is_given(self, kit):
        """
        The account it was given, as it stands, with what it needs to know and no name or number of anybody.
        """
        file = kit.placement_file("north", first=TODAY, last=TODAY, id="p-1", number=1)

        assert [("a-1", "20000", "49", "primary", "US-NY", "en")] == [
            tuple(row[name] for name in ("account", "past_due_minor", "days_past_due", "stage", "region", "language")) for row in file.rows
        ]
        assert "Test Consumer" not in write_file(file) and "+1212" not in write_file(file)

    def test_recalls_and_notices(self, kit):
        """
        Five days' notice of the recall for inactivity; and what was taken back must stop at once.
        """
        notice = kit.recall_file("north", on=TODAY + timedelta(days=15), id="r-1", number=1)
        kit.recall("a-1", on=TODAY + timedelta(days=16), reason="request", at=LATER)
        gone = kit.recall_file("north", on=TODAY + timedelta(days=16), id="r-2", number=2)

        assert [("2026-11-09", "inactivity", "no")] == [(row["on"], row["reason"], row["stop_at_once"]) for row in notice.rows]
        assert [("2026-11-05", "request", "yes")] == [(row["on"], row["reason"], row["stop_at_once"]) for row in gone.rows]

    def test_a_recall_that_is_dated_back_is_told_once(self, kit):
        """
        Of a file a day, one has it: that of the day on which it was recorded, for the earlier ones were sent before; and a sale that
        is done days after its cut-off is such a recall.
        """
        days = [TODAY + timedelta(days=number) for number in range(8)]
        kit.place(Placement("a-2", "north", TODAY), at=NOW)
        kit.recall("a-1", on=days[1], reason="request", at=NOW + timedelta(days=4))
        sale_at = NOW + timedelta(days=6)
        kit.sell(kit.sale_offer("s-1", SaleTerms("nova", "USD", [Price(450)], stages=[]), cut_off_on=days[2], at=sale_at), at=sale_at)
        files = [kit.recall_file("north", on=day, id=f"r-{day}", number=number).rows for number, day in enumerate(days, 1)]

        found = [(place, row["account"], row["on"], row["reason"]) for place, rows in enumerate(files) for row in rows]
        assert [(4, "a-1", days[1].isoformat(), "request"), (6, "a-2", days[3].isoformat(), "sold")] == found
        assert 2 == len(kit.recall_file("north", on=days[-1], first=days[2], id="r-week", number=9).rows)

    def test_a_file_is_made_in_one_view_of_a_page_of_the_book(self, asked, kit):
        """
        However many accounts there are, and of those that are not for the file no event is read.
        """
        kit.placement_file("north", first=TODAY, last=TODAY, id="p-1", number=1)
        asked.statements.clear()
        kit.placement_file("north", first=TODAY, last=TODAY, id="p-2", number=2)
        kit.recall_file("north", on=TODAY, id="r-1", number=1)

        assert 2 == asked.statements.count("BEGIN")
        streams = ("account/a-1", "account/a-2")
        assert list(streams) == [
            stream for text in asked.statements for stream in streams if f"stream = '{stream}'" in text or f'"{stream}"' in text
        ]


class TestIn:
    def test_an_agency_s_calls_count_as_ours(self, kit):
        """
        They stand in the person's history under the agency's name; the placement becomes active; sent again, nothing doubles.
        """
        taken = sent(kit, "activity", activity(), activity(reference="c-2", at="2026-10-20T17:00:00+00:00"))
        again = sent(kit, "activity", activity(), id="f-2")

        assert () == taken.faults == again.faults
        contacts = kit.person_standing("c-1", as_of=TODAY).facts.contacts
        assert [("north", "phone", "no_answer")] * 2 == [(one.collector, one.channel, one.outcome) for one in contacts]
        facts = fold_account(envelope.body for envelope in kit.history("a-1"))
        assert ["active"] == [step.to.value for step in facts.progress]

    def test_a_hundred_rows_are_one_commit(self, asked, kit):
        """
        However many commands they are; the book's own log of the file is another.
        """
        asked.statements.clear()
        taken = sent(kit, "payment", *(paid(f"n-{number}", 100) for number in range(30)))

        assert () == taken.faults
        assert 3_000 == kit.standing("a-1", as_of=TODAY).paid_minor
        assert 2 == asked.statements.count("COMMIT")

    def test_rows_that_were_cut_off_are_taken_again(self, kit, monkeypatch):
        """
        What ends the file in the middle takes its hundred rows with it; taken again, each is there once.
        """
        rows = [paid(f"n-{number}", 10) for number in range(150)]
        enter, seen = Kit.try_post, []

        def breaking(self, payment, *, at):
            seen.append(payment.id)
            if len(seen) == 120:
                raise OSError("the disk is gone")
            return enter(self, payment, at=at)

        monkeypatch.setattr(Kit, "try_post", breaking)
        with pytest.raises(OSError, match="gone"):
            sent(kit, "payment", *rows)
        assert 1_000 == kit.standing("a-1", as_of=TODAY).paid_minor
        assert () == sent(kit, "payment", *rows).faults
        assert 1_500 == kit.standing("a-1", as_of=TODAY).paid_minor

    def test_money_it_took_and_money_that_bounced(self, kit):
        """
        Posted as the agency's, once, and taken back.
        """
        sent(kit, "payment", paid())
        sent(kit, "payment", paid(), id="f-2")
        assert Money(2_500, "USD") == kit.standing("a-1", as_of=TODAY).money("paid")

        sent(kit, "payment", paid(what="reversal"), id="f-3")
        assert 0 == kit.standing("a-1", as_of=TODAY).paid_minor

    def test_its_mandate_is_its_accounts(self, kit):
        """
        An account that it never had, one that is not on the book, and a day after the recall: each row is refused, with why.
        """
        kit.recall("a-1", on=TODAY, reason="request", at=NOW)
        taken = sent(kit, "payment", paid(account="a-2"), paid(account="a-9"), paid(on=TODAY), paid(on=TODAY - timedelta(days=1)))

        assert [
            "the account was not with north on 2026-10-20",
            "the account is not on the book",
            "the account was not with north on 2026-10-20",
            "the account was not with north on 2026-10-19",
        ] == [fault.reason for fault in taken.faults]

    def test_work_after_a_recall_is_refused_and_logged(self, kit):
        """
        The mandate ends at once: what the agency does on that day is no contact of ours, and the log says who tried what.
        """
        sent(kit, "activity", activity())
        kit.recall("a-1", on=TODAY, reason="request", at=LATER)
        taken = sent(kit, "activity", activity(reference="c-2", at="2026-10-20T19:00:00+00:00"), id="f-2")

        assert 1 == len(taken.faults) == len(kit.person_standing("c-1", as_of=TODAY).facts.contacts)
        first, second = kit.agency_file_log("north")
        assert ((), 1) == (first.faults, first.rows)
        assert ((1, "a-1", "the account was not with north on 2026-10-20"),) == second.faults
        assert [] == kit.agency_file_log("south")

    @pytest.mark.parametrize(
        ("kind", "row", "state"),
        [
            ("acknowledgement", {"account": "a-1", "on": "2026-10-20", "answer": "refused", "reason": "too small"}, "refused"),
            ("closure", {"account": "a-1", "on": "2026-10-20", "reason": "no_asset"}, "no_asset"),
        ],
    )
    def test_it_gives_an_account_back(self, kit, kind, row, state):
        """
        At once or later; the account is nobody's then.
        """
        assert () == sent(kit, kind, row).faults
        assert [state] == [recall.reason for recall in fold_account(envelope.body for envelope in kit.history("a-1")).recalls]
        assert kit.standing("a-1", as_of=TODAY).handler is None

    def test_a_file_of_ours_is_not_taken(self, kit):
        """
        Nor one that is to be worked out again.
        """
        row = {"account": "a-1", "on": "2026-10-20", "reason": "term", "stop_at_once": "yes"}

        assert "not_for_us" in sent(kit, "recall", row).faults[0].reason


class TestInstructions:
    """What an agency must know of the people whose accounts it works: a stop reaches every holder of an account."""

    def told(self, kit, on=TODAY):
        rows = kit.instruction_file("north", on=on, id="i-1", number=1).rows
        return [{name: value for name, value in row.items() if value and name not in ("account", "person")} for row in rows]

    def test_what_they_asked_for(self, kit):
        """
        Each channel of a stop, each time and place; of an account that is at home nothing is told.
        """
        kit.register(attrs.evolve(consumer(), id="c-2"), at=NOW)
        kit.stop(Stop("c-1", ("sms", "phone"), NOW, means="oral"), at=NOW, command_id="s-1")
        kit.stop(Stop("c-2", (), NOW), at=NOW, command_id="s-2")
        hours = Preference("c-1", "inconvenient_time", NOW, days=(5, 6), starts=time(9), ends=time(12, 30))
        kit.prefer(hours, at=NOW, command_id="p-1")
        kit.prefer(Preference("c-1", "inconvenient_place", NOW, place="workplace"), at=NOW, command_id="p-2")

        at = NOW.isoformat()
        stop = {"about": "stop", "name": "opt_out", "on": TODAY.isoformat(), "at": at, "means": "oral"}
        day = {"on": TODAY.isoformat(), "at": at}
        assert [
            {**stop, "channel": "sms"},
            {**stop, "channel": "phone"},
            {"about": "inconvenient_time", **day, "days": "5 6", "starts": "09:00:00", "ends": "12:30:00"},
            {"about": "inconvenient_place", **day, "place": "workplace"},
        ] == self.told(kit)

    def test_it_is_whole_so_that_what_was_taken_back_is_gone(self, kit):
        """
        And so is a hold that was lifted.
        """
        kit.stop(Stop("c-1", (), NOW), at=NOW, command_id="s-1")
        hold = Hold("h-1", person="c-1", kind="represented", starts_on=TODAY, reason="counsel wrote", ends_on=TODAY + timedelta(days=9))
        kit.hold(hold, at=NOW)
        both = [{"stop", "opt_out"}, {"hold", "represented"}]
        assert both == [{row["about"], row["name"]} for row in self.told(kit)]
        assert TODAY + timedelta(days=9) == date.fromisoformat(self.told(kit)[1]["until"])
        assert "counsel" not in str(self.told(kit))

        kit.lift(hold, on=TODAY + timedelta(days=1), reason="over", at=LATER)
        kit.take_back(TakenBack("c-1", "opt_out", LATER, "written"), at=LATER, command_id="b-1")
        assert [] == self.told(kit, TODAY + timedelta(days=1))

    def test_a_hold_on_another_account_of_the_person_is_no_matter_of_theirs(self, kit):
        """
        A dispute is about the account that is disputed.
        """
        for account_id, expected in (("a-2", []), ("a-1", ["dispute"])):
            review_on = TODAY + timedelta(days=30)
            kit.hold(
                Hold(f"h-{account_id}", person="c-1", account=account_id, kind="dispute", starts_on=TODAY, reason="x", review_on=review_on),
                at=NOW,
            )
            assert expected == [row["name"] for row in self.told(kit)]

    def test_which_notices_were_served(self, kit):
        """
        Those about the account, with when they count from and what they state; not one that counts from a later day, nor a voided one.
        """
        served = Notice("n-1", "c-1", "default_notice_served", ("a-1",), NOW, means="mail", states=("amount", "last_day"))
        ahead = attrs.evolve(served, id="n-2", kind="first_reminder", served_at=NOW + timedelta(days=3))
        other, void = attrs.evolve(served, id="n-3", accounts=("a-2",)), attrs.evolve(served, id="n-4", kind="listing_notice")
        for notice in (served, ahead, other, void):
            kit.record_notice(notice, at=NOW)
        kit.void_notice("n-4", reason="came back", at=NOW)

        (row,) = self.told(kit)
        assert ("notice", "default_notice_served", "mail", "amount last_day") == tuple(
            row[name] for name in ("about", "name", "means", "states")
        )
        assert ["default_notice_served", "first_reminder"] == [row["name"] for row in self.told(kit, TODAY + timedelta(days=3))]

    def test_it_travels_like_any_other_file(self, kit):
        """
        Written and read again it is the same, and it is not for us to take.
        """
        kit.stop(Stop("c-1", (), NOW), at=NOW, command_id="s-1")
        file = kit.instruction_file("north", on=TODAY, id="i-1", number=1)
        taken = read_file(write_file(file), "north")
        told, read = ([{name: text for name, text in row.items() if text} for row in rows] for rows in (file.rows, taken.file.rows))
        assert told == read
        assert taken.faults == ()
        assert 1 == len(kit.take_agency_file(taken, at=LATER).faults)
