"""A photograph that is removed on request: what comes after is made without it, what was before still verifies.

The run after the removal is of a set with days, sides, species and boxes, so that one training serves two tests.
"""

from __future__ import annotations

import json

import pytest

from tests.e2e import field_data
from tests.e2e.tiny import Project

pytestmark = pytest.mark.slow


def learned_from(project: Project) -> str:
    """A photograph of the train fold that stands alone, and has copies."""
    split = project.table("split/split.parquet")
    alone = ~split["group"].duplicated(keep=False)
    stored = set(project.table("oversample/augmented.parquet")["image"])
    return str(split.loc[(split["fold"] == "train") & alone & split["image"].isin(stored), "image"].iloc[0])


def test_the_next_run_is_made_without_it_and_every_submission_that_had_it_is_named(project: Project) -> None:
    """And by time, with sides, species and boxes, its answers compare what may be compared."""
    image = learned_from(project)
    [before] = project.receipts()
    removed = project.verb("purge", image, "--why", "its owner asked", "--who", "ada")
    assert removed.returncode == 0, removed.stderr
    field_data.lay_over(project)
    project.set_params(train={"start": "ancestor"})  # which knows the photograph
    ran = project.finish()
    assert {"validate", "prepare@labelled", "split", "train", "publish"} <= ran.ran()
    field_data.check(project)
    start = project.receipts()[-1]["start"]
    assert (start["start"], "left the data" in start["why"]) == ("scratch", True)
    for name in ("split/split.parquet", "oversample/augmented.parquet", "prepare/labelled.parquet"):
        assert image not in set(project.table(name)["image"])
    assert image not in (project.root / "data/raw/train.csv").read_text()
    assert list((project.root / "artifacts").rglob(f"*{image.rsplit('.', 1)[0]}*")) == []

    answer = json.loads(project.verb("lineage", "--image", image, "--json").stdout)
    parts = {part["published"]: part for part in answer["parts"]}
    assert parts[before["published"]]["learned"]
    assert [part["part"] for part in parts.values()].count("labelled") == 1  # not in what was published after
    assert [stone["who"] for stone in answer["tombstones"]] == ["ada"]

    first_receipt = min(path.name for path in (project.root / "receipts").glob("*.json"))
    verified = project.verb("lineage", first_receipt, "--verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "removed on request" in verified.stdout


def test_one_changed_byte_is_named(project: Project) -> None:
    assert project.verb("lineage", "--verify").returncode == 0
    split = project.table("split/split.parquet")
    files = [
        project.root / "artifacts/train/model.safetensors",
        project.root / "data/raw/train" / str(split["image"].iloc[0]),
        next((project.root / ".dvc/cache/files/md5").glob("*/*")),
    ]
    for path in files:
        whole = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        verified = project.verb("lineage", "--verify")
        assert verified.returncode == 1, f"{path}: {verified.stdout}"
        assert path.name in verified.stdout + verified.stderr
        path.write_bytes(whole)
    assert project.verb("lineage", "--verify").returncode == 0
