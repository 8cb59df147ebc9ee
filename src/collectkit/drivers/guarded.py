"""A driver is somebody else's code: whatever it does, the answer is one of the three honest ones."""

from __future__ import annotations

from collectkit.channels.channel import Driver, Parcel
from collectkit.channels.outcomes import Accepted, Doubtful, HandOver, Rejected


def guarded(driver: Driver, parcel: Parcel) -> HandOver:
    """
    Hand *parcel* over through *driver*, which may raise or answer rubbish: both are `Doubtful`.

    Only the type of an exception is kept, because its text may hold personal data.
    """
    try:
        answer: object = driver.hand_over(parcel)
    except Exception as fault:
        return Doubtful(f"the driver raised {type(fault).__name__}")
    if isinstance(answer, (Accepted, Rejected, Doubtful)):
        return answer
    return Doubtful(f"the driver answered with {type(answer).__name__}, not with an outcome")
