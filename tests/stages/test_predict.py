"""predict on a drawn world: the test photographs t0.jpg .. t5.jpg show ada, bea, cleo, dora, eve and fay."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from longtail.errors import BadInput
from longtail.params import DataParams
from longtail.publishing.submission import check_submission
from longtail.recognition import identifier
from longtail.recognition.classifiers.fit import FitSettings
from longtail.recognition.local_matching import fusion
from longtail.run_record import Summary
from longtail.stages import evaluate, predict
from tests.recognition.world import IDENTITIES, build, flip, part, plant_keypoints

SETTINGS = asdict(FitSettings())
LIGHT = predict.Params.model_validate({"compute": {"threads": 1}})
SHOWN = [*IDENTITIES][:6]


def choose(
    root: Path,
    scorer: str = "nearest_neighbour",
    approach: str = "none",
    threshold: float | None = 0.9,
    **others: Any,
) -> None:
    choice = {"classifier": scorer, "strategy": approach, "threshold": threshold, "settings": SETTINGS, **others}
    (root / "artifacts/evaluate/choice.json").write_text(json.dumps(choice), encoding="utf-8")


def run(root: Path, **params: Any) -> Summary:
    return predict.run(LIGHT.model_copy(update=params), predict.Paths.at(root))


def submission(root: Path) -> dict[str, list[str]]:
    lines = (root / "artifacts/predict/submission.csv").read_text("utf-8").splitlines()
    return {line.split(",")[0]: line.split(",")[1].split(" ") for line in lines[1:]}


def candidates(root: Path) -> pd.DataFrame:
    return pd.read_parquet(root / "artifacts/predict/candidates.parquet")


def decided(root: Path) -> pd.DataFrame:
    return pd.read_parquet(root / "artifacts/predict/decisions.parquet")


def told(root: Path) -> dict[str, Any]:
    return json.loads((root / "artifacts/predict/identifier/identifier.json").read_text("utf-8"))


def named_first(root: Path) -> list[str]:
    """The first known candidate of each test photograph, wherever "new" stands."""
    rows = candidates(root)
    return rows[rows["identity"] != ""].groupby("image")["identity"].first().tolist()


def matched(root: Path, *rows: tuple[str, str, float]) -> None:
    matches = pd.DataFrame(rows, columns=["image", "match", "distance"]).assign(kind="near")
    matches.to_parquet(root / "artifacts/audit/test_matches.parquet", index=False)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    build(tmp_path, noise=0.1)
    choose(tmp_path)
    return tmp_path


def test_those_that_nothing_learned_from_are_named_all_the_same(world: Path) -> None:
    split = pd.read_parquet(world / "artifacts/split/split.parquet")
    cleo = split["identity"] == "cleo"
    split.loc[cleo, ["fold", "scored", "known", "class_count"]] = ["discover", False, False, 0]
    split.to_parquet(world / "artifacts/split/split.parquet", index=False)
    run(world)
    index = json.loads((world / "artifacts/predict/identifier/identifier.json").read_text("utf-8"))
    assert index["classifier"] == "nearest_neighbour"
    assert named_first(world)[:3] == SHOWN[:3]  # t2.jpg shows cleo


@pytest.fixture
def labelled_as(world: Path) -> Callable[[str], str]:
    split = pd.read_parquet(world / "artifacts/split/split.parquet")
    return lambda identity: str(split.loc[split["identity"] == identity, "image"].iloc[0])


def test_each_test_photograph_gets_its_identity_first_then_new(world: Path) -> None:
    summary = run(world)
    assert {image: labels[:2] for image, labels in submission(world).items()} == {
        f"t{number}.jpg": [name, "new_whale"] for number, name in enumerate(SHOWN)
    }
    check_submission(world / "artifacts/predict/submission.csv", [f"t{i}.jpg" for i in range(6)], DataParams())
    labelled = pd.read_parquet(world / "artifacts/split/split.parquet")["identity"].ne("").sum()
    assert summary.line.endswith(f"nearest_neighbour under none, {labelled} labelled photographs")


def test_identities_that_are_only_in_valid_can_be_named_after_the_refit(world: Path) -> None:
    run(world)
    assert "stranger_1" in told(world)["identities"]
    assert "" not in told(world)["identities"]


def test_local_scaling_of_the_final_gallery_is_kept_for_identify(world: Path) -> None:
    run(world)
    plain = [load_file(world / "artifacts/predict/identifier/gallery.safetensors"), candidates(world)]
    assert "reranking" not in told(world)
    choose(world, reranking={"method": "local_scaling", "why": ""})
    run(world)
    scaled = [load_file(world / "artifacts/predict/identifier/gallery.safetensors"), candidates(world)]
    assert told(world)["reranking"] == "local_scaling"
    assert set(scaled[0]) == {*plain[0], "offset"}
    offset = dict(zip(told(world)["identities"], scaled[0]["offset"].tolist(), strict=True))
    both = plain[1].merge(scaled[1], on=["image", "identity"], suffixes=("", "_scaled"))
    both = both[both["kind"] == "classifier"]
    assert len(both)
    np.testing.assert_allclose(both["score"] - both["score_scaled"], both["identity"].map(offset), atol=2e-6)


@pytest.mark.parametrize("strategy", ["none", "augmented_oversampling", "class_balanced"])
def test_a_linear_head_is_refitted(world: Path, strategy: str) -> None:
    choose(world, "linear_probe", strategy, threshold=0.0)
    run(world)
    assert named_first(world) == SHOWN
    head = load_file(world / "artifacts/predict/identifier/head.safetensors")
    assert len(head["weight"]) == len(told(world)["classes"])
    assert told(world)["classes"] == told(world)["identities"]


def test_the_networks_head_is_used_as_it_is_and_that_is_said(world: Path) -> None:
    choose(world, "trained_head", "as_trained", threshold=0.0)
    summary = run(world)
    assert named_first(world) == SHOWN
    assert set(candidates(world)["identity"]) <= {*IDENTITIES, ""}
    assert any("used as trained" in warning for warning in summary.warnings)


def test_candidates_tell_score_kind_and_the_photograph_that_supports_them(world: Path) -> None:
    run(world)
    rows = candidates(world)
    assert list(rows.columns) == ["image", "rank", "identity", "score", "probability", "match", "kind"]
    assert rows.groupby("image")["rank"].apply(list).map(len).eq(5).all()
    assert rows.groupby("image")["score"].apply(lambda scores: scores.is_monotonic_decreasing).all()
    new = rows[rows["kind"] == "new"]
    assert new["identity"].eq("").all()
    assert new["score"].eq(round(told(world)["threshold"], 6)).all()
    owner = pd.read_parquet(world / "artifacts/split/split.parquet").set_index("image")["identity"]
    named = rows[rows["kind"] == "classifier"]
    assert named["match"].map(owner).tolist() == named["identity"].tolist()


def test_a_test_photograph_of_a_labelled_picture_gets_that_label_first(
    world: Path, labelled_as: Callable[[str], str]
) -> None:
    matched(world, ("t0.jpg", labelled_as("gus"), 0.4))
    summary = run(world)
    assert submission(world)["t0.jpg"][:3] == ["gus", "ada", "new_whale"]
    assert submission(world)["t0.jpg"].count("gus") == 1
    first = candidates(world).iloc[0]
    assert first[["identity", "match", "kind"]].tolist() == ["gus", labelled_as("gus"), "duplicate"]
    assert summary.facts["duplicates"] == 1


def test_a_picture_of_unknown_label_says_new_first(world: Path, labelled_as: Callable[[str], str]) -> None:
    matched(world, ("t0.jpg", labelled_as(""), 0.0))
    run(world)
    assert submission(world)["t0.jpg"][:2] == ["new_whale", "ada"]
    assert submission(world)["t0.jpg"].count("new_whale") == 1


def test_of_several_labelled_pictures_the_named_come_first_then_the_nearest(
    world: Path, labelled_as: Callable[[str], str]
) -> None:
    matched(
        world,
        ("t0.jpg", labelled_as(""), 0.0),
        ("t0.jpg", labelled_as("eve"), 0.4),
        ("t0.jpg", labelled_as("bea"), 0.1),
        ("t0.jpg", "dropped.jpg", 0.0),  # not in the split: it says nothing
    )
    run(world)
    assert submission(world)["t0.jpg"][:4] == ["bea", "eve", "new_whale", "ada"]


def disputed(world: Path, identity: str, other: str) -> str:
    """A second photograph of one of `identity`'s pictures, which bears the name of `other`: both are left out."""
    path = world / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)
    first = split[(split["identity"] == identity) & (split["fold"] == "train")].head(1)
    second = first.assign(image="another.jpg", identity=other)
    split = pd.concat([split, second], ignore_index=True)
    both = split["group"] == first["group"].iloc[0]
    split.loc[both, ["fold", "reason", "scored", "known"]] = ["left_out", "two names for one picture", False, False]
    split.to_parquet(path, index=False)
    return str(first["image"].iloc[0])


