"""Commands in processes that have imported their libraries already: to import them takes longer than most of the work.

A stage stays a process of its own, run by DVC, with the project's own code; DVC by hand likewise. They are forked
instead of started. The first run of e2e and those of the team start their processes as a user's machine does, and so
does every test that ends a stage or holds it still.
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
_FLOW = "import sys; sys.executable = sys.argv.pop(1); from flows import retrain; sys.exit(retrain.main())"
_STAGES = """\
#!/bin/sh
[ "$1 $2" = "-m longtail" ] || exec {python} "$@"
shift
exec {client} "$@"
"""
_DVC = """\
#!/bin/sh
exec {client} dvc "$@"
"""
_PROGRAMS = {"stages": ("python", _STAGES), "dvc": ("dvc", _DVC)}
"""Name and text of what stands for each: a stage is run as the `python` beside the flow's own."""
_dvc: list[Path] = []
"""The program that stands for `dvc`, once there is one."""


def flow_command(python: Path | None) -> tuple[str, ...]:
    """The flow by hand.

    Args:
        python: what it runs stages with (`stage_python`); None: the interpreter of the tests, as a user's flow does.
    """
    return (sys.executable, "-c", _FLOW, str(python)) if python else (sys.executable, "-m", "flows.retrain")


def stage_python(factory: pytest.TempPathFactory) -> Path:
    """A program like `python` that lets a stage be forked. The first process that asks starts its server."""
    return made_once(factory, "stages", lambda folder: _start("stages", folder)) / "python"


def use_dvc(factory: pytest.TempPathFactory) -> None:
    """From now on `dvc_command` is one that is forked."""
    _dvc[:] = [made_once(factory, "dvc", lambda folder: _start("dvc", folder)) / "dvc"]


def dvc_command() -> tuple[str, ...]:
    """DVC by hand."""
    return (str(_dvc[0]),) if _dvc else (sys.executable, "-m", "dvc")


def _start(kind: str, folder: Path) -> None:
    socket = folder / "s"  # a short name: an address has 108 bytes at most
    command = (sys.executable, "-P", _HERE / "server.py", kind, socket, str(pid_of_pytest()))
    server = start(*command, log=folder / "server.log", cwd=folder, environment={"PYTHONPATH": ""})
    atexit.register(setattr, server.process, "returncode", 0)  # it ends by itself; else Python warns of it
    wait_until(lambda: socket.exists() or server.process.poll() is not None, "the server of forks", every=0.05)
    assert server.process.poll() is None, server.said()
    client = shlex.join([sys.executable, "-I", "-S", str(_HERE / "client.py"), str(socket)])
    name, text = _PROGRAMS[kind]
    (folder / name).write_text(text.format(python=shlex.quote(sys.executable), client=client), encoding="utf-8")
    (folder / name).chmod(0o755)
