"""Each half of valid against a gallery that holds the other half."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.recognition import embeddings
from longtail.recognition.classifiers.knn import nearest_neighbour
from longtail.recognition.embeddings import PairedEmbeddings
from longtail.recognition.eval_set import EvalSet, encode_identities, training_photographs
from longtail.recognition.open_set.cross_fit import cross_fit_top_k, without_half
from longtail.recognition.top_k import NEW, Classifier, Gallery, Ranker, rank
from tests.recognition.world import build


def split_of(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["image", "identity", "group", "fold"])
    table["scored"] = (table["fold"] == "valid") & ~table.duplicated(["group", "identity"])
    table["class_count"] = 1
    table["reason"] = ""
    return table


def scored_of(split: pd.DataFrame) -> EvalSet:
    table = split[split["scored"]].reset_index(drop=True)
    clusters = table["identity"].where(table["identity"] != "", table["group"]).tolist()
    return EvalSet(table, np.arange(len(table)), np.zeros(len(table), dtype=np.int64), clusters)


def test_a_half_is_left_out_with_whole_groups_and_whole_identities() -> None:
    split = split_of(
        ("ada1", "ada", "g1", "train"),
        ("ada2", "ada", "g2", "valid"),  # in the half
        ("ada2copy", "ada", "g2", "valid"),  # its copy: not scored, goes along
        ("ada3", "ada", "g3", "valid"),  # another group of the same identity: goes along
        ("bea1", "bea", "g4", "valid"),
        ("cleo1", "cleo", "g2", "valid"),  # another identity held together with ada2
        ("nobody", "", "g5", "valid"),
    )
    valid = scored_of(split)
    half = (valid.table["image"] == "ada2").to_numpy()
    assert without_half(split, valid, half)["image"].tolist() == ["ada1", "bea1", "nobody"]
    nobody = (valid.table["image"] == "nobody").to_numpy()
    assert without_half(split, valid, nobody)["image"].tolist() == [name for name in split["image"] if name != "nobody"]


def galleries(root: Path) -> tuple[pd.DataFrame, tuple[pd.DataFrame, PairedEmbeddings], list[pd.DataFrame]]:
    split = pd.read_parquet(root / "artifacts/split/split.parquet")
    return split, embeddings.read(root / "artifacts/embed/labelled"), []


def ranker(classifier: Classifier) -> Ranker:
    return lambda queries, images: rank(classifier, queries)


def test_no_photograph_is_scored_by_a_gallery_that_holds_it_or_its_identitys_other_ones(tmp_path: Path) -> None:
    split, labelled, seen = galleries(build(tmp_path))

    def refit(kept: pd.DataFrame) -> tuple[Ranker, Sequence[str]]:
        seen.append(kept)
        photographs = training_photographs(kept, labelled[0], ("train", "valid"))
        identities = sorted(set(photographs["identity"]))
        gallery = Gallery(
            labelled[1][photographs["row"].to_numpy()].normalised(),
            encode_identities(photographs["identity"], identities),
        )
        return ranker(nearest_neighbour(gallery, len(identities))), identities

    top_k, truth = cross_fit_top_k(split, labelled, 0, refit)
    valid = split[split["scored"]]
    assert len(top_k) == len(truth) == len(valid)
    assert top_k.best.max() < 0.9999  # none met itself
    train = set(split.loc[split["fold"] == "train", "image"])
    held = [set(valid["image"]) - set(kept["image"]) for kept in seen]
    assert held[0] | held[1] == set(valid["image"])
    assert not held[0] & held[1]
    assert all(train <= set(kept["image"]) for kept in seen)
    # The order is that of the scored photographs: who is of unknown label, or only in valid, is new.
    assert (truth == NEW).tolist() == (~valid.sort_values("image")["known"]).tolist()
    known = truth != NEW
    assert (top_k.identity[known, 0] == truth[known]).all()


def test_new_ones_find_something_more_alike_in_the_larger_gallery(tmp_path: Path) -> None:
    split, labelled, _ = galleries(build(tmp_path, unknown=60, dims=6))
    folds: tuple[str, ...] = ("train",)

    def refit(kept: pd.DataFrame) -> tuple[Ranker, Sequence[str]]:
        photographs = training_photographs(kept, labelled[0], folds)
        identities = sorted(set(photographs["identity"]))
        rows = photographs["row"].to_numpy()
        gallery = Gallery(labelled[1][rows].normalised(), encode_identities(photographs["identity"], identities))
        return ranker(nearest_neighbour(gallery, len(identities))), identities

    small, truth = cross_fit_top_k(split, labelled, 0, refit)
    folds = ("train", "valid")
    large, _ = cross_fit_top_k(split, labelled, 0, refit)
    new = truth == NEW
    assert (large.best >= small.best - 1e-6).all()
    assert large.best[new].mean() > small.best[new].mean() + 0.02


def test_the_halves_are_those_of_the_seed(tmp_path: Path) -> None:
    split, labelled, seen = galleries(build(tmp_path))

    def refit(kept: pd.DataFrame) -> tuple[Ranker, Sequence[str]]:
        seen.append(kept)
        return ranker(lambda queries: np.zeros((len(queries), 1), np.float32)), ["ada"]

    for seed in (0, 0, 1):
        cross_fit_top_k(split, labelled, seed, refit)
    pd.testing.assert_frame_equal(seen[0], seen[2])
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(seen[0], seen[4])
