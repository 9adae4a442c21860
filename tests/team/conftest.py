"""A team on one machine: services for all tests of this folder, and one finished run that each test copies."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import copy_project
from tests.e2e.first import DRAW, first_run
from tests.e2e.tiny import TINY, Project, set_params
from tests.forks import stage_python
from tests.team import services
from tests.team.first_runs import FirstRuns, first_runs
from tests.team.runs import Api
from tests.team.services import BUCKET, Postgres
from tests.team.team import BRANCH, POOL, Checkout, Team, clone


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with services.postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prefect's server on PostgreSQL: the address of its API."""
    with services.prefect_server(postgres.url, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that speaks S3, with a bucket: its address."""
    with services.s3_server(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What forks the stages of flows that no test ends, and whatever else is run as `python`."""
    return stage_python(tmp_path_factory)


@pytest.fixture(scope="session")
def started(root: Path, python: Path, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository whose only commit is the project, tiny, with data in the bucket; copied, never changed."""
    folder = tmp_path_factory.mktemp("started")
    bare = folder / "team.git"
    subprocess.run(["git", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", bare], check=True)
    person = Checkout(folder / "person")
    copy_project(root, person.root, without=("tests/", "docs/", "benchmarks/results/"))
    shutil.copy(person.root / "presets/sample.yaml", person.root / "params.yaml")
    set_params(person.root, **TINY, share={"commit": True})
    person.run(str(python), "-m", "longtail", *DRAW)
    person.run("git", "init", "--quiet", f"--initial-branch={BRANCH}")
    person.run("git", "remote", "add", "origin", str(bare))
    person.run("dvc", "remote", "add", "--quiet", "--default", "team", f"s3://{BUCKET}/dvc")
    person.run("dvc", "remote", "modify", "--quiet", "team", "endpointurl", bucket)
    person.run("dvc", "add", "--quiet", "data/raw")
    person.run("dvc", "push", "--quiet")
    person.commit("Start")
    return bare


@pytest.fixture(scope="session")
def deployed(server: str, started: Path, python: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """The team with its deployments, before any run."""
    folder = tmp_path_factory.mktemp("deployed")
    shutil.copytree(started, folder / "team.git")
    team = Team(folder / "team.git", clone(folder / "team.git", folder / "worker", python), server, folder / "checkout")
    team.take_over()
    team.prefect(
        f"work-pool create {POOL} --type process",
        f"work-pool set-concurrency-limit {POOL} 1",
        "automation create --from-file flows/automation.yaml",
    )
    team.deploy()
    return team


@pytest.fixture(scope="session")
def finished(deployed: Team, postgres: Postgres, python: Path) -> FirstRuns:
    """The team's first run, which was killed, and the one that took it up. Read it, copy it, never change it."""
    return first_runs(deployed, postgres, python)


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same photographs and parameters, drawn elsewhere and run by hand; read it, never change it."""
    return first_run(tmp_path_factory)[0]


@pytest.fixture
def team(finished: FirstRuns, tmp_path: Path) -> Team:
    """A copy of the team after its first run, whose deployments run where it lies now."""
    copied = finished.team.copied(tmp_path)
    copied.take_over()
    return copied


@pytest.fixture
def api(server: str) -> Api:
    return Api(server)


@pytest.fixture(autouse=True, scope="session")
def no_other_server() -> Iterator[None]:
    """A server that this machine is set up for is not the tests'."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PREFECT_", "AWS_", "LONGTAIL_"))]:
            patch.delenv(name)
        yield
