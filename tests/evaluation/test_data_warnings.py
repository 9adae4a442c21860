from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.grid import Candidate
from longtail.evaluation.warnings import FEW, data_warnings, untrained_warnings
from longtail.recognition import embeddings
from longtail.recognition.top_k import NONE, TOP_K, TopK
from longtail.recognition.training_set import TrainingSet, gather
from tests.recognition.world import build

METRICS = {"photographs": 30, "unknowns": 10, "balanced_accuracy": 0.4321}
NOBODY = TopK(np.full((1, TOP_K), NONE), np.full((1, TOP_K), -np.inf, np.float32))
MANY = {f"w{number}": 2 + number % 3 for number in range(FEW + 1)}


def told(
    root: Path, candidates: tuple[Candidate, ...] = (), identities: dict[str, int] = MANY, **metrics: Any
) -> list[str]:
    return data_warnings({**METRICS, **metrics}, learned(root, identities), candidates)


def learned(root: Path, identities: dict[str, int]) -> TrainingSet:
    build(root, identities=identities)
    artifacts = root / "artifacts"
    split = pd.read_parquet(artifacts / "split/split.parquet")
    copies = pd.read_parquet(artifacts / "oversample/augmented.parquet")
    labelled = embeddings.read(artifacts / "embed/labelled")
    return gather(labelled, artifacts / "embed/augmented", split, copies, ("train",))


def candidate(strategy: str, added: int) -> Candidate:
    return Candidate(strategy, "linear_probe", NOBODY, images=9, added=added)


def test_where_all_could_be_measured_nothing_is_said(tmp_path: Path) -> None:
    assert told(tmp_path, (candidate("none", 0), candidate("smote", 4))) == []


def test_few_identities_send_the_reader_to_balanced_accuracy(tmp_path: Path) -> None:
    [warning] = told(tmp_path, identities={"ada": 3, "bea": 2})
    assert warning.startswith("2 identities: five predictions cover most of them; balanced accuracy, 0.432,")


def test_identities_with_one_picture_leave_the_nearest_neighbour(tmp_path: Path) -> None:
    [warning] = told(tmp_path, identities=dict.fromkeys(MANY, 1))
    assert "only the nearest neighbour is compared, nothing can be balanced" in warning


def test_nothing_new_and_nothing_known_are_both_said(tmp_path: Path) -> None:
    assert "open = closed" in told(tmp_path / "a", unknowns=0)[0]
    assert "only 'new' can be right" in told(tmp_path / "b", unknowns=30)[0]


def test_approaches_that_add_nothing_are_named_where_none_adds_anything(tmp_path: Path) -> None:
    [warning] = told(
        tmp_path, (candidate("none", 0), candidate("augmented_oversampling", 0), candidate("random_oversampling", 0))
    )
    assert warning.startswith(
        "no identity is rare: oversampling (random_oversampling, augmented_oversampling) adds no images"
    )


def test_filtered_copies_without_mirror_images_are_missed(tmp_path: Path) -> None:
    training_set = replace(learned(tmp_path, MANY), mirrored_copies=False)
    assert "embed.augmented_mirror" in data_warnings(METRICS, training_set, ())[0]


@pytest.mark.parametrize(
    ("low", "high", "beginning"),
    [
        (0.1, 0.3, ""),
        (-0.3, -0.1, "Worse than the untrained network: -0.200"),
        (-0.1, 0.2, "Not significantly different from the untrained network: +0.050"),
    ],
)
def test_the_untrained_network_is_told_by_its_interval(tmp_path: Path, low: float, high: float, beginning: str) -> None:
    card = tmp_path / "model.json"
    card.write_text('{"hardly_learned": true, "train_accuracy": 0.01}')
    gain = {
        "gain_over_frozen_1nn": (low + high) / 2,
        "gain_over_frozen_1nn_low": low,
        "gain_over_frozen_1nn_high": high,
    }
    warnings = untrained_warnings(METRICS | gain | {"photographs": 300}, card)
    assert len(warnings) == bool(beginning)
    assert all(sentence.startswith(beginning) and "train.base_lr" in sentence for sentence in warnings)
