"""A training that was killed under DVC goes on by hand, and ends with the bytes of one that nobody disturbed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.e2e.tiny import Project, environment

pytestmark = pytest.mark.slow

REPRO = (sys.executable, "-m", "dvc", "repro", "--single-item", "train")
EQUAL = ("model.safetensors", "head.safetensors", "model.json", "history.csv", "lr_find.csv", "learned_from.parquet")


def hashes(project: Project) -> dict[str, str]:
    folder = project.root / "artifacts/train"
    return {name: hashlib.md5((folder / name).read_bytes()).hexdigest() for name in EQUAL}


def test_a_training_killed_under_dvc_goes_on_by_hand(project: Project) -> None:
    project.set_params(train={"unfrozen_epochs": 12})
    checkpoints = project.root / ".longtail/checkpoints"
    process = subprocess.Popen(
        REPRO, cwd=project.root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    give_up = time.monotonic() + 300
    while not list(checkpoints.glob("*.pt")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < give_up
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (project.root / "artifacts/train/model.safetensors").exists()
    train = (str(project.python), "-m", "longtail", "train")
    resumed = project.command(*train)
    assert resumed.returncode == 0, resumed.stderr
    assert "train: resumed after epoch " in resumed.stderr
    assert "unfrozen epoch 12 of 12" in resumed.stderr
    assert "frozen epoch 1 of 1" not in resumed.stderr.replace("unfrozen", "later")
    assert list(checkpoints.iterdir()) == []
    after = hashes(project)
    undisturbed = project.command(*train)
    assert undisturbed.returncode == 0, undisturbed.stderr
    assert "resumed" not in undisturbed.stderr
    assert hashes(project) == after
