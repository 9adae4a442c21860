"""The flow's side of the process that has imported DVC: started when first needed, kept as long as the flow."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longtail import process_lock

FORKS = sys.platform != "darwin"
"""On macOS a fork must not ask the system for its proxies, as remotes' clients do: there a server answers one call."""
_FORKSERVER = Path(__file__).with_name("dvc_forkserver.py")
_READ_AT_START = ("PYTHON", "HOME", "XDG_", "GIT_", "DVC_", "LANG", "LC_")
"""How variables begin that Python, DVC and its libraries may read when they are imported."""


@dataclass(frozen=True)
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket
    started_with: Mapping[str, str]


_servers: list[_Server] = []
"""One at most."""
_answering: list[subprocess.Popen[bytes]] = []
"""Where a server answers one call: those that are at it."""


def environment() -> dict[str, str]:
    """The variables of a call: those of this process, and what a stage needs."""
    bin_folder = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",  # stages are run as `python`
        "SHELL": "/bin/sh",  # DVC runs a stage by the user's shell, and not every one knows NAME=value before a command
        "PYTHONUNBUFFERED": "1",
        process_lock.FLOW_PID: str(os.getpid()),
    }


def start(root: Path) -> None:
    """Let DVC be imported while the flow does something else.

    Args:
        root: the project's root.
    """
    _server(root, environment())


def send(root: Path, variables: Mapping[str, str], descriptors: Sequence[int]) -> None:
    """Begin a call.

    Args:
        root: the project's root.
        variables: the environment of the call.
        descriptors: of its output, of its answer, and of what it is asked (`dvc_forkserver.py`).
    """
    try:
        socket.send_fds(_server(root, variables).control, [b"."], descriptors)
    except OSError:  # it was killed
        stop()
        socket.send_fds(_server(root, variables).control, [b"."], descriptors)
    if not FORKS:
        server = _servers.pop()
        server.control.close()
        _answering[:] = [*(one for one in _answering if one.poll() is None), server.process]


def stop() -> None:
    """Stop it, with what is at work there."""
    while _servers:
        server = _servers.pop()
        server.control.close()
        server.process.wait()
    while _answering:
        _answering.pop().wait()


def _server(root: Path, variables: Mapping[str, str]) -> _Server:
    """The one that runs, if it was started as it would be now; else a new one."""
    started_with = {name: value for name, value in variables.items() if name.startswith(_READ_AT_START)}
    if _servers and _servers[-1].started_with == started_with and _servers[-1].process.poll() is None:
        return _servers[-1]
    stop()
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_FORKSERVER), str(theirs.fileno()), *([] if FORKS else ["once"])],
            cwd=root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(theirs.fileno(),),
        )
    _servers.append(_Server(process, ours, started_with))
    return _servers[-1]


atexit.register(stop)
