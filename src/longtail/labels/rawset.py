"""Which raw sets were drawn by `longtail sample`: only those may be replaced without being asked."""

from __future__ import annotations

from pathlib import Path

DRAWN_MARKER = ".drawn.json"
"""File inside a drawn raw set: its seed and counts. Versioned along with the photographs."""


def is_drawn(folder: Path) -> bool:
    """Whether `folder` holds a drawn sample, and nothing that a person brought."""
    return (folder / DRAWN_MARKER).is_file()


def is_empty(folder: Path) -> bool:
    """Whether `folder` is absent or holds nothing."""
    return not folder.exists() or (folder.is_dir() and next(folder.iterdir(), None) is None)
