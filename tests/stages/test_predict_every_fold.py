"""predict with train.fold: all: who answers, by whose threshold, and what is said of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.metrics import without_score
from longtail.recognition import embeddings, identifier
from longtail.recognition.classifiers.fit import FitSettings
from longtail.recognition.top_k import rank
from longtail.run_record import Summary
from longtail.stages import predict
from tests.recognition.world import IDENTITIES, build

LIGHT = predict.Params.model_validate({"compute": {"threads": 1}})
CALIBRATION = {"kind": "platt", "new": [[0.0, 1.0]], "share": 0.5, "inverse_temperature": 1.0, "log_tail": 0.0}


def drawn(root: Path, unknown: int, threshold: float | None = 0.9, classifier: str = "nearest_neighbour") -> Path:
    build(root, unknown=unknown, noise=0.1)
    choice = {"classifier": classifier, "strategy": "none", "threshold": threshold, "settings": asdict(FitSettings())}
    choice |= {"calibration": CALIBRATION if threshold is not None else None}
    (root / "artifacts/evaluate/choice.json").write_text(json.dumps(choice), encoding="utf-8")
    return root


def with_second_network(root: Path, seed: int = 1) -> None:
    """A network that saw everything: other axes, and every score a little higher by one direction that all share."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    for part in ("labelled", "augmented", "test"):
        folder = root / "artifacts/embed" / part
        for name, new in (("embeddings", "all"), ("mirrored", "all_mirrored")):
            seen = np.load(folder / f"{name}.npy") @ turn
            np.save(folder / f"{new}.npy", np.hstack([seen, np.full((len(seen), 1), 2.0)]).astype(np.float32))
    train = root / "artifacts/train"
    (train / "all").mkdir()
    for name in ("head.safetensors", "model.json"):
        shutil.copyfile(train / name, train / "all" / name)
    (train / "all/model.safetensors").write_bytes(b"the second network")
    split = pd.read_parquet(root / "artifacts/split/split.parquet")
    named = split.loc[split["identity"] != "", ["image", "fold"]]
    learned = named[["image"]].assign(label=named["fold"] == "train", pixels=named["fold"] == "train", all_folds=True)
    learned.to_parquet(train / "learned_from.parquet", index=False)


def run(root: Path) -> Summary:
    return predict.run(LIGHT, predict.Paths.at(root))


def told(root: Path) -> dict[str, Any]:
    return json.loads((root / "artifacts/predict/identifier/identifier.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Summary]:
    """The same world with one network, and with both."""
    one, two = (drawn(tmp_path_factory.mktemp(name), unknown=80) for name in ("one", "two"))
    run(one)
    with_second_network(two)
    beside = two / "artifacts/train/all/more/network_2"
    beside.mkdir(parents=True)
    (beside / "model.safetensors").write_bytes(b"one beside it")
    card = two / "artifacts/train/model.json"
    card.write_text(json.dumps(json.loads(card.read_text("utf-8")) | {"networks": 2}), encoding="utf-8")
    return one, two, run(two)


def test_the_second_network_answers_and_it_is_said_that_it_has_no_score(both: tuple[Path, Path, Summary]) -> None:
    _, root, summary = both
    split = pd.read_parquet(root / "artifacts/split/split.parquet")
    network = told(root)["network"]
    assert (network["fold"], network["photographs"]) == ("all", (split["identity"] != "").sum())
    assert network["score_scale"]["photographs"] == (split["identity"] == "").sum() + 6  # and six test photographs
    assert (root / "artifacts/predict/identifier/model.safetensors").read_bytes() == b"the second network"
    assert summary.line.endswith("by the network of all folds, which has no score of its own")
    assert "It has no score of its own" in without_score.notice(network)
    rows = pd.read_parquet(root / "artifacts/predict/candidates.parquet")
    assert rows[rows["identity"] != ""].groupby("image")["identity"].first().tolist() == [*IDENTITIES][:6]


def test_networks_side_by_side_lie_beside_the_identifier(both: tuple[Path, Path, Summary]) -> None:
    one, two, _ = both
    folder = two / "artifacts/predict/identifier"
    assert (folder / "more/network_2/model.safetensors").read_bytes() == b"one beside it"
    assert (told(one).get("networks"), told(two).get("networks")) == (None, 2)


def test_threshold_and_probabilities_are_those_of_the_scored_network(both: tuple[Path, Path, Summary]) -> None:
    one, two, _ = both
    keys = ("threshold", "threshold_on_valid", "calibration", "unknown_share", "ranking")
    assert {key: told(one)[key] for key in keys} == {key: told(two)[key] for key in keys}
    assert "network" not in told(one)
    assert not (one / "artifacts/predict/identifier/model.safetensors").exists()


def test_scores_are_on_the_scale_of_the_scored_network(both: tuple[Path, Path, Summary]) -> None:
    one, two, _ = both
    tables = [pd.read_parquet(root / "artifacts/predict/decisions.parquet") for root in (one, two)]
    apart = (tables[0]["best_score"] - tables[1]["best_score"]).abs()
    assert apart.max() < 0.1
    raw = embeddings.read(two / "artifacts/embed/test", network=embeddings.ALL_FOLDS)[1]
    known = identifier.read(two / "artifacts/predict/identifier")
    assert known.metadata["network"]["score_scale"]["factor"] > 1.1  # the shared direction has pressed them together
    best = rank(identifier.classifier_of(known), raw).best
    np.testing.assert_allclose(best, tables[1]["best_score"], atol=1e-5)  # identify's are predict's


def test_where_too_few_are_unseen_the_scored_network_answers_with_the_same_bytes(tmp_path: Path) -> None:
    one, two = drawn(tmp_path / "one", unknown=30), drawn(tmp_path / "two", unknown=30)
    run(one)
    with_second_network(two)
    summary = run(two)
    assert [warning for warning in summary.warnings if "the scored network answers" in warning]
    network = told(two)["network"]
    assert network == {"fold": "train", "unseen": 51, "needed": 100}
    assert "there are 51. Add some, or set train.fold: train" in without_score.notice(network)
    files = ("submission.csv", "candidates.parquet", "decisions.parquet", "identifier/gallery.safetensors")
    for name in files:
        assert (one / "artifacts/predict" / name).read_bytes() == (two / "artifacts/predict" / name).read_bytes()
    assert not (two / "artifacts/predict/identifier/model.safetensors").exists()


def test_test_photographs_of_labelled_pictures_are_not_unseen(tmp_path: Path) -> None:
    root = drawn(tmp_path, unknown=80)
    with_second_network(root)
    split = pd.read_parquet(root / "artifacts/split/split.parquet")
    match = split.loc[split["identity"] == "ada", "image"].iloc[0]
    table = pd.DataFrame([("t0.jpg", match, "near", 0.1)], columns=["image", "match", "kind", "distance"])
    table.to_parquet(root / "artifacts/audit/test_matches.parquet", index=False)
    run(root)
    assert told(root)["network"]["score_scale"]["photographs"] == (split["identity"] == "").sum() + 5


def test_where_nothing_was_fitted_nothing_has_to_be_carried_over(tmp_path: Path) -> None:
    root = drawn(tmp_path, unknown=0, threshold=None)
    with_second_network(root)
    run(root)
    assert told(root)["network"]["fold"] == "all"
    assert "score_scale" not in told(root)["network"]
