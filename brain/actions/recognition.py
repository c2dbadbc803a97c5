"""Finds out, without a model, that a customer wants one of the actions done, and with what: phrases
and slots of the configuration. Pure; a question about a subject is no wish for an action."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from brain.action_settings import properties
from brain.actions.catalogue import Action, Catalogue
from brain.actions.consent import asks, folded
from brain.acts import ActionRequest
from brain.contract import Said

# Beyond this a message tells a story, and a person or a model reads it better.
MOST_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Wish:
    """An action that somebody wants; ``languages`` are those in which the phrase says so."""

    request: ActionRequest
    languages: tuple[str, ...]
    detail: Mapping[str, object] = field(default_factory=dict[str, object])


def wished(catalogue: Catalogue, new: Sequence[Said], history: Sequence[Said]) -> Wish | None:
    """What the new messages ask to be done; a message that answers our question for a parameter
    goes on with what was wished before it."""
    typed = [said.text for said in new if said.choice is None]
    text = "\n".join(typed)
    if not typed or len(typed) != len(new) or len(text) > MOST_CHARACTERS:
        return None
    return _continued(catalogue, text, history) or _begun(catalogue, text)


def _begun(catalogue: Catalogue, text: str) -> Wish | None:
    words = folded(text)
    best: tuple[int, Wish] | None = None
    for action in catalogue.all():
        found = _phrase(action, words)
        if found is None:
            continue
        length, languages = found
        arguments = slots(action, text)
        named = bool(arguments) and action.missing(arguments) is None
        if (asks(text) or "?" in text) and not named:
            continue
        wish = Wish(ActionRequest(action.name, arguments), languages, {"phrase": length})
        # The longest phrase says most exactly what is meant.
        if best is None or length > best[0]:
            best = length, wish
    return best[1] if best is not None else None


def _phrase(action: Action, words: tuple[str, ...]) -> tuple[int, tuple[str, ...]] | None:
    """How long the longest of the action's phrases within the words is, and in which languages."""
    said = [
        (len(wanted), language)
        for language, phrases in action.settings.asks.items()
        for phrase in phrases
        if _within(wanted := folded(phrase), words)
    ]
    if not said:
        return None
    longest = max(length for length, _ in said)
    return longest, tuple(dict.fromkeys(lang for length, lang in said if length == longest))


def _within(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether the words of the phrase come in its order, with at most two others between."""
    if not phrase:
        return False
    starts = (at for at, word in enumerate(words) if word == phrase[0])
    return any(_follow(phrase[1:], words[at + 1 :]) for at in starts)


def _follow(rest: tuple[str, ...], words: tuple[str, ...]) -> bool:
    for wanted in rest:
        near = words[:3]
        if wanted not in near:
            return False
        words = words[near.index(wanted) + 1 :]
    return True


def slots(action: Action, text: str) -> dict[str, Any]:
    """The parameters that the text names, each by its pattern and of its type."""
    found: dict[str, Any] = {}
    known = properties(action.schema)
    for name, pattern in action.settings.slots.items():
        match = _compiled(pattern).search(text)
        if match is not None and name not in action.filled:
            found[name] = _typed(match[1].strip(), known[name])
    return found


def _typed(value: str, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON
    sort = schema.get("type")
    if sort not in {"number", "integer"}:
        return value.upper() if schema.get("format") == "code" else value
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return value
    return int(number) if sort == "integer" and number.is_integer() else number


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _continued(catalogue: Catalogue, text: str, history: Sequence[Said]) -> Wish | None:
    """The answer to our question for a parameter, with what was wished before the question."""
    if not history or history[-1].author != "assistant":
        return None
    asked = history[-1].text
    earlier = [said.text for said in history[-8:-1] if said.author == "customer"]
    wish = next((wish for one in reversed(earlier) if (wish := _begun(catalogue, one))), None)
    action = catalogue.get(wish.request.action) if wish is not None else None
    if wish is None or action is None:
        return None
    prompts = action.settings.prompts.items()
    name = next((name for name, words in prompts if _holds(asked, words)), None)
    given = slots(action, text)
    if name is None or name not in given:
        return None
    before = slots(action, "\n".join(earlier))
    request = ActionRequest(action.name, {**before, **given})
    return Wish(request, wish.languages, {"answered": name})


def _holds(asked: str, words: Mapping[str, str]) -> bool:
    return any(text and text in asked for text in words.values())
