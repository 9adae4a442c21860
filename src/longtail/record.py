"""What made an output: effective parameters, commit, versions, input hashes, times; written beside every output.

No stage depends on a record, since two equal runs differ in it.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from longtail import atomic
from longtail.params import Section
from longtail.paths import StagePaths

PACKAGES = ("torch", "torchvision", "fastai", "timm", "pillow", "numpy", "pandas", "great-expectations", "scikit-learn")
_CODE = ("src", "flows", "dvc.yaml", "pyproject.toml", "requirements.lock")


@dataclass(frozen=True)
class Summary:
    """What a stage says at its end: a line for people, and the facts behind it. No times, no hosts."""

    line: str
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def md5_of(path: Path) -> str:
    """md5 of a file's bytes, in hex: the hash that DVC uses too."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def commit_of(root: Path) -> tuple[str, bool]:
    """The checkout's commit and whether its *code* differs from it; ("", True) outside git."""
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return "", True
    return head, bool(_git(root, "status", "--porcelain", "--", *_CODE))


def who(root: Path) -> str:
    """Who runs this: git's user, else the system's."""
    named = _git(root, "config", "user.name")
    try:
        return named or getpass.getuser()
    except (KeyError, OSError):  # a container without a user's name
        return str(os.getuid())


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide bytes."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def record_path(paths: StagePaths, stage: str) -> Path:
    """`artifacts/<stage>/record.json`, or `artifacts/<stage>/<part>.record.json` for a part."""
    name = f"{paths.part}.record.json" if paths.part else "record.json"
    return paths.root / "artifacts" / stage / name


def write(stage: str, params: Section, paths: StagePaths, summary: Summary, started: datetime) -> None:
    """Write the record of a run that just ended."""
    commit, dirty = commit_of(paths.root)
    value = {
        "stage": stage,
        "part": paths.part,
        "summary": {"line": summary.line, "facts": summary.facts, "warnings": list(summary.warnings)},
        "params": params.model_dump(mode="json"),
        "commit": commit,
        "dirty": dirty,
        "versions": versions(),
        "by": who(paths.root),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 2),
        # Folders are left to dvc.lock, which holds the hash of each.
        "inputs": {paths.relative(path): md5_of(path) for path in paths.inputs() if path.is_file()},
    }
    atomic.write_json(record_path(paths, stage), value)


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
