"""How the threads of one computation wait for each other: asleep, so that other work on the machine costs little.

By default OpenMP's threads wait by spinning. On a machine that runs anything else, a spinning thread takes the core
that the awaited thread needs, and a training falls to a fraction of its speed (`python -m benchmarks.busy_machine`).
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

POLICY = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Understood by GNU's OpenMP (torch on Linux) and by LLVM's (torch on macOS)."""
_A_USERS_OWN = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def wait_passively(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the policy for this process and those it starts, unless the user has set one.

    OpenMP reads it when it is loaded, so this must come before torch is imported.
    """
    if not any(name in environment for name in _A_USERS_OWN):
        environment.update(POLICY)
