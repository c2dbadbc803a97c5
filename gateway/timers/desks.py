"""What is due in threads of desks: whether staff have seen what they should, the group on duty, and
what somebody snoozed."""

from __future__ import annotations

from sqlalchemy import RowMapping

from gateway.conversations import desk_threads
from gateway.conversations.desk_threads import Post
from gateway.conversations.opening import lock
from gateway.store.unit import Unit, loads_object


def unseen(unit: Unit, timer: RowMapping) -> None:
    row = lock(unit, timer["conversation_id"])
    if row is not None:
        desk_threads.look_whether_seen(unit, row)


def call(unit: Unit, timer: RowMapping) -> None:
    """Nobody has answered: the group on duty is called, unless somebody has taken it meanwhile."""
    row = lock(unit, timer["conversation_id"])
    if row is None or row["waiting_since"] is None or row["owner"] == "staff":
        return
    thread = desk_threads.by_id(unit, row["desk_thread_id"])
    if thread is not None:
        desk_threads.call(unit, thread)


def snoozed(unit: Unit, timer: RowMapping) -> None:
    told = loads_object(timer["payload"])
    thread = desk_threads.by_id(unit, told.get("thread"))
    if thread is not None and thread["state"] == "open":
        account = str(told.get("account", ""))
        desk_threads.post(unit, thread, Post("wake", data=(("account", account),)))
