"""Where a rule was read too mildly: whose chain a retry belongs to, what a cost once charged uses up, until when a consent is fresh."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compliance.asking import ruled, word

from collectkit.actions import Outcome
from collectkit.compliance.past import GivenConsent, PastContact, PastFee, PaymentAttempt, Payments

ZONES = ("America/New_York",)
TRIED = datetime.fromisoformat("2026-06-01T10:00:00-04:00")
HOUR = timedelta(hours=1)


def attempt(number: int, kind: str, code: str, *, loan: str = "") -> PaymentAttempt:
    return PaymentAttempt(TRIED + number * HOUR, kind, code, bank_account="A1", loan=loan, amount=Fraction(50))


def retried(*attempts: PaymentAttempt, loan: str = "") -> str:
    """Return what Nacha says about one more try of fifty over the clearing house."""
    facts = {"when.rail": "ach", "when.account": "A1", "when.amount": Fraction(50), **({"when.loan": loan} if loan else {})}
    held = (GivenConsent("signed_written_authorization"),)
    ask = {"party": "first_party", "zones": ZONES, "consents": held, "payments": Payments(attempts), "facts": facts}
    return word(ruled("us-payments", "2026-06-10T10:00:00-04:00", "retry_payment", **ask))


class TestTheChainOfAnEntry:
    """Nacha Operating Rules 2.12.4: two retries of *an entry*, and none after some codes."""

    def test_another_loan_on_the_same_bank_account_begins_no_new_count(self) -> None:
        """
        Two retries of the first loan's entry are all, whatever was debited for the second one since.
        """
        tried = [attempt(0, "original", "R01", loan="L1"), attempt(1, "retry", "R01", loan="L1"), attempt(2, "retry", "R01", loan="L1")]
        assert "deny" == retried(*tried, attempt(3, "original", "R01", loan="L2"), loan="L1")
        assert "allow" == retried(*tried, attempt(3, "original", "R01", loan="L2"), loan="L2")

    def test_what_the_person_paid_hides_no_code(self) -> None:
        """
        An account that is closed stays closed after they paid by card.
        """
        assert "deny" == retried(attempt(0, "original", "R02"), attempt(1, "consumer_payment", "ok"))

    def test_what_the_person_paid_uses_up_no_retry(self) -> None:
        """
        It is no entry.
        """
        paid = [attempt(number, "consumer_payment", "ok") for number in (1, 2)]
        assert "allow" == retried(attempt(0, "original", "R01"), *paid)

    def test_a_try_that_was_barred_frees_nothing(self) -> None:
        """
        Whoever tried a closed account again and heard "no money" may not go on.
        """
        assert "deny" == retried(attempt(0, "original", "R02"), attempt(1, "retry", "R01"))


class TestWhatIsChargedOnce:
    """RVG s15(2); BW 6:96(6)-(7): what was charged for collecting a claim is a part of all that may be."""

    @given(before=st.integers(0, 60), now=st.integers(0, 60))
    def test_the_netherlands_add_up_to_the_tariff(self, before: int, now: int) -> None:
        """
        Forty for a claim of a hundred, in one sum or in two.
        """
        facts = {"fee.kind": "collection", "fee.principal": Fraction(100), "fee.amount": Fraction(now)}
        assert (before + now <= 40) == (Outcome.ALLOW is _charged("nl", "charge_collection_cost", facts, before))

    @given(before=st.integers(0, 120), now=st.integers(0, 120))
    def test_germany_adds_up_to_the_part_of_the_lawyers_fee(self, before: int, now: int) -> None:
        """
        Half of it after the first letter and the rest later are nine tenths together, and no more.
        """
        facts = {"fee.kind": "collection", "fee.principal": Fraction(400), "fee.amount": Fraction(now), "fee.full_fee": Fraction(100)}
        assert (before + now <= 90) == (Outcome.ALLOW is _charged("de", "charge_fee", facts, before))

    def test_fees_of_other_kinds_and_accounts_are_others(self) -> None:
        """
        A late fee, and the costs of another account, use up nothing of it; those of an account that is not known do.
        """
        facts = {"fee.kind": "collection", "fee.principal": Fraction(100), "fee.amount": Fraction(40)}
        for kind, debt, outcome in (
            ("default", "D1", Outcome.ALLOW),
            ("collection", "D2", Outcome.ALLOW),
            ("collection", "", Outcome.DENY),
        ):
            assert outcome is _charged("nl", "charge_collection_cost", facts, 40, kind=kind, debt=debt)

    def test_what_accrued_must_be_known(self) -> None:
        """
        South Africa, NCA s103(5): a cap on a sum says nothing while the sum is not known.
        """
        facts = {"fee.kind": "late", "fee.amount": Fraction(1), "fee.principal_at_default": Fraction(500)}
        words = [
            word(
                ruled(
                    "za", "2026-06-10T10:00:00+02:00", "charge_fee", party="first_party", zones=("Africa/Johannesburg",), facts=told, **ask
                )
            )
            for told in (facts, {**facts, "fee.accrued_since_default": Fraction(0)})
            for ask in ({"unknown": Outcome.DENY}, {"unknown": Outcome.REQUIRE})
        ]
        assert ["deny", "require", "allow", "allow"] == words


def _charged(pack: str, action: str, facts: dict[str, object], before: int, *, kind: str = "collection", debt: str = "D1") -> Outcome:
    fees = (PastFee(date(2026, 6, 1), kind, Fraction(before), debt),)
    ask: dict[str, Any] = {"party": "third_party", "zones": ("Europe/Berlin",), "facts": facts, "payments": Payments(fees=fees)}
    found = ruled(pack, "2026-06-10T10:00:00+02:00", action, **ask).findings
    caps = [one for one in found if one.rule in ("nl.wik_tariff", "de.inkasso_fees")]
    return caps[0].outcome if caps else Outcome.ALLOW


class TestWhatIsFresh:
    """12 CFR 1006.6(d)(5)(i): "within the past 60 days", of the person's calendar."""

    @pytest.mark.parametrize(("on", "outcome"), [("2026-08-30", "allow"), ("2026-08-31", "require")])
    def test_days_are_those_of_the_person(self, on: str, outcome: str) -> None:
        """
        A text of the evening of 1 July in New York, which was 2 July in UTC, is fresh through 30 August.
        """
        given_at = datetime.fromisoformat("2026-07-02T01:00:00+00:00")
        ask = {
            "channel": "sms",
            "party": "third_party",
            "zones": ZONES,
            "consents": (GivenConsent("consumer_texted_from_number", given_at), GivenConsent("prior_express_consent_number")),
            "content": frozenset({"electronic_opt_out", "attempt_to_collect", "information_used_for_purpose", "from_debt_collector"}),
        }
        assert outcome == word(ruled("us-federal", f"{on}T12:00:00-04:00", **ask))


class TestAboutNothing:
    def test_a_call_about_no_account_that_is_known_must_fit_into_what_all_leave(self) -> None:
        """
        It may be about any of them: after seven calls in seven days there is room for none.
        """
        calls = tuple(
            PastContact(TRIED + hour * HOUR, "phone", outcome="no_answer", person="P1", debts=("D1",), collector="C1") for hour in range(7)
        )
        ask: dict[str, Any] = {"channel": "phone", "party": "third_party", "collector": "C1", "zones": ZONES, "debts": ()}
        denied = [word(ruled("us-federal", "2026-06-02T12:00:00-04:00", history=calls[:count], **ask)) == "deny" for count in (6, 7)]
        assert [False, True] == denied
