"""DVC as a process of its own, which can be ended: in a session of its own, and never longer than it may take."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from longtail import process_lock
from longtail.artifacts import FOLDER

_CHILD = Path(__file__).with_name("dvc_child.py")
_SECONDS_TO_END = 10.0
_LAST_LINES = 40


class Failure(NamedTuple):
    """Why a call of DVC's failed, as `dvc_failures.describe` has it."""

    kind: str
    message: str = ""
    """DVC's own words, for people."""
    path: str = ""
    status: int | None = None
    """The exit code of a stage's command."""


class Answer(NamedTuple):
    """What came of a call."""

    result: Any
    failure: Failure | None
    began: bool
    """Whether a stage was about to run: nothing more was asked of the remote then."""
    hung: bool
    """Whether it was ended because its time was over."""
    lines: list[str]
    """The last lines that it wrote."""


def call(
    root: Path,
    method: str,
    arguments: Mapping[str, Any],
    minutes: float = math.inf,
    say: Callable[[str], None] = lambda line: None,
) -> Answer:
    """Call a method of DVC's repository in a process of its own.

    Args:
        root: the project's root.
        method: its name, as `add` or `reproduce` (`dvc_child.py`).
        arguments: its arguments by name, as JSON can hold them.
        minutes: the time after which the process is ended.
        say: takes every line that the process and a stage write, as it comes.

    Returns:
        What the process handed over; a failure of kind `ended` where it handed over nothing.
    """
    last: list[str] = []
    with (
        running(root, method, json.dumps(arguments)) as (process, handed_over),
        ended_after(process, minutes) as hung,
    ):
        for line in process.stdout or ():
            text = line.rstrip()
            last = [*last, text][-_LAST_LINES:]
            if text:
                say(text)
    try:
        answer = json.loads(handed_over())
    except ValueError:  # it was killed, or could not even begin
        answer = {"failure": {"kind": "ended", "message": next((text for text in reversed(last) if text), "")}}
    failure = Failure(**answer["failure"]) if "failure" in answer else None
    return Answer(answer.get("result"), failure, answer.get("began", False), hung.is_set(), last)


@contextmanager
def running(root: Path, method: str, arguments: str) -> Iterator[tuple[subprocess.Popen[str], Callable[[], str]]]:
    """DVC in a session of its own, which ends with this block, whatever ends the block.

    Args:
        root: the project's root.
        method: the method of its repository.
        arguments: its arguments, as JSON.

    Yields:
        The process, and a function that waits for its end and gives what it handed over.
    """
    bin_folder = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}",  # stages are run as `python`
        "SHELL": "/bin/sh",  # DVC runs a stage by the user's shell, and not every one knows NAME=value before a command
        "PYTHONUNBUFFERED": "1",
        process_lock.FLOW_PID: str(os.getpid()),
    }
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD), str(writer), method, arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=(writer,),
        )
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    received: list[str] = []
    thread = threading.Thread(target=_receive, args=(reader, received), daemon=True)  # a pipe holds 64 KiB at most
    thread.start()

    def handed_over() -> str:
        thread.join(_SECONDS_TO_END)
        return "".join(received)

    try:
        yield process, handed_over
        process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def ended_after(process: subprocess.Popen[str], minutes: float) -> Iterator[threading.Event]:
    """End the process when its time is over.

    Args:
        process: DVC's.
        minutes: its time.

    Yields:
        An event that is set where the process was ended.
    """
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


def remove_partials(root: Path) -> None:
    """Remove what was being written: files of DVC's on a full disk, folders of a stage that was killed."""
    for path in list((root / FOLDER).rglob(".*.tmp")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _receive(reader: int, received: list[str]) -> None:
    with os.fdopen(reader, encoding="utf-8") as answers:
        received.append(answers.read())


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
