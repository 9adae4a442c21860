"""The tree holds what it should: short files, no data, no traces of a machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    ".ci", ".dvc", ".dvcignore", ".github", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE", "Makefile", "README.md", "benchmarks", "deploy", "docs", "dvc.yaml", "edits.csv", "findings", "flows",
    "params.yaml",
    "prefect.toml", "prefect.yaml", "presets", "pyproject.toml", "requirements.constraints", "requirements.lock",
    "src", "tests",
}  # fmt: skip
A_USERS = {"dvc.lock", "data", "receipts"}


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_top_level_is_what_the_readme_shows() -> None:
    assert {name.split("/")[0] for name in tracked()} - A_USERS == TOP


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
