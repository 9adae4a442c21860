"""One finished run of the tiny project, copied by every test that needs one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.tiny import TINY, Project, Ran


@pytest.fixture(scope="session")
def first(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ran]:
    """A finished first run; copied by the tests, never changed."""
    target = tmp_path_factory.mktemp("first") / "longtail"
    tracked = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target / name)
    project = Project(target)
    shutil.copy(target / "presets/sample.yaml", target / "params.yaml")
    project.set_params(**TINY)
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@t commit -q -m start"):
        subprocess.run(["git", *command.split()], cwd=target, check=True)
    drawn = project.command(
        *(sys.executable, "-m", "longtail", "sample", "data/raw"),
        *("--identities", "40", "--images", "140", "--test", "20"),
    )
    assert drawn.returncode == 0, drawn.stderr
    return project, project.finish()


@pytest.fixture
def project(first: tuple[Project, Ran], tmp_path: Path) -> Project:
    """A copy of the finished run: a project's place on the disk decides nothing."""
    shutil.copytree(first[0].root, tmp_path / "copy")
    return Project(tmp_path / "copy")
