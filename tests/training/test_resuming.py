"""A training that is ended anywhere goes on from its last finished epoch, and ends with the same bytes."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from fastai.callback.core import Callback

from longtail import atomic
from longtail.stages import train
from longtail.training import epoch_checkpoint, learner, trainer
from tests.training import project

ROOT = Path(__file__).resolve().parents[2]
DRAWS = {
    "frozen_epochs": 2, "unfrozen_epochs": 3, "head": "arcface", "embedding_size": 16, "dropout": 0.2, "erase": 0.5,
    "mirror_as_identity": True, "margin_warmup": 0.7,
}  # fmt: skip
"""All that a generator, the schedule or the margin decides."""
EQUAL = ("model.safetensors", "head.safetensors", "model.json", "history.csv", "lr_find.csv", "learned_from.parquet")


class EndsAt(Callback):  # type: ignore[misc]
    """Ends a training in the middle of an epoch, as a kill would."""

    order = 80
    error: type[BaseException] = RuntimeError

    def __init__(self, batch: int) -> None:
        super().__init__()
        self.left = batch

    def before_batch(self) -> None:
        if self.training:
            self.left -= 1
            if self.left < 0:
                raise self.error("ended")


def files(root: Path) -> dict[str, bytes]:
    return {name: (root / "artifacts" / "train" / name).read_bytes() for name in EQUAL}


def checkpoints(root: Path) -> list[Path]:
    return sorted((root / ".longtail" / "checkpoints").glob("*"))


def killed(*_: object) -> None:
    raise RuntimeError("ended")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("undisturbed")
    project.make(root)
    project.trained(root, **DRAWS)
    assert checkpoints(root) == []
    return files(root)


@pytest.fixture
def end_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the trainings that follow end at a batch, counted without the finder's; None: not at all."""
    kept = learner.build_learner

    def set_end(batch: int | None, error: type[BaseException] = RuntimeError) -> None:
        def ending(*arguments: Any) -> Any:
            result = kept(*arguments)
            if batch is not None:
                ends = EndsAt(batch)
                ends.error = error
                result.add_cb(ends)
            return result

        monkeypatch.setattr(trainer, "build_learner", ending)

    return set_end


@pytest.mark.parametrize(
    ("batches", "resumed"),
    [([3], 0), ([12], 2), ([8, 8, 8], 3)],
    ids=["in the first epoch", "between the phases", "three times"],
)
def test_an_ended_training_goes_on_and_ends_with_the_same_bytes(
    batches: list[int], resumed: int, undisturbed: dict[str, bytes], end_at: Any, tmp_path: Path
) -> None:
    """`batches`: how many each run makes before it ends; the last run is not ended."""
    project.make(tmp_path)
    for batch in batches:
        end_at(batch)
        with pytest.raises(RuntimeError, match="ended"):
            project.trained(tmp_path, **DRAWS)
        [_] = checkpoints(tmp_path)
    end_at(None)
    summary = train.run(train.Params(**{**project.SMALL, **DRAWS}), train.Paths.at(tmp_path))
    assert summary.facts.get("resumed_after", 0) == resumed
    assert files(tmp_path) == undisturbed
    assert checkpoints(tmp_path) == []


def test_a_training_that_was_killed_while_it_wrote_its_files_learns_nothing_again(
    undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, end_at: Any, tmp_path: Path
) -> None:
    project.make(tmp_path)
    monkeypatch.setattr(train, "_write", killed)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(tmp_path, **DRAWS)
    monkeypatch.undo()
    end_at(0)
    project.trained(tmp_path, **DRAWS)
    assert files(tmp_path) == undisturbed


_CHILD = """
import os, signal, sys
from pathlib import Path
from longtail.training import progress
from tests.training import project
from tests.training.test_resuming import DRAWS

def die(self):
    if self.phase == "unfrozen" and self.epoch == 1 and self.batches == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    kept(self)

kept, progress.Progress.after_batch = progress.Progress.after_batch, die
project.trained(Path(sys.argv[1]), **DRAWS)
"""


