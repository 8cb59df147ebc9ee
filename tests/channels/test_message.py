"""From a permit to words: what is refused, what is said, and what is never shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectkit.account import Account
from collectkit.actions import ActionKind, Permit, Proposal
from collectkit.channels.channel import segments
from collectkit.channels.message import SMS_SEGMENTS_MAX, TEXT_MAX, Message, MessageReason, compose, content_digest
from collectkit.channels.templates import Template, TemplateSet, bundled
from collectkit.facts import AccountFacts
from collectkit.holds import Hold, HoldKind
from collectkit.money import Money
from collectkit.person import Consumer, Email, Phone, Postal
from collectkit.refusals import Refusal
from collectkit.schedules.plan import Plan
from collectkit.standing import Standing, standing_of
from collectkit.testing.strategies import standings as any_standings

AT = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
ON = date(2026, 10, 20)
CONSUMER = Consumer(
    "c-1",
    "Test Consumer",
    contacts=[
        Phone("+12125550123", source="checkout"),
        Email("c1@example.com", source="checkout"),
        Postal("1 Test Street", source="checkout"),
    ],
)
POINTS = {"sms": "phone-1", "phone": "phone-1", "email": "email-1", "letter": "postal-1", "in_person": "postal-1"}
PLAN = Plan(
    kind="pay_in_2", currency="USD", bought_on=date(2026, 9, 1), due_on=(date(2026, 9, 15), date(2026, 10, 27)), principal=(5000, 5000)
)


def standing(id: str = "a-1", *, plan: Plan = PLAN, merchant: str = "Corner Shop", **facts: object) -> Standing:
    return standing_of(AccountFacts(Account(id, "c-1", plan, merchant=merchant), **facts), ON)


def permit(
    channel: str = "sms", template: str = "reminder-late", *, accounts: tuple[str, ...] = ("a-1",), duties: tuple[str, ...] = ()
) -> Permit:
    proposal = Proposal("m-1", ActionKind.CONTACT, "c-1", accounts, channel, template=template, why=("35 days past due",))
    return Permit(proposal, POINTS[channel], AT, AT + timedelta(minutes=5), duties, 1)


def composed(
    given: Permit,
    *about: Standing,
    consumer: Consumer = CONSUMER,
    templates: TemplateSet | None = None,
    at: datetime = AT,
    on: date = ON,
) -> Message | Refusal[MessageReason]:
    return compose(
        given,
        consumer,
        about or (standing(),),
        templates or bundled(),
        sender_name="Example Pay",
        pay_url="https://pay.example/a-1",
        on=on,
        at=at,
    )


def own(text: str, *, channel: str = "sms", subject: str = "") -> TemplateSet:
    return TemplateSet((Template("reminder-late", channel, "en", "7", subject, text),))


def reason(outcome: Message | Refusal[MessageReason]) -> MessageReason:
    assert isinstance(outcome, Refusal)
    assert "no message was built" == outcome.not_done
    return outcome.reason


class TestCompose:
    def test_a_late_account_by_sms(self) -> None:
        """
        What is late, since when, where to pay and how to stop.
        """
        message = composed(permit())

        assert isinstance(message, Message)
        assert (
            "Example Pay: $50.00 was due on Sep 15, 2026. Trouble paying? Tell us. https://pay.example/a-1\nReply STOP to opt out"
            == message.text
        )
        assert ("m-1", "sms", "+12125550123", "", "en_US", "reminder-late", "1") == (
            message.id,
            message.channel,
            message.to,
            message.subject,
            message.locale,
            message.template,
            message.version,
        )

    def test_spanish_speakers_are_written_to_in_spanish(self) -> None:
        """
        The language of the text and the market of the amounts both follow the locale.
        """
        message = composed(permit("email"), consumer=attrs.evolve(CONSUMER, locale="es_US"))

        assert isinstance(message, Message)
        assert "Hola, Test:" == message.text.splitlines()[0]
        assert "$50.00" in message.text and "15 sept 2026" in message.text

    def test_two_accounts_in_one_message(self) -> None:
        """
        One message for everything late: the amounts add up, each shop is named once.
        """
        two = (standing("a-1"), standing("a-2", merchant="Book Shop"))
        message = composed(permit("email", accounts=("a-1", "a-2")), *two)

        assert isinstance(message, Message)
        assert "$100.00" in message.text
        assert "Corner Shop, Book Shop" in message.text

    def test_currencies_are_not_added(self) -> None:
        """
        A sum in each currency.
        """
        euros = standing("a-2", plan=attrs.evolve(PLAN, currency="EUR"))
        message = composed(permit(accounts=("a-1", "a-2")), standing(), euros, templates=own("{{ amount_due }}"))

        assert isinstance(message, Message)
        assert "$50.00 + €50.00" == message.text

    def test_what_is_disputed_is_not_asked_for(self) -> None:
        """
        Twenty of the fifty dollars are in dispute.
        """
        dispute = Hold(
            "h-1",
            HoldKind.DISPUTE_PART,
            person="c-1",
            account="a-1",
            starts_on=ON,
            reason="returned",
            amount=Money(2000, "USD"),
            review_on=ON,
        )
        message = composed(permit(), standing(holds=(dispute,)), templates=own("{{ amount_past_due }}"))

        assert isinstance(message, Message)
        assert "$30.00" == message.text

    def test_spaces_of_other_widths_do_not_double_the_cost(self) -> None:
        """
        Babel writes no-break spaces between amount and sign; one of them would turn the SMS into UCS-2.
        """
        euros = standing(plan=attrs.evolve(PLAN, currency="EUR"))
        german = TemplateSet((Template("reminder-late", "sms", "de", "1", "", "{{ sender }}: {{ amount_due }} offen. STOP beendet."),))
        message = composed(permit(), euros, consumer=attrs.evolve(CONSUMER, locale="de_DE"), templates=german)

        assert isinstance(message, Message)
        assert "Example Pay: 50,00 € offen. STOP beendet." == message.text

    @pytest.mark.parametrize("channel", ["phone", "in_person", "letter"])
    def test_without_a_template_a_person_gets_a_task(self, channel: str) -> None:
        """
        What about, why, and what must be said.
        """
        message = composed(permit(channel, "", duties=("from_debt_collector",)))

        assert isinstance(message, Message)
        assert "about account a-1: 50.00 USD past due since 2026-09-15." in message.text.splitlines()[0]
        assert ["Because: 35 days past due", "You must disclose: from_debt_collector."] == message.text.splitlines()[1:]

    @given(
        about=any_standings(),
        key=st.sampled_from(sorted({template.key for template in bundled().templates})),
        locale=st.sampled_from(["en_US", "es_MX", "en_GB"]),
    )
    def test_every_shipped_text_is_whole_or_refused(self, about: Standing, key: str, locale: str) -> None:
        """
        Whatever an account looks like, no brace, no hole and no third SMS.
        """
        consumer = attrs.evolve(CONSUMER, locale=locale)
        for channel in ("sms", "email"):
            message = composed(permit(channel, key), about, consumer=consumer, on=about.as_of)

            if isinstance(message, Refusal):
                assert MessageReason.VARIABLE_EMPTY is message.reason
                continue
            assert not set("{}%") & set(message.subject + message.text)
            assert "  " not in message.text and " ." not in message.text
            assert channel == "email" or segments(message.text) <= 2


class TestRefusals:
    def test_an_expired_permit(self) -> None:
        """
        The last instant still counts, the next does not, nor does one before the reservation.
        """
        last = AT + timedelta(minutes=5)

        assert isinstance(composed(permit(), at=last), Message)
        assert MessageReason.PERMIT_EXPIRED is reason(composed(permit(), at=last + timedelta(microseconds=1)))
        assert MessageReason.PERMIT_EXPIRED is reason(composed(permit(), at=AT - timedelta(microseconds=1)))

    def test_another_person_or_other_accounts(self) -> None:
        """
        A permit is for one person and names the accounts.
        """
        assert MessageReason.SUBJECT_DIFFERS is reason(composed(permit(), consumer=attrs.evolve(CONSUMER, id="c-2")))
        assert MessageReason.SUBJECT_DIFFERS is reason(composed(permit(), standing("a-2")))
        assert MessageReason.SUBJECT_DIFFERS is reason(composed(permit(), standing("a-1"), standing("a-2")))

    def test_a_stale_standing(self) -> None:
        """
        On the next due date the amount is another one.
        """
        given = permit()

        assert MessageReason.STANDING_STALE is reason(composed(given, on=date(2026, 10, 28)))

    def test_a_point_that_went_bad(self) -> None:
        """
        Gone, wrong, or not able to take the channel.
        """
        wrong = attrs.evolve(CONSUMER, contacts=[Phone("+12125550123", source="checkout", status="wrong_party")])

        assert MessageReason.POINT_GONE is reason(composed(permit(), consumer=wrong))
        assert MessageReason.POINT_GONE is reason(composed(permit(), consumer=attrs.evolve(CONSUMER, contacts=())))
        assert MessageReason.POINT_GONE is reason(composed(attrs.evolve(permit(), point="email-1")))

    def test_never_in_another_language(self) -> None:
        """
        Nobody is sent a notice that they may not be able to read.
        """
        assert MessageReason.TEMPLATE_MISSING is reason(composed(permit(), consumer=attrs.evolve(CONSUMER, locale="de_DE")))
        assert MessageReason.TEMPLATE_MISSING is reason(composed(permit(template="no-such")))

    def test_a_disclosure_that_the_text_does_not_make(self) -> None:
        """
        The shipped texts are those of a creditor and do not serve a debt collector.
        """
        refused = composed(permit(duties=("electronic_opt_out", "from_debt_collector")))

        assert MessageReason.DUTY_MISSING is reason(refused)
        assert "from_debt_collector" in str(refused) and "electronic_opt_out" not in str(refused)

    def test_no_dear_nobody(self) -> None:
        """
        A text that prints a name is not sent to somebody whose name is not known.
        """
        refused = composed(permit(), consumer=attrs.evolve(CONSUMER, name=""), templates=own("Dear {{ first_name }},"))

        assert MessageReason.VARIABLE_EMPTY is reason(refused)
        assert "first_name" in str(refused)

    def test_too_long(self) -> None:
        """
        In the parts that the network counts for SMS, in characters elsewhere.
        """
        room = 153 * SMS_SEGMENTS_MAX

        assert isinstance(composed(permit(), templates=own("a" * room)), Message)
        assert MessageReason.TOO_LONG is reason(composed(permit(), templates=own("a" * (room + 1))))
        assert MessageReason.TOO_LONG is reason(composed(permit(), templates=own("á" * 67 * SMS_SEGMENTS_MAX + "a")))
        assert isinstance(composed(permit("email"), templates=own("a" * TEXT_MAX, channel="email", subject="s")), Message)
        assert MessageReason.TOO_LONG is reason(
            composed(permit("email"), templates=own("a" * (TEXT_MAX + 1), channel="email", subject="s"))
        )

    def test_no_refusal_shows_personal_data(self) -> None:
        """
        Refusals are logged.
        """
        refusals = [
            composed(permit(), at=AT - timedelta(days=1)),
            composed(permit(), consumer=attrs.evolve(CONSUMER, locale="de_DE")),
            composed(permit(), templates=own("{{ phone }}")),
        ]

        assert not any(secret in str(refusal) for refusal in refusals for secret in ("Test Consumer", "5550123", "c1@example.com"))


class TestMessage:
    def test_repr_hides_the_person(self) -> None:
        """
        No name, amount or number ends up in a log by way of `repr`.
        """
        shown = repr(composed(permit("email")))

        assert not any(secret in shown for secret in ("Test", "50.00", "c1@example.com"))

    def test_digest_sees_every_part(self) -> None:
        """
        The same message has the same digest, any change another.
        """
        message = composed(permit("email"))
        assert isinstance(message, Message)
        changed = [attrs.evolve(message, **{field.name: "other"}) for field in attrs.fields(Message)]

        assert content_digest(message) == content_digest(attrs.evolve(message))
        assert len(changed) + 1 == len({content_digest(one) for one in [message, *changed]})

    @pytest.mark.parametrize(
        "payload",
        ["{{ 7*7 }}", "{% if name %}x{% endif %}", "{{ pay_url }}", "${7*7}", "%(name)s", "{0.__class__}", "{{ '' | append: 'x' }}"],
    )
    def test_a_name_is_never_read_as_a_template(self, payload: str) -> None:
        """
        What a person calls themselves is printed as it is.
        """
        message = composed(permit(), consumer=attrs.evolve(CONSUMER, name=payload), templates=own("Dear {{ name }}!"))

        assert isinstance(message, Message)
        assert f"Dear {payload}!" == message.text
