"""What tests of sharing do to a clone: commands by hand, another raw set for everybody."""

from __future__ import annotations

import subprocess
from pathlib import Path

from flows import dvc
from tests.forks import dvc_command


def said(root: Path, *command: str) -> str:
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def data(root: Path, text: str) -> None:
    """Another raw set on the branch and in the remote."""
    (root / "data/raw").mkdir(parents=True, exist_ok=True)
    (root / "data/raw/train.csv").write_text(text)
    dvc.add(root)
    said(root, *dvc_command(), "push", "--quiet")
    said(root, "git", "add", "--all")
    said(root, "git", "commit", "--quiet", "-m", text)
    said(root, "git", "push", "--quiet", "origin", "HEAD:main")


def set_remote(root: Path, url: str) -> None:
    """DVC's default remote is there; a relative place is seen from `.dvc/`."""
    (root / ".dvc/config").write_text(f"[core]\n    remote = team\n['remote \"team\"']\n    url = {url}\n")
