"""Notices on the book: served or received, found out to be none, and listed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core, fingerprint, person_stream
from collectkit.channels.templates import Template
from collectkit.errors import IdempotencyConflictError, UnknownIdError, ValidationError
from collectkit.events import Event
from collectkit.identifiers import MessageId, PersonId
from collectkit.person import Notice, NoticeServed, NoticeVoided, notices_in
from collectkit.servicing.dispatch import Dispatch
from collectkit.storage.store import Unit

NOTICE = "notice"
"""Scope under which the ids of notices are remembered, each with whose it is."""

DELIVERED: Final = "delivered"
_MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {"letter": "mail", "email": "electronic", "sms": "electronic", "app_push": "electronic"}
)
"""Channels in the words of the packs for ways of sending a notice."""


@decided_again
class Noticing(Core):
    """Commands about notices, idempotent by the id of the notice."""

    def record_notice(self, notice: Notice, *, at: datetime) -> NoticeServed:
        """
        Record that a notice was served on a person, or received from them.

        From the instant from which it counts, every rule hears of it that asks for such a notice: no question needs to be told of it
        again. The same notice again changes nothing. A message of the book whose template serves a notice is recorded by itself
        once it was delivered.

        Args:
            notice: The notice.
            at: The present instant; aware.

        Raises:
            UnknownIdError: The person is not on the book, or an account is not theirs.
            ValidationError: No rule asks for a notice of that kind: a misspelt one would never count.
            IdempotencyConflictError: The id was used for another notice.
        """
        asked_for = self.parts.rules.notices
        if asked_for and notice.kind not in asked_for:
            raise ValidationError(f"a notice is one of {', '.join(asked_for)}, got {notice.kind!r}; nothing was recorded")
        context = self._context(at, f"notice/{notice.id}")
        event = NoticeServed(notice)
        with self._unit() as unit:
            self._consumer(unit, notice.person)
            theirs = {standing.account for standing in unit.standings_of(notice.person)}
            if strange := [account for account in notice.accounts if account not in theirs]:
                named = ", ".join(map(repr, map(str, strange)))
                raise UnknownIdError(f"person '{notice.person}' has no account {named}; nothing was recorded")
            before = unit.recall(NOTICE, notice.id)
            if before is not None and before.fingerprint != fingerprint(notice):
                raise IdempotencyConflictError("this id was used for another notice; nothing was recorded")
            if before is None:
                unit.remember(NOTICE, notice.id, fingerprint(notice), notice.person)
                self._record_person(unit, context, notice.person, [event])
                self._wake(unit, notice.person, self.business_date(at))
        return event

    def void_notice(self, notice: str, *, reason: str, at: datetime) -> NoticeVoided:
        """
        Record that a notice turned out to be none; nothing is counted from it any more. Again, it changes nothing.

        Args:
            notice: Id of the notice.
            reason: Why, without personal data: it came back, it named the wrong amount.
            at: The present instant, at which that is known; aware.

        Raises:
            UnknownIdError: No notice of that id is on record.
        """
        id = MessageId(notice)
        with self._unit() as unit:
            before = unit.recall(NOTICE, id)
            if before is None:
                raise UnknownIdError(f"no notice '{notice}' is on record; nothing was recorded")
            person = PersonId(before.answer)
            event = NoticeVoided(id, person, at, reason)
            known = [body for body in unit.bodies(person_stream(person)) if isinstance(body, NoticeVoided) and body.notice == id]
            if known:
                return known[0]
            self._record_person(unit, self._context(at, f"void-notice/{id}"), person, [event])
            self._wake(unit, person, self.business_date(at))
        return event

    def notices(self, person: str) -> tuple[Notice, ...]:
        """
        Return the notices of a person that stand, by the instant from which they count.

        Raises:
            UnknownIdError: The person is not on the book.
        """
        with self._view() as unit:
            id = self._consumer(unit, PersonId(person)).id
            return notices_in(unit.bodies(person_stream(id)))


class MessageNotices(Core):
    """Notices that go out through the channels of the book: their delivery serves them."""

    def _notices_of(self, unit: Unit, dispatch: Dispatch, outcome: str, at: datetime) -> list[Event]:
        """
        Return the notice that a message serves once it was delivered, or that it turned out to be none.

        Args:
            unit: To look at the book, and to remember the notice in.
            dispatch: The message.
            outcome: What it came to, in the words of the history of contacts.
            at: When that was learned; aware.
        """
        proposal = dispatch.proposal
        if not self.parts.templates.serves(proposal.template, proposal.channel):
            return []
        if unit.recall(NOTICE, dispatch.id) is not None:
            standing = {notice.id for notice in notices_in(unit.bodies(person_stream(proposal.person)))}
            came_back = outcome != DELIVERED and dispatch.id in standing
            return [NoticeVoided(dispatch.id, proposal.person, at, outcome)] if came_back else []
        template = self.parts.templates.find(proposal.template, proposal.channel, self._consumer(unit, proposal.person).locale)
        if outcome != DELIVERED or template is None or not template.notice:
            return []
        notice = _served(dispatch, template, at)
        unit.remember(NOTICE, notice.id, fingerprint(notice), notice.person)
        return [NoticeServed(notice)]


def _served(dispatch: Dispatch, template: Template, at: datetime) -> Notice:
    proposal = dispatch.proposal
    wording = dispatch.judged.wording if dispatch.judged is not None and dispatch.judged.wording else template.version
    return Notice(
        dispatch.id,
        proposal.person,
        template.notice,
        proposal.accounts,
        at,
        means=_MEANS.get(proposal.channel, proposal.channel),
        point=dispatch.point,
        template=f"{template.key}@{wording}",
        states=template.disclosures,
    )
