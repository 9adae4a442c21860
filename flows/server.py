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
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, temporary_settings

from longtail import lifeline
from longtail.errors import LongtailError, Problem

_HOST = "127.0.0.1"
_SECONDS_TO_END = 5.0


@contextmanager
def temporary() -> Iterator[None]:
    """Prefect's API for the length of the block: the configured server's if there is one, else one of our own."""
    if PREFECT_API_URL.value():
        yield
        return
    port = _free_port()
    environment = {
        **os.environ,
        lifeline.FLOW_PID: str(os.getpid()),
        "PREFECT__SERVER_EPHEMERAL": "1",  # the names that Prefect gives its own temporary server
        "PREFECT__SERVER_FINAL": "1",
        "PREFECT_UI_ENABLED": "0",
    }
    command = [sys.executable, "-m", "flows.server", str(port)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    # Not at the block's end: Prefect sends its last log lines when the interpreter ends, just before this.
    atexit.register(_stop, process)
    url = f"http://{_HOST}:{port}/api"
    _wait_for(process, url)
    with temporary_settings({PREFECT_API_URL: url}):
        yield


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
        try:
            if httpx.get(f"{url}/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    remedy = "Its lines above say why. A broken .prefect/ may be removed: it holds the runs' logs, no data."
    raise LongtailError(Problem("Prefect's temporary server did not start", remedy))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _serve(port: int) -> None:
    import uvicorn

    lifeline.end_with_flow()
    uvicorn.run("prefect.server.api.server:create_app", factory=True, host=_HOST, port=port, log_level="error")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
