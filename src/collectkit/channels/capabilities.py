"""What a channel can do besides taking a message: each thing is declared, and a driver that declares nothing promises nothing."""

from __future__ import annotations

from datetime import timedelta

import attrs

from collectkit.errors import ValidationError


@attrs.frozen(kw_only=True)
class Capabilities:
    """
    What a driver promises; it carries them as its attribute ``capabilities``.

    Attributes:
        idempotency_ttl: For so long the other side knows the id of a message and takes it only once; None: it does not.
        lookup_by_ref: It can be asked what became of a message: ``look_up(parcel_id)`` answers with an outcome or None.
        status_callbacks: It tells later what became of a message, by its reference.
        not_after: It keeps the instant after which a message must not go out, `Parcel.not_after`.
        max_len: Most bytes of a body; None: no limit of its own.
        sync_result: Its answer says that the message arrived, and not only that it was taken.
        batch: So many messages it takes at once through ``hand_over_all(parcels)``; 1: one at a time.

    Raises:
        ValidationError: A length of time, a length or a number that is not one.
    """

    idempotency_ttl: timedelta | None = None
    lookup_by_ref: bool = False
    status_callbacks: bool = False
    not_after: bool = False
    max_len: int | None = None
    sync_result: bool = False
    batch: int = 1

    def __attrs_post_init__(self) -> None:
        lifetime = self.idempotency_ttl
        if lifetime is not None and (not isinstance(lifetime, timedelta) or lifetime <= timedelta(0)):
            raise ValidationError(f"idempotency_ttl is a length of time longer than none, got {lifetime!r}; nothing was assembled")
        if self.max_len is not None and (type(self.max_len) is not int or self.max_len < 1):
            raise ValidationError(f"max_len is a whole number of at least 1, got {self.max_len!r}; nothing was assembled")
        if type(self.batch) is not int or not 1 <= self.batch <= 10_000:
            raise ValidationError(f"batch is a whole number from 1 to 10,000, got {self.batch!r}; nothing was assembled")

    @property
    def promises_reference(self) -> bool:
        """Whether an acceptance must name the message's id on the other side: without it the message could not be found again."""
        return self.lookup_by_ref or self.status_callbacks


PLAIN = Capabilities()
"""What a driver promises that declares nothing."""


def capabilities_of(driver: object) -> Capabilities:
    """
    Return what *driver* declares.

    Raises:
        ValidationError: It declares something else than `Capabilities`, or a capability whose method it lacks.
    """
    declared = getattr(driver, "capabilities", PLAIN)
    name = type(driver).__name__
    if not isinstance(declared, Capabilities):
        raise ValidationError(f"capabilities of driver {name} are Capabilities, got {type(declared).__name__}; nothing was assembled")
    for method, claimed in (("look_up", declared.lookup_by_ref), ("hand_over_all", declared.batch > 1)):
        if claimed and not callable(getattr(driver, method, None)):
            raise ValidationError(f"driver {name} declares a capability and has no method {method}; nothing was assembled")
    return declared
