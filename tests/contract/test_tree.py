"""The tree holds what it should: short files, no data, no traces of a machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.checkout import copy_project, own_files

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    ".ci", ".dvc", ".dvcignore", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE", "Makefile", "README.md", "benchmarks", "deploy", "docs", "dvc.yaml", "edits.csv", "findings", "flows",
    "params.yaml",
    "prefect.toml", "prefect.yaml", "presets", "pyproject.toml", "requirements.constraints", "requirements.lock",
    "src", "tests",
}  # fmt: skip


def tracked() -> list[str]:
    try:
        return own_files(ROOT)
    except subprocess.CalledProcessError:
        pytest.skip("not a git checkout")


def test_top_level_is_what_the_readme_shows() -> None:
    assert {name.split("/")[0] for name in tracked()} == TOP


def test_what_a_user_leaves_in_git_is_none_of_ours(tmp_path: Path) -> None:
    names = ("data/raw.dvc", "dvc.lock", "edits.csv", "receipts/a.json", "src/a.py", "tombstones.csv")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a user's\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    assert own_files(tmp_path) == ["edits.csv", "src/a.py"]
    copy_project(tmp_path, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").rglob("*.*")) == ["a.py", "edits.csv"]
    assert (tmp_path / "copy/edits.csv").read_text() == "image,action,value,who,when,why\n"


def test_no_file_is_over_a_megabyte() -> None:
    assert [name for name in tracked() if (ROOT / name).stat().st_size > 1_000_000] == []


def test_no_source_file_is_too_long_to_read_in_one_sitting() -> None:
    sources = [name for name in tracked() if name.endswith(".py") and not name.startswith("tests/")]
    assert [name for name in sources if len((ROOT / name).read_text("utf-8").splitlines()) > 250] == []


def test_no_registry_host_stands_in_a_file() -> None:
    halves = (("python", "hosted"), ("py", "pi"), ("npm", "js"), ("deb", "ian"))  # whole, this file would be found
    hosts = re.compile("|".join(rf"{first}{second}\.(org|com)" for first, second in halves))
    assert [name for name in tracked() if hosts.search((ROOT / name).read_text("utf-8", errors="ignore"))] == []


def test_no_pickle_ships() -> None:
    pickles = re.compile(r"\bimport pickle\b|\bpickle\.|load_learner|torch\.load\((?!.*weights_only=True)")
    ours = [name for name in tracked() if name.startswith(("src/", "flows/")) and name.endswith(".py")]
    assert [name for name in ours if pickles.search((ROOT / name).read_text("utf-8"))] == []
