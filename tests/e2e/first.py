"""The first run of the tiny project, where its photographs were drawn: made once for all tests and all processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.checkout import copy_project
from tests.e2e.tiny import TINY, Project, Ran
from tests.made_once import made_once

ROOT = Path(__file__).resolve().parents[2]
DRAW = ("sample", "data/raw", "--identities", "40", "--images", "140", "--test", "20")
"""The verb that draws the photographs of e2e and team: equal bytes wherever it runs."""


def first_run(factory: pytest.TempPathFactory) -> tuple[Project, Ran]:
    """The finished project, and what its run said; read it, never change it."""
    folder = made_once(factory, "first", _run)
    ran = Ran(**json.loads((folder / "ran.json").read_text()))
    return Project(folder / "longtail"), ran


def _run(folder: Path) -> None:
    target = folder / "longtail"
    copy_project(ROOT, target, without=("tests/", "docs/", "benchmarks/"))  # each test copies it once more
    project = Project(target)
    shutil.copy(target / "presets/sample.yaml", target / "params.yaml")
    project.set_params(**TINY)
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@t commit -q -m start"):
        subprocess.run(["git", *command.split()], cwd=target, check=True)
    drawn = project.command(sys.executable, "-m", "longtail", *DRAW)
    assert drawn.returncode == 0, drawn.stderr
    (folder / "ran.json").write_text(json.dumps(asdict(project.finish())))
