"""What a team has running: PostgreSQL, Prefect's server, a store that speaks S3. Real ones, on this machine alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.team.processes import Running, free_port, start, wait_until

HOST = "127.0.0.1"
BUCKET = "longtail"
S3_KEYS = {"AWS_ACCESS_KEY_ID": "team", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


def postgres_programs() -> Path:
    """The folder of initdb and postgres, which Debian keeps off PATH; skips where there are none."""
    known = [Path(program).resolve().parent] if (program := shutil.which("initdb")) else []
    known += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    there = [folder for folder in known if (folder / "initdb").exists() and (folder / "postgres").exists()]
    if not there:
        pytest.skip("no PostgreSQL here: sh tests/install_services.sh, or install the system's postgresql")
    return there[-1]


def _as_nobody_mighty() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    with suppress(KeyError):
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("root cannot run PostgreSQL, and there is no user postgres")


@dataclass
class Postgres:
    """A cluster in a folder of its own."""

    folder: Path
    programs: Path
    port: int = field(default_factory=free_port)
    server: Running | None = None

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://longtail@{HOST}:{self.port}/longtail"

    def create(self) -> None:
        who = _as_nobody_mighty()
        if who:
            os.chown(self.folder, who["user"], who["group"])
        self._run("initdb", "-D", self.folder / "data", "-U", "longtail", "--auth=trust", "--encoding=UTF8", "-N")
        self.start()
        self._run("createdb", "-h", HOST, "-p", str(self.port), "-U", "longtail", "longtail")

    def start(self) -> None:
        # Without a socket: its default folder belongs to the system's own cluster.
        settings = (f"listen_addresses={HOST}", "unix_socket_directories=", "max_connections=100")
        options = [part for setting in settings for part in ("-c", setting)]
        self.server = start(
            *(self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options),
            log=self.folder.with_suffix(".log"),
            cwd=self.folder,
            **_as_nobody_mighty(),
        )
        wait_until(self._answers, "PostgreSQL answers")

    def stop(self) -> None:
        if self.server:
            self.server.end(signal.SIGINT)  # its "fast" stop: connections are cut, not waited for

    def _answers(self) -> bool:
        ready = [self.programs / "pg_isready", "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self.programs / program, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **_as_nobody_mighty()
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A new cluster, in a place that its user can reach; nothing of it stays."""
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="longtail-postgres-"))
    cluster = Postgres(folder, programs)
    try:
        cluster.create()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


@contextmanager
def prefect_server(database: str, folder: Path) -> Iterator[str]:
    """Prefect's server on that database; gives the address of its API."""
    port = free_port()
    server = start(
        *(sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)),
        log=folder / "server.log",
        cwd=folder,
        environment={
            "PREFECT_HOME": str(folder / "home"),
            "PREFECT_API_DATABASE_CONNECTION_URL": database,
            "PREFECT_API_DATABASE_TIMEOUT": "60",  # by default a query may take 10 s, which a busy machine needs
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_UI_ENABLED": "0",  # it is copied at each start
            "DO_NOT_TRACK": "1",
        },
    )
    try:
        url = f"http://{HOST}:{port}/api"
        wait_until(lambda: answers(f"{url}/health") or server.process.poll() is not None, "Prefect's server answers")
        assert server.process.poll() is None, server.said()
        yield url
    finally:
        server.end()


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """A server that speaks S3, with one empty bucket; gives its address."""
    port = free_port()
    server = start(
        *(Path(sys.executable).parent / "moto_server", "-H", HOST, "-p", str(port)), log=folder / "s3.log", cwd=folder
    )
    try:
        url = f"http://{HOST}:{port}"
        wait_until(lambda: answers(url), "the S3 server answers")
        assert httpx.put(f"{url}/{BUCKET}").is_success
        yield url
    finally:
        server.end()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False
