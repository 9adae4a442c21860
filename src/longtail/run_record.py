"""The record of a run: parameters, commit, versions, input hashes and times, beside every output.

No stage depends on a record, since two equal runs differ in it.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longtail import artifacts, atomic
from longtail.git_runner import git_user, run_git
from longtail.paths import StagePaths

if TYPE_CHECKING:
    from longtail.params import Section

PACKAGES = ("torch", "torchvision", "fastai", "timm", "pillow", "numpy", "pandas", "great-expectations", "scikit-learn")
CODE = ("src", "flows", "dvc.yaml", "pyproject.toml", "requirements.lock")
CODE_OF_ALL_STAGES = (":(glob)src/longtail/*.py", "pyproject.toml", "requirements.lock")
"""What every stage uses beside what dvc.yaml names for it, as git's pathspecs."""


@dataclass(frozen=True)
class Summary:
    """What a stage says at its end: a line for people, and the facts behind it. No times, no hosts."""

    line: str
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Used:
    """What a stage used, as it was from the stage's start to its end."""

    inputs: Mapping[str, str]
    """{path: md5} of every dependency in dvc.yaml, code included; a folder's md5 is the one that DVC gives it."""
    sections: Mapping[str, Any]
    """{key: value} of params.yaml as `params:` of dvc.yaml names them, values as the file has them."""
    commit: str
    dirty: bool
    """Whether the stage's code differed from `commit` when it began."""


def md5_of(path: Path) -> str:
    """md5 of a file's bytes, in hex: the hash that DVC uses too."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def commit_of(root: Path, code: Iterable[str] = CODE) -> tuple[str, bool]:
    """The commit of a checkout, and whether its code differs from it; ("", True) outside git.

    Args:
        root: the project's root.
        code: paths that count as code.

    Returns:
        (hash of the commit, whether the code differs).
    """
    head = run_git(root, "rev-parse", "HEAD")
    if head.returncode:
        return "", True
    return head.stdout.strip(), bool(run_git(root, "status", "--porcelain", "--", *code).stdout.strip())


def who(root: Path) -> str:
    """Who runs this: git's user, else the system's."""
    try:
        return git_user(root) or getpass.getuser()
    except (KeyError, OSError):  # a container without a user's name
        return str(os.getuid())


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide bytes."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def sections_used(root: Path, raw: Mapping[str, Any], sections: Iterable[str]) -> dict[str, Any]:
    """{section: values}, each stage's as its last run used them, where a record says that.

    What was edited since then is of the next run. Where nothing was, the values are those of `raw` itself.

    Args:
        root: the project's root.
        raw: the sections of params.yaml.
        sections: names of those to return.

    Returns:
        Sections under the names of `sections`.
    """
    from longtail.params import plain  # here: `identify` needs an md5 of this file, and no pydantic

    used = {name: raw[name] for name in sections if name in raw}
    for name in used:
        for path in sorted((root / artifacts.stage_folder(name)).glob("*record.json")):
            recorded = json.loads(path.read_text(encoding="utf-8")).get("sections", {})
            if name in recorded and recorded[name] != plain(raw[name]):
                used[name] = recorded[name]
    return used


def read(root: Path, run: str) -> dict[str, Any]:
    """The record of the last run of a stage.

    Args:
        root: the project's root.
        run: the stage, with its part as in `embed@test`.

    Returns:
        As `write` wrote it; empty where there is none.
    """
    path = root / artifacts.record_path(run)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def write(stage: str, params: Section, paths: StagePaths, summary: Summary, started: datetime, used: Used) -> None:
    """Write the record of a run that just ended.

    Args:
        stage: name of the stage.
        params: its parameters.
        paths: its two ends.
        summary: what it returned.
        started: when it began.
        used: what it used.
    """
    value = {
        "stage": stage,
        "part": paths.part,
        "summary": {"line": summary.line, "facts": summary.facts, "warnings": list(summary.warnings)},
        "params": params.model_dump(mode="json"),
        "commit": used.commit,
        "dirty": used.dirty,
        "versions": versions(),
        "by": who(paths.root),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 2),
        "inputs": dict(used.inputs),
        "sections": dict(used.sections),
    }
    run = f"{stage}@{paths.part}" if paths.part else stage
    atomic.write_json(paths.root / artifacts.record_path(run), value)
