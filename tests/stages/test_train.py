"""train: what it writes, and that equal runs write equal bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError
from safetensors.numpy import load_file

from longtail.errors import BadInput, BadParameter
from longtail.stages import train
from tests.training import project

WRITTEN = [
    "all/fold.json", "head.safetensors", "history.csv", "learned_from.parquet", "lr_find.csv", "model.json",
    "model.safetensors", "more/networks.json", "seconds.csv",
]  # fmt: skip


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names_in(folder) if name != "seconds.csv"}


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_writes_its_files_and_nothing_else(tmp_path: Path) -> None:
    project.make(tmp_path)
    folder = project.trained(tmp_path)
    assert names_in(folder) == WRITTEN
    learned = pd.read_parquet(folder / "learned_from.parquet")
    assert learned["image"].tolist() == sorted(f"{take}_{at}.jpg" for at in range(8) for take in (1, 2, 3))
    assert learned[["label", "pixels"]].all(axis=None)
    history = pd.read_csv(folder / "history.csv")
    assert list(history) == ["epoch", "phase", "train_loss", "valid_loss", "accuracy", "map_at_5", "train_accuracy"]
    assert history[["epoch", "phase"]].values.tolist() == [[1, "frozen"], [2, "unfrozen"]]
    assert history["map_at_5"].between(0, 1).all()
    seconds = pd.read_csv(folder / "seconds.csv")
    assert list(seconds) == ["epoch", "phase", "seconds", "images_per_second"]
    assert seconds["phase"].tolist() == ["frozen", "unfrozen"]
    curve = pd.read_csv(folder / "lr_find.csv")
    assert list(curve) == ["lr", "loss"]
    assert curve["lr"].is_monotonic_increasing
    assert 5 <= len(curve) <= 20


@pytest.mark.slow
def test_two_equal_runs_write_equal_bytes(tmp_path: Path) -> None:
    project.make(tmp_path / "one")
    project.make(tmp_path / "two")
    two_threads = {"compute": {"threads": 2, "workers": 200}}
    one, two = (bytes_of(project.trained(tmp_path / name, **two_threads)) for name in ("one", "two"))
    other_seed = bytes_of(project.trained(tmp_path / "two", seed=1))
    assert one == two
    assert other_seed["model.safetensors"] != one["model.safetensors"]


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    project.make(tmp_path)
    one = bytes_of(project.trained(tmp_path))
    assert bytes_of(project.trained(tmp_path, compute={"threads": 1, "workers": 3})) == one


def test_the_card_says_what_was_used(tmp_path: Path) -> None:
    project.make(tmp_path)
    card = json.loads((project.trained(tmp_path, base_lr=0.01) / "model.json").read_text())
    assert card["classes"] == project.IDENTITIES
    assert card["weights_note"] == "no pretrained weights: the backbone started from random numbers"
    assert card["lr"] == 0.01
    assert 1e-7 < card["lr_suggested"] < 10
    assert card["lr_reason"].startswith("given by train.base_lr; the finder suggested")
    assert card["images_per_epoch"] == 24
    assert card["epochs"] == {"frozen": 1, "unfrozen": 1}


def test_a_missing_pretrained_weight_is_a_warning(tmp_path: Path) -> None:
    project.make(tmp_path)
    summary = train.run(train.Params(**project.SMALL), train.Paths.at(tmp_path))
    assert "no pretrained weights" in summary.warnings[0]
    assert "8 identities" in summary.line
    assert "by the head while training, on 8 valid photographs" in summary.line


def test_augmented_images_are_shown_as_often_as_planned(tmp_path: Path) -> None:
    project.make(tmp_path)
    card = json.loads((project.trained(tmp_path, images="augmented") / "model.json").read_text())
    assert card["images_per_epoch"] == 24 + 3 * 2
    assert card["classes"] == project.IDENTITIES


def test_unknown_is_a_class_only_where_asked_for(tmp_path: Path) -> None:
    project.make(tmp_path)
    folder = project.trained(tmp_path, unknown_as_class=True)
    assert json.loads((folder / "model.json").read_text())["classes"] == ["", *project.IDENTITIES]
    assert load_file(folder / "head.safetensors")["weight"].shape[0] == 9


def test_grey_takes_colour_away_and_still_learns(tmp_path: Path) -> None:
    project.make(tmp_path)
    assert json.loads((project.trained(tmp_path, grey=True) / "model.json").read_text())["grey"] is True


def test_without_the_finder_the_curve_is_empty_and_a_rate_is_needed(tmp_path: Path) -> None:
    project.make(tmp_path)
    folder = project.trained(tmp_path, lr_find=False, base_lr=0.001)
    assert (folder / "lr_find.csv").read_text() == "lr,loss\n"
    assert json.loads((folder / "model.json").read_text())["lr_reason"] == "given by train.base_lr; the finder was off"
    with pytest.raises(ValidationError, match="base_lr: auto needs the finder's suggestion: set lr_find to true"):
        project.trained(tmp_path, lr_find=False)


WEIGHTS = ("model.safetensors", "head.safetensors", "history.csv")
TRAININGS = {
    "plain": {},
    "frozen alone": {"unfrozen_epochs": 0},
    "unfrozen alone": {"frozen_epochs": 0},
    "arcface": {"head": "arcface", "embedding_size": 16, "mirror_as_identity": True},
    "all that draws": {"dropout": 0.3, "erase": 1.0, "max_shear": 8.0, "max_shift": 0.1, "horizontal_flip": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("changed", TRAININGS.values(), ids=TRAININGS)
def test_the_finder_does_not_change_the_training(tmp_path: Path, changed: dict[str, object]) -> None:
    """One set is smaller than the finder's batches, so that it goes over it several times."""
    project.make(tmp_path)
    without = bytes_of(project.trained(tmp_path, lr_find=False, base_lr=0.01, **changed))
    for batches in (20, 35):
        looked = bytes_of(project.trained(tmp_path, lr_find=True, lr_find_batches=batches, base_lr=0.01, **changed))
        assert {name: looked[name] == without[name] for name in WEIGHTS} == dict.fromkeys(WEIGHTS, True)
        assert looked["lr_find.csv"] != without["lr_find.csv"]


