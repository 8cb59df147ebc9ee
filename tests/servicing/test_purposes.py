"""The table of purpose and channel: what happens after a doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectkit.channels.capabilities import Capabilities, capabilities_of
from collectkit.errors import ValidationError
from collectkit.servicing.purposes import OBLIGATORY, SHORT_LIFE, AfterDoubt, after_doubt, goes_stale

HOUR = timedelta(hours=1)
DAY = Capabilities(idempotency_ttl=timedelta(days=1))
MINUTES = Capabilities(idempotency_ttl=timedelta(minutes=15))


class TestAfterADoubt:
    @pytest.mark.parametrize("channel", ["phone", "in_person", "sms", "whatsapp", "letter", "email"])
    def test_a_reminder_is_made_at_most_once(self, channel: str) -> None:
        """
        Whatever the channel, unless it is an e-mail whose key outlives the retry.
        """
        assert AfterDoubt.NEVER_AGAIN is after_doubt("reminder", channel, Capabilities(), retry_after=HOUR)
        lasting = after_doubt("reminder", channel, DAY, retry_after=HOUR)
        assert (AfterDoubt.SAME_KEY if channel == "email" else AfterDoubt.NEVER_AGAIN) is lasting
        assert AfterDoubt.NEVER_AGAIN is after_doubt("reminder", channel, MINUTES, retry_after=HOUR)

    @pytest.mark.parametrize("purpose", sorted(OBLIGATORY))
    @pytest.mark.parametrize("channel", ["sms", "letter", "email"])
    def test_an_obligatory_notice_is_given_until_proven(self, purpose: str, channel: str) -> None:
        """
        On any channel, whatever it promises.
        """
        assert AfterDoubt.UNTIL_PROVEN is after_doubt(purpose, channel, Capabilities(), retry_after=HOUR)

    @pytest.mark.parametrize("purpose", ["portal_code", "payment_link"])
    def test_a_code_expires(self, purpose: str) -> None:
        """
        Within minutes, and never comes twice.
        """
        at = datetime(2026, 10, 20, tzinfo=UTC)

        assert AfterDoubt.NEVER_AGAIN is after_doubt(purpose, "email", DAY, retry_after=HOUR)
        assert at + SHORT_LIFE == goes_stale(purpose, at, timedelta(days=3))
        assert at + timedelta(days=3) == goes_stale("reminder", at, timedelta(days=3))
        assert goes_stale("notice", at, timedelta(days=3)) is None


class TestCapabilities:
    @pytest.mark.parametrize(
        "wrong",
        [{"max_len": 0}, {"max_len": 1.5}, {"batch": 0}, {"batch": True}, {"idempotency_ttl": timedelta(0)}, {"idempotency_ttl": 60}],
    )
    def test_a_number_that_is_none_is_refused(self, wrong: dict[str, object]) -> None:
        """
        Nothing is assembled with it.
        """
        with pytest.raises(ValidationError, match="nothing was assembled"):
            Capabilities(**wrong)  # type: ignore[arg-type]

    @pytest.mark.parametrize("declared", [Capabilities(lookup_by_ref=True), Capabilities(batch=2), {"batch": 2}, None])
    def test_a_capability_that_is_not_there_is_refused(self, declared: object) -> None:
        """
        Whoever declares it has its method.
        """
        driver = type("Driver", (), {"capabilities": declared})()

        with pytest.raises(ValidationError, match="nothing was assembled"):
            capabilities_of(driver)
