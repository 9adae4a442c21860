"""Errors that one can see: five flipped labels in a world of directions, and predictions written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from longtail.evaluation.findings import findings
from longtail.evaluation.label_errors import find_label_errors
from longtail.evaluation.whitening import NamedGallery, fold_of_groups, project, whitened_similarities
from longtail.labels.decisions import drop_decided
from longtail.labels.edit_log import rows_of
from longtail.labels.findings import COLUMNS, findings_table
from longtail.recognition.embeddings import PairedEmbeddings
from tests.recognition.world import flip

DIMS = 24


def world(
    counts: dict[str, int], noise: float = 0.3, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame, PairedEmbeddings]:
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
    return split.assign(group="g_" + split["image"]), split[["image"]], PairedEmbeddings(plain, flip(plain))


COUNTS = {f"w_{number:02}": count for number, count in enumerate([8] * 10 + [4] * 10 + [2] * 10 + [1] * 20)} | {"": 30}


FLIPS = {"w_00_0.jpg": "w_01", "w_02_2.jpg": "w_11", "w_12_1.jpg": "w_03", "w_04_5.jpg": "w_15", "w_06_1.jpg": "w_10"}
NO_CONFLICT = pd.DataFrame(columns=["image", "other", "label", "other_label"], dtype="str")


def likely(split: pd.DataFrame, index: pd.DataFrame, views: PairedEmbeddings) -> pd.DataFrame:
    return find_label_errors(split, index, [views, views], NO_CONFLICT).likely


def flipped(split: pd.DataFrame) -> pd.DataFrame:
    names = [FLIPS.get(image, name) for image, name in zip(split["image"], split["identity"], strict=True)]
    return split.assign(identity=names)


def test_flipped_labels_are_found_and_hardly_others() -> None:
    named, others = 0, 0
    for seed in range(3):
        split, index, views = world(COUNTS, seed=seed)
        true = split.set_index("image")["identity"]
        label_errors = find_label_errors(flipped(split), index, [views, views], NO_CONFLICT)
        agreed = dict(zip(label_errors.likely["image"], label_errors.likely["agreed"], strict=True))
        named += len(set(agreed) & set(FLIPS))
        others += len(set(agreed) - set(FLIPS))
        assert {image: agreed[image] for image in FLIPS if image in agreed} == {
            image: true[image] for image in FLIPS if image in agreed
        }
        asked = set(label_errors.likely["image"]) | set(label_errors.doubtful["image"])
        assert set(FLIPS) <= asked, "what is not sure enough for a name is asked about"
    assert named >= 7, "of 15"
    assert others == 0


def test_without_flips_hardly_a_label_is_doubted() -> None:
    for seed in range(3):
        split, index, views = world(COUNTS, seed=seed)
        assert len(likely(split, index, views)) <= 1


def test_one_that_looks_like_nobody_is_asked_about_and_nothing_is_proposed() -> None:
    split, index, views = world(COUNTS)
    stranger = split.index[split["identity"] == ""][0]
    split.loc[stranger, "identity"] = "w_00"
    label_errors = find_label_errors(split, index, [views, views], NO_CONFLICT)
    image = split["image"][stranger]
    assert image not in set(label_errors.likely["image"])
    assert label_errors.doubtful["image"].iloc[0] == image


def test_copies_of_one_picture_do_not_vote_as_several() -> None:
    """w_01_0's label is flipped; where all that speaks for w_01 is one group, it is no evidence."""
    split, index, views = world(COUNTS)
    wrong = split.assign(identity=split["identity"].mask(split["image"] == "w_01_0.jpg", "w_02"))
    assert "w_01_0.jpg" in set(likely(wrong, index, views)["image"])
    one_group = wrong["identity"] == "w_01"
    together = wrong.assign(group=wrong["group"].mask(one_group, "g_one"))
    assert "w_01_0.jpg" not in set(likely(together, index, views)["image"])


def test_a_photographs_own_label_does_not_shape_what_it_is_compared_by() -> None:
    """Relabelling a group changes no similarity of that group to the others."""
    split, _, views = world(COUNTS)
    parts = fold_of_groups(split["group"].tolist())
    named = np.flatnonzero(split["identity"] != "")
    names = sorted(set(split["identity"]) - {""})
    query = int(named[3])

    def seen(identity: pd.Series) -> np.ndarray:
        number = np.array([names.index(name) for name in identity.iloc[named]])
        order = np.lexsort([named, number])
        gallery = NamedGallery(named[order], number[order], named[order])
        [(_, likeness)] = whitened_similarities(project([views, views], gallery), gallery, parts, np.array([query]))
        return likeness[0][np.argsort(gallery.rows)]

    other = split["identity"].copy()
    other.iloc[query] = names[-1]
    elsewhere = named != query
    np.testing.assert_allclose(seen(split["identity"])[elsewhere], seen(other)[elsewhere], atol=1e-5)


