"""A temporary Prefect server for a run by hand: nothing to start before, nothing left behind after.

Prefect can start one by itself, but that one hears the terminal's Ctrl-C before the flow could tell it how it ended
(which then waits a minute for the dead server), and lives on for good where the flow is killed.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import TaskRunSort
from prefect.events.worker import EventsWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    Settings,
    temporary_settings,
)
from prefect.settings.sources import ProfileSettingsTomlLoader

from longtail import imports, process_lock
from longtail.errors import LongtailError, Problem, Unreachable

_HOST = "127.0.0.1"
_SECONDS_TO_END = 5.0
_SECONDS_TO_ARRIVE = 10.0
_SECONDS_OF_QUIET = 0.5


@contextmanager
def temporary() -> Iterator[None]:
    """Prefect's API for the length of the block: the configured server's if there is one, else one of our own.

    Raises:
        Unreachable: the configured server does not answer.
    """
    if configured := PREFECT_API_URL.value():
        if not _answers(configured):
            remedy = "Start it, or run without it: PREFECT_API_URL= make run"
            where = f"{configured}, from {_source_of_address()}"
            raise Unreachable(Problem("Prefect's server does not answer", remedy, where=where))
        yield
        return
    since = datetime.now(UTC)
    port = _free_port()
    environment = {
        **os.environ,
        process_lock.FLOW_PID: str(os.getpid()),
        "PREFECT__SERVER_EPHEMERAL": "1",  # the names that Prefect gives its own temporary server
        "PREFECT__SERVER_FINAL": "1",
        "PREFECT_UI_ENABLED": "0",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",  # it tells of every write that its end cut short
    }
    command = [sys.executable, "-m", "flows.server", str(port)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    # Not at the block's end: Prefect sends its last log lines when the interpreter ends, just before this.
    atexit.register(_stop, process)
    url = f"http://{_HOST}:{port}/api"
    _wait_for(process, url)
    with temporary_settings({PREFECT_API_URL: url}):
        try:
            yield
        finally:
            _let_arrive(since)


def _let_arrive(since: datetime) -> None:
    """Wait until the server has written down how each task ended: it hears of that late, by events."""
    EventsWorker.drain_all(timeout=_SECONDS_TO_ARRIVE)
    before: list[Any] = []
    give_up = time.monotonic() + _SECONDS_TO_ARRIVE
    with suppress(httpx.HTTPError), get_client(sync_client=True) as client:
        while time.monotonic() < give_up:
            runs = client.read_task_runs(sort=TaskRunSort.EXPECTED_START_TIME_DESC)
            # A run that was killed long ago left its task `Running` for good.
            states = [run.state for run in runs if run.expected_start_time and run.expected_start_time >= since]
            if states == before and all(state is not None and state.is_final() for state in states):
                return
            before = states
            time.sleep(_SECONDS_OF_QUIET)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    give_up = time.monotonic() + PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value()
    while process.poll() is None and time.monotonic() < give_up:
        if _answers(url):
            return
        time.sleep(0.1)
    remedy = "Its lines above say why. A broken .prefect/ may be removed: it holds the runs' logs, no data."
    raise LongtailError(Problem("Prefect's temporary server did not start", remedy))


def _source_of_address() -> str:
    """What set PREFECT_API_URL, of what Prefect reads."""
    if "PREFECT_API_URL" in os.environ:
        return "the environment variable PREFECT_API_URL"
    # Not Prefect's own context: it looks for profiles under `home` of prefect.toml, its settings under the user's.
    loader = ProfileSettingsTomlLoader(Settings)
    if "PREFECT_API_URL" not in loader.profile_settings:
        return "prefect.toml, pyproject.toml or .env of this folder"
    profiles = tomllib.loads(loader.profiles_path.read_text(encoding="utf-8"))
    name = os.environ.get("PREFECT_PROFILE") or profiles.get("active", "")
    return f"the profile {name!r} in {loader.profiles_path}"


def _answers(url: str) -> bool:
    try:  # certificates take longer to read than the answer to come: only where they are asked for
        return httpx.get(f"{url}/health", timeout=5, verify=url.startswith("https:")).is_success
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _serve(port: int) -> None:
    process_lock.end_with_flow()
    with imports.uncollected():
        import uvicorn

        import_module("prefect.server.api.server")  # of `create_app`

    uvicorn.run("prefect.server.api.server:create_app", factory=True, host=_HOST, port=port, log_level="error")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
