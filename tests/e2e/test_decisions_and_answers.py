"""What people decide, under DVC: a proposed individual and an answer become labels, are learned, and are taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image, ImageEnhance
from starlette.testclient import TestClient

from longtail.labels.edit_log import row_name, rows_of
from longtail.params import DataParams
from longtail.reviewing import answers
from longtail.reviewing.web import application
from longtail.reviewing.web.access import Access
from longtail.reviewing.web.state import Review
from longtail.run_record import md5_of
from tests.e2e.tiny import Project

pytestmark = pytest.mark.slow
NEW, FURTHER, PORT = "nova", "further.jpg", 8124
SUBMISSION = "artifacts/predict/submission.csv"


def longtail(project: Project, *arguments: str) -> str:
    done = project.verb(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def accept_a_proposal(project: Project) -> list[str]:
    """Accept all questions about one proposed individual; its photographs."""
    findings = pd.read_csv(project.root / "artifacts/discover/findings.csv", dtype=str, keep_default_na=False)
    largest = findings["other_label"].value_counts().index[0]
    asked = findings[findings["other_label"] == largest]
    assert len(asked) > 1
    longtail(project, "review", "--accept", *asked["finding"], "--value", NEW, "--who", "Ada", "--why", "one notch")
    return asked["image"].tolist()


def photograph_again(project: Project, image: str) -> None:
    """A further photograph of what `image` shows, in the test set: from nearer, in another light."""
    raw = project.root / "data/raw"
    with Image.open(raw / "train" / image) as opened:
        wide, high = opened.size
        nearer = opened.convert("RGB").crop((wide // 12, high // 12, wide - wide // 10, high - high // 14))
    ImageEnhance.Brightness(nearer.resize((wide, high))).enhance(1.2).save(raw / "test" / FURTHER)
    with (raw / "sample_submission.csv").open("a") as table:
        table.write(f"{FURTHER},new_whale\n")


def adopt_an_answer(project: Project) -> tuple[str, str]:
    """Confirm the first known candidate of a test photograph, and move it into the labelled set."""
    candidates = project.table("predict/candidates.parquet").sort_values("rank")
    image, who = candidates[candidates["kind"] == "classifier"].iloc[0][["image", "identity"]]
    said = [(str(image), "label", str(who))]
    answers.append(project.root / answers.FILE, said, {"who": "Ada", "why": "seen"}, [image], [who], "new_whale")
    assert f"{image}  {who}" in longtail(project, "adopt", "--yes", "--who", "Ada")
    return str(image), str(who)


def pages(project: Project) -> TestClient:
    access = Access(PORT)
    client = TestClient(
        application.create(Review(project.root, DataParams()), access), base_url=f"http://127.0.0.1:{PORT}"
    )
    client.get(access.link())
    return client


def first_five(project: Project, image: str) -> list[str]:
    table = pd.read_csv(project.root / SUBMISSION, dtype=str).set_index("Image")["Id"]
    return str(table[image]).split()


def test_both_are_learned_by_the_next_run_and_taken_back_to_the_byte(project: Project) -> None:
    before, submission = project.table("split/split.parquet"), (project.root / SUBMISSION).read_bytes()
    [first] = project.receipts()
    named = accept_a_proposal(project)
    photograph_again(project, named[0])
    image, who = adopt_an_answer(project)
    ran = project.finish()
    assert {"validate", "prepare@labelled", "audit", "split", "train", "predict", "discover", "publish"} <= ran.ran()

    split = project.table("split/split.parquet").set_index("image")
    assert set(split.loc[named, "identity"]) == {NEW}
    assert split.loc[image, "identity"] == who
    learned = set(project.table("train/learned_from.parquet")["image"])
    assert learned & set(named)
    touched = before["identity"].isin([who]) | before["image"].isin(named)
    others = before[~touched].set_index("image")
    pd.testing.assert_frame_equal(split.loc[others.index, ["fold", "scored"]], others[["fold", "scored"]])
    assert NEW in first_five(project, FURTHER)
    assert image not in set(pd.read_csv(project.root / SUBMISSION, dtype=str)["Image"])

    receipt = project.receipts()[-1]
    assert receipt["raw"]["md5"] != first["raw"]["md5"]
    assert receipt["edits"] == md5_of(project.root / "edits.csv") != first["edits"]
    longtail(project, "lineage", "--verify")
    parts = json.loads(longtail(project, "lineage", "--image", image, "--json"))["parts"]
    assert {(part["published"], part["part"]) for part in parts} == {
        (first["published"], "test"), (receipt["published"], "labelled")
    }  # fmt: skip
    client = pages(project)
    assert f">{NEW}<" in client.get("/individuals", params={"q": NEW}).text
    assert image in client.get("/individual", params={"name": who}).text
    assert image not in client.get("/answers?show=all").text
    assert "Nothing waits" in client.get("/next-run").text

    longtail(project, "adopt", "--undo", "--yes", "--who", "Ada")
    longtail(project, "review", "--undo", *rows_about(project, named), "--who", "Ada")
    leave_out(project, FURTHER)
    ran = project.finish()
    assert ran.ran() <= {"audit", "report"}, "the undo rows are read; all else is as it was, and restored"
    assert len(project.receipts()) == 2
    assert (project.root / SUBMISSION).read_bytes() == submission
    pd.testing.assert_frame_equal(project.table("split/split.parquet"), before)
    assert NEW not in pages(project).get("/individuals").text


def rows_about(project: Project, images: list[str]) -> list[str]:
    """Names of the rows of edits.csv about these photographs."""
    return [row_name(cells) for cells in rows_of(project.root / "edits.csv") if cells[0] in images]


def leave_out(project: Project, image: str) -> None:
    raw = project.root / "data/raw"
    (raw / "test" / image).unlink()
    table: Path = raw / "sample_submission.csv"
    rows = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(row for row in rows if not row.startswith(image.encode())))
