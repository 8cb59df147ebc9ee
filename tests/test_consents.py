"""The consent ledger: what stood when, in whatever order it was recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectkit.person import Consent, ConsentGiven, ConsentWithdrawn, ContactStopped, Stop, consent_ledger, fold_person

AT = datetime(2026, 3, 3, 18, 4, tzinfo=UTC)


def given_at(hours: int, **changes: object) -> ConsentGiven:
    values = {"person": "c-1", "point": "phone-1", "channel": "sms", "given_at": AT + timedelta(hours=hours), "source": "portal"}
    return ConsentGiven(Consent(**{**values, **changes}))


class TestConsentLedger:
    def test_were_we_allowed_on_3_march_at_18_04(self) -> None:
        """
        Given an hour before, taken back an hour after.
        """
        ledger = consent_ledger("c-1", [given_at(-1), ConsentWithdrawn("c-1", "", "sms", AT + timedelta(hours=1))])

        assert ledger.covering("sms", "phone-1", AT) is not None
        assert ledger.covering("sms", "phone-1", AT + timedelta(hours=1)) is None
        assert ledger.covering("email", "phone-1", AT) is None
        assert () == ledger.as_of(AT - timedelta(hours=2))

    def test_a_consent_runs_out_and_covers_its_purposes_alone(self) -> None:
        """
        The end that comes first counts.
        """
        ledger = consent_ledger("c-1", [given_at(0, purposes=("reminder",), expires_at=AT + timedelta(days=1))])

        assert ledger.covering("sms", "phone-1", AT, purpose="reminder") is not None
        assert ledger.covering("sms", "phone-1", AT, purpose="offer") is None
        assert ("expired", False) == (ledger.entries[0].ended_by, ledger.entries[0].stands(AT + timedelta(days=1)))

    @given(
        steps=st.lists(
            st.one_of(
                st.integers(0, 5).map(given_at),
                st.integers(0, 5).map(lambda hours: ConsentWithdrawn("c-1", "", "sms", AT + timedelta(hours=hours))),
                st.integers(0, 5).map(lambda hours: ContactStopped(Stop("c-1", ("email",), AT + timedelta(hours=hours)))),
            ),
            max_size=8,
        )
    )
    def test_what_stands_at_the_end_is_what_the_person_fold_knows(self, steps: list[object]) -> None:
        """
        The ledger and the facts that the gate reads agree.
        """
        standing = [entry.consent for entry in consent_ledger("c-1", steps).entries if not entry.ended_by]

        assert standing == list(fold_person("c-1", steps).consents)
