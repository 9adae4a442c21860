"""A warm training goes on from an ancestor's network: what it shows, what it keeps, and that it can be repeated."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError
from safetensors.numpy import load_file

from longtail import ancestor
from longtail.ancestor import Facts
from longtail.errors import BadInput, BadParameter
from longtail.recognition.learned_from import check
from longtail.stages import train
from longtail.training import augmenting, dataloaders, heads, trainer, warm
from tests.training import project
from tests.training.test_resuming import ROOT, EndsAt, checkpoints, files

HOW = {"head": "arcface", "embedding_size": 16, "mirror_as_identity": True, "dropout": 0.2, "erase": 0.5}
WARM = {**HOW, "start": "ancestor", "warm_epochs": 2, "replay_share": 0.5}
RECEIPT = "2026-11-30-run.json"
EARLIER = ("the one before.json", "the first.json")
NEW = project.IDENTITIES[-1]
"""The ancestor knew neither this identity nor the last photograph of any other."""


def paths_of(root: Path) -> train.Paths:
    return train.Paths.at(root)


def write_split(root: Path, split: pd.DataFrame) -> None:
    split.to_parquet(root / "artifacts/split/split.parquet")


def adopt(root: Path, warm_runs: int = 0) -> None:
    """Let what was trained last be the ancestor of what is trained next."""
    params = {key: value for key, value in {**project.SMALL, **HOW}.items() if key != "compute"}
    ancestor.write(paths_of(root).ancestor, paths_of(root).model.parent, Facts(RECEIPT, warm_runs, params, EARLIER))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an ancestor, to which an identity and a photograph of each other one were added."""
    root = tmp_path_factory.mktemp("grown")
    split = project.make(root)
    write_split(root, split[(split["identity"] != NEW) & (split["take"] != 3)])
    project.trained(root, **HOW, base_lr=0.01)
    adopt(root)
    write_split(root, split)
    shutil.rmtree(root / "artifacts/train")
    return root


