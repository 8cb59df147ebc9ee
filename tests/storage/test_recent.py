from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import attrs
from hypothesis import given
from hypothesis import strategies as st

from collectkit.standing import Standing
from collectkit.storage._recent import Recent
from collectkit.storage._rows import from_row, to_row
from collectkit.testing.strategies import standings

forms = st.integers(0, 9)


class TestRecent:
    @given(size=st.integers(1, 5), done=st.lists(st.tuples(st.booleans(), forms)))
    def test_an_answer_is_what_the_function_says(self, size: int, done: list[tuple[bool, int]]) -> None:
        """
        Whatever was asked or told before; what was asked or told just now is not worked out again.
        """
        made: list[int] = []

        def read(form: int) -> str:
            made.append(form)
            return f"form {form}"

        recent, last = Recent(read, size), None
        for tells, form in done:
            made.clear()
            if tells:
                recent.keep(form, f"form {form}")
            else:
                assert f"form {form}" == recent(form)
                assert not (made and form == last)
            last = form

    def test_what_was_kept_longest_ago_goes_first(self) -> None:
        """
        However often it was asked for since.
        """
        made: list[int] = []
        recent = Recent(lambda form: made.append(form) or form, 2)
        for form in (1, 2, 1, 3, 1, 2):
            recent(form)

        assert [1, 2, 3, 1, 2] == made

    def test_threads_share_it(self) -> None:
        """
        Each gets its own answer, whoever gives up what.
        """
        recent = Recent(lambda form: -form, 3)
        with ThreadPoolExecutor(4) as pool:
            assert [-(number % 7) for number in range(2_000)] == list(pool.map(recent, (number % 7 for number in range(2_000))))


class TestStandings:
    @given(standing=standings())
    def test_a_row_says_all_of_a_standing(self, standing: Standing) -> None:
        """
        Its parts come back in the very types, so that a store may keep the object that it wrote in place of one read again.
        """
        back = from_row(to_row(standing))

        assert standing == back
        assert [type(value) for value in attrs.astuple(standing, recurse=False)] == [
            type(value) for value in attrs.astuple(back, recurse=False)
        ]
        assert to_row(standing) == to_row(back)
