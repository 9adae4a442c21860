"""Sets without unknowns, without rare identities, with two, with nothing but identities seen once: each end to end."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pandas as pd
import pytest

from longtail.commands import score
from longtail.params import DataParams
from longtail.stages import predict, split
from tests.any_data.chain import Ran, run_all
from tests.any_data.drawn import Drawn

pytestmark = pytest.mark.slow

NO_WORD = DataParams(unknown_label="")
SMALL_CLASSES = ("1", "2-4", "5-9")


def graded(ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What `longtail score` says of the submission, from the project's root as a user would ask."""
    monkeypatch.chdir(ran.root)
    score.run(argparse.Namespace(submission=Path("artifacts/predict/submission.csv"), solution=Path("solution.csv")))
    return capsys.readouterr().out


def guesses(ran: Ran) -> list[list[str]]:
    submission = pd.read_csv(ran.root / "artifacts/predict/submission.csv", dtype=str, keep_default_na=False)
    return [cell.split(" ") for cell in submission.iloc[:, 1]]


@pytest.fixture(scope="module")
def without_unknowns(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Eight identities, four photographs each, softmax; the label that would say "unknown" occurs nowhere."""
    drawn = Drawn({f"w{number}": 4 for number in range(8)}, test=["w0", "w1", "w2"])
    softmax = {"head": "softmax", "mirror_as_identity": False, "embedding_size": 0}
    return run_all(tmp_path_factory.mktemp("without_unknowns"), drawn, train=softmax)


@pytest.fixture(scope="module")
def all_large(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Four identities, fourteen photographs each, ten unknown; no test photographs."""
    drawn = Drawn({f"w{number}": 14 for number in range(4)}, unknown=10)
    return run_all(tmp_path_factory.mktemp("all_large"), drawn)


@pytest.fixture(scope="module")
def two_identities(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    drawn = Drawn({"ada": 10, "bea": 8}, test=["ada", "bea", "bea"], data=NO_WORD)
    return run_all(tmp_path_factory.mktemp("two"), drawn, predict={"expected_unknown_share": 0.0})


@pytest.fixture(scope="module")
def all_seen_once(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    drawn = Drawn({f"w{number}": 1 for number in range(30)}, unknown=10, test=["w0", "w1", ""])
    return run_all(tmp_path_factory.mktemp("once"), drawn)


def test_without_unknowns_new_is_never_said_and_open_is_closed(without_unknowns: Ran) -> None:
    metrics = without_unknowns.values("evaluate/metrics.json")
    assert metrics["open_map_at_5"] == metrics["closed_map_at_5"]
    assert without_unknowns.values("evaluate/choice.json")["threshold"] is None
    assert without_unknowns.values("predict/identifier/identifier.json")["threshold"] is None
    assert not any("new_whale" in said for said in guesses(without_unknowns))
    assert without_unknowns.table("evaluate/reliability.csv").empty


def test_without_unknowns_every_stage_that_it_touches_says_so(without_unknowns: Ran) -> None:
    said = {name: "\n".join(summary.warnings) for name, summary in without_unknowns.said.items()}
    assert "no photograph is labelled 'new_whale' (data.unknown_label)" in said["validate"]
    assert "no unknown is scored: no threshold can be fitted, and predict will never say new" in said["split"]
    assert "no threshold is fitted, new is never predicted, open = closed" in said["evaluate"]
    assert "no threshold: new is never predicted" in said["predict"]
    page = without_unknowns.page()
    assert "“new” is never predicted, and the open score equals the closed score" in page
    assert "the detection of new individuals was not measured" in page


def test_without_unknowns_the_submission_is_valid(
    without_unknowns: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "3 images of 3 identities, 0 of them new_whale" in graded(without_unknowns, monkeypatch, capsys)
    assert all(len(set(said)) == 5 for said in guesses(without_unknowns))


def test_where_all_are_large_nothing_is_added_and_that_is_said(all_large: Ran) -> None:
    assert all_large.table("oversample/augmented.parquet").empty
    assert set(all_large.table("oversample/plan.parquet")["variant"]) == {"original"}
    assert "no identity lies under min_count (10): there is no variant to make" in all_large.said["oversample"].line
    rows = all_large.table("evaluate/leaderboard.csv").set_index(["classifier", "strategy"])
    assert set(rows["added"]) == {"0"}
    assert "no identity is rare: oversampling (augmented_oversampling, smote) adds no images" in all_large.warnings()
    assert "No filtered variants were made" in all_large.page()


def test_where_all_are_large_the_rare_slices_are_empty(all_large: Ran) -> None:
    card = all_large.table("evaluate/scorecard.csv").set_index("slice")
    assert card.loc[list(SMALL_CLASSES), "photographs"].tolist() == ["0", "0", "0"]
    assert card.loc["10+", "photographs"] == card.loc["known (closed)", "photographs"]
    assert all_large.values("evaluate/metrics.json")["unknowns"] > 0


def test_without_test_photographs_the_submission_is_a_header(all_large: Ran) -> None:
    assert (all_large.root / "artifacts/predict/submission.csv").read_text("utf-8") == "Image,Id\n"
    assert all_large.table("predict/candidates.parquet").empty
    assert "There are no test photographs" in all_large.page()


def test_two_identities_are_two_candidates(
    two_identities: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [sorted(said) for said in guesses(two_identities)] == [["ada", "bea"]] * 3
    assert two_identities.table("evaluate/predictions.parquet")[["third", "fourth", "fifth"]].isna().all(axis=None)
    assert "among the five: 3" in graded(two_identities, monkeypatch, capsys)


def test_two_identities_stand_beside_balanced_accuracy_and_recall(two_identities: Ran) -> None:
    recall = two_identities.table("evaluate/recall.csv")
    assert recall["identity"].tolist() == ["ada", "bea"]
    balanced = two_identities.values("evaluate/metrics.json")["balanced_accuracy"]
    assert recall["recall"].astype(float).mean() == pytest.approx(balanced, abs=1e-5)
    assert f"2 identities: five predictions cover most of them; balanced accuracy, {balanced:.3f}" in (
        two_identities.warnings()
    )
    for text in (two_identities.page(), two_identities.card()):
        assert "random guesses already give a closed MAP@5 of 0.750" in text
        assert f"Use balanced accuracy ({balanced:.3f}) and the recall of each identity" in text
    page = two_identities.page()
    assert "With 2 identities, recall is more informative than MAP@5" in page
    for row in recall.itertuples():
        assert f"{row.identity} {row.class_count} {row.photographs} {float(row.recall):.3f}" in page


def test_seen_once_only_the_nearest_neighbour_is_left_and_the_run_says_so(all_seen_once: Ran) -> None:
    rows = all_seen_once.table("evaluate/leaderboard.csv")
    assert rows[["classifier", "strategy"]].to_numpy().tolist() == [["nearest_neighbour", "none"]]
    assert "no identity has two groups: only unknowns are scored" in all_seen_once.warnings()
    assert "every identity has one picture in the train fold: only the nearest neighbour is compared" in (
        all_seen_once.warnings()
    )
    for text in (all_seen_once.page(), all_seen_once.card()):
        assert "Every identity has one picture in the train fold: class means equal the nearest neighbour" in text
        assert "How well known identities are recognised was not measured" in text


def test_seen_once_the_page_claims_nothing_about_known_ones(all_seen_once: Ran) -> None:
    page = all_seen_once.page()
    assert "the share of known individuals called new was not measured" in page
    assert "No photograph of a known identity was held out." in page
    assert "0 identities, recall is more" not in page
    assert "2.000" not in page, "no axis goes beyond what a score can be"


def test_seen_once_names_can_be_put_first(
    all_seen_once: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [said[0] for said in guesses(all_seen_once)] == ["new_whale"] * 3
    assert "predict.expected_unknown_share: 0 puts names first" in all_seen_once.warnings()
    shutil.copytree(all_seen_once.root, tmp_path, dirs_exist_ok=True)
    summary = predict.run(predict.Params(expected_unknown_share=0.0), predict.Paths.at(tmp_path))
    named = Ran(tmp_path, {"predict": summary})
    assert all("new_whale" not in said for said in guesses(named))
    assert [said[1:] for said in guesses(all_seen_once)] == [said[:4] for said in guesses(named)]
    assert "puts names first" not in named.warnings()
    assert "3 images of 2 identities, 1 of them new_whale" in graded(named, monkeypatch, capsys)


def test_without_a_word_for_unknown_the_score_that_holds_is_named(tmp_path: Path) -> None:
    drawn = Drawn({f"w{number}": 1 + number % 2 for number in range(20)}, test=["w0"], data=NO_WORD)
    ran = run_all(tmp_path, drawn, split={"new_identity_share": 0.5})
    assert ran.values("evaluate/metrics.json")["unknowns"] > 0, "of the identities seen once some are held out as new"
    assert ran.values("predict/identifier/identifier.json")["threshold"] is None
    assert len(guesses(ran)[0]) == 5
    assert "data.unknown_label is empty: new is never predicted here" in ran.warnings()
    assert "the submission never contains “new”. The open score counts “new” as an answer" in ran.page()

    split.run(split.Params(new_identity_share=0.0), split.Paths.at(tmp_path))  # the remedy that both name
    folds = ran.table("split/split.parquet")
    assert folds.loc[folds["fold"] == "train", "identity"].nunique() == 20
    assert folds.loc[folds["scored"], "known"].all()
