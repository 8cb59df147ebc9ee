"""What happens after a doubt: the purpose of a contact decides, together with the channel and what it promises.

A reminder that may have arrived is not sent again: a second text is a harassment exhibit, a second call counts against
the law's cap. A notice that the law obliges us to give is sent until it is proven: not sending it is the violation, and a
second identical copy is harmless.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from collectkit.channels.capabilities import Capabilities

OBLIGATORY: Final = frozenset({"notice", "validation", "confirmation", "receipt", "complaint_answer"})
"""Purposes of contacts that the law obliges us to make."""

SHORT_LIVED: Final = frozenset({"portal_code", "payment_link"})
"""Purposes of contacts that lose their sense within minutes; the person asks again."""

SHORT_LIFE: Final = timedelta(minutes=10)

ATTEMPTS: Final = frozenset({"phone", "prerecorded_call", "rvm", "in_person"})
"""Channels of which every attempt counts, whatever came of it."""


class AfterDoubt(Enum):
    """What is done with a contact of which nobody knows whether it was handed over."""

    NEVER_AGAIN = "never_again"
    """At most once: it stays in doubt unless the other side gives evidence, and its budget stays spent."""
    SAME_KEY = "same_key"
    """Once more under the same key, strictly inside the key's lifetime; then it stays in doubt."""
    UNTIL_PROVEN = "until_proven"
    """At least once: a marked copy with the same key and the same words, then another channel, then a person."""


def after_doubt(purpose: str, channel: str, capabilities: Capabilities, *, retry_after: timedelta) -> AfterDoubt:
    """
    Return what a doubt about a contact calls for.

    Args:
        purpose: Of the contact.
        channel: Through which channel it went.
        capabilities: What the channel promises.
        retry_after: How long after the doubt a second try would come; a key that lives shorter does not help.

    >>> after_doubt("notice", "letter", Capabilities(), retry_after=timedelta(hours=1)).value
    'until_proven'
    >>> after_doubt("reminder", "sms", Capabilities(idempotency_ttl=timedelta(days=1)), retry_after=timedelta(hours=1)).value
    'never_again'
    >>> after_doubt("reminder", "email", Capabilities(idempotency_ttl=timedelta(days=1)), retry_after=timedelta(hours=1)).value
    'same_key'
    """
    if purpose in OBLIGATORY:
        return AfterDoubt.UNTIL_PROVEN
    lifetime = capabilities.idempotency_ttl
    if channel == "email" and purpose not in SHORT_LIVED and lifetime is not None and retry_after < lifetime:
        return AfterDoubt.SAME_KEY
    return AfterDoubt.NEVER_AGAIN


def goes_stale(purpose: str, not_before: datetime, horizon: timedelta) -> datetime | None:
    """Return the instant after which a contact must not be made any more; None for one that the law obliges us to make."""
    if purpose in OBLIGATORY:
        return None
    return not_before + (min(SHORT_LIFE, horizon) if purpose in SHORT_LIVED else horizon)
