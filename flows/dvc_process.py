"""DVC as a process of its own, which can be ended: in a session of its own, and never longer than it may take."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from longtail import process_lock

_SECONDS_TO_END = 10.0


@contextmanager
def running(root: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Python, for DVC, in a session of its own, which ends with this block, whatever ends the block."""
    bin_folder = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",  # stages are run as `python`
        "SHELL": "/bin/sh",  # DVC runs a stage by the user's shell, and not every one knows NAME=value before a command
        "PYTHONUNBUFFERED": "1",
        process_lock.FLOW_PID: str(os.getpid()),
    }
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        yield process
        process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def ended_after(process: subprocess.Popen[str], minutes: float) -> Iterator[threading.Event]:
    """End the process when its time is over, and set the event."""
    hung = threading.Event()

    def stop() -> None:
        hung.set()
        _end(process)

    timer = threading.Timer(min(minutes * 60, threading.TIMEOUT_MAX), stop)
    timer.daemon = True
    timer.start()
    try:
        yield hung
    finally:
        timer.cancel()


def _end(process: subprocess.Popen[str]) -> None:
    """Ask the group to stop as Ctrl-C would, then insist."""
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, stop)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_END)
            break
    with suppress(ProcessLookupError):  # who stayed behind in the group
        os.killpg(process.pid, signal.SIGKILL)


def sweep(root: Path) -> None:
    """Remove what was being written: files of DVC's on a full disk, folders of a stage that was killed."""
    for path in list((root / "artifacts").rglob(".*.tmp")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
