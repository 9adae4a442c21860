"""Errors that one can see: five flipped labels in a world of directions, and predictions written by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from longtail.labels.findings import COLUMNS
from longtail.scoring.contradicted import likely_errors
from longtail.scoring.doubts import findings
from longtail.scoring.views import Views
from tests.scoring.world import flip

DIMS = 24


def world(counts: dict[str, int], noise: float = 0.5, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, Views]:
    """Split, index and embeddings: each identity has a direction, `""` none; every third photograph is in valid."""
    rng = np.random.default_rng(seed)
    rows, vectors = [], []
    for name, count in counts.items():
        direction = rng.normal(size=DIMS)
        for take in range(count):
            rows.append((f"{name or 'unknown'}_{take}.jpg", name, "valid" if take % 3 == 2 else "train"))
            vectors.append((direction if name else rng.normal(size=DIMS)) + noise * rng.normal(size=DIMS))
    split = pd.DataFrame(rows, columns=["image", "identity", "fold"])
    plain = np.array(vectors, np.float32)
    return split.assign(group="g_" + split["image"]), split[["image"]], Views(plain, flip(plain))


COUNTS = {f"w_{number:02}": count for number, count in enumerate([8] * 10 + [4] * 10 + [2] * 10 + [1] * 20)} | {"": 30}


FLIPS = {"w_00_0.jpg": "w_01", "w_02_2.jpg": "w_11", "w_12_1.jpg": "w_03", "w_04_5.jpg": "w_35", "w_06_1.jpg": "w_20"}


@pytest.mark.parametrize("seed", range(5))
def test_flipped_labels_are_found_and_few_others(seed: int) -> None:
    split, index, views = world(COUNTS, seed=seed)
    true = split.set_index("image")["identity"][list(FLIPS)].to_dict()
    split["identity"] = [FLIPS.get(image, name) for image, name in zip(split["image"], split["identity"], strict=True)]
    found = likely_errors(split, index, views, limit=50)
    agreed = dict(zip(found["image"], found["agreed"], strict=True))
    assert {image: agreed.get(image) for image in FLIPS} == true
    assert len(agreed) <= len(FLIPS) + 2
    assert set(found["image"][:5]) == set(FLIPS)


def test_named_ones_that_are_labelled_unknown_are_found_where_they_are_near_enough() -> None:
    hidden, doubted = 0, 0
    for seed in range(5):
        split, index, views = world(COUNTS, seed=seed)
        lost = split["image"].isin(["w_00_0.jpg", "w_01_2.jpg", "w_10_1.jpg", "w_11_0.jpg"])
        found = likely_errors(split.assign(identity=split["identity"].mask(lost, "")), index, views, limit=50)
        hidden += int(found["image"].isin(split["image"][lost]).sum())
        doubted += len(found)
    assert hidden >= 14  # of 20
    assert doubted - hidden <= 2


def test_without_flips_hardly_a_label_is_doubted() -> None:
    assert sum(len(likely_errors(*world(COUNTS, seed=seed), limit=50)) for seed in range(5)) <= 2


def test_copies_of_one_picture_do_not_vote_as_several() -> None:
    """bea's only picture lies there three times: one group, which is no evidence against ada_6 and the unknown."""
    names = ["ada"] * 7 + ["bea"] * 3 + [""]
    plain = np.array([[1, 0.01 * take] for take in range(6)] + [[0.2, 1]] + [[0, 1]] * 3 + [[0, 1]], np.float32)
    split = pd.DataFrame({"image": [f"{place}.jpg" for place in range(11)], "identity": names, "fold": "train"})
    together = split.assign(group=list("abcdefgxxxz"))
    assert likely_errors(together, split[["image"]], Views(plain, plain), limit=9).empty
    found = likely_errors(split.assign(group=list("abcdefghijz")), split[["image"]], Views(plain, plain), limit=9)
    assert found[["image", "agreed", "votes"]].values.tolist() == [["6.jpg", "bea", 3], ["10.jpg", "bea", 3]]
    assert found["weakest"].tolist() == pytest.approx([1 / 1.04**0.5, 1])
    assert np.isnan(found["own"].iloc[1])
    assert found["own"].iloc[0] == pytest.approx((0.2 + 0.05) / (1.04 * 1.0025) ** 0.5)  # to [1, 0.05]


@pytest.mark.parametrize("identities", [["ada"] * 3, ["", "", ""], ["ada", "ada", ""]])
def test_with_one_identity_nothing_contradicts(identities: list[str]) -> None:
    plain = np.eye(3, dtype=np.float32)
    split = pd.DataFrame({"image": ["1", "2", "3"], "identity": identities, "group": ["a", "b", "c"], "fold": "train"})
    assert likely_errors(split, split[["image"]], Views(plain, plain), limit=9).empty