@pytest.mark.parametrize("identities", [["ada"] * 3, ["", "", ""], ["ada", "ada", ""]])
def test_with_one_identity_nothing_contradicts(identities: list[str]) -> None:
    plain = np.eye(3, dtype=np.float32)
    split = pd.DataFrame({"image": ["1", "2", "3"], "identity": identities, "group": ["a", "b", "c"], "fold": "train"})
    label_errors = find_label_errors(split, split[["image"]], [PairedEmbeddings(plain, plain)] * 2, NO_CONFLICT)
    assert label_errors.likely.empty
    assert label_errors.doubtful.empty


def test_identities_seen_once_each_contradict_nothing() -> None:
    split, index, views = world({f"w_{number}": 1 for number in range(12)} | {"": 4})
    label_errors = find_label_errors(split, index, [views, views], NO_CONFLICT)
    assert label_errors.likely.empty
    assert label_errors.doubtful.empty


def test_left_out_and_broken_photographs_are_neither_asked_nor_heard() -> None:
    split, index, views = world(COUNTS)
    split.loc[0, ["identity", "fold"]] = ["w_01", "left_out"]
    split.loc[1, "identity"] = "w_01"
    kept = index[index["image"] != split["image"][1]]  # the second is broken: it has no embedding
    rows = kept.index.to_numpy()
    label_errors = likely(split, kept.reset_index(drop=True), views[rows])
    assert not {split["image"][0], split["image"][1]} & set(label_errors["image"])


def conflicting(right: str, wrong: str) -> tuple[dict[str, str], dict[str, str]]:
    """What is found of a picture of w_00 whose two files bear the names `right` and `wrong`; and that row of audit."""
    split, index, views = world(COUNTS)
    split.loc[[0, 1], "group"] = "g_both"
    split.loc[[0, 1], "fold"] = "left_out"
    split.loc[[0, 1], "identity"] = [right, wrong]
    row = {"kind": "conflict", "image": split["image"][0], "other": split["image"][1]}
    audited = pd.DataFrame([row | {"label": right, "other_label": wrong, "finding": ""}])
    images = index.assign(row=range(2, len(index) + 2), md5="m" + index["image"])
    rows = findings(SAID.head(0), split, (index, [views, views]), images, audited)
    [one] = rows[rows["kind"] == "conflict"].to_dict("records")
    return one, findings_table([dict.fromkeys(COLUMNS, "") | row | {"label": right, "other_label": wrong}],
                         dict(zip(images["image"], images["md5"], strict=True))).iloc[0].to_dict()  # fmt: skip


