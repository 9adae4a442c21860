"""The threads of a computation wait asleep, unless the user says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from longtail.waiting import wait_passively

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.mark.parametrize("own", [{}, {"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "5000"}, {"KMP_BLOCKTIME": "1"}])
def test_a_users_own_value_wins(own: dict[str, str]) -> None:
    environment = dict(own)
    wait_passively(environment)
    assert environment == (own or {"OMP_WAIT_POLICY": "PASSIVE"})


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP alone tells its settings in these words")
@pytest.mark.parametrize(("own", "policy"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_torch_and_what_it_starts_wait_so(own: dict[str, str], policy: str) -> None:
    """OpenMP itself says what it read: where longtail comes first, and in a process that this one starts."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | own
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import torch'], check=True)"
    for code in ("import torch", child):
        done = subprocess.run(
            [sys.executable, "-c", f"import longtail; {code}"],
            env=environment | {"OMP_DISPLAY_ENV": "TRUE"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"OMP_WAIT_POLICY = '{policy}'" in done.stderr
