"""The threads of a computation sleep at once, unless the user says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from longtail.waiting import POLICY, limit_spinning

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.mark.parametrize("own", [{}, {"OMP_WAIT_POLICY": "ACTIVE"}, {"GOMP_SPINCOUNT": "5000"}, {"KMP_BLOCKTIME": "1"}])
def test_a_users_own_value_wins(own: dict[str, str]) -> None:
    environment = dict(own)
    limit_spinning(environment)
    assert environment == (own or POLICY)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP alone reports its settings in these words")
def test_torch_and_its_child_processes_read_the_setting() -> None:
    """OpenMP itself reports what it read, in a process that our process starts: `longtail` is imported before torch."""
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import torch'], check=True)"
    done = subprocess.run(
        [sys.executable, "-c", f"import longtail, torch; {child}"],
        env=environment | {"OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.count("OMP_WAIT_POLICY = 'PASSIVE'") == 2
