"""The project's own files among those that git tracks: on a user's branch there are results too."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from longtail.labels.edit_log import COLUMNS

A_USERS = ("answers.csv", "data", "dvc.lock", "receipts", "tombstones.csv")
"""What a run or a verb leaves in git on a user's branch."""


def own_files(root: Path) -> list[str]:
    """Paths that git tracks and that are there, without a user's.

    Raises:
        subprocess.CalledProcessError: it is no git checkout.
    """
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    tracked = [name for name in done.stdout.split("\0") if name and (root / name).is_file()]
    return [name for name in tracked if name.split("/")[0] not in A_USERS]


def copy_project(root: Path, target: Path, without: tuple[str, ...] = ()) -> None:
    """Copy the project as it is before anything was decided or run; `without`: beginnings of paths to leave out."""
    for name in own_files(root):
        if not name.startswith(without):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)
    (target / "edits.csv").write_text(",".join(COLUMNS) + "\n")
