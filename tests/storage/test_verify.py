from __future__ import annotations

import attrs
import pytest

from collectkit.events import Envelope, Receipt
from collectkit.storage.memory import MemoryStore
from collectkit.storage.store import NEW
from collectkit.storage.verify import Breach, verify_chain
from collectkit.testing.conformance._examples import TENANT, context, opened, paid


@pytest.fixture(scope="module")
def sound() -> tuple[list[Envelope], Receipt]:
    """A stream of three events and the receipt of its last."""
    store = MemoryStore()
    with store.unit(TENANT) as unit:
        (receipt,) = unit.append(context(), {"account/a-1": (NEW, [opened(), paid("p-1"), paid("p-2")])})
        return unit.history("account/a-1"), receipt


class TestVerifyChain:
    def test_a_sound_record_has_no_breach(self, sound: tuple[list[Envelope], Receipt]) -> None:
        """
        Nor has an empty one.
        """
        history, receipt = sound
        assert verify_chain(history, receipts=[receipt]) is None
        assert verify_chain([]) is None

    @pytest.mark.parametrize("index", range(3))
    def test_every_flipped_part_is_found(self, sound: tuple[list[Envelope], Receipt], index: int) -> None:
        """
        Body, context, place, digest and link of every event.
        """
        history, _ = sound
        one = history[index]
        forged = [
            attrs.evolve(one, body=paid("p-1", minor=101)),
            attrs.evolve(one, context=attrs.evolve(one.context, actor="somebody else")),
            attrs.evolve(one, version=one.version + 1),
            attrs.evolve(one, stream="account/a-2"),
            attrs.evolve(one, previous=bytes(31) + b"\x01"),
            *(attrs.evolve(one, digest=flipped(one.digest, bit)) for bit in range(0, 256, 17)),
        ]
        for changed in forged:
            assert verify_chain([*history[:index], changed, *history[index + 1 :]]) is not None

    def test_the_first_breach_is_named(self, sound: tuple[list[Envelope], Receipt]) -> None:
        """
        With stream, version and what contradicts what.
        """
        history, _ = sound
        assert Breach("account/a-1", 2, "here stands version 3 of 'account/a-1'") == verify_chain([history[0], history[2]])

    def test_a_cut_end_is_found_by_a_receipt(self, sound: tuple[list[Envelope], Receipt]) -> None:
        """
        From within, a shorter record looks sound.
        """
        history, receipt = sound
        assert verify_chain(history[:2]) is None
        assert Breach("account/a-1", 3, "a receipt proves version 3, the record ends before it") == verify_chain(
            history[:2], receipts=[receipt]
        )

    def test_a_rewritten_record_is_found_by_a_receipt(self, sound: tuple[list[Envelope], Receipt]) -> None:
        """
        Whoever can write can chain anew; a receipt that is kept elsewhere tells.
        """
        store = MemoryStore()
        with store.unit(TENANT) as unit:
            unit.append(context(), {"account/a-1": (NEW, [opened(), paid("p-1"), paid("p-3")])})
            rewritten = unit.history("account/a-1")

        assert verify_chain(rewritten) is None
        breach = verify_chain(rewritten, receipts=[sound[1]])
        assert breach is not None
        assert 3 == breach.version


def flipped(digest: bytes, bit: int) -> bytes:
    changed = bytearray(digest)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