def test_the_finders_own_rate_given_as_a_number_is_the_same_training(tmp_path: Path) -> None:
    project.make(tmp_path)
    auto = bytes_of(project.trained(tmp_path, base_lr="auto"))
    rate = json.loads(auto["model.json"])["lr"]
    with_rate = bytes_of(project.trained(tmp_path, lr_find=False, base_lr=rate))
    assert {name: auto[name] == with_rate[name] for name in WEIGHTS} == dict.fromkeys(WEIGHTS, True)


def test_what_is_watched_does_not_change_the_training(tmp_path: Path) -> None:
    split = project.make(tmp_path)
    watched = bytes_of(project.trained(tmp_path))
    split.assign(scored=False).to_parquet(tmp_path / "artifacts" / "split" / "split.parquet")
    unwatched = bytes_of(project.trained(tmp_path))
    assert unwatched["history.csv"] != watched["history.csv"]
    for name in WEIGHTS[:2]:
        assert unwatched[name] == watched[name]


def test_training_accuracy_is_recorded_and_a_network_that_hardly_learned_is_named(tmp_path: Path) -> None:
    project.make(tmp_path)
    summary = train.run(
        train.Params(**{**project.SMALL, "lr_find": False, "base_lr": 1e-7, "frozen_epochs": 0}),
        train.Paths.at(tmp_path),
    )
    card = json.loads((tmp_path / "artifacts/train/model.json").read_text())
    history = pd.read_csv(tmp_path / "artifacts/train/history.csv")
    assert card["hardly_learned"] is True
    assert card["train_images"] == 24
    assert card["train_chance"] == pytest.approx(1 / 8)
    assert card["train_accuracy"] == card["train_right"] / 24
    assert history["train_accuracy"].iloc[-1] == pytest.approx(card["train_accuracy"])
    sentence = (
        f"classified {card['train_right']} of 24 training images correctly ({card['train_accuracy']:.1%}). Always"
    )
    [warning] = [warning for warning in summary.warnings if "hardly learned" in warning]
    assert sentence in warning
    assert (
        "Always predicting the most frequent identity gives 12.5%. Set more epochs (train.unfrozen_epochs)" in warning
    )
    assert "or a higher learning rate (train.base_lr" in warning


