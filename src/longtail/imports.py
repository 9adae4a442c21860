"""Importing large libraries in less time: most of what a short stage does is to import."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage while the block imports: a fifth of its time, and what a library makes at import stays."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def collect_rarely() -> None:
    """From now on look for garbage less often than Python does by itself, which is a tenth of a short stage's time."""
    gc.set_threshold(20_000, 20, 20)
