"""Which keys a settings model knows, the nearest one to a mistyped key, and the keys of later
versions. It looks at types only, never at a configuration."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

from gateway.errors import KeyPath

# Named in the documentation and built later: to accept one now would be to ignore it.
LATER: tuple[KeyPath, ...] = (("rollout", "intents"),)
INSTEAD = {
    "intents": "say it for a channel: rollout.channels.NAME.intents",
}


def is_later(path: KeyPath) -> bool:
    return any(_matches(pattern, path) for pattern in LATER)


def _matches(pattern: KeyPath, path: KeyPath) -> bool:
    return len(pattern) == len(path) and all(
        want in {"*", have} for want, have in zip(pattern, path, strict=True)
    )


def known_keys(models: Sequence[type[BaseModel]]) -> list[str]:
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def nearest(key: str, known: Sequence[str]) -> tuple[str, bool]:
    """The known key most like this one, and whether it is like enough to be what was meant."""
    ranked = [(SequenceMatcher(None, key.lower(), each).ratio(), each) for each in known]
    likeness, best = max(ranked, default=(0.0, ""))
    return best, likeness >= _LIKE_ENOUGH


_LIKE_ENOUGH = 0.6


def did_you_mean(key: str, known: Sequence[str], noun: str = "key") -> str:
    best, likely = nearest(key[:100], known)
    if not best:
        return f"remove it: no {noun} is known here"
    if likely:
        return f'did you mean "{best}"?'
    return f'the nearest known {noun} is "{best}" (known here: {", ".join(sorted(known))})'


def models_at(root: object, path: KeyPath) -> list[type[BaseModel]]:
    """The models that may stand at the path."""
    return [kind for kind in _kinds_at(root, path) if _is_model(kind)]


def is_secret(annotation: object) -> bool:
    return any(
        isinstance(kind, type) and issubclass(kind, (SecretStr, SecretBytes))
        for kind in _options(annotation)
    )


def secret_values(annotation: object, data: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every value given for a secret, with its path."""
    if isinstance(data, (str, int, float)) and is_secret(annotation):
        yield path, str(data)
    for key, value in _items(data):
        for kind in _under(annotation, key):
            yield from secret_values(kind, value, (*path, key))


def as_mapping(value: object) -> dict[str, Any] | None:
    """The value itself where it is a mapping; a document's keys are always text."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _items(data: object) -> Iterator[tuple[str | int, object]]:
    mapping = as_mapping(data)
    if mapping is not None:
        yield from mapping.items()
    elif isinstance(data, list):
        yield from enumerate(cast("list[object]", data))


def _kinds_at(root: object, path: KeyPath) -> Iterator[Any]:
    if not path:
        yield from _options(root)
        return
    for kind in _under(root, path[0]):
        yield from _kinds_at(kind, path[1:])


def _under(annotation: object, key: str | int) -> Iterator[object]:
    """The types of what lies under a key of something of this type."""
    for kind in _options(annotation):
        arguments = get_args(kind)
        if _is_model(kind):
            yield from (
                field.annotation
                for name, field in kind.model_fields.items()
                if key in {name, field.alias}
            )
        elif arguments:
            yield arguments[0] if isinstance(key, int) else arguments[-1]


def _options(annotation: object) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _options(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for option in get_args(annotation):
            yield from _options(option)
    else:
        yield annotation


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
