"""Whatever identities are called and photographs are saved as: text stays text, and every file is opened."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from longtail.cli import main
from longtail.commands import score
from longtail.params import DataParams
from tests.any_data.chain import ONE_STRATEGY, Ran, run_all
from tests.any_data.drawn import Drawn, Save, as_jpeg

pytestmark = pytest.mark.slow

LABELS = [
    *("007", "7", "1e5", "1.0", "-1", "0x1F", "inf"),  # numbers to a careless reader
    *("NA", "None", "null", "nan", "true"),  # nothing, or a truth value
    *("a,b", 'q"q', "<b>x</b>", "=1+1", "#1", "|p|", "*s*"),  # markup of some kind
    *("été", "鯨"),
]
OURS = DataParams(image_column="photo file", identity_column="animal", unknown_label="?", group_column="encounter")


def as_png(mode: str) -> Save:
    return lambda picture, target: picture.convert(mode).save(target, format="PNG")


def as_pgm(picture: Image.Image, target: Path) -> None:
    picture.convert("L").save(target, format="PPM")


def with_transparency(picture: Image.Image, target: Path) -> None:
    picture.putalpha(200)
    picture.save(target, format="PNG")


def in_16_bits(picture: Image.Image, target: Path) -> None:
    Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257).save(target, format="PNG")


def as_tiff(picture: Image.Image, target: Path) -> None:
    picture.save(target, format="TIFF")


SAVED = (
    (".png", as_png("RGB")),
    (".png", as_jpeg),  # a JPEG that is called PNG
    (".pgm", as_pgm),
    (".png", as_png("1")),  # one bit a pixel
    (".JPG", as_jpeg),
    ("", as_jpeg),  # no ending at all
    (".png", with_transparency),
    (".png", in_16_bits),
    (".png", as_png("P")),
    (".tif", as_tiff),
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    labels = {label: 2 + number % 3 for number, label in enumerate(LABELS)}
    drawn = Drawn(labels, unknown=8, test=[*LABELS[:4], "NA", "a,b", "", ""], data=OURS, saves=SAVED)
    return run_all(tmp_path_factory.mktemp("names"), drawn, evaluate=ONE_STRATEGY)


def test_identities_are_text_in_every_table(ran: Ran) -> None:
    for name in ("prepare/labelled.parquet", "audit/groups.parquet"):
        assert set(ran.table(name)["label"]) == {*LABELS, ""}, name
    assert set(ran.table("split/split.parquet")["identity"]) == {*LABELS, ""}
    learned = ran.table("oversample/plan.parquet")["identity"]
    known = set(learned) - {""}
    assert known <= {*LABELS}
    assert {"007", "7", "NA"} <= known
    assert ran.values("train/model.json")["classes"] == sorted(known)
    recall = set(ran.table("evaluate/recall.csv")["identity"])
    truth = ran.table("evaluate/predictions.parquet")
    assert recall == {*truth.loc[truth["known"], "identity"], *[""][: int((~truth["known"]).any())]}
    assert set(ran.table("predict/candidates.parquet")["identity"]) <= {*LABELS, ""}


def test_look_alike_names_are_doubted_and_kept_apart(ran: Ran) -> None:
    assert "row whose identity is the same number as another, written differently, e.g. '007', '7'" in ran.warnings()
    labels = ran.table("prepare/labelled.parquet")["label"].value_counts()
    assert (labels["007"], labels["7"]) == (2, 3)


def test_the_submission_has_the_columns_and_words_of_the_data(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    submission = pd.read_csv(ran.root / "artifacts/predict/submission.csv", dtype=str, keep_default_na=False)
    assert list(submission) == ["photo file", "animal"]
    said = [cell.split(" ") for cell in submission["animal"]]
    assert {guess for cell in said for guess in cell} <= {*LABELS, "?"}
    assert all(len(set(cell)) == 5 for cell in said)
    monkeypatch.chdir(ran.root)
    score.run(argparse.Namespace(submission=Path("artifacts/predict/submission.csv"), solution=Path("solution.csv")))
    assert "8 images of 6 identities, 2 of them ?" in capsys.readouterr().out


def test_names_stand_in_the_report_as_they_are_written(ran: Ran) -> None:
    source = (ran.root / "artifacts/report/report.html").read_text("utf-8")
    assert "<b>x</b>" not in source
    page = ran.page()
    shown = [label for label in LABELS if f" {label} " in page]
    assert {"007", "7"} <= set(shown)
    assert "8 labelled “?”" in page


def test_every_kind_of_file_is_opened(ran: Ran) -> None:
    table = ran.table("prepare/labelled.parquet")
    assert (table["error"] == "").all()
    assert {"RGB", "L", "1", "RGBA", "P"} <= set(table["mode"])
    assert table.loc[table["mode"].isin(["1", "L"]), "is_grey"].all()
    assert {Path(name).suffix for name in table["image"]} == {ending for ending, _ in SAVED}
    assert {Path(name).suffix for name in ran.table("prepare/test.parquet")["image"]} >= {".png", ".pgm", ".JPG", ""}


def test_photographs_of_one_encounter_share_a_group_and_a_fold(ran: Ran) -> None:
    encounters = ran.table("prepare/labelled.parquet").set_index("image")["together"]
    folds = ran.table("split/split.parquet").assign(encounter=lambda table: table["image"].map(encounters))
    assert folds.groupby("encounter")[["group", "fold"]].nunique().max().tolist() == [1, 1]
    assert folds.groupby("group")["encounter"].nunique().max() == 1
    assert folds["class_count"].max() == 1, "two encounters of an identity: one is learned from, one is scored"


def test_identify_names_them_as_text(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ran.root)
    files = sorted(path for path in Path("data/raw/test").iterdir())[:3]
    assert main(["identify", "--json", *map(str, files)]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(answers) == 3
    for answer in answers:
        assert {candidate["identity"] for candidate in answer["candidates"]} <= {*LABELS, ""}
