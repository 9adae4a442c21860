"""Refuses a disk that is too small for the environment, before it is filled: `python deploy/disk.py ENVIRONMENT`.

An installer unpacks until the disk is full, and does not say what was needed. Standard library alone.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple


class Needed(NamedTuple):
    """GB of the environment, and of the downloads that pip keeps in the folder for temporary files until it ends."""

    installed: float
    downloaded: float


NEEDED = {
    ("Linux", "x86_64"): Needed(7.2, 3.5),
    ("Linux", "aarch64"): Needed(3.6, 3.6),
    ("Darwin", "arm64"): Needed(0.5, 0.5),
}
"""As `python -m benchmarks.installation` prints them; where nothing was installed yet, the download, which is less."""


def main(environment: Path) -> None:
    """Say what is missing on the disk that holds the environment.

    Args:
        environment: its folder; what lies there already is not needed again.

    Raises:
        SystemExit: less is free than is still to be installed.
    """
    needed = NEEDED.get((platform.system(), platform.machine()), Needed(0, 0))
    missing = needed.installed - _size(environment)
    disk = _existing(environment)
    free = shutil.disk_usage(disk).free / 1e9
    if missing > free:
        sys.exit(
            f"The environment in {environment} needs {missing:.1f} GB, and its disk has {free:.1f} GB free. "
            "Free some, or name a folder on another disk: make setup LONGTAIL_VENV=/mnt/large/venv"
        )
    temporary = Path(tempfile.gettempdir())
    if missing >= 1 and disk.stat().st_dev == temporary.stat().st_dev and missing + needed.downloaded > free:
        print(
            f"{free:.1f} GB are free: {missing:.1f} GB for the environment and, where pip has to install it, up to "
            f"{needed.downloaded:.1f} GB for pip's downloads in {temporary}, which TMPDIR can move to another disk",
            file=sys.stderr,
        )


def _size(folder: Path) -> float:
    """GB of the files in a folder; links take none."""
    paths = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return sum(path.lstat().st_size for path in paths) / 1e9


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that is there."""
    return next(folder for folder in (path.resolve(), *path.resolve().parents) if folder.exists())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
