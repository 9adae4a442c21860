"""DVC imported once: forks a process for each call. `dvc_forkserver.py SOCKET`, started by `dvc_client.py`.

Importing DVC takes longer than most of what it does. A fork has it at once, and is nevertheless a process of its own:
it leads a session of its own, nothing of an earlier call is left in it, and it can be ended without harm to the next.

When the flow has gone, however it went, its end of the socket is closed: what is at work here is ended then.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

# Run by its path, without this folder on the path, where `dvc` would be our dvc.py.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from flows.process_groups import end_group
from longtail import imports

with imports.uncollected():
    from flows import dvc_calls

_INTERRUPTED = 130
_IMPORTED_BY_CALLS = (
    *("dvc.cachemgr", "dvc.data_cloud", "dvc.dirs", "dvc.parsing.interpolate", "dvc_data.hashfile.db.local"),
    *("dvc.repo.brancher", "dvc.repo.datasets", "dvc.repo.graph", "dvc.repo.index", "dvc.repo.metrics"),
    *("dvc.repo.params", "dvc.repo.plots", "dvc.repo.stage", "dvc.repo.trie"),
    *("dulwich.worktree", "fsspec.implementations.memory", "platformdirs", "ruamel.yaml.mergevalue"),
)
"""What DVC imports when it is called: a fifth of a call's time."""


def serve(control: socket.socket) -> None:
    """Take calls until the flow has gone.

    Args:
        control: a byte a call comes from it, with three descriptors: for its output, its answer, and the request.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    calls: set[int] = set()
    while True:
        ready, _, _ = select.select([control.fileno(), reader], [], [])
        with suppress(BlockingIOError):
            os.read(reader, 4096)
        calls = {pid for pid in calls if not _has_ended(pid)}
        if control.fileno() not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1, 3)
        if not message:
            break
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (reader, writer, control.detach()):
                os.close(descriptor)
            os.setsid()
            _call(*descriptors)
        calls.add(pid)
        for descriptor in descriptors:
            os.close(descriptor)
    for pid in calls:
        end_group(pid, partial(_has_ended, pid))


def _has_ended(pid: int, seconds: float = 0.0) -> bool:
    """Whether a fork has ended, which is waited for as long as that."""
    give_up = time.monotonic() + seconds
    while not os.waitpid(pid, os.WNOHANG)[0]:
        if time.monotonic() >= give_up:
            return False
        time.sleep(0.05)
    return True


def _call(output: int, answers: int, request: int) -> NoReturn:
    """Answer one call, and end."""
    code = 1
    try:
        for standard in (1, 2):
            os.dup2(output, standard)
        os.close(output)
        code = _answer(answers, request)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception:  # nothing may go on into the loop above
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)  # what the server has set up is not the fork's to take down


def _answer(answers: int, request: int) -> int:
    """Call DVC: its pid, then what came of it, goes to `answers`. Gives the exit code."""
    os.set_inheritable(answers, False)
    with os.fdopen(request, encoding="utf-8") as file:
        call = json.load(file)
    os.environ.clear()
    os.environ.update(call["environment"])
    os.chdir(call["root"])
    sys.argv = ["dvc", call["method"], *map(str, call["arguments"].values())]  # DVC notes in its locks who holds them
    with os.fdopen(answers, "w", encoding="utf-8") as file:
        print(os.getpid(), file=file, flush=True)
        answer = dvc_calls.answer(call["method"], call["arguments"])
        json.dump(answer, file)
    return 1 if "failure" in answer else 0


def _import_for_calls() -> None:
    with imports.uncollected():
        for name in _IMPORTED_BY_CALLS:
            with suppress(ImportError):  # the modules are DVC's own, and may move: then the calls import them
                importlib.import_module(name)


def main(arguments: Sequence[str]) -> NoReturn:
    """Serve the flow at the other end of a socket; with `once` take one call, in this process itself."""
    "".encode("idna")  # threads that look up an encoding at the same time may not find it (bugs.python.org/issue29288)
    descriptor, *how = arguments
    if not how:
        _import_for_calls()
    gc.freeze()  # else a collection in a fork copies every page
    with socket.socket(fileno=int(descriptor)) as control:
        if not how:
            serve(control)
            os._exit(0)
        message, descriptors, _, _ = socket.recv_fds(control, 1, 3)
    if not message:
        os._exit(0)
    _call(*descriptors)


if __name__ == "__main__":
    main(sys.argv[1:])
