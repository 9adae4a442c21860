"""A call of DVC as a process of its own, which can be ended: in a session of its own, never longer than it may take.

It is forked by one that has imported DVC (`dvc_forkserver.py`), which lives as long as the flow.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from flows import dvc_client
from flows.process_groups import end_group
from longtail.artifacts import FOLDER

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
        method: its name, as `add` or `reproduce` (`dvc_calls.py`).
        arguments: its arguments by name, as JSON can hold them.
        minutes: the time after which the process is ended.
        say: takes every line that the process and a stage write, as it comes.

    Returns:
        What the process handed over; a failure of kind `ended` where it handed over nothing.
    """
    last: list[str] = []
    with running(root, method, arguments) as process, ended_after(process, minutes) as hung:
        for line in process.output:
            text = line.rstrip()
            last = [*last, text][-_LAST_LINES:]
            if text:
                say(text)
    try:
        answer = json.loads(process.handed_over)
    except ValueError:  # it was killed, or could not even begin
        answer = {"failure": {"kind": "ended", "message": next((text for text in reversed(last) if text), "")}}
    failure = Failure(**answer["failure"]) if "failure" in answer else None
    return Answer(answer.get("result"), failure, answer.get("began", False), hung.is_set(), last)


class Process:
    """A call at work. It has ended when its end of the pipe for the answer is closed."""

    def __init__(self, output: TextIO, answers: TextIO) -> None:
        self.output = output
        self.handed_over = ""
        self._pid = 0
        self._began = threading.Event()
        # In a thread: a pipe holds 64 KiB at most.
        self._reading = threading.Thread(target=self._receive, args=(answers,), daemon=True)
        self._reading.start()

    def _receive(self, answers: TextIO) -> None:
        with answers:
            self._pid = int(answers.readline() or 0)
            self._began.set()
            self.handed_over = answers.read()

    def has_ended(self, seconds: float | None = None) -> bool:
        """Wait for the end, for some seconds at most; whether it came."""
        self._reading.join(seconds)
        return not self._reading.is_alive()

    def end(self) -> None:
        """End it, with all that it started."""
        self._began.wait()
        if self._pid:
            end_group(self._pid, self.has_ended)


@contextmanager
def running(root: Path, method: str, arguments: Mapping[str, Any]) -> Iterator[Process]:
    """A call in a session of its own, which ends with this block, whatever ends the block.

    Args:
        root: the project's root.
        method: the method of its repository.
        arguments: its arguments by name.

    Yields:
        The process.
    """
    environment = dvc_client.environment()
    request = {"root": str(root), "method": method, "arguments": arguments, "environment": environment}
    (output, output_end), (answers, answers_end), (request_end, ask) = (os.pipe() for _ in range(3))
    with (
        os.fdopen(output, encoding="utf-8", errors="replace") as lines,
        os.fdopen(answers, encoding="utf-8") as answer,
        os.fdopen(ask, "w", encoding="utf-8") as asked,
    ):
        try:
            dvc_client.send(root, environment, (output_end, answers_end, request_end))
        finally:
            for descriptor in (output_end, answers_end, request_end):
                os.close(descriptor)
        process = Process(lines, answer)
        try:
            with suppress(BrokenPipeError), asked:  # what it was sent to has been killed
                json.dump(request, asked)
            yield process
            process.has_ended()
        except BaseException:
            process.end()
            raise


@contextmanager
def ended_after(process: Process, minutes: float) -> Iterator[threading.Event]:
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
        process.end()

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
