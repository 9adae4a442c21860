"""Commands in processes that have imported their libraries already: to import them takes longer than most of the work.

A stage stays a process of its own, run by DVC, with the project's own code; a flow and DVC likewise. They are forked
instead of started. The first run of e2e and those of the team start their processes as a user's machine does, and so
does every test that ends a stage or a flow, or holds one still.
"""

from __future__ import annotations

import atexit
import shlex
import sys
from pathlib import Path

import pytest

from tests.made_once import made_once
from tests.prefect_server import pid_of_pytest
from tests.team.processes import start, wait_until

_HERE = Path(__file__).resolve().parent
_PYTHON = """\
"-m longtail") exec {stages} "$@" ;;
"-m flows."* | "-m prefect"*) exec {flows} {itself} "$@" ;;
"-P "*/dvc_forkserver.py) shift; exec {dvc} "$@" ;;"""
_PROGRAMS = {
    "stages": ("python", _PYTHON),
    "dvc": ("dvc", '*) exec {dvc} -m dvc "$@" ;;'),
    "flows": ("flow", '*) exec {flows} "$@" ;;'),
}
"""Name and cases of what stands for each. A stage is run as the `python` beside the flow's own."""
_made: dict[str, Path] = {}
"""The programs that stand for `dvc` and for the flow's Python, once there are some."""


def flow_command(python: Path | None) -> tuple[str, ...]:
    """The flow by hand.

    Args:
        python: what it runs stages with: `stage_python`, or the interpreter of the tests for stages that are started;
            the flow itself is forked. None: nothing is forked.
    """
    return (*flow_python(python), "-m", "flows.retrain") if python else (sys.executable, "-m", "flows.retrain")


def flow_python(python: Path | None = None) -> tuple[str, ...]:
    """A command like `python` whose process is forked from one that has imported what a flow does.

    Args:
        python: what it takes for its own interpreter; None: the interpreter of the tests.
    """
    return (str(_made["flows"]), str(python or sys.executable))


def dvc_command() -> tuple[str, ...]:
    """DVC by hand."""
    return (str(_made["dvc"]),) if "dvc" in _made else (sys.executable, "-m", "dvc")


def stage_python(factory: pytest.TempPathFactory) -> Path:
    """A program like `python` that lets a stage be forked, a flow, a worker's Prefect and the DVC that they call.

    The first process that asks starts the servers.

    Args:
        factory: pytest's fixture `tmp_path_factory`.
    """
    for kind in ("dvc", "flows"):
        use(factory, kind)
    return made_once(factory, "stages", lambda folder: _start("stages", folder)) / "python"


def use(factory: pytest.TempPathFactory, kind: str) -> None:
    """From now on `dvc_command` or `flow_command` is one that is forked.

    Args:
        factory: pytest's fixture `tmp_path_factory`.
        kind: `dvc` or `flows`.
    """
    _made[kind] = made_once(factory, kind, lambda folder: _start(kind, folder)) / _PROGRAMS[kind][0]


def _start(kind: str, folder: Path) -> None:
    socket = folder / "s"  # a short name: an address has 108 bytes at most
    command = (sys.executable, _HERE / "server.py", kind, socket, str(pid_of_pytest()))
    server = start(*command, log=folder / "server.log", cwd=folder, environment={"PYTHONPATH": "", "DO_NOT_TRACK": "1"})
    atexit.register(setattr, server.process, "returncode", 0)  # it ends by itself; else Python warns of it
    wait_until(lambda: socket.exists() or server.process.poll() is not None, "the server of forks", every=0.05)
    assert server.process.poll() is None, server.said()
    name, cases = _PROGRAMS[kind]
    python = shlex.quote(sys.executable)
    client = f"{python} -I -S {shlex.quote(str(_HERE / 'client.py'))}"
    clients = {other: f"{client} {shlex.quote(str(folder.parent / other / 's'))}" for other in _PROGRAMS}
    text = cases.format(**clients, itself=shlex.quote(str(folder / name)))
    (folder / name).write_text(f'#!/bin/sh\ncase "$1 $2" in\n{text}\nesac\nexec {python} "$@"\n', encoding="utf-8")
    (folder / name).chmod(0o755)
