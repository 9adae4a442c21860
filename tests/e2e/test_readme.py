"""Every command of README, as written, in the checkout of a finished run."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.contract.pages import shell_blocks
from tests.e2e.tiny import Project

pytestmark = pytest.mark.slow

ELSEWHERE = {
    "git": "tests/e2e/test_clones.py",
    "cd": "tests/e2e/test_clones.py",
    ".": "tests/contract/test_readme.py",
    "make run": "tests/e2e/test_tutorial.py",
    "make docs-serve": "tests/contract/test_readme.py",
    "longtail review --serve": "tests/reviewing/test_serving.py",
    "dvc plots show": "tests/contract/test_readme.py",
}
"""Commands that this test does not run: the file that runs them, or looks up those that open a server or a page."""
VERBS = ("longtail import", "longtail preset", "dvc dag")
"""What sentences name without arguments: the command itself is elsewhere on the page."""
INLINE = re.compile(r"`((?:longtail|make|dvc) [^`]+)`")


def commands(readme: Path) -> list[str]:
    """The lines of the shell blocks without output, then the commands within sentences."""
    lines = [line for block in shell_blocks(readme) for line in block if line and not line.startswith(" ")]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    named = [command for command in INLINE.findall(readme.read_text("utf-8")) if command not in VERBS]
    return list(dict.fromkeys([*parts, *named]))


def bring_files(root: Path) -> None:
    """The files that README names: a zip of photographs in folders, a folder with two new individuals, a photograph."""
    raw = root / "data/raw"
    labels = pd.read_csv(raw / "train.csv", dtype=str)
    for row in labels.itertuples(index=False):
        folder = root / "whales" / str(row.Id)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(raw / "train" / str(row.Image), folder)
    shutil.make_archive(str(root / "my-whales"), "zip", root / "whales")
    tests = sorted((raw / "test").iterdir())
    shutil.copy(tests[0], root / "fluke.jpg")
    for number, name in enumerate(("ada", "bea"), start=1):
        (root / "SOURCE" / name).mkdir(parents=True)
        shutil.copy(tests[number], root / "SOURCE" / name / f"{name}-1.jpg")


def test_every_command_of_the_readme_runs(root: Path, project: Project) -> None:
    bring_files(project.root)
    ran = []
    for command in commands(root / "README.md"):
        if elsewhere := ELSEWHERE.get(command) or ELSEWHERE.get(command.split()[0]):
            assert (root / elsewhere).is_file()
            continue
        program, *words = shlex.split(command)
        if words[0] == "preset":
            words.append("--no-measure")
        done = project.verb(*words) if program == "longtail" else project.command(program, *words)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        ran.append(" ".join(command.split()[:2]))
    assert {"longtail import", "longtail preset", "longtail identify", "longtail add", "longtail export"} <= set(ran)
    assert "<img" in (project.root / "fluke.html").read_text("utf-8")
    assert list((project.root / "FOLDER").iterdir())
    assert list((project.root / "data/raw/train").glob("*ada-1.jpg"))
