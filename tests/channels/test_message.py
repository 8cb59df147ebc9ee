"""From a permit to a message, and every reason not to write one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from collectkit.account import Account
from collectkit.actions import ActionKind, Permit, Proposal
from collectkit.channels.message import Message, MessageReason, compose, content_digest
from collectkit.channels.templates import Template, TemplateSet, bundled
from collectkit.person import Consumer, Email, Phone
from collectkit.refusals import Refusal
from collectkit.schedules import Plan
from collectkit.standing import opening_standing

DUE = (date(2026, 9, 1), date(2026, 9, 15), date(2026, 9, 29), date(2026, 10, 13))
ON = date(2026, 10, 20)
AT = datetime(2026, 10, 20, 18, tzinfo=UTC)
CONSUMER = Consumer(
    "c-1", name="Test Consumer", contacts=[Phone("+12125550123", source="checkout"), Email("c1@example.com", source="checkout")]
)
LATE = opening_standing(Account("a-1", "c-1", Plan("pay_in_4", "USD", DUE[0], DUE, (5000,) * 4), merchant="Corner Shop"), ON)
POINTS = {"sms": "phone-1", "phone": "phone-1", "email": "email-1"}


def permit(channel: str = "sms", *, template: str = "reminder-late", duties: tuple[str, ...] = (), **rest: object) -> Permit:
    proposal = Proposal("m-1", ActionKind.CONTACT, "c-1", ("a-1",), channel=channel, template=template)
    held = Permit(proposal, POINTS[channel], AT - timedelta(minutes=1), AT + timedelta(minutes=5), duties, 1)
    return attrs.evolve(held, **rest)


def written(held: Permit, **rest: object) -> Message | Refusal[MessageReason]:
    given = {"consumer": CONSUMER, "standings": (LATE,), "templates": bundled(), "on": ON, "at": AT, "pay_url": "https://pay.example/a-1"}
    given |= {"sender_name": "Example Pay", **rest}
    return compose(held, given.pop("consumer"), given.pop("standings"), given.pop("templates"), **given)


def one(text: str) -> TemplateSet:
    return TemplateSet((Template("reminder-late", "sms", "en", "1", "", text),))


class TestCompose:
    def test_sms_of_a_late_account(self):
        """
        Amount, date and link as the consumer reads them, with the way out.
        """
        expected = "Example Pay: $200.00 was due on Sep 1, 2026. Trouble paying? Tell us. https://pay.example/a-1\nReply STOP to opt out"
        message = written(permit(duties=("electronic_opt_out",)))

        assert Message("m-1", "sms", "+12125550123", "", expected, "en_US", "reminder-late", "1") == message

    def test_email_greets_by_name(self):
        """
        The subject is filled too, and the point is the one of the permit.
        """
        message = written(permit("email"))

        assert ("c1@example.com", "A payment to Example Pay was missed") == (message.to, message.subject)
        assert message.text.startswith("Hello Test,\n")

    def test_spanish_sms_keeps_to_plain_spaces(self):
        """
        The narrow space before a currency sign would make the SMS cost twice.
        """
        message = written(permit(), consumer=attrs.evolve(CONSUMER, locale="es_ES"))

        assert "200,00 US$ vencieron el 1 sept 2026" in message.text
        assert "\u00a0" not in message.text

    def test_call_becomes_a_task(self):
        """
        Who calls is told about what, and what must be said.
        """
        message = written(permit("phone", template="", duties=("from_debt_collector",)))

        assert "Call about account a-1: 200.00 USD past due since 2026-09-01.\nYou must disclose: from_debt_collector." == message.text

    def test_disputed_amount_is_not_asked_for(self):
        """
        Only what is not disputed is named as late.
        """
        message = written(permit(), standings=(attrs.evolve(LATE, disputed_minor=5000),))

        assert "$150.00 was due" in message.text

    def test_name_is_never_evaluated(self):
        """
        A name that looks like a template stays a name.
        """
        message = written(permit(), consumer=attrs.evolve(CONSUMER, name="{{ 7*7 }}"), templates=one("Hi {{ name }}"))

        assert "Hi {{ 7*7 }}" == message.text


class TestRefusals:
    @pytest.mark.parametrize(
        ("held", "rest", "reason"),
        [
            (permit(), {"at": AT + timedelta(hours=1)}, MessageReason.PERMIT_EXPIRED),
            (permit(), {"at": AT - timedelta(hours=1)}, MessageReason.PERMIT_EXPIRED),
            (permit(), {"standings": ()}, MessageReason.SUBJECT_DIFFERS),
            (permit(), {"consumer": attrs.evolve(CONSUMER, id="c-2")}, MessageReason.SUBJECT_DIFFERS),
            (permit(), {"on": ON - timedelta(days=1)}, MessageReason.STANDING_STALE),
            (permit(point="phone-9"), {}, MessageReason.POINT_GONE),
            (permit(point="email-1"), {}, MessageReason.POINT_GONE),
            (permit(template="unheard-of"), {}, MessageReason.TEMPLATE_MISSING),
            (permit(), {"consumer": attrs.evolve(CONSUMER, locale="fr_FR")}, MessageReason.TEMPLATE_MISSING),
            (permit(duties=("from_debt_collector",)), {}, MessageReason.DUTY_MISSING),
            (permit(), {"consumer": attrs.evolve(CONSUMER, name=""), "templates": one("Dear {{ name }},")}, MessageReason.VARIABLE_EMPTY),
            (permit(), {"sender_name": ""}, MessageReason.VARIABLE_EMPTY),
            (permit(), {"standings": (attrs.evolve(LATE, disputed_minor=20_000),)}, MessageReason.VARIABLE_EMPTY),
            (permit(), {"standings": (attrs.evolve(LATE, closed_on=ON),)}, MessageReason.VARIABLE_EMPTY),
            (permit(), {"templates": one("x" * 460)}, MessageReason.TOO_LONG),
        ],
    )
    def test_reason(self, held, rest, reason):
        """
        What cannot be said rightly is not said.
        """
        answer = written(held, **rest)

        assert isinstance(answer, Refusal)
        assert (reason, "no message was built") == (answer.reason, answer.not_done)

    def test_point_that_must_not_be_used(self):
        """
        A number that belongs to somebody else since is not written to.
        """
        wrong = attrs.evolve(CONSUMER, contacts=[Phone("+12125550123", source="checkout", status="wrong_party")])

        assert MessageReason.POINT_GONE is written(permit(), consumer=wrong).reason


class TestMessage:
    def test_repr_shows_no_personal_data(self):
        """
        A log line holds neither number nor text.
        """
        shown = repr(written(permit()))

        assert "2125550123" not in shown
        assert "$200" not in shown

    def test_digest_tells_messages_apart(self):
        """
        Same content, same digest; moving a character between fields changes it.
        """
        message = written(permit("email"))
        moved = attrs.evolve(message, subject=message.subject[:-1], text=message.subject[-1] + message.text)

        assert content_digest(message) == content_digest(written(permit("email")))
        assert content_digest(message) != content_digest(moved)
