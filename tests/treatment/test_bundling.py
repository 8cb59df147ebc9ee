from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from collectkit.actions import ActionKind, Proposal
from collectkit.treatment import DueOffset, Step, TreatmentPolicy, bundle, propose, steps_taken

ON = date(2026, 9, 19)


def contact(account, *, person="c-1", channel="sms", template="late", step="first", party="first_party", handler=None):
    id = f"{account}/2026-09-15/{step}/1"
    return Proposal(
        id,
        ActionKind.CONTACT,
        person,
        (account,),
        channel=channel,
        template=template,
        step=step,
        party=party,
        handler=handler,
        why=("late",),
    )


class TestBundle:
    def test_one_message_speaks_of_all_accounts_of_a_person(self):
        """
        Three plans are late: the person gets one text, and each account keeps its own step.
        """
        proposals = [contact("a-1"), contact("a-2", step="second"), contact("a-3")]
        (message,) = bundle(proposals)
        taken = steps_taken(proposals, version="7", on=ON)

        assert (("a-1", "a-2", "a-3"), "first+second") == (message.accounts, message.step)
        assert ("a-1: late", "a-2: late", "a-3: late") == message.why
        assert [("a-1", "first"), ("a-2", "second"), ("a-3", "first")] == [(step.account, step.step) for step in taken]
        assert {(message.id, "planned", "7", date(2026, 9, 15))} == {(s.message, s.outcome, s.version, s.cycle) for s in taken}

    def test_other_people_channels_templates_and_acts_stay_apart(self):
        """
        Only the same message to the same person is joined; fees never are.
        """
        fees = [Proposal(f"a-{i}/2026-09-15/fee/1", ActionKind.CHARGE_FEE, "c-1", (f"a-{i}",), step="fee") for i in (1, 2)]
        apart = [contact("a-1"), contact("a-2", person="c-2"), contact("a-3", channel="email"), contact("a-4", template="other"), *fees]

        assert sorted(apart, key=lambda proposal: proposal.id) == list(bundle(apart))
        assert {None} == {step.message for step in steps_taken(fees, version="1", on=ON)}

    def test_an_agency_speaks_of_its_own_accounts_alone(self):
        """
        The creditor's own message joins accounts of two teams; messages of two agencies stay apart.
        """
        own = [contact("a-1", handler="team"), contact("a-2", handler="center")]
        third = [contact(f"a-{i}", handler=f"agency-{i}", party="third_party") for i in (1, 2)]

        assert [None] == [message.handler for message in bundle(own)]
        assert ["agency-1", "agency-2"] == [message.handler for message in bundle(third)]

    def test_the_outcome_of_the_message_is_that_of_its_steps(self):
        """
        What the law refused is recorded for each account of the message.
        """
        proposals = [contact("a-1"), contact("a-2")]
        (message,) = bundle(proposals)

        assert ["refused", "refused"] == [s.outcome for s in steps_taken(proposals, version="1", on=ON, outcomes={message.id: "refused"})]

    def test_proposals_of_a_treatment_are_bundled(self, standing):
        """
        What `propose` makes for two accounts becomes one message.
        """
        policy = TreatmentPolicy("t", "1", [Step("first", DueOffset(1), channel="sms", template="late")])
        proposals = [p for account in ("a-1", "a-2") for p in propose(standing(ON, account=account), None, policy, (), ON)]

        assert [("a-1", "a-2")] == [message.accounts for message in bundle(proposals)]


PROPOSALS = st.lists(
    st.builds(
        contact,
        st.sampled_from([f"a-{i}" for i in range(6)]),
        person=st.sampled_from(["c-1", "c-2"]),
        channel=st.sampled_from(["sms", "email"]),
        step=st.sampled_from(["first", "second"]),
    ),
    unique_by=lambda proposal: proposal.id,
    max_size=8,
)


class TestLaws:
    @given(proposals=PROPOSALS, order=st.randoms(use_true_random=False))
    def test_no_account_is_lost_and_order_never_matters(self, proposals, order):
        """
        Each person gets at most one message of a kind, about exactly the accounts that were due, however they come.
        """
        shuffled = list(proposals)
        order.shuffle(shuffled)
        bundled = bundle(proposals)

        assert bundled == bundle(shuffled) == bundle(bundled)
        assert {(p.person, p.channel, a) for p in proposals for a in p.accounts} == {
            (p.person, p.channel, a) for p in bundled for a in p.accounts
        }
        assert len(bundled) == len({(p.person, p.channel, p.template) for p in proposals})
        assert len(proposals) == len(steps_taken(proposals, version="1", on=ON))
        assert {step.message for step in steps_taken(proposals, version="1", on=ON)} == {p.id for p in bundled}
