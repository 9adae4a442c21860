"""One finished run of the tiny project, copied by every test that needs one, and one Prefect server for all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import forks
from tests.e2e.first import first_run
from tests.e2e.tiny import Project, Ran
from tests.prefect_server import shared_server


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ran]:
    """A finished first run, with the flow's own temporary server; copied by the tests, never changed."""
    return first_run(tmp_path_factory)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the tests' Prefect server; a run starts one of its own otherwise."""
    return shared_server(tmp_path_factory)


@pytest.fixture(scope="session")
def stage_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What runs the stages of flows that no test holds still or ends."""
    return forks.stage_python(tmp_path_factory)


@pytest.fixture(scope="session", autouse=True)
def forked(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What DVC by hand and the flow import is imported once."""
    forks.stage_python(tmp_path_factory)


@pytest.fixture
def project(
    first: tuple[Project, Ran],
    prefect_api: str,
    stage_python: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    """A copy of the finished run: a project's place on the disk decides nothing."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    shutil.copytree(first[0].root, tmp_path / "copy")
    return Project(tmp_path / "copy", stage_python)