@pytest.mark.slow
def test_kill_9_in_the_middle_of_an_epoch(
    undisturbed: dict[str, bytes], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    project.make(tmp_path)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    ended = subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path)], env=environment, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    with caplog.at_level(logging.INFO):
        project.trained(tmp_path, **DRAWS)
    assert "train: resumed after epoch 3 of 5" in caplog.messages
    assert not any("learning-rate finder" in message for message in caplog.messages)
    assert [message.split(":")[1].strip() for message in caplog.messages if "train loss" in message] == [
        "unfrozen epoch 2 of 3",
        "unfrozen epoch 3 of 3",
    ]
    assert files(tmp_path) == undisturbed


def test_ctrl_c_says_where_the_next_run_goes_on(end_at: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    project.make(tmp_path)
    for batch, where in ((3, "with the learning rate that was found"), (8, "after epoch 1 of 5")):
        end_at(batch, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            project.trained(tmp_path, **DRAWS)
        assert caplog.messages[-1] == f"train: stopped; the next run goes on {where}"


@pytest.mark.parametrize(
    "changed", [{"seed": 1}, {"label_smoothing": 0.0}, {"compute": {"threads": 2, "workers": 200}}], ids=str
)
def test_what_another_training_left_is_removed(
    changed: dict[str, object], end_at: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    project.make(tmp_path)
    end_at(8)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(tmp_path, **DRAWS)
    [before] = checkpoints(tmp_path)
    end_at(3)
    with pytest.raises(RuntimeError, match="ended"), caplog.at_level(logging.INFO):
        project.trained(tmp_path, **{**DRAWS, **changed})
    assert any("of another training is removed" in message for message in caplog.messages)
    assert not any("resumed" in message for message in caplog.messages)
    [after] = checkpoints(tmp_path)
    assert after != before


def test_other_pixels_are_another_training_and_other_names_of_files_are_not(tmp_path: Path, end_at: Any) -> None:
    split = project.make(tmp_path)
    end_at(3)
    keys = []
    for change in ("nothing", "a pixel"):
        if change == "a pixel":
            name = split.loc[split["fold"] == "train", "image"].iloc[0]
            project.photograph(7, 9).save(tmp_path / "artifacts" / "prepare" / "labelled" / name, quality=90)
        with pytest.raises(RuntimeError, match="ended"):
            project.trained(tmp_path, **DRAWS)
        keys += [path.name for path in checkpoints(tmp_path)]
    assert len(keys) == len(set(keys)) == 2


def test_a_damaged_checkpoint_is_removed_and_the_training_begins_anew(
    undisturbed: dict[str, bytes], end_at: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    project.make(tmp_path)
    end_at(8)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(tmp_path, **DRAWS)
    [checkpoint] = checkpoints(tmp_path)
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    end_at(None)
    project.trained(tmp_path, **DRAWS)
    assert any("the checkpoint is damaged and is removed" in message for message in caplog.messages)
    assert files(tmp_path) == undisturbed


def test_a_full_disk_ends_no_training_and_is_said(
    undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    project.make(tmp_path)
    with monkeypatch.context() as patched:
        kept = atomic.replacing

        def full(target: Path) -> Any:
            if "checkpoints" in target.parts:
                raise OSError(errno.ENOSPC, "No space left on device")
            return kept(target)

        patched.setattr(epoch_checkpoint.atomic, "replacing", full)
        project.trained(tmp_path, **DRAWS)
    messages = [message for message in caplog.messages if "no checkpoint of this epoch" in message]
    assert len(messages) == 6  # after the finder and each of five epochs
    assert "No space left on device" in messages[0]
    assert files(tmp_path) == undisturbed


def test_a_checkpoint_holds_nothing_that_can_run_code(end_at: Any, tmp_path: Path) -> None:
    project.make(tmp_path)
    end_at(14)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(tmp_path, **DRAWS)
    [checkpoint] = checkpoints(tmp_path)
    state = torch.load(checkpoint, weights_only=True)
    assert set(state) == {"curve", "suggested", "epochs", "learner"}
    assert len(state["epochs"]) == 2
