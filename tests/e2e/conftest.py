"""One finished run of the tiny project, copied by every test that needs one, and one Prefect server for all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from tests.checkout import copy_project
from tests.e2e.tiny import TINY, Project, Ran
from tests.made_once import made_once
from tests.team.processes import free_port, running, wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ran]:
    """A finished first run, with the flow's own temporary server; copied by the tests, never changed."""
    folder = made_once(tmp_path_factory, "first", _run_first)
    ran = Ran(**json.loads((folder / "ran.json").read_text()))
    return Project(folder / "longtail"), ran


def _run_first(folder: Path) -> None:
    target = folder / "longtail"
    copy_project(ROOT, target)
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
    (folder / "ran.json").write_text(json.dumps(asdict(project.finish())))


@pytest.fixture(scope="session")
def prefect_api(first: tuple[Project, Ran], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Prefect server for the runs of this process; a run starts one of its own otherwise."""
    folder, port = tmp_path_factory.mktemp("prefect"), free_port()
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
