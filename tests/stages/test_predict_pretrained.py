"""evaluate and predict with a pretrained network beside the trained one: who answers, by which files, in what words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from longtail.metrics import network_choice
from longtail.metrics.network_choice import BOTH, KEY, PRETRAINED, TRAINED, Used
from longtail.recognition import embeddings, identifier
from longtail.recognition.embedding_source import EmbeddingSource
from longtail.run_record import Summary
from longtail.stages import evaluate, predict
from tests.recognition.world import IDENTITIES, build
from tests.stages.test_predict_every_fold import with_second_network

DIMS, WIDTH = 16, 24
EVALUATE = evaluate.Params.model_validate(
    {
        "strategies": ["none"],
        "seeds": 1,
        "cosine_epochs": 1,
        "head_epochs": 1,
        "resamples": 100,
        "compute": {"threads": 1},
    }
)
PREDICT = predict.Params.model_validate({"compute": {"threads": 1}})
WORDS: dict[Used, str] = {
    TRAINED: "a_net, trained",
    PRETRAINED: "a_net as pretrained, whitened and not trained",
    BOTH: "a_net, trained, and the same backbone as pretrained, side by side",
}


def with_pretrained(root: Path, noise: float) -> None:
    """A pretrained network beside the trained one: it sees the same through other axes, with noise of its own."""
    rng = np.random.default_rng(5)
    turn = rng.normal(size=(DIMS, WIDTH)) / DIMS**0.5
    for part in ("labelled", "augmented", "test"):
        folder = root / "artifacts/embed" / part
        for name, new in (("embeddings", "whitened"), ("mirrored", "whitened_mirrored")):
            seen = np.load(folder / f"{name}.npy") @ turn
            np.save(folder / f"{new}.npy", (seen + noise * rng.normal(size=seen.shape)).astype(np.float32))
    train = root / "artifacts/train"
    card = json.loads((train / "model.json").read_text("utf-8")) | {"backbone": "a_net", "embedding_size": DIMS}
    (train / "model.json").write_text(json.dumps(card), encoding="utf-8")
    (train / "model.safetensors").write_bytes(b"the trained network")
    (train / "more/pretrained").mkdir(parents=True)
    (train / "more/pretrained/model.safetensors").write_bytes(b"the pretrained network")
    pretrained = json.dumps({"head": "none", "embedding_size": WIDTH, "whitened": True})
    (train / "more/pretrained/model.json").write_text(pretrained, encoding="utf-8")


def values(root: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((root / "artifacts" / name).read_text("utf-8")))


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """A world with many individuals, where the trained network sees next to nothing and the pretrained one all."""
    root = tmp_path_factory.mktemp("evaluated")
    build(root, identities={f"w{number:02}": 3 for number in range(40)}, unknown=80, noise=0.1, test=6)
    with_pretrained(root, noise=0.02)
    rng = np.random.default_rng(6)
    for part in ("labelled", "augmented", "test"):
        for path in [root / "artifacts/embed" / part / f"{name}.npy" for name in ("embeddings", "mirrored")]:
            np.save(path, rng.normal(size=np.load(path).shape).astype(np.float32))
    return root, evaluate.run(EVALUATE, evaluate.Paths.at(root))


def test_evaluate_writes_its_choice_and_says_it(evaluated: tuple[Path, Summary]) -> None:
    root, summary = evaluated
    choice, metrics = values(root, "evaluate/choice.json"), values(root, "evaluate/metrics.json")
    entry = choice[KEY]
    assert (entry["used"], entry["backbone"]) == (PRETRAINED, "a_net")
    assert entry["why"].startswith("the pretrained network alone, with ")
    assert [choice[f"chosen_on_half_{half}"][KEY] for half in "ab"] == [PRETRAINED, PRETRAINED]
    assert metrics["network_gain_low"] > 0.1
    assert metrics["open_map_at_5"] > 0.8
    assert f", by {WORDS[PRETRAINED]}" in summary.line


def test_predict_answers_by_the_chosen_network(evaluated: tuple[Path, Summary]) -> None:
    root, _ = evaluated
    summary = predict.run(PREDICT, predict.Paths.at(root))
    known = identifier.read(root / "artifacts/predict/identifier")
    assert known.gallery.views.plain.shape[1] == WIDTH
    assert summary.line.endswith(f"; {WORDS[PRETRAINED]}")
    index, views = EmbeddingSource(PRETRAINED).read(root / "artifacts/embed/test")
    best = identifier.classifier_of(known)(views).argmax(axis=1)
    assert [known.identities[one] for one in best] == [f"w{number:02}" for number in range(len(index))]


def predicted(root: Path, used: Used, *, all_folds: bool = False) -> Path:
    """The identifier's folder of a run whose evaluation has chosen."""
    build(root, unknown=80, noise=0.1)
    if all_folds:
        with_second_network(root)
        shutil.copyfile(root / "artifacts/train/model.json", root / "artifacts/train/all/model.json")
    with_pretrained(root, noise=0.02)
    choice: dict[str, Any] = {
        "classifier": "nearest_neighbour", "strategy": "none", "threshold": 0.9, "calibration": None,
        "settings": {"strategy": {}, "head": {}, "cosine": {}, "seed": 0},
        KEY: {"used": used, "backbone": "a_net", "why": "a test says so"},
    }  # fmt: skip
    (root / "artifacts/evaluate/choice.json").write_text(json.dumps(choice), encoding="utf-8")
    predict.run(PREDICT, predict.Paths.at(root))
    return root / "artifacts/predict/identifier"


