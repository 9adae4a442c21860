"""One finished run of the tiny project, copied by every test that needs one, and one Prefect server for all."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.first import first_run
from tests.e2e.tiny import Project, Ran
from tests.team.processes import free_port, running, wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ran]:
    """A finished first run, with the flow's own temporary server; copied by the tests, never changed."""
    return first_run(tmp_path_factory)


@pytest.fixture(scope="session")
def prefect_api(first: tuple[Project, Ran], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Prefect server for the runs of this process; a run starts one of its own otherwise."""
    folder, port = tmp_path_factory.mktemp("prefect"), free_port()
    for path in (first[0].root / ".prefect").glob("prefect.db*"):  # a new one takes seconds to lay out
        shutil.copy(path, folder)
    command = (sys.executable, "-m", "flows.server", str(port))
    code = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    environment = {"PREFECT_HOME": str(folder), "PYTHONPATH": code, "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL"}
    with running(*command, log=folder / "server.log", cwd=folder, environment=environment) as server:
        address = f"http://127.0.0.1:{port}/api"
        wait_until(lambda: server.process.poll() is not None or _answers(address), "Prefect's server", every=0.2)
        assert server.process.poll() is None, server.said()
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def project(first: tuple[Project, Ran], prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the finished run: a project's place on the disk decides nothing."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    shutil.copytree(first[0].root, tmp_path / "copy")
    return Project(tmp_path / "copy")
