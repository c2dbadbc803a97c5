"""What staff change and take back in a thread follows at the customer's, where the platform can;
else the thread says that it does not."""

from __future__ import annotations

import asyncio

from gateway.conversations import relays
from gateway.desk import thread_rows
from gateway.desk.orders import order_of
from gateway.desk.scenes import Scene, Tools
from gateway.records import Prepared
from gateway.store.unit import Unit


async def edited(tools: Tools, scene: Scene) -> str:
    order = order_of(scene.row["body"], marked_only=bool(scene.thread["marked_only"]))
    said = Prepared(author="staff", markdown=order.text, name=scene.actor.name)
    channel = scene.conversation["channel"]
    prepared = await asyncio.to_thread(tools.rendering.prepare, channel, said)
    piece = prepared.pieces[0] if len(prepared.pieces) == 1 else None
    can = tools.can(scene).edits

    def unit(unit: Unit) -> str:
        message = relays.written(unit, scene.thread, scene.row["external_id"])
        if message is None or not order.text:
            return "nothing"
        if message["kind"] == "note":
            came = "note"
        else:
            came = "stale" if piece is None else relays.change(unit, message, piece, can=can)
        if came != "stale":
            relays.reworded(unit, message, order.text)
        return came

    return await _told(tools, scene, await tools.write(scene, unit))


async def deleted(tools: Tools, scene: Scene) -> str:
    can = tools.can(scene).deletes

    def unit(unit: Unit) -> str:
        message = relays.written(unit, scene.thread, scene.row["external_id"])
        if message is None:
            return "nothing"
        came = relays.change(unit, message, None, can=can)
        if came != "stale":
            relays.withdrawn(unit, message)
        return came

    return await _told(tools, scene, await tools.write(scene, unit))


async def undone(tools: Tools, scene: Scene, message: str) -> str:
    """A button of the receipt takes back what has not begun to go out."""

    def unit(unit: Unit) -> bool:
        found = relays.parts(unit, message)
        ours = any(one["told_in"] == scene.thread["id"] for one in found)
        done = ours and relays.undone(unit, message)
        if done:
            relays.moved(unit, found[0])
        return done

    if await tools.write(scene, unit):
        return "taken back"
    await tools.whisper(scene, "Too late: it is on its way already.")
    return "refused: too late"


async def _told(tools: Tools, scene: Scene, came: str) -> str:
    if came == "stale":
        customer = await tools.read(lambda r: thread_rows.customer(r, scene.conversation))
        channel = tools.kind(scene)
        line = tools.notices().staff_line("stale_view", customer=customer, channel=channel)
        await tools.line(scene, line)
    return f"followed: {came}"
