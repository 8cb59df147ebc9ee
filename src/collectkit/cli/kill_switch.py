"""`collectkit kill-switch`: stop hand-overs at once, look at what is stopped, and let them go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from collectkit.cli.options import OK, AsJson, At, Book, instant, opened, print_json

if TYPE_CHECKING:
    from collectkit.servicing.switches import KillSwitch

commands = App(name="kill-switch", help="Stop hand-overs at once, and let them go on.")


@commands.command(name="pull")
def pull_command(
    switch: str,
    /,
    *,
    options: Book,
    reason: Annotated[str, Parameter(help="Why; it is recorded. No personal data.")],
    jurisdiction: Annotated[str, Parameter(help="Only where this law applies, such as US or US-NY.")] = "",
    channel: Annotated[str, Parameter(help="Only this channel.")] = "",
    handler: Annotated[str, Parameter(help="Only what this handler does.")] = "",
    template: Annotated[str, Parameter(help="Only messages of this template.")] = "",
    at: At = None,
    as_json: AsJson = False,
) -> int:
    """
    Stop hand-overs; without a narrowing option all of them. Once this is answered none begins, by any worker.

    Args:
        switch: Your own id for it, by which it is lifted.
    """
    from collectkit.servicing.switches import KillSwitch

    pulled = KillSwitch(switch, reason, jurisdiction=jurisdiction, channel=channel, handler=handler, template=template)
    with opened(options) as kit:
        answer = kit.stop_hand_overs(pulled, at=instant(at))
    if as_json:
        print_json({"switch": switch, "under_way": list(answer.under_way)})
    else:
        print(answer)
    return OK


@commands.command(name="lift")
def lift_command(
    switch: str,
    /,
    *,
    options: Book,
    reason: Annotated[str, Parameter(help="Why; it is recorded. No personal data.")],
    at: At = None,
) -> int:
    """
    Let hand-overs go on; what waited is spread or given up, as the policy says.

    Args:
        switch: The id under which it was pulled.
    """
    with opened(options) as kit:
        kit.resume_hand_overs(switch, at=instant(at), reason=reason)
    print(f"{switch} is lifted")
    return OK


@commands.command(name="list")
def list_command(*, options: Book, as_json: AsJson = False) -> int:
    """Show the switches that are on."""
    with opened(options) as kit:
        on = kit.kill_switches().on
    if as_json:
        print_json({"on": [{"at": stopped.at, "reason": stopped.switch.reason, **_scope(stopped.switch)} for stopped in on]})
        return OK
    for stopped in on:
        scope = ", ".join(f"{name} {value}" for name, value in _scope(stopped.switch).items() if name != "switch") or "everything"
        print(f"{stopped.switch.id} since {stopped.at.isoformat()}: {scope} ({stopped.switch.reason})")
    if not on:
        print("no kill switch is on")
    return OK


def _scope(switch: KillSwitch) -> dict[str, str]:
    named = {name: str(getattr(switch, name)) for name in ("jurisdiction", "channel", "handler", "template")}
    return {"switch": str(switch.id), **{name: value for name, value in named.items() if value}}
