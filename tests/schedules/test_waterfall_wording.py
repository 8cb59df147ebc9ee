"""What a waterfall says of an order that is none, word for word, and which orders take the short way."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import attrs
import pytest

from collectkit.errors import PolicyError, ValidationError
from collectkit.schedules import INSTALLMENT_FIRST
from collectkit.schedules.waterfall import COMPONENTS, PHASES, Dues, Slot, Waterfall

ORDER = INSTALLMENT_FIRST.order


def refusal(**given: object) -> str:
    with pytest.raises(PolicyError) as caught:
        Waterfall(**{"order": ORDER, **given})  # type: ignore[arg-type]
    return str(caught.value)


class TestWords:
    def test_a_slot_that_is_none(self) -> None:
        """
        What came, and what is allowed.
        """
        for text in ("future.fee.extra", "past_due", ".fee"):
            phase, _, component = text.partition(".")
            with pytest.raises(PolicyError) as caught:
                Slot.of(text)
            allowed = f"one of {', '.join(PHASES)} and one of {', '.join(COMPONENTS)}"
            assert f"a waterfall slot is {allowed}, got {phase}.{component}; nothing was loaded" == str(caught.value)

    def test_orders_that_are_none(self) -> None:
        """
        What is missing, what is named twice, and what does not belong together.
        """
        assert "a waterfall goes by 'installment' or by 'component', got 'day'; nothing was loaded" == refusal(by="day")
        expected = "money in advance is for the 'next', the 'last', or to 'reamortize', got 'first'; nothing was loaded"
        assert expected == refusal(future="first")
        text = refusal(order=ORDER[1:])
        assert f"a waterfall names each of the 15 slots once; missing: {ORDER[0]}; named twice: none; nothing was loaded" == text
        twice = refusal(order=(*ORDER, ORDER[0], ORDER[1]))
        pair = ", ".join(sorted(map(str, ORDER[:2])))
        assert f"a waterfall names each of the 15 slots once; missing: none; named twice: {pair}; nothing was loaded" == twice
        both = refusal(order=(*ORDER[2:], ORDER[2], ORDER[3]))
        missing = ", ".join(str(slot) for slot in sorted(ORDER[:2], key=lambda s: (PHASES.index(s.phase), COMPONENTS.index(s.component))))
        assert f"missing: {missing}; named twice: {', '.join(sorted(map(str, ORDER[2:4])))}; nothing was loaded" in both
        mixed = (*ORDER[1:], ORDER[0])
        assert "a waterfall by installment keeps the slots of one phase together; nothing was loaded" == refusal(order=mixed)

    @pytest.mark.parametrize("future", ["next", "last", "reamortize"])
    def test_every_way_for_money_in_advance_is_taken(self, future: str) -> None:
        """
        In either style.
        """
        assert future == Waterfall(ORDER, future=future).future  # type: ignore[arg-type]

    def test_dates_that_go_back(self) -> None:
        """
        Nothing is split.
        """
        with pytest.raises(ValidationError) as caught:
            Dues((date(2026, 2, 1), date(2026, 1, 1)), (1,) * (2 * len(COMPONENTS)))
        assert "due dates must not go back; nothing was split" == str(caught.value)
        assert Dues((), ()) == Dues((), ())


class TestTheShortWay:
    def test_only_orders_that_stay_the_same_over_days_take_it(self) -> None:
        """
        By installment, for the next one, past due before due before ahead, with one order of components in all phases.
        """

        def order(*rows: tuple[str, ...]) -> tuple[Slot, ...]:
            return tuple(Slot(phase, component) for phase, row in zip(PHASES, rows, strict=True) for component in row)

        natural = order(*[COMPONENTS] * len(PHASES))
        for row in permutations(COMPONENTS):
            one = Waterfall(order(*[row] * len(PHASES)))
            assert one._steady, row
        turned = tuple(reversed(COMPONENTS))
        for last in range(len(PHASES)):
            rows = [turned if place == last else COMPONENTS for place in range(len(PHASES))]
            one = Waterfall(order(*rows))
            assert not one._steady, rows
        for other in (
            Waterfall(natural, future="last"),
            Waterfall(natural, future="reamortize"),
            Waterfall(natural, by="component"),
            Waterfall(tuple(natural[len(COMPONENTS) :]) + tuple(natural[: len(COMPONENTS)])),
        ):
            assert not other._steady, other
        assert attrs.evolve(Waterfall(natural)) == Waterfall(natural)
