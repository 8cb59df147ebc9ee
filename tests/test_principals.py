from __future__ import annotations

import pytest

from collectkit.errors import ValidationError
from collectkit.principals import Principal


class TestPrincipal:
    def test_ids_are_all_that_stand_for_it(self) -> None:
        """
        Its own, those of the same human being, and those it acts for.
        """
        assert frozenset({"ann", "ann-2", "bob"}) == Principal("ann", same_as=["ann-2"], acts_for=["bob"]).ids

    def test_order_and_repeats_do_not_matter(self) -> None:
        """
        Two descriptions of one principal are equal.
        """
        assert Principal("ann", roles=["b", "a", "a"]) == Principal("ann", roles=["a", "b"])

    @pytest.mark.parametrize("given", [{"id": ""}, {"id": "ann", "roles": "supervisor"}])
    def test_what_cannot_be_one_is_refused(self, given: dict[str, str]) -> None:
        """
        An empty id, and a text where a list is meant (which would become one role for each letter).
        """
        with pytest.raises(ValidationError, match="nothing was recorded"):
            Principal(**given)  # type: ignore[arg-type]