@pytest.mark.slow
def test_a_network_that_learned_is_not_called_one_that_hardly_did(tmp_path: Path) -> None:
    project.make(tmp_path)
    params = {**project.SMALL, "lr_find": False, "base_lr": 0.02, "body_lr_divisor": 1.0, "unfrozen_epochs": 20}
    summary = train.run(train.Params(**params), train.Paths.at(tmp_path))
    card = json.loads((tmp_path / "artifacts/train/model.json").read_text())
    assert card["train_accuracy"] > 0.6
    assert card["hardly_learned"] is False
    assert not any("hardly learned" in warning for warning in summary.warnings)


def test_nothing_to_watch_is_no_reason_to_stop(tmp_path: Path) -> None:
    split = project.make(tmp_path)
    split.assign(scored=False).to_parquet(tmp_path / "artifacts" / "split" / "split.parquet")
    summary = train.run(train.Params(**project.SMALL), train.Paths.at(tmp_path))
    assert "no photograph of these identities in valid" in summary.line
    history = pd.read_csv(tmp_path / "artifacts" / "train" / "history.csv")
    assert history["map_at_5"].isna().all()
    assert history["train_loss"].notna().all()


@pytest.mark.slow
def test_a_failed_run_leaves_what_was_there_alone(tmp_path: Path) -> None:
    project.make(tmp_path)
    before = bytes_of(project.trained(tmp_path))
    with pytest.raises(BadParameter, match="the training diverged"):
        project.trained(tmp_path, base_lr=10.0, body_lr_divisor=1.0, unfrozen_epochs=30, seed=2, weight_decay=10.0)
    assert bytes_of(tmp_path / "artifacts" / "train") == before


def test_one_identity_cannot_be_told_apart(tmp_path: Path) -> None:
    split = project.make(tmp_path)
    split[split["identity"].isin(["w_0", ""])].to_parquet(tmp_path / "artifacts" / "split" / "split.parquet")
    with pytest.raises(BadInput, match="1 identities to learn from"):
        project.trained(tmp_path)


def test_without_epochs_the_backbone_is_whitened_with_the_train_fold(tmp_path: Path) -> None:
    split = project.make(tmp_path)
    folder = project.trained(tmp_path, frozen_epochs=0, unfrozen_epochs=0)
    card = json.loads((folder / "model.json").read_text())
    learned_from = pd.read_parquet(folder / "learned_from.parquet")
    assert (card["head"], card["whitened"], card["classes"], card["epochs"]["unfrozen"]) == ("none", True, [], 0)
    assert set(learned_from["image"]) == set(split.loc[split["fold"] == "train", "image"])
    assert (learned_from["label"].any(), learned_from["pixels"].all()) == (False, True)
    assert load_file(folder / "head.safetensors") == {}
    assert len(pd.read_csv(folder / "history.csv")) == 0


def test_arcface_with_mirror_images_learns_twice_as_many_classes(tmp_path: Path) -> None:
    project.make(tmp_path)
    folder = project.trained(tmp_path, head="arcface", embedding_size=16, mirror_as_identity=True)
    card, head = json.loads((folder / "model.json").read_text()), load_file(folder / "head.safetensors")
    assert {name: tensor.shape for name, tensor in head.items()} == {"weight": (16, 16)}
    assert card["classes"] == project.IDENTITIES
    assert card["mirror_as_identity"] is True
    assert (card["embedding_size"], card["images_per_epoch"], card["margin"]) == (16, 48, 0.3)


def test_mirror_images_cannot_be_another_identity_and_the_same() -> None:
    with pytest.raises(ValidationError, match="contradict each other"):
        train.Params(mirror_as_identity=True, horizontal_flip=True)


def test_identities_of_few_groups_are_left_out_and_said(tmp_path: Path) -> None:
    """Three files of one picture are one group."""
    split = project.make(tmp_path)
    first = (split["identity"] == project.IDENTITIES[0]) & (split["fold"] == "train")
    split.loc[split["identity"] == project.IDENTITIES[0], "class_count"] = 1
    split.to_parquet(tmp_path / "artifacts" / "split" / "split.parquet")
    folder = project.trained(tmp_path, min_groups=2)
    card = json.loads((folder / "model.json").read_text())
    assert card["classes"] == project.IDENTITIES[1:]
    assert (card["excluded"], card["images_per_epoch"]) == (1, 24 - first.sum())
