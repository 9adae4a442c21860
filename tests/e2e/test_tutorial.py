"""docs/tutorial.md, every command as written, on a small drawn set.

DVC's cache is that of the finished run that other tests share, which drew the same photographs and has the same
parameters: `make run` restores its stages instead of computing them a second time.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import copy_project
from tests.contract.pages import shell_blocks
from tests.e2e.first import DRAW
from tests.e2e.tiny import TINY, Project, Ran, environment, set_params, states_said
from tests.forks import flow_command

pytestmark = pytest.mark.slow

SMALL = " " + " ".join(DRAW[2:])
INSTALL = 3
"""Commands of the first section: what `make setup` does is tested where the lock is."""


@pytest.fixture
def checkout(root: Path, first: tuple[Project, Ran], tmp_path: Path) -> Path:
    """The tracked files in a repository of their own, without data, and with a copy of the finished run's cache."""
    target = tmp_path / "longtail"
    copy_project(root, target)
    for command in (
        "init -q",
        "config user.name Ada",
        "config user.email ada@example.org",
        "add -A",
        "commit -qm start",
    ):
        subprocess.run(["git", *command.split()], cwd=target, check=True)
    shutil.copytree(first[0].root / ".dvc/cache", target / ".dvc/cache", dirs_exist_ok=True)
    return target


@pytest.fixture
def shell(prefect_api: str, stage_python: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell in which `longtail` and `make run` are those of the working directory."""
    programs = {
        "longtail": f'exec {stage_python} -m longtail "$@"',
        "make": f'[ "$*" = run ] && exec {shlex.join(flow_command(stage_python))}',
    }
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, line in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    path = f"{folder}{os.pathsep}{environment()['PATH']}"
    return {**environment(), "PREFECT_API_URL": prefect_api, "PATH": path}


def test_the_tutorial_leads_from_photographs_to_a_published_submission(
    root: Path, checkout: Path, shell: dict[str, str]
) -> None:
    commands = [line for block in shell_blocks(root / "docs/tutorial.md") for line in block]
    assert [command.split()[0] for command in commands[:INSTALL]] == ["git", "make", "."]
    answers = ""
    for command in commands[INSTALL:]:
        answers = _run(command, checkout, shell)
        if command == "longtail preset":
            set_params(checkout, **TINY)
    assert set(states_said(answers).values()) == {"cached"}  # the same photographs, imported again
    assert len(list((checkout / "receipts").glob("*.json"))) == 1
    assert (checkout / "published/submission.csv").is_file()
    assert "<img" in (checkout / "answers.html").read_text("utf-8")


def _run(command: str, folder: Path, shell: dict[str, str]) -> str:
    small = {"longtail sample": SMALL, "longtail preset": " --no-measure"}.get(" ".join(command.split()[:2]), "")
    done = subprocess.run(
        ["bash", "-c", command + small], cwd=folder, env=shell, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