def test_a_picture_with_two_names_says_both_and_is_counted(world: Path) -> None:
    match = disputed(world, "bea", "cleo")
    matched(world, ("t0.jpg", match, 0.0))
    summary = run(world)
    assert submission(world)["t0.jpg"][:4] == ["bea", "cleo", "ada", "new_whale"]
    rows = candidates(world).head(2)
    assert rows["kind"].tolist() == ["duplicate", "duplicate"]
    assert rows["match"].tolist() == [match, "another.jpg"]
    assert summary.facts["duplicates_in_conflict"] == 1
    assert any("1 test photograph of a picture with two labels" in warning for warning in summary.warnings)


def test_a_name_beside_unknown_is_no_conflict(world: Path, labelled_as: Callable[[str], str]) -> None:
    matched(world, ("t0.jpg", labelled_as(""), 0.0), ("t0.jpg", labelled_as("eve"), 0.4))
    assert run(world).facts["duplicates_in_conflict"] == 0


def test_duplicates_first_can_be_switched_off(world: Path, labelled_as: Callable[[str], str]) -> None:
    matched(world, ("t0.jpg", labelled_as("gus"), 0.4))
    run(world, duplicates_first=False)
    assert submission(world)["t0.jpg"][0] == "ada"


def test_a_broken_test_photograph_gets_new_and_the_most_frequent(world: Path) -> None:
    images = pd.DataFrame({"image": ["broken.jpg", *(f"t{i}.jpg" for i in range(6))], "error": ""})
    images.to_parquet(world / "artifacts/prepare/test.parquet", index=False)
    summary = run(world)
    assert list(submission(world)) == images["image"].tolist()
    assert submission(world)["broken.jpg"] == ["new_whale", "ada", "bea", "cleo", "dora"]
    assert any("1 test photograph cannot be opened" in warning for warning in summary.warnings)


