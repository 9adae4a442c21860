"""One temporary Prefect server for the tests of all processes of pytest-xdist."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from longtail import process_lock
from tests.made_once import made_once
from tests.team.processes import Running, free_port, start, wait_until

ROOT = Path(__file__).resolve().parents[1]
_DATABASE = "prefect.db"
_running: list[Running] = []
"""Kept: Python warns of a process that is still running when it forgets it."""


def shared_server(factory: pytest.TempPathFactory) -> str:
    """The address of its API. The first process that asks starts it; it ends by itself after the last test."""
    return (made_once(factory, "prefect", _start) / "address").read_text()


def copy_database(factory: pytest.TempPathFactory, home: Path) -> None:
    """Give a home of Prefect the shared server's database: to lay one out takes as long as a server's start.

    Args:
        factory: pytest's fixture `tmp_path_factory`.
        home: the folder, made where it is not there.
    """
    home.mkdir(parents=True, exist_ok=True)
    there = made_once(factory, "prefect", _start) / _DATABASE
    with closing(sqlite3.connect(there)) as shared, closing(sqlite3.connect(home / _DATABASE)) as own:
        shared.backup(own)


def start_server(cwd: Path, log: Path, **variables: str) -> tuple[Running, str]:
    """Start the server that a flow starts for itself, and give the address of its API; it ends with the tests.

    Args:
        cwd: its working directory, whose prefect.toml it reads.
        log: takes what it says.
        variables: of its environment.
    """
    port = free_port()
    environment = {
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_UI_ENABLED": "0",
        "PREFECT__SERVER_EPHEMERAL": "1",  # without the services that look round all the time
        "PREFECT__SERVER_FINAL": "1",
        process_lock.FLOW_PID: str(pid_of_pytest()),
    }
    command = (sys.executable, "-m", "flows.server", str(port))
    server = start(*command, log=log, cwd=cwd, environment=environment | variables)
    address = f"http://127.0.0.1:{port}/api"
    wait_until(lambda: server.process.poll() is not None or _answers(address), "Prefect's server", every=0.2)
    assert server.process.poll() is None, server.said()
    return server, address


def _start(folder: Path) -> None:
    server, address = start_server(folder, folder / "server.log", PREFECT_HOME=str(folder))
    _running.append(server)
    (folder / "address").write_text(address)


def pid_of_pytest() -> int:
    """The process that ends last: the one that has started those of pytest-xdist."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False
