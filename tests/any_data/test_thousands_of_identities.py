"""Two thousand identities, most seen once, at the level of embeddings: what evaluate and predict make of it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pandas as pd
import pytest

from longtail.stages import evaluate, predict
from tests.recognition.world import build

pytestmark = pytest.mark.slow

IDENTITIES = {f"{number:04}": 1 if number % 5 < 3 else 2 + number % 3 for number in range(2000)}
LIGHT = {
    "classifiers": ["nearest_neighbour", "nearest_class_mean", "cosine_classifier", "trained_head"],
    "strategies": ["augmented_oversampling"],
    "seeds": 1,
    "cosine_epochs": 1,
    "resamples": 100,
    "compute": {"threads": 1},
}
ENOUGH_SECONDS = 60  # of one core; a tenth of it is usual


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The root, and the seconds of processor time that the two stages took."""
    root = build(tmp_path_factory.mktemp("thousands"), identities=IDENTITIES, unknown=300, dims=48, variants=("red",))
    started = time.process_time()
    evaluate.run(evaluate.Params.model_validate(LIGHT), evaluate.Paths.at(root))
    predict.run(predict.Params.model_validate({"compute": LIGHT["compute"]}), predict.Paths.at(root))
    return root, time.process_time() - started


def test_thousands_of_identities_take_no_longer_than_a_coffee(ran: tuple[Path, float]) -> None:
    assert ran[1] < ENOUGH_SECONDS


def test_they_are_told_apart_by_class_count(ran: tuple[Path, float]) -> None:
    metrics = json.loads((ran[0] / "artifacts/evaluate/metrics.json").read_text("utf-8"))
    held_out = 2000 + 266 + 300  # one of each, a second one of those with four, and the unknown
    assert (metrics["photographs"], metrics["identities"], metrics["unknowns"]) == (held_out, 2000, 300)
    assert metrics["closed_map_at_5"] > 0.9  # each identity has a direction of its own
    rows = pd.read_csv(ran[0] / "artifacts/evaluate/winners.csv", dtype=str, keep_default_na=False)
    verdicts = dict(zip(rows["slice"], rows["verdict"], strict=True))
    assert verdicts["1"] in ("leads", "noise"), "over a hundred photographs: the comparison has something to say"
    assert verdicts["10+"] == "too_few"


def test_each_has_a_recall_and_its_name_stays_text(ran: tuple[Path, float]) -> None:
    recall = pd.read_csv(ran[0] / "artifacts/evaluate/recall.csv", dtype=str, keep_default_na=False)
    assert recall["identity"].tolist() == ["", *sorted(IDENTITIES)]
    submission = pd.read_csv(ran[0] / "artifacts/predict/submission.csv", dtype=str)
    assert [cell.split(" ")[0] for cell in submission["Id"]] == ["0000", "0001", "0002", "0003", "0004", "0005"]
    assert all(len(set(cell.split(" "))) == 5 for cell in submission["Id"])
