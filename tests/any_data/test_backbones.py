"""A ViT and a Swin from a folder, at another size than their own, from `validate` to `identify`; one is not trained.

Beside the one that is trained lies the pretrained one (`train.pretrained_beside`).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail import licences, params
from longtail.evaluation import network_selection, paired_choice
from longtail.identifying import photograph
from longtail.identifying.project import LoadedProject, open_project
from longtail.inference import onnx_graph
from longtail.metrics.network_choice import BOTH, PRETRAINED, TRAINED, Used
from longtail.stages import audit, evaluate, predict, prepare
from tests.any_data.chain import ONE_STRATEGY, Ran, run_all
from tests.any_data.drawn import Drawn
from tests.training import foundation

pytestmark = pytest.mark.slow
LICENCE = "cc-by-nc-4.0"
LABELS = {f"w_{number}": 4 for number in range(6)}


def from_folder(root: Path, kind: str, **train: object) -> Ran:
    foundation.save(root / "net", kind)
    config = json.loads((root / "net" / "config.json").read_text("utf-8"))
    (root / "net" / "config.json").write_text(json.dumps(config | {"license": LICENCE}))
    drawn = Drawn(LABELS, unknown=6, test=[*LABELS, ""])
    own = {"backbone": "local-dir:net", "weights": "pretrained", "unfrozen_epochs": 0, "mirror_as_identity": False}
    return run_all(root, drawn, train=own | train, evaluate=ONE_STRATEGY)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return from_folder(tmp_path_factory.mktemp("vit"), "vit", pretrained_beside=True)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return from_folder(tmp_path_factory.mktemp("swin"), "swin", frozen_epochs=0)


def identified(ran: Ran, scratch: Path) -> list[str]:
    """Names of the first test photograph by the project's identifier; the folder of the backbone is not needed."""
    if (ran.root / "net").exists():
        (ran.root / "net").rename(ran.root / "elsewhere")
    return answered(ran.root, scratch, scratch / "graphs")[0]


def answered(root: Path, scratch: Path, graphs: Path) -> tuple[list[str], LoadedProject]:
    """Names of the first test photograph, and the project that named it."""
    folder = root / "artifacts/predict/identifier"
    project = open_project(root, folder, prepare.Params, audit.Params, graphs)
    file = min((root / "data/raw/test").iterdir())
    query = photograph.inspect(file, scratch, project.copies, project.max_pixels)
    views = photograph.embed(query, project.network, project.card)
    return [one.identity for one in project.predictor.answer(query, views).candidates], project


@pytest.mark.parametrize("kind", ["trained", "untrained"])
def test_identify_answers_as_predict_does(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    ran = request.getfixturevalue(kind)
    candidates = ran.table("predict/candidates.parquet")
    first = candidates[candidates["image"] == candidates["image"].min()].sort_values("rank")["identity"].tolist()
    assert identified(ran, tmp_path) == first


@pytest.mark.parametrize("used", [PRETRAINED, BOTH])
def test_identify_answers_as_predict_does_by_the_networks_that_were_chosen(
    trained: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: Used
) -> None:
    root, embedding_spaces = tmp_path / "run", network_selection.embedding_spaces
    shutil.copytree(trained.root, root)

    def these_two(*args: Any) -> dict[Used, Any]:
        return {one: space for one, space in embedding_spaces(*args).items() if one in (TRAINED, used)}

    monkeypatch.setattr(network_selection, "embedding_spaces", these_two)
    monkeypatch.setattr(paired_choice, "is_used", lambda gain: True)
    raw = params.read(root / "params.yaml")
    for stage in (evaluate, predict):
        name = stage.__name__.rpartition(".")[2]
        stage.run(params.load(stage.Params, name, raw), stage.Paths.at(root))
    candidates = pd.read_parquet(root / "artifacts/predict/candidates.parquet").sort_values(["image", "rank"])
    names, project = answered(root, tmp_path, root / onnx_graph.FOLDER)
    assert names == candidates.loc[candidates["image"] == candidates["image"].min(), "identity"].tolist()
    assert (project.card.pretrained_size > 0, project.card.whitened) == (used == BOTH, used == PRETRAINED)
    words = {PRETRAINED: "as pretrained, whitened and not trained", BOTH: "and the same backbone as pretrained"}
    assert words[used] in project.notices[0]


def test_with_too_few_photographs_to_choose_the_trained_network_answers_and_it_is_said(trained: Ran) -> None:
    choice = trained.values("evaluate/choice.json")["network_choice"]
    assert choice["used"] == "trained"
    assert choice["why"].endswith("too few to decide (100 are needed)")
    words = "The network that answers: local-dir:net, trained."
    assert words in trained.page()
    assert words in trained.card().replace("\\", "")
    assert trained.values("predict/identifier/identifier.json")["network_choice"] == choice


def test_the_card_names_folder_md5_and_size(trained: Ran) -> None:
    model = trained.values("train/model.json")
    assert (model["size"], model["architecture"]) == (32, "vit_tiny_patch16_224")
    assert model["mean"] == list(foundation.MEAN)
    assert f"weights of the folder net (md5 {model['weights_md5']})" in trained.card().replace("\\", "")


@pytest.mark.parametrize("kind", ["trained", "untrained"])
def test_a_licence_that_forbids_commercial_use_is_a_warning(request: pytest.FixtureRequest, kind: str) -> None:
    ran = request.getfixturevalue(kind)
    [warning] = [text for text in ran.said["train"].warnings if "commercial" in text]
    assert warning == licences.warning(ran.values("train/model.json"))
    assert warning.startswith("Not for commercial use: the network began with weights of the folder net (md5 ")
    assert f"under {LICENCE}." in warning
    assert warning in ran.page()
    assert f"> **Warning.** {warning}" in ran.card().replace("\\", "")
    assert f"under {LICENCE}, which forbids commercial use." in ran.card().replace("\\", "")


def test_a_backbone_without_training_offers_no_trained_head(untrained: Ran) -> None:
    board = untrained.table("evaluate/leaderboard.csv")
    assert "trained_head" not in set(board["classifier"])
    assert "as_trained" not in set(board["strategy"])
    assert untrained.values("train/model.json")["classes"] == []


def test_report_and_card_say_that_nothing_was_trained(untrained: Ran) -> None:
    seen = untrained.values("train/model.json")["whitened_on"]
    words = f"not trained: the backbone as it is, its embeddings whitened with {seen} photographs of the train fold"
    assert words in untrained.page()
    assert words in untrained.card().replace("\\", "")
    assert "hardly learned" not in untrained.warnings()


def test_the_whitening_has_seen_the_train_fold_and_no_label(untrained: Ran) -> None:
    split = untrained.table("split/split.parquet")
    learned_from = untrained.table("train/learned_from.parquet")
    assert sorted(learned_from["image"]) == sorted(split.loc[split["fold"] == "train", "image"])
    assert learned_from["pixels"].all()
    assert not learned_from["label"].any()


def test_what_was_seen_is_white(untrained: Ran) -> None:
    folder = untrained.root / "artifacts/embed/labelled"
    index = pd.read_parquet(folder / "index.parquet")
    rows = index["image"].isin(untrained.table("train/learned_from.parquet")["image"]).to_numpy()
    views = np.concatenate([np.load(folder / f"{name}.npy")[rows] for name in ("embeddings", "mirrored")])
    raw = np.concatenate([np.load(folder / f"pretrained{name}.npy")[rows] for name in ("", "_mirrored")])
    assert np.abs(views.mean(axis=0)).max() < 1e-2
    assert np.linalg.cond(np.cov(views.T)) < np.linalg.cond(np.cov(raw.T)) / 100