def test_where_the_trained_one_answers_the_identifier_holds_no_network(tmp_path: Path) -> None:
    folder = predicted(tmp_path, TRAINED)
    assert not list(folder.rglob("model*"))
    metadata = identifier.read(folder).metadata
    assert network_choice.in_words(metadata[KEY]) == WORDS[TRAINED]
    assert "networks" not in metadata


def test_where_the_pretrained_one_answers_it_lies_in_the_identifier(tmp_path: Path) -> None:
    folder = predicted(tmp_path, PRETRAINED, all_folds=True)  # that of all folds is not asked
    assert (folder / "model.safetensors").read_bytes() == b"the pretrained network"
    assert json.loads((folder / "model.json").read_text("utf-8"))["whitened"]
    known = identifier.read(folder)
    assert ("network" in known.metadata, known.gallery.views.plain.shape[1]) == (False, WIDTH)


@pytest.mark.parametrize("all_folds", [False, True])
def test_where_both_answer_both_lie_in_the_identifier(tmp_path: Path, *, all_folds: bool) -> None:
    folder = predicted(tmp_path, BOTH, all_folds=all_folds)
    trained = b"the second network" if all_folds else b"the trained network"
    assert (folder / "model.safetensors").read_bytes() == trained
    assert (folder / "more/pretrained/model.safetensors").read_bytes() == b"the pretrained network"
    assert json.loads((folder / "model.json").read_text("utf-8"))["pretrained_size"] == WIDTH
    known = identifier.read(folder)
    assert (known.metadata["networks"], "network" in known.metadata) == (2, all_folds)
    assert network_choice.notice(known.metadata[KEY]).startswith(f"The network that answers is {WORDS[BOTH]}")
    index, views = EmbeddingSource(BOTH, DIMS, all_folds).read(tmp_path / "artifacts/embed/test")
    best = identifier.classifier_of(known)(views).argmax(axis=1)
    assert [known.identities[one] for one in best] == [*IDENTITIES][: len(index)]


def test_without_a_pretrained_network_nothing_is_written_of_one(tmp_path: Path) -> None:
    build(tmp_path)
    evaluate.run(EVALUATE, evaluate.Paths.at(tmp_path))
    assert KEY not in values(tmp_path, "evaluate/choice.json")
    assert not [name for name in values(tmp_path, "evaluate/metrics.json") if name.startswith("network_gain")]
    assert embeddings.WHITENED not in {path.stem for path in (tmp_path / "artifacts/embed/labelled").iterdir()}
