"""How often the interpreter looks for garbage in what lives as long as the process does."""

from __future__ import annotations

import gc

# Of Python's own 700, 10 and 10, which are meant for small programs: with the SDKs loaded a look
# at everything takes a tenth of a second, in which nobody is acknowledged.
THRESHOLDS = (10_000, 20, 50)


def settle() -> None:
    """Set apart what a start has made: modules, settings and models are not looked at again. Called
    again it takes along what was loaded late. It changes the whole process, so only a process of
    our own calls it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
