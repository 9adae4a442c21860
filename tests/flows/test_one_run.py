"""One run a checkout, and no stage that outlives its flow: with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows import retrain
from longtail import process_lock
from longtail.errors import Busy
from tests.team.processes import is_alive, processes_in

if TYPE_CHECKING:
    from conftest import Toy

# The real flow on the toy's graph: no photographs and no backbone to check, nothing to publish.
FLOW = """
import sys
from flows import artifacts, console, dvc, first_weights, publish, retrain, stages, versioned
from longtail.params import Section
class Step(Section):
    value: int
retrain.schemas = lambda: {"train": Step, "predict": Step}
retrain.check = lambda root: None
first_weights.check = lambda root, raw: None
versioned.add, versioned.check = dvc.add, lambda root: None
publish.run = lambda root, schemas, force, began: stages.Outcome("publish", "Cached", 0.0, "")
artifacts.write = lambda root, outcomes: None
console.summary = lambda root, outcomes, seconds: " ".join(f"{o.name}={o.state}" for o in outcomes)
sys.exit(retrain.main([]))
"""


def start(toy: Toy, python: tuple[str, ...] = (sys.executable,)) -> subprocess.Popen[str]:
    return toy.command(*python, "-c", FLOW, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def wait_for(path: Path, seconds: float = 300) -> None:
    give_up = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < give_up, f"{path.name} never came"
        time.sleep(0.05)


def wait_until_gone(pid: int, seconds: float = 10) -> None:
    give_up = time.monotonic() + seconds
    while is_alive(pid):
        assert time.monotonic() < give_up, f"process {pid} lives on"
        time.sleep(0.05)


def servers_of(toy: Toy) -> list[int]:
    """Prefect's temporary servers that run in the toy's folder."""
    return [pid for pid, command in processes_in(toy.root).items() if "flows.server" in command]


def at_work(toy: Toy) -> tuple[subprocess.Popen[str], int]:
    """A flow in the middle of `train`, which takes a minute; and the process of that stage."""
    toy.params(train=2)
    (toy.root / "slow-train").touch()
    (toy.root / "pid").unlink(missing_ok=True)
    flow = start(toy)
    wait_for(toy.root / "pid")
    return flow, int((toy.root / "pid").read_text())


def kill(flow: subprocess.Popen[str], *with_it: int) -> None:
    flow.send_signal(signal.SIGKILL)
    flow.communicate()
    for process in with_it:
        wait_until_gone(process)


@pytest.mark.slow
def test_a_second_run_is_refused_and_a_killed_one_leaves_no_process_and_locks_that_are_one_line(
    served_toy: Toy, flow_python: tuple[str, ...], prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = served_toy
    flow, stage = at_work(toy)
    second = start(toy, flow_python)
    output, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"a flow is already running in this checkout (pid {flow.pid}, started 20" in output
    assert "Traceback" not in output

    left_behind = servers_of(toy)
    assert len(left_behind) == 1
    kill(flow, stage, *left_behind)  # the stage and the server end by themselves
    assert not (toy.root / "too-late").exists()

    monkeypatch.setenv("PREFECT_API_URL", prefect_server)  # a flow's own server was looked at
    flow, stage = at_work(toy)
    os.killpg(os.getpgid(stage), signal.SIGKILL)  # DVC is in its group
    kill(flow, stage)
    assert "train" in (toy.root / ".dvc/tmp/rwlock").read_text()

    (toy.root / "slow-train").unlink()
    again = start(toy, flow_python)
    output, _ = again.communicate(timeout=400)
    assert again.returncode == 0, output
    assert output.count("an earlier run was killed (pid ") == 1
    assert "had been killed" not in output
    assert "prepare@labelled=Cached train=Completed prepare@test=Cached predict=Completed publish=Cached" in output


@pytest.mark.slow
@pytest.mark.parametrize(("stop", "has_own_server"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_ctrl_c_and_a_polite_end_stop_the_stage_and_tell_no_stack_trace(
    served_toy: Toy, prefect_server: str, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals, has_own_server: bool
) -> None:
    toy = served_toy
    if not has_own_server:
        monkeypatch.setenv("PREFECT_API_URL", prefect_server)
    flow, stage = at_work(toy)
    assert bool(servers_of(toy)) == has_own_server
    os.killpg(flow.pid, stop)  # as a terminal sends Ctrl-C: to the whole group
    output, _ = flow.communicate(timeout=30)
    assert flow.returncode == 130, output
    assert not is_alive(stage)
    assert servers_of(toy) == []
    assert "Stopped" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_failing_stage_gives_the_flow_its_exit_code_and_its_words(
    finished_toy: Toy, flow_python: tuple[str, ...], prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from longtail.errors import BadInput, Problem

    monkeypatch.setenv("PREFECT_API_URL", prefect_server)
    finished_toy.params(train=2)
    finished_toy.trouble("train", BadInput(Problem("a photograph is torn", "Mend it.", where="w1.jpg")))
    flow = start(finished_toy, flow_python)
    output, _ = flow.communicate(timeout=120)
    assert flow.returncode == 2, output
    assert "train: a photograph is torn (w1.jpg). Mend it." in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_wrong_parameter_is_told_before_anything_starts(finished_toy: Toy, flow_python: tuple[str, ...]) -> None:
    (finished_toy.root / "params.yaml").write_text("train:\n  valeu: 1\n  value: x\npubish:\n  to: x\n")
    flow = start(finished_toy, flow_python)
    output, _ = flow.communicate(timeout=60)
    assert flow.returncode == 2, output
    assert "unknown parameter 'train.valeu'" in output
    assert "unknown section 'pubish'" in output
    assert servers_of(finished_toy) == []
    assert "raw data version" not in output


def test_a_stage_whose_flow_was_killed_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrain, "_SECONDS_FOR_AN_ORPHAN", 0.5)
    retrain.wait_for_orphan(tmp_path)
    with (
        process_lock.holding("stage", tmp_path),
        pytest.raises(Busy, match="a stage is already running in this checkout"),
    ):
        retrain.wait_for_orphan(tmp_path)
