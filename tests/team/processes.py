"""Processes of the tests' own: each in a group of its own, its words in a file, ended with the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_SECONDS_TO_END = 20


@dataclass(frozen=True)
class Running:
    """A process that was started, and where its words go."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self, seconds: float = 900) -> int:
        return self.process.wait(seconds)

    def end(self, stop: signal.Signals = signal.SIGTERM) -> None:
        """Ask it, then kill its whole group."""
        with suppress(ProcessLookupError):
            self.process.send_signal(stop)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_SECONDS_TO_END)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


def start(
    *command: str | Path, log: Path, cwd: Path, environment: Mapping[str, str] | None = None, **settings: Any
) -> Running:
    """Start a process; the caller ends it."""
    with log.open("ab") as words:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **settings,
        )
    return Running(process, log)


@contextmanager
def running(*command: str | Path, **settings: Any) -> Iterator[Running]:
    """The same, ended with the block."""
    started = start(*command, **settings)
    try:
        yield started
    finally:
        started.end()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 600, every: float = 1.0) -> Any:
    """Ask until the answer is not empty, and give it; a deadline that only a hang reaches."""
    give_up = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < give_up, f"{what}: not within {seconds:g} s"
        time.sleep(every)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_in(folder: Path) -> dict[int, str]:
    """{pid: command line} of every process whose working directory lies under the folder."""
    commands = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # it ended meanwhile, or it is not ours to look at
            if Path(process.cwd()).is_relative_to(folder.resolve()) and is_alive(process.pid):
                commands[process.pid] = " ".join(process.cmdline())
    return commands
