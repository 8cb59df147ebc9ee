"""What is asked once more of a contact just before it is made, whoever makes it: the driver that sends it, or people with a list."""

from __future__ import annotations

from collectkit._kit.core import Core
from collectkit.person_standing import PersonStanding
from collectkit.servicing.dispatch import Dispatch
from collectkit.servicing.purposes import OBLIGATORY
from collectkit.treatment.rechecking import come_between


class Rechecking(Core):
    """Asking the treatment again; the law is asked by itself."""

    def _come_between(self, dispatch: Dispatch, person: PersonStanding) -> str:
        """Return what stands against a planned contact by now, in words: a hold, its adjustments, an agreement; empty for nothing."""
        proposal = dispatch.proposal
        if proposal.purpose in OBLIGATORY:
            return ""
        return come_between(
            proposal,
            person,
            self.policy.treatments.all,
            self.policy.holds.effects,
            since=dispatch.planned_at,
            messages={dispatch.id, dispatch.key},
            zone=self.policy.zone,
            party_of=self.policy.allocation.party_of,
        )