@pytest.mark.parametrize(("label", "other_label"), [("w_00", "w_05"), ("w_05", "w_00"), ("w_00", "w_40")])
def test_of_two_names_the_neighbours_say_which_stays_and_the_photograph_that_goes_is_named(
    label: str, other_label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longtail.evaluation.findings.may_relabel", lambda kind: kind == "conflict")
    row, audits = conflicting(label, other_label)
    assert row["other_label"] == "w_00"
    assert row["image"] == ("w_00_1.jpg" if label == "w_00" else "w_00_0.jpg")
    assert row["proposal"] == "relabel"
    assert "times as likely as" in row["detail"]
    assert row["finding"] == audits["finding"], "the same question as audit's, so one decision answers both"
    monkeypatch.setattr("longtail.evaluation.findings.may_relabel", lambda kind: False)
    assert conflicting(label, other_label)[0]["proposal"] == ""


def test_of_two_names_that_both_look_wrong_none_is_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longtail.evaluation.findings.may_relabel", lambda kind: True)
    assert conflicting("w_04", "w_05")[0]["proposal"] == ""


def predictions(*rows: tuple[str, str, bool, str, str, str, float]) -> pd.DataFrame:
    """image, identity, known, half, first, second, score; the nearest is named after the first."""
    table = pd.DataFrame(rows, columns=["image", "identity", "known", "half", "first", "second", "score"])
    table["class_count"] = table["known"].astype("int64")
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


def found() -> pd.DataFrame:
    nothing = pd.DataFrame({"image": [], "identity": [], "group": [], "fold": []}).astype("str")
    empty = PairedEmbeddings(*[np.empty((0, 2), np.float32)] * 2)
    images = pd.DataFrame({"image": [f"{number}.jpg" for number in range(1, 10)], "row": range(2, 11)})
    images["md5"] = images["image"]
    audited = NO_CONFLICT.assign(kind="")
    return findings(SAID, nothing, (nothing[["image"]], [empty, empty]), images, audited)


def test_identities_taken_for_each_other_twice_are_a_confusion() -> None:
    table = found()
    assert tuple(table.columns) == COLUMNS
    [row] = table[table["kind"] == "confusion"].to_dict("records")
    assert (row["image"], row["other"], row["label"], row["other_label"]) == ("2.jpg", "like_bea", "ada", "bea")
    assert row["detail"] == "2 of 3 photographs of ada are predicted as bea, 1 of 1 the other way round"
    assert (row["severity"], row["proposal"], row["row"]) == ("info", "", "3")


def test_mistakes_that_are_surer_than_half_of_the_right_answers_are_confident() -> None:
    rows = found()
    rows = rows[rows["kind"] == "confident_mistake"].set_index("image")
    # Right are 5.jpg (0.7) in half a, 4.jpg (0.5) in half b: 3.jpg, at 0.3, is not sure.
    assert sorted(rows.index) == ["1.jpg", "2.jpg", "6.jpg", "7.jpg", "9.jpg"]
    detail = "predicted as bea, with a higher score than 100% of the right predictions; "
    assert rows.loc["1.jpg", "detail"] == detail + "ada is second"
    assert rows.loc["2.jpg", "detail"] == detail + "ada is not among the five"
    assert rows.loc["7.jpg", "detail"].endswith("; it is labelled unknown")
    assert rows.loc["9.jpg", "detail"].endswith("; dora is not in the train fold")


def test_all_that_was_found_is_written_the_surest_first() -> None:
    predicted = pd.concat([SAID] * 20, ignore_index=True)
    predicted["image"] = [f"{number}.jpg" for number in range(len(predicted))]
    nothing = pd.DataFrame({"image": [], "identity": [], "group": [], "fold": []}).astype("str")
    empty = PairedEmbeddings(*[np.empty((0, 2), np.float32)] * 2)
    images = pd.DataFrame({"image": predicted["image"], "row": 2, "md5": predicted["image"]})
    rows = findings(predicted, nothing, (nothing[["image"]], [empty, empty]), images, NO_CONFLICT.assign(kind=""))
    mistakes = rows[rows["kind"] == "confident_mistake"]
    assert len(mistakes) == 5 * 20
    scores = predicted.set_index("image")["score"][mistakes["image"]].tolist()
    assert scores[:20] == [0.9] * 20


@pytest.mark.parametrize("may", [True, False])
def test_a_doubted_label_is_told_once_and_proposes_the_other_name_where_that_was_often_right(
    may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longtail.evaluation.findings.may_relabel", lambda kind: may and kind == "likely_label_error")
    split, index, views = world(COUNTS)
    split = flipped(split)
    predicted = predictions(
        ("w_02_2.jpg", "w_11", True, "a", "w_02", "w_11", 0.9), ("b", "w_11", True, "a", "w_11", "", 0.5)
    )
    images = index.assign(row=range(2, len(index) + 2), md5=index["image"])
    table = findings(predicted, split, (index, [views, views]), images, NO_CONFLICT.assign(kind=""))
    assert "confident_mistake" not in set(table["kind"])
    [row] = table[table["image"] == "w_02_2.jpg"].to_dict("records")
    assert (row["kind"], row["severity"], row["proposal"]) == (
        "likely_label_error",
        "warning",
        "relabel" if may else "",
    )
    position = index["image"].tolist().index("w_02_2.jpg")
    assert (row["label"], row["other_label"], row["row"]) == ("w_11", "w_02", str(position + 2))
    assert row["other"].startswith("w_02_")
    assert row["detail"].startswith("its two nearest groups are of w_02 (similarity 0.")
    assert "; the nearest other group of w_11: " in row["detail"]


def test_a_decision_holds_for_another_network(tmp_path: Path) -> None:
    """The same errors seen by two networks: other similarities, another order, the same questions."""
    tables = []
    for network in (1, 2):
        split, index, views = world(COUNTS)
        rng = np.random.default_rng(network)
        other = [view + rng.normal(0, 0.1, view.shape).astype(np.float32) for view in (views.plain, views.mirrored)]
        turned = PairedEmbeddings(*other)
        images = index.assign(row=range(2, len(index) + 2), md5=index["image"])
        tables.append(
            findings(SAID.head(0), flipped(split), (index, [turned, turned]), images, NO_CONFLICT.assign(kind=""))
        )
    before, after = (table[table["image"].isin(FLIPS)] for table in tables)
    assert not before["detail"].isin(after["detail"]).any()
    edits = tmp_path / "edits.csv"
    rows = [f"{row.image},keep,{row.kind} {row.finding},Rae,,seen\n" for row in before.itertuples()]
    edits.write_text("image,action,value,who,when,why\n" + "".join(rows))
    assert set(after["image"]) == set(FLIPS)
    assert drop_decided(after, rows_of(edits), "new_whale").empty
    assert len(drop_decided(tables[1], rows_of(edits), "new_whale")) == len(tables[1]) - len(FLIPS)


def test_a_known_individual_from_a_side_that_was_never_seen_is_told_so() -> None:
    predicted = predictions(("1.jpg", "ada", True, "a", "ada", "", 0.5), ("2.jpg", "bea", False, "a", "ada", "", 0.7))
    predicted["class_count"] = 3
    nothing = pd.DataFrame({"image": [], "identity": [], "group": [], "fold": []}).astype("str")
    empty = PairedEmbeddings(*[np.empty((0, 2), np.float32)] * 2)
    images = pd.DataFrame({"image": predicted["image"], "row": 2, "md5": predicted["image"]})
    rows = findings(predicted, nothing, (nothing[["image"]], [empty, empty]), images, NO_CONFLICT.assign(kind=""))
    assert rows["detail"].str.endswith("; the train fold has no photograph of bea from its side").all()