def test_an_empty_test_set_gives_a_submission_of_a_header(world: Path) -> None:
    nothing = np.empty((0, 16), np.float32)
    part(world, "test", pd.Series([], dtype="str"), nothing, nothing)
    pd.DataFrame({"image": pd.Series([], dtype="str")}).to_parquet(world / "artifacts/prepare/test.parquet")
    run(world)
    assert (world / "artifacts/predict/submission.csv").read_text("utf-8") == "Image,Id\n"
    assert candidates(world).empty


def test_without_a_word_for_unknown_new_is_never_said(world: Path, labelled_as: Callable[[str], str]) -> None:
    matched(world, ("t0.jpg", labelled_as(""), 0.0))
    summary = run(world, data=DataParams(unknown_label="", image_column="file", identity_column="who"))
    assert {name for labels in submission(world).values() for name in labels} <= {
        *IDENTITIES,
        *(f"stranger_{i}" for i in range(12)),
    }
    assert (world / "artifacts/predict/submission.csv").read_text("utf-8").startswith("file,who\n")
    assert any("new is never predicted" in warning for warning in summary.warnings)


def test_labels_with_spaces_are_refused_before_anything_is_written(world: Path) -> None:
    path = world / "artifacts/split/split.parquet"
    split = pd.read_parquet(path)
    split["identity"] = split["identity"].replace({"ada": "ada the great", "gus": "gus jr"})
    split.to_parquet(path, index=False)
    with pytest.raises(BadInput, match=r"2 x label with a space in it, e\.g\. 'ada the great'\. Rename them"):
        run(world)
    assert list((world / "artifacts/predict").iterdir()) == []


