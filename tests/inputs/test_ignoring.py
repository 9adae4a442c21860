"""A folder has the files here that it has for DVC."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from longtail.inputs import hashing
from longtail.inputs.ignoring import is_ignored, rules_above, rules_of

FILES = ("a.py", "a.pyc", "__pycache__/b.txt", "below/__pycache__/c.txt", "below/d.txt", "below/keep.pyc", "top.log")


@pytest.mark.parametrize(
    ("lines", "path", "is_folder", "ignored"),
    [
        (["__pycache__"], "src/__pycache__", True, True),
        (["*.pyc"], "src/a.pyc", False, True),
        (["*.pyc", "!keep.pyc"], "src/keep.pyc", False, False),
        (["!keep.pyc", "*.pyc"], "src/keep.pyc", False, True),
        (["cache/"], "src/cache", False, False),
        (["cache/"], "src/cache", True, True),
        (["/only"], "src/only", False, False),
        (["# a comment", "", "  x  "], "src/x", False, True),
        ([], ".git", True, False),
    ],
)
def test_the_last_pattern_that_matches_decides(lines: list[str], path: str, is_folder: bool, ignored: bool) -> None:
    assert is_ignored(path, is_folder, [rules_of(lines)]) is ignored


def test_what_git_and_dvc_keep_is_never_an_input(tmp_path: Path) -> None:
    rules = rules_above(tmp_path, "src")
    assert is_ignored("src/.git", True, rules)
    assert is_ignored("src/.dvc", True, rules)


@pytest.mark.slow
def test_rules_of_the_root_and_of_folders_above_give_the_hash_that_dvc_gives(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / "src/code" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src/code" / name).write_text(name)
    (tmp_path / "src/.dvcignore").write_text("!keep.pyc\nd.txt\n")
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=tmp_path, check=True)
    (tmp_path / ".dvcignore").write_text("__pycache__\n*.pyc\n")
    subprocess.run([sys.executable, "-m", "dvc", "add", "-q", "src/code"], cwd=tmp_path, check=True)
    seen = hashing.hash_input(tmp_path, "src/code")
    assert set(seen.hashes) == {"a.py", "top.log", "below/keep.pyc"}
    assert f"md5: {seen.md5}\n" in (tmp_path / "src/code.dvc").read_text()
