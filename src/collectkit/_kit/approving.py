"""What a host does with approvals: ask for one, give it, decline it, look at it."""

from __future__ import annotations

from datetime import datetime

from collectkit._kit.again import decided_again
from collectkit._kit.core import Core, approval_stream
from collectkit.approvals import (
    Approval,
    ApprovalDeclined,
    ApprovalGiven,
    ApprovalReason,
    ApprovalRequested,
    fold_approval,
    give_approval,
    request_approval,
)
from collectkit.errors import PermissionDeniedError, RefusedError, UnknownIdError
from collectkit.principals import Act, Circumstances, Deny, NeedsApproval, asked_of
from collectkit.refusals import Refusal


@decided_again
class Approving(Core):
    """Two people for one act; each acts through a kit of their own, from `Kit.acting`."""

    def request_approval(self, act: Act, *, id: str, needs: NeedsApproval, at: datetime) -> ApprovalRequested:
        """
        Ask that a second person approve an act; *act* and *needs* are those of the `ApprovalRequiredError`.

        The same again returns what was asked first.

        Raises:
            RefusedError: The id was used to ask for something else.
        """
        stream = approval_stream(id)
        with self._unit() as unit:
            known = fold_approval(unit.bodies(stream))
            outcome = request_approval(known, id, act, self.principal, needs, at=at)
            if isinstance(outcome, Refusal):
                raise RefusedError(outcome)
            if known is None:
                unit.append(self._context(at, f"ask/{id}"), {stream: (0, [outcome])})
        return outcome

    def approve(self, id: str, *, at: datetime, expires_at: datetime | None = None) -> ApprovalGiven:
        """
        Approve what was asked for under *id*, exactly as it was asked.

        Raises:
            RefusedError: This principal may not approve it, what it is about has changed, or it was declined or used.
            PermissionDeniedError: This principal may not do the act either.
        """
        stream = approval_stream(id)
        with self._unit() as unit:
            bodies = unit.bodies(stream)
            known = fold_approval(bodies)
            version = 0 if known is None else unit.version(known.requested.act.resource)
            outcome = give_approval(known, self.principal, version=version, at=at, expires_at=expires_at)
            if isinstance(outcome, Refusal):
                raise RefusedError(outcome)
            if known is not None:
                self._may_too(known.requested.act, at)
                if known.given is None:
                    unit.append(self._context(at, f"approve/{id}"), {stream: (len(bodies), [outcome])})
        return outcome

    def _may_too(self, act: Act, at: datetime) -> None:
        """Whoever approves must be able to do the act: nobody approves for their own household, or what they must not touch."""
        answer = asked_of(self.parts.authority, self.principal, act, Circumstances(at, self.policy.version))
        if isinstance(answer, Deny):
            reason = answer.reason
            text = f"{self.principal.id!r} may not approve {act.action} on {act.resource}: {reason}; nothing was approved"
            raise PermissionDeniedError(text, action=act.action, resource=act.resource)

    def decline(self, id: str, *, at: datetime, reason: str = "") -> ApprovalDeclined:
        """
        Say no to what was asked for; it can be asked anew under another id.

        Raises:
            UnknownIdError: Nobody asked for this approval.
            RefusedError: It was used already.
        """
        stream = approval_stream(id)
        with self._unit() as unit:
            bodies = unit.bodies(stream)
            known = fold_approval(bodies)
            if known is None:
                raise UnknownIdError(f"nobody asked for approval {id!r}; nothing was declined")
            before = next((body for body in bodies if isinstance(body, ApprovalDeclined)), None)
            if before is not None:
                return before
            if known.used:
                raise RefusedError(Refusal(ApprovalReason.USED, "it was used before", "nothing was declined"))
            event = ApprovalDeclined(id, self.principal.id, at, reason)
            unit.append(self._context(at, f"decline/{id}"), {stream: (len(bodies), [event])})
        return event

    def approval_of(self, id: str) -> Approval:
        """
        Return an approval and what became of it.

        Raises:
            UnknownIdError: Nobody asked for it.
        """
        with self._view() as unit:
            known = fold_approval(unit.bodies(approval_stream(id)))
        if known is None:
            raise UnknownIdError(f"nobody asked for approval {id!r}; nothing was approved")
        return known
