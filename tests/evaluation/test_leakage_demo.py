"""The post's way of scoring beside the honest one, on rows whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.leakage_demo import LegacyRows, leakage_table, legacy_rows, split_at_random
from longtail.recognition import embeddings
from longtail.recognition.classifiers.linear_probe import LinearProbeSettings
from longtail.recognition.embeddings import PairedEmbeddings, normalise
from longtail.recognition.top_k import NEW
from longtail.recognition.training_set import gather
from tests.recognition.world import IDENTITIES, build

SETTINGS = LinearProbeSettings(epochs=10, dims=16)


def noise(count: int, dims: int = 16, seed: int = 0) -> np.ndarray:
    return normalise(np.random.default_rng(seed).normal(size=(count, dims)).astype(np.float32))


def views_of(plain: np.ndarray) -> PairedEmbeddings:
    return PairedEmbeddings(plain, plain)


def test_every_image_is_drawn_by_itself_a_fifth_of_them() -> None:
    times = np.array([10] * 50 + [1] * 500)
    learned, scored = split_at_random(times, seed=0)
    assert (learned + scored).tolist() == times.tolist()
    assert scored.sum() == 200
    both = (learned > 0) & (scored > 0)
    assert both[:50].mean() > 0.7  # of ten equal images, some lie on either side nearly always: 1 - 0.8 ** 10 = 0.89
    assert not both[50:].any()
    np.testing.assert_array_equal(split_at_random(times, seed=0)[1], scored)
    assert (split_at_random(times, seed=1)[1] != scored).any()


@pytest.mark.parametrize(("times", "scored"), [([1, 1], 1), ([2], 1), ([1] * 7, 1), ([1] * 8, 2)])
def test_something_is_learned_from_and_something_is_scored(times: list[int], scored: int) -> None:
    learned, drawn = split_at_random(np.array(times), seed=0)
    assert drawn.sum() == scored
    assert learned.sum() == sum(times) - scored


def test_a_head_that_knows_pictures_and_no_whales_looks_clever_the_posts_way() -> None:
    # 60 pictures of pure noise, each an identity of its own with ten equal copies: nothing of a whale can be learned.
    pictures = noise(60)
    rows = LegacyRows(pictures, np.arange(60), np.full(60, 10), [f"{i}.jpg" for i in range(60)], identities=60)
    table = leakage_table(rows, views_of(noise(200, seed=1)), np.arange(200) % 60, SETTINGS, seed=0).set_index(
        "protocol"
    )
    assert table.loc["post", "accuracy"] > 0.95
    assert table.loc["honest", "accuracy"] < 0.1
    assert table.loc["honest", "map_at_5"] < 0.15
    assert table["rows"].tolist() == [480, 480]
    assert table.loc["honest", "photographs"] == 200
    assert table.loc["post", "photographs"] <= 60
    assert table.loc["post", "note"] == "of 120 images drawn at random, 100.0% show a photograph of the training rows"


def test_without_copies_nothing_leaks() -> None:
    rows = LegacyRows(noise(100), np.arange(100) % 2, np.ones(100, int), [f"{i}.jpg" for i in range(100)], identities=2)
    table = leakage_table(rows, views_of(noise(20, seed=1)), np.zeros(20, int), SETTINGS, seed=0).set_index("protocol")
    assert table.loc["post", "note"] == "of 20 images drawn at random, 0.0% show a photograph of the training rows"
    assert table.loc["post", "accuracy"] < 0.85


def test_unknown_is_one_more_class_and_right_for_whoever_is_new() -> None:
    direction = np.eye(16, dtype=np.float32)
    vectors = np.repeat(direction[:3], 20, axis=0)
    images = [f"{i}.jpg" for i in range(60)]
    rows = LegacyRows(vectors, np.repeat([0, 1, 2], 20), np.ones(60, int), images, identities=2)  # class 2 is unknown
    queries, truth = views_of(direction[[0, 1, 2, 2]]), np.array([0, 1, NEW, 0])
    honest = leakage_table(rows, queries, truth, SETTINGS, seed=0).set_index("protocol").loc["honest"]
    assert honest["accuracy"] == 0.75


def test_where_nothing_is_of_unknown_label_new_cannot_be_right() -> None:
    direction = np.eye(16, dtype=np.float32)
    images = [f"{i}.jpg" for i in range(40)]
    rows = LegacyRows(
        np.repeat(direction[:2], 20, axis=0), np.repeat([0, 1], 20), np.ones(40, int), images, identities=2
    )
    table = leakage_table(rows, views_of(direction[[0, 2]]), np.array([0, NEW]), SETTINGS, seed=0).set_index("protocol")
    assert table.loc["honest", "accuracy"] == 0.5
    assert table.loc["honest", "map_at_5"] == 0.5


def test_rows_are_the_train_folds_photographs_their_copies_and_its_unknown(tmp_path: Path) -> None:
    build(tmp_path)
    split = pd.read_parquet(tmp_path / "artifacts/split/split.parquet")
    copies = pd.read_parquet(tmp_path / "artifacts/oversample/augmented.parquet")
    labelled = embeddings.read(tmp_path / "artifacts/embed/labelled")
    training_set = gather(labelled, tmp_path / "artifacts/embed/augmented", split, copies, ("train",))
    rows = legacy_rows(training_set, split, labelled)
    photographs = sum(IDENTITIES.values())
    assert len(rows.vectors) == len(rows.classes) == len(rows.times) == len(rows.images)
    assert len(rows.vectors) == photographs + len(copies) + 12
    assert rows.times.sum() == photographs + copies["repeats"].sum() + 12
    named = split.set_index("image")["identity"]
    words = [*training_set.identities, ""]
    assert [named[image] for image in rows.images] == [words[number] for number in rows.classes]
    assert set(rows.images) == set(split.loc[split["fold"] == "train", "image"])
    np.testing.assert_allclose(np.linalg.norm(rows.vectors, axis=1), 1, rtol=1e-5)


def test_equal_arguments_give_equal_tables() -> None:
    rows = LegacyRows(noise(50), np.arange(50) % 5, np.full(50, 3), [f"{i}.jpg" for i in range(50)], identities=5)
    first, second = (leakage_table(rows, views_of(noise(9)), np.zeros(9, int), SETTINGS, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