@pytest.fixture(scope="module")
def warmed(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, trained from its ancestor and not disturbed."""
    root = tmp_path_factory.mktemp("warmed") / "project"
    shutil.copytree(grown, root)
    project.trained(root, **WARM)
    return root


@pytest.fixture
def copy(grown: Path, tmp_path: Path) -> Path:
    shutil.copytree(grown, tmp_path / "project")
    return tmp_path / "project"


def test_it_shows_what_is_new_and_a_share_of_what_was_known(warmed: Path) -> None:
    card = json.loads(paths_of(warmed).card.read_text())
    new, known = 7 + 3, 7 * 2  # take 3 of seven identities and three of the new one; takes 1 and 2 of seven
    assert (card["new_images"], card["images_per_epoch"]) == (
        2 * new,
        2 * new + known,
    )  # with mirror images, half of 28
    assert card["image_passes"] == 2 * (2 * new + known)
    assert card["classes"] == project.IDENTITIES
    assert card["epochs"] == {"frozen": 0, "unfrozen": 2}
    assert (card["start"], card["ancestor"], card["warm_runs"]) == ("ancestor", RECEIPT, 1)
    assert card["earlier"] == list(EARLIER)
    history = pd.read_csv(paths_of(warmed).history)
    assert history["phase"].tolist() == ["unfrozen", "unfrozen"]
    assert (paths_of(warmed).curve).read_text() == "lr,loss\n"


def test_what_it_learned_is_all_that_both_learned_and_measures_with_the_folds(warmed: Path) -> None:
    learned = pd.read_parquet(paths_of(warmed).learned_from)
    split = pd.read_parquet(paths_of(warmed).split)
    assert set(learned["image"]) == set(split.loc[(split["fold"] == "train") & (split["identity"] != ""), "image"])
    assert not learned["inherited"].any()
    check(learned, split)


def test_the_rate_is_that_from_scratch_divided_and_needs_no_finder(warmed: Path) -> None:
    card = json.loads(paths_of(warmed).card.read_text())
    assert (card["lr"], card["scratch_lr"], card["lr_suggested"]) == (0.01 / 12, 0.01, None)
    assert card["lr_reason"] == "of the training from scratch, divided by train.warm_lr_divisor"


def test_a_chain_counts_its_warm_trainings_and_keeps_the_first_rate(warmed: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(warmed, root)
    adopt(root, warm_runs=1)
    split = pd.read_parquet(paths_of(root).split)
    write_split(root, split[split["identity"] != project.IDENTITIES[0]])
    summary = train.run(train.Params(**{**project.SMALL, **WARM}), paths_of(root))
    card = json.loads(paths_of(root).card.read_text())
    assert (card["warm_runs"], card["scratch_lr"], card["new_images"]) == (2, 0.01, 0)
    assert card["classes"] == project.IDENTITIES[1:]
    learned = pd.read_parquet(paths_of(root).learned_from)
    gone = learned["identity"] == project.IDENTITIES[0]
    assert gone.sum() == 3
    assert (learned["inherited"] == gone).all()  # the network still knows it
    assert f"warm start from {RECEIPT} (2 warm trainings since scratch)" in summary.line
    assert summary.facts["warm_runs"] == 2


def test_an_ancestor_is_not_used_where_training_begins_from_scratch(copy: Path) -> None:
    """Not even looked at: half of it is lost."""
    (paths_of(copy).ancestor / "head.safetensors").unlink()
    project.trained(copy, **HOW)
    with_one = files(copy)
    shutil.rmtree(copy / "data")
    project.trained(copy, **HOW)
    assert files(copy) == with_one
    assert json.loads(with_one["model.json"])["start"] == "scratch"


def test_without_an_ancestor_a_warm_start_is_one_from_scratch_and_says_so(copy: Path) -> None:
    ancestor.write_scratch(paths_of(copy).ancestor)
    summary = train.run(train.Params(**{**project.SMALL, **WARM}), paths_of(copy))
    assert "from scratch: there is no ancestor" in summary.line
    assert (summary.facts["start"], summary.facts["warm_runs"]) == ("scratch", 0)
    assert json.loads(paths_of(copy).card.read_text())["images_per_epoch"] == 48


@pytest.fixture
def end_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the trainings that follow end at a batch; None: not at all."""
    kept = trainer.build_learner

    def set_end(batch: int | None) -> None:
        def ending(*arguments: Any) -> Any:
            made = kept(*arguments)
            if batch is not None:
                made.add_cb(EndsAt(batch))
            return made

        monkeypatch.setattr(trainer, "build_learner", ending)

    return set_end


@pytest.mark.parametrize("batch", [1, 5], ids=["in the first epoch", "in the second"])
def test_an_ended_warm_training_goes_on_and_ends_with_the_same_bytes(
    batch: int, warmed: Path, copy: Path, end_at: Any
) -> None:
    end_at(batch)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(copy, **WARM)
    end_at(None)
    project.trained(copy, **WARM)
    assert files(copy) == files(warmed)
    assert checkpoints(copy) == []


_CHILD = """
import os, signal, sys
from pathlib import Path
from longtail.training import progress
from tests.training import project
from tests.training.test_warm import WARM

def die(self):
    if self.epoch == 1 and self.batches == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    kept(self)

kept, progress.Progress.after_batch = progress.Progress.after_batch, die
project.trained(Path(sys.argv[1]), **WARM)
"""


@pytest.mark.slow
def test_kill_9_in_a_warm_training(warmed: Path, copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    ended = subprocess.run([sys.executable, "-c", _CHILD, str(copy)], env=environment, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    with caplog.at_level(logging.INFO):
        project.trained(copy, **WARM)
    assert "train: resumed after epoch 1 of 2" in caplog.messages
    assert files(copy) == files(warmed)


def test_another_ancestor_is_another_training(copy: Path, end_at: Any) -> None:
    keys = []
    for change in ("nothing", "a number of it"):
        if change != "nothing":
            network = paths_of(copy).ancestor / "model.safetensors"
            *others, last = network.read_bytes()
            network.write_bytes(bytes([*others, last ^ 1]))
        end_at(5)  # past the first epoch, so that a checkpoint is there
        with pytest.raises(RuntimeError, match="ended"):
            project.trained(copy, **WARM)
        keys += [path.name for path in checkpoints(copy)]
    assert len(keys) == len(set(keys)) == 2


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"backbone": "timm/resnet10t"}, "train.backbone is timm/resnet10t, the ancestor has timm/test_resnet"),
        ({"size": 48}, "train.size is 48, the ancestor has 32"),
        ({"embedding_size": 8}, "train.embedding_size is 8, the ancestor has 16"),
        ({"mirror_as_identity": False}, "train.mirror_as_identity is False, the ancestor has True"),
    ],
)
def test_another_architecture_is_refused_before_anything_is_trained(
    copy: Path, other: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadParameter, match=r"cannot be gone on from.*Set train\.start: scratch") as raised:
        project.trained(copy, **{**WARM, **other})
    assert reason in str(raised.value)
    assert raised.value.exit_code == 2
    assert not paths_of(copy).model.exists()


def test_a_lost_ancestor_is_refused(copy: Path) -> None:
    (paths_of(copy).ancestor / "head.safetensors").unlink()
    with pytest.raises(BadInput, match=r"not here, e\.g\. head\.safetensors.*dvc pull"):
        project.trained(copy, **WARM)


@pytest.mark.parametrize("name", ["model.safetensors", "head.safetensors"])
@pytest.mark.parametrize("how", ["cut", "of another network"])
def test_a_damaged_ancestor_is_refused(copy: Path, name: str, how: str) -> None:
    network, other = paths_of(copy).ancestor / name, "head" if name.startswith("model") else "model"
    data = network.with_name(f"{other}.safetensors").read_bytes()
    network.write_bytes(network.read_bytes()[:-200] if how == "cut" else data)
    with pytest.raises(BadInput, match="the ancestor's tensors are not those of the network that it describes"):
        project.trained(copy, **WARM)


