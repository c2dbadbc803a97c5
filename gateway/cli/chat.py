"""``frontdesk chat``: the assistant in a terminal, answering as it would on a channel."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path

import click

from brain.contract import Brain
from channels.kinds import CAPABILITIES
from gateway.bootstrap.surfaces import shown_kind
from gateway.cli.asking import RunningGateway
from gateway.cli.failures import Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, indented, safe
from gateway.cli.storing import configuration
from gateway.cli.talking import Exchange, Heard, Place, Talk
from gateway.cli.thinking import own_brain
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.notices.catalogue import notices_for
from gateway.speech.gate import gate_of
from gateway.turns.plan import ChannelRules, TurnSetup
from gateway.web.control import TEXT_LIMIT, answers, control_path

END = frozenset({"/quit", "/exit"})


@click.command("chat")
@click.option(
    "--channel",
    "kind",
    default="web",
    show_default=True,
    help="The kind of channel to be a customer of: web, whatsapp, slack, discord, telegram, email.",
)
@everywhere
def chat(kind: str, config: Path, *, as_json: bool) -> None:
    """Talk to the assistant as a customer would; /quit or Ctrl-D ends it.

    The running gateway answers; where none runs, an index is built for the occasion. Nothing is
    stored, and no person is called. A number presses the button of that number. Lines may also
    come from standard input.
    """
    if kind not in CAPABILITIES:
        raise Misused(f"there is no kind {kind!r}; use one of {', '.join(CAPABILITIES)}")
    settings = configuration(config)
    with asyncio.Runner() as runner, ExitStack() as stack:
        running = answers(settings.store.data)
        brain = _running(settings) if running else own_brain(settings, stack, runner).brain
        talk = _talk(settings, kind, brain)
        had = _exchanges(talk, brain, runner)
        if as_json:
            turns = [_document(exchange) for exchange in had]
            emit({"kind": kind, "gateway": running, "exchanges": turns})
            return
        for exchange in had:
            _print(exchange)


def _running(settings: Settings) -> Brain:
    click.echo("the running gateway answers", err=True)
    return RunningGateway(control_path(settings.store.data))


def _talk(settings: Settings, kind: str, brain: Brain) -> Talk:
    """As on the first channel of this kind, else as on one that has the kind's name."""
    named = [name for name, entry in settings.channels.items() if shown_kind(entry) == kind]
    channel = named[0] if named else kind
    entries = [settings.channels[channel]] if named else list(settings.channels.values())
    demo = all(entry.demo for entry in entries)
    rules = ChannelRules(demo=demo, answers=True, mail=CAPABILITIES[kind].dialect == "email")
    setup = TurnSetup(
        brain=brain,
        notices=notices_for(settings),
        hours=settings.business.hours,
        languages=tuple(settings.business.languages),
        rules={channel: rules},
        version=1,
        masking=settings.privacy.masking,
        gate=gate_of(settings),
    )
    return Talk(setup, Place(channel, CAPABILITIES[kind]), SystemClock())


def _exchanges(talk: Talk, brain: Brain, runner: asyncio.Runner) -> Iterator[Exchange]:
    for line in _lines():
        if len(line) > TEXT_LIMIT:
            click.echo(f"that is longer than {TEXT_LIMIT} characters; say it shorter", err=True)
            continue
        turn = talk.asked(line)
        yield talk.answered(turn, runner.run(brain.decide(turn)))


def _lines() -> Iterator[str]:
    for line in _typed() if sys.stdin.isatty() else _piped():
        if line.strip() in END:
            return
        if line.strip():
            yield line


def _typed() -> Iterator[str]:
    with suppress(ImportError):
        # Importing it is what lets a line be edited.
        import_module("readline")
    while True:
        try:
            yield input("you> ")
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return


def _piped() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _print(exchange: Exchange) -> None:
    if not sys.stdin.isatty():
        click.echo(f"you> {safe(exchange.said)}")
    for heard in exchange.heard:
        _print_heard(heard)
    if not exchange.heard:
        click.echo("    (the assistant says nothing)")
    decision = exchange.decision
    reasons = "; ".join(f"{reason.code}: {reason.rule}" for reason in decision.reasons)
    click.echo(f"  · {decision.kind}, confidence {decision.confidence:.2f}, {safe(reasons)}")
    if decision.kind in {"hand_over", "draft"}:
        click.echo("  · a person would answer now; go on, and it is a new case")
    click.echo()


def _print_heard(heard: Heard) -> None:
    click.echo(f"  {heard.author}:")
    for piece in heard.pieces:
        click.echo(indented(piece))
    for number, source in enumerate(heard.beside, start=1):
        click.echo(f"    source {number}: {safe(source)}")
    for number, choice in enumerate(heard.choices, start=1):
        click.echo(f"    [{number}] {safe(choice.label)}")


def _document(exchange: Exchange) -> dict[str, object]:
    decision = exchange.decision
    return {
        "said": exchange.said,
        "decision": decision.kind,
        "confidence": round(decision.confidence, 4),
        "language": decision.language,
        "reasons": [{"code": one.code, "rule": one.rule} for one in decision.reasons],
        "messages": [_message(heard) for heard in exchange.heard],
    }


def _message(heard: Heard) -> dict[str, object]:
    return {
        "author": heard.author,
        "notice": heard.notice,
        "pieces": list(heard.pieces),
        "citations": [
            {"title": link.title, "url": link.url, "passage": link.passage}
            for link in heard.citations
        ],
        "choices": [{"id": choice.id, "label": choice.label} for choice in heard.choices],
    }
