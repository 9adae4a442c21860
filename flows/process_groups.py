"""The end of a process and of all that it started: as Ctrl-C would end them, then with more force."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress

_SECONDS_TO_END = 10.0


def end_group(leader: int, has_ended: Callable[[float], bool]) -> None:
    """Ask the group to stop as Ctrl-C would, then insist.

    Args:
        leader: the process that leads it.
        has_ended: waits for the leader, some seconds at most, and says whether it has ended.
    """
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(leader, stop)
        if has_ended(_SECONDS_TO_END):
            break
    with suppress(ProcessLookupError):  # who stayed behind in the group
        os.killpg(leader, signal.SIGKILL)