def test_nothing_to_train_is_no_warm_start() -> None:
    with pytest.raises(ValidationError, match="start: ancestor with frozen_epochs and unfrozen_epochs both 0"):
        train.Params(start="ancestor", frozen_epochs=0, unfrozen_epochs=0)
    with pytest.raises(ValidationError, match="start: ancestor with networks above 1: an ancestor is one network"):
        train.Params(start="ancestor", networks=2)


def test_the_network_of_all_folds_goes_on_from_the_same_ancestor(copy: Path, warmed: Path) -> None:
    project.trained(copy, **WARM, fold="all")
    assert paths_of(copy).model.read_bytes() == paths_of(warmed).model.read_bytes()
    card = json.loads((paths_of(copy).all_folds / "model.json").read_text())
    assert (card["start"], card["ancestor"], card["new_images"]) == ("ancestor", RECEIPT, 2 * (10 + 8))  # valid, too
    learned = pd.read_parquet(paths_of(copy).learned_from)
    check(learned, pd.read_parquet(paths_of(copy).split))
    adopt(copy)  # what it learned beside the scored one is not what the next scored one went on from
    before = ancestor.read(paths_of(copy).ancestor)
    assert before is not None
    rows = pd.DataFrame({"image": ["0_0.jpg", "1_0.jpg"], "identity": ["w_0", "w_0"]})
    labelled = pd.read_parquet(paths_of(copy).labelled)
    assert warm.is_known(rows, labelled, before.learned()).tolist() == [False, True]


def test_other_bytes_and_another_identity_are_learned_as_new() -> None:
    before = pd.DataFrame(
        [
            ("same.jpg", True, True, "anna", "1", False),
            ("bytes.jpg", True, True, "anna", "1", False),
            ("name.jpg", True, True, "anna", "1", False),
            ("back.jpg", True, True, "anna", "1", True),  # anna until an ancestor of the ancestor, then bela
            ("back.jpg", True, True, "bela", "1", False),
            ("all.jpg", False, False, "anna", "1", False),
        ],
        columns=list(ancestor.COLUMNS),
    )
    images = ["same.jpg", "bytes.jpg", "name.jpg", "back.jpg", "all.jpg", "new.jpg"]
    labelled = pd.DataFrame({"image": images, "md5": ["1", "2", "1", "1", "1", "1"]})
    rows = pd.DataFrame({"image": images, "identity": ["anna", "anna", "bela", "anna", "anna", "anna"]})
    assert warm.is_known(rows, labelled, before).tolist() == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    ("known", "new", "share", "expected"),
    [(100, 5, 0.25, 25), (100, 0, 0.0, 2), (100, 1, 0.0, 1), (3, 9, 0.5, 2), (0, 4, 0.5, 0), (10, 4, 1.0, 10)],
)
def test_how_much_is_replayed(known: int, new: int, share: float, expected: int) -> None:
    assert warm.replayed(np.repeat([True, False], [known, new]), share) == expected


def test_each_epoch_replays_others_and_shows_all_that_is_new() -> None:
    pixels, known = np.zeros((40, 8, 8, 1), np.uint8), np.arange(40) >= 10
    shown = dataloaders.ImageDataset(pixels, np.arange(40), np.arange(40), 0, known=known, replayed=6)
    watched = dataloaders.ImageDataset(pixels, np.arange(2), np.arange(2), 1)
    data = dataloaders.build_dataloaders(
        shown, watched, 4, augmenting.Augmentation(), (0.5,) * 3, (0.5,) * 3, torch.device("cpu")
    )
    epochs = [torch.cat([targets for _, targets in data.train]).tolist() for _ in range(3)]
    assert len(data.train) == 4
    for epoch in epochs:
        assert len(epoch) == len(set(epoch)) == 16
        assert set(range(10)) < set(epoch)
        assert epoch != sorted(epoch)
    assert len({frozenset(epoch) for epoch in epochs}) == 3


def test_rows_of_known_identities_are_copied_and_others_drawn_as_from_scratch() -> None:
    """The ancestor knew b, d and x; a and c are new, x is gone."""
    old = torch.arange(12.0).reshape(6, 2)
    start: Any = SimpleNamespace(card=SimpleNamespace(classes=["b", "d", "x"]), head={"weight": old})
    torch.manual_seed(0)
    head = heads.build_head("arcface", 2, 8, 0.0)
    drawn = head.linear.weight.detach().clone()
    warm.grow_head(head, start, ["a", "b", "c", "d"], mirrored=True)
    grown = head.linear.weight.detach()
    assert grown[[1, 3, 5, 7]].tolist() == old[[0, 1, 3, 4]].tolist()
    assert grown[[0, 2, 4, 6]].equal(drawn[[0, 2, 4, 6]])


def test_a_warm_training_begins_with_the_ancestors_numbers(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: dict[str, np.ndarray] = {}

    def look(network: Any, *_: Any) -> Any:
        begun.update({name: tensor.numpy().copy() for name, tensor in network.body.state_dict().items()})
        raise RuntimeError("ended")

    monkeypatch.setattr(trainer, "train", look)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(copy, **WARM)
    old = load_file(paths_of(copy).ancestor / "model.safetensors")
    assert begun.keys() == old.keys()
    assert all(np.array_equal(begun[name], old[name]) for name in old)
