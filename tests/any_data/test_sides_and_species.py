"""A right flank is never a candidate for a left one, nor a seal for a whale: in scores, predictions and answers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from longtail.errors import BadInput
from longtail.identifying import photograph
from longtail.identifying.project import open_project
from longtail.identifying.query_traits import query_traits
from longtail.params import DataParams
from longtail.stages import audit, prepare
from tests.any_data.chain import Ran, run_all
from tests.any_data.drawn import Drawn

pytestmark = pytest.mark.slow
DATA = DataParams(side_column="view", species_column="kind")
SIDES = ("left", "Right ")
WHALES, SEALS = 7, 6


@dataclass(frozen=True)
class WithSides(Drawn):
    """Photographs of two species, left and right in turn; both species have a `bo`.

    Whales are labelled from the left, and once from the right; `seal_1` from the front alone. Of every tenth
    photograph the side is not known.
    """

    def write(self, root: Path) -> None:
        super().write(root)
        for name in ("train.csv", "sample_submission.csv"):
            labelled, target = name == "train.csv", root / "data/raw" / name
            with target.open(newline="", encoding="utf-8") as text:
                header, *rows = csv.reader(text)
            answers = dict(csv.reader((root / "solution.csv").read_text("utf-8").splitlines()))
            with target.open("w", newline="", encoding="utf-8") as text:
                writer = csv.writer(text)
                writer.writerow([*header, "view", "kind"])
                for number, (image, label) in enumerate(rows):
                    whose = label if labelled else answers[image]
                    side = self._side(whose, number, labelled=labelled)
                    species = "Monk  seal" if whose.startswith("seal") or (number % 2 and "_" not in whose) else "whale"
                    writer.writerow([image, "bo" if label in ("whale_bo", "seal_bo") else label, side, species])

    def _side(self, whose: str, number: int, *, labelled: bool) -> str:
        if whose == "seal_1":
            return "front"
        if number % 10 == 9:
            return "unknown"
        return "left" if whose.startswith("whale_") and labelled and number % 6 != 5 else SIDES[number % 2]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    labels = {f"whale_{number}": 6 for number in range(WHALES)} | {f"seal_{number}": 6 for number in range(SEALS)}
    labels |= {"whale_bo": 6, "seal_bo": 6}
    drawn = WithSides(labels, unknown=12, test=[*list(labels) * 2, "", "", ""], data=DATA)
    train = {"mirror_as_identity": False}
    return run_all(tmp_path_factory.mktemp("sides"), drawn, train=train, audit={"min_similarity": 0.95})


def words(ran: Ran, part: str) -> pd.DataFrame:
    return ran.table(f"prepare/{part}.parquet").set_index("image")


def comparable(one: pd.Series, other: pd.Series) -> bool:
    return all(one[name] == other[name] or not one[name] or not other[name] for name in ("side", "species"))


def test_words_are_read_alike_and_a_shared_name_says_its_species(ran: Ran) -> None:
    labelled = words(ran, "labelled")
    assert set(labelled["side"]) == {"left", "right", "front", ""}
    assert set(labelled["species"]) == {"whale", "monk_seal"}
    assert {"bo@whale", "bo@monk_seal", "whale_2"} < set(labelled["label"])
    assert "bo" not in set(labelled["label"])
    facts = ran.said["prepare@labelled"].facts
    assert facts["side"]["not known"] == (labelled["side"] == "").sum()
    assert "without a side: compared with every side" in ran.warnings()


def test_no_candidate_of_a_test_photograph_is_of_another_side_or_species(ran: Ran) -> None:
    test, labelled = words(ran, "test"), words(ran, "labelled")
    candidates = ran.table("predict/candidates.parquet")
    named = candidates[candidates["identity"] != ""]
    assert len(named) > 50
    for row in named.itertuples(index=False):
        assert comparable(test.loc[row.image], labelled.loc[row.match]), row
        assert labelled.loc[row.match, "label"] == row.identity
    of_left = named[named["image"].map(test["side"]) == "left"]
    assert set(of_left["match"].map(labelled["side"])) <= {"left", ""}
    submission = ran.table("predict/submission.csv").set_index("Image")["Id"]
    assert not submission.str.contains("@").any()
    assert submission.str.split().explode().eq("bo").any()


def test_what_is_scored_was_compared_alike(ran: Ran) -> None:
    labelled = words(ran, "labelled")
    split = ran.table("split/split.parquet").set_index("image")
    train = labelled.loc[split.index[(split["fold"] == "train") & (split["identity"] != "")]]
    predictions = ran.table("evaluate/predictions.parquet")
    out_of_reach = 0
    for row in predictions.itertuples(index=False):
        query = labelled.loc[row.image]
        reached = {one["label"] for _, one in train.iterrows() if comparable(query, one)}
        named = {row.first, row.second, row.third, row.fourth, row.fifth} - {None, ""}
        assert {name for name in named if isinstance(name, str)} <= reached
        assert row.known == (row.identity in reached)
        out_of_reach += row.identity in set(train["label"]) - reached
        if isinstance(row.nearest, str):
            assert comparable(query, labelled.loc[row.nearest])
    metrics = ran.values("evaluate/metrics.json")
    assert metrics["out_of_reach"] == out_of_reach > 0
    assert set(metrics["by_species"]) == {"whale", "monk_seal"}
    assert sum(of["photographs"] for of in metrics["by_species"].values()) == len(predictions)


def test_no_finding_of_the_network_compares_two_sides_or_species(ran: Ran) -> None:
    labelled, findings = words(ran, "labelled"), ran.table("evaluate/findings.csv")
    asked = findings[(findings["other"] != "") & (findings["kind"] != "conflict")]
    assert len(asked)
    for row in asked.itertuples(index=False):
        assert comparable(labelled.loc[row.image], labelled.loc[row.other]), row


def test_an_answer_names_nobody_of_another_side_or_species(ran: Ran, tmp_path: Path) -> None:
    folder = ran.root / "artifacts/predict/identifier"
    project = open_project(ran.root, folder, lambda: prepare.Params, lambda: audit.Params, tmp_path / "graphs")
    labelled = words(ran, "labelled")
    known = project.predictor.identifier
    assert known.metadata["side"] == ["front", "left", "right"]
    for number, file in enumerate(sorted((ran.root / "data/raw/test").glob("*.jpg"))[:6]):
        query = photograph.inspect(file, tmp_path, project.copies, project.max_pixels)
        views = photograph.embed(query, project.network, project.card)
        side, species = ("left", "right")[number % 2], ("whale", "Monk seal")[number % 2]
        traits = query_traits(known, {"side": side, "species": species})
        answer = project.predictor.answer(query, views, traits)
        shown = [one for one in answer.candidates if one.identity]
        assert shown
        wanted = pd.Series({"side": side, "species": "monk_seal" if number % 2 else "whale"})
        assert all(comparable(wanted, labelled.loc[one.match]) for one in shown)
        of_all = project.predictor.answer(query, views, query_traits(known, {}))
        assert {one.identity for one in of_all.candidates} != {""}
    with pytest.raises(BadInput, match=r"--side of which there is no.*lfet.*Known: front, left, right"):
        query_traits(known, {"side": "lfet"})


def test_the_report_shows_the_scores_of_each_species(ran: Ran) -> None:
    page = ran.page()
    assert "Scores by species" in page
    assert "monk_seal" in page
