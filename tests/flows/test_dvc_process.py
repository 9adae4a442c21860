"""DVC is imported once for many calls, each of which is a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from flows import dvc_client, dvc_process
from tests.team.processes import is_alive

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Toy

pytestmark = pytest.mark.slow  # each starts git and DVC

LONG = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
"""A stage that watches nobody."""
FLOW = """
from pathlib import Path
from flows import dvc_process
dvc_process.call(Path.cwd(), "reproduce", {"stage": "train", "pull": False})
"""

CALL = """
import os, sys
from flows import dvc_calls, dvc_forkserver
dvc_forkserver._import_for_calls()
before = set(sys.modules)
for method, arguments in (("status", {}), ("reproduce", {"stage": "train", "pull": False})):
    assert "failure" not in dvc_calls.answer(method, arguments)
print(*(name for name in sys.modules.keys() - before if name.split(".")[0] in ("dvc", "dvc_data")))
"""


def reproduce(toy: Toy) -> dvc_process.Answer:
    return dvc_process.call(toy.root, "reproduce", {"stage": "train", "pull": False})


def server() -> int:
    return dvc_client._servers[-1].process.pid


def pid_in(path: Path) -> int:
    give_up = time.monotonic() + 300
    while not path.exists() or not path.read_text():
        assert time.monotonic() < give_up, f"{path.name} never came"
        time.sleep(0.05)
    return int(path.read_text())


def test_a_call_imports_hardly_anything_of_dvc(finished_toy: Toy) -> None:
    """It is forked from what has imported it, or each call of a flow would do so."""
    done = finished_toy.command(sys.executable, "-c", CALL, stdout=subprocess.PIPE)
    assert done.communicate()[0].split() == ["dvc.repo.artifacts"]
    assert done.returncode == 0


def test_dvc_is_started_once_for_many_calls(finished_toy: Toy) -> None:
    (finished_toy.root / "step.py").write_text("import os; open('parent', 'w').write(str(os.getpgrp())); exit(3)")
    calls, servers = set(), set()
    for _ in range(2):
        answer = reproduce(finished_toy)
        assert answer.failure
        assert (answer.failure.kind, answer.failure.status) == ("command", 3)
        calls.add((finished_toy.root / "parent").read_text())
        servers.add(server())
    assert len(servers) == 1
    assert len(calls) == 2
    assert not calls & {str(server()), str(os.getpgrp())}


def test_a_call_has_todays_environment_and_folder(finished_toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    (finished_toy.root / "step.py").write_text("import os; print(os.environ.get('FLUKE'), os.getcwd()); exit(3)")
    for value in ("one", "two"):
        monkeypatch.setenv("FLUKE", value)
        assert reproduce(finished_toy).lines == [f"{value} {finished_toy.root}"]
    monkeypatch.delenv("FLUKE")
    assert reproduce(finished_toy).lines == [f"None {finished_toy.root}"]


def test_a_call_that_was_killed_takes_nothing_along(finished_toy: Toy) -> None:
    step = finished_toy.root / "step.py"
    before = step.read_text()
    step.write_text("import os; os.kill(os.getpgrp(), 9)")  # DVC leads its group
    assert reproduce(finished_toy).failure == dvc_process.Failure("ended")
    first = server()
    step.write_text(before)
    finished_toy.params(train=2)
    assert reproduce(finished_toy).result == "ran"
    assert server() == first


def test_where_the_server_was_killed_the_next_call_starts_one(finished_toy: Toy) -> None:
    assert reproduce(finished_toy).result == "unchanged"
    killed = dvc_client._servers[-1].process
    killed.kill()
    killed.wait()
    finished_toy.params(train=2)
    assert reproduce(finished_toy).result == "ran"
    assert server() != killed.pid


def test_without_forks_each_call_starts_dvc(finished_toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    dvc_client.stop()
    monkeypatch.setattr(dvc_client, "FORKS", False)
    finished_toy.params(train=2)
    assert [reproduce(finished_toy).result for _ in range(2)] == ["ran", "unchanged"]


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_a_call_ends_with_its_flow_whatever_the_stage_does(finished_toy: Toy, stop: signal.Signals) -> None:
    step = finished_toy.root / "step.py"
    before = step.read_text()
    step.write_text(LONG)
    flow = finished_toy.command(sys.executable, "-c", FLOW, stderr=subprocess.DEVNULL)
    stage = pid_in(finished_toy.root / "pid")
    flow.send_signal(stop)
    flow.wait(30)
    give_up = time.monotonic() + 30
    while is_alive(stage):
        assert time.monotonic() < give_up, "the stage lives on"
        time.sleep(0.05)
    step.write_text(before)
    finished_toy.params(train=2)
    assert reproduce(finished_toy).result == "ran"
