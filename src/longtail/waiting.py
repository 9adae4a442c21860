"""How the threads of one computation wait for each other: they sleep at once.

By default OpenMP's threads spin for long. On a machine that runs anything else, a spinning thread takes the core that
the awaited thread needs, and a training falls to a fraction of its speed. Where Linux shares the cores by session
(`sched_autogroup`), which is usual, even a short spin does: `python -m benchmarks.busy_machine`.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

POLICY = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
"""For GNU's OpenMP (torch on Linux) and for LLVM's (torch on macOS; not measured there)."""
_USER_SETTINGS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def limit_spinning(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the policy for this process and those it starts, unless the user has set one.

    OpenMP reads it when it is loaded, so this must come before torch is imported.
    """
    if not any(name in environment for name in _USER_SETTINGS):
        environment.update(POLICY)
