"""Imports libraries, and forks a process for each command that needs them: `server.py KIND SOCKET PID`.

KIND `stages` imports what stages do, and nothing of Longtail stays imported: a stage imports that from the project that
it runs in. KIND `dvc` imports DVC. It ends with the process PID.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

SRC = Path(__file__).resolve().parents[2] / "src"
ROOMS = ("duplicates", "evaluation", "images", "labels", "metrics", "recognition", "reporting", "sampling", "splitting")
"""Folders of Longtail whose imports a stage needs; of those that follow, what its functions import."""
LIBRARIES = (
    *("longtail.inference.embedding", "longtail.training.augmenting", "longtail.training.trainer", "torchvision"),
    *("timm", "safetensors.torch", "sklearn.covariance", "sklearn.isotonic", "sklearn.linear_model", "sklearn.cluster"),
    *("scipy.cluster.hierarchy", "scipy.optimize", "scipy.sparse.csgraph", "scipy.spatial.distance", "psutil"),
)
_SECONDS_BETWEEN_REQUESTS = 5.0


def import_of_stages() -> None:
    """Import Longtail for what it imports, and forget it."""
    sys.path.insert(0, str(SRC))
    import longtail
    from longtail import imports
    from longtail.training.without_compiler import without_compiler

    with imports.uncollected(), without_compiler():
        for module in pkgutil.walk_packages(longtail.__path__, "longtail."):
            if module.name.split(".")[1] in ROOMS:
                importlib.import_module(module.name)
        for name in LIBRARIES:
            importlib.import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] == "longtail"]:
        del sys.modules[name]
    sys.path.remove(str(SRC))
    importlib.invalidate_caches()


def import_dvc() -> None:
    """Import DVC with all its commands."""
    importlib.import_module("dvc.cli.parser")
    for name in ("brancher", "graph", "index", "plots", "push", "reproduce", "stage", "status", "trie"):
        importlib.import_module(f"dvc.repo.{name}")
    for name in ("dvc.cachemgr", "dvc.data_cloud", "dvc.parsing.interpolate", "dvc.stage.run", "dulwich.worktree"):
        importlib.import_module(name)


KINDS = {"stages": import_of_stages, "dvc": import_dvc}


def serve(listener: socket.socket, pytest: int) -> None:
    """Fork a process for each that asks, until the tests have ended.

    Args:
        listener: where `client.py` asks.
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
            _run(client)
        if not ready and not _is_alive(pytest):
            return


def _tell_ends(clients: dict[int, socket.socket]) -> None:
    """Tell each client whose stage has ended how it ended."""
    while clients:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with clients.pop(pid) as client, suppress(OSError):
            client.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _run(client: socket.socket) -> NoReturn:
    """Be the `python -m MODULE ...` that the client was called as."""
    code: Any = 1
    try:
        os.setsid()
        runpy.run_module(_become(client), run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _become(client: socket.socket) -> str:
    """Take over a client's output, folder, environment and words, and end when it does. Gives the module."""
    message, descriptors, _, _ = socket.recv_fds(client, 1 << 20, 3)
    while not message.endswith(b"\n"):
        message += client.recv(1 << 20)
    asked = json.loads(message)
    for target, descriptor in enumerate(descriptors):
        os.dup2(descriptor, target)
        os.close(descriptor)
    sys.stdout, sys.stderr = (  # anew: the server's own are of a file, and can be a pipe's no longer
        open(target, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        for target in (1, 2)
    )
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = asked["words"]
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:0] = [asked["folder"], *(str(Path(asked["folder"], path)) for path in paths)]

    def watch() -> None:
        client.recv(1)  # it says nothing more: this is its end
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    return str(sys.argv[0])


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
        KINDS[kind]()
        gc.collect()
        gc.freeze()  # else a collection in a fork copies every page
        serve(listener, int(pytest))
