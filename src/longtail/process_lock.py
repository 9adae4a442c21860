"""One run a checkout, and no stage that outlives the flow that started it.

Two advisory locks (flock, freed by the system when their holder dies): the flow holds `flow` for its whole length,
a stage holds `stage` as long as it lives. A stage by hand is refused while a flow runs, and the other way round.
"""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from longtail.errors import Busy, Problem

FLOW_PID = "LONGTAIL_FLOW_PID"
STATE = Path(".longtail")
_POLL_SECONDS = 1.0
_CLOCKS_DIFFER_S = 60.0  # the system's time of a process's start is counted from when it was booted


@contextmanager
def holding(name: str, root: Path) -> Iterator[None]:
    """Hold a lock of a checkout.

    Args:
        name: `flow` or `stage`.
        root: the project's root.

    Raises:
        Busy: another process holds it; the message has its pid and start time.
    """
    folder = root / STATE
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Busy(_already_running(name, lock.read())) from error
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "started": datetime.now(UTC).isoformat(timespec="seconds")}))
        lock.flush()
        yield


@contextmanager
def holding_checkout(root: Path) -> Iterator[None]:
    """What a stage holds. Inside a flow its own lock only, since the flow holds the other."""
    with ExitStack() as stack:
        if FLOW_PID not in os.environ:
            stack.enter_context(holding("flow", root))
        stack.enter_context(holding("stage", root))
        yield


def at_work(root: Path) -> str:
    """Who is at work in a checkout, flow or stage, without asking for its lock.

    Args:
        root: the project's root.

    Returns:
        Its pid and start time in words; `""` where nobody is.
    """
    import psutil  # here: few verbs need it

    try:
        holder = json.loads((root / STATE / "flow.lock").read_text("utf-8"))
        latest = datetime.fromisoformat(holder["started"]).timestamp() + _CLOCKS_DIFFER_S
        is_the_one = psutil.Process(holder["pid"]).create_time() < latest  # else its pid was given again
        return _in_words(holder) if is_the_one else ""
    except (OSError, ValueError, LookupError, TypeError, psutil.Error):  # nobody ever, or gone
        return ""


def end_with_flow() -> None:
    """End this process when the flow that started it is gone, however many processes stand between them."""
    import psutil  # here: no verb that is not a stage needs it

    pid = os.environ.get(FLOW_PID)
    if pid is None:
        return
    try:
        flow = psutil.Process(int(pid))
    except psutil.NoSuchProcess:
        os.kill(os.getpid(), signal.SIGTERM)
        return

    def gone() -> None:
        # One that was killed stays a zombie until its parent asks for it, which may wait for this very process.
        while psutil.pid_exists(flow.pid):
            try:
                flow.wait(timeout=_POLL_SECONDS)
            except psutil.TimeoutExpired:
                with suppress(psutil.NoSuchProcess):
                    if flow.status() != psutil.STATUS_ZOMBIE:
                        continue
            return

    _end_after(gone, "end-with-flow")


def end_with_parent() -> None:
    """End this process when the one that started it ends, and leave Ctrl-C to that one (for pool workers)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()  # behind a fork server it is not the process that the system names
    if parent is not None:
        _end_after(parent.join, "end-with-parent")


def _end_after(wait: Callable[[], object], name: str) -> None:
    """End this process when `wait`, called in a thread of its own, returns."""

    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name=name, daemon=True).start()


def _already_running(name: str, text: str) -> Problem:
    try:
        who = _in_words(json.loads(text))
    except (ValueError, KeyError):  # read between the other's lock and its note
        who = "it has only just started"
    return Problem(f"a {name} is already running in this checkout", "Wait for it, or stop it.", where=who)


def _in_words(holder: Mapping[str, object]) -> str:
    return f"pid {holder['pid']}, started {holder['started']}"
