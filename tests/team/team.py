"""A team's project: a bare repository, a bucket, a person's clone, a worker's checkout, deployments."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forks import dvc_command, flow_command, flow_python
from tests.team.processes import Running, processes_in, start
from tests.team.services import S3_KEYS

PYTHON = Path(sys.executable)
BRANCH = "main"
POOL = "longtail"


@dataclass(frozen=True)
class Checkout:
    """A clone of the team's repository."""

    root: Path

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end, in this checkout's own surroundings."""
        if command[0] == "dvc":
            command = (*dvc_command(), *command[1:])
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return (done.stdout + done.stderr if code else done.stdout).strip()

    def environment(self) -> dict[str, str]:
        ours = str(Path(sys.executable).parent)
        who = {f"GIT_{part}_{key}": value for part in ("AUTHOR", "COMMITTER") for key, value in _ADA.items()}
        return {
            **who,
            **S3_KEYS,
            "PATH": f"{ours}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"src{os.pathsep}.",
            "DVC_NO_ANALYTICS": "1",
        }

    def flow(self, python: Path | None = None) -> Running:
        """Start the flow by hand.

        Args:
            python: what it runs stages with (`tests/forks`).
        """
        return start(
            *flow_command(python),
            log=self.root.with_suffix(".log"),
            cwd=self.root,
            environment={**self.environment(), "PREFECT_HOME": str(self.root / ".prefect")},
        )

    def commit(self, message: str) -> None:
        """Commit everything and push it."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)
        self.run("git", "push", "--quiet", "origin", f"HEAD:{BRANCH}")

    def head(self, where: str = "HEAD") -> str:
        return self.run("git", "rev-parse", where)

    def receipts(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted((self.root / "receipts").glob("*.json"))]


_PREFECT = """
import shlex, sys
from prefect.cli import app
for command in sys.argv[1:]:
    sys.argv[:] = ["prefect", "--no-prompt", *shlex.split(command)]
    try:
        app()
    except SystemExit as end:
        if end.code:
            raise
"""
_ADA = {"NAME": "ada", "EMAIL": "ada@example.org"}


def clone(bare: Path, target: Path, python: Path = PYTHON) -> Checkout:
    """A clone that `make` finds an environment in: this interpreter's, called newer than the lock.

    Args:
        bare: the repository.
        target: where the clone is to be.
        python: what `make` runs (`tests/forks`).
    """
    subprocess.run(["git", "clone", "--quiet", "--branch", BRANCH, bare, target], check=True)
    venv = target / ".venv"
    venv.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name in ("lib", "lib64", "pyvenv.cfg"):
            (venv / entry.name).symlink_to(entry)
    (venv / "bin").symlink_to(python.parent)
    (venv / "installed").touch()
    return Checkout(target)


@dataclass(frozen=True)
class Team:
    """The repository, the worker's checkout and the server that know each other."""

    bare: Path
    worker: Checkout
    api: str
    known_as: Path
    """A link to the worker's checkout, which the deployments name: a copy moves the link and deploys nothing."""

    def copied(self, folder: Path) -> Team:
        """Repository and checkout at another place; bucket and server stay the same."""
        shutil.copytree(self.bare, folder / "team.git")
        shutil.copytree(self.worker.root, folder / "worker", symlinks=True)
        worker = Checkout(folder / "worker")
        worker.run("git", "remote", "set-url", "origin", str(folder / "team.git"))
        return Team(folder / "team.git", worker, self.api, self.known_as)

    def head(self) -> str:
        return self.worker.run("git", "--git-dir", str(self.bare), "rev-parse", BRANCH)

    def person(self) -> Checkout:
        """A clone of somebody who changes things; made once."""
        target = self.bare.with_name("person")
        if not target.exists():
            clone(self.bare, target)
        person = Checkout(target)
        person.run("git", "pull", "--quiet", "--ff-only")
        return person

    def environment(self) -> dict[str, str]:
        return {
            **self.worker.environment(),
            "PREFECT_HOME": str(self.bare.with_name("prefect")),
            "PREFECT_API_URL": self.api,
            "LONGTAIL_CHECKOUT": str(self.known_as),
            "DO_NOT_TRACK": "1",
        }

    def prefect(self, *commands: str) -> None:
        """Commands of `prefect`, one after the other in one process: starting it takes longer than most of them."""
        command = [*flow_python(), "-c", _PREFECT, *commands]
        environment = {**os.environ, **self.environment()}
        done = subprocess.run(
            command, cwd=self.worker.root, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def take_over(self) -> None:
        """Runs of the deployments are this checkout's from now on."""
        self.known_as.unlink(missing_ok=True)
        self.known_as.symlink_to(self.worker.root)

    def deploy(self) -> None:
        """Both deployments as prefect.yaml has them, their clocks stopped: a full hour must not start a run."""
        self.prefect("deploy --all", "deployment schedule pause --all")

    @contextmanager
    def working(self, python: Path = PYTHON) -> Iterator[Running]:
        """A worker, with everything that it starts.

        Args:
            python: what it is started by, and starts its flows by (`tests/forks`).

        Yields:
            The worker.
        """
        worker = self.start_worker(python)
        try:
            yield worker
        finally:
            worker.end()
            for pid in processes_in(self.bare.parent):  # what a killed worker left behind
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def start_worker(self, python: Path) -> Running:
        return start(
            *(python, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", "worker"),
            log=self.bare.with_name("worker.log"),
            cwd=self.worker.root,
            environment={**self.environment(), "PREFECT_WORKER_QUERY_SECONDS": "2"},  # 10 s by default
        )
