"""Imports libraries, and forks a process for each command that needs them: `server.py KIND SOCKET PID`.

KIND `stages` imports what stages do, `flows` what the flow does, `dvc` DVC; nothing of Longtail stays imported: a fork
imports that from the project that it runs in. It ends with the process PID.
"""

from __future__ import annotations

import atexit
import fcntl
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

_SECONDS_BETWEEN_REQUESTS = 5.0
_FIRST_OF_OURS = 100
"""Descriptors from here on are the server's: those below are the command's own."""


def serve(listener: socket.socket, kind: Any, pytest: int) -> None:
    """Fork a process for each that asks, until the tests have ended.

    Args:
        listener: where `client.py` asks.
        kind: of its commands (`kinds.py`).
        pytest: the process of the tests.
    """
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    clients: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([listener, reader], [], [], _SECONDS_BETWEEN_REQUESTS)
        with suppress(BlockingIOError):
            os.read(reader, 4096)
        _tell_ends(clients)
        if listener in ready:
            client, _ = listener.accept()
            if pid := os.fork():
                clients[pid] = client
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (listener, *clients.values()):
                other.close()
            for end in (reader, writer):
                os.close(end)
            _run(client, kind)
        if not ready and not _is_alive(pytest):
            return


def _tell_ends(clients: dict[int, socket.socket]) -> None:
    """Tell each client whose command has ended how it ended."""
    while clients:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with clients.pop(pid) as client, suppress(OSError):
            client.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _run(client: socket.socket, kind: Any) -> NoReturn:
    """Be the `python ...` that the client was called as."""
    code: Any = 1
    try:
        os.setsid()
        words = _become(client)
        if kind.is_given_executable:
            sys.executable = words.pop(0)
        kind.begin()
        _execute(words)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            if kind.is_given_executable:  # a flow leaves things to be done when its interpreter ends
                threading._shutdown()  # type: ignore[attr-defined]
                atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _execute(words: Sequence[str]) -> None:
    """Run `-m MODULE ...`, `-c CODE ...` or `FILE ...`."""
    how, *rest = words
    if how == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(compile(rest[0], "<string>", "exec"), vars(main))
    else:
        sys.argv = [*words]
        runpy.run_path(how, run_name="__main__")


def _become(client: socket.socket) -> list[str]:
    """Take over a client's descriptors, folder and environment, and end when it does. Gives its words."""
    message, received, _, _ = socket.recv_fds(client, 1 << 20, 16)
    while not message.endswith(b"\n"):
        message += client.recv(1 << 20)
    asked = json.loads(message)
    client = socket.socket(fileno=_moved(client.detach()))
    for target, descriptor in zip(asked["descriptors"], [_moved(one) for one in received], strict=True):
        os.dup2(descriptor, target)
        os.close(descriptor)
    sys.stdout, sys.stderr = (  # anew: the server's own are of a file, and can be a pipe's no longer
        open(target, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        for target in (1, 2)
    )
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:0] = [asked["folder"], *(str(Path(asked["folder"], path)) for path in paths)]

    def watch() -> None:
        client.recv(1)  # it says nothing more: this is its end
        os.kill(os.getpid(), signal.SIGTERM)

    words = list(asked["words"])
    if words[0].startswith("-"):
        threading.Thread(target=watch, daemon=True).start()
    else:  # a file that forks, where no thread should run: it ends with the flow
        client.detach()
    return words


def _moved(descriptor: int) -> int:
    """The same under a number that no command uses."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_OF_OURS)
    os.close(descriptor)
    return moved


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX) as listener:
        kind, address, pytest = sys.argv[1:]
        listener.bind(address)
        listener.listen(64)  # who asks meanwhile waits
        kinds = importlib.import_module("kinds")  # of this folder, which is on the path as a script's is
        sys.path.pop(0)
        kinds.prepare(kinds.KINDS[kind])
        serve(listener, kinds.KINDS[kind], int(pytest))