def test_left_out_and_broken_photographs_are_neither_asked_nor_heard() -> None:
    split, index, views = world({"ada": 6, "bea": 6})
    split.loc[0, ["identity", "fold"]] = ["bea", "left_out"]
    split.loc[1, "identity"] = "bea"
    kept = index[index["image"] != split["image"][1]]  # the second is broken: it has no embedding
    rows = kept.index.to_numpy()
    assert likely_errors(split, kept.reset_index(drop=True), views[rows], limit=9).empty


def predictions(*rows: tuple[str, str, bool, str, str, str, float]) -> pd.DataFrame:
    """image, identity, known, half, first, second, score; the nearest is named after the first."""
    table = pd.DataFrame(rows, columns=["image", "identity", "known", "half", "first", "second", "score"])
    return table.assign(third="x", fourth="y", fifth="z", nearest="like_" + table["first"])


SAID = predictions(
    ("1.jpg", "ada", True, "a", "bea", "ada", 0.8),
    ("2.jpg", "ada", True, "a", "bea", "cleo", 0.9),
    ("3.jpg", "bea", True, "b", "ada", "", 0.3),
    ("4.jpg", "ada", True, "b", "ada", "", 0.5),
    ("5.jpg", "cleo", True, "a", "cleo", "", 0.7),
    ("6.jpg", "cleo", True, "b", "bea", "cleo", 0.6),
    ("7.jpg", "", False, "b", "cleo", "", 0.7),
    ("8.jpg", "", False, "b", "", "cleo", 0.4),
    ("9.jpg", "dora", False, "a", "ada", "", 0.71),
)


def found(limit: int = 50) -> pd.DataFrame:
    nothing = pd.DataFrame({"image": [], "identity": [], "group": [], "fold": []}).astype("str")
    empty = np.empty((0, 2), np.float32)
    rows = pd.Series({f"{place}.jpg": place + 1 for place in range(1, 10)})
    return findings(SAID, nothing, (nothing[["image"]], Views(empty, empty)), rows, limit)


def test_identities_taken_for_each_other_twice_are_a_confusion() -> None:
    table = found()
    assert tuple(table.columns) == COLUMNS
    [row] = table[table["kind"] == "confusion"].to_dict("records")
    assert (row["image"], row["other"], row["label"], row["other_label"]) == ("2.jpg", "like_bea", "ada", "bea")
    assert row["detail"] == "2 of 3 photographs of ada are named bea, 1 of 1 the other way round"
    assert (row["severity"], row["proposal"], row["row"]) == ("info", "", "3")


def test_mistakes_that_are_surer_than_half_of_the_right_answers_are_confident() -> None:
    rows = found()
    rows = rows[rows["kind"] == "confident_mistake"].set_index("image")
    # Right are 5.jpg (0.7) in half a, 4.jpg (0.5) in half b: 3.jpg, at 0.3, is not sure.
    assert sorted(rows.index) == ["1.jpg", "2.jpg", "6.jpg", "7.jpg", "9.jpg"]
    said = "named bea, surer than 100% of the right answers; "
    assert rows.loc["1.jpg", "detail"] == said + "ada comes second"
    assert rows.loc["2.jpg", "detail"] == said + "ada is not among the five"
    assert rows.loc["7.jpg", "detail"].endswith("; it is labelled unknown")
    assert rows.loc["9.jpg", "detail"].endswith("; dora is not in the train fold")


def test_the_limit_keeps_the_surest() -> None:
    rows = found(limit=1)
    assert sorted(rows["kind"]) == ["confident_mistake", "confusion"]
    assert rows.loc[rows["kind"] == "confident_mistake", "image"].tolist() == ["2.jpg"]


def test_a_doubted_label_is_told_once_and_proposes_the_other_name() -> None:
    split, index, views = world({"ada": 6, "bea": 6, "cleo": 6})
    split.loc[2, "identity"] = "bea"  # ada_2.jpg, in valid
    said = predictions(
        ("ada_2.jpg", "bea", True, "a", "ada", "bea", 0.9), ("bea_2.jpg", "bea", True, "a", "bea", "", 0.5)
    )
    table = findings(said, split, (index, views), pd.Series({"ada_2.jpg": 4}), limit=9)
    [row] = table.to_dict("records")
    assert (row["kind"], row["severity"], row["proposal"]) == ("likely_label_error", "warning", "relabel")
    assert (row["image"], row["label"], row["other_label"], row["row"]) == ("ada_2.jpg", "bea", "ada", "4")
    assert row["other"].startswith("ada_")
    assert row["detail"].startswith("its 3 nearest groups are all of ada (0.")
    assert "; the nearest other of bea: " in row["detail"]