def test_twice_gives_equal_bytes(world: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = build(tmp_path_factory.mktemp("other"), noise=0.1)
    for root in (world, other):
        choose(root, "linear_probe", "augmented_oversampling", threshold=0.1)
        run(root)
    files = [path for path in (world / "artifacts/predict").rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        assert (other / path.relative_to(world)).read_bytes() == path.read_bytes(), path.name


def test_the_gallery_of_a_nearest_neighbour_is_what_it_compares_with(world: Path) -> None:
    choose(world, approach="augmented_oversampling")
    run(world)
    gallery = load_file(world / "artifacts/predict/identifier/gallery.safetensors")
    copies = pd.read_parquet(world / "artifacts/oversample/augmented.parquet")
    photographs = pd.read_parquet(world / "artifacts/split/split.parquet")["identity"].ne("").sum()
    assert len(gallery["plain"]) == len(gallery["identity"]) == len(told(world)["images"]) == photographs + len(copies)
    np.testing.assert_allclose(np.linalg.norm(gallery["plain"], axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(gallery["mirrored"], flip(gallery["plain"]), rtol=1e-5)


def test_the_threshold_is_fitted_anew_after_the_refit_and_both_are_told(world: Path) -> None:
    choose(world, threshold=0.123)
    summary = run(world)
    identifier = told(world)
    assert identifier["threshold_on_valid"] == 0.123
    assert 0.3 < identifier["threshold"] < 1
    assert identifier["unknown_share"] == pytest.approx(12 / 26)
    assert identifier["calibration"]["kind"] == "platt"
    assert identifier["calibration"]["new"][0][1] < 0  # the better the best score, the less likely new
    assert summary.facts["threshold"] == identifier["threshold"]


def test_the_more_unknowns_are_expected_the_more_often_new_is_said(tmp_path: Path) -> None:
    build(tmp_path, noise=0.9, dims=4, unknown=40)
    choose(tmp_path)
    said = {}
    for share in (0.02, 0.95):
        run(tmp_path, expected_unknown_share=share)
        said[share] = decided(tmp_path)
        assert told(tmp_path)["unknown_share"] == share
    assert (said[0.02]["probability_new"] < said[0.95]["probability_new"]).all()
    assert (said[0.02]["threshold"] < said[0.95]["threshold"]).all()
    np.testing.assert_array_equal(said[0.02]["best_score"], said[0.95]["best_score"])


def test_the_networks_head_keeps_the_threshold_of_valid(world: Path) -> None:
    """It is not refitted: candidates of valid, and so the threshold, are what evaluate found."""
    settings = evaluate.Params.model_validate({"resamples": 100, "classifiers": ["trained_head"], "seeds": 1})
    evaluate.run(settings, evaluate.Paths.at(world))
    summary = run(world)
    assert told(world)["threshold"] == told(world)["threshold_on_valid"] is not None
    assert any("its threshold is fitted on valid, before any refit" in warning for warning in summary.warnings)


def test_decisions_tell_how_likely_each_test_photograph_is_new(world: Path) -> None:
    stranger = np.random.default_rng(9).normal(size=(1, 16)).astype(np.float32)
    known = np.load(world / "artifacts/embed/test/embeddings.npy")[:2]
    part(
        world,
        "test",
        pd.Series(["x.jpg", "y.jpg", "z.jpg"]),
        np.vstack([known, stranger]),
        np.vstack([flip(known), flip(stranger)]),
    )
    pd.DataFrame({"image": ["broken.jpg", "x.jpg", "y.jpg", "z.jpg"]}).to_parquet(
        world / "artifacts/prepare/test.parquet"
    )
    run(world)
    rows = decided(world).set_index("image")
    assert rows.index.tolist() == ["broken.jpg", "x.jpg", "y.jpg", "z.jpg"]
    assert rows.loc["broken.jpg", ["best_score", "probability_new"]].isna().all()
    assert rows.loc["z.jpg", "probability_new"] > 0.8 > 0.3 > rows.loc["x.jpg", "probability_new"]
    assert rows["threshold"].nunique() == 1


def test_ranked_by_probability_every_file_has_the_same_numbers_in_the_same_order(
    tmp_path: Path,
) -> None:
    world = build(tmp_path, noise=0.9, dims=4, unknown=40)
    choose(world)
    choice = json.loads((world / "artifacts/evaluate/choice.json").read_text())
    choice |= {"ranking": {"rule": "probability", "why": "as measured"}}
    (world / "artifacts/evaluate/choice.json").write_text(json.dumps(choice))
    split = pd.read_parquet(world / "artifacts/split/split.parquet")
    matched(world, ("t0.jpg", split.loc[split["identity"] == "gus", "image"].iloc[0], 0.4))
    summary = run(world, expected_unknown_share=0.2)
    rows, decisions = candidates(world), decided(world).set_index("image")
    assert not any("Ranked by the threshold" in warning for warning in summary.warnings)
    assert rows.loc[rows["image"] == "t0.jpg", "probability"].isna().all()  # a picture of gus
    assert decisions.loc["t0.jpg", ["probability_new", "unknown_share"]].isna().all()
    first_new = 0
    for image, own in rows[rows["image"] != "t0.jpg"].groupby("image"):
        assert own["probability"].is_monotonic_decreasing
        assert submission(world)[str(image)] == [name or "new_whale" for name in own["identity"]]
        new = decisions.loc[str(image), "probability_new"]
        assert own.loc[own["identity"] == "", "probability"].isin([new]).all()
        assert (own["identity"].iloc[0] == "") == (new > own.loc[own["identity"] != "", "probability"].max())
        assert own.loc[own["identity"] == "", "score"].isna().all()
        first_new += own["identity"].iloc[0] == ""
    assert 0 < first_new < 5
    assert "new first (probabilities for 20% new); " in summary.line
    assert decisions["unknown_share"].dropna().eq(0.2).all()
    assert told(world)["ranking"]["rule"] == "probability"


def test_without_anything_new_in_valid_an_expected_share_is_said_to_change_nothing(tmp_path: Path) -> None:
    build(tmp_path, unknown=0)
    choose(tmp_path, threshold=None)
    summary = run(tmp_path, expected_unknown_share=0.3)
    assert any("expected_unknown_share changes nothing" in warning for warning in summary.warnings)
    assert told(tmp_path)["threshold"] is None
    assert decided(tmp_path)[["probability_new", "threshold"]].isna().all(axis=None)


def test_where_marks_are_used_they_decide_and_the_identifier_holds_them(tmp_path: Path) -> None:
    """Embeddings of nothing but noise: marks alone can name the test photographs."""
    world = build(tmp_path, noise=1.6)
    plant_keypoints(world)
    choose(world)
    run(world)
    without, files = named_first(world), {path.name for path in (world / "artifacts/predict/identifier").iterdir()}
    assert "keypoints" not in files
    path = world / "artifacts/evaluate/choice.json"
    fused = {"used": True, "why": "as measured", "corners": [3, 8], "heights": [0, 1], "weight": 0.8}
    fused["counted"] = fusion.COUNTED
    path.write_text(json.dumps(json.loads(path.read_text()) | {"local_matching": fused}))
    run(world)
    assert named_first(world) == SHOWN != without
    known = identifier.read(world / "artifacts/predict/identifier")
    assert known.keypoints is not None
    assert set(known.keypoints.images) == set(known.images)
    assert known.metadata["local_matching"] == fused
    best = decided(world)["best_score"]
    assert (best > 0.8).all()  # of the fused scores
    rows = candidates(world).query("kind == 'classifier'")
    first = rows.drop_duplicates("image")
    assert (first["marks"] > 8).all(), "of the photograph behind it"
    others = rows.drop(first.index)
    assert others["marks"].max() < first["marks"].min()
    assert told(world)["threshold"] < best.min()
