"""Asking the host for the numbers and addresses that tokens stand for, just before contacts are reserved.

No transaction is open meanwhile. What was answered lives as long as one claim and goes nowhere but into its messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import attrs

from collectkit.errors import PluginFaultError
from collectkit.identifiers import PersonId
from collectkit.person import Consumer, Resolved, resolved, tokens_of
from collectkit.plugins.calling import Callers
from collectkit.plugins.hookspecs import ContactResolver

NAME = "contact resolver"


@attrs.frozen
class Resolutions:
    """
    What the host said about some people.

    Attributes:
        asked: About whom it was asked.
        answers: What it said, by person; who is missing is not known, or nobody answered.
    """

    asked: frozenset[PersonId] = frozenset()
    answers: Mapping[PersonId, Resolved] = attrs.field(factory=dict, repr=False)

    def was_asked(self, consumer: Consumer) -> bool:
        """Tell whether nothing more need be asked about a person."""
        return consumer.id in self.asked or not tokens_of(consumer)

    def put_in(self, consumer: Consumer) -> Consumer | None:
        """Return the person with the host's data put in, or None when that did not come."""
        if not tokens_of(consumer):
            return consumer
        answer = self.answers.get(consumer.id)
        return None if answer is None else resolved(consumer, answer)


def ask(resolver: ContactResolver, callers: Callers, tenant: str, consumers: Sequence[Consumer], *, seconds: float) -> Resolutions:
    """Ask the host about those of the people who have tokens; what it does instead of answering harms nobody else."""
    wanted = {consumer.id: tokens for consumer in consumers if (tokens := tokens_of(consumer))}
    if not wanted:
        return Resolutions()
    told = MappingProxyType({str(id): tokens for id, tokens in wanted.items()})
    try:
        answers = callers.add(NAME, seconds=seconds).call(
            lambda: dict(resolver.resolve(tenant, told)), wanted="Resolved by person", check=lambda got: _is_answer(got, told)
        )
    except PluginFaultError:
        return Resolutions(frozenset(wanted))  # the caller has counted it; the contacts wait
    return Resolutions(frozenset(wanted), {id: answers[id] for id in wanted if id in answers})


def _is_answer(got: object, told: Mapping[str, Sequence[str]]) -> bool:
    return isinstance(got, dict) and all(
        person in told and isinstance(answer, Resolved) and all(isinstance(value, str) for value in answer.values.values())
        for person, answer in got.items()
    )
