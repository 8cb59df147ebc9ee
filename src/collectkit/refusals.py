"""A refusal: the daily "no" of a healthy business, as a value.

Each decision has its own closed enum of reasons, documented and ordered by precedence: when several reasons
hold, the first in the enum's order is given.
"""

from __future__ import annotations

from enum import Enum
from typing import Generic, TypeVar

import attrs

ReasonT_co = TypeVar("ReasonT_co", bound=Enum, covariant=True)


@attrs.frozen
class Refusal(Generic[ReasonT_co]):
    """
    A decision not to act, with its reason.

    Attributes:
        reason: Member of the decision's own enum; its value is the stable code.
        detail: A sentence for a person: what was wrong and what is allowed. Holds no personal data.
        not_done: What did *not* happen because of the refusal.
    """

    reason: ReasonT_co
    detail: str = ""
    not_done: str = "nothing was recorded"

    def __str__(self) -> str:
        text = self.detail or str(self.reason.value).replace("_", " ")
        return f"{text} ({self.reason.value}); {self.not_done}"
