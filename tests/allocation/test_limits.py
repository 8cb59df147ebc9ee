"""Sharing out under limits that are not a count of accounts: proofs where there are some, honest gaps where there are none."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from collectkit import Money
from collectkit.allocation import Carried, Desk, Desks, Handler, Request, Rooms, Weight
from collectkit.allocation.optimal.sharing import share_out

A, B = "a", "b"


def worth(requests, answer):
    """What an answer is worth."""
    return sum(r.values[r.eligible.index(h)] for r, h in zip(requests, answer, strict=True) if h is not None)


def fits(requests, desks, answer):
    rooms = Rooms(desks)
    for request, handler in zip(requests, answer, strict=True):
        if handler is not None:
            if not rooms.fits(handler, request):
                return False
            rooms.take(handler, request)
    return True


def best_of_all(requests, desks):
    """The greatest value of all answers that fit, each tried."""
    options = [(None, *request.eligible) for request in requests]
    return max(worth(requests, answer) for answer in product(*options) if fits(requests, desks, answer))


def bound(requests, desks, certificate):
    """What anybody can work out from a certificate: no answer is worth more."""
    columns = ["units"] if any(desk.units is not None for desk in desks) else []
    columns += sorted({currency for desk in desks for currency, _ in desk.outstanding})
    limits = [{**({"units": d.units} if d.units is not None else {}), **dict(d.outstanding)} for d in desks]
    everything = sum(request.size for request in requests)
    total = Fraction(sum(min(desk.room, everything) * price for desk, price in zip(desks, certificate.prices, strict=True)))
    rates = certificate.rates or ((),) * len(desks)
    for held, row in zip(limits, rates, strict=True):
        total += sum((rate * held[name] for name, rate in zip(columns, row, strict=True) if rate), Fraction(0))
    place = {desk.handler: number for number, desk in enumerate(desks)}
    for request in requests:
        needs = {"units": request.units, **dict(request.outstanding)}
        beyond = [Fraction(0)]
        for handler, value in zip(request.eligible, request.values, strict=True):
            n = place[handler]
            paid = request.size * certificate.prices[n] + sum(
                (rate * needs.get(name, 0) for name, rate in zip(columns, rates[n], strict=True)), Fraction(0)
            )
            beyond.append(value - paid)
        total += max(beyond)
    return total


@st.composite
def questions(draw, most=50):
    """Few requests and desks, with any of the three kinds of limits; small enough to try every answer."""
    names = (A, B, "c")[: draw(st.integers(1, 3))]
    few = st.integers(0, 12)
    desks = [
        Desk(name, draw(st.integers(0, 6)), 0, 0, 0, draw(st.none() | few), (("USD", draw(few) * 100),) if draw(st.booleans()) else ())
        for name in names
    ]
    requests = []
    for number in range(draw(st.integers(0, 6))):
        able = tuple(name for name in names if draw(st.booleans())) or names[:1]
        values = tuple(draw(st.lists(st.integers(0, most), min_size=len(able), max_size=len(able))))
        minor = draw(few) * 50
        requests.append(
            Request(f"r-{number}", draw(st.integers(1, 2)), able, minor, "", values, draw(st.integers(1, 5)), (("USD", minor),))
        )
    return requests, desks


class TestWorkedExamples:
    def test_a_limit_on_what_is_outstanding_that_does_not_bind(self):
        """
        Everything fits: the exact answer keeps to the limit, and is proved as without it.
        """
        requests = [Request(f"r-{n}", 1, (A, B), 100, "", (10 * n, 5), 1, (("USD", 100),)) for n in range(1, 4)]
        shared = share_out(requests, [Desk(A, 2, 0, 0, 0, None, (("USD", 200),)), Desk(B, 9, 0, 0, 0)])

        assert (B, A, A) == shared.answer
        assert shared.certificate.proved and 55 == shared.certificate.value

    def test_a_tie_at_the_prices(self):
        """
        Two accounts that are worth something at b alone, which has one place: at its price they gain as much at a, and still one
        of them goes to b.
        """
        requests = [Request(f"r-{n}", 1, (A, B), 100, "", (0, 1)) for n in range(2)]
        shared = share_out(requests, [Desk(A, 2, 0, 0, 0, 99), Desk(B, 1, 0, 0, 0, 99)])

        assert {A, B} == set(shared.answer)
        assert shared.certificate.proved and 1 == shared.certificate.value

    def test_a_knapsack(self):
        """
        Room for 100.00 at a: 60.00 worth 50 and 50.00 worth 45 do not both fit; the best is one of them with the small one, and
        the certificate tells how much better an answer could be at most.
        """
        sizes = ((6_000, 50), (5_000, 45), (4_000, 20))
        requests = [Request(f"r-{n}", 1, (A,), minor, "", (value,), 1, (("USD", minor),)) for n, (minor, value) in enumerate(sizes)]
        desks = [Desk(A, 9, 0, 0, 0, None, (("USD", 10_000),))]
        shared = share_out(requests, desks)

        assert fits(requests, desks, shared.answer)
        assert 65 <= shared.certificate.value <= 70 <= shared.certificate.bound
        assert not shared.certificate.proved and 0 < shared.certificate.gap <= 25

    def test_units_of_work(self):
        """
        Five units: two accounts of two units worth 30 each are better than one of four units worth 40.
        """
        work = ((4, 40), (2, 30), (2, 30))
        requests = [Request(f"r-{n}", 1, (A,), 0, "", (value,), units) for n, (units, value) in enumerate(work)]
        shared = share_out(requests, [Desk(A, 9, 0, 0, 0, 5)])

        assert (None, A, A) == shared.answer


class TestLaws:
    @given(questions(most=3))
    @settings(max_examples=150)
    def test_limits_that_do_not_bind_take_nothing_from_the_proof(self, question):
        """
        Single accounts and desks with work and money for all of them: the greatest value, proved, as if only accounts were counted.
        """
        requests, desks = ([evolve(r, size=1) for r in question[0]], [evolve(d, units=99, outstanding=()) for d in question[1]])
        shared = share_out(requests, desks)

        assert shared.certificate.proved
        assert share_out(requests, [evolve(d, units=None) for d in desks]).certificate.value == shared.certificate.value

    @given(questions())
    @settings(max_examples=150)
    def test_the_certificate_tells_the_truth(self, question):
        """
        The answer fits; it is worth at least what is said; the best of all answers lies between value and bound; and the bound
        follows from the prices with sums alone.
        """
        requests, desks = question
        shared = share_out(requests, desks)
        found = shared.certificate

        assert fits(requests, desks, shared.answer)
        assert found.value <= worth(requests, shared.answer) <= best_of_all(requests, desks) <= found.bound
        assert min((*found.prices, *(rate for row in found.rates for rate in row)), default=0) >= 0
        assert bound(requests, desks, found) <= found.bound

    @given(questions(), st.integers(0, 2), st.data())
    @settings(max_examples=60)
    def test_less_room_is_never_promised_more(self, question, which, data):
        """
        A desk that loses all its room: the best of all answers is not worth more, and no bound was below it.
        """
        requests, desks = question
        poorer = [Desk(d.handler, 0, 0, 0, 0, d.units, d.outstanding) if n == which else d for n, d in enumerate(desks)]

        assert share_out(requests, poorer).certificate.value <= share_out(requests, desks).certificate.bound

    @given(
        most=st.tuples(
            st.none() | st.integers(0, 4), st.none() | st.integers(0, 8), st.none() | st.integers(0, 4), st.none() | st.integers(0, 9)
        ),
        held=st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 4), st.integers(0, 9)),
        accounts=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5)), min_size=1, max_size=3),
    )
    def test_what_fits_is_explained_by_what_was_asked(self, most, held, accounts):
        """
        A run says why somebody is full exactly where the desk that the strategies were shown has no room.
        """
        capacity, outstanding, daily, units = most
        limits = () if outstanding is None else (Money(outstanding, "USD"),)
        handler = Handler(A, "Desk", "in_house", capacity=capacity, max_new_per_day=daily, units_most=units, outstanding_most=limits)
        weights = {f"x-{n}": Weight(work, "USD", minor) for n, (work, minor) in enumerate(accounts)}
        carried = {A: Carried(held[3], {"USD": held[1]})}
        desks = Desks([handler], {A: held[0]}, {A: held[2]}, dict.fromkeys(weights), weights, carried)
        minor = sum(minor for _, minor in accounts)
        asked = Request("u", len(accounts), (A,), minor, "", (), sum(work for work, _ in accounts), (("USD", minor),))

        assert desks.desk(A).fits(asked) is (desks.full(A, list(weights)) is None)
