"""What is recorded is what was used: files are changed while a stage is held still in the middle of its work."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from longtail import artifacts
from longtail.lineage import agreement, store
from longtail.run_record import md5_of
from tests.e2e.tiny import BEFORE_TRAIN, Project, Ran
from tests.forks import flow_command

pytestmark = pytest.mark.slow

MODEL, SUBMISSION = "artifacts/train/model.safetensors", "artifacts/predict/submission.csv"
CHANGED = ("edits.csv", "params.yaml", "src/longtail/splitting/edits.py")


class Case(NamedTuple):
    """Who runs a stage; one of its parameters with two new values, its code, a file that it reads; when it is at work.

    The stage itself looks whether what it used is as it was, whoever started it: the flow does so through DVC too.
    """

    by_flow: bool
    stage: str
    parameter: str
    values: tuple[object, object]
    code: str
    folder: str
    at_work: str
    """A library that the stage loads inside `run`, and nothing loads before."""


CASES = (
    Case(
        False,
        "prepare@labelled",
        "quality",
        (94, 93),
        "src/longtail/images/describing.py",
        "data/raw/train",
        "_imaging.",
    ),
    Case(
        True,
        "report",
        "gallery_size",
        (41, 42),
        "src/longtail/reporting/sections/checks.py",
        "artifacts/oversample/images",
        "_imaging.",
    ),
)


TRAIN = Case(
    False, "train", "seed", (0, 2), "src/longtail/training/train_rows.py", "artifacts/prepare/labelled", "libtorch"
)


def started_stages() -> tuple[str, ...]:
    """A flow whose stages are started, not forked: what one loads, the tests read from its maps."""
    return flow_command(Path(sys.executable))


def process_of(root: Path, stage: str) -> int | None:
    """The process that runs a stage under `root`."""
    name, _, part = stage.partition("@")
    words = ["-m", "longtail", *name.split(), *(["--part", part] if part else [])]
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_text().rstrip("\0").split("\0")
            if command[1:] == words and (process / "cwd").resolve() == root:
                return int(process.name)
    return None


@contextmanager
def held(project: Project, command: tuple[str, ...], stage: str, at_work: str) -> Iterator[list[Ran]]:
    """Run `command`; hold the stage still while it is at work, for as long as the block lasts; then what was said."""
    running = project.start(*command)
    ended: list[Ran] = []
    give_up = time.monotonic() + 600
    pid = None
    while pid is None:
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < give_up, f"{stage} never began"
        pid = process_of(project.root, stage)
        time.sleep(0.02)
    while at_work not in Path(f"/proc/{pid}/maps").read_text():
        assert time.monotonic() < give_up, f"{stage} loads no {at_work}"
        time.sleep(0.002)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield ended
    finally:
        os.kill(pid, signal.SIGCONT)
        said = running.communicate(timeout=900)[0]
    ended.append(Ran.of(running.returncode, said))


def change(project: Project, case: Case) -> list[str]:
    """Another parameter, a line of code, a photograph; what was changed."""
    section = case.stage.partition("@")[0]
    project.set_params(**{section: {case.parameter: case.values[1]}})
    with (project.root / case.code).open("a") as code:
        code.write("# changed meanwhile\n")
    photograph = sorted((project.root / case.folder).iterdir())[0]
    photograph.write_bytes(photograph.read_bytes() + b"\0")
    return [f"{section}.{case.parameter} (was {case.values[0]}, is {case.values[1]})", case.code, photograph.name]


def recorded(project: Project) -> tuple[str, set[Path], list[dict[str, Any]], set[Path]]:
    """Lock, run cache, receipts, what is published."""
    runs, published = project.root / ".dvc/cache/runs", project.root / "published"
    lock = (project.root / "dvc.lock").read_text()
    return lock, set(runs.rglob("*")), project.receipts(), set(published.rglob("*"))


def record_of(project: Project, stage: str) -> dict[str, Any]:
    path = project.root / artifacts.record_path(stage)
    return dict(json.loads(path.read_text()))


@pytest.mark.parametrize("case", CASES, ids=[f"{case.stage}-{'flow' if case.by_flow else 'dvc'}" for case in CASES])
def test_an_input_that_changes_meanwhile_is_named_and_never_recorded(project: Project, case: Case) -> None:
    section = case.stage.partition("@")[0]
    project.set_params(**{section: {case.parameter: case.values[0]}})
    before = recorded(project)
    command = started_stages() if case.by_flow else ("dvc", "repro", case.stage)
    with held(project, command, case.stage, case.at_work) as ended:
        changed = change(project, case)
    [ran] = ended
    assert ran.code == (1 if case.by_flow else 255), ran.said
    for what in changed:
        assert what in ran.said
    assert f"changed while {case.stage} ran" in ran.said
    assert "run it again" in ran.said
    assert "Retry" not in ran.said
    assert "fault of ours" not in ran.said
    assert recorded(project) == before
    assert not (project.root / artifacts.record_path(case.stage)).exists()

    if case.by_flow:
        again = project.finish()
        assert again.ran() == {"report"}  # the photograph is restored
        assert again.states["publish"] == "cached"  # the same submission is published once
        verified = project.verb("lineage", "--verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert "0 inputs are not what a stage's record says" in verified.stdout
    else:
        repeated = project.command("dvc", "repro", case.stage)
        assert repeated.returncode == 0, repeated.stdout + repeated.stderr
    record, entry = record_of(project, case.stage), store.lock_entries(project.root)[case.stage]
    assert record["params"][case.parameter] == case.values[1]
    assert entry["params"]["params.yaml"][section][case.parameter] == case.values[1]
    assert agreement.with_lock(case.stage, record, entry) == []


def test_what_other_stages_read_waits_for_the_next_run_and_the_receipt_is_of_what_was_used(project: Project) -> None:
    """A change of the last moment is found by its record, and made anew.

    Where all is put back as it was at first, all that was made of it is restored.
    """
    root = project.root
    edits, split = md5_of(root / "edits.csv"), 0.15
    at_first = {name: (root / name).read_bytes() for name in CHANGED}
    submission = (root / SUBMISSION).read_bytes()
    change_at_the_last_moment(project, duplicates_first=False, expected_unknown_share=0.0)
    with held(project, started_stages(), "predict", "libtorch") as ended:
        with (root / "edits.csv").open("a") as file:
            file.write(f"{project.table('split/split.parquet')['image'][0]},drop,,ada,today,blurred\n")
        project.set_params(split={"valid_share": 0.1512345})
        with (root / "src/longtail/splitting/edits.py").open("a") as code:
            code.write("# changed meanwhile\n")
    [ran] = ended
    assert ran.code == 0, ran.said
    assert {ran.states[name] for name in BEFORE_TRAIN} == {"cached"}
    assert "predict runs again" in ran.said
    assert "predict.duplicates_first: predict used True, dvc.lock has False" in ran.said
    assert {"predict", "report", "publish"} <= ran.ran()
    assert record_of(project, "predict")["params"]["duplicates_first"] is False
    assert (root / SUBMISSION).read_bytes() != submission
    last = next(line for line in reversed(ran.said.splitlines()) if line.startswith("Newer than what this run used"))
    for what in ("edits.csv (audit)", "src/longtail/splitting (audit, split)", "parameters of 'split' (split)"):
        assert what in last

    receipt = project.receipts()[-1]
    assert receipt["edits"] == edits
    assert receipt["params"]["values"]["split"]["valid_share"] == split
    assert receipt["params"]["values"]["predict"]["expected_unknown_share"] == 0
    assert receipt["params"]["md5"] == ""  # no file says what was used
    assert receipt["code"]["dirty"] is False
    assert "0.1512345" not in (root / "artifacts/report/report.html").read_text()
    verified = project.verb("lineage", "--verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr

    next_ones = json.loads(project.command("dvc", "status", "--json").stdout)
    assert {"audit", "split"} <= set(next_ones)
    assert project.command("dvc", "repro", "audit").returncode == 0
    assert record_of(project, "audit")["inputs"]["edits.csv"] == md5_of(root / "edits.csv") != edits

    for name, content in at_first.items():
        (root / name).write_bytes(content)
    model = (root / MODEL).read_bytes()
    for folder in ("artifacts/split", "artifacts/train"):
        shutil.rmtree(root / folder)
    receipts = project.receipts()
    assert project.finish().ran() <= {"predict"}  # whose first record is forgotten
    assert (root / MODEL).read_bytes() == model
    assert (root / SUBMISSION).read_bytes() == submission
    assert (root / "artifacts/split/split.parquet").exists()
    assert project.receipts() == receipts


def change_at_the_last_moment(project: Project, **parameters: object) -> None:
    """As if parameters had been changed between the last look of `predict` itself and DVC's."""
    project.set_params(predict=parameters)
    committed = project.command("dvc", "commit", "--force", "predict")
    assert committed.returncode == 0, committed.stderr
    locked = store.lock_entries(project.root)["predict"]["params"]["params.yaml"]["predict"]
    recorded_ones = record_of(project, "predict")["params"]
    for name, value in parameters.items():
        assert locked[name] == value != recorded_ones[name]


def test_a_stage_by_hand_fails_in_the_same_way(project: Project) -> None:
    command = (sys.executable, "-m", "longtail", "train", "--set", "train.batch_size=8")
    with held(project, command, "train --set train.batch_size=8", "libtorch") as ended:
        changed = change(project, TRAIN)
    assert ended[0].code == 1
    for what in changed:
        assert what in ended[0].said
