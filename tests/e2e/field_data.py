"""What tables of the field have, laid over the drawn photographs all at once: days, sides, species and boxes."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pandas as pd

from tests.e2e.tiny import Project

CUTOFF = "2021-01-01"
SHARED = "bo"
"""The name of a whale, and of a seal."""
_DAYS = ("2020-05-01", "2021-05-01 10:00")
_SIDES = ("left", "Right")
_HALVES = {"#1": "0 0 0.5 1", "#2": "0.5 0 0.5 1"}
_TRAITS = ("side", "species")


def lay_over(project: Project) -> None:
    """Give every photograph a day, a side, a species; crop some, and cut one of each part into two animals."""
    raw = project.root / "data/raw"
    labels = _read(raw / "train.csv")
    species = _species_of(labels["Id"])
    taken = labels.groupby("Id").cumcount()
    labels["day"] = [_DAYS[number % 2] for number in taken]
    labels["view"] = [_SIDES[number // 2 % 2] for number in taken]
    labels["kind"] = [
        species.get(name) or ("whale", "seal")[number % 2] for name, number in zip(labels["Id"], taken, strict=True)
    ]
    labels["box"] = ["0.1 0.1 0.8 0.8" if number % 3 == 0 else "" for number in labels.index]
    labels["Id"] = labels["Id"].replace(dict.fromkeys(_shared(labels), SHARED))
    later = labels[
        (labels["day"] == _DAYS[1]) & (labels["kind"] == "whale") & ~labels["Id"].isin(["new_whale", SHARED])
    ]
    _write(_cut(labels, later.drop_duplicates("Id").index[:2]), raw / "train.csv")

    answers = _read(raw.parent / "solution.csv").set_index("Image")["Id"]
    test = _read(raw / "sample_submission.csv")
    test["view"] = [_SIDES[number % 2] for number in test.index]
    test["kind"] = [species.get(answers[image], "whale") for image in test["Image"]]
    test["box"] = ["0.1 0.1 0.8 0.8" if number % 3 == 0 else "" for number in test.index]
    _write(_cut(test, test.index[:2]), raw / "sample_submission.csv")
    project.set_params(
        data={"date_column": "day", "side_column": "view", "species_column": "kind"},
        split={"strategy": "time", "cutoff": CUTOFF},
        train={"mirror_as_identity": False},
    )


def check(project: Project) -> None:
    """What every stage made of it: nothing of another side or species is a candidate, in no answer and on no page."""
    labelled, test = (project.table(f"prepare/{part}.parquet").set_index("image") for part in ("labelled", "test"))
    _check_split(project.table("split/split.parquet").set_index("image"), labelled)
    candidates = project.table("predict/candidates.parquet")
    named = candidates[candidates["identity"] != ""]
    assert set(named["image"].map(test["side"])) == {"left", "right"}
    assert set(named["image"].map(test["species"])) == {"whale", "seal"}
    for row in named.itertuples(index=False):
        assert _comparable(test.loc[row.image], labelled.loc[row.match]), row
        assert labelled.loc[row.match, "label"] == row.identity
    submission = pd.read_csv(project.root / "artifacts/predict/submission.csv", dtype=str)
    assert sum(image.endswith(("#1", "#2")) for image in submission["Image"]) == 2
    assert not submission["Id"].str.contains("@").any()
    _check_scores(project, labelled)
    _check_report((project.root / "artifacts/report/report.html").read_text("utf-8"), labelled)
    _check_answers(project, labelled)


def _check_split(split: pd.DataFrame, labelled: pd.DataFrame) -> None:
    assert {f"{SHARED}@whale", f"{SHARED}@seal"} < set(split["identity"])
    halves = labelled.index[labelled.index.str.contains("#", regex=False)]
    assert len(halves) == 2
    assert split.loc[halves, "group"].nunique() == 1
    scored = split[split["scored"]]
    assert (scored["date"] >= CUTOFF).all()
    days = split[(split["identity"] != "") & (split["fold"] != "left_out")].groupby(["identity", "date"])["group"]
    assert days.nunique().max() == 1


def _check_scores(project: Project, labelled: pd.DataFrame) -> None:
    predictions = project.table("evaluate/predictions.parquet")
    matched = predictions[predictions["nearest"].notna() & (predictions["nearest"] != "")]
    assert len(matched)
    for row in matched.itertuples(index=False):
        assert _comparable(labelled.loc[row.image], labelled.loc[row.nearest]), row
    metrics = json.loads((project.root / "artifacts/evaluate/metrics.json").read_text())
    assert set(metrics["by_species"]) == {"whale", "seal"}


def _check_report(page: str, labelled: pd.DataFrame) -> None:
    starts = [found.start() for found in re.finditer(r'<li class="card" data-photo="', page)]
    shown = 0
    for start, end in pairwise([*starts, len(page)]):
        image, *others = re.findall(r'data-(?:photo|match|truth)="([^"]+)"', page[start:end].partition("</ol>")[0])
        shown += len(others)
        assert all(_comparable(labelled.loc[image], labelled.loc[other]) for other in others), (image, others)
    assert shown
    assert f'data-field="cutoff">{CUTOFF}<' in page
    assert "Scores by species" in page


def _check_answers(project: Project, labelled: pd.DataFrame) -> None:
    identified = project.verb("identify", "data/raw/test", "--json", "--side", "right", "--species", "seal")
    assert identified.returncode == 0, identified.stderr
    answers = [json.loads(line) for line in identified.stdout.splitlines()]
    matches = {one["photograph"] for answer in answers for one in answer["candidates"] if one["identity"]}
    assert matches
    seals = labelled.loc[sorted(matches)]
    assert (set(seals["side"]), set(seals["species"])) == ({"right"}, {"seal"})


def _species_of(identities: pd.Series) -> dict[str, str]:
    named = sorted(set(identities) - {"new_whale"})
    return {name: ("whale", "seal")[place % 2] for place, name in enumerate(named)}


def _shared(labels: pd.DataFrame) -> list[str]:
    """A whale and a seal of several photographs each."""
    counts = labels.loc[labels["Id"] != "new_whale", ["Id", "kind"]].value_counts()
    several = counts[counts > 2].reset_index().sort_values("Id").drop_duplicates("kind")
    assert len(several) == 2
    return several["Id"].tolist()


def _cut(table: pd.DataFrame, rows: pd.Index) -> pd.DataFrame:
    """The table where the second of two rows shows another half of the photograph of the first."""
    first, second = rows
    file, table = table.loc[first, "Image"], table.copy()
    other = table.loc[[second]].assign(Image=f"{file}#2", box=_HALVES["#2"])
    table.loc[first, ["Image", "box"]] = [f"{file}#1", _HALVES["#1"]]
    return pd.concat([table, other], ignore_index=True)


def _comparable(one: pd.Series, other: pd.Series) -> bool:
    return all(one[name] == other[name] for name in _TRAITS)


def _read(path: object) -> pd.DataFrame:
    return pd.read_csv(str(path), dtype=str, keep_default_na=False)


def _write(table: pd.DataFrame, path: object) -> None:
    table.to_csv(str(path), index=False)
