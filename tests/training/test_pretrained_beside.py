"""train.pretrained_beside: the trained network is what it is without; beside it lies the pretrained one, whitened."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.metrics.network_choice import BOTH
from longtail.params import BadParameter, load
from longtail.recognition import identifier_networks
from longtail.recognition.embedding_source import EmbeddingSource
from longtail.stages import predict, train
from longtail.training import checkpoint, device, embedding, image_cache
from tests.training import project

TRAIN = "artifacts/train"
EPOCHS = {"frozen_epochs": 1, "unfrozen_epochs": 1, "embedding_size": 12}


def written(root: Path) -> dict[str, bytes]:
    """Every file of the trained network; nothing of how long it took."""
    names = ("model.safetensors", "head.safetensors", "model.json", "history.csv", "lr_find.csv")
    return {name: (root / TRAIN / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("alone")
    project.make(root)
    project.trained(root, **EPOCHS)
    return root


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("beside")
    project.make(root)
    params = train.Params(**{**project.SMALL, **EPOCHS, "pretrained_beside": True})
    (root / "line").write_text(train.run(params, train.Paths.at(root)).line, encoding="utf-8")
    project.embedded(root, "labelled", runtime="torch")
    return root


def test_the_trained_network_is_to_the_byte_what_it_is_without(alone: Path, beside: Path) -> None:
    assert written(alone) == written(beside)
    assert [path.name for path in (alone / TRAIN / "more").iterdir()] == ["networks.json"]
    folder = beside / TRAIN / "more/pretrained"
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]
    card = json.loads((folder / "model.json").read_text("utf-8"))
    trained = json.loads((beside / TRAIN / "model.json").read_text("utf-8"))
    assert (card["head"], card["whitened"], card["neck"]) == ("none", True, 0)
    for name in (
        "backbone",
        "weights",
        "weights_note",
        "weights_licence",
        "architecture",
        "size",
        "mean",
        "std",
        "seed",
    ):
        assert card[name] == trained[name]
    words = f"; beside it the pretrained network, whitened with {card['whitened_on']} photographs"
    assert (beside / "line").read_text("utf-8").endswith(words)


def test_what_the_whitening_has_seen_counts_as_seen(alone: Path, beside: Path) -> None:
    """The unknown photograph of the train fold took part by its pixels alone; nothing else is added."""
    tables = [pd.read_parquet(root / TRAIN / "learned_from.parquet") for root in (alone, beside)]
    added = tables[1][~tables[1]["image"].isin(tables[0]["image"])]
    assert added[["image", "label", "pixels", "identity", "inherited"]].to_numpy().tolist() == [
        ["1_unknown.jpg", False, True, "", False]
    ]
    pd.testing.assert_frame_equal(tables[1].drop(added.index).reset_index(drop=True), tables[0])
    split = pd.read_parquet(beside / "artifacts/split/split.parquet")
    assert sorted(tables[1]["image"]) == sorted(split.loc[split["fold"] == "train", "image"])


def test_its_embeddings_are_white_and_those_of_the_trained_one_stay(alone: Path, beside: Path) -> None:
    project.embedded(alone, "labelled", runtime="torch")
    folders = [root / "artifacts/embed/labelled" for root in (alone, beside)]
    names = {path.name for path in folders[1].iterdir()} - {path.name for path in folders[0].iterdir()}
    assert names == {"whitened.npy", "whitened_mirrored.npy"}
    for name in ("embeddings.npy", "mirrored.npy", "pretrained.npy"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    index = pd.read_parquet(folders[1] / "index.parquet")
    seen = ~index["image"].str.startswith("0_").to_numpy()
    views = np.concatenate([np.load(folders[1] / f"whitened{end}.npy")[seen] for end in ("", "_mirrored")])
    assert np.abs(views.mean(axis=0)).max() < 1e-2


@pytest.fixture(scope="module")
def identifier(beside: Path) -> Path:
    """A folder with the networks that answer side by side, as `predict` lays them there."""
    folder = beside / "identifier"
    networks = identifier_networks.of(predict.Paths.at(beside), BOTH, all_folds=False)
    assert networks.count == 2
    for name, file in networks.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
    (folder / "model.json").write_text(json.dumps(networks.card), encoding="utf-8")
    return folder


@pytest.mark.parametrize("runtime", ["torch", "onnxruntime"])
def test_both_give_what_evaluate_reads_side_by_side(beside: Path, identifier: Path, runtime: str) -> None:
    """Before and after: the rows that the choice is made by, and those of one network that `identify` runs."""
    card = checkpoint.read_card(identifier / "model.json")
    folder = beside / "artifacts/embed/labelled"
    index, read = EmbeddingSource(BOTH, card.embedding_size).read(folder)
    assert read.plain.shape[1] == card.width == 12 + card.pretrained_size
    seen = embedded(beside, index, identifier, card, runtime)
    np.testing.assert_allclose(seen, read.plain, atol=1e-4)
    cosines = [unit(np.load(folder / f"{name}.npy")) for name in ("embeddings", "whitened")]
    wanted = np.mean([one @ one.T for one in cosines], axis=0)
    np.testing.assert_allclose(unit(seen) @ unit(seen).T, wanted, atol=1e-4)
    assert np.abs(cosines[0] @ cosines[0].T - wanted).max() > 0.05


def embedded(root: Path, index: pd.DataFrame, identifier: Path, card: checkpoint.Card, runtime: str) -> np.ndarray:
    """The labelled photographs by what lies in a folder."""
    files = [root / "artifacts/prepare/labelled" / file for file in index["file"]]
    compute = train.Params(**project.SMALL).compute
    pixels = image_cache.decode_all(files, card.size, root, compute, grey=False, label="")
    tensors = identifier / "model.safetensors"
    if runtime == "onnxruntime":
        from longtail.inference import networks

        return np.asarray(networks.trained(tensors, card, root / ".longtail/networks", 1)(np.asarray(pixels)))
    body = {"": checkpoint.load_body(tensors, card)}
    where = device.choose(compute)
    stats = card.mean, card.std
    return embedding.embed_all(body, pixels, *stats, where, batch_size=64, mirrored=False, label="")[""][0]


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_a_pretrained_network_that_is_not_there_is_named(identifier: Path, tmp_path: Path) -> None:
    shutil.copyfile(identifier / "model.safetensors", tmp_path / "model.safetensors")
    card = checkpoint.read_card(identifier / "model.json")
    with pytest.raises(BadInput, match=r"of 2 networks side by side, .* 1 not there, .*more/pretrained"):
        checkpoint.load_body(tmp_path / "model.safetensors", card)
    assert checkpoint.load_body(tmp_path / "model.safetensors", replace(card, pretrained_size=0))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"frozen_epochs": 0, "unfrozen_epochs": 0}, "pretrained_beside with frozen_epochs and unfrozen_epochs both 0"),
        ({"start": "ancestor"}, "start: ancestor with pretrained_beside: an ancestor is one network"),
    ],
)
def test_what_makes_no_sense_is_refused(params: dict[str, object], message: str) -> None:
    with pytest.raises(BadParameter, match=message):
        load(train.Params, "train", {"train": {"pretrained_beside": True, **params}})
