"""train.fold: all: the scored network is what it always is, and a second one learns from every fold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail import ancestor
from longtail.recognition.learned_from import check
from longtail.training import learner, trainer
from tests.training import project
from tests.training.test_resuming import EndsAt, checkpoints

SCORED = ("model.safetensors", "head.safetensors", "model.json", "history.csv", "lr_find.csv")
SECOND = ("model.safetensors", "head.safetensors", "model.json", "history.csv")
EPOCHS = {"frozen_epochs": 1, "unfrozen_epochs": 2}


def files(root: Path, names: tuple[str, ...], folder: str = "") -> dict[str, bytes]:
    return {name: (root / "artifacts/train" / folder / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("both")
    project.make(root)
    project.trained(root, fold="all", **EPOCHS)
    assert checkpoints(root) == []
    return root


def test_the_scored_network_is_the_same_to_the_byte(both: Path, tmp_path: Path) -> None:
    project.make(tmp_path)
    project.trained(tmp_path, **EPOCHS)
    assert files(tmp_path, SCORED) == files(both, SCORED)
    assert [path.name for path in (tmp_path / "artifacts/train/all").iterdir()] == ["fold.json"]
    assert list(pd.read_parquet(tmp_path / "artifacts/train/learned_from.parquet")) == list(ancestor.COLUMNS)


def test_the_second_one_learned_every_fold_and_nothing_watched_it(both: Path) -> None:
    card = json.loads((both / "artifacts/train/all/model.json").read_text())
    scored = json.loads((both / "artifacts/train/model.json").read_text())
    assert (scored["images_per_epoch"], scored["validated"]) == (24, 8)
    assert (card["images_per_epoch"], card["validated"]) == (32, 0)
    assert card["classes"] == scored["classes"] == project.IDENTITIES
    assert pd.read_csv(both / "artifacts/train/all/history.csv")["map_at_5"].isna().all()
    seconds = pd.read_csv(both / "artifacts/train/seconds.csv")
    assert seconds["phase"].tolist() == ["frozen", "unfrozen", "unfrozen", "all frozen", "all unfrozen", "all unfrozen"]


def test_what_it_learned_is_written_down_and_measures_with_the_scored_network_hold(both: Path) -> None:
    learned = pd.read_parquet(both / "artifacts/train/learned_from.parquet")
    split = pd.read_parquet(both / "artifacts/split/split.parquet").set_index("image")
    assert set(learned["image"]) == set(split.index[split["identity"] != ""])
    assert set(learned.loc[learned["label"], "image"]) == set(split.index[split["known"] & (split["fold"] == "train")])
    check(learned, split.reset_index())


def test_both_networks_embed_each_photograph(both: Path) -> None:
    folder = project.embedded(both, "labelled")
    names = ("embeddings", "mirrored", "all", "all_mirrored", "pretrained")
    embedded = [np.load(folder / f"{name}.npy") for name in names]
    assert len({array.shape for array in embedded}) == 1
    for number, array in enumerate(embedded):
        assert not any(np.allclose(array, other) for other in embedded[:number])


def test_an_ended_training_goes_on_in_the_network_that_it_was_at(
    both: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ended in the second epoch of the second network; the first one then learns nothing again."""
    kept, batches = learner.build_learner, iter([100, 6])

    def ending(*arguments: Any) -> Any:
        result = kept(*arguments)
        result.add_cb(EndsAt(next(batches)))
        return result

    project.make(tmp_path)
    monkeypatch.setattr(trainer, "build_learner", ending)
    with pytest.raises(RuntimeError, match="ended"):
        project.trained(tmp_path, fold="all", **EPOCHS)
    assert [path.name.split("-")[0] for path in checkpoints(tmp_path)] == ["all", "train"]
    batches = iter([0, 8])  # what is left: nothing of the first, two epochs of four batches of the second
    project.trained(tmp_path, fold="all", **EPOCHS)
    assert files(tmp_path, SCORED) == files(both, SCORED)
    assert files(tmp_path, SECOND, "all") == files(both, SECOND, "all")
    assert checkpoints(tmp_path) == []
