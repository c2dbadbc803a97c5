"""What may be done over HTTP and by whom: the one door of authorisation. Pure; who somebody is
was found out before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from channels.signatures import Refused
from gateway.people.records import Actor

Action: TypeAlias = Literal[
    "look_at_health",
    "fetch_file",
    "open_page",
    "sign_in",
    "sign_out",
    "see_self",
    "say_presence",
    "read_conversations",
    "act_in_conversations",
    "read_originals",
    "read_traces",
    "read_deliveries",
    "decide_deliveries",
    "read_staff",
    "read_channels",
    "manage_staff",
    "link_own_accounts",
    "read_knowledge",
    "edit_knowledge",
    "try_by_link",
    "read_bounds",
    "turn_switch",
    "read_actions",
    "decide_actions",
    "edit_canned_replies",
    "read_contacts",
    "edit_contacts",
    "read_settings",
    "edit_settings",
]


@dataclass(frozen=True, slots=True)
class Need:
    """What an action asks of the one who does it. ``known`` looks for a sign-in without asking
    for one."""

    staff: bool = True
    known: bool = True
    writes: bool = False
    lead: bool = False


ANYBODY = Need(staff=False, known=False)
POLICY: Mapping[Action, Need] = {
    "look_at_health": ANYBODY,
    "fetch_file": ANYBODY,
    "sign_in": ANYBODY,
    "open_page": Need(staff=False),
    "sign_out": Need(staff=False, writes=True),
    "see_self": Need(),
    "say_presence": Need(writes=True),
    "read_conversations": Need(),
    "act_in_conversations": Need(writes=True),
    "read_originals": Need(writes=True, lead=True),
    "read_traces": Need(),
    "read_deliveries": Need(),
    "decide_deliveries": Need(writes=True),
    "read_staff": Need(lead=True),
    "read_channels": Need(),
    "manage_staff": Need(writes=True, lead=True),
    "link_own_accounts": Need(writes=True),
    "read_knowledge": Need(),
    "edit_knowledge": Need(writes=True, lead=True),
    # The link is the right; its handler looks at it.
    "try_by_link": ANYBODY,
    "read_bounds": Need(),
    "turn_switch": Need(writes=True, lead=True),
    "read_actions": Need(),
    "decide_actions": Need(writes=True),
    "edit_canned_replies": Need(writes=True, lead=True),
    "read_contacts": Need(),
    "edit_contacts": Need(writes=True),
    "read_settings": Need(),
    "edit_settings": Need(writes=True, lead=True),
}


def authorize(actor: Actor | None, action: Action) -> None:
    """
    Raises:
        Refused: 401 for nobody, 403 for somebody who may not.
    """
    need = POLICY[action]
    if not need.staff:
        return
    if actor is None:
        raise Refused(
            401,
            "This needs a signed-in member of staff: the desk's session, or a token of"
            " `frontdesk staff token` as Authorization: Bearer.",
            {"WWW-Authenticate": 'Bearer realm="desk"'},
        )
    if need.writes and actor.scope == "read":
        raise Refused(403, "This token may only read; make one with the scope desk.")
    if need.lead and actor.role != "lead":
        raise Refused(403, "Only leads may do this; ask one.")
