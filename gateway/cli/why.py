"""The record of one turn as a terminal shows it: what was read in the message, by which rule it was
dealt with, what was found, asked and cut, and how long each step took. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.cli.showing import indented, one_line, safe, when

# Of the chances of what a message is about, the likeliest.
_CHANCES = 5
_SHOWN = 200
_STAGES = {"triage": 0, "knowledge": 1, "answer": 2, "grounding": 3, "models": 4}
_LIKELY = 0.01


def turn(found: Mapping[str, Any], *, full: bool = False) -> str:
    """With ``full`` what models were asked and answered stands there whole."""
    trace: Mapping[str, Any] = found["trace"]
    detail: Mapping[str, Any] = trace.get("detail", {})
    lines = [*_head(found), *_came(trace)]
    lines += [*_triage(detail), *_passages(trace, detail)]
    lines += [*_route(detail), *_calls(found, full=full), *_actions(found)]
    return "\n".join(lines)


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"turn {found['id']}  {found['state']}  decided: {found['decision'] or '-'}"
    yield (
        f"conversation {found['conversation']}, messages {found['from_seq']} to"
        f" {found['through_seq']}, epoch {found['epoch']}"
    )
    yield f"started {when(found['started_at'])}, finished {when(found['finished_at'])}"
    if found["error"]:
        yield f"error: {safe(found['error'])}"
    for reason in found["reasons"]:
        yield f"because {safe(str(reason.get('code', '')))}: {safe(str(reason.get('rule', '')))}"


def _came(trace: Mapping[str, Any]) -> Iterator[str]:
    if "model" in trace:
        said = f"model {safe(str(trace['model']))}, confidence {trace.get('confidence') or 0:.2f}"
        yield f"{said}, language {trace.get('language') or '-'}"
    stages: Mapping[str, float] = trace.get("stages", {})
    if stages:
        # A store gives them in the order of the alphabet.
        inside = sorted(stages, key=lambda name: _STAGES.get(name, len(_STAGES)))
        yield "took " + ", ".join(f"{name} {stages[name] * 1000:.0f} ms" for name in inside)


def _triage(detail: Mapping[str, Any]) -> Iterator[str]:
    triage: Mapping[str, Any] = detail.get("triage") or {}
    if triage.get("intent"):
        yield f"about {safe(str(triage['intent']))} ({triage.get('intent_sure') or 0:.2f})"
    if triage.get("topic"):
        yield f"sensitive: {safe(str(triage['topic']))} ({triage.get('sure') or 0:.2f})"
    chances: Mapping[str, float] = triage.get("chances") or {}
    likely = sorted(chances.items(), key=lambda pair: -pair[1])[:_CHANCES]
    told = [f"{safe(name)} {chance:.2f}" for name, chance in likely if chance >= _LIKELY]
    if told:
        yield f"chances {', '.join(told)}"
    mood: Mapping[str, Any] = triage.get("mood") or {}
    felt = [*_measured(mood, ""), *_measured(mood.get("trend") or {}, "trend of ")]
    if felt:
        yield f"mood {', '.join(felt)}"
    noticed = [name for name in ("wish", "tampering", "unsuccessful") if triage.get(name)]
    if noticed:
        yield "noticed " + ", ".join(f"{name}: {safe(str(triage[name]))}" for name in noticed)
    if "tier" in detail:
        yield f"tier {detail['tier']}: {safe(str(detail.get('tier_rule', '')))}"


def _measured(mood: Mapping[str, Any], which: str) -> Iterator[str]:
    """What is not nothing."""
    for name, value in mood.items():
        if isinstance(value, int | float) and abs(value) >= _LIKELY:
            yield f"{which}{safe(name)} {value:+.2f}"


def _passages(trace: Mapping[str, Any], detail: Mapping[str, Any]) -> Iterator[str]:
    passages: Sequence[Mapping[str, Any]] = trace.get("passages", [])
    for passage in passages:
        title = safe(str(passage.get("title", "")))
        yield f"passage {passage.get('score', 0):.2f}  {title}  ({safe(str(passage.get('id')))})"
    for sentence in detail.get("cut") or ():
        yield f"cut: {one_line(str(sentence), _SHOWN)}"


def _route(detail: Mapping[str, Any]) -> Iterator[str]:
    model: Mapping[str, Any] = detail.get("model") or {}
    if "route" in model:
        names = ", ".join(map(str, model.get("models") or ())) or "people"
        yield f"route {safe(str(model['route']))}: {safe(names)}"
    left_out: Mapping[str, Any] = model.get("left_out") or {}
    for name, why in left_out.items():
        yield f"    left out {safe(str(name))}: {safe(str(why))}"
    for why in model.get("escalated") or ():
        yield f"    a bigger model was asked: {one_line(str(why), _SHOWN)}"
    for name in ("missing", "failed"):
        if model.get(name):
            yield f"    {name}: {one_line(str(model[name]), _SHOWN)}"


def _calls(found: Mapping[str, Any], *, full: bool) -> Iterator[str]:
    calls: Sequence[Mapping[str, Any]] = found.get("calls", ())
    for number, call in enumerate(calls, start=1):
        yield from _call(number, call, full=full)
    if calls:
        total = f"models cost {found['cost_usd']:.6f} US dollars, {found['tokens']} tokens"
        kept = any(call["prompt"] is not None for call in calls)
        hint = "" if full else "; --full shows what they were asked"
        yield total + (hint if kept else "; what they were asked is not kept any more")


def _call(number: int, call: Mapping[str, Any], *, full: bool) -> Iterator[str]:
    tokens: Mapping[str, int] = call["tokens"]
    model = safe(call["answered_by"] or call["requested"])
    after = f" instead of {safe(call['instead_of'])}" if call["instead_of"] else ""
    read = tokens["input"] + tokens["cached"] + tokens["written"]
    yield (
        f"call {number}: {safe(call['model'])} ({model}){after} {safe(call['outcome'])} in"
        f" {call['seconds']:.1f} s, {read} tokens read ({tokens['cached']} cached),"
        f" {tokens['output']} written, {call['cost_usd']:.6f} US dollars"
    )
    if call["error"]:
        yield f"    {one_line(call['error'], _SHOWN)}"
    if full and call["prompt"] is not None:
        yield from _words(call)


def _words(call: Mapping[str, Any]) -> Iterator[str]:
    for text in call["prompt"].get("system", ()):
        yield "    instructions:"
        yield indented(str(text), "        ")
    for line in call["prompt"].get("messages", ()):
        yield f"    {safe(str(line.get('speaker', '')))}:"
        yield indented(str(line.get("text", "")), "        ")
    yield "    answer:"
    yield indented(call["answer"] or "", "        ")


def _actions(found: Mapping[str, Any]) -> Iterator[str]:
    for action in found.get("actions", ()):
        name, details = safe(action["name"]), one_line(action["details"], _SHOWN)
        yield f"action {name} ({details}): {safe(action['state'])}"
        for step in action["steps"]:
            detail = f": {one_line(step['detail'], _SHOWN)}" if step["detail"] else ""
            yield f"    {when(step['at'])}  {safe(step['event'])} by {safe(step['actor'])}{detail}"
