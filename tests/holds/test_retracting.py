"""What happened before a hold became known, and must be undone."""

from __future__ import annotations

from datetime import date

from hypothesis import given

from collectkit.court import AccountReferred, CourtEvent, CourtFact, CourtStepTaken, Referral
from collectkit.holds import EFFECTS, Effect, Hold, HoldLifted, Undo, retractions
from collectkit.ledger import Charge, Chargeback, Entry, Payment, Reversal, Waiver
from collectkit.ledger import Undo as Taken
from collectkit.money import Money
from collectkit.placement import AccountRecalled, Placement
from collectkit.testing.strategies import days, histories, holds

KNOWN = date(2026, 5, 10)


def hold(kind: str = "deceased", starts_on: date = date(2026, 3, 1)) -> Hold:
    return Hold("h-1", kind, person="c-1", account="a-1", starts_on=starts_on, review_on=date(2026, 9, 1), reason="a letter")


def usd(text: str) -> Money:
    return Money.of(text, "USD")


class TestRetractions:
    def test_a_death_in_march_that_we_hear_of_in_may(self) -> None:
        """
        The fee of April is given up but for what was waived already, the payment is looked at, the agency gives the account back.
        """
        entries = [
            Charge("f-1", "a-1", "fee", usd("8.00"), date(2026, 2, 20), date(2026, 3, 1)),
            Charge("f-2", "a-1", "fee", usd("8.00"), date(2026, 4, 2), date(2026, 4, 9)),
            Waiver("w-1", "a-1", "f-2", usd("3.00"), date(2026, 4, 20), "goodwill"),
            Payment("p-1", "a-1", usd("20.00"), date(2026, 2, 28)),
            Payment("p-2", "a-1", usd("20.00"), date(2026, 4, 15)),
        ]
        moves = [Placement("a-1", "agency-1", date(2026, 4, 1))]
        found = retractions(hold(), entries, moves, known_on=KNOWN, reported_on=[date(2026, 2, 28), date(2026, 4, 30)])

        assert [
            (Undo.RECALL, "agency-1", 0),
            (Undo.WAIVE, "f-2", 500),
            (Undo.REVIEW_PAYMENT, "p-2", 2_000),
            (Undo.CORRECT_REPORT, "bureau", 0),
        ] == [(one.undo, one.subject, one.minor) for one in found]
        assert "waive f-2 of 2026-04-02: stopped by the hold deceased" == str(found[1])

    def test_an_account_that_was_taken_back_is_not_recalled_again(self) -> None:
        """
        Only who holds it now gives it back.
        """
        moves = [Placement("a-1", "agency-1", date(2026, 4, 1)), AccountRecalled("a-1", "agency-1", date(2026, 4, 20), "term")]

        assert () == retractions(hold(), [], moves, known_on=KNOWN)

    def test_a_dispute_leaves_payments_and_an_older_placement_alone(self) -> None:
        """
        It stops new placements; it does not call old ones back.
        """
        entries = [Payment("p-1", "a-1", usd("20.00"), date(2026, 4, 15))]
        old, new = (Placement("a-1", "agency-1", day) for day in (date(2026, 2, 1), date(2026, 4, 1)))

        assert () == retractions(hold("dispute"), entries, [old], known_on=KNOWN)
        assert [Undo.RECALL] == [one.undo for one in retractions(hold("dispute"), entries, [new], known_on=KNOWN)]

    def test_a_suit_that_was_brought_meanwhile_is_withdrawn(self) -> None:
        """
        Each of our own steps since then, while the suit is not over; what the court did is the court's.
        """
        claim = Referral("r-1", "a-1", "firm-1", date(2026, 2, 1), "USD", 7_500, (), None)
        events: list[CourtEvent] = [
            AccountReferred(claim),
            *(
                CourtStepTaken("a-1", "r-1", CourtFact(step, day))
                for step, day in [
                    ("filed", date(2026, 3, 2)),
                    ("served", date(2026, 3, 20)),
                    ("judgment", date(2026, 4, 1)),
                    ("officer_instructed", date(2026, 4, 20)),
                ]
            ),
        ]
        over = [*events, CourtStepTaken("a-1", "r-1", CourtFact("satisfied", date(2026, 5, 1)))]
        found = retractions(hold(), known_on=KNOWN, court=events)

        assert [(Undo.WITHDRAW, "r-1", day) for day in (date(2026, 3, 2), date(2026, 4, 20))] == [(o.undo, o.subject, o.on) for o in found]
        assert () == retractions(hold(), known_on=KNOWN, court=over) == retractions(hold("cease_contact"), known_on=KNOWN, court=events)

    def test_what_is_gone_needs_no_undoing(self) -> None:
        """
        A fee that was undone, a payment that bounced; of one that was charged back in part what is there. A waiver that was undone is none.
        """
        april = date(2026, 4, 2)
        entries = [
            *(Charge(f"f-{n}", "a-1", "fee", usd("8.00"), april, april) for n in (1, 2)),
            Taken("u-1", "a-1", "f-1", "charge", date(2026, 4, 5)),
            Waiver("w-1", "a-1", "f-2", usd("3.00"), date(2026, 4, 6), "goodwill"),
            Taken("u-2", "a-1", "w-1", "waiver", date(2026, 4, 7)),
            *(Payment(f"p-{n}", "a-1", usd("20.00"), april) for n in (1, 2)),
            Reversal("r-1", "a-1", "p-1", date(2026, 4, 8)),
            Chargeback("cb-1", "a-1", "p-2", usd("5.00"), date(2026, 4, 9)),
        ]

        assert [("f-2", 800), ("p-2", 1_500)] == sorted((one.subject, one.minor) for one in retractions(hold(), entries, known_on=KNOWN))

    def test_nothing_after_it_was_lifted(self) -> None:
        """
        The fee of April stands when the hold ended in March.
        """
        entries = [Charge("f-2", "a-1", "fee", usd("8.00"), date(2026, 4, 2), date(2026, 4, 9))]

        assert () == retractions(hold(), entries, known_on=KNOWN, lifted=[HoldLifted("h-1", date(2026, 4, 1), "mistake")])

    @given(entries=histories(), one=holds(), known=days(150))
    def test_only_what_the_hold_stops_and_only_of_its_days(self, entries: tuple[Entry, ...], one: Hold, known: date) -> None:
        """
        Never more of a charge than is left of it, never a day before the hold, and nothing where the matrix stops nothing.
        """
        found = retractions(one, entries, known_on=known)
        charges = {entry.id: entry.amount.minor for entry in entries if isinstance(entry, Charge)}

        assert all(one.starts_on <= each.on <= known for each in found)
        assert all(0 < each.minor <= charges[each.subject] for each in found if each.undo is Undo.WAIVE)  # type: ignore[index]
        assert Effect.FEES in EFFECTS[one.kind] or not any(each.undo is Undo.WAIVE for each in found)
